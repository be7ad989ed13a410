//! Hashes that came with an import.

use subtle::ConstantTimeEq;

use super::Password;

/// Whether `stored` (Better Auth's `salt:key` of scrypt, or bcrypt) is of `password`; anything else never is.
pub(super) fn verify(password: &Password, stored: &str) -> bool {
    if stored.starts_with("$2") {
        // bcrypt looks at 72 bytes only; a longer password must not be as good as its head (SECURITY A52).
        return password.bytes().len() <= 72 && bcrypt::verify(password.bytes(), stored).unwrap_or(false);
    }
    scrypt_matches(password, stored).unwrap_or(false)
}

/// Better Auth: scrypt N=16384, r=16, p=1, 64 bytes; the salt is the hex text itself, not the bytes it stands for.
fn scrypt_matches(password: &Password, stored: &str) -> Option<bool> {
    let (salt, key) = stored.split_once(':')?;
    let expected = hex::decode(key).ok().filter(|key| key.len() == 64)?;
    let params = scrypt::Params::new(14, 16, 1).ok()?;
    let mut actual = [0u8; 64];
    scrypt::scrypt(password.bytes(), salt.as_bytes(), &params, &mut actual).ok()?;
    Some(actual.ct_eq(expected.as_slice()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn better_auth_s_own_vector_verifies() {
        let stored = "000102030405060708090a0b0c0d0e0f:39de01cdf6bdaef79e55b8b23a9407f9f5d3ff31992648358d8d2cd95c6e44953df94a591e012520a707c7edc40f6378f2453b2293b416e8e6d6893f1e72ebe4";
        assert!(verify(&Password::new("pässwörd-１23"), stored));
        assert!(verify(&Password::new("pässwörd-123"), stored), "NFKC makes them one");
        assert!(!verify(&Password::new("passwörd-123"), stored));
    }

    #[test]
    fn a52_bcrypt_does_not_forget_what_lies_beyond_72_bytes() {
        let head = "x".repeat(72);
        let stored = bcrypt::hash(&head, 4).unwrap();
        assert!(verify(&Password::new(&head), &stored));
        assert!(!verify(&Password::new(&format!("{head}y")), &stored));
        assert!(
            !verify(&Password::new("x"), "garbage")
                && !verify(&Password::new("x"), "")
                && !verify(&Password::new("x"), "$2b$")
        );
    }
}

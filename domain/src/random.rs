use rand::TryRng;
use rand::rngs::SysRng;

use model::Timestamp;

/// The one source of randomness: the operating system's.
#[derive(Clone, Copy)]
pub struct Random;

const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

impl Random {
    /// Fills `bytes`.
    ///
    /// # Panics
    /// When the operating system has no randomness: going on would mean guessable secrets.
    #[expect(clippy::expect_used, reason = "see Panics")]
    pub fn fill(self, bytes: &mut [u8]) {
        SysRng.try_fill_bytes(bytes).expect("the operating system gives randomness");
    }

    /// `length` characters of `A-Za-z0-9`, evenly distributed: 5.95 bits each.
    pub fn alphanumeric(self, length: usize) -> String {
        let mut text = String::with_capacity(length);
        let mut bytes = [0u8; 64];
        while text.len() < length {
            self.fill(&mut bytes);
            // 248 is the largest multiple of 62 in a byte; what lies above would favour the first letters.
            let letters =
                bytes.iter().filter(|byte| **byte < 248).map(|byte| char::from(ALPHABET[usize::from(byte % 62)]));
            text.extend(letters.take(length - text.len()));
        }
        text
    }

    /// Six digits, evenly distributed: 19.9 bits (ASVS 6.5.4 asks for tries to be bounded too).
    pub fn digits(self) -> String {
        loop {
            let mut bytes = [0u8; 4];
            self.fill(&mut bytes);
            let number = u32::from_be_bytes(bytes);
            // The largest multiple of a million below 2^32.
            if number < 4_294_000_000 {
                return format!("{:06}", number % 1_000_000);
            }
        }
    }

    /// A new id: UUIDv7 of `now`, so that ids sort by age.
    pub fn id(self, now: Timestamp) -> String {
        let mut bytes = [0u8; 10];
        self.fill(&mut bytes);
        let millis = u64::try_from(now.micros() / 1000).unwrap_or_default();
        uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_and_digits_are_evenly_distributed() {
        let text = Random.alphanumeric(62_000);
        for letter in ALPHABET {
            let count = text.bytes().filter(|byte| byte == letter).count();
            // Mean 1000, deviation 31: eight deviations away is a fault, not chance.
            assert!((750..1250).contains(&count), "{} occurs {count} times", char::from(*letter));
        }
        assert!((0..1000).all(|_| Random.digits().len() == 6));
    }

    #[test]
    fn ids_sort_by_age() {
        let (old, new) = (Random.id(Timestamp::from_micros(1_000_000)), Random.id(Timestamp::from_micros(2_000_000)));
        assert!(old < new);
    }
}

use super::*;

const SECRET: &str = "conformance-secret-0123456789-abcdefghijklmnopqrstuvwxyz";
/// What the ecosystem's own server signs under that secret, and the cookie that it makes of it.
const SIGNED: &str = r#"{"session":{"id":"s1","token":"n25oPqpKc1RW6mamTSObHJOzd5CmmOIP","userId":"u1","expiresAt":"2030-01-01T00:00:00.000Z","createdAt":"2026-01-01T00:00:00.000Z","updatedAt":"2026-01-01T00:00:00.000Z","ipAddress":"","userAgent":""},"user":{"id":"u1","name":"A","email":"a@b.cc","emailVerified":false,"image":null,"createdAt":"2026-01-01T00:00:00.000Z","updatedAt":"2026-01-01T00:00:00.000Z"},"updatedAt":1767225600000,"version":"1","expiresAt":1767225900000}"#;
const COOKIE: &str = "eyJzZXNzaW9uIjp7InNlc3Npb24iOnsiaWQiOiJzMSIsInRva2VuIjoibjI1b1BxcEtjMVJXNm1hbVRTT2JISk96ZDVDbW1PSVAiLCJ1c2VySWQiOiJ1MSIsImV4cGlyZXNBdCI6IjIwMzAtMDEtMDFUMDA6MDA6MDAuMDAwWiIsImNyZWF0ZWRBdCI6IjIwMjYtMDEtMDFUMDA6MDA6MDAuMDAwWiIsInVwZGF0ZWRBdCI6IjIwMjYtMDEtMDFUMDA6MDA6MDAuMDAwWiIsImlwQWRkcmVzcyI6IiIsInVzZXJBZ2VudCI6IiJ9LCJ1c2VyIjp7ImlkIjoidTEiLCJuYW1lIjoiQSIsImVtYWlsIjoiYUBiLmNjIiwiZW1haWxWZXJpZmllZCI6ZmFsc2UsImltYWdlIjpudWxsLCJjcmVhdGVkQXQiOiIyMDI2LTAxLTAxVDAwOjAwOjAwLjAwMFoiLCJ1cGRhdGVkQXQiOiIyMDI2LTAxLTAxVDAwOjAwOjAwLjAwMFoifSwidXBkYXRlZEF0IjoxNzY3MjI1NjAwMDAwLCJ2ZXJzaW9uIjoiMSJ9LCJleHBpcmVzQXQiOjE3NjcyMjU5MDAwMDAsInNpZ25hdHVyZSI6ImktbDFiQUJJanpmS3VFQWZCVU16MC1wcFRmUG9ZUG5tNm9lTUhTQzYtTUUifQ";
const END: i64 = 1_767_225_900_000;

fn inner() -> Box<RawValue> {
    RawValue::from_string(SIGNED.replace(r#","expiresAt":1767225900000}"#, "}")).unwrap()
}

#[test]
fn a_copy_is_the_ecosystem_s_byte_for_byte() {
    let secret = Secret::new(SECRET);
    assert_eq!(Envelope::signed(&inner(), END).as_deref(), Some(SIGNED));
    assert_eq!(Envelope::seal(&secret, inner(), END).as_deref(), Some(COOKIE));
    let (copy, end) = Envelope::open(&secret, COOKIE).unwrap();
    assert_eq!((copy.get(), end), (inner().get(), END));
    let copy: Copy = serde_json::from_str(copy.get()).unwrap();
    let session: Session = serde_json::from_str(copy.session.get()).unwrap();
    assert_eq!((session.token.as_str(), session.user_id.as_str()), ("n25oPqpKc1RW6mamTSObHJOzd5CmmOIP", "u1"));
    assert_eq!((copy.read_at, copy.version.as_str()), (1_767_225_600_000, "1"));
}

#[test]
fn a32_a_copy_that_is_not_as_we_signed_it_is_not_there() {
    let secret = Secret::new(SECRET);
    let whole = String::from_utf8(URL_SAFE_NO_PAD.decode(COOKIE).unwrap()).unwrap();
    let again = |change: &dyn Fn(&str) -> String| URL_SAFE_NO_PAD.encode(change(&whole));
    assert!(Envelope::open(&secret, &again(&str::to_owned)).is_some());
    for bad in [
        again(&|whole| whole.replace(r#""name":"A""#, r#""name":"B""#)),
        again(&|whole| whole.replace("1767225900000", "1867225900000")),
        again(&|whole| whole.replace(r#""session":{"session""#, r#""session": {"session""#).replace("u1", "u2")),
        again(&|whole| whole.replace("i-l1", "i-l2")),
        again(&|whole| {
            whole.replace(r#""signature":"i-l1bABIjzfKuEAfBUMz0-ppTfPoYPnm6oeMHSC6-ME""#, r#""signature":"""#)
        }),
        again(&|whole| whole.replace(r#","signature":"i-l1bABIjzfKuEAfBUMz0-ppTfPoYPnm6oeMHSC6-ME""#, "")),
        again(&|whole| whole.replacen('{', r#"{"session":{},"#, 1)),
        Envelope::seal(&Secret::new("another-secret-0123456789-abcdefghijklmnop"), inner(), END).unwrap(),
        COOKIE[..COOKIE.len() - 4].to_owned(),
        format!("{COOKIE}="),
        URL_SAFE_NO_PAD.encode("null"),
        String::new(),
    ] {
        assert!(Envelope::open(&secret, &bad).is_none(), "{bad}");
    }
}

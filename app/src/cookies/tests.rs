use super::*;

const SECRET: &str = "conformance-secret-0123456789-abcdefghijklmnopqrstuvwxyz";

fn jar(cookie: &str) -> Jar {
    let incoming = vec![HeaderValue::from_str(cookie).unwrap()];
    Jar {
        secret: Secret::new(SECRET),
        secure: false,
        domain: None,
        parents: ["acme.example".to_owned()].into(),
        incoming,
        borne: None,
        outgoing: Outgoing::default(),
        several: true,
    }
}

#[test]
fn signatures_are_the_ecosystem_s_byte_for_byte() {
    let signed = sign(&Secret::new(SECRET), "n25oPqpKc1RW6mamTSObHJOzd5CmmOIP");
    assert_eq!(signed, "n25oPqpKc1RW6mamTSObHJOzd5CmmOIP.PUvOcSc5d%2Fawh4Q95QA2r%2Btneau0TNSXf581ZjHlmnc%3D");
    assert_eq!(
        jar(&format!("a=b; better-auth.session_token={signed}")).signed(SESSION).as_deref(),
        Some("n25oPqpKc1RW6mamTSObHJOzd5CmmOIP")
    );
}

#[test]
fn a_set_cookie_is_the_ecosystem_s_byte_for_byte() {
    let jar = jar("");
    jar.set_signed(SESSION, "n25oPqpKc1RW6mamTSObHJOzd5CmmOIP", Some(Duration::from_secs(604_800)));
    let expected = "better-auth.session_token=n25oPqpKc1RW6mamTSObHJOzd5CmmOIP.PUvOcSc5d%2Fawh4Q95QA2r%2Btneau0TNSXf581ZjHlmnc%3D; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax";
    assert_eq!(jar.outgoing.said.lock().unwrap().cookies[0], expected);
}

#[test]
fn a_domain_s_cookie_takes_the_place_of_the_host_s() {
    let shared = Jar { domain: Some("acme.example".into()), ..jar("better-auth.session_token=old") };
    shared.set_signed(SESSION, "n25oPqpKc1RW6mamTSObHJOzd5CmmOIP", Some(Duration::from_secs(604_800)));
    let said = shared.outgoing.said.lock().unwrap();
    assert_eq!(
        said.cookies[0],
        "better-auth.session_token=n25oPqpKc1RW6mamTSObHJOzd5CmmOIP.PUvOcSc5d%2Fawh4Q95QA2r%2Btneau0TNSXf581ZjHlmnc%3D; Max-Age=604800; Domain=acme.example; Path=/; HttpOnly; SameSite=Lax"
    );
    assert_eq!(said.cookies[1], "better-auth.session_token=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax");
}

#[test]
fn of_two_cookies_a_neighbour_s_does_not_count() {
    let both = "better-auth.asked=first; better-auth.asked=last";
    assert_eq!(jar(both).raw(ASKED), Some("first"), "a neighbour's comes later");
    let shared = Jar { domain: Some("acme.example".into()), ..jar(both) };
    assert_eq!(shared.raw(ASKED), Some("last"), "of before there was a domain is the first");
    let own = jar(both);
    own.delete(ASKED);
    let said = own.outgoing.said.lock().unwrap();
    assert_eq!(said.cookies[1], "better-auth.asked=; Max-Age=0; Domain=acme.example; Path=/; HttpOnly; SameSite=Lax");
}

#[test]
fn a32_what_is_not_signed_by_us_is_not_there() {
    let good = sign(&Secret::new(SECRET), "n25oPqpKc1RW6mamTSObHJOzd5CmmOIP");
    for bad in [
        "n25oPqpKc1RW6mamTSObHJOzd5CmmOIP".to_owned(),
        "n25oPqpKc1RW6mamTSObHJOzd5CmmOIP.".to_owned(),
        good.replace("PUv", "PUw"),
        good[..good.len() - 3].to_owned(),
        good.replacen('n', "m", 1),
        sign(&Secret::new("another-secret-0123456789-abcdefghijklmnop"), "n25oPqpKc1RW6mamTSObHJOzd5CmmOIP"),
        "%ff%fe".to_owned(),
        String::new(),
    ] {
        assert_eq!(jar(&format!("better-auth.session_token={bad}")).signed(SESSION), None, "{bad}");
    }
    let beside = jar(&format!("theme=schön; better-auth.session_token={good}; last=ß"));
    assert!(beside.signed(SESSION).is_some(), "what another app has set hides nothing");
    let mut secure = jar(&format!("better-auth.session_token={good}"));
    secure.secure = true;
    assert_eq!(secure.signed(SESSION), None, "without the prefix that https demands");
}

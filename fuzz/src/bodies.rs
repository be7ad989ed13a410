//! JSON and forms that strangers send (SECURITY 55, A54).

use app::wire::read_object;
use serde_json::{Map, Value};

/// As deep as a body may be.
const DEEPEST: usize = 127;

/// For a fuzzer: a body.
pub fn check(data: &[u8]) {
    is_plain_or_refused("application/json", data);
    is_plain_or_refused("application/x-www-form-urlencoded", data);
    is_plain_or_refused("text/plain", data);
}

/// What is taken is one object, not too deep, without a NUL anywhere, and says what was sent.
///
/// # Panics
/// Where it isn't.
pub fn is_plain_or_refused(kind: &str, data: &[u8]) {
    let Ok(body) = read_object(Some(kind), data, true) else { return };
    assert!(depth(&body) <= DEEPEST);
    assert!(!holds_nul(&Value::Object(body.clone())), "{body:?}");
    if kind == "application/json" && !data.is_empty() {
        let sent: Value = serde_json::from_slice(data).unwrap_or_else(|error| panic!("{error}: {data:?}"));
        assert_eq!(Value::Object(body), sent);
    } else {
        assert!(kind != "text/plain", "a page of another site could send that");
    }
}

fn depth(body: &Map<String, Value>) -> usize {
    fn of(value: &Value) -> usize {
        match value {
            Value::Object(fields) => depth(fields),
            Value::Array(items) => 1 + items.iter().map(of).max().unwrap_or_default(),
            _ => 0,
        }
    }
    1 + body.values().map(of).max().unwrap_or_default()
}

fn holds_nul(value: &Value) -> bool {
    // Written out, a NUL is an escape, and a backslash of the text's own is two.
    value.to_string().replace("\\\\", "").contains("\\u0000")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const JSON: &str = "application/json";

    fn json() -> impl Strategy<Value = Value> {
        let text = || prop_oneof![any::<String>(), Just("a\0b".to_owned()), Just("\\u0000".to_owned())];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            text().prop_map(Value::from)
        ];
        leaf.prop_recursive(5, 40, 5, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::vec((text(), inner), 0..5)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    fn nuls(value: &Value) -> bool {
        match value {
            Value::String(text) => text.contains('\0'),
            Value::Array(items) => items.iter().any(nuls),
            Value::Object(fields) => fields.iter().any(|(name, value)| name.contains('\0') || nuls(value)),
            _ => false,
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a54_an_object_without_a_nul_is_taken_as_it_is_and_nothing_else(value in json()) {
            let taken = read_object(Some(JSON), value.to_string().as_bytes(), false).ok();
            let good = value.is_object() && !nuls(&value);
            prop_assert_eq!(taken.map(Value::Object), good.then_some(value));
        }

        #[test]
        fn no_body_goes_deeper_than_the_stack(deep in 1usize..100_000, list in any::<bool>()) {
            let (open, close) = if list { ("[", "]") } else { ("{\"a\":", "}") };
            let inner = deep - 1;
            let body = format!("{{\"a\":{}1{}}}", open.repeat(inner), close.repeat(inner));
            prop_assert_eq!(read_object(Some(JSON), body.as_bytes(), false).is_ok(), deep <= DEEPEST);
        }

        #[test]
        fn of_a_name_that_occurs_twice_the_last_counts(first in json(), last in json(), name in "[a-z]{1,5}") {
            let body = format!("{{{name:?}:{first},{name:?}:{last}}}");
            let taken = read_object(Some(JSON), body.as_bytes(), false).ok();
            let good = !nuls(&last);
            prop_assert_eq!(taken.map(Value::Object), good.then(|| json!({ name: last })));
        }

        #[test]
        fn no_bytes_break_the_reader_of_bodies(data in prop_oneof![any::<Vec<u8>>(), "[\\x00-\\x7f]{0,60}".prop_map(String::into_bytes)]) {
            check(&data);
        }
    }
}

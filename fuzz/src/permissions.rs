//! Who may do what: more is never less, nothing is given that nobody gave, and no circle of roles holds anybody up. That the engine decides
//! as a plain model does, `permission/tests/naive.rs` shows.

use std::collections::{BTreeMap, BTreeSet};

use permission::{Assignment, Error, Pattern, Permission, Question, Role, Roles, Scope};

/// For a fuzzer: on the first line a permission that is asked for, then a role a line: its name, its patterns, and behind `<` whom it
/// inherits from.
pub fn check(data: &[u8]) {
    let lines = crate::lines(data);
    let [asked, roles @ ..] = &lines[..] else { return };
    for text in lines.iter().flat_map(|line| line.split_whitespace()) {
        a_pattern_is_what_it_says(text);
    }
    let drafts: Vec<_> = roles.iter().filter_map(|line| draft(line)).take(64).collect();
    circles_end(&drafts);
    if let (Ok(asked), Some(roles)) = (Permission::parse(asked), together(&drafts)) {
        more_is_never_less(&roles, &asked);
    }
}

/// A role before it is one: name, patterns, parents.
pub type Draft = (String, Vec<String>, Vec<String>);

fn draft(line: &str) -> Option<Draft> {
    let (own, parents) = line.split_once('<').unwrap_or((line, ""));
    let mut own = own.split_whitespace().map(str::to_owned);
    Some((own.next()?, own.collect(), parents.split_whitespace().map(str::to_owned).collect()))
}

fn role((name, patterns, parents): &Draft) -> Option<Role> {
    Role::new(name, patterns.iter().map(String::as_str), parents.iter().map(String::as_str)).ok()
}

/// The roles, without what none could have: bad names and patterns, parents that aren't there, circles.
fn together(drafts: &[Draft]) -> Option<Roles> {
    Roles::new(drafts.iter().map(role).collect::<Option<Vec<_>>>()?).ok()
}

/// A pattern that is taken reads as it was written, covers itself, and covers no permission of fewer words.
///
/// # Panics
/// Where it doesn't.
pub fn a_pattern_is_what_it_says(text: &str) {
    let Ok(pattern) = Pattern::parse(text) else {
        assert!(Permission::parse(text).is_err(), "{text:?} is a permission and no pattern");
        return;
    };
    assert_eq!(pattern.as_str(), text);
    assert!(pattern.includes(&pattern), "{text:?} doesn't include itself");
    if let Ok(permission) = Permission::parse(text) {
        assert!(pattern.covers(&permission), "{text:?} doesn't cover itself");
    }
    let words: Vec<_> = text.split(':').collect();
    if let Ok(shorter) = Permission::parse(&vec!["a"; words.len() - 1].join(":")) {
        assert!(!pattern.covers(&shorter), "{text:?} covers {}", shorter.as_str());
    }
}

/// Roles that inherit from each other in a circle are refused, and others aren't; either way there is an answer.
///
/// # Panics
/// Where it is the wrong one.
pub fn circles_end(drafts: &[Draft]) {
    let Some(roles) = drafts.iter().map(role).collect::<Option<Vec<_>>>() else { return };
    let parents: BTreeMap<_, _> = drafts.iter().map(|(name, _, parents)| (name.as_str(), parents)).collect();
    let known = parents.len() == drafts.len()
        && parents.values().all(|all| all.iter().all(|one| parents.contains_key(one.as_str())));
    let circle = parents.keys().any(|name| {
        let (mut seen, mut next) = (BTreeSet::new(), parents[name].iter().map(String::as_str).collect::<Vec<_>>());
        while let Some(one) = next.pop() {
            if seen.insert(one) {
                next.extend(parents.get(one).into_iter().flat_map(|all| all.iter().map(String::as_str)));
            }
        }
        seen.contains(name)
    });
    match Roles::new(roles) {
        Ok(_) => assert!(known && !circle, "{drafts:?}"),
        Err(Error::Cycle(_)) => assert!(circle, "{drafts:?}"),
        Err(Error::RoleName(_)) => {}
        Err(_) => assert!(!known, "{drafts:?}"),
    }
}

/// Nothing is allowed to who holds nothing, one organization's roles count in no other, and whoever is given more may do no less.
///
/// # Panics
/// Where it isn't so.
pub fn more_is_never_less(roles: &Roles, asked: &Permission) {
    let (here, there) = (Question::new(asked, 0).within("here"), Question::new(asked, 0).within("there"));
    let mut held: Vec<Assignment> = Vec::new();
    let mut allowed = roles.allows(&held, &here);
    assert!(!allowed, "{} to who holds nothing", asked.as_str());
    for (number, role) in roles.iter().enumerate() {
        held.push(Assignment::new(format!("a{number}"), role.name.as_str(), Scope::organization("here")));
        let now = roles.allows(&held, &here);
        assert!(now || !allowed, "{} is taken away by {}", asked.as_str(), role.name);
        assert!(!roles.allows(&held, &there), "{} in another organization", asked.as_str());
        let covers = |name: &str| roles.patterns(name).any(|pattern| pattern.covers(asked));
        assert_eq!(now, allowed || std::iter::once(role.name.as_str()).chain(roles.heritage(&role.name)).any(covers));
        allowed = now;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    fn words(of: &'static [&'static str]) -> impl Strategy<Value = String> {
        prop::collection::vec(select(of), 1..5).prop_map(|words| words.join(":"))
    }

    fn drafts() -> impl Strategy<Value = Vec<Draft>> {
        let names = || select(vec!["a", "b", "c", "d", "e"]).prop_map(str::to_owned);
        let one =
            (names(), prop::collection::vec(words(&["org", "read", "*"]), 0..4), prop::collection::vec(names(), 0..3));
        let twice = prop::collection::vec(one, 1..6);
        // Most often each name once, or nearly all sets would be refused for that.
        (twice, 0..10).prop_map(|(mut drafts, odds)| {
            if odds > 0 {
                let mut seen = BTreeSet::new();
                drafts.retain(|(name, ..)| seen.insert(name.clone()));
                for (_, _, parents) in &mut drafts {
                    parents.retain(|parent| seen.contains(parent));
                }
            }
            drafts
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn circles_of_roles_are_refused_and_nothing_else(drafts in drafts()) {
            circles_end(&drafts);
        }

        #[test]
        fn who_is_given_more_may_do_no_less(drafts in drafts(), asked in words(&["org", "read", "delete"])) {
            if let Some(roles) = together(&drafts) {
                more_is_never_less(&roles, &Permission::parse(&asked).unwrap());
            }
        }

        #[test]
        fn a_pattern_says_what_it_covers(text in prop_oneof![words(&["org", "read", "*", "a-b", "Org", "", "**"]), any::<String>()]) {
            a_pattern_is_what_it_says(&text);
        }

        #[test]
        fn no_bytes_break_the_reader_of_roles(data in any::<Vec<u8>>()) {
            check(&data);
        }
    }
}

//! The engine against a model that is too slow and too simple to be wrong.

use permission::{Assignment, Decision, Missing, Pattern, Permission, Question, Role, Roles, Scope};
use proptest::prelude::*;
use proptest::sample::{Index, select};

const WORDS: [&str; 4] = ["org", "content", "read", "delete"];

fn permission() -> impl Strategy<Value = String> {
    prop::collection::vec(select(&WORDS[..]), 1..=4).prop_map(|words| words.join(":"))
}

fn pattern() -> impl Strategy<Value = String> {
    let word = prop_oneof![3 => select(&WORDS[..]).boxed(), 1 => Just("*").boxed()];
    prop::collection::vec(word, 1..=4).prop_map(|words| words.join(":"))
}

fn scope() -> impl Strategy<Value = Scope> {
    let id = || select(vec!["a".to_owned(), "b".to_owned()]);
    prop_oneof![
        Just(Scope::Instance),
        id().prop_map(|organization| Scope::Organization { organization }),
        (id(), id()).prop_map(|(organization, team)| Scope::Team { organization, team }),
        (id(), id(), id()).prop_map(|(organization, resource, id)| Scope::Resource { organization, resource, id }),
    ]
}

#[expect(clippy::unwrap_used, reason = "the strategies make good ones")]
/// Roles that inherit only from those before them, so that there is no circle.
fn roles() -> impl Strategy<Value = Vec<Role>> {
    let one = (prop::collection::vec(pattern(), 0..4), prop::collection::vec(any::<Index>(), 0..3));
    prop::collection::vec(one, 1..8).prop_map(|drafts| {
        let role = |(place, (patterns, parents)): (usize, (Vec<String>, Vec<Index>))| {
            let parents: Vec<String> = match place {
                0 => Vec::new(),
                place => parents.iter().map(|parent| format!("r{}", parent.index(place))).collect(),
            };
            Role::new(&format!("r{place}"), patterns.iter().map(String::as_str), parents.iter().map(String::as_str))
                .unwrap()
        };
        drafts.into_iter().enumerate().map(role).collect()
    })
}

fn covers(pattern: &[&str], permission: &[&str]) -> bool {
    match (pattern, permission) {
        (["*"], [_, ..]) | ([], []) => true,
        (["*", rest @ ..], [_, left @ ..]) => covers(rest, left),
        ([word, rest @ ..], [found, left @ ..]) => word == found && covers(rest, left),
        _ => false,
    }
}

fn words(text: &str) -> Vec<&str> {
    text.split(':').collect()
}

/// Every pattern of a role, by walking the tree.
fn gives(roles: &[Role], name: &str, permission: &str) -> bool {
    roles.iter().filter(|role| role.name == name).any(|role| {
        role.patterns.iter().any(|pattern| covers(&words(pattern.as_str()), &words(permission)))
            || role.inherits.iter().any(|parent| gives(roles, parent, permission))
    })
}

fn reaches(scope: &Scope, question: &Question<'_>) -> bool {
    let (organization, team, resource) = match scope {
        Scope::Instance => return true,
        Scope::Organization { organization } => (organization, None, None),
        Scope::Team { organization, team } => (organization, Some(team.as_str()), None),
        Scope::Resource { organization, resource, id } => (organization, None, Some((resource.as_str(), id.as_str()))),
    };
    question.organization == Some(organization.as_str())
        && (team.is_none() || team == question.team)
        && (resource.is_none() || resource == question.resource)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_engine_decides_as_the_model_does(
        roles in roles(),
        held in prop::collection::vec((any::<Index>(), scope(), prop::option::of(0i64..10), prop::option::of(0i64..10)), 0..6),
        asked in permission(),
        (organization, team, resource) in (prop::option::of(select(vec!["a", "b"])), prop::option::of(select(vec!["a", "b"])), prop::option::of((select(vec!["a", "b"]), select(vec!["a", "b"])))),
        at in 0i64..10,
    ) {
        let held: Vec<Assignment> = held.into_iter().enumerate().map(|(number, (role, scope, from, until))| {
            Assignment::new(format!("a{number}"), format!("r{}", role.index(roles.len() + 1)), scope).between(from, until)
        }).collect();
        let permission = Permission::parse(&asked).unwrap();
        let question = Question { permission: &permission, at, organization, team, resource };
        let expected = held.iter().find(|one| {
            one.from.is_none_or(|from| from <= at)
                && one.until.is_none_or(|until| at < until)
                && reaches(&one.scope, &question)
                && gives(&roles, &one.role, &asked)
        });
        let engine = Roles::new(roles.clone()).unwrap();
        match (engine.decide(&held, &question), expected) {
            (Decision::Allowed(grant), Some(expected)) => {
                prop_assert_eq!(grant.assignment, expected);
                prop_assert!(covers(&words(grant.pattern.as_str()), &words(&asked)));
                // The path is real: each role inherits from the next, and the last one has the pattern.
                prop_assert_eq!(grant.path[0], &expected.role);
                for pair in grant.path.windows(2) {
                    prop_assert!(engine.get(pair[0]).unwrap().inherits.iter().any(|parent| parent == pair[1]));
                }
                prop_assert!(engine.get(grant.path[grant.path.len() - 1]).unwrap().patterns.contains(grant.pattern));
            }
            (Decision::Denied(missing), None) => {
                let would = |which: &dyn Fn(&&Assignment) -> bool| held.iter().filter(|one| gives(&roles, &one.role, &asked)).find(which);
                let here = |one: &Assignment| reaches(&one.scope, &question);
                let runs = |one: &Assignment| !one.is_over(at) && !one.is_future(at);
                let nearest = (would(&|one| here(one) && one.is_over(at)).map(Missing::Over))
                    .or_else(|| would(&|one| here(one) && one.is_future(at)).map(Missing::Future))
                    .or_else(|| would(&|one| !here(one) && runs(one)).map(Missing::Elsewhere))
                    .unwrap_or(if held.iter().any(|one| here(one) && runs(one)) { Missing::Pattern } else { Missing::Assignment });
                prop_assert_eq!(missing, nearest);
            }
            (decision, expected) => prop_assert!(false, "{decision:?} instead of {expected:?}"),
        }
        prop_assert_eq!(engine.allows(&held, &question), expected.is_some());
    }

    #[test]
    fn what_a_pattern_includes_it_covers(one in pattern(), other in pattern(), asked in permission()) {
        let (one, other) = (Pattern::parse(&one).unwrap(), Pattern::parse(&other).unwrap());
        let asked = Permission::parse(&asked).unwrap();
        if one.includes(&other) && other.covers(&asked) {
            prop_assert!(one.covers(&asked), "{} {} {}", one, other, asked);
        }
        prop_assert!(one.includes(&one));
    }

    #[test]
    fn no_text_breaks_the_parser(text in ".{0,200}") {
        if let Ok(pattern) = Pattern::parse(&text) {
            prop_assert_eq!(pattern.as_str(), &text);
        }
    }
}

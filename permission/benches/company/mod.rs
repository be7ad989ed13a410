//! Somebody with 20 assignments over 10 roles, and what is asked about them; `make bench` measures the same.

use permission::{Assignment, Permission, Question, Role, Roles, Scope};

/// The moment at which everything is asked.
const NOW: i64 = 1_000_000;

/// What somebody holds.
pub struct Company {
    /// Each role but the first inherits from the one before, so that the last has all ten.
    pub roles: Roles,
    /// In two organizations, in teams, for things, over, and yet to come.
    pub held: Vec<Assignment>,
    questions: Vec<(&'static str, Permission)>,
}

impl Company {
    /// Makes it.
    #[expect(clippy::expect_used, reason = "constants")]
    pub fn new() -> Self {
        let names: Vec<String> = (0..10).map(|number| format!("role-{number}")).collect();
        let role = |number: usize| {
            let patterns = ["read", "write:own", "delete:*", "*:any"].map(|act| format!("thing-{number}:{act}"));
            let parent = number.checked_sub(1).map(|parent| names[parent].as_str());
            Role::new(&names[number], patterns.iter().map(String::as_str), parent).expect("a role")
        };
        let scope = |number: usize| {
            let (organization, id) = (if number % 4 == 3 { "umbrella" } else { "acme" }.to_owned(), number.to_string());
            match number % 5 {
                0 => Scope::Team { organization, team: id },
                1 => Scope::Resource { organization, resource: "project".to_owned(), id },
                _ => Scope::Organization { organization },
            }
        };
        let window = |number: usize| match number % 7 {
            0 => (None, Some(NOW)),
            1 => (Some(NOW + 1), None),
            _ => (None, None),
        };
        let mut held: Vec<_> = (0..20)
            .map(|number| {
                let (from, until) = window(number);
                // The mightiest role comes last, where it counts.
                let role = &names[if number == 19 { 9 } else { number % 9 }];
                Assignment::new(format!("a{number}"), role, scope(number)).between(from, until)
            })
            .collect();
        held[19].scope = Scope::organization("acme");
        let questions = [
            ("allowed by the first role", "thing-0:read"),
            ("allowed by the last assignment", "thing-9:delete:own:file"),
            ("denied, a pattern is missing", "thing-4:publish"),
            ("denied, nobody gives it", "galaxy:read"),
        ];
        let parse = |text| Permission::parse(text).expect("a permission");
        Self {
            roles: Roles::new((0..10).map(role)).expect("roles that fit together"),
            held,
            questions: questions.map(|(name, text)| (name, parse(text))).into(),
        }
    }

    /// What is asked, each under a name: the last ones are denied, one of them since it is held elsewhere.
    pub fn questions(&self) -> Vec<(&'static str, Question<'_>)> {
        let acme =
            self.questions.iter().map(|(name, permission)| (*name, Question::new(permission, NOW).within("acme")));
        let mut asked: Vec<_> = acme.collect();
        asked.push(("denied, held elsewhere", Question::new(&self.questions[0].1, NOW).within("nowhere")));
        asked
    }
}

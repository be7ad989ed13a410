use crate::{Assignment, Pattern, Permission, Roles};

/// May somebody do this, here and now?
#[derive(Clone, Copy, Debug)]
pub struct Question<'q> {
    /// What.
    pub permission: &'q Permission,
    /// When, in microseconds since 1970 (UTC).
    pub at: i64,
    /// In which organization; none for what belongs to the instance.
    pub organization: Option<&'q str>,
    /// In which team of it.
    pub team: Option<&'q str>,
    /// On which thing of it: its kind and its id.
    pub resource: Option<(&'q str, &'q str)>,
}

impl<'q> Question<'q> {
    /// One about the instance.
    pub fn new(permission: &'q Permission, at: i64) -> Self {
        Self { permission, at, organization: None, team: None, resource: None }
    }

    /// The same in an organization.
    #[must_use]
    pub fn within(mut self, organization: &'q str) -> Self {
        self.organization = Some(organization);
        self
    }

    /// The same in a team of it.
    #[must_use]
    pub fn in_team(mut self, team: &'q str) -> Self {
        self.team = Some(team);
        self
    }

    /// The same on a thing of it.
    #[must_use]
    pub fn on(mut self, kind: &'q str, id: &'q str) -> Self {
        self.resource = Some((kind, id));
        self
    }
}

/// The answer, with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision<'d> {
    /// Yes.
    Allowed(Grant<'d>),
    /// No.
    Denied(Missing<'d>),
}

impl Decision<'_> {
    /// Whether it is yes.
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed(_))
    }
}

/// Why somebody may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant<'d> {
    /// By this assignment,
    pub assignment: &'d Assignment,
    /// through these roles, from the assigned one to the one that has the pattern,
    pub path: Vec<&'d str>,
    /// by this pattern.
    pub pattern: &'d Pattern,
}

/// What is missing: the nearest that there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing<'d> {
    /// This assignment would give it, and is over.
    Over(&'d Assignment),
    /// This one would, and hasn't begun.
    Future(&'d Assignment),
    /// This one would, elsewhere.
    Elsewhere(&'d Assignment),
    /// Something is assigned here, and gives other things.
    Pattern,
    /// Nothing is assigned here.
    Assignment,
}

/// Up to when something is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Until {
    /// Up to this moment, in microseconds since 1970 (UTC), when it is over.
    Moment(i64),
    /// Without an end.
    Ever,
}

impl Until {
    fn of(assignment: &Assignment) -> Self {
        assignment.until.map_or(Self::Ever, Self::Moment)
    }
}

/// The names of the roles that give one permission, by themselves or by what they inherit, sorted. They are found from the patterns, which
/// are few once their first word is known: most roles needn't be looked at, and no assignment's line of roles walked.
struct Givers<'g>(Vec<&'g str>);

impl Givers<'_> {
    fn have(&self, assignment: &Assignment) -> bool {
        self.0.binary_search(&assignment.role.as_str()).is_ok()
    }
}

impl Assignment {
    fn runs(&self, at: i64) -> bool {
        !self.is_over(at) && !self.is_future(at)
    }
}

impl Roles {
    /// Answers `question` for somebody who holds `assignments`: the first of them that gives it counts.
    pub fn decide<'d>(&'d self, assignments: &'d [Assignment], question: &Question<'_>) -> Decision<'d> {
        let givers = self.givers(question.permission);
        let grant = giving(&givers, assignments, question).and_then(|assignment| {
            let (path, pattern) = self.reason(&assignment.role, question.permission)?;
            Some(Grant { assignment, path, pattern })
        });
        grant.map_or_else(|| Decision::Denied(missing(&givers, assignments, question)), Decision::Allowed)
    }

    /// Whether [`Roles::decide`] says yes, without saying why.
    pub fn allows(&self, assignments: &[Assignment], question: &Question<'_>) -> bool {
        giving(&self.givers(question.permission), assignments, question).is_some()
    }

    fn givers(&self, permission: &Permission) -> Givers<'_> {
        let mut gives = vec![false; self.len()];
        for role in self.with_pattern_for(permission) {
            self.heirs(role).iter().for_each(|heir| gives[*heir] = true);
        }
        Givers(self.sorted().filter(|place| gives[*place]).map(|place| self.at(place).name.as_str()).collect())
    }

    /// Through which roles the named one gives the permission, on the shortest way, and by which pattern.
    fn reason(&self, name: &str, permission: &Permission) -> Option<(Vec<&str>, &Pattern)> {
        let role = self.place(name)?;
        self.line(role).iter().enumerate().find_map(|(place, heritage)| {
            let pattern = self.at(heritage.role).patterns.iter().find(|pattern| pattern.covers(permission))?;
            Some((self.path(role, place), pattern))
        })
    }

    /// Up to when somebody who holds `assignments` holds `pattern` where `question` is about, from its moment on and without a gap; `None`
    /// for who doesn't hold it then. The question's own permission doesn't matter.
    ///
    /// Nobody gives to others what they don't hold themselves, nor for longer (SECURITY 44): that is for whoever gives to compare.
    pub fn held_until(&self, assignments: &[Assignment], question: &Question<'_>, pattern: &Pattern) -> Option<Until> {
        let gives = |one: &&Assignment| {
            one.scope.reaches(question) && self.patterns(&one.role).any(|held| held.includes(pattern))
        };
        let giving: Vec<&Assignment> = assignments.iter().filter(gives).collect();
        let mut until = None;
        let mut at = question.at;
        // Where one ends another may go on. Each round ends later than the one before, so that there is a last one.
        while let Some(longest) = giving.iter().filter(|one| one.runs(at)).map(|one| Until::of(one)).max() {
            until = Some(longest);
            let Until::Moment(end) = longest else { break };
            at = end;
        }
        until
    }
}

/// The first assignment that gives it here and now.
fn giving<'d>(givers: &Givers<'_>, held: &'d [Assignment], question: &Question<'_>) -> Option<&'d Assignment> {
    held.iter().find(|one| one.runs(question.at) && one.scope.reaches(question) && givers.have(one))
}

/// Why there is none.
fn missing<'d>(givers: &Givers<'_>, held: &'d [Assignment], question: &Question<'_>) -> Missing<'d> {
    let at = question.at;
    let here = |one: &Assignment| one.scope.reaches(question);
    // What gives it here isn't running now; what is over is nearer than what is to come.
    if let Some(over) = held.iter().find(|one| one.is_over(at) && here(one) && givers.have(one)) {
        return Missing::Over(over);
    }
    if let Some(future) = held.iter().find(|one| one.is_future(at) && here(one) && givers.have(one)) {
        return Missing::Future(future);
    }
    if let Some(elsewhere) = held.iter().find(|one| one.runs(at) && !here(one) && givers.have(one)) {
        return Missing::Elsewhere(elsewhere);
    }
    if held.iter().any(|one| one.runs(at) && here(one)) { Missing::Pattern } else { Missing::Assignment }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Role, Scope};

    fn roles() -> Roles {
        Roles::new([
            Role::new("owner", ["*"], []).unwrap(),
            Role::new("admin", ["org:*", "member:*"], ["member"]).unwrap(),
            Role::new("member", ["org:read", "content:*"], []).unwrap(),
        ])
        .unwrap()
    }

    #[test]
    fn a_denial_says_what_is_nearest() {
        let (roles, invite) = (roles(), Permission::parse("member:invite").unwrap());
        let acme = || Scope::organization("acme");
        let asked = Question::new(&invite, 100).within("acme");
        let denied = |held: &[Assignment]| match roles.decide(held, &asked) {
            Decision::Denied(Missing::Over(one)) => format!("over {}", one.id),
            Decision::Denied(Missing::Future(one)) => format!("future {}", one.id),
            Decision::Denied(Missing::Elsewhere(one)) => format!("elsewhere {}", one.id),
            Decision::Denied(Missing::Pattern) => "pattern".to_owned(),
            Decision::Denied(Missing::Assignment) => "assignment".to_owned(),
            Decision::Allowed(_) => "allowed".to_owned(),
        };
        let plain = Assignment::new("plain", "member", acme());
        let over = Assignment::new("over", "admin", acme()).between(None, Some(100));
        let future = Assignment::new("future", "admin", acme()).between(Some(101), None);
        let other = Assignment::new("other", "owner", Scope::organization("umbrella"));
        assert_eq!(denied(&[]), "assignment");
        assert_eq!(denied(std::slice::from_ref(&plain)), "pattern");
        assert_eq!(denied(&[plain.clone(), other.clone()]), "elsewhere other");
        assert_eq!(denied(&[other.clone(), future.clone()]), "future future");
        assert_eq!(denied(&[future, other, over]), "over over");
        assert_eq!(denied(&[Assignment::new("gone", "retired", acme())]), "pattern");
        assert_eq!(denied(&[Assignment::new("now", "admin", acme()).between(Some(100), Some(101))]), "allowed");
    }

    #[test]
    fn a_narrow_scope_reaches_only_itself() {
        let (roles, read) = (roles(), Permission::parse("content:read").unwrap());
        let of = |scope| [Assignment::new("a", "member", scope)];
        let (organization, resource) = ("acme".to_owned(), "project".to_owned());
        let team = of(Scope::Team { organization: organization.clone(), team: "red".into() });
        let thing = of(Scope::Resource { organization, resource, id: "7".into() });
        let asked = Question::new(&read, 0).within("acme");
        assert!(roles.allows(&team, &asked.in_team("red")) && roles.allows(&thing, &asked.on("project", "7")));
        for (held, question) in [
            (&team, asked),
            (&team, asked.in_team("blue")),
            (&team, Question::new(&read, 0).in_team("red")),
            (&team, Question::new(&read, 0).within("umbrella").in_team("red")),
            (&thing, asked),
            (&thing, asked.on("project", "8")),
            (&thing, asked.on("page", "7")),
            (&thing, Question::new(&read, 0).within("umbrella").on("project", "7")),
        ] {
            assert!(!roles.allows(held, &question), "{question:?}");
        }
        assert!(roles.allows(&of(Scope::Instance), &asked.on("project", "8")));
    }

    #[test]
    fn a37_nobody_gives_what_they_do_not_hold() {
        let (roles, any) = (roles(), Permission::parse("org:read").unwrap());
        let asked = Question::new(&any, 0).within("acme");
        let admin = [Assignment::new("a", "admin", Scope::organization("acme"))];
        let held = |question, pattern| roles.held_until(&admin, question, &Pattern::parse(pattern).unwrap());
        for pattern in ["org:delete", "content:*", "member:invite:any"] {
            assert_eq!(held(&asked, pattern), Some(Until::Ever), "{pattern}");
        }
        for pattern in ["*", "billing:read", "*:read"] {
            assert_eq!(held(&asked, pattern), None, "{pattern}");
        }
        assert_eq!(held(&Question::new(&any, 0).within("umbrella"), "org:read"), None);
    }

    #[test]
    fn what_is_held_for_a_time_is_held_up_to_its_end_and_on_where_something_else_goes_on() {
        let (roles, any) = (roles(), Permission::parse("org:read").unwrap());
        let span =
            |from, until| Assignment::new("a", "admin", Scope::organization("acme")).between(Some(from), Some(until));
        let plain = Assignment::new("b", "member", Scope::organization("acme"));
        let team = Scope::Team { organization: "acme".into(), team: "red".into() };
        let in_team = Assignment::new("c", "admin", team);
        let held = |assignments: &[Assignment], at, pattern| {
            let asked = Question::new(&any, at).within("acme");
            roles.held_until(assignments, &asked, &Pattern::parse(pattern).unwrap())
        };
        let spans = [plain, in_team, span(40, 50), span(20, 30), span(10, 20), span(0, 12)];
        for (at, until) in
            [(0, Some(30)), (15, Some(30)), (29, Some(30)), (30, None), (39, None), (40, Some(50)), (50, None)]
        {
            assert_eq!(held(&spans, at, "member:*"), until.map(Until::Moment), "{at}");
        }
        assert_eq!(held(&spans, 0, "content:*"), Some(Until::Ever), "what plain members have, too");
        assert!(Until::Moment(i64::MAX) < Until::Ever);
    }
}

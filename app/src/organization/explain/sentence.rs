//! An explanation as sentences.

use model::{ChainView, ExplanationView, HeldView, Reason, Through};

use crate::organization::held::place;

/// Of whom is spoken.
#[derive(Clone, Copy)]
pub(super) struct Speaker<'s> {
    name: &'s str,
    /// Whether it is the reader.
    you: bool,
}

impl<'s> Speaker<'s> {
    pub(super) fn of(answer: &'s ExplanationView, you: bool) -> Self {
        Self { name: &answer.name, you }
    }

    pub(super) fn name(self) -> &'s str {
        if self.you { "You" } else { self.name }
    }

    /// Within a sentence.
    fn whom(self) -> &'s str {
        if self.you { "you" } else { self.name }
    }

    fn is(self) -> &'static str {
        if self.you { "are" } else { "is" }
    }

    fn was(self) -> &'static str {
        if self.you { "were" } else { "was" }
    }

    fn holds(self) -> &'static str {
        if self.you { "hold" } else { "holds" }
    }

    fn must(self) -> &'static str {
        if self.you { "you must" } else { "they must" }
    }
}

/// The answer in a word.
pub(super) fn verdict(answer: &ExplanationView) -> &'static str {
    match answer.reason {
        Reason::Granted(_) => "Yes",
        Reason::Over(_) => "No, not any more",
        Reason::Future(_) => "No, not yet",
        Reason::Elsewhere(_) => "No, not there",
        Reason::Pattern | Reason::Nothing => "No",
    }
}

/// Why.
pub(super) fn why(answer: &ExplanationView, speaker: Speaker<'_>) -> String {
    let name = speaker.name();
    match &answer.reason {
        Reason::Granted(chain) => {
            format!("{name} {} {}{} → {}", speaker.is(), role(&chain.held), until(&chain.held), line(chain, answer))
        }
        Reason::Over(chain) => {
            let end = chain.held.ends_at.map(|end| format!(", until {}", end.words())).unwrap_or_default();
            format!("{name} {} {}{end}. It gave this: {}", speaker.was(), role(&chain.held), line(chain, answer))
        }
        Reason::Future(chain) => {
            let start = chain.held.starts_at.map(|start| format!(" from {} on", start.words())).unwrap_or_default();
            format!("{name} will be {}{start}. That gives it: {}", role(&chain.held), line(chain, answer))
        }
        Reason::Elsewhere(chain) => {
            let asked = asked_about(answer);
            let only = format!("{name} {} {}, and nowhere else", speaker.is(), role(&chain.held));
            format!("{only}; you asked about {asked}. There it would be so: {}", line(chain, answer))
        }
        Reason::Pattern => {
            format!("No role that {} {} here now gives {}.", speaker.whom(), speaker.holds(), answer.permission)
        }
        Reason::Nothing => format!("{name} {} no role here now.", speaker.holds()),
    }
}

/// What stands between somebody and everything here, whatever they may do.
pub(super) fn second_factor(answer: &ExplanationView, speaker: Speaker<'_>) -> Option<String> {
    let told = || {
        let must = speaker.must();
        format!(
            "First {must} set up a second step for signing in, such as an authenticator app: a role of theirs asks for it, and nothing here opens before, except to who signed in with a passkey."
        )
    };
    answer
        .needs_second_factor
        .then(told)
        .map(|text| if speaker.you { text.replace("of theirs", "of yours") } else { text })
}

/// "admin in the team Blue"
fn role(held: &HeldView) -> String {
    format!("{} {}", held.role, place(held))
}

fn until(held: &HeldView) -> String {
    held.ends_at.map(|end| format!(" until {}", end.words())).unwrap_or_default()
}

/// "admin inherits from member → member may content:*, which covers content:delete."
fn line(chain: &ChainView, answer: &ExplanationView) -> String {
    let steps = chain.path.windows(2).map(|pair| format!("{} inherits from {} → ", pair[0], pair[1]));
    let last = chain.path.last().map_or(chain.held.role.as_str(), String::as_str);
    let covers = if chain.pattern == answer.permission {
        String::new()
    } else {
        format!(", which covers {}", answer.permission)
    };
    format!("{}{last} may {}{covers}.", steps.collect::<String>(), chain.pattern)
}

fn asked_about(answer: &ExplanationView) -> String {
    match (&answer.team_name, &answer.resource) {
        (Some(team), Some((kind, id))) => format!("{kind} {id} in the team {team}"),
        (Some(team), None) => format!("the team {team}"),
        (None, Some((kind, id))) => format!("{kind} {id}"),
        (None, None) => "the whole organization".to_owned(),
    }
}

/// How a role was come to, in a word or two, as it stands in a picture.
pub(super) fn through(held: &HeldView) -> &'static str {
    match held.through {
        Through::Membership => "by membership",
        Through::Team => "in a team",
        Through::Assignment => "was given",
        Through::Everywhere => "everywhere",
    }
}

#[cfg(test)]
mod tests {
    use model::{HeldState, MemberId, TeamId, Timestamp, UserId};

    use super::*;

    fn held(role: &str) -> HeldView {
        HeldView {
            id: None,
            role: role.to_owned(),
            known: true,
            through: Through::Membership,
            team_id: None,
            team_name: None,
            resource: None,
            starts_at: None,
            ends_at: None,
            state: HeldState::Now,
        }
    }

    fn answer(reason: Reason) -> ExplanationView {
        ExplanationView {
            member_id: MemberId::new("m"),
            user_id: UserId::new("u"),
            name: "Ada".to_owned(),
            permission: "content:delete".to_owned(),
            team_id: None,
            team_name: None,
            resource: None,
            allowed: matches!(reason, Reason::Granted(_)),
            reason,
            needs_second_factor: false,
            given_by: Vec::new(),
            held: Vec::new(),
        }
    }

    fn told(reason: Reason) -> String {
        let answer = answer(reason);
        format!("{}. {}", verdict(&answer), why(&answer, Speaker::of(&answer, false)))
    }

    #[test]
    fn an_answer_can_be_read_aloud() {
        let path = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let chain =
            |held: HeldView| ChainView { path: path(&[&held.role]), held, pattern: "content:delete".to_owned() };
        let admin =
            ChainView { held: held("admin"), path: path(&["admin", "member"]), pattern: "content:*".to_owned() };
        assert_eq!(
            told(Reason::Granted(admin)),
            "Yes. Ada is admin here → admin inherits from member → member may content:*, which covers content:delete."
        );
        let noon = Timestamp::from_micros(1_767_268_800_000_000);
        let over = HeldView { through: Through::Assignment, ends_at: Some(noon), ..held("moderator") };
        assert_eq!(
            told(Reason::Over(chain(over))),
            "No, not any more. Ada was moderator here, until 1 January 2026, 12:00 UTC. It gave this: moderator may content:delete."
        );
        let future = HeldView { through: Through::Assignment, starts_at: Some(noon), ..held("moderator") };
        assert_eq!(
            told(Reason::Future(chain(future))),
            "No, not yet. Ada will be moderator here from 1 January 2026, 12:00 UTC on. That gives it: moderator may content:delete."
        );
        let blue = HeldView { team_id: Some(TeamId::new("t")), team_name: Some("Blue".into()), ..held("moderator") };
        assert_eq!(
            told(Reason::Elsewhere(chain(blue))),
            "No, not there. Ada is moderator in the team Blue, and nowhere else; you asked about the whole organization. There it would be so: moderator may content:delete."
        );
        assert_eq!(told(Reason::Pattern), "No. No role that Ada holds here now gives content:delete.");
        let own = answer(Reason::Nothing);
        assert_eq!(why(&own, Speaker::of(&own, true)), "You hold no role here now.");
    }
}

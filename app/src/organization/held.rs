//! How somebody came to a role, where and how long it counts, in words.

use model::{HeldState, HeldView, Through};

/// Where it counts, to stand after "here", "only in …": "with the membership", "in the team Blue", "for report 7".
pub(super) fn place(held: &HeldView) -> String {
    match (&held.team_id, &held.resource, held.through) {
        (Some(team), ..) => format!("in the team {}", held.team_name.as_deref().unwrap_or(team.as_str())),
        (None, Some((kind, id)), _) => format!("for {kind} {id}"),
        (None, None, Through::Everywhere) => "in every organization".to_owned(),
        (None, None, _) => "here".to_owned(),
    }
}

/// How somebody came to it and where it counts, as a line of a list.
pub(super) fn way(held: &HeldView) -> String {
    let by = match held.through {
        Through::Membership => "With the membership".to_owned(),
        Through::Team => format!("With the team {}", held.team_name.as_deref().unwrap_or_default()),
        Through::Everywhere => "In every organization, by the people who run this site".to_owned(),
        Through::Assignment if held.team_id.is_none() && held.resource.is_none() => {
            "In the whole organization".to_owned()
        }
        Through::Assignment => format!("Only {}", place(held)),
    };
    let span = match (held.starts_at, held.ends_at) {
        (None, None) => String::new(),
        (Some(start), None) => format!(", from {}", start.words()),
        (None, Some(end)) => format!(", until {}", end.words()),
        (Some(start), Some(end)) => format!(", {} to {}", start.words(), end.words()),
    };
    by + &span
}

/// Whether it counts at the moment: a word for a mark, and whether it does.
pub(super) fn state(held: &HeldView) -> (&'static str, bool) {
    match held.state {
        HeldState::Now if !held.known => ("Gives nothing", false),
        HeldState::Now => ("Now", true),
        HeldState::Future => ("Not yet", false),
        HeldState::Over => ("Over", false),
    }
}

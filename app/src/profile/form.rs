use axum::http::StatusCode;
use domain::profile::Change;
use model::PersonName;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::outcome::Failure;
use crate::ui::Problems;

/// The forms of the profile.
#[derive(Deserialize)]
#[serde(tag = "act", rename_all = "lowercase")]
pub(super) enum Typed {
    /// Who somebody is.
    Details(Details),
    /// The apps' own settings.
    Preferences { preferences: String },
}

/// Who somebody is.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Details {
    pub name: String,
    pub full_name: String,
    pub bio: String,
}

impl Typed {
    /// What is to change.
    pub(super) fn read(&self) -> Result<Change, Failure> {
        Ok(match self {
            Self::Details(Details { name, full_name, bio }) => Change {
                name: Some(PersonName::parse(name)?),
                full_name: Some(one_line(full_name)),
                // Browsers send both characters for the end of a line.
                bio: Some(bio.replace("\r\n", "\n").trim().to_owned()),
                ..Change::default()
            },
            Self::Preferences { preferences } => {
                Change { preferences: Some(parse_preferences(preferences)?), ..Change::default() }
            }
        })
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Reads preferences, and tells where a slip is; nothing at all is an empty object.
fn parse_preferences(text: &str) -> Result<Map<String, Value>, Failure> {
    if text.trim().is_empty() {
        return Ok(Map::new());
    }
    let words = match serde_json::from_str(text) {
        Ok(Value::Object(preferences)) => return Ok(preferences),
        Ok(_) => "Put it into braces: an object such as { \"theme\": \"dark\" }.".to_owned(),
        Err(error) if error.is_eof() => "It ends too early. Check that each brace and each quote is closed.".to_owned(),
        Err(error) => format!(
            "This can’t be read as JSON. Look at line {}, character {}: a comma, a quote or a brace may be missing.",
            error.line(),
            error.column()
        ),
    };
    Err(Failure::Form(Problems::field("preferences", words), StatusCode::BAD_REQUEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        match parse_preferences(text) {
            Err(Failure::Form(problems, _)) => problems.of("preferences").unwrap(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_slip_in_the_preferences_is_told_with_its_place() {
        assert!(
            problem("{\n  \"theme\": dark\n}").contains("line 2, character 12"),
            "{}",
            problem("{\n  \"theme\": dark\n}")
        );
        assert!(problem("{ \"theme\": \"dark\"").contains("ends too early"));
        for other in ["[1]", "3", "\"dark\"", "null"] {
            assert!(problem(other).contains("braces"), "{other}");
        }
    }

    #[test]
    fn preferences_are_an_object_or_nothing() {
        assert!(parse_preferences("  \n").unwrap().is_empty());
        assert_eq!(parse_preferences("{\"theme\":\"dark\"}").unwrap()["theme"], "dark");
    }

    #[test]
    fn details_are_tidied() {
        let typed =
            Details { name: "  Ada ".into(), full_name: " Ada  King\tLovelace ".into(), bio: "a\r\n\r\nb\r\n".into() };
        let change = Typed::Details(typed).read().unwrap();
        assert_eq!(change.full_name.as_deref(), Some("Ada King Lovelace"));
        assert_eq!(change.bio.as_deref(), Some("a\n\nb"));
        assert!(change.username.is_none() && change.image.is_none() && change.preferences.is_none(), "the rest stays");
    }
}

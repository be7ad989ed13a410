use serde::{Deserialize, Serialize};

use crate::Refusal;

/// A person's name as shown to others: 1 to 100 characters, one line, no control or direction-changing characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonName(String);

impl PersonName {
    /// Reads what a person typed; runs of blanks become one.
    ///
    /// # Errors
    /// [`Refusal::NameMissing`] when nothing is left, [`Refusal::InvalidName`] when it is too long or not plain text.
    pub fn parse(typed: &str) -> Result<Self, Refusal> {
        if typed.len() > 2000 {
            return Err(Refusal::InvalidName);
        }
        let name = typed.split_whitespace().collect::<Vec<_>>().join(" ");
        // Bidirectional overrides could make a name read as another text (CVE-2021-42574).
        let unfit = |c: char| {
            c.is_control() || ('\u{202A}'..='\u{202E}').contains(&c) || ('\u{2066}'..='\u{2069}').contains(&c)
        };
        match name.chars().count() {
            0 => Err(Refusal::NameMissing),
            1..=100 if !name.contains(unfit) => Ok(Self(name)),
            _ => Err(Refusal::InvalidName),
        }
    }

    /// The name's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line_of_plain_text() {
        assert_eq!(PersonName::parse("  Ada\t Lovelace ").unwrap().as_str(), "Ada Lovelace");
        assert_eq!(PersonName::parse(" \n "), Err(Refusal::NameMissing));
        assert_eq!(PersonName::parse("a\u{202E}b"), Err(Refusal::InvalidName));
        assert_eq!(PersonName::parse(&"x".repeat(101)), Err(Refusal::InvalidName));
        assert!(
            PersonName::parse("<script>alert(1)</script>").is_ok(),
            "text is escaped where it is shown, not forbidden"
        );
    }
}

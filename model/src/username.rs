use serde::{Deserialize, Serialize};

use crate::Refusal;

/// A user name: 3 to 30 of `a-z 0-9 _ .`, compared without regard to case, shown as typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Username {
    display: String,
}

impl Username {
    /// Reads what a person typed.
    ///
    /// # Errors
    /// [`Refusal::UsernameTooShort`], [`Refusal::UsernameTooLong`] or [`Refusal::InvalidUsername`].
    pub fn parse(typed: &str) -> Result<Self, Refusal> {
        let display = typed.trim();
        if !display.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.') {
            return Err(Refusal::InvalidUsername);
        }
        match display.len() {
            0..3 => Err(Refusal::UsernameTooShort),
            3..=30 => Ok(Self { display: display.to_owned() }),
            _ => Err(Refusal::UsernameTooLong),
        }
    }

    /// The spelling that is unique.
    pub fn key(&self) -> String {
        self.display.to_ascii_lowercase()
    }

    /// The spelling that is shown.
    pub fn display(&self) -> &str {
        &self.display
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_names_have_3_to_30_plain_characters() {
        assert_eq!(Username::parse("Ada_L").unwrap().key(), "ada_l");
        assert_eq!(Username::parse("ab"), Err(Refusal::UsernameTooShort));
        assert_eq!(Username::parse(&"a".repeat(31)), Err(Refusal::UsernameTooLong));
        for bad in ["a b c", "ada@x", "аda", "a/b", ""] {
            assert!(Username::parse(bad).is_err(), "{bad}");
        }
    }
}

use serde::{Deserialize, Serialize};

use crate::Refusal;

/// A telephone number in E.164: `+`, the country code and the rest, 8 to 15 digits. One number is one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// Reads what a person typed: blanks, dots, dashes, slashes and brackets are left out, `00` at the start is a `+`.
    ///
    /// # Errors
    /// [`Refusal::InvalidPhoneNumber`], also without a country code.
    pub fn parse(typed: &str) -> Result<Self, Refusal> {
        let separator = |c: char| c.is_whitespace() || matches!(c, '.' | '-' | '/' | '(' | ')');
        let bare: String = typed.chars().filter(|c| !separator(*c)).collect();
        let digits = bare.strip_prefix('+').or_else(|| bare.strip_prefix("00")).ok_or(Refusal::InvalidPhoneNumber)?;
        let plain = (8..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        if plain && !digits.starts_with('0') {
            Ok(Self(format!("+{digits}")))
        } else {
            Err(Refusal::InvalidPhoneNumber)
        }
    }

    /// Takes what the database holds.
    #[cfg(feature = "sql")]
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    /// As it is stored and dialled.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// For a page that somebody sees who has not shown everything yet: only the last two digits.
    pub fn masked(&self) -> String {
        let (hidden, last) = self.0.split_at(self.0.len() - 2);
        format!("{}{last}", "•".repeat(hidden.len() - 1))
    }
}

impl std::fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_a_country_code_and_one_spelling() {
        for spelling in ["+49 170 123-4567", "0049 (170) 1234567", "+491701234567"] {
            assert_eq!(PhoneNumber::parse(spelling).unwrap().as_str(), "+491701234567", "{spelling}");
        }
        for bad in
            ["", "0170 1234567", "+0491701234567", "+49170", "+4917012345678901", "+49 170 CALL ME", "+４９1701234567"]
        {
            assert_eq!(PhoneNumber::parse(bad), Err(Refusal::InvalidPhoneNumber), "{bad}");
        }
        assert_eq!(PhoneNumber::parse("+491701234567").unwrap().masked(), "••••••••••67");
    }
}

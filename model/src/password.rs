use serde::{Deserialize, Serialize};

/// What a password must be. SPEC's defaults; an operator may loosen or tighten each part.
///
/// Runs in the browser while typing and on the server before hashing; both see the same rules. The text is judged as given: the
/// server normalises it (NFKC) first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PasswordPolicy {
    /// Fewest UTF-16 units, as the wire counts.
    pub min_length: usize,
    /// Most UTF-16 units.
    pub max_length: usize,
    /// At least one upper-case letter.
    pub upper: bool,
    /// At least one lower-case letter.
    pub lower: bool,
    /// At least one digit.
    pub digit: bool,
    /// At least one character that is neither letter, digit nor blank.
    pub special: bool,
    /// Words that must not occur, in lower case.
    pub forbidden_words: Vec<String>,
    /// Neither the user's name nor the local part of the address may occur.
    pub no_personal: bool,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self {
            min_length: 8,
            max_length: 128,
            upper: true,
            lower: true,
            digit: true,
            special: true,
            forbidden_words: vec!["password".to_owned()],
            no_personal: true,
        }
    }
}

/// One rule of a policy; its words are in the app.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "rule", content = "limit")]
pub enum PasswordRule {
    /// At least so many characters.
    MinLength(usize),
    /// At most so many characters.
    MaxLength(usize),
    /// An upper-case letter.
    Upper,
    /// A lower-case letter.
    Lower,
    /// A digit.
    Digit,
    /// A special character.
    Special,
    /// Not this word.
    ForbiddenWord(String),
    /// Not the user's name.
    NoName,
    /// Not the part of the address before the `@`.
    NoAddress,
}

impl PasswordPolicy {
    /// The rules that a person is told before typing, in the order in which they are shown.
    pub fn rules(&self) -> Vec<PasswordRule> {
        let mut rules = vec![PasswordRule::MinLength(self.min_length)];
        let switches = [
            (self.upper, PasswordRule::Upper),
            (self.lower, PasswordRule::Lower),
            (self.digit, PasswordRule::Digit),
            (self.special, PasswordRule::Special),
        ];
        rules.extend(switches.into_iter().filter_map(|(on, rule)| on.then_some(rule)));
        rules.extend(self.forbidden_words.iter().cloned().map(PasswordRule::ForbiddenWord));
        if self.no_personal {
            rules.extend([PasswordRule::NoName, PasswordRule::NoAddress]);
        }
        rules
    }

    /// Every rule that `password` breaks, all at once; `name` and `email` are the user's, as far as they are known.
    pub fn broken(&self, password: &str, name: &str, email: &str) -> Vec<PasswordRule> {
        let length = password.encode_utf16().count();
        let mut broken = Vec::new();
        if length > self.max_length {
            broken.push(PasswordRule::MaxLength(self.max_length));
        }
        let lower = password.to_lowercase();
        // Names and local parts of one or two letters would forbid almost everything.
        let contains = |word: &str| word.chars().count() > 2 && lower.contains(&word.to_lowercase());
        broken.extend(self.rules().into_iter().filter(|rule| match rule {
            PasswordRule::MinLength(min) => length < *min,
            PasswordRule::MaxLength(max) => length > *max,
            PasswordRule::Upper => !password.chars().any(char::is_uppercase),
            PasswordRule::Lower => !password.chars().any(char::is_lowercase),
            PasswordRule::Digit => !password.chars().any(|c| c.is_ascii_digit()),
            PasswordRule::Special => !password.chars().any(|c| !c.is_alphanumeric() && !c.is_whitespace()),
            PasswordRule::ForbiddenWord(word) => lower.contains(&word.to_lowercase()),
            PasswordRule::NoName => name.split_whitespace().any(contains),
            PasswordRule::NoAddress => contains(email.split('@').next().unwrap_or_default()),
        }));
        broken
    }
}

/// How hard a password is to guess (zxcvbn).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strength {
    /// 0 (guessed at once) to 4 (out of reach).
    pub score: u8,
    /// What would make it better, if anything; English, from the estimator.
    pub advice: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_broken_rule_is_told_at_once() {
        let policy = PasswordPolicy::default();
        assert_eq!(
            policy.broken("abc", "Ada Lovelace", "ada@example.com"),
            [PasswordRule::MinLength(8), PasswordRule::Upper, PasswordRule::Digit, PasswordRule::Special]
        );
        assert_eq!(policy.broken("Tr1cky-enough", "Ada Lovelace", "ada@example.com"), []);
        assert_eq!(policy.broken("My-Password-1", "", ""), [PasswordRule::ForbiddenWord("password".into())]);
        assert_eq!(policy.broken("x1-LOVELACE-x", "Ada Lovelace", "al@example.com"), [PasswordRule::NoName]);
        assert_eq!(policy.broken("x1-Countess!", "Ada", "countess@example.com"), [PasswordRule::NoAddress]);
    }

    #[test]
    fn length_is_counted_as_the_wire_counts() {
        let policy = PasswordPolicy::default();
        let long = format!("Aa1-{}", "x".repeat(124));
        assert_eq!(policy.broken(&long, "", ""), []);
        assert_eq!(policy.broken(&format!("{long}x"), "", ""), [PasswordRule::MaxLength(128)]);
        assert_eq!(policy.broken("Aa1-𝄞𝄞", "", ""), [], "two characters outside the basic plane count as four");
    }
}

use serde::{Deserialize, Serialize};

use crate::{AccountId, Email, PhoneNumber, Timestamp, UserId};

/// A user as the wire shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own names")]
pub struct UserView {
    pub name: String,
    pub email: Email,
    pub email_verified: bool,
    pub image: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub two_factor_enabled: bool,
    pub role: String,
    pub banned: bool,
    pub ban_reason: Option<String>,
    pub ban_expires: Option<Timestamp>,
    pub username: Option<String>,
    pub display_username: Option<String>,
    pub phone_number: Option<PhoneNumber>,
    pub phone_number_verified: bool,
    pub id: UserId,
}

impl UserView {
    /// One or two capitals for where there is no picture.
    pub fn initials(&self) -> String {
        initials(&self.name)
    }
}

/// One or two capitals of a name, for where there is no picture.
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let first = words.next();
    first.into_iter().chain(words.next_back()).flat_map(char::to_uppercase).collect()
}

/// A way in of a user, as the wire shows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own names")]
pub struct AccountView {
    pub id: AccountId,
    pub provider_id: String,
    pub account_id: String,
    pub user_id: UserId,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub scopes: Vec<String>,
}

/// What a person tells about themselves beside the account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ProfileView {
    /// The whole name, where `name` is the one that is shown.
    pub full_name: String,
    /// A few words.
    pub bio: String,
    /// The app's own settings: a JSON object.
    pub preferences: serde_json::Map<String, serde_json::Value>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_the_first_and_the_last_word_s() {
        let mut user = UserView {
            name: "ada king lovelace".into(),
            email: Email::parse("a@example.com").unwrap(),
            email_verified: true,
            image: None,
            created_at: Timestamp::from_micros(0),
            updated_at: Timestamp::from_micros(0),
            two_factor_enabled: false,
            role: "user".into(),
            banned: false,
            ban_reason: None,
            ban_expires: None,
            username: None,
            display_username: None,
            phone_number: None,
            phone_number_verified: false,
            id: UserId::new("u"),
        };
        assert_eq!(user.initials(), "AL");
        user.name = "émile".into();
        assert_eq!(user.initials(), "É");
        user.name = "—".into();
        assert_eq!(user.initials(), "");
    }
}

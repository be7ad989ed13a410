mod refusal;

pub use refusal::OrganizationRefusal;

use serde::{Deserialize, Serialize};

use crate::{
    AssignmentId, Email, InvitationId, MemberId, OrganizationId, Refusal, RoleId, TeamId, TeamMemberId, Timestamp,
    UserId,
};

/// The part of an organization's address that names it: 2 to 48 of `a-z 0-9 -`, neither first nor last a dash.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Slug(String);

impl Slug {
    /// What stands in the place of a slug where pages are about no organization in particular.
    const RESERVED: [&str; 2] = ["new", "switch"];

    /// Reads what a person typed; capitals become small.
    ///
    /// # Errors
    /// [`OrganizationRefusal::InvalidSlug`]; [`OrganizationRefusal::SlugTaken`] for what the site itself needs.
    pub fn parse(typed: &str) -> Result<Self, Refusal> {
        let slug = typed.trim().to_ascii_lowercase();
        if Self::RESERVED.contains(&slug.as_str()) {
            return Err(OrganizationRefusal::SlugTaken.into());
        }
        let plain = slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        let edges = !slug.starts_with('-') && !slug.ends_with('-');
        if plain && edges && (2..=48).contains(&slug.len()) {
            Ok(Self(slug))
        } else {
            Err(OrganizationRefusal::InvalidSlug.into())
        }
    }

    /// The best one that can be made of a name, for a form to suggest; `None` when nothing of it can stand in one. Of a decomposed name
    /// (NFKD; browsers do it by themselves) letters with accents stay, without them.
    pub fn suggest(decomposed: &str) -> Option<Self> {
        // Back and forth, because ß is SS in capitals.
        let letters = decomposed.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase);
        let letters = letters.filter(|c| !('\u{300}'..='\u{36f}').contains(c));
        let dashed: String = letters.map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let words: Vec<_> = dashed.split('-').filter(|word| !word.is_empty()).collect();
        let slug: String = words.join("-").chars().take(48).collect();
        Self::parse(slug.trim_end_matches('-')).ok()
    }

    /// Takes what the database holds.
    #[cfg(feature = "sql")]
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Slug {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// An organization as the wire shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own names")]
pub struct OrganizationView {
    pub name: String,
    pub slug: Slug,
    pub logo: Option<String>,
    pub created_at: Timestamp,
    pub metadata: Option<serde_json::Value>,
    pub id: OrganizationId,
}

/// Somebody in an organization, as the wire shows them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own names")]
pub struct MemberView {
    pub organization_id: OrganizationId,
    pub user_id: UserId,
    /// One or several, separated by commas.
    pub role: String,
    pub created_at: Timestamp,
    pub id: MemberId,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub user: Option<MemberUser>,
}

/// Who a member is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own names")]
pub struct MemberUser {
    pub id: UserId,
    pub name: String,
    pub email: Email,
    pub image: Option<String>,
}

/// How an invitation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "sql", derive(sqlx::Type), sqlx(rename_all = "snake_case", type_name = "text"))]
#[expect(missing_docs, reason = "the wire's own names")]
pub enum InvitationStatus {
    Pending,
    Accepted,
    Rejected,
    Canceled,
}

/// An invitation as the wire shows it; the token of a link is never in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own names")]
pub struct InvitationView {
    pub organization_id: OrganizationId,
    /// None for a link.
    pub email: Option<Email>,
    pub role: String,
    /// One or several, separated by commas.
    pub team_id: Option<String>,
    pub status: InvitationStatus,
    pub expires_at: Timestamp,
    pub created_at: Timestamp,
    pub inviter_id: UserId,
    pub id: InvitationId,
}

/// A team as the wire shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own names")]
pub struct TeamView {
    pub name: String,
    pub organization_id: OrganizationId,
    pub created_at: Timestamp,
    pub updated_at: Option<Timestamp>,
    pub id: TeamId,
}

/// Somebody in a team, as the wire shows them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the wire's own names")]
pub struct TeamMemberView {
    pub team_id: TeamId,
    pub user_id: UserId,
    pub created_at: Timestamp,
    pub id: TeamMemberId,
}

/// A role as its organization reads it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleView {
    /// The organization's own roles have one; those of the configuration don't.
    pub id: Option<RoleId>,
    /// Its name.
    pub name: String,
    /// What it gives by itself.
    pub patterns: Vec<String>,
    /// The roles that it inherits from.
    pub inherits: Vec<String>,
    /// When it was made; the configuration's roles don't tell.
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
}

/// A role that was given for a time, in a team, or for one thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssignmentView {
    /// Which.
    pub id: AssignmentId,
    /// To whom.
    pub user_id: UserId,
    /// The role's name.
    pub role: String,
    /// The team that it counts in, if it is bound to one.
    pub team_id: Option<TeamId>,
    /// The kind and the id of the thing that it counts for, if it is bound to one.
    pub resource: Option<(String, String)>,
    /// From when on.
    pub starts_at: Option<Timestamp>,
    /// Until when.
    pub ends_at: Option<Timestamp>,
    /// Who gave it.
    pub granted_by: UserId,
    /// When.
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_can_stand_in_an_address() {
        assert_eq!(Slug::parse(" Acme-2 ").unwrap().as_str(), "acme-2");
        for bad in ["", "a", "-acme", "acme-", "ac me", "äcme", "a/b", &"a".repeat(49)] {
            assert!(Slug::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(Slug::suggest("Acme & Sons, Ltd.").unwrap().as_str(), "acme-sons-ltd");
        assert_eq!(Slug::suggest("A\u{308}cme & So\u{308}hne, Große").unwrap().as_str(), "acme-sohne-grosse");
        assert_eq!(Slug::suggest("株式会社"), None);
        assert_eq!(Slug::parse("New"), Err(OrganizationRefusal::SlugTaken.into()));
    }
}

use serde::{Deserialize, Serialize};

use crate::Question;

/// Where an assignment counts. What is wider includes what is narrower: an organization's covers its teams and its resources.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Scope {
    /// Everywhere.
    Instance,
    /// In one organization.
    #[serde(rename_all = "camelCase")]
    Organization {
        /// Which.
        organization: String,
    },
    /// In one team of an organization.
    #[serde(rename_all = "camelCase")]
    Team {
        /// Of which organization.
        organization: String,
        /// Which.
        team: String,
    },
    /// For one thing of an organization.
    #[serde(rename_all = "camelCase")]
    Resource {
        /// Of which organization.
        organization: String,
        /// Its kind, such as `project`.
        resource: String,
        /// Its id.
        id: String,
    },
}

impl Scope {
    /// One organization.
    pub fn organization(id: impl Into<String>) -> Self {
        Self::Organization { organization: id.into() }
    }

    /// Whether what `question` is about lies within.
    pub fn reaches(&self, question: &Question<'_>) -> bool {
        match self {
            Self::Instance => true,
            Self::Organization { organization } => question.organization == Some(organization),
            Self::Team { organization, team } => {
                question.organization == Some(organization) && question.team == Some(team)
            }
            Self::Resource { organization, resource, id } => {
                question.organization == Some(organization) && question.resource == Some((resource, id))
            }
        }
    }
}

/// Gives a role to somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Assignment {
    /// Names it in a decision.
    pub id: String,
    /// The role's name. One that doesn't exist (any more) gives nothing.
    pub role: String,
    /// Where.
    pub scope: Scope,
    /// From when on, in microseconds since 1970 (UTC).
    pub from: Option<i64>,
    /// Until when; at that very moment it is over.
    pub until: Option<i64>,
}

impl Assignment {
    /// One without an end.
    pub fn new(id: impl Into<String>, role: impl Into<String>, scope: Scope) -> Self {
        Self { id: id.into(), role: role.into(), scope, from: None, until: None }
    }

    /// The same, from `from` on and before `until`.
    #[must_use]
    pub fn between(mut self, from: Option<i64>, until: Option<i64>) -> Self {
        (self.from, self.until) = (from, until);
        self
    }

    /// Whether it hasn't begun at `at`.
    pub fn is_future(&self, at: i64) -> bool {
        self.from.is_some_and(|from| at < from)
    }

    /// Whether it is over at `at`.
    pub fn is_over(&self, at: i64) -> bool {
        self.until.is_some_and(|until| at >= until)
    }
}

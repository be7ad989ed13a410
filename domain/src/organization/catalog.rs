//! The roles of the configuration, and what permissions there are to give.

use std::collections::{BTreeMap, BTreeSet};

use permission::{Role, Roles};
use serde::Deserialize;

/// The roles that every organization has.
#[derive(Clone, Debug)]
pub struct Catalog {
    roles: Vec<Role>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Draft {
    patterns: Vec<String>,
    #[serde(default)]
    inherits: Vec<String>,
}

/// The resources that Latchkey itself asks for, with what can be done to them.
const OWN: &[(&str, &[&str])] = &[
    ("org", &["read", "update", "delete"]),
    ("member", &["create", "update", "delete"]),
    ("invitation", &["create", "cancel"]),
    ("team", &["create", "update", "delete"]),
    ("ac", &["create", "read", "update", "delete"]),
    ("audit", &["read"]),
];

impl Catalog {
    /// The roles that ship.
    ///
    /// # Panics
    /// When the file in the source is broken, which a test rules out.
    #[expect(clippy::expect_used, reason = "see Panics")]
    pub fn shipped() -> Self {
        Self::parse(include_str!("roles.toml")).expect("the shipped roles are sound")
    }

    /// Reads roles from TOML: a table for each, with `patterns` and, if it has any, `inherits`.
    ///
    /// # Errors
    /// What is wrong, for the operator.
    pub fn parse(text: &str) -> Result<Self, String> {
        let drafts: BTreeMap<String, Draft> = toml::from_str(text).map_err(|error| error.to_string())?;
        let role = |(name, draft): (&String, &Draft)| {
            let patterns = draft.patterns.iter().map(String::as_str);
            Role::new(name, patterns, draft.inherits.iter().map(String::as_str)).map_err(|error| error.to_string())
        };
        let roles: Vec<Role> = drafts.iter().map(role).collect::<Result<_, _>>()?;
        for needed in ["owner", "admin", "member"] {
            if !roles.iter().any(|role| role.name == needed) {
                return Err(format!("there is no role {needed:?}"));
            }
        }
        let owner = roles.iter().find(|role| role.name == "owner");
        if !owner.is_some_and(|owner| owner.patterns.iter().any(|pattern| pattern.as_str() == "*")) {
            return Err("the owner's patterns must hold \"*\"".to_owned());
        }
        Roles::new(roles.clone()).map_err(|error| error.to_string())?;
        Ok(Self { roles })
    }

    /// Its roles.
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// Whether a role of that name is in it.
    pub fn has(&self, name: &str) -> bool {
        self.roles.iter().any(|role| role.name == name)
    }

    /// The resources for which permissions can be given: the program's own, and every first word in a role's pattern.
    pub fn resources(&self) -> BTreeSet<&str> {
        let of_roles =
            self.roles.iter().flat_map(|role| &role.patterns).filter_map(|pattern| pattern.as_str().split(':').next());
        OWN.iter().map(|(resource, _)| *resource).chain(of_roles).filter(|resource| *resource != "*").collect()
    }

    /// Every permission and pattern that is named somewhere, for a form that completes them.
    pub fn known(&self) -> BTreeSet<String> {
        let own = OWN.iter().flat_map(|(resource, acts)| acts.iter().map(move |act| format!("{resource}:{act}")));
        let of_roles = self.roles.iter().flat_map(|role| &role.patterns).map(|pattern| pattern.as_str().to_owned());
        own.chain(of_roles).filter(|pattern| pattern != "*").collect()
    }
}

impl Default for Catalog {
    fn default() -> Self {
        Self::shipped()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_roles_that_ship_are_those_of_the_specification() {
        let catalog = Catalog::shipped();
        let names: Vec<_> = catalog.roles().iter().map(|role| role.name.as_str()).collect();
        assert_eq!(names, ["admin", "analyst", "member", "moderator", "owner"]);
        assert!(catalog.resources().contains("content") && catalog.resources().contains("org"));
        assert!(!catalog.resources().contains("galaxy"));
    }

    #[test]
    fn roles_that_do_not_fit_are_told() {
        for (text, word) in [
            ("", "no role"),
            ("[owner]\npatterns=['org:*']\n[admin]\npatterns=[]\n[member]\npatterns=[]", "\"*\""),
            (
                "[owner]\npatterns=['*']\ninherits=['admin']\n[admin]\npatterns=[]\ninherits=['owner']\n[member]\npatterns=[]",
                "circle",
            ),
            ("[owner]\npatterns=['Org']", "Org"),
            ("[owner]\npattern=['*']", "pattern"),
        ] {
            let fault = Catalog::parse(text).unwrap_err();
            assert!(fault.contains(word), "{fault}");
        }
    }
}

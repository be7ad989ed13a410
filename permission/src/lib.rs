//! May this user do X on Y, and why?
//!
//! A [`Role`] holds [`Pattern`]s and inherits from other roles; [`Roles`] are checked when they are put together: no cycle, no parent
//! that isn't there. An [`Assignment`] gives a role within a [`Scope`] and for a span of time. [`Roles::decide`] answers a [`Question`]
//! with its reason: through which assignment, role and pattern, or what is missing. Nothing here does I/O or reads a clock, so that
//! the same answer can be given in a server, in a page and in another service.
//!
//! ```
//! use permission::{Assignment, Decision, Permission, Question, Role, Roles, Scope};
//!
//! let member = Role::new("member", ["org:read", "content:*"], [])?;
//! let editor = Role::new("editor", ["content:publish"], ["member"])?;
//! let roles = Roles::new([member, editor])?;
//! let held = [Assignment::new("a1", "editor", Scope::organization("acme"))];
//!
//! let delete = Permission::parse("content:delete:any")?;
//! let question = Question::new(&delete, 0).within("acme");
//! let Decision::Allowed(grant) = roles.decide(&held, &question) else { panic!("editors are members") };
//! assert_eq!((grant.assignment.id.as_str(), grant.pattern.to_string().as_str()), ("a1", "content:*"));
//! assert_eq!(grant.path, ["editor", "member"]);
//!
//! assert!(!roles.decide(&held, &Question::new(&delete, 0).within("umbrella")).is_allowed());
//! # Ok::<(), permission::Error>(())
//! ```

mod decision;
mod pattern;
mod role;
mod scope;

pub use decision::{Decision, Grant, Missing, Question, Until};
pub use pattern::{Pattern, Permission};
pub use role::{Role, Roles};
pub use scope::{Assignment, Scope};

/// What can't be a pattern, a role or a set of roles.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not 1 to 8 words of `a-z 0-9 _ -` between colons, a pattern's may be `*`; at most 128 characters.
    #[error("{0:?} is no permission, such as content:delete:any")]
    Pattern(String),
    /// Not 1 to 64 characters of `a-z 0-9 _ - .`.
    #[error("{0:?} is no name of a role")]
    RoleName(String),
    /// Two roles of one name.
    #[error("there are two roles named {0:?}")]
    Twice(String),
    /// A role inherits from one that isn't there.
    #[error("{role:?} inherits from {parent:?}, which doesn't exist")]
    UnknownParent {
        /// The heir.
        role: String,
        /// The role that isn't there.
        parent: String,
    },
    /// Roles inherit from each other in a circle; the circle, its first role again at the end.
    #[error("roles inherit in a circle: {}", .0.join(" → "))]
    Cycle(Vec<String>),
}

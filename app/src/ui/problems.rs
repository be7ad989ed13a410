use serde::{Deserialize, Serialize};

/// What is wrong with a form, in words: the server finds the words, pages and islands only show them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problems(Vec<Problem>);

/// One thing to put right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The name of the field that it is about; `None` when it is about the whole form.
    pub field: Option<String>,
    /// What to do, for a person.
    pub text: String,
}

impl Problems {
    /// A problem of the whole form.
    pub fn general(text: impl Into<String>) -> Self {
        Self(vec![Problem { field: None, text: text.into() }])
    }

    /// A problem of one field.
    pub fn field(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self(vec![Problem { field: Some(name.into()), text: text.into() }])
    }

    /// What is wrong with the field of this name.
    pub fn of(&self, field: &str) -> Option<String> {
        self.0.iter().find(|problem| problem.field.as_deref() == Some(field)).map(|problem| problem.text.clone())
    }

    /// The name of the field to begin with.
    pub fn first_field(&self) -> Option<&str> {
        self.0.iter().find_map(|problem| problem.field.as_deref())
    }

    /// Whether the reader begins at the field of this name: it is the first one that something is wrong with.
    pub fn begin_at(&self, field: &str) -> bool {
        self.first_field() == Some(field)
    }

    /// What is wrong with the whole form.
    pub fn rest(&self) -> Option<String> {
        self.0.iter().find(|problem| problem.field.is_none()).map(|problem| problem.text.clone())
    }

    /// The first thing that is wrong, whatever it is about, for where no field can say so.
    pub fn any(&self) -> Option<String> {
        self.0.first().map(|problem| problem.text.clone())
    }

    /// Gives what is about the whole form, or about a field that the form doesn't have, to the field `name`.
    #[must_use]
    pub fn rest_at(mut self, name: &str, fields: &[&str]) -> Self {
        for problem in &mut self.0 {
            if !problem.field.as_deref().is_some_and(|field| fields.contains(&field)) {
                problem.field = Some(name.to_owned());
            }
        }
        self
    }

    /// Moves what is about the field `from` to the field `to`, where a form calls it otherwise.
    #[must_use]
    pub fn renamed(mut self, from: &str, to: &str) -> Self {
        for problem in self.0.iter_mut().filter(|problem| problem.field.as_deref() == Some(from)) {
            problem.field = Some(to.to_owned());
        }
        self
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Problem> for Problems {
    fn from_iter<I: IntoIterator<Item = Problem>>(problems: I) -> Self {
        Self(problems.into_iter().collect())
    }
}

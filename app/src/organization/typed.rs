use crate::form::Form;
use crate::form::Posted;

/// A posted form of which several boxes bear one name.
pub(super) type Posting = Posted<Vec<(String, String)>>;

/// What was typed into it.
#[derive(Default)]
pub(super) struct Typed(Vec<(String, String)>);

impl Typed {
    /// Reads a form; one that can't be read is empty.
    pub(super) fn read(posted: Posting) -> Self {
        Self(posted.map(|Form(pairs)| pairs).unwrap_or_default())
    }

    /// A field's text, without the blanks around it; empty where there is none.
    pub(super) fn one(&self, name: &str) -> &str {
        self.0.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value.trim())
    }

    /// The same to keep.
    pub(super) fn text(&self, name: &str) -> String {
        self.one(name).to_owned()
    }

    /// What is ticked among the boxes of a name.
    pub(super) fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(found, _)| found == name).map(|(_, value)| value.clone()).collect()
    }
}

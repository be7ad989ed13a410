use serde_json::{Value, json};

use super::{Filter, Told, Trail};
use crate::{Cx, Error, Result};

/// How an export is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// An array of objects, one a line.
    Json,
    /// A table with a line of headings, for spreadsheets.
    Csv,
}

/// The columns of a table, and the names in objects.
const COLUMNS: [&str; 13] = [
    "number",
    "at",
    "act",
    "actor",
    "actorName",
    "user",
    "userName",
    "organization",
    "organizationName",
    "ipAddress",
    "userAgent",
    "detail",
    "hash",
];

/// How many entries are read at once: no more are in memory, however long the trail is.
const BATCH: i64 = 500;

/// A trail on its way into a file, the oldest entry first, piece by piece.
pub struct Export {
    cx: Cx,
    trail: Trail,
    filter: Filter,
    format: Format,
    at: At,
}

#[derive(Clone, Copy)]
enum At {
    Begin,
    After { number: i64, first: bool },
    End,
}

impl Export {
    /// Begins one.
    pub fn new(cx: &Cx, trail: Trail, filter: Filter, format: Format) -> Self {
        Self { cx: cx.clone(), trail, filter, format, at: At::Begin }
    }

    /// The next piece; `None` when it is whole.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        match self.at {
            At::Begin => {
                self.at = At::After { number: i64::MIN, first: true };
                Ok(Some(self.format.head()?))
            }
            At::After { number, first } => {
                let told = self.trail.after(&self.cx, &self.filter, number, BATCH).await?;
                let Some(last) = told.last() else {
                    self.at = At::End;
                    return Ok(Some(self.format.tail()));
                };
                self.at = At::After { number: last.number, first: false };
                self.format.entries(&told, first).map(Some)
            }
            At::End => Ok(None),
        }
    }
}

impl Format {
    /// The end of a file's name.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Csv => "csv",
        }
    }

    /// What browsers are told that it is.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }

    fn head(self) -> Result<Vec<u8>> {
        match self {
            Self::Json => Ok(b"[".to_vec()),
            Self::Csv => table([COLUMNS.map(str::to_owned)]),
        }
    }

    fn tail(self) -> Vec<u8> {
        match self {
            Self::Json => b"\n]\n".to_vec(),
            Self::Csv => Vec::new(),
        }
    }

    fn entries(self, told: &[Told], first: bool) -> Result<Vec<u8>> {
        match self {
            Self::Csv => table(told.iter().map(|told| told.fields().map(cell))),
            Self::Json => {
                let mut text = String::new();
                for (place, told) in told.iter().enumerate() {
                    text.push_str(if first && place == 0 { "\n" } else { ",\n" });
                    text.push_str(&told.json().to_string());
                }
                Ok(text.into_bytes())
            }
        }
    }
}

fn table(lines: impl IntoIterator<Item = [String; COLUMNS.len()]>) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for line in lines {
        writer.write_record(line).map_err(Error::broken)?;
    }
    writer.into_inner().map_err(Error::broken)
}

/// A cell that a spreadsheet takes for text: what would be a formula gets a quotation mark in front (OWASP, CSV Injection). A device calls
/// itself whatever it likes.
fn cell(value: Value) -> String {
    let text = match value {
        Value::String(text) => text,
        Value::Null => String::new(),
        // A number is one, also below zero.
        Value::Number(number) => return number.to_string(),
        other => other.to_string(),
    };
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { format!("'{text}") } else { text }
}

impl Told {
    fn fields(&self) -> [Value; COLUMNS.len()] {
        [
            json!(self.number),
            json!(self.at),
            json!(self.act_name),
            json!(self.actor.name()),
            json!(self.actor_name),
            json!(self.user),
            json!(self.user_name),
            json!(self.organization),
            json!(self.organization_name),
            json!(self.ip_address),
            json!(self.user_agent),
            self.detail.clone(),
            json!(self.hash),
        ]
    }

    /// The entry as an object, as exports have it.
    pub fn json(&self) -> Value {
        COLUMNS.iter().map(|name| (*name).to_owned()).zip(self.fields()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_of_a_table_is_never_a_formula() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(cell(json!(formula)), format!("'{formula}"));
        }
        assert_eq!(
            (cell(json!("a=b")), cell(json!(-3)), cell(Value::Null)),
            ("a=b".into(), "-3".into(), String::new())
        );
    }

    #[test]
    fn a_table_quotes_what_would_end_a_cell() {
        let mut line: [String; COLUMNS.len()] = Default::default();
        line[0] = "a,\"b\"\nc".into();
        assert_eq!(String::from_utf8(table([line]).unwrap()).unwrap(), "\"a,\"\"b\"\"\nc\",,,,,,,,,,,,\n");
    }
}

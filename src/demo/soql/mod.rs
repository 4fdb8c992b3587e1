//! SOQL: text to tokens ([`lex`]), to a statement ([`parse`]), to SQL and JSON rows
//! ([`plan`], [`run`]). Its own faults carry the place, as Salesforce's do.

pub mod ast;
pub mod dates;
pub mod explain;
mod json;
mod lex;
pub mod metadata;
mod parse;
pub mod plan;
pub mod run;
pub mod search;

pub use parse::parse;

use super::error::Refusal;

/// A fault of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub code: &'static str,
    /// Byte offset of the token at fault; `None` when the whole statement is meant.
    pub at: Option<usize>,
    pub message: String,
}

impl Fault {
    /// `MALFORMED_QUERY` with a place.
    pub fn malformed(at: usize, message: impl Into<String>) -> Self {
        Self {
            code: "MALFORMED_QUERY",
            at: Some(at),
            message: message.into(),
        }
    }

    /// A fault without a place.
    pub fn bare(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            at: None,
            message: message.into(),
        }
    }

    /// A fault with a place.
    pub fn at(code: &'static str, at: usize, message: impl Into<String>) -> Self {
        Self {
            code,
            at: Some(at),
            message: message.into(),
        }
    }

    /// `INVALID_FIELD` of a query.
    pub fn no_column(at: usize, column: &str, entity: &str) -> Self {
        let text = format!(
            "No such column '{column}' on entity '{entity}'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names."
        );
        Self::at("INVALID_FIELD", at, text)
    }

    /// As the API words it: the piece of the statement, a caret below it, the place, the text.
    pub fn refusal(&self, source: &str) -> Refusal {
        let Some(at) = self.at else {
            return Refusal::new(400, self.code, self.message.clone());
        };
        let text = format!("{}{}", picture(source, at), self.message);
        Refusal::new(400, self.code, text)
    }
}

/// Characters shown before and behind the place, at most.
const SHOWN: usize = 45;

fn picture(source: &str, at: usize) -> String {
    let at = source.floor_char_boundary(at.min(source.len()));
    let (before, behind) = source.split_at(at);
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    let row = before.matches('\n').count() + 1;
    let line_before = before.rsplit('\n').next().unwrap_or("");
    let head = clip_start(line_before);
    let tail: String = behind
        .lines()
        .next()
        .unwrap_or("")
        .chars()
        .take(SHOWN)
        .collect();
    let tail = if tail.chars().count() < SHOWN {
        tail.as_str()
    } else {
        tail.rsplit_once(' ')
            .map_or(tail.as_str(), |(kept, _)| kept)
    };
    let pad = " ".repeat(head.chars().count());
    format!("\n{head}{tail}\n{pad}^\nERROR at Row:{row}:Column:{column}\n")
}

/// The last characters, cut at a blank.
fn clip_start(line: &str) -> &str {
    let count = line.chars().count();
    if count <= SHOWN {
        return line;
    }
    let from = line
        .char_indices()
        .nth(count - SHOWN)
        .map_or(0, |(index, _)| index);
    let cut = line.get(from..).unwrap_or(line);
    cut.split_once(' ').map_or(cut, |(_, rest)| rest)
}

#[cfg(test)]
mod tests;

//! SOSL's frame: `FIND {…} IN … FIELDS RETURNING …`. What is in braces is read by
//! [`crate::demo::sosl`]; the rest shares SOQL's grammar.

use super::Fault;
use super::ast::{Count, Expr, Item, Path, Query};
use super::parse::Parser;

/// A search statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// What stands between the braces, escapes kept.
    pub text: String,
    pub group: Group,
    /// Empty: every searchable object, ids only.
    pub returning: Vec<Returning>,
    pub limit: Option<Count>,
    /// `WITH METADATA = 'LABELS'`.
    pub labels: bool,
}

/// Which fields are searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    All,
    Name,
    Email,
    Phone,
    Sidebar,
}

impl Group {
    /// Reads `NAME` and so on, in any case.
    pub fn named(word: &str) -> Option<Self> {
        Some(match word.to_ascii_uppercase().as_str() {
            "ALL" => Self::All,
            "NAME" => Self::Name,
            "EMAIL" => Self::Email,
            "PHONE" => Self::Phone,
            "SIDEBAR" => Self::Sidebar,
            _ => return None,
        })
    }
}

/// One object of `RETURNING`.
#[derive(Debug, Clone, PartialEq)]
pub struct Returning {
    /// As a query over the object; without fields, its id.
    pub query: Query,
}

/// Parses a statement.
///
/// # Errors
/// `MALFORMED_SEARCH` without braces; SOQL's faults behind them.
pub fn parse(source: &str) -> Result<Search, Fault> {
    let none = || {
        Fault::bare(
            "MALFORMED_SEARCH",
            "No search term found. The search term must be enclosed in braces.",
        )
    };
    let open = source.find('{').ok_or_else(none)?;
    let close = closing(source, open).ok_or_else(none)?;
    let text = source.get(open + 1..close).unwrap_or_default();
    if text.trim().is_empty() {
        return Err(none());
    }
    // Blanks in place of the text keep every later place right.
    let hidden = " ".repeat(close + 1 - open);
    let rest = format!("{}{hidden}{}", &source[..open], &source[close + 1..]);
    let mut parser = Parser::new(&rest)?;
    parser.word("find")?;
    let group = if parser.accept_word("in") {
        fields(&mut parser)?
    } else {
        Group::All
    };
    let returning = if parser.accept_word("returning") {
        parser.list(returning)?
    } else {
        Vec::new()
    };
    let mut labels = false;
    while parser.accept_word("with") {
        labels |= with(&mut parser)?;
    }
    let limit = parser.count_after("limit")?;
    parser.tracking()?;
    parser.end()?;
    Ok(Search {
        text: text.to_owned(),
        group,
        returning,
        limit,
        labels,
    })
}

/// One `WITH`; whether it asks for labels. Snippets are made of articles and the like, which
/// the org has none of: other rows come without, as in a real org. What would change the
/// result and is not done here is refused.
fn with(parser: &mut Parser) -> Result<bool, Fault> {
    if parser.accept_word("metadata") {
        parser.sign("=")?;
        parser.text("LABELS")?;
        return Ok(true);
    }
    if parser.accept_word("spell_correction") {
        parser.sign("=")?;
        if !parser.accept_word("true") {
            parser.word("false")?;
        }
        return Ok(false);
    }
    parser.word("snippet")?;
    if parser.accept_sign("(") {
        parser.word("target_length")?;
        parser.sign("=")?;
        parser.number()?;
        parser.sign(")")?;
    }
    Ok(false)
}

fn closing(source: &str, open: usize) -> Option<usize> {
    let mut escaped = false;
    for (index, c) in source
        .char_indices()
        .skip_while(|(index, _)| *index <= open)
    {
        match c {
            '}' if !escaped => return Some(index),
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    None
}

fn fields(parser: &mut Parser) -> Result<Group, Fault> {
    let word = parser.path()?;
    let group = Group::named(&word.text()).ok_or_else(|| {
        Fault::at(
            "MALFORMED_SEARCH",
            word.at,
            format!("unexpected token: '{}'", word.text()),
        )
    })?;
    parser.word("fields")?;
    Ok(group)
}

fn returning(parser: &mut Parser) -> Result<Returning, Fault> {
    let from = parser.path()?;
    let mut query = id_of(from);
    if !parser.accept_sign("(") {
        return Ok(Returning { query });
    }
    query.select = parser.list(returned)?;
    query.filter = where_clause(parser)?;
    query.order = parser.ordering()?;
    query.limit = parser.count_after("limit")?;
    query.offset = parser.count_after("offset")?;
    parser.sign(")")?;
    Ok(Returning { query })
}

/// A field or a function of one: a search has no child rows and no groups.
fn returned(parser: &mut Parser) -> Result<Item, Fault> {
    let start = parser.unexpected();
    match parser.item()? {
        item @ (Item::Field(_) | Item::Call { .. }) => Ok(item),
        _ => Err(start),
    }
}

fn where_clause(parser: &mut Parser) -> Result<Option<Expr>, Fault> {
    if parser.accept_word("where") {
        parser.filter().map(Some)
    } else {
        Ok(None)
    }
}

/// `SELECT Id FROM X`.
pub fn id_of(from: Path) -> Query {
    let id = Path {
        parts: vec!["Id".into()],
        at: from.at,
    };
    Query::of(vec![Item::Field(id)], from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_read_whole() {
        let found = parse("FIND {Acme\\} b*} IN NAME FIELDS RETURNING Account(Id, Name WHERE Name LIKE 'a%' ORDER BY Name LIMIT 20), Contact LIMIT 50").unwrap();
        assert_eq!(found.text, "Acme\\} b*");
        assert_eq!(found.group, Group::Name);
        assert_eq!(found.returning.len(), 2);
        assert_eq!(found.limit.unwrap().value, 50);
        assert!(!found.labels);
        assert!(parse("FIND {a} RETURNING Account WITH SNIPPET (target_length = 120) WITH METADATA = 'LABELS' LIMIT 5 UPDATE TRACKING").unwrap().labels);
    }

    #[test]
    fn a_search_without_text_says_so() {
        for source in [
            "FIND Acme",
            "FIND {",
            "FIND {}",
            "FIND { } RETURNING Account",
            "",
        ] {
            assert_eq!(
                parse(source).unwrap_err().code,
                "MALFORMED_SEARCH",
                "{source}"
            );
        }
    }

    #[test]
    fn odd_tails_are_faults_with_a_place() {
        for source in [
            "FIND {a} IN X FIELDS",
            "FIND {ä} RETURNING",
            "FIND {a} RETURNING Account(",
            "x {a}",
            "FIND {a} LIMIT x",
            "FIND {a} RETURNING Account((SELECT Id FROM Contacts))",
            "FIND {a} RETURNING Account(COUNT())",
            "FIND {a} WITH HIGHLIGHT",
            "FIND {a} WITH METADATA = 'x'",
        ] {
            assert!(parse(source).is_err(), "{source}");
        }
    }
}

//! Queries put together from names and values, so that no typed text can change what a
//! query asks. Text a user writes as SOQL does not pass here.

pub mod typed;

/// A name that cannot be an API name, so that no query is built from it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` cannot be an API name")]
pub struct BadName(pub String);

/// Direction of an order; empty values come last either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Smallest first.
    Asc,
    /// Largest first.
    Desc,
}

/// A query being put together; conditions are joined by AND.
#[derive(Debug, Clone)]
pub struct Select {
    columns: Vec<String>,
    object: String,
    conditions: Vec<String>,
    orders: Vec<String>,
    limit: Option<u32>,
    bad: Option<BadName>,
}

/// Starts `SELECT fields FROM object`. Fields are paths (`Owner.Name`), none means `Id`.
pub fn select(object: &str, fields: &[&str]) -> Select {
    let start = Select {
        columns: Vec::new(),
        object: object.to_owned(),
        conditions: Vec::new(),
        orders: Vec::new(),
        limit: None,
        bad: (!is_name(object)).then(|| BadName(object.to_owned())),
    };
    fields
        .iter()
        .fold(start, |select, field| select.field(field))
}

impl Select {
    /// One more column; a column asked for twice is selected once.
    pub fn field(mut self, path: &str) -> Self {
        self.note_name(path);
        if !self
            .columns
            .iter()
            .any(|column| column.eq_ignore_ascii_case(path))
        {
            self.columns.push(path.to_owned());
        }
        self
    }

    /// A child query as a column; its object is the relationship's name.
    pub fn child(mut self, child: Select) -> Self {
        match child.build() {
            Ok(text) => self.columns.push(format!("({text})")),
            Err(bad) => self.bad = self.bad.or(Some(bad)),
        }
        self
    }

    /// `path = 'text'`.
    pub fn where_eq(self, path: &str, text: &str) -> Self {
        self.condition(path, &format!("= {}", literal(text)))
    }

    /// `path = true`, or `false`.
    pub fn where_flag(self, path: &str, flag: bool) -> Self {
        self.condition(path, &format!("= {flag}"))
    }

    /// `path >= instant`.
    pub fn where_since(self, path: &str, since: jiff::Timestamp) -> Self {
        let since = since.strftime("%Y-%m-%dT%H:%M:%SZ");
        self.condition(path, &format!(">= {since}"))
    }

    /// `path IN ('a', 'b')`; with nothing to be in, no row fits.
    pub fn where_in(mut self, path: &str, values: &[&str]) -> Self {
        let listed: Vec<String> = values.iter().map(|value| literal(value)).collect();
        match listed.as_slice() {
            [] => {
                self.note_name(path);
                self.condition("Id", "= null")
            }
            some => self.condition(path, &format!("IN ({})", some.join(","))),
        }
    }

    /// `path LIKE '%text%'`: the text anywhere in it, its own `%` and `_` as themselves.
    pub fn where_contains(self, path: &str, text: &str) -> Self {
        self.condition(path, &format!("LIKE '%{}%'", like(text)))
    }

    /// Sorts by a path, after the orders given before.
    pub fn order(mut self, path: &str, order: Order) -> Self {
        self.note_name(path);
        let word = match order {
            Order::Asc => "ASC",
            Order::Desc => "DESC",
        };
        self.orders.push(format!("{path} {word} NULLS LAST"));
        self
    }

    /// At most so many rows.
    pub fn limit(mut self, rows: u32) -> Self {
        self.limit = Some(rows);
        self
    }

    /// The query's text; fails when a name given could not be one.
    pub fn build(self) -> Result<String, BadName> {
        if let Some(bad) = self.bad {
            return Err(bad);
        }
        let columns = match self.columns.is_empty() {
            true => "Id".to_owned(),
            false => self.columns.join(","),
        };
        let mut text = format!("SELECT {columns} FROM {}", self.object);
        if !self.conditions.is_empty() {
            text.push_str(" WHERE ");
            text.push_str(&self.conditions.join(" AND "));
        }
        if !self.orders.is_empty() {
            text.push_str(" ORDER BY ");
            text.push_str(&self.orders.join(", "));
        }
        if let Some(rows) = self.limit {
            text.push_str(&format!(" LIMIT {rows}"));
        }
        Ok(text)
    }

    fn condition(mut self, path: &str, test: &str) -> Self {
        self.note_name(path);
        self.conditions.push(format!("{path} {test}"));
        self
    }

    fn note_name(&mut self, path: &str) {
        if self.bad.is_none() && !is_path(path) {
            self.bad = Some(BadName(path.to_owned()));
        }
    }
}

/// Text as a quoted SOQL string.
pub fn literal(text: &str) -> String {
    format!("'{}'", escaped(text))
}

/// Text to stand inside a LIKE pattern as itself, wildcards included; without quotes.
fn like(text: &str) -> String {
    escaped(text).replace('%', "\\%").replace('_', "\\_")
}

/// Could be an API name: letters, digits and underscores, a letter first.
pub fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Could be a field or a field of a parent: `Owner.Name`, up to five levels.
pub fn is_path(text: &str) -> bool {
    text.split('.').count() <= 6 && text.split('.').all(is_name)
}

/// SOQL and SOSL Reference, "Quoted String Escape Sequences".
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\'' => out.push_str("\\'"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests;

//! Names of records seen, for search as you type: no request, no waiting, at 100,000
//! names. Must not know where names come from.
//!
//! ```text
//! typed "len ort"  ─▶ records opened lately whose words start so
//!                  ─▶ any record whose words start so        (index of words)
//!                  ─▶ any record whose name holds it within  (index of three letters)
//! ```

use std::collections::HashSet;

use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};

use crate::domain::failure::Failure;
use crate::domain::id::RecordId;
use crate::domain::record::Link;

use super::cache::Cache;

/// Records opened lately that are looked at before the indexes.
const RECENT: usize = 300;

/// A record's name as it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenName {
    /// The record.
    pub link: Link,
    /// What tells it from its namesakes; empty leaves what was known.
    pub detail: String,
    /// When the user opened it; `None` when it only stood in a list.
    pub opened: Option<Timestamp>,
}

impl Cache {
    /// Keeps names in one transaction.
    pub fn remember(&self, names: &[SeenName]) -> Result<(), Failure> {
        self.change(|sql| {
            let Some(org) = self.org(sql)? else {
                return Ok(());
            };
            let transaction = sql.unchecked_transaction()?;
            for seen in names {
                remember_one(&transaction, org, seen)?;
            }
            transaction.commit()
        })
    }

    /// Takes a record's name out: it was deleted.
    pub fn forget_name(&self, id: RecordId) -> Result<(), Failure> {
        self.change(|sql| {
            sql.execute(
                "DELETE FROM names WHERE id = ?2
                 AND org = (SELECT number FROM orgs WHERE connection = ?1)",
                [self.connection(), id.as_str()],
            )
            .map(|_| ())
        })
    }

    /// Best matches first: name starts so, a word starts so, holds it within; among equals
    /// the one opened last. Empty text gives the records opened last. Letter case and
    /// accents do not matter. No `objects` means all.
    pub fn recall(
        &self,
        text: &str,
        objects: &[String],
        limit: usize,
    ) -> Result<Vec<SeenName>, Failure> {
        let words = words_of(text);
        self.run(|sql| {
            let Some(org) = self.org(sql)? else {
                return Ok(Vec::new());
            };
            let search = Search {
                sql,
                org,
                objects,
                limit,
            };
            search.run(&words)
        })
    }
}

fn remember_one(sql: &Connection, org: i64, seen: &SeenName) -> rusqlite::Result<()> {
    let opened = seen.opened.map_or(0, Timestamp::as_millisecond);
    // The conflict's WHERE leaves rows alone that say the same, and with them the indexes.
    sql.prepare_cached(
        "INSERT INTO names (org, object, id, name, detail, opened, scope)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (org, id) DO UPDATE SET name = excluded.name,
             detail = iif(excluded.detail = '', detail, excluded.detail)
         WHERE name <> excluded.name
             OR (excluded.detail <> '' AND detail <> excluded.detail)",
    )?
    .execute(rusqlite::params![
        org,
        seen.link.object,
        seen.link.id.as_str(),
        seen.link.name,
        seen.detail,
        opened,
        scope(org, &seen.link.object),
    ])?;
    if opened > 0 {
        sql.prepare_cached("UPDATE names SET opened = ?3 WHERE org = ?1 AND id = ?2")?
            .execute(rusqlite::params![org, seen.link.id.as_str(), opened])?;
    }
    Ok(())
}

/// One word in the index that stands for org and object: only letters and digits, so
/// that the tokenizer keeps it whole.
fn scope(org: i64, object: &str) -> String {
    let object: String = object.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("o{org}x{object}").to_lowercase()
}

/// Lower-case words as the index cuts them.
fn words_of(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Long enough for the index of three letters.
fn is_long(word: &str) -> bool {
    word.chars().count() >= 3
}

/// How well a name fits, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// The name starts with what was typed.
    Start,
    /// Each word typed starts a word of the name.
    Words,
    /// Each word typed starts a word of name or detail.
    Detail,
    /// Each stands within the name.
    Within,
}

struct Search<'a> {
    sql: &'a Connection,
    org: i64,
    objects: &'a [String],
    limit: usize,
}

impl Search<'_> {
    fn run(&self, words: &[String]) -> rusqlite::Result<Vec<SeenName>> {
        let mut ranked = Vec::new();
        let mut met = HashSet::new();
        let mut take = |names: Vec<SeenName>, at_least: Option<Fit>| {
            for name in names {
                if let Some(fit) = fit(&name, words).or(at_least)
                    && met.insert(name.link.id)
                {
                    ranked.push((fit, name));
                }
            }
            ranked.len()
        };
        let wanted = if words.is_empty() { self.limit } else { RECENT };
        let mut found = take(self.opened(wanted)?, None);
        if !words.is_empty() && found < self.limit {
            // The index folds accents, which `fit` does not: what it found does fit.
            found = take(self.by_words(words)?, Some(Fit::Detail));
        }
        if !words.is_empty() && found < self.limit {
            let exact = words.iter().all(|word| is_long(word));
            take(self.by_parts(words)?, exact.then_some(Fit::Within));
        }
        ranked.sort_by(|(fit, name), (other_fit, other)| {
            (fit.cmp(other_fit))
                .then(other.opened.cmp(&name.opened))
                .then_with(|| name.link.name.cmp(&other.link.name))
        });
        ranked.truncate(self.limit);
        Ok(ranked.into_iter().map(|(_, name)| name).collect())
    }

    fn opened(&self, limit: usize) -> rusqlite::Result<Vec<SeenName>> {
        let (filter, values) = self.object_filter();
        let sql = format!(
            "SELECT object, id, name, detail, opened FROM names
             WHERE org = ? AND opened > 0{filter} ORDER BY opened DESC LIMIT {limit}"
        );
        let values = std::iter::once(Value::from(self.org)).chain(values);
        self.names(&sql, values)
    }

    fn by_words(&self, words: &[String]) -> rusqlite::Result<Vec<SeenName>> {
        let typed: Vec<String> = words.iter().map(|word| format!("\"{word}\"*")).collect();
        let scopes: Vec<String> = if self.objects.is_empty() {
            vec![format!("\"o{}x\"*", self.org)]
        } else {
            let scope = |object: &String| format!("\"{}\"", scope(self.org, object));
            self.objects.iter().map(scope).collect()
        };
        let query = format!(
            "({{name detail}} : ({})) AND (scope : ({}))",
            typed.join(" AND "),
            scopes.join(" OR ")
        );
        let sql = format!(
            "SELECT object, id, n.name, n.detail, opened FROM name_words
             JOIN names n ON n.number = name_words.rowid
             WHERE name_words MATCH ? ORDER BY name_words.rowid DESC LIMIT {}",
            self.limit * 4
        );
        self.names(&sql, std::iter::once(Value::from(query)))
    }

    /// Needs a word of three letters or more; shorter ones narrow what that finds.
    fn by_parts(&self, words: &[String]) -> rusqlite::Result<Vec<SeenName>> {
        let long: Vec<String> = words
            .iter()
            .filter(|word| is_long(word))
            .map(|word| format!("\"{word}\""))
            .collect();
        if long.is_empty() {
            return Ok(Vec::new());
        }
        let (filter, values) = self.object_filter();
        let sql = format!(
            "SELECT object, id, n.name, detail, opened FROM name_parts
             JOIN names n ON n.number = name_parts.rowid
             WHERE name_parts MATCH ? AND org = ?{filter}
             ORDER BY name_parts.rowid DESC LIMIT {}",
            self.limit * 4
        );
        let query = Value::from(long.join(" AND "));
        let values = [query, Value::from(self.org)].into_iter().chain(values);
        self.names(&sql, values)
    }

    fn object_filter(&self) -> (String, Vec<Value>) {
        if self.objects.is_empty() {
            return (String::new(), Vec::new());
        }
        let marks = vec!["?"; self.objects.len()].join(", ");
        let values = self.objects.iter().cloned().map(Value::from).collect();
        (format!(" AND object COLLATE NOCASE IN ({marks})"), values)
    }

    fn names(
        &self,
        sql: &str,
        values: impl Iterator<Item = Value>,
    ) -> rusqlite::Result<Vec<SeenName>> {
        let mut statement = self.sql.prepare_cached(sql)?;
        let rows = statement.query_map(params_from_iter(values), seen_name)?;
        rows.filter_map(Result::transpose).collect()
    }
}

/// `None` when the id does not read as one any more.
fn seen_name(row: &Row<'_>) -> rusqlite::Result<Option<SeenName>> {
    let Ok(id) = row.get::<_, String>(1)?.parse() else {
        return Ok(None);
    };
    let opened: i64 = row.get(4)?;
    Ok(Some(SeenName {
        link: Link {
            object: row.get(0)?,
            id,
            name: row.get(2)?,
        },
        detail: row.get(3)?,
        opened: Timestamp::from_millisecond(opened)
            .ok()
            .filter(|_| opened > 0),
    }))
}

/// How the name fits the words typed; `None` when it does not.
fn fit(name: &SeenName, typed: &[String]) -> Option<Fit> {
    let folded = name.link.name.to_lowercase();
    let of_name = words_of(&folded);
    let starts = |words: &[String], word: &str| words.iter().any(|own| own.starts_with(word));
    if typed.iter().all(|word| starts(&of_name, word)) {
        let first = typed
            .first()
            .is_none_or(|word| folded.starts_with(word.as_str()));
        return Some(if first { Fit::Start } else { Fit::Words });
    }
    let of_detail = words_of(&name.detail);
    let in_either = |word: &String| starts(&of_name, word) || starts(&of_detail, word);
    if typed.iter().all(in_either) {
        return Some(Fit::Detail);
    }
    let within = |word: &String| folded.contains(word.as_str());
    typed.iter().all(within).then_some(Fit::Within)
}

#[cfg(test)]
mod tests;

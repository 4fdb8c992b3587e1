//! Drafts: what was typed and not sent, kept beside the outbox because it is as
//! precious. Must not know what a draft means.

use rusqlite::{Connection, params};

use crate::domain::draft::SavedDraft;
use crate::domain::failure::Failure;
use crate::failpoint;

use super::file::local;
use super::outbox::Outbox;

/// Drafts as found on disk.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FoundDrafts {
    /// Newest first.
    pub drafts: Vec<SavedDraft>,
    /// One for each draft that can no longer be read; it stays on disk.
    pub unreadable: Vec<Failure>,
}

/// Names a draft for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DraftAt<'a> {
    /// What it was typed against: a connection, and the instance where that is known.
    pub place: &'a str,
    /// Its key there.
    pub key: &'a str,
}

impl Outbox {
    /// Puts a draft on disk in place of the one with its key.
    pub fn save_draft(&self, place: &str, draft: &SavedDraft) -> Result<(), Failure> {
        let json = self.json(draft)?;
        failpoint::reached("draft/save");
        self.sql
            .execute(
                "INSERT OR REPLACE INTO drafts (connection, key, draft, saved)
                 VALUES (?1, ?2, ?3, ?4)",
                params![place, draft.key, json, draft.saved.to_string()],
            )
            .map_err(|error| self.broken(&error))?;
        failpoint::reached("draft/saved");
        Ok(())
    }

    /// Takes a draft off the disk, if it is there.
    pub fn drop_draft(&self, draft: DraftAt<'_>) -> Result<(), Failure> {
        delete_draft(&self.sql, draft).map_err(|error| self.broken(&error))?;
        failpoint::reached("draft/dropped");
        Ok(())
    }

    /// Moves the drafts of one place to another, save those it has already.
    pub fn move_drafts(&self, from: &str, to: &str) -> Result<(), Failure> {
        let sql = "UPDATE OR IGNORE drafts SET connection = ?2 WHERE connection = ?1";
        self.sql
            .execute(sql, [from, to])
            .map(|_| ())
            .map_err(|error| self.broken(&error))
    }

    /// The drafts of a place, newest first.
    pub fn drafts(&self, place: &str) -> Result<FoundDrafts, Failure> {
        let rows = self
            .draft_rows(place)
            .map_err(|error| self.broken(&error))?;
        let mut found = FoundDrafts::default();
        for (key, json) in rows {
            match serde_json::from_str(&json) {
                Ok(draft) => found.drafts.push(draft),
                Err(_) => found.unreadable.push(unreadable(&key)),
            }
        }
        found
            .drafts
            .sort_by_key(|draft| std::cmp::Reverse(draft.saved));
        Ok(found)
    }

    fn draft_rows(&self, place: &str) -> rusqlite::Result<Vec<(String, String)>> {
        let sql = "SELECT key, draft FROM drafts WHERE connection = ?1 ORDER BY key";
        let mut statement = self.sql.prepare_cached(sql)?;
        let rows = statement.query_map([place], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect()
    }
}

/// For whoever has a transaction open.
pub(super) fn delete_draft(sql: &Connection, draft: DraftAt<'_>) -> rusqlite::Result<()> {
    let delete = "DELETE FROM drafts WHERE connection = ?1 AND key = ?2";
    sql.execute(delete, [draft.place, draft.key]).map(|_| ())
}

fn unreadable(key: &str) -> Failure {
    local(
        "DRAFT_UNREADABLE",
        &format!("the draft `{key}` cannot be read any more; enter it again"),
    )
}

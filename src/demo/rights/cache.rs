//! Rights and views kept until a row that decides about them changes. The file counts
//! those changes by itself (triggers), so no write can be forgotten.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use rusqlite::Connection;

use super::view::view;
use super::{Permission, Rights, load};
use crate::demo::error::Refusal;
use crate::demo::schema::Schema;

/// Users remembered at a time.
const MOST: usize = 64;

/// Rows that decide about rights: table, and the columns that matter, none for all.
const DECIDING: [(&str, &str); 9] = [
    ("User", "ProfileId, UserRoleId, IsActive"),
    ("UserLogin", "IsFrozen"),
    ("UserRole", "ParentRoleId, IsDeleted"),
    ("GroupMember", ""),
    ("Profile", "IsDeleted"),
    ("PermissionSet", ""),
    ("PermissionSetAssignment", ""),
    ("ObjectPermissions", ""),
    ("FieldPermissions", ""),
];

/// Makes the counter and what moves it.
///
/// # Errors
/// SQLite's.
pub(super) fn watch(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch(
        "CREATE TABLE IF NOT EXISTS sys_rights (one INTEGER PRIMARY KEY, changes INTEGER NOT NULL);
         INSERT OR IGNORE INTO sys_rights VALUES (1, 0);",
    )?;
    for (table, columns) in DECIDING {
        let of = if columns.is_empty() {
            String::new()
        } else {
            format!(" OF {columns}")
        };
        for (name, event) in [
            ("insert", "INSERT".to_owned()),
            ("delete", "DELETE".to_owned()),
            ("update", format!("UPDATE{of}")),
        ] {
            db.execute_batch(&format!(
                "CREATE TRIGGER IF NOT EXISTS rights_{name}_{table} AFTER {event} ON \"{table}\"
                 BEGIN UPDATE sys_rights SET changes = changes + 1; END"
            ))?;
        }
    }
    Ok(())
}

/// A user who asks: what they may do, and the objects as they see them.
#[derive(Debug)]
pub struct Asker {
    pub rights: Rights,
    pub schema: Schema,
    shut_out: bool,
    as_of: (i64, Timestamp),
}

impl Asker {
    /// Refuses who may not be here at all.
    ///
    /// # Errors
    /// 401 for an inactive or frozen user's session, 403 without the API permission.
    pub fn admitted(&self) -> Result<(), Refusal> {
        if self.shut_out {
            let text = "Session expired or invalid";
            return Err(Refusal::new(401, "INVALID_SESSION_ID", text));
        }
        if !self.rights.has(Permission::ApiEnabled) {
            let text = "The REST API is not enabled for this Organization.";
            return Err(Refusal::new(403, "API_DISABLED_FOR_ORG", text));
        }
        Ok(())
    }
}

/// Users who asked lately.
#[derive(Debug, Default)]
pub struct Askers(Mutex<HashMap<String, Arc<Asker>>>);

impl Askers {
    /// The user with their rights as of now, on a schema made at `changed`.
    ///
    /// # Errors
    /// SQLite's.
    pub fn find(
        &self,
        db: &Connection,
        whole: (&Schema, Timestamp),
        user: &str,
    ) -> rusqlite::Result<Arc<Asker>> {
        let (schema, changed) = whole;
        let changes = db
            .prepare_cached("SELECT changes FROM sys_rights")?
            .query_row([], |row| row.get(0))?;
        let as_of = (changes, changed);
        if let Some(kept) = self.lock().get(user).filter(|kept| kept.as_of == as_of) {
            return Ok(Arc::clone(kept));
        }
        let rights = Rights::load(db, user)?;
        let asker = Arc::new(Asker {
            schema: view(schema, &rights),
            rights,
            shut_out: load::is_shut_out(db, user)?,
            as_of,
        });
        let mut kept = self.lock();
        if kept.len() >= MOST {
            kept.clear();
        }
        kept.insert(user.to_owned(), Arc::clone(&asker));
        Ok(asker)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Asker>>> {
        // Entries are whole or absent: a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

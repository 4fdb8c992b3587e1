//! A user's rights out of the rows: profile, permission sets, roles, groups.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension};

use super::{FieldRight, ObjectRights, Permission, Right, Rights};

impl Rights {
    /// Reads what a user may do now.
    ///
    /// # Errors
    /// SQLite's.
    pub fn load(db: &Connection, user: &str) -> rusqlite::Result<Self> {
        let mut rights = Self {
            owners: owners(db, user)?,
            user: user.to_owned(),
            ..Self::default()
        };
        for set in sets(db, user)? {
            system(db, &set, &mut rights.system)?;
            objects(db, &set, &mut rights.objects)?;
            fields(db, &set, &mut rights.fields)?;
        }
        Ok(rights)
    }
}

/// The set behind the user's profile, and the permission sets assigned.
fn sets(db: &Connection, user: &str) -> rusqlite::Result<Vec<String>> {
    db.prepare_cached(
        "SELECT s.Id FROM User u JOIN PermissionSet s ON s.ProfileId = u.ProfileId
          WHERE u.Id = ?1 AND s.IsOwnedByProfile = 1 AND s.IsDeleted = 0
         UNION
         SELECT s.Id FROM PermissionSetAssignment a JOIN PermissionSet s ON s.Id = a.PermissionSetId
          WHERE a.AssigneeId = ?1 AND a.IsDeleted = 0 AND s.IsDeleted = 0
            AND s.IsOwnedByProfile = 0",
    )?
    .query_map([user], |row| row.get(0))?
    .collect()
}

fn system(db: &Connection, set: &str, into: &mut HashSet<Permission>) -> rusqlite::Result<()> {
    let columns: Vec<String> = Permission::ALL.iter().map(|one| one.column()).collect();
    let sql = format!(
        "SELECT {} FROM PermissionSet WHERE Id = ?1",
        columns.join(", ")
    );
    db.prepare_cached(&sql)?.query_row([set], |row| {
        for (index, permission) in Permission::ALL.into_iter().enumerate() {
            if row.get(index)? {
                into.insert(permission);
            }
        }
        Ok(())
    })
}

fn objects(
    db: &Connection,
    set: &str,
    into: &mut HashMap<String, ObjectRights>,
) -> rusqlite::Result<()> {
    let columns: Vec<&str> = Right::ALL.iter().map(|(_, column)| *column).collect();
    let sql = format!(
        "SELECT SobjectType, {} FROM ObjectPermissions WHERE ParentId = ?1 AND IsDeleted = 0",
        columns.join(", ")
    );
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query([set])?;
    while let Some(row) = rows.next()? {
        let rights = into.entry(row.get(0)?).or_default();
        for (index, (right, _)) in Right::ALL.into_iter().enumerate() {
            if row.get(index + 1)? {
                rights.add(right);
            }
        }
    }
    Ok(())
}

fn fields(
    db: &Connection,
    set: &str,
    into: &mut HashMap<String, HashMap<String, FieldRight>>,
) -> rusqlite::Result<()> {
    let mut statement = db.prepare_cached(
        "SELECT SobjectType, Field, PermissionsEdit FROM FieldPermissions
          WHERE ParentId = ?1 AND PermissionsRead = 1 AND IsDeleted = 0",
    )?;
    let mut rows = statement.query([set])?;
    while let Some(row) = rows.next()? {
        let (object, field, edit): (String, String, bool) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let key = field.split_once('.').map_or(field.as_str(), |(_, key)| key);
        let right = if edit {
            FieldRight::Edit
        } else {
            FieldRight::Read
        };
        let held = into
            .entry(object)
            .or_default()
            .entry(key.to_owned())
            .or_insert(right);
        *held = right.max(*held);
    }
    Ok(())
}

/// The user, everybody in roles below, and the groups the user is in, also through other
/// groups.
fn owners(db: &Connection, user: &str) -> rusqlite::Result<Vec<String>> {
    let below = "WITH RECURSIVE below(id) AS (
            SELECT r.Id FROM UserRole r JOIN User u ON r.ParentRoleId = u.UserRoleId
             WHERE u.Id = ?1 AND r.IsDeleted = 0
            UNION SELECT r.Id FROM UserRole r JOIN below ON r.ParentRoleId = below.id
             WHERE r.IsDeleted = 0)
        SELECT u.Id FROM User u JOIN below ON u.UserRoleId = below.id";
    let groups = "WITH RECURSIVE mine(id) AS (
            SELECT GroupId FROM GroupMember WHERE UserOrGroupId = ?1 AND IsDeleted = 0
            UNION SELECT m.GroupId FROM GroupMember m JOIN mine ON m.UserOrGroupId = mine.id
             WHERE m.IsDeleted = 0)
        SELECT id FROM mine";
    let mut all = vec![user.to_owned()];
    for sql in [below, groups] {
        let mut statement = db.prepare_cached(sql)?;
        for id in statement.query_map([user], |row| row.get(0))? {
            all.push(id?);
        }
    }
    all.sort();
    all.dedup();
    Ok(all)
}

/// Why a user gets no session, `None` for one who does.
///
/// # Errors
/// SQLite's.
pub(super) fn is_shut_out(db: &Connection, user: &str) -> rusqlite::Result<bool> {
    let standing: Option<(bool, bool)> = db
        .prepare_cached(
            "SELECT u.IsActive, ifnull((SELECT max(l.IsFrozen) FROM UserLogin l WHERE l.UserId = u.Id), 0)
               FROM User u WHERE u.Id = ?1",
        )?
        .query_row([user], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(standing.is_none_or(|(active, frozen)| !active || frozen))
}

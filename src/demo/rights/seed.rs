//! The permission rows a new org starts with, as `assets/demo/rights.txt` says, and the
//! counter that tells when such rows change.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::govern::{Govern, field_key, govern};
use super::plan::{Grant, GrantKind, PLAN};
use super::{Permission, Right, cache};
use crate::demo::ids::record_id;
use crate::demo::schema::{ObjectDef, Schema};
use crate::demo::soql::dates;
use crate::demo::store::{remember, remembered};
use crate::demo::story;

/// Set numbers behind those of the sets that belong to profiles.
const SETS_FROM: u64 = 100;

/// Inserts the rows into a new file; does nothing when they are there.
///
/// # Errors
/// SQLite's.
pub fn bring_up(db: &Connection, schema: &Schema) -> rusqlite::Result<()> {
    if remembered(db, "rights")?.is_none() {
        db.execute_batch("BEGIN")?;
        let mut planter = Planter {
            db,
            schema,
            stamp: dates::stored(Timestamp::now()),
            user: story::user_id(),
            objects: 0,
            fields: 0,
            assignments: 0,
        };
        for grant in &PLAN.grants {
            planter.grant(grant)?;
        }
        remember(db, "rights", "1")?;
        db.execute_batch("COMMIT")?;
    }
    cache::watch(db)
}

struct Planter<'a> {
    db: &'a Connection,
    schema: &'a Schema,
    stamp: String,
    user: String,
    /// Rows so far, for their ids.
    objects: u64,
    fields: u64,
    assignments: u64,
}

impl Planter<'_> {
    fn grant(&mut self, grant: &Grant) -> rusqlite::Result<()> {
        let of_profile = grant.kind == GrantKind::Profile;
        let number = grant.number + if of_profile { 0 } else { SETS_FROM };
        let set = record_id("0PS", number);
        self.set(grant, &set)?;
        for object in &self.schema.objects {
            if govern(&object.name) == Govern::Own {
                self.object_rights(grant, &set, object)?;
            }
            self.field_rights(grant, &set, object)?;
        }
        for user in self.holders(grant)? {
            self.assignments += 1;
            self.db.execute(
                "INSERT INTO PermissionSetAssignment (Id, PermissionSetId, AssigneeId, IsActive, SystemModstamp)
                 VALUES (?1, ?2, ?3, 1, ?4)",
                params![record_id("0Pa", self.assignments), set, user, self.stamp],
            )?;
        }
        Ok(())
    }

    /// Users who have the set: those named, or those of the profile.
    fn holders(&self, grant: &Grant) -> rusqlite::Result<Vec<String>> {
        if grant.kind == GrantKind::PermissionSet {
            return Ok(grant
                .users
                .iter()
                .map(|user| record_id("005", *user))
                .collect());
        }
        self.db
            .prepare_cached("SELECT Id FROM User WHERE ProfileId = ?1 ORDER BY rid")?
            .query_map([record_id("00e", grant.number)], |row| row.get(0))?
            .collect()
    }

    fn set(&self, grant: &Grant, set: &str) -> rusqlite::Result<()> {
        let of_profile = grant.kind == GrantKind::Profile;
        let profile = of_profile.then(|| record_id("00e", grant.number));
        // Sets behind profiles are named by a key, as in real orgs.
        let name = match &profile {
            Some(id) => format!("X{}", id.to_lowercase()),
            None => grant.name.to_owned(),
        };
        self.db.execute(
            "INSERT INTO PermissionSet (Id, Name, Label, ProfileId, IsOwnedByProfile, IsCustom, Type,
                CreatedDate, CreatedById, LastModifiedDate, LastModifiedById, SystemModstamp)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?8, ?9, ?8)",
            params![
                set,
                name,
                grant.label,
                profile,
                of_profile,
                !of_profile,
                if of_profile { "Profile" } else { "Regular" },
                self.stamp,
                self.user
            ],
        )?;
        let held = |permission: Permission| {
            let name = format!("{permission:?}");
            grant.system.iter().any(|one| *one == "*" || *one == name)
        };
        for permission in Permission::ALL.into_iter().filter(|one| held(*one)) {
            self.db.execute(
                &format!(
                    "UPDATE PermissionSet SET {} = 1 WHERE Id = ?1",
                    permission.column()
                ),
                [set],
            )?;
        }
        Ok(())
    }

    fn object_rights(
        &mut self,
        grant: &Grant,
        set: &str,
        object: &ObjectDef,
    ) -> rusqlite::Result<()> {
        let names = |list: &[&str]| list.iter().any(|one| *one == "*" || *one == object.name);
        let Some((_, words)) = grant.objects.iter().find(|(objects, _)| names(objects)) else {
            return Ok(());
        };
        self.objects += 1;
        let has = |right: Right| words.contains(&format!("{right:?}").to_lowercase().as_str());
        let flags: Vec<String> = Right::ALL
            .iter()
            .map(|(right, _)| u8::from(has(*right)).to_string())
            .collect();
        let columns: Vec<&str> = Right::ALL.iter().map(|(_, column)| *column).collect();
        self.db
            .prepare_cached(&format!(
                "INSERT INTO ObjectPermissions (Id, ParentId, SobjectType, {}, CreatedDate, CreatedById,
                    LastModifiedDate, LastModifiedById, SystemModstamp)
                 VALUES (?1, ?2, ?3, {}, ?4, ?5, ?4, ?5, ?4)",
                columns.join(", "),
                flags.join(", ")
            ))?
            .execute(params![
                record_id("110", self.objects),
                set,
                object.name,
                self.stamp,
                self.user
            ])?;
        Ok(())
    }

    fn field_rights(
        &mut self,
        grant: &Grant,
        set: &str,
        object: &ObjectDef,
    ) -> rusqlite::Result<()> {
        let mut statement = self.db.prepare_cached(
            "INSERT INTO FieldPermissions (Id, ParentId, SobjectType, Field, PermissionsRead, PermissionsEdit, SystemModstamp)
             VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6)",
        )?;
        for field in &object.fields {
            if field_key(object, field) != Some(field.name.as_str()) {
                continue;
            }
            let name = format!("{}.{}", object.name, field.name);
            let is_in = |list: &[&str]| list.contains(&name.as_str());
            let seen = match grant.kind {
                GrantKind::Profile => !is_in(&grant.hidden),
                GrantKind::PermissionSet => is_in(&grant.editable),
            };
            if !seen {
                continue;
            }
            let edit = !is_in(&grant.readonly) && !field.is_only_read();
            self.fields += 1;
            statement.execute(params![
                record_id("01k", self.fields),
                set,
                object.name,
                name,
                edit,
                self.stamp
            ])?;
        }
        Ok(())
    }
}

//! Which rows a user reaches: org-wide defaults, owners, the role hierarchy, queues. As
//! conditions in SQL, so that a query pays for the rows it gives and no others.

use rusqlite::{Connection, OptionalExtension};

use super::plan::{Sharing, sharing};
use super::{Permission, Right, Rights};
use crate::demo::schema::{ObjectDef, Schema};
use crate::demo::store::quoted;

/// What is to be done with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    See,
    Edit,
    /// Delete, or give to another owner.
    Own,
}

/// Parents of parents, at most.
const DEEPEST: u8 = 3;

impl Rights {
    /// The condition a row under `alias` must meet; `None` when every row does. Rights on
    /// the object itself are for [`Rights::on`] to say.
    pub fn rows(
        &self,
        whole: &Schema,
        object: &ObjectDef,
        alias: &str,
        reach: Reach,
    ) -> Option<String> {
        self.condition(whole, (object, alias), reach, DEEPEST)
    }

    fn condition(
        &self,
        whole: &Schema,
        row: (&ObjectDef, &str),
        reach: Reach,
        depth: u8,
    ) -> Option<String> {
        let (object, alias) = row;
        let held = self.on(&object.name);
        if object.name == "User" && reach > Reach::See && !self.has(Permission::ManageUsers) {
            return Some(format!(
                "{alias}.\"Id\" = '{}'",
                self.user.replace('\'', "''")
            ));
        }
        if self.unlimited
            || held.has(Right::ModifyAll)
            || (reach == Reach::See && held.has(Right::ViewAll))
        {
            return None;
        }
        let own = || {
            object
                .field_at_all("OwnerId")
                .map(|_| format!("{alias}.\"OwnerId\" IN ({})", self.list()))
        };
        let seen = |field: &str, reach| {
            self.reached(whole, &format!("{alias}.{}", quoted(field)), reach, depth)
        };
        match sharing(&object.name) {
            Sharing::Open => None,
            Sharing::Edit if reach < Reach::Own => None,
            Sharing::Read if reach == Reach::See => None,
            Sharing::Edit | Sharing::Read | Sharing::Private => own(),
            Sharing::Parent(field) => self.as_parent(whole, row, (field, reach), depth),
            Sharing::Related(fields) => {
                let parts: Vec<String> = own()
                    .into_iter()
                    .chain(fields.iter().map(|field| seen(field, reach)))
                    .collect();
                Some(format!("({})", parts.join(" OR ")))
            }
            Sharing::Linked => {
                let linked = self.reached(whole, "l.LinkedEntityId", Reach::See, depth);
                let linked = format!(
                    "EXISTS (SELECT 1 FROM ContentDocumentLink l WHERE l.ContentDocumentId = {alias}.\"Id\"
                      AND l.IsDeleted = 0 AND {linked})"
                );
                match reach {
                    Reach::Own => own(),
                    _ => own().map(|own| format!("({own} OR {linked})")),
                }
            }
        }
    }

    /// As the row a field points to; without one, as its own.
    fn as_parent(
        &self,
        whole: &Schema,
        row: (&ObjectDef, &str),
        by: (&str, Reach),
        depth: u8,
    ) -> Option<String> {
        let (object, alias) = row;
        let (field, reach) = by;
        let parent = object
            .field_at_all(field)
            .and_then(|field| field.reference_to.first())
            .and_then(|to| whole.object(to))?;
        let column = format!("{alias}.{}", quoted(field));
        // What may be changed with the parent may be deleted with it.
        let inner = self.inside(whole, parent, reach.min(Reach::Edit), depth)?;
        let own = match object.field_at_all("OwnerId") {
            Some(_) => format!("{alias}.\"OwnerId\" IN ({})", self.list()),
            None => "1".to_owned(),
        };
        Some(format!(
            "({column} IN ({inner}) OR ({column} IS NULL AND {own}))"
        ))
    }

    /// Ids of an object that are reached, as a select; `None` when all are.
    fn inside(
        &self,
        whole: &Schema,
        object: &ObjectDef,
        reach: Reach,
        depth: u8,
    ) -> Option<String> {
        let depth = depth.checked_sub(1)?;
        let alias = format!("p{depth}");
        let inner = self.condition(whole, (object, &alias), reach, depth)?;
        Some(format!(
            "SELECT {alias}.\"Id\" FROM {} {alias} WHERE {inner}",
            quoted(&object.name)
        ))
    }

    /// Whether the row behind an id, of whatever object, is reached.
    fn reached(&self, whole: &Schema, id: &str, reach: Reach, depth: u8) -> String {
        let mut open = vec!["'005'".to_owned()];
        let mut parts = Vec::new();
        for object in &whole.objects {
            let needed = if reach == Reach::See {
                Right::Read
            } else {
                Right::Edit
            };
            let Some(prefix) = object.key_prefix.as_deref() else {
                continue;
            };
            let by_rows = !matches!(
                sharing(&object.name),
                Sharing::Open | Sharing::Related(_) | Sharing::Linked
            );
            if !by_rows || !self.on(&object.name).has(needed) {
                continue;
            }
            match self.inside(whole, object, reach, depth) {
                None => open.push(format!("'{prefix}'")),
                Some(inner) => {
                    parts.push(format!(
                        "(substr({id}, 1, 3) = '{prefix}' AND {id} IN ({inner}))"
                    ));
                }
            }
        }
        parts.insert(0, format!("substr({id}, 1, 3) IN ({})", open.join(", ")));
        format!("({})", parts.join(" OR "))
    }

    fn list(&self) -> String {
        let quoted: Vec<String> = self
            .owners
            .iter()
            .map(|id| format!("'{}'", id.replace('\'', "''")))
            .collect();
        quoted.join(", ")
    }

    /// How far the user reaches into a row, be it in the bin; `None` when it is not seen
    /// or not there.
    ///
    /// # Errors
    /// SQLite's.
    pub fn reach(
        &self,
        db: &Connection,
        whole: &Schema,
        object: &ObjectDef,
        id: &str,
    ) -> rusqlite::Result<Option<Reach>> {
        let held = self.on(&object.name);
        if !held.has(Right::Read) {
            return Ok(None);
        }
        let by = |reach| {
            self.rows(whole, object, "t", reach)
                .unwrap_or_else(|| "1".into())
        };
        let sql = format!(
            "SELECT {}, {}, {} FROM {} t WHERE t.\"Id\" = ?1",
            by(Reach::See),
            by(Reach::Edit),
            by(Reach::Own),
            quoted(&object.name)
        );
        let found: Option<(bool, bool, bool)> = db
            .prepare_cached(&sql)?
            .query_row([id], |row| {
                let flag = |index| {
                    row.get::<_, Option<bool>>(index)
                        .map(|flag| flag == Some(true))
                };
                Ok((flag(0)?, flag(1)?, flag(2)?))
            })
            .optional()?;
        Ok(match found {
            Some((_, true, true)) if held.has(Right::Edit) || held.has(Right::Delete) => {
                Some(Reach::Own)
            }
            Some((_, true, _)) if held.has(Right::Edit) => Some(Reach::Edit),
            Some((true, ..)) | Some((_, true, _)) => Some(Reach::See),
            _ => None,
        })
    }
}

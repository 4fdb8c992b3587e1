//! Changes an administrator made to the objects after the start: kept in the org's file as
//! blocks of asset text, put on top of the assets whenever the schema is built. Knows
//! nothing of HTTP or of what may be changed.

use rusqlite::Connection;

use super::Schema;
use crate::demo::error::Refusal;

/// Keeps a change: a block of asset lines, `object …` for a new object or `extend NAME` for
/// one that is there. A field of a name that is there takes its place; `drop NAME` removes
/// it. Gives the change's number. The caller makes or widens the table in the same
/// transaction ([`store::object_table`](crate::demo::store::object_table)) and calls
/// [`Call::schema_is_changed`](crate::demo::call::Call::schema_is_changed).
///
/// # Errors
/// SQLite's.
pub fn keep(db: &Connection, lines: &str) -> rusqlite::Result<i64> {
    db.prepare_cached("INSERT INTO sys_schema (lines) VALUES (?1)")?
        .execute([lines])?;
    Ok(db.last_insert_rowid())
}

/// The schema with every kept change, oldest first.
///
/// # Errors
/// SQLite's; `UNKNOWN_EXCEPTION` for a change that cannot be read.
pub fn applied(db: &Connection, mut schema: Schema) -> Result<Schema, Refusal> {
    let mut statement = db.prepare("SELECT lines FROM sys_schema ORDER BY number")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let lines: String = row.get(0)?;
        schema = schema.changed_by(&lines).map_err(Refusal::unexpected)?;
    }
    Ok(schema)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_change_and_go_and_objects_are_new() {
        let schema = Schema::load().unwrap();
        let before = schema.object("Contact").unwrap().fields.len();
        let schema = schema
            .changed_by("extend Contact\n  Mood__c | Mood | string 20")
            .unwrap();
        let contact = schema.object("Contact").unwrap();
        assert_eq!(contact.fields.len(), before + 1);
        assert_eq!(contact.field("Mood__c").unwrap().length, 20);
        let schema = schema
            .changed_by("extend Contact\n  Mood__c | Temper | string 30\n  ? How they are")
            .unwrap();
        let contact = schema.object("Contact").unwrap();
        assert_eq!(contact.fields.len(), before + 1);
        let field = contact.field("Mood__c").unwrap();
        assert_eq!((field.label.as_str(), field.length), ("Temper", 30));
        assert_eq!(field.inline_help.as_deref(), Some("How they are"));
        let schema = schema
            .changed_by("extend Contact\n  drop Mood__c\nobject Room__c | Room | Rooms | a0X | create\n  Id | Room ID | id\n  +audit")
            .unwrap();
        let contact = schema.object("Contact").unwrap();
        assert_eq!(contact.fields.len(), before);
        assert!(schema.object("Room__c").unwrap().field("Id").is_some());
    }

    #[test]
    fn a_kept_change_is_there_after_a_restart() {
        use crate::demo::store::{Begin, Store};
        let folder = tempfile::tempdir().unwrap();
        let schema = Schema::load().unwrap();
        let store = Store::open(folder.path(), &schema, Begin::Anew).unwrap();
        keep(&store.db, "extend Account\n  Mood__c | Mood | string 20").unwrap();
        drop(store);
        let store = Store::open(folder.path(), &schema, Begin::WithWhatIsThere).unwrap();
        let schema = applied(&store.db, schema).unwrap();
        assert!(schema.object("Account").unwrap().field("Mood__c").is_some());
    }

    #[test]
    fn a_change_that_cannot_be_read_is_told() {
        for lines in [
            "extend Nothing__c\n  A__c | A | string 1",
            "extend Contact\n  drop No__c",
            "words",
        ] {
            assert!(Schema::default().changed_by(lines).is_err(), "{lines}");
        }
    }
}

//! Fills a new file with the story, and with as many extra contacts as were asked for.

use rusqlite::types::Value as Sql;
use rusqlite::{Connection, params_from_iter};
use serde_json::Value;

use super::oauth::password;
use super::rows::{Draft, rollup, table};
use super::schema::{FieldDef, FieldKind, ObjectDef, Schema};
use super::store::{self, quoted, words};
use super::story::{self, SeedRow};
use super::value;

/// Contacts from which it pays to build their indexes anew.
const MANY: u64 = 20_000;

/// Brings the file to the story and at least `extra` more contacts; does nothing when
/// they are there.
///
/// # Errors
/// SQLite's.
pub fn bring_up(db: &Connection, schema: &Schema, extra: u64) -> rusqlite::Result<()> {
    let told = store::remembered(db, "story")?.is_some();
    let added: u64 = store::remembered(db, "extra")?
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    if told && added >= extra {
        return Ok(());
    }
    let today = jiff::Zoned::now().date();
    // A load touches every index: it gets room for them, and gives it back.
    db.execute_batch("PRAGMA cache_size = -8192; BEGIN")?;
    let before = last_rows(db, schema)?;
    if !told {
        let mut recipe = None;
        for row in story::rows(today) {
            insert(db, schema, &mut recipe, &row)?;
        }
        password::first(db)?;
        assignment_rules(db, schema)?;
        rollup::refresh_all(db, schema)?;
        store::remember(db, "story", "1")?;
    }
    if added < extra {
        let known = usize::try_from(added).unwrap_or(usize::MAX);
        let load = || {
            let mut recipe = None;
            let mut more = story::extra_contacts(today, extra).skip(known);
            more.try_for_each(|row| insert(db, schema, &mut recipe, &row))
        };
        if extra - added < MANY {
            load()?;
        } else {
            with_indexes_after(db, "Contact", load)?;
        }
        store::remember(db, "extra", &extra.to_string())?;
    }
    number_on(db, schema)?;
    for (object, last) in schema.objects.iter().zip(before) {
        words::put(db, object, last + 1, i64::MAX)?;
    }
    db.execute_batch("COMMIT; PRAGMA cache_size = -2048; PRAGMA shrink_memory")
}

/// Loads a table with its indexes put aside: sorted at the end they cost half the time of
/// keeping them row by row.
fn with_indexes_after(
    db: &Connection,
    table: &str,
    load: impl FnOnce() -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let indexes: Vec<(String, String)> = db
        .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ?1 AND sql IS NOT NULL")?
        .query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (name, _) in &indexes {
        db.execute_batch(&format!("DROP INDEX {}", quoted(name)))?;
    }
    load()?;
    indexes
        .iter()
        .try_for_each(|(_, sql)| db.execute_batch(sql))
}

/// The assignment rules of the assets, as rows.
fn assignment_rules(db: &Connection, schema: &Schema) -> rusqlite::Result<()> {
    let Some(object) = schema.object("AssignmentRule") else {
        return Ok(());
    };
    for owner in &schema.objects {
        let Some(rule) = &owner.assignment else {
            continue;
        };
        let mut row = Draft::default();
        row.set_text("Id", &rule.id);
        row.set_text("Name", &rule.name);
        row.set_text("SobjectType", &owner.name);
        row.set_flag("Active", true);
        table::insert_wordless(db, object, &row)?;
    }
    Ok(())
}

/// The number of the last row of each object.
fn last_rows(db: &Connection, schema: &Schema) -> rusqlite::Result<Vec<i64>> {
    let last = |object: &ObjectDef| {
        let sql = format!("SELECT ifnull(max(rid), 0) FROM {}", quoted(&object.name));
        db.query_row(&sql, [], |row| row.get(0))
    };
    schema.objects.iter().map(last).collect()
}

/// How rows of one object that list the same fields go in: made once for a run of them.
struct Recipe<'a> {
    object: &'a ObjectDef,
    /// As the rows list them.
    names: Vec<&'static str>,
    /// The field of each, where the object has it.
    fields: Vec<Option<&'a FieldDef>>,
    /// Checkboxes that no row lists: their defaults.
    flags: Vec<Sql>,
    sql: String,
}

impl<'a> Recipe<'a> {
    fn of(object: &'a ObjectDef, seed: &SeedRow) -> Self {
        let names: Vec<&'static str> = seed.fields.iter().map(|(name, _)| *name).collect();
        let own = |name: &&str| object.stored().find(|field| field.name == *name);
        let fields: Vec<Option<&FieldDef>> = names.iter().map(own).collect();
        let unlisted: Vec<&FieldDef> = object
            .stored()
            .filter(|field| field.kind == FieldKind::Boolean)
            .filter(|field| !names.contains(&field.name.as_str()))
            .collect();
        let columns: Vec<&str> = fields
            .iter()
            .flatten()
            .chain(&unlisted)
            .map(|field| field.name.as_str())
            .collect();
        let is_set = |field: &&FieldDef| field.default_value.as_deref() == Some("true");
        Self {
            sql: table::insert_sql(object, &columns),
            flags: unlisted
                .iter()
                .map(|field| Sql::Integer(is_set(field).into()))
                .collect(),
            object,
            names,
            fields,
        }
    }

    fn fits(&self, seed: &SeedRow) -> bool {
        let listed = seed.fields.iter().map(|(name, _)| *name);
        self.object.name == seed.object && listed.eq(self.names.iter().copied())
    }

    fn insert(&self, db: &Connection, seed: &SeedRow) -> rusqlite::Result<()> {
        let listed = self.fields.iter().zip(&seed.fields);
        let values = listed.filter_map(|(field, (_, value))| Some(stored((*field)?, value)));
        let values = values.chain(self.flags.iter().cloned());
        let mut statement = db.prepare_cached(&self.sql)?;
        statement.execute(params_from_iter(values)).map(drop)
    }
}

/// Puts a row in that search will not find yet; `recipe` is the last row's.
fn insert<'a>(
    db: &Connection,
    schema: &'a Schema,
    recipe: &mut Option<Recipe<'a>>,
    seed: &SeedRow,
) -> rusqlite::Result<()> {
    let Some(object) = schema.object(seed.object) else {
        return Ok(());
    };
    let known = recipe.take().filter(|recipe| recipe.fits(seed));
    let known = known.unwrap_or_else(|| Recipe::of(object, seed));
    known.insert(db, seed)?;
    *recipe = Some(known);
    Ok(())
}

/// The story's values are right by its own tests; a wrong one would be empty here.
fn stored(field: &FieldDef, value: &Value) -> Sql {
    value::from_json(field.into(), value).unwrap_or(Sql::Null)
}

/// Lets auto numbers go on behind the highest of the rows.
fn number_on(db: &Connection, schema: &Schema) -> rusqlite::Result<()> {
    for object in &schema.objects {
        for field in object.stored().filter(|field| field.auto_number) {
            let last = highest(db, object, field)?;
            let name = format!("{}.{}", object.name, field.name);
            db.execute(
                "INSERT OR REPLACE INTO sys_counter (name, last) VALUES (?1, ?2)",
                (name, last),
            )?;
        }
    }
    Ok(())
}

fn highest(db: &Connection, object: &ObjectDef, field: &FieldDef) -> rusqlite::Result<i64> {
    let format = field.auto_number_format.as_deref().unwrap_or_default();
    let prefix = format.split('{').next().unwrap_or_default().chars().count() + 1;
    let sql = format!(
        "SELECT ifnull(max(CAST(substr({}, {prefix}) AS INTEGER)), 0) FROM {}",
        quoted(&field.name),
        quoted(&object.name)
    );
    db.query_row(&sql, [], |row| row.get(0))
}

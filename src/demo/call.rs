//! What every operation of one request works with: the open transaction, the schema,
//! who asks, and the clock.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::Connection;
use std::cell::Cell;

use super::budget::Budget;
use super::cursors::Cursors;
use super::events::Changes;
use super::faults::Faults;
use super::rights::Rights;
use super::schema::{ObjectDef, Schema};
use super::soql::dates;
use super::users::mixed::Mixture;

/// One request's surroundings.
pub struct Call<'a> {
    pub db: &'a Connection,
    /// The org's objects as the asking user sees them: what is not here does not exist for
    /// them, and flags say what they may write.
    pub schema: &'a Schema,
    /// Every object and field, for what the org does by itself.
    pub whole: &'a Schema,
    /// What the asking user may do.
    pub rights: &'a Rights,
    /// The asking user's id.
    pub user: &'a str,
    /// `http://127.0.0.1:PORT`.
    pub base_url: &'a str,
    /// `62.0`.
    pub version: String,
    /// What stands between the version and the path, `/tooling` or nothing.
    pub surface: &'static str,
    pub now: Timestamp,
    /// When the objects last changed, for describes.
    pub schema_changed: Timestamp,
    pub zone: TimeZone,
    pub cursors: &'a Cursors,
    /// API calls of the day.
    pub budget: &'a Budget,
    pub faults: &'a Faults,
    /// Set by [`Call::schema_is_changed`].
    pub schema_touched: &'a Cell<bool>,
    /// What the events of this call have in common.
    pub changes: &'a Changes,
    /// What the open all-or-none transaction wrote.
    pub mixture: &'a Mixture,
}

impl Call<'_> {
    /// Says that this call changed what the org's objects are, after it wrote the change
    /// with [`schema::change`](super::schema::change). When the call is committed, the
    /// schema is built anew and published: every later call sees it; this one keeps the
    /// schema it began with. A call that is taken back changes nothing.
    pub fn schema_is_changed(&self) {
        self.schema_touched.set(true);
    }

    /// The same call asked in another version, as parts of a composite call may be.
    pub fn at_version(&self, version: String) -> Call<'_> {
        Call {
            version,
            zone: self.zone.clone(),
            ..*self
        }
    }

    /// The same call as the org itself works on it: no object or field is hidden. Rights on
    /// rows stay the user's.
    pub fn inside(&self) -> Call<'_> {
        Call {
            schema: self.whole,
            version: self.version.clone(),
            zone: self.zone.clone(),
            ..*self
        }
    }

    /// An object of the user's view with everything it has.
    pub fn whole_of<'o>(&'o self, object: &'o ObjectDef) -> &'o ObjectDef {
        self.whole.object(&object.name).unwrap_or(object)
    }

    /// The present moment as stored and sent.
    pub fn stamp(&self) -> String {
        dates::stored(self.now)
    }

    /// The calendar day of the asking user.
    pub fn today(&self) -> jiff::civil::Date {
        self.now.to_zoned(self.zone.clone()).date()
    }

    /// `/services/data/v62.0`.
    pub fn root(&self) -> String {
        format!("/services/data/v{}{}", self.version, self.surface)
    }

    /// The address of a row.
    pub fn row_url(&self, object: &str, id: &str) -> String {
        format!("{}/sobjects/{object}/{id}", self.root())
    }

    /// The object an id belongs to.
    pub fn object_of_id(&self, id: &str) -> Option<&ObjectDef> {
        self.schema.object_of_id(id)
    }

    /// The version as a number, `62` for `62.0`.
    pub fn release(&self) -> u32 {
        self.version
            .split('.')
            .next()
            .and_then(|major| major.parse().ok())
            .unwrap_or(0)
    }
}

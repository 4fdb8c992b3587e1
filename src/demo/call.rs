//! What every operation of one request works with: the open transaction, the schema,
//! who asks, and the clock.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::Connection;
use std::cell::Cell;

use super::budget::Budget;
use super::cursors::Cursors;
use super::faults::Faults;
use super::schema::{ObjectDef, Schema};
use super::soql::dates;

/// One request's surroundings.
pub struct Call<'a> {
    pub db: &'a Connection,
    pub schema: &'a Schema,
    /// The asking user's id.
    pub user: &'a str,
    /// `http://127.0.0.1:PORT`.
    pub base_url: &'a str,
    /// `62.0`.
    pub version: String,
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
}

impl Call<'_> {
    /// Says that this call changed what the org's objects are, after it wrote the change
    /// with [`schema::change`](super::schema::change). When the call is committed, the
    /// schema is built anew and published: every later call sees it; this one keeps the
    /// schema it began with. A call that is taken back changes nothing.
    #[allow(dead_code, reason = "for schema changes at run time")]
    pub fn schema_is_changed(&self) {
        self.schema_touched.set(true);
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
        format!("/services/data/v{}", self.version)
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

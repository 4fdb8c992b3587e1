//! The records a new demo org starts with: always the same people, companies and deals,
//! with activities around a given day. Knows nothing of storage; rows are plain values.

mod cast;
mod clock;
mod crowd;
mod customers;
mod deals;
mod diary;
mod market;
mod notes;
mod people;
mod random;
mod row;
mod settings;
mod tables;

use jiff::civil::Date;

use super::ids::record_id;
use cast::Cast;

pub use crowd::extra_contacts;
pub use random::Random;
pub use row::SeedRow;

/// Number in the ids of the first extra contact; all other rows stay below.
const EXTRA_CONTACTS_FROM: u64 = 1_000_000;

/// The user who logs in: Kim Rivera, System Administrator.
pub fn user_id() -> String {
    record_id("005", 1)
}

/// The org itself.
pub fn organization_id() -> String {
    record_id("00D", 1)
}

/// Every row of the org as of `today`, parents before children: 50 accounts, 200
/// contacts, 120 opportunities and what belongs to them.
pub fn rows(today: Date) -> Vec<SeedRow> {
    let mut cast = Cast::new(today);
    people::colleagues(&mut cast);
    settings::settings(&mut cast);
    customers::accounts(&mut cast);
    customers::contacts(&mut cast);
    market::campaigns(&mut cast);
    deals::opportunities(&mut cast);
    deals::projects(&mut cast);
    market::leads(&mut cast);
    market::cases(&mut cast);
    diary::lenas_story(&mut cast);
    diary::activities(&mut cast);
    notes::notes(&mut cast);
    diary::last_activity_dates(&mut cast);
    cast.rows
}

#[cfg(test)]
mod tests;

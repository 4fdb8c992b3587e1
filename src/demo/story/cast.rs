//! Who is in the story so far: what later chapters need to know of earlier rows.

use jiff::civil::Date;

use super::clock::Clock;
use super::row::SeedRow;
use super::tables::Country;
use crate::demo::ids::record_id;

/// A colleague, by the number in the id.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum User {
    Kim = 1,
    Amara = 2,
    Tom = 3,
    Lucas = 4,
    Grace = 5,
    Priya = 6,
    Diego = 7,
    Yuki = 8,
    Ines = 9,
    /// Left the company: inactive.
    Martin = 10,
    /// A standard rep: no delete on accounts, some fields hidden or read-only.
    Sam = 11,
    /// May log in but not use the API.
    Noa = 12,
}

impl User {
    pub(super) fn id(self) -> String {
        record_id("005", self as u64)
    }

    /// Who looks after customers of a region.
    pub(super) fn selling_in(region: &str, number: usize) -> Self {
        match (region, number % 5) {
            (_, 0) => Self::Kim,
            ("AMER", _) => Self::Grace,
            ("APAC", _) => Self::Priya,
            (_, 1 | 2) => Self::Tom,
            (_, 3) => Self::Sam,
            _ => Self::Lucas,
        }
    }
}

/// An account of the story.
pub(super) struct Account {
    pub id: String,
    pub name: &'static str,
    pub country: usize,
    pub owner: User,
}

/// A contact of the story.
pub(super) struct Contact {
    pub id: String,
    pub account: usize,
    pub owner: User,
}

/// An opportunity of the story.
pub(super) struct Deal {
    pub id: String,
    pub account: usize,
    pub owner: User,
    pub closed: bool,
}

/// Everything told so far.
pub(super) struct Cast {
    pub clock: Clock,
    pub countries: Vec<Country>,
    pub accounts: Vec<Account>,
    pub contacts: Vec<Contact>,
    pub deals: Vec<Deal>,
    pub leads: Vec<(String, User)>,
    pub campaigns: Vec<String>,
    pub rows: Vec<SeedRow>,
}

impl Cast {
    pub(super) fn new(today: Date) -> Self {
        Self {
            clock: Clock::new(today),
            countries: super::tables::countries(),
            accounts: Vec::new(),
            contacts: Vec::new(),
            deals: Vec::new(),
            leads: Vec::new(),
            campaigns: Vec::new(),
            rows: Vec::new(),
        }
    }

    /// The id the next row of an object gets, counting from 1.
    pub(super) fn next_id(&self, object: &str, prefix: &str) -> String {
        record_id(prefix, self.count(object) as u64 + 1)
    }

    /// How many rows an object has.
    pub(super) fn count(&self, object: &str) -> usize {
        self.rows.iter().filter(|row| row.object == object).count()
    }
}

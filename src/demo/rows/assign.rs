//! Assignment rules of cases and leads: who owns a row nobody was named for, as the
//! `Sforce-Auto-Assign` header asks. Knows no other rules.

use super::Draft;
use super::asked::Asked;
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::formula::is_true;
use crate::demo::schema::ObjectDef;
use crate::demo::wire::Request;

/// What the sender wants of assignment rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assignment {
    /// No header: the active rule, for new rows.
    Usual,
    /// `TRUE`: the active rule, for changed rows too.
    Active,
    /// `FALSE`.
    Off,
    /// A rule's id, 18 characters.
    Rule([u8; 18]),
    /// What is none of these.
    Unknown,
}

impl Assignment {
    /// Reads the header.
    pub fn of(request: &Request) -> Self {
        let Some(text) = request.header("sforce-auto-assign").map(str::trim) else {
            return Self::Usual;
        };
        if text.eq_ignore_ascii_case("true") {
            return Self::Active;
        }
        if text.eq_ignore_ascii_case("false") {
            return Self::Off;
        }
        Self::by(text)
    }

    /// The rule of an id.
    pub fn by(id: &str) -> Self {
        let id = crate::demo::ids::long_id(id);
        id.and_then(|id| id.into_bytes().try_into().ok())
            .map_or(Self::Unknown, Self::Rule)
    }
}

/// Gives the row the owner the rule names, where one of its entries holds.
///
/// # Errors
/// A rule id that is not this object's.
pub fn apply(
    call: &Call<'_>,
    object: &ObjectDef,
    row: &mut Draft,
    before: Option<&Draft>,
    wanted: Assignment,
) -> Result<(), Refusal> {
    let Some(rule) = &object.assignment else {
        return Ok(());
    };
    match wanted {
        Assignment::Off => return Ok(()),
        Assignment::Usual if before.is_some() => return Ok(()),
        Assignment::Rule(id) if id != rule.id.as_bytes() => return Err(Refusal::cross_reference()),
        Assignment::Unknown => return Err(Refusal::cross_reference()),
        Assignment::Usual | Assignment::Active | Assignment::Rule(_) => {}
    }
    let entry = {
        let asked = Asked::new(call, object, row, before);
        rule.entries
            .iter()
            .find(|entry| is_true(&entry.condition, &asked))
    };
    let named = entry.map(|entry| owner(call, &entry.owner)).transpose()?;
    if let Some(owner) = named.flatten() {
        row.set_text("OwnerId", owner);
    }
    Ok(())
}

/// The id of a queue by its developer name, else of a user by the user name.
fn owner(call: &Call<'_>, name: &str) -> Result<Option<String>, Refusal> {
    let sql = "SELECT Id FROM \"Group\" WHERE DeveloperName = ?1 AND Type = 'Queue'
               UNION ALL SELECT Id FROM User WHERE Username = ?1 AND IsActive = 1 LIMIT 1";
    let mut statement = call.db.prepare_cached(sql)?;
    let mut rows = statement.query([name])?;
    Ok(match rows.next()? {
        Some(row) => Some(row.get(0)?),
        None => None,
    })
}

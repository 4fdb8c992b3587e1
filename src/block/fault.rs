//! What can be wrong with a cell or a row, and how that is told: one list, so that
//! findings can be counted. Must not know how faults are found.

use crate::domain::block::prepared::Weight;

/// One sort of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Fault {
    NoKey,
    Repeated,
    Required,
    NotClearable,
    ReadAsClear,
    TooLong,
    TooLongForBulk,
    Control,
    NotText,
    NotEmail,
    NotBoolean,
    NotNumber,
    NotWhole,
    TooManyDigits,
    TooManyDecimals,
    NotDate,
    AmbiguousDate,
    DateRange,
    NotDateTime,
    NoTime,
    NoZone,
    NoSuchTime,
    NotTime,
    NotListed,
    Inactive,
    Unlisted,
    NotForController,
    NotForRecordType,
    NotId,
    WrongObject,
    Cells,
    Nul,
    Object,
    /// Put into the org's form.
    Label,
    PlainNumber,
    PlainBoolean,
    IsoDate,
    WithZone,
}

impl Fault {
    /// What is wrong, in a few words.
    pub(super) fn says(self) -> &'static str {
        match self {
            Self::NoKey => "no key",
            Self::Repeated => "same key as another row",
            Self::Required => "required field is empty",
            Self::NotClearable => "required field would be emptied",
            Self::ReadAsClear => "text that the org reads as empty",
            Self::TooLong => "too long",
            Self::TooLongForBulk => "too long for a bulk job",
            Self::Control => "has a control character",
            Self::NotText => "not text in the file's encoding",
            Self::NotEmail => "not an e-mail address",
            Self::NotBoolean => "neither true nor false",
            Self::NotNumber => "not a number",
            Self::NotWhole => "not a whole number",
            Self::TooManyDigits => "too large",
            Self::TooManyDecimals => "too many decimals",
            Self::NotDate => "not a date",
            Self::AmbiguousDate => "day and month could be mixed up",
            Self::DateRange => "date out of range",
            Self::NotDateTime => "not a date and time",
            Self::NoTime => "a time is missing",
            Self::NoZone => "a time without a zone",
            Self::NoSuchTime => "a time the clocks skip or show twice",
            Self::NotTime => "not a time",
            Self::NotListed => "not in the pick list",
            Self::Inactive => "pick-list value is inactive",
            Self::Unlisted => "not in the pick list, which takes it all the same",
            Self::NotForController => "does not go with its controlling field",
            Self::NotForRecordType => "not in the record type's pick list",
            Self::NotId => "not a record id",
            Self::WrongObject => "id of another object",
            Self::Cells => "more or fewer cells than the header",
            Self::Nul => "has a NUL byte",
            Self::Object => "not an object of fields",
            Self::Label => "label instead of the value",
            Self::PlainNumber => "number written another way",
            Self::PlainBoolean => "yes or no instead of true or false",
            Self::IsoDate => "date written another way",
            Self::WithZone => "date and time written another way",
        }
    }

    pub(super) fn weight(self) -> Weight {
        match self {
            Self::Unlisted | Self::TooLongForBulk => Weight::Warning,
            Self::Label
            | Self::PlainNumber
            | Self::PlainBoolean
            | Self::IsoDate
            | Self::WithZone => Weight::Mended,
            _ => Weight::Invalid,
        }
    }
}

//! The value of one cell: what it must look like for its field, and the org's own form of
//! it. Works on bytes, since it is done for every cell of a file.

use crate::block::fault::Fault;
use crate::domain::schema::{Field, FieldType};
use crate::domain::value;

use super::choice::Choice;
use super::moment::Moments;
use super::number;
use super::reference::Reference;

/// Most characters of a cell in a bulk job (Bulk API 2.0, "Limits").
const MOST_BULK_CHARACTERS: usize = 32_000;

const QUOTED: u8 = 1;
const CONTROL: u8 = 2;
const HIGH: u8 = 4;

/// What each byte asks for.
const CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'\n' | b'\r' | b',' | b'"' => QUOTED,
            b'\t' => 0,
            0..0x20 | 0x7f => CONTROL,
            0x80.. => HIGH,
            _ => 0,
        };
        byte += 1;
    }
    classes
}

/// All that a text's bytes ask for.
fn scan(text: &[u8]) -> u8 {
    text.iter()
        .fold(0, |all, byte| all | CLASSES[usize::from(*byte)])
}

/// How a cell is checked.
#[derive(Debug)]
pub(super) enum Rule {
    /// Not at all.
    Any,
    Text {
        most: usize,
        long: bool,
    },
    Email {
        most: usize,
    },
    Boolean,
    Number(number::Limits),
    Date(Moments),
    DateTime(Moments),
    Time,
    Choice(Choice),
    Reference(Reference),
}

/// What became of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Good,
    /// Written, and worth telling.
    Noted(Fault),
    /// Nothing was written.
    Bad(Fault),
}

impl Rule {
    /// The rule for a field's values.
    pub(super) fn of(field: &Field, moments: &Moments, reference: Reference) -> Self {
        let most = field.length as usize;
        match field.kind {
            FieldType::Boolean => Self::Boolean,
            FieldType::Int | FieldType::Double | FieldType::Currency | FieldType::Percent => {
                Self::Number(number::Limits::of(field))
            }
            FieldType::Date => Self::Date(moments.clone()),
            FieldType::DateTime => Self::DateTime(moments.clone()),
            FieldType::Time => Self::Time,
            FieldType::Email => Self::Email { most },
            FieldType::Picklist | FieldType::MultiPicklist => Self::Choice(Choice::of(field)),
            FieldType::Reference | FieldType::Id => Self::Reference(reference),
            FieldType::TextArea => Self::Text { most, long: true },
            _ => Self::Text { most, long: false },
        }
    }

    /// Checks a cell that has text, and writes it in the org's form as a cell of CSV.
    /// `places` gets the places of pick-list values in their list.
    pub(super) fn check(&self, cell: &[u8], out: &mut Vec<u8>, places: &mut Vec<u16>) -> Verdict {
        let trimmed = cell.trim_ascii();
        match self {
            Self::Any => write_text(cell, scan(cell), out),
            Self::Text { most, long: true } => text(cell, *most, out),
            Self::Text { most, long: false } => text(trimmed, *most, out),
            Self::Email { most } => match std::str::from_utf8(trimmed) {
                Ok(address) if value::is_email(address) => text(trimmed, *most, out),
                _ => Verdict::Bad(Fault::NotEmail),
            },
            Self::Boolean => boolean(trimmed, out, places),
            Self::Number(limits) => limits.check(trimmed, out),
            Self::Date(moments) => moments.date(trimmed, out),
            Self::DateTime(moments) => moments.date_time(trimmed, out),
            Self::Time => Moments::time(trimmed, out),
            Self::Choice(choice) => choice.check(trimmed, out, places),
            Self::Reference(reference) => reference.check(trimmed, out, places),
        }
    }

    /// What would fit.
    pub(super) fn suggestion(&self, fault: Fault, cell: &[u8]) -> String {
        match (self, fault) {
            (Self::Text { most, .. } | Self::Email { most }, Fault::TooLong) => {
                format!("at most {most} characters fit")
            }
            (Self::Number(limits), _) => limits.suggestion(fault),
            (Self::Date(moments) | Self::DateTime(moments), _) => moments.suggestion(fault),
            (Self::Choice(choice), _) => choice.suggestion(fault, cell),
            (Self::Reference(reference), _) => reference.suggestion(fault, cell),
            (_, Fault::Control) => "type it again without it".to_owned(),
            (_, Fault::NotEmail) => "write name@example.com".to_owned(),
            (_, Fault::NotBoolean) => "write true or false".to_owned(),
            (_, Fault::NotTime) => "write 14:30:00".to_owned(),
            (_, Fault::TooLongForBulk) => "bulk jobs take 32,000 characters".to_owned(),
            _ => String::new(),
        }
    }
}

/// Writes text as a cell, after counting its characters.
fn text(text: &[u8], most: usize, out: &mut Vec<u8>) -> Verdict {
    let flags = scan(text);
    if flags & CONTROL != 0 {
        return Verdict::Bad(Fault::Control);
    }
    let mut count = text.len();
    if flags & HIGH != 0 {
        let Ok(read) = std::str::from_utf8(text) else {
            return Verdict::Bad(Fault::NotText);
        };
        if read.contains(|c: char| ('\u{80}'..='\u{9f}').contains(&c)) {
            return Verdict::Bad(Fault::Control);
        }
        count = match count > most {
            true => read.chars().count(),
            false => count,
        };
    }
    if most > 0 && count > most {
        return Verdict::Bad(Fault::TooLong);
    }
    match write_text(text, flags, out) {
        Verdict::Good if count > MOST_BULK_CHARACTERS => Verdict::Noted(Fault::TooLongForBulk),
        verdict => verdict,
    }
}

fn write_text(text: &[u8], flags: u8, out: &mut Vec<u8>) -> Verdict {
    if text == crate::domain::block::CLEAR.as_bytes() {
        return Verdict::Bad(Fault::ReadAsClear);
    }
    match flags & QUOTED {
        0 => out.extend_from_slice(text),
        _ => crate::block::csv::write_cell(out, text, b','),
    }
    Verdict::Good
}

/// Writes a value that was made here or stands in describe.
pub(super) fn write_value(value: &[u8], out: &mut Vec<u8>) {
    match scan(value) & QUOTED {
        0 => out.extend_from_slice(value),
        _ => crate::block::csv::write_cell(out, value, b','),
    }
}

fn boolean(text: &[u8], out: &mut Vec<u8>, places: &mut Vec<u16>) -> Verdict {
    const WORDS: [(&[u8], bool, bool); 10] = [
        (b"true", true, false),
        (b"false", false, false),
        (b"1", true, false),
        (b"0", false, false),
        (b"yes", true, true),
        (b"no", false, true),
        (b"y", true, true),
        (b"n", false, true),
        (b"x", true, true),
        (b"on", true, true),
    ];
    let found = WORDS
        .iter()
        .find(|(word, ..)| text.eq_ignore_ascii_case(word));
    let Some((_, set, mended)) = found else {
        return Verdict::Bad(Fault::NotBoolean);
    };
    places.push(u16::from(*set));
    out.extend_from_slice(match set {
        true => b"true",
        false => b"false",
    });
    match mended {
        true => Verdict::Noted(Fault::PlainBoolean),
        false => Verdict::Good,
    }
}

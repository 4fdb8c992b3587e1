//! Functions on texts. Places are counted from 1, lengths in characters. Knows no dates.

use regex::RegexBuilder;
use rust_decimal::Decimal;

use super::{at, count};
use crate::demo::formula::eval::{Clock, Fault};
use crate::demo::formula::value::Value;
use crate::demo::ids::long_id;

/// Longest text a formula makes.
const LONGEST: usize = 40_000;
/// Bytes a compiled pattern may take.
const PATTERN_SIZE: usize = 1 << 20;

type Answer = Result<Value, Fault>;

/// A text argument; blank is empty, other types are refused.
fn string(values: &[Value], place: usize) -> Result<&str, Fault> {
    match at(values, place) {
        Value::Text(text) => Ok(text),
        Value::Blank => Ok(""),
        _ => Err(Fault::of_type()),
    }
}

fn bounded(text: String) -> Answer {
    if text.len() > LONGEST {
        Err(Fault::range())
    } else {
        Ok(Value::text(text))
    }
}

pub(super) fn text(values: &[Value], _: &Clock) -> Answer {
    Ok(Value::text(at(values, 0).shown()))
}

pub(super) fn value(values: &[Value], _: &Clock) -> Answer {
    let text = string(values, 0)?.trim();
    if text.is_empty() {
        return Ok(Value::Blank);
    }
    text.parse::<Decimal>()
        .map(Value::Number)
        .map_err(|_| Fault(format!("{text} is no number")))
}

pub(super) fn is_number(values: &[Value], _: &Clock) -> Answer {
    let number = string(values, 0)?.trim().parse::<Decimal>();
    Ok(Value::Truth(number.is_ok()))
}

pub(super) fn len(values: &[Value], _: &Clock) -> Answer {
    Ok(Value::Number(string(values, 0)?.chars().count().into()))
}

pub(super) fn left(values: &[Value], _: &Clock) -> Answer {
    let text = string(values, 0)?;
    let taken = count(at(values, 1), LONGEST)?;
    Ok(Value::text(text.chars().take(taken).collect::<String>()))
}

pub(super) fn right(values: &[Value], _: &Clock) -> Answer {
    let text = string(values, 0)?;
    let taken = count(at(values, 1), LONGEST)?;
    let skipped = text.chars().count().saturating_sub(taken);
    Ok(Value::text(text.chars().skip(skipped).collect::<String>()))
}

pub(super) fn mid(values: &[Value], _: &Clock) -> Answer {
    let start = count(at(values, 1), LONGEST)?.saturating_sub(1);
    let taken = count(at(values, 2), LONGEST)?;
    let text = string(values, 0)?;
    let part: String = text.chars().skip(start).take(taken).collect();
    Ok(Value::text(part))
}

pub(super) fn begins(values: &[Value], _: &Clock) -> Answer {
    Ok(Value::Truth(
        string(values, 0)?.starts_with(string(values, 1)?),
    ))
}

pub(super) fn contains(values: &[Value], _: &Clock) -> Answer {
    Ok(Value::Truth(
        string(values, 0)?.contains(string(values, 1)?),
    ))
}

/// `FIND(part, text, from)`; 0 when it is not there.
pub(super) fn find(values: &[Value], _: &Clock) -> Answer {
    let (part, text) = (string(values, 0)?, string(values, 1)?);
    let skipped = count(at(values, 2), LONGEST)?.saturating_sub(1);
    let start = text.char_indices().nth(skipped).map(|(at, _)| at);
    let found = start
        .and_then(|start| text.get(start..)?.find(part).map(|at| start + at))
        .and_then(|at| text.get(..at))
        .map_or(0, |before| before.chars().count() + 1);
    Ok(Value::Number(found.into()))
}

pub(super) fn substitute(values: &[Value], _: &Clock) -> Answer {
    let (text, old, new) = (string(values, 0)?, string(values, 1)?, string(values, 2)?);
    if old.is_empty() {
        return Ok(Value::text(text));
    }
    let grown = text.matches(old).count().saturating_mul(new.len());
    if grown > LONGEST {
        return Err(Fault::range());
    }
    bounded(text.replace(old, new))
}

pub(super) fn trim(values: &[Value], _: &Clock) -> Answer {
    Ok(Value::text(string(values, 0)?.trim()))
}

pub(super) fn upper(values: &[Value], _: &Clock) -> Answer {
    Ok(Value::text(string(values, 0)?.to_uppercase()))
}

pub(super) fn lower(values: &[Value], _: &Clock) -> Answer {
    Ok(Value::text(string(values, 0)?.to_lowercase()))
}

pub(super) fn lpad(values: &[Value], _: &Clock) -> Answer {
    let (text, filling) = padding(values)?;
    Ok(Value::text(filling + &text))
}

pub(super) fn rpad(values: &[Value], _: &Clock) -> Answer {
    let (text, filling) = padding(values)?;
    Ok(Value::text(text + &filling))
}

/// The text, cut to the length, and what fills the rest.
fn padding(values: &[Value]) -> Result<(String, String), Fault> {
    let length = count(at(values, 1), LONGEST)?;
    let text: String = string(values, 0)?.chars().take(length).collect();
    let pad = match string(values, 2)? {
        "" => " ",
        pad => pad,
    };
    let missing = length - text.chars().count();
    Ok((text, pad.chars().cycle().take(missing).collect()))
}

pub(super) fn br(_: &[Value], _: &Clock) -> Answer {
    Ok(Value::text("\n"))
}

/// Whether the whole text fits the pattern.
pub(super) fn regex(values: &[Value], _: &Clock) -> Answer {
    let (text, pattern) = (string(values, 0)?, string(values, 1)?);
    let whole = RegexBuilder::new(&format!("^(?:{pattern})$"))
        .size_limit(PATTERN_SIZE)
        .build()
        .map_err(|fault| Fault(fault.to_string()))?;
    Ok(Value::Truth(whole.is_match(text)))
}

pub(super) fn hyperlink(values: &[Value], _: &Clock) -> Answer {
    let target = match string(values, 2)? {
        "" => "_blank",
        target => target,
    };
    bounded(format!(
        "<a href=\"{}\" target=\"{target}\">{}</a>",
        string(values, 0)?,
        at(values, 1).shown()
    ))
}

pub(super) fn image(values: &[Value], _: &Clock) -> Answer {
    bounded(format!(
        "<img src=\"{}\" alt=\"{}\" border=\"0\"/>",
        string(values, 0)?,
        string(values, 1)?
    ))
}

pub(super) fn case_safe_id(values: &[Value], _: &Clock) -> Answer {
    let id = string(values, 0)?;
    Ok(Value::text(long_id(id).unwrap_or_else(|| id.to_owned())))
}

//! The functions formulas may call (Salesforce help, "Formula Operators and Functions"):
//! one table of names, how many arguments each takes, and what it does.

mod logic;
mod text;
mod time;

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use super::eval::{Clock, Fault, Row, order};
use super::parse::Expr;
use super::value::Value;

type Lazy = fn(&[Expr], &dyn Row) -> Result<Value, Fault>;
type Plain = fn(&[Value], &Clock) -> Result<Value, Fault>;

/// One function.
pub(super) struct Function {
    pub name: &'static str,
    /// Arguments it takes.
    pub least: usize,
    pub most: usize,
    pub work: Work,
}

/// How a function gets its arguments.
pub(super) enum Work {
    /// As written: it decides which to evaluate, or asks for more than their values.
    Lazy(Lazy),
    /// Evaluated, left to right.
    Plain(Plain),
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl std::fmt::Debug for Function {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.name)
    }
}

const MANY: usize = 100;

const fn lazy(name: &'static str, least: usize, most: usize, work: Lazy) -> Function {
    Function {
        name,
        least,
        most,
        work: Work::Lazy(work),
    }
}

const fn plain(name: &'static str, least: usize, most: usize, work: Plain) -> Function {
    Function {
        name,
        least,
        most,
        work: Work::Plain(work),
    }
}

static FUNCTIONS: [Function; 57] = [
    lazy("AND", 1, MANY, logic::and),
    lazy("OR", 1, MANY, logic::or),
    lazy("NOT", 1, 1, logic::not),
    lazy("IF", 3, 3, logic::either),
    lazy("CASE", 4, MANY, logic::case),
    lazy("PRIORVALUE", 1, 1, logic::prior_value),
    lazy("ISCHANGED", 1, 1, logic::is_changed),
    lazy("ISNEW", 0, 0, logic::is_new),
    plain("ISBLANK", 1, 1, logic::is_blank),
    plain("ISNULL", 1, 1, logic::is_blank),
    plain("ISPICKVAL", 2, 2, logic::is_picked),
    plain("INCLUDES", 2, 2, logic::includes),
    plain("BLANKVALUE", 2, 2, logic::blank_value),
    plain("NULLVALUE", 2, 2, logic::blank_value),
    plain("TEXT", 1, 1, text::text),
    plain("VALUE", 1, 1, text::value),
    plain("ISNUMBER", 1, 1, text::is_number),
    plain("LEN", 1, 1, text::len),
    plain("LEFT", 2, 2, text::left),
    plain("RIGHT", 2, 2, text::right),
    plain("MID", 3, 3, text::mid),
    plain("BEGINS", 2, 2, text::begins),
    plain("CONTAINS", 2, 2, text::contains),
    plain("FIND", 2, 3, text::find),
    plain("SUBSTITUTE", 3, 3, text::substitute),
    plain("TRIM", 1, 1, text::trim),
    plain("UPPER", 1, 2, text::upper),
    plain("LOWER", 1, 2, text::lower),
    plain("LPAD", 2, 3, text::lpad),
    plain("RPAD", 2, 3, text::rpad),
    plain("BR", 0, 0, text::br),
    plain("REGEX", 2, 2, text::regex),
    plain("HYPERLINK", 2, 3, text::hyperlink),
    plain("IMAGE", 2, 4, text::image),
    plain("CASESAFEID", 1, 1, text::case_safe_id),
    plain("TODAY", 0, 0, time::today),
    plain("NOW", 0, 0, time::now),
    plain("DATE", 3, 3, time::date),
    plain("DATEVALUE", 1, 1, time::date_value),
    plain("DATETIMEVALUE", 1, 1, time::moment_value),
    plain("TIMEVALUE", 1, 1, time::time_value),
    plain("YEAR", 1, 1, time::year),
    plain("MONTH", 1, 1, time::month),
    plain("DAY", 1, 1, time::day),
    plain("WEEKDAY", 1, 1, time::weekday),
    plain("HOUR", 1, 1, time::hour),
    plain("MINUTE", 1, 1, time::minute),
    plain("SECOND", 1, 1, time::second),
    plain("ADDMONTHS", 2, 2, time::add_months),
    plain("ROUND", 2, 2, round),
    plain("CEILING", 1, 1, ceiling),
    plain("FLOOR", 1, 1, floor),
    plain("TRUNC", 1, 2, trunc),
    plain("ABS", 1, 1, abs),
    plain("MAX", 1, MANY, max),
    plain("MIN", 1, MANY, min),
    plain("MOD", 2, 2, modulo),
];

/// The function of that name, whatever its case.
pub(super) fn named(name: &str) -> Option<&'static Function> {
    FUNCTIONS
        .iter()
        .find(|function| function.name.eq_ignore_ascii_case(name))
}

/// The argument at a place; blank when there is none.
fn at(values: &[Value], place: usize) -> &Value {
    values.get(place).unwrap_or(&Value::Blank)
}

/// A number, or `None` when blank.
fn number(value: &Value) -> Result<Option<Decimal>, Fault> {
    match value {
        Value::Number(number) => Ok(Some(*number)),
        Value::Blank => Ok(None),
        _ => Err(Fault::of_type()),
    }
}

/// A whole number between 0 and `most`; blank is 0.
fn count(value: &Value, most: usize) -> Result<usize, Fault> {
    let number = number(value)?.unwrap_or_default().trunc();
    if number.is_sign_negative() {
        return Ok(0);
    }
    Ok(number.to_usize().map_or(most, |count| count.min(most)))
}

/// Applies a change to a number; blank stays blank.
fn changed(value: &Value, change: impl Fn(Decimal) -> Decimal) -> Result<Value, Fault> {
    Ok(number(value)?.map_or(Value::Blank, |number| Value::Number(change(number))))
}

fn places(value: &Value) -> Result<i64, Fault> {
    number(value)?
        .unwrap_or_default()
        .to_i64()
        .map(|places| places.clamp(-28, 28))
        .ok_or_else(Fault::range)
}

/// Rounds to places behind the point, before it when negative.
fn rounded(values: &[Value], how: RoundingStrategy) -> Result<Value, Fault> {
    let places = places(at(values, 1))?;
    let Some(number) = number(at(values, 0))? else {
        return Ok(Value::Blank);
    };
    if let Ok(places) = u32::try_from(places) {
        return Ok(Value::Number(number.round_dp_with_strategy(places, how)));
    }
    let unit = (0..-places)
        .try_fold(Decimal::ONE, |unit, _| unit.checked_mul(Decimal::TEN))
        .ok_or_else(Fault::range)?;
    number
        .checked_div(unit)
        .and_then(|part| part.round_dp_with_strategy(0, how).checked_mul(unit))
        .map(Value::Number)
        .ok_or_else(Fault::range)
}

fn round(values: &[Value], _: &Clock) -> Result<Value, Fault> {
    rounded(values, RoundingStrategy::MidpointAwayFromZero)
}

fn trunc(values: &[Value], _: &Clock) -> Result<Value, Fault> {
    rounded(values, RoundingStrategy::ToZero)
}

/// Away from zero, as the real function does.
fn ceiling(values: &[Value], _: &Clock) -> Result<Value, Fault> {
    changed(at(values, 0), |number| {
        number.round_dp_with_strategy(0, RoundingStrategy::AwayFromZero)
    })
}

/// Towards zero, as the real function does.
fn floor(values: &[Value], _: &Clock) -> Result<Value, Fault> {
    changed(at(values, 0), |number| number.trunc())
}

fn abs(values: &[Value], _: &Clock) -> Result<Value, Fault> {
    changed(at(values, 0), |number| number.abs())
}

fn max(values: &[Value], _: &Clock) -> Result<Value, Fault> {
    extreme(values, std::cmp::Ordering::Greater)
}

fn min(values: &[Value], _: &Clock) -> Result<Value, Fault> {
    extreme(values, std::cmp::Ordering::Less)
}

/// The largest or smallest; blanks do not count.
fn extreme(values: &[Value], wanted: std::cmp::Ordering) -> Result<Value, Fault> {
    let mut best = Value::Blank;
    for value in values {
        let better = best == Value::Blank || order(value, &best)? == Some(wanted);
        if better && *value != Value::Blank {
            best = value.clone();
        }
    }
    Ok(best)
}

fn modulo(values: &[Value], _: &Clock) -> Result<Value, Fault> {
    match (number(at(values, 0))?, number(at(values, 1))?) {
        (Some(a), Some(b)) => a.checked_rem(b).map(Value::Number).ok_or_else(Fault::range),
        _ => Ok(Value::Blank),
    }
}

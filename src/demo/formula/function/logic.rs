//! Functions that decide, and those that ask what a change did. Knows no texts.

use super::at;
use crate::demo::formula::eval::{Clock, Fault, Row, same, truth, value_of};
use crate::demo::formula::parse::Expr;
use crate::demo::formula::value::Value;

pub(super) fn and(arguments: &[Expr], row: &dyn Row) -> Result<Value, Fault> {
    for one in arguments {
        if !truth(one, row)? {
            return Ok(Value::Truth(false));
        }
    }
    Ok(Value::Truth(true))
}

pub(super) fn or(arguments: &[Expr], row: &dyn Row) -> Result<Value, Fault> {
    for one in arguments {
        if truth(one, row)? {
            return Ok(Value::Truth(true));
        }
    }
    Ok(Value::Truth(false))
}

pub(super) fn not(arguments: &[Expr], row: &dyn Row) -> Result<Value, Fault> {
    let [one] = arguments else {
        return Err(Fault::of_type());
    };
    Ok(Value::Truth(!truth(one, row)?))
}

pub(super) fn either(arguments: &[Expr], row: &dyn Row) -> Result<Value, Fault> {
    let [test, yes, no] = arguments else {
        return Err(Fault::of_type());
    };
    value_of(if truth(test, row)? { yes } else { no }, row)
}

/// `CASE(x, a, result of a, …, else)`.
pub(super) fn case(arguments: &[Expr], row: &dyn Row) -> Result<Value, Fault> {
    let Some((wanted, pairs)) = arguments.split_first() else {
        return Err(Fault::of_type());
    };
    let wanted = value_of(wanted, row)?;
    let mut rest = pairs;
    while let [one, result, after @ ..] = rest {
        if same(&wanted, &value_of(one, row)?) {
            return value_of(result, row);
        }
        rest = after;
    }
    match rest {
        [otherwise] => value_of(otherwise, row),
        _ => Err(Fault("CASE needs a last value".into())),
    }
}

fn asked(arguments: &[Expr]) -> Result<&crate::demo::formula::parse::Reference, Fault> {
    match arguments {
        [Expr::Path(path)] => Ok(path),
        _ => Err(Fault("only a field has a value before".into())),
    }
}

/// On a new row, the value it has.
pub(super) fn prior_value(arguments: &[Expr], row: &dyn Row) -> Result<Value, Fault> {
    let path = asked(arguments)?;
    match row.prior(path)? {
        Some(value) => Ok(value),
        None => row.value(path),
    }
}

/// Never on a new row.
pub(super) fn is_changed(arguments: &[Expr], row: &dyn Row) -> Result<Value, Fault> {
    let path = asked(arguments)?;
    let changed = match row.prior(path)? {
        Some(before) => before != row.value(path)?,
        None => false,
    };
    Ok(Value::Truth(changed))
}

pub(super) fn is_new(_: &[Expr], row: &dyn Row) -> Result<Value, Fault> {
    Ok(Value::Truth(row.is_new()))
}

pub(super) fn is_blank(values: &[Value], _: &Clock) -> Result<Value, Fault> {
    Ok(Value::Truth(*at(values, 0) == Value::Blank))
}

pub(super) fn is_picked(values: &[Value], _: &Clock) -> Result<Value, Fault> {
    Ok(Value::Truth(at(values, 0) == at(values, 1)))
}

/// Whether a multi-select list has a value among those chosen.
pub(super) fn includes(values: &[Value], _: &Clock) -> Result<Value, Fault> {
    let chosen = at(values, 0).shown();
    let wanted = at(values, 1).shown();
    Ok(Value::Truth(
        !wanted.is_empty() && chosen.split(';').any(|one| one == wanted),
    ))
}

pub(super) fn blank_value(values: &[Value], _: &Clock) -> Result<Value, Fault> {
    let place = usize::from(*at(values, 0) == Value::Blank);
    Ok(at(values, place).clone())
}

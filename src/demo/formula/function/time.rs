//! Functions on days, moments and times of day. A day is the one in the asker's zone.

use jiff::ToSpan;
use jiff::civil::{Date, Time};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::{at, number};
use crate::demo::formula::eval::{Clock, Fault};
use crate::demo::formula::value::Value;

type Answer = Result<Value, Fault>;

pub(super) fn today(_: &[Value], clock: &Clock) -> Answer {
    Ok(Value::Date(clock.now.to_zoned(clock.zone.clone()).date()))
}

pub(super) fn now(_: &[Value], clock: &Clock) -> Answer {
    Ok(Value::Moment(clock.now))
}

fn part<T: TryFrom<i64>>(value: &Value) -> Result<Option<T>, Fault> {
    let Some(number) = number(value)? else {
        return Ok(None);
    };
    let whole = number.trunc().to_i64().ok_or_else(Fault::range)?;
    T::try_from(whole).map(Some).map_err(|_| Fault::range())
}

pub(super) fn date(values: &[Value], _: &Clock) -> Answer {
    let (year, month, day) = (
        part::<i16>(at(values, 0))?,
        part::<i8>(at(values, 1))?,
        part::<i8>(at(values, 2))?,
    );
    let (Some(year), Some(month), Some(day)) = (year, month, day) else {
        return Ok(Value::Blank);
    };
    Date::new(year, month, day)
        .map(Value::Date)
        .map_err(|_| Fault::range())
}

pub(super) fn date_value(values: &[Value], clock: &Clock) -> Answer {
    match at(values, 0) {
        Value::Moment(at) => Ok(Value::Date(at.to_zoned(clock.zone.clone()).date())),
        Value::Date(date) => Ok(Value::Date(*date)),
        Value::Text(text) => text.parse().map(Value::Date).map_err(|_| Fault::of_type()),
        Value::Blank => Ok(Value::Blank),
        _ => Err(Fault::of_type()),
    }
}

/// A text as Salesforce writes moments, `2026-11-25 10:00:00`, in UTC.
pub(super) fn moment_value(values: &[Value], _: &Clock) -> Answer {
    match at(values, 0) {
        Value::Moment(at) => Ok(Value::Moment(*at)),
        Value::Date(date) => moment(&format!("{date}T00:00:00Z")),
        Value::Text(text) => {
            let text = text.trim_end_matches('Z').replace(' ', "T");
            moment(&format!("{text}Z"))
        }
        Value::Blank => Ok(Value::Blank),
        _ => Err(Fault::of_type()),
    }
}

fn moment(text: &str) -> Answer {
    text.parse()
        .map(Value::Moment)
        .map_err(|_| Fault::of_type())
}

pub(super) fn time_value(values: &[Value], clock: &Clock) -> Answer {
    match at(values, 0) {
        Value::Text(text) => text
            .trim_end_matches('Z')
            .parse()
            .map(Value::Time)
            .map_err(|_| Fault::of_type()),
        Value::Moment(at) => Ok(Value::Time(at.to_zoned(clock.zone.clone()).time())),
        Value::Time(time) => Ok(Value::Time(*time)),
        Value::Blank => Ok(Value::Blank),
        _ => Err(Fault::of_type()),
    }
}

fn of_date(value: &Value, part: impl Fn(Date) -> i64) -> Answer {
    match value {
        Value::Date(date) => Ok(Value::Number(Decimal::from(part(*date)))),
        Value::Blank => Ok(Value::Blank),
        _ => Err(Fault::of_type()),
    }
}

fn of_time(value: &Value, part: impl Fn(Time) -> i64) -> Answer {
    match value {
        Value::Time(time) => Ok(Value::Number(Decimal::from(part(*time)))),
        Value::Blank => Ok(Value::Blank),
        _ => Err(Fault::of_type()),
    }
}

pub(super) fn year(values: &[Value], _: &Clock) -> Answer {
    of_date(at(values, 0), |date| date.year().into())
}

pub(super) fn month(values: &[Value], _: &Clock) -> Answer {
    of_date(at(values, 0), |date| date.month().into())
}

pub(super) fn day(values: &[Value], _: &Clock) -> Answer {
    of_date(at(values, 0), |date| date.day().into())
}

/// Sunday is 1.
pub(super) fn weekday(values: &[Value], _: &Clock) -> Answer {
    of_date(at(values, 0), |date| {
        i64::from(date.weekday().to_sunday_zero_offset()) + 1
    })
}

pub(super) fn hour(values: &[Value], _: &Clock) -> Answer {
    of_time(at(values, 0), |time| time.hour().into())
}

pub(super) fn minute(values: &[Value], _: &Clock) -> Answer {
    of_time(at(values, 0), |time| time.minute().into())
}

pub(super) fn second(values: &[Value], _: &Clock) -> Answer {
    of_time(at(values, 0), |time| time.second().into())
}

/// The same day so many months on; the last of a month goes to the last of a month.
pub(super) fn add_months(values: &[Value], _: &Clock) -> Answer {
    let Some(months) = part::<i32>(at(values, 1))? else {
        return Ok(Value::Blank);
    };
    if months.abs() > 50_000 {
        return Err(Fault::range());
    }
    match at(values, 0) {
        Value::Date(date) => {
            let moved = date
                .checked_add(months.months())
                .map_err(|_| Fault::range())?;
            let is_last = *date == date.last_of_month();
            Ok(Value::Date(if is_last {
                moved.last_of_month()
            } else {
                moved
            }))
        }
        Value::Moment(at) => at
            .to_zoned(jiff::tz::TimeZone::UTC)
            .checked_add(months.months())
            .map(|moved| Value::Moment(moved.timestamp()))
            .map_err(|_| Fault::range()),
        Value::Blank => Ok(Value::Blank),
        _ => Err(Fault::of_type()),
    }
}

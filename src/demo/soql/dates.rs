//! SOQL date literals (SOQL and SOSL reference, "Date Formats and Date Literals").
//! Fiscal years are calendar years here; weeks start on Sunday.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

/// First and last whole unit, counted from the present one.
struct Reach {
    unit: Unit,
    first: i64,
    last: i64,
}

/// Whether this upper-case word is a date literal, with or without its `:n`.
pub fn is_named(name: &str) -> bool {
    reach(name, 1).is_some()
}

/// Whether the literal is written `NAME:n`.
pub fn takes_number(name: &str) -> bool {
    name.starts_with("LAST_N_") || name.starts_with("NEXT_N_") || name.starts_with("N_")
}

/// First day, and the first day after; `None` for an unknown name or a count that
/// leaves the calendar.
pub fn range(name: &str, n: i64, today: Date) -> Option<(Date, Date)> {
    let reach = reach(name, n)?;
    Some((
        start(reach.unit, reach.first, today)?,
        start(reach.unit, reach.last.checked_add(1)?, today)?,
    ))
}

fn reach(name: &str, n: i64) -> Option<Reach> {
    let days = |first, last| {
        Some(Reach {
            unit: Unit::Day,
            first,
            last,
        })
    };
    match name {
        "YESTERDAY" => return days(-1, -1),
        "TODAY" => return days(0, 0),
        "TOMORROW" => return days(1, 1),
        "LAST_90_DAYS" => return days(-90, 0),
        "NEXT_90_DAYS" => return days(1, 90),
        _ => {}
    }
    let back = n.checked_neg()?;
    if let Some(plural) = name.strip_prefix("LAST_N_") {
        let unit = unit(plural.strip_suffix('S')?)?;
        let last = if unit == Unit::Day { 0 } else { -1 };
        return Some(Reach {
            unit,
            first: back,
            last,
        });
    }
    if let Some(plural) = name.strip_prefix("NEXT_N_") {
        return Some(Reach {
            unit: unit(plural.strip_suffix('S')?)?,
            first: 1,
            last: n,
        });
    }
    if let Some(plural) = name
        .strip_prefix("N_")
        .and_then(|rest| rest.strip_suffix("S_AGO"))
    {
        return Some(Reach {
            unit: unit(plural)?,
            first: back,
            last: back,
        });
    }
    let near = [("LAST_", -1), ("THIS_", 0), ("NEXT_", 1)];
    near.iter().find_map(|(prefix, at)| {
        let unit = unit(name.strip_prefix(prefix)?)?;
        (unit != Unit::Day).then_some(Reach {
            unit,
            first: *at,
            last: *at,
        })
    })
}

fn unit(name: &str) -> Option<Unit> {
    Some(match name {
        "DAY" => Unit::Day,
        "WEEK" => Unit::Week,
        "MONTH" => Unit::Month,
        "QUARTER" | "FISCAL_QUARTER" => Unit::Quarter,
        "YEAR" | "FISCAL_YEAR" => Unit::Year,
        _ => return None,
    })
}

fn start(unit: Unit, offset: i64, today: Date) -> Option<Date> {
    let (base, span) = match unit {
        Unit::Day => (today, 1.day()),
        Unit::Week => {
            let back = i64::from(today.weekday().to_sunday_zero_offset());
            (today.checked_sub(back.days()).ok()?, 7.days())
        }
        Unit::Month => (today.first_of_month(), 1.month()),
        Unit::Quarter => {
            let month = (today.month() - 1) / 3 * 3 + 1;
            (Date::new(today.year(), month, 1).ok()?, 3.months())
        }
        Unit::Year => (today.first_of_year(), 1.year()),
    };
    base.checked_add(span.checked_mul(offset).ok()?).ok()
}

/// A date-time with offset (`2026-11-22T10:00:00Z`) in the form the org stores,
/// `2026-11-22T10:00:00.000+0000`.
pub fn instant(text: &str) -> Option<String> {
    if text.as_bytes().get(10)? != &b'T' {
        return None;
    }
    text.parse::<Timestamp>().ok().map(stored)
}

/// The form date-times have on the wire and in the store, whole seconds, UTC.
pub fn stored(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.000+0000").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_cover_the_days_the_reference_names() {
        // 22 November 2026 is a Sunday.
        let cases = [
            ("TODAY", 0, "2026-11-22", "2026-11-23"),
            ("LAST_N_DAYS", 7, "2026-11-15", "2026-11-23"),
            ("NEXT_N_DAYS", 7, "2026-11-23", "2026-11-30"),
            ("THIS_WEEK", 0, "2026-11-22", "2026-11-29"),
            ("LAST_WEEK", 0, "2026-11-15", "2026-11-22"),
            ("LAST_MONTH", 0, "2026-10-01", "2026-11-01"),
            ("LAST_N_MONTHS", 2, "2026-09-01", "2026-11-01"),
            ("THIS_QUARTER", 0, "2026-10-01", "2027-01-01"),
            ("NEXT_FISCAL_YEAR", 0, "2027-01-01", "2028-01-01"),
            ("N_DAYS_AGO", 3, "2026-11-19", "2026-11-20"),
            ("N_WEEKS_AGO", 1, "2026-11-15", "2026-11-22"),
        ];
        for (name, n, first, after) in cases {
            let (a, b) = range(name, n, jiff::civil::date(2026, 11, 22)).unwrap();
            assert_eq!(
                (a.to_string(), b.to_string()),
                (first.into(), after.into()),
                "{name}"
            );
        }
    }

    #[test]
    fn hostile_counts_do_not_panic() {
        let today = jiff::civil::date(2026, 11, 22);
        for n in [i64::MIN, i64::MAX, 99_999_999] {
            for name in [
                "LAST_N_DAYS",
                "NEXT_N_YEARS",
                "N_QUARTERS_AGO",
                "LAST_N_WEEKS",
            ] {
                assert_eq!(range(name, n, today), None, "{name}:{n}");
            }
        }
    }

    #[test]
    fn instants_take_any_offset_and_refuse_a_blank() {
        assert_eq!(
            instant("2026-05-01T09:25:37.123+02:00").unwrap(),
            "2026-05-01T07:25:37.000+0000"
        );
        assert_eq!(
            instant("2026-05-01T09:25:37+0200").unwrap(),
            "2026-05-01T07:25:37.000+0000"
        );
        assert_eq!(instant("2026-05-01 09:25:37Z"), None);
    }
}

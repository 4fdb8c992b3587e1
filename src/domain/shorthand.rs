//! Short ways to type dates, times and amounts: `fri`, `+3d`, `2pm`, `20k`.
//!
//! What could mean two things (`03/04/2026`, `1,5`) is refused rather than guessed.
//! Knows nothing of fields; `value` decides what a field takes.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::AmbiguousOffset;
use jiff::{Span, Timestamp, Zoned};

use super::decimal::Decimal;

/// Why a text is not a moment in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misread {
    /// Neither ISO nor a known short form.
    NotADateTime,
    /// A day, but no time of day.
    NoTime,
    /// The clocks skip that time on that day.
    NoSuchTime,
}

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// A day: `today`, `tomorrow`, `yesterday`, `fri` (the next one after today), `+3d`,
/// `+2w`, `+3m`, `+1y`, `-1d`, `2026-11-12`, `12 nov` (this year), `12 Nov 2026`.
pub fn date(text: &str, today: Date) -> Option<Date> {
    let text = text.trim().to_lowercase();
    match text.as_str() {
        "today" => Some(today),
        "tomorrow" => today.tomorrow().ok(),
        "yesterday" => today.yesterday().ok(),
        _ => weekday(&text, today)
            .or_else(|| offset(&text, today))
            .or_else(|| iso_date(&text))
            .or_else(|| named_month(&text, today)),
    }
}

/// A time of day: `14:30`, `14:30:15`, `1430`, `930`, `2pm`, `2:30 pm`.
pub fn time(text: &str) -> Option<Time> {
    let text = text.trim().to_lowercase();
    if let Some(rest) = text.strip_suffix("am") {
        return half_day(rest.trim_end(), 0);
    }
    if let Some(rest) = text.strip_suffix("pm") {
        return half_day(rest.trim_end(), 12);
    }
    match text.len() {
        3 | 4 if is_digits(&text) => {
            let (hour, minute) = text.split_at(text.len() - 2);
            clock(hour, minute, "0")
        }
        _ => {
            let (hour, rest) = text.split_once(':')?;
            let (minute, second) = rest.split_once(':').unwrap_or((rest, "0"));
            clock(hour, minute, second)
        }
    }
}

/// A moment in `now`'s zone: a day and a time in the forms above (`fri 14:30`), a time
/// alone (today), `now`, or ISO 8601 with or without an offset. Where clocks go back,
/// the earlier of the two moments.
pub fn date_time(text: &str, now: &Zoned) -> Result<Timestamp, Misread> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("now") {
        return Ok(now.timestamp());
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment);
    }
    let local = local_date_time(text, now)?;
    let moment = now.time_zone().to_ambiguous_timestamp(local);
    if matches!(moment.offset(), AmbiguousOffset::Gap { .. }) {
        return Err(Misread::NoSuchTime);
    }
    moment.compatible().map_err(|_| Misread::NotADateTime)
}

/// An amount: `1200`, `1,200.50`, `1 200`, `20k`, `1.5m`, `2bn`.
pub fn decimal(text: &str) -> Option<Decimal> {
    let text = text.trim().to_lowercase();
    let (digits, places) = [("bn", 9), ("k", 3), ("m", 6), ("b", 9)]
        .into_iter()
        .find_map(|(ending, places)| Some((text.strip_suffix(ending)?.trim_end(), places)))
        .unwrap_or((text.as_str(), 0));
    if digits.contains('e') {
        return None;
    }
    Decimal::parse(&ungrouped(digits)?)?.shifted(places)
}

fn weekday(text: &str, today: Date) -> Option<Date> {
    let (_, day) = WEEKDAYS
        .into_iter()
        .find(|(name, _)| text.len() >= 3 && name.starts_with(text))?;
    today.nth_weekday(1, day).ok()
}

fn offset(text: &str, today: Date) -> Option<Date> {
    let sign = match text.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let unit = text.chars().next_back()?;
    let digits = text.get(1..text.len() - unit.len_utf8())?.trim();
    if !is_digits(digits) {
        return None;
    }
    let count = sign * digits.parse::<i64>().ok()?;
    let span = match unit {
        'd' => Span::new().try_days(count),
        'w' => Span::new().try_weeks(count),
        'm' => Span::new().try_months(count),
        'y' => Span::new().try_years(count),
        _ => return None,
    };
    today.checked_add(span.ok()?).ok()
}

fn iso_date(text: &str) -> Option<Date> {
    let mut parts = text.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if year.len() != 4 || month.len() > 2 || day.len() > 2 {
        return None;
    }
    Date::new(number(year)?, number(month)?, number(day)?).ok()
}

/// `12 nov`, `nov 12`, `12-nov-2026`, `nov 12, 2026`.
fn named_month(text: &str, today: Date) -> Option<Date> {
    let words: Vec<&str> = text
        .split([' ', '-', ',', '.'])
        .filter(|word| !word.is_empty())
        .collect();
    let (first, second, year) = match words.as_slice() {
        [first, second] => (first, second, today.year()),
        [first, second, year] if year.len() == 4 => (first, second, number(year)?),
        _ => return None,
    };
    let (day, month) = match (month(first), month(second)) {
        (None, Some(month)) => (first, month),
        (Some(month), None) => (second, month),
        _ => return None,
    };
    Date::new(year, month, number(day)?).ok()
}

fn month(word: &str) -> Option<i8> {
    let place = MONTHS
        .iter()
        .position(|name| word.len() >= 3 && name.starts_with(word))?;
    i8::try_from(place + 1).ok()
}

fn half_day(text: &str, shift: i8) -> Option<Time> {
    let (hour, minute) = text.split_once(':').unwrap_or((text, "0"));
    let hour: i8 = number(hour).filter(|hour| (1..=12).contains(hour))?;
    Time::new(hour % 12 + shift, number(minute)?, 0, 0).ok()
}

fn clock(hour: &str, minute: &str, second: &str) -> Option<Time> {
    Time::new(number(hour)?, number(minute)?, number(second)?, 0).ok()
}

fn local_date_time(text: &str, now: &Zoned) -> Result<DateTime, Misread> {
    if date(text, now.date()).is_some() {
        return Err(Misread::NoTime);
    }
    if let Some(time) = time(text) {
        return Ok(now.date().to_datetime(time));
    }
    // The time may hold a blank itself (`2 pm`), so the day is what comes first and fits.
    text.match_indices([' ', 'T', 't'])
        .find_map(|(at, _)| {
            let day = date(text.get(..at)?, now.date())?;
            Some(day.to_datetime(time(text.get(at + 1..)?)?))
        })
        .ok_or(Misread::NotADateTime)
}

/// The digits without thousands separators; `None` where these do not part groups of
/// three, because then they may be meant as a decimal point.
fn ungrouped(text: &str) -> Option<String> {
    let is_separator = |c: char| matches!(c, ',' | ' ' | '\'' | '’' | '\u{a0}' | '\u{202f}');
    let (whole, fraction) = text.split_at(text.find('.').unwrap_or(text.len()));
    let groups: Vec<&str> = whole.split(is_separator).collect();
    if let [first, others @ ..] = groups.as_slice()
        && !others.is_empty()
    {
        let leading = first.trim_start_matches(['-', '+']).len();
        if !(1..=3).contains(&leading) || others.iter().any(|group| group.len() != 3) {
            return None;
        }
    }
    Some(groups.concat() + fraction)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Plain digits only: `parse` alone would take a sign.
fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    is_digits(text).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests;

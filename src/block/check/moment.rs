//! Dates, and dates with times. A date is a day of the calendar and never moves with a
//! zone; a time without a zone is refused unless the block names one; so is a date whose
//! day and month could be mixed up.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

use crate::block::fault::Fault;
use crate::domain::block::DateOrder;
use crate::domain::value;

use super::cell::Verdict;

/// How dates and times of a file are to be read.
#[derive(Debug, Clone, Default)]
pub struct Moments {
    pub order: Option<DateOrder>,
    pub zone: Option<TimeZone>,
}

impl Moments {
    pub(super) fn date(&self, text: &[u8], out: &mut Vec<u8>) -> Verdict {
        if let Some(day) = iso_date(text) {
            return match in_range(day) {
                false => Verdict::Bad(Fault::DateRange),
                true => {
                    out.extend_from_slice(text);
                    Verdict::Good
                }
            };
        }
        let day = match self.other_date(text) {
            Ok(day) => day,
            Err(fault) => return Verdict::Bad(fault),
        };
        if !in_range(day) {
            return Verdict::Bad(Fault::DateRange);
        }
        out.extend_from_slice(day.to_string().as_bytes());
        Verdict::Noted(Fault::IsoDate)
    }

    /// `31/12/2026` where the order is known, and midnight as spreadsheets add it.
    fn other_date(&self, text: &[u8]) -> Result<Date, Fault> {
        for midnight in [&b" 00:00:00"[..], b"T00:00:00", b" 00:00", b" 0:00"] {
            let day = text.strip_suffix(midnight);
            if let Some(day) = day.and_then(iso_date) {
                return Ok(day);
            }
        }
        let Some([first, second, year]) = parts(text) else {
            return Err(Fault::NotDate);
        };
        let (day, month) = match self.order {
            Some(DateOrder::DayMonth) => (first, second),
            Some(DateOrder::MonthDay) => (second, first),
            None => return Err(Fault::AmbiguousDate),
        };
        let of = |number: u16| i8::try_from(number).ok();
        let year = i16::try_from(year).map_err(|_| Fault::NotDate)?;
        of(month)
            .zip(of(day))
            .and_then(|(month, day)| Date::new(year, month, day).ok())
            .ok_or(Fault::NotDate)
    }

    pub(super) fn date_time(&self, text: &[u8], out: &mut Vec<u8>) -> Verdict {
        if let Some(day) = wire_form(text) {
            return match in_range(day) {
                false => Verdict::Bad(Fault::DateRange),
                true => {
                    out.extend_from_slice(text);
                    Verdict::Good
                }
            };
        }
        let moment = match self.other_date_time(text) {
            Ok(moment) => moment,
            Err(fault) => return Verdict::Bad(fault),
        };
        let utc = moment.to_zoned(TimeZone::UTC);
        if !in_range(utc.date()) {
            return Verdict::Bad(Fault::DateRange);
        }
        let written = utc.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        out.extend_from_slice(written.as_bytes());
        Verdict::Noted(Fault::WithZone)
    }

    fn other_date_time(&self, text: &[u8]) -> Result<Timestamp, Fault> {
        let text = std::str::from_utf8(text).map_err(|_| Fault::NotDateTime)?;
        let utc = text.strip_suffix(" UTC").or(text.strip_suffix(" GMT"));
        if let Some(moment) = utc.and_then(|local| local.parse::<DateTime>().ok()) {
            return in_zone(moment, &TimeZone::UTC);
        }
        if let Ok(moment) = text.parse::<Timestamp>() {
            return Ok(moment);
        }
        let local = self.local(text)?;
        match &self.zone {
            Some(zone) => in_zone(local, zone),
            None => Err(Fault::NoZone),
        }
    }

    fn local(&self, text: &str) -> Result<DateTime, Fault> {
        if iso_date(text.as_bytes()).is_some() {
            return Err(Fault::NoTime);
        }
        // A text with an offset that was no moment above is no local time either.
        let has_zone = text.ends_with('Z') || text.contains(['[', '+']);
        if let (false, Ok(local)) = (has_zone, text.parse::<DateTime>()) {
            return Ok(local);
        }
        let Some((day, time)) = text.split_once(' ') else {
            return Err(match self.other_date(text.as_bytes()) {
                Ok(_) => Fault::NoTime,
                Err(Fault::AmbiguousDate) => Fault::AmbiguousDate,
                Err(_) => Fault::NotDateTime,
            });
        };
        let time: Time = clock(time).ok_or(Fault::NotDateTime)?;
        match self.other_date(day.as_bytes()) {
            Ok(day) => Ok(day.to_datetime(time)),
            Err(Fault::AmbiguousDate) => Err(Fault::AmbiguousDate),
            Err(_) => Err(Fault::NotDateTime),
        }
    }

    /// A time of day, which has no zone.
    pub(super) fn time(text: &[u8], out: &mut Vec<u8>) -> Verdict {
        let read = std::str::from_utf8(text).ok();
        let Some(time) = read.and_then(|text| clock(text.strip_suffix('Z').unwrap_or(text))) else {
            return Verdict::Bad(Fault::NotTime);
        };
        let written = time.strftime("%H:%M:%S.000Z").to_string();
        out.extend_from_slice(written.as_bytes());
        Verdict::Good
    }

    pub(super) fn suggestion(&self, fault: Fault) -> String {
        match fault {
            Fault::DateRange => {
                let (first, last) = value::days();
                format!("dates go from {first} to {last}")
            }
            Fault::AmbiguousDate => {
                "write 2026-02-28, or say the order of day and month (--dates)".to_owned()
            }
            Fault::NoTime | Fault::NotDateTime => "write 2026-02-28T14:30:00Z".to_owned(),
            Fault::NoZone => {
                "add Z or an offset such as +02:00, or name a zone (--zone)".to_owned()
            }
            Fault::NoSuchTime => "add an offset such as +02:00".to_owned(),
            _ => "write 2026-02-28".to_owned(),
        }
    }
}

fn in_range(day: Date) -> bool {
    let (first, last) = value::days();
    (first..=last).contains(&day)
}

/// The one moment of a local time; where clocks change there may be none, or two.
fn in_zone(local: DateTime, zone: &TimeZone) -> Result<Timestamp, Fault> {
    zone.to_ambiguous_timestamp(local)
        .unambiguous()
        .map_err(|_| Fault::NoSuchTime)
}

fn clock(text: &str) -> Option<Time> {
    let text = match text.find(':') {
        Some(1) => format!("0{text}"),
        _ => text.to_owned(),
    };
    text.parse().ok()
}

/// `2026-02-28`, exactly.
fn iso_date(text: &[u8]) -> Option<Date> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text else {
        return None;
    };
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0i16, |number, digit| {
            digit
                .is_ascii_digit()
                .then(|| number * 10 + i16::from(digit - b'0'))
        })
    };
    let year = number(&[y1, y2, y3, y4])?;
    let month = i8::try_from(number(&[m1, m2])?).ok()?;
    let day = i8::try_from(number(&[d1, d2])?).ok()?;
    Date::new(year, month, day).ok()
}

/// The day of a moment that the org takes as it is: `2026-02-28T14:30:00`, perhaps a
/// fraction, and `Z`, `+02:00` or `+0200`.
fn wire_form(text: &[u8]) -> Option<Date> {
    let (day, rest) = text.split_at_checked(10)?;
    let (clock, rest) = rest.split_at_checked(9)?;
    let &[b'T', h1, h2, b':', m1, m2, b':', s1, s2] = clock else {
        return None;
    };
    let two = |tens: u8, ones: u8| {
        (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| (tens - b'0') * 10 + ones - b'0')
    };
    let fits = two(h1, h2)? < 24 && two(m1, m2)? < 60 && two(s1, s2)? < 60;
    let rest = match rest {
        [b'.', fraction @ ..] => {
            let digits = fraction
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count();
            (digits == 3).then(|| fraction.get(digits..)).flatten()?
        }
        rest => rest,
    };
    let zone = match rest {
        b"Z" => true,
        &[b'+' | b'-', h1, h2, b':', m1, m2] | &[b'+' | b'-', h1, h2, m1, m2] => {
            two(h1, h2)? < 19 && two(m1, m2)? < 60
        }
        _ => false,
    };
    (fits && zone).then(|| iso_date(day)).flatten()
}

/// Three numbers between slashes, dots or dashes, the year last with four digits.
fn parts(text: &[u8]) -> Option<[u16; 3]> {
    let text = std::str::from_utf8(text).ok()?;
    let mark = text.chars().find(|c| matches!(c, '/' | '.' | '-'))?;
    let mut numbers = text.split(mark);
    let mut next = |most: usize, least: usize| {
        let digits = numbers.next()?;
        let fits = (least..=most).contains(&digits.len());
        let all = digits.bytes().all(|byte| byte.is_ascii_digit());
        (fits && all).then(|| digits.parse::<u16>().ok()).flatten()
    };
    let found = [next(2, 1)?, next(2, 1)?, next(4, 4)?];
    numbers.next().is_none().then_some(found)
}

//! Days, moments and ages in few words, as people say them.

use jiff::civil::Date;
use jiff::{Timestamp, Zoned};

/// `today`, `tomorrow`, `12 Nov`; another year is named.
pub fn day(day: Date, now: &Zoned) -> String {
    let today = now.date();
    if day == today {
        "today".to_owned()
    } else if today.tomorrow().ok() == Some(day) {
        "tomorrow".to_owned()
    } else {
        short_day(day, now)
    }
}

/// `12 Nov`; another year is named.
pub fn short_day(day: Date, now: &Zoned) -> String {
    let form = if day.year() == now.year() {
        "%-d %b"
    } else {
        "%-d %b %y"
    };
    day.strftime(form).to_string()
}

/// A moment as people read it: the time today, the day before that.
pub fn clock(moment: Timestamp, now: &Zoned) -> String {
    let then = moment.to_zoned(now.time_zone().clone());
    let format = if then.date() == now.date() {
        "%H:%M:%S"
    } else if then.year() == now.year() {
        "%-d %b %H:%M"
    } else {
        "%-d %b %Y"
    };
    then.strftime(format).to_string()
}

/// How long ago: `just now`, `8 s ago`, `3 min ago`.
pub fn ago(since: Timestamp, now: &Zoned) -> String {
    if now.timestamp().duration_since(since).as_secs() < 2 {
        "just now".to_owned()
    } else {
        format!("{} ago", age(since, now))
    }
}

/// A time span in its largest unit: `8 s`, `3 min`, `2 h`, `5 d`.
fn age(since: Timestamp, now: &Zoned) -> String {
    let seconds = now.timestamp().duration_since(since).as_secs().max(0);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..86_400 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Zoned {
        "2026-11-22T10:00:00[Europe/London]"
            .parse()
            .expect("a moment")
    }

    #[test]
    fn days_near_are_words_and_other_years_are_named() {
        let cases = [
            ("2026-11-22", "today"),
            ("2026-11-23", "tomorrow"),
            ("2026-11-12", "12 Nov"),
            ("2025-01-02", "2 Jan 25"),
        ];
        for (date, expected) in cases {
            assert_eq!(day(date.parse().expect("a day"), &now()), expected);
        }
    }

    #[test]
    fn an_age_has_one_unit_and_a_clock_set_back_is_just_now() {
        let now = now();
        let ago = |seconds: i64| {
            let then = now.timestamp() - jiff::SignedDuration::from_secs(seconds);
            super::ago(then, &now)
        };
        assert_eq!(
            [8, 59, 60, 7300, 200_000, -5].map(ago),
            [
                "8 s ago",
                "59 s ago",
                "1 min ago",
                "2 h ago",
                "2 d ago",
                "just now"
            ]
        );
    }
}

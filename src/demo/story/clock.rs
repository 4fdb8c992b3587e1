//! Days and moments around the story's today, in wire form.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

/// The story's today.
#[derive(Clone, Copy)]
pub(super) struct Clock {
    today: Date,
}

impl Clock {
    pub(super) fn new(today: Date) -> Self {
        Self { today }
    }

    /// The date so many days from today.
    pub(super) fn date(self, days: i64) -> Date {
        self.today.saturating_add(days.days())
    }

    /// `2026-11-22`.
    pub(super) fn day(self, days: i64) -> String {
        self.date(days).to_string()
    }

    /// `2026-11-22T09:30:00.000+0000`, so many minutes after midnight UTC.
    pub(super) fn moment(self, days: i64, minute: i64) -> String {
        let day = self.date(days);
        format!(
            "{day}T{:02}:{:02}:00.000+0000",
            minute / 60 % 24,
            minute % 60
        )
    }

    /// The nearest day from Monday to Friday away from today, so that past stays past
    /// and future future.
    pub(super) fn workday(self, days: i64) -> i64 {
        let step = if days < 0 { -1 } else { 1 };
        let free = |days| {
            let weekday = self.date(days).weekday();
            matches!(weekday, Weekday::Saturday | Weekday::Sunday)
        };
        [0, step, 2 * step]
            .into_iter()
            .map(|shift| days + shift)
            .find(|&days| !free(days))
            .unwrap_or(days)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workdays_move_away_from_today() {
        let clock = Clock::new(jiff::civil::date(2026, 11, 22)); // a Sunday
        for (days, day) in [
            (-1, "2026-11-20"),
            (-2, "2026-11-20"),
            (0, "2026-11-23"),
            (1, "2026-11-23"),
            (6, "2026-11-30"),
            (-7, "2026-11-13"),
        ] {
            assert_eq!(clock.day(clock.workday(days)), day, "{days}");
        }
    }

    #[test]
    fn moments_are_in_wire_form() {
        let clock = Clock::new(jiff::civil::date(2026, 3, 1));
        assert_eq!(clock.moment(-1, 9 * 60 + 5), "2026-02-28T09:05:00.000+0000");
    }
}

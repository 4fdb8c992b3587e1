//! Stored moments in the zone of the user, as SQL: SQLite knows no zones by name.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Changes of the clock looked back on, and ahead.
const BACK: usize = 60;
const AHEAD: usize = 12;

/// A stored date-time as local time `2026-11-22T10:00:00`.
pub(super) fn local(sql: &str, zone: &TimeZone, now: Timestamp) -> String {
    let moment = format!("substr({sql}, 1, 19)");
    let mut changes: Vec<_> = zone.following(now).take(AHEAD).collect();
    changes.reverse();
    changes.extend(zone.preceding(now).take(BACK));
    let first = changes.last().map_or_else(
        || zone.to_offset(now),
        |change| zone.to_offset(change.timestamp() - jiff::SignedDuration::from_secs(1)),
    );
    let cases: String = changes
        .iter()
        .map(|change| {
            format!(
                " WHEN {moment} >= '{}' THEN '{} seconds'",
                change.timestamp().strftime("%Y-%m-%dT%H:%M:%S"),
                change.offset().seconds()
            )
        })
        .collect();
    if cases.is_empty() {
        return format!("datetime({moment}, '{} seconds')", first.seconds());
    }
    format!(
        "datetime({moment}, CASE{cases} ELSE '{} seconds' END)",
        first.seconds()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summer_and_winter_have_their_own_hours() {
        let db = rusqlite::Connection::open_in_memory().unwrap();
        let now = "2026-11-22T10:00:00Z".parse().unwrap();
        for (zone, stored, expected) in [
            (
                "Europe/Berlin",
                "2026-07-01T22:30:00.000+0000",
                "2026-07-02 00:30:00",
            ),
            (
                "Europe/Berlin",
                "2026-12-31T22:30:00.000+0000",
                "2026-12-31 23:30:00",
            ),
            (
                "America/Los_Angeles",
                "2027-07-01T02:00:00.000+0000",
                "2027-06-30 19:00:00",
            ),
            ("UTC", "2026-07-01T22:30:00.000+0000", "2026-07-01 22:30:00"),
            (
                "Asia/Kolkata",
                "2026-07-01T22:30:00.000+0000",
                "2026-07-02 04:00:00",
            ),
        ] {
            let zone = TimeZone::get(zone).unwrap();
            let sql = format!("SELECT {}", local(&format!("'{stored}'"), &zone, now));
            let found: String = db.query_row(&sql, [], |row| row.get(0)).unwrap();
            assert_eq!(found, expected, "{stored}");
        }
    }
}

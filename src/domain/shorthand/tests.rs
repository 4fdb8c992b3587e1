use jiff::civil::{date as day, time as clock_time};

use super::*;

/// Sunday 22 November 2026, in a zone that changes its clocks.
fn now() -> Zoned {
    day(2026, 11, 22)
        .at(12, 4, 0, 0)
        .in_tz("Europe/London")
        .unwrap()
}

#[test]
fn short_dates() {
    let cases = [
        ("today", "2026-11-22"),
        ("Tomorrow", "2026-11-23"),
        ("yesterday", "2026-11-21"),
        ("fri", "2026-11-27"),
        ("thurs", "2026-11-26"),
        ("sunday", "2026-11-29"),
        ("+3d", "2026-11-25"),
        ("-1d", "2026-11-21"),
        ("+2w", "2026-12-06"),
        ("+3m", "2027-02-22"),
        ("+1y", "2027-11-22"),
        ("2026-02-28", "2026-02-28"),
        ("12 nov", "2026-11-12"),
        ("12 Nov 2027", "2027-11-12"),
        ("nov 12, 2027", "2027-11-12"),
        ("29 February 2028", "2028-02-29"),
        (" today ", "2026-11-22"),
    ];
    for (text, want) in cases {
        let got = date(text, now().date()).map(|date| date.to_string());
        assert_eq!(got.as_deref(), Some(want), "{text}");
    }
}

#[test]
fn a_month_later_stays_in_that_month() {
    assert_eq!(date("+1m", day(2026, 1, 31)), Some(day(2026, 2, 28)));
}

#[test]
fn dates_that_could_mean_two_things_are_refused() {
    let cases = [
        "03/04/2026",
        "31/02/2026",
        "31.12.2026",
        "2026-02-30",
        "26-11-22",
        "fr",
        "+d",
        "+3x",
        "3d",
        "",
        "+99999999999999999999d",
        "+10000y",
        "12 nov 26",
        "nov 2026",
        "12 13",
        "+é",
    ];
    for text in cases {
        assert_eq!(date(text, now().date()), None, "{text}");
    }
}

#[test]
fn short_times() {
    let cases = [
        ("14:30", clock_time(14, 30, 0, 0)),
        ("2pm", clock_time(14, 0, 0, 0)),
        ("2:05 PM", clock_time(14, 5, 0, 0)),
        ("12am", clock_time(0, 0, 0, 0)),
        ("12pm", clock_time(12, 0, 0, 0)),
        ("1430", clock_time(14, 30, 0, 0)),
        ("930", clock_time(9, 30, 0, 0)),
        ("9:05:07", clock_time(9, 5, 7, 0)),
    ];
    for (text, want) in cases {
        assert_eq!(time(text), Some(want), "{text}");
    }
    for text in [
        "24:00", "14", "13pm", "0am", "-1:30", "2460", "14:3x", "", "14:30:99",
    ] {
        assert_eq!(time(text), None, "{text}");
    }
}

#[test]
fn moments_are_read_in_the_users_zone() {
    let cases = [
        ("fri 14:30", "2026-11-27T14:30:00Z"),
        ("12 nov 2026 2 pm", "2026-11-12T14:00:00Z"),
        ("14:30", "2026-11-22T14:30:00Z"),
        ("now", "2026-11-22T12:04:00Z"),
        ("2026-07-01 09:14", "2026-07-01T08:14:00Z"),
        ("2026-07-01T09:14:05", "2026-07-01T08:14:05Z"),
        ("2026-07-01 09:14+02:00", "2026-07-01T07:14:00Z"),
        ("2026-05-01T07:25:37.000+0000", "2026-05-01T07:25:37Z"),
        // Clocks go back: the earlier of two 01:30s.
        ("2026-10-25 01:30", "2026-10-25T00:30:00Z"),
    ];
    for (text, want) in cases {
        let got = date_time(text, &now()).map(|moment| moment.to_string());
        assert_eq!(got.as_deref(), Ok(want), "{text}");
    }
}

#[test]
fn moments_that_cannot_be() {
    let cases = [
        ("2026-03-29 01:30", Misread::NoSuchTime),
        ("fri", Misread::NoTime),
        ("12 nov 2026", Misread::NoTime),
        ("03/04/2026 14:30", Misread::NotADateTime),
        ("fri 25:00", Misread::NotADateTime),
        ("", Misread::NotADateTime),
    ];
    for (text, want) in cases {
        assert_eq!(date_time(text, &now()), Err(want), "{text}");
    }
}

#[test]
fn short_amounts() {
    let cases = [
        ("20k", "20000"),
        ("1.5m", "1500000"),
        ("2bn", "2000000000"),
        ("1,200.50", "1200.50"),
        ("1 200", "1200"),
        ("-1,234,567", "-1234567"),
        ("0.005k", "5"),
    ];
    for (text, want) in cases {
        let got = decimal(text).map(|number| number.to_string());
        assert_eq!(got.as_deref(), Some(want), "{text}");
    }
    for text in [
        "1,5", "1,23,456", "1.234,56", "1234,567", ",123", "k", "1e5", "12 %", "5 apples",
    ] {
        assert_eq!(decimal(text), None, "{text}");
    }
}

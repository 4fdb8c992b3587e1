//! Tasks and events: what happened lately and what is to come.

use std::collections::HashMap;

use super::cast::{Cast, User};
use super::notes::{Words, legacy_note, note};
use super::random::Random;
use super::row::SeedRow;
use super::tables;

/// What a task is.
#[derive(Clone, Copy)]
enum Kind {
    /// A finished call and its seconds.
    Call(i64),
    /// A mail that was sent.
    Mail,
    /// Still to be done.
    ToDo(&'static str),
}

/// Whom and what an activity is about, and whose it is.
struct About {
    who: Option<String>,
    what: Option<String>,
    account: Option<String>,
    owner: User,
}

fn task(cast: &mut Cast, day: i64, (subject, text): Words, kind: Kind, about: &About) {
    let done = !matches!(kind, Kind::ToDo(_));
    let (subtype, priority) = match kind {
        Kind::Call(_) => ("Call", "Normal"),
        Kind::Mail => ("Email", "Normal"),
        Kind::ToDo(priority) => ("Task", priority),
    };
    let status = match (done, day) {
        (true, _) => "Completed",
        (false, ..0) => "In Progress",
        _ => "Not Started",
    };
    let mut row = SeedRow::new("Task", cast.next_id("Task", "00T"))
        .with("Subject", subject)
        .with("Description", (!text.is_empty()).then_some(text))
        .with("Status", status)
        .with("Priority", priority)
        .with("IsHighPriority", priority == "High")
        .with("IsClosed", done)
        .with("ActivityDate", cast.clock.day(day))
        .with("WhoId", about.who.clone())
        .with("WhatId", about.what.clone())
        .with("AccountId", about.account.clone())
        .with("OwnerId", about.owner.id())
        .with("TaskSubtype", subtype);
    if let Kind::Call(seconds) = kind {
        row = row
            .with("CallType", "Outbound")
            .with("CallDurationInSeconds", seconds)
            .with("Outcome__c", "Reached");
    }
    let written = cast
        .clock
        .moment(day.min(-1), 11 * 60 + day.rem_euclid(300));
    if done {
        row = row.with("CompletedDateTime", written.as_str());
    }
    cast.rows
        .push(row.stamped(&about.owner.id(), &written, &written));
}

fn event(cast: &mut Cast, day: i64, hour: i64, words: (&str, &str, &str), about: &About) {
    let (subject, location, text) = words;
    let start = cast.clock.moment(day, hour * 60);
    let row = SeedRow::new("Event", cast.next_id("Event", "00U"))
        .with("Subject", subject)
        .with("Location", location)
        .with("Description", (!text.is_empty()).then_some(text))
        .with("StartDateTime", start.as_str())
        .with("ActivityDateTime", start.as_str())
        .with("ActivityDate", cast.clock.day(day))
        .with("EndDateTime", cast.clock.moment(day, hour * 60 + 60))
        .with("EndDate", cast.clock.day(day))
        .with("DurationInMinutes", 60)
        .with("ShowAs", "Busy")
        .with("GroupEventType", "0")
        .with("EventSubtype", "Event")
        .with("WhoId", about.who.clone())
        .with("WhatId", about.what.clone())
        .with("AccountId", about.account.clone())
        .with("OwnerId", about.owner.id());
    let written = cast.clock.moment(day.min(0) - 5, 10 * 60);
    cast.rows
        .push(row.stamped(&about.owner.id(), &written, &written));
}

/// The renewal at Acme Holdings, seen from Lena Ortiz.
pub(super) fn lenas_story(cast: &mut Cast) {
    let lena = cast.contacts[0].id.clone();
    let deal = cast.deals[0].id.clone();
    let account = cast.accounts[0].id.clone();
    let about = About {
        who: Some(lena.clone()),
        what: Some(deal.clone()),
        account: Some(account.clone()),
        owner: User::Kim,
    };
    for (day, subject, text, kind) in LENAS_TASKS {
        task(cast, cast.clock.workday(day), (subject, text), kind, &about);
    }
    for (day, hour, subject, location, text) in LENAS_EVENTS {
        let day = cast.clock.workday(day);
        event(cast, day, hour, (subject, location, text), &about);
    }
    let places = [lena.clone(), deal, account];
    note(cast, -9, ("Pricing talk", PRICING_NOTE), User::Kim, &places);
    let text = "Ask for Lena at the desk on the 4th floor; bring a photo ID.";
    legacy_note(cast, -180, ("Office access", text), User::Kim, &lena);
}

const PRICING_NOTE: &str = "Lena accepts the list price for 80 seats.\n\
    She needs the three-year variant & a cap on the yearly increase (< 3 %).\n\
    The board meets at the end of next month.";

const LENAS_TASKS: [(i64, &str, &str, Kind); 6] = [
    (
        -45,
        "Call: requirements for the renewal",
        "80 instead of 65 seats, single sign-on, hosting in the EU.",
        Kind::Call(1260),
    ),
    (
        -12,
        "Email: proposal sent",
        "Proposal with the one-year and the three-year variant, valid for 30 days.",
        Kind::Mail,
    ),
    (
        -9,
        "Call: pricing talk",
        "List price is fine for 80 seats. Wants a cap on the yearly increase before she signs.",
        Kind::Call(1500),
    ),
    (
        -2,
        "Send revised quote",
        "With the cap of 3 % in writing.",
        Kind::ToDo("High"),
    ),
    (3, "Call back about the quote", "", Kind::ToDo("Normal")),
    (12, "Prepare the order form", "", Kind::ToDo("Low")),
];

const LENAS_EVENTS: [(i64, i64, &str, &str, &str); 3] = [
    (
        -62,
        14,
        "Quarterly review",
        "Video call",
        "Usage is up by a fifth. Two open wishes: audit report, export by site.",
    ),
    (
        -30,
        10,
        "Kick-off meeting",
        "10 Finsbury Square, London",
        "Goals for the renewal agreed with Lena and Piotr. Next: proposal in two variants.",
    ),
    (7, 13, "Contract review", "10 Finsbury Square, London", ""),
];

/// Calls, mails, to-dos and meetings with customers and leads.
pub(super) fn activities(cast: &mut Cast) {
    let mut random = Random::new(8);
    kims_day(cast, &mut random);
    for deal in 1..cast.deals.len() {
        let Some(about) = about_deal(cast, deal, &mut random) else {
            continue;
        };
        past(cast, &about, &mut random);
        if !cast.deals[deal].closed {
            to_come(cast, &about, &mut random);
        }
    }
    for lead in 0..cast.leads.len() {
        let (id, owner) = cast.leads[lead].clone();
        let about = About {
            who: Some(id),
            what: None,
            account: None,
            owner,
        };
        match lead % 3 {
            0 => past(cast, &about, &mut random),
            1 => to_come(cast, &about, &mut random),
            _ => {}
        }
    }
}

/// What Kim has to do today.
fn kims_day(cast: &mut Cast, random: &mut Random) {
    let open: Vec<usize> = (1..cast.deals.len())
        .filter(|&deal| cast.deals[deal].owner == User::Kim && !cast.deals[deal].closed)
        .collect();
    for (place, deal) in open.into_iter().take(4).enumerate() {
        let Some(about) = about_deal(cast, deal, random) else {
            continue;
        };
        match place {
            0 => event(cast, 0, 15, ("Product demo", "Video call", ""), &about),
            _ => {
                let subject = random.pick(&tables::list("todos"));
                task(cast, 0, (subject, ""), Kind::ToDo("Normal"), &about);
            }
        }
    }
}

fn about_deal(cast: &Cast, deal: usize, random: &mut Random) -> Option<About> {
    let deal = cast.deals.get(deal)?;
    let people: Vec<&str> = cast
        .contacts
        .iter()
        .filter(|contact| contact.account == deal.account && contact.id != cast.contacts[0].id)
        .map(|contact| contact.id.as_str())
        .collect();
    Some(About {
        who: Some(random.pick(&people).to_owned()),
        what: Some(deal.id.clone()),
        account: Some(cast.accounts[deal.account].id.clone()),
        owner: deal.owner,
    })
}

fn past(cast: &mut Cast, about: &About, random: &mut Random) {
    let day = cast.clock.workday(random.between(-100, -2));
    match random.below(4) {
        0 | 1 => {
            let seconds = random.between(2, 40) * 30;
            let words = random.pick(&tables::pairs("calls"));
            task(cast, day, words, Kind::Call(seconds), about);
        }
        2 => task(
            cast,
            day,
            random.pick(&tables::pairs("mails")),
            Kind::Mail,
            about,
        ),
        _ => {
            let (subject, place) = random.pick(&tables::pairs("meetings"));
            event(
                cast,
                day,
                random.between(8, 16),
                (subject, place, ""),
                about,
            );
        }
    }
}

fn to_come(cast: &mut Cast, about: &About, random: &mut Random) {
    let day = cast.clock.workday(random.between(-10, 40));
    if random.percent(30) {
        let (subject, place) = random.pick(&tables::pairs("meetings"));
        let day = cast.clock.workday(day.abs() + 1);
        event(
            cast,
            day,
            random.between(8, 16),
            (subject, place, ""),
            about,
        );
    } else {
        let priority = random.pick(&["Normal", "Normal", "High", "Low"]);
        let subject = random.pick(&tables::list("todos"));
        task(cast, day, (subject, ""), Kind::ToDo(priority), about);
    }
}

/// Fills `LastActivityDate`: the last day something was done with a record.
pub(super) fn last_activity_dates(cast: &mut Cast) {
    let today = cast.clock.day(0);
    let mut last: HashMap<String, String> = HashMap::new();
    for row in &cast.rows {
        let done = match row.object {
            "Task" => row.value("IsClosed").and_then(|value| value.as_bool()) == Some(true),
            "Event" => row.text("ActivityDate") <= Some(today.as_str()),
            _ => false,
        };
        let day = row.text("ActivityDate").unwrap_or_default();
        for field in ["WhoId", "WhatId", "AccountId"] {
            if let (true, Some(id)) = (done, row.text(field)) {
                let latest = last.entry(id.to_owned()).or_default();
                if latest.as_str() < day {
                    *latest = day.to_owned();
                }
            }
        }
    }
    for row in &mut cast.rows {
        if let Some(day) = last.remove(row.id()) {
            row.set("LastActivityDate", day);
        }
    }
}

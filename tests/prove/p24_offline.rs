//! P24: to be offline is a normal state: what is written then goes once, in order, parents
//! before children.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::Value;
use sfw_tui::domain::write::{Write, WriteStep};
use sfw_tui::job::{Job, Source};
use sfw_tui::worker::Ways;

use crate::fuzz::Random;
use crate::line::{Carried, Fate};
use crate::proof::{Cost, Promise, Tier};
use crate::rig::{Place, create};

/// What this file proves.
pub const PROMISES: &[Promise] = &[Promise {
    name: "p24_offline_is_a_normal_state",
    says: "offline writes go once, children after parents",
    proof,
}];

/// Children of each parent.
const CHILDREN: u64 = 3;

fn proof(tier: Tier) -> Cost {
    let families = tier.of(10, 250);
    let place = Place::in_memory();
    let seat = place.seat("offline", Ways::default());
    seat.run(Job::Connect(Source::Org));
    let mut random = Random::new(24);
    // Up and down for seconds at a time; between, single requests and answers are lost.
    let clock = std::sync::Arc::clone(&place.clock);
    let (mut turns, mut is_up) = (Duration::ZERO, true);
    let faults = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
    let counts = std::sync::Arc::clone(&faults);
    place.line.rule(move |heard| {
        if clock.passed() > turns {
            is_up = !is_up;
            turns = clock.passed() + Duration::from_secs(5 + random.below(60) as u64);
        }
        let cut = if is_up {
            random.below(12)
        } else {
            random.below(3)
        };
        let fate = match (cut, heard.writes()) {
            (0, _) => Fate::Stopped,
            (1, true) => Fate::Lost,
            _ if !is_up => Fate::Stopped,
            _ => Fate::Pass,
        };
        let broken = u64::from(!matches!(fate, Fate::Pass));
        counts.fetch_add(broken, std::sync::atomic::Ordering::SeqCst);
        fate
    });
    let mut queued = 0;
    for family in 0..families {
        let parent = seat.op(Job::write(create("Account", &format!("off{family}p"))));
        let parent = parent.unwrap_or_else(|failure| panic!("{failure:?}"));
        queued += 1;
        for child in 0..CHILDREN {
            let mut write = create("Contact", &format!("off{family}c{child}x"));
            if let Some(WriteStep::Create { fields, .. }) = write.steps.first_mut() {
                fields.insert("AccountId".to_owned(), Write::made_by(parent.id, 0));
            }
            let kept = seat.op(Job::write(write));
            assert!(kept.is_ok(), "{kept:?}");
            queued += 1;
        }
        place.clock.skip(Duration::from_secs(1));
    }
    seat.settle(Duration::from_secs(10), || place.line.tick());
    let carried = place.line.carried();
    let mut cost = counted(&place, families);
    cost.doubled += children_before_parents(&carried);
    cost.faults = faults.load(std::sync::atomic::Ordering::SeqCst);
    cost.noted(format!("{queued} writes over a flapping link"))
}

fn counted(place: &Place, families: u64) -> Cost {
    let mut cost = Cost::default();
    let parents = place.rows("SELECT Id, Name FROM Account WHERE Name LIKE 'off%p'");
    let children =
        place.rows("SELECT LastName, Account.Name FROM Contact WHERE LastName LIKE 'off%x'");
    let expected = |count: u64, rows: &[Value], cost: &mut Cost| {
        cost.lost += count.saturating_sub(rows.len() as u64);
        cost.doubled += (rows.len() as u64).saturating_sub(count);
    };
    expected(families, &parents, &mut cost);
    expected(families * CHILDREN, &children, &mut cost);
    for child in children {
        let name = child["LastName"].as_str().expect("a name");
        let parent = name.split_once('c').expect("a child").0;
        let held = child["Account"]["Name"].as_str();
        cost.lost += u64::from(held != Some(&format!("{parent}p")));
    }
    cost
}

/// Children that the org got before it had answered for their parent.
fn children_before_parents(carried: &[Carried]) -> u64 {
    let mut made: HashMap<String, String> = HashMap::new();
    let mut early = 0;
    for request in carried.iter().filter(|request| request.heard.writes()) {
        let body: Value = serde_json::from_str(&request.heard.body).unwrap_or_default();
        let Some((_, reply)) = &request.reply else {
            continue;
        };
        let reply: Value = serde_json::from_str(reply).unwrap_or_default();
        if let Some(name) = body["Name"].as_str()
            && let Some(id) = reply["id"].as_str()
        {
            made.insert(id.to_owned(), name.to_owned());
        }
        if let Some(parent) = body["AccountId"].as_str() {
            early += u64::from(!made.contains_key(parent));
        }
    }
    early
}

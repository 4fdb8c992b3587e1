//! P3: an unknown outcome is shown, explained and resolvable; where several records could
//! be it, nobody chooses silently.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use sfw_tui::domain::id::RecordId;
use sfw_tui::domain::write::{Op, OpState, Plan};
use sfw_tui::job::Job;
use sfw_tui::worker::Ways;

use crate::fuzz::Random;
use crate::line::Fate;
use crate::proof::{Cost, Promise, Tier};
use crate::rig::{Place, Seat, create};

/// What this file proves.
pub const PROMISES: &[Promise] = &[Promise {
    name: "p03_an_unknown_outcome_is_never_chosen_silently",
    says: "an unknown outcome is shown, never chosen silently",
    proof,
}];

/// What becomes of the one request.
const ENDS: [Sending; 5] = [
    Sending::Lost,
    Sending::Stopped,
    Sending::Late(20),
    Sending::Late(140),
    Sending::Late(540),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sending {
    Lost,
    Stopped,
    /// Carried out so many seconds after the line broke.
    Late(u64),
}

/// Records of others, made with the same login: the seconds from the sending.
const TWINS: [&[i64]; 7] = [&[], &[], &[-30], &[12], &[60], &[300], &[12, 300]];

/// What one case came to.
#[derive(Debug, Default)]
struct Count {
    found: u64,
    asked: u64,
    again: u64,
    twin: u64,
    silent: u64,
}

struct Case {
    object: &'static str,
    name: String,
    sending: Sending,
    twins: &'static [i64],
    /// The twins differ in one telling field.
    unlike: bool,
}

fn proof(tier: Tier) -> Cost {
    let count = tier.of(40, 500);
    let place = Place::new();
    let markers = [("Event".to_owned(), "Location".to_owned())].into();
    let ways = Ways {
        markers,
        ..Ways::default()
    };
    let seat = place.seat("unknown", ways);
    let mut random = Random::new(3);
    let mut sum = Count::default();
    for number in 0..count {
        let case = Case {
            object: random.one(&["Task", "Event", "Case"]),
            name: format!("unk{number}x"),
            sending: ENDS[random.below(ENDS.len())],
            twins: TWINS[random.below(TWINS.len())],
            unlike: random.below(4) == 0,
        };
        meet(&place, &seat, &case, &mut sum);
        place.clock.rewind();
    }
    Cost {
        faults: count,
        doubled: sum.silent,
        ..Cost::default()
    }
    .noted(format!(
        "{} found by evidence, {} left to the user, {} sent again once proven absent, \
         {} took the only record that says the same, {} silent choices",
        sum.found, sum.asked, sum.again, sum.twin, sum.silent
    ))
}

fn meet(place: &Place, seat: &Seat, case: &Case, sum: &mut Count) {
    let mut twins = Vec::new();
    for at in case.twins.iter().filter(|at| **at < 0) {
        twins.push(twin(place, case));
        place.clock.skip(Duration::from_secs(at.unsigned_abs()));
    }
    let sendings = Arc::new(Mutex::new(0_u32));
    let (counts, sending) = (Arc::clone(&sendings), case.sending);
    place.line.carried();
    place.line.rule(move |heard| {
        if !heard.writes() {
            return Fate::Pass;
        }
        let mut count = counts.lock().expect("the count");
        *count += 1;
        match (*count, sending) {
            (1, Sending::Lost) => Fate::Lost,
            (1, Sending::Stopped) => Fate::Stopped,
            (1, Sending::Late(wait)) => Fate::Late(Duration::from_secs(wait)),
            _ => Fate::Pass,
        }
    });
    let sent_at = place.clock.passed();
    let op = seat.op(Job::write(create(case.object, &case.name)));
    let op = op.unwrap_or_else(|failure| panic!("{failure:?}"));
    assert_eq!(op.state, OpState::Unknown, "{}", case.name);
    assert!(op.failure.is_some() && op.plan().is_some(), "{op:?}");
    let mut later: Vec<i64> = case.twins.iter().copied().filter(|at| *at > 0).collect();
    for _ in 0..200 {
        seat.send_due();
        place.line.tick();
        let passed = (place.clock.passed() - sent_at).as_secs().cast_signed();
        let due: Vec<i64> = later.extract_if(.., |at| *at <= passed).collect();
        twins.extend(due.iter().map(|_| twin(place, case)));
        // Long enough that whatever is late has come.
        if passed > 700 && seat.pending().iter().all(|other| other.id != op.id) {
            break;
        }
        place.clock.skip(Duration::from_secs(4));
    }
    let op = seat.outbox().load(op.id).expect("the write");
    let made = made_by_us(place);
    let sendings = *sendings.lock().expect("the count");
    judge(case, (&op, sendings), (&made, &twins), sum);
    if op.plan() == Some(Plan::Ask) {
        resolve(seat, &op, made.first().or(twins.first()));
    }
}

/// The same said by somebody else with the same login.
fn twin(place: &Place, case: &Case) -> String {
    let step = create(case.object, &case.name).steps.remove(0);
    let sfw_tui::domain::write::WriteStep::Create { mut fields, .. } = step else {
        unreachable!("a new record");
    };
    if case.unlike {
        fields.insert("Subject".to_owned(), json!(format!("{} II", case.name)));
    }
    place.make(case.object, &Value::Object(fields))
}

/// What our own requests made, as the org told the line.
fn made_by_us(place: &Place) -> Vec<String> {
    let carried = place.line.carried().into_iter();
    carried
        .filter(|carried| carried.heard.writes())
        .filter_map(|carried| {
            let (status, body) = carried.reply?;
            let body: Value = serde_json::from_str(&body).ok()?;
            let id = body["id"].as_str()?.to_owned();
            (status < 300).then_some(id)
        })
        .collect()
}

fn judge(
    case: &Case,
    (op, sendings): (&Op, u32),
    (made, twins): (&[String], &[String]),
    sum: &mut Count,
) {
    let id = op.ids.first().map(ToString::to_string);
    let told = format!(
        "{} {:?} {:?} unlike {}: {:?} {id:?}, ours {made:?}, twins {twins:?}, looks {:?}",
        case.object, case.sending, case.twins, case.unlike, op.state, op.delivery.looks
    );
    if made.len() > 1 {
        eprintln!("sent again blindly: {told}");
        sum.silent += 1;
    }
    match (op.state, id) {
        (OpState::Done, Some(id)) if made.contains(&id) => {
            sum.found += u64::from(sendings == 1);
            sum.again += u64::from(sendings > 1);
        }
        // What we sent never came, and one record says the same: that is what was wanted.
        (OpState::Done, Some(id)) if twins.contains(&id) && made.is_empty() => {
            assert!(!case.unlike, "{told}");
            let seen = op.delivery.looks.last().map_or(0, |look| look.hits.len());
            sum.twin += 1;
            if seen != 1 {
                eprintln!("chosen among {seen}: {told}");
                sum.silent += 1;
            }
        }
        (OpState::Unknown, _) if op.plan() == Some(Plan::Ask) => {
            let shown = op.delivery.looks.last().map_or(0, |look| look.hits.len());
            assert!(shown > 1, "{told}");
            sum.asked += 1;
        }
        _ => {
            eprintln!("chosen silently: {told}");
            sum.silent += 1;
        }
    }
}

/// The user says which record it is.
fn resolve(seat: &Seat, op: &Op, which: Option<&String>) {
    let id: RecordId = which.expect("a record").parse().expect("its id");
    let linked = seat.op(Job::Link {
        op: op.id,
        ids: vec![id],
    });
    let linked = linked.unwrap_or_else(|failure| panic!("{failure:?}"));
    assert_eq!((linked.state, linked.ids), (OpState::Done, vec![id]));
}

//! P22: undo undoes, or says no: random writes, undos and redos against a model.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sfw_tui::domain::id::RecordId;
use sfw_tui::domain::write::{Op, OpId, OpState, Write, WriteStep};
use sfw_tui::job::Job;
use sfw_tui::worker::Ways;

use crate::fuzz::Random;
use crate::proof::{Cost, Promise, Tier};
use crate::rig::{Place, Seat, create, update};

/// What this file proves.
pub const PROMISES: &[Promise] = &[Promise {
    name: "p22_undo_undoes_or_says_no",
    says: "undo undoes or says no",
    proof,
}];

const FIELDS: [&str; 3] = ["Title", "Department", "AssistantName"];
/// Moves of one sequence.
const MOVES: usize = 8;

type Values = BTreeMap<&'static str, Value>;

/// What the org should hold, and what each write did.
struct Model {
    /// `None` where it is deleted.
    records: BTreeMap<RecordId, Option<Values>>,
    /// In the order they were made.
    done: Vec<Deed>,
    /// Writes that are taken back already.
    taken: Vec<OpId>,
}

#[derive(Debug, Clone)]
struct Deed {
    op: OpId,
    id: RecordId,
    what: What,
    /// The record as it was right after it.
    after: Option<Values>,
}

#[derive(Debug, Clone)]
enum What {
    Made,
    Changed {
        before: Values,
    },
    Deleted {
        before: Values,
    },
    /// Back from the recycle bin.
    Restored,
}

fn proof(tier: Tier) -> Cost {
    let sequences = tier.of(12, 5_000);
    let place = Place::in_memory();
    let mut random = Random::new(22);
    let (mut cost, mut undone, mut refused) = (Cost::default(), 0, 0);
    let mut seat = place.seat("undo", Ways::default());
    for sequence in 0..sequences {
        if sequence % 100 == 99 {
            // Undo looks through the outbox, which nobody fills so.
            seat = place.seat(&format!("undo{sequence}"), Ways::default());
        }
        let mut model = Model {
            records: BTreeMap::new(),
            done: Vec::new(),
            taken: Vec::new(),
        };
        made(&seat, &mut model, sequence);
        for step in 0..MOVES {
            match random.below(10) {
                0 => made(&seat, &mut model, sequence),
                1..=3 => changed(&seat, &mut model, (&mut random, step)),
                4 => deleted(&seat, &mut model, &mut random),
                5 => outsider(&place, &mut model, &mut random),
                _ => match take_back(&seat, &mut model, &mut random) {
                    Some(true) => undone += 1,
                    Some(false) => refused += 1,
                    None => {}
                },
            }
        }
        cost.faults += 1;
        cost.lost += wrong(&place, &model);
    }
    assert!(
        undone > 0 && refused > 0,
        "{undone} undone, {refused} refused"
    );
    cost.noted(format!(
        "{undone} taken back or redone, {refused} refused with a reason"
    ))
}

fn sent(seat: &Seat, job: Job) -> Op {
    let op = seat.op(job).unwrap_or_else(|failure| panic!("{failure:?}"));
    assert_eq!(op.state, OpState::Done, "{op:?}");
    op
}

fn made(seat: &Seat, model: &mut Model, sequence: u64) {
    let name = format!("undo{sequence}x{}", model.done.len());
    let op = sent(seat, Job::write(create("Contact", &name)));
    let id = op.ids[0];
    let values: Values = FIELDS.iter().map(|field| (*field, Value::Null)).collect();
    model.did(&op, id, What::Made, Some(values));
}

fn living(model: &Model, random: &mut Random) -> Option<(RecordId, Values)> {
    let living = model.records.iter();
    let living: Vec<_> = living
        .filter_map(|(id, values)| Some((*id, values.clone()?)))
        .collect();
    living.get(random.below(living.len())).cloned()
}

fn changed(seat: &Seat, model: &mut Model, (random, step): (&mut Random, usize)) {
    let Some((id, before)) = living(model, random) else {
        return;
    };
    let field = FIELDS[random.below(FIELDS.len())];
    let value = match random.below(4) {
        0 => Value::Null,
        _ => json!(format!("v{step}")),
    };
    let op = sent(
        seat,
        Job::write(update("Contact", id.as_str(), (field, &value))),
    );
    let mut values = before.clone();
    values.insert(field, value);
    let changed = BTreeMap::from([(field, before[field].clone())]);
    model.did(&op, id, What::Changed { before: changed }, Some(values));
}

fn deleted(seat: &Seat, model: &mut Model, random: &mut Random) {
    let Some((id, before)) = living(model, random) else {
        return;
    };
    let object = "Contact".to_owned();
    let write = Write {
        summary: "delete".to_owned(),
        steps: vec![WriteStep::Delete { object, id }],
        allow_duplicates: true,
    };
    let op = sent(seat, Job::write(write));
    model.did(&op, id, What::Deleted { before }, None);
}

/// Somebody else changes a record: what was done to it before cannot be taken back.
fn outsider(place: &Place, model: &mut Model, random: &mut Random) {
    let Some((id, mut values)) = living(model, random) else {
        return;
    };
    let field = FIELDS[random.below(FIELDS.len())];
    let value = json!(format!("other {}", random.below(1_000_000)));
    let path = format!("/services/data/v66.0/sobjects/Contact/{id}");
    let (status, body) = place.other("PATCH", &path, Some(&json!({field: value})));
    assert_eq!(status, 204, "{body}");
    values.insert(field, value);
    model.records.insert(id, Some(values));
}

/// Takes back any write done before; `Some(false)` where that was rightly refused.
fn take_back(seat: &Seat, model: &mut Model, random: &mut Random) -> Option<bool> {
    if model.done.is_empty() {
        return None;
    }
    let deed = model.done[random.below(model.done.len())].clone();
    let now = model.records.get(&deed.id).cloned().flatten();
    let back = match &deed.what {
        What::Made | What::Restored => None,
        What::Changed { before } => now.clone().map(|mut values| {
            values.extend(before.clone());
            values
        }),
        What::Deleted { before } => Some(before.clone()),
    };
    let may = match &deed.what {
        // Its fields are as the write left them, and it is there.
        What::Changed { before } => deed
            .after
            .as_ref()
            .zip(now.as_ref())
            .is_some_and(|(after, now)| before.keys().all(|field| after[field] == now[field])),
        What::Made | What::Restored => now.is_some(),
        What::Deleted { .. } => now.is_none(),
    };
    let is_taken = model.taken.contains(&deed.op);
    match seat.op(Job::Undo(deed.op)) {
        Ok(op) if op.state == OpState::Done => {
            assert!(
                may && !is_taken,
                "taken back though it has moved on: {deed:?} {now:?}"
            );
            model.taken.push(deed.op);
            let what = match deed.what {
                What::Made | What::Restored => What::Deleted {
                    before: now.unwrap_or_default(),
                },
                What::Changed { before } => {
                    let held = now.unwrap_or_default();
                    let before = before.keys().map(|field| (*field, held[field].clone()));
                    What::Changed {
                        before: before.collect(),
                    }
                }
                What::Deleted { .. } => What::Restored,
            };
            model.did(&op, deed.id, what, back);
            Some(true)
        }
        Ok(op) => {
            assert_eq!(op.state, OpState::Failed, "{op:?}");
            assert!(op.failure.is_some(), "{op:?}");
            seat.run(Job::Cancel(op.id));
            Some(false)
        }
        Err(failure) => {
            assert_eq!(failure.code, "UNDO_REFUSED", "{failure:?}");
            assert!(!failure.message.is_empty());
            Some(false)
        }
    }
}

impl Model {
    fn did(&mut self, op: &Op, id: RecordId, what: What, after: Option<Values>) {
        self.records.insert(id, after.clone());
        let op = op.id;
        self.done.push(Deed {
            op,
            id,
            what,
            after,
        });
    }
}

/// Records of which the org holds something else than the model.
fn wrong(place: &Place, model: &Model) -> u64 {
    let mut wrong = 0;
    for (id, expected) in &model.records {
        let fields = FIELDS.join(", ");
        let rows = place.rows(&format!("SELECT {fields} FROM Contact WHERE Id = '{id}'"));
        let held = rows.first().map(|row| {
            let values = FIELDS.iter().map(|field| (*field, row[field].clone()));
            values.collect::<Values>()
        });
        if held != *expected {
            eprintln!("{id} holds {held:?}, not {expected:?}: {:#?}", model.done);
            wrong += 1;
        }
    }
    wrong
}

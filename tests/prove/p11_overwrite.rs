//! P11: nobody's change is overwritten silently: two editors and an automation at one
//! record. The org's condition counts whole seconds, so what can slip through within one
//! second is measured and told.

use serde_json::{Value, json};
use sfw_tui::domain::failure::FailureKind;
use sfw_tui::domain::write::{OpState, WriteStep};
use sfw_tui::job::{Job, Reply, Source};
use sfw_tui::worker::Ways;

use crate::fuzz::Random;
use crate::proof::{Cost, Promise, Tier};
use crate::rig::{Place, Seat, update};

/// What this file proves.
pub const PROMISES: &[Promise] = &[Promise {
    name: "p11_nobody_is_overwritten_silently",
    says: "no silent overwrite by two editors and automation",
    proof,
}];

/// Fields that everybody writes to.
const FIELDS: [&str; 3] = ["Title", "Department", "AssistantName"];
/// Times of the proof begin here, an hour of the past.
const START: i64 = 1_780_000_000_000;

/// The record, and its times moved to where the proof wants them.
struct Table<'a> {
    place: &'a Place,
    id: String,
    sql: rusqlite::Connection,
    /// Milliseconds.
    now: i64,
    /// Every change: its number, who made it and the fields.
    changes: Vec<(usize, Vec<&'static str>)>,
}

/// One who reads the record, and writes later.
struct Editor {
    seat: Seat,
    number: usize,
    read: Option<Reading>,
}

struct Reading {
    base: String,
    /// Changes there were.
    seen: usize,
    at: i64,
}

#[derive(Default)]
struct Count {
    writes: u64,
    conflicts: u64,
    silent: u64,
    /// Writes after somebody else's that came less than a second after the reading.
    close: u64,
    slipped: u64,
}

fn proof(tier: Tier) -> Cost {
    let rounds = tier.of(30, 10_000);
    let place = Place::in_memory();
    let id = place.make("Contact", &json!({"LastName": "Two editors"}));
    let sql = place.dir.path().join("org/demo-org.sqlite3");
    let sql = rusqlite::Connection::open(sql).expect("the org's file");
    sql.busy_timeout(std::time::Duration::from_secs(5))
        .expect("a patient connection");
    let mut table = Table {
        place: &place,
        id,
        sql,
        now: START,
        changes: Vec::new(),
    };
    let mut editors = [0, 1].map(|number| Editor {
        seat: place.seat(&format!("editor{number}"), Ways::default()),
        number,
        read: None,
    });
    let mut random = Random::new(11);
    let (mut apart, mut within) = (Count::default(), Count::default());
    for _ in 0..rounds {
        interleave(&mut table, &mut editors, (&mut random, 2_000), &mut apart);
    }
    for _ in 0..rounds.div_ceil(5) {
        interleave(&mut table, &mut editors, (&mut random, 0), &mut within);
    }
    assert!(apart.conflicts > 0, "nobody met anybody");
    let rate = within.slipped * 100 / within.close.max(1);
    Cost {
        faults: rounds,
        doubled: apart.silent,
        ..Cost::default()
    }
    .noted(format!(
        "{} writes and {} conflicts told where changes are 2 s apart; within one second \
         {} of {} slip through ({rate} %)",
        apart.writes, apart.conflicts, within.slipped, within.close
    ))
}

/// Six moves of three parties at one record, each so many milliseconds or more after the
/// one before.
fn interleave(
    table: &mut Table<'_>,
    editors: &mut [Editor; 2],
    (random, gap): (&mut Random, i64),
    count: &mut Count,
) {
    for editor in editors.iter_mut() {
        editor.read = None;
    }
    table.now += 60_000 - table.now % 1_000;
    table.changes.clear();
    for _ in 0..6 {
        let spread = if gap == 0 { 300 } else { 5_000 };
        table.now += gap + i64::try_from(random.below(spread)).expect("a small number");
        match random.below(5) {
            0 => automation(table, random),
            who => {
                let editor = &mut editors[who % 2];
                match editor.read.take() {
                    None => editor.open(table),
                    Some(reading) => editor.save(table, &reading, (random, gap), count),
                }
            }
        }
    }
}

fn automation(table: &mut Table<'_>, random: &mut Random) {
    let field = FIELDS[random.below(FIELDS.len())];
    let path = format!("/services/data/v66.0/sobjects/Contact/{}", table.id);
    let value = json!({field: format!("automation {}", table.now)});
    let (status, body) = table.place.other("PATCH", &path, Some(&value));
    assert_eq!(status, 204, "{body}");
    table.changed(9, vec![field]);
}

impl Table<'_> {
    /// A change was made; it is dated where the proof is.
    fn changed(&mut self, who: usize, fields: Vec<&'static str>) {
        self.changes.push((who, fields));
        self.date();
    }

    /// The org keeps whole seconds.
    fn date(&self) {
        let at = jiff::Timestamp::from_second(self.now / 1_000).expect("a time");
        let at = at.strftime("%Y-%m-%dT%H:%M:%S.000+0000").to_string();
        let sql = "UPDATE Contact SET LastModifiedDate = ?1, SystemModstamp = ?1 WHERE Id = ?2";
        let rows = self.sql.execute(sql, [&at, &self.id]);
        assert_eq!(rows.ok(), Some(1), "the record is dated");
    }
}

impl Editor {
    fn open(&mut self, table: &Table<'_>) {
        let id = table.id.parse().expect("an id");
        let source = Source::Org;
        let Reply::Opened(page) = self.seat.last(Job::Open { id, source }) else {
            panic!("the record opens");
        };
        let base = page.record.text("LastModifiedDate").expect("its moment");
        self.read = Some(Reading {
            base: base.to_owned(),
            seen: table.changes.len(),
            at: table.now,
        });
    }

    fn save(
        &self,
        table: &mut Table<'_>,
        reading: &Reading,
        (random, gap): (&mut Random, i64),
        count: &mut Count,
    ) {
        let field = FIELDS[random.below(FIELDS.len())];
        let value: Value = json!(format!("editor {} {}", self.number, table.now));
        let mut write = update("Contact", &table.id, (field, &value));
        if let Some(WriteStep::Update { base_modified, .. }) = write.steps.first_mut() {
            *base_modified = Some(reading.base.clone());
        }
        let op = self.seat.op(Job::write(write));
        let op = op.unwrap_or_else(|failure| panic!("{failure:?}"));
        count.writes += 1;
        let moved_on = table.changes.len() > reading.seen;
        let is_close = moved_on && table.now / 1_000 - reading.at / 1_000 <= 1;
        count.close += u64::from(gap == 0 && is_close);
        match op.state {
            OpState::Done => {
                count.silent += u64::from(moved_on);
                count.slipped += u64::from(is_close);
                table.changed(self.number, vec![field]);
            }
            OpState::Failed => {
                let failure = op.failure.as_ref().expect("a reason");
                assert_eq!(failure.kind, FailureKind::Conflict, "{failure:?}");
                assert!(moved_on, "a conflict with nobody: {op:?}");
                assert!(op.delivery.theirs.is_some(), "theirs is shown: {op:?}");
                count.conflicts += 1;
                // Given up: it must not hold what comes after it.
                self.seat.run(Job::Cancel(op.id));
            }
            other => panic!("{other:?}: {op:?}"),
        }
    }
}

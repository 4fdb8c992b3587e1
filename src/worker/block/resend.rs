//! Rows of an error store once more, and no others: those the user chose, and those a run
//! met a lock with.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::domain::block::refused::{Refused, RefusedId, RefusedState, Resent, Selection, Unknown};
use crate::domain::block::run::RunNumber;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::record::Fields;
use crate::domain::write::{Fate, fate_of};
use crate::failpoint;
use crate::job::Reply;
use crate::sf::collection::MOST_ROWS;
use crate::store::block::{Kept, Outcome, Runs};
use crate::worker::asked::Asked;
use crate::worker::engine::Engine;

use super::cells;
use super::drive::{Drive, Halt};
use super::send::{self, Desk, Plan, Sending};

/// Rows of a request by how often they met a lock: in the end each goes alone, so that
/// nothing of ours holds the record it needs.
const LOCKED: [usize; 5] = [200, 50, 10, 1, 1];
/// Sendings of the same rows while no answer comes.
const MOST_SENDINGS: u32 = 3;
/// Rows read from the store at a time.
const PAGE: u32 = 1_000;

/// `RefusedJob::Edit`.
pub(super) fn edit(
    runs: &Runs,
    edits: &[(RefusedId, Vec<(String, String)>)],
) -> Result<Resent, Failure> {
    let mut told = Resent::default();
    for (id, changes) in edits {
        let selection = Selection {
            ids: vec![*id],
            ..Selection::default()
        };
        let page = runs.refused_page(&selection, RefusedId(0), 1)?;
        let Some(row) = page.rows.into_iter().next() else {
            return Err(Failure::input(&format!(
                "no error store has a row {}",
                id.0
            )));
        };
        let mut cells = row.cells;
        for (column, text) in changes {
            cells.retain(|(name, _)| name != column);
            if !text.is_empty() {
                cells.push((column.clone(), text.clone()));
            }
        }
        told.ok += u64::from(runs.edit_refused(*id, &cells)?);
    }
    told.left = edits.len() as u64 - told.ok;
    Ok(told)
}

/// `RefusedJob::Resend`.
pub(super) async fn run(
    engine: &Engine,
    asked: &Asked<'_>,
    runs: &Rc<Runs>,
    (selection, unknown): (&Selection, Unknown),
) -> Result<Reply, Failure> {
    let mut told = Resent::default();
    let mut behind = RefusedId(0);
    loop {
        let page = runs.refused_page(selection, behind, PAGE)?;
        let Some(last) = page.rows.last() else {
            break;
        };
        behind = last.id;
        let mut by_run: BTreeMap<RunNumber, Vec<Refused>> = BTreeMap::new();
        for row in page.rows {
            let is_ours = row.connection == engine.connection;
            match is_ours && row.state != RefusedState::Sending {
                true => by_run.entry(row.run).or_default().push(row),
                false => told.left += 1,
            }
        }
        for (number, rows) in by_run {
            let _right = runs.take(number)?;
            let kept = runs.load(number)?;
            adopt_orphans(runs, &kept)?;
            let desk = Desk::of(engine, asked, &kept.run).await?;
            let (rows, held) = split(&kept, rows, unknown);
            told.left += held;
            for chunk in rows.chunks(MOST_ROWS) {
                again(&desk, runs, (&kept, chunk), &mut told).await?;
                asked.say(Reply::Resent(told));
            }
            runs.add_calls(number, desk.taken_calls())?;
        }
    }
    Ok(Reply::Resent(told))
}

/// Rows that may go, and how many stay because they may have been written.
fn split(kept: &Kept, rows: Vec<Refused>, unknown: Unknown) -> (Vec<Refused>, u64) {
    let harmless = plan(kept).is_harmless();
    let all = rows.len();
    let may_go =
        |row: &Refused| row.state != RefusedState::Unknown || harmless || unknown == Unknown::Go;
    let rows: Vec<Refused> = rows.into_iter().filter(may_go).collect();
    let held = (all - rows.len()) as u64;
    (rows, held)
}

fn plan(kept: &Kept) -> Plan<'_> {
    Plan {
        block: &kept.prepared.block,
        columns: &kept.prepared.columns,
    }
}

/// Sends rows once more and puts on disk what became of them. Fails where nothing left;
/// the rows are as they were then.
async fn again(
    desk: &Desk<'_>,
    runs: &Runs,
    (kept, rows): (&Kept, &[Refused]),
    told: &mut Resent,
) -> Result<(), Failure> {
    runs.resending(rows)?;
    failpoint::reached("bulk/resending");
    let sent = send_all(desk, kept, rows).await;
    let outcomes: Vec<(Refused, Outcome)> = match &sent {
        Ok(outcomes) => rows.iter().cloned().zip(outcomes.iter().cloned()).collect(),
        Err(_) => rows
            .iter()
            .map(|row| (row.clone(), as_before(row)))
            .collect(),
    };
    runs.resent(&outcomes)?;
    failpoint::reached("bulk/resent");
    sent?;
    for (_, outcome) in &outcomes {
        told.sent += 1;
        match outcome {
            Outcome::Written { .. } => told.ok += 1,
            Outcome::Stays(RefusedState::Unknown, _) => told.unknown += 1,
            Outcome::Stays(..) => told.failed += 1,
        }
    }
    Ok(())
}

fn as_before(row: &Refused) -> Outcome {
    Outcome::Stays(row.state, row.failure.clone())
}

async fn send_all(desk: &Desk<'_>, kept: &Kept, rows: &[Refused]) -> Result<Vec<Outcome>, Failure> {
    let plan = plan(kept);
    let fields: Vec<Fields> = rows
        .iter()
        .map(|row| {
            let cells = row.cells.iter();
            let cells = cells.map(|(name, text)| (name.as_str(), text.as_str()));
            cells::fields(plan.columns, cells)
        })
        .collect();
    let mut sending = match rows.iter().any(|row| row.state == RefusedState::Unknown) {
        true => Sending::Again,
        false => Sending::First,
    };
    let mut sendings = 0;
    loop {
        let failure = match send::rows(desk, &plan, fields.clone(), sending).await {
            Ok(outcomes) => {
                let outcomes = outcomes.into_iter().map(|outcome| match outcome {
                    Ok(written) => Outcome::Written {
                        created: written.created || plan.makes_only(),
                    },
                    Err(failure) => stays(failure),
                });
                return Ok(outcomes.collect());
            }
            Err(failure) => failure,
        };
        sendings += 1;
        let is_open = fate_of(&failure) == Fate::Unknown;
        if !is_open && sending == Sending::First {
            return Err(failure);
        }
        if !plan.is_harmless() || sendings >= MOST_SENDINGS || !is_open {
            let unknown = Failure::outcome_unknown(&failure.message);
            return Ok(rows.iter().map(|_| stays(unknown.clone())).collect());
        }
        sending = Sending::Again;
    }
}

fn stays(failure: Failure) -> Outcome {
    let state = match failure.kind {
        FailureKind::OutcomeUnknown => RefusedState::Unknown,
        _ => RefusedState::Failed,
    };
    Outcome::Stays(state, failure)
}

/// Rows that a dead process was sending once more: where a second sending is harmless
/// they are as they were, else nobody knows.
pub(super) fn adopt_orphans(runs: &Runs, kept: &Kept) -> Result<(), Failure> {
    let orphans = runs.orphans(kept.run.number)?;
    if orphans.is_empty() {
        return Ok(());
    }
    let harmless = plan(kept).is_harmless();
    let lost = Failure::outcome_unknown("the program ended while it was being sent");
    let outcomes: Vec<(Refused, Outcome)> = orphans
        .into_iter()
        .map(|row| {
            let outcome = match harmless {
                true => as_before(&row),
                false => Outcome::Stays(RefusedState::Unknown, lost.clone()),
            };
            (row, outcome)
        })
        .collect();
    runs.resent(&outcomes)
}

/// Rows of a run that met a lock go again, fewer at a time, after a wait each round.
pub(super) async fn locked(drive: &Drive<'_>) -> Result<(), Halt> {
    let mut told = Resent::default();
    for (round, size) in LOCKED.into_iter().enumerate() {
        let tries = u32::try_from(round).unwrap_or_default();
        let mut has_waited = false;
        loop {
            let rows = drive.runs.locked_rows(drive.number(), tries + 1, size)?;
            if rows.is_empty() {
                break;
            }
            drive.look_up()?;
            if drive.is_stopping() {
                return Err(Halt::Stopped(None));
            }
            if !has_waited {
                has_waited = true;
                let wait = drive.desk.engine.schedule.back_off(tries, None);
                drive.tell("sending rows once more that met a lock", 0);
                drive.wait(wait).await?;
            }
            let kept = &drive.kept;
            again(&drive.desk, &drive.runs, (kept, &rows), &mut told)
                .await
                .map_err(Halt::Waiting)?;
            drive.tell("sending rows once more that met a lock", 0);
        }
    }
    Ok(())
}

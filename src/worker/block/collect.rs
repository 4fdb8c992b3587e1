//! One part by collections: 200 rows at a time, in their order. A request is on disk
//! before it leaves and its outcome before the next one: a row is never sent without a
//! trace, and one whose answer is lost goes again only where that is harmless.

use csv::ByteRecord;

use crate::domain::block::prepared::RowNumber;
use crate::domain::block::refused::RefusedState;
use crate::domain::failure::{Failure, FailureKind};
use crate::domain::record::Fields;
use crate::domain::write::{Fate, fate_of};
use crate::failpoint;
use crate::sf::collection::{MOST_ROWS, Outcome};
use crate::store::block::{NewRefused, PartRow, Step};

use super::cells;
use super::drive::{Drive, Halt};
use super::rows::{PartReader, Place, named};
use super::send::{self, Sending};

/// Rows of one request.
struct Chunk {
    rows: Vec<(RowNumber, ByteRecord)>,
    /// Byte of the CSV behind it.
    behind: u64,
}

/// Brings a part to its end.
pub(super) async fn part(drive: &Drive<'_>, mut row: PartRow) -> Result<(), Halt> {
    if row.step == Step::Done {
        return Ok(());
    }
    if row.step != Step::Sending {
        row.step = Step::Sending;
        drive.save(&row)?;
    }
    let size = usize::from(drive.kept.prepared.block.send.batch_size).clamp(1, MOST_ROWS);
    let (mut most, mut tries) = (size, 0);
    loop {
        drive.look_up()?;
        // What is on its way is accounted for first.
        if drive.is_stopping() && row.sending == 0 {
            return Ok(());
        }
        let sent_before = usize::try_from(row.sending).unwrap_or_default();
        let chunk = read(
            drive,
            &row,
            if sent_before > 0 { sent_before } else { most },
        )?;
        if chunk.rows.is_empty() {
            row.step = Step::Done;
            drive.save(&row)?;
            failpoint::reached("bulk/joined");
            return Ok(());
        }
        let fate = match sent_before {
            0 => send_chunk(drive, &mut row, &chunk, Sending::First).await?,
            _ if drive.plan().is_harmless() => {
                send_chunk(drive, &mut row, &chunk, Sending::Again).await?
            }
            _ => unknown(&chunk, &Failure::outcome_unknown("its answer was lost")),
        };
        match fate {
            Sent::Outcomes(outcomes) => {
                settle(drive, &mut row, &chunk, outcomes)?;
                (most, tries) = (size, 0);
            }
            Sent::Smaller => most = (chunk.rows.len() / 2).max(1),
            Sent::Later(failure) => drive.mend(failure, &mut tries).await?,
        }
        drive.tell(&format!("sending{}", drive.of_parts(&row)), 0);
        let tally = drive.runs.tally_of(drive.number())?;
        drive.weigh(tally.settled(), tally.failed);
    }
}

fn read(drive: &Drive<'_>, row: &PartRow, most: usize) -> Result<Chunk, Halt> {
    let at = Place {
        rows: row.done_rows,
        bytes: row.done_bytes,
    };
    let mut reader = PartReader::open(&drive.kept.run.folder, &drive.part(row), at)?;
    let mut chunk = Chunk {
        rows: Vec::with_capacity(most),
        behind: row.done_bytes,
    };
    let mut record = ByteRecord::new();
    while chunk.rows.len() < most {
        let Some((number, behind)) = reader.next(&mut record)? else {
            break;
        };
        chunk.rows.push((number, record.clone()));
        chunk.behind = behind;
    }
    Ok(chunk)
}

/// What sending a chunk came to.
enum Sent {
    Outcomes(Vec<Outcome>),
    /// The request was refused as a whole: fewer rows tell which of them it was.
    Smaller,
    /// Once more, after a wait.
    Later(Failure),
}

fn unknown(chunk: &Chunk, failure: &Failure) -> Sent {
    Sent::Outcomes(chunk.rows.iter().map(|_| Err(failure.clone())).collect())
}

async fn send_chunk(
    drive: &Drive<'_>,
    row: &mut PartRow,
    chunk: &Chunk,
    sending: Sending,
) -> Result<Sent, Halt> {
    let plan = drive.plan();
    if sending == Sending::First {
        row.sending = chunk.rows.len() as u64;
        drive.save(row)?;
        failpoint::reached("bulk/sending");
    }
    let rows: Vec<Fields> = chunk
        .rows
        .iter()
        .map(|(_, record)| cells::fields(plan.columns, named(plan.columns, record).into_iter()))
        .collect();
    let told = send::rows(&drive.desk, &plan, rows, sending).await;
    failpoint::reached("bulk/answered");
    let failure = match told {
        Ok(outcomes) => return Ok(Sent::Outcomes(outcomes)),
        Err(failure) => failure,
    };
    if fate_of(&failure) == Fate::Unknown {
        return Ok(match plan.is_harmless() {
            true => Sent::Later(failure),
            false => unknown(chunk, &failure),
        });
    }
    // It did not run this time; an earlier sending of it may have.
    if sending == Sending::First {
        row.sending = 0;
        drive.save(row)?;
    }
    let is_refusal = fate_of(&failure) == Fate::Failed && failure.status == Some(400);
    match (is_refusal, chunk.rows.len()) {
        (true, 1) => Ok(Sent::Outcomes(vec![Err(failure)])),
        (true, _) if sending == Sending::First => Ok(Sent::Smaller),
        _ => Ok(Sent::Later(failure)),
    }
}

/// Puts the outcome of every row on disk, and the place behind them.
fn settle(
    drive: &Drive<'_>,
    row: &mut PartRow,
    chunk: &Chunk,
    outcomes: Vec<Outcome>,
) -> Result<(), Halt> {
    let settling = drive.runs.settling()?;
    for ((number, record), outcome) in chunk.rows.iter().zip(outcomes) {
        let failure = match outcome {
            Ok(written) => {
                row.ok += 1;
                row.created += u64::from(written.created || drive.plan().makes_only());
                continue;
            }
            Err(failure) => failure,
        };
        let state = match failure.kind {
            FailureKind::OutcomeUnknown => RefusedState::Unknown,
            _ => RefusedState::Failed,
        };
        match state {
            RefusedState::Unknown => row.unknown += 1,
            _ => row.failed += 1,
        }
        settling.refuse(&NewRefused {
            run: &drive.kept.run,
            part: row.number,
            row: *number,
            state,
            cells: &named(&drive.kept.prepared.columns, record),
            failure: &failure,
            job: None,
        })?;
    }
    row.done_rows += chunk.rows.len() as u64;
    row.done_bytes = chunk.behind;
    row.sending = 0;
    settling.finish(row)?;
    failpoint::reached("bulk/settled");
    Ok(())
}

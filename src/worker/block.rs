//! Runs of write blocks: a checked file goes into the org, by collections where rows are
//! few and by jobs of Bulk API 2.0 where they are many, and every row's outcome is on
//! disk before the run is called done.
//!
//! ```text
//! Start ─▶ plan on disk ─▶ drive ─┬▶ ingest: job ─▶ file ─▶ close ─▶ results ─▶ join
//! Resume ────────────────▲        └▶ collect: 200 rows at a time
//!                        └─ any step again      ─▶ locked rows once more ─▶ done
//! ```
//!
//! Nothing is known twice: which row was written is told by the org's results, joined by
//! the rows' key, never by their place. Must not know how files are read or checked.

mod cells;
mod collect;
mod drive;
mod ingest;
mod join;
mod look;
mod matching;
mod pace;
mod resend;
mod rows;
mod send;

use std::rc::Rc;

use crate::domain::block::refused::{RefusedJob, Resent};
use crate::domain::block::run::{Doubles, RunJob, RunNumber, RunState, Start};
use crate::domain::block::{Block, Operation, Way};
use crate::domain::failure::Failure;
use crate::job::Reply;
use crate::store::block::{NewRun, Runs, Wanted};

use super::asked::Asked;
use super::connect;
use super::engine::Engine;

/// `Job::Run`.
pub(super) async fn run(engine: &Engine, asked: &Asked<'_>, job: RunJob) -> Result<Reply, Failure> {
    let runs = engine.runs()?;
    match job {
        RunJob::Start(start) => self::start(engine, asked, &start).await,
        RunJob::Resume(number) => drive::go(engine, asked, &runs, number).await,
        RunJob::Pause(number) => want(&runs, number, Wanted::Pause),
        RunJob::Abort(number) => abort(engine, asked, &runs, number).await,
        RunJob::Forget(number) => {
            let _right = runs.take(number)?;
            runs.forget(number)?;
            runs.list().map(Reply::Runs)
        }
        RunJob::Show(number) => shown(&runs, number),
        RunJob::List => runs.list().map(Reply::Runs),
    }
}

/// `Job::Refused`.
pub(super) async fn refused(
    engine: &Engine,
    asked: &Asked<'_>,
    job: RefusedJob,
) -> Result<Reply, Failure> {
    let runs = engine.runs()?;
    match job {
        RefusedJob::Stores => runs.stores().map(Reply::Stores),
        RefusedJob::Page {
            selection,
            behind,
            most,
        } => runs
            .refused_page(&selection, behind, most)
            .map(Reply::Refused),
        RefusedJob::Edit(edits) => resend::edit(&runs, &edits).map(Reply::Resent),
        RefusedJob::Resend { selection, unknown } => {
            resend::run(engine, asked, &runs, (&selection, unknown)).await
        }
        RefusedJob::Delete(selection) => {
            let left = runs.delete_refused(&selection)?;
            Ok(Reply::Resent(Resent {
                left,
                ..Resent::default()
            }))
        }
    }
}

async fn start(engine: &Engine, asked: &Asked<'_>, start: &Start) -> Result<Reply, Failure> {
    let prepared = &start.prepared;
    check(start)?;
    let way = way(&prepared.block, prepared.counts.ready)?;
    let session = match engine.session(asked) {
        Some(session) => session,
        None => connect::line(engine, asked).await?.session.borrow().clone(),
    };
    let runs = engine.runs()?;
    let errors = store_name(&prepared.block, &prepared.source.name);
    let kept = runs.insert(&NewRun {
        prepared,
        connection: &engine.connection,
        org_id: &session.org_id,
        way,
        errors: &errors,
        doubles: start.doubles,
    })?;
    crate::failpoint::reached("bulk/planned");
    drive::go(engine, asked, &runs, kept.run.number).await
}

/// What must not be sent, whoever wants it.
fn check(start: &Start) -> Result<(), Failure> {
    let prepared = &start.prepared;
    if let Some(why) = &prepared.stop {
        return Err(Failure::input(why));
    }
    if !prepared.counts.is_complete() {
        return Err(Failure::local(
            "the checked file does not account for every row",
        ));
    }
    let block = &prepared.block;
    let doubles_possible = block.operation == Operation::Insert;
    if doubles_possible && start.doubles == Doubles::Refused {
        return Err(Failure::input(
            "an insert makes the records once more when it is repeated; say that this is fine, or upsert by a key",
        ));
    }
    if block.operation != Operation::Insert && block.key.is_none() {
        let message = format!(
            "an {} needs the field that says which record a row means",
            block.operation.word()
        );
        return Err(Failure::input(&message));
    }
    Ok(())
}

/// By which API the rows of a block go.
fn way(block: &Block, rows: u64) -> Result<Way, Failure> {
    let only_collections = if block.operation == Operation::Undelete {
        Some("records come back from the recycle bin by requests of 200 rows")
    } else if block.send.all_or_none {
        Some("a bulk job cannot promise all rows or none")
    } else {
        matching::reason(block)
    };
    match (block.send.way, only_collections) {
        (Way::Bulk, Some(why)) => Err(Failure::input(&format!("not by a bulk job: {why}"))),
        (Way::Auto | Way::Collections, Some(_)) | (Way::Collections, None) => Ok(Way::Collections),
        (Way::Bulk, None) => Ok(Way::Bulk),
        (Way::Auto, None) if rows <= block.send.threshold => Ok(Way::Collections),
        (Way::Auto, None) => Ok(Way::Bulk),
    }
}

/// The error store of a run: as the block says, else named after the input.
fn store_name(block: &Block, source: &str) -> String {
    let named = block
        .errors
        .as_deref()
        .filter(|name| !name.trim().is_empty());
    let stem = || {
        std::path::Path::new(source).file_stem().map_or_else(
            || "errors".to_owned(),
            |stem| stem.to_string_lossy().into_owned(),
        )
    };
    named.map_or_else(stem, |name| name.trim().to_owned())
}

fn shown(runs: &Runs, number: RunNumber) -> Result<Reply, Failure> {
    Ok(Reply::Run(Box::new(runs.load(number)?.run)))
}

/// Asks whoever is at a run; one that nobody is at is changed here.
fn want(runs: &Rc<Runs>, number: RunNumber, wanted: Wanted) -> Result<Reply, Failure> {
    runs.want(number, wanted)?;
    if let Ok(_right) = runs.take(number) {
        let run = runs.load(number)?.run;
        if wanted == Wanted::Pause && run.state != RunState::Done {
            runs.set_state(number, RunState::Paused, None)?;
        }
    }
    shown(runs, number)
}

/// Ends a run. Where nobody is at it, its job is ended from here, and what the org did
/// until then is accounted for.
async fn abort(
    engine: &Engine,
    asked: &Asked<'_>,
    runs: &Rc<Runs>,
    number: RunNumber,
) -> Result<Reply, Failure> {
    let kept = runs.load(number)?;
    if kept.run.state == RunState::Done {
        return Err(Failure::input(&format!("run {number} is done already")));
    }
    runs.want(number, Wanted::Abort)?;
    match runs.take(number) {
        Ok(right) => drop(right),
        Err(_) => return shown(runs, number),
    }
    drive::end(engine, asked, runs, number).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_follows_from_size_wish_and_what_an_api_can_do() {
        let keyed = |operation: Operation, key: &str, way: Way| {
            let mut block = Block {
                key: Some(key.to_owned()),
                ..Block::new("Contact", operation)
            };
            block.send.way = way;
            block
        };
        let upsert = |way: Way| keyed(Operation::Upsert, "Key__c", way);
        let cases = [
            (upsert(Way::Auto), 2_000, Some(Way::Collections)),
            (upsert(Way::Auto), 2_001, Some(Way::Bulk)),
            (upsert(Way::Bulk), 1, Some(Way::Bulk)),
            (upsert(Way::Collections), 9_999, Some(Way::Collections)),
            (
                keyed(Operation::Update, "Id", Way::Auto),
                9_999,
                Some(Way::Bulk),
            ),
            (
                keyed(Operation::Update, "Key__c", Way::Auto),
                9_999,
                Some(Way::Collections),
            ),
            (keyed(Operation::Update, "Key__c", Way::Bulk), 1, None),
            (keyed(Operation::Undelete, "Id", Way::Bulk), 1, None),
            (
                keyed(Operation::Undelete, "Id", Way::Auto),
                9_999,
                Some(Way::Collections),
            ),
        ];
        for (block, rows, expected) in cases {
            assert_eq!(way(&block, rows).ok(), expected, "{block} {rows}");
        }
    }

    #[test]
    fn an_error_store_is_named_by_the_block_or_the_file() {
        let mut block = Block::new("Contact", Operation::Upsert);
        assert_eq!(store_name(&block, "leads-nov.csv"), "leads-nov");
        block.errors = Some(" mine ".to_owned());
        assert_eq!(store_name(&block, "leads-nov.csv"), "mine");
    }
}

//! Rows to the org by one request of at most 200, each with what became of it.

use std::cell::Cell;
use std::rc::Rc;

use crate::domain::block::prepared::PartColumn;
use crate::domain::block::run::Run;
use crate::domain::block::{Block, Operation};
use crate::domain::failure::Failure;
use crate::domain::record::Fields;
use crate::sf::client::Response;
use crate::sf::collection::{self, Change, Outcome, Rows, Written};
use crate::sf::request::{Purpose, Request};
use crate::sf::write::undelete;
use crate::worker::asked::Asked;
use crate::worker::connect::{self, Line};
use crate::worker::engine::Engine;

use super::matching;

/// The org that a run is bound to.
pub(super) struct Desk<'a> {
    pub engine: &'a Engine,
    pub asked: &'a Asked<'a>,
    pub line: Rc<Line>,
    /// API calls since somebody looked.
    calls: Cell<u64>,
}

impl<'a> Desk<'a> {
    /// A line to the org of a run. Rows made for one org are never sent to another.
    pub(super) async fn of(
        engine: &'a Engine,
        asked: &'a Asked<'a>,
        run: &Run,
    ) -> Result<Self, Failure> {
        if run.connection != engine.connection {
            return Err(Failure::input(&format!(
                "run {} belongs to the connection `{}`; use that one",
                run.number, run.connection
            )));
        }
        let line = connect::line(engine, asked).await?;
        let org = line.session.borrow().org_id.clone();
        if org != run.org_id {
            return Err(Failure::input(&format!(
                "run {} was made for the org {}, and the connection leads to {org}",
                run.number, run.org_id
            )));
        }
        Ok(Self {
            engine,
            asked,
            line,
            calls: Cell::new(0),
        })
    }

    /// A good reply; anything else is a failure with the org's words.
    pub(super) async fn ask(&self, request: &Request) -> Result<Response, Failure> {
        self.count();
        let response = self.line.wire.send(self.asked, request).await?;
        response.checked(request.purpose)
    }

    /// The same for a request whose body is a file.
    pub(super) async fn upload(&self, request: &Request) -> Result<Response, Failure> {
        self.count();
        let response = self.line.wire.upload(self.asked, request).await?;
        response.checked(request.purpose)
    }

    /// The same for an answer that goes into a file.
    pub(super) async fn download(
        &self,
        request: &Request,
        file: &std::fs::File,
    ) -> Result<Response, Failure> {
        self.count();
        self.line.wire.download(self.asked, request, file).await
    }

    /// Counts an API call.
    fn count(&self) {
        self.calls.set(self.calls.get() + 1);
    }

    /// API calls since this was last asked.
    pub(super) fn taken_calls(&self) -> u64 {
        self.calls.take()
    }
}

/// What is done with rows, as their part says it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan<'a> {
    pub block: &'a Block,
    pub columns: &'a [PartColumn],
}

impl Plan<'_> {
    /// Sending a row twice leaves the org as sending it once does.
    pub(super) fn is_harmless(&self) -> bool {
        self.block.operation != Operation::Insert
    }

    /// Every row that is written is a new record.
    pub(super) fn makes_only(&self) -> bool {
        self.block.operation == Operation::Insert
    }
}

/// Whether the rows may have been sent before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sending {
    First,
    Again,
}

/// What became of each row, in order. An error is about all of them: nothing left, all
/// refused as a whole, or their outcome is unknown.
pub(super) async fn rows(
    desk: &Desk<'_>,
    plan: &Plan<'_>,
    rows: Vec<Fields>,
    sending: Sending,
) -> Result<Vec<Outcome>, Failure> {
    let matched = matching::matched(desk, plan, rows).await?;
    let ready: Vec<Fields> = matched
        .iter()
        .filter_map(|row| match row {
            matching::Matched::Ready(fields) => Some(fields.clone()),
            matching::Matched::Settled(_) => None,
        })
        .collect();
    let mut told = Vec::new();
    if !ready.is_empty() {
        told = match plan.block.operation {
            Operation::Undelete => undeleted(desk, &ready).await?,
            _ => written(desk, plan, &ready).await?,
        };
    }
    let mut told = told.into_iter();
    let outcomes = matched.into_iter().map(|row| match row {
        matching::Matched::Settled(outcome) => outcome,
        matching::Matched::Ready(_) => told
            .next()
            .unwrap_or_else(|| Err(Failure::outcome_unknown("the org did not answer for it"))),
    });
    let outcomes = outcomes.map(|outcome| match outcome {
        Err(failure) if is_gone(plan, sending, &failure) => Ok(Written {
            id: None,
            created: false,
        }),
        other => other,
    });
    Ok(outcomes.collect())
}

/// A delete whose answer was lost before did delete it.
fn is_gone(plan: &Plan<'_>, sending: Sending, failure: &Failure) -> bool {
    plan.block.operation == Operation::Delete
        && sending == Sending::Again
        && matches!(failure.code.as_str(), "ENTITY_IS_DELETED" | "NOT_FOUND")
}

async fn written(
    desk: &Desk<'_>,
    plan: &Plan<'_>,
    ready: &[Fields],
) -> Result<Vec<Outcome>, Failure> {
    let key = plan.block.key.as_deref().unwrap_or("Id");
    let rows = Rows {
        object: &plan.block.object,
        change: match plan.block.operation {
            Operation::Upsert => Change::Upsert(key),
            Operation::Insert => Change::Create,
            Operation::Update => Change::Update,
            Operation::Delete | Operation::Undelete => Change::Delete,
        },
        rows: ready,
        all_or_none: plan.block.send.all_or_none,
    };
    let request = collection::request(desk.line.version, &rows);
    let response = desk.ask(&request).await?;
    collection::read(&rows, &response.body)
}

async fn undeleted(desk: &Desk<'_>, ready: &[Fields]) -> Result<Vec<Outcome>, Failure> {
    let ids: Vec<_> = ready
        .iter()
        .map(|row| row.get("Id").and_then(|id| id.as_str()?.parse().ok()))
        .collect();
    let known: Vec<_> = ids.iter().flatten().copied().collect();
    let request = undelete::request_all(desk.line.version, &known);
    let response = desk.ask(&request).await?.checked(Purpose::Write)?;
    let mut told = undelete::outcomes(&response.body, known.len())?.into_iter();
    let outcomes = ids.iter().map(|id| match id {
        None => Err(Failure::from_org(
            "MALFORMED_ID",
            None,
            "the row has no record id",
        )),
        Some(_) => match told.next() {
            Some(Ok(id)) => Ok(Written {
                id: Some(id),
                created: false,
            }),
            Some(Err(failure)) => Err(failure),
            None => Err(Failure::outcome_unknown("the org did not answer for it")),
        },
    });
    Ok(outcomes.collect())
}

//! What becomes of a write whose request ended without success: one table, read from the
//! top, the first line that fits decides. What a reply means (whether it ran, whose words
//! they are) was judged before, when it became a [`Failure`].

use std::time::Duration;

use super::{PauseReason, Write, WriteStep};
use crate::domain::failure::{Failure, FailureKind};

/// What is done with a write after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Nothing was saved: it goes again after a back-off.
    Retry,
    /// The same, but this many tries in a row at most.
    RetryAtMost(u32),
    /// It may have been saved.
    Unknown,
    /// Nothing was saved, and no other write would fare better: sending stops.
    Pause(PauseReason),
    /// It is as the user wanted it already.
    Done,
    /// Nothing was saved; the user decides.
    Failed,
}

/// What a write does, as far as its fate depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Any,
    /// A delete whose answer was lost before.
    DeleteAgain,
}

type Line = (FailureKind, &'static str, Option<u16>, Sort, Fate);

/// Kind, code (empty: any), status (`None`: any), sort, fate.
const TABLE: &[Line] = {
    use FailureKind as K;
    &[
        // Nothing left this machine.
        (K::NoConnection, "", None, Sort::Any, Fate::Retry),
        // No answer, a cut one, a gateway's, or one that tells nothing.
        (K::OutcomeUnknown, "", None, Sort::Any, Fate::Unknown),
        (K::BadReply, "", None, Sort::Any, Fate::Unknown),
        // The lost request did delete it.
        (K::NotFound, "", Some(404), Sort::DeleteAgain, Fate::Done),
        (
            K::NotFound,
            "ENTITY_IS_DELETED",
            None,
            Sort::DeleteAgain,
            Fate::Done,
        ),
        // The org did not look at it: the token is over, and renewing it did not help.
        (
            K::Session,
            "",
            Some(401),
            Sort::Any,
            Fate::Pause(PauseReason::Session),
        ),
        // No request of this org is taken for up to a day.
        (
            K::Limit,
            "REQUEST_LIMIT_EXCEEDED",
            None,
            Sort::Any,
            Fate::Pause(PauseReason::Limit),
        ),
        (
            K::Limit,
            "TOO_MANY_APEX_REQUESTS",
            None,
            Sort::Any,
            Fate::Retry,
        ),
        (K::Limit, "", Some(429), Sort::Any, Fate::Retry),
        (K::Limit, "", Some(420), Sort::Any, Fate::Retry),
        // The org itself says that it is away for the moment.
        (
            K::Server,
            "SERVER_UNAVAILABLE",
            None,
            Sort::Any,
            Fate::Retry,
        ),
        (
            K::Server,
            "ORG_IN_MAINTENANCE",
            None,
            Sort::Any,
            Fate::Retry,
        ),
        (
            K::Server,
            "FUNCTIONALITY_TEMPORARILY_UNAVAILABLE",
            None,
            Sort::Any,
            Fate::Retry,
        ),
        (K::Server, "", Some(503), Sort::Any, Fate::Retry),
        // Rolled back after about ten seconds of waiting for another transaction.
        (
            K::Locked,
            "UNABLE_TO_LOCK_ROW",
            None,
            Sort::Any,
            Fate::RetryAtMost(10),
        ),
    ]
};

/// What becomes of `write` after `failure`; `was_unknown` says that an earlier sending of
/// it may have been carried out.
pub fn fate(write: &Write, failure: &Failure, was_unknown: bool) -> Fate {
    let delete = write
        .steps
        .iter()
        .all(|step| matches!(step, WriteStep::Delete { .. }));
    let fits = |line: &&Line| {
        let (kind, code, status, sort, _) = **line;
        kind == failure.kind
            && (code.is_empty() || code == failure.code)
            && (status.is_none() || status == failure.status)
            && (sort == Sort::Any || (delete && was_unknown))
    };
    TABLE.iter().find(fits).map_or(Fate::Failed, |line| line.4)
}

/// The same where it is not one write that failed but a request of a bulk run.
pub fn fate_of(failure: &Failure) -> Fate {
    let nothing = Write {
        summary: String::new(),
        steps: Vec::new(),
        allow_duplicates: false,
    };
    fate(&nothing, failure, false)
}

/// Longest wait between two tries.
pub const LONGEST: Duration = Duration::from_secs(60);

/// Wait before try `retries + 1`, with full jitter: anything up to 1, 2, 4 … 60 seconds.
/// `random` is even over all its values; `asked` is the org's own `Retry-After`, kept to.
pub fn back_off(retries: u32, random: u64, asked: Option<Duration>) -> Duration {
    let most = LONGEST.min(Duration::from_secs(1 << retries.min(8)));
    let most = u64::try_from(most.as_millis()).unwrap_or(u64::MAX);
    let wait = Duration::from_millis(random % (most + 1));
    asked.map_or(wait, |asked| wait.saturating_add(asked.min(HOUR)))
}

/// How long sending stops at a limit before one write is tried.
pub const HOUR: Duration = Duration::from_secs(3600);

#[cfg(test)]
mod tests {
    use super::*;

    fn write(delete: bool) -> Write {
        let id = "003000000000001AAA".parse().unwrap();
        let object = "Contact".to_owned();
        let step = match delete {
            true => WriteStep::Delete { object, id },
            false => WriteStep::Update {
                object,
                id,
                fields: Default::default(),
                base_modified: None,
                base: Default::default(),
            },
        };
        Write {
            summary: String::new(),
            steps: vec![step],
            allow_duplicates: false,
        }
    }

    #[test]
    fn every_failure_has_the_fate_the_table_gives_it() {
        let org = |code: &str, status: u16| Failure::from_org(code, Some(status), "no");
        let cases = [
            (Failure::no_connection("no"), Fate::Retry),
            (Failure::outcome_unknown("no"), Fate::Unknown),
            (Failure::bad_reply(Some(200), "no"), Fate::Unknown),
            (
                org("INVALID_SESSION_ID", 401),
                Fate::Pause(PauseReason::Session),
            ),
            (
                org("REQUEST_LIMIT_EXCEEDED", 403),
                Fate::Pause(PauseReason::Limit),
            ),
            (org("HTTP_429", 429), Fate::Retry),
            (org("SERVER_UNAVAILABLE", 503), Fate::Retry),
            (org("UNABLE_TO_LOCK_ROW", 400), Fate::RetryAtMost(10)),
            (org("ENTITY_IS_LOCKED", 400), Fate::Failed),
            (org("STORAGE_LIMIT_EXCEEDED", 400), Fate::Failed),
            (org("REQUIRED_FIELD_MISSING", 400), Fate::Failed),
            (org("DUPLICATES_DETECTED", 400), Fate::Failed),
            (org("PRECONDITION_FAILED", 412), Fate::Failed),
            (org("INSUFFICIENT_ACCESS", 403), Fate::Failed),
            (org("NOT_FOUND", 404), Fate::Failed),
        ];
        for (failure, expected) in cases {
            assert_eq!(
                fate(&write(false), &failure, false),
                expected,
                "{failure:?}"
            );
        }
    }

    #[test]
    fn a_record_that_is_gone_means_a_lost_delete_was_done_and_nothing_else() {
        for failure in [
            Failure::from_org("NOT_FOUND", Some(404), "no"),
            Failure::from_org("ENTITY_IS_DELETED", Some(404), "no"),
        ] {
            assert_eq!(
                fate(&write(true), &failure, true),
                Fate::Done,
                "{failure:?}"
            );
            assert_eq!(fate(&write(true), &failure, false), Fate::Failed);
            assert_eq!(fate(&write(false), &failure, true), Fate::Failed);
        }
    }

    #[test]
    fn waits_grow_to_a_minute_are_spread_and_keep_to_what_the_org_asks() {
        for (retries, most) in [(0, 1), (1, 2), (5, 32), (6, 60), (8, 60), (99, 60)] {
            let most = Duration::from_secs(most);
            let waits = (0..2_000_u64).map(|n| back_off(retries, n * 7_919, None));
            let (low, high) = waits.fold((most, Duration::ZERO), |(low, high), wait| {
                assert!(wait <= most, "{retries}");
                (low.min(wait), high.max(wait))
            });
            assert!(
                low < most / 4 && high > most / 4 * 3,
                "{retries} {low:?} {high:?}"
            );
        }
        let asked = Some(Duration::from_secs(20));
        assert!(back_off(0, 999, asked) >= Duration::from_secs(20));
        let absurd = Some(Duration::from_secs(1 << 40));
        assert!(back_off(0, 999, absurd) <= HOUR + LONGEST);
    }
}

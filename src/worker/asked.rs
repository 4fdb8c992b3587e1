//! One job being answered. Must not know what the job is.

use std::cell::Cell;

use crate::domain::failure::Failure;
use crate::job::{Answer, JobId, LinkState, Reply};

/// Who asked, and how the line stood when the org last answered them.
pub(super) struct Asked<'a> {
    /// `None` when nobody asked: everything said is news.
    job: Option<JobId>,
    answer: &'a dyn Fn(Answer),
    link: Cell<Option<LinkState>>,
}

impl<'a> Asked<'a> {
    pub(super) fn new(job: JobId, answer: &'a dyn Fn(Answer)) -> Self {
        Self {
            job: Some(job),
            answer,
            link: Cell::new(None),
        }
    }

    /// For work that nobody asked for.
    pub(super) fn nobody(answer: &'a dyn Fn(Answer)) -> Self {
        Self {
            job: None,
            answer,
            link: Cell::new(None),
        }
    }

    /// The org answered this job's last request.
    pub(super) fn is_online(&self) -> bool {
        self.link.get().is_some_and(|link| link.online)
    }

    /// A request of this job ended so.
    pub(super) fn heard(&self, link: LinkState) {
        self.link.set(Some(link));
    }

    /// An answer that another will follow.
    pub(super) fn say(&self, reply: Reply) {
        self.send(reply, false);
    }

    /// The last answer.
    pub(super) fn end(&self, result: Result<Reply, Failure>) {
        self.send(result.unwrap_or_else(Reply::Failed), true);
    }

    /// Something nobody asked for.
    pub(super) fn news(&self, reply: Reply) {
        (self.answer)(Answer {
            job: None,
            reply,
            last: true,
            link: self.job.is_none().then(|| self.link.get()).flatten(),
        });
    }

    fn send(&self, reply: Reply, last: bool) {
        (self.answer)(Answer {
            job: self.job,
            reply,
            last: last || self.job.is_none(),
            link: self.link.get(),
        });
    }
}

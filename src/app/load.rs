//! Data that arrives later.

use crate::domain::failure::Failure;
use crate::job::JobId;

/// Keeps the old value while a newer one is on its way, and accepts only the answer it
/// waits for: an answer to a question asked before is stale and changes nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Load<T> {
    value: Option<T>,
    state: LoadState,
}

/// How a load stands.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum LoadState {
    /// Nothing was asked, or the answer is here.
    #[default]
    Idle,
    /// Waiting for this job's answer.
    Waiting(JobId),
    /// It did not work.
    Failed(Failure),
}

impl<T> Default for Load<T> {
    fn default() -> Self {
        Self {
            value: None,
            state: LoadState::Idle,
        }
    }
}

impl<T> Load<T> {
    /// Starts from a value at hand.
    pub fn with(value: T) -> Self {
        Self {
            value: Some(value),
            state: LoadState::Idle,
        }
    }

    /// Waits for this job from now on; returns the one nobody waits for any more.
    pub fn wait(&mut self, job: JobId) -> Option<JobId> {
        match std::mem::replace(&mut self.state, LoadState::Waiting(job)) {
            LoadState::Waiting(old) => Some(old),
            LoadState::Idle | LoadState::Failed(_) => None,
        }
    }

    /// Stops waiting; returns the job that was waited for.
    pub fn stop(&mut self) -> Option<JobId> {
        match std::mem::take(&mut self.state) {
            LoadState::Waiting(old) => Some(old),
            other => {
                self.state = other;
                None
            }
        }
    }

    /// This job's answer is the one waited for.
    pub fn awaits(&self, job: Option<JobId>) -> bool {
        matches!(self.state, LoadState::Waiting(id) if Some(id) == job)
    }

    /// Takes a value; goes on waiting unless it is the last answer.
    pub fn accept(&mut self, value: T, last: bool) {
        self.value = Some(value);
        if last {
            self.state = LoadState::Idle;
        }
    }

    /// Takes a failure; the old value stays.
    pub fn fail(&mut self, failure: Failure) {
        self.state = LoadState::Failed(failure);
    }

    /// The newest value, to be changed in place.
    pub fn value_mut(&mut self) -> Option<&mut T> {
        self.value.as_mut()
    }

    /// The newest value.
    pub fn value(&self) -> Option<&T> {
        self.value.as_ref()
    }

    /// An answer is on its way.
    pub fn is_waiting(&self) -> bool {
        matches!(self.state, LoadState::Waiting(_))
    }

    /// Why the last try failed.
    pub fn failure(&self) -> Option<&Failure> {
        match &self.state {
            LoadState::Failed(failure) => Some(failure),
            LoadState::Idle | LoadState::Waiting(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stale_answer_is_not_awaited() {
        let mut load = Load::with(1);
        assert_eq!(load.wait(JobId(1)), None);
        assert_eq!(load.wait(JobId(2)), Some(JobId(1)));
        assert!(!load.awaits(Some(JobId(1))));
        assert!(!load.awaits(None));
        assert!(load.awaits(Some(JobId(2))));
        assert_eq!(load.value(), Some(&1), "the old value stays while waiting");
    }

    #[test]
    fn a_first_answer_that_is_not_the_last_keeps_waiting() {
        let mut load = Load::default();
        load.wait(JobId(1));
        load.accept("cached", false);
        assert!(load.awaits(Some(JobId(1))));
        load.accept("fresh", true);
        assert!(!load.is_waiting());
    }
}

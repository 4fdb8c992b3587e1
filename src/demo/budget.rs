//! API calls of the day: how many the org allows and how many were made since its start.
//! Knows nothing of what a call is.

use std::sync::atomic::{AtomicU64, Ordering};

/// Calls a day, as a Developer Edition org has.
const USUAL: u64 = 15_000;

/// The count, shared by every thread that answers.
#[derive(Debug)]
pub struct Budget {
    allowance: AtomicU64,
    used: AtomicU64,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            allowance: AtomicU64::new(USUAL),
            used: AtomicU64::new(0),
        }
    }
}

impl Budget {
    /// Sets the calls of a day; `None` is the usual number.
    pub fn allow(&self, calls: Option<u64>) {
        let calls = calls.unwrap_or(USUAL);
        self.allowance.store(calls, Ordering::Relaxed);
    }

    /// Sets the calls of a day so that this many are left.
    pub fn leave(&self, calls: u64) {
        let calls = self.used().saturating_add(calls);
        self.allowance.store(calls, Ordering::Relaxed);
    }

    /// Begins the usual day.
    pub fn begin(&self) {
        self.used.store(0, Ordering::Relaxed);
        self.allow(None);
    }

    /// Counts a call.
    pub fn count(&self) {
        self.used.fetch_add(1, Ordering::Relaxed);
    }

    /// Calls so far.
    pub fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    /// Calls a day.
    pub fn allowance(&self) -> u64 {
        self.allowance.load(Ordering::Relaxed)
    }

    /// Whether no call is left.
    pub fn is_used_up(&self) -> bool {
        self.used() >= self.allowance()
    }
}

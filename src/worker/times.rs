//! Time and chance as the worker sees them, so that tests can put others in their place.

use std::pin::Pin;
use std::time::Duration;

use jiff::Timestamp;

/// A wait.
pub type Sleep = Pin<Box<dyn Future<Output = ()>>>;

/// The clocks of a worker.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// The machine's clock: anybody may set it, so nothing is timed by it.
    pub now: fn() -> Timestamp,
    /// Time since some moment; never goes back or jumps.
    pub passed: fn() -> Duration,
    /// Waits that long by `passed`.
    pub sleep: fn(Duration) -> Sleep,
    /// Where the spread of back-offs starts.
    pub seed: u64,
}

impl Times {
    /// Those of the machine.
    pub fn real() -> Self {
        Self {
            now: Timestamp::now,
            passed,
            sleep: |wait| Box::pin(tokio::time::sleep(wait)),
            seed: uuid::Uuid::now_v7().as_u64_pair().1,
        }
    }

    /// Now, by the machine's clock.
    pub fn now_here(&self) -> Timestamp {
        (self.now)()
    }

    /// Those of the machine but for its clock.
    pub fn at(now: fn() -> Timestamp) -> Self {
        Self {
            now,
            ..Self::real()
        }
    }
}

fn passed() -> Duration {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed()
}

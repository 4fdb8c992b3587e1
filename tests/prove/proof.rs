//! What a promise is, how often it is tried, and the table of what came out.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use libtest_mimic::Failed;

/// How often faults are injected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    /// Enough to catch a slip, quick enough for every `cargo test`.
    Quick,
    /// The counts the promises name.
    Full,
}

impl Tier {
    /// Full where `SFW_TUI_PROVE=full` stands in the environment.
    pub fn chosen() -> Self {
        match std::env::var("SFW_TUI_PROVE").as_deref() {
            Ok("full") => Self::Full,
            _ => Self::Quick,
        }
    }

    /// One of two counts.
    pub fn of(self, quick: u64, full: u64) -> u64 {
        match self {
            Self::Quick => quick,
            Self::Full => full,
        }
    }
}

/// One promise and its proof.
#[derive(Clone, Copy)]
pub struct Promise {
    /// Name of the test, `p12_...`.
    pub name: &'static str,
    /// What is promised, in a few words.
    pub says: &'static str,
    /// Injects the faults; panics where the promise is broken in a way no count tells.
    pub proof: fn(Tier) -> Cost,
}

/// What the faults cost.
#[derive(Debug, Clone, Default)]
pub struct Cost {
    /// Faults injected.
    pub faults: u64,
    /// Things the user was told are safe and that are gone.
    pub lost: u64,
    /// Things that happened twice.
    pub doubled: u64,
    /// Figures worth reading.
    pub note: String,
}

impl Cost {
    /// So many faults and nothing lost or doubled.
    pub fn none(faults: u64) -> Self {
        Self {
            faults,
            ..Self::default()
        }
    }

    /// The same with figures.
    #[must_use]
    pub fn noted(self, note: impl Into<String>) -> Self {
        Self {
            note: note.into(),
            ..self
        }
    }
}

struct Row {
    promise: Promise,
    cost: Option<Cost>,
    took: Duration,
}

/// What came out so far.
#[derive(Clone, Default)]
pub struct Table(Arc<Mutex<Vec<Row>>>);

impl Table {
    /// Tries one promise and keeps its row.
    pub fn prove(&self, promise: Promise, tier: Tier) -> Result<(), Failed> {
        let started = Instant::now();
        let tried = catch_unwind(AssertUnwindSafe(|| (promise.proof)(tier)));
        let cost = tried.as_ref().ok().cloned();
        let held = cost
            .as_ref()
            .is_some_and(|cost| cost.lost == 0 && cost.doubled == 0);
        self.0.lock().unwrap().push(Row {
            promise,
            cost: cost.clone(),
            took: started.elapsed(),
        });
        match tried {
            Ok(_) if held => Ok(()),
            Ok(cost) => Err(format!("{}: {cost:?}", promise.says).into()),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }

    /// Prints the rows, if any, in the order of the promises.
    pub fn print(&self, tier: Tier) {
        let mut rows = self.0.lock().unwrap();
        if rows.is_empty() {
            return;
        }
        rows.sort_by_key(|row| row.promise.name);
        let tier = match tier {
            Tier::Quick => "quick tier; `just prove` runs the full counts",
            Tier::Full => "full counts",
        };
        println!("Promises ({tier})\n");
        println!(
            "{:<54} {:>10} {:>6} {:>8}  {:<8} {:>8}",
            "promise", "faults", "lost", "doubled", "verdict", "seconds"
        );
        for row in rows.iter() {
            print(row);
        }
    }
}

fn print(row: &Row) {
    let number = row.promise.name.split('_').next().unwrap_or_default();
    let name = format!("{} {}", number.to_uppercase(), row.promise.says);
    let seconds = row.took.as_secs_f64();
    match &row.cost {
        Some(cost) => {
            let verdict = if cost.lost == 0 && cost.doubled == 0 {
                "holds"
            } else {
                "BROKEN"
            };
            println!(
                "{name:<54} {:>10} {:>6} {:>8}  {verdict:<8} {seconds:>8.1}",
                cost.faults, cost.lost, cost.doubled
            );
            if !cost.note.is_empty() {
                println!("     {}", cost.note);
            }
        }
        None => println!(
            "{name:<54} {:>10} {:>6} {:>8}  {:<8} {seconds:>8.1}",
            "-", "-", "-", "BROKEN"
        ),
    }
}

//! Query jobs run in a thread of their own, one at a time, on a reading connection: the
//! writing thread starts it, stops it when the job is no longer wanted, and notes its end.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak, mpsc};
use std::thread::{Builder, JoinHandle};
use std::time::Instant;

use rusqlite::Connection;

use super::bulk::{Due, Exported};
use super::engine::Engine;
use super::error::Refusal;
use super::sides::Job;
use super::store;

/// The thread that runs, if one does.
pub struct Exports {
    engine: Arc<Engine>,
    path: PathBuf,
    /// How a thread says that it is done; gone when the org stops.
    wake: Weak<mpsc::Sender<Job>>,
    running: Option<Running>,
}

struct Running {
    due: Due,
    stop: Arc<AtomicBool>,
    began: Instant,
    end: mpsc::Receiver<Ended>,
    thread: JoinHandle<()>,
}

type Ended = Result<Option<Exported>, Refusal>;

impl Exports {
    /// Nothing runs yet.
    pub fn new(engine: Arc<Engine>, path: PathBuf, wake: Weak<mpsc::Sender<Job>>) -> Self {
        Self {
            engine,
            path,
            wake,
            running: None,
        }
    }

    /// Notes what ended, stops what is not wanted, starts what waits.
    ///
    /// # Errors
    /// SQLite's.
    pub fn look_after(&mut self, db: &Connection) -> Result<(), Refusal> {
        if let Some(running) = self.running.take() {
            let wanted = running.due.is_wanted(db)?;
            if !wanted {
                running.stop.store(true, Ordering::Relaxed);
            }
            let ended = match running.end.try_recv() {
                Ok(ended) => ended,
                Err(mpsc::TryRecvError::Empty) => {
                    self.running = Some(running);
                    return Ok(());
                }
                Err(mpsc::TryRecvError::Disconnected) => Err(Refusal::unexpected("a bug")),
            };
            if wanted {
                running.due.exported(db, &ended, running.began.elapsed())?;
            } else {
                running.due.forget_files(db)?;
            }
        }
        if let Some(due) = Due::export(db)? {
            self.running = self.start(due);
        }
        Ok(())
    }

    /// `None` when there is no thread to be had; it is tried again later.
    fn start(&self, due: Due) -> Option<Running> {
        let stop = Arc::new(AtomicBool::new(false));
        let (engine, path, wake) = (
            Arc::clone(&self.engine),
            self.path.clone(),
            Weak::clone(&self.wake),
        );
        let (asked, told) = (due.clone(), Arc::clone(&stop));
        let (say, end) = mpsc::channel();
        let work = move || {
            let done = || engine.export(&store::reader(&path)?, &asked, &told);
            let done = catch_unwind(AssertUnwindSafe(done));
            // Said before the wake-up call, so that the writer finds it.
            let _ = say.send(done.unwrap_or_else(|_| Err(Refusal::unexpected("a bug"))));
            if let Some(wake) = wake.upgrade() {
                // A writer that is gone needs no waking.
                let _ = wake.send(Job::Wake);
            }
        };
        let thread = Builder::new().name("demo-export".into()).spawn(work).ok()?;
        Some(Running {
            due,
            stop,
            began: Instant::now(),
            end,
            thread,
        })
    }
}

impl Drop for Exports {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop.store(true, Ordering::Relaxed);
            // The job starts over with the org.
            let _ = running.thread.join();
        }
    }
}

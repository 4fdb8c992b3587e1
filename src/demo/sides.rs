//! Who answers: calls that only ask go to one of a few readers, each on a snapshot of its
//! own; everything else goes to the one writer, in order. A fault inside an answer ends
//! that answer alone.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use rusqlite::Connection;
use tokio::sync::{Semaphore, oneshot};

use super::engine::Engine;
use super::error::Refusal;
use super::exports::Exports;
use super::store::{self, Store};
use super::wire::{Reply, Request};

/// Snapshots read at a time.
pub const READERS: usize = 4;

/// What the writer is sent.
pub enum Job {
    /// A request.
    Answer(Box<Request>, oneshot::Sender<Reply>),
    /// Ends the session of a token; `true` with what could renew it.
    Expire(String, bool, oneshot::Sender<()>),
    /// Nothing but the news that an export has ended.
    Wake,
}

/// The ways to an answer.
pub struct Sides {
    readers: Arc<Readers>,
    writer: Arc<mpsc::Sender<Job>>,
    turns: Semaphore,
}

struct Readers {
    engine: Arc<Engine>,
    path: PathBuf,
    /// Opened when first needed, kept for the next.
    idle: Mutex<Vec<Connection>>,
}

impl Sides {
    /// Readers of the file at `path` beside the writer behind `writer`.
    pub fn new(engine: Arc<Engine>, path: PathBuf, writer: Arc<mpsc::Sender<Job>>) -> Self {
        let readers = Readers {
            engine,
            path,
            idle: Mutex::default(),
        };
        Self {
            readers: Arc::new(readers),
            writer,
            turns: Semaphore::new(READERS),
        }
    }

    /// The answer to a request. Work that began goes on when nobody waits any more.
    pub async fn ask(&self, request: Request) -> Reply {
        if Engine::is_read(&request) {
            // The semaphore is never closed.
            let turn = self.turns.acquire().await;
            let readers = Arc::clone(&self.readers);
            let asked = request.clone();
            let answer = tokio::task::spawn_blocking(move || readers.answer(&asked)).await;
            drop(turn);
            if let Ok(Some(reply)) = answer {
                return reply;
            }
        }
        self.change(request).await
    }

    async fn change(&self, request: Request) -> Reply {
        let (reply, answer) = oneshot::channel();
        let gone = || Refusal::new(503, "SERVER_UNAVAILABLE", "The demo org is stopping").reply();
        if self
            .writer
            .send(Job::Answer(Box::new(request), reply))
            .is_err()
        {
            return gone();
        }
        answer.await.unwrap_or_else(|_| gone())
    }

    /// Ends the session of a token before its time; `refresh` also ends what could renew it.
    pub async fn expire(&self, token: String, refresh: bool) {
        let (done, told) = oneshot::channel();
        if self.writer.send(Job::Expire(token, refresh, done)).is_ok() {
            // An org that is stopping has no sessions.
            let _ = told.await;
        }
    }
}

impl Readers {
    /// `None` sends the request to the writer: it writes, or no snapshot can be opened.
    fn answer(&self, request: &Request) -> Option<Reply> {
        let kept = self.idle().pop();
        let db = kept.map_or_else(|| store::reader(&self.path), Ok).ok()?;
        // A connection that saw a panic is closed with it.
        let answer = guarded(request, || (self.engine.read(&db, request), db));
        match answer {
            Ok((reply, db)) => {
                self.idle().push(db);
                reply
            }
            Err(reply) => Some(reply),
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers jobs until every sender is gone, and does the background's work in between.
pub fn work(store: &Store, engine: &Engine, jobs: &mpsc::Receiver<Job>, mut exports: Exports) {
    let mut is_busy = true;
    while let Some(job) = next(jobs, is_busy) {
        // A client that hung up does not want its answer; the work stays done.
        match job {
            Some(Job::Answer(request, reply)) => {
                let _ = reply.send(answer(store, engine, &request));
            }
            Some(Job::Expire(token, refresh, done)) => {
                if let Err(fault) = engine.expire(&store.db, &token, refresh) {
                    eprintln!("demo org: a session cannot be ended: {fault}");
                }
                let _ = done.send(());
            }
            Some(Job::Wake) | None => {}
        }
        if let Err(fault) = exports.look_after(&store.db) {
            eprintln!("demo org: a bulk query: {}", fault.body());
        }
        // One piece of background work between two requests.
        is_busy = catch_unwind(AssertUnwindSafe(|| engine.background(&store.db)))
            .unwrap_or_else(|_| engine.give_up(&store.db));
    }
}

/// The next job: none at once when there is other work to do, nothing at all when every
/// sender is gone.
fn next(jobs: &mpsc::Receiver<Job>, is_busy: bool) -> Option<Option<Job>> {
    if !is_busy {
        return jobs.recv().ok().map(Some);
    }
    match jobs.try_recv() {
        Ok(job) => Some(Some(job)),
        Err(mpsc::TryRecvError::Empty) => Some(None),
        Err(mpsc::TryRecvError::Disconnected) => None,
    }
}

fn answer(store: &Store, engine: &Engine, request: &Request) -> Reply {
    let answer = guarded(request, || engine.write(&store.db, request));
    answer.unwrap_or_else(|reply| {
        // What the call had begun is taken back; outside a transaction that is an error.
        let _ = store.db.execute_batch("ROLLBACK");
        reply
    })
}

/// Runs one answer; a panic in it becomes a 500 and a line on standard error.
fn guarded<T>(request: &Request, work: impl FnOnce() -> T) -> Result<T, Reply> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let said = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("a panic without words");
        let error = error_id();
        eprintln!(
            "demo org: a bug answering {} {} (ErrorId {error}): {said}",
            request.method, request.path
        );
        Refusal::unexpected(error).reply()
    })
}

/// As support asks for, `1839476525-53411 (-1480309345)`.
fn error_id() -> String {
    let bytes = uuid::Uuid::now_v7().into_bytes();
    let number = |at: usize| {
        let part = bytes.get(at..at + 4).and_then(|part| part.try_into().ok());
        u32::from_be_bytes(part.unwrap_or_default())
    };
    let (first, middle, last) = (number(2), number(8) % 100_000, number(12));
    format!(
        "{first}-{middle} ({})",
        i64::from(last) - i64::from(i32::MAX)
    )
}

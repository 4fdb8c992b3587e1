//! The engine on a thread of its own, so that no screen ever waits for it.

use std::any::Any;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::sync::mpsc;
use std::task::Poll;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{AbortHandle, JoinSet, LocalSet};

use crate::domain::failure::Failure;
use crate::job::{Answer, Job, JobId, Reply};

use super::Settings;
use super::engine::Engine;

enum Message {
    Start(JobId, Box<Job>),
    Forget(JobId),
    /// Told when nothing is left to do.
    Finish(mpsc::Sender<()>),
}

/// A worker thread for one connection.
#[derive(Debug)]
pub struct Worker {
    messages: UnboundedSender<Message>,
}

impl Worker {
    /// Starts the thread. `sink` gets every answer, on that thread: it must not block.
    pub fn spawn(
        settings: Settings,
        sink: impl Fn(Answer) + Send + 'static,
    ) -> Result<Self, Failure> {
        let no_thread =
            |error: std::io::Error| Failure::local(&format!("cannot start the worker: {error}"));
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(no_thread)?;
        let (messages, received) = unbounded_channel();
        std::thread::Builder::new()
            .name("worker".to_owned())
            .spawn(move || serve(runtime, settings, sink, received))
            .map_err(no_thread)?;
        Ok(Self { messages })
    }

    /// Starts a job; its answers come to the sink.
    pub fn start(&self, id: JobId, job: Job) {
        self.tell(Message::Start(id, Box::new(job)));
    }

    /// Nobody waits for this job any more. One that only reads ends at once, without an
    /// answer; one that writes goes on.
    pub fn forget(&self, id: JobId) {
        self.tell(Message::Forget(id));
    }

    /// Ends the thread when writes and drafts under way are through. Says whether that
    /// was so in time; a write cut off is found unknown by the next start.
    pub fn finish(self, within: Duration) -> bool {
        let (done, ended) = mpsc::channel();
        self.tell(Message::Finish(done));
        ended.recv_timeout(within).is_ok()
    }

    fn tell(&self, message: Message) {
        // Fails only when the thread is gone, and then nobody is left to answer.
        let _ = self.messages.send(message);
    }
}

fn serve(
    runtime: Runtime,
    settings: Settings,
    sink: impl Fn(Answer) + 'static,
    received: UnboundedReceiver<Message>,
) {
    let local = LocalSet::new();
    let ended = runtime.block_on(local.run_until(work(settings, sink, received)));
    // A key store or a starting org that hangs must not keep the program.
    runtime.shutdown_background();
    if let Some(ended) = ended {
        // Whoever asked may have stopped waiting.
        let _ = ended.send(());
    }
}

/// Takes messages until told to finish; gives whom to tell.
async fn work(
    settings: Settings,
    sink: impl Fn(Answer) + 'static,
    mut received: UnboundedReceiver<Message>,
) -> Option<mpsc::Sender<()>> {
    let engine = Rc::new(Engine::new(settings));
    let sink = Rc::new(sink);
    let mut reads: HashMap<JobId, AbortHandle> = HashMap::new();
    let mut kept = JoinSet::new();
    let (pumping, told) = (Rc::clone(&engine), Rc::clone(&sink));
    kept.spawn_local(async move { pumping.pump(&|answer| told(answer)).await });
    let told = loop {
        match received.recv().await {
            Some(Message::Start(id, job)) => {
                let must_end = must_end(&job);
                let (engine, sink) = (Rc::clone(&engine), Rc::clone(&sink));
                let run = async move {
                    let answer = |answer| sink(answer);
                    if let Err(bug) = caught(engine.run(id, *job, &answer)).await {
                        sink(fallen(id, &bug));
                    }
                };
                if must_end {
                    kept.spawn_local(run);
                } else {
                    reads.retain(|_, read| !read.is_finished());
                    reads.insert(id, tokio::task::spawn_local(run).abort_handle());
                }
                while kept.try_join_next().is_some() {}
            }
            Some(Message::Forget(id)) => {
                if let Some(read) = reads.remove(&id) {
                    read.abort();
                }
            }
            Some(Message::Finish(done)) => break Some(done),
            None => break None,
        }
    };
    reads.values().for_each(AbortHandle::abort);
    engine.close();
    while kept.join_next().await.is_some() {}
    // Whoever waits for us set a limit of their own.
    engine.settle_login().await;
    told
}

/// Runs a job so that a bug in it ends this job only; gives what the bug said.
async fn caught<T>(job: impl Future<Output = T>) -> Result<T, String> {
    let mut job = pin!(job);
    std::future::poll_fn(move |context| {
        // What the job shared is a cell taken for one statement, or a row on disk.
        match catch_unwind(AssertUnwindSafe(|| job.as_mut().poll(context))) {
            Ok(polled) => polled.map(Ok),
            Err(payload) => Poll::Ready(Err(said(payload.as_ref()))),
        }
    })
    .await
}

fn said(payload: &(dyn Any + Send)) -> String {
    let text = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_default()
}

/// The answer of a job that a bug ended.
fn fallen(id: JobId, bug: &str) -> Answer {
    let message = format!(
        "a bug in this program ended the job ({bug}). What was to be written is in the outbox"
    );
    Answer {
        job: Some(id),
        reply: Reply::Failed(Failure::local(&message)),
        last: true,
        link: None,
    }
}

/// Whether a job changes something, in the org or on disk.
fn must_end(job: &Job) -> bool {
    match job {
        Job::Log { .. }
        | Job::Write { .. }
        | Job::Resend { .. }
        | Job::Revise { .. }
        | Job::Cancel(_)
        | Job::Link { .. }
        | Job::Undo(_)
        | Job::SendDue
        | Job::Pause
        | Job::Resume
        | Job::KeepQueries(_)
        | Job::SaveDraft(_)
        | Job::DropDraft(_)
        | Job::LoginWord(_)
        | Job::Logout(_)
        | Job::SaveConnection(_)
        | Job::SetMode(..)
        | Job::RemoveConnection(_)
        | Job::ChooseConnection(_)
        | Job::Run(_)
        | Job::Export(_)
        | Job::Refused(_) => true,
        Job::Connect(_)
        | Job::Objects
        | Job::Describe { .. }
        | Job::Recall { .. }
        | Job::Search { .. }
        | Job::Open { .. }
        | Job::Peek(_)
        | Job::Query { .. }
        | Job::Check(_)
        | Job::ListViews { .. }
        | Job::ListView { .. }
        | Job::Queries
        | Job::Lookup { .. }
        | Job::PrepareLog
        | Job::Outbox
        | Job::History(_)
        | Job::Drafts
        | Job::Connections
        | Job::Login(_)
        | Job::Unlock(_)
        | Job::TestConnection(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bug_in_a_job_ends_that_job_with_an_answer() {
        let runtime = Builder::new_current_thread().build().unwrap();
        let sound = runtime.block_on(caught(async { 7 }));
        assert_eq!(sound, Ok(7));
        let bug = runtime.block_on(caught(async {
            tokio::task::yield_now().await;
            let rows: Vec<u8> = Vec::new();
            rows[0]
        }));
        let bug = bug.unwrap_err();
        assert!(bug.contains("index out of bounds"), "{bug}");
        let answer = fallen(JobId(3), &bug);
        assert!(answer.last && answer.job == Some(JobId(3)));
        assert!(matches!(answer.reply, Reply::Failed(failure) if failure.message.contains("bug")));
    }
}

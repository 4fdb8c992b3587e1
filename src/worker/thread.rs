//! The engine on a thread of its own, so that no screen ever waits for it.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::mpsc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{AbortHandle, JoinSet, LocalSet};

use crate::domain::failure::Failure;
use crate::job::{Answer, Job, JobId};

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
                let run = async move { engine.run(id, *job, &|answer| sink(answer)).await };
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
    told
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
        | Job::SaveDraft(_)
        | Job::DropDraft(_) => true,
        Job::Connect(_)
        | Job::Objects
        | Job::Describe { .. }
        | Job::Recall { .. }
        | Job::Search { .. }
        | Job::Open { .. }
        | Job::Peek(_)
        | Job::Query { .. }
        | Job::Lookup { .. }
        | Job::PrepareLog
        | Job::Outbox
        | Job::History(_)
        | Job::Drafts => false,
    }
}

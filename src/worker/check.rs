//! Checks a file for a write block: asks the org for its describes, then reads the file on
//! a thread of its own. Sends nothing; what is ready lies in a folder of its own.

use std::fs::{self, DirBuilder};
use std::ops::ControlFlow;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::block::{self, Describes, Opened};
use crate::domain::block::prepared::{Checking, Prepared};
use crate::domain::block::{Block, Input};
use crate::domain::failure::Failure;
use crate::job::{CheckOrder, Purpose, Reply};

use super::asked::Asked;
use super::describe;
use super::engine::Engine;

/// Time between two words about how far checking has come.
const TOLD_EVERY: Duration = Duration::from_millis(200);
/// A block's zone that means the user's own.
const USER_ZONE: &str = "user";

/// Ends the reading when the job is dropped: nobody waits for it any more.
struct BreakOff(Arc<AtomicBool>);

impl Drop for BreakOff {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A run's folder that goes unless it is kept.
struct Folder {
    path: PathBuf,
    kept: bool,
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.kept {
            // Nothing in it is needed, and nobody is left to be told.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// `Job::Check`
pub(super) async fn run(
    engine: &Engine,
    asked: &Asked<'_>,
    order: CheckOrder,
) -> Result<Reply, Failure> {
    let CheckOrder {
        input,
        mut block,
        purpose,
    } = order;
    let form = describe::form(engine, asked, &block.object).await?;
    block.object = form.schema.summary.api_name.clone();
    if block.read.zone.as_deref() == Some(USER_ZONE) {
        let now = engine.now(asked);
        block.read.zone = now.time_zone().iana_name().map(str::to_owned);
    }
    let mut folder = folder(engine)?;
    let opened = open(input, block, folder.path.clone()).await?;
    let mut describes = Describes {
        objects: describe::objects(engine, asked).await?,
        form,
        ..Describes::default()
    };
    for object in opened.parent_objects(&describes.form) {
        let parent = describe::form(engine, asked, &object).await?;
        describes.parents.insert(object, parent);
    }
    let prepared = prepare(asked, opened, describes, &folder.path).await?;
    folder.kept = purpose == Purpose::ToSend;
    Ok(Reply::Checked(Box::new(prepared)))
}

/// A folder of its own under the state folder, private like it.
fn folder(engine: &Engine) -> Result<Folder, Failure> {
    let path = engine
        .state_dir
        .join("blocks")
        .join(uuid::Uuid::now_v7().to_string());
    let made = DirBuilder::new().recursive(true).mode(0o700).create(&path);
    made.map_err(|error| {
        Failure::local(&format!(
            "cannot make the folder `{}`: {error}",
            path.display()
        ))
    })?;
    Ok(Folder { path, kept: false })
}

async fn open(input: Input, block: Block, folder: PathBuf) -> Result<Opened, Failure> {
    let opened = tokio::task::spawn_blocking(move || block::open(&input, block, &folder)).await;
    opened.unwrap_or_else(|_| Err(fallen()))
}

fn fallen() -> Failure {
    Failure::local("checking ended by a bug in this program; nothing was sent")
}

async fn prepare(
    asked: &Asked<'_>,
    opened: Opened,
    describes: Describes,
    folder: &Path,
) -> Result<Prepared, Failure> {
    let stopped = Arc::new(AtomicBool::new(false));
    let _break_off = BreakOff(Arc::clone(&stopped));
    let (tell, mut told) = unbounded_channel();
    let folder = folder.to_owned();
    let reading = tokio::task::spawn_blocking(move || {
        let mut watch = watch(tell, stopped);
        opened.prepare(&describes, &folder, &mut watch)
    });
    // Ends when the reader is through and its end of the channel is gone.
    while let Some(checking) = told.recv().await {
        asked.say(Reply::Checking(checking));
    }
    reading.await.unwrap_or_else(|_| Err(fallen()))
}

fn watch(
    tell: UnboundedSender<Checking>,
    stopped: Arc<AtomicBool>,
) -> impl FnMut(&Checking) -> ControlFlow<()> {
    let mut last = Instant::now();
    move |checking| {
        if last.elapsed() >= TOLD_EVERY {
            last = Instant::now();
            // Nobody listens once the job is dropped; then it is stopped, too.
            let _ = tell.send(*checking);
        }
        match stopped.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }
}

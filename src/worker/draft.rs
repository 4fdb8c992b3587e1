//! Keeping what was typed and not sent.

use crate::domain::draft::SavedDraft;
use crate::domain::failure::Failure;
use crate::job::Reply;
use crate::store::draft::DraftAt;

use super::asked::Asked;
use super::connect;
use super::engine::Engine;

/// What drafts are typed against: one connection's name may stand for production today
/// and for a sandbox tomorrow.
pub(super) fn place(engine: &Engine) -> String {
    let name = &engine.connection;
    engine.instance_url.as_deref().map_or_else(
        || name.clone(),
        |url| format!("{name}@{}", connect::canonical(url)),
    )
}

/// `Job::SaveDraft`: answered when it is on disk.
pub(super) fn save(
    engine: &Engine,
    asked: &Asked<'_>,
    draft: &SavedDraft,
) -> Result<Reply, Failure> {
    let saved = engine
        .outbox(asked)
        .and_then(|outbox| outbox.save_draft(&place(engine), draft));
    saved.map_err(not_saved)?;
    Ok(Reply::DraftKept)
}

/// What is typed stays on the screen; it is saved with the next key where that works then.
fn not_saved(failure: Failure) -> Failure {
    let message = format!(
        "Not saved: what is typed is on this screen only. {}",
        failure.message
    );
    Failure { message, ..failure }
}

/// `Job::DropDraft`.
pub(super) fn discard(engine: &Engine, asked: &Asked<'_>, key: &str) -> Result<Reply, Failure> {
    let place = place(engine);
    let draft = DraftAt { place: &place, key };
    engine.outbox(asked)?.drop_draft(draft)?;
    Ok(Reply::DraftKept)
}

/// `Job::Drafts`: one that can no longer be read is news, and does not hide the others.
pub(super) fn list(engine: &Engine, asked: &Asked<'_>) -> Result<Reply, Failure> {
    let (outbox, place) = (engine.outbox(asked)?, place(engine));
    if place != engine.connection {
        // Kept when no draft said which instance it was for: offered by the next one used.
        outbox.move_drafts(&engine.connection, &place)?;
    }
    let found = outbox.drafts(&place)?;
    for failure in found.unreadable {
        asked.news(Reply::Failed(failure));
    }
    Ok(Reply::Drafts(found.drafts))
}

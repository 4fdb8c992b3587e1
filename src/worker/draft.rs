//! Keeping what was typed and not sent.

use crate::domain::draft::SavedDraft;
use crate::domain::failure::Failure;
use crate::job::Reply;

use super::asked::Asked;
use super::engine::Engine;

/// `Job::SaveDraft`: answered when it is on disk.
pub(super) fn save(
    engine: &Engine,
    asked: &Asked<'_>,
    draft: &SavedDraft,
) -> Result<Reply, Failure> {
    engine
        .outbox(asked)?
        .save_draft(&engine.connection, draft)?;
    Ok(Reply::DraftKept)
}

/// `Job::DropDraft`.
pub(super) fn discard(engine: &Engine, asked: &Asked<'_>, key: &str) -> Result<Reply, Failure> {
    engine.outbox(asked)?.drop_draft(&engine.connection, key)?;
    Ok(Reply::DraftKept)
}

/// `Job::Drafts`: one that can no longer be read is news, and does not hide the others.
pub(super) fn list(engine: &Engine, asked: &Asked<'_>) -> Result<Reply, Failure> {
    let found = engine.outbox(asked)?.drafts(&engine.connection)?;
    for failure in found.unreadable {
        asked.news(Reply::Failed(failure));
    }
    Ok(Reply::Drafts(found.drafts))
}

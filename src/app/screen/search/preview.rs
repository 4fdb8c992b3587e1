//! The preview: what is known of the hit under the cursor without asking the org.

use std::time::Duration;

use crate::app::msg::Timer;
use crate::app::page_rows::{self, PageRow};
use crate::app::turn::Turn;
use crate::job::{Answer, Hit, Job, Page, Reply};

use super::Search;

/// The cursor rests this long before the preview follows it.
const PREVIEW_AFTER: Duration = Duration::from_millis(120);

/// A hit and what is known of it without asking the org.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The hit.
    pub hit: Hit,
    /// Its page as last read.
    pub page: Option<Box<Page>>,
    /// The page's fields.
    pub rows: Vec<PageRow>,
}

impl Preview {
    /// Takes the record as it was just read.
    pub(super) fn show(&mut self, page: &Page, turn: &Turn<'_>) {
        self.rows = page_rows::rows(page, turn.org, turn.now);
        self.page = Some(Box::new(page.clone()));
    }
}

impl Search {
    /// The preview follows once the cursor rests on another record.
    pub(super) fn rest(&self, turn: &mut Turn<'_>) {
        if self.is_elsewhere() {
            turn.ring(Timer::PreviewPause, PREVIEW_AFTER);
        }
    }

    fn is_elsewhere(&self) -> bool {
        let shown = self.preview.as_ref().map(|preview| preview.hit.link.id);
        let chosen = self.hits.selected().map(|hit| hit.link.id);
        self.previews && shown != chosen
    }

    /// Follows the cursor with the preview: from the cache, never by a request.
    pub(super) fn peek(&mut self, turn: &mut Turn<'_>) {
        if !self.is_elsewhere() {
            return;
        }
        let hit = self.hits.selected().cloned();
        let chosen = hit.as_ref().map(|hit| hit.link.id);
        self.preview = hit.map(|hit| Preview {
            hit,
            page: None,
            rows: Vec::new(),
        });
        let Some(id) = chosen else {
            turn.forget(self.peek.stop());
            return;
        };
        let job = turn.start(Job::Peek(id));
        turn.forget(self.peek.wait(job));
    }

    pub(super) fn peeked(&mut self, answer: &Answer, turn: &Turn<'_>) {
        if let (Reply::Opened(page), Some(preview)) = (&answer.reply, &mut self.preview) {
            preview.show(page, turn);
        }
        self.peek.accept((), true);
    }
}

//! Draws `app::screen::outbox`.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::app::App;
use crate::app::screen::outbox::OutboxScreen;
use crate::ui::theme::Theme;

/// Draws it.
pub fn draw(_app: &App, _it: &OutboxScreen, _theme: &Theme, _frame: &mut Frame<'_>, _area: Rect) {}

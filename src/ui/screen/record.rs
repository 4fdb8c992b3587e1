//! Draws `app::screen::record`.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::app::App;
use crate::app::screen::record::RecordScreen;
use crate::ui::theme::Theme;

/// Draws it.
pub fn draw(_app: &App, _it: &RecordScreen, _theme: &Theme, _frame: &mut Frame<'_>, _area: Rect) {}

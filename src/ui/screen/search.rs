//! Draws `app::screen::search`.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::app::App;
use crate::app::screen::search::Search;
use crate::ui::theme::Theme;

/// Draws it.
pub fn draw(_app: &App, _it: &Search, _theme: &Theme, _frame: &mut Frame<'_>, _area: Rect) {}

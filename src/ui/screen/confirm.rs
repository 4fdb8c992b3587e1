//! Draws `app::screen::confirm`.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::app::App;
use crate::app::screen::confirm::Confirm;
use crate::ui::theme::Theme;

/// Draws it.
pub fn draw(_app: &App, _it: &Confirm, _theme: &Theme, _frame: &mut Frame<'_>, _area: Rect) {}

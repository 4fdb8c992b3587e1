//! Draws `app::screen::log`.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::app::App;
use crate::app::screen::log::LogForm;
use crate::ui::theme::Theme;

/// Draws it.
pub fn draw(_app: &App, _it: &LogForm, _theme: &Theme, _frame: &mut Frame<'_>, _area: Rect) {}

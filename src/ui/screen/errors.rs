//! Draws `app::screen::errors`.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::app::App;
use crate::app::screen::errors::ErrorsScreen;
use crate::ui::theme::Theme;

/// Draws it.
pub fn draw(_app: &App, _it: &ErrorsScreen, _theme: &Theme, _frame: &mut Frame<'_>, _area: Rect) {}

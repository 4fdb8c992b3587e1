//! Draws `app::screen::finder`.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::app::App;
use crate::app::screen::finder::Finder;
use crate::ui::theme::Theme;

/// Draws it.
pub fn draw(_app: &App, _it: &Finder, _theme: &Theme, _frame: &mut Frame<'_>, _area: Rect) {}

//! Draws `app::screen::form`.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::app::App;
use crate::app::screen::form::Form;
use crate::ui::theme::Theme;

/// Draws it.
pub fn draw(_app: &App, _it: &Form, _theme: &Theme, _frame: &mut Frame<'_>, _area: Rect) {}

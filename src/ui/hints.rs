//! The two lines at the foot: what just happened, and the keys that matter here.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::app::App;

use super::theme::Theme;

/// Draws what just happened.
pub fn draw_notice(app: &App, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    if let Some(notice) = &app.notice {
        frame.render_widget(Line::styled(notice.text.as_str(), theme.text), area);
    }
}

/// Draws the keys that matter here.
pub fn draw(_app: &App, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    frame.render_widget(Line::styled("? help", theme.dim), area);
}

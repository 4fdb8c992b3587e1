//! The top line: where we are, which view, how the line to the org stands.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::app::App;

use super::theme::Theme;

/// Draws the top line.
pub fn draw(app: &App, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    frame.render_widget(Line::styled(app.org.connection.as_str(), theme.badge), area);
}

//! Frames around panes: the same title, count and border everywhere.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Block;

use super::theme::Theme;

/// Draws a frame with a title on the left and a state or count on the right; returns the
/// room inside.
pub fn draw(theme: &Theme, frame: &mut Frame<'_>, area: Rect, title: &str, aside: &str) -> Rect {
    let mut block = Block::bordered()
        .border_set(theme.glyphs.border)
        .border_style(theme.dim);
    if !title.is_empty() {
        block = block.title(Line::styled(format!(" {title} "), theme.strong));
    }
    if !aside.is_empty() {
        block = block.title(Line::styled(format!(" {aside} "), theme.dim).right_aligned());
    }
    let inside = block.inner(area);
    frame.render_widget(block, area);
    inside
}

/// A box of at most this size in the middle of an area.
pub fn centred(area: Rect, columns: u16, rows: u16) -> Rect {
    let (width, height) = (columns.min(area.width), rows.min(area.height));
    Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    }
}

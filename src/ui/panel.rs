//! Frames around panes: the same title, count and border everywhere.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::Block;

use crate::domain::text;

use super::theme::Theme;

/// An area without its first and its last column, so that text does not touch a border.
pub fn inset(area: Rect) -> Rect {
    Rect {
        x: area.x + 1,
        width: area.width.saturating_sub(2),
        ..area
    }
}

/// What is left of an area below its first rows.
pub fn below(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect {
        y: area.y + rows,
        height: area.height - rows,
        ..area
    }
}

/// Draws a frame with a title on the left and a state or count on the right, both made
/// safe and cut where room is short; returns the room inside.
pub fn draw(theme: &Theme, frame: &mut Frame<'_>, area: Rect, title: &str, aside: &str) -> Rect {
    let mut block = Block::bordered()
        .border_set(theme.glyphs.border)
        .border_style(theme.dim);
    let room = usize::from(area.width).saturating_sub(4);
    let title = text::clip(title, room, theme.glyphs.ellipsis);
    let room = room.saturating_sub(text::width(&title) + 3);
    let aside = text::clip(aside, room, theme.glyphs.ellipsis);
    if !title.is_empty() {
        block = block.title(Line::styled(format!(" {title} "), theme.strong));
    }
    if text::width(&aside) > 1 {
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

/// Says something in place of content, wrapped, with a margin where there is room.
pub fn say(theme: &Theme, frame: &mut Frame<'_>, area: Rect, said: &str) {
    let margin = u16::from(area.width > 20);
    let columns = usize::from(area.width.saturating_sub(2 * margin));
    for (line, row) in text::wrap(said, columns).into_iter().zip(area.rows()) {
        let row = Rect {
            x: row.x + margin,
            width: row.width - margin,
            ..row
        };
        frame.render_widget(Line::styled(line, theme.text), row);
    }
}

/// Least rows of a body that shows a list and details below it.
const SPLIT_FROM: u16 = 20;
/// Least rows of the details below a list.
const DETAILS: u16 = 12;

/// Splits a body into a list of `len` rows and details below it, where it is high enough.
/// The list takes no more than it needs.
pub fn list_over_details(area: Rect, len: usize) -> (Rect, Option<Rect>) {
    if area.height < SPLIT_FROM {
        return (area, None);
    }
    let needed = u16::try_from(len.saturating_add(3)).unwrap_or(u16::MAX);
    let rows = needed.clamp(6, area.height - DETAILS);
    let [list, details] =
        Layout::vertical([Constraint::Length(rows), Constraint::Min(1)]).areas(area);
    (list, Some(details))
}

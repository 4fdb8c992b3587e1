//! Rows of lists: the same cursor in every list, and columns that are never too wide.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::list::ListCursor;
use crate::domain::text;

use super::theme::Theme;

/// Columns before a row's text, where the cursor's mark stands.
pub const MARGIN: u16 = 2;

/// Draws a row of a list.
pub fn draw(frame: &mut Frame<'_>, area: Rect, line: Line<'_>) {
    let inside = Rect {
        x: area.x + MARGIN.min(area.width),
        width: area.width.saturating_sub(MARGIN),
        ..area
    };
    frame.render_widget(line, inside);
}

/// Draws the row under the cursor: one style for the whole row, which keeps a move of
/// the cursor small on the wire.
pub fn draw_chosen(theme: &Theme, frame: &mut Frame<'_>, area: Rect, line: Line<'_>) {
    let words = line.spans.iter().map(|span| span.content.as_ref());
    draw(frame, area, Line::from(words.collect::<String>()));
    let mark = Rect { width: 1, ..area };
    frame.render_widget(Span::raw(theme.glyphs.cursor), mark);
    frame.buffer_mut().set_style(area, theme.selected);
}

/// The rows of a list that are in view: index and place of each.
pub fn in_view(cursor: &ListCursor, area: Rect, len: usize) -> impl Iterator<Item = (usize, Rect)> {
    let top = cursor.window(area.height.into(), len);
    (top..len).zip(area.rows())
}

/// Text of exactly so many columns, cut with the theme's ellipsis.
pub fn fit(theme: &Theme, content: &str, columns: usize) -> String {
    text::pad(
        &text::clip(content, columns, theme.glyphs.ellipsis),
        columns,
    )
}

/// A paragraph from the top of an area, wrapped between words.
pub fn paragraph(
    frame: &mut Frame<'_>,
    area: Rect,
    content: &str,
    style: ratatui::style::Style,
) -> u16 {
    let lines = text::wrap(content, area.width.into());
    let mut used = 0;
    for (line, row) in lines.into_iter().zip(area.rows()) {
        frame.render_widget(Line::styled(line, style), row);
        used += 1;
    }
    used
}

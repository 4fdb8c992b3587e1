//! Draws a text field with the terminal's own cursor in it. Safe for any text: what a
//! terminal would act on is never drawn.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;

use crate::app::input::Input;
use crate::domain::text;

/// Draws one line of text, scrolled so that the cursor is in view; the cursor itself
/// where `focused`.
pub fn draw_line(frame: &mut Frame<'_>, area: Rect, input: &Input, style: Style) {
    draw_lines(frame, Rect { height: 1, ..area }, input, style);
}

/// Draws as many lines as the area has, scrolled to the cursor.
pub fn draw_lines(frame: &mut Frame<'_>, area: Rect, input: &Input, style: Style) {
    if area.width == 0 || area.height == 0 {
        return;
    }
    let (row, column) = input.cursor();
    let first = (row + 1).saturating_sub(usize::from(area.height));
    let before: String = input
        .lines()
        .get(row)
        .map(|line| line.chars().take(column).collect())
        .unwrap_or_default();
    let behind = text::width(&text::line(&before));
    let shift = (behind + 1).saturating_sub(usize::from(area.width));
    for (place, line) in (area.y..area.bottom()).zip(input.lines().iter().skip(first)) {
        let shown = skip_columns(&text::line(line), shift);
        let shown = text::clip(&shown, usize::from(area.width), "");
        let row = Rect {
            y: place,
            height: 1,
            ..area
        };
        frame.render_widget(Line::styled(shown, style), row);
    }
    let right = u16::try_from(behind - shift).unwrap_or(u16::MAX);
    let down = u16::try_from(row - first).unwrap_or(u16::MAX);
    frame.set_cursor_position(Position {
        x: area.x.saturating_add(right).min(area.right() - 1),
        y: area.y.saturating_add(down),
    });
}

/// The text without its first columns; half of a wide character becomes a blank.
fn skip_columns(text: &str, columns: usize) -> String {
    if columns == 0 {
        return text.to_owned();
    }
    let gone = text::clip(text, columns, "");
    let rest = text.strip_prefix(gone.as_str()).unwrap_or_default();
    match columns - text::width(&gone) {
        0 => rest.to_owned(),
        missing => {
            let mut graphemes = unicode_segmentation::UnicodeSegmentation::graphemes(rest, true);
            graphemes.next();
            " ".repeat(missing) + graphemes.as_str()
        }
    }
}

//! Small pieces of the form's picture.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use serde_json::Value;

use crate::domain::schema::{Field, FieldType};
use crate::domain::text;
use crate::ui::panel;
use crate::ui::theme::Theme;

/// The first rows of an area and the rest.
pub fn split_top(area: Rect, rows: u16) -> [Rect; 2] {
    Layout::vertical([Constraint::Length(rows), Constraint::Min(0)]).areas(area)
}

/// Draws wrapped text from the top of an area.
pub fn draw_text(frame: &mut Frame<'_>, area: Rect, said: &str, style: Style) {
    let area = panel::inset(area);
    let lines = text::wrap(said, usize::from(area.width));
    for (line, y) in lines.into_iter().zip(area.y..area.bottom()) {
        let row = Rect {
            y,
            height: 1,
            ..area
        };
        frame.render_widget(Line::styled(line, style), row);
    }
}

/// Draws what must be read first; returns the room that is left.
pub fn draw_banner(said: Option<&str>, theme: &Theme, frame: &mut Frame<'_>, area: Rect) -> Rect {
    let Some(said) = said else { return area };
    let wrapped = text::wrap(said, usize::from(area.width.saturating_sub(2)));
    let rows = u16::try_from(wrapped.len()).unwrap_or(u16::MAX);
    let [top, rest] = split_top(area, rows.min(area.height / 3));
    draw_text(frame, top, said, theme.error);
    rest
}

/// Draws a section's heading on a rule.
pub fn draw_heading(heading: &str, theme: &Theme, frame: &mut Frame<'_>, line: Rect) {
    let rule = theme.glyphs.rule;
    let wide = usize::from(line.width.saturating_sub(5));
    let heading = text::clip(heading, wide.saturating_sub(5), theme.glyphs.ellipsis);
    let left = wide.saturating_sub(text::width(&heading) + 4);
    let drawn = format!("    {rule}{rule} {heading} {}", rule.repeat(left));
    frame.render_widget(Line::styled(drawn, theme.dim), Rect { height: 1, ..line });
}

/// Draws the brackets around an editor.
pub fn draw_brackets(theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    for y in area.y..area.bottom() {
        let right = area.right().saturating_sub(1);
        for (x, mark) in [(area.x, "["), (right, "]")] {
            let cell = Rect {
                x,
                y,
                width: 1,
                height: 1,
            };
            frame.render_widget(Line::styled(mark, theme.dim), cell);
        }
    }
}

/// A day with its weekday: shorthand such as `fri` is checked by it.
pub fn with_weekday(field: &Field, read: &Value, shown: String) -> String {
    let day = match (field.kind, read.as_str()) {
        (FieldType::Date, Some(raw)) => raw.parse::<jiff::civil::Date>().ok(),
        _ => None,
    };
    match day {
        Some(day) => format!("{} {shown}", day.strftime("%a")),
        None => shown,
    }
}

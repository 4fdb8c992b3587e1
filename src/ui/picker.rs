//! Draws `app::picker`: a small box near the field it is for, always inside the screen.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;

use crate::app::picker::{Choice, Picker};
use crate::domain::text;

use super::theme::Theme;
use super::{editor, panel};

/// Columns of the box, where there is room.
const WIDTH: u16 = 56;
/// Rows of choices shown at once, where there is room.
const ROWS: u16 = 10;

/// Draws the picker below the row `anchor`, or above it where there is more room.
pub fn draw(picker: &Picker, theme: &Theme, frame: &mut Frame<'_>, anchor: Rect, bounds: Rect) {
    let rows = picker.rows();
    let area = place(anchor, bounds);
    frame.render_widget(Clear, area);
    let aside = aside(picker, rows.len());
    let inside = panel::draw(theme, frame, area, &text::line(&picker.title), &aside);
    if inside.height == 0 || inside.width < 4 {
        return;
    }
    draw_rows(picker, &rows, theme, frame, panel::below(inside, 1));
    // Last, for the cursor belongs into the filter line.
    let filter = Rect {
        x: inside.x + 2,
        width: inside.width - 2,
        height: 1,
        ..inside
    };
    frame.render_widget(
        Line::styled("/", theme.dim),
        Rect {
            width: 1,
            height: 1,
            ..inside
        },
    );
    editor::draw_line(frame, filter, &picker.input, theme.text);
}

fn place(anchor: Rect, bounds: Rect) -> Rect {
    let width = WIDTH.min(bounds.width);
    let wanted = ROWS + 3;
    let under = bounds.bottom().saturating_sub(anchor.bottom());
    let over = anchor.y.saturating_sub(bounds.y);
    let room = if under >= wanted {
        under
    } else {
        under.max(over)
    };
    let height = wanted.min(room.max(5)).min(bounds.height);
    let y = if under >= height {
        anchor.bottom()
    } else {
        anchor.y.saturating_sub(height).max(bounds.y)
    };
    Rect {
        x: anchor.x.min(bounds.right() - width).max(bounds.x),
        y: y.min(bounds.bottom() - height),
        width,
        height,
    }
}

fn aside(picker: &Picker, rows: usize) -> String {
    if picker.is_waiting() {
        "searching…".to_owned()
    } else if picker.takes_several() {
        "Space takes, Enter done".to_owned()
    } else {
        format!("{rows}")
    }
}

fn draw_rows(picker: &Picker, rows: &[Choice], theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    if rows.is_empty() {
        draw_empty(picker, theme, frame, area);
        return;
    }
    let height = usize::from(area.height);
    let top = picker.cursor.window(height, rows.len());
    for (place, (row, choice)) in (area.y..area.bottom()).zip(rows.iter().enumerate().skip(top)) {
        let selected = row == picker.cursor.selected();
        let line = row_line(picker, choice, selected, theme, usize::from(area.width));
        frame.render_widget(
            line,
            Rect {
                y: place,
                height: 1,
                ..area
            },
        );
    }
}

fn draw_empty(picker: &Picker, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let (said, style) = match picker.failure() {
        Some(failure) => (
            format!("{failure}. Type on to ask again, Esc goes back"),
            theme.error,
        ),
        None if picker.is_waiting() => ("Asking the org…".to_owned(), theme.dim),
        None => (
            "Nothing fits. Type something else, Esc goes back".to_owned(),
            theme.dim,
        ),
    };
    for (line, place) in text::wrap(&said, usize::from(area.width))
        .into_iter()
        .zip(area.y..area.bottom())
    {
        let row = Rect {
            y: place,
            height: 1,
            ..area
        };
        frame.render_widget(Line::styled(line, style), row);
    }
}

fn row_line(
    picker: &Picker,
    choice: &Choice,
    selected: bool,
    theme: &Theme,
    width: usize,
) -> Line<'static> {
    let marked = picker.is_marked(choice);
    let mark = match (picker.takes_several(), marked) {
        (true, true) => "[x] ",
        (true, false) => "[ ] ",
        (false, true) => "* ",
        (false, false) => "  ",
    };
    let cursor = if selected { theme.glyphs.cursor } else { " " };
    let room = width.saturating_sub(2 + mark.len());
    let detail = text::clip(&choice.detail, room / 3, theme.glyphs.ellipsis);
    let label = room.saturating_sub(text::width(&detail) + 1);
    let label = text::pad(
        &text::clip(&choice.label, label, theme.glyphs.ellipsis),
        label,
    );
    let (main, aside) = if selected {
        (theme.selected, theme.selected)
    } else {
        (Style::new(), theme.dim)
    };
    Line::from(vec![
        Span::styled(format!("{cursor} {mark}{label} "), main),
        Span::styled(detail, aside),
    ])
}

//! Draws `app::screen::lists`.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Clear;

use crate::app::screen::lists::Lists;
use crate::domain::text;
use crate::ui::theme::Theme;
use crate::ui::{panel, picker, row};

/// Columns and rows of the box while there is nothing to choose from.
const SIZE: (u16, u16) = (56, 7);
/// Rows of the list and its frame.
const ROWS: u16 = 14;

/// Draws it.
pub fn draw(it: &Lists, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let failure = it.views.failure().or(it.query.failure());
    let is_empty = it
        .views
        .value()
        .is_none_or(|views| !views.iter().any(|it| it.is_query));
    if failure.is_none() && !is_empty {
        let place = panel::centred(area, SIZE.0, ROWS.min(area.height));
        let anchor = Rect { height: 0, ..place };
        return picker::draw(&it.picker, theme, frame, anchor, area);
    }
    let place = panel::centred(area, SIZE.0, SIZE.1);
    frame.render_widget(Clear, place);
    let title = text::line(&it.picker.title);
    let inside = panel::inset(panel::draw(theme, frame, place, &title, ""));
    let (said, style) = match failure {
        Some(failure) => (format!("{failure}. {}", failure.hint()), theme.error),
        None if it.views.is_waiting() => {
            let said = format!("Asking the org{}", theme.glyphs.ellipsis);
            (said, theme.dim)
        }
        None => (
            "No list view here whose rows can be read.".to_owned(),
            theme.dim,
        ),
    };
    let used = row::paragraph(frame, inside, &said, style);
    let rest = panel::below(inside, used + 1);
    frame.render_widget(Line::styled("Esc goes back", theme.dim), rest);
}

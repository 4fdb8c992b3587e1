//! The menu of a prefix key: which keys may follow, in the lower right corner.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;

use crate::app::App;
use crate::app::keymap::{continuations, shown};
use crate::domain::text;

use super::panel;
use super::theme::Theme;

/// Columns of the keys.
const KEYS: usize = 6;
/// Columns around the text: border and a space on each side.
const FRAME: usize = 4;

/// Draws the menu where a prefix key has waited long enough.
pub fn draw(app: &App, theme: &Theme, frame: &mut Frame<'_>, body: Rect) {
    if app.pending.is_empty() || !app.prefix_menu {
        return;
    }
    let rows: Vec<(String, &str)> = continuations(app.contexts(), &app.pending)
        .into_iter()
        .map(|(keys, entry)| (shown(&keys), entry.label))
        .chain([("Esc".to_owned(), "none of these")])
        .collect();
    let label = rows.iter().map(|(_, label)| text::width(label)).max();
    let columns = KEYS + label.unwrap_or(0) + FRAME;
    let width = u16::try_from(columns).unwrap_or(body.width).min(body.width);
    let height = u16::try_from(rows.len() + 2).unwrap_or(body.height);
    let height = height.min(body.height);
    let area = Rect {
        x: body.right() - width,
        y: body.bottom() - height,
        width,
        height,
    };
    frame.render_widget(Clear, area);
    let title = format!("{} ..", shown(&app.pending.join(" ")));
    let inside = panel::draw(theme, frame, area, &title, "");
    for ((keys, label), row) in rows.iter().zip(inside.rows()) {
        let line = Line::from(vec![
            Span::styled(text::pad(&format!(" {keys}"), KEYS), theme.key),
            Span::raw(*label),
        ]);
        frame.render_widget(line, row);
    }
}

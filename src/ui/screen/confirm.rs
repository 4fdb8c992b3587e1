//! Draws `app::screen::confirm`: the org, what will happen, and the keys.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;

use crate::app::App;
use crate::app::screen::confirm::Confirm;
use crate::domain::text;
use crate::ui::theme::Theme;
use crate::ui::{header, panel};

/// Columns of the box, border included.
const WIDTH: u16 = 64;

/// Draws it.
pub fn draw(app: &App, it: &Confirm, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let columns = usize::from(WIDTH.min(area.width).saturating_sub(4));
    let mut lines = vec![
        Line::from(vec![
            header::badge(app, theme),
            Span::styled(
                format!(" {}", text::line(&app.org.connection)),
                theme.strong,
            ),
        ]),
        Line::default(),
    ];
    for (place, sentence) in it.question.text.iter().enumerate() {
        let style = if place == 0 { theme.strong } else { theme.text };
        let wrapped = text::wrap(sentence, columns);
        lines.extend(wrapped.into_iter().map(|line| Line::styled(line, style)));
    }
    let keys = Line::from(vec![
        Span::styled("y", theme.key),
        Span::raw(" yes   "),
        Span::styled("n", theme.key),
        Span::raw(" no, as any other key"),
    ]);
    let height = u16::try_from(lines.len() + 4).unwrap_or(u16::MAX);
    let place = panel::centred(area, WIDTH, height);
    frame.render_widget(Clear, place);
    let inside = panel::draw(theme, frame, place, &text::line(&it.question.title), "");
    let inside = panel::inset(inside);
    let mut rows: Vec<Rect> = inside.rows().collect();
    if let Some(foot) = rows.pop() {
        frame.render_widget(keys, foot);
    }
    for (line, row) in lines.into_iter().zip(rows) {
        frame.render_widget(line, row);
    }
}

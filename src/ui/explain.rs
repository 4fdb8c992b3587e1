//! Draws `app::explain`: what happened, in wrapped paragraphs.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Margin, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::explain;
use crate::app::list::Scroll;
use crate::domain::text;

use super::panel;
use super::theme::Theme;

/// Columns of the labels of pairs.
const LABEL: usize = 16;

/// A pane that explains something, the keys that apply at its foot.
pub struct Pane<'a> {
    /// What it is about.
    pub title: &'a str,
    /// How that stands.
    pub state: &'a str,
    /// What there is to tell.
    pub lines: &'a [explain::Line],
    /// How far it is scrolled, where it fills the screen; `None` shows its start.
    pub scroll: Option<&'a Scroll>,
    /// The keys that apply.
    pub keys: Line<'a>,
}

impl Pane<'_> {
    /// Draws it.
    pub fn draw(self, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
        let way_out = if self.scroll.is_some() {
            "   Esc list"
        } else {
            ""
        };
        let aside = format!("{}{way_out}", self.state);
        let inside = panel::draw(theme, frame, area, self.title, &aside);
        let inside = inside.inner(Margin::new(u16::from(inside.width > 40), 0));
        let [text, foot] =
            Layout::vertical([Constraint::Min(1), Constraint::Length(1)]).areas(inside);
        let lines = wrap(self.lines, text.width, theme);
        let (height, len) = (usize::from(text.height), lines.len());
        let top = self.scroll.map_or(0, |scroll| scroll.window(height, len));
        for (line, row) in lines.into_iter().skip(top).zip(text.rows()) {
            frame.render_widget(line, row);
        }
        let below = len.saturating_sub(top + height);
        if below > 0 {
            let more = format!("{below} more lines");
            frame.render_widget(Line::styled(more, theme.dim).right_aligned(), foot);
        }
        frame.render_widget(self.keys, foot);
    }
}

/// The paragraphs as lines of at most `columns`.
pub fn wrap(paragraphs: &[explain::Line], columns: u16, theme: &Theme) -> Vec<Line<'static>> {
    let columns = usize::from(columns);
    let mut lines = Vec::new();
    for paragraph in paragraphs {
        match paragraph {
            explain::Line::Text(said) => push(&mut lines, ("", said), theme.text, columns),
            explain::Line::Strong(said) => push(&mut lines, ("", said), theme.strong, columns),
            explain::Line::Bad(said) => push(&mut lines, ("! ", said), theme.error, columns),
            explain::Line::Next(said) => {
                let mark = format!("{} ", theme.glyphs.arrow);
                push(&mut lines, (&mark, said), theme.strong, columns);
            }
            explain::Line::Heading(said) => lines.push(heading(said, columns, theme)),
            explain::Line::Pair(label, value) => pair(&mut lines, label, value, (columns, theme)),
        }
    }
    lines
}

/// A mark, then the text in lines, all indented as far as the mark reaches.
fn push(lines: &mut Vec<Line<'static>>, (mark, said): (&str, &str), style: Style, columns: usize) {
    let indent = text::width(mark);
    let room = columns.saturating_sub(indent).max(1);
    for (place, line) in text::wrap(said, room).into_iter().enumerate() {
        let start = if place == 0 {
            mark.to_owned()
        } else {
            " ".repeat(indent)
        };
        lines.push(Line::styled(start + &line, style));
    }
}

fn heading(said: &str, columns: usize, theme: &Theme) -> Line<'static> {
    let rule = theme.glyphs.rule;
    let said = text::clip(said, columns.saturating_sub(6), theme.glyphs.ellipsis);
    let rest = columns.saturating_sub(text::width(&said) + 4);
    Line::styled(
        format!("{} {said} {}", rule.repeat(2), rule.repeat(rest)),
        theme.dim,
    )
}

fn pair(
    lines: &mut Vec<Line<'static>>,
    label: &str,
    value: &str,
    (columns, theme): (usize, &Theme),
) {
    let wide = LABEL.min(columns / 3);
    let shown = text::clip(label, wide, theme.glyphs.ellipsis);
    let room = columns.saturating_sub(wide + 2).max(1);
    for (place, line) in text::wrap(value, room).into_iter().enumerate() {
        let label = if place == 0 { shown.as_str() } else { "" };
        lines.push(Line::from(vec![
            Span::styled(text::pad(label, wide + 2), theme.dim),
            Span::styled(line, theme.text),
        ]));
    }
}

//! Was, mine and theirs of a record that somebody else changed meanwhile: the fields in a
//! list, the one under the cursor in full below it.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Margin, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::App;
use crate::app::screen::form::{Conflict, Form, Side};
use crate::domain::merge::Difference;
use crate::domain::text;
use crate::ui::panel;
use crate::ui::theme::Theme;

use super::{parts, review};

/// Columns of a label, and of what is taken.
const LABEL: usize = 18;
const TAKEN: usize = 10;
/// Narrower than this the three values stand below only.
const WIDE: usize = 70;
/// Rows of the box below the list.
const BELOW: u16 = 7;

/// Draws it.
pub fn draw(app: &App, it: &Form, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let Some(conflict) = it.conflict() else {
        return;
    };
    let state = match conflict.undecided().len() {
        0 => "all decided".to_owned(),
        open => format!("{open} to decide"),
    };
    let title = "Changed by somebody else";
    let inside = panel::draw(theme, frame, area, title, &state);
    let inside = parts::draw_banner(it.banner(), theme, frame, inside);
    let inside = inside.inner(Margin::new(u16::from(inside.width > 40), 0));
    let [top, inside] = parts::split_top(inside, 2);
    let keys = "m keeps yours, t takes theirs, e edits, y saves";
    let said = format!("To {}: {keys}.", review::connection(app));
    parts::draw_text(frame, top, &said, theme.strong);
    let below = BELOW.min(inside.height / 2);
    let [head, list, below] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(below),
    ])
    .areas(inside);
    let widths = Widths::of(head);
    frame.render_widget(
        Line::styled(
            widths.line(["Field", "Was", "Mine", "Theirs", "Takes"], theme),
            theme.dim,
        ),
        head,
    );
    let top = conflict
        .cursor
        .window(usize::from(list.height), conflict.rows.len());
    for ((place, row), line) in conflict.rows.iter().enumerate().skip(top).zip(list.rows()) {
        let chosen = place == conflict.cursor.selected();
        let (word, style) = taken(conflict, row, theme);
        let mark = if chosen { theme.glyphs.cursor } else { " " };
        let label = format!("{mark} {}", row.label);
        let (was, mine, theirs) = values(row);
        let said = widths.line([&label, was, mine, theirs, word], theme);
        let style = if chosen { theme.selected } else { style };
        frame.render_widget(Line::styled(said, style), line);
    }
    if let Some(row) = conflict.rows.get(conflict.cursor.selected()) {
        draw_row(row, theme, frame, below);
    }
}

struct Widths {
    value: usize,
}

impl Widths {
    fn of(area: Rect) -> Self {
        let columns = usize::from(area.width);
        let value = match columns {
            ..WIDE => 0,
            _ => columns.saturating_sub(LABEL + TAKEN + 6) / 3,
        };
        Self { value }
    }

    fn line(&self, cells: [&str; 5], theme: &Theme) -> String {
        let [label, was, mine, theirs, taken] = cells;
        let cell = |cell: &str, width: usize| {
            text::pad(&text::clip(cell, width, theme.glyphs.ellipsis), width)
        };
        let mut said = cell(label, LABEL);
        if self.value > 0 {
            for value in [was, mine, theirs] {
                said.push(' ');
                said.push_str(&cell(value, self.value));
            }
        }
        format!("{said} {}", cell(taken, TAKEN))
    }
}

fn values(row: &Difference) -> (&str, &str, &str) {
    let mine = row.mine.as_deref().map_or("", shown);
    let was = row.was.as_deref().map_or("(not read)", shown);
    (was, mine, shown(&row.theirs))
}

fn shown(value: &str) -> &str {
    if value.is_empty() { "--" } else { value }
}

fn taken(conflict: &Conflict, row: &Difference, theme: &Theme) -> (&'static str, Style) {
    match conflict.side(row) {
        Some(Side::Mine) => ("mine", theme.strong),
        Some(Side::Theirs) => ("theirs", theme.dim),
        None => ("? m or t", theme.warn),
    }
}

/// The three values of a row in full.
fn draw_row(row: &Difference, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let (was, mine, theirs) = values(row);
    let mine = if mine.is_empty() {
        "(not changed by you)"
    } else {
        mine
    };
    let columns = usize::from(area.width).saturating_sub(10).max(1);
    let rule = theme.glyphs.rule;
    let rest = usize::from(area.width).saturating_sub(text::width(&row.label) + 4);
    let mut lines = vec![Line::styled(
        format!("{} {} {}", rule.repeat(2), row.label, rule.repeat(rest)),
        theme.dim,
    )];
    for (name, value) in [("Was", was), ("Mine", mine), ("Theirs", theirs)] {
        for (place, said) in text::wrap(value, columns).into_iter().take(2).enumerate() {
            let name = if place == 0 { name } else { "" };
            lines.push(Line::from(vec![
                Span::styled(text::pad(name, 8), theme.dim),
                Span::styled(said, theme.text),
            ]));
        }
    }
    for (line, at) in lines.into_iter().zip(area.rows()) {
        frame.render_widget(line, at);
    }
}

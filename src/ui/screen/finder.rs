//! Draws `app::screen::finder`: the filter line and the commands it lets through.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;

use crate::app::App;
use crate::app::keymap::shown;
use crate::app::screen::finder::{Finder, Kind, Place, Row};
use crate::domain::text;
use crate::ui::panel;
use crate::ui::theme::Theme;

/// Columns of the box, border included.
const WIDTH: u16 = 78;
/// Left and right of the box there is more room than this, or the box takes all.
const BESIDE: u16 = 4;
/// Columns of the keys.
const KEYS: usize = 12;
/// Columns of the labels, where a reason stands behind them.
const LABELS: usize = 31;

/// A line of the list.
enum Item<'a> {
    Heading(&'static str),
    Row(usize, &'a Row),
}

/// Draws it.
pub fn draw(_app: &App, it: &Finder, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let tight = area.width < WIDTH + 2 * BESIDE;
    let place = panel::centred(area, if tight { area.width } else { WIDTH }, area.height);
    frame.render_widget(Clear, place);
    let rows = it.rows();
    let title = match it.kind {
        Kind::Help => "Help: keys of this screen",
        Kind::Palette => "Commands",
    };
    let count = format!("{} of {}", rows.len(), it.total());
    let inside = panel::draw(theme, frame, place, title, &count);
    let [line, list, foot] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Min(0),
        Constraint::Length(1),
    ])
    .areas(inside);
    draw_filter(it, theme, frame, line);
    draw_list(it, &rows, theme, frame, list);
    draw_foot(rows.get(it.cursor.selected()), theme, frame, foot);
}

fn draw_filter(it: &Finder, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let typed = it.filter.text();
    let mark = Span::styled(" : ", theme.key);
    let room = usize::from(area.width).saturating_sub(4);
    let before: String = typed.chars().take(it.filter.cursor().1).collect();
    let hidden = text::width(&text::line(&before)).saturating_sub(room);
    let visible = text::line(&typed).chars().skip(hidden).collect::<String>();
    let shown = if typed.is_empty() {
        Span::styled("type to filter, Enter runs, Esc closes", theme.dim)
    } else {
        Span::raw(text::clip(&visible, room, theme.glyphs.ellipsis))
    };
    frame.render_widget(Line::from(vec![mark, shown]), area);
    let column = 3 + text::width(&text::line(&before)).min(room);
    let column = u16::try_from(column)
        .unwrap_or(0)
        .min(area.width.saturating_sub(1));
    frame.set_cursor_position(Position::new(area.x + column, area.y));
}

fn draw_list(it: &Finder, rows: &[Row], theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    if rows.is_empty() {
        panel::say(
            theme,
            frame,
            area,
            "No command is called so. Ctrl-U clears the line.",
        );
        return;
    }
    let items = items(it, rows);
    let chosen = it.cursor.selected();
    let line = items
        .iter()
        .position(|item| matches!(item, Item::Row(place, _) if *place == chosen && chosen > 0))
        .unwrap_or(0);
    let top = it
        .cursor
        .window_at(line, usize::from(area.height), items.len());
    for (item, area) in items.iter().skip(top).zip(area.rows()) {
        match item {
            Item::Heading(said) => frame.render_widget(Line::styled(*said, theme.dim), area),
            Item::Row(place, row) if *place == chosen => {
                frame.buffer_mut().set_style(area, theme.selected);
                let line = compose(row, theme.glyphs.cursor, theme, area.width);
                frame.render_widget(line.patch_style(theme.selected), area);
            }
            Item::Row(_, row) => frame.render_widget(compose(row, "", theme, area.width), area),
        }
    }
}

/// The rows with a heading where another place begins; best matches have none.
fn items<'a>(it: &Finder, rows: &'a [Row]) -> Vec<Item<'a>> {
    let mut items = Vec::new();
    let mut last = "";
    for (place, row) in rows.iter().enumerate() {
        let heading = match row.place {
            Place::Here => " This screen",
            Place::Everywhere => " Everywhere",
            Place::Lists => " In lists",
            Place::PastLine => " In the results (Esc leaves the line)",
            Place::Elsewhere(_) => " Not here",
        };
        if heading != last && it.filter.is_empty() {
            items.push(Item::Heading(heading));
        }
        last = heading;
        items.push(Item::Row(place, row));
    }
    items
}

fn compose(row: &Row, mark: &str, theme: &Theme, width: u16) -> Line<'static> {
    let room = usize::from(width).saturating_sub(KEYS + 4);
    let mut spans = vec![Span::raw(text::pad(mark, 2))];
    let keys = text::pad(&keys(row), KEYS);
    match row.place {
        Place::Elsewhere(reason) => {
            let label = text::pad(row.label, LABELS.min(room));
            let reason = text::clip(
                reason,
                room.saturating_sub(LABELS + 1),
                theme.glyphs.ellipsis,
            );
            spans.push(Span::styled(format!("{keys}  {label} {reason}"), theme.dim));
        }
        Place::Here | Place::Everywhere | Place::Lists | Place::PastLine => {
            spans.push(Span::styled(keys, theme.key));
            let label = text::clip(row.label, room, theme.glyphs.ellipsis);
            spans.push(Span::raw(format!("  {label}")));
        }
    }
    Line::from(spans)
}

/// The row's keys, as many as fit.
fn keys(row: &Row) -> String {
    let mut said = String::new();
    for keys in row.keys {
        let gap = if said.is_empty() { "" } else { ", " };
        let part = format!("{gap}{}", shown(keys));
        if said.len() + part.len() <= KEYS {
            said.push_str(&part);
        }
    }
    said
}

/// Why the chosen command does not apply, in full.
fn draw_foot(row: Option<&Row>, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    if let Some(Place::Elsewhere(reason)) = row.map(|row| row.place) {
        let said = format!(" Not here: {reason}");
        let said = text::clip(&said, usize::from(area.width), theme.glyphs.ellipsis);
        frame.render_widget(Line::raw(said), area);
    }
}

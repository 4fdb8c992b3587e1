//! Draws what is known of the hit under the cursor without asking the org.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::App;
use crate::app::page_rows::{self, FieldRow, PageRow};
use crate::app::screen::search::{Focus, Preview, Search};
use crate::domain::text;
use crate::domain::timeline::Activity;
use crate::domain::when;
use crate::job::Page;
use crate::ui::theme::Theme;
use crate::ui::{panel, row};

/// Rows the fields leave to activities.
const ACTIVITY_ROWS: usize = 6;
/// Widest label.
const LABEL: usize = 14;

/// Draws the preview.
pub fn draw(app: &App, it: &Search, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let aside = match it.preview.as_ref().and_then(|it| it.page.as_ref()) {
        Some(page) => format!("read {}", when::ago(page.fetched, &app.now)),
        None => String::new(),
    };
    let inside = panel::draw(theme, frame, area, "Preview", &aside);
    let inside = panel::inset(inside);
    let Some(preview) = it.preview.as_ref().filter(|_| !it.hits.rows().is_empty()) else {
        if it.hits.rows().is_empty() && it.line.is_empty() {
            draw_start(it.focus, theme, frame, inside);
        }
        return;
    };
    let lines = lines(app, preview, theme, inside);
    for (line, place) in lines.into_iter().zip(inside.rows()) {
        frame.render_widget(line, place);
    }
}

/// What to do first, by the keys that work where the focus is.
fn draw_start(focus: Focus, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let said = match focus {
        Focus::Line => ["Type, see, Enter opens.", "F1 shows the keys."],
        Focus::Hits => ["/ types, Enter opens.", "? keys, : every command."],
    };
    for (said, place) in said.into_iter().zip(area.rows()) {
        frame.render_widget(Line::styled(said, theme.dim), place);
    }
}

fn lines<'a>(app: &App, preview: &Preview, theme: &Theme, area: Rect) -> Vec<Line<'a>> {
    let columns = usize::from(area.width);
    let clip = |content: &str| text::clip(content, columns, theme.glyphs.ellipsis);
    let object = app.org.object(&preview.hit.link.object);
    let label = object.map_or(preview.hit.link.object.as_str(), |object| &object.label);
    let mut lines = vec![Line::styled(clip(&preview.hit.link.name), theme.strong)];
    let about = match preview.hit.detail.as_str() {
        "" => label.to_owned(),
        detail => format!("{label} {} {detail}", theme.glyphs.dot),
    };
    let Some(page) = &preview.page else {
        let id = format!("Id {}", preview.hit.link.id);
        for said in [about.as_str(), &id, "", "Not read yet: Enter opens it."] {
            let words = text::wrap(&text::line(said), columns).into_iter();
            lines.extend(words.map(|line| Line::styled(line, theme.dim)));
        }
        return lines;
    };
    lines.push(Line::styled(clip(&about), theme.dim));
    lines.push(Line::default());
    let room = usize::from(area.height).saturating_sub(lines.len() + ACTIVITY_ROWS);
    lines.extend(fields(preview, theme, columns).take(room.max(3)));
    lines.extend(activities(app, page, theme, columns));
    lines
}

fn fields<'a>(preview: &Preview, theme: &Theme, columns: usize) -> impl Iterator<Item = Line<'a>> {
    let name = preview.hit.link.name.clone();
    let shown = preview.rows.iter().filter_map(move |row| match row {
        PageRow::Field(field) if tells(field, &name) => Some(field),
        PageRow::Field(_) | PageRow::Heading(_) => None,
    });
    shown.map(move |field| field_line(field, theme, columns))
}

/// Worth a row: not empty, not out of reach, not the name that stands above.
fn tells(field: &FieldRow, name: &str) -> bool {
    !field.value.is_empty() && field.value != page_rows::NO_ACCESS && field.value != name
}

fn field_line<'a>(field: &FieldRow, theme: &Theme, columns: usize) -> Line<'a> {
    let label = LABEL.min(columns / 2);
    let value = text::clip(
        &field.value,
        columns.saturating_sub(label + 1),
        theme.glyphs.ellipsis,
    );
    Line::from(vec![
        Span::styled(row::fit(theme, &field.label, label), theme.dim),
        Span::raw(" "),
        Span::raw(value),
    ])
}

/// What comes next and what happened last.
fn activities<'a>(app: &App, page: &Page, theme: &Theme, columns: usize) -> Vec<Line<'a>> {
    let (open, past) = (&page.timeline.open, &page.timeline.past);
    if open.is_empty() && past.is_empty() {
        return Vec::new();
    }
    let entries = open.iter().take(2).chain(past.iter().take(3));
    let lines = entries.map(|activity| {
        let line = format!("{} {}", day(app, activity), activity.link.name);
        Line::raw(text::clip(&line, columns, theme.glyphs.ellipsis))
    });
    let heading = Line::styled("Next and last", theme.dim);
    [Line::default(), heading]
        .into_iter()
        .chain(lines)
        .collect()
}

fn day(app: &App, activity: &Activity) -> String {
    let word = activity
        .day
        .map(|day| when::day(day, &app.now))
        .unwrap_or_default();
    let mark = match (activity.open, activity.day) {
        (true, Some(day)) if day < app.now.date() => "!",
        (true, _) => "o",
        (false, _) => "-",
    };
    format!("{mark} {word:<9}")
}

//! Draws `app::screen::bulk`: four panes side by side where there is room, else one with
//! the others named above it.

mod run;
#[cfg(test)]
mod tests;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::App;
use crate::app::screen::bulk::settings::Setting;
use crate::app::screen::bulk::{BulkScreen, ColumnRow, Edited, Editing, Pane};
use crate::domain::block::prepared::{Finding, PartColumn, Prepared, Weight};
use crate::domain::schema::{FieldType, ObjectSchema};
use crate::domain::text;
use crate::ui::theme::Theme;
use crate::ui::{editor, panel};

/// Least columns and rows for all panes at once.
const WIDE: (u16, u16) = (100, 30);
/// Rows of the chosen finding's details, and the list's least rows beside them.
const DETAILS: u16 = 4;
const ABOVE_DETAILS: u16 = 8;
/// Columns of a setting's name.
const LABEL: usize = 15;

const EMPTY: &str = "Nothing is checked yet. Name a file and an object in pane 1 (Enter types), then Ctrl-S reads it: every row is checked against the org's fields and nothing is sent. What can be sent goes once you say so.";
const NO_COLUMNS: &str = "The file's columns stand here once it was read: Ctrl-S reads it.";

/// Draws it.
pub fn draw(app: &App, it: &BulkScreen, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let [title, body] = Layout::vertical([Constraint::Length(1), Constraint::Min(1)]).areas(area);
    draw_title(it, theme, frame, title);
    if area.width < WIDE.0 || area.height < WIDE.1 {
        return draw_pane(it.pane, app, it, theme, frame, body);
    }
    let source = u16::try_from(Setting::ALL.len() + 2).unwrap_or(u16::MAX);
    let [top, check, run] = Layout::vertical([
        Constraint::Length(source),
        Constraint::Fill(3),
        Constraint::Fill(2),
    ])
    .areas(body);
    let [left, right] = Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).areas(top);
    for (pane, area) in [
        (Pane::Source, left),
        (Pane::Columns, right),
        (Pane::Check, check),
        (Pane::Run, run),
    ] {
        draw_pane(pane, app, it, theme, frame, area);
    }
}

/// `Write block  leads.csv  upsert Contact by Key__c  12,480 rows       checked`
fn draw_title(it: &BulkScreen, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let mut said = " Write block".to_owned();
    if let Some(prepared) = it.prepared() {
        said.push_str(&format!(
            "  {}  {}  {} rows",
            text::line(&prepared.source.name),
            prepared.block,
            text::number(prepared.counts.read)
        ));
    }
    let state = match (it.checked.is_waiting(), it.prepared()) {
        (true, _) => "being checked ",
        (false, Some(_)) if it.is_stale() => "changed, not checked ",
        (false, Some(_)) => "checked ",
        (false, None) => "",
    };
    let wide = u16::try_from(state.len()).unwrap_or(u16::MAX);
    let [left, right] =
        Layout::horizontal([Constraint::Min(1), Constraint::Length(wide)]).areas(area);
    let said = text::clip(
        &said,
        usize::from(left.width.saturating_sub(1)),
        theme.glyphs.ellipsis,
    );
    frame.render_widget(Line::styled(said, theme.strong), left);
    frame.render_widget(Line::styled(state, theme.warn), right);
}

fn draw_pane(
    pane: Pane,
    app: &App,
    it: &BulkScreen,
    theme: &Theme,
    frame: &mut Frame<'_>,
    area: Rect,
) {
    let focused = pane == it.pane;
    let narrow = area.width >= frame.area().width && area.height + 4 >= frame.area().height;
    let title = match (focused, narrow) {
        (true, true) => tabs(pane),
        (true, false) => format!("{} {}", theme.glyphs.cursor, pane.title()),
        _ => pane.title().to_owned(),
    };
    let inside = panel::draw(theme, frame, area, &title, &aside(pane, it));
    match pane {
        Pane::Source => draw_source(it, theme, frame, inside),
        Pane::Columns => draw_columns(app, it, theme, frame, inside),
        Pane::Check => draw_check(it, theme, frame, inside),
        Pane::Run => run::draw(app, it, theme, frame, inside),
    }
}

/// `1 Source and key  [3 Check]  4 Run`: the pane on show among the others.
fn tabs(shown: Pane) -> String {
    let names = Pane::ALL.map(|pane| match pane == shown {
        true => format!("[{}]", pane.title()),
        false => pane.title().to_owned(),
    });
    names.join("  ")
}

fn aside(pane: Pane, it: &BulkScreen) -> String {
    match (pane, it.prepared()) {
        (Pane::Columns, Some(prepared)) => {
            let all = prepared.columns.len() + prepared.skipped.len();
            format!("{} of {all} written", prepared.columns.len())
        }
        (Pane::Check, Some(prepared)) => {
            format!("{} invalid", text::number(prepared.counts.invalid))
        }
        (Pane::Run, _) if it.runs.len() == 1 => "1 run".to_owned(),
        (Pane::Run, _) if !it.runs.is_empty() => format!("{} runs", it.runs.len()),
        _ => String::new(),
    }
}

fn draw_source(it: &BulkScreen, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let first = it
        .source
        .window(usize::from(area.height), Setting::ALL.len());
    let rows = Setting::ALL.into_iter().enumerate().skip(first);
    for ((place, setting), row) in rows.zip(area.rows()) {
        let chosen = place == it.source.selected() && it.pane == Pane::Source;
        if let Some(editing) = edited(it, setting) {
            draw_editing(setting.label(), editing, theme, frame, row);
            continue;
        }
        let value = it.settings.value(setting);
        let (said, style) = match value.as_str() {
            "" => (it.settings.hint(setting), theme.dim),
            value => (value, theme.text),
        };
        let label = text::pad(setting.label(), LABEL);
        draw_row(
            chosen,
            vec![(label, theme.dim), (said.to_owned(), style)],
            theme,
            frame,
            row,
        );
    }
}

fn edited(it: &BulkScreen, setting: Setting) -> Option<&Editing> {
    it.editing
        .as_ref()
        .filter(|editing| editing.what == Edited::Setting(setting))
}

fn draw_editing(label: &str, editing: &Editing, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let label = format!("{} {} ", theme.glyphs.cursor, text::pad(label, LABEL));
    let wide = u16::try_from(text::width(&label)).unwrap_or(u16::MAX);
    let [head, rest] =
        Layout::horizontal([Constraint::Length(wide), Constraint::Min(1)]).areas(area);
    frame.render_widget(Line::styled(label, theme.strong), head);
    let room = match &editing.problem {
        Some(problem) => {
            let said = format!(" {}", text::line(problem));
            let wide = u16::try_from(text::width(&said)).unwrap_or(u16::MAX);
            let wide = wide.min(rest.width.saturating_sub(8));
            let [room, told] =
                Layout::horizontal([Constraint::Min(8), Constraint::Length(wide)]).areas(rest);
            let said = text::clip(&said, usize::from(told.width), theme.glyphs.ellipsis);
            frame.render_widget(Line::styled(said, theme.error), told);
            room
        }
        None => rest,
    };
    editor::draw_line(frame, room, &editing.input, theme.strong);
}

/// A row with its cursor; the chosen one in one style.
fn draw_row(
    chosen: bool,
    parts: Vec<(String, Style)>,
    theme: &Theme,
    frame: &mut Frame<'_>,
    area: Rect,
) {
    let mark = match chosen {
        true => text::pad(theme.glyphs.cursor, 2),
        false => "  ".to_owned(),
    };
    let mut room = usize::from(area.width).saturating_sub(2);
    let mut spans = vec![Span::raw(mark)];
    for (said, style) in parts {
        let said = text::clip(&said, room, theme.glyphs.ellipsis);
        room = room.saturating_sub(text::width(&said) + 1);
        spans.push(Span::styled(said, style));
        spans.push(Span::raw(" "));
    }
    let line = Line::from(spans);
    if chosen {
        let words: String = line.spans.iter().map(|it| it.content.as_ref()).collect();
        frame.buffer_mut().set_style(area, theme.selected);
        frame.render_widget(Line::styled(words, theme.selected), area);
    } else {
        frame.render_widget(line, area);
    }
}

fn draw_columns(app: &App, it: &BulkScreen, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let rows = it.column_rows();
    if rows.is_empty() {
        return panel::say(theme, frame, area, NO_COLUMNS);
    }
    let schema = it
        .prepared()
        .and_then(|prepared| app.org.forms.get(&prepared.block.object))
        .map(|form| &form.schema);
    let name_width = usize::from(area.width / 3).clamp(8, 24);
    let first = it.columns.window(usize::from(area.height), rows.len());
    for ((place, row), area) in rows.iter().enumerate().skip(first).zip(area.rows()) {
        let chosen = place == it.columns.selected() && it.pane == Pane::Columns;
        let (name, parts) = match row {
            ColumnRow::Written(column) => {
                (&column.from, written(column, schema, name_width, theme))
            }
            ColumnRow::Skipped(skipped) => {
                let style = if skipped.doubtful {
                    theme.warn
                } else {
                    theme.dim
                };
                let why = text::line(&skipped.why).into_owned();
                (
                    &skipped.column,
                    vec![("--".to_owned(), theme.dim), (why, style)],
                )
            }
        };
        let is_edited =
            matches!(&it.editing, Some(editing) if editing.what == Edited::Column(name.clone()));
        if let (true, Some(editing)) = (is_edited, &it.editing) {
            draw_editing(name, editing, theme, frame, area);
            continue;
        }
        let mut cells = vec![(text::pad(name, name_width), theme.text)];
        cells.extend(parts);
        draw_row(chosen, cells, theme, frame, area);
    }
}

fn written(
    column: &PartColumn,
    schema: Option<&ObjectSchema>,
    width: usize,
    theme: &Theme,
) -> Vec<(String, Style)> {
    let field = schema.and_then(|schema| schema.field(&column.field));
    let required = field.is_some_and(|field| field.is_required());
    let star = if required { " *" } else { "" };
    let goes = format!("{} {}{star}", theme.glyphs.arrow, column.header);
    let kind = match (&column.parent, field) {
        (Some(parent), _) => format!("{} by its key", parent.object),
        (None, Some(field)) if field.length > 0 && column.kind.is_text() => {
            format!("{}({})", word(column.kind), field.length)
        }
        _ => word(column.kind).to_owned(),
    };
    let rule = if column.is_key { "key" } else { "" };
    vec![
        (text::pad(&goes, width + 3), theme.text),
        (text::pad(&kind, 14), theme.dim),
        (rule.to_owned(), theme.strong),
    ]
}

/// A type in a word, as setup pages call it.
fn word(kind: FieldType) -> &'static str {
    match kind {
        FieldType::Id => "Id",
        FieldType::String => "Text",
        FieldType::TextArea => "Long text",
        FieldType::Boolean => "Checkbox",
        FieldType::Int | FieldType::Double => "Number",
        FieldType::Currency => "Currency",
        FieldType::Percent => "Percent",
        FieldType::Date => "Date",
        FieldType::DateTime => "Date and time",
        FieldType::Time => "Time",
        FieldType::Email => "Email",
        FieldType::Phone => "Phone",
        FieldType::Url => "URL",
        FieldType::Picklist => "Pick list",
        FieldType::MultiPicklist => "Multi-select",
        FieldType::Combobox => "Combobox",
        FieldType::Reference => "Lookup",
        FieldType::EncryptedString => "Encrypted",
        FieldType::Address | FieldType::Location | FieldType::Base64 | FieldType::Other => "",
    }
}

fn draw_check(it: &BulkScreen, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let [head, rest] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(area);
    if it.checked.is_waiting() {
        let said = checking(it);
        frame.render_widget(Line::styled(said, theme.strong), head);
        return;
    }
    if let (Some(failure), true) = (it.checked.failure(), it.prepared().is_none()) {
        return panel::say(theme, frame, area, &failure.message);
    }
    let Some(prepared) = it.prepared() else {
        return panel::say(theme, frame, area, EMPTY);
    };
    frame.render_widget(counts(prepared, theme), head);
    let told = warnings(prepared, theme);
    let told_rows = u16::try_from(told.len()).unwrap_or(u16::MAX);
    let [notes, list] =
        Layout::vertical([Constraint::Length(told_rows), Constraint::Min(0)]).areas(rest);
    for (line, row) in told.into_iter().zip(notes.rows()) {
        frame.render_widget(line, row);
    }
    let chosen = prepared.findings.get(it.findings.selected());
    let below = match chosen {
        Some(_) if list.height > ABOVE_DETAILS => DETAILS,
        _ => 0,
    };
    let [list, details] =
        Layout::vertical([Constraint::Min(0), Constraint::Length(below)]).areas(list);
    draw_findings(it, &prepared.findings, theme, frame, list);
    if let Some(found) = chosen {
        draw_found(found, theme, frame, details);
    }
}

/// Everything about one finding.
fn draw_found(found: &Finding, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let rows: Vec<String> = found.first.iter().map(|row| row.0.to_string()).collect();
    let more = match found.rows > rows.len() as u64 {
        true => ", and more in the file of invalid rows",
        false => "",
    };
    let told = format!(
        "{} {} {}: {}, such as '{}'. {}",
        text::line(&found.column),
        theme.glyphs.arrow,
        text::line(&found.field),
        found.problem,
        found.example,
        text::line(&found.suggestion)
    );
    let columns = usize::from(area.width.saturating_sub(2));
    let lines = text::wrap(&told, columns).into_iter().chain(text::wrap(
        &format!("Rows {}{more}", rows.join(", ")),
        columns,
    ));
    for (line, row) in lines.zip(area.rows()) {
        frame.render_widget(Line::styled(format!(" {line}"), theme.dim), row);
    }
}

fn checking(it: &BulkScreen) -> String {
    let progress = &it.progress;
    let percent = match progress.of {
        0 => 0,
        of => progress.bytes.min(of) * 100 / of,
    };
    format!(
        " reading and checking  {percent} %   {} rows   {} invalid",
        text::number(progress.counts.read),
        text::number(progress.counts.invalid)
    )
}

fn counts(prepared: &Prepared, theme: &Theme) -> Line<'static> {
    let counts = &prepared.counts;
    let mut spans = vec![
        Span::styled(format!(" ready {}", text::number(counts.ready)), theme.ok),
        Span::raw("   "),
        Span::styled(
            format!("invalid {}", text::number(counts.invalid)),
            if counts.invalid > 0 {
                theme.error
            } else {
                theme.dim
            },
        ),
    ];
    for (count, word) in [(counts.repeated, "same key"), (counts.mended, "mended")] {
        if count > 0 {
            let said = format!("   {word} {}", text::number(count));
            spans.push(Span::styled(said, theme.dim));
        }
    }
    Line::from(spans)
}

/// What stops the sending, what the user should know.
fn warnings(prepared: &Prepared, theme: &Theme) -> Vec<Line<'static>> {
    let stop = prepared
        .stop
        .iter()
        .map(|stop| (format!(" ! not sent: {}", text::line(stop)), theme.error));
    let notes = prepared
        .notes
        .iter()
        .map(|note| (format!(" note: {}", text::line(note)), theme.warn));
    stop.chain(notes)
        .map(|(said, style)| Line::styled(said, style))
        .collect()
}

fn draw_findings(
    it: &BulkScreen,
    findings: &[Finding],
    theme: &Theme,
    frame: &mut Frame<'_>,
    area: Rect,
) {
    let [head, rows] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(area);
    if findings.is_empty() {
        return frame.render_widget(Line::styled(" Nothing is wrong.", theme.dim), head);
    }
    let widths = widths(area.width);
    let names = ["Rows", "Column", "Problem", "Example", "Suggestion"];
    let parts = names
        .iter()
        .zip(widths)
        .map(|(name, width)| (text::pad(name, width), theme.dim));
    draw_row(false, parts.collect(), theme, frame, head);
    let first = it.findings.window(usize::from(rows.height), findings.len());
    for ((place, found), row) in findings.iter().enumerate().skip(first).zip(rows.rows()) {
        let chosen = place == it.findings.selected() && it.pane == Pane::Check;
        let style = match found.weight {
            Weight::Invalid => theme.text,
            Weight::Warning => theme.warn,
            Weight::Mended => theme.dim,
        };
        let cells = [
            text::number(found.rows),
            found.column.clone(),
            found.problem.clone(),
            format!("'{}'", found.example),
            format!("{}  {}", found.suggestion, in_rows(found)),
        ];
        let parts = cells.iter().zip(widths).map(|(cell, width)| {
            let cell = text::clip(cell, width, theme.glyphs.ellipsis);
            (text::pad(&cell, width), style)
        });
        draw_row(chosen, parts.collect(), theme, frame, row);
    }
}

/// Columns of the findings' cells; the last takes the rest.
fn widths(room: u16) -> [usize; 5] {
    let room = usize::from(room);
    match room {
        ..90 => [6, 12, 26, 14, room.saturating_sub(64)],
        _ => [8, 18, 34, 22, room.saturating_sub(88)],
    }
}

fn in_rows(found: &Finding) -> String {
    let rows: Vec<String> = found
        .first
        .iter()
        .take(3)
        .map(|row| row.0.to_string())
        .collect();
    let more = if found.rows > rows.len() as u64 {
        ", .."
    } else {
        ""
    };
    format!("(row {}{more})", rows.join(", "))
}

//! One field's line: required mark, label, state, value or editor, and the word beside
//! it.
//!
//! ```text
//!  › *Close date   ! [31/02/2026        ]  not a date; try 2026-02-28 or +3d
//! ```

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::App;
use crate::app::screen::form::{FieldRow, Row, Sheet};
use crate::domain::draft::Change;
use crate::domain::schema::{Field, FieldType};
use crate::domain::{text, value};
use crate::ui::theme::Theme;
use crate::ui::{editor, panel};

use super::parts;

/// Most rows a long text takes while it is edited.
const EDITOR_ROWS: u16 = 6;
/// Columns before the label: cursor and required mark.
const MARGIN: u16 = 4;

/// Where the parts of a line stand.
#[derive(Debug, Clone, Copy)]
pub struct Columns {
    label: u16,
    value: u16,
    note: u16,
}

/// What a field's line is drawn from.
pub struct Pen<'a> {
    /// For the present moment.
    pub app: &'a App,
    /// The form.
    pub sheet: &'a Sheet,
    /// What it changes.
    pub changes: &'a [Change],
    /// How it looks.
    pub theme: &'a Theme,
    /// Where it goes.
    pub columns: &'a Columns,
}

/// Whether a field has the focus, and its text is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    /// Another line has it.
    Elsewhere,
    /// It has it, but something else takes the keys now.
    Held,
    /// Keys go into it.
    Open,
}

impl Columns {
    /// Fits the labels of a form into a width.
    pub fn of(sheet: &Sheet, width: u16) -> Self {
        let widest = sheet.rows().iter().filter_map(|row| match row {
            Row::Field(row) => Some(text::width(sheet.field(*row)?.title())),
            Row::Heading(_) | Row::RecordType => None,
        });
        let widest = u16::try_from(widest.max().unwrap_or(0)).unwrap_or(u16::MAX);
        let label = widest.clamp(11, if width < 100 { 22 } else { 30 });
        let rest = width.saturating_sub(MARGIN + label + 3);
        let note = if rest < 30 { rest / 3 } else { rest * 2 / 5 };
        Self {
            label,
            value: rest.saturating_sub(note + 2),
            note,
        }
    }

    /// The room of the value in a line.
    pub fn value(&self, line: Rect) -> Rect {
        let x = line.x + (MARGIN + self.label + 3).min(line.width.saturating_sub(1));
        Rect {
            x,
            width: self.value.min(line.right() - x),
            ..line
        }
    }

    /// The room right of the value.
    fn note(&self, line: Rect) -> Rect {
        let x = (self.value(line).right() + 2).min(line.right());
        Rect {
            x,
            width: line.right() - x,
            height: 1,
            ..line
        }
    }
}

/// The line of the record type.
pub fn draw_type(pen: &Pen<'_>, focus: Focus, frame: &mut Frame<'_>, line: Rect) {
    let id = pen.sheet.draft.record_type();
    let types = &pen.sheet.form.schema.record_types;
    let name = types
        .iter()
        .find(|kind| Some(kind.id.as_str()) == id || (id.is_none() && kind.master))
        .map_or("--", |kind| kind.name.as_str());
    pen.draw_label("Record type", " ", focus, frame, line);
    pen.draw_value(&format!("[v] {name}"), pen.theme.text, frame, line);
    if focus != Focus::Elsewhere {
        let note = "Enter chooses; what is typed stays";
        pen.draw_note(note, pen.theme.dim, frame, line);
    }
}

/// Rows the focused field needs.
pub fn focused_height(pen: &Pen<'_>, most: u16) -> u16 {
    let Some(field) = pen.sheet.focused() else {
        return 1;
    };
    let lines = u16::try_from(pen.sheet.input.lines().len()).unwrap_or(u16::MAX);
    let editor = match field.is_long() {
        true => lines.saturating_add(1).min(EDITOR_ROWS),
        false => 1,
    };
    let below = u16::try_from(pen.lines_below(field).len()).unwrap_or(0);
    (editor + below).min(most.saturating_sub(2).max(1))
}

impl Pen<'_> {
    /// Draws a field.
    pub fn draw(&self, row: FieldRow, focus: Focus, frame: &mut Frame<'_>, line: Rect) {
        let Some(field) = self.sheet.field(row) else {
            return;
        };
        let required = if row.required { "*" } else { " " };
        self.draw_label(field.title(), required, focus, frame, line);
        self.draw_mark(field, row, focus, frame, line);
        let below = match focus {
            Focus::Elsewhere => Vec::new(),
            Focus::Held | Focus::Open => self.lines_below(field),
        };
        if below.is_empty() {
            let (note, style) = self.note(field, row, focus);
            self.draw_note(&note, style, frame, line);
        }
        let rows = u16::try_from(below.len()).unwrap_or(0);
        let upper = Rect {
            height: line.height - rows.min(line.height.saturating_sub(1)),
            ..line
        };
        if focus == Focus::Open && Sheet::is_text(field) {
            self.draw_editor(frame, upper);
        } else {
            let (shown, style) = self.shown(field, row);
            self.draw_value(&shown, style, frame, line);
        }
        self.draw_below(&below, frame, line, upper.bottom());
    }

    fn draw_label(
        &self,
        label: &str,
        required: &str,
        focus: Focus,
        frame: &mut Frame<'_>,
        line: Rect,
    ) {
        let (cursor, style) = match focus {
            Focus::Elsewhere => (" ", self.theme.dim),
            Focus::Held | Focus::Open => (self.theme.glyphs.cursor, self.theme.strong),
        };
        let wide = usize::from(self.columns.label);
        let spans = vec![
            Span::styled(format!(" {cursor} "), self.theme.strong),
            Span::styled(required.to_owned(), self.theme.warn),
            Span::styled(text::clip(label, wide, self.theme.glyphs.ellipsis), style),
        ];
        frame.render_widget(Line::from(spans), Rect { height: 1, ..line });
    }

    fn draw_mark(
        &self,
        field: &Field,
        row: FieldRow,
        focus: Focus,
        frame: &mut Frame<'_>,
        line: Rect,
    ) {
        let wrong = self.sheet.problem(&field.api_name).is_some();
        let (mark, style) = if wrong || self.overruns(focus) {
            ("!", self.theme.error)
        } else if row.read_only {
            ("#", self.theme.dim)
        } else if self.sheet.draft.is_changed(field, &self.app.now) {
            ("~", self.theme.warn)
        } else {
            return;
        };
        let x = line.x + MARGIN + self.columns.label + 1;
        if x < line.right() {
            let cell = Rect {
                x,
                width: 1,
                height: 1,
                ..line
            };
            frame.render_widget(Line::styled(mark, style), cell);
        }
    }

    fn draw_value(&self, shown: &str, style: Style, frame: &mut Frame<'_>, line: Rect) {
        let area = self.columns.value(line);
        let shown = text::clip(shown, usize::from(area.width), self.theme.glyphs.ellipsis);
        frame.render_widget(Line::styled(shown, style), Rect { height: 1, ..area });
    }

    fn draw_note(&self, note: &str, style: Style, frame: &mut Frame<'_>, line: Rect) {
        let area = self.columns.note(line);
        let note = text::clip(note, usize::from(area.width), self.theme.glyphs.ellipsis);
        frame.render_widget(Line::styled(note, style), area);
    }

    fn draw_editor(&self, frame: &mut Frame<'_>, lines: Rect) {
        let area = self.columns.value(lines);
        parts::draw_brackets(self.theme, frame, area);
        let inside = panel::inset(area);
        editor::draw_lines(frame, inside, &self.sheet.input, self.theme.text);
    }

    fn draw_below(&self, said: &[String], frame: &mut Frame<'_>, line: Rect, from: u16) {
        let left = self.columns.value(line).x;
        for (said, y) in said.iter().zip(from..line.bottom()) {
            let area = Rect {
                x: left,
                y,
                width: line.right() - left,
                height: 1,
            };
            frame.render_widget(Line::styled(said.as_str(), self.theme.error), area);
        }
    }

    /// The value of a field nobody is typing in.
    fn shown(&self, field: &Field, row: FieldRow) -> (String, Style) {
        let (draft, now) = (&self.sheet.draft, &self.app.now);
        if row.read_only && !draft.is_touched(&field.api_name) {
            return self.or_nothing(draft.before(field, now));
        }
        match (field.kind, draft.value(field, now)) {
            (FieldType::Boolean, Ok(held)) => {
                let set = held.as_bool().unwrap_or_default();
                (
                    String::from(if set { "[x]" } else { "[ ]" }),
                    self.theme.text,
                )
            }
            (FieldType::Picklist, Ok(held)) if held.is_null() => {
                ("[v] --".to_owned(), self.theme.dim)
            }
            (FieldType::Picklist, Ok(_)) => {
                (format!("[v] {}", draft.text(field, now)), self.theme.text)
            }
            (kind, Ok(held)) if kind.is_number() || is_moment(kind) => {
                self.or_nothing(value::display(field, Some(&held), now))
            }
            (FieldType::TextArea, _) => {
                let typed = draft.text(field, now);
                self.or_nothing(typed.lines().next().unwrap_or_default().to_owned())
            }
            _ => self.or_nothing(draft.text(field, now)),
        }
    }

    fn or_nothing(&self, shown: String) -> (String, Style) {
        match shown.is_empty() {
            true => ("--".to_owned(), self.theme.dim),
            false => (shown, self.theme.text),
        }
    }

    /// What stands beside the value.
    fn note(&self, field: &Field, row: FieldRow, focus: Focus) -> (String, Style) {
        if let Some(problem) = self.sheet.problem(&field.api_name) {
            return (problem.to_owned(), self.theme.error);
        }
        let focused = focus != Focus::Elsewhere;
        let mut said = Vec::new();
        if focused {
            said.extend(self.while_typing(field));
        }
        if let (Some(change), Some(_)) = (self.change(field), self.sheet.draft.base()) {
            let before = match change.before.as_str() {
                "" => "--",
                before => before,
            };
            said.push(format!("was: {}", text::line(before)));
        } else if row.read_only && field.calculated {
            said.push("set by a formula".to_owned());
        } else if !focused && field.is_long() {
            said.extend(self.size_of(field));
        }
        let style = match self.overruns(focus) {
            true => self.theme.error,
            false => self.theme.dim,
        };
        (said.join("  "), style)
    }

    /// Help while the field has the focus: how it reads, how much fits, which key.
    fn while_typing(&self, field: &Field) -> Option<String> {
        match field.kind {
            FieldType::Boolean => Some("Space turns it over".to_owned()),
            FieldType::Reference => Some("Enter searches, Del clears".to_owned()),
            FieldType::Picklist | FieldType::MultiPicklist => Some("Enter chooses".to_owned()),
            kind if kind.is_number() || is_moment(kind) => self.preview(field),
            _ if field.length > 0 => Some(format!("{}/{}", self.sheet.input.len(), field.length)),
            _ => None,
        }
    }

    /// How a date or number reads, where it is typed another way.
    fn preview(&self, field: &Field) -> Option<String> {
        let typed = self.sheet.input.text();
        if typed.trim().is_empty() {
            return None;
        }
        let read = self.sheet.draft.value(field, &self.app.now).ok()?;
        let shown = value::display(field, Some(&read), &self.app.now);
        let shown = parts::with_weekday(field, &read, shown);
        (shown != typed).then(|| format!("= {shown}"))
    }

    fn size_of(&self, field: &Field) -> Option<String> {
        let typed = self.sheet.draft.text(field, &self.app.now);
        let lines = typed.lines().count();
        (lines > 1).then(|| format!("{lines} lines, {} chars", typed.chars().count()))
    }

    /// A problem too long for its place, in lines under the field.
    fn lines_below(&self, field: &Field) -> Vec<String> {
        let Some(problem) = self.sheet.problem(&field.api_name) else {
            return Vec::new();
        };
        if text::width(&text::line(problem)) <= usize::from(self.columns.note) {
            return Vec::new();
        }
        let room = usize::from(self.columns.value + self.columns.note + 2);
        text::wrap(problem, room).into_iter().take(3).collect()
    }

    fn overruns(&self, focus: Focus) -> bool {
        focus != Focus::Elsewhere && self.sheet.overruns(&self.app.now)
    }

    fn change(&self, field: &Field) -> Option<&Change> {
        self.changes
            .iter()
            .find(|change| change.field == field.api_name)
    }
}

fn is_moment(kind: FieldType) -> bool {
    matches!(
        kind,
        FieldType::Date | FieldType::DateTime | FieldType::Time
    )
}

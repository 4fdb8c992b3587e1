//! Draws `app::screen::log`: a box over whatever was on show.

#[cfg(test)]
mod tests;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;

use crate::app::App;
use crate::app::screen::log::{LogField, LogForm, read_when};
use crate::domain::activity::LogKind;
use crate::domain::record::Link;
use crate::domain::{shorthand, text, value};
use crate::ui::theme::Theme;
use crate::ui::{editor, panel, picker};

/// Columns of the box, where there is room.
const WIDTH: u16 = 76;
/// Columns before the values.
const LABEL: u16 = 13;
/// Rows of the notes, where there is room.
const NOTES: u16 = 5;
/// Columns of a short line such as the day.
const SHORT: u16 = 20;

const KINDS: [(LogKind, &str); 4] = [
    (LogKind::Call, "Call"),
    (LogKind::Meeting, "Meeting"),
    (LogKind::Task, "Task"),
    (LogKind::Note, "Note"),
];

/// Draws it.
pub fn draw(app: &App, it: &LogForm, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let fields = it.fields();
    let problems = fields.iter().filter(|field| it.problem(**field).is_some());
    let lines = fields.len() + problems.count() + usize::from(it.refusal().is_some()) * 2;
    let wanted = u16::try_from(lines)
        .unwrap_or(u16::MAX)
        .saturating_add(NOTES + 3);
    let outer = panel::centred(area, WIDTH, wanted);
    frame.render_widget(Clear, outer);
    let state = if it.is_saving() { "saving…" } else { "" };
    let inside = panel::draw(theme, frame, outer, title(it.texts.kind), state);
    let pen = Pen { app, it, theme };
    let below = pen.draw_refusal(frame, inside);
    let anchor = pen.draw_fields(&fields, frame, below);
    if let Some(choices) = it.picker() {
        picker::draw(choices, theme, frame, anchor, area);
    }
}

fn title(kind: LogKind) -> &'static str {
    match kind {
        LogKind::Call => "Log a call",
        LogKind::Meeting => "Log a meeting",
        LogKind::Task => "Log a task",
        LogKind::Note => "Log a note",
    }
}

struct Pen<'a> {
    app: &'a App,
    it: &'a LogForm,
    theme: &'a Theme,
}

impl Pen<'_> {
    /// Draws why it was not taken; returns the room that is left.
    fn draw_refusal(&self, frame: &mut Frame<'_>, area: Rect) -> Rect {
        let Some(refusal) = self.it.refusal() else {
            return area;
        };
        let lines = text::wrap(refusal, usize::from(area.width.saturating_sub(2)));
        let mut left = area;
        for line in lines.into_iter().take(2) {
            let row = Rect {
                x: left.x + 1,
                width: left.width.saturating_sub(2),
                height: 1.min(left.height),
                ..left
            };
            frame.render_widget(Line::styled(line, self.theme.error), row);
            left = panel::below(left, 1);
        }
        left
    }

    /// Draws the lines; returns where the focused one stands.
    fn draw_fields(&self, fields: &[LogField], frame: &mut Frame<'_>, area: Rect) -> Rect {
        let mut left = area;
        let mut anchor = area;
        let mut cursor = None;
        for field in fields {
            if left.height == 0 {
                break;
            }
            let tall = match field {
                LogField::Notes => left.height.saturating_sub(1).clamp(1, NOTES),
                _ => 1,
            };
            let row = Rect {
                height: tall,
                ..left
            };
            let value = self.draw_field(*field, frame, row);
            if *field == self.it.focus {
                anchor = value;
                cursor = Some(value);
            }
            left = panel::below(left, tall);
            left = self.draw_problem(*field, frame, left);
        }
        self.draw_keys(frame, left);
        if let (Some(value), Some(input)) = (cursor, self.it.texts.input(self.it.focus))
            && self.it.picker().is_none()
            && !self.it.is_saving()
        {
            editor::draw_lines(frame, panel::inset(value), input, self.theme.text);
        }
        anchor
    }

    fn draw_field(&self, field: LogField, frame: &mut Frame<'_>, row: Rect) -> Rect {
        let focused = field == self.it.focus;
        let (mark, style) = match focused {
            true => (self.theme.glyphs.cursor, self.theme.strong),
            false => (" ", self.theme.dim),
        };
        let label = field.label(self.it.texts.kind);
        let wrong = if self.it.problem(field).is_some() {
            "!"
        } else {
            " "
        };
        let head = Line::from(vec![
            Span::styled(format!(" {mark}{label:<9} "), style),
            Span::styled(wrong, self.theme.error),
        ]);
        frame.render_widget(head, Rect { height: 1, ..row });
        let value = value_area(field, row);
        match field {
            LogField::Kind => self.draw_kinds(frame, value),
            LogField::Who => self.draw_link(self.it.texts.who.as_ref(), focused, frame, value),
            LogField::About => self.draw_link(self.it.texts.what.as_ref(), focused, frame, value),
            _ => self.draw_text(field, frame, value),
        }
        self.draw_note(field, focused, frame, row, value);
        value
    }

    fn draw_kinds(&self, frame: &mut Frame<'_>, area: Rect) {
        let mut spans = Vec::new();
        for (kind, name) in KINDS {
            let (mark, style) = match kind == self.it.texts.kind {
                true => ("(o)", self.theme.strong),
                false => ("( )", self.theme.text),
            };
            spans.push(Span::styled(format!("{mark} {name}   "), style));
        }
        frame.render_widget(Line::from(spans), Rect { height: 1, ..area });
    }

    fn draw_link(&self, link: Option<&Link>, focused: bool, frame: &mut Frame<'_>, area: Rect) {
        let mut spans = match link {
            Some(link) => {
                let name = text::clip(&link.name, 36, self.theme.glyphs.ellipsis);
                let object = text::line(&link.object).into_owned();
                vec![
                    Span::styled(name, self.theme.text),
                    Span::styled(format!("  {object}"), self.theme.dim),
                ]
            }
            None => vec![Span::styled("--", self.theme.dim)],
        };
        if focused {
            let hint = "   Enter searches, Del clears";
            spans.push(Span::styled(hint, self.theme.dim));
        }
        frame.render_widget(Line::from(spans), Rect { height: 1, ..area });
    }

    fn draw_text(&self, field: LogField, frame: &mut Frame<'_>, area: Rect) {
        for y in area.y..area.bottom() {
            for (x, mark) in [(area.x, "["), (area.right().saturating_sub(1), "]")] {
                let cell = Rect {
                    x,
                    y,
                    width: 1,
                    height: 1,
                };
                frame.render_widget(Line::styled(mark, self.theme.dim), cell);
            }
        }
        let Some(input) = self.it.texts.input(field) else {
            return;
        };
        let inner = panel::inset(area);
        for (line, y) in input.lines().iter().zip(inner.y..inner.bottom()) {
            let shown = text::clip(line, usize::from(inner.width), self.theme.glyphs.ellipsis);
            let row = Rect {
                y,
                height: 1,
                ..inner
            };
            frame.render_widget(Line::styled(shown, self.theme.text), row);
        }
    }

    /// The word beside a short line: how it reads, or which key helps.
    fn draw_note(
        &self,
        field: LogField,
        focused: bool,
        frame: &mut Frame<'_>,
        row: Rect,
        value: Rect,
    ) {
        let said = match field {
            LogField::When => self.when_reads(),
            LogField::Due => self.due_reads(),
            LogField::Minutes if self.it.texts.kind == LogKind::Meeting => {
                Some("30 if empty".into())
            }
            LogField::FollowUp if focused && !self.it.texts.has_follow_up() => {
                Some("Space suggests one".into())
            }
            _ => None,
        };
        let Some(said) = said else { return };
        let x = value.right() + 2;
        if x < row.right() {
            let area = Rect {
                x,
                width: row.right() - x,
                height: 1,
                ..row
            };
            let said = text::clip(&said, usize::from(area.width), self.theme.glyphs.ellipsis);
            frame.render_widget(Line::styled(said, self.theme.dim), area);
        }
    }

    fn when_reads(&self) -> Option<String> {
        let typed = self.it.texts.input(LogField::When)?.text();
        let (day, time) = read_when(&typed, &self.app.now).ok()?;
        let day = day?;
        let time = time.map_or(String::new(), |time| format!(" {}", time.strftime("%H:%M")));
        Some(format!(
            "= {} {}{time}",
            day.strftime("%a"),
            value::show_date(day)
        ))
    }

    fn due_reads(&self) -> Option<String> {
        let typed = self.it.texts.input(LogField::Due)?.text();
        let day = shorthand::date(&typed, self.app.now.date())?;
        Some(format!(
            "= {} {}",
            day.strftime("%a"),
            value::show_date(day)
        ))
    }

    fn draw_problem(&self, field: LogField, frame: &mut Frame<'_>, left: Rect) -> Rect {
        let Some(problem) = self.it.problem(field) else {
            return left;
        };
        if left.height == 0 {
            return left;
        }
        let row = Rect {
            x: left.x + LABEL,
            width: left.width.saturating_sub(LABEL),
            height: 1,
            ..left
        };
        let said = text::clip(problem, usize::from(row.width), self.theme.glyphs.ellipsis);
        frame.render_widget(Line::styled(said, self.theme.error), row);
        panel::below(left, 1)
    }

    fn draw_keys(&self, frame: &mut Frame<'_>, left: Rect) {
        if left.height == 0 {
            return;
        }
        let row = Rect {
            y: left.bottom() - 1,
            height: 1,
            ..left
        };
        let keys = " Ctrl-S saves, offline too   Esc keeps the draft   Ctrl-X discards";
        frame.render_widget(Line::styled(keys, self.theme.dim), row);
    }
}

/// The room of a line's value.
fn value_area(field: LogField, row: Rect) -> Rect {
    let left = row.width.saturating_sub(LABEL + 1);
    let width = match field {
        LogField::When | LogField::Minutes | LogField::Due => SHORT.min(left),
        LogField::FollowUp => left.saturating_sub(20).max(left.min(20)),
        _ => left,
    };
    Rect {
        x: row.x + LABEL.min(row.width),
        width,
        ..row
    }
}

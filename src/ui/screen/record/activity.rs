//! Draws the activities: what waits, what is to come, what was.

use jiff::Zoned;
use jiff::civil::Date;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::App;
use crate::app::screen::record::timeline::{Entry, Mark};
use crate::app::screen::record::{RecordScreen, Room, Tab};
use crate::domain::text;
use crate::domain::timeline::ActivityKind;
use crate::domain::when;
use crate::domain::write::OpState;
use crate::ui::theme::Theme;
use crate::ui::{panel, row};

/// Columns of a past day: `12 Nov 25`.
const DAY: usize = 9;
/// Columns of a past day in a narrow pane: `12 Nov`, `Nov'25`.
const SHORT_DAY: usize = 6;
/// Columns of a kind.
const KIND: usize = 5;
/// Columns an activity's text stands in from the left.
const INDENT: usize = 4;

/// Draws the pane.
pub fn draw(
    app: &App,
    it: &RecordScreen,
    theme: &Theme,
    frame: &mut Frame<'_>,
    (area, room): (Rect, Room),
) {
    let aside = match it.page.value() {
        Some(page) if page.timeline.more => "the org has older ones",
        _ => "",
    };
    let title = super::title(it, Tab::Activity, theme);
    let inside = panel::draw(theme, frame, area, &title, aside);
    let pane = it.activity(room);
    let (lines, cursor) = (pane.lines(), &pane.cursor);
    let parts = ["tasks", "events", "notes"];
    let above = super::tell_missing(it, &parts, theme, frame, inside);
    let inside = above.unwrap_or(inside);
    if lines.is_empty() && above.is_none() {
        let place = panel::inset(inside);
        let words = "No activities yet: c logs a call, C n a note.";
        row::paragraph(frame, place, words, theme.dim);
        return;
    }
    let has_keys = it.focus() == Tab::Activity;
    let columns = usize::from(inside.width.saturating_sub(row::MARGIN));
    for (at, place) in row::in_view(cursor, inside, lines.len()) {
        let Some(line) = lines.get(at) else { continue };
        let Some(entry) = it.entries().get(line.entry) else {
            continue;
        };
        let drawn = match &line.text {
            Some(below) => body(below, columns, theme),
            None => draw_entry(app, entry, columns, theme),
        };
        if at == cursor.selected() && has_keys {
            row::draw_chosen(theme, frame, place, drawn);
        } else {
            row::draw(frame, place, drawn);
        }
    }
}

fn body<'a>(words: &str, columns: usize, theme: &Theme) -> Line<'a> {
    let room = columns.saturating_sub(INDENT);
    let words = text::clip(words, room, theme.glyphs.ellipsis);
    Line::styled(format!("{}{words}", " ".repeat(INDENT)), theme.dim)
}

fn draw_entry<'a>(app: &App, entry: &Entry, columns: usize, theme: &Theme) -> Line<'a> {
    let kind = text::pad(word(entry.activity.kind), KIND);
    let day = entry.activity.day;
    let subject = &entry.activity.link.name;
    let (mark, style) = mark(entry.mark, theme);
    match entry.mark {
        Mark::Waiting(state) => {
            let start = format!("{mark} {} {kind}", waiting(state));
            spread(start, style, (subject, ""), columns, theme)
        }
        Mark::Open | Mark::Overdue => {
            let when = day.map(|day| when::day(day, &app.now)).unwrap_or_default();
            let when = match entry.mark {
                Mark::Overdue if columns < 40 => "overdue".to_owned(),
                Mark::Overdue => format!("{when} overdue"),
                _ => when,
            };
            spread(
                format!("{mark} {kind}"),
                style,
                (subject, &when),
                columns,
                theme,
            )
        }
        Mark::Past => {
            let (when, day_columns) = past_day(day, columns, &app.now);
            let start = format!("{mark} {} {kind}", text::pad(&when, day_columns));
            spread(start, style, (subject, ""), columns, theme)
        }
    }
}

/// A narrow pane has no room for the day where the year is another.
fn past_day(day: Option<Date>, columns: usize, now: &Zoned) -> (String, usize) {
    let Some(day) = day else {
        return (String::new(), SHORT_DAY);
    };
    match (columns < 40, day.year() == now.year()) {
        (true, false) => (day.strftime("%b'%y").to_string(), SHORT_DAY),
        (true, true) => (when::short_day(day, now), SHORT_DAY),
        (false, _) => (when::short_day(day, now), DAY),
    }
}

/// A start that is never cut, a subject that is, and an end on the right.
fn spread<'a>(
    start: String,
    style: Style,
    (subject, end): (&str, &str),
    columns: usize,
    theme: &Theme,
) -> Line<'a> {
    let gap = usize::from(!end.is_empty());
    let taken = text::width(&start) + 1 + text::width(end) + gap;
    let subject = row::fit(theme, subject, columns.saturating_sub(taken));
    Line::from(vec![
        Span::styled(start, style),
        Span::raw(format!(" {subject}{}", " ".repeat(gap))),
        Span::styled(end.to_owned(), style),
    ])
}

fn mark(mark: Mark, theme: &Theme) -> (&'static str, Style) {
    match mark {
        Mark::Waiting(_) => ("~", theme.warn),
        Mark::Open => ("o", theme.text),
        Mark::Overdue => ("!", theme.warn),
        Mark::Past => ("-", theme.dim),
    }
}

fn waiting(state: OpState) -> &'static str {
    match state {
        OpState::Sending => "sending",
        OpState::Unknown => "unknown",
        OpState::Retry => "retry",
        OpState::Blocked => "blocked",
        OpState::Queued | OpState::Done | OpState::Failed | OpState::Cancelled => "queued",
    }
}

fn word(kind: ActivityKind) -> &'static str {
    match kind {
        ActivityKind::Call => "Call",
        ActivityKind::Meeting => "Meet",
        ActivityKind::Email => "Mail",
        ActivityKind::Task => "Task",
        ActivityKind::Note => "Note",
    }
}

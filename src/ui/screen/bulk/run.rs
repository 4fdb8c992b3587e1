//! The run pane: what is asked before rows are sent, and how runs stand.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::App;
use crate::app::screen::bulk::{BulkScreen, Edited, Pane};
use crate::domain::block::run::{Run, RunState};
use crate::domain::{text, when};
use crate::ui::table::{self, Column};
use crate::ui::theme::Theme;
use crate::ui::{editor, panel};

const EMPTY: &str =
    "Nothing was sent yet. Ctrl-S sends what is checked, after you typed how many rows that is.";

const COLUMNS: &[Column] = &[
    Column {
        name: "Run",
        width: 5,
        from: 0,
    },
    Column {
        name: "State",
        width: 9,
        from: 0,
    },
    Column {
        name: "What",
        width: 0,
        from: 0,
    },
    Column {
        name: "Written",
        width: 10,
        from: 60,
    },
    Column {
        name: "Failed",
        width: 8,
        from: 60,
    },
    Column {
        name: "Left",
        width: 10,
        from: 60,
    },
    Column {
        name: "Since",
        width: 12,
        from: 90,
    },
];

pub(super) fn draw(app: &App, it: &BulkScreen, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let area = draw_proof(app, it, theme, frame, area);
    if it.runs.is_empty() {
        return panel::say(theme, frame, area, EMPTY);
    }
    let details = if it.run().is_some() { 4 } else { 0 };
    let [told, list] =
        Layout::vertical([Constraint::Length(details), Constraint::Min(0)]).areas(area);
    if let Some(run) = it.run() {
        draw_run(run, theme, frame, told);
    }
    let keys = it.run_keys();
    let view = table::View::of(&it.runs_cursor, &keys, list);
    let view = match it.pane {
        Pane::Run => view,
        // The cursor stands in the pane that has the keys.
        _ => table::View {
            chosen: usize::MAX,
            ..view
        },
    };
    let cells = |place: usize| match it.runs.get(place) {
        Some(run) => cells(run, app, theme),
        None => Vec::new(),
    };
    table::draw(COLUMNS, &view, cells, theme, frame, list);
}

/// Draws what must be typed before rows are sent; gives the room below it.
fn draw_proof(
    app: &App,
    it: &BulkScreen,
    theme: &Theme,
    frame: &mut Frame<'_>,
    area: Rect,
) -> Rect {
    let Some(editing) = it.editing.as_ref().filter(|it| it.what == Edited::Proof) else {
        return area;
    };
    let asked = it.proof(&app.org.connection);
    let lines = text::wrap(&asked, usize::from(area.width.saturating_sub(2)));
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    for (line, row) in lines.into_iter().zip(area.rows()) {
        frame.render_widget(Line::styled(format!(" {line}"), theme.warn), row);
    }
    let below = panel::below(area, height);
    let line = Rect {
        x: below.x + 1,
        width: below.width.saturating_sub(1),
        height: below.height.min(1),
        ..below
    };
    editor::draw_line(frame, line, &editing.input, theme.strong);
    if let Some(problem) = &editing.problem {
        let row = Rect {
            height: below.height.saturating_sub(1).min(1),
            ..panel::below(below, 1)
        };
        let said = format!(" ! {}", text::line(problem));
        frame.render_widget(Line::styled(said, theme.error), row);
    }
    panel::below(below, 2)
}

fn draw_run(run: &Run, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let tally = &run.tally;
    let settled = tally.settled() + tally.under_way;
    let width = usize::from(area.width / 3).clamp(10, 44);
    let lines = [
        Line::from(vec![
            Span::styled(format!(" Run {}  ", run.number), theme.strong),
            Span::styled(run.state.word().to_owned(), look(run.state, theme)),
            Span::raw(format!("  {}", bar(settled, run.counts.ready, width))),
            Span::styled(
                format!("  {}", percent(settled, run.counts.ready)),
                theme.strong,
            ),
        ]),
        Line::styled(format!(" {}", totals(run)), theme.text),
        Line::styled(format!(" {}", pace(run)), theme.dim),
    ];
    for (line, row) in lines.into_iter().zip(area.rows()) {
        frame.render_widget(line, row);
    }
    let failure = run.failure.as_ref().map(|failure| failure.explain(None));
    if let (Some(failure), Some(row)) = (failure, area.rows().nth(3)) {
        let said = text::clip(&failure, usize::from(area.width), theme.glyphs.ellipsis);
        frame.render_widget(Line::styled(format!(" ! {said}"), theme.error), row);
    }
}

/// `7,731 written (12 new)  4 failed  4,656 left  86 invalid`
fn totals(run: &Run) -> String {
    let tally = &run.tally;
    let mut parts = vec![format!("{} written", text::number(tally.ok))];
    if tally.created > 0 {
        parts.push(format!("({} new)", text::number(tally.created)));
    }
    for (count, word) in [
        (tally.failed, "failed"),
        (tally.unknown, "UNKNOWN"),
        (tally.unprocessed, "unprocessed"),
        (run.unsent(), "left"),
        (run.counts.invalid, "invalid"),
    ] {
        if count > 0 {
            parts.push(format!("{} {word}", text::number(count)));
        }
    }
    if tally.failed + tally.unknown + tally.unprocessed > 0 {
        parts.push(format!("in error store '{}'", text::line(&run.errors)));
    }
    parts.join("  ")
}

fn pace(run: &Run) -> String {
    let mut parts = Vec::new();
    if run.state == RunState::Running {
        parts.push(text::line(&run.step).into_owned());
    }
    if let Some(pace) = run.pace.filter(|_| run.state == RunState::Running) {
        parts.push(format!("{} rows/min", text::number(pace.rows_a_minute)));
        let left = pace.left.as_secs();
        parts.push(format!("{}:{:02} left", left / 60, left % 60));
    }
    parts.push(format!("{} API calls", text::number(run.calls)));
    if let Some(job) = &run.job {
        parts.push(format!("job {}", text::line(job)));
    }
    parts.retain(|part| !part.is_empty());
    parts.join("   ")
}

/// `[######----]`
fn bar(done: u64, of: u64, width: usize) -> String {
    let room = width as u64;
    let full = match of {
        0 => room,
        of => (u128::from(done.min(of)) * u128::from(room) / u128::from(of)) as u64,
    };
    let full = usize::try_from(full).unwrap_or(width);
    format!(
        "[{}{}]",
        "#".repeat(full),
        "-".repeat(width - full.min(width))
    )
}

fn percent(done: u64, of: u64) -> String {
    match of {
        0 => "100 %".to_owned(),
        of => format!("{} %", u128::from(done.min(of)) * 100 / u128::from(of)),
    }
}

fn cells(run: &Run, app: &App, theme: &Theme) -> Vec<table::Cell> {
    let refused = run.tally.failed + run.tally.unknown + run.tally.unprocessed;
    let failed = if refused > 0 { theme.error } else { theme.dim };
    vec![
        (run.number.to_string(), theme.text),
        (run.state.word().to_owned(), look(run.state, theme)),
        (
            format!("{}  {}", run.block, text::line(&run.source)),
            theme.text,
        ),
        (text::number(run.tally.ok), theme.text),
        (text::number(refused), failed),
        (text::number(run.unsent()), theme.dim),
        (when::clock(run.created, &app.now), theme.dim),
    ]
}

fn look(state: RunState, theme: &Theme) -> Style {
    match state {
        RunState::Ready | RunState::Running => theme.strong,
        RunState::Paused | RunState::Waiting => theme.warn,
        RunState::Stopped | RunState::Failed => theme.error,
        RunState::Done => theme.ok,
    }
}

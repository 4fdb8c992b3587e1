//! Draws `app::screen::errors`: the failures, and below them or in their place the chosen
//! one explained.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::app::App;
use crate::app::command::Command;
use crate::app::explain;
use crate::app::screen::errors::{ErrorsScreen, FailedRead, Row, keys};
use crate::app::write_action::{Action, actions};
use crate::domain::failure::Failure;
use crate::domain::when;
use crate::domain::write::{Op, OpState};
use crate::ui::explain::Pane;
use crate::ui::table::{self, Column};
use crate::ui::theme::Theme;
use crate::ui::{hints, panel};

const COLUMNS: &[Column] = &[
    Column {
        name: "",
        width: 1,
        from: 0,
    },
    Column {
        name: "When",
        width: 12,
        from: 50,
    },
    Column {
        name: "What",
        width: 0,
        from: 0,
    },
    Column {
        name: "Fields",
        width: 14,
        from: 60,
    },
    Column {
        name: "Code",
        width: 36,
        from: 110,
    },
];

const EMPTY: &str = "Nothing went wrong. A write that the org refuses, or that got no answer, stands here with its reason, its fields and the next key, until it is put right or dismissed.";

/// Draws it.
pub fn draw(app: &App, it: &ErrorsScreen, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let rows = it.rows(&app.journal);
    let Some(chosen) = rows.get(it.cursor.row(&keys(&rows))) else {
        let inside = panel::draw(theme, frame, area, "Errors", "");
        panel::say(theme, frame, inside, EMPTY);
        return;
    };
    let (list, below) = panel::list_over_details(area, rows.len());
    if it.details.is_none() {
        draw_list(app, it, theme, frame, list);
    }
    let room = if it.details.is_some() {
        Some(area)
    } else {
        below
    };
    let Some(room) = room else { return };
    let (title, state, lines, commands) = match chosen {
        Row::Write(op) => of_write(op, app),
        Row::Read(read) => of_read(read, app),
    };
    let pane = Pane {
        title: &title,
        state,
        lines: &lines,
        scroll: it.details.as_ref(),
        keys: hints::keys(&commands, it.contexts(), theme),
    };
    pane.draw(theme, frame, room);
}

fn draw_list(app: &App, it: &ErrorsScreen, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let rows = it.rows(&app.journal);
    let keys = keys(&rows);
    let inside = panel::draw(
        theme,
        frame,
        area,
        "Errors",
        &format!("{} in all", rows.len()),
    );
    let view = table::View::of(&it.cursor, &keys, inside);
    let cells = |place: usize| match rows.get(place) {
        Some(row) => cells(*row, app, theme),
        None => Vec::new(),
    };
    table::draw(COLUMNS, &view, cells, theme, frame, inside);
}

fn cells(row: Row<'_>, app: &App, theme: &Theme) -> Vec<table::Cell> {
    let (failure, what, fields) = match row {
        Row::Write(op) => (
            op.failure.as_ref(),
            op.write.summary.clone(),
            fields(op, app),
        ),
        Row::Read(read) => (Some(&read.failure), counted(read), String::new()),
    };
    let unknown = matches!(row, Row::Write(op) if op.state == OpState::Unknown);
    let (mark, style) = if unknown {
        ("?", theme.warn)
    } else {
        ("!", theme.error)
    };
    vec![
        (mark.to_owned(), style),
        (when::clock(row.time(), &app.now), theme.dim),
        (what, theme.text),
        (fields, theme.text),
        (code(failure, unknown), theme.dim),
    ]
}

fn code(failure: Option<&Failure>, unknown: bool) -> String {
    match failure {
        Some(failure) if !unknown => failure.code.clone(),
        _ => "UNKNOWN".to_owned(),
    }
}

/// The fields a refusal speaks of, by label.
fn fields(op: &Op, app: &App) -> String {
    op.failure.as_ref().map_or_else(String::new, |failure| {
        let schema = explain::failed_schema(failure, op, &app.org);
        explain::labels(&failure.fields, schema)
    })
}

fn counted(read: &FailedRead) -> String {
    match read.times {
        1 => read.what.clone(),
        times => format!("{} ({times} times)", read.what),
    }
}

/// Title, state, lines and commands of a pane.
type Told = (String, &'static str, Vec<explain::Line>, Vec<Command>);

fn of_write(op: &Op, app: &App) -> Told {
    let state = if op.state == OpState::Unknown {
        "UNKNOWN"
    } else {
        "failed"
    };
    let commands = actions(op.state).iter().copied().map(key_of).collect();
    let lines = explain::of_write(op, app);
    (format!("#{} why", op.number), state, lines, commands)
}

fn of_read(read: &FailedRead, app: &App) -> Told {
    let lines = explain::of_read(&counted(read), &read.failure, read.time, &app.now);
    ("Why".to_owned(), "failed", lines, vec![Command::Dismiss])
}

/// The command that does an action on this screen.
fn key_of(action: Action) -> Command {
    match action {
        Action::Send => Command::Retry,
        Action::Fix => Command::Fix,
        Action::GiveUp => Command::Dismiss,
    }
}

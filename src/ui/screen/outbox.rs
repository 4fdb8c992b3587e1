//! Draws `app::screen::outbox`: the writes, and below them or in their place what became
//! of the chosen one.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Clear;

use crate::app::App;
use crate::app::command::{Command, Context};
use crate::app::list::ListCursor;
use crate::app::screen::outbox::{OutboxScreen, hits, keys};
use crate::app::write_action::{Action, actions};
use crate::app::{explain, plan};
use crate::domain::text;
use crate::domain::when;
use crate::domain::write::{Op, OpState};
use crate::ui::explain::Pane;
use crate::ui::table::{self, Column};
use crate::ui::theme::Theme;
use crate::ui::{hints, panel};

const COLUMNS: &[Column] = &[
    Column {
        name: "   #",
        width: 4,
        from: 0,
    },
    Column {
        name: "State",
        width: 11,
        from: 0,
    },
    Column {
        name: "What",
        width: 0,
        from: 0,
    },
    Column {
        name: "Next",
        width: 14,
        from: 50,
    },
    Column {
        name: "Tries",
        width: 5,
        from: 70,
    },
    Column {
        name: "Since",
        width: 12,
        from: 90,
    },
];

const TITLE: &str = "Outbox";

const EMPTY: &str = "Nothing has been written yet. What you save stands here, on disk, from before it is sent until the org has answered. / finds a record to work on, a makes a new one.";
const UNREAD: &str = "The outbox has not been read from disk yet. r reads it again.";

/// Draws it.
pub fn draw(app: &App, it: &OutboxScreen, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let Some(op) = it.chosen(&app.journal) else {
        let inside = panel::draw(theme, frame, area, TITLE, "");
        let said = if app.journal.is_read() { EMPTY } else { UNREAD };
        panel::say(theme, frame, inside, said);
        return;
    };
    let (list, below) = panel::list_over_details(area, app.journal.ops().len());
    if it.details.is_none() {
        draw_list(app, it, theme, frame, list);
    }
    let room = if it.details.is_some() {
        Some(area)
    } else {
        below
    };
    let Some(room) = room else { return };
    let mut commands: Vec<Command> = actions(op.state).iter().copied().map(key_of).collect();
    if it.offers(Command::Link, &app.journal) {
        commands.push(Command::Link);
    }
    let pane = Pane {
        title: &format!("#{} what happened", op.number),
        state: word(op.state),
        lines: &explain::of_write(op, app),
        scroll: it.details.as_ref(),
        keys: hints::keys(&commands, &[Context::Outbox], theme),
    };
    pane.draw(theme, frame, room);
    if let Some((id, cursor)) = &it.linking
        && let Some(op) = app.journal.op(*id)
    {
        draw_look_alikes(app, (op, cursor), theme, frame, area);
    }
}

/// Columns of the box of look-alikes, where there is room.
const WIDTH: u16 = 76;

/// Draws which records the write may be.
fn draw_look_alikes(
    app: &App,
    (op, cursor): (&Op, &ListCursor),
    theme: &Theme,
    frame: &mut Frame<'_>,
    area: Rect,
) {
    let found = hits(op);
    let rows = u16::try_from(found.len()).unwrap_or(u16::MAX);
    let area = panel::centred(area, WIDTH, rows.saturating_add(6));
    frame.render_widget(Clear, area);
    let title = format!("Which record is #{}?", op.number);
    let inside = panel::draw(
        theme,
        frame,
        area,
        &title,
        &format!("{} found", found.len()),
    );
    let [top, list, foot] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(1),
    ])
    .areas(inside);
    let told = text::clip(
        &op.write.summary,
        usize::from(top.width),
        theme.glyphs.ellipsis,
    );
    frame.render_widget(Line::styled(told, theme.strong), top);
    let first = cursor.window(usize::from(list.height), found.len());
    for ((place, link), row) in found.iter().enumerate().skip(first).zip(list.rows()) {
        let chosen = place == cursor.selected();
        let mark = if chosen { theme.glyphs.cursor } else { " " };
        let said = format!("{mark} {}", explain::delivery::look_alike(link, app));
        let said = text::clip(&said, usize::from(row.width), theme.glyphs.ellipsis);
        let style = if chosen { theme.selected } else { theme.text };
        frame.render_widget(Line::styled(said, style), row);
    }
    let keys = "Enter it is this one: done   o opens it   Esc none of them";
    let keys = text::clip(keys, usize::from(foot.width), theme.glyphs.ellipsis);
    frame.render_widget(Line::styled(keys, theme.strong), foot);
}

fn draw_list(app: &App, it: &OutboxScreen, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let inside = panel::draw(theme, frame, area, TITLE, &counts(app, area.width));
    let paused = app.org.pause.as_ref().map(|it| plan::paused(it, &app.now));
    let inside = match paused {
        Some(said) if inside.height > 3 => {
            let said = format!("Sending {said}");
            let said = text::clip(&said, usize::from(inside.width), theme.glyphs.ellipsis);
            frame.render_widget(Line::styled(said, theme.warn), inside);
            panel::below(inside, 1)
        }
        _ => inside,
    };
    let ids = keys(&app.journal);
    let view = table::View::of(&it.cursor, &ids, inside);
    let cells = |row: usize| match app.journal.ops().get(row) {
        Some(op) => cells(op, app, theme),
        None => Vec::new(),
    };
    table::draw(COLUMNS, &view, cells, theme, frame, inside);
}

fn cells(op: &Op, app: &App, theme: &Theme) -> Vec<table::Cell> {
    vec![
        (format!("{:>4}", op.number), theme.text),
        (
            format!("{} {}", mark(op.state), word(op.state)),
            look(op.state, theme),
        ),
        (op.write.summary.clone(), theme.text),
        (
            plan::next(op, &app.journal, &app.org, &app.now),
            look(op.state, theme),
        ),
        (format!("{:>5}", op.attempts), theme.dim),
        (when::clock(op.changed, &app.now), theme.dim),
    ]
}

/// A state in one word; the one that needs the user stands out.
fn word(state: OpState) -> &'static str {
    match state {
        OpState::Unknown => "UNKNOWN",
        state => state.word(),
    }
}

/// A state in one sign.
fn mark(state: OpState) -> char {
    match state {
        OpState::Queued => '.',
        OpState::Sending => '>',
        OpState::Unknown => '?',
        OpState::Retry => '~',
        OpState::Blocked => '=',
        OpState::Done => '+',
        OpState::Failed => '!',
        OpState::Cancelled => '-',
    }
}

fn look(state: OpState, theme: &Theme) -> Style {
    match state {
        OpState::Queued | OpState::Retry | OpState::Blocked => theme.text,
        OpState::Sending => theme.strong,
        OpState::Unknown => theme.warn,
        OpState::Failed => theme.error,
        OpState::Done | OpState::Cancelled => theme.dim,
    }
}

/// `1 UNKNOWN  2 queued  14 done`, what matters most first, as much as fits; leaves out
/// what there is none of.
fn counts(app: &App, columns: u16) -> String {
    let room = usize::from(columns).saturating_sub(text::width(TITLE) + 7);
    let mut said = String::new();
    for state in OpState::ALL {
        let count = app.journal.in_state(state);
        let gap = if said.is_empty() { "" } else { "  " };
        let part = format!("{gap}{count} {}", word(state));
        if count > 0 && said.len() + part.len() > room {
            break;
        } else if count > 0 {
            said.push_str(&part);
        }
    }
    said
}

/// The command that does an action on this screen.
fn key_of(action: Action) -> Command {
    match action {
        Action::Send => Command::SendNow,
        Action::Fix => Command::Fix,
        Action::GiveUp => Command::CancelWrite,
    }
}

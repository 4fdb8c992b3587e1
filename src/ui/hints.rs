//! The two lines at the foot: what just happened, and the keys that matter here.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::App;
use crate::app::command::{Command, Context, Entry};
use crate::app::keymap::{commands_in, shown};
use crate::app::notice::Level;
use crate::app::plan;
use crate::domain::text;

use super::theme::Theme;

/// Between two keys.
const GAP: &str = "  ";

/// Draws what just happened.
pub fn draw_notice(app: &App, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let standing = || {
        app.overlays
            .is_empty()
            .then(|| plan::standing(app))
            .flatten()
    };
    let Some(notice) = app.notice.clone().or_else(standing) else {
        return;
    };
    let (mark, style) = match notice.level {
        Level::Ok => (" ok  ", theme.ok),
        Level::Info => ("info ", theme.dim),
        Level::Warn => ("warn ", theme.warn),
        Level::Error => (" !   ", theme.error),
    };
    let room = usize::from(area.width).saturating_sub(mark.len());
    let key = notice.key.unwrap_or_default();
    let room = room.saturating_sub(if key.is_empty() { 0 } else { key.len() + 2 });
    let said = text::clip(&notice.text, room, theme.glyphs.ellipsis);
    let line = Line::from(vec![Span::styled(mark, style), Span::raw(said)]);
    frame.render_widget(line, area);
    if !key.is_empty() {
        let area = Rect {
            x: area
                .right()
                .saturating_sub(u16::try_from(key.len()).unwrap_or(area.width)),
            ..area
        }
        .intersection(area);
        frame.render_widget(Line::styled(key, theme.key), area);
    }
}

/// Draws the keys that matter here, as many as fit; help always.
pub fn draw(app: &App, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let contexts = app.contexts();
    let mut last = Vec::new();
    let mut hints = Vec::new();
    let entries = commands_in(contexts).into_iter();
    for entry in entries.filter(|entry| app.offers(entry.command)) {
        if let Some(hint) = hint(entry, contexts, theme) {
            let help = entry.command == Command::Help;
            if help { &mut last } else { &mut hints }.push(hint);
        }
    }
    let mut room = usize::from(area.width);
    room = room.saturating_sub(last.iter().map(|hint| hint.width() + GAP.len()).sum());
    let mut spans: Vec<Span<'_>> = Vec::new();
    for hint in hints {
        let wide = hint.width() + if spans.is_empty() { 0 } else { GAP.len() };
        if wide > room {
            break;
        }
        room -= wide;
        push(&mut spans, hint);
    }
    last.into_iter().for_each(|hint| push(&mut spans, hint));
    frame.render_widget(Line::from(spans), area);
}

/// Keys and what they do, for the commands named.
pub fn keys(commands: &[Command], contexts: &[Context], theme: &Theme) -> Line<'static> {
    let mut spans = Vec::new();
    let entries = commands.iter().filter_map(|command| command.entry());
    for hint in entries.filter_map(|entry| hint(entry, contexts, theme)) {
        push(&mut spans, hint);
    }
    Line::from(spans)
}

fn push(spans: &mut Vec<Span<'static>>, hint: Line<'static>) {
    if !spans.is_empty() {
        spans.push(Span::raw(GAP));
    }
    spans.extend(hint.spans);
}

/// `e edit`; of a sequence only its first key: `C log..`.
fn hint(entry: &Entry, contexts: &[Context], theme: &Theme) -> Option<Line<'static>> {
    let keys = entry.key_in(contexts)?;
    if entry.hint.is_empty() {
        return None;
    }
    let (key, more) = match keys.split_once(' ') {
        Some((first, _)) => (first, ".."),
        None => (keys, ""),
    };
    Some(Line::from(vec![
        Span::styled(shown(key), theme.key),
        Span::styled(format!(" {}{more}", entry.hint), theme.dim),
    ]))
}

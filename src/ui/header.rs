//! The top line: which org, which view, how the line to the org stands. Where room is
//! short it says less, never half a word.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::App;
use crate::app::msg::View;
use crate::app::org;
use crate::domain::text;
use crate::job::OrgKind;

use super::theme::Theme;

/// How much the line says; each step leaves out more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Detail {
    Everything,
    NoUser,
    NoTime,
    NoUsage,
    NoGoodNews,
    ShortViews,
    NoName,
    Digits,
    ViewOnly,
}

const STEPS: [Detail; 9] = [
    Detail::Everything,
    Detail::NoUser,
    Detail::NoTime,
    Detail::NoUsage,
    Detail::NoGoodNews,
    Detail::ShortViews,
    Detail::NoName,
    Detail::Digits,
    Detail::ViewOnly,
];

/// Draws the top line.
pub fn draw(app: &App, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let lines = STEPS.map(|detail| compose(app, theme, detail));
    let fitting = lines
        .iter()
        .find(|line| line.width() <= usize::from(area.width));
    if let Some(line) = fitting.or(lines.last()) {
        frame.render_widget(line, area);
    }
}

/// What sort of org it is, in a word; real data stands out most.
pub fn badge(app: &App, theme: &Theme) -> Span<'static> {
    let kind = app.org.session.as_ref().map(|session| session.kind);
    let word = match kind {
        Some(OrgKind::Production) => "[PROD]",
        Some(OrgKind::Sandbox) => "[SANDBOX]",
        Some(OrgKind::Local) if app.org.connection == "demo" => "[DEMO]",
        Some(OrgKind::Local) => "[LOCAL]",
        None => "[?]",
    };
    let style = match kind {
        Some(OrgKind::Production) => theme.badge.patch(theme.error),
        _ => theme.badge,
    };
    Span::styled(word, style)
}

fn compose<'a>(app: &'a App, theme: &Theme, detail: Detail) -> Line<'a> {
    let mut spans = vec![badge(app, theme)];
    if detail < Detail::NoName {
        let name = text::line(&app.org.connection);
        spans.push(Span::styled(format!(" {name}"), theme.strong));
    }
    spans.push(Span::styled(" |", theme.dim));
    for view in [
        View::Search,
        View::Record,
        View::Outbox,
        View::Errors,
        View::Bulk,
        View::Query,
    ] {
        // A view nobody used needs no place.
        let unused = match view {
            View::Query => app.query.rows.value().is_none(),
            View::Bulk => app.bulk.is_unused(),
            View::Search | View::Record | View::Outbox | View::Errors => false,
        };
        if (detail < Detail::ViewOnly && !unused) || view == app.view {
            spans.push(Span::raw(" "));
            spans.extend(tab(app, theme, view, detail));
        }
    }
    for (text, style) in status(app, theme, detail) {
        spans.push(Span::styled(" | ", theme.dim));
        spans.push(Span::styled(text, style));
    }
    Line::from(spans)
}

/// One view's name with its count: `3 Outbox:2`, in brackets where it is on show.
fn tab<'a>(app: &App, theme: &Theme, view: View, detail: Detail) -> Vec<Span<'a>> {
    let (digit, name, count) = match view {
        View::Search => ("1", "Search", 0),
        View::Record => ("2", "Record", 0),
        View::Outbox => ("3", "Outbox", app.journal.waiting()),
        View::Bulk => ("5", "Bulk", app.bulk.in_hand()),
        View::Query => ("7", "Query", 0),
        View::Errors if app.view == View::Errors => ("4", "Errors", 0),
        View::Errors => ("4", "Errors", app.errors.unseen(&app.journal)),
    };
    let on_show = view == app.view;
    let named = detail < Detail::ShortViews || (on_show && detail < Detail::Digits);
    let name = if named {
        format!("{digit} {name}")
    } else {
        digit.to_owned()
    };
    let style = if on_show { theme.strong } else { theme.dim };
    let (open, close) = if on_show { ("[", "]") } else { ("", "") };
    let mut spans = vec![Span::styled(format!("{open}{name}"), style)];
    if count > 0 {
        let shown = if count > 99 {
            "99+".to_owned()
        } else {
            count.to_string()
        };
        spans.push(Span::styled(format!(":{shown}"), theme.warn));
    }
    spans.push(Span::styled(close, style));
    spans
}

/// The parts behind the views: use of the API, the line, the user.
fn status(app: &App, theme: &Theme, detail: Detail) -> Vec<(String, Style)> {
    let mut parts = Vec::new();
    if let Some((used, allowed)) = app.org.api_usage
        && detail < Detail::NoUsage
    {
        let percent = (u64::from(used) * 100).div_ceil(u64::from(allowed.max(1)));
        let style = if percent >= 80 { theme.warn } else { theme.dim };
        parts.push((format!("api {percent}%"), style));
    }
    match &app.org.line {
        org::Line::Connecting => parts.push(("connecting".to_owned(), theme.dim)),
        org::Line::Online(millis) if detail < Detail::NoTime => {
            parts.push((format!("online {millis} ms"), theme.dim));
        }
        org::Line::Online(_) if detail < Detail::NoGoodNews => {
            parts.push(("online".to_owned(), theme.dim));
        }
        org::Line::Online(_) => {}
        org::Line::SessionOver => parts.push(("SESSION OVER".to_owned(), theme.warn)),
        org::Line::Offline(_) => parts.push(("OFFLINE".to_owned(), theme.warn)),
    }
    let down = matches!(app.org.line, org::Line::Offline(_) | org::Line::SessionOver);
    if app.org.pause.is_some() && (!down || detail < Detail::NoName) {
        parts.push(("PAUSED".to_owned(), theme.warn));
    }
    if let Some(session) = &app.org.session
        && detail < Detail::NoUser
    {
        parts.push((text::line(&session.user_name).into_owned(), theme.dim));
    }
    parts
}

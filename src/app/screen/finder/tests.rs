//! What help and palette list, and that what they list can be run.

use super::*;
use crate::app::msg::View;
use crate::app::overlay::Overlay;
use crate::app::testkit::driver::Driver;
use crate::app::testkit::outbox::{op, with_ops};
use crate::domain::write::OpState;
use crate::job::Job;

fn typed(mut finder: Finder, filter: &str) -> Vec<Row> {
    finder.filter.insert(filter);
    finder.rows()
}

fn outbox_with_a_failed_write() -> Driver {
    let mut it = with_ops(vec![op(40, OpState::Failed)]);
    it.app.view = View::Outbox;
    it
}

const OUTBOX: &[Context] = &[Context::Outbox, Context::List, Context::Everywhere];

#[test]
fn help_has_what_applies_here_and_nothing_else() {
    let rows = Finder::help(OUTBOX).rows();
    assert_eq!(rows[0].command, Command::Details);
    assert!(rows.iter().any(|row| row.command == Command::Quit));
    assert!(!rows.iter().any(|row| row.command == Command::Save));
    let places: Vec<u8> = rows
        .iter()
        .map(|row| match row.place {
            Place::Here => 0,
            Place::Everywhere => 1,
            _ => 2,
        })
        .collect();
    assert!(places.is_sorted(), "one group after the other");
}

#[test]
fn the_palette_has_every_command_once_those_that_do_not_apply_last() {
    let rows = Finder::palette(OUTBOX).rows();
    assert_eq!(rows.len(), COMMANDS.len());
    let elsewhere: Vec<bool> = rows.iter().map(is_elsewhere).collect();
    assert!(elsewhere.is_sorted());
    assert!(elsewhere.contains(&true));
}

#[test]
fn the_filter_puts_the_likeliest_first() {
    let cases = [
        ("call", Command::LogCall),
        ("outb", Command::ViewOutbox),
        ("c-s", Command::Save),
        ("ctrl-s", Command::Save),
        ("g e", Command::ViewErrors),
        ("gvup", Command::CancelWrite),
        ("VIEW err", Command::ViewErrors),
    ];
    for (filter, first) in cases {
        let rows = typed(Finder::palette(OUTBOX), filter);
        assert_eq!(rows.first().map(|row| row.command), Some(first), "{filter}");
    }
    assert_eq!(typed(Finder::palette(OUTBOX), "zzz"), Vec::new());
}

#[test]
fn the_search_line_s_help_shows_what_the_results_offer() {
    let rows = Finder::help(&[Context::SearchLine]).rows();
    let call = rows.iter().find(|row| row.command == Command::LogCall);
    assert_eq!(call.map(|row| row.place), Some(Place::PastLine));
}

#[test]
fn enter_runs_the_chosen_command_on_the_screen_below() {
    let mut it = outbox_with_a_failed_write();
    it.press("? s e n d Enter");
    assert!(it.app.overlays.is_empty());
    assert_eq!(
        it.jobs(),
        vec![&Job::Resend {
            op: op(40, OpState::Failed).id,
            seen: OpState::Failed
        }]
    );
}

#[test]
fn a_form_s_commands_can_be_run_from_its_palette() {
    let mut it = outbox_with_a_failed_write();
    it.press("e C-p l e a v e Enter");
    assert!(
        it.app.overlays.is_empty(),
        "the form is left: {:?}",
        it.app.overlays
    );
}

#[test]
fn what_does_not_apply_says_why_and_does_not_run() {
    let mut it = outbox_with_a_failed_write();
    it.press(": l o g Space a Space c a l l Enter");
    assert_eq!(
        it.said(),
        "Not here: needs a record: open one or move onto a hit"
    );
    assert!(matches!(it.app.overlays.last(), Some(Overlay::Finder(_))));
    assert_eq!(it.jobs(), Vec::<&Job>::new());
    it.press("Esc");
    assert!(it.app.overlays.is_empty());
    assert_eq!(it.app.view, View::Outbox);
}

#[test]
fn letters_filter_and_never_command() {
    let mut it = outbox_with_a_failed_write();
    it.press("? q x s");
    let Some(Overlay::Finder(finder)) = it.app.overlays.last() else {
        panic!("it is still open");
    };
    assert_eq!(finder.filter.text(), "qxs");
    it.press("C-u Down C-n Up C-c");
    assert!(it.app.overlays.is_empty());
}

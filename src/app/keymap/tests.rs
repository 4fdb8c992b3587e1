//! The table and how keys are looked up in it.

use super::*;
use crate::app::command::Binding;

fn press(code: KeyCode, modifiers: KeyModifiers) -> KeyEvent {
    KeyEvent::new(code, modifiers)
}

#[test]
fn keys_have_the_names_of_the_table() {
    let cases = [
        (KeyCode::Char('g'), KeyModifiers::NONE, "g"),
        (KeyCode::Char('G'), KeyModifiers::SHIFT, "G"),
        (KeyCode::Char('s'), KeyModifiers::CONTROL, "C-s"),
        (KeyCode::BackTab, KeyModifiers::SHIFT, "S-Tab"),
        (KeyCode::PageDown, KeyModifiers::NONE, "PgDn"),
        (KeyCode::F(8), KeyModifiers::NONE, "F8"),
        (KeyCode::Enter, KeyModifiers::NONE, "Enter"),
    ];
    for (code, modifiers, name) in cases {
        assert_eq!(key_name(press(code, modifiers)), name);
    }
}

#[test]
fn a_prefix_waits_and_a_text_field_keeps_its_letters() {
    let g = press(KeyCode::Char('g'), KeyModifiers::NONE);
    let record = [Context::Record, Context::List, Context::Everywhere];
    assert_eq!(resolve(&record, &[], g, false), Resolved::Prefix);
    let pending = ["g".to_owned()];
    assert_eq!(
        resolve(&record, &pending, g, false),
        Resolved::Command(Command::Top)
    );
    assert_eq!(resolve(&record, &[], g, true), Resolved::Nothing);
}

fn pairs(binding: &Binding) -> impl Iterator<Item = (Context, &'static str)> {
    binding
        .contexts
        .iter()
        .flat_map(|context| binding.keys.iter().map(move |keys| (*context, *keys)))
}

#[test]
fn no_key_means_two_things_in_one_context() {
    let mut seen = std::collections::BTreeMap::new();
    for entry in COMMANDS {
        for binding in entry.bindings {
            for (context, keys) in pairs(binding) {
                let before = seen.insert((context, keys), entry.name);
                assert_eq!(before, None, "{keys} in {context:?}: {}", entry.name);
            }
        }
    }
}

#[test]
fn command_names_are_unique() {
    let mut names: Vec<_> = COMMANDS.iter().map(|entry| entry.name).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn every_context_is_in_the_key_table() {
    let contexts: std::collections::BTreeSet<Context> = Context::ALL.into();
    for binding in COMMANDS.iter().flat_map(|entry| entry.bindings) {
        for context in binding.contexts {
            assert!(contexts.contains(context), "{context:?}");
        }
    }
    let table = key_table();
    assert_eq!(table.lines().count(), 2 + Context::ALL.len());
    assert!(
        table.contains("| outbox | `Enter` what happened, in full; `s` send now;"),
        "{table}"
    );
    assert!(table.contains("`g g` `Home` first"), "{table}");
}

#[test]
fn no_command_waits_for_a_key_that_terminals_eat() {
    // C-i C-m C-j C-h C-[ are Tab, Enter, line feed, Backspace and Esc; C-s and
    // C-q may never arrive (XOFF), C-a and C-b belong to screen and tmux.
    let keys = |entry: &Entry| -> Vec<&'static str> {
        entry
            .bindings
            .iter()
            .flat_map(|it| it.keys)
            .copied()
            .collect()
    };
    for entry in COMMANDS {
        let keys = keys(entry);
        for key in ["C-i", "C-m", "C-j", "C-h", "C-[", "C-a", "C-b"] {
            assert!(!keys.contains(&key), "{key}: {}", entry.name);
        }
        for key in ["C-s", "C-q"] {
            assert!(
                !keys.contains(&key) || keys.len() > 1,
                "{key}: {}",
                entry.name
            );
        }
    }
}

#[test]
fn no_sequence_hides_behind_a_single_key() {
    for context in Context::ALL {
        let in_context = || COMMANDS.iter().flat_map(|entry| entry.keys_in(context));
        for sequence in in_context().filter(|keys| keys.contains(' ')) {
            let first = sequence.split(' ').next();
            let hidden = in_context().any(|keys| Some(*keys) == first);
            assert!(!hidden, "{sequence} in {context:?}");
        }
    }
}

#[test]
fn keys_are_shown_as_people_read_them() {
    let cases = [
        ("C-s", "Ctrl-S"),
        ("S-Tab", "Shift-Tab"),
        ("g e", "g e"),
        ("PgDn", "PgDn"),
    ];
    for (keys, read) in cases {
        assert_eq!(shown(keys), read);
    }
}

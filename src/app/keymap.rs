//! From keys to commands.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::command::{COMMANDS, Command, Context, Entry};

/// What a key means after the keys before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolved {
    /// A command is complete.
    Command(Command),
    /// More keys may follow.
    Prefix,
    /// It means nothing here.
    Nothing,
}

/// The name of a key as the command table writes it (`C-s`, `PgDn`, `g`).
pub fn key_name(key: KeyEvent) -> String {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let alt = key.modifiers.contains(KeyModifiers::ALT);
    let shift = key.modifiers.contains(KeyModifiers::SHIFT);
    let (base, shifted) = match key.code {
        KeyCode::Char(' ') => ("Space".to_owned(), false),
        KeyCode::Char(c) if control => (c.to_ascii_lowercase().to_string(), false),
        KeyCode::Char(c) => (c.to_string(), false),
        KeyCode::BackTab => ("Tab".to_owned(), true),
        KeyCode::PageUp => ("PgUp".to_owned(), shift),
        KeyCode::PageDown => ("PgDn".to_owned(), shift),
        KeyCode::F(n) => (format!("F{n}"), shift),
        KeyCode::Backspace => ("BS".to_owned(), shift),
        KeyCode::Delete => ("Del".to_owned(), shift),
        KeyCode::Insert => ("Ins".to_owned(), shift),
        other => (format!("{other:?}"), shift),
    };
    let mut name = String::new();
    for (held, mark) in [(control, "C-"), (alt, "M-"), (shifted, "S-")] {
        if held {
            name.push_str(mark);
        }
    }
    name + &base
}

/// Whether the key would type a character into a text field.
pub fn types_text(key: KeyEvent) -> bool {
    matches!(key.code, KeyCode::Char(_))
        && !key
            .modifiers
            .intersects(KeyModifiers::CONTROL | KeyModifiers::ALT)
}

/// What `key` means in `contexts` after the `pending` keys. Where a text field is open,
/// keys that type are never commands.
pub fn resolve(contexts: &[Context], pending: &[String], key: KeyEvent, in_text: bool) -> Resolved {
    if in_text && pending.is_empty() && types_text(key) {
        return Resolved::Nothing;
    }
    let name = key_name(key);
    let mut prefix = false;
    for context in contexts {
        for entry in COMMANDS {
            for keys in entry.keys_in(*context) {
                match match_sequence(keys, pending, &name) {
                    Some(true) => return Resolved::Command(entry.command),
                    Some(false) => prefix = true,
                    None => {}
                }
            }
        }
    }
    if prefix {
        Resolved::Prefix
    } else {
        Resolved::Nothing
    }
}

/// `Some(true)` when the sequence is complete, `Some(false)` when it may become so.
fn match_sequence(sequence: &str, pending: &[String], name: &str) -> Option<bool> {
    let mut parts = sequence.split(' ');
    for key in pending {
        if parts.next()? != key {
            return None;
        }
    }
    (parts.next()? == name).then(|| parts.next().is_none())
}

/// Keys of the table as people read them: `C-s` is `Ctrl-S`, `g e` stays.
pub fn shown(keys: &str) -> String {
    let names: Vec<String> = keys.split(' ').map(shown_key).collect();
    names.join(" ")
}

fn shown_key(key: &str) -> String {
    match (key.strip_prefix("C-"), key.strip_prefix("S-")) {
        (Some(rest), _) => format!("Ctrl-{}", rest.to_uppercase()),
        (_, Some(rest)) => format!("Shift-{rest}"),
        _ => key.to_owned(),
    }
}

/// What may follow the pending keys: the rest of the sequence and its command.
pub fn continuations(contexts: &[Context], pending: &[String]) -> Vec<(String, &'static Entry)> {
    let start = pending.join(" ") + " ";
    let mut found: Vec<(String, &'static Entry)> = Vec::new();
    for context in contexts {
        for entry in COMMANDS {
            for keys in entry.keys_in(*context) {
                if let Some(rest) = keys.strip_prefix(start.as_str())
                    && !found.iter().any(|(known, _)| known == rest)
                {
                    found.push((rest.to_owned(), entry));
                }
            }
        }
    }
    found
}

/// The commands that apply in any of the contexts, each once, in the order of the
/// contexts and then of the table.
pub fn commands_in(contexts: &[Context]) -> Vec<&'static Entry> {
    let mut found: Vec<&'static Entry> = Vec::new();
    for context in contexts {
        for entry in COMMANDS.iter().filter(|e| !e.keys_in(*context).is_empty()) {
            if !found.iter().any(|known| known.command == entry.command) {
                found.push(entry);
            }
        }
    }
    found
}

/// The keys of every context as a Markdown table, for the README. What is the same
/// everywhere stands once.
pub fn key_table() -> String {
    let mut table = "| where | keys |\n|---|---|\n".to_owned();
    for context in Context::ALL {
        let keys: Vec<String> = commands_in(&[context])
            .iter()
            .filter(|entry| context == Context::Everywhere || is_own(entry, context))
            .map(|entry| described(entry, context))
            .collect();
        table.push_str(&format!("| {} | {} |\n", context.name(), keys.join("; ")));
    }
    table
}

/// The context gives it a key that it has not everywhere.
fn is_own(entry: &Entry, context: Context) -> bool {
    let everywhere = entry.keys_in(Context::Everywhere);
    let mut keys = entry.keys_in(context).iter();
    keys.any(|key| !everywhere.contains(key))
}

/// `` `j` `Down` down ``.
fn described(entry: &Entry, context: Context) -> String {
    let keys: Vec<String> = entry
        .keys_in(context)
        .iter()
        .map(|keys| format!("`{}`", shown(keys)))
        .collect();
    let mut label = entry.label.chars();
    let first: String = label
        .next()
        .into_iter()
        .flat_map(char::to_lowercase)
        .collect();
    format!("{} {first}{}", keys.join(" "), label.as_str())
}

#[cfg(test)]
mod tests;

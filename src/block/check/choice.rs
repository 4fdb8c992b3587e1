//! Pick lists: the API value exactly, or a label with that said; inactive and unknown
//! values by what the list takes.

use std::collections::HashMap;

use crate::block::fault::Fault;
use crate::domain::schema::{Field, FieldType};
use crate::domain::{suggest, text};

use super::cell::{Verdict, write_value};

/// Most characters of a value that no list holds.
const MOST_CHARACTERS: usize = 255;
/// Values named in a suggestion.
const NAMED: usize = 4;

/// The values of one list.
#[derive(Debug)]
pub(super) struct Choice {
    several: bool,
    restricted: bool,
    values: Vec<Listed>,
    exact: HashMap<Vec<u8>, u16>,
    /// Active values by label or value in lower case; `None` where several share one.
    loose: HashMap<String, Option<u16>>,
}

#[derive(Debug)]
struct Listed {
    value: String,
    label: String,
    active: bool,
}

impl Choice {
    pub(super) fn of(field: &Field) -> Self {
        let mut exact = HashMap::new();
        let mut loose: HashMap<String, Option<u16>> = HashMap::new();
        for (place, entry) in (0u16..).zip(&field.picklist) {
            exact
                .entry(entry.value.clone().into_bytes())
                .or_insert(place);
            if !entry.active {
                continue;
            }
            for name in [&entry.value, &entry.label] {
                loose
                    .entry(name.to_lowercase())
                    .and_modify(|known| {
                        if *known != Some(place) {
                            *known = None;
                        }
                    })
                    .or_insert(Some(place));
            }
        }
        let values = field.picklist.iter().map(|entry| Listed {
            value: entry.value.clone(),
            label: entry.label.clone(),
            active: entry.active,
        });
        Self {
            several: field.kind == FieldType::MultiPicklist,
            restricted: field.restricted,
            values: values.collect(),
            exact,
            loose,
        }
    }

    pub(super) fn check(&self, text: &[u8], out: &mut Vec<u8>, places: &mut Vec<u16>) -> Verdict {
        if !self.several {
            return self.one(text, out, places);
        }
        let mut written = Vec::with_capacity(text.len());
        let mut noted = Verdict::Good;
        for part in text.split(|byte| *byte == b';') {
            let part = part.trim_ascii();
            if part.is_empty() {
                continue;
            }
            if !written.is_empty() {
                written.push(b';');
            }
            let mut value = Vec::new();
            match self.one(part, &mut value, places) {
                Verdict::Good => {}
                Verdict::Noted(fault) => noted = Verdict::Noted(fault),
                bad => return bad,
            }
            written.extend_from_slice(&value);
        }
        if written.is_empty() {
            return Verdict::Bad(Fault::NotListed);
        }
        write_value(&written, out);
        noted
    }

    fn one(&self, text: &[u8], out: &mut Vec<u8>, places: &mut Vec<u16>) -> Verdict {
        let mut write = |place: u16, value: &[u8]| {
            places.push(place);
            match self.several {
                true => out.extend_from_slice(value),
                false => write_value(value, out),
            }
        };
        if let Some(place) = self.exact.get(text) {
            let active = self
                .values
                .get(usize::from(*place))
                .is_some_and(|v| v.active);
            if !active && self.restricted {
                return Verdict::Bad(Fault::Inactive);
            }
            write(*place, text);
            return match active {
                true => Verdict::Good,
                false => Verdict::Noted(Fault::Unlisted),
            };
        }
        let Ok(read) = std::str::from_utf8(text) else {
            return Verdict::Bad(Fault::NotText);
        };
        if let Some(Some(place)) = self.loose.get(&read.to_lowercase())
            && let Some(listed) = self.values.get(usize::from(*place))
        {
            write(*place, listed.value.as_bytes());
            return Verdict::Noted(Fault::Label);
        }
        if self.restricted {
            return Verdict::Bad(Fault::NotListed);
        }
        if read.chars().count() > MOST_CHARACTERS {
            return Verdict::Bad(Fault::TooLong);
        }
        if read.chars().any(char::is_control) {
            return Verdict::Bad(Fault::Control);
        }
        match self.several {
            true => out.extend_from_slice(text),
            false => write_value(text, out),
        }
        Verdict::Noted(Fault::Unlisted)
    }

    pub(super) fn suggestion(&self, fault: Fault, cell: &[u8]) -> String {
        let cell = String::from_utf8_lossy(cell);
        let part = cell
            .split(';')
            .map(str::trim)
            .find(|part| !self.exact.contains_key(part.as_bytes()))
            .unwrap_or(&cell);
        let active = || self.values.iter().filter(|listed| listed.active);
        match fault {
            Fault::Label => self
                .loose
                .get(&part.to_lowercase())
                .copied()
                .flatten()
                .and_then(|place| self.values.get(usize::from(place)))
                .map_or_else(String::new, |listed| {
                    format!("`{}` is sent", text::line(&listed.value))
                }),
            Fault::TooLong => format!("at most {MOST_CHARACTERS} characters fit"),
            Fault::NotListed | Fault::Unlisted | Fault::Inactive => {
                let names = active().flat_map(|listed| [&*listed.value, &*listed.label]);
                let close = suggest::close(part, names, 1);
                match close.first() {
                    Some(near) => format!("did you mean `{}`?", text::line(near)),
                    None => listed(&active().map(|listed| &*listed.value).collect::<Vec<_>>()),
                }
            }
            _ => String::new(),
        }
    }
}

fn listed(values: &[&str]) -> String {
    let named: Vec<String> = values
        .iter()
        .take(NAMED)
        .map(|value| format!("`{}`", text::line(value)))
        .collect();
    match values.len() {
        0 => "it has no values".to_owned(),
        count if count <= NAMED => format!("one of {}", named.join(", ")),
        count => format!("one of {} and {} more", named.join(", "), count - NAMED),
    }
}

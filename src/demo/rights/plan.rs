//! Reads `assets/demo/rights.txt`: org-wide defaults, and what profiles and permission
//! sets start with. Knows no rows.

use std::collections::HashMap;
use std::sync::LazyLock;

const TEXT: &str = include_str!("../../../assets/demo/rights.txt");

/// An org-wide default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sharing {
    /// Not shared by rows at all: setup objects and the like.
    Open,
    Read,
    Edit,
    Private,
    Parent(&'static str),
    Related(&'static [&'static str]),
    Linked,
}

/// A profile or a permission set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Grant {
    pub kind: GrantKind,
    /// In the ids of its rows.
    pub number: u64,
    pub name: &'static str,
    pub label: &'static str,
    /// Numbers of the users who have the permission set.
    pub users: Vec<u64>,
    /// `*` for all.
    pub system: Vec<&'static str>,
    /// Objects, `*` for all, and words for their rights.
    pub objects: Vec<(Vec<&'static str>, Vec<&'static str>)>,
    pub hidden: Vec<&'static str>,
    pub readonly: Vec<&'static str>,
    pub editable: Vec<&'static str>,
}

/// What a grant is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum GrantKind {
    #[default]
    Profile,
    PermissionSet,
}

/// Everything the asset says.
#[derive(Debug, Default)]
pub(super) struct Plan {
    sharing: HashMap<&'static str, Sharing>,
    pub grants: Vec<Grant>,
}

/// The plan as shipped, which a test reads line by line; a line that says nothing known
/// is left out here.
pub(super) static PLAN: LazyLock<Plan> = LazyLock::new(|| {
    let mut plan = Plan::default();
    for line in TEXT.lines() {
        plan.line(line);
    }
    plan
});

/// The org-wide default of an object.
pub(super) fn sharing(object: &str) -> Sharing {
    let default = if object.ends_with("__c") {
        Sharing::Edit
    } else {
        Sharing::Open
    };
    PLAN.sharing.get(object).copied().unwrap_or(default)
}

/// The org-wide default as `EntityDefinition.InternalSharingModel` says it.
pub fn sharing_model(object: &str) -> &'static str {
    match sharing(object) {
        Sharing::Open | Sharing::Edit => "ReadWrite",
        Sharing::Read => "Read",
        Sharing::Private | Sharing::Linked => "Private",
        Sharing::Parent(_) | Sharing::Related(_) => "ControlledByParent",
    }
}

fn list(text: &'static str) -> Vec<&'static str> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect()
}

impl Plan {
    /// Takes one line in; `None` when it cannot be read.
    fn line(&mut self, line: &'static str) -> Option<()> {
        if line.starts_with('#') || line.trim().is_empty() {
            return Some(());
        }
        let (word, rest) = line.trim().split_once(' ')?;
        let cells: Vec<&str> = rest.split('|').map(str::trim).collect();
        match (word, cells.as_slice()) {
            ("sharing", [object, rule]) => {
                self.sharing.insert(object, rule_of(rule)?);
            }
            ("profile", [number, name]) => self.grants.push(Grant {
                number: number.parse().ok()?,
                name,
                label: name,
                ..Grant::default()
            }),
            ("set", [number, name, label, users]) => self.grants.push(Grant {
                kind: GrantKind::PermissionSet,
                number: number.parse().ok()?,
                name,
                label,
                users: list(users)
                    .iter()
                    .filter_map(|one| one.parse().ok())
                    .collect(),
                ..Grant::default()
            }),
            _ => self.grants.last_mut()?.line(word, &cells)?,
        }
        Some(())
    }
}

impl Grant {
    fn line(&mut self, word: &str, cells: &[&'static str]) -> Option<()> {
        match (word, cells) {
            ("system", [names]) => self.system.extend(list(names)),
            ("object", [objects, rights]) => self
                .objects
                .push((list(objects), rights.split_whitespace().collect())),
            ("hidden", [fields]) => self.hidden.extend(list(fields)),
            ("readonly", [fields]) => self.readonly.extend(list(fields)),
            ("editable", [fields]) => self.editable.extend(list(fields)),
            _ => return None,
        }
        Some(())
    }
}

fn rule_of(text: &'static str) -> Option<Sharing> {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    Some(match word {
        "read" => Sharing::Read,
        "edit" => Sharing::Edit,
        "private" => Sharing::Private,
        "parent" => Sharing::Parent(rest),
        // Kept for the life of the program, once.
        "related" => Sharing::Related(list(rest).leak()),
        "linked" => Sharing::Linked,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::schema::Schema;

    #[test]
    fn every_line_is_understood_and_names_what_is_there() {
        let schema = Schema::load().unwrap();
        let mut plan = Plan::default();
        for line in TEXT.lines() {
            assert!(plan.line(line).is_some(), "{line}");
        }
        for (object, rule) in &plan.sharing {
            let object = schema.object(object).unwrap();
            let fields = match rule {
                Sharing::Parent(field) => vec![*field],
                Sharing::Related(fields) => fields.to_vec(),
                _ => Vec::new(),
            };
            assert!(
                fields.iter().all(|field| object.field(field).is_some()),
                "{rule:?}"
            );
        }
        for grant in &plan.grants {
            let fields = grant
                .hidden
                .iter()
                .chain(&grant.readonly)
                .chain(&grant.editable);
            for field in fields {
                let (object, name) = field.split_once('.').unwrap();
                assert!(
                    schema.object(object).unwrap().field(name).is_some(),
                    "{field}"
                );
            }
            for (objects, _) in &grant.objects {
                for object in objects.iter().filter(|name| **name != "*") {
                    assert!(schema.object(object).is_some(), "{object}");
                }
            }
        }
    }
}

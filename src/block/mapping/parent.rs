//! Columns that name a parent by a key of its own: `Account.Code__c`, and
//! `Who:Contact.Key__c` where the reference may point to several objects.

use std::sync::Arc;

use crate::domain::block::prepared::{ParentKey, PartColumn};
use crate::domain::schema::{Field, ObjectForm, ObjectSchema};

use super::{Describes, keys_of};

/// Objects one reference may point to before its columns must say which is meant.
const MOST_TARGETS: usize = 4;

/// A column's name taken apart.
struct Path<'a> {
    relationship: &'a str,
    object: Option<&'a str>,
    field: &'a str,
}

fn path(name: &str) -> Option<Path<'_>> {
    let (head, field) = name.trim().split_once('.')?;
    let (relationship, object) = match head.split_once(':') {
        Some((relationship, object)) => (relationship, Some(object)),
        None => (head, None),
    };
    let plain = |part: &str| !part.is_empty() && !part.contains(['.', ':', ' ']);
    (plain(relationship) && plain(field) && object.is_none_or(plain)).then_some(Path {
        relationship,
        object,
        field,
    })
}

fn reference<'a>(relationship: &str, schema: &'a ObjectSchema) -> Option<&'a Field> {
    schema.fields.iter().find(|field| {
        field
            .relationship
            .as_deref()
            .is_some_and(|name| name.eq_ignore_ascii_case(relationship))
    })
}

/// Objects that must be described before such columns can be understood.
pub fn objects<'a>(names: impl Iterator<Item = &'a str>, schema: &ObjectSchema) -> Vec<String> {
    let mut wanted: Vec<String> = Vec::new();
    for path in names.filter_map(path) {
        let Some(field) = reference(path.relationship, schema) else {
            continue;
        };
        for object in targets(&path, field) {
            if !wanted.contains(object) {
                wanted.push(object.clone());
            }
        }
    }
    wanted
}

/// Objects the column may mean.
fn targets<'a>(path: &Path<'_>, field: &'a Field) -> Vec<&'a String> {
    let fits = |object: &&String| {
        path.object
            .is_none_or(|name| object.eq_ignore_ascii_case(name))
    };
    field
        .reference_to
        .iter()
        .filter(fits)
        .take(MOST_TARGETS)
        .collect()
}

/// The column of a parent's key; `None` where the name has no such form.
pub(super) fn column(
    from: &str,
    wanted: &str,
    describes: &Describes,
) -> Result<Option<PartColumn>, String> {
    let Some(path) = path(wanted) else {
        return Ok(None);
    };
    let schema = &describes.form.schema;
    let Some(field) = reference(path.relationship, schema) else {
        return Ok(None);
    };
    let candidates = targets(&path, field);
    if let (true, Some(object)) = (candidates.is_empty(), path.object) {
        return Err(format!(
            "{} does not point to {object}, but to {}",
            field.api_name,
            field.reference_to.join(" or ")
        ));
    }
    let forms: Vec<&Arc<ObjectForm>> = candidates
        .into_iter()
        .filter_map(|object| describes.parents.get(object))
        .collect();
    let fits: Vec<(&ObjectSchema, &Field)> = forms
        .iter()
        .filter_map(|form| Some((&form.schema, form.schema.field(path.field)?)))
        .filter(|(_, key)| key.is_key())
        .collect();
    match fits.as_slice() {
        [(parent, key)] => Ok(Some(part_column(from, field, parent, key))),
        [] => Err(no_key(&path, field, &forms)),
        several => Err(format!(
            "it may mean {}; write `{}:{}.{}`",
            several
                .iter()
                .map(|(parent, _)| parent.summary.api_name.as_str())
                .collect::<Vec<_>>()
                .join(" or "),
            path.relationship,
            several[0].0.summary.api_name,
            path.field
        )),
    }
}

fn part_column(from: &str, field: &Field, parent: &ObjectSchema, key: &Field) -> PartColumn {
    let relationship = field.relationship.clone().unwrap_or_default();
    let object = parent.summary.api_name.clone();
    let polymorphic = field.reference_to.len() > 1;
    let header = match polymorphic {
        true => format!("{relationship}:{object}.{}", key.api_name),
        false => format!("{relationship}.{}", key.api_name),
    };
    PartColumn {
        header,
        from: from.to_owned(),
        field: field.api_name.clone(),
        kind: key.kind,
        parent: Some(ParentKey {
            relationship,
            object,
            polymorphic,
            field: key.api_name.clone(),
        }),
        is_key: false,
    }
}

fn no_key(path: &Path<'_>, field: &Field, forms: &[&Arc<ObjectForm>]) -> String {
    let keys = match forms {
        [form] => format!("; {}", keys_of(form.schema.fields.iter())),
        _ => String::new(),
    };
    format!(
        "`{}` is no key of {}{keys}",
        path.field,
        field.reference_to.join(" or ")
    )
}

//! One field's line in an asset, and the lines that continue it. Knows nothing of blocks.

use serde_json::Value;

use super::rule;
use super::{FieldDef, FieldKind, OnParentDelete, PicklistValueDef};
use crate::demo::formula::Formula;

/// Length of a pick list without one of its own.
const PICKLIST_LENGTH: u32 = 255;
/// Longest text area that can be grouped, and longest that can be filtered and sorted,
/// as in recorded describes.
const GROUPABLE_TEXT: u32 = 255;
const FILTERABLE_TEXT: u32 = 1000;

/// Reads `Name | Label | type size flags`.
pub(super) fn field(cells: &[&str]) -> Result<FieldDef, String> {
    let [name, label, spec] = cells else {
        return Err("a field needs a name, a label and a type".into());
    };
    let mut words = spec.split_whitespace();
    let mut field = FieldDef {
        name: (*name).into(),
        label: (*label).into(),
        kind: kind(words.next().unwrap_or_default())?,
        custom: name.ends_with("__c") || name.ends_with("__s"),
        nillable: true,
        createable: true,
        updateable: true,
        filterable: true,
        sortable: true,
        groupable: true,
        ..FieldDef::default()
    };
    by_kind(&mut field);
    while let Some(word) = words.next() {
        flagged(&mut field, word, &mut words)?;
    }
    if field.kind == FieldKind::TextArea {
        field.groupable &= field.length <= GROUPABLE_TEXT;
        field.filterable &= field.length <= FILTERABLE_TEXT;
        field.sortable &= field.length <= FILTERABLE_TEXT;
    }
    Ok(field)
}

/// Reads one of the lines below a field: its values, formula or help text.
pub(super) fn continued(field: &mut FieldDef, line: &str) -> Result<(), String> {
    match (line.get(..1), line.get(1..).map(str::trim)) {
        (Some("="), Some(values)) => values.split(';').for_each(|text| value(field, text)),
        (Some("~"), Some(formula)) => {
            field.formula = Some(formula.into());
            read_only(field);
        }
        (Some("?"), Some(help)) => field.inline_help = Some(help.into()),
        (Some("^"), Some(text)) => {
            field.rollup = Some(rule::rollup(text)?);
            read_only(field);
        }
        (Some("!"), Some(text)) => field.lookup_filter = Some(Formula::read(text)?),
        (Some(":"), Some(text)) => {
            field.default_formula = Some(Formula::read(text)?);
            field.defaulted_on_create = true;
        }
        (Some("@"), Some(text)) => made(field, text)?,
        _ => return Err(format!("nothing starts like {line}")),
    }
    Ok(())
}

/// Reads what an administrator's field says of itself, as JSON: texts with signs of this
/// form in them, its id, its metadata.
fn made(field: &mut FieldDef, text: &str) -> Result<(), String> {
    let about: Value = serde_json::from_str(text).map_err(|fault| fault.to_string())?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    if let Some(label) = text(&about["label"]) {
        field.label = label;
    }
    field.inline_help = text(&about["help"]);
    field.case_sensitive |= about["caseSensitive"] == true;
    if let Some(format) = text(&about["format"]).filter(|_| field.auto_number) {
        field.auto_number_format = Some(format);
    }
    for one in about["values"].as_array().into_iter().flatten() {
        let value = text(&one["value"]).ok_or("a value without one")?;
        let is_default = one["default"] == true;
        if is_default {
            field.defaulted_on_create = true;
            field.default_value = Some(value.clone());
        }
        let valid_for = one["for"].as_array().into_iter().flatten();
        field.picklist.push(PicklistValueDef {
            label: text(&one["label"]).unwrap_or_else(|| value.clone()),
            value,
            is_default,
            valid_for: valid_for.filter_map(text).collect(),
        });
    }
    field.id = text(&about["id"]);
    field.metadata = about.get("metadata").map(Value::to_string);
    Ok(())
}

/// Reads `*code=Label < x, y`.
fn value(field: &mut FieldDef, text: &str) {
    let (text, valid_for) = text.split_once('<').unwrap_or((text, ""));
    let text = text.trim();
    let (is_default, text) = match text.strip_prefix('*') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (value, label) = text.split_once('=').unwrap_or((text, text));
    if is_default {
        field.defaulted_on_create = true;
        field.default_value = Some(value.into());
    }
    field.picklist.push(PicklistValueDef {
        value: value.into(),
        label: label.into(),
        is_default,
        valid_for: list(valid_for),
    });
}

/// The parts of a comma-separated text.
pub(super) fn list(text: &str) -> Vec<String> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(Into::into)
        .collect()
}

fn kind(word: &str) -> Result<FieldKind, String> {
    Ok(match word {
        "id" => FieldKind::Id,
        "string" => FieldKind::String,
        "textarea" => FieldKind::TextArea,
        "boolean" => FieldKind::Boolean,
        "int" => FieldKind::Int,
        "double" => FieldKind::Double,
        "currency" => FieldKind::Currency,
        "percent" => FieldKind::Percent,
        "date" => FieldKind::Date,
        "datetime" => FieldKind::DateTime,
        "time" => FieldKind::Time,
        "email" => FieldKind::Email,
        "phone" => FieldKind::Phone,
        "url" => FieldKind::Url,
        "picklist" => FieldKind::Picklist,
        "multipicklist" => FieldKind::MultiPicklist,
        "combobox" => FieldKind::Combobox,
        "ref" => FieldKind::Reference,
        "address" => FieldKind::Address,
        "location" => FieldKind::Location,
        "base64" => FieldKind::Base64,
        "encrypted" => FieldKind::EncryptedString,
        "anytype" => FieldKind::AnyType,
        _ => return Err(format!("unknown type {word}")),
    })
}

/// What follows from the type alone, as in recorded describes.
fn by_kind(field: &mut FieldDef) {
    match field.kind {
        FieldKind::Id => {
            field.length = 18;
            field.nillable = false;
            field.defaulted_on_create = true;
            field.id_lookup = true;
            read_only(field);
        }
        FieldKind::Boolean => {
            field.nillable = false;
            field.defaulted_on_create = true;
            field.default_value = Some("false".into());
        }
        FieldKind::Double | FieldKind::Currency | FieldKind::Percent | FieldKind::DateTime => {
            field.groupable = false;
        }
        FieldKind::Combobox => field.groupable = false,
        FieldKind::MultiPicklist => {
            field.length = 4099;
            field.sortable = false;
            field.groupable = false;
        }
        FieldKind::Address | FieldKind::Location => {
            field.sortable = false;
            field.groupable = false;
            read_only(field);
        }
        FieldKind::Base64 | FieldKind::EncryptedString => without_index(field),
        FieldKind::Picklist => field.length = PICKLIST_LENGTH,
        FieldKind::Email => field.length = 80,
        FieldKind::Phone => field.length = 40,
        FieldKind::Url => field.length = 255,
        _ => {}
    }
}

fn flagged<'a>(
    field: &mut FieldDef,
    word: &str,
    rest: &mut impl Iterator<Item = &'a str>,
) -> Result<(), String> {
    match word {
        "required" => field.nillable = false,
        "readonly" => read_only(field),
        "create-only" => field.updateable = false,
        "update-only" => field.createable = false,
        "defaulted" => field.defaulted_on_create = true,
        "unique" => field.unique = true,
        "casesensitive" => field.case_sensitive = true,
        "detail" => {
            field.master_detail = true;
            field.nillable = false;
            field.updateable = false;
            field.on_parent_delete = OnParentDelete::Cascade;
        }
        "reparentable" => field.updateable = true,
        "external" => (field.external_id, field.id_lookup) = (true, true),
        "lookupkey" => field.id_lookup = true,
        "name" => field.name_field = true,
        "html" => field.html_formatted = true,
        "restricted" => field.restricted_picklist = true,
        "nofilter" => field.filterable = false,
        "nosort" => field.sortable = false,
        "nogroup" => field.groupable = false,
        "cascade" => field.on_parent_delete = OnParentDelete::Cascade,
        "restrict" => field.on_parent_delete = OnParentDelete::Restrict,
        "true" => field.default_value = Some("true".into()),
        "auto" | "by" | "in" | "as" | "list" => {
            let value = rest.next().ok_or_else(|| format!("{word} needs a name"))?;
            named(field, word, value);
        }
        _ if word.starts_with(|first: char| first.is_ascii_digit()) => size(field, word)?,
        _ => reference(field, word)?,
    }
    Ok(())
}

fn named(field: &mut FieldDef, word: &str, value: &str) {
    let value = Some(value.to_owned());
    match word {
        "by" => field.controller = value,
        "in" => field.compound = value,
        "as" => field.relationship_name = value,
        "list" => field.child_relationship = value,
        _ => {
            field.auto_number = true;
            field.auto_number_format = value;
            field.nillable = false;
            field.defaulted_on_create = true;
            read_only(field);
        }
    }
}

/// `255` characters or digits, `18,2` precision and scale.
fn size(field: &mut FieldDef, word: &str) -> Result<(), String> {
    let number = |text: &str| text.parse().map_err(|_| format!("{word} is no size"));
    match word.split_once(',') {
        Some((precision, scale)) => {
            field.precision = number(precision)?;
            field.scale = number(scale)?;
        }
        None if field.kind == FieldKind::Int => field.digits = number(word)?,
        None => field.length = number(word)?,
    }
    Ok(())
}

/// The first word no flag claims is the list of objects a reference points to.
fn reference(field: &mut FieldDef, word: &str) -> Result<(), String> {
    if field.kind != FieldKind::Reference || !field.reference_to.is_empty() {
        return Err(format!("unknown flag {word}"));
    }
    field.reference_to = list(word);
    field.length = 18;
    Ok(())
}

fn read_only(field: &mut FieldDef) {
    field.createable = false;
    field.updateable = false;
}

fn without_index(field: &mut FieldDef) {
    field.filterable = false;
    field.sortable = false;
    field.groupable = false;
}

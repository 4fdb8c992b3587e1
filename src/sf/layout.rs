//! How a page shows an object (REST API guide, sObject Layouts). No recording of the
//! body is known, so reading it is lenient: what is missing is replaced by a layout of
//! every field the user may edit.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::json;
use super::request::{Request, encode};
use super::version::ApiVersion;
use crate::domain::schema::{
    Field, FieldType, LayoutItem, MASTER_RECORD_TYPE, ObjectSchema, PageLayout, RelatedList,
    Section,
};
use crate::domain::soql;
use crate::domain::text;

/// All layouts of an object with the record types they serve.
pub fn layouts(version: ApiVersion, object: &str) -> Request {
    Request::get(format!(
        "{}/sobjects/{}/describe/layouts",
        version.base(),
        encode(object)
    ))
}

/// Reads the answer to [`layouts`]: a layout by record type id. There is always one for
/// the master record type.
pub fn read_layouts(body: &[u8], schema: &ObjectSchema) -> BTreeMap<String, PageLayout> {
    let wire: WireLayouts = json::read(body).unwrap_or_default();
    let mut found: BTreeMap<String, PageLayout> = wire
        .record_type_mappings
        .iter()
        .filter_map(|mapping| {
            let layout = wire
                .layouts
                .iter()
                .find(|layout| layout.id == mapping.layout_id)
                .or(wire.layouts.first())?;
            Some((
                mapping.record_type_id.clone(),
                page_layout(layout, mapping, schema),
            ))
        })
        .filter(|(_, layout)| !layout.sections.is_empty())
        .collect();
    if !found.contains_key(MASTER_RECORD_TYPE) {
        let master = wire
            .layouts
            .first()
            .map(|layout| page_layout(layout, &WireMapping::default(), schema))
            .filter(|layout| !layout.sections.is_empty())
            .unwrap_or_else(|| plain_layout(schema));
        found.insert(MASTER_RECORD_TYPE.to_owned(), master);
    }
    found
}

/// A layout for objects that have none: one section of every field the user may edit,
/// the name first.
pub fn plain_layout(schema: &ObjectSchema) -> PageLayout {
    let (names, others): (Vec<&Field>, Vec<&Field>) = schema
        .fields
        .iter()
        .filter(|field| field.createable || field.updateable)
        .filter(|field| !is_compound(field) && !is_geocode(field, schema))
        .partition(|field| field.name_field || field.compound.as_deref() == Some("Name"));
    let items = names
        .into_iter()
        .chain(others)
        .map(|field| LayoutItem {
            field: field.api_name.clone(),
            required: field.is_required(),
            read_only: false,
        })
        .collect();
    PageLayout {
        sections: vec![Section {
            heading: "Fields".to_owned(),
            items,
        }],
        ..PageLayout::default()
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct WireLayouts {
    layouts: Vec<WireLayout>,
    record_type_mappings: Vec<WireMapping>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct WireMapping {
    layout_id: Option<String>,
    record_type_id: String,
    picklists_for_record_type: Option<Vec<WirePicklist>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct WirePicklist {
    picklist_name: String,
    picklist_values: Option<Vec<WireValue>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct WireValue {
    value: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct WireLayout {
    id: Option<String>,
    detail_layout_sections: Option<Vec<WireSection>>,
    edit_layout_sections: Option<Vec<WireSection>>,
    related_lists: Option<Vec<WireRelated>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct WireSection {
    heading: Option<String>,
    layout_rows: Option<Vec<WireRow>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct WireRow {
    layout_items: Option<Vec<WireItem>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct WireItem {
    required: bool,
    editable_for_new: bool,
    editable_for_update: bool,
    layout_components: Option<Vec<WireComponent>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct WireComponent {
    #[serde(rename = "type")]
    kind: String,
    value: Option<String>,
    components: Option<Vec<WireComponent>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct WireRelated {
    label: Option<String>,
    name: Option<String>,
    sobject: Option<String>,
    field: Option<String>,
    columns: Option<Vec<WireColumn>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct WireColumn {
    label: Option<String>,
    name: Option<String>,
    field_api_name: Option<String>,
    field: Option<String>,
}

fn page_layout(wire: &WireLayout, mapping: &WireMapping, schema: &ObjectSchema) -> PageLayout {
    let shown = sections(wire.detail_layout_sections.as_deref(), schema);
    let edited = sections(wire.edit_layout_sections.as_deref(), schema);
    PageLayout {
        sections: merge(shown, edited),
        related: wire
            .related_lists
            .iter()
            .flatten()
            .filter_map(related)
            .collect(),
        picklists: mapping
            .picklists_for_record_type
            .iter()
            .flatten()
            .map(|list| {
                let values = list.picklist_values.iter().flatten();
                let values = values.map(|value| value.value.clone()).collect();
                (list.picklist_name.clone(), values)
            })
            .collect(),
    }
}

fn sections(wire: Option<&[WireSection]>, schema: &ObjectSchema) -> Vec<Section> {
    wire.unwrap_or_default()
        .iter()
        .map(|section| Section {
            heading: safe(section.heading.as_deref()),
            items: section
                .layout_rows
                .as_deref()
                .map(down_columns)
                .unwrap_or_default()
                .into_iter()
                .flat_map(|item| items(item, schema))
                .collect(),
        })
        .filter(|section| !section.items.is_empty())
        .collect()
}

/// Down the first column, then the next: a column keeps together what belongs together,
/// and one column is all a terminal shows.
fn down_columns(rows: &[WireRow]) -> Vec<&WireItem> {
    let rows = || rows.iter().filter_map(|row| row.layout_items.as_deref());
    let columns = rows().map(<[WireItem]>::len).max().unwrap_or(0);
    (0..columns)
        .flat_map(|column| rows().filter_map(move |row| row.get(column)))
        .collect()
}

fn items(wire: &WireItem, schema: &ObjectSchema) -> Vec<LayoutItem> {
    wire.layout_components
        .iter()
        .flatten()
        .filter(|component| component.kind == "Field")
        .flat_map(|component| fields_of(component, schema))
        .map(|field| LayoutItem {
            required: wire.required && is_asked_for(field),
            read_only: !(wire.editable_for_new || wire.editable_for_update),
            field: field.api_name.clone(),
        })
        .collect()
}

/// A required compound asks for its naming part only: a last name, not a salutation.
fn is_asked_for(field: &Field) -> bool {
    field.compound.is_none() || field.is_required()
}

/// The fields a component stands for: itself, or the parts of a compound in the layout's
/// own order where it tells one.
fn fields_of<'a>(component: &WireComponent, schema: &'a ObjectSchema) -> Vec<&'a Field> {
    let named = |component: &WireComponent| schema.field(component.value.as_deref()?);
    let told = component.components.iter().flatten().filter_map(named);
    let told: Vec<&Field> = told.filter(|part| !is_geocode(part, schema)).collect();
    let Some(field) = named(component).filter(|_| told.is_empty()) else {
        return told;
    };
    let is_part = |part: &&Field| part.compound.as_deref() == Some(field.api_name.as_str());
    let parts = schema.fields.iter().filter(is_part);
    let parts: Vec<&Field> = parts.filter(|part| !is_geocode(part, schema)).collect();
    match parts.is_empty() {
        true => vec![field],
        false => parts,
    }
}

/// The parts of an address that nobody types.
fn is_geocode(part: &Field, schema: &ObjectSchema) -> bool {
    let whole = part.compound.as_deref().and_then(|name| schema.field(name));
    whole.is_some_and(|whole| whole.kind == FieldType::Address)
        && ["Latitude", "Longitude", "GeocodeAccuracy"]
            .iter()
            .any(|end| part.api_name.ends_with(end))
}

fn is_compound(field: &Field) -> bool {
    matches!(field.kind, FieldType::Address | FieldType::Location)
}

/// The sections as shown, with what the edit page says of the same fields; fields that
/// only the edit page has come last.
fn merge(mut shown: Vec<Section>, edited: Vec<Section>) -> Vec<Section> {
    if shown.is_empty() {
        return edited;
    }
    for section in edited {
        let mut only_edited = Vec::new();
        for item in section.items {
            let mut all = shown.iter_mut().flat_map(|section| &mut section.items);
            match all.find(|known| known.field == item.field) {
                Some(known) => *known = item,
                None => only_edited.push(item),
            }
        }
        if only_edited.is_empty() {
            continue;
        }
        match shown
            .iter_mut()
            .find(|known| known.heading == section.heading)
        {
            Some(known) => known.items.extend(only_edited),
            None => shown.push(Section {
                heading: section.heading,
                items: only_edited,
            }),
        }
    }
    shown
}

fn related(wire: &WireRelated) -> Option<RelatedList> {
    let object = wire.sobject.clone()?;
    let columns = wire.columns.iter().flatten();
    Some(RelatedList {
        label: safe(wire.label.as_deref()),
        relationship: wire.name.clone()?,
        field: wire.field.clone(),
        columns: columns.filter_map(|wire| column(wire, &object)).collect(),
        object,
    })
}

/// Label and path of a column. The org writes the path as `Name`, `Contact.Name` or
/// `toLabel(StageName)`.
fn column(wire: &WireColumn, object: &str) -> Option<(String, String)> {
    let written = [&wire.field_api_name, &wire.name, &wire.field];
    let path = written.into_iter().flatten().find_map(|text| {
        let inner = text
            .rsplit_once('(')
            .map_or(text.as_str(), |(_, inner)| inner);
        let path = inner.trim_end_matches(')');
        let path = path
            .strip_prefix(object)
            .and_then(|rest| rest.strip_prefix('.'))
            .unwrap_or(path);
        soql::is_path(path).then(|| path.to_owned())
    })?;
    Some((safe(wire.label.as_deref()), path))
}

fn safe(label: Option<&str>) -> String {
    text::line(label.unwrap_or_default()).into_owned()
}

#[cfg(test)]
mod tests;

//! What a list view is made of: columns, order, conditions, in the shape of
//! ListViewDescribe (REST API guide, "List View Describe").

use serde_json::{Value, json};

use super::ListView;
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::schema::{FieldDef, FieldKind, ObjectDef};
use crate::demo::soql;
use crate::demo::soql::ast::{Expr, Literal, LiteralValue, Op, Operand};

/// The field a column's path ends at, and its label with that of its parent.
pub(super) fn field<'a>(
    call: &'a Call<'_>,
    object: &'a ObjectDef,
    path: &str,
) -> Option<(&'a FieldDef, String)> {
    let Some((parent, leaf)) = path.split_once('.') else {
        let field = object.field(path)?;
        return Some((field, field.label.clone()));
    };
    let lookup = object.field_by_relationship(parent)?;
    let to = call.schema.object(lookup.reference_to.first()?)?;
    let field = match leaf {
        "Name" => to.name_field()?,
        leaf => to.field(leaf)?,
    };
    let of = lookup.label.trim_end_matches(" ID");
    Some((field, format!("{of} {}", field.label)))
}

/// What is selected for a column: labels of pick lists, values of the rest; `None` when the
/// user does not see it.
pub(super) fn select_item(call: &Call<'_>, object: &ObjectDef, path: &str) -> Option<String> {
    let (field, _) = field(call, object, path)?;
    Some(if field.kind == FieldKind::Picklist {
        format!("toLabel({path})")
    } else {
        path.to_owned()
    })
}

/// The columns, those not shown last.
pub fn columns(call: &Call<'_>, object: &ObjectDef, view: &ListView) -> Vec<Value> {
    let shown = view.columns.iter().map(|path| (*path, false));
    let hidden = view.hidden().map(|path| (path, true));
    shown
        .chain(hidden)
        .filter_map(|(path, hidden)| {
            let (field, label) = field(call, object, path)?;
            let first = path == view.order;
            let (ascending, descending) = if hidden {
                (None, None)
            } else {
                directions(field.kind)
            };
            Some(json!({
                "ascendingLabel": ascending,
                "descendingLabel": descending,
                "fieldNameOrPath": path,
                "hidden": hidden,
                "label": label,
                "searchable": false,
                "selectListItem": select_item(call, object, path),
                "sortDirection": first.then_some("ascending"),
                "sortIndex": first.then_some(0),
                "sortable": !hidden && field.sortable,
                "type": field.type_word(),
            }))
        })
        .collect()
}

/// What the two directions of a sort are called, in the order a real org has them.
fn directions(kind: FieldKind) -> (Option<&'static str>, Option<&'static str>) {
    let (ascending, descending) = match kind {
        FieldKind::Date | FieldKind::DateTime => ("New to Old", "Old to New"),
        FieldKind::Picklist => ("Low to High", "High to Low"),
        FieldKind::Int
        | FieldKind::Double
        | FieldKind::Currency
        | FieldKind::Percent
        | FieldKind::Phone => ("9-0", "0-9"),
        _ => ("Z-A", "A-Z"),
    };
    (Some(ascending), Some(descending))
}

/// Body of `…/listviews/{id}/describe`.
///
/// # Errors
/// The faults of the view's query.
pub(super) fn body(call: &Call<'_>, object: &ObjectDef, view: &ListView) -> Result<Value, Refusal> {
    let source = view.query(|path| select_item(call, object, path));
    let parsed = soql::parse(&source).map_err(|fault| fault.refusal(&source))?;
    let order = |path: &str| json!({"fieldNameOrPath": path, "nullsPosition": "first", "sortDirection": "ascending"});
    Ok(json!({
        "columns": columns(call, object, view),
        "id": view.id,
        "orderBy": [order(view.order), order("Id")],
        "query": source,
        "relatedEntityId": null,
        "scope": view.scope.unwrap_or("everything"),
        "scopeEntityId": null,
        "sobjectType": object.name,
        "whereCondition": parsed.filter.as_ref().map_or_else(
            || json!({"conditions": [], "conjunction": "and"}),
            condition,
        ),
    }))
}

fn condition(expr: &Expr) -> Value {
    let several = |all: &[Expr], word: &str| -> Value {
        json!({"conditions": all.iter().map(condition).collect::<Vec<_>>(), "conjunction": word})
    };
    match expr {
        Expr::And(all) => several(all, "and"),
        Expr::Or(all) => several(all, "or"),
        Expr::Not(inner) => json!({"conditions": [condition(inner)], "conjunction": "not"}),
        Expr::Compare { left, op, value } => json!({
            "field": left.text(),
            "operator": operator(*op),
            "values": [literal(value)],
        }),
        Expr::In {
            path,
            values,
            negated,
        } => json!({
            "field": path.text(),
            "operator": if *negated { "notIn" } else { "in" },
            "values": values.iter().map(literal).collect::<Vec<_>>(),
        }),
        Expr::Includes {
            path,
            values,
            negated,
        } => json!({
            "field": path.text(),
            "operator": if *negated { "excludes" } else { "includes" },
            "values": values.iter().map(literal).collect::<Vec<_>>(),
        }),
        Expr::InQuery { path, .. } => json!({
            "field": Operand::Path(path.clone()).text(),
            "operator": "within",
            "values": [],
        }),
    }
}

fn operator(op: Op) -> &'static str {
    match op {
        Op::Equal => "equals",
        Op::NotEqual => "notEquals",
        Op::Less => "lessThan",
        Op::LessOrEqual => "lessThanOrEqualTo",
        Op::Greater => "greaterThan",
        Op::GreaterOrEqual => "greaterThanOrEqualTo",
        Op::Like => "like",
    }
}

/// A literal as SOQL writes it.
fn literal(literal: &Literal) -> String {
    match &literal.value {
        LiteralValue::Null => "null".into(),
        LiteralValue::Bool(flag) => flag.to_string(),
        LiteralValue::Text { like, .. } => format!("'{}'", like.replace('\'', "\\'")),
        LiteralValue::Number(text)
        | LiteralValue::Date(text)
        | LiteralValue::DateTime(text)
        | LiteralValue::Time(text) => text.clone(),
        LiteralValue::Named { name, n: Some(n) } => format!("{name}:{n}"),
        LiteralValue::Named { name, n: None } => name.clone(),
    }
}

//! What an org decides by itself, as data: validation rules, duplicate rules, assignment
//! rules, roll-ups and which fields keep a history; and the asset lines they come from.

use super::field_line::list;
use crate::demo::formula::Formula;
use crate::demo::ids::record_id;

/// One validation rule: refuses the row when its formula holds.
#[derive(Debug, Clone)]
pub struct RuleDef {
    /// Developer name.
    pub name: String,
    pub is_active: bool,
    pub formula: Formula,
    /// Shown to the user as it is.
    pub message: String,
    /// Field the message belongs to; `None` for the top of the page.
    pub field: Option<String>,
}

/// What a duplicate rule does about a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DuplicateAction {
    /// Refuses unless the sender allows the save.
    Alert,
    Block,
}

/// One duplicate rule and the matching rule it uses.
#[derive(Debug, Clone)]
pub struct DuplicateRuleDef {
    /// Developer name.
    pub name: String,
    pub action: DuplicateAction,
    /// Developer name of the matching rule.
    pub matching: String,
    /// Fields that all have to match, the first by an index.
    pub fields: Vec<MatchedFieldDef>,
    /// Shown to the user as it is.
    pub message: String,
}

/// One field of a matching rule.
#[derive(Debug, Clone)]
pub struct MatchedFieldDef {
    pub field: String,
    /// Letter case, blanks, signs and legal forms do not count.
    pub fuzzy: bool,
}

/// The active assignment rule of an object.
#[derive(Debug, Clone)]
pub struct AssignmentDef {
    /// Prefix `01Q`.
    pub id: String,
    pub name: String,
    /// In order; the first whose condition holds names the owner.
    pub entries: Vec<AssignmentEntryDef>,
}

/// One entry of an assignment rule.
#[derive(Debug, Clone)]
pub struct AssignmentEntryDef {
    pub condition: Formula,
    /// Developer name of a queue, or a user name.
    pub owner: String,
}

/// How a roll-up sums its children up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RollupKind {
    Count,
    Sum,
    Min,
    Max,
}

/// A field that sums up the rows of a child object.
#[derive(Debug, Clone)]
pub struct RollupDef {
    pub kind: RollupKind,
    /// API name of the child object.
    pub child: String,
    /// Summed field of the child; `Id` for a count.
    pub field: String,
    /// The child's reference to this object.
    pub link: String,
    /// Which children count; `None` for all.
    pub filter: Option<Formula>,
}

/// Reads `SUM Opportunity.Amount by AccountId where …`.
pub(super) fn rollup(text: &str) -> Result<RollupDef, String> {
    let (head, filter) = match text.split_once(" where ") {
        Some((head, filter)) => (head, Some(Formula::read(filter)?)),
        None => (text, None),
    };
    let words: Vec<&str> = head.split_whitespace().collect();
    let [kind, target, "by", link] = words.as_slice() else {
        return Err("a roll-up is KIND Child.Field by Reference".into());
    };
    let (child, field) = target.split_once('.').unwrap_or((target, "Id"));
    Ok(RollupDef {
        kind: match *kind {
            "COUNT" => RollupKind::Count,
            "SUM" => RollupKind::Sum,
            "MIN" => RollupKind::Min,
            "MAX" => RollupKind::Max,
            _ => return Err(format!("unknown roll-up {kind}")),
        },
        child: child.into(),
        field: field.into(),
        link: (*link).into(),
        filter,
    })
}

/// Reads `Name | Field or - | Message | off`; the formula is the line below.
pub(super) fn rule(cells: &[&str], formula: &str) -> Result<RuleDef, String> {
    let [name, field, message, state @ ..] = cells else {
        return Err("a rule needs a name, a field or - and a message".into());
    };
    Ok(RuleDef {
        name: (*name).into(),
        is_active: state != ["off"],
        formula: Formula::read(formula)?,
        message: (*message).into(),
        field: (*field != "-").then(|| (*field).into()),
    })
}

/// Reads `Name | alert or block | Matching_Rule | Field, Field~`; the message is below.
pub(super) fn duplicate(cells: &[&str], message: &str) -> Result<DuplicateRuleDef, String> {
    let [name, action, matching, fields] = cells else {
        return Err("a duplicate rule needs a name, an action, a matching rule, fields".into());
    };
    let fields = list(fields).into_iter().map(|text| MatchedFieldDef {
        fuzzy: text.ends_with('~'),
        field: text.trim_end_matches('~').into(),
    });
    Ok(DuplicateRuleDef {
        name: (*name).into(),
        action: match *action {
            "alert" => DuplicateAction::Alert,
            "block" => DuplicateAction::Block,
            _ => return Err(format!("unknown action {action}")),
        },
        matching: (*matching).into(),
        fields: fields.collect(),
        message: message.into(),
    })
}

/// Reads `number | Name`.
pub(super) fn assignment(cells: &[&str]) -> Result<AssignmentDef, String> {
    let [number, name] = cells else {
        return Err("an assignment rule needs a number and a name".into());
    };
    let number = number.parse().map_err(|_| "its number is none")?;
    Ok(AssignmentDef {
        id: record_id("01Q", number),
        name: (*name).into(),
        entries: Vec::new(),
    })
}

/// Reads `condition -> owner`.
pub(super) fn assignment_entry(line: &str) -> Result<AssignmentEntryDef, String> {
    let (condition, owner) = line.rsplit_once("->").ok_or("an entry names an owner")?;
    Ok(AssignmentEntryDef {
        condition: Formula::read(condition.trim())?,
        owner: owner.trim().into(),
    })
}

/// The asset lines of the object that keeps the history of another.
pub(super) fn history_lines(object: &str, label: &str, tracked: &[String]) -> Vec<String> {
    let (name, link, relation) = match object.strip_suffix("__c") {
        Some(stem) => (format!("{stem}__History"), "ParentId".to_owned(), "Parent"),
        None if object == "Opportunity" => (
            "OpportunityFieldHistory".into(),
            "OpportunityId".into(),
            object,
        ),
        None => (format!("{object}History"), format!("{object}Id"), object),
    };
    vec![
        format!("object {name} | {label} History | {label} History | 017 |"),
        "  Id | History ID | id".into(),
        "  +deleted".into(),
        format!(
            "  {link} | {label} ID | ref {object} as {relation} list Histories required readonly cascade"
        ),
        "  CreatedById | Created By ID | ref User as CreatedBy required defaulted readonly".into(),
        "  CreatedDate | Created Date | datetime required defaulted readonly".into(),
        "  Field | Changed Field | picklist restricted required readonly".into(),
        format!("  = created; {}", tracked.join("; ")),
        "  DataType | Datatype | picklist 40 restricted readonly".into(),
        "  = Text; Number; DateTime; EntityId; Boolean".into(),
        "  OldValue | Old Value | anytype 765 readonly nofilter nosort nogroup".into(),
        "  NewValue | New Value | anytype 765 readonly nofilter nosort nogroup".into(),
    ]
}

/// The object that keeps the history of another, and its reference to it.
pub fn history_of(object: &str) -> (String, String) {
    match object.strip_suffix("__c") {
        Some(stem) => (format!("{stem}__History"), "ParentId".into()),
        None if object == "Opportunity" => {
            ("OpportunityFieldHistory".into(), "OpportunityId".into())
        }
        None => (format!("{object}History"), format!("{object}Id")),
    }
}

//! Which rows of `ObjectPermissions` and `FieldPermissions` decide about an object and a
//! field (Object Reference, "ObjectPermissions" and "FieldPermissions").

use super::Permission;
use crate::demo::schema::{FieldDef, FieldKind, ObjectDef};

/// What decides about an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Govern {
    /// Its own permission rows.
    Own,
    /// Those of the object it belongs to.
    By(String),
    /// Everybody reads; writing takes a system permission.
    Writing(Permission),
    /// Everybody reads and writes, as far as the object is made for it.
    Open,
}

/// Suffixes of objects that belong to another; `__` in front of custom ones.
const BELONGING: [&str; 5] = ["FieldHistory", "History", "Share", "Feed", "ChangeEvent"];

/// What decides about an object.
pub fn govern(object: &str) -> Govern {
    use Permission as P;
    match object {
        "Account" | "Contact" | "Lead" | "Opportunity" | "Case" | "Campaign" | "PushTopic" => {
            Govern::Own
        }
        "OpportunityContactRole" => Govern::By("Opportunity".into()),
        "CampaignMember" | "CampaignMemberStatus" => Govern::By("Campaign".into()),
        "Task" => Govern::Writing(P::EditTask),
        "Event" => Govern::Writing(P::EditEvent),
        "User" | "UserRole" | "UserLogin" | "Group" | "GroupMember" | "QueueSobject" => {
            Govern::Writing(P::ManageUsers)
        }
        "PermissionSetAssignment" => Govern::Writing(P::AssignPermissionSets),
        "Profile" | "PermissionSet" | "ObjectPermissions" | "FieldPermissions" => {
            Govern::Writing(P::ManageProfilesPermissionsets)
        }
        "RecordType" | "Organization" => Govern::Writing(P::CustomizeApplication),
        _ if object.ends_with("__c") => Govern::Own,
        _ => belonging(object).map_or(Govern::Open, Govern::By),
    }
}

/// `Account` of `AccountHistory`, `Project__c` of `Project__Share`.
fn belonging(object: &str) -> Option<String> {
    let stem = BELONGING
        .iter()
        .find_map(|suffix| object.strip_suffix(suffix))?;
    let base = match stem.strip_suffix("__") {
        Some(custom) => format!("{custom}__c"),
        None => stem.to_owned(),
    };
    (govern(&base) == Govern::Own).then_some(base)
}

/// The name under which permission rows speak of a field, without its object: parts of an
/// address go by the address. `None` when the field is seen by everybody who sees the object.
pub fn field_key<'a>(object: &'a ObjectDef, field: &'a FieldDef) -> Option<&'a str> {
    let governed =
        govern(&object.name) == Govern::Own || matches!(object.name.as_str(), "Task" | "Event");
    if !governed || !field.permissionable {
        return None;
    }
    let whole = field
        .compound
        .as_deref()
        .and_then(|name| object.field(name))
        .filter(|whole| matches!(whole.kind, FieldKind::Address | FieldKind::Location));
    Some(whole.map_or(field.name.as_str(), |whole| whole.name.as_str()))
}

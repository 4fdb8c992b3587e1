//! What only SOAP can do with rows: bring them back from the bin, empty the bin, merge,
//! convert a lead.

use serde_json::{Value, json};

use super::message::Message;
use super::record;
use super::rows::{bounded, fault, result};
use super::xml::{Node, element, optional};
use crate::demo::call::Call;
use crate::demo::engine::undoable;
use crate::demo::error::Refusal;
use crate::demo::ids::long_id;
use crate::demo::rows::convert::{self, Wish};
use crate::demo::rows::{merge, purge, undelete};
use crate::demo::schema::ObjectDef;

/// Runs one row in a savepoint; gives its result as collections do.
fn row(
    call: &Call<'_>,
    id: &str,
    work: impl FnOnce() -> Result<(), Refusal>,
) -> Result<Value, Refusal> {
    Ok(match undoable(call, work)? {
        Ok(()) => json!({"id": id, "success": true, "errors": []}),
        Err(refusal) => json!({"success": false, "errors": refusal.collection_errors()}),
    })
}

fn object_of<'a>(call: &'a Call<'_>, id: &str) -> Result<(&'a ObjectDef, String), Refusal> {
    let id =
        long_id(id).ok_or_else(|| Refusal::row("MALFORMED_ID", format!("bad id {id}"), &["Id"]))?;
    let object = call
        .object_of_id(&id)
        .ok_or_else(Refusal::cross_reference)?;
    Ok((object, id))
}

/// Answers `undelete` and `emptyRecycleBin`.
///
/// # Errors
/// For too many ids.
pub fn emptied_or_back(call: &Call<'_>, message: &Message) -> Result<String, Refusal> {
    let ids = message.operation.words("ids");
    bounded(ids.len())?;
    let back = message.operation.name == "undelete";
    let whole = message.header_flag("AllOrNoneHeader", "allOrNone") == Some(true);
    let mut rows = Vec::new();
    let kept = undoable(call, || {
        for text in &ids {
            rows.push(row(call, &long_id(text).unwrap_or_default(), || {
                let (object, id) = object_of(call, text)?;
                if back {
                    undelete::undelete(call, object, &id)
                } else {
                    purge::purge(call, object, &id)
                }
            })?);
        }
        match rows.iter().any(|row| row["success"] == false) && whole {
            true => Err(Refusal::not_found()),
            false => Ok(()),
        }
    })?;
    if kept.is_err() {
        let text = "Record rolled back because not all records were valid and the request was using AllOrNone header";
        let back = Refusal::row("ALL_OR_NONE_OPERATION_ROLLED_BACK", text, &[]);
        for row in rows.iter_mut().filter(|row| row["success"] == true) {
            *row = json!({"success": false, "errors": back.collection_errors()});
        }
    }
    Ok(rows.iter().map(|row| result(row, false)).collect())
}

/// Answers `merge`.
///
/// # Errors
/// `INVALID_TYPE`; a request's own faults are in its result.
pub fn merged(call: &Call<'_>, message: &Message) -> Result<String, Refusal> {
    let mut text = String::new();
    for request in message.operation.all("request") {
        let Some(master) = request.child("masterRecord") else {
            return Err(Refusal::new(
                400,
                "MISSING_ARGUMENT",
                "masterRecord is required",
            ));
        };
        let given = record::given(call, master)?;
        let losers = request.words("recordToMergeIds");
        let done = undoable(call, || {
            let (object, id) = object_of(call, given.id.as_deref().unwrap_or_default())?;
            let losers = losers
                .iter()
                .map(|id| object_of(call, id).map(|(_, id)| id))
                .collect::<Result<Vec<_>, _>>()?;
            let moved = merge::merge(call, object, (&id, &losers), &given.fields)?;
            Ok((id, losers, moved))
        })?;
        text.push_str(&match done {
            Ok((id, losers, moved)) => {
                let each = |name: &str, ids: &[String]| -> String {
                    ids.iter().map(|id| element(name, id)).collect()
                };
                format!(
                    "<result>{}{}{}{}</result>",
                    element("id", &id),
                    each("mergedRecordIds", &losers),
                    element("success", "true"),
                    each("updatedRelatedIds", &moved)
                )
            }
            Err(refusal) => failed(&refusal),
        });
    }
    Ok(text)
}

fn failed(refusal: &Refusal) -> String {
    let errors: String = refusal
        .collection_errors()
        .as_array()
        .into_iter()
        .flatten()
        .map(fault)
        .collect();
    format!("<result>{errors}{}</result>", element("success", "false"))
}

/// Answers `convertLead`.
///
/// # Errors
/// SQLite's; a lead's own faults are in its result.
pub fn converted(call: &Call<'_>, message: &Message) -> Result<String, Refusal> {
    let wishes: Vec<&Node> = message.operation.all("leadConverts").collect();
    bounded(wishes.len())?;
    let mut text = String::new();
    for node in wishes {
        let lead = node.word("leadId").unwrap_or_default();
        let word = |name: &str| {
            node.word(name)
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
        };
        let done = undoable(call, || {
            let (_, id) = object_of(call, lead)?;
            let wish = Wish {
                lead: id,
                status: word("convertedStatus").unwrap_or_default(),
                account: word("accountId"),
                contact: word("contactId"),
                owner: word("ownerId"),
                opportunity: match node.flag("doNotCreateOpportunity") {
                    Some(true) => None,
                    _ => Some(word("opportunityName")),
                },
                overwrite_lead_source: node.flag("overwriteLeadSource") == Some(true),
            };
            convert::convert(call, &wish)
        })?;
        text.push_str(&match done {
            Ok(made) => format!(
                "<result>{}{}{}{}{}</result>",
                element("accountId", &made.account),
                element("contactId", &made.contact),
                element("leadId", &made.lead),
                optional("opportunityId", made.opportunity.as_deref()),
                element("success", "true")
            ),
            Err(refusal) => failed(&refusal),
        });
    }
    Ok(text)
}

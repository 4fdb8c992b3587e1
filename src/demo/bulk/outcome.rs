//! One row of an ingest job: written through the rows' own road, and how its outcome
//! reads in a result file.

use serde_json::{Map, Value};

use super::job::{Job, Operation};
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::ids::long_id;
use crate::demo::rows::assign::Assignment;
use crate::demo::rows::delete;
use crate::demo::rows::duplicate::Duplicates;
use crate::demo::rows::upsert::{self, Upserted};
use crate::demo::rows::write::{self, Options};
use crate::demo::schema::ObjectDef;

/// A row that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    pub id: String,
    pub created: bool,
}

/// Assignment rules run only where the job names one.
fn options(job: &Job) -> Options {
    let rule = job.rule.as_deref();
    Options {
        duplicates: Duplicates::Refuse,
        assignment: rule.map_or(Assignment::Off, Assignment::by),
        ..Options::PLAIN
    }
}

/// Writes one row.
///
/// # Errors
/// What the platform or the org refuses.
pub fn write(
    call: &Call<'_>,
    object: &ObjectDef,
    job: &Job,
    mut body: Map<String, Value>,
) -> Result<Done, Refusal> {
    match job.operation {
        Operation::Insert => {
            let id = write::create(call, object, &body, options(job))?;
            Ok(Done { id, created: true })
        }
        Operation::Update => {
            let id = taken_id(&mut body, "update")?;
            write::update(call, object, &id, &body, options(job))?;
            Ok(Done { id, created: false })
        }
        Operation::Upsert => upserted(call, object, job, body),
        Operation::HardDelete => {
            let id = taken_id(&mut body, "delete")?;
            delete::delete(call, object, &id)?;
            delete::purge(call, object, &id)?;
            Ok(Done { id, created: false })
        }
        Operation::Delete => {
            let id = taken_id(&mut body, "delete")?;
            delete::delete(call, object, &id)?;
            Ok(Done { id, created: false })
        }
        Operation::Query | Operation::QueryAll => Err(Refusal::not_found()),
    }
}

/// The row's id, taken out of its fields.
fn taken_id(body: &mut Map<String, Value>, operation: &str) -> Result<String, Refusal> {
    let given = body.shift_remove("Id");
    let Some(text) = given.as_ref().and_then(Value::as_str) else {
        let text = format!("Id not specified in an {operation} call");
        return Err(Refusal::row("MISSING_ARGUMENT", text, &[]));
    };
    long_id(text)
        .ok_or_else(|| Refusal::row("MALFORMED_ID", format!("malformed id {text}"), &["Id"]))
}

fn upserted(
    call: &Call<'_>,
    object: &ObjectDef,
    job: &Job,
    mut body: Map<String, Value>,
) -> Result<Done, Refusal> {
    let field = upsert::key_field(object, job.key.as_deref().unwrap_or("Id"))?;
    let given = body.shift_remove(&field.name);
    let Some(wanted) = given.as_ref().and_then(Value::as_str) else {
        if field.name == "Id" {
            let id = write::create(call, object, &body, options(job))?;
            return Ok(Done { id, created: true });
        }
        let text = format!("{} not specified", field.name);
        return Err(Refusal::row("MISSING_ARGUMENT", text, &[]));
    };
    if field.name == "Id" {
        let id = long_id(wanted).ok_or_else(|| {
            Refusal::row("MALFORMED_ID", format!("malformed id {wanted}"), &["Id"])
        })?;
        write::update(call, object, &id, &body, options(job))?;
        return Ok(Done { id, created: false });
    }
    match upsert::upsert(call, object, (field, wanted), &body, options(job))? {
        Upserted::Created(id) => Ok(Done { id, created: true }),
        Upserted::Updated(id) => Ok(Done { id, created: false }),
        Upserted::Ambiguous(ids) => {
            let text = format!(
                "{}: more than one record found for external id field: [{}]",
                field.name,
                ids.join(", ")
            );
            Err(Refusal::row("DUPLICATE_EXTERNAL_ID", text, &[]))
        }
    }
}

/// `CODE:message:Field Field --`, as `sf__Error` has it.
pub fn error_text(refusal: &Refusal) -> String {
    let one = |fault: &crate::demo::error::Fault| {
        let fields: String = fault
            .fields
            .iter()
            .flatten()
            .map(|field| format!("{field} "))
            .collect();
        format!("{}:{}:{fields}--", fault.code, fault.message.trim_end())
    };
    let all: Vec<String> = refusal.faults.iter().map(one).collect();
    all.join(";")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_read_as_real_orgs_write_them() {
        assert_eq!(
            error_text(&Refusal::cross_reference()),
            "INVALID_CROSS_REFERENCE_KEY:invalid cross reference id:--"
        );
        let refusal = Refusal::row(
            "REQUIRED_FIELD_MISSING",
            "Required fields are missing: [LastName]",
            &["LastName"],
        );
        assert_eq!(
            error_text(&refusal),
            "REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName --"
        );
    }
}

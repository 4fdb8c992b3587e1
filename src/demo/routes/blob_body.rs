//! The body of a row: JSON, or parts of which one is JSON and the others carry the bytes
//! of blob fields as they are (REST API guide, "Insert or Update Blob Data").

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::object_body;
use crate::demo::bulk::multipart;
use crate::demo::error::Refusal;
use crate::demo::schema::{FieldKind, ObjectDef};
use crate::demo::wire::Request;

/// The fields a request sends.
///
/// # Errors
/// A body that cannot be read, or has no part with the fields.
pub fn fields(object: &ObjectDef, request: &Request) -> Result<Map<String, Value>, Refusal> {
    let Some(boundary) = multipart::boundary(request) else {
        return object_body(request);
    };
    let mut fields = None;
    let mut blobs = Vec::new();
    for part in multipart::parts(&request.body, &boundary)? {
        let field = object
            .field(&part.name)
            .filter(|field| field.kind == FieldKind::Base64);
        match field {
            Some(field) => blobs.push((field.name.clone(), STANDARD.encode(part.content))),
            // `entity_document`, `entity_content`: the first part that is no blob.
            None if fields.is_none() => {
                let mut inner = Request::new(&request.method, &request.path);
                inner.body = part.content.to_vec();
                fields = Some(object_body(&inner)?);
            }
            None => {
                let text = format!("Unknown part of the multipart request: {}", part.name);
                return Err(Refusal::new(400, "INVALID_MULTIPART_REQUEST", text));
            }
        }
    }
    let mut fields = fields.ok_or_else(|| {
        let text = "The multipart request has no part with the fields of the record";
        Refusal::new(400, "INVALID_MULTIPART_REQUEST", text)
    })?;
    for (name, value) in blobs {
        fields.insert(name, Value::String(value));
    }
    Ok(fields)
}

//! Notes and files (Object reference, "ContentNote", "ContentVersion"): a note is a
//! document with a version, linked to its owner. Content is HTML in base64 on the wire.

use rusqlite::params;
use rusqlite::types::Value as Sql;

use super::{Draft, write};
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::schema::ObjectDef;

/// Longest `TextPreview`.
const PREVIEW: usize = 255;

/// Fills in what a new note or file derives from its bytes.
///
/// # Errors
/// Unsafe HTML; missing file data.
pub fn before_create(call: &Call<'_>, object: &ObjectDef, row: &mut Draft) -> Result<(), Refusal> {
    match object.name.as_str() {
        "ContentNote" => {
            row.set_text("FileType", "SNOTE");
            row.set_text("FileExtension", "snote");
            note_content(row)
        }
        "ContentVersion" => new_version(call, row),
        "ContentDocumentLink" => {
            for (name, default) in [("ShareType", "V"), ("Visibility", "AllUsers")] {
                if row.is_null(name) {
                    row.set_text(name, default);
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// The same for a change.
///
/// # Errors
/// Unsafe HTML.
pub fn before_update(
    call: &Call<'_>,
    object: &ObjectDef,
    before: &Draft,
    given: &mut Draft,
) -> Result<(), Refusal> {
    if object.name == "ContentNote" && given.has("Content") {
        note_content(given)?;
    }
    if object.name == "ContentDocument" && given.has("Title") {
        let sql = "UPDATE ContentNote SET Title = ?2 WHERE Id = ?1";
        call.db
            .execute(sql, params![before.get("Id"), given.get("Title")])?;
    }
    Ok(())
}

fn note_content(row: &mut Draft) -> Result<(), Refusal> {
    let Sql::Blob(bytes) = row.get("Content") else {
        return Ok(());
    };
    // Line ends are stripped: paragraphs are markup.
    let html: String = String::from_utf8_lossy(bytes)
        .chars()
        .filter(|c| !matches!(c, '\r' | '\n'))
        .collect();
    if is_unsafe(&html) {
        let text = "The content contains unsafe HTML and cannot be saved.";
        return Err(Refusal::row("UNSAFE_HTML_CONTENT", text, &["Content"]));
    }
    row.set_text("TextPreview", preview(&html));
    row.set("ContentSize", size(html.len()));
    row.set("Content", Sql::Blob(html.into_bytes()));
    Ok(())
}

fn size(bytes: usize) -> Sql {
    Sql::Integer(i64::try_from(bytes).unwrap_or(i64::MAX))
}

fn is_unsafe(html: &str) -> bool {
    let lower = html.to_ascii_lowercase();
    [
        "<script",
        "<iframe",
        "<object",
        "<embed",
        "javascript:",
        "<form",
    ]
    .iter()
    .any(|mark| lower.contains(mark))
}

/// Text without markup, entities decoded, blanks collapsed.
pub fn preview(html: &str) -> String {
    let mut text = String::new();
    let mut in_tag = false;
    for c in html.chars() {
        match c {
            '<' => {
                in_tag = true;
                text.push(' ');
            }
            '>' if in_tag => in_tag = false,
            _ if in_tag => {}
            other => text.push(other),
        }
    }
    for (entity, sign) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&nbsp;", " "),
        ("&amp;", "&"),
    ] {
        text = text.replace(entity, sign);
    }
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(PREVIEW)
        .collect()
}

fn new_version(call: &Call<'_>, row: &mut Draft) -> Result<(), Refusal> {
    let Sql::Blob(bytes) = row.get("VersionData") else {
        let text = "Required fields are missing: [VersionData]";
        return Err(Refusal::row(
            "REQUIRED_FIELD_MISSING",
            text,
            &["VersionData"],
        ));
    };
    let bytes = size(bytes.len());
    let path = row.text("PathOnClient").unwrap_or_default().to_owned();
    if path.is_empty() {
        let text = "Required fields are missing: [PathOnClient]";
        return Err(Refusal::row(
            "REQUIRED_FIELD_MISSING",
            text,
            &["PathOnClient"],
        ));
    }
    let file = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let (stem, extension) = file.rsplit_once('.').unwrap_or((file, ""));
    if row.is_null("Title") {
        row.set_text("Title", stem);
    }
    row.set_text("FileExtension", extension);
    row.set_text(
        "FileType",
        if extension.is_empty() {
            "UNKNOWN".into()
        } else {
            extension.to_uppercase()
        },
    );
    row.set("ContentSize", bytes);
    row.set_text("PublishStatus", "P");
    row.set_flag("IsLatest", true);
    row.set_text("ContentModifiedDate", call.stamp());
    if row.is_null("ContentDocumentId") {
        row.set_text("VersionNumber", "1");
        let document = add(call, "ContentDocument", document_of(row))?;
        row.set_text("ContentDocumentId", document);
    } else {
        let sql = "SELECT count(*) + 1 FROM ContentVersion WHERE ContentDocumentId = ?1";
        let number: i64 = call
            .db
            .query_row(sql, [row.get("ContentDocumentId")], |row| row.get(0))?;
        row.set_text("VersionNumber", number.to_string());
    }
    Ok(())
}

/// The values a document shares with its version or note.
fn document_of(row: &Draft) -> Draft {
    let mut document = Draft::default();
    for name in ["Title", "FileType", "FileExtension", "ContentSize"] {
        document.set(name, row.get(name).clone());
    }
    document
}

fn add(call: &Call<'_>, object: &str, row: Draft) -> Result<String, Refusal> {
    let object = call.schema.object(object).ok_or_else(Refusal::not_found)?;
    write::add(call, object, row)
}

/// Documents, versions and links that a saved note or file brings.
///
/// # Errors
/// SQLite's.
pub fn after(
    call: &Call<'_>,
    object: &ObjectDef,
    row: &Draft,
    before: Option<&Draft>,
) -> Result<(), Refusal> {
    match (object.name.as_str(), before) {
        ("ContentNote", None) => {
            let mut document = document_of(row);
            for name in ["Id", "OwnerId"] {
                document.set(name, row.get(name).clone());
            }
            document.set_text("PublishStatus", "P");
            let id = add(call, "ContentDocument", document)?;
            note_version(call, row)?;
            link(call, &id, row.get("OwnerId").clone(), "I")
        }
        ("ContentNote", Some(_)) => note_version(call, row),
        ("ContentVersion", None) => {
            let document = row.text("ContentDocumentId").unwrap_or_default().to_owned();
            latest(call, &document, row)?;
            if row.text("VersionNumber") == Some("1") {
                link(call, &document, row.get("OwnerId").clone(), "I")?;
                if !row.is_null("FirstPublishLocationId") {
                    link(
                        call,
                        &document,
                        row.get("FirstPublishLocationId").clone(),
                        "V",
                    )?;
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn note_version(call: &Call<'_>, note: &Draft) -> Result<(), Refusal> {
    let document = note.text("Id").unwrap_or_default().to_owned();
    let mut version = document_of(note);
    version.set_text("ContentDocumentId", &document);
    if note.has("Content") {
        version.set("VersionData", note.get("Content").clone());
    } else {
        let sql = "SELECT Content FROM ContentNote WHERE Id = ?1";
        version.set(
            "VersionData",
            call.db.query_row(sql, [&document], |row| row.get(0))?,
        );
    }
    let sql = "SELECT count(*) + 1 FROM ContentVersion WHERE ContentDocumentId = ?1";
    let number: i64 = call.db.query_row(sql, [&document], |row| row.get(0))?;
    version.set_text("VersionNumber", number.to_string());
    version.set_text(
        "PathOnClient",
        format!("{}.snote", note.text("Title").unwrap_or_default()),
    );
    version.set_text("PublishStatus", "P");
    version.set_flag("IsLatest", true);
    for name in ["TextPreview", "OwnerId"] {
        version.set(name, note.get(name).clone());
    }
    version.set_text("ContentModifiedDate", call.stamp());
    let id = add(call, "ContentVersion", version.clone())?;
    version.set_text("Id", id);
    latest(call, &document, &version)
}

/// Makes this version the document's latest.
fn latest(call: &Call<'_>, document: &str, version: &Draft) -> Result<(), Refusal> {
    let id = version.get("Id");
    let stamp = call.stamp();
    call.db.execute(
        "UPDATE ContentVersion SET IsLatest = (Id = ?2) WHERE ContentDocumentId = ?1",
        params![document, id],
    )?;
    call.db.execute(
        "UPDATE ContentDocument SET LatestPublishedVersionId = ?2, Title = ?3, ContentSize = ?4,
             ContentModifiedDate = ?5, LastModifiedDate = ?5, SystemModstamp = ?5, LastModifiedById = ?6
         WHERE Id = ?1",
        params![document, id, version.get("Title"), version.get("ContentSize"), stamp, call.user],
    )?;
    call.db.execute(
        "UPDATE ContentNote SET LatestPublishedVersionId = ?2 WHERE Id = ?1",
        params![document, id],
    )?;
    Ok(())
}

fn link(call: &Call<'_>, document: &str, entity: Sql, share: &str) -> Result<(), Refusal> {
    let mut row = Draft::default();
    row.set_text("ContentDocumentId", document);
    row.set("LinkedEntityId", entity);
    row.set_text("ShareType", share);
    row.set_text("Visibility", "AllUsers");
    add(call, "ContentDocumentLink", row).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn previews_are_text() {
        assert_eq!(preview("<p>a &lt;b&gt;</p><p>c &amp; d</p>"), "a <b> c & d");
        assert_eq!(preview(&"é".repeat(300)).chars().count(), PREVIEW);
    }

    #[test]
    fn scripts_are_unsafe_and_escaped_text_is_not() {
        assert!(is_unsafe("<p><SCRIPT>x</p>"));
        assert!(!is_unsafe("<p>&lt;script&gt;</p>"));
    }
}

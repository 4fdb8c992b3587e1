//! Notes of both kinds, with the documents and links the newer kind needs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::cast::{Cast, User};
use super::random::Random;
use super::row::SeedRow;
use super::tables;

/// Title or subject, and text.
pub(super) type Words<'a> = (&'a str, &'a str);

/// Notes on accounts, contacts and opportunities, and a few of the older kind.
pub(super) fn notes(cast: &mut Cast) {
    let mut random = Random::new(9);
    for number in 1..30 {
        let contact = &cast.contacts[(number * 11) % cast.contacts.len()];
        let account = cast.accounts[contact.account].id.clone();
        let owner = contact.owner;
        let places = [contact.id.clone(), account];
        let shared = 1 + random.below(2);
        let words = random.pick(&tables::pairs("notes"));
        note(
            cast,
            random.between(-150, -1),
            words,
            owner,
            &places[..shared],
        );
    }
    for number in 1..12 {
        let deal = &cast.deals[number * 9];
        let (place, owner) = match number % 2 {
            0 => (deal.id.clone(), deal.owner),
            _ => (cast.accounts[deal.account].id.clone(), deal.owner),
        };
        let words = random.pick(&tables::pairs("notes"));
        legacy_note(cast, random.between(-900, -200), words, owner, &place);
    }
}

/// A note, the document it is, that document's version, and a link for each place.
pub(super) fn note(
    cast: &mut Cast,
    day: i64,
    (title, text): Words,
    owner: User,
    places: &[String],
) {
    let version = cast.next_id("ContentVersion", "068");
    let id = cast.next_id("ContentDocument", "069");
    let html = paragraphs(text);
    let body = STANDARD.encode(&html);
    let preview: String = text.replace('\n', " ").chars().take(255).collect();
    let when = cast.clock.moment(day, 16 * 60 + 12);
    let owner = owner.id();
    let content = |object, id: &str| {
        SeedRow::new(object, id)
            .with("Title", title)
            .with("FileType", "SNOTE")
            .with("FileExtension", "snote")
            .with("ContentSize", html.len())
            .with("OwnerId", owner.as_str())
            .stamped(&owner, &when, &when)
    };
    let document = content("ContentDocument", &id)
        .with("LatestPublishedVersionId", version.as_str())
        .with("PublishStatus", "P")
        .with("ContentModifiedDate", when.as_str());
    let mut seen_as_note = content("ContentNote", &id)
        .with("LatestPublishedVersionId", version.as_str())
        .with("TextPreview", preview.as_str())
        .with("Content", body.as_str());
    seen_as_note
        .fields
        .retain(|(field, _)| *field != "SystemModstamp");
    let version = content("ContentVersion", &version)
        .with("ContentDocumentId", id.as_str())
        .with("IsLatest", true)
        .with("VersionNumber", "1")
        .with("PathOnClient", format!("{title}.snote"))
        .with("PublishStatus", "P")
        .with("TextPreview", preview)
        .with("ContentModifiedDate", when.as_str())
        .with("VersionData", body);
    cast.rows.extend([document, version, seen_as_note]);
    for place in places {
        let link = SeedRow::new(
            "ContentDocumentLink",
            cast.next_id("ContentDocumentLink", "06A"),
        )
        .with("ContentDocumentId", id.as_str())
        .with("LinkedEntityId", place.as_str())
        .with("ShareType", "V")
        .with("Visibility", "AllUsers")
        .with("SystemModstamp", when.as_str());
        cast.rows.push(link);
    }
}

/// The HTML a note keeps its text in.
fn paragraphs(text: &str) -> String {
    let escaped = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    escaped
        .lines()
        .map(|line| format!("<p>{line}</p>"))
        .collect()
}

pub(super) fn legacy_note(
    cast: &mut Cast,
    day: i64,
    (title, text): Words,
    owner: User,
    place: &str,
) {
    let when = cast.clock.moment(day, 15 * 60);
    let row = SeedRow::new("Note", cast.next_id("Note", "002"))
        .with("ParentId", place)
        .with("Title", title)
        .with("Body", text)
        .with("OwnerId", owner.id())
        .stamped(&owner.id(), &when, &when);
    cast.rows.push(row);
}

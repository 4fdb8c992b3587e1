//! A record with all its screen shows: the page as last seen at once, then the fresh
//! one, in one request.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::failure::{Failure, FailureKind};
use crate::domain::id::RecordId;
use crate::domain::record::Record;
use crate::domain::schema::{ObjectForm, object_with_prefix};
use crate::domain::timeline::{self, Timeline};
use crate::job::{Page, Related, Reply, Source};
use crate::sf::client::Response;
use crate::sf::composite::Part;
use crate::sf::page::{self, PageParts};
use crate::sf::row;
use crate::sf::version::ApiVersion;
use crate::store::cache::{self, Entry};

use super::asked::Asked;
use super::connect;
use super::describe;
use super::engine::Engine;
use super::names::{self, Naming};

/// A page on disk; its form is kept once per object.
#[derive(Serialize, Deserialize)]
struct Kept {
    record: Record,
    related: Vec<Related>,
    timeline: Timeline,
    #[serde(default)]
    missing: Vec<(String, Failure)>,
    fetched: Timestamp,
}

/// `Job::Open`.
pub(super) async fn run(
    engine: &Engine,
    asked: &Asked<'_>,
    id: RecordId,
    source: Source,
) -> Result<Reply, Failure> {
    if source == Source::CacheFirst
        && let Some(page) = kept_page(engine, asked, id)
    {
        asked.say(Reply::Opened(Box::new(page)));
    }
    let object = describe::object_of_prefix(engine, asked, id.prefix()).await?;
    let form = describe::form(engine, asked, &object.api_name).await?;
    let page = ask(engine, asked, id, form).await;
    if page
        .as_ref()
        .is_err_and(|failure| failure.kind == FailureKind::NotFound)
    {
        forget(engine, asked, id);
    }
    let page = page?;
    keep(engine, asked, id, &page);
    Ok(Reply::Opened(Box::new(page)))
}

/// `Job::Peek`.
pub(super) fn peek(engine: &Engine, asked: &Asked<'_>, id: RecordId) -> Result<Reply, Failure> {
    match kept_page(engine, asked, id) {
        Some(page) => Ok(Reply::Opened(Box::new(page))),
        None => Err(Failure::not_found("not read before")),
    }
}

/// The page as last seen, where its object's form is known too.
fn kept_page(engine: &Engine, asked: &Asked<'_>, id: RecordId) -> Option<Page> {
    let kept = engine
        .cached::<Kept>(asked, cache::Part::Page, id.as_str())?
        .value;
    let objects = describe::known_objects(engine, asked)?;
    let object = object_with_prefix(&objects.value, id.prefix())?;
    let form = describe::known_form(engine, asked, &object.api_name)?;
    Some(Page {
        record: kept.record,
        form: form.value,
        related: kept.related,
        timeline: kept.timeline,
        missing: kept.missing,
        fetched: kept.fetched,
    })
}

async fn ask(
    engine: &Engine,
    asked: &Asked<'_>,
    id: RecordId,
    form: Arc<ObjectForm>,
) -> Result<Page, Failure> {
    let line = connect::line(engine, asked).await?;
    let request = page::page_request(id, &form, line.version);
    let response = line.wire.read(asked, &request).await?;
    let parts = match page::page(&response.body, &form) {
        // A parent's name that the org does not have must not cost the record.
        Err(failure) if failure.kind == FailureKind::InvalidField => {
            let plain = row::get(line.version, &form.schema.summary.api_name, id, &[]);
            let plain = line.wire.read(asked, &plain).await?;
            let record = row::read_record(&plain.body)?;
            page::page_around(record, &response.body, &form)?
        }
        parts => parts?,
    };
    Ok(built(engine, asked, id, (parts, form)))
}

fn built(
    engine: &Engine,
    asked: &Asked<'_>,
    id: RecordId,
    (parts, form): (PageParts, Arc<ObjectForm>),
) -> Page {
    let now = engine.now(asked);
    let mut timeline = timeline::build(&id, &parts.tasks, &parts.events, &parts.notes, &now);
    timeline.more = parts.more_activity;
    let PageParts {
        record,
        related,
        missing,
        ..
    } = parts;
    let related = related
        .into_iter()
        .map(|list| Related {
            label: list.label,
            object: list.object,
            field: list.field,
            columns: list.columns,
            rows: list.rows,
            total: list.total,
            more: list.more,
        })
        .collect();
    Page {
        record,
        form,
        related,
        timeline,
        missing,
        fetched: (engine.clock)(),
    }
}

/// What else to ask for when a record changes whose page was read before: the page, in the
/// same request. `None` for others, and where its form is not at hand.
pub(super) fn parts_of_known(
    engine: &Engine,
    asked: &Asked<'_>,
    targets: &[RecordId],
    version: ApiVersion,
) -> Option<Vec<Part>> {
    let [id] = targets else { return None };
    let known = kept_page(engine, asked, *id)?;
    Some(page::page_parts(*id, &known.form, version))
}

/// Takes a page that came with the answer to a change, and tells it; false where it does
/// not read.
pub(super) fn told(
    engine: &Engine,
    asked: &Asked<'_>,
    targets: &[RecordId],
    response: &Response,
) -> bool {
    let [id] = targets else { return false };
    let form = describe::known_objects(engine, asked)
        .and_then(|objects| object_with_prefix(&objects.value, id.prefix()).cloned())
        .and_then(|object| describe::known_form(engine, asked, &object.api_name));
    let Some(form) = form.map(|form| form.value) else {
        return false;
    };
    let Ok(parts) = page::page(&response.body, &form) else {
        return false;
    };
    let page = built(engine, asked, *id, (parts, form));
    keep(engine, asked, *id, &page);
    asked.news(Reply::Opened(Box::new(page)));
    true
}

fn keep(engine: &Engine, asked: &Asked<'_>, id: RecordId, page: &Page) {
    let entry = Entry {
        value: Kept {
            record: page.record.clone(),
            related: page.related.clone(),
            timeline: page.timeline.clone(),
            missing: page.missing.clone(),
            fetched: page.fetched,
        },
        stamp: String::new(),
        checked: page.fetched,
    };
    engine.keep(asked, (cache::Part::Page, id.as_str()), &entry);
    note_names(engine, asked, page);
}

fn note_names(engine: &Engine, asked: &Asked<'_>, page: &Page) {
    names::met_parents(engine, &page.record, &page.form);
    for list in &page.related {
        let naming = names::naming(engine, asked, &list.object);
        for row in &list.rows {
            if let Some(link) = naming.link(row) {
                names::met(engine, &link, &naming.detail(row));
            }
        }
    }
    let naming = Naming::of(&page.record.object, Some(&page.form));
    if let Some(link) = naming.link(&page.record) {
        names::opened(engine, &link, &naming.detail(&page.record));
    }
}

/// The record is gone, or hidden from this user now.
fn forget(engine: &Engine, asked: &Asked<'_>, id: RecordId) {
    let gone = engine.cache(asked).and_then(|cache| {
        cache.forget_name(id)?;
        cache.forget(cache::Part::Page, id.as_str())
    });
    engine.or_told(asked, gone);
}

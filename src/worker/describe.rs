//! What the org says of its objects: from memory, else from the cache, else from the
//! org. One that is older than a day is asked for again, on condition that it changed;
//! when the org cannot be reached, the old one serves.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;

use crate::domain::failure::{Failure, FailureKind};
use crate::domain::schema::{ObjectForm, ObjectSummary, object_named, object_with_prefix};
use crate::domain::suggest;
use crate::job::{Reply, Source};
use crate::sf::{describe, layout};
use crate::store::cache::{Entry, Part};

use super::asked::Asked;
use super::connect;
use super::engine::Engine;

/// How long a describe is taken as it is.
const FRESH: SignedDuration = SignedDuration::from_hours(24);

type Objects = Arc<Vec<ObjectSummary>>;

/// `Job::Objects`: an old list at once, the fresh one after it.
pub(super) async fn run_objects(engine: &Engine, asked: &Asked<'_>) -> Result<Reply, Failure> {
    if let Some(known) = known_objects(engine, asked)
        && !is_fresh(engine, &known)
    {
        asked.say(Reply::Objects(known.value));
    }
    objects(engine, asked).await.map(Reply::Objects)
}

/// `Job::Describe`: an old form at once, the fresh one after it.
pub(super) async fn run_form(
    engine: &Engine,
    asked: &Asked<'_>,
    object: &str,
    source: Source,
) -> Result<Reply, Failure> {
    if source == Source::Org {
        let _lock = engine.locks.lock(&lock_name(object)).await;
        let fresh = refresh_form(engine, asked, object, None).await;
        return fresh.map(Reply::Described);
    }
    if let Some(known) = known_form(engine, asked, object)
        && !is_fresh(engine, &known)
    {
        asked.say(Reply::Described(known.value));
    }
    form(engine, asked, object).await.map(Reply::Described)
}

/// The objects of the org.
pub(super) async fn objects(engine: &Engine, asked: &Asked<'_>) -> Result<Objects, Failure> {
    let _lock = engine.locks.lock("objects").await;
    match known_objects(engine, asked) {
        Some(known) if is_fresh(engine, &known) => Ok(known.value),
        known => offline_serves(
            known.as_ref(),
            refresh_objects(engine, asked, known.as_ref()).await,
        ),
    }
}

/// Describe and layouts of one object, letter case free.
pub(super) async fn form(
    engine: &Engine,
    asked: &Asked<'_>,
    object: &str,
) -> Result<Arc<ObjectForm>, Failure> {
    let _lock = engine.locks.lock(&lock_name(object)).await;
    match known_form(engine, asked, object) {
        Some(known) if is_fresh(engine, &known) => Ok(known.value),
        known => {
            let fresh = refresh_form(engine, asked, object, known.as_ref()).await;
            offline_serves(known.as_ref(), fresh)
        }
    }
}

/// The form if it needs no request, however old.
pub(super) fn known_form(
    engine: &Engine,
    asked: &Asked<'_>,
    object: &str,
) -> Option<Entry<Arc<ObjectForm>>> {
    let key = key(object);
    if let Some(known) = engine.forms.borrow().get(&key) {
        return Some(known.clone());
    }
    let found = engine.cached::<ObjectForm>(asked, Part::Form, &key)?;
    let entry = shared(found);
    engine.forms.borrow_mut().insert(key, entry.clone());
    Some(entry)
}

/// The list of objects if it needs no request, however old.
pub(super) fn known_objects(engine: &Engine, asked: &Asked<'_>) -> Option<Entry<Objects>> {
    if let Some(known) = engine.objects.borrow().as_ref() {
        return Some(known.clone());
    }
    let found = engine.cached::<Vec<ObjectSummary>>(asked, Part::Objects, "")?;
    let entry = shared(found);
    *engine.objects.borrow_mut() = Some(entry.clone());
    Some(entry)
}

/// The object whose ids start with `prefix`. A list from the cache that does not know it
/// may be older than the object.
pub(super) async fn object_of_prefix(
    engine: &Engine,
    asked: &Asked<'_>,
    prefix: &str,
) -> Result<ObjectSummary, Failure> {
    let found = look_twice(engine, asked, |all| {
        object_with_prefix(all, prefix).cloned()
    })
    .await?;
    found.ok_or_else(|| {
        let message = format!("no object of this org has ids that start with `{prefix}`");
        Failure::new(FailureKind::NotFound, "UNKNOWN_PREFIX", &message)
    })
}

/// The object of that API name, or a failure that names the nearest one.
async fn object_of_name(
    engine: &Engine,
    asked: &Asked<'_>,
    name: &str,
) -> Result<ObjectSummary, Failure> {
    let found = look_twice(engine, asked, |all| object_named(all, name).cloned()).await?;
    if let Some(object) = found {
        return Ok(object);
    }
    let all = objects(engine, asked).await?;
    let nearest = suggest::nearest(name, all.iter().map(|object| object.api_name.as_str()));
    let meant = nearest.map_or(String::new(), |nearest| {
        format!("; did you mean `{nearest}`?")
    });
    let message = format!("this org has no object `{name}`{meant}");
    Err(Failure::new(
        FailureKind::NotFound,
        "UNKNOWN_OBJECT",
        &message,
    ))
}

async fn look_twice(
    engine: &Engine,
    asked: &Asked<'_>,
    look: impl Fn(&[ObjectSummary]) -> Option<ObjectSummary>,
) -> Result<Option<ObjectSummary>, Failure> {
    let all = objects(engine, asked).await?;
    if let Some(found) = look(&all) {
        return Ok(Some(found));
    }
    let Some(known) = known_objects(engine, asked) else {
        return Ok(None);
    };
    // A list of this minute would say the same again.
    if (engine.clock)().duration_since(known.checked) < SignedDuration::from_mins(1) {
        return Ok(None);
    }
    let fresh = refresh_objects(engine, asked, Some(&known)).await?;
    Ok(look(&fresh))
}

async fn refresh_objects(
    engine: &Engine,
    asked: &Asked<'_>,
    known: Option<&Entry<Objects>>,
) -> Result<Objects, Failure> {
    let line = connect::line(engine, asked).await?;
    let since = known.and_then(|known| stamp(known));
    let request = describe::objects(line.version, since);
    let response = line.wire.read(asked, &request).await?;
    let entry = match known {
        Some(known) if response.status == 304 => confirmed(engine, known),
        _ => Entry {
            value: Arc::new(describe::read_objects(&response.body)?),
            stamp: response.last_modified.unwrap_or_default(),
            checked: (engine.clock)(),
        },
    };
    engine.keep(asked, (Part::Objects, ""), &entry_ref(&entry));
    *engine.objects.borrow_mut() = Some(entry.clone());
    Ok(entry.value)
}

async fn refresh_form(
    engine: &Engine,
    asked: &Asked<'_>,
    object: &str,
    known: Option<&Entry<Arc<ObjectForm>>>,
) -> Result<Arc<ObjectForm>, Failure> {
    let object = object_of_name(engine, asked, object).await?;
    let line = connect::line(engine, asked).await?;
    let since = known.and_then(|known| stamp(known));
    let request = describe::describe(line.version, &object.api_name, since);
    let response = line.wire.read(asked, &request).await?;
    let entry = match known {
        Some(known) if response.status == 304 => confirmed(engine, known),
        _ => {
            let schema = describe::read_schema(&response.body)?;
            let layouts = if object.layoutable {
                let request = layout::layouts(line.version, &object.api_name);
                let reply = line.wire.read(asked, &request).await?;
                layout::read_layouts(&reply.body, &schema)
            } else {
                BTreeMap::new()
            };
            Entry {
                value: Arc::new(ObjectForm { schema, layouts }),
                stamp: response.last_modified.unwrap_or_default(),
                checked: (engine.clock)(),
            }
        }
    };
    let key = key(&object.api_name);
    engine.keep(asked, (Part::Form, &key), &entry_ref(&entry));
    engine.forms.borrow_mut().insert(key, entry.clone());
    Ok(entry.value)
}

fn offline_serves<T: Clone>(
    known: Option<&Entry<T>>,
    fresh: Result<T, Failure>,
) -> Result<T, Failure> {
    match (fresh, known) {
        (Err(failure), Some(known)) if is_out_of_reach(failure.kind) => Ok(known.value.clone()),
        (fresh, _) => fresh,
    }
}

fn is_out_of_reach(kind: FailureKind) -> bool {
    matches!(
        kind,
        FailureKind::NoConnection | FailureKind::OutcomeUnknown | FailureKind::Server
    )
}

fn is_fresh<T>(engine: &Engine, entry: &Entry<T>) -> bool {
    (engine.clock)().duration_since(entry.checked) < FRESH
}

fn stamp<T>(entry: &Entry<T>) -> Option<&str> {
    Some(entry.stamp.as_str()).filter(|stamp| !stamp.is_empty())
}

fn confirmed<T: Clone>(engine: &Engine, entry: &Entry<T>) -> Entry<T> {
    Entry {
        checked: (engine.clock)(),
        ..entry.clone()
    }
}

fn shared<T>(entry: Entry<T>) -> Entry<Arc<T>> {
    Entry {
        value: Arc::new(entry.value),
        stamp: entry.stamp,
        checked: entry.checked,
    }
}

/// What goes to disk: the value, not the pointer.
fn entry_ref<T>(entry: &Entry<Arc<T>>) -> Entry<&T> {
    Entry {
        value: &entry.value,
        stamp: entry.stamp.clone(),
        checked: entry.checked,
    }
}

fn key(object: &str) -> String {
    object.to_ascii_lowercase()
}

fn lock_name(object: &str) -> String {
    format!("form {}", key(object))
}

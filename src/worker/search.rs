//! Search: at once in the names seen, on request in the org (SOSL).

use crate::domain::failure::{Failure, FailureKind};
use crate::domain::record::Record;
use crate::domain::schema::object_named;
use crate::domain::sosl::{self, Target};
use crate::job::{Found, Hit, Reply};
use crate::sf::query;

use super::asked::Asked;
use super::connect::{self, Line};
use super::describe;
use super::engine::Engine;
use super::names::{self, Naming};

/// Names shown as the user types.
const RECALLED: usize = 50;

/// Rows asked of the org for each object.
const PER_OBJECT: u32 = 50;

/// Where a search looks when nobody says where.
pub(super) const USUAL: [&str; 5] = ["Account", "Contact", "Lead", "Opportunity", "Case"];

/// `Job::Recall`: from the cache alone, no request.
pub(super) fn recall(
    engine: &Engine,
    asked: &Asked<'_>,
    text: &str,
    objects: &[String],
) -> Result<Reply, Failure> {
    // One more than shown tells whether there are more.
    let mut names = engine.cache(asked)?.recall(text, objects, RECALLED + 1)?;
    let more = names.len() > RECALLED;
    names.truncate(RECALLED);
    let hits = names
        .into_iter()
        .map(|seen| Hit {
            link: seen.link,
            detail: seen.detail,
            cached: true,
        })
        .collect();
    Ok(Reply::Found(Found { hits, more }))
}

/// `Job::Search`: one request once the objects are known.
pub(super) async fn run(
    engine: &Engine,
    asked: &Asked<'_>,
    text: &str,
    objects: &[String],
) -> Result<Reply, Failure> {
    let line = connect::line(engine, asked).await?;
    let objects = searchable(engine, asked, objects).await?;
    let namings: Vec<(String, Naming)> = objects
        .into_iter()
        .map(|object| {
            let naming = names::naming(engine, asked, &object);
            (object, naming)
        })
        .collect();
    let records = found(&line, asked, text, &namings).await?;
    Ok(Reply::Found(hits(engine, text, &namings, &records)))
}

/// The objects asked for, or the usual ones; only those the org can search.
async fn searchable(
    engine: &Engine,
    asked: &Asked<'_>,
    wanted: &[String],
) -> Result<Vec<String>, Failure> {
    let all = describe::objects(engine, asked).await?;
    let usual = USUAL.map(str::to_owned);
    let names = if wanted.is_empty() {
        &usual[..]
    } else {
        wanted
    };
    let found: Vec<String> = names
        .iter()
        .filter_map(|name| object_named(&all, name))
        .filter(|object| object.searchable && object.queryable)
        .map(|object| object.api_name.clone())
        .collect();
    if found.is_empty() {
        let message = format!("the org cannot search in {}", names.join(", "));
        return Err(Failure::input(&message));
    }
    Ok(found)
}

/// Asks with details; a detail this user may not see must not cost them the search.
pub(super) async fn found(
    line: &Line,
    asked: &Asked<'_>,
    text: &str,
    namings: &[(String, Naming)],
) -> Result<Vec<Record>, Failure> {
    match ask(line, asked, text, namings).await {
        Err(failure) if failure.kind == FailureKind::InvalidField => {
            let plain: Vec<(String, Naming)> = namings
                .iter()
                .map(|(object, naming)| {
                    let name = naming.name.clone();
                    (object.clone(), Naming { name, detail: None })
                })
                .collect();
            ask(line, asked, text, &plain).await
        }
        other => other,
    }
}

async fn ask(
    line: &Line,
    asked: &Asked<'_>,
    text: &str,
    namings: &[(String, Naming)],
) -> Result<Vec<Record>, Failure> {
    let fields: Vec<Vec<&str>> = namings.iter().map(|(_, naming)| naming.fields()).collect();
    let targets: Vec<Target<'_>> = namings
        .iter()
        .zip(&fields)
        .map(|((object, _), fields)| Target {
            object,
            fields,
            limit: PER_OBJECT,
        })
        .collect();
    let sosl = sosl::find(text, &targets).map_err(|error| Failure::input(&error.to_string()))?;
    let response = line
        .wire
        .read(asked, &query::search(line.version, &sosl))
        .await?;
    query::read_found(&response.body)
}

/// Names that start with what was typed come first; else the org's order stands.
fn hits(engine: &Engine, text: &str, namings: &[(String, Naming)], records: &[Record]) -> Found {
    let typed = text.trim().to_lowercase();
    let mut found = Found::default();
    for (object, naming) in namings {
        let of_object = || records.iter().filter(|record| record.object == *object);
        found.more |= of_object().count() >= PER_OBJECT as usize;
        for record in of_object() {
            let Some(link) = naming.link(record) else {
                continue;
            };
            let detail = naming.detail(record);
            names::met(engine, &link, &detail);
            found.hits.push(Hit {
                link,
                detail,
                cached: false,
            });
        }
    }
    found
        .hits
        .sort_by_key(|hit| !hit.link.name.to_lowercase().starts_with(&typed));
    found
}

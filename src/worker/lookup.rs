//! Candidates for a reference field: names seen at once, then what the org finds.

use crate::domain::failure::Failure;
use crate::domain::record::Link;
use crate::domain::schema::object_named;
use crate::domain::soql::{self, Order};
use crate::job::Reply;
use crate::sf::query;

use super::asked::Asked;
use super::connect::{self, Line};
use super::describe;
use super::engine::Engine;
use super::names::{self, Naming};
use super::search;

/// Candidates shown; who wants another types one more letter.
const SHOWN: usize = 25;

/// Objects searched at once; the usual ones come first.
const MOST_OBJECTS: usize = 10;

/// `Job::Lookup`: at most one request.
pub(super) async fn run(
    engine: &Engine,
    asked: &Asked<'_>,
    objects: &[String],
    text: &str,
) -> Result<Reply, Failure> {
    let typed = text.trim();
    let seen = engine.cache(asked)?.recall(typed, objects, SHOWN)?;
    let seen: Vec<Link> = seen.into_iter().map(|seen| seen.link).collect();
    if typed.is_empty() && !seen.is_empty() {
        return Ok(Reply::Candidates(seen));
    }
    if !seen.is_empty() {
        asked.say(Reply::Candidates(seen.clone()));
    }
    let line = connect::line(engine, asked).await?;
    let found = match usable(engine, asked, objects).as_slice() {
        [object] => of_one(engine, asked, &line, (object, typed)).await?,
        // The org's search wants two letters.
        _ if typed.chars().count() < 2 => Vec::new(),
        objects => of_many(engine, asked, &line, (objects, typed)).await?,
    };
    Ok(Reply::Candidates(merged(seen, found)))
}

/// The objects that can be looked in: a reference may point to dozens (`WhatId`), some of
/// which no search finds, and one of those would fail it for all.
fn usable(engine: &Engine, asked: &Asked<'_>, objects: &[String]) -> Vec<String> {
    let Some(all) = describe::known_objects(engine, asked) else {
        return objects.to_vec();
    };
    let mut usable: Vec<String> = objects
        .iter()
        .filter_map(|name| object_named(&all.value, name))
        .filter(|object| object.queryable && (object.searchable || objects.len() == 1))
        .map(|object| object.api_name.clone())
        .collect();
    usable.sort_by_key(|name| !search::USUAL.contains(&name.as_str()));
    usable.truncate(MOST_OBJECTS);
    usable
}

/// SOQL: sees rows that search has not indexed yet.
async fn of_one(
    engine: &Engine,
    asked: &Asked<'_>,
    line: &Line,
    (object, typed): (&str, &str),
) -> Result<Vec<Link>, Failure> {
    let naming = names::naming(engine, asked, object);
    let mut select = soql::select(object, &["Id", &naming.name]);
    if !typed.is_empty() {
        select = select.where_contains(&naming.name, typed);
    }
    let soql = select
        .order(&naming.name, Order::Asc)
        .limit(SHOWN as u32)
        .build()
        .map_err(|error| Failure::input(&error.to_string()))?;
    let response = line
        .wire
        .read(asked, &query::query(line.version, &soql))
        .await?;
    let rows = query::read_rows(&response.body)?.records;
    let links: Vec<Link> = rows.iter().filter_map(|row| naming.link(row)).collect();
    links.iter().for_each(|link| names::met(engine, link, ""));
    Ok(links)
}

async fn of_many(
    engine: &Engine,
    asked: &Asked<'_>,
    line: &Line,
    (objects, typed): (&[String], &str),
) -> Result<Vec<Link>, Failure> {
    let namings: Vec<(String, Naming)> = objects
        .iter()
        .map(|object| (object.clone(), names::naming(engine, asked, object)))
        .collect();
    let records = search::found(line, asked, typed, &namings).await?;
    let mut links = Vec::new();
    for record in &records {
        let naming = namings.iter().find(|(object, _)| *object == record.object);
        if let Some((_, naming)) = naming
            && let Some(link) = naming.link(record)
        {
            names::met(engine, &link, &naming.detail(record));
            links.push(link);
        }
    }
    Ok(links)
}

/// Those shown first stay where they are, with the names the org gives them now.
fn merged(seen: Vec<Link>, found: Vec<Link>) -> Vec<Link> {
    let mut links = seen;
    for link in found {
        match links.iter_mut().find(|known| known.id == link.id) {
            Some(known) => *known = link,
            None => links.push(link),
        }
    }
    links.truncate(SHOWN);
    links
}

//! Rows of a SOQL query, page by page, and the queries run before.

use crate::domain::failure::Failure;
use crate::job::{Reply, Rows};
use crate::sf::query;
use crate::store::cache::{Entry, Part};

use super::asked::Asked;
use super::connect;
use super::engine::Engine;
use super::names;

/// `Job::Query`: one request.
pub(super) async fn run(
    engine: &Engine,
    asked: &Asked<'_>,
    soql: &str,
    next: Option<&str>,
) -> Result<Reply, Failure> {
    let line = connect::line(engine, asked).await?;
    let request = match next {
        Some(locator) => query::next(locator),
        None => query::query(line.version, soql),
    };
    let response = line.wire.read(asked, &request).await?;
    let page = query::read_rows(&response.body)?;
    if let Some(first) = page.records.first() {
        let naming = names::naming(engine, asked, &first.object);
        for link in page.records.iter().filter_map(|record| naming.link(record)) {
            names::met(engine, &link, "");
        }
    }
    Ok(Reply::Rows(Rows {
        total: page.total,
        records: page.records,
        next: page.next,
    }))
}

/// `Job::Queries`.
pub(super) fn kept(engine: &Engine, asked: &Asked<'_>) -> Reply {
    let kept = engine.cached::<Vec<String>>(asked, Part::Queries, "");
    Reply::Queries(kept.map(|entry| entry.value).unwrap_or_default())
}

/// `Job::KeepQueries`.
pub(super) fn keep(engine: &Engine, asked: &Asked<'_>, queries: Vec<String>) -> Reply {
    let entry = Entry {
        value: queries,
        stamp: String::new(),
        checked: (engine.clock)(),
    };
    engine.keep(asked, (Part::Queries, ""), &entry);
    Reply::Queries(entry.value)
}

//! List views: which an object has, and the query behind one.

use crate::domain::failure::Failure;
use crate::job::{ListQuery, ListView, Reply};
use crate::sf::{list_view, query};

use super::asked::Asked;
use super::connect;
use super::engine::Engine;

/// Pages of list views read at most; an org has 2,000 a page.
const PAGES: usize = 5;

/// `Job::ListViews`: one request, more where there are more than a page.
pub(super) async fn run_all(
    engine: &Engine,
    asked: &Asked<'_>,
    object: &str,
) -> Result<Reply, Failure> {
    let line = connect::line(engine, asked).await?;
    let mut request = list_view::of_object(line.version, object);
    let mut found = Vec::new();
    for _ in 0..PAGES {
        let response = line.wire.read(asked, &request).await?;
        let page = list_view::read_views(&response.body)?;
        found.extend(page.views.into_iter().map(|view| ListView {
            id: view.id,
            label: view.label,
            is_query: view.soql_compatible,
        }));
        match page.next_records_url {
            Some(next) => request = query::next(&next),
            None => break,
        }
    }
    Ok(Reply::ListViews(found))
}

/// `Job::ListView`: one request.
pub(super) async fn run_one(
    engine: &Engine,
    asked: &Asked<'_>,
    (object, id): (&str, &str),
) -> Result<Reply, Failure> {
    let line = connect::line(engine, asked).await?;
    let request = list_view::describe(line.version, object, id);
    let response = line.wire.read(asked, &request).await?;
    let told = list_view::read_description(&response.body)?;
    let shown = told.columns.into_iter().filter(|column| !column.hidden);
    Ok(Reply::ListView(ListQuery {
        soql: told.query,
        columns: shown
            .map(|column| (column.label, column.field_name_or_path))
            .collect(),
    }))
}

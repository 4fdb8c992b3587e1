//! List views: what they show, their query, and its rows as display strings. The views are
//! read from `assets/demo/listviews.txt`; each is a row of `ListView` besides.

mod answer;
mod describe;

pub use answer::answer;
pub use describe::columns;

use super::ids::record_id;

const ASSET: &str = include_str!("../../../assets/demo/listviews.txt");

/// One list view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListView {
    /// 18 characters, fixed by the view's place in the asset.
    pub id: String,
    /// API name of its object.
    pub object: &'static str,
    pub developer_name: &'static str,
    pub label: &'static str,
    /// Paths of the columns shown.
    pub columns: Vec<&'static str>,
    /// `mine`; `None` for everything.
    pub scope: Option<&'static str>,
    /// As SOQL writes it.
    pub condition: Option<&'static str>,
    pub order: &'static str,
}

/// Columns every view has, shown or not.
const HIDDEN: [&str; 4] = ["Id", "CreatedDate", "LastModifiedDate", "SystemModstamp"];

/// Every list view, in the order of the asset.
pub fn all() -> Vec<ListView> {
    let mut object = "";
    let mut views = Vec::new();
    let lines = ASSET.lines().filter(|line| !line.starts_with('#'));
    for line in lines {
        let Some(row) = line.strip_prefix("  ") else {
            object = line.trim();
            continue;
        };
        let cells: Vec<&'static str> = row.split(" | ").map(str::trim).collect();
        let [developer_name, label, columns, scope, condition, order] = cells.as_slice() else {
            continue;
        };
        let some = |text: &'static str| (text != "-").then_some(text);
        views.push(ListView {
            id: record_id("00B", u64::try_from(views.len()).unwrap_or(0) + 1),
            object,
            developer_name,
            label,
            columns: columns.split(", ").collect(),
            scope: some(scope),
            condition: some(condition),
            order,
        });
    }
    views
}

/// The view of this id, 15 or 18 characters.
pub fn of_id(id: &str) -> Option<ListView> {
    let id = super::ids::long_id(id)?;
    all().into_iter().find(|view| view.id == id)
}

impl ListView {
    /// Columns that are asked for but not shown.
    fn hidden(&self) -> impl Iterator<Item = &'static str> {
        HIDDEN
            .into_iter()
            .filter(|name| !self.columns.contains(name))
    }

    /// The view as SOQL; `select` gives the item of a column, `None` for one that is not seen.
    pub fn query(&self, select: impl Fn(&str) -> Option<String>) -> String {
        let items: Vec<String> = self
            .columns
            .iter()
            .copied()
            .chain(self.hidden())
            .filter_map(select)
            .collect();
        let mut text = format!("SELECT {} FROM {}", items.join(", "), self.object);
        if let Some(scope) = self.scope {
            text.push_str(&format!(" USING SCOPE {scope}"));
        }
        if let Some(condition) = self.condition {
            text.push_str(&format!(" WHERE {condition}"));
        }
        text.push_str(&format!(
            " ORDER BY {} ASC NULLS FIRST, Id ASC NULLS FIRST",
            self.order
        ));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::schema::Schema;
    use crate::demo::soql;

    #[test]
    fn every_view_is_a_query_the_org_can_answer() {
        let schema = Schema::load().unwrap();
        let rows = ASSET.lines().filter(|line| line.starts_with("  ")).count();
        let views = all();
        assert_eq!(views.len(), rows);
        for view in views {
            let world = soql::plan::World {
                schema: &schema,
                whole: &schema,
                rights: &crate::demo::rights::Rights::unlimited(),
                now: jiff::Timestamp::UNIX_EPOCH,
                zone: &jiff::tz::TimeZone::UTC,
                user: "005",
                bin: soql::plan::Bin::Hidden,
                release: 62,
            };
            let source = view.query(|path| Some(path.to_owned()));
            let query = soql::parse(&source).unwrap_or_else(|fault| panic!("{source}: {fault:?}"));
            let plan = soql::plan::plan(world, &query);
            assert!(plan.is_ok(), "{source}: {:?}", plan.err());
            assert_eq!(of_id(&view.id), Some(view.clone()));
            assert_eq!(of_id(&view.id[..15]), Some(view));
        }
    }
}

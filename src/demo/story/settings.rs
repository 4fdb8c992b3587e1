//! Record types, and the tables behind status pick lists.

use super::cast::Cast;
use super::people::add;
use super::row::SeedRow;
use crate::demo::ids::record_id;
use crate::demo::list_view;

/// Stage, forecast category, its name, probability; open, lost or won by the category.
pub(super) const STAGES: [(&str, &str, &str, u64); 10] = [
    ("Prospecting", "Pipeline", "Pipeline", 10),
    ("Qualification", "Pipeline", "Pipeline", 10),
    ("Needs Analysis", "Pipeline", "Pipeline", 20),
    ("Value Proposition", "Pipeline", "Pipeline", 50),
    ("Id. Decision Makers", "Pipeline", "Pipeline", 60),
    ("Perception Analysis", "Pipeline", "Pipeline", 70),
    ("Proposal/Price Quote", "Pipeline", "Pipeline", 75),
    ("Negotiation/Review", "Pipeline", "Pipeline", 90),
    ("Closed Won", "Closed", "Closed", 100),
    ("Closed Lost", "Omitted", "Omitted", 0),
];

/// Record types, stages and the status tables.
pub(super) fn settings(cast: &mut Cast) {
    record_types(cast);
    list_views(cast);
    stages(cast);
    statuses(cast);
}

/// The ids of Opportunity's record types; `assets/demo/opportunity.txt` numbers them.
pub(super) fn record_type(kind: RecordType) -> String {
    record_id("012", kind as u64)
}

/// Opportunity's record types.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum RecordType {
    NewBusiness = 1,
    Renewal = 2,
}

fn record_types(cast: &mut Cast) {
    for (kind, name, developer_name) in [
        (RecordType::NewBusiness, "New Business", "New_Business"),
        (RecordType::Renewal, "Renewal", "Renewal"),
    ] {
        let row = SeedRow::new("RecordType", record_type(kind))
            .with("Name", name)
            .with("DeveloperName", developer_name)
            .with("SobjectType", "Opportunity")
            .with("IsActive", true);
        add(cast, row);
    }
}

fn list_views(cast: &mut Cast) {
    for view in list_view::all() {
        let row = SeedRow::new("ListView", view.id)
            .with("Name", view.label)
            .with("DeveloperName", view.developer_name)
            .with("SobjectType", view.object)
            .with("IsSoqlCompatible", true);
        add(cast, row);
    }
}

fn stages(cast: &mut Cast) {
    for (number, (name, category, category_name, probability)) in (1..).zip(STAGES) {
        let row = SeedRow::new("OpportunityStage", record_id("01J", number))
            .with("MasterLabel", name)
            .with("ApiName", name)
            .with("IsActive", true)
            .with("SortOrder", number)
            .with("IsClosed", category != "Pipeline")
            .with("IsWon", category == "Closed")
            .with("ForecastCategory", category)
            .with("ForecastCategoryName", category_name)
            .with("DefaultProbability", probability);
        add(cast, row);
    }
}

/// The values of a status pick list, kept as rows of an object of their own.
struct StatusTable {
    object: &'static str,
    values: &'static [&'static str],
    default: &'static str,
    /// Field that is true for one of the values.
    flag: &'static str,
    flagged: &'static str,
}

const STATUSES: [StatusTable; 4] = [
    StatusTable {
        object: "TaskStatus",
        values: &[
            "Not Started",
            "In Progress",
            "Completed",
            "Waiting on someone else",
            "Deferred",
        ],
        default: "Not Started",
        flag: "IsClosed",
        flagged: "Completed",
    },
    StatusTable {
        object: "TaskPriority",
        values: &["High", "Normal", "Low"],
        default: "Normal",
        flag: "IsHighPriority",
        flagged: "High",
    },
    StatusTable {
        object: "LeadStatus",
        values: &[
            "Open - Not Contacted",
            "Working - Contacted",
            "Closed - Converted",
            "Closed - Not Converted",
        ],
        default: "Open - Not Contacted",
        flag: "IsConverted",
        flagged: "Closed - Converted",
    },
    StatusTable {
        object: "CaseStatus",
        values: &["New", "Working", "Escalated", "Closed"],
        default: "New",
        flag: "IsClosed",
        flagged: "Closed",
    },
];

fn statuses(cast: &mut Cast) {
    for (number, table) in (1..).zip(STATUSES) {
        for (order, &value) in (1..).zip(table.values) {
            let row = SeedRow::new(table.object, record_id("01J", number * 100 + order))
                .with("MasterLabel", value)
                .with("ApiName", value)
                .with("SortOrder", order)
                .with("IsDefault", value == table.default)
                .with(table.flag, value == table.flagged);
            add(cast, row);
        }
    }
}

//! Converting a lead: an account, a contact and perhaps an opportunity are made of it or
//! take it in, its activities follow, and the lead itself is closed for good.

use rusqlite::{OptionalExtension, params};
use serde_json::{Map, Value, json};

use super::duplicate::Duplicates;
use super::write::{self, Options};
use super::{Draft, table};
use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::ids::long_id;
use crate::demo::rights::Reach;
use crate::demo::schema::ObjectDef;

/// What is to become of a lead.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// 18 characters.
    pub lead: String,
    /// One of the converted statuses of `LeadStatus`.
    pub status: String,
    /// Take these in place of new ones.
    pub account: Option<String>,
    pub contact: Option<String>,
    pub owner: Option<String>,
    /// `None` makes no opportunity; `Some(None)` one named as the company.
    pub opportunity: Option<Option<String>>,
    pub overwrite_lead_source: bool,
}

/// What a lead became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    pub lead: String,
    pub account: String,
    pub contact: String,
    pub opportunity: Option<String>,
}

const OPTIONS: Options = Options {
    duplicates: Duplicates::Refuse,
    recent: true,
    ..Options::PLAIN
};

fn object<'a>(call: &'a Call<'_>, name: &str) -> Result<&'a ObjectDef, Refusal> {
    call.schema.object(name).ok_or_else(|| {
        Refusal::row(
            "INSUFFICIENT_ACCESS_OR_READONLY",
            format!("no access to {name}"),
            &[],
        )
    })
}

/// Converts a lead.
///
/// # Errors
/// `CANNOT_UPDATE_CONVERTED_LEAD`, `INVALID_STATUS`, those of the writes.
pub fn convert(call: &Call<'_>, wish: &Wish) -> Result<Made, Refusal> {
    let leads = object(call, "Lead")?;
    let lead = write::existing(call, leads, &wish.lead)?;
    write::permitted(call, call.whole_of(leads), &wish.lead, Reach::Edit)?;
    if lead.flag("IsConverted") {
        let text = "cannot reference converted lead";
        return Err(Refusal::row("CANNOT_UPDATE_CONVERTED_LEAD", text, &[]));
    }
    let right = "SELECT 1 FROM LeadStatus WHERE ApiName = ?1 AND IsConverted = 1";
    if !call.db.prepare_cached(right)?.exists([&wish.status])? {
        let text = format!("invalid convertedStatus: {}", wish.status);
        return Err(Refusal::row("INVALID_STATUS", text, &["Status"]));
    }
    if wish.contact.is_some() && wish.account.is_none() {
        let text = "accountId is required when contactId is given";
        return Err(Refusal::row("REQUIRED_FIELD_MISSING", text, &["accountId"]));
    }
    let owner = wish
        .owner
        .as_deref()
        .or(lead.text("OwnerId"))
        .unwrap_or(call.user);
    // A queue owns leads, never what they become.
    let owner = if owner.starts_with("005") {
        owner
    } else {
        call.user
    };
    let account = match &wish.account {
        Some(id) => existing(call, "Account", id)?,
        None => create(call, "Account", account_of(&lead, owner))?,
    };
    let contact = match &wish.contact {
        Some(id) => existing(call, "Contact", id)?,
        None => create(call, "Contact", contact_of(&lead, &account, owner))?,
    };
    if wish.contact.is_some() && wish.overwrite_lead_source {
        let mut body = Map::new();
        body.insert("LeadSource".into(), json!(lead.text("LeadSource")));
        write::update(call, object(call, "Contact")?, &contact, &body, OPTIONS)?;
    }
    let opportunity = match &wish.opportunity {
        None => None,
        Some(name) => {
            let company = lead.text("Company").unwrap_or_default();
            let name = name.clone().unwrap_or_else(|| format!("{company}-"));
            let body = deal_of(call, &lead, (&name, &account, &contact), owner)?;
            Some(create(call, "Opportunity", body)?)
        }
    };
    let made = Made {
        lead: wish.lead.clone(),
        account,
        contact,
        opportunity,
    };
    follow(call, &made)?;
    close(call, &made, &wish.status)?;
    Ok(made)
}

fn existing(call: &Call<'_>, name: &str, id: &str) -> Result<String, Refusal> {
    let id =
        long_id(id).ok_or_else(|| Refusal::row("MALFORMED_ID", format!("bad id {id}"), &[]))?;
    let object = object(call, name)?;
    if object.key_prefix.as_deref() != id.get(..3) {
        return Err(Refusal::cross_reference());
    }
    write::existing(call, object, &id)?;
    Ok(id)
}

fn create(call: &Call<'_>, name: &str, body: Map<String, Value>) -> Result<String, Refusal> {
    let object = object(call, name)?;
    // What the user may not set on the new row stays behind.
    let body = body
        .into_iter()
        .filter(|(field, value)| {
            !value.is_null() && object.field(field).is_some_and(|field| field.createable)
        })
        .collect();
    write::create(call, object, &body, OPTIONS)
}

fn copied(lead: &Draft, pairs: &[(&str, &str)]) -> Map<String, Value> {
    pairs
        .iter()
        .filter_map(|(from, to)| {
            let value = match lead.get(from) {
                rusqlite::types::Value::Text(text) => json!(text),
                rusqlite::types::Value::Integer(whole) => json!(whole),
                _ => return None,
            };
            Some(((*to).to_owned(), value))
        })
        .collect()
}

const ADDRESS: [&str; 5] = ["Street", "City", "State", "PostalCode", "Country"];

fn addressed(map: &mut Map<String, Value>, lead: &Draft, prefix: &str) {
    for part in ADDRESS {
        if let Some(text) = lead.text(part) {
            map.insert(format!("{prefix}{part}"), json!(text));
        }
    }
}

fn account_of(lead: &Draft, owner: &str) -> Map<String, Value> {
    let mut map = copied(
        lead,
        &[
            ("Company", "Name"),
            ("Phone", "Phone"),
            ("Fax", "Fax"),
            ("Website", "Website"),
            ("Industry", "Industry"),
            ("Rating", "Rating"),
            ("AnnualRevenue", "AnnualRevenue"),
            ("NumberOfEmployees", "NumberOfEmployees"),
        ],
    );
    addressed(&mut map, lead, "Billing");
    map.insert("OwnerId".into(), json!(owner));
    map
}

fn contact_of(lead: &Draft, account: &str, owner: &str) -> Map<String, Value> {
    let same = [
        "Salutation",
        "FirstName",
        "LastName",
        "Title",
        "Email",
        "Phone",
        "MobilePhone",
        "Fax",
        "LeadSource",
        "Description",
    ];
    let pairs: Vec<(&str, &str)> = same.iter().map(|name| (*name, *name)).collect();
    let mut map = copied(lead, &pairs);
    for flag in ["HasOptedOutOfEmail", "DoNotCall"] {
        map.insert(flag.into(), json!(lead.flag(flag)));
    }
    addressed(&mut map, lead, "Mailing");
    map.insert("AccountId".into(), json!(account));
    map.insert("OwnerId".into(), json!(owner));
    map
}

/// The new deal starts in the first open stage and closes with the quarter.
fn deal_of(
    call: &Call<'_>,
    lead: &Draft,
    (name, account, contact): (&str, &str, &str),
    owner: &str,
) -> Result<Map<String, Value>, Refusal> {
    let stage: Option<String> = call
        .db
        .query_row(
            "SELECT ApiName FROM OpportunityStage WHERE IsClosed = 0 AND IsActive = 1 ORDER BY SortOrder LIMIT 1",
            [],
            |row| row.get(0),
        )
        .optional()?;
    let today = call.today();
    let last_month = (today.month() - 1) / 3 * 3 + 3;
    let closing = today
        .with()
        .month(last_month)
        .day(1)
        .build()
        .map_or(today, |day| day.last_of_month());
    let mut map = copied(lead, &[("LeadSource", "LeadSource")]);
    map.insert("Name".into(), json!(name));
    map.insert("StageName".into(), json!(stage));
    map.insert("CloseDate".into(), json!(closing.to_string()));
    map.insert("AccountId".into(), json!(account));
    map.insert("ContactId".into(), json!(contact));
    map.insert("OwnerId".into(), json!(owner));
    Ok(map)
}

/// What hung on the lead hangs on what it became.
fn follow(call: &Call<'_>, made: &Made) -> Result<(), Refusal> {
    let about = made.opportunity.as_ref().unwrap_or(&made.account);
    for name in ["Task", "Event"] {
        call.db.execute(
            &format!(
                "UPDATE {name} SET WhoId = ?2, WhatId = ifnull(WhatId, ?3), AccountId = ifnull(AccountId, ?4),
                     SystemModstamp = ?5 WHERE WhoId = ?1 AND IsDeleted = 0"
            ),
            params![made.lead, made.contact, about, made.account, call.stamp()],
        )?;
    }
    for (table, field) in [
        ("ContentDocumentLink", "LinkedEntityId"),
        ("Note", "ParentId"),
        ("CampaignMember", "ContactId"),
    ] {
        let from = if field == "ContactId" {
            "LeadId"
        } else {
            field
        };
        call.db.execute(
            &format!("UPDATE {table} SET {field} = ?2 WHERE {from} = ?1 AND IsDeleted = 0"),
            params![made.lead, made.contact],
        )?;
    }
    Ok(())
}

/// Written below the checks: nobody may set these fields by hand.
fn close(call: &Call<'_>, made: &Made, status: &str) -> Result<(), Refusal> {
    let leads = object(call, "Lead")?;
    let leads = call.whole_of(leads);
    let Some(mut row) = table::load(call.db, leads, &made.lead)? else {
        return Err(Refusal::cross_reference());
    };
    row.set_flag("IsConverted", true);
    row.set_flag("IsUnreadByOwner", false);
    row.set_text("Status", status);
    row.set_text("ConvertedDate", call.today().to_string());
    row.set_text("ConvertedAccountId", &made.account);
    row.set_text("ConvertedContactId", &made.contact);
    if let Some(deal) = &made.opportunity {
        row.set_text("ConvertedOpportunityId", deal);
    }
    let stamp = call.stamp();
    row.set_text("LastModifiedDate", &stamp);
    row.set_text("LastModifiedById", call.user);
    row.set_text("SystemModstamp", &stamp);
    let changed: Vec<String> = [
        "IsConverted",
        "IsUnreadByOwner",
        "Status",
        "ConvertedDate",
        "ConvertedAccountId",
        "ConvertedContactId",
        "ConvertedOpportunityId",
        "LastModifiedDate",
        "LastModifiedById",
        "SystemModstamp",
    ]
    .iter()
    .filter(|name| row.has(name))
    .map(|name| (*name).to_owned())
    .collect();
    table::update(call.db, leads, &row, &changed)?;
    Ok(())
}

//! What opportunities, cases and campaign members derive (Object reference).

use jiff::civil::Date;
use rusqlite::OptionalExtension;
use rusqlite::types::Value as Sql;

use crate::demo::call::Call;
use crate::demo::error::Refusal;
use crate::demo::rows::{Draft, table};

/// The stage drives probability, closed, won and forecast; amount and probability drive
/// the expected revenue.
pub fn opportunity(
    call: &Call<'_>,
    row: &mut Draft,
    before: Option<&Draft>,
) -> Result<(), Refusal> {
    let changed = |name: &str| before.is_none_or(|before| before.get(name) != row.get(name));
    let new_stage = changed("StageName");
    let set_probability =
        new_stage && (before.is_some() && !changed("Probability") || row.is_null("Probability"));
    let set_category = new_stage
        && (before.is_some() && !changed("ForecastCategoryName")
            || row.is_null("ForecastCategoryName"));
    let stage = row.text("StageName").unwrap_or_default().to_owned();
    let found = call
        .db
        .prepare_cached(
            "SELECT IsClosed, IsWon, ForecastCategory, ForecastCategoryName, DefaultProbability
             FROM OpportunityStage WHERE ApiName = ?1",
        )?
        .query_row([&stage], |row| {
            Ok((
                row.get::<_, i64>(0)?,
                row.get::<_, i64>(1)?,
                row.get::<_, Sql>(2)?,
                row.get::<_, Sql>(3)?,
                row.get::<_, Sql>(4)?,
            ))
        })
        .optional()?;
    if let Some((closed, won, category, category_name, probability)) = found {
        row.set("IsClosed", Sql::Integer(closed));
        row.set("IsWon", Sql::Integer(won));
        if set_category {
            row.set("ForecastCategory", category);
            row.set("ForecastCategoryName", category_name);
        }
        if set_probability {
            row.set("Probability", probability);
        }
    }
    if new_stage && before.is_some() {
        row.set_text("LastStageChangeDate", call.stamp());
    }
    row.set(
        "ExpectedRevenue",
        expected(row.integer("Amount"), row.integer("Probability")),
    );
    fiscal(row);
    Ok(())
}

/// Amount in cents times whole percents, rounded half up.
fn expected(amount: Option<i64>, probability: Option<i64>) -> Sql {
    let product = amount
        .zip(probability)
        .map(|(a, p)| i128::from(a) * i128::from(p));
    let rounded = product.map(|product| (product + 50 * product.signum()) / 100);
    rounded
        .and_then(|cents| i64::try_from(cents).ok())
        .map_or(Sql::Null, Sql::Integer)
}

fn fiscal(row: &mut Draft) {
    let Some(date) = row
        .text("CloseDate")
        .and_then(|text| text.parse::<Date>().ok())
    else {
        return;
    };
    let quarter = (date.month() - 1) / 3 + 1;
    row.set("FiscalYear", Sql::Integer(date.year().into()));
    row.set("FiscalQuarter", Sql::Integer(quarter.into()));
    row.set_text("Fiscal", format!("{} {quarter}", date.year()));
}

/// The status drives closed; the contact gives account and contact data.
pub fn case(call: &Call<'_>, row: &mut Draft, before: Option<&Draft>) -> Result<(), Refusal> {
    let status = row.text("Status").unwrap_or_default().to_owned();
    let closed = call
        .db
        .prepare_cached("SELECT IsClosed FROM CaseStatus WHERE ApiName = ?1")?
        .query_row([&status], |row| row.get::<_, bool>(0))
        .optional()?
        .unwrap_or(false);
    row.set_flag("IsClosed", closed);
    match (before.is_some_and(|before| before.flag("IsClosed")), closed) {
        (false, true) => row.set_text("ClosedDate", call.stamp()),
        (_, false) => row.set("ClosedDate", Sql::Null),
        (true, true) => {}
    }
    let contact = row.text("ContactId").map(str::to_owned);
    let names = [
        ("ContactPhone", "Phone"),
        ("ContactMobile", "MobilePhone"),
        ("ContactEmail", "Email"),
        ("ContactFax", "Fax"),
    ];
    for (own, theirs) in names {
        row.set(own, of_parent(call, "Contact", theirs, contact.as_deref())?);
    }
    if row.is_null("AccountId") && before.is_none() {
        row.set(
            "AccountId",
            of_parent(call, "Contact", "AccountId", contact.as_deref())?,
        );
    }
    Ok(())
}

fn of_parent(call: &Call<'_>, object: &str, field: &str, id: Option<&str>) -> Result<Sql, Refusal> {
    match id {
        Some(id) => Ok(table::value(call.db, object, field, id)?.unwrap_or(Sql::Null)),
        None => Ok(Sql::Null),
    }
}

/// A member mirrors its contact or lead.
pub fn campaign_member(call: &Call<'_>, row: &mut Draft) -> Result<(), Refusal> {
    let (object, city, country) = if row.is_null("ContactId") {
        ("Lead", "City", "Country")
    } else {
        // With both, only the contact is kept.
        row.set("LeadId", Sql::Null);
        ("Contact", "MailingCity", "MailingCountry")
    };
    let id = row.text(&format!("{object}Id")).map(str::to_owned);
    let same = [
        "Salutation",
        "Name",
        "FirstName",
        "LastName",
        "Title",
        "Email",
        "Phone",
        "LeadSource",
    ];
    let mirrored = same.map(|name| (name, name)).into_iter().chain([
        ("City", city),
        ("Country", country),
        ("LeadOrContactOwnerId", "OwnerId"),
    ]);
    for (own, theirs) in mirrored {
        row.set(own, of_parent(call, object, theirs, id.as_deref())?);
    }
    let company = if object == "Lead" {
        of_parent(call, "Lead", "Company", id.as_deref())?
    } else {
        let account = match of_parent(call, "Contact", "AccountId", id.as_deref())? {
            Sql::Text(account) => Some(account),
            _ => None,
        };
        of_parent(call, "Account", "Name", account.as_deref())?
    };
    row.set("CompanyOrAccount", company);
    row.set_text("Type", object);
    row.set("LeadOrContactId", id.map_or(Sql::Null, Sql::Text));
    member_status(call, row)
}

/// The status as the campaign knows it; what it does not know becomes its default, and
/// stays where it has none.
fn member_status(call: &Call<'_>, row: &mut Draft) -> Result<(), Refusal> {
    let sql = "SELECT Label, HasResponded FROM CampaignMemberStatus
               WHERE CampaignId = ?1 AND IsDeleted = 0 AND (Label = ?2 OR IsDefault = 1)
               ORDER BY Label = ?2 DESC LIMIT 1";
    let found = call
        .db
        .prepare_cached(sql)?
        .query_row([row.text("CampaignId"), row.text("Status")], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?))
        })
        .optional()?;
    let responded = found.as_ref().is_some_and(|(_, responded)| *responded);
    if let Some((label, _)) = found {
        row.set_text("Status", label);
    }
    row.set_flag("HasResponded", responded);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expected_revenue_rounds_without_floats() {
        assert_eq!(
            expected(Some(12_345_678_901_234_567), Some(50)),
            Sql::Integer(6_172_839_450_617_284)
        );
        assert_eq!(expected(Some(-1), Some(50)), Sql::Integer(-1));
        assert_eq!(expected(None, Some(50)), Sql::Null);
    }
}

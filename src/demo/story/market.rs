//! Leads, cases, campaigns and who was invited.

use super::cast::{Cast, User};
use super::customers::json_number;
use super::people::support_queue;
use super::random::Random;
use super::row::SeedRow;
use super::tables::{self, Person};
use crate::demo::ids::record_id;

const LEADS: usize = 40;
const CASES: usize = 40;
/// Label, whether it counts as a response.
const MEMBER_STATUSES: [(&str, bool); 4] = [
    ("Planned", false),
    ("Sent", false),
    ("Received", false),
    ("Responded", true),
];

/// Six campaigns with their member statuses and contact members.
pub(super) fn campaigns(cast: &mut Cast) {
    let mut random = Random::new(5);
    for (number, (name, kind)) in tables::pairs("campaigns").into_iter().enumerate() {
        let id = record_id("701", number as u64 + 1);
        let start = -150 + 50 * number as i64;
        cast.campaigns.push(id.clone());
        member_statuses(cast, &id);
        let members = 8 + random.below(7);
        let statuses = match start {
            ..=0 => &MEMBER_STATUSES[..],
            _ => &MEMBER_STATUSES[..1],
        };
        let responses = members_of(cast, &id, members, statuses, &mut random);
        let status = match start {
            ..-40 => "Completed",
            -40..=0 => "In Progress",
            _ => "Planned",
        };
        let year = cast.clock.date(start).year();
        let row = SeedRow::new("Campaign", id)
            .with("Name", format!("{name} {year}"))
            .with("Type", kind)
            .with("Status", status)
            .with("StartDate", cast.clock.day(start))
            .with("EndDate", cast.clock.day(start + 14))
            .with("IsActive", start <= 0)
            .with("BudgetedCost", random.between(2, 40) * 1000)
            .with(
                "ExpectedResponse",
                json_number(random.pick(&["2.5", "10", "12.75"])),
            )
            .with("NumberSent", members)
            .with("NumberOfLeads", 0)
            .with("NumberOfConvertedLeads", 0)
            .with("NumberOfContacts", members)
            .with("NumberOfResponses", responses)
            .with("NumberOfOpportunities", 0)
            .with("NumberOfWonOpportunities", 0)
            .with("AmountAllOpportunities", 0)
            .with("AmountWonOpportunities", 0)
            .with("OwnerId", User::Kim.id());
        let created = cast.clock.moment(start.min(0) - 30, 600);
        cast.rows
            .push(row.stamped(&User::Kim.id(), &created, &created));
    }
}

fn member_statuses(cast: &mut Cast, campaign: &str) {
    let when = cast.clock.moment(-190, 600);
    for (order, (label, responded)) in (1..).zip(MEMBER_STATUSES) {
        let id = cast.next_id("CampaignMemberStatus", "01Y");
        let row = SeedRow::new("CampaignMemberStatus", id)
            .with("CampaignId", campaign)
            .with("Label", label)
            .with("SortOrder", order)
            .with("IsDefault", label == "Sent")
            .with("HasResponded", responded)
            .stamped(&User::Kim.id(), &when, &when);
        cast.rows.push(row);
    }
}

/// Invites contacts, Lena to the first campaign among them; how many answered.
fn members_of(
    cast: &mut Cast,
    campaign: &str,
    members: usize,
    statuses: &[(&'static str, bool)],
    random: &mut Random,
) -> usize {
    let first = match cast.campaigns.len() {
        1 => 0,
        _ => random.below(cast.contacts.len()),
    };
    let mut responses = 0;
    for place in 0..members {
        let contact = cast.contacts[(first + place * 13) % cast.contacts.len()]
            .id
            .clone();
        let (status, responded) = match (first, place) {
            (0, 0) => ("Responded", true),
            _ => random.pick(statuses),
        };
        responses += usize::from(responded);
        let row = member(cast, &contact, random)
            .with("CampaignId", campaign)
            .with("ContactId", contact.as_str())
            .with("Type", "Contact")
            .with("Status", status)
            .with("HasResponded", responded);
        let when = cast.clock.moment(random.between(-180, -20), 660);
        cast.rows.push(row.stamped(&User::Kim.id(), &when, &when));
    }
    responses
}

/// A member row with what it mirrors of the person.
fn member(cast: &Cast, person: &str, random: &mut Random) -> SeedRow {
    let mut row = SeedRow::new("CampaignMember", cast.next_id("CampaignMember", "00v"))
        .with("LeadOrContactId", person)
        .with("LeadSource", random.pick(&["Web", "Other"]));
    let Some(source) = cast.rows.iter().find(|row| row.id() == person) else {
        return row;
    };
    for field in [
        "Name",
        "Salutation",
        "FirstName",
        "LastName",
        "Title",
        "Email",
        "Phone",
    ] {
        if let Some(value) = source.value(field) {
            row.set(field, value.clone());
        }
    }
    for (from, to) in [
        ("MailingCity", "City"),
        ("City", "City"),
        ("Company", "CompanyOrAccount"),
        ("OwnerId", "LeadOrContactOwnerId"),
    ] {
        if let Some(value) = source.value(from) {
            row.set(to, value.clone());
        }
    }
    let account = source.text("AccountId").unwrap_or_default();
    match cast.accounts.iter().find(|own| own.id == account) {
        Some(account) => row.with("CompanyOrAccount", account.name),
        None => row,
    }
}

/// Forty leads, some of them invited to the newest campaign.
pub(super) fn leads(cast: &mut Cast) {
    let mut random = Random::new(6);
    for number in 0..LEADS {
        let id = record_id("00Q", number as u64 + 1);
        let owner = random.pick(&[Some(User::Diego), Some(User::Kim), Some(User::Grace)]);
        let owner = owner.unwrap_or(User::Kim);
        let row = lead(cast, number, &id, &mut random).with("OwnerId", owner.id());
        let created = cast
            .clock
            .moment(random.between(-120, -10), random.between(480, 1000));
        let modified = cast
            .clock
            .moment(random.between(-9, -1), random.between(480, 1000));
        cast.rows
            .push(row.stamped(&owner.id(), &created, &modified));
        cast.leads.push((id, owner));
    }
    invite_leads(cast, &mut random);
}

fn lead(cast: &Cast, number: usize, id: &str, random: &mut Random) -> SeedRow {
    let country = &cast.countries[(number * 7 + number / 16) % cast.countries.len()];
    // From the end of the names: contacts start anywhere, but seldom reach it.
    let place = country.people.len() - 1 - number / 16;
    let Person {
        salutation,
        first,
        last,
    } = country.people[place];
    let (title, _) = random.pick(&tables::pairs("titles"));
    let companies = tables::list("companies");
    let company = companies[number % companies.len()];
    let status = random.pick(&[
        "Open - Not Contacted",
        "Open - Not Contacted",
        "Working - Contacted",
        "Closed - Not Converted",
    ]);
    SeedRow::new("Lead", id)
        .with("Salutation", salutation)
        .with("FirstName", first.name)
        .with("LastName", last.name)
        .with("Name", format!("{} {}", first.name, last.name))
        .with("Title", title)
        .with("Company", company)
        .with("Country", country.name)
        .with(
            "Email",
            format!("lead{:03}.{}@example.org", number + 1, last.plain()),
        )
        .with("Phone", random.digits(country.phone))
        .with(
            "LeadSource",
            random.pick(&["Web", "Phone Inquiry", "Purchased List"]),
        )
        .with("Status", status)
        .with(
            "Industry",
            random.pick(&["Retail", "Manufacturing", "Technology", "Other"]),
        )
        .with("Rating", random.pick(&["Hot", "Warm", "Cold"]))
        .with("NumberOfEmployees", random.between(3, 900))
        .with("IsUnreadByOwner", status.starts_with("Open"))
        .with(
            "Product_Interest__c",
            random.pick(&["GC1000 series", "GC3000 series", "GC5000 series"]),
        )
        .with("SFW_Key__c", format!("CRM-L-{:05}", number + 1))
}

fn invite_leads(cast: &mut Cast, random: &mut Random) {
    let Some(campaign) = cast.campaigns.last().cloned() else {
        return;
    };
    let leads: Vec<String> = cast
        .leads
        .iter()
        .step_by(4)
        .map(|lead| lead.0.clone())
        .collect();
    for lead in &leads {
        let row = member(cast, lead, random)
            .with("CampaignId", campaign.as_str())
            .with("LeadId", lead.as_str())
            .with("Type", "Lead")
            .with("Status", "Sent");
        let when = cast.clock.moment(-8, 660);
        cast.rows.push(row.stamped(&User::Kim.id(), &when, &when));
    }
    let count = leads.len();
    if let Some(row) = cast.rows.iter_mut().find(|row| row.id() == campaign) {
        row.set("NumberOfLeads", count);
    }
}

/// Forty cases, some waiting in the queue.
pub(super) fn cases(cast: &mut Cast) {
    let mut random = Random::new(7);
    for number in 0..CASES {
        let contact = &cast.contacts[(number * 23) % cast.contacts.len()];
        let (subject, kind, reason) = random.pick(&tables::triples("cases"));
        let status = random.pick(&["New", "Working", "Working", "Escalated", "Closed", "Closed"]);
        let owner = match status {
            "New" => support_queue(),
            _ => User::Ines.id(),
        };
        let opened = random.between(-90, -4);
        let changed = cast
            .clock
            .moment((opened + 3).min(-1), random.between(480, 1000));
        let closed = (status == "Closed").then(|| changed.clone());
        let row = SeedRow::new("Case", record_id("500", number as u64 + 1))
            .with("CaseNumber", format!("{:08}", 1001 + number))
            .with("ContactId", contact.id.as_str())
            .with("AccountId", cast.accounts[contact.account].id.as_str())
            .with("Subject", subject)
            .with("Type", kind)
            .with("Reason", reason)
            .with("Status", status)
            .with("Origin", random.pick(&["Phone", "Email", "Web"]))
            .with(
                "Priority",
                random.pick(&["High", "Medium", "Medium", "Low"]),
            )
            .with("IsClosed", status == "Closed")
            .with("IsEscalated", status == "Escalated")
            .with("ClosedDate", closed)
            .with("OwnerId", owner)
            .with(
                "Product__c",
                random.pick(&["GC1040", "GC3020", "GC5060", "GC5040"]),
            )
            .with("Date_Reported__c", cast.clock.day(opened))
            .with("SFW_Key__c", format!("CRM-S-{:05}", number + 1));
        let created = cast.clock.moment(opened, random.between(480, 1000));
        let row = mirrored(row, &cast.rows);
        cast.rows
            .push(row.stamped(&User::Ines.id(), &created, &changed));
    }
}

/// Adds the contact's phone and e-mail, which a case shows.
fn mirrored(mut row: SeedRow, rows: &[SeedRow]) -> SeedRow {
    let contact = row.text("ContactId").unwrap_or_default();
    if let Some(contact) = rows.iter().find(|row| row.id() == contact) {
        for (from, to) in [
            ("Phone", "ContactPhone"),
            ("MobilePhone", "ContactMobile"),
            ("Email", "ContactEmail"),
        ] {
            if let Some(value) = contact.value(from) {
                row.set(to, value.clone());
            }
        }
    }
    row
}

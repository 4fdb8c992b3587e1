//! The accounts and the contacts who work there.

use std::collections::HashSet;

use serde_json::Value;

use super::cast::{Account, Cast, Contact, User};
use super::random::Random;
use super::row::SeedRow;
use super::tables::{self, Company, Country, Person};
use crate::demo::ids::record_id;

/// Contacts each account has.
const PER_ACCOUNT: usize = 4;
pub(super) const DOMAINS: [&str; 3] = ["example.com", "example.org", "example.net"];

/// The 50 accounts.
pub(super) fn accounts(cast: &mut Cast) {
    let mut random = Random::new(1);
    for (number, company) in tables::companies().into_iter().enumerate() {
        let country = country_of(&cast.countries, company.country);
        let region = cast.countries[country].region;
        let owner = User::selling_in(region, number);
        let id = record_id("001", number as u64 + 1);
        let row = account(cast, &company, &id, &mut random)
            .with("OwnerId", owner.id())
            .with("SFW_Key__c", format!("CRM-A-{:05}", number + 1));
        let created = cast
            .clock
            .moment(random.between(-1500, -800), random.between(480, 1000));
        let modified = cast
            .clock
            .moment(random.between(-90, -1), random.between(480, 1000));
        cast.rows
            .push(row.stamped(&owner.id(), &created, &modified));
        cast.accounts.push(Account {
            id,
            name: company.name,
            country,
            owner,
        });
    }
    viewed(cast, "Account", &[1, 2, 6, 26]);
}

fn country_of(countries: &[Country], code: &str) -> usize {
    countries
        .iter()
        .position(|country| country.code == code)
        .unwrap_or_default()
}

fn account(cast: &Cast, company: &Company, id: &str, random: &mut Random) -> SeedRow {
    let country = &cast.countries[country_of(&cast.countries, company.country)];
    let state = (!company.state.is_empty()).then_some(company.state);
    SeedRow::new("Account", id)
        .with("Name", company.name)
        .with("Type", company.kind)
        .with("Industry", company.industry)
        .with("Rating", random.pick(&["Hot", "Warm", "Cold"]))
        .with("BillingStreet", company.street)
        .with("BillingCity", company.city)
        .with("BillingState", state)
        .with("BillingPostalCode", company.postal_code)
        .with("BillingCountry", country.name)
        .with("Phone", random.digits(country.phone))
        .with(
            "Website",
            format!(
                "https://www.example.com/customers/{}",
                cast.accounts.len() + 1
            ),
        )
        .with("AccountNumber", random.digits("CU-######"))
        .with("NumberOfEmployees", company.employees)
        .with("AnnualRevenue", company.revenue * 1_000_000)
        .with(
            "Ownership",
            random.pick(&["Public", "Private", "Subsidiary"]),
        )
        .with(
            "AccountSource",
            random.pick(&["Web", "Partner Referral", "Other"]),
        )
        .with(
            "Customer_Priority__c",
            random.pick(&["High", "Medium", "Low"]),
        )
        .with(
            "SLA__c",
            random.pick(&["Gold", "Silver", "Bronze", "Platinum"]),
        )
        .with("SLA_Expiration__c", cast.clock.day(random.between(20, 500)))
        .with("Number_of_Locations__c", random.between(1, 40))
        .with("Credit_Limit__c", random.between(5, 400) * 1000)
        .with("Support_Desk_Opens__c", "08:30:00.000Z")
        .with("Tax_Number__c", random.digits("TX-########"))
        .with(
            "Name_And_City__c",
            format!("{}, {}", company.name, company.city),
        )
}

/// Marks rows, by their number, as looked at lately.
fn viewed(cast: &mut Cast, object: &str, numbers: &[usize]) {
    let clock = cast.clock;
    let mut rows: Vec<&mut SeedRow> = cast
        .rows
        .iter_mut()
        .filter(|row| row.object == object)
        .collect();
    for (ago, number) in (1..).zip(numbers) {
        if let Some(row) = rows.get_mut(number - 1) {
            let when = clock.moment(-1, 17 * 60 - 10 * ago);
            row.set("LastViewedDate", when.as_str());
            row.set("LastReferencedDate", when);
        }
    }
}

/// The 200 contacts, four an account, Lena Ortiz first.
pub(super) fn contacts(cast: &mut Cast) {
    let mut random = Random::new(2);
    let mut taken = HashSet::new();
    for account in 0..cast.accounts.len() {
        for place in 0..PER_ACCOUNT {
            let row = match (account, place) {
                (0, 0) => lena(cast),
                (0, 1) => piotr(cast),
                _ => {
                    let person = somebody(cast, account, &mut taken, &mut random);
                    contact(cast, account, person, &mut random)
                }
            };
            let owner = cast.accounts[account].owner;
            let id = row.id().to_owned();
            let created = cast
                .clock
                .moment(random.between(-700, -120), random.between(480, 1000));
            let modified = cast
                .clock
                .moment(random.between(-60, -1), random.between(480, 1000));
            let row = row
                .with("OwnerId", owner.id())
                .stamped(&owner.id(), &created, &modified);
            cast.rows.push(row);
            cast.contacts.push(Contact { id, account, owner });
        }
    }
    viewed(cast, "Contact", &[1, 5, 2, 33, 101]);
}

fn new_contact(cast: &Cast, account: usize) -> SeedRow {
    let number = cast.contacts.len() + 1;
    SeedRow::new("Contact", record_id("003", number as u64))
        .with("AccountId", cast.accounts[account].id.as_str())
        .with("Contact_Number__c", format!("C-{number:05}"))
        .with("SFW_Key__c", format!("CRM-C-{number:05}"))
}

pub(super) fn named(row: SeedRow, salutation: &str, first: &str, last: &str) -> SeedRow {
    row.with("Salutation", salutation)
        .with("FirstName", first)
        .with("LastName", last)
        .with("Name", format!("{first} {last}"))
}

fn lena(cast: &Cast) -> SeedRow {
    named(new_contact(cast, 0), "Ms.", "Lena", "Ortiz")
        .with("Title", "Head of IT")
        .with("Department", "IT")
        .with("Email", "lena.ortiz@example.com")
        .with("Phone", "+44 20 5550 0142")
        .with("MobilePhone", "+44 7700 900142")
        .with("MailingStreet", "10 Finsbury Square")
        .with("MailingCity", "London")
        .with("MailingPostalCode", "EC2A 1AF")
        .with("MailingCountry", "United Kingdom")
        .with("LeadSource", "Partner Referral")
        .with("Birthdate", "1984-05-17")
        .with("Level__c", "Primary")
        .with("Languages__c", "English;Spanish")
        .with("Region__c", "EMEA")
        .with("Country__c", "GB")
        .with("Newsletter__c", true)
        .with("Best_Time_To_Call__c", "10:30:00.000Z")
        .with("Customer_Since__c", "2021-03-01")
        .with("Last_Survey__c", cast.clock.moment(-75, 14 * 60 + 20))
        .with("Direct_Line__c", "+44 20 5550 0143")
        .with("Profile_Page__c", "https://www.example.com/people/ortiz")
        .with("Satisfaction__c", json_number("87.5"))
        .with("Lifetime_Value__c", 415_000)
        .with("Meetings_Held__c", 14)
        .with("Greeting__c", "Prefers first names.\nNo calls on Fridays.")
        .with("Interests__c", "Data protection, open standards, sailing.")
        .with(
            "Biography__c",
            "<p>Runs IT at <b>Acme Holdings</b> since 2019.</p>",
        )
        .with("Has_Email__c", "Yes")
        .with(
            "Description",
            "Decides on tools up to 50,000; above that the board does.",
        )
}

fn piotr(cast: &Cast) -> SeedRow {
    named(new_contact(cast, 0), "Mr.", "Piotr", "Nowak")
        .with("Title", "IT Project Manager")
        .with("Department", "IT")
        .with("Email", "piotr.nowak@example.com")
        .with("Phone", "+44 20 5550 0147")
        .with("MailingStreet", "10 Finsbury Square")
        .with("MailingCity", "London")
        .with("MailingPostalCode", "EC2A 1AF")
        .with("MailingCountry", "United Kingdom")
        .with("ReportsToId", record_id("003", 1))
        .with("Level__c", "Secondary")
        .with("Languages__c", "English;Polish")
        .with("Region__c", "EMEA")
        .with("Country__c", "GB")
        .with("Has_Email__c", "Yes")
}

/// A person of the account's country not in the story yet.
fn somebody(
    cast: &Cast,
    account: usize,
    taken: &mut HashSet<String>,
    random: &mut Random,
) -> Person {
    let country = cast.accounts[account].country;
    let people = &cast.countries[country].people;
    let start = random.below(people.len());
    people
        .iter()
        .cycle()
        .skip(start)
        .take(people.len())
        .find(|person| taken.insert(mailbox(person)))
        .copied()
        .unwrap_or_default()
}

fn mailbox(person: &Person) -> String {
    format!("{}.{}", person.first.plain(), person.last.plain())
}

/// An exact decimal; null when the text is none.
pub(super) fn json_number(text: &str) -> Value {
    text.parse::<serde_json::Number>()
        .map_or(Value::Null, Value::Number)
}

fn contact(cast: &Cast, account: usize, person: Person, random: &mut Random) -> SeedRow {
    let country = &cast.countries[cast.accounts[account].country];
    let (title, department) = random.pick(&tables::pairs("titles"));
    let company = tables::companies()
        .get(account)
        .copied()
        .unwrap_or_default();
    let email = format!("{}@{}", mailbox(&person), random.pick(&DOMAINS));
    let row = named(
        new_contact(cast, account),
        person.salutation,
        person.first.name,
        person.last.name,
    )
    .with("Title", title)
    .with("Department", department)
    .with("Email", email)
    .with("Phone", random.digits(country.phone))
    .with("MailingStreet", company.street)
    .with("MailingCity", company.city)
    .with("MailingPostalCode", company.postal_code)
    .with("MailingCountry", country.name)
    .with(
        "LeadSource",
        random.pick(&["Web", "Phone Inquiry", "Partner Referral", "Other"]),
    )
    .with(
        "Level__c",
        random.pick(&["Primary", "Secondary", "Tertiary"]),
    )
    .with("Languages__c", country.languages)
    .with("Region__c", country.region)
    .with("Country__c", country.code)
    .with("Newsletter__c", random.percent(70))
    .with(
        "Customer_Since__c",
        cast.clock.day(random.between(-2500, -150)),
    )
    .with("Meetings_Held__c", random.between(0, 20))
    .with("Has_Email__c", "Yes");
    if !random.percent(40) {
        return row;
    }
    row.with("MobilePhone", random.digits(country.phone))
        .with("Satisfaction__c", random.between(40, 100))
        .with("Lifetime_Value__c", random.between(0, 900) * 500)
        .with("DoNotCall", random.percent(15))
}

//! The many more contacts a large org has, told one at a time.

use jiff::civil::Date;

use super::EXTRA_CONTACTS_FROM;
use super::cast::User;
use super::clock::Clock;
use super::customers::{DOMAINS, named};
use super::random::Random;
use super::row::SeedRow;
use super::tables::{self, Country, Person};
use crate::demo::ids::record_id;

/// Steps through the names, so that neighbours in a list come from different countries.
const STRIDE: usize = 787;

/// More contacts, one at a time, for trying a large org: always the same for the same
/// number, all with different names and addresses, each at one of the accounts.
pub fn extra_contacts(today: Date, count: u64) -> impl Iterator<Item = SeedRow> {
    let clock = Clock::new(today);
    let countries = tables::countries();
    let homes = homes(&countries);
    let people: Vec<(usize, Person)> = countries
        .iter()
        .enumerate()
        .flat_map(|(country, own)| own.people.iter().map(move |person| (country, *person)))
        .collect();
    (0..count).map(move |number| {
        let place = usize::try_from(number).unwrap_or_default();
        let (country, person) = people[place.wrapping_mul(STRIDE) % people.len()];
        let round = place / people.len();
        let accounts = &homes[country];
        let account = accounts[round % accounts.len()];
        extra_contact(clock, number, &countries[country], (person, round, account))
    })
}

/// The accounts of each country, by their number.
fn homes(countries: &[Country]) -> Vec<Vec<usize>> {
    let companies = tables::companies();
    countries
        .iter()
        .map(|country| {
            (0..companies.len())
                .filter(|&number| companies[number].country == country.code)
                .collect()
        })
        .collect()
}

fn extra_contact(
    clock: Clock,
    number: u64,
    country: &Country,
    (person, round, account): (Person, usize, usize),
) -> SeedRow {
    let mut random = Random::new(number.wrapping_add(EXTRA_CONTACTS_FROM));
    let initials = initials(round);
    let middle: String = initials
        .chars()
        .map(|letter| format!(" {}.", letter.to_ascii_uppercase()))
        .collect();
    let first = format!("{}{middle}", person.first.name);
    let email = format!(
        "{}.{initials}.{}@{}",
        person.first.plain(),
        person.last.plain(),
        random.pick(&DOMAINS)
    );
    let (title, department) = random.pick(&EXTRA_TITLES);
    let owner = User::selling_in(country.region, account).id();
    let created = clock.moment(random.between(-790, -2), random.between(0, 1439));
    let row = SeedRow::new("Contact", record_id("003", EXTRA_CONTACTS_FROM + number))
        .with("AccountId", record_id("001", account as u64 + 1))
        .with("Contact_Number__c", format!("C-{:05}", 201 + number))
        .with("SFW_Key__c", format!("CRM-X-{number:08}"));
    named(row, person.salutation, &first, person.last.name)
        .with("Title", title)
        .with("Department", department)
        .with("Email", email)
        .with("Phone", random.digits(country.phone))
        .with("MailingCountry", country.name)
        .with("Region__c", country.region)
        .with("Country__c", country.code)
        .with("Newsletter__c", true)
        .with("Has_Email__c", "Yes")
        .with("OwnerId", owner.as_str())
        .stamped(&owner, &created, &created)
}

const EXTRA_TITLES: [(&str, &str); 5] = [
    ("Engineer", "Operations"),
    ("Buyer", "Procurement"),
    ("Accountant", "Finance"),
    ("Administrator", "IT"),
    ("Team Lead", "Service"),
];

/// `a` to `z`, then `ab`, `bb`, …: a middle name for every round through the names.
fn initials(round: usize) -> String {
    let mut rest = round;
    let mut letters = String::new();
    loop {
        letters.push(char::from(b'a' + (rest % 26) as u8));
        rest /= 26;
        if rest == 0 {
            return letters;
        }
    }
}

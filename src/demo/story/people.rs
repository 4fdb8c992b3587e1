//! The org and the people who work in it.

use super::cast::{Cast, User};
use super::organization_id;
use super::row::SeedRow;
use crate::demo::ids::record_id;

/// Days ago the org was set up.
const FOUNDED: i64 = -1600;

/// Name, parent's number.
const ROLES: [(&str, u64); 6] = [
    ("Managing Director", 0),
    ("VP Sales", 1),
    ("Sales EMEA", 2),
    ("Sales AMER", 2),
    ("Sales APAC", 2),
    ("Customer Support", 1),
];

const PROFILES: [(&str, &str); 5] = [
    ("System Administrator", "May do everything."),
    ("Standard User", "Sales and service, no setup."),
    ("Sales User", "Accounts, contacts, leads and opportunities."),
    ("Support User", "Cases; reads the rest."),
    ("Read Only", "Reads everything, changes nothing."),
];

/// User, first name, last name, title, role, profile, time zone.
const USERS: [(User, &str, &str, &str, u64, u64, &str); 10] = [
    (
        User::Kim,
        "Kim",
        "Rivera",
        "Sales Operations Lead",
        1,
        1,
        "Europe/London",
    ),
    (
        User::Amara,
        "Amara",
        "Okafor",
        "VP Sales",
        2,
        2,
        "Europe/London",
    ),
    (
        User::Tom,
        "Tom",
        "Becker",
        "Account Executive",
        3,
        3,
        "Europe/Berlin",
    ),
    (
        User::Lucas,
        "Lucas",
        "Morel",
        "Account Executive",
        3,
        3,
        "Europe/Paris",
    ),
    (
        User::Grace,
        "Grace",
        "Holloway",
        "Account Executive",
        4,
        3,
        "America/New_York",
    ),
    (
        User::Priya,
        "Priya",
        "Raman",
        "Account Executive",
        5,
        3,
        "Asia/Singapore",
    ),
    (
        User::Diego,
        "Diego",
        "Fuentes",
        "Sales Development",
        4,
        3,
        "America/Chicago",
    ),
    (
        User::Yuki,
        "Yuki",
        "Tanaka",
        "Customer Success",
        5,
        2,
        "Asia/Tokyo",
    ),
    (
        User::Ines,
        "Inês",
        "Carvalho",
        "Support Engineer",
        6,
        4,
        "Europe/London",
    ),
    (
        User::Martin,
        "Martin",
        "Doyle",
        "Account Executive",
        3,
        3,
        "Europe/London",
    ),
];

/// Organization, roles, profiles, users and queues.
pub(super) fn colleagues(cast: &mut Cast) {
    organization(cast);
    roles_and_profiles(cast);
    users(cast);
    queues(cast);
}

/// Adds a row made when the org was set up.
pub(super) fn add(cast: &mut Cast, row: SeedRow) {
    let founded = cast.clock.moment(FOUNDED, 8 * 60);
    let row = row.stamped(&User::Kim.id(), &founded, &founded);
    cast.rows.push(row);
}

fn organization(cast: &mut Cast) {
    let row = SeedRow::new("Organization", organization_id())
        .with("Name", "Wrenfield Instruments")
        .with("Street", "21 Mill Lane")
        .with("City", "Cambridge")
        .with("PostalCode", "CB2 1RX")
        .with("Country", "United Kingdom")
        .with("Phone", "+44 20 7946 0100")
        .with("PrimaryContact", "Kim Rivera")
        .with("DefaultLocaleSidKey", "en_GB")
        .with("TimeZoneSidKey", "Europe/London")
        .with("LanguageLocaleKey", "en_US")
        .with("FiscalYearStartMonth", 1)
        .with("OrganizationType", "Developer Edition")
        .with("InstanceName", "DEMO1");
    add(cast, row);
}

fn roles_and_profiles(cast: &mut Cast) {
    let founded = cast.clock.moment(FOUNDED, 8 * 60);
    for (number, (name, parent)) in (1..).zip(ROLES) {
        let parent = (parent > 0).then(|| record_id("00E", parent));
        let row = SeedRow::new("UserRole", record_id("00E", number))
            .with("Name", name)
            .with("DeveloperName", name.replace(' ', "_"))
            .with("RollupDescription", name)
            .with("ParentRoleId", parent)
            .with("OpportunityAccessForAccountOwner", "Edit")
            .with("LastModifiedDate", founded.as_str())
            .with("LastModifiedById", User::Kim.id())
            .with("SystemModstamp", founded.as_str());
        cast.rows.push(row);
    }
    for (number, (name, description)) in (1..).zip(PROFILES) {
        let row = SeedRow::new("Profile", record_id("00e", number))
            .with("Name", name)
            .with("Description", description)
            .with("UserType", "Standard");
        add(cast, row);
    }
}

fn users(cast: &mut Cast) {
    for (user, first, last, title, role, profile, zone) in USERS {
        let plain = first.replace('ê', "e").to_lowercase();
        let login = format!("{plain}.{}", last.to_lowercase());
        let manager = (user != User::Kim).then(|| match user {
            User::Amara => User::Kim.id(),
            _ => User::Amara.id(),
        });
        let active = user != User::Martin;
        let row = SeedRow::new("User", user.id())
            .with("Username", format!("{login}@wrenfield.example.com"))
            .with("FirstName", first)
            .with("LastName", last)
            .with("Name", format!("{first} {last}"))
            .with("Email", format!("{login}@example.com"))
            .with("Title", title)
            .with("CompanyName", "Wrenfield Instruments")
            .with("Phone", format!("+44 20 7946 01{:02}", user as u64))
            .with("Alias", plain.chars().take(8).collect::<String>())
            .with("CommunityNickname", login)
            .with("IsActive", active)
            .with("TimeZoneSidKey", zone)
            .with("LocaleSidKey", "en_GB")
            .with("EmailEncodingKey", "UTF-8")
            .with("LanguageLocaleKey", "en_US")
            .with("UserRoleId", record_id("00E", role))
            .with("ProfileId", record_id("00e", profile))
            .with("UserType", "Standard")
            .with("ManagerId", manager)
            .with("UserPermissionsMarketingUser", user == User::Kim)
            .with("ForecastEnabled", profile == 3);
        add(cast, row);
    }
}

fn queues(cast: &mut Cast) {
    for (number, name) in (1..).zip(["Support Queue", "Inbound Leads"]) {
        let row = SeedRow::new("Group", record_id("00G", number))
            .with("Name", name)
            .with("DeveloperName", name.replace(' ', "_"))
            .with("Type", "Queue");
        add(cast, row);
    }
}

/// The id of the queue cases wait in.
pub(super) fn support_queue() -> String {
    record_id("00G", 1)
}

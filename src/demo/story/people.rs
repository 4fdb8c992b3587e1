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

const PROFILES: [(&str, &str); 6] = [
    ("System Administrator", "May do everything."),
    ("Standard User", "Sales and service, no setup."),
    ("Sales User", "Accounts, contacts, leads and opportunities."),
    ("Support User", "Cases; reads the rest."),
    ("Read Only", "Reads everything, changes nothing."),
    (
        "Minimum Access - Salesforce",
        "Reads little, without the API.",
    ),
];

/// Name, definition key, seats, seats taken.
const LICENSES: [(&str, &str, u64, u64); 2] = [
    ("Salesforce", "SFDC", 20, 11),
    ("Salesforce Platform", "AUL", 2, 0),
];

/// User, first name, last name, title, role, profile, time zone.
const USERS: [(User, &str, &str, &str, u64, u64, &str); 12] = [
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
    (
        User::Sam,
        "Sam",
        "Whitlock",
        "Sales Representative",
        3,
        2,
        "Europe/London",
    ),
    (
        User::Noa,
        "Noa",
        "Pinto",
        "Office Manager",
        6,
        6,
        "Europe/London",
    ),
];

/// Organization, roles, profiles, users and queues.
pub(super) fn colleagues(cast: &mut Cast) {
    organization(cast);
    licenses(cast);
    roles_and_profiles(cast);
    users(cast);
    queues(cast);
    members(cast);
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
            .with("UserLicenseId", record_id("100", 1))
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
            .with("Username", username(user, &plain))
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
        let founded = cast.clock.moment(FOUNDED, 8 * 60);
        let row = SeedRow::new("UserLogin", record_id("0Yw", user as u64))
            .with("UserId", user.id())
            .with("LastModifiedDate", founded)
            .with("LastModifiedById", User::Kim.id());
        cast.rows.push(row);
    }
}

/// `kim@demo.example`.
fn username(user: User, plain: &str) -> String {
    let name = if user == User::Noa { "noapi" } else { plain };
    format!("{name}@demo.example")
}

fn licenses(cast: &mut Cast) {
    for (number, (name, key, total, used)) in (1..).zip(LICENSES) {
        let founded = cast.clock.moment(FOUNDED, 8 * 60);
        let row = SeedRow::new("UserLicense", record_id("100", number))
            .with("LicenseDefinitionKey", key)
            .with("Name", name)
            .with("MasterLabel", name)
            .with("Status", "Active")
            .with("TotalLicenses", total)
            .with("UsedLicenses", used)
            .with("SystemModstamp", founded);
        cast.rows.push(row);
    }
}

/// Whose turn it is when something waits in a queue.
fn members(cast: &mut Cast) {
    let founded = cast.clock.moment(FOUNDED, 8 * 60);
    for (number, (queue, user, object)) in
        (1..).zip([(1, User::Ines, "Case"), (2, User::Diego, "Lead")])
    {
        let queue = record_id("00G", queue);
        let row = SeedRow::new("GroupMember", record_id("011", number))
            .with("GroupId", queue.as_str())
            .with("UserOrGroupId", user.id())
            .with("SystemModstamp", founded.as_str());
        cast.rows.push(row);
        let row = SeedRow::new("QueueSobject", record_id("03g", number))
            .with("QueueId", queue)
            .with("SobjectType", object)
            .with("CreatedById", User::Kim.id())
            .with("SystemModstamp", founded.as_str());
        cast.rows.push(row);
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

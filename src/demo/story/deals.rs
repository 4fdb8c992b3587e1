//! Opportunities, the people in them, and projects.

use super::cast::{Cast, Deal, User};
use super::customers::json_number;
use super::random::Random;
use super::row::SeedRow;
use super::settings::{RecordType, STAGES, record_type};
use super::tables;
use crate::demo::ids::record_id;

/// How many opportunities there are.
const DEALS: usize = 120;
/// Open stages a renewal can be in.
const RENEWAL_STAGES: [usize; 3] = [1, 6, 7];
const LEGAL_FORMS: [&str; 13] = [
    " plc",
    " Ltd",
    " AG",
    " GmbH",
    " KG",
    " SA",
    " SL",
    " Sp. z o.o.",
    " JSC",
    " Pte",
    " Corporation",
    "株式会社",
    "주식회사",
];
const ROLES: [&str; 6] = [
    "Decision Maker",
    "Economic Buyer",
    "Business User",
    "Evaluator",
    "Influencer",
    "Technical Buyer",
];

/// What makes an opportunity.
struct Plan {
    name: String,
    account: usize,
    kind: RecordType,
    /// Number of the stage.
    stage: usize,
    /// Days from today.
    close: i64,
    amount: Option<u64>,
}

/// The 120 opportunities with their contact roles.
pub(super) fn opportunities(cast: &mut Cast) {
    let mut random = Random::new(3);
    for number in 0..DEALS {
        let plan = match number {
            0 => Plan {
                name: "Acme Holdings renewal".into(),
                account: 0,
                kind: RecordType::Renewal,
                stage: 6,
                close: 24,
                amount: Some(120_000),
            },
            1 => Plan {
                name: "Globex expansion".into(),
                account: 1,
                kind: RecordType::NewBusiness,
                stage: 7,
                close: 10,
                amount: None,
            },
            _ => plan(cast, number, &mut random),
        };
        opportunity(cast, plan, &mut random);
        roles(cast, number, &mut random);
    }
}

fn plan(cast: &Cast, number: usize, random: &mut Random) -> Plan {
    let account = number % cast.accounts.len();
    let round = number / cast.accounts.len();
    let kind = if round < 2 && random.percent(35) {
        RecordType::Renewal
    } else {
        RecordType::NewBusiness
    };
    let closed = random.percent(35);
    let stage = match (closed, kind) {
        (true, _) => 8 + usize::from(random.percent(40)),
        (false, RecordType::Renewal) => random.pick(&RENEWAL_STAGES),
        (false, RecordType::NewBusiness) => random.below(8),
    };
    // Another topic every round, so that an account's deals can be told apart.
    let topics = tables::list("deals");
    let topic = match kind {
        RecordType::Renewal => "renewal",
        RecordType::NewBusiness => topics[(account * 7 + round * 5) % topics.len()],
    };
    let close = if closed {
        random.between(-240, -3)
    } else {
        random.between(-12, 180)
    };
    let company = without_legal_form(cast.accounts[account].name);
    Plan {
        name: match round {
            0 => format!("{company} {topic}"),
            _ => format!("{company} {topic} {}", cast.clock.date(close).year()),
        },
        account,
        kind,
        stage,
        close,
        amount: (closed || !random.percent(12)).then(|| random.between(8, 900) as u64 * 500),
    }
}

/// What people call a company: "Globex", not "Globex Corporation".
fn without_legal_form(company: &str) -> &str {
    LEGAL_FORMS
        .iter()
        .find_map(|form| company.strip_suffix(form))
        .unwrap_or(company)
        .trim_end()
}

fn opportunity(cast: &mut Cast, plan: Plan, random: &mut Random) {
    let id = cast.next_id("Opportunity", "006");
    let owner = cast.accounts[plan.account].owner;
    let closed = plan.stage >= 8;
    let changed = random.between(-40, -2).min(plan.close - 1).max(-250);
    let modified = cast.clock.moment(changed, random.between(480, 1000));
    let created = cast
        .clock
        .moment(random.between(-400, -260), random.between(480, 1000));
    let row = details(cast, &plan, &id, random)
        .with("OwnerId", owner.id())
        .with("LastStageChangeDate", modified.as_str())
        .stamped(&owner.id(), &created, &modified);
    cast.rows.push(row);
    cast.deals.push(Deal {
        id,
        account: plan.account,
        owner,
        closed,
    });
}

fn details(cast: &Cast, plan: &Plan, id: &str, random: &mut Random) -> SeedRow {
    let (stage, category, category_name, probability) = STAGES[plan.stage];
    let close = cast.clock.date(plan.close);
    let quarter = (close.month() - 1) / 3 + 1;
    // Amounts are multiples of 500, so that a whole percent of one is a whole number.
    let expected = plan.amount.map(|amount| amount / 100 * probability);
    let kind = match plan.kind {
        RecordType::Renewal => "Existing Customer - Replacement",
        RecordType::NewBusiness => random.pick(&["New Customer", "Existing Customer - Upgrade"]),
    };
    let next_step = (category == "Pipeline").then(|| random.pick(&tables::list("next steps")));
    let campaign = (random.percent(25) && !cast.campaigns.is_empty())
        .then(|| cast.campaigns[random.below(cast.campaigns.len())].clone());
    let number = cast.deals.len() + 1;
    SeedRow::new("Opportunity", id)
        .with("Name", plan.name.as_str())
        .with("AccountId", cast.accounts[plan.account].id.as_str())
        .with("RecordTypeId", record_type(plan.kind))
        .with("StageName", stage)
        .with("Amount", plan.amount)
        .with("Probability", probability)
        .with("ExpectedRevenue", expected)
        .with("Weighted_Amount__c", expected)
        .with("CloseDate", close.to_string())
        .with("Type", kind)
        .with("NextStep", next_step)
        .with(
            "LeadSource",
            random.pick(&["Web", "Partner Referral", "Phone Inquiry"]),
        )
        .with("IsClosed", category != "Pipeline")
        .with("IsWon", category == "Closed")
        .with("ForecastCategory", category)
        .with("ForecastCategoryName", category_name)
        .with("CampaignId", campaign)
        .with("FiscalQuarter", quarter)
        .with("FiscalYear", close.year())
        .with("Fiscal", format!("{} {quarter}", close.year()))
        .with("SFW_Key__c", format!("CRM-O-{number:05}"))
        .with("Contract_Months__c", random.pick(&[12, 24, 36]))
        .with(
            "Discount__c",
            json_number(random.pick(&["0", "2.5", "5", "7.5", "12.25"])),
        )
        .with(
            "Main_Competitors__c",
            random.pick(&["Northbeam", "Calibrate", "in-house"]),
        )
        .with("Renewal_Date__c", cast.clock.day(plan.close + 365))
}

/// One to three people of the account; the first is the primary one.
fn roles(cast: &mut Cast, deal: usize, random: &mut Random) {
    let Deal { id, account, .. } = &cast.deals[deal];
    let (id, account) = (id.clone(), *account);
    let people: Vec<String> = cast
        .contacts
        .iter()
        .filter(|contact| contact.account == account)
        .map(|contact| contact.id.clone())
        .collect();
    let shift = if deal == 0 {
        0
    } else {
        random.below(people.len())
    };
    let wanted = if deal == 0 { 2 } else { 1 + random.below(2) };
    let owner = cast.deals[deal].owner.id();
    let when = cast.clock.moment(-200, 600);
    for place in 0..wanted {
        let role = if deal == 0 {
            ROLES[place]
        } else {
            random.pick(&ROLES)
        };
        let row = SeedRow::new(
            "OpportunityContactRole",
            cast.next_id("OpportunityContactRole", "00K"),
        )
        .with("OpportunityId", id.as_str())
        .with("ContactId", people[(shift + place) % people.len()].as_str())
        .with("Role", role)
        .with("IsPrimary", place == 0)
        .stamped(&owner, &when, &when);
        cast.rows.push(row);
    }
}

/// Twelve projects at the first accounts.
pub(super) fn projects(cast: &mut Cast) {
    let mut random = Random::new(4);
    let names = [
        "Rollout London",
        "Grid sensors",
        "Claims portal",
        "Fleet tracking",
        "Cockpit display",
        "Netzleitstelle",
        "Halle 7",
        "Labor 4.0",
        "Booking engine",
        "Qualitätssicherung",
        "Cuisine connectée",
        "Optique II",
    ];
    for (account, name) in names.into_iter().enumerate() {
        let contact = &cast.contacts[account * 4];
        let start = random.between(-120, 30);
        let length = random.between(60, 200);
        let status = match (start, start + length) {
            (_, ..0) => "Done",
            (..0, _) => "Running",
            _ => "Planned",
        };
        let row = SeedRow::new("Project__c", record_id("a00", account as u64 + 1))
            .with("Name", name)
            .with("Project_Number__c", format!("P-{:04}", account + 1))
            .with("Account__c", cast.accounts[account].id.as_str())
            .with("Sponsor__c", contact.id.as_str())
            .with("Opportunity__c", cast.deals[account].id.as_str())
            .with("Status__c", status)
            .with("Start__c", cast.clock.day(start))
            .with("End__c", cast.clock.day(start + length))
            .with("Days_Left__c", start + length)
            .with(
                "Kick_Off__c",
                cast.clock.moment(cast.clock.workday(start), 9 * 60),
            )
            .with("Stand_Up__c", "09:15:00.000Z")
            .with("Budget__c", random.between(20, 300) * 1000)
            .with("Progress__c", (-start * 100 / length).clamp(0, 100))
            .with(
                "Hours__c",
                json_number(random.pick(&["120.5", "80", "342.5"])),
            )
            .with("Billable__c", random.percent(80))
            .with(
                "Skills__c",
                random.pick(&["Rollout;Training", "Migration", "Integration;Support"]),
            )
            .with(
                "Brief__c",
                format!("<p>{name}: scope agreed with the customer.</p>"),
            )
            .with("SFW_Key__c", format!("CRM-P-{:05}", account + 1));
        let created = cast.clock.moment(start.min(0) - 20, 700);
        let modified = cast.clock.moment(-3, 700);
        cast.rows
            .push(row.stamped(&User::Kim.id(), &created, &modified));
    }
}

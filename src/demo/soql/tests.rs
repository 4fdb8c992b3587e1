mod fuzz;
mod index;

use super::*;

/// An org without rows, kept for all tests of a thread.
fn org<T>(ask: impl FnOnce(plan::World<'_>, &rusqlite::Connection) -> T) -> T {
    use crate::demo::{rights, schema, store};
    struct Kept {
        _folder: tempfile::TempDir,
        store: store::Store,
        schema: schema::Schema,
        rights: rights::Rights,
    }
    thread_local! {
        static ORG: Kept = {
            let schema = schema::Schema::load().unwrap();
            let folder = tempfile::tempdir().unwrap();
            let begin = store::Begin::WithWhatIsThere;
            let store = store::Store::open(folder.path(), &schema, begin).unwrap();
            let rights = rights::Rights::unlimited();
            Kept { _folder: folder, store, schema, rights }
        };
    }
    ORG.with(|kept| {
        let world = plan::World {
            schema: &kept.schema,
            whole: &kept.schema,
            rights: &kept.rights,
            now: "2026-11-22T10:00:00Z".parse().unwrap(),
            zone: &jiff::tz::TimeZone::UTC,
            user: "005",
            bin: plan::Bin::Hidden,
            release: 62,
        };
        ask(world, &kept.store.db)
    })
}

fn refusal(source: &str) -> String {
    let fault = parse(source).unwrap_err();
    fault.refusal(source).faults[0].message.clone()
}

#[test]
fn syntax_errors_name_the_token_and_its_place() {
    let cases = [
        ("SELECT Id FRM Account", "unexpected token: 'Account'", 15),
        ("SELECT Id, FROM Account", "unexpected token: 'FROM'", 12),
        (
            "SELECT Id FROM Account WHERE",
            "unexpected token: '<EOF>'",
            29,
        ),
        (
            "SELECT Id FROM Account WHERE Name = x",
            "unexpected token: 'x'",
            37,
        ),
        (
            "SELECT Id FROM Account WHERE A = 1 AND B = 2 OR C = 3",
            "unexpected token: 'OR'",
            46,
        ),
        (
            "SELECT Id FROM Account LIMIT -1",
            "unexpected token: '-1'",
            30,
        ),
        (
            "SELECT Id FROM Account extra words",
            "unexpected token: 'words'",
            30,
        ),
        (
            "SELECT Id FROM Account WHERE D = LAST_N_DAYS",
            "unexpected token: 'LAST_N_DAYS'",
            34,
        ),
    ];
    for (source, last, column) in cases {
        let text = refusal(source);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(*lines.last().unwrap(), last, "{source}");
        assert!(
            text.contains(&format!("ERROR at Row:1:Column:{column}\n")),
            "{source}: {text}"
        );
        let caret = lines.iter().position(|line| line.trim() == "^").unwrap();
        assert_eq!(lines[caret].chars().count(), column, "{source}");
    }
}

#[test]
fn the_caret_picture_is_the_recorded_one() {
    let source = "select count() from XYZZY";
    let fault = Fault::at("INVALID_TYPE", 20, "x");
    let expected =
        "\nselect count() from XYZZY\n                    ^\nERROR at Row:1:Column:21\nx";
    assert_eq!(fault.refusal(source).faults[0].message, expected);
}

#[test]
fn empty_statements_have_their_own_words() {
    assert_eq!(refusal("  "), "SOQL statements cannot be empty or null");
}

#[test]
fn statements_of_every_shape_parse() {
    let good = [
        "SELECT Id, Account.Owner.Name, (SELECT Id FROM Contacts WHERE Name LIKE 'a%' LIMIT 2) FROM Account",
        "select count() from Contact where (Name = 'O\\'Brien' or NOT Email = null) and IsDeleted = false",
        "SELECT Id FROM Task WHERE ActivityDate = LAST_N_DAYS:30 AND CreatedDate > 2026-01-01T00:00:00+01:00 ORDER BY ActivityDate DESC NULLS LAST, Id LIMIT 10 OFFSET 5",
        "SELECT FIELDS(ALL) FROM Account USING SCOPE mine LIMIT 200",
        "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact) AND X__c INCLUDES ('a;b','c')",
        "SELECT TYPEOF What WHEN Account THEN Phone, Name ELSE Name END FROM Event",
        "SELECT StageName, COUNT(Id) n FROM Opportunity GROUP BY StageName HAVING COUNT(Id) > 1",
        "SELECT Id FROM Opportunity WHERE Amount > USD5000 AND Amount < -1.5e3 FOR VIEW",
        "SELECT a.Id FROM Account a WHERE a.Name NOT IN ('x')",
    ];
    for source in good {
        parse(source).unwrap_or_else(|fault| panic!("{source}: {fault:?}"));
    }
}

#[test]
fn hostile_nesting_and_odd_text_end_in_a_fault() {
    let deep = format!("SELECT Id FROM A WHERE {}", "(".repeat(100_000 - 30));
    let nots = format!("SELECT Id FROM A WHERE {} a = 1", "NOT ".repeat(20_000));
    for source in [
        deep.as_str(),
        &nots,
        "SELECT 'é",
        "SELECT Id FROM A WHERE b = '\\q'",
        "SELECT é",
        "\\",
        "SELECT Id FROM A WHERE b = '\\uD800'",
    ] {
        assert!(parse(source).is_err());
    }
}

#[expect(clippy::too_many_lines, reason = "one list of sample data")]
/// Words that make statements, right and wrong.
fn word() -> impl proptest::strategy::Strategy<Value = String> {
    use proptest::prelude::*;
    let known = [
        "SELECT",
        "FROM",
        "WHERE",
        "AND",
        "OR",
        "NOT",
        "IN",
        "LIKE",
        "INCLUDES",
        "ORDER BY",
        "GROUP BY",
        "HAVING",
        "LIMIT",
        "OFFSET",
        "NULLS LAST",
        "DESC",
        "(",
        ")",
        ",",
        "=",
        "!=",
        "<",
        ">=",
        ":",
        "'",
        "'a%'",
        "'\\\\'",
        "''",
        "null",
        "true",
        "1",
        "-1.5e3",
        "2026-11-22",
        "2026-11-22T10:00:00Z",
        "TODAY",
        "LAST_N_DAYS:3",
        "COUNT()",
        "COUNT(Id)",
        "FIELDS(ALL)",
        "TYPEOF What WHEN Account THEN Name END",
        "toLabel(Status)",
        "Id",
        "Name",
        "Account",
        "Contact",
        "Task",
        "Account.Owner.Name",
        "What.Name",
        "Who.Type",
        "Languages__c",
        "Amount",
        "(SELECT Id FROM Contacts)",
        "(SELECT AccountId FROM Contact)",
        "MailingAddress",
        "Has_Email__c",
        "CreatedDate",
        "é",
        "\\",
        "FOR VIEW",
        "USING SCOPE mine",
    ];
    prop_oneof![
        20 => proptest::sample::select(known.to_vec()).prop_map(str::to_owned),
        1 => ".{0,6}",
    ]
}

/// `SELECT a, b FROM X WHERE …`, so that many are right.
fn statement() -> impl proptest::strategy::Strategy<Value = String> {
    use proptest::collection::vec;
    use proptest::prelude::*;
    let object = proptest::sample::select(vec![
        "Account",
        "Contact",
        "Task",
        "Opportunity",
        "ContentVersion",
    ]);
    (vec(word(), 1..4), object, vec(word(), 0..12)).prop_map(|(select, object, rest)| {
        format!(
            "SELECT {} FROM {object} {}",
            select.join(", "),
            rest.join(" ")
        )
    })
}

proptest::proptest! {
    #[test]
    fn any_words_are_a_statement_or_a_fault(words in proptest::collection::vec(word(), 0..30)) {
        let source = words.join(" ");
        if let Err(fault) = parse(&source) {
            let _ = fault.refusal(&source);
        }
    }

    #[test]
    fn what_can_be_planned_sqlite_can_prepare(source in statement()) {
        org(|world, db| {
            let Ok(query) = parse(&source) else { return };
            let Ok(plan) = plan::plan(world, &query) else { return };
            let statement = db.prepare(&plan.sql());
            assert!(statement.is_ok(), "{source}: {:?}", statement.err());
            assert_eq!(statement.unwrap().parameter_count(), plan.values.len(), "{source}");
        });
    }
}

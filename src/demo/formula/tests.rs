use std::collections::HashMap;

use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::demo::schema::{FieldDef, FieldKind, Schema};
use crate::demo::value::Shape;

struct Fields {
    now: HashMap<&'static str, Value>,
    before: Option<HashMap<&'static str, Value>>,
    clock: Clock,
}

impl Row for Fields {
    fn value(&self, path: &Reference) -> Result<Value, Fault> {
        let found = self.now.get(path.join(".").as_str()).cloned();
        found.ok_or_else(|| Fault("no such field".into()))
    }

    fn prior(&self, path: &Reference) -> Result<Option<Value>, Fault> {
        let found = self
            .before
            .as_ref()
            .map(|before| before.get(path.join(".").as_str()));
        Ok(found.map(|found| found.cloned().unwrap_or(Value::Blank)))
    }

    fn is_new(&self) -> bool {
        self.before.is_none()
    }

    fn clock(&self) -> &Clock {
        &self.clock
    }
}

fn number(text: &str) -> Value {
    Value::Number(text.parse().unwrap())
}

fn row() -> Fields {
    let now = HashMap::from([
        ("Name", Value::text("Blue Fjord")),
        ("Amount", number("1000.50")),
        ("Empty", Value::Blank),
        ("Stage", Value::text("Closed Won")),
        ("Many", Value::text("a;b c;d")),
        ("Day", Value::Date("2024-01-31".parse().unwrap())),
        ("At", Value::Moment("2026-11-25T23:30:00Z".parse().unwrap())),
        ("Account.Owner.Name", Value::text("Kim")),
        ("$Profile.Name", Value::text("Standard User")),
    ]);
    let before = HashMap::from([
        ("Amount", number("5")),
        ("Stage", Value::text("Closed Won")),
    ]);
    Fields {
        now,
        before: Some(before),
        clock: Clock {
            now: "2026-11-25T23:30:00Z".parse().unwrap(),
            zone: TimeZone::get("Europe/Berlin").unwrap(),
        },
    }
}

fn shown(text: &str) -> String {
    let formula = Formula::read(text).unwrap_or_else(|fault| panic!("{text}: {fault}"));
    match evaluate(&formula, &row()) {
        Ok(value) => value.shown(),
        Err(Fault(fault)) => format!("#{fault}"),
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn every_function_and_operator_gives_what_the_help_says() {
    let cases = [
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("2 ^ 3 ^ 1", "8"),
        ("-2 + 5", "3"),
        ("0.1 + 0.2", "0.3"),
        ("10 / 4", "2.5"),
        ("1 / 0", "#out of range"),
        ("Name & \"!\" & Empty", "Blue Fjord!"),
        ("Name + '!'", "Blue Fjord!"),
        ("Amount > 1000 && NOT(Amount <> 1000.5)", "true"),
        ("Empty > 5 || Empty = 5", "false"),
        ("ISBLANK(Empty) && ISNULL(Empty) && !ISBLANK(Name)", "true"),
        ("IF(ISPICKVAL(Stage, \"Closed Won\"), 1, 2)", "1"),
        ("CASE(Stage, 'x', 1, 'Closed Won', 2, 3)", "2"),
        ("CASE(Stage, 'x', 1, 3)", "3"),
        ("INCLUDES(Many, 'b c')", "true"),
        ("INCLUDES(Many, 'b')", "false"),
        ("AND(TRUE, 1 = 1, OR(FALSE, TRUE))", "true"),
        ("TEXT(1000.50)", "1000.5"),
        ("TEXT(Day)", "2024-01-31"),
        ("TEXT(At)", "2026-11-25 23:30:00Z"),
        ("VALUE('12.50') + 1", "13.5"),
        ("VALUE('x')", "#x is no number"),
        ("ISNUMBER('1e')", "false"),
        ("LEN('Zoë')", "3"),
        (
            "LEFT(Name, 4) & RIGHT(Name, 5) & MID(Name, 2, 3)",
            "BlueFjordlue",
        ),
        ("BEGINS(Name, 'Blue') && CONTAINS(Name, 'jo')", "true"),
        ("FIND('j', Name)", "7"),
        ("FIND('z', Name)", "0"),
        ("SUBSTITUTE(Name, 'Blue', 'Red')", "Red Fjord"),
        ("TRIM('  a ') & UPPER('b') & LOWER('C')", "aBc"),
        ("LPAD('7', 3, '0') & RPAD('7', 3, 'x')", "0077xx"),
        ("REGEX('12345-6789', '\\\\d{5}(-\\\\d{4})?')", "true"),
        ("REGEX('x12345', '\\\\d{5}')", "false"),
        ("TODAY()", "2026-11-26"),
        ("TEXT(NOW())", "2026-11-25 23:30:00Z"),
        ("DATE(2024, 2, 29) - Day", "29"),
        ("DATE(2023, 2, 29)", "#out of range"),
        ("DATEVALUE(At)", "2026-11-26"),
        ("DATEVALUE('2026-01-02')", "2026-01-02"),
        (
            "YEAR(Day) * 10000 + MONTH(Day) * 100 + DAY(Day)",
            "20240131",
        ),
        ("WEEKDAY(Day)", "4"),
        ("Day + 1", "2024-02-01"),
        ("ADDMONTHS(Day, 1)", "2024-02-29"),
        ("At - NOW()", "0"),
        ("NOW() + 0.5", "2026-11-26 11:30:00Z"),
        (
            "ROUND(2.345, 2) & '|' & ROUND(-2.5, 0) & '|' & ROUND(1250, -2)",
            "2.35|-3|1300",
        ),
        (
            "CEILING(2.1) & FLOOR(2.9) & ABS(-4) & TRUNC(2.99, 1)",
            "3242.9",
        ),
        ("MAX(1, Empty, 3) & MIN(4, 2) & MOD(7, 3)", "321"),
        (
            "BLANKVALUE(Empty, 'x') & NULLVALUE(Name, 'y')",
            "xBlue Fjord",
        ),
        (
            "HYPERLINK('/x', 'go')",
            "<a href=\"/x\" target=\"_blank\">go</a>",
        ),
        ("PRIORVALUE(Amount)", "5"),
        (
            "ISCHANGED(Amount) && NOT(ISCHANGED(Stage)) && NOT(ISNEW())",
            "true",
        ),
        (
            "Account.Owner.Name & '/' & $Profile.Name",
            "Kim/Standard User",
        ),
        ("CASESAFEID('001000000000001')", "001000000000001AAA"),
        ("/* why */ 1", "1"),
        ("Nope__c", "#no such field"),
        ("Name > 5", "#the types do not fit"),
        ("DATETIMEVALUE('2026-11-25 10:00:00') < NOW()", "true"),
    ];
    for (text, expected) in cases {
        assert_eq!(shown(text), expected, "{text}");
    }
}

#[test]
fn what_is_no_formula_is_said_to_be_none() {
    let cases = [
        ("", "Syntax error. Found end"),
        ("1 +", "Syntax error. Found end"),
        ("IF(1,2", "Syntax error. Missing ')' for function IF()"),
        ("Name Name", "Syntax error. Extra N"),
        ("NOPE(1)", "Unknown function NOPE. Check spelling."),
        (
            "LEN()",
            "Incorrect number of parameters for function 'LEN()'. Expected 1, received 0",
        ),
        ("Id; DROP TABLE x", "Syntax error. Extra ;"),
        ("\"open", "Syntax error. Missing closing quote"),
        ("1.2.3", "Syntax error. Found '1.2.3'"),
    ];
    for (text, fault) in cases {
        assert_eq!(Formula::read(text).unwrap_err(), fault, "{text}");
    }
    for text in ["(", "-", "!", "1+", "NOT(", "IF(1,"] {
        for times in [200, 10_000] {
            assert!(Formula::read(&text.repeat(times)).is_err(), "{text}");
        }
    }
}

#[test]
fn every_formula_of_the_org_is_read_and_names_what_is_there() {
    let schema = Schema::load().unwrap();
    let asking = Asking {
        schema: &schema,
        user: "005000000000001AAA",
        zone: &TimeZone::UTC,
    };
    for object in &schema.objects {
        for field in object.fields.iter().filter(|field| field.formula.is_some()) {
            assert!(sql(asking, object, "t", field).is_some(), "{}", field.name);
        }
        for rule in &object.rules {
            for path in rule.formula.references() {
                assert!(
                    column(asking, object, "t", &path).is_some(),
                    "{}: {path:?}",
                    rule.message
                );
            }
        }
    }
}

fn computed(formula: &str, kind: FieldKind, scale: u32, row: &str) -> rusqlite::types::Value {
    let schema = Schema::load().unwrap();
    let asking = Asking {
        schema: &schema,
        user: "005000000000001AAA",
        zone: &TimeZone::UTC,
    };
    let field = FieldDef {
        kind,
        scale,
        formula: Some(formula.into()),
        ..FieldDef::default()
    };
    let object = schema.object("Opportunity").unwrap();
    let sql = sql(asking, object, "t", &field).unwrap();
    let db = rusqlite::Connection::open_in_memory().unwrap();
    register(&db).unwrap();
    db.execute_batch("CREATE TABLE Account (Id, OwnerId); CREATE TABLE User (Id, Name); INSERT INTO Account VALUES ('a', 'u'); INSERT INTO User VALUES ('u', 'Kim')").unwrap();
    db.query_row(&format!("SELECT {sql} FROM (SELECT {row}) t"), [], |row| {
        row.get(0)
    })
    .unwrap()
}

#[test]
fn sql_gives_values_in_the_units_of_the_field() {
    use rusqlite::types::Value::{Integer, Null, Text};
    let row = "1001 AS Amount, 50 AS Probability, '2026-11-25' AS CloseDate, 'a' AS AccountId, NULL AS NextStep";
    let cases = [
        ("Amount * Probability", FieldKind::Currency, 2, Integer(501)),
        ("Probability", FieldKind::Percent, 0, Integer(50)),
        (
            "CloseDate + 6",
            FieldKind::Date,
            0,
            Text("2026-12-01".into()),
        ),
        (
            "Account.Owner.Name",
            FieldKind::String,
            0,
            Text("Kim".into()),
        ),
        ("NextStep & ''", FieldKind::String, 0, Null),
        ("Amount > 10", FieldKind::Boolean, 0, Integer(1)),
        ("Amount / 0", FieldKind::Double, 2, Null),
        ("Name", FieldKind::Double, 2, Null),
    ];
    for (formula, kind, scale, expected) in cases {
        let row = format!("{row}, 'it''s' AS Name");
        assert_eq!(computed(formula, kind, scale, &row), expected, "{formula}");
    }
}

#[test]
fn values_come_back_from_the_store_as_they_went() {
    let shape = |kind, scale| Shape { kind, scale };
    let cases = [
        (
            shape(FieldKind::Currency, 2),
            rusqlite::types::Value::Integer(-150),
        ),
        (
            shape(FieldKind::Percent, 2),
            rusqlite::types::Value::Integer(1234),
        ),
        (
            shape(FieldKind::Int, 0),
            rusqlite::types::Value::Integer(i64::MAX),
        ),
        (
            shape(FieldKind::Boolean, 0),
            rusqlite::types::Value::Integer(1),
        ),
        (
            shape(FieldKind::Time, 0),
            rusqlite::types::Value::Text("13:45:00.000Z".into()),
        ),
        (
            shape(FieldKind::DateTime, 0),
            rusqlite::types::Value::Text("2026-05-01T07:25:37.000+0000".into()),
        ),
    ];
    for (shape, stored) in cases {
        let value = Value::of_stored(shape, (&stored).into());
        assert_eq!(value.stored(shape), stored, "{shape:?}");
    }
}

proptest! {
    /// Hazard: a formula from a user takes the org down.
    #[test]
    fn no_text_makes_a_formula_panic(text in "([A-Z]{2,9}\\(|[-+*/^&=<>!|(),.$ ]|Name|Amount|Empty|Day|At|[0-9]{1,12}|\"[a-z(*]{0,4}\"|'|\\)){0,40}") {
        if let Ok(formula) = Formula::read(&text) {
            let _ = evaluate(&formula, &row());
        }
    }

    #[test]
    fn no_call_makes_a_formula_panic(
        name in prop::sample::select(vec!["LEFT", "RIGHT", "MID", "LPAD", "RPAD", "FIND", "SUBSTITUTE", "ROUND", "TRUNC", "DATE", "ADDMONTHS", "MOD", "REGEX", "MAX", "VALUE"]),
        arguments in prop::collection::vec(prop::sample::select(vec!["Name", "Amount", "Empty", "Day", "At", "'é'", "-1", "0", "9999999999999999999999999999", "'('", "0.0000000000000000000000000001"]), 1..4),
        op in prop::sample::select(vec!["+", "-", "*", "/", "^", "&", "="]),
    ) {
        let text = format!("{name}({}) {op} Amount", arguments.join(","));
        if let Ok(formula) = Formula::read(&text) {
            let _ = evaluate(&formula, &row());
        }
    }
}

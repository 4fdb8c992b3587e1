use proptest::prelude::*;
use serde_json::json;

use super::super::testkit::{
    ACME, field, lena, list_field, now, number_field, reference_field, text_field,
};
use super::*;

fn shown(field: &Field, value: Value) -> String {
    display(field, Some(&value), &now())
}

fn read(field: &Field, text: &str) -> Result<Value, String> {
    parse(field, text, &now()).map_err(|problem| {
        assert_eq!(problem.field, field.api_name);
        problem.message
    })
}

fn assert_refused(field: &Field, text: &str, part: &str) {
    let message = read(field, text).unwrap_err();
    assert!(
        message.contains(part),
        "{:?} {text:?}: {message}",
        field.kind
    );
    assert!(!message.ends_with('.'), "{message}");
}

fn stage() -> Field {
    list_field(
        "StageName",
        FieldType::Picklist,
        &[
            "Proposal",
            "Negotiation/Review",
            "won=Closed Won",
            "lost=Closed Lost",
        ],
    )
}

#[test]
fn numbers_and_times_are_shown_their_way() {
    let currency = number_field(FieldType::Currency, 18, 2);
    let cases = [
        (field("A", FieldType::Boolean), json!(true), "[x]"),
        (field("A", FieldType::Boolean), json!(false), "[ ]"),
        (
            field("A", FieldType::Date),
            json!("2026-11-12"),
            "12 Nov 2026",
        ),
        (
            field("A", FieldType::DateTime),
            json!("2026-07-12T08:14:00.000+0000"),
            "12 Jul 2026 09:14",
        ),
        (field("A", FieldType::Time), json!("13:45:00.000Z"), "13:45"),
        (currency.clone(), json!(120000), "120,000.00"),
        (
            currency,
            json!("9007199254740993.01"),
            "9007199254740993.01",
        ),
        (number_field(FieldType::Percent, 3, 0), json!(75), "75 %"),
        (number_field(FieldType::Double, 3, 0), json!(62.0), "62"),
        (number_field(FieldType::Double, 18, 15), json!(51.5), "51.5"),
    ];
    for (field, value, want) in cases {
        assert_eq!(
            shown(&field, value.clone()),
            want,
            "{:?} {value}",
            field.kind
        );
    }
}

#[test]
fn choices_and_text_are_shown_their_way() {
    let cases = [
        (stage(), json!("won"), "Closed Won"),
        (stage(), json!("gone"), "gone"),
        (
            list_field("A", FieldType::MultiPicklist, &["a=Alpha", "b"]),
            json!("a;b"),
            "Alpha; b",
        ),
        (field("A", FieldType::Reference), json!(ACME), ACME),
        (
            field("A", FieldType::Reference),
            json!({"Name": "Acme"}),
            "Acme",
        ),
        (
            field("A", FieldType::String),
            json!("a\u{1b}[2Jb\nc"),
            "a␛[2Jb c",
        ),
        (
            field("A", FieldType::TextArea),
            json!("a\r\nb\u{202e}"),
            "a\nb·",
        ),
        (field("A", FieldType::String), Value::Null, ""),
        (
            field("A", FieldType::Date),
            json!("not a date"),
            "not a date",
        ),
        (
            field("A", FieldType::Other),
            json!({"x": "\u{1b}"}),
            "{\"x\":\"\\u001b\"}",
        ),
    ];
    for (field, value, want) in cases {
        assert_eq!(
            shown(&field, value.clone()),
            want,
            "{:?} {value}",
            field.kind
        );
    }
}

#[test]
fn an_exact_currency_keeps_digits_no_float_could() {
    let value: Value = serde_json::from_str("90071992547409931.01").unwrap();
    let field = number_field(FieldType::Currency, 18, 2);
    assert_eq!(shown(&field, value), "90,071,992,547,409,931.01");
}

#[test]
fn compound_values_are_joined_from_their_parts() {
    let address = json!({
        "street": "1 Long Lane\r\nFloor 2", "city": "London", "state": null,
        "postalCode": "EC1A 9PN", "country": "United\u{202e} Kingdom", "latitude": 51.5
    });
    assert_eq!(
        shown(&field("A", FieldType::Address), address),
        "1 Long Lane Floor 2, London EC1A 9PN, United· Kingdom"
    );
    let place = json!({"latitude": 51.5, "longitude": -0.12});
    assert_eq!(
        shown(&field("A", FieldType::Location), place),
        "51.5, -0.12"
    );
    assert_eq!(
        shown(&field("A", FieldType::Address), json!({"city": null})),
        ""
    );
}

#[test]
fn rich_text_is_shown_as_text_and_cannot_smuggle_tags() {
    let rich = Field {
        html: true,
        ..field("A", FieldType::TextArea)
    };
    let html = "<p>Left &amp; <b>right</b></p><ul><li>one</li><li>two &amp;lt;b&gt;</li></ul><scr";
    assert_eq!(shown(&rich, json!(html)), "Left & right\none\ntwo &lt;b>");
}

#[test]
fn a_reference_goes_by_its_parents_name_where_the_record_has_it() {
    let account = reference_field("AccountId", "Account", &["Account"]);
    let mut lena = lena();
    assert_eq!(in_record(&account, &lena, &now()), "Acme Holdings plc");
    lena.fields.shift_remove("Account");
    assert_eq!(in_record(&account, &lena, &now()), ACME);
}

#[test]
fn each_type_reads_what_people_type() {
    let currency = number_field(FieldType::Currency, 18, 2);
    let percent = number_field(FieldType::Percent, 3, 0);
    let whole = Field {
        digits: 8,
        ..field("A", FieldType::Int)
    };
    let tags = list_field("A", FieldType::MultiPicklist, &["vip", "spk=Speaker"]);
    let cases = [
        (text_field("A", 5), " abcde ", json!("abcde")),
        (text_field("A", 5), "żółwi", json!("żółwi")),
        (text_field("A", 5), "   ", Value::Null),
        (field("A", FieldType::Boolean), "X", json!(true)),
        (field("A", FieldType::Boolean), "no", json!(false)),
        (field("A", FieldType::Boolean), "", json!(false)),
        (whole, "1,200", json!(1200)),
        (currency.clone(), "20k", json!(20000)),
        (currency, "", Value::Null),
        (percent, "75 %", json!(75)),
        (field("A", FieldType::Date), "+3d", json!("2026-11-25")),
        (
            field("A", FieldType::DateTime),
            "fri 14:30",
            json!("2026-11-27T14:30:00.000+0000"),
        ),
        (field("A", FieldType::Time), "2pm", json!("14:00:00.000Z")),
        (stage(), "Proposal", json!("Proposal")),
        (stage(), "closed won", json!("won")),
        (stage(), "WON", json!("won")),
        (tags.clone(), "vip; speaker;vip", json!("vip;spk")),
        (tags, ";", Value::Null),
        (
            field("A", FieldType::Email),
            "o'neil+x@sub.example.com",
            json!("o'neil+x@sub.example.com"),
        ),
        (field("A", FieldType::Reference), &ACME[..15], json!(ACME)),
        (field("A", FieldType::TextArea), "a\n b\n", json!("a\n b\n")),
        (
            field("A", FieldType::Url),
            "www.example.com",
            json!("www.example.com"),
        ),
    ];
    for (field, text, want) in cases {
        assert_eq!(read(&field, text), Ok(want), "{:?} {text:?}", field.kind);
    }
}

#[test]
fn text_and_numbers_that_do_not_fit_are_refused_with_what_would() {
    let currency = number_field(FieldType::Currency, 5, 2);
    let whole = Field {
        digits: 3,
        ..field("A", FieldType::Int)
    };
    let cases = [
        (
            text_field("A", 3),
            "abcd",
            "too long: 4 characters, at most 3 fit",
        ),
        (text_field("A", 9), "a\u{1b}b", "control character"),
        (field("A", FieldType::Boolean), "maybe", "not yes or no"),
        (whole.clone(), "1.5", "whole numbers"),
        (whole, "1000", "at most 3 digits"),
        (field("A", FieldType::Int), "3000000000", "too large"),
        (currency.clone(), "1.234", "at most 2 decimals"),
        (
            currency.clone(),
            "1000",
            "at most 3 digits before the point",
        ),
        (currency, "12,5", "not a number; try"),
        (
            number_field(FieldType::Double, 18, 0),
            "0.5",
            "takes no decimals",
        ),
    ];
    for (field, text, part) in cases {
        assert_refused(&field, text, part);
    }
}

#[test]
fn dates_and_choices_that_do_not_fit_are_refused_with_what_would() {
    let cases = [
        (
            field("A", FieldType::Date),
            "31/02/2026",
            "not a date; day and month could",
        ),
        (
            field("A", FieldType::Date),
            "soon",
            "not a date; try 2026-02-28 or +3d",
        ),
        (field("A", FieldType::Date), "1600-01-01", "out of range"),
        (
            field("A", FieldType::DateTime),
            "fri",
            "a time is missing; try fri 14:30",
        ),
        (
            field("A", FieldType::DateTime),
            "2026-03-29 01:30",
            "no such time",
        ),
        (field("A", FieldType::Time), "25:00", "not a time"),
        (
            stage(),
            "Closed",
            "did you mean `Closed Won`, `Closed Lost`?",
        ),
        (stage(), "Xyzzy", "not one of its values: `Proposal`"),
        (
            field("A", FieldType::Reference),
            "0030000",
            "15 or 18 characters",
        ),
        (
            field("A", FieldType::Reference),
            "003000000000001AAB",
            "last three",
        ),
        (field("A", FieldType::Address), "London", "parts"),
        (field("A", FieldType::Base64), "abcd", "cannot be set"),
    ];
    for (field, text, part) in cases {
        assert_refused(&field, text, part);
    }
}

#[test]
fn malformed_addresses_are_refused_before_the_org_sees_them() {
    let email = field("Email", FieldType::Email);
    for text in [
        "badone",
        "a@b",
        "@example.com",
        "a@",
        "a b@example.com",
        "a@@example.com",
        "a@example..com",
        "a@-x.com",
        ".a@example.com",
        "a..b@example.com",
        "a@example.c",
        "a@example.123",
        "a@exa mple.com",
    ] {
        assert!(read(&email, text).is_err(), "{text}");
    }
}

#[test]
fn an_ambiguous_or_inactive_choice_is_not_guessed() {
    let mut list = list_field("A", FieldType::Picklist, &["a=Same", "b=Same", "Old"]);
    assert!(read(&list, "same").unwrap_err().contains("fits several"));
    assert_eq!(read(&list, "a"), Ok(json!("a")));
    list.picklist[2].active = false;
    assert!(read(&list, "Old").is_err());
}

#[test]
fn equal_for_the_org_is_equal_here() {
    let currency = number_field(FieldType::Currency, 18, 2);
    let time = field("A", FieldType::DateTime);
    let tags = list_field("A", FieldType::MultiPicklist, &[]);
    let cases = [
        (&currency, json!(1.5), json!("1.50"), true),
        (&currency, json!(1.5), json!(1.51), false),
        (&currency, Value::Null, json!(0), false),
        (
            &time,
            json!("2026-05-01T07:25:37.000+0000"),
            json!("2026-05-01T09:25:37+02:00"),
            true,
        ),
        (&tags, json!("b;a"), json!("a; b"), true),
    ];
    for (field, left, right, want) in cases {
        assert_eq!(same(field, &left, &right), want, "{left} {right}");
        assert_eq!(same(field, &right, &left), want, "{right} {left}");
    }
    let text = field("A", FieldType::TextArea);
    assert!(same(&text, &json!("a\r\nb "), &json!("a\nb")));
    assert!(same(&text, &Value::Null, &json!("")));
    assert!(!same(&text, &Value::Null, &json!({})));
    let reference = field("A", FieldType::Reference);
    assert!(same(&reference, &json!(&ACME[..15]), &json!(ACME)));
    assert!(!same(
        &reference,
        &json!("003000000000001"),
        &json!("003000000000002")
    ));
}

#[test]
fn the_second_half_past_one_of_an_autumn_night_survives_editing() {
    let time = field("A", FieldType::DateTime);
    for wire in [
        "2026-10-25T00:30:00.000+0000",
        "2026-10-25T01:30:00.000+0000",
    ] {
        let text = edit_text(&time, Some(&json!(wire)), &now());
        assert_eq!(read(&time, &text), Ok(json!(wire)), "{text}");
    }
}

proptest! {
    #[test]
    fn what_an_editor_starts_with_reads_back_the_same(
        cents in -99_999_999_999i64..99_999_999_999,
        seconds in -2_000_000_000i64..4_000_000_000,
        days in 0i32..3_000_000,
        raw in "[a-zA-Z0-9 ąé東.,;:'-]{0,30}",
        set in any::<bool>(),
    ) {
        let moment = Timestamp::from_second(seconds).unwrap();
        let day = Date::new(1700, 1, 1).unwrap().saturating_add(jiff::Span::new().days(days % 800_000));
        let values = [
            (number_field(FieldType::Currency, 18, 2),
             Decimal::parse(&format!("{}.{:02}", cents / 100, cents.abs() % 100)).unwrap().to_value()),
            (field("A", FieldType::DateTime), Value::from(wire_date_time(moment))),
            (field("A", FieldType::Date), Value::from(day.to_string())),
            (text_field("A", 255), Value::from(raw)),
            (field("A", FieldType::Boolean), Value::from(set)),
            (stage(), Value::from(if set { "won" } else { "Negotiation/Review" })),
        ];
        for (field, value) in values {
            let text = edit_text(&field, Some(&value), &now());
            let back = parse(&field, &text, &now());
            let is_same = back.as_ref().is_ok_and(|back| same(&field, &value, back));
            prop_assert!(is_same, "{value} as {text:?} gave {back:?}");
        }
    }

    #[test]
    fn nothing_typed_or_stored_can_crash_or_escape(raw in any::<String>(), scale in 0u32..20) {
        use FieldType::*;
        for kind in [String, TextArea, Boolean, Int, Double, Percent, Date, DateTime, Time,
            Email, Picklist, MultiPicklist, Reference, Address, Other] {
            let mut field = number_field(kind, 18, scale);
            field.html = raw.len() % 2 == 0;
            let _ = parse(&field, &raw, &now()).map_err(|problem| {
                assert!(!problem.message.contains('\u{1b}'), "{problem}");
            });
            let shown = display(&field, Some(&Value::from(raw.as_str())), &now());
            prop_assert_eq!(text::block(&shown), shown);
        }
    }
}

//! No reply can crash a reader: any bytes, and any JSON built from the API's own keys.

use proptest::prelude::*;
use serde_json::{Map, Value};
use sfw_tui::domain::record::Fields;
use sfw_tui::domain::schema::{ObjectForm, ObjectSchema};
use sfw_tui::domain::write::{Write, WriteStep};
use sfw_tui::sf::client::Response;
use sfw_tui::sf::request::Purpose;
use sfw_tui::sf::{describe, error, identity, layout, page, query, row, version, write};

/// Keys that some reader looks for.
const KEYS: [&str; 34] = [
    "attributes",
    "body",
    "children",
    "compositeResponse",
    "components",
    "detailLayoutSections",
    "duplicateResut",
    "errorCode",
    "errors",
    "fieldErrors",
    "fields",
    "hasErrors",
    "httpStatusCode",
    "Id",
    "id",
    "layoutComponents",
    "layoutItems",
    "layoutRows",
    "layouts",
    "matchRecords",
    "matchResults",
    "message",
    "name",
    "nextRecordsUrl",
    "output",
    "record",
    "recordTypeMappings",
    "records",
    "referenceId",
    "results",
    "sobjects",
    "success",
    "totalSize",
    "type",
];

fn json() -> impl Strategy<Value = Value> {
    const TEXTS: [&str; 8] = [
        "record",
        "related",
        "s0",
        "s1",
        "001dM00003kS2ndQAC",
        "é",
        "NOT_FOUND",
        "Field",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u16>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(&TEXTS[..]).prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 6, |inner| {
        let pair = (prop::sample::select(&KEYS[..]), inner.clone());
        let pairs = prop::collection::vec(pair, 0..6);
        prop_oneof![
            prop::collection::vec(inner, 0..6).prop_map(Value::from),
            pairs.prop_map(|pairs| {
                let pairs = pairs
                    .into_iter()
                    .map(|(key, value)| (key.to_owned(), value));
                Value::Object(pairs.collect::<Map<String, Value>>())
            }),
        ]
    })
}

/// Gives a body to every reader. A reader may fail; a failure has a message.
fn read_everywhere(status: u16, body: &[u8]) {
    let response = Response {
        status,
        body: body.to_vec(),
        ..Response::default()
    };
    let failure = error::failure(&response, Purpose::Write);
    assert!(!failure.message.is_empty());
    assert!(!failure.message.contains('\u{1b}'), "{failure:?}");
    let create = || WriteStep::Create {
        object: "A".to_owned(),
        fields: Fields::new(),
    };
    let link = || {
        let fields = [("B".to_owned(), Value::from("@{0.id}"))];
        WriteStep::Create {
            object: "A".to_owned(),
            fields: fields.into_iter().collect(),
        }
    };
    for steps in [
        vec![create()],
        vec![create(), create()],
        vec![create(), link()],
    ] {
        let count = steps.len();
        let write = Write {
            summary: String::new(),
            steps,
            allow_duplicates: false,
        };
        match write::outcome(&write, &response) {
            Ok(ids) => assert_eq!(ids.len(), count),
            Err(failure) => assert!(!failure.message.is_empty()),
        }
    }
    assert!(!layout::read_layouts(body, &ObjectSchema::default()).is_empty());
    let messages = [
        page::page(body, &ObjectForm::default()).err(),
        query::read_rows(body).err(),
        query::read_found(body).err(),
        row::read_record(body).err(),
        describe::read_objects(body).err(),
        describe::read_schema(body).err(),
        identity::read_userinfo(body).err(),
        version::read_versions(body).err(),
    ];
    for failure in messages.into_iter().flatten() {
        assert!(
            !failure.message.is_empty() && !failure.message.contains('\u{1b}'),
            "{failure:?}"
        );
    }
}

proptest! {
    #[test]
    fn no_bytes_crash_a_reader(status in 100u16..600, body in prop::collection::vec(any::<u8>(), 0..200)) {
        read_everywhere(status, &body);
    }

    #[test]
    fn no_json_crashes_a_reader(status in 100u16..600, body in json()) {
        read_everywhere(status, body.to_string().as_bytes());
    }

    #[test]
    fn no_page_of_text_crashes_a_reader(status in 100u16..600, body in "<(script|style|p|é|)[<>/a-zé\u{1b}\u{202e} ]{0,60}") {
        read_everywhere(status, body.as_bytes());
    }
}

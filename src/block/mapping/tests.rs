use super::*;
use crate::block::tests::kit::{block, describes};

fn mapped(header: &[&str], block: &Block) -> Result<(Mapping, Block), String> {
    let header: Vec<String> = header.iter().map(|name| (*name).to_owned()).collect();
    let mut block = block.clone();
    let mapping = map(&header, &mut block, &describes()).map_err(|why| why.message)?;
    Ok((mapping, block))
}

fn headers(mapping: &Mapping) -> Vec<String> {
    let columns = mapping.columns.iter();
    columns.map(|mapped| mapped.column.header.clone()).collect()
}

fn with_columns(columns: &[(&str, Target)]) -> Block {
    Block {
        columns: columns
            .iter()
            .map(|(name, target)| ((*name).to_owned(), target.clone()))
            .collect(),
        ..block()
    }
}

#[test]
fn columns_are_found_by_api_name_label_and_parents_key() {
    let header = [
        "key__C",
        "last name",
        "Account.Code__c",
        "Owner.Username",
        "sfw_row",
        "",
        "CreatedDate",
    ];
    let (mapping, _) = mapped(&header, &block()).unwrap();
    assert_eq!(
        headers(&mapping),
        [
            "Key__c",
            "LastName",
            "Account.Code__c",
            "Owner:User.Username"
        ]
    );
    let account = mapping.columns[2].column.parent.as_ref().unwrap();
    assert_eq!(
        (account.object.as_str(), account.polymorphic),
        ("Account", false)
    );
    let owner = mapping.columns[3].column.parent.as_ref().unwrap();
    assert_eq!((owner.object.as_str(), owner.polymorphic), ("User", true));
    assert!(mapping.columns[0].column.is_key);
    assert_eq!(mapping.columns[2].column.field, "AccountId");
    assert!(mapping.skipped.iter().all(|skipped| !skipped.doubtful));
    assert_eq!(mapping.skipped.len(), 3);
}

#[test]
fn what_fits_no_field_is_doubtful_and_told_with_what_may_be_meant() {
    let header = [
        "Key__c",
        "LastName",
        "Emial",
        "Account.Name",
        "Owner:Lead.Key",
    ];
    let (mapping, _) = mapped(&header, &block()).unwrap();
    let why: Vec<(&str, &str)> = mapping
        .skipped
        .iter()
        .map(|skipped| (skipped.column.as_str(), skipped.why.as_str()))
        .collect();
    assert_eq!(why.len(), 3);
    assert!(why[0].1.contains("did you mean `Email`?"), "{why:?}");
    assert!(
        why[1]
            .1
            .contains("`Name` is no key of Account; these can: `Code__c`"),
        "{why:?}"
    );
    assert!(why[2].1.contains("does not point to Lead"), "{why:?}");
    assert!(mapping.skipped.iter().all(|skipped| skipped.doubtful));
}

#[test]
fn a_saved_mapping_says_which_columns_go_where_and_nothing_else_goes() {
    let block = with_columns(&[
        ("id", Target::Field("Key__c".to_owned())),
        ("surname", Target::Field("Last Name".to_owned())),
        ("Email", Target::Written(true)),
        ("Notes__c", Target::Written(false)),
    ]);
    let header = ["id", "surname", "Email", "Notes__c", "Birthdate"];
    let (mapping, _) = mapped(&header, &block).unwrap();
    assert_eq!(headers(&mapping), ["Key__c", "LastName", "Email"]);
    assert_eq!(mapping.columns[1].column.from, "surname");
}

/// Headers that cannot be mapped, and why.
fn refused() -> Vec<(&'static [&'static str], Block, &'static str)> {
    let field = |name: &str| Target::Field(name.to_owned());
    let written = Target::Written(true);
    let by_name = with_columns(&[("Key__c", written.clone()), ("CreatedDate", written)]);
    let both = "columns 2 and 3 are both called `email`";
    let values = "the first row must be the header, and it reads `K1`, `Ortiz`";
    let misspelt = with_columns(&[("x", field("Emial"))]);
    vec![
        (&["Key__c", "Email", "email"], block(), both),
        (&["K1", "Ortiz"], block(), values),
        (&["Key__c", "Key", "Email"], block(), "both go to Key__c"),
        (
            &["Key__c", "AccountId", "Account.Code__c"],
            block(),
            "both go to AccountId",
        ),
        (&["Key__c"], block(), "no column is left to write"),
        (
            &["Key__c", "x"],
            with_columns(&[("y", field("Email"))]),
            "no column `y`",
        ),
        (&["Key__c", "x"], misspelt, "column `x`: no field `Emial`"),
        (
            &["Key__c", "CreatedDate"],
            by_name,
            "column `CreatedDate`: you may not write it",
        ),
    ]
}

/// The same for the key.
fn refused_keys() -> Vec<(&'static [&'static str], Block, &'static str)> {
    let update = |key: Option<&str>| Block {
        operation: Operation::Update,
        key: key.map(str::to_owned),
        ..block()
    };
    let insert = Block {
        operation: Operation::Insert,
        ..block()
    };
    let absent = "no column of the file goes to the key `Key__c`";
    let several = "say which (--key): `Id`, `Key__c`";
    vec![
        (&["Email", "Birthdate"], block(), absent),
        (&["Id", "Key__c", "Email"], update(None), several),
        (
            &["Email"],
            update(None),
            "say which column tells the record (--key)",
        ),
        (
            &["Id", "Email"],
            update(Some("Birthdate")),
            "it is no external id",
        ),
        (
            &["Id", "Email"],
            update(Some("Emial")),
            "did you mean `Email`?",
        ),
        (&["LastName"], insert, "takes no key"),
    ]
}

#[test]
fn what_cannot_be_mapped_is_refused_before_a_row_is_read() {
    for (header, block, why) in refused().into_iter().chain(refused_keys()) {
        let told = mapped(header, &block).unwrap_err();
        assert!(told.contains(why), "{header:?}: {told}");
    }
}

#[test]
fn the_key_is_the_only_external_id_or_the_id() {
    let by = |header: &[&str]| {
        let block = Block {
            key: None,
            operation: Operation::Update,
            ..block()
        };
        mapped(header, &block).unwrap().1.key
    };
    assert_eq!(by(&["Key__c", "LastName"]).as_deref(), Some("Key__c"));
    assert_eq!(by(&["id", "Email"]).as_deref(), Some("Id"));
}

#[test]
fn what_goes_through_in_part_is_noted() {
    let (upsert, _) = mapped(&["Key__c", "Origin__c"], &block()).unwrap();
    assert!(upsert.notes[0].contains("`Origin__c` can only be set on new records"));
    assert!(upsert.notes[1].contains("will fail without `LastName`"));
    let insert = Block {
        key: None,
        operation: Operation::Insert,
        ..block()
    };
    let (insert, _) = mapped(&["LastName"], &insert).unwrap();
    assert_eq!(insert.notes, [NO_UNIQUE_KEY]);
    let delete = Block {
        operation: Operation::Delete,
        key: None,
        ..block()
    };
    let (delete, _) = mapped(&["Id", "LastName"], &delete).unwrap();
    assert_eq!(headers(&delete), ["Id"]);
}

use super::*;

fn schema() -> Schema {
    Schema::load().unwrap()
}

#[test]
fn two_owners_of_one_folder_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let _first = Store::open(folder.path(), &schema(), Begin::WithWhatIsThere).unwrap();
    let second = Store::open(folder.path(), &schema(), Begin::WithWhatIsThere);
    assert!(matches!(second, Err(StoreError::InUse(_))), "{second:?}");
    let third = Store::open(folder.path(), &schema(), Begin::Anew);
    assert!(matches!(third, Err(StoreError::InUse(_))), "{third:?}");
}

#[test]
fn damaged_and_foreign_files_are_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join(FILE),
        "not a database, but long enough to be read as one".repeat(100),
    )
    .unwrap();
    let found = Store::open(folder.path(), &schema(), Begin::WithWhatIsThere);
    assert!(matches!(found, Err(StoreError::Damaged(..))), "{found:?}");
    fs::remove_file(folder.path().join(FILE)).unwrap();
    Connection::open(folder.path().join(FILE))
        .unwrap()
        .execute_batch("CREATE TABLE x (y)")
        .unwrap();
    let found = Store::open(folder.path(), &schema(), Begin::WithWhatIsThere);
    assert!(matches!(found, Err(StoreError::Damaged(..))), "{found:?}");
}

#[test]
fn fresh_wipes_its_own_files_only() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), &schema(), Begin::Anew).unwrap();
    remember(&store.db, "kept", "yes").unwrap();
    drop(store);
    let store = Store::open(folder.path(), &schema(), Begin::WithWhatIsThere).unwrap();
    assert_eq!(
        remembered(&store.db, "kept").unwrap().as_deref(),
        Some("yes")
    );
    drop(store);
    let store = Store::open(folder.path(), &schema(), Begin::Anew).unwrap();
    assert_eq!(remembered(&store.db, "kept").unwrap(), None);
    drop(store);
    fs::write(folder.path().join("thesis.txt"), "mine").unwrap();
    let found = Store::open(folder.path(), &schema(), Begin::Anew);
    assert!(
        matches!(found, Err(StoreError::ForeignFolder(..))),
        "{found:?}"
    );
    assert!(folder.path().join(FILE).exists());
}

#[test]
fn ids_go_up_and_blocks_do_not_overlap() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), &schema(), Begin::WithWhatIsThere).unwrap();
    assert_eq!(reserve(&store.db, "003", 10).unwrap(), 1);
    assert_eq!(next_number(&store.db, "003").unwrap(), 11);
    assert!(next_id(&store.db, "003").unwrap().starts_with("003"));
}

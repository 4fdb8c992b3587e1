//! What decides about which object, and what a view keeps.

use super::view::view;
use super::*;
use crate::demo::schema::Schema;

#[test]
fn objects_that_belong_to_another_are_governed_by_it() {
    for (object, by) in [
        ("Account", Govern::Own),
        ("Project__c", Govern::Own),
        ("CampaignMember", Govern::By("Campaign".into())),
        ("AccountHistory", Govern::By("Account".into())),
        ("OpportunityFieldHistory", Govern::By("Opportunity".into())),
        ("Project__History", Govern::By("Project__c".into())),
        ("Task", Govern::Writing(Permission::EditTask)),
        ("User", Govern::Writing(Permission::ManageUsers)),
        ("TaskStatus", Govern::Open),
    ] {
        assert_eq!(govern(object), by, "{object}");
    }
}

#[test]
fn parts_of_an_address_go_by_the_address() {
    let schema = Schema::load().unwrap();
    let key = |object: &str, field: &str| {
        let object = schema.object(object).unwrap();
        field_key(object, object.field(field).unwrap()).map(str::to_owned)
    };
    for (object, field, name) in [
        ("Account", "BillingCity", Some("BillingAddress")),
        ("Account", "BillingAddress", Some("BillingAddress")),
        ("Account", "Rating", Some("Rating")),
        ("Account", "Name", None),
        ("Account", "OwnerId", None),
        ("Account", "Id", None),
        ("Contact", "LastName", None),
        ("Contact", "FirstName", None),
        ("Project__c", "Account__c", None),
        ("Account", "Name_And_City__c", Some("Name_And_City__c")),
        ("User", "Title", None),
    ] {
        assert_eq!(key(object, field).as_deref(), name, "{object}.{field}");
    }
}

#[test]
fn a_view_hides_without_losing_columns() {
    let schema = Schema::load().unwrap();
    let mut rights = Rights::default();
    let mut held = ObjectRights::default();
    held.add(Right::Read);
    held.add(Right::Edit);
    rights.objects.insert("Account".into(), held);
    let fields = [
        ("Rating".to_owned(), FieldRight::Read),
        ("Phone".to_owned(), FieldRight::Edit),
    ];
    rights.fields.insert("Account".into(), fields.into());
    let seen = view(&schema, &rights);
    assert!(seen.object("Contact").is_none());
    let (seen, whole) = (
        seen.object("Account").unwrap(),
        schema.object("Account").unwrap(),
    );
    assert!(!seen.createable && seen.updateable && !seen.deletable);
    assert!(seen.field("Website").is_none() && seen.field_at_all("Website").is_some());
    assert!(!seen.field("Rating").unwrap().updateable);
    assert!(seen.field("Phone").unwrap().updateable && seen.field("Name").unwrap().updateable);
    assert_eq!(seen.stored().count(), whole.stored().count());
}

#[test]
fn everything_data_rights_stop_at_system_permissions() {
    let mut rights = Rights::default();
    rights.system.insert(Permission::ModifyAllData);
    assert!(rights.on("Account").has(Right::ModifyAll));
    assert!(
        !rights.on("User").has(Right::Create),
        "new users need Manage Users"
    );
    assert!(
        !rights.on("FieldPermissions").has(Right::Read),
        "needs View Setup"
    );
    assert!(
        rights.on_field("Account", "Phone").is_none(),
        "field rights are rows of their own"
    );
}

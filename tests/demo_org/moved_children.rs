//! Children that change parents in a merge or come back from the bin: the sums of their
//! parents and the change events follow them.

use super::events::Listener;
use super::soap::call;
use super::*;

/// Record ids and change types of one channel, until `wanted` of them came.
fn heard(listener: &Listener<'_>, channel: &str, wanted: usize) -> Vec<(String, String)> {
    let mut heard = Vec::new();
    for _ in 0..20 {
        let messages = listener.connect(2000);
        let own = messages.iter().filter(|one| one["channel"] == channel);
        heard.extend(own.map(|one| {
            let head = &one["data"]["payload"]["ChangeEventHeader"];
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (text(&head["recordIds"][0]), text(&head["changeType"]))
        }));
        if heard.len() >= wanted {
            break;
        }
    }
    heard
}

#[test]
fn sums_and_events_follow_children_through_merge_and_bin() {
    let stage = stage();
    let client = &stage.client;
    let winner = client.create("Account", json!({"Name": "Stays"}));
    let loser = client.create("Account", json!({"Name": "Goes"}));
    let deal = client.create(
        "Opportunity",
        json!({"Name": "Moves", "StageName": "Prospecting", "CloseDate": "2027-01-31", "AccountId": loser}),
    );
    let open = |id: &str| client.get(&format!("/sobjects/Account/{id}"))["Open_Deals__c"].clone();
    assert_eq!((open(&winner), open(&loser)), (json!(0), json!(1)));
    let listener = Listener::new(client);
    let channel = "/data/OpportunityChangeEvent";
    assert_eq!(listener.subscribe(channel, -1)["successful"], true);
    let merge = format!(
        "<urn:merge><urn:request><urn:masterRecord><type>Account</type><Id>{winner}</Id></urn:masterRecord><urn:recordToMergeIds>{loser}</urn:recordToMergeIds></urn:request></urn:merge>"
    );
    let body = call(client, &merge);
    assert!(body.contains("<success>true</success>"), "{body}");
    assert_eq!(open(&winner), json!(1));
    let event = |kind: &str| (deal.clone(), kind.to_owned());
    assert_eq!(heard(&listener, channel, 1), [event("UPDATE")]);

    let path = format!("/sobjects/Opportunity/{deal}");
    assert_eq!(client.send(Method::DELETE, &path, None).0, 204);
    assert_eq!(open(&winner), json!(0));
    let undelete = format!("<urn:undelete><urn:ids>{deal}</urn:ids></urn:undelete>");
    let body = call(client, &undelete);
    assert!(body.contains("<success>true</success>"), "{body}");
    assert_eq!(open(&winner), json!(1));
    assert_eq!(
        heard(&listener, channel, 2),
        [event("DELETE"), event("UNDELETE")]
    );
}

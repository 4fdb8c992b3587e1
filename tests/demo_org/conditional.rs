//! Conditional requests on rows and describes.

use super::*;

#[test]
fn rows_and_describes_answer_304_and_412() {
    let stage = stage();
    let client = &stage.client;
    let account = client.create("Account", json!({"Name": "Tagged"}));
    let contact = client.create("Contact", json!({"LastName": "Plain"}));
    let head = |path: &str| {
        let (_, headers, _) = client.raw(
            Method::GET,
            &format!("/services/data/v62.0{path}"),
            &[],
            None,
        );
        let of = |name| header(&headers, name).unwrap().to_owned();
        (of("etag"), of("last-modified"))
    };
    let account = format!("/sobjects/Account/{account}");
    let contact = format!("/sobjects/Contact/{contact}");
    let (tag, modified) = head(&account);
    let (contact_tag, _) = head(&contact);
    let early = "Thu, 01 Jan 2026 00:00:00 GMT";
    let status = |method: Method, path: &str, header: (&str, &str)| {
        let body = (method == Method::PATCH).then(|| json!({"Phone": "1"}));
        client.send_with(method, path, &[header], body).0
    };
    assert_eq!(head(&format!("{account}?fields=Name")).0, tag);
    for (method, path, header, expected) in [
        (
            Method::GET,
            account.as_str(),
            ("if-none-match", tag.as_str()),
            304,
        ),
        (Method::GET, &account, ("if-match", "\"other\""), 412),
        (Method::GET, &account, ("if-modified-since", &modified), 304),
        (Method::GET, &account, ("if-modified-since", early), 200),
        (Method::GET, &account, ("if-unmodified-since", early), 412),
        (Method::GET, &account, ("if-modified-since", "soon"), 400),
        // Tags bind on accounts only.
        (Method::GET, &contact, ("if-none-match", &contact_tag), 200),
        (Method::PATCH, &contact, ("if-match", "\"other\""), 204),
        (Method::PATCH, &contact, ("if-unmodified-since", early), 412),
        (Method::PATCH, &account, ("if-match", "\"other\""), 412),
        (Method::PATCH, &account, ("if-match", "unquoted"), 400),
        (Method::PATCH, &account, ("if-none-match", &tag), 412),
        (Method::PATCH, &account, ("if-match", &tag), 204),
        (Method::PATCH, &account, ("if-match", &tag), 412),
        (Method::GET, "/sobjects", ("if-modified-since", early), 200),
    ] {
        assert_eq!(
            status(method.clone(), path, header),
            expected,
            "{method} {path} {header:?}"
        );
    }
    for path in [
        "/sobjects",
        "/sobjects/Account/describe",
        "/sobjects/Account/describe/layouts",
    ] {
        let (tag, modified) = head(path);
        assert_eq!(
            status(Method::GET, path, ("if-none-match", &tag)),
            304,
            "{path}"
        );
        assert_eq!(
            status(Method::GET, path, ("if-modified-since", &modified)),
            304,
            "{path}"
        );
    }
    assert_eq!(
        status(Method::DELETE, &contact, ("if-unmodified-since", early)),
        204
    );
}

#[test]
fn upserts_by_key_keep_their_conditions() {
    let stage = stage();
    let client = &stage.client;
    client.create("Account", json!({"Name": "Keyed", "SFW_Key__c": "K-1"}));
    let early = [("if-unmodified-since", "Thu, 01 Jan 2026 00:00:00 GMT")];
    let put = |key: &str| {
        let path = format!("/sobjects/Account/SFW_Key__c/{key}");
        client
            .send_with(
                Method::PATCH,
                &path,
                &early,
                Some(json!({"Name": "Changed"})),
            )
            .0
    };
    assert_eq!((put("K-1"), put("K-2")), (412, 201));
}

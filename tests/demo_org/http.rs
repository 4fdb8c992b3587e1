//! Manners of HTTP: compression, lengths, formats, methods, versions.

use super::*;

const DATA: &str = "/services/data/v62.0";

/// Status, error code and headers of a call.
fn call(
    client: &Client,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: Option<&str>,
) -> (u16, String, Vec<(String, String)>) {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let body = body.map(str::to_owned);
    let (status, headers, body) = client.raw(method, target, headers, body);
    let body: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let code = body[0]["errorCode"].as_str().unwrap_or_default().to_owned();
    (status, code, headers)
}

#[test]
fn wrong_calls_get_their_status_and_code() {
    let stage = stage();
    let long = format!("{DATA}/query?q={}", "x".repeat(16_400));
    let header = "x".repeat(16_300);
    for (method, target, headers, body, status, code) in [
        ("GET", long.as_str(), &[][..], None, 414, "URI_TOO_LONG"),
        (
            "GET",
            "/services/data/v62.0/limits",
            &[("x-much", header.as_str())][..],
            None,
            431,
            "REQUEST_HEADER_TOO_LARGE",
        ),
        (
            "FLY",
            "/services/data/v62.0/limits",
            &[],
            None,
            405,
            "METHOD_NOT_ALLOWED",
        ),
        (
            "DELETE",
            "/services/data/v62.0/query",
            &[],
            None,
            405,
            "METHOD_NOT_ALLOWED",
        ),
        (
            "GET",
            "/services/data/v62.0/limits.xml",
            &[],
            None,
            406,
            "NOT_ACCEPTABLE",
        ),
        (
            "GET",
            "/services/data/v62.0/limits",
            &[("accept", "application/xml")],
            None,
            406,
            "NOT_ACCEPTABLE",
        ),
        (
            "GET",
            "/services/data/v62.0/limits",
            &[("accept", "application/xml, */*")],
            None,
            200,
            "",
        ),
        (
            "GET",
            "/services/data/v62.0/limits.json",
            &[],
            None,
            200,
            "",
        ),
        (
            "GET",
            "/services/data/v20.0/limits",
            &[],
            None,
            410,
            "UNSUPPORTED_API_VERSION",
        ),
        (
            "GET",
            "/services/data/v99.0/limits",
            &[],
            None,
            404,
            "NOT_FOUND",
        ),
        (
            "GET",
            "/services/data/62/limits",
            &[],
            None,
            404,
            "NOT_FOUND",
        ),
        (
            "POST",
            "/services/data/v62.0/sobjects/Account",
            &[],
            Some("{\"Name\": }"),
            400,
            "JSON_PARSER_ERROR",
        ),
        (
            "POST",
            "/services/data/v62.0/sobjects/Account",
            &[("content-encoding", "gzip")],
            Some("{}"),
            400,
            "JSON_PARSER_ERROR",
        ),
        (
            "POST",
            "/services/data/v62.0/sobjects/Account",
            &[("content-encoding", "br")],
            Some("{}"),
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
    ] {
        let (found, said, _) = call(&stage.client, method, target, headers, body);
        let short: String = target.chars().take(60).collect();
        assert_eq!((found, said.as_str()), (status, code), "{method} {short}");
    }
}

#[test]
fn a_body_may_come_and_go_compressed() {
    use std::io::Write;
    let stage = stage();
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(br#"{"Name": "Packed"}"#).unwrap();
    let packed = packer.finish().unwrap();
    let (status, body) = stage.client.bytes(
        "/sobjects/Account",
        &[
            ("content-encoding", "gzip"),
            ("content-type", "application/json"),
        ],
        packed,
    );
    assert_eq!(status, 201, "{body}");
    let soql = "SELECT Name FROM Account WHERE Name = 'Packed'";
    assert_eq!(stage.client.query(soql)["totalSize"], 1);
    // Not unpacked on the way: what travels is what is read.
    let plain = reqwest::Client::builder().no_gzip().no_proxy();
    let plain = plain.build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let url = format!("{}{DATA}/sobjects/Account/describe", stage.client.base);
    let fetched = |coding: &str| {
        let request = plain.get(&url).bearer_auth(&stage.client.token);
        let request = request.header("accept-encoding", coding);
        runtime.block_on(async {
            let reply = request.send().await.unwrap();
            let coding = reply.headers().get("content-encoding").cloned();
            assert_eq!(reply.headers()["vary"], "Accept-Encoding");
            let coding = coding.map(|coding| coding.to_str().unwrap().to_owned());
            (coding, reply.bytes().await.unwrap().len())
        })
    };
    let (none, long) = fetched("identity");
    let (gzip, short) = fetched("gzip, deflate");
    assert_eq!((none, gzip.as_deref()), (None, Some("gzip")));
    assert!(short < long / 3, "{short} of {long}");
}

#[test]
fn head_tells_the_length_and_sends_nothing() {
    let stage = stage();
    let target = format!("{DATA}/limits");
    let plain = &[("accept-encoding", "identity")];
    let (_, _, body) = stage.client.raw(Method::GET, &target, plain, None);
    let (status, headers, none) = stage.client.raw(Method::HEAD, &target, plain, None);
    assert_eq!((status, none.len()), (200, 0));
    let told = header(&headers, "content-length").unwrap();
    assert_eq!(told, body.len().to_string());
    let (status, _, _) = call(&stage.client, "HEAD", &format!("{DATA}/nothing"), &[], None);
    assert_eq!(status, 404);
}

#[test]
fn a_body_beyond_the_bound_is_refused() {
    let stage = stage();
    let much = vec![b' '; 50 * 1024 * 1024 + 1];
    let header = [("content-type", "application/json")];
    let (status, body) = stage.client.bytes("/sobjects/Account", &header, much);
    assert_eq!(status, 413, "{body}");
    assert_eq!(body[0]["errorCode"], "EXCEEDED_MAX_SIZE_REQUEST");
}

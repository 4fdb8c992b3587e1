use super::super::testkit::contact;
use super::FailureKind::*;
use super::*;

#[test]
fn the_code_table_is_sorted_so_that_every_code_is_found() {
    for pair in codes::CODES.windows(2) {
        assert!(pair[0].0 < pair[1].0, "{} before {}", pair[0].0, pair[1].0);
    }
    for (code, kind) in codes::CODES {
        assert_eq!(kind_of(code, None, ""), *kind, "{code}");
    }
}

/// Code, status, text as Salesforce sent it, kind.
const SENT: &[(&str, u16, &str, FailureKind)] = &[
    (
        "REQUIRED_FIELD_MISSING",
        400,
        "Required fields are missing: [Name]",
        RequiredField,
    ),
    (
        "NOT_FOUND",
        404,
        "The requested resource does not exist",
        NotFound,
    ),
    (
        "NOT_FOUND",
        404,
        "Provided external ID field does not exist or is not accessible: 23foo",
        NotFound,
    ),
    ("ENTITY_IS_DELETED", 404, "entity is deleted", NotFound),
    (
        "INVALID_FIELD",
        400,
        "No such column 'foo' on sobject of type Bar",
        InvalidField,
    ),
    (
        "INVALID_FIELD",
        400,
        "Foreign key external ID: 0116 not found for field X in entity Y",
        NotFound,
    ),
    (
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        400,
        "Unable to create/update fields: Provider__c.",
        InvalidField,
    ),
    (
        "INVALID_EMAIL_ADDRESS",
        400,
        "email_field: invalid email address: badone",
        InvalidValue,
    ),
    (
        "INVALID_CROSS_REFERENCE_KEY",
        400,
        "invalid cross reference id",
        NotFound,
    ),
    (
        "INVALID_CROSS_REFERENCE_KEY",
        400,
        "Owner ID: owner cannot be blank",
        RequiredField,
    ),
    (
        "CANNOT_UPDATE_CONVERTED_LEAD",
        400,
        "cannot reference converted lead",
        Locked,
    ),
    (
        "INVALID_TYPE",
        400,
        "sObject type 'XYZZY' is not supported.",
        NotFound,
    ),
    (
        "PROCESSING_HALTED",
        400,
        "The transaction was rolled back",
        Other,
    ),
    (
        "DUPLICATE_VALUE",
        400,
        "duplicate value found: Name duplicates value",
        DuplicateValue,
    ),
    (
        "DUPLICATES_DETECTED",
        400,
        "You're creating a duplicate record.",
        Duplicate,
    ),
    ("MALFORMED_SEARCH", 400, "No search term found.", Query),
    (
        "INVALID_SESSION_ID",
        401,
        "Session expired or invalid",
        Session,
    ),
    ("INVALID_AUTH_HEADER", 401, "INVALID_JWT_FORMAT", Session),
    ("INVALID_AUTH_HEADER", 401, "INVALID_SCOPES", Login),
    (
        "INSUFFICIENT_ACCESS_OR_READONLY",
        400,
        "insufficient access rights on object id",
        Permission,
    ),
    (
        "REQUEST_LIMIT_EXCEEDED",
        403,
        "TotalRequests Limit exceeded.",
        Limit,
    ),
    (
        "API_DISABLED_FOR_ORG",
        403,
        "The REST API is not enabled for this Organization.",
        Permission,
    ),
    (
        "API_CURRENTLY_DISABLED",
        403,
        "API is disabled for this User",
        Permission,
    ),
    (
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
        400,
        "entity type cannot be updated: VS Setting",
        Permission,
    ),
    (
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
        400,
        "T: execution of BeforeInsert caused by: x",
        Rule,
    ),
    (
        "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        400,
        "The color must be yellow",
        Rule,
    ),
    (
        "UNABLE_TO_LOCK_ROW",
        400,
        "unable to obtain exclusive access",
        Locked,
    ),
    (
        "UNKNOWN_EXCEPTION",
        500,
        "An unexpected error occurred.",
        Server,
    ),
    (
        "CUSTOM_APEX_ERROR",
        500,
        "System.LimitException: Too many SOQL queries: 101",
        Limit,
    ),
    (
        "NUMBER_OUTSIDE_VALID_RANGE",
        400,
        "Maximum SOQL offset allowed is 2000",
        Query,
    ),
    (
        "QUERY_TIMEOUT",
        400,
        "Your query request was running for too long",
        Query,
    ),
    (
        "InvalidBatch",
        0,
        "InvalidBatch : Field name not found : Email",
        InvalidField,
    ),
    (
        "InvalidBatch",
        0,
        "InvalidBatch : The 'delete' batch must contain only ids.",
        InvalidValue,
    ),
    (
        "invalid_grant",
        400,
        "expired access/refresh token",
        Session,
    ),
    ("invalid_grant", 400, "inactive user", Login),
    (
        "app_not_found",
        0,
        "External client app is not installed in this org",
        Login,
    ),
    ("403", 0, "403::Unknown client", Session),
    ("403", 0, "403::Handshake denied", Permission),
    ("401", 0, "401::Authentication invalid", Session),
    (
        "400",
        0,
        "400::The replayId {82} you provided was invalid.",
        Input,
    ),
    (
        "",
        300,
        "[\"/services/data/v41.0/sobjects/Account/0011I00000aCPEAQA4\"]",
        DuplicateValue,
    ),
    ("", 503, "<html>Down for Maintenance</html>", Server),
    ("SOMETHING_NEW", 412, "", Conflict),
    ("SOMETHING_NEW", 404, "", NotFound),
    ("SOMETHING_NEW", 400, "words", Other),
];

#[test]
fn what_salesforce_sends_is_told_apart() {
    for (code, status, message, kind) in SENT {
        let status = (*status > 0).then_some(*status);
        assert_eq!(kind_of(code, status, message), *kind, "{code} {message}");
    }
}

#[test]
fn every_hint_is_one_full_sentence() {
    let kinds = [
        RequiredField,
        NotFound,
        InvalidField,
        InvalidValue,
        Permission,
        Rule,
        Duplicate,
        DuplicateValue,
        Conflict,
        Locked,
        Session,
        Login,
        Limit,
        Query,
        NoConnection,
        OutcomeUnknown,
        Server,
        BadReply,
        Local,
        Input,
        Other,
    ];
    let hints = kinds.map(kind_hint);
    for hint in hints
        .into_iter()
        .chain(codes::HINTS.iter().map(|(_, _, hint)| *hint))
    {
        assert!(
            hint.ends_with('.') && hint.matches(". ").count() == 0,
            "{hint}"
        );
        assert!(hint.starts_with(char::is_uppercase), "{hint}");
    }
    for kind in kinds {
        let title = title(kind);
        assert!(!title.ends_with('.') && !title.starts_with(' '), "{title}");
    }
}

#[test]
fn every_advice_can_be_reached() {
    for (code, part, hint) in codes::HINTS {
        let failure = Failure::from_org(code, None, part);
        assert_eq!(failure.hint(), *hint, "{code} {part}");
    }
}

#[test]
fn advice_fits_the_text_not_only_the_code() {
    let cases = [
        (
            "invalid_grant",
            "authentication failure - Invalid Password",
            "password",
        ),
        (
            "invalid_grant",
            "user hasn't approved this consumer",
            "pre-authorize",
        ),
        (
            "REQUEST_LIMIT_EXCEEDED",
            "ConcurrentPerOrgLongTxn Limit exceeded.",
            "at once",
        ),
        ("ENTITY_IS_LOCKED", "This record is locked.", "approval"),
        ("STRING_TOO_LONG", "x", "Shorten"),
        ("DUPLICATE_VALUE", "x", "another value"),
    ];
    for (code, message, part) in cases {
        let hint = Failure::from_org(code, Some(400), message).hint();
        assert!(hint.contains(part), "{code}: {hint}");
    }
}

#[test]
fn an_explanation_names_fields_by_label_and_skips_the_caret_picture() {
    let missing = Failure::from_org(
        "REQUIRED_FIELD_MISSING",
        Some(400),
        "Required fields are missing: [LastName]",
    )
    .with_fields(vec!["LastName".to_owned(), "Odd\u{202e}__c".to_owned()]);
    assert_eq!(
        missing.explain(Some(&contact())),
        "required field missing: Last Name, `Odd·__c` (Required fields are missing: [LastName])"
    );
    let query = Failure::from_org(
        "MALFORMED_QUERY",
        Some(400),
        "\nFrom Account \n      ^\nERROR at Row:1:Column:78\nunexpected token: 'From'",
    );
    assert_eq!(
        query.explain(None),
        "invalid query (unexpected token: 'From')"
    );
}

#[test]
fn hostile_text_from_the_org_is_made_safe() {
    let failure = Failure::from_org("X\u{1b}[2J", Some(400), "bad\u{1b}]0;title\u{7}\u{202e}");
    assert!(!failure.code.contains('\u{1b}'));
    assert_eq!(failure.message, "bad␛]0;title␇·");
}

#[test]
fn problems_found_before_sending_read_like_any_failure() {
    let failure = Failure::from_problems(&[
        Problem::new("Email", "not an e-mail address; try name@example.com"),
        Problem::new("LastName", "required; type a value"),
    ]);
    assert_eq!(failure.kind, Input);
    assert_eq!(failure.fields, ["Email", "LastName"]);
    assert_eq!(
        failure.message,
        "`Email`: not an e-mail address; try name@example.com\n`LastName`: required; type a value"
    );
}

#[test]
fn advice_names_no_key_of_the_screens() {
    for (code, part, hint) in codes::HINTS {
        let advice = Failure::from_org(code, None, part).advice();
        for key in [" in Errors", " in Outbox", "Ctrl-", "(r)"] {
            assert!(!advice.contains(key), "{code}: {advice}");
        }
        assert!(advice.ends_with('.'), "{code}: {advice} of {hint}");
    }
}

#[test]
fn an_unknown_object_is_not_called_a_record() {
    assert_eq!(
        Failure::from_org("INVALID_TYPE", None, "").title(),
        "object not found"
    );
    assert_eq!(
        Failure::from_org("NOT_FOUND", None, "").title(),
        "record not found"
    );
}

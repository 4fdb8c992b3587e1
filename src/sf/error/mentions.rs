//! Field names that an error tells only in its text; the API leaves `fields` empty in
//! many errors (recorded ones are named in the tests).

/// The fields a message names, where the code says how to read it.
pub(super) fn fields(code: &str, message: &str) -> Vec<String> {
    let named = match code {
        "REQUIRED_FIELD_MISSING" => between(message, "fields are missing: [", "]"),
        "INVALID_FIELD_FOR_INSERT_UPDATE" => between(message, "create/update fields: ", ". "),
        "INVALID_FIELD" => between(message, "No such column '", "'")
            .or_else(|| between(message, "not found for field ", " in entity")),
        _ => None,
    };
    named
        .into_iter()
        .flat_map(|list| list.split(','))
        .map(str::trim)
        .filter(|name| is_name(name))
        .map(str::to_owned)
        .collect()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, tail) = text.split_once(before)?;
    tail.split_once(after).map(|(inner, _)| inner)
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_in_recorded_texts() {
        let cases: [(&str, &str, &[&str]); 6] = [
            (
                "REQUIRED_FIELD_MISSING",
                "Required fields are missing: [Name, X__c]",
                &["Name", "X__c"],
            ),
            (
                "INVALID_FIELD_FOR_INSERT_UPDATE",
                "Unable to create/update fields: Provider__c, Name. Please check the security settings of this field",
                &["Provider__c", "Name"],
            ),
            (
                "INVALID_FIELD",
                "No such column 'foo' on sobject of type Bar",
                &["foo"],
            ),
            (
                "INVALID_FIELD",
                "Foreign key external ID: 0116 not found for field Invoice_External_Id__c in entity blng__Invoice__c",
                &["Invoice_External_Id__c"],
            ),
            ("INVALID_FIELD", "something new", &[]),
            (
                "FIELD_CUSTOM_VALIDATION_EXCEPTION",
                "No such column 'foo'",
                &[],
            ),
        ];
        for (code, message, expected) in cases {
            assert_eq!(fields(code, message), expected, "{message}");
        }
    }
}

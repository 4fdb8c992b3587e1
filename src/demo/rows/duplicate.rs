//! Duplicate rules: finds the rows a written one may be the same as, and refuses it in
//! the words of the rule (`DUPLICATES_DETECTED`). Knows no other rules.

use rusqlite::params_from_iter;
use rusqlite::types::Value as Sql;
use serde_json::{Value, json};

use super::{Draft, read};
use crate::demo::call::Call;
use crate::demo::error::{Fault, Refusal};
use crate::demo::schema::{DuplicateAction, DuplicateRuleDef, ObjectDef};
use crate::demo::store::quoted;

/// What the sender wants done about duplicates (`Sforce-Duplicate-Rule-Header`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duplicates {
    /// The matches are told by id alone.
    Refuse,
    /// `includeRecordDetails=true`: with their fields.
    RefuseWithDetails,
    /// `allowSave=true`: the sender has seen them and saves anyway, where the rule lets.
    Allow,
}

/// Rows looked through for a match.
const LOOKED_AT: usize = 200;
/// Matches told.
const TOLD: usize = 100;

/// Applies the object's duplicate rules.
///
/// # Errors
/// The first rule that finds a match it does not let pass.
pub fn check(
    call: &Call<'_>,
    object: &ObjectDef,
    row: &Draft,
    before: Option<&Draft>,
    wanted: Duplicates,
) -> Result<(), Refusal> {
    for rule in &object.duplicate_rules {
        let allowed = rule.action == DuplicateAction::Alert && wanted == Duplicates::Allow;
        let is_same = before.is_some_and(|before| {
            let mut fields = rule.fields.iter();
            fields.all(|one| before.get(&one.field) == row.get(&one.field))
        });
        if allowed || is_same {
            continue;
        }
        let found = matches(call, object, rule, row)?;
        if !found.is_empty() {
            return Err(detected(call, object, rule, (&found, wanted))?);
        }
    }
    Ok(())
}

/// Ids of the rows that match in every field; a blank field matches nothing.
fn matches(
    call: &Call<'_>,
    object: &ObjectDef,
    rule: &DuplicateRuleDef,
    row: &Draft,
) -> Result<Vec<String>, Refusal> {
    let mut values = vec![row.get("Id").clone()];
    let mut filter = String::new();
    let mut fuzzy: Vec<String> = Vec::new();
    let mut columns = vec!["\"Id\"".to_owned()];
    for one in &rule.fields {
        let Some(text) = row.text(&one.field) else {
            return Ok(Vec::new());
        };
        if one.fuzzy {
            fuzzy.push(plain(text));
            columns.push(quoted(&one.field));
        } else {
            values.push(Sql::Text(text.to_owned()));
            filter.push_str(&format!(" AND {} = ?{}", quoted(&one.field), values.len()));
        }
    }
    let sql = format!(
        "SELECT {} FROM {} WHERE \"IsDeleted\" = 0 AND \"Id\" IS NOT ?1{filter} ORDER BY rid LIMIT {LOOKED_AT}",
        columns.join(", "),
        quoted(&object.name)
    );
    let mut statement = call.db.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut found = Vec::new();
    while let Some(other) = rows.next()? {
        let mut is_match = true;
        for (place, wanted) in fuzzy.iter().enumerate() {
            let text: Option<String> = other.get(place + 1)?;
            is_match &= text.is_some_and(|text| plain(&text) == *wanted);
        }
        if is_match && found.len() < TOLD {
            found.push(other.get(0)?);
        }
    }
    Ok(found)
}

/// A text without letter case, signs, blanks, legal forms, and what addresses start with.
fn plain(text: &str) -> String {
    let lower = text.to_lowercase();
    let lower = lower
        .trim_start_matches("https://")
        .trim_start_matches("http://")
        .trim_start_matches("www.");
    let words: Vec<String> = lower
        .split(|c: char| c.is_whitespace() || c == ',')
        .map(|word| word.chars().filter(|c| c.is_alphanumeric()).collect())
        .filter(|word: &String| !word.is_empty())
        .collect();
    let forms = ["inc", "ltd", "llc", "plc", "gmbh", "ag", "corp", "co", "sa"];
    let kept = match words.as_slice() {
        [rest @ .., last] if !rest.is_empty() && forms.contains(&last.as_str()) => rest,
        all => all,
    };
    kept.concat()
}

fn detected(
    call: &Call<'_>,
    object: &ObjectDef,
    rule: &DuplicateRuleDef,
    (found, wanted): (&[String], Duplicates),
) -> Result<Refusal, Refusal> {
    let mut told = vec!["Id"];
    if wanted == Duplicates::RefuseWithDetails {
        told.extend(object.name_field().map(|field| field.name.as_str()));
        for one in &rule.fields {
            if !told.contains(&one.field.as_str()) {
                told.push(&one.field);
            }
        }
    }
    let told = told.join(",");
    let mut records = Vec::new();
    for id in found {
        records.push(json!({
            "additionalInformation": [],
            "fieldDiffs": [],
            "matchConfidence": 100.0,
            "record": read::record(call, object, id, Some(&told))?,
        }));
    }
    let is_fuzzy = rule.fields.iter().any(|one| one.fuzzy);
    let result = json!({
        "allowSave": rule.action == DuplicateAction::Alert,
        "duplicateRule": rule.name,
        "duplicateRuleEntityType": object.name,
        "errorMessage": rule.message,
        "matchResults": [{
            "entityType": object.name,
            "errors": [],
            "matchEngine": if is_fuzzy { "FuzzyMatchEngine" } else { "ExactMatchEngine" },
            "matchRecords": records,
            "rule": rule.matching,
            "size": found.len(),
            "success": true,
        }],
    });
    Ok(with_matches(&rule.message, result))
}

fn with_matches(message: &str, result: Value) -> Refusal {
    let fault = Fault {
        code: "DUPLICATES_DETECTED",
        message: message.to_owned(),
        fields: None,
        duplicates: Some(result),
    };
    Refusal {
        status: 400,
        faults: vec![fault],
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn names_match_without_case_signs_and_legal_forms() {
        for (one, other) in [
            ("Acme, Inc.", "ACME"),
            ("Müller  GmbH", "müller"),
            ("https://www.a-b.example/", "ab.example"),
        ] {
            assert_eq!(plain(one), plain(other), "{one}");
        }
        assert_ne!(plain("Acme North"), plain("Acme South"));
        assert_eq!(plain("AG"), "ag");
    }
}

//! A custom field's `Metadata` to the asset line that defines it (Metadata API guide,
//! "CustomField"). Checks what the type needs; knows no rows and no HTTP.

use serde_json::{Map, Value, json};

use crate::demo::error::Refusal;
use crate::demo::schema::{ObjectDef, Schema};

/// Every type word of a custom field.
pub(super) const TYPES: [&str; 23] = [
    "Text",
    "TextArea",
    "LongTextArea",
    "Html",
    "Number",
    "Currency",
    "Percent",
    "Checkbox",
    "Date",
    "DateTime",
    "Time",
    "Email",
    "Phone",
    "Url",
    "Picklist",
    "MultiselectPicklist",
    "Lookup",
    "MasterDetail",
    "AutoNumber",
    "Summary",
    "Location",
    "EncryptedText",
    "Formula",
];

/// A field to be made.
pub(super) struct Wanted<'a> {
    pub schema: &'a Schema,
    pub object: &'a ObjectDef,
    /// `Mood__c`.
    pub name: &'a str,
    /// `00N…`.
    pub id: &'a str,
    pub metadata: &'a Map<String, Value>,
}

/// A fault of the metadata.
pub(super) fn integrity(text: impl Into<String>) -> Refusal {
    Refusal::row("FIELD_INTEGRITY_EXCEPTION", text, &[])
}

impl Wanted<'_> {
    fn text(&self, key: &str) -> Option<&str> {
        self.metadata
            .get(key)
            .and_then(Value::as_str)
            .map(str::trim)
            .filter(|text| !text.is_empty())
    }

    fn flag(&self, key: &str) -> bool {
        let value = self.metadata.get(key);
        value.is_some_and(|value| value == &json!(true) || value == &json!("true"))
    }

    fn kind(&self) -> &str {
        self.text("type").unwrap_or_default()
    }

    fn missing(&self, key: &str) -> Refusal {
        integrity(format!(
            "Must specify '{key}' for a CustomField of type {}",
            self.kind()
        ))
    }

    fn number(&self, key: &str, least: u64, most: u64) -> Result<u64, Refusal> {
        let value = self.metadata.get(key);
        let number = value
            .and_then(|value| value.as_u64().or_else(|| value.as_str()?.parse().ok()))
            .ok_or_else(|| self.missing(key))?;
        if (least..=most).contains(&number) {
            return Ok(number);
        }
        Err(integrity(format!(
            "Value too large or too small for {key} on field {}: must be between {least} and {most}",
            self.name
        )))
    }

    fn word(&self, key: &str) -> Result<&str, Refusal> {
        let word = self.text(key).ok_or_else(|| self.missing(key))?;
        if word.contains(char::is_whitespace) {
            return Err(integrity(format!("{word} is not a valid {key}")));
        }
        Ok(word)
    }

    /// The asset lines of the field.
    ///
    /// # Errors
    /// `FIELD_INTEGRITY_EXCEPTION` for what the type does not allow or lacks.
    pub(super) fn lines(&self) -> Result<Vec<String>, Refusal> {
        let label = self
            .text("label")
            .ok_or_else(|| integrity("Must specify a non-empty label for the CustomField"))?;
        if label.chars().count() > 40 {
            return Err(integrity(format!(
                "Label: data value too large: {label} (max length=40)"
            )));
        }
        if self.kind() == "Location" {
            return self.location();
        }
        let (mut spec, more) = match self.text("formula") {
            Some(formula) => (
                self.formula_kind()?,
                vec![format!("~ {}", one_line(formula))],
            ),
            None => self.typed()?,
        };
        for (key, word) in [("externalId", "external"), ("unique", "unique")] {
            if self.flag(key) {
                spec.push(' ');
                spec.push_str(word);
            }
        }
        if self.flag("required") && !matches!(self.kind(), "MasterDetail" | "Checkbox") {
            spec.push_str(" required");
        }
        let mut lines = vec![format!("  {} | {} | {spec}", self.name, self.name)];
        lines.extend(more.into_iter().map(|line| format!("  {line}")));
        lines.push(format!("  @ {}", self.about(label)?));
        Ok(lines)
    }

    /// What a plain line cannot say, and the metadata themselves.
    fn about(&self, label: &str) -> Result<Value, Refusal> {
        Ok(json!({
            "id": self.id,
            "label": label,
            "help": self.text("inlineHelpText"),
            "caseSensitive": self.flag("caseSensitive"),
            "format": self.text("displayFormat"),
            "values": self.values()?,
            "metadata": self.metadata,
        }))
    }

    /// The type's words and the lines below.
    fn typed(&self) -> Result<(String, Vec<String>), Refusal> {
        let plain = |words: String| Ok((words, Vec::new()));
        match self.kind() {
            "Text" => plain(format!("string {}", self.number("length", 1, 255)?)),
            "TextArea" => plain("textarea 255".into()),
            "LongTextArea" | "Html" => {
                let html = self.kind() == "Html";
                self.number("visibleLines", if html { 10 } else { 2 }, 50)?;
                let length = self.number("length", 256, 131_072)?;
                let words = format!("textarea {length} nofilter nosort nogroup");
                plain(if html { words + " html" } else { words })
            }
            "Number" => plain(format!("double {}", self.digits()?)),
            "Currency" => plain(format!("currency {}", self.digits()?)),
            "Percent" => plain(format!("percent {}", self.digits()?)),
            "Checkbox" => self.checkbox().map(|words| (words, Vec::new())),
            "Date" | "DateTime" | "Time" | "Email" | "Phone" | "Url" => {
                plain(self.kind().to_lowercase())
            }
            "Picklist" | "MultiselectPicklist" => self.picklist(),
            "Lookup" | "MasterDetail" => self.reference(),
            "AutoNumber" => {
                let format = self
                    .text("displayFormat")
                    .ok_or_else(|| self.missing("displayFormat"))?;
                if !format.contains("{0") || !format.contains('}') {
                    return Err(integrity(
                        "Display Format: must contain a number, as in A-{0000}",
                    ));
                }
                plain("string 30 auto {0}".into())
            }
            "EncryptedText" => plain(format!("encrypted {}", self.number("length", 1, 175)?)),
            "Summary" => self.summary(),
            _ => Err(integrity(
                "Must specify a formula for a CustomField of type Formula",
            )),
        }
    }

    /// `18,2` of `precision` and `scale`; the precision counts both sides of the point.
    fn digits(&self) -> Result<String, Refusal> {
        let precision = self.number("precision", 1, 18)?;
        let scale = self.number("scale", 0, precision)?;
        Ok(format!("{precision},{scale}"))
    }

    fn checkbox(&self) -> Result<String, Refusal> {
        match self.metadata.get("defaultValue") {
            None | Some(Value::Null) => Err(self.missing("defaultValue")),
            Some(value) if value == "true" || value == &json!(true) => Ok("boolean true".into()),
            Some(_) => Ok("boolean".into()),
        }
    }

    fn formula_kind(&self) -> Result<String, Refusal> {
        Ok(match self.kind() {
            "Text" => "string 1300".into(),
            "Number" => format!("double {}", self.scaled()),
            "Currency" => format!("currency {}", self.scaled()),
            "Percent" => format!("percent {}", self.scaled()),
            "Checkbox" => "boolean".into(),
            "Date" | "DateTime" | "Time" => self.kind().to_lowercase(),
            other => return Err(integrity(format!("A formula cannot be of type {other}"))),
        })
    }

    fn scaled(&self) -> String {
        let scale = self
            .metadata
            .get("scale")
            .and_then(Value::as_u64)
            .unwrap_or(0);
        format!("18,{}", scale.min(18))
    }

    fn set(&self) -> Option<&Map<String, Value>> {
        self.metadata.get("valueSet").and_then(Value::as_object)
    }

    fn picklist(&self) -> Result<(String, Vec<String>), Refusal> {
        let set = self.set().ok_or_else(|| self.missing("valueSet"))?;
        if let Some(name) = set.get("valueSetName").and_then(Value::as_str) {
            return Err(integrity(format!("no GlobalValueSet named {name} found")));
        }
        let mut words = if self.kind() == "Picklist" {
            "picklist".to_owned()
        } else {
            self.number("visibleLines", 3, 10)?;
            "multipicklist".to_owned()
        };
        if set.get("restricted") == Some(&json!(true)) {
            words.push_str(" restricted");
        }
        if let Some(by) = set.get("controllingField").and_then(Value::as_str) {
            let by = self.object.field(by).ok_or_else(|| {
                integrity(format!(
                    "Controlling field {by} does not exist on {}",
                    self.object.name
                ))
            })?;
            words.push_str(&format!(" by {}", by.name));
        }
        Ok((words, Vec::new()))
    }

    /// `[{value, label, default, for}]`; null when the field has no list.
    fn values(&self) -> Result<Value, Refusal> {
        let Some(set) = self.set() else {
            return Ok(Value::Null);
        };
        let given = set
            .get("valueSetDefinition")
            .and_then(|all| all.get("value"));
        let given = given.and_then(Value::as_array).cloned().unwrap_or_default();
        let mut values: Vec<Value> = Vec::new();
        for one in &given {
            let value = one.get("fullName").or_else(|| one.get("valueName"));
            let value = value
                .and_then(Value::as_str)
                .filter(|value| !value.is_empty() && !value.contains([';', '\n']))
                .ok_or_else(|| integrity("Picklist value: must specify a fullName"))?;
            if values.iter().any(|have| have["value"] == value) {
                let text = format!("Duplicate picklist value: {value}");
                return Err(Refusal::row("DUPLICATE_VALUE", text, &[]));
            }
            let label = one.get("label").and_then(Value::as_str).unwrap_or(value);
            let default = one.get("default") == Some(&json!(true));
            values.push(json!({
                "value": value, "label": label, "default": default, "for": controlling(set, value)
            }));
        }
        Ok(Value::Array(values))
    }

    fn reference(&self) -> Result<(String, Vec<String>), Refusal> {
        let to = self.word("referenceTo")?;
        let parent = self.schema.object(to).ok_or_else(|| {
            integrity(format!(
                "referenceTo value of '{to}' does not resolve to a valid sObject type"
            ))
        })?;
        let stem = self.name.trim_end_matches("__c");
        let master = self.kind() == "MasterDetail";
        let mut words = format!("ref {} as {stem}__r", parent.name);
        if self.text("relationshipName").is_some() || master {
            let list = format!("{}__r", self.word("relationshipName")?);
            let taken = self.schema.children_of(&parent.name).any(|(child, field)| {
                field.child_relationship.as_deref() == Some(&list)
                    && (child.name != self.object.name || field.name != self.name)
            });
            if taken {
                let text = format!(
                    "There is already a Child Relationship named {} on {}.",
                    list.trim_end_matches("__r"),
                    parent.label
                );
                return Err(Refusal::row("DUPLICATE_DEVELOPER_NAME", text, &[]));
            }
            words.push_str(&format!(" list {list}"));
        }
        if master {
            if !self.object.custom {
                return Err(integrity(
                    "Cannot create a master-detail relationship on a standard object",
                ));
            }
            words.push_str(" detail");
            if self.flag("reparentableMasterDetail") {
                words.push_str(" reparentable");
            }
            return Ok((words, Vec::new()));
        }
        match self.text("deleteConstraint") {
            None | Some("SetNull") => {}
            Some("Restrict") => words.push_str(" restrict"),
            Some("Cascade") => words.push_str(" cascade"),
            Some(other) => {
                return Err(integrity(format!(
                    "{other} is not a valid deleteConstraint"
                )));
            }
        }
        Ok((words, Vec::new()))
    }

    /// `summaryForeignKey` is `Child__c.Link__c`, `summarizedField` `Child__c.Amount__c`.
    fn summary(&self) -> Result<(String, Vec<String>), Refusal> {
        let operation = self.word("summaryOperation")?.to_uppercase();
        let (child, link) = self
            .word("summaryForeignKey")?
            .split_once('.')
            .ok_or_else(|| self.missing("summaryForeignKey"))?;
        let object = self.schema.object(child);
        let holds = object
            .and_then(|object| object.field(link))
            .is_some_and(|field| field.reference_to.contains(&self.object.name));
        let child = object.filter(|_| holds).ok_or_else(|| {
            integrity(format!(
                "summaryForeignKey {child}.{link} does not point to {}",
                self.object.name
            ))
        })?;
        if operation == "COUNT" {
            return Ok((
                "double 18,0".into(),
                vec![format!("^ COUNT {} by {link}", child.name)],
            ));
        }
        if !matches!(operation.as_str(), "SUM" | "MIN" | "MAX") {
            return Err(integrity(format!(
                "{operation} is not a valid summaryOperation"
            )));
        }
        let summed = self.word("summarizedField")?;
        let field = summed
            .split_once('.')
            .filter(|(object, _)| object.eq_ignore_ascii_case(&child.name))
            .and_then(|(_, name)| child.field(name))
            .ok_or_else(|| {
                integrity(format!(
                    "summarizedField {summed} is not a field of {}",
                    child.name
                ))
            })?;
        let words = match field.type_word() {
            word @ ("double" | "currency" | "percent") => format!("{word} 18,{}", field.scale),
            word @ ("date" | "datetime") if operation != "SUM" => word.into(),
            "int" => "double 18,0".into(),
            other => {
                return Err(integrity(format!(
                    "A roll-up cannot sum up a field of type {other}"
                )));
            }
        };
        Ok((
            words,
            vec![format!(
                "^ {operation} {}.{} by {link}",
                child.name, field.name
            )],
        ))
    }

    fn location(&self) -> Result<Vec<String>, Refusal> {
        let scale = self.number("scale", 0, 15)?;
        let stem = self.name.trim_end_matches("__c");
        let label = self.text("label").unwrap_or(stem);
        let mut lines = Vec::new();
        for part in ["Latitude", "Longitude"] {
            let name = format!("{stem}__{part}__s");
            lines.push(format!(
                "  {name} | {name} | double {},{scale} in {}",
                scale + 3,
                self.name
            ));
            lines.push(format!(
                "  @ {}",
                json!({"label": format!("{label} ({part})")})
            ));
        }
        lines.push(format!("  {} | {} | location", self.name, self.name));
        lines.push(format!("  @ {}", self.about(label)?));
        Ok(lines)
    }
}

/// Controlling values a value is valid for, out of `valueSettings`.
fn controlling(set: &Map<String, Value>, value: &str) -> Vec<Value> {
    let settings = set.get("valueSettings").and_then(Value::as_array);
    settings
        .into_iter()
        .flatten()
        .filter(|one| one["valueName"] == value)
        .filter_map(|one| one["controllingFieldValue"].as_array())
        .flatten()
        .cloned()
        .collect()
}

fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

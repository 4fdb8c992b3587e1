//! What a setting takes: checked in one place, whether it comes from the file, the
//! environment or the command line.

use serde_json::{Value as Json, json};
use toml::de::DeValue;

use crate::domain::suggest::did_you_mean;

/// What a setting may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Some of these words.
    Choices(&'static [&'static str]),
    /// Whole seconds, both ends included.
    Seconds(u64, u64),
    /// A text; an example of it.
    Text(&'static str),
    /// A list of texts; an example of it.
    Texts(&'static str),
    /// True or false.
    Switch,
}

/// A value that its kind allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A word or text.
    Text(String),
    /// A list of them.
    Texts(Vec<String>),
    /// A whole number.
    Number(u64),
    /// True or false.
    Switch(bool),
}

impl Value {
    /// As the config file writes it.
    pub fn toml(&self) -> String {
        match self {
            Value::Text(text) => toml::Value::from(text.as_str()).to_string(),
            Value::Texts(texts) => {
                let texts: Vec<String> = texts
                    .iter()
                    .map(|text| toml::Value::from(text.as_str()).to_string())
                    .collect();
                format!("[{}]", texts.join(", "))
            }
            Value::Number(number) => number.to_string(),
            Value::Switch(on) => on.to_string(),
        }
    }

    /// As JSON has it.
    pub fn json(&self) -> Json {
        match self {
            Value::Text(text) => json!(text),
            Value::Texts(texts) => json!(texts),
            Value::Number(number) => json!(number),
            Value::Switch(on) => json!(on),
        }
    }
}

impl Kind {
    /// Reads a value of the file; the error says what would be right.
    ///
    /// # Errors
    /// When it is of another kind, or not one of those allowed.
    pub fn read(self, value: &DeValue<'_>) -> Result<Value, String> {
        let read = match (self, value) {
            (Kind::Choice(_) | Kind::Text(_), DeValue::String(text)) => {
                Some(Value::Text(text.to_string()))
            }
            (Kind::Choices(_) | Kind::Texts(_), DeValue::Array(items)) => items
                .iter()
                .map(|item| item.get_ref().as_str().map(str::to_owned))
                .collect::<Option<Vec<String>>>()
                .map(Value::Texts),
            (Kind::Seconds(..), DeValue::Integer(number)) => {
                number.as_str().parse().ok().map(Value::Number)
            }
            (Kind::Switch, DeValue::Boolean(on)) => Some(Value::Switch(*on)),
            _ => None,
        };
        self.check(read.ok_or_else(|| self.wanted())?)
    }

    /// Reads a value from the environment or the command line, where lists are parted by
    /// commas.
    ///
    /// # Errors
    /// As `read`.
    pub fn read_word(self, text: &str) -> Result<Value, String> {
        let text = text.trim();
        let read = match self {
            Kind::Choice(_) | Kind::Text(_) => Some(Value::Text(text.to_owned())),
            Kind::Choices(_) | Kind::Texts(_) => {
                let texts = text.split(',').map(|part| part.trim().to_owned());
                Some(Value::Texts(
                    texts.filter(|part| !part.is_empty()).collect(),
                ))
            }
            Kind::Seconds(..) => text.parse().ok().map(Value::Number),
            Kind::Switch => match text {
                "true" | "1" | "yes" | "on" => Some(Value::Switch(true)),
                "false" | "0" | "no" | "off" => Some(Value::Switch(false)),
                _ => None,
            },
        };
        self.check(read.ok_or_else(|| self.wanted())?)
    }

    fn check(self, value: Value) -> Result<Value, String> {
        let stray = match (self, &value) {
            (Kind::Choice(words), Value::Text(text)) if !words.contains(&text.as_str()) => {
                Some((text, words))
            }
            (Kind::Choices(words), Value::Texts(texts)) => texts
                .iter()
                .find(|text| !words.contains(&text.as_str()))
                .map(|text| (text, words)),
            _ => None,
        };
        if let Some((word, words)) = stray {
            let near = did_you_mean(word, words.iter().copied());
            return Err(format!("{}{near}", self.wanted()));
        }
        match (self, &value) {
            (Kind::Seconds(least, most), Value::Number(number))
                if !(least..=most).contains(number) =>
            {
                Err(self.wanted())
            }
            _ => Ok(value),
        }
    }

    /// What would be right.
    pub fn wanted(self) -> String {
        match self {
            Kind::Choice(words) => format!("write {}", listed(words, "or")),
            Kind::Choices(words) => format!("write a list of {}", listed(words, "and")),
            Kind::Seconds(least, most) => format!("write whole seconds from {least} to {most}"),
            Kind::Text(example) => format!("write a text in quotes, such as {example}"),
            Kind::Texts(example) => format!("write a list of texts, such as {example}"),
            Kind::Switch => "write true or false".to_owned(),
        }
    }

    /// Its JSON Schema.
    pub fn schema(self) -> Json {
        match self {
            Kind::Choice(words) => json!({"enum": words}),
            Kind::Choices(words) => json!({"type": "array", "items": {"enum": words}}),
            Kind::Seconds(least, most) => {
                json!({"type": "integer", "minimum": least, "maximum": most})
            }
            Kind::Text(_) => json!({"type": "string"}),
            Kind::Texts(_) => json!({"type": "array", "items": {"type": "string"}}),
            Kind::Switch => json!({"type": "boolean"}),
        }
    }
}

/// A text of the file.
pub(super) fn word<'a>(value: &'a DeValue<'_>) -> Result<&'a str, String> {
    value
        .as_str()
        .ok_or_else(|| "write a text in quotes".to_owned())
}

/// `"a", "b" or "c"`.
fn listed(words: &[&str], last: &str) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    match quoted.split_last() {
        Some((end, rest)) if !rest.is_empty() => format!("{} {last} {end}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_environment_are_held_to_the_same_rules() {
        let choice = Kind::Choice(&["auto", "dark", "light"]);
        assert_eq!(choice.read_word("dark"), Ok(Value::Text("dark".into())));
        assert_eq!(
            choice.read_word("drak"),
            Err("write \"auto\", \"dark\" or \"light\"; did you mean `dark`?".into())
        );
        let list = Kind::Texts("[\"a\"]");
        assert_eq!(
            list.read_word("Account, Contact,"),
            Ok(Value::Texts(vec!["Account".into(), "Contact".into()]))
        );
        assert_eq!(Kind::Seconds(5, 600).read_word("60"), Ok(Value::Number(60)));
        for wrong in ["4", "601", "-1", "x", "1.5", "99999999999999999999999"] {
            assert!(Kind::Seconds(5, 600).read_word(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Kind::Switch.read_word("on"), Ok(Value::Switch(true)));
        assert!(Kind::Switch.read_word("maybe").is_err());
    }

    #[test]
    fn what_is_written_as_toml_is_read_back() {
        let values = [
            (Kind::Text("x"), Value::Text("a \"b\" \\ c\n".into())),
            (
                Kind::Texts("x"),
                Value::Texts(vec!["a, b".into(), "'c'".into()]),
            ),
            (Kind::Seconds(0, 9), Value::Number(7)),
            (Kind::Switch, Value::Switch(true)),
        ];
        for (kind, value) in values {
            let text = format!("it = {}", value.toml());
            let table = toml::de::DeTable::parse(&text).unwrap();
            let read = kind.read(table.get_ref().get("it").unwrap().get_ref());
            assert_eq!(read, Ok(value));
        }
    }
}

//! Server search: what was typed, as a SOSL query that finds words beginning so.

use super::soql::{BadName, is_name, is_path};

/// One object to look in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target<'a> {
    /// API name.
    pub object: &'a str,
    /// Columns wanted, as paths; none means `Id`.
    pub fields: &'a [&'a str],
    /// Most rows of this object.
    pub limit: u32,
}

/// Why there is nothing to send.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FindError {
    /// The org searches for two characters or more.
    #[error("type at least two letters or digits to search")]
    TooShort,
    /// A name that cannot be an API name.
    #[error(transparent)]
    Name(#[from] BadName),
}

/// Characters with a meaning of their own between the braces (SOQL and SOSL Reference,
/// "Reserved Characters").
const RESERVED: &str = "?&|!{}[]()^~*:\\\"'+-";
/// Beyond this the org ignores operators, the trailing star among them.
const MOST_CHARACTERS: usize = 4000;

/// `FIND {len* ort*} IN ALL FIELDS RETURNING Contact(Id,Name LIMIT 20)`.
///
/// Each word is taken as the start of a word; reserved characters are escaped, so typed
/// text cannot become an operator.
pub fn find(text: &str, targets: &[Target<'_>]) -> Result<String, FindError> {
    let terms = terms(text)?;
    let mut returning = Vec::with_capacity(targets.len());
    for target in targets {
        returning.push(target_text(target)?);
    }
    let list = match returning.is_empty() {
        true => String::new(),
        false => format!(" RETURNING {}", returning.join(", ")),
    };
    Ok(format!("FIND {{{terms}}} IN ALL FIELDS{list}"))
}

fn terms(text: &str) -> Result<String, FindError> {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .collect();
    let longest = words
        .iter()
        .map(|word| word.chars().filter(|c| c.is_alphanumeric()).count());
    if longest.max().unwrap_or_default() < 2 {
        return Err(FindError::TooShort);
    }
    let mut terms = String::new();
    for word in words {
        let term = escaped(word);
        if terms.chars().count() + term.chars().count() + 2 > MOST_CHARACTERS {
            break;
        }
        if !terms.is_empty() {
            terms.push(' ');
        }
        terms.push_str(&term);
        terms.push('*');
    }
    match terms.is_empty() {
        true => Err(FindError::TooShort),
        false => Ok(terms),
    }
}

fn escaped(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    for c in word.chars() {
        if RESERVED.contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn target_text(target: &Target<'_>) -> Result<String, BadName> {
    let odd = std::iter::once(target.object)
        .filter(|name| !is_name(name))
        .chain(target.fields.iter().copied().filter(|path| !is_path(path)))
        .next();
    match odd {
        Some(name) => Err(BadName(name.to_owned())),
        None => {
            let columns = match target.fields {
                [] => "Id".to_owned(),
                fields => fields.join(","),
            };
            Ok(format!(
                "{}({columns} LIMIT {})",
                target.object, target.limit
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTACT: Target<'static> = Target {
        object: "Contact",
        fields: &["Id", "Name", "Account.Name"],
        limit: 20,
    };

    #[test]
    fn typed_text_is_never_an_operator() {
        let cases = [
            ("lena", "{lena*}"),
            (" Lena  Ortiz ", "{Lena* Ortiz*}"),
            ("rock and roll", "{rock* and* roll*}"),
            ("O'Neil & Sons", "{O\\'Neil* Sons*}"),
            (
                "a*b} RETURNING User(Id)",
                "{a\\*b\\}* RETURNING* User\\(Id\\)*}",
            ),
            ("lena@example.com", "{lena@example.com*}"),
            ("Hol-Diaz", "{Hol\\-Diaz*}"),
            ("back\\slash", "{back\\\\slash*}"),
            ("東京", "{東京*}"),
        ];
        for (typed, term) in cases {
            let want = format!(
                "FIND {term} IN ALL FIELDS RETURNING Contact(Id,Name,Account.Name LIMIT 20)"
            );
            assert_eq!(
                find(typed, &[CONTACT]).as_deref(),
                Ok(want.as_str()),
                "{typed}"
            );
        }
    }

    #[test]
    fn too_little_to_search_for() {
        for typed in ["", "  ", "a", "*", "&&", "-- '"] {
            assert_eq!(find(typed, &[CONTACT]), Err(FindError::TooShort), "{typed}");
        }
    }

    #[test]
    fn a_name_that_is_none_builds_nothing() {
        let target = Target {
            object: "Contact) ",
            ..CONTACT
        };
        assert!(matches!(find("lena", &[target]), Err(FindError::Name(_))));
    }

    #[test]
    fn endless_text_is_cut_at_a_word() {
        let query = find(&"word ".repeat(5000), &[]).unwrap();
        assert!(query.len() < MOST_CHARACTERS + 60);
        assert!(query.contains("word*}"));
    }
}

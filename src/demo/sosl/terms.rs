//! What stands between SOSL's braces, as an FTS5 expression. Terms are whole words
//! unless a `*` or `?` says otherwise; AND is the default.

use crate::demo::soql::Fault;

/// A search text read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Words {
    All(Vec<Words>),
    Any(Vec<Words>),
    /// The first without any of the others.
    Without(Box<Words>, Vec<Words>),
    /// A word or several in a row.
    Phrase(String),
    Prefix(String),
    /// A word with a wildcard inside, as GLOB writes it, lower case; signs beyond ASCII
    /// stand for any one, since the index has them folded.
    Pattern(String),
}

impl Words {
    /// The FTS5 expression; `expand` gives the words a pattern means.
    ///
    /// # Errors
    /// Those of `expand`.
    pub fn index<E>(&self, expand: &impl Fn(&str) -> Result<Vec<String>, E>) -> Result<String, E> {
        let joined = |all: &[Self], word: &str| -> Result<String, E> {
            let parts: Vec<String> = all
                .iter()
                .map(|one| one.index(expand))
                .collect::<Result<_, _>>()?;
            Ok(match parts.as_slice() {
                [one] => one.clone(),
                _ => format!("({})", parts.join(word)),
            })
        };
        match self {
            Self::All(all) => joined(all, " AND "),
            Self::Any(all) => joined(all, " OR "),
            Self::Without(one, others) => Ok(format!(
                "({} NOT {})",
                one.index(expand)?,
                joined(others, " OR ")?
            )),
            Self::Phrase(text) => Ok(quoted(text)),
            Self::Prefix(text) => Ok(format!("{} *", quoted(text))),
            Self::Pattern(pattern) => {
                let all: Vec<String> = expand(pattern)?.iter().map(|word| quoted(word)).collect();
                // An expression must have a word: this one is in no text.
                Ok(if all.is_empty() {
                    quoted("qxzqxzqxz")
                } else {
                    format!("({})", all.join(" OR "))
                })
            }
        }
    }
}

/// Deepest nesting of parentheses.
const DEEPEST: usize = 20;
/// Longest text that is searched for at all, in characters (SOSL reference).
const LONGEST: usize = 10_000;
/// Longest text whose operators are read.
const LONGEST_WITH_OPERATORS: usize = 4_000;

/// What becomes of a text of its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    Whole,
    WithoutOperators,
    /// No rows are found.
    Nothing,
}

/// How much of a text is read.
pub fn size(text: &str) -> Size {
    let length = text.chars().count();
    if length <= LONGEST_WITH_OPERATORS {
        Size::Whole
    } else if length <= LONGEST {
        Size::WithoutOperators
    } else {
        Size::Nothing
    }
}

/// One word as it is; `None` without a letter or digit in it.
pub fn word(text: &str) -> Option<Words> {
    has_letters(text).then(|| Words::Phrase(text.to_owned()))
}

/// One word begun.
pub fn prefix(text: &str) -> Option<Words> {
    has_letters(text).then(|| Words::Prefix(text.to_owned()))
}

fn has_letters(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    And,
    Or,
    Not,
    /// Wildcards are `*` and `?` that were not escaped, kept as these private signs.
    Term(String),
    Phrase(String),
}

/// Unescaped `*` and `?`, so that escaped ones stay text.
const MANY: char = '\u{E000}';
const ONE: char = '\u{E001}';

/// Reads a text with operators.
///
/// # Errors
/// `MALFORMED_SEARCH` for text without a word of two characters, or unbalanced signs.
pub fn read(text: &str) -> Result<Words, Fault> {
    let tokens = tokens(text)?;
    let mut reader = Reader {
        tokens,
        next: 0,
        depth: 0,
    };
    let words = reader.any()?;
    if reader.next < reader.tokens.len() {
        return Err(malformed("unexpected token in search term"));
    }
    Ok(words)
}

/// Reads a text without operators: every word must be there.
///
/// # Errors
/// As [`read`].
pub fn plain(text: &str) -> Result<Words, Fault> {
    let terms: Vec<Token> = text
        .split(|c: char| c.is_whitespace() || "{}()\"".contains(c))
        .filter(|word| !word.is_empty())
        .map(|word| {
            Token::Term(
                word.replace('*', &MANY.to_string())
                    .replace('?', &ONE.to_string()),
            )
        })
        .collect();
    long_enough(&terms, text)?;
    Reader {
        tokens: terms,
        next: 0,
        depth: 0,
    }
    .any()
}

fn malformed(text: impl Into<String>) -> Fault {
    Fault::bare("MALFORMED_SEARCH", text)
}

fn long_enough(tokens: &[Token], text: &str) -> Result<(), Fault> {
    let letters = |word: &String| word.chars().filter(|c| c.is_alphanumeric()).count();
    let longest = tokens
        .iter()
        .map(|token| match token {
            Token::Term(word) | Token::Phrase(word) => letters(word),
            _ => 0,
        })
        .max();
    if text.chars().count() > LONGEST || longest.unwrap_or(0) < 2 {
        return Err(malformed(format!(
            "search term must be longer than one character: {}",
            text.trim()
        )));
    }
    Ok(())
}

fn tokens(text: &str) -> Result<Vec<Token>, Fault> {
    let mut found = Vec::new();
    let mut word = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => word.extend(chars.next()),
            '*' => word.push(MANY),
            '?' => word.push(ONE),
            '"' => {
                flush(&mut word, &mut found);
                let phrase: String = chars.by_ref().take_while(|c| *c != '"').collect();
                found.push(Token::Phrase(phrase));
            }
            '(' | ')' => {
                flush(&mut word, &mut found);
                found.push(if c == '(' { Token::Open } else { Token::Close });
            }
            '&' | '|' | '!' => {
                flush(&mut word, &mut found);
                found.push(match c {
                    '&' => Token::And,
                    '|' => Token::Or,
                    _ => Token::Not,
                });
            }
            c if c.is_whitespace() => flush(&mut word, &mut found),
            other => word.push(other),
        }
    }
    flush(&mut word, &mut found);
    long_enough(&found, text)?;
    Ok(found)
}

fn flush(word: &mut String, found: &mut Vec<Token>) {
    let text = std::mem::take(word);
    if text.is_empty() {
        return;
    }
    found.push(match text.as_str() {
        "AND" => Token::And,
        "OR" => Token::Or,
        "NOT" => Token::Not,
        _ => Token::Term(text),
    });
}

struct Reader {
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
}

impl Reader {
    fn accept(&mut self, token: &Token) -> bool {
        let found = self.tokens.get(self.next) == Some(token);
        self.next += usize::from(found);
        found
    }

    fn any(&mut self) -> Result<Words, Fault> {
        let mut words = vec![self.all()?];
        while self.accept(&Token::Or) {
            words.push(self.all()?);
        }
        Ok(single(words, Words::Any))
    }

    /// Lists, not pairs of pairs: a text of thousands of words is no deeper than one of two.
    fn all(&mut self) -> Result<Words, Fault> {
        let (mut words, mut others) = (vec![self.one()?], Vec::new());
        loop {
            let joined = self.accept(&Token::And);
            let without = self.accept(&Token::Not);
            let follows = matches!(
                self.tokens.get(self.next),
                Some(Token::Term(_) | Token::Phrase(_) | Token::Open)
            );
            if !follows {
                if joined || without {
                    return Err(malformed("unexpected end of search term"));
                }
                let words = single(words, Words::All);
                return Ok(if others.is_empty() {
                    words
                } else {
                    Words::Without(Box::new(words), others)
                });
            }
            let one = self.one()?;
            if without {
                others.push(one);
            } else {
                words.push(one);
            }
        }
    }

    fn one(&mut self) -> Result<Words, Fault> {
        let token = self.tokens.get(self.next).cloned();
        self.next += 1;
        match token {
            Some(Token::Open) => {
                self.depth += 1;
                if self.depth > DEEPEST {
                    return Err(malformed("search term is too complicated"));
                }
                let inner = self.any()?;
                self.depth -= 1;
                if self.accept(&Token::Close) {
                    Ok(inner)
                } else {
                    Err(malformed("missing ) in search term"))
                }
            }
            Some(Token::Phrase(text)) => Ok(Words::Phrase(text)),
            Some(Token::Term(word)) => Ok(term(&word)),
            _ => Err(malformed("unexpected token in search term")),
        }
    }
}

fn single(mut words: Vec<Words>, several: fn(Vec<Words>) -> Words) -> Words {
    match words.pop() {
        Some(only) if words.is_empty() => only,
        last => {
            words.extend(last);
            several(words)
        }
    }
}

/// A word; a wildcard at its end is a prefix search, one inside a pattern.
fn term(word: &str) -> Words {
    // A wildcard in front is passed over, as real search does.
    let word = word.trim_start_matches([MANY, ONE]);
    let bare = word.trim_end_matches(MANY);
    if bare.contains([MANY, ONE]) {
        Words::Pattern(pattern(word))
    } else if bare.len() < word.len() {
        Words::Prefix(bare.to_owned())
    } else {
        Words::Phrase(word.to_owned())
    }
}

/// An FTS5 string; its tokenizer makes a phrase of what holds several words.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', " "))
}

fn pattern(word: &str) -> String {
    word.to_lowercase()
        .chars()
        .map(|c| match c {
            MANY => '*',
            c if c.is_ascii_alphanumeric() => c,
            _ => '?',
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_index_expressions() {
        let index = |text: &str| {
            read(text)
                .unwrap()
                .index(&|_| Ok::<_, ()>(vec!["x1".into(), "x2".into()]))
                .unwrap()
        };
        let cases = [
            ("lena", "\"lena\""),
            ("len*", "\"len\" *"),
            ("lena ort*", "(\"lena\" AND \"ort\" *)"),
            ("a1 OR b2 AND NOT c3", "(\"a1\" OR (\"b2\" NOT \"c3\"))"),
            (
                "a1 NOT b2 c3 NOT d4",
                "((\"a1\" AND \"c3\") NOT (\"b2\" OR \"d4\"))",
            ),
            ("(a1 | b2) c3", "((\"a1\" OR \"b2\") AND \"c3\")"),
            ("\"lena ortiz\"", "\"lena ortiz\""),
            ("o\\'brien", "\"o'brien\""),
            ("ab\\*", "\"ab*\""),
            ("*lena", "\"lena\""),
            ("l?na*z", "(\"x1\" OR \"x2\")"),
        ];
        for (text, expected) in cases {
            assert_eq!(index(text), expected, "{text}");
        }
    }

    #[test]
    fn wildcards_inside_are_patterns() {
        assert_eq!(read("L?nä*z").unwrap(), Words::Pattern("l?n?*z".into()));
        let none = read("l?na")
            .unwrap()
            .index(&|_| Ok::<_, ()>(Vec::new()))
            .unwrap();
        assert_eq!(none, "\"qxzqxzqxz\"");
    }

    #[test]
    fn texts_without_words_are_refused() {
        for text in [
            "a",
            "a*",
            "()",
            "AND",
            "ab AND",
            "(ab",
            "ab)",
            "",
            "**",
            "\\",
            &"(ab ".repeat(100),
            &"x".repeat(20_000),
        ] {
            assert_eq!(
                read(text).unwrap_err().code,
                "MALFORMED_SEARCH",
                "{text:.20}"
            );
        }
    }

    #[test]
    fn plain_texts_have_no_operators() {
        let words = plain("lena AND ort").unwrap();
        assert_eq!(
            words.index(&|_| Ok::<_, ()>(Vec::new())).unwrap(),
            "(\"lena\" AND \"AND\" AND \"ort\")"
        );
    }

    #[test]
    fn thousands_of_words_need_no_deep_stack() {
        let words = plain(&"ab ".repeat(3_300)).unwrap();
        let index = words.index(&|_| Ok::<_, ()>(Vec::new())).unwrap();
        let db = rusqlite::Connection::open_in_memory().unwrap();
        db.execute_batch("CREATE VIRTUAL TABLE w USING fts5(name)")
            .unwrap();
        let found = db.query_row("SELECT count(*) FROM w(?1)", [index], |row| {
            row.get::<_, i64>(0)
        });
        assert_eq!(found, Ok(0));
        assert!(read(&"ab OR NOT ".repeat(400)).is_err());
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_read_the_index_takes(text in "[a-zé *?\"'(){}&|!\\\\:^+\\-]{0,20}( (AND|OR|NOT|and) [a-z*?]{1,4}){0,2}") {
            let db = rusqlite::Connection::open_in_memory().unwrap();
            db.execute_batch("CREATE VIRTUAL TABLE w USING fts5(name, rest)").unwrap();
            for words in [read(&text), plain(&text)].into_iter().flatten() {
                let index = words.index(&|_| Ok::<_, ()>(vec!["ab".into()])).unwrap();
                let found = db.query_row("SELECT count(*) FROM w(?1)", [format!("{{name}} : ({index})")], |row| row.get::<_, i64>(0));
                assert!(found.is_ok(), "{text}: {index}: {found:?}");
            }
        }
    }
}

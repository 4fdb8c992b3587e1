//! What stands between SOSL's braces, as an FTS5 expression. Terms are whole words
//! unless a `*` or `?` says otherwise; AND is the default.

use crate::demo::soql::Fault;

/// A search text read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// FTS5 expression.
    pub index: String,
    /// LIKE patterns of words with a wildcard inside, which the index cannot tell.
    pub patterns: Vec<String>,
}

/// Deepest nesting of parentheses.
const DEEPEST: usize = 20;
/// Longest text that is searched for at all (SOSL reference).
const LONGEST: usize = 10_000;

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
    let mut reader = Reader { tokens, next: 0, depth: 0, patterns: Vec::new() };
    let index = reader.any()?;
    if reader.next < reader.tokens.len() {
        return Err(malformed("unexpected token in search term"));
    }
    Ok(Words { index, patterns: reader.patterns })
}

/// Reads a text without operators: every word must be there.
///
/// # Errors
/// As [`read`].
pub fn plain(text: &str) -> Result<Words, Fault> {
    let terms: Vec<Token> = text
        .split(|c: char| c.is_whitespace() || "{}()\"".contains(c))
        .filter(|word| !word.is_empty())
        .map(|word| Token::Term(word.replace('*', &MANY.to_string()).replace('?', &ONE.to_string())))
        .collect();
    long_enough(&terms, text)?;
    let mut reader = Reader { tokens: terms, next: 0, depth: 0, patterns: Vec::new() };
    let index = reader.any()?;
    Ok(Words { index, patterns: reader.patterns })
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
    if text.len() > LONGEST || longest.unwrap_or(0) < 2 {
        return Err(malformed(format!("search term must be longer than one character: {}", text.trim())));
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
    patterns: Vec<String>,
}

impl Reader {
    fn accept(&mut self, token: &Token) -> bool {
        let found = self.tokens.get(self.next) == Some(token);
        self.next += usize::from(found);
        found
    }

    fn any(&mut self) -> Result<String, Fault> {
        let mut text = self.all()?;
        while self.accept(&Token::Or) {
            text = format!("({text} OR {})", self.all()?);
        }
        Ok(text)
    }

    fn all(&mut self) -> Result<String, Fault> {
        let mut text = self.one()?;
        loop {
            let joined = self.accept(&Token::And);
            let word = if self.accept(&Token::Not) { "NOT" } else { "AND" };
            let follows = matches!(
                self.tokens.get(self.next),
                Some(Token::Term(_) | Token::Phrase(_) | Token::Open)
            );
            if !follows {
                return if joined || word == "NOT" { Err(malformed("unexpected end of search term")) } else { Ok(text) };
            }
            text = format!("({text} {word} {})", self.one()?);
        }
    }

    fn one(&mut self) -> Result<String, Fault> {
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
                if self.accept(&Token::Close) { Ok(inner) } else { Err(malformed("missing ) in search term")) }
            }
            Some(Token::Phrase(text)) => Ok(quoted(&text)),
            Some(Token::Term(word)) => Ok(self.term(&word)),
            _ => Err(malformed("unexpected token in search term")),
        }
    }

    /// A word; a wildcard at its end is a prefix search, one inside also a pattern.
    fn term(&mut self, word: &str) -> String {
        // A wildcard in front is passed over, as real search does.
        let word = word.trim_start_matches([MANY, ONE]);
        let head: String = word.chars().take_while(|c| !matches!(*c, MANY | ONE)).collect();
        if head.chars().count() == word.chars().count() {
            return quoted(word);
        }
        let only_end = word.trim_end_matches(MANY) == head;
        if !only_end {
            self.patterns.push(pattern(word));
        }
        format!("{} *", quoted(&head))
    }
}

/// An FTS5 string; its tokenizer makes a phrase of what holds several words.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', " "))
}

fn pattern(word: &str) -> String {
    let mut text = String::from("% ");
    for c in word.chars() {
        match c {
            MANY => text.push('%'),
            ONE => text.push('_'),
            '%' | '_' | '\\' => {
                text.push('\\');
                text.push(c);
            }
            other => text.push(other),
        }
    }
    text.push_str(" %");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_index_expressions() {
        let cases = [
            ("lena", "\"lena\""),
            ("len*", "\"len\" *"),
            ("lena ort*", "(\"lena\" AND \"ort\" *)"),
            ("a1 OR b2 AND NOT c3", "(\"a1\" OR (\"b2\" NOT \"c3\"))"),
            ("(a1 | b2) c3", "((\"a1\" OR \"b2\") AND \"c3\")"),
            ("\"lena ortiz\"", "\"lena ortiz\""),
            ("o\\'brien", "\"o'brien\""),
            ("ab\\*", "\"ab*\""),
            ("*lena", "\"lena\""),
        ];
        for (text, index) in cases {
            assert_eq!(read(text).unwrap().index, index, "{text}");
        }
    }

    #[test]
    fn wildcards_inside_are_patterns_too() {
        let found = read("l?na*z").unwrap();
        assert_eq!(found.index, "\"l\" *");
        assert_eq!(found.patterns, ["% l_na%z %"]);
    }

    #[test]
    fn texts_without_words_are_refused() {
        for text in ["a", "a*", "()", "AND", "ab AND", "(ab", "ab)", "", "**", "\\", &"(ab ".repeat(100), &"x".repeat(20_000)] {
            assert_eq!(read(text).unwrap_err().code, "MALFORMED_SEARCH", "{text:.20}");
        }
    }

    #[test]
    fn plain_texts_have_no_operators() {
        assert_eq!(plain("lena AND ort").unwrap().index, "((\"lena\" AND \"AND\") AND \"ort\")");
    }
}

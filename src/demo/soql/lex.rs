//! SOQL text to tokens with their places. Knows no grammar.

use winnow::ascii::multispace0;
use winnow::combinator::{alt, repeat};
use winnow::error::ContextError;
use winnow::prelude::*;
use winnow::token::{one_of, take_while};

use super::Fault;

/// A token and its first byte.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    pub kind: Kind,
    pub at: usize,
    /// As written.
    pub text: String,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A name, dotted or not, or a keyword.
    Word,
    /// A number, date or date-time, not yet told apart.
    Figure,
    /// A quoted text: `plain` decoded, `like` with `\%`, `\_`, `\\` kept.
    Text {
        plain: String,
        like: String,
    },
    /// `(`, `,`, `<=` and so on.
    Sign,
    End,
}

type Input<'a> = &'a str;

/// All tokens, an [`Kind::End`] last.
///
/// # Errors
/// A character that starts no token, or a text that does not end.
pub fn tokens(source: &str) -> Result<Vec<Token>, Fault> {
    let mut input: Input<'_> = source;
    let mut found = Vec::new();
    loop {
        // Blanks never fail.
        let _ = blanks(&mut input);
        let at = source.len() - input.len();
        let rest = source.get(at..).unwrap_or("");
        if rest.is_empty() {
            found.push(Token {
                kind: Kind::End,
                at,
                text: "<EOF>".into(),
            });
            return Ok(found);
        }
        if rest.starts_with('\'') {
            let (kind, length) = quoted(rest, at)?;
            found.push(Token {
                kind,
                at,
                text: rest.get(..length).unwrap_or("").to_owned(),
            });
            input = source.get(at + length..).unwrap_or("");
            continue;
        }
        let Ok((kind, text)) = plain(&mut input) else {
            let sign: String = rest.chars().take(1).collect();
            return Err(Fault::malformed(
                at,
                format!("line 1:{at} no viable alternative at character '{sign}'"),
            ));
        };
        found.push(Token {
            kind,
            at,
            text: text.to_owned(),
        });
    }
}

fn blanks(input: &mut Input<'_>) -> Result<(), ContextError> {
    multispace0.void().parse_next(input)
}

fn plain<'a>(input: &mut Input<'a>) -> Result<(Kind, &'a str), ContextError> {
    alt((
        word.map(|text| (Kind::Word, text)),
        figure.map(|text| (Kind::Figure, text)),
        sign.map(|text| (Kind::Sign, text)),
    ))
    .parse_next(input)
}

fn word<'a>(input: &mut Input<'a>) -> Result<&'a str, ContextError> {
    (
        one_of(|c: char| c.is_ascii_alphabetic() || c == '_'),
        take_while(0.., |c: char| {
            c.is_ascii_alphanumeric() || c == '_' || c == '.'
        }),
    )
        .take()
        .parse_next(input)
}

/// Digits, and whatever dates and exponents are made of.
fn figure<'a>(input: &mut Input<'a>) -> Result<&'a str, ContextError> {
    (
        repeat::<_, _, (), _, _>(0..=1, one_of(['-', '+'])),
        one_of(|c: char| c.is_ascii_digit() || c == '.'),
        take_while(0.., |c: char| {
            c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '-' | '+')
        }),
    )
        .take()
        .parse_next(input)
}

fn sign<'a>(input: &mut Input<'a>) -> Result<&'a str, ContextError> {
    let two = alt(("<=", ">=", "!=", "<>"));
    alt((two, one_of(['<', '>', '=', '(', ')', ',', ':']).take())).parse_next(input)
}

/// A quoted text at the start of `rest`, and its length in bytes.
fn quoted(rest: &str, at: usize) -> Result<(Kind, usize), Fault> {
    let (mut plain, mut like) = (String::new(), String::new());
    let mut chars = rest.char_indices().skip(1);
    while let Some((index, c)) = chars.next() {
        match c {
            '\'' => return Ok((Kind::Text { plain, like }, index + 1)),
            '\\' => {
                let Some((_, escaped)) = chars.next() else {
                    break;
                };
                let unit =
                    escape(escaped, &mut chars).ok_or_else(|| illegal_escape(rest, escaped, at))?;
                if matches!(escaped, '%' | '_' | '\\') {
                    like.push('\\');
                }
                plain.push(unit);
                like.push(unit);
            }
            other => {
                plain.push(other);
                like.push(other);
            }
        }
    }
    let end = at + rest.len();
    Err(Fault::malformed(
        end,
        format!("line 1:{end} mismatched character '<EOF>' expecting '''"),
    ))
}

fn escape(sign: char, rest: &mut impl Iterator<Item = (usize, char)>) -> Option<char> {
    Some(match sign {
        'n' | 'N' => '\n',
        'r' | 'R' => '\r',
        't' | 'T' => '\t',
        'b' | 'B' => '\u{8}',
        'f' | 'F' => '\u{c}',
        '"' | '\'' | '\\' | '%' | '_' => sign,
        'u' => {
            let digits: String = rest.take(4).map(|(_, c)| c).collect();
            char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?
        }
        _ => return None,
    })
}

fn illegal_escape(rest: &str, sign: char, at: usize) -> Fault {
    let shown: String = rest.chars().take(60).collect();
    Fault::malformed(
        at,
        format!(
            "Invalid string literal {shown}. Illegal character sequence '\\{sign}' in string literal."
        ),
    )
}

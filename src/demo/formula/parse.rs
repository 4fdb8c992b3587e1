//! Formula text to a tree. Bounded in length and height, so that neither reading nor
//! evaluating one can run out of stack. Knows the functions' names, no fields.

use std::fmt;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::function::{self, Function};
use super::value::Value;

/// Longest formula, as in a real org.
const LONGEST: usize = 3_900;
/// Highest tree.
const HIGHEST: usize = 120;

/// A formula that has been read.
#[derive(Clone, PartialEq)]
pub struct Formula {
    /// As written.
    pub text: String,
    pub(super) tree: Arc<Expr>,
}

impl fmt::Debug for Formula {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Formula({:?})", self.text)
    }
}

/// A field a formula names, `Account.Owner.Name` or `$User.Id`, by its parts.
pub type Reference = Vec<String>;

#[derive(Debug, PartialEq)]
pub(super) enum Expr {
    Literal(Value),
    Path(Reference),
    Call(&'static Function, Vec<Expr>),
    Negate(Box<Expr>),
    Not(Box<Expr>),
    Binary(Op, Box<Expr>, Box<Expr>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Or,
    And,
    Equal,
    Unequal,
    Less,
    AtMost,
    More,
    AtLeast,
    Join,
    Plus,
    Minus,
    Times,
    Over,
    Power,
}

/// Signs, longest first, with how tightly they bind.
const OPERATORS: [(&str, Op, u8); 17] = [
    ("||", Op::Or, 1),
    ("&&", Op::And, 2),
    ("<>", Op::Unequal, 3),
    ("!=", Op::Unequal, 3),
    ("==", Op::Equal, 3),
    ("<=", Op::AtMost, 4),
    (">=", Op::AtLeast, 4),
    ("=", Op::Equal, 3),
    ("<", Op::Less, 4),
    (">", Op::More, 4),
    ("&", Op::Join, 5),
    ("+", Op::Plus, 6),
    ("-", Op::Minus, 6),
    ("*", Op::Times, 7),
    ("/", Op::Over, 7),
    ("^", Op::Power, 8),
    // Written so in old formulas.
    ("**", Op::Power, 8),
];

impl Formula {
    /// Reads a formula.
    ///
    /// # Errors
    /// What is wrong with it, in plain words.
    pub fn read(text: &str) -> Result<Self, String> {
        let length = text.chars().count();
        if length > LONGEST {
            return Err(format!(
                "Formula is too long ({length} characters). Maximum length is 3,900 characters."
            ));
        }
        let mut reader = Reader {
            rest: text,
            depth: 0,
        };
        let (tree, _) = reader.expression(0)?;
        reader.blanks();
        if reader.rest.is_empty() {
            Ok(Self {
                text: text.to_owned(),
                tree: Arc::new(tree),
            })
        } else {
            Err(format!("Syntax error. Extra {}", reader.next_sign()))
        }
    }

    /// The fields it names, each once, in the order of the text.
    pub fn references(&self) -> Vec<Reference> {
        let mut found = Vec::new();
        gather(&self.tree, &mut found);
        found
    }
}

fn gather(expr: &Expr, found: &mut Vec<Reference>) {
    match expr {
        Expr::Literal(_) => {}
        Expr::Path(path) => {
            if !found.contains(path) {
                found.push(path.clone());
            }
        }
        Expr::Call(_, arguments) => arguments.iter().for_each(|one| gather(one, found)),
        Expr::Negate(one) | Expr::Not(one) => gather(one, found),
        Expr::Binary(_, left, right) => {
            gather(left, found);
            gather(right, found);
        }
    }
}

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

/// A tree and its height.
type Grown = (Expr, usize);

impl<'a> Reader<'a> {
    fn blanks(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            let Some(comment) = self.rest.strip_prefix("/*") else {
                return;
            };
            self.rest = comment.split_once("*/").map_or("", |(_, after)| after);
        }
    }

    fn sign(&mut self, sign: &str) -> bool {
        self.blanks();
        match self.rest.strip_prefix(sign) {
            Some(after) => {
                self.rest = after;
                true
            }
            None => false,
        }
    }

    fn next_sign(&self) -> String {
        let word: String = self.rest.chars().take(1).collect();
        if word.is_empty() { "end".into() } else { word }
    }

    fn take(&mut self, fits: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !fits(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    fn operator(&mut self, least: u8) -> Option<(Op, u8)> {
        self.blanks();
        let mut best: Option<&(&str, Op, u8)> = None;
        for one in &OPERATORS {
            let longer = best.is_none_or(|best| one.0.len() > best.0.len());
            if self.rest.starts_with(one.0) && longer {
                best = Some(one);
            }
        }
        let (sign, op, power) = *best?;
        if power < least {
            return None;
        }
        self.rest = self.rest.get(sign.len()..)?;
        Some((op, power))
    }

    fn expression(&mut self, least: u8) -> Result<Grown, String> {
        self.depth += 1;
        let grown = if self.depth > HIGHEST {
            Err("Formula is nested too deeply".to_owned())
        } else {
            self.climb(least)
        };
        self.depth -= 1;
        grown
    }

    fn climb(&mut self, least: u8) -> Result<Grown, String> {
        let (mut left, mut height) = self.operand()?;
        while let Some((op, power)) = self.operator(least) {
            let (right, other) = self.expression(power + 1)?;
            height = higher(height.max(other))?;
            left = Expr::Binary(op, Box::new(left), Box::new(right));
        }
        Ok((left, height))
    }

    fn operand(&mut self) -> Result<Grown, String> {
        self.blanks();
        // Both bind more tightly than any operator but the power.
        if self.sign("-") {
            let (inner, height) = self.expression(8)?;
            return Ok((Expr::Negate(Box::new(inner)), higher(height)?));
        }
        if self.sign("+") {
            return self.expression(8);
        }
        if self.sign("!") {
            let (inner, height) = self.expression(8)?;
            return Ok((Expr::Not(Box::new(inner)), higher(height)?));
        }
        if self.sign("(") {
            let inner = self.expression(0)?;
            return if self.sign(")") {
                Ok(inner)
            } else {
                Err("Syntax error. Missing ')'".into())
            };
        }
        match self.rest.chars().next() {
            Some(quote @ ('"' | '\'')) => self.string(quote),
            Some(first) if first.is_ascii_digit() || first == '.' => self.number(),
            Some(first) if first.is_ascii_alphabetic() || matches!(first, '$' | '_') => {
                self.named()
            }
            _ => Err(format!("Syntax error. Found {}", self.next_sign())),
        }
    }

    fn string(&mut self, quote: char) -> Result<Grown, String> {
        let mut text = String::new();
        let mut signs = self.rest.char_indices().skip(1);
        while let Some((at, sign)) = signs.next() {
            match sign {
                '\\' => match signs.next() {
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, 't')) => text.push('\t'),
                    Some((_, other)) => text.push(other),
                    None => break,
                },
                _ if sign == quote => {
                    self.rest = self.rest.get(at + 1..).unwrap_or_default();
                    return Ok((Expr::Literal(Value::text(text)), 1));
                }
                _ => text.push(sign),
            }
        }
        Err("Syntax error. Missing closing quote".into())
    }

    fn number(&mut self) -> Result<Grown, String> {
        let text = self.take(|c| c.is_ascii_digit() || c == '.');
        let number: Decimal = text
            .parse()
            .map_err(|_| format!("Syntax error. Found '{text}'"))?;
        Ok((Expr::Literal(Value::Number(number)), 1))
    }

    fn named(&mut self) -> Result<Grown, String> {
        let name = self.take(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '$' | ':'));
        if self.sign("(") {
            return self.call(name);
        }
        let literal = match name.to_ascii_uppercase().as_str() {
            "TRUE" => Some(Value::Truth(true)),
            "FALSE" => Some(Value::Truth(false)),
            "NULL" => Some(Value::Blank),
            _ => None,
        };
        if let Some(value) = literal {
            return Ok((Expr::Literal(value), 1));
        }
        let path: Reference = name.split('.').map(str::to_owned).collect();
        if path.iter().any(String::is_empty) || path.len() > 11 {
            return Err(format!("Syntax error. Found '{name}'"));
        }
        Ok((Expr::Path(path), 1))
    }

    fn call(&mut self, name: &str) -> Result<Grown, String> {
        let function = function::named(name)
            .ok_or_else(|| format!("Unknown function {name}. Check spelling."))?;
        let mut arguments = Vec::new();
        let mut height = 0;
        if !self.sign(")") {
            loop {
                let (argument, grown) = self.expression(0)?;
                height = height.max(grown);
                arguments.push(argument);
                if self.sign(")") {
                    break;
                }
                if !self.sign(",") {
                    return Err(format!("Syntax error. Missing ')' for function {name}()"));
                }
            }
        }
        let count = arguments.len();
        if (function.least..=function.most).contains(&count) {
            Ok((Expr::Call(function, arguments), higher(height)?))
        } else {
            Err(format!(
                "Incorrect number of parameters for function '{}()'. Expected {}, received {count}",
                function.name, function.least
            ))
        }
    }
}

fn higher(height: usize) -> Result<usize, String> {
    if height < HIGHEST {
        Ok(height + 1)
    } else {
        Err("Formula is nested too deeply".into())
    }
}

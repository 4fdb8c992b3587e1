//! Conditions and the literals in them. Knows nothing of objects or fields.

use super::super::Fault;
use super::super::ast::{Expr, Literal, LiteralValue, Op, Operand};
use super::super::dates;
use super::super::lex::{Kind, Token};
use super::Parser;

impl Parser {
    /// `a AND b AND c` or `a OR b OR c`; the two do not mix without parentheses.
    pub(in crate::demo::soql) fn filter(&mut self) -> Result<Expr, Fault> {
        let first = self.term()?;
        for (word, join) in [
            ("and", Expr::And as fn(Vec<Expr>) -> Expr),
            ("or", Expr::Or),
        ] {
            if self.is_word(word) {
                let mut all = vec![first];
                while self.accept_word(word) {
                    all.push(self.term()?);
                }
                if self.is_word("and") || self.is_word("or") {
                    return Err(self.unexpected());
                }
                return Ok(join(all));
            }
        }
        Ok(first)
    }

    fn term(&mut self) -> Result<Expr, Fault> {
        if self.accept_word("not") {
            return Ok(Expr::Not(Box::new(self.nested(Self::term)?)));
        }
        if self.accept_sign("(") {
            let inner = self.nested(Self::filter)?;
            self.sign(")")?;
            return Ok(inner);
        }
        self.condition()
    }

    fn condition(&mut self) -> Result<Expr, Fault> {
        let left = self.operand()?;
        let negated = self.accept_word("not");
        if negated || self.is_word("in") {
            self.word("in")?;
            return self.membership(left, negated);
        }
        for (word, negated) in [("includes", false), ("excludes", true)] {
            if self.accept_word(word) {
                let Operand::Path(path) = left else {
                    return Err(self.unexpected());
                };
                let values = self.values()?;
                return Ok(Expr::Includes {
                    path,
                    values,
                    negated,
                });
            }
        }
        let op = self.op()?;
        let value = self.literal()?;
        Ok(Expr::Compare { left, op, value })
    }

    fn membership(&mut self, left: Operand, negated: bool) -> Result<Expr, Fault> {
        let Operand::Path(path) = left else {
            return Err(self.unexpected());
        };
        let followed_by_select = self
            .tokens
            .get(self.next + 1)
            .is_some_and(|token| token.text.eq_ignore_ascii_case("select"));
        if followed_by_select && self.accept_sign("(") {
            let query = Box::new(self.nested(Self::selection)?);
            self.sign(")")?;
            return Ok(Expr::InQuery {
                path,
                query,
                negated,
            });
        }
        Ok(Expr::In {
            path,
            values: self.values()?,
            negated,
        })
    }

    fn values(&mut self) -> Result<Vec<Literal>, Fault> {
        self.sign("(")?;
        let values = self.list(Self::literal)?;
        self.sign(")")?;
        Ok(values)
    }

    fn op(&mut self) -> Result<Op, Fault> {
        if self.accept_word("like") {
            return Ok(Op::Like);
        }
        let op = match self.peek().text.as_str() {
            "=" => Op::Equal,
            "!=" | "<>" => Op::NotEqual,
            "<" => Op::Less,
            "<=" => Op::LessOrEqual,
            ">" => Op::Greater,
            ">=" => Op::GreaterOrEqual,
            _ => return Err(self.unexpected()),
        };
        self.next += 1;
        Ok(op)
    }

    fn literal(&mut self) -> Result<Literal, Fault> {
        let token = self.peek().clone();
        let value = match token.kind {
            Kind::Text { plain, like } => LiteralValue::Text { plain, like },
            Kind::Figure => figure(&token.text).ok_or_else(|| self.unexpected())?,
            Kind::Word => return self.named(token),
            Kind::Sign | Kind::End => return Err(self.unexpected()),
        };
        self.next += 1;
        Ok(Literal {
            value,
            at: token.at,
        })
    }

    fn named(&mut self, token: Token) -> Result<Literal, Fault> {
        let name = token.text.to_ascii_uppercase();
        let value = match name.as_str() {
            "NULL" => LiteralValue::Null,
            "TRUE" => LiteralValue::Bool(true),
            "FALSE" => LiteralValue::Bool(false),
            _ if dates::is_named(&name) => {
                self.next += 1;
                let n = if self.accept_sign(":") {
                    let n = self.peek().text.parse().map_err(|_| self.unexpected())?;
                    self.next += 1;
                    Some(n)
                } else {
                    None
                };
                if n.is_some() != dates::takes_number(&name) {
                    return Err(Fault::malformed(
                        token.at,
                        format!("unexpected token: '{}'", token.text),
                    ));
                }
                return Ok(Literal {
                    value: LiteralValue::Named { name, n },
                    at: token.at,
                });
            }
            // `USD5000`: an amount with its currency.
            _ if is_money(&name) => {
                LiteralValue::Number(name.get(3..).unwrap_or_default().to_owned())
            }
            _ => return Err(self.unexpected()),
        };
        self.next += 1;
        Ok(Literal {
            value,
            at: token.at,
        })
    }
}

fn figure(text: &str) -> Option<LiteralValue> {
    let is_date = |text: &str| {
        let bytes = text.as_bytes();
        bytes.len() == 10 && bytes.get(4) == Some(&b'-') && bytes.get(7) == Some(&b'-')
    };
    if is_date(text) {
        return text
            .parse::<jiff::civil::Date>()
            .ok()
            .map(|_| LiteralValue::Date(text.to_owned()));
    }
    if text.len() > 11 && text.get(..10).is_some_and(is_date) {
        return dates::instant(text).map(LiteralValue::DateTime);
    }
    if text.contains(':') {
        let time: jiff::civil::Time = text.strip_suffix('Z')?.parse().ok()?;
        let stored = time.strftime("%H:%M:%S%.3fZ").to_string();
        return Some(LiteralValue::Time(stored));
    }
    let digits = text.trim_start_matches(['-', '+']);
    let numeric = digits
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '-' | '+'))
        && digits.contains(|c: char| c.is_ascii_digit());
    numeric.then(|| LiteralValue::Number(text.to_owned()))
}

fn is_money(name: &str) -> bool {
    let Some((code, amount)) = name.split_at_checked(3) else {
        return false;
    };
    code.chars().all(|c| c.is_ascii_uppercase())
        && amount.chars().all(|c| c.is_ascii_digit() || c == '.')
        && amount.starts_with(|c: char| c.is_ascii_digit())
}

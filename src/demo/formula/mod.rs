//! Formulas, as validation rules, formula fields, defaults and filters write them: read
//! once, evaluated on a row in memory, or as a function inside SQL. One engine, so that a
//! rule and a field never disagree. Knows no rows of its own; [`Row`] is what it asks.

mod eval;
mod function;
mod parse;
mod sql;
mod value;

pub use eval::{Clock, Fault, Row, evaluate, is_true};
pub use parse::{Formula, Reference};
pub use sql::{Asking, column, condition, register, sql};
pub use value::Value;

#[cfg(test)]
mod tests;

//! Proof at publish: what a decision table leaves open, says twice, or never reads.
//!
//! Analysed are constant unary tests: comparisons of a column's value with numbers, dates, moments, durations, texts and
//! booleans, lists of them, ranges, and `not`, `and`, `or` over those. A cell that asks anything else is told as *not
//! analysed*, with its place and the reason; what is found beside it still holds, since such a cell counts as letting
//! everything through where that keeps a finding true, and nothing otherwise. Every finding bears an example, and the
//! table was evaluated over that example before the finding is told.
//!
//! The method and its source are told in `boxes.rs`; limits on the work are named where they are met.

mod axis;
mod boxes;
mod cell;
mod examine;
mod space;
mod spans;
mod trial;

#[cfg(test)]
mod tests;

use std::fmt;

use serde::Serialize;

pub(crate) use cell::{Unclear, constant, reads, turned, unclear};

use crate::builtin::shown;
use crate::diagnostic;
use crate::model::Model;
use crate::program::Program;
use crate::value::Value;

/// Most findings of one kind that are told of one table.
pub const MAX_FINDINGS: usize = 50;

/// What was found in all decision tables of a model.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Proof {
    /// One for each table, in the order of the decisions; those of functions come last.
    pub tables: Vec<TableProof>,
}

/// What was found in one decision table.
#[derive(Clone, Debug, Serialize)]
pub struct TableProof {
    /// The decision or function that the table belongs to.
    pub owner: String,
    /// Line of the table, from 1.
    pub line: u32,
    /// Column of the table in characters, from 1.
    pub column: u32,
    /// Its columns of conditions, as they are written.
    pub columns: Vec<String>,
    /// How many rules it has.
    pub rules: usize,
    /// What is to be mended or explained.
    pub findings: Vec<Finding>,
    /// What was not analysed, and why.
    pub unread: Vec<Unread>,
}

/// One finding with an example.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// What is wrong.
    #[serde(flatten)]
    pub flaw: Flaw,
    /// Line of the rule or the table, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// A value for each column under which it shows; empty for a rule that no value whatever can match.
    pub witness: Vec<Given>,
}

/// A value of a column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Given {
    /// The column, as it is written.
    pub column: String,
    /// The value.
    pub value: Value,
}

/// A rule of a table.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct RuleName {
    /// Its number, from 1.
    pub number: u32,
    /// Its id; empty where the model gives none.
    pub id: String,
}

/// What can be wrong with a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "flaw", rename_all = "snake_case")]
pub enum Flaw {
    /// No rule matches, and the table has no default.
    Gap,
    /// Two rules match where only one may, or where all must agree.
    Overlap {
        /// The earlier rule.
        first: RuleName,
        /// The later rule.
        second: RuleName,
        /// Whether their results differ.
        different: bool,
    },
    /// The rule never gives the table's result.
    Unreachable {
        /// The rule.
        rule: RuleName,
        /// The rule that goes first wherever this one matches, in the example; none where it matches nowhere.
        behind: Option<RuleName>,
    },
    /// The column changes no result.
    DeadColumn {
        /// The column, as it is written.
        name: String,
        /// With this value instead of the example's the result is the same, as with any other.
        other: Value,
    },
}

/// A place that was not analysed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unread {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// Why.
    pub reason: String,
}

impl Proof {
    /// True when nothing was found; what was not analysed is told apart.
    pub fn is_clean(&self) -> bool {
        self.tables.iter().all(|t| t.findings.is_empty())
    }

    /// True when everything was analysed.
    pub fn is_whole(&self) -> bool {
        self.tables.iter().all(|t| t.unread.is_empty())
    }
}

/// Examines every decision table of a model's own decisions and functions.
pub(crate) fn prove(program: &Program, text: &str) -> Proof {
    let mut tables = Vec::new();
    for node in program.decisions.iter().filter(|d| !d.imported) {
        for (table, at) in examine::tables_in(&node.body) {
            tables.push(examine::Examination::new(program, text, &node.name, table).run(at));
        }
    }
    // What other files bring in has places of its own, which this file's text does not tell.
    let alone = program.decisions.iter().all(|d| !d.imported);
    for definition in program.functions.iter().filter(|_| alone) {
        for (table, at) in examine::tables_in(&definition.body) {
            let examination = examine::Examination::new(program, text, &definition.name, table);
            tables.push(examination.with_parameters(&definition.parameters).run(at));
        }
    }
    Proof { tables }
}

impl Model {
    /// Examines every decision table of the model: see [`crate::proof`].
    pub fn proof(&self) -> Proof {
        prove(self.program(), self.text())
    }
}

/// The value as FEEL writes it, texts in quotes.
fn quoted(value: &Value) -> String {
    let list = shown(&Value::list(vec![value.clone()]));
    list.strip_prefix('[').and_then(|l| l.strip_suffix(']')).unwrap_or(&list).to_owned()
}

pub(crate) fn unread(text: &str, at: u32, reason: impl Into<String>) -> Unread {
    let (line, column) = diagnostic::place(text, at);
    Unread { line, column, reason: reason.into() }
}

impl fmt::Display for RuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rule {}", self.number)?;
        if self.id.is_empty() { Ok(()) } else { write!(f, " ({})", self.id) }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gap => f.write_str("no rule matches"),
            Self::Overlap { first, second, different: true } => {
                write!(f, "{first} and {second} match with different results")
            }
            Self::Overlap { first, second, different: false } => {
                write!(f, "{first} and {second} match with the same result")
            }
            Self::Unreachable { rule, behind: Some(behind) } => write!(f, "{rule} always comes after others: {behind}"),
            Self::Unreachable { rule, behind: None } => write!(f, "{rule} matches nothing"),
            Self::DeadColumn { name, other } => write!(f, "`{name}` changes no result, as with {}", quoted(other)),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.flaw)?;
        for (i, Given { column, value }) in self.witness.iter().enumerate() {
            write!(f, "{}{column} = {}", if i == 0 { ": " } else { ", " }, quoted(value))?;
        }
        Ok(())
    }
}

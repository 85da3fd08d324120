//! The sentence table: a decision as rows of fact, comparison and value, for people who write no expressions.
//!
//! A literal expression is shown when it is a conjunction of comparisons, or of groups of comparisons of which one
//! suffices; a decision table when its cells are such comparisons of their columns. What is anything else says so, with
//! its place and the reason, and is left to the expert's editor. Writing back replaces the text of what was changed and
//! nothing else: every other byte of the file stays, and rows that nobody touched keep the words they were written in.

mod page;
mod read;
mod whole;
mod write;

#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::diagnostic::Diagnostic;
use crate::model::{self, Model};
use crate::value::Value;

pub use whole::{NewDecision, add, remove};
pub use write::{Refusal, write};

/// A decision of the model as people read it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sentence {
    /// XML id of the decision.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What can be shown of it.
    #[serde(flatten)]
    pub shown: Shown,
}

/// What can be shown of a decision.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "shown_as", rename_all = "snake_case")]
pub enum Shown {
    /// A literal expression.
    Rows {
        /// In the order they are written.
        rows: Vec<Row>,
    },
    /// A decision table.
    Table {
        /// The columns of conditions: what they test.
        columns: Vec<String>,
        /// Its rules in order.
        rules: Vec<TableRule>,
    },
    /// A value that other decisions read: a constant, or a fact and a constant more or less.
    Value {
        /// The value.
        value: Operand,
    },
    /// No table of sentences can show it.
    Not {
        /// Line of what cannot be shown, from 1.
        line: u32,
        /// Column in characters, from 1.
        column: u32,
        /// Why.
        reason: String,
    },
}

/// One rule of a decision table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TableRule {
    /// Its id; empty where the model gives none.
    pub id: String,
    /// For each column what it asks; none where anything will do.
    pub cells: Vec<Option<Row>>,
    /// What it gives, one for each result of the table.
    pub results: Vec<Operand>,
}

/// One sentence: a fact, a comparison, a value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Of the rows of one group one must hold, and every group must.
    pub group: u32,
    /// Name of the input or decision.
    pub fact: String,
    /// How it is held against the value.
    pub comparison: Comparison,
    /// What it is held against.
    pub value: Operand,
}

/// How a fact is held against a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// It is true; without a value.
    Yes,
    /// It is false; without a value.
    No,
    /// It is the value.
    Equal,
    /// It is not the value.
    NotEqual,
    /// It is below the value, or before it.
    Less,
    /// It is the value or below it.
    LessOrEqual,
    /// It is above the value, or after it.
    Greater,
    /// It is the value or above it.
    GreaterOrEqual,
    /// It is one of the list, or inside the range.
    In,
    /// It is none of the list, or outside of the range.
    NotIn,
}

/// What a fact is held against, or what a rule gives.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Operand {
    /// Nothing: the fact is true or false by itself.
    Nothing,
    /// A number, text, date, duration or truth value.
    Constant {
        /// The value.
        value: Value,
    },
    /// Another fact.
    Fact {
        /// Its name.
        name: String,
    },
    /// Another fact and a constant more or less.
    Moved {
        /// Its name.
        name: String,
        /// Taken away rather than added.
        less: bool,
        /// How much.
        by: Value,
    },
    /// A list of constants.
    List {
        /// At least one.
        values: Vec<Value>,
    },
    /// What lies between two constants.
    Range {
        /// The lower end.
        low: Value,
        /// It belongs to the range.
        low_closed: bool,
        /// The upper end.
        high: Value,
        /// It belongs to the range.
        high_closed: bool,
    },
}

/// Every decision of a model, in the order of the file.
///
/// # Errors
/// When there is no model to read, as [`crate::parse`].
pub fn read(xml: &str) -> Result<Vec<Sentence>, Vec<Diagnostic>> {
    Ok(sentences(&model::parse(xml)?))
}

fn sentences(model: &Model) -> Vec<Sentence> {
    let Ok(page) = page::Page::of(model.text()) else { return Vec::new() };
    let own = model.program().decisions.iter().filter(|d| !d.imported);
    let sentence = |node: &crate::program::DecisionNode| {
        let shown = match read::placed(model.program(), &page, node) {
            Ok(placed) => placed.shown(),
            Err(why) => why.shown(model.text()),
        };
        Sentence { id: node.id.to_string(), name: node.name.to_string(), shown }
    };
    own.map(sentence).collect()
}

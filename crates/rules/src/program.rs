//! A compiled model: every name is a place, every expression a tree, ready to be evaluated any number of times.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::feel::ast::{Definition, Expr};
use crate::plain::Logic;
use crate::value::Type;

/// An input of the model.
#[derive(Clone, Debug)]
pub(crate) struct InputNode {
    /// Name as the model sees it, with the import's name before it when it stands in another file.
    pub name: Arc<str>,
    /// Name in its own file.
    pub own_name: Arc<str>,
    pub of: Type,
    /// Byte offset in the file.
    pub at: u32,
}

/// A decision of the model.
#[derive(Clone, Debug)]
pub(crate) struct DecisionNode {
    pub id: Arc<str>,
    pub name: Arc<str>,
    /// The namespace of its model, when it was imported.
    pub imported: bool,
    pub of: Type,
    pub body: Expr,
    pub at: u32,
    /// Decisions it requires directly.
    pub requires: Vec<u32>,
}

/// What a service's parameter stands for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    Input(u32),
    Decision(u32),
}

/// A parameter of a decision service.
#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    pub name: Arc<str>,
    pub stands_for: Place,
    pub of: Type,
}

/// A decision service.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub name: Arc<str>,
    pub parameters: Vec<Parameter>,
    pub outputs: Vec<u32>,
    pub of: Type,
}

/// What a decision table is called in a trace.
#[derive(Clone, Debug)]
pub(crate) struct TableLabel {
    /// The decision or knowledge model it belongs to.
    pub owner: Arc<str>,
    /// Ids of its rules; empty where the model gives none.
    pub rules: Vec<Arc<str>>,
}

/// A compiled model.
#[derive(Debug, Default)]
pub(crate) struct Program {
    pub inputs: Vec<InputNode>,
    pub decisions: Vec<DecisionNode>,
    /// Typed code of the decisions that have some, by their places.
    pub plain: Vec<Option<Logic>>,
    pub services: Vec<Service>,
    pub functions: Vec<Definition>,
    pub limits: Vec<Vec<Expr>>,
    pub types: BTreeMap<Arc<str>, Type>,
    pub tables: Vec<TableLabel>,
    /// Names that entries of contexts bear anywhere in the model.
    pub entries: BTreeSet<Arc<str>>,
    pub diagnostics: Vec<Diagnostic>,
}

impl Program {
    /// The place of the decision of that name or id, imported ones last.
    pub(crate) fn decision_slot(&self, name: &str) -> Option<u32> {
        let fits = |d: &DecisionNode| *d.name == *name || *d.id == *name;
        let own = self.decisions.iter().position(|d| !d.imported && fits(d));
        let place = own.or_else(|| self.decisions.iter().position(fits))?;
        u32::try_from(place).ok()
    }

    /// The place of the input of that name.
    pub(crate) fn input_slot(&self, name: &str) -> Option<usize> {
        self.inputs.iter().position(|i| *i.name == *name)
    }
}

impl Program {
    /// Whether a rule stands in a table of that decision's own logic.
    pub(crate) fn is_of(&self, fired: crate::eval::Fired, node: &DecisionNode) -> bool {
        self.tables.get(fired.table as usize).is_some_and(|t| Arc::ptr_eq(&t.owner, &node.name) || t.owner == node.name)
    }

    /// The rules of a decision's own tables, by their names.
    pub(crate) fn rules_of<'p>(&'p self, node: &DecisionNode) -> Vec<Cow<'p, str>> {
        let own = self.tables.iter().filter(|t| t.owner == node.name);
        let named = own.flat_map(|t| t.rules.iter().enumerate());
        named
            .map(|(at, id)| if id.is_empty() { Cow::Owned((at + 1).to_string()) } else { Cow::Borrowed(&**id) })
            .collect()
    }

    /// A rule's id, or its number from 1 where the model gives it none.
    pub(crate) fn rule_name(&self, fired: crate::eval::Fired) -> Cow<'_, str> {
        let id = self.tables.get(fired.table as usize).and_then(|t| t.rules.get(fired.rule as usize));
        match id {
            Some(id) if !id.is_empty() => Cow::Borrowed(&**id),
            _ => Cow::Owned((u64::from(fired.rule) + 1).to_string()),
        }
    }
}

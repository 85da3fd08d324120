//! One table examined: from boxes to findings, each shown by running the table over its example.

use std::collections::HashSet;
use std::sync::Arc;

use super::boxes::{Boxes, Exhausted, MAX_WORK, Work};
use super::cell::{self, Unclear};
use super::space::{self, Space};
use super::spans::Spans;
use super::trial;
use super::{Finding, Flaw, Given, MAX_FINDINGS, RuleName, TableProof, Unread, unread};
use crate::diagnostic;
use crate::eval::Machine;
use crate::feel::ast::{Expr, Kind};
use crate::program::Program;
use crate::table::{Hit, Table};
use crate::value::{Type, Value};

/// Most places that are told as not analysed of one table.
const MAX_UNREAD: usize = 200;
/// Most pairs of rules that are looked at for what comes first.
const MAX_PAIRS: usize = 4_000_000;

/// All decision tables in an expression, with their places.
pub(super) fn tables_in(e: &Expr) -> Vec<(&Table, u32)> {
    let mut found = Vec::new();
    e.walk(&mut |e| {
        if let Kind::Table(table) = &e.kind {
            found.push((&**table, e.at));
        }
    });
    found
}

pub(super) struct Examination<'p> {
    program: &'p Program,
    text: &'p str,
    owner: &'p str,
    table: &'p Table,
    parameters: &'p [(Arc<str>, Type)],
    findings: Vec<Finding>,
    unread: Vec<Unread>,
    /// The results of each rule, where they are constants.
    outputs: Vec<Option<Vec<Value>>>,
}

impl<'p> Examination<'p> {
    pub(super) fn new(program: &'p Program, text: &'p str, owner: &'p str, table: &'p Table) -> Self {
        let outputs = |cells: &[Expr]| cells.iter().map(|c| cell::constant(program, c)).collect();
        let outputs = table.rules.iter().map(|r| outputs(&r.outputs)).collect();
        Self { program, text, owner, table, parameters: &[], findings: Vec::new(), unread: Vec::new(), outputs }
    }

    pub(super) fn with_parameters(self, parameters: &'p [(Arc<str>, Type)]) -> Self {
        Self { parameters, ..self }
    }

    pub(super) fn run(mut self, at: u32) -> TableProof {
        match Space::of(self.program, self.table, self.parameters) {
            Ok(mut space) => {
                let unclear = std::mem::take(&mut space.unclear);
                unclear.into_iter().for_each(|u| self.leave(u.at, u.reason));
                self.examine(&space, at);
            }
            Err(Unclear { at, reason }) => self.leave(at, reason),
        }
        let (line, column) = diagnostic::place(self.text, at);
        let columns = (0..self.table.columns.len()).map(|i| self.column_name(i)).collect();
        let rules = self.table.rules.len();
        let Self { findings, unread, .. } = self;
        TableProof { owner: self.owner.to_owned(), line, column, columns, rules, findings, unread }
    }

    fn examine(&mut self, space: &Space, at: u32) {
        for (i, j) in space::linked(self.program, self.table, &space.axis_of) {
            let (a, b) = (self.column_name(i), self.column_name(j));
            let reason = format!(
                "`{a}` and `{b}` read the same inputs: whether the values of an example occur together is not analysed"
            );
            self.leave(self.table.columns[j].expression.at, reason);
        }
        let closed = self.question(at, "gaps", |this| this.gaps(space, at));
        let alone = self.question(at, "overlaps", |this| this.overlaps(space));
        self.question(at, "unreachable rules", |this| this.unreachable(space));
        let total = closed == Some(true) && alone == Some(true);
        self.question(at, "dead columns", |this| this.dead_columns(space, total).map(|()| true));
    }

    /// Asks one question; where its work is beyond the limit, that is told.
    fn question(&mut self, at: u32, of: &str, ask: impl FnOnce(&mut Self) -> Result<bool, Exhausted>) -> Option<bool> {
        if let Ok(answer) = ask(self) {
            return Some(answer);
        }
        let reason = format!("the search for {of} takes more than {MAX_WORK} steps, or pairs beyond {MAX_PAIRS}");
        self.leave(at, reason);
        None
    }

    fn leave(&mut self, at: u32, reason: impl Into<String>) {
        if self.unread.len() < MAX_UNREAD {
            self.unread.push(unread(self.text, at, reason));
        } else if self.unread.len() == MAX_UNREAD {
            self.unread.push(unread(self.text, at, format!("and more: only the first {MAX_UNREAD} places are told")));
        }
    }

    /// Keeps a finding that the run of the table bore out.
    fn found(&mut self, at: u32, flaw: Flaw, values: &[Value], borne_out: bool) {
        if !borne_out {
            return self.leave(at, format!("{flaw}: running the table does not bear this out"));
        }
        let (line, column) = diagnostic::place(self.text, at);
        let name = |(i, value): (usize, &Value)| Given { column: self.column_name(i), value: value.clone() };
        let witness = values.iter().enumerate().map(name).collect();
        self.findings.push(Finding { flaw, line, column, witness });
    }

    fn too_many(&mut self, at: u32, of: &str) {
        self.leave(at, format!("there are more {of}: only the first {MAX_FINDINGS} are told"));
    }

    fn column_name(&self, i: usize) -> String {
        self.table.columns[i].text.to_string()
    }

    fn rule_name(&self, rule: u32) -> RuleName {
        let label = self.program.tables.get(self.table.place as usize);
        let id = label.and_then(|t| t.rules.get(rule as usize)).map_or_else(String::new, |id| id.to_string());
        RuleName { number: rule + 1, id }
    }

    fn rule_at(&self, rule: u32) -> u32 {
        let rule = &self.table.rules[rule as usize];
        rule.tests.first().or_else(|| rule.outputs.first()).map_or(0, |e| e.at)
    }

    fn rules(&self) -> std::ops::Range<u32> {
        0..u32::try_from(self.table.rules.len()).unwrap_or(u32::MAX)
    }

    /// What no rule covers; true when all is covered.
    fn gaps(&mut self, space: &Space, at: u32) -> Result<bool, Exhausted> {
        let single = matches!(self.table.hit, Hit::Unique | Hit::Any | Hit::First | Hit::Priority);
        if !space.bounded {
            return Ok(false);
        }
        // Every cell that was not read lets everything through here, so that what is found is a gap for certain.
        let rules: Vec<u32> = self.rules().collect();
        let (found, end) = space.boxes.uncovered(&space.whole(), &rules, MAX_FINDINGS + 1, &mut Work::new());
        let defaults = self.table.outputs.iter().any(|o| o.default.is_some());
        let closed = found.is_empty() && space.exact.iter().all(|e| *e);
        if !single || defaults {
            return end.map(|()| closed);
        }
        if found.len() > MAX_FINDINGS {
            self.too_many(at, "gaps");
        }
        for point in found.into_iter().take(MAX_FINDINGS) {
            let values = space.values(&point);
            let trial = trial::run(self.program, self.table, &values);
            self.found(at, Flaw::Gap, &values, trial.fired.is_empty() && trial.value.is_null());
        }
        end.map(|()| closed)
    }

    /// Whether the results of two rules differ; `None` where they are no constants.
    fn differ(&self, a: u32, b: u32) -> Option<bool> {
        let (a, b) = (self.outputs[a as usize].as_ref()?, self.outputs[b as usize].as_ref()?);
        Some(!(a.len() == b.len() && a.iter().zip(b).all(|(x, y)| x.equals(y) == Some(true))))
    }

    /// Rules that match together and must not; true when there are none.
    fn overlaps(&mut self, space: &Space) -> Result<bool, Exhausted> {
        if !matches!(self.table.hit, Hit::Unique | Hit::Any) {
            return Ok(false);
        }
        let unique = self.table.hit == Hit::Unique;
        let mut pairs: Vec<(u32, u32)> = Vec::new();
        let mut seen = HashSet::new();
        let mut open: Vec<u32> = Vec::new();
        let end = space.boxes.pairs(&mut Work::new(), |a, b| {
            let exact = space.exact[a as usize] && space.exact[b as usize];
            match self.differ(a, b) {
                _ if !exact => {}
                None if !unique => open.extend([a, b].iter().filter(|r| self.outputs[**r as usize].is_none())),
                Some(false) if !unique => {}
                _ if seen.insert((a, b)) => pairs.push((a, b)),
                _ => {}
            }
            pairs.len() <= MAX_FINDINGS
        });
        open.sort_unstable();
        open.dedup();
        let alone = pairs.is_empty() && open.is_empty();
        for rule in open {
            let at = self.table.rules[rule as usize].outputs.first().map_or(0, |o| o.at);
            self.leave(at, "the result is no constant: whether it differs where rules overlap is not analysed");
        }
        pairs.sort_unstable();
        if pairs.len() > MAX_FINDINGS {
            self.too_many(self.rule_at(pairs[MAX_FINDINGS].1), "overlaps");
        }
        pairs.into_iter().take(MAX_FINDINGS).for_each(|(a, b)| self.overlap(space, a, b));
        end.map(|()| alone)
    }

    fn overlap(&mut self, space: &Space, a: u32, b: u32) {
        let Some(point) = space.boxes.common(a, b) else { return };
        let values = space.values(&point);
        let trial = trial::run(self.program, self.table, &values);
        let (first, second) = (self.rule_name(a), self.rule_name(b));
        // Where a result is no constant, both still match, and that alone breaks UNIQUE.
        let flaw = Flaw::Overlap { first, second, different: self.differ(a, b).unwrap_or(true) };
        let both = trial.fired.contains(&a) && trial.fired.contains(&b) && trial.value.is_null();
        self.found(self.rule_at(b), flaw, &values, both);
    }

    /// Rules that match nothing, or nothing that an earlier or stronger one does not take; true when there are none.
    fn unreachable(&mut self, space: &Space) -> Result<bool, Exhausted> {
        let before = self.findings.len();
        for rule in self.rules().filter(|r| space.boxes.is_empty(*r)).take(MAX_FINDINGS) {
            let flaw = Flaw::Unreachable { rule: self.rule_name(rule), behind: None };
            self.found(self.rule_at(rule), flaw, &[], true);
        }
        let Some(rank) = self.ranks() else { return Ok(self.findings.len() == before) };
        let mut stronger: Vec<Vec<u32>> = vec![Vec::new(); self.table.rules.len()];
        let (mut kept, mut work) = (0usize, Work::new());
        space.boxes.pairs(&mut work, |a, b| {
            for (one, other) in [(a, b), (b, a)] {
                if rank[one as usize] < rank[other as usize] && space.exact[one as usize] {
                    stronger[other as usize].push(one);
                    kept += 1;
                }
            }
            kept <= MAX_PAIRS
        })?;
        if kept > MAX_PAIRS {
            return Err(Exhausted);
        }
        for rule in self.rules().filter(|r| !space.boxes.is_empty(*r)) {
            let others = &stronger[rule as usize];
            let inside = &space.boxes.rules[rule as usize];
            if others.is_empty() {
                continue;
            }
            let (left, end) = space.boxes.uncovered(inside, others, 1, &mut work);
            end?;
            if !left.is_empty() {
                continue;
            }
            self.behind(space, rule);
            if self.findings.len() - before > MAX_FINDINGS {
                self.too_many(self.rule_at(rule), "unreachable rules");
                break;
            }
        }
        Ok(self.findings.len() == before)
    }

    fn behind(&mut self, space: &Space, rule: u32) {
        let Some(point) = space.boxes.common(rule, rule) else { return };
        let values = space.values(&point);
        let trial = trial::run(self.program, self.table, &values);
        let first = trial.fired.iter().find(|r| **r != rule).copied();
        let behind = first.map(|r| self.rule_name(r));
        // Under FIRST the table stops at the rule that takes it.
        let taken = self.table.hit != Hit::First || trial.fired.first() != Some(&rule);
        let flaw = Flaw::Unreachable { rule: self.rule_name(rule), behind };
        self.found(self.rule_at(rule), flaw, &values, first.is_some() && taken);
    }

    /// How early each rule goes where only one gives the result; none under the other policies.
    fn ranks(&self) -> Option<Vec<Vec<usize>>> {
        match self.table.hit {
            Hit::First => Some((0..self.table.rules.len()).map(|i| vec![i]).collect()),
            Hit::Priority => {
                let mut machine = Machine::new(self.program, &[], None);
                let rank = |outputs: &Option<Vec<Value>>| match outputs {
                    Some(values) => self.table.rank_of(&mut machine, values),
                    None => Vec::new(),
                };
                let ranks: Vec<Vec<usize>> = self.outputs.iter().map(rank).collect();
                // A result that is no constant has no rank that is known.
                self.outputs.iter().all(Option::is_some).then_some(ranks)
            }
            _ => None,
        }
    }

    /// Columns that change no result.
    fn dead_columns(&mut self, space: &Space, total: bool) -> Result<(), Exhausted> {
        if self.table.rules.is_empty() {
            return Ok(());
        }
        for i in 0..self.table.columns.len() {
            let Some(axis) = space.axis_of[i] else { continue };
            let size = space.boxes.sizes[axis];
            let open = space.cells.iter().all(|row| row[i].as_ref().is_some_and(|s| s.is_all(size)));
            let shared = space.axis_of.iter().filter(|a| **a == Some(axis)).count() > 1;
            if open || (total && !shared && self.tells_nothing(space, axis)?) {
                self.dead(space, i, axis);
            }
        }
        Ok(())
    }

    /// Whether a table without gaps and overlaps gives the same results without that axis: then no two rules that meet
    /// without it may differ.
    fn tells_nothing(&self, space: &Space, axis: usize) -> Result<bool, Exhausted> {
        if !matches!(self.table.hit, Hit::Unique | Hit::Any) || self.outputs.iter().any(Option::is_none) {
            return Ok(false);
        }
        let mut rules = space.boxes.rules.clone();
        for (rule, parts) in (0u32..).zip(&mut rules) {
            if !space.boxes.is_empty(rule) {
                parts[axis] = Spans::one(0, space.boxes.sizes[axis]);
            }
        }
        let flat = Boxes { sizes: space.boxes.sizes.clone(), rules };
        let mut same = true;
        flat.pairs(&mut Work::new(), |a, b| {
            same = self.differ(a, b) == Some(false);
            same
        })?;
        Ok(same)
    }

    fn dead(&mut self, space: &Space, i: usize, axis: usize) {
        let Some(point) = self.rules().find_map(|r| space.boxes.common(r, r)) else { return };
        let values = space.values(&point);
        let Some(other) = space.axes[axis].another(&values[i]) else { return };
        let mut changed = values.clone();
        for (value, at) in changed.iter_mut().zip(&space.axis_of) {
            if *at == Some(axis) {
                *value = other.clone();
            }
        }
        let one = trial::run(self.program, self.table, &values).value;
        let two = trial::run(self.program, self.table, &changed).value;
        let flaw = Flaw::DeadColumn { name: self.column_name(i), other };
        self.found(self.table.columns[i].expression.at, flaw, &values, one == two);
    }
}

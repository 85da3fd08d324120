//! The space of a table: its axes, and every rule as a box in it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::axis::{Axis, Of, Test};
use super::boxes::Boxes;
use super::cell::{self, Reader, Tested, Unclear};
use super::spans::Spans;
use crate::feel::ast::{Expr, Kind};
use crate::infer::Inference;
use crate::program::Program;
use crate::table::{Column, Table};
use crate::value::{Type, Value};

/// A table as boxes.
pub(super) struct Space {
    pub axes: Vec<Axis>,
    /// The axis of each column; none for a column whose values cannot be cut.
    pub axis_of: Vec<Option<usize>>,
    /// What each cell lets through of its axis; none for a cell that was not read, or has no axis.
    pub cells: Vec<Vec<Option<Spans>>>,
    /// What each rule lets through, and at most where it was not wholly read.
    pub boxes: Boxes,
    /// Rules of which every cell was read.
    pub exact: Vec<bool>,
    /// Whether the allowed values of all columns were read.
    pub bounded: bool,
    pub unclear: Vec<Unclear>,
}

/// A cell: what it lets through, and whether that is all it asks.
struct Cell {
    test: Test,
    read: bool,
}

/// What a column tests, before it is cut.
struct Cut {
    of: Of,
    tested: Tested,
    axis: usize,
}

impl Space {
    /// The space of a table; none where there is nothing to make one of.
    pub(super) fn of(program: &Program, table: &Table, parameters: &[(Arc<str>, Type)]) -> Result<Self, Unclear> {
        let mut build = Build { program, table, parameters, unclear: Vec::new(), bounded: true };
        build.space()
    }

    /// A value for each column at that point.
    pub(super) fn values(&self, point: &[u32]) -> Vec<Value> {
        let value = |axis: &Option<usize>| {
            let axis = (*axis)?;
            self.axes[axis].examples.get(*point.get(axis)? as usize).cloned()
        };
        self.axis_of.iter().map(|axis| value(axis).unwrap_or_default()).collect()
    }

    /// The whole of it.
    pub(super) fn whole(&self) -> Vec<Spans> {
        self.boxes.sizes.iter().map(|size| Spans::one(0, *size)).collect()
    }
}

struct Build<'p> {
    program: &'p Program,
    table: &'p Table,
    parameters: &'p [(Arc<str>, Type)],
    unclear: Vec<Unclear>,
    bounded: bool,
}

impl Build<'_> {
    fn space(&mut self) -> Result<Space, Unclear> {
        let (cuts, kinds) = self.cuts();
        let limits = self.limits(&cuts);
        let tests = self.tests(&cuts)?;
        let mut points: Vec<Vec<Value>> = vec![Vec::new(); kinds.len()];
        for (cut, limits) in cuts.iter().zip(&limits) {
            let Some(cut) = cut else { continue };
            limits.iter().for_each(|t| t.points(&mut points[cut.axis]));
        }
        for (cut, cell) in tests.iter().flat_map(|rule| cuts.iter().zip(rule)) {
            if let Some(cut) = cut {
                cell.test.points(&mut points[cut.axis]);
            }
        }
        let mut axes = Vec::new();
        for (of, points) in kinds.into_iter().zip(points) {
            let at = self.table.columns.first().map_or(0, |c| c.expression.at);
            let reason = "the constants of a column have no order among each other".to_owned();
            axes.push(Axis::new(of, points).ok_or(Unclear { at, reason })?);
        }
        for (cut, limits) in cuts.iter().zip(&limits) {
            if let (Some(cut), false) = (cut, limits.is_empty()) {
                axes[cut.axis].limit(&Test::Every(limits.clone()));
            }
        }
        Ok(self.boxes(&cuts, axes, &tests))
    }

    /// What each column tests, and the kinds of the axes: columns that read the same share one.
    fn cuts(&mut self) -> (Vec<Option<Cut>>, Vec<Of>) {
        let mut kinds = Vec::new();
        let mut shared: Vec<(&Kind, usize)> = Vec::new();
        let mut kept = 0;
        let mut cuts = Vec::new();
        for (i, column) in self.table.columns.iter().enumerate() {
            let tested = match column.expression.kind {
                _ if column.kept => Some(Tested::Local(self.table.depth + kept)),
                Kind::Input(slot) => Some(Tested::Input(slot)),
                Kind::Local(slot) => Some(Tested::Local(slot)),
                _ => None,
            };
            kept += u32::from(column.kept);
            let (Some(tested), Some(of)) = (tested, self.kind(i, column)) else {
                let reason = "the values of this column are of no kind that is analysed".to_owned();
                self.unclear.push(Unclear { at: column.expression.at, reason });
                cuts.push(None);
                continue;
            };
            let kind = &column.expression.kind;
            let axis = match shared.iter().find(|(other, _)| same_place(other, kind)) {
                Some((_, axis)) => *axis,
                None => {
                    kinds.push(of);
                    kinds.len() - 1
                }
            };
            shared.push((kind, axis));
            cuts.push(Some(Cut { of, tested, axis }));
        }
        (cuts, kinds)
    }

    /// The declared type of a column, or else that of the first constant in it.
    fn kind(&self, i: usize, column: &Column) -> Option<Of> {
        let whole = cell::is_whole(self.program, &column.expression, 0);
        let declared = self.declared(column);
        if let Some(of) = declared.filter(|t| *t.base() != Type::Any) {
            return Of::of_type(&of, whole);
        }
        let mut first = None;
        for test in self.table.rules.iter().filter_map(|r| r.tests.get(i)) {
            test.walk(&mut |e| first = first.take().or_else(|| e.as_constant().and_then(scalar)));
        }
        Of::of_type(&first?, whole)
    }

    fn declared(&self, column: &Column) -> Option<Type> {
        match column.expression.kind {
            Kind::Input(slot) => self.program.inputs.get(slot as usize).map(|i| i.of.clone()),
            Kind::Decision(slot) => self.program.decisions.get(slot as usize).map(|d| d.of.clone()),
            Kind::Local(slot) => self.parameters.get(slot as usize).map(|(_, of)| of.clone()),
            _ => Inference::new(self.program).type_of(self.parameters, &column.expression),
        }
    }

    /// The allowed values of each column: of its type, and of the column itself.
    fn limits(&mut self, cuts: &[Option<Cut>]) -> Vec<Vec<Test>> {
        let kept = u32::try_from(self.table.columns.iter().filter(|c| c.kept).count()).unwrap_or(u32::MAX);
        let mut all = Vec::new();
        for (column, cut) in self.table.columns.iter().zip(cuts) {
            let mut limits = Vec::new();
            if let Some(cut) = cut {
                let mut of = self.declared(column);
                while let Some(Type::Limited { base, tests, .. }) = of {
                    let tests = self.program.limits.get(tests as usize).map_or(&[][..], Vec::as_slice);
                    limits.extend(self.limit(cut.of, Tested::Local(0), tests));
                    of = Some((*base).clone());
                }
                let after = Tested::Local(self.table.depth + kept);
                limits.extend(column.allowed.iter().filter_map(|t| self.limit(cut.of, after, std::slice::from_ref(t))));
            }
            all.push(limits);
        }
        all
    }

    fn limit(&mut self, of: Of, tested: Tested, tests: &[Expr]) -> Option<Test> {
        let reader = Reader { program: self.program, tested, of };
        match tests.iter().map(|t| reader.read(t)).collect::<Result<_, _>>() {
            Ok(tests) => Some(Test::Any(tests)),
            Err(Unclear { at, reason }) => {
                let reason = format!("the allowed values are not analysed, so that gaps are not looked for: {reason}");
                self.unclear.push(Unclear { at, reason });
                self.bounded = false;
                None
            }
        }
    }

    /// Every cell as a test, where it is one.
    fn tests(&mut self, cuts: &[Option<Cut>]) -> Result<Vec<Vec<Cell>>, Unclear> {
        let mut all = Vec::new();
        for rule in &self.table.rules {
            if rule.tests.len() != cuts.len() {
                let at = rule.tests.first().map_or(0, |t| t.at);
                return Err(Unclear { at, reason: "the rule has not as many cells as there are columns".to_owned() });
            }
            let mut tests = Vec::new();
            for (test, cut) in rule.tests.iter().zip(cuts) {
                let Some(cut) = cut else {
                    let read = matches!(test.kind, Kind::Constant(Value::Boolean(true)));
                    tests.push(Cell { test: Test::All, read });
                    continue;
                };
                let reader = Reader { program: self.program, tested: cut.tested, of: cut.of };
                tests.push(match reader.read(test) {
                    Ok(test) => Cell { test, read: true },
                    Err(unclear) => {
                        self.unclear.push(unclear);
                        Cell { test: reader.at_most(test), read: false }
                    }
                });
            }
            all.push(tests);
        }
        Ok(all)
    }

    fn boxes(&mut self, cuts: &[Option<Cut>], axes: Vec<Axis>, tests: &[Vec<Cell>]) -> Space {
        let sizes: Vec<u32> = axes.iter().map(Axis::size).collect();
        let axis_of: Vec<Option<usize>> = cuts.iter().map(|c| c.as_ref().map(|c| c.axis)).collect();
        let mut cells = Vec::new();
        let mut rules = Vec::new();
        for tests in tests {
            let mut parts: Vec<Spans> = sizes.iter().map(|size| Spans::one(0, *size)).collect();
            let mut row = Vec::new();
            for (cell, axis) in tests.iter().zip(&axis_of) {
                let Some(axis) = axis else {
                    row.push(None);
                    continue;
                };
                let spans = axes[*axis].spans(&cell.test);
                parts[*axis] = parts[*axis].meet(&spans);
                row.push(cell.read.then_some(spans));
            }
            cells.push(row);
            rules.push(parts);
        }
        let exact = tests.iter().map(|row| row.iter().all(|cell| cell.read)).collect();
        let unclear = std::mem::take(&mut self.unclear);
        Space { axes, axis_of, cells, boxes: Boxes { sizes, rules }, exact, bounded: self.bounded, unclear }
    }
}

/// Whether two columns read the same value for certain.
fn same_place(a: &Kind, b: &Kind) -> bool {
    matches!((a, b), (Kind::Input(x), Kind::Input(y)) | (Kind::Decision(x), Kind::Decision(y)) | (Kind::Local(x), Kind::Local(y)) if x == y)
}

/// The type of a constant, or of what a list or a range is made of.
fn scalar(value: &Value) -> Option<Type> {
    match value {
        Value::List(items) => items.first().and_then(scalar),
        Value::Range(range) if range.low.is_null() => scalar(&range.high),
        Value::Range(range) => scalar(&range.low),
        Value::Null | Value::Function(_) | Value::Context(_) => None,
        // A dash is a constant, too, and says nothing of the column.
        Value::Boolean(true) => None,
        value => Some(Type::of(value)),
    }
}

/// Pairs of columns of different axes that read a common input.
pub(super) fn linked(program: &Program, table: &Table, axis_of: &[Option<usize>]) -> Vec<(usize, usize)> {
    let read = |c: &Column| {
        let (mut inputs, mut locals) = (BTreeSet::new(), BTreeSet::new());
        cell::reads(program, &c.expression, &mut inputs, &mut locals);
        (inputs, locals)
    };
    let reads: Vec<(BTreeSet<u32>, BTreeSet<u32>)> = table.columns.iter().map(read).collect();
    let mut found = Vec::new();
    for (i, a) in reads.iter().enumerate() {
        for (j, b) in reads.iter().enumerate().skip(i + 1) {
            let common = !a.0.is_disjoint(&b.0) || !a.1.is_disjoint(&b.1);
            if common && (axis_of[i].is_none() || axis_of[i] != axis_of[j]) {
                found.push((i, j));
            }
        }
    }
    found
}

//! The table run over an example: what the analysis claims must show.

use crate::eval::Machine;
use crate::feel::ast::Kind;
use crate::program::Program;
use crate::table::Table;
use crate::value::Value;

/// What became of the table.
#[derive(Debug)]
pub(super) struct Trial {
    /// Places of the rules that matched, in order.
    pub fired: Vec<u32>,
    pub value: Value,
}

/// Runs a table over a value for each of its columns.
pub(super) fn run(program: &Program, table: &Table, given: &[Value]) -> Trial {
    let mut inputs = vec![Value::Null; program.inputs.len()];
    let mut locals = vec![Value::Null; table.depth as usize];
    for (column, value) in table.columns.iter().zip(given) {
        let place = match column.expression.kind {
            Kind::Input(slot) => inputs.get_mut(slot as usize),
            Kind::Local(slot) if !column.kept => locals.get_mut(slot as usize),
            _ => None,
        };
        if let Some(place) = place {
            *place = value.clone();
        }
    }
    let mut machine = Machine::new(program, &inputs, None);
    machine.strict = true;
    locals.into_iter().for_each(|value| machine.push(value));
    let value = table.evaluate_over(&mut machine, Some(given), 0).into_owned();
    let own = machine.fired.iter().filter(|f| f.table == table.place).map(|f| f.rule);
    Trial { fired: own.collect(), value }
}

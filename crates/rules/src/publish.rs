//! The checks before a model may decide: everything outside of the strict subset is told at once, with its place.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::builtin::{self, Builtin, Special};
use crate::diagnostic::{self, Diagnostic};
use crate::feel::ast::{Arguments, Expr, Kind};
use crate::infer::Inference;
use crate::model::Model;
use crate::program::Program;
use crate::ruleset::Condition;
use crate::value::{Function, Type, Value};

/// Checks a model and finds its conditions.
///
/// # Errors
/// All diagnostics, in the order of the file.
pub(crate) fn check(model: &Model) -> Result<Vec<Condition>, Vec<Diagnostic>> {
    let mut checker = Checker { model, program: model.program(), found: model.diagnostics().to_vec() };
    checker.inputs();
    checker.decisions();
    checker.functions();
    checker.misfits();
    let conditions = checker.conditions();
    let mut found = checker.found;
    if found.is_empty() {
        return Ok(conditions);
    }
    found.sort_by(|a, b| (a.line, a.column, a.code).cmp(&(b.line, b.column, b.code)));
    found.dedup_by(|a, b| (a.line, a.column) == (b.line, b.column) && a.message == b.message);
    Err(found)
}

fn listed(names: &[&str]) -> String {
    names.join(", ")
}

struct Checker<'m> {
    model: &'m Model,
    program: &'m Program,
    found: Vec<Diagnostic>,
}

/// True when some part of the type says nothing.
fn is_open(of: &Type) -> bool {
    match of.base() {
        Type::Any | Type::Null | Type::Function(..) => true,
        Type::List(inner) | Type::Range(inner) => is_open(inner),
        Type::Context(entries) => entries.is_empty() || entries.iter().any(|(_, t)| is_open(t)),
        _ => false,
    }
}

impl Checker<'_> {
    fn report(&mut self, code: &'static str, owner: &str, at: u32, message: String, mend: &str) {
        let (line, column) = diagnostic::place(self.model.text(), at);
        let mend = mend.to_owned();
        self.found.push(Diagnostic { code, decision: owner.to_owned(), line, column, message, mend });
    }

    fn inputs(&mut self) {
        for input in &self.program.inputs {
            // A type that is unknown was told where it stands.
            let told = self.found.iter().any(|d| d.code == "unknown_type" && *d.decision == *input.name);
            if is_open(&input.of) && !told {
                let message = format!("the input `{}` has no complete type (found {})", input.name, input.of);
                self.report("untyped_input", &input.name, input.at, message, "give its variable a typeRef");
            }
        }
    }

    fn decisions(&mut self) {
        for node in &self.program.decisions {
            if node.of == Type::Any {
                let message = format!("the decision `{}` has no type", node.name);
                self.report("untyped_decision", &node.name, node.at, message, "give its variable a typeRef");
            }
            self.expression(&node.name, &node.body);
        }
    }

    fn functions(&mut self) {
        for definition in &self.program.functions {
            self.expression(&definition.name, &definition.body);
        }
    }

    fn expression(&mut self, owner: &str, e: &Expr) {
        let mut all = Vec::new();
        e.walk(&mut |e| all.push(e));
        for e in all {
            self.node(owner, e);
        }
    }

    fn node(&mut self, owner: &str, e: &Expr) {
        match &e.kind {
            Kind::Unknown(name) => self.unknown(owner, e.at, name, ""),
            Kind::Entry { name, otherwise: None, .. } if !self.program.entries.contains(name) => {
                self.unknown(owner, e.at, name, " in this filter");
            }
            Kind::Unsupported(what) if !self.found.iter().any(|d| d.message == **what) => {
                let code = if what.contains("external") { "external_function" } else { "unsupported" };
                self.report(code, owner, e.at, what.to_string(), "write it in FEEL");
            }
            Kind::Constant(Value::Null) => {
                let message = "null decides nothing: a missing value makes a condition unknown".to_owned();
                self.report(
                    "null",
                    owner,
                    e.at,
                    message,
                    "write a value, or test an input that says whether there is one",
                );
            }
            Kind::Constant(Value::Range(range)) if range.is_empty() => {
                let message =
                    format!("the range {} holds nothing", e.as_constant().map_or_else(String::new, builtin::shown));
                self.report("empty_range", owner, e.at, message, "write the lower end first");
            }
            Kind::Constant(Value::Function(f)) => self.builtin(owner, e.at, f),
            Kind::Call(callee, arguments) => self.call(owner, callee, arguments),
            _ => {}
        }
    }

    /// Operands that can never fit.
    fn misfits(&mut self) {
        let program = self.program;
        let mut inference = Inference::new(program);
        for node in &program.decisions {
            inference.decision(&node.body);
            for misfit in std::mem::take(&mut inference.found) {
                self.report("type", &node.name, misfit.at, misfit.message, "make both sides of one kind");
            }
        }
        for definition in &program.functions {
            inference.function(&definition.parameters, &definition.body);
            // A function inside of another sees locals whose types are not known here.
            for misfit in std::mem::take(&mut inference.found) {
                if *definition.name != *"function" {
                    self.report("type", &definition.name, misfit.at, misfit.message, "make both sides of one kind");
                }
            }
        }
    }

    fn unknown(&mut self, owner: &str, at: u32, name: &str, place: &str) {
        let near = self.near(name);
        let mend = match near {
            Some(near) => format!("did you mean `{near}`? A name is only known where the decision requires it"),
            None => format!(
                "draw a requirement to the input or decision that it names; a text stands in quotes: \"{name}\""
            ),
        };
        self.report("unknown_name", owner, at, format!("unknown name `{name}`{place}"), &mend);
    }

    /// The name of the model that looks most like this one.
    fn near(&self, name: &str) -> Option<String> {
        let names = self.program.inputs.iter().map(|i| &i.name).chain(self.program.decisions.iter().map(|d| &d.name));
        let limit = (name.chars().count() / 3).max(1);
        let close = names.map(|n| (crate::feel::name::distance(n, name), n)).filter(|(d, _)| *d <= limit);
        close.min().map(|(_, n)| n.to_string())
    }

    fn builtin(&mut self, owner: &str, at: u32, function: &Function) {
        let Function::Builtin(builtin) = function else { return };
        if let Some(Special::Now | Special::Today) = builtin.special() {
            let message = format!("`{}()` is refused: a decision must replay on any day", builtin.name());
            self.report("clock", owner, at, message, "make the day of the application an input");
        }
    }

    /// Calls whose number of arguments can never fit.
    fn call(&mut self, owner: &str, callee: &Expr, arguments: &Arguments) {
        let Some(Value::Function(function)) = callee.as_constant() else { return };
        let list = match arguments {
            Arguments::Positional(list) => list,
            Arguments::Named(list) => return self.named_call(owner, callee.at, function, list),
        };
        let (name, fits, wanted) = match &**function {
            Function::Builtin(builtin) => {
                self.constant_call(owner, callee.at, *builtin, list);
                (builtin.name().to_owned(), builtin.takes(list.len()), builtin.forms())
            }
            Function::Closure { definition, .. } => {
                let Some(d) = self.program.functions.get(*definition as usize) else { return };
                let names: Vec<&str> = d.parameters.iter().map(|(name, _)| &**name).collect();
                (d.name.to_string(), d.parameters.len() == list.len(), names.join(", "))
            }
            Function::Service(place) => {
                let Some(s) = self.program.services.get(*place as usize) else { return };
                let names: Vec<&str> = s.parameters.iter().map(|p| &*p.name).collect();
                (s.name.to_string(), s.parameters.len() == list.len(), names.join(", "))
            }
        };
        if !fits {
            let message = format!("`{name}` is called with {} arguments, expected ({wanted})", list.len());
            self.report("arguments", owner, callee.at, message, "give it the arguments it declares");
        }
    }

    /// Calls over constants that have no result on any day, and patterns that are none.
    fn constant_call(&mut self, owner: &str, at: u32, builtin: Builtin, list: &[Expr]) {
        let constants: Option<Vec<Value>> = list.iter().map(|e| e.as_constant().cloned()).collect();
        let plain = |v: &Value| !matches!(v, Value::Null | Value::Function(_));
        if let Some(values) = constants
            && !values.is_empty()
            && values.iter().all(plain)
            && builtin.special().is_none()
            && builtin.takes(values.len())
            && builtin.run(&values).is_none()
        {
            let given: Vec<String> = values.iter().map(builtin::shown).collect();
            let message = format!("`{}({})` has no result", builtin.name(), given.join(", "));
            let mend = match builtin.name() {
                "date" => "write a day that exists, like date(\"2026-02-28\")",
                "duration" => "write it like duration(\"P30D\"), duration(\"P6M\") or duration(\"PT12H\")",
                _ => "give it arguments that it has a result for",
            };
            return self.report("literal", owner, at, message, mend);
        }
        let flags = match (builtin.name(), list) {
            ("matches", [_, _, flags]) | ("replace", [_, _, _, flags]) => flags.as_constant(),
            ("matches" | "replace" | "split", _) => Some(&Value::Null),
            _ => None,
        };
        let flags = match flags {
            Some(Value::String(flags)) => flags,
            Some(Value::Null) => "",
            _ => return,
        };
        if let Some(Value::String(pattern)) = list.get(1).and_then(Expr::as_constant)
            && !builtin::is_pattern(pattern, flags)
        {
            let message = format!("\"{pattern}\" is no pattern that `{}` can read", builtin.name());
            self.report("literal", owner, at, message, "write a regular expression without back-references");
        }
    }

    /// Calls by names that the function does not have.
    fn named_call(&mut self, owner: &str, at: u32, function: &Function, list: &[(Arc<str>, Expr)]) {
        let names: Vec<&str> = list.iter().map(|(name, _)| &**name).collect();
        let (name, wanted) = match function {
            Function::Builtin(builtin) if builtin.knows(&names) => return,
            Function::Builtin(builtin) => (builtin.name().to_owned(), builtin.forms()),
            Function::Closure { definition, .. } => {
                let Some(d) = self.program.functions.get(*definition as usize) else { return };
                (d.name.to_string(), d.parameters.iter().map(|(n, _)| &**n).collect::<Vec<_>>().join(", "))
            }
            Function::Service(place) => {
                let Some(s) = self.program.services.get(*place as usize) else { return };
                (s.name.to_string(), s.parameters.iter().map(|p| &*p.name).collect::<Vec<_>>().join(", "))
            }
        };
        let mut wanted_names: Vec<&str> = wanted.split(", ").filter(|n| !n.is_empty()).collect();
        let mut given = names.clone();
        wanted_names.sort_unstable();
        given.sort_unstable();
        if given != wanted_names {
            let message = format!("`{name}` is called with ({}), expected ({wanted})", listed(&names));
            self.report("arguments", owner, at, message, "give it the arguments it declares, each by its name");
        }
    }

    /// Boolean decisions that no other requires, with what they stand on.
    fn conditions(&mut self) -> Vec<Condition> {
        let program = self.program;
        let required: BTreeSet<u32> = program.decisions.iter().flat_map(|d| d.requires.iter().copied()).collect();
        let mut conditions = Vec::new();
        for (slot, node) in program.decisions.iter().enumerate() {
            let slot = u32::try_from(slot).unwrap_or(u32::MAX);
            if required.contains(&slot) {
                continue;
            }
            if *node.of.base() == Type::Boolean {
                let (reads, steps) = closure(program, slot);
                conditions.push(Condition::new(node.id.to_string(), node.name.to_string(), slot, reads, steps));
            } else if node.of != Type::Any {
                let message =
                    format!("no decision requires `{}`, and it is no condition: it gives {}", node.name, node.of);
                self.report(
                    "idle_decision",
                    &node.name,
                    node.at,
                    message,
                    "require it somewhere, make it boolean, or remove it",
                );
            }
        }
        if conditions.is_empty() {
            let message = "the model has no condition: no boolean decision that stands on its own".to_owned();
            self.report("no_condition", "", 0, message, "write one boolean decision for each condition");
        }
        conditions
    }
}

/// Everything that a decision may read: inputs and decisions, through functions and services too.
fn closure(program: &Program, slot: u32) -> (Vec<u32>, Vec<u32>) {
    let mut reach = Reach { program, inputs: BTreeSet::new(), decisions: BTreeSet::new(), functions: BTreeSet::new() };
    let mut open = vec![slot];
    while let Some(at) = open.pop() {
        let Some(node) = program.decisions.get(at as usize) else { continue };
        let before = reach.decisions.clone();
        reach.expression(&node.body);
        open.extend(reach.decisions.difference(&before));
    }
    let steps = reach.decisions.into_iter().filter(|d| *d != slot).collect();
    (reach.inputs.into_iter().collect(), steps)
}

struct Reach<'p> {
    program: &'p Program,
    inputs: BTreeSet<u32>,
    decisions: BTreeSet<u32>,
    functions: BTreeSet<u32>,
}

impl Reach<'_> {
    fn expression(&mut self, e: &Expr) {
        let mut bodies = Vec::new();
        e.walk(&mut |e| match &e.kind {
            Kind::Input(slot) => {
                self.inputs.insert(*slot);
            }
            Kind::Decision(slot) => {
                self.decisions.insert(*slot);
            }
            Kind::Closure(place) => bodies.push(*place),
            Kind::Constant(Value::Function(f)) => match &**f {
                Function::Closure { definition, .. } => bodies.push(*definition),
                Function::Service(place) => {
                    let service = self.program.services.get(*place as usize);
                    self.decisions.extend(service.iter().flat_map(|s| s.outputs.iter().copied()));
                }
                Function::Builtin(_) => {}
            },
            _ => {}
        });
        for place in bodies {
            if self.functions.insert(place)
                && let Some(definition) = self.program.functions.get(place as usize)
            {
                self.expression(&definition.body);
            }
        }
    }
}

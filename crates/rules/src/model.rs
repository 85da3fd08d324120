//! The conformance profile: a model evaluated as the standard says, nulls included, over any input.

use std::borrow::Cow;

use kernel::Moment;
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json, json};

use crate::diagnostic::Diagnostic;
use crate::dmn;
use crate::eval::{Machine, Told};
use crate::program::{Place, Program};
use crate::value::{Context, Members, Type, Value};

/// A model that was read. What cannot be read inside of it is told by [`Model::diagnostics`] and evaluates to null.
#[derive(Debug)]
pub struct Model {
    program: Program,
    text: String,
}

/// The result of a decision and how it came about.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// The result.
    pub value: Value,
    /// Every decision that was computed on the way, in the order of the model.
    pub trace: Vec<Step>,
}

/// One decision of a trace.
#[derive(Clone, Debug)]
pub struct Step {
    /// Name of the decision.
    pub decision: String,
    /// Its value.
    pub value: Value,
    /// Rules that matched in its tables: id, or the number from 1 where the model gives no id.
    pub matched: Vec<String>,
    /// The first reason for a null on the way, with line and column.
    pub fault: Option<String>,
}

/// Reads a model of one file.
///
/// # Errors
/// When there is no model: not XML, not DMN 1.3 to 1.5, beyond the limits. What is wrong inside of a model that can be
/// read is told by [`Model::diagnostics`].
pub fn parse(xml: &str) -> Result<Model, Vec<Diagnostic>> {
    parse_with_imports(xml, &[])
}

/// Reads a model together with the models it imports, which are found by their namespaces.
///
/// # Errors
/// As for [`parse`].
pub fn parse_with_imports(xml: &str, imported: &[&str]) -> Result<Model, Vec<Diagnostic>> {
    let texts: Vec<&str> = std::iter::once(xml).chain(imported.iter().copied()).collect();
    Ok(Model { program: dmn::compile(&texts)?, text: xml.to_owned() })
}

impl Model {
    pub(crate) const fn program(&self) -> &Program {
        &self.program
    }

    pub(crate) fn into_parts(self) -> (Program, String) {
        (self.program, self.text)
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// What is wrong inside the model.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.program.diagnostics
    }

    /// Names of the model's own decisions, in order.
    pub fn decisions(&self) -> impl Iterator<Item = &str> {
        self.program.decisions.iter().filter(|d| !d.imported).map(|d| &*d.name)
    }

    /// Names and types of the model's own decisions, in order.
    pub fn results(&self) -> impl Iterator<Item = (&str, &Type)> {
        self.program.decisions.iter().filter(|d| !d.imported).map(|d| (&*d.name, &d.of))
    }

    /// Names and types of the inputs, in order.
    pub fn inputs(&self) -> impl Iterator<Item = (&str, &Type)> {
        self.program.inputs.iter().map(|i| (&*i.name, &i.of))
    }

    /// A decision's value over an input; null with a fault in the trace when there is no such decision.
    pub fn evaluate(&self, decision: &str, input: &Context) -> Evaluation {
        self.evaluate_at(decision, input, None)
    }

    /// The same with a clock for `now()` and `today()`, which are null without one. The name may be a decision
    /// service's, too.
    pub fn evaluate_at(&self, decision: &str, input: &Context, now: Option<Moment>) -> Evaluation {
        let inputs = self.input_values(input, now);
        let mut machine = Machine::new(&self.program, &inputs, now);
        for (slot, node) in self.program.decisions.iter().enumerate() {
            // A value given under a decision's name stands for the decision.
            if let Some(value) = input.get(&node.name).filter(|_| *node.name != *decision) {
                machine.preset(u32::try_from(slot).unwrap_or(u32::MAX), value.clone());
            }
        }
        let value = match self.program.decision_slot(decision) {
            Some(slot) => machine.decision(slot),
            None => self.service(&mut machine, decision, input),
        };
        let trace = self.trace(&machine);
        Evaluation { value, trace }
    }

    fn input_values(&self, input: &Context, now: Option<Moment>) -> Vec<Value> {
        let nothing: Vec<Value> = Vec::new();
        let mut machine = Machine::new(&self.program, &nothing, now);
        let value = |node: &crate::program::InputNode| {
            let given = match path(input, &node.name) {
                Value::Null => input.get(&node.own_name).cloned().unwrap_or_default(),
                found => found,
            };
            machine.coerce(Cow::Owned(given), &node.of, node.at).into_owned()
        };
        self.program.inputs.iter().map(value).collect()
    }

    fn service<'a>(&'a self, machine: &mut Machine<'a>, name: &str, input: &Context) -> Value {
        let Some(place) = self.program.services.iter().position(|s| *s.name == *name) else {
            machine.note(0, format!("the model has no decision `{name}`"));
            return Value::Null;
        };
        let given = |p: &crate::program::Parameter| match p.stands_for {
            Place::Input(slot) => path(input, &self.program.inputs[slot as usize].name),
            Place::Decision(_) => input.get(&p.name).cloned().unwrap_or_default(),
        };
        let arguments = self.program.services[place].parameters.iter().map(given).collect();
        let function = crate::value::Function::Service(u32::try_from(place).unwrap_or(u32::MAX));
        machine.apply(&function, arguments, 0)
    }

    fn trace(&self, machine: &Machine<'_>) -> Vec<Step> {
        let mut steps = Vec::new();
        for (node, slot) in self.program.decisions.iter().zip(0u32..) {
            let Some(Told { value, fault, fired }) = machine.told(slot) else { continue };
            let matched = fired.iter().filter(|f| self.program.is_of(**f, node));
            steps.push(Step {
                decision: node.name.to_string(),
                value,
                matched: matched.map(|f| self.program.rule_name(*f).into_owned()).collect(),
                fault: fault.map(|f| {
                    let (line, column) = crate::diagnostic::place(&self.text, f.at);
                    format!("{line}:{column}: {}", f.message)
                }),
            });
        }
        steps
    }
}

/// An input by its name; `model.name` may stand as an entry of a context `model`.
fn path(input: &Context, name: &str) -> Value {
    if let Some(found) = input.get(name) {
        return found.clone();
    }
    match name.split_once('.') {
        Some((first, rest)) => match input.get(first) {
            Some(Value::Context(inner)) => path(inner, rest),
            _ => Value::Null,
        },
        None => Value::Null,
    }
}

/// A model evaluated over one JSON object of inputs, for the command line: `{"result": …, "trace": […]}`. Without a
/// decision all of the model's own decisions are computed, and the result is an object of their values.
///
/// # Errors
/// A JSON input that is not of its declared type, told in one sentence.
pub fn evaluate(model: &Model, decision: Option<&str>, input: &Json, now: Option<Moment>) -> Result<Json, String> {
    let Json::Object(map) = input else { return Err("the input is not a JSON object".to_owned()) };
    let mut context = Context::new();
    for (name, json) in map {
        let value = Value::from_json(json, declared(model, name)).map_err(|e| format!("input `{name}`{e}"))?;
        context.insert(name.as_str(), value);
    }
    Ok(told(model, decision, &context, now))
}

/// The same over the text of one JSON object: its numbers keep all their digits.
///
/// # Errors
/// As [`evaluate`].
pub fn evaluate_text(
    model: &Model,
    decision: Option<&str>,
    input: &RawValue,
    now: Option<Moment>,
) -> Result<Json, String> {
    let members = serde_json::from_str(input.get());
    let Members(members) = members.map_err(|_| "the input is not a JSON object".to_owned())?;
    let mut context = Context::new();
    for (name, text) in &members {
        let value = Value::from_json_text(text, declared(model, name)).map_err(|e| format!("input `{name}`{e}"))?;
        context.insert(name.as_str(), value);
    }
    Ok(told(model, decision, &context, now))
}

fn declared<'a>(model: &'a Model, name: &str) -> &'a Type {
    model.program.input_slot(name).map_or(&Type::Any, |slot| &model.program.inputs[slot].of)
}

fn told(model: &Model, decision: Option<&str>, context: &Context, now: Option<Moment>) -> Json {
    let Some(name) = decision else {
        let mut result = Map::new();
        let mut trace = Vec::new();
        for name in model.decisions() {
            let one = model.evaluate_at(name, context, now);
            result.insert(name.to_owned(), one.value.to_json());
            trace.extend(one.trace.into_iter().filter(|s| s.decision == name).map(step_json));
        }
        return json!({ "result": result, "trace": trace });
    };
    let one = model.evaluate_at(name, context, now);
    json!({ "result": one.value.to_json(), "trace": one.trace.into_iter().map(step_json).collect::<Vec<_>>() })
}

fn step_json(step: Step) -> Json {
    let mut out = Map::new();
    out.insert("decision".into(), step.decision.into());
    out.insert("value".into(), step.value.to_json());
    if !step.matched.is_empty() {
        out.insert("matched".into(), step.matched.into());
    }
    if let Some(fault) = step.fault {
        out.insert("fault".into(), fault.into());
    }
    Json::Object(out)
}

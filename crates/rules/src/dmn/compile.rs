//! Second pass: every decision, knowledge model and service becomes part of the program.

use std::collections::BTreeMap;
use std::sync::Arc;

use roxmltree::{Document, Node};

use super::boxed::Writer;
use super::declare::{Declarations, Declared, Element};
use super::types::Types;
use super::xml;
use crate::diagnostic::{self, Diagnostic};
use crate::feel::ast::{Definition, Expr, Kind};
use crate::feel::name::{Binding, Scope};
use crate::feel::parse::Arena;
use crate::feel::source::Failure;
use crate::program::{DecisionNode, InputNode, Parameter, Place, Program, Service, TableLabel};
use crate::value::{Function, Type, Value};

/// Most inputs and decisions of a model with all its imports.
const MAX_ELEMENTS: usize = 20_000;
/// Entry names of the standard's own values.
const PROPERTIES: [&str; 4] = ["start included", "end included", "time offset", "time zone"];

/// What compiling collects.
pub(super) struct Compiler<'d> {
    pub declared: Declarations<'d>,
    pub arena: Arena,
    pub tables: Vec<TableLabel>,
    pub diagnostics: Vec<Diagnostic>,
    /// Types of each file, own ones by their names, imported ones with the import's name before them.
    types: Vec<BTreeMap<Arc<str>, Type>>,
    /// Entry names known in the model.
    entries: Scope,
}

/// Compiles a model (the first document) with its imports. The errors are those that leave no model to speak of.
pub(crate) fn compile(texts: &[&str]) -> Result<Program, Vec<Diagnostic>> {
    let mut documents: Vec<(Document<'_>, &str)> = Vec::new();
    for text in texts {
        match xml::read(text) {
            Ok(document) => documents.push((document, text)),
            Err(failure) => return Err(vec![diagnose(text, "", failure)]),
        }
    }
    let declared = Declarations::collect(&documents);
    if declared.elements.len() > MAX_ELEMENTS {
        let message = format!("the model has {} elements; the limit is {MAX_ELEMENTS}", declared.elements.len());
        let failure = Failure { code: "too_large", at: 0, message, mend: "split the model".into() };
        return Err(vec![diagnose(texts[0], "", failure)]);
    }
    let mut compiler = Compiler {
        declared,
        arena: Arena::default(),
        tables: Vec::new(),
        diagnostics: Vec::new(),
        types: Vec::new(),
        entries: Scope::default(),
    };
    PROPERTIES.iter().for_each(|p| compiler.entries.note_entry(p));
    compiler.resolve_types();
    compiler.check_declarations();
    Ok(compiler.program())
}

fn diagnose(text: &str, decision: &str, failure: Failure) -> Diagnostic {
    let (line, column) = diagnostic::place(text, failure.at);
    let Failure { code, message, mend, .. } = failure;
    Diagnostic { code, decision: decision.to_owned(), line, column, message, mend }
}

impl<'d> Compiler<'d> {
    pub(super) fn report(&mut self, file: usize, owner: &str, failure: Failure) {
        self.diagnostics.push(diagnose(self.declared.files[file].text, owner, failure));
    }

    fn resolve_types(&mut self) {
        for at in 0..self.declared.files.len() {
            self.arena.types = BTreeMap::new();
            let file = &self.declared.files[at];
            let mut types = Types::new(file.text, file.root, &mut self.arena, &mut self.entries);
            types.resolve_all();
            let failures = types.failures;
            for (owner, failure) in failures {
                self.report(at, &owner, failure);
            }
            self.types.push(std::mem::take(&mut self.arena.types));
        }
        for at in 0..self.declared.files.len() {
            for to in (0..self.declared.files.len()).filter(|to| *to != at) {
                let Some(prefix) = self.declared.prefix(at, to, 0) else { continue };
                let dot = if prefix.is_empty() { "" } else { "." };
                let seen: Vec<_> = self.types[to]
                    .iter()
                    .filter(|(n, _)| !n.contains('.'))
                    .map(|(n, t)| (Arc::from(format!("{prefix}{dot}{n}")), t.clone()))
                    .collect();
                self.types[at].extend(seen);
            }
        }
    }

    /// Names and ids that stand twice, and names that are missing.
    fn check_declarations(&mut self) {
        let mut seen: BTreeMap<(usize, Arc<str>), ()> = BTreeMap::new();
        let mut ids = BTreeMap::new();
        let mut faults = Vec::new();
        for element in &self.declared.elements {
            let at = xml::start(element.node);
            if let Some(id) = element.node.attribute("id")
                && ids.insert((element.file, id), ()).is_some()
            {
                let message = format!("the id `{id}` stands twice in the model");
                let mend = "give one of them another id".into();
                faults.push((element.file, Failure { code: "duplicate_id", at, message, mend }));
            }
            if element.name.is_empty() {
                let message = format!("<{}> has no name", element.node.tag_name().name());
                faults.push((element.file, Failure { code: "no_name", at, message, mend: "give it a name".into() }));
            } else if seen.insert((element.file, element.name.clone()), ()).is_some() {
                let message = format!("the name `{}` stands twice in the model", element.name);
                let mend = "rename one of them".into();
                faults.push((element.file, Failure { code: "duplicate_name", at, message, mend }));
            }
        }
        for (file, failure) in faults {
            self.report(file, "", failure);
        }
    }

    /// The type that a `typeRef` attribute names, seen from a file.
    pub(super) fn type_named(&mut self, file: usize, text: &str, node: Node<'d, 'd>, owner: &str) -> Type {
        let name = crate::feel::name::normal(text.trim());
        if let Some(found) = self.types[file].get(&name) {
            return found.clone();
        }
        let local = name.strip_prefix("feel:").unwrap_or(&name);
        if let Some(found) = Type::builtin(local) {
            return found;
        }
        if let Some(found) = name.rsplit_once(':').and_then(|(_, n)| self.types[file].get(n)) {
            return found.clone();
        }
        let mend = "define it or use a type of FEEL".to_owned();
        let failure =
            Failure { code: "unknown_type", at: xml::start(node), message: format!("no type `{name}`"), mend };
        self.report(file, owner, failure);
        Type::Any
    }

    fn type_of(&mut self, file: usize, node: Node<'d, 'd>, owner: &str) -> Type {
        match node.attribute("typeRef") {
            Some(text) => self.type_named(file, text, node, owner),
            None => Type::Any,
        }
    }

    /// Makes the program: knowledge models first get their places, since they may call each other.
    fn program(mut self) -> Program {
        let mut program = Program::default();
        let elements: Vec<usize> = (0..self.declared.elements.len()).collect();
        for i in &elements {
            let e = &self.declared.elements[*i];
            if let Declared::Knowledge(_) = e.what {
                let body = Expr::constant(Value::Null, 0);
                let name = e.name.clone();
                self.arena.functions.push(Definition { name, parameters: Vec::new(), body });
            }
        }
        for i in elements {
            match self.declared.elements[i].what {
                Declared::Input(_) => {
                    let input = self.input(i);
                    program.inputs.push(input);
                }
                Declared::Decision(_) => {
                    let decision = self.decision(i);
                    program.decisions.push(decision);
                }
                Declared::Knowledge(place) => {
                    let definition = self.knowledge(i);
                    self.arena.functions[place as usize] = definition;
                }
                Declared::Service(_) => {
                    let service = self.service(i);
                    program.services.push(service);
                }
            }
        }
        self.check_circles(&program);
        program.entries = std::mem::take(&mut self.entries.entries);
        program.functions = self.arena.functions;
        program.limits = self.arena.limits;
        program.types = self.types.into_iter().next().unwrap_or_default();
        program.tables = self.tables;
        self.diagnostics.sort_by_key(|d| (d.line, d.column));
        program.diagnostics = self.diagnostics;
        program.plain = crate::plain::lower(&program);
        program
    }

    fn element(&self, i: usize) -> (Node<'d, 'd>, usize, Arc<str>) {
        let e = &self.declared.elements[i];
        (e.node, e.file, e.name.clone())
    }

    fn input(&mut self, i: usize) -> InputNode {
        let (node, file, name) = self.element(i);
        let variable = xml::child(node, "variable").unwrap_or(node);
        let of = self.type_of(file, variable, &name);
        let seen = self.declared.seen_name(0, &self.declared.elements[i]);
        InputNode { name: seen, own_name: name, of, at: xml::start(node) }
    }

    /// What an element requires: bound names, and the decisions among them.
    fn requirements(&mut self, i: usize) -> (Scope, Vec<u32>) {
        let (node, file, name) = self.element(i);
        let mut scope = Scope::knowing(self.entries.entries.clone());
        let mut requires = Vec::new();
        let edges = [
            ("informationRequirement", "requiredInput"),
            ("informationRequirement", "requiredDecision"),
            ("knowledgeRequirement", "requiredKnowledge"),
        ];
        for (edge, target) in edges {
            for required in xml::children(node, edge).filter_map(|r| xml::child(r, target)) {
                let href = required.attribute("href").unwrap_or("");
                let Some(found) = self.declared.resolve(file, href) else {
                    let message = format!("the requirement `{href}` points to nothing in the model");
                    let mend = "draw the requirement again, or add the import".to_owned();
                    let failure = Failure { code: "missing_requirement", at: xml::start(required), message, mend };
                    self.report(file, &name, failure);
                    continue;
                };
                if let Declared::Decision(slot) = found.what {
                    requires.push(slot);
                }
                scope.bind(self.declared.seen_name(file, found), binding(found));
            }
        }
        (scope, requires)
    }

    fn decision(&mut self, i: usize) -> DecisionNode {
        let (node, file, name) = self.element(i);
        let (mut scope, requires) = self.requirements(i);
        let variable = xml::child(node, "variable").unwrap_or(node);
        let of = self.type_of(file, variable, &name);
        let logic = node.children().find(|c| c.is_element() && super::boxed::is_expression(*c));
        let body = match logic {
            None => {
                let message = format!("the decision `{name}` has no logic");
                let mend = "add a decision table or an expression".to_owned();
                let unread = Kind::Unsupported(Arc::from(message.as_str()));
                self.report(file, &name, Failure { code: "no_logic", at: xml::start(node), message, mend });
                Expr::new(unread, xml::start(node))
            }
            Some(logic) => self.write(file, &name, &mut scope, |w| w.expression(logic, 0)),
        };
        let at = body.at;
        let body = if of == Type::Any { body } else { Expr::new(Kind::Typed(Box::new(body), of.clone()), at) };
        let id = Arc::from(node.attribute("id").unwrap_or(&name));
        DecisionNode { id, name, imported: file != 0, of, body, at: xml::start(node), requires }
    }

    /// Compiles one piece of logic in a scope.
    fn write(
        &mut self,
        file: usize,
        owner: &Arc<str>,
        scope: &mut Scope,
        run: impl FnOnce(&mut Writer<'_, 'd>) -> Expr,
    ) -> Expr {
        self.arena.types = std::mem::take(&mut self.types[file]);
        let types = self.arena.types.clone();
        self.types[file] = types;
        let mut writer = Writer { compiler: self, file, owner: owner.clone(), scope };
        let e = run(&mut writer);
        self.entries.entries.append(&mut scope.entries);
        e
    }

    fn knowledge(&mut self, i: usize) -> Definition {
        let (node, file, name) = self.element(i);
        let (mut scope, _) = self.requirements(i);
        // A knowledge model may call itself.
        scope.bind(&name, binding(&self.declared.elements[i]));
        let at = xml::start(node);
        let unread = |why: &str| Expr::new(Kind::Unsupported(Arc::from(why)), at);
        let Some(logic) = xml::child(node, "encapsulatedLogic") else {
            return Definition { name, parameters: Vec::new(), body: unread("the knowledge model has no logic") };
        };
        let mut parameters = Vec::new();
        let body = self.write(file, &name, &mut scope, |w| w.function_body(logic, &mut parameters, 0));
        let variable = xml::child(node, "variable").unwrap_or(node);
        let of = self.type_of(file, variable, &name);
        let result = match &of {
            Type::Function(_, result) => (**result).clone(),
            other => other.clone(),
        };
        let body = if result == Type::Any { body } else { Expr::new(Kind::Typed(Box::new(body), result), at) };
        Definition { name, parameters, body }
    }

    fn service(&mut self, i: usize) -> Service {
        let (node, file, name) = self.element(i);
        let mut parameters = Vec::new();
        for kind in ["inputData", "inputDecision"] {
            for reference in xml::children(node, kind) {
                let found = self.declared.resolve(file, reference.attribute("href").unwrap_or(""));
                let Some(Element { node: target, what, name: target_name, file: target_file, .. }) = found else {
                    continue;
                };
                let stands_for = match what {
                    Declared::Input(slot) => Place::Input(*slot),
                    Declared::Decision(slot) => Place::Decision(*slot),
                    _ => continue,
                };
                let (target, target_name, target_file) = (*target, target_name.clone(), *target_file);
                let variable = xml::child(target, "variable").unwrap_or(target);
                let of = self.type_of(target_file, variable, &target_name);
                parameters.push(Parameter { name: target_name, stands_for, of });
            }
        }
        let href = |n: Node<'d, 'd>| self.declared.resolve(file, n.attribute("href").unwrap_or("")).map(|e| e.what);
        let slot = |what: Declared| match what {
            Declared::Decision(slot) => Some(slot),
            _ => None,
        };
        let outputs = xml::children(node, "outputDecision").filter_map(href).filter_map(slot).collect();
        let variable = xml::child(node, "variable").unwrap_or(node);
        let of = match self.type_of(file, variable, &name) {
            Type::Function(_, result) => (*result).clone(),
            other => other,
        };
        Service { name, parameters, outputs, of }
    }

    /// Decisions that require each other in a circle.
    fn check_circles(&mut self, program: &Program) {
        // 0 not seen, 1 on the way, 2 done; an own stack, since chains may be long.
        let mut state = vec![0u8; program.decisions.len()];
        for start in 0..program.decisions.len() {
            let mut stack = vec![(start, 0usize)];
            while let Some((at, next)) = stack.pop() {
                if next == 0 && state[at] != 0 {
                    continue;
                }
                state[at] = 1;
                let requires = &program.decisions[at].requires;
                let Some(to) = requires.get(next).map(|r| *r as usize) else {
                    state[at] = 2;
                    continue;
                };
                stack.push((at, next + 1));
                match state[to] {
                    0 => stack.push((to, 0)),
                    1 => {
                        let node = &program.decisions[to];
                        let message = format!("the decision `{}` requires itself, through others", node.name);
                        let mend = "take one requirement out of the circle".to_owned();
                        let file = usize::from(node.imported);
                        let failure = Failure { code: "circle", at: node.at, message, mend };
                        self.report(file.min(self.declared.files.len() - 1), &node.name, failure);
                    }
                    _ => {}
                }
            }
        }
    }
}

fn binding(e: &Element<'_>) -> Binding {
    match e.what {
        Declared::Input(slot) => Binding::Input(slot),
        Declared::Decision(slot) => Binding::Decision(slot),
        Declared::Knowledge(definition) => {
            Binding::Constant(Value::Function(Arc::new(Function::Closure { definition, captured: Vec::new() })))
        }
        Declared::Service(place) => Binding::Constant(Value::Function(Arc::new(Function::Service(place)))),
    }
}

//! Boxed expressions: literal expressions, contexts, lists, relations, functions, invocations, loops, conditionals.

use std::sync::Arc;

use roxmltree::Node;

use super::compile::Compiler;
use super::xml;
use crate::feel::ast::{Arguments, Definition, Domain, Expr, Kind, MAX_HEIGHT};
use crate::feel::name::{self, Scope};
use crate::feel::parse::Parser;
use crate::feel::source::{Failure, Source};
use crate::value::{Type, Value};

/// How deep boxed expressions may nest.
const MAX_BOXES: u32 = 30;

const BOXES: [&str; 12] = [
    "literalExpression",
    "decisionTable",
    "context",
    "invocation",
    "list",
    "relation",
    "functionDefinition",
    "conditional",
    "filter",
    "for",
    "some",
    "every",
];

/// As what a text is read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Read {
    Expression,
    Tests,
}

/// True for an element that is an expression.
pub(super) fn is_expression(node: Node<'_, '_>) -> bool {
    node.is_element() && BOXES.contains(&node.tag_name().name())
}

/// Writes the logic of one element into the program.
pub(super) struct Writer<'c, 'd> {
    pub compiler: &'c mut Compiler<'d>,
    pub file: usize,
    /// The element that the logic belongs to.
    pub owner: Arc<str>,
    pub scope: &'c mut Scope,
}

impl<'d> Writer<'_, 'd> {
    pub(super) fn report(&mut self, failure: Failure) {
        let owner = self.owner.clone();
        self.compiler.report(self.file, &owner, failure);
    }

    /// What stands for logic that cannot be read: null with a reason.
    pub(super) fn refused(&mut self, failure: Failure) -> Expr {
        let e = Expr::new(Kind::Unsupported(Arc::from(failure.message.as_str())), failure.at);
        self.report(failure);
        e
    }

    pub(super) fn refuse(&mut self, node: Node<'d, 'd>, code: &'static str, message: &str, mend: &str) -> Expr {
        let at = xml::start(node);
        self.refused(Failure { code, at, message: message.to_owned(), mend: mend.to_owned() })
    }

    /// A node of the tree, refused when it makes the tree too deep.
    pub(super) fn node(&mut self, kind: Kind, at: u32) -> Expr {
        let e = Expr::new(kind, at);
        if e.height <= MAX_HEIGHT {
            return e;
        }
        let message = format!("the expression is more than {MAX_HEIGHT} levels deep");
        self.refused(Failure { code: "too_deep", at, message, mend: "split it into several decisions".into() })
    }

    pub(super) fn text_of(&self, node: Node<'d, 'd>) -> Option<Source<'d>> {
        xml::text_of(node, self.compiler.declared.files[self.file].text)
    }

    /// A FEEL text as an expression.
    pub(super) fn parse(&mut self, source: Source<'d>, read: Read) -> Expr {
        let parser = Parser::new(source, self.scope, &mut self.compiler.arena);
        let parsed = match read {
            Read::Expression => parser.expression_only(),
            Read::Tests => parser.tests_only(),
        };
        match parsed {
            Ok(e) => e,
            Err(failure) => self.refused(failure),
        }
    }

    pub(super) fn type_of(&mut self, node: Node<'d, 'd>) -> Type {
        let owner = self.owner.clone();
        match node.attribute("typeRef") {
            Some(text) => self.compiler.type_named(self.file, text, node, &owner),
            None => Type::Any,
        }
    }

    /// The expression with the type that its element declares.
    pub(super) fn typed(&mut self, e: Expr, of: Type) -> Expr {
        if of == Type::Any {
            return e;
        }
        let at = e.at;
        self.node(Kind::Typed(Box::new(e), of), at)
    }

    /// The first expression below a node.
    fn inner(&mut self, node: Node<'d, 'd>, depth: u32) -> Expr {
        match node.children().find(|c| is_expression(*c)) {
            Some(e) => self.expression(e, depth + 1),
            None => self.refuse(node, "no_logic", "an expression is missing here", "add a literal expression"),
        }
    }

    pub(super) fn expression(&mut self, node: Node<'d, 'd>, depth: u32) -> Expr {
        if depth > MAX_BOXES {
            return self.refuse(node, "too_deep", "boxed expressions nest too deep", "split the decision");
        }
        let e = match node.tag_name().name() {
            "literalExpression" => self.literal(node),
            "decisionTable" => self.table(node),
            "context" => self.context(node, depth),
            "invocation" => self.invocation(node, depth),
            "list" => {
                let nodes: Vec<_> = node.children().filter(|c| is_expression(*c)).collect();
                let items = nodes.into_iter().map(|n| self.expression(n, depth + 1)).collect();
                self.node(Kind::List(items), xml::start(node))
            }
            "relation" => self.relation(node, depth),
            "functionDefinition" => self.function(node, depth),
            "conditional" => self.conditional(node, depth),
            "filter" => self.filter(node, depth),
            name @ ("for" | "some" | "every") => self.iterator(node, name, depth),
            _ => self.refuse(node, "unsupported", "this kind of expression is not known", "use a literal expression"),
        };
        let of = self.type_of(node);
        if node.tag_name().name() == "functionDefinition" { e } else { self.typed(e, of) }
    }

    fn literal(&mut self, node: Node<'d, 'd>) -> Expr {
        let language = node.attribute("expressionLanguage").unwrap_or("");
        if !language.is_empty() && !language.to_ascii_lowercase().contains("feel") {
            return self.refuse(
                node,
                "language",
                &format!("the expression language {language} is refused"),
                "use FEEL",
            );
        }
        match self.text_of(node) {
            Some(source) if !source.text.trim().is_empty() => self.parse(source, Read::Expression),
            _ => self.refuse(node, "no_logic", "the expression is empty", "write an expression"),
        }
    }

    fn context(&mut self, node: Node<'d, 'd>, depth: u32) -> Expr {
        let mark = self.scope.mark();
        let mut named: Vec<(Arc<str>, Expr)> = Vec::new();
        let mut result = None;
        for entry in xml::children(node, "contextEntry") {
            let e = self.inner(entry, depth);
            let Some(variable) = xml::child(entry, "variable") else {
                result = Some(e);
                continue;
            };
            let of = self.type_of(variable);
            let e = if let Kind::Closure(_) = e.kind { e } else { self.typed(e, of) };
            let key = name::normal(variable.attribute("name").unwrap_or(""));
            self.scope.note_entry(&key);
            self.scope.push_local(&key);
            named.push((key, e));
        }
        self.scope.reset(mark);
        let kind = match result {
            Some(result) => Kind::ContextResult(named.into_iter().map(|(_, e)| e).collect(), Box::new(result)),
            None => Kind::Context(named),
        };
        self.node(kind, xml::start(node))
    }

    fn invocation(&mut self, node: Node<'d, 'd>, depth: u32) -> Expr {
        let callee = self.inner(node, depth);
        let mut arguments = Vec::new();
        for binding in xml::children(node, "binding") {
            let parameter = xml::child(binding, "parameter").and_then(|p| p.attribute("name")).unwrap_or("");
            let value = match binding.children().find(|c| is_expression(*c)) {
                Some(e) => self.expression(e, depth + 1),
                None => Expr::constant(Value::Null, xml::start(binding)),
            };
            arguments.push((name::normal(parameter), value));
        }
        self.node(Kind::Call(Box::new(callee), Arguments::Named(arguments)), xml::start(node))
    }

    fn relation(&mut self, node: Node<'d, 'd>, depth: u32) -> Expr {
        let columns: Vec<Arc<str>> =
            xml::children(node, "column").map(|c| name::normal(c.attribute("name").unwrap_or(""))).collect();
        columns.iter().for_each(|c| self.scope.note_entry(c));
        let mut rows = Vec::new();
        for row in xml::children(node, "row") {
            let cells: Vec<_> = row.children().filter(|c| is_expression(*c)).collect();
            let mark = self.scope.mark();
            let mut entries = Vec::new();
            for (column, cell) in columns.iter().zip(cells) {
                let e = self.expression(cell, depth + 1);
                // A row is a context: its entries become locals as they are computed, unseen by the other cells.
                self.scope.push_local("");
                entries.push((column.clone(), e));
            }
            self.scope.reset(mark);
            rows.push(self.node(Kind::Context(entries), xml::start(row)));
        }
        self.node(Kind::List(rows), xml::start(node))
    }

    fn function(&mut self, node: Node<'d, 'd>, depth: u32) -> Expr {
        let mut parameters = Vec::new();
        let body = self.function_body(node, &mut parameters, depth);
        let definition = Definition { name: Arc::from("function"), parameters, body };
        let place = self.compiler.arena.add_function(definition);
        self.node(Kind::Closure(place), xml::start(node))
    }

    /// Parameters and body of a function definition.
    pub(super) fn function_body(
        &mut self,
        node: Node<'d, 'd>,
        parameters: &mut Vec<(Arc<str>, Type)>,
        depth: u32,
    ) -> Expr {
        if matches!(node.attribute("kind"), Some(kind) if kind != "FEEL") {
            let text = "external functions (Java, PMML) are refused";
            return self.refuse(node, "external_function", text, "write the function in FEEL");
        }
        let mark = self.scope.mark();
        for parameter in xml::children(node, "formalParameter") {
            let of = self.type_of(parameter);
            let key = name::normal(parameter.attribute("name").unwrap_or(""));
            self.scope.push_local(&key);
            parameters.push((key, of));
        }
        let body = self.inner(node, depth);
        self.scope.reset(mark);
        body
    }

    fn part(&mut self, node: Node<'d, 'd>, name: &'static str, depth: u32) -> Expr {
        match xml::child(node, name) {
            Some(part) => self.inner(part, depth),
            None => self.refuse(node, "no_logic", &format!("<{name}> is missing"), "complete the expression"),
        }
    }

    fn conditional(&mut self, node: Node<'d, 'd>, depth: u32) -> Expr {
        let parts = (self.part(node, "if", depth), self.part(node, "then", depth), self.part(node, "else", depth));
        self.node(Kind::Choose(Box::new(parts)), xml::start(node))
    }

    fn filter(&mut self, node: Node<'d, 'd>, depth: u32) -> Expr {
        let list = self.part(node, "in", depth);
        let mark = self.scope.mark();
        self.scope.push_element();
        let condition = self.part(node, "match", depth);
        self.scope.reset(mark);
        self.node(Kind::Filter(Box::new(list), Box::new(condition)), xml::start(node))
    }

    fn iterator(&mut self, node: Node<'d, 'd>, kind: &str, depth: u32) -> Expr {
        let domain = Domain::Each(self.part(node, "in", depth));
        let mark = self.scope.mark();
        let variable = name::normal(node.attribute("iteratorVariable").unwrap_or("item"));
        self.scope.push_local(&variable);
        let made = if kind == "for" {
            self.scope.push_local("partial");
            let body = Box::new(self.part(node, "return", depth));
            Kind::For { domains: vec![domain], body, partial: true }
        } else {
            let satisfies = Box::new(self.part(node, "satisfies", depth));
            Kind::Quantified { every: kind == "every", domains: vec![domain], satisfies }
        };
        self.scope.reset(mark);
        self.node(made, xml::start(node))
    }
}

//! Item definitions: the model's own types, resolved to the built-in ones below them.

use std::collections::BTreeMap;
use std::sync::Arc;

use roxmltree::Node;

use super::xml;
use crate::feel::name::{self, Scope};
use crate::feel::parse::{Arena, Parser};
use crate::feel::source::Failure;
use crate::value::Type;

/// How deep item definitions may nest and refer to each other.
const MAX_DEPTH: u32 = 40;

/// Resolves the item definitions of one file.
pub(super) struct Types<'d, 'a> {
    file: &'d str,
    definitions: BTreeMap<Arc<str>, Node<'d, 'd>>,
    pub arena: &'a mut Arena,
    pub scope: &'a mut Scope,
    pub failures: Vec<(String, Failure)>,
}

impl<'d, 'a> Types<'d, 'a> {
    pub(super) fn new(file: &'d str, root: Node<'d, 'd>, arena: &'a mut Arena, scope: &'a mut Scope) -> Self {
        let named = |n: Node<'d, 'd>| (name::normal(n.attribute("name").unwrap_or("")), n);
        let definitions = xml::children(root, "itemDefinition").map(named).collect();
        Self { file, definitions, arena, scope, failures: Vec::new() }
    }

    /// Resolves all definitions into the arena's types.
    pub(super) fn resolve_all(&mut self) {
        for name in self.definitions.keys().cloned().collect::<Vec<_>>() {
            self.named(&name, 0);
        }
    }

    fn fail(&mut self, node: Node<'d, 'd>, code: &'static str, message: String, mend: &str) {
        let owner = node.attribute("name").unwrap_or("").to_owned();
        self.failures.push((owner, Failure { code, at: xml::start(node), message, mend: mend.to_owned() }));
    }

    /// The type of that name, resolved when it was not yet.
    fn named(&mut self, name: &str, depth: u32) -> Option<Type> {
        if let Some(found) = self.arena.types.get(name) {
            return Some(found.clone());
        }
        let node = *self.definitions.get(name)?;
        if depth > MAX_DEPTH {
            self.fail(node, "cyclic_type", format!("the type `{name}` refers to itself"), "break the circle");
            return Some(Type::Any);
        }
        let found = self.definition(node, depth + 1);
        self.arena.types.insert(Arc::from(name), found.clone());
        Some(found)
    }

    /// The type a reference names.
    pub(super) fn reference(&mut self, text: &str, node: Node<'d, 'd>, depth: u32) -> Type {
        let plain = name::normal(text.trim());
        if let Some(found) = self.named(&plain, depth) {
            return found;
        }
        let local = plain.strip_prefix("feel:").unwrap_or(&plain);
        if let Some(found) = Type::builtin(local) {
            return found;
        }
        let unqualified = plain.rsplit_once(':').map(|(_, n)| n.to_owned());
        if let Some(found) = unqualified.and_then(|n| self.named(&n, depth)) {
            return found;
        }
        self.fail(node, "unknown_type", format!("no type `{plain}`"), "define it or use a type of FEEL");
        Type::Any
    }

    fn definition(&mut self, node: Node<'d, 'd>, depth: u32) -> Type {
        let mut of = if let Some(function) = xml::child(node, "functionItem") {
            self.function(function, depth)
        } else if let Some(reference) = xml::child(node, "typeRef") {
            self.reference(reference.text().unwrap_or(""), reference, depth)
        } else {
            self.components(node, depth)
        };
        if let Some(allowed) = xml::child(node, "allowedValues") {
            of = self.limited(of, node, allowed);
        }
        if node.attribute("isCollection") == Some("true") {
            of = Type::List(Arc::new(of));
        }
        if let Some(constraint) = xml::child(node, "typeConstraint") {
            of = self.limited(of, node, constraint);
        }
        of
    }

    fn components(&mut self, node: Node<'d, 'd>, depth: u32) -> Type {
        let mut entries = Vec::new();
        for component in xml::children(node, "itemComponent") {
            let name = name::normal(component.attribute("name").unwrap_or(""));
            self.scope.note_entry(&name);
            if depth > MAX_DEPTH {
                self.fail(node, "too_deep", "item definitions nest too deep".into(), "split the type");
                break;
            }
            entries.push((name, self.definition(component, depth + 1)));
        }
        if entries.is_empty() { Type::Any } else { Type::Context(Arc::new(entries)) }
    }

    fn function(&mut self, node: Node<'d, 'd>, depth: u32) -> Type {
        let result = match node.attribute("outputTypeRef") {
            Some(text) => self.reference(text, node, depth),
            None => Type::Any,
        };
        let mut parameters = Vec::new();
        for parameter in xml::children(node, "parameters") {
            let of = parameter.attribute("typeRef").map_or(Type::Any, |t| self.reference(t, parameter, depth));
            parameters.push(of);
        }
        Type::Function(Some(Arc::new(parameters)), Arc::new(result))
    }

    /// The type limited to the values that pass the tests.
    fn limited(&mut self, base: Type, owner: Node<'d, 'd>, allowed: Node<'d, 'd>) -> Type {
        let Some(source) = xml::text_of(allowed, self.file) else { return base };
        let mut scope = Scope::knowing(self.scope.entries.clone());
        scope.push_local("?");
        match Parser::new(source, &mut scope, self.arena).tests_only() {
            Ok(tests) => {
                self.arena.limits.push(vec![tests]);
                let tests = u32::try_from(self.arena.limits.len() - 1).unwrap_or(u32::MAX);
                let name = name::normal(owner.attribute("name").unwrap_or(""));
                Type::Limited { base: Arc::new(base), tests, name }
            }
            Err(failure) => {
                self.failures.push((owner.attribute("name").unwrap_or("").to_owned(), failure));
                base
            }
        }
    }
}

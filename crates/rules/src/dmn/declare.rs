//! First pass: what the model and its imports declare, and which places they get.

use std::collections::HashMap;
use std::sync::Arc;

use roxmltree::{Document, Node};

use super::xml;
use crate::feel::name;

/// A model file that was read.
pub(super) struct File<'d> {
    pub text: &'d str,
    pub root: Node<'d, 'd>,
    pub namespace: &'d str,
    /// Imported namespaces and the names they are seen under.
    pub imports: Vec<(&'d str, Arc<str>)>,
}

/// What kind of element was declared, and its place among its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Declared {
    Input(u32),
    Decision(u32),
    Knowledge(u32),
    Service(u32),
}

/// An element that others may refer to.
pub(super) struct Element<'d> {
    pub what: Declared,
    pub node: Node<'d, 'd>,
    pub file: usize,
    pub name: Arc<str>,
}

/// All that was declared.
pub(super) struct Declarations<'d> {
    pub files: Vec<File<'d>>,
    pub elements: Vec<Element<'d>>,
    by_id: HashMap<(usize, &'d str), usize>,
}

impl<'d> Declarations<'d> {
    pub(super) fn collect(documents: &'d [(Document<'d>, &'d str)]) -> Self {
        let files: Vec<File<'d>> = documents.iter().map(|(d, text)| file(d, text)).collect();
        let mut this = Self { files, elements: Vec::new(), by_id: HashMap::new() };
        let mut counts = [0u32; 4];
        for at in 0..this.files.len() {
            for node in this.files[at].root.children().filter(Node::is_element) {
                let (kind, make): (usize, fn(u32) -> Declared) = match node.tag_name().name() {
                    "inputData" => (0, Declared::Input),
                    "decision" => (1, Declared::Decision),
                    "businessKnowledgeModel" => (2, Declared::Knowledge),
                    "decisionService" => (3, Declared::Service),
                    _ => continue,
                };
                let what = make(counts[kind]);
                counts[kind] += 1;
                if let Some(id) = node.attribute("id") {
                    this.by_id.entry((at, id)).or_insert(this.elements.len());
                }
                this.elements.push(Element { what, node, file: at, name: element_name(node) });
            }
        }
        this
    }

    /// The element that an href means, seen from a file.
    pub(super) fn resolve(&self, from: usize, href: &str) -> Option<&Element<'d>> {
        let (namespace, id) = href.rsplit_once('#')?;
        let file = if namespace.is_empty() || namespace == self.files[from].namespace {
            from
        } else {
            self.files.iter().position(|f| f.namespace == namespace)?
        };
        self.by_id.get(&(file, id)).map(|i| &self.elements[*i])
    }

    /// The name of an element as seen from a file: with the import's name before it when it stands in another.
    pub(super) fn seen_name(&self, from: usize, element: &Element<'d>) -> Arc<str> {
        if element.file == from {
            return element.name.clone();
        }
        match self.prefix(from, element.file, 0) {
            Some(prefix) if !prefix.is_empty() => Arc::from(format!("{prefix}.{}", element.name)),
            _ => element.name.clone(),
        }
    }

    /// The names under which a file is imported, through others when need be.
    pub(super) fn prefix(&self, from: usize, to: usize, depth: u32) -> Option<String> {
        if depth > 8 {
            return None;
        }
        let wanted = self.files[to].namespace;
        if let Some((_, name)) = self.files[from].imports.iter().find(|(n, _)| *n == wanted) {
            return Some(name.to_string());
        }
        self.files[from].imports.iter().find_map(|(namespace, name)| {
            let through = self.files.iter().position(|f| f.namespace == *namespace)?;
            self.prefix(through, to, depth + 1).map(|rest| format!("{name}.{rest}"))
        })
    }
}

fn file<'d>(document: &'d Document<'d>, text: &'d str) -> File<'d> {
    let root = document.root_element();
    let import = |n: Node<'d, 'd>| Some((n.attribute("namespace")?, name::normal(n.attribute("name").unwrap_or(""))));
    let imports = xml::children(root, "import").filter_map(import).collect();
    File { text, root, namespace: root.attribute("namespace").unwrap_or(""), imports }
}

fn element_name(node: Node<'_, '_>) -> Arc<str> {
    name::normal(node.attribute("name").unwrap_or(""))
}

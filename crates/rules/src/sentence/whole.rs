//! A decision more, or one less: what the sentence table asks for when a condition is added or taken out. Nothing else of the file
//! moves, and what was written is read again before it is believed.

use std::collections::BTreeSet;

use roxmltree::Node;

use super::page::{Page, Span};
use super::write::{self, Refusal};
use super::{Operand, Row, Shown};
use crate::dmn::xml;
use crate::feel::name;
use crate::model::{self, Model};
use crate::value::Type;

/// A condition that the model does not have yet: a boolean decision of sentences.
#[derive(Clone, Copy, Debug)]
pub struct NewDecision<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// What it says: at least one row.
    pub rows: &'a [Row],
    /// Facts that may become inputs of the model, where it does not have them, with their types.
    pub facts: &'a [(String, Type)],
}

/// The model with one more decision at its end, and with the inputs that it is the first to read.
///
/// # Errors
/// Whatever of [`Refusal`] applies; nothing is written then.
pub fn add(xml: &str, new: &NewDecision<'_>) -> Result<String, Refusal> {
    let model = model::parse(xml).map_err(Refusal::Model)?;
    let Ok(page) = Page::of(xml) else { return Err(Refusal::NoDecision(new.id.to_owned())) };
    if new.rows.is_empty() {
        return Err(Refusal::Empty);
    }
    let adding = Adding { page: &page, prefix: prefix(&page), new };
    adding.is_free(&model)?;
    let text = adding.written(&model)?;
    let wanted = Shown::Rows { rows: new.rows.to_vec() };
    write::check(&text, new.id, &wanted, model.diagnostics().len())?;
    Ok(text)
}

/// What stands before the names of the model's elements, such as `dmn:`.
fn prefix<'x>(page: &Page<'x>) -> &'x str {
    let tag = page.text.get(page.root().range().start + 1..).unwrap_or("");
    tag.find("definitions").map_or("", |end| &tag[..end])
}

/// A text as the value of an attribute.
fn quoted(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

struct Adding<'p, 'x> {
    page: &'p Page<'x>,
    prefix: &'x str,
    new: &'p NewDecision<'p>,
}

impl Adding<'_, '_> {
    /// Id and name are the new decision's own.
    fn is_free(&self, model: &Model) -> Result<(), Refusal> {
        let (id, name) = (self.new.id, name::normal(self.new.name));
        let program = model.program();
        let mut names = program.inputs.iter().map(|i| &i.name).chain(program.decisions.iter().map(|d| &d.name));
        if self.ids().contains(id) {
            return Err(Refusal::Taken(id.to_owned()));
        }
        if name.is_empty() || name.chars().any(char::is_control) || names.any(|known| *known == name) {
            return Err(Refusal::Taken(name.to_string()));
        }
        Ok(())
    }

    fn ids(&self) -> BTreeSet<&str> {
        self.page.root().descendants().filter_map(|node| node.attribute("id")).collect()
    }

    /// The names that the rows read, each once, in their order.
    fn read(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for row in self.new.rows {
            let other = match &row.value {
                Operand::Fact { name } | Operand::Moved { name, .. } => Some(name.as_str()),
                _ => None,
            };
            for name in std::iter::once(row.fact.as_str()).chain(other) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        names
    }

    fn written(&self, model: &Model) -> Result<String, Refusal> {
        let (mut inputs, mut required) = (String::new(), Vec::new());
        let mut ids: BTreeSet<String> = self.ids().into_iter().map(str::to_owned).collect();
        let (tab, p) = (self.indent(), self.prefix);
        for name in self.read() {
            if let Some(found) = self.known(name) {
                required.push(found?);
                continue;
            }
            let of = self.new.facts.iter().find(|(known, _)| known == name).map(|(_, of)| of.base());
            let of = of.filter(|of| !matches!(of, Type::Any | Type::Null) && Type::builtin(&of.to_string()).is_some());
            let Some(of) = of else { return Err(Refusal::NoFact(name.to_owned())) };
            let free = (1..).map(|n| format!("i{n}")).find(|id| !ids.contains(id)).unwrap_or_default();
            inputs += &format!(
                "\n{tab}<{p}inputData id=\"{free}\" name=\"{name}\"><{p}variable name=\"{name}\" typeRef=\"{of}\"/></{p}inputData>",
                name = quoted(name)
            );
            ids.insert(free.clone());
            required.push(("requiredInput", free));
        }
        let (first, last) = self.places(model)?;
        let mut parts = [(last, self.decision(&required)?), (first, inputs)];
        parts.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        let mut text = self.page.text.to_owned();
        parts.iter().for_each(|(at, part)| text.insert_str(*at, part));
        Ok(text)
    }

    fn decision(&self, required: &[(&str, String)]) -> Result<String, Refusal> {
        let (tab, p, name) = (self.indent(), self.prefix, quoted(&name::normal(self.new.name)));
        let words = write::expression(self.page, self.new.rows)?;
        let mut text = format!("\n{tab}<{p}decision id=\"{}\" name=\"{name}\">\n", quoted(self.new.id));
        text += &format!("{tab}{tab}<{p}variable name=\"{name}\" typeRef=\"boolean\"/>\n");
        for (kind, id) in required {
            let id = quoted(id);
            text += &format!(
                "{tab}{tab}<{p}informationRequirement><{p}{kind} href=\"#{id}\"/></{p}informationRequirement>\n"
            );
        }
        text += &format!("{tab}{tab}<{p}literalExpression><{p}text>{words}</{p}text></{p}literalExpression>\n");
        Ok(text + &format!("{tab}</{p}decision>"))
    }

    /// How a decision requires what is known by that name; none where the model has nothing of it.
    fn known(&self, wanted: &str) -> Option<Result<(&'static str, String), Refusal>> {
        let own = |node: &Node<'_, '_>| name::normal(node.attribute("name").unwrap_or("")).as_ref() == wanted;
        let (node, kind) = self.page.root().children().filter(Node::is_element).find_map(|node| {
            let kind = match node.tag_name().name() {
                "inputData" => "requiredInput",
                "decision" => "requiredDecision",
                _ => return None,
            };
            own(&node).then_some((node, kind))
        })?;
        let id = node.attribute("id").filter(|id| !id.is_empty());
        Some(id.map(|id| (kind, id.to_owned())).ok_or_else(|| Refusal::NoFact(wanted.to_owned())))
    }

    /// After what the new inputs and the new decision are written: the last of their kind.
    fn places(&self, model: &Model) -> Result<(usize, usize), Refusal> {
        let after = |kind: &'static str| xml::children(self.page.root(), kind).last().map(|node| node.range().end);
        let last = after("decision").ok_or_else(|| {
            let names: Vec<&str> = model.decisions().collect();
            Refusal::NotShown(format!("the file has no decision of its own ({})", names.join(", ")))
        })?;
        let first = xml::children(self.page.root(), "decision").next().map(|node| node.range().start);
        let before = first.map(|at| self.page.text[..at].trim_end().len());
        Ok((after("inputData").or(before).unwrap_or(last), last))
    }

    /// What the elements of this file are set in by.
    fn indent(&self) -> &str {
        let first = xml::children(self.page.root(), "decision").next().map_or(0, |node| node.range().start);
        let before = &self.page.text[..first];
        let line = before.rfind('\n').map_or(before, |at| &before[at + 1..]);
        if line.trim().is_empty() && !line.is_empty() { line } else { "  " }
    }
}

/// The model without a decision, and without what only that decision required.
///
/// # Errors
/// [`Refusal::Needed`] where something else requires it; nothing is written then.
pub fn remove(xml: &str, decision: &str) -> Result<String, Refusal> {
    let model = model::parse(xml).map_err(Refusal::Model)?;
    let unknown = || Refusal::NoDecision(decision.to_owned());
    let own = model.program().decision_slot(decision).and_then(|slot| model.program().decisions.get(slot as usize));
    let node = own.filter(|d| !d.imported).ok_or_else(unknown)?;
    let page = Page::of(xml).map_err(|_| unknown())?;
    let first = page.root().children().find(|n| n.is_element() && xml::start(*n) == node.at).ok_or_else(unknown)?;
    let cutting = Cutting { page: &page, gone: vec![first] }.with_the_idle();
    let needed = cutting.needed(first);
    if !needed.is_empty() {
        return Err(Refusal::Needed(needed));
    }
    let text = cutting.cut();
    let after = model::parse(&text).map_err(|faults| Refusal::Otherwise(told(&faults)))?;
    if after.diagnostics().len() > model.diagnostics().len() {
        return Err(Refusal::Otherwise(told(after.diagnostics())));
    }
    Ok(text)
}

fn told(faults: &[crate::diagnostic::Diagnostic]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

struct Cutting<'p, 'x> {
    page: &'p Page<'x>,
    gone: Vec<Node<'p, 'x>>,
}

/// The id that an address of the file names.
fn target<'n>(node: &Node<'n, '_>) -> Option<&'n str> {
    node.attribute("href").and_then(|href| href.rsplit_once('#')).map(|(_, id)| id)
}

fn is_association(node: &Node<'_, '_>) -> bool {
    node.parent().is_some_and(|parent| parent.tag_name().name() == "association")
}

impl<'p, 'x> Cutting<'p, 'x> {
    fn holds(&self, node: &Node<'_, '_>) -> bool {
        self.gone.iter().any(|gone| gone.range().start <= node.range().start && node.range().end <= gone.range().end)
    }

    /// Who names this id from outside of what goes.
    fn named_by(&self, id: &str) -> impl Iterator<Item = Node<'p, 'x>> {
        let all = self.page.root().descendants().filter(|n| target(n) == Some(id) && !is_association(n));
        all.filter(|n| !self.holds(n))
    }

    /// Takes along what only it required: nothing reads that any more.
    fn with_the_idle(mut self) -> Self {
        loop {
            let named: BTreeSet<&str> =
                self.gone.iter().flat_map(|gone| gone.descendants()).filter_map(|n| target(&n)).collect();
            let idle = self.page.root().children().filter(Node::is_element).find(|node| {
                let id = node.attribute("id").filter(|id| named.contains(id));
                !self.holds(node) && id.is_some_and(|id| self.named_by(id).next().is_none())
            });
            match idle {
                Some(idle) => self.gone.push(idle),
                None => return self,
            }
        }
    }

    /// The names of what requires it all the same.
    fn needed(&self, node: Node<'p, 'x>) -> Vec<String> {
        let Some(id) = node.attribute("id") else { return Vec::new() };
        let name = |n: Node<'_, '_>| n.ancestors().find_map(|a| a.attribute("name")).unwrap_or_default().to_owned();
        let names: BTreeSet<String> = self.named_by(id).map(name).collect();
        names.into_iter().collect()
    }

    /// The file without all of it, and without the lines and shapes of a diagram that stood for it.
    fn cut(&self) -> String {
        let ids: BTreeSet<&str> =
            self.gone.iter().flat_map(|gone| gone.descendants()).filter_map(|n| n.attribute("id")).collect();
        let drawn = |n: &Node<'_, '_>| {
            let of = n.attribute("dmnElementRef").map(|of| of.rsplit(':').next().unwrap_or(of));
            of.is_some_and(|of| ids.contains(of))
        };
        let linked = |n: &Node<'_, '_>| {
            n.tag_name().name() == "association" && n.children().any(|c| target(&c).is_some_and(|id| ids.contains(id)))
        };
        let more = self.page.root().descendants().filter(|n| n.is_element() && (drawn(n) || linked(n)));
        let mut spans: Vec<Span> = self.gone.iter().copied().chain(more).map(|n| self.line(n.range())).collect();
        spans.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
        let (mut text, mut at) = (String::new(), 0);
        for span in spans.into_iter().filter(|span| !span.is_empty()) {
            if span.start >= at {
                text.push_str(&self.page.text[at..span.start]);
                at = span.end;
            }
        }
        text.push_str(&self.page.text[at..]);
        text
    }

    /// An element with the line it stands on, where it stands there alone.
    fn line(&self, span: Span) -> Span {
        let text = self.page.text;
        let start = text[..span.start].trim_end_matches([' ', '\t']).len();
        let rest = &text[span.end..];
        let end = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n')).map(|rest| text.len() - rest.len());
        match end {
            Some(end) if start == 0 || text[..start].ends_with('\n') => start..end,
            _ => span,
        }
    }
}

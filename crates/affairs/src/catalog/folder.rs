//! From an item's folder to an [`Item`]: its four files read together, so that all mistakes come at once.

use std::sync::Arc;

use rules::RuleSet;

use super::diagnostic::{Diagnostic, Report, importable};
use super::entry::Entry;
use super::fields;
use super::form::FormSchema;
use super::item::Item;
use super::item_file::{self, Parts};

/// Reads an item. Nothing comes back where a finding forbids it.
pub fn read(entry: &Entry) -> (Option<Item>, Vec<Diagnostic>) {
    let at = |name: &str| Report::of(entry.path_of(name, entry.since));
    let (of_item, of_form, of_rules, of_cases) =
        (at("item.toml"), at("form.schema.json"), at("rules.dmn"), at("cases.md"));
    let table = file(entry, "item.toml", &of_item).and_then(|bytes| fields::parse(bytes, &of_item));
    let form = file(entry, "form.schema.json", &of_form).and_then(|bytes| FormSchema::read(bytes, &of_form));
    let rules = file(entry, "rules.dmn", &of_rules).and_then(|bytes| publish(bytes, &of_rules));
    let cases = file(entry, "cases.md", &of_cases).and_then(|bytes| text(bytes, &of_cases));
    let cases = cases.unwrap_or_default();
    // A broken form or model stands in as a blank one: item.toml is read all the same and tells its own mistakes. The
    // findings of the broken file keep such an item from going anywhere.
    let item = table.zip(form.or_else(blank_form)).zip(rules.or_else(blank_rules)).map(|((table, form), rules)| {
        item_file::read(&table, Parts { hash: entry.hash(), form, rules, cases }, &of_item)
    });
    if let Some(item) = &item {
        named_like_its_folder(item, entry, &of_item);
    }
    let found: Vec<Diagnostic> =
        [of_item, of_form, of_rules, of_cases].into_iter().flat_map(Report::into_found).collect();
    (item.filter(|_| importable(&found)), found)
}

fn blank_form() -> Option<FormSchema> {
    FormSchema::read(br#"{"properties": {}}"#, &Report::of("blank"))
}

fn blank_rules() -> Option<Arc<RuleSet>> {
    let xml = r#"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" name="blank" namespace="urn:blank">
        <decision id="c1" name="c1"><variable name="c1" typeRef="boolean"/>
        <literalExpression><text>true</text></literalExpression></decision></definitions>"#;
    RuleSet::publish(xml).ok().map(Arc::new)
}

fn file<'a>(entry: &'a Entry, name: &str, report: &Report) -> Option<&'a [u8]> {
    let bytes = entry.files.get(name);
    if bytes.is_none() {
        report.error("file", "missing", "write it; docs/catalog.md says how");
    }
    bytes.map(Vec::as_slice)
}

fn text(bytes: &[u8], report: &Report) -> Option<String> {
    let text = String::from_utf8(bytes.to_vec()).ok();
    if text.is_none() {
        report.error("file", "not UTF-8", "save the file as UTF-8");
    }
    text
}

fn publish(bytes: &[u8], report: &Report) -> Option<Arc<RuleSet>> {
    let xml = text(bytes, report)?;
    match RuleSet::publish(&xml) {
        Ok(rules) => Some(Arc::new(rules)),
        Err(refusals) => {
            for refusal in refusals {
                let of = if refusal.decision.is_empty() { String::new() } else { format!("{}, ", refusal.decision) };
                let at = format!("{of}line {}, column {}", refusal.line, refusal.column);
                report.error(at, refusal.message, refusal.mend);
            }
            None
        }
    }
}

fn named_like_its_folder(item: &Item, entry: &Entry, report: &Report) {
    if item.id != entry.id {
        report.error("id", format!("{:?} stands in the folder {:?}", item.id, entry.id), "make them equal");
    }
    if entry.since.is_some_and(|date| date != item.valid_from) {
        report.error("valid_from", "differs from the date in the folder's name", "make them equal");
    }
}

//! A bundle (一件事): one thing people want that several agencies must decide, as one file of `bundles/`.
//!
//! It names its items and which of their fields are the same fact; the form that asks each fact once is computed from the
//! items' own schemas, and what is filled in is handed back to each item under the item's own names. Nothing of an item is
//! written a second time, so a change of an item changes the bundle with it.

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel::{Date, Text};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::diagnostic::{Diagnostic, Report};
use super::entry::{Entry, EntryKind};
use super::fields::{self, Fields};
use super::form::FormSchema;
use super::item::{Attested, Item, Material, Obtain, Source};
use super::item_file::{attested, source};

/// What a refusal of one part means for the others.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Refused {
    /// The others make no sense without it.
    #[default]
    Stop,
    /// The others go on.
    GoOn,
}

/// One item of a bundle.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct BundlePart {
    /// The item.
    pub item: String,
    /// The question whose yes takes it in; none: it always belongs to the bundle.
    pub question: Option<Text>,
    /// What its refusal means for the others.
    pub on_refusal: Refused,
    /// The same in the words people read.
    pub means: Text,
}

/// A field of an item.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct FieldOf {
    /// The item.
    pub item: String,
    /// Its field, or its material.
    pub field: String,
}

/// Fields of several items that ask one fact, or materials that are one paper.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(super) struct Same {
    /// The field's name in the bundle's form; for a material its name.
    pub(super) field: String,
    /// Own words for it.
    pub(super) label: Option<Text>,
    /// What is the same.
    pub(super) of: Vec<FieldOf>,
}

/// A page of the bundle's form.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(super) struct Group {
    pub(super) id: String,
    pub(super) label: Text,
    pub(super) hint: Option<Text>,
    pub(super) fields: Vec<String>,
}

/// One bundle.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Bundle {
    /// File name below `catalog/bundles`.
    pub id: String,
    /// Content hash of the file: a joint handling names the version it was filed under.
    pub hash: String,
    /// First day.
    pub valid_from: Date,
    /// Last day.
    pub valid_to: Option<Date>,
    /// What people call it.
    pub name: Text,
    /// One sentence.
    pub summary: Text,
    /// What people type to find it.
    pub keywords: Vec<String>,
    /// The item whose deciding agency leads.
    pub lead: String,
    /// Its items, the lead's first.
    pub parts: Vec<BundlePart>,
    /// What rows refer to.
    pub sources: Vec<Source>,
    /// How well known it is that these belong together.
    pub attested: Attested,
    pub(super) same: Vec<Same>,
    pub(super) apart: Vec<Same>,
    pub(super) groups: Vec<Group>,
    pub(super) materials: Vec<Same>,
}

/// A paper of a bundle, asked for once.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct BundleMaterial {
    /// Its id within the bundle: what the bundle calls it, else item and material.
    pub id: String,
    /// Which material of which item it is.
    pub of: Vec<FieldOf>,
    /// Whether it may follow wherever it is asked for.
    pub may_follow: bool,
    /// What it is.
    pub name: Text,
    /// What one needs to do.
    pub how: Text,
    /// How it comes in.
    pub obtain: Obtain,
    /// Always asked for by some part.
    pub required: bool,
    /// The items that use it.
    pub items: Vec<String>,
}

/// The form of a bundle for the parts somebody chose.
#[derive(Clone, Debug)]
pub struct JointForm {
    /// The form, to draw and to check like any other.
    pub schema: FormSchema,
    /// Which fields of which items each field of the form fills.
    pub fields: BTreeMap<String, Vec<FieldOf>>,
}

impl JointForm {
    /// What an item is told, under its own names.
    pub fn part(&self, item: &str, values: &Map<String, Value>) -> Map<String, Value> {
        part_of(&self.fields, item, values)
    }

    /// The form's field that fills a field of an item.
    pub fn field_of(&self, item: &str, field: &str) -> Option<&str> {
        let fills = |of: &Vec<FieldOf>| of.iter().any(|f| f.item == item && f.field == field);
        self.fields.iter().find(|(_, of)| fills(of)).map(|(name, _)| name.as_str())
    }
}

/// What an item is told by values of a bundle's form: `fields` says which of them fill which of its own.
pub fn part_of(fields: &BTreeMap<String, Vec<FieldOf>>, item: &str, values: &Map<String, Value>) -> Map<String, Value> {
    let mut own = Map::new();
    for (name, value) in values {
        let filled = fields.get(name).into_iter().flatten().filter(|f| f.item == item);
        own.extend(filled.map(|f| (f.field.clone(), value.clone())));
    }
    own
}

impl Bundle {
    /// In force on a day?
    pub fn in_force(&self, on: Date) -> bool {
        self.valid_from <= on && self.valid_to.is_none_or(|end| on <= end)
    }

    /// The part of this item.
    pub fn part(&self, item: &str) -> Option<&BundlePart> {
        self.parts.iter().find(|p| p.item == item)
    }

    /// The parts that belong to every handling, and those of the optional ones that `chosen` names, in the bundle's order.
    pub fn chosen<'a>(&'a self, chosen: &[String]) -> Vec<&'a BundlePart> {
        self.parts.iter().filter(|p| p.question.is_none() || chosen.contains(&p.item)).collect()
    }

    /// The form's field for a field of an item.
    fn name_of(&self, item: &str, field: &str) -> String {
        let named = |same: &&Same| same.of.iter().any(|f| f.item == item && f.field == field);
        self.same.iter().chain(&self.apart).find(named).map_or_else(|| field.to_owned(), |same| same.field.clone())
    }

    /// The form for these items (those of the chosen parts); none where the mapping has a conflict, which the lint tells.
    pub fn form(&self, items: &[Arc<Item>]) -> Option<JointForm> {
        let report = Report::of(format!("bundles/{}.toml", self.id));
        let form = self.joined(items, &report);
        form.filter(|_| report.into_found().is_empty())
    }

    /// Computes the form; every conflict goes to `report`.
    pub(super) fn joined(&self, items: &[Arc<Item>], report: &Report) -> Option<JointForm> {
        let mut fields: BTreeMap<String, Vec<FieldOf>> = BTreeMap::new();
        let mut properties = Map::new();
        let mut required: Vec<String> = Vec::new();
        for item in items {
            let own = item.form.schema.get("properties").and_then(Value::as_object)?;
            for field in &item.form.fields {
                let name = self.name_of(&item.id, &field.name);
                let asked = own.get(&field.name).and_then(Value::as_object)?.clone();
                let here = FieldOf { item: item.id.clone(), field: field.name.clone() };
                let joined = match properties.get(&name).and_then(Value::as_object) {
                    None => asked,
                    Some(there) if self.is_one(&name, &here, fields.get(&name)) => {
                        joined(there, &asked, &(report, &name, &here))
                    }
                    Some(_) => {
                        let mend = format!("write [[same]] field = {name:?} where it is one fact, else [[apart]]");
                        report.error(
                            format!("same[{name}]"),
                            format!("{}:{} has the name of another item's field", here.item, here.field),
                            mend,
                        );
                        continue;
                    }
                };
                properties.insert(name.clone(), Value::Object(joined));
                if field.required && !required.contains(&name) {
                    required.push(name.clone());
                }
                fields.entry(name).or_default().push(here);
            }
        }
        for (name, label) in self.same.iter().filter_map(|s| Some((&s.field, s.label.as_ref()?))) {
            if let Some(asked) = properties.get_mut(name).and_then(Value::as_object_mut) {
                asked.insert("x-label".into(), json!(label));
            }
        }
        let schema = self.schema(properties, &required);
        let bytes = serde_json::to_vec(&schema).ok()?;
        let schema = FormSchema::read(&bytes, report)?;
        Some(JointForm { schema, fields })
    }

    /// Whether a field is said to be the fact that these ask already.
    fn is_one(&self, name: &str, here: &FieldOf, there: Option<&Vec<FieldOf>>) -> bool {
        self.is_same(name, here) && there.into_iter().flatten().all(|f| self.is_same(name, f))
    }

    fn is_same(&self, name: &str, here: &FieldOf) -> bool {
        self.same.iter().any(|same| same.field == name && same.of.contains(here))
    }

    fn schema(&self, properties: Map<String, Value>, required: &[String]) -> Value {
        let section = |group: &Group| {
            let asked: Vec<&String> = group.fields.iter().filter(|f| properties.contains_key(*f)).collect();
            let mut section = json!({ "id": group.id, "label": group.label, "fields": asked });
            if let Some(hint) = &group.hint {
                section["hint"] = json!(hint);
            }
            (!asked.is_empty()).then_some(section)
        };
        let sections: Vec<Value> = self.groups.iter().filter_map(section).collect();
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": format!("urn:budayang:bundle:{}", self.id),
            "type": "object",
            "x-title": self.name,
            "x-sections": sections,
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        })
    }

    /// What one brings, each paper once: what the bundle says is one, what is read from one register, one form for all.
    pub fn materials(&self, items: &[Arc<Item>]) -> Vec<BundleMaterial> {
        let mut found: Vec<(String, BundleMaterial)> = Vec::new();
        for item in items {
            for material in &item.materials {
                let (key, name) = self.paper(item, material);
                match found.iter_mut().find(|(k, _)| *k == key) {
                    Some((_, one)) => {
                        one.items.push(item.id.clone());
                        one.of.push(FieldOf { item: item.id.clone(), field: material.id.clone() });
                        one.required |= material.required;
                        one.may_follow &= material.may_follow;
                    }
                    None => found.push((
                        key.clone(),
                        BundleMaterial {
                            id: key,
                            of: vec![FieldOf { item: item.id.clone(), field: material.id.clone() }],
                            may_follow: material.may_follow,
                            name,
                            how: material.how.clone(),
                            obtain: material.obtain,
                            required: material.required,
                            items: vec![item.id.clone()],
                        },
                    )),
                }
            }
        }
        found.into_iter().map(|(_, one)| one).collect()
    }

    fn paper(&self, item: &Item, material: &Material) -> (String, Text) {
        let one = |same: &&Same| same.of.iter().any(|f| f.item == item.id && f.field == material.id);
        let form = Text::new(format!("{}申请表", self.name.zh), format!("Application: {}", self.name.en));
        match (self.materials.iter().find(one), material.obtain, &material.register) {
            (Some(same), ..) => (same.field.clone(), same.label.clone().unwrap_or_else(|| material.name.clone())),
            (None, Obtain::OnlineForm, _) => ("the form".to_owned(), form),
            (None, _, Some(register)) => (format!("register {register}"), material.name.clone()),
            (None, _, None) => (format!("{}:{}", item.id, material.id), material.name.clone()),
        }
    }
}

type Where<'a> = (&'a Report, &'a str, &'a FieldOf);

/// One field that asks what two asked: the narrower bounds of both. What cannot be one is told.
fn joined(there: &Map<String, Value>, here: &Map<String, Value>, at: &Where<'_>) -> Map<String, Value> {
    let (report, name, field) = at;
    let mut one = there.clone();
    for key in ["type", "x-kind", "enum", "pattern", "const", "x-on-difference"] {
        if there.get(key) != here.get(key) {
            let reason = format!("{}:{} differs in {key} from the field it is said to be", field.item, field.field);
            report.error(
                format!("same[{name}]"),
                reason,
                "they are no one fact: name them apart, or mend one of the items",
            );
        }
    }
    for (key, wider) in [("maxLength", false), ("maximum", false), ("minLength", true), ("minimum", true)] {
        let (a, b) = (there.get(key).and_then(Value::as_i64), here.get(key).and_then(Value::as_i64));
        let narrow = match (a, b) {
            (Some(a), Some(b)) => Some(if wider { a.max(b) } else { a.min(b) }),
            (a, b) => a.or(b),
        };
        one.extend(narrow.map(|n| (key.to_owned(), Value::from(n))));
    }
    if !one.contains_key("x-fact") {
        one.extend(here.get("x-fact").map(|fact| ("x-fact".to_owned(), fact.clone())));
    }
    if let (Some(a), Some(b)) = (there.get("x-statement"), here.get("x-statement")) {
        one.insert("x-statement".into(), both(a, b));
    }
    one
}

/// Two statements as one: what both say is said once.
fn both(a: &Value, b: &Value) -> Value {
    let word = |v: &Value, lang: &str| v.get(lang).and_then(Value::as_str).unwrap_or_default().to_owned();
    let one = |lang: &str, gap: &str| {
        let (a, b) = (word(a, lang), word(b, lang));
        if a.contains(&b) { a } else { format!("{a}{gap}{b}") }
    };
    json!({ "zh": one("zh", ""), "en": one("en", " ") })
}

/// Reads every file of `bundles/`; what is wrong in one of them stands in `findings`.
pub(super) fn read(entries: &[Entry], findings: &mut Vec<Diagnostic>) -> Vec<Arc<Bundle>> {
    let mut read = Vec::new();
    for entry in entries.iter().filter(|e| e.kind == EntryKind::Bundle) {
        let report = Report::of(entry.path());
        if let Some(table) = entry.only().and_then(|(_, bytes)| fields::parse(bytes, &report)) {
            let fields = Fields::root(&table, &report);
            let bundle = bundle(&fields, entry.hash());
            if bundle.id != entry.id {
                fields.error("id", format!("stands in the file {:?}", entry.id), "make them equal");
            }
            fields.done();
            read.push(Arc::new(bundle));
        }
        findings.extend(report.into_found());
    }
    read
}

fn bundle(fields: &Fields<'_>, hash: String) -> Bundle {
    Bundle {
        id: fields.str("id"),
        hash,
        valid_from: fields.date("valid_from"),
        valid_to: fields.opt_date("valid_to"),
        name: fields.text("name"),
        summary: fields.text("summary"),
        keywords: fields.strings("keywords"),
        lead: fields.str("lead"),
        parts: fields.rows("part").iter().map(part).collect(),
        sources: fields.rows("source").iter().map(source).collect(),
        attested: attested(fields),
        same: fields.rows("same").iter().map(|row| same(row, "label")).collect(),
        apart: fields.rows("apart").iter().map(|row| same(row, "label")).collect(),
        groups: fields.rows("section").iter().map(group).collect(),
        materials: fields.rows("material").iter().map(|row| same(row, "name")).collect(),
    }
}

fn part(fields: &Fields<'_>) -> BundlePart {
    let part = BundlePart {
        item: fields.str("item"),
        question: fields.opt_text("question"),
        on_refusal: fields.choice("on_refusal", &[("stop", Refused::Stop), ("go_on", Refused::GoOn)]),
        means: fields.text("means"),
    };
    fields.done();
    part
}

fn same(fields: &Fields<'_>, label: &'static str) -> Same {
    let read = |word: &String| match word.split_once(':') {
        Some((item, field)) => Some(FieldOf { item: item.to_owned(), field: field.to_owned() }),
        None => {
            fields.error("of", format!("{word:?} names no field of an item"), "write \"ITEM:FIELD\"");
            None
        }
    };
    let same = Same {
        field: fields.str("field"),
        label: fields.opt_text(label),
        of: fields.strings("of").iter().filter_map(read).collect(),
    };
    fields.done();
    same
}

fn group(fields: &Fields<'_>) -> Group {
    let group = Group {
        id: fields.str("id"),
        label: fields.text("label"),
        hint: fields.opt_text("hint"),
        fields: fields.strings("fields"),
    };
    fields.done();
    group
}

//! The forms of the accounts' pages: a new account, a new row of rights.

use affairs::access::{EVERY, FieldFault, Role, Scope};
use affairs::catalog::Catalog;
use kernel::{RegionCode, RegionLevel};
use serde::Deserialize;

use crate::frame::Frame;
use crate::pieces::{Choice, FieldKind, FieldView, Section, Width};

/// The form for a new account.
#[derive(Deserialize, Default)]
pub(super) struct NewAccount {
    #[serde(rename = "/login", default)]
    pub(super) login: String,
    #[serde(rename = "/name", default)]
    pub(super) name: String,
    #[serde(rename = "/post", default)]
    pub(super) post: String,
    #[serde(rename = "/agency", default)]
    pub(super) agency: String,
    #[serde(rename = "/region", default)]
    pub(super) region: String,
}

pub(super) fn role_name(frame: &Frame, role: Role) -> String {
    frame.t(&format!("role.{}", role.word())).to_owned()
}

/// A field of these forms: name, key of its label, key of its hint, what it asks for, what was typed.
pub(super) fn field(frame: &Frame, name: &'static str, label: &str, kind: FieldKind, value: &str) -> FieldView {
    FieldView {
        pointer: format!("/{name}"),
        label: frame.t(label).to_owned(),
        hint: String::new(),
        kind,
        value: value.to_owned(),
        optional: false,
        error: None,
        note: String::new(),
    }
}

pub(super) fn line() -> FieldKind {
    FieldKind::Line { width: Width::Medium, mode: "text", autocomplete: "off".into(), unit: String::new() }
}

pub(super) fn new_account(frame: &Frame, catalog: &Catalog, typed: &NewAccount, faults: &[FieldFault]) -> Vec<Section> {
    let hinted = |mut field: FieldView, hint: &str| {
        field.hint = frame.t(hint).to_owned();
        field
    };
    let mut fields = vec![
        hinted(field(frame, "login", "staff_in.name", line(), &typed.login), "accounts.login_hint"),
        field(frame, "name", "accounts.person", line(), &typed.name),
        hinted(field(frame, "post", "accounts.post", line(), &typed.post), "accounts.post_hint"),
        field(frame, "agency", "accounts.agency", agencies(frame, catalog, &typed.agency, false), ""),
        field(frame, "region", "accounts.region", regions(frame, catalog, &typed.region, false), ""),
    ];
    blame(frame, &mut fields, faults);
    vec![Section { title: String::new(), hint: String::new(), fields }]
}

pub(super) fn blame(frame: &Frame, fields: &mut [FieldView], faults: &[FieldFault]) {
    for field in fields {
        let fault = faults.iter().find(|f| field.pointer.trim_start_matches('/') == f.field);
        field.error = fault.map(|f| frame.text(&f.reason).to_owned());
    }
}

fn agencies(frame: &Frame, catalog: &Catalog, chosen: &str, every: bool) -> FieldKind {
    let choice = |a: &affairs::catalog::Agency| Choice {
        value: a.id.clone(),
        label: frame.text(&a.name).to_owned(),
        chosen: a.id == chosen,
    };
    FieldKind::Select(all(frame, chosen, every).into_iter().chain(catalog.agencies().map(choice)).collect())
}

/// Down to counties: nobody's rights end at a single street, and the list stays short enough to read.
fn regions(frame: &Frame, catalog: &Catalog, chosen: &str, every: bool) -> FieldKind {
    let today = frame.now.date();
    let roots: std::collections::BTreeSet<RegionCode> =
        catalog.agencies().filter(|a| a.level == RegionLevel::Region).filter_map(|a| a.region).collect();
    let below = roots.iter().flat_map(|root| catalog.regions.subtree(*root, today));
    let near = below.filter(|r| matches!(r.level(), RegionLevel::Region | RegionLevel::City | RegionLevel::County));
    let choice = |r: &kernel::Region| Choice {
        value: r.code.to_string(),
        label: frame.text(&catalog.regions.display(r.code)).to_owned(),
        chosen: r.code.to_string() == chosen,
    };
    FieldKind::Select(all(frame, chosen, every).into_iter().chain(near.map(choice)).collect())
}

fn all(frame: &Frame, chosen: &str, every: bool) -> Option<Choice> {
    let label = frame.t("accounts.every").to_owned();
    every.then(|| Choice { value: EVERY.to_owned(), label, chosen: chosen == EVERY })
}

pub(super) fn new_scope(frame: &Frame, catalog: &Catalog, typed: &ScopeForm, faults: &[FieldFault]) -> Vec<Section> {
    let role = |role: &Role| Choice {
        value: role.word().to_owned(),
        label: role_name(frame, *role),
        chosen: role.word() == typed.role,
    };
    let item = |item: &std::sync::Arc<affairs::catalog::Item>| Choice {
        value: item.id.clone(),
        label: frame.text(&item.name).to_owned(),
        chosen: item.id == typed.item,
    };
    let items = all(frame, &typed.item, true).into_iter().chain(catalog.items(frame.now.date()).map(item)).collect();
    let roles = FieldKind::Select(Role::ALL.iter().map(role).collect());
    let mut fields = vec![
        field(frame, "role", "accounts.role", roles, ""),
        field(frame, "agency", "accounts.agency", agencies(frame, catalog, &typed.agency, true), ""),
        field(frame, "region", "accounts.region", regions(frame, catalog, &typed.region, true), ""),
        field(frame, "item", "accounts.item", FieldKind::Select(items), ""),
    ];
    blame(frame, &mut fields, faults);
    vec![Section { title: String::new(), hint: String::new(), fields }]
}

/// A row of rights as a form sends it.
#[derive(Deserialize, Default)]
pub(super) struct ScopeForm {
    #[serde(rename = "/role", default)]
    pub(super) role: String,
    #[serde(rename = "/agency", default)]
    pub(super) agency: String,
    #[serde(rename = "/region", default)]
    pub(super) region: String,
    #[serde(rename = "/item", default)]
    pub(super) item: String,
}

impl ScopeForm {
    /// The row, or which of its fields are not chosen.
    pub(super) fn scope(&self) -> Result<Scope, Vec<FieldFault>> {
        let choose = kernel::Text::new("请选择一项", "Choose one");
        let tests = [
            ("role", Role::from_word(&self.role).is_some()),
            ("agency", !self.agency.is_empty()),
            ("region", !self.region.is_empty()),
            ("item", !self.item.is_empty()),
        ];
        let missing = tests.into_iter().filter(|(_, given)| !given);
        let faults: Vec<_> = missing.map(|(field, _)| FieldFault { field, reason: choose.clone() }).collect();
        match Role::from_word(&self.role) {
            Some(role) if faults.is_empty() => {
                Ok(Scope { role, agency: self.agency.clone(), region: self.region.clone(), item: self.item.clone() })
            }
            _ => Err(faults),
        }
    }
}

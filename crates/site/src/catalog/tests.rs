//! The catalogue this program is built with, as its pages show it.

use std::collections::BTreeMap;

use affairs::catalog::{Catalog, Files};
use askama::Template;
use axum::http::HeaderMap;
use kernel::{Grade, Language};
use serde_json::{Map, Value, json};

use super::drawn::{Filled, KnownValue, values};
use super::guide::{self, Measured};
use super::search::{departments, search};
use crate::frame::Frame;
use crate::pieces::{FactView, FieldKind, error_lines};
use crate::sample;

fn catalog() -> Catalog {
    Catalog::from_files(&Files::seed()).catalog
}

fn frame(uri: &str) -> Frame {
    Frame::new(&sample::state(), &uri.parse().unwrap(), &HeaderMap::new())
}

#[test]
fn people_find_an_item_by_their_own_words() {
    let (catalog, frame) = (catalog(), frame("/"));
    let on = sample::now().date();
    for (asked, first) in [
        ("执业药师延续注册", "/items/fd-pharmacist-renew"),
        ("续期", "/items/fd-pharmacist-renew"),
        ("  执业药师 延续  ", "/items/fd-pharmacist-renew"),
        ("药师注册快到期了怎么延续", "/items/fd-pharmacist-renew"),
        ("执业药师首次注册", "/items/fd-pharmacist-first"),
        ("renewal", "/items/fd-pharmacist-renew"),
        ("注销注册", "/items/fd-pharmacist-cancel"),
    ] {
        let hits = search(&frame, &catalog, on, asked);
        assert_eq!(hits.first().map(|h| h.href.as_str()), Some(first), "{asked}");
    }
    for nothing in ["", "   ", "？！", "护照", "zzzz"] {
        assert!(search(&frame, &catalog, on, nothing).is_empty(), "{nothing:?}");
    }
    assert_eq!(search(&frame, &catalog, on, &"药".repeat(100_000)).len(), 0, "a flood is cut, not searched");
}

#[test]
fn every_item_stands_in_exactly_one_department() {
    let (catalog, frame) = (catalog(), frame("/"));
    let on = sample::now().date();
    let listed: usize = departments(&frame, &catalog, on).iter().map(|d| d.items.len()).sum();
    assert!(listed >= 4);
    assert_eq!(listed, catalog.items(on).count());
}

#[test]
fn every_guide_answers_in_both_languages_and_hides_no_weak_source() {
    let catalog = catalog();
    let items: Vec<_> = catalog.items(sample::now().date()).cloned().collect();
    for item in items {
        for uri in ["/items/x", "/items/x?lang=en"] {
            let measured = Some(Measured { median_ms: 800, cases: 214 });
            let page = guide::page(frame(uri), &catalog, &item, measured);
            let language = page.frame.language;
            assert_eq!(page.conditions.len(), item.conditions.len());
            for text in [&page.who, &page.bring, &page.time, &page.fee, &page.result, &page.remedies] {
                assert!(!text.is_empty(), "{}: {page:?}", item.id);
            }
            let html = page.render().unwrap();
            let weak = if language == Language::Zh { ">来源未核实<" } else { ">Source unverified<" };
            let based = item.legal_basis.iter().map(|b| &b.attested);
            let mut told = based.chain(item.conditions.iter().map(|c| &c.attested));
            assert_eq!(html.contains(weak), told.any(|a| a.grade == Grade::U), "{}", item.id);
            assert!(html.contains(if language == Language::Zh { "0.8 秒" } else { "0.8 s" }), "{}", item.id);
        }
    }
}

#[test]
fn what_no_machine_decides_says_so_first_and_names_its_special_stage() {
    let catalog = catalog();
    let item = catalog.item("fd-drug-retail", sample::now().date()).unwrap();
    let page = guide::page(frame("/"), &catalog, &item, None);
    assert!(page.person.as_ref().is_some_and(|reason| reason.contains("决定由工作人员作出")), "{page:?}");
    let stages: Vec<_> = page.stages.iter().map(|s| format!("{}：{}", s.name, s.note)).collect();
    assert!(stages.iter().any(|s| s.starts_with("现场验收") && s.ends_with("15个工作日")), "{stages:?}");
    assert!(stages.last().is_some_and(|s| s == "决定：由人决定，45个工作日内"), "{stages:?}");
}

#[test]
fn without_a_measurement_no_bar_is_drawn_for_it() {
    let catalog = catalog();
    let item = catalog.item("fd-pharmacist-renew", sample::now().date()).unwrap();
    let page = guide::page(frame("/"), &catalog, &item, None);
    assert_eq!(page.limits.drawn().len() + 1, page.limits.bars.len());
    assert!(page.limits.finding.contains("还没有办结"), "{}", page.limits.finding);
}

fn known(value: &str) -> BTreeMap<String, KnownValue> {
    let fact = FactView {
        label: "注册有效期至".into(),
        value: "2027年1月22日".into(),
        source: "执业药师注册库".into(),
        read_at: Some(sample::now()),
        as_of: None,
        trust: None,
    };
    BTreeMap::from([("valid_to".to_owned(), KnownValue { value: value.into(), fact })])
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

#[test]
fn a_told_value_stands_until_somebody_writes_against_it() {
    let catalog = catalog();
    let item = catalog.item("fd-pharmacist-renew", sample::now().date()).unwrap();
    let known = known("2027-01-22");
    for (sent, expected) in [
        (vec![], "2027-01-22"),
        (vec![("objection:/valid_to", "  ")], "2027-01-22"),
        (vec![("objection:/valid_to", "2027-03-01")], "2027-03-01"),
    ] {
        let values = values(&item.form, &known, &pairs(&sent));
        assert_eq!(values["valid_to"], json!(expected), "{sent:?}");
        let filled = Filled { form: &item.form, values: &values, known: &known };
        let sections = filled.sections(&frame("/"), None);
        let field = sections.iter().flat_map(|s| &s.fields).find(|f| f.pointer == "/valid_to").unwrap();
        let FieldKind::Fetched { objection, .. } = &field.kind else { panic!("{field:?}") };
        assert_eq!(objection.is_empty(), expected == "2027-01-22");
    }
}

#[test]
fn every_field_of_every_form_is_drawn_and_every_error_links_to_one() {
    let catalog = catalog();
    let none = BTreeMap::new();
    for item in catalog.items(sample::now().date()) {
        let empty = Map::new();
        let checked = item.form.check(&empty);
        let filled = Filled { form: &item.form, values: &empty, known: &none };
        let sections = filled.sections(&frame("/"), Some(&checked));
        assert_eq!(sections.iter().map(|s| s.fields.len()).sum::<usize>(), item.form.fields.len(), "{}", item.id);
        assert!(!checked.errors.is_empty());
        assert_eq!(error_lines(&sections).len(), checked.errors.len(), "{}", item.id);
    }
}

#[test]
fn answers_are_written_for_people() {
    let catalog = catalog();
    let item = catalog.item("fd-pharmacist-renew", sample::now().date()).unwrap();
    let none = BTreeMap::new();
    let values: Map<String, Value> =
        Map::from_iter([("valid_to".to_owned(), json!("2027-01-22")), ("truthful".to_owned(), json!(true))]);
    let filled = Filled { form: &item.form, values: &values, known: &none };
    let answers: Vec<_> = filled.answers(&frame("/"), "/drafts/1").into_iter().flat_map(|g| g.answers).collect();
    let value = |label: &str| answers.iter().find(|a| a.label.contains(label)).map(|a| a.value.clone());
    assert_eq!(value("有效期至").as_deref(), Some("2027年1月22日"));
    let declared = frame("/").t("field.agreed").to_owned();
    assert!(answers.iter().all(|a| a.value != declared), "what is declared stands where it is sent");
    let filed = filled.answers(&frame("/"), "");
    assert!(filed.iter().flat_map(|g| &g.answers).any(|a| a.value == declared), "an officer sees that it was");
    assert!(answers.iter().all(|a| a.change.starts_with("/drafts/1#f-")));
}

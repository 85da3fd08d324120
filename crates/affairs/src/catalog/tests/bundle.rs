//! Bundles: one form that asks each fact once, papers once, and every conflict of the mapping told.

use std::sync::Arc;

use serde_json::json;

use super::*;

const BUNDLE: &str = "bundles/open-pharmacy.toml";
const ITEMS: [&str; 3] = ["fd-drug-retail", "fd-food-licence", "he-public-place"];

/// The three items and the bundle, without villages.
fn few() -> Files {
    let kept = |path: &str| {
        path != "regions/village.csv"
            && !path.starts_with("delegations/")
            && (!path.starts_with("items/") || ITEMS.iter().any(|i| path.starts_with(&format!("items/{i}/"))))
    };
    let mut few = Files::default();
    files().iter().filter(|(path, _)| kept(path)).for_each(|(path, bytes)| few.insert(path, bytes));
    few
}

/// What is wrong with the bundle after one change of one file.
fn wrong(path: &str, from: &str, to: &str) -> String {
    let mut files = few();
    let text = String::from_utf8(files.get(path).unwrap_or_default().to_vec()).unwrap();
    assert!(text.contains(from), "{path} has {from:?}");
    files.insert(path, text.replacen(from, to, 1));
    let found = Catalog::from_files(&files).findings;
    let own = found.iter().filter(|d| d.file == BUNDLE && d.severity == Severity::Error);
    own.map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn items(chosen: &[&str]) -> (Arc<Bundle>, Vec<Arc<Item>>) {
    let catalog = &seed().catalog;
    let bundle = catalog.bundle("open-pharmacy").unwrap().clone();
    let day = "2026-11-23".parse().unwrap();
    let chosen: Vec<String> = chosen.iter().map(|c| (*c).to_owned()).collect();
    let items = bundle.chosen(&chosen).iter().map(|p| catalog.item(&p.item, day).unwrap()).collect();
    (bundle, items)
}

#[test]
fn each_fact_is_asked_once_and_each_item_gets_its_own() {
    let (bundle, items) = items(&ITEMS[1..]);
    let form = bundle.form(&items).expect("a form without conflicts");
    let asked: usize = items.iter().map(|i| i.form.fields.len()).sum();
    // Five facts are asked by all three.
    assert_eq!(form.schema.fields.len(), asked - 5 * 2);
    let field = form.schema.field("address").unwrap();
    assert_eq!((field.max_length, field.required), (Some(120), true), "the narrower bound of three");
    let values = json!({"address": "南宁市青秀区演示路21号", "scope": "otc", "staff": 4});
    let values = values.as_object().unwrap();
    for (item, own) in [(ITEMS[0], "address"), (ITEMS[1], "address"), (ITEMS[2], "address")] {
        assert_eq!(form.part(item, values)[own], values["address"], "{item}");
    }
    assert!(form.part(ITEMS[0], values).contains_key("scope") && !form.part(ITEMS[1], values).contains_key("scope"));
    assert_eq!(form.field_of(ITEMS[1], "operator_code"), Some("code"));
    let statement = format!("{:?}", form.schema.field("truthful").unwrap().kind);
    assert!(
        statement.contains("药品管理法第一百二十三条") && statement.contains("行政许可法第七十八条"),
        "{statement}"
    );

    let (_, lead) = self::items(&[]);
    let alone = bundle.form(&lead).unwrap();
    assert_eq!(alone.schema.fields.len(), lead[0].form.fields.len(), "what is not chosen is not asked");
}

#[test]
fn each_paper_is_handed_in_once() {
    let (bundle, items) = items(&ITEMS[1..]);
    let papers = bundle.materials(&items);
    let all: usize = items.iter().map(|i| i.materials.len()).sum();
    let once = |name: &str| papers.iter().filter(|p| p.name.zh.contains(name)).count();
    assert_eq!((once("营业执照"), once("申请表"), once("布局")), (1, 1, 1), "{papers:#?}");
    // Three forms, three business licences and two plans became one each.
    assert_eq!(papers.len(), all - 5);
}

#[test]
fn every_conflict_of_a_mapping_is_told() {
    assert_eq!(wrong(BUNDLE, "开药店", "开药房"), "", "the bundle itself has no mistake");
    let rows = [
        (BUNDLE, "he-public-place:address\"]", "he-public-place:street\"]", "he-public-place:street does not exist"),
        (BUNDLE, "\"fd-food-licence:phone\", ", "", "fd-food-licence:phone has the name of another item's field"),
        (BUNDLE, "lead = \"fd-drug-retail\"", "lead = \"fd-food-licence\"", "lead: may be left out"),
        (BUNDLE, "item = \"he-public-place\"", "item = \"he-beauty\"", "no item \"he-beauty\""),
        (BUNDLE, "\"staff\", ", "", "does not name every field exactly once"),
        (BUNDLE, "fd-food-licence:layout", "fd-food-licence:business-licence", "comes in in different ways"),
        (
            BUNDLE,
            "[\"fd-drug-retail:code\"",
            "[\"fd-drug-retail:scope\"",
            "he-public-place:code has the name of another",
        ),
        (BUNDLE, "on_refusal = \"stop\"", "on_refusal = \"perhaps\"", "unknown word \"perhaps\""),
    ];
    for (path, from, to, says) in rows {
        let found = wrong(path, from, to);
        assert!(found.contains(says), "{to:?} should say {says:?}:\n{found}");
    }
    // An item that changes changes the bundle with it.
    let form = "items/he-public-place/form.schema.json";
    let found = wrong(form, "\"x-kind\": \"phone\"", "\"maxLength\": 20, \"x-kind\": \"text\"");
    assert!(found.contains("he-public-place:phone differs in x-kind"), "{found}");
    let fact = "register = \"public-place-licence\"\nkey = \"applicant\"\nfield = \"status\"";
    let reads = wrong(
        "items/he-public-place/item.toml",
        fact,
        "register = \"drug-trade-licence\"\nkey = \"applicant\"\nfield = \"status\"",
    );
    assert!(
        reads.contains("he-public-place reads the register drug-trade-licence that fd-drug-retail writes"),
        "{reads}"
    );
}

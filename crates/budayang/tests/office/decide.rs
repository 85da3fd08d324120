//! `decide`: every outcome the catalogue has, from files, with nothing stored.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::tempdir;

use super::world::{at, run};

const YONGJIANG: &str = "91450100DM00010162";
const LIUJIANG: &str = "91450100DM0001024W";
const SOMEBODY: &str = "11010519491231002X";

/// A renewal in which everything is in order: form and facts.
fn renewal() -> (Value, Value) {
    let form = json!({
        "name": "韦明月", "citizen_id": SOMEBODY, "registration_number": "演45001", "valid_to": "2027-01-22",
        "employer": YONGJIANG, "phone": "13800138000", "truthful": true,
    });
    let facts = json!({
        "注册状态": "valid", "注册有效期至": "2027-01-22", "注册日期": "2022-01-23", "登记执业单位": YONGJIANG,
        "已获学分": 80, "许可证状态": "valid", "许可证有效期至": "2028-05-31", "执业单位所在地": "450103",
        "不予注册情形数": 0, "单位已确认": true, "确认人独立": true,
    });
    (form, facts)
}

fn decide(folder: &Path, item: &str, form: &Value, facts: &Value) -> Value {
    let (a, f) = (folder.join("a.json"), folder.join("f.json"));
    fs::write(&a, form.to_string()).unwrap();
    fs::write(&f, facts.to_string()).unwrap();
    let at_night = "2026-11-23T21:40:00+08:00";
    let words = ["decide", "--item", item, "--application", at(&a), "--facts", at(&f), "--at", at_night, "--json"];
    let told = run(&words);
    assert_eq!(told.code, 0, "{}", told.err);
    told.json()
}

#[test]
fn a_renewal_comes_out_as_its_facts_say() {
    let folder = tempdir().unwrap();
    let missing = |what: &str| json!({ "missing": what });
    let cases = [
        ("已获学分", json!(80), "grant"),
        ("已获学分", json!(74), "correct"),
        ("已获学分", json!("many"), "refer"),
        ("已获学分", missing("no_field"), "refer"),
        ("不予注册情形数", missing("no_record"), "refer"),
        ("不予注册情形数", missing("unreachable"), "refer"),
        ("不予注册情形数", json!({ "value": 0, "as_of": "2026-09-01T09:00:00+08:00" }), "refer"),
        ("不予注册情形数", json!({ "value": 0, "trust": "C" }), "refer"),
        ("许可证状态", json!("under_review"), "refer"),
        ("单位已确认", json!(false), "correct"),
    ];
    for (name, value, outcome) in cases {
        let (form, mut facts) = renewal();
        facts[name] = value.clone();
        let told = decide(folder.path(), "fd-pharmacist-renew", &form, &facts);
        assert_eq!(told["outcome"], outcome, "{name} = {value}: {}", told["checks"]);
        let checks = told["checks"].as_array().unwrap();
        assert!(checks.len() >= 9 && checks.iter().all(|c| c["sentence"]["zh"].is_string() && c["grade"].is_string()));
        assert_eq!(told["valid_to"].is_null(), outcome != "grant", "{}", told["valid_to"]);
    }
}

#[test]
fn a_form_that_cannot_be_sent_is_to_be_mended_and_a_contradicted_one_is_for_a_person() {
    let folder = tempdir().unwrap();
    let (mut form, facts) = renewal();
    form["phone"] = json!("12");
    form["truthful"] = json!(false);
    let told = decide(folder.path(), "fd-pharmacist-renew", &form, &facts);
    assert_eq!(told["outcome"], "correct");
    let fields: Vec<_> = told["errors"].as_array().unwrap().iter().map(|e| e["pointer"].as_str().unwrap()).collect();
    assert_eq!(fields, ["/phone", "/truthful"]);
    let (mut form, facts) = renewal();
    form["valid_to"] = json!("2027-02-22");
    let told = decide(folder.path(), "fd-pharmacist-renew", &form, &facts);
    assert_eq!((&told["outcome"], told["contradictions"].as_array().unwrap().len()), (&json!("refer"), 1));
}

#[test]
fn a_change_that_changes_nothing_needs_no_licence() {
    let folder = tempdir().unwrap();
    let form = json!({
        "name": "韦明月", "citizen_id": SOMEBODY, "registration_number": "演45001", "employer": YONGJIANG,
        "category": "pharmacy", "scope": "trade", "phone": "13800138000", "truthful": true,
    });
    let facts = json!({
        "注册状态": "valid", "注册有效期至": "2029-06-30", "登记执业单位": YONGJIANG, "登记类别": "pharmacy",
        "登记范围": "trade", "原执业地区": "450103", "资格证书类别": "pharmacy", "许可证状态": "valid",
        "许可证有效期至": "2028-05-31", "执业单位所在地": "450103", "执业单位名称": "邕江大药房", "不予注册情形数": 0,
        "单位已确认": true, "确认人独立": true,
    });
    let told = decide(folder.path(), "fd-pharmacist-change", &form, &facts);
    assert_eq!(told["outcome"], "not_needed", "{}", told["checks"]);
    let mut moved = form.clone();
    moved["employer"] = json!(LIUJIANG);
    let told = decide(folder.path(), "fd-pharmacist-change", &moved, &facts);
    assert_eq!(told["outcome"], "grant", "{}", told["checks"]);
}

#[test]
fn what_cannot_be_read_is_said() {
    let folder = tempdir().unwrap();
    let (form, facts) = (folder.path().join("a.json"), folder.path().join("f.json"));
    fs::write(&form, "{}").unwrap();
    let words = |item| run(&["decide", "--item", item, "--application", at(&form), "--facts", at(&facts), "--json"]);
    let refused = [
        ("fd-pharmacist-renew", "{", "is no JSON"),
        ("fd-pharmacist-renew", r#"{"credits": 80}"#, "已获学分"),
        ("fd-pharmacist-renew", r#"{"单位已确认": "yes"}"#, "true or false"),
        ("no-such-item", "{}", "fd-pharmacist-renew"),
    ];
    for (item, text, says) in refused {
        fs::write(&facts, text).unwrap();
        let told = words(item);
        assert!(told.code == 1 && told.err.contains(says), "{text}: {}", told.err);
    }
    // An empty form and no facts: nothing is granted, and everything is told.
    fs::write(&facts, "{}").unwrap();
    let told = words("fd-pharmacist-renew").json();
    assert_eq!(told["outcome"], "refer");
    assert_eq!(told["errors"].as_array().unwrap().len(), 7);
}

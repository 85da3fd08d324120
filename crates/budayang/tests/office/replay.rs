//! `budayang replay` and `items coverage`: a whole demonstration comes out the same; what was tampered with is named; a draft is tried.

use std::fs;

use super::world::{World, at, run};

#[test]
fn everything_the_demonstration_decided_replays_and_what_was_tampered_with_is_named() {
    let world = World::new();
    let told = world.run(&["replay", "--json"]);
    let report = told.json();
    assert_eq!((told.code, report["equal"].as_bool()), (0, Some(true)), "{report}");
    assert!(report["all"]["decisions"].as_u64().unwrap() >= 14 && report["first"].is_null(), "{report}");
    assert_eq!(report["all"]["decisions"], report["all"]["equal"]);

    let one = "(SELECT max(id) FROM decision WHERE outcome = 'grant')";
    let set = |what: &str| {
        let sql = format!("UPDATE decision SET {what} WHERE id = {one}");
        assert_eq!(world.database().execute(&sql, []).unwrap(), 1, "{sql}");
    };
    set("salt = x'', form = '{}', inputs = '{}', checks = '{}'");
    let erased = world.run(&["replay", "--json"]);
    let report = erased.json();
    assert_eq!((erased.code, report["all"]["erased"].as_u64()), (0, Some(1)), "{report}");

    let world = World::new();
    let sql = format!("UPDATE decision SET outcome = 'refer' WHERE id = {one}");
    assert_eq!(world.database().execute(&sql, []).unwrap(), 1);
    let told = world.run(&["replay", "--json"]);
    let report = told.json();
    assert_eq!((told.code, report["all"]["different"].as_u64()), (1, Some(1)), "{report}");
    let first = &report["first"];
    assert_eq!((first["what"].as_str(), first["stored"].as_str()), (Some("outcome"), Some("refer")), "{report}");
    assert_eq!(first["recomputed"], "grant");
    assert!(!first["number"].as_str().unwrap().is_empty());
    let plain = world.run(&["replay", "--plain"]);
    assert!(
        plain.code == 1 && plain.out.contains("outcome") && plain.out.contains("recomputed: grant"),
        "{}",
        plain.out
    );

    let nowhere = run(&["replay", "--data", at(&world.beside("nothing"))]);
    assert_eq!(nowhere.code, 2, "{}", nowhere.err);
}

#[test]
fn a_draft_is_tried_on_what_the_demonstration_decided() {
    let world = World::new();
    let catalog = world.beside("catalog");
    assert_eq!(world.run(&["catalog", "export", at(&catalog)]).code, 0);
    let folder = catalog.join("items/fd-pharmacist-renew");
    let model = folder.join("rules.dmn");
    let tried = |draft: &std::path::Path| {
        world.run(&["replay", "--draft", at(draft), "--item", "fd-pharmacist-renew", "--json"])
    };
    for draft in [&model, &folder, &catalog] {
        let told = tried(draft);
        let report = told.json();
        assert_eq!((told.code, report["changed"].as_u64()), (0, Some(0)), "{report}");
        assert!(report["decisions"].as_u64().unwrap() >= 1, "{report}");
    }
    let text = fs::read_to_string(&model).unwrap();
    let stricter = text.replace("<outputEntry><text>75</text>", "<outputEntry><text>1000</text>");
    assert_ne!(text, stricter);
    fs::write(&model, stricter).unwrap();
    let report = tried(&model).json();
    assert!(report["changed"].as_u64().unwrap() >= 1, "{report}");
    assert!(report["conditions"]["c2"]["lost"].as_u64().unwrap() >= 1, "{report}");
    assert!(!report["sample"][0]["number"].as_str().unwrap().is_empty(), "{report}");
    fs::write(&model, "<definitions>").unwrap();
    let broken = tried(&model);
    assert_eq!(broken.code, 2, "{}", broken.err);
    assert!(broken.err.contains("mistakes"), "{}", broken.err);
    assert_eq!(world.run(&["replay", "--draft", at(&model), "--json"]).code, 2, "an item must be named");
}

#[test]
fn coverage_names_what_no_case_touches() {
    let told = run(&["items", "coverage", "--json"]);
    assert_eq!(told.code, 0, "{}", told.err);
    let all = told.lines();
    assert!(all.iter().any(|of| of["item"] == "fd-pharmacist-renew"), "{}", all.len());
    for of in &all {
        assert!(of["cases"].as_u64().unwrap() > 0 && of["conditions"].as_u64().unwrap() > 0, "{of}");
        assert!(of["touched"].as_u64() <= of["rules"].as_u64() && !of["laws"].as_array().unwrap().is_empty(), "{of}");
    }
    let world = run(&["items", "coverage", "fd-pharmacist-renew", "--plain"]);
    assert!(world.out.contains("only demonstration") && world.out.contains("c2"), "{}", world.out);
    assert_eq!(run(&["items", "coverage", "nothing"]).code, 1);
}

//! `ledger verify` and `licence verify`: a whole office is sound; every kind of tampering is named.

use std::fs;

use rusqlite::Connection;

use super::world::{World, at, run};

#[test]
fn a_whole_ledger_is_sound() {
    let world = World::new();
    let told = world.run(&["ledger", "verify", "--json"]);
    let report = told.json();
    assert_eq!(told.code, 0, "{report}");
    assert!(report["decisions"].as_u64().unwrap() >= 14 && report["licences"].as_u64().unwrap() >= 9, "{report}");
}

#[test]
fn every_tampered_copy_is_named() {
    type Tamper = fn(&Connection);
    let cases: &[(&str, Tamper, &str, Option<&str>)] = &[
        (
            "a byte of a leaf",
            |db| {
                change(
                    db,
                    "UPDATE leaf SET bytes = CAST(replace(CAST(bytes AS TEXT), '\"grant\"', '\"Grant\"') AS BLOB) \
                     WHERE position = (SELECT min(position) FROM leaf WHERE kind = 'case.decided')",
                )
            },
            "leaf_altered",
            Some("leaf "),
        ),
        (
            "the last leaf",
            |db| change(db, "DELETE FROM leaf WHERE position = (SELECT max(position) FROM leaf)"),
            "truncated",
            Some("leaf "),
        ),
        (
            "a leaf in the middle",
            |db| change(db, "DELETE FROM leaf WHERE position = 7"),
            "leaves_missing",
            Some("leaf 7"),
        ),
        (
            "a leaf's hash",
            |db| change(db, "UPDATE leaf SET hash = zeroblob(32) WHERE position = 9"),
            "hash_altered",
            None,
        ),
        (
            "a decision's outcome",
            |db| {
                change(
                    db,
                    "UPDATE decision SET outcome = 'grant' WHERE id = (SELECT id FROM decision WHERE outcome = 'refer' LIMIT 1)",
                )
            },
            "decision_altered",
            None,
        ),
        (
            "a decision's facts",
            |db| {
                change(
                    db,
                    "UPDATE decision SET inputs = replace(inputs, '80', '79') WHERE id = (SELECT max(id) FROM decision WHERE inputs LIKE '%80%')",
                )
            },
            "decision_altered",
            None,
        ),
        (
            "a decision",
            |db| change(db, "DELETE FROM decision WHERE id = (SELECT max(id) FROM decision)"),
            "decision_missing",
            None,
        ),
        (
            "a licence's document",
            |db| {
                change(
                    db,
                    "UPDATE licence SET document = replace(document, '邕江', '柳江'), holder_name = '某人', \
                     valid_to = '2099-01-01' WHERE id = (SELECT max(id) FROM licence)",
                )
            },
            "licence_altered",
            None,
        ),
        (
            "a licence nobody issued",
            |db| {
                change(
                    db,
                    "UPDATE licence SET id = '0190a000-0000-7000-8000-000000000000' WHERE id = (SELECT max(id) FROM licence)",
                )
            },
            "licence_without_leaf",
            None,
        ),
    ];
    for (what, tamper, code, first_bad) in cases {
        let world = World::new();
        tamper(&world.database());
        let told = world.run(&["ledger", "verify", "--json"]);
        let report = told.json();
        assert_eq!(told.code, 1, "{what}: {report}");
        let codes: Vec<_> =
            report["findings"].as_array().unwrap().iter().map(|f| f["code"].as_str().unwrap()).collect();
        assert!(codes.contains(code), "{what}: {report}");
        let place = report["first_bad"].as_str();
        assert!(first_bad.is_none_or(|start| place.is_some_and(|p| p.starts_with(start))), "{what}: {report}");
    }
}

fn change(db: &Connection, sql: &str) {
    assert_eq!(db.execute(sql, []).unwrap(), 1, "{sql}");
}

#[test]
fn a_copy_of_the_log_is_verified_without_the_database() {
    let world = World::new();
    let copy = world.beside("log");
    assert_eq!(world.run(&["ledger", "export", at(&copy)]).code, 0);
    let verify = || run(&["ledger", "verify", at(&copy), "--json"]);
    let sound = verify();
    assert_eq!((sound.code, sound.json()["sound"].as_bool()), (0, Some(true)), "{}", sound.out);
    let entries = fs::read_dir(copy.join("tile/entries/000.p")).unwrap().next().unwrap().unwrap().path();
    let (bytes, mut spoilt) = (fs::read(&entries).unwrap(), fs::read(&entries).unwrap());
    spoilt[400] ^= 1;
    let truncated = bytes[..bytes.len() / 2].to_vec();
    for (what, bytes) in [("a byte", spoilt), ("the end", truncated)] {
        fs::write(&entries, bytes).unwrap();
        let told = verify();
        assert!(told.code == 1 && told.json()["first_bad"].is_string(), "{what}: {}", told.out);
    }
    fs::write(&entries, bytes).unwrap();
    let stranger = "log.gx.example+00000000+AQ==";
    assert_eq!(run(&["ledger", "verify", at(&copy), "--key", stranger]).code, 2, "no key at all");
}

#[test]
fn a_licence_is_genuine_until_a_letter_changes() {
    let world = World::new();
    let sql =
        "SELECT document FROM licence WHERE status = 'valid' AND item = 'fd-pharmacist-first' ORDER BY id LIMIT 1";
    let document: String = world.database().query_row(sql, [], |row| row.get(0)).unwrap();
    let file = world.beside("licence.json");
    let cases = [
        (document.clone(), 0, None),
        (format!("{document}\n"), 0, None),
        (document.replacen("\"demonstration\":true", "\"demonstration\":false", 1), 1, Some("signature")),
        (document[..document.len() - 1].to_owned(), 1, None),
        (String::new(), 1, None),
    ];
    for (text, code, reason) in cases {
        fs::write(&file, &text).unwrap();
        let told = world.run(&["licence", "verify", at(&file), "--json"]);
        let json = told.json();
        assert_eq!((told.code, json["valid"].as_bool()), (code, Some(code == 0)), "{json}");
        assert_eq!(json["reason"].is_null(), code == 0, "{json}");
        assert!(reason.is_none_or(|r| json["reason"].as_str().unwrap().contains(r)), "{json}");
    }
}

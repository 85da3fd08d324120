//! `licence issue --bulk`: killed in the middle and started again, no licence is lost and none doubled; a list with mistakes
//! issues nothing and tells all of them.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;

use kernel::code::CitizenId;

use super::world::{World, at, program};

const HEAD: &str = "subject,item,agency,holder,code,valid_from,valid_to,category\n";

fn list(count: u16) -> String {
    let mut text = HEAD.to_owned();
    for number in 0..count {
        let born = "1990-01-01".parse().unwrap();
        let code = CitizenId::generate("450103", born, number).unwrap();
        writeln!(text, "s{number},fd-pharmacist-renew,gx-mpa,覃䶮,{code},2026-11-01,2031-10-31,药学类").unwrap();
    }
    text
}

fn count(world: &World, sql: &str) -> i64 {
    world.database().query_row(sql, [], |row| row.get(0)).unwrap()
}

/// Starts the issue and kills it after so many batches; gives how many licences it had told of.
fn killed_after(world: &World, list: &Path, batches: usize) -> u64 {
    let folder = world.folder();
    let words = ["licence", "issue", "--bulk", at(list), "--batch", "20", "--json", "--data", at(&folder)];
    let mut child = program(&words).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    let told = out.lines().take(batches).last().unwrap().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    serde_json::from_str::<serde_json::Value>(&told).unwrap()["done"].as_u64().unwrap()
}

#[test]
fn killed_and_started_again_it_loses_none_and_doubles_none() {
    let world = World::new();
    let file = world.beside("subjects.csv");
    fs::write(&file, list(240)).unwrap();
    let before = count(&world, "SELECT count(*) FROM licence");
    for batches in [2, 3] {
        let told = killed_after(&world, &file, batches);
        let issued = count(&world, "SELECT count(*) FROM licence") - before;
        assert!(issued as u64 >= told && issued % 20 == 0 && issued < 240, "told {told}, issued {issued}");
    }
    let there = count(&world, "SELECT count(*) FROM licence") - before;
    let told = world.run(&["licence", "issue", "--bulk", at(&file), "--batch", "20", "--json"]);
    let last = told.lines().pop().unwrap();
    assert_eq!(
        (told.code, &last["issued"], &last["there_already"]),
        (0, &(240 - there).into(), &there.into()),
        "{}",
        told.err
    );
    assert_eq!(count(&world, "SELECT count(*) FROM licence") - before, 240);
    assert_eq!(count(&world, "SELECT count(DISTINCT subject) FROM licence_subject"), 240);
    assert_eq!(count(&world, "SELECT sum(size) FROM licence_batch"), 240, "no batch of which a part is missing");
    let again = world.run(&["licence", "issue", "--bulk", at(&file), "--json"]).lines().pop().unwrap();
    assert_eq!((&again["issued"], &again["there_already"]), (&0.into(), &240.into()));
    let report = world.run(&["ledger", "verify", "--json"]);
    assert_eq!(report.code, 0, "{}", report.out);

    let document: String = world
        .database()
        .query_row(
            "SELECT document FROM licence l JOIN licence_subject s ON s.licence = l.id WHERE s.subject = 's7'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    let licence = world.beside("licence.json");
    fs::write(&licence, &document).unwrap();
    let told = world.run(&["licence", "verify", at(&licence), "--json"]);
    assert_eq!((told.code, &told.json()["standing"]), (0, &"green".into()), "{}", told.out);
    fs::write(&licence, document.replace("药学类", "中药类")).unwrap();
    let told = world.run(&["licence", "verify", at(&licence), "--json"]);
    assert_eq!((told.code, &told.json()["reason"]), (1, &"details_altered".into()), "{}", told.out);
}

#[test]
fn a_list_with_mistakes_issues_nothing_and_tells_them_all() {
    let world = World::new();
    let file = world.beside("subjects.csv");
    let bad = "x,fd-nothing,gx-mpa,覃䶮,1,2026-11-01,2026-10-31,药学类\n";
    fs::write(&file, list(3) + bad + &list(1)[HEAD.len()..]).unwrap();
    let before = count(&world, "SELECT count(*) FROM licence");
    let told = world.run(&["licence", "issue", "--bulk", at(&file), "--json"]);
    let json = told.json();
    let columns: Vec<_> =
        json["errors"].as_array().unwrap().iter().map(|e| (e["line"].as_u64(), e["column"].as_str())).collect();
    let wanted =
        [(5, "item"), (5, "code"), (5, "valid_to"), (6, "subject")].map(|(line, column)| (Some(line), Some(column)));
    assert_eq!((told.code, columns), (1, wanted.to_vec()), "{json}");
    assert_eq!(count(&world, "SELECT count(*) FROM licence"), before);
    fs::write(&file, list(3)).unwrap();
    let told = world.run(&["licence", "issue", "--bulk", at(&file), "--check", "--json"]);
    assert_eq!(
        (told.code, &told.json()["total"], count(&world, "SELECT count(*) FROM licence")),
        (0, &3.into(), before)
    );
    assert_ne!(world.run(&["licence", "issue", "--bulk", at(&file), "--batch", "1001"]).code, 0);
}

//! The table of cases written out for the browser's verifier: `crates/site/islands/test/vectors.json`. The file is committed;
//! where it no longer says what the table says, this test fails and lays the new one beside it, to be looked at and moved.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::cases::{Case, Shown, cases};
use super::judged;
use super::world::{OPENED, OWN_HOST, World};

const FILE: &str = "../site/islands/test/vectors.json";

fn written(world: &World, case: &Case) -> Value {
    let shown = match &case.shown {
        Shown::Text(text) => json!({ "text": text }),
        Shown::File(bytes) => json!({ "file": hex::encode(bytes) }),
        Shown::Core(bytes) => json!({ "core": hex::encode(bytes) }),
    };
    let answer = judged(world, case);
    let holder = answer.core.as_ref().map(|core| core.holder.clone());
    let code = answer.core.as_ref().map(|core| core.code.to_string());
    json!({
        "name": case.name, "shown": shown, "trust": case.trust, "status": case.status, "proof": case.proof, "now": case.now,
        "colour": case.colour, "codes": case.codes, "holder": holder, "code": code,
    })
}

#[test]
fn the_browsers_cases_are_these() {
    let world = World::new();
    let lists: Value =
        world.status_lists.iter().map(|(name, bytes)| ((*name).to_owned(), Value::from(hex::encode(bytes)))).collect();
    let cases: Vec<Value> = cases(&world).iter().map(|case| written(&world, case)).collect();
    let all = json!({
        "about": "Written by the Rust test `the_browsers_cases_are_these`; do not mend by hand.",
        "opened": OPENED, "own_host": OWN_HOST, "root": world.root_public().to_string(),
        "trust": world.trust_texts, "status": lists, "cases": cases,
    });
    let text = serde_json::to_string_pretty(&all).unwrap() + "\n";
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    if fs::read_to_string(&place).unwrap_or_default() != text {
        let beside = place.with_extension("json.new");
        fs::write(&beside, text).unwrap();
        panic!("{FILE} is out of date: look at vectors.json.new beside it and move it there");
    }
}

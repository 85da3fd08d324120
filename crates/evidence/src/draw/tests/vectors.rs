//! `docs/draw-vectors.json`: what every implementation of the specification must answer.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::file::{World, altered, as_json};
use super::*;

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/draw-vectors.json")
}

fn streams() -> Value {
    let rows = [(1, "targets"), (2, "officers"), (3, "stand-in T01")].map(|(number, purpose)| {
        let seed = seed(number);
        let of = match purpose {
            "targets" => Purpose::Targets,
            "officers" => Purpose::Officers,
            _ => Purpose::StandIn("T01"),
        };
        let mut words = Stream::new(&seed, of);
        let mut even = Stream::new(&seed, of);
        let words: Vec<String> = (0..5).map(|_| words.word().to_string()).collect();
        let bounds = [1, 2, 3, 10, 1000, 652_451, 1 << 53, (1 << 63) + 1, (1 << 63) + 1, (1 << 63) + 1, u64::MAX];
        let even: Vec<[String; 2]> = bounds.map(|b| [b.to_string(), even.below(b).to_string()]).to_vec();
        json!({ "seed": seed.0, "purpose": purpose, "words": words, "below": even })
    });
    json!(rows)
}

fn one_draw(what: &str, roll: &Roll, order: Order, number: u64) -> Value {
    roll.check(order).unwrap();
    let seed = seed(number);
    let drawn = draw(roll, order, &seed);
    let fraction = |(position, target): (usize, &Target)| {
        let Fraction { numerator, denominator } = drawn.chances.of(position, target);
        json!([target.id, numerator, denominator])
    };
    let stand_ins: Vec<Value> = drawn
        .pairs
        .iter()
        .map(|pair| json!({ "target": pair.target, "officers": stand_ins(roll, &seed, pair) }))
        .collect();
    json!({
        "what": what, "seed": seed.0, "take": order.take, "each": order.each, "hash": roll.hash(),
        "roll": { "targets": roll.targets(), "officers": roll.officers(), "bars": roll.bars() },
        "chances": roll.targets().iter().enumerate().map(fraction).collect::<Vec<_>>(),
        "pairs": drawn.pairs, "stand_ins": stand_ins,
    })
}

fn draws() -> Value {
    let all = Roll::new(vec![target("b", "A", 1), target("a", "B", 3), target("Z", "B", 2)], officers(2), vec![]);
    let certain = [("A", 1), ("A", 1), ("B", 1), ("C", 10), ("D", 100)];
    let certain = certain.iter().enumerate().map(|(i, (class, weight))| target(&format!("T{i}"), class, *weight));
    let bars = vec![bar("T3", "O01", Why::Recusal), bar("T3", "O02", Why::Recent), bar("T4", "O04", Why::Recusal)];
    let certain = Roll::new(certain.collect(), officers(4), bars);
    let heavy = Roll::new((0..9).map(|i| target(&format!("H{i}"), "A", 1_000_000 - i)).collect(), officers(3), vec![]);
    let world = World::new();
    json!([
        one_draw("all of them", &all.unwrap(), Order { take: 3, each: 2 }, 10),
        one_draw("two are certain", &certain.unwrap(), Order { take: 3, each: 2 }, 11),
        one_draw("heavy weights", &heavy.unwrap(), Order { take: 4, each: 1 }, 12),
        one_draw("four classes", &world.roll, world.order, 13),
    ])
}

fn vectors() -> Value {
    let world = World::new();
    let trusted = world.trusted();
    let texts = |keys: &[crate::key::PublicKey]| keys.iter().map(ToString::to_string).collect::<Vec<_>>();
    let good = as_json(&world.good());
    let verified = world.good().verify(&trusted).unwrap();
    // Only what an altered file has otherwise than the good one is written down.
    let wrong: Vec<Value> = altered(&world)
        .into_iter()
        .map(|(what, file, code)| {
            let changed = file.as_object().unwrap().iter().filter(|(member, value)| good.get(member) != Some(value));
            let changed: serde_json::Map<String, Value> = changed.map(|(m, v)| (m.clone(), v.clone())).collect();
            let absent: Vec<&String> = good.as_object().unwrap().keys().filter(|m| file.get(m).is_none()).collect();
            json!({ "what": what, "set": changed, "unset": absent, "code": code })
        })
        .collect();
    json!({
        "about": "Test vectors of docs/draw.md. Invented agencies, keys and lists; the secrets are known to everybody.",
        "streams": streams(),
        "draws": draws(),
        "trusted": { "log": texts(&trusted.log), "witnesses": texts(&trusted.witnesses) },
        "file": good,
        "seed": verified.seed.0,
        "leaf": verified.leaf,
        "wrong": wrong,
    })
}

#[test]
fn the_committed_vectors_are_what_this_implementation_answers() {
    let committed: Value = serde_json::from_str(&fs::read_to_string(path()).unwrap()).unwrap();
    let computed = vectors();
    for (member, value) in computed.as_object().unwrap() {
        assert_eq!(committed[member], *value, "{member}");
    }
    assert_eq!(committed.as_object().unwrap().len(), computed.as_object().unwrap().len());
}

/// Writes the file anew: `cargo test -p evidence write_vectors -- --ignored`. A change of an answer is a new method.
#[test]
#[ignore = "writes docs/draw-vectors.json"]
fn write_vectors() {
    fs::write(path(), serde_json::to_string_pretty(&vectors()).unwrap() + "\n").unwrap();
}

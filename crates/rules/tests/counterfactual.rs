//! The catalogue asked for the least change: what is proposed turns the outcome of every item, and what is not analysed is
//! named.

#![expect(clippy::unwrap_used, reason = "a catalogue that cannot be read is a failed test")]

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use rules::counterfactual::{Counterfactual, Mutable};
use rules::sentence::{Operand, Row, Shown, read};
use rules::{Date, Number, RuleSet, Type, Value};

/// Repeatable choices (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % n as u64).unwrap()
    }
}

/// The texts that a model's sentences name.
fn texts(xml: &str) -> Vec<Value> {
    let mut rows: Vec<Row> = Vec::new();
    for sentence in read(xml).unwrap() {
        match sentence.shown {
            Shown::Rows { rows: own } => rows.extend(own),
            Shown::Table { rules, .. } => rows.extend(rules.into_iter().flat_map(|r| r.cells).flatten()),
            _ => {}
        }
    }
    let mut texts = BTreeSet::from(["甲".to_owned(), "乙".to_owned()]);
    for row in rows {
        let values = match row.value {
            Operand::Constant { value } => vec![value],
            Operand::List { values } => values,
            _ => Vec::new(),
        };
        texts.extend(values.into_iter().filter_map(|v| match v {
            Value::String(s) => Some(s.to_string()),
            _ => None,
        }));
    }
    texts.into_iter().map(Value::from).collect()
}

fn value(dice: &mut Dice, of: &Type, texts: &[Value]) -> Value {
    match of.base() {
        Type::Boolean => Value::Boolean(dice.below(2) == 0),
        Type::Number => Value::Number(Number::scaled(i64::try_from(dice.below(160)).unwrap() * 5, 1).unwrap()),
        Type::Date => Value::Date(Date::from_epoch_days(20_000 + i64::try_from(dice.below(900)).unwrap()).unwrap()),
        _ => texts[dice.below(texts.len())].clone(),
    }
}

#[test]
fn what_is_proposed_turns_the_outcome_of_every_item() {
    let items = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog/items");
    let mut folders: Vec<_> = fs::read_dir(items).unwrap().map(|e| e.unwrap().path()).collect();
    folders.sort();
    let mut told = String::new();
    for folder in folders {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let Ok(xml) = fs::read_to_string(folder.join("rules.dmn")) else { continue };
        let rules = RuleSet::publish(&xml).unwrap();
        let texts = texts(&xml);
        let mut dice = Dice(1);
        let (mut changed, mut impossible) = (0, 0);
        let mut reasons = BTreeSet::new();
        for _ in 0..5 {
            let values: Vec<Value> = rules.inputs().iter().map(|i| value(&mut dice, &i.of, &texts)).collect();
            let half = Number::parse("0.5").unwrap();
            let mutable: Vec<Mutable> = rules
                .inputs()
                .iter()
                .filter(|_| dice.below(10) > 0)
                .map(|i| Mutable { step: half, ..Mutable::free(&i.name) })
                .collect();
            match rules.counterfactual(&values, &mutable) {
                Counterfactual::Met => {}
                Counterfactual::Impossible { conditions } => {
                    assert!(!conditions.is_empty());
                    impossible += 1;
                }
                Counterfactual::Change { changes, .. } => {
                    changed += 1;
                    let mut applied = values.clone();
                    for change in &changes {
                        assert!(mutable.iter().any(|m| m.input == change.input), "{name}: {change:?}");
                        applied[rules.input_slot(&change.input).unwrap()] = change.to.clone();
                    }
                    assert!(!changes.is_empty() && rules.decide_slots(&applied).all_met(), "{name}: {changes:?}");
                }
                Counterfactual::NotAnalysed { doubts } => {
                    reasons.extend(doubts.into_iter().map(|d| format!("{} {}", d.condition, d.reason)));
                }
            }
        }
        let _ = writeln!(told, "{name}: {changed} turned, {impossible} impossible");
        reasons.iter().for_each(|r| told.push_str(&format!("  not analysed: {r}\n")));
    }
    insta::assert_snapshot!(told);
}

//! Proposals against trying everything on small domains, and what cannot be said.

use proptest::prelude::*;

use super::candidate::steps;
use super::{Change, Counterfactual, Mutable};
use crate::dice::{Dice, escaped};
use crate::ruleset::RuleSet;
use crate::value::{Date, Number, Value};

const INPUTS: [(&str, &str); 6] =
    [("n", "number"), ("m", "number"), ("d", "date"), ("e", "date"), ("s", "string"), ("b", "boolean")];

/// Logic of the analysed class over the inputs and the decisions `t` (a table) and `p`.
struct Draw(Dice);

impl Draw {
    fn number(&mut self, depth: usize) -> String {
        match self.0.below(if depth == 0 { 3 } else { 8 }) {
            0 => self.0.of(&["n", "m", "t"]).to_owned(),
            1 => self.0.of(&["0", "1", "2", "3", "4", "5"]).to_owned(),
            2 => self.0.of(&["n + 1", "m - 2", "n + 2", "2 + m"]).to_owned(),
            3 => format!("min({}, {})", self.number(0), self.number(0)),
            4 => format!("max({}, {})", self.number(0), self.number(0)),
            5 => format!("(if {} then {} else {})", self.test(depth - 1), self.number(0), self.number(0)),
            6 => format!("t + {}", self.0.of(&["0", "1"])),
            _ => "n".to_owned(),
        }
    }

    fn day(&mut self, depth: usize) -> String {
        match self.0.below(if depth == 0 { 3 } else { 5 }) {
            0 => self.0.of(&["d", "e"]).to_owned(),
            1 => self.0.of(&["@\"2026-02-27\"", "@\"2026-03-01\"", "@\"2026-02-28\""]).to_owned(),
            2 => {
                self.0.of(&["d + duration(\"P2D\")", "d - duration(\"P3D\")", "e + duration(\"P18Y\")", "d"]).to_owned()
            }
            3 => self.0.of(&["e + duration(\"P216M\")", "d - duration(\"P1D\") + duration(\"P2D\")"]).to_owned(),
            _ => format!("(if {} then {} else {})", self.test(depth - 1), self.day(0), self.day(0)),
        }
    }

    fn test(&mut self, depth: usize) -> String {
        let d = depth.saturating_sub(1);
        let op = self.0.of(&["=", "!=", "<", "<=", ">", ">="]);
        match self.0.below(if depth == 0 { 6 } else { 14 }) {
            0 => self.0.of(&["b", "not(b)", "p"]).to_owned(),
            1 => format!("s {} \"{}\"", self.0.of(&["=", "!="]), self.0.of(&["甲", "乙", "丁"])),
            2 => format!("s in (\"甲\", \"{}\")", self.0.of(&["乙", "丙"])),
            3 => format!("{} {op} {}", self.number(0), self.number(0)),
            4 => format!("{} {op} {}", self.day(0), self.day(0)),
            5 => format!("n in {}", self.0.of(&["[1..3]", "(1..4)", "(0, 2, [4..5])", "(< 2)"])),
            6 => format!("({} and {})", self.test(d), self.test(d)),
            7 => format!("({} or {})", self.test(d), self.test(d)),
            8 => format!("not({})", self.test(d)),
            9 => format!("{} {op} {}", self.number(d), self.number(d)),
            10 => format!("{} {op} {}", self.day(d), self.day(d)),
            11 => format!("(d - @\"2026-02-27\").days {op} {}", self.0.of(&["0", "1", "2"])),
            12 => format!("years and months duration(e, d).years {op} {}", self.0.of(&["17", "18"])),
            _ => format!("{} between {} and {}", self.number(0), self.number(0), self.0.of(&["3", "4"])),
        }
    }

    fn table(&mut self) -> String {
        let rule = |n: &str, s: &str, out: &str| {
            format!(
                "<rule><inputEntry><text>{}</text></inputEntry><inputEntry><text>{}</text></inputEntry>\
                 <outputEntry><text>{out}</text></outputEntry></rule>",
                escaped(n),
                escaped(s)
            )
        };
        let at = self.0.of(&["2", "3", "4"]);
        let outputs = ["1", "2", "m", "4"];
        let rules = [
            rule(&format!("< {at}"), "\"甲\"", self.0.of(&outputs)),
            rule(&format!("< {at}"), "not(\"甲\")", self.0.of(&outputs)),
            rule(&format!(">= {at}"), "-", self.0.of(&outputs)),
        ];
        format!(
            "<decisionTable><input><inputExpression><text>{}</text></inputExpression></input>\
             <input><inputExpression><text>s</text></inputExpression></input><output/>{}</decisionTable>",
            self.0.of(&["n", "n + 1"]),
            rules.concat()
        )
    }
}

fn decision(id: &str, of: &str, below: &[&str], logic: &str) -> String {
    let inputs: String = INPUTS
        .iter()
        .map(|(n, _)| format!("<informationRequirement><requiredInput href=\"#{n}\"/></informationRequirement>"))
        .collect();
    let decisions: String = below
        .iter()
        .map(|n| format!("<informationRequirement><requiredDecision href=\"#{n}\"/></informationRequirement>"))
        .collect();
    format!(
        "<decision id=\"{id}\" name=\"{id}\"><variable name=\"{id}\" typeRef=\"{of}\"/>{inputs}{decisions}{logic}</decision>"
    )
}

fn literal(text: &str) -> String {
    format!("<literalExpression><text>{}</text></literalExpression>", escaped(text))
}

fn model(decisions: &str) -> RuleSet {
    let inputs: String = INPUTS
        .iter()
        .map(|(n, of)| {
            format!("<inputData id=\"{n}\" name=\"{n}\"><variable name=\"{n}\" typeRef=\"{of}\"/></inputData>")
        })
        .collect();
    let xml = format!(
        "<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\" name=\"m\" namespace=\"urn:m\">{inputs}\
         {decisions}</definitions>"
    );
    RuleSet::publish(&xml).unwrap_or_else(|d| panic!("{d:?}\n{xml}"))
}

fn drawn(draw: &mut Draw) -> (RuleSet, Vec<String>) {
    let table = draw.table();
    let p = "n >= 3 or d > e + duration(\"P18Y\")";
    let texts: Vec<String> = (0..1 + draw.0.below(3)).map(|_| draw.test(2)).collect();
    let mut all = decision("t", "number", &[], &table) + &decision("p", "boolean", &[], &literal(p));
    // Both are required somewhere, so that neither is a condition of its own.
    all.push_str(&decision("c0", "boolean", &["t", "p"], &literal("t >= 0 or p")));
    for (i, text) in texts.iter().enumerate() {
        all.push_str(&decision(&format!("c{}", i + 1), "boolean", &["t", "p"], &literal(text)));
    }
    (model(&all), texts)
}

fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

/// Everything that an input may be in these tests.
fn domain(slot: usize) -> Vec<Value> {
    let days = |from: &str| {
        let from = day(from).epoch_days();
        (0..8).map(|n| Value::Date(Date::from_epoch_days(from + n).unwrap())).collect()
    };
    match slot {
        0 | 1 => (0..6i64).map(Value::from).collect(),
        2 => days("2026-02-24"),
        3 => days("2008-02-25"),
        4 => ["甲", "乙", "丙"].map(Value::from).to_vec(),
        _ => vec![Value::Boolean(false), Value::Boolean(true)],
    }
}

fn mutable(slot: usize) -> Mutable {
    let all = domain(slot);
    let (least, most) = (all.first().cloned(), all.last().cloned());
    match slot {
        0..=3 => Mutable { least, most, ..Mutable::free(INPUTS[slot].0) },
        4 => Mutable { values: all, ..Mutable::free("s") },
        _ => Mutable::free("b"),
    }
}

/// Fewest inputs, then fewest steps, by trying everything.
fn brute(rules: &RuleSet, values: &[Value], slots: &[usize]) -> Option<(usize, u64)> {
    let mut best: Option<(usize, u64)> = None;
    let mut at = vec![0usize; slots.len()];
    let domains: Vec<Vec<Value>> = slots.iter().map(|s| domain(*s)).collect();
    loop {
        let mut tried = values.to_vec();
        slots.iter().zip(&domains).zip(&at).for_each(|((s, d), i)| tried[*s] = d[*i].clone());
        let changed = slots.iter().filter(|s| tried[**s] != values[**s]).count();
        let spent = slots.iter().map(|s| steps(&values[*s], &tried[*s], Number::ONE)).sum();
        if best.is_none_or(|b| (changed, spent) < b) && rules.decide_slots(&tried).all_met() {
            best = Some((changed, spent));
        }
        let Some(next) = (0..at.len()).find(|i| at[*i] + 1 < domains[*i].len()) else { return best };
        at[next] += 1;
        at[..next].fill(0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 120 } else { 3000 }))]

    #[test]
    fn a_proposal_turns_the_outcome_and_nothing_less_does(seed in any::<u64>()) {
        let mut draw = Draw(Dice(seed));
        let (rules, texts) = drawn(&mut draw);
        let values: Vec<Value> = (0..6).map(|slot| { let d = domain(slot); d[draw.0.below(d.len())].clone() }).collect();
        let most = if draw.0.once_in(5) { 4 } else { 3 };
        let slots: Vec<usize> = (0..6).filter(|_| !draw.0.once_in(3)).take(most).collect();
        let list: Vec<Mutable> = slots.iter().map(|s| mutable(*s)).collect();
        let expected = brute(&rules, &values, &slots);
        match rules.counterfactual(&values, &list) {
            Counterfactual::Met => prop_assert_eq!(expected, Some((0, 0)), "{:?}", texts),
            Counterfactual::Change { changes, least, doubts } => {
                prop_assert!(least && doubts.is_empty(), "{:?} {:?}", texts, doubts);
                let mut applied = values.clone();
                for Change { input, from, to, steps: told, any_other } in &changes {
                    let slot = rules.input_slot(input).unwrap();
                    prop_assert!(slots.contains(&slot), "{} cannot change", input);
                    prop_assert!(*from == values[slot] && *told == steps(from, to, Number::ONE) && !any_other);
                    applied[slot] = to.clone();
                }
                prop_assert!(rules.decide_slots(&applied).all_met(), "{:?} {:?}", texts, changes);
                let spent = (changes.len(), changes.iter().map(|c| c.steps).sum());
                prop_assert_eq!(Some(spent), expected, "{:?} over {:?}: {:?}", texts, values, changes);
            }
            Counterfactual::Impossible { conditions } => {
                prop_assert!(!conditions.is_empty());
                prop_assert_eq!(None, expected, "{:?} over {:?}, {:?} may change", texts, values, slots);
            }
            Counterfactual::NotAnalysed { doubts } => prop_assert!(false, "{:?}: {:?}", texts, doubts),
        }
    }
}

fn simple(text: &str) -> RuleSet {
    model(&decision("c1", "boolean", &[], &literal(text)))
}

fn given(n: &str, m: &str) -> Vec<Value> {
    let number = |t: &str| Value::Number(Number::parse(t).unwrap());
    let (d, e) = (Value::Date(day("2026-03-01")), Value::Date(day("2008-03-02")));
    vec![number(n), number(m), d, e, Value::from("甲"), Value::Boolean(false)]
}

fn shown(answer: &Counterfactual) -> String {
    match answer {
        Counterfactual::Met => "met".to_owned(),
        Counterfactual::Change { changes, least, .. } => {
            let one = |c: &Change| {
                let more = if c.any_other { " or any other" } else { "" };
                format!("{} {} -> {}{more} in {}", c.input, c.from.to_json(), c.to.to_json(), c.steps)
            };
            let all: Vec<String> = changes.iter().map(one).collect();
            format!("{}{}", all.join(", "), if *least { "" } else { ", perhaps less" })
        }
        Counterfactual::Impossible { conditions } => format!("impossible: {}", conditions.join(", ")),
        Counterfactual::NotAnalysed { doubts } => {
            format!("not analysed: {}", doubts.iter().map(|d| d.reason.as_str()).collect::<Vec<_>>().join("; "))
        }
    }
}

#[test]
fn steps_are_counted_in_the_units_of_the_input() {
    let half = Mutable { step: Number::parse("0.5").unwrap(), ..Mutable::free("n") };
    let cases: [(&str, &str, Mutable, &str); 12] = [
        ("n >= 45", "43.5", half.clone(), "n 43.5 -> 45 in 3"),
        ("n > 45", "43.5", half.clone(), "n 43.5 -> 45.5 in 4"),
        ("n >= 45.2", "43.5", half, "n 43.5 -> 45.5 in 4"),
        ("d <= @\"2026-02-27\"", "0", Mutable::free("d"), "d \"2026-03-01\" -> \"2026-02-27\" in 2"),
        ("e + duration(\"P18Y\") <= d", "0", Mutable::free("d"), "d \"2026-03-01\" -> \"2026-03-02\" in 1"),
        (
            "years and months duration(e, d).years >= 18",
            "0",
            Mutable::free("d"),
            "d \"2026-03-01\" -> \"2026-03-02\" in 1",
        ),
        ("s != \"甲\"", "0", Mutable::free("s"), "s \"甲\" -> \"other\" or any other in 1"),
        ("s = \"乙\"", "0", Mutable::free("s"), "s \"甲\" -> \"乙\" in 1"),
        ("b", "0", Mutable::free("b"), "b false -> true in 1"),
        // What cannot change is never proposed.
        ("n >= 45", "43.5", Mutable::free("m"), "impossible: c1"),
        ("n >= 45 and n < 40", "43.5", Mutable::free("n"), "impossible: c1"),
        ("n >= 1", "1", Mutable::free("m"), "met"),
    ];
    for (text, n, mutable, expected) in cases {
        let rules = simple(text);
        assert_eq!(shown(&rules.counterfactual(&given(n, "0"), &[mutable])), expected, "{text}");
    }
    let capped = Mutable { most: Some(Value::from(44i64)), ..Mutable::free("n") };
    assert_eq!(shown(&simple("n >= 45").counterfactual(&given("43", "0"), &[capped])), "impossible: c1");
}

#[test]
fn what_cannot_be_read_is_told_and_never_leant_on() {
    let both = [Mutable::free("n"), Mutable::free("m")];
    let cases = [
        ("n * m >= 45", "not analysed: this is computed in a way that is not analysed"),
        ("some x in [n, m] satisfies x > 45", "not analysed: this is no comparison that is analysed"),
        ("n - m > 3", "not analysed: this is computed from several things that may change"),
        // What does not change is a constant, however it is computed.
        ("string length(s) * 45 <= n", "n 1 -> 45 in 44"),
    ];
    for (text, expected) in cases {
        assert_eq!(shown(&simple(text).counterfactual(&given("1", "1"), &both)), expected, "{text}");
    }
    // A condition that is met and not read keeps its inputs as they are.
    let kept = decision("c1", "boolean", &[], &literal("n >= 3 or m >= 3"))
        + &decision("c2", "boolean", &[], &literal("m * 2 < 3"));
    assert_eq!(shown(&model(&kept).counterfactual(&given("1", "1"), &both)), "n 1 -> 3 in 2, perhaps less");
    let tied =
        decision("c1", "boolean", &[], &literal("m >= 3")) + &decision("c2", "boolean", &[], &literal("m * 2 < 30"));
    let answer = model(&tied).counterfactual(&given("1", "1"), &both);
    assert_eq!(shown(&answer), "not analysed: this is computed in a way that is not analysed");
    let Counterfactual::NotAnalysed { doubts } = answer else { panic!("{answer:?}") };
    assert_eq!((doubts[0].condition.as_str(), doubts[0].line), ("c2", 1));
    // Nobody knows what to do about what is missing.
    let mut missing = given("1", "1");
    missing[0] = Value::Null;
    let answer = simple("n >= 3").counterfactual(&missing, &both);
    assert_eq!(shown(&answer), "not analysed: the condition is unknown over the given inputs");
}

#[test]
fn inputs_that_are_held_against_each_other_move_in_chains() {
    let list = ["n", "m"].map(Mutable::free);
    let answer = simple("m >= 7 and n > m").counterfactual(&given("1", "1"), &list);
    assert_eq!(shown(&answer), "n 1 -> 8 in 7, m 1 -> 7 in 6");
    let days = ["d", "e"].map(Mutable::free);
    let rules = simple("e >= @\"2010-05-01\" and d >= e + duration(\"P18Y\")");
    let answer = rules.counterfactual(&given("1", "1"), &days);
    assert_eq!(shown(&answer), "d \"2026-03-01\" -> \"2028-05-01\" in 792, e \"2008-03-02\" -> \"2010-05-01\" in 790");
}

#[test]
fn many_conditions_are_turned_together() {
    let all: String = [
        "n >= 5",
        "m < n",
        "s = \"丙\"",
        "b",
        "d >= @\"2026-03-05\" and d <= e + duration(\"P18Y\") + duration(\"P3D\")",
    ]
    .iter()
    .enumerate()
    .map(|(i, text)| decision(&format!("c{i}"), "boolean", &[], &literal(text)))
    .collect();
    let list: Vec<Mutable> = ["n", "m", "s", "b", "d"].map(Mutable::free).to_vec();
    let answer = model(&all).counterfactual(&given("1", "1"), &list);
    assert_eq!(
        shown(&answer),
        "n 1 -> 5 in 4, d \"2026-03-01\" -> \"2026-03-05\" in 4, s \"甲\" -> \"丙\" in 1, b false -> true in 1"
    );
}

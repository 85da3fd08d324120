//! The code against the tree: drawn logic over drawn inputs must come out alike to the fault and the fired rule, in both
//! profiles.

use crate::dmn;
use crate::eval::{Machine, Told};
use crate::program::Program;
use crate::value::{Date, DaysTime, Number, Value};

/// Repeatable choices (SplitMix64), and whether the decision `c` may be read.
struct Dice(u64, bool);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % n as u64).unwrap()
    }

    fn of<'t>(&mut self, list: &[&'t str]) -> &'t str {
        list[self.below(list.len())]
    }

    fn test(&mut self, depth: usize) -> String {
        let d = depth.saturating_sub(1);
        match if depth == 0 { self.below(3) } else { self.below(14) } {
            0 => self.of(&["true", "false", "b"]).to_owned(),
            1 => format!("s {} \"{}\"", self.of(&["=", "!=", "<"]), self.of(&["甲", "乙"])),
            2 => if self.1 { "c" } else { "b" }.to_owned(),
            3 | 4 => format!("({} {} {})", self.number(d), self.of(&["=", "!=", "<", "<=", ">", ">="]), self.number(d)),
            5 | 6 => format!("({} {} {})", self.day(d), self.of(&["=", "!=", "<", "<=", ">", ">="]), self.day(d)),
            7 => format!("({} and {})", self.test(d), self.test(d)),
            8 => format!("({} or {})", self.test(d), self.test(d)),
            9 => format!("not({})", self.test(d)),
            10 => format!("(s in (\"甲\", {}))", self.text(d)),
            11 => format!(
                "({} in ({}, [{}..{}), < {}))",
                self.number(d),
                self.number(d),
                self.number(0),
                self.number(0),
                self.number(d)
            ),
            12 => format!("({} between {} and {})", self.day(d), self.day(d), self.day(d)),
            _ => format!("({} in [{}..{}])", self.day(d), self.day(d), self.day(d)),
        }
    }

    fn number(&mut self, depth: usize) -> String {
        let d = depth.saturating_sub(1);
        match if depth == 0 { self.below(3) } else { self.below(11) } {
            0 => self.of(&["0", "1", "2.5", "-3", "7"]).to_owned(),
            1 => "n".to_owned(),
            2 => "m".to_owned(),
            3 | 4 => format!("({} {} {})", self.number(d), self.of(&["+", "-", "*", "/"]), self.number(d)),
            5 => format!("(if {} then {} else {})", self.test(d), self.number(d), self.number(d)),
            6 => format!("{}({}, {})", self.of(&["min", "max"]), self.number(d), self.number(d)),
            7 => {
                format!("years and months duration({}, {}).{}", self.day(d), self.day(d), self.of(&["years", "months"]))
            }
            8 => format!("({}).{}", self.day(d), self.of(&["year", "month", "day"])),
            9 => format!("({} - {}).days", self.day(d), self.day(d)),
            _ => format!("f({}, {})", self.number(d), self.day(d)),
        }
    }

    fn day(&mut self, depth: usize) -> String {
        let d = depth.saturating_sub(1);
        match if depth == 0 { self.below(3) } else { self.below(7) } {
            0 => self.of(&["@\"2024-02-29\"", "@\"2026-01-31\""]).to_owned(),
            1 => "d".to_owned(),
            2 => "e".to_owned(),
            3 => format!(
                "({} {} duration(\"{}\"))",
                self.day(d),
                self.of(&["+", "-"]),
                self.of(&["P1Y", "P1M", "P30D", "PT36H"])
            ),
            4 => format!("(if {} then {} else {})", self.test(d), self.day(d), self.day(d)),
            5 => format!("date({}, {}, {})", self.number(d), self.of(&["1", "2", "n"]), self.of(&["1", "29", "m"])),
            _ => format!("min({}, {})", self.day(d), self.day(d)),
        }
    }

    fn text(&mut self, depth: usize) -> String {
        match if depth == 0 { self.below(2) } else { self.below(3) } {
            0 => self.of(&["\"甲\"", "\"乙\""]).to_owned(),
            1 => "s".to_owned(),
            _ => format!("(if {} then {} else {})", self.test(depth - 1), self.text(0), self.text(0)),
        }
    }

    fn table(&mut self) -> String {
        let column = self.number(2);
        let rule = |dice: &mut Self| {
            let cell = match dice.below(4) {
                0 => "-".to_owned(),
                1 => format!("< {}", dice.number(1)),
                2 => format!("not({}, 2)", dice.number(0)),
                _ => format!("[{}..{}]", dice.number(0), dice.number(1)),
            };
            let (second, output) = (dice.of(&["-", "\"甲\"", "\"乙\", \"丙\"", "\"甲\", \"丙\""]), dice.number(1));
            let cell = escaped(&cell);
            let output = escaped(&output);
            format!(
                "<rule><inputEntry><text>{cell}</text></inputEntry><inputEntry><text>{second}</text></inputEntry>\
                 <outputEntry><text>{output}</text></outputEntry></rule>"
            )
        };
        let rules: String = (0..3).map(|_| rule(self)).collect();
        let default =
            self.of(&["<output/>", "<output><defaultOutputEntry><text>n</text></defaultOutputEntry></output>"]);
        format!(
            "<decisionTable hitPolicy=\"{}\"><input><inputExpression><text>{}</text></inputExpression></input>\
             <input><inputExpression><text>s</text></inputExpression></input>{default}{rules}</decisionTable>",
            self.of(&["UNIQUE", "FIRST", "ANY"]),
            escaped(&column),
        )
    }

    fn value(&mut self, place: usize) -> Value {
        let (wild, kind) =
            (self.below(12), if self.below(14) == 0 { self.below(5) } else { [0, 0, 1, 1, 2, 3][place] });
        match (wild, kind) {
            (0, _) => Value::Null,
            (1, 0) => Value::Number(Number::parse("9e6000").unwrap()),
            (_, 0) => Value::Number(
                Number::scaled(i64::try_from(self.below(60)).unwrap() - 20, u8::try_from(self.below(2)).unwrap())
                    .unwrap(),
            ),
            (1, 1) => Value::Date(Date::new(999_999_999, 12, 31).unwrap()),
            (_, 1) => Value::Date(Date::from_epoch_days(19_000 + i64::try_from(self.below(1500)).unwrap()).unwrap()),
            (_, 2) => Value::from(self.of(&["甲", "乙", "丙"])),
            (_, 3) => Value::Boolean(self.below(2) == 0),
            _ => Value::DaysTime(DaysTime::from_secs(7)),
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

const INPUTS: [(&str, &str); 6] =
    [("n", "number"), ("m", "number"), ("d", "date"), ("e", "date"), ("s", "string"), ("b", "boolean")];

fn decision(id: &str, of: &str, logic: &str) -> String {
    let input = |(name, _): &(&str, &str)| {
        format!("<informationRequirement><requiredInput href=\"#{name}\"/></informationRequirement>")
    };
    let decision =
        |name: &&str| format!("<informationRequirement><requiredDecision href=\"#{name}\"/></informationRequirement>");
    let below: &[&str] = if id.starts_with('z') { &["c", "m1"] } else { &[] };
    let read: String = INPUTS.iter().map(input).chain(below.iter().map(decision)).collect();
    format!(
        "<decision id=\"{id}\" name=\"{id}\"><variable name=\"{id}\" typeRef=\"{of}\"/>{read}\
         <knowledgeRequirement><requiredKnowledge href=\"#f\"/></knowledgeRequirement>{logic}</decision>"
    )
}

fn literal(text: &str) -> String {
    format!("<literalExpression><text>{}</text></literalExpression>", escaped(text))
}

fn model(dice: &mut Dice) -> String {
    let inputs: String = INPUTS
        .iter()
        .map(|(name, of)| {
            format!("<inputData id=\"{name}\" name=\"{name}\"><variable name=\"{name}\" typeRef=\"{of}\"/></inputData>")
        })
        .collect();
    let f = "<businessKnowledgeModel id=\"f\" name=\"f\"><encapsulatedLogic>\
             <formalParameter name=\"x\" typeRef=\"number\"/><formalParameter name=\"y\" typeRef=\"date\"/>\
             <literalExpression><text>if x in (1, 2) then y.day else x / 3</text></literalExpression>\
             </encapsulatedLogic></businessKnowledgeModel>";
    dice.1 = false;
    let c = decision("c", "boolean", &literal(&dice.test(2)));
    let m1 = decision("m1", "number", &dice.table());
    dice.1 = true;
    let z1 = decision("z1", "boolean", &literal(&dice.test(4)));
    let z2 = decision("z2", "number", &dice.table());
    let z3 = decision("z3", "boolean", &literal(&format!("{} and m1 > {}", dice.test(2), dice.number(2))));
    format!(
        "<definitions xmlns=\"https://www.omg.org/spec/DMN/20230324/MODEL/\" name=\"m\" namespace=\"urn:m\">\
         {inputs}{f}{c}{m1}{z1}{z2}{z3}</definitions>"
    )
}

/// Everything a trace tells of the decisions, each asked as a condition or as a decision.
fn trace(program: &Program, inputs: &[Value], strict: bool) -> Vec<String> {
    let mut machine = Machine::new(program, inputs, None);
    machine.strict = strict;
    for slot in [2, 3, 4] {
        if strict && slot != 3 {
            machine.condition(slot);
        } else {
            machine.fault = None;
            machine.decision(slot);
        }
    }
    let tell = |slot: u32| {
        let Some(Told { value, fault, fired }) = machine.told(slot) else { return "not computed".to_owned() };
        let own = fired.iter().filter(|f| program.is_of(**f, &program.decisions[slot as usize]));
        let own: Vec<u32> = own.map(|f| f.rule).collect();
        format!("{value:?} {fault:?} {own:?} {:?}", machine.outcome(slot).flatten().filter(|_| strict))
    };
    (0..5).map(tell).collect()
}

#[test]
fn code_and_tree_tell_the_same() {
    let mut dice = Dice(1, true);
    let (mut coded, mut plain, mut all) = (0usize, 0usize, 0usize);
    let rounds = if cfg!(debug_assertions) { 400 } else { 4000 };
    for round in 0..rounds {
        let xml = model(&mut dice);
        let program = dmn::compile(&[&xml]).unwrap();
        assert!(program.diagnostics.is_empty(), "{round}: {xml}\n{:?}", program.diagnostics);
        coded += program.plain.iter().flatten().count();
        let mut tree = dmn::compile(&[&xml]).unwrap();
        tree.plain.clear();
        for _ in 0..12 {
            let inputs: Vec<Value> = (0..6).map(|place| dice.value(place)).collect();
            for strict in [false, true] {
                let (by_code, by_tree) = (trace(&program, &inputs, strict), trace(&tree, &inputs, strict));
                assert_eq!(by_code, by_tree, "round {round}, strict {strict}, over {inputs:?}:\n{xml}");
                all += by_code.len();
                plain += by_code.iter().filter(|t| t.contains(" None ")).count();
            }
        }
    }
    println!("{coded} decisions in code, {plain} of {all} results without a fault");
    assert!(coded > rounds * 4 && plain > all / 4, "{coded} in code, {plain} of {all} plain");
}

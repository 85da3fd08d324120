//! Broken models, near-FEEL and odd inputs without end: nothing panics, nothing hangs.
//!
//! A few seconds each by default, over the same choices every time; `FUZZ_SECONDS=600` (`make fuzz`) goes on for as long
//! as one likes, over other choices each time. What fails is printed whole, to become a case in `robust.rs`.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test's own helpers may fail and say what they tried")]

use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::{BuildHasher, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use rules::counterfactual::Mutable;
use rules::{Context, Date, DaysTime, Number, RuleSet, Value, parse};

/// Seconds of one target in an ordinary run of the tests.
const SECONDS: u64 = 5;
/// The longest that one input may take, on a slow machine and without optimisation.
const PATIENCE: Duration = Duration::from_secs(20);

/// Repeatable choices (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % n.max(1) as u64).unwrap()
    }

    fn of<'t>(&mut self, list: &[&'t str]) -> &'t str {
        list[self.below(list.len())]
    }
}

#[expect(clippy::disallowed_methods, reason = "how long to go on is asked of the environment, as `make fuzz` does")]
fn seconds() -> Option<u64> {
    std::env::var("FUZZ_SECONDS").ok()?.parse().ok()
}

/// Draws and tries inputs until the time is over.
fn go_on(name: &str, draw: impl Fn(&mut Dice) -> String, run: impl Fn(&str, &mut Dice)) {
    let asked = seconds();
    let mut dice = Dice(if asked.is_some() { RandomState::new().build_hasher().finish() } else { 1 });
    let end = Instant::now() + Duration::from_secs(asked.unwrap_or(SECONDS));
    let mut count = 0u64;
    while Instant::now() < end {
        let input = draw(&mut dice);
        let start = Instant::now();
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| run(&input, &mut dice))) {
            println!("{name} panics over:\n{input}");
            resume_unwind(panic);
        }
        assert!(start.elapsed() < PATIENCE, "{name} takes {:?} over:\n{input}", start.elapsed());
        count += 1;
    }
    println!("{name}: {count} inputs");
    assert!(count > 20, "{name} tried only {count} inputs");
}

fn corpus() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let items = fs::read_dir(root.join("catalog/items")).unwrap();
    let mut paths: Vec<_> = items.map(|e| e.unwrap().path().join("rules.dmn")).collect();
    paths.push(root.join("benches/models/registration.dmn"));
    paths.sort();
    paths.iter().filter_map(|p| fs::read_to_string(p).ok()).collect()
}

const BITS: [&str; 22] = [
    "<",
    ">",
    "\"",
    "&lt;",
    "&amp;",
    "&#0;",
    "&#x10FFFF;",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<!DOCTYPE a [<!ENTITY x \"y\">]>",
    "<rule>",
    "</rule>",
    "<text/>",
    "hitPolicy=\"FIRST\"",
    "hitPolicy=\"COLLECT\" aggregation=\"SUM\"",
    "isCollection=\"true\"",
    "typeRef=\"tX\"",
    "<inputValues><text>\"a\"</text></inputValues>",
    "\u{FEFF}",
    "\u{0}",
];

/// One model broken in a few places, with parts of another.
fn broken(dice: &mut Dice, corpus: &[String]) -> String {
    let mut bytes = corpus[dice.below(corpus.len())].clone().into_bytes();
    for _ in 0..1 + dice.below(4) {
        let at = dice.below(bytes.len() + 1);
        let cut = at + dice.below(1 + (bytes.len() - at).min(60));
        let with = match dice.below(4) {
            0 => Vec::new(),
            1 => dice.of(&BITS).as_bytes().to_vec(),
            2 => vec![u8::try_from(dice.below(256)).unwrap(); 1 + dice.below(3)],
            _ => {
                let other = corpus[dice.below(corpus.len())].as_bytes();
                let from = dice.below(other.len());
                other[from..(from + dice.below(400)).min(other.len())].to_vec()
            }
        };
        bytes.splice(at..cut, with);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

const PIECES: [&str; 72] = [
    "x",
    "n",
    "s",
    "d",
    "b",
    "实习 月数",
    "1",
    "0",
    "2.5",
    "1e400",
    "-",
    "+",
    "*",
    "/",
    "**",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    ".",
    "..",
    "\"a\"",
    "\"\\u00e9\"",
    "=",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    " and ",
    " or ",
    "not(",
    "if ",
    " then ",
    " else ",
    "for ",
    " in ",
    " return ",
    "some ",
    "every ",
    " satisfies ",
    " between ",
    " instance of ",
    "list<",
    "number",
    "date(",
    "@\"2024-02-29\"",
    "@\"P1Y\"",
    "@\"PT1H\"",
    "duration(\"P1D\")",
    "null",
    "true",
    "function(",
    "item",
    "?",
    "partial",
    "count(",
    "sort(",
    "min(",
    "replace(",
    "matches(",
    "split(",
    "range(",
    "list replace(",
    "context put(",
    "sum(",
    "years and months duration(",
    "（",
];

/// A text that comes near to an expression.
fn near_feel(dice: &mut Dice) -> String {
    let mut text = String::new();
    for _ in 0..dice.below(26) {
        match dice.below(12) {
            0 => text.push(char::from_u32(u32::try_from(dice.below(0x3000)).unwrap()).unwrap_or(' ')),
            _ => text.push_str(dice.of(&PIECES)),
        }
    }
    text
}

/// An expression of the grammar, whatever its types.
fn feel(dice: &mut Dice, depth: usize) -> String {
    let atoms = [
        "x",
        "n",
        "s",
        "d",
        "b",
        "null",
        "true",
        "1",
        "-3",
        "0.1",
        "9e6144",
        "\"文\"",
        "\"\"",
        "@\"2024-02-29\"",
        "@\"P1M\"",
        "@\"PT36H\"",
        "@\"10:00:00Z\"",
        "@\"2026-01-01T00:00:00@Asia/Shanghai\"",
        "[]",
        "{}",
        "[1..5)",
        "1 instance of number",
    ];
    if depth == 0 {
        return dice.of(&atoms).to_owned();
    }
    let d = depth - 1;
    match dice.below(18) {
        0 => format!("({} {} {})", feel(dice, d), dice.of(&["+", "-", "*", "/", "**"]), feel(dice, d)),
        1 => format!("({} {} {})", feel(dice, d), dice.of(&["=", "!=", "<", ">=", "and", "or"]), feel(dice, d)),
        2 => format!("(if {} then {} else {})", feel(dice, d), feel(dice, d), feel(dice, d)),
        3 => format!("[{}, {}]", feel(dice, d), feel(dice, d)),
        4 => format!("{{a: {}, b: {}}}", feel(dice, d), feel(dice, d)),
        5 => format!("({})[{}]", feel(dice, d), feel(dice, d)),
        6 => format!("(for i in {}, j in {} return {})", feel(dice, d), feel(dice, d), feel(dice, d)),
        7 => format!("({} i in {} satisfies {})", dice.of(&["some", "every"]), feel(dice, d), feel(dice, d)),
        8 => format!("({} in ({}, [{}..{}]))", feel(dice, d), feel(dice, d), feel(dice, d), feel(dice, d)),
        9 => format!("({}).{}", feel(dice, d), dice.of(&["year", "days", "a", "start", "timezone"])),
        10 => format!("({} between {} and {})", feel(dice, d), feel(dice, d), feel(dice, d)),
        11 => format!("(function(p, q) {})({}, {})", feel(dice, d), feel(dice, d), feel(dice, d)),
        12..=14 => {
            let one = [
                "count",
                "sum",
                "string",
                "number",
                "date",
                "duration",
                "reverse",
                "distinct values",
                "flatten",
                "mode",
                "stddev",
                "sqrt",
                "exp",
                "log",
                "day of week",
                "string length",
                "get entries",
            ];
            format!("{}({})", dice.of(&one), feel(dice, d))
        }
        15 | 16 => {
            let two = [
                "append",
                "concatenate",
                "substring",
                "split",
                "matches",
                "modulo",
                "decimal",
                "before",
                "overlaps",
                "index of",
                "get value",
                "remove",
                "date and time",
                "years and months duration",
                "round up",
            ];
            format!("{}({}, {})", dice.of(&two), feel(dice, d), feel(dice, d))
        }
        _ => dice.of(&atoms).to_owned(),
    }
}

fn model(cell: bool, text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let inputs =
        [("x", "Any"), ("n", "number"), ("s", "string"), ("d", "date"), ("b", "boolean"), ("实习 月数", "number")];
    let declared: String = inputs
        .iter()
        .map(|(n, of)| {
            format!("<inputData id=\"{n}\" name=\"{n}\"><variable name=\"{n}\" typeRef=\"{of}\"/></inputData>")
        })
        .collect();
    let required: String = inputs
        .iter()
        .map(|(n, _)| format!("<informationRequirement><requiredInput href=\"#{n}\"/></informationRequirement>"))
        .collect();
    let logic = if cell {
        format!(
            "<decisionTable hitPolicy=\"FIRST\"><input><inputExpression><text>n</text></inputExpression></input><output/>\
             <rule><inputEntry><text>{text}</text></inputEntry><outputEntry><text>true</text></outputEntry></rule>\
             <rule><inputEntry><text>&lt; 3</text></inputEntry><outputEntry><text>false</text></outputEntry></rule></decisionTable>"
        )
    } else {
        format!("<literalExpression><text>{text}</text></literalExpression>")
    };
    format!(
        "<definitions xmlns=\"https://www.omg.org/spec/DMN/20230324/MODEL/\" name=\"m\" namespace=\"urn:m\">{declared}\
         <decision id=\"c\" name=\"c\"><variable name=\"c\" typeRef=\"boolean\"/>{required}{logic}</decision></definitions>"
    )
}

fn value(dice: &mut Dice) -> Value {
    let extreme = ["0", "-1", "1e6144", "1e-6176", "9223372036854775807", "0.1", "9999999999999999999999999999999999"];
    match dice.below(9) {
        0 => Value::Null,
        1 => Value::Boolean(dice.below(2) == 0),
        2 | 3 => Value::Number(Number::parse(dice.of(&extreme)).unwrap()),
        4 => Value::from(dice.of(&["", "甲", "2024-02-29", "a\u{301}", "(", "P1Y"])),
        5 => Value::Date(
            Date::parse(dice.of(&["2024-02-29", "0001-01-01", "9999-12-31", "-999999999-01-01", "999999999-12-31"]))
                .unwrap(),
        ),
        6 => Value::DaysTime(DaysTime::from_secs(i64::MAX)),
        7 => Value::Months(i64::MIN),
        _ => {
            let items = (0..dice.below(4)).map(|_| value(dice)).collect();
            Value::list(items)
        }
    }
}

/// Everything that this crate does with a model.
fn use_all(xml: &str, dice: &mut Dice) {
    let names = ["x", "n", "s", "d", "b", "实习 月数"];
    if let Ok(model) = parse(xml) {
        let input: Context = names.iter().map(|n| (*n, value(dice))).collect();
        for name in model.decisions().map(str::to_owned).collect::<Vec<_>>() {
            drop(model.evaluate(&name, &input).value.to_json());
        }
        let proof = model.proof();
        for unread in proof.tables.iter().flat_map(|t| &t.unread) {
            assert!(!unread.reason.contains("does not bear this out"), "{}", unread.reason);
        }
    }
    if let Ok(sentences) = rules::sentence::read(xml) {
        for one in sentences {
            if let Ok(written) = rules::sentence::write(xml, &one.id, &one.shown) {
                assert_eq!(written, xml, "{}", one.id);
            }
        }
    }
    if let Ok(rules) = RuleSet::publish(xml) {
        let values: Vec<Value> = rules.inputs().iter().map(|_| value(dice)).collect();
        drop(rules.verdicts(&values));
        let mutable: Vec<Mutable> = rules.inputs().iter().take(3).map(|i| Mutable::free(&i.name)).collect();
        drop(rules.counterfactual(&values, &mutable));
    }
}

#[test]
fn fuzz_the_xml_reader() {
    let corpus = corpus();
    go_on("the XML reader", |dice| broken(dice, &corpus), use_all);
}

#[test]
fn fuzz_the_feel_parser() {
    let draw = |dice: &mut Dice| {
        let text = near_feel(dice);
        model(dice.below(3) == 0, &text)
    };
    go_on("the FEEL parser", draw, use_all);
}

#[test]
fn fuzz_the_evaluator() {
    let draw = |dice: &mut Dice| {
        let depth = 1 + dice.below(4);
        let text = feel(dice, depth);
        model(dice.below(4) == 0, &text)
    };
    go_on("the evaluator", draw, use_all);
}

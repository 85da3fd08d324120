//! Tables that are whole by construction, with and without something planted, and what is outside of the analysis.

use proptest::prelude::*;

use super::{Flaw, Proof, RuleName};
use crate::dice::{Dice, escaped};
use crate::model::parse;
use crate::value::{Context, Value};

const COLUMNS: [(&str, &str); 4] = [("数", "number"), ("日", "date"), ("文", "string"), ("否", "boolean")];
const TEXTS: [&str; 6] = ["甲", "乙", "丙", "丁", "戊", "己"];

/// A part of the space of the four columns: what a rule covers.
#[derive(Clone, Debug, Default)]
struct Part {
    number: (Option<i64>, Option<i64>),
    day: (Option<i64>, Option<i64>),
    text: Text,
    yes: Option<bool>,
}

#[derive(Clone, Debug)]
enum Text {
    Only(&'static str),
    Not(Vec<&'static str>),
}

impl Default for Text {
    fn default() -> Self {
        Self::Not(Vec::new())
    }
}

fn range(ends: (Option<i64>, Option<i64>), show: impl Fn(i64) -> String) -> String {
    match ends {
        (None, None) => "-".to_owned(),
        (Some(low), None) => format!(">= {}", show(low)),
        (None, Some(high)) => format!("< {}", show(high)),
        (Some(low), Some(high)) => format!("[{}..{})", show(low), show(high)),
    }
}

fn day(n: i64) -> String {
    format!("date(2026, {}, {})", n / 28 + 1, n % 28 + 1)
}

impl Part {
    fn cells(&self) -> [String; 4] {
        let quoted = |t: &&str| format!("\"{t}\"");
        let text = match &self.text {
            Text::Only(t) => quoted(t),
            Text::Not(list) if list.is_empty() => "-".to_owned(),
            Text::Not(list) => format!("not({})", list.iter().map(quoted).collect::<Vec<_>>().join(", ")),
        };
        let yes = self.yes.map_or("-".to_owned(), |b| b.to_string());
        [range(self.number, |n| n.to_string()), range(self.day, day), text, yes]
    }

    /// Two parts that make up this one, cut along a column; none where it cannot be cut there.
    fn cut(&self, dice: &mut Dice) -> Option<(Self, Self)> {
        let (mut a, mut b) = (self.clone(), self.clone());
        let ends = |ends: (Option<i64>, Option<i64>), dice: &mut Dice, most: i64| {
            let (low, high) = (ends.0.unwrap_or(0), ends.1.unwrap_or(most));
            let inner = usize::try_from(high - low - 1).ok().filter(|n| *n > 0)?;
            Some(low + 1 + i64::try_from(dice.below(inner)).ok()?)
        };
        match dice.below(4) {
            0 => {
                let at = ends(self.number, dice, 40)?;
                (a.number.1, b.number.0) = (Some(at), Some(at));
            }
            1 => {
                let at = ends(self.day, dice, 300)?;
                (a.day.1, b.day.0) = (Some(at), Some(at));
            }
            2 => {
                let Text::Not(list) = &self.text else { return None };
                let free: Vec<&str> = TEXTS.into_iter().filter(|t| !list.contains(t)).collect();
                let taken = *free.get(dice.below(free.len().max(1)))?;
                a.text = Text::Only(taken);
                b.text = Text::Not(list.iter().copied().chain([taken]).collect());
            }
            _ => {
                if self.yes.is_some() {
                    return None;
                }
                (a.yes, b.yes) = (Some(true), Some(false));
            }
        }
        Some((a, b))
    }
}

/// Parts that are disjoint and together the whole space.
fn partition(dice: &mut Dice, parts: usize) -> Vec<Part> {
    let mut all = vec![Part::default()];
    while all.len() < parts {
        let at = dice.below(all.len());
        if let Some((a, b)) = all[at].cut(dice) {
            all[at] = a;
            all.push(b);
        }
    }
    all
}

/// A table of cells and results.
fn table(hit: &str, rows: &[(Vec<String>, String)]) -> String {
    let cell = |name: &str, text: &str| format!("<{name}><text>{}</text></{name}>", escaped(text));
    let inputs: String = COLUMNS
        .iter()
        .map(|(name, of)| {
            format!("<inputData id=\"{name}\" name=\"{name}\"><variable name=\"{name}\" typeRef=\"{of}\"/></inputData>")
        })
        .collect();
    let required: String = COLUMNS
        .iter()
        .map(|(name, _)| format!("<informationRequirement><requiredInput href=\"#{name}\"/></informationRequirement>"))
        .collect();
    let columns: String = COLUMNS
        .iter()
        .map(|(name, _)| format!("<input><inputExpression><text>{name}</text></inputExpression></input>"))
        .collect();
    let rules: String = rows
        .iter()
        .map(|(cells, output)| {
            let cells: String = cells.iter().map(|c| cell("inputEntry", c)).collect();
            format!("<rule>{cells}{}</rule>", cell("outputEntry", output))
        })
        .collect();
    format!(
        "<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\" name=\"m\" namespace=\"urn:m\">{inputs}\
         <decision id=\"d\" name=\"d\"><variable name=\"d\" typeRef=\"number\"/>{required}\
         <decisionTable hitPolicy=\"{hit}\">{columns}<output/>{rules}</decisionTable></decision></definitions>"
    )
}

fn proof(xml: &str) -> Proof {
    parse(xml).unwrap_or_else(|d| panic!("{d:?}\n{xml}")).proof()
}

fn rows(parts: &[Part]) -> Vec<(Vec<String>, String)> {
    parts.iter().enumerate().map(|(i, p)| (p.cells().to_vec(), i.to_string())).collect()
}

/// The example of a finding decided by the whole model, from outside of the analysis.
fn decided(xml: &str, witness: &[super::Given]) -> (Value, Vec<String>) {
    let input: Context = witness.iter().map(|g| (g.column.as_str(), g.value.clone())).collect();
    let found = parse(xml).unwrap().evaluate("d", &input);
    (found.value, found.trace.first().map(|s| s.matched.clone()).unwrap_or_default())
}

fn flaws(proof: &Proof) -> Vec<&Flaw> {
    proof.tables[0].findings.iter().map(|f| &f.flaw).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 150 } else { 2000 }))]

    #[test]
    fn what_is_whole_and_disjoint_has_no_finding(seed in any::<u64>(), parts in 1usize..24) {
        let mut dice = Dice(seed);
        let parts = partition(&mut dice, parts);
        for hit in ["UNIQUE", "ANY", "FIRST"] {
            let proof = proof(&table(hit, &rows(&parts)));
            prop_assert!(proof.is_whole(), "{:?}", proof.tables[0].unread);
            // A column that no part was cut along says nothing; every other one tells results apart.
            let dash = |i: usize| parts.iter().all(|p| p.cells()[i] == "-");
            let dead: Vec<&str> = (0..4).filter(|i| dash(*i)).map(|i| COLUMNS[i].0).collect();
            let told: Vec<&str> = flaws(&proof).iter().map(|f| match f {
                Flaw::DeadColumn { name, .. } => name.as_str(),
                other => panic!("{other} in {parts:?}"),
            }).collect();
            prop_assert_eq!(told, dead);
        }
    }

    #[test]
    fn a_planted_gap_is_found(seed in any::<u64>(), parts in 2usize..24) {
        let mut dice = Dice(seed);
        let parts = partition(&mut dice, parts);
        let lost = dice.below(parts.len());
        let mut rows = rows(&parts);
        let (cells, _) = rows.remove(lost);
        for hit in ["UNIQUE", "ANY", "FIRST", "PRIORITY"] {
            let xml = table(hit, &rows);
            let proof = proof(&xml);
            let gaps: Vec<_> = proof.tables[0].findings.iter().filter(|f| f.flaw == Flaw::Gap).collect();
            prop_assert!(!gaps.is_empty() && proof.is_whole(), "{cells:?} {:?}", proof.tables[0]);
            for gap in gaps {
                let (value, matched) = decided(&xml, &gap.witness);
                prop_assert!(value.is_null() && matched.is_empty(), "{:?} gave {:?} by {:?}", gap, value, matched);
                // It is the rule that was taken out that would have matched.
                let whole = table("UNIQUE", &[(cells.clone(), "1".to_owned())]);
                prop_assert_eq!(decided(&whole, &gap.witness).0, Value::from(1i64));
            }
        }
    }

    #[test]
    fn a_planted_overlap_is_found(seed in any::<u64>(), parts in 1usize..24) {
        let mut dice = Dice(seed);
        let parts = partition(&mut dice, parts);
        let (from, to) = (dice.below(parts.len()), parts.len());
        let mut rows = rows(&parts);
        // The planted rule takes one part, opened along one column.
        let mut planted = rows[from].0.clone();
        planted[dice.below(4)] = "-".to_owned();
        rows.push((planted, "1000".to_owned()));
        for hit in ["UNIQUE", "ANY"] {
            let xml = table(hit, &rows);
            let proof = proof(&xml);
            let name = |i: usize| RuleName { number: u32::try_from(i + 1).unwrap(), id: String::new() };
            let wanted = Flaw::Overlap { first: name(from), second: name(to), different: true };
            prop_assert!(flaws(&proof).contains(&&wanted), "{:?}", proof.tables[0]);
            prop_assert!(proof.is_whole(), "{:?}", proof.tables[0].unread);
            for finding in &proof.tables[0].findings {
                let Flaw::Overlap { first, second, .. } = &finding.flaw else { continue };
                let (value, matched) = decided(&xml, &finding.witness);
                prop_assert!(value.is_null());
                prop_assert!(matched.contains(&first.number.to_string()) && matched.contains(&second.number.to_string()));
            }
        }
        // The same result twice is nothing under ANY, and still more than one rule under UNIQUE.
        rows[to].1 = rows[from].1.clone();
        rows[to].0 = rows[from].0.clone();
        let overlaps = |hit| flaws(&proof(&table(hit, &rows))).iter().filter(|f| matches!(f, Flaw::Overlap { .. })).count();
        prop_assert_eq!((overlaps("ANY"), overlaps("UNIQUE")), (0, 1));
    }

    #[test]
    fn a_rule_that_others_take_is_found(seed in any::<u64>(), parts in 2usize..16) {
        let mut dice = Dice(seed);
        let parts = partition(&mut dice, parts);
        let mut rows = rows(&parts);
        // All parts together are whole, so that whatever comes after them comes to nothing.
        rows.push((partition(&mut dice, 6)[0].cells().to_vec(), "1000".to_owned()));
        let xml = table("FIRST", &rows);
        let proof = proof(&xml);
        let found: Vec<_> = proof.tables[0].findings.iter().filter(|f| matches!(f.flaw, Flaw::Unreachable { .. })).collect();
        prop_assert_eq!(found.len(), 1, "{:?}", proof.tables[0]);
        let Flaw::Unreachable { rule, behind: Some(behind) } = &found[0].flaw else { panic!("{:?}", found) };
        prop_assert_eq!(rule.number as usize, rows.len());
        prop_assert_eq!(&decided(&xml, &found[0].witness).1, &[behind.number.to_string()]);
    }

    #[test]
    fn a_column_that_changes_nothing_is_found(seed in any::<u64>(), parts in 2usize..16) {
        let mut dice = Dice(seed);
        let parts = partition(&mut dice, parts);
        // One result for what differs only in the truth value: the column is read and tells nothing.
        let key = |p: &Part| { let c = p.cells(); format!("{} {} {}", c[0], c[1], c[2]) };
        let keys: Vec<String> = parts.iter().map(key).collect();
        let paired = parts.iter().all(|p| p.yes.is_none() || parts.iter().any(|q| q.yes == p.yes.map(|b| !b) && key(p) == key(q)));
        let output = |p: &Part| keys.iter().position(|k| *k == key(p)).unwrap_or(0).to_string();
        let rows: Vec<_> = parts.iter().map(|p| (p.cells().to_vec(), output(p))).collect();
        let proof = proof(&table("UNIQUE", &rows));
        let dead = flaws(&proof).iter().any(|f| matches!(f, Flaw::DeadColumn { name, .. } if name == "否"));
        prop_assert_eq!(dead, paired, "{:?}", rows);
    }
}

/// A table over one column of that type and those cells, each rule with another result.
fn one(of: &str, cells: &[&str]) -> String {
    let rule = |(i, cell): (usize, &&str)| {
        let cell = escaped(cell);
        format!("<rule><inputEntry><text>{cell}</text></inputEntry><outputEntry><text>{i}</text></outputEntry></rule>")
    };
    let rules: String = cells.iter().enumerate().map(rule).collect();
    format!(
        "<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\" name=\"m\" namespace=\"urn:m\">\
         <itemDefinition name=\"tState\"><typeRef>string</typeRef><allowedValues><text>\"a\", \"b\", \"c\"</text>\
         </allowedValues></itemDefinition><itemDefinition name=\"tCount\"><typeRef>number</typeRef><allowedValues>\
         <text>[0..10]</text></allowedValues></itemDefinition>\
         <inputData id=\"x\" name=\"x\"><variable name=\"x\" typeRef=\"{of}\"/></inputData>\
         <inputData id=\"y\" name=\"y\"><variable name=\"y\" typeRef=\"{of}\"/></inputData>\
         <decision id=\"d\" name=\"d\"><variable name=\"d\" typeRef=\"number\"/>\
         <informationRequirement><requiredInput href=\"#x\"/></informationRequirement>\
         <informationRequirement><requiredInput href=\"#y\"/></informationRequirement>\
         <decisionTable><input><inputExpression><text>x</text></inputExpression></input><output/>{rules}\
         </decisionTable></decision></definitions>"
    )
}

fn told(of: &str, cells: &[&str]) -> Vec<String> {
    let proof = proof(&one(of, cells));
    let short = |f: &super::Finding| match (&f.flaw, f.witness.first()) {
        (Flaw::Gap, Some(given)) => format!("gap at {}", given.value.to_json()),
        (flaw, Some(given)) => format!("{flaw} at {}", given.value.to_json()),
        (flaw, None) => flaw.to_string(),
    };
    let table = &proof.tables[0];
    table.findings.iter().map(short).chain(table.unread.iter().map(|u| format!("unread: {}", u.reason))).collect()
}

#[test]
fn each_kind_of_value_is_cut_where_its_cells_say() {
    let none: &[&str] = &[];
    let cases: [(&str, &[&str], &[&str]); 20] = [
        ("number", &["< 1", "[1..2)", ">= 2"], none),
        ("number", &["< 1", "(1..2)", ">= 2"], &["gap at 1"]),
        ("number", &["<= 1", ">= 2"], &["gap at 1.5"]),
        ("number", &["<= 1", ">= 4"], &["gap at 2"]),
        ("number", &["<= 1, >= 4", "(1..4)"], none),
        ("number", &["not([1..4])", "[1..4]"], none),
        ("number", &["? < 3 and ? > 1", "? <= 1 or ? >= 3"], none),
        ("number", &["1 + 1", "!= 2"], none),
        ("tCount", &["< 5", "> 5"], &["gap at 5"]),
        ("tCount", &["<= 5", "(5..10]", "> 10"], &["rule 3 matches nothing"]),
        ("date", &["<= date(2024, 2, 28)", ">= date(\"2024-03-01\")"], &["gap at \"2024-02-29\""]),
        ("date", &["<= @\"2023-02-28\"", ">= @\"2023-03-01\""], none),
        ("string", &["\"a\"", "not(\"a\", \"b\")"], &["gap at \"b\""]),
        ("string", &["\"a\"", "\"b\""], &["gap at \"other\""]),
        ("tState", &["\"a\"", "\"b\", \"c\""], none),
        ("tState", &["\"a\"", "\"b\""], &["gap at \"c\""]),
        ("boolean", &["true"], &["gap at false"]),
        ("boolean", &["true", "not(true)"], none),
        ("yearMonthDuration", &["<= duration(\"P1Y\")", ">= duration(\"P13M\")"], none),
        ("dayTimeDuration", &["<= duration(\"PT1H\")", "> duration(\"PT2H\")"], &["gap at \"PT1H30M\""]),
    ];
    for (of, cells, expected) in cases {
        assert_eq!(told(of, cells), expected, "{of} {cells:?}");
    }
    let moments = ["< date and time(\"2026-01-01T00:00:00Z\")", "> date and time(\"2026-01-01T08:00:00+08:00\")"];
    assert_eq!(told("dateTime", &moments), ["gap at \"2026-01-01T00:00:00Z\""]);
}

#[test]
fn what_is_not_analysed_is_told_with_its_place_and_hides_nothing() {
    let cases: [(&str, &[&str], &[&str]); 6] = [
        // The cell that reads another input may match anything: no gap is claimed where it might.
        ("number", &["< y", ">= 5"], &["unread: this is no constant"]),
        // Beside it a gap stays a gap, and an overlap of others an overlap.
        (
            "number",
            &["? > 3 and ? < y", "< 3", "< 2"],
            &["gap at 3", "rule 2 and rule 3 match with different results at 1", "unread: this is no constant"],
        ),
        ("string", &["< \"a\""], &["unread: the order of texts is not analysed"]),
        ("string", &["string length(?) > 3"], &["unread: this compares something else than the column's value"]),
        ("number", &["\"a\"", "-"], &["unread: string does not cut this column"]),
        ("time", &["< time(\"10:00:00\")"], &["unread: the values of this column are of no kind that is analysed"]),
    ];
    for (of, cells, expected) in cases {
        assert_eq!(told(of, cells), expected, "{of} {cells:?}");
    }
    let proof = proof(&one("number", &["< y", ">= 5"]).replace("<decisionTable>", "\n<decisionTable>\n"));
    assert_eq!(proof.tables[0].unread[0].line, 3);
}

#[test]
fn ten_thousand_rules_end_in_seconds_and_hard_ones_name_the_limit() {
    let number = |i: usize| vec![format!("[{i}..{})", i + 1), "-".into(), "-".into(), "-".into()];
    let mut rows: Vec<_> = (0..10_000).map(|i| (number(i), i.to_string())).collect();
    rows.push((vec!["< 0".into(), "-".into(), "-".into(), "-".into()], "-1".into()));
    rows[9_000].0 = number(4_000);
    let long = proof(&table("UNIQUE", &rows));
    let found: Vec<String> = long.tables[0].findings.iter().map(ToString::to_string).collect();
    let shown = |i: usize| found.iter().filter(|f| f.contains(&format!("数 = {i},"))).count();
    assert_eq!((shown(9_000), shown(10_000)), (1, 1), "{found:?}");
    assert!(found.iter().any(|f| f.contains("rule 4001 and rule 9001 match with different results")), "{found:?}");
    // A grid of a hundred by a hundred, under FIRST.
    let cell = |i: usize| {
        vec![
            format!("[{}..{})", i / 100, i / 100 + 1),
            format!("{}", day((i % 100).try_into().unwrap())),
            "-".into(),
            "-".into(),
        ]
    };
    let grid: Vec<_> = (0..10_000).map(|i| (cell(i), i.to_string())).collect();
    let found = proof(&table("FIRST", &grid));
    assert!(flaws(&found).iter().filter(|f| ***f == Flaw::Gap).count() > 1);
    assert!(!flaws(&found).iter().any(|f| matches!(f, Flaw::Unreachable { .. })));
}

#[test]
fn a_search_without_end_names_its_limit() {
    // Three random literals a rule over many truth values: whether they cover everything is as hard as satisfiability.
    let mut dice = Dice(7);
    let names: Vec<String> = (0..140).map(|i| format!("b{i}")).collect();
    let inputs: String = names
        .iter()
        .map(|n| format!("<inputData id=\"{n}\" name=\"{n}\"><variable name=\"{n}\" typeRef=\"boolean\"/></inputData>"))
        .collect();
    let required: String = names
        .iter()
        .map(|n| format!("<informationRequirement><requiredInput href=\"#{n}\"/></informationRequirement>"))
        .collect();
    let columns: String =
        names.iter().map(|n| format!("<input><inputExpression><text>{n}</text></inputExpression></input>")).collect();
    let rule = |dice: &mut Dice| {
        let mut cells = vec!["-"; names.len()];
        (0..3).for_each(|_| cells[dice.below(names.len())] = ["true", "false"][dice.below(2)]);
        let cells: String = cells.iter().map(|c| format!("<inputEntry><text>{c}</text></inputEntry>")).collect();
        format!("<rule>{cells}<outputEntry><text>1</text></outputEntry></rule>")
    };
    let rules: String = (0..620).map(|_| rule(&mut dice)).collect();
    let xml = format!(
        "<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\" name=\"m\" namespace=\"urn:m\">{inputs}\
         <decision id=\"d\" name=\"d\"><variable name=\"d\" typeRef=\"number\"/>{required}\
         <decisionTable hitPolicy=\"ANY\">{columns}<output/>{rules}</decisionTable></decision></definitions>"
    );
    let proof = proof(&xml);
    let unread: Vec<&str> = proof.tables[0].unread.iter().map(|u| u.reason.as_str()).collect();
    assert_eq!(unread, ["the search for gaps takes more than 60000000 steps, or pairs beyond 4000000"]);
}

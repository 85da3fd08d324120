//! The commands as a person or a program runs them: what they print, where, and with which exit code.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

struct Told {
    exit: i32,
    out: String,
    err: String,
}

impl Told {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("no JSON: {:?} {:?}", self.out, self.err))
    }

    fn lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

fn budayang(arguments: &[&str]) -> Told {
    budayang_reading(arguments, "")
}

fn budayang_reading(arguments: &[&str], input: &str) -> Told {
    let mut child = Command::new(env!("CARGO_BIN_EXE_budayang"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that refuses its other arguments leaves without reading.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Told { exit: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

#[test]
fn right_codes_exit_with_0_and_tell_their_parts() {
    let rows = [
        ("uscc", "91350100M000100Y43", json!("350100"), "division"),
        ("organisation", "007565194", Value::Null, "none"),
        ("citizen", "11010519491231002X", json!("1949-12-31"), "birth"),
        (
            "licence",
            "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U",
            json!("20230000403"),
            "serial",
        ),
    ];
    for (kind, value, part, name) in rows {
        let told = budayang(&["code", "check", kind, value, "--json"]);
        let json = told.json();
        assert_eq!((told.exit, &json["valid"], &json["value"]), (0, &json!(true), &json!(value)), "{kind}");
        assert_eq!(json["parts"][name], part);
        assert_eq!(json["changes"], json!([]));
    }
}

#[test]
fn wrong_codes_exit_with_1_and_tell_why_and_what_to_do() {
    let rows = [
        ("uscc", "91350100M000100Y44", "uscc.check_digit_alone"),
        ("uscc", "91350100М000100Y43", "uscc.look_alike"),
        ("organisation", "007565195", "organisation.check_digit"),
        ("citizen", "110105491231002", "citizen.old_citizen_id"),
        ("citizen", "11010519490229002X", "citizen.birth_date"),
        ("citizen", "450103299901010016", "citizen.check_digit"),
        (
            "licence",
            "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.V",
            "licence.check_with_dots",
        ),
        ("licence", "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.9", "licence.check_digit"),
        ("uscc", "", "uscc.empty"),
    ];
    for (kind, value, code) in rows {
        let told = budayang(&["code", "check", kind, value, "--json"]);
        let json = told.json();
        assert_eq!((told.exit, &json["valid"], &json["code"]), (1, &json!(false), &json!(code)), "{value}");
        for field in ["reason", "mend"] {
            assert!(!json[field]["zh"].as_str().unwrap().is_empty() && !json[field]["en"].as_str().unwrap().is_empty());
        }
        assert_eq!(told.err, "");
    }
}

#[test]
fn typed_codes_are_tidied_and_strict_ones_are_not() {
    let told = budayang(&["code", "check", "citizen", " １1010519491231-002x "]);
    let json = told.json();
    assert_eq!((told.exit, &json["value"]), (0, &json!("11010519491231002X")));
    let kinds: Vec<&str> = json["changes"].as_array().unwrap().iter().map(|c| c["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["space", "width", "dash", "case", "space"]);
    assert!(json["notice"]["zh"].as_str().unwrap().contains("11010519491231002X"));
    assert_eq!(budayang(&["code", "check", "citizen", "11010519491231002x", "--strict"]).exit, 1);
    let hidden = budayang_reading(&["code", "check", "citizen", "-"], "11010519491231002X\r\n");
    assert_eq!((hidden.exit, hidden.json()["valid"].clone()), (0, json!(true)));
    let plain = budayang(&["code", "check", "citizen", "11010519491231002x", "--plain"]);
    assert!(plain.out.starts_with("✓ 11010519491231002X\n已自动整理为"), "{}", plain.out);
    let plain = budayang(&["code", "check", "citizen", "11010519490229002X", "--plain"]);
    assert!(plain.out.starts_with("✗ 第7至14位"), "{}", plain.out);
}

#[test]
fn a_birth_date_to_come_is_refused_by_the_wall_clock() {
    // 2900-01-01, with the right check character: every other check passes.
    let made = kernel::CitizenId::generate("450103", kernel::Date::constant(2900, 1, 1), 1).unwrap();
    let told = budayang(&["code", "check", "citizen", made.as_str(), "--json"]);
    assert_eq!((told.exit, told.json()["code"].clone()), (1, json!("citizen.not_yet_born")));
}

#[test]
fn a_calendar_has_a_line_for_every_day() {
    let days = budayang(&["calendar", "--year", "2017", "--json"]).lines();
    assert_eq!(days.len(), 365);
    let day = |date: &str| days.iter().find(|day| day["date"] == date).unwrap().clone();
    assert_eq!(day("2017-10-02"), json!({"date": "2017-10-02", "working": false, "name": "国庆节", "kind": "holiday"}));
    assert_eq!(day("2017-09-30"), json!({"date": "2017-09-30", "working": true, "name": "国庆节", "kind": "make_up"}));
    assert_eq!(day("2017-10-14"), json!({"date": "2017-10-14", "working": false, "name": null, "kind": "weekend"}));
    assert_eq!(budayang(&["calendar", "--year", "2024"]).lines().len(), 366);
    let plain = budayang(&["calendar", "--year", "2017", "--plain"]).out;
    assert!(plain.contains("2017-09-30 周六 上班 works 国庆节 National Day"), "{plain}");
}

#[test]
fn a_year_nobody_published_is_an_error_that_says_so() {
    let told = budayang(&["calendar", "--year", "2031", "--json"]);
    assert_eq!((told.exit, told.out.as_str()), (1, ""));
    assert!(told.err.starts_with("budayang: no work calendar for 2031 (there are tables for 2016-"), "{}", told.err);
    assert_eq!(told.err.lines().count(), 1);
}

#[test]
fn a_folder_of_calendars_takes_the_place_of_those_in_the_binary() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().to_str().unwrap();
    let run = |year: &str| budayang(&["calendar", "--year", year, "--calendars", at, "--json"]);
    assert!(run("2031").err.contains("holds no calendar"));
    let table = "year = 2031\nsource = \"test\"\ngrade = \"D\"\n[[holiday]]\nname = { zh = \"元旦\", en = \"New Year\" }\noff = [\"2031-01-01\"]\n";
    fs::write(folder.path().join("2031.toml"), table).unwrap();
    assert_eq!(run("2031").lines()[0]["working"], json!(false));
    assert_eq!(run("2017").exit, 1);
    fs::write(folder.path().join("2031.toml"), table.replace("2031-01-01", "2032-01-01")).unwrap();
    assert!(run("2031").err.contains("2032-01-01 stands in the table of 2031"));
    fs::write(folder.path().join("2031.toml"), "year = ").unwrap();
    assert!(run("2031").err.contains("no calendar of a year"));
    assert!(budayang(&["calendar", "--year", "2017", "--calendars", "no-such-folder"]).err.contains("cannot read"));
}

#[test]
fn deadlines_are_counted_as_the_law_counts() {
    let rows = [
        ("20", "day", "at-least", "2017-10-17"),
        ("5", "day", "at-most", "2017-10-09"),
        ("3", "working-day", "at-most", "2017-09-30"),
        ("7", "working-day", "at-most", "2017-10-12"),
        ("20", "working-day", "at-most", "2017-10-31"),
        ("1", "month", "at-least", "2017-10-27"),
        ("1", "year", "at-most", "2018-09-27"),
    ];
    for (n, unit, kind, due) in rows {
        let told = budayang(&["deadline", "--from", "2017-09-27", "--n", n, "--unit", unit, "--kind", kind, "--json"]);
        assert_eq!((told.exit, told.json()), (0, json!({ "due": due })), "{n} {unit} {kind} {}", told.err);
    }
    let base = ["deadline", "--from", "2024-07-01", "--n", "5", "--unit", "working-day", "--kind", "at-most"];
    let stopped = budayang(&[&base[..], &["--stopped", "2024-07-03..2024-07-04"]].concat());
    assert_eq!(stopped.json(), json!({"due": "2024-07-10"}));
    assert!(budayang(&[&base[..], &["--plain"]].concat()).out.starts_with("2024-07-08  （自2024-07-01起5个工作日"));
    let late = budayang(&["deadline", "--from", "2026-12-28", "--n", "20", "--unit", "day", "--kind", "at-most"]);
    assert_eq!(late.exit, 1);
    assert!(late.err.contains("no work calendar for 2027"), "{}", late.err);
}

const MODEL: &str = r##"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="m" name="m" namespace="urn:test">
  <inputData id="i1" name="age"><variable name="age" typeRef="number"/></inputData>
  <decision id="d1" name="adult"><variable name="adult" typeRef="boolean"/>
    <informationRequirement><requiredInput href="#i1"/></informationRequirement>
    <literalExpression><text>age &gt;= 18</text></literalExpression></decision>
  <decision id="d2" name="day"><variable name="day" typeRef="date"/>
    <literalExpression><text>today()</text></literalExpression></decision>
</definitions>"##;

const CASES: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<testCases xmlns="http://www.omg.org/spec/DMN/20160719/testcase" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">
  <modelName>m.dmn</modelName>
  <testCase id="001"><inputNode name="age"><value xsi:type="xsd:decimal">18</value></inputNode>
    <resultNode name="adult" type="decision"><expected><value xsi:type="xsd:boolean">true</value></expected></resultNode></testCase>
  <testCase id="002"><inputNode name="age"><value xsi:type="xsd:decimal">17</value></inputNode>
    <resultNode name="adult" type="decision"><expected><value xsi:type="xsd:boolean">EXPECTED</value></expected></resultNode></testCase>
</testCases>"#;

#[test]
fn a_model_is_evaluated_a_line_for_each_input() {
    let folder = tempfile::tempdir().unwrap();
    let (model, inputs) = (folder.path().join("m.dmn"), folder.path().join("in.jsonl"));
    fs::write(&model, MODEL).unwrap();
    fs::write(&inputs, "{\"age\": 18}\n{\"age\": 17.99}\n\n{\"age\": \"x\"}\n{}\n").unwrap();
    let (model, inputs) = (model.to_str().unwrap(), inputs.to_str().unwrap());
    let told = budayang(&["rules", "eval", "--model", model, "--decision", "adult", "--input", inputs]);
    let lines = told.lines();
    let results: Vec<_> = lines.iter().map(|line| line["result"].clone()).collect();
    assert_eq!(results, [json!(true), json!(false), json!(null), json!(null)]);
    assert_eq!(lines[0]["trace"], json!([{"decision": "adult", "value": true}]));
    assert!(lines[2]["error"].as_str().unwrap().contains("age"));
    assert_eq!(told.exit, 1, "one input did not fit");

    let eval = ["rules", "eval", "--model", model, "--input", "-"];
    let all = budayang_reading(&[&eval[..], &["--at", "2026-11-23T16:00:00Z"]].concat(), "{\n \"age\": 20\n}");
    assert_eq!((all.exit, &all.json()["result"]), (0, &json!({"adult": true, "day": "2026-11-24"})));
    // One digit more than a double holds, on both sides of the limit.
    let exact = "{\"age\": 17.99999999999999999999}\n{\"age\": 18.00000000000000000000}\n";
    let exact = budayang_reading(&[&eval[..], &["--decision", "adult"]].concat(), exact);
    let results: Vec<_> = exact.lines().iter().map(|line| line["result"].clone()).collect();
    assert_eq!(results, [json!(false), json!(true)], "no number passes through a double");
    let none = budayang_reading(&[&eval[..], &["--decision", "child"]].concat(), "{}");
    assert_eq!(none.exit, 1);
    assert!(none.err.contains("no decision \"child\"; it has: adult, day"), "{}", none.err);
    let broken = budayang_reading(&eval, "{\"age\": 20}\n{\"age\"");
    assert_eq!((broken.exit, broken.lines().len()), (1, 1), "what was read before is still answered");
    assert!(broken.err.contains("input 2 is no JSON"), "{}", broken.err);
    let missing = budayang_reading(&["rules", "eval", "--model", "no.dmn", "--input", "-"], "");
    assert!(missing.exit == 1 && missing.err.contains("cannot read the model no.dmn"), "{}", missing.err);
    fs::write(folder.path().join("bad.dmn"), "<definitions>").unwrap();
    let bad = folder.path().join("bad.dmn");
    let refused = budayang_reading(&["rules", "eval", "--model", bad.to_str().unwrap(), "--input", "-"], "{}");
    assert!(refused.exit == 1 && refused.err.contains("bad.dmn:1:"), "{}", refused.err);
}

#[test]
fn the_conformance_suite_tells_passed_and_failed_by_level() {
    let folder = tempfile::tempdir().unwrap();
    let test = folder.path().join("compliance-level-2/0001-age");
    fs::create_dir_all(&test).unwrap();
    let at = folder.path().to_str().unwrap();
    assert!(budayang(&["rules", "tck", at]).err.contains("holds no TCK cases"));
    fs::write(test.join("m.dmn"), MODEL).unwrap();
    fs::write(test.join("m-test-01.xml"), CASES.replace("EXPECTED", "false")).unwrap();
    let good = budayang(&["rules", "tck", at]);
    assert_eq!((good.exit, good.out.as_str()), (0, "compliance-level-2: 2 passed, 0 failed\n"));
    fs::write(test.join("m-test-01.xml"), CASES.replace("EXPECTED", "true")).unwrap();
    let bad = budayang(&["rules", "tck", at]);
    assert_eq!((bad.exit, bad.out.lines().count()), (1, 2));
    assert!(bad.out.contains("FAILED compliance-level-2/0001-age/m-test-01.xml#002 adult: "), "{}", bad.out);
    let json = budayang(&["rules", "tck", at, "--json"]).json();
    assert_eq!(json["levels"], json!({"compliance-level-2": {"passed": 1, "failed": 1}}));
    assert_eq!(json["failures"][0]["decision"], "adult");
    assert!(budayang(&["rules", "tck", "no-such-folder"]).err.contains("cannot read no-such-folder"));
}

#[test]
fn a_command_line_that_cannot_be_understood_exits_with_2() {
    let rows: [&[&str]; 8] = [
        &[],
        &["no-such-command"],
        &["code", "check", "passport", "1"],
        &["calendar", "--json"],
        &["calendar", "--year", "soon"],
        &["deadline", "--from", "2017-02-29", "--n", "1", "--unit", "day", "--kind", "at-most"],
        &["deadline", "--from", "2017-02-28", "--n", "-1", "--unit", "day", "--kind", "at-most"],
        &["calendar", "--year", "2017", "--json", "--plain"],
    ];
    for arguments in rows {
        let told = budayang(arguments);
        assert_eq!((told.exit, told.out.as_str()), (2, ""), "{arguments:?}");
        assert!(!told.err.is_empty());
    }
    assert_eq!(budayang(&["--version"]).exit, 0);
}

/// A file as the test vectors have it: the good one, with what one of the wrong ones has otherwise.
fn published(vectors: &Value, wrong: Option<&Value>) -> String {
    let mut file = vectors["file"].clone();
    if let Some(wrong) = wrong {
        let file = file.as_object_mut().unwrap();
        file.extend(wrong["set"].as_object().unwrap().clone());
        file.retain(|member, _| !wrong["unset"].as_array().unwrap().contains(&json!(member)));
    }
    file.to_string()
}

#[test]
fn a_published_draw_is_verified_and_the_first_wrong_thing_is_named() {
    let vectors = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/draw-vectors.json");
    let vectors: Value = serde_json::from_str(&fs::read_to_string(vectors).unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("draw.json");
    fs::write(&file, published(&vectors, None)).unwrap();
    let file = file.to_str().unwrap();

    let told = budayang(&["draw", "verify", file, "--json"]);
    let json = told.json();
    assert_eq!((told.exit, &json["valid"], &json["keys"]), (0, &json!(true), &json!("of_the_file")), "{}", told.err);
    assert_eq!((&json["seed"], &json["leaf"]), (&vectors["seed"], &vectors["leaf"]));
    let pairs: Vec<Value> = json["drawn"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| json!({ "target": row["target"], "officers": row["officers"] }))
        .collect();
    assert_eq!(json!(pairs), vectors["file"]["pairs"]);

    let key = |list: &str, at: usize| vectors["trusted"][list][at].as_str().unwrap();
    let keys = ["--log-key", key("log", 0), "--witness", key("witnesses", 0), "--witness", key("witnesses", 1)];
    let given = budayang(&[&["draw", "verify", file, "--json"], &keys[..]].concat());
    assert_eq!((given.exit, &given.json()["keys"]), (0, &json!("given")));
    let stranger = budayang(&["draw", "verify", file, "--json", "--witness", key("witnesses", 0)]);
    assert_eq!((stranger.exit, &stranger.json()["code"]), (1, &json!("unknown_witness")));

    let plain = budayang(&["draw", "verify", file, "--plain"]);
    assert!(
        plain.out.starts_with("✓ demonstration-agency 第2次抽取属实 / draw 2 of demonstration-agency holds\n"),
        "{}",
        plain.out
    );
    assert!(plain.out.contains("演示数据") && plain.out.contains("--witness"), "{}", plain.out);

    for wrong in vectors["wrong"].as_array().unwrap() {
        let told = budayang_reading(&["draw", "verify", "-", "--json"], &published(&vectors, Some(wrong)));
        let json = told.json();
        assert_eq!((told.exit, &json["valid"], &json["code"]), (1, &json!(false), &wrong["code"]), "{}", wrong["what"]);
        assert!(json["reason"]["zh"].as_str().unwrap() != json["reason"]["en"].as_str().unwrap());
    }
    let plain = budayang_reading(&["draw", "verify", "-", "--plain"], "{");
    assert!(plain.out.starts_with("✗ 文件读不出来") && plain.exit == 1, "{}", plain.out);
    let missing = budayang(&["draw", "verify", "no-such-file"]);
    assert!(missing.exit == 1 && missing.err.contains("cannot read no-such-file"), "{}", missing.err);
}

//! Nothing that can be typed, broken or nested makes the engine panic, hang or overflow; limits are named.

use proptest::prelude::*;
use rules::{Context, RuleSet, Value, parse};

const MODEL: &str = include_str!("../../../benches/models/registration.dmn");

/// A model with one decision of that logic, reading the input `x`.
fn model(logic: &str) -> String {
    format!(
        r##"<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="m" namespace="urn:m">
  <inputData id="x" name="x"><variable name="x" typeRef="number"/></inputData>
  <businessKnowledgeModel id="f" name="f"><encapsulatedLogic>
    <knowledgeRequirement><requiredKnowledge href="#f"/></knowledgeRequirement>
    <formalParameter name="n" typeRef="number"/><literalExpression><text>f(n + 1)</text></literalExpression>
  </encapsulatedLogic></businessKnowledgeModel>
  <decision id="d" name="d"><variable name="d" typeRef="boolean"/>
    <informationRequirement><requiredInput href="#x"/></informationRequirement>
    <knowledgeRequirement><requiredKnowledge href="#f"/></knowledgeRequirement>
    {logic}
  </decision>
</definitions>"##
    )
}

fn literal(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    model(&format!("<literalExpression><text>{text}</text></literalExpression>"))
}

/// Reads, publishes and evaluates whatever can be.
fn run(xml: &str) -> Vec<&'static str> {
    let mut codes = match RuleSet::publish(xml) {
        Ok(rules) => {
            let verdicts = rules.decide(&[("x", Value::from(1i64))]);
            assert!(!verdicts.is_empty());
            Vec::new()
        }
        Err(diagnostics) => diagnostics.iter().map(|d| d.code).collect(),
    };
    if let Ok(model) = parse(xml) {
        let input: Context = [("x", Value::from(1i64))].into_iter().collect();
        let names: Vec<String> = model.decisions().map(str::to_owned).collect();
        names.iter().for_each(|n| drop(model.evaluate(n, &input)));
    }
    codes.dedup();
    codes
}

#[test]
fn what_nests_too_deep_or_grows_too_large_is_refused_by_name() {
    let cases = [
        (format!("{}x{}", "(".repeat(50_000), ")".repeat(50_000)), "too_deep"),
        (format!("{}x{}", "[".repeat(50_000), "]".repeat(50_000)), "too_deep"),
        (format!("{}x", "-".repeat(50_000)), "too_deep"),
        (vec!["x"; 20_000].join(" + "), "too_deep"),
        (vec!["true"; 20_000].join(" and "), "too_deep"),
        ("if x then ".repeat(5_000), "too_deep"),
        ("x in (".repeat(5_000), "too_deep"),
        (format!("x instance of {}", "context<a: ".repeat(5_000)), "too_deep"),
        (format!("x instance of {}", "list<".repeat(5_000)), "too_deep"),
        (format!("\"{}\" = \"\"", "长".repeat(100_000)), "too_long"),
        ("x".repeat(300_000), "too_long"),
        ("{a: 1, a: 2}".to_owned(), "duplicate_name"),
        ("@\"2026-02-30\" = x".to_owned(), "literal"),
        ("x > ".to_owned(), "syntax"),
        ("today() = x".to_owned(), "clock"),
        ("now() = x".to_owned(), "clock"),
        ("(function(a) external {java: {class: \"X\"}})(x)".to_owned(), "external_function"),
        ("x = null".to_owned(), "null"),
        ("y > 1".to_owned(), "unknown_name"),
        ("x > \"1\"".to_owned(), "type"),
        ("x.year = 1".to_owned(), "type"),
        ("substring(x) = \"\"".to_owned(), "arguments"),
        ("is(value1: x)".to_owned(), "arguments"),
        ("date(\"nonsense\") = @\"2026-01-01\"".to_owned(), "literal"),
        ("duration(\"30D\") = duration(\"P1D\")".to_owned(), "literal"),
        ("matches(string(x), \"(\")".to_owned(), "literal"),
        ("x in [5..1]".to_owned(), "empty_range"),
    ];
    for (text, code) in cases {
        let shown: String = text.chars().take(40).collect();
        assert!(run(&literal(&text)).contains(&code), "{shown}: {:?}", run(&literal(&text)));
    }
}

#[test]
fn endless_work_ends_as_unknown() {
    let cases = [
        "f(x) > 1",
        "count(for i in 1..1000000000 return i) > 1",
        "some i in 1..100000, j in 1..100000 satisfies i + j < 0",
        "count(for i in 1..100000 return partial) > 1",
        "{a: \"xxxxxxxxxxxxxxxx\", b: a+a+a+a+a+a+a+a, c: b+b+b+b+b+b+b+b, d: c+c+c+c+c+c+c+c, e: d+d+d+d+d+d+d+d, f1: e+e+e+e+e+e+e+e, g: f1+f1+f1+f1+f1+f1+f1+f1, h: g+g+g+g+g+g+g+g}.h = \"\"",
        "10 ** 6144 * 10 ** 6144 > x",
        "x / 0 > 1",
        "@\"10:00:00\".timezone != \"Asia/Shanghai\"",
        "get value({a: x}, \"b\") != 1",
        "count([{a: 1}, {b: 1}].a) = 2",
        "[1, 2, 3][x + 5] != 1",
        "(if date(string(x)) = @\"2026-01-01\" then 1 else 2) = 2",
        "date(999999999, 12, 31) + duration(\"P1D\") > date(1, 1, 1)",
    ];
    for text in cases {
        let rules = RuleSet::publish(&literal(text)).unwrap_or_else(|d| panic!("{text}: {d:?}"));
        let verdict = &rules.decide(&[("x", Value::from(1i64))])[0];
        assert!(matches!(verdict.truth, rules::Truth::Unknown { .. }), "{text}: {verdict:?}");
    }
}

#[test]
fn models_that_refer_wrongly_are_refused() {
    let circle = r##"<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="m" namespace="urn:m">
      <decision id="a" name="a"><variable name="a" typeRef="boolean"/><informationRequirement><requiredDecision href="#b"/></informationRequirement><literalExpression><text>b</text></literalExpression></decision>
      <decision id="b" name="b"><variable name="b" typeRef="boolean"/><informationRequirement><requiredDecision href="#a"/></informationRequirement><literalExpression><text>a</text></literalExpression></decision>
    </definitions>"##;
    assert!(run(circle).contains(&"circle"));
    assert!(run(&MODEL.replace("href=\"#i3\"", "href=\"#i99\"")).contains(&"missing_requirement"));
    assert!(run(&MODEL.replace("typeRef=\"tLicence\"", "typeRef=\"tLicense\"")).contains(&"unknown_type"));
    assert!(run(&MODEL.replace("name=\"体检合格\"", "name=\"出生日期\"")).contains(&"duplicate_name"));
    assert!(run(&MODEL.replace("\"revoked\"</text>", "\"revoked\", </text>")).contains(&"syntax"));
    assert!(run(&MODEL.replace("许可证状态 != \"under_review\"", "许可证状态 != \"underreview\"")).contains(&"type"));
    assert!(run(&MODEL.replace("id=\"c02\"", "id=\"c01\"")).contains(&"duplicate_id"));
    assert!(run(&MODEL.replace("20191111", "20151101")).contains(&"namespace"));
}

#[test]
fn a_model_that_imports_what_is_not_there_is_refused() {
    let import =
        "<import name=\"m2\" namespace=\"urn:elsewhere\" importType=\"https://www.omg.org/spec/DMN/20230324/MODEL/\"/>";
    let reads = literal("x > 1").replace("<inputData", &format!("{import}<inputData")).replacen(
        "href=\"#x\"",
        "href=\"urn:elsewhere#y\"",
        1,
    );
    let found = run(&reads);
    assert!(found.contains(&"missing_requirement"), "{found:?}");
    let idle = literal("x > 1").replace("<inputData", &format!("{import}<inputData"));
    drop(run(&idle));
}

/// Inputs of any name and type, and one condition over them.
fn named(inputs: &[(&str, &str)], text: &str) -> String {
    let (mut declared, mut required) = (String::new(), String::new());
    for (i, (name, of)) in inputs.iter().enumerate() {
        declared +=
            &format!("<inputData id=\"i{i}\" name=\"{name}\"><variable name=\"{name}\" typeRef=\"{of}\"/></inputData>");
        required += &format!("<informationRequirement><requiredInput href=\"#i{i}\"/></informationRequirement>");
    }
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!(
        "<definitions xmlns=\"https://www.omg.org/spec/DMN/20230324/MODEL/\" name=\"m\" namespace=\"urn:m\">{declared}\
         <decision id=\"d\" name=\"d\"><variable name=\"d\" typeRef=\"boolean\"/>{required}\
         <literalExpression><text>{text}</text></literalExpression></decision></definitions>"
    )
}

#[test]
fn names_with_spaces_and_operators_are_names() {
    let inputs = [("收入 - 支出", "number"), ("甲/乙 类", "string"), ("学分+1", "number"), ("是 或 否", "boolean")];
    let xml = named(&inputs, "收入 - 支出 > 1 and 甲/乙 类 = \"甲\" and 学分+1 - 1 >= 2 and not(是 或 否)");
    let rules = RuleSet::publish(&xml).unwrap_or_else(|d| panic!("{d:?}"));
    let given = |credits: i64| {
        [
            ("收入 - 支出", Value::from(2i64)),
            ("甲/乙 类", Value::from("甲")),
            ("学分+1", Value::from(credits)),
            ("是 或 否", Value::from(false)),
        ]
    };
    assert!(rules.decide(&given(3))[0].truth.is_met());
    assert!(!rules.decide(&given(2))[0].truth.is_met(), "the sign belongs to the name, and what follows it does not");
}

#[test]
fn the_ends_of_the_calendar_are_days_like_others() {
    let day = |text: &str| Value::Date(rules::Date::parse(text).unwrap_or_else(|| panic!("{text}")));
    let table = [
        ("起 < 止", "0001-01-01", "9999-12-31", "met"),
        ("起 - duration(\"P1D\") < 起", "0001-01-01", "9999-12-31", "met"),
        ("止 + duration(\"P1D\") > 止", "0001-01-01", "9999-12-31", "met"),
        ("years and months duration(起, 止).years = 9998", "0001-01-01", "9999-12-31", "met"),
        ("起 + duration(\"P1Y\") = 止", "2024-02-29", "2025-02-28", "met"),
        ("起 + duration(\"P4Y\") = 止", "2024-02-29", "2028-02-29", "met"),
        ("止 - duration(\"P1D\") = 起", "2024-02-29", "2024-03-01", "met"),
        ("止 - duration(\"P1D\") = 起", "1900-02-28", "1900-03-01", "met"),
        ("年月.year = 9999", "0001-01-01", "9999-12-31", "unknown"),
    ];
    for (text, from, to, expected) in table {
        let inputs = [("起", "date"), ("止", "date"), ("年月", "date")];
        let rules = RuleSet::publish(&named(&inputs, text)).unwrap_or_else(|d| panic!("{text}: {d:?}"));
        let verdict = &rules.decide(&[("起", day(from)), ("止", day(to))])[0];
        let found = match &verdict.truth {
            rules::Truth::Met => "met",
            rules::Truth::NotMet => "not met",
            rules::Truth::Unknown { .. } => "unknown",
        };
        assert_eq!(found, expected, "{text} {from} {to}: {verdict:?}");
    }
}

#[test]
fn a_table_of_ten_thousand_rules_is_read_and_decided() {
    let rule = |i: u32| {
        format!(
            "<rule><inputEntry><text>{i}</text></inputEntry><outputEntry><text>{}</text></outputEntry></rule>",
            i.is_multiple_of(2)
        )
    };
    let rows: String = (0..10_000).map(rule).collect();
    let xml = model(&format!(
        "<decisionTable hitPolicy=\"UNIQUE\"><input><inputExpression><text>x</text></inputExpression></input><output/>{rows}</decisionTable>"
    ));
    let rules = RuleSet::publish(&xml).unwrap();
    assert!(rules.decide(&[("x", Value::from(9_998i64))])[0].truth.is_met());
    assert!(!rules.decide(&[("x", Value::from(9_999i64))])[0].truth.is_met());
}

/// A decision table over `x` of that many rules, each of that many columns.
fn rows(rules: usize, columns: usize) -> String {
    let column = "<input><inputExpression><text>x</text></inputExpression></input>".repeat(columns);
    let cells = "<inputEntry><text>-</text></inputEntry>".repeat(columns);
    let rule = format!("<rule>{cells}<outputEntry><text>true</text></outputEntry></rule>");
    model(&format!("<decisionTable>{column}<output/>{}</decisionTable>", rule.repeat(rules)))
}

#[test]
fn every_limit_has_a_name_and_says_what_it_is() {
    let bomb = "<!DOCTYPE a [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;\">]>";
    let elements: String = (0..20_001).map(|i| format!("<inputData id=\"e{i}\" name=\"e{i}\"/>")).collect();
    let boxes = format!(
        "{}<literalExpression><text>x = 1</text></literalExpression>{}",
        "<list>".repeat(40),
        "</list>".repeat(40)
    );
    let cases = [
        (literal(&format!("x > {}", "1 + ".repeat(262_144))), "too_long", "the limit is 262144"),
        (format!("{bomb}{}", literal("x > 1")), "xml", "not well-formed XML"),
        (literal("x > 1").replace("<text>", &format!("{bomb}<text>&c;")), "xml", "not well-formed XML"),
        (format!("{}{}", "<a>".repeat(5_000), "</a>".repeat(5_000)), "too_deep", "the limit is 80"),
        (literal("x > 1").replace("<text>", &format!("{}<text>", "<e>".repeat(100))), "too_deep", "the limit is 80"),
        (model(&boxes), "too_deep", "boxed expressions nest too deep"),
        (literal(&" ".repeat(17 * 1024 * 1024)), "too_large", "the limit is 16777216"),
        (
            literal("x > 1").replace("</definitions>", &format!("{elements}</definitions>")),
            "too_large",
            "the limit is 20000",
        ),
        (rows(10_000, 40), "too_large", "more than 400000 cells"),
        (model(&"<e/>".repeat(2_000_100)), "xml", "nodes limit"),
    ];
    for (xml, code, words) in cases {
        let told = match RuleSet::publish(&xml) {
            Err(diagnostics) => diagnostics,
            Ok(_) => panic!("a limit of {code} is not kept: {}", xml.chars().take(200).collect::<String>()),
        };
        let found = told.iter().find(|d| d.code == code).unwrap_or_else(|| panic!("{code} {words}: {told:?}"));
        assert!(found.message.contains(words), "{code} {words}: {found}");
    }
}

/// Pieces of FEEL, so that random texts come near to what is grammatical.
const PIECES: [&str; 64] = [
    "x",
    "f",
    "1",
    "2.5",
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
    "=",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    " and ",
    " or ",
    "not",
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
    "date",
    "(\"2024-02-29\")",
    "duration",
    "(\"P1Y\")",
    "@\"PT1H\"",
    "null",
    "true",
    "function(",
    "item",
    "?",
    "partial",
    "a",
    "string",
    "count",
    "sort",
    "min",
    "concatenate",
    "实习 月数",
    "（",
    "//",
    "/*",
    "range",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 400 } else { 4000 }))]

    #[test]
    fn near_feel_never_panics(pieces in proptest::collection::vec(0usize..64, 0..24)) {
        let text: String = pieces.into_iter().map(|i| PIECES[i]).collect();
        run(&literal(&text));
    }

    #[test]
    fn any_text_never_panics(text in ".{0,80}") {
        run(&literal(&text));
        run(&text);
    }

    #[test]
    fn a_broken_model_never_panics(at in 0usize..9000, with in proptest::collection::vec(any::<u8>(), 0..6), cut in 0usize..40) {
        let mut bytes = MODEL.as_bytes().to_vec();
        let at = at.min(bytes.len());
        let end = (at + cut).min(bytes.len());
        bytes.splice(at..end, with);
        run(&String::from_utf8_lossy(&bytes));
    }
}

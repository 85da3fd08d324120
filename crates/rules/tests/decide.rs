//! The decide profile: verdicts on every condition, and never "met" on what is missing, mistyped or wrong.

use rules::{Date, Number, RuleSet, Truth, Value};

const MODEL: &str = r##"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" name="m" namespace="urn:m">
  <inputData id="i1" name="实习 月数"><variable name="实习 月数" typeRef="number"/></inputData>
  <inputData id="i2" name="出生日期"><variable name="出生日期" typeRef="date"/></inputData>
  <inputData id="i3" name="申请日期"><variable name="申请日期" typeRef="date"/></inputData>
  <inputData id="i4" name="已豁免"><variable name="已豁免" typeRef="boolean"/></inputData>
  <decision id="p1" name="应满月数"><variable name="应满月数" typeRef="number"/>
    <informationRequirement><requiredInput href="#i4"/></informationRequirement>
    <decisionTable hitPolicy="UNIQUE">
      <input><inputExpression><text>已豁免</text></inputExpression></input><output/>
      <rule id="r1"><inputEntry><text>true</text></inputEntry><outputEntry><text>0</text></outputEntry></rule>
      <rule id="r2"><inputEntry><text>false</text></inputEntry><outputEntry><text>8</text></outputEntry></rule>
    </decisionTable>
  </decision>
  <decision id="c1" name="实习期满"><variable name="实习期满" typeRef="boolean"/>
    <informationRequirement><requiredInput href="#i1"/></informationRequirement>
    <informationRequirement><requiredDecision href="#p1"/></informationRequirement>
    <literalExpression><text>实习 月数 &gt;= 应满月数</text></literalExpression>
  </decision>
  <decision id="c2" name="成年"><variable name="成年" typeRef="boolean"/>
    <informationRequirement><requiredInput href="#i2"/></informationRequirement>
    <informationRequirement><requiredInput href="#i3"/></informationRequirement>
    <literalExpression><text>出生日期 + duration("P18Y") &lt;= 申请日期</text></literalExpression>
  </decision>
  <decision id="c3" name="豁免或足月"><variable name="豁免或足月" typeRef="boolean"/>
    <informationRequirement><requiredInput href="#i1"/></informationRequirement>
    <informationRequirement><requiredInput href="#i4"/></informationRequirement>
    <literalExpression><text>已豁免 or 实习 月数 / (实习 月数 - 1) &gt; 1</text></literalExpression>
  </decision>
</definitions>"##;

fn day(text: &str) -> Value {
    Date::parse(text).map_or(Value::Null, Value::Date)
}

fn months(n: i64) -> Value {
    Value::Number(Number::from(n))
}

fn truths(rules: &RuleSet, input: &[(&str, Value)]) -> Vec<&'static str> {
    let word = |v: rules::Verdict<'_>| match v.truth {
        Truth::Met => "met",
        Truth::NotMet => "not met",
        Truth::Unknown { .. } => "unknown",
    };
    rules.decide(input).into_iter().map(word).collect()
}

#[test]
fn every_condition_is_reported_with_what_it_read_and_which_rules_matched() {
    let rules = RuleSet::publish(MODEL).unwrap();
    assert_eq!(rules.hash().len(), 64);
    assert_eq!(rules.conditions().iter().map(|c| c.id.as_str()).collect::<Vec<_>>(), ["c1", "c2", "c3"]);
    let input = [
        ("实习 月数", months(8)),
        ("出生日期", day("2008-02-29")),
        ("申请日期", day("2026-02-28")),
        ("已豁免", Value::from(false)),
    ];
    let verdicts = rules.decide(&input);
    assert_eq!(truths(&rules, &input), ["met", "met", "met"]);
    insta::assert_json_snapshot!(verdicts[0], @r#"
    {
      "id": "c1",
      "name": "实习期满",
      "truth": "met",
      "read": [
        {
          "input": "实习 月数",
          "value": 8
        },
        {
          "input": "已豁免",
          "value": false
        }
      ],
      "trace": [
        {
          "id": "p1",
          "decision": "应满月数",
          "value": 8,
          "matched": [
            "r2"
          ]
        },
        {
          "id": "c1",
          "decision": "实习期满",
          "value": true
        }
      ]
    }
    "#);
    let record = rules::Record::new(rules.hash(), verdicts);
    assert_eq!(record.to_bytes(), rules::Record::new(rules.hash(), rules.decide(&input)).to_bytes());
    let back = rules::Record::from_bytes(&record.to_bytes()).unwrap();
    assert_eq!(back.to_bytes(), record.to_bytes());
}

#[test]
fn what_is_missing_or_wrong_is_unknown_even_behind_a_true_or() {
    let rules = RuleSet::publish(MODEL).unwrap();
    let all = |months: Value, exempt: Value| {
        [("实习 月数", months), ("出生日期", day("2000-01-01")), ("申请日期", day("2026-02-28")), ("已豁免", exempt)]
    };
    let cases = [
        (all(months(7), Value::from(false)), ["not met", "met", "met"]),
        (all(Value::Null, Value::from(true)), ["unknown", "met", "unknown"]),
        (all(Value::from("8"), Value::from(true)), ["unknown", "met", "unknown"]),
        (all(months(8), Value::Null), ["unknown", "met", "unknown"]),
        // Division by zero: known inputs, but nothing to say; with the exemption it is never reached.
        (all(months(1), Value::from(false)), ["not met", "met", "unknown"]),
        (all(months(1), Value::from(true)), ["met", "met", "met"]),
    ];
    for (input, expected) in cases {
        assert_eq!(truths(&rules, &input), expected, "{input:?}");
    }
    assert_eq!(truths(&rules, &[]), ["unknown"; 3]);
}

#[test]
fn a_slip_is_told_with_what_was_read_what_was_expected_and_what_to_write() {
    let cases = [
        ("已豁免 && true", "found `&`, expected an operator or the end of the expression [syntax]; write `and`"),
        ("实习 月数 ≥ 8", "found `≥`, expected an operator or the end of the expression [syntax]; write `>=`"),
        ("实习 月数 == 8", "found `=`, expected an expression [syntax]; write `=`"),
        (
            "实习 月数 = 足",
            "unknown name `足` [unknown_name]; draw a requirement to the input or decision that it names; a text stands in \
             quotes: \"足\"",
        ),
        ("实习 月数 in [8..3]", "the range [8..3] holds nothing [empty_range]; write the lower end first"),
        (
            "date(\"2026-13-01\") = date(\"2026-01-01\")",
            "`date(\"2026-13-01\")` has no result [literal]; write a day that exists, like date(\"2026-02-28\")",
        ),
        (
            "years and months duration(date(\"2026-01-01\")).years > 实习 月数",
            "`years and months duration` is called with 1 arguments, expected (from, to) [arguments]; give it the arguments \
             it declares",
        ),
        (
            "substring(string: \"a\", start: 1) = \"a\"",
            "`substring` is called with (string, start), expected (string, start position, [length]) [arguments]; give it \
             the arguments it declares, each by its name",
        ),
    ];
    for (text, expected) in cases {
        let text = text.replace('&', "&amp;");
        let broken = MODEL.replace("已豁免 or 实习 月数 / (实习 月数 - 1) &gt; 1", &text);
        let told: Vec<String> = RuleSet::publish(&broken).unwrap_err().iter().map(ToString::to_string).collect();
        let told = told.join("\n");
        assert!(told.starts_with("28:") && told.ends_with(&format!("豁免或足月: {expected}")), "{text}: {told}");
    }
}

#[test]
fn everything_to_mend_is_told_at_once() {
    let broken = MODEL
        .replace(r#"<variable name="出生日期" typeRef="date"/>"#, r#"<variable name="出生日期"/>"#)
        .replace("出生日期 + duration(\"P18Y\") &lt;= 申请日期", "出生日期 + duration(\"P18Y\") &lt;= today()")
        .replace("实习 月数 &gt;= 应满月数", "实习月数 &gt;= 应满月数")
        .replace("已豁免 or 实习 月数", "已豁免 or （实习 月数");
    let told: Vec<String> = RuleSet::publish(&broken).unwrap_err().iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    4:3: 出生日期: the input `出生日期` has no complete type (found Any) [untyped_input]; give its variable a typeRef
    18:30: 实习期满: unknown name `实习月数` [unknown_name]; did you mean `实习 月数`? A name is only known where the decision requires it
    23:60: 成年: `today()` is refused: a decision must replay on any day [clock]; make the day of the application an input
    28:37: 豁免或足月: found `（`, expected an expression [syntax]; write `(` instead of the full-width sign
    ");
}

//! FEEL by examples: one expression a line, and what it gives (as JSON; null where the standard says null).

use rules::{Context, Model, Value, parse};
use serde_json::{Value as Json, json};

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn model(version: &str, expression: &str) -> Result<Model, String> {
    let xml = format!(
        r##"<definitions xmlns="https://www.omg.org/spec/DMN/{version}/MODEL/" name="m" namespace="urn:m">
  <itemDefinition name="人员"><itemComponent name="姓名"><typeRef>string</typeRef></itemComponent>
    <itemComponent name="执业 年限"><typeRef>number</typeRef></itemComponent></itemDefinition>
  <itemDefinition name="名单" isCollection="true"><typeRef>人员</typeRef></itemDefinition>
  <inputData id="i1" name="实习 月数"><variable name="实习 月数" typeRef="number"/></inputData>
  <inputData id="i2" name="在册"><variable name="在册" typeRef="名单"/></inputData>
  <inputData id="i3" name="a-b"><variable name="a-b" typeRef="number"/></inputData>
  <decision id="d" name="d"><variable name="d"/>
    <informationRequirement><requiredInput href="#i1"/></informationRequirement>
    <informationRequirement><requiredInput href="#i2"/></informationRequirement>
    <informationRequirement><requiredInput href="#i3"/></informationRequirement>
    <literalExpression><text>{}</text></literalExpression>
  </decision>
</definitions>"##,
        escaped(expression)
    );
    parse(&xml).map_err(|d| format!("{d:?}"))
}

fn give(expression: &str) -> Result<Json, String> {
    let person =
        |name: &str, years: i64| Value::context([("姓名", Value::from(name)), ("执业 年限", Value::from(years))]);
    let input: Context = [
        ("实习 月数", Value::from(8i64)),
        ("在册", Value::list(vec![person("韦明月", 6), person("黄春生", 2)])),
        ("a-b", Value::from(5i64)),
    ]
    .into_iter()
    .collect();
    Ok(model("20230324", expression)?.evaluate("d", &input).value.to_json())
}

#[test]
fn expressions_give_what_the_standard_says() {
    let cases = [
        ("0.1 + 0.2 = 0.3", json!(true)),
        ("1 / 3 * 3", json!("0.9999999999999999999999999999999999")),
        ("10 - 2 ** 3", json!(2)),
        ("-2 ** 2", json!(4)),
        ("1 / 0", Json::Null),
        ("实习  月数 + 1", json!(9)),
        ("a-b - 1", json!(4)),
        ("在册[执业 年限 > 3].姓名", json!(["韦明月"])),
        ("在册[1].执业 年限", json!(6)),
        ("在册[-1].姓名", json!("黄春生")),
        ("在册[3]", Json::Null),
        ("count(在册)", json!(2)),
        ("some p in 在册 satisfies p.执业 年限 < 3", json!(true)),
        ("every p in 在册 satisfies p.执业 年限 < 3", json!(false)),
        ("for p in 在册, n in 1..2 return p.执业 年限 * n", json!([6, 12, 2, 4])),
        ("for i in 1..4 return if i = 1 then 1 else partial[-1] * i", json!([1, 2, 6, 24])),
        ("for i in 3..1 return i", json!([3, 2, 1])),
        ("{a b: 2, c: a b * 3}.c", json!(6)),
        ("{f: function(x, y) x - y, r: f(y: 1, x: 5)}.r", json!(4)),
        ("sort([3, 1, 2], function(x, y) x < y)", json!([1, 2, 3])),
        ("null and false", json!(false)),
        ("null or false", Json::Null),
        ("\"1\" = 1", Json::Null),
        ("null = 1", json!(false)),
        ("5 in (< 3, [4..6))", json!(true)),
        ("6 in [4..6[", json!(false)),
        ("5 between 1 and 5", json!(true)),
        ("date(\"2008-02-29\") + duration(\"P18Y\")", json!("2026-02-28")),
        ("@\"2026-01-31\" + @\"P1M\"", json!("2026-02-28")),
        ("@\"2024-03-01\" - @\"2024-02-28\"", json!("P2D")),
        ("date(\"2026-02-29\")", Json::Null),
        ("@\"2026-11-23T21:40:00@Asia/Shanghai\" = @\"2026-11-23T13:40:00Z\"", json!(true)),
        ("years and months duration(@\"2008-02-29\", @\"2026-02-28\")", json!("P17Y11M")),
        ("(@\"P1Y6M\").months", json!(6)),
        ("@\"2026-11-23\".weekday", json!(1)),
        ("[1, \"a\", null] instance of list<number>", json!(false)),
        ("substring(\"执业药师\", 3)", json!("药师")),
        ("string length(\"\\U01F600药\")", json!(2)),
        ("replace(\"2026-11\", \"(\\d+)-(\\d+)\", \"$2/$1\")", json!("11/2026")),
        ("decimal(2.345, 2)", json!(2.34)),
        ("round half up(2.345, 2)", json!(2.35)),
        ("string([1.50, \"a\", @\"P1D\"])", json!("[1.5, \"a\", P1D]")),
        ("[1, 2] = [1, 2.0]", json!(true)),
        ("不存在 + 1", Json::Null),
        ("1 // a note\n + /* and */ 1", json!(2)),
    ];
    for (expression, expected) in cases {
        assert_eq!(give(expression).unwrap(), expected, "{expression}");
    }
}

#[test]
fn the_three_versions_are_read_and_older_ones_refused() {
    for version in ["20191111", "20211108", "20230324"] {
        assert!(model(version, "1").is_ok(), "{version}");
    }
    assert!(model("20180521", "1").is_err());
}

#[test]
fn the_command_line_gets_result_and_trace() {
    let model = model("20230324", "if 实习 月数 >= 8 then \"足\" else today()").unwrap();
    let one = rules::evaluate(&model, Some("d"), &json!({"实习 月数": 8}), None).unwrap();
    assert_eq!(one, json!({"result": "足", "trace": [{"decision": "d", "value": "足"}]}));
    let all = rules::evaluate(&model, None, &json!({"实习 月数": 7}), None).unwrap();
    assert_eq!(all["result"], json!({"d": null}));
    let fault = all["trace"][0]["fault"].as_str().unwrap();
    assert!(fault.ends_with("`today` has no result for these arguments"), "{fault}");
    let wrong = rules::evaluate(&model, None, &json!({"实习 月数": "many"}), None).unwrap_err();
    assert_eq!(wrong, "input `实习 月数`: expected number, found \"many\"");
}

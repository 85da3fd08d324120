//! Reading, writing back, and what cannot be shown.

use proptest::prelude::*;

use super::{Comparison, NewDecision, Operand, Refusal, Row, Sentence, Shown, add, read, remove, write};
use crate::dice::{Dice, escaped};
use crate::model::parse;
use crate::value::{Context, Date, Number, Type, Value};

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- 一个条件 & 一个决策 -->\n\
<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\" name=\"m\" namespace=\"urn:m\">\n";

/// A model of one decision `c` over every kind of input, whose logic is put in as it stands.
fn model(logic: &str) -> String {
    let inputs =
        [("学分", "number"), ("申请 日期", "date"), ("期至", "date"), ("状态", "string"), ("已确认", "boolean")];
    let declared: String = inputs
        .iter()
        .enumerate()
        .map(|(i, (name, of))| {
            format!(
                "  <inputData id=\"i{i}\" name=\"{name}\"><variable name=\"{name}\" typeRef=\"{of}\"/></inputData>\n"
            )
        })
        .collect();
    let required: String = (0..inputs.len())
        .map(|i| format!("    <informationRequirement><requiredInput href=\"#i{i}\"/></informationRequirement>\n"))
        .collect();
    format!(
        "{HEAD}{declared}  <inputData id=\"x\" name=\"别的\"><variable name=\"别的\" typeRef=\"number\"/></inputData>\n\
         <decision id=\"c\" name=\"条件\">\n    <description>学分 &gt;= 1</description>\n    <variable name=\"条件\" \
         typeRef=\"boolean\"/>\n{required}{logic}\n  </decision>\n</definitions>\n"
    )
}

fn literal(text: &str) -> String {
    model(&format!("    <literalExpression>\n      <text>{}</text></literalExpression>", escaped(text)))
}

fn shown(xml: &str) -> Shown {
    let all = read(xml).unwrap_or_else(|d| panic!("{d:?}\n{xml}"));
    all.into_iter().find(|s: &Sentence| s.id == "c").map(|s| s.shown).unwrap()
}

fn rows(xml: &str) -> Vec<Row> {
    match shown(xml) {
        Shown::Rows { rows } => rows,
        other => panic!("{other:?}\n{xml}"),
    }
}

fn told(row: &Row) -> String {
    let value = match &row.value {
        Operand::Nothing => String::new(),
        Operand::Constant { value } => value.to_json().to_string(),
        Operand::Fact { name } => name.clone(),
        Operand::Moved { name, less, by } => format!("{name} {} {}", if *less { "-" } else { "+" }, by.to_json()),
        Operand::List { values } => Value::list(values.clone()).to_json().to_string(),
        Operand::Range { low, low_closed, high, high_closed } => {
            format!("{} {low_closed} {} {high_closed}", low.to_json(), high.to_json())
        }
    };
    format!("{} {} {:?} {value}", row.group, row.fact, row.comparison).trim_end().to_owned()
}

fn number(text: &str) -> Value {
    Value::Number(Number::parse(text).unwrap())
}

#[test]
fn expressions_are_shown_as_rows() {
    let cases: [(&str, &[&str]); 12] = [
        ("已确认", &["0 已确认 Yes"]),
        ("not( 已确认 )", &["0 已确认 No"]),
        ("状态 = \"valid\" and 期至 >= 申请  日期", &["0 状态 Equal \"valid\"", "1 期至 GreaterOrEqual 申请 日期"]),
        ("申请 日期 <= 期至 - duration(\"P30D\")", &["0 申请 日期 LessOrEqual 期至 - \"P30D\""]),
        ("not(状态 in (\"a\", \"b\"))", &["0 状态 NotIn [\"a\",\"b\"]"]),
        ("学分 in [1..5)", &["0 学分 In 1 true 5 false"]),
        ("学分 between 1 and 5", &["0 学分 In 1 true 5 true"]),
        ("45 <= 学分", &["0 学分 GreaterOrEqual 45"]),
        ("(已确认 or 学分 > 3) and (状态 = \"x\")", &["0 已确认 Yes", "0 学分 Greater 3", "1 状态 Equal \"x\""]),
        ("已确认 or 状态 != \"and (\"", &["0 已确认 Yes", "0 状态 NotEqual \"and (\""]),
        ("((已确认))", &["0 已确认 Yes"]),
        ("学分 > -2.50", &["0 学分 Greater -2.5"]),
    ];
    for (text, expected) in cases {
        let told: Vec<String> = rows(&literal(text)).iter().map(told).collect();
        assert_eq!(told, expected, "{text}");
    }
}

#[test]
fn what_cannot_be_shown_says_so_with_its_place() {
    let cases = [
        ("学分 * 2 > 3", "this is no fact by its name"),
        ("years and months duration(期至, 申请 日期).years >= 18", "this is no fact by its name"),
        ("已确认 and (学分 > 1 or 学分 < 0 and 已确认)", "this is no comparison of a fact with a value"),
        ("if 已确认 then true else false", "this is no comparison of a fact with a value"),
        ("学分 > 1 // 一", "the expression bears a comment that this table would lose"),
        ("学分 in (< 3, 5)", "this is no list of values"),
        ("学分 > 1 + 学分 * 2", "this value is computed in a way that the table does not show"),
        ("not(学分 > 3)", "`not` of this is no comparison of a fact with a value"),
    ];
    for (text, expected) in cases {
        let Shown::Not { line, reason, .. } = shown(&literal(text)) else { panic!("{text} is shown") };
        assert_eq!((reason.as_str(), line > 10), (expected, true), "{text}");
    }
    let boxed = model(
        "<conditional><if><literalExpression><text>已确认</text></literalExpression></if><then><literalExpression><text>true</text></literalExpression></then><else><literalExpression><text>false</text></literalExpression></else></conditional>",
    );
    assert!(matches!(shown(&boxed), Shown::Not { .. }));
    let hidden = literal("状态 = \"a\"").replace("\"a\"", "&#34;a&#34;");
    assert!(matches!(shown(&hidden), Shown::Not { .. }), "{hidden}");
}

#[test]
fn a_threshold_is_changed_and_nothing_else() {
    let xml = literal("状态  in (\"a\",\"b\")   and 学分>=45");
    let mut wanted = rows(&xml);
    wanted[1].value = Operand::Constant { value: number("60.5") };
    let changed = write(&xml, "c", &Shown::Rows { rows: wanted.clone() }).unwrap();
    assert_eq!(changed, xml.replace("学分&gt;=45", "学分&gt;=60.5"));
    let input = |credits: &str| -> Context {
        [("学分", number(credits)), ("状态", Value::from("a"))].into_iter().collect()
    };
    for (credits, met) in [("45", false), ("60.4", false), ("60.5", true)] {
        let found = parse(&changed).unwrap().evaluate("c", &input(credits));
        assert_eq!(found.value, Value::Boolean(met), "{credits}");
    }
    // The list keeps its fact and loses its old words only where it is changed.
    wanted[0].value = Operand::List { values: vec![Value::from("x < \"y\" & \\z")] };
    wanted[1].comparison = Comparison::Less;
    let changed = write(&xml, "c", &Shown::Rows { rows: wanted.clone() }).unwrap();
    let text = "状态  in (\"x &lt; \\\"y\\\" &amp; \\\\z\")   and 学分 &lt; 60.5";
    assert_eq!(changed, xml.replace("状态  in (\"a\",\"b\")   and 学分&gt;=45", text));
    assert_eq!(rows(&changed), wanted);
}

#[test]
fn rows_are_added_taken_away_and_regrouped() {
    let xml = literal("状态  = \"a\" and 学分>=45");
    let mut wanted = rows(&xml);
    let day = Value::Date(Date::parse("2026-03-05").unwrap());
    wanted.push(Row {
        group: 1,
        fact: "期至".into(),
        comparison: Comparison::Greater,
        value: Operand::Constant { value: day },
    });
    let changed = write(&xml, "条件", &Shown::Rows { rows: wanted.clone() }).unwrap();
    let text = "状态  = \"a\" and (学分&gt;=45 or 期至 &gt; date(\"2026-03-05\"))";
    assert_eq!(changed, xml.replace("状态  = \"a\" and 学分&gt;=45", text));
    wanted.remove(0);
    let again = write(&changed, "c", &Shown::Rows { rows: wanted.clone() }).unwrap();
    assert_eq!(again, xml.replace("状态  = \"a\" and 学分&gt;=45", "学分&gt;=45 or 期至 &gt; date(\"2026-03-05\")"));
    let section = model("<literalExpression><text><![CDATA[学分 >= 45 and 已确认]]></text></literalExpression>");
    let mut wanted = rows(&section);
    wanted[0].comparison = Comparison::LessOrEqual;
    let changed = write(&section, "c", &Shown::Rows { rows: wanted }).unwrap();
    assert_eq!(changed, section.replace("学分 >= 45", "学分 <= 45"));
}

#[test]
fn a_value_that_others_read_is_shown_and_changed() {
    let of_day = |xml: String| xml.replace("typeRef=\"boolean\"/>\n    <info", "typeRef=\"date\"/>\n    <info");
    let xml = of_day(literal("期至 - duration(\"P3M\")"));
    let moved = |months: i64| Operand::Moved { name: "期至".into(), less: true, by: Value::Months(months) };
    assert_eq!(shown(&xml), Shown::Value { value: moved(3) });
    assert_eq!(write(&xml, "c", &shown(&xml)).unwrap(), xml);
    let changed = write(&xml, "c", &Shown::Value { value: moved(18) }).unwrap();
    assert_eq!(changed, xml.replace("duration(\"P3M\")", "duration(\"P1Y6M\")"));
    assert_eq!(
        write(&xml, "c", &Shown::Value { value: Operand::Nothing }),
        Err(Refusal::Value { fact: String::new() })
    );
    let computed = of_day(literal("date(期至.year, 12, 31)"));
    assert!(matches!(shown(&computed), Shown::Not { .. }));
}

/// `最低 学分`, a fact that the model has no input for, at least so much; and the registration still valid.
fn two_rows() -> Vec<Row> {
    let row = |group, fact: &str, comparison, value| Row { group, fact: fact.to_owned(), comparison, value };
    vec![
        row(0, "学分", Comparison::GreaterOrEqual, Operand::Fact { name: "最低 学分 <甲>".into() }),
        row(1, "状态", Comparison::Equal, Operand::Constant { value: Value::from("valid") }),
    ]
}

#[test]
fn a_condition_is_added_and_taken_out_again() {
    let facts = [("最低 学分 <甲>".to_owned(), Type::Number)];
    let rows = two_rows();
    let new = NewDecision { id: "c2", name: "学分\"够\" & 有效", rows: &rows, facts: &facts };
    for prefix in ["", "dmn:"] {
        let xml = match prefix {
            "" => literal("已确认"),
            // The same file as other editors write it.
            p => literal("已确认")
                .replace("xmlns=", "xmlns:dmn=")
                .replace("</", &format!("</{p}"))
                .replace("<d", &format!("<{p}d"))
                .replace("<i", &format!("<{p}i"))
                .replace("<v", &format!("<{p}v"))
                .replace("<l", &format!("<{p}l"))
                .replace("<t", &format!("<{p}t"))
                .replace("<r", &format!("<{p}r")),
        };
        let with = add(&xml, &new).unwrap_or_else(|r| panic!("{r:?}\n{xml}"));
        let shown = read(&with).unwrap().into_iter().find(|s| s.id == "c2").unwrap();
        assert_eq!((shown.name.as_str(), shown.shown), (new.name, Shown::Rows { rows: rows.clone() }));
        let input = |credits: &str, least: &str| -> Context {
            [("学分", number(credits)), ("最低 学分 <甲>", number(least)), ("状态", Value::from("valid"))]
                .into_iter()
                .collect()
        };
        for (credits, least, met) in [("45", "45", true), ("44.9", "45", false)] {
            let found = parse(&with).unwrap().evaluate("c2", &input(credits, least));
            assert_eq!(found.value, Value::Boolean(met), "{credits} {least}\n{with}");
        }
        assert_eq!(remove(&with, "c2").unwrap(), xml, "nothing is left of it, the input that only it read included");
    }
}

#[test]
fn a_condition_takes_along_what_only_it_read_and_its_shape() {
    let step = "<decision id=\"p\" name=\"步骤\"><variable name=\"步骤\" typeRef=\"number\"/>\
        <informationRequirement><requiredInput href=\"#x\"/></informationRequirement>\
        <literalExpression><text>别的 + 1</text></literalExpression></decision>";
    let drawn = "<di:DMNDI xmlns:di=\"urn:di\"><di:DMNShape id=\"s1\" dmnElementRef=\"c\"/>\
        <di:DMNShape id=\"s2\" dmnElementRef=\"p\"/><di:DMNShape id=\"s3\" dmnElementRef=\"i0\"/></di:DMNDI>";
    let other = "<decision id=\"d\" name=\"另一个\"><variable name=\"另一个\" typeRef=\"boolean\"/>\
        <informationRequirement><requiredInput href=\"#i0\"/></informationRequirement>\
        <literalExpression><text>学分 &gt; 1</text></literalExpression></decision>";
    let requires = "<informationRequirement id=\"r\"><requiredDecision href=\"#p\"/></informationRequirement>";
    let xml = literal("学分 > 步骤")
        .replace("    <literal", &format!("    {requires}\n    <literal"))
        .replace("</definitions>", &format!("{step}\n{other}\n{drawn}\n</definitions>"));
    let without = remove(&xml, "条件").unwrap();
    let left: Vec<String> = read(&without).unwrap().into_iter().map(|s| s.id).collect();
    assert_eq!(left, ["d"], "{without}");
    assert!(
        !without.contains("别的") && !without.contains("步骤") && !without.contains("s1") && !without.contains("s2")
    );
    assert!(without.contains("id=\"i0\"") && without.contains("s3"), "what others read stays: {without}");
    let needed = remove(&xml, "p");
    assert_eq!(needed, Err(Refusal::Needed(vec!["条件".into()])));
    assert!(matches!(remove(&xml, "nobody"), Err(Refusal::NoDecision(_))));
}

#[test]
fn a_condition_that_cannot_be_added_is_refused() {
    let xml = literal("已确认");
    let facts = [("任何".to_owned(), Type::Any)];
    let row = |fact: &str, comparison, value| vec![Row { group: 0, fact: fact.to_owned(), comparison, value }];
    let yes = |fact: &str| row(fact, Comparison::Yes, Operand::Nothing);
    let one =
        |id: &'static str, name: &'static str, rows: &[Row]| add(&xml, &NewDecision { id, name, rows, facts: &facts });
    assert_eq!(one("c", "新的", &yes("已确认")), Err(Refusal::Taken("c".into())));
    for name in ["条件", "学分", "  ", "一\u{7}"] {
        assert!(matches!(one("c2", name, &yes("已确认")), Err(Refusal::Taken(_))), "{name}");
    }
    assert_eq!(one("c2", "新的", &[]), Err(Refusal::Empty));
    for fact in ["没有", "任何"] {
        assert_eq!(one("c2", "新的", &yes(fact)), Err(Refusal::NoFact(fact.into())), "no type, no input");
    }
    let wrong = row("学分", Comparison::In, Operand::Constant { value: number("1") });
    assert_eq!(one("c2", "新的", &wrong), Err(Refusal::Value { fact: "学分".into() }));
    assert!(matches!(
        add("<a", &NewDecision { id: "c2", name: "新的", rows: &yes("已确认"), facts: &[] }),
        Err(Refusal::Model(_))
    ));
}

#[test]
fn what_cannot_be_written_is_refused() {
    let xml = literal("学分 >= 45");
    let row = |fact: &str, comparison, value| vec![Row { group: 0, fact: fact.to_owned(), comparison, value }];
    let constant = |v: Value| Operand::Constant { value: v };
    let write = |rows: Vec<Row>| write(&xml, "c", &Shown::Rows { rows });
    assert_eq!(write(Vec::new()), Err(Refusal::Empty));
    let value = Refusal::Value { fact: "学分".into() };
    assert_eq!(write(row("学分", Comparison::Equal, constant(Value::Null))), Err(value.clone()));
    assert_eq!(write(row("学分", Comparison::In, constant(number("1")))), Err(value.clone()));
    assert_eq!(write(row("学分", Comparison::In, Operand::List { values: Vec::new() })), Err(value));
    // A fact that the decision does not require, and one that there is not.
    for fact in ["别的", "没有", "学分 or true"] {
        let refused = write(row(fact, Comparison::Equal, constant(number("1"))));
        assert!(matches!(refused, Err(Refusal::Otherwise(_))), "{fact}: {refused:?}");
    }
    let name = Operand::Fact { name: "学分 + 1 or true".into() };
    assert!(matches!(write(row("学分", Comparison::Equal, name)), Err(Refusal::Otherwise(_))));
    let table = Shown::Table { columns: Vec::new(), rules: Vec::new() };
    assert_eq!(super::write(&xml, "c", &table), Err(Refusal::Shape));
    assert!(matches!(super::write(&xml, "nobody", &table), Err(Refusal::NoDecision(_))));
    assert!(matches!(super::write("<a/>", "c", &table), Err(Refusal::Model(_))));
}

const TABLE: &str = "<decisionTable hitPolicy=\"UNIQUE\">
      <input><inputExpression typeRef=\"string\"><text>状态</text></inputExpression></input>
      <input><inputExpression typeRef=\"number\"><text>学分 + 1</text></inputExpression></input>
      <output typeRef=\"boolean\"/>
      <rule id=\"r1\"><inputEntry><text> \"a\", \"b\" </text></inputEntry><inputEntry><text>&lt; 5</text></inputEntry><outputEntry><text>true</text></outputEntry></rule>
      <rule id=\"r2\"><inputEntry><text>not(\"a\",\"b\")</text></inputEntry><inputEntry><text>-</text></inputEntry><outputEntry><text>false</text></outputEntry></rule>
      <rule><inputEntry><text>not(\"c\")</text></inputEntry><inputEntry><text>[5..9)</text></inputEntry><outputEntry><text>已确认</text></outputEntry></rule>
    </decisionTable>";

#[test]
fn tables_are_shown_and_changed_cell_by_cell() {
    let xml = model(TABLE);
    let Shown::Table { columns, mut rules } = shown(&xml) else { panic!("{:?}", shown(&xml)) };
    assert_eq!(columns, ["状态", "学分 + 1"]);
    let told = |row: &Option<Row>| row.as_ref().map_or("anything".to_owned(), told);
    let cells: Vec<Vec<String>> = rules.iter().map(|r| r.cells.iter().map(told).collect()).collect();
    assert_eq!(cells[0], ["0 状态 In [\"a\",\"b\"]", "0 学分 + 1 Less 5"]);
    assert_eq!(cells[1], ["0 状态 NotIn [\"a\",\"b\"]", "anything"]);
    assert_eq!(cells[2][0], "0 状态 NotEqual \"c\"");
    assert_eq!(rules[2].results, [Operand::Fact { name: "已确认".into() }]);
    let unchanged = Shown::Table { columns: columns.clone(), rules: rules.clone() };
    assert_eq!(write(&xml, "c", &unchanged).unwrap(), xml);
    rules[0].cells[1].as_mut().unwrap().value = Operand::Constant { value: number("6") };
    rules[1].cells[0] = None;
    rules[2].results[0] = Operand::Constant { value: Value::Boolean(true) };
    let wanted = Shown::Table { columns: columns.clone(), rules: rules.clone() };
    let changed = write(&xml, "c", &wanted).unwrap();
    let expected = xml
        .replace("&lt; 5", "&lt; 6")
        .replace("not(\"a\",\"b\")", "-")
        .replace("<text>已确认</text>", "<text>true</text>");
    assert_eq!(changed, expected);
    assert_eq!(shown(&changed), wanted);
    rules.pop();
    assert_eq!(write(&xml, "c", &Shown::Table { columns, rules }), Err(Refusal::Shape));
}

/// A drawn row that can be written.
fn drawn(dice: &mut Dice, group: u32) -> Row {
    let texts = ["a", "有 效", "x\"y", "<b>&", "\\d", "第\n二"];
    let n = |dice: &mut Dice| {
        Value::Number(
            Number::scaled(i64::try_from(dice.below(2000)).unwrap() - 1000, u8::try_from(dice.below(3)).unwrap())
                .unwrap(),
        )
    };
    let day = |dice: &mut Dice| Value::Date(Date::from_epoch_days(i64::try_from(dice.below(40_000)).unwrap()).unwrap());
    let ordered = [
        Comparison::Equal,
        Comparison::NotEqual,
        Comparison::Less,
        Comparison::LessOrEqual,
        Comparison::Greater,
        Comparison::GreaterOrEqual,
    ];
    let either = [Comparison::In, Comparison::NotIn][dice.below(2)];
    let (fact, comparison, value) = match dice.below(7) {
        0 => ("已确认", [Comparison::Yes, Comparison::No][dice.below(2)], Operand::Nothing),
        1 => ("学分", ordered[dice.below(6)], Operand::Constant { value: n(dice) }),
        2 => ("申请 日期", ordered[dice.below(6)], Operand::Fact { name: "期至".into() }),
        3 => {
            let by = [Value::Months(18), Value::Months(-1), Value::DaysTime(crate::value::DaysTime::from_secs(86_400))]
                [dice.below(3)]
            .clone();
            ("期至", ordered[dice.below(6)], Operand::Moved { name: "申请 日期".into(), less: dice.once_in(2), by })
        }
        4 => {
            let values = (0..1 + dice.below(3)).map(|_| Value::from(dice.of(&texts))).collect();
            ("状态", either, Operand::List { values })
        }
        5 => {
            let (low, low_closed, high_closed) = (day(dice), dice.once_in(2), dice.once_in(2));
            ("期至", either, Operand::Range { low, low_closed, high: day(dice), high_closed })
        }
        _ => ("状态", ordered[dice.below(2)], Operand::Constant { value: Value::from(dice.of(&texts)) }),
    };
    Row { group, fact: fact.to_owned(), comparison, value }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 200 } else { 3000 }))]

    #[test]
    fn what_is_written_reads_as_it_was_meant(seed in any::<u64>(), count in 1usize..6) {
        let mut dice = Dice(seed);
        let mut group = 0;
        let wanted: Vec<Row> = (0..count).map(|i| {
            group += u32::from(i > 0 && dice.once_in(2));
            drawn(&mut dice, group)
        }).collect();
        let xml = literal("学分 >= 45");
        let written = write(&xml, "c", &Shown::Rows { rows: wanted.clone() }).unwrap_or_else(|r| panic!("{r:?} {wanted:?}"));
        prop_assert_eq!(&rows(&written), &wanted);
        // Read and written unchanged, not a byte moves; one row changed, the others keep their words.
        prop_assert_eq!(&write(&written, "c", &Shown::Rows { rows: wanted.clone() }).unwrap(), &written);
        let at = dice.below(wanted.len());
        let mut other = wanted.clone();
        other[at] = drawn(&mut dice, wanted[at].group);
        let changed = write(&written, "c", &Shown::Rows { rows: other.clone() }).unwrap();
        prop_assert_eq!(&rows(&changed), &other);
        let outside = |text: &str| (text.split("<literalExpression>").next().unwrap().to_owned(), text.rsplit("</literalExpression>").next().unwrap().to_owned());
        prop_assert_eq!(outside(&changed), outside(&xml));
        prop_assert_eq!(&write(&changed, "c", &Shown::Rows { rows: wanted }).unwrap(), &written);
    }
}

//! Words that read as they were meant, texts of which nothing moves but what was changed, flaws that nobody publishes.

use std::sync::OnceLock;

use kernel::{Moment, Text};
use proptest::prelude::*;
use rules::sentence::{Comparison, Operand, Shown};
use rules::{DaysTime, Number, Type, Value};

use super::decide::{DraftState, Standing, Step, Waiver, hindrances};
use super::examine::{FoundKind, Report, examine};
use super::sheet::{sheet, typed_in};
use super::spoken::{COMPARISONS, Meaning, heard, heard_alone, said};
use super::texts::Texts;
use crate::catalog::{Built, Catalog, Entry, EntryKind, Files, VersionBy, entries, read_item};

const RENEW: &str = "fd-pharmacist-renew";

fn seed() -> &'static (Catalog, Vec<Entry>) {
    static SEED: OnceLock<(Catalog, Vec<Entry>)> = OnceLock::new();
    SEED.get_or_init(|| {
        let Built { catalog, findings } = Catalog::from_files(&Files::seed());
        assert!(findings.iter().all(|f| f.severity != crate::catalog::Severity::Error), "{findings:?}");
        let items = entries(&Files::seed()).0.into_iter().filter(|e| e.kind == EntryKind::Item).collect();
        (catalog, items)
    })
}

fn entry(id: &str) -> &'static Entry {
    seed().1.iter().find(|e| e.id == id).unwrap()
}

fn texts(id: &str) -> Texts {
    Texts::of(entry(id)).unwrap()
}

fn looked(texts: &Texts) -> Report {
    examine(&seed().0, &texts.within(entry(RENEW)), Moment::default()).0
}

fn number(text: &str) -> Value {
    Value::Number(Number::parse(text).unwrap())
}

fn date(text: &str) -> Value {
    Value::from_json(&serde_json::json!(text), &Type::Date).unwrap()
}

fn facts() -> Vec<(String, Type)> {
    [
        ("学分", Type::Number),
        ("申请日期", Type::Date),
        ("有效期至", Type::Date),
        ("状态", Type::String),
        ("已确认", Type::Boolean),
    ]
    .map(|(name, of)| (name.to_owned(), of))
    .to_vec()
}

#[test]
fn what_people_say_is_heard() {
    let facts = facts();
    let constant = |value| Operand::Constant { value };
    let days = Value::DaysTime(DaysTime::parse("P30D").unwrap());
    let moved = |by, less| Operand::Moved { name: "有效期至".into(), less, by };
    let table = [
        ("学分", Comparison::GreaterOrEqual, "45", constant(number("45"))),
        ("学分", Comparison::Less, " 0.50 ", constant(number("0.5"))),
        ("申请日期", Comparison::LessOrEqual, "有效期至 减 30天", moved(days.clone(), true)),
        ("申请日期", Comparison::LessOrEqual, "有效期至减30日", moved(days, true)),
        ("申请日期", Comparison::GreaterOrEqual, "有效期至 - 6个月", moved(Value::Months(6), true)),
        ("申请日期", Comparison::GreaterOrEqual, "有效期至 加 1年6个月", moved(Value::Months(18), false)),
        ("申请日期", Comparison::Equal, "有效期至", Operand::Fact { name: "有效期至".into() }),
        ("申请日期", Comparison::Equal, "2026-11-23", constant(date("2026-11-23"))),
        ("状态", Comparison::NotEqual, "valid", constant(Value::text("valid"))),
        (
            "状态",
            Comparison::In,
            "valid、expired",
            Operand::List { values: vec![Value::text("valid"), Value::text("expired")] },
        ),
        (
            "状态",
            Comparison::In,
            "valid，expired,",
            Operand::List { values: vec![Value::text("valid"), Value::text("expired")] },
        ),
        ("状态", Comparison::In, "[\"a、b\"]", Operand::List { values: vec![Value::text("a、b")] }),
        ("已确认", Comparison::Yes, "随便", Operand::Nothing),
        ("已确认", Comparison::Equal, "否", constant(Value::Boolean(false))),
        (
            "学分",
            Comparison::NotIn,
            "从 1 到 5（不含）",
            Operand::Range { low: number("1"), low_closed: true, high: number("5"), high_closed: false },
        ),
    ];
    for (fact, comparison, words, expected) in table {
        let heard = heard(words, comparison, &Meaning { facts: &facts, fact, before: None });
        assert_eq!(heard.as_ref(), Ok(&expected), "{words}");
    }
    for (fact, comparison, words) in [
        ("学分", Comparison::Equal, "四十五"),
        ("学分", Comparison::Equal, ""),
        ("申请日期", Comparison::Equal, "2026-02-29"),
        ("申请日期", Comparison::Equal, "有效期至 减 三十天"),
        ("状态", Comparison::In, "、"),
        ("学分", Comparison::In, "从 1 到 多"),
        ("已确认", Comparison::Equal, "也许"),
    ] {
        let heard = heard(words, comparison, &Meaning { facts: &facts, fact, before: None });
        assert!(heard.is_err(), "{words} is {heard:?}");
    }
}

fn any_value(of: u8) -> BoxedStrategy<Value> {
    match of {
        0 => (-100_000i64..100_000, 0u32..4)
            .prop_map(|(n, scale)| {
                let sign = if n < 0 { "-" } else { "" };
                let digits = format!("{:0>5}", n.abs());
                let (whole, part) = digits.split_at(digits.len() - scale as usize);
                number(&if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") })
            })
            .boxed(),
        1 => (1i64..9999, 1i64..13, 1i64..29).prop_map(|(y, m, d)| date(&format!("{y:04}-{m:02}-{d:02}"))).boxed(),
        _ => "[a-z有效、，,\\[从 ]{1,8}"
            .prop_filter("a text by itself", |t| !t.trim().is_empty())
            .prop_map(Value::text)
            .boxed(),
    }
}

fn any_span() -> BoxedStrategy<Value> {
    prop_oneof![
        (0i64..1000).prop_map(Value::Months),
        (0i64..4000).prop_map(|days| Value::DaysTime(DaysTime::parse(&format!("P{days}D")).unwrap())),
        (1i64..200).prop_map(|hours| Value::DaysTime(DaysTime::parse(&format!("PT{hours}H")).unwrap())),
    ]
    .boxed()
}

fn any_operand() -> impl Strategy<Value = (&'static str, Comparison, Operand)> {
    let named = |of: u8| ["学分", "申请日期", "状态"][usize::from(of.min(2))];
    (0u8..3, any::<(bool, bool, bool)>()).prop_flat_map(move |(of, (less, low_closed, high_closed))| {
        let fact = named(of);
        prop_oneof![
            any_value(of).prop_map(move |value| (fact, Comparison::Equal, Operand::Constant { value })),
            prop::collection::vec(any_value(of), 1..4).prop_map(move |values| (
                fact,
                Comparison::In,
                Operand::List { values }
            )),
            (any_value(of.min(1)), any_value(of.min(1))).prop_map(move |(low, high)| {
                let range = Operand::Range { low, low_closed, high, high_closed };
                (named(of.min(1)), Comparison::NotIn, range)
            }),
            any_span().prop_map(move |by| {
                ("申请日期", Comparison::Less, Operand::Moved { name: "有效期至".into(), less, by })
            }),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_said_is_heard_as_it_was_meant((fact, comparison, operand) in any_operand()) {
        let facts = facts();
        let meaning = Meaning { facts: &facts, fact, before: Some(&operand) };
        let heard = heard(&said(&operand), comparison, &meaning);
        let trimmed = matches!(&operand, Operand::Constant { value: Value::String(text) } if text.trim() != &**text);
        prop_assert!(heard.as_ref() == Ok(&operand) || trimmed, "{} was heard as {heard:?}", said(&operand));
    }
}

#[test]
fn a_value_by_itself_keeps_its_kind() {
    let facts = facts();
    let before = Operand::Constant { value: number("45") };
    assert_eq!(heard_alone("60", &facts, &before), Ok(Operand::Constant { value: number("60") }));
    assert!(heard_alone("六十", &facts, &before).is_err());
    assert_eq!(COMPARISONS.len(), 10);
}

#[test]
fn a_table_sent_as_it_was_shown_changes_no_byte_of_any_item() {
    for one in &seed().1 {
        let texts = Texts::of(one).unwrap();
        let mut typed = vec![("/cases".to_owned(), texts.cases.replace('\n', "\r\n"))];
        let table = sheet(&texts);
        assert!(!table.conditions.is_empty() && table.faults.is_empty(), "{}", one.id);
        for condition in &table.conditions {
            let at = |field: &str| format!("/condition/{}/{field}", condition.id);
            assert!(condition.logic.is_some(), "{} {}", one.id, condition.id);
            for (field, value) in [
                ("sentence_zh", &condition.sentence.zh),
                ("sentence_en", &condition.sentence.en),
                ("mend_zh", &condition.mend.zh),
                ("on_fail", &condition.on_fail),
                ("grade", &condition.grade),
                ("source", &condition.source),
                ("article", &condition.article),
            ] {
                typed.push((at(field), value.clone()));
            }
            if let Some(Shown::Rows { rows }) = condition.logic.as_ref().map(|logic| &logic.shown) {
                for (i, row) in rows.iter().enumerate() {
                    let at = format!("/decision/{}/row/{i}", condition.id);
                    typed.push((format!("{at}/comparison"), super::comparison_word(row.comparison).to_owned()));
                    typed.push((format!("{at}/value"), said(&row.value)));
                }
            }
        }
        assert_eq!(typed_in(&texts, &typed).unwrap(), texts, "{}", one.id);
        // The conditions as a text of their own read as the same conditions, wherever they then stand in the file.
        let again = texts.with_conditions(&texts.conditions()).unwrap();
        let read =
            |texts: &Texts| read_item(&texts.within(one)).0.map(|item| (item.conditions, item.materials, item.facts));
        assert_eq!(read(&again), read(&texts), "{}", one.id);
        assert!(read(&texts).is_some(), "{}", one.id);
    }
}

#[test]
fn a_threshold_an_article_and_a_consequence_are_changed_and_nothing_else() {
    let before = texts(RENEW);
    let typed =
        |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Vec<_>>();
    let after = typed_in(
        &before,
        &typed(&[
            ("/decision/c1/row/0/value", "注册有效期至 减 45天"),
            ("/decision/c9/row/0/comparison", "less_or_equal"),
            ("/decision/c9/row/0/value", "1"),
            ("/decision/p1/rule/1/result/0", "90"),
            ("/condition/c9/on_fail", "correct"),
            ("/condition/c2/article", "7"),
        ]),
    )
    .unwrap();
    let rules = before
        .rules
        .replace("duration(\"P30D\")", "duration(\"P45D\")")
        .replace("不予注册情形数 = 0", "不予注册情形数 &lt;= 1")
        .replace("<text>75</text>", "<text>90</text>");
    assert_eq!(after.rules, rules);
    let only = |text: &str, other: &str| -> Vec<String> {
        let mut left: Vec<&str> = other.lines().collect();
        let more = text.lines().filter(|line| match left.iter().position(|one| one == line) {
            Some(at) => {
                left.swap_remove(at);
                false
            }
            None => true,
        });
        more.map(str::to_owned).collect()
    };
    assert_eq!(only(&after.item_toml, &before.item_toml), ["article = \"7\"", "on_fail = \"correct\""]);
    assert_eq!(only(&before.item_toml, &after.item_toml), ["on_fail = \"refer\""]);
    let wrong = typed_in(&before, &typed(&[("/decision/c2/row/0/value", "很多"), ("/condition/c1/sentence_zh", " ")]));
    let wrong: Vec<String> = wrong.unwrap_err().into_iter().map(|e| e.pointer).collect();
    assert_eq!(wrong, ["/condition/c1/sentence_zh", "/decision/c2/row/0/value"]);
}

#[test]
fn sentences_are_added_and_taken_out() {
    let before = texts(RENEW);
    let typed =
        |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Vec<_>>();
    let more = typed(&[
        ("/decision/c8/new/fact", "许可证状态"),
        ("/decision/c8/new/comparison", "not_equal"),
        ("/decision/c8/new/value", "revoked"),
    ]);
    let after = typed_in(&before, &more).unwrap();
    assert!(after.rules.contains("许可证状态 != \"under_review\" and 许可证状态 != \"revoked\""), "{}", after.rules);
    let less = typed_in(&after, &typed(&[("/decision/c8/row/1/gone", "true")])).unwrap();
    assert_eq!(less.rules, before.rules);
    let nothing = typed_in(&before, &typed(&[("/decision/c8/row/0/gone", "true")]));
    assert_eq!(nothing.unwrap_err()[0].pointer, "/decision/c8");
}

fn typed(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

/// A condition on a fact of the item that its model does not read yet.
const NEW: [(&str, &str); 11] = [
    ("/new/fact", "执业单位所在地"),
    ("/new/comparison", "in"),
    ("/new/value", "450103、450102"),
    ("/new/sentence_zh", "执业单位在试点城区"),
    ("/new/sentence_en", "The employer is in a pilot district"),
    ("/new/mend_zh", "执业单位不在试点城区，由工作人员办理。"),
    ("/new/mend_en", "The employer is outside the pilot districts; an officer decides."),
    ("/new/source", "licensing-law"),
    ("/new/article", "34"),
    ("/new/grade", "A"),
    ("/new/on_fail", "refer"),
];

/// The case of its own that every condition has.
const OWN_CASE: &str = "
### 执业单位不在试点城区（只有 c11 不通过）

| 事实 | 值 | 情形 |
|---|---|---|
| 执业单位所在地 | 450107 |  |
| → 结果 | refer 转人工 | |
| → 未通过 | c11 | |
| → 无法判断 | — | |
";

#[test]
fn a_condition_is_added_with_its_row_and_taken_out_with_it() {
    let before = texts(RENEW);
    assert!(sheet(&before).facts.contains(&"执业单位所在地".to_owned()) && !before.rules.contains("执业单位所在地"));
    let after = typed_in(&before, &typed(&NEW)).unwrap();
    assert!(after.rules.contains("name=\"执业单位所在地\" typeRef=\"string\""), "{}", after.rules);
    let (item, _) = read_item(&after.within(entry(RENEW)));
    let item = item.unwrap_or_else(|| panic!("{}", after.item_toml));
    let added = item.conditions.last().unwrap();
    assert_eq!((added.id.as_str(), added.sentence.zh.as_str()), ("c11", "执业单位在试点城区"));
    assert_eq!(added.basis.zh, "中华人民共和国行政许可法（2019年修正）", "the source it names");
    assert_eq!((added.attested.source.as_str(), added.attested.article.as_deref()), ("licensing-law", Some("34")));
    let report = looked(&after);
    assert!(report.mistakes().any(|d| d.field == "condition[c11]"), "it has no case of its own yet: {report:?}");
    let whole = Texts { cases: format!("{}{OWN_CASE}", after.cases), ..after.clone() };
    let report = looked(&whole);
    assert!(report.is_good(), "{:?} {:?}", report.faults, report.failed().collect::<Vec<_>>());
    let shown = sheet(&after).conditions.into_iter().find(|c| c.id == "c11").and_then(|c| c.logic).unwrap().shown;
    let Shown::Rows { rows } = shown else { panic!("{shown:?}") };
    assert_eq!((rows[0].fact.as_str(), said(&rows[0].value).as_str()), ("执业单位所在地", NEW[2].1));
    // Taken out, not a byte of it is left; the next one does not bear its id within this draft.
    let gone = typed(&[("/condition/c11/gone", "true")]);
    assert_eq!(typed_in(&after, &gone).unwrap(), before);
    let both = typed_in(&after, &[gone, typed(&NEW)].concat()).unwrap();
    assert!(!both.rules.contains("\"c11\"") && both.item_toml.contains("id = \"c12\""), "{}", both.item_toml);
}

#[test]
fn a_condition_goes_with_what_only_it_read_and_a_step_that_others_read_stays() {
    let before = texts(RENEW);
    let without = typed_in(&before, &typed(&[("/condition/c2/gone", "true"), ("/condition/c2/article", "7")])).unwrap();
    for gone in ["应修学分", "已获学分", "\"c2\"", "\"p1\""] {
        assert!(!without.rules.contains(gone), "{gone}: {}", without.rules);
    }
    // Only the cases still speak of it.
    assert!(looked(&without).mistakes().all(|d| d.field.starts_with("cases.md")), "{:?}", looked(&without).faults);
    let first = typed_in(&before, &typed(&[("/condition/c1/gone", "true")])).unwrap();
    assert!(first.item_toml.contains("# ---------------------------------------------------------------- 条件"));
    let all: Vec<(String, String)> = (1..=10).map(|n| (format!("/condition/c{n}/gone"), "true".to_owned())).collect();
    assert_eq!(typed_in(&before, &all).unwrap_err()[0].pointer, "/condition/c1/gone");
    // Another decision reads the outcome of a condition: it is said which.
    let reads = "<requiredDecision href=\"#c8\"/></informationRequirement>";
    let read = Texts {
        rules: before.rules.replacen(
            "<literalExpression><text>不予注册情形数 = 0",
            &format!("<informationRequirement>{reads}<literalExpression><text>许可证不在核查中 and 不予注册情形数 = 0"),
            1,
        ),
        ..before
    };
    let told = typed_in(&read, &typed(&[("/condition/c8/gone", "true")])).unwrap_err();
    assert!(told[0].pointer == "/condition/c8/gone" && told[0].message.zh.contains("没有不予注册情形"), "{told:?}");
}

#[test]
fn what_a_new_condition_lacks_is_told_all_at_once_with_the_way_to_mend() {
    let before = texts(RENEW);
    let with = |changed: &[(&str, &str)]| -> Vec<(String, String)> {
        let mut all = typed(&NEW);
        for (at, said) in changed {
            all.iter_mut().filter(|(known, _)| known == at).for_each(|(_, value)| (*said).clone_into(value));
            if !all.iter().any(|(known, _)| known == at) {
                all.push(((*at).to_owned(), (*said).to_owned()));
            }
        }
        all
    };
    type Row<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);
    let table: [Row<'_>; 10] = [
        (&[("/new/fact", "")], &["/new/fact"]),
        (&[("/new/fact", "没有这个事实")], &["/new/fact"]),
        (&[("/new/comparison", "less")], &["/new/comparison"]),
        (&[("/new/fact", "已获学分"), ("/new/comparison", "yes")], &["/new/comparison"]),
        (&[("/new/fact", "已获学分"), ("/new/comparison", "equal"), ("/new/value", "已获学分 * 2")], &["/new/value"]),
        (&[("/new/fact", "已获学分"), ("/new/comparison", "less"), ("/new/value", "申请日期")], &["/new/value"]),
        (&[("/new/source", "")], &["/new/basis_zh", "/new/basis_en", "/new/source"]),
        (&[("/new/article", ""), ("/new/mend_en", " ")], &["/new/mend_en", "/new/article"]),
        (&[("/new/grade", "Z"), ("/new/on_fail", "refuse")], &["/new/grade", "/new/on_fail"]),
        (&[("/new/sentence_zh", "应修学分")], &["/new/sentence_zh"]),
    ];
    for (changed, expected) in table {
        let wrong = typed_in(&before, &with(changed)).expect_err(&format!("{changed:?}"));
        let pointers: Vec<&str> = wrong.iter().map(|e| e.pointer.as_str()).collect();
        assert_eq!(pointers, expected, "{changed:?}: {wrong:?}");
        assert!(wrong.iter().all(|e| !e.message.zh.is_empty() && !e.message.en.is_empty()));
    }
    // What has a value from the start asks for nothing by itself.
    let idle =
        typed(&[("/new/comparison", "equal"), ("/new/grade", "D"), ("/new/on_fail", "refer"), ("/new/fact", "")]);
    assert_eq!(typed_in(&before, &idle).unwrap(), before);
}

#[test]
fn a_step_is_a_fact_that_a_sentence_may_name() {
    let before = texts(RENEW);
    let after = typed_in(&before, &typed(&[("/decision/c2/row/0/comparison", "greater")])).unwrap();
    assert!(after.rules.contains("已获学分 &gt; 应修学分"), "{}", after.rules);
    let other = typed_in(&before, &typed(&[("/decision/c4/row/0/comparison", "less")])).unwrap_err();
    assert_eq!(other[0].pointer, "/decision/c4/row/0/comparison", "a text has no order");
}

#[test]
fn what_is_right_is_tested_and_what_has_a_flaw_is_never_proposed() {
    let right = texts(RENEW);
    let report = looked(&right);
    assert!(report.is_good() && report.open(&[]).next().is_none(), "{report:?}");
    assert_eq!(DraftState::saved(&report), DraftState::Tested);
    let planted = [
        ("&gt;= date(\"2019-03-05\")", "&gt; date(\"2019-03-05\")", FoundKind::Gap, "2019-03-05"),
        ("&lt; date(\"2019-03-05\")", "&lt;= date(\"2019-03-05\")", FoundKind::Overlap, "2019-03-05"),
    ];
    for (whole, cut, kind, example) in planted {
        let report = looked(&Texts { rules: right.rules.replace(whole, cut), ..right.clone() });
        let found = report.open(&[]).next().unwrap_or_else(|| panic!("{cut}: {report:?}"));
        assert_eq!((found.kind, found.witness[0].1.as_str()), (kind, example));
        let standing = Standing { report: &report, waivers: &[], is_changed: true, is_current: true };
        assert!(!hindrances(&standing).is_empty(), "{cut}");
    }
    let threshold = Texts {
        rules: right.rules.replace("不予注册情形数 = 0", "不予注册情形数 &lt;= 1"),
        ..right.clone()
    };
    let report = looked(&threshold);
    assert_eq!(
        report.failed().map(|case| case.case.as_str()).collect::<Vec<_>>(),
        ["有一条不予注册情形（只有 c9 不通过）"]
    );
    assert_eq!(DraftState::saved(&report), DraftState::Draft);
}

#[test]
fn what_no_proof_looked_at_needs_a_name_and_nothing_else_is_excused_by_one() {
    let right = texts(RENEW);
    let unread = right.rules.replace(
        "<inputEntry><text>&gt;= date(\"2019-03-05\")</text></inputEntry>",
        "<inputEntry><text>not(&lt; 注册日期)</text></inputEntry>",
    );
    assert_ne!(unread, right.rules);
    let report = looked(&Texts { rules: unread, ..right });
    let open: Vec<_> = report.open(&[]).cloned().collect();
    assert!(open.iter().any(|found| found.kind == FoundKind::Unread), "{report:?}");
    let waiver = |key: &str| Waiver {
        place: key.to_owned(),
        told: Text::default(),
        account: kernel::Id::new(&kernel::FixedClock::default(), &kernel::SeededEntropy::new(1)),
        name: "韦衡".to_owned(),
        reason: "两条规则合起来覆盖所有日期".to_owned(),
        at: Moment::default(),
    };
    let all: Vec<Waiver> = report.found.iter().map(|found| waiver(&found.key)).collect();
    assert!(report.open(&all).all(|found| found.kind.blocks()));
}

#[test]
fn broken_models_are_kept_as_drafts_with_the_place_of_every_fault() {
    let right = texts(RENEW);
    let bomb = "<!DOCTYPE a [<!ENTITY x \"y\"><!ENTITY z \"&x;&x;\">]><definitions>&z;</definitions>";
    for (rules, told) in [
        ("<definitions".to_owned(), "XML"),
        (bomb.to_owned(), "XML"),
        (right.rules.replace("不予注册情形数 = 0", "today() = 决定日期"), "today"),
        (
            right.rules.replace(
                "单位已确认</text>",
                "{f: function(x) external {java: {class: \"a\", \"method signature\": \"b()\"}}}.f(1)</text>",
            ),
            "",
        ),
        (right.rules.replace("id=\"c9\"", "id=\"c99\""), "c9"),
    ] {
        assert_ne!(rules, right.rules);
        let report = looked(&Texts { rules, ..right.clone() });
        let told_so = report.mistakes().any(|fault| format!("{fault}").contains(told));
        assert!(told_so && !report.is_good(), "{told}: {:?}", report.faults);
    }
}

#[test]
fn a_draft_goes_one_way_and_back_only_before_it_is_published() {
    use DraftState::{Approved, Draft, Dropped, Proposed, Published, Tested};
    for state in DraftState::ALL {
        assert_eq!(DraftState::from_word(state.word()), Some(state));
        for step in Step::ALL {
            let expected = match (state, step) {
                (Tested, Step::Propose) => Some(Proposed),
                (Proposed, Step::Approve) => Some(Approved),
                (Proposed | Approved, Step::TakeBack | Step::SendBack) => Some(Tested),
                (Approved, Step::Publish) => Some(Published),
                (Draft | Tested, Step::Drop) => Some(Dropped),
                _ => None,
            };
            assert_eq!(state.after(step), expected, "{state:?} {step:?}");
        }
    }
}

/// Versions of one item, oldest first: first day, which cases, in place of which.
fn catalog(versions: &[(&str, VersionBy, &[usize])]) -> (Catalog, Vec<String>) {
    let (mut made, mut hashes): (Vec<Entry>, Vec<String>) = (Vec::new(), Vec::new());
    for (from, by, instead) in versions {
        let instead: Vec<String> = instead.iter().map(|i| hashes[*i].clone()).collect();
        let texts = texts(RENEW).dated(from.parse().unwrap(), *by, &instead).unwrap();
        let entry = texts.within(entry(RENEW));
        hashes.push(entry.hash());
        made.push(entry);
    }
    (Catalog::from_entries(made).catalog, hashes)
}

#[test]
fn which_version_decides_follows_the_day_it_names() {
    let (filed, accepted, decided) = (VersionBy::Filed, VersionBy::Accepted, VersionBy::Decided);
    let none: &[usize] = &[];
    let day = |text: &str| text.parse().unwrap();
    // Second version, accepted on, today, and which of the two decides what was filed under the first.
    let table = [
        (filed, None, "2026-06-30", 0),
        (accepted, Some("2026-05-31"), "2026-06-30", 0),
        (accepted, Some("2026-06-01"), "2026-06-30", 1),
        (accepted, None, "2026-06-30", 1),
        (accepted, None, "2026-05-31", 0),
        (decided, Some("2026-05-31"), "2026-06-30", 1),
        (decided, Some("2026-05-31"), "2026-05-31", 0),
    ];
    for (by, on, today, expected) in table {
        let (catalog, hashes) = catalog(&[("2026-01-01", filed, none), ("2026-06-01", by, none)]);
        let found = catalog.applying(RENEW, &hashes[0], (on.map(day), day(today))).unwrap();
        assert_eq!(found.hash, hashes[expected], "{by:?} {on:?} {today}");
        // What was filed under the second stays there.
        assert_eq!(catalog.applying(RENEW, &hashes[1], (None, day("2026-06-30"))).unwrap().hash, hashes[1]);
        assert!(catalog.applying(RENEW, "unknown", (None, day(today))).is_none());
    }
}

#[test]
fn what_was_filed_under_a_version_taken_back_is_decided_by_the_one_in_its_place() {
    let (catalog, hashes) = catalog(&[
        ("2026-01-01", VersionBy::Filed, &[]),
        ("2026-06-01", VersionBy::Filed, &[]),
        ("2026-06-01", VersionBy::Filed, &[1]),
    ]);
    let today = "2026-06-02".parse().unwrap();
    let decides = |i: usize| catalog.applying(RENEW, &hashes[i], (None, today)).unwrap().hash.clone();
    assert_eq!([decides(0), decides(1), decides(2)], [hashes[0].clone(), hashes[2].clone(), hashes[2].clone()]);
}

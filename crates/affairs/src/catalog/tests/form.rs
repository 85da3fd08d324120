//! The form check: tidied values, every error at once, nothing a stranger sends breaks it.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::super::*;
use super::item;

fn object(value: Value) -> Map<String, Value> {
    let Value::Object(map) = value else { panic!("no object") };
    map
}

fn good() -> Map<String, Value> {
    object(json!({
        "name": "韦明月", "citizen_id": "11010519491231002X", "registration_number": "GX-1", "valid_to": "2027-01-22",
        "employer": "91350100M000100Y43", "phone": "13800000000", "truthful": true,
    }))
}

#[test]
fn a_right_form_passes_as_it_is() {
    let checked = item("fd-pharmacist-renew").form.check(&good());
    assert_eq!((checked.errors, checked.changes), (vec![], vec![]));
    assert_eq!(checked.values, good());
}

#[test]
fn all_errors_come_at_once_each_at_its_field() {
    let raw = object(json!({
        "name": "韦", "citizen_id": "110105194912310021", "registration_number": 7, "valid_to": "2027-02-30",
        "employer": "91350100M000100Y44", "phone": "12", "truthful": false, "admin": true,
    }));
    let checked = item("fd-pharmacist-renew").form.check(&raw);
    let errors: Vec<(&str, &str)> = checked.errors.iter().map(|e| (e.pointer.as_str(), e.code.as_str())).collect();
    assert_eq!(
        errors,
        [
            ("/name", "length"),
            ("/citizen_id", "citizen.check_digit"),
            ("/registration_number", "type"),
            ("/valid_to", "date.calendar"),
            ("/employer", "uscc.check_digit_alone"),
            ("/phone", "phone.form"),
            ("/truthful", "required"),
            ("/admin", "unknown"),
        ]
    );
    assert!(checked.errors.iter().all(|e| !e.message.zh.is_empty() && !e.message.en.is_empty()));
}

#[test]
fn an_empty_form_asks_for_every_required_field_in_order() {
    let form = item("fd-pharmacist-first").form;
    let pairs = form.fields.iter().map(|f| (f.name.clone(), String::from(" "))).collect::<Vec<_>>();
    let raw = form.typed(pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())));
    let errors: Vec<String> = form.check(&raw).errors.into_iter().map(|e| e.message.zh).collect();
    insta::assert_snapshot!(errors.join("\n"), @"
    请填写姓名
    请填写公民身份号码
    请填写职业资格证书编号
    请选择执业类别
    请选择执业范围
    请填写执业单位的统一社会信用代码
    请填写联系电话
    请勾选“身体状况声明”
    请勾选“以上内容属实”
    ");
}

#[test]
fn what_people_type_is_tidied_and_shown() {
    let mut raw = good();
    raw.extend(object(json!({
        "name": "  韦明月 ", "citizen_id": " 11010519491231002x", "employer": "９１350100-M000100Y43",
        "valid_to": "２０２７年1月22日", "phone": "+86 138-0000 0000",
    })));
    let checked = item("fd-pharmacist-renew").form.check(&raw);
    assert_eq!((checked.errors, checked.values), (vec![], good()));
    let shown: Vec<String> = checked.changes.iter().map(|c| format!("{} {}", c.pointer, c.notice.zh)).collect();
    insta::assert_snapshot!(shown.join("\n"), @"
    /citizen_id 已自动整理为 11010519491231002X（去掉空格、小写字母改为大写）。
    /valid_to 已自动整理为 2027-01-22。
    /employer 已自动整理为 91350100M000100Y43（全角改为半角、去掉短横线）。
    /phone 已自动整理为 13800000000。
    ");
}

#[test]
fn dates_and_telephones_are_read_as_people_write_them() {
    for (field, typed, becomes) in [
        ("valid_to", "2027-1-2", "2027-01-02"),
        ("valid_to", "2027.01.02", "2027-01-02"),
        ("valid_to", "20270102", "2027-01-02"),
        ("valid_to", "2028/2/29", "2028-02-29"),
        ("valid_to", "2027/2/29", "!date.calendar"),
        ("valid_to", "27-01-02", "!date.form"),
        ("valid_to", "2027-01", "!date.form"),
        ("valid_to", "2027-01-02 或 03", "!date.form"),
        ("valid_to", "2027-01-02T00:00", "!date.form"),
        ("phone", "0771-1234567", "07711234567"),
        ("phone", "１３８００００００００", "13800000000"),
        ("phone", "8613800000000", "!phone.form"),
        ("phone", "1380000000a", "!phone.form"),
        ("phone", "10086", "!phone.form"),
        ("employer", "91350100М000100Y43", "!uscc.look_alike"),
        ("name", "韦\u{0}明月", "!control"),
    ] {
        let mut raw = good();
        raw.insert(field.into(), typed.into());
        let checked = item("fd-pharmacist-renew").form.check(&raw);
        let found = match checked.errors.first() {
            Some(error) => format!("!{}", error.code),
            None => checked.values[field].as_str().unwrap().to_owned(),
        };
        assert_eq!(found, becomes, "{typed}");
    }
}

#[test]
fn a_strangers_body_is_refused_whole() {
    let form = item("fd-pharmacist-renew").form;
    for body in
        [&b"{"[..], b"[]", br#"{"name": "a", "name": "b"}"#, br#"{"name": [[[[[1]]]]]}"#, b"\xff", &[b' '; 70_000]]
    {
        let checked = form.check_json(body);
        assert_eq!((checked.errors.len(), checked.errors[0].code.as_str()), (1, "json"));
        assert!(checked.values.is_empty());
    }
}

#[test]
fn a_field_may_bring_its_own_sentence() {
    let mut raw = good();
    raw.remove("employer");
    let checked = item("fd-pharmacist-renew").form.check(&raw);
    assert_eq!(checked.errors[0].message.zh, "请填写执业单位的统一社会信用代码");
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        Just(json!("2027-01-22")),
        Just(json!("13800000000")),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[a-z/~]{1,4}", inner, 0..3)
                .prop_map(|m| Value::Object(m.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever stands in a field: no panic, and what passes once passes again unchanged.
    #[test]
    fn checking_is_total_and_settles(values in prop::collection::vec(any_json(), 7)) {
        let form = shared();
        let raw: Map<String, Value> = form.fields.iter().map(|f| f.name.clone()).zip(values).collect();
        let once = form.check(&raw);
        if once.errors.is_empty() {
            let twice = form.check(&once.values);
            prop_assert_eq!(&twice.values, &once.values);
            prop_assert!(twice.errors.is_empty() && twice.changes.is_empty());
        }
    }

    /// Exactly the fields that are wrong are named.
    #[test]
    fn the_wrong_fields_are_named(wrong in prop::collection::btree_set(0_usize..7, 0..7)) {
        let form = shared();
        let mut raw = good();
        for index in &wrong {
            raw.insert(form.fields[*index].name.clone(), json!({}));
        }
        let named: Vec<String> = form.check(&raw).errors.into_iter().map(|e| e.pointer).collect();
        let expected: Vec<String> = wrong.iter().map(|i| pointer_to(&form.fields[*i].name)).collect();
        prop_assert_eq!(named, expected);
    }
}

fn shared() -> &'static FormSchema {
    static FORM: std::sync::OnceLock<FormSchema> = std::sync::OnceLock::new();
    FORM.get_or_init(|| item("fd-pharmacist-renew").form)
}

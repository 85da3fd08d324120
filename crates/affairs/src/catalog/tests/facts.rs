//! The gate of facts: what is usable, what is not, and the reason told.

use kernel::{Moment, Text, Trust};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::super::*;
use super::item;

const PERSON: &str = "11010519491231002X";
const PHARMACY: &str = "91350100M000100Y43";

fn now() -> Moment {
    "2026-11-23T21:40:00+08:00".parse().unwrap()
}

fn request() -> Request {
    Request {
        decided_at: now(),
        filed_at: now(),
        applicant_code: PERSON.into(),
        applicant_name: "韦明月".into(),
        identity: 2,
        consent: Consent::Given,
    }
}

fn record(register: &str, subject: &str, body: Value) -> Reading {
    let Value::Object(body) = body else { panic!("no object") };
    let answer = Answer::Record { body, as_of: now(), trust: Trust::A, source: Text::new("库", "register") };
    Reading { register: register.into(), subject: subject.into(), read_at: now(), answer }
}

fn readings() -> Vec<Reading> {
    vec![
        record(
            "pharmacist-registration",
            PERSON,
            json!({"number": "GX-1", "status": "valid", "valid_to": "2027-01-22", "registered_on": "2022-01-23",
                   "employer": PHARMACY, "category": "pharmacy", "scope": "trade", "region": "450103"}),
        ),
        record("continuing-education", PERSON, json!({"credits": 80})),
        record("credit-bars", PERSON, json!({"bars_in_force": 0})),
        record(
            "drug-trade-licence",
            PHARMACY,
            json!({"status": "valid", "valid_to": "2028-05-31", "region": "450103", "name": "邕江大药房"}),
        ),
    ]
}

fn form() -> Map<String, Value> {
    let form = json!({"name": "韦明月", "citizen_id": PERSON, "registration_number": "GX-1", "valid_to": "2027-01-22",
                      "employer": PHARMACY, "phone": "13800000000", "truthful": true});
    let Value::Object(form) = form else { panic!("no object") };
    form
}

fn inputs(form: &Map<String, Value>, readings: &[Reading], request: &Request) -> Inputs {
    shared().inputs(&FactDesk { form, readings, request })
}

fn shared() -> &'static Item {
    static ITEM: std::sync::OnceLock<Item> = std::sync::OnceLock::new();
    ITEM.get_or_init(|| item("fd-pharmacist-renew"))
}

#[test]
fn good_facts_are_all_usable_and_name_their_source() {
    let inputs = inputs(&form(), &readings(), &request());
    assert!(inputs.rows.iter().all(|r| r.unusable.is_none()), "{:#?}", inputs.rows);
    assert_eq!(inputs.contradictions, vec![]);
    assert_eq!(inputs.usable().count(), shared().facts.len());
    let credits = inputs.row("已获学分").unwrap();
    assert_eq!(credits.provenance.speaker, Speaker::Register);
    assert_eq!((credits.provenance.trust, credits.provenance.as_of), (Some(Trust::A), Some(now())));
    assert_eq!(inputs.date("注册有效期至").unwrap().to_string(), "2027-01-22");
}

#[test]
fn the_item_says_what_to_read_and_prefills_in_two_rounds() {
    let (item, request) = (shared(), request());
    let empty = Map::new();
    let first = item.reads(&empty, &request);
    assert_eq!(
        first.iter().map(|(r, _)| r.as_str()).collect::<Vec<_>>(),
        ["continuing-education", "credit-bars", "pharmacist-registration"]
    );
    let prefilled = item.prefill(&FactDesk { form: &empty, readings: &readings(), request: &request });
    let known: Map<String, Value> = prefilled.into_iter().map(|p| (p.field, p.value)).collect();
    assert_eq!(known["employer"], PHARMACY);
    assert_eq!(known["name"], "韦明月");
    assert_eq!(known.len(), 5);
    assert!(item.reads(&known, &request).contains(&("drug-trade-licence".into(), PHARMACY.into())));
}

#[test]
fn a_doubtful_fact_is_named_with_its_reason() {
    let aged = |days: i64| {
        move |r: &mut Reading| {
            if let Answer::Record { as_of, .. } = &mut r.answer {
                *as_of = now().plus_ms(-days * 86_400_000);
            }
        }
    };
    let body = |value: Value| {
        move |r: &mut Reading| {
            if let Answer::Record { body, .. } = &mut r.answer {
                body.insert("credits".into(), value.clone());
            }
        }
    };
    let trust = |class: Trust| {
        move |r: &mut Reading| {
            if let Answer::Record { trust, .. } = &mut r.answer {
                *trust = class;
            }
        }
    };
    type Spoil = Box<dyn Fn(&mut Reading)>;
    let rows: Vec<(Spoil, Option<Unusable>)> = vec![
        (Box::new(aged(31)), None),
        (Box::new(aged(32)), Some(Unusable::Stale { age_days: 32, max_age_days: 31 })),
        (Box::new(aged(-1)), Some(Unusable::Future)),
        (Box::new(body(Value::Null)), Some(Unusable::NoField)),
        (Box::new(body(json!("80"))), Some(Unusable::Mistyped)),
        (Box::new(body(json!([80]))), Some(Unusable::Mistyped)),
        (Box::new(body(json!(true))), Some(Unusable::Mistyped)),
        (Box::new(trust(Trust::B)), None),
        (Box::new(trust(Trust::C)), Some(Unusable::Untrusted)),
        (Box::new(trust(Trust::D)), Some(Unusable::Untrusted)),
        (Box::new(|r| r.answer = Answer::NoRecord), Some(Unusable::NoRecord)),
        (Box::new(|r| r.answer = Answer::Unreachable { why: "timeout".into() }), Some(Unusable::Unreachable)),
        (Box::new(|r| r.register = "another".into()), Some(Unusable::Missing)),
        (Box::new(|r| r.subject = "somebody else".into()), Some(Unusable::Missing)),
    ];
    for (index, (change, expected)) in rows.iter().enumerate() {
        let mut readings = readings();
        change(readings.iter_mut().find(|r| r.register == "continuing-education").unwrap());
        let inputs = inputs(&form(), &readings, &request());
        assert_eq!(inputs.why_unusable("已获学分"), expected.as_ref(), "row {index}");
        assert_eq!(inputs.value("已获学分").is_some(), expected.is_none());
        assert_eq!(inputs.rows.iter().filter(|r| r.unusable.is_some()).count(), usize::from(expected.is_some()));
    }
}

#[test]
fn a_contradiction_keeps_both_values() {
    let mut form = form();
    form.insert("valid_to".into(), "2027-06-30".into());
    form.insert("name".into(), "韦明日".into());
    let inputs = inputs(&form, &readings(), &request());
    let both: Vec<(String, String)> =
        inputs.contradictions.iter().map(|c| (c.form.to_string(), c.register.to_string())).collect();
    assert_eq!(
        both,
        [
            ("\"韦明日\"".to_owned(), "\"韦明月\"".to_owned()),
            ("\"2027-06-30\"".to_owned(), "\"2027-01-22\"".to_owned()),
        ]
    );
    assert_eq!(inputs.why_unusable("注册有效期至"), Some(&Unusable::Contradicted));
    assert_eq!(inputs.row("注册有效期至").unwrap().value, Some(json!("2027-01-22")));
    // Naming another employer is no contradiction: the rules compare it themselves.
    form.insert("employer".into(), "11450000DM0000013L".into());
    assert_eq!(
        super::super::FactDesk { form: &form, readings: &readings(), request: &request() }.form["employer"],
        "11450000DM0000013L"
    );
}

#[test]
fn no_record_means_something_only_where_the_item_says_so() {
    let first = item("fd-pharmacist-first");
    let form = Map::from_iter([("employer".to_owned(), json!(PHARMACY))]);
    let none = |register: &str| Reading {
        register: register.into(),
        subject: PERSON.into(),
        read_at: now(),
        answer: Answer::NoRecord,
    };
    let readings = [none("pharmacist-registration"), none("credit-bars"), none("continuing-education")];
    let inputs = first.inputs(&FactDesk { form: &form, readings: &readings, request: &request() });
    assert_eq!(inputs.value("现有注册状态"), Some(&json!("none")));
    assert_eq!(inputs.value("已获学分"), Some(&json!(0)));
    assert_eq!(inputs.why_unusable("不予注册情形数"), Some(&Unusable::NoRecord));
}

#[test]
fn a_statement_counts_only_under_the_commitment() {
    let mut first = item("fd-pharmacist-first");
    let form = Map::from_iter([("declared_fit".to_owned(), json!(true)), ("category".to_owned(), json!("pharmacy"))]);
    let request = request();
    let desk = FactDesk { form: &form, readings: &[], request: &request };
    assert_eq!(first.inputs(&desk).value("声明身体健康"), Some(&json!(true)));
    first.commitment = None;
    assert_eq!(first.inputs(&desk).why_unusable("声明身体健康"), Some(&Unusable::Untrusted));
    assert_eq!(first.inputs(&desk).value("申请类别"), Some(&json!("pharmacy")), "a wish needs no commitment");
}

#[test]
fn consent_is_given_by_somebody_else() {
    for (consent, confirmed, independent) in [
        (Consent::None, false, true),
        (Consent::Given, true, true),
        (Consent::GivenByApplicant, true, false),
        (Consent::Denied, false, true),
    ] {
        let inputs = inputs(&form(), &readings(), &Request { consent, ..request() });
        assert_eq!(inputs.value("单位已确认"), Some(&json!(confirmed)));
        assert_eq!(inputs.value("确认人独立"), Some(&json!(independent)));
    }
}

#[test]
fn a_grant_writes_what_the_item_says() {
    let item = shared();
    let (form, request) = (form(), request());
    let readings = readings();
    let inputs = item.inputs(&FactDesk { form: &form, readings: &readings, request: &request });
    let validity = item.validity(&inputs, now().date()).unwrap();
    let granting = Granting {
        form: &form,
        inputs: &inputs,
        request: &request,
        validity,
        licence_number: "GX-2",
        region: "450103",
    };
    let writes = serde_json::to_value(item.register_writes(&granting)).unwrap();
    assert_eq!(
        writes,
        json!([{"register": "pharmacist-registration", "subject": PERSON,
        "fields": {"status": "valid", "registered_on": "2026-11-23", "valid_to": "2032-01-22"}}])
    );
    let nothing = item.inputs(&FactDesk { form: &form, readings: &[], request: &request });
    assert_eq!(item.validity(&nothing, now().date()), Err(NoTerm("注册有效期至".into())));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Whatever a register says, only values of the declared type, fresh and trusted, are usable.
    #[test]
    fn only_sound_facts_are_usable(
        value in prop_oneof![Just(Value::Null), any::<i32>().prop_map(Value::from), "\\PC{0,10}".prop_map(Value::from), any::<bool>().prop_map(Value::from)],
        age in -3_i64..60, class in 0_usize..4, field in 0_usize..4,
    ) {
        let mut readings = readings();
        let trusts = [Trust::A, Trust::B, Trust::C, Trust::D];
        let fields = ["status", "valid_to", "registered_on", "employer"];
        if let Answer::Record { body, as_of, trust, .. } = &mut readings[0].answer {
            body.insert(fields[field].into(), value.clone());
            *as_of = now().plus_ms(-age * 86_400_000);
            *trust = trusts[class];
        }
        let inputs = inputs(&form(), &readings, &request());
        let names = ["注册状态", "注册有效期至", "注册日期", "登记执业单位"];
        for (index, name) in names.iter().enumerate() {
            let row = inputs.row(name).unwrap();
            if row.unusable.is_none() {
                prop_assert!(row.kind.fits(row.value.as_ref().unwrap()));
                prop_assert!((0..=31).contains(&age) && class < 2);
            } else if index != field && *name != "注册有效期至" {
                prop_assert!(!(0..=31).contains(&age) || class >= 2);
            }
        }
    }
}

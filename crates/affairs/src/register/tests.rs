//! The room against a real store: who may look, what the pool answers, what an import refuses.

use kernel::{Date, Id, Moment};
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};
use store::testing::Scratch;
use store::{CommitError, Conflict};

use super::extract::{Entry, Reader};
use super::*;
use crate::access::{
    Actor, Assurance, Desk, Mandate, MandateAct, MandateScope, Party, PartyKind, PersonActor, Place, Role, Scope,
    Scopes, StaffActor,
};
use crate::catalog::{Answer, RegisterWrite};

mod elsewhere;

const FILES: [(&str, &str); 7] = [
    ("business-register.toml", include_str!("../../../../catalog/registers/business-register.toml")),
    ("case-open.toml", include_str!("../../../../catalog/registers/case-open.toml")),
    ("continuing-education.toml", include_str!("../../../../catalog/registers/continuing-education.toml")),
    ("credit-bars.toml", include_str!("../../../../catalog/registers/credit-bars.toml")),
    ("drug-trade-licence.toml", include_str!("../../../../catalog/registers/drug-trade-licence.toml")),
    ("pharmacist-exam.toml", include_str!("../../../../catalog/registers/pharmacist-exam.toml")),
    ("pharmacist-registration.toml", include_str!("../../../../catalog/registers/pharmacist-registration.toml")),
];
const WEI: &str = "11010519491231002X";
const HUANG: &str = "440524188001010014";
const PHARMACY: &str = "91350100M000100Y43";

fn registers() -> Registers {
    Registers::parse(FILES).unwrap()
}

fn desk(scratch: &Scratch) -> Desk<'_> {
    Desk {
        store: &scratch.store,
        shard: "gx",
        clock: &*scratch.clock,
        entropy: &*scratch.entropy,
        tenant: kernel::Tenant::HOUSE,
    }
}

fn id(n: u8) -> Id {
    format!("01920000-0000-7000-8000-0000000000{n:02x}").parse().unwrap()
}

fn moment(text: &str) -> Moment {
    text.parse().unwrap()
}

fn party(n: u8, kind: PartyKind, code: &str, name: &str) -> Party {
    Party { id: id(n), kind, code: code.into(), name: name.into() }
}

fn person(code: &str) -> PersonActor {
    let party = party(1, PartyKind::Person, code, "韦明月");
    PersonActor { account: id(9), party, assurance: Assurance::Strong, acting_for: None }
}

fn agent_of(principal: Party, acts: &[MandateAct], items: &[&str]) -> Actor {
    let mut agent = person(WEI);
    let scope = MandateScope {
        acts: acts.iter().copied().collect(),
        items: items.iter().map(|i| (*i).to_owned()).collect(),
        valid_from: "2026-01-01".parse().unwrap(),
        valid_to: "2026-12-31".parse().unwrap(),
    };
    agent.acting_for = Some(Mandate { id: id(8), principal, agent: agent.party.id, scope, basis: "授权书".into() });
    Actor::Person(agent)
}

fn officer(role: Role) -> Actor {
    let row = Scope { role, agency: "gx-mpa".into(), region: "450000".into(), item: "renew".into() };
    let scopes = Scopes::compile(vec![row], |_| Default::default(), &[]);
    Actor::Staff(StaffActor { account: id(7), name: "李文".into(), post: "审批员".into(), scopes })
}

const HERE: Place<'static> = Place { agency: "gx-mpa", region: "450100", item: "renew" };
const AWAY: Place<'static> = Place { agency: "gx-amr", region: "450100", item: "renew" };

fn case<'a>(place: Place<'a>, parties: &'a [&'a str]) -> Purpose<'a> {
    Purpose::Case { case: id(5), number: "450000-1", place, parties }
}

#[test]
fn who_may_look_at_what() {
    let registers = registers();
    let (own, for_renewal) = (Purpose::Own { item: None }, Purpose::Own { item: Some("renew") });
    let huang = || party(2, PartyKind::Person, HUANG, "黄春生");
    let me = Actor::Person(person(WEI));
    let viewing = agent_of(huang(), &[MandateAct::View], &["renew"]);
    let filing = agent_of(huang(), &[MandateAct::File], &[]);
    let (clerk, auditor, admin) = (officer(Role::Clerk), officer(Role::Auditor), officer(Role::Administrator));
    let (exam, bars, open, trade) = ("pharmacist-exam", "credit-bars", "case-open", "drug-trade-licence");
    let parties = [WEI, PHARMACY];
    let (here, away) = (case(HERE, &parties), case(AWAY, &parties));
    let (g, none) = (Some, None);
    let cases = [
        ("nobody sees a personal fact", &Actor::Anonymous, exam, WEI, &own, none),
        ("nor a public one before sign-in", &Actor::Anonymous, trade, PHARMACY, &own, none),
        ("nor for a case", &Actor::Anonymous, exam, WEI, &here, none),
        ("one's own", &me, exam, WEI, &own, g(Ground::Own)),
        ("another's", &me, exam, HUANG, &own, none),
        ("another's for one's own case", &me, exam, HUANG, &here, none),
        ("a company's in a public register", &me, trade, PHARMACY, &own, g(Ground::Public)),
        ("one's own investigation", &me, open, WEI, &own, none),
        ("one's own investigation in one's case", &me, open, WEI, &here, none),
        ("the principal's, for the item of the mandate", &viewing, exam, HUANG, &for_renewal, g(Ground::Mandate)),
        ("the principal's, in general", &viewing, bars, HUANG, &own, g(Ground::Mandate)),
        ("the principal's, for another item", &viewing, exam, HUANG, &Purpose::Own { item: Some("first") }, none),
        ("a mandate to file is none to look", &filing, exam, HUANG, &own, none),
        ("one's own, while acting for another", &filing, exam, WEI, &own, g(Ground::Own)),
        ("the principal's investigation", &viewing, open, HUANG, &own, none),
        ("an officer, for his case", &clerk, exam, WEI, &here, g(Ground::Staff)),
        ("an officer, an investigation, for his case", &clerk, open, WEI, &here, g(Ground::Staff)),
        ("an officer, somebody outside the case", &clerk, exam, HUANG, &here, none),
        ("an officer, for a case elsewhere", &clerk, exam, WEI, &away, none),
        ("an officer without a case", &clerk, exam, WEI, &own, none),
        ("an officer, a public register", &clerk, trade, PHARMACY, &own, g(Ground::Public)),
        ("an auditor reads cases, not registers", &auditor, exam, WEI, &here, none),
        ("an administrator", &admin, exam, WEI, &here, none),
        ("the machine, for a case", &Actor::Machine, open, WEI, &here, g(Ground::Machine)),
        ("the machine, anybody else", &Actor::Machine, exam, HUANG, &here, none),
        ("the machine without a case", &Actor::Machine, exam, WEI, &own, none),
    ];
    let today: Date = "2026-11-23".parse().unwrap();
    for (what, actor, register, subject, purpose, want) in cases {
        let register = registers.get(register).unwrap();
        assert_eq!(may_read(actor, register, subject, purpose, today), want, "{what}");
    }
    let after: Date = "2027-01-01".parse().unwrap();
    assert_eq!(may_read(&viewing, registers.get(exam).unwrap(), HUANG, &own, after), None, "the mandate is over");
}

fn exam(subject: &str, number: &str, as_of: &str) -> String {
    let line = json!({ "subject": subject, "as_of": as_of, "name": "韦明月", "certificate": number,
        "category": "pharmacy", "issued_on": "2019-12-20", "status": "valid" });
    line.to_string() + "\n"
}

fn extract<'a>(register: &'a Register, extent: Extent, text: &'a str) -> Extract<'a> {
    let as_of = moment("2026-11-22T00:00:00+08:00");
    Extract { register, format: Format::JsonLines, extent, as_of, text }
}

async fn bring(scratch: &Scratch, register: &str, extent: Extent, text: &str) -> Imported {
    let registers = registers();
    let extract = extract(registers.get(register).unwrap(), extent, text);
    import(&desk(scratch), &Actor::Machine, &extract, &mut |_| ()).await.unwrap()
}

fn ask(register: &str, subject: &str) -> (String, String) {
    (register.to_owned(), subject.to_owned())
}

async fn look(scratch: &Scratch, actor: &Actor, asks: &[(String, String)]) -> Looks {
    let viewer = Viewer { actor, purpose: case(HERE, &[WEI, HUANG, PHARMACY]) };
    read(&desk(scratch), &registers(), &viewer, asks).await.unwrap()
}

#[tokio::test]
async fn no_record_is_said_only_after_a_whole_extract_and_dated_like_it() {
    let scratch = Scratch::new().await;
    let asks = [ask("pharmacist-exam", HUANG), ask("credit-bars", HUANG), ask("no-such-register", HUANG)];
    let answers = |looks: Looks| looks.readings.into_iter().map(|r| (r.read_at, r.answer)).collect::<Vec<_>>();
    let silent = |a: &(Moment, Answer)| matches!(a.1, Answer::Unreachable { .. });

    let before = answers(look(&scratch, &Actor::Machine, &asks).await);
    assert!(before.iter().all(silent), "an empty pool knows nothing: {before:?}");
    bring(&scratch, "pharmacist-exam", Extent::Part, &exam(WEI, "1", "2026-11-20")).await;
    assert!(answers(look(&scratch, &Actor::Machine, &asks).await).iter().all(silent), "a part attests no absence");
    bring(&scratch, "pharmacist-exam", Extent::Whole, &exam(WEI, "1", "2026-11-20")).await;
    let after = answers(look(&scratch, &Actor::Machine, &asks).await);
    assert_eq!(after[0], (moment("2026-11-22T00:00:00+08:00"), Answer::NoRecord));
    assert!(silent(&after[1]) && silent(&after[2]));

    // Whoever may not look learns nothing, least of all "no record", whether or not there is one.
    let strangers = look(&scratch, &officer(Role::Auditor), &[ask("pharmacist-exam", WEI), asks[0].clone()]).await;
    let strangers = answers(strangers);
    assert!(silent(&strangers[0]) && strangers[0] == strangers[1], "{strangers:?}");
}

#[tokio::test]
async fn answers_stand_in_the_order_of_the_asks_however_many() {
    let scratch = Scratch::new().await;
    bring(
        &scratch,
        "pharmacist-exam",
        Extent::Whole,
        &(exam(WEI, "1", "2026-11-20") + &exam(HUANG, "2", "2026-11-20")),
    )
    .await;
    let asks: Vec<_> = (0..21).map(|n| ask("pharmacist-exam", [WEI, HUANG, PHARMACY][n % 3])).collect();
    let looks = look(&scratch, &Actor::Machine, &asks).await;
    for (n, reading) in looks.readings.iter().enumerate() {
        let number = match &reading.answer {
            Answer::Record { body, .. } => body["certificate"].as_str(),
            _ => None,
        };
        assert_eq!(number, [Some("1"), Some("2"), None][n % 3], "{n}");
    }
}

#[tokio::test]
async fn every_look_is_logged_refused_ones_too_and_the_subject_sees_who_looked() {
    let scratch = Scratch::new().await;
    let (desk, registers) = (desk(&scratch), registers());
    bring(&scratch, "pharmacist-exam", Extent::Whole, &exam(WEI, "1", "2026-11-20")).await;
    let asks = [ask("pharmacist-exam", WEI)];
    for actor in [officer(Role::Clerk), officer(Role::Auditor)] {
        let viewer = Viewer { actor: &actor, purpose: case(HERE, &[WEI]) };
        read_and_log(&desk, &registers, &viewer, &asks).await.unwrap();
    }
    let me = Actor::Person(person(WEI));
    let mine = about(&desk, &registers, &me).await.unwrap();
    assert_eq!(mine.iter().map(|(r, _)| r.id.as_str()).collect::<Vec<_>>(), ["pharmacist-exam"]);
    let shown: Vec<_> = mine[0].1.iter().map(|f| format!("{}：{}", f.label.zh, f.shown.zh)).collect();
    assert_eq!(
        shown,
        ["姓名：韦明月", "职业资格证书编号：1", "专业类别：药学", "批准日期：2019-12-20", "证书状态：有效"]
    );
    let seen = looks_at_me(&scratch.store, &me).await.unwrap();
    let lines = seen.iter().filter(|l| l.register == "pharmacist-exam");
    let names: Vec<_> = lines.map(|l| (l.actor_name.as_str(), l.ground.as_deref())).collect();
    assert_eq!(names.len(), 2, "the refused look saw nothing: {names:?}");
    assert!(names.contains(&("李文", Some("staff"))) && names.contains(&("韦明月", Some("own"))));
    let audit = looks_for_case(&scratch.store, id(5)).await.unwrap();
    assert_eq!(audit.iter().filter(|l| l.ground.is_none()).count(), 1, "the audit sees the refused one");
    assert_eq!(looks_at_me(&scratch.store, &Actor::Anonymous).await.unwrap(), []);
    assert!(about(&desk, &registers, &Actor::Anonymous).await.unwrap().is_empty());
}

fn write_of(subject: &str, fields: Json) -> RegisterWrite {
    let fields = fields.as_object().cloned().unwrap_or_default();
    RegisterWrite { register: "pharmacist-exam".into(), subject: subject.into(), fields }
}

#[tokio::test]
async fn a_decision_changes_the_record_it_saw_or_none() {
    let scratch = Scratch::new().await;
    let (desk, registers) = (desk(&scratch), registers());
    bring(&scratch, "pharmacist-exam", Extent::Whole, &exam(WEI, "1", "2026-11-20")).await;
    let asks = [ask("pharmacist-exam", WEI), ask("pharmacist-exam", HUANG)];
    let (first, second) = (look(&scratch, &Actor::Machine, &asks).await, look(&scratch, &Actor::Machine, &asks).await);
    let annulled = write_of(WEI, json!({ "status": "annulled" }));
    let unit = |looks: &Looks, write: &RegisterWrite| looks.change(&desk, &registers, (write, "case-1"));

    scratch.store.commit(unit(&first, &annulled).unwrap()).await.unwrap();
    let late = scratch.store.commit(unit(&second, &annulled).unwrap()).await;
    assert_eq!(late, Err(CommitError::Conflict(Conflict::Changed { table: "register_record" })));
    let late = scratch.store.commit(second.expect(&desk, desk.unit().count("grants", 1), &[])).await;
    assert_eq!(late, Err(CommitError::Conflict(Conflict::Changed { table: "register_record" })));
    scratch.store.commit(second.expect(&desk, desk.unit().count("grants", 1), &[annulled])).await.unwrap();

    let third = look(&scratch, &Actor::Machine, &asks).await;
    let Answer::Record { body, as_of, .. } = &third.readings[0].answer else { panic!("{third:?}") };
    assert_eq!((body["status"].as_str(), body["certificate"].as_str()), (Some("annulled"), Some("1")));
    assert_eq!(*as_of, desk.now());
    let new = write_of(HUANG, json!({ "certificate": "2" }));
    scratch.store.commit(unit(&third, &new).unwrap()).await.unwrap();
    let again = scratch.store.commit(unit(&third, &new).unwrap()).await;
    assert_eq!(again, Err(CommitError::Conflict(Conflict::Exists { table: "register_record" })));

    let wrong = write_of(WEI, json!({ "status": "gone", "colour": "red" }));
    assert!(matches!(unit(&third, &wrong), Err(ChangeError::Unfit { faults, .. }) if faults.len() == 2));
    let unread = write_of(PHARMACY, json!({ "status": "valid" }));
    assert_eq!(unit(&third, &unread), Err(ChangeError::NotRead("pharmacist-exam".into())));
    let nowhere = RegisterWrite { register: "x".into(), ..unread };
    assert_eq!(unit(&third, &nowhere), Err(ChangeError::NoRegister("x".into())));
}

fn told(errors: &[LineError]) -> Vec<String> {
    errors.iter().map(|e| format!("{} {}: {}", e.line, e.field, e.reason)).collect()
}

#[test]
fn a_csv_tells_everything_that_is_wrong_at_once() {
    let registers = registers();
    let register = registers.get("pharmacist-exam").unwrap();
    let reader = Reader { register, as_of: moment("2026-11-22T00:00:00Z"), now: moment("2026-11-23T00:00:00Z") };
    let text = "\u{feff}subject, as_of, name, certificate, category, issued_on, status\n\
        11010519491231002X,2026-11-20,韦明月,1,pharmacy,2019-12-20,valid\n\
        110105194912310021,tomorrow,,2,botany,2019-2-30,valid\n\
        440524188001010014,2027-01-01,\"黄\n春生\",3,both,2019-12-20,valid\n\
        11010519491231002X,,韦明月,1,pharmacy,2019-12-20,valid\n\
        440524188001010014,2026-11-20,too,few\n";
    let errors = reader.read(text, Format::Csv).unwrap_err();
    insta::assert_snapshot!(told(&errors).join("\n"), @r#"
    3 subject: The citizen id number does not check: one or more characters are wrong. Compare it with the id card character by character.
    3 as_of: "tomorrow" is no date (2026-11-23) and no time (2026-11-23T12:00:00+08:00)
    3 name: missing
    3 category: "botany" is not one of pharmacy, chinese_pharmacy, both
    3 issued_on: "2019-2-30" is not a date like 2026-11-23
    4 as_of: "2027-01-01" lies in the future
    6 subject: stands already in line 2
    7 : 4 cells, 7 columns are named
    "#);
    let names = reader.read("subjekt,name,name\n", Format::Csv).unwrap_err();
    assert_eq!(told(&names), ["1 subjekt: no such field", "1 name: stands twice", "1 subject: missing"]);
}

#[test]
fn json_lines_tell_everything_that_is_wrong_at_once() {
    let registers = registers();
    let register = registers.get("continuing-education").unwrap();
    let reader = Reader { register, as_of: moment("2026-11-22T00:00:00Z"), now: moment("2026-11-23T00:00:00Z") };
    let text = r#"{"subject":"11010519491231002X","name":"韦明月","period_from":"2025-01-01","period_to":"2025-12-31","credits":90,"credits_required":90}

not json
[1]
{"subject":12,"name":"x\u0000","period_from":null,"period_to":"2025-12-31","credits":"90","credits_required":1.5}
{"subject":"440524188001010014","nmae":"黄春生"}"#;
    let errors = reader.read(text, Format::JsonLines).unwrap_err();
    insta::assert_snapshot!(told(&errors).join("\n"), @r#"
    3 : no JSON object: expected ident at line 1 column 2
    4 : no JSON object: invalid type: sequence, expected a map at line 1 column 0
    5 subject: missing
    5 period_from: missing
    5 credits: "90" is not a whole number
    5 credits_required: 1.5 is not a whole number
    5 : contains a NUL character
    6 nmae: no such field
    6 name: missing
    6 period_from: missing
    6 period_to: missing
    6 credits: missing
    6 credits_required: missing
    "#);
}

#[tokio::test]
async fn an_extract_with_an_error_changes_nothing() {
    let scratch = Scratch::new().await;
    let registers = registers();
    let register = registers.get("pharmacist-exam").unwrap();
    let text = exam(WEI, "1", "2026-11-20") + "{}\n";
    let by = Actor::Machine;
    let refused = import(&desk(&scratch), &by, &extract(register, Extent::Whole, &text), &mut |_| panic!()).await;
    assert!(matches!(refused, Err(ImportError::Lines(e)) if e.len() == 6));
    let future = Extract { as_of: moment("2027-01-01T00:00:00Z"), ..extract(register, Extent::Whole, "") };
    let refused = import(&desk(&scratch), &by, &future, &mut |_| panic!()).await;
    assert_eq!(refused, Err(ImportError::Future(future.as_of)));
    for by in [Actor::Anonymous, Actor::Person(person(WEI)), officer(Role::Clerk), officer(Role::Administrator)] {
        let refused = import(&desk(&scratch), &by, &extract(register, Extent::Whole, ""), &mut |_| panic!()).await;
        assert_eq!(refused, Err(ImportError::NotAllowed), "{}", by.kind());
    }
    for table in ["select count(*) as n from register_record", "select count(*) as n from register_import"] {
        assert_eq!(scratch.store.query(table, vec![]).await.unwrap()[0].int("n").unwrap(), 0);
    }
}

#[tokio::test]
async fn importing_again_changes_nothing_and_older_news_stays_out() {
    let scratch = Scratch::new().await;
    let one = exam(WEI, "1", "2026-11-20") + &exam(HUANG, "2", "2026-11-20");
    let mut counts = Vec::new();
    for text in [
        one.clone(),
        one,
        exam(WEI, "1", "2026-11-19") + &exam(HUANG, "3", "2026-11-20"),
        exam(WEI, "1", "2026-11-21"),
        exam(WEI, "9", "2026-11-20"),
    ] {
        let done = bring(&scratch, "pharmacist-exam", Extent::Part, &text).await;
        counts.push((done.added, done.changed, done.unchanged, done.older));
    }
    assert_eq!(counts, [(2, 0, 0, 0), (0, 0, 2, 0), (0, 1, 0, 1), (0, 1, 0, 0), (0, 0, 0, 1)]);
    let looks = look(&scratch, &Actor::Machine, &[ask("pharmacist-exam", WEI), ask("pharmacist-exam", HUANG)]).await;
    let numbers = looks.readings.iter().map(|r| match &r.answer {
        Answer::Record { body, as_of, .. } => (body["certificate"].as_str().unwrap(), as_of.date().to_string()),
        other => panic!("{other:?}"),
    });
    let numbers: Vec<_> = numbers.collect();
    assert_eq!(numbers, [("1", "2026-11-21".to_owned()), ("3", "2026-11-20".to_owned())]);
}

#[tokio::test]
async fn a_large_extract_tells_how_far_it_is() {
    let scratch = Scratch::new().await;
    let registers = registers();
    let people = (0..450_u16).map(|n| {
        let born = "1990-01-01".parse::<Date>().unwrap().checked_add(jiff::Span::new().days(i64::from(n))).unwrap();
        kernel::CitizenId::generate("450103", born, 123).unwrap().to_string()
    });
    let text: String = people.map(|code| exam(&code, "1", "2026-11-20")).collect();
    let extract = extract(registers.get("pharmacist-exam").unwrap(), Extent::Whole, &text);
    let mut seen = Vec::new();
    let done = import(&desk(&scratch), &Actor::Machine, &extract, &mut |p| seen.push((p.done, p.total))).await;
    assert_eq!(done.unwrap().added, 450);
    assert_eq!(seen, [(0, 450), (200, 450), (400, 450), (450, 450)]);
}

#[tokio::test]
async fn a_code_that_only_its_registry_can_have_issued_is_accepted_and_told() {
    let scratch = Scratch::new().await;
    let line = |code: &str| {
        json!({ "subject": code, "name": "试点企业", "status": "open", "legal_representative": "某人",
            "address": "福州", "region": "350100", "established_on": "2015-10-01" })
        .to_string()
    };
    let done = bring(&scratch, "business-register", Extent::Part, &line("91350100M0001TGQXM")).await;
    assert_eq!((done.added, done.exceptions), (1, vec!["91350100M0001TGQXM".to_owned()]));
    let registers = registers();
    let text = line("91350100M0001TGQX?");
    let wrong = extract(registers.get("business-register").unwrap(), Extent::Part, &text);
    let refused = import(&desk(&scratch), &Actor::Machine, &wrong, &mut |_| ()).await;
    assert!(matches!(refused, Err(ImportError::Lines(e)) if e.len() == 1 && e[0].field == "subject"));
}

#[test]
fn mistakes_in_layouts_are_told_for_every_file() {
    let good = FILES[1].1;
    let doubled =
        good.to_owned() + "[[field]]\nname = \"open_cases\"\nlabel = { zh = \"甲\", en = \"a\" }\ntype = \"text\"\n";
    let reserved = good.replace("\"references\"", "\"subject\"");
    let files = [
        ("other.toml", good),
        ("case-open.toml", doubled.as_str()),
        ("case-open.toml", reserved.as_str()),
        ("a.toml", "id = 1"),
        ("case-open.toml", &good.replace("required = false", "requried = false")),
        ("case-open.toml", &good.replace("\"integer\"", "\"float\"")),
        ("case-open.toml", &good.replace("\"integer\"", "\"choice\"")),
    ];
    let errors = Registers::parse(files).unwrap_err();
    assert_eq!(errors.len(), 7, "{errors:?}");
}

#[tokio::test]
async fn what_was_published_is_what_the_program_reads() {
    let scratch = Scratch::new().await;
    let published = publish(&desk(&scratch), &FILES).await.unwrap();
    let same = |a: &Registers, b: &Registers| a.iter().eq(b.iter());
    assert!(same(&load(&scratch.store, "gx").await.unwrap(), &published));
    let exported = layouts(&scratch.store, "gx").await.unwrap();
    assert!(exported.iter().map(|(f, b)| (f.as_str(), b.as_str())).eq(FILES));
    assert!(publish(&desk(&scratch), &[("case-open.toml", "")]).await.is_err());
    assert!(same(&load(&scratch.store, "gx").await.unwrap(), &published), "a mistake changes nothing");
}

/// A record of the pharmacies' register, with awkward texts and lists.
fn any_body() -> impl Strategy<Value = Map<String, Json>> {
    let word = || "[ \"',a-z；韦0-9]{0,5}[a-z韦\"']";
    (word(), proptest::collection::vec("[a-z韦]{1,4}", 0..3), any::<u16>()).prop_map(|(text, list, n)| {
        let text = text.trim().to_owned();
        let body = json!({ "name": text, "number": text, "mode": "retail", "scope": list, "address": text,
            "region": "450103", "valid_from": "2024-02-29", "valid_to": "2029-02-28", "status": "valid",
            "pharmacists_required": n });
        let mut body = body.as_object().cloned().unwrap_or_default();
        if list.is_empty() {
            body.shift_remove("scope");
        }
        body
    })
}

fn as_csv(body: &Map<String, Json>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let names = std::iter::once("subject").chain(body.keys().map(String::as_str));
    writer.write_record(names).unwrap();
    let cell = |value: &Json| match value {
        Json::String(text) => text.clone(),
        Json::Array(list) => list.iter().map(|t| t.as_str().unwrap()).collect::<Vec<_>>().join("; "),
        other => other.to_string(),
    };
    writer.write_record(std::iter::once(PHARMACY.to_owned()).chain(body.values().map(cell))).unwrap();
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn csv_and_json_lines_say_the_same(body in any_body()) {
        let registers = registers();
        let register = registers.get("drug-trade-licence").unwrap();
        let as_of = moment("2026-11-22T00:00:00Z");
        let reader = Reader { register, as_of, now: as_of };
        let mut line = body.clone();
        line.insert("subject".into(), PHARMACY.into());
        let want = vec![Entry { subject: PHARMACY.into(), as_of, body: body.clone() }];
        let (csv, json) = (reader.read(&as_csv(&body), Format::Csv), reader.read(&Json::from(line).to_string(), Format::JsonLines));
        prop_assert_eq!(csv.unwrap().entries, want.clone());
        prop_assert_eq!(json.unwrap().entries, want);
    }

    /// Take any value out of a good record, or put anything else into its place: it never passes as the field's type.
    #[test]
    fn a_missing_null_or_mistyped_value_never_passes(at in 0_usize..9, what in 0_usize..6) {
        let registers = registers();
        let register = registers.get("drug-trade-licence").unwrap();
        let mut body = json!({ "name": "甲", "number": "1", "mode": "retail", "address": "乙", "region": "450103",
            "valid_from": "2024-02-29", "valid_to": "2029-02-28", "status": "valid", "pharmacists_required": 1 })
            .as_object().cloned().unwrap();
        prop_assert_eq!(register.faults(&body), vec![]);
        let name = body.keys().nth(at).unwrap().clone();
        let wrong = [Json::Null, json!({}), json!([1]), json!(" "), json!(1.5), json!(true)][what].clone();
        body.insert(name.clone(), wrong);
        let faults = register.faults(&body);
        prop_assert!(faults.len() == 1 && faults[0].0 == name, "{:?}", faults);
        body.shift_remove(&name);
        let required = register.field(&name).unwrap().required;
        prop_assert_eq!(register.faults(&body).len(), usize::from(required));
    }
}

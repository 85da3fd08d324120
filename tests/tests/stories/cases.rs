//! Every `cases.md` of the catalogue, told through the office itself: registers hold what the case states, a person files,
//! the second party confirms, the log signs, the tables keep it. On SQLite and on PostgreSQL, with the same outcome and the
//! same checks to the byte.
//!
//! What a case states is written into the pool's table as it stands there after an import: an import would refuse the very
//! mistakes (a mistyped field, a record without one) that the rules must survive.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;
use std::sync::Arc;

use affairs::access::{self, Actor, Assurance, MandateAct, PartyKind, PersonActor};
use affairs::approval::{self, ApprovalError, Case, State};
use affairs::catalog::cases::{self, Ruled, Situation};
use affairs::catalog::{Answer, ApplicantKind, Catalog, Consent, FactFrom, FieldKind, Files, Inputs, Item, Reading};
use affairs::{licence, replay, supervision};
use kernel::code::{CitizenId, OrganisationCode, Uscc};
use serde_json::{Map, Value as Json, json};
use store::testing::Scratch;
use stories::World;
use stories::world::SHARD;

/// Who applies in every `cases.md`: the example of GB 11643.
const APPLICANT: &str = "11010519491231002X";

/// How a case came out at the counter.
#[derive(Clone, Debug, PartialEq)]
enum Came {
    /// The rules ran.
    Decided { state: State, checks: Json, licence: Option<Json>, duties: Json },
    /// It could not even be sent: the form says what to mend.
    Unsent(Vec<String>),
    /// The second party has not said yes.
    Unconfirmed,
    /// It may not be filed by whoever did not prove who he is.
    Unrecognised,
    /// The item is not offered on the day of filing.
    NotOffered,
}

/// One item told on one engine.
struct Teller {
    world: World,
    item: Arc<Item>,
    n: u16,
}

impl Teller {
    async fn tell(&mut self, situation: &Situation) -> (Came, Option<Inputs>) {
        self.n += 1;
        let Some(assurance) = assurance(situation.request.identity) else { return (Came::Unrecognised, None) };
        let world = &self.world;
        world.scratch.clock.set(situation.request.filed_at);
        let applicant = self.applicant(assurance).await;
        let situation = renamed(situation, &applicant.principal().code);
        self.furnish(&situation).await;
        let mut form = situation.form.clone();
        complete(&mut form, &self.item, applicant.principal());
        let later = situation.request.filed_at != situation.request.decided_at;
        if later {
            world.scratch.store.sign_with(None).await.unwrap();
        }
        let filed = world.file(&applicant, &self.item.id, &form, &format!("k{}", self.n)).await;
        if later {
            world.scratch.clock.set(situation.request.decided_at);
            world.scratch.store.sign_with(Some(store::testing::signer())).await.unwrap();
            approval::make_up(&world.desk()).await.unwrap();
        }
        let case = match filed {
            Ok(case) => case,
            Err(ApprovalError::Form(errors)) => {
                return (Came::Unsent(errors.into_iter().map(|e| e.pointer + " " + &e.code).collect()), None);
            }
            Err(ApprovalError::NotOffered(_)) => return (Came::NotOffered, None),
            Err(other) => panic!("{other}"),
        };
        if !self.confirmed(&case, situation.request.consent, &applicant).await {
            return (Came::Unconfirmed, None);
        }
        self.seen(&applicant, &case).await
    }

    /// Who applies: a person, or a company by the hand of one.
    async fn applicant(&self, assurance: Assurance) -> PersonActor {
        let person = PersonActor { assurance, ..self.world.person("案例申请人", self.n).await };
        if self.item.service.applicant != ApplicantKind::LegalPerson {
            return person;
        }
        let body = OrganisationCode::generate(&format!("MA5{:05}", self.n)).unwrap();
        let code = Uscc::generate("91450100", &body).unwrap();
        let (base, kind) = (self.world.base(), PartyKind::Company);
        access::people::ensure_party(&base, kind, code.as_str(), "案例申请人").await.unwrap();
        self.world.mandate(&person, code.as_str(), &[MandateAct::View, MandateAct::File], &[]).await
    }

    /// Puts into the pool what registers say, and into the counters what is left of the quota.
    async fn furnish(&self, situation: &Situation) {
        let mut sql = String::from("DELETE FROM register_record; DELETE FROM register_import;");
        sql.push_str("DELETE FROM counter WHERE key LIKE 'quota/%';");
        for (n, reading) in situation.readings.iter().enumerate() {
            if let Some(quota) = reading.register.strip_prefix("quota:") {
                self.fill(&mut sql, quota, reading, situation);
            } else if !reading.register.starts_with("parameter:") {
                furnish(&mut sql, n, reading);
            }
        }
        store::testing::execute(&self.world.scratch.location(), &sql).await;
    }

    /// The counter from which the rules will see as much left as the case states.
    fn fill(&self, sql: &mut String, quota: &str, reading: &Reading, situation: &Situation) {
        let Answer::Record { body, .. } = &reading.answer else { return };
        let quota = self.world.catalog.figures().quota(quota).unwrap();
        let year = situation.request.decided_at.date().year();
        for region in quota.amounts.iter().filter(|a| a.year == year).map(|a| a.region.to_string()) {
            let counter = affairs::catalog::quota_counter(&quota.id, &region, i64::from(year));
            let _ =
                write!(sql, "INSERT INTO counter (shard, key, n) VALUES ('{SHARD}', '{counter}', {});", body["value"]);
        }
    }

    /// Lets the second party say what the case says it did. Whether the case can go on.
    async fn confirmed(&self, case: &Case, consent: Consent, applicant: &PersonActor) -> bool {
        if case.second_party.is_none() {
            return true;
        }
        let (desk, code) = (self.world.desk(), case.second_party.clone().unwrap());
        match consent {
            Consent::Given => {
                let colleague = self.world.person("同事", 900).await;
                let colleague = self.world.mandate(&colleague, &code, &[MandateAct::Confirm], &[]).await;
                approval::confirm(&desk, &colleague, case.id).await.unwrap();
                true
            }
            Consent::GivenByApplicant => {
                let own = PersonActor { acting_for: None, ..applicant.clone() };
                let own = self.world.mandate(&own, &code, &[MandateAct::Confirm], &[]).await;
                let confirmed = approval::confirm(&desk, &own, case.id).await;
                assert!(matches!(confirmed, Err(ApprovalError::Forbidden(_))), "{confirmed:?}");
                false
            }
            Consent::None | Consent::Denied => false,
        }
    }

    async fn seen(&self, applicant: &PersonActor, case: &Case) -> (Came, Option<Inputs>) {
        let (store, actor) = (&self.world.scratch.store, Actor::Person(applicant.clone()));
        let file = approval::file_for(store, &actor, case.id, self.world.now()).await.unwrap().0;
        let decision = file.latest().unwrap();
        let inputs: Inputs = serde_json::from_value(decision.inputs.clone()).unwrap();
        let again = approval::rejudge(&self.item, &inputs, approval::Setting::Demonstration);
        let again = serde_json::to_value(&again).unwrap();
        for (now, stored) in
            again["checks"].as_array().unwrap().iter().zip(decision.checks["checks"].as_array().unwrap())
        {
            assert_eq!(now, stored, "{} {}: what is stored replays", self.item.id, self.n);
        }
        let held = licence::by_case(store, case.applicant, case.id).await.unwrap();
        let licence =
            held.map(|l| json!([l.valid_from.to_string(), l.valid_to.map(|d| d.to_string()), l.agency, l.region]));
        let mut duties = supervision::duties_of(store, case.id).await.unwrap();
        duties.sort_by(|a, b| (&a.kind, &a.agency).cmp(&(&b.kind, &b.agency)));
        let duties = duties.iter().map(|d| json!([d.kind, d.agency, d.region])).collect();
        let came = Came::Decided { state: file.case.state, checks: decision.checks.clone(), licence, duties };
        (came, Some(inputs))
    }
}

fn assurance(level: u8) -> Option<Assurance> {
    match level {
        0 => None,
        1 => Some(Assurance::Weak),
        2 => Some(Assurance::Substantial),
        _ => Some(Assurance::Strong),
    }
}

/// The situation with another applicant: each case of an item has its own, as one person has one open case of it.
fn renamed(situation: &Situation, code: &str) -> Situation {
    let swap = |text: &str| if text == APPLICANT { code.to_owned() } else { text.to_owned() };
    let mut situation = situation.clone();
    situation.request.applicant_code = code.to_owned();
    for value in situation.form.values_mut() {
        if let Json::String(text) = value {
            *text = swap(text);
        }
    }
    for reading in &mut situation.readings {
        reading.subject = swap(&reading.subject);
    }
    situation
}

/// What a form needs and no case states: a telephone, the declarations, the rest as the schema allows.
fn complete(form: &mut Map<String, Json>, item: &Item, applicant: &access::Party) {
    for field in &item.form.fields {
        let schema = &item.form.schema["properties"][&field.name];
        let value = match &field.kind {
            FieldKind::Phone => json!("13877100001"),
            FieldKind::Declaration(_) => json!(true),
            FieldKind::Choice(choices) => json!(choices[0].value),
            FieldKind::Integer => schema["minimum"].clone(),
            FieldKind::Date => json!("2026-12-31"),
            FieldKind::Uscc if applicant.kind == PartyKind::Company => json!(applicant.code),
            FieldKind::Uscc => json!("91350100M000100Y43"),
            FieldKind::CitizenId => {
                json!(CitizenId::generate("450103", "1979-02-03".parse().unwrap(), 1).unwrap().as_str())
            }
            FieldKind::Text | FieldKind::LongText => json!("案例中没有写"),
        };
        // What the rules read is for the case to state.
        let read = item.facts.iter().any(|f| matches!(&f.from, FactFrom::Form { field: of, .. } if *of == field.name));
        if field.required && !read && !form.contains_key(&field.name) {
            form.insert(field.name.clone(), value);
        }
    }
}

fn furnish(sql: &mut String, n: usize, reading: &Reading) {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let (register, subject) = (quoted(&reading.register), quoted(&reading.subject));
    match &reading.answer {
        Answer::Record { body, as_of, trust, source } => {
            let (body, trust) = (quoted(&Json::Object(body.clone()).to_string()), quoted(trust.letter()));
            let _ = write!(
                sql,
                "INSERT INTO register_record (shard, register, subject, version, body, as_of, trust, source_zh, source_en, \
                 origin, written_at) VALUES ('{SHARD}', {register}, {subject}, 1, {body}, {}, {trust}, {}, {}, 'case', {});",
                as_of.ms(),
                quoted(&source.zh),
                quoted(&source.en),
                as_of.ms()
            );
        }
        Answer::NoRecord => {
            let at = reading.read_at.ms();
            let _ = write!(
                sql,
                "INSERT INTO register_import (shard, id, register, extent, as_of, file_hash, added, changed, unchanged, older, \
                 exceptions, actor_kind, actor_name, at) VALUES ('{SHARD}', 'case-{n}', {register}, 'whole', {at}, CAST('x' AS BLOB), 0, 0, 0, \
                 0, '[]', 'machine', 'machine', {at});",
            );
        }
        Answer::Unreachable { .. } => {}
    }
}

/// The catalogues in which a threshold is what a case states.
#[derive(Default)]
struct Shelf(BTreeMap<Vec<(String, Option<i64>)>, Arc<Catalog>>);

impl Shelf {
    fn of(&mut self, situation: &Situation) -> Arc<Catalog> {
        let seed = Files::seed();
        let ids = seed
            .iter()
            .filter_map(|(path, _)| Some(path.strip_prefix("parameters/")?.strip_suffix(".toml")?.to_owned()));
        let key: Vec<_> = ids.map(|id| (id.clone(), threshold(situation, &id))).collect();
        let built = self.0.entry(key.clone()).or_insert_with(|| {
            let mut files = older_than_the_table(Files::seed());
            for (id, value) in &key {
                files.insert(format!("parameters/{id}.toml"), threshold_file(id, *value));
            }
            let built = Catalog::from_files(&files);
            assert!(built.is_importable(), "{:#?}", built.findings);
            Arc::new(built.catalog)
        });
        Arc::clone(built)
    }
}

/// The tables of regions and agencies begin with the statistics of 2023; cases of an item that has ended since are older.
/// For them places and agencies are taken to have been there.
fn older_than_the_table(mut files: Files) -> Files {
    let older = |text: &[u8]| {
        let text = String::from_utf8(text.to_vec()).unwrap();
        text.replace(",2023-06-30,", ",2016-01-01,").replace("valid_from = 2023-06-30", "valid_from = 2016-01-01")
    };
    let older: Vec<_> = files
        .iter()
        .filter(|(path, _)| path.starts_with("regions/") || path.starts_with("agencies/"))
        .filter(|(path, _)| path.ends_with(".csv") || path.ends_with(".toml"))
        .map(|(path, text)| (path.to_owned(), older(text)))
        .collect();
    for (path, text) in older {
        files.insert(path, text);
    }
    files
}

fn threshold(situation: &Situation, id: &str) -> Option<i64> {
    let reading = situation.readings.iter().find(|r| r.register.strip_prefix("parameter:") == Some(id))?;
    let Answer::Record { body, .. } = &reading.answer else { return None };
    Some(body["value"].as_i64().expect("a file of thresholds holds whole numbers only"))
}

/// A threshold that no case states is set in a place where no case is.
fn threshold_file(id: &str, value: Option<i64>) -> String {
    let (region, value) = value.map_or(("451402", 1), |value| ("450000", value));
    format!(
        "id = \"{id}\"\nname = {{ zh = \"标准\", en = \"threshold\" }}\nunit = {{ zh = \"个\", en = \"units\" }}\n\n\
         [[value]]\nregion = \"{region}\"\nvalid_from = 2000-01-01\nvalue = {value}\ngrade = \"D\"\n"
    )
}

/// What came of a case, named; with what the rules saw.
type Told = (String, Came, Option<Inputs>);

async fn told(scratch: Scratch, shelf: &mut Shelf, item: &Arc<Item>) -> Vec<Told> {
    let world = World::on(scratch).await;
    let mut teller = Teller { world, item: Arc::clone(item), n: 0 };
    let mut all = Vec::new();
    for (case, situation) in cases::situations(item) {
        teller.world.catalog = shelf.of(&situation);
        let (came, inputs) = teller.tell(&situation).await;
        all.push((case.name, came, inputs));
    }
    let world = &teller.world;
    assert!(world.scratch.store.check().await.unwrap().is_empty(), "the log and the tables agree");
    let again = replay::replay(&world.scratch.store, &world.catalog, world.setting, &mut |_, _| {}).await.unwrap();
    assert!(again.is_equal() && again.all().erased == 0, "{}: {:#?}", item.id, again.differences.first());
    all
}

/// What differs between what `cases.md` says and what came out. A case that no counter can be brought to (nobody may send
/// that form, the second party said nothing) is no grant and no refusal.
fn differences(item: &Item, catalog: &Catalog, told: &[Told]) -> Vec<String> {
    let queue = RefCell::new(told.iter().collect::<VecDeque<_>>());
    let short = RefCell::new(Vec::new());
    let results = cases::run(item, catalog.calendar(), |item, situation| {
        let (name, came, inputs) = queue.borrow_mut().pop_front().unwrap();
        match (came, inputs) {
            (Came::Decided { checks, .. }, Some(inputs)) => ruled(checks, inputs),
            _ => {
                short.borrow_mut().push(format!("{name}: {came:?}"));
                let (inputs, assessment) = approval::judge(
                    item,
                    &affairs::catalog::FactDesk {
                        form: &situation.form,
                        readings: &situation.readings,
                        request: &situation.request,
                    },
                    approval::Setting::Demonstration,
                );
                let granted = assessment.outcome == approval::Outcome::Grant;
                let early = *came == Came::NotOffered && situation.request.filed_at.date() < item.valid_from;
                assert!(early || (!granted && *came != Came::NotOffered), "{} {name}: {came:?}", item.id);
                ruled(&serde_json::to_value(assessment).unwrap(), &inputs)
            }
        }
    });
    assert!(queue.borrow().is_empty(), "as many cases here as there");
    let short = short.into_inner();
    assert!(short.len() * 4 < told.len(), "{}: too many cases stop at the door: {short:?}", item.id);
    let at = |r: &cases::CaseResult, p: &String| format!("{} {}: {}: {p}", item.id, r.line, r.case);
    results.iter().flat_map(|r| r.problems.iter().map(move |p| at(r, p))).collect()
}

/// Nobody knows where the matter lies, so nobody knows who decides: whatever the rules say, a person looks first.
fn nowhere(checks: &Json) -> bool {
    checks["notes"].to_string().contains("the place is not known")
}

/// What the rules alone say.
fn of_checks(checks: &Json) -> String {
    let assessment: approval::Assessment = serde_json::from_value(checks.clone()).unwrap();
    approval::outcome(&assessment.checks, !assessment.contradictions.is_empty()).word().to_owned()
}

fn ruled(checks: &Json, inputs: &Inputs) -> Ruled {
    let ids = |truth: &str| -> BTreeSet<String> {
        let all = checks["checks"].as_array().unwrap().iter().filter(|c| c["truth"] == truth);
        all.map(|c| c["id"].as_str().unwrap().to_owned()).collect()
    };
    let outcome = checks["outcome"].as_str().unwrap().to_owned();
    let outcome = if nowhere(checks) { of_checks(checks) } else { outcome };
    Ruled { outcome, failed: ids("not_met"), unknown: ids("unknown"), inputs: inputs.clone() }
}

async fn both_engines(department: &str) {
    let catalog = Catalog::from_files(&Files::seed()).catalog;
    let (mut shelf, mut wrong) = (Shelf::default(), Vec::new());
    for item in catalog.versions().filter(|item| item.id.starts_with(department)) {
        let here = told(Scratch::on_sqlite("").await, &mut shelf, item).await;
        wrong.extend(differences(item, &catalog, &here));
        for (name, came, _) in &here {
            if let Came::Decided { state, licence, checks, duties } = came {
                let granted = checks["outcome"] == "grant";
                assert_eq!(*state == State::Granted, granted, "{} {name}", item.id);
                assert!(!nowhere(checks) || *state == State::InReview, "{} {name}: {state:?}", item.id);
                assert!(*state != State::Refused, "{} {name}: refused by machine", item.id);
                assert!(
                    granted || (licence.is_none() && duties == &json!([])),
                    "{} {name}: {licence:?} {duties}",
                    item.id
                );
            }
        }
        let Some(scratch) = Scratch::on_postgres("").await else { continue };
        let there = told(scratch, &mut shelf, item).await;
        for (one, other) in here.iter().zip(&there) {
            assert_eq!(one, other, "{}: SQLite and PostgreSQL", item.id);
        }
        assert_eq!(here.len(), there.len());
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[tokio::test]
async fn cases_of_food_and_drugs_come_out_as_written_on_both_engines() {
    both_engines("fd-").await;
}

#[tokio::test]
async fn cases_of_forestry_come_out_as_written_on_both_engines() {
    both_engines("fo-").await;
}

#[tokio::test]
async fn cases_of_housing_come_out_as_written_on_both_engines() {
    both_engines("hc-").await;
}

#[tokio::test]
async fn cases_of_health_come_out_as_written_on_both_engines() {
    both_engines("he-").await;
}

#[test]
fn no_item_is_left_out_above() {
    let catalog = Catalog::from_files(&Files::seed()).catalog;
    let told = |id: &str| ["fd-", "fo-", "hc-", "he-"].iter().any(|d| id.starts_with(d));
    let left: Vec<&str> = catalog.versions().map(|i| i.id.as_str()).filter(|id| !told(id)).collect();
    assert_eq!(left, Vec::<&str>::new(), "give their department a test");
}

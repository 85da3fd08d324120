//! Stories of decisions computed again: what was decided replays to the byte, what was tampered with is named, what was erased is
//! counted apart; a draft is tried on the past and runs beside people without touching either.

use std::sync::Arc;

use affairs::access::{Actor, PersonActor, Role, StaffActor};
use affairs::approval::{self, Case, Outcome, Ruling, RulingDraft, State};
use affairs::catalog::Item;
use affairs::replay::{self, Agreement, Draft, Least, NewShadow, Replayed, ShadowError, What};
use axum::http::StatusCode;
use serde_json::{Value as Json, json};
use store::testing::{Scratch, execute};
use stories::{Browser, World};

const RENEW: &str = "fd-pharmacist-renew";

/// What happened in the story's office, by outcome.
struct Past {
    granted: Case,
    correcting: Case,
    refused: Case,
    applicant: PersonActor,
    officer: StaffActor,
}

/// A renewal with so many credits, confirmed by the pharmacy.
async fn renewal(world: &World, n: u16, (credits, shop): (i64, &str)) -> (PersonActor, Case) {
    let (person, agent) = (world.person("韦春晓", n).await, world.person("农佳", 900 + n).await);
    let (code, pharmacy) = world.pharmacy("邕江大药房", &agent).await;
    world.registered(&person, &code, 60).await;
    world.qualified(&person, credits).await;
    world.shop_licence(&code, shop).await;
    let case = world.file(&person, RENEW, &world.renewal(&person, &code, 60), &format!("key-{n}")).await.unwrap();
    (person, approval::confirm(&world.desk(), &pharmacy, case.id).await.unwrap())
}

async fn past(world: &World) -> Past {
    let (_, granted) = renewal(world, 1, (80, "valid")).await;
    let (applicant, correcting) = renewal(world, 2, (40, "valid")).await;
    let (_, doubtful) = renewal(world, 3, (80, "under_review")).await;
    let states = [granted.state, correcting.state, doubtful.state];
    assert_eq!(states, [State::Granted, State::Correcting, State::InReview]);
    let officer = world.officer("moran", "莫然", &[Role::Approver]).await;
    let refused = ruled(world, &officer, &doubtful, Ruling::Refuse).await;
    assert_eq!(refused.state, State::Refused);
    Past { granted, correcting, refused, applicant, officer }
}

async fn ruled(world: &World, officer: &StaffActor, case: &Case, ruling: Ruling) -> Case {
    let store = &world.scratch.store;
    let version = approval::story(store, case.id).await.unwrap().unwrap().case.version;
    let draft = RulingDraft { ruling, reasons: "经核实，执业单位的许可证正在审查。", version };
    approval::rule(&world.desk(), &Actor::Staff(officer.clone()), case.id, &draft).await.unwrap();
    approval::story(store, case.id).await.unwrap().unwrap().case
}

async fn replayed(world: &World) -> Replayed {
    let mut seen = Vec::new();
    let store = &world.scratch.store;
    let mut tell = |n, all| seen.push((n, all));
    let found = replay::replay(store, &world.catalog, world.setting, &mut tell).await.unwrap();
    let all = found.all().decisions;
    assert_eq!(seen.last(), Some(&(all, all)), "progress comes to the end");
    found
}

async fn everything_replays(world: World) {
    let past = past(&world).await;
    let found = replayed(&world).await;
    let tally = found.items[RENEW];
    assert!(found.is_equal() && tally.decisions >= 4, "{found:?}");
    assert_eq!((tally.equal, tally.different, tally.erased), (tally.decisions, 0, 0));

    let at = world.scratch.location();
    let of = |case: &Case, set: &str| format!("UPDATE decision SET {set} WHERE case_id = '{}'", case.id);
    execute(&at, &of(&past.granted, "outcome = 'refer'")).await;
    let found = replayed(&world).await;
    let first = &found.differences[0];
    assert_eq!((first.case, first.what, first.condition.clone()), (past.granted.id, What::Outcome, None));
    assert_eq!((first.stored.as_str(), first.recomputed.as_str()), ("refer", "grant"));
    assert_eq!(found.all().different, 1);
    execute(&at, &of(&past.granted, "outcome = 'grant'")).await;

    // A fact that was changed turns its condition, which is named; a check that was changed does as well.
    execute(&at, &of(&past.correcting, "inputs = replace(inputs, ':40,', ':80,')")).await;
    let found = replayed(&world).await;
    let first = &found.differences[0];
    assert_eq!((first.case, first.what), (past.correcting.id, What::Truth), "{first:?}");
    assert_eq!((first.stored.as_str(), first.recomputed.as_str()), ("not_met", "met"));
    assert!(first.condition.is_some());
    execute(&at, &of(&past.correcting, "inputs = replace(inputs, ':80,', ':40,')")).await;

    execute(&at, &of(&past.granted, "checks = replace(checks, '\"truth\":\"met\"', '\"truth\":\"not_met\"')")).await;
    let found = replayed(&world).await;
    assert_eq!(found.differences[0].what, What::Truth, "{found:?}");
    execute(&at, &of(&past.granted, "checks = replace(checks, '\"truth\":\"not_met\"', '\"truth\":\"met\"')")).await;
    execute(&at, &of(&past.granted, "checks = replace(checks, '\"schema\":2', '\"schema\":9')")).await;
    assert_eq!(replayed(&world).await.differences[0].what, What::Newer);
    execute(&at, &of(&past.granted, "checks = replace(checks, '\"schema\":9', '\"schema\":2')")).await;
    execute(&at, &of(&past.granted, "item_version = 'gone'")).await;
    assert_eq!(replayed(&world).await.differences[0].what, What::VersionMissing);

    // What was erased is neither equal nor different.
    let gone = "salt = CAST('' AS BLOB), form = '{}', inputs = '{}', checks = '{}'";
    let gone =
        if matches!(at, store::Location::Sqlite(_)) { gone.to_owned() } else { gone.replace("CAST('' AS BLOB)", "''") };
    execute(&at, &of(&past.granted, &gone)).await;
    let found = replayed(&world).await;
    let tally = found.items[RENEW];
    assert!(found.is_equal() && tally.erased >= 1, "{found:?}");
    assert_eq!(tally.equal + tally.erased, tally.decisions);
}

#[tokio::test]
async fn every_decision_replays_and_what_was_changed_is_named() {
    everything_replays(World::on(Scratch::on_sqlite("").await).await).await;
}

#[tokio::test]
async fn every_decision_replays_and_what_was_changed_is_named_on_postgresql() {
    let Some(scratch) = Scratch::on_postgres("").await else { return };
    everything_replays(World::on(scratch).await).await;
}

/// A decision as schema 1 wrote it: without the setting, and without what the rules alone came to.
#[tokio::test]
async fn a_decision_of_an_older_schema_replays_too() {
    let world = World::on(Scratch::on_sqlite("").await).await;
    let past = past(&world).await;
    let old = "UPDATE decision SET checks = replace(replace(replace(checks, '\"schema\":2', '\"schema\":1'), \
               ',\"by_rules\":\"grant\",\"setting\":\"demonstration\"', ''), \
               ',\"by_rules\":\"correct\",\"setting\":\"demonstration\"', '')";
    execute(&world.scratch.location(), &format!("{old} WHERE outcome IN ('grant', 'correct')")).await;
    let rows = "SELECT count(*) AS n FROM decision WHERE checks LIKE '%\"schema\":1%' AND checks NOT LIKE '%by_rules%'";
    let rows = world.scratch.store.query(rows, vec![]).await.unwrap();
    assert!(rows[0].int("n").unwrap() >= 2, "they were written as before");
    assert!(replayed(&world).await.is_equal());
    let other = format!("UPDATE decision SET outcome = 'correct' WHERE case_id = '{}'", past.granted.id);
    execute(&world.scratch.location(), &other).await;
    assert_eq!(replayed(&world).await.differences[0].what, What::Outcome);
}

fn item(world: &World) -> Arc<Item> {
    world.catalog.item(RENEW, world.now().date()).unwrap()
}

/// The model of the item as it stands.
fn model() -> String {
    let files = affairs::catalog::Files::seed();
    std::str::from_utf8(files.get(&format!("items/{RENEW}/rules.dmn")).unwrap()).unwrap().to_owned()
}

/// With more credits wanted.
fn stricter() -> String {
    let (from, to) = ("<outputEntry><text>75</text>", "<outputEntry><text>100</text>");
    assert!(model().contains(from));
    model().replace(from, to)
}

/// Without the condition that sends licences under review to a person.
fn laxer() -> String {
    let model = model();
    let begin = model.find("<decision id=\"c8\"").unwrap();
    let end = begin + model[begin..].find("</decision>").unwrap() + "</decision>".len();
    format!("{}{}", &model[..begin], &model[end..])
}

/// With a fact that nobody reads today.
fn hungrier() -> String {
    let (input, formula) = ("<decision id=\"p1\"", "<text>已获学分 &gt;= 应修学分</text>");
    let (head, own) =
        ("<decision id=\"c2\" name=\"继续教育学分达标\">", "<variable name=\"继续教育学分达标\" typeRef=\"boolean\"/>");
    let model = model();
    assert!([input, formula, head, own].iter().all(|part| model.contains(part)));
    let added = "<inputData id=\"i99\" name=\"体检结论\"><variable name=\"体检结论\" typeRef=\"string\"/></inputData>";
    let wanted = "<text>已获学分 &gt;= 应修学分 and 体检结论 = \"合格\"</text>";
    let requires = "<informationRequirement><requiredInput href=\"#i99\"/></informationRequirement>";
    model.replacen(input, &format!("{added}{input}"), 1).replacen(formula, wanted, 1).replacen(
        own,
        &format!("{own}{requires}"),
        1,
    )
}

async fn a_draft_on_the_past(world: World) {
    let past = past(&world).await;
    let store = &world.scratch.store;
    let same = Arc::new(Draft::of(&item(&world)));
    let tried = replay::what_if(store, &same, None, &mut |_, _| {}).await.unwrap();
    assert_eq!((tried.changed, tried.moves.len()), (0, 0), "the rules in force change nothing: {tried:?}");
    assert!(tried.decisions >= 4 && tried.conditions.values().all(|c| c.same == tried.decisions));

    let draft = Arc::new(replay::of_model(&item(&world), &stricter()).unwrap());
    let tried = replay::what_if(store, &draft, None, &mut |_, _| {}).await.unwrap();
    let turned: Vec<_> = tried.conditions.iter().filter(|(_, c)| c.lost > 0).collect();
    assert_eq!(turned.len(), 1, "one condition turns: {tried:?}");
    assert!(tried.changed >= 1 && tried.sample.iter().any(|s| s.case == past.granted.id), "{tried:?}");
    let to_mend = tried.moves.iter().find(|m| (m.from, m.to) == (Outcome::Grant, Outcome::Correct)).unwrap();
    assert!(to_mend.decisions >= 1);
    let sums: u64 = tried.months.values().map(|s| s.changed).sum();
    assert_eq!((sums, tried.regions.values().map(|s| s.changed).sum::<u64>()), (tried.changed, tried.changed));
    assert!(replayed(&world).await.is_equal(), "trying changes nothing");
    pages(&world, &past).await;
}

/// The page: the author tries the draft, reads what came of it, and finds no case; the approver does not find the page.
async fn pages(world: &World, past: &Past) {
    let site = world.site();
    let author = world.officer("huangdinggui", "黄定规", &[Role::RuleAuthor]).await;
    let mut desk = Browser::of(world, &site, author.account).await;
    let empty = desk.get("/staff/replay").await;
    assert_eq!(empty.status, StatusCode::OK);
    assert!(empty.main().contains("还没有试算过"), "{}", empty.main());
    let wrong = desk.post("/staff/replay", &[("item", RENEW), ("model", "<definitions>")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.main().contains("模型") && wrong.text().contains("&#60;definitions&#62;</textarea>"),
        "{}",
        wrong.main()
    );
    let begun = desk.post("/staff/replay", &[("item", RENEW), ("model", &stricter())]).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.main());
    let href = begun.location().to_owned();
    let page = loop {
        let page = desk.get(&href).await;
        if !page.text().contains("data-refresh") {
            break page.main();
        }
        tokio::task::yield_now().await;
    };
    for seen in ["已完成", "件的条件结论会不同", "全部符合", "需补正", "不在您的查看范围", "2026-11"]
    {
        assert!(page.contains(seen), "{seen} in {page}");
    }
    assert!(!page.contains(&past.granted.number), "an author sees no case: {page}");
    over_the_api(&mut desk, &href, past).await;
    let auditor = world.officer("pan", "潘立方", &[Role::Auditor]).await;
    let mut other = Browser::of(world, &site, auditor.account).await;
    assert_eq!(other.get(&href).await.status, StatusCode::NOT_FOUND, "what others tried was read with their rights");
    let mut approver = Browser::of(world, &site, past.officer.account).await;
    assert_eq!(approver.get("/staff/replay").await.status, StatusCode::NOT_FOUND);
    assert_eq!(approver.get("/staff/replay/shadows").await.status, StatusCode::NOT_FOUND);
    for path in ["/staff/replay/coverage".to_owned(), format!("/staff/replay/coverage/{RENEW}")] {
        assert_eq!(approver.get(&path).await.status, StatusCode::NOT_FOUND);
        let page = other.get(&path).await;
        assert!(page.status == StatusCode::OK && page.main().contains("演示"), "{}", page.main());
    }
}

/// The same for a program: what was found, and of the cases no more than the page shows.
async fn over_the_api(desk: &mut Browser, href: &str, past: &Past) {
    let id = href.rsplit('/').next().unwrap();
    let one = desk.get(&format!("/api/v1/replay/trials/{id}")).await;
    let body: Json = serde_json::from_slice(&one.bytes).unwrap_or_else(|_| panic!("{}", one.text()));
    assert_eq!((&body["state"], &body["item"]), (&json!("done"), &json!(RENEW)), "{body}");
    assert!(body["found"]["changed"].as_u64().unwrap() > 0 && body["found"]["sample"][0]["number"].is_null(), "{body}");
    assert!(!one.text().contains(&past.granted.id.to_string()) && !one.text().contains(&past.granted.number));
    let all = desk.get("/api/v1/replay/trials").await;
    let all: Json = serde_json::from_slice(&all.bytes).unwrap();
    assert_eq!((&all[0]["id"], all[0]["found"].get("sample")), (&json!(id), None), "{all}");
    let coverage = desk.get(&format!("/api/v1/rules/{RENEW}/coverage")).await;
    let coverage: Json = serde_json::from_slice(&coverage.bytes).unwrap();
    assert!(coverage["conditions"] == json!(10) && coverage["laws"].as_array().unwrap().len() > 1, "{coverage}");
}

#[tokio::test]
async fn a_draft_is_tried_on_the_past() {
    a_draft_on_the_past(World::on(Scratch::on_sqlite("").await).await).await;
}

#[tokio::test]
async fn a_draft_is_tried_on_the_past_on_postgresql() {
    let Some(scratch) = Scratch::on_postgres("").await else { return };
    a_draft_on_the_past(World::on(scratch).await).await;
}

async fn a_draft_beside_people(world: World) {
    let author = world.officer("huangdinggui", "黄定规", &[Role::RuleAuthor]).await;
    let base = world.base();
    let nothing = NewShadow { item: "nothing", model: "<definitions>", why: "短" };
    match replay::begin_shadow(&base, &author, &world.catalog, &nothing).await {
        Err(ShadowError::Form(errors)) => assert_eq!(errors.len(), 2, "{errors:?}"),
        other => panic!("{other:?}"),
    }
    let (lax, hungry) = (laxer(), hungrier());
    let new = NewShadow { item: RENEW, model: &lax, why: "核查中的许可证能否由规则判断" };
    let shadow = replay::begin_shadow(&base, &author, &world.catalog, &new).await.unwrap();
    let new = NewShadow { item: RENEW, model: &hungry, why: "体检结论现在没有读取" };
    let other = replay::begin_shadow(&base, &author, &world.catalog, &new).await.unwrap();
    let past = past(&world).await;
    assert_eq!(replay::shadow_seen(base.store, &author, &shadow).await.unwrap().total(), 0, "nothing was asked of it");
    let (_, doubtful) = renewal(&world, 4, (80, "under_review")).await;
    assert_eq!(doubtful.state, State::InReview, "a draft that would grant decides nothing");
    let granted = ruled(&world, &past.officer, &doubtful, Ruling::Grant).await;
    assert_eq!(granted.state, State::Granted, "nor does one that would not");
    assert_eq!(replay::watch_shadows(&base, &world.catalog).await.unwrap(), 4);
    assert_eq!(replay::watch_shadows(&base, &world.catalog).await.unwrap(), 0, "each decision once");
    let seen = replay::shadow_seen(base.store, &author, &shadow).await.unwrap();
    let counted: Vec<_> = seen.counts.iter().map(|(agreement, n)| (*agreement, *n)).collect();
    assert_eq!(counted, [(Agreement::Agrees, 1), (Agreement::Disagrees, 1)], "{seen:?}");
    assert_eq!(seen.disagreements, [(past.refused.id, "refused".to_owned(), Outcome::Grant)]);
    let starved = replay::shadow_seen(base.store, &author, &other).await.unwrap();
    assert_eq!(starved.counts.get(&Agreement::Abstains), Some(&2), "{starved:?}");
    assert_eq!((starved.conditions["c2"].unknown, starved.conditions["c2"].missing.get("体检结论")), (2, Some(&2)));
    assert!(replayed(&world).await.is_equal(), "decisions are what they would be without it");

    let site = world.site();
    let mut desk = Browser::of(&world, &site, author.account).await;
    let href = format!("/staff/replay/shadows/{}", shadow.id);
    let page = desk.get(&href).await.main();
    assert!(
        page.contains("比较了 2 件由人作出的决定") && page.contains("不一致") && !page.contains(&past.refused.number),
        "{page}"
    );
    assert_eq!(desk.post(&format!("{href}/end"), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(desk.post(&format!("{href}/end"), &[]).await.status, StatusCode::CONFLICT, "ended once");
    let leaves = base.store.leaves(shadow.id).await.unwrap();
    assert_eq!(leaves.iter().map(|l| l.kind.as_str()).collect::<Vec<_>>(), ["shadow.begun", "shadow.ended"]);
    let (_, later) = renewal(&world, 5, (80, "under_review")).await;
    ruled(&world, &past.officer, &later, Ruling::Grant).await;
    assert_eq!(replay::watch_shadows(&base, &world.catalog).await.unwrap(), 1, "one is over, the other goes on");
}

#[tokio::test]
async fn a_draft_runs_beside_people_and_decides_nothing() {
    a_draft_beside_people(World::on(Scratch::on_sqlite("").await).await).await;
}

#[tokio::test]
async fn a_draft_runs_beside_people_and_decides_nothing_on_postgresql() {
    let Some(scratch) = Scratch::on_postgres("").await else { return };
    a_draft_beside_people(World::on(scratch).await).await;
}

/// Who was asked to mend something reads the least change; done, it is granted. Nobody else reads it.
#[tokio::test]
async fn the_least_change_is_told_to_its_applicant() {
    let world = World::on(Scratch::on_sqlite("").await).await;
    let past = past(&world).await;
    let site = world.site();
    let mut home = Browser::of(&world, &site, past.applicant.account).await;
    let page = home.get(&format!("/cases/{}", past.correcting.number)).await.main();
    assert!(page.contains("怎样才会不同") && page.contains("已获学分"), "{page}");
    assert!(page.contains("这是按规则算出的最小改变"), "{page}");
    let file = approval::story(&world.scratch.store, past.correcting.id).await.unwrap().unwrap();
    let inputs = serde_json::from_value(file.latest().unwrap().inputs.clone()).unwrap();
    let Least::Change { steps, is_least: true } = replay::least_change(&item(&world), &inputs) else {
        panic!("no change")
    };
    assert_eq!(steps.iter().map(|s| s.label.zh.as_str()).collect::<Vec<_>>().len(), 1, "{steps:?}");
    let credits = steps[0].to.as_i64().unwrap();
    assert_eq!(credits, 75, "what five years want");
    let form = file.case.form.as_object().cloned().unwrap();
    assert_eq!(
        home.get(&format!("/cases/{}", past.refused.number)).await.status,
        StatusCode::NOT_FOUND,
        "somebody else's"
    );
    world.qualified(&past.applicant, credits).await;
    approval::resubmit(&world.desk(), &past.applicant, past.correcting.id, &form).await.unwrap();
    let again = approval::story(&world.scratch.store, past.correcting.id).await.unwrap().unwrap();
    assert_eq!(again.case.state, State::Granted, "the change, made, turns the outcome");
}

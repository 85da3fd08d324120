//! Stories of time watched: a limit that comes near is seen before it is over, what is passed stays, and somebody answers.

use affairs::access::{Actor, Role, StaffActor};
use affairs::approval::{self, Case, State};
use affairs::light::{self, Colour, Light};
use axum::http::StatusCode;
use kernel::Moment;
use store::testing::{Scratch, execute};
use stories::world::SHARD;
use stories::{Browser, World};

const RENEW: &str = "fd-pharmacist-renew";
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// A case that waits for a person, and an officer who may decide it.
async fn waiting(world: &World) -> (Case, StaffActor) {
    let (qin, nong) = (world.person("覃海燕", 5).await, world.person("农佳", 2).await);
    let (code, pharmacy) = world.pharmacy("邕江大药房", &nong).await;
    world.registered(&qin, &code, 60).await;
    world.shop_licence(&code, "under_review").await;
    let case = world.file(&qin, RENEW, &world.renewal(&qin, &code, 60), "key-1").await.unwrap();
    let case = approval::confirm(&world.desk(), &pharmacy, case.id).await.unwrap();
    assert_eq!(case.state, State::InReview);
    (case, world.officer("moran", "莫然", &[Role::Approver]).await)
}

async fn watch(world: &World, at: Moment) -> usize {
    world.scratch.clock.set(at);
    light::watch(&world.base(), &world.catalog).await.unwrap()
}

async fn lit(world: &World, case: &Case) -> Vec<(String, Colour, i64)> {
    let lights = light::lights_of(&world.scratch.store, case.id).await.unwrap();
    lights.iter().map(|l| (l.clock.clone(), l.colour, l.level)).collect()
}

async fn recounted(world: &World) -> Vec<light::Mismatch> {
    light::recount(&world.scratch.store, SHARD, &world.catalog, world.now()).await.unwrap()
}

async fn a_light_never_fades(world: World) {
    let (case, officer) = waiting(&world).await;
    let due = case.statutory_due_at.unwrap();
    assert_eq!(watch(&world, world.now()).await, 0, "nothing is near its end");
    assert_eq!(watch(&world, due.plus_ms(-DAY_MS + HOUR_MS)).await, 1);
    assert_eq!(watch(&world, world.now().plus_ms(60_000)).await, 0, "it is raised once");
    assert_eq!(lit(&world, &case).await, [("statutory".to_owned(), Colour::Yellow, 0)]);

    assert_eq!(watch(&world, due).await, 1);
    assert_eq!(lit(&world, &case).await.len(), 2, "a worse colour is added, the other stays");
    assert_eq!(recounted(&world).await, []);
    answered(&world, &case, &officer).await;

    let draft = approval::RulingDraft {
        ruling: approval::Ruling::Grant, reasons: "经核实，许可证有效。", version: 0
    };
    let newest = approval::story(&world.scratch.store, case.id).await.unwrap().unwrap().case;
    let draft = approval::RulingDraft { version: newest.version, ..draft };
    // The pharmacy's own licence is as doubtful as before; the officer grants all the same.
    approval::rule(&world.desk(), &Actor::Staff(officer.clone()), case.id, &draft).await.unwrap();
    assert_eq!(watch(&world, world.now().plus_ms(DAY_MS)).await, 0, "what was decided turns no worse");
    assert_eq!(lit(&world, &case).await.len(), 2, "and no light is taken back");
    assert_eq!(recounted(&world).await, []);

    // Who makes a light disappear is found out.
    let red = "DELETE FROM light WHERE colour = 'dark_red'";
    execute(&world.scratch.location(), red).await;
    let found = recounted(&world).await;
    assert!(found.iter().any(|m| m.of == case.number && m.recounted == "dark_red"), "{found:?}");
    assert!(found.iter().any(|m| m.of.starts_with("light/") && m.kept == "1" && m.recounted == "0"), "{found:?}");
}

/// The morning page shows it, an empty answer is told so, a real one is kept beside the light.
async fn answered(world: &World, case: &Case, officer: &StaffActor) {
    let site = world.site();
    let mut desk = Browser::of(world, &site, officer.account).await;
    let page = desk.get("/staff/lights").await;
    let text = page.main();
    assert_eq!(page.status, StatusCode::OK);
    for seen in [case.number.as_str(), "深红：超过法定期限", "1 件等待处理，1 件已超期", "提交答复"]
    {
        assert!(text.contains(seen), "{seen} in {text}");
    }
    assert!(!text.contains("黄：快到期"), "the worse one stands for it: {text}");
    let form =
        |reply| [("number", case.number.as_str()), ("clock", "statutory"), ("colour", "dark_red"), ("reply", reply)];
    let nothing = desk.post("/staff/lights", &form("迟")).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        nothing.text().contains(">迟</textarea>") && nothing.main().contains("请写明原因和办法"),
        "{}",
        nothing.main()
    );
    let said = "等待核查机关复函，今天办结。";
    let kept = desk.post("/staff/lights", &form(said)).await;
    assert_eq!((kept.status, kept.location()), (StatusCode::SEE_OTHER, "/staff/lights?done=1"));
    assert!(desk.get("/staff/lights").await.main().contains("没有待答复的亮灯"));
    assert_eq!(desk.post("/staff/lights", &form(said)).await.status, StatusCode::CONFLICT, "answered once");
    let page = desk.get(&format!("/staff/cases/{}", case.number)).await.main();
    assert!(page.contains(said) && page.contains("深红：超过法定期限") && page.contains("法定期限"), "{page}");
}

#[tokio::test]
async fn a_light_that_was_lit_never_fades() {
    a_light_never_fades(World::on(Scratch::on_sqlite("").await).await).await;
}

#[tokio::test]
async fn a_light_that_was_lit_never_fades_on_postgresql() {
    let Some(scratch) = Scratch::on_postgres("").await else { return };
    a_light_never_fades(World::on(scratch).await).await;
}

#[tokio::test]
async fn a_light_nobody_answers_goes_up() {
    for world in World::on_both_engines().await {
        nobody_answers(world).await;
    }
}

async fn nobody_answers(world: World) {
    let (case, _) = waiting(&world).await;
    let due = case.statutory_due_at.unwrap();
    watch(&world, due).await;
    let red = |lights: Vec<Light>| lights.into_iter().find(|l| l.colour == Colour::DarkRed).unwrap();
    let lights = || async { light::lights_of(&world.scratch.store, case.id).await.unwrap() };
    let first = red(lights().await);
    assert_eq!((first.holder.as_str(), first.level), (case.deciding_agency.as_str(), 0));
    let answer_by = first.reply_due_at.expect("somebody must answer by then");

    watch(&world, answer_by.plus_ms(-1)).await;
    assert_eq!(red(lights().await).level, 0, "there is still time");
    watch(&world, answer_by).await;
    let second = red(lights().await);
    let above = world.catalog.agency(&case.deciding_agency).unwrap().parent.clone();
    assert_eq!(second.level, i64::from(above.is_some()));
    assert_eq!(Some(second.holder.clone()), above.or(Some(first.holder)));
    assert_eq!(recounted(&world).await, []);
}

#[tokio::test]
async fn the_limit_in_law_is_a_worse_light_and_who_may_not_see_the_case_sees_no_light() {
    for world in World::on_both_engines().await {
        the_limit_in_law(world).await;
    }
}

async fn the_limit_in_law(world: World) {
    let (case, _) = waiting(&world).await;
    watch(&world, case.statutory_due_at.unwrap()).await;
    let lights = lit(&world, &case).await;
    assert!(lights.contains(&("statutory".to_owned(), Colour::DarkRed, 0)), "{lights:?}");
    let elsewhere = world.officer("waiqu", "外区", &[Role::Administrator]).await;
    assert_eq!(light::lights_for(&world.scratch.store, elsewhere.account).await.unwrap(), []);
    let site = world.site();
    let mut browser = Browser::of(&world, &site, elsewhere.account).await;
    assert_eq!(browser.get("/staff/lights").await.status, StatusCode::NOT_FOUND);
}

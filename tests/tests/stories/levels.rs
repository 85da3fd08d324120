//! Stories of levels and of records: a hall is found down to the village, how far people went is counted, and a record is
//! held against its flow.

use affairs::access::Role;
use affairs::approval::{self, BroughtTo};
use axum::http::StatusCode;
use serde_json::json;
use store::testing::{Scratch, execute};
use stories::world::{SHARD, map};
use stories::{Browser, World};

const CANCEL: &str = "fd-pharmacist-cancel";

async fn struck_off(world: &World, n: u16) -> approval::Case {
    let who = world.person("测试药师", n).await;
    world.registered(&who, "91450100DM00010162", 400).await;
    let code = &who.party.code;
    let form = map(json!({
        "name": who.party.name, "citizen_id": code, "registration_number": format!("45{}", &code[6..14]),
        "reason": "stop", "phone": "13877100001", "understood": true, "truthful": true,
    }));
    let case = world.file(&who, CANCEL, &form, &format!("k{n}")).await.unwrap();
    assert_eq!(case.state, approval::State::Granted);
    case
}

#[tokio::test]
async fn a_hall_is_found_down_to_the_village_with_what_can_be_done_there() {
    let world = World::new().await;
    let site = world.site();
    let mut anybody = Browser::new(&site);
    let top = anybody.get("/halls").await;
    assert_eq!(top.status, StatusCode::OK);
    let text = top.main();
    for said in ["广西壮族自治区政务服务中心", "100.0%", "94.3%", "96.8%", "高 5.7 个百分点", "未知", "演示"]
    {
        assert!(text.contains(said), "{said} in {text}");
    }
    let found = anybody.get("/halls?q=%E6%B5%AE%E7%9F%B3").await.main();
    assert!(found.contains("柳州市融安县浮石镇"), "{found}");
    let township = anybody.get("/halls/450224101").await.main();
    assert!(township.contains("浮石镇便民服务中心") && township.contains("受委托，以"), "{township}");
    assert!(township.contains("关于委托乡镇人民政府核发小额林木采伐许可证的公告"), "{township}");
    let village = anybody.get("/halls/450224100003?item=fo-felling-small").await.main();
    assert!(village.contains("不作决定") && village.contains("初审"), "{village}");
    // Nothing is registered in a village whose place nobody wrote down; the next ones above are shown.
    let without = anybody.get("/halls/450224205203").await.main();
    assert!(without.contains("没有登记开放的办事场所") && without.contains("融安县政务服务中心"), "{without}");
    for nowhere in ["/halls/990000000000000", "/halls/450199", "/halls/x"] {
        assert_eq!(anybody.get(nowhere).await.status, StatusCode::NOT_FOUND, "{nowhere}");
    }
}

async fn how_far_people_went_is_counted(world: World) {
    let site = world.site();
    let mut anybody = Browser::new(&site);
    let before = anybody.get("/halls").await.main();
    assert!(before.contains("未知"), "nothing is decided yet: {before}");
    for n in 1..=3 {
        struck_off(&world, n).await;
    }
    let root = "450000".parse().unwrap();
    let store = &world.scratch.store;
    let brought = approval::brought(store, SHARD, root).await.unwrap();
    assert_eq!((brought.of(BroughtTo::Home), brought.known(), brought.within_village()), (3, 3, 3));
    assert!(approval::recount_brought(store, SHARD).await.unwrap().is_empty());
    let page = anybody.get("/halls").await.main();
    assert!(page.contains("不出村（含网上）3100.0%"), "{page}");
    // What the record does not tell is unknown, and a counter that was turned is found out.
    execute(&world.scratch.location(), "UPDATE case_file SET channel = 'somewhere'").await;
    let differ = approval::recount_brought(store, SHARD).await.unwrap();
    assert_eq!(differ.len(), 2, "{differ:?}");
}

#[tokio::test]
async fn how_far_people_went_is_counted_on_sqlite() {
    how_far_people_went_is_counted(World::on(Scratch::on_sqlite("").await).await).await;
}

#[tokio::test]
async fn how_far_people_went_is_counted_on_postgresql() {
    let Some(scratch) = Scratch::on_postgres("").await else { return };
    how_far_people_went_is_counted(World::on(scratch).await).await;
}

async fn a_record_is_held_against_its_flow(world: World) {
    let site = world.site();
    let mut cases = Vec::new();
    for n in 1..=3 {
        cases.push(struck_off(&world, n).await);
    }
    let mut anybody = Browser::new(&site);
    let item = format!("/powers/conformance/{CANCEL}");
    let page = anybody.get(&item).await.main();
    assert!(page.contains("3 / 3 件的记录与流程一致") && page.contains("没有不一致的记录"), "{page}");
    assert!(page.contains("不足 30 件"), "three are too few to say that nothing hangs on it: {page}");
    let all = anybody.get("/powers/conformance").await;
    assert_eq!(all.status, StatusCode::OK);
    assert!(all.main().contains("100.0%"), "{}", all.main());

    // Somebody takes the filing out of a story: the record does not follow any more, and its page says what does not fit.
    execute(&world.scratch.location(), "DELETE FROM case_event WHERE kind = 'filed'").await;
    let page = anybody.get(&item).await.main();
    assert!(page.contains("0 / 3 件的记录与流程一致") && page.contains("当时是“未提交”"), "{page}");
    let li = world.officer("li", "李文", &[Role::Approver]).await;
    let mut desk = Browser::of(&world, &site, li.account).await;
    let case = desk.get(&format!("/staff/cases/{}", cases[0].number)).await.main();
    assert!(case.contains("记录与流程不一致") && case.contains("规则准予"), "{case}");
}

#[tokio::test]
async fn a_record_is_held_against_its_flow_on_sqlite() {
    a_record_is_held_against_its_flow(World::on(Scratch::on_sqlite("").await).await).await;
}

#[tokio::test]
async fn a_record_is_held_against_its_flow_on_postgresql() {
    let Some(scratch) = Scratch::on_postgres("").await else { return };
    a_record_is_held_against_its_flow(World::on(scratch).await).await;
}

//! Stories of early warnings: what the rules see is shown with what it rests on, to those whose matter it is; somebody looks; and nothing
//! follows by itself. The public numbers and a holder's calendar beside them.

use affairs::access::{self, Actor, MandateAct, PersonActor, Role, Scope, StaffActor};
use affairs::approval::State;
use affairs::licence::{self, Status};
use affairs::supervision::{self, Warning, WarningState};
use axum::http::StatusCode;
use kernel::code::{OrganisationCode, Uscc};
use serde_json::json;
use stories::world::map;
use stories::{Browser, World};

const HYGIENE: &str = "he-public-place";

/// Shops that opened at one address.
struct Street {
    world: World,
    shops: Vec<(PersonActor, String)>,
    agency: String,
    /// Who looks after what was granted.
    looks: String,
    officer: StaffActor,
}

async fn officer(world: &World, (login, name): (&str, &str), (role, agency): (Role, &str)) -> StaffActor {
    let officer = world.officer(login, name, &[]).await;
    let scope = Scope { role, agency: agency.into(), region: "450000".into(), item: access::EVERY.into() };
    access::staff::grant_scope(&world.base(), &Actor::Machine, officer.account, &scope).await.unwrap();
    let scopes = access::staff::scopes(&world.scratch.store, officer.account).await.unwrap();
    StaffActor { scopes, ..officer }
}

async fn in_business(world: &World, code: &str, status: &str) {
    let body = json!({"name": "某单位", "status": status, "legal_representative": "店主", "address": "演示路21号",
        "region": "450103", "established_on": "2026-10-08"});
    world.record("business-register", code, body).await;
}

impl Street {
    async fn new(world: World, shops: u16) -> Self {
        world.whole("public-place-licence", "").await;
        let mut all = Vec::new();
        let (mut agency, mut looks) = (String::new(), String::new());
        for n in 0..shops {
            let keeper = world.person(&format!("店主{n}"), 20 + n).await;
            let code =
                Uscc::generate("91450103", &OrganisationCode::generate(&format!("MA5PLA{n:02}")).unwrap()).unwrap();
            let code = code.as_str().to_owned();
            let agent = world.mandate(&keeper, &code, &[MandateAct::View, MandateAct::File], &[]).await;
            in_business(&world, &code, "open").await;
            // Spaces and width are not what tells addresses apart.
            let address =
                if n == 0 { "南宁市青秀区 演示路２１号" } else { "南宁市青秀区演示路21号" };
            let form = map(json!({
                "name": "某单位", "code": code, "address": address, "place_type": "shop", "staff": 4, "certified": 4,
                "way": "commitment", "promise": true, "phone": "13877100001", "truthful": true,
            }));
            let case = world.file(&agent, HYGIENE, &form, &format!("key-{n}")).await.unwrap();
            assert_eq!(case.state, State::Granted);
            agency.clone_from(&case.deciding_agency);
            looks.clone_from(&supervision::duties_of(&world.scratch.store, case.id).await.unwrap()[0].agency);
            all.push((agent, code));
        }
        let officer = officer(&world, ("approver", "黄批"), (Role::Approver, &agency)).await;
        Self { world, shops: all, agency, looks, officer }
    }

    /// One turn of the daily job; gives how much was raised or is over.
    async fn turn(&self) -> usize {
        supervision::early(&self.world.desk()).await.unwrap()
    }

    async fn open(&self) -> Vec<Warning> {
        supervision::warnings_for(&self.world.scratch.store, self.officer.account, true).await.unwrap()
    }

    async fn told(&self, rule: &str) -> Vec<Warning> {
        self.open().await.into_iter().filter(|warning| warning.rule == rule).collect()
    }
}

#[tokio::test]
async fn a_crowded_address_and_an_ending_licence_are_warned_of_once_and_somebody_looks() {
    for world in World::on_both_engines().await {
        looked_into(Street::new(world, 3).await).await;
    }
}

async fn looked_into(street: Street) {
    let world = &street.world;
    assert_eq!(street.turn().await, 1, "three at one address");
    assert_eq!(street.turn().await, 0, "once a day");
    let [crowd] = &street.told("address").await[..] else { panic!("one warning") };
    assert_eq!((crowd.evidence.len(), crowd.agency.as_str()), (3, street.agency.as_str()));
    assert!(crowd.about.contains("演示路21号") && crowd.due_at.is_some());

    // A licence near its end: the day is moved by hand, because no licence of this world ends within the calendar.
    let last = world.now().date().saturating_add(jiff::Span::new().days(45));
    let (agent, _) = &street.shops[1];
    let held = licence::held_by(&world.scratch.store, agent.principal().id).await.unwrap().remove(0);
    let moved = format!("UPDATE licence SET valid_to = '{last}' WHERE id = '{}'", held.id);
    store::testing::execute(&world.scratch.location(), &moved).await;
    world.wait_days(1);
    assert_eq!(street.turn().await, 1, "the crowd is known");
    let [ends] = &street.told("expiring").await[..] else { panic!("one warning") };
    assert!(ends.evidence[0].what.zh.contains(&format!("{last}到期，还有44天")), "{:?}", ends.evidence);

    // Who answers for it sees it with what it rests on; an inspector of elsewhere does not.
    let site = world.site();
    let elsewhere = officer(world, ("elsewhere", "赵外"), (Role::Inspector, "forestry-450225")).await;
    let mut stranger = Browser::of(world, &site, elsewhere.account).await;
    let page = format!("/staff/warnings/{}", ends.id);
    assert_eq!(stranger.get(&page).await.status, StatusCode::NOT_FOUND);
    assert!(!stranger.get("/staff/warnings").await.main().contains("某单位"));
    let mut desk = Browser::of(world, &site, street.officer.account).await;
    let list = desk.get("/staff/warnings").await.main();
    assert!(list.contains("许可六十天内到期") && list.contains("同一地址有三户以上"), "{list}");
    let shown = desk.get(&page).await;
    assert!(shown.main().contains("还有44天") && shown.main().contains("本系统签发的证照"), "{}", shown.main());
    let version = shown.hidden("version");
    let seen = desk.post(&page, &[("version", &version), ("act", "seen")]).await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER, "{}", seen.main());
    let stale = desk.post(&page, &[("version", &version), ("act", "handled"), ("/note", "已提醒办理延续")]).await;
    assert_eq!(stale.status, StatusCode::CONFLICT, "read again");
    let version = desk.get(&page).await.hidden("version");
    let silent = desk.post(&page, &[("version", &version), ("act", "handled"), ("/note", "好")]).await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY, "not without a word");
    let done = desk.post(&page, &[("version", &version), ("act", "handled"), ("/note", "已提醒办理延续")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.main());
    let closed = desk.get("/staff/warnings?show=closed").await.main();
    assert!(closed.contains("已办结") && closed.contains("黄批"), "{closed}");

    // Handled stays handled; what is so no more is over; and nothing of all this did anything to a licence.
    let gone =
        format!("UPDATE licence SET status = 'struck_off' WHERE holder = '{}'", street.shops[0].0.principal().id);
    store::testing::execute(&world.scratch.location(), &gone).await;
    world.wait_days(1);
    assert_eq!(street.turn().await, 1, "two are no crowd");
    assert_eq!(street.open().await.len(), 0);
    let all = supervision::warnings_for(&world.scratch.store, street.officer.account, false).await.unwrap();
    let states: Vec<(&str, WarningState)> = all.iter().map(|w| (w.rule.as_str(), w.state)).collect();
    assert!(states.contains(&("address", WarningState::Over)) && states.contains(&("expiring", WarningState::Handled)));
    assert_eq!(licence::by_id(&world.scratch.store, held.id).await.unwrap().unwrap().status, Status::Valid);
}

#[tokio::test]
async fn a_holder_who_is_struck_off_is_found_within_twenty_eight_days_and_each_look_is_logged() {
    for world in World::on_both_engines().await {
        let street = Street::new(world, 1).await;
        let (world, code) = (&street.world, &street.shops[0].1);
        in_business(world, code, "cancelled").await;
        let count = async || {
            let sql = "SELECT count(*) AS n FROM register_read WHERE actor_kind = 'machine' AND subject = $1";
            world.scratch.store.query(sql, vec![code.as_str().into()]).await.unwrap()[0].int("n").unwrap()
        };
        let before = count().await;
        for _ in 0..28 {
            street.turn().await;
            world.wait_days(1);
        }
        assert_eq!(count().await - before, 1, "looked up once, and logged");
        let [gone] = &street.told("dissolved").await[..] else { panic!("one warning") };
        assert!(gone.evidence[0].what.zh.contains("已注销"), "{:?}", gone.evidence);
        assert_eq!(gone.evidence[0].source.zh, "市场主体登记库");
    }
}

#[tokio::test]
async fn a_holders_calendar_and_the_public_numbers_tell_what_is_and_not_what_is_planned() {
    let street = Street::new(World::new().await, 1).await;
    let (world, agent) = (&street.world, &street.shops[0].0);
    let site = world.site();
    let mut holder = Browser::of(world, &site, agent.account).await;
    let mandate = agent.acting_for.as_ref().unwrap().id.to_string();
    holder.post("/me/acting", &[("party", &mandate)]).await;
    let calendar = holder.get("/me/calendar").await;
    assert!(calendar.status == StatusCode::OK && calendar.main().contains("最迟由监管机关核查"), "{}", calendar.main());
    assert!(calendar.main().contains("2027年1月23日"), "two months from the grant: {}", calendar.main());
    let numbers = Browser::new(&site).get("/inspections/numbers").await;
    assert!(numbers.main().contains("应核查") && numbers.main().contains("0 / 1"), "{}", numbers.main());
}

#[tokio::test]
async fn whoever_reports_a_wrong_reads_the_answer_and_nobody_else_does() {
    for world in World::on_both_engines().await {
        reported_and_answered(Street::new(world, 1).await).await;
    }
}

async fn reported_and_answered(street: Street) {
    let world = &street.world;
    let site = world.site();
    let mut anybody = Browser::new(&site);
    assert!(anybody.get("/report").await.main().contains("不用写姓名"));
    let empty = anybody.post("/report", &[]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    for id in ["#f-item", "#f-place", "#f-what"] {
        assert!(empty.text().contains(id), "{id}: {}", empty.main());
    }
    let wrong = [
        ("/item", HYGIENE),
        ("/region", "450103"),
        ("/place", "演示路21号某单位"),
        ("/what", "毛巾没有消毒，十一月二十日晚上"),
    ];
    let received = anybody.post("/report", &wrong).await;
    assert!(received.status == StatusCode::OK && received.main().contains("密码只显示这一次"), "{}", received.main());
    let text = received.text();
    let told: Vec<&str> =
        text.split("<dd class=\"num\">").skip(1).map(|rest| rest.split('<').next().unwrap()).collect();
    let (number, secret) = (told[0].to_owned(), told[1].to_owned());
    let ask = async |number: &str, secret: &str| {
        Browser::new(&site).post("/report/answer", &[("/number", number), ("/secret", secret)]).await
    };
    assert!(ask(&number, &secret).await.main().contains("还没有答复"));
    assert_eq!(ask(&number, "2222-3333-4444").await.status, StatusCode::NOT_FOUND);
    assert_eq!(ask("JB20261123-00000000", &secret).await.status, StatusCode::NOT_FOUND);

    let inspector = officer(world, ("inspector", "罗检"), (Role::Inspector, &street.looks)).await;
    let all = supervision::reports_for(&world.scratch.store, inspector.account, true).await.unwrap();
    assert_eq!(all.len(), 1);
    let elsewhere = officer(world, ("elsewhere", "赵外"), (Role::Inspector, "forestry-450225")).await;
    let page = format!("/staff/reports/{number}");
    let mut stranger = Browser::of(world, &site, elsewhere.account).await;
    assert_eq!(stranger.get(&page).await.status, StatusCode::NOT_FOUND);
    assert!(!stranger.get("/staff/reports").await.main().contains(&number));
    let mut desk = Browser::of(world, &site, inspector.account).await;
    assert!(desk.get("/staff/reports").await.main().contains(&number));
    let version = desk.get(&page).await.hidden("version");
    let short = desk.post(&page, &[("version", &version), ("/answer", "好")]).await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    let answer = [("version", version.as_str()), ("/answer", "已上门查看，责令改正。")];
    assert_eq!(desk.post(&page, &answer).await.status, StatusCode::SEE_OTHER);
    assert_eq!(desk.post(&page, &answer).await.status, StatusCode::CONFLICT, "once");
    let read = ask(&number, &secret.to_lowercase().replace('-', " ")).await.main();
    assert!(read.contains("已上门查看") && !read.contains("罗检"), "{read}");
    let leaves = world.scratch.store.leaves(all[0].id).await.unwrap();
    assert_eq!(leaves.iter().map(|l| l.kind.as_str()).collect::<Vec<_>>(), ["report.act", "report.act"]);
    assert!(leaves.iter().all(|leaf| !String::from_utf8_lossy(&leaf.bytes).contains("毛巾")), "no words in the log");
}

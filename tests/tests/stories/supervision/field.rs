//! An inspector where there is no network: his device and its key, what comes from it later, once and with nothing lost; and a device
//! that is lost.

use affairs::access::{Actor, Role, StaffActor};
use affairs::supervision::{self, Inspection, InspectionState};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::{Value as Json, json};
use stories::browser::{Answer, multipart};
use stories::{Browser, World};

use super::{DAY_MS, House, LINES};

const HERE: (&str, &str) = ("22.817000", "108.366000");

/// A small picture with so many bytes in it.
fn jpeg(bytes: usize) -> Vec<u8> {
    let mut all = vec![0xFF, 0xD8, 0xFF, 0xE0, 0, 6, b'J', b'F', b'I', b'F'];
    all.extend([0xFF, 0xC0, 0, 11, 8, 0, 48, 0, 64, 1, 1, 0x11, 0, 0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0]);
    all.extend((0..bytes).map(|n| (n % 251) as u8));
    all.extend([0xFF, 0xD9]);
    all
}

fn uuid(world: &World) -> String {
    world.base().id().to_string()
}

fn read(answer: &Answer) -> Json {
    serde_json::from_slice(&answer.bytes).unwrap_or_default()
}

async fn post(browser: &mut Browser, path: &str, body: &Json) -> (StatusCode, Json) {
    let request = Request::post(path).header(header::ACCEPT, "application/json");
    let request = request.header(header::CONTENT_TYPE, "application/json");
    let answer = browser.send(request.body(Body::from(body.to_string())).unwrap()).await;
    (answer.status, read(&answer))
}

async fn device(browser: &mut Browser, id: &str) -> (StatusCode, Json) {
    post(browser, "/api/v1/field/devices", &json!({ "id": id, "name": "Android" })).await
}

/// A record of everything as it must be, but for what is named.
fn draft(id: &str, number: &str, bad: &[&str]) -> Json {
    let word = |line: &&str| ((*line).to_owned(), json!(if bad.contains(line) { "bad" } else { "good" }));
    let results: serde_json::Map<String, Json> = LINES.iter().map(word).collect();
    let notes: serde_json::Map<String, Json> =
        bad.iter().map(|line| ((*line).to_owned(), json!("没有检测报告"))).collect();
    json!({
        "id": id, "number": number, "results": results, "notes": notes, "place": "演示路21号店内",
        "latitude": HERE.0, "longitude": HERE.1, "signing": "signed", "signer": "农佳，店长",
    })
}

async fn sync(browser: &mut Browser, (device, shown): (&str, String), drafts: &[Json]) -> (StatusCode, Json) {
    let body = json!({ "device": device, "shown": shown, "drafts": drafts });
    post(browser, "/api/v1/field/sync", &body).await
}

async fn photo(browser: &mut Browser, number: &str, said: &[(&str, &str)], bytes: &[u8]) -> Answer {
    let place = format!("/api/v1/field/inspections/{number}/photos");
    let request = Request::post(place).header(header::ACCEPT, "application/json");
    browser.send(multipart(request, said, &[("/photo/photo", "门口.jpg", bytes)])).await
}

/// A visit that is planned for today, with those who go.
struct Visit {
    house: House,
    site: Router,
    first: StaffActor,
    second: StaffActor,
    planned: Inspection,
}

impl Visit {
    async fn over(world: World) -> Self {
        let house = House::over(world).await;
        let (first, second) = house.inspectors().await;
        let (base, actor) = (house.world.base(), Actor::Staff(first.clone()));
        supervision::claim(&base, &house.world.catalog, &actor, house.duty().await.id).await.unwrap();
        let planned = house.planned(&first, &house.world.now().date().to_string()).await.unwrap();
        let site = house.world.site();
        Self { house, site, first, second, planned }
    }

    async fn browser(&self, of: &StaffActor) -> Browser {
        Browser::of(&self.house.world, &self.site, of.account).await
    }

    async fn inspection(&self) -> Inspection {
        let store = &self.house.world.scratch.store;
        supervision::inspections_of(store, self.house.case.id).await.unwrap().remove(0)
    }

    fn shown(&self, ahead_ms: i64) -> String {
        self.house.world.now().plus_ms(ahead_ms).to_string()
    }
}

#[tokio::test]
async fn an_inspector_works_without_network_and_syncs() {
    for world in World::on_both_engines().await {
        synced_once(Visit::over(world).await).await;
    }
}

async fn synced_once(visit: Visit) {
    let (world, number) = (&visit.house.world, visit.planned.number.as_str());
    let mut one = visit.browser(&visit.first).await;
    let phone = uuid(world);
    let (status, made) = device(&mut one, &phone).await;
    assert_eq!((status, &made["is_new"]), (StatusCode::OK, &json!(true)), "{made}");
    let (_, again) = device(&mut one, &phone).await;
    assert_eq!(
        (&again["key"], &again["is_new"]),
        (&made["key"], &json!(false)),
        "the same key, as often as it is asked for"
    );
    assert_eq!(made["key"].as_str().unwrap().len(), 43, "256 bits");
    let mut two = visit.browser(&visit.second).await;
    assert_eq!(device(&mut two, &phone).await.0, StatusCode::NOT_FOUND, "another's device");
    let clerk = visit.house.officer(("clerk", "韦收"), &visit.house.case.deciding_agency, Role::Clerk).await;
    let mut desk = visit.browser(&clerk).await;
    assert_eq!(device(&mut desk, &uuid(world)).await.0, StatusCode::NOT_FOUND, "no inspector");
    let kit = read(&one.get("/api/v1/field/kit").await);
    assert_eq!(kit["visits"][0]["number"], number, "{kit}");
    assert_eq!(kit["visits"][0]["lines"].as_array().unwrap().len(), LINES.len());

    // A quarter of an hour later. The clock of the device is two hours ahead: the time is turned into the server's, and it says so.
    world.scratch.clock.set(world.now().plus_ms(900_000));
    let ahead = 2 * 3_600_000;
    let was = world.now().plus_ms(-600_000);
    let id = uuid(world);
    let mut written = draft(&id, number, &["report"]);
    written["seen_at"] = json!(was.plus_ms(ahead).to_string());
    let (status, first) = sync(&mut one, (&phone, visit.shown(ahead)), std::slice::from_ref(&written)).await;
    assert_eq!((status, &first[0]["result"]), (StatusCode::OK, &json!("mend")), "{first}");
    assert_eq!(first[0]["errors"][0]["pointer"], "/mend_by", "everything to mend, and nothing else: {first}");
    assert_eq!(first[0]["errors"].as_array().unwrap().len(), 1);
    written["mend_by"] = json!(world.now().date().saturating_add(jiff::Span::new().days(10)).to_string());
    let (_, taken) = sync(&mut one, (&phone, visit.shown(ahead)), std::slice::from_ref(&written)).await;
    assert_eq!((&taken[0]["result"], &taken[0]["is_new"]), (&json!("taken"), &json!(true)), "{taken}");
    assert_eq!(taken[0]["clock_minutes"], 120);
    let kept = visit.inspection().await;
    assert_eq!((kept.state, kept.seen_at, kept.version), (InspectionState::Recorded, Some(was), 2));
    assert_eq!(kept.position_e6, Some((22_817_000, 108_366_000)));

    // Sent twice, it is taken once.
    let (_, twice) = sync(&mut one, (&phone, visit.shown(ahead)), std::slice::from_ref(&written)).await;
    assert_eq!((&twice[0]["result"], &twice[0]["is_new"]), (&json!("taken"), &json!(false)), "{twice}");
    assert_eq!(visit.inspection().await.version, 2, "the second time changes nothing");
    let page = one.get(&format!("/staff/inspections/{number}")).await.main();
    assert!(page.contains("比服务器快2.0 小时") && !page.contains("另一份现场记录"), "{page}");
    beside(&visit, (&mut two, &kept)).await;
}

/// The second officer wrote a record too: it is not lost, and what he looked at before is signed no more.
async fn beside(visit: &Visit, (two, looked_at): (&mut Browser, &Inspection)) {
    let (world, number) = (&visit.house.world, looked_at.number.as_str());
    let tablet = uuid(world);
    device(two, &tablet).await;
    let other = draft(&uuid(world), number, &[]);
    for is_new in [true, false] {
        let (_, answer) = sync(two, (&tablet, visit.shown(0)), std::slice::from_ref(&other)).await;
        assert_eq!((&answer[0]["result"], &answer[0]["is_new"]), (&json!("beside"), &json!(is_new)), "{answer}");
        let there = &answer[0]["there"];
        assert_eq!((&there["officer"], &there["results"]["report"]), (&json!("罗检"), &json!("bad")), "{there}");
    }
    let page = two.get(&format!("/staff/inspections/{number}")).await;
    assert!(page.main().contains("另一份现场记录") && page.main().contains("莫查"), "{}", page.main());
    let stale = two.post(&format!("/staff/inspections/{number}/sign"), &[("version", "2")]).await;
    assert_eq!(stale.status, StatusCode::CONFLICT, "whoever has not signed looks again");
    let signed = two.post(&format!("/staff/inspections/{number}/sign"), &[("version", &page.hidden("version"))]).await;
    assert_eq!(signed.status, StatusCode::SEE_OTHER, "{}", signed.main());
    let found = visit.inspection().await;
    assert_eq!(found.state, InspectionState::Mending, "the first record counts");
    let leaves = world.scratch.store.leaves(found.id).await.unwrap();
    let did = |leaf: &store::Entry| serde_json::from_slice::<Json>(&leaf.bytes).unwrap()["did"].clone();
    let told: Vec<Json> = leaves.iter().map(did).collect();
    assert_eq!(told, ["planned", "recorded", "kept_beside", "concluded"].map(Json::from));
    let mut holder = Browser::of(world, &visit.site, visit.house.agent.account).await;
    let mandate = visit.house.agent.acting_for.as_ref().unwrap().id.to_string();
    holder.post("/me/acting", &[("party", &mandate)]).await;
    let own = holder.get(&format!("/inspections/{number}")).await.main();
    assert!(
        own.contains("责令改正") && !own.contains("另一份现场记录"),
        "the inspected reads the record that counts: {own}"
    );
}

#[tokio::test]
async fn what_is_strange_about_a_photograph_stands_beside_it() {
    let visit = Visit::over(World::new().await).await;
    let (world, number) = (&visit.house.world, visit.planned.number.as_str());
    let mut one = visit.browser(&visit.first).await;
    let phone = uuid(world);
    device(&mut one, &phone).await;
    let shown = visit.shown(0);
    let said = |id: &str, taken_at: &str, (latitude, longitude): (&str, &str)| {
        [
            ("device", &*phone),
            ("shown", &shown),
            ("id", id),
            ("taken_at", taken_at),
            ("latitude", latitude),
            ("longitude", longitude),
        ]
        .map(|(name, value)| (name, value.to_owned()))
    };
    let mut send = async |taken_at: &str, place: (&str, &str), bytes: &[u8], id: &str| {
        let said = said(id, taken_at, place);
        let said = said.each_ref().map(|(name, value)| (*name, value.as_str()));
        photo(&mut one, number, &said, bytes).await
    };
    // Forty megabytes: told in the words of the catalogue, and nothing kept.
    let large = send(&shown, HERE, &jpeg(40 << 20), &uuid(world)).await;
    assert_eq!(large.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(read(&large)["errors"][0]["message"].as_str().unwrap().contains("20"), "{}", large.text());
    let cases: [(&str, (&str, &str), &[&str]); 4] = [
        (&shown, HERE, &[]),
        ("", HERE, &["no_time"]),
        (&shown, ("123.4", "500"), &["false_place"]),
        ("yesterday", ("", ""), &["no_time", "no_place"]),
    ];
    for (n, (taken_at, place, marks)) in cases.into_iter().enumerate() {
        let id = uuid(world);
        let first = send(taken_at, place, &jpeg(1_000 + n), &id).await;
        assert_eq!((first.status, &read(&first)["marks"]), (StatusCode::CREATED, &json!(marks)), "{}", first.text());
        let twice = send(taken_at, place, &jpeg(1_000 + n), &id).await;
        assert_eq!(read(&twice)["material"], read(&first)["material"], "sent twice, it is taken once");
    }
    let far = send(&shown, ("22.9", "108.366000"), &jpeg(2_000), &uuid(world)).await;
    assert_eq!(read(&far)["marks"], json!([]), "nothing to hold it against yet");
    let actor = Actor::Staff(visit.first.clone());
    let file = supervision::inspection_file(&world.scratch.store, &actor, (number, world.now())).await;
    assert_eq!(file.unwrap().photos.len(), 5, "the large one was not kept");
    let (_, taken) = sync(&mut one, (&phone, visit.shown(0)), &[draft(&uuid(world), number, &[])]).await;
    assert_eq!(taken[0]["result"], "taken", "{taken}");
    let page = one.get(&format!("/staff/inspections/{number}")).await.main();
    for mark in ["没有拍摄时间", "没有拍摄位置", "拍摄位置不可能", "拍摄位置离检查地点太远"]
    {
        assert!(page.contains(mark), "{mark}: {page}");
    }
    let strange = page.matches("没有拍摄时间").count();
    assert_eq!(strange, 2, "the others say when");
}

#[tokio::test]
async fn a_record_that_comes_late_or_after_the_visit_was_called_off_is_kept() {
    let visit = Visit::over(World::new().await).await;
    let (world, number) = (&visit.house.world, visit.planned.number.as_str());
    let phone = uuid(world);
    device(&mut visit.browser(&visit.first).await, &phone).await;
    let was = world.now();
    world.wait_days(2);
    let mut one = visit.browser(&visit.first).await;
    let mut written = draft(&uuid(world), number, &[]);
    written["seen_at"] = json!(was.to_string());
    let none = draft("no-uuid", number, &[]);
    let foreign = draft(&uuid(world), "JC20260101-00000000", &[]);
    let (_, answers) = sync(&mut one, (&phone, visit.shown(0)), &[none, foreign, written]).await;
    let results: Vec<&str> = answers.as_array().unwrap().iter().map(|a| a["result"].as_str().unwrap()).collect();
    assert_eq!(results, ["back", "back", "taken"], "none is lost because of another: {answers}");
    let found = visit.inspection().await;
    assert!(found.seen_at == Some(was) && found.recorded_at.unwrap().ms() - was.ms() >= 2 * DAY_MS - 1);
    let page = one.get(&format!("/staff/inspections/{number}")).await.main();
    assert!(page.contains("记录送达晚于检查 24 小时以上"), "{page}");

    // The clock of a device that was never set: before the licence was granted, it cannot have been.
    let mut two = visit.browser(&visit.second).await;
    two.post(&format!("/staff/inspections/{number}/sign"), &[("version", &found.version.to_string())]).await;
    let next = visit.house.planned(&visit.first, &world.now().date().to_string()).await.unwrap();
    let mut early = draft(&uuid(world), &next.number, &[]);
    early["seen_at"] = json!("2000-01-01T00:00:00Z");
    let (_, refused) = sync(&mut one, (&phone, visit.shown(0)), std::slice::from_ref(&early)).await;
    assert_eq!(
        (&refused[0]["result"], &refused[0]["errors"][0]["pointer"]),
        (&json!("mend"), &json!("/seen_at")),
        "{refused}"
    );
    let actor = Actor::Staff(visit.first.clone());
    supervision::cease(&world.desk(), &actor, (&next.number, next.version), "对象已搬走").await.unwrap();
    early["seen_at"] = json!(visit.shown(0));
    let (_, off) = sync(&mut one, (&phone, visit.shown(0)), &[early]).await;
    assert_eq!((&off[0]["result"], &off[0]["there"]["state"]), (&json!("beside"), &json!("ceased")), "{off}");
    let page = one.get(&format!("/staff/inspections/{}", next.number)).await.main();
    assert!(page.contains("另一份现场记录") && page.contains("演示路21号店内"), "{page}");
}

#[tokio::test]
async fn a_lost_device_is_locked_out() {
    for world in World::on_both_engines().await {
        locked_out(Visit::over(world).await).await;
    }
}

async fn locked_out(visit: Visit) {
    let (world, number) = (&visit.house.world, visit.planned.number.as_str());
    let mut one = visit.browser(&visit.first).await;
    let (phone, tablet) = (uuid(world), uuid(world));
    device(&mut one, &phone).await;
    device(&mut visit.browser(&visit.first).await, &tablet).await;
    let lost = |id: &str| format!("/api/v1/field/devices/{id}/lost");
    let mut two = visit.browser(&visit.second).await;
    assert_eq!(post(&mut two, &lost(&phone), &json!({})).await.0, StatusCode::NOT_FOUND, "not by anybody else");
    assert_eq!(two.post(&format!("/staff/field-devices/{phone}/lost"), &[]).await.status, StatusCode::NOT_FOUND);

    // Its owner says so at another desk: the key is gone, and the session at the lost device with it.
    let mut desk = visit.browser(&visit.first).await;
    let list = desk.get("/staff/field-devices").await;
    assert!(list.main().contains("Android") && list.text().matches("/lost\"").count() == 2, "{}", list.main());
    assert_eq!(desk.post(&format!("/staff/field-devices/{phone}/lost"), &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(device(&mut one, &phone).await.0, StatusCode::UNAUTHORIZED, "its session has ended");
    let (status, refused) = device(&mut desk, &phone).await;
    assert_eq!((status, &refused["code"]), (StatusCode::FORBIDDEN, &json!("device_lost")), "{refused}");
    let (status, refused) = sync(&mut desk, (&phone, visit.shown(0)), &[draft(&uuid(world), number, &[])]).await;
    assert_eq!((status, &refused["code"]), (StatusCode::FORBIDDEN, &json!("device_lost")), "nothing is taken from it");
    let said = [("device", phone.as_str()), ("id", phone.as_str())];
    assert_eq!(photo(&mut desk, number, &said, &jpeg(100)).await.status, StatusCode::FORBIDDEN);
    assert_eq!(visit.inspection().await.state, InspectionState::Planned);
    let rows = "SELECT secret FROM field_device WHERE lost_at IS NOT NULL";
    let rows = world.scratch.store.query(rows, vec![]).await.unwrap();
    assert!(rows.len() == 1 && rows[0].opt_blob("secret").unwrap().is_none(), "the key is no more");
    assert!(desk.get("/staff/field-devices").await.main().contains("罗检 于"), "it says who said so");
    assert_eq!(device(&mut desk, &tablet).await.0, StatusCode::OK, "the other one goes on");

    // Who manages the account may say so too, and sees it; a manager elsewhere does not.
    let manager = visit.house.officer(("manager", "管账号"), affairs::access::EVERY, Role::Administrator).await;
    let mut admin = visit.browser(&manager).await;
    assert!(admin.get("/staff/field-devices").await.main().contains("罗检"));
    assert_eq!(post(&mut admin, &lost(&tablet), &json!({})).await.0, StatusCode::OK);
    assert_eq!(device(&mut visit.browser(&visit.first).await, &tablet).await.0, StatusCode::FORBIDDEN);
    let elsewhere = visit.house.officer(("elsewhere", "外管"), "forestry-450225", Role::Administrator).await;
    let mut other = visit.browser(&elsewhere).await;
    assert!(!other.get("/staff/field-devices").await.main().contains("罗检"));
    assert_eq!(post(&mut other, &lost(&tablet), &json!({})).await.0, StatusCode::NOT_FOUND);
}

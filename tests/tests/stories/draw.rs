//! Stories of random draws: prepared, announced, co-signed by a witness, revealed, and verified as anybody verifies it; and every way in
//! which that can go wrong.

use affairs::access::{self, Actor, MandateAct, PersonActor, Place, Right, Role, Scope, StaffActor, tie};
use affairs::approval::{self, Case, State};
use affairs::supervision::{
    self, Draw, DrawState, Inspection, InspectionSource, InspectionState, Recording, SupervisionError,
};
use axum::Router;
use axum::http::StatusCode;
use evidence::draw::{Announcement, DrawFile, Roll, Trusted, Verified, Wrong};
use evidence::vault::Vault;
use kernel::code::{OrganisationCode, Uscc};
use serde_json::{Value as Json, json};
use stories::world::map;
use stories::{Browser, Watcher, World};

const HYGIENE: &str = "he-public-place";

/// Four shops that one agency looks after, its head, and those who may go.
struct Agency {
    world: World,
    watcher: Watcher,
    id: String,
    shops: Vec<(PersonActor, String, Case)>,
    head: StaffActor,
    inspectors: Vec<StaffActor>,
}

impl Agency {
    async fn new(mut world: World, inspectors: usize) -> Self {
        world.whole("public-place-licence", "").await;
        let mut shops = Vec::new();
        for n in 0..4_u16 {
            shops.push(shop(&world, n).await);
        }
        let duty = supervision::duties_of(&world.scratch.store, shops[0].2.id).await.unwrap().remove(0);
        let watcher = Watcher::open("witness.example/liuzhou", 77).await;
        world.witnesses.push(watcher.address.clone());
        let head = officer(&world, ("head", "覃主任"), (Role::Head, &duty.agency)).await;
        let mut all = Vec::new();
        for n in 0..inspectors {
            let (login, name) = (format!("inspector{n}"), format!("检查员{n}"));
            all.push(officer(&world, (&login, &name), (Role::Inspector, &duty.agency)).await);
        }
        Self { world, watcher, id: duty.agency, shops, head, inspectors: all }
    }

    async fn head(&self, site: &Router) -> Browser {
        Browser::of(&self.world, site, self.head.account).await
    }

    /// Writes an inspector down as an officer with the certificate `E-n`.
    async fn enlist(&self, browser: &mut Browser, n: usize) {
        let account = self.inspectors[n].account.to_string();
        let number = format!("E-{n}");
        let form =
            [("/account", account.as_str()), ("/certificate", &number), ("/items", "*"), ("/valid_to", "2027-12-31")];
        let done = browser.post(&format!("/staff/draws/officers/{}", self.id), &form).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.main());
    }

    /// Prepares a draw; gives its page.
    async fn prepare(&self, browser: &mut Browser, take: usize) -> String {
        let (take, day) = (take.to_string(), self.world.now().date().to_string());
        let form = [("/agency", self.id.as_str()), ("/scope", HYGIENE), ("/take", &take), ("/visit_on", &day)];
        let done = browser.post("/staff/draws", &form).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.main());
        done.location().to_owned()
    }

    /// Announces it; gives how it stands then.
    async fn announce(&self, browser: &mut Browser, page: &str) -> Draw {
        let version = browser.get(page).await.hidden("version");
        let done = browser.post(&format!("{page}/announce"), &[("version", &version)]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.main());
        self.draw(page).await
    }

    async fn draw(&self, page: &str) -> Draw {
        let id = page.rsplit('/').next().unwrap().parse().unwrap();
        let actor = Actor::Staff(self.head.clone());
        supervision::draw_for(&self.world.scratch.store, &actor, id).await.unwrap().unwrap()
    }

    /// One turn of the job that asks witnesses.
    async fn turn(&self) -> usize {
        let state = self.world.state();
        site::supervision::go_on(&state.desks().unwrap()).await.unwrap()
    }

    fn certificate(&self, account: kernel::Id) -> String {
        format!("E-{}", self.inspectors.iter().position(|i| i.account == account).unwrap())
    }

    /// The published file, verified with keys from elsewhere.
    async fn verified(&self, site: &Router, number: u32) -> Verified {
        let answer = Browser::new(site).get(&format!("/draws/{}/{number}/file", self.id)).await;
        assert_eq!(answer.status, StatusCode::OK);
        let log = store::testing::log_keys();
        let trusted = Trusted { log, witnesses: vec![self.watcher.key().clone()] };
        DrawFile::from_bytes(answer.text().as_bytes()).unwrap().verify(&trusted).unwrap()
    }
}

async fn officer(world: &World, (login, name): (&str, &str), (role, agency): (Role, &str)) -> StaffActor {
    let officer = world.officer(login, name, &[]).await;
    let scope = Scope { role, agency: agency.into(), region: "450000".into(), item: access::EVERY.into() };
    access::staff::grant_scope(&world.base(), &Actor::Machine, officer.account, &scope).await.unwrap();
    let scopes = access::staff::scopes(&world.scratch.store, officer.account).await.unwrap();
    StaffActor { scopes, ..officer }
}

/// A shop that opened on a promise.
async fn shop(world: &World, n: u16) -> (PersonActor, String, Case) {
    let keeper = world.person(&format!("店主{n}"), 20 + n).await;
    let code = Uscc::generate("91450103", &OrganisationCode::generate(&format!("MA5PLA{n:02}")).unwrap()).unwrap();
    let code = code.as_str().to_owned();
    let agent = world.mandate(&keeper, &code, &[MandateAct::View, MandateAct::File], &[]).await;
    let body = json!({"name": "某单位", "status": "open", "legal_representative": keeper.party.name,
        "address": "演示路21号", "region": "450103", "established_on": "2026-10-08"});
    world.record("business-register", &code, body).await;
    let form = map(json!({
        "name": "某单位", "code": code, "address": format!("南宁市青秀区演示路{n}号"), "place_type": "shop", "staff": 4,
        "certified": 4, "way": "commitment", "promise": true, "phone": "13877100001", "truthful": true,
    }));
    let case = world.file(&agent, HYGIENE, &form, &format!("key-{n}")).await.unwrap();
    assert_eq!(case.state, State::Granted);
    let case = approval::story(&world.scratch.store, case.id).await.unwrap().unwrap().case;
    (agent, code, case)
}

async fn tied(agency: &Agency, n: usize) {
    for (_, code, _) in &agency.shops {
        let account = agency.inspectors[n].account;
        let new = tie::NewTie { account, kind: access::TieKind::Interest, code, name: "某单位" };
        tie::declare(&agency.world.base(), &Actor::Staff(agency.inspectors[n].clone()), &new).await.unwrap();
    }
}

#[tokio::test]
async fn a_draw_is_announced_cosigned_revealed_and_verified_by_anybody() {
    for world in World::on_both_engines().await {
        from_list_to_inspections(Agency::new(world, 7).await).await;
    }
}

async fn from_list_to_inspections(agency: Agency) {
    let site = agency.world.site();
    let mut head = agency.head(&site).await;
    let page = nobody_to_send(&agency, &mut head).await;
    for n in 0..4 {
        agency.enlist(&mut head, n).await;
    }
    let first = announced(&agency, (&site, &mut head), &page).await;
    let drawn = revealed(&agency, (&site, &mut head), (&page, &first)).await;
    only_they_go(&agency, &drawn[0]).await;
    let clean = found_clean(&agency, &drawn[0]).await;
    let next = the_next_one(&agency, (&site, &mut head), &first).await;
    // Whoever was found clean is drawn less often from then on; the others as before.
    let rate = |roll: &Roll, shop: &str| {
        let at = roll.targets().iter().position(|target| target.id == shop).unwrap();
        let chance = evidence::draw::chances(roll, 1).of(at, &roll.targets()[at]);
        chance.numerator as f64 / chance.denominator as f64
    };
    let (before, after) = (first.roll.as_ref().unwrap(), next.roll.as_ref().unwrap());
    assert!((rate(before, &clean) - 0.25).abs() < 1e-9, "four alike");
    assert!(rate(after, &clean) < 0.08, "one of thirteen parts: {}", rate(after, &clean));
    for (_, shop, _) in agency.shops.iter().filter(|(_, shop, _)| *shop != clean) {
        assert!(rate(after, shop) > rate(before, shop), "{shop}");
    }
}

/// What is filled in wrongly is told at once; without officers nothing can be announced, and the page says why.
async fn nobody_to_send(agency: &Agency, head: &mut Browser) -> String {
    let wrong = head.post("/staff/draws", &[("/agency", &agency.id), ("/scope", "nothing"), ("/take", "0")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    for id in ["#f-scope", "#f-take", "#f-visit_on"] {
        assert!(wrong.text().contains(id), "{id}: {}", wrong.main());
    }
    let empty = head.post(&format!("/staff/draws/officers/{}", agency.id), &[]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    for said in ["请选择本机关的监管人员", "执法证号为", "请选择他能检查的事项", "请填写证件的有效期"]
    {
        assert!(empty.main().contains(said), "{said}");
    }
    let page = agency.prepare(head, 2).await;
    let shown = head.get(&page).await;
    assert!(shown.main().contains("没有可派的执法人员"), "{}", shown.main());
    let version = shown.hidden("version");
    let refused = head.post(&format!("{page}/announce"), &[("version", &version)]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.main().contains("没有可派的执法人员"), "{}", refused.main());
    // An inspector sees it and neither prepares nor announces; an officer of another agency does not see it.
    let site = agency.world.site();
    let mut inspector = Browser::of(&agency.world, &site, agency.inspectors[0].account).await;
    assert_eq!(inspector.get(&page).await.status, StatusCode::OK);
    let forbidden = inspector.post(&format!("{page}/announce"), &[("version", &version)]).await;
    assert_eq!(forbidden.status, StatusCode::FORBIDDEN);
    let elsewhere = officer(&agency.world, ("elsewhere", "赵外"), (Role::Head, "forestry-450225")).await;
    let mut elsewhere = Browser::of(&agency.world, &site, elsewhere.account).await;
    assert_eq!(elsewhere.get(&page).await.status, StatusCode::NOT_FOUND);
    page
}

/// The announcement is a leaf as the specification says; nothing of the result or the secret is to be had.
async fn announced(agency: &Agency, (site, head): (&Router, &mut Browser), page: &str) -> Draw {
    let draw = agency.announce(head, page).await;
    assert_eq!((draw.state, draw.number), (DrawState::Announced, Some(1)));
    let leaves = agency.world.scratch.store.leaves(draw.id).await.unwrap();
    assert_eq!(leaves.len(), 1);
    let announcement = Announcement::from_text(std::str::from_utf8(&leaves[0].bytes).unwrap()).unwrap();
    assert_eq!((announcement.number, announcement.previous), (1, None));
    assert_eq!((announcement.targets, announcement.officers, announcement.order.take), (4, 4, 2));
    assert_eq!(announcement.witnesses, [agency.watcher.key().clone()]);
    let mut anybody = Browser::new(site);
    let public = format!("/draws/{}/1", agency.id);
    let shown = anybody.get(&public).await;
    assert!(shown.main().contains("已公告，等副签") && shown.main().contains(&agency.shops[0].1), "{}", shown.main());
    assert!(anybody.get("/draws").await.main().contains("第 1 次抽取"));
    assert_eq!(anybody.get(&format!("{public}/file")).await.status, StatusCode::NOT_FOUND, "no result yet");
    let list: Json = serde_json::from_str(&anybody.get(&format!("{public}/list")).await.text()).unwrap();
    let part = |name: &str| list[name].clone();
    let roll = Roll::new(
        serde_json::from_value(part("targets")).unwrap(),
        serde_json::from_value(part("officers")).unwrap(),
        serde_json::from_value(part("bars")).unwrap(),
    );
    assert_eq!(roll.unwrap().hash(), announcement.roll, "the list is the one that was announced");
    assert_eq!(head.post(&format!("{page}/drop"), &[("version", "2")]).await.status, StatusCode::CONFLICT);
    draw
}

/// A witness that is away holds the result up; then everything is there at once, and an officer recused in between does not go.
async fn revealed(
    agency: &Agency,
    (site, head): (&Router, &mut Browser),
    (page, draw): (&str, &Draw),
) -> Vec<Inspection> {
    agency.watcher.answers(false);
    let waits = head.post(&format!("{page}/seek"), &[]).await;
    assert_eq!(waits.status, StatusCode::CONFLICT);
    assert!(waits.main().contains("witness.example/liuzhou"), "{}", waits.main());
    assert_eq!(agency.turn().await, 0);
    agency.watcher.answers(true);
    tied(agency, 0).await;
    // The log goes on, and the witness with it: the checkpoint that counts is a beginning of what it remembers.
    agency.enlist(head, 4).await;
    let witnessing = site::witness::Witness::new(&agency.world.witnesses[0]).unwrap();
    witnessing.ask(&agency.world.scratch.store, agency.world.shard).await.unwrap();
    let index = agency.world.scratch.store.leaves(draw.id).await.unwrap()[0].position;
    assert!(agency.watcher.remembers() > index + 1, "outgrown");

    assert_eq!(head.post(&format!("{page}/seek"), &[]).await.location(), format!("{page}?done=1"));
    let verified = agency.verified(site, 1).await;
    assert_eq!((verified.index, verified.drawn.pairs.len()), (index, 2));
    assert_eq!(agency.draw(page).await.pairs, verified.drawn.pairs);
    let visits = supervision::visits_of(&agency.world.scratch.store, &agency.draw(page).await).await.unwrap();
    assert_eq!(visits.len(), 2, "one inspection for each target");
    let recused = "E-0".to_owned();
    for (target, inspection) in &visits {
        let pair = verified.drawn.pairs.iter().find(|pair| pair.target == *target).unwrap();
        assert_eq!((inspection.source, inspection.state), (InspectionSource::Draw, InspectionState::Planned));
        let go = [inspection.lead, inspection.second.unwrap()].map(|account| agency.certificate(account));
        assert!(!go.contains(&recused), "an officer with an interest does not go");
        let stay: Vec<&String> = pair.officers.iter().filter(|o| **o != recused).collect();
        assert!(stay.iter().all(|officer| go.contains(officer)), "{go:?} {pair:?}");
    }
    let recused_pairs = verified.drawn.pairs.iter().filter(|pair| pair.officers.contains(&recused)).count();
    assert_eq!(recused_pairs, 1, "with four officers for four places each is drawn once");
    let shown = Browser::new(site).get(&format!("/draws/{}/1", agency.id)).await.main();
    assert!(shown.contains("E-0不去，由E-") && shown.contains("已公布"), "{shown}");
    let again = head.post(&format!("{page}/seek"), &[]).await;
    assert_eq!((again.location(), visits.len()), (page, 2), "revealed once");
    visits.into_iter().map(|(_, inspection)| inspection).collect()
}

/// The two who were drawn work on the visit, and nobody else, whatever his rights.
async fn only_they_go(agency: &Agency, inspection: &Inspection) {
    let other = agency.inspectors.iter().find(|i| i.account != inspection.lead && Some(i.account) != inspection.second);
    let actor = Actor::Staff(other.unwrap().clone());
    let of = (inspection.number.as_str(), inspection.version);
    let refused = supervision::cease(&agency.world.desk(), &actor, of, "改日再去").await;
    let Err(SupervisionError::Forbidden(why)) = refused else { panic!("{refused:?}") };
    assert!(why.zh.contains("随机抽取"), "{why:?}");
    assert!(actor.allow(Right::HandleDuty, &Place { agency: &agency.id, region: &inspection.region, item: HYGIENE }));
}

/// The second of the two writes it down, the first signs: nothing was found. Gives whose shop it was.
async fn found_clean(agency: &Agency, inspection: &Inspection) -> String {
    let results =
        ["certificates", "open-place", "facilities", "report"].map(|line| (line.to_owned(), "good".to_owned()));
    let sent =
        Recording { results: &results, place: "店内", signing: "signed", signer: "店主", ..Recording::default() };
    let of = |account| Actor::Staff(agency.inspectors.iter().find(|i| i.account == account).unwrap().clone());
    let (writes, signs) = (of(inspection.second.unwrap()), of(inspection.lead));
    let desk = agency.world.desk();
    let recorded = supervision::record(&desk, &writes, (&inspection.number, inspection.version), &sent).await.unwrap();
    assert_eq!((Some(recorded.lead), recorded.second), (writes.account(), signs.account()));
    let done = supervision::cosign(&desk, &signs, (&recorded.number, recorded.version)).await.unwrap();
    assert_eq!(done.state, InspectionState::Passed);
    agency.shops.iter().find(|(.., case)| case.id == inspection.case_id).unwrap().1.clone()
}

/// The second draw names the first. Who met lately does not go again; a target that ceased stays in the result; an officer who drops
/// out after the result is followed by the next of the seed.
async fn the_next_one(agency: &Agency, (site, head): (&Router, &mut Browser), first: &Draw) -> Draw {
    for n in 5..7 {
        agency.enlist(head, n).await;
    }
    let page = agency.prepare(head, 4).await;
    let draw = agency.announce(head, &page).await;
    assert_eq!(draw.number, Some(2));
    let roll = draw.roll.clone().unwrap();
    let met = roll.bars().iter().filter(|bar| bar.why == evidence::draw::Why::Recent).count();
    let recused = roll.bars().iter().filter(|bar| bar.officer == "E-0").count();
    assert_eq!((met, recused), (4, 4), "two met at each of two targets; one stays away from all");
    let (_, gone, case) = &agency.shops[1];
    let sql = format!("UPDATE licence SET status = 'struck_off' WHERE case_id = '{}'", case.id);
    store::testing::execute(&agency.world.scratch.location(), &sql).await;
    assert_eq!(agency.turn().await, 1, "the program asks and reveals by itself");
    let verified = agency.verified(site, 2).await;
    assert_eq!(
        verified.announcement.previous,
        Some(evidence::tree::leaf_hash(first.announcement.as_ref().unwrap().as_bytes()))
    );
    assert_eq!(verified.drawn.pairs.len(), 4, "the target that ceased stays in the result");
    for pair in &verified.drawn.pairs {
        let barred = |officer: &String| roll.bars().iter().any(|b| b.target == pair.target && b.officer == *officer);
        assert!(!pair.officers.iter().any(barred), "{pair:?}");
    }
    let draw = agency.draw(&page).await;
    let visits = supervision::visits_of(&agency.world.scratch.store, &draw).await.unwrap();
    assert_eq!(visits.len(), 3);
    assert!(visits.iter().all(|(target, _)| target != gone));
    let shown = Browser::new(site).get(&format!("/draws/{}/2", agency.id)).await.main();
    assert!(shown.contains(&format!("{gone}已不存在，留在结果中")), "{shown}");

    let (target, inspection) = &visits[0];
    let leaves = agency.certificate(inspection.lead);
    let form = [("/target", target.as_str()), ("/officer", &leaves), ("/why", "突发疾病，不能前往")];
    let short = head.post(&format!("{page}/stand-in"), &[form[0], form[1], ("/why", "病")]).await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    let done = head.post(&format!("{page}/stand-in"), &form).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.main());
    let after = supervision::visits_of(&agency.world.scratch.store, &draw).await.unwrap();
    let after = &after.iter().find(|(of, _)| of == target).unwrap().1;
    let pair = verified.drawn.pairs.iter().find(|pair| pair.target == *target).unwrap();
    let next = evidence::draw::stand_ins(&roll, &verified.seed, pair).remove(0);
    assert_eq!((agency.certificate(after.lead), after.second), (next, inspection.second));
    let twice = head.post(&format!("{page}/stand-in"), &form).await;
    assert_eq!(twice.status, StatusCode::CONFLICT, "he does not go there any more");
    draw
}

#[tokio::test]
async fn a_draw_without_a_witness_cannot_be_announced() {
    let mut agency = Agency::new(World::new().await, 2).await;
    agency.world.witnesses.clear();
    let site = agency.world.site();
    let mut head = agency.head(&site).await;
    for n in 0..2 {
        agency.enlist(&mut head, n).await;
    }
    assert!(head.get("/staff/draws").await.main().contains("没有配置见证人"));
    let page = agency.prepare(&mut head, 1).await;
    let version = head.get(&page).await.hidden("version");
    let refused = head.post(&format!("{page}/announce"), &[("version", &version)]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.main().contains("没有配置见证人"), "{}", refused.main());
    assert_eq!(agency.draw(&page).await.state, DrawState::Prepared);
    let dropped = head.post(&format!("{page}/drop"), &[("version", &version)]).await;
    assert_eq!(dropped.status, StatusCode::SEE_OTHER);
    assert_eq!(agency.world.scratch.store.leaves(agency.draw(&page).await.id).await.unwrap().len(), 0);
}

#[tokio::test]
async fn what_is_not_revealed_in_time_is_broken_off_for_everybody_to_see() {
    let agency = Agency::new(World::new().await, 2).await;
    let site = agency.world.site();
    let mut head = agency.head(&site).await;
    for n in 0..2 {
        agency.enlist(&mut head, n).await;
    }
    let page = agency.prepare(&mut head, 1).await;
    let draw = agency.announce(&mut head, &page).await;
    agency.watcher.answers(false);
    agency.world.scratch.clock.set(kernel::Moment::start_of(draw.closes_on.unwrap()));
    assert_eq!(agency.turn().await, 0, "on the last day it may still come");
    agency.world.wait_days(1);
    agency.watcher.answers(true);
    let state = agency.world.state();
    let desks = state.desks().unwrap();
    let vault = Vault::from_bytes([6; 32]);
    let log = store::testing::log_keys();
    let keys = supervision::DrawKeys { log: &log, witnesses: &[], vault: &vault };
    let late = supervision::reveal(&desks.approval(), draw.id, &keys).await;
    assert!(matches!(late, Err(SupervisionError::NotAllowed(_))), "{late:?}");
    assert_eq!(agency.turn().await, 1);
    let draw = agency.draw(&page).await;
    assert_eq!((draw.state, draw.pairs.len()), (DrawState::BrokenOff, 0));
    let shown = Browser::new(&site).get(&format!("/draws/{}/1", agency.id)).await.main();
    assert!(shown.contains("已终止") && shown.contains("到期没有公布结果"), "{shown}");

    // The next one names it, and can be broken off by hand, with a reason.
    let mut head = agency.head(&site).await;
    let page = agency.prepare(&mut head, 1).await;
    let next = agency.announce(&mut head, &page).await;
    assert!(next.number == Some(2) && next.announced().unwrap().previous.is_some());
    let version = next.version.to_string();
    let silent = head.post(&format!("{page}/break-off"), &[("version", &version)]).await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY, "not without a reason");
    let form = [("version", version.as_str()), ("/reason", "名单漏列一户，重新公告")];
    assert_eq!(head.post(&format!("{page}/break-off"), &form).await.status, StatusCode::SEE_OTHER);
    let leaves = agency.world.scratch.store.leaves(next.id).await.unwrap();
    assert_eq!(leaves.iter().map(|l| l.kind.as_str()).collect::<Vec<_>>(), ["draw.announced", "draw.broken_off"]);
}

#[tokio::test]
async fn a_secret_that_is_not_the_one_committed_to_is_not_published() {
    let agency = Agency::new(World::new().await, 2).await;
    let site = agency.world.site();
    let mut head = agency.head(&site).await;
    for n in 0..2 {
        agency.enlist(&mut head, n).await;
    }
    let page = agency.prepare(&mut head, 1).await;
    let draw = agency.announce(&mut head, &page).await;
    // Written by whoever has the office's key: the only way to lock another secret in its place.
    let purpose = format!("budayang/draw-secret@v1\n{}\n{}\n", draw.shard, draw.id);
    let vault = Vault::from_bytes([6; 32]);
    let other = vault.lock(&purpose, &[9; 32], &kernel::SeededEntropy::new(5)).unwrap();
    let hex: String = other.iter().map(|byte| format!("{byte:02x}")).collect();
    store::testing::execute(&agency.world.scratch.location(), &format!("UPDATE draw SET secret = x'{hex}'")).await;
    let refused = head.post(&format!("{page}/seek"), &[]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.main().contains("公开的密值不是事先承诺的那一个"), "{}", refused.main());
    assert_eq!(agency.draw(&page).await.state, DrawState::Announced, "nothing was published");
    // Bytes that the office did not lock do not open at all.
    store::testing::execute(&agency.world.scratch.location(), "UPDATE draw SET secret = x'00'").await;
    let refused = head.post(&format!("{page}/seek"), &[]).await;
    assert!(refused.main().contains("密值打不开"), "{}", refused.main());
}

#[tokio::test]
async fn a_published_draw_that_was_altered_does_not_verify() {
    let agency = Agency::new(World::new().await, 3).await;
    let site = agency.world.site();
    let mut head = agency.head(&site).await;
    for n in 0..3 {
        agency.enlist(&mut head, n).await;
    }
    let page = agency.prepare(&mut head, 2).await;
    agency.announce(&mut head, &page).await;
    assert_eq!(agency.turn().await, 1);
    let file = Browser::new(&site).get(&format!("/draws/{}/1/file", agency.id)).await.text();
    let altered = |change: fn(&mut Json)| {
        let mut file: Json = serde_json::from_str(&file).unwrap();
        change(&mut file);
        let file = DrawFile::from_bytes(file.to_string().as_bytes()).unwrap();
        file.verify(&Trusted::default()).unwrap_err()
    };
    assert_eq!(altered(|f| f["secret"] = "00".repeat(32).into()), Wrong::OtherSecret);
    assert!(matches!(altered(|f| f["roll"]["targets"][0]["weight"] = 9.into()), Wrong::OtherRoll { .. }));
    assert!(matches!(altered(|f| drop(f["pairs"].as_array_mut().unwrap().remove(0))), Wrong::LeftOut(_)));
    let strangers = Watcher::open("witness.example/other", 3).await;
    let trusted = Trusted { log: Vec::new(), witnesses: vec![strangers.key().clone()] };
    let known = DrawFile::from_bytes(file.as_bytes()).unwrap().verify(&trusted);
    assert!(matches!(known, Err(Wrong::UnknownWitness(_))), "{known:?}");
}

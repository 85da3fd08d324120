//! Stories of materials: a photograph goes in with the form and an officer sees it beside it; what is wrong with files; a scanner
//! that is away; who sees what; what is left when something breaks off.

use std::sync::Arc;

use affairs::access::{self, Actor, EVERY, MandateAct, PersonActor, Role, Scope, StaffActor};
use affairs::approval::{self, ApprovalError, Attached, Case, Ruling, RulingDraft, State, draft};
use affairs::catalog::Files;
use affairs::material::{self, Bounds, Checkers, MaterialState, Received, Receiving, Way, test_string};
use affairs::message;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use kernel::code::{OrganisationCode, Uscc};
use serde_json::json;
use store::testing::Scratch;
use stories::browser::multipart;
use stories::world::map;
use stories::{Answer, Browser, FakeClamd, Mood, World};

/// Granted on the spot by commitment; a plan may be uploaded, and in these stories must be.
const PLACE: &str = "he-public-place";
const PLAN: &str = "/material/layout";

/// A photograph of this many bytes about.
fn jpeg(bytes: usize) -> Vec<u8> {
    let mut all = vec![0xFF, 0xD8, 0xFF, 0xE0, 0, 6, b'J', b'F', b'I', b'F'];
    all.extend([0xFF, 0xC0, 0, 11, 8, 0, 48, 0, 64, 1, 1, 0x11, 0, 0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0]);
    all.extend((0..bytes).map(|n| (n % 251) as u8));
    all.extend([0xFF, 0xD9]);
    all
}

fn pdf(inside: &[u8]) -> Vec<u8> {
    [b"%PDF-1.7\n1 0 obj\n<< >>\nendobj\n", inside, b"\ntrailer\n<< >>\n%%EOF\n"].concat()
}

/// A document that carries the string by which scanners are tried out.
fn infected() -> Vec<u8> {
    pdf(&[vec![b' '; 300_000], test_string()].concat())
}

/// The catalogue with a plan that must come, and with decisions that leave at once.
fn files(keep_refused: bool) -> Files {
    let mut files = Files::seed();
    let mut change = |path: &str, from: &str, to: &str| {
        let text = String::from_utf8(files.get(path).unwrap().to_vec()).unwrap();
        assert!(text.contains(from), "{path}: {from}");
        files.insert(path, text.replacen(from, to, 1));
    };
    let item = "items/he-public-place/item.toml";
    let how =
        "how = { zh = \"上门核查时出示，或者上传照片\", en = \"Show them at the check, or upload photographs\" }\n";
    change(item, &format!("{how}required = false"), &format!("{how}required = true"));
    change("procedure.toml", "seconds = 60", "seconds = 0");
    if keep_refused {
        change("procedure.toml", "keep_refused = false", "keep_refused = true");
    }
    files
}

/// A shop that wants its hygiene licence, and who acts for it.
struct Shop {
    world: World,
    site: Router,
    agent: PersonActor,
    code: String,
}

impl Shop {
    async fn on_both_engines() -> Vec<Self> {
        let mut all = vec![Self::over(World::with_files(Scratch::on_sqlite("").await, files(false)).await).await];
        if let Some(scratch) = Scratch::on_postgres("").await {
            all.push(Self::over(World::with_files(scratch, files(false)).await).await);
        }
        all
    }

    async fn new() -> Self {
        Self::over(World::with_files(Scratch::new().await, files(false)).await).await
    }

    async fn over(world: World) -> Self {
        let nong = world.person("农佳", 2).await;
        let code = Uscc::generate("91450103", &OrganisationCode::generate("MA5PLACE").unwrap()).unwrap();
        let code = code.as_str().to_owned();
        let agent = world.mandate(&nong, &code, &[MandateAct::View, MandateAct::File], &[]).await;
        let body = json!({"name": "某单位", "status": "open", "legal_representative": "农佳",
            "address": "南宁市青秀区演示路21号", "region": "450103", "established_on": "2026-10-08"});
        world.record("business-register", &code, body).await;
        world.whole("public-place-licence", "").await;
        let site = world.site();
        Self { world, site, agent, code }
    }

    /// The same shop with another scanner.
    fn scanned_by(mut self, checkers: Checkers) -> Self {
        self.world.checkers = checkers;
        self.site = self.world.site();
        self
    }

    /// The agent's browser, acting for the shop.
    async fn browser(&self) -> Browser {
        let mut browser = Browser::of(&self.world, &self.site, self.agent.account).await;
        let mandate = self.agent.acting_for.as_ref().unwrap().id.to_string();
        browser.post("/me/acting", &[("party", &mandate), ("item", PLACE)]).await;
        browser
    }

    /// The agent's browser, acting for the shop, with the address of a draft in it.
    async fn draft(&self) -> (Browser, String) {
        let mut browser = self.browser().await;
        let begun = browser.get(&format!("/items/{PLACE}/apply")).await;
        assert!(begun.location().starts_with("/drafts/"), "{:?} {}", begun.status, begun.location());
        let draft = begun.location().to_owned();
        (browser, draft)
    }

    fn pairs<'a>(&'a self, version: &'a str, act: &'a str) -> Vec<(&'a str, &'a str)> {
        vec![
            ("version", version),
            ("/name", "某单位"),
            ("/code", &self.code),
            ("/place_type", "shop"),
            ("/address", "南宁市青秀区演示路21号"),
            ("/staff", "4"),
            ("/certified", "4"),
            ("/way", "commitment"),
            ("/promise", "true"),
            ("/phone", "13877100001"),
            ("/truthful", "true"),
            ("do", act),
        ]
    }

    /// Sends the form with these files.
    async fn save(&self, browser: &mut Browser, draft: &str, act: &str, files: &[(&str, &str, &[u8])]) -> Answer {
        let version = browser.get(draft).await.hidden("version");
        browser.post_files(draft, &self.pairs(&version, act), files).await
    }

    /// Checks the answers and sends them.
    async fn send(&self, browser: &mut Browser, draft: &str) -> Case {
        let check = browser.get(&format!("{draft}/check")).await;
        assert_eq!(check.status, StatusCode::OK, "{}", check.location());
        let key = check.hidden("key");
        let sent = browser.post(&format!("{draft}/send"), &[("key", key.as_str()), ("agree", "true")]).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.main());
        let number = sent.location().split('/').nth(2).unwrap().to_owned();
        self.case(&number).await
    }

    async fn case(&self, number: &str) -> Case {
        let actor = Actor::Person(self.agent.clone());
        let store = &self.world.scratch.store;
        approval::file_by_number(store, &actor, number, self.world.now()).await.unwrap().0.case
    }

    async fn scan(&self) -> usize {
        approval::check_materials(&self.world.desk(), &self.world.checkers).await.unwrap()
    }

    /// An officer who may decide about the case.
    async fn officer(&self, case: &Case, login: &str, role: Role) -> StaffActor {
        let officer = self.world.officer(login, "某人", &[]).await;
        let scope =
            Scope { role, agency: case.deciding_agency.clone(), region: case.region.clone(), item: EVERY.into() };
        let base = self.world.base();
        access::staff::grant_scope(&base, &Actor::Machine, officer.account, &scope).await.unwrap();
        let scopes = access::staff::scopes(base.store, officer.account).await.unwrap();
        StaffActor { scopes, ..officer }
    }

    async fn rule(&self, officer: &StaffActor, number: &str, ruling: Ruling) -> Result<Case, ApprovalError> {
        let case = self.case(number).await;
        let draft = RulingDraft { ruling, reasons: "图纸清楚，符合要求。", version: case.version };
        approval::rule(&self.world.desk(), &Actor::Staff(officer.clone()), case.id, &draft).await
    }

    async fn count(&self, sql: &'static str) -> i64 {
        self.world.scratch.store.query(sql, vec![]).await.unwrap()[0].int("n").unwrap()
    }

    /// Bytes taken in as they would be from a form.
    async fn received(&self, bytes: &[u8]) -> Received {
        let bounds = Bounds { file_mb: 20, files: 6, megapixels: 200 };
        let mut receiving = Receiving::begin(&self.world.base(), bounds, None).unwrap();
        for piece in bytes.chunks(10_000) {
            receiving.push(piece).await.unwrap();
        }
        receiving.finish().await.unwrap().unwrap()
    }

    async fn told(&self) -> usize {
        self.world.deliver().await;
        let party = self.agent.principal().id;
        let inbox = message::inbox(&self.world.scratch.store, party, None).await.unwrap();
        inbox.messages.iter().filter(|m| m.title.zh.contains("没有通过安全检查")).count()
    }
}

const BLOBS: &str = "SELECT count(*) AS n FROM blob";
const PIECES: &str = "SELECT count(*) AS n FROM blob_chunk";
const ROWS: &str = "SELECT count(*) AS n FROM material";

#[tokio::test]
async fn a_photograph_goes_in_with_the_form_and_only_whoever_may_sees_it_once_it_is_clean() {
    for shop in Shop::on_both_engines().await {
        with_the_form(shop).await;
    }
}

async fn with_the_form(shop: Shop) {
    let (mut nong, draft) = shop.draft().await;
    let form = nong.get(&draft).await;
    assert!(
        form.text().contains("enctype=\"multipart/form-data\"") && form.text().contains("id=\"f-material-layout\"")
    );

    // Required and not there: told beside everything else.
    let without = shop.save(&mut nong, &draft, "check", &[]).await;
    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(without.text().contains("href=\"#f-material-layout\"") && without.main().contains("请上传“场所方位图"));

    let photo = jpeg(300_000);
    let files = [(PLAN, "..\\店面 照片.heic.PDF", photo.as_slice()), ("/material/test-report", "", &[][..])];
    let saved = shop.save(&mut nong, &draft, "check", &files).await;
    assert_eq!((saved.status, saved.location()), (StatusCode::SEE_OTHER, format!("{draft}/check").as_str()));
    assert!(nong.get(&draft).await.main().contains("店面 照片.heic.jpg"), "named by its bytes");
    assert!(nong.get(&format!("{draft}/check")).await.main().contains("店面 照片.heic.jpg"));
    let lies = material::of_draft(&shop.world.scratch.store, draft[8..].parse().unwrap()).await.unwrap();
    let own = format!("{draft}/materials/{}", lies[0].id);
    assert_eq!(nong.get(&own).await.status, StatusCode::NOT_FOUND, "not even his own before it is checked");
    assert_eq!((lies[0].state, lies[0].size_bytes), (MaterialState::Quarantine, photo.len() as u64));

    assert_eq!(shop.scan().await, 1);
    assert_eq!(nong.get(&own).await.bytes, photo);
    let case = shop.send(&mut nong, &draft).await;
    assert_eq!(case.state, State::Granted, "with a clean plan there is nothing to wait for");
    assert_eq!(nong.get(&own).await.status, StatusCode::NOT_FOUND, "the draft is gone");

    // What the log says of it names nobody and nothing.
    let leaves = shop.world.scratch.store.leaves(case.id).await.unwrap();
    let leaf = leaves.iter().find(|leaf| leaf.kind == "case.material_added").unwrap();
    let text = String::from_utf8(leaf.bytes.clone()).unwrap();
    assert!(text.contains("\"material\":\"layout\"") && text.contains("\"commitment\""), "{text}");
    assert!(!text.contains("店面") && !text.contains(&lies[0].hash) && !text.contains("农佳"), "{text}");

    seen_by_whom(&shop, &case, &photo).await;
}

async fn seen_by_whom(shop: &Shop, case: &Case, photo: &[u8]) {
    let id = material::of_case(&shop.world.scratch.store, case.id).await.unwrap()[0].id;
    let (mine, desk) = (format!("/cases/{}/materials", case.number), format!("/staff/cases/{}/materials", case.number));
    let officer = shop.officer(case, "moran", Role::Approver).await;
    let mut moran = Browser::of(&shop.world, &shop.site, officer.account).await;
    let page = moran.get(&format!("/staff/cases/{}", case.number)).await;
    assert!(page.text().contains(&format!("<img src=\"{desk}/{id}?see=1\"")), "beside the form, as a picture");
    assert!(page.main().contains("农佳（网上提交）"));
    let seen = moran.get(&format!("{desk}/{id}?see=1")).await;
    assert_eq!((seen.status, seen.bytes.as_slice()), (StatusCode::OK, photo));
    assert!(seen.header("content-disposition").starts_with("inline;"));
    let saved = moran.get(&format!("{desk}/{id}")).await;
    assert!(
        saved
            .header("content-disposition")
            .starts_with("attachment; filename=\"material.jpg\"; filename*=UTF-8''%E5%BA%97")
    );
    for (name, value) in
        [("content-type", "image/jpeg"), ("x-content-type-options", "nosniff"), ("cache-control", "no-store")]
    {
        assert_eq!(saved.header(name), value);
    }
    assert!(saved.header("content-security-policy").contains("sandbox"), "{}", saved.header("content-security-policy"));

    let mut nong = shop.browser().await;
    assert_eq!(nong.get(&format!("{mine}/{id}")).await.bytes, photo);
    assert!(nong.get(&mine).await.main().contains("检查通过"));
    assert_eq!(nong.get(&format!("{desk}/{id}")).await.status, StatusCode::NOT_FOUND);

    // Somebody else, an officer of another agency, nobody at all; another case's number does not help.
    let stranger = shop.world.person("路人甲", 77).await;
    let mut stranger = Browser::of(&shop.world, &shop.site, stranger.account).await;
    let elsewhere = shop.world.officer("liwen", "李文", &[Role::Approver]).await;
    let mut elsewhere = Browser::of(&shop.world, &shop.site, elsewhere.account).await;
    for path in [format!("{mine}/{id}"), mine.clone(), format!("/api/v1{mine}/{id}"), format!("/api/v1{mine}")] {
        assert_eq!(stranger.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(elsewhere.get(&format!("{desk}/{id}")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(elsewhere.post_files(&desk, &[], &[(PLAN, "a.jpg", &jpeg(9))]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(stranger.post_files(&mine, &[], &[(PLAN, "a.jpg", &jpeg(9))]).await.status, StatusCode::NOT_FOUND);
    assert!(Browser::new(&shop.site).get(&format!("{desk}/{id}")).await.location().starts_with("/staff/sign-in"));
    let wrong = format!("/cases/{}/materials/{}", case.number, case.id);
    assert_eq!(nong.get(&wrong).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn everything_wrong_with_files_is_told_at_once_and_nothing_else_is_lost() {
    for shop in Shop::on_both_engines().await {
        everything_wrong(shop).await;
    }
}

async fn everything_wrong(shop: Shop) {
    let (mut nong, draft) = shop.draft().await;
    let version = nong.get(&draft).await.hidden("version");
    let mut pairs = shop.pairs(&version, "check");
    pairs.retain(|(name, _)| *name != "/phone");
    pairs.push(("/phone", "1387710"));
    let (fifty, page, letter, good) =
        (jpeg(50 << 20), b"<!doctype html><script>x()</script>".to_vec(), b"PK\x03\x04word".to_vec(), jpeg(2_000));
    let files = [
        (PLAN, "大图.jpg", fifty.as_slice()),
        (PLAN, "图纸.jpg", page.as_slice()),
        ("/material/test-report", "报告.docx", letter.as_slice()),
        (PLAN, "../../../好的.jpg", good.as_slice()),
    ];
    let answer = nong.post_files(&draft, &pairs, &files).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let main = answer.main();
    for told in ["文件超过 20 MB。请压缩", "这是网页或者矢量图", "压缩包或者 Word", "好的.jpg"]
    {
        assert!(main.contains(told), "{told}: {main}");
    }
    for link in ["#f-material-layout", "#f-material-test-report", "#f-phone"] {
        assert_eq!(answer.text().matches(&format!("href=\"{link}\"")).count(), 1, "{link}");
    }
    assert!(answer.text().contains("value=\"1387710\"") && answer.text().contains("value=\"南宁市青秀区演示路21号\""));
    // Of what was refused nothing is left; what was taken is there, and only once.
    assert_eq!((shop.count(BLOBS).await, shop.count(PIECES).await, shop.count(ROWS).await), (1, 1, 1));
    let kept = nong.get(&draft).await;
    assert!(
        kept.text().contains("value=\"1387710\"") && kept.main().contains("好的.jpg") && !kept.main().contains("..")
    );

    // An unknown field for files is no field; a body without its end is none.
    assert_eq!(
        nong.post_files(&draft, &pairs, &[("/material/none", "a.jpg", &good)]).await.status,
        StatusCode::BAD_REQUEST
    );
    let broken = Request::post(&draft).header(header::CONTENT_TYPE, "multipart/form-data; boundary=b");
    let broken = nong
        .send(
            broken
                .body(Body::from(
                    "--b\r\nContent-Disposition: form-data; name=\"/material/layout\"; filename=\"a\"\r\n\r\nxx",
                ))
                .unwrap(),
        )
        .await;
    assert_eq!(broken.status, StatusCode::BAD_REQUEST);
    let huge = Request::post(&draft).header(header::CONTENT_TYPE, "multipart/form-data; boundary=b");
    let huge = huge.header(header::CONTENT_LENGTH, 300_u64 << 20).body(Body::empty()).unwrap();
    assert_eq!(nong.send(huge).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(shop.count(ROWS).await, 1);
}

#[tokio::test]
async fn a_file_is_taken_out_again_before_sending_and_there_are_only_so_many() {
    for shop in Shop::on_both_engines().await {
        taken_out(shop).await;
    }
}

async fn taken_out(shop: Shop) {
    let (mut nong, draft) = shop.draft().await;
    let all: Vec<Vec<u8>> = (1..=7).map(|n| jpeg(n * 100)).collect();
    let files: Vec<(&str, &str, &[u8])> = all.iter().map(|bytes| (PLAN, "图.jpg", bytes.as_slice())).collect();
    let seven = shop.save(&mut nong, &draft, "save", &files).await;
    assert_eq!(seven.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(seven.main().contains("最多 6 个文件"), "{}", seven.main());
    assert_eq!((shop.count(ROWS).await, shop.count(BLOBS).await), (6, 6));

    let lies = material::of_draft(&shop.world.scratch.store, draft[8..].parse().unwrap()).await.unwrap();
    let (version, id) = (seven.hidden("version"), lies[0].id.to_string());
    let mut pairs = shop.pairs(&version, "");
    pairs.retain(|(name, _)| *name != "do" && *name != "/phone");
    pairs.extend([("/phone", "07715550001"), ("remove", id.as_str())]);
    let out = nong.post_files(&draft, &pairs, &[]).await;
    assert_eq!((out.status, out.location()), (StatusCode::SEE_OTHER, format!("{draft}#f-material-layout").as_str()));
    assert!(nong.get(&draft).await.text().contains("value=\"07715550001\""), "what was typed went along");
    assert_eq!(shop.count(ROWS).await, 5);
    // Pressed twice: it is out.
    assert_eq!(nong.post_files(&draft, &pairs, &[]).await.status, StatusCode::SEE_OTHER);

    // Two tabs bring the sixth and the seventh at once: one of them is told.
    let version = nong.get(&draft).await.hidden("version");
    let (mut other, mut words) = (nong.clone(), shop.pairs(&version, "save"));
    words.retain(|(name, _)| *name != "/phone");
    words.push(("/phone", "07715550001"));
    let (one, two) = (jpeg(901), jpeg(902));
    let (one, two) = ([(PLAN, "甲.jpg", one.as_slice())], [(PLAN, "乙.jpg", two.as_slice())]);
    let both = tokio::join!(nong.post_files(&draft, &words, &one), other.post_files(&draft, &words, &two));
    let refused = [&both.0, &both.1].iter().filter(|answer| answer.status != StatusCode::SEE_OTHER).count();
    assert_eq!((refused, shop.count(ROWS).await), (1, 6), "{} {}", both.0.status, both.1.status);

    // Thrown away with its draft; the bytes go within a day.
    nong.post(&format!("{draft}/discard"), &[]).await;
    assert_eq!(shop.count(ROWS).await, 0);
    shop.world.wait_days(2);
    shop.world.scratch.store.sweep().await.unwrap();
    assert_eq!((shop.count(BLOBS).await, shop.count(PIECES).await), (0, 0));

    // A draft that nobody saved for a month goes the same way.
    let (mut nong, draft) = shop.draft().await;
    assert_eq!(
        shop.save(&mut nong, &draft, "save", &[(PLAN, "图.jpg", &jpeg(99))]).await.status,
        StatusCode::SEE_OTHER
    );
    shop.world.wait_days(31);
    assert_eq!(draft::sweep(&shop.world.base()).await.unwrap(), 1);
    assert_eq!(shop.count(ROWS).await, 0);
}

#[tokio::test]
async fn what_a_crash_leaves_behind_is_swept() {
    let shop = Shop::new().await;
    let bounds = Bounds { file_mb: 20, files: 6, megapixels: 200 };
    // Killed on the way, and killed between the last byte and the row.
    let mut on_its_way = Receiving::begin(&shop.world.base(), bounds, None).unwrap();
    on_its_way.push(&jpeg(700_000)[..600_000]).await.unwrap();
    drop(on_its_way);
    shop.received(&jpeg(400_000)).await;
    assert_eq!((shop.count(BLOBS).await, shop.count(ROWS).await), (2, 0));
    shop.world.wait_days(2);
    assert_eq!(shop.world.scratch.store.sweep().await.unwrap().blobs, 2);
    assert_eq!((shop.count(BLOBS).await, shop.count(PIECES).await), (0, 0));
}

#[tokio::test]
async fn a_refused_file_is_told_once_and_another_takes_its_place() {
    for shop in Shop::on_both_engines().await {
        refused(shop).await;
    }
}

async fn refused(shop: Shop) {
    let (mut nong, draft) = shop.draft().await;
    let bad = infected();
    let saved = shop.save(&mut nong, &draft, "check", &[(PLAN, "平面图.pdf", &bad)]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    // Sent before anybody looked: taken, and with a person, who is told why.
    let case = shop.send(&mut nong, &draft).await;
    assert_eq!(case.state, State::InReview);
    let officer = shop.officer(&case, "moran", Role::Approver).await;
    let mut moran = Browser::of(&shop.world, &shop.site, officer.account).await;
    let page = format!("/staff/cases/{}", case.number);
    let seen = moran.get(&page).await.main();
    assert!(seen.contains("还没有通过安全检查") && seen.contains("正在检查"), "{seen}");
    let waits = shop.rule(&officer, &case.number, Ruling::Grant).await;
    assert!(matches!(&waits, Err(ApprovalError::Forbidden(why)) if why.zh.contains("材料正在安全检查")), "{waits:?}");

    assert_eq!(shop.scan().await, 1);
    assert_eq!((shop.scan().await, shop.told().await), (0, 1), "told once");
    let known = material::of_case(&shop.world.scratch.store, case.id).await.unwrap();
    assert_eq!((known[0].state, known[0].held), (MaterialState::Refused, false));
    let seen = moran.get(&page).await;
    assert!(seen.main().contains("没有通过检查") && !seen.text().contains("<img"), "{}", seen.main());
    for path in [format!("/cases/{}/materials/{}", case.number, known[0].id)] {
        assert_eq!(nong.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(moran.get(&format!("/staff{path}")).await.status, StatusCode::NOT_FOUND);
    }
    shop.world.wait_days(2);
    shop.world.scratch.store.sweep().await.unwrap();
    assert_eq!(shop.count(BLOBS).await, 0, "nobody keeps it");

    // The applicant brings another on the case's page; the clock scans it; the case is decided.
    let mut nong = shop.browser().await;
    let mine = format!("/cases/{}/materials", case.number);
    assert!(nong.get(&mine).await.main().contains("没有人打开过"));
    let nothing = nong.post_files(&mine, &[], &[(PLAN, "", &[])]).await;
    assert!(
        nothing.status == StatusCode::UNPROCESSABLE_ENTITY && nothing.main().contains("请先选择"),
        "{}",
        nothing.main()
    );
    let brought = nong.post_files(&mine, &[], &[(PLAN, "新图.pdf", &pdf(b"ok"))]).await;
    assert_eq!((brought.status, brought.location()), (StatusCode::SEE_OTHER, format!("{mine}?done=1").as_str()));
    assert_eq!(shop.scan().await, 1);
    let decided = shop.rule(&officer, &case.number, Ruling::Grant).await.unwrap();
    assert_eq!(decided.state, State::Granted);
    let closed = nong.post_files(&mine, &[], &[(PLAN, "晚了.pdf", &pdf(b"late"))]).await;
    assert_eq!(closed.status, StatusCode::CONFLICT);
    let events: Vec<String> = approval::story(&shop.world.scratch.store, case.id)
        .await
        .unwrap()
        .unwrap()
        .events
        .into_iter()
        .map(|e| e.kind)
        .collect();
    assert_eq!(events.iter().filter(|kind| kind.starts_with("material_")).count(), 3, "{events:?}");
    let leaves = shop.world.scratch.store.leaves(case.id).await.unwrap();
    let kinds: Vec<&str> =
        leaves.iter().map(|leaf| leaf.kind.as_str()).filter(|kind| kind.starts_with("case.material")).collect();
    assert_eq!(kinds, ["case.material_added", "case.material_refused", "case.material_added"]);
}

#[tokio::test]
async fn where_the_catalogue_says_so_refused_bytes_are_kept_and_shown_to_nobody() {
    let shop = Shop::over(World::with_files(Scratch::new().await, files(true)).await).await;
    let (mut nong, draft) = shop.draft().await;
    shop.save(&mut nong, &draft, "check", &[(PLAN, "平面图.pdf", &infected())]).await;
    assert_eq!(shop.scan().await, 1);
    assert!(nong.get(&draft).await.main().contains("没有通过检查"));
    let lies = material::of_draft(&shop.world.scratch.store, draft[8..].parse().unwrap()).await.unwrap();
    assert_eq!((lies[0].state, lies[0].held), (MaterialState::Refused, true));
    assert_eq!(nong.get(&format!("{draft}/materials/{}", lies[0].id)).await.status, StatusCode::NOT_FOUND);
    // A refused file is none: the form asks again.
    assert!(nong.get(&format!("{draft}/check")).await.location().ends_with("?check=1"));
    shop.world.wait_days(2);
    shop.world.scratch.store.sweep().await.unwrap();
    assert_eq!(shop.count(BLOBS).await, 1);
}

#[tokio::test]
async fn while_the_scanner_is_away_files_stay_in_quarantine_and_it_is_tried_again() {
    let clamd = FakeClamd::open().await;
    let shop = Shop::new().await.scanned_by(Checkers::with(Arc::new(clamd.client())));
    clamd.be(Mood::Away);
    let (mut nong, draft) = shop.draft().await;
    let photo = jpeg(600_000);
    shop.save(&mut nong, &draft, "check", &[(PLAN, "店面.jpg", &photo)]).await;
    assert_eq!(shop.scan().await, 0);
    assert!(nong.get(&draft).await.main().contains("正在检查"));
    let case = shop.send(&mut nong, &draft).await;
    assert_eq!(case.state, State::InReview, "silence is no word");
    let officer = shop.officer(&case, "moran", Role::Approver).await;
    let state = async || material::of_case(&shop.world.scratch.store, case.id).await.unwrap()[0].clone();

    for mood in [Mood::Strange, Mood::Small, Mood::Silent, Mood::Away] {
        clamd.be(mood);
        shop.world.scratch.clock.set(state().await.next_at);
        assert_eq!(shop.scan().await, 0, "{mood:?}");
        assert_eq!(state().await.state, MaterialState::Quarantine, "{mood:?}");
    }
    assert_eq!(state().await.tries, 5);
    clamd.be(Mood::Well);
    assert_eq!(shop.scan().await, 0, "not before its time");
    let waits = shop.rule(&officer, &case.number, Ruling::Refuse).await;
    assert!(matches!(waits, Err(ApprovalError::Forbidden(_))), "{waits:?}");
    assert_eq!(material::waiting(&shop.world.scratch.store).await.unwrap().0, 1);

    shop.world.scratch.clock.set(state().await.next_at);
    assert_eq!((shop.scan().await, clamd.scans()), (1, 1));
    assert_eq!(state().await.state, MaterialState::Clean);
    assert!(state().await.scanner.unwrap().starts_with("clamd 127.0.0.1:"));
    assert_eq!(shop.rule(&officer, &case.number, Ruling::Grant).await.unwrap().state, State::Granted);

    // It finds what it is asked about: but for our own check it would be its word.
    let scanner = clamd.client();
    let bad = shop.received(&infected()).await;
    let pieces = material::Pieces::new(&shop.world.scratch.store, shop.world.shard, bad.hash);
    let found = affairs::material::Scanner::scan(&scanner, pieces).await;
    assert_eq!(found, Ok(material::Verdict::Infected("Win.Test.EICAR_HDB-1".into())));
    assert!(affairs::material::Scanner::hail(&scanner).await.unwrap().starts_with("ClamAV 1.4"));
}

#[tokio::test]
async fn a_clerk_photographs_what_is_brought_and_the_case_takes_a_new_version() {
    for shop in Shop::on_both_engines().await {
        at_the_counter(shop).await;
    }
}

async fn at_the_counter(shop: Shop) {
    // Filed by a program, without its plan: a person looks.
    let form = map(json!({
        "name": "某单位", "code": shop.code, "place_type": "shop", "address": "南宁市青秀区演示路21号", "staff": 4,
        "certified": 4, "way": "commitment", "promise": true, "phone": "13877100001", "truthful": true,
    }));
    let case = shop.world.file(&shop.agent, PLACE, &form, "key-counter-1").await.unwrap();
    assert_eq!(case.state, State::InReview);
    let (clerk, approver) =
        (shop.officer(&case, "liwen", Role::Clerk).await, shop.officer(&case, "moran", Role::Approver).await);
    let mut liwen = Browser::of(&shop.world, &shop.site, clerk.account).await;
    let (page, place) = (format!("/staff/cases/{}", case.number), format!("/staff/cases/{}/materials", case.number));
    let shown = liwen.get(&page).await.text();
    assert!(shown.contains("capture=\"environment\"") && shown.contains("name=\"/photo/layout\""), "a phone's camera");

    let wrong = liwen.post_files(&place, &[], &[("/photo/layout", "a.svg", b"<svg onload='x()'>")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text().contains("href=\"#f-material-layout\"") && wrong.main().contains("网页或者矢量图"));
    let photo = jpeg(5_000);
    let taken = liwen.post_files(&place, &[], &[("/photo/layout", "image.jpg", &photo)]).await;
    assert_eq!((taken.status, taken.location()), (StatusCode::SEE_OTHER, format!("{page}#materials").as_str()));
    let known = material::of_case(&shop.world.scratch.store, case.id).await.unwrap();
    assert_eq!((known[0].way, known[0].by_staff, known[0].brought_by), (Way::Photographed, true, clerk.account));
    assert_eq!(shop.case(&case.number).await.version, case.version + 1);

    // Who looked before decides about something else: told so.
    assert_eq!(shop.scan().await, 1);
    let stale = RulingDraft { ruling: Ruling::Grant, reasons: "图纸清楚，符合要求。", version: case.version };
    let stale = approval::rule(&shop.world.desk(), &Actor::Staff(approver.clone()), case.id, &stale).await;
    assert!(matches!(stale, Err(ApprovalError::Changed)), "{stale:?}");
    let shown = Browser::of(&shop.world, &shop.site, approver.account).await.get(&page).await.main();
    assert!(shown.contains("某人（窗口拍照）"), "{shown}");
    assert_eq!(shop.rule(&approver, &case.number, Ruling::Grant).await.unwrap().state, State::Granted);
}

#[tokio::test]
async fn a_program_hands_in_lists_and_fetches() {
    let shop = Shop::new().await;
    let form = map(json!({
        "name": "某单位", "code": shop.code, "place_type": "shop", "address": "南宁市青秀区演示路21号", "staff": 4,
        "certified": 4, "way": "ordinary", "promise": true, "phone": "13877100001", "truthful": true,
    }));
    let case = shop.world.file(&shop.agent, PLACE, &form, "key-program-1").await.unwrap();
    let mut nong = shop.browser().await;
    let place = format!("/api/v1/cases/{}/materials", case.number);
    let photo = jpeg(1_000);
    let request = |files: &[(&str, &str, &[u8])]| {
        multipart(Request::post(&place).header(header::ACCEPT, "application/json"), &[], files)
    };
    let made = nong.send(request(&[(PLAN, "a.jpg", &photo)])).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let list: serde_json::Value = serde_json::from_slice(&nong.get(&place).await.bytes).unwrap();
    assert_eq!((list[0]["state"].as_str(), list[0]["media_type"].as_str()), (Some("quarantine"), Some("image/jpeg")));
    let one = format!("{place}/{}", list[0]["id"].as_str().unwrap());
    assert_eq!(nong.get(&one).await.status, StatusCode::NOT_FOUND);
    assert_eq!(shop.scan().await, 1);
    assert_eq!(nong.get(&one).await.bytes, photo);
    let wrong = nong.send(request(&[(PLAN, "a.gif", b"GIF89a")])).await;
    let told: serde_json::Value = serde_json::from_slice(&wrong.bytes).unwrap();
    assert_eq!((wrong.status, told["errors"][0]["pointer"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some(PLAN)));
    assert_eq!(told["errors"][0]["code"], "material.type");
}

#[tokio::test]
async fn what_lies_in_a_correction_comes_with_it_and_evidence_is_owed_while_nothing_can_be_signed() {
    let shop = Shop::new().await;
    let (mut nong, draft) = shop.draft().await;
    // Two of four with a certificate: one notice.
    let version = nong.get(&draft).await.hidden("version");
    let mut pairs = shop.pairs(&version, "check");
    pairs.retain(|(name, _)| *name != "/certified");
    pairs.push(("/certified", "2"));
    nong.post_files(&draft, &pairs, &[(PLAN, "一.jpg", &jpeg(100))]).await;
    shop.scan().await;
    let case = shop.send(&mut nong, &draft).await;
    assert_eq!(case.state, State::Correcting);
    let mend = nong.get(&format!("/cases/{}/correct", case.number)).await.location().to_owned();
    assert!(nong.get(&mend).await.main().contains("一.jpg"), "what is with the case already is shown");
    let saved = shop.save(&mut nong, &mend, "check", &[(PLAN, "二.jpg", &jpeg(200))]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.main());
    shop.scan().await;
    assert_eq!(
        material::of_case(&shop.world.scratch.store, case.id).await.unwrap().len(),
        1,
        "not handed in before it is sent"
    );
    let key = nong.get(&format!("{mend}/check")).await.hidden("key");
    let sent = nong.post(&format!("{mend}/send"), &[("key", key.as_str()), ("agree", "true")]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.main());
    assert_eq!(shop.case(&case.number).await.state, State::Granted);
    assert_eq!(material::of_case(&shop.world.scratch.store, case.id).await.unwrap().len(), 2);

    // The keys are locked: materials are taken like any other word, and their leaves are owed.
    let shop = Shop::new().await;
    let form = map(json!({
        "name": "某单位", "code": shop.code, "place_type": "shop", "address": "南宁市青秀区演示路21号", "staff": 4,
        "certified": 4, "way": "ordinary", "promise": true, "phone": "13877100001", "truthful": true,
    }));
    let case = shop.world.file(&shop.agent, PLACE, &form, "key-locked-1").await.unwrap();
    shop.world.scratch.store.sign_with(None).await.unwrap();
    let received = shop.received(&jpeg(100)).await;
    let attached = Attached { material: "layout", name: "三.jpg", way: Way::Online, received: &received };
    let actor = Actor::Person(shop.agent.clone());
    approval::attach(&shop.world.desk(), &actor, case.id, &attached).await.unwrap();
    let owed = "SELECT count(*) AS n FROM leaf_owed WHERE kind = 'case.material_added' AND recorded_at IS NULL";
    assert_eq!((shop.count(owed).await, shop.count(ROWS).await), (1, 1));
}

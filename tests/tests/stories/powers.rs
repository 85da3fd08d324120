//! Stories of the powers and duties, told through pages and API: the public list, and a penalty with a hearing that
//! officers run step by step.

use affairs::access::{self, Actor, EVERY, NewStaff, Role, Scope};
use affairs::approval;
use affairs::powers::{self, Known, Law, Publication};
use axum::Router;
use axum::http::StatusCode;
use kernel::Id;
use stories::browser::Answer;
use stories::{Browser, World};

mod kinds;

const OLD: &[u8] = include_bytes!("../../../crates/budayang/src/demo/powers/2019.csv");
const NEW: &[u8] = include_bytes!("../../../crates/budayang/src/demo/powers/2026.csv");

struct Office {
    world: World,
    site: Router,
}

impl Office {
    /// An office with both versions of the demonstration's list.
    async fn opens() -> Self {
        Self::over(World::new().await).await
    }

    async fn over(world: World) -> Self {
        let law = Law::read(&world.catalog).unwrap();
        for (bytes, from) in [(OLD, "2019-01-01"), (NEW, "2026-01-01")] {
            let known = Known { catalog: &world.catalog, law: &law };
            let rows = powers::read_sheet(&powers::cells(bytes).unwrap(), &known).unwrap();
            let new = Publication {
                list: "gx",
                title: "广西权责清单（演示）",
                note: "",
                valid_from: from.parse().unwrap(),
                valid_to: None,
                demonstration: true,
            };
            powers::publish(&world.base(), &Actor::Machine, &new, &rows).await.unwrap();
        }
        let site = world.site();
        Self { world, site }
    }

    async fn officer(&self, login: &str, name: &str, role: Role) -> Browser {
        self.signs_in(self.employed(login, name, role).await).await
    }

    /// An officer's browser; a session does not outlive the days between the steps of a power.
    async fn signs_in(&self, account: Id) -> Browser {
        Browser::of(&self.world, &self.site, account).await
    }

    async fn employed(&self, login: &str, name: &str, role: Role) -> Id {
        let base = self.world.base();
        let new = NewStaff {
            login: login.into(),
            name: name.into(),
            post: "执法".into(),
            agency: "nanning-amr".into(),
            region: "450100".into(),
        };
        let (account, _) = access::staff::create(&base, &Actor::Machine, &new).await.unwrap();
        let scope = Scope { role, agency: "nanning-amr".into(), region: "450100".into(), item: EVERY.into() };
        access::staff::grant_scope(&base, &Actor::Machine, account.id, &scope).await.unwrap();
        account.id
    }
}

/// One run in the hands of several officers.
struct Case {
    path: String,
}

impl Case {
    async fn opened(by: &mut Browser, power: &str) -> Self {
        let form = [("/power", power), ("/party", "演示大药房"), ("/party_kind", "organisation")];
        let to = by.post("/staff/powers", &form).await;
        assert_eq!(to.status, StatusCode::SEE_OTHER, "{}", to.main());
        Self { path: to.location().to_owned() }
    }

    async fn take(&self, by: &mut Browser, step: &str, values: &[(&str, &str)]) -> Answer {
        let version = by.get(&self.path).await.hidden("version");
        let names: Vec<(String, &str)> = values.iter().map(|(id, v)| (format!("/{step}/{id}"), *v)).collect();
        let own: Vec<(&str, &str)> = names.iter().map(|(n, v)| (n.as_str(), *v)).collect();
        let head = [("version", version.as_str()), ("step", step)];
        let form: Vec<(&str, &str)> = head.into_iter().chain(own).collect();
        by.post(&format!("{}/take", self.path), &form).await
    }

    async fn taken(&self, by: &mut Browser, step: &str, values: &[(&str, &str)]) {
        let to = self.take(by, step, values).await;
        assert_eq!(to.status, StatusCode::SEE_OTHER, "{step}: {}", to.main());
    }

    /// The second officer signs by himself.
    async fn cosigned(&self, by: &mut Browser) {
        let page = by.get(&self.path).await;
        assert!(page.main().contains("我也在场，签署"), "{}", page.main());
        let to = by.post(&format!("{}/cosign", self.path), &[("version", &page.hidden("version"))]).await;
        assert_eq!(to.status, StatusCode::SEE_OTHER, "{}", to.main());
    }
}

#[tokio::test]
async fn a_penalty_with_a_hearing_is_run_by_officers_to_its_end() {
    for world in World::on_both_engines().await {
        a_penalty_with_a_hearing(&Office::over(world).await).await;
    }
}

async fn a_penalty_with_a_hearing(office: &Office) {
    let ids = [
        office.employed("huangzhi", "黄执", Role::Clerk).await,
        office.employed("luqin", "卢勤", Role::Clerk).await,
        office.employed("mengfa", "蒙法", Role::Clerk).await,
        office.employed("weizhong", "韦重", Role::Approver).await,
    ];
    let (mut first, mut second) = (office.signs_in(ids[0]).await, office.signs_in(ids[1]).await);
    let mut reviewer = office.signs_in(ids[2]).await;

    let offered = first.get("/staff/powers/new").await;
    assert!(
        offered.text().contains("gx/CF-AMR-001") && !offered.text().contains("gx/XK-AMR-001"),
        "an item exercises that one"
    );
    let case = Case::opened(&mut first, "gx/CF-AMR-001").await;

    // Everything wrong at once, nothing lost.
    let wrong = case.take(&mut first, "file", &[("clue", "日常检查发现")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.text().contains("href=\"#f-file-suspicion\"") && wrong.text().contains("日常检查发现</textarea>"),
        "{}",
        wrong.text()
    );
    case.taken(&mut first, "file", &[("clue", "日常检查发现"), ("suspicion", "药品管理法第九十八条")]).await;

    let evidence = [
        ("facts", "货架上有三盒过期药品"),
        ("evidence_kind", "inspection"),
        ("evidence", "现场笔录"),
        ("collected_on", "2026-11-23"),
    ];
    case.taken(&mut first, "investigate", &evidence).await;
    let waiting = first.get(&case.path).await.main();
    assert!(waiting.contains("等待第二名执法人员") && !waiting.contains("我也在场"), "not by the same hand: {waiting}");
    case.cosigned(&mut second).await;
    let found =
        [("conclusion", "事实成立"), ("proposed_kind", "fine"), ("proposed_fine", "100,000"), ("hearing", "yes")];
    case.taken(&mut first, "conclude", &found).await;
    case.cosigned(&mut second).await;
    let told = [("notice", "拟罚款十万元"), ("rights_told", "true"), ("hearing_told", "true")];
    case.taken(&mut first, "notice_hearing", &told).await;

    // No decision before the notice period, not even a review.
    let early = case.take(&mut reviewer, "review", &[("review", "同意")]).await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(early.main().contains("不早于2026年12月1日"), "{}", early.main());

    office.world.wait_days(2);
    let mut first = office.signs_in(ids[0]).await;
    case.taken(&mut first, "ask_hearing", &[("hearing_request", "要求听证")]).await;
    assert!(first.get(&case.path).await.main().contains("期限暂停"));
    let soon = [("held_on", "2026-11-30"), ("held_at", "会议室"), ("chair", "蒙法"), ("public", "yes")];
    let refused = case.take(&mut first, "set_hearing", &soon).await;
    assert!(refused.main().contains("须在今天起7个工作日以后"), "{}", refused.main());
    let set = [("held_on", "2026-12-08"), ("held_at", "会议室"), ("chair", "蒙法"), ("public", "yes")];
    case.taken(&mut first, "set_hearing", &set).await;
    office.world.wait_days(13);
    let (mut first, mut reviewer) = (office.signs_in(ids[0]).await, office.signs_in(ids[2]).await);
    let mut chief = office.signs_in(ids[3]).await;
    let record = [("hearing_record", "双方陈述、质证，笔录附后"), ("hearing_opinion", "事实清楚，可以从轻")];
    let same = case.take(&mut first, "hold_hearing", &record).await;
    assert!(same.main().contains("须由其他人员办理"), "{}", same.main());
    case.taken(&mut reviewer, "hold_hearing", &record).await;
    case.taken(&mut reviewer, "review", &[("review", "同意从轻")]).await;

    let heavier = [("decision", "罚款"), ("fine", "100,000.01"), ("reasons", "理由"), ("remedies", "六十日内复议")];
    let refused = case.take(&mut chief, "decide", &heavier).await;
    assert!(refused.main().contains("最多100,000.00元"), "{}", refused.main());
    let clerk = case
        .take(&mut reviewer, "decide", &[("decision", "x"), ("fine", "1"), ("reasons", "x"), ("remedies", "x")])
        .await;
    assert!(clerk.main().contains("不能为本机关作出决定"), "{}", clerk.main());
    let decided = [
        ("decision", "罚款五万元"),
        ("fine", "50000"),
        ("reasons", "从轻的理由"),
        ("remedies", "六十日内复议，六个月内诉讼"),
    ];
    case.taken(&mut chief, "decide", &decided).await;
    case.taken(&mut first, "deliver", &[("delivery", "hand"), ("received", "当场签收")]).await;
    case.taken(&mut first, "pay", &[("paid", "50000"), ("receipt", "票据1")]).await;
    case.taken(&mut first, "close", &[("summary", "已履行，结案")]).await;

    let last = chief.get(&case.path).await;
    for said in ["已结束，没有下一步", "黄执、卢勤", "50,000.00 元", "从轻的理由", "已结案"] {
        assert!(last.main().contains(said), "{said} in {}", last.main());
    }
    assert_eq!(last.text().matches("/log/leaf/").count(), 15, "every act has its leaf");
    assert!(!chief.get("/staff/powers").await.text().contains(&case.path));
    assert!(chief.get("/staff/powers?show=closed").await.text().contains(&case.path));
}

#[tokio::test]
async fn what_is_not_in_reach_is_not_there_and_a_stale_page_loses_nothing() {
    for world in World::on_both_engines().await {
        what_is_not_in_reach(&Office::over(world).await).await;
    }
}

async fn what_is_not_in_reach(office: &Office) {
    let mut first = office.officer("huangzhi", "黄执", Role::Clerk).await;
    let mut second = office.officer("luqin", "卢勤", Role::Clerk).await;
    let case = Case::opened(&mut first, "gx/CF-AMR-001").await;
    let stale = second.get(&case.path).await.hidden("version");
    case.taken(&mut first, "file", &[("clue", "线索"), ("suspicion", "某条")]).await;
    let form =
        [("version", stale.as_str()), ("step", "file"), ("/file/clue", "写了很久的线索"), ("/file/suspicion", "某条")];
    let late = second.post(&format!("{}/take", case.path), &form).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.main().contains("内容刚刚被别处修改过") && late.main().contains("写了很久的线索"), "{}", late.main());

    let world = &office.world;
    let stranger = world.officer("moran", "莫然", &[Role::Clerk, Role::Approver]).await;
    let mut stranger = Browser::of(world, &office.site, stranger.account).await;
    assert_eq!(stranger.get(&case.path).await.status, StatusCode::NOT_FOUND);
    assert!(!stranger.get("/staff/powers").await.text().contains(&case.path));
    let taken = stranger.post(&format!("{}/take", case.path), &[("version", "2"), ("step", "drop")]).await;
    assert_eq!(taken.status, StatusCode::NOT_FOUND);
    let citizen = world.person("韦明月", 1).await;
    assert_eq!(
        Browser::of(world, &office.site, citizen.account).await.get(&case.path).await.status,
        StatusCode::NOT_FOUND
    );
    let nobody = Browser::new(&office.site).get("/staff/powers").await;
    assert_eq!(nobody.location(), "/staff/sign-in?next=/staff/powers");

    let none = first.post("/staff/powers", &[("/power", ""), ("/party", "某公司"), ("/party_kind", "person")]).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    let unnamed =
        first.post("/staff/powers", &[("/power", "gx/CF-AMR-001"), ("/party", ""), ("/party_kind", "person")]).await;
    assert!(unnamed.main().contains("请写明当事人"), "{}", unnamed.main());
}

#[tokio::test]
async fn anybody_finds_a_power_and_what_an_optimisation_changed() {
    for world in World::on_both_engines().await {
        anybody_finds_a_power(&Office::over(world).await).await;
    }
}

async fn anybody_finds_a_power(office: &Office) {
    let mut anybody = Browser::new(&office.site);
    let all = anybody.get("/powers").await;
    assert!(all.main().contains("共 28 项权力") && all.main().contains("演示清单"), "{}", all.main());
    let penalties = anybody.get("/powers?kind=penalty&level=city").await.main();
    assert!(penalties.contains("共 2 项权力") && penalties.contains("对销售劣药的处罚"), "{penalties}");
    let found = anybody.get(&format!("/powers?q={}", stories::browser::encoded("护士"))).await;
    assert!(found.main().contains("共 2 项权力"), "{}", found.main());

    let power = anybody.get("/powers/gx/XK-HE-001").await;
    for said in ["护士执业注册", "20个工作日", "当场", "不用交，共享取得", "护士执业注册（首次）", "不需要盖章"]
    {
        assert!(power.main().contains(said), "{said} in {}", power.main());
    }
    assert!(power.text().contains("/items/he-nurse-first"));
    assert_eq!(anybody.get("/powers/gx/NO-1").await.status, StatusCode::NOT_FOUND);

    let diff = anybody.get("/powers/diff").await;
    for said in ["执业药师注册", "15个工作日", "优化前的环节", "木材运输证核发", "减少"] {
        assert!(diff.main().contains(said), "{said} in {}", diff.main());
    }
    let reduced = anybody.get("/powers/reduction").await.main();
    for said in ["逐项平均", "合计相比", "不合计：单位不同", "没有法定时限或原时限", "特殊环节与上一版本相比"]
    {
        assert!(reduced.contains(said), "{said} in {reduced}");
    }
    let five = anybody.get("/powers/12345").await.main();
    assert!(five.contains("五把钥匙") && five.contains("未知") && five.contains("四级联动"), "{five}");
    let seals = anybody.get("/powers/seals").await.main();
    assert!(seals.contains("推荐单位章") && seals.contains("0.00"), "{seals}");
    let flow = anybody.get("/powers/flows/penalty").await.main();
    assert!(flow.contains("两名执法人员") && flow.contains("至少 5个工作日") && flow.contains("3,000.00 元"), "{flow}");
    assert!(anybody.get("/powers/kinds").await.main().contains("行政裁决"));
    assert!(anybody.get("/powers/versions").await.text().contains("/log/leaf/"));
}

#[tokio::test]
async fn the_api_says_the_same() {
    let office = Office::opens().await;
    let mut program = Browser::new(&office.site);
    let json = |answer: &Answer| serde_json::from_slice::<serde_json::Value>(&answer.bytes).unwrap();
    let lists = json(&program.get("/api/v1/power-lists").await);
    assert_eq!((lists[0]["version"].as_str(), lists.as_array().unwrap().len()), (Some("gx@2026-01-01"), 2));
    let found = json(&program.get("/api/v1/powers?kind=payment").await);
    assert_eq!((found["count"].as_i64(), found["powers"][0]["statutory"].is_null()), (Some(2), true));
    let power = json(&program.get("/api/v1/powers/gx/CF-AMR-001").await);
    assert_eq!(power["power"]["statutory"]["unit"], "calendar_day");
    let diff = json(&program.get("/api/v1/power-difference?from=gx@2019-01-01&to=gx@2026-01-01").await);
    assert_eq!(diff["difference"]["removed"][0]["code"], "XK-FO-103");
    assert!(diff["fewer"]["materials"].as_i64().unwrap() > 10);
    let reduced = json(&program.get("/api/v1/power-reduction").await);
    assert!(
        reduced["statutory"]["mean_of_ratios_percent"].is_string() && reduced["statutory"]["pooled_percent"].is_null()
    );
    assert_eq!(json(&program.get("/api/v1/power-seals").await)[0]["seals"], 0);
    assert_eq!(program.get("/api/v1/powers/gx/NO-1").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_office_without_a_list_says_so() {
    let world = World::new().await;
    let mut anybody = Browser::new(&world.site());
    assert!(anybody.get("/powers").await.main().contains("还没有公布权责清单"));
    assert!(anybody.get("/powers/seals").await.main().contains("还没有公布权责清单"));
    for path in ["/powers/diff", "/powers/reduction"] {
        assert_eq!(anybody.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert!(anybody.get("/powers/12345").await.main().contains("未知"));
}

#[tokio::test]
async fn every_page_speaks_english_too() {
    let office = Office::opens().await;
    let mut first = office.officer("huangzhi", "Huang Zhi", Role::Clerk).await;
    let case = Case::opened(&mut first, "gx/CF-AMR-001").await;
    let pages = [
        "/powers",
        "/powers/gx/XK-HE-001",
        "/powers/versions",
        "/powers/diff",
        "/powers/reduction",
        "/powers/seals",
        "/powers/12345",
        "/powers/kinds",
        "/powers/flows/penalty",
        "/staff/powers",
        "/staff/powers/new",
        case.path.as_str(),
    ];
    for path in pages {
        let page = first.get(&format!("{path}?lang=en")).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(page.text().contains("lang=\"en\""), "{path}");
        assert!(!page.main().contains("powers."), "a word's key stands on {path}: {}", page.main());
    }
}

#[tokio::test]
async fn an_officer_with_an_interest_stands_back_and_takes_no_step_any_more() {
    let office = Office::opens().await;
    let mut first = office.officer("huangzhi", "黄执", Role::Clerk).await;
    let mut second = office.officer("luqin", "卢勤", Role::Clerk).await;
    let case = Case::opened(&mut first, "gx/CF-AMR-001").await;
    let page = first.get(&case.path).await;
    assert!(page.main().contains("我要回避") && page.main().contains("记录与流程一致"), "{}", page.main());
    let version = page.hidden("version");
    let recuse = format!("{}/recuse", case.path);
    let nothing = first.post(&recuse, &[("version", &version), ("reason", "亲")]).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        nothing.main().contains("请写明回避的理由") && nothing.text().contains("value=\"亲\""),
        "{}",
        nothing.main()
    );
    let done = first.post(&recuse, &[("version", &version), ("reason", "当事人的负责人是我的姐夫")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.main());
    // His page has no form any more; what he sends all the same is refused.
    let file =
        [("version", "2"), ("step", "file"), ("/file/clue", "日常检查发现"), ("/file/suspicion", "涉嫌违反药品管理法")];
    let refused = first.post(&format!("{}/take", case.path), &file).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.main().contains("您已回避"), "{}", refused.main());
    let seen = second.get(&case.path).await.main();
    assert!(seen.contains("回避：当事人的负责人是我的姐夫") && !seen.contains("您已回避"), "{seen}");

    // Nobody acts in his own matter: the party bears the officer's name.
    let form = [("/power", "gx/CF-AMR-001"), ("/party", "卢勤"), ("/party_kind", "person")];
    let own = Case { path: second.post("/staff/powers", &form).await.location().to_owned() };
    let page = second.get(&own.path).await.main();
    assert!(page.contains("当事人与您同名"), "{page}");
}

/// What an officer photographs on the spot lies with the run, and the act that takes the step names it: which bytes were there is what
/// the log commits to. What hinders a step hinders its files; what is not in reach is not there.
async fn files_of_a_step(office: &Office) {
    let ids =
        [office.employed("huangzhi", "黄执", Role::Clerk).await, office.employed("luqin", "卢勤", Role::Clerk).await];
    let (mut first, mut second) = (office.signs_in(ids[0]).await, office.signs_in(ids[1]).await);
    let case = Case::opened(&mut first, "gx/CF-AMR-001").await;
    let take = format!("{}/take", case.path);
    let photo = {
        let mut all = vec![0xFF, 0xD8, 0xFF, 0xE0, 0, 6, b'J', b'F', b'I', b'F'];
        all.extend([0xFF, 0xC0, 0, 11, 8, 0, 48, 0, 64, 1, 1, 0x11, 0, 0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0]);
        all.extend((0..20_000_u32).map(|n| (n % 251) as u8));
        all.extend([0xFF, 0xD9]);
        all
    };
    let (place, shot) = ("/material/investigate/evidence_files", "/photo/investigate/evidence_files");
    let store = &office.world.scratch.store;
    let count = async |sql: &'static str| store.query(sql, vec![]).await.unwrap()[0].int("n").unwrap();
    const ROWS: &str = "SELECT count(*) AS n FROM material WHERE run IS NOT NULL";

    // Before it is filed nothing is investigated: the file is not kept either, and the page says why.
    let version = first.get(&case.path).await.hidden("version");
    let head =
        |version: &str| vec![("version".to_owned(), version.to_owned()), ("step".to_owned(), "investigate".to_owned())];
    let send = async |browser: &mut Browser, pairs: &[(String, String)], files: &[(&str, &str, &[u8])]| {
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        browser.post_files(&take, &pairs, files).await
    };
    let early = send(&mut first, &head(&version), &[(shot, "现场.jpg", &photo)]).await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", early.main());
    assert_eq!(count(ROWS).await, 0);

    case.taken(&mut first, "file", &[("clue", "日常检查发现"), ("suspicion", "药品管理法第九十八条")]).await;
    let page = first.get(&case.path).await;
    assert!(page.text().contains(&format!("name=\"{place}\"")) && page.text().contains(&format!("name=\"{shot}\"")));
    // A wrong file and a mistake at once; the good one stays, and what was typed too.
    let version = page.hidden("version");
    let told = [("facts", "货架上有三盒过期药品"), ("evidence_kind", "inspection"), ("evidence", "")];
    let typed = |evidence: &str, version: &str| {
        let mut all = head(version);
        all.extend(told.iter().map(|(k, v)| (format!("/investigate/{k}"), (*v).to_owned())));
        all.push(("/investigate/evidence".to_owned(), evidence.to_owned()));
        all.push(("/investigate/collected_on".to_owned(), "2026-11-23".to_owned()));
        // Nobody types which files were there.
        all.push(("/investigate/evidence_files".to_owned(), "0 forged 假的.pdf".to_owned()));
        all
    };
    let files: [(&str, &str, &[u8]); 2] = [(shot, "现场.jpg", &photo), (place, "笔录.docx", b"PK\x03\x04word")];
    let wrong = send(&mut first, &typed("现场笔录", &version), &files).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text().contains("href=\"#f-material-investigate-evidence_files\""), "{}", wrong.main());
    assert!(wrong.main().contains("现场.jpg") && wrong.main().contains("货架上有三盒过期药品"), "{}", wrong.main());
    assert_eq!(count(ROWS).await, 1);
    let taken = send(&mut first, &typed("现场笔录", &version), &[]).await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER, "{}", taken.main());
    case.cosigned(&mut second).await;

    let number = case.path.rsplit('/').next().unwrap();
    let run = powers::run_file(store, &Actor::Staff(staff(office, ids[0]).await), number).await.unwrap();
    let act = run.acts.iter().rev().find(|act| act.step == "investigate").unwrap();
    let named = &act.values["evidence_files"];
    let lies = powers::files_of(store, run.run.id).await.unwrap();
    assert_eq!(named, &format!("{} {} 现场.jpg", lies[0].id, lies[0].hash), "which bytes, and nothing that was typed");
    approval::check_materials(&office.world.desk(), &office.world.checkers).await.unwrap();
    let shown = second.get(&case.path).await;
    assert!(shown.main().contains("记录的文件") && shown.main().contains("现场.jpg"), "{}", shown.main());
    let file = format!("{}/files/{}", case.path, lies[0].id);
    assert_eq!(second.get(&file).await.bytes, photo);
    // What an act has named is not taken away, and is not named by the next act.
    let version = second.get(&case.path).await.hidden("version");
    let mut away = head(&version);
    away.push(("remove".to_owned(), lies[0].id.to_string()));
    assert_eq!(send(&mut first, &away, &[]).await.status, StatusCode::NOT_FOUND);
    let elsewhere = office.world.officer("elsewhere", "别处", &[Role::Clerk, Role::Approver]).await;
    let mut elsewhere = office.signs_in(elsewhere.account).await;
    assert_eq!(elsewhere.get(&file).await.status, StatusCode::NOT_FOUND);
    assert_eq!(send(&mut elsewhere, &head(&version), &[(shot, "a.jpg", &photo)]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(count(ROWS).await, 1);
    let law = Law::read(&office.world.catalog).unwrap();
    assert!(powers::file_bounds(&office.world.catalog, law.flow("penalty").unwrap(), "investigate/facts").is_none());
}

/// An officer with his rights, as the rooms know him.
async fn staff(office: &Office, account: Id) -> access::StaffActor {
    let store = &office.world.scratch.store;
    let scopes = access::staff::scopes(store, account).await.unwrap();
    access::StaffActor { account, name: "黄执".into(), post: "执法".into(), scopes }
}

#[tokio::test]
async fn files_lie_with_the_step_of_a_run_that_names_them() {
    for world in World::on_both_engines().await {
        files_of_a_step(&Office::over(world).await).await;
    }
}

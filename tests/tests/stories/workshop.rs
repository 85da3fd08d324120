//! Stories of the rule workshop: a lawyer changes a threshold as a sentence, a second person puts it in force, a citizen is
//! decided by it, what was decided before replays, the version is taken back; and an item is switched off on every node at once.

mod versions;
mod whole;

use std::sync::Arc;

use affairs::access::{self, Actor, PersonActor, Role, StaffActor};
use affairs::approval::{self, Case, CheckTruth, State};
use affairs::catalog::{self, Files, Import, Inputs};
use affairs::workshop::{self, Bench, Change, Proposal, Saved, Step, WorkshopError};
use axum::Router;
use axum::http::StatusCode;
use serde_json::json;
use store::Store;
use store::testing::Scratch;
use stories::{Browser, World};

const RENEW: &str = "fd-pharmacist-renew";
const ITEM: &str = "/staff/rules/fd-pharmacist-renew";
const C9: &str = "有一条不予注册情形（只有 c9 不通过）";

/// The seed, in which decisions leave at once.
fn files() -> Files {
    let mut files = Files::seed();
    let procedure = String::from_utf8(files.get("procedure.toml").unwrap().to_vec()).unwrap();
    files.insert("procedure.toml", procedure.replace("seconds = 60", "seconds = 0"));
    files
}

/// A world whose catalogue is imported, as every office's is.
async fn furnished(scratch: Scratch) -> World {
    let mut world = World::on(scratch).await;
    let base = world.base();
    let import = Import { shard: base.shard, at: base.now(), act: base.id() };
    catalog::import(base.store, &files(), &import).await.unwrap();
    take_up(&mut world).await;
    world
}

/// Takes up what is in force in the database, as every node does.
async fn take_up(world: &mut World) {
    world.catalog = Arc::new(catalog::load(&world.scratch.store).await.unwrap().catalog);
}

struct People {
    author: StaffActor,
    second: StaffActor,
    officer: StaffActor,
}

async fn people(world: &World) -> People {
    People {
        author: world.officer("author", "韦衡", &[Role::RuleAuthor]).await,
        second: world.officer("second", "陆审言", &[Role::RuleApprover]).await,
        officer: world.officer("moran", "莫然", &[Role::Approver]).await,
    }
}

/// A pharmacist's renewal, confirmed by his pharmacy; so many bars stand against him.
async fn renewed(world: &World, (name, n): (&str, u16), bars: i64) -> Case {
    let applicant = world.person(name, n).await;
    let (code, pharmacy) = pharmacy(world).await;
    world.registered(&applicant, &code, 60).await;
    world.record("credit-bars", &applicant.party.code, json!({"name": name, "bars_in_force": bars})).await;
    let form = world.renewal(&applicant, &code, 60);
    let case = world.file(&applicant, RENEW, &form, &format!("key-{n}")).await.unwrap();
    approval::confirm(&world.desk(), &pharmacy, case.id).await.unwrap();
    approval::story(&world.scratch.store, case.id).await.unwrap().unwrap().case
}

async fn pharmacy(world: &World) -> (String, PersonActor) {
    world.pharmacy("邕江大药房", &world.person("农佳", 2).await).await
}

/// What a decision stands on decides the same today: every check, by the version that the decision names.
async fn replays(world: &World, case: &Case) {
    let file = approval::story(&world.scratch.store, case.id).await.unwrap().unwrap();
    let item = world.catalog.item_version(&file.case.item, &file.case.item_version).unwrap();
    for decision in &file.decisions {
        let inputs: Inputs = serde_json::from_value(decision.inputs.clone()).unwrap();
        let again = approval::rejudge(&item, &inputs, world.setting);
        let checks = serde_json::to_value(&again.checks).unwrap();
        assert_eq!((item.rules.hash(), &checks), (decision.rule_set.as_str(), &decision.checks["checks"]));
    }
    assert!(!file.decisions.is_empty());
}

fn seed_cases() -> String {
    String::from_utf8(Files::seed().get(&format!("items/{RENEW}/cases.md")).unwrap().to_vec()).unwrap()
}

/// The cases, in which nobody with two bars is let through any more.
fn mended() -> String {
    let (before, after) =
        seed_cases().split_once(&format!("### {C9}")).map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let after = after.replacen("| 不予注册情形数 | 1 |", "| 不予注册情形数 | 2 |", 1);
    format!("{before}### {C9}{after}")
}

/// The threshold of the story: one bar may be.
const ONE_BAR: [(&str, &str); 2] =
    [("/decision/c9/row/0/comparison", "less_or_equal"), ("/decision/c9/row/0/value", "1")];

/// Writes the changed threshold with its cases into a new draft, over the pages; gives the draft's address.
async fn written(author: &mut Browser) -> String {
    let begun = author.post(&format!("{ITEM}/draft"), &[]).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.main());
    let draft = begun.location().to_owned();
    let page = author.get(&draft).await;
    let text = page.main();
    for seen in ["不予注册情形数", "注册有效期至 减 30天", "转人工", "案例全部与预期相符", "没有空隙、没有重叠"]
    {
        assert!(page.text().contains(seen), "{seen} in {text}");
    }
    let version = page.hidden("version");
    let saved = author.post(&draft, &[("version", &version), ONE_BAR[0], ONE_BAR[1]]).await;
    assert_eq!(saved.location(), format!("{draft}?saved=1"), "{}", saved.main());
    let page = author.get(saved.location()).await;
    let text = page.main();
    assert!(text.contains("个案例中有 1 个与预期不符") && text.contains(C9) && text.contains("草稿，待改正"), "{text}");
    assert!(!page.text().contains("value=\"propose\""), "nothing to propose yet");
    let early = [("version", page.hidden("version")), ("step", "propose".into()), ("/purpose", "放宽".into())];
    let early: Vec<(&str, &str)> = early.iter().map(|(k, v)| (*k, v.as_str())).collect();
    assert_eq!(author.post(&format!("{draft}/step"), &early).await.status, StatusCode::CONFLICT);
    let version = page.hidden("version");
    let saved = author.post(&draft, &[("version", &version), ("/cases", &mended())]).await;
    let text = author.get(saved.location()).await.main();
    assert!(text.contains("案例全部与预期相符") && text.contains("测试通过"), "{text}");
    draft
}

async fn step(browser: &mut Browser, draft: &str, pairs: &[(&str, &str)]) -> (StatusCode, String) {
    let version = browser.get(draft).await.hidden("version");
    let all: Vec<(&str, &str)> = std::iter::once(("version", version.as_str())).chain(pairs.iter().copied()).collect();
    let answer = browser.post(&format!("{draft}/step"), &all).await;
    (answer.status, answer.main())
}

async fn published(world: &World, site: &Router, people: &People) -> String {
    let mut author = Browser::of(world, site, people.author.account).await;
    let draft = written(&mut author).await;
    let proposal = [("step", "propose"), ("/purpose", "一条轻微情形不影响延续"), ("/version_by", "filed")];
    assert_eq!(step(&mut author, &draft, &proposal).await.0, StatusCode::SEE_OTHER);
    let (status, text) = step(&mut author, &draft, &[("step", "approve")]).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{text}");
    let mut second = Browser::of(world, site, people.second.account).await;
    assert_eq!(step(&mut second, &draft, &[("step", "publish")]).await.0, StatusCode::CONFLICT, "not approved yet");
    assert_eq!(step(&mut second, &draft, &[("step", "approve")]).await.0, StatusCode::SEE_OTHER);
    let (status, text) = step(&mut second, &draft, &[("step", "publish")]).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{text}");
    draft
}

async fn a_lawyer_changes_a_threshold_and_a_bad_version_is_taken_back(scratch: Scratch) {
    let mut world = furnished(scratch).await;
    let people = people(&world).await;
    let site = world.site();
    let before = renewed(&world, ("覃海燕", 5), 1).await;
    assert_eq!(before.state, State::InReview, "a bar sends him to a person");
    let clean = renewed(&world, ("韦明月", 6), 0).await;
    assert_eq!(clean.state, State::Granted);

    published(&world, &site, &people).await;
    take_up(&mut world).await;
    let after = renewed(&world, ("黄春生", 7), 1).await;
    assert_eq!(after.state, State::Granted, "decided under the new version");
    assert_ne!(after.item_version, before.item_version);
    let two = renewed(&world, ("莫晓兰", 8), 2).await;
    assert_eq!(two.state, State::InReview);
    for case in [&before, &clean, &after, &two] {
        replays(&world, case).await;
    }
    // A case filed under the old version goes on under it: the new one says "by the day of filing".
    let actor = Actor::Staff(people.officer.clone());
    let draft = approval::RulingDraft {
        ruling: approval::Ruling::Refuse,
        reasons: "登记有一条不予注册情形，经核实属实。",
        version: before.version,
    };
    let ruled = approval::rule(&world.desk(), &actor, before.id, &draft).await.unwrap();
    assert_eq!(ruled.item_version, before.item_version);

    let mut second = Browser::of(&world, &site, people.second.account).await;
    let page = second.get(ITEM).await;
    let text = page.main();
    assert!(text.contains("韦衡 提交，陆审言 审核，陆审言 公布") && text.contains("一条轻微情形不影响延续"), "{text}");
    // A version is known by the instant it came: nobody takes one back in the very same.
    world.scratch.clock.set(world.now().plus_ms(60_000));
    let bad = after.item_version.clone();
    let wrong = [("bad", bad.as_str()), ("to", &bad), ("/reason", "放宽没有依据")];
    assert_eq!(second.post(&format!("{ITEM}/back"), &wrong).await.status, StatusCode::CONFLICT);
    let mute = [("bad", bad.as_str()), ("to", before.item_version.as_str()), ("/reason", " ")];
    assert_eq!(second.post(&format!("{ITEM}/back"), &mute).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let back = [("bad", bad.as_str()), ("to", before.item_version.as_str()), ("/reason", "放宽没有依据")];
    let done = second.post(&format!("{ITEM}/back"), &back).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, ITEM), "{}", done.main());
    let text = second.get(ITEM).await.main();
    assert!(text.contains("已回退") && text.contains("陆审言 回退到"), "{text}");

    take_up(&mut world).await;
    let now = renewed(&world, ("彭秀", 9), 1).await;
    assert_eq!(now.state, State::InReview, "the earlier rule decides again");
    // What waited under the bad version goes on under the one in its place.
    let draft = approval::RulingDraft {
        ruling: approval::Ruling::Refuse,
        reasons: "登记有两条不予注册情形，经核实属实。",
        version: two.version,
    };
    let ruled = approval::rule(&world.desk(), &actor, two.id, &draft).await.unwrap();
    assert_eq!(ruled.item_version, now.item_version);
    for case in [&before, &clean, &after, &now] {
        replays(&world, case).await;
    }
    the_bad_ones_are_listed(&world, &site, &people, &after).await;
    leaves_tell(&world).await;
    assert!(world.scratch.store.check().await.unwrap().is_empty(), "the log and the tables agree");
}

async fn the_bad_ones_are_listed(world: &World, site: &Router, people: &People, after: &Case) {
    let list = format!("{ITEM}/decided/{}", after.item_version);
    let mut officer = Browser::of(world, site, people.officer.account).await;
    let page = officer.get(&list).await.main();
    assert!(page.contains(&after.number) && page.contains("准予"), "{page}");
    let bare = officer.post(&format!("{list}/{}", after.id), &[("/note", "轻微")]).await;
    assert_eq!(bare.status, StatusCode::UNPROCESSABLE_ENTITY);
    let found = [("finding", "to_act"), ("/note", "按现行规则应转人工，另行研究")];
    assert_eq!(officer.post(&format!("{list}/{}", after.id), &found).await.status, StatusCode::SEE_OTHER);
    let page = officer.get(&list).await.main();
    assert!(page.contains("另行处理") && page.contains("莫然") && page.contains("另行研究"), "{page}");
    // Who approves rules sees how many there are, and none of them.
    let mut second = Browser::of(world, site, people.second.account).await;
    let page = second.get(&list).await.main();
    assert!(page.contains("件决定") && !page.contains(&after.number), "{page}");
    assert_eq!(second.post(&format!("{list}/{}", after.id), &found).await.status, StatusCode::NOT_FOUND);
    let case = officer.get(&format!("/staff/cases/{}", after.number)).await.main();
    assert!(case.contains("因规则版本回退复查"), "{case}");
}

/// The log names who answers for what is in force, and why.
async fn leaves_tell(world: &World) {
    let sql = "SELECT kind, bytes FROM leaf WHERE kind LIKE 'rules.%' ORDER BY position";
    let rows = world.scratch.store.query(sql, vec![]).await.unwrap();
    let told: Vec<(String, serde_json::Value)> = rows
        .iter()
        .map(|row| (row.text("kind").unwrap().to_owned(), serde_json::from_slice(row.blob("bytes").unwrap()).unwrap()))
        .collect();
    let kinds: Vec<&str> = told.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["rules.published", "rules.rolled_back", "rules.case_reviewed"]);
    let (published, back) = (&told[0].1, &told[1].1);
    assert_eq!((&published["proposed_by"], &published["approved_by"]), (&json!("韦衡"), &json!("陆审言")));
    assert_eq!((&published["version_by"], &published["valid_from"]), (&json!("filed"), &json!("2026-11-23")));
    assert_eq!((&back["instead_of"], &back["why"]), (&published["version"], &json!("放宽没有依据")));
}

#[tokio::test]
async fn a_lawyer_changes_a_threshold_and_a_bad_version_is_taken_back_on_sqlite() {
    a_lawyer_changes_a_threshold_and_a_bad_version_is_taken_back(Scratch::on_sqlite("").await).await;
}

#[tokio::test]
async fn a_lawyer_changes_a_threshold_and_a_bad_version_is_taken_back_on_postgresql() {
    let Some(scratch) = Scratch::on_postgres("").await else { return };
    a_lawyer_changes_a_threshold_and_a_bad_version_is_taken_back(scratch).await;
}

/// One database, two stores: what one node switches off decides nothing on the other, which keeps nothing in memory of it.
async fn a_switched_off_item_goes_to_people_on_every_node(scratch: Scratch) {
    let mut options = scratch.options();
    (options.entropy, options.heads) = (Arc::new(kernel::SeededEntropy::new(77)), None);
    let world = furnished(scratch).await;
    let people = people(&world).await;
    let site = world.site();
    let other = Store::open(options).await.unwrap();
    let there = approval::Desk { base: access::Desk { store: &other, shard: "gd", ..world.base() }, ..world.desk() };
    let actor = Actor::Staff(people.second.clone());
    let far = Bench { desk: there, ..bench(&world, &actor) };
    let mut second = Browser::of(&world, &site, people.second.account).await;
    let mut anybody = Browser::new(&site);
    assert_eq!(renewed(&world, ("覃海燕", 5), 0).await.state, State::Granted, "nothing is switched off yet");

    let mute = second.post(&format!("{ITEM}/stop"), &[("/reason", "")]).await;
    assert_eq!(mute.status, StatusCode::UNPROCESSABLE_ENTITY);
    let mut author = Browser::of(&world, &site, people.author.account).await;
    let author = author.post(&format!("{ITEM}/stop"), &[("/reason", "试一试看看")]).await;
    assert_eq!(author.status, StatusCode::FORBIDDEN, "who writes rules does not switch");
    let why = "学分接口数据有误，核查期间由工作人员审批";
    workshop::stop(&far, RENEW, (why, "")).await.unwrap();
    let guide = anybody.get(&format!("/items/{RENEW}")).await.main();
    assert!(guide.contains(why) && guide.contains("暂由工作人员审批"), "{guide}");

    let case = renewed(&world, ("韦明月", 6), 0).await;
    assert_eq!(case.state, State::InReview, "this node obeys what the other switched off, at once");
    let file = approval::story(&world.scratch.store, case.id).await.unwrap().unwrap();
    let run: approval::Assessment = serde_json::from_value(file.decisions[0].checks.clone()).unwrap();
    assert!(run.checks.iter().all(|check| check.truth == CheckTruth::Met), "everything is checked all the same");
    assert!(run.notes.iter().any(|note| note.zh.contains(why)));

    assert_eq!(second.post(&format!("{ITEM}/lift"), &[("/why", "接口已修复")]).await.status, StatusCode::SEE_OTHER);
    assert!(!anybody.get(&format!("/items/{RENEW}")).await.main().contains(why));
    assert_eq!(renewed(&world, ("黄春生", 7), 0).await.state, State::Granted);
    for status in [StatusCode::SEE_OTHER, StatusCode::CONFLICT] {
        assert_eq!(second.post(&format!("{ITEM}/stop"), &[("/reason", why)]).await.status, status);
    }
    assert_eq!(renewed(&world, ("莫晓兰", 8), 0).await.state, State::InReview);
    other.close().await;
    assert!(world.scratch.store.check().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_switched_off_item_goes_to_people_on_every_node_on_sqlite() {
    a_switched_off_item_goes_to_people_on_every_node(Scratch::on_sqlite("").await).await;
}

#[tokio::test]
async fn a_switched_off_item_goes_to_people_on_every_node_on_postgresql() {
    let Some(scratch) = Scratch::on_postgres("").await else { return };
    a_switched_off_item_goes_to_people_on_every_node(scratch).await;
}

#[tokio::test]
async fn two_authors_lose_nothing_and_nobody_approves_what_he_wrote() {
    let world = furnished(Scratch::new().await).await;
    let people = people(&world).await;
    let both = world.officer("both", "两岗", &[Role::RuleAuthor, Role::RuleApprover]).await;
    let site = world.site();
    let mut author = Browser::of(&world, &site, people.author.account).await;
    let mut other = Browser::of(&world, &site, both.account).await;
    let draft = author.post(&format!("{ITEM}/draft"), &[]).await.location().to_owned();
    assert_eq!(other.post(&format!("{ITEM}/draft"), &[]).await.location(), draft, "one draft for both");
    let version = author.get(&draft).await.hidden("version");
    let first = [("version", version.as_str()), ONE_BAR[0], ONE_BAR[1], ("/cases", &mended())];
    assert_eq!(author.post(&draft, &first).await.status, StatusCode::SEE_OTHER);
    assert_eq!(author.post(&draft, &first).await.status, StatusCode::SEE_OTHER, "the same twice is no conflict");
    let late = [
        ("version", version.as_str()),
        ("/decision/c10/row/0/value", "注册有效期至 减 5个月"),
        ("/condition/c3/sentence_zh", "单位没有变"),
    ];
    let clash = other.post(&draft, &late).await;
    let text = clash.main();
    assert_eq!(clash.status, StatusCode::CONFLICT);
    for seen in ["别人已经改过", "韦衡", "减 5个月", "单位没有变", "不超过（不晚于） 1"] {
        assert!(text.contains(seen), "{seen} in {text}");
    }
    let kept = clash.text().split("/edits/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let kept = other.get(&format!("{draft}/edits/{kept}")).await.main();
    assert!(kept.contains("duration(\"P5M\")") && kept.contains("单位没有变"), "{kept}");
    let now = author.get(&draft).await;
    assert!(now.text().contains("不予注册情形数 &#60;= 1") || now.main().contains("测试通过"), "{}", now.main());
    assert!(!now.text().contains("减 5个月"), "nothing was overwritten");

    let proposal = [("step", "propose"), ("/purpose", "一条轻微情形不影响延续"), ("/version_by", "decided")];
    assert_eq!(step(&mut author, &draft, &proposal).await.0, StatusCode::SEE_OTHER);
    let version = author.get(&draft).await.hidden("version");
    let closed = author.post(&draft, &[("version", &version), ONE_BAR[1]]).await;
    assert_eq!(closed.status, StatusCode::CONFLICT, "what is proposed is not written on");
    let (status, text) = step(&mut other, &draft, &[("step", "approve")]).await;
    assert!(status == StatusCode::FORBIDDEN && text.contains("不能自己审核公布"), "{text}");
    // Who has no right over rules finds nothing of all this.
    let mut officer = Browser::of(&world, &site, people.officer.account).await;
    for path in ["/staff/rules", ITEM, draft.as_str(), &format!("{draft}/expert")] {
        assert_eq!(officer.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

fn bench<'a>(world: &'a World, actor: &'a Actor) -> Bench<'a> {
    Bench { desk: world.desk(), catalog: &world.catalog, actor }
}

fn seed_rules() -> String {
    String::from_utf8(Files::seed().get(&format!("items/{RENEW}/rules.dmn")).unwrap().to_vec()).unwrap()
}

/// A table of so many rules below the credits a registration needs.
fn large(rules: usize) -> String {
    let whole = seed_rules();
    let (before, rest) = whole.split_once("<rule>").unwrap();
    let (_, after) = rest.rsplit_once("</rule>").unwrap();
    let rule = |text: String, result: usize| {
        format!(
            "<rule><inputEntry><text>{text}</text></inputEntry><outputEntry><text>{result}</text></outputEntry></rule>"
        )
    };
    let before_it =
        |n: usize| jiff::civil::date(2019, 3, 5).saturating_sub(jiff::Span::new().days(i64::try_from(n).unwrap()));
    let mut table = rule(format!("&lt; date(\"{}\")", before_it(rules - 2)), 45);
    for n in 1..=rules - 2 {
        table += &rule(format!("date(\"{}\")", before_it(n)), 45);
    }
    table += &rule("&gt;= date(\"2019-03-05\")".into(), 75);
    format!("{before}{table}{after}")
}

#[tokio::test]
async fn bad_models_are_kept_told_and_never_put_in_force() {
    let world = furnished(Scratch::new().await).await;
    let people = people(&world).await;
    let site = world.site();
    let mut author = Browser::of(&world, &site, people.author.account).await;
    let draft = author.post(&format!("{ITEM}/draft"), &[]).await.location().to_owned();
    let right = seed_rules();
    let bomb = "<!DOCTYPE a [<!ENTITY x \"yyyyyyyy\"><!ENTITY z \"&x;&x;&x;&x;\">]><definitions>&z;</definitions>";
    let external = "<literalExpression><text>{f: function(x) external {java: {class: \"a.B\", \"method signature\": \"c(int)\"}}}.f(1) = 1</text>";
    for (name, rules, told) in [
        ("malformed", "<definitions".to_owned(), "not well-formed XML"),
        ("bomb", bomb.to_owned(), "not well-formed XML"),
        ("external", right.replace("<literalExpression><text>单位已确认</text>", external), "external"),
        ("clock", right.replace("不予注册情形数 = 0", "today() &gt; 注册有效期至"), "today"),
        ("nothing", right.replace("id=\"c9\"", "id=\"c99\""), "c9"),
        ("gap", right.replace("&gt;= date(\"2019-03-05\")", "&gt; date(\"2019-03-05\")"), "注册日期 = 2019-03-05"),
    ] {
        assert_ne!(rules, right, "{name}");
        let version = author.get(&draft).await.hidden("version");
        let saved =
            author.post_files(&format!("{draft}/texts"), &[("version", &version), ("/rules", &rules)], &[]).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{name}: {}", saved.main());
        let page = author.get(&draft).await.main();
        assert!(page.contains(told), "{name}: {page}");
        let proposal = [("step", "propose"), ("/purpose", "不应当成功"), ("/version_by", "filed")];
        assert_eq!(step(&mut author, &draft, &proposal).await.0, StatusCode::CONFLICT, "{name}");
        let kept = author.get(&format!("{draft}/expert")).await.text();
        assert!(kept.contains("textarea"), "{name}: what was written stands there");
    }
    let part = [("version", author.get(&draft).await.hidden("version")), ("/conditions", "id = \"x\"\n".into())];
    let part: Vec<(&str, &str)> = part.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let wrong = author.post_files(&format!("{draft}/texts"), &part, &[]).await;
    assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.main().contains("读不出来"), "{}", wrong.main());
    // A file takes the place of the text; the page shows no table of ten thousand rows.
    let version = author.get(&draft).await.hidden("version");
    let file = large(10_000);
    let files = [("file:/rules", "rules.dmn", file.as_bytes())];
    let saved = author.post_files(&format!("{draft}/texts"), &[("version", &version), ("/rules", "")], &files).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.main());
    let page = author.get(&draft).await.main();
    assert!(
        page.contains("这张决策表有 10000 条规则") && page.contains("测试通过"),
        "{}",
        &page[..page.len().min(6000)]
    );
}

#[tokio::test]
async fn what_is_published_reaches_the_cases_that_it_says() {
    let mut world = furnished(Scratch::new().await).await;
    let people = people(&world).await;
    let waits = renewed(&world, ("覃海燕", 5), 1).await;
    assert_eq!(waits.state, State::InReview);
    let (author, second) = (Actor::Staff(people.author.clone()), Actor::Staff(people.second.clone()));
    let draft = workshop::open(&bench(&world, &author), RENEW).await.unwrap();
    let cases = mended();
    let typed: Vec<(String, String)> = ONE_BAR
        .iter()
        .chain([("/cases", cases.as_str())].iter())
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect();
    let saved =
        workshop::save(&bench(&world, &author), (draft.id, draft.version), &Change::Table(&typed)).await.unwrap();
    let Saved::Kept(draft) = saved else { panic!("{saved:?}") };
    let proposal = Proposal { valid_from: None, version_by: catalog::VersionBy::Decided };
    let past = Proposal { valid_from: Some("2026-11-22".parse().unwrap()), ..proposal };
    let at = async |actor: &Actor, draft: &workshop::Draft, step: Step, proposal: &Proposal| {
        workshop::step(&bench(&world, actor), (draft.id, draft.version), (step, "一条轻微情形不影响延续"), proposal)
            .await
    };
    assert!(
        matches!(at(&author, &draft, Step::Propose, &past).await, Err(WorkshopError::Form(_))),
        "no rule looks back"
    );
    let stale = workshop::Draft { version: draft.version - 1, ..(*draft).clone() };
    assert!(matches!(at(&author, &stale, Step::Propose, &proposal).await, Err(WorkshopError::Changed)));
    let draft = at(&author, &draft, Step::Propose, &proposal).await.unwrap();
    let draft = at(&second, &draft, Step::Approve, &proposal).await.unwrap();
    // Between approval and publishing an import changed the item: nothing is put in force over it.
    let toml = String::from_utf8(Files::seed().get(&format!("items/{RENEW}/item.toml")).unwrap().to_vec()).unwrap();
    let mut files = files();
    files.insert(format!("items/{RENEW}/item.toml"), toml.replace("\n[service]\n", "\n# 说明\n[service]\n"));
    let base = world.base();
    let import = Import { shard: base.shard, at: base.now().plus_ms(1), act: base.id() };
    catalog::import(base.store, &files, &import).await.unwrap();
    assert!(matches!(at(&second, &draft, Step::Publish, &proposal).await, Err(WorkshopError::Hindered(_))));
    take_up(&mut world).await;
    let at = async |actor: &Actor, draft: &workshop::Draft, step: Step| {
        workshop::step(&bench(&world, actor), (draft.id, draft.version), (step, "一条轻微情形不影响延续"), &proposal)
            .await
    };
    assert!(matches!(at(&second, &draft, Step::Publish).await, Err(WorkshopError::Hindered(_))));
    let draft = at(&author, &draft, Step::TakeBack).await.unwrap();
    let draft = workshop::move_on(&bench(&world, &author), (draft.id, draft.version)).await.unwrap();
    assert!(draft.texts.item_toml.contains("# 说明\n[service]"), "what the import brought is kept");
    let draft = at(&author, &draft, Step::Propose).await.unwrap();
    let draft = at(&second, &draft, Step::Approve).await.unwrap();
    let draft = at(&second, &draft, Step::Publish).await.unwrap();
    take_up(&mut world).await;
    let newest = world.catalog.versions_of(RENEW).last().unwrap().clone();
    assert_ne!(newest.hash, draft.base);
    // "By the day of decision": what waited is decided under the new version, and its decision names it.
    let officer = Actor::Staff(people.officer.clone());
    let ruling = approval::RulingDraft {
        ruling: approval::Ruling::Grant,
        reasons: "按新版本核对，条件全部满足。",
        version: waits.version,
    };
    let ruled = approval::rule(&world.desk(), &officer, waits.id, &ruling).await.unwrap();
    assert_eq!((ruled.state, ruled.item_version.as_str()), (State::Granted, newest.hash.as_str()));
    let file = approval::story(&world.scratch.store, waits.id).await.unwrap().unwrap();
    assert_eq!(file.decisions.last().unwrap().rule_set, newest.rules.hash());
}

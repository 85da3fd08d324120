//! Stories of the citizen's side, told through its pages alone: forms, links and redirects, no script.

use affairs::access::{self, Actor, MandateAct, PersonActor};
use affairs::approval;
use axum::Router;
use axum::http::StatusCode;
use site::Settings;
use site::state::Rate;
use stories::browser::Answer;
use stories::{Browser, World};

const RENEW: &str = "/items/fd-pharmacist-renew";
const PHONE: &str = "13877100001";

/// A pharmacist whose registration ends in sixty days, and the pharmacy that employs her.
struct Night {
    world: World,
    site: Router,
    wei: PersonActor,
    nong: PersonActor,
    pharmacy: String,
}

impl Night {
    async fn falls() -> Self {
        let world = World::new().await;
        let (wei, nong) = (world.person("韦明月", 1).await, world.person("农佳", 2).await);
        let (pharmacy, _) = world.pharmacy("邕江大药房", &nong).await;
        world.registered(&wei, &pharmacy, 60).await;
        let site = world.site();
        Self { world, site, wei, nong, pharmacy }
    }

    async fn browser(&self, person: &PersonActor) -> Browser {
        Browser::of(&self.world, &self.site, person.account).await
    }

    async fn stranger(&self) -> Browser {
        let stranger = self.world.person("陆小川", 9).await;
        self.browser(&stranger).await
    }

    fn answers<'a>(&'a self, version: &'a str) -> Vec<(&'a str, &'a str)> {
        let asked = [("/phone", PHONE), ("/truthful", "true"), ("do", "check")];
        [("version", version), ("/employer", self.pharmacy.as_str())].into_iter().chain(asked).collect()
    }

    /// From the guide to the check page; gives the draft's path and that page.
    async fn filled(&self, browser: &mut Browser) -> (String, Answer) {
        let begun = browser.get(&format!("{RENEW}/apply")).await;
        let draft = begun.location().to_owned();
        let form = browser.get(&draft).await;
        assert_eq!(form.status, StatusCode::OK);
        let to = browser.post(&draft, &self.answers(&form.hidden("version"))).await;
        assert_eq!((to.status, to.location()), (StatusCode::SEE_OTHER, &*format!("{draft}/check")), "{}", to.main());
        let check = browser.get(to.location()).await;
        (draft, check)
    }

    /// Sends it; gives the case number.
    async fn sent(&self, browser: &mut Browser) -> String {
        let (draft, check) = self.filled(browser).await;
        let to = browser.post(&format!("{draft}/send"), &sending(&check.hidden("key"))).await;
        assert_eq!(to.status, StatusCode::SEE_OTHER, "{}", to.main());
        to.location().split('/').nth(2).unwrap().to_owned()
    }
}

fn sending(key: &str) -> [(&str, &str); 3] {
    [("version", "2"), ("key", key), ("agree", "true")]
}

#[tokio::test]
async fn a_renewal_goes_from_guide_to_proof_without_script() {
    let night = Night::falls().await;
    let mut anybody = Browser::new(&night.site);
    let guide = anybody.get(RENEW).await;
    assert!(guide.main().contains("不用交材料") && guide.text().contains("/apply\""));
    let to_sign_in = anybody.get(&format!("{RENEW}/apply")).await;
    assert_eq!(to_sign_in.location(), "/sign-in?next=/items/fd-pharmacist-renew/apply");

    let mut wei = night.browser(&night.wei).await;
    let me = wei.get("/me").await;
    assert!(me.main().contains("还有 60 天到期"), "{}", me.main());
    let main = me.text().split("<main").nth(1).unwrap().to_owned();
    let first = main.split("<a ").nth(1).unwrap().split("href=\"").nth(1).unwrap();
    assert_eq!(first.split('"').next().unwrap(), "/items/fd-pharmacist-renew/apply", "the renewal is the first link");

    let (draft, check) = night.filled(&mut wei).await;
    let form = wei.get(&draft).await.main();
    for told in ["韦明月", "2027年1月22日", "读取", "数据截至", "来自药品监督管理部门", "已为您填好，可以改"]
    {
        assert!(form.contains(told), "{told} in {form}");
    }
    for said in ["韦明月", PHONE, "2027年1月22日", "本单位同意该执业药师继续在本单位执业"] {
        assert!(check.main().contains(said), "{said} in {}", check.main());
    }
    let to = wei.post(&format!("{draft}/send"), &sending(&check.hidden("key"))).await;
    let receipt = wei.get(to.location()).await;
    assert!(receipt.main().contains("查询码"), "{}", receipt.main());
    let number = to.location().split('/').nth(2).unwrap().to_owned();
    assert!(wei.get("/me").await.main().contains("等单位确认"));
    let waiting = wei.get(&format!("/cases/{number}")).await;
    assert!(waiting.text().contains("data-refresh=\"3\"") && waiting.main().contains("撤回申请"));
    assert_eq!(wei.get(&draft).await.status, StatusCode::NOT_FOUND, "the draft became the case");

    confirm(&night, &number).await;
    granted(&mut wei, &number).await;
}

async fn confirm(night: &Night, number: &str) {
    let mut nong = night.browser(&night.nong).await;
    let me = nong.get("/me").await;
    assert!(me.text().contains(&format!("href=\"/confirm/{number}\"")), "{}", me.main());
    let asked = nong.get(&format!("/confirm/{number}")).await;
    assert!(asked.main().contains("韦明月") && asked.main().contains("邕江大药房"), "{}", asked.main());
    let plain = asked.text().replace(' ', "");
    let secretive = [&night.wei.party.code, PHONE, "2027年1月22日"];
    assert!(secretive.iter().all(|s| !plain.contains(*s)), "the employer sees no more than it needs");
    for _ in 0..2 {
        let done = nong.post(&format!("/confirm/{number}"), &[("answer", "confirm"), ("reason", "")]).await;
        assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, &*format!("/confirm/{number}")));
    }
    let answered = nong.get(&format!("/confirm/{number}")).await;
    assert!(answered.main().contains("您单位已经确认"), "{}", answered.main());
    assert!(!answered.main().contains("继续教育"), "what was found about a person is not the employer's business");
    let case = nong.get(&format!("/cases/{number}")).await;
    assert_eq!(case.location(), format!("/confirm/{number}"));
}

async fn granted(wei: &mut Browser, number: &str) {
    let page = wei.get(&format!("/cases/{number}")).await;
    let said = page.main();
    for word in [
        "准予",
        "从单位确认到决定",
        "10 条条件全部符合",
        "注册有效期届满三十日前提出申请",
        "80",
        "行政许可法",
        "条文已核对",
        "演示规则",
        "谁、何时、会来看什么",
        "透明日志第",
        "下载证明文件",
        "打开证照",
        "邕江大药房（农佳）",
    ] {
        assert!(said.contains(word), "{word} in {said}");
    }
    assert!(!page.text().contains("data-refresh"), "nothing more will happen");
    let code = page.text().split("href=\"/licences/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let licence = wei.get(&format!("/licences/{code}")).await;
    for word in ["韦明月", "药学", "2032年1月22日", "演示样本"] {
        assert!(licence.main().contains(word), "{word} in {}", licence.main());
    }
    assert!(licence.text().contains("<path fill=\"#000\""), "a code to scan");
    let file = wei.get(&format!("/licences/{code}/file")).await;
    assert!(file.header("content-disposition").starts_with("attachment") && file.text().contains("韦明月"));
    let proof = page.text().split("href=\"/log/leaf/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(wei.get(&format!("/log/leaf/{proof}")).await.status, StatusCode::OK);
    let me = wei.get("/me").await.main();
    assert!(me.contains("准予") && !me.contains("到期，") && !me.contains("还有 60 天"), "{me}");
    let home = wei.get("/").await.main();
    assert!(home.contains("1 件") && home.contains("100%"), "{home}");
    let numbers = wei.get("/about/numbers").await.main();
    assert!(numbers.contains("case.decided") && numbers.contains("最近 90 天内最新的 1 件"), "{numbers}");
    let inbox = wei.get("/me/messages").await;
    let first = inbox.text().split("href=\"/me/messages/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let opened = wei.get(&format!("/me/messages/{first}")).await;
    assert_eq!(opened.location(), format!("/cases/{number}"));
    wei.post("/me/messages/read", &[]).await;
    assert!(!wei.get("/me").await.main().contains("条未读"));
}

#[tokio::test]
async fn every_error_comes_at_once_at_its_field_and_the_draft_is_kept() {
    let night = Night::falls().await;
    let mut wei = night.browser(&night.wei).await;
    let draft = wei.get(&format!("{RENEW}/apply")).await.location().to_owned();
    let wrong = [
        ("version", "1"),
        ("/employer", "91450100M000100Y4З"),
        ("/phone", "12"),
        ("do", "check"),
        ("objection:/valid_to", "2027-02-30"),
    ];
    let page = wei.post(&draft, &wrong).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.main().contains("有 4 处需要更正"), "{}", page.main());
    for field in ["f-employer", "f-phone", "f-truthful", "f-valid_to"] {
        assert!(
            page.text().contains(&format!("href=\"#{field}\"")) && page.text().contains(&format!("id=\"{field}\""))
        );
    }
    let again = wei.get(&draft).await.text();
    for typed in ["value=\"12\"", "91450100M000100Y4З", "2027-02-30"] {
        assert!(again.contains(typed), "{typed} is kept");
    }
    assert!(approval::cases_of(&night.world.scratch.store, night.wei.party.id).await.unwrap().is_empty());
    let check = wei.get(&format!("{draft}/check")).await;
    assert_eq!(check.location(), format!("{draft}?check=1"), "nothing wrong is sent");
    let home = wei.get("/me").await.main();
    assert!(home.contains("继续填写") && home.contains("还没有办理记录"));
    let stranger = night.stranger().await.get(&draft).await;
    assert_eq!(stranger.status, StatusCode::NOT_FOUND);
    wei.post(&format!("{draft}/discard"), &[]).await;
    assert_eq!(wei.get(&draft).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn pressing_send_twice_makes_one_case() {
    let night = Night::falls().await;
    let mut wei = night.browser(&night.wei).await;
    let (draft, check) = night.filled(&mut wei).await;
    let (path, key) = (format!("{draft}/send"), check.hidden("key"));
    let unsigned = wei.post(&path, &[("version", "2"), ("key", &key)]).await;
    assert_eq!(unsigned.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unsigned.text().contains("href=\"#f-agree\""));
    let altered = wei.post(&path, &sending("0011.2233")).await;
    assert_eq!(altered.status, StatusCode::CONFLICT, "a key is good for the answers that were shown");
    let (mut one, mut two) = (wei.clone(), wei.clone());
    let (fields, other) = (sending(&key), sending(&key));
    let (first, second) = tokio::join!(one.post(&path, &fields), two.post(&path, &other));
    let third = wei.post(&path, &sending(&key)).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.main());
    assert_eq!(first.location(), second.location(), "{}", second.main());
    assert_eq!(first.location(), third.location());
    assert_eq!(approval::cases_of(&night.world.scratch.store, night.wei.party.id).await.unwrap().len(), 1);
    let again = wei.get(&format!("{RENEW}/apply")).await;
    assert!(again.location().starts_with("/cases/"), "an open case is shown, no second one begun");
}

#[tokio::test]
async fn what_is_somebody_elses_is_not_found() {
    let night = Night::falls().await;
    let number = night.sent(&mut night.browser(&night.wei).await).await;
    let mut stranger = night.stranger().await;
    for path in ["", "/receipt", "/withdraw", "/correct"] {
        let page = stranger.get(&format!("/cases/{number}{path}")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        assert!(!page.text().contains("韦明月"));
    }
    assert_eq!(stranger.get(&format!("/confirm/{number}")).await.status, StatusCode::NOT_FOUND);
    let answer = stranger.post(&format!("/confirm/{number}"), &[("answer", "confirm")]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(
        stranger.post(&format!("/cases/{number}/withdraw"), &[("version", "1")]).await.status,
        StatusCode::NOT_FOUND
    );
    let anybody = Browser::new(&night.site).get(&format!("/cases/{number}")).await;
    assert_eq!(anybody.location(), format!("/sign-in?next=/cases/{number}"));
    let mut nong = night.browser(&night.nong).await;
    assert_eq!(nong.get(&format!("/cases/{number}/receipt")).await.status, StatusCode::NOT_FOUND, "the secret is hers");
}

#[tokio::test]
async fn before_sign_in_no_register_is_read() {
    let night = Night::falls().await;
    let mut anybody = Browser::new(&night.site);
    let reads = || night.world.scratch.store.query("SELECT count(*) AS n FROM register_read", vec![]);
    let before = reads().await.unwrap()[0].int("n").unwrap();
    for path in ["/", RENEW, "/items", "/search?q=%E8%8D%AF", &format!("{RENEW}/try"), "/about/numbers"] {
        let page = anybody.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(!page.text().contains("韦明月") && !page.text().contains("2027-01-22"), "{path}");
    }
    let tried = anybody.post(&format!("{RENEW}/try"), &eligible("80")).await;
    assert_eq!(tried.status, StatusCode::OK);
    assert_eq!(reads().await.unwrap()[0].int("n").unwrap(), before);
    let rows = night.world.scratch.store.query("SELECT count(*) AS n FROM case_file", vec![]).await.unwrap();
    assert_eq!(rows[0].int("n").unwrap(), 0);
}

/// The facts of a renewal that nothing stands against, as anybody would type them.
fn eligible(credits: &str) -> Vec<(&str, &str)> {
    vec![
        ("/注册状态", "valid"),
        ("/注册有效期至", "2027-01-22"),
        ("/注册日期", "2022-01-23"),
        ("/登记执业单位", "邕江"),
        ("/申报执业单位", "邕江"),
        ("/已获学分", credits),
        ("/许可证状态", "valid"),
        ("/许可证有效期至", "2028-05-31"),
        ("/执业单位所在地", "450103"),
        ("/不予注册情形数", "0"),
    ]
}

#[tokio::test]
async fn anybody_may_try_the_rules() {
    let night = Night::falls().await;
    let mut anybody = Browser::new(&night.site);
    let path = format!("{RENEW}/try");
    let asked = anybody.get(&path).await;
    assert!(asked.main().contains("不知道的可以空着") && asked.main().contains("不保存"));
    let fine = anybody.post(&path, &eligible("80")).await;
    assert!(fine.main().contains("看来可以当场准予"), "{}", fine.main());
    let short = anybody.post(&path, &eligible("30")).await;
    assert!(short.main().contains("还差一些") && short.main().contains("学分"), "{}", short.main());
    let open = anybody.post(&path, &[]).await;
    assert!(open.main().contains("还看不出来") && open.main().contains("没有填：注册有效期至"), "{}", open.main());
    let felling = anybody.get("/items/fo-felling-small/try").await.main();
    assert!(felling.contains("要采伐什么") && !felling.contains("剩余采伐限额"), "nobody need know a county's quota");
    let mut wrong = eligible("many");
    wrong[1].1 = "2027-02-30";
    let wrong = anybody.post(&path, &wrong).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.main().contains("有 2 处需要更正") && wrong.text().contains("2027-02-30"), "{}", wrong.main());
    assert_eq!(anybody.get("/items/no-such-item/try").await.status, StatusCode::NOT_FOUND);
    assert_eq!(anybody.get("/items/no-such-item").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn two_tabs_overwrite_nothing_unseen() {
    let night = Night::falls().await;
    let mut wei = night.browser(&night.wei).await;
    let draft = wei.get(&format!("{RENEW}/apply")).await.location().to_owned();
    let version = wei.get(&draft).await.hidden("version");
    let tab = |phone| {
        [("version", version.as_str()), ("/employer", night.pharmacy.as_str()), ("/phone", phone), ("do", "save")]
    };
    assert_eq!(wei.post(&draft, &tab("13800138000")).await.status, StatusCode::SEE_OTHER);
    assert_eq!(
        wei.post(&draft, &tab("13800138000")).await.status,
        StatusCode::SEE_OTHER,
        "the same twice is no conflict"
    );
    let second = wei.post(&draft, &tab("13900139000")).await;
    assert_eq!(second.status, StatusCode::CONFLICT);
    assert!(
        second.main().contains("13800138000") && second.text().contains("value=\"13900139000\""),
        "{}",
        second.main()
    );
    let newer = second.hidden("version");
    let mut again = tab("13900139000");
    again[0].1 = &newer;
    assert_eq!(wei.post(&draft, &again).await.status, StatusCode::SEE_OTHER);
    assert!(wei.get(&draft).await.text().contains("value=\"13900139000\""));
}

#[tokio::test]
async fn a_form_sent_after_its_session_ended_comes_back_whole_and_is_sent_again_after_signing_in() {
    let night = Night::falls().await;
    let mut wei = night.browser(&night.wei).await;
    let draft = wei.get(&format!("{RENEW}/apply")).await.location().to_owned();
    let version = wei.get(&draft).await.hidden("version");
    night.world.wait_days(2);
    let answers = night.answers(&version);
    let over = wei.post(&draft, &answers).await;
    assert_eq!(over.status, StatusCode::UNAUTHORIZED);
    for told in ["登录已经过期", "没有丢失", PHONE, &night.pharmacy] {
        assert!(over.main().contains(told), "{told} in {}", over.main());
    }
    assert!(over.text().contains("href=\"/sign-in\" target=\"_blank\""), "the sign-in opens beside what was written");
    let (action, fields) = stories::browser::given_back(&over);
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!((action.as_str(), &fields), (draft.as_str(), &answers), "every field, in its order");

    let still_out = Browser::new(&night.site).post(&action, &fields).await;
    assert_eq!(still_out.status, StatusCode::UNAUTHORIZED, "not signed in yet: given back once more");
    let mut again = night.browser(&night.wei).await;
    let to = again.post(&action, &fields).await;
    assert_eq!((to.status, to.location()), (StatusCode::SEE_OTHER, &*format!("{draft}/check")), "{}", to.main());
    assert!(again.get(&draft).await.text().contains(PHONE));
    // Nothing was written in it: then there is nothing to keep, and the sign-in itself answers.
    let empty = Browser::new(&night.site).post(&format!("{draft}/discard"), &[]).await;
    assert!(empty.location().starts_with("/sign-in"), "{}", empty.status);
}

#[tokio::test]
async fn whoever_may_confirm_is_told_that_something_waits_and_nobody_else() {
    let night = Night::falls().await;
    // A colleague whose mandate does not reach this item, and one who may only look.
    let other = night.world.person("同事", 21).await;
    night.world.mandate(&other, &night.pharmacy, &[MandateAct::Confirm], &["he-nurse-renew"]).await;
    let looker = night.world.person("会计", 22).await;
    night.world.mandate(&looker, &night.pharmacy, &[MandateAct::View], &[]).await;
    night.world.mandate(&night.wei, &night.pharmacy, &[MandateAct::Confirm], &[]).await;
    let number = night.sent(&mut night.browser(&night.wei).await).await;
    let store = &night.world.scratch.store;
    for (person, messages) in [(&night.nong, 1), (&other, 0), (&looker, 0)] {
        let told = affairs::message::inbox(store, person.party.id, None).await.unwrap().messages;
        assert_eq!(told.len(), messages, "{}", person.party.name);
    }
    let own = affairs::message::inbox(store, night.wei.party.id, None).await.unwrap().messages;
    assert!(own.iter().all(|m| !m.title.zh.contains("等待您单位确认")), "{own:?}");

    let mut nong = night.browser(&night.nong).await;
    let inbox = nong.get("/me/messages").await;
    assert!(inbox.main().contains("等待您单位确认") && inbox.main().contains("韦明月"), "{}", inbox.main());
    let secretive = [&night.wei.party.code, PHONE];
    assert!(secretive.iter().all(|s| !inbox.text().contains(*s)), "no more than it needs");
    let message = inbox.text().split("href=\"/me/messages/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let opened = nong.get(&format!("/me/messages/{message}")).await;
    assert_eq!(opened.location(), format!("/confirm/{number}"));
}

#[tokio::test]
async fn what_is_missing_is_mended_in_the_form_that_was_sent() {
    let night = Night::falls().await;
    night.world.qualified(&night.wei, 30).await;
    let mut wei = night.browser(&night.wei).await;
    let number = night.sent(&mut wei).await;
    night.browser(&night.nong).await.post(&format!("/confirm/{number}"), &[("answer", "confirm")]).await;
    let notice = wei.get(&format!("/cases/{number}")).await;
    for word in ["待补正", "一次改好这些就可以", "学分", "去补正", "前补正"] {
        assert!(notice.main().contains(word), "{word} in {}", notice.main());
    }
    let employer = night.browser(&night.nong).await.get(&format!("/confirm/{number}")).await.main();
    assert!(employer.contains("已确认") && !employer.contains("补正"), "what is missing is between her and the agency");
    assert!(wei.get("/me").await.main().contains("请补正"));
    let draft = wei.get(&format!("/cases/{number}/correct")).await.location().to_owned();
    let form = wei.get(&draft).await;
    assert!(form.text().contains(&format!("value=\"{PHONE}\"")), "what was filed is still there");
    assert!(form.main().contains("有 1 处需要更正") && form.main().contains("学分未达到要求"), "{}", form.main());
    night.world.qualified(&night.wei, 80).await;
    wei.post(&draft, &night.answers(&form.hidden("version"))).await;
    let check = wei.get(&format!("{draft}/check")).await;
    let sent = wei.post(&format!("{draft}/send"), &sending(&check.hidden("key"))).await;
    assert_eq!(sent.location(), format!("/cases/{number}"), "{}", sent.main());
    assert!(wei.get(sent.location()).await.main().contains("准予"));
    assert_eq!(wei.get(&draft).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_disputed_value_reaches_a_person_with_both_values() {
    let night = Night::falls().await;
    let mut wei = night.browser(&night.wei).await;
    let draft = wei.get(&format!("{RENEW}/apply")).await.location().to_owned();
    let mut answers = night.answers("1");
    answers.push(("objection:/valid_to", "2030-01-01"));
    wei.post(&draft, &answers).await;
    let check = wei.get(&format!("{draft}/check")).await;
    assert!(check.main().contains("您提出异议：2030-01-01"), "{}", check.main());
    let to = wei.post(&format!("{draft}/send"), &sending(&check.hidden("key"))).await;
    let number = to.location().split('/').nth(2).unwrap().to_owned();
    night.browser(&night.nong).await.post(&format!("/confirm/{number}"), &[("answer", "confirm")]).await;
    let case = wei.get(&format!("/cases/{number}")).await.main();
    for word in ["人工", "2030年1月1日", "2027年1月22日", "两个值都交给工作人员", "接下来"] {
        assert!(case.contains(word), "{word} in {case}");
    }
}

#[tokio::test]
async fn the_employer_may_say_no_with_a_reason_and_the_applicant_may_withdraw() {
    let night = Night::falls().await;
    let (mut wei, mut nong) = (night.browser(&night.wei).await, night.browser(&night.nong).await);
    let number = night.sent(&mut wei).await;
    let path = format!("/confirm/{number}");
    let silent = nong.post(&path, &[("answer", "decline"), ("reason", " ")]).await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(silent.text().contains("href=\"#f-reason\""));
    nong.post(&path, &[("answer", "decline"), ("reason", "已离职")]).await;
    assert!(wei.get(&format!("/cases/{number}")).await.main().contains("单位未同意"));
    let number = night.sent(&mut wei).await;
    let ask = wei.get(&format!("/cases/{number}/withdraw")).await;
    assert_eq!(wei.post(&format!("/cases/{number}/withdraw"), &[("version", "7")]).await.status, StatusCode::CONFLICT);
    let version = ask.hidden("version");
    for _ in 0..2 {
        let done = wei.post(&format!("/cases/{number}/withdraw"), &[("version", &version)]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER);
    }
    assert!(wei.get(&format!("/cases/{number}")).await.main().contains("已撤回"));
}

#[tokio::test]
async fn a_receipt_shows_the_status_and_guessing_is_limited() {
    let night = Night::falls().await;
    let mut wei = night.browser(&night.wei).await;
    let number = night.sent(&mut wei).await;
    let case = approval::cases_of(&night.world.scratch.store, night.wei.party.id).await.unwrap().remove(0);
    let key = approval::ReceiptKey::from_bytes([9; 32]);
    let secret = approval::receipt_secret(&night.world.scratch.store, &key, &case).await.unwrap();
    assert!(wei.get(&format!("/cases/{number}/receipt")).await.text().contains(&secret));
    let settings = Settings::demonstration("http://127.0.0.1:8080");
    let strict = night.world.site_with(Settings { sign_in: Rate::new(1, 4), ..settings });
    let mut anybody = Browser::new(&strict);
    let spelled = number.to_lowercase().replace('-', " ");
    let shown = anybody.post("/progress", &[("number", &spelled), ("secret", &secret.to_lowercase())]).await;
    assert_eq!(shown.status, StatusCode::OK);
    assert!(shown.main().contains("等单位确认") && !shown.text().contains("韦明月"), "{}", shown.main());
    for (n, s) in [(number.as_str(), "AAAA-AAAA-AAAA"), ("450000-FDHR-20261123-7KM3QWXA-5", &secret), (&number, "")] {
        let wrong = anybody.post("/progress", &[("number", n), ("secret", s)]).await;
        assert_eq!(wrong.status, StatusCode::NOT_FOUND);
        assert!(wrong.main().contains("检查编号和查询码") && !wrong.main().contains("等单位确认"));
    }
    let fifth = anybody.post("/progress", &[("number", &number), ("secret", &secret)]).await;
    assert_eq!(fifth.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn pages_speak_english_and_grow_large() {
    let night = Night::falls().await;
    let mut wei = night.browser(&night.wei).await;
    let number = night.sent(&mut wei).await;
    for path in ["/", "/me", "/me/acting", "/me/messages", RENEW, "/progress", &format!("/cases/{number}")] {
        let english = wei.get(&format!("{path}?lang=en")).await;
        assert_eq!(english.status, StatusCode::OK, "{path}");
        assert!(english.text().contains("<html lang=\"en\""), "{path}");
    }
    assert!(wei.get("/me").await.main().contains("Awaiting the employer"), "{}", wei.get("/me").await.main());
    assert!(wei.get("/me?view=elder").await.text().contains("data-view=\"elder\""));
    assert!(wei.get("/").await.text().contains("data-view=\"elder\""), "the choice is remembered");
}

#[tokio::test]
async fn one_acts_for_a_company_only_under_its_mandate() {
    let night = Night::falls().await;
    let (mut nong, mut wei) = (night.browser(&night.nong).await, night.browser(&night.wei).await);
    let page = nong.get("/me/acting").await;
    let mandate = page.text().split("name=\"party\" value=\"").nth(2).unwrap().split('"').next().unwrap().to_owned();
    assert!(page.main().contains("邕江大药房") && page.main().contains("确认"));
    nong.post("/me/acting", &[("party", &mandate)]).await;
    assert!(nong.get("/me").await.text().contains("您正在代表 邕江大药房 办理"));
    let asked = nong.get(&format!("{RENEW}/apply")).await;
    assert!(asked.location().starts_with("/me/acting"), "a person's item is not filed for a company: {}", asked.status);
    nong.post("/me/acting", &[("party", "self")]).await;
    assert!(!nong.get("/me").await.text().contains("您正在代表"));
    assert_eq!(wei.post("/me/acting", &[("party", &mandate)]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_application_that_is_open_already_is_shown() {
    let night = Night::falls().await;
    let mut wei = night.browser(&night.wei).await;
    let (draft, check) = night.filled(&mut wei).await;
    let form = night.world.renewal(&night.wei, &night.pharmacy, 60);
    let open = night.world.file(&night.wei, "fd-pharmacist-renew", &form, "counter").await.unwrap();
    let sent = wei.post(&format!("{draft}/send"), &sending(&check.hidden("key"))).await;
    assert_eq!(sent.status, StatusCode::CONFLICT);
    assert!(sent.text().contains(&format!("href=\"/cases/{}\"", open.number)), "{}", sent.main());
    assert!(wei.get(&draft).await.text().contains(PHONE), "nothing that was written is lost");
}

#[tokio::test]
async fn nothing_is_done_in_a_name_whose_mandate_has_ended() {
    let night = Night::falls().await;
    let number = night.sent(&mut night.browser(&night.wei).await).await;
    let mut nong = night.browser(&night.nong).await;
    let page = nong.get("/me/acting").await;
    let mandate = page.text().split("name=\"party\" value=\"").nth(2).unwrap().split('"').next().unwrap().to_owned();
    nong.post("/me/acting", &[("party", &mandate)]).await;
    let base = night.world.base();
    access::mandate::end(&base, &Actor::Machine, mandate.parse().unwrap()).await.unwrap();
    for path in ["/me".to_owned(), format!("{RENEW}/apply"), format!("/confirm/{number}")] {
        assert_eq!(nong.get(&path).await.location(), "/me/acting", "{path}");
    }
    assert!(nong.get("/me/acting").await.main().contains("授权已经结束"));
    nong.post("/me/acting", &[("party", "self")]).await;
    assert_eq!(nong.get("/me").await.status, StatusCode::OK);
    assert_eq!(nong.get(&format!("/confirm/{number}")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn while_the_log_cannot_sign_filing_goes_on_and_grants_wait() {
    let night = Night::falls().await;
    let mut wei = night.browser(&night.wei).await;
    let (draft, check) = night.filled(&mut wei).await;
    night.world.scratch.store.sign_with(None).await.unwrap();
    let sent = wei.post(&format!("{draft}/send"), &sending(&check.hidden("key"))).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.main());
    let number = sent.location().split('/').nth(2).unwrap().to_owned();
    let receipt = wei.get(sent.location()).await;
    assert!(receipt.main().contains(&number) && receipt.main().contains("存证"), "{}", receipt.main());
    let mut nong = night.browser(&night.nong).await;
    let confirming = format!("/confirm/{number}");
    let early = nong.get(&confirming).await;
    assert!(!early.text().contains("name=\"answer\""), "nobody is asked before it stands in the log: {}", early.main());

    night.world.scratch.store.sign_with(Some(store::testing::signer())).await.unwrap();
    assert!(approval::make_up(&night.world.desk()).await.unwrap() > 0);
    confirm(&night, &number).await;
    granted(&mut wei, &number).await;
}

#[tokio::test]
async fn a_licence_is_its_holders() {
    let night = Night::falls().await;
    let mut wei = night.browser(&night.wei).await;
    let number = night.sent(&mut wei).await;
    night.browser(&night.nong).await.post(&format!("/confirm/{number}"), &[("answer", "confirm")]).await;
    let page = wei.get(&format!("/cases/{number}")).await;
    let code = page.text().split("href=\"/licences/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    for path in [format!("/licences/{code}"), format!("/licences/{code}/file")] {
        assert_eq!(night.stranger().await.get(&path).await.status, StatusCode::NOT_FOUND);
        assert!(Browser::new(&night.site).get(&path).await.location().starts_with("/sign-in"));
    }
}

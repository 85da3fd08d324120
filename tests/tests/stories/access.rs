//! Stories of getting in and out: links, tickets, passwords, sessions, staff accounts.

use affairs::access::{Actor, Arrival, Assurance, DemonstrationProvider, LinkPurpose, Party, Role, sign_in, staff};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use site::Settings;
use site::state::Rate;
use stories::{Browser, World};

const PASSWORD: &str = "南湖边的桂花开了三次又落了";

/// A site that does not count tries to sign in: the room's own waiting time is what is looked at.
fn patient(world: &World) -> axum::Router {
    let settings = Settings::demonstration("http://127.0.0.1:8080");
    world.site_with(Settings { sign_in: Rate::new(60_000, 6_000), ..settings })
}

#[tokio::test]
async fn a_link_is_looked_at_first_and_opens_once() {
    let world = World::new().await;
    let wei = world.person("韦明月", 1).await;
    let link = sign_in::issue_link(&world.base(), &Actor::Machine, wei.account, LinkPurpose::SignIn).await.unwrap();
    let path = format!("/sign-in/link/{}", link.reveal());
    let site = world.site();
    let mut browser = Browser::new(&site);

    for _ in 0..3 {
        let page = browser.get(&path).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.main().contains("以 韦明月 的身份登录"), "{}", page.main());
        assert_eq!(page.text().split("<main").nth(1).unwrap().matches("<button").count(), 1);
    }
    assert_eq!(browser.cookie("session"), None, "looking is not signing in");

    let entered = browser.post(&path, &[]).await;
    assert_eq!((entered.status, entered.location()), (StatusCode::SEE_OTHER, "/me"));
    assert!(browser.cookie("session").is_some());
    assert!(entered.header("set-cookie").contains("HttpOnly; SameSite=Lax"));

    let mut thief = Browser::new(&site);
    for answer in [thief.get(&path).await, thief.post(&path, &[]).await] {
        assert_eq!(answer.status, StatusCode::GONE);
        assert!(answer.main().contains("这个链接已经用过或者过期"), "{}", answer.main());
    }
    let nonsense = thief.get("/sign-in/link/nonsense").await;
    assert_eq!(nonsense.status, StatusCode::GONE);
}

#[tokio::test]
async fn a_link_that_is_too_old_says_so() {
    let world = World::new().await;
    let wei = world.person("韦明月", 1).await;
    let link = sign_in::issue_link(&world.base(), &Actor::Machine, wei.account, LinkPurpose::SignIn).await.unwrap();
    world.wait_days(1);
    let answer = Browser::new(&world.site()).post(&format!("/sign-in/link/{}", link.reveal()), &[]).await;
    assert_eq!(answer.status, StatusCode::GONE);
}

#[tokio::test]
async fn a_new_sign_in_ends_the_session_the_browser_carried() {
    let world = World::new().await;
    let (wei, lu) = (world.person("韦明月", 1).await, world.person("陆小川", 4).await);
    let site = world.site();
    let mut browser = Browser::of(&world, &site, wei.account).await;
    let old = browser.clone();
    let link = sign_in::issue_link(&world.base(), &Actor::Machine, lu.account, LinkPurpose::SignIn).await.unwrap();
    browser.post(&format!("/sign-in/link/{}", link.reveal()), &[]).await;
    let mut planted = old;
    assert_eq!(planted.get("/sessions").await.location(), "/sign-in?next=/sessions");
    assert_eq!(browser.get("/sessions").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_ticket_of_the_demonstration_signs_in_once_and_goes_where_it_was_asked_to() {
    let world = World::new().await;
    let wei: Party = world.person("韦明月", 1).await.party;
    let provider = DemonstrationProvider::new([5; 32]);
    let ticket = provider.ticket(&wei, Assurance::Strong, &*world.scratch.entropy, world.now());
    let site = world.site();
    let mut browser = Browser::new(&site);

    let page = browser.get(&format!("/sign-in/demonstration?ticket={ticket}&next=/items")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.main().contains("韦明月"));
    let fields = [("ticket", page.hidden("ticket")), ("next", page.hidden("next"))];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let entered = browser.post("/sign-in/demonstration", &fields).await;
    assert_eq!((entered.status, entered.location()), (StatusCode::SEE_OTHER, "/items"));

    let again = browser.post("/sign-in/demonstration", &fields).await;
    assert_eq!(again.status, StatusCode::GONE);
    let forged = browser.get(&format!("/sign-in/demonstration?ticket={}x", ticket)).await;
    assert_eq!(forged.status, StatusCode::GONE);
    let elsewhere = DemonstrationProvider::new([6; 32]);
    let foreign = elsewhere.ticket(&wei, Assurance::Strong, &*world.scratch.entropy, world.now());
    let foreign = browser.post("/sign-in/demonstration", &[("ticket", &foreign)]).await;
    assert_eq!(foreign.status, StatusCode::GONE);
}

#[tokio::test]
async fn nobody_is_sent_to_another_site_after_signing_in() {
    let world = World::new().await;
    let wei: Party = world.person("韦明月", 1).await.party;
    let provider = DemonstrationProvider::new([5; 32]);
    let site = world.site();
    for next in ["https://evil.example/", "//evil.example", "/\\evil.example"] {
        let ticket = provider.ticket(&wei, Assurance::Strong, &*world.scratch.entropy, world.now());
        let entered = Browser::new(&site).post("/sign-in/demonstration", &[("ticket", &ticket), ("next", next)]).await;
        assert_eq!(entered.location(), "/me", "{next}");
    }
}

#[tokio::test]
async fn a_post_from_another_site_signs_nobody_in_or_out() {
    let world = World::new().await;
    let wei = world.person("韦明月", 1).await;
    let site = world.site();
    let mut browser = Browser::of(&world, &site, wei.account).await;
    let link = sign_in::issue_link(&world.base(), &Actor::Machine, wei.account, LinkPurpose::SignIn).await.unwrap();
    for path in ["/sign-out", "/staff/sign-in", &format!("/sign-in/link/{}", link.reveal())] {
        let request = Request::post(path).header("sec-fetch-site", "cross-site").body(Body::empty()).unwrap();
        assert_eq!(browser.send(request).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(browser.get("/sessions").await.status, StatusCode::OK, "still signed in");
}

#[tokio::test]
async fn an_officer_sets_a_password_by_link_signs_in_and_changes_it() {
    let world = World::new().await;
    let clerk = world.officer("liwen", "李文", &[Role::Clerk, Role::Approver]).await;
    let desk = world.base();
    let link = sign_in::issue_link(&desk, &Actor::Machine, clerk.account, LinkPurpose::SetPassword).await.unwrap();
    let path = format!("/sign-in/link/{}", link.reveal());
    let site = patient(&world);
    let mut browser = Browser::new(&site);

    assert!(browser.get(&path).await.main().contains("李文，请为您的账号设置密码"));
    let short = browser.post(&path, &[("password", "short"), ("again", "short")]).await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(short.text().contains("href=\"#f-password\"") && short.main().contains("密码至少12个字符"));
    let differs = browser.post(&path, &[("password", PASSWORD), ("again", "another")]).await;
    assert!(differs.text().contains("href=\"#f-again\""));
    let entered = browser.post(&path, &[("password", PASSWORD), ("again", PASSWORD)]).await;
    assert_eq!((entered.status, entered.location()), (StatusCode::SEE_OTHER, "/staff"));
    assert_eq!(browser.get("/staff").await.location(), "/staff/queue");

    let mut second = Browser::new(&site);
    let form = [("name", "LiWen"), ("password", PASSWORD), ("next", "/staff/queue")];
    assert_eq!(second.post("/staff/sign-in", &form).await.location(), "/staff/queue");
    let sessions = second.get("/sessions").await;
    assert_eq!(sessions.text().matches("/close\"").count(), 2, "two sessions are open");

    let new = "邕江水涨了又退了一整个春天";
    let wrong = second.post("/staff/password", &[("old", "no"), ("password", new), ("again", new)]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text().contains("href=\"#f-old\""));
    let changed = second.post("/staff/password", &[("old", PASSWORD), ("password", new), ("again", new)]).await;
    assert_eq!((changed.status, changed.location()), (StatusCode::SEE_OTHER, "/sessions"));
    assert_eq!(second.get("/staff/queue").await.status, StatusCode::OK);
    assert_eq!(browser.get("/staff/queue").await.location(), "/staff/sign-in?next=/staff/queue");
    let old = Browser::new(&site).post("/staff/sign-in", &form).await;
    assert_eq!(old.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_locked_name_and_an_unknown_one_answer_the_same() {
    let world = World::new().await;
    let clerk = world.officer("liwen", "李文", &[Role::Clerk]).await;
    let desk = world.base();
    let link = sign_in::issue_link(&desk, &Actor::Machine, clerk.account, LinkPurpose::SetPassword).await.unwrap();
    sign_in::set_password(&desk, &link, PASSWORD, &Arrival::default()).await.unwrap();
    let site = patient(&world);
    let mut told = Vec::new();
    for name in ["liwen", "nobody"] {
        let mut answers = Vec::new();
        for _ in 0..7 {
            let answer = Browser::new(&site).post("/staff/sign-in", &[("name", name), ("password", "guess")]).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
            assert_eq!(answer.header("set-cookie"), "");
            answers.push(answer.main().replace(name, "NAME"));
        }
        told.push(answers);
    }
    assert_eq!(told[0], told[1]);
    assert!(told[0][6].contains("之后再试"), "{}", told[0][6]);
    assert!(!told[0][0].contains("之后再试"), "{}", told[0][0]);
    let right = Browser::new(&site).post("/staff/sign-in", &[("name", "liwen"), ("password", PASSWORD)]).await;
    assert_eq!(right.status, StatusCode::UNAUTHORIZED, "the right password waits too");
}

#[tokio::test]
async fn one_client_may_try_to_sign_in_only_so_often() {
    let world = World::new().await;
    let site =
        world.site_with(Settings { sign_in: Rate::new(1, 2), ..Settings::demonstration("http://127.0.0.1:8080") });
    let mut statuses = Vec::new();
    for name in ["a1", "b2", "c3"] {
        let answer = Browser::new(&site).post("/staff/sign-in", &[("name", name), ("password", "x")]).await;
        statuses.push(answer.status.as_u16());
    }
    assert_eq!(statuses, [401, 401, 429]);
}

#[tokio::test]
async fn signing_out_ends_the_session_here_there_and_everywhere() {
    let world = World::new().await;
    let wei = world.person("韦明月", 1).await;
    let site = world.site();
    let mut here = Browser::of(&world, &site, wei.account).await;
    let mut there = Browser::of(&world, &site, wei.account).await;
    let mut kept = here.clone();

    let list = here.get("/sessions").await.text();
    let other = list.split("action=\"/sessions/").skip(1).map(|s| s.split('"').next().unwrap());
    let actions: Vec<String> = other.filter(|a| a.ends_with("/close")).map(|a| format!("/sessions/{a}")).collect();
    assert_eq!(actions.len(), 2);
    let mut stranger = Browser::of(&world, &site, world.person("陆小川", 4).await.account).await;
    for action in &actions {
        assert_eq!(stranger.post(action, &[]).await.status, StatusCode::NOT_FOUND, "another person's session");
    }
    here.post("/sign-out", &[]).await;
    assert_eq!(here.cookie("session"), None);
    assert_eq!(kept.get("/sessions").await.location(), "/sign-in?next=/sessions", "the token itself is dead");
    assert_eq!(there.get("/sessions").await.status, StatusCode::OK);
    let mut third = Browser::of(&world, &site, wei.account).await;
    there.post("/sessions/close-all", &[]).await;
    assert_eq!(third.get("/sessions").await.location(), "/sign-in?next=/sessions");
}

#[tokio::test]
async fn an_administrator_keeps_accounts_within_reach_and_sees_no_case() {
    let world = World::new().await;
    let admin = world.officer("tangguan", "唐管", &[Role::Administrator]).await;
    let site = world.site();
    let mut browser = Browser::of(&world, &site, admin.account).await;
    assert_eq!(browser.get("/staff").await.location(), "/staff/accounts");
    assert_eq!(browser.get("/staff/queue").await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.get("/staff/duties").await.status, StatusCode::NOT_FOUND);

    let nothing = browser.post("/staff/accounts", &[("/login", "X"), ("/name", "")]).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in ["#f-login", "#f-name", "#f-post", "#f-agency", "#f-region"] {
        assert!(nothing.text().contains(&format!("href=\"{field}\"")), "{field}");
    }
    let form =
        [("/login", "moran"), ("/name", "莫然"), ("/post", "审批"), ("/agency", "gx-mpa"), ("/region", "450000")];
    let made = browser.post("/staff/accounts", &form).await;
    assert_eq!(made.status, StatusCode::OK);
    let text = made.text();
    let link = text.split("http://127.0.0.1:8080/sign-in/link/").nth(1).unwrap().split('<').next().unwrap();
    assert_eq!(Browser::new(&site).get(&format!("/sign-in/link/{link}")).await.status, StatusCode::OK);

    let account = staff::by_login(&world.scratch.store, "moran").await.unwrap().unwrap().id;
    let base = format!("/staff/accounts/{account}");
    let scope = [("/role", "approver"), ("/agency", "gx-mpa"), ("/region", "450000"), ("/item", "*")];
    assert_eq!(browser.post(&format!("{base}/scopes"), &scope).await.location(), base);
    assert!(browser.get(&base).await.main().contains("审批"));
    let empty = browser.post(&format!("{base}/scopes"), &[]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    let every = [("/role", "approver"), ("/agency", "*"), ("/region", "*"), ("/item", "*")];
    assert_eq!(
        browser.post(&format!("{base}/scopes"), &every).await.status,
        StatusCode::FORBIDDEN,
        "beyond his own reach"
    );
    let own = format!("/staff/accounts/{}/scopes", admin.account);
    assert_eq!(browser.post(&own, &scope).await.status, StatusCode::FORBIDDEN, "nobody changes his own rights");

    let mut moran = Browser::of(&world, &site, account).await;
    assert_eq!(moran.get("/staff/queue").await.status, StatusCode::OK);
    assert_eq!(moran.get("/staff/accounts").await.status, StatusCode::NOT_FOUND);
    assert_eq!(moran.get(&base).await.status, StatusCode::NOT_FOUND);
    browser.post(&format!("{base}/scopes/revoke"), &scope).await;
    assert_eq!(moran.get("/staff/queue").await.status, StatusCode::NOT_FOUND, "with the next request");
    browser.post(&format!("{base}/disable"), &[]).await;
    assert_eq!(moran.get("/staff/queue").await.location(), "/staff/sign-in?next=/staff/queue");
    let page = browser.get(&base).await.main();
    for act in ["建立账号", "授予职责", "收回职责", "停用账号"] {
        assert!(page.contains(act), "{act} in {page}");
    }
}

#[tokio::test]
async fn the_sign_in_page_prints_no_password_and_names_the_console() {
    let world = World::new().await;
    let page = Browser::new(&world.site()).get("/sign-in").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.main().contains("budayang demo login weimingyue"));
    assert!(!page.text().contains("type=\"password\""));
    assert_eq!(Browser::new(&world.site()).get("/sign-in/nobody?ticket=x").await.status, StatusCode::NOT_FOUND);
}

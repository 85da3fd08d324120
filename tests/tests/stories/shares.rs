//! Stories of fair shares: a company whose many people all send at once is held back as one, loses no word, and nobody
//! else waits for it.

use affairs::access::{self, Actor, Arrival, LinkPurpose, PersonActor, Token, sign_in};
use affairs::approval;
use axum::Router;
use axum::http::StatusCode;
use site::Settings;
use site::shares::Terms;
use store::Location;
use store::testing::Scratch;
use stories::browser::Answer;
use stories::{Browser, World};
use tokio::task::JoinSet;

/// A company has two shares: two of its writing requests in the house, two in its line.
const TERMS: Terms = Terms { at_once: 4, reads: 4, writes: 1, waiting: 1 };
const AGENTS: u16 = 6;

/// A pharmacy with many agents, a renewal for each to answer, and a browser in which each acts for the pharmacy.
struct Office {
    applicants: Vec<PersonActor>,
    agents: Vec<(Browser, String)>,
}

impl Office {
    async fn of(world: &World, site: &Router) -> Self {
        let first = world.person("农佳", 2).await;
        let (uscc, first) = world.pharmacy("邕江大药房", &first).await;
        let (mut applicants, mut agents) = (Vec::new(), Vec::new());
        for n in 0..AGENTS {
            let applicant = world.person("韦明月", 100 + n).await;
            world.registered(&applicant, &uscc, 60).await;
            let form = world.renewal(&applicant, &uscc, 60);
            let case = world.file(&applicant, "fd-pharmacist-renew", &form, "evening-1").await.unwrap();
            let agent = world.person("农佳", 200 + n).await;
            let agent = world.agent(first.principal(), &agent).await;
            agents.push((acting(world, site, &agent).await, format!("/confirm/{}", case.number)));
            applicants.push(applicant);
        }
        Self { applicants, agents }
    }

    async fn granted(&self, world: &World) -> usize {
        let mut granted = 0;
        for applicant in &self.applicants {
            let cases = approval::cases_of(&world.scratch.store, applicant.party.id).await.unwrap();
            assert_eq!(cases.len(), 1, "one case each");
            granted += usize::from(cases[0].state == approval::State::Granted);
        }
        granted
    }
}

/// The browser of an agent who has chosen to act for the company.
async fn acting(world: &World, site: &Router, agent: &PersonActor) -> Browser {
    let (base, mandate) = (world.base(), agent.acting_for.as_ref().map(|mandate| mandate.id));
    let link = sign_in::issue_link(&base, &Actor::Machine, agent.account, LinkPurpose::SignIn).await.unwrap();
    let token: Token = sign_in::by_link(&base, &link, &Arrival::default()).await.unwrap().token;
    let visit = access::session::resolve(&base, &token).await.unwrap().unwrap();
    access::session::act_under(&base, &visit, mandate).await.unwrap();
    let mut browser = Browser::new(site);
    browser.carry(&token);
    browser
}

async fn confirm(mut browser: Browser, path: String, reason: &str) -> (Browser, String, Answer) {
    let answer = browser.post(&path, &[("answer", "confirm"), ("reason", reason)]).await;
    (browser, path, answer)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_company_of_many_accounts_is_held_back_as_one_and_loses_no_word() {
    let world = World::on(Scratch::on_sqlite("").await).await;
    let site = world.site_with(Settings { shares: TERMS, ..Settings::demonstration("http://127.0.0.1:8080") });
    let office = Office::of(&world, &site).await;
    let lu = world.person("陆小川", 50).await;
    let mut reader = Browser::of(&world, &site, lu.account).await;

    // Nothing can be written for a while, so that whoever is in the house stays there.
    let Location::Sqlite(path) = world.scratch.location() else { panic!("a story of SQLite") };
    let lock = rusqlite::Connection::open(path).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut answers = JoinSet::new();
    for (browser, path) in &office.agents {
        answers.spawn(confirm(browser.clone(), path.clone(), "在岗"));
    }
    let mut held = Vec::new();
    for _ in 0..2 {
        held.push(answers.join_next().await.unwrap().unwrap());
    }
    for (_, _, page) in &held {
        assert_eq!((page.status, page.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "1"), "{}", page.main());
        for told in ["请稍等几秒", "没有生效", "在岗", "再提交一次"] {
            assert!(page.main().contains(told), "{told} in {}", page.main());
        }
    }
    let (mut english, path) = (held[0].0.clone(), held[0].1.clone());
    english.get("/items?lang=en").await;
    let page = confirm(english, path, "works here").await.2;
    for told in ["Please wait a few seconds", "did not take effect", "works here", "Send it again"] {
        assert!(page.main().contains(told), "{told} in {}", page.main());
    }
    // Its own reading goes on, and so does everybody else's.
    let (own, path, _) = &mut held[0];
    assert_eq!(own.get(path).await.status, StatusCode::OK, "what it was asked to confirm");
    assert_eq!(reader.get("/items/fd-pharmacist-renew").await.status, StatusCode::OK);

    lock.execute_batch("ROLLBACK").unwrap();
    while let Some(answered) = answers.join_next().await {
        let (_, path, answer) = answered.unwrap();
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, &*path), "{}", answer.main());
    }
    assert_eq!(office.granted(&world).await, 4);
    for (browser, path, _) in held {
        let (_, path, answer) = confirm(browser, path, "在岗").await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, &*path), "{}", answer.main());
    }
    assert_eq!(office.granted(&world).await, usize::from(AGENTS));
    assert!(world.scratch.store.check().await.unwrap().is_empty());
}

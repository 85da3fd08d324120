//! One client: a connection from an address of its own, and what it does with it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value as Json;
use tokio::time::timeout;

use super::Kind;
use super::figures::Answer;
use super::people::{Applicant, People};

/// The longest an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(30);
/// What people look for.
const WORDS: [&str; 5] = ["药师", "护士", "食品", "采伐", "nurse"];

/// One client.
pub(super) struct Visitor {
    http: Client<HttpConnector, Full<Bytes>>,
    address: SocketAddr,
    people: Arc<People>,
    n: usize,
    member: bool,
    /// Version of its draft, as it was saved last.
    version: u32,
    /// The case it filed last: whose session, which number.
    mine: Option<(String, String)>,
}

impl Visitor {
    /// Client `n`; a member of the greedy company does everything in its name.
    pub(super) fn new((n, member): (u32, bool), address: SocketAddr, people: Arc<People>) -> anyhow::Result<Self> {
        let mut connector = HttpConnector::new();
        let [_, _, high, low] = n.to_be_bytes();
        connector.set_local_address(Some(Ipv4Addr::new(127, 1, high, low.wrapping_add(1)).into()));
        connector.set_nodelay(true);
        let http = Client::builder(TokioExecutor::new()).build(connector);
        Ok(Self { http, address, people, n: usize::try_from(n)?, member, version: 1, mine: None })
    }

    /// Does it, or what stands in for it where nobody is left to file; gives what was done and how it was answered.
    pub(super) async fn act(&mut self, kind: Kind, chance: u32) -> (Kind, Answer) {
        match kind {
            Kind::Guide => (kind, self.get(&self.guide(chance), self.own()).await),
            Kind::Search => (kind, self.get(&search(chance), self.own()).await),
            Kind::StrikeOff | Kind::Renewal | Kind::Confirmation if self.member => (Kind::Draft, self.save().await),
            Kind::Queue if self.member => (Kind::Progress, self.progress().await),
            Kind::Draft => (kind, self.save().await),
            Kind::StrikeOff => match People::next(&self.people.strikers) {
                Some(one) => (kind, self.file(one).await),
                None => (Kind::Progress, self.progress().await),
            },
            Kind::Renewal => match People::next(&self.people.renewers) {
                Some(one) => (kind, self.renew(one).await),
                None => (Kind::Progress, self.progress().await),
            },
            Kind::Confirmation => match People::next(&self.people.unconfirmed) {
                Some((number, agent)) => {
                    let path = format!("/api/v1/cases/{number}/confirm");
                    (kind, self.send("POST", &path, Some(&agent), Some(("application/json", "{}".into()))).await.0)
                }
                None => (Kind::Progress, self.progress().await),
            },
            Kind::Progress => (kind, self.progress().await),
            Kind::Queue => {
                let clerk = &self.people.clerks[self.n % self.people.clerks.len()];
                (kind, self.get("/staff/queue", Some(clerk)).await)
            }
        }
    }

    fn guide(&self, chance: u32) -> String {
        let items = ["fd-pharmacist-renew", "fd-pharmacist-cancel", "fd-pharmacist-first", "fd-pharmacist-change"];
        format!("/items/{}", items[usize::try_from(chance).unwrap_or(0) % items.len()])
    }

    /// The session in which a member of the company reads what everybody may read.
    fn own(&self) -> Option<&str> {
        self.member.then(|| self.people.writers[self.n].0.as_str())
    }

    async fn progress(&self) -> Answer {
        match &self.mine {
            Some((token, number)) => self.get(&format!("/cases/{number}"), Some(token)).await,
            None => self.get("/me", Some(&self.people.writers[self.n].0)).await,
        }
    }

    /// Saves its draft with another phone number each time.
    async fn save(&mut self) -> Answer {
        let (token, draft) = &self.people.writers[self.n];
        let form = format!("version={}&%2Fphone=138{:08}&do=save", self.version, self.version);
        let form = Some(("application/x-www-form-urlencoded", form));
        let (answer, _) = self.send("POST", &format!("/drafts/{draft}"), Some(token), form).await;
        self.version += u32::from(answer == Answer::Well);
        answer
    }

    async fn file(&mut self, one: Applicant) -> Answer {
        let (answer, number) = self.filed(&one).await;
        self.mine = number.map(|number| (one.token, number)).or(self.mine.take());
        answer
    }

    async fn renew(&mut self, one: Applicant) -> Answer {
        let (answer, number) = self.filed(&one).await;
        if let (Some(number), Some(agent)) = (number, one.agent) {
            People::add(&self.people.unconfirmed, (number, agent));
        }
        answer
    }

    async fn filed(&self, one: &Applicant) -> (Answer, Option<String>) {
        let body = Some(("application/json", one.body.clone()));
        let (answer, text) = self.send("POST", "/api/v1/cases", Some(&one.token), body).await;
        let case: Json = serde_json::from_slice(&text).unwrap_or_default();
        (answer, case["number"].as_str().map(str::to_owned))
    }

    async fn get(&self, path: &str, token: Option<&str>) -> Answer {
        self.send("GET", path, token, None).await.0
    }

    /// Sends one request and reads its answer to the end.
    async fn send(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<(&str, String)>,
    ) -> (Answer, Bytes) {
        let mut request = Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        request = request.header(header::ACCEPT, "text/html, application/json");
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
            // A session files each of its applications once.
            request = request.header("idempotency-key", format!("load-{}", token.get(..16).unwrap_or(token)));
        }
        if let Some((kind, _)) = &body {
            request = request.header(header::CONTENT_TYPE, *kind);
        }
        let body = Full::new(Bytes::from(body.map(|(_, text)| text).unwrap_or_default()));
        let Ok(request) = request.body(body) else { return (Answer::Failed, Bytes::new()) };
        let answered = timeout(PATIENCE, async {
            let answer = self.http.request(request).await.ok()?;
            let status = answer.status().as_u16();
            Some((status, answer.into_body().collect().await.ok()?.to_bytes()))
        });
        match answered.await {
            Ok(Some((200..=399, text))) => (Answer::Well, text),
            Ok(Some((429, text))) => (Answer::Limited, text),
            Ok(Some((status, text))) => {
                tracing::debug!(method, path, status, text = %String::from_utf8_lossy(&text), "an act failed");
                (Answer::Failed, text)
            }
            _ => (Answer::Failed, Bytes::new()),
        }
    }
}

fn search(chance: u32) -> String {
    let word = WORDS[usize::try_from(chance).unwrap_or(0) % WORDS.len()];
    let spelled: String = word.bytes().map(|b| format!("%{b:02X}")).collect();
    format!("/search?q={spelled}")
}

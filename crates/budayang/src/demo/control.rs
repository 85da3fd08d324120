//! How `budayang demo login NAME` asks the running demonstration for a single-use link: one process writes the database,
//! so a second one must ask it. The running one listens on a loopback port of its own and writes address and a secret into
//! a file that only its owner may read. There is no such door in production.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use affairs::access::{self, Account, Actor, Desk, LinkPurpose, PartyKind};
use anyhow::{Context as _, anyhow, bail};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use site::AppState;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::clock::DemoClock;
use super::letterbox::Letterboxes;
use super::people::{OFFICERS, citizen, login_names};
use super::platform::Platform;
use crate::office::{Home, Machine, write_private};

/// Where a running demonstration can be asked.
#[derive(Serialize, Deserialize)]
struct Door {
    address: SocketAddr,
    secret: String,
}

#[derive(Serialize, Deserialize)]
struct Question {
    secret: String,
    about: About,
}

/// What is asked of a running demonstration.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum About {
    /// A link for this name.
    Link(String),
    /// How its credit platform shall answer.
    Register(String),
    /// How its carriers of messages shall answer.
    Messages(String),
    /// By how many days its clock shall go ahead.
    Ahead(u32),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Reply {
    Done(String),
    Refused(String),
}

/// How long a question may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// The longest question, in bytes.
const LONGEST: u64 = 4_096;

fn page(folder: &Path) -> PathBuf {
    folder.join("control.json")
}

/// The door of a running demonstration; its page goes when this is dropped.
pub(crate) struct Control {
    listener: TcpListener,
    secret: String,
    page: PathBuf,
    platform: Platform,
    letterboxes: Letterboxes,
    clock: Arc<DemoClock>,
    machine: Machine,
}

impl Drop for Control {
    fn drop(&mut self) {
        // Left behind it would only lead to a closed port.
        let _ = fs::remove_file(&self.page);
    }
}

impl Control {
    /// Opens the door.
    pub(crate) async fn open(
        home: &Home,
        machine: &Machine,
        (platform, letterboxes, clock): (Platform, Letterboxes, Arc<DemoClock>),
    ) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("no loopback port for `demo login`")?;
        let mut secret = [0; 32];
        machine.entropy.fill(&mut secret);
        let door = Door { address: listener.local_addr()?, secret: hex::encode(secret) };
        let page = page(&home.folder);
        write_private(&page, &serde_json::to_vec(&door)?)?;
        let machine = machine.clone();
        Ok(Self { listener, secret: door.secret, page, platform, letterboxes, clock, machine })
    }

    /// Answers questions until the task is dropped.
    pub(crate) async fn answer(self, state: AppState) {
        loop {
            let Ok((stream, _)) = self.listener.accept().await else { continue };
            if let Ok(Err(error)) = tokio::time::timeout(PATIENCE, self.reply(stream, &state)).await {
                tracing::debug!(%error, "a question about a link was not answered");
            }
        }
    }

    async fn reply(&self, mut stream: tokio::net::TcpStream, state: &AppState) -> anyhow::Result<()> {
        let (read, mut write) = stream.split();
        let mut line = String::new();
        tokio::io::BufReader::new(read.take(LONGEST)).read_line(&mut line).await?;
        let question: Question = serde_json::from_str(&line)?;
        // Hashes are compared, so that the time it takes tells nothing about the secret.
        let reply = if Sha256::digest(&question.secret) == Sha256::digest(&self.secret) {
            let done = match &question.about {
                About::Link(name) => link(state, name).await,
                About::Register(word) => self.platform.told(word),
                About::Messages(word) => self.letterboxes.told(word),
                About::Ahead(days) => self.clock.go_ahead(*days, (state, &self.machine)).await,
            };
            done.map_or_else(|e| Reply::Refused(format!("{e:#}")), Reply::Done)
        } else {
            Reply::Refused("this is another demonstration's secret".to_owned())
        };
        write.write_all(format!("{}\n", serde_json::to_string(&reply)?).as_bytes()).await?;
        Ok(write.shutdown().await?)
    }
}

async fn link(state: &AppState, name: &str) -> anyhow::Result<String> {
    let desks = state.desks().map_err(|_| anyhow!("the office is closed"))?;
    let desk = desks.base();
    let account = account(&desk, name).await?;
    let token = access::sign_in::issue_link(&desk, &Actor::Machine, account.id, LinkPurpose::SignIn).await?;
    Ok(format!("{}/sign-in/link/{}", state.settings().public_origin, token.reveal()))
}

async fn account(desk: &Desk<'_>, name: &str) -> anyhow::Result<Account> {
    if let Some(human) = citizen(name) {
        let party = access::people::ensure_party(desk, PartyKind::Person, &human.code()?, human.name).await?;
        return Ok(access::people::ensure_account(desk, &party).await?);
    }
    if OFFICERS.iter().any(|o| o.login == name) {
        let officer = access::staff::by_login(desk.store, name).await?;
        return officer.with_context(|| format!("there is no officer {name:?}"));
    }
    bail!("nobody here is called {name:?}; the names are: {}", login_names().join(", "))
}

/// Asks the demonstration that runs on this folder for a link.
pub(crate) fn ask(folder: &Path, name: &str) -> anyhow::Result<String> {
    Home::read(folder)?;
    if !login_names().contains(&name) {
        bail!("nobody here is called {name:?}; the names are: {}", login_names().join(", "));
    }
    put(folder, About::Link(name.to_owned()))
}

/// Tells the demonstration that runs on this folder how its credit platform shall answer.
pub(crate) fn tell_register(folder: &Path, word: &str) -> anyhow::Result<String> {
    put(folder, About::Register(word.to_owned()))
}

/// Tells the demonstration that runs on this folder how its carriers of messages shall answer.
pub(crate) fn tell_messages(folder: &Path, word: &str) -> anyhow::Result<String> {
    put(folder, About::Messages(word.to_owned()))
}

/// Puts the clock of the demonstration that runs on this folder ahead by so many days.
pub(crate) fn go_ahead(folder: &Path, days: u32) -> anyhow::Result<String> {
    put(folder, About::Ahead(days))
}

fn put(folder: &Path, about: About) -> anyhow::Result<String> {
    Home::read(folder)?;
    let asleep =
        || format!("the demonstration in {0} does not run: start it with `budayang demo --data {0}`", folder.display());
    let door = fs::read(page(folder)).with_context(asleep)?;
    let door: Door = serde_json::from_slice(&door).context("control.json is damaged; start the demonstration again")?;
    let stream = TcpStream::connect_timeout(&door.address, PATIENCE).with_context(asleep)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let question = Question { secret: door.secret, about };
    writeln!(&stream, "{}", serde_json::to_string(&question)?)?;
    let mut line = String::new();
    BufReader::new(&stream).read_line(&mut line)?;
    match serde_json::from_str(&line).with_context(asleep)? {
        Reply::Done(done) => Ok(done),
        Reply::Refused(why) => bail!("{why}"),
    }
}

//! The demonstration's public credit platform: another agency, in the same process and yet asked over HTTP on a loopback
//! port of its own, with credentials and a signing key. `budayang demo register stop` lets it stand still, so that anybody
//! can see what happens to a case then.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use affairs::register::{Keeper, Terms};
use anyhow::{Context as _, anyhow, bail};
use evidence::key::{Algorithm, KeyPair};
use site::Office;
use site::register::server::{Books, Faults, Server, router};
use site::register::{Address, HttpKeeper};

use super::record;
use crate::office::Machine;

/// The register it keeps.
const REGISTER: &str = "credit-bars";
/// Its key's name; what it signs is marked like everything here.
const KEY: &str = "demonstration.budayang.example/credit";

/// What the platform can be told.
pub(crate) const WORDS: [&str; 3] = ["start", "slow", "stop"];

/// The running platform; it ends with the process.
pub(crate) struct Platform(Arc<Server>);

impl Platform {
    /// Starts the platform with the records the pool has of its register, and lets the office ask it.
    pub(crate) async fn open(office: Office, machine: &Machine) -> anyhow::Result<(Office, Self)> {
        let layout = office.registers.get(REGISTER).with_context(|| format!("no register {REGISTER}"))?;
        let mut books = Books::new(layout.source.clone(), [REGISTER.to_owned()]);
        for (subject, body) in record::all(&office.store, &office.shard, REGISTER).await? {
            books.put(REGISTER, &subject, body.as_object().cloned().unwrap_or_default());
        }
        let mut secret = [0; 32];
        machine.entropy.fill(&mut secret);
        let token = hex::encode(secret);
        let key = Arc::new(KeyPair::generate(Algorithm::Sm2, KEY, &*machine.entropy)?);
        let server = Arc::new(Server {
            books: Mutex::new(books),
            token: Some(token.clone()),
            signer: Some(key.clone()),
            faults: Faults::default(),
            clock: machine.clock.clone(),
            entropy: machine.entropy.clone(),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.context("no loopback port for a register")?;
        let url = format!("http://{}", listener.local_addr()?);
        let routes = router(Arc::clone(&server));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        let key = Some(evidence::key::Signer::public(&*key).clone());
        let keeper: Arc<dyn Keeper> =
            Arc::new(HttpKeeper::new(&Address { url, token: Some(token), certificates: "".into(), key })?);
        let keepers = vec![(REGISTER.to_owned(), keeper, Terms::default())];
        let registers = office.registers.kept_by(keepers).map_err(|ids| anyhow!("no register {}", ids.join(", ")))?;
        Ok((Office { registers, ..office }, Self(server)))
    }

    /// Lets it stand still (`stop`), answer too late (`slow`), or answer (`start`). Gives what to expect.
    pub(crate) fn told(&self, word: &str) -> anyhow::Result<String> {
        let (fail, delay_ms, expect) = match word {
            "start" => (0, 0, "它恢复应答，等待的办件自动办理 / it answers; cases that wait go on by themselves"),
            "slow" => (0, 10_000, "它应答太慢，新办件等待数据 / it answers too late; new cases wait for data"),
            "stop" => (100, 0, "它停止应答，新办件等待数据 / it does not answer; new cases wait for data"),
            other => bail!("{other:?}: say {}", WORDS.join(", ")),
        };
        self.0.faults.fail_percent.store(fail, Ordering::Relaxed);
        self.0.faults.delay_ms.store(delay_ms, Ordering::Relaxed);
        Ok(format!("{REGISTER}: {expect}"))
    }
}

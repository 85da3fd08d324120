//! The demonstration's letterboxes: what stands in for two SMS gateways, WeChat and a mail server, in the same process and yet
//! reached over SMTP and HTTP on loopback ports of their own, signed requests and all. Everybody's messages can be read at
//! `/demonstration/outbox`. `budayang demo messages stop` lets them stand still.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use affairs::access::{self, Assurance, Desk, PartyKind, PersonActor};
use affairs::catalog::{Channel, MessageKind};
use affairs::message::{Carrier, Posts, Terms, Wish, contact};
use anyhow::{Context as _, bail};
use kernel::Language;
use site::message::http::{BodyKind, HttpCarrier, HttpProvider, Meaning};
use site::message::server::{Letterbox, router, serve_smtp};
use site::message::smtp::{SmtpCarrier, SmtpServer, SmtpTls};
use site::{Office, Settings};
use tokio::net::TcpListener;

use super::people::{Human, citizen};
use crate::office::Machine;
use crate::serve::messages::letterhead;

/// What the letterboxes can be told.
pub(crate) const WORDS: [&str; 3] = ["start", "slow", "stop"];
/// Who is reached outside the house from the first day: login name and telephone number. Everybody may add more.
const REACHED: [(&str, &str); 3] =
    [("weimingyue", "13877100001"), ("huangchunsheng", "13877100002"), ("qinhaiyan", "13877100003")];

/// The running letterboxes, one behind them all; it ends with the process.
pub(crate) struct Letterboxes(Arc<Letterbox>);

impl Letterboxes {
    /// Starts them, lets the office send there, and gives the invented people telephone numbers.
    pub(crate) async fn open(office: Office, settings: &Settings, machine: &Machine) -> anyhow::Result<(Office, Self)> {
        let all = Arc::new(Letterbox::new(None, machine.clock.clone(), machine.entropy.clone()));
        let (http, smtp) = (listen(&all).await?, TcpListener::bind("127.0.0.1:0").await?);
        let mail = smtp.local_addr()?;
        tokio::spawn(serve_smtp(smtp, Arc::clone(&all)));
        let carriers: Vec<(Terms, Arc<dyn Carrier>)> = vec![
            (Terms::usual(Channel::Sms, "first"), gateway(http, "sms", machine)?),
            (Terms::usual(Channel::Sms, "second"), gateway(http, "sms", machine)?),
            (Terms::usual(Channel::Email, "office"), Arc::new(mailer(mail)?)),
            (Terms::usual(Channel::Wechat, "account"), gateway(http, "wechat", machine)?),
        ];
        let desk = Desk {
            store: &office.store,
            shard: &office.shard,
            clock: &*machine.clock,
            entropy: &*machine.entropy,
            tenant: kernel::Tenant::HOUSE,
        };
        for (name, phone) in REACHED {
            let human = citizen(name).with_context(|| format!("nobody is called {name}"))?;
            reached(&desk, &human, phone).await?;
        }
        let posts = Posts::new(letterhead(settings), carriers);
        Ok((Office { posts, letterbox: Some(Arc::clone(&all)), ..office }, Self(all)))
    }

    /// Lets them stand still, answer too late, or answer. Gives what to expect.
    pub(crate) fn told(&self, word: &str) -> anyhow::Result<String> {
        let (fail, delay_ms, expect) = match word {
            "start" => (0, 0, "恢复收发，等待的消息自动发出 / they answer; messages that wait go out by themselves"),
            "slow" => (0, 12_000, "应答太慢，消息稍后再发 / they answer too late; messages are tried again later"),
            "stop" => (100, 0, "停止收发，消息等待 / they take nothing; messages wait"),
            other => bail!("{other:?}: say {}", WORDS.join(", ")),
        };
        self.0.faults.fail_percent.store(fail, Ordering::Relaxed);
        self.0.faults.delay_ms.store(delay_ms, Ordering::Relaxed);
        Ok(expect.to_owned())
    }
}

async fn listen(letterbox: &Arc<Letterbox>) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await.context("no loopback port for messages")?;
    let address = listener.local_addr()?;
    let routes = router(Arc::clone(letterbox));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    Ok(address)
}

fn gateway(address: SocketAddr, path: &str, machine: &Machine) -> anyhow::Result<Arc<dyn Carrier>> {
    let provider = HttpProvider {
        url: format!("http://{address}/{path}"),
        headers: Vec::new(),
        kind: BodyKind::Json,
        body: r#"{"to":"{to}","subject":"{subject}","text":"{text}","link":"{link}"}"#.to_owned(),
        secret_file: None,
        signature: None,
        meaning: Meaning {
            pointer: "/code".to_owned(),
            taken: vec!["OK".to_owned()],
            again: vec!["BUSY".to_owned()],
            reference: "/id".to_owned(),
        },
        certificates: PathBuf::new(),
    };
    Ok(Arc::new(HttpCarrier::new(provider, Arc::clone(&machine.clock))?))
}

fn mailer(address: SocketAddr) -> anyhow::Result<SmtpCarrier> {
    Ok(SmtpCarrier::new(SmtpServer {
        host: address.ip().to_string(),
        port: address.port(),
        tls: SmtpTls::None,
        credentials: None,
        from: "不打烊（演示） <no-reply@demonstration.example>".to_owned(),
        certificates: PathBuf::new(),
        timeout: Duration::from_secs(8),
    })?)
}

async fn reached(desk: &Desk<'_>, human: &Human, phone: &str) -> anyhow::Result<()> {
    let party = access::people::ensure_party(desk, PartyKind::Person, &human.code()?, human.name).await?;
    let account = access::people::ensure_account(desk, &party).await?;
    let who = PersonActor { account: account.id, party, assurance: Assurance::Strong, acting_for: None };
    let kinds = MessageKind::CHOSEN.into();
    let wish = Wish { channel: Channel::Sms, address: phone, language: Language::Zh, kinds };
    Ok(contact::prove(desk, &who, &wish).await?)
}

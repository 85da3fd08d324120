//! `budayang register-server`: keeps registers as another agency would and answers for them over HTTP, for demonstrations
//! and tests. It speaks no TLS, so it listens on this machine only; production never starts it.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use anyhow::{Context as _, anyhow, bail, ensure};
use clap::Args;
use kernel::Text;
use serde_json::json;
use site::register::server::{Books, Faults, Server, router};

use super::Answer;
use crate::front_door::{FrontDoor, Log};
use crate::output::{Format, Output};
use crate::serve;

#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Where to listen, on this machine; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
    /// Records, one JSON object a line: {"register":…, "subject":…, "as_of":…, "record":{…}}. May be named several times.
    #[arg(long, value_name = "FILE")]
    data: Vec<PathBuf>,
    /// A register that is kept here though it may hold nothing yet. May be named several times.
    #[arg(long, value_name = "ID")]
    register: Vec<String>,
    /// Who keeps them, in Chinese and in English.
    #[arg(long, value_name = "NAME", num_args = 2, default_values_t = ["演示登记机关".to_owned(), "Demonstration register office".to_owned()])]
    source: Vec<String>,
    /// A file with what callers must say (Authorization: Bearer); without it everybody on this machine is answered.
    #[arg(long, value_name = "FILE")]
    credentials_file: Option<PathBuf>,
    /// For tests: what goes wrong, such as `delay_ms=300,fail=20,drop=5,hang=1` (of a hundred questions).
    #[arg(long, value_name = "LIST")]
    faults: Option<String>,
}

pub(super) fn run(arguments: &Arguments, door: &FrontDoor, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    ensure!(
        arguments.listen.ip().is_loopback(),
        "it speaks no TLS: let it listen on this machine, such as 127.0.0.1:8090"
    );
    door.log(&Log { level: "warn", json: false, color: false })?;
    let server = Arc::new(server(arguments, door)?);
    door.block_on(listen(arguments, server, output))
}

fn server(arguments: &Arguments, door: &FrontDoor) -> anyhow::Result<Server> {
    let [zh, en] = &arguments.source[..] else { bail!("--source takes two names") };
    let mut books = Books::new(Text::new(zh, en), arguments.register.iter().cloned());
    for file in &arguments.data {
        let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        books.add_lines(&text).with_context(|| file.display().to_string())?;
    }
    let machine = door.machine();
    Ok(Server {
        books: Mutex::new(books),
        token: arguments.credentials_file.as_deref().map(serve::registers::credentials).transpose()?,
        signer: None,
        faults: faults(arguments.faults.as_deref().unwrap_or_default())?,
        clock: machine.clock,
        entropy: machine.entropy,
    })
}

fn faults(list: &str) -> anyhow::Result<Faults> {
    let faults = Faults::default();
    for word in list.split(',').filter(|word| !word.is_empty()) {
        let wrong = || anyhow!("{word:?}: write delay_ms=N, fail=N, drop=N or hang=N");
        let (name, number) = word.split_once('=').ok_or_else(wrong)?;
        let number: u32 = number.parse().map_err(|_| wrong())?;
        let percent = match name {
            "delay_ms" => {
                faults.delay_ms.store(number.into(), Ordering::Relaxed);
                continue;
            }
            "fail" => &faults.fail_percent,
            "drop" => &faults.drop_percent,
            "hang" => &faults.hang_percent,
            _ => return Err(wrong()),
        };
        percent.store(number.min(100), Ordering::Relaxed);
    }
    Ok(faults)
}

async fn listen(arguments: &Arguments, server: Arc<Server>, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    let bound = serve::bind(arguments.listen)?;
    let address = format!("http://{}", bound.address);
    match output.asked() {
        Some(Format::Json) => output.json(&json!({ "listening": address }))?,
        _ => output.line(format!("listening on {address}"))?,
    }
    output.flush()?;
    serve::until_stopped(bound, router(server)).await?;
    Ok(Answer::Yes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_told_by_name() {
        let told = faults("delay_ms=300,fail=20,hang=500").unwrap();
        assert_eq!(told.delay_ms.load(Ordering::Relaxed), 300);
        assert_eq!((told.fail_percent.into_inner(), told.hang_percent.into_inner()), (20, 100));
        for wrong in ["fail", "fail=x", "explode=1"] {
            assert!(faults(wrong).is_err(), "{wrong}");
        }
    }
}

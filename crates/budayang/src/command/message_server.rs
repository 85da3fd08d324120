//! `budayang message-server`: takes messages as mail servers, SMS gateways and WeChat would. For demonstrations and tests: it
//! keeps what arrived in memory and listens on this machine only.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use anyhow::{anyhow, ensure};
use clap::Args;
use serde_json::json;
use site::message::server::{Letterbox, router, serve_smtp};

use super::Answer;
use crate::front_door::{FrontDoor, Log};
use crate::output::{Format, Output};
use crate::serve;

#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// Where to take SMS (`/sms`) and WeChat messages (`/wechat`), and show what arrived (`/arrived`); port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8091")]
    listen: SocketAddr,
    /// Where to take e-mail; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8025")]
    smtp: SocketAddr,
    /// A file with the secret by which requests must be signed; without it everybody on this machine is heard.
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// For tests: what goes wrong, such as `delay_ms=300,fail=20,refuse=5,drop=5,hang=1,garble=1,forget=1` (of a hundred letters).
    #[arg(long, value_name = "LIST")]
    faults: Option<String>,
}

pub(super) fn run(arguments: &Arguments, door: &FrontDoor, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    let here = arguments.listen.ip().is_loopback() && arguments.smtp.ip().is_loopback();
    ensure!(here, "it speaks no TLS: let it listen on this machine, such as 127.0.0.1:8091");
    door.log(&Log { level: "warn", json: false, color: false })?;
    let secret = arguments.secret_file.as_deref().map(serve::registers::credentials).transpose()?;
    let machine = door.machine();
    let letterbox = Arc::new(Letterbox::new(secret, machine.clock, machine.entropy));
    faults(&letterbox, arguments.faults.as_deref().unwrap_or_default())?;
    door.block_on(listen(arguments, letterbox, output))
}

fn faults(letterbox: &Letterbox, list: &str) -> anyhow::Result<()> {
    let faults = &letterbox.faults;
    for word in list.split(',').filter(|word| !word.is_empty()) {
        let wrong = || anyhow!("{word:?}: write delay_ms=N, fail=N, refuse=N, drop=N, hang=N, garble=N or forget=1");
        let (name, number) = word.split_once('=').ok_or_else(wrong)?;
        let number: u32 = number.parse().map_err(|_| wrong())?;
        let percent = match name {
            "delay_ms" => {
                faults.delay_ms.store(number.into(), Ordering::Relaxed);
                continue;
            }
            "forget" => {
                faults.forgets_keys.store(number > 0, Ordering::Relaxed);
                continue;
            }
            "fail" => &faults.fail_percent,
            "refuse" => &faults.refuse_percent,
            "drop" => &faults.drop_percent,
            "hang" => &faults.hang_percent,
            "garble" => &faults.garble_percent,
            _ => return Err(wrong()),
        };
        percent.store(number.min(100), Ordering::Relaxed);
    }
    Ok(())
}

async fn listen(arguments: &Arguments, letterbox: Arc<Letterbox>, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    let bound = serve::bind(arguments.listen)?;
    let mail = tokio::net::TcpListener::bind(arguments.smtp).await?;
    let (http, smtp) = (format!("http://{}", bound.address), format!("smtp://{}", mail.local_addr()?));
    match output.asked() {
        Some(Format::Json) => output.json(&json!({ "listening": http, "smtp": smtp }))?,
        _ => output.line(format!("listening on {http} and {smtp}; {http}/arrived shows what came"))?,
    }
    output.flush()?;
    let taking = tokio::spawn(serve_smtp(mail, Arc::clone(&letterbox)));
    let served = serve::until_stopped(bound, router(letterbox)).await;
    taking.abort();
    served?;
    Ok(Answer::Yes)
}

#[cfg(test)]
mod tests {
    use kernel::{FixedClock, SeededEntropy};

    use super::*;

    #[test]
    fn faults_are_told_by_name() {
        let letterbox = Letterbox::new(None, Arc::new(FixedClock::default()), Arc::new(SeededEntropy::new(1)));
        faults(&letterbox, "delay_ms=300,fail=20,garble=500,forget=1").unwrap();
        assert_eq!(letterbox.faults.delay_ms.load(Ordering::Relaxed), 300);
        assert_eq!(letterbox.faults.garble_percent.load(Ordering::Relaxed), 100);
        assert!(letterbox.faults.forgets_keys.load(Ordering::Relaxed));
        for wrong in ["fail", "fail=x", "explode=1"] {
            assert!(faults(&letterbox, wrong).is_err(), "{wrong}");
        }
    }
}

//! `budayang licence`: is this licence genuine, and how does it stand? And many issued at once.

mod issue;

use std::fs;
use std::path::{Path, PathBuf};

use affairs::licence::{self, Standing};
use anyhow::Context as _;
use clap::Subcommand;
use evidence::answer::{Colour, Given, Held, Reader, Reason};
use evidence::status::Accepted;
use evidence::trust::TrustList;
use kernel::{Clock as _, Moment};
use serde_json::{Value as Json, json};
use store::Store;

use super::Answer;
use super::house::House;
use crate::front_door::FrontDoor;
use crate::office::{self, Home, PublicKeys};
use crate::output::{Format, Output};

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Verify a licence file; exit code 0 when it is genuine and in force, 1 with the reason when not.
    Verify {
        #[command(flatten)]
        house: House,
        /// The licence as it was downloaded, or the text of its QR code; - reads standard input.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Issue the licences of a list, in batches under one signature each; it may be stopped and started again at any time.
    /// Exit code 1 where the list has mistakes, all of them told, and nothing issued.
    Issue(issue::Arguments),
}

pub(super) fn run(command: &Command, door: &FrontDoor, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    let (house, file) = match command {
        Command::Verify { house, file } => (house, file),
        Command::Issue(arguments) => return issue::run(arguments, door, output),
    };
    let text = if file == Path::new("-") {
        door.read_input()?.into_bytes()
    } else {
        fs::read(file).with_context(|| format!("cannot read {}", file.display()))?
    };
    // A trailing line break is an editor's doing, not the document's.
    let text = text.strip_suffix(b"\n").unwrap_or(&text);
    let (valid, told) = door.block_on(verify(house, text, door))?;
    match output.format() {
        Format::Json => output.json(&told)?,
        Format::Plain => {
            let field = |name: &str| told[name].as_str().unwrap_or_default().to_owned();
            output.line(if valid {
                format!("✓ {} {}", field("code"), field("standing"))
            } else {
                format!("✗ {}: {}", field("reason"), field("detail"))
            })?;
        }
    }
    Ok(if valid { Answer::Yes } else { Answer::No })
}

async fn verify(house: &House, text: &[u8], door: &FrontDoor) -> anyhow::Result<(bool, Json)> {
    let (home, store) = house.reader(&door.machine()).await?;
    let keys = office::public_keys(&home)?;
    let trust = office::trust_list(&home.identity, &keys)?;
    if let Some(given) = Given::of(text) {
        let told = compact(&(home, keys, trust), &store, &given, door.clock.now()).await;
        store.close().await;
        return told;
    }
    // Which record to ask for stands in the document; whether to believe the document is decided afterwards.
    let claimed: Json = serde_json::from_slice(text).unwrap_or_default();
    let record = match claimed["payload"]["code"].as_str() {
        Some(code) => licence::by_code(&store, code).await?,
        None => None,
    };
    store.close().await;
    let verified = match licence::verify(text, &trust, record.as_ref(), door.clock.now()) {
        Ok(verified) => verified,
        Err(refusal) => {
            let told =
                json!({ "valid": false, "genuine": false, "reason": refusal.code(), "detail": refusal.to_string() });
            return Ok((false, told));
        }
    };
    let valid = verified.standing == Standing::InForce;
    let word = standing(verified.standing);
    let payload = &verified.sealed.payload;
    Ok((
        valid,
        json!({
            "valid": valid, "genuine": true, "standing": word, "reason": if valid { Json::Null } else { word.into() },
            "detail": format!("the seal is genuine; the licence is {}", word.replace('_', " ")),
            "code": payload["code"], "type": payload["type"], "issuer": verified.sealed.issuer,
            "issued_at": verified.sealed.issued_at, "valid_from": payload["valid_from"], "valid_to": payload["valid_to"],
            "key": verified.sealed.key.to_string(), "demonstration": payload["demonstration"],
        }),
    ))
}

/// The answer over what a QR code holds, or a file of that form, with the office's own lists.
async fn compact(
    (home, keys, trust): &(Home, PublicKeys, TrustList),
    store: &Store,
    given: &Given<'_>,
    now: Moment,
) -> anyhow::Result<(bool, Json)> {
    let (identity, key) = (&home.identity, keys.licence.id());
    let log = office::log_identity(identity, &keys.log);
    let place = (identity.shard.as_str(), identity.region.as_str());
    let list = licence::unsigned_list(store, (key.hash(), &log.origin), place, now).await?;
    let list = Accepted { list, issuer: identity.issuer.clone() };
    let trust = licence::published(trust, Vec::new(), vec![log], now)?;
    let reader = Reader { trust: &trust, status: Held::List(&list), proof: None, now, own_hosts: &[] };
    let answer = reader.judge(given);
    let valid = answer.colour == Colour::Green;
    let said =
        |reason: &Reason| json!({ "code": reason.code, "colour": reason.colour.word(), "detail": reason.detail });
    let worst = answer.reasons.iter().find(|reason| reason.colour == answer.colour);
    let core = answer.core.as_ref();
    Ok((
        valid,
        json!({
            "valid": valid, "genuine": core.is_some(), "standing": answer.colour.word(),
            "reason": if valid { Json::Null } else { worst.map_or("", |reason| reason.code).into() },
            "detail": worst.map_or("", |reason| reason.detail.as_str()),
            "code": core.map(|core| core.code.to_string()), "issuer": answer.issuer,
            "holder": core.map(|core| core.holder.clone()),
            "valid_from": core.map(|core| core.valid_from), "valid_to": core.and_then(|core| core.valid_to),
            "reasons": answer.reasons.iter().map(said).collect::<Vec<_>>(),
        }),
    ))
}

const fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::InForce => "in_force",
        Standing::NotYet => "not_yet_in_force",
        Standing::Expired => "expired",
        Standing::Superseded => "superseded",
        Standing::StruckOff => "struck_off",
        Standing::Annulled => "annulled",
        Standing::Suspended => "suspended",
        Standing::Withdrawn => "withdrawn",
        Standing::Revoked => "revoked",
        Standing::Unknown => "not_on_record",
    }
}

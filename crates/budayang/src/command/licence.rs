//! `budayang licence verify`: is this licence genuine, and how does it stand?

use std::fs;
use std::path::{Path, PathBuf};

use affairs::licence::{self, Standing};
use anyhow::Context as _;
use clap::Subcommand;
use kernel::Clock as _;
use serde_json::{Value as Json, json};

use super::Answer;
use super::house::House;
use crate::front_door::FrontDoor;
use crate::office;
use crate::output::{Format, Output};

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Verify a licence file; exit code 0 when it is genuine and in force, 1 with the reason when not.
    Verify {
        #[command(flatten)]
        house: House,
        /// The licence as it was downloaded; - reads standard input.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

pub(super) fn run(command: &Command, door: &FrontDoor, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    let Command::Verify { house, file } = command;
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
    let trust = office::trust_list(&home.identity, &office::public_keys(&home)?)?;
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

const fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::InForce => "in_force",
        Standing::NotYet => "not_yet_in_force",
        Standing::Expired => "expired",
        Standing::Superseded => "superseded",
        Standing::StruckOff => "struck_off",
        Standing::Unknown => "not_on_record",
    }
}

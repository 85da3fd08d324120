//! `budayang draw verify`: were these targets and officers drawn as it was announced? Asked without a network, of a file
//! that was published; specified in `docs/draw.md`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use evidence::draw::{DrawFile, Pair, Trusted, Verified, Wrong};
use evidence::key::{PublicKey, is_demonstration};
use serde_json::{Value as Json, json};

use super::Answer;
use crate::front_door::FrontDoor;
use crate::output::{Format, Output};

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Verify a published draw: announced in the log before, co-signed, list, secret, who was drawn; exit code 0 when all
    /// holds, 1 with the first thing that does not.
    Verify(Verify),
}

#[derive(Args, Debug)]
pub(super) struct Verify {
    /// The published file; - reads standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// A key of the log that you know from elsewhere; may be given several times. Without it the file's own are believed.
    #[arg(long, value_name = "KEY")]
    log_key: Vec<PublicKey>,
    /// A witness's key that you know from elsewhere; may be given several times. Without it the file's own are believed.
    #[arg(long, value_name = "KEY")]
    witness: Vec<PublicKey>,
}

pub(super) fn run(command: &Command, door: &FrontDoor, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    let Command::Verify(Verify { file, log_key, witness }) = command;
    let bytes = if file == Path::new("-") {
        door.read_input()?.into_bytes()
    } else {
        fs::read(file).with_context(|| format!("cannot read {}", file.display()))?
    };
    let trusted = Trusted { log: log_key.clone(), witnesses: witness.clone() };
    match DrawFile::from_bytes(&bytes).and_then(|file| file.verify(&trusted)) {
        Ok(verified) => holds(&verified, &trusted, output),
        Err(wrong) => refuse(&wrong, output),
    }
}

fn refuse(wrong: &Wrong, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    let text = wrong.text();
    match output.format() {
        Format::Json => output.json(&json!({ "valid": false, "code": wrong.code(), "reason": text }))?,
        Format::Plain => output.line(format!("✗ {} / {}", text.zh, text.en))?,
    }
    Ok(Answer::No)
}

fn holds(verified: &Verified, trusted: &Trusted, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    match output.format() {
        Format::Json => output.json(&told(verified, trusted))?,
        Format::Plain => {
            for line in lines(verified, trusted) {
                output.line(line)?;
            }
        }
    }
    Ok(Answer::Yes)
}

/// Whether the reader brought keys of both kinds: only then it is known who the log and the witnesses are.
fn brought(trusted: &Trusted) -> bool {
    !trusted.log.is_empty() && !trusted.witnesses.is_empty()
}

fn told(verified: &Verified, trusted: &Trusted) -> Json {
    let Verified { announcement, leaf, index, seed, roll, drawn } = verified;
    let rows: Vec<Json> = drawn
        .pairs
        .iter()
        .map(|pair| {
            let (class, weight, chance) = row(verified, pair);
            json!({ "target": pair.target, "class": class, "weight": weight, "chance": chance, "officers": pair.officers })
        })
        .collect();
    let witnesses: Vec<String> = announcement.witnesses.iter().map(PublicKey::to_string).collect();
    json!({
        "valid": true, "agency": announcement.agency, "number": announcement.number, "origin": announcement.origin,
        "index": index, "leaf": leaf, "seed": seed.0, "targets": announcement.targets, "officers": announcement.officers,
        "bars": roll.bars().len(), "take": announcement.order.take, "each": announcement.order.each,
        "witnesses": witnesses, "keys": if brought(trusted) { "given" } else { "of_the_file" },
        "demonstration": is_demonstration(&announcement.origin), "drawn": rows,
    })
}

/// Class, weight and chance of a drawn target.
fn row<'a>(verified: &'a Verified, pair: &Pair) -> (&'a str, u32, String) {
    let targets = verified.roll.targets();
    let position = targets.binary_search_by(|target| target.id.cmp(&pair.target)).unwrap_or_default();
    let chance = verified.drawn.chances.of(position, &targets[position]);
    (&targets[position].class, targets[position].weight, format!("{}/{}", chance.numerator, chance.denominator))
}

fn lines(verified: &Verified, trusted: &Trusted) -> Vec<String> {
    let Verified { announcement, index, roll, drawn, .. } = verified;
    let (agency, number) = (&announcement.agency, announcement.number);
    let (take, targets, officers) = (announcement.order.take, announcement.targets, announcement.officers);
    let (witnesses, bars) = (announcement.witnesses.len(), roll.bars().len());
    let mut lines = vec![
        format!("✓ {agency} 第{number}次抽取属实 / draw {number} of {agency} holds"),
        format!(
            "  事先公告于日志{}第{index}号，{witnesses}名见证人都已副签 / announced in the log {} as leaf {index}, co-signed by all {witnesses} witnesses",
            announcement.origin, announcement.origin
        ),
        format!(
            "  {targets}个对象中抽{take}个，{officers}名执法人员，回避{bars}对 / {take} of {targets} targets, {officers} officers, {bars} barred pairs"
        ),
    ];
    lines.extend(drawn.pairs.iter().map(|pair| {
        let (class, weight, chance) = row(verified, pair);
        let officers = pair.officers.join(" ");
        format!("  {} {class} 权重/weight {weight} 概率/chance {chance} ← {officers}", pair.target)
    }));
    if !brought(trusted) {
        lines.push("! 用的是文件自己列出的公钥：请与日志和见证人公布的核对（--log-key、--witness） / the keys are those the file names: compare them with what the log and the witnesses publish (--log-key, --witness)".to_owned());
    }
    if is_demonstration(&announcement.origin) {
        lines.push("! 这是演示数据 / this is demonstration data".to_owned());
    }
    lines
}

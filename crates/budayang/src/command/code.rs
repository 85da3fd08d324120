//! `budayang code check`: is this code typed right, and if not, why and what to do.

use std::str::FromStr;

use clap::{Args, Subcommand, ValueEnum};
use kernel::code::{CodeError, Read};
use kernel::{CitizenId, Clock, Date, LicenceCode, OrganisationCode, Uscc};
use serde_json::{Value, json};

use super::Answer;
use crate::front_door::FrontDoor;
use crate::output::{Format, Output};

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Check one code; exit code 0 when it is right, 1 when it is not.
    Check(Arguments),
}

#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// What kind of code it is.
    kind: Kind,
    /// The code; - reads it from standard input, so that no list of processes shows a person's number.
    #[arg(allow_hyphen_values = true)]
    value: String,
    /// Take only the one right spelling: no spaces, full-width or small letters.
    #[arg(long)]
    strict: bool,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum Kind {
    /// 统一社会信用代码, GB 32100-2015.
    Uscc,
    /// 组织机构代码, GB 11714.
    Organisation,
    /// 公民身份号码, GB 11643-1999.
    Citizen,
    /// 电子证照标识, GB/T 36904-2018.
    Licence,
}

/// A code that was read: its spelling, what was mended, and its parts.
struct Found {
    value: String,
    notice: Option<kernel::Text>,
    changes: Vec<kernel::code::Change>,
    parts: Value,
}

pub(super) fn run(command: Command, door: &FrontDoor, output: &mut Output<'_>) -> anyhow::Result<Answer> {
    let Command::Check(arguments) = command;
    let text = match arguments.value.as_str() {
        "-" => door.read_input()?.trim_end_matches(['\r', '\n']).to_owned(),
        value => value.to_owned(),
    };
    let result = check(&arguments, &text, door.clock.now().date());
    let answer = if result.is_ok() { Answer::Yes } else { Answer::No };
    match output.format() {
        Format::Json => output.json(&told(arguments.kind, &result))?,
        Format::Plain => print(&result, output)?,
    }
    Ok(answer)
}

fn check(arguments: &Arguments, text: &str, today: Date) -> Result<Found, CodeError> {
    let strict = arguments.strict;
    match arguments.kind {
        Kind::Uscc => read(text, strict, Uscc::read).map(|code| found(code, uscc_parts)),
        Kind::Organisation => read(text, strict, OrganisationCode::read).map(|code| found(code, |_| json!({}))),
        Kind::Licence => read(text, strict, LicenceCode::read).map(|code| found(code, licence_parts)),
        Kind::Citizen => {
            let code = read(text, strict, CitizenId::read)?;
            code.value.born_by(today)?;
            Ok(found(code, citizen_parts))
        }
    }
}

/// Reads as people type, or only the one right spelling.
fn read<T: FromStr<Err = CodeError>>(
    text: &str,
    strict: bool,
    typed: impl FnOnce(&str) -> Result<Read<T>, CodeError>,
) -> Result<Read<T>, CodeError> {
    if strict { Ok(Read { value: text.parse()?, changes: Vec::new() }) } else { typed(text) }
}

fn found<T: AsRef<str>>(code: Read<T>, parts: impl FnOnce(&T) -> Value) -> Found {
    Found {
        value: code.value.as_ref().to_owned(),
        notice: code.notice(),
        parts: parts(&code.value),
        changes: code.changes,
    }
}

fn uscc_parts(code: &Uscc) -> Value {
    json!({
        "registrar": code.registrar(),
        "class": code.class(),
        "division": code.division(),
        "organisation": code.organisation(),
    })
}

fn citizen_parts(code: &CitizenId) -> Value {
    json!({"division": code.division(), "birth": code.birth(), "sex": code.sex()})
}

fn licence_parts(code: &LicenceCode) -> Value {
    json!({"type": code.kind(), "issuer": code.issuer(), "serial": code.serial(), "version": code.version()})
}

fn told(kind: Kind, result: &Result<Found, CodeError>) -> Value {
    let kind = kind.to_possible_value().map(|kind| kind.get_name().to_owned());
    match result {
        Ok(Found { value, notice, changes, parts }) => json!({
            "valid": true, "kind": kind, "value": value, "parts": parts, "changes": changes, "notice": notice,
        }),
        Err(error) => json!({
            "valid": false, "kind": kind, "code": error.code(), "reason": error.reason(), "mend": error.mend(),
            "detail": error.reason,
        }),
    }
}

fn print(result: &Result<Found, CodeError>, output: &mut Output<'_>) -> anyhow::Result<()> {
    match result {
        Ok(found) => {
            output.line(format!("✓ {}", found.value))?;
            if let Some(text) = &found.notice {
                output.line(format!("{} / {}", text.zh, text.en))?;
            }
        }
        Err(error) => {
            let text = error.text();
            output.line(format!("✗ {}", text.zh))?;
            output.line(format!("  {}", text.en))?;
        }
    }
    Ok(())
}

//! The answer over a compact licence: what a QR code holds, or the file of that form. The browser gives the same answer by
//! itself where it can; this one is for those without script, and for whoever hands in the text.

use evidence::answer::{Answer, Colour, Given, Held, Reader, Reason, WORDS};
use evidence::compact::Core;
use evidence::status::StatusList;
use kernel::{Date, Moment};

use super::lists;
use super::view::{CheckLine, Island, Line, VerifyResult};
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{Met, Tag, Tone};
use crate::problem::Problem;

/// The answer, as the page shows it.
pub(super) async fn result(desks: &Desks<'_>, frame: &Frame, given: &Given<'_>) -> Result<VerifyResult, Problem> {
    Ok(shown(frame, &judged(desks, frame.now, given).await?))
}

/// The answer of a reader who holds this office's lists as they stand now.
pub(crate) async fn judged(desks: &Desks<'_>, now: Moment, given: &Given<'_>) -> Result<Answer, Problem> {
    let office = desks.office;
    let trust = lists::published(office, now)?;
    let list = office.status_list.get(office, now).await?;
    let list = StatusList::open(&list, &trust.list, now);
    let status = match &list {
        Ok(list) => Held::List(list),
        Err(refusal) => Held::Refused(refusal.code()),
    };
    let host = host(desks.public_origin());
    let reader = Reader { trust: &trust, status, proof: None, now, own_hosts: &[&host] };
    Ok(reader.judge(given))
}

/// The host of our own address, as printed codes name it.
fn host(origin: &str) -> String {
    let rest = origin.split_once("://").map_or(origin, |(_, rest)| rest);
    rest.trim_end_matches('/').to_lowercase()
}

fn shown(frame: &Frame, answer: &Answer) -> VerifyResult {
    VerifyResult {
        tag: Tag::new(tone(answer.colour), frame.t(&format!("answer.{}", answer.colour.word()))),
        sentence: frame.t(&format!("answer.{}_means", answer.colour.word())).to_owned(),
        lines: answer.core.as_ref().map(|core| lines(frame, core)).unwrap_or_default(),
        checks: answer.reasons.iter().map(|reason| check(frame, reason)).collect(),
    }
}

fn tone(colour: Colour) -> Tone {
    match colour {
        Colour::Green => Tone::Granted,
        Colour::Yellow => Tone::Refer,
        Colour::Red => Tone::Refused,
    }
}

fn met(colour: Colour) -> Met {
    match colour {
        Colour::Green => Met::Met,
        Colour::Yellow => Met::Unknown,
        Colour::Red => Met::NotMet,
    }
}

fn check(frame: &Frame, reason: &Reason) -> CheckLine {
    let detail = match reason.detail.parse::<Moment>() {
        Ok(at) => frame.moment(at),
        Err(_) => reason.detail.parse::<Date>().map_or_else(|_| reason.detail.clone(), |day| frame.date(day)),
    };
    let is_refusal = reason.word() != reason.code;
    CheckLine {
        met: met(reason.colour),
        sentence: frame.t1(&format!("answer.{}", reason.word()), detail),
        detail: if is_refusal { frame.t1("refusal.code", reason.code) } else { String::new() },
    }
}

fn lines(frame: &Frame, core: &Core) -> Vec<Line> {
    let line = |key: &str, value: String| Line { label: frame.t(key).to_owned(), value };
    let mut lines = vec![
        line("verify.name", core.name.clone()),
        line("open.holder", format!("{} {}", core.holder, core.holder_code)),
        line("licence.number", core.code.to_string()),
        line("verify.issuer", core.agency.clone()),
        line("verify.issued", frame.date(core.issued_at.date())),
        line("verify.from", frame.date(core.valid_from)),
    ];
    lines.extend(core.valid_to.map(|to| line("verify.to", frame.date(to))));
    lines
}

/// What the browser's own verifier is born with.
pub(super) fn island(desks: &Desks<'_>, frame: &Frame) -> Option<Island> {
    let root = desks.office.root.as_ref()?.public().to_string();
    let lines =
        ["verify.name", "open.holder", "licence.number", "verify.issuer", "verify.issued", "verify.from", "verify.to"];
    let keys = WORDS.iter().map(|word| format!("answer.{word}")).chain(lines.map(str::to_owned));
    let words = keys.map(|key| (frame.t(&key).to_owned(), key)).map(|(word, key)| Line { label: key, value: word });
    let colours = [Colour::Green, Colour::Yellow, Colour::Red];
    let bands = colours.map(|colour| {
        let sentence = frame.t(&format!("answer.{}_means", colour.word())).to_owned();
        (colour.word(), Tag::new(tone(colour), frame.t(&format!("answer.{}", colour.word()))), sentence)
    });
    let marks = colours
        .map(|colour| (colour.word(), CheckLine { met: met(colour), sentence: String::new(), detail: String::new() }));
    let host = host(desks.public_origin());
    Some(Island { root, host, words: words.collect(), bands: bands.into(), marks: marks.into() })
}

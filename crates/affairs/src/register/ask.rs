//! From a question to readings: what is young enough serves again, the rest is asked, and every question and answer leaves
//! its line, written with the act that the look is part of.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use kernel::{Id, Moment, Text};
use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};
use store::{Fault, Unit};

use super::keeper::{Question, Silence, Told};
use super::record::{self, ANSWER, OwnWord};
use super::remote::Hands;
use super::{Purpose, Register, Registers};
use crate::access::Desk;
use crate::catalog::Answer;

/// One question about one subject, with what came of it.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Asked {
    request: String,
    register: String,
    subject: String,
    case: Option<Id>,
    asked_at: Moment,
    answered_at: Moment,
    tries: u32,
    heard: Heard,
}

#[derive(Clone, PartialEq, Debug)]
enum Heard {
    Told { told: Told, source: Text, signed_by: Option<String>, bytes: Vec<u8> },
    Silent { why: String },
}

/// What other agencies' registers said, by (register, subject).
#[derive(Default)]
pub(super) struct Elsewhere {
    pub(super) answers: BTreeMap<(String, String), (Moment, Answer)>,
    /// Registers that did not answer.
    pub(super) silent: BTreeSet<String>,
    /// What was asked now: not what served again.
    pub(super) asked: Vec<Asked>,
}

/// An answer that was kept, or one that has just come.
pub(super) struct Kept {
    pub(super) answered_at: Moment,
    pub(super) told: Told,
    pub(super) source: Text,
}

/// Asks the keepers of those registers that are kept elsewhere, all at once.
pub(super) async fn ask(
    desk: &Desk<'_>,
    registers: &Registers,
    purpose: &Purpose<'_>,
    asks: &[(&str, &str)],
) -> Result<Elsewhere, Fault> {
    let mut by_register: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (register, subject) in asks.iter().filter(|(register, _)| registers.is_elsewhere(register)) {
        by_register.entry(register).or_default().push(subject);
    }
    let mut all = Elsewhere::default();
    if by_register.is_empty() {
        return Ok(all);
    }
    let one = |(register, subjects)| of_register(desk, registers, purpose, (register, subjects));
    for found in join_all(by_register.into_iter().map(one)).await {
        let found = found?;
        all.answers.extend(found.answers);
        all.silent.extend(found.silent);
        all.asked.extend(found.asked);
    }
    Ok(all)
}

async fn of_register(
    desk: &Desk<'_>,
    registers: &Registers,
    purpose: &Purpose<'_>,
    (register, mut subjects): (&str, Vec<&str>),
) -> Result<Elsewhere, Fault> {
    let mut found = Elsewhere::default();
    let (Some(layout), Some(terms)) = (registers.get(register), registers.remotes().terms(register)) else {
        return Ok(found);
    };
    subjects.sort_unstable();
    subjects.dedup();
    let young = desk.now().plus_ms(-i64::from(terms.max_age_seconds) * 1_000);
    let (mut own, mut open) = (BTreeMap::new(), Vec::new());
    for subject in subjects {
        let word = record::own_word(desk.store, register, subject).await?;
        // What was answered before the keeper had heard of our last change does not serve again.
        let since = word.told_at.map_or(young, |told| told.max(young));
        let kept = match terms.max_age_seconds {
            0 => None,
            _ => record::young_answer(desk.store, (register, subject), since).await?,
        };
        match kept {
            Some(kept) => {
                registers.remotes().reused(register);
                found.take(layout, kept, &word);
            }
            None => open.push(subject.to_owned()),
        }
        own.insert(subject.to_owned(), word);
    }
    if !open.is_empty() {
        let asked = put(desk, registers, purpose, (layout, open)).await;
        asked.into_iter().for_each(|asked| found.hear(layout, asked, &own));
    }
    Ok(found)
}

/// Puts the question and makes a line of what came of it for each subject.
async fn put(
    desk: &Desk<'_>,
    registers: &Registers,
    purpose: &Purpose<'_>,
    (layout, subjects): (&Register, Vec<String>),
) -> Vec<Asked> {
    let (reason, case, number) = match purpose {
        Purpose::Own { .. } => ("own", None, None),
        Purpose::Case { case, number, place, .. } => (place.item, Some(*case), Some((*number).to_owned())),
    };
    // A page that somebody looks at does not wait as long as a case may.
    let tries = if case.is_none() { 1 } else { registers.remotes().terms(&layout.id).map_or(1, |t| t.tries) };
    let question = Question {
        request: desk.id().to_string(),
        register: layout.id.clone(),
        subjects,
        reason: reason.to_owned(),
        case: number,
    };
    let asked_at = desk.now();
    let hands = Hands { clock: desk.clock, entropy: desk.entropy };
    let (answer, tries) = registers.remotes().ask(hands, layout, &question, tries).await;
    let answered_at = desk.now();
    let line = |subject: &String| Asked {
        request: question.request.clone(),
        register: layout.id.clone(),
        subject: subject.clone(),
        case,
        asked_at,
        answered_at,
        tries,
        heard: heard(&answer, subject),
    };
    question.subjects.iter().map(line).collect()
}

fn heard(answer: &Result<super::keeper::Reply, Silence>, subject: &str) -> Heard {
    let silent = |why: String| Heard::Silent { why };
    match answer {
        Err(why) => silent(why.to_string()),
        Ok(reply) => match reply.told.iter().find(|t| t.subject == subject) {
            Some(told) => Heard::Told {
                told: told.clone(),
                source: reply.source.clone(),
                signed_by: reply.signed_by.clone(),
                bytes: reply.bytes.clone(),
            },
            None => silent("nothing was said about this subject".to_owned()),
        },
    }
}

impl Elsewhere {
    fn hear(&mut self, layout: &Register, asked: Asked, own: &BTreeMap<String, OwnWord>) {
        match &asked.heard {
            Heard::Silent { why } => {
                self.silent.insert(asked.register.clone());
                let answer = Answer::Unreachable { why: why.clone() };
                self.answers.insert((asked.register.clone(), asked.subject.clone()), (asked.answered_at, answer));
            }
            Heard::Told { told, source, .. } => {
                // A keeper's clock may be a little ahead, and midnight may pass while we wait: neither makes a fact that is
                // dated after its decision. The line keeps what the keeper said.
                let told = Told { as_of: told.as_of.min(asked.asked_at), ..told.clone() };
                let kept = Kept { answered_at: asked.answered_at, told, source: source.clone() };
                let nothing = OwnWord::default();
                self.take(layout, kept, own.get(&asked.subject).unwrap_or(&nothing));
            }
        }
        // What was not asked leaves no line.
        if asked.tries > 0 {
            self.asked.push(asked);
        }
    }

    /// An answer as a reading: what we changed and have not yet told the keeper stands over what it says.
    fn take(&mut self, layout: &Register, kept: Kept, own: &OwnWord) {
        let key = (layout.id.clone(), kept.told.subject.clone());
        let untold = |body: Map<String, Json>, as_of: Moment| {
            let mut body = body;
            own.untold.iter().for_each(|fields| body.extend(fields.clone()));
            Answer::Record { body, as_of, trust: layout.trust, source: kept.source.clone() }
        };
        let read = match kept.told.record {
            Some(body) => (kept.answered_at, untold(body, kept.told.as_of)),
            None if own.untold.is_empty() => (kept.told.as_of, Answer::NoRecord),
            None => (kept.answered_at, untold(Map::new(), kept.told.as_of)),
        };
        self.answers.insert(key, read);
    }
}

impl Asked {
    /// Adds the line to the unit of the act.
    pub(super) fn log(&self, desk: &Desk, unit: Unit) -> Unit {
        let empty = Text::default();
        let (outcome, told, source, signed_by, bytes, why) = match &self.heard {
            Heard::Told { told, source, signed_by, bytes } => {
                let outcome = if told.record.is_some() { "record" } else { "no_record" };
                (outcome, Some(told), source, signed_by.as_deref(), Some(bytes), None)
            }
            Heard::Silent { why } => ("silent", None, &empty, None, None, Some(why.as_str())),
        };
        let body = told.and_then(|t| t.record.clone()).map(|body| Json::Object(body).to_string());
        let row = vec![
            desk.shard.into(),
            desk.id().into(),
            (&self.request).into(),
            (&self.register).into(),
            (&self.subject).into(),
            self.case.into(),
            self.asked_at.into(),
            self.answered_at.into(),
            outcome.into(),
            told.map(|t| t.as_of).into(),
            body.into(),
            (&source.zh).into(),
            (&source.en).into(),
            bytes.cloned().into(),
            bytes.map(|b| Sha256::digest(b).to_vec()).into(),
            signed_by.into(),
            i64::from(self.tries).into(),
            why.into(),
        ];
        unit.insert(&ANSWER, row)
    }
}

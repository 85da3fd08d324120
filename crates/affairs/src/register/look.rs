//! Looking at the pool: decided by [`may_read`], answered in one round trip, and always logged.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{Id, Moment};
use store::{CommitError, Fault, Store, Unit};

use super::ask::{self, Asked};
use super::record::{self, ANSWER, AT_ONCE, AnswerLine, LookLine, READ, RECORD, Record};
use super::{Fact, Ground, Purpose, Register, Registers, facts, may_read};
use crate::access::{Actor, Desk, Signature};
use crate::catalog::{Answer, Reading, RegisterWrite};

/// Who looks, and why.
#[derive(Clone, Copy, Debug)]
pub struct Viewer<'a> {
    /// Who.
    pub actor: &'a Actor,
    /// Why.
    pub purpose: Purpose<'a>,
}

/// What was seen, with the lines that the access log must get.
#[derive(Clone, PartialEq, Debug)]
#[must_use = "a look must be logged: add it to the unit of the act, or use `read_and_log`"]
pub struct Looks {
    /// One answer for each ask, in the same order.
    pub readings: Vec<Reading>,
    lines: Vec<Line>,
    asked: Vec<Asked>,
    silent: BTreeSet<String>,
    pub(super) versions: BTreeMap<(String, String), Option<i64>>,
}

#[derive(Clone, PartialEq, Debug)]
struct Line {
    /// Every register looked at for this subject on this ground: one line of the log for them all.
    registers: Vec<String>,
    subject: String,
    by: Signature,
    case: Option<Id>,
    ground: Option<Ground>,
    at: Moment,
}

impl Looks {
    /// Insists that every record that was seen is still the same when the unit is committed, so that nobody is granted
    /// something on the ground of a fact that changed in between. Leave out a record that the unit itself changes.
    pub fn expect(&self, desk: &Desk, unit: Unit, except: &[RegisterWrite]) -> Unit {
        let changed = |r: &str, s: &str| except.iter().any(|w| w.register == r && w.subject == s);
        let seen = self.versions.iter().filter_map(|((r, s), v)| v.map(|v| (r, s, v)));
        seen.filter(|(r, s, _)| !changed(r, s)).fold(unit, |unit, (register, subject, version)| {
            unit.expect(&RECORD, vec![desk.shard.into(), register.into(), subject.into()], version)
        })
    }

    /// Adds the lines of the access log to a unit, and what other agencies were asked and answered.
    pub fn log(&self, desk: &Desk, unit: Unit) -> Unit {
        let unit = self.lines.iter().fold(unit, |unit, line| unit.insert(&READ, line.values(desk)));
        self.asked.iter().fold(unit, |unit, asked| asked.log(desk, unit))
    }

    /// Registers that other agencies keep and that did not answer: they may when they are asked again.
    pub const fn silent(&self) -> &BTreeSet<String> {
        &self.silent
    }
}

impl Line {
    fn values(&self, desk: &Desk) -> Vec<store::Value> {
        vec![
            desk.shard.into(),
            desk.id().into(),
            self.registers.join(" ").into(),
            (&self.subject).into(),
            (&self.by.kind).into(),
            self.by.account.into(),
            (&self.by.name).into(),
            self.by.on_behalf.as_ref().into(),
            self.by.mandate.into(),
            self.case.into(),
            self.ground.map(Ground::word).into(),
            self.at.into(),
        ]
    }
}

/// Asks the pool for records, `(register, subject)` each. What the viewer may not see is answered as if the register did not
/// answer at all, whether or not there is a record: never as "no record", which a rule may take for good news.
///
/// "No record" is answered only by a register of which a whole extract was imported, and dated as that extract, or by the
/// agency that keeps the register. A register that another agency keeps is asked there and nowhere else: what an older
/// extract says of it does not stand in for an answer.
pub async fn read(
    desk: &Desk<'_>,
    registers: &Registers,
    viewer: &Viewer<'_>,
    asks: &[(String, String)],
) -> Result<Looks, Fault> {
    let now = desk.now();
    let ground = |(register, subject): &(String, String)| {
        may_read(viewer.actor, registers.get(register)?, subject, &viewer.purpose, now.date())
    };
    let grounds: Vec<_> = asks.iter().map(ground).collect();
    let allowed = asks.iter().zip(&grounds).filter(|(_, g)| g.is_some());
    let allowed: Vec<(&str, &str)> = allowed.map(|((r, s), _)| (r.as_str(), s.as_str())).collect();
    let pool = Pool::of(desk, &allowed).await?;
    let elsewhere = ask::ask(desk, registers, &viewer.purpose, &allowed).await?;
    let case = match viewer.purpose {
        Purpose::Case { case, .. } => Some(case),
        Purpose::Own { .. } => None,
    };
    let versions = allowed.iter().map(|ask| pool.version(ask)).collect();
    let (asked, silent) = (elsewhere.asked, elsewhere.silent);
    let mut looks = Looks { readings: Vec::new(), lines: Vec::new(), asked, silent, versions };
    for ((register, subject), ground) in asks.iter().zip(grounds) {
        let (read_at, answer) = match ground {
            Some(_) => match elsewhere.answers.get(&(register.clone(), subject.clone())) {
                Some(answer) => answer.clone(),
                None if registers.get(register).is_some_and(|r| r.own) => pool.own(register, subject, now),
                None => pool.answer(register, subject, now),
            },
            None => (now, Answer::Unreachable { why: "not shown".to_owned() }),
        };
        looks.readings.push(Reading { register: register.clone(), subject: subject.clone(), read_at, answer });
        match looks.lines.iter_mut().find(|l| l.subject == *subject && l.ground == ground) {
            Some(line) => line.registers.push(register.clone()),
            None => {
                let (registers, subject, by) = (vec![register.clone()], subject.clone(), viewer.actor.signature());
                looks.lines.push(Line { registers, subject, by, case, ground, at: now });
            }
        }
    }
    Ok(looks)
}

/// Asks the pool and logs it at once: for looks that are not part of a larger act. Not logged, not shown.
pub async fn read_and_log(
    desk: &Desk<'_>,
    registers: &Registers,
    viewer: &Viewer<'_>,
    asks: &[(String, String)],
) -> Result<Vec<Reading>, Fault> {
    let looks = read(desk, registers, viewer, asks).await?;
    if !looks.lines.is_empty() {
        desk.store.commit(looks.log(desk, desk.unit())).await.map_err(fault)?;
    }
    Ok(looks.readings)
}

/// The log's rows conflict with nothing: whatever hinders them is ours.
fn fault(error: CommitError) -> Fault {
    match error {
        CommitError::Fault(fault) => fault,
        CommitError::Stopped => Fault::Stopped,
        other => Fault::Misuse(other.to_string()),
    }
}

/// What the pool said.
struct Pool {
    records: BTreeMap<(String, String), Record>,
    whole: BTreeMap<String, Moment>,
}

impl Pool {
    async fn of(desk: &Desk<'_>, asks: &[(&str, &str)]) -> Result<Self, Fault> {
        let mut pool = Self { records: BTreeMap::new(), whole: BTreeMap::new() };
        for chunk in asks.chunks(AT_ONCE) {
            let (records, whole) = record::records(desk.store, desk.shard, chunk).await?;
            pool.records.extend(records.into_iter().map(|r| ((r.register.clone(), r.subject.clone()), r)));
            pool.whole.extend(whole);
        }
        Ok(pool)
    }

    fn version(&self, (register, subject): &(&str, &str)) -> ((String, String), Option<i64>) {
        let key = ((*register).to_owned(), (*subject).to_owned());
        let version = self.records.get(&key).map(|r| r.version);
        (key, version)
    }

    /// Nobody but this office keeps it: what was written is so today, and what was not written is not.
    fn own(&self, register: &str, subject: &str, now: Moment) -> (Moment, Answer) {
        match self.answer(register, subject, now) {
            (_, Answer::Record { body, trust, source, .. }) => {
                (now, Answer::Record { body, as_of: now, trust, source })
            }
            _ => (now, Answer::NoRecord),
        }
    }

    fn answer(&self, register: &str, subject: &str, now: Moment) -> (Moment, Answer) {
        if let Some(r) = self.records.get(&(register.to_owned(), subject.to_owned())) {
            let (body, source) = (r.body.clone(), r.source.clone());
            return (now, Answer::Record { body, as_of: r.as_of, trust: r.trust, source });
        }
        match self.whole.get(register) {
            Some(as_of) => (*as_of, Answer::NoRecord),
            None => (now, Answer::Unreachable { why: "no whole extract of this register was imported".to_owned() }),
        }
    }
}

/// What registers say about the person, or about the one he acts for: each register that has a record and may be shown,
/// with its facts. For the personal page.
pub async fn about(desk: &Desk<'_>, registers: &Registers, actor: &Actor) -> Result<Vec<(Register, Vec<Fact>)>, Fault> {
    let Some(person) = actor.person() else { return Ok(Vec::new()) };
    let subject = person.principal();
    let kept: Vec<_> = registers.iter().filter(|r| r.subject == subject.kind).collect();
    let asks: Vec<_> = kept.iter().map(|r| (r.id.clone(), subject.code.clone())).collect();
    let viewer = Viewer { actor, purpose: Purpose::Own { item: None } };
    let readings = read_and_log(desk, registers, &viewer, &asks).await?;
    let found = kept.into_iter().zip(&readings).map(|(register, reading)| (register.clone(), facts(register, reading)));
    Ok(found.filter(|(_, facts)| !facts.is_empty()).collect())
}

/// Who looked at the person's own records, the newest first: for the personal page.
pub async fn looks_at_me(store: &Store, actor: &Actor) -> Result<Vec<LookLine>, Fault> {
    match actor.person() {
        Some(person) => record::looks_at(store, &person.party.code).await,
        None => Ok(Vec::new()),
    }
}

/// Who looked at which register for a case, refused looks included: for whoever may audit it. The caller has decided that.
pub async fn looks_for_case(store: &Store, case: Id) -> Result<Vec<LookLine>, Fault> {
    record::looks_for(store, case).await
}

/// What other agencies' registers were asked for a case and answered, the newest first: for whoever may audit it.
pub async fn answers_for_case(store: &Store, case: Id) -> Result<Vec<AnswerLine>, Fault> {
    record::answers_for(store, case).await
}

/// How long an answer that belongs to no case is kept; ours (grade D).
const KEPT_MS: i64 = 24 * 3_600 * 1_000;

/// Deletes answers that belong to no case and are older than a day. Gives how many.
pub async fn sweep(desk: &Desk<'_>) -> Result<usize, CommitError> {
    let old = record::answers_before(desk.store, desk.now().plus_ms(-KEPT_MS)).await?;
    let mut units: BTreeMap<String, Unit> = BTreeMap::new();
    for (shard, id) in &old {
        let unit = units.remove(shard).unwrap_or_else(|| Unit::new(shard));
        units.insert(shard.clone(), unit.delete(&ANSWER, vec![shard.into(), (*id).into()]));
    }
    for unit in units.into_values() {
        desk.store.commit(unit).await?;
    }
    Ok(old.len())
}

//! What else may happen to a licence while it lives: suspended for a time (暂扣), put back in force, withdrawn because law or facts
//! have changed (撤回), taken away as a penalty (吊销). Different acts with different grounds and remedies, which the catalogue names
//! (`[[life]]`); each is signed by the head of the agency that granted, rests on a written decision before which the holder was
//! told and heard, and is a line of the licence's story, a leaf of the log and a mark on the status list in one unit. Registers
//! are not written: what keeps them reads the licence.

mod record;

use kernel::{Date, Id, Moment, Text};
use serde_json::json;
use store::{Fault, Leaf, Unit};

use record::LIFE;
pub use record::{LifeLine, life_of};

use super::error::SupervisionError;
use super::inspect::terms;
use super::ledger::canonical;
use super::terms::{LifeAct, LifeRule};
use crate::access::{Actor, Place, Right};
use crate::approval::Desk;
use crate::catalog::{FieldError, MessageKind};
use crate::licence::{self, Licence, Status};
use crate::message::{self, NewMessage};

/// The longest reasons, in characters.
const LONGEST: usize = 2_000;

/// A licence for an officer of the agency that granted it.
#[derive(Debug, Clone)]
pub struct LifeFile {
    /// The licence.
    pub licence: Licence,
    /// What happened to it, newest first.
    pub acts: Vec<LifeLine>,
    /// What the officer may do with it now.
    pub may: Vec<LifeRule>,
}

/// What was typed for an act.
#[derive(Debug, Clone, Default)]
pub struct LifeTyped {
    /// The ground's id.
    pub ground: String,
    /// Number of the written decision.
    pub decision: String,
    /// The reasons.
    pub reasons: String,
    /// Until when; only where the rule asks for it.
    pub until: String,
    /// That the holder was told and heard.
    pub heard: bool,
}

impl LifeAct {
    /// What a licence is after it.
    pub const fn leads_to(self) -> Status {
        match self {
            Self::Suspend => Status::Suspended,
            Self::Resume => Status::Valid,
            Self::Withdraw => Status::Withdrawn,
            Self::Revoke => Status::Revoked,
        }
    }

    /// Whether it may happen to a licence that stands like this.
    pub const fn may_follow(self, status: Status) -> bool {
        match self {
            Self::Suspend => matches!(status, Status::Valid),
            Self::Resume => matches!(status, Status::Suspended),
            Self::Withdraw | Self::Revoke => matches!(status, Status::Valid | Status::Suspended),
        }
    }

    const fn leaf(self) -> &'static str {
        match self {
            Self::Suspend => "licence.suspended",
            Self::Resume => "licence.resumed",
            Self::Withdraw => "licence.withdrawn",
            Self::Revoke => "licence.revoked",
        }
    }
}

/// A licence for an officer who may see its agency's cases; for anybody else it is not found.
///
/// # Errors
/// [`SupervisionError::NotFound`].
pub async fn life_file(desk: &Desk<'_>, actor: &Actor, code: &str) -> Result<LifeFile, SupervisionError> {
    let licence = licence::by_code(desk.store(), code).await?.ok_or(SupervisionError::NotFound)?;
    if !actor.allow(Right::ViewCase, &place(&licence)) {
        return Err(SupervisionError::NotFound);
    }
    let acts = life_of(desk.store(), &licence).await?;
    let may = if may_sign(actor, &licence) { open(desk, licence.status)? } else { Vec::new() };
    Ok(LifeFile { licence, acts, may })
}

fn place(licence: &Licence) -> Place<'_> {
    Place { agency: &licence.agency, region: &licence.region, item: &licence.item }
}

/// The head of the agency that granted, and nobody about his own licence.
fn may_sign(actor: &Actor, licence: &Licence) -> bool {
    actor.allow(Right::Lead, &place(licence))
}

fn open(desk: &Desk<'_>, status: Status) -> Result<Vec<LifeRule>, Fault> {
    Ok(terms(desk)?.rules.life.into_iter().filter(|rule| rule.act.may_follow(status)).collect())
}

/// Carries out an act on a licence as it was read, in `version`.
///
/// # Errors
/// [`SupervisionError::Form`] with everything that is missing; [`SupervisionError::Forbidden`] for whoever does not lead the
/// agency; [`SupervisionError::NotAllowed`] where the licence stands otherwise; [`SupervisionError::Changed`] where it moved.
pub async fn life_act(
    desk: &Desk<'_>,
    actor: &Actor,
    (code, version, act): (&str, i64, LifeAct),
    typed: &LifeTyped,
) -> Result<Licence, SupervisionError> {
    let LifeFile { licence, .. } = life_file(desk, actor, code).await?;
    if !may_sign(actor, &licence) {
        return Err(SupervisionError::forbidden(
            "由原许可机关的负责人签署",
            "the head of the agency that granted signs it",
        ));
    }
    if licence.version != version {
        return Err(SupervisionError::Changed);
    }
    let rule = open(desk, licence.status)?.into_iter().find(|rule| rule.act == act);
    let rule = rule.ok_or_else(|| {
        SupervisionError::not_allowed(
            "证照现在的状态不能这样办理",
            "the licence stands otherwise: this cannot be done now",
        )
    })?;
    let until = checked(&rule, typed, desk.base.now().date()).map_err(SupervisionError::Form)?;
    let unit = unit(desk, actor, (&licence, &rule), (typed, until)).await?;
    desk.store().commit(unit).await?;
    Ok(Licence { status: act.leads_to(), version: version + 1, ..licence })
}

/// Everything that is missing, at once; until when it is suspended, where that is asked.
fn checked(rule: &LifeRule, typed: &LifeTyped, today: Date) -> Result<Option<Date>, Vec<FieldError>> {
    let mut faults = Vec::new();
    let mut wrong = |pointer: &str, code: &str, zh: &str, en: &str| {
        faults.push(FieldError { pointer: pointer.to_owned(), code: code.to_owned(), message: Text::new(zh, en) });
    };
    if !rule.grounds.iter().any(|ground| ground.id == typed.ground) {
        wrong("/ground", "required", "请选择依据", "Choose the ground");
    }
    if typed.decision.trim().is_empty() || typed.decision.chars().count() > 100 {
        wrong(
            "/decision",
            "required",
            "请填写书面决定的文号（100字以内）",
            "Write the decision's number (100 characters at most)",
        );
    }
    if typed.reasons.trim().is_empty() || typed.reasons.chars().count() > LONGEST {
        wrong("/reasons", "required", "请写明理由（2000字以内）", "Write the reasons (2,000 characters at most)");
    }
    if rule.heard && !typed.heard {
        wrong("/heard", "required", "办理前须告知并听取陈述申辩", "The holder must be told and heard before");
    }
    let until = if rule.until { Some(typed.until.trim().parse::<Date>()) } else { None };
    match &until {
        Some(Err(_)) => wrong("/until", "required", "请填写截止日期", "Write until when"),
        Some(Ok(day)) if *day <= today => wrong("/until", "past", "截止日期应在今天以后", "It must end after today"),
        _ => {}
    }
    if faults.is_empty() { Ok(until.and_then(Result::ok)) } else { Err(faults) }
}

async fn unit(
    desk: &Desk<'_>,
    actor: &Actor,
    (licence, rule): (&Licence, &LifeRule),
    (typed, until): (&LifeTyped, Option<Date>),
) -> Result<Unit, SupervisionError> {
    let (base, signature) = (&desk.base, actor.signature());
    let (id, now) = (base.id(), base.now());
    let place = licence::core_of(desk.store(), licence).await?.map(|(place, _)| place);
    let decision = typed.decision.trim();
    let row = vec![
        (&licence.shard).into(),
        licence.id.into(),
        id.into(),
        rule.act.word().into(),
        (&typed.ground).into(),
        terms(desk)?.hash.into(),
        decision.into(),
        typed.reasons.trim().into(),
        until.into(),
        signature.account.map(|account| account.to_string()).unwrap_or_default().into(),
        (&signature.name).into(),
        now.into(),
    ];
    // The decision's number and the ground are public with the act; the reasons, which may tell of persons, are not.
    let body = json!({
        "schema": 1, "kind": rule.act.leaf(), "code": licence.code, "item": licence.item, "agency": licence.agency,
        "region": licence.region, "at": now, "ground": typed.ground, "decision": decision,
        "until": until.map(|day| day.to_string()),
    });
    let leaf = Leaf { subject: licence.id, kind: rule.act.leaf(), bytes: canonical(&body)?.into_bytes() };
    let unit = licence::turned(base, (licence, place), (rule.act.leads_to(), now), decision);
    Ok(message::add(unit.insert(&LIFE, row).leaf(leaf), &told(id, licence, rule, (typed, now))))
}

/// What the holder is told, with what he can do about it.
fn told(id: Id, licence: &Licence, rule: &LifeRule, (typed, now): (&LifeTyped, Moment)) -> NewMessage {
    let (decision, reasons) = (typed.decision.trim(), typed.reasons.trim());
    NewMessage {
        id,
        party: licence.holder,
        kind: MessageKind::Outcome,
        title: rule.told.clone(),
        body: Text::new(
            format!("决定文号：{decision}。{reasons} {}", rule.remedies.zh),
            format!("Decision {decision}. {reasons} {}", rule.remedies.en),
        ),
        link: Some(format!("/licences/{}", licence.code)),
        case: None,
        at: now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_act_has_the_states_it_may_follow_and_an_end_stays_one() {
        for act in LifeAct::ALL {
            for status in Status::ALL {
                let may = act.may_follow(status);
                assert!(!(may && status.is_end()), "{act:?} after {status:?}");
                assert!(!(may && act.leads_to() == status), "{act:?} changes something");
            }
            assert_eq!(LifeAct::from_word(act.word()), Some(act));
        }
        assert!(LifeAct::Resume.may_follow(Status::Suspended) && !LifeAct::Resume.may_follow(Status::Valid));
        assert_eq!(Status::ALL.map(|status| Status::from_word(status.word())), Status::ALL.map(Some));
    }

    #[test]
    fn everything_missing_is_told_at_once() {
        let rule = LifeRule::sample();
        let today = "2026-11-23".parse().unwrap();
        let pointers = |typed: &LifeTyped| {
            let faults = checked(&rule, typed, today).err().unwrap_or_default();
            faults.into_iter().map(|fault| fault.pointer).collect::<Vec<_>>()
        };
        assert_eq!(pointers(&LifeTyped::default()), ["/ground", "/decision", "/reasons", "/heard", "/until"]);
        let good = LifeTyped {
            ground: "g".into(),
            decision: "桂药监罚〔2026〕1号".into(),
            reasons: "理由".into(),
            until: "2026-11-24".into(),
            heard: true,
        };
        assert_eq!(checked(&rule, &good, today), Ok(Some("2026-11-24".parse().unwrap())));
        assert_eq!(pointers(&LifeTyped { until: "2026-11-23".into(), ..good.clone() }), ["/until"]);
        assert_eq!(pointers(&LifeTyped { ground: "x".into(), ..good.clone() }), ["/ground"]);
        assert_eq!(pointers(&LifeTyped { reasons: "长".repeat(2_001), ..good }), ["/reasons"]);
    }
}

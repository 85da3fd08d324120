//! From a run of the rules to one unit of work: what becomes of the case, and everything born with it.

use evidence::canonical::Salt;
use kernel::{Id, Moment, Text};
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};
use store::{Fault, Unit};

use super::desk::{Desk, Granted};
use super::error::ApprovalError;
use super::limits;
use super::outcome::Outcome;
use super::record::{CASE, Case, DECISION, EVENT, NOTICE, OPEN_CASE};
use super::run::{Run, elapsed_ms, no_term};
use super::state::{Act, Ruling, State};
use super::{leaf, words};
use crate::access::{Signature, mask_name};
use crate::catalog::{Granting, Item, LicenceAct, Validity};
use crate::{licence, message};

/// Who ends a run: the rules alone, or an officer over them.
#[derive(Debug, Clone)]
pub(super) enum Maker {
    /// The rules.
    Machine,
    /// An officer, with the ruling, the reasons and the remedies told.
    Officer { signature: Signature, ruling: Ruling, reasons: String, remedies: Option<String> },
}

impl Maker {
    fn word(&self) -> &'static str {
        match self {
            Self::Machine => "machine",
            Self::Officer { .. } => "person",
        }
    }
}

/// The unit that settles `case` (already in its new state's clothes, but for what this function decides), with the
/// version it had when it was read; `None` for a case that is filed and settled at once.
pub(super) struct Settlement<'a> {
    pub(super) desk: &'a Desk<'a>,
    pub(super) item: &'a Item,
    pub(super) case: Case,
    pub(super) stored_version: Option<i64>,
    pub(super) run: Run,
    pub(super) maker: Maker,
    pub(super) now: Moment,
    pub(super) runs_before: i64,
}

impl Settlement<'_> {
    /// Works the unit out. Reads the holder's licence and nothing else.
    pub(super) async fn unit(mut self) -> Result<(Case, Unit), ApprovalError> {
        let validity = self.item.validity(&self.run.inputs, self.now.date());
        if let (Err(missing), true, Maker::Machine) = (&validity, self.grants(), &self.maker) {
            self.run.assessment = self.run.assessment.clone().referred(no_term(&missing.0));
        }
        self.within_quota()?;
        self.once_only();
        let state = self.next_state()?;
        self.dress(state);
        let rows = self.case_rows().and(self.decision()?);
        let rows = self.run.quota.iter().fold(rows, |rows, quota| rows.and(quota.settle(self.desk, &self.case, state)));
        let mut unit = self.run.looks.log(&self.desk.base, rows);
        if state == State::Granted {
            let validity = validity.map_err(|e| ApprovalError::Forbidden(no_term(&e.0)))?;
            unit = unit.and(self.grant(validity).await?);
        }
        unit = unit.and(self.tell(state));
        Ok((self.case, unit))
    }

    /// Nobody grants more than is left: the machine sends such a case to a person, and a person is told the remainder.
    fn within_quota(&mut self) -> Result<(), ApprovalError> {
        let Some(short) = self.run.quota.as_ref().and_then(|quota| quota.short()) else { return Ok(()) };
        match &self.maker {
            Maker::Machine if self.grants() => {
                self.run.assessment = self.run.assessment.clone().referred(short);
                Ok(())
            }
            Maker::Officer { ruling: Ruling::Grant, .. } => Err(ApprovalError::Forbidden(short)),
            _ => Ok(()),
        }
    }

    fn grants(&self) -> bool {
        self.run.assessment.outcome == Outcome::Grant
    }

    /// A second correction notice is not sent: what is still not mended goes to a person.
    fn once_only(&mut self) {
        let again = self.run.assessment.outcome == Outcome::Correct && self.case.corrections > 0;
        if again && matches!(self.maker, Maker::Machine) {
            let why = Text::new(
                "补正后仍有条件不满足，转人工处理",
                "still not met after the one correction; a person decides",
            );
            self.run.assessment = self.run.assessment.clone().referred(why);
        }
    }

    fn next_state(&self) -> Result<State, ApprovalError> {
        let outcome = self.run.assessment.outcome;
        let refused = || ApprovalError::NotAllowed(self.case.state);
        match &self.maker {
            Maker::Machine if self.stored_version.is_none() => Ok(State::settled(outcome)),
            Maker::Machine => self.case.state.after(Act::Settle(outcome)).ok_or_else(refused),
            Maker::Officer { ruling: Ruling::Correct, .. } if self.case.corrections > 0 => Err(refused()),
            Maker::Officer { ruling, .. } => self.case.state.after(Act::Officer(*ruling)).ok_or_else(refused),
        }
    }

    /// Puts the case into its new state, with the moments and limits that go with it.
    fn dress(&mut self, state: State) {
        let (case, now) = (&mut self.case, self.now);
        let received = *case.received_at.get_or_insert(now);
        let limits = limits::limits(self.item, received, self.desk.catalog.calendar());
        case.state = state;
        case.outcome = Some(self.run.assessment.outcome);
        case.notice_due_at = limits.notice;
        case.committed_due_at = limits.committed;
        case.statutory_due_at = limits.statutory;
        match state {
            State::Correcting => {
                case.corrections += 1;
                case.correction_due_at = limits::correction(now, self.desk.catalog.calendar());
            }
            State::InReview | State::SpecialStep => case.accepted_at = case.accepted_at.or(Some(now)),
            State::Granted | State::Refused => {
                case.accepted_at = case.accepted_at.or(Some(now));
                case.decided_at = Some(now);
            }
            _ => case.decided_at = Some(now),
        }
        if !state.is_open() {
            case.closed_at = Some(now);
        }
    }

    fn case_rows(&self) -> Unit {
        let case = &self.case;
        let unit = self.desk.base.unit();
        match self.stored_version {
            None if case.state.is_open() => unit.insert(&CASE, case.values()).insert(&OPEN_CASE, open_key(case, true)),
            None => unit.insert(&CASE, case.values()),
            Some(version) => {
                let unit = unit.update(&CASE, case.key(), version, case.changes());
                if case.state.is_open() { unit } else { unit.delete(&OPEN_CASE, open_key(case, false)) }
            }
        }
    }

    fn decision(&self) -> Result<Unit, ApprovalError> {
        let salt = Salt::generate(self.desk.base.entropy);
        let text = |stored: Result<String, serde_json::Error>| stored.map_err(|e| Fault::Misuse(e.to_string()));
        let (inputs, checks) =
            (text(serde_json::to_string(&self.run.inputs))?, text(serde_json::to_string(&self.run.assessment))?);
        let form = self.case.form.to_string();
        let office_hours = self.desk.catalog.office_open(&self.case.deciding_agency, self.now);
        // The decision bears the moment its facts were read at; how long it took is told by the clock now.
        let elapsed = elapsed_ms(self.case.received_at, self.desk.base.now());
        let outcome = self.outcome_word();
        let (officer, officer_name, reasons, remedies) = match &self.maker {
            Maker::Machine => (None, None, None, None),
            Maker::Officer { signature, reasons, remedies, .. } => {
                (signature.account, Some(signature.name.clone()), Some(reasons.clone()), remedies.clone())
            }
        };
        let private = committed(&form, &inputs, &checks, reasons.as_deref());
        let public = json!({
            "outcome": outcome, "maker": self.maker.word(), "at": self.now, "state": self.case.state.word(),
            "rule_set": self.item.rules.hash(), "engine": rules::engine_version(),
            "calendar": self.desk.catalog.calendar_hash(),
        });
        let row = vec![
            (&self.case.shard).into(),
            self.desk.base.id().into(),
            self.case.id.into(),
            (self.runs_before + 1).into(),
            self.maker.word().into(),
            officer.into(),
            officer_name.into(),
            outcome.into(),
            (&self.case.item).into(),
            (&self.item.hash).into(),
            self.item.rules.hash().into(),
            rules::engine_version().into(),
            self.desk.catalog.calendar_hash().into(),
            (&self.case.region).into(),
            (&self.case.deciding_agency).into(),
            form.into(),
            inputs.into(),
            checks.into(),
            reasons.into(),
            remedies.into(),
            self.now.into(),
            elapsed.into(),
            office_hours.into(),
            salt.bytes().to_vec().into(),
        ];
        let month = self.now.date().strftime("%Y-%m").to_string();
        let hours = if office_hours { "office" } else { "off" };
        Ok(self
            .desk
            .base
            .unit()
            .insert(&DECISION, row)
            .count(format!("decided/{}/{}/{}/{month}", self.case.item, self.maker.word(), outcome), 1)
            .count(format!("hours/{hours}/{month}"), 1)
            .leaf(leaf::leaf("case.decided", &self.case, &public, &private, &salt)?))
    }

    fn outcome_word(&self) -> &'static str {
        match &self.maker {
            Maker::Machine => self.run.assessment.outcome.word(),
            Maker::Officer { .. } => self.case.state.word(),
        }
    }

    /// The licence a grant follows or strikes off. A new one follows none: it stands beside what the holder has, as permits for
    /// single fellings or consignments do.
    async fn before(&self) -> Result<Option<licence::Licence>, ApprovalError> {
        if self.item.result.act == LicenceAct::Issue {
            return Ok(None);
        }
        Ok(licence::current(self.desk.store(), self.case.applicant, &self.item.result.licence_type).await?)
    }

    /// Everything born with a grant, and the rows of the rooms above.
    async fn grant(&self, validity: Validity) -> Result<Unit, ApprovalError> {
        let (case, base) = (&self.case, &self.desk.base);
        let before = self.before().await?;
        let number = before.as_ref().map_or_else(|| licence::serial(self.now, base.id()), |l| l.serial());
        let form = self.form();
        let granting = Granting {
            form: &form,
            inputs: &self.run.inputs,
            request: &self.run.request,
            validity,
            licence_number: &number,
            region: &case.region,
        };
        let writes = self.item.register_writes(&granting);
        let (licence, mut unit) = self.licence(before, &number, validity, &writes)?;
        for write in &writes {
            let change = self.run.looks.change(base, self.desk.registers, (write, &case.number));
            unit = unit.and(change.map_err(|e| Fault::Misuse(format!("item {}: {e}", case.item)))?);
        }
        unit = self.run.looks.expect(base, unit, &writes);
        unit = unit.and(self.notice()).count(format!("granted/{}/{}", case.region, case.item), 1);
        let granted = Granted {
            case,
            item: self.item,
            catalog: self.desk.catalog,
            licence: licence.as_ref(),
            inputs: &self.run.inputs,
        };
        Ok(self.desk.reactors.iter().fold(unit, |unit, react| unit.and(react(base, &granted))))
    }

    fn licence(
        &self,
        before: Option<licence::Licence>,
        number: &str,
        validity: Validity,
        writes: &[crate::catalog::RegisterWrite],
    ) -> Result<(Option<licence::Licence>, Unit), ApprovalError> {
        let desk = self.desk;
        if self.item.result.act == LicenceAct::StrikeOff {
            let struck = before.map(|old| licence::strike_off(&desk.base, old, self.now));
            let Some((old, unit)) = struck else { return Ok((None, desk.base.unit())) };
            let leaf =
                leaf::about("licence.struck_off", old.id, &self.case, &json!({"code": old.code, "at": self.now}), "")?;
            return Ok((Some(old), unit.leaf(leaf)));
        }
        let record = self.printed(writes);
        let draft = licence::Draft {
            item: self.item,
            case_id: self.case.id,
            case_number: &self.case.number,
            holder: self.case.applicant,
            holder_name: &self.case.applicant_name,
            holder_code: &self.case.applicant_code,
            region: &self.case.region,
            agency: self.agency()?,
            serial: number,
            validity,
            record: &record,
            before,
            at: self.now,
        };
        let (issued, unit) = licence::issue(&desk.base, desk.issuer, draft)?;
        let public = json!({
            "code": issued.code, "type": issued.kind, "at": self.now, "valid_from": issued.valid_from.to_string(),
            "valid_to": issued.valid_to.map(|d| d.to_string()),
        });
        let leaf = leaf::about("licence.issued", issued.id, &self.case, &public, &issued.commitment)?;
        Ok((Some(issued), unit.leaf(leaf)))
    }

    fn agency(&self) -> Result<&crate::catalog::Agency, ApprovalError> {
        let id = &self.case.deciding_agency;
        let unknown = || Fault::Misuse(format!("no agency {id} in the catalogue"));
        Ok(self.desk.catalog.agency(id).ok_or_else(unknown)?)
    }

    /// The register record as it will be after the grant: what the licence prints.
    fn printed(&self, writes: &[crate::catalog::RegisterWrite]) -> Map<String, Json> {
        let mut record = Map::new();
        for write in writes.iter().filter(|w| w.subject == self.case.applicant_code) {
            record.extend(self.run.looks.body_after(write));
        }
        record
    }

    fn notice(&self) -> Unit {
        let case = &self.case;
        let row = vec![
            (&case.shard).into(),
            self.desk.base.id().into(),
            case.id.into(),
            (&case.number).into(),
            (&case.item).into(),
            (&case.deciding_agency).into(),
            (&case.region).into(),
            mask_name(case.applicant_kind, &case.applicant_name).into(),
            (&self.item.result.name.zh).into(),
            self.maker.word().into(),
            self.now.into(),
        ];
        self.desk.base.unit().insert(&NOTICE, row)
    }

    /// The event of the case's story and the message to the applicant.
    fn tell(&self, state: State) -> Unit {
        let (kind, signature) = match &self.maker {
            Maker::Machine => ("settled", machine()),
            Maker::Officer { signature, .. } => ("ruled", signature.clone()),
        };
        let detail = json!({
            "state": state.word(), "outcome": self.run.assessment.outcome.word(),
            "failed": self.run.assessment.failed().map(|c| c.id.clone()).collect::<Vec<_>>(),
        });
        let unit = event(self.desk, &self.case, kind, &signature, detail, self.now);
        message::add(unit, &words::told(&self.desk.base, state, self.item, &self.case))
    }

    fn form(&self) -> Map<String, Json> {
        self.case.form.as_object().cloned().unwrap_or_default()
    }
}

/// What the log commits to of a decision: the hashes of its texts as they are stored, so that whoever holds the row checks
/// its bytes and needs no reading of them.
pub fn committed(form: &str, inputs: &str, checks: &str, reasons: Option<&str>) -> Json {
    let hash = |text: &str| hex::encode(Sha256::digest(text));
    json!({ "form": hash(form), "inputs": hash(inputs), "checks": hash(checks), "reasons": reasons.map(hash) })
}

/// One line of the case's story.
pub(super) fn event(desk: &Desk<'_>, case: &Case, kind: &str, by: &Signature, detail: Json, at: Moment) -> Unit {
    let row = vec![
        (&case.shard).into(),
        desk.base.id().into(),
        case.id.into(),
        at.into(),
        kind.into(),
        (&by.kind).into(),
        by.account.into(),
        (&by.name).into(),
        by.on_behalf.as_deref().into(),
        detail.to_string().into(),
    ];
    desk.base.unit().insert(&EVENT, row)
}

/// How the program itself signs.
pub(super) fn machine() -> Signature {
    crate::access::Actor::Machine.signature()
}

/// The key of the row that keeps a second open case away; with the case's id for inserting.
pub(super) fn open_key(case: &Case, with_id: bool) -> Vec<store::Value> {
    let mut key = vec![(&case.shard).into(), case.applicant.into(), (&case.item).into()];
    if with_id {
        key.push(case.id.into());
    }
    key
}

/// The id of a case in answers kept for repeated requests.
pub(super) fn id_of(response: &str) -> Option<Id> {
    response.parse().ok()
}

//! From a run of the rules to one unit of work: what becomes of the case, and everything born with it.

use evidence::canonical::Salt;
use evidence::compact::Place;
use kernel::{Date, Id, Moment, Stop, Text};
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};
use store::{Fault, Unit};

use super::desk::{Decided, Desk, Granted, Reactor};
use super::error::ApprovalError;
use super::limits;
use super::outcome::Outcome;
use super::record::{CASE, Case, DECISION, EVENT, NOTICE, OPEN_CASE};
use super::run::{Run, elapsed_ms, no_term};
use super::state::{Act, Ruling, State};
use super::{assign, by_law, divergence, first, leaf, near, step, words};
use crate::access::{Signature, mask_name};
use crate::catalog::{Granting, Inputs, Item, LicenceAct, NoTerm, Validity};
use crate::{licence, message};

/// The licence a grant follows or strikes off, and its place on the status list.
type Before = Option<(licence::Licence, Option<Place>)>;

/// Who ends a run: the rules alone, or an officer over them.
#[derive(Debug, Clone)]
pub(super) enum Maker {
    /// The rules.
    Machine,
    /// An officer, with the second one where it takes two (account and name), the ruling, the reasons and the remedies told.
    Officer {
        signature: Signature,
        second: Option<(Id, String)>,
        ruling: Ruling,
        reasons: String,
        remedies: Option<String>,
    },
    /// The law, because nobody decided in time: with the reasons, the inputs the case was accepted on, and the first day.
    Law { reasons: String, accepted: Inputs, from: Date },
}

impl Maker {
    fn word(&self) -> &'static str {
        match self {
            Self::Machine => "machine",
            Self::Officer { .. } => "person",
            Self::Law { .. } => "law",
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
        let validity = self.validity();
        let (mut stops, findings) = step::found(self.desk.store(), self.item, self.case.id).await?;
        self.run.assessment.notes.extend(findings);
        if let (Err(missing), true, Maker::Machine) = (&validity, self.grants(), &self.maker) {
            self.run.assessment = self.run.assessment.clone().referred(no_term(&missing.0));
        }
        self.place();
        self.within_quota()?;
        self.once_only();
        let state = self.next_state()?;
        let before = self.stored_version.map(|_| self.case.state);
        let state = if self.case.parent.is_some() { state.of_part() } else { state };
        let (first, reviewed) = first::meet(self.desk, self.item, (&mut self.case, state), self.now).await?;
        stops.extend(first);
        self.dress(state, &stops);
        let rows = reviewed.and(self.case_rows()).and(self.decision()?);
        let rows = rows.and(assign::follow(self.desk, &self.case, before, self.now));
        let rows =
            self.run.quota.iter().fold(rows, |rows, quota| {
                rows.and(quota.settle(self.desk.base.unit(), self.case.id, (state, self.now)))
            });
        let mut unit = self.run.looks.log(&self.desk.base, rows);
        if state == State::Granted {
            let validity = validity.map_err(|e| ApprovalError::Forbidden(no_term(&e.0)))?;
            unit = unit.and(self.grant(validity).await?);
        }
        unit = unit.and(self.tell(state)).and(self.done_with(state));
        Ok((self.case, unit))
    }

    /// The rows of the rooms above for a case the agency has done with.
    fn done_with(&self, state: State) -> Unit {
        let base = &self.desk.base;
        if !state.is_agencys_end() {
            return base.unit();
        }
        let officer = match &self.maker {
            Maker::Officer { signature, .. } => signature.account,
            Maker::Machine | Maker::Law { .. } => None,
        };
        let decided = Decided { case: &self.case, officer };
        let counted = near::counted(base.unit(), &self.case);
        self.desk.reactors.iter().fold(counted, |unit, reactor| match reactor {
            Reactor::Decided(react) => unit.and(react(base, &decided)),
            Reactor::Granted(_) => unit,
        })
    }

    /// Finds who is responsible from the facts, until the case is accepted: from then on it stays where it is. A place in
    /// doubt sends the case to a person.
    fn place(&mut self) {
        if !matches!(self.maker, Maker::Machine) || self.case.accepted_at.is_some() {
            return;
        }
        let place = self.item.region_fact.as_deref().and_then(|fact| self.run.inputs.value(fact)?.as_str());
        let responsible = self.desk.catalog.responsible(self.item, place, self.now.date());
        if let Some(doubt) = responsible.doubt.clone() {
            self.run.assessment = self.run.assessment.clone().referred(doubt);
        }
        self.case.place(responsible);
    }

    /// Nobody grants more than is left: the machine sends such a case to a person, and a person is told the remainder.
    fn within_quota(&mut self) -> Result<(), ApprovalError> {
        let Some(short) = self.run.quota.as_ref().and_then(|quota| quota.short()) else { return Ok(()) };
        match &self.maker {
            Maker::Machine if self.grants() => {
                self.run.assessment = self.run.assessment.clone().referred(short);
                Ok(())
            }
            Maker::Officer { ruling: Ruling::Grant, .. } | Maker::Law { .. } => Err(ApprovalError::Forbidden(short)),
            _ => Ok(()),
        }
    }

    /// The licence's dates. The law renews from the day after the last one, however late the clock comes to it.
    fn validity(&self) -> Result<Validity, NoTerm> {
        let inputs = &self.run.inputs;
        match &self.maker {
            Maker::Law { accepted, from, .. } => {
                self.item.validity(inputs, *from).or_else(|_| self.item.validity(accepted, *from))
            }
            _ => self.item.validity(inputs, self.now.date()),
        }
    }

    fn grants(&self) -> bool {
        self.run.assessment.outcome == Outcome::Grant
    }

    /// A second correction notice is not sent, nor a first one too late: what is still not mended goes to a person.
    fn once_only(&mut self) {
        if self.run.assessment.outcome != Outcome::Correct || !matches!(self.maker, Maker::Machine) {
            return;
        }
        if self.case.corrections > 0 || self.case.one_notice_at.is_some() {
            let why = Text::new(
                "补正后仍有条件不满足，转人工处理",
                "still not met after the one correction; a person decides",
            );
            self.run.assessment = self.run.assessment.clone().referred(why);
        } else if by_law::too_late_to_notice(&self.case, self.now) {
            let why = Text::new(
                "补正通知的法定期限已过，视为已受理，转人工处理",
                "too late for a correction notice: it counts as accepted, and a person decides",
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
            Maker::Law { .. } => self.case.state.after(Act::RenewByLaw).ok_or_else(refused),
            Maker::Officer { ruling: Ruling::Correct, .. } if self.case.corrections > 0 => Err(refused()),
            Maker::Officer { ruling: Ruling::Correct, .. } if self.case.one_notice_at.is_some() => {
                Err(ApprovalError::Forbidden(Text::new(
                    "联合办理的补正通知已经一次发出，不得再次要求补正，请直接作出决定",
                    "the one notice of the joint handling has gone out and no other may; decide on the case",
                )))
            }
            Maker::Officer { ruling: Ruling::Correct, .. } if by_law::too_late_to_notice(&self.case, self.now) => {
                Err(ApprovalError::Forbidden(Text::new(
                    "补正通知的法定期限已过，本件视为已受理，请直接作出决定",
                    "too late for a correction notice: the case counts as accepted, decide on it",
                )))
            }
            Maker::Officer { ruling, .. } => self.case.state.after(Act::Officer(*ruling)).ok_or_else(refused),
        }
    }

    /// Puts the case into its new state, with the moments and limits that go with it.
    fn dress(&mut self, state: State, stops: &[Stop]) {
        let tacit = by_law::tacit_due(self.desk, self.item, &self.case, &self.run.inputs);
        let (case, now) = (&mut self.case, self.now);
        let received = *case.received_at.get_or_insert(now);
        let limits = limits::limits(self.item, (received, case.extended_days), self.desk.catalog, stops);
        case.state = state;
        // A later version may have decided than the one it was filed under; the case goes on under that one.
        case.item_version.clone_from(&self.item.hash);
        case.outcome = Some(self.run.assessment.outcome);
        case.notice_due_at = limits.notice;
        case.committed_due_at = limits.committed;
        case.statutory_due_at = limits.statutory;
        match state {
            // Its agency has said what is wanted; the limits begin anew with the mended application.
            State::Gathering => case.tacit_due_at = None,
            State::Correcting => {
                case.corrections += 1;
                case.tacit_due_at = None;
                case.correction_due_at = limits::correction(now, self.desk.catalog);
            }
            open if by_law::awaits_law(open) => {
                case.accepted_at = case.accepted_at.or(Some(now));
                case.tacit_due_at = case.tacit_due_at.or(tacit);
            }
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
            // Decided on the spot it takes the place for an instant: not beside an open case of the same applicant and item.
            None => unit
                .insert(&CASE, case.values())
                .insert(&OPEN_CASE, open_key(case, true))
                .delete(&OPEN_CASE, open_key(case, false)),
            Some(version) => {
                let unit = unit.update(&CASE, case.key(), version, case.changes());
                if case.state.is_open() { unit } else { unit.delete(&OPEN_CASE, open_key(case, false)) }
            }
        }
    }

    fn decision(&self) -> Result<Unit, ApprovalError> {
        let salt = Salt::generate(self.desk.base.entropy);
        let (inputs, checks) = (text(&self.run.inputs)?, text(&self.run.assessment)?);
        let form = self.case.form.to_string();
        let office_hours = self.desk.catalog.office_open(&self.case.deciding_agency, self.now);
        // The decision bears the moment its facts were read at; how long it took is told by the clock now.
        let elapsed = elapsed_ms(self.case.received_at, self.desk.base.now());
        let outcome = self.outcome_word();
        let (officer, officer_name, reasons, remedies) = match &self.maker {
            Maker::Machine => (None, None, None, None),
            Maker::Law { reasons, .. } => (None, None, Some(reasons.clone()), None),
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
        let (second, facts_key) = match &self.maker {
            Maker::Officer { second, .. } => (second.as_ref(), Some(self.facts_key())),
            Maker::Machine | Maker::Law { .. } => (None, None),
        };
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
            second.map(|(account, _)| *account).into(),
            second.map(|(_, name)| name.as_str()).into(),
            facts_key.into(),
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

    /// What makes this decision comparable with others on the same facts.
    fn facts_key(&self) -> String {
        divergence::facts_key(&self.case.item, self.item.rules.hash(), &self.run.assessment)
    }

    fn outcome_word(&self) -> &'static str {
        match &self.maker {
            Maker::Machine => self.run.assessment.outcome.word(),
            Maker::Officer { .. } | Maker::Law { .. } => self.case.state.word(),
        }
    }

    /// The licence a grant follows or strikes off. A new one follows none: it stands beside what the holder has, as permits for
    /// single fellings or consignments do.
    async fn before(&self) -> Result<Before, ApprovalError> {
        if self.item.result.act == LicenceAct::Issue {
            return Ok(None);
        }
        let store = self.desk.store();
        let held = licence::current(store, self.case.applicant, &self.item.result.licence_type).await?;
        let Some(held) = held else { return Ok(None) };
        let core = licence::core_of(store, &held).await?;
        Ok(Some((held, core.map(|(place, _)| place))))
    }

    /// Everything born with a grant, and the rows of the rooms above.
    async fn grant(&self, validity: Validity) -> Result<Unit, ApprovalError> {
        let (case, base) = (&self.case, &self.desk.base);
        let before = self.before().await?;
        let number = before.as_ref().map_or_else(|| licence::serial(self.now, base.id()), |(l, _)| l.serial());
        let form = self.form();
        let granting = Granting {
            form: &form,
            inputs: &self.run.inputs,
            request: &self.run.request,
            validity,
            licence_number: &number,
            region: &self.home(),
        };
        let writes = self.item.register_writes(&granting);
        let (licence, mut unit) = self.licence(before, &number, validity, &writes).await?;
        for write in &writes {
            let change = self.run.looks.change(base, self.desk.registers, (write, &case.number));
            unit = unit.and(change.map_err(|e| Fault::Misuse(format!("item {}: {e}", case.item)))?);
        }
        unit = self.run.looks.expect(base, unit, &writes);
        unit = unit.and(self.notice()).count(format!("granted/{}/{}", self.home(), case.item), 1);
        let granted = Granted {
            case,
            item: self.item,
            catalog: self.desk.catalog,
            licence: licence.as_ref(),
            inputs: &self.run.inputs,
        };
        Ok(self.desk.reactors.iter().fold(unit, |unit, reactor| match reactor {
            Reactor::Granted(react) => unit.and(react(base, &granted)),
            Reactor::Decided(_) => unit,
        }))
    }

    async fn licence(
        &self,
        before: Before,
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
            region: &self.home(),
            agency: self.agency()?,
            serial: number,
            validity,
            record: &record,
            before,
            place: licence::free_place(&desk.base).await?,
            at: self.now,
        };
        let licence::Issued { licence: issued, core, unit } = licence::issue(&desk.base, desk.issuer, draft)?;
        let public = json!({
            "core": core, "code": issued.code, "type": issued.kind, "at": self.now, "valid_from": issued.valid_from.to_string(),
            "valid_to": issued.valid_to.map(|d| d.to_string()),
        });
        let leaf = leaf::about("licence.issued", issued.id, &self.case, &public, &issued.commitment)?;
        Ok((Some(issued), unit.leaf(leaf)))
    }

    /// The region of the agency that answers for the decision: what it issues is good there.
    fn home(&self) -> String {
        let region = self.desk.catalog.agency(self.case.answering_agency()).and_then(|a| a.region);
        region.map_or_else(|| self.item.power.region.clone(), |r| r.to_string())
    }

    fn agency(&self) -> Result<&crate::catalog::Agency, ApprovalError> {
        let id = self.case.answering_agency();
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
            Maker::Law { .. } => ("renewed_by_law", by_law::law()),
            Maker::Officer { signature, .. } => ("ruled", signature.clone()),
        };
        let detail = json!({
            "state": state.word(), "outcome": self.run.assessment.outcome.word(),
            "failed": self.run.assessment.failed().map(|c| c.id.clone()).collect::<Vec<_>>(),
        });
        let unit = event(self.desk, &self.case, kind, &signature, detail, self.now);
        if state == State::Gathering {
            // The one notice tells it, with what the others want.
            return unit;
        }
        message::add(unit, &words::told(&self.desk.base, state, self.item, &self.case))
    }

    fn form(&self) -> Map<String, Json> {
        self.case.form.as_object().cloned().unwrap_or_default()
    }
}

/// The text of what is stored with a decision. It has some kilobytes, so room for them is made at once.
fn text(stored: &impl serde::Serialize) -> Result<String, Fault> {
    let misuse = |e: &dyn std::error::Error| Fault::Misuse(e.to_string());
    let mut bytes = Vec::with_capacity(4096);
    serde_json::to_writer(&mut bytes, stored).map_err(|e| misuse(&e))?;
    String::from_utf8(bytes).map_err(|e| misuse(&e))
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

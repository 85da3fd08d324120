//! What makes an item more than a match of registers: a quota it draws on, a commitment with its exclusions, a decision
//! no machine may make alone, a renewal that the law itself grants when nobody decides in time.

use kernel::{Period, RegionLevel, Text};
use serde::Serialize;
use serde_json::{Map, Value};

use super::facts::{FactFrom, Inputs};
use super::fields::Fields;
use super::item::{Attested, Item};
use super::item_file::{LEVELS, attested, opt_period};

/// Kind of the duty that every commitment needs: somebody looks whether the promise was kept.
pub const COMMITMENT_CHECK: &str = "commitment_check";

/// The quota an item draws on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct QuotaUse {
    /// File in `quotas/`.
    pub quota: String,
    /// Input that says how much a case takes, in whole units.
    pub amount: String,
    /// Input that holds a region code; the nearest row of the quota upward counts.
    pub region: String,
}

/// The machine checks and reports, a person decides, always.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct NeverInstant {
    /// Why, in the words people read.
    pub reason: Text,
    /// How well known.
    pub attested: Attested,
}

/// The substance of what was handed in is verified, so two officers stand behind a grant or a refusal (Administrative
/// Licensing Law, article 34).
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct TwoOfficers {
    /// What is verified, in the words people read.
    pub reason: Text,
    /// How well known.
    pub attested: Attested,
}

/// An agency below reviews first, and the deciding one decides on the file that came up (Administrative Licensing Law,
/// articles 35 and 43).
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct FirstReviewBy {
    /// The role of the agency that reviews: the nearest at the case's place.
    pub role: String,
    /// On which level; the nearest on any, where it is left out.
    pub level: Option<RegionLevel>,
    /// Why, in the words people read.
    pub reason: Text,
    /// How well known.
    pub attested: Attested,
}

/// No decision by the licence's last day is a renewal (Administrative Licensing Law, article 50).
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct TacitRenewal {
    /// Input that holds the licence's last day.
    pub expiry: String,
    /// How long before that day one must have applied for the law to speak; always, where it is left out.
    pub applied: Option<Period>,
    /// How well known.
    pub attested: Attested,
}

/// The lawful commitment under which statements of the applicant (trust D) may feed the rules.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Commitment {
    /// What is promised.
    pub statement: Text,
    /// What happens when it is false.
    pub consequence: Text,
    /// The field of law it falls in: checked against the excluded ones.
    pub field: String,
    /// The list that opens this single item although its field is excluded.
    pub opened_by: Option<Attested>,
    /// How the applicant says whether to use it; without one, filing is using it.
    pub choice: Option<CommitmentChoice>,
    /// Boolean input that is true for those who may not use it (they broke an earlier one).
    pub excluded_by: Option<String>,
    /// How well known.
    pub attested: Attested,
}

/// The form field by which an applicant takes up the commitment or leaves it.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct CommitmentChoice {
    /// Form field.
    pub field: String,
    /// The value that takes it up.
    pub yes: Value,
    /// The value that leaves it, written when the applicant takes the commitment back; none: the field is emptied.
    pub no: Option<Value>,
}

impl CommitmentChoice {
    /// Did the applicant take the commitment up?
    pub fn taken(&self, form: &Map<String, Value>) -> bool {
        form.get(&self.field) == Some(&self.yes)
    }
}

/// Why a statement of the applicant may not stand in for a proof.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Uncommitted {
    /// The item knows no commitment.
    None,
    /// The applicant did not take it up, or took it back.
    NotChosen,
    /// The applicant may not use it, or whether he may is not known.
    Excluded,
}

impl Item {
    /// Whether statements of this form may feed the rules. Who is excluded is known only with the other inputs.
    pub(super) fn committed(&self, form: &Map<String, Value>, known: &Inputs) -> Result<(), Uncommitted> {
        let commitment = self.commitment.as_ref().ok_or(Uncommitted::None)?;
        if commitment.choice.as_ref().is_some_and(|choice| !choice.taken(form)) {
            return Err(Uncommitted::NotChosen);
        }
        match &commitment.excluded_by {
            // Not known is not "may": a doubtful record sends the case to a person like any other doubt.
            Some(input) if known.value(input) != Some(&Value::Bool(false)) => Err(Uncommitted::Excluded),
            _ => Ok(()),
        }
    }

    /// Does this application use the item's commitment?
    pub fn is_committed(&self, form: &Map<String, Value>) -> bool {
        let stands_in = |f: &super::facts::FactRow| {
            matches!(f.from, FactFrom::Form { role: super::facts::FormRole::Statement, .. })
        };
        let chosen = |c: &Commitment| c.choice.as_ref().is_none_or(|choice| choice.taken(form));
        self.commitment.as_ref().is_some_and(chosen) && self.facts.iter().any(stands_in)
    }
}

pub(super) fn quota(fields: &Fields<'_>) -> QuotaUse {
    let quota = QuotaUse { quota: fields.str("quota"), amount: fields.str("amount"), region: fields.str("region") };
    fields.done();
    quota
}

pub(super) fn never_instant(fields: &Fields<'_>) -> NeverInstant {
    let never = NeverInstant { reason: fields.text("reason"), attested: attested(fields) };
    fields.done();
    never
}

pub(super) fn two_officers(fields: &Fields<'_>) -> TwoOfficers {
    let two = TwoOfficers { reason: fields.text("reason"), attested: attested(fields) };
    fields.done();
    two
}

pub(super) fn first_review(fields: &Fields<'_>) -> FirstReviewBy {
    let first = FirstReviewBy {
        role: fields.str("role"),
        level: fields.opt_choice("level", &LEVELS),
        reason: fields.text("reason"),
        attested: attested(fields),
    };
    fields.done();
    first
}

pub(super) fn tacit_renewal(fields: &Fields<'_>) -> TacitRenewal {
    let tacit = TacitRenewal {
        expiry: fields.str("expiry"),
        applied: opt_period(fields, "applied"),
        attested: attested(fields),
    };
    fields.done();
    tacit
}

pub(super) fn commitment(fields: &Fields<'_>) -> Commitment {
    let opened_by = fields.table("opened_by").map(|inner| {
        let opened_by = attested(&inner);
        inner.done();
        opened_by
    });
    let commitment = Commitment {
        statement: fields.text("statement"),
        consequence: fields.text("consequence"),
        field: fields.str("field"),
        opened_by,
        choice: fields.table("choice").map(|inner| choice(&inner)),
        excluded_by: fields.opt_str("excluded_by"),
        attested: attested(fields),
    };
    fields.done();
    commitment
}

fn choice(fields: &Fields<'_>) -> CommitmentChoice {
    let choice =
        CommitmentChoice { field: fields.str("field"), yes: fields.scalar("yes"), no: fields.opt_scalar("no") };
    fields.done();
    choice
}

//! Issuing a list in batches: cores, one signature, a file and a leaf for each, in one unit.

use std::collections::HashMap;

use evidence::Hash;
use evidence::canonical::{Salt, canonical_value};
use evidence::compact::{Batch, Core, Place, details_hash};
use kernel::{Id, Moment};
use serde_json::{Value as Json, json};
use store::{CommitError, Conflict, Fault, Leaf, Unit};

use super::rows::Subject;
use crate::access::people::party_or_new;
use crate::access::{AccessError, Desk, Party};
use crate::catalog::{Agency, Catalog};
use crate::licence::issue::{self as single, Draft, Issuer};
use crate::licence::printed;
use crate::licence::record::{self, BATCH, LICENCE, Licence, SUBJECT};

/// The most licences in one batch: as many leaves as one unit may have.
pub const LARGEST_BATCH: usize = 1000;
/// How often a batch that met somebody else's change is made again.
const COLLISIONS: usize = 5;

/// In which run, by whom.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// Where it is written.
    pub desk: &'a Desk<'a>,
    /// Whose signature stands under the batches.
    pub issuer: &'a Issuer,
    /// The catalogue.
    pub catalog: &'a Catalog,
    /// The run's name: within it a subject is licensed once.
    pub name: &'a str,
}

/// What became of a batch.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Done {
    /// Licences issued now.
    pub issued: usize,
    /// Subjects that had theirs already.
    pub there: usize,
}

/// Issues the licences of these subjects that have none in the run yet, at most [`LARGEST_BATCH`], in one unit.
///
/// # Errors
/// [`CommitError::NoEvidence`] where the key cannot sign; a fault of the store, or of a subject that was not checked.
pub async fn issue(run: Run<'_>, subjects: &[Subject]) -> Result<Done, CommitError> {
    for _ in 0..COLLISIONS {
        let mut open = Vec::new();
        for subject in subjects {
            if !record::has_licence(run.desk.store, run.desk.shard, (run.name, &subject.key)).await? {
                open.push(subject);
            }
        }
        let there = subjects.len() - open.len();
        if open.is_empty() {
            return Ok(Done { issued: 0, there });
        }
        let unit = Making::new(run).unit(&open).await?;
        match run.desk.store.commit(unit).await {
            Ok(_) => return Ok(Done { issued: open.len(), there }),
            // A place or a party that somebody else took at the same instant.
            Err(CommitError::Conflict(Conflict::Exists { .. })) => {}
            Err(other) => return Err(other),
        }
    }
    Err(Fault::Misuse(format!("a batch of {} met others {COLLISIONS} times", run.name)).into())
}

/// A batch in the making.
struct Making<'a> {
    run: Run<'a>,
    id: Id,
    at: Moment,
    parties: HashMap<String, Party>,
    places: Vec<Place>,
}

/// A licence before its batch is signed.
struct Unsigned<'s> {
    subject: &'s Subject,
    party: Party,
    place: Place,
    code: String,
    salt: Salt,
    core: Vec<u8>,
    fingerprint: Hash,
    details: Json,
}

impl<'a> Making<'a> {
    fn new(run: Run<'a>) -> Self {
        Self { run, id: run.desk.id(), at: run.desk.now(), parties: HashMap::new(), places: Vec::new() }
    }

    async fn unit(&mut self, subjects: &[&Subject]) -> Result<Unit, CommitError> {
        let (mut unit, mut all) = (self.run.desk.unit(), Vec::new());
        for subject in subjects {
            let (party, new) = self.party(subject).await?;
            unit = unit.and(new);
            let place = self.place().await?;
            all.push(self.unsigned(subject, party, place)?);
        }
        let Run { issuer, name, desk, .. } = self.run;
        let cores: Vec<Vec<u8>> = all.iter().map(|one| one.core.clone()).collect();
        let (key, second) = (issuer.signer.public().id().hash(), printed::whole_second(self.at));
        let batch = Batch::sign_bytes(&cores, (key, &issuer.origin, second), issuer.signer.as_ref());
        let batch = batch.map_err(|e| CommitError::NoEvidence { why: format!("the batch cannot be signed: {e}") })?;
        let row = vec![
            desk.shard.into(),
            self.id.into(),
            name.into(),
            i64::try_from(all.len()).unwrap_or(0).into(),
            batch.signed().to_vec().into(),
            self.at.into(),
        ];
        unit = unit.insert(&BATCH, row);
        for (number, one) in all.into_iter().enumerate() {
            unit = self.issued(unit, (&batch, number), one)?;
        }
        Ok(unit)
    }

    /// The holder, made once where several lines of the batch name them.
    async fn party(&mut self, subject: &Subject) -> Result<(Party, Unit), CommitError> {
        if let Some(party) = self.parties.get(&subject.code) {
            return Ok((party.clone(), self.run.desk.unit()));
        }
        let (party, unit) =
            party_or_new(self.run.desk, subject.kind, &subject.code, &subject.holder).await.map_err(|e| match e {
                AccessError::Fault(fault) => CommitError::Fault(fault),
                other => Fault::Misuse(format!("line {}: {other}", subject.line)).into(),
            })?;
        self.parties.insert(subject.code.clone(), party.clone());
        Ok((party, unit))
    }

    async fn place(&mut self) -> Result<Place, CommitError> {
        loop {
            let place = printed::free_place(self.run.desk).await?;
            if !self.places.contains(&place) {
                self.places.push(place);
                return Ok(place);
            }
        }
    }

    fn unsigned<'s>(&self, subject: &'s Subject, party: Party, place: Place) -> Result<Unsigned<'s>, CommitError> {
        let Run { issuer, desk, .. } = self.run;
        let serial = single::serial(self.at, desk.id());
        let (agency, region) = self.agency(subject)?;
        let draft = self.draft((subject, party.id, place), (agency, &region), &serial);
        let code = single::identifier(&draft, 1)?;
        let salt = Salt::generate(desk.entropy);
        let details = single::payload(issuer, &draft, &code, &salt);
        let misfit = |what: String| Fault::Misuse(format!("line {}: {what}", subject.line));
        let core = printed::core(issuer, &draft, &code, &single::scope(&draft));
        let core = core.ok_or_else(|| misfit("its words fit no core".into()))?;
        let half = details_hash(&details).map_err(|e| misfit(e.to_string()))?;
        let core = Core { details: Some(half), ..core };
        let fingerprint = core.fingerprint().map_err(|e| misfit(e.to_string()))?;
        let core = core.to_bytes().map_err(|e| misfit(e.to_string()))?;
        Ok(Unsigned { subject, party, place, code, salt, core, fingerprint, details })
    }

    fn agency(&self, subject: &Subject) -> Result<(&'a Agency, String), Fault> {
        let agency = self.run.catalog.agency(&subject.agency);
        let agency = agency.ok_or_else(|| Fault::Misuse(format!("no agency {} in the catalogue", subject.agency)))?;
        let region = agency.region.map_or_else(|| subject.item.power.region.clone(), |region| region.to_string());
        Ok((agency, region))
    }

    fn draft<'d>(
        &'d self,
        (subject, holder, place): (&'d Subject, Id, Place),
        (agency, region): (&'d Agency, &'d str),
        serial: &'d str,
    ) -> Draft<'d> {
        Draft {
            item: &subject.item,
            case_id: self.id,
            case_number: self.run.name,
            holder,
            holder_name: &subject.holder,
            holder_code: &subject.code,
            region,
            agency,
            serial,
            validity: subject.validity,
            record: &subject.record,
            before: None,
            place,
            at: self.at,
        }
    }

    fn issued(&self, unit: Unit, (batch, number): (&Batch, usize), one: Unsigned<'_>) -> Result<Unit, CommitError> {
        let Run { desk, name, .. } = self.run;
        let Unsigned { subject, party, place, code, salt, core, fingerprint, details } = one;
        let file = batch.file(number, core.clone(), details);
        let text = file.map(|file| file.to_text()).transpose();
        let text = text.map_err(|e| Fault::Misuse(e.to_string()))?;
        let text = text.ok_or_else(|| Fault::Misuse(format!("no number {number} in the batch")))?;
        let (agency, region) = self.agency(subject)?;
        let draft = self.draft((subject, party.id, place), (agency, &region), "");
        let licence = single::born(desk, &draft, code, (text, &salt));
        let entry = vec![
            desk.shard.into(),
            name.into(),
            (&subject.key).into(),
            licence.id.into(),
            self.id.into(),
            i64::try_from(number).unwrap_or(0).into(),
        ];
        let leaf = self.leaf(subject, &licence, fingerprint)?;
        let unit = unit.insert(&LICENCE, licence.values()).insert(&SUBJECT, entry).leaf(leaf);
        Ok(single::with_core(unit, &licence, place, core))
    }

    /// As a grant's own leaf, with the batch in place of the case.
    fn leaf(&self, subject: &Subject, licence: &Licence, core: Hash) -> Result<Leaf, Fault> {
        let act = json!({
            "core": core, "code": licence.code, "type": licence.kind, "at": self.at,
            "valid_from": licence.valid_from.to_string(), "valid_to": licence.valid_to.map(|day| day.to_string()),
        });
        let body = json!({
            "schema": 1, "kind": "licence.issued", "batch": self.id.to_string(), "run": self.run.name,
            "item": subject.item.id, "item_version": subject.item.hash, "region": licence.region, "agency": licence.agency,
            "act": act, "commitment": licence.commitment,
        });
        let bytes = canonical_value(&body).map_err(|e| Fault::Misuse(format!("a leaf cannot be written: {e}")))?;
        Ok(Leaf { subject: licence.id, kind: "licence.issued", bytes: bytes.into_bytes() })
    }
}

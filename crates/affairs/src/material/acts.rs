//! Taking bytes in, keeping and removing materials, and what a scanner's word changes.

use evidence::canonical::Salt;
use kernel::{Id, Moment};
use store::{BlobError, Fault, Store, Unit, Upload};

use super::decide::{Bounds, Bringing, Holder, Material, MaterialState, Received, pause_ms};
use super::record;
use super::scan::{Checkers, Pieces, Unscanned, Verdict};
use super::sniff::{Flaw, Sniffer};
use crate::access::Desk;

/// One file on its way in: looked at and written piece by piece.
pub struct Receiving<'a> {
    upload: Option<Upload<'a>>,
    sniffer: Sniffer,
    bounds: Bounds,
    bytes: u64,
    flaw: Option<Flaw>,
}

impl<'a> Receiving<'a> {
    /// Begins to take a file in. `flaw`: what is wrong with it before it comes; then it is only let pass.
    ///
    /// # Errors
    /// A [`Fault`] of the store.
    pub fn begin(desk: &Desk<'a>, bounds: Bounds, flaw: Option<Flaw>) -> Result<Self, Fault> {
        let most = usize::try_from(bounds.bytes()).unwrap_or(usize::MAX);
        let upload = match flaw {
            None => Some(desk.store.blob_begin(desk.shard, desk.id(), most).map_err(fault)?),
            Some(_) => None,
        };
        Ok(Self { upload, sniffer: Sniffer::new(bounds.megapixels), bounds, bytes: 0, flaw })
    }

    /// The next bytes. After a flaw nothing is looked at or kept any more.
    ///
    /// # Errors
    /// A [`Fault`] of the store.
    pub async fn push(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.bytes = self.bytes.saturating_add(bytes.len() as u64);
        if self.flaw.is_some() {
            return Ok(());
        }
        if self.bytes > self.bounds.bytes() {
            return self.give_up(Flaw::Large(self.bounds.file_mb)).await;
        }
        match self.sniffer.feed(bytes) {
            Ok(kept) => self.keep(&kept).await,
            Err(flaw) => self.give_up(flaw).await,
        }
    }

    /// The end: the bytes as the store knows them, or what is wrong with them.
    ///
    /// # Errors
    /// A [`Fault`] of the store.
    pub async fn finish(mut self) -> Result<Result<Received, Flaw>, Fault> {
        let told = match self.flaw {
            None => std::mem::replace(&mut self.sniffer, Sniffer::new(0)).finish(),
            Some(flaw) => Err(flaw),
        };
        let (held, kind) = match told {
            Ok(told) => told,
            Err(flaw) => {
                self.give_up(flaw).await?;
                return Ok(Err(flaw));
            }
        };
        self.keep(&held).await?;
        match self.upload.take() {
            Some(upload) => {
                let (hash, size_bytes) = upload.finish().await.map_err(fault)?;
                Ok(Ok(Received { hash, size_bytes, kind }))
            }
            None => Ok(Err(self.flaw.unwrap_or(Flaw::Broken))),
        }
    }

    async fn keep(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        match self.upload.as_mut() {
            Some(upload) => upload.push(bytes).await.map_err(fault),
            None => Ok(()),
        }
    }

    async fn give_up(&mut self, flaw: Flaw) -> Result<(), Fault> {
        self.flaw = Some(flaw);
        match self.upload.take() {
            Some(upload) => upload.abandon().await,
            None => Ok(()),
        }
    }
}

fn fault(error: BlobError) -> Fault {
    match error {
        BlobError::Fault(fault) => fault,
        // Bounds of the catalogue lie within the store's.
        too_large @ BlobError::TooLarge { .. } => Fault::Misuse(too_large.to_string()),
    }
}

/// A material that was brought, in quarantine; nothing is written yet. `None` where nobody brings it.
pub fn brought(desk: &Desk<'_>, bringing: &Bringing<'_>, received: &Received) -> Option<Material> {
    let salt = Salt::generate(desk.entropy);
    Material::new(bringing, received, (desk.shard, desk.id(), desk.now()), salt)
}

/// Adds a material to the unit of the act that brings it.
pub fn add(unit: Unit, material: &Material) -> Unit {
    material.insert(unit)
}

/// Takes a material that lies in a draft away again, with its bytes.
pub fn remove(unit: Unit, material: &Material) -> Unit {
    material.delete(unit)
}

/// Hands in with a case what lay in a draft.
pub fn hand_in(unit: Unit, material: &Material, case: Id) -> Unit {
    Material { holder: Holder::Case(case), ..material.clone() }.change(unit)
}

/// The same bytes as a material of a case, with a row and a salt of its own: what is asked once may be wanted by several.
pub fn copied(desk: &Desk<'_>, material: &Material, case: Id) -> Material {
    let (id, salt) = (desk.id(), Salt::generate(desk.entropy));
    Material { id, version: 1, holder: Holder::Case(case), salt, ..material.clone() }
}

/// The materials of a case, in the order in which they came.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn of_case(store: &Store, case: Id) -> Result<Vec<Material>, Fault> {
    record::of_case(store, case).await
}

/// The materials that lie in a draft.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn of_draft(store: &Store, draft: Id) -> Result<Vec<Material>, Fault> {
    record::of_draft(store, draft).await
}

/// The photographs of an inspection, in the order in which they came.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn of_inspection(store: &Store, inspection: Id) -> Result<Vec<Material>, Fault> {
    record::of_inspection(store, inspection).await
}

/// The materials that lie with a run of a power, in the order in which they came.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn of_run(store: &Store, run: Id) -> Result<Vec<Material>, Fault> {
    record::of_run(store, run).await
}

/// A material of this holder; anybody else's is none.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn of_holder(store: &Store, holder: Holder, id: Id) -> Result<Option<Material>, Fault> {
    Ok(record::one(store, id).await?.filter(|material| material.holder == holder))
}

/// A material by its id, for whoever has asked with what it lies.
///
/// # Errors
/// A fault of the database.
pub async fn one(store: &Store, id: Id) -> Result<Option<Material>, Fault> {
    record::one(store, id).await
}

/// How many materials wait for a scanner, and since when the first of them: for the doctor and the numbers.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn waiting(store: &Store) -> Result<(i64, Option<Moment>), Fault> {
    record::waiting(store).await
}

/// What is to be scanned now, the longest waiting first.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn due(store: &Store, now: Moment, most: i64) -> Result<Vec<Material>, Fault> {
    record::due(store, now, most).await
}

/// Asks the checkers about a material.
///
/// # Errors
/// [`Unscanned`] where none of them said anything.
pub async fn scan(store: &Store, checkers: &Checkers, material: &Material) -> Result<Verdict, Unscanned> {
    let hash = material.content().ok_or_else(|| Unscanned("the row names no bytes".to_owned()))?;
    checkers.scan(Pieces::new(store, &material.shard, hash)).await
}

/// The material as a scanner's word, or its silence, leaves it, and the unit that says so. `keep`: whether refused bytes are
/// kept, sealed; else nothing holds them any more and they are swept within a day.
pub fn told(
    desk: &Desk<'_>,
    material: &Material,
    (said, scanner): (&Result<Verdict, Unscanned>, &str),
    keep: bool,
) -> (Material, Unit) {
    let now = desk.now();
    let mut after = Material { scanner: Some(scanner.to_owned()), ..material.clone() };
    match said {
        Ok(Verdict::Clean) => (after.state, after.scanned_at) = (MaterialState::Clean, Some(now)),
        Ok(Verdict::Infected(found)) => {
            (after.state, after.scanned_at) = (MaterialState::Refused, Some(now));
            after.found = Some(found.chars().filter(|c| !c.is_control()).take(200).collect());
            after.held = keep;
        }
        Err(_) => {
            after.next_at = now.plus_ms(pause_ms(material.tries));
            after.tries = material.tries.saturating_add(1);
        }
    }
    let unit = after.change(Unit::new(&material.shard).asked_by(desk.tenant));
    let unit = if material.held && !after.held { unit.release(&material.hash) } else { unit };
    (after, unit)
}

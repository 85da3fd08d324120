//! Photographs of an inspection: files in the quarantine of the room `material`, until both have signed.

use evidence::canonical::commitment;
use serde_json::{Value as Json, json};
use store::Unit;

use super::error::SupervisionError;
use super::inspect::{inspection_file, leaf, worked};
use super::ledger::canonical;
use crate::access::Actor;
use crate::approval::Desk;
use crate::material::{self, Bringing, Holder, Material, Received, Way};

/// What photographs of an inspection are called among materials.
pub const PHOTO: &str = "photo";
/// The most photographs of one inspection.
pub const PHOTOS: u32 = 30;

/// Adds a photograph; it lies in quarantine until a scanner has looked at it.
///
/// # Errors
/// [`SupervisionError::NotAllowed`] where both have signed.
pub async fn photograph(
    desk: &Desk<'_>,
    actor: &Actor,
    number: &str,
    brought: (&str, &Received),
) -> Result<Material, SupervisionError> {
    let (photo, unit) = photographed(desk, actor, number, (brought, &Json::Null)).await?;
    desk.store().commit(unit).await?;
    Ok(photo)
}

/// A photograph of an inspection, and the unit that adds it; `said`: what a device says of it, for the commitment.
pub(super) async fn photographed(
    desk: &Desk<'_>,
    actor: &Actor,
    number: &str,
    ((name, received), said): ((&str, &Received), &Json),
) -> Result<(Material, Unit), SupervisionError> {
    let now = desk.base.now();
    let seen = inspection_file(desk.store(), actor, (number, now)).await?.inspection;
    let (inspection, _) = worked(desk, actor, (number, seen.version)).await?;
    if !inspection.state.is_open() {
        return Err(SupervisionError::not_allowed(
            "检查已经签署，不能再加照片",
            "both have signed: no more photographs",
        ));
    }
    let by = actor.signature();
    let holder = Holder::Inspection(inspection.id);
    let bringing = Bringing { holder, material: PHOTO, name, way: Way::Photographed, by: &by };
    let photo = material::brought(&desk.base, &bringing, received).ok_or(SupervisionError::NotFound)?;
    let unit = material::add(desk.base.unit(), &photo);
    let private = json!({ "hash": photo.hash, "by": by, "said": said });
    let kept = commitment(&photo.salt, canonical(&private)?.as_bytes()).to_string();
    let unit = unit.leaf(leaf(&inspection, "photographed", &json!(kept), now)?);
    Ok((photo, unit))
}

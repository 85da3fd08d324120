//! Where rules are made, by whom, and what he may do there.

use std::sync::Arc;

use kernel::Text;

use super::error::WorkshopError;
use crate::access::{Actor, Place, Right, StaffActor};
use crate::approval::Desk;
use crate::catalog::{Catalog, Item};

/// The bench.
#[derive(Clone, Copy)]
pub struct Bench<'a> {
    /// The desk at which cases are decided: store, time, chance, seal.
    pub desk: Desk<'a>,
    /// The catalogue, shared with the thread that tests a draft.
    pub catalog: &'a Arc<Catalog>,
    /// Who works at it.
    pub actor: &'a Actor,
}

impl<'a> Bench<'a> {
    /// The officer; nobody else finds anything here.
    pub(super) fn officer(&self) -> Result<&'a StaffActor, WorkshopError> {
        self.actor.staff().ok_or(WorkshopError::NotFound)
    }

    /// Where an item's rules belong: the agency at the top of its power, and its region.
    pub fn place(&self, item: &Item) -> (String, String) {
        let agency = self.catalog.offering(item).map_or_else(String::new, |agency| agency.id.clone());
        (agency, item.power.region.clone())
    }

    /// Whether the actor holds a right over rules of that place.
    pub fn may(&self, right: Right, (agency, region, item): (&str, &str, &str)) -> bool {
        self.actor.allow(right, &Place { agency, region, item })
    }

    /// Whether he finds the rules of that place at all.
    pub(super) fn sees(&self, place: (&str, &str, &str)) -> bool {
        [Right::WriteRules, Right::ApproveRules, Right::Lead, Right::Audit]
            .into_iter()
            .any(|right| self.may(right, place))
    }

    /// The newest version of an item, where the actor finds it.
    pub(super) fn item(&self, id: &str) -> Result<Arc<Item>, WorkshopError> {
        let newest = self.catalog.versions_of(id).last().cloned().ok_or(WorkshopError::NotFound)?;
        let (agency, region) = self.place(&newest);
        if self.sees((&agency, &region, id)) { Ok(newest) } else { Err(WorkshopError::NotFound) }
    }

    /// The actor writes rules of that place, or is told that he does not.
    pub(super) fn must_write(&self, place: (&str, &str, &str)) -> Result<(), WorkshopError> {
        self.must(
            Right::WriteRules,
            place,
            ("您的岗位不编写这个事项的规则", "your post does not write the rules of this item"),
        )
    }

    /// The actor approves rules of that place, or is told that he does not.
    pub(super) fn must_approve(&self, place: (&str, &str, &str)) -> Result<(), WorkshopError> {
        let why = ("审核、公布、回退由有审核权的岗位办理，您的岗位没有", "your post does not approve or publish rules");
        self.must(Right::ApproveRules, place, why)
    }

    fn must(&self, right: Right, place: (&str, &str, &str), (zh, en): (&str, &str)) -> Result<(), WorkshopError> {
        if self.may(right, place) {
            Ok(())
        } else if self.sees(place) {
            Err(WorkshopError::Forbidden(Text::new(zh, en)))
        } else {
            Err(WorkshopError::NotFound)
        }
    }
}

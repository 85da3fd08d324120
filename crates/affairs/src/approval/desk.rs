//! What deciding takes besides the case itself, handed in whole by the program's edge.

use kernel::Id;
use store::{Store, Unit};

use super::assess::Setting;
use super::record::Case;
use crate::access;
use crate::catalog::{Catalog, Item};
use crate::licence::{Issuer, Licence};
use crate::register::Registers;

/// A granted case, as the rooms above see it before the commit.
#[derive(Debug, Clone, Copy)]
pub struct Granted<'a> {
    /// The case as it will be stored.
    pub case: &'a Case,
    /// The item version that decided it.
    pub item: &'a Item,
    /// The catalogue, for agencies and the calendar.
    pub catalog: &'a Catalog,
    /// The licence born or struck off, where there is one.
    pub licence: Option<&'a Licence>,
    /// Region codes by input name: where a duty's supervisor is looked for.
    pub inputs: &'a crate::catalog::Inputs,
}

/// A case that the agency has done with (granted, refused, not accepted, not needed, ended), as the rooms above see it before the
/// commit.
#[derive(Debug, Clone, Copy)]
pub struct Decided<'a> {
    /// The case as it will be stored.
    pub case: &'a Case,
    /// The account of the officer who decided; none: the machine or the law did.
    pub officer: Option<Id>,
}

/// A room above that adds its rows to a grant or a decision, in the same transaction. Pure: it reads nothing but what it is given.
#[derive(Debug, Clone, Copy)]
pub enum Reactor {
    /// At every grant.
    Granted(fn(&access::Desk<'_>, &Granted<'_>) -> Unit),
    /// Whenever the agency has done with a case.
    Decided(fn(&access::Desk<'_>, &Decided<'_>) -> Unit),
}

/// The desk at which cases are received and decided.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    /// Store, shard, time and chance.
    pub base: access::Desk<'a>,
    /// The catalogue's snapshot.
    pub catalog: &'a Catalog,
    /// The registers' layouts.
    pub registers: &'a Registers,
    /// Whose seal stands on licences.
    pub issuer: &'a Issuer,
    /// May conditions nobody adopted grant?
    pub setting: Setting,
    /// The rooms above that take part.
    pub reactors: &'a [Reactor],
}

impl<'a> Desk<'a> {
    /// The store.
    pub fn store(&self) -> &'a Store {
        self.base.store
    }
}

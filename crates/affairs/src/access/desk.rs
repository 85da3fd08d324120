//! What writing an act takes besides the act itself: where to write it, and time and chance by the front door.

use kernel::{Clock, Entropy, Id, Moment, Tenant};
use store::{Store, Unit};

/// The place at which an act is written down.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    /// The store.
    pub store: &'a Store,
    /// The home shard of what is written.
    pub shard: &'a str,
    /// Time.
    pub clock: &'a dyn Clock,
    /// Chance.
    pub entropy: &'a dyn Entropy,
    /// In whose name: out of whose share of the writer it is written.
    pub tenant: Tenant,
}

impl Desk<'_> {
    /// The time now.
    pub fn now(&self) -> Moment {
        self.clock.now()
    }

    /// A new id.
    pub fn id(&self) -> Id {
        Id::new(self.clock, self.entropy)
    }

    /// An empty unit of this desk's shard, asked for by its tenant.
    pub fn unit(&self) -> Unit {
        Unit::new(self.shard).asked_by(self.tenant)
    }
}

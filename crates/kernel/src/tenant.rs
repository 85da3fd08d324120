//! The tenant: in whose name something is asked of the machine, and so out of whose share it is done.

use std::net::IpAddr;

use crate::Id;

/// What a tenant is. Agencies and companies have many people at work, so their share is larger than one person's.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum TenantKind {
    /// The program's own work: clock, imports, housekeeping.
    House,
    /// An agency, for everybody on its staff.
    Agency,
    /// A company, for everybody who acts for it.
    Company,
    /// A person who acts for himself, or whoever acts for him.
    Person,
    /// Somebody who is not signed in, known by his address.
    Address,
}

impl TenantKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::House, Self::Agency, Self::Company, Self::Person, Self::Address];

    /// How many single shares it has; ours (grade D).
    pub const fn weight(self) -> u32 {
        match self {
            Self::House => 16,
            Self::Agency => 4,
            Self::Company | Self::Address => 2,
            Self::Person => 1,
        }
    }

    /// The word in numbers and logs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::House => "house",
            Self::Agency => "agency",
            Self::Company => "company",
            Self::Person => "person",
            Self::Address => "address",
        }
    }
}

/// A tenant. Two that meet in one key share one share and nothing else; the key tells nobody who it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Tenant {
    kind: TenantKind,
    key: u64,
}

impl Tenant {
    /// The program itself.
    pub const HOUSE: Self = Self { kind: TenantKind::House, key: 0 };

    /// The agency with this id of the catalogue.
    pub fn agency(id: &str) -> Self {
        // FNV-1a: short ids, no enemy, the same in every process.
        let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self { kind: TenantKind::Agency, key: id.bytes().fold(0xcbf2_9ce4_8422_2325, mix) }
    }

    /// The company that is this party.
    pub const fn company(party: Id) -> Self {
        Self { kind: TenantKind::Company, key: chance(party) }
    }

    /// The person who is this party.
    pub const fn person(party: Id) -> Self {
        Self { kind: TenantKind::Person, key: chance(party) }
    }

    /// Whoever asks from this address; of IPv6, from this network, for one household has as many addresses as it likes.
    pub fn address(address: IpAddr) -> Self {
        let key = match address.to_canonical() {
            IpAddr::V4(v4) => u64::from(v4.to_bits()),
            IpAddr::V6(v6) => u64::try_from(v6.to_bits() >> 64).unwrap_or(0),
        };
        Self { kind: TenantKind::Address, key }
    }

    /// What it is.
    pub const fn kind(self) -> TenantKind {
        self.kind
    }

    /// How many single shares it has.
    pub const fn weight(self) -> u32 {
        self.kind.weight()
    }
}

/// The half of an id that is chance.
const fn chance(id: Id) -> u64 {
    let [_, _, _, _, _, _, _, _, a, b, c, d, e, f, g, h] = id.bytes();
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FixedClock, SeededEntropy};

    #[test]
    fn one_agency_is_one_tenant_and_two_are_two() {
        assert_eq!(Tenant::agency("gx-mpa"), Tenant::agency("gx-mpa"));
        assert_ne!(Tenant::agency("gx-mpa"), Tenant::agency("gx-amr"));
        assert_eq!(Tenant::agency("gx-mpa").kind(), TenantKind::Agency);
    }

    #[test]
    fn parties_are_told_apart_though_made_in_one_millisecond() {
        let (clock, chance) = (FixedClock::default(), SeededEntropy::new(3));
        let ids: Vec<Id> = (0..1_000).map(|_| Id::new(&clock, &chance)).collect();
        let tenants: std::collections::BTreeSet<Tenant> = ids.iter().map(|id| Tenant::person(*id)).collect();
        assert_eq!(tenants.len(), 1_000);
        assert_ne!(Tenant::person(ids[0]), Tenant::company(ids[0]));
    }

    #[test]
    fn an_address_is_a_host_or_a_network() {
        let of = |text: &str| Tenant::address(text.parse().unwrap());
        assert_ne!(of("203.0.113.9"), of("203.0.113.10"));
        assert_eq!(of("203.0.113.9"), of("::ffff:203.0.113.9"));
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
    }
}

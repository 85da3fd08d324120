//! A row of the list: one power, as it is published.

use kernel::{Grade, Money, Period, RegionLevel};
use serde::{Deserialize, Serialize};

/// One power with its duties.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Power {
    /// Its code within its list; opaque.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its English name; may be empty.
    #[serde(default)]
    pub name_en: String,
    /// Id of its kind.
    pub kind: String,
    /// Its sub-items.
    pub sub_items: Vec<String>,
    /// The statutory basis: law and article, one a line.
    pub basis: Vec<String>,
    /// How well the weakest of them is proven.
    pub grade: Grade,
    /// Id of the agency that holds it.
    pub agency: String,
    /// The office within the agency.
    pub office: String,
    /// The level on which it is exercised.
    pub level: RegionLevel,
    /// How it is split between levels; may be empty.
    pub split: String,
    /// Id of its flow.
    pub flow: String,
    /// The statutory limit; `None`: the law sets none.
    pub statutory: Option<Period>,
    /// The committed limit; 0 is on the spot.
    pub committed: Option<Period>,
    /// Stages outside the limit: hearing, inspection, expert review.
    pub special: Vec<SpecialLimit>,
    /// What must be handed in.
    pub materials: Vec<Material>,
    /// What it costs; `None`: nothing.
    pub fee: Option<Fee>,
    /// The stages of handling, in order.
    pub stages: Vec<String>,
    /// The seals it takes.
    pub seals: Vec<Seal>,
    /// The duties that come with it.
    pub duties: Vec<String>,
    /// The phone by which its exercise is watched.
    pub phone: String,
    /// Ids of the handling items by which people ask for it.
    pub items: Vec<String>,
}

/// A stage with a time of its own, outside the limit.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SpecialLimit {
    /// Its name.
    pub name: String,
    /// How long.
    pub period: Period,
}

/// A material.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Material {
    /// Its name.
    pub name: String,
    /// Whether the agency fetches it by sharing: then the citizen does not bring it.
    pub shared: bool,
}

/// A fee.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Fee {
    /// How much, each time.
    pub amount: Money,
    /// By what it is charged.
    pub basis: String,
}

/// A seal.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Seal {
    /// Whose.
    pub name: String,
    /// Whether it is put on inside the agency: then the citizen need not fetch it.
    pub inside: bool,
}

impl Power {
    /// How many seals the citizen must fetch.
    pub fn seals_to_fetch(&self) -> usize {
        self.seals.iter().filter(|s| !s.inside).count()
    }

    /// The materials the citizen brings.
    pub fn materials_to_bring(&self) -> impl Iterator<Item = &Material> {
        self.materials.iter().filter(|m| !m.shared)
    }

    /// Whether it is decided on the spot.
    pub fn is_on_the_spot(&self) -> bool {
        self.committed.is_some_and(|p| p.n == 0)
    }
}

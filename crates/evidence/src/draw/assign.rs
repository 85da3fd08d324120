//! Which officers: for each target those with the least to do who may go there, even among equals.
//!
//! Its law: never a barred pair; at each step every officer who may go and has the least to do so far has the same chance;
//! where nobody is barred each officer has the chance officers-each ÷ officers at every target, and no two loads differ
//! by more than one.

use super::file::Seed;
use super::roll::{Order, Roll};
use super::select::{Chance, shuffle};
use super::stream::{Purpose, Stream};

/// A target and who inspects it.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    /// The target's id.
    pub target: String,
    /// The officers' ids, ascending.
    pub officers: Vec<String>,
}

/// Gives each of the `drawn` targets (positions, ascending) its officers. The roll was checked for `order`, so that nobody
/// is left without.
pub fn assign(roll: &Roll, order: Order, drawn: &[usize], chance: &mut dyn Chance) -> Vec<Pair> {
    let mut turns = drawn.to_vec();
    shuffle(&mut turns, chance);
    let mut loads = vec![0_u32; roll.officers().len()];
    let mut pairs: Vec<(usize, Pair)> = turns
        .into_iter()
        .map(|target| {
            let mut free: Vec<usize> = roll.eligible(target).collect();
            let mut officers: Vec<usize> = (0..order.each).filter_map(|_| one(&mut free, &mut loads, chance)).collect();
            officers.sort_unstable();
            (target, pair(roll, target, &officers))
        })
        .collect();
    pairs.sort_unstable_by_key(|(target, _)| *target);
    pairs.into_iter().map(|(_, pair)| pair).collect()
}

/// Takes one of those with the least to do out of `free`.
fn one(free: &mut Vec<usize>, loads: &mut [u32], chance: &mut dyn Chance) -> Option<usize> {
    let least = free.iter().map(|officer| loads[*officer]).min()?;
    let equals: Vec<usize> = free.iter().copied().filter(|officer| loads[*officer] == least).collect();
    let officer = equals[chance.below(equals.len() as u64) as usize];
    free.retain(|other| *other != officer);
    loads[officer] += 1;
    Some(officer)
}

fn pair(roll: &Roll, target: usize, officers: &[usize]) -> Pair {
    let officers = officers.iter().map(|officer| roll.officers()[*officer].clone()).collect();
    Pair { target: roll.targets()[target].id.clone(), officers }
}

/// Who stands in at a drawn target when one of its officers drops out after the draw: the first of these who has not
/// dropped out too. Fixed by the seed, so that nobody picks a successor.
pub fn stand_ins(roll: &Roll, seed: &Seed, pair: &Pair) -> Vec<String> {
    let Ok(target) = roll.targets().binary_search_by(|t| t.id.as_str().cmp(&pair.target)) else { return Vec::new() };
    let names = roll.eligible(target).map(|officer| roll.officers()[officer].clone());
    let mut waiting: Vec<String> = names.filter(|name| !pair.officers.contains(name)).collect();
    shuffle(&mut waiting, &mut Stream::new(seed, Purpose::StandIn(&pair.target)));
    waiting
}

//! Which targets: systematic sampling with unequal chances over an order shuffled within each class.
//!
//! Everybody whose chance is not certain lies on a line, as long as places × weight. A mark stands every W units, W the
//! sum of the weights, the first one at an even start below W. Whoever lies under a mark is drawn. A piece shorter than W
//! meets a mark with the chance (places × weight) ÷ W exactly, whatever the order, because the start is even.

use super::roll::{Roll, Target};

/// Where even numbers come from: the hash stream in life, every possible path in the tests that enumerate.
pub trait Chance {
    /// An even number from 0 to `bound` − 1; `bound` is at least 1.
    fn below(&mut self, bound: u64) -> u64;
}

/// A chance as a fraction, not reduced: it shows places × weight over the sum of weights.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fraction {
    /// Above the line.
    pub numerator: u64,
    /// Below the line.
    pub denominator: u64,
}

/// The chances of a whole roll, known before the draw.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Chances {
    /// By position in the roll: whether it is drawn for certain.
    certain: Vec<bool>,
    /// Places left for the others.
    places: u64,
    /// The sum of the others' weights.
    weight: u64,
}

impl Chances {
    /// Whether the target at this position is drawn for certain.
    pub fn is_certain(&self, position: usize) -> bool {
        self.certain[position]
    }

    /// The chance of the target at this position, which has this weight.
    pub fn of(&self, position: usize, target: &Target) -> Fraction {
        if self.certain[position] {
            return Fraction { numerator: 1, denominator: 1 };
        }
        Fraction { numerator: self.places * u64::from(target.weight), denominator: self.weight }
    }

    /// Places that are drawn for.
    pub const fn places(&self) -> u64 {
        self.places
    }

    /// The sum of the weights that are drawn for: the distance of two marks.
    pub const fn weight(&self) -> u64 {
        self.weight
    }
}

/// The chances when `take` of the roll's targets are drawn. A target whose share is a whole place or more is certain; then
/// the rest is looked at again, until nobody is.
pub fn chances(roll: &Roll, take: u32) -> Chances {
    let weight_of = |target: &Target| u64::from(target.weight);
    let mut found = Chances {
        certain: vec![false; roll.targets().len()],
        places: u64::from(take),
        weight: roll.targets().iter().map(weight_of).sum(),
    };
    loop {
        let whole = |(i, target): (usize, &Target)| {
            (!found.certain[i] && found.places * weight_of(target) >= found.weight).then_some(i)
        };
        let certain: Vec<usize> = roll.targets().iter().enumerate().filter_map(whole).collect();
        if certain.is_empty() {
            return found;
        }
        for position in certain {
            found.certain[position] = true;
            found.places -= 1;
            found.weight -= weight_of(&roll.targets()[position]);
        }
    }
}

/// Draws: the positions of the targets in the roll, ascending.
pub fn select(roll: &Roll, chances: &Chances, chance: &mut dyn Chance) -> Vec<usize> {
    let targets = roll.targets();
    let (mut drawn, mut line): (Vec<usize>, Vec<usize>) = (0..targets.len()).partition(|i| chances.certain[*i]);
    line.sort_by(|a, b| targets[*a].class.cmp(&targets[*b].class));
    for class in line.chunk_by_mut(|a, b| targets[*a].class == targets[*b].class) {
        shuffle(class, chance);
    }
    if !line.is_empty() {
        let mut mark = chance.below(chances.weight);
        let mut end = 0;
        for position in line {
            end += chances.places * u64::from(targets[position].weight);
            if mark < end {
                drawn.push(position);
                mark += chances.weight;
            }
        }
    }
    drawn.sort_unstable();
    drawn
}

/// Fisher and Yates: from the last down to the second, each changes places with an even one of those up to itself.
pub(super) fn shuffle<T>(items: &mut [T], chance: &mut dyn Chance) {
    for last in (1..items.len()).rev() {
        let other = chance.below(last as u64 + 1) as usize;
        items.swap(last, other);
    }
}

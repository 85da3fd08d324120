//! Sets of places on an axis, as sorted, disjoint, half-open spans: what a cell lets through.

/// A set of places below some size that its user knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spans(Vec<(u32, u32)>);

impl Spans {
    pub(crate) const fn none() -> Self {
        Self(Vec::new())
    }

    /// From the one place up to the other, which is not in the set; nothing when they are the wrong way round.
    pub(crate) fn one(from: u32, to: u32) -> Self {
        Self(if from < to { vec![(from, to)] } else { Vec::new() })
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// True when every place below `size` is in the set.
    pub(crate) fn is_all(&self, size: u32) -> bool {
        size == 0 || self.0 == [(0, size)]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, u32)> {
        self.0.iter().copied()
    }

    pub(crate) fn contains(&self, place: u32) -> bool {
        let after = self.0.partition_point(|(from, _)| *from <= place);
        after.checked_sub(1).is_some_and(|i| place < self.0[i].1)
    }

    /// The first place of the set.
    pub(crate) fn first(&self) -> Option<u32> {
        self.0.first().map(|(from, _)| *from)
    }

    pub(crate) fn union(&self, other: &Self) -> Self {
        let mut all: Vec<(u32, u32)> = self.iter().chain(other.iter()).collect();
        all.sort_unstable();
        let mut out: Vec<(u32, u32)> = Vec::with_capacity(all.len());
        for (from, to) in all {
            match out.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => out.push((from, to)),
            }
        }
        Self(out)
    }

    pub(crate) fn meet(&self, other: &Self) -> Self {
        let mut out = Vec::new();
        self.each_common(other, |from, to| {
            out.push((from, to));
            true
        });
        Self(out)
    }

    /// Whether both sets have a place in common.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        if let ([a], [b]) = (self.0.as_slice(), other.0.as_slice()) {
            return a.0.max(b.0) < a.1.min(b.1);
        }
        let mut found = false;
        self.each_common(other, |_, _| {
            found = true;
            false
        });
        found
    }

    /// Calls `see` for each common span, until it says that it has seen enough.
    fn each_common(&self, other: &Self, mut see: impl FnMut(u32, u32) -> bool) {
        let (mut i, mut j) = (0, 0);
        while let (Some(a), Some(b)) = (self.0.get(i), other.0.get(j)) {
            let (from, to) = (a.0.max(b.0), a.1.min(b.1));
            if from < to && !see(from, to) {
                return;
            }
            if a.1 < b.1 { i += 1 } else { j += 1 }
        }
    }

    /// All other places below `size`.
    pub(crate) fn others(&self, size: u32) -> Self {
        let mut out = Vec::with_capacity(self.0.len() + 1);
        let mut from = 0;
        for (start, end) in self.iter() {
            if from < start {
                out.push((from, start));
            }
            from = end;
        }
        if from < size {
            out.push((from, size));
        }
        Self(out)
    }

    /// Whether every place of the other set is in this one.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        other.iter().all(|(from, to)| {
            let after = self.0.partition_point(|(start, _)| *start <= from);
            after.checked_sub(1).is_some_and(|i| to <= self.0[i].1)
        })
    }

    /// The same set where only some places are left, by how many of them stand before each place.
    pub(crate) fn ranked(&self, ranks: &[u32]) -> Self {
        let rank = |place: u32| ranks.get(place as usize).copied().unwrap_or_default();
        let moved = self.iter().map(|(from, to)| Self::one(rank(from), rank(to)));
        moved.fold(Self::none(), |all, one| if one.is_empty() { all } else { all.union(&one) })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIZE: u32 = 24;

    fn set() -> impl Strategy<Value = Spans> {
        proptest::collection::vec((0..SIZE, 0..6u32), 0..6).prop_map(|list| {
            list.into_iter().fold(Spans::none(), |all, (from, n)| all.union(&Spans::one(from, (from + n).min(SIZE))))
        })
    }

    proptest! {
        #[test]
        fn they_are_the_sets_they_stand_for(a in set(), b in set()) {
            for place in 0..SIZE {
                let (x, y) = (a.contains(place), b.contains(place));
                prop_assert_eq!(a.union(&b).contains(place), x || y);
                prop_assert_eq!(a.meet(&b).contains(place), x && y);
                prop_assert_eq!(a.others(SIZE).contains(place), !x);
            }
            let places = |s: &Spans| (0..SIZE).filter(|p| s.contains(*p)).collect::<Vec<_>>();
            prop_assert_eq!(a.meets(&b), !a.meet(&b).is_empty());
            prop_assert_eq!(a.covers(&b), places(&b).iter().all(|p| a.contains(*p)));
            prop_assert_eq!(a.is_all(SIZE), places(&a).len() == SIZE as usize);
            prop_assert_eq!(a.first(), places(&a).first().copied());
        }

        #[test]
        fn places_that_are_left_out_close_up(a in set(), left in proptest::collection::vec(any::<bool>(), SIZE as usize)) {
            let mut ranks = vec![0];
            left.iter().for_each(|l| ranks.push(ranks.last().copied().unwrap_or(0) + u32::from(*l)));
            let closed = a.ranked(&ranks);
            for place in (0..SIZE).filter(|p| left[*p as usize]) {
                prop_assert_eq!(closed.contains(ranks[place as usize]), a.contains(place));
            }
        }
    }
}

//! Which leaves a proof hash covers: the splitting rule of RFC 6962, kept apart so that making a proof and checking one
//! walk the same path by the same code.

use super::NodeId;

/// The way from the root down to a leaf (or to the edge of an older tree), one bit a step, the last step lowest.
///
/// At most 64 steps: a tree of `u64` leaves is no deeper.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Path {
    turns: u64,
    pub(super) steps: u32,
}

impl Path {
    fn turn(&mut self, right: bool) {
        self.turns = self.turns << 1 | u64::from(right);
        self.steps += 1;
    }

    /// The turns from the bottom up: `true` where the way went right.
    pub(super) fn upward(self) -> impl Iterator<Item = bool> {
        (0..self.steps).map(move |i| self.turns >> i & 1 == 1)
    }
}

/// Leaves `start..end`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Range {
    pub(super) start: u64,
    pub(super) end: u64,
}

impl Range {
    /// Where a range of two leaves or more divides: the left part is the largest power of two smaller than the whole.
    fn middle(self) -> u64 {
        let last = self.end - self.start - 1;
        self.start + (1 << last.ilog2())
    }

    /// The complete subtrees this range is made of, from left to right. `start` is a multiple of the largest of them.
    pub(super) fn nodes(self) -> Vec<NodeId> {
        let (mut nodes, mut at) = (Vec::new(), self.start);
        while at < self.end {
            let level = (self.end - at).ilog2();
            nodes.push(NodeId { level: level as u8, index: at >> level });
            at += 1 << level;
        }
        nodes
    }
}

/// The way to leaf `index` of a tree of `size` leaves (`index < size`); `aside` sees each subtree passed by, top down.
pub(super) fn way_to_leaf(index: u64, size: u64, mut aside: impl FnMut(Range)) -> Path {
    let (mut here, mut path) = (Range { start: 0, end: size }, Path::default());
    while here.end - here.start > 1 {
        let right = index >= here.middle();
        descend(&mut here, right, &mut aside);
        path.turn(right);
    }
    path
}

/// The way to the last subtree of the tree of `old` leaves within the one of `new` leaves (`0 < old < new`).
///
/// Also gives that subtree; where it starts at 0 it is the whole older tree, whose root the verifier already knows.
pub(super) fn way_to_edge(old: u64, new: u64, mut aside: impl FnMut(Range)) -> (Path, Range) {
    let (mut here, mut path) = (Range { start: 0, end: new }, Path::default());
    while here.end != old {
        let right = old > here.middle();
        descend(&mut here, right, &mut aside);
        path.turn(right);
    }
    (path, here)
}

fn descend(here: &mut Range, right: bool, aside: &mut impl FnMut(Range)) {
    let middle = here.middle();
    if right {
        aside(Range { start: here.start, end: middle });
        here.start = middle;
    } else {
        aside(Range { start: middle, end: here.end });
        here.end = middle;
    }
}

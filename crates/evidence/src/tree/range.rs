//! Which leaves a proof hash covers: the splitting rule of RFC 6962, kept apart so that making a proof and checking one
//! walk the same path by the same code.

use super::NodeId;

/// One step on the way down.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Turn {
    /// To the left; the subtree on the right is passed by.
    Left,
    /// To the right; the subtree on the left is passed by.
    Right,
    /// To the right, and the subtree passed by on the left is part of what we are looking for.
    RightWithLeft,
}

/// The way from the root down, two bits a step, the last step lowest. At most 64 steps: a tree of `u64` leaves is no
/// deeper.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Path {
    right: u64,
    with_left: u64,
    pub(super) steps: u32,
}

impl Path {
    fn turn(&mut self, turn: Turn) {
        self.right = self.right << 1 | u64::from(turn != Turn::Left);
        self.with_left = self.with_left << 1 | u64::from(turn == Turn::RightWithLeft);
        self.steps += 1;
    }

    /// The turns from the bottom up.
    pub(super) fn upward(self) -> impl Iterator<Item = Turn> {
        (0..self.steps).map(move |i| match (self.right >> i & 1, self.with_left >> i & 1) {
            (0, _) => Turn::Left,
            (_, 0) => Turn::Right,
            _ => Turn::RightWithLeft,
        })
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
pub(super) fn way_to_leaf(index: u64, size: u64, aside: impl FnMut(Range)) -> Path {
    way_to_range(Range { start: index, end: index + 1 }, size, aside).0
}

/// The way to the leaves `target` of a tree of `size` leaves, where they are a subtree by themselves (`0 < end <= size`,
/// and `start` a multiple of the power of two that holds them).
///
/// Where the target is not one node of the tree, the way ends at its last part; the parts passed by belong to it. Also
/// gives where it ends: at the target itself, whose root the verifier already knows, or at a part.
pub(super) fn way_to_range(target: Range, size: u64, mut aside: impl FnMut(Range)) -> (Path, Range) {
    let (mut here, mut target, mut path) = (Range { start: 0, end: size }, target, Path::default());
    while here != target {
        let middle = here.middle();
        let turn = match () {
            () if target.end <= middle => Turn::Left,
            () if target.start >= middle => Turn::Right,
            () => Turn::RightWithLeft,
        };
        if turn == Turn::Left {
            aside(Range { start: middle, end: here.end });
            here.end = middle;
        } else {
            aside(Range { start: here.start, end: middle });
            here.start = middle;
            target.start = target.start.max(middle);
        }
        path.turn(turn);
    }
    (path, here)
}

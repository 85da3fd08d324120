//! Regions: which places there are, on which level, since when, and what lies below what.
//!
//! The facts come from `catalog/regions`, one plain file a level; this room only reads and answers. A region is never
//! deleted: one that ceased keeps its last day, so that old cases still name their place, and `change.csv` says what
//! took its place. Nothing here decides who is responsible for what; that is the catalogue's business (agencies and
//! items name regions).
//!
//! Eighteen thousand villages are one sorted list: a region and everything below it are one stretch of it.

mod read;
mod search;

use kernel::{Date, Language, Region, RegionCode, RegionLevel, Text};

pub use read::{CHANGES_HEADER, HEADER, RegionMistake};
pub use search::Found;

/// All regions known, past and present.
#[derive(Clone, Debug, Default)]
pub struct Regions {
    /// By code, oldest first: a code may name different places in different times.
    rows: Vec<Region>,
    /// What took the place of what, by the old code.
    changes: Vec<Change>,
}

/// From one day on, a region's place is taken by another. A split is several rows with one `from`, a merger several
/// with one `to`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// The region that ceased the day before.
    pub from: RegionCode,
    /// A region that took its place, wholly or in part.
    pub to: RegionCode,
    /// First day of the new order.
    pub on: Date,
    /// The document that ordered it.
    pub document: String,
}

impl Regions {
    /// The regions whose next level up is missing: a hole in the tree.
    pub fn orphans(&self) -> impl Iterator<Item = &Region> {
        self.rows.iter().filter(|r| r.code.parent().is_some_and(|p| self.times(p).is_empty()))
    }

    /// The region of this code on a day.
    pub fn get(&self, code: RegionCode, on: Date) -> Option<&Region> {
        self.times(code).iter().find(|r| r.in_force(on))
    }

    /// The region of this code, today's or the last there was.
    pub fn latest(&self, code: RegionCode) -> Option<&Region> {
        self.times(code).last()
    }

    /// How many regions of this level are in force on a day.
    pub fn count(&self, level: RegionLevel, on: Date) -> usize {
        self.rows.iter().filter(|r| r.level() == level && r.in_force(on)).count()
    }

    /// The region itself and everything below it that is in force on a day, in the order of codes.
    pub fn subtree(&self, root: RegionCode, on: Date) -> impl Iterator<Item = &Region> {
        self.stretch(root).iter().filter(move |r| r.in_force(on))
    }

    /// The regions one step below this one on a day. What lies below a child is jumped over, so that the fourteen cities
    /// of Guangxi cost fourteen looks and not eighteen thousand.
    pub fn children(&self, parent: RegionCode, on: Date) -> impl Iterator<Item = &Region> {
        let mut rest = &self.stretch(parent)[self.times(parent).len()..];
        let next = move || {
            let child = rest.first()?.code;
            let (here, after) = rest.split_at(rest.partition_point(|r| r.code <= child || child.contains(r.code)));
            rest = after;
            Some(here.iter().take_while(move |r| r.code == child))
        };
        std::iter::from_fn(next).flatten().filter(move |r| r.code.parent() == Some(parent) && r.in_force(on))
    }

    /// From the largest region down to this one; a level without a region is left out.
    pub fn path(&self, code: RegionCode) -> Vec<&Region> {
        let mut path: Vec<&Region> =
            std::iter::successors(Some(code), |c| c.parent()).filter_map(|c| self.latest(c)).collect();
        path.reverse();
        path
    }

    /// 南宁市青秀区 · Qingxiu District, Nanning: how pages show a place, without the region all places share. A place
    /// without an English name is called by its own.
    pub fn display(&self, code: RegionCode) -> Text {
        let path = self.path(code);
        let own = |level: &&&Region| path.len() == 1 || level.level() != RegionLevel::Region;
        let names: Vec<&Region> = path.iter().filter(own).copied().collect();
        if names.is_empty() {
            return Text::new(code.to_string(), code.to_string());
        }
        let zh = names.iter().map(|r| r.name.get(Language::Zh)).collect::<String>();
        let en = names.iter().rev().map(|r| r.name.get(Language::En)).collect::<Vec<_>>().join(", ");
        Text { zh, en }
    }

    /// What this code means on a day: itself while it is in force, else what took its place, through every change up to
    /// that day. Several after a split: which of them it is, only a person can say.
    pub fn heirs(&self, code: RegionCode, on: Date) -> Vec<RegionCode> {
        if self.get(code, on).is_some() {
            return vec![code];
        }
        let steps = self.changes.iter().filter(|c| c.from == code && c.on <= on);
        let mut heirs: Vec<RegionCode> = steps.flat_map(|c| self.heirs(c.to, on)).collect();
        heirs.sort_unstable();
        heirs.dedup();
        heirs
    }

    /// All changes, in the order of the old codes.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Every time of one code.
    fn times(&self, code: RegionCode) -> &[Region] {
        let from = self.rows.partition_point(|r| r.code < code);
        let to = self.rows[from..].partition_point(|r| r.code == code);
        &self.rows[from..from + to]
    }

    /// A region stands right before everything below it, so its subtree is one stretch.
    fn stretch(&self, root: RegionCode) -> &[Region] {
        let from = self.rows.partition_point(|r| r.code < root);
        let to = self.rows[from..].partition_point(|r| root.contains(r.code));
        &self.rows[from..from + to]
    }
}

#[cfg(test)]
mod tests;

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

/// What happened to a region that ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ChangeKind {
    /// 拆分: several took its place, each in part.
    Split,
    /// 合并: one took its place and that of others.
    Merge,
    /// 更名、改设、代码变更: one took its place, wholly.
    Succession,
}

impl ChangeKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Split, Self::Merge, Self::Succession];

    /// The word in `change.csv` and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Split => "split",
            Self::Merge => "merge",
            Self::Succession => "succession",
        }
    }
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
    /// What happened to it.
    pub kind: ChangeKind,
    /// The document that ordered it.
    pub document: String,
}

impl Regions {
    /// The regions whose next level up is missing: a hole in the tree.
    pub fn orphans(&self) -> impl Iterator<Item = &Region> {
        self.rows.iter().filter(|r| r.code.parent().is_some_and(|p| self.times(p).is_empty()))
    }

    /// The regions that have no last day while the one above them has: they would lie in nothing.
    pub fn stranded(&self) -> impl Iterator<Item = (&Region, Date)> {
        let open = self.rows.iter().filter(|r| r.valid_to.is_none());
        open.filter_map(|r| Some((r, self.latest(r.code.parent()?)?.valid_to?)))
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
        self.heirs_since(code, None, on)
    }

    /// Each step lies later than the one before, so that codes that were given back and forth end the way.
    fn heirs_since(&self, code: RegionCode, since: Option<Date>, on: Date) -> Vec<RegionCode> {
        if self.get(code, on).is_some() {
            return vec![code];
        }
        let later = |c: &&Change| c.from == code && c.on <= on && since.is_none_or(|since| c.on > since);
        let steps = self.changes.iter().filter(later);
        let mut heirs: Vec<RegionCode> = steps.flat_map(|c| self.heirs_since(c.to, Some(c.on), on)).collect();
        heirs.sort_unstable();
        heirs.dedup();
        heirs
    }

    /// Every region that is over on a day, with what took its place: by its own changes, else by those of the nearest
    /// region above it that is over too. What it was lies on in what it became, for rights and for old cases.
    pub fn succession(&self, on: Date) -> Vec<(RegionCode, RegionCode)> {
        if self.changes.is_empty() {
            return Vec::new();
        }
        let mut codes: Vec<RegionCode> = self.rows.iter().filter(|r| r.valid_from <= on).map(|r| r.code).collect();
        codes.dedup();
        let over = codes.into_iter().filter(|code| self.get(*code, on).is_none());
        over.flat_map(|code| self.became(code, on).into_iter().map(move |heir| (code, heir))).collect()
    }

    fn became(&self, code: RegionCode, on: Date) -> Vec<RegionCode> {
        let up = std::iter::successors(Some(code), |c| c.parent()).take_while(|c| self.get(*c, on).is_none());
        up.map(|c| self.heirs(c, on)).find(|heirs| !heirs.is_empty()).unwrap_or_default()
    }

    /// The name of this code on the last day on which it was in force up to a day: how an old case names its place.
    pub fn name_on(&self, code: RegionCode, on: Date) -> Option<&Region> {
        self.times(code).iter().rfind(|r| r.valid_from <= on)
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

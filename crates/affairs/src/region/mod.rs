//! Regions: which places there are, on which level, since when, and what lies below what.
//!
//! The facts come from `catalog/regions`, one plain file a level; this room only reads and answers. A region is never
//! deleted: one that ceased keeps its last day, so that old cases still name their place. Nothing here decides who is
//! responsible for what; that is the catalogue's business (agencies and items name regions).

use std::collections::BTreeMap;
use std::ops::Bound;

use kernel::{Date, Language, Region, RegionCode, RegionLevel, Text};

/// A mistake in a regions file.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct RegionMistake {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong.
    pub reason: String,
}

/// All regions known, past and present.
#[derive(Clone, Debug, Default)]
pub struct Regions {
    /// By code, oldest first: a code may name different places in different times.
    by_code: BTreeMap<RegionCode, Vec<Region>>,
}

/// The first line of a regions file that is no comment.
pub const HEADER: &str = "code,name_zh,name_en,valid_from,valid_to";

impl Regions {
    /// Reads one level's file into this set. Lines are `code,name_zh,name_en,valid_from,valid_to`; `#` begins a comment
    /// line. Every wrong line is named; the others are taken.
    pub fn add_file(&mut self, level: RegionLevel, text: &str) -> Vec<RegionMistake> {
        let mut mistakes = Vec::new();
        let lines = text.lines().enumerate().filter(|(_, l)| !l.starts_with('#') && !l.trim().is_empty());
        for (order, (index, line)) in lines.enumerate() {
            let read = if order == 0 { header(line) } else { self.add_line(level, line) };
            mistakes.extend(read.err().map(|reason| RegionMistake { line: index + 1, reason }));
        }
        mistakes
    }

    fn add_line(&mut self, level: RegionLevel, line: &str) -> Result<(), String> {
        let region = read_line(line)?;
        if region.level() != level {
            return Err(format!("{} is of level {}", region.code, region.level().text().en));
        }
        let same = self.by_code.entry(region.code).or_default();
        let clash = |old: &Region| old.valid_to.is_none_or(|end| region.valid_from <= end);
        if same.last().is_some_and(clash) {
            return Err(format!("{} is in force twice at once", region.code));
        }
        same.push(region);
        Ok(())
    }

    /// The regions whose next level up is missing: a hole in the tree.
    pub fn orphans(&self) -> impl Iterator<Item = &Region> {
        let orphan = |r: &&Region| r.code.parent().is_some_and(|p| !self.by_code.contains_key(&p));
        self.by_code.values().flatten().filter(orphan)
    }

    /// The region of this code on a day.
    pub fn get(&self, code: RegionCode, on: Date) -> Option<&Region> {
        self.by_code.get(&code)?.iter().find(|r| r.in_force(on))
    }

    /// The region of this code, today's or the last there was.
    pub fn latest(&self, code: RegionCode) -> Option<&Region> {
        self.by_code.get(&code)?.last()
    }

    /// How many regions of this level are in force on a day.
    pub fn count(&self, level: RegionLevel, on: Date) -> usize {
        self.by_code.values().flatten().filter(|r| r.level() == level && r.in_force(on)).count()
    }

    /// The region itself and everything below it that is in force on a day, in the order of codes.
    pub fn subtree(&self, root: RegionCode, on: Date) -> impl Iterator<Item = &Region> {
        // A region stands right before everything below it, so its subtree is one stretch of the map.
        let from_here = self.by_code.range((Bound::Included(root), Bound::Unbounded));
        let below = from_here.take_while(move |(code, _)| root.contains(**code));
        below.flat_map(|(_, times)| times).filter(move |r| r.in_force(on))
    }

    /// The regions one step below this one on a day.
    pub fn children(&self, parent: RegionCode, on: Date) -> impl Iterator<Item = &Region> {
        self.subtree(parent, on).filter(move |r| r.code.parent() == Some(parent))
    }

    /// From the largest region down to this one; a level without a region is left out.
    pub fn path(&self, code: RegionCode) -> Vec<&Region> {
        let mut path: Vec<&Region> =
            std::iter::successors(Some(code), |c| c.parent()).filter_map(|c| self.latest(c)).collect();
        path.reverse();
        path
    }

    /// 南宁市青秀区 · Qingxiu District, Nanning: how pages show a place, without the region all places share.
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
}

fn header(line: &str) -> Result<(), String> {
    if line == HEADER { Ok(()) } else { Err(format!("the first line must be {HEADER}")) }
}

fn read_line(line: &str) -> Result<Region, String> {
    let parts: Vec<&str> = line.split(',').collect();
    let [code, zh, en, from, to] = parts[..] else {
        return Err(format!("{} columns instead of 5", parts.len()));
    };
    let date = |text: &str| text.parse::<Date>().map_err(|_| format!("{text:?} is no date like 2023-06-30"));
    if zh.trim().is_empty() {
        return Err("no Chinese name".into());
    }
    Ok(Region {
        code: code.parse().map_err(|e| format!("{e}"))?,
        name: Text::new(zh, en),
        valid_from: date(from)?,
        valid_to: if to.is_empty() { None } else { Some(date(to)?) },
    })
}

#[cfg(test)]
mod tests;

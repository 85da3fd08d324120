//! Reading the files of `catalog/regions`: every wrong line is named, the others are taken.

use kernel::{Date, Region, RegionCode, RegionLevel, Text};

use super::{Change, ChangeKind, Regions};

/// A mistake in a regions file.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct RegionMistake {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong.
    pub reason: String,
}

/// The first line of a level's file that is no comment.
pub const HEADER: &str = "code,name_zh,name_en,valid_from,valid_to";

/// The first line of `change.csv` that is no comment.
pub const CHANGES_HEADER: &str = "from,to,on,kind,document";

impl Regions {
    /// Reads one level's file into this set. Lines are `code,name_zh,name_en,valid_from,valid_to`; `#` begins a comment
    /// line. Every wrong line is named; the others are taken.
    pub fn add_file(&mut self, level: RegionLevel, text: &str) -> Vec<RegionMistake> {
        let mut reader = RowReader { level, last_date: None };
        let mut mistakes = Vec::new();
        let mut read = Vec::new();
        for (line, row) in rows(text, HEADER, &mut mistakes) {
            match reader.row(row) {
                Ok(region) => read.push((line, region)),
                Err(reason) => mistakes.push(RegionMistake { line, reason }),
            }
        }
        read.sort_by_key(|(_, region)| (region.code, region.valid_from));
        self.rows.reserve(read.len());
        for (line, region) in read {
            let before = self.rows.last().filter(|old| old.code == region.code);
            if before.is_some_and(|old| old.valid_to.is_none_or(|end| region.valid_from <= end)) {
                mistakes.push(RegionMistake { line, reason: format!("{} is in force twice at once", region.code) });
            } else {
                self.rows.push(region);
            }
        }
        // Stretches that are in order already: a merge, not a sort.
        self.rows.sort_by_key(|region| (region.code, region.valid_from));
        mistakes.sort_by_key(|m| m.line);
        mistakes
    }

    /// Reads `change.csv` after the levels: lines are `from,to,on,kind,document`. What ceased must have ceased the day
    /// before, what follows must exist on the day, and the kind must be what the rows together show.
    pub fn add_changes(&mut self, text: &str) -> Vec<RegionMistake> {
        let mut mistakes = Vec::new();
        let mut read = Vec::new();
        for (line, row) in rows(text, CHANGES_HEADER, &mut mistakes) {
            match self.change(row) {
                Ok(change) => read.push((line, change)),
                Err(reason) => mistakes.push(RegionMistake { line, reason }),
            }
        }
        for (line, change) in &read {
            let shown = self.shown(change, read.iter().map(|(_, other)| other));
            if shown != change.kind {
                let reason = format!("the rows together show a {}, not a {}", shown.word(), change.kind.word());
                mistakes.push(RegionMistake { line: *line, reason });
            }
        }
        self.changes.extend(read.into_iter().map(|(_, change)| change));
        self.changes.sort_by_key(|c| (c.from, c.on, c.to));
        self.changes.dedup();
        mistakes.sort_by_key(|m| m.line);
        mistakes
    }

    /// What the rows of one day together show: several in the place of one, one in the place of several or of one it takes
    /// in, or a new one for one. Where a region is divided among others that take in more than it, it is split for itself.
    fn shown<'a>(&self, change: &Change, all: impl Iterator<Item = &'a Change> + Clone) -> ChangeKind {
        let that_day = all.filter(|other| other.on == change.on);
        let heirs = that_day.clone().filter(|other| other.from == change.from).count();
        let taken = that_day.filter(|other| other.to == change.to).count();
        let was_there = change.on.yesterday().is_ok_and(|eve| self.get(change.to, eve).is_some());
        match (heirs, taken) {
            (1, 1) if !was_there => ChangeKind::Succession,
            (1, _) => ChangeKind::Merge,
            _ => ChangeKind::Split,
        }
    }

    fn change(&self, row: &str) -> Result<Change, String> {
        let parts: Vec<&str> = row.split(',').collect();
        let [from, to, on, kind, document] = parts[..] else { return Err(columns(&parts, 5)) };
        let code = |text: &str| text.parse::<RegionCode>().map_err(|e| e.to_string());
        let known = ChangeKind::ALL.into_iter().find(|known| known.word() == kind);
        let kind = known.ok_or_else(|| format!("{kind:?} is none of split, merge, succession"))?;
        let change = Change { from: code(from)?, to: code(to)?, on: date(on)?, kind, document: document.to_owned() };
        if change.from == change.to {
            return Err(format!("{} cannot take its own place; give what follows a code of its own", change.from));
        }
        let eve = change.on.yesterday().map_err(|e| e.to_string())?;
        let ended = self.times(change.from).iter().any(|r| r.valid_to == Some(eve));
        if !ended {
            return Err(format!("{} does not end on {eve}; write that day into its valid_to", change.from));
        }
        if self.get(change.to, change.on).is_none() {
            return Err(format!("{} is not in force on {}", change.to, change.on));
        }
        if document.trim().is_empty() {
            return Err("no document; name the order that made the change".into());
        }
        Ok(change)
    }
}

/// The lines that hold rows, with their numbers. The header is looked at and left out.
fn rows<'a>(text: &'a str, header: &str, mistakes: &mut Vec<RegionMistake>) -> Vec<(usize, &'a str)> {
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
    let mut rows: Vec<(usize, &str)> = lines.filter(|(_, l)| !l.starts_with('#') && !l.trim().is_empty()).collect();
    let first = rows.first().copied();
    if let Some((line, found)) = first {
        rows.remove(0);
        if found != header {
            mistakes.push(RegionMistake { line, reason: format!("the first line must be {header}") });
        }
    }
    rows
}

/// Reads the rows of one level. Neighbours mostly begin on the same day, so the last date read is remembered.
struct RowReader<'a> {
    level: RegionLevel,
    last_date: Option<(&'a str, Date)>,
}

impl<'a> RowReader<'a> {
    fn row(&mut self, line: &'a str) -> Result<Region, String> {
        let mut parts = line.split(',');
        let mut next = || parts.next();
        let (Some(code), Some(zh), Some(en), Some(from), Some(to), None) =
            (next(), next(), next(), next(), next(), next())
        else {
            return Err(columns(&line.split(',').collect::<Vec<_>>(), 5));
        };
        if zh.trim().is_empty() {
            return Err("no Chinese name".into());
        }
        let code: RegionCode = code.parse().map_err(|e| format!("{e}"))?;
        if code.level() != self.level {
            return Err(format!("{code} is of level {}", code.level().text().en));
        }
        let valid_from = self.date(from)?;
        let valid_to = if to.is_empty() { None } else { Some(self.date(to)?) };
        Ok(Region { code, name: Text::new(zh, en), valid_from, valid_to })
    }

    fn date(&mut self, text: &'a str) -> Result<Date, String> {
        match self.last_date {
            Some((same, date)) if same == text => Ok(date),
            _ => {
                let read = date(text)?;
                self.last_date = Some((text, read));
                Ok(read)
            }
        }
    }
}

fn date(text: &str) -> Result<Date, String> {
    text.parse::<Date>().map_err(|_| format!("{text:?} is no date like 2023-06-30"))
}

fn columns(parts: &[&str], wanted: usize) -> String {
    format!("{} columns instead of {wanted}", parts.len())
}

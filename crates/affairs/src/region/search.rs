//! Finding a place by what people type: the beginning of its name, of its English name, or of its code, with the places
//! above it before it: `青秀区民生`, `青秀 民生`, `qingxiu`, `450103`.

use kernel::{Date, Region, RegionCode};

use super::Regions;

/// A place found, with everything above it, the largest first and the place itself last.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found<'a> {
    /// From the largest region down to the place.
    pub path: Vec<&'a Region>,
}

impl Found<'_> {
    /// The place itself.
    pub fn code(&self) -> Option<RegionCode> {
        self.path.last().map(|r| r.code)
    }
}

impl Regions {
    /// The places in force on a day, within `under`, whose name or code begins with `typed`: larger places first, a whole
    /// name before a beginning, then in the order of codes. At most `most`; nothing typed finds what lies one step below.
    pub fn search(&self, under: RegionCode, typed: &str, on: Date, most: usize) -> Vec<Found<'_>> {
        let words: Vec<String> = typed.split_whitespace().map(str::to_lowercase).collect();
        let mut found: Vec<(&Region, bool)> = match words.split_first() {
            None => self.children(under, on).map(|r| (r, false)).collect(),
            Some((word, rest)) => self.below(under, word, rest, on),
        };
        found.sort_by_key(|(r, whole)| (r.level(), !whole, r.code));
        found.dedup_by_key(|(r, _)| r.code);
        found.into_iter().take(most).map(|(r, _)| Found { path: self.path(r.code) }).collect()
    }

    /// The places of a subtree that the words name, the larger place first: `青秀 民生` and `青秀区民生` are one question.
    fn below(&self, under: RegionCode, word: &str, rest: &[String], on: Date) -> Vec<(&Region, bool)> {
        let mut found = Vec::new();
        for region in self.subtree(under, on).filter(|r| r.code != under || rest.is_empty()) {
            let begins = begins(region, word);
            match rest.split_first() {
                None if begins => found.push((region, region.name.zh == word)),
                Some((next, rest)) if begins => found.extend(self.below(region.code, next, rest, on)),
                _ => {}
            }
            // The name of a place above, written together with the name of one below it.
            let after = word.strip_prefix(region.name.zh.as_str()).filter(|after| !after.is_empty());
            if let Some(after) = after.filter(|_| region.code != under) {
                found.extend(self.below(region.code, after, rest, on));
            }
        }
        found
    }
}

fn begins(region: &Region, word: &str) -> bool {
    let digits = word.bytes().all(|b| b.is_ascii_digit());
    if digits {
        return region.code.statistical().starts_with(word);
    }
    let english = || region.name.en.get(..word.len()).is_some_and(|en| en.eq_ignore_ascii_case(word));
    region.name.zh.starts_with(word) || (word.is_ascii() && english())
}

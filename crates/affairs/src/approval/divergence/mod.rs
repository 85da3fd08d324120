//! "Same facts, different officers": how often people decided differently on the same facts, for each item.
//!
//! Two decisions of people are **on the same facts** where they are on the same item, under the same rule set, and the rules
//! found the same of every condition (met, not met, unknown). Names, dates and amounts do not enter: what of them matters to
//! the law is what the conditions say. Counted are the endings granted, refused, not accepted, ended. Two decisions on the
//! same facts by two different officers are a pair; a pair **differs** where the endings do. The rate is differing pairs of
//! all pairs; without a pair there is none, and that is said.

mod record;

use std::collections::BTreeMap;

use kernel::{Id, Moment};
use serde_json::json;
use sha2::{Digest, Sha256};
use store::{Fault, Store};

use super::assess::Assessment;
use crate::access::Right;

/// How far back decisions are compared; milliseconds.
const YEAR_MS: i64 = 365 * 24 * 3_600 * 1_000;

/// How often officers decided differently on the same facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Divergence {
    /// The item.
    pub item: String,
    /// Decisions of people that were compared.
    pub decisions: i64,
    /// Different facts among them on which two officers or more decided.
    pub facts: i64,
    /// Pairs of decisions on the same facts by different officers.
    pub pairs: i64,
    /// Of them those that ended differently.
    pub differing: i64,
}

impl Divergence {
    /// Differing pairs of a thousand; none where there is no pair.
    pub fn per_mille(&self) -> Option<i64> {
        (self.pairs > 0).then(|| self.differing * 1_000 / self.pairs)
    }
}

/// So many decisions of one officer on the same facts with the same ending.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Decided {
    item: String,
    facts: String,
    officer: Id,
    outcome: String,
    n: i64,
}

/// The divergence of each item in the year before `now`, as far as this right of the reader reaches; the highest rate first.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn divergence(store: &Store, reader: (Id, Right), now: Moment) -> Result<Vec<Divergence>, Fault> {
    Ok(compare(&record::counted(store, reader, now.plus_ms(-YEAR_MS)).await?))
}

fn compare(counted: &[Decided]) -> Vec<Divergence> {
    let mut groups: BTreeMap<(&str, &str), Vec<&Decided>> = BTreeMap::new();
    for row in counted {
        groups.entry((&row.item, &row.facts)).or_default().push(row);
    }
    let mut items: BTreeMap<&str, Divergence> = BTreeMap::new();
    for ((item, _), rows) in groups {
        let found = items.entry(item).or_insert_with(|| Divergence {
            item: item.to_owned(),
            decisions: 0,
            facts: 0,
            pairs: 0,
            differing: 0,
        });
        let (pairs, differing) = pairs(&rows);
        found.decisions += rows.iter().map(|row| row.n).sum::<i64>();
        found.facts += i64::from(pairs > 0);
        found.pairs += pairs;
        found.differing += differing;
    }
    let mut all: Vec<Divergence> = items.into_values().collect();
    all.sort_by(|a, b| (b.per_mille(), &a.item).cmp(&(a.per_mille(), &b.item)));
    all
}

/// Pairs by different officers among decisions on the same facts, and those of them that differ.
fn pairs(rows: &[&Decided]) -> (i64, i64) {
    let (mut pairs, mut differing) = (0, 0);
    for (at, one) in rows.iter().enumerate() {
        for other in rows.iter().skip(at + 1).filter(|other| other.officer != one.officer) {
            pairs += one.n * other.n;
            differing += if one.outcome == other.outcome { 0 } else { one.n * other.n };
        }
    }
    (pairs, differing)
}

/// What two decisions on the same facts have in common.
pub(super) fn facts_key(item: &str, rule_set: &str, found: &Assessment) -> String {
    let checks: Vec<_> = found.checks.iter().map(|check| json!([check.id, check.truth])).collect();
    hex::encode(Sha256::digest(json!([item, rule_set, checks]).to_string()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn officer(n: u8) -> Id {
        format!("01900000-0000-7000-8000-0000000000{n:02x}").parse().unwrap()
    }

    fn row(facts: &str, n: u8, outcome: &str, times: i64) -> Decided {
        Decided { item: "i".into(), facts: facts.into(), officer: officer(n), outcome: outcome.into(), n: times }
    }

    #[test]
    fn only_different_officers_on_the_same_facts_are_compared() {
        let counted = [
            row("a", 1, "granted", 2),
            row("a", 1, "refused", 1), // he differs from himself: no pair
            row("a", 2, "granted", 1),
            row("b", 1, "granted", 5), // nobody else decided on these
            row("c", 1, "refused", 1),
            row("c", 2, "granted", 1),
        ];
        let found = compare(&counted);
        assert_eq!(found.len(), 1);
        let Divergence { decisions, facts, pairs, differing, .. } = found[0];
        assert_eq!((decisions, facts, pairs, differing), (11, 2, 4, 2));
        assert_eq!(found[0].per_mille(), Some(500));
        assert_eq!(compare(&counted[3..4])[0].per_mille(), None, "nothing to compare is no agreement");
    }

    proptest! {
        /// Against a count that writes every decision out and looks at each two of them.
        #[test]
        fn counts_are_what_looking_at_every_two_says(
            rows in prop::collection::vec((0_u8..2, 1_u8..4, 0_u8..3, 1_i64..4), 0..12),
        ) {
            let mut merged: BTreeMap<(u8, u8, u8), i64> = BTreeMap::new();
            for (facts, who, outcome, n) in rows {
                *merged.entry((facts, who, outcome)).or_default() += n;
            }
            let counted: Vec<Decided> =
                merged.iter().map(|((f, w, o), n)| row(&f.to_string(), *w, &o.to_string(), *n)).collect();
            let each: Vec<(u8, u8, u8)> =
                merged.iter().flat_map(|(k, n)| std::iter::repeat_n(*k, usize::try_from(*n).unwrap())).collect();
            let (mut pairs, mut differing) = (0, 0);
            for (at, one) in each.iter().enumerate() {
                for other in &each[at + 1..] {
                    if one.0 == other.0 && one.1 != other.1 {
                        pairs += 1;
                        differing += i64::from(one.2 != other.2);
                    }
                }
            }
            let found = compare(&counted);
            prop_assert_eq!(found.first().map_or((0, 0), |d| (d.pairs, d.differing)), (pairs, differing));
        }
    }
}

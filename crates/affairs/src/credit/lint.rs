//! What no reader of one field can see: a kind the model does not score, a row nobody explains, a consequence without a
//! basis, a publication that never ends.

use std::collections::BTreeSet;

use kernel::Grade;

use super::book::{ConsequenceRow, Rules, wrong};
use crate::catalog::Diagnostic;

/// Nothing is published or held against anybody for longer, whatever a file says: five years.
const MOST_MONTHS: u32 = 60;
/// Totals the model is asked for: whatever stands above is as the highest.
const TOTALS: std::ops::RangeInclusive<i64> = 0..=120;

struct Lint<'a> {
    id: &'a str,
    rules: &'a Rules,
    /// Rows of the model that were met.
    met: BTreeSet<String>,
    found: Vec<Diagnostic>,
}

/// Checks a version by itself.
pub(super) fn rules(rules: &Rules, id: &str) -> Vec<Diagnostic> {
    let mut lint = Lint { id, rules, met: BTreeSet::new(), found: Vec::new() };
    if rules.valid_from.to_string() != id {
        lint.say("valid_from", format!("the folder is {id:?}"));
    }
    if rules.publication.most_months > MOST_MONTHS {
        lint.say("publication.most_months", format!("at most {MOST_MONTHS}"));
    }
    lint.kinds();
    lint.classes();
    lint.explained();
    rules.consequences.iter().for_each(|row| lint.consequence(row));
    lint.found
}

/// Checks that consequences name items there are.
pub(super) fn items(rules: &Rules, id: &str, is_item: impl Fn(&str) -> bool) -> Vec<Diagnostic> {
    let named = rules.consequences.iter().flat_map(|row| row.items.iter().map(move |item| (row, item)));
    named
        .filter(|(_, item)| *item != "*" && !is_item(item))
        .map(|(row, item)| {
            wrong(id, "credit.toml", format!("consequence[{}].items", row.id), format!("no item {item:?}"))
        })
        .collect()
}

impl Lint<'_> {
    fn say(&mut self, field: impl Into<String>, reason: impl Into<String>) {
        self.found.push(wrong(self.id, "credit.toml", field.into(), reason));
    }

    /// Every kind in every severity has a score, and good ones speak for the subject.
    fn kinds(&mut self) {
        let mut seen = BTreeSet::new();
        for kind in &self.rules.kinds {
            let field = format!("kind[{}]", kind.id);
            if !seen.insert(&kind.id) {
                self.say(&field, "stands twice");
            }
            for severity in kind.severities() {
                let Some(score) = self.rules.score(&kind.id, severity) else {
                    self.say(&field, format!("the model has no score for it ({severity:?})"));
                    continue;
                };
                self.met.insert(score.rule.clone());
                if (score.points < 0) != kind.good || score.points == 0 {
                    self.say(&field, "good records have points below 0, all others above");
                }
                if score.counts_months == 0 || score.counts_months > MOST_MONTHS {
                    self.say(&field, format!("points count 1 to {MOST_MONTHS} months"));
                }
                if score.publish_months > self.rules.publication.most_months {
                    self.say(&field, "published for longer than publication.most_months");
                }
                if score.repair_months > score.counts_months.max(score.publish_months) {
                    self.say(&field, "repair would come after everything has lapsed");
                }
            }
        }
    }

    /// The model gives a class for every total, listed or not, with and without good records.
    fn classes(&mut self) {
        let asked = TOTALS.flat_map(|total| [false, true].map(|serious| (total, serious)));
        for (total, serious, good) in asked.flat_map(|(total, serious)| [0, 1, 9].map(|good| (total, serious, good))) {
            match self.rules.class(total, serious, good) {
                Some((_, rule)) => _ = self.met.insert(rule),
                None => return self.say("class", format!("none for {total} points (listed: {serious}, good: {good})")),
            }
        }
    }

    /// Every row of the model that speaks is explained, and nothing is explained that does not speak.
    fn explained(&mut self) {
        let known: BTreeSet<String> = self.rules.rules.iter().map(|rule| rule.id.clone()).collect();
        for id in self.met.symmetric_difference(&known).cloned().collect::<Vec<_>>() {
            self.say(format!("rule[{id}]"), "stands only in one of credit.toml and rules.dmn");
        }
        for rule in &self.rules.rules {
            self.backed(&format!("rule[{}]", rule.id), (rule.grade, &rule.source, &rule.article));
        }
    }

    fn consequence(&mut self, row: &ConsequenceRow) {
        let field = format!("consequence[{}]", row.id);
        match (&row.event, &row.class) {
            (Some(event), None) if self.rules.kind(event).is_some_and(|kind| !kind.good) => {}
            (None, Some(class)) if self.rules.classes.iter().any(|c| c.id == *class) && !row.same_item => {}
            _ => self.say(&field, "follows from one kind of bad events or from one class"),
        }
        if row.items.is_empty() || !(1..=MOST_MONTHS).contains(&row.months) {
            self.say(&field, format!("has items, and an end within {MOST_MONTHS} months"));
        }
        self.backed(&field, (row.grade, &row.source, &row.article));
    }

    /// A to C name their source, A its article.
    fn backed(&mut self, field: &str, (grade, source, article): (Grade, &str, &str)) {
        let known = self.rules.sources.iter().any(|s| s.id == source);
        let needs_source = matches!(grade, Grade::A | Grade::B | Grade::C);
        if (needs_source || !source.is_empty()) && !known {
            self.say(field, format!("grade {grade} needs a [[source]]; there is none {source:?}"));
        }
        if grade == Grade::A && article.is_empty() {
            self.say(field, "grade A needs its article");
        }
    }
}

//! What the catalogue says of supervision: a folder for each day from which rules hold (`supervision/2026-01-01/`), with limits,
//! checklists and bars (`supervision.toml`) and the flow by which a licence is annulled (`annulment.toml`).

use std::sync::Arc;

use kernel::{Date, Grade, Period, PeriodKind, Text};
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::draw::DrawTerms;
use super::warning::WarningTerms;
use crate::catalog::{Catalog, Diagnostic, EntryKind, Severity, hash_of};
use crate::powers::Flow;

/// The rules of supervision from one day on.
#[derive(Debug)]
pub struct Terms {
    /// Limits, checklists, bars.
    pub rules: Rules,
    /// How a licence is annulled.
    pub flow: Arc<Flow>,
    /// SHA-256 of `supervision.toml`, in hex.
    pub hash: String,
}

/// `supervision.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    valid_from: toml::value::Datetime,
    /// Their title.
    pub title: Text,
    /// What a reader must know of them.
    pub note: Text,
    /// Where articles are from.
    #[serde(default, rename = "source")]
    pub sources: Vec<Source>,
    /// How long may be given to mend.
    pub mend: Limit,
    /// How soon a result is public.
    pub publish: Limit,
    /// How long the inspected may object.
    pub appeal: Limit,
    /// How the holder's other licences are looked at after an annulment.
    pub recheck: Recheck,
    /// What an officer's clock may be off.
    pub clock: ClockTerms,
    /// What photographs are held against.
    #[serde(default)]
    pub photo: PhotoTerms,
    /// From when on the machine's error rate is proposed to be too high.
    pub quality: QualityTerms,
    /// How targets and officers are drawn.
    pub draw: DrawTerms,
    /// How soon a reported wrong is answered.
    pub report: Limit,
    /// What is warned of.
    #[serde(default, rename = "warning")]
    pub warnings: Vec<WarningTerms>,
    /// What else may happen to a licence while it lives.
    #[serde(default)]
    pub life: Vec<LifeRule>,
    /// What a holder may not do after an annulment.
    #[serde(default, rename = "bar")]
    pub bars: Vec<Bar>,
    /// What is looked at.
    #[serde(rename = "checklist")]
    pub checklists: Vec<Checklist>,
}

/// A law a row refers to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// What rows refer to.
    pub id: String,
    /// Its title.
    pub title: Text,
    /// How it was read.
    pub read: Text,
}

/// A period with how well it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// The period.
    pub period: Period,
    /// How well known.
    pub grade: Grade,
}

/// How the holder's other licences are looked at.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recheck {
    /// Within which the duty is claimed.
    pub claim: Period,
    /// Within which somebody looks.
    pub first_action: Period,
    /// What is looked at.
    pub what: Text,
    /// How well known.
    pub grade: Grade,
}

/// What an officer's clock may be off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockTerms {
    /// A record from further ahead than so many minutes is not taken.
    pub ahead_minutes: u32,
    /// A record that comes later than so many hours says so.
    pub late_hours: u32,
    /// How well known.
    pub grade: Grade,
}

/// What photographs are held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhotoTerms {
    /// From so many metres away from where the record says the officers were, a photograph is marked.
    pub far_m: u32,
    /// How well known.
    pub grade: Grade,
}

impl Default for PhotoTerms {
    /// Of rules that were written before they spoke of it.
    fn default() -> Self {
        Self { far_m: 500, grade: Grade::D }
    }
}

/// From when on the machine's error rate is too high.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QualityTerms {
    /// So many must have been looked at.
    pub least: u32,
    /// The lower end of the interval lies above so many in a thousand.
    pub permille: u32,
    /// How well known.
    pub grade: Grade,
}

/// A bar: ground × item × what it closes × basis × how long.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bar {
    /// Its id.
    pub id: String,
    /// The grounds of an annulment it follows from.
    pub grounds: Vec<String>,
    /// The items whose annulment it follows.
    pub items: Vec<String>,
    /// The register the rules of items read it from.
    pub register: String,
    /// The register's date that says until when.
    pub field: String,
    /// For how many months from the annulment.
    pub months: u32,
    /// In words.
    pub sentence: Text,
    /// The source's id.
    #[serde(default)]
    pub source: String,
    /// The article.
    #[serde(default)]
    pub article: String,
    /// How well known.
    pub grade: Grade,
}

/// An act on a living licence.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LifeAct {
    /// 暂扣.
    Suspend,
    /// 恢复.
    Resume,
    /// 撤回.
    Withdraw,
    /// 吊销.
    Revoke,
}

impl LifeAct {
    /// Every act.
    pub const ALL: [Self; 4] = [Self::Suspend, Self::Resume, Self::Withdraw, Self::Revoke];

    /// The word in tables and addresses.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Withdraw => "withdraw",
            Self::Revoke => "revoke",
        }
    }

    /// Reads [`LifeAct::word`] back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.word() == word)
    }
}

/// How an act on a living licence is done.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LifeRule {
    /// Which.
    pub act: LifeAct,
    /// Its name.
    pub name: Text,
    /// What it is, and what it is not.
    pub note: Text,
    /// The holder's message in one line.
    pub told: Text,
    /// What he can do about it.
    pub remedies: Text,
    /// Whether it ends on a day.
    #[serde(default)]
    pub until: bool,
    /// Whether the holder is told and heard before.
    #[serde(default)]
    pub heard: bool,
    /// On which grounds.
    #[serde(rename = "ground")]
    pub grounds: Vec<LifeGround>,
}

/// A ground of an act on a living licence.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LifeGround {
    /// Its id.
    pub id: String,
    /// In words.
    pub sentence: Text,
    /// The source's id.
    #[serde(default)]
    pub source: String,
    /// The article.
    #[serde(default)]
    pub article: String,
    /// How well known.
    pub grade: Grade,
}

#[cfg(test)]
impl LifeRule {
    /// One that asks for everything.
    pub(super) fn sample() -> Self {
        let text = || Text::new("字", "word");
        let ground = LifeGround {
            id: "g".into(),
            sentence: text(),
            source: String::new(),
            article: String::new(),
            grade: Grade::D,
        };
        Self {
            act: LifeAct::Suspend,
            name: text(),
            note: text(),
            told: text(),
            remedies: text(),
            until: true,
            heard: true,
            grounds: vec![ground],
        }
    }
}

/// What is looked at on a visit.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checklist {
    /// Its id.
    pub id: String,
    /// The items it is for; `*` where no other fits.
    pub items: Vec<String>,
    /// Its name.
    pub name: Text,
    /// Its lines.
    #[serde(rename = "line")]
    pub lines: Vec<Line>,
}

/// One line of a checklist.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Its id.
    pub id: String,
    /// What must be so.
    pub sentence: Text,
    /// The item's condition that the machine judged and this line looks at; empty for none.
    #[serde(default)]
    pub condition: String,
    /// Whether what is wrong here cannot be mended.
    #[serde(default)]
    pub grave: bool,
    /// The source's id.
    #[serde(default)]
    pub source: String,
    /// The article.
    #[serde(default)]
    pub article: String,
    /// How well known.
    pub grade: Grade,
}

impl Terms {
    /// The rules in force on a day: the last ones that have begun; none where the catalogue has none yet.
    ///
    /// # Errors
    /// Everything wrong with them at once.
    pub fn at(catalog: &Catalog, day: Date) -> Result<Option<Self>, Vec<Diagnostic>> {
        let begun = catalog.folders_of(EntryKind::Supervision).filter_map(|(id, files)| {
            let from: Date = id.parse().ok()?;
            (from <= day).then_some((from, id, files))
        });
        let Some((_, id, files)) = begun.max_by_key(|(from, ..)| *from) else { return Ok(None) };
        let file = |name: &str| files.get(name).map(Vec::as_slice).unwrap_or_default();
        Self::read(id, file("supervision.toml"), file("annulment.toml")).map(Some)
    }

    /// Reads one version: `id` is its folder.
    ///
    /// # Errors
    /// Everything wrong at once.
    pub fn read(id: &str, rules: &[u8], flow: &[u8]) -> Result<Self, Vec<Diagnostic>> {
        let text = std::str::from_utf8(rules).unwrap_or_default();
        let parsed: Rules = toml::from_str(text).map_err(|error| vec![wrong(id, "file", error.message())])?;
        let flow = Flow::read(&format!("supervision/{id}/annulment.toml"), "annulment", flow)?;
        let terms = Self { rules: parsed, flow: Arc::new(flow), hash: hash_of(rules) };
        let found = terms.lint(id);
        if found.is_empty() { Ok(terms) } else { Err(found) }
    }

    /// The checklist for an item: its own, else the general one.
    pub fn checklist(&self, item: &str) -> Option<&Checklist> {
        let of = |name: &str| self.rules.checklists.iter().find(|list| list.items.iter().any(|i| i == name));
        of(item).or_else(|| of("*"))
    }

    /// The checklist with this id.
    pub fn checklist_of(&self, id: &str) -> Option<&Checklist> {
        self.rules.checklists.iter().find(|list| list.id == id)
    }

    /// The bars that follow an annulment of this item's licence on this ground.
    pub fn bars<'a>(&'a self, item: &'a str, ground: &'a str) -> impl Iterator<Item = &'a Bar> {
        let fits = move |bar: &&Bar| bar.grounds.iter().any(|g| g == ground) && bar.items.iter().any(|i| i == item);
        self.rules.bars.iter().filter(fits)
    }

    fn lint(&self, id: &str) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        if self.rules.valid_from.to_string() != id {
            found.push(wrong(id, "valid_from", "is not the folder's day"));
        }
        for rule in &self.rules.warnings {
            found.extend(rule.lint().map(|why| wrong(id, &format!("warning[{}]", rule.id), why)));
        }
        found.extend(self.rules.draw.lint().into_iter().map(|why| wrong(id, "draw", why)));
        let limits = [("mend", &self.rules.mend), ("publish", &self.rules.publish), ("appeal", &self.rules.appeal)];
        let loose = limits.into_iter().filter(|(_, limit)| limit.period.kind != PeriodKind::AtMost);
        found.extend(loose.map(|(at, _)| wrong(id, at, "a limit is at_most")));
        for list in &self.rules.checklists {
            let at = format!("checklist[{}]", list.id);
            if list.lines.is_empty() || list.items.is_empty() {
                found.push(wrong(id, &at, "has items and lines"));
            }
            let backed = list.lines.iter().filter_map(|line| self.backed(&line.source, &line.article, line.grade));
            found.extend(backed.map(|why| wrong(id, &at, why)));
        }
        for bar in &self.rules.bars {
            let at = format!("bar[{}]", bar.id);
            if !(1..=60).contains(&bar.months) {
                found.push(wrong(id, &at, "1 to 60 months"));
            }
            found.extend(self.backed(&bar.source, &bar.article, bar.grade).map(|why| wrong(id, &at, why)));
        }
        for rule in &self.rules.life {
            let at = format!("life[{}]", rule.act.word());
            if rule.grounds.is_empty() || self.rules.life.iter().filter(|other| other.act == rule.act).count() > 1 {
                found.push(wrong(id, &at, "has grounds, and stands once"));
            }
            let backed = rule.grounds.iter().filter_map(|g| self.backed(&g.source, &g.article, g.grade));
            found.extend(backed.map(|why| wrong(id, &at, why)));
        }
        if !self.rules.checklists.iter().any(|list| list.items.iter().any(|i| i == "*")) {
            found.push(wrong(id, "checklist", "one of them is for *"));
        }
        found
    }

    /// A to C name their source, A its article.
    fn backed(&self, source: &str, article: &str, grade: Grade) -> Option<&'static str> {
        let known = self.rules.sources.iter().any(|s| s.id == source);
        match grade {
            Grade::A if !known || article.is_empty() => Some("grade A names source and article"),
            Grade::B | Grade::C if !known => Some("grades B and C name their source"),
            _ if !source.is_empty() && !known => Some("a source that is not there"),
            _ => None,
        }
    }
}

impl Bar {
    /// The register's record after it: the bar's date is never moved back, other dates stay or are those of no bar.
    pub(super) fn record(&self, before: Option<&Map<String, Json>>, (name, from): (&str, Date)) -> Map<String, Json> {
        const NEVER: &str = "1900-01-01";
        let mut record = before.cloned().unwrap_or_default();
        record.insert("name".to_owned(), name.into());
        for field in ["commitment_until", "barred_until"] {
            record.entry(field).or_insert_with(|| NEVER.into());
        }
        let until = from.saturating_add(jiff::Span::new().months(i64::from(self.months))).to_string();
        let known = record.get(&self.field).and_then(Json::as_str).unwrap_or(NEVER).to_owned();
        record.insert(self.field.clone(), until.max(known).into());
        let mut grounds: Vec<Json> = record.get("grounds").and_then(Json::as_array).cloned().unwrap_or_default();
        let ground = Json::from(self.sentence.zh.as_str());
        if !grounds.contains(&ground) {
            grounds.push(ground);
        }
        record.insert("grounds".to_owned(), grounds.into());
        record
    }
}

fn wrong(id: &str, field: &str, reason: impl Into<String>) -> Diagnostic {
    Diagnostic {
        severity: Severity::Error,
        file: format!("supervision/{id}/supervision.toml"),
        field: field.to_owned(),
        reason: reason.into(),
        mend: "mend it; docs/rooms/supervision.md lists the fields".to_owned(),
    }
}

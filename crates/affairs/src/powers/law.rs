//! What the catalogue says of powers: their kinds (`powers/kinds.toml`) and one flow for each (`powers/flows/*.toml`).
//!
//! A flow is data: states, steps, who takes them, what must have happened before, how long to wait, where the clock stands
//! still, and by which article each is so. One machine reads them all ([`decide`](super::decide)).

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use kernel::{Grade, Period, Text};
use serde::{Deserialize, Serialize};

use super::law_lint;
use crate::catalog::{Catalog, Diagnostic, EntryKind, Severity, hash_of};

/// Kinds and flows, as the catalogue has them.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Law {
    /// The kinds in their order.
    pub kinds: Vec<Kind>,
    /// How well it is known that these are the kinds.
    pub grade: KindGrade,
    /// What that rests on.
    pub note: Text,
    flows: BTreeMap<String, Arc<Flow>>,
}

/// A grade that is U until a file says otherwise.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KindGrade(pub Grade);

impl Default for KindGrade {
    fn default() -> Self {
        Self(Grade::U)
    }
}

/// A kind of power.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// Its code in rows.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// The flow of a row that names none.
    pub flow: String,
}

/// How a power runs.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// File name below `catalog/powers/flows`.
    pub id: String,
    /// The kind it is for.
    pub kind: String,
    /// Its name.
    pub name: Text,
    /// What it covers, and what it does not.
    pub note: Text,
    /// What begins the numbers of its runs, such as `CF`.
    pub prefix: String,
    /// Where the articles are from.
    #[serde(default, rename = "source")]
    pub sources: Vec<FlowSource>,
    /// The limit on the whole.
    #[serde(default)]
    pub limit: Option<FlowLimit>,
    /// From how many records on one may say that a fork never mattered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub least_cases: Option<u32>,
    /// Words of the record that move nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The states; the first is where a run begins.
    #[serde(rename = "state")]
    pub states: Vec<FlowState>,
    /// The steps.
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
}

/// A law a flow refers to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlowSource {
    /// What steps refer to.
    pub id: String,
    /// Its title.
    pub title: Text,
    /// How it was read.
    pub read: Text,
}

/// Within what time a run is decided.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlowLimit {
    /// The step it begins with.
    pub after: String,
    /// The steps any of which ends it.
    pub until: Vec<String>,
    /// How long.
    pub period: Period,
    /// The article.
    #[serde(default)]
    pub article: String,
    /// The source's id.
    #[serde(default)]
    pub source: String,
    /// How well known.
    pub grade: Grade,
}

/// Whether the clock of the limit runs in a state.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockState {
    /// It runs.
    #[default]
    Runs,
    /// It stands still: a hearing, an inspection, an appraisal.
    Stands,
}

/// Where a run may stand.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlowState {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// Whether the clock runs here.
    #[serde(default)]
    pub clock: ClockState,
    /// Whether the run is closed here.
    #[serde(default)]
    pub end: bool,
}

/// Who takes a step.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// An officer who handles it.
    Officer,
    /// Who decides for the agency.
    Head,
    /// The party; an officer records what it said.
    Party,
}

/// One step from a state to another.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// The states it may be taken in.
    pub from: Vec<String>,
    /// The state it leads to.
    pub to: String,
    /// Who takes it.
    pub who: Who,
    /// How many officers sign it: 1 or 2.
    #[serde(default = "one")]
    pub officers: u8,
    /// What is recorded.
    #[serde(default, rename = "ask")]
    pub asks: Vec<Ask>,
    /// Steps that must have been taken before.
    #[serde(default)]
    pub needs: Vec<String>,
    /// Steps after which it may not be taken any more.
    #[serde(default)]
    pub bars: Vec<String>,
    /// Times that must have passed.
    #[serde(default, rename = "wait")]
    pub waits: Vec<Wait>,
    /// Times within which it must be taken.
    #[serde(default, rename = "within")]
    pub within: Vec<Within>,
    /// Earlier records it depends on.
    #[serde(default, rename = "only")]
    pub only: Vec<Only>,
    /// How much an amount may be at most.
    #[serde(default, rename = "cap")]
    pub caps: Vec<Cap>,
    /// Steps whose officers may not take this one.
    #[serde(default)]
    pub not_by: Vec<String>,
    /// The article.
    #[serde(default)]
    pub article: String,
    /// The source's id.
    #[serde(default)]
    pub source: String,
    /// How well known.
    pub grade: Grade,
    /// A sentence for who takes it.
    #[serde(default)]
    pub hint: Option<Text>,
    /// Words by which the record of a case tells of it; none: the step's own id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen_as: Vec<String>,
    /// Only in these circumstances, all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<String>,
    /// In none of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<String>,
}

impl Step {
    /// Does this word of a record tell of the step?
    pub fn is_seen_as(&self, word: &str) -> bool {
        if self.seen_as.is_empty() { self.id == word } else { self.seen_as.iter().any(|w| w == word) }
    }

    /// Is there such a step in these circumstances?
    pub fn fits(&self, circumstances: &[&str]) -> bool {
        let has = |word: &String| circumstances.contains(&word.as_str());
        self.with.iter().all(has) && !self.without.iter().any(has)
    }
}

const fn one() -> u8 {
    1
}

/// What a step records.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// Its id: the same id in several steps is one fact, the newest record counts.
    pub id: String,
    /// What is asked.
    pub label: Text,
    /// What kind of answer.
    pub kind: AskKind,
    /// Whether it may stay empty.
    #[serde(default)]
    pub optional: bool,
    /// The answers, where one is chosen.
    #[serde(default, rename = "choice")]
    pub choices: Vec<ChoiceWord>,
    /// For a day: how far after today it must lie.
    #[serde(default)]
    pub ahead: Option<Period>,
    /// How to answer.
    #[serde(default)]
    pub hint: Option<Text>,
}

/// The kinds of answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskKind {
    /// Sentences.
    Words,
    /// One line.
    Line,
    /// An amount.
    Money,
    /// A day.
    Date,
    /// One of the choices.
    Choice,
    /// A statement that must be ticked.
    Tick,
    /// Files: scans, photographs. What is stored are their ids, hashes and names, a line each.
    File,
}

/// One of the answers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChoiceWord {
    /// What is stored.
    pub id: String,
    /// What is read.
    pub name: Text,
}

/// A time that must have passed since a step.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wait {
    /// Since which step (the last time it was taken).
    pub after: String,
    /// How long; none: until the day that `until_day` recorded.
    #[serde(default)]
    pub period: Option<Period>,
    /// The id of a day that was recorded: not before it.
    #[serde(default)]
    pub until_day: Option<String>,
    /// Steps any of which, taken since, makes waiting needless.
    #[serde(default)]
    pub unless: Vec<String>,
    /// Only where these were recorded.
    #[serde(default, rename = "only")]
    pub only: Vec<Only>,
    /// The article.
    #[serde(default)]
    pub article: String,
    /// How well known.
    pub grade: Grade,
}

/// A time within which a step must be taken.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Within {
    /// Since which step (the last time it was taken).
    pub after: String,
    /// How long.
    pub period: Period,
    /// Whether a late step is refused, or only shown as late.
    pub refuses: bool,
    /// The article.
    #[serde(default)]
    pub article: String,
    /// How well known.
    pub grade: Grade,
}

/// An earlier record something depends on: the newest of this id is one of these.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Only {
    /// Id of what was recorded.
    pub field: String,
    /// One of these.
    pub is: Vec<String>,
}

/// The most an amount may be.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cap {
    /// Id of the amount.
    pub field: String,
    /// At most so much, in fen.
    #[serde(default)]
    pub fen: Option<i64>,
    /// At most what this earlier amount was.
    #[serde(default)]
    pub than: Option<String>,
    /// Only where these were recorded.
    #[serde(default, rename = "only")]
    pub only: Vec<Only>,
    /// The article.
    #[serde(default)]
    pub article: String,
    /// How well known.
    pub grade: Grade,
}

impl Law {
    /// Reads kinds and flows; everything wrong is told at once, and nothing is given then. A catalogue without them gives an
    /// empty law: an older office that has not imported the newer catalogue yet.
    ///
    /// # Errors
    /// What is wrong, each with file, field, reason and mend.
    pub fn read(catalog: &Catalog) -> Result<Self, Vec<Diagnostic>> {
        let (mut law, mut found) = (Self::default(), Vec::new());
        if let Some(bytes) = catalog.file(EntryKind::PowerKinds, "kinds")
            && let Some(file) = parse::<KindsFile>("powers/kinds.toml", bytes, &mut found)
        {
            law = Self { kinds: file.kinds, grade: KindGrade(file.grade), note: file.note, flows: BTreeMap::new() };
        }
        for (id, bytes) in catalog.files_of(EntryKind::PowerFlow) {
            let path = format!("powers/flows/{id}.toml");
            if let Some(flow) = parse::<Flow>(&path, bytes, &mut found) {
                found.extend(law_lint::flow(&path, id, &flow));
                law.flows.insert(id.to_owned(), Arc::new(flow));
            }
        }
        found.extend(law_lint::kinds(&law));
        if found.is_empty() { Ok(law) } else { Err(found) }
    }

    /// The kind with this code.
    pub fn kind(&self, id: &str) -> Option<&Kind> {
        self.kinds.iter().find(|k| k.id == id)
    }

    /// The flow with this id.
    pub fn flow(&self, id: &str) -> Option<&Arc<Flow>> {
        self.flows.get(id)
    }

    /// All flows.
    pub fn flows(&self) -> impl Iterator<Item = &Arc<Flow>> {
        self.flows.values()
    }
}

impl Flow {
    /// Reads one flow from a file that is not among the powers': a room above that runs it itself. The id is the file's name.
    ///
    /// # Errors
    /// What is wrong, each with file, field, reason and mend.
    pub fn read(path: &str, id: &str, bytes: &[u8]) -> Result<Self, Vec<Diagnostic>> {
        let mut found = Vec::new();
        let flow = parse::<Self>(path, bytes, &mut found);
        match flow {
            Some(flow) => {
                found.extend(law_lint::flow(path, id, &flow));
                if found.is_empty() { Ok(flow) } else { Err(found) }
            }
            None => Err(found),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KindsFile {
    grade: Grade,
    note: Text,
    #[serde(rename = "kind")]
    kinds: Vec<Kind>,
}

fn parse<T: serde::de::DeserializeOwned>(path: &str, bytes: &[u8], found: &mut Vec<Diagnostic>) -> Option<T> {
    let wrong = |field: String, reason: String| Diagnostic {
        severity: Severity::Error,
        file: path.to_owned(),
        field,
        reason,
        mend: "mend the line; docs/rooms/powers.md lists the fields".to_owned(),
    };
    let Ok(text) = std::str::from_utf8(bytes) else {
        found.push(wrong("file".to_owned(), "not UTF-8".to_owned()));
        return None;
    };
    match toml::from_str(text) {
        Ok(read) => Some(read),
        Err(e) => {
            let line = e.span().map_or(1, |s| 1 + text[..s.start.min(text.len())].matches('\n').count());
            found.push(wrong(format!("line {line}"), e.message().to_owned()));
            None
        }
    }
}

impl Flow {
    /// The step with this id.
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|s| s.id == id)
    }

    /// The state with this id.
    pub fn state(&self, id: &str) -> Option<&FlowState> {
        self.states.iter().find(|s| s.id == id)
    }

    /// Where a run begins.
    pub fn first(&self) -> &str {
        self.states.first().map_or("", |s| s.id.as_str())
    }

    /// Whether a run is closed in this state.
    pub fn is_end(&self, state: &str) -> bool {
        self.state(state).is_some_and(|s| s.end)
    }

    /// What is asked under this id, in whichever step first asks it.
    pub fn ask(&self, id: &str) -> Option<&Ask> {
        self.steps.iter().flat_map(|s| &s.asks).find(|a| a.id == id)
    }

    /// The flow's bytes in one spelling, and their hash.
    pub fn body(&self) -> (String, String) {
        let body = serde_json::to_string(self).unwrap_or_default();
        let hash = hash_of(body.as_bytes());
        (body, hash)
    }
}

/// The law of the catalogue at hand, read once for each version of it.
#[derive(Debug, Default)]
pub struct LawCell(ArcSwapOption<(String, Arc<Law>)>);

impl LawCell {
    /// The law of this catalogue.
    ///
    /// # Errors
    /// As [`Law::read`].
    pub fn get(&self, catalog: &Catalog) -> Result<Arc<Law>, Vec<Diagnostic>> {
        if let Some(kept) = self.0.load_full()
            && kept.0 == catalog.version()
        {
            return Ok(Arc::clone(&kept.1));
        }
        let law = Arc::new(Law::read(catalog)?);
        self.0.store(Some(Arc::new((catalog.version().to_owned(), Arc::clone(&law)))));
        Ok(law)
    }
}

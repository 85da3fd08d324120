//! The life of a draft, and what keeps it from the next step. Pure.

use std::collections::BTreeSet;

use kernel::{Date, Id, Moment, Text};
use serde::{Deserialize, Serialize};

use super::examine::{FoundKind, Report};
use crate::catalog::FieldError;

/// The shortest and the longest reason.
const REASON: std::ops::RangeInclusive<usize> = 4..=500;

/// How far a draft has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DraftState {
    /// Something in it is wrong, or a case does not come out as written.
    Draft,
    /// Right, and every case comes out as written.
    Tested,
    /// Its author wants it in force; nobody changes it.
    Proposed,
    /// A second person approved it.
    Approved,
    /// In force, or on its way to its first day.
    Published,
    /// Given up.
    Dropped,
}

impl DraftState {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Draft, Self::Tested, Self::Proposed, Self::Approved, Self::Published, Self::Dropped];

    /// The word in tables and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Tested => "tested",
            Self::Proposed => "proposed",
            Self::Approved => "approved",
            Self::Published => "published",
            Self::Dropped => "dropped",
        }
    }

    /// Reads [`DraftState::word`] back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Whether authors may write on it.
    pub const fn is_editable(self) -> bool {
        matches!(self, Self::Draft | Self::Tested)
    }

    /// Whether it is still on its way.
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Published | Self::Dropped)
    }

    /// The state after a save, by what the test found.
    pub fn saved(report: &Report) -> Self {
        if report.is_good() { Self::Tested } else { Self::Draft }
    }

    /// The state after a step; none where it is out of order.
    pub const fn after(self, step: Step) -> Option<Self> {
        Some(match (self, step) {
            (Self::Tested, Step::Propose) => Self::Proposed,
            (Self::Proposed, Step::Approve) => Self::Approved,
            (Self::Proposed | Self::Approved, Step::TakeBack | Step::SendBack) => Self::Tested,
            (Self::Approved, Step::Publish) => Self::Published,
            (Self::Draft | Self::Tested, Step::Drop) => Self::Dropped,
            _ => return None,
        })
    }
}

/// A step in a draft's life.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// Its author wants it in force.
    Propose,
    /// A second person says yes.
    Approve,
    /// Its author wants to write on.
    TakeBack,
    /// The second person wants something else.
    SendBack,
    /// It is put in force.
    Publish,
    /// It is given up.
    Drop,
}

impl Step {
    /// Every step.
    pub const ALL: [Self; 6] =
        [Self::Propose, Self::Approve, Self::TakeBack, Self::SendBack, Self::Publish, Self::Drop];

    /// The word in forms and in the draft's history.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Propose => "propose",
            Self::Approve => "approve",
            Self::TakeBack => "take_back",
            Self::SendBack => "send_back",
            Self::Publish => "publish",
            Self::Drop => "drop",
        }
    }

    /// Reads [`Step::word`] back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.word() == word)
    }

    /// Whether it is the second person's.
    pub const fn is_second(self) -> bool {
        matches!(self, Self::Approve | Self::SendBack | Self::Publish)
    }

    /// Whether it needs a reason.
    pub const fn needs_reason(self) -> bool {
        matches!(self, Self::SendBack | Self::Drop)
    }
}

/// Somebody answers with his name for a place that no proof looked at.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Waiver {
    /// Key of the place (see [`super::Found`]).
    pub place: String,
    /// The place in words: decision, line, reason.
    pub told: Text,
    /// The account.
    pub account: Id,
    /// The name.
    pub name: String,
    /// Why it may be so.
    pub reason: String,
    /// When.
    pub at: Moment,
}

/// What proposing looks at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing<'a> {
    pub(super) report: &'a Report,
    pub(super) waivers: &'a [Waiver],
    /// The draft says something else than the version it began from.
    pub(super) is_changed: bool,
    /// The version it began from is still the newest.
    pub(super) is_current: bool,
}

/// Everything that keeps a draft from being proposed or published.
pub(super) fn hindrances(standing: &Standing<'_>) -> Vec<Text> {
    let Standing { report, waivers, is_changed, is_current } = *standing;
    let mut found = Vec::new();
    if !is_changed {
        found.push(Text::new("与现行版本相同，没有可提交的修改", "it says what the version in force says"));
    }
    if !is_current {
        found.push(Text::new(
            "起草期间事项的现行版本已经更新，请先把修改移到新版本上再测试",
            "the version in force has changed since it was begun: move the changes onto it and test again",
        ));
    }
    let (mistakes, failed) = (report.mistakes().count(), report.failed().count());
    if mistakes > 0 {
        found.push(Text::new(format!("文件里有 {mistakes} 处错误"), format!("{mistakes} mistake(s) in the files")));
    }
    if failed > 0 || report.cases.is_empty() {
        let all = report.cases.len();
        found.push(Text::new(
            format!("{all} 个案例中有 {failed} 个与预期不符"),
            format!("{failed} of {all} case(s) do not come out as written"),
        ));
    }
    for one in report.open(waivers) {
        let text = &one.text;
        let (owner, line) = (&one.owner, one.line);
        let (zh, en) = match one.kind {
            FoundKind::Unread => ("，需要有人具名说明理由后才能提交", ": somebody must sign for it with a reason"),
            _ => ("", ""),
        };
        found.push(Text::new(
            format!("决策“{owner}”第 {line} 行：{}{zh}", text.zh),
            format!("decision {owner:?}, line {line}: {}{en}", text.en),
        ));
    }
    found
}

/// Who approves is another than everybody who wrote.
pub(super) fn is_second(account: Id, authors: &BTreeSet<Id>) -> bool {
    !authors.contains(&account)
}

/// A reason, or what is wrong with it.
pub(super) fn reason(pointer: &str, text: &str) -> Result<String, FieldError> {
    let text = text.trim();
    if REASON.contains(&text.chars().count()) && !text.contains('\0') {
        return Ok(text.to_owned());
    }
    Err(FieldError {
        pointer: pointer.to_owned(),
        code: "length".to_owned(),
        message: Text::new(
            format!("请写明理由（{}至{}字）", REASON.start(), REASON.end()),
            format!("write why ({} to {} characters)", REASON.start(), REASON.end()),
        ),
    })
}

/// The first day of a version that is published today; none where the wanted day has passed.
pub(super) fn first_day(wanted: Option<Date>, today: Date) -> Option<Date> {
    match wanted {
        None => Some(today),
        Some(day) => (day >= today).then_some(day),
    }
}

//! What the guides show: the answer before the paperwork.

use askama::Template;
use kernel::{Date, Grade};

use crate::frame::Frame;
use crate::pieces::{ConditionView, ErrorLine, Link, Section, StageView, Tag, Tone};
use crate::portal::view::Hit;

/// The items of one department.
#[derive(Clone, Debug)]
pub struct DepartmentView {
    /// Its name.
    pub name: String,
    /// Its items.
    pub items: Vec<Hit>,
}

/// `/items`
#[derive(Clone, Debug, Template)]
#[template(path = "catalog/items.html")]
pub struct ItemsPage {
    /// The frame.
    pub frame: Frame,
    /// By department.
    pub departments: Vec<DepartmentView>,
}

/// A material: mostly one that need not be handed in.
#[derive(Clone, Debug)]
pub struct MaterialView {
    /// Its name.
    pub name: String,
    /// 不用交 (granted tone), 在线填写, 需要上传 (refer tone).
    pub tag: Tag,
    /// Where it comes from.
    pub note: String,
}

/// The item's rules are switched off.
#[derive(Clone, Debug)]
pub struct StoppedView {
    /// Why.
    pub reason: String,
    /// Since when.
    pub since: kernel::Moment,
}

/// Why nobody can apply today.
#[derive(Clone, Debug)]
pub struct ClosedView {
    /// Ended, or not begun.
    pub tag: Tag,
    /// Since when.
    pub sentence: String,
}

/// A law the item rests on.
#[derive(Clone, Debug)]
pub struct BasisView {
    /// Title and article.
    pub title: String,
    /// How well it is verified.
    pub grade: Grade,
}

/// Carries a grade to the template that draws it.
pub struct Graded {
    /// The grade.
    pub grade: Grade,
}

impl BasisView {
    /// For the grade's chip.
    pub fn graded(&self) -> Option<Graded> {
        Some(Graded { grade: self.grade })
    }
}

/// A question people ask.
#[derive(Clone, Debug)]
pub struct QuestionView {
    /// The question.
    pub question: String,
    /// The answer.
    pub answer: String,
}

/// One of the three lengths: by law, promised, really.
#[derive(Clone, Debug)]
pub struct LimitView {
    /// Which.
    pub label: String,
    /// Written out, such as `20 个工作日`.
    pub value: String,
    /// In days, for the length of the bar; none when unknown.
    pub days: Option<f64>,
    /// Where it is from.
    pub source: String,
    /// How well that is verified; none for what we measured ourselves.
    pub grade: Option<Grade>,
    /// Whether it is what we really took.
    pub ours: bool,
}

impl LimitView {
    /// For the grade's chip.
    pub fn graded(&self) -> Option<Graded> {
        self.grade.map(|grade| Graded { grade })
    }
}

/// How long it takes, as a small picture and its table.
#[derive(Clone, Debug)]
pub struct LimitsView {
    /// The finding in one sentence: the picture's title.
    pub finding: String,
    /// The lengths.
    pub bars: Vec<LimitView>,
}

/// A bar as drawn, in the picture's units.
pub struct DrawnBar<'a> {
    /// Which.
    pub label: &'a str,
    /// Its value.
    pub value: &'a str,
    /// Whether it is ours.
    pub ours: bool,
    /// Top of the bar.
    pub y: u32,
    /// Its length.
    pub width: u32,
    /// Base line of its words.
    pub text_y: u32,
}

/// Units of the picture: a row holds a line of words above its bar; the longest bar is the whole width.
const ROW: u32 = 48;
const LONGEST: f64 = 360.0;

impl LimitsView {
    /// The picture's height.
    pub fn height(&self) -> u32 {
        self.drawn().len() as u32 * ROW
    }

    /// The bars on one scale; a length that is known but tiny stays visible as a thin line.
    pub fn drawn(&self) -> Vec<DrawnBar<'_>> {
        let longest = self.bars.iter().filter_map(|b| b.days).fold(0.0, f64::max).max(f64::MIN_POSITIVE);
        let known = self.bars.iter().filter_map(|bar| bar.days.map(|days| (bar, days)));
        known
            .enumerate()
            .map(|(row, (bar, days))| {
                // Between 3 and LONGEST: the cast cannot lose more than a fraction of a unit.
                let width = (days / longest * LONGEST).clamp(3.0, LONGEST) as u32;
                let top = row as u32 * ROW;
                DrawnBar { label: &bar.label, value: &bar.value, ours: bar.ours, y: top + 24, width, text_y: top + 16 }
            })
            .collect()
    }
}

/// `/items/{id}`
#[derive(Clone, Debug, Template)]
#[template(path = "catalog/guide.html")]
pub struct GuidePage {
    /// The frame.
    pub frame: Frame,
    /// The item.
    pub name: String,
    /// Its department.
    pub department: String,
    /// What it is for, in one sentence.
    pub summary: String,
    /// Why it cannot be applied for today, if so.
    pub closed: Option<ClosedView>,
    /// Why people decide for now what rules decide else; none: they do.
    pub stopped: Option<StoppedView>,
    /// Why a person decides in any case, where no machine may.
    pub person: Option<String>,
    /// Who may apply.
    pub who: String,
    /// What to bring, in a few words.
    pub bring: String,
    /// How long it takes, in a few words.
    pub time: String,
    /// The fee, in one sentence.
    pub fee: String,
    /// What else is said of it; may be empty.
    pub fee_more: String,
    /// What one gets.
    pub result: String,
    /// How long it is valid; may be empty.
    pub validity: String,
    /// Where to apply.
    pub apply: String,
    /// Where to try the rules.
    pub attempt: String,
    /// The conditions, unchecked.
    pub conditions: Vec<ConditionView>,
    /// The materials.
    pub materials: Vec<MaterialView>,
    /// How many of them need not be handed in.
    pub shared: usize,
    /// How long.
    pub limits: LimitsView,
    /// The way it goes.
    pub stages: Vec<StageView>,
    /// What is watched afterwards: what, and who and when.
    pub duties: Vec<Link>,
    /// The law.
    pub bases: Vec<BasisView>,
    /// Questions people ask.
    pub questions: Vec<QuestionView>,
    /// What to do against a decision.
    pub remedies: String,
    /// The version's short hash.
    pub version: String,
    /// Since when it is in force.
    pub valid_from: Date,
}

/// What the rules said to facts that were only tried.
#[derive(Clone, Debug)]
pub struct Answer {
    /// How it feels.
    pub tone: Tone,
    /// In a few words.
    pub word: String,
    /// What it means.
    pub sentence: String,
    /// Every condition.
    pub conditions: Vec<ConditionView>,
}

/// `/items/{id}/try`: am I eligible? Nothing is stored.
#[derive(Clone, Debug, Template)]
#[template(path = "catalog/attempt.html")]
pub struct AttemptPage {
    /// The frame.
    pub frame: Frame,
    /// The item.
    pub name: String,
    /// Its guide.
    pub guide: String,
    /// Where to apply for real.
    pub apply: String,
    /// Where the facts are sent.
    pub action: String,
    /// The questions.
    pub sections: Vec<Section>,
    /// What was wrong with the facts.
    pub errors: Vec<ErrorLine>,
    /// The answer, once tried.
    pub answer: Option<Answer>,
}

//! Conditions and their sources in words: the same sentence in guides, outcomes and on the workbench.

use affairs::catalog::{Attested, Catalog, Condition, Item, OnFail, Status};
use kernel::{Language, Text};

use crate::frame::Frame;
use crate::pieces::ConditionView;

/// 《title》第 50 条, or the title alone where no article was read.
pub fn source(frame: &Frame, title: &str, article: Option<&str>) -> String {
    let zh = frame.language == Language::Zh;
    match (article, zh) {
        (Some(article), true) => format!("《{title}》第 {} 条", article.replace(", ", "、")),
        (Some(article), false) => format!("{title}, article {article}"),
        (None, true) => format!("《{title}》"),
        (None, false) => title.to_owned(),
    }
}

/// Where a statement was read, and what a reader must know about it.
pub fn attested(frame: &Frame, item: &Item, served: &Text, attested: &Attested) -> String {
    let read = item.source(&attested.source).map_or(served, |s| &s.title);
    let own = if served.zh.is_empty() { read } else { served };
    // The article belongs to the text that was read; where a rule is known only by a secondary text, both are named.
    let whole = match (&attested.article, read == own) {
        // Nothing was read: our own design is no title.
        (None, _) if attested.source.is_empty() => frame.text(own).to_owned(),
        (Some(article), _) => source(frame, frame.text(read), Some(article)),
        (None, true) => source(frame, frame.text(own), None),
        (None, false) => format!("{} · {}", source(frame, frame.text(own), None), frame.text(read)),
    };
    match &attested.note {
        Some(note) => frame.aside(&whole, frame.text(note)),
        None => whole,
    }
}

/// A condition as a guide shows it: not checked yet.
pub fn condition(frame: &Frame, catalog: &Catalog, item: &Item, condition: &Condition) -> ConditionView {
    ConditionView {
        id: condition.id.clone(),
        sentence: frame.text(&condition.sentence).to_owned(),
        met: None,
        basis: attested(frame, item, &condition.basis, &condition.attested),
        grade: condition.attested.grade,
        adopted: adopted(frame, catalog, &condition.status),
        facts: Vec::new(),
        consequence: frame.t(on_fail(condition.on_fail)).to_owned(),
    }
}

/// Who stands behind a condition.
pub fn adopted(frame: &Frame, catalog: &Catalog, status: &Status) -> String {
    match status {
        Status::Demonstration => frame.t("status.demonstration").to_owned(),
        Status::Adopted { agency, document, .. } => {
            let agency = catalog.agency(agency).map_or(agency.as_str(), |a| frame.text(&a.short));
            frame.t2("status.adopted", agency, document)
        }
    }
}

pub(crate) fn on_fail(on_fail: OnFail) -> &'static str {
    match on_fail {
        OnFail::Correct => "on_fail.correct",
        OnFail::Refer => "on_fail.refer",
        OnFail::DraftRefusal => "on_fail.draft_refusal",
        OnFail::SpecialStep => "on_fail.special_step",
        OnFail::NotNeeded => "on_fail.not_needed",
    }
}

//! What tests and proof found, in words.

use affairs::catalog::cases::CaseResult;
use affairs::catalog::{Diagnostic, FieldError, Severity};
use affairs::workshop::{Draft, Found, FoundKind, Report};

use super::phrases::{inside, told};
use super::view::{CaseLine, FoundLine, ReportView, Told};
use crate::frame::Frame;
use crate::pieces::{Tag, Tone};

/// The report of a draft.
pub(super) fn report(frame: &Frame, draft: &Draft, errors: &[FieldError]) -> ReportView {
    let report = &draft.report;
    let (failed, all) = (report.failed().count(), report.cases.len());
    let summary = match failed {
        _ if all == 0 => frame.t("workshop.no_cases").to_owned(),
        0 => frame.t1("workshop.all_pass", all),
        _ => frame.t2("workshop.some_fail", all, failed),
    };
    let line = |case: &CaseResult| case_line(frame, case);
    ReportView {
        summary,
        faults: faults(frame, report),
        failed: report.failed().map(line).collect(),
        passed: report.cases.iter().filter(|case| case.problems.is_empty()).map(line).collect(),
        proof: proof(frame, report),
        found: report.found.iter().map(|found| found_line(frame, draft, (found, errors))).collect(),
    }
}

/// Mistakes and doubts in the files, as the lint says them.
pub(super) fn faults(frame: &Frame, report: &Report) -> Vec<Told> {
    // Mistakes first; what is only doubtful after them, and never so much that nobody reads it.
    let doubts = report.faults.iter().filter(|f| f.severity != Severity::Error);
    report.mistakes().chain(doubts).take(60).map(|fault| fault_line(frame, fault)).collect()
}

fn fault_line(frame: &Frame, fault: &Diagnostic) -> Told {
    let name = fault.file.rsplit('/').next().unwrap_or(&fault.file);
    let said = format!("{name} · {}: {}; {}", fault.field, fault.reason, fault.mend);
    let reason = told(frame, &fault.reason);
    if reason.said.is_empty() {
        return Told { text: said, ..reason };
    }
    let [field, mend] = [&fault.field, &fault.mend].map(|text| inside(frame, text));
    Told { text: format!("{name} · {field}：{}；{mend}", reason.text), foreign: false, said }
}

fn case_line(frame: &Frame, case: &CaseResult) -> CaseLine {
    let good = case.problems.is_empty();
    let (tone, word) = if good { (Tone::Granted, "workshop.pass") } else { (Tone::Refused, "workshop.fail") };
    CaseLine {
        name: case.case.clone(),
        line: case.line,
        tag: Tag::new(tone, frame.t(word)),
        problems: case.problems.iter().map(|problem| told(frame, problem)).collect(),
    }
}

fn proof(frame: &Frame, report: &Report) -> String {
    match (report.tables, report.found.len()) {
        _ if report.rule_set.is_empty() => frame.t("workshop.not_proved").to_owned(),
        (0, _) => frame.t("workshop.no_tables").to_owned(),
        (tables, 0) => frame.t1("workshop.proved", tables),
        (tables, found) => frame.t2("workshop.found", tables, found),
    }
}

fn found_line(frame: &Frame, draft: &Draft, (found, errors): (&Found, &[FieldError])) -> FoundLine {
    let waiver = draft.waivers.iter().find(|waiver| waiver.place == found.key);
    let tone = match found.kind {
        kind if kind.blocks() => Tone::Refused,
        FoundKind::Unread if waiver.is_none() => Tone::Refer,
        _ => Tone::Quiet,
    };
    let pointer = format!("/waiver/{}", found.key);
    let error = errors.iter().find(|e| e.pointer == pointer);
    FoundLine {
        key: if found.kind == FoundKind::Unread && waiver.is_none() { found.key.clone() } else { String::new() },
        tag: Tag::new(tone, frame.t(&format!("workshop.flaw.{}", found.kind.word()))),
        place: frame.t3("workshop.at", &found.owner, found.line, found.column),
        text: found_text(frame, found),
        witness: found.witness.clone(),
        signed: waiver.map(|w| frame.t3("workshop.signed", &w.name, frame.moment(w.at), &w.reason)).unwrap_or_default(),
        error: error.map(|e| frame.text(&e.message).to_owned()).unwrap_or_default(),
    }
}

/// What was found; the reason why a place was not analysed comes from the engine.
fn found_text(frame: &Frame, found: &Found) -> String {
    match found.text.en.strip_prefix("not analysed: ") {
        Some(reason) if frame.is_zh() => format!("{}：{}", frame.t("workshop.flaw.unread"), inside(frame, reason)),
        _ => frame.text(&found.text).to_owned(),
    }
}

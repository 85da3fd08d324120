//! What a report of a wrong shows: to whoever reports, and to the agency that answers.

use askama::Template;

use crate::approval::desk::FilterView;
use crate::frame::Frame;
use crate::pieces::{ErrorLine, FieldView, Tag};

/// A report.
#[derive(Clone, Debug)]
pub struct ReportRow {
    /// Its page at the workbench.
    pub href: String,
    /// Its number.
    pub number: String,
    /// How it stands.
    pub tag: Tag,
    /// The item.
    pub item: String,
    /// Where.
    pub region: String,
    /// Who answers.
    pub agency: String,
    /// Whom or which place it is about.
    pub place: String,
    /// What is wrong.
    pub what: String,
    /// When it came.
    pub at: String,
    /// Until when it is answered.
    pub until: String,
    /// The answer; empty for none yet.
    pub answer: String,
    /// Who answered.
    pub by: String,
}

/// `/report`
#[derive(Clone, Debug, Template)]
#[template(path = "supervision/report.html")]
pub struct ReportFormPage {
    /// The frame.
    pub frame: Frame,
    /// What was wrong.
    pub errors: Vec<ErrorLine>,
    /// The form that reports.
    pub fields: Vec<FieldView>,
    /// The form that asks for the answer.
    pub look: Vec<FieldView>,
}

/// The receipt of a report: shown once.
#[derive(Clone, Debug, Template)]
#[template(path = "supervision/report_receipt.html")]
pub struct ReportReceiptPage {
    /// The frame.
    pub frame: Frame,
    /// Its number.
    pub number: String,
    /// Its secret.
    pub secret: String,
    /// Who answers.
    pub agency: String,
    /// Until when.
    pub until: String,
}

/// `/report/answer` and `/staff/reports/{number}`
#[derive(Clone, Debug, Template)]
#[template(path = "supervision/report_answer.html")]
pub struct ReportAnswerPage {
    /// The frame.
    pub frame: Frame,
    /// Whether an officer reads it.
    pub is_staff: bool,
    /// Its version.
    pub version: i64,
    /// What was wrong.
    pub errors: Vec<ErrorLine>,
    /// Whether something was done just now.
    pub done: bool,
    /// The report.
    pub row: ReportRow,
    /// The field of the answer; none where this reader does not answer.
    pub answer: Option<FieldView>,
}

/// `/staff/reports`
#[derive(Clone, Debug, Template)]
#[template(path = "supervision/reports.html")]
pub struct ReportsPage {
    /// The frame.
    pub frame: Frame,
    /// The places beside it.
    pub filters: Vec<FilterView>,
    /// The answered ones, or the open ones.
    pub other: String,
    /// Whether these are the answered ones.
    pub closed: bool,
    /// The reports.
    pub rows: Vec<ReportRow>,
}

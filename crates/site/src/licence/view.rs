//! What licences show: to their holder, to whoever checks one, to the public.

use askama::Template;
use kernel::Date;

use crate::frame::Frame;
use crate::pieces::{ErrorLine, EventView, Met, Pager, Tag};

/// A labelled value.
#[derive(Clone, Debug)]
pub struct Line {
    /// What it is.
    pub label: String,
    /// Its value.
    pub value: String,
}

/// A licence as it is printed.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Its name.
    pub name: String,
    /// Its number.
    pub code: String,
    /// Its state; anything but granted is stamped across it.
    pub tag: Tag,
    /// What it says.
    pub lines: Vec<Line>,
    /// First valid day.
    pub valid_from: Date,
    /// Last valid day; none where it has no end.
    pub valid_to: Option<Date>,
    /// Who issued it.
    pub agency: String,
    /// When.
    pub issued_on: Date,
    /// Where anyone can check it, in full.
    pub verify_address: String,
    /// What its QR code says: the address whose own page checks the licence.
    pub check: String,
    /// The same as a QR code: an `<svg>` element of ours (it is written unescaped). May be empty.
    pub qr_svg: String,
}

/// `/licences/{code}` for its holder.
#[derive(Clone, Debug, Template)]
#[template(path = "licence/licence.html")]
pub struct LicencePage {
    /// The frame.
    pub frame: Frame,
    /// The licence.
    pub sheet: Sheet,
    /// The signed file.
    pub download: String,
    /// The licence as a PDF.
    pub pdf: String,
    /// Where it is shown to somebody for some minutes.
    pub present: String,
    /// Where to renew it, while one may.
    pub renew: Option<String>,
    /// Its leaf.
    pub proof: String,
    /// What happened to it.
    pub events: Vec<EventView>,
}

/// A row that may be shown.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its number on the licence.
    pub number: usize,
    /// Its label.
    pub label: String,
}

/// `/licences/{code}/present` for its holder.
#[derive(Clone, Debug, Template)]
#[template(path = "licence/present.html")]
pub struct PresentPage {
    /// The frame.
    pub frame: Frame,
    /// The licence.
    pub sheet: Sheet,
    /// What may be shown.
    pub rows: Vec<Row>,
    /// The address that shows it; empty before it was asked for.
    pub address: String,
    /// The same as a QR code.
    pub qr_svg: String,
    /// Until when.
    pub until: String,
}

/// `/shown/{token}` for whoever has the address.
#[derive(Clone, Debug, Template)]
#[template(path = "licence/shown.html")]
pub struct ShownPage {
    /// The frame.
    pub frame: Frame,
    /// The licence, with the rows that are shown.
    pub sheet: Sheet,
    /// Its holder.
    pub holder: String,
    /// Until when.
    pub until: String,
}

/// One thing that was checked.
#[derive(Clone, Debug)]
pub struct CheckLine {
    /// What was found.
    pub met: Met,
    /// What was checked.
    pub sentence: String,
    /// More about it; may be empty.
    pub detail: String,
}

impl CheckLine {
    /// The key of its word.
    pub fn word(&self) -> &'static str {
        match self.met {
            Met::Met => "checked.pass",
            Met::NotMet => "checked.fail",
            Met::Unknown => "checked.cannot",
        }
    }
}

/// What checking found.
#[derive(Clone, Debug)]
pub struct VerifyResult {
    /// The verdict: valid, not valid any more, unknown, tampered.
    pub tag: Tag,
    /// What it means.
    pub sentence: String,
    /// What the public may know of it.
    pub lines: Vec<Line>,
    /// Every check.
    pub checks: Vec<CheckLine>,
}

/// What the browser's own verifier is born with.
#[derive(Clone, Debug)]
pub struct Island {
    /// The key that signs trust lists.
    pub root: String,
    /// Our own host.
    pub host: String,
    /// Words by their keys.
    pub words: Vec<Line>,
    /// Green, yellow, red: what they are called and what each means.
    pub bands: Vec<(&'static str, Tag, String)>,
    /// How a single check is marked in each colour; only its mark is shown.
    pub marks: Vec<(&'static str, CheckLine)>,
}

/// `/verify`
#[derive(Clone, Debug, Template)]
#[template(path = "licence/verify.html")]
pub struct VerifyPage {
    /// The frame.
    pub frame: Frame,
    /// The number as typed.
    pub code: String,
    /// What was wrong with it.
    pub errors: Vec<ErrorLine>,
    /// The result, once asked.
    pub result: Option<VerifyResult>,
    /// For the browser's own verifier; none where the office publishes no trust list.
    pub island: Option<Island>,
}

/// A grant made public.
#[derive(Clone, Debug)]
pub struct NoticeRow {
    /// When it was decided.
    pub on: Date,
    /// Whose it is, as far as the public may know.
    pub holder: String,
    /// What was granted.
    pub what: String,
    /// The case's number.
    pub number: String,
    /// Where the decision stands in the log.
    pub leaf: Option<u64>,
    /// Who decided.
    pub agency: String,
}

/// `/open`
#[derive(Clone, Debug, Template)]
#[template(path = "licence/open.html")]
pub struct OpenPage {
    /// The frame.
    pub frame: Frame,
    /// The notices, newest first.
    pub notices: Vec<NoticeRow>,
    /// The next page.
    pub pager: Pager,
}

//! The clocks that every item shares (`procedure.toml`): how soon one notice must name everything to mend, how long one may
//! take to mend, how long a case waits for a register that does not answer.

use kernel::{Grade, Period, PeriodUnit, Text};
use serde::Serialize;

use super::diagnostic::{Diagnostic, Report};
use super::entry::{Entry, EntryKind};
use super::fields::{self, Fields};
use super::item::{Attested, Source};
use super::item_file::{attested, period, source};
use super::item_lint::backed;

/// The clocks that every item shares.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Procedure {
    /// What rows refer to.
    pub sources: Vec<Source>,
    /// Until when the one notice of everything to mend may go out; after it an application counts as accepted.
    pub notice: Clock,
    /// How long an applicant may take to mend.
    pub correction: Clock,
    /// How long a case waits for a register that does not answer, where its item says nothing else; minutes.
    pub data_wait_minutes: u32,
    /// How well that is known.
    pub data_wait: Attested,
    /// How soon somebody who rated badly, by name, is called back; none where the catalogue does not say.
    pub call_back: Option<Clock>,
    /// How soon what a bad rating complained of is mended, where it is put on the ledger.
    pub mending: Option<Clock>,
    /// How much of a limit is left when its light turns yellow; the last day counts.
    pub warning: Clock,
    /// How long an agency may take to answer a red light before it goes to the agency above.
    pub light_reply: Clock,
    /// By how much the limit in law may be extended, once; none where the catalogue does not say.
    pub extension: Option<Clock>,
    /// For how long an officer may take a decision back before it leaves the house.
    pub undo: Undo,
    /// Who may not decide about whom; none where the catalogue does not say what it rests on.
    pub recusal: Option<Attested>,
    /// What accepting with gaps rests on; none where the catalogue does not say.
    pub gaps: Option<Attested>,
    /// What agencies that handle together have; none where the catalogue does not say.
    pub joint: Option<Clock>,
    /// What the head of the government may add to it.
    pub joint_extension: Option<Clock>,
    /// How long the agencies of a joint handling may take to say what is to be mended, before the one notice goes out.
    pub gathering: Option<Clock>,
    /// How long a first review below may take before the agency above decides.
    pub first_review: Option<Clock>,
    /// How places work together where one receives and another decides.
    pub across: Vec<Across>,
    /// How large and how many the files may be that are handed in, where a material says nothing else.
    pub upload: UploadTerms,
    /// How long what was checked at a counter is good; ours where the catalogue does not say.
    pub counter: CounterTerms,
    /// How long papers may be under way from a counter to the agency that decides; none where the catalogue does not say.
    pub relay: Option<Clock>,
}

/// What files handed in may be, and what becomes of refused ones.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct UploadTerms {
    /// Largest size of a file, in units of 1,048,576 bytes.
    pub file_mb: u32,
    /// How many files one case may have for one material.
    pub files: u32,
    /// Width times height of a picture, in millions of points.
    pub megapixels: u32,
    /// Whether the bytes of a refused file are kept, sealed, and not deleted.
    pub keep_refused: bool,
    /// How well known.
    pub attested: Attested,
}

/// How long what was checked at a counter is good.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CounterTerms {
    /// For so many minutes a clerk may act for the person he recognised.
    pub minutes: u32,
    /// So many days a mandate on paper may reach.
    pub paper_days: u32,
    /// How well known.
    pub attested: Attested,
}

impl Default for UploadTerms {
    /// A catalogue from before there were such terms has ours.
    fn default() -> Self {
        let attested = Attested { grade: Grade::D, ..Attested::default() };
        Self { file_mb: 20, files: 6, megapixels: 200, keep_refused: false, attested }
    }
}

impl Default for CounterTerms {
    /// A catalogue from before there were counters has ours.
    fn default() -> Self {
        Self { minutes: 60, paper_days: 90, attested: Attested { grade: Grade::D, ..Attested::default() } }
    }
}

/// One way in which places work together, and what each of them owes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Across {
    /// `online`, `forward` or `together`.
    pub mode: String,
    /// What it is called.
    pub name: Text,
    /// What the receiving place owes.
    pub receiving: Text,
    /// What the deciding place owes.
    pub deciding: Text,
    /// How well known.
    pub attested: Attested,
}

/// For how long a signed decision stays in the house.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Undo {
    /// Seconds; 0: it leaves at once.
    pub seconds: u32,
    /// How well known.
    pub attested: Attested,
}

impl Default for Undo {
    /// A catalogue from before there was such a time has ours.
    fn default() -> Self {
        Self { seconds: 60, attested: Attested { grade: Grade::D, ..Attested::default() } }
    }
}

/// A period with where it comes from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Clock {
    /// The period.
    pub period: Period,
    /// How well known.
    pub attested: Attested,
}

/// Reads the file; what is wrong stands in `findings`. A catalogue without it has no such clocks, and says so.
pub(super) fn read(entries: &[Entry], findings: &mut Vec<Diagnostic>) -> Option<Procedure> {
    let report = Report::of("procedure.toml");
    let entry = entries.iter().find(|e| e.kind == EntryKind::Procedure);
    if entry.is_none() {
        report.error("file", "missing", "write it; docs/catalog.md says how");
    }
    let table = entry.and_then(Entry::only).and_then(|(_, bytes)| fields::parse(bytes, &report));
    let found = table.and_then(|table| procedure(&Fields::root(&table, &report)));
    if let Some(procedure) = &found {
        let clocks = [
            ("notice", &procedure.notice.attested),
            ("correction", &procedure.correction.attested),
            ("warning", &procedure.warning.attested),
            ("light_reply", &procedure.light_reply.attested),
        ];
        let rating = [
            ("call_back", &procedure.call_back),
            ("mending", &procedure.mending),
            ("extension", &procedure.extension),
            ("joint", &procedure.joint),
            ("joint_extension", &procedure.joint_extension),
            ("gathering", &procedure.gathering),
            ("first_review", &procedure.first_review),
            ("relay", &procedure.relay),
        ];
        let rating = rating.into_iter().filter_map(|(at, clock)| Some((at, &clock.as_ref()?.attested)));
        let others = [
            ("data_wait", &procedure.data_wait),
            ("undo", &procedure.undo.attested),
            ("upload", &procedure.upload.attested),
            ("counter", &procedure.counter.attested),
        ];
        let rests = [("recusal", &procedure.recusal), ("gaps", &procedure.gaps)];
        let rests = rests.into_iter().filter_map(|(at, found)| Some((at, found.as_ref()?)));
        let others = others.into_iter().chain(rests);
        for (at, attested) in clocks.into_iter().chain(others).chain(rating) {
            backed(&report, at, attested, &procedure.sources);
        }
        for across in &procedure.across {
            backed(&report, &format!("across[{}]", across.mode), &across.attested, &procedure.sources);
        }
    }
    findings.extend(report.into_found());
    found
}

fn procedure(root: &Fields<'_>) -> Option<Procedure> {
    let sources = root.rows("source").iter().map(source).collect();
    let (notice, correction) = (clock(root, "notice"), clock(root, "correction"));
    let [call_back, mending] = ["call_back", "mending"].map(|name| root.table(name).map(|fields| read_clock(&fields)));
    let optional = |name| root.table(name).map(|fields| read_clock(&fields));
    let [joint, joint_extension] = ["joint", "joint_extension"].map(optional);
    let [gathering, first_review] = ["gathering", "first_review"].map(optional);
    let across = root.rows("across").iter().map(read_across).collect();
    let counter = root.table("counter").map(|fields| counter(&fields)).unwrap_or_default();
    let relay = optional("relay");
    let extension = root.table("extension").map(|fields| extension(&fields));
    let (warning, light_reply) = (clock(root, "warning"), clock(root, "light_reply"));
    let undo = root.table("undo").map(|fields| {
        let undo = Undo { seconds: fields.int("seconds"), attested: attested(&fields) };
        fields.done();
        undo
    });
    let upload = root.table("upload").map(|fields| upload(&fields)).unwrap_or_default();
    let [recusal, gaps] = ["recusal", "gaps"].map(|name| root.table(name).map(|fields| rests_on(&fields)));
    let wait = root.section("data_wait").map(|fields| {
        let found = (fields.int("minutes"), attested(&fields));
        fields.done();
        found
    });
    root.done();
    let (data_wait_minutes, data_wait) = wait?;
    Some(Procedure {
        sources,
        notice: notice?,
        correction: correction?,
        data_wait_minutes,
        data_wait,
        call_back,
        mending,
        warning: warning?,
        light_reply: light_reply?,
        extension,
        undo: undo.unwrap_or_default(),
        recusal,
        gaps,
        joint,
        joint_extension,
        gathering,
        first_review,
        across,
        upload,
        counter,
        relay,
    })
}

/// The most a file may ever have: what the store takes.
const MOST_MB: u32 = 64;

fn upload(fields: &Fields<'_>) -> UploadTerms {
    let terms = UploadTerms {
        file_mb: fields.int("file_mb"),
        files: fields.int("files"),
        megapixels: fields.int("megapixels"),
        keep_refused: fields.bool("keep_refused"),
        attested: attested(fields),
    };
    if !(1..=MOST_MB).contains(&terms.file_mb) || terms.files == 0 || terms.megapixels == 0 {
        fields.error("file_mb", "no file could be handed in", format!("write 1 to {MOST_MB}, and more than no files"));
    }
    fields.done();
    terms
}

fn counter(fields: &Fields<'_>) -> CounterTerms {
    let terms = CounterTerms {
        minutes: fields.int("minutes"),
        paper_days: fields.int("paper_days"),
        attested: attested(fields),
    };
    fields.done();
    terms
}

fn read_across(fields: &Fields<'_>) -> Across {
    let modes = [("online", "online"), ("forward", "forward"), ("together", "together")];
    let across = Across {
        mode: fields.choice("mode", &modes).to_owned(),
        name: fields.text("name"),
        receiving: fields.text("receiving"),
        deciding: fields.text("deciding"),
        attested: attested(fields),
    };
    fields.done();
    across
}

fn rests_on(fields: &Fields<'_>) -> Attested {
    let found = attested(fields);
    fields.done();
    found
}

/// An extension counts in working days: the unit of article 82 is what the limits are worked out in.
fn extension(fields: &Fields<'_>) -> Clock {
    let clock = read_clock(fields);
    if clock.period.unit != PeriodUnit::WorkingDay {
        fields.error("unit", "an extension is counted in working days", "write unit = \"working_day\"");
    }
    clock
}

fn clock(root: &Fields<'_>, name: &'static str) -> Option<Clock> {
    root.section(name).map(|fields| read_clock(&fields))
}

fn read_clock(fields: &Fields<'_>) -> Clock {
    let clock = Clock { period: period(fields), attested: attested(fields) };
    fields.done();
    clock
}

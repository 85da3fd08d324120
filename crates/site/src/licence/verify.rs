//! Is a licence genuine, and does it count today? Asked by anybody, by number or with the document itself. The answer
//! is one of three: genuine and in force; genuine, but not in force; not to be believed — each with its reason and with
//! everything that was checked. The document is not kept.

use affairs::access::{PartyKind, mask_name};
use affairs::licence::{self, Licence, Standing, Verified};
use axum::Router;
use axum::extract::{Multipart, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use evidence::answer::Given;
use evidence::seal::{self, Refusal};
use kernel::{LicenceCode, Text};
use serde::Deserialize;
use serde_json::Value as Json;

use super::answer;
use super::view::{CheckLine, Line, VerifyPage, VerifyResult};
use crate::frame::Frame;
use crate::office::Desks;
use crate::pieces::{ErrorLine, Met, Tag, Tone};
use crate::problem::{Problem, page, page_as};
use crate::state::AppState;

/// The longest number looked at; a licence's own has about ninety characters.
const LONGEST_CODE: usize = 200;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/verify", get(by_code).post(by_document))
}

#[derive(Deserialize)]
struct Asked {
    code: Option<String>,
}

async fn by_code(State(state): State<AppState>, frame: Frame, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    let desks = state.desks()?;
    let Some(typed) = asked.code else { return page(&empty(&desks, frame)) };
    let typed: String = typed.chars().take(LONGEST_CODE).collect();
    let code = match LicenceCode::read(&typed) {
        Ok(read) => read.value,
        Err(error) => {
            let message = frame.text(&error.text()).to_owned();
            let errors = vec![ErrorLine { href: "#f-code".to_owned(), message }];
            let page = VerifyPage { code: typed, errors, ..empty(&desks, frame) };
            return page_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    };
    let record = licence::by_code(desks.store(), code.as_str()).await?;
    let mut checks = vec![passed(&frame, "verify.number_right")];
    let result = match &record {
        None => {
            checks.push(failed(&frame, "verify.not_in_record", String::new()));
            unknown(&frame, checks)
        }
        Some(record) => {
            let asked = Presented { document: record.document.as_bytes(), record: Some(record), by_code: true };
            asked.result(&desks, &frame, checks).await?
        }
    };
    page(&VerifyPage { code: code.to_string(), result: Some(result), ..empty(&desks, frame) })
}

async fn by_document(State(state): State<AppState>, frame: Frame, mut parts: Multipart) -> Result<Response, Problem> {
    let mut document = Vec::new();
    while let Some(part) = parts.next_field().await.map_err(|e| Problem::of(e.status()))? {
        if matches!(part.name(), Some("file" | "text")) {
            let bytes = part.bytes().await.map_err(|e| Problem::of(e.status()))?;
            if !bytes.trim_ascii().is_empty() {
                document = bytes.trim_ascii().to_vec();
            }
        }
    }
    let desks = state.desks()?;
    if document.is_empty() {
        let message = frame.t("verify.nothing").to_owned();
        let errors = vec![ErrorLine { href: "#f-file".to_owned(), message }];
        return page_as(StatusCode::UNPROCESSABLE_ENTITY, &VerifyPage { errors, ..empty(&desks, frame) });
    }
    if let Some(given) = Given::of(&document) {
        let result = answer::result(&desks, &frame, &given).await?;
        return page(&VerifyPage { result: Some(result), ..empty(&desks, frame) });
    }
    let claimed = seal::read(&document).ok();
    let code = claimed.as_ref().and_then(|s| s.payload.get("code")?.as_str());
    let record = match code {
        Some(code) => licence::by_code(desks.store(), code).await?,
        None => None,
    };
    let asked = Presented { document: &document, record: record.as_ref(), by_code: false };
    let result = asked.result(&desks, &frame, Vec::new()).await?;
    page(&VerifyPage { result: Some(result), ..empty(&desks, frame) })
}

fn empty(desks: &Desks<'_>, frame: Frame) -> VerifyPage {
    let island = answer::island(desks, &frame);
    VerifyPage { frame, code: String::new(), errors: Vec::new(), result: None, island }
}

/// A document to be checked.
struct Presented<'a> {
    document: &'a [u8],
    /// This office's row with the number the document names.
    record: Option<&'a Licence>,
    /// Whether only the number was given: then names are masked.
    by_code: bool,
}

impl Presented<'_> {
    async fn result(
        &self,
        desks: &Desks<'_>,
        frame: &Frame,
        mut checks: Vec<CheckLine>,
    ) -> Result<VerifyResult, Problem> {
        let verified = licence::verify(self.document, &desks.office.trust, self.record, frame.now);
        let verified = match verified {
            Ok(verified) => verified,
            Err(refusal) => {
                let code = frame.t1("refusal.code", refusal.code());
                checks.push(failed(frame, reason(&refusal), code));
                let (tag, sentence) = (Tag::new(Tone::Refused, frame.t("verify.false")), frame.t("verify.false_means"));
                return Ok(VerifyResult { tag, sentence: sentence.to_owned(), lines: Vec::new(), checks });
            }
        };
        checks.push(passed(frame, "verify.seal_holds"));
        checks.push(match self.record {
            None => failed(frame, "verify.not_in_record", String::new()),
            Some(record) if record.document.as_bytes() == self.document => passed(frame, "verify.in_record"),
            Some(_) => failed(frame, "verify.other_in_record", String::new()),
        });
        checks.push(self.in_log(desks, frame).await?);
        checks.push(counts(frame, &verified, self.record));
        let same = self.record.is_none_or(|r| r.document.as_bytes() == self.document);
        let (tag, sentence) = verdict(frame, verified.standing, same);
        Ok(VerifyResult { tag, sentence, lines: self.lines(frame, &verified), checks })
    }

    /// Whether the log signed for this very document: a leaf commits to its hash.
    async fn in_log(&self, desks: &Desks<'_>, frame: &Frame) -> Result<CheckLine, Problem> {
        let cannot =
            |key: &str| CheckLine { met: Met::Unknown, sentence: frame.t(key).to_owned(), detail: String::new() };
        let Some(record) = self.record else { return Ok(cannot("verify.log_unknown")) };
        let leaves = desks.store().leaves(record.id).await?;
        let commits = |bytes: &[u8]| {
            let leaf: Option<Json> = serde_json::from_slice(bytes).ok();
            leaf.is_some_and(|leaf| leaf.get("commitment").and_then(Json::as_str) == Some(record.commitment.as_str()))
        };
        let leaf = leaves.iter().find(|entry| entry.kind == "licence.issued" && commits(&entry.bytes));
        Ok(match leaf {
            Some(entry) => CheckLine {
                met: Met::Met,
                sentence: frame.t("verify.in_log").to_owned(),
                detail: frame.t1("outcome.leaf", entry.position),
            },
            None => failed(frame, "verify.not_in_log", String::new()),
        })
    }

    /// What the public may know. Whoever has the document knows its holder; whoever has only a number does not.
    fn lines(&self, frame: &Frame, verified: &Verified) -> Vec<Line> {
        let payload = &verified.sealed.payload;
        let text = |key: &str| payload.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
        let both = |key: &str| {
            let words = payload.get(key).and_then(|v| serde_json::from_value::<Text>(v.clone()).ok());
            words.map(|t| frame.text(&t).to_owned()).unwrap_or_default()
        };
        let holder = payload.pointer("/holder/name").and_then(Json::as_str).unwrap_or_default();
        let holder = if self.by_code { mask_name(PartyKind::Person, holder) } else { holder.to_owned() };
        let day = |key: &str| text(key).parse().map_or_else(|_| text(key), |d: kernel::Date| frame.date(d));
        let line = |key: &str, value: String| Line { label: frame.t(key).to_owned(), value };
        let mut lines = vec![
            line("verify.name", both("name")),
            line("open.holder", holder),
            line("licence.number", text("code")),
            line("verify.issuer", both("agency")),
            line("verify.issued", frame.date(verified.sealed.issued_at.date())),
            line("verify.from", day("valid_from")),
            line("verify.to", day("valid_to")),
        ];
        if payload.get("demonstration") == Some(&Json::Bool(true)) {
            lines.push(line("verify.demonstration", frame.t("licence.demo").to_owned()));
        }
        lines.retain(|l| !l.value.is_empty());
        lines
    }
}

/// The answer in one word and one sentence.
fn verdict(frame: &Frame, standing: Standing, same: bool) -> (Tag, String) {
    if !same {
        return (Tag::new(Tone::Refused, frame.t("verify.false")), frame.t("verify.false_means").to_owned());
    }
    let tone = match standing {
        Standing::InForce => Tone::Granted,
        Standing::Annulled | Standing::Withdrawn | Standing::Revoked => Tone::Refused,
        _ => Tone::Refer,
    };
    let word = match standing {
        Standing::InForce => "verify.valid",
        Standing::Unknown => "verify.unrecorded",
        _ => "verify.not_in_force",
    };
    let means = frame.t(&format!("verify.{}_means", standing.word())).to_owned();
    (Tag::new(tone, frame.t(word)), means)
}

fn unknown(frame: &Frame, checks: Vec<CheckLine>) -> VerifyResult {
    VerifyResult {
        tag: Tag::new(Tone::Refused, frame.t("verify.nowhere")),
        sentence: frame.t("verify.nowhere_means").to_owned(),
        lines: Vec::new(),
        checks,
    }
}

/// Whether it counts today, and since when it does not.
fn counts(frame: &Frame, verified: &Verified, record: Option<&Licence>) -> CheckLine {
    let since = match verified.standing {
        Standing::InForce | Standing::NotYet | Standing::Expired | Standing::Unknown => String::new(),
        _ => record.map(|r| frame.moment(r.status_at)).unwrap_or_default(),
    };
    let key = format!("verify.{}_found", verified.standing.word());
    let met = match verified.standing {
        Standing::InForce => Met::Met,
        Standing::Unknown => Met::Unknown,
        _ => Met::NotMet,
    };
    CheckLine { met, sentence: frame.t(&key).to_owned(), detail: since }
}

fn passed(frame: &Frame, key: &str) -> CheckLine {
    CheckLine { met: Met::Met, sentence: frame.t(key).to_owned(), detail: String::new() }
}

fn failed(frame: &Frame, key: &str, detail: String) -> CheckLine {
    CheckLine { met: Met::NotMet, sentence: frame.t(key).to_owned(), detail }
}

/// Why a document is not believed, in words for people; the exact code stands beside it.
fn reason(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Form(_) | Refusal::Shape(_) | Refusal::KeyId | Refusal::SignatureText => "refusal.form",
        Refusal::UnknownKey(_) => "refusal.unknown_key",
        Refusal::UnknownAlgorithm(_) | Refusal::OtherAlgorithm { .. } => "refusal.algorithm",
        Refusal::DemonstrationKey(_) => "refusal.demonstration",
        Refusal::Signature(_) | Refusal::Batch(_) => "refusal.signature",
        Refusal::OtherKind { .. } => "refusal.other_kind",
        Refusal::OtherIssuer { .. } | Refusal::OutOfScope(_) => "refusal.authority",
        Refusal::NotYetValid(_) | Refusal::KeyNotYetValid(_) | Refusal::KeyExpired(_) | Refusal::KeyRevoked(_) => {
            "refusal.time"
        }
    }
}

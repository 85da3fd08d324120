//! Reads an extract of a register, CSV or JSON lines, and tells everything that is wrong with it at once: line, field, reason.

use std::collections::BTreeMap;

use kernel::code::{CodeError, Reason};
use kernel::{CitizenId, Date, Moment, Trust, Uscc};
use serde_json::{Map, Value as Json};

use super::layout::{RESERVED, Register};
use crate::access::PartyKind;

/// How an extract is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Comma-separated, UTF-8, the first line names the columns: `subject`, `as_of` (optional) and the fields.
    Csv,
    /// One JSON object a line with the same names.
    JsonLines,
}

/// One thing to mend in an extract.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}, {field}: {reason}")]
pub struct LineError {
    /// The line, counted from 1 (in CSV the line of names is the first).
    pub line: u64,
    /// The field; empty where the whole line is meant.
    pub field: String,
    /// What is wrong.
    pub reason: String,
}

/// One record of an extract.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Entry {
    pub subject: String,
    pub as_of: Moment,
    pub body: Map<String, Json>,
}

/// The records of an extract, with the codes that only its registry can have issued.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Entries {
    pub entries: Vec<Entry>,
    pub exceptions: Vec<String>,
}

/// What reading an extract takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    pub register: &'a Register,
    /// For records that carry no date of their own.
    pub as_of: Moment,
    pub now: Moment,
}

/// A line as it was found: names and values.
struct Line {
    number: u64,
    fields: Map<String, Json>,
}

impl Reader<'_> {
    /// Reads an extract; any error spoils it whole.
    pub(super) fn read(&self, text: &str, format: Format) -> Result<Entries, Vec<LineError>> {
        let mut errors = Vec::new();
        let text = text.trim_start_matches('\u{feff}');
        let lines = match format {
            Format::Csv => self.csv_lines(text, &mut errors),
            Format::JsonLines => json_lines(text, &mut errors),
        };
        let (mut found, mut first_line) = (Entries::default(), BTreeMap::new());
        for line in lines {
            let number = line.number;
            let Some(entry) = self.entry(line, &mut found.exceptions, &mut errors) else { continue };
            if let Some(first) = first_line.insert(entry.subject.clone(), number) {
                errors.push(error(number, "subject", format!("stands already in line {first}")));
            }
            found.entries.push(entry);
        }
        errors.sort_by_key(|e| e.line);
        if errors.is_empty() { Ok(found) } else { Err(errors) }
    }

    fn csv_lines(&self, text: &str, errors: &mut Vec<LineError>) -> Vec<Line> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
        let names: Vec<String> = match reader.headers() {
            Ok(names) => names.iter().map(str::to_owned).collect(),
            Err(e) => {
                errors.push(error(1, "", e.to_string()));
                return Vec::new();
            }
        };
        errors.extend(self.misnamed(&names));
        let mut lines = Vec::new();
        for row in reader.records() {
            match row {
                Ok(row) => {
                    let number = row.position().map_or(0, csv::Position::line);
                    if row.len() == names.len() {
                        lines.push(Line { number, fields: self.cells(&names, &row) });
                    } else {
                        let reason = format!("{} cells, {} columns are named", row.len(), names.len());
                        errors.push(error(number, "", reason));
                    }
                }
                Err(e) => errors.push(error(e.position().map_or(0, csv::Position::line), "", e.to_string())),
            }
        }
        lines
    }

    fn misnamed(&self, names: &[String]) -> Vec<LineError> {
        let known = |n: &str| RESERVED.contains(&n) || self.register.field(n).is_some();
        let mut errors = Vec::new();
        for (i, name) in names.iter().enumerate() {
            if !known(name) {
                errors.push(error(1, name, "no such field".to_owned()));
            }
            if names[..i].contains(name) {
                errors.push(error(1, name, "stands twice".to_owned()));
            }
        }
        if !names.iter().any(|n| n == "subject") {
            errors.push(error(1, "subject", "missing".to_owned()));
        }
        errors
    }

    /// An empty cell is no value. Columns without a field were reported with the names.
    fn cells(&self, names: &[String], row: &csv::StringRecord) -> Map<String, Json> {
        let filled = names.iter().zip(row).filter(|(_, cell)| !cell.is_empty());
        let read = |(name, cell): (&String, &str)| {
            let value = match self.register.field(name) {
                Some(field) => field.kind.read_cell(cell),
                None if RESERVED.contains(&name.as_str()) => Json::from(cell),
                None => return None,
            };
            Some((name.clone(), value))
        };
        filled.filter_map(read).collect()
    }

    fn entry(&self, line: Line, exceptions: &mut Vec<String>, errors: &mut Vec<LineError>) -> Option<Entry> {
        let (number, mut body, before) = (line.number, line.fields, errors.len());
        body.retain(|_, value| !value.is_null());
        let subject = self.subject(body.shift_remove("subject"), exceptions);
        let subject = subject.map_err(|reason| errors.push(error(number, "subject", reason)));
        let as_of = self.dated(body.shift_remove("as_of"));
        let as_of = as_of.map_err(|reason| errors.push(error(number, "as_of", reason)));
        errors.extend(self.register.faults(&body).into_iter().map(|(field, why)| error(number, &field, why)));
        if Json::from(body.clone()).to_string().contains("\\u0000") {
            errors.push(error(number, "", "contains a NUL character".to_owned()));
        }
        let (subject, as_of) = (subject.ok()?, as_of.ok()?);
        (errors.len() == before).then_some(Entry { subject, as_of, body })
    }

    fn subject(&self, value: Option<Json>, exceptions: &mut Vec<String>) -> Result<String, String> {
        let Some(Json::String(code)) = value else { return Err("missing".to_owned()) };
        let refused = |e: CodeError| e.text().en;
        match self.register.subject {
            PartyKind::Person => CitizenId::parse(&code).map(|_| code).map_err(refused),
            PartyKind::Company => match Uscc::parse(&code) {
                Ok(_) => Ok(code),
                // A few codes were issued against the standard; who holds the register may hold them.
                Err(CodeError { reason: Reason::CheckDigitAlone { .. }, .. }) if self.register.trust == Trust::A => {
                    exceptions.push(code.clone());
                    Ok(code)
                }
                Err(e) => Err(refused(e)),
            },
        }
    }

    fn dated(&self, value: Option<Json>) -> Result<Moment, String> {
        let Some(value) = value else { return Ok(self.as_of) };
        let text = value.as_str().unwrap_or_default();
        let at = text.parse::<Date>().map(Moment::start_of).ok().filter(|_| text.len() == 10);
        let at = at.or_else(|| text.parse().ok());
        let at =
            at.ok_or_else(|| format!("{value} is no date (2026-11-23) and no time (2026-11-23T12:00:00+08:00)"))?;
        if at > self.now { Err(format!("{value} lies in the future")) } else { Ok(at) }
    }
}

fn json_lines(text: &str, errors: &mut Vec<LineError>) -> Vec<Line> {
    let mut lines = Vec::new();
    for (number, line) in (1_u64..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        match serde_json::from_str::<Map<String, Json>>(line) {
            Ok(fields) => lines.push(Line { number, fields }),
            Err(e) => errors.push(error(number, "", format!("no JSON object: {e}"))),
        }
    }
    lines
}

fn error(line: u64, field: &str, reason: String) -> LineError {
    LineError { line, field: field.to_owned(), reason }
}

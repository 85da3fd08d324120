//! The list of subjects: a table whose first line names the columns.
//!
//! `item`, `agency`, `holder`, `code` and `valid_from` must be there; `valid_to` and `subject` may be. Every other column is a
//! field that the licence prints. `subject` is the office's own key of the line; without it the holder's code is.

use std::collections::HashMap;
use std::io::Read;
use std::sync::Arc;

use evidence::compact;
use kernel::code::{CitizenId, LicenceCode, Uscc};
use kernel::{Date, Moment};
use serde_json::{Map, Value as Json};
use sha2::{Digest as _, Sha256};

use crate::access::PartyKind;
use crate::catalog::{Catalog, Item, LicenceAct, Validity};

/// The longest key of a line, in characters.
const LONGEST_KEY: usize = 100;

/// One line that can be issued.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Its line in the file.
    pub line: u64,
    /// Its key in the run.
    pub key: String,
    /// What is issued.
    pub item: Arc<Item>,
    /// By which agency (id).
    pub agency: String,
    /// The holder's name.
    pub holder: String,
    /// The holder's kind.
    pub kind: PartyKind,
    /// The holder's code.
    pub code: String,
    /// Its days.
    pub validity: Validity,
    /// What it prints.
    pub record: Map<String, Json>,
}

/// One thing to mend in the list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RowFault {
    /// The line, from 1.
    pub line: u64,
    /// The column; empty where it is the whole line.
    pub column: String,
    /// What is wrong, and what would be right.
    pub reason: String,
}

impl std::fmt::Display for RowFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.column.as_str() {
            "" => write!(f, "line {}: {}", self.line, self.reason),
            column => write!(f, "line {}, {column}: {}", self.line, self.reason),
        }
    }
}

/// Reads a list, line by line.
pub struct Reader<'a, R: Read> {
    rows: csv::StringRecordsIntoIter<R>,
    columns: Vec<String>,
    catalog: &'a Catalog,
    today: Date,
}

impl<'a, R: Read> Reader<'a, R> {
    /// Opens a list. A byte order mark, which spreadsheets put in front, is passed over.
    ///
    /// # Errors
    /// What is wrong with the first line.
    pub fn open(source: R, catalog: &'a Catalog, now: Moment) -> Result<Self, Vec<RowFault>> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(source);
        let fault = |column: &str, reason: String| RowFault { line: 1, column: column.to_owned(), reason };
        let head = reader.headers().map_err(|error| vec![fault("", error.to_string())])?;
        let columns: Vec<String> = head.iter().map(|name| name.trim_start_matches('\u{feff}').to_owned()).collect();
        let mut faults = Vec::new();
        for needed in ["item", "agency", "holder", "code", "valid_from"] {
            if !columns.iter().any(|column| column == needed) {
                faults.push(fault(needed, "is missing: the first line names the columns".into()));
            }
        }
        for (number, column) in columns.iter().enumerate().filter(|(n, c)| columns[..*n].contains(c)) {
            faults.push(fault(column, format!("stands twice, the second time as column {}", number + 1)));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Self { rows: reader.into_records(), columns, catalog, today: now.date() })
    }

    fn subject(&self, row: &csv::StringRecord) -> Result<Subject, Vec<RowFault>> {
        let line = row.position().map_or(0, csv::Position::line);
        if row.len() != self.columns.len() {
            let reason = format!("has {} columns, the first line has {}", row.len(), self.columns.len());
            return Err(vec![RowFault { line, column: String::new(), reason }]);
        }
        let cells: HashMap<&str, &str> = self.columns.iter().map(String::as_str).zip(row.iter()).collect();
        let mut parse = Parse { cells, line, faults: Vec::new(), catalog: self.catalog, today: self.today };
        let subject = parse.subject();
        match subject {
            Some(subject) if parse.faults.is_empty() => Ok(subject),
            _ => Err(parse.faults),
        }
    }
}

impl<R: Read> Iterator for Reader<'_, R> {
    type Item = Result<Subject, Vec<RowFault>>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(match self.rows.next()? {
            Ok(row) => self.subject(&row),
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                Err(vec![RowFault { line, column: String::new(), reason: error.to_string() }])
            }
        })
    }
}

struct Parse<'a> {
    cells: HashMap<&'a str, &'a str>,
    line: u64,
    faults: Vec<RowFault>,
    catalog: &'a Catalog,
    today: Date,
}

impl<'a> Parse<'a> {
    fn subject(&mut self) -> Option<Subject> {
        let item = self.item();
        let agency = self.agency(item.as_deref());
        let holder = self.holder();
        let code = self.code();
        let validity = self.validity();
        let (item, agency, holder) = (item?, agency?, holder?);
        let record = self.record(&item, validity.as_ref());
        let ((kind, code), validity) = (code?, validity?);
        let key = self.cell("subject").unwrap_or(&code).to_owned();
        if key.chars().count() > LONGEST_KEY {
            self.wrong("subject", format!("is longer than {LONGEST_KEY} characters"));
        }
        Some(Subject { line: self.line, key, item, agency, holder, kind, code, validity, record })
    }

    fn cell(&self, column: &str) -> Option<&'a str> {
        self.cells.get(column).copied().filter(|cell| !cell.is_empty())
    }

    fn wrong(&mut self, column: &str, reason: impl Into<String>) {
        self.faults.push(RowFault { line: self.line, column: column.to_owned(), reason: reason.into() });
    }

    /// A cell that must be there.
    fn needed(&mut self, column: &str) -> Option<&'a str> {
        let cell = self.cell(column);
        if cell.is_none() {
            self.wrong(column, "is empty");
        }
        cell
    }

    fn item(&mut self) -> Option<Arc<Item>> {
        let id = self.needed("item")?;
        let Some(item) = self.catalog.item(id, self.today) else {
            self.wrong("item", format!("{id:?} is no item in force today"));
            return None;
        };
        if item.result.act == LicenceAct::StrikeOff || item.result.licence_type.is_empty() {
            self.wrong("item", format!("{id} issues no licence"));
            return None;
        }
        Some(item)
    }

    fn agency(&mut self, item: Option<&Item>) -> Option<String> {
        let id = self.needed("agency")?;
        let Some(agency) = self.catalog.agency(id) else {
            self.wrong("agency", format!("{id:?} is no agency of the catalogue"));
            return None;
        };
        let power = &item?.power;
        let decides =
            power.deciding_agency == id || power.deciding_role.as_ref().is_some_and(|role| agency.roles.contains(role));
        if !decides {
            self.wrong("agency", format!("{id} does not decide {}", item?.id));
            return None;
        }
        let issuer = agency.uscc.as_deref().and_then(|code| Uscc::parse(code).ok());
        let makes = issuer.as_ref().map(|issuer| {
            LicenceCode::generate(
                &item.map(|item| item.result.licence_type_code.clone()).unwrap_or_default(),
                issuer,
                "0",
                1,
            )
        });
        match makes {
            Some(Ok(_)) => Some(id.to_owned()),
            Some(Err(error)) => {
                self.wrong("item", format!("makes no licence identifier: {error}"));
                None
            }
            None => {
                self.wrong("agency", format!("{id} has no credit code to issue under"));
                None
            }
        }
    }

    fn holder(&mut self) -> Option<String> {
        let holder = self.needed("holder")?;
        // What cannot be compared by eye cannot be printed in a code, and a batch vouches for nothing else.
        if !compact::is_plain(holder) {
            self.wrong(
                "holder",
                "is too long, or has marks nobody sees: it could not be compared with what is printed",
            );
            return None;
        }
        Some(holder.to_owned())
    }

    fn code(&mut self) -> Option<(PartyKind, String)> {
        let typed = self.needed("code")?;
        if let Ok(code) = CitizenId::parse(typed) {
            return Some((PartyKind::Person, code.to_string()));
        }
        match Uscc::parse(typed) {
            Ok(code) => Some((PartyKind::Company, code.to_string())),
            Err(error) => {
                self.wrong("code", format!("is no citizen id, and as a credit code: {error}"));
                None
            }
        }
    }

    fn validity(&mut self) -> Option<Validity> {
        let from = self.needed("valid_from").map(str::parse::<Date>);
        let to = self.cell("valid_to").map(str::parse::<Date>);
        for (column, day) in [("valid_from", &from), ("valid_to", &to)] {
            if matches!(day, Some(Err(_))) {
                self.wrong(column, "is no day, such as 2027-01-23");
            }
        }
        let (from, to) = (from?.ok()?, to.transpose().ok()?);
        if to.is_some_and(|to| to < from) {
            self.wrong("valid_to", "lies before valid_from");
            return None;
        }
        Some(Validity { from, to })
    }

    fn record(&mut self, item: &Item, validity: Option<&Validity>) -> Map<String, Json> {
        const OWN: [&str; 7] = ["item", "agency", "holder", "code", "valid_from", "valid_to", "subject"];
        let printed = |field: &str| item.result.shows.iter().any(|row| row.field == field);
        let mut fields: Vec<(&str, &str)> = self.cells.iter().map(|(column, cell)| (*column, *cell)).collect();
        fields.retain(|(column, cell)| !OWN.contains(column) && !cell.is_empty());
        fields.sort_unstable();
        let mut record = Map::new();
        for (column, cell) in fields {
            if printed(column) {
                record.insert(column.to_owned(), cell.into());
            } else {
                self.wrong(column, format!("is printed on no licence of {}: leave it empty", item.id));
            }
        }
        if let Some(to) = validity.and_then(|validity| validity.to).filter(|_| printed("valid_to")) {
            record.insert("valid_to".to_owned(), to.to_string().into());
        }
        record
    }
}

/// Reads a whole list and gives how many lines can be issued; everything that is wrong with it at once, two lines with one key
/// among it.
///
/// # Errors
/// What is to be mended.
pub fn check<R: Read>(reader: Reader<'_, R>) -> Result<u64, Vec<RowFault>> {
    let (mut faults, mut count) = (Vec::new(), 0);
    // Half a hash for each key: a list of the region has 652,451 lines.
    let mut seen: HashMap<[u8; 16], u64> = HashMap::new();
    for row in reader {
        match row {
            Err(wrong) => faults.extend(wrong),
            Ok(subject) => {
                count += 1;
                let mut half = [0; 16];
                half.copy_from_slice(&Sha256::digest(&subject.key)[..16]);
                if let Some(first) = seen.insert(half, subject.line) {
                    let reason = format!("has the key of line {first}: give each its own in the column subject");
                    faults.push(RowFault { line: subject.line, column: "subject".into(), reason });
                }
            }
        }
    }
    if faults.is_empty() { Ok(count) } else { Err(faults) }
}

//! One case that really went through the counter, taken apart into what every copy shares and what is its own.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use evidence::Hash;
use evidence::canonical::{Salt, canonical_value, commitment};
use evidence::key::Signer;
use evidence::seal;
use kernel::{CaseNumber, FixedClock, Id, ItemTag, LicenceCode, Moment, RegionCode};
use rusqlite::types::Value as Stored;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use store::{Leaf, Table, Unit, Value};

use super::pattern::{Filling, Hole, Pattern, Words};
use super::{Copy, Place};

/// The tables in which a case has rows, and the column by which they are found: by its applicant, its code, or the case.
const TABLES: [(&str, &str, By); 13] = [
    ("party", "id", By::Applicant),
    ("account", "party", By::Applicant),
    ("register_record", "subject", By::Code),
    ("case_file", "id", By::Case),
    ("open_case", "case_id", By::Case),
    ("decision", "case_id", By::Case),
    ("case_event", "case_id", By::Case),
    ("licence", "case_id", By::Case),
    ("public_notice", "case_id", By::Case),
    ("duty", "case_id", By::Case),
    ("register_read", "case_id", By::Case),
    ("message", "case_id", By::Case),
    ("idempotency", "response", By::Case),
];

#[derive(Clone, Copy)]
enum By {
    Applicant,
    Code,
    Case,
}

/// What a template is learnt from.
pub(super) struct Lived<'a> {
    pub(super) case: &'a affairs::approval::Case,
    pub(super) key: &'a str,
    pub(super) tag: ItemTag,
    pub(super) number_region: RegionCode,
    /// The agency and region that are others in the copies.
    pub(super) place: Place,
    /// What the case counted.
    pub(super) counted: BTreeMap<String, i64>,
}

/// A case to copy.
pub(super) struct Template {
    at: Moment,
    tag: ItemTag,
    number_region: RegionCode,
    ids: Vec<i64>,
    rows: Vec<RowPattern>,
    leaves: Vec<LeafPattern>,
    counters: Vec<(Pattern, i64)>,
    licence: Option<LicencePattern>,
    decisions: usize,
    commitments: usize,
}

struct RowPattern {
    table: &'static Table,
    cells: Vec<Cell>,
}

enum Cell {
    Same(Value),
    Text(Pattern),
    Moment(i64),
    /// Thirty-two bytes of chance, as salts are.
    Salt,
    /// The sealed licence.
    Document,
}

struct LeafPattern {
    subject: Pattern,
    kind: &'static str,
    bytes: Pattern,
}

struct LicencePattern {
    kind: String,
    version: u16,
    /// The agency's code, where it is the same in every copy.
    agency: Option<String>,
    sealed_as: String,
    issuer: String,
    scope: Pattern,
    payload: Pattern,
    at: Moment,
}

type Taken = Vec<(String, Stored)>;

impl Template {
    /// Takes a case apart; `conn` is the database in which it lives.
    pub(super) fn learn(conn: &rusqlite::Connection, lived: &Lived<'_>) -> anyhow::Result<Self> {
        let mut taken: Vec<(&'static Table, Taken)> = Vec::new();
        for (name, column, by) in TABLES {
            let table = table(conn, name)?;
            let wanted = match by {
                By::Applicant => lived.case.applicant.to_string(),
                By::Code => lived.case.applicant_code.clone(),
                By::Case => lived.case.id.to_string(),
            };
            let order = if name == "decision" { "ORDER BY run" } else { "" };
            let sql = format!("SELECT * FROM {name} WHERE {column} = ?1 {order}");
            taken.extend(rows(conn, &sql, &wanted)?.into_iter().map(|row| (table, row)));
        }
        let leaves = leaves(conn, &taken)?;
        let (words, ids, commitments) = words(lived, &taken, &leaves)?;
        let decisions = taken.iter().filter(|(table, _)| table.name == "decision").count();
        let licence = taken.iter().find(|(table, _)| table.name == "licence");
        Ok(Self {
            at: lived.case.filed_at,
            tag: lived.tag,
            number_region: lived.number_region,
            ids,
            licence: licence.map(|(_, row)| LicencePattern::learn(row, &words, &lived.place)).transpose()?,
            rows: taken
                .iter()
                .map(|(table, row)| RowPattern::learn(table, row, &words))
                .collect::<anyhow::Result<_>>()?,
            leaves: leaves.iter().map(|leaf| leaf.pattern(&words)).collect(),
            counters: lived.counted.iter().map(|(key, n)| (counter(key, lived), *n)).collect(),
            decisions,
            commitments,
        })
    }

    /// The unit in which one more such case is written.
    pub(super) fn copy(&self, unit: Unit, copy: &Copy<'_>) -> anyhow::Result<Unit> {
        let mut filling = self.filling(copy)?;
        let (mut unit, mut decided) = (unit, 0);
        for row in &self.rows {
            let salt = Salt::generate(copy.entropy);
            let sealed = match &self.licence {
                Some(licence) if row.table.name == "licence" => Some(licence.seal(&mut filling, copy, &salt)?),
                _ => None,
            };
            if let Some(document) = &sealed {
                filling.committed[self.decisions] = Hash(Sha256::digest(document).into()).to_string();
            }
            let values: Vec<Value> =
                row.cells.iter().map(|cell| cell.value(&filling, &salt, sealed.as_deref())).collect();
            if row.table.name == "decision" {
                filling.committed[decided] = committed(row.table, &values, &salt)?;
                decided += 1;
            }
            unit = unit.insert(row.table, values);
        }
        for leaf in &self.leaves {
            let (subject, bytes) = (leaf.subject.fill(&filling).parse()?, leaf.bytes.fill(&filling).into_bytes());
            unit = unit.leaf(Leaf { subject, kind: leaf.kind, bytes });
        }
        Ok(self.counters.iter().fold(unit, |unit, (key, n)| unit.count(key.fill(&filling), *n)))
    }

    fn filling(&self, copy: &Copy<'_>) -> anyhow::Result<Filling> {
        let shift_ms = copy.at.ms() - self.at.ms();
        let clock = FixedClock::default();
        let ids: Vec<Id> = self
            .ids
            .iter()
            .map(|ms| {
                clock.set(Moment::from_ms(ms + shift_ms));
                Id::new(&clock, copy.entropy)
            })
            .collect();
        let case = *ids.first().context("a case has an id")?;
        let date = copy.at.date();
        let serial = affairs::licence::serial(copy.at, case);
        let licence = match &self.licence {
            Some(licence) => licence.identifier(copy.place, &serial)?,
            None => String::new(),
        };
        let chance = || {
            let mut bytes = [0; 32];
            copy.entropy.fill(&mut bytes);
            Hash(bytes).to_string()
        };
        Ok(Filling {
            ids: ids.iter().map(ToString::to_string).collect(),
            number: CaseNumber::new(self.number_region, self.tag, date, case).to_string(),
            code: copy.code.clone(),
            name: copy.name.clone(),
            employer: copy.employer.clone(),
            region: copy.place.region.clone(),
            agency: copy.place.agency.clone(),
            month: date.strftime("%Y-%m").to_string(),
            serial,
            licence,
            holder: String::new(),
            committed: (0..self.commitments).map(|_| chance()).collect(),
            shift_ms,
        })
    }
}

/// What the log commits to of a decision, opened by the salt in its row.
fn committed(table: &Table, values: &[Value], salt: &Salt) -> anyhow::Result<String> {
    let column = |name: &str| -> Option<&str> {
        match values.get(table.columns.iter().position(|c| *c == name)?)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    };
    let text = |name| column(name).unwrap_or_default();
    let private = affairs::approval::committed(text("form"), text("inputs"), text("checks"), column("reasons"));
    Ok(commitment(salt, canonical_value(&private)?.as_bytes()).to_string())
}

impl RowPattern {
    fn learn(table: &'static Table, row: &Taken, words: &Words) -> anyhow::Result<Self> {
        let cell = |(column, stored): &(String, Stored)| {
            Ok(match stored {
                Stored::Null => Cell::Same(Value::Null),
                Stored::Integer(n) if is_moment(*n) => Cell::Moment(*n),
                Stored::Integer(n) => Cell::Same(Value::Int(*n)),
                Stored::Text(_) if table.name == "licence" && column == "document" => Cell::Document,
                Stored::Text(text) => {
                    let pattern = words.cut(text);
                    pattern.fixed().map(|text| Cell::Same(text.into())).unwrap_or(Cell::Text(pattern))
                }
                Stored::Blob(bytes) if column == "salt" && bytes.len() == 32 => Cell::Salt,
                Stored::Blob(bytes) => Cell::Same(bytes.clone().into()),
                Stored::Real(_) => anyhow::bail!("{}.{column} is a float", table.name),
            })
        };
        Ok(Self { table, cells: row.iter().map(cell).collect::<anyhow::Result<_>>()? })
    }
}

impl Cell {
    fn value(&self, filling: &Filling, salt: &Salt, document: Option<&str>) -> Value {
        match self {
            Self::Same(value) => value.clone(),
            Self::Text(pattern) => pattern.fill(filling).into(),
            Self::Moment(ms) => Value::Int(ms + filling.shift_ms),
            Self::Salt => salt.bytes().to_vec().into(),
            Self::Document => document.unwrap_or_default().into(),
        }
    }
}

impl LicencePattern {
    fn learn(row: &Taken, words: &Words, place: &Place) -> anyhow::Result<Self> {
        let code = LicenceCode::parse(text_of(row, "code").context("a licence without an identifier")?)?;
        let sealed = seal::read(text_of(row, "document").context("a licence without a document")?.as_bytes());
        let sealed = sealed.map_err(|e| anyhow::anyhow!("{e:?}"))?;
        let segments: Vec<String> = sealed.scope.split('/').map(|part| format!("\"{part}\"")).collect();
        Ok(Self {
            kind: code.kind().to_owned(),
            version: code.version().parse()?,
            agency: Some(code.issuer().to_owned()).filter(|issuer| *issuer != place.uscc),
            sealed_as: sealed.kind,
            issuer: sealed.issuer,
            // Quotation marks make the parts words of their own; they are taken off again.
            scope: words.cut(&segments.join("/")),
            payload: words.cut(&canonical_value(&sealed.payload)?),
            at: sealed.issued_at,
        })
    }

    fn identifier(&self, place: &Place, serial: &str) -> anyhow::Result<String> {
        let issuer = kernel::code::Uscc::parse(self.agency.as_ref().unwrap_or(&place.uscc))?;
        Ok(LicenceCode::generate(&self.kind, &issuer, serial, self.version)?.as_str().to_owned())
    }

    /// Seals the copy's licence with the office's key, as issuing does.
    fn seal(&self, filling: &mut Filling, copy: &Copy<'_>, salt: &Salt) -> anyhow::Result<String> {
        filling.holder = commitment(salt, filling.code.as_bytes()).to_string();
        let payload: Json = serde_json::from_str(&self.payload.fill(filling))?;
        let scope = self.scope.fill(filling).replace('"', "");
        let issued_at = Moment::from_ms(self.at.ms() + filling.shift_ms);
        let draft =
            seal::Draft { kind: &self.sealed_as, issuer: &self.issuer, scope: &scope, issued_at, payload: &payload };
        let signer: &dyn Signer = copy.signer;
        Ok(seal::seal(&draft, signer)?)
    }
}

/// A leaf as it was read.
struct OldLeaf {
    subject: String,
    kind: String,
    bytes: String,
    commitment: String,
}

impl OldLeaf {
    fn pattern(&self, words: &Words) -> LeafPattern {
        // Leaves are of a handful of kinds, which live as long as the program.
        let kind: &'static str = Box::leak(self.kind.clone().into_boxed_str());
        LeafPattern { subject: words.cut(&self.subject), kind, bytes: words.cut(&self.bytes) }
    }
}

/// The leaves about a case and what was born of it, in the log's order.
fn leaves(conn: &rusqlite::Connection, taken: &[(&'static Table, Taken)]) -> anyhow::Result<Vec<OldLeaf>> {
    let mut statement = conn.prepare("SELECT position, subject, kind, bytes FROM leaf WHERE subject = ?1")?;
    let mut found = BTreeMap::new();
    for (table, row) in taken.iter().filter(|(table, _)| ["case_file", "licence"].contains(&table.name)) {
        let id = text_of(row, "id").with_context(|| table.name)?;
        let read = |row: &rusqlite::Row<'_>| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?, row.get::<_, Vec<u8>>(3)?))
        };
        for leaf in statement.query_map([id], read)? {
            let (position, subject, kind, bytes) = leaf?;
            let body: Json = serde_json::from_slice(&bytes)?;
            let commitment = body["commitment"].as_str().unwrap_or_default().to_owned();
            found.insert(position, OldLeaf { subject, kind, bytes: String::from_utf8(bytes)?, commitment });
        }
    }
    Ok(found.into_values().collect())
}

/// Everything that is another in a copy, the moments of the template's ids, and how many commitments there are.
fn words(
    lived: &Lived<'_>,
    taken: &[(&'static Table, Taken)],
    leaves: &[OldLeaf],
) -> anyhow::Result<(Words, Vec<i64>, usize)> {
    let case = lived.case;
    let mut words = Words::new();
    let mut ids = vec![case.id];
    for (_, row) in taken {
        if let Some(id) = text_of(row, "id").and_then(|id| id.parse::<Id>().ok()).filter(|id| !ids.contains(id)) {
            ids.push(id);
        }
    }
    for (at, id) in ids.iter().enumerate() {
        words.add(id.to_string(), Hole::Id(at));
    }
    words.add(&case.number, Hole::Number);
    words.add(lived.key, Hole::Number);
    words.add(&case.applicant_code, Hole::Code);
    if case.applicant_kind == affairs::access::PartyKind::Person {
        words.add(&case.applicant_code[6..17], Hole::Certificate);
    }
    words.add(&case.applicant_name, Hole::Name);
    words.add(case.second_party.clone().unwrap_or_default(), Hole::Employer);
    words.quoted(&lived.place.agency, Hole::Agency);
    words.quoted(&lived.place.region, Hole::Region);
    for (_, row) in taken {
        for (_, stored) in row {
            if let Stored::Integer(n) = stored
                && is_moment(*n)
            {
                words.add(Moment::from_ms(*n).to_string(), Hole::Moment(*n));
            }
        }
    }
    let licence = taken.iter().find(|(table, _)| table.name == "licence");
    if let Some((_, row)) = licence {
        let code = text_of(row, "code").unwrap_or_default();
        words.add(code, Hole::Licence);
        if let Some(issued) = int_of(row, "issued_at") {
            words.add(Moment::from_ms(issued).date().to_string(), Hole::Day(issued));
        }
        words.add(LicenceCode::parse(code)?.serial(), Hole::Serial);
        let sealed = seal::read(text_of(row, "document").unwrap_or_default().as_bytes());
        let payload = sealed.map_err(|e| anyhow::anyhow!("{e:?}"))?.payload;
        words.add(payload["holder"]["commitment"].as_str().unwrap_or_default(), Hole::Holder);
    }
    let decisions = leaves.iter().filter(|leaf| leaf.kind == "case.decided").count();
    let rows = taken.iter().filter(|(table, _)| table.name == "decision").count();
    ensure!(decisions == rows, "{decisions} leaves for {rows} decisions of {}", case.item);
    let (mut decided, mut other) = (0.., decisions + usize::from(licence.is_some())..);
    for leaf in leaves {
        let at = match leaf.kind.as_str() {
            "case.decided" => decided.next(),
            "licence.issued" => Some(decisions),
            _ => other.next(),
        };
        words.add(&leaf.commitment, Hole::Committed(at.unwrap_or_default()));
    }
    Ok((words, ids.iter().map(|id| moment_of(*id)).collect(), other.start))
}

/// A counter's key: month and region are others in a copy, and both are whole parts between slashes.
fn counter(key: &str, lived: &Lived<'_>) -> Pattern {
    let month = lived.case.filed_at.date().strftime("%Y-%m").to_string();
    let mut words = Words::new();
    words.between("/", &month, "", Hole::Month);
    words.between("/", &lived.place.region, "/", Hole::Region);
    words.cut(key)
}

/// The first 48 bits of an id are its milliseconds.
fn moment_of(id: Id) -> i64 {
    id.bytes()[..6].iter().fold(0, |ms, byte| ms << 8 | i64::from(*byte))
}

/// Every moment of this office lies after September 2001, and nothing else it counts is as large.
const fn is_moment(n: i64) -> bool {
    n > 1_000_000_000_000
}

fn text_of<'a>(row: &'a Taken, column: &str) -> Option<&'a str> {
    match row.iter().find(|(name, _)| name == column)? {
        (_, Stored::Text(text)) => Some(text),
        _ => None,
    }
}

fn int_of(row: &Taken, column: &str) -> Option<i64> {
    match row.iter().find(|(name, _)| name == column)? {
        (_, Stored::Integer(n)) => Some(*n),
        _ => None,
    }
}

fn rows(conn: &rusqlite::Connection, sql: &str, wanted: &str) -> anyhow::Result<Vec<Taken>> {
    let mut statement = conn.prepare(sql)?;
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let read = |row: &rusqlite::Row<'_>| {
        columns.iter().enumerate().map(|(at, name)| Ok((name.clone(), row.get::<_, Stored>(at)?))).collect()
    };
    let found: Result<Vec<Taken>, _> = statement.query_map([wanted], read)?.collect();
    Ok(found?)
}

/// The table as this database has it; its description lives as long as the program.
fn table(conn: &rusqlite::Connection, name: &'static str) -> anyhow::Result<&'static Table> {
    let mut statement = conn.prepare("SELECT name, pk FROM pragma_table_info(?1) ORDER BY cid")?;
    let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?));
    let columns: Vec<(String, i64)> = statement.query_map([name], read)?.collect::<Result<_, _>>()?;
    let mut key: Vec<&(String, i64)> = columns.iter().filter(|(_, pk)| *pk > 0).collect();
    key.sort_by_key(|(_, pk)| *pk);
    let leak = |name: &String| -> &'static str { Box::leak(name.clone().into_boxed_str()) };
    let leak_all = |names: Vec<&'static str>| -> &'static [&'static str] { Box::leak(names.into_boxed_slice()) };
    let key = leak_all(key.into_iter().map(|(name, _)| leak(name)).collect());
    let columns = leak_all(columns.iter().map(|(name, _)| leak(name)).collect());
    Ok(Box::leak(Box::new(Table { name, columns, key })))
}

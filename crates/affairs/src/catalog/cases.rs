//! Reads and runs `cases.md`: the law, a case in a table, the outcome it must have. A lawyer writes them; a test, the
//! lint and an import run them.
//!
//! `## 基准` holds one table with every fact of a case that is granted. Each `### 案例` after it is that base with the
//! rows of its own table changed, and rows that begin with `→` say what must come out. `docs/catalog.md` describes it.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{Date, Moment, Text, Trust, WorkCalendar};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::diagnostic::Report;
use super::facts::{
    Answer, Consent, FactFrom, FactKind, FactRow, Inputs, Known, Reading, Request, RequestField, SubjectKey,
};
use super::figure::stated_figure;
use super::form::{Field, FieldKind};
use super::item::Item;

/// What must come out of a case.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Expect {
    /// `grant`, `correct`, `refer` …
    pub outcome: String,
    /// Conditions not met, exactly.
    pub failed: BTreeSet<String>,
    /// Conditions unknown, exactly.
    pub unknown: BTreeSet<String>,
    /// Last day of the licence.
    pub valid_to: Option<String>,
    /// Last day to claim the first supervision duty.
    pub claim_by: Option<String>,
}

/// What befell a fact on its way here.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Mishap {
    /// The record lacks it; the form field is empty.
    Missing,
    /// The register has no record of the subject.
    NoRecord,
    /// The register does not answer.
    Unreachable,
    /// The keeper's answer is so many days old (dated ahead where negative).
    Aged(i64),
    /// The form says this instead.
    FormSays(String),
    /// The record is only of this trust.
    Trust(Trust),
}

#[derive(Clone, PartialEq, Debug)]
struct Stated {
    value: Value,
    mishap: Option<Mishap>,
}

/// One case.
#[derive(Clone, PartialEq, Debug)]
pub struct Case {
    /// Its heading.
    pub name: String,
    /// Line of the heading, from 1.
    pub line: usize,
    /// What must come out.
    pub expect: Expect,
    facts: BTreeMap<String, Stated>,
}

/// What a run came to, as told by the room that decides.
#[derive(Clone, PartialEq, Debug)]
pub struct Ruled {
    /// `grant`, `correct`, `refer` …
    pub outcome: String,
    /// Conditions not met.
    pub failed: BTreeSet<String>,
    /// Conditions unknown.
    pub unknown: BTreeSet<String>,
    /// The inputs.
    pub inputs: Inputs,
}

/// Everything that goes into a run.
#[derive(Clone, PartialEq, Debug)]
pub struct Situation {
    /// The form, checked.
    pub form: Map<String, Value>,
    /// What registers said.
    pub readings: Vec<Reading>,
    /// What the request says.
    pub request: Request,
}

/// How a case came out.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CaseResult {
    /// Its heading.
    pub case: String,
    /// Line of the heading in `cases.md`.
    pub line: usize,
    /// What differs from what was expected; empty: as expected.
    pub problems: Vec<String>,
}

/// Runs every case of an item. `decide` is the room that decides, handed in because it stands above this one.
pub fn run(item: &Item, calendar: &WorkCalendar, decide: impl Fn(&Item, Situation) -> Ruled) -> Vec<CaseResult> {
    let report = Report::of("cases.md");
    let cases = parse(&item.cases, item, &report);
    let result = |case: &Case| {
        let problems = match situation(item, case) {
            Ok(situation) => judge(item, case, calendar, &decide(item, situation)),
            Err(problem) => vec![problem],
        };
        CaseResult { case: case.name.clone(), line: case.line, problems }
    };
    let broken =
        report.into_found().into_iter().map(|d| CaseResult { case: d.field, line: 0, problems: vec![d.reason] });
    let mut results: Vec<CaseResult> = cases.iter().map(result).collect();
    results.extend(broken);
    results
}

/// The situations the cases of an item describe, with their expected outcome: material for property tests and benches.
pub fn situations(item: &Item) -> Vec<(Case, Situation)> {
    let cases = parse(&item.cases, item, &Report::of("cases.md"));
    cases.into_iter().filter_map(|case| situation(item, &case).ok().map(|s| (case, s))).collect()
}

fn judge(item: &Item, case: &Case, calendar: &WorkCalendar, ruled: &Ruled) -> Vec<String> {
    let mut problems = Vec::new();
    let mut differs = |what: &str, expected: String, found: String| {
        if expected != found {
            problems.push(format!("{what}: expected {expected}, found {found}"));
        }
    };
    let listed = |set: &BTreeSet<String>| set.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
    differs("outcome", case.expect.outcome.clone(), ruled.outcome.clone());
    differs("failed", listed(&case.expect.failed), listed(&ruled.failed));
    differs("unknown", listed(&case.expect.unknown), listed(&ruled.unknown));
    let decided = case.decided_at().map(Moment::date).unwrap_or_default();
    if let Some(expected) = &case.expect.valid_to {
        let found = item.validity(&ruled.inputs, decided).ok().and_then(|v| v.to);
        differs("valid to", expected.clone(), found.map_or("none".into(), |d: Date| d.to_string()));
    }
    if let Some(expected) = &case.expect.claim_by {
        let due = item.duties.first().map(|d| d.claim.due(decided, calendar, &[]));
        let found = due.map_or("no duty".into(), |d| d.map_or_else(|e| e.to_string(), |d| d.to_string()));
        differs("claim by", expected.clone(), found);
    }
    problems
}

const DECIDED: &str = "决定时间";

impl Case {
    fn decided_at(&self) -> Option<Moment> {
        moment(self.facts.get(DECIDED)?.value.as_str()?)
    }
}

/// `2026-11-23 21:40` in China, as people write it.
fn moment(text: &str) -> Option<Moment> {
    format!("{}:00+08:00", text.trim().replacen(' ', "T", 1)).parse().ok()
}

/// Reads the file; what is wrong stands in `report`.
pub(super) fn parse(text: &str, item: &Item, report: &Report) -> Vec<Case> {
    let mut base: BTreeMap<String, Stated> = BTreeMap::new();
    let mut cases: Vec<Case> = Vec::new();
    let mut in_base = false;
    for (index, line) in text.lines().enumerate() {
        let reader = Reader { item, report, line: index + 1 };
        if let Some(name) = line.strip_prefix("### ") {
            let case =
                Case { name: name.trim().to_owned(), line: index + 1, expect: Expect::default(), facts: base.clone() };
            cases.push(case);
            in_base = false;
        } else if let Some(name) = line.strip_prefix("## ") {
            in_base = name.trim() == "基准";
        } else if line.starts_with('|') && in_base {
            reader.row(line, &mut base, None);
        } else if line.starts_with('|')
            && let Some(case) = cases.last_mut()
        {
            reader.row(line, &mut case.facts, Some(&mut case.expect));
        }
    }
    if base.is_empty() {
        report.error("## 基准", "missing", "write a table with every fact of a case that is granted");
    }
    for case in cases.iter().filter(|c| c.expect.outcome.is_empty()) {
        report.error(format!("line {}", case.line), "no expected outcome", "write a row | → 结果 | grant |");
    }
    cases
}

struct Reader<'a> {
    item: &'a Item,
    report: &'a Report,
    line: usize,
}

impl Reader<'_> {
    fn wrong(&self, reason: impl Into<String>, mend: &str) {
        self.report.error(format!("line {}", self.line), reason, mend);
    }

    fn row(&self, line: &str, facts: &mut BTreeMap<String, Stated>, expect: Option<&mut Expect>) {
        let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
        let cell = |i: usize| cells.get(i).copied().unwrap_or_default();
        let ruler = |c: &&str| !c.is_empty() && c.chars().all(|c| matches!(c, '-' | ':'));
        if cells.iter().all(ruler) || cell(0) == "事实" {
            return;
        }
        match cell(0).strip_prefix('→') {
            Some(what) => match expect {
                Some(expect) => self.expected(what.trim(), cell(1), expect),
                None => self.wrong("an outcome in the base", "write outcomes in the cases"),
            },
            None => {
                if let Some(stated) = self.stated(cell(0), cell(1), cell(2)) {
                    facts.insert(cell(0).to_owned(), stated);
                }
            }
        }
    }

    fn expected(&self, what: &str, value: &str, expect: &mut Expect) {
        let ids = || value.split_whitespace().filter(|id| *id != "—").map(str::to_owned).collect::<BTreeSet<_>>();
        match what {
            "结果" => expect.outcome = value.split_whitespace().next().unwrap_or_default().to_owned(),
            "未通过" => expect.failed = self.conditions(ids()),
            "无法判断" => expect.unknown = self.conditions(ids()),
            "有效期至" => expect.valid_to = Some(value.to_owned()),
            "监管认领" => expect.claim_by = Some(value.to_owned()),
            other => {
                self.wrong(format!("unknown outcome row {other:?}"), "write 结果, 未通过, 无法判断, 有效期至, 监管认领")
            }
        }
    }

    fn conditions(&self, ids: BTreeSet<String>) -> BTreeSet<String> {
        for id in ids.iter().filter(|id| self.item.condition(id).is_none()) {
            self.wrong(format!("no condition {id:?}"), "name a condition of item.toml");
        }
        ids
    }

    fn stated(&self, name: &str, value: &str, mishap: &str) -> Option<Stated> {
        if name == DECIDED {
            if moment(value).is_none() {
                self.wrong(format!("{value:?} is no time"), "write it like 2026-11-23 21:40");
            }
            return Some(Stated { value: value.into(), mishap: None });
        }
        let Some(row) = self.item.fact(name) else {
            self.wrong(format!("no fact {name:?}"), "name a fact of item.toml");
            return None;
        };
        Some(Stated { value: scalar(row.kind, value), mishap: self.mishap(mishap) })
    }

    fn mishap(&self, words: &str) -> Option<Mishap> {
        if words.is_empty() {
            return None;
        }
        let days = |s: &str| s.trim().parse::<i64>().ok();
        let known = match words {
            "缺失" => Some(Mishap::Missing),
            "无记录" => Some(Mishap::NoRecord),
            "无应答" => Some(Mishap::Unreachable),
            "窗口核验" => Some(Mishap::Trust(Trust::B)),
            "未核验" => Some(Mishap::Trust(Trust::C)),
            _ => None,
        };
        let aged = || words.strip_suffix("日前").and_then(days).map(Mishap::Aged);
        let ahead = || words.strip_suffix("日后").and_then(days).map(|n| Mishap::Aged(-n));
        let says = || words.strip_prefix("表单填").map(|v| Mishap::FormSays(v.trim().to_owned()));
        let found = known.or_else(aged).or_else(ahead).or_else(says);
        if found.is_none() {
            let mend = "write 缺失, 无记录, 无应答, N日前, N日后, 表单填 X, 窗口核验 or 未核验";
            self.wrong(format!("unknown mishap {words:?}"), mend);
        }
        found
    }
}

/// A cell as JSON; what does not fit the type stays a text, which is how a case states a mistyped fact.
fn scalar(kind: FactKind, cell: &str) -> Value {
    let text = || Value::from(cell);
    match (kind, cell) {
        (FactKind::Boolean, "是" | "true") => true.into(),
        (FactKind::Boolean, "否" | "false") => false.into(),
        (FactKind::Number, _) => cell.parse::<i64>().map_or_else(|_| text(), Value::from),
        _ => text(),
    }
}

/// The example of GB 11643: nobody's number.
const APPLICANT: &str = "11010519491231002X";
/// The example of GB 32100: a company to look up where a case does not name one.
const COMPANY: &str = "91350100M000100Y43";
/// A person to look up where a case does not name one: born on a day of 1900, so nobody.
const PERSON: &str = "11010519000101001X";

/// Works out form, register answers and request from what a case states.
fn situation(item: &Item, case: &Case) -> Result<Situation, String> {
    let decided_at = case.decided_at().ok_or_else(|| format!("no {DECIDED}"))?;
    let mut situation = Situation {
        form: Map::new(),
        readings: Vec::new(),
        request: Request {
            decided_at,
            filed_at: decided_at,
            applicant_code: APPLICANT.into(),
            applicant_name: "案例申请人".into(),
            identity: 2,
            consent: Consent::None,
        },
    };
    situation.request(item, case)?;
    situation.form(item, case);
    situation.registers(item, case);
    situation.figures(item, case);
    situation.prefill(item);
    for row in &item.facts {
        if let Some(Mishap::FormSays(value)) = case.facts.get(&row.input).and_then(|s| s.mishap.as_ref()) {
            let field = bound_field(item, row).ok_or_else(|| format!("no form field is bound to {}", row.input))?;
            situation.form.insert(field.name.clone(), value.as_str().into());
        }
    }
    Ok(situation)
}

/// The form field that is prefilled from the same register field.
fn bound_field<'a>(item: &'a Item, row: &FactRow) -> Option<&'a Field> {
    let FactFrom::Register { register: of, field: name, .. } = &row.from else { return None };
    let bound =
        |known: &Known| matches!(known, Known::Register { register, field, .. } if register == of && field == name);
    item.form.fields.iter().find(|f| f.known.as_ref().is_some_and(bound))
}

impl Situation {
    fn request(&mut self, item: &Item, case: &Case) -> Result<(), String> {
        let (mut confirmed, mut independent) = (false, true);
        for row in &item.facts {
            let (FactFrom::Request(field), Some(stated)) = (&row.from, case.facts.get(&row.input)) else { continue };
            let wrong = || format!("{}: {} cannot be so", row.input, stated.value);
            match field {
                RequestField::FiledOn => {
                    let day: Date = stated.value.as_str().and_then(|s| s.parse().ok()).ok_or_else(wrong)?;
                    // Filed in the same minute of that day.
                    let since_midnight =
                        self.request.decided_at.ms() - Moment::start_of(self.request.decided_at.date()).ms();
                    self.request.filed_at = Moment::start_of(day).plus_ms(since_midnight);
                }
                RequestField::IdentityLevel => {
                    let level = stated.value.as_u64().and_then(|n| u8::try_from(n).ok());
                    self.request.identity = level.ok_or_else(wrong)?;
                }
                RequestField::SecondPartyConfirmed => confirmed = stated.value.as_bool().ok_or_else(wrong)?,
                RequestField::SecondPartyIndependent => independent = stated.value.as_bool().ok_or_else(wrong)?,
                RequestField::DecidedOn => {}
            }
        }
        self.request.consent = match (confirmed, independent) {
            (true, true) => Consent::Given,
            (true, false) => Consent::GivenByApplicant,
            (false, _) => Consent::None,
        };
        Ok(())
    }

    fn form(&mut self, item: &Item, case: &Case) {
        for row in &item.facts {
            let FactFrom::Form { field, .. } = &row.from else { continue };
            let stated = case.facts.get(&row.input).filter(|s| s.mishap != Some(Mishap::Missing));
            self.form.extend(stated.map(|s| (field.clone(), s.value.clone())));
        }
        for row in &item.facts {
            let FactFrom::Register { key: SubjectKey::Form(field), .. } = &row.from else { continue };
            let person = item.form.field(field).is_some_and(|f| f.kind == FieldKind::CitizenId);
            self.form.entry(field.clone()).or_insert_with(|| if person { PERSON } else { COMPANY }.into());
        }
    }

    fn registers(&mut self, item: &Item, case: &Case) {
        for row in &item.facts {
            let FactFrom::Register { register, key, field, .. } = &row.from else { continue };
            let (Some(stated), Some(subject)) = (case.facts.get(&row.input), key.of(&self.form, &self.request)) else {
                continue;
            };
            let at = self.request.decided_at;
            let reading = self.reading(register, &subject, at);
            reading.tell(field, stated, at);
        }
    }

    /// Thresholds and quotas are given like any other fact, for whatever place the case names.
    fn figures(&mut self, item: &Item, case: &Case) {
        for row in &item.facts {
            let (Some(register), Some(stated)) = (item.figure_register(&row.from), case.facts.get(&row.input)) else {
                continue;
            };
            if !matches!(stated.mishap, Some(Mishap::Missing | Mishap::NoRecord)) {
                self.readings.push(stated_figure(register, stated.value.clone(), self.request.decided_at));
            }
        }
    }

    fn reading(&mut self, register: &str, subject: &str, at: Moment) -> &mut Reading {
        let place = self.readings.iter().position(|r| r.register == register && r.subject == subject);
        let place = place.unwrap_or_else(|| {
            let source = Text::new("案例中的登记系统", "the register of the case");
            let answer = Answer::Record { body: Map::new(), as_of: at, trust: Trust::A, source };
            self.readings.push(Reading { register: register.into(), subject: subject.into(), read_at: at, answer });
            self.readings.len() - 1
        });
        &mut self.readings[place]
    }

    /// Fields the form knows before anybody types say what the register says.
    fn prefill(&mut self, item: &Item) {
        for field in &item.form.fields {
            let value = match &field.known {
                Some(Known::ApplicantName) => Some(Value::from(self.request.applicant_name.clone())),
                Some(Known::ApplicantCode) => Some(Value::from(self.request.applicant_code.clone())),
                Some(Known::Register { register, key, field }) => self.recorded(register, key, field),
                None => None,
            };
            if let Some(value) = value.filter(|_| !self.form.contains_key(&field.name)) {
                self.form.insert(field.name.clone(), value);
            }
        }
    }

    fn recorded(&self, register: &str, key: &SubjectKey, field: &str) -> Option<Value> {
        let subject = key.of(&self.form, &self.request)?;
        let reading = self.readings.iter().find(|r| r.register == register && r.subject == subject)?;
        let Answer::Record { body, .. } = &reading.answer else { return None };
        body.get(field).cloned()
    }
}

impl Reading {
    /// Puts one stated fact into this answer. A mishap of the whole record (no record, old, unverified) wins over what
    /// other facts of the same record state.
    fn tell(&mut self, name: &str, stated: &Stated, now: Moment) {
        const DAY_MS: i64 = 24 * 60 * 60 * 1000;
        match &stated.mishap {
            Some(Mishap::NoRecord) => self.answer = Answer::NoRecord,
            Some(Mishap::Unreachable) => self.answer = Answer::Unreachable { why: "stated by the case".into() },
            _ => {}
        }
        let Answer::Record { body, as_of, trust: class, .. } = &mut self.answer else { return };
        match &stated.mishap {
            Some(Mishap::Missing) => return,
            Some(Mishap::Aged(days)) => *as_of = now.plus_ms(-days * DAY_MS),
            Some(Mishap::Trust(trust)) => *class = *trust,
            _ => {}
        }
        body.insert(name.to_owned(), stated.value.clone());
    }
}

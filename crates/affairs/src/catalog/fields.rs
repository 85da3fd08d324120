//! Reads a TOML table field by field and reports every mistake instead of stopping at the first.
//!
//! A required field that is missing or mistyped is reported and read as an empty value; the caller throws the result
//! away when anything was reported. [`Fields::done`] reports fields nobody asked for, so that a typing mistake in a
//! field's name is never silently ignored law.

use std::cell::RefCell;
use std::collections::BTreeSet;

use jiff::civil::Time;
use kernel::{Date, Grade, Text};
use toml::{Table, Value};

use super::diagnostic::Report;

/// One table of a file, with the path that leads to it.
pub(super) struct Fields<'a> {
    table: &'a Table,
    path: String,
    report: &'a Report,
    asked: RefCell<BTreeSet<&'static str>>,
}

impl<'a> Fields<'a> {
    pub(super) fn root(table: &'a Table, report: &'a Report) -> Self {
        Self::at(table, String::new(), report)
    }

    fn at(table: &'a Table, path: String, report: &'a Report) -> Self {
        Self { table, path, report, asked: RefCell::default() }
    }

    /// The full name of a field of this table, as diagnostics show it.
    pub(super) fn name_of(&self, field: &str) -> String {
        if self.path.is_empty() { field.to_owned() } else { format!("{}.{field}", self.path) }
    }

    pub(super) fn error(&self, field: &str, reason: impl Into<String>, mend: impl Into<String>) {
        self.report.error(self.name_of(field), reason, mend);
    }

    pub(super) fn warning(&self, field: &str, reason: impl Into<String>, mend: impl Into<String>) {
        self.report.warning(self.name_of(field), reason, mend);
    }

    fn raw(&self, field: &'static str) -> Option<&'a Value> {
        self.asked.borrow_mut().insert(field);
        self.table.get(field)
    }

    fn required<T: Default>(&self, field: &'static str, what: &str, found: Option<T>) -> T {
        if found.is_none() && !self.table.contains_key(field) {
            self.error(field, "missing", format!("write {field} = {what}"));
        }
        found.unwrap_or_default()
    }

    fn typed<T>(&self, field: &'static str, what: &str, read: impl Fn(&'a Value) -> Option<T>) -> Option<T> {
        let value = self.raw(field)?;
        let read = read(value);
        if read.is_none() {
            self.error(field, format!("is a {}", value.type_str()), format!("write {what}"));
        }
        read
    }

    pub(super) fn opt_str(&self, field: &'static str) -> Option<String> {
        let found = self.typed(field, "a text in quotes", |v| v.as_str().map(str::to_owned))?;
        if found.trim().is_empty() {
            self.error(field, "is empty", "write a text, or leave the field out");
        }
        Some(found)
    }

    pub(super) fn str(&self, field: &'static str) -> String {
        let found = self.opt_str(field);
        self.required(field, "a text in quotes", found)
    }

    pub(super) fn opt_text(&self, field: &'static str) -> Option<Text> {
        let table = self.table(field)?;
        let text = Text { zh: table.str("zh"), en: table.str("en") };
        table.done();
        Some(text)
    }

    pub(super) fn text(&self, field: &'static str) -> Text {
        let found = self.opt_text(field);
        self.required(field, "{ zh = \"…\", en = \"…\" }", found)
    }

    pub(super) fn opt_int(&self, field: &'static str) -> Option<u32> {
        self.typed(field, "a whole number, 0 or more", |v| u32::try_from(v.as_integer()?).ok())
    }

    pub(super) fn int(&self, field: &'static str) -> u32 {
        let found = self.opt_int(field);
        self.required(field, "a whole number", found)
    }

    /// A whole number, 0 or more, of any size.
    pub(super) fn whole(&self, field: &'static str) -> i64 {
        let found = self.typed(field, "a whole number, 0 or more", |v| v.as_integer().filter(|n| *n >= 0));
        self.required(field, "a whole number", found)
    }

    pub(super) fn opt_bool(&self, field: &'static str) -> Option<bool> {
        self.typed(field, "true or false", Value::as_bool)
    }

    pub(super) fn bool(&self, field: &'static str) -> bool {
        let found = self.opt_bool(field);
        self.required(field, "true or false", found)
    }

    pub(super) fn opt_date(&self, field: &'static str) -> Option<Date> {
        self.typed(field, "a date like 2026-01-01, without quotes", |v| {
            let stamp = v.as_datetime()?;
            if stamp.time.is_some() { None } else { stamp.to_string().parse().ok() }
        })
    }

    pub(super) fn date(&self, field: &'static str) -> Date {
        let found = self.opt_date(field);
        self.required(field, "a date like 2026-01-01", found)
    }

    pub(super) fn time(&self, field: &'static str) -> Time {
        let found = self.typed(field, "a time like 09:00:00, without quotes", |v| {
            let stamp = v.as_datetime()?;
            if stamp.date.is_some() { None } else { stamp.to_string().parse().ok() }
        });
        self.required(field, "a time like 09:00:00", found)
    }

    /// One word of a closed list; the first of `choices` stands in where the word is missing or wrong (and reported).
    pub(super) fn choice<T: Copy>(&self, field: &'static str, choices: &[(&str, T)]) -> T {
        let words = || choices.iter().map(|(w, _)| format!("\"{w}\"")).collect::<Vec<_>>().join(" | ");
        let word = self.raw(field).and_then(Value::as_str);
        match word.and_then(|w| choices.iter().find(|(c, _)| *c == w)) {
            Some((_, value)) => *value,
            None => {
                let reason = word.map_or("missing or not a text".to_owned(), |w| format!("unknown word {w:?}"));
                self.error(field, reason, format!("write one of {}", words()));
                choices[0].1
            }
        }
    }

    pub(super) fn opt_choice<T: Copy>(&self, field: &'static str, choices: &[(&str, T)]) -> Option<T> {
        self.raw(field).map(|_| self.choice(field, choices))
    }

    pub(super) fn grade(&self, field: &'static str) -> Grade {
        let all = [Grade::U, Grade::A, Grade::B, Grade::C, Grade::D];
        self.choice(field, &all.map(|g| (g.letter(), g)))
    }

    pub(super) fn strings(&self, field: &'static str) -> Vec<String> {
        let list = |v: &Value| v.as_array()?.iter().map(|s| Some(s.as_str()?.to_owned())).collect();
        self.typed(field, "a list of texts", list).unwrap_or_default()
    }

    pub(super) fn table(&self, field: &'static str) -> Option<Fields<'a>> {
        let table = self.typed(field, "a table", Value::as_table)?;
        Some(Fields::at(table, self.name_of(field), self.report))
    }

    /// A table that must be there; a missing one is reported once.
    pub(super) fn section(&self, field: &'static str) -> Option<Fields<'a>> {
        let found = self.table(field);
        if found.is_none() && !self.table.contains_key(field) {
            self.error(field, "missing", format!("write a section [{}]", self.name_of(field)));
        }
        found
    }

    /// The rows of an array of tables, named by their `id` (else by number) in diagnostics.
    pub(super) fn rows(&self, field: &'static str) -> Vec<Fields<'a>> {
        let Some(rows) = self.typed(field, "a list of tables", Value::as_array) else { return Vec::new() };
        let row = |(i, value): (usize, &'a Value)| {
            let Some(table) = value.as_table() else {
                self.error(field, format!("row {} is a {}", i + 1, value.type_str()), format!("write [[{field}]]"));
                return None;
            };
            let name = table.get("id").and_then(Value::as_str).map_or((i + 1).to_string(), str::to_owned);
            Some(Fields::at(table, format!("{}[{name}]", self.name_of(field)), self.report))
        };
        rows.iter().enumerate().filter_map(row).collect()
    }

    /// A value of any scalar type, as JSON.
    pub(super) fn opt_scalar(&self, field: &'static str) -> Option<serde_json::Value> {
        self.typed(field, "a text, a whole number, true or false", |v| match v {
            Value::String(s) => Some(s.as_str().into()),
            Value::Integer(n) => Some((*n).into()),
            Value::Boolean(b) => Some((*b).into()),
            _ => None,
        })
    }

    /// A value of any scalar type that must be there.
    pub(super) fn scalar(&self, field: &'static str) -> serde_json::Value {
        let found = self.opt_scalar(field);
        self.required(field, "a text, a whole number, true or false", found)
    }

    /// Reports the fields nobody asked for.
    pub(super) fn done(&self) {
        let asked = self.asked.borrow();
        for name in self.table.keys().filter(|k| !asked.contains(k.as_str())) {
            let known = asked.iter().copied().collect::<Vec<_>>().join(", ");
            self.error(name, "unknown field", format!("known here: {known}"));
        }
    }
}

/// Reads a whole file, or reports where it is no TOML.
pub(super) fn parse(bytes: &[u8], report: &Report) -> Option<Table> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        report.error("file", "not UTF-8", "save the file as UTF-8");
        return None;
    };
    match text.parse::<Table>() {
        Ok(table) => Some(table),
        Err(e) => {
            let line = e.span().map_or(1, |s| 1 + text[..s.start.min(text.len())].matches('\n').count());
            report.error(format!("line {line}"), format!("not TOML: {}", e.message()), "mend the line");
            None
        }
    }
}

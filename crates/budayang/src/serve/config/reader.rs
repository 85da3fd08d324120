//! Reading a TOML table field by field, so that every fault is told and none hides another.

use kernel::Text;
use toml::{Table, Value};

use super::Fault;

/// One table of the file; what is taken from it is known, what is left is not.
pub(crate) struct Section {
    name: String,
    table: Table,
    faults: Vec<Fault>,
}

impl Section {
    /// The table called `name`; empty for the file itself.
    pub(crate) fn new(name: impl Into<String>, table: Table) -> Self {
        Self { name: name.into(), table, faults: Vec::new() }
    }

    /// Its name; empty for the file itself.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Whatever stands in a field.
    pub(crate) fn take(&mut self, field: &str) -> Option<Value> {
        self.table.remove(field)
    }

    /// Notes a fault of a field.
    pub(crate) fn wrong(&mut self, field: &str, reason: impl Into<String>, mend: impl Into<String>) {
        let field = if self.name.is_empty() { field.to_owned() } else { format!("{}.{field}", self.name) };
        self.faults.push(Fault { field, reason: reason.into(), mend: mend.into() });
    }

    /// True where the field is there.
    pub(crate) fn has(&self, field: &str) -> bool {
        self.table.contains_key(field)
    }

    /// What stands in it, by name.
    pub(crate) fn names(&self) -> Vec<String> {
        self.table.keys().cloned().collect()
    }

    /// A table below this one; hand it back to [`Section::merge`].
    pub(crate) fn section(&mut self, field: &str) -> Self {
        let name = if self.name.is_empty() { field.to_owned() } else { format!("{}.{field}", self.name) };
        let table = match self.table.remove(field) {
            None => Table::new(),
            Some(Value::Table(table)) => table,
            Some(other) => {
                self.wrong(field, format!("is {}, not a table", other.type_str()), "write it as a table");
                Table::new()
            }
        };
        Self::new(name, table)
    }

    /// Takes over the faults of a table below this one.
    pub(crate) fn merge(&mut self, section: Self) {
        self.faults.extend(section.finish());
    }

    /// Text, or the default.
    pub(crate) fn text(&mut self, field: &str, default: &str) -> String {
        match self.table.remove(field) {
            None => default.to_owned(),
            Some(Value::String(text)) => text,
            Some(other) => {
                self.wrong(field, format!("is {}, not text", other.type_str()), "put it between quotes");
                default.to_owned()
            }
        }
    }

    /// True or false, or the default.
    pub(crate) fn flag(&mut self, field: &str, default: bool) -> bool {
        match self.table.remove(field) {
            None => default,
            Some(Value::Boolean(flag)) => flag,
            Some(other) => {
                self.wrong(field, format!("is {}, not true or false", other.type_str()), "write true or false");
                default
            }
        }
    }

    /// A whole number from 1, or the default.
    pub(crate) fn positive(&mut self, field: &str, default: u32) -> u32 {
        let found = self.table.remove(field);
        let number = match &found {
            None => return default,
            Some(value) => value.as_integer().and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0),
        };
        number.unwrap_or_else(|| {
            let found = found.map(|v| v.to_string()).unwrap_or_default();
            self.wrong(
                field,
                format!("{found} is no whole number from 1"),
                format!("write a number such as {default}"),
            );
            default
        })
    }

    /// A whole number from 0, or the default.
    pub(crate) fn whole(&mut self, field: &str, default: u32) -> u32 {
        match self.table.get(field) {
            Some(Value::Integer(0)) => {
                self.table.remove(field);
                0
            }
            _ => self.positive(field, default),
        }
    }

    /// One of several words; the first is the default.
    pub(crate) fn choice(&mut self, field: &str, words: &[&str]) -> String {
        let default = words.first().copied().unwrap_or_default();
        let found = self.text(field, default);
        if words.contains(&found.as_str()) {
            return found;
        }
        self.wrong(field, format!("{found:?} is not known"), format!("write {}", words.join(" or ")));
        default.to_owned()
    }

    /// Text in both languages, or the default.
    pub(crate) fn two_languages(&mut self, field: &str, default: (&str, &str)) -> Text {
        let mut both = self.section(field);
        let text = Text::new(both.text("zh", default.0), both.text("en", default.1));
        self.merge(both);
        text
    }

    /// Every fault; what nobody took is unknown.
    pub(crate) fn finish(mut self) -> Vec<Fault> {
        let unknown: Vec<String> = self.table.keys().cloned().collect();
        for field in unknown {
            self.wrong(&field, "is not known", "see `budayang serve --print-config` for the fields there are");
        }
        self.faults
    }
}

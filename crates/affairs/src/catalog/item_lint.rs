//! Checks an item against itself and against the rest of the catalogue: the hard rules of `docs/catalog.md`.

use std::collections::BTreeSet;

use kernel::{Grade, PeriodUnit, RegionCode};
use toml::Table;

use super::cases;
use super::diagnostic::{Diagnostic, Report};
use super::effect::{Setting, Term};
use super::entry::EntryKind;
use super::facts::{FactFrom, FactKind, FormRole, Known, SubjectKey};
use super::form::FieldKind;
use super::item::{Attested, Item, Limit, Obtain, OnFail, SecondParty, Source, Status, Supervisor};
use super::snapshot::Catalog;

/// Checks every item of a snapshot.
pub(super) fn all(catalog: &Catalog) -> Vec<Diagnostic> {
    catalog.versions().flat_map(|item| one(catalog, item)).collect()
}

/// What keeps an item from granting outside the demonstration: conditions nobody adopted, unverified statements,
/// agencies that are only examples.
pub fn production(catalog: &Catalog) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for item in catalog.versions() {
        let report = Report::of(file(catalog, item));
        for condition in item.not_adopted() {
            let at = format!("condition[{}].status", condition.id);
            let mend = "the agency examines it, then status = \"adopted\" and [condition.adopted]";
            report.error(at, "no agency has adopted this condition", mend);
        }
        for (at, attested) in statements(item).filter(|(_, a)| a.grade == Grade::U) {
            let note = attested.note.as_ref().map_or("", |n| n.en.as_str());
            report.error(at, format!("unverified (grade U) {note}"), "find the text and give source and article");
        }
        let unreal: Vec<&str> =
            catalog.empowered(item).into_iter().filter(|a| a.demonstration).map(|a| a.id.as_str()).collect();
        match unreal[..] {
            [] => {}
            [one] => report.error("power", format!("{one} is a demonstration entry"), "enter the real agency"),
            [first, ..] => {
                let reason = format!("{} agencies are demonstration entries, the first is {first}", unreal.len());
                report.error("power", reason, "enter the real agencies");
            }
        }
        found.extend(report.into_found());
    }
    found.extend(catalog.figures().unproven());
    found.sort();
    found.dedup();
    found
}

fn file(catalog: &Catalog, item: &Item) -> String {
    let entry = catalog.entries().iter().find(|e| e.kind == EntryKind::Item && e.hash() == item.hash);
    entry.map_or_else(|| format!("items/{}/item.toml", item.id), super::entry::Entry::path)
}

pub(super) fn one(catalog: &Catalog, item: &Item) -> Vec<Diagnostic> {
    let report = Report::of(file(catalog, item));
    let lint = Lint { catalog, item, report: &report };
    lint.ids();
    lint.attested();
    lint.limits();
    lint.materials();
    lint.money();
    lint.provisions();
    lint.model();
    lint.facts();
    lint.form();
    lint.references();
    lint.grant();
    lint.cases();
    report.into_found()
}

pub(super) struct Lint<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) item: &'a Item,
    pub(super) report: &'a Report,
}

/// Everything that states law, with its place in the file.
fn statements(item: &Item) -> impl Iterator<Item = (String, &Attested)> {
    let conditions = item.conditions.iter().map(|c| (format!("condition[{}]", c.id), &c.attested));
    let materials = item.materials.iter().map(|m| (format!("material[{}]", m.id), &m.attested));
    let duties = item.duties.iter().map(|d| (format!("duty[{}]", d.id), &d.attested));
    let basis = item.legal_basis.iter().enumerate().map(|(i, b)| (format!("legal_basis[{}]", i + 1), &b.attested));
    let promised =
        item.committed_limits.iter().enumerate().map(|(i, l)| (format!("committed_limit[{}]", i + 1), &l.attested));
    let stages =
        item.special_stages.iter().enumerate().map(|(i, s)| (format!("special_stage[{}]", i + 1), &s.attested));
    let single = [
        ("power", &item.power.attested),
        ("statutory_limit", &item.statutory_limit.attested),
        ("fee", &item.fee.attested),
        ("result", &item.result.attested),
    ];
    let single = single.into_iter().map(|(name, a)| (name.to_owned(), a));
    let rows = conditions.chain(materials).chain(duties).chain(basis).chain(promised).chain(stages);
    rows.chain(single).chain(provisions(item))
}

fn provisions(item: &Item) -> impl Iterator<Item = (String, &Attested)> {
    let commitment = item.commitment.iter().map(|c| ("commitment", &c.attested));
    let never = item.never_instant.iter().map(|n| ("never_instant", &n.attested));
    let two = item.two_officers.iter().map(|t| ("two_officers", &t.attested));
    let first = item.first_review.iter().map(|f| ("first_review", &f.attested));
    let tacit = item.tacit_renewal.iter().map(|t| ("tacit_renewal", &t.attested));
    commitment.chain(never).chain(two).chain(first).chain(tacit).map(|(name, attested)| (name.to_owned(), attested))
}

/// A statement of law has the source its grade asks for.
pub(super) fn backed(report: &Report, at: &str, attested: &Attested, sources: &[Source]) {
    let known = sources.iter().any(|s| s.id == attested.source);
    match attested.grade {
        Grade::A | Grade::B | Grade::C if attested.source.is_empty() => {
            let mend = "name a [[source]], or lower the grade to D (our own) or U (unverified)";
            report.error(format!("{at}.source"), format!("grade {} without a source", attested.grade), mend);
        }
        _ if !attested.source.is_empty() && !known => {
            let reason = format!("no [[source]] named {:?}", attested.source);
            report.error(format!("{at}.source"), reason, "write the row, or mend the name");
        }
        Grade::A if attested.article.is_none() => {
            report.error(format!("{at}.article"), "grade A without an article", "name the article that was read");
        }
        Grade::U => {
            report.warning(at, "grade U: unverified", "find the text; until then pages show it as unverified");
        }
        _ => {}
    }
}

impl Lint<'_> {
    fn ids(&self) {
        let item = self.item;
        self.unique("condition", item.conditions.iter().map(|c| c.id.as_str()));
        self.unique("material", item.materials.iter().map(|m| m.id.as_str()));
        self.unique("duty", item.duties.iter().map(|d| d.id.as_str()));
        self.unique("source", item.sources.iter().map(|s| s.id.as_str()));
        self.unique("fact", item.facts.iter().map(|f| f.input.as_str()));
        if item.valid_to.is_some_and(|end| end < item.valid_from) {
            self.report.error("valid_to", "lies before valid_from", "mend one of the two");
        }
        for (rows, name) in [(item.conditions.len(), "condition"), (item.legal_basis.len(), "legal_basis")] {
            if rows == 0 {
                self.report.error(name, "missing", format!("write at least one [[{name}]]"));
            }
        }
    }

    fn unique<'b>(&self, rows: &str, ids: impl Iterator<Item = &'b str>) {
        let mut seen = BTreeSet::new();
        for id in ids.filter(|id| !seen.insert(*id)) {
            self.report.error(format!("{rows}[{id}]"), "stands twice", "give each row its own name");
        }
    }

    fn attested(&self) {
        for (at, attested) in statements(self.item) {
            self.one_attested(&at, attested);
        }
    }

    pub(super) fn one_attested(&self, at: &str, attested: &Attested) {
        backed(self.report, at, attested, &self.item.sources);
    }

    fn limits(&self) {
        let law = &self.item.statutory_limit;
        for (i, promised) in self.item.committed_limits.iter().enumerate() {
            let at = format!("committed_limit[{}]", i + 1);
            match same_unit(law, promised) {
                Some(true) => self.report.error(at, "longer than the limit by law", "promise the limit by law or less"),
                Some(false) => {}
                // Only the first is ours; the others are numbers read elsewhere.
                None if promised.period.n == 0 || i > 0 => {}
                None => {
                    self.report.warning(at, "another unit than the limit by law: not comparable", "check it by hand")
                }
            }
        }
        // The Licensing Law's own limit (article 42) is 20 working days; a longer one needs another law behind it.
        let beyond = law.period.unit == PeriodUnit::WorkingDay && law.period.n > 20;
        let other_law = law.attested.grade == Grade::A && law.attested.article.is_some();
        if beyond && !other_law {
            let mend = "cite the law that allows it (grade A, with article), or mend the number";
            self.report.error("statutory_limit", "longer than the 20 working days of the Licensing Law", mend);
        }
    }

    fn materials(&self) {
        const VAGUE: [&str; 8] =
            ["其他", "其它", "相关材料", "有关材料", "等材料", "需要的材料", "other material", "other documents"];
        for material in &self.item.materials {
            let name = format!("{} {}", material.name.zh, material.name.en.to_lowercase());
            if let Some(word) = VAGUE.iter().find(|w| name.contains(*w)) {
                let at = format!("material[{}].name", material.id);
                self.report.error(at, format!("vague: {word:?}"), "name each material; there is no \"other\"");
            }
            if material.may_follow && matches!(material.obtain, Obtain::OnlineForm | Obtain::Share) {
                let at = format!("material[{}].may_follow", material.id);
                self.report.error(at, "nobody hands it in", "only what is uploaded or confirmed may follow");
            }
            if !material.required && material.when.is_none() {
                let at = format!("material[{}].when", material.id);
                self.report.error(at, "missing", "say when a material is asked for that is not always required");
            }
        }
    }

    fn money(&self) {
        let fee = &self.item.fee;
        if fee.charged == Some(true) && (fee.attested.grade != Grade::A || fee.amount_fen.is_none()) {
            let mend =
                "cite the law or administrative regulation (grade A) and the amount; else nothing may be charged";
            self.report.error("fee", "a charge without a basis", mend);
        }
    }

    fn model(&self) {
        let in_model: BTreeSet<&str> = self.item.rules.conditions().iter().map(|c| c.id.as_ref()).collect();
        let in_item: BTreeSet<&str> = self.item.conditions.iter().map(|c| c.id.as_str()).collect();
        for id in in_item.difference(&in_model) {
            let mend = "write a boolean decision with this id, or take the condition out";
            self.report.error(format!("condition[{id}]"), "no decision of this id in rules.dmn", mend);
        }
        for id in in_model.difference(&in_item) {
            let mend = "write the condition: sentence, source, grade, what a failure means";
            self.report.error(format!("condition[{id}]"), "a decision in rules.dmn has no condition here", mend);
        }
        for input in self.item.rules.inputs() {
            let at = format!("fact[{}]", input.name);
            match self.item.fact(&input.name) {
                None => self.report.error(at, "an input of rules.dmn has no fact", "write a [[fact]] with this input"),
                Some(row) if !fits(row.kind, &input.of.to_string()) => {
                    let reason = format!("a {:?} here, a {} in rules.dmn", row.kind, input.of);
                    self.report.error(format!("{at}.type"), reason, "make the types equal");
                }
                Some(_) => {}
            }
        }
    }

    fn facts(&self) {
        let read: BTreeSet<&str> = self.item.rules.inputs().iter().map(|i| i.name.as_ref()).collect();
        for row in &self.item.facts {
            let at = format!("fact[{}]", row.input);
            if !read.contains(row.input.as_str()) && !self.used(&row.input) {
                self.report.warning(&at, "nothing reads this fact", "take it out, or use it");
            }
            match &row.from {
                FactFrom::Register { register, key, field, .. } => {
                    self.key(&at, key);
                    self.own_records_only(&at, register, key);
                    self.register(&at, register, field, Some(row.kind));
                }
                FactFrom::Form { field, role } => {
                    self.field(&at, field);
                    if *role == FormRole::Statement && self.item.commitment.is_none() {
                        let mend = "write [commitment], or bind the input to a register";
                        self.report.error(&at, "a statement of the applicant feeds a rule without a commitment", mend);
                    }
                }
                FactFrom::Parameter { .. } | FactFrom::Quota => self.figure(&at, row),
                FactFrom::Request(_) => {}
            }
        }
    }

    /// Something of the item's special provisions stands on this fact.
    fn provided(&self, input: &str) -> bool {
        let item = self.item;
        let quota = item.quota.as_ref().is_some_and(|q| q.amount == input || q.region == input);
        let tacit = item.tacit_renewal.as_ref().is_some_and(|t| t.expiry == input);
        let excluded = item.commitment.as_ref().is_some_and(|c| c.excluded_by.as_deref() == Some(input));
        let place = |f: &FactFrom| matches!(f, FactFrom::Parameter { region: Some(region), .. } if region == input);
        quota || tacit || excluded || item.facts.iter().any(|f| place(&f.from))
    }

    fn used(&self, input: &str) -> bool {
        let item = self.item;
        let by_effect =
            item.effects.iter().flat_map(|e| &e.set).any(|(_, s)| matches!(s, Setting::Fact(f) if f == input));
        let by_duty = item
            .duties
            .iter()
            .any(|d| matches!(&d.supervisor, Supervisor::Role { region_fact, .. } if region_fact == input));
        let by_term = match &item.result.term {
            Term::FollowsOn { fact, .. } | Term::Keeps { fact } => fact == input,
            Term::None | Term::FromDecision { .. } => false,
        };
        by_effect || by_duty || by_term || self.provided(input) || item.region_fact.as_deref() == Some(input)
    }

    pub(super) fn field(&self, at: &str, name: &str) {
        if self.item.form.field(name).is_none() {
            self.report.error(at, format!("the form has no field {name:?}"), "mend the name, or add the field");
        }
    }

    pub(super) fn fact(&self, at: &str, name: &str) {
        if self.item.fact(name).is_none() {
            self.report.error(at, format!("no [[fact]] named {name:?}"), "mend the name, or add the fact");
        }
    }

    fn key(&self, at: &str, key: &SubjectKey) {
        let SubjectKey::Form(name) = key else { return };
        self.field(at, name);
        let coded = |k: &FieldKind| matches!(k, FieldKind::Uscc | FieldKind::CitizenId);
        if self.item.form.field(name).is_some_and(|f| !coded(&f.kind)) {
            let mend = "give the field x-kind uscc or citizen-id";
            self.report.error(at, format!("{name:?} is the key of a register and no code"), mend);
        }
    }

    /// Register and field exist in `registers/`, and the field's type is the fact's. Gives the field's layout back.
    fn register(&self, at: &str, register: &str, field: &str, kind: Option<FactKind>) -> Option<Table> {
        let Some(layout) = self.layout(register) else {
            self.report.error(at, format!("no register {register:?}"), "mend the name, or add registers/…");
            return None;
        };
        let rows = layout.get("field").and_then(toml::Value::as_array).into_iter().flatten();
        let named = |row: &&Table| row.get("name").and_then(toml::Value::as_str) == Some(field);
        let Some(row) = rows.filter_map(toml::Value::as_table).find(named) else {
            self.report.error(at, format!("{register} has no field {field:?}"), "mend the name");
            return None;
        };
        let word = row.get("type").and_then(toml::Value::as_str).unwrap_or_default();
        let expected = match word {
            "text" | "choice" => Some(FactKind::Text),
            "date" => Some(FactKind::Date),
            "integer" => Some(FactKind::Number),
            "boolean" => Some(FactKind::Boolean),
            _ => None,
        };
        if kind.is_some() && kind != expected {
            self.report.error(at, format!("{register}.{field} is a {word}"), "make the types equal");
        }
        Some(row.clone())
    }

    fn layout(&self, register: &str) -> Option<Table> {
        let bytes = self.catalog.file(EntryKind::Register, register)?;
        std::str::from_utf8(bytes).ok()?.parse().ok()
    }

    /// A register that is not public may be read by the applicant's own code only: a code typed into a form would show
    /// one person what is kept about another.
    fn own_records_only(&self, at: &str, register: &str, key: &SubjectKey) {
        let layout = self.layout(register);
        let access = layout.as_ref().and_then(|l| l.get("access")).and_then(toml::Value::as_str);
        if matches!(key, SubjectKey::Form(_)) && access.is_some_and(|a| a != "public") {
            let mend = "write key = \"applicant\"; only public registers are read by a code from the form";
            self.report.error(at, format!("{register} is not public and its key is typed into the form"), mend);
        }
    }

    /// What the form offers fits the register field it is written to.
    fn chosen(&self, at: &str, row: &Table, name: &str) {
        self.field(at, name);
        if let Some(FieldKind::Choice(choices)) = self.item.form.field(name).map(|f| &f.kind) {
            choices.iter().for_each(|c| self.one_of_its_choices(at, row, &c.value.as_str().into()));
        }
    }

    /// A value written into a field of choices is one of them.
    fn one_of_its_choices(&self, at: &str, row: &Table, value: &serde_json::Value) {
        let choices = row.get("choices").and_then(toml::Value::as_array);
        let ids = |c: &toml::Value| c.get("id").and_then(toml::Value::as_str).map(str::to_owned);
        let known: Option<Vec<String>> = choices.map(|list| list.iter().filter_map(ids).collect());
        if known.as_ref().is_some_and(|known| !known.iter().any(|id| value == id.as_str())) {
            let mend = format!("write one of {}", known.unwrap_or_default().join(", "));
            self.report.error(at, format!("{value} is none of the field's choices"), mend);
        }
    }

    fn form(&self) {
        for field in &self.item.form.fields {
            let at = format!("form field {}", field.name);
            if let Some(Known::Register { register, key, field }) = &field.known {
                self.key(&at, key);
                self.own_records_only(&at, register, key);
                self.register(&at, register, field, None);
            }
        }
        for condition in &self.item.conditions {
            if let Some(name) = &condition.mend_field {
                self.field(&format!("condition[{}].mend_field", condition.id), name);
            }
        }
        if let SecondParty::Employer { field, .. } = &self.item.second_party {
            self.key("second_party.field", &SubjectKey::Form(field.clone()));
        }
    }

    fn references(&self) {
        let item = self.item;
        self.power();
        for duty in &item.duties {
            let at = format!("duty[{}]", duty.id);
            match &duty.supervisor {
                Supervisor::Agency(id) => self.agency(&at, id),
                Supervisor::Role { role, region_fact } => {
                    self.fact(&at, region_fact);
                    self.role(&at, role);
                }
            }
        }
        for condition in &item.conditions {
            let at = format!("condition[{}]", condition.id);
            if let Status::Adopted { agency, .. } = &condition.status {
                self.agency(&at, agency);
            }
            if condition.on_fail == OnFail::DraftRefusal && condition.attested.grade != Grade::A {
                let mend = "a person decides instead; say refer, or cite the statute";
                self.report.warning(at, "below grade A no refusal is drafted", mend);
            }
        }
        let known = |code: RegionCode| self.catalog.regions.latest(code).is_some();
        if !item.power.region.parse().is_ok_and(known) {
            self.report.error("power.region", "no such region", "write the code of a region in catalog/regions");
        }
    }

    /// One way to find each agency, and a place to find it by.
    fn power(&self) {
        let power = &self.item.power;
        let pairs = [
            ("deciding", &power.deciding_agency, &power.deciding_role),
            ("receiving", &power.receiving_agency, &power.receiving_role),
        ];
        for (which, id, role) in pairs {
            let at = format!("power.{which}_agency");
            match (id.is_empty(), role) {
                (true, None) if which == "deciding" => {
                    self.report.error(
                        at,
                        "missing",
                        "write deciding_agency, or deciding_role for whoever has it there",
                    );
                }
                (true, None) => {}
                (false, Some(_)) => self.report.error(at, "is given twice", "write the agency or the role, not both"),
                (false, None) => self.agency("power", id),
                (true, Some(role)) => self.role(&format!("power.{which}_role"), role),
            }
        }
        if power.deciding_role.is_some() && self.catalog.offering(self.item).is_none() {
            let mend = "an agency of this role over power.region takes what is in doubt";
            self.report.error("power.deciding_role", "nobody has the role over the whole region", mend);
        }
        if (power.deciding_role.is_some() || power.receiving_role.is_some()) && self.item.region_fact.is_none() {
            let mend = "write region_fact: the input that holds the case's region code";
            self.report.error("region_fact", "missing: a role is found by place", mend);
        }
    }

    fn role(&self, at: &str, role: &str) {
        if !self.catalog.agencies().any(|a| a.has_role(role)) {
            self.report.error(at, format!("no agency has the role {role:?}"), "give it to one");
        }
    }

    fn agency(&self, at: &str, id: &str) {
        if self.catalog.agency(id).is_none() {
            self.report.error(at, format!("no agency {id:?}"), "mend the name, or write its file in agencies/");
        }
    }

    fn grant(&self) {
        let item = self.item;
        if let Some(name) = &item.region_fact {
            self.fact("region_fact", name);
        }
        if let Term::FollowsOn { fact, .. } | Term::Keeps { fact } = &item.result.term {
            self.fact("result.term", fact);
            if item.fact(fact).is_some_and(|f| f.kind != FactKind::Date) {
                self.report.error("result.term", format!("{fact} is no date"), "name a fact of type date");
            }
        }
        for effect in &item.effects {
            let at = format!("effect[{}]", effect.register);
            self.key(&at, &effect.subject);
            for (field, setting) in &effect.set {
                let row = self.register(&at, &effect.register, field, None);
                match (setting, row) {
                    (Setting::Form(name), Some(row)) => self.chosen(&at, &row, name),
                    (Setting::Form(name), None) => self.field(&at, name),
                    (Setting::Fact(name), _) => self.fact(&at, name),
                    (Setting::Constant(value), Some(row)) => self.one_of_its_choices(&at, &row, value),
                    (Setting::Constant(_), None) | (Setting::Made(_), _) => {}
                }
            }
        }
    }

    /// Each condition has a case in which exactly it fails, and there is a case that grants.
    fn cases(&self) {
        let file = Report::of(file(self.catalog, self.item).replace("item.toml", "cases.md"));
        let cases = cases::parse(&self.item.cases, self.item, &file);
        for finding in file.into_found() {
            self.report.error(format!("cases.md {}", finding.field), finding.reason, finding.mend);
        }
        for condition in &self.item.conditions {
            let alone = |c: &cases::Case| c.expect.unknown.is_empty() && c.expect.failed.iter().eq([&condition.id]);
            if !cases.iter().any(alone) {
                let mend = "write a case in cases.md in which exactly this condition fails";
                self.report.error(format!("condition[{}]", condition.id), "no case of its own", mend);
            }
        }
        self.best_case(&cases);
    }
}

impl Lint<'_> {
    /// There is a case in which everything is met: it is granted, or, where no machine may grant, a person looks.
    fn best_case(&self, cases: &[cases::Case]) {
        let grants = |c: &cases::Case| c.expect.outcome == "grant";
        let all_met =
            |c: &cases::Case| c.expect.outcome == "refer" && c.expect.failed.is_empty() && c.expect.unknown.is_empty();
        if self.item.never_instant.is_none() {
            if !cases.iter().any(grants) {
                self.report.error("cases.md", "no case that grants", "write one");
            }
        } else if let Some(case) = cases.iter().find(|c| grants(c)) {
            let at = format!("cases.md line {}", case.line);
            self.report.error(at, "grants what no machine may grant", "write | → 结果 | refer |");
        } else if !cases.iter().any(all_met) {
            let mend = "write one with every condition met; it ends with refer";
            self.report.error("cases.md", "no case in which everything is met", mend);
        }
    }
}

/// `Some(true)`: promised is longer than the law; `None`: the units differ.
fn same_unit(law: &Limit, promised: &Limit) -> Option<bool> {
    (law.period.unit == promised.period.unit).then_some(promised.period.n > law.period.n)
}

fn fits(kind: FactKind, model: &str) -> bool {
    FactKind::WORDS.iter().any(|(word, k)| *k == kind && *word == model)
}

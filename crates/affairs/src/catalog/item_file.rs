//! Reads `item.toml` into an [`Item`]: the field list, one function for each section, every mistake reported.
//!
//! Whatever is missing is read as an empty value and reported; the caller drops the item when anything was reported.

use std::sync::Arc;

use kernel::code::ItemCode;
use kernel::{Period, PeriodKind, PeriodUnit, RegionLevel, Text};
use rules::RuleSet;
use toml::Table;

use super::diagnostic::Report;
use super::effect::{Effect, Made, Setting, Term};
use super::facts::{FactFrom, FactKind, FactRow, FormRole, RequestField, SubjectKey};
use super::fields::Fields;
use super::form::{FormSchema, subject_key};
use super::item::{
    ApplicantKind, Attested, Basis, Condition, Duty, Fee, GrantResult, Handling, IdentityLevel, Item, LicenceAct,
    LicenceRow, Limit, Material, Mode, Obtain, Offer, OnFail, Origin, Power, Question, SecondParty, Source,
    SpecialStage, Status, Supervisor, VisitsBefore,
};
use super::provision;
use super::version::VersionBy;

/// The parts of an item folder that are not `item.toml`, already read.
pub(super) struct Parts {
    pub(super) hash: String,
    pub(super) form: FormSchema,
    pub(super) rules: Arc<RuleSet>,
    pub(super) cases: String,
}

/// Reads the table; what is wrong stands in `report`.
pub(super) fn read(table: &Table, parts: Parts, report: &Report) -> Item {
    let root = Fields::root(table, report);
    let (catalogue_code, implementation_code) = codes(&root);
    let item = Item {
        id: root.str("id"),
        hash: parts.hash,
        valid_from: root.date("valid_from"),
        valid_to: root.opt_date("valid_to"),
        version_by: root.opt_choice("version_by", &VersionBy::WORDS).unwrap_or_default(),
        instead_of: root.strings("instead_of"),
        name: root.text("name"),
        summary: root.text("summary"),
        department: root.text("department"),
        keywords: root.strings("keywords"),
        catalogue_code,
        implementation_code,
        mode: root.choice("mode", &MODES),
        mode_name: root.text("mode_name"),
        power: root.section("power").map(|f| power(&f)).unwrap_or_default(),
        service: root.section("service").map(|f| service(&f)).unwrap_or_default(),
        sources: root.rows("source").iter().map(source).collect(),
        legal_basis: root.rows("legal_basis").iter().map(basis).collect(),
        conditions: root.rows("condition").iter().map(condition).collect(),
        materials: root.rows("material").iter().map(material).collect(),
        statutory_limit: statutory_limit(&root),
        committed_limits: root.rows("committed_limit").iter().map(limit).collect(),
        special_stages: root.rows("special_stage").iter().map(special_stage).collect(),
        fee: root.section("fee").map(|f| fee(&f)).unwrap_or_default(),
        result: root.section("result").map(|f| result(&f)).unwrap_or_default(),
        duties: root.rows("duty").iter().map(duty).collect(),
        second_party: root.table("second_party").map(|f| second_party(&f)).unwrap_or_default(),
        commitment: root.table("commitment").map(|f| provision::commitment(&f)),
        quota: root.table("quota").map(|f| provision::quota(&f)),
        never_instant: root.table("never_instant").map(|f| provision::never_instant(&f)),
        two_officers: root.table("two_officers").map(|f| provision::two_officers(&f)),
        first_review: root.table("first_review").map(|f| provision::first_review(&f)),
        tacit_renewal: root.table("tacit_renewal").map(|f| provision::tacit_renewal(&f)),
        data_wait_minutes: root.opt_int("data_wait_minutes"),
        facts: root.rows("fact").iter().map(fact).collect(),
        effects: root.rows("effect").iter().map(effect).collect(),
        region_fact: root.opt_str("region_fact"),
        remedies: root.text("remedies"),
        questions: root.rows("question").iter().map(question).collect(),
        form: parts.form,
        rules: parts.rules,
        cases: parts.cases,
    };
    root.done();
    item
}

const MODES: [(&str, Mode); 4] = [
    ("register_match", Mode::RegisterMatch),
    ("commitment", Mode::Commitment),
    ("quota", Mode::Quota),
    ("second_party", Mode::SecondParty),
];

pub(super) const LEVELS: [(&str, RegionLevel); 5] = [
    ("region", RegionLevel::Region),
    ("city", RegionLevel::City),
    ("county", RegionLevel::County),
    ("township", RegionLevel::Township),
    ("village", RegionLevel::Village),
];

fn codes(root: &Fields<'_>) -> (Option<ItemCode>, Option<ItemCode>) {
    let Some(codes) = root.section("code") else { return (None, None) };
    let code = |field| codes.section(field).and_then(|f| code(&f));
    let both = (code("catalogue"), code("implementation"));
    codes.done();
    both
}

fn code(fields: &Fields<'_>) -> Option<ItemCode> {
    let (scheme, text) = (fields.str("scheme"), fields.str("text"));
    fields.done();
    let read = ItemCode::new(&scheme, &text);
    if let Err(e) = &read {
        fields.error("text", e.reason().en, e.mend().en);
    }
    read.ok()
}

pub(super) fn attested(fields: &Fields<'_>) -> Attested {
    Attested {
        grade: fields.grade("grade"),
        source: fields.opt_str("source").unwrap_or_default(),
        article: fields.opt_str("article"),
        note: fields.opt_text("note"),
    }
}

pub(super) fn period(fields: &Fields<'_>) -> Period {
    let units = [
        ("working_day", PeriodUnit::WorkingDay),
        ("day", PeriodUnit::CalendarDay),
        ("month", PeriodUnit::Month),
        ("year", PeriodUnit::Year),
    ];
    let kinds = [("at_most", PeriodKind::AtMost), ("at_least", PeriodKind::AtLeast)];
    Period { n: fields.int("n"), unit: fields.choice("unit", &units), kind: fields.choice("kind", &kinds) }
}

fn period_in(fields: &Fields<'_>, name: &'static str) -> Period {
    let none = Period::at_most(0, PeriodUnit::WorkingDay);
    fields.section(name).map_or(none, |inner| {
        let period = period(&inner);
        inner.done();
        period
    })
}

pub(super) fn opt_period(fields: &Fields<'_>, name: &'static str) -> Option<Period> {
    fields.table(name).map(|inner| {
        let period = period(&inner);
        inner.done();
        period
    })
}

fn power(fields: &Fields<'_>) -> Power {
    let deciding_role = fields.opt_str("deciding_role");
    // With a role it may be left out: then the place itself says on which level (who licensed the employer decides).
    let level = match deciding_role {
        None => Some(fields.choice("level", &LEVELS)),
        Some(_) => fields.opt_choice("level", &LEVELS),
    };
    let power = Power {
        kind: fields.text("kind"),
        level,
        origin: fields.text("origin"),
        deciding_agency: fields.opt_str("deciding_agency").unwrap_or_default(),
        deciding_role,
        receiving_agency: fields.opt_str("receiving_agency").unwrap_or_default(),
        receiving_role: fields.opt_str("receiving_role"),
        agency_nature: fields.text("agency_nature"),
        region: fields.str("region"),
        attested: attested(fields),
    };
    fields.done();
    power
}

fn service(fields: &Fields<'_>) -> Offer {
    let applicants = [
        ("natural_person", ApplicantKind::NaturalPerson),
        ("legal_person", ApplicantKind::LegalPerson),
        ("any", ApplicantKind::Any),
    ];
    let identities = [
        ("real_name", IdentityLevel::RealName),
        ("strong", IdentityLevel::Strong),
        ("basic", IdentityLevel::Basic),
        ("none", IdentityLevel::None),
    ];
    let service = Offer {
        applicant: fields.choice("applicant", &applicants),
        handling: fields.choice("handling", &[("instant", Handling::Instant), ("promised", Handling::Promised)]),
        visits: fields.int("visits"),
        visits_before: fields.table("visits_before").map(|row| visits_before(&row)),
        visit_reason: fields.opt_text("visit_reason"),
        channels: fields.rows("channels").iter().map(words).collect(),
        online_depth: fields.strings("online_depth"),
        identity: fields.choice("identity", &identities),
        hours: fields.text("hours"),
        place: fields.text("place"),
        consultation: fields.text("consultation"),
        complaint: fields.text("complaint"),
        delivery: fields.text("delivery"),
        reach: fields.text("reach"),
        number_limited: fields.bool("number_limited"),
    };
    fields.done();
    service
}

fn visits_before(row: &Fields<'_>) -> VisitsBefore {
    let before = VisitsBefore { n: row.int("n"), backing: super::figure::backing(row) };
    row.done();
    before
}

fn words(fields: &Fields<'_>) -> Text {
    let text = Text { zh: fields.str("zh"), en: fields.str("en") };
    fields.done();
    text
}

pub(super) fn source(fields: &Fields<'_>) -> Source {
    let source = Source {
        id: fields.str("id"),
        title: fields.text("title"),
        kind: fields.text("kind"),
        read: fields.text("read"),
    };
    fields.done();
    source
}

fn basis(fields: &Fields<'_>) -> Basis {
    let basis = Basis { gist: fields.text("gist"), attested: attested(fields) };
    fields.done();
    basis
}

fn condition(fields: &Fields<'_>) -> Condition {
    let failures = [
        ("refer", OnFail::Refer),
        ("correct", OnFail::Correct),
        ("draft_refusal", OnFail::DraftRefusal),
        ("special_step", OnFail::SpecialStep),
        ("not_needed", OnFail::NotNeeded),
    ];
    let condition = Condition {
        id: fields.str("id"),
        sentence: fields.text("sentence"),
        basis: fields.text("basis"),
        on_fail: fields.choice("on_fail", &failures),
        mend: fields.text("mend"),
        mend_field: fields.opt_str("mend_field"),
        status: status(fields),
        attested: attested(fields),
    };
    fields.done();
    condition
}

fn status(fields: &Fields<'_>) -> Status {
    if !fields.choice("status", &[("demonstration", false), ("adopted", true)]) {
        return Status::Demonstration;
    }
    let Some(adopted) = fields.section("adopted") else { return Status::Demonstration };
    let status = Status::Adopted {
        agency: adopted.str("agency"),
        officer: adopted.str("officer"),
        date: adopted.date("date"),
        document: adopted.str("document"),
    };
    adopted.done();
    status
}

fn material(fields: &Fields<'_>) -> Material {
    let origins =
        [("applicant", Origin::Applicant), ("government", Origin::Government), ("third_party", Origin::ThirdParty)];
    let ways = [
        ("online_form", Obtain::OnlineForm),
        ("share", Obtain::Share),
        ("upload", Obtain::Upload),
        ("confirmation", Obtain::Confirmation),
    ];
    let material = Material {
        id: fields.str("id"),
        name: fields.text("name"),
        origin: fields.choice("origin", &origins),
        obtain: fields.choice("obtain", &ways),
        how: fields.text("how"),
        required: fields.bool("required"),
        when: fields.opt_text("when"),
        may_follow: fields.opt_bool("may_follow").unwrap_or_default(),
        register: fields.opt_str("register"),
        file_mb: fields.opt_int("file_mb"),
        files: fields.opt_int("files"),
        attested: attested(fields),
    };
    if material.file_mb.is_some_and(|mb| !(1..=64).contains(&mb)) || material.files == Some(0) {
        fields.error("file_mb", "no file could be handed in", "write file_mb = 1 to 64, files = 1 or more");
    }
    fields.done();
    material
}

fn statutory_limit(root: &Fields<'_>) -> Limit {
    let unknown = || Limit {
        period: Period::at_most(0, PeriodUnit::WorkingDay),
        place: Text::default(),
        explanation: Text::default(),
        attested: Attested::default(),
    };
    root.section("statutory_limit").map_or_else(unknown, |f| limit(&f))
}

fn limit(fields: &Fields<'_>) -> Limit {
    let limit = Limit {
        period: period(fields),
        place: fields.text("place"),
        explanation: fields.text("explanation"),
        attested: attested(fields),
    };
    fields.done();
    limit
}

fn special_stage(fields: &Fields<'_>) -> SpecialStage {
    let stage =
        SpecialStage { name: fields.text("name"), period: period_in(fields, "period"), attested: attested(fields) };
    fields.done();
    stage
}

fn fee(fields: &Fields<'_>) -> Fee {
    let fee = Fee {
        charged: fields.opt_bool("charged"),
        amount_fen: fields.opt_int("amount_fen").map(i64::from),
        sentence: fields.text("sentence"),
        attested: attested(fields),
    };
    fields.done();
    fee
}

fn result(fields: &Fields<'_>) -> GrantResult {
    let acts =
        [("issue", LicenceAct::Issue), ("supersede", LicenceAct::Supersede), ("strike_off", LicenceAct::StrikeOff)];
    let result = GrantResult {
        name: fields.text("name"),
        licence_type: fields.str("licence_type"),
        licence_type_code: fields.str("licence_type_code"),
        act: fields.choice("act", &acts),
        term: fields.section("term").map(|f| term(&f)).unwrap_or_default(),
        validity: fields.text("validity"),
        attested: attested(fields),
        shows: fields.rows("shows").iter().map(licence_row).collect(),
    };
    fields.done();
    result
}

fn term(fields: &Fields<'_>) -> Term {
    let none = Term::None;
    let from = fields.choice("from", &[("none", 'n'), ("decision", 'd'), ("follows", 'f'), ("keeps", 'k')]);
    let term = match from {
        'd' => Term::FromDecision { years: fields.int("years") },
        'f' => Term::FollowsOn { fact: fields.str("fact"), years: fields.int("years") },
        'k' => Term::Keeps { fact: fields.str("fact") },
        _ => none,
    };
    fields.done();
    term
}

fn licence_row(fields: &Fields<'_>) -> LicenceRow {
    let row = LicenceRow { label: fields.text("label"), field: fields.str("field") };
    fields.done();
    row
}

fn duty(fields: &Fields<'_>) -> Duty {
    let duty = Duty {
        id: fields.str("id"),
        kind: fields.str("kind"),
        what: fields.text("what"),
        supervisor: supervisor(fields),
        claim: period_in(fields, "claim"),
        first_action: opt_period(fields, "first_action"),
        feedback: period_in(fields, "feedback"),
        basis: fields.text("basis"),
        attested: attested(fields),
    };
    fields.done();
    duty
}

fn supervisor(fields: &Fields<'_>) -> Supervisor {
    match (fields.opt_str("agency"), fields.opt_str("role"), fields.opt_str("region_fact")) {
        (Some(agency), None, None) => Supervisor::Agency(agency),
        (None, Some(role), Some(region_fact)) => Supervisor::Role { role, region_fact },
        _ => {
            fields.error("agency", "nobody is named", "write agency = \"…\", or role = \"…\" and region_fact = \"…\"");
            Supervisor::Agency(String::new())
        }
    }
}

fn second_party(fields: &Fields<'_>) -> SecondParty {
    fields.choice("who", &[("employer", ())]);
    let party = SecondParty::Employer {
        field: fields.str("field"),
        statement: fields.text("statement"),
        within: period_in(fields, "within"),
    };
    fields.done();
    party
}

fn fact(fields: &Fields<'_>) -> FactRow {
    let row = FactRow {
        input: fields.str("input"),
        kind: fields.choice("type", &FactKind::WORDS),
        label: fields.text("label"),
        from: fact_from(fields),
    };
    fields.done();
    row
}

const FROM: [(&str, char); 5] =
    [("request", 'q'), ("register", 'r'), ("form", 'f'), ("parameter", 'p'), ("quota", 'n')];

fn fact_from(fields: &Fields<'_>) -> FactFrom {
    match fields.choice("from", &FROM) {
        'r' => FactFrom::Register {
            register: fields.str("register"),
            key: key(fields, "key"),
            field: fields.str("field"),
            max_age_days: fields.int("max_age_days"),
            absent: fields.opt_scalar("absent"),
        },
        'f' => FactFrom::Form {
            field: fields.str("field"),
            role: fields.choice("role", &[("statement", FormRole::Statement), ("wish", FormRole::Wish)]),
        },
        'p' => FactFrom::Parameter { parameter: fields.str("parameter"), region: fields.opt_str("region") },
        'n' => FactFrom::Quota,
        _ => FactFrom::Request(fields.choice("request", &RequestField::WORDS)),
    }
}

fn key(fields: &Fields<'_>, name: &'static str) -> SubjectKey {
    let word = fields.str(name);
    subject_key(&word).unwrap_or_else(|| {
        if !word.is_empty() {
            fields.error(name, format!("unknown key {word:?}"), "write \"applicant\" or \"form:FIELD\"");
        }
        SubjectKey::Applicant
    })
}

fn effect(fields: &Fields<'_>) -> Effect {
    let effect = Effect {
        register: fields.str("register"),
        subject: key(fields, "subject"),
        set: fields.rows("set").iter().map(setting).collect(),
    };
    fields.done();
    effect
}

fn setting(fields: &Fields<'_>) -> (String, Setting) {
    let name = fields.str("field");
    let constant = fields.opt_scalar("value").map(Setting::Constant);
    let form = fields.opt_str("form").map(Setting::Form);
    let fact = fields.opt_str("fact").map(Setting::Fact);
    let made = fields.opt_choice("made", &Made::WORDS).map(Setting::Made);
    fields.done();
    let mut found = [constant, form, fact, made].into_iter().flatten();
    match (found.next(), found.next()) {
        (Some(setting), None) => (name, setting),
        _ => {
            fields.error("value", "needs exactly one origin", "write one of value, form, fact, made");
            (name, Setting::Constant(serde_json::Value::Null))
        }
    }
}

fn question(fields: &Fields<'_>) -> Question {
    let question = Question { ask: fields.text("ask"), answer: fields.text("answer") };
    fields.done();
    question
}

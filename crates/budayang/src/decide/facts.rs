//! The facts file of `budayang decide`: a JSON object, one member for each input of the item's rules.
//!
//! ```json
//! {
//!   "已获学分": 80,
//!   "注册有效期至": {"value": "2027-01-22", "as_of": "2026-11-20T09:00:00+08:00", "trust": "A"},
//!   "不予注册情形数": {"missing": "no_record"},
//!   "单位已确认": true
//! }
//! ```
//! A plain value is a fresh answer of trust A from the fact's own register (or the form's, or the request's word). An
//! object may give its age and trust, or say `"missing"`: `no_record` (the register has none of the subject),
//! `no_field` (the record lacks it) or `unreachable` (the register did not answer). What is left out is missing.

use affairs::catalog::{Answer, Consent, FactFrom, FactRow, Reading, RequestField, stated_figure};
use anyhow::{Context as _, anyhow, bail};
use kernel::{Date, Moment, Text, Trust};
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::Trial;

/// What a file says.
#[derive(Debug, Default)]
pub(crate) struct Facts(Map<String, Json>);

/// A fact with its age, its trust, or its mishap.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stated {
    #[serde(default)]
    value: Json,
    as_of: Option<Moment>,
    trust: Option<Trust>,
    missing: Option<Missing>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Missing {
    NoRecord,
    NoField,
    Unreachable,
}

impl Facts {
    /// Reads a facts file's JSON.
    pub(crate) fn read(json: Json) -> anyhow::Result<Self> {
        match json {
            Json::Object(facts) => Ok(Self(facts)),
            _ => bail!("the facts are no JSON object with a member for each input"),
        }
    }

    /// Tells the trial what the file says; names that are no inputs are told all at once.
    pub(super) fn tell(&self, trial: &mut Trial) -> anyhow::Result<()> {
        let rows = trial.item.facts.clone();
        let unknown: Vec<_> = self.0.keys().filter(|name| !rows.iter().any(|row| row.input == **name)).collect();
        if !unknown.is_empty() {
            let known: Vec<_> = rows.iter().map(|row| row.input.as_str()).collect();
            bail!("{unknown:?} are no facts of {}; its facts are: {}", trial.item.id, known.join(", "));
        }
        let (mut confirmed, mut independent) = (false, true);
        for row in &rows {
            let Some(json) = self.0.get(&row.input) else { continue };
            let stated = stated(json).with_context(|| format!("the fact {}", row.input))?;
            match &row.from {
                FactFrom::Register { .. } => of_register(trial, row, stated)?,
                FactFrom::Form { field, .. } => drop(trial.form.insert(field.clone(), stated.value)),
                FactFrom::Request(RequestField::SecondPartyConfirmed) => confirmed = flag(row, &stated)?,
                FactFrom::Request(RequestField::SecondPartyIndependent) => independent = flag(row, &stated)?,
                FactFrom::Parameter { .. } | FactFrom::Quota => {
                    let register = trial.item.figure_register(&row.from).context("the item draws on no quota")?;
                    trial.readings.push(stated_figure(register, stated.value, trial.request.decided_at));
                }
                FactFrom::Request(field) => of_request(trial, (*field, row), &stated)?,
            }
        }
        trial.request.consent = match (confirmed, independent) {
            (true, true) => Consent::Given,
            (true, false) => Consent::GivenByApplicant,
            (false, _) => Consent::None,
        };
        Ok(())
    }
}

fn stated(json: &Json) -> anyhow::Result<Stated> {
    match json {
        Json::Object(_) => Ok(serde_json::from_value(json.clone())?),
        plain => Ok(Stated { value: plain.clone(), as_of: None, trust: None, missing: None }),
    }
}

fn flag(row: &FactRow, stated: &Stated) -> anyhow::Result<bool> {
    stated.value.as_bool().with_context(|| format!("the fact {} is true or false", row.input))
}

/// What the program itself witnesses: the day of filing, the identity level.
fn of_request(trial: &mut Trial, (field, row): (RequestField, &FactRow), stated: &Stated) -> anyhow::Result<()> {
    let wrong = || anyhow!("the fact {}: {} cannot be so", row.input, stated.value);
    match field {
        RequestField::FiledOn => {
            let day: Date = stated.value.as_str().and_then(|s| s.parse().ok()).ok_or_else(wrong)?;
            let decided = trial.request.decided_at;
            let since_midnight = decided.ms() - Moment::start_of(decided.date()).ms();
            trial.request.filed_at = Moment::start_of(day).plus_ms(since_midnight);
        }
        RequestField::IdentityLevel => {
            let level = stated.value.as_u64().filter(|n| *n <= 3).and_then(|n| u8::try_from(n).ok());
            trial.request.identity = level.ok_or_else(wrong)?;
        }
        RequestField::DecidedOn => {
            let day: Date = stated.value.as_str().and_then(|s| s.parse().ok()).ok_or_else(wrong)?;
            if day != trial.request.decided_at.date() {
                bail!("the fact {} differs from --at", row.input);
            }
        }
        RequestField::SecondPartyConfirmed | RequestField::SecondPartyIndependent => {}
    }
    Ok(())
}

/// Puts one fact into its register's answer about its subject.
fn of_register(trial: &mut Trial, row: &FactRow, stated: Stated) -> anyhow::Result<()> {
    let FactFrom::Register { register, key, field, .. } = &row.from else { return Ok(()) };
    let Some(subject) = key.of(&trial.form, &trial.request) else {
        bail!("the fact {} is about somebody whose code the application does not say", row.input);
    };
    let now = trial.request.decided_at;
    let place = trial.readings.iter().position(|r| r.register == *register && r.subject == subject);
    let place = place.unwrap_or_else(|| {
        trial.readings.push(fresh(register, &subject, now));
        trial.readings.len() - 1
    });
    let answer = &mut trial.readings[place].answer;
    match stated.missing {
        Some(Missing::NoRecord) => *answer = Answer::NoRecord,
        Some(Missing::Unreachable) => *answer = Answer::Unreachable { why: "the facts file says so".to_owned() },
        Some(Missing::NoField) | None => {}
    }
    // One record has one date and one trust: the oldest and the least of what its facts say.
    if let Answer::Record { body, as_of, trust, .. } = answer {
        *as_of = stated.as_of.map_or(*as_of, |at| if *as_of == now { at } else { at.min(*as_of) });
        *trust = stated.trust.map_or(*trust, |told| told.max(*trust));
        if stated.missing.is_none() {
            body.insert(field.clone(), stated.value);
        }
    }
    Ok(())
}

fn fresh(register: &str, subject: &str, now: Moment) -> Reading {
    let source = Text::new("事实文件", "the facts file");
    let answer = Answer::Record { body: Map::new(), as_of: now, trust: Trust::A, source };
    Reading { register: register.to_owned(), subject: subject.to_owned(), read_at: now, answer }
}

//! What the registers say in the demonstration world, as the extracts their keepers would send: imported through the
//! register room like any other extract.

use affairs::access::{Actor, Desk};
use affairs::register::{self, Extent, Extract, Format, Registers};
use anyhow::{Context as _, anyhow};
use kernel::{Date, Moment};
use serde_json::{Map, Value as Json, json};

use jiff::ToSpan as _;

use super::people::{Company, PHARMACIES, Pharmacist, pharmacists};
use super::{forest, health, housing, record};

/// A record to be imported: register, subject, body.
pub(super) struct Entry {
    /// The register.
    pub(super) register: &'static str,
    /// Whose record.
    pub(super) subject: String,
    /// The record.
    pub(super) body: Json,
}

impl Entry {
    /// What this register says about this subject.
    pub(super) fn new(register: &'static str, subject: &str, body: Json) -> Self {
        Self { register, subject: subject.to_owned(), body }
    }
}

/// Everything the registers say on the world's first day; `today` is the day on which it is prepared.
pub(super) fn first_day(today: Date) -> anyhow::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for pharmacy in &PHARMACIES {
        entries.extend(of_pharmacy(pharmacy, today)?);
    }
    for pharmacist in pharmacists() {
        entries.extend(of_pharmacist(pharmacist, today)?);
    }
    entries.extend(forest::first_day(today)?);
    entries.extend(housing::first_day(today)?);
    entries.extend(health::first_day(today)?);
    Ok(entries)
}

fn of_pharmacy(pharmacy: &Company, today: Date) -> anyhow::Result<[Entry; 2]> {
    let code = pharmacy.code()?;
    let licence = json!({
        "name": pharmacy.name, "number": format!("演桂CB{}", &code[10..16]), "mode": "retail",
        "scope": ["处方药", "非处方药", "中药饮片"], "address": pharmacy.address, "region": pharmacy.region,
        "valid_from": day(today, -1_200)?, "valid_to": day(today, 625)?, "status": "valid", "pharmacists_required": 2,
    });
    let business = json!({
        "name": pharmacy.name, "status": "open", "legal_representative": pharmacy.owner, "address": pharmacy.address,
        "region": pharmacy.region, "established_on": day(today, -3_300)?, "scope": "药品零售",
    });
    let entry = |register, body| Entry { register, subject: code.clone(), body };
    Ok([entry("drug-trade-licence", licence), entry("business-register", business)])
}

fn of_pharmacist(person: &Pharmacist, today: Date) -> anyhow::Result<Vec<Entry>> {
    let (code, name) = (person.human.code()?, person.human.name);
    let entry = |register, body| Entry { register, subject: code.clone(), body };
    let certified = today.checked_sub(person.certified_months.months())?;
    let mut entries = vec![
        entry(
            "pharmacist-exam",
            json!({
                "name": name, "certificate": certificate(person, &code, today)?, "category": "pharmacy",
                "issued_on": certified.to_string(), "status": "valid",
            }),
        ),
        entry("case-open", json!({ "open_cases": 0 })),
    ];
    if person.in_credit {
        entries.push(entry("credit-bars", json!({ "name": name, "bars_in_force": 0 })));
    }
    entries.push(entry("continuing-education", credits(person, person.credits, today)?));
    if let Some(ends_in) = person.ends_in {
        entries.push(entry("pharmacist-registration", registration(person, ends_in, today)?));
    }
    Ok(entries)
}

/// The number of a pharmacist's qualification certificate.
pub(super) fn certificate(person: &Pharmacist, code: &str, today: Date) -> anyhow::Result<String> {
    let issued = today.checked_sub(person.certified_months.months())?;
    Ok(format!("演ZY{}{}", issued.year(), &code[12..17]))
}

/// The last day of a pharmacist's registration, as the form is prefilled with it.
pub(super) fn valid_to(person: &Pharmacist, today: Date) -> anyhow::Result<String> {
    day(today, person.ends_in.unwrap_or_default())
}

/// The credits of a pharmacist: of the term that runs, or of the years since the certificate.
fn credits(person: &Pharmacist, credits: i64, today: Date) -> anyhow::Result<Json> {
    let (from, to, required) = match person.ends_in {
        Some(ends_in) => (registered_on(ends_in, today)?.to_string(), day(today, ends_in)?, 75),
        None => {
            let years = i64::from(person.certified_months / 12);
            (today.checked_sub(person.certified_months.months())?.to_string(), today.to_string(), years.min(3) * 15)
        }
    };
    Ok(json!({
        "name": person.human.name, "period_from": from, "period_to": to, "credits": credits,
        "credits_required": required,
    }))
}

fn registration(person: &Pharmacist, ends_in: i32, today: Date) -> anyhow::Result<Json> {
    let code = person.human.code()?;
    Ok(json!({
        "name": person.human.name, "number": format!("演45{}", &code[6..17]), "category": "pharmacy", "scope": "trade",
        "region": person.pharmacy.region, "employer": person.pharmacy.code()?, "employer_name": person.pharmacy.name,
        "registered_on": registered_on(ends_in, today)?.to_string(), "valid_to": day(today, ends_in)?,
        "status": "valid",
    }))
}

/// A term is five years and ends the day before the same day of the month.
fn registered_on(ends_in: i32, today: Date) -> anyhow::Result<Date> {
    let end = today.checked_add(ends_in.days())?;
    Ok(end.checked_add(1.day())?.checked_sub(5.years())?)
}

/// So many days after the day on which the world is prepared, as registers write it.
pub(super) fn day(today: Date, days: i32) -> anyhow::Result<String> {
    Ok(today.checked_add(days.days())?.to_string())
}

/// Imports entries as whole extracts of every register: who is not in them is not registered.
pub(super) async fn import_whole(desk: &Desk<'_>, registers: &Registers, entries: &[Entry]) -> anyhow::Result<()> {
    for register in registers.iter() {
        let lines = entries.iter().filter(|e| e.register == register.id);
        let text = lines.map(|e| line(&e.subject, &e.body)).collect::<Result<Vec<_>, _>>()?.concat();
        let extract =
            Extract { register, format: Format::JsonLines, extent: Extent::Whole, as_of: desk.now(), text: &text };
        import(desk, &extract).await?;
    }
    Ok(())
}

/// Later credits of one pharmacist: the education body sends them after a notice.
pub(super) async fn add_credits(
    desk: &Desk<'_>,
    registers: &Registers,
    (person, total): (&Pharmacist, i64),
    today: Date,
) -> anyhow::Result<()> {
    let register = registers.get("continuing-education").context("no register of credits")?;
    let text = line(&person.human.code()?, &credits(person, total, today)?)?;
    let extract = Extract { register, format: Format::JsonLines, extent: Extent::Part, as_of: desk.now(), text: &text };
    import(desk, &extract).await
}

/// Every keeper sends its register again, as it is now: a register that is silent for a month is not believed, and the
/// demonstration should not grow old while nobody looks.
pub(crate) async fn send_again(desk: &Desk<'_>, registers: &Registers) -> anyhow::Result<()> {
    for register in registers.iter() {
        let records = record::all(desk.store, desk.shard, &register.id).await?;
        let lines = records.iter().map(|(subject, body)| line(subject, body)).collect::<Result<Vec<_>, _>>()?;
        let text = lines.concat();
        let extract =
            Extract { register, format: Format::JsonLines, extent: Extent::Whole, as_of: desk.now(), text: &text };
        import(desk, &extract).await?;
    }
    Ok(())
}

/// When the keepers sent their registers last.
pub(crate) async fn last_sent(desk: &Desk<'_>) -> anyhow::Result<Option<Moment>> {
    Ok(record::last_whole(desk.store, desk.shard).await?)
}

async fn import(desk: &Desk<'_>, extract: &Extract<'_>) -> anyhow::Result<()> {
    let done = register::import(desk, &Actor::Machine, extract, &mut |_| {}).await;
    done.map(drop).map_err(|error| match error {
        register::ImportError::Lines(lines) => {
            let lines: Vec<_> = lines.iter().map(ToString::to_string).collect();
            anyhow!("{}: {}", extract.register.id, lines.join("; "))
        }
        other => other.into(),
    })
}

fn line(subject: &str, body: &Json) -> anyhow::Result<String> {
    let body = body.as_object().context("a record is an object")?;
    let mut line = Map::from_iter([("subject".to_owned(), Json::from(subject))]);
    line.extend(body.clone());
    Ok(format!("{}\n", Json::from(line)))
}

//! The turn of a day: everything live is looked at once, page by page; what the rules say is raised, kept, or is over.
//!
//! Memory: an address costs its grants up to five, a file nothing; the rest is a page.

use std::collections::BTreeMap;

use kernel::{Date, Id, Moment};
use store::{CommitError, Conflict, Fault, Unit};

use super::super::decide::end_far_ahead;
use super::super::inspect::terms;
use super::super::quality::{ErrorRate, error_rates};
use super::super::terms::Terms;
use super::decide::{self, Grant, Signal, plain_address};
use super::record::{self, RUN, WARNING, Warning, WarningState};
use super::terms::{WarningKind, WarningTerms};
use crate::access::{Actor, Place};
use crate::approval::Desk;
use crate::catalog::Answer;
use crate::register::{self, Purpose, Viewer};

/// Grants of an address that are kept to be named.
const NAMED: usize = 5;
/// For so long back inspections say something of an officer.
const YEAR_MS: i64 = 366 * 24 * 3_600 * 1_000;
const BUSINESS: &str = "business-register";

/// Looks at everything, once a day. Gives how many warnings were raised or are over; nothing where it was done today.
///
/// # Errors
/// A fault of the database or of the catalogue.
pub async fn early(desk: &Desk<'_>) -> Result<usize, Fault> {
    let (store, shard, today) = (desk.store(), desk.base.shard, desk.base.now().date());
    let before = record::last_run(store, shard).await?;
    if before.is_some_and(|(_, day)| day >= today) {
        return Ok(0);
    }
    let known = terms(desk)?;
    let mut turn = Turn { desk, terms: &known, today, changed: 0 };
    let since = before.map_or(Moment::from_ms(0), |(_, day)| Moment::start_of(day));
    turn.grants().await?;
    turn.files(since).await?;
    turn.results().await?;
    turn.over().await?;
    let unit = desk.base.unit();
    let unit = match before {
        Some((version, _)) => unit.update(&RUN, vec![shard.into()], version, vec![("day", today.into())]),
        None => unit.insert(&RUN, vec![shard.into(), 1_i64.into(), today.into()]),
    };
    match store.commit(unit).await {
        // Another node of the office was at it in the same moment.
        Ok(_) | Err(CommitError::Conflict(_)) => Ok(turn.changed),
        Err(other) => Err(fault(other)),
    }
}

fn fault(error: CommitError) -> Fault {
    match error {
        CommitError::Fault(fault) => fault,
        CommitError::Stopped => Fault::Stopped,
        other => Fault::Misuse(other.to_string()),
    }
}

struct Turn<'a> {
    desk: &'a Desk<'a>,
    terms: &'a Terms,
    today: Date,
    changed: usize,
}

/// Holders of one item at one address.
#[derive(Default)]
struct Crowd {
    holders: Vec<Id>,
    some: Vec<Grant>,
}

impl Turn<'_> {
    fn rules(&self, kind: WarningKind) -> Vec<WarningTerms> {
        self.terms.rules.warnings.iter().filter(|rule| rule.kind == kind).cloned().collect()
    }

    /// Everything live, page by page.
    async fn grants(&mut self) -> Result<(), Fault> {
        let (store, shard) = (self.desk.store(), self.desk.base.shard);
        let mut crowds: BTreeMap<(String, String), Crowd> = BTreeMap::new();
        let mut after = String::new();
        loop {
            let page = record::live(store, shard, (self.today, &after)).await?;
            let Some(last) = page.last() else { break };
            after = last.licence.to_string();
            let mut signals = Vec::new();
            for rule in self.rules(WarningKind::Expiring) {
                let fits = page.iter().filter(|grant| rule.fits(&grant.item));
                signals.extend(fits.filter_map(|grant| decide::expiring(&rule, grant, self.today)));
            }
            for rule in self.rules(WarningKind::Understaffed) {
                for grant in page.iter().filter(|grant| rule.fits(&grant.item)) {
                    let people = record::people_of(store, &grant.code, self.today).await?;
                    let counted: u32 = rule.counted.iter().filter_map(|item| people.get(item)).sum();
                    signals.extend(decide::understaffed(&rule, grant, counted));
                }
            }
            signals.extend(self.dissolved(&page).await?);
            for grant in page {
                let Some(address) = grant.address.as_deref().map(plain_address).filter(|a| !a.is_empty()) else {
                    continue;
                };
                let crowd = crowds.entry((grant.item.clone(), address)).or_default();
                if !crowd.holders.contains(&grant.holder) {
                    crowd.holders.push(grant.holder);
                    if crowd.some.len() < NAMED {
                        crowd.some.push(grant);
                    }
                }
            }
            self.raise(signals).await?;
        }
        let mut signals = Vec::new();
        for rule in self.rules(WarningKind::Crowded) {
            let fits = crowds.iter().filter(|((item, _), _)| rule.fits(item));
            signals.extend(
                fits.filter_map(|((_, address), c)| decide::crowded(&rule, address, (&c.some, c.holders.len()))),
            );
        }
        self.raise(signals).await
    }

    /// Holders whose turn it is today are looked up in the business register; each look is logged like any other.
    async fn dissolved(&self, page: &[Grant]) -> Result<Vec<Signal>, Fault> {
        let mut signals = Vec::new();
        for rule in self.rules(WarningKind::Dissolved) {
            let turn =
                |grant: &&Grant| grant.is_company && rule.fits(&grant.item) && is_turn(grant.holder, &rule, self.today);
            for grant in page.iter().filter(turn) {
                signals.extend(self.looked_up(&rule, grant).await?);
            }
        }
        Ok(signals)
    }

    async fn looked_up(&self, rule: &WarningTerms, grant: &Grant) -> Result<Option<Signal>, Fault> {
        let place = Place { agency: &grant.agency, region: &grant.region, item: &grant.item };
        let parties = [grant.code.as_str()];
        let purpose = Purpose::Case { case: grant.case, number: &grant.number, place, parties: &parties };
        let viewer = Viewer { actor: &Actor::Machine, purpose };
        let asks = [(BUSINESS.to_owned(), grant.code.clone())];
        let read = register::read_and_log(&self.desk.base, self.desk.registers, &viewer, &asks).await?;
        let Some(Answer::Record { body, as_of, .. }) = read.into_iter().next().map(|reading| reading.answer) else {
            return Ok(None);
        };
        let status = body.get("status").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        Ok(decide::dissolved(rule, grant, (&status, as_of.date())))
    }

    /// Files that came since the last turn, held against all that came before.
    async fn files(&mut self, since: Moment) -> Result<(), Fault> {
        let rules = self.rules(WarningKind::Reused);
        let mut after = (since, String::new());
        loop {
            let page = record::files_since(self.desk.store(), (since, after)).await?;
            let Some((at, id, _)) = page.last() else { return Ok(()) };
            after = (*at, id.clone());
            for (.., hash) in &page {
                self.reused(&rules, hash).await?;
            }
        }
    }

    async fn reused(&mut self, rules: &[WarningTerms], hash: &str) -> Result<(), Fault> {
        let grants = record::grants_with(self.desk.store(), hash, self.today).await?;
        let numbers: Vec<String> = grants.iter().map(|grant| grant.number.clone()).collect();
        let Some(first) = grants.first() else { return Ok(()) };
        let fits = rules.iter().filter(|rule| rule.fits(&first.item));
        let signals = fits.filter_map(|rule| decide::reused(rule, hash, (first, &numbers))).collect();
        self.raise(signals).await
    }

    /// Officers, and conditions the machine judged, whose grants fail inspection.
    async fn results(&mut self) -> Result<(), Fault> {
        let mut signals = Vec::new();
        let since = self.desk.base.now().plus_ms(-YEAR_MS);
        let mut officers: BTreeMap<(Id, String), (record::Decided, ErrorRate)> = BTreeMap::new();
        for found in record::results_of_officers(self.desk.store(), since).await? {
            let (_, rate) = officers
                .entry((found.officer, found.item.clone()))
                .or_insert_with(|| (found.clone(), ErrorRate::default()));
            rate.looked += 1;
            rate.wrong += u32::from(found.wrong);
        }
        for rule in self.rules(WarningKind::OfficerFails) {
            let fits = officers.values().filter(|(of, _)| rule.fits(&of.item));
            signals.extend(fits.filter_map(|(of, rate)| {
                Some(Signal {
                    rule: rule.id.clone(),
                    subject: format!("{} {}", of.officer, of.item),
                    agency: of.agency.clone(),
                    region: of.region.clone(),
                    item: of.item.clone(),
                    about: of.name.clone(),
                    evidence: vec![decide::fails(&rule, rate)?],
                })
            }));
        }
        let rates = error_rates(self.desk.store(), self.desk.base.shard).await?;
        for rule in self.rules(WarningKind::RuleFails) {
            let fits = rates.iter().filter(|((item, _), _)| rule.fits(item));
            signals.extend(fits.filter_map(|((item, condition), rate)| self.condition(&rule, (item, condition), rate)));
        }
        self.raise(signals).await
    }

    fn condition(&self, rule: &WarningTerms, (item, condition): (&str, &str), rate: &ErrorRate) -> Option<Signal> {
        let evidence = decide::fails(rule, rate)?;
        let known = self.desk.catalog.item(item, self.today)?;
        // The agency that the item names answers for what its rules grant; the whole region's business.
        let power = &known.power;
        let by_role =
            power.deciding_role.as_deref().and_then(|role| self.desk.catalog.agency_with_role(role, &power.region));
        let agency = by_role.map_or_else(|| power.deciding_agency.clone(), |agency| agency.id.clone());
        let sentence = known.conditions.iter().find(|c| c.id == condition).map(|c| c.sentence.zh.clone());
        Some(Signal {
            rule: rule.id.clone(),
            subject: format!("{item} {condition}"),
            region: self.desk.catalog.agency(&agency).and_then(|a| a.region).map(|r| r.to_string()).unwrap_or_default(),
            agency,
            item: item.to_owned(),
            about: sentence.unwrap_or_else(|| condition.to_owned()),
            evidence: vec![evidence],
        })
    }

    /// Raises what is new, keeps what is known, and opens again what was over.
    async fn raise(&mut self, signals: Vec<Signal>) -> Result<(), Fault> {
        for signal in signals {
            let known = record::about(self.desk.store(), self.desk.base.shard, (&signal.rule, &signal.subject)).await?;
            let unit = match known {
                Some(known) if known.found_on == self.today => continue,
                Some(known) => self.again(known, signal)?,
                None => self.first(signal)?,
            };
            match self.desk.store().commit(unit).await {
                Ok(_) | Err(CommitError::Conflict(Conflict::Exists { .. } | Conflict::Changed { .. })) => {}
                Err(other) => return Err(fault(other)),
            }
        }
        Ok(())
    }

    fn due(&self, rule: &str) -> Option<Moment> {
        let rule = self.terms.rules.warnings.iter().find(|known| known.id == rule)?;
        end_far_ahead(&rule.answer, self.desk.base.now(), self.desk.catalog.calendar())
    }

    fn first(&mut self, signal: Signal) -> Result<Unit, Fault> {
        let now = self.desk.base.now();
        let warning = Warning {
            shard: self.desk.base.shard.to_owned(),
            version: 1,
            id: self.desk.base.id(),
            due_at: self.due(&signal.rule),
            rule: signal.rule,
            subject: signal.subject,
            agency: signal.agency,
            region: signal.region,
            item: signal.item,
            about: signal.about,
            evidence: signal.evidence,
            terms: self.terms.hash.clone(),
            raised_at: now,
            found_on: self.today,
            state: WarningState::Open,
            owner: None,
            owner_name: String::new(),
            note: String::new(),
            changed_at: now,
        };
        self.changed += 1;
        Ok(self.desk.base.unit().insert(&WARNING, warning.values()?))
    }

    /// Found again: what was handled stays so, what was over begins anew.
    fn again(&mut self, mut known: Warning, signal: Signal) -> Result<Unit, Fault> {
        known.found_on = self.today;
        known.evidence = signal.evidence;
        if known.state == WarningState::Over {
            known.state = WarningState::Open;
            known.raised_at = self.desk.base.now();
            known.due_at = self.due(&known.rule);
            known.owner = None;
            known.owner_name.clear();
            known.changed_at = known.raised_at;
            self.changed += 1;
        }
        Ok(self.desk.base.unit().update(&WARNING, known.key(), known.version, known.changes()?))
    }

    /// What was not found again is over; what is looked up in turns keeps until the next turn is past, a file for good.
    async fn over(&mut self) -> Result<(), Fault> {
        for rule in self.terms.rules.warnings.clone() {
            let before = match rule.kind {
                WarningKind::Reused => continue,
                WarningKind::Dissolved => self.today.saturating_sub(jiff::Span::new().days(i64::from(rule.threshold))),
                _ => self.today,
            };
            while self.ended(&rule.id, before).await? {}
        }
        Ok(())
    }

    /// Ends a page of what a rule has not found again; whether there was any.
    async fn ended(&mut self, rule: &str, before: Date) -> Result<bool, Fault> {
        let page = record::stale(self.desk.store(), (self.desk.base.shard, rule), before).await?;
        let any = !page.is_empty();
        for mut warning in page {
            warning.state = WarningState::Over;
            warning.changed_at = self.desk.base.now();
            self.changed += 1;
            let unit = self.desk.base.unit();
            let unit = unit.update(&WARNING, warning.key(), warning.version, warning.changes()?);
            match self.desk.store().commit(unit).await {
                // Whoever closed it in the same moment was first.
                Ok(_) | Err(CommitError::Conflict(_)) => {}
                Err(other) => return Err(fault(other)),
            }
        }
        Ok(any)
    }
}

/// Whether a holder's turn to be looked up is today: each once in as many days as the rule says.
fn is_turn(holder: Id, rule: &WarningTerms, today: Date) -> bool {
    let part = holder.to_string().bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    let day = i64::from(part % rule.threshold.max(1));
    let since = rules::Date::from_civil(today).epoch_days();
    since.rem_euclid(i64::from(rule.threshold.max(1))) == day
}

//! The list of a draw: whoever holds a live grant that the agency looks after, weighed by credit and risk; officers who are qualified;
//! and who must stay away from whom.

use std::collections::{BTreeMap, BTreeSet};

use evidence::draw::{Bar, Roll, RollError, Target, Why};
use kernel::{Date, Id};
use store::Fault;

use super::officer::Enforcer;
use super::record::{Draw, Grant, Holder, enforcers, grants, met};
use super::terms::DrawTerms;
use crate::access::{PartyKind, Place, Right, mask_name, staff, tie};
use crate::approval::Desk;
use crate::credit;

/// What could be drawn now.
pub(super) struct Pool {
    /// The list, or why it is none.
    pub(super) roll: Result<Roll, RollError>,
    /// Which party each target is.
    pub(super) holders: BTreeMap<String, Holder>,
}

/// A holder with everything he holds here.
struct Held {
    grants: Vec<Grant>,
}

impl Held {
    fn kind(&self) -> Option<PartyKind> {
        self.grants.first().and_then(|grant| PartyKind::from_word(&grant.kind))
    }
}

/// The list of a draw as it would be announced now.
pub(super) async fn pool(desk: &Desk<'_>, draw: &Draw, terms: &DrawTerms) -> Result<Pool, Fault> {
    let today = desk.base.now().date();
    let held = held(desk, draw, terms.most_targets).await?;
    let officers = fit(desk, draw, today).await?;
    let rules = credit::rules_now(desk.catalog, desk.base.now())?;
    let (mut targets, mut holders, mut ids) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
    for (party, held) in &held {
        let target = target(desk, (terms, &rules), (*party, held)).await?;
        let name = held.grants.first().map_or("", |grant| grant.name.as_str());
        let mask = mask_name(held.kind().unwrap_or(PartyKind::Person), name);
        holders.insert(target.id.clone(), Holder { party: *party, mask });
        ids.insert(*party, target.id.clone());
        targets.push(target);
    }
    let bars = bars(desk, draw, (terms, &held), (&ids, &officers)).await?;
    let roll = Roll::new(targets, officers.into_iter().map(|officer| officer.certificate).collect(), bars);
    Ok(Pool { roll, holders })
}

/// Whoever holds live grants in the draw's scope, with all of them; one more than the most, so that a list that is too long is noticed.
async fn held(desk: &Desk<'_>, draw: &Draw, most: u32) -> Result<BTreeMap<Id, Held>, Fault> {
    let today = desk.base.now().date();
    let mut found: BTreeMap<Id, Held> = BTreeMap::new();
    for item in &draw.items {
        let mut after = String::new();
        loop {
            let page = grants(desk.store(), (&draw.agency, item), (today, &after)).await?;
            let Some(last) = page.last() else { break };
            after = last.duty.to_string();
            for grant in page {
                found.entry(grant.party).or_insert_with(|| Held { grants: Vec::new() }).grants.push(grant);
            }
            if found.len() > most as usize {
                return Ok(found);
            }
        }
    }
    Ok(found)
}

/// The live grants of one party in the draw's scope, one for each case.
pub(super) async fn grants_of(desk: &Desk<'_>, draw: &Draw, parties: &BTreeSet<Id>) -> Result<Vec<Grant>, Fault> {
    let (today, mut seen) = (desk.base.now().date(), BTreeSet::new());
    let mut found = Vec::new();
    for item in &draw.items {
        let mut after = String::new();
        loop {
            let page = grants(desk.store(), (&draw.agency, item), (today, &after)).await?;
            let Some(last) = page.last() else { break };
            after = last.duty.to_string();
            found.extend(page.into_iter().filter(|g| parties.contains(&g.party) && seen.insert(g.case)));
        }
    }
    Ok(found)
}

/// Officers who are qualified and hold the right.
pub(super) async fn fit(desk: &Desk<'_>, draw: &Draw, today: Date) -> Result<Vec<Enforcer>, Fault> {
    let mut found = Vec::new();
    for officer in enforcers(desk.store(), &draw.agency).await? {
        if !officer.is_fit(&draw.items, today) {
            continue;
        }
        let scopes = staff::scopes(desk.store(), officer.account).await?;
        let covers = |item: &String| {
            let place = Place { agency: &draw.agency, region: &draw.region, item };
            scopes.allow(Right::HandleDuty, &place)
        };
        if draw.items.iter().all(covers) {
            found.push(officer);
        }
    }
    Ok(found)
}

/// A company goes by its code; a person by a number made for this draw.
async fn target(
    desk: &Desk<'_>,
    (terms, rules): (&DrawTerms, &credit::Rules),
    (party, held): (Id, &Held),
) -> Result<Target, Fault> {
    let (standing, _) = credit::standing_of(desk.store(), rules, (party, desk.base.now())).await?;
    let (class, weight) = credit::draw_weight(rules, &standing);
    let risks = held.grants.iter().filter_map(|grant| terms.risk(&grant.item));
    let risk = risks.max_by_key(|risk| risk.factor);
    let (risk, factor) = risk.map_or(("", 1), |risk| (risk.id.as_str(), risk.factor));
    let code = held.grants.first().filter(|_| held.kind() == Some(PartyKind::Company)).map(|grant| grant.code.clone());
    let id = code.unwrap_or_else(|| format!("p-{}", desk.base.id()));
    Ok(Target { id, class: format!("{class}-{risk}"), weight: weight.saturating_mul(factor) })
}

/// Who must not go where: an interest, or a meeting not long ago. Where both hold, the interest is written.
async fn bars(
    desk: &Desk<'_>,
    draw: &Draw,
    (terms, held): (&DrawTerms, &BTreeMap<Id, Held>),
    (ids, officers): (&BTreeMap<Id, String>, &[Enforcer]),
) -> Result<Vec<Bar>, Fault> {
    let today = desk.base.now().date();
    let mut of_code: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
    for (party, held) in held {
        for code in held.grants.iter().flat_map(|grant| grant.codes()) {
            of_code.entry(code).or_default().extend(ids.get(party));
        }
    }
    let mut barred: BTreeMap<(String, String), Why> = BTreeMap::new();
    for officer in officers {
        for code in tie::away_from(desk.store(), officer.account, today).await? {
            for target in of_code.get(code.as_str()).into_iter().flatten() {
                barred.insert(((*target).clone(), officer.certificate.clone()), Why::Recusal);
            }
        }
    }
    let since = today.saturating_sub(jiff::Span::new().months(i64::from(terms.recent_months)));
    let numbers: BTreeMap<Id, &String> = officers.iter().map(|o| (o.account, &o.certificate)).collect();
    for (party, accounts) in met(desk.store(), &draw.agency, since).await? {
        let Some(target) = ids.get(&party) else { continue };
        for number in accounts.iter().filter_map(|account| numbers.get(account)) {
            barred.entry((target.clone(), (*number).clone())).or_insert(Why::Recent);
        }
    }
    Ok(barred.into_iter().map(|((target, officer), why)| Bar { target, officer, why }).collect())
}

/// Of these officers, who must stay away from a holder now: tied to him since the list was made, or not to be sent any more.
pub(super) async fn dropped(
    desk: &Desk<'_>,
    grants: &[&Grant],
    (numbers, fit): (&[String], &[Enforcer]),
) -> Result<BTreeSet<String>, Fault> {
    let today = desk.base.now().date();
    let mut dropped = BTreeSet::new();
    for number in numbers {
        let Some(officer) = fit.iter().find(|officer| officer.certificate == *number) else {
            dropped.insert(number.clone());
            continue;
        };
        let away = tie::away_from(desk.store(), officer.account, today).await?;
        if grants.iter().flat_map(|grant| grant.codes()).any(|code| away.contains(code)) {
            dropped.insert(number.clone());
        }
    }
    Ok(dropped)
}

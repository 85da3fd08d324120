//! Which agency receives and decides a case, and where: three answers, never one.
//!
//! An item names its deciding agency, or a role and a level; then the agency that has the role on that level over the
//! case's place decides. A delegation may move the decision down. What cannot be told for sure is a doubt: the case
//! stays with an agency and goes to a person, it is never lost.

use std::sync::Arc;

use kernel::{Date, RegionCode, RegionLevel, Text};
use serde_json::{Map, Value};

use super::agencies::Wanted;
use super::agency::Agency;
use super::delegation::{Delegation, DelegationKind};
use super::facts::FactFrom;
use super::item::Item;
use super::snapshot::Catalog;

/// Who is responsible for a case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Responsible {
    /// Where the case lies: the code as the fact gave it, in its shortest form.
    pub region: String,
    /// Who receives it.
    pub receiving: String,
    /// Who decides it.
    pub deciding: String,
    /// The agency in whose name it is decided, where the deciding one is entrusted.
    pub in_name_of: Option<String>,
    /// The delegation that moved it down.
    pub delegation: Option<String>,
    /// Why a person must look whether this is the right agency.
    pub doubt: Option<Text>,
}

/// An item that came down to an agency.
#[derive(Clone, Debug)]
pub struct Decided {
    /// The item.
    pub item: Arc<Item>,
    /// Who decides it there.
    pub agency: String,
    /// In whose name, where it is entrusted.
    pub in_name_of: Option<String>,
    /// The delegation that brought it down.
    pub delegation: String,
}

/// An agency found, and the delegation by which the decision came to it.
struct Decider<'a> {
    agency: &'a Agency,
    entrusted_by: Option<&'a Agency>,
    delegation: Option<&'a Delegation>,
}

impl Catalog {
    /// Who is responsible for a case of `item` on a day. `place` is the region code its fact holds: `None` where nobody
    /// knows it (yet).
    pub fn responsible(&self, item: &Item, place: Option<&str>, on: Date) -> Responsible {
        let home = item.power.region.parse::<RegionCode>().ok();
        let (region, doubt) = match self.place(item, place, on) {
            Ok(region) => (region, None),
            Err(doubt) => (home, Some(doubt)),
        };
        let (holder, doubt) = self.holder(item, region, (doubt, on));
        let decider = holder.map(|agency| self.delegated(item, agency, region, on));
        let deciding = decider.as_ref().map_or_else(String::new, |d| d.agency.id.clone());
        Responsible {
            region: region.map_or_else(|| item.power.region.clone(), |r| r.to_string()),
            receiving: self.receiving(item, region, on).unwrap_or_else(|| deciding.clone()),
            deciding,
            in_name_of: decider.as_ref().and_then(|d| d.entrusted_by).map(|a| a.id.clone()),
            delegation: decider.as_ref().and_then(|d| d.delegation).map(|d| d.id.clone()),
            doubt,
        }
    }

    /// The agency at the top of an item's power, for lists that know no case: the one it names, or the one with its role
    /// over the whole of its region.
    pub fn offering(&self, item: &Item) -> Option<&Agency> {
        let home = item.power.region.parse().ok()?;
        match &item.power.deciding_role {
            None => self.agency(&item.power.deciding_agency),
            Some(role) => self.agencies.nearest(&Wanted { role, level: None, on: None }, home),
        }
    }

    /// The agency that reviews a case of `item` first, where the law wants one below to: the nearest at the case's place.
    pub fn first_reviewer(&self, item: &Item, region: &str, on: Date) -> Option<&Agency> {
        let first = item.first_review.as_ref()?;
        self.agencies.nearest(&Wanted { role: &first.role, level: first.level, on: Some(on) }, region.parse().ok()?)
    }

    /// The items that an agency of exactly this region decides on a day because power came down to it: what a township may
    /// decide. By the same rule as a case of this place, so the page says what the counter does. A village has none.
    pub fn decided_at(&self, region: RegionCode, on: Date) -> Vec<Decided> {
        let place = region.to_string();
        let decided = |item: &Arc<Item>| {
            let found = self.responsible(item, Some(&place), on);
            let here = self.agency(&found.deciding).is_some_and(|a| a.region == Some(region));
            let delegation =
                found.delegation.filter(|_| here && found.doubt.is_none() && item.region_fact.is_some())?;
            Some(Decided { item: Arc::clone(item), agency: found.deciding, in_name_of: found.in_name_of, delegation })
        };
        self.items(on).filter_map(decided).collect()
    }

    /// Every agency that may decide or receive an item somewhere, without delegations.
    pub(super) fn empowered(&self, item: &Item) -> Vec<&Agency> {
        let power = &item.power;
        let by_id = [&power.deciding_agency, &power.receiving_agency];
        let by_role = |a: &&Agency| {
            power
                .deciding_role
                .as_ref()
                .is_some_and(|role| a.has_role(role) && power.level.is_none_or(|l| l == a.level))
                || power.receiving_role.as_ref().is_some_and(|role| a.has_role(role))
        };
        self.agencies().filter(|a| by_id.contains(&&a.id) || by_role(a)).collect()
    }

    /// The case's region on that day: what the fact says, followed through splits and mergers.
    fn place(&self, item: &Item, place: Option<&str>, on: Date) -> Result<Option<RegionCode>, Text> {
        let home = item.power.region.parse::<RegionCode>().ok();
        if item.region_fact.is_none() {
            return Ok(home);
        }
        let unknown =
            || Text::new("办理地点不明，需人工确定承办机关", "the place is not known; a person finds the agency");
        let code: RegionCode = place.ok_or_else(unknown)?.parse().map_err(|_| unknown())?;
        let known = self.regions.heirs(code, on);
        match known[..] {
            [region] if home.is_none_or(|home| home.contains(region)) => Ok(Some(region)),
            [region] => Err(Text::new(
                format!("{region}不在本机关辖区内，需人工确定承办机关"),
                format!("{region} lies outside this authority's region; a person finds the agency"),
            )),
            [] => Err(unknown()),
            _ => Err(Text::new(
                format!("行政区划{code}已拆分，需人工确定现属何地"),
                format!("region {code} was split; a person says which part it is"),
            )),
        }
    }

    /// The agency that holds the power over a place. A place that is in doubt, or without such an agency, stays with the
    /// agency at the top.
    fn holder(
        &self,
        item: &Item,
        region: Option<RegionCode>,
        known: (Option<Text>, Date),
    ) -> (Option<&Agency>, Option<Text>) {
        let (doubt, on) = known;
        let Some(role) = &item.power.deciding_role else {
            return (self.agency(&item.power.deciding_agency), None);
        };
        if doubt.is_some() {
            return (self.offering(item), doubt);
        }
        let wanted = Wanted { role, level: item.power.level, on: Some(on) };
        match region.and_then(|region| self.agencies.nearest(&wanted, region)) {
            Some(agency) => (Some(agency), None),
            None => {
                let level = item.power.level.map_or_else(Text::default, RegionLevel::text);
                let doubt = Text::new(
                    format!("该地没有相应的{}承办机关，需人工确定", level.zh),
                    format!("no agency of {} level is responsible there; a person finds one", level.en),
                );
                (self.offering(item), Some(doubt))
            }
        }
    }

    /// Follows the delegations that are in force, downward. What is entrusted is not passed on.
    fn delegated<'a>(&'a self, item: &Item, holder: &'a Agency, region: Option<RegionCode>, on: Date) -> Decider<'a> {
        let mut found = Decider { agency: holder, entrusted_by: None, delegation: None };
        let Some(region) = region else { return found };
        // Power only moves down, so five levels end it.
        for _ in RegionLevel::ALL {
            let here = self.delegations.iter().filter(|d| d.from == found.agency.id && d.in_force(on));
            let here = here.filter(|d| d.items.contains(&item.id));
            let next = here.filter_map(|d| Some((d, d.delegate(&self.agencies, region, on)?)));
            let Some((delegation, agency)) = next.max_by_key(|(_, a)| a.level) else { return found };
            let entrusted_by = (delegation.kind == DelegationKind::Entrusted).then_some(found.agency);
            found = Decider { agency, entrusted_by, delegation: Some(delegation) };
            if entrusted_by.is_some() {
                return found;
            }
        }
        found
    }

    fn receiving(&self, item: &Item, region: Option<RegionCode>, on: Date) -> Option<String> {
        let by_role = |role: &String| {
            self.agencies.nearest(&Wanted { role, level: None, on: Some(on) }, region?).map(|a| a.id.clone())
        };
        let named = Some(&item.power.receiving_agency).filter(|id| !id.is_empty()).cloned();
        item.power.receiving_role.as_ref().and_then(by_role).or(named)
    }

    /// All delegations.
    pub fn delegations(&self) -> &[Delegation] {
        &self.delegations
    }
}

impl Item {
    /// The case's place as the form says it, where the form is where the item asks for it.
    pub fn place_in_form<'a>(&self, form: &'a Map<String, Value>) -> Option<&'a str> {
        let FactFrom::Form { field, .. } = &self.fact(self.region_fact.as_deref()?)?.from else { return None };
        form.get(field)?.as_str()
    }
}

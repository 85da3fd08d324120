//! The forest's part of the demonstration: farmers and nurseries, what the registers say about them, and who felled before
//! the story begins. Everybody is invented like the rest of this world; the villages are real places, nobody in them is meant.

use std::sync::Arc;

use affairs::access::MandateAct;
use affairs::approval::{self, Filing};
use anyhow::Context as _;
use jiff::ToSpan as _;
use kernel::{Date, FixedClock, Moment};
use serde_json::{Map, Value as Json, json};

use super::people::{Company, Human};
use super::records::Entry;
use super::settle::Settled;

const FELLING: &str = "fo-felling-small";

/// A forest farmer with a planted wood of his own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Farmer {
    /// How stories and the command line call the person.
    pub(super) key: &'static str,
    /// The person.
    pub(super) human: Human,
    /// The village (division code).
    region: &'static str,
    /// The parcel.
    parcel: &'static str,
    /// What grows there.
    species: &'static str,
    /// How much the person wants to fell, in whole cubic metres.
    volume: i64,
}

/// Her wood is hers, the county's quota is ample: granted.
pub(super) const PAN: Farmer = Farmer {
    key: "panxiuying",
    human: Human::new("潘秀英", (1968, 10, 9), 942),
    region: "450225101206",
    parcel: "演和睦-0017",
    species: "杉木",
    volume: 20,
};
/// Everything in order, but those before him have used up what his county may fell this year: a person answers.
pub(super) const SU: Farmer = Farmer {
    key: "suhaisheng",
    human: Human::new("苏海生", (1975, 4, 30), 943),
    region: "450502006201",
    parcel: "演翁山-0003",
    species: "桉树",
    volume: 18,
};
/// Those who were first: together they take the whole quota of 海城区, forty cubic metres in this demonstration.
const FIRST: [Farmer; 2] = [
    Farmer {
        key: "weiyongfu",
        human: Human::new("韦永福", (1971, 1, 22), 941),
        region: "450502006202",
        parcel: "演高农-0008",
        species: "桉树",
        volume: 28,
    },
    Farmer {
        key: "chengaiming",
        human: Human::new("陈爱明", (1983, 9, 3), 944),
        region: "450502006203",
        parcel: "演高菜-0011",
        species: "马尾松",
        volume: 12,
    },
];

/// 绿源苗圃, Wuming: its seedlings were inspected where they grow, a certificate comes at once.
pub(super) const LVYUAN: Company = Company {
    name: "绿源苗圃",
    head: "91450100",
    body: "DM000111",
    region: "450110102",
    address: "南宁市武鸣区太平镇演示路11号",
    agent: Human::new("黄苗", (1991, 5, 20), 946),
    owner: "黄绿源",
};
/// 南岭苗圃, Wuming: young, without an origin certificate; an inspector has to come.
pub(super) const NANLING: Company = Company {
    name: "南岭苗圃",
    head: "91450100",
    body: "DM000112",
    region: "450110103",
    address: "南宁市武鸣区双桥镇演示路12号",
    agent: Human::new("陆新苗", (1997, 2, 14), 948),
    owner: "陆南岭",
};

/// The names under which people of the forest sign in, and who they are.
pub(super) const LOGINS: [(&str, Human); 4] =
    [(PAN.key, PAN.human), (SU.key, SU.human), ("nursery", LVYUAN.agent), ("newnursery", NANLING.agent)];

const NURSERIES: [Company; 2] = [LVYUAN, NANLING];

fn farmers() -> impl Iterator<Item = &'static Farmer> {
    [&PAN, &SU].into_iter().chain(&FIRST)
}

/// Lets everybody move in. The nurseries' agents apply for them.
pub(super) async fn settle(settled: &mut Settled, desk: &affairs::access::Desk<'_>) -> anyhow::Result<()> {
    for farmer in farmers() {
        settled.citizen(desk, &farmer.human).await?;
    }
    for nursery in &NURSERIES {
        settled.company(desk, nursery, &[MandateAct::View, MandateAct::File]).await?;
    }
    Ok(())
}

/// What the registers say on the world's first day.
pub(super) fn first_day(today: Date) -> anyhow::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for farmer in farmers() {
        entries.extend(farmer.entries(today)?);
    }
    for nursery in &NURSERIES {
        entries.extend(of_nursery(nursery, today)?);
    }
    entries.push(origin_certificate(&LVYUAN, today)?);
    Ok(entries)
}

fn day(today: Date, days: i32) -> anyhow::Result<String> {
    Ok(today.checked_add(days.days())?.to_string())
}

fn of_nursery(nursery: &Company, today: Date) -> anyhow::Result<[Entry; 2]> {
    let code = nursery.code()?;
    let business = json!({
        "name": nursery.name, "status": "open", "legal_representative": nursery.owner, "address": nursery.address,
        "region": nursery.region, "established_on": day(today, -900)?, "scope": "林木种苗生产经营",
    });
    let place = json!({
        "name": nursery.name, "place": nursery.address, "region": nursery.region, "place_clear": true,
        "county_infested": false, "inspected_on": day(today, -20)?,
    });
    Ok([Entry::new("business-register", &code, business), Entry::new("quarantine-place", &code, place)])
}

fn origin_certificate(nursery: &Company, today: Date) -> anyhow::Result<Entry> {
    let certificate = json!({
        "name": nursery.name, "number": "演产检0001", "kind": "seedling", "species": "杉木", "quantity": 50_000,
        "counted_on": day(today, -10)?, "valid_to": day(today, 200)?, "status": "valid",
    });
    Ok(Entry::new("origin-quarantine", &nursery.code()?, certificate))
}

impl Farmer {
    fn certificate(&self) -> anyhow::Result<String> {
        Ok(format!("演林证{}", &self.human.code()?[6..17]))
    }

    fn entries(&self, today: Date) -> anyhow::Result<[Entry; 3]> {
        let (code, name) = (self.human.code()?, self.human.name);
        let rights = json!({
            "name": name, "certificate": self.certificate()?, "right": "contracted", "parcel": self.parcel,
            "region": self.region, "area_mu": 12, "valid_to": day(today, 11_000)?, "status": "registered",
            "disputed": false,
        });
        let stand = json!({
            "parcel": self.parcel, "origin": "planted", "class": "commercial", "growth": "trees",
            "species": self.species, "closed": false, "nature_reserve": false, "unremedied": false,
        });
        let credit = json!({ "name": name, "serious_records": 0, "broken_commitment": false });
        Ok([
            Entry::new("forest-rights", &code, rights),
            Entry::new("forest-stand", &code, stand),
            Entry::new("commitment-credit", &code, credit),
        ])
    }

    /// The form as the person fills it in on this day.
    pub(super) fn form(&self, today: Date) -> anyhow::Result<Map<String, Json>> {
        let year = today.year();
        let form = json!({
            "name": self.human.name, "citizen_id": self.human.code()?, "certificate": self.certificate()?,
            "parcel": self.parcel, "object": "stand", "species": self.species, "volume": self.volume, "area_mu": 3,
            "method": "clear", "finish_by": format!("{year}-12-31"), "regrowth": "planting",
            "replant_by": format!("{}-12-31", year + 1), "way": "commitment", "phone": "13800138000",
            "commitment": true, "truthful": true,
        });
        form.as_object().cloned().context("a form is an object")
    }
}

/// Those who were first file, a little before the story begins. Gives how many cases there were.
pub(super) async fn earlier(
    desk: &approval::Desk<'_>,
    settled: &Settled,
    clock: &Arc<FixedClock>,
    now: Moment,
) -> anyhow::Result<usize> {
    for (farmer, minutes) in FIRST.iter().zip([125, 96]) {
        let at = now.plus_ms(-minutes * 60_000);
        clock.set(at);
        let (actor, form) = (settled.human(&farmer.human)?, farmer.form(at.date())?);
        let key = format!("forest-{}", farmer.key);
        let filing = Filing { item: FELLING, form: &form, channel: "online", key: &key, draft: None };
        approval::file(desk, &actor, &filing).await.with_context(|| farmer.key)?;
    }
    Ok(FIRST.len())
}

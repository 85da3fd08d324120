//! The hospital's part of the demonstration: nurses, the hospitals that employ them, and a pharmacy that wants to open.
//! Everybody is invented like the rest of this world; the hospitals' codes are made up.

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

const FIRST: &str = "he-nurse-first";
const RENEW: &str = "he-nurse-renew";
const CHANGE: &str = "he-nurse-change";

/// 邕江人民医院, Nanning: licensed by the city.
pub(super) const YONGJIANG: Hospital = Hospital {
    company: Company {
        name: "邕江人民医院",
        head: "12450100",
        body: "DM000121",
        region: "450103",
        address: "南宁市青秀区演示路21号",
        agent: Human::new("蒙护", (1982, 4, 9), 950),
        owner: "邓仁心",
    },
    registry: "450100",
};
/// 柳江人民医院, Liuzhou: licensed by the city.
pub(super) const LIUJIANG: Hospital = Hospital {
    company: Company {
        name: "柳江人民医院",
        head: "12450200",
        body: "DM000122",
        region: "450203",
        address: "柳州市鱼峰区演示路22号",
        agent: Human::new("覃安", (1986, 6, 16), 951),
        owner: "温如玉",
    },
    registry: "450200",
};
/// 青山大药房, Nanning: not open yet. Its shop has been inspected; the machine reports, a person decides.
pub(super) const QINGSHAN: Company = Company {
    name: "青山大药房",
    head: "91450100",
    body: "DM000123",
    region: "450103",
    address: "南宁市青秀区演示路23号",
    agent: Human::new("方青", (1990, 12, 1), 953),
    owner: "方青山",
};

const HOSPITALS: [Hospital; 2] = [YONGJIANG, LIUJIANG];

/// A medical institution.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Hospital {
    /// The company.
    pub(super) company: Company,
    /// Region of the authority that licensed it.
    registry: &'static str,
}

/// A nurse, and what the registers say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nurse {
    /// How stories and the command line call the person.
    pub(super) key: &'static str,
    /// The person.
    pub(super) human: Human,
    /// What the person applies for.
    pub(super) item: &'static str,
    /// Where the person is registered; `None`: nowhere yet.
    registered: Option<Hospital>,
    /// Whom the form names.
    pub(super) employer: Hospital,
    /// In how many days the registration ends.
    ends_in: i32,
    /// How many days ago the health check was.
    examined: i32,
}

/// Passed the examination in summer: granted as soon as the hospital confirms.
pub(super) const HUANG: Nurse = nurse("huangxiaomei", Human::new("黄晓梅", (2003, 3, 14), 952), FIRST);
/// Her health check is too old: one notice.
pub(super) const LIANG: Nurse =
    Nurse { examined: 215, ..nurse("liangting", Human::new("梁婷", (1994, 7, 22), 954), RENEW) };
/// Twenty days are left, thirty are the law's: a person looks, nobody refuses.
pub(super) const WEI: Nurse =
    Nurse { ends_in: 20, ..nurse("weixiulan", Human::new("韦秀兰", (1979, 11, 8), 956), RENEW) };
/// Moves from Liuzhou to Nanning: granted, and the former registry hears of it.
pub(super) const CHEN: Nurse = Nurse {
    registered: Some(LIUJIANG),
    ends_in: 800,
    ..nurse("chenli", Human::new("陈丽", (1996, 9, 25), 958), CHANGE)
};

/// Those who were here a little before the story begins, and how many minutes before.
const EARLIER: [(Nurse, i64); 3] = [
    (nurse("luochunmei", Human::new("罗春梅", (2002, 2, 11), 960), FIRST), 45),
    (Nurse { examined: 190, ..nurse("ganxiaoyan", Human::new("甘小燕", (1991, 1, 5), 962), RENEW) }, 33),
    (Nurse { ends_in: 12, ..nurse("taohui", Human::new("陶惠", (1985, 8, 18), 964), RENEW) }, 21),
];

const fn nurse(key: &'static str, human: Human, item: &'static str) -> Nurse {
    let registered = if matches!(item.as_bytes(), b"he-nurse-first") { None } else { Some(YONGJIANG) };
    Nurse { key, human, item, registered, employer: YONGJIANG, ends_in: 75, examined: 40 }
}

/// The names under which people of this part sign in, and who they are.
pub(super) const LOGINS: [(&str, Human); 6] = [
    (HUANG.key, HUANG.human),
    (LIANG.key, LIANG.human),
    (WEI.key, WEI.human),
    (CHEN.key, CHEN.human),
    ("hospital", YONGJIANG.company.agent),
    ("qingshan", QINGSHAN.agent),
];

fn nurses() -> impl Iterator<Item = Nurse> {
    [HUANG, LIANG, WEI, CHEN].into_iter().chain(EARLIER.iter().map(|(nurse, _)| *nurse))
}

/// Lets everybody move in. The hospitals' agents confirm, the pharmacy's applies.
pub(super) async fn settle(settled: &mut Settled, desk: &affairs::access::Desk<'_>) -> anyhow::Result<()> {
    for nurse in nurses() {
        settled.citizen(desk, &nurse.human).await?;
    }
    for hospital in &HOSPITALS {
        settled.company(desk, &hospital.company, &[MandateAct::View, MandateAct::Confirm]).await?;
    }
    settled.company(desk, &QINGSHAN, &[MandateAct::View, MandateAct::File]).await
}

/// What the registers say on the world's first day.
pub(super) fn first_day(today: Date) -> anyhow::Result<Vec<Entry>> {
    let mut entries = Vec::from(of_shop(today)?);
    for hospital in &HOSPITALS {
        entries.push(hospital.entry(today)?);
    }
    for nurse in nurses() {
        entries.extend(nurse.entries(today)?);
    }
    Ok(entries)
}

fn day(today: Date, days: i32) -> anyhow::Result<String> {
    Ok(today.checked_add(days.days())?.to_string())
}

/// The company is in business, its shop was agreed to and inspected by two officers.
fn of_shop(today: Date) -> anyhow::Result<[Entry; 2]> {
    let code = QINGSHAN.code()?;
    let business = json!({
        "name": QINGSHAN.name, "status": "open", "legal_representative": QINGSHAN.owner, "address": QINGSHAN.address,
        "region": QINGSHAN.region, "established_on": day(today, -120)?, "scope": "药品零售",
    });
    let acceptance = json!({
        "name": QINGSHAN.name, "address": QINGSHAN.address, "region": QINGSHAN.region, "preparation": "agreed",
        "inspected_on": day(today, -6)?, "officers": 2, "pharmacist": true, "premises": true, "quality": true,
        "rules": true,
    });
    Ok([Entry::new("business-register", &code, business), Entry::new("drug-site-acceptance", &code, acceptance)])
}

impl Hospital {
    fn entry(&self, today: Date) -> anyhow::Result<Entry> {
        let (company, code) = (&self.company, self.company.code()?);
        let record = json!({
            "name": company.name, "number": format!("演PDY{}", &code[10..16]), "kind": "general_hospital",
            "basis": "licensed", "registry_region": self.registry, "address": company.address,
            "region": company.region, "valid_to": day(today, 2_000)?, "status": "valid",
        });
        Ok(Entry::new("medical-institution", &code, record))
    }
}

impl Nurse {
    fn entries(&self, today: Date) -> anyhow::Result<Vec<Entry>> {
        let (code, name) = (self.human.code()?, self.human.name);
        let person =
            json!({ "name": name, "birth_date": self.human.birth_date().to_string(), "capacity_ruling": "none" });
        let check = json!({
            "name": name, "examined_on": day(today, -self.examined)?, "institution": "演示体检中心", "conclusion": "fit",
        });
        let mut entries = vec![
            Entry::new("population", &code, person),
            Entry::new("health-check", &code, check),
            Entry::new("credit-bars", &code, json!({ "name": name, "bars_in_force": 0 })),
        ];
        match &self.registered {
            Some(hospital) => entries.push(self.registration(hospital, today)?),
            None => entries.extend(self.qualification(today)?),
        }
        Ok(entries)
    }

    fn registration(&self, hospital: &Hospital, today: Date) -> anyhow::Result<Entry> {
        let code = self.human.code()?;
        let end = today.checked_add(self.ends_in.days())?;
        let record = json!({
            "name": self.human.name, "number": number(&code), "employer": hospital.company.code()?,
            "employer_name": hospital.company.name, "region": hospital.company.region,
            "registry_region": hospital.registry,
            "registered_on": end.checked_add(1.day())?.checked_sub(5.years())?.to_string(),
            "valid_to": end.to_string(), "status": "valid",
        });
        Ok(Entry::new("nurse-registration", &code, record))
    }

    /// Diploma with internship, and the examination five months ago.
    fn qualification(&self, today: Date) -> anyhow::Result<[Entry; 2]> {
        let (code, name) = (self.human.code()?, self.human.name);
        let education = json!({
            "name": name, "diploma": format!("演护学{}", &code[6..17]), "school": "演示卫生职业学院",
            "major": "nursing", "mode": "full_time", "years": 3, "graduated_on": day(today, -140)?, "status": "valid",
            "internship_months": 9, "internship_hospital": "general",
        });
        let exam = json!({
            "name": name, "certificate": format!("演护考{}", &code[6..17]), "passed_on": day(today, -150)?,
            "result": "passed",
        });
        Ok([Entry::new("nursing-education", &code, education), Entry::new("nurse-exam", &code, exam)])
    }

    /// The form as the person fills it in; what the registers know stands there already.
    pub(super) fn form(&self, today: Date) -> anyhow::Result<Map<String, Json>> {
        let code = self.human.code()?;
        let mut form = json!({
            "name": self.human.name, "citizen_id": code, "employer": self.employer.company.code()?,
            "phone": "13800138000", "truthful": true,
        });
        let more = if self.registered.is_some() {
            json!({ "registration_number": number(&code), "valid_to": day(today, self.ends_in)? })
        } else {
            json!({})
        };
        let (Some(form), Some(more)) = (form.as_object_mut(), more.as_object()) else { return Ok(Map::new()) };
        form.extend(more.clone());
        Ok(form.clone())
    }
}

/// The code of the hospital of the stories, for whoever has to type it.
pub(crate) fn hospital_code() -> anyhow::Result<String> {
    Ok(YONGJIANG.company.code()?)
}

fn number(code: &str) -> String {
    format!("演45{}", &code[6..17])
}

/// Three nurses file and the hospital confirms, a little before the story begins: one is granted, one is told what to mend,
/// one waits for a person. Gives how many cases there were.
pub(super) async fn earlier(
    desk: &approval::Desk<'_>,
    settled: &Settled,
    clock: &Arc<FixedClock>,
    now: Moment,
) -> anyhow::Result<usize> {
    for (nurse, minutes) in &EARLIER {
        let at = now.plus_ms(-minutes * 60_000);
        clock.set(at);
        let (actor, form) = (settled.human(&nurse.human)?, nurse.form(now.date())?);
        let key = format!("health-{}", nurse.key);
        let filing = Filing { item: nurse.item, form: &form, channel: "online", key: &key, draft: None };
        let case = approval::file(desk, &actor, &filing).await.with_context(|| nurse.key)?;
        clock.set(at.plus_ms(7 * 60_000));
        let agent = settled.agent(&nurse.employer.company.code()?)?;
        approval::confirm(desk, &agent, case.id).await.with_context(|| nurse.key)?;
    }
    Ok(EARLIER.len())
}

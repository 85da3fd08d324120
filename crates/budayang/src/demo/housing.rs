//! Builders, their safety staff and two eateries: one for each way in which an application may come out. All of them are
//! invented; what is not said in a comment is in order.

use std::sync::Arc;

use affairs::access::{self, MandateAct};
use affairs::approval::{self, Desk, Filing};
use affairs::register::Registers;
use anyhow::Context as _;
use jiff::ToSpan as _;
use kernel::code::CodeError;
use kernel::{Date, FixedClock, Moment};
use serde_json::{Map, Value as Json, json};

use super::people::{Company, Human};
use super::records::{self, Entry, day};
use super::settle::Settled;

const fn company(name: &'static str, body: &'static str, agent: Human, owner: &'static str) -> Company {
    Company {
        name, head: "91450100", body, region: "450107", address: "南宁市西乡塘区演示路11号", agent, owner
    }
}

/// 红水河, a builder: the employer of the safety staff.
pub(super) const HONGSHUI: Company =
    company("演示红水河建筑工程有限公司", "DM000201", Human::new("莫建国", (1979, 4, 2), 951), "卢晓岚");
const ZUOJIANG: Company =
    company("演示左江建设工程有限公司", "DM000202", Human::new("甘露", (1986, 8, 19), 952), "甘立成");
const LONGJIANG: Company =
    company("演示龙江建筑安装有限公司", "DM000203", Human::new("龙海", (1983, 11, 27), 953), "龙承志");
const QIANJIANG: Company =
    company("演示黔江建工有限公司", "DM000206", Human::new("韦东升", (1981, 3, 3), 959), "岑永年");
/// 桂花米粉店: its premises were seen and found good.
pub(super) const MIFEN: Company =
    company("演示桂花米粉店", "DM000204", Human::new("阮小梅", (1991, 2, 14), 954), "阮小梅");
/// 老友粉店: nobody has seen its premises yet.
pub(super) const LAOYOU: Company =
    company("演示老友粉店", "DM000205", Human::new("邓大勇", (1989, 6, 30), 955), "邓大勇");
/// 新康大药房: wants to open, and to sell herbal tea; three agencies decide.
pub(super) const XINKANG: Company =
    company("演示新康大药房", "DM000207", Human::new("苏荷", (1992, 3, 8), 963), "苏荷");

const WEI: Human = Human::new("韦立方", (1988, 5, 4), 956);
const PAN: Human = Human::new("潘国强", (1982, 9, 23), 957);
const TANG: Human = Human::new("唐秋月", (1985, 7, 8), 960);
const MO: Human = Human::new("莫天成", (1977, 12, 1), 961);
const MENG: Human = Human::new("蒙小燕", (1990, 1, 16), 958);

const LICENCE: &str = "hc-safety-licence-renew";
const STAFF_RENEW: &str = "hc-safety-staff-renew";

/// Companies; the agent of each files and confirms for it.
const COMPANIES: [Company; 7] = [HONGSHUI, ZUOJIANG, LONGJIANG, QIANJIANG, MIFEN, LAOYOU, XINKANG];

/// Who signs in under which name.
pub(super) const LOGINS: [(&str, Human); 9] = [
    ("hongshui", HONGSHUI.agent),
    ("zuojiang", ZUOJIANG.agent),
    ("longjiang", LONGJIANG.agent),
    ("mifen", MIFEN.agent),
    ("laoyou", LAOYOU.agent),
    ("newpharmacy", XINKANG.agent),
    ("weilifang", WEI),
    ("panguoqiang", PAN),
    ("mengxiaoyan", MENG),
];

/// Lets everybody move in.
pub(super) async fn settle(settled: &mut Settled, desk: &access::Desk<'_>) -> anyhow::Result<()> {
    for company in &COMPANIES {
        settled.company(desk, company, &[MandateAct::View, MandateAct::File, MandateAct::Confirm]).await?;
    }
    for person in &STAFF {
        settled.citizen(desk, &person.human).await?;
    }
    Ok(())
}

/// What the registers say about a builder.
pub(super) struct Builder {
    /// The company.
    pub(super) company: Company,
    /// Whom the qualification certificate still names as its legal representative, and how many days ago that changed.
    before: Option<(&'static str, i32)>,
    /// Full-time safety officers.
    officers: i64,
    /// Fatal accidents in the term.
    accidents: i64,
}

pub(super) const BUILDERS: [Builder; 4] = [
    // Nothing: the new legal representative goes into the certificate, the work-safety licence is extended.
    Builder { company: HONGSHUI, before: Some(("陆定山", 12)), officers: 4, accidents: 0 },
    // A second-grade general contractor needs three safety officers: one notice. The certificate needs no change.
    Builder { company: ZUOJIANG, before: None, officers: 2, accidents: 0 },
    // Somebody died on a site, and the change is more than a month old: a person looks at both.
    Builder { company: LONGJIANG, before: Some(("龙承业", 45)), officers: 3, accidents: 1 },
    // Was extended before the story begins.
    Builder { company: QIANJIANG, before: None, officers: 3, accidents: 0 },
];

/// What the registers say about one of the safety staff; all of them are with 红水河.
pub(super) struct Safety {
    /// The person.
    pub(super) human: Human,
    class: &'static str,
    /// Training by the authority.
    trained: bool,
    /// Penalties in the term.
    penalties: i64,
}

pub(super) const STAFF: [Safety; 5] = [
    // Nothing: renewed as soon as the employer confirms.
    Safety { human: WEI, class: "C", trained: true, penalties: 0 },
    // A project leader who is no registered constructor and has not been trained: one notice.
    Safety { human: PAN, class: "B", trained: false, penalties: 0 },
    // A penalty in the term: a person looks.
    Safety { human: MENG, class: "C", trained: true, penalties: 1 },
    // Two who applied before the story begins: one was renewed, the other waits for an officer.
    Safety { human: TANG, class: "C", trained: true, penalties: 0 },
    Safety { human: MO, class: "A", trained: true, penalties: 1 },
];

/// Days to the end of the builders' qualification certificates.
const CERTIFICATE_ENDS_IN: i32 = 1_025;
/// Their registered capital, in yuan.
const CAPITAL_YUAN: i64 = 50_000_000;
/// Days to the end of the builders' work-safety licences: within the half year, before the last three months.
const LICENCE_ENDS_IN: i32 = 130;
/// Days to the end of the staff's certificates: within the last three months, before the last thirty days.
const STAFF_ENDS_IN: i32 = 60;

/// What the registers say about them on the day on which the world is prepared.
pub(super) fn first_day(today: Date) -> anyhow::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for builder in &BUILDERS {
        entries.extend(of_builder(builder, today)?);
    }
    for person in &STAFF {
        entries.extend(of_staff(person, today)?);
    }
    for eatery in [MIFEN, LAOYOU] {
        entries.push(entry("business-register", &eatery, business(&eatery, "餐饮服务", today)?)?);
    }
    entries.push(entry("business-register", &XINKANG, business(&XINKANG, "药品零售", today)?)?);
    // The other eatery waits for the check of its premises.
    let check = json!({
        "name": MIFEN.name, "address": MIFEN.address, "checked_on": day(today, -3)?, "officers": 2, "finding": "passed",
    });
    entries.push(entry("food-site-check", &MIFEN, check)?);
    Ok(entries)
}

fn entry(register: &'static str, company: &Company, body: Json) -> Result<Entry, CodeError> {
    Ok(Entry::new(register, &company.code()?, body))
}

fn business(company: &Company, scope: &str, today: Date) -> anyhow::Result<Json> {
    Ok(json!({
        "name": company.name, "status": "open", "legal_representative": company.owner, "address": company.address,
        "region": company.region, "established_on": day(today, -4_000)?, "scope": scope,
    }))
}

fn of_builder(builder: &Builder, today: Date) -> anyhow::Result<[Entry; 6]> {
    let company = &builder.company;
    let (head, since) = builder.before.unwrap_or((company.owner, 4_000));
    let old = day(today, -4_000)?;
    let change = json!({
        "changed_on": day(today, -since)?, "changed": ["法定代表人"], "name_since": old, "address_since": old,
        "legal_representative_since": day(today, -since)?, "capital_yuan": CAPITAL_YUAN, "capital_since": old,
    });
    let qualification = json!({
        "name": company.name, "number": builder.certificate()?, "issued_by": "region",
        "authority_region": "450000",
        "category": "general", "grade": "second", "qualifications": ["建筑工程施工总承包二级"],
        "legal_representative": head, "address": company.address, "capital_yuan": CAPITAL_YUAN, "region": company.region,
        "valid_from": day(today, -800)?, "valid_to": day(today, CERTIFICATE_ENDS_IN)?, "status": "valid",
    });
    let from = term_from(LICENCE_ENDS_IN, today)?;
    let licence = json!({
        "name": company.name, "number": builder.number()?, "legal_representative": head,
        "address": company.address, "region": company.region, "scope": "建筑施工", "valid_from": from,
        "valid_to": day(today, LICENCE_ENDS_IN)?, "status": "valid",
    });
    let record = json!({
        "name": company.name, "counted_from": from, "fatal_accidents": builder.accidents, "safety_penalties": 0,
    });
    let staff = json!({
        "name": company.name, "legal_representative_class_a": true, "project_leaders": 3,
        "full_time_officers": builder.officers,
    });
    Ok([
        entry("business-register", company, business(company, "建筑工程施工", today)?)?,
        entry("business-change", company, change)?,
        entry("construction-qualification", company, qualification)?,
        entry("construction-safety-licence", company, licence)?,
        entry("construction-safety-record", company, record)?,
        entry("construction-safety-staff", company, staff)?,
    ])
}

fn of_staff(person: &Safety, today: Date) -> anyhow::Result<[Entry; 4]> {
    let (code, name, employer) = (person.human.code()?, person.human.name, HONGSHUI.code()?);
    let from = term_from(STAFF_ENDS_IN, today)?;
    let certificate = json!({
        "name": name, "birth_date": person.human.birth_date().to_string(), "class": person.class,
        "number": person.number()?, "employer": employer,
        "employer_name": HONGSHUI.name, "region": HONGSHUI.region, "valid_from": from,
        "valid_to": day(today, STAFF_ENDS_IN)?, "status": "valid",
    });
    let entry = |register, body| Entry::new(register, &code, body);
    Ok([
        entry("safety-staff-certificate", certificate),
        entry(
            "safety-staff-record",
            json!({ "name": name, "counted_from": from, "penalties": person.penalties, "bad_records": 0 }),
        ),
        entry(
            "safety-training",
            json!({ "name": name, "enterprise_done": true, "authority_done": person.trained, "last_on": day(today, -90)? }),
        ),
        entry(
            "social-insurance",
            json!({
                "name": name, "employer": employer, "employer_name": HONGSHUI.name, "insured_since": day(today, -1_500)?,
                "status": "active",
            }),
        ),
    ])
}

/// The first day of a term of three years that ends in so many days.
fn term_from(ends_in: i32, today: Date) -> anyhow::Result<String> {
    let end = today.checked_add(ends_in.days())?;
    Ok(end.checked_add(1.day())?.checked_sub(3.years())?.to_string())
}

impl Builder {
    fn number(&self) -> Result<String, CodeError> {
        Ok(format!("演JZ安许证字{}", &self.company.code()?[10..16]))
    }

    /// The form for the change of the certificate, as it comes filled in from the business register.
    #[cfg(test)]
    pub(super) fn change(&self, today: Date) -> anyhow::Result<Map<String, Json>> {
        filled(json!({
            "enterprise_code": self.company.code()?, "certificate_number": self.certificate()?,
            "valid_to": day(today, CERTIFICATE_ENDS_IN)?, "name": self.company.name, "address": self.company.address,
            "legal_representative": self.company.owner, "capital_yuan": CAPITAL_YUAN,
            "contact_name": self.company.agent.name,
        }))
    }

    fn certificate(&self) -> Result<String, CodeError> {
        Ok(format!("演D245{}", &self.company.code()?[10..16]))
    }

    /// The form for the extension of the work-safety licence, as it comes filled in.
    pub(super) fn extension(&self, today: Date) -> anyhow::Result<Map<String, Json>> {
        filled(json!({
            "enterprise_code": self.company.code()?, "enterprise_name": self.company.name,
            "licence_number": self.number()?, "valid_to": day(today, LICENCE_ENDS_IN)?,
            "full_time_officers": self.officers, "contact_name": self.company.agent.name,
        }))
    }
}

impl Safety {
    fn number(&self) -> Result<String, CodeError> {
        Ok(format!("演建安{}{}", self.class, &self.human.code()?[8..17]))
    }

    /// The form for the renewal of the certificate, as it comes filled in.
    pub(super) fn renewal(&self, today: Date) -> anyhow::Result<Map<String, Json>> {
        filled(json!({
            "name": self.human.name, "citizen_id": self.human.code()?, "certificate_number": self.number()?,
            "class": self.class, "valid_to": day(today, STAFF_ENDS_IN)?, "employer": HONGSHUI.code()?,
        }))
    }
}

/// What every form asks at its end.
fn filled(mut form: Json) -> anyhow::Result<Map<String, Json>> {
    let form = form.as_object_mut().map(std::mem::take);
    let mut form = form.context("a form is an object")?;
    form.extend([("phone".to_owned(), "13800138000".into()), ("truthful".to_owned(), true.into())]);
    Ok(form)
}

/// The last cases before the story begins: a licence extended, a certificate renewed, one that waits for an officer. Gives
/// how many there were.
pub(super) async fn earlier(
    desk: &Desk<'_>,
    settled: &Settled,
    registers: &Registers,
    (clock, now): (&Arc<FixedClock>, Moment),
) -> anyhow::Result<usize> {
    let at = |minutes: i64| clock.set(now.plus_ms(-minutes * 60_000));
    // Accidents are believed for a week only, so their keepers have sent the registers again.
    at(84);
    records::send_again(&desk.base, registers).await?;
    let (today, [.., extended], [.., renewed, waits]) = (now.date(), &BUILDERS, &STAFF);
    at(81);
    let agent = settled.agent(&extended.company.code()?)?;
    let (key, form) = ("housing-extended", extended.extension(today)?);
    approval::file(desk, &agent, &Filing { item: LICENCE, form: &form, channel: "online", key, draft: None }).await?;
    let employer = settled.agent(&HONGSHUI.code()?)?;
    for (person, minutes) in [(waits, 71), (renewed, 58)] {
        at(minutes);
        let (key, form) = (format!("housing-{minutes}"), person.renewal(today)?);
        let filing = Filing { item: STAFF_RENEW, form: &form, channel: "online", key: &key, draft: None };
        let case = approval::file(desk, &settled.human(&person.human)?, &filing).await?;
        at(minutes - 6);
        approval::confirm(desk, &employer, case.id).await?;
    }
    Ok(3)
}

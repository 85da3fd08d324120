//! The month before the story begins: cases of other invented pharmacists, so that lists, statistics and log are not
//! empty. Every one of them went through the counter's own doors, with the clock set back; no row is written by hand.

use std::collections::BTreeMap;
use std::sync::Arc;

use affairs::access::{self, Actor, PersonActor, Right};
use affairs::approval::{self, Filing, Ruling, RulingDraft};
use affairs::register::Registers;
use affairs::supervision::{self, DutyState};
use anyhow::Context as _;
use kernel::{FixedClock, Id, Moment};
use serde_json::{Map, Value as Json, json};

use super::people::{Company, EARLIER, GUISHUI, LIUJIANG, Pharmacist};
use super::records;
use super::settle::Settled;

const FIRST: &str = "fd-pharmacist-first";
const RENEW: &str = "fd-pharmacist-renew";
const CHANGE: &str = "fd-pharmacist-change";
const CANCEL: &str = "fd-pharmacist-cancel";

/// What somebody did.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Sent an application.
    File(&'static str),
    /// The employer confirmed.
    Confirm,
    /// The employer said no, with this reason.
    Decline(&'static str),
    /// The education body registered more credits.
    Credits(i64),
    /// The applicant sent the application again after the notice.
    Resubmit,
    /// The applicant took it back.
    Withdraw(&'static str),
    /// The clerk decided, with these reasons.
    Rule(Ruling, &'static str),
    /// The inspector took on what there was to watch.
    Claim,
}

/// When, counted back from the moment the world is prepared.
#[derive(Clone, Copy, Debug)]
enum When {
    /// So many days before, at this hour and minute in China.
    Day(i64, i64, i64),
    /// So many minutes before.
    Minutes(i64),
}

use Step::{Confirm, Credits, Decline, File, Resubmit, Rule, Withdraw};
use When::{Day, Minutes};

/// The month, by person.
const MONTH: &[(&str, &[(When, Step)])] = &[
    ("moxiaolan", &[(Day(27, 21, 40), File(RENEW)), (Day(27, 21, 52), Confirm)]),
    ("liangzhiyuan", &[(Day(25, 10, 15), File(FIRST)), (Day(25, 10, 31), Confirm)]),
    ("weiguizhi", &[(Day(22, 1, 58), File(RENEW)), (Day(22, 2, 13), Confirm)]),
    ("lanbin", &[(Day(20, 22, 49), File(CHANGE)), (Day(20, 23, 5), Confirm)]),
    (
        "tanyue",
        &[
            (Day(16, 14, 30), File(RENEW)),
            (Day(16, 15, 4), Confirm),
            (Day(13, 9, 0), Credits(76)),
            (Day(13, 20, 10), Resubmit),
        ],
    ),
    ("sushilin", &[(Day(12, 6, 50), File(CANCEL))]),
    ("pengxiu", &[(Day(9, 22, 31), File(FIRST)), (Day(9, 22, 48), Confirm)]),
    (
        "huangzhen",
        &[
            (Day(8, 11, 20), File(RENEW)),
            (Day(8, 11, 45), Confirm),
            (Day(7, 10, 5), Rule(Ruling::Grant, "经与公共信用信息平台电话核实，申请人没有不予注册情形，准予延续。")),
        ],
    ),
    ("weidong", &[(Day(5, 19, 30), File(RENEW)), (Day(5, 19, 41), Confirm)]),
    ("luorong", &[(Day(4, 9, 12), File(CHANGE)), (Day(4, 16, 20), Decline("该药师尚未与本单位签订合同。"))]),
    ("hepeng", &[(Day(2, 21, 15), File(FIRST)), (Day(2, 21, 33), Confirm)]),
    ("nongmin", &[(Day(2, 8, 3), File(RENEW)), (Day(2, 8, 9), Withdraw("单位代码填错了，重新申请。"))]),
    ("banlin", &[(Minutes(26 * 60), File(RENEW)), (Minutes(26 * 60 - 14), Confirm)]),
    ("qinfang", &[(Minutes(19 * 60), File(RENEW)), (Minutes(19 * 60 - 9), Confirm)]),
    ("zhouhui", &[(Minutes(11 * 60), File(FIRST)), (Minutes(11 * 60 - 22), Confirm)]),
];

/// The last case of the month: again nongmin, this time with the right code.
const AGAIN: (&str, &[(When, Step)]) = ("nongmin", &[(Minutes(190), File(RENEW)), (Minutes(178), Confirm)]);

impl When {
    fn moment(self, now: Moment) -> Moment {
        const MINUTE_MS: i64 = 60_000;
        match self {
            Day(days, hour, minute) => {
                let midnight = Moment::start_of(now.date()).plus_ms(-days * 24 * 60 * MINUTE_MS);
                midnight.plus_ms((hour * 60 + minute) * MINUTE_MS)
            }
            Minutes(minutes) => now.plus_ms(-minutes * MINUTE_MS),
        }
    }
}

/// The telling of the month.
pub(super) struct Month<'a> {
    /// The desk at which everything happens.
    pub(super) desk: approval::Desk<'a>,
    /// The clock it reads.
    pub(super) clock: &'a Arc<FixedClock>,
    /// Who lives here.
    pub(super) settled: &'a Settled,
    /// The registers.
    pub(super) registers: &'a Registers,
    /// Now.
    pub(super) now: Moment,
}

impl Month<'_> {
    /// Lets the month happen, in the order of time. Gives how many cases there were.
    pub(super) async fn happen(&self) -> anyhow::Result<usize> {
        let stories = MONTH.iter().chain([&AGAIN]);
        let mut steps: Vec<(Moment, &str, Step)> = stories
            .flat_map(|(key, steps)| steps.iter().map(|(when, step)| (when.moment(self.now), *key, *step)))
            .collect();
        // On the morning after whatever may have granted something, before anything lights up.
        let mornings = steps.iter().map(|(at, key, _)| (morning_after(*at), *key, Step::Claim));
        let mornings: Vec<_> = mornings.filter(|(at, _, _)| *at < self.now).collect();
        steps.extend(mornings);
        steps.sort_by_key(|(at, _, _)| *at);
        let mut cases: BTreeMap<&str, Id> = BTreeMap::new();
        let mut filed = 0;
        for (at, key, step) in steps {
            self.clock.set(at);
            let person = EARLIER.iter().find(|p| p.key == key).context("the month names somebody who is not there")?;
            let told = || format!("{key}, {step:?}");
            if let File(item) = step {
                cases.insert(key, self.file(person, item).await.with_context(told)?);
                filed += 1;
            } else {
                let case = *cases.get(key).context("nothing was filed before")?;
                self.go_on(person, case, step).await.with_context(told)?;
            }
        }
        Ok(filed)
    }

    async fn file(&self, person: &Pharmacist, item: &str) -> anyhow::Result<Id> {
        let actor = self.settled.person(person)?;
        let form = self.form(person, item)?;
        let key = format!("month-{}-{}", person.key, self.desk.base.now());
        let filing = Filing { item, form: &form, channel: "online", key: &key, draft: None };
        Ok(approval::file(&self.desk, &actor, &filing).await?.id)
    }

    async fn go_on(&self, person: &Pharmacist, case: Id, step: Step) -> anyhow::Result<()> {
        let actor = self.settled.person(person)?;
        match step {
            File(_) => {}
            Confirm => drop(approval::confirm(&self.desk, &self.agent_of(case, person).await?, case).await?),
            Decline(reason) => {
                drop(approval::decline(&self.desk, &self.agent_of(case, person).await?, case, reason).await?);
            }
            Credits(total) => {
                records::add_credits(&self.desk.base, self.registers, (person, total), self.now.date()).await?;
            }
            Resubmit => drop(approval::resubmit(&self.desk, &actor, case, &self.form(person, RENEW)?).await?),
            Withdraw(reason) => drop(approval::withdraw(&self.desk, &actor, case, reason).await?),
            Rule(ruling, reasons) => self.rule(case, ruling, reasons).await?,
            Step::Claim => self.claim(case).await?,
        }
        Ok(())
    }

    /// The agent of the pharmacy that the case names.
    async fn agent_of(&self, case: Id, person: &Pharmacist) -> anyhow::Result<PersonActor> {
        let asks = Actor::Person(self.settled.person(person)?);
        let (file, _) = approval::file_for(self.desk.store(), &asks, case, self.desk.base.now()).await?;
        let code = file.case.second_party.context("the case waits for no second party")?;
        self.settled.agent(&code)
    }

    async fn officer(&self, login: &str) -> anyhow::Result<Actor> {
        let officer = access::staff::by_login(self.desk.store(), login).await?;
        let officer = officer.with_context(|| format!("there is no officer {login}"))?;
        let scopes = access::staff::scopes(self.desk.store(), officer.id).await?;
        let (account, name, post) = (officer.id, officer.name, officer.post);
        Ok(Actor::Staff(access::StaffActor { account, name, post, scopes }))
    }

    async fn claim(&self, case: Id) -> anyhow::Result<()> {
        let inspector = self.officer("inspector").await?;
        for duty in supervision::duties_of(self.desk.store(), case).await? {
            // The districts' own inspectors live outside this demonstration.
            if duty.state == DutyState::Pushed && duty.allows(&inspector, Right::HandleDuty) {
                supervision::claim(&self.desk.base, self.desk.catalog, &inspector, duty.id).await?;
            }
        }
        Ok(())
    }

    async fn rule(&self, case: Id, ruling: Ruling, reasons: &str) -> anyhow::Result<()> {
        let actor = self.officer("clerk").await?;
        let (file, _) = approval::file_for(self.desk.store(), &actor, case, self.desk.base.now()).await?;
        let draft = RulingDraft { ruling, reasons, version: file.case.version };
        approval::rule(&self.desk, &actor, case, &draft).await?;
        if approval::pending(self.desk.store(), case).await?.is_some() {
            approval::leave_now(&self.desk, &actor, case).await?;
        }
        Ok(())
    }

    /// The form as the person fills it in.
    fn form(&self, person: &Pharmacist, item: &str) -> anyhow::Result<Map<String, Json>> {
        let (code, today) = (person.human.code()?, self.now.date());
        let mut form = json!({
            "name": person.human.name, "citizen_id": code, "phone": "13800138000", "truthful": true,
        });
        let number = format!("演45{}", &code[6..17]);
        let more = match item {
            FIRST => json!({
                "certificate": records::certificate(person, &code, today)?, "category": "pharmacy", "scope": "trade",
                "employer": person.pharmacy.code()?, "declared_fit": true,
            }),
            RENEW => json!({
                "registration_number": number, "valid_to": records::valid_to(person, today)?,
                "employer": person.pharmacy.code()?,
            }),
            CHANGE => json!({
                "registration_number": number, "category": "pharmacy", "scope": "trade",
                "employer": other(person.pharmacy).code()?,
            }),
            _ => json!({ "registration_number": number, "reason": "retire", "understood": true }),
        };
        let (Some(form), Some(more)) = (form.as_object_mut(), more.as_object()) else { return Ok(Map::new()) };
        form.extend(more.clone());
        Ok(form.clone())
    }
}

/// Half past nine of the next day.
fn morning_after(at: Moment) -> Moment {
    const MINUTE_MS: i64 = 60_000;
    Moment::start_of(at.date()).plus_ms((24 + 9) * 60 * MINUTE_MS + 30 * MINUTE_MS)
}

/// Where somebody who leaves goes.
fn other(pharmacy: Company) -> Company {
    if pharmacy == LIUJIANG { GUISHUI } else { LIUJIANG }
}

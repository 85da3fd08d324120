//! The people of a load: invented like everybody in a demonstration, known to the registers, signed in.
//!
//! Whoever files can do so once, because what is granted changes his registers: so there are as many as the plan may need.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use affairs::access::{
    self, Actor, Arrival, Assurance, Desk, EVERY, Identity, LinkPurpose, MandateAct, MandateScope, NewMandate,
    NewStaff, Party, PartyKind, PersonActor, Role, Scope,
};
use affairs::approval::draft;
use affairs::register::{self, Extent, Extract, Format, Registers};
use anyhow::{Context as _, anyhow};
use jiff::ToSpan as _;
use kernel::code::{CitizenId, OrganisationCode, Uscc};
use serde_json::{Map, Value as Json, json};

use super::{Kind, Plan};

/// So many clients share one clerk.
const CLIENTS_A_CLERK: u32 = 8;
/// So many pharmacies confirm for all who renew.
const PHARMACIES: u32 = 16;
const NAME: &str = "压测药师";

/// Somebody who will file.
pub(super) struct Applicant {
    /// The session.
    pub(super) token: String,
    /// What is sent.
    pub(super) body: String,
    /// The session of the agent whose pharmacy will be asked to confirm.
    pub(super) agent: Option<String>,
}

/// Everybody.
pub(super) struct People {
    /// Session and draft of each client.
    pub(super) writers: Vec<(String, String)>,
    /// Sessions of the clerks.
    pub(super) clerks: Vec<String>,
    /// Who will have a registration struck off.
    pub(super) strikers: Mutex<VecDeque<Applicant>>,
    /// Who will renew.
    pub(super) renewers: Mutex<VecDeque<Applicant>>,
    /// Case numbers that wait for a confirmation, and the session that gives it.
    pub(super) unconfirmed: Mutex<VecDeque<(String, String)>>,
}

impl People {
    /// The next of a queue.
    pub(super) fn next<T>(queue: &Mutex<VecDeque<T>>) -> Option<T> {
        queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    /// One more at the end of a queue.
    pub(super) fn add<T>(queue: &Mutex<VecDeque<T>>, one: T) {
        queue.lock().unwrap_or_else(PoisonError::into_inner).push_back(one);
    }

    /// Makes everybody the plan needs.
    pub(super) async fn move_in(plan: &Plan, desk: &Desk<'_>, registers: &Registers) -> anyhow::Result<Self> {
        let (strike, renew) = (plan.most(Kind::StrikeOff), plan.most(Kind::Renewal));
        let visitors = plan.visitors();
        let codes = (0..visitors + strike + renew).map(code).collect::<anyhow::Result<Vec<_>>>()?;
        let pharmacies = pharmacies(desk, codes.len()).await?;
        let employer = |n: usize| &pharmacies[n % pharmacies.len()];
        import(desk, registers, &codes, &|n| employer(n).0.as_str()).await?;
        shops(desk, registers, &pharmacies).await?;
        let mut all = codes.iter().enumerate();
        let mut writers = Vec::new();
        let company = company(desk, PHARMACIES, "压测集团").await?;
        for (n, code) in all.by_ref().take(usize::try_from(visitors)?) {
            let member = plan.is_member(u32::try_from(n)?);
            writers.push(writer(desk, code, member.then_some(&company)).await?);
        }
        let mut strikers = VecDeque::new();
        for (_, code) in all.by_ref().take(usize::try_from(strike)?) {
            let token = sign_in(desk, code).await?.0;
            strikers.push_back(Applicant { token, body: strike_off(code), agent: None });
        }
        let mut renewers = VecDeque::new();
        for (n, code) in all {
            let (pharmacy, agent) = employer(n);
            let body = renewal(desk, code, pharmacy)?;
            renewers.push_back(Applicant { token: sign_in(desk, code).await?.0, body, agent: Some(agent.clone()) });
        }
        let mut clerks = Vec::new();
        for n in 0..=plan.clients / CLIENTS_A_CLERK {
            clerks.push(clerk(desk, n).await?);
        }
        let [strikers, renewers] = [strikers, renewers].map(Mutex::new);
        Ok(Self { writers, clerks, strikers, renewers, unconfirmed: Mutex::default() })
    }
}

/// Numbers of people born in the last century, in a division of the demonstration.
fn code(n: u32) -> anyhow::Result<String> {
    let born = jiff::civil::date(1970, 1, 1).checked_add(i64::from(n / 900).days())?;
    let code = CitizenId::generate("450103", born, u16::try_from(n % 900)? + 100);
    Ok(code.map_err(|e| anyhow!("{e}"))?.as_str().to_owned())
}

/// Pharmacies: their code, and the session of an agent who acts for each.
async fn pharmacies(desk: &Desk<'_>, after: usize) -> anyhow::Result<Vec<(String, String)>> {
    let mut all = Vec::new();
    for n in 0..PHARMACIES {
        let company = company(desk, n, &format!("压测药店{n}")).await?;
        let agent = code(u32::try_from(after)? + n)?;
        let (token, _) = act_for(desk, sign_in(desk, &agent).await?, &company).await?;
        all.push((company.code, token));
    }
    Ok(all)
}

async fn company(desk: &Desk<'_>, n: u32, name: &str) -> anyhow::Result<Party> {
    let body = OrganisationCode::generate(&format!("LD{n:06}")).map_err(|e| anyhow!("{e}"))?;
    let uscc = Uscc::generate("91450100", &body).map_err(|e| anyhow!("{e}"))?;
    Ok(access::people::ensure_party(desk, PartyKind::Company, uscc.as_str(), name).await?)
}

/// The same session, in which the person acts for the company from now on.
async fn act_for(
    desk: &Desk<'_>,
    (token, person): (String, PersonActor),
    company: &Party,
) -> anyhow::Result<(String, PersonActor)> {
    let scope = MandateScope {
        acts: [MandateAct::View, MandateAct::File, MandateAct::Confirm].into(),
        items: [].into(),
        valid_from: desk.now().date(),
        valid_to: desk.now().date().checked_add(1.year())?,
    };
    let new = NewMandate { principal: company.id, agent: person.party.id, scope, basis: "压测授权书".to_owned() };
    let mandate = access::mandate::give(desk, &Actor::Machine, &new).await?;
    let parsed = access::Token::parse(&token).context("a token of ours")?;
    let visit = access::session::resolve(desk, &parsed).await?.context("a session just opened")?;
    access::session::act_under(desk, &visit, Some(mandate.id)).await?;
    Ok((token, PersonActor { acting_for: Some(mandate), ..person }))
}

/// A session of the person with this code, opened as by an identity provider.
async fn sign_in(desk: &Desk<'_>, code: &str) -> anyhow::Result<(String, PersonActor)> {
    let identity = Identity {
        kind: PartyKind::Person,
        code: code.to_owned(),
        name: NAME.to_owned(),
        assurance: Assurance::Strong,
        provider: "demonstration".to_owned(),
        assertion: format!("load-{code}"),
    };
    let signed = access::sign_in::by_identity(desk, &identity, &Arrival::default()).await?;
    let party = access::people::ensure_party(desk, PartyKind::Person, code, NAME).await?;
    let account = access::people::ensure_account(desk, &party).await?;
    let person = PersonActor { account: account.id, party, assurance: Assurance::Strong, acting_for: None };
    Ok((signed.token.reveal(), person))
}

/// Session and draft of a client, who acts for himself or for the company.
async fn writer(desk: &Desk<'_>, code: &str, company: Option<&Party>) -> anyhow::Result<(String, String)> {
    let signed_in = sign_in(desk, code).await?;
    let (token, person) = match company {
        Some(company) => act_for(desk, signed_in, company).await?,
        None => signed_in,
    };
    let draft = draft::begin(desk, &person, "fd-pharmacist-renew", &Map::new()).await?;
    Ok((token, draft.id.to_string()))
}

/// The session of a clerk who may see the queue.
async fn clerk(desk: &Desk<'_>, n: u32) -> anyhow::Result<String> {
    let mut chance = [0; 4];
    desk.entropy.fill(&mut chance);
    let new = NewStaff {
        login: format!("load-{}-{n}", hex::encode(chance)),
        name: format!("压测{n}"),
        post: "行政审批".to_owned(),
        agency: "gx-mpa".to_owned(),
        region: "450000".to_owned(),
    };
    let (account, _) = access::staff::create(desk, &Actor::Machine, &new).await?;
    let scope = Scope { role: Role::Clerk, agency: "gx-mpa".into(), region: "450000".into(), item: EVERY.to_owned() };
    access::staff::grant_scope(desk, &Actor::Machine, account.id, &scope).await?;
    let link = access::sign_in::issue_link(desk, &Actor::Machine, account.id, LinkPurpose::SignIn).await?;
    Ok(access::sign_in::by_link(desk, &link, &Arrival::default()).await?.token.reveal())
}

fn number(code: &str) -> String {
    format!("45{}", &code[6..17])
}

fn strike_off(code: &str) -> String {
    json!({ "item": "fd-pharmacist-cancel", "form": {
        "name": NAME, "citizen_id": code, "registration_number": number(code), "reason": "stop",
        "phone": "13877100001", "understood": true, "truthful": true,
    }})
    .to_string()
}

fn renewal(desk: &Desk<'_>, code: &str, pharmacy: &str) -> anyhow::Result<String> {
    let ends = desk.now().date().checked_add(60.days())?;
    let form = json!({ "item": "fd-pharmacist-renew", "form": {
        "name": NAME, "citizen_id": code, "registration_number": number(code), "valid_to": ends.to_string(),
        "employer": pharmacy, "phone": "13877100001", "truthful": true,
    }});
    Ok(form.to_string())
}

/// What a register says of the person with this number and code.
type Record<'a> = dyn Fn(usize, &str) -> Json + 'a;

/// What the registers say of everybody: a registration that ends in sixty days, and nothing against it.
async fn import<'a>(
    desk: &Desk<'_>,
    registers: &Registers,
    codes: &[String],
    employer: &dyn Fn(usize) -> &'a str,
) -> anyhow::Result<()> {
    let today = desk.now().date();
    let (ends, began) = (today.checked_add(60.days())?, today.checked_sub(1_766.days())?);
    let examined = began.checked_sub(60.days())?;
    let records: [(&str, &Record<'_>); 5] = [
        ("pharmacist-registration", &|n, code| {
            json!({
                "name": NAME, "number": number(code), "category": "pharmacy", "scope": "trade", "region": "450103",
                "employer": employer(n), "employer_name": "压测药店", "registered_on": began.to_string(),
                "valid_to": ends.to_string(), "status": "valid",
            })
        }),
        ("pharmacist-exam", &|n, _| {
            json!({
                "name": NAME, "certificate": format!("2021{n:08}"), "category": "pharmacy",
                "issued_on": examined.to_string(), "status": "valid",
            })
        }),
        ("continuing-education", &|_, _| {
            json!({
                "name": NAME, "period_from": began.to_string(), "period_to": ends.to_string(), "credits": 80,
                "credits_required": 75,
            })
        }),
        ("credit-bars", &|_, _| json!({ "name": NAME, "bars_in_force": 0 })),
        ("case-open", &|_, _| json!({ "open_cases": 0 })),
    ];
    for (register, record) in records {
        let lines = codes.iter().enumerate().map(|(n, code)| (code.as_str(), record(n, code)));
        send(desk, registers, register, lines).await?;
    }
    Ok(())
}

/// The pharmacies' own licences.
async fn shops(desk: &Desk<'_>, registers: &Registers, all: &[(String, String)]) -> anyhow::Result<()> {
    let today = desk.now().date();
    let (from, to) = (today.checked_sub(2.years())?.to_string(), today.checked_add(3.years())?.to_string());
    let licence = |n: usize| {
        json!({
            "name": "压测药店", "number": format!("桂DA77{n:05}"), "mode": "retail", "address": "南宁市青秀区（演示）",
            "region": "450103", "valid_from": from, "valid_to": to, "status": "valid",
        })
    };
    let lines = all.iter().enumerate().map(|(n, (uscc, _))| (uscc.as_str(), licence(n)));
    send(desk, registers, "drug-trade-licence", lines).await
}

async fn send<'a>(
    desk: &Desk<'_>,
    registers: &Registers,
    register: &str,
    records: impl Iterator<Item = (&'a str, Json)>,
) -> anyhow::Result<()> {
    let mut text = String::new();
    for (subject, body) in records {
        let mut line = Map::from_iter([("subject".to_owned(), Json::from(subject))]);
        line.extend(body.as_object().cloned().unwrap_or_default());
        writeln!(text, "{}", Json::from(line))?;
    }
    let register = registers.get(register).with_context(|| format!("the catalogue has no register {register}"))?;
    let extract = Extract { register, format: Format::JsonLines, extent: Extent::Part, as_of: desk.now(), text: &text };
    register::import(desk, &Actor::Machine, &extract, &mut |_| {}).await?;
    Ok(())
}

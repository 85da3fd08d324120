//! The demonstration's list of powers and duties, in two versions, so that what an optimisation changed can be seen; and two
//! runs under way: a penalty that waits for its party, a payment that is published.

use affairs::access::{self, Actor, Desk, StaffActor};
use affairs::catalog::Catalog;
use affairs::powers::{self, Command, Known, Law, NewRun, Publication, Run, Values};
use anyhow::{Context as _, anyhow};
use kernel::{Date, FixedClock, Moment};
use store::Store;

use super::DAY_MS;

/// The versions: file and first day.
const VERSIONS: [(&[u8], Date); 2] = [
    (include_bytes!("powers/2019.csv"), jiff::civil::date(2019, 1, 1)),
    (include_bytes!("powers/2026.csv"), jiff::civil::date(2026, 1, 1)),
];
const LIST: &str = "gx";
const TITLE: &str = "广西权责清单（演示）";
const NOTE: &str =
    "条目、时限和依据为演示而写，没有机关采用；时限多数未核实。This list is invented for the demonstration.";

/// Publishes both versions and lets two runs begin.
pub(super) async fn publish(desk: &Desk<'_>, catalog: &Catalog) -> anyhow::Result<()> {
    let law =
        Law::read(catalog).map_err(|found| anyhow!("{}", found.iter().map(ToString::to_string).collect::<String>()))?;
    for (bytes, valid_from) in VERSIONS {
        let known = Known { catalog, law: &law };
        let powers = powers::read_sheet(&powers::cells(bytes)?, &known).map_err(|bad| anyhow!("{bad:?}"))?;
        let new = Publication { list: LIST, title: TITLE, note: NOTE, valid_from, valid_to: None, demonstration: true };
        powers::publish(desk, &Actor::Machine, &new, &powers).await?;
    }
    Ok(())
}

/// Two runs, some days before `now`.
pub(super) async fn run(desk: &Desk<'_>, catalog: &Catalog, (clock, now): (&FixedClock, Moment)) -> anyhow::Result<()> {
    let law = Law::read(catalog).map_err(|found| anyhow!("{found:?}"))?;
    let first = officer(desk.store, "enforcer").await?;
    let second = officer(desk.store, "enforcer2").await?;
    let book = Book { desk, catalog, law: &law, first, second, clock, now };
    book.penalty().await?;
    book.payment().await
}

async fn officer(store: &Store, login: &str) -> anyhow::Result<Actor> {
    let account = access::staff::by_login(store, login).await?.with_context(|| format!("nobody is called {login}"))?;
    let scopes = access::staff::scopes(store, account.id).await?;
    Ok(Actor::Staff(StaffActor { account: account.id, name: account.name, post: account.post, scopes }))
}

/// What the runs are written with.
struct Book<'a> {
    desk: &'a Desk<'a>,
    catalog: &'a Catalog,
    law: &'a Law,
    first: Actor,
    second: Actor,
    clock: &'a FixedClock,
    now: Moment,
}

impl Book<'_> {
    fn days_ago(&self, days: i64) {
        self.clock.set(self.now.plus_ms(-days * DAY_MS));
    }

    async fn open(&self, code: &str, (party, party_kind): (&str, &str)) -> anyhow::Result<Run> {
        let new = NewRun { list: LIST, code, party, party_kind };
        Ok(powers::open_run(self.desk, (self.catalog, self.law), &self.first, &new).await?)
    }

    /// Takes a step; where two officers sign, the second does so too.
    async fn step(&self, run: Run, step: &str, values: &[(&str, &str)]) -> anyhow::Result<Run> {
        let values: Values = values.iter().map(|(id, v)| ((*id).to_owned(), (*v).to_owned())).collect();
        let calendar = self.catalog.calendar();
        let command = Command::Take { step, values: &values };
        let taken = powers::proceed(self.desk, calendar, &self.first, (&run.number, run.version, command)).await;
        let run = taken.with_context(|| format!("step {step}"))?;
        let file = powers::run_file(self.desk.store, &self.first, &run.number).await?;
        if file.situation(self.desk.now(), calendar).pending().is_none() {
            return Ok(run);
        }
        Ok(powers::proceed(self.desk, calendar, &self.second, (&run.number, run.version, Command::Cosign)).await?)
    }

    /// A penalty with a right to a hearing: told three days ago, its party may still ask.
    async fn penalty(&self) -> anyhow::Result<()> {
        self.days_ago(20);
        let run = self.open("CF-AMR-001", ("演示大药房（虚构）", "organisation")).await?;
        let run = self.step(run, "file", &[("clue", "日常检查发现（演示）"), ("suspicion", "涉嫌销售劣药")]).await?;
        let evidence = [
            ("facts", "货架上有三盒过期药品（演示）"),
            ("evidence_kind", "inspection"),
            ("evidence", "现场检查笔录、照片"),
            ("collected_on", &self.desk.now().date().to_string()),
        ];
        self.days_ago(15);
        let run = self.step(run, "investigate", &evidence).await?;
        self.days_ago(5);
        let found = [
            ("conclusion", "销售劣药的事实成立（演示）"),
            ("proposed_kind", "fine"),
            ("proposed_fine", "100,000"),
            ("hearing", "yes"),
        ];
        let run = self.step(run, "conclude", &found).await?;
        self.days_ago(3);
        let told = [
            ("notice", "拟处罚款十万元，事实、理由和依据见告知书（演示）"),
            ("rights_told", "true"),
            ("hearing_told", "true"),
        ];
        self.step(run, "notice_hearing", &told).await?;
        Ok(())
    }

    /// A payment that is published since yesterday.
    async fn payment(&self) -> anyhow::Result<()> {
        self.days_ago(9);
        let run = self.open("GF-HE-102", ("班秀兰（虚构）", "person")).await?;
        let asked =
            [("purpose", "监护补助（演示）"), ("household", "二人，月收入合计约一千五百元"), ("declared", "true")];
        let run = self.step(run, "apply", &asked).await?;
        self.days_ago(4);
        let seen = [
            ("facts", "与申请一致（演示）"),
            ("evidence", "入户调查表"),
            ("surveyed_on", &self.desk.now().date().to_string()),
            ("income", "750"),
        ];
        let run = self.step(run, "survey", &seen).await?;
        self.days_ago(1);
        self.step(run, "publish", &[("publication", "村务公开栏，公示七日（演示）")]).await?;
        Ok(())
    }
}

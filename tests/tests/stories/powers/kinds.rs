//! Each of the ten kinds of powers from its opening to its end, by officers with rights of their own, on both engines.

use std::collections::{BTreeMap, BTreeSet};

use affairs::access::{self, Actor, EVERY, Role, Scope, StaffActor};
use affairs::powers::{self, AskKind, Command, Flow, Known, Law, NewRun, PowerError, Publication, Run, Values};
use stories::World;

use super::NEW;

/// Who takes a step: three who handle, one who decides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum By {
    First,
    Second,
    Third,
    Head,
}

/// A step: the days before it, who takes it, which, and what is said of it; the rest is filled in.
type Taken = (i64, By, &'static str, &'static [(&'static str, &'static str)]);

/// Kind, power, its way to the end and the end.
struct Way {
    kind: &'static str,
    code: &'static str,
    steps: &'static [Taken],
    end: &'static str,
}

const fn way(kind: &'static str, code: &'static str, steps: &'static [Taken], end: &'static str) -> Way {
    Way { kind, code, steps, end }
}

use By::{First, Head, Third};

const WAYS: [Way; 10] = [
    way(
        "licensing",
        "XK-FO-101",
        &[
            (0, First, "receive", &[]),
            (0, First, "accept", &[]),
            (3, First, "review", &[]),
            (1, Head, "grant", &[]),
            (1, First, "deliver", &[]),
        ],
        "closed",
    ),
    way(
        "penalty",
        "CF-AMR-001",
        &[
            (0, First, "file", &[]),
            (1, First, "investigate", &[]),
            (1, First, "conclude", &[("proposed_fine", "5000"), ("hearing", "no")]),
            (0, First, "notice", &[]),
            (8, Third, "review", &[]),
            (0, Head, "decide", &[("fine", "5000")]),
            (1, First, "deliver", &[]),
            (5, First, "pay", &[("paid", "5000")]),
            (0, First, "close", &[]),
        ],
        "closed",
    ),
    way(
        "coercion",
        "QZ-AMR-001",
        &[
            (0, Head, "approve", &[]),
            (0, First, "tell", &[]),
            (0, First, "execute", &[]),
            (9, First, "release", &[]),
            (0, First, "close", &[]),
        ],
        "closed",
    ),
    way(
        "levy",
        "ZS-FO-001",
        &[
            (0, First, "assess", &[("amount", "1200.50")]),
            (0, First, "notify", &[]),
            (6, First, "pay", &[("paid", "1200.50")]),
            (0, First, "close", &[]),
        ],
        "closed",
    ),
    way(
        "payment",
        "GF-HE-102",
        &[
            (0, First, "apply", &[]),
            (2, First, "survey", &[("income", "750")]),
            (0, First, "publish", &[]),
            (9, Third, "propose", &[("proposed_amount", "200")]),
            (0, Head, "grant", &[("amount", "200")]),
            (1, First, "deliver", &[]),
            (1, First, "pay", &[("paid", "200")]),
            (30, First, "recheck", &[]),
            (0, Head, "stop", &[]),
            (0, First, "close", &[]),
        ],
        "closed",
    ),
    way(
        "inspection",
        "JC-MPA-001",
        &[
            (0, Head, "plan", &[]),
            (2, First, "visit", &[("result", "to_mend")]),
            (0, First, "order", &[]),
            (10, First, "recheck", &[("result", "in_order")]),
            (0, First, "close", &[]),
        ],
        "closed",
    ),
    way(
        "confirmation",
        "QR-HC-001",
        &[
            (0, First, "receive", &[]),
            (0, First, "accept", &[]),
            (5, First, "examine", &[]),
            (0, Head, "confirm", &[]),
            (0, First, "deliver", &[]),
        ],
        "closed",
    ),
    way(
        "reward",
        "JL-HE-001",
        &[
            (0, First, "name", &[]),
            (4, First, "assess", &[]),
            (0, First, "publish", &[]),
            (9, Head, "decide", &[]),
            (0, First, "award", &[]),
        ],
        "closed",
    ),
    way(
        "adjudication",
        "CJ-FO-101",
        &[
            (0, First, "receive", &[]),
            (0, First, "accept", &[]),
            (7, First, "answer", &[]),
            (0, First, "mediate", &[]),
            (10, First, "no_settlement", &[]),
            (0, First, "hear", &[]),
            (0, Head, "decide", &[]),
            (0, First, "deliver", &[]),
        ],
        "closed",
    ),
    way(
        "other",
        "QT-HC-001",
        &[(0, First, "receive", &[]), (2, First, "handle", &[]), (0, Head, "decide", &[]), (0, First, "deliver", &[])],
        "closed",
    ),
];

struct House<'a> {
    world: &'a World,
    law: &'a Law,
    staff: [StaffActor; 4],
}

impl House<'_> {
    fn actor(&self, by: By) -> Actor {
        Actor::Staff(self.staff[by as usize].clone())
    }

    /// Takes a step; where two sign, the second officer signs by himself.
    async fn take(&self, run: Run, flow: &Flow, (days, by, step, said): Taken) -> Run {
        self.world.wait_days(days);
        let values = filled(self.world, flow, step, said);
        let (base, calendar) = (self.world.base(), self.world.catalog.calendar());
        let command = Command::Take { step, values: &values };
        let taken = powers::proceed(&base, calendar, &self.actor(by), (&run.number, run.version, command)).await;
        let run = taken.unwrap_or_else(|why| panic!("{} {step}: {why:?}", run.kind));
        let file = powers::run_file(base.store, &self.actor(by), &run.number).await.unwrap();
        if file.situation(base.now(), calendar).pending().is_none() {
            return run;
        }
        let alone =
            powers::proceed(&base, calendar, &self.actor(by), (&run.number, run.version, Command::Cosign)).await;
        assert!(matches!(alone, Err(PowerError::Refused(_))), "{} {step}: nobody signs twice", run.kind);
        let second = self.actor(By::Second);
        powers::proceed(&base, calendar, &second, (&run.number, run.version, Command::Cosign)).await.unwrap()
    }
}

/// Values for everything a step asks that is not said.
fn filled(world: &World, flow: &Flow, step: &str, said: &[(&str, &str)]) -> Values {
    let mut values: BTreeMap<String, String> = said.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    for ask in flow.step(step).map(|s| s.asks.as_slice()).unwrap_or_default() {
        values.entry(ask.id.clone()).or_insert_with(|| match ask.kind {
            AskKind::Words | AskKind::Line => "记录在案".to_owned(),
            AskKind::Money => "0".to_owned(),
            AskKind::Date => world.now().date().to_string(),
            AskKind::Choice => ask.choices[0].id.clone(),
            AskKind::Tick => "true".to_owned(),
            // Files are laid in, never typed.
            AskKind::File => String::new(),
        });
    }
    values
}

#[tokio::test]
async fn each_of_the_ten_kinds_runs_to_its_end() {
    for world in World::on_both_engines().await {
        // In a year whose calendar reaches to the end of every wait.
        world.scratch.clock.set("2026-03-02T09:00:00+08:00".parse().unwrap());
        ten_kinds(&world).await;
    }
}

async fn ten_kinds(world: &World) {
    let law = Law::read(&world.catalog).unwrap();
    published(world, &law).await;
    let mut staff = Vec::new();
    for (login, name, role) in [
        ("first", "黄执", Role::Clerk),
        ("second", "卢勤", Role::Clerk),
        ("third", "蒙法", Role::Clerk),
        ("chief", "韦重", Role::Head),
    ] {
        let officer = world.officer(login, name, &[]).await;
        let scope = Scope { role, agency: EVERY.into(), region: EVERY.into(), item: EVERY.into() };
        access::staff::grant_scope(&world.base(), &Actor::Machine, officer.account, &scope).await.unwrap();
        let scopes = access::staff::scopes(&world.scratch.store, officer.account).await.unwrap();
        staff.push(StaffActor { scopes, ..officer });
    }
    let house = House { world, law: &law, staff: staff.try_into().unwrap() };
    let named: BTreeSet<&str> = WAYS.iter().map(|way| way.kind).collect();
    let known: BTreeSet<&str> = law.kinds.iter().map(|kind| kind.id.as_str()).collect();
    assert_eq!(named, known, "each kind has its line in the table");
    for way in &WAYS {
        to_its_end(&house, way).await;
    }
    let followed = powers::runs_followed(&world.scratch.store).await.unwrap();
    assert_eq!(followed.len(), 10);
    for (flow, found) in followed {
        assert_eq!((found.runs, found.conform), (1, 1), "{flow}: {:?}", found.deviating);
    }
}

/// The demonstration's list, in which no item stands for a power: each runs by its own flow.
async fn published(world: &World, law: &Law) {
    let known = Known { catalog: &world.catalog, law };
    let mut rows = powers::read_sheet(&powers::cells(NEW).unwrap(), &known).unwrap();
    rows.iter_mut().for_each(|power| power.items.clear());
    let new = Publication {
        list: "gx",
        title: "清单（演示）",
        note: "",
        valid_from: "2026-01-01".parse().unwrap(),
        valid_to: None,
        demonstration: true,
    };
    powers::publish(&world.base(), &Actor::Machine, &new, &rows).await.unwrap();
}

async fn to_its_end(house: &House<'_>, way: &Way) {
    let (world, base) = (house.world, house.world.base());
    let new = NewRun { list: "gx", code: way.code, party: "演示大药房", party_kind: "organisation" };
    let mut run = powers::open_run(&base, (&world.catalog, house.law), &house.actor(First), &new).await.unwrap();
    assert_eq!(run.kind, way.kind);
    let flow = powers::run_file(base.store, &house.actor(First), &run.number).await.unwrap().flow;
    for step in way.steps {
        run = house.take(run, &flow, *step).await;
    }
    assert_eq!((run.state.as_str(), run.is_open), (way.end, false), "{}", way.kind);
    let file = powers::run_file(base.store, &house.actor(Head), &run.number).await.unwrap();
    let leaves = world.scratch.store.leaves(run.id).await.unwrap();
    assert_eq!(leaves.len(), file.acts.len(), "{}: every act has its leaf", way.kind);
    // What has ended is not taken up again.
    let nothing = Values::new();
    for step in &flow.steps {
        let again = Command::Take { step: &step.id, values: &nothing };
        let again =
            powers::proceed(&base, world.catalog.calendar(), &house.actor(Head), (&run.number, run.version, again))
                .await;
        assert!(matches!(again, Err(PowerError::Refused(_))), "{} {}", way.kind, step.id);
    }
}

//! No sequence of commands reaches an unlawful state: random people and officers do random things in a random order, with the
//! right to and without it, while the clock moves and registers change. After each a model written from the articles of the
//! law, which knows nothing of `state.rs`, looks at everything that is stored ([`lawful`]).
//!
//! The sequences are the same at every run, so that what they must reach can be insisted on: a test that meets no refusal
//! says nothing about refusals.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use affairs::access::{self, Actor, NewTie, PersonActor, Role, Scope, StaffActor, TieKind};
use affairs::approval::{self, ApprovalError, Case, GapOrder, Ruling, RulingDraft, StepOrder, StepResult};
use affairs::catalog::Files;
use affairs::light;
use kernel::{Date, Id, Moment};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use store::testing::Scratch;
use stories::World;

mod lawful;

const RENEW: &str = "fd-pharmacist-renew";
const REASONS: &str = "经向核查机关核实，写明理由如下。";
/// Far enough from the end of the published calendar that limits can be worked out, holidays and make-up days in reach.
const BEGIN: &str = "2026-08-03T10:00:00+08:00";
/// Until when the registration of everybody here runs at first: days.
const RUNS_DAYS: i32 = 60;
/// How many sequences of each kind.
const ROUNDS: u32 = 16;
const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// Who works here: name, and as what. The last one works for another agency.
const OFFICERS: [(&str, Role); 6] = [
    ("莫然", Role::Approver),
    ("李文", Role::Approver),
    ("黄窗", Role::Clerk),
    ("梁正", Role::Head),
    ("周检", Role::Inspector),
    ("唐外", Role::Approver),
];
const OUTSIDER: usize = 5;

/// What somebody does, or what happens.
#[derive(Clone, Copy, Debug)]
enum Command {
    File,
    Confirm {
        employer: bool,
    },
    Decline,
    Resubmit,
    Withdraw {
        applicant: bool,
    },
    Take(usize),
    GiveBack(usize),
    Reassign(usize, usize),
    Rule(usize, Ruling),
    Undo(usize),
    LeaveNow(usize),
    Concur(usize),
    Differ(usize),
    Order(usize, usize, usize),
    Record(usize, bool),
    OpenGaps(usize, i64),
    FillGap(usize),
    Ask(usize),
    Answer(usize, bool),
    Tie(usize),
    /// The first officer's role is taken, or given back.
    Role(bool),
    Licence(&'static str),
    Credits(i64),
    Wait(i64),
    Tick(usize),
}

/// On which person's newest case.
type Step = (usize, Command);

fn officer() -> impl Strategy<Value = usize> {
    prop_oneof![5 => Just(0_usize), 4 => Just(1), 2 => Just(2), 3 => Just(3), 1 => Just(4), 1 => Just(5)]
}

fn ruling() -> impl Strategy<Value = Ruling> {
    prop_oneof![
        4 => Just(Ruling::Grant),
        3 => Just(Ruling::Refuse),
        2 => Just(Ruling::Correct),
        1 => Just(Ruling::NotAccept),
        1 => Just(Ruling::Terminate),
    ]
}

fn of_people() -> impl Strategy<Value = Command> {
    prop_oneof![
        4 => Just(Command::File),
        3 => any::<bool>().prop_map(|employer| Command::Confirm { employer }),
        3 => Just(Command::Confirm { employer: true }),
        1 => Just(Command::Decline),
        2 => Just(Command::Resubmit),
        1 => prop::bool::weighted(0.7).prop_map(|applicant| Command::Withdraw { applicant }),
    ]
}

fn of_officers() -> impl Strategy<Value = Command> {
    use Command::{
        Answer, Ask, Concur, Differ, FillGap, GiveBack, LeaveNow, OpenGaps, Order, Reassign, Record, Rule, Take, Undo,
    };
    prop_oneof![
        2 => officer().prop_map(Take),
        1 => officer().prop_map(GiveBack),
        1 => (officer(), officer()).prop_map(|(by, to)| Reassign(by, to)),
        9 => (officer(), ruling()).prop_map(|(by, ruling)| Rule(by, ruling)),
        1 => officer().prop_map(Undo),
        3 => officer().prop_map(LeaveNow),
        4 => officer().prop_map(Concur),
        1 => officer().prop_map(Differ),
        2 => (officer(), officer(), officer()).prop_map(|(by, one, two)| Order(by, one, two)),
        3 => (officer(), any::<bool>()).prop_map(|(by, passed)| Record(by, passed)),
        2 => (officer(), 0_i64..15).prop_map(|(by, days)| OpenGaps(by, days)),
        2 => officer().prop_map(FillGap),
        2 => officer().prop_map(Ask),
        2 => (officer(), any::<bool>()).prop_map(|(by, yes)| Answer(by, yes)),
    ]
}

fn of_the_world() -> impl Strategy<Value = Command> {
    let waits =
        [10_000, 61_000, 61_000, 61_000, 60 * MINUTE_MS, DAY_MS, 3 * DAY_MS, 9 * DAY_MS, 16 * DAY_MS, 31 * DAY_MS];
    prop_oneof![
        1 => (0..5_usize).prop_map(Command::Tie),
        2 => any::<bool>().prop_map(Command::Role),
        3 => prop::sample::select(vec!["valid", "under_review", "under_review", "revoked"]).prop_map(Command::Licence),
        1 => prop::sample::select(vec![80, 80, 30]).prop_map(Command::Credits),
        7 => prop::sample::select(waits.to_vec()).prop_map(Command::Wait),
        9 => (0..9_usize).prop_map(Command::Tick),
    ]
}

/// What belongs together in an office, so that sequences get far: a decision signed, held and sent off or not, a step ordered and
/// recorded, a piece that follows, more time. Whoever acts is right or wrong as chance has it, and other things come in between.
fn episode() -> impl Strategy<Value = Vec<Command>> {
    use Command::{
        Answer, Ask, Concur, Confirm, Differ, File, FillGap, LeaveNow, Licence, OpenGaps, Order, Record, Resubmit,
        Role, Rule, Tick, Tie, Undo, Wait, Withdraw,
    };
    let sent = [Wait(61_000), Tick(0)];
    let signed = (officer(), ruling(), officer())
        .prop_map(move |(by, ruling, second)| [&[Rule(by, ruling), Concur(second)][..], &sent].concat());
    let upset = prop_oneof![
        officer().prop_map(Undo),
        officer().prop_map(Differ),
        officer().prop_map(LeaveNow),
        Just(Role(false)),
        officer().prop_map(Tie),
        Just(Withdraw { applicant: true }),
    ];
    let upset = (0..2_usize, ruling(), upset)
        .prop_map(move |(by, ruling, upset)| [&[Rule(by, ruling), upset][..], &sent].concat());
    let stepped = (officer(), officer(), any::<bool>())
        .prop_map(|(by, one, passed)| vec![Order(by, one, 4), Wait(2 * DAY_MS), Record(4, passed)]);
    let pieces = (officer(), 0_i64..9, officer()).prop_map(|(by, days, to)| vec![OpenGaps(by, days), FillGap(to)]);
    let late = (officer(), 0_i64..3).prop_map(|(by, days)| vec![OpenGaps(by, days), Wait(4 * DAY_MS), Tick(4)]);
    let time = (officer(), any::<bool>()).prop_map(|(by, yes)| vec![Ask(by), Answer(3, yes)]);
    let begun = Just(vec![Licence("under_review"), File, Confirm { employer: true }, Tick(5)]);
    let mended = Just(vec![Rule(0, Ruling::Correct), Wait(61_000), Tick(0), Resubmit]);
    prop_oneof![5 => begun, 4 => signed, 2 => upset, 2 => stepped, 2 => pieces, 1 => late, 2 => time, 1 => mended]
}

/// A filing, most of which come before an officer; sometimes two months in which nobody does anything; and whatever follows.
fn steps() -> impl Strategy<Value = Vec<Step>> {
    let status = prop_oneof![3 => Just("under_review"), 1 => Just("valid"), 1 => Just("revoked")];
    let begun = (status, prop::bool::weighted(0.15)).prop_map(|(status, silence)| {
        let mut begun = vec![Command::Licence(status), Command::File, Command::Confirm { employer: true }];
        if silence {
            begun.extend([Command::Wait(31 * DAY_MS), Command::Wait(31 * DAY_MS), Command::Tick(3)]);
        }
        begun
    });
    let one = prop_oneof![2 => of_people(), 6 => of_officers(), 5 => of_the_world()];
    let some = prop_oneof![2 => episode(), 3 => one.prop_map(|command| vec![command])];
    let some = (prop::bool::weighted(0.15).prop_map(usize::from), some);
    (begun, prop::collection::vec(some, 12..30)).prop_map(|(begun, rest)| {
        let all = std::iter::once((0, begun)).chain(rest);
        all.flat_map(|(who, some)| some.into_iter().map(move |command| (who, command))).collect()
    })
}

/// The office, those who come to it, and what is known of them without asking it.
struct Hall {
    world: World,
    people: Vec<PersonActor>,
    employer: PersonActor,
    pharmacy: String,
    officers: Vec<StaffActor>,
    /// What each officer is now; nothing: his role was taken.
    roles: Vec<Option<Role>>,
    /// Which officer said that whose code is a relative's.
    ties: BTreeSet<(usize, String)>,
    /// Everybody's cases, the newest last.
    cases: Vec<Vec<Id>>,
    /// Whether a grant or refusal takes two officers.
    two: bool,
    /// How many applications were sent: each has a key of its own.
    filed: usize,
}

impl Hall {
    async fn open(like: &World, two: bool) -> Self {
        let world = like.beside(Scratch::on_sqlite("").await).await;
        world.scratch.clock.set(BEGIN.parse().unwrap());
        let people = vec![world.person("覃海燕", 5).await, world.person("黄春生", 3).await];
        let (pharmacy, employer) = world.pharmacy("邕江大药房", &world.person("农佳", 2).await).await;
        for person in &people {
            world.registered(person, &pharmacy, RUNS_DAYS).await;
        }
        let mut officers = Vec::new();
        for (n, (name, role)) in OFFICERS.iter().enumerate() {
            let roles: &[Role] = if n == OUTSIDER { &[] } else { std::slice::from_ref(role) };
            officers.push(world.officer(&format!("officer{n}"), name, roles).await);
        }
        let elsewhere =
            Scope { role: Role::Approver, agency: "guilin-amr".into(), region: "450300".into(), item: "*".into() };
        access::staff::grant_scope(&world.base(), &Actor::Machine, officers[OUTSIDER].account, &elsewhere)
            .await
            .unwrap();
        let roles = OFFICERS.iter().enumerate().map(|(n, (_, role))| (n != OUTSIDER).then_some(*role)).collect();
        let cases = vec![Vec::new(); people.len()];
        Self { world, people, employer, pharmacy, officers, roles, ties: BTreeSet::new(), cases, two, filed: 0 }
    }

    /// The officer as he comes to the counter now: with the rights he has today.
    async fn actor(&self, n: usize) -> Actor {
        let officer = &self.officers[n];
        let scopes = access::staff::scopes(&self.world.scratch.store, officer.account).await.unwrap();
        Actor::Staff(StaffActor { scopes, ..officer.clone() })
    }

    async fn case(&self, id: Id) -> Case {
        approval::story(&self.world.scratch.store, id).await.unwrap().unwrap().case
    }

    /// Does it, and says whether it was done; what may not be done is refused with a reason, and nothing else fails.
    async fn act(&mut self, (who, command): Step) -> bool {
        let done = match command {
            Command::File | Command::Tie(_) | Command::Role(_) | Command::Licence(_) | Command::Credits(_) => {
                self.change(who, command).await
            }
            Command::Wait(ms) => {
                self.world.scratch.clock.set(self.world.now().plus_ms(ms));
                Ok(())
            }
            Command::Tick(which) => self.tick(which).await,
            _ => match self.cases[who].last() {
                None => return false,
                Some(id) => self.to_case(*id, (who, command)).await,
            },
        };
        match done {
            Ok(()) => true,
            Err(ApprovalError::Fault(fault)) => panic!("{command:?}: {fault}"),
            Err(ApprovalError::NoEvidence(why)) => panic!("{command:?}: {why}"),
            Err(_) => false,
        }
    }

    async fn change(&mut self, who: usize, command: Command) -> Result<(), ApprovalError> {
        let (world, person) = (&self.world, &self.people[who]);
        match command {
            Command::File => {
                self.filed += 1;
                let form = self.form(person).await;
                let case = world.file(person, RENEW, &form, &format!("key-{}", self.filed)).await?;
                self.cases[who].push(case.id);
            }
            Command::Tie(n) => {
                let code = person.party.code.clone();
                let new =
                    NewTie { account: self.officers[n].account, kind: TieKind::Relative, code: &code, name: "某人" };
                access::tie::declare(&world.base(), &self.actor(n).await, &new).await.unwrap();
                self.ties.insert((n, code));
            }
            Command::Role(give) => {
                let scope =
                    Scope { role: Role::Approver, agency: "gx-mpa".into(), region: "450000".into(), item: "*".into() };
                let (base, account) = (world.base(), self.officers[0].account);
                if give && self.roles[0].is_none() {
                    access::staff::grant_scope(&base, &Actor::Machine, account, &scope).await.unwrap();
                    self.roles[0] = Some(Role::Approver);
                } else if !give && self.roles[0].is_some() {
                    access::staff::revoke_scope(&base, &Actor::Machine, account, &scope).await.unwrap();
                    self.roles[0] = None;
                }
            }
            Command::Licence(status) => world.shop_licence(&self.pharmacy, status).await,
            Command::Credits(credits) => world.qualified(person, credits).await,
            _ => {}
        }
        Ok(())
    }

    /// The form as the register has it: the end of the registration moves with each grant.
    async fn form(&self, person: &PersonActor) -> serde_json::Map<String, serde_json::Value> {
        let mut form = self.world.renewal(person, &self.pharmacy, RUNS_DAYS);
        form.insert("valid_to".into(), self.expires(person).await.to_string().into());
        form
    }

    /// Until when a person is registered: as at the beginning, or as the newest licence says.
    async fn expires(&self, person: &PersonActor) -> Date {
        let sql = "SELECT valid_to AS day FROM licence WHERE holder = $1 ORDER BY issued_at DESC, id DESC LIMIT 1";
        let rows = self.world.scratch.store.query(sql, vec![person.party.id.into()]).await.unwrap();
        let first = BEGIN.parse::<Moment>().unwrap().date();
        let first = first.saturating_add(jiff::Span::new().days(RUNS_DAYS));
        rows.first().map_or(first, |row| row.text("day").unwrap().parse().unwrap())
    }

    async fn to_case(&self, id: Id, (who, command): Step) -> Result<(), ApprovalError> {
        let (desk, applicant, other) = (self.world.desk(), &self.people[who], &self.people[1 - who]);
        match command {
            Command::Confirm { employer } => {
                let actor = if employer { &self.employer } else { applicant };
                approval::confirm(&desk, actor, id).await.map(drop)
            }
            Command::Decline => approval::decline(&desk, &self.employer, id, "已离职").await.map(drop),
            Command::Resubmit => approval::resubmit(&desk, applicant, id, &self.form(applicant).await).await.map(drop),
            Command::Withdraw { applicant: own } => {
                approval::withdraw(&desk, if own { applicant } else { other }, id, "不办了").await.map(drop)
            }
            _ => self.by_officer(id, command).await,
        }
    }

    async fn by_officer(&self, id: Id, command: Command) -> Result<(), ApprovalError> {
        let (desk, version) = (self.world.desk(), self.case(id).await.version);
        match command {
            Command::Take(n) => approval::take(&desk, &self.actor(n).await, id).await,
            Command::GiveBack(n) => approval::give_back(&desk, &self.actor(n).await, id, "手里的件多").await,
            Command::Reassign(n, to) => {
                approval::reassign(&desk, &self.actor(n).await, id, (self.officers[to].account, "均衡")).await
            }
            Command::Rule(n, ruling) => {
                let draft = RulingDraft { ruling, reasons: REASONS, version };
                approval::rule(&desk, &self.actor(n).await, id, &draft).await.map(drop)
            }
            Command::Undo(n) => approval::undo(&desk, &self.actor(n).await, id).await,
            Command::LeaveNow(n) => approval::leave_now(&desk, &self.actor(n).await, id).await.map(drop),
            Command::Concur(n) => approval::concur(&desk, &self.actor(n).await, id).await,
            Command::Differ(n) => approval::differ(&desk, &self.actor(n).await, id, REASONS).await,
            Command::Order(n, one, two) => {
                let officers = [self.officers[one].account, self.officers[two].account];
                let order = StepOrder { stage: 0, officers: &officers, notice: "定于下周听证", version };
                approval::order_step(&desk, &self.actor(n).await, id, &order).await.map(drop)
            }
            Command::Record(n, passed) => {
                let result = StepResult { passed, findings: "笔录在卷", version };
                approval::record_step(&desk, &self.actor(n).await, id, &result).await.map(drop)
            }
            Command::OpenGaps(n, days) => {
                let (materials, until) = ([String::from("portrait")], self.world.now().plus_ms(days * DAY_MS).date());
                let order = GapOrder { materials: &materials, until, version };
                approval::open_gaps(&desk, &self.actor(n).await, id, &order).await.map(drop)
            }
            Command::FillGap(n) => approval::fill_gap(&desk, &self.actor(n).await, id, "portrait").await,
            Command::Ask(n) => approval::ask_extension(&desk, &self.actor(n).await, id, REASONS).await,
            Command::Answer(n, yes) => {
                approval::answer_extension(&desk, &self.actor(n).await, id, (yes, REASONS)).await
            }
            other => panic!("{other:?} is done to no case"),
        }
    }

    /// What the clock does twice a minute.
    async fn tick(&self, which: usize) -> Result<(), ApprovalError> {
        let desk = self.world.desk();
        match which {
            0 => approval::leave_due(&desk).await,
            1 => approval::lapse_overdue(&desk).await,
            2 => approval::accept_by_law(&desk).await,
            3 => approval::renew_by_law(&desk).await,
            4 => approval::end_gaps(&desk).await,
            5 => approval::assign_waiting(&desk).await,
            6 => approval::take_up_waiting(&desk, false).await,
            // Lights follow whatever happened, and a recount from the record finds the same.
            7 => {
                light::watch(&desk.base, &self.world.catalog).await?;
                let (shard, now) = (self.world.shard, self.world.now());
                let differ = light::recount(&self.world.scratch.store, shard, &self.world.catalog, now).await?;
                assert_eq!(differ, []);
                Ok(0)
            }
            _ => {
                let mut gone = 0;
                for officer in &self.officers {
                    gone += approval::hand_on(&desk, officer.account).await?;
                }
                Ok(gone)
            }
        }
        .map(drop)
    }
}

/// The seed catalogue, in which a renewal may need a hearing and one paper may follow; with two officers it is never instant.
fn files(two: bool) -> Files {
    let mut files = Files::seed();
    let path = format!("items/{RENEW}/item.toml");
    let item = String::from_utf8(files.get(&path).unwrap().to_vec()).unwrap();
    let more = "\n[[material]]\nid = \"portrait\"\nname = { zh = \"近照\", en = \"Portrait\" }\norigin = \"applicant\"\n\
        obtain = \"upload\"\nhow = { zh = \"可以后补\", en = \"may follow\" }\nrequired = false\n\
        when = { zh = \"登记没有照片的\", en = \"where the register has none\" }\nmay_follow = true\ngrade = \"D\"\n\
        \n[[special_stage]]\nname = { zh = \"听证\", en = \"Hearing\" }\n\
        period = { n = 10, unit = \"working_day\", kind = \"at_most\" }\ngrade = \"D\"\n";
    if !two {
        files.insert(path, item + more);
        return files;
    }
    let verified = "\n[never_instant]\nreason = { zh = \"要核实\", en = \"verified\" }\ngrade = \"D\"\n\
        \n[two_officers]\nreason = { zh = \"要核实\", en = \"verified\" }\ngrade = \"D\"\n";
    files.insert(path, item.replace("handling = \"instant\"", "handling = \"promised\"") + more + verified);
    let path = format!("items/{RENEW}/cases.md");
    let cases = String::from_utf8(files.get(&path).unwrap().to_vec()).unwrap();
    files.insert(path, cases.replace("grant 准予", "refer 转人工"));
    files
}

/// What the sequences reached, and how often.
type Reached = BTreeMap<String, usize>;

async fn told(like: &World, two: bool, steps: &[Step], reached: &RefCell<Reached>) {
    let mut hall = Hall::open(like, two).await;
    let mut before = lawful::look(&hall).await;
    for step in steps {
        let done = hall.act(*step).await;
        let after = lawful::look(&hall).await;
        let model = lawful::Model { hall: &hall, step: *step, done, before: &before, after: &after };
        let seen = model.check().await;
        for word in seen {
            *reached.borrow_mut().entry(word).or_default() += 1;
        }
        before = after;
    }
    hall.world.scratch.store.close().await;
}

/// Runs the sequences; what they reached at least once must hold everything in `least`.
fn run(two: bool, least: &[&str]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let like = runtime.block_on(async { World::with_files(Scratch::on_sqlite("").await, files(two)).await });
    let reached = RefCell::new(Reached::new());
    // What chance seldom brings together: whoever signed takes it back within his minute, and signs again.
    let undone = [
        Command::Licence("under_review"),
        Command::File,
        Command::Confirm { employer: true },
        Command::Tick(5),
        Command::Rule(0, Ruling::Grant),
        Command::Undo(0),
        Command::Rule(0, Ruling::Grant),
    ];
    let undone: Vec<Step> = undone.into_iter().map(|command| (0, command)).collect();
    runtime.block_on(told(&like, two, &undone, &reached));
    let config = Config { cases: ROUNDS, failure_persistence: None, max_shrink_iters: 40, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let done = runner.run(&steps(), |steps| {
        runtime.block_on(told(&like, two, &steps, &reached));
        Ok(())
    });
    done.unwrap();
    let reached = reached.into_inner();
    let missed: Vec<&&str> = least.iter().filter(|word| !reached.contains_key(**word)).collect();
    assert!(missed.is_empty(), "never reached: {missed:?}; only {reached:?}");
}

#[test]
fn one_officer_may_decide_and_no_sequence_of_commands_is_unlawful() {
    run(
        false,
        &[
            "granted by machine",
            "granted by person",
            "granted by law",
            "refused by person",
            "correcting",
            "withdrawn",
            "lapsed",
            "step_noticed",
            "step_ended",
            "gaps_opened",
            "gap_filled",
            "extended",
            "ruling_undone",
            "ruling_void",
            "assigned",
        ],
    );
}

#[test]
fn two_officers_must_agree_and_no_sequence_of_commands_is_unlawful() {
    run(true, &["granted by person", "refused by person", "ruling_concurred", "ruling_differed", "ruling_void"]);
}

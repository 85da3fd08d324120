//! Histories of many cases on one quota, with stale looks in between: what is left always equals the amount less what
//! cases hold, and never falls below zero.

use kernel::{Clock, Grade, RegionCode};
use proptest::prelude::*;
use store::testing::Scratch;
use store::{CommitError, Conflict};

use super::*;
use crate::catalog::fill::{fill, filled};
use crate::catalog::{Backing, Figures, Import, QuotaAmount};

const SHARD: &str = "main";
const PLACE: &str = "450225";

fn quota(amount: i64) -> Quota {
    let region: RegionCode = PLACE.parse().unwrap();
    let backing = Backing { grade: Grade::D, source: None, note: None };
    Quota {
        id: "felling".into(),
        name: Text::new("采伐限额", "felling quota"),
        unit: Text::new("立方米", "m³"),
        amounts: vec![QuotaAmount { region, year: 2026, amount, backing }],
    }
}

struct Hall {
    scratch: Scratch,
    cases: Vec<Id>,
    amount: i64,
}

impl Hall {
    async fn new(cases: usize, amount: i64) -> Self {
        let scratch = Scratch::new().await;
        scratch.clock.set("2026-11-23T21:40:00+08:00".parse().unwrap());
        let cases = (0..cases).map(|_| Id::new(&*scratch.clock, &*scratch.entropy)).collect();
        let mut hall = Self { scratch, cases, amount: 0 };
        hall.import(amount).await.unwrap();
        hall
    }

    fn now(&self) -> Moment {
        self.scratch.clock.now()
    }

    /// Fills the counter as an import of a file with this amount does; `Err`: the file is refused.
    async fn import(&mut self, amount: i64) -> Result<(), String> {
        let import = Import { shard: SHARD, at: self.now(), act: self.cases[0] };
        let figures = Figures::of_quota(quota(amount));
        let (unit, findings) = fill(&self.scratch.store, &figures, &import).await.unwrap();
        if let Some(finding) = findings.first() {
            return Err(finding.to_string());
        }
        if !unit.is_empty() {
            self.scratch.store.commit(unit).await.unwrap();
        }
        self.amount = amount;
        Ok(())
    }

    async fn look(&self, case: usize, wanted: i64) -> Stand {
        let quota = quota(self.amount);
        let asked = Asked { quota: &quota, place: PLACE, wanted: Some(wanted) };
        stand(&self.scratch.store, (SHARD, self.cases[case]), asked, self.now()).await.unwrap().0
    }

    async fn settle(&self, stand: &Stand, case: usize, state: State) -> Result<(), CommitError> {
        let unit = stand.settle(Unit::new(SHARD), self.cases[case], (state, self.now()));
        if unit.is_empty() { Ok(()) } else { self.scratch.store.commit(unit).await.map(drop) }
    }

    async fn left(&self) -> i64 {
        count(&self.scratch.store, SHARD, &quota_counter("felling", PLACE, 2026)).await.unwrap().unwrap()
    }

    /// The books agree: the counter, the amount filled and what cases hold.
    async fn agrees(&self) {
        let left = self.left().await;
        let rows = filled(&self.scratch.store).await.unwrap();
        assert_eq!((rows.len(), rows[0].amount, rows[0].left()), (1, self.amount, left));
        let mut held = 0;
        for case in &self.cases {
            held += taken_by(&self.scratch.store, *case).await.unwrap().map_or(0, |t| t.amount);
        }
        assert!(left >= 0 && left == self.amount - held, "{left} left of {}, {held} held", self.amount);
    }
}

/// One thing that happens, by the number of the case it happens to.
#[derive(Clone, Debug)]
enum Step {
    /// The case is looked at and asks for so much; what was seen is kept and grows stale.
    Look(usize, i64),
    /// What was seen last is acted upon.
    Settle(usize, State),
    /// A file with another amount is imported.
    Import(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let states = prop::sample::select(vec![
        State::Granted,
        State::InReview,
        State::Correcting,
        State::Refused,
        State::Withdrawn,
        State::Lapsed,
        State::NotAccepted,
        State::Terminated,
    ]);
    let step = prop_oneof![
        4 => (0..6_usize, 1..40_i64).prop_map(|(case, wanted)| Step::Look(case, wanted)),
        5 => (0..6_usize, states).prop_map(|(case, state)| Step::Settle(case, state)),
        1 => (0..160_i64).prop_map(Step::Import),
    ];
    prop::collection::vec(step, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_books_agree_and_nothing_falls_below_zero(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut hall = Hall::new(6, 100).await;
            let mut seen: Vec<Option<Stand>> = vec![None; 6];
            for step in steps {
                match step {
                    Step::Look(case, wanted) => seen[case] = Some(hall.look(case, wanted).await),
                    Step::Settle(case, state) => {
                        if let Some(stand) = &seen[case] {
                            // Refused where somebody drew first or the case was settled meanwhile; nothing else may fail.
                            let done = hall.settle(stand, case, state).await;
                            assert!(matches!(done, Ok(()) | Err(CommitError::Conflict(_))), "{done:?}");
                        }
                    }
                    Step::Import(amount) => drop(hall.import(amount).await),
                }
                hall.agrees().await;
            }
        });
    }
}

#[tokio::test]
async fn of_many_at_once_exactly_as_many_are_granted_as_fit() {
    let hall = Hall::new(12, 50).await;
    let mut stands = Vec::new();
    for case in 0..12 {
        stands.push(hall.look(case, 20).await);
    }
    // All of them saw 50 left, and commit together.
    let commits = stands.iter().enumerate().map(|(case, stand)| {
        let unit = stand.settle(Unit::new(SHARD), hall.cases[case], (State::Granted, hall.now()));
        hall.scratch.store.commit(unit)
    });
    let mut granted = 0;
    for done in futures_of(commits).await {
        match done {
            Ok(_) => granted += 1,
            Err(CommitError::Conflict(Conflict::Exhausted { key })) => assert!(key.starts_with("quota/felling/")),
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!((granted, hall.left().await), (2, 10));
    hall.agrees().await;
    let late = hall.look(11, 20).await;
    assert_eq!(late.short().unwrap().zh, "采伐限额：剩余10立方米，本件需要20立方米，余量不足");
    assert!(hall.look(11, 10).await.short().is_none());
}

async fn futures_of<T>(commits: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut waiting: Vec<_> = commits.map(Box::pin).collect();
    let mut done: Vec<Option<T>> = waiting.iter().map(|_| None).collect();
    std::future::poll_fn(|cx| {
        for (commit, done) in waiting.iter_mut().zip(&mut done) {
            if done.is_none()
                && let std::task::Poll::Ready(answer) = commit.as_mut().poll(cx)
            {
                *done = Some(answer);
            }
        }
        if done.iter().all(Option::is_some) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}

#[tokio::test]
async fn it_is_given_back_exactly_once_and_a_case_counts_what_it_holds() {
    let hall = Hall::new(2, 30).await;
    let first = hall.look(0, 30).await;
    hall.settle(&first, 0, State::InReview).await.unwrap();
    assert_eq!(hall.left().await, 0);
    let again = hall.look(0, 30).await;
    assert!(again.short().is_none(), "what a case holds is its own");
    hall.settle(&again, 0, State::Granted).await.unwrap();
    assert_eq!(hall.left().await, 0, "granting draws nothing more");
    let held = taken_by(&hall.scratch.store, hall.cases[0]).await.unwrap().unwrap();
    let back = || held.give_back(Unit::new(SHARD), hall.now());
    hall.scratch.store.commit(back()).await.unwrap();
    let twice = hall.scratch.store.commit(back()).await;
    assert!(matches!(twice, Err(CommitError::Conflict(Conflict::Changed { .. }))), "{twice:?}");
    assert_eq!(hall.left().await, 30);
    let held = taken_by(&hall.scratch.store, hall.cases[0]).await.unwrap().unwrap();
    assert!(held.give_back(Unit::new(SHARD), hall.now()).is_empty());
    hall.agrees().await;
}

#[tokio::test]
async fn importing_twice_adds_nothing_and_less_than_was_drawn_is_refused() {
    let mut hall = Hall::new(1, 30).await;
    let stand = hall.look(0, 25).await;
    hall.settle(&stand, 0, State::Granted).await.unwrap();
    hall.import(30).await.unwrap();
    assert_eq!(hall.left().await, 5);
    hall.import(40).await.unwrap();
    assert_eq!(hall.left().await, 15);
    let refused = hall.import(20).await.unwrap_err();
    assert!(refused.contains("20 is less than the 25 that cases hold already"), "{refused}");
    hall.import(25).await.unwrap();
    assert_eq!(hall.left().await, 0);
    hall.agrees().await;
}

#[tokio::test]
async fn a_year_in_which_nothing_is_set_is_no_quota_and_december_is_decided_in_january() {
    let hall = Hall::new(2, 30).await;
    let accepted = hall.look(0, 10).await;
    hall.settle(&accepted, 0, State::InReview).await.unwrap();
    hall.scratch.clock.set("2027-01-08T09:00:00+08:00".parse().unwrap());
    let decided = hall.look(0, 10).await;
    assert!(decided.short().is_none());
    hall.settle(&decided, 0, State::Granted).await.unwrap();
    assert_eq!(hall.left().await, 20);
    assert!(hall.look(1, 10).await.short().unwrap().zh.contains("没有可用的限额"));
}

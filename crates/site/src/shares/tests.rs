//! Who may come in, who waits, who is held back; and that nobody who waits is forgotten.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::routing::{get, post};
use kernel::{FixedClock, Id, SeededEntropy};
use proptest::prelude::*;
use tokio::sync::Semaphore;
use tower::ServiceExt as _;

use super::floor::Asked;
use super::*;
use crate::{edge, sample};

const TERMS: Terms = Terms { at_once: 2, reads: 2, writes: 1, waiting: 3 };

fn people(n: usize) -> Vec<Tenant> {
    let (clock, chance) = (FixedClock::default(), SeededEntropy::new(5));
    (0..n).map(|_| Tenant::person(Id::new(&clock, &chance))).collect()
}

fn reads(tenant: Tenant) -> Lane {
    Lane { tenant, writes: false }
}

fn writes(tenant: Tenant) -> Lane {
    Lane { tenant, writes: true }
}

/// What a floor says, as a word; who waits is kept, so that he does not go away.
fn ask(floor: &mut Floor<u32>, lane: Lane, kept: &mut Vec<tokio::sync::oneshot::Receiver<u32>>) -> &'static str {
    match floor.ask(lane) {
        Asked::Come => "come",
        Asked::Wait(called) => {
            kept.push(called);
            "wait"
        }
        Asked::Held(_) => "held",
        Asked::Full(_) => "full",
    }
}

#[test]
fn a_tenant_has_so_many_in_the_house_and_so_many_in_its_line() {
    let mut kept = Vec::new();
    let (mut floor, one) = (Floor::new(Terms { at_once: 100, ..TERMS }), people(1)[0]);
    let said: Vec<_> = (0..6).map(|_| ask(&mut floor, writes(one), &mut kept)).collect();
    assert_eq!(said, ["come", "wait", "wait", "wait", "held", "held"]);
    let said: Vec<_> = (0..3).map(|_| ask(&mut floor, reads(one), &mut kept)).collect();
    assert_eq!(said, ["come", "come", "wait"], "reading is counted apart");
    let mut company = |n: usize| (0..n).map(|_| ask(&mut floor, writes(company_of(7)), &mut kept)).collect::<Vec<_>>();
    assert_eq!(company(9).iter().filter(|said| **said == "held").count(), 2, "a company waits by two shares: 1 and 6");
}

#[test]
fn a_share_of_writing_is_divided_among_those_who_write() {
    let mut kept = Vec::new();
    let (mut floor, all) = (Floor::new(Terms { at_once: 100, reads: 2, writes: 4, waiting: 9 }), people(4));
    let mut come = |floor: &mut Floor<u32>, lane| (0..9).filter(|_| ask(floor, lane, &mut kept) == "come").count();
    assert_eq!(come(&mut floor, writes(all[0])), 4, "alone");
    assert_eq!(come(&mut floor, writes(all[1])), 2, "beside another");
    assert_eq!(come(&mut floor, writes(all[2])), 1, "beside two");
    assert_eq!(come(&mut floor, reads(all[3])), 2, "reading is not divided");
    let called = |floor: &mut Floor<u32>| std::iter::from_fn(|| floor.next()).map(|(lane, _)| lane).collect::<Vec<_>>();
    floor.leave(writes(all[0]), true, None);
    floor.leave(writes(all[0]), true, None);
    assert_eq!(called(&mut floor), [], "the first has had more than a third");
    floor.leave(writes(all[0]), true, None);
    floor.leave(writes(all[0]), true, None);
    assert_eq!(called(&mut floor), [writes(all[0])], "and now his third");
    [(1, 2), (2, 1)].into_iter().for_each(|(who, n)| (0..n).for_each(|_| floor.leave(writes(all[who]), true, None)));
    assert_eq!(called(&mut floor).len(), 2, "each line is called again when one of its own has left");
    // Two who read and three who were called work no more.
    (0..5).for_each(|_| floor.step_outside());
    let mut more = Vec::new();
    for _ in 0..64 {
        assert_eq!(ask(&mut floor, writes(all[3]), &mut more), "come");
        floor.leave(writes(all[3]), true, None);
    }
    assert_eq!(come(&mut floor, writes(all[3])), 4, "whoever writes no more is forgotten");
}

#[test]
fn who_is_beyond_his_share_of_writing_comes_in_only_when_nobody_works() {
    let mut kept = Vec::new();
    let (mut floor, all) = (Floor::new(Terms { at_once: 100, reads: 9, writes: 9, waiting: 9 }), people(8));
    let mut write = |floor: &mut Floor<u32>, who: usize| {
        assert_eq!(ask(floor, writes(all[who]), &mut kept), "come", "nobody works");
        floor.leave(writes(all[who]), true, None);
    };
    // Everybody at his share; then one brings 24 more, which is beyond what chance gives, and comes while nobody works.
    (0..64).for_each(|n| write(&mut floor, n % 8));
    (0..24).for_each(|_| write(&mut floor, 0));
    let mut kept = Vec::new();
    assert_eq!(ask(&mut floor, writes(all[1]), &mut kept), "come");
    assert_eq!(ask(&mut floor, writes(all[0]), &mut kept), "wait", "he has nobody in the house, but somebody works");
    assert_eq!(ask(&mut floor, reads(all[0]), &mut kept), "come", "reading does not give way");
    assert_eq!(ask(&mut floor, writes(all[2]), &mut kept), "come", "nor does anybody else");
    (0..2).for_each(|_| floor.step_outside());
    assert!(floor.next().is_none(), "one still works");
    floor.step_outside();
    assert_eq!(floor.next().map(|(lane, _)| lane), Some(writes(all[0])), "nobody works: he comes");
    [0, 1, 2].into_iter().for_each(|who| floor.leave(writes(all[who]), who == 0, None));
    // Others write, while somebody works all the time, until his own are not among the newest any more.
    assert_eq!(ask(&mut floor, reads(all[5]), &mut kept), "come");
    assert_eq!(ask(&mut floor, writes(all[0]), &mut kept), "wait");
    assert!(floor.next().is_none(), "still beyond");
    for who in (0..64).map(|n| 1 + n % 7) {
        assert_eq!(ask(&mut floor, writes(all[who]), &mut kept), "come");
        floor.leave(writes(all[who]), true, None);
    }
    assert_eq!(floor.next().map(|(lane, _)| lane), Some(writes(all[0])), "at his share he takes turns again");
}

fn company_of(seed: u64) -> Tenant {
    Tenant::company(Id::new(&FixedClock::default(), &SeededEntropy::new(seed)))
}

#[test]
fn who_waits_outside_gives_up_the_processor_but_not_the_place() {
    let mut kept = Vec::new();
    let (mut floor, all) = (Floor::new(TERMS), people(4));
    assert_eq!(ask(&mut floor, writes(all[0]), &mut kept), "come");
    assert_eq!(ask(&mut floor, writes(all[1]), &mut kept), "come");
    assert_eq!(ask(&mut floor, writes(all[2]), &mut kept), "wait", "both processors are used");
    assert!(floor.next().is_none());
    floor.step_outside();
    assert_eq!(floor.next().map(|(lane, _)| lane), Some(writes(all[2])));
    floor.step_outside();
    assert_eq!(ask(&mut floor, writes(all[0]), &mut kept), "wait", "its one writing request is still in the house");
    assert_eq!(ask(&mut floor, reads(all[0]), &mut kept), "come", "and reading goes on");
    floor.leave(writes(all[0]), false, None);
    floor.leave(reads(all[0]), true, None);
    assert_eq!(floor.next().map(|(lane, _)| lane), Some(writes(all[0])));
}

#[test]
fn the_next_is_of_another_tenant_however_many_one_has_brought() {
    let mut kept = Vec::new();
    let (mut floor, all) = (Floor::new(Terms { at_once: 1, reads: 9, writes: 9, waiting: 9 }), people(4));
    assert_eq!(ask(&mut floor, reads(all[0]), &mut kept), "come");
    for one in [0, 0, 0, 0, 0, 0, 1, 2, 3] {
        assert_eq!(ask(&mut floor, reads(all[one]), &mut kept), "wait");
    }
    let mut order = Vec::new();
    let mut lane = reads(all[0]);
    for _ in 0..9 {
        floor.leave(lane, true, None);
        lane = floor.next().unwrap().0;
        order.push(all.iter().position(|one| *one == lane.tenant).unwrap());
    }
    assert_eq!(order, [0, 0, 1, 2, 3, 0, 0, 0, 0]);
}

#[test]
fn how_long_to_wait_is_the_line_by_what_a_request_takes() {
    let mut kept = Vec::new();
    let (mut floor, one) = (Floor::new(Terms { at_once: 9, reads: 1, writes: 2, waiting: 30 }), people(1)[0]);
    let mut held = |floor: &mut Floor<u32>| loop {
        match floor.ask(writes(one)) {
            Asked::Held(seconds) => return seconds,
            Asked::Wait(called) => kept.push(called),
            _ => {}
        }
    };
    assert_eq!(held(&mut floor), 1, "at least a second");
    for _ in 0..99 {
        floor.leave(reads(one), false, Some(Duration::from_millis(400)));
    }
    assert_eq!(held(&mut floor), 6, "30 wait, 2 at once, 0.4 s each");
    for _ in 0..99 {
        floor.leave(reads(one), false, Some(Duration::from_secs(19)));
    }
    assert_eq!(held(&mut floor), 60, "nobody is sent away for long");
}

/// Somebody asks; somebody steps outside, leaves, or goes away while he waits.
#[derive(Clone, Debug)]
enum Act {
    Ask(usize, bool),
    Outside(usize),
    Leave(usize),
    GoAway(usize),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        4 => (0..4_usize, any::<bool>()).prop_map(|(who, writes)| Act::Ask(who, writes)),
        1 => (0..9_usize).prop_map(Act::Outside),
        3 => (0..9_usize).prop_map(Act::Leave),
        1 => (0..9_usize).prop_map(Act::GoAway),
    ];
    prop::collection::vec(act, 0..120)
}

proptest! {
    /// Whatever comes and goes: never more at work or of one lane in the house than allowed, and at the end everybody who
    /// waited and did not go away was called once.
    #[test]
    fn the_house_is_never_too_full_and_nobody_is_forgotten(acts in acts()) {
        let (shares, all) = (Shares::new(TERMS), people(4));
        let (mut inside, mut waiting) = (Vec::<Place>::new(), Vec::new());
        for act in acts {
            match act {
                Act::Ask(who, writes) => {
                    let lane = Lane { tenant: all[who], writes };
                    let asked = shares.floor().ask(lane);
                    match asked {
                        Asked::Come => inside.push(shares.place(lane)),
                        Asked::Wait(called) => waiting.push(called),
                        Asked::Held(_) | Asked::Full(_) => {}
                    }
                }
                Act::Outside(n) if !inside.is_empty() => {
                    let n = n % inside.len();
                    inside[n].step_outside();
                }
                Act::Leave(n) if !inside.is_empty() => drop(inside.swap_remove(n % inside.len())),
                Act::GoAway(n) if !waiting.is_empty() => drop(waiting.swap_remove(n % waiting.len())),
                _ => {}
            }
            waiting.retain_mut(|called| called.try_recv().map(|place| inside.push(place)).is_err());
            let working = inside.iter().filter(|place| place.standing == Standing::Working).count();
            prop_assert!(working <= 2, "{} at work", working);
            let mut lanes = BTreeMap::new();
            inside.iter().for_each(|p| *lanes.entry((p.lane.tenant, p.lane.writes)).or_insert(0) += 1);
            for ((_, writes), n) in lanes {
                prop_assert!(n <= if writes { 1 } else { 2 }, "{} of one lane in the house", n);
            }
        }
        while let Some(place) = inside.pop() {
            drop(place);
            waiting.retain_mut(|called| called.try_recv().map(|place| inside.push(place)).is_err());
        }
        prop_assert!(waiting.is_empty(), "{} were never called", waiting.len());
        let (working, lines) = shares.floor().standing();
        prop_assert_eq!((working, lines.iter().map(|(_, n)| n).sum::<i64>()), (0, 0));
    }
}

/// A site of one page that answers when it is let, and one that answers at once.
fn site(gate: &Arc<Semaphore>) -> (AppState, Router) {
    let settings = Settings { shares: TERMS, ..Settings::demonstration("http://127.0.0.1:8080") };
    let state = sample::state_with(settings);
    let gate = gate.clone();
    let held =
        post(move || async move { gate.acquire().await.map(|permit| permit.forget()).map_or("shut", |()| "done") });
    let routes = Router::new().route("/held", held).route("/quick", get(async || "quick"));
    (state.clone(), edge::wrap(routes, Router::new(), &state))
}

fn by(method: &str, path: &str, host: u8) -> Request<Body> {
    let request = Request::builder().method(method).uri(path).header("host", "127.0.0.1:8080");
    let request = request.header("accept", "text/html").header("content-type", "application/x-www-form-urlencoded");
    let peer = ConnectInfo(SocketAddr::from(([10, 0, 0, host], 9)));
    request.extension(peer).body(Body::from("reason=%E6%85%A2%E6%85%A2%E6%9D%A5")).unwrap()
}

#[tokio::test]
async fn who_brings_too_much_is_told_when_to_come_back_and_the_others_notice_nothing() {
    let gate = Arc::new(Semaphore::new(0));
    let (state, app) = site(&gate);
    let send = |method, path, host| tokio::spawn(app.clone().oneshot(by(method, path, host)));
    // An address has two shares: two in the house, six in the line, and one too many.
    let mut all = tokio::task::JoinSet::new();
    (0..9).for_each(|_| drop(all.spawn(app.clone().oneshot(by("POST", "/held", 1)))));
    let held = all.join_next().await.unwrap().unwrap().unwrap();
    assert_eq!(held.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(held.headers()["retry-after"], "1");
    let page = String::from_utf8(to_bytes(held.into_body(), usize::MAX).await.unwrap().to_vec()).unwrap();
    assert!(page.contains("请稍等几秒") && page.contains("慢慢来"), "told why, with every word: {page}");
    for (method, path, host) in [("GET", "/quick", 1), ("GET", "/quick", 2)] {
        let answer = send(method, path, host).await.unwrap().unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path} for {host}: nobody is at work, the eight wait outside");
    }
    let mut registry = Registry::default();
    state.shares().register(&mut registry);
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
    for line in [
        "requests_working 0",
        "requests_waiting{tenant=\"address\"} 6",
        "requests_held_back_total{tenant=\"address\",agency=\"\"} 1",
    ] {
        assert!(text.lines().any(|l| l == line), "{line} is missing in\n{text}");
    }
    gate.add_permits(8);
    while let Some(answer) = all.join_next().await {
        assert_eq!(answer.unwrap().unwrap().status(), StatusCode::OK, "everybody who waited is answered");
    }
    assert_eq!(gate.available_permits(), 0, "and worked for once");
}

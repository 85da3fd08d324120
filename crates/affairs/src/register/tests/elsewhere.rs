//! Registers that other agencies keep, against a keeper that says what the test tells it to.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use kernel::Text;

use super::*;
use crate::catalog::Reading;

/// What a keeper does with the next question; when nothing is left it answers with its record.
#[derive(Debug)]
enum Act {
    Fail(Silence),
    Hang,
    NoRecord,
    Body(Json),
    Late(i64),
    Stranger,
}

#[derive(Debug, Default)]
struct Scripted {
    acts: Mutex<VecDeque<Act>>,
    asked: AtomicUsize,
    out: AtomicUsize,
    most: AtomicUsize,
    told: Mutex<Vec<Change>>,
    deaf: Mutex<Option<Silence>>,
}

fn good() -> Json {
    json!({"name": "韦明月", "bars_in_force": 0})
}

/// As of eleven in the morning: an hour before the test's noon.
fn as_of() -> Moment {
    moment("2026-11-23T11:00:00+08:00")
}

impl Scripted {
    fn then(&self, acts: impl IntoIterator<Item = Act>) {
        self.acts.lock().unwrap().extend(acts);
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    async fn answer(&self, question: &Question) -> Result<Reply, Silence> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let act = self.acts.lock().unwrap().pop_front();
        let told = |subject: &str, as_of: Moment, body: Option<Json>| Told {
            subject: subject.to_owned(),
            as_of,
            record: body.and_then(|b| b.as_object().cloned()),
        };
        let of_all = |make: &dyn Fn(&str) -> Told| question.subjects.iter().map(|s| make(s)).collect::<Vec<_>>();
        let told = match act {
            Some(Act::Fail(why)) => return Err(why),
            Some(Act::Hang) => {
                let out = self.out.fetch_add(1, Ordering::SeqCst) + 1;
                self.most.fetch_max(out, Ordering::SeqCst);
                let _back = Back(&self.out);
                std::future::pending::<()>().await;
                Vec::new()
            }
            Some(Act::NoRecord) => of_all(&|s| told(s, as_of(), None)),
            Some(Act::Body(body)) => of_all(&|s| told(s, as_of(), Some(body.clone()))),
            Some(Act::Late(ms)) => of_all(&|s| told(s, as_of().plus_ms(ms), Some(good()))),
            Some(Act::Stranger) => of_all(&|_| told(HUANG, as_of(), Some(good()))),
            None => of_all(&|s| told(s, as_of(), Some(good()))),
        };
        let source = Text::new("信用平台", "Credit platform");
        Ok(Reply { source, told, signed_by: None, bytes: b"to the byte".to_vec() })
    }
}

/// Counts a question back in, also when it is cut off.
struct Back<'a>(&'a AtomicUsize);

impl Drop for Back<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Keeper for Scripted {
    fn ask<'a>(&'a self, question: &'a Question) -> Awaited<'a, Reply> {
        Box::pin(self.answer(question))
    }

    fn tell<'a>(&'a self, change: &'a Change) -> Awaited<'a, ()> {
        Box::pin(async move {
            if let Some(why) = self.deaf.lock().unwrap().clone() {
                return Err(why);
            }
            self.told.lock().unwrap().push(change.clone());
            Ok(())
        })
    }

    fn hail(&self) -> Awaited<'_, ()> {
        Box::pin(async { Ok(()) })
    }
}

const BARS: &str = "credit-bars";

fn terms() -> Terms {
    Terms { timeout_ms: 40, tries: 2, at_once: 2, failures: 3, pause_seconds: 10, max_age_seconds: 0 }
}

fn kept(keeper: &Arc<Scripted>, terms: Terms) -> Registers {
    registers().kept_by(vec![(BARS.to_owned(), Arc::clone(keeper) as Arc<dyn Keeper>, terms)]).unwrap()
}

async fn look(desk: &Desk<'_>, registers: &Registers) -> Looks {
    let viewer = Viewer { actor: &Actor::Machine, purpose: case(HERE, &[WEI]) };
    read(desk, registers, &viewer, &[(BARS.to_owned(), WEI.to_owned())]).await.unwrap()
}

async fn look_and_log(desk: &Desk<'_>, registers: &Registers) -> Reading {
    let looks = look(desk, registers).await;
    desk.store.commit(looks.log(desk, desk.unit())).await.unwrap();
    looks.readings[0].clone()
}

fn is_silent(answer: &Answer) -> bool {
    matches!(answer, Answer::Unreachable { .. })
}

#[tokio::test]
async fn an_answer_is_a_reading_with_its_evidence_and_only_a_sound_one_is() {
    let scratch = Scratch::new().await;
    let (desk, keeper) = (desk(&scratch), Arc::new(Scripted::default()));
    let registers = kept(&keeper, Terms { failures: 99, ..terms() });
    let reading = look_and_log(&desk, &registers).await;
    let Answer::Record { body, as_of: at, trust, source } = &reading.answer else { panic!("{reading:?}") };
    assert_eq!(
        (body, *at, *trust, source.en.as_str()),
        (good().as_object().unwrap(), as_of(), kernel::Trust::A, "Credit platform")
    );
    let line = &answers_for_case(desk.store, id(5)).await.unwrap()[0];
    assert_eq!((line.outcome.as_str(), line.tries, line.as_of), ("record", 1, Some(as_of())));
    assert_eq!(line.hash.as_deref(), Some("7ea8b53c247cd08d68c26cf8d4fb269ca88a86ca2e6be21b6ea0684d73cc1b92"));

    keeper.then([Act::NoRecord]);
    let reading = look_and_log(&desk, &registers).await;
    assert_eq!((reading.answer, reading.read_at), (Answer::NoRecord, as_of()), "dated as the keeper says");

    let unsound = [
        Act::Body(json!({"name": "韦明月"})),
        Act::Body(json!({"name": "韦明月", "bars_in_force": "none"})),
        Act::Body(json!({"name": "韦明月", "bars_in_force": 0, "more": 1})),
        Act::Late(3 * 3_600_000),
        Act::Stranger,
        Act::Fail(Silence::Refused(404)),
    ];
    for act in unsound {
        let (told, before) = (format!("{act:?}"), keeper.asked());
        keeper.then([act]);
        let looks = look(&desk, &registers).await;
        assert!(is_silent(&looks.readings[0].answer), "{told}");
        assert!(looks.silent().contains(BARS), "{told}");
        assert_eq!(keeper.asked() - before, 1, "asking again changes nothing: {told}");
    }
}

#[tokio::test]
async fn a_slow_or_failing_register_is_asked_again_and_then_left_alone_until_its_pause_is_over() {
    let scratch = Scratch::new().await;
    let (desk, keeper) = (desk(&scratch), Arc::new(Scripted::default()));
    let registers = kept(&keeper, terms());
    keeper.then([Act::Fail(Silence::Unwell(503))]);
    assert!(!is_silent(&look(&desk, &registers).await.readings[0].answer), "the second try is answered");
    assert_eq!(keeper.asked(), 2);

    keeper.then([Act::Hang, Act::Fail(Silence::Unreached("reset".into())), Act::Hang]);
    let line = look_and_log(&desk, &registers).await;
    assert!(is_silent(&line.answer));
    assert_eq!(answers_for_case(desk.store, id(5)).await.unwrap()[0].outcome, "silent");
    assert!(is_silent(&look(&desk, &registers).await.readings[0].answer), "the third failure opens the breaker");
    assert_eq!((keeper.asked(), registers.states()[0].breaker), (5, Standing::Open));
    assert!(is_silent(&look(&desk, &registers).await.readings[0].answer));
    assert_eq!(keeper.asked(), 5, "nobody is asked while it is open");
    assert!(!registers.would_ask(BARS, desk.now()));

    scratch.clock.set(desk.now().plus_ms(10_000));
    assert!(registers.would_ask(BARS, desk.now()));
    let mut back = Box::pin(registers.back());
    assert!(futures_util::FutureExt::now_or_never(&mut back).is_none());
    assert!(!is_silent(&look(&desk, &registers).await.readings[0].answer));
    back.await;
    assert_eq!(registers.states()[0].breaker, Standing::Closed);
}

#[tokio::test]
async fn a_slow_register_holds_no_more_than_its_share() {
    let scratch = Scratch::new().await;
    let (desk, keeper) = (desk(&scratch), Arc::new(Scripted::default()));
    let registers = kept(&keeper, Terms { failures: 99, tries: 1, ..terms() });
    keeper.then((0..40).map(|_| Act::Hang));
    let looks = futures_util::future::join_all((0..20).map(|_| look(&desk, &registers))).await;
    assert!(looks.iter().all(|l| is_silent(&l.readings[0].answer)));
    assert_eq!(keeper.most.load(Ordering::SeqCst), 2, "two at once, the others wait their turn or give up");
    assert!(keeper.asked() < 20, "whoever waits too long is not sent at all");
}

#[tokio::test]
async fn an_answer_serves_again_while_it_is_young_and_keeps_its_own_time() {
    let scratch = Scratch::new().await;
    let (desk, keeper) = (desk(&scratch), Arc::new(Scripted::default()));
    let registers = kept(&keeper, Terms { max_age_seconds: 60, ..terms() });
    let (first, noon) = (look_and_log(&desk, &registers).await, desk.now());
    scratch.clock.set(noon.plus_ms(59_000));
    let again = look_and_log(&desk, &registers).await;
    assert_eq!((&again, again.read_at, keeper.asked()), (&first, noon, 1));
    scratch.clock.set(noon.plus_ms(60_000));
    assert_eq!(look_and_log(&desk, &registers).await.read_at, noon.plus_ms(60_000));
    assert_eq!(keeper.asked(), 2);
    scratch.clock.set(noon.plus_ms(120_000));
    keeper.then([Act::Fail(Silence::Slow), Act::Fail(Silence::Slow)]);
    assert!(is_silent(&look_and_log(&desk, &registers).await.answer), "an old answer is none");
    let lines = answers_for_case(desk.store, id(5)).await.unwrap();
    assert_eq!(lines.len(), 3, "what served again leaves no second line");
}

#[tokio::test]
async fn what_an_extract_once_said_does_not_stand_in_for_an_answer() {
    let scratch = Scratch::new().await;
    let (desk, keeper) = (desk(&scratch), Arc::new(Scripted::default()));
    let layouts = registers();
    let text = json!({"subject": WEI, "name": "韦明月", "bars_in_force": 0}).to_string();
    let extract = Extract {
        register: layouts.get(BARS).unwrap(),
        format: Format::JsonLines,
        extent: Extent::Whole,
        as_of: as_of(),
        text: &text,
    };
    import(&desk, &Actor::Machine, &extract, &mut |_| {}).await.unwrap();
    keeper.then([Act::Fail(Silence::Refused(500)), Act::NoRecord]);
    let registers = kept(&keeper, terms());
    assert!(is_silent(&look(&desk, &registers).await.readings[0].answer));
    assert_eq!(look(&desk, &registers).await.readings[0].answer, Answer::NoRecord);
}

#[tokio::test]
async fn our_own_change_counts_at_once_and_the_keeper_hears_of_it_once() {
    let scratch = Scratch::new().await;
    let (desk, keeper) = (desk(&scratch), Arc::new(Scripted::default()));
    let registers = kept(&keeper, Terms { max_age_seconds: 3_600, ..terms() });
    let looks = look(&desk, &registers).await;
    let fields = json!({"bars_in_force": 1}).as_object().cloned().unwrap();
    let write = RegisterWrite { register: BARS.into(), subject: WEI.into(), fields: fields.clone() };
    let unit = looks.change(&desk, &registers, (&write, "450000-1")).unwrap();
    desk.store.commit(looks.log(&desk, unit)).await.unwrap();
    let bars = |reading: Reading| match reading.answer {
        Answer::Record { body, .. } => body["bars_in_force"].as_i64().unwrap(),
        other => panic!("{other:?}"),
    };
    assert_eq!(bars(look_and_log(&desk, &registers).await), 1, "the keeper has not heard of it, we have");

    *keeper.deaf.lock().unwrap() = Some(Silence::Unwell(503));
    let entry = desk.store.outbox_take(9).await.unwrap().remove(0);
    assert_eq!(entry.topic, TOPIC);
    assert!(carry(&desk, &registers, &entry).await.is_err());
    *keeper.deaf.lock().unwrap() = None;
    carry(&desk, &registers, &entry).await.unwrap();
    carry(&desk, &registers, &entry).await.unwrap();
    let told = keeper.told.lock().unwrap().clone();
    assert_eq!(told.len(), 1, "told again is not sent again");
    assert_eq!((&told[0].fields, told[0].case.as_str()), (&fields, "450000-1"));

    let before = keeper.asked();
    scratch.clock.set(desk.now().plus_ms(1_000));
    keeper.then([Act::Body(json!({"name": "韦明月", "bars_in_force": 1}))]);
    assert_eq!(bars(look_and_log(&desk, &registers).await), 1, "now it is the keeper's own word");
    assert_eq!(keeper.asked(), before + 1, "an answer from before the change does not serve again");
}

#[tokio::test]
async fn somebodys_own_page_asks_once_and_answers_of_no_case_go_after_a_day() {
    let scratch = Scratch::new().await;
    let (desk, keeper) = (desk(&scratch), Arc::new(Scripted::default()));
    let registers = kept(&keeper, terms());
    keeper.then([Act::Fail(Silence::Slow)]);
    let me = Actor::Person(person(WEI));
    let viewer = Viewer { actor: &me, purpose: Purpose::Own { item: None } };
    let readings = read_and_log(&desk, &registers, &viewer, &[(BARS.to_owned(), WEI.to_owned())]).await.unwrap();
    assert!(is_silent(&readings[0].answer));
    assert_eq!(keeper.asked(), 1);
    let strangers = read_and_log(&desk, &registers, &viewer, &[(BARS.to_owned(), HUANG.to_owned())]).await.unwrap();
    assert!(is_silent(&strangers[0].answer));
    assert_eq!(keeper.asked(), 1, "what may not be seen is not asked for");
    look_and_log(&desk, &registers).await;
    assert_eq!(sweep(&desk).await.unwrap(), 0);
    scratch.clock.set(desk.now().plus_ms(24 * 3_600_000 + 1));
    assert_eq!(sweep(&desk).await.unwrap(), 1);
    assert_eq!(answers_for_case(desk.store, id(5)).await.unwrap().len(), 1, "a case's evidence stays");
}

#[test]
fn a_keeper_of_a_register_that_is_not_there_is_a_mistake() {
    let keeper: Arc<dyn Keeper> = Arc::new(Scripted::default());
    let unknown = registers().kept_by(vec![("no-such".into(), keeper, Terms::default())]).unwrap_err();
    assert_eq!(unknown, ["no-such"]);
}

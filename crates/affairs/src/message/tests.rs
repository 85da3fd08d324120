//! The room against a real store: told with the act, read by its party only, delivered once.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};

use kernel::{Clock, Id, Language, Moment, Text};
use store::testing::Scratch;
use store::{Conflict, Table, Unit, Value};

use super::contact::{agree, ask, close, verify};
use super::*;
use crate::access::{Assurance, Desk, Party, PartyKind, PersonActor};
use crate::catalog::{Catalog, Channel, Files};

fn message(scratch: &Scratch, party: Id, title: &str) -> NewMessage {
    NewMessage {
        id: Id::new(&*scratch.clock, &*scratch.entropy),
        party,
        kind: MessageKind::Outcome,
        title: Text::new(title, ""),
        body: Text::new("您的申请已批准。", "Granted."),
        link: Some("/cases/1".into()),
        case: None,
        at: scratch.clock.now(),
    }
}

fn id(scratch: &Scratch) -> Id {
    Id::new(&*scratch.clock, &*scratch.entropy)
}

async fn told(scratch: &Scratch, party: Id, title: &str) -> Id {
    let new = message(scratch, party, title);
    scratch.store.commit(add(Unit::new("gx"), &new)).await.unwrap();
    new.id
}

#[tokio::test]
async fn a_message_is_there_only_if_its_act_is() {
    static ACT: Table = Table { name: "act", columns: &["shard", "id"], key: &["shard", "id"] };
    let scratch =
        Scratch::with_tables("create table act (shard text not null, id text not null, primary key (shard, id));")
            .await;
    let party = id(&scratch);
    let act = || Unit::new("gx").insert(&ACT, vec!["gx".into(), "1".into()]);
    scratch.store.commit(add(act(), &message(&scratch, party, "first"))).await.unwrap();
    let again = scratch.store.commit(add(act(), &message(&scratch, party, "second"))).await;
    assert_eq!(again, Err(CommitError::Conflict(Conflict::Exists { table: "act" })));
    let inbox = inbox(&scratch.store, party, None).await.unwrap();
    assert_eq!(inbox.messages.iter().map(|m| m.title.zh.as_str()).collect::<Vec<_>>(), ["first"]);
    assert_eq!(scratch.store.outbox_take(10).await.unwrap().len(), 1, "one outbox entry for one act");
}

#[tokio::test]
async fn another_partys_message_is_not_found_and_reading_counts_once() {
    let scratch = Scratch::new().await;
    let (mine, other) = (id(&scratch), id(&scratch));
    let first = told(&scratch, mine, "one").await;
    told(&scratch, mine, "two").await;
    let store = &scratch.store;
    assert_eq!((unread(store, mine).await.unwrap(), unread(store, other).await.unwrap()), (2, 0));
    assert_eq!(open(store, other, first, Moment::from_ms(5)).await.unwrap(), None);
    assert_eq!(open(store, mine, first, Moment::from_ms(6)).await.unwrap().unwrap().read_at, Some(Moment::from_ms(6)));
    assert_eq!(open(store, mine, first, Moment::from_ms(9)).await.unwrap().unwrap().read_at, Some(Moment::from_ms(6)));
    assert_eq!(unread(store, mine).await.unwrap(), 1);
    assert_eq!(mark_all_read(store, mine, Moment::from_ms(9)).await.unwrap(), 1);
    assert_eq!(unread(store, mine).await.unwrap(), 0);
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_repetition() {
    let scratch = Scratch::new().await;
    let party = id(&scratch);
    let mut made = Vec::new();
    for n in 0..45 {
        // Three messages an instant: the cursor must tell them apart.
        scratch.clock.set(Moment::from_ms(1_000_000 + n / 3));
        made.push(told(&scratch, party, &n.to_string()).await);
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = inbox(&scratch.store, party, after).await.unwrap();
        assert!(page.messages.len() <= PAGE);
        seen.extend(page.messages.iter().map(|m| m.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let mut wanted = made.clone();
    wanted.sort_by(|a, b| b.cmp(a));
    assert_eq!(seen, wanted);
}

/// A carrier that answers as it is told, then takes everything.
#[derive(Debug, Default)]
struct Told {
    answers: Mutex<VecDeque<Result<Taken, Hindrance>>>,
    letters: Mutex<Vec<Letter>>,
}

impl Told {
    fn will(answers: &[Result<Taken, Hindrance>]) -> Arc<Self> {
        Arc::new(Self { answers: Mutex::new(answers.iter().cloned().collect()), letters: Mutex::default() })
    }

    fn letters(&self) -> Vec<Letter> {
        self.letters.lock().unwrap().clone()
    }
}

impl Carrier for Told {
    fn hand<'a>(&'a self, letter: &'a Letter) -> Handed<'a> {
        self.letters.lock().unwrap().push(letter.clone());
        let answer = self.answers.lock().unwrap().pop_front().unwrap_or_else(|| Ok(Taken::default()));
        Box::pin(async move {
            match answer {
                Err(Hindrance::InDoubt(why)) if why == "hang" => std::future::pending().await,
                answer => answer,
            }
        })
    }
}

fn doubt() -> Result<Taken, Hindrance> {
    Err(Hindrance::InDoubt("broke off".into()))
}

fn not_taken() -> Result<Taken, Hindrance> {
    Err(Hindrance::NotTaken("503".into()))
}

fn refused() -> Result<Taken, Hindrance> {
    Err(Hindrance::Refused("no such number".into()))
}

/// An office with carriers, and a person who is reached by SMS.
struct House {
    scratch: Scratch,
    catalog: Catalog,
    posts: Posts,
    key: CodeKey,
    who: PersonActor,
}

impl House {
    async fn new(carriers: &[(Channel, &str, Arc<Told>)]) -> Self {
        let scratch = Scratch::new().await;
        let line = |(channel, name, carrier): &(Channel, &str, Arc<Told>)| {
            let terms = Terms { timeout_ms: 60, failures: 3, ..Terms::usual(*channel, *name) };
            (terms, Arc::clone(carrier) as Arc<dyn Carrier>)
        };
        let head = Letterhead { site: Text::new("不打烊", "Budayang"), origin: "https://zwfw.example".into() };
        let posts = Posts::new(head, carriers.iter().map(line).collect());
        let party = Party { id: id(&scratch), kind: PartyKind::Person, code: "45".into(), name: "韦明月".into() };
        let who = PersonActor { account: id(&scratch), party, assurance: Assurance::Strong, acting_for: None };
        let catalog = Catalog::from_files(&Files::seed()).catalog;
        Self { scratch, catalog, posts, key: CodeKey::from_bytes([4; 32]), who }
    }

    fn desk(&self) -> Desk<'_> {
        Desk {
            store: &self.scratch.store,
            shard: "gx",
            clock: &*self.scratch.clock,
            entropy: &*self.scratch.entropy,
            tenant: kernel::Tenant::HOUSE,
        }
    }

    fn outward(&self) -> Outward<'_> {
        Outward { base: self.desk(), posts: &self.posts, catalog: &self.catalog, code_key: &self.key }
    }

    async fn reached(&self, channel: Channel, address: &str, kinds: &[MessageKind]) {
        let kinds = kinds.iter().copied().collect();
        let wish = Wish { channel, address, language: Language::Zh, kinds };
        contact::prove(&self.desk(), &self.who, &wish).await.unwrap();
    }

    async fn told(&self) -> Id {
        told(&self.scratch, self.who.party.id, "执业药师延续注册：已准予").await
    }

    /// One turn of the jobs: whatever is due is tried once.
    async fn turn(&self) {
        let store = &self.scratch.store;
        for entry in store.outbox_take_but(OUT_TOPIC, 100).await.unwrap() {
            match carry(&self.outward(), &entry).await {
                Ok(()) => store.outbox_done(&entry).await.unwrap(),
                Err(why) => store.outbox_failed(&entry, &why).await.unwrap(),
            }
        }
        for entry in store.outbox_take_of(OUT_TOPIC, 100).await.unwrap() {
            match carry_out(&self.outward(), &entry).await {
                Ok(Carried::Done) => store.outbox_done(&entry).await.unwrap(),
                Ok(Carried::NotBefore(until)) => store.outbox_postpone(&entry, until).await.unwrap(),
                Err(why) => store.outbox_failed(&entry, &why).await.unwrap(),
            }
        }
    }

    fn pass(&self, ms: i64) {
        self.scratch.clock.set(self.scratch.clock.now().plus_ms(ms));
    }

    async fn postings(&self) -> Vec<Posting> {
        postings_of(&self.scratch.store, self.who.party.id).await.unwrap()
    }

    async fn only(&self) -> Posting {
        let mut all = self.postings().await;
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    async fn waiting(&self) -> i64 {
        self.scratch.store.query("select count(*) as n from outbox", vec![]).await.unwrap()[0].int("n").unwrap()
    }
}

#[tokio::test]
async fn unknown_topics_wait_and_nothing_leaves_a_house_without_contacts() {
    let sms = Told::will(&[]);
    let house = House::new(&[(Channel::Sms, "a", sms.clone())]).await;
    house.told().await;
    house.scratch.store.commit(Unit::new("gx").send("fax", "{}")).await.unwrap();
    house.turn().await;
    assert!(sms.letters().is_empty() && house.postings().await.is_empty());
    let rows = house.scratch.store.query("select delivered_at from message", vec![]).await.unwrap();
    assert_eq!(rows[0].value("delivered_at").unwrap(), &Value::Int(house.scratch.clock.now().ms()));
    let failed = house.scratch.store.query("select topic, failure from outbox", vec![]).await.unwrap();
    assert_eq!(failed.len(), 1);
    assert!(failed[0].text("failure").unwrap().contains("fax"));
}

#[tokio::test]
async fn a_letter_goes_once_to_each_contact_that_agreed_and_says_no_name() {
    let (sms, mail) = (Told::will(&[]), Told::will(&[]));
    let house = House::new(&[(Channel::Sms, "a", sms.clone()), (Channel::Email, "m", mail.clone())]).await;
    house.reached(Channel::Sms, "13800138000", &[MessageKind::Outcome]).await;
    house.reached(Channel::Email, "wei@example.cn", &[MessageKind::Action]).await;
    house.told().await;
    house.turn().await;
    house.turn().await;
    assert!(mail.letters().is_empty(), "decisions by mail were not agreed to");
    let [letter] = &sms.letters()[..] else { panic!("{:?}", sms.letters()) };
    assert_eq!(letter.to, "13800138000");
    assert_eq!(letter.text, "【不打烊】尾号1的办件：执业药师延续注册：已准予。请登录 https://zwfw.example 查看。");
    assert!(!letter.text.contains("韦明月"));
    let posting = house.only().await;
    assert_eq!((posting.state, posting.carrier.as_deref(), posting.tries), (PostingState::Sent, Some("a"), 1));
    assert_eq!(posting.address_mask, "138****8000");
    assert_eq!(house.waiting().await, 0);
    let sent = house.scratch.store.counter("gx", "posting/sms/sent").await.unwrap();
    assert_eq!((sent, house.scratch.store.counter("gx", "posting/sms/born").await.unwrap()), (1, 1));
}

/// What two carriers answer, and who then has the letter how often.
#[tokio::test]
async fn failures_in_a_table() {
    type Answers = Vec<Result<Taken, Hindrance>>;
    let hang = || Err(Hindrance::InDoubt("hang".into()));
    type Row = (&'static str, Answers, Answers, usize, (usize, usize), PostingState);
    let cases: Vec<Row> = vec![
        ("taken", vec![], vec![], 1, (1, 0), PostingState::Sent),
        ("busy, then the other", vec![not_taken()], vec![], 1, (1, 1), PostingState::Sent),
        ("refused, then the other", vec![refused()], vec![], 1, (1, 1), PostingState::Sent),
        ("refused by both", vec![refused()], vec![refused()], 1, (1, 1), PostingState::Refused),
        ("busy, refused by the other, later taken", vec![not_taken()], vec![refused()], 2, (2, 1), PostingState::Sent),
        ("in doubt: the same again", vec![doubt()], vec![], 2, (2, 0), PostingState::Sent),
        ("no answer in time: the same again", vec![hang()], vec![], 2, (2, 0), PostingState::Sent),
        ("in doubt, then busy: still the same", vec![doubt(), not_taken()], vec![], 3, (3, 0), PostingState::Sent),
        ("in doubt, then refused: the other", vec![doubt(), refused()], vec![], 2, (2, 1), PostingState::Sent),
        ("both busy, then the first", vec![not_taken()], vec![not_taken()], 2, (2, 1), PostingState::Sent),
        ("busy, the other in doubt: the other again", vec![not_taken()], vec![doubt()], 2, (1, 2), PostingState::Sent),
    ];
    for (name, first, second, turns, handed, state) in cases {
        let (a, b) = (Told::will(&first), Told::will(&second));
        let house = House::new(&[(Channel::Sms, "a", a.clone()), (Channel::Sms, "b", b.clone())]).await;
        house.reached(Channel::Sms, "13800138000", &[MessageKind::Outcome]).await;
        house.told().await;
        for _ in 0..turns {
            house.turn().await;
            house.pass(60_000);
        }
        let posting = house.only().await;
        assert_eq!((a.letters().len(), b.letters().len()), handed, "{name}: {posting:?}");
        assert_eq!(posting.state, state, "{name}: {posting:?}");
        let keys: BTreeSet<String> = a.letters().into_iter().chain(b.letters()).map(|l| l.key).collect();
        assert_eq!(keys.len(), 1, "{name}: always under the same key");
        let tries = record::tries(&house.scratch.store, posting.id).await.unwrap();
        assert_eq!(tries.len(), handed.0 + handed.1, "{name}: every try is kept");
        assert_eq!(house.waiting().await, 0, "{name}");
    }
}

#[tokio::test]
async fn whoever_goes_on_after_a_death_asks_the_carrier_that_may_have_it() {
    let (a, b) = (Told::will(&[]), Told::will(&[]));
    let house = House::new(&[(Channel::Sms, "a", a.clone()), (Channel::Sms, "b", b.clone())]).await;
    house.reached(Channel::Sms, "13800138000", &[MessageKind::Outcome]).await;
    house.told().await;
    let store = &house.scratch.store;
    let spread = store.outbox_take_but(OUT_TOPIC, 1).await.unwrap().remove(0);
    carry(&house.outward(), &spread).await.unwrap();
    // The worker dies before the entry is ticked off: the message does not go twice.
    house.pass(61_000);
    let again = store.outbox_take_but(OUT_TOPIC, 1).await.unwrap().remove(0);
    carry(&house.outward(), &again).await.unwrap();
    store.outbox_done(&again).await.unwrap();
    assert_eq!(house.postings().await.len(), 1);
    // It dies after the letter was handed over and before that was written down.
    let entry = store.outbox_take_of(OUT_TOPIC, 1).await.unwrap().remove(0);
    carry_out(&house.outward(), &entry).await.unwrap();
    let back = "UPDATE posting SET state = 'waiting', ended_at = NULL, doubt_at = created_at WHERE party <> ''";
    store::testing::execute(&house.scratch.location(), back).await;
    house.pass(61_000);
    house.turn().await;
    assert_eq!((a.letters().len(), b.letters().len()), (2, 0));
    assert_eq!(a.letters()[0].key, a.letters()[1].key, "a carrier that honours the key delivers once");
    assert_eq!(house.only().await.state, PostingState::Sent);
}

#[tokio::test]
async fn nobody_is_woken_at_night_and_no_attempt_is_lost() {
    let sms = Told::will(&[]);
    let house = House::new(&[(Channel::Sms, "a", sms.clone())]).await;
    house.reached(Channel::Sms, "13800138000", &[MessageKind::Outcome]).await;
    house.scratch.clock.set("2026-11-30T23:10:00+08:00".parse().unwrap());
    house.told().await;
    house.turn().await;
    assert!(sms.letters().is_empty());
    let rows = house.scratch.store.query("select next_at, attempts from outbox", vec![]).await.unwrap();
    let morning: Moment = "2026-12-01T08:00:00+08:00".parse().unwrap();
    assert_eq!((rows[0].moment("next_at").unwrap(), rows[0].int("attempts").unwrap()), (morning, 0));
    house.scratch.clock.set(morning);
    house.turn().await;
    assert_eq!(sms.letters().len(), 1);
}

#[tokio::test]
async fn a_day_without_a_carrier_ends_with_a_person_and_can_be_tried_again() {
    let mail = Told::will(&vec![not_taken(); 60]);
    let house = House::new(&[(Channel::Email, "m", mail.clone())]).await;
    house.reached(Channel::Email, "wei@example.cn", &[MessageKind::Outcome]).await;
    house.told().await;
    for _ in 0..60 {
        house.turn().await;
        house.pass(3_600_000);
    }
    assert_eq!(house.only().await.state, PostingState::GivenUp);
    let given_up = house.scratch.store.outbox_given_up().await.unwrap();
    assert_eq!(given_up.len(), 1);
    let failed = postings_failed(&house.scratch.store, Moment::from_ms(0)).await.unwrap();
    assert_eq!(failed, [("email".to_owned(), "given_up".to_owned(), 1)]);
    *mail.answers.lock().unwrap() = VecDeque::new();
    house.scratch.store.outbox_retry(&given_up[0]).await.unwrap();
    house.turn().await;
    assert_eq!(house.only().await.state, PostingState::Sent);
}

#[tokio::test]
async fn an_address_is_proven_by_its_code_and_nothing_goes_there_before_or_after() {
    let sms = Told::will(&[]);
    let house = House::new(&[(Channel::Sms, "a", sms.clone())]).await;
    let (desk, who) = (house.desk(), &house.who);
    let wish =
        |address| Wish { channel: Channel::Sms, address, language: Language::En, kinds: [MessageKind::Outcome].into() };
    assert!(matches!(ask(&desk, &house.posts, who, &wish("7")).await, Err(MessageError::Invalid { .. })));
    let mail = Wish { channel: Channel::Email, ..wish("wei@example.cn") };
    assert!(matches!(ask(&desk, &house.posts, who, &mail).await, Err(MessageError::NotOffered)));
    ask(&desk, &house.posts, who, &wish("13800138000")).await.unwrap();
    assert!(matches!(ask(&desk, &house.posts, who, &wish("13800138000")).await, Err(MessageError::TooSoon { .. })));
    house.told().await;
    house.turn().await;
    let [letter] = &sms.letters()[..] else { panic!("{:?}", sms.letters()) };
    let code = letter.text.split("code is ").nth(1).unwrap()[..6].to_owned();
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for left in [4, 3] {
        let answer = verify(&desk, &house.key, who, (Channel::Sms, wrong)).await;
        assert!(matches!(answer, Err(MessageError::WrongCode { left: n }) if n == left), "{answer:?}");
    }
    let contact = verify(&desk, &house.key, who, (Channel::Sms, &format!(" {code} "))).await.unwrap();
    assert!(contact.takes(MessageKind::Outcome) && !contact.takes(MessageKind::Action));
    house.told().await;
    house.turn().await;
    assert_eq!(sms.letters().len(), 2);
    assert!(sms.letters()[1].text.contains("Case ending"), "in the language chosen: {}", sms.letters()[1].text);
    agree(&desk, who, Channel::Sms, (Language::Zh, BTreeSet::new())).await.unwrap();
    house.told().await;
    house.turn().await;
    assert_eq!(sms.letters().len(), 2, "nothing is agreed to any more");
    agree(&desk, who, Channel::Sms, (Language::Zh, [MessageKind::Outcome].into())).await.unwrap();
    house.told().await;
    let spread = house.scratch.store.outbox_take_but(OUT_TOPIC, 9).await.unwrap();
    carry(&house.outward(), &spread[0]).await.unwrap();
    close(&desk, who, Channel::Sms).await.unwrap();
    house.turn().await;
    assert_eq!(sms.letters().len(), 2, "not even what was on its way");
    let dropped = house.postings().await.into_iter().filter(|p| p.state == PostingState::Dropped);
    assert_eq!(dropped.map(|p| p.kind).collect::<Vec<_>>(), [MessageKind::Outcome]);
    assert!(contacts(&house.scratch.store, who.party.id).await.unwrap().is_empty());
    let kept = house.scratch.store.query("select address from contact", vec![]).await.unwrap();
    assert_eq!(kept[0].text("address").unwrap(), "", "the address is erased");
}

#[tokio::test]
async fn codes_run_out_and_cannot_flood_a_stranger() {
    let sms = Told::will(&[]);
    let house = House::new(&[(Channel::Sms, "a", sms.clone())]).await;
    let (desk, who) = (house.desk(), &house.who);
    let wish = Wish { channel: Channel::Sms, address: "13800138000", language: Language::Zh, kinds: BTreeSet::new() };
    ask(&desk, &house.posts, who, &wish).await.unwrap();
    house.pass(CODE_MINUTES * 60_000);
    house.turn().await;
    assert!(sms.letters().is_empty(), "a code that came too late to be used is not sent");
    assert!(matches!(verify(&desk, &house.key, who, (Channel::Sms, "123456")).await, Err(MessageError::NoCode)));
    for _ in 0..9 {
        house.pass(60_000);
        ask(&desk, &house.posts, who, &wish).await.unwrap();
    }
    house.pass(60_000);
    assert!(matches!(ask(&desk, &house.posts, who, &wish).await, Err(MessageError::TooSoon { .. })), "ten a day");
}

#[tokio::test]
async fn a_carrier_that_fails_in_a_row_is_left_alone_and_the_next_takes_over() {
    let (a, b) = (Told::will(&vec![not_taken(); 99]), Told::will(&[]));
    let house = House::new(&[(Channel::Sms, "a", a.clone()), (Channel::Sms, "b", b.clone())]).await;
    house.reached(Channel::Sms, "13800138000", &[MessageKind::Outcome]).await;
    for _ in 0..8 {
        house.told().await;
    }
    house.turn().await;
    assert_eq!((a.letters().len(), b.letters().len()), (3, 8), "after three failures nobody waits for it");
    assert_eq!(house.posts.states()[0].breaker, kernel::Standing::Open);
    assert!(house.postings().await.iter().all(|p| p.state == PostingState::Sent));
}

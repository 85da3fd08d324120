//! The room against a real store: told with the act, read by its party only, delivered once.

use kernel::{Clock, Id, Moment, Text};
use store::testing::Scratch;
use store::{Conflict, Table, Unit, Value};

use super::*;

fn message(scratch: &Scratch, party: Id, title: &str) -> NewMessage {
    NewMessage {
        id: Id::new(&*scratch.clock, &*scratch.entropy),
        party,
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

#[tokio::test]
async fn delivery_is_marked_once_and_unknown_topics_wait() {
    let scratch = Scratch::new().await;
    let party = id(&scratch);
    told(&scratch, party, "one").await;
    scratch.store.commit(Unit::new("gx").send("fax", "{}")).await.unwrap();
    let now = scratch.clock.now();
    assert_eq!(deliver(&scratch.store, now).await.unwrap(), 1);
    assert_eq!(deliver(&scratch.store, now).await.unwrap(), 0);
    let rows = scratch.store.query("select delivered_at from message", vec![]).await.unwrap();
    assert_eq!(rows[0].value("delivered_at").unwrap(), &Value::Int(now.ms()));
    let failed = scratch.store.query("select topic, failure from outbox", vec![]).await.unwrap();
    assert_eq!(failed.len(), 1);
    assert!(failed[0].text("failure").unwrap().contains("fax"));
}

//! Stories of a list of subjects: issued in batches, each once, believed by anybody, found by its holder.

use affairs::licence::bulk::{self, Done, Reader, Run, Subject};
use affairs::{access, licence};
use evidence::answer::{Colour, Given, Held, Reader as Shown};
use evidence::compact::{InBatch, Link};
use evidence::key::Setting;
use evidence::status::StatusList;
use stories::{Browser, World};

const PAGE: &str = "http://127.0.0.1:8080/v";

/// A list of so many pharmacists, the last of whom is licensed twice.
async fn list(world: &World, count: u16) -> String {
    let mut text = "subject,item,agency,holder,code,valid_from,valid_to,name,category\n".to_owned();
    for number in 1..=count {
        let code = world.person("韦明月", number).await.party.code;
        let row =
            |key: &str| format!("{key},fd-pharmacist-renew,gx-mpa,韦明月,{code},2026-11-01,2031-10-31,韦明月,药学类\n");
        text += &row(&format!("old-{number}"));
        if number == count {
            text += &row("old-again");
        }
    }
    text
}

fn subjects(world: &World, list: &str) -> Vec<Subject> {
    let open = || Reader::open(list.as_bytes(), &world.catalog, world.now()).unwrap();
    assert_eq!(bulk::check(open()).unwrap() as usize, open().count());
    open().map(Result::unwrap).collect()
}

async fn issue(world: &World, run: &str, subjects: &[Subject]) -> Done {
    let base = world.base();
    bulk::issue(Run { desk: &base, issuer: &world.issuer, catalog: &world.catalog, name: run }, subjects).await.unwrap()
}

async fn licences(world: &World, number: u16) -> Vec<licence::Licence> {
    let holder = world.person("韦明月", number).await;
    licence::held_by(&world.scratch.store, holder.party.id).await.unwrap()
}

#[tokio::test]
async fn a_list_is_issued_once_and_every_licence_is_believed() {
    for world in World::on_both_engines().await {
        let list = list(&world, 6).await;
        let all = subjects(&world, &list);
        assert_eq!(issue(&world, "2026", &all[..3]).await, Done { issued: 3, there: 0 });
        assert_eq!(issue(&world, "2026", &all).await, Done { issued: 4, there: 3 });
        assert_eq!(issue(&world, "2026", &all).await, Done { issued: 0, there: 7 });
        assert_eq!(issue(&world, "2027", &all[..1]).await, Done { issued: 1, there: 0 }, "another run");
        assert_eq!(licences(&world, 6).await.len(), 2, "one for each line");

        let mut browser = Browser::new(&world.site());
        let trust = world.trust(Setting::Demonstration);
        let published = licence::published(&trust, Vec::new(), Vec::new(), world.now()).unwrap();
        let marks = browser.get("/verify/status").await.bytes;
        let marks = StatusList::open(&marks, &trust, world.now()).unwrap();
        let reader =
            Shown { trust: &published, status: Held::List(&marks), proof: None, now: world.now(), own_hosts: &[] };
        for number in 2..=6 {
            let held = licences(&world, number).await.remove(0);
            let answer = reader.judge(&Given::File(held.document.as_bytes()));
            assert_eq!(answer.colour, Colour::Green, "{:?}", answer.reasons);
            let file = InBatch::read(held.document.as_bytes()).unwrap();
            let other = InBatch { index: file.index ^ 1, ..file };
            let answer = reader.judge(&Given::File(other.to_text().unwrap().as_bytes()));
            assert_eq!((answer.colour, answer.reasons.last().unwrap().code), (Colour::Red, "not_in_batch"));
            let leaves = world.scratch.store.leaves(held.id).await.unwrap();
            assert_eq!(leaves.iter().map(|leaf| leaf.kind.as_str()).collect::<Vec<_>>(), ["licence.issued"]);
            let told = String::from_utf8(leaves[0].bytes.clone()).unwrap();
            assert!(told.contains(&held.commitment) && !told.contains("韦"), "{told}");
        }
    }
}

#[tokio::test]
async fn its_holder_finds_it_prints_it_and_anybody_checks_it() {
    let world = World::new().await;
    let all = subjects(&world, &list(&world, 2).await);
    issue(&world, "2026", &all).await;
    let (wei, held) = (world.person("韦明月", 1).await, licences(&world, 1).await.remove(0));
    let site = world.site();
    let mut own = Browser::of(&world, &site, wei.account).await;
    let page = own.get(&format!("/licences/{}", held.code)).await;
    assert!(page.main().contains("韦明月") && page.main().contains("药学类"), "{}", page.main());
    assert_eq!(own.get(&format!("/licences/{}/file", held.code)).await.text(), held.document);
    let pdf = own.get(&format!("/licences/{}.pdf", held.code)).await;
    assert!(pdf.status == 200 || pdf.main().contains("fonts-noto-cjk"), "{}", pdf.status);

    let mut anybody = Browser::new(&site);
    let by_number = anybody.get(&format!("/verify?code={}", held.code)).await.main();
    assert!(by_number.contains("真实，有效") && by_number.contains("在透明日志中"), "{by_number}");
    // Its own signature is made when it is printed, by the key that signed the batch.
    let printed =
        licence::signed_core(&world.scratch.store, &world.issuer, &held).await.unwrap().expect("it has a core");
    let trust = world.trust(Setting::Demonstration);
    let published = licence::published(&trust, Vec::new(), Vec::new(), world.now()).unwrap();
    let reader = Shown { trust: &published, status: Held::Nothing, proof: None, now: world.now(), own_hosts: &[] };
    let answer = reader.judge(&Given::Text(&Link::write(PAGE, &printed)));
    assert_eq!(answer.core.unwrap().code.to_string(), held.code);

    let stranger = world.person("莫言", 9).await;
    assert_eq!(
        Browser::of(&world, &site, stranger.account).await.get(&format!("/licences/{}", held.code)).await.status,
        404
    );
    assert!(
        access::people::party_by_code(&world.scratch.store, access::PartyKind::Person, &wei.party.code)
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn a_batch_under_a_key_nobody_trusts_is_believed_by_nobody() {
    let world = World::new().await;
    let all = subjects(&world, &list(&world, 1).await);
    let other = evidence::key::KeyPair::generate(
        evidence::key::Algorithm::Sm2,
        "demonstration.example/licence",
        &kernel::SeededEntropy::new(77),
    )
    .unwrap();
    // A key that is not on the trust list signs, and nobody believes it: the office's own reader neither.
    let issuer = licence::Issuer { signer: std::sync::Arc::new(other), ..world.issuer.clone() };
    let base = world.base();
    let run = Run { desk: &base, issuer: &issuer, catalog: &world.catalog, name: "2026" };
    bulk::issue(run, &all).await.unwrap();
    let held = licences(&world, 1).await.remove(0);
    let refusal =
        licence::verify(held.document.as_bytes(), &world.trust(Setting::Demonstration), Some(&held), world.now());
    assert_eq!(refusal.unwrap_err().code(), "unknown_key");
}

//! Stories of what happens to a licence while it lives: suspended and back, withdrawn, revoked; by its agency's head, with its
//! reasons, and for every reader a second later.

use affairs::access::Role;
use affairs::{approval, licence, message, supervision};
use axum::http::StatusCode;
use evidence::key::Setting;
use evidence::status::{Mark, StatusList};
use licence::Status;
use stories::{Answer, Browser, World};

const RENEW: &str = "fd-pharmacist-renew";

async fn granted(world: &World) -> licence::Licence {
    let (wei, nong) = (world.person("韦明月", 1).await, world.person("农佳", 2).await);
    let (code, pharmacy) = world.pharmacy("邕江大药房", &nong).await;
    world.registered(&wei, &code, 60).await;
    let case = world.file(&wei, RENEW, &world.renewal(&wei, &code, 60), "key-1").await.unwrap();
    approval::confirm(&world.desk(), &pharmacy, case.id).await.unwrap();
    licence::by_case(&world.scratch.store, wei.party.id, case.id).await.unwrap().expect("a licence was born")
}

async fn now(world: &World, code: &str) -> licence::Licence {
    licence::by_code(&world.scratch.store, code).await.unwrap().unwrap()
}

/// What the status list says of it, as a phone would fetch it.
async fn marked(world: &World, site: &mut Browser, held: &licence::Licence) -> Option<Mark> {
    world.scratch.clock.set(world.now().plus_ms(1_000));
    let list = site.get("/verify/status").await.bytes;
    let list = StatusList::open(&list, &world.trust(Setting::Demonstration), world.now()).unwrap();
    let (place, _) = licence::core_of(&world.scratch.store, held).await.unwrap().unwrap();
    list.list.mark(place.index).unwrap()
}

async fn act(head: &mut Browser, code: &str, act: &str, pairs: &[(&str, &str)]) -> Answer {
    let path = format!("/staff/licences/{code}/{act}");
    let form = head.get(&path).await;
    let shown = form.hidden("version");
    let version = if shown.is_empty() { "1" } else { shown.as_str() };
    head.post(&path, &[&[("version", version)][..], pairs].concat()).await
}

const WHY: [(&str, &str); 3] = [("/decision", "桂药监罚〔2026〕1号"), ("/reasons", "违法情节"), ("/heard", "true")];

#[tokio::test]
async fn suspended_put_back_and_revoked_each_with_its_mark_leaf_and_message() {
    for world in World::on_both_engines().await {
        let held = granted(&world).await;
        let (site, code) = (world.site(), held.code.clone());
        let officer = world.officer("head", "梁正", &[Role::Head]).await;
        let mut head = Browser::of(&world, &site, officer.account).await;
        let mut anybody = Browser::new(&site);
        let found = head.get(&format!("/staff/licences?%2Fcode={code}")).await;
        assert_eq!(found.location(), format!("/staff/licences/{code}"));

        let empty = act(&mut head, &code, "suspend", &[]).await;
        assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
        let told = empty.text();
        for field in ["f-ground", "f-decision", "f-reasons", "f-heard", "f-until"] {
            assert!(told.contains(&format!("href=\"#{field}\"")), "{field}");
        }
        assert_eq!(now(&world, &code).await.status, Status::Valid);

        let more = [&WHY[..], &[("/ground", "penalty"), ("/until", "2027-02-01")]].concat();
        assert_eq!(act(&mut head, &code, "suspend", &more).await.location(), format!("/staff/licences/{code}?done=1"));
        assert_eq!(
            (now(&world, &code).await.status, marked(&world, &mut anybody, &held).await),
            (Status::Suspended, Some(Mark::Suspended))
        );
        let seen = anybody.get(&format!("/verify?code={code}")).await.main();
        assert!(seen.contains("暂扣"), "{seen}");
        assert_eq!(act(&mut head, &code, "suspend", &more).await.status, StatusCode::CONFLICT, "once");

        let back = [("/ground", "over"), ("/decision", "桂药监〔2027〕2号"), ("/reasons", "期满")];
        act(&mut head, &code, "resume", &back).await;
        assert_eq!((now(&world, &code).await.status, marked(&world, &mut anybody, &held).await), (Status::Valid, None));
        assert!(anybody.get(&format!("/verify?code={code}")).await.main().contains("真实，有效"));

        let end = [&WHY[..], &[("/ground", "penalty")]].concat();
        act(&mut head, &code, "revoke", &end).await;
        assert_eq!(
            (now(&world, &code).await.status, marked(&world, &mut anybody, &held).await),
            (Status::Revoked, Some(Mark::Revoked))
        );
        for nothing in ["suspend", "resume", "withdraw", "revoke"] {
            assert_eq!(
                act(&mut head, &code, nothing, &end).await.status,
                StatusCode::CONFLICT,
                "{nothing} after the end"
            );
        }

        let leaves = world.scratch.store.leaves(held.id).await.unwrap();
        let kinds: Vec<_> = leaves.iter().map(|leaf| leaf.kind.as_str()).collect();
        assert_eq!(kinds, ["licence.issued", "licence.suspended", "licence.resumed", "licence.revoked"]);
        for leaf in &leaves {
            let text = String::from_utf8(leaf.bytes.clone()).unwrap();
            assert!(!text.contains("违法情节") && !text.contains("韦明月"), "{text}");
        }
        let wei = world.person("韦明月", 1).await;
        let mut own = Browser::of(&world, &site, wei.account).await;
        let page = own.get(&format!("/licences/{code}")).await.main();
        for said in ["已吊销", "暂扣", "恢复使用", "桂药监罚〔2026〕1号"] {
            assert!(page.contains(said), "{said} in {page}");
        }
        let inbox = message::inbox(&world.scratch.store, wei.party.id, None).await.unwrap();
        let titles: Vec<_> = inbox.messages.iter().map(|m| m.title.zh.as_str()).collect();
        for title in ["您的证照已被暂扣", "您的证照已恢复使用", "您的许可证件已被吊销"] {
            assert!(titles.contains(&title), "{title} in {titles:?}");
        }
    }
}

#[tokio::test]
async fn only_the_head_of_the_agency_signs_and_nobody_else_sees_it() {
    let world = World::new().await;
    let held = granted(&world).await;
    let (site, path) = (world.site(), format!("/staff/licences/{}", held.code));
    let clerk = world.officer("clerk", "覃海燕", &[Role::Clerk]).await;
    let mut clerk = Browser::of(&world, &site, clerk.account).await;
    let page = clerk.get(&path).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.text().contains(&format!("{path}/revoke")), "no act is offered");
    let end = [&WHY[..], &[("/ground", "law_changed")]].concat();
    assert_eq!(act(&mut clerk, &held.code, "withdraw", &end).await.status, StatusCode::FORBIDDEN);
    assert_eq!(now(&world, &held.code).await.status, Status::Valid);
    let admin = world.officer("admin", "唐管", &[Role::Administrator]).await;
    assert_eq!(Browser::of(&world, &site, admin.account).await.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_ne!(Browser::new(&site).get(&path).await.status, StatusCode::OK);
    let wei = world.person("韦明月", 1).await;
    assert_eq!(Browser::of(&world, &site, wei.account).await.get(&path).await.status, StatusCode::NOT_FOUND);

    let head = world.officer("head", "梁正", &[Role::Head]).await;
    let actor = affairs::access::Actor::Staff(head.clone());
    let typed = supervision::LifeTyped {
        ground: "law_changed".into(),
        decision: "1号".into(),
        reasons: "依据已废止".into(),
        until: String::new(),
        heard: true,
    };
    let desk = world.desk();
    let stale = supervision::life_act(&desk, &actor, (&held.code, 7, supervision::LifeAct::Withdraw), &typed).await;
    assert!(matches!(stale, Err(supervision::SupervisionError::Changed)));
    let done =
        supervision::life_act(&desk, &actor, (&held.code, held.version, supervision::LifeAct::Withdraw), &typed).await;
    assert_eq!(done.unwrap().status, Status::Withdrawn);
    let mut head = Browser::of(&world, &site, head.account).await;
    assert_eq!(head.get("/staff/licences?%2Fcode=1.2.156.3005.2.1").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(head.get(&path).await.main().contains("已撤回"));
}

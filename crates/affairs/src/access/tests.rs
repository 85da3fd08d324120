//! The room against a real store: sign-in, sessions, links, mandates, staff; and the two halves of the rights compared.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{Date, Id, SeededEntropy};
use proptest::prelude::*;
use store::Value;
use store::testing::Scratch;

use super::mandate::{give, given_by, held_by};
use super::people::{ensure_account, ensure_party};
use super::session::{act_under, close, close_all, close_one, list, resolve, sweep};
use super::sign_in::{by_identity, by_link, by_password, change_password, issue_link, look_at_link, set_password};
use super::staff::{agency_lines, create, disable, enable, grant_scope, index_agencies, index_regions, revoke_scope};
use super::*;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const SENTENCE: &str = "the osmanthus blooms twice";

fn desk(scratch: &Scratch) -> Desk<'_> {
    Desk {
        store: &scratch.store,
        shard: "gx",
        clock: &*scratch.clock,
        entropy: &*scratch.entropy,
        tenant: kernel::Tenant::HOUSE,
    }
}

fn later(scratch: &Scratch, ms: i64) {
    let now = kernel::Clock::now(&*scratch.clock);
    scratch.clock.set(now.plus_ms(ms));
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

/// A person with a code that checks, born on a day of 1990.
async fn person(scratch: &Scratch, name: &str, sequence: u16) -> Party {
    let code = kernel::CitizenId::generate("450103", date("1990-03-07"), sequence).unwrap();
    ensure_party(&desk(scratch), PartyKind::Person, code.as_ref(), name).await.unwrap()
}

async fn company(scratch: &Scratch) -> Party {
    ensure_party(&desk(scratch), PartyKind::Company, "91350100M000100Y43", "邕江大药房").await.unwrap()
}

fn new_staff(login: &str) -> NewStaff {
    NewStaff {
        login: login.into(),
        name: "李文".into(),
        post: "审批员".into(),
        agency: "gx-mpa".into(),
        region: "450000".into(),
    }
}

fn scope(role: Role, agency: &str, region: &str, item: &str) -> Scope {
    Scope { role, agency: agency.into(), region: region.into(), item: item.into() }
}

/// An officer with a password, signed in.
async fn officer(scratch: &Scratch, login: &str, scopes: &[Scope]) -> (Account, Visit) {
    let desk = desk(scratch);
    let (account, link) = create(&desk, &Actor::Machine, &new_staff(login)).await.unwrap();
    for scope in scopes {
        grant_scope(&desk, &Actor::Machine, account.id, scope).await.unwrap();
    }
    let signed_in = set_password(&desk, &link, SENTENCE, &Arrival::default()).await.unwrap();
    let visit = resolve(&desk, &signed_in.token).await.unwrap().unwrap();
    (account, visit)
}

/// A person signed in by a link of the console.
async fn visitor(scratch: &Scratch, party: &Party) -> (Token, Visit) {
    let desk = desk(scratch);
    let account = ensure_account(&desk, party).await.unwrap();
    let link = issue_link(&desk, &Actor::Machine, account.id, LinkPurpose::SignIn).await.unwrap();
    let token = by_link(&desk, &link, &Arrival::default()).await.unwrap().token;
    let visit = resolve(&desk, &token).await.unwrap().unwrap();
    (token, visit)
}

async fn count(scratch: &Scratch, sql: &'static str) -> i64 {
    scratch.store.query(sql, vec![]).await.unwrap()[0].int("n").unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_signs_in_once_even_when_used_twice_at_the_same_instant() {
    let scratch = Scratch::new().await;
    let desk = desk(&scratch);
    let party = person(&scratch, "韦明月", 123).await;
    let account = ensure_account(&desk, &party).await.unwrap();
    let link = issue_link(&desk, &Actor::Machine, account.id, LinkPurpose::SignIn).await.unwrap();
    assert_eq!(look_at_link(&desk, &link).await, Ok(LinkPurpose::SignIn), "looking does not use it");
    let arrival = Arrival::default();
    let (a, b, c) =
        tokio::join!(by_link(&desk, &link, &arrival), by_link(&desk, &link, &arrival), by_link(&desk, &link, &arrival));
    let outcomes = [a, b, c];
    assert_eq!(outcomes.iter().filter(|o| o.is_ok()).count(), 1, "{outcomes:?}");
    for lost in outcomes.iter().filter_map(|o| o.as_ref().err()) {
        assert_eq!(*lost, AccessError::LinkInvalid);
    }
    assert_eq!(look_at_link(&desk, &link).await, Err(AccessError::LinkInvalid));
    assert_eq!(count(&scratch, "select count(*) as n from session").await, 1);
}

#[tokio::test]
async fn a_link_dies_with_time_with_its_account_and_with_the_next_password() {
    let scratch = Scratch::new().await;
    let desk = desk(&scratch);
    let (account, _) = officer(&scratch, "liwen", &[]).await;
    let fresh = || issue_link(&desk, &Actor::Machine, account.id, LinkPurpose::SetPassword);

    let old = fresh().await.unwrap();
    later(&scratch, 15 * MINUTE);
    assert_eq!(look_at_link(&desk, &old).await, Ok(LinkPurpose::SetPassword), "the last millisecond counts");
    later(&scratch, 1);
    assert_eq!(look_at_link(&desk, &old).await, Err(AccessError::LinkInvalid));

    let (first, second) = (fresh().await.unwrap(), fresh().await.unwrap());
    set_password(&desk, &second, SENTENCE, &Arrival::default()).await.unwrap();
    assert_eq!(look_at_link(&desk, &first).await, Err(AccessError::LinkInvalid), "a new password ends other links");

    let third = fresh().await.unwrap();
    disable(&desk, &Actor::Machine, account.id).await.unwrap();
    assert_eq!(look_at_link(&desk, &third).await, Err(AccessError::LinkInvalid));
    enable(&desk, &Actor::Machine, account.id).await.unwrap();
    assert_eq!(look_at_link(&desk, &third).await, Err(AccessError::LinkInvalid), "it stays dead");
    assert_eq!(look_at_link(&desk, &Token::new(&SeededEntropy::new(9))).await, Err(AccessError::LinkInvalid));
}

#[tokio::test]
async fn a_link_does_only_what_it_is_for() {
    let scratch = Scratch::new().await;
    let desk = desk(&scratch);
    let (account, visit) = officer(&scratch, "liwen", &[scope(Role::Administrator, EVERY, EVERY, EVERY)]).await;
    let party = person(&scratch, "韦明月", 123).await;
    let citizen = ensure_account(&desk, &party).await.unwrap();
    let (_, guest) = visitor(&scratch, &party).await;
    let cases = [
        (&visit.actor, citizen.id, LinkPurpose::SignIn, Some(AccessError::NotAllowed)),
        (&visit.actor, citizen.id, LinkPurpose::SetPassword, Some(AccessError::NotAllowed)),
        (&visit.actor, account.id, LinkPurpose::SignIn, Some(AccessError::NotAllowed)),
        (&visit.actor, account.id, LinkPurpose::SetPassword, None),
        (&guest.actor, account.id, LinkPurpose::SetPassword, Some(AccessError::NotAllowed)),
        (&Actor::Anonymous, citizen.id, LinkPurpose::SignIn, Some(AccessError::NotAllowed)),
        (&Actor::Machine, citizen.id, LinkPurpose::SetPassword, Some(AccessError::NotAllowed)),
        (&Actor::Machine, party.id, LinkPurpose::SignIn, Some(AccessError::NotFound)),
    ];
    for (by, whom, purpose, refused) in cases {
        assert_eq!(issue_link(&desk, by, whom, purpose).await.err(), refused, "{} {purpose:?}", by.kind());
    }
    let set = issue_link(&desk, &Actor::Machine, account.id, LinkPurpose::SetPassword).await.unwrap();
    assert_eq!(by_link(&desk, &set, &Arrival::default()).await, Err(AccessError::LinkInvalid));
    let open = issue_link(&desk, &Actor::Machine, account.id, LinkPurpose::SignIn).await.unwrap();
    assert_eq!(set_password(&desk, &open, SENTENCE, &Arrival::default()).await, Err(AccessError::LinkInvalid));
    let faults = set_password(&desk, &set, "liwen", &Arrival::default()).await;
    assert!(matches!(faults, Err(AccessError::Invalid(f)) if f.len() == 2), "short and with the login name");
    assert!(set_password(&desk, &set, SENTENCE, &Arrival::default()).await.is_ok(), "a fault does not use the link up");
}

#[tokio::test]
async fn nobody_signs_in_with_a_password_that_was_never_set() {
    let scratch = Scratch::new().await;
    let desk = desk(&scratch);
    create(&desk, &Actor::Machine, &new_staff("liwen")).await.unwrap();
    for password in ["", "liwen", SENTENCE] {
        let refused = by_password(&desk, "liwen", password, &Arrival::default()).await;
        assert!(matches!(refused, Err(AccessError::SignInRefused { .. })), "{password:?}");
        later(&scratch, HOUR);
    }
}

#[tokio::test]
async fn failures_make_the_next_try_wait_and_an_unknown_name_answers_the_same() {
    let scratch = Scratch::new().await;
    let desk = desk(&scratch);
    officer(&scratch, "liwen", &[]).await;
    let arrival = Arrival::default();
    for login in ["liwen", "nobody", " LiWen "] {
        // The third name is the first in another spelling: it goes on where that stopped.
        later(&scratch, 25 * HOUR);
        let mut waits = Vec::new();
        for _ in 0..6 {
            match by_password(&desk, login, "a wrong password", &arrival).await {
                Err(AccessError::SignInRefused { retry_at }) => {
                    waits.push(retry_at.map_or(0, |at| at.ms() - desk.now().ms()));
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(waits, [0, 0, 0, 0, 30_000, 30_000], "{login}");
    }
    let locked = by_password(&desk, "liwen", SENTENCE, &arrival).await;
    assert!(matches!(locked, Err(AccessError::SignInRefused { retry_at: Some(_) })), "the right one waits too");
    later(&scratch, 30_000);
    assert!(by_password(&desk, "liwen", SENTENCE, &arrival).await.is_ok());
    let again = by_password(&desk, "liwen", "a wrong password", &arrival).await;
    assert_eq!(again, Err(AccessError::SignInRefused { retry_at: None }), "a success forgets the failures");
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_in_parallel_do_not_slip_past_the_wait() {
    let scratch = Scratch::new().await;
    officer(&scratch, "liwen", &[]).await;
    let guesses = (0..12).map(|_| async {
        let desk = desk(&scratch);
        by_password(&desk, "liwen", "a wrong password", &Arrival::default()).await
    });
    let mut all = Vec::new();
    for guess in guesses.map(Box::pin).collect::<Vec<_>>() {
        all.push(guess);
    }
    let (first, rest) = all.split_at_mut(6);
    let [a, b, c, d, e, f] = first else { panic!() };
    let _ = tokio::join!(a, b, c, d, e, f);
    let [a, b, c, d, e, f] = rest else { panic!() };
    let _ = tokio::join!(a, b, c, d, e, f);
    let failures = count(&scratch, "select max(failures) as n from sign_in_failure").await;
    assert_eq!(failures, 5, "the fifth locks; nobody is counted, or looked at, after it");
}

#[tokio::test]
async fn sessions_rotate_idle_out_and_end_one_by_one_or_all_at_once() {
    let scratch = Scratch::new().await;
    let desk = desk(&scratch);
    let (account, first) = officer(&scratch, "liwen", &[]).await;
    let old = by_password(&desk, "liwen", SENTENCE, &Arrival::default()).await.unwrap();
    let rotated = Arrival { previous: Some(&old.token), device: "Firefox\n on Linux" };
    let new = by_password(&desk, "liwen", SENTENCE, &rotated).await.unwrap();
    assert!(resolve(&desk, &old.token).await.unwrap().is_none(), "the token from before sign-in is retired");
    let visit = resolve(&desk, &new.token).await.unwrap().unwrap();
    assert_eq!(visit.session.device, "Firefox on Linux");
    assert_eq!(list(&desk, account.id).await.unwrap().len(), 2);

    close_one(&desk, &visit, first.session.id).await.unwrap();
    assert_eq!(close_one(&desk, &visit, first.session.id).await, Err(AccessError::NotFound));
    assert_eq!(list(&desk, account.id).await.unwrap().len(), 1);

    // Used every 29 minutes a session lives, but not beyond twelve hours.
    let mut alive_ms = 0;
    while resolve(&desk, &new.token).await.unwrap().is_some() {
        later(&scratch, 29 * MINUTE);
        alive_ms += 29 * MINUTE;
    }
    assert!((12 * HOUR..12 * HOUR + 29 * MINUTE).contains(&alive_ms), "{alive_ms}");

    let idle = by_password(&desk, "liwen", SENTENCE, &Arrival::default()).await.unwrap();
    later(&scratch, 30 * MINUTE + 1);
    assert!(resolve(&desk, &idle.token).await.unwrap().is_none());

    let (a, b) = (
        by_password(&desk, "liwen", SENTENCE, &Arrival::default()).await.unwrap().token,
        by_password(&desk, "liwen", SENTENCE, &Arrival::default()).await.unwrap().token,
    );
    close_all(&desk, &resolve(&desk, &a).await.unwrap().unwrap()).await.unwrap();
    assert!(resolve(&desk, &a).await.unwrap().is_none() && resolve(&desk, &b).await.unwrap().is_none());
    let last = by_password(&desk, "liwen", SENTENCE, &Arrival::default()).await.unwrap().token;
    close(&desk, &resolve(&desk, &last).await.unwrap().unwrap()).await.unwrap();
    assert!(resolve(&desk, &last).await.unwrap().is_none());
    later(&scratch, 31 * 24 * HOUR);
    assert!(sweep(&desk).await.unwrap() > 0);
    assert_eq!(sweep(&desk).await.unwrap(), 0);
    assert_eq!(count(&scratch, "select count(*) as n from session").await, 0);
}

#[tokio::test]
async fn nobody_ends_another_accounts_session() {
    let scratch = Scratch::new().await;
    let desk = desk(&scratch);
    let (_, mine) = visitor(&scratch, &person(&scratch, "韦明月", 123).await).await;
    let (token, other) = visitor(&scratch, &person(&scratch, "黄春生", 125).await).await;
    assert_eq!(close_one(&desk, &mine, other.session.id).await, Err(AccessError::NotFound));
    assert!(resolve(&desk, &token).await.unwrap().is_some());
}

#[tokio::test]
async fn a_new_password_and_a_disabled_account_end_every_session() {
    let scratch = Scratch::new().await;
    let desk = desk(&scratch);
    let (account, visit) = officer(&scratch, "liwen", &[]).await;
    let elsewhere = by_password(&desk, "liwen", SENTENCE, &Arrival::default()).await.unwrap().token;
    let wrong = change_password(&desk, &visit, ("not it at all", "another sentence"), &Arrival::default()).await;
    assert!(matches!(wrong, Err(AccessError::SignInRefused { .. })));
    let arrival = Arrival::default();
    let here = change_password(&desk, &visit, (SENTENCE, "another sentence"), &arrival).await.unwrap();
    assert!(resolve(&desk, &elsewhere).await.unwrap().is_none());
    assert!(resolve(&desk, &here.token).await.unwrap().is_some());
    disable(&desk, &Actor::Machine, account.id).await.unwrap();
    assert!(resolve(&desk, &here.token).await.unwrap().is_none());
    let refused = by_password(&desk, "liwen", "another sentence", &arrival).await;
    assert!(matches!(refused, Err(AccessError::SignInRefused { .. })));
    enable(&desk, &Actor::Machine, account.id).await.unwrap();
    assert!(resolve(&desk, &here.token).await.unwrap().is_none(), "enabling revives no session");
    assert!(by_password(&desk, "liwen", "another sentence", &arrival).await.is_ok());
}

fn identity(party: &Party, assertion: &str, assurance: Assurance) -> Identity {
    Identity {
        kind: party.kind,
        code: party.code.clone(),
        name: party.name.clone(),
        assurance,
        provider: "test".into(),
        assertion: assertion.into(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_providers_statement_signs_in_once_and_makes_one_account() {
    let scratch = Scratch::new().await;
    let desk = desk(&scratch);
    let mut party = Party {
        id: Id::new(&*scratch.clock, &*scratch.entropy),
        kind: PartyKind::Person,
        code: "11010519491231002x".into(),
        name: "韦明月".into(),
    };
    let (one, two) = (identity(&party, "1", Assurance::Strong), identity(&party, "2", Assurance::Weak));
    let arrival = Arrival::default();
    let (a, b) = tokio::join!(by_identity(&desk, &one, &arrival), by_identity(&desk, &two, &arrival));
    let (a, b) = (a.unwrap(), b.unwrap());
    assert_eq!(a.session.account, b.session.account);
    let weak = resolve(&desk, &b.token).await.unwrap().unwrap();
    let weak = weak.actor.person().unwrap();
    assert_eq!((weak.assurance, weak.party.code.as_str()), (Assurance::Weak, "11010519491231002X"));
    let replayed = by_identity(&desk, &one, &arrival).await;
    assert_eq!(replayed, Err(AccessError::SignInRefused { retry_at: None }));
    party.name = "韦明珠".into();
    let renamed = by_identity(&desk, &identity(&party, "3", Assurance::Strong), &arrival).await.unwrap();
    let visit = resolve(&desk, &renamed.token).await.unwrap().unwrap();
    assert_eq!(visit.actor.person().unwrap().party.name, "韦明珠", "the provider knows the name");
    party.code = "110105194912310021".into();
    party.name = String::new();
    let wrong = by_identity(&desk, &identity(&party, "4", Assurance::Strong), &arrival).await;
    assert!(matches!(wrong, Err(AccessError::Invalid(f)) if f.len() == 2), "both faults at once");
}

fn year(acts: &[MandateAct], items: &[&str]) -> MandateScope {
    MandateScope {
        acts: acts.iter().copied().collect(),
        items: items.iter().map(|s| (*s).to_owned()).collect(),
        valid_from: date("2026-01-01"),
        valid_to: date("2026-12-31"),
    }
}

#[tokio::test]
async fn an_agent_acts_within_the_mandate_under_both_names_and_until_it_ends() {
    let scratch = Scratch::new().await;
    let desk = desk(&scratch);
    let (pharmacy, agent, stranger) =
        (company(&scratch).await, person(&scratch, "农佳", 121).await, person(&scratch, "黄春生", 123).await);
    let scope = year(&[MandateAct::View, MandateAct::Confirm], &[]);
    let new = NewMandate { principal: pharmacy.id, agent: agent.id, scope, basis: "授权书2026-1".into() };
    let mandate = give(&desk, &Actor::Machine, &new).await.unwrap();
    assert_eq!(held_by(&desk, agent.id).await.unwrap(), std::slice::from_ref(&mandate));
    assert_eq!(given_by(&desk, pharmacy.id).await.unwrap().len(), 1);

    let (token, visit) = visitor(&scratch, &agent).await;
    let today = desk.now().date();
    assert!(!visit.actor.may_act_for(pharmacy.id, MandateAct::Confirm, None, today), "only once he says so");
    act_under(&desk, &visit, Some(mandate.id)).await.unwrap();
    let visit = resolve(&desk, &token).await.unwrap().unwrap();
    assert_eq!(visit.actor.person().unwrap().principal().name, "邕江大药房");
    let signature = visit.actor.signature();
    assert_eq!((signature.name.as_str(), signature.on_behalf.as_deref()), ("农佳", Some("邕江大药房")));
    assert!(visit.actor.may_act_for(pharmacy.id, MandateAct::Confirm, Some("renew"), today));
    assert!(!visit.actor.may_act_for(pharmacy.id, MandateAct::File, Some("renew"), today));
    assert!(!visit.actor.may_act_for(agent.id, MandateAct::File, None, today), "not for himself at the same time");

    let (_, other) = visitor(&scratch, &stranger).await;
    assert_eq!(act_under(&desk, &other, Some(mandate.id)).await, Err(AccessError::NotFound));
    assert_eq!(super::mandate::end(&desk, &other.actor, mandate.id).await, Err(AccessError::NotFound));

    super::mandate::end(&desk, &visit.actor, mandate.id).await.unwrap();
    let visit = resolve(&desk, &token).await.unwrap().unwrap();
    assert!(visit.mandate_ended && visit.actor.person().unwrap().acting_for.is_none());
    assert_eq!(act_under(&desk, &visit, Some(mandate.id)).await, Err(AccessError::NotFound));
    act_under(&desk, &visit, None).await.unwrap();
    assert!(!resolve(&desk, &token).await.unwrap().unwrap().mandate_ended);
}

#[tokio::test]
async fn a_mandate_past_its_last_day_no_longer_acts() {
    let scratch = Scratch::new().await;
    let desk = desk(&scratch);
    let (pharmacy, agent) = (company(&scratch).await, person(&scratch, "农佳", 121).await);
    let mut scope = year(&[MandateAct::Confirm], &[]);
    scope.valid_to = desk.now().date();
    let new = NewMandate { principal: pharmacy.id, agent: agent.id, scope, basis: "授权书".into() };
    let mandate = give(&desk, &Actor::Machine, &new).await.unwrap();
    let (token, visit) = visitor(&scratch, &agent).await;
    act_under(&desk, &visit, Some(mandate.id)).await.unwrap();
    assert!(resolve(&desk, &token).await.unwrap().unwrap().actor.person().unwrap().acting_for.is_some());
    // The clock stands at noon in China: twelve hours later the day is over.
    later(&scratch, 12 * HOUR);
    assert!(resolve(&desk, &token).await.unwrap().unwrap().mandate_ended);
}

#[tokio::test]
async fn mandates_are_given_by_who_may_give_them() {
    let scratch = Scratch::new().await;
    let desk = desk(&scratch);
    let (me, agent, pharmacy) =
        (person(&scratch, "韦明月", 123).await, person(&scratch, "农佳", 121).await, company(&scratch).await);
    let new = |principal: &Party, acts: &[MandateAct], items: &[&str]| NewMandate {
        principal: principal.id,
        agent: agent.id,
        scope: year(acts, items),
        basis: "本人授权".into(),
    };
    let (_, mine) = visitor(&scratch, &me).await;
    let mut weak = mine.actor.clone();
    if let Actor::Person(p) = &mut weak {
        p.assurance = Assurance::Substantial;
    }
    let delegate = NewMandate {
        principal: pharmacy.id,
        agent: me.id,
        scope: year(&[MandateAct::View, MandateAct::Confirm, MandateAct::Delegate], &["renew"]),
        basis: "章程".into(),
    };
    let own = give(&desk, &Actor::Machine, &delegate).await.unwrap();
    let mut acting = mine.actor.clone();
    if let Actor::Person(p) = &mut acting {
        p.acting_for = Some(own);
    }
    let cases = [
        (&mine.actor, new(&me, &[MandateAct::File], &[]), true),
        (&weak, new(&me, &[MandateAct::File], &[]), false),
        (&mine.actor, new(&pharmacy, &[MandateAct::Confirm], &[]), false),
        (&acting, new(&pharmacy, &[MandateAct::Confirm], &["renew"]), true),
        (&acting, new(&pharmacy, &[MandateAct::Confirm], &[]), false),
        (&acting, new(&pharmacy, &[MandateAct::File], &["renew"]), false),
        (&acting, new(&me, &[MandateAct::Confirm], &["renew"]), false),
        (&Actor::Anonymous, new(&me, &[MandateAct::File], &[]), false),
    ];
    for (i, (by, new, allowed)) in cases.into_iter().enumerate() {
        let given = give(&desk, by, &new).await;
        assert_eq!(given.is_ok(), allowed, "case {i}: {given:?}");
        assert!(allowed || given == Err(AccessError::NotFound), "case {i}");
    }
    let mut wrong = new(&agent, &[], &[]);
    wrong.scope.valid_to = date("2020-01-01");
    wrong.basis = String::new();
    let faults = give(&desk, &Actor::Machine, &wrong).await;
    assert!(matches!(faults, Err(AccessError::Invalid(f)) if f.len() == 4), "everything wrong at once");
}

#[tokio::test]
async fn an_administrator_keeps_staff_only_where_his_rights_reach_and_never_himself() {
    let scratch = Scratch::new().await;
    let desk = desk(&scratch);
    let boss = scope(Role::Administrator, "gx-mpa", "450000", EVERY);
    let (tang, visit) = officer(&scratch, "tang", &[boss]).await;
    let admin = &visit.actor;
    let (li, _) = create(&desk, admin, &new_staff("liwen")).await.unwrap();
    let taken = create(&desk, admin, &new_staff("LiWen")).await;
    assert!(matches!(taken, Err(AccessError::Invalid(f)) if f[0].field == "login"));
    let elsewhere = NewStaff { agency: "gx-amr".into(), ..new_staff("zhou") };
    assert_eq!(create(&desk, admin, &elsewhere).await.err(), Some(AccessError::NotAllowed));
    let (zhou, _) = create(&desk, &Actor::Machine, &elsewhere).await.unwrap();

    let clerk = scope(Role::Clerk, "gx-mpa", "450100", "renew");
    let cases = [
        (li.id, clerk.clone(), Ok(())),
        (li.id, scope(Role::Clerk, EVERY, "450100", "renew"), Err(AccessError::NotAllowed)),
        (li.id, scope(Role::Clerk, "gx-mpa", EVERY, "renew"), Err(AccessError::NotAllowed)),
        (li.id, scope(Role::Clerk, "gx-mpa", "440000", "renew"), Err(AccessError::NotAllowed)),
        (tang.id, clerk.clone(), Err(AccessError::NotAllowed)),
        (zhou.id, clerk.clone(), Err(AccessError::NotFound)),
    ];
    for (whom, scope, want) in cases {
        assert_eq!(grant_scope(&desk, admin, whom, &scope).await, want, "{scope:?}");
    }
    assert_eq!(disable(&desk, admin, tang.id).await, Err(AccessError::NotAllowed), "not himself");
    assert_eq!(disable(&desk, admin, zhou.id).await, Err(AccessError::NotFound));
    let listed = super::staff::list(&scratch.store, admin).await.unwrap();
    assert_eq!(listed.iter().map(|m| m.account.login.as_deref().unwrap()).collect::<Vec<_>>(), ["liwen", "tang"]);
    assert_eq!(revoke_scope(&desk, admin, li.id, &clerk).await, Ok(()));
    assert_eq!(revoke_scope(&desk, admin, li.id, &clerk).await, Err(AccessError::NotFound));
    let (_, acts) = super::staff::show(&desk, admin, li.id).await.unwrap();
    let kinds: BTreeSet<_> = acts.iter().map(|a| (a.kind.as_str(), a.actor_name.as_str())).collect();
    assert_eq!(
        kinds,
        BTreeSet::from([("scope.granted", "李文"), ("scope.revoked", "李文"), ("staff.created", "李文")])
    );
    let wrong = NewStaff {
        login: "李".into(),
        name: " ".into(),
        post: String::new(),
        agency: String::new(),
        region: "x".into(),
    };
    assert!(matches!(create(&desk, admin, &wrong).await, Err(AccessError::Invalid(f)) if f.len() == 5));
}

#[tokio::test]
async fn every_act_is_a_leaf_that_names_nobody() {
    let scratch = Scratch::new().await;
    officer(&scratch, "liwen", &[scope(Role::Clerk, "gx-mpa", EVERY, EVERY)]).await;
    let rows = scratch.store.query("select kind, bytes from leaf order by position", vec![]).await.unwrap();
    let kinds: Vec<_> = rows.iter().map(|r| r.text("kind").unwrap().to_owned()).collect();
    assert_eq!(kinds, ["staff.created", "scope.granted"]);
    for row in &rows {
        let text = String::from_utf8(row.blob("bytes").unwrap().to_vec()).unwrap();
        assert!(!text.contains("李文") && !text.contains("liwen"), "{text}");
        assert!(text.contains("\"commitment\":\""), "{text}");
    }
}

#[tokio::test]
async fn no_secret_is_kept() {
    let scratch = Scratch::on_sqlite("").await;
    let desk = desk(&scratch);
    let (account, _) = officer(&scratch, "liwen", &[]).await;
    let link = issue_link(&desk, &Actor::Machine, account.id, LinkPurpose::SetPassword).await.unwrap();
    let session = by_password(&desk, "liwen", SENTENCE, &Arrival::default()).await.unwrap().token;
    scratch.store.close().await;
    let file = std::fs::read(scratch.folder.path().join("office.db")).unwrap();
    let holds = |bytes: &[u8]| file.windows(bytes.len()).any(|w| w == bytes);
    assert!(holds(b"liwen"), "the file is the whole database");
    for secret in [link.reveal(), session.reveal(), SENTENCE.to_owned()] {
        assert!(!holds(secret.as_bytes()), "{secret}");
        assert!(!holds(&URL_SAFE_NO_PAD.decode(&secret).unwrap_or(secret.into_bytes())));
    }
}

#[tokio::test]
async fn the_table_of_rights_is_the_programs() {
    let scratch = Scratch::new().await;
    let rows = scratch.store.query("select role, allowed from role_right", vec![]).await.unwrap();
    let table: BTreeSet<_> =
        rows.iter().map(|r| (r.text("role").unwrap().to_owned(), r.text("allowed").unwrap().to_owned())).collect();
    let pairs = Role::ALL.iter().flat_map(|role| role.rights().iter().map(|r| (role.word().into(), r.word().into())));
    assert_eq!(table, pairs.collect());
}

#[test]
fn lines_of_agencies_end_at_circles_and_strangers() {
    let lines = |pairs: &[(&str, Option<&str>)]| {
        agency_lines(pairs).into_iter().map(|(a, b)| format!("{a}<{b}")).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(lines(&[("a", None), ("b", Some("a")), ("c", Some("b"))]), "b<a c<a c<b");
    assert_eq!(lines(&[("a", Some("b")), ("b", Some("a"))]), "a<b b<a");
    assert_eq!(lines(&[("a", Some("a"))]), "");
    assert_eq!(lines(&[("a", Some("gone"))]), "a<gone");
}

const AGENCIES: [(&str, Option<&str>); 6] = [
    ("gx", None),
    ("gx-mpa", Some("gx")),
    ("nn-mpa", Some("gx-mpa")),
    ("xz-mpa", Some("nn-mpa")),
    ("gx-amr", Some("gx")),
    ("alone", None),
];
const REGIONS: [&str; 11] = [
    "450000",
    "450100",
    "450103",
    "450103001",
    "450103001201",
    "450200",
    "440000",
    "450110",
    // Three that are over: one merged into 450103, one split between a county and a township elsewhere, one below the first.
    "450104",
    "450201",
    "450104002",
];
const HEIRS: [(&str, &str); 4] =
    [("450104", "450103"), ("450201", "450110"), ("450201", "450103001"), ("450104002", "450103001")];
const ITEMS: [&str; 3] = ["first", "renew", "change"];

/// Any member of a list, or now and then the wildcard.
fn one_of(list: &'static [&'static str], wild: bool) -> impl Strategy<Value = &'static str> {
    (0..list.len() * 5).prop_map(move |n| if wild && n >= list.len() * 4 { EVERY } else { list[n % list.len()] })
}

fn any_scope() -> impl Strategy<Value = Scope> {
    const IDS: [&str; 6] = ["gx", "gx-mpa", "nn-mpa", "xz-mpa", "gx-amr", "alone"];
    (0..Role::ALL.len(), one_of(&IDS, true), one_of(&REGIONS, true), one_of(&ITEMS, true))
        .prop_map(|(role, agency, region, item)| scope(Role::ALL[role], agency, region, item))
}

const FILTERED: &str = concat!(
    "select t.id from place t where ",
    crate::scope_filter!("$1", "$2", "t.agency", "t.region", "t.item"),
    " order by t.id"
);

/// Every agency, region and item there is, as rows to be filtered.
fn places() -> Vec<Place<'static>> {
    let agencies = AGENCIES.iter().map(|(a, _)| *a);
    let each = agencies.flat_map(|agency| {
        REGIONS.iter().flat_map(move |region| ITEMS.iter().map(move |item| (agency, *region, *item)))
    });
    each.map(|(agency, region, item)| Place { agency, region, item }).collect()
}

/// What a role may do, written down a second time.
fn plainly_may(role: Role, right: Right) -> bool {
    match right {
        Right::ViewCase => !matches!(role, Role::Administrator | Role::RuleAuthor | Role::RuleApprover | Role::Window),
        Right::Receive => matches!(role, Role::Clerk | Role::Window),
        Right::HandleCase => role == Role::Clerk,
        Right::DecideCase => matches!(role, Role::Approver | Role::Head),
        Right::Lead => role == Role::Head,
        Right::ReadRegister => matches!(role, Role::Clerk | Role::Approver | Role::Head | Role::Inspector),
        Right::ViewDuty => matches!(role, Role::Approver | Role::Head | Role::Inspector | Role::Auditor),
        Right::HandleDuty => role == Role::Inspector,
        Right::Audit => role == Role::Auditor,
        Right::ManageStaff => role == Role::Administrator,
        Right::WriteRules => role == Role::RuleAuthor,
        Right::ApproveRules => role == Role::RuleApprover,
    }
}

/// A region under every name it has today: its own, and what it became.
fn plainly_named(code: &str) -> Vec<kernel::RegionCode> {
    let became = HEIRS.iter().filter(|(over, _)| *over == code).map(|(_, heir)| *heir);
    std::iter::once(code).chain(became).map(|name| name.parse().unwrap()).collect()
}

/// The decision once more, as one would explain it to somebody: walking up the agencies one by one, and comparing regions as
/// ranges of codes instead of beginnings of texts.
fn plainly(right: Right, rows: &[Scope], place: &Place) -> bool {
    let above = |agency: &str| AGENCIES.iter().find(|(id, _)| *id == agency).and_then(|(_, parent)| *parent);
    rows.iter().any(|row| {
        let agency = row.agency == EVERY
            || std::iter::successors(Some(place.agency), |a| above(a)).any(|agency| agency == row.agency);
        let region = row.region == EVERY
            || plainly_named(&row.region)
                .iter()
                .any(|reached| plainly_named(place.region).iter().any(|named| reached.contains(*named)));
        agency && region && plainly_may(row.role, right) && (row.item == EVERY || row.item == place.item)
    })
}

/// The predicate, the filter and the reference are asked about every place there is, for random rows of rights and every right.
#[test]
fn the_filter_shows_exactly_what_the_predicate_allows() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let table =
        "create table place (id bigint primary key, agency text not null, region text not null, item text not null);";
    let fill: String = places().iter().enumerate().fold(table.to_owned(), |sql, (id, p)| {
        sql + &format!("insert into place values ({id}, '{}', '{}', '{}');", p.agency, p.region, p.item)
    });
    let scratch = runtime.block_on(Scratch::with_tables(&fill));
    runtime.block_on(index_agencies(&desk(&scratch), &AGENCIES, &[])).unwrap();
    let heirs: Vec<_> = HEIRS.iter().map(|(over, heir)| (over.parse().unwrap(), heir.parse().unwrap())).collect();
    runtime.block_on(index_regions(&desk(&scratch), &heirs)).unwrap();
    let (n, seen) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(48));
    let ran = runner.run(&proptest::collection::vec(any_scope(), 0..5), |rows| {
        n.set(n.get() + 1);
        for (right, shown, allowed) in runtime.block_on(both(&scratch, &rows, n.get())) {
            seen.set(seen.get() + shown.len());
            prop_assert_eq!(&shown, &allowed, "{:?} {:?}", right, rows);
            let plain: Vec<i64> =
                (0_i64..).zip(places()).filter(|(_, p)| plainly(right, &rows, p)).map(|(id, _)| id).collect();
            prop_assert_eq!(&shown, &plain, "the reference: {:?} {:?}", right, rows);
        }
        Ok(())
    });
    ran.unwrap();
    let all = 48 * Right::ALL.len() * places().len();
    assert!((all / 100..all / 2).contains(&seen.get()), "rows that say something: {} of {all}", seen.get());
}

/// For each right: the ids the filter shows, and those the predicate allows.
async fn both(scratch: &Scratch, rows: &[Scope], n: usize) -> Vec<(Right, Vec<i64>, Vec<i64>)> {
    let desk = desk(scratch);
    let (account, _) = create(&desk, &Actor::Machine, &new_staff(&format!("u{n}x"))).await.unwrap();
    for row in rows {
        grant_scope(&desk, &Actor::Machine, account.id, row).await.unwrap();
    }
    let scopes = super::staff::scopes(&scratch.store, account.id).await.unwrap();
    let mut compared = Vec::new();
    for right in Right::ALL {
        let params = vec![Value::from(account.id), right.word().into()];
        let found = scratch.store.query(FILTERED, params).await.unwrap();
        let shown = found.iter().map(|r| r.int("id").unwrap()).collect();
        let allowed = (0_i64..).zip(places()).filter(|(_, p)| scopes.allow(*right, p)).map(|(id, _)| id).collect();
        compared.push((*right, shown, allowed));
    }
    compared
}

#[tokio::test]
async fn a_merged_region_moves_the_rights_over_it_on_its_day_and_a_taken_right_is_gone_at_once() {
    let scratch = Scratch::new().await;
    let desk = desk(&scratch);
    let row = scope(Role::Approver, EVERY, "450104", EVERY);
    let (account, _) = officer(&scratch, "liwen", std::slice::from_ref(&row)).await;
    let reaches = async |region: &str| {
        let scopes = super::staff::scopes(&scratch.store, account.id).await.unwrap();
        scopes.allow(Right::DecideCase, &Place { agency: "nn-mpa", region, item: "renew" })
    };
    assert!(reaches("450104").await && !reaches("450103001").await);
    let merged = [("450104".parse().unwrap(), "450103".parse().unwrap())];
    index_regions(&desk, &merged).await.unwrap();
    assert!(reaches("450104").await && reaches("450103").await && reaches("450103001").await);
    assert!(!reaches("450200").await);
    // What was written down wrongly is taken back.
    index_regions(&desk, &[]).await.unwrap();
    assert!(!reaches("450103").await);
    index_regions(&desk, &merged).await.unwrap();
    revoke_scope(&desk, &Actor::Machine, account.id, &row).await.unwrap();
    assert!(!reaches("450104").await && !reaches("450103").await);
}

#[tokio::test]
async fn a_moved_agency_moves_the_rights_over_it() {
    let scratch = Scratch::new().await;
    let desk = desk(&scratch);
    let (account, _) = officer(&scratch, "liwen", &[scope(Role::Approver, "gx-mpa", EVERY, EVERY)]).await;
    let place = Place { agency: "nn-mpa", region: "450100", item: "renew" };
    let mut seen = Vec::new();
    for parent in [None, Some("gx-mpa"), Some("gx-amr"), Some("gx-mpa")] {
        index_agencies(&desk, &[("gx-mpa", None), ("gx-amr", None), ("nn-mpa", parent)], &[]).await.unwrap();
        let scopes = super::staff::scopes(&scratch.store, account.id).await.unwrap();
        seen.push(scopes.allow(Right::DecideCase, &place));
    }
    assert_eq!(seen, [false, true, false, true]);
}

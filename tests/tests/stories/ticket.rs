//! Stories of tickets and appointments, told through the pages of a phone, a door, two counters and a screen, on both engines.

use affairs::access::{self, Actor, EVERY, NewStaff, Role, Scope, StaffActor};
use affairs::ticket::{self, Book, Take, TicketError, TicketState, Wait};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use kernel::Moment;
use serde_json::{Value as Json, json};
use stories::world::SHARD;
use stories::{Answer, Browser, World};

const HALL: &str = "hall-450103";
const MINUTE: i64 = 60_000;

fn at(text: &str) -> Moment {
    format!("{text}:00+08:00").parse().unwrap()
}

/// Tuesday morning, and the hall is open.
fn open(world: &World) {
    world.scratch.clock.set(at("2026-11-24T09:05"));
}

fn pass(world: &World, minutes: i64) {
    world.scratch.clock.set(world.now().plus_ms(minutes * MINUTE));
}

async fn ask(site: &Router, request: Request<Body>) -> (StatusCode, Json) {
    let answer = Browser::new(site).send(request).await;
    (answer.status, serde_json::from_slice(&answer.bytes).unwrap_or_default())
}

async fn machine(site: &Router, key: &str, body: &Json) -> (StatusCode, Json) {
    let request = Request::post(format!("/api/v1/halls/{HALL}/tickets"))
        .header(header::CONTENT_TYPE, "application/json")
        .header("idempotency-key", key);
    ask(site, request.body(body.to_string().into()).unwrap()).await
}

async fn lines(site: &Router) -> Json {
    ask(site, Request::get(format!("/api/v1/halls/{HALL}/lines")).body(Body::empty()).unwrap()).await.1
}

async fn desk(world: &World, site: &Router, officer: &StaffActor) -> Browser {
    Browser::of(world, site, officer.account).await
}

/// Presses a button at a counter, for the ticket that its page shows.
async fn press(desk: &mut Browser, code: &str, button: &str, case: &str) -> Answer {
    let path = format!("/staff/counters/{HALL}/{code}");
    let page = desk.get(&path).await;
    let (id, version) = (page.hidden("id"), page.hidden("version"));
    let all = [("do", button), ("id", id.as_str()), ("version", version.as_str()), ("case", case)];
    // A page without a ticket has no hidden fields to send.
    let sent: Vec<(&str, &str)> = all.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    desk.post(&path, &sent).await
}

/// The number that a counter serves.
async fn number(desk: &mut Browser, code: &str) -> String {
    let page = desk.get(&format!("/staff/counters/{HALL}/{code}")).await.text();
    page.split("<p class=\"number\">").nth(1).unwrap_or_default().split('<').next().unwrap().to_owned()
}

async fn a_day_at_a_hall(world: World) {
    let site = world.site();
    let mut wei = Browser::new(&site);
    let form = format!("/halls/{HALL}/ticket");
    // In the evening the hall is closed, and says so; so does a machine that was left on.
    let closed = wei.get(&form).await.main();
    assert!(closed.contains("大厅现在没有开放") && closed.contains("9:00–12:00"), "{closed}");
    assert_eq!(wei.post(&form, &[("/offer", "integrated"), ("key", "evening-1")]).await.status, StatusCode::CONFLICT);
    assert_eq!(machine(&site, "evening-2", &json!({ "offer": "integrated" })).await.0, StatusCode::CONFLICT);

    open(&world);
    let page = wei.get(&form).await;
    assert!(page.main().contains("未知（没有窗口开放）"), "nothing is invented: {}", page.main());
    let nothing = wei.post(&form, &[("key", "nothing-chosen")]).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nothing.main().contains("请选择要办的业务"), "{}", nothing.main());
    let wrong = wei.post(&form, &[("/offer", "village-help"), ("/priority", "boss"), ("key", "wrong-choice")]).await;
    assert!(
        wrong.main().contains("请选择要办的业务") && wrong.main().contains("请从列出的优先情形中选择"),
        "all at once"
    );
    let taken = wei.post(&form, &[("/offer", "integrated"), ("key", "wei-takes-1")]).await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER, "{}", taken.main());
    let mine = taken.location().to_owned();
    assert!(wei.get(&mine).await.main().contains("A001"));
    // Pressed twice on one phone: the same ticket.
    let again = wei.post(&form, &[("/offer", "integrated"), ("key", "wei-takes-2")]).await;
    assert_eq!(again.location(), mine);

    // At the door, for somebody without a phone, who goes first.
    let li = world.officer("li", "李文", &[Role::Clerk]).await;
    let mo = world.officer("mo", "莫小", &[Role::Clerk]).await;
    let (mut door, mut second) = (desk(&world, &site, &li).await, desk(&world, &site, &mo).await);
    let given = [("/offer", "integrated"), ("/priority", "elderly"), ("key", "at-the-door-1")];
    let given = door.post(&format!("/staff/counters/{HALL}/door/ticket"), &given).await;
    assert_eq!(given.status, StatusCode::SEE_OTHER, "{}", given.main());
    let told = door.get(given.location()).await.main();
    assert!(told.contains("已发 A002 号") && told.contains("老年人"), "{told}");

    let closed = press(&mut door, "A-1", "call", "").await;
    assert_eq!(closed.status, StatusCode::CONFLICT);
    assert!(closed.main().contains("请先以自己的名义开窗"), "{}", closed.main());
    assert_eq!(press(&mut door, "A-1", "open", "").await.status, StatusCode::SEE_OTHER);
    assert_eq!(press(&mut second, "A-2", "open", "").await.status, StatusCode::SEE_OTHER);
    assert_eq!(press(&mut door, "A-1", "call", "").await.status, StatusCode::SEE_OTHER);
    assert_eq!(number(&mut door, "A-1").await, "A002", "priority first");
    let twice = press(&mut door, "A-1", "call", "").await;
    assert!(twice.status == StatusCode::CONFLICT && twice.main().contains("请先结束当前的号"), "{}", twice.main());
    press(&mut second, "A-2", "call", "").await;
    assert_eq!(number(&mut second, "A-2").await, "A001");
    assert!(wei.get(&mine).await.main().contains("请到 A-2 号窗口"), "{}", wei.get(&mine).await.main());
    let late = wei.post(&format!("{mine}/leave"), &[]).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "a ticket that was called is not given up");
    // Somebody else's counter is not worked at, nor taken over while it serves.
    let other = press(&mut second, "A-1", "finish", "").await;
    assert_eq!(other.status, StatusCode::NOT_FOUND, "{}", other.main());
    assert_eq!(number(&mut door, "A-1").await, "A002", "and it serves on");
    assert!(press(&mut second, "A-1", "open", "").await.main().contains("李文正在这个窗口办理"));

    // The screen: numbers and counters.
    let screen = Browser::new(&site).get(&format!("/halls/{HALL}/board")).await.main();
    assert!(screen.contains("A001") && screen.contains("A-2") && screen.contains("A002"), "{screen}");
    assert!(!screen.contains("李文") && !screen.contains("莫小"), "{screen}");

    // Nobody came; later he does, and waits again.
    press(&mut second, "A-2", "pass", "").await;
    assert!(wei.get(&mine).await.main().contains("重新排队"));
    world.scratch.clock.set(world.now().plus_ms(60_000));
    let door_page = door.get(&format!("/staff/counters/{HALL}")).await;
    let (id, version) = (door_page.hidden("id"), door_page.hidden("version"));
    let back = [("id", id.as_str()), ("version", version.as_str()), ("do", "back")];
    let step = format!("/staff/counters/{HALL}/door/step");
    assert_eq!(door.post(&step, &back).await.status, StatusCode::SEE_OTHER);
    assert_eq!(door.post(&step, &back).await.status, StatusCode::CONFLICT, "once");

    // Who is not entitled to go first waits with the others, from when he came.
    press(&mut door, "A-1", "ordinary", "").await;
    press(&mut door, "A-1", "call", "").await;
    assert_eq!(number(&mut door, "A-1").await, "A002", "he came before the other came back");
    a_service_ends_with_a_case(&world, &site, &mut door).await;
}

/// The clerk writes the number of what was filed; a number he does not find is told, and nothing is lost.
async fn a_service_ends_with_a_case(world: &World, site: &Router, door: &mut Browser) {
    let (person, nong) = (world.person("韦明月", 1).await, world.person("农佳", 2).await);
    let (code, _) = world.pharmacy("邕江大药房", &nong).await;
    world.registered(&person, &code, 60).await;
    let case = world.file(&person, "fd-pharmacist-renew", &world.renewal(&person, &code, 60), "k").await.unwrap();
    let wrong = press(door, "A-1", "finish", "450000-2026-000000-X").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.main().contains("没有这个编号的办件") && wrong.text().contains("450000-2026-000000-X"));
    assert_eq!(press(door, "A-1", "finish", &case.number).await.status, StatusCode::SEE_OTHER);
    let tickets = ticket::led_to(&world.scratch.store, case.id).await.unwrap();
    assert_eq!(
        tickets.iter().map(|t| (t.number.as_str(), t.state)).collect::<Vec<_>>(),
        [("A002", TicketState::Finished)]
    );
    let mut applicant = Browser::of(world, site, person.account).await;
    let story = applicant.get(&format!("/cases/{}", case.number)).await.main();
    assert!(story.contains("在大厅窗口办理（叫号）") && story.contains("李文"), "{story}");
}

#[tokio::test]
async fn a_day_at_a_hall_on_both_engines() {
    for world in World::on_both_engines().await {
        a_day_at_a_hall(world).await;
    }
}

/// Twenty tickets, two counters that press at the same instant, as long as anybody waits: each ticket is called once.
async fn two_counters_never_call_the_same(world: World) {
    open(&world);
    let site = world.site();
    let mut ids = Vec::new();
    for n in 0..20 {
        let (status, body) = machine(&site, &format!("machine-{n}"), &json!({ "offer": "integrated" })).await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
        ids.push(body["number"].as_str().unwrap().to_owned());
    }
    ids.dedup();
    assert_eq!(ids.len(), 20, "every ticket has its own number: {ids:?}");
    let (li, mo) = (
        Actor::Staff(world.officer("li", "李文", &[Role::Clerk]).await),
        Actor::Staff(world.officer("mo", "莫小", &[Role::Clerk]).await),
    );
    let desk = world.desk();
    ticket::open_counter(&desk, &li, (HALL, "A-1")).await.unwrap();
    ticket::open_counter(&desk, &mo, (HALL, "A-2")).await.unwrap();
    let mut called = Vec::new();
    loop {
        let pressed = tokio::join!(
            ticket::call(&desk, &li, (HALL, "A-1")),
            ticket::call(&desk, &mo, (HALL, "A-2")),
            // The same counter, pressed twice: the second press finds somebody there.
            ticket::call(&desk, &mo, (HALL, "A-2")),
        );
        let mut served = Vec::new();
        for one in [pressed.0, pressed.1, pressed.2] {
            match one {
                Ok(found) => served.extend(found),
                Err(TicketError::NotAllowed(_)) => {}
                Err(other) => panic!("{other}"),
            }
        }
        if served.is_empty() {
            break;
        }
        pass(&world, 6);
        for one in served {
            let by = if one.counter.as_deref() == Some("A-1") { &li } else { &mo };
            let end = ticket::Serve { step: ticket::Step::Finish, version: one.version, case: None };
            ticket::serve(&desk, by, one.id, &end).await.unwrap();
            called.push(one.number);
        }
    }
    let mut distinct = called.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!((called.len(), distinct.len()), (20, 20), "{called:?}");
    // Every service took six minutes and both counters are free: whoever comes now is called at once; behind two who are
    // served and one who waits it takes the third of three ends at two counters.
    let now = lines(&site).await;
    assert_eq!(now["lines"][0]["wait"], json!({ "from_minutes": 0, "to_minutes": 0, "unknown": null }), "{now}");
    assert_eq!(now["lines"][0]["measured"], 20);
    for n in 0..3 {
        machine(&site, &format!("later-walk-in-{n}"), &json!({ "offer": "integrated" })).await;
    }
    ticket::call(&desk, &li, (HALL, "A-1")).await.unwrap().unwrap();
    ticket::call(&desk, &mo, (HALL, "A-2")).await.unwrap().unwrap();
    let today = ticket::today(&desk, HALL).await.unwrap();
    let stand = today.newcomer("integrated").unwrap();
    assert_eq!((stand.ahead, stand.wait), (1, Wait::Between(6, 6)));
    // The first counter hands results out as well, but has handed out too few today to tell.
    assert_eq!(today.newcomer("results").unwrap().wait, Wait::Unknown(ticket::Unknown::TooFew));
    // The next morning nothing is known again.
    world.scratch.clock.set(at("2026-11-25T09:05"));
    ticket::open_counter(&desk, &li, (HALL, "A-1")).await.unwrap();
    machine(&site, "next-day-1", &json!({ "offer": "integrated" })).await;
    let today = ticket::today(&desk, HALL).await.unwrap();
    assert_eq!(today.newcomer("integrated").unwrap().wait, Wait::Unknown(ticket::Unknown::TooFew));
    assert_eq!((today.tickets.len(), today.tickets[0].number.as_str()), (1, "A001"));
}

#[tokio::test]
async fn two_counters_never_call_the_same_on_both_engines() {
    for world in World::on_both_engines().await {
        two_counters_never_call_the_same(world).await;
    }
}

#[tokio::test]
async fn a_machine_that_asks_twice_gets_one_ticket_and_another_question_another_answer() {
    let world = World::new().await;
    open(&world);
    let site = world.site();
    let (first, again) = (
        machine(&site, "pressed-twice", &json!({ "offer": "integrated" })).await,
        machine(&site, "pressed-twice", &json!({ "offer": "integrated" })).await,
    );
    assert_eq!((first.0, again.0), (StatusCode::CREATED, StatusCode::CREATED));
    assert_eq!((&first.1["id"], &first.1["ahead"]), (&again.1["id"], &json!(0)));
    assert_eq!(machine(&site, "pressed-twice", &json!({ "offer": "results" })).await.0, StatusCode::CONFLICT);
    let unknown = machine(&site, "wrong-item", &json!({ "offer": "integrated", "item": "no-such-item" })).await;
    assert_eq!(unknown.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(unknown.1["errors"][0]["pointer"], "/item");
    let id = first.1["id"].as_str().unwrap();
    let shown = ask(&site, Request::get(format!("/api/v1/tickets/{id}")).body(Body::empty()).unwrap()).await;
    assert_eq!((shown.0, &shown.1["state"]), (StatusCode::OK, &json!("waiting")));
    let nowhere = Request::get("/api/v1/halls/hall-990000/lines").body(Body::empty()).unwrap();
    assert_eq!(ask(&site, nowhere).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_post_elsewhere_and_a_citizen_find_no_counter() {
    let world = World::new().await;
    open(&world);
    let site = world.site();
    let base = world.base();
    let new = NewStaff {
        login: "liuzhou".into(),
        name: "覃文".into(),
        post: "受理".into(),
        agency: "gx-mpa".into(),
        region: "450200".into(),
    };
    let (account, _) = access::staff::create(&base, &Actor::Machine, &new).await.unwrap();
    let scope = Scope { role: Role::Clerk, agency: EVERY.into(), region: "450200".into(), item: EVERY.into() };
    access::staff::grant_scope(&base, &Actor::Machine, account.id, &scope).await.unwrap();
    let mut elsewhere = Browser::of(&world, &site, account.id).await;
    let list = elsewhere.get("/staff/counters").await.main();
    assert!(list.contains("柳州") && !list.contains("青秀"), "{list}");
    let auditor = world.officer("he", "何清", &[Role::Auditor, Role::Approver]).await;
    let mut auditor = desk(&world, &site, &auditor).await;
    let wei = world.person("韦明月", 1).await;
    let mut citizen = Browser::of(&world, &site, wei.account).await;
    for browser in [&mut elsewhere, &mut auditor, &mut citizen] {
        for path in [format!("/staff/counters/{HALL}"), format!("/staff/counters/{HALL}/A-1")] {
            assert_eq!(browser.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        let path = format!("/staff/counters/{HALL}/A-1");
        assert_eq!(browser.post(&path, &[("do", "open")]).await.status, StatusCode::NOT_FOUND);
    }
    let li = world.officer("li", "李文", &[Role::Clerk]).await;
    let mut li = desk(&world, &site, &li).await;
    assert_eq!(li.get(&format!("/staff/counters/{HALL}/Z-9")).await.status, StatusCode::NOT_FOUND);
}

async fn an_appointment(world: World) {
    open(&world);
    let site = world.site();
    let form = format!("/halls/{HALL}/appointment");
    let mut people = Vec::new();
    for n in 1..=4 {
        people.push(world.person("测试申请人", n).await);
    }
    // Anybody looks; on Sunday and on past days there is nothing to choose.
    let shown = Browser::new(&site).get(&format!("{form}?offer=integrated&day=2026-11-25")).await.main();
    assert!(shown.contains("09:00（还可约 3 人）") && shown.contains("需要登录"), "{shown}");
    assert!(!shown.contains("2026年11月29日") && !shown.contains("2026年11月23日"), "{shown}");
    let mut wei = Browser::of(&world, &site, people[0].account).await;
    for (when, why) in [
        ("2026-11-29T09:00:00+08:00", "a Sunday"),
        ("2026-11-24T08:00:00+08:00", "before the hall opens"),
        ("2026-11-24T12:00:00+08:00", "at noon"),
        ("2026-12-20T09:00:00+08:00", "too far ahead"),
        ("2026-11-25T09:10:00+08:00", "between two slots"),
    ] {
        let sent = [("offer", "integrated"), ("/at", when), ("key", "no-such-slot")];
        let refused = wei.post(&form, &sent).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{why}");
        assert!(refused.main().contains("这个时间不能预约"), "{why}: {}", refused.main());
    }

    // Four people want a slot for three at the same instant.
    let desk = world.desk();
    let slot = at("2026-11-25T09:30");
    let book = |n: usize, at: Moment| {
        let (desk, person) = (&desk, &people[n]);
        async move {
            let key = format!("book-{n}-{at}");
            let actor = Actor::Person(person.clone());
            let asked = Book { hall: HALL, offer: "integrated", item: None, at, party: Some(&person.party), key: &key };
            ticket::book(desk, &actor, &asked).await
        }
    };
    let all = tokio::join!(book(0, slot), book(1, slot), book(2, slot), book(3, slot));
    let all = [all.0, all.1, all.2, all.3];
    assert_eq!(all.iter().filter(|made| made.is_ok()).count(), 3, "{all:?}");
    assert!(all.iter().any(|made| matches!(made, Err(TicketError::Form(_)))), "{all:?}");
    let made: Vec<_> = all.into_iter().flatten().collect();
    let holder = |made: &ticket::Appointment| people.iter().find(|p| Some(p.party.id) == made.party).unwrap();
    let left = ticket::slots(&desk, HALL, ("integrated", slot.date())).await.unwrap();
    assert_eq!(left[1].left, 0);

    // Two open ones at most; one given back makes room for the person and for others.
    let first = holder(&made[0]);
    let n = people.iter().position(|p| p.party.id == first.party.id).unwrap();
    book(n, at("2026-11-26T09:30")).await.unwrap();
    assert!(matches!(book(n, at("2026-11-27T09:30")).await, Err(TicketError::NotAllowed(_))));
    let actor = Actor::Person(first.clone());
    ticket::cancel(&desk, &actor, made[0].id).await.unwrap();
    assert!(matches!(ticket::cancel(&desk, &actor, made[0].id).await, Err(TicketError::NotAllowed(_))));
    let stranger = Actor::Person(holder(&made[1]).clone());
    assert!(matches!(ticket::cancel(&desk, &stranger, made[0].id).await, Err(TicketError::NotFound)));
    book(n, at("2026-11-27T09:30")).await.unwrap();
    assert_eq!(ticket::slots(&desk, HALL, ("integrated", slot.date())).await.unwrap()[1].left, 1);

    // At the hall: not before twenty minutes ahead; called first from its time on, and last before it.
    let second = holder(&made[1]);
    world.scratch.clock.set(at("2026-11-25T09:05"));
    let mut phone = Browser::of(&world, &site, second.account).await;
    let come = format!("/appointments/{}/come", made[1].id);
    let early = phone.post(&come, &[]).await;
    assert_eq!(early.status, StatusCode::CONFLICT);
    assert!(early.main().contains("预约时间前 20 分钟起可以签到"), "{}", early.main());
    world.scratch.clock.set(at("2026-11-25T09:12"));
    let there = phone.post(&come, &[]).await;
    assert_eq!(there.status, StatusCode::SEE_OTHER, "{}", there.main());
    assert!(phone.get(there.location()).await.main().contains("到这个时间起叫09:30"));
    let walk_in = |key: &'static str| Take { hall: HALL, offer: "integrated", item: None, priority: None, key };
    for key in ["walk-in-1", "walk-in-2"] {
        ticket::take(&desk, &Actor::Anonymous, &walk_in(key)).await.unwrap();
    }
    let li = Actor::Staff(world.officer("li", "李文", &[Role::Clerk]).await);
    ticket::open_counter(&desk, &li, (HALL, "A-1")).await.unwrap();
    let called = ticket::call(&desk, &li, (HALL, "A-1")).await.unwrap().unwrap();
    assert_eq!(called.number, "A002", "before its time others are called");
    world.scratch.clock.set(at("2026-11-25T09:31"));
    let end = ticket::Serve { step: ticket::Step::Finish, version: called.version, case: None };
    ticket::serve(&desk, &li, called.id, &end).await.unwrap();
    assert!(matches!(ticket::serve(&desk, &li, called.id, &end).await, Err(TicketError::NotAllowed(_))), "served once");
    let called = ticket::call(&desk, &li, (HALL, "A-1")).await.unwrap().unwrap();
    assert_eq!((called.number.as_str(), called.appointment), ("A001", Some(made[1].id)), "at its time it goes first");

    // Nobody came: a quarter of an hour later the appointment is over, and its seat is free again.
    let third = Actor::Person(holder(&made[2]).clone());
    world.scratch.clock.set(at("2026-11-25T09:46"));
    assert!(matches!(ticket::come(&desk, &third, made[2].id).await, Err(TicketError::NotAllowed(_))));
    let mut late = Browser::of(&world, &site, holder(&made[2]).account).await;
    assert!(late.get("/me/appointments").await.main().contains("没有来"));
    assert_eq!(ticket::of_hall(&world.scratch.store, (SHARD, HALL), slot.date()).await.unwrap().len(), 3);
}

#[tokio::test]
async fn an_appointment_on_both_engines() {
    for world in World::on_both_engines().await {
        an_appointment(world).await;
    }
}

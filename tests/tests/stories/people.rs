//! Stories of people who decide: who has a case and why, who must stay away from it, two who answer together, and the
//! minute in which a signed decision may still be taken back.

use affairs::access::{
    self, Actor, NewAbsence, NewTie, PersonActor, Role, Scope, StaffActor, TieKind, absence, staff, tie,
};
use affairs::approval::{self, ApprovalError, Case, How, Queue, Ruling, RulingDraft, State, Whose};
use affairs::catalog::Files;
use axum::http::StatusCode;
use kernel::Id;
use store::testing::Scratch;
use stories::{Browser, World};

const RENEW: &str = "fd-pharmacist-renew";
const REASONS: &str = "经向核查机关核实，许可证有效。";
const SECOND_MS: i64 = 1_000;

struct Filed {
    qin: PersonActor,
    pharmacy: String,
    case: Case,
}

/// A case that waits for a person: the pharmacy's own licence is under review.
async fn referred(world: &World, name: &str, n: u16) -> Filed {
    let (qin, nong) = (world.person(name, n).await, world.person("农佳", 2).await);
    let (pharmacy, agent) = world.pharmacy("邕江大药房", &nong).await;
    world.registered(&qin, &pharmacy, 60).await;
    world.shop_licence(&pharmacy, "under_review").await;
    let case = world.file(&qin, RENEW, &world.renewal(&qin, &pharmacy, 60), &format!("key-{n}-1")).await.unwrap();
    let case = approval::confirm(&world.desk(), &agent, case.id).await.unwrap();
    assert_eq!(case.state, State::InReview);
    Filed { qin, pharmacy, case }
}

fn actor(officer: &StaffActor) -> Actor {
    Actor::Staff(officer.clone())
}

/// The officer with the rights he has now.
async fn again(world: &World, officer: &StaffActor) -> Actor {
    let scopes = staff::scopes(&world.scratch.store, officer.account).await.unwrap();
    Actor::Staff(StaffActor { scopes, ..officer.clone() })
}

async fn story(world: &World, case: &Case) -> approval::File {
    approval::story(&world.scratch.store, case.id).await.unwrap().unwrap()
}

async fn sign(world: &World, officer: &StaffActor, case: &Case, ruling: Ruling) -> Result<Case, ApprovalError> {
    let version = story(world, case).await.case.version;
    let draft = RulingDraft { ruling, reasons: REASONS, version };
    approval::rule(&world.desk(), &actor(officer), case.id, &draft).await
}

fn kinds(file: &approval::File) -> Vec<&str> {
    file.events.iter().map(|event| event.kind.as_str()).collect()
}

fn wait(world: &World, ms: i64) {
    world.scratch.clock.set(world.now().plus_ms(ms));
}

async fn leave(world: &World) -> usize {
    approval::leave_due(&world.desk()).await.unwrap()
}

#[tokio::test]
async fn a_signed_decision_may_be_taken_back_for_a_minute_and_then_leaves_once() {
    let world = World::with_undo().await;
    let Filed { qin, case, .. } = referred(&world, "覃海燕", 5).await;
    let officer = world.officer("moran", "莫然", &[Role::Approver]).await;

    let signed = sign(&world, &officer, &case, Ruling::Refuse).await.unwrap();
    assert_eq!(signed.state, State::InReview, "nothing is decided yet");
    let file = story(&world, &case).await;
    assert_eq!((file.decisions.len(), file.pending.as_ref().unwrap().ruling), (1, Ruling::Refuse));
    // The applicant reads nothing of what has not been decided.
    let (seen, _) =
        approval::file_for(&world.scratch.store, &Actor::Person(qin.clone()), case.id, world.now()).await.unwrap();
    assert!(seen.pending.is_none() && !kinds(&seen).contains(&"ruling_signed"), "{:?}", kinds(&seen));

    wait(&world, 30 * SECOND_MS);
    approval::undo(&world.desk(), &actor(&officer), case.id).await.unwrap();
    wait(&world, 60 * SECOND_MS);
    assert_eq!(leave(&world).await, 0);
    let file = story(&world, &case).await;
    assert_eq!((file.case.state, file.pending.is_none()), (State::InReview, true));
    assert!(kinds(&file).contains(&"ruling_undone"), "an undo leaves a trace");
    let kept = approval::kept_ruling(&world.scratch.store, case.id, officer.account).await.unwrap();
    assert_eq!(kept, Some(("refuse".to_owned(), REASONS.to_owned())), "what he wrote is not lost");
    let late = approval::undo(&world.desk(), &actor(&officer), case.id).await;
    assert!(matches!(late, Err(ApprovalError::NotAllowed(_))), "{late:?}");

    sign(&world, &officer, &case, Ruling::Grant).await.unwrap();
    wait(&world, 59 * SECOND_MS);
    assert_eq!(leave(&world).await, 0, "a second is left");
    wait(&world, SECOND_MS);
    assert_eq!(leave(&world).await, 1);
    assert_eq!(leave(&world).await, 0, "it leaves once");
    let file = story(&world, &case).await;
    assert_eq!((file.case.state, file.decisions.len()), (State::Granted, 2));
    assert_eq!(file.case.decided_at, Some(world.now()), "it counts from when it left");
    assert!(affairs::licence::by_case(&world.scratch.store, case.applicant, case.id).await.unwrap().is_some());
}

#[tokio::test]
async fn what_was_signed_survives_the_end_of_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let at = store::Location::Sqlite(folder.path().join("office.db"));
    let case = {
        let first = World::at(folder.path(), 1).await;
        let world = World::with_files(first.scratch, Files::seed()).await;
        let Filed { case, .. } = referred(&world, "覃海燕", 5).await;
        let officer = world.officer("moran", "莫然", &[Role::Approver]).await;
        sign(&world, &officer, &case, Ruling::Grant).await.unwrap();
        case
    };
    let world = World::opened(&at, folder.path(), 2).await;
    world.scratch.clock.set(stories::world::EVENING.parse::<kernel::Moment>().unwrap().plus_ms(61 * SECOND_MS));
    assert_eq!((leave(&world).await, leave(&world).await), (1, 0), "nothing lost, nothing twice");
    let file = story(&world, &case).await;
    assert_eq!((file.case.state, file.decisions.len()), (State::Granted, 2));
}

#[tokio::test]
async fn of_two_who_decide_one_wins_and_the_other_is_told() {
    let world = World::with_undo().await;
    let Filed { case, .. } = referred(&world, "覃海燕", 5).await;
    let first = world.officer("moran", "莫然", &[Role::Approver]).await;
    let second = world.officer("liwen", "李文", &[Role::Approver]).await;
    let site = world.site();
    let (mut one, mut two) =
        (Browser::of(&world, &site, first.account).await, Browser::of(&world, &site, second.account).await);
    let path = format!("/staff/cases/{}", case.number);
    let (seen_one, seen_two) = (one.get(&path).await.hidden("version"), two.get(&path).await.hidden("version"));
    let form = |version: &str, outcome: &str| {
        [("version", version.to_owned()), ("outcome", outcome.to_owned()), ("reasons", REASONS.to_owned())]
    };
    let sent = form(&seen_one, "grant");
    let sent: Vec<(&str, &str)> = sent.iter().map(|(k, v)| (*k, v.as_str())).collect();
    assert_eq!(one.post(&format!("{path}/decide"), &sent).await.status, StatusCode::SEE_OTHER);
    let lost = form(&seen_two, "refuse");
    let lost: Vec<(&str, &str)> = lost.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let answer = two.post(&format!("{path}/decide"), &lost).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    let text = answer.main();
    assert!(text.contains("决定没有送出") && text.contains("已签署，尚未送出") && text.contains("莫然"), "{text}");
    assert!(text.contains(REASONS), "what the second wrote stands on the page");
    assert!(!text.contains("收回决定"), "it is not his to take back");

    // The first sees his minute, and sends the decision off before its end.
    let page = one.get(&path).await;
    assert!(page.main().contains("还有 60 秒送出") && page.main().contains("收回决定"), "{}", page.main());
    let off = one.post(&format!("{path}/hold"), &[("do", "leave")]).await;
    assert_eq!(off.location(), format!("{path}?done=1"));
    assert!(one.get(off.location()).await.main().contains("决定已经送出"));
    let late = one.post(&format!("{path}/hold"), &[("do", "undo")]).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "what left cannot be taken back");
    assert_eq!(story(&world, &case).await.case.state, State::Granted);
}

#[tokio::test]
async fn a_decision_on_a_case_withdrawn_meanwhile_is_not_issued_and_that_is_said() {
    let world = World::with_undo().await;
    let Filed { qin, case, .. } = referred(&world, "覃海燕", 5).await;
    let officer = world.officer("moran", "莫然", &[Role::Approver]).await;
    sign(&world, &officer, &case, Ruling::Grant).await.unwrap();
    approval::withdraw(&world.desk(), &qin, case.id, "不办了").await.unwrap();
    wait(&world, 61 * SECOND_MS);
    assert_eq!(leave(&world).await, 1);
    let file = story(&world, &case).await;
    assert_eq!((file.case.state, file.decisions.len()), (State::Withdrawn, 1));
    let void = file.events.iter().find(|event| event.kind == "ruling_void").unwrap();
    assert!(void.detail["why"]["zh"].as_str().unwrap().contains("撤回"), "{}", void.detail);
    let site = world.site();
    let page = Browser::of(&world, &site, officer.account).await.get(&format!("/staff/cases/{}", case.number)).await;
    assert!(page.main().contains("决定没有送出") && page.main().contains(REASONS), "{}", page.main());
    assert!(affairs::licence::by_case(&world.scratch.store, case.applicant, case.id).await.unwrap().is_none());
}

#[tokio::test]
async fn a_role_taken_away_a_second_ago_decides_nothing() {
    let world = World::with_undo().await;
    let Filed { case, .. } = referred(&world, "覃海燕", 5).await;
    let officer = world.officer("moran", "莫然", &[Role::Approver, Role::Clerk]).await;
    sign(&world, &officer, &case, Ruling::Grant).await.unwrap();
    let scope = Scope { role: Role::Approver, agency: "gx-mpa".into(), region: "450000".into(), item: "*".into() };
    staff::revoke_scope(&world.base(), &Actor::Machine, officer.account, &scope).await.unwrap();
    let off = approval::leave_now(&world.desk(), &again(&world, &officer).await, case.id).await;
    assert!(matches!(&off, Err(ApprovalError::Forbidden(why)) if why.zh.contains("权限")), "{off:?}");
    let file = story(&world, &case).await;
    assert_eq!((file.case.state, file.pending.is_none()), (State::InReview, true));
    let draft = RulingDraft { ruling: Ruling::Grant, reasons: REASONS, version: file.case.version };
    let ruled = approval::rule(&world.desk(), &again(&world, &officer).await, case.id, &draft).await;
    assert!(matches!(ruled, Err(ApprovalError::Forbidden(_))), "{ruled:?}");
}

/// The seed catalogue, in which a renewal takes two officers and no machine.
fn two_officers() -> Files {
    let mut files = Files::seed();
    let path = format!("items/{RENEW}/item.toml");
    let item = String::from_utf8(files.get(&path).unwrap().to_vec()).unwrap();
    let two = "\n[never_instant]\nreason = { zh = \"要核实\", en = \"verified\" }\ngrade = \"D\"\n\n[two_officers]\nreason = { zh = \"要核实\", en = \"verified\" }\ngrade = \"D\"\n";
    files.insert(path, item.replace("handling = \"instant\"", "handling = \"promised\"") + two);
    let path = format!("items/{RENEW}/cases.md");
    let cases = String::from_utf8(files.get(&path).unwrap().to_vec()).unwrap();
    files.insert(path, cases.replace("grant 准予", "refer 转人工"));
    files
}

#[tokio::test]
async fn where_substance_is_verified_a_second_officer_concurs_first() {
    let world = World::with_files(Scratch::new().await, two_officers()).await;
    let Filed { case, .. } = referred(&world, "覃海燕", 5).await;
    let first = world.officer("moran", "莫然", &[Role::Approver]).await;
    let second = world.officer("liwen", "李文", &[Role::Clerk]).await;
    sign(&world, &first, &case, Ruling::Grant).await.unwrap();
    wait(&world, 3_600 * SECOND_MS);
    assert_eq!(leave(&world).await, 0, "it waits for the second officer, however long");
    let alone = approval::concur(&world.desk(), &actor(&first), case.id).await;
    assert!(matches!(alone, Err(ApprovalError::Forbidden(_))), "{alone:?}");
    let off = approval::leave_now(&world.desk(), &actor(&first), case.id).await;
    assert!(matches!(off, Err(ApprovalError::NotAllowed(_))), "{off:?}");

    // The second does not concur, and must say why.
    let site = world.site();
    let mut desk = Browser::of(&world, &site, second.account).await;
    let hold = format!("/staff/cases/{}/hold", case.number);
    let nothing = desk.post(&hold, &[("do", "differ"), ("opinion", "不")]).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nothing.text().contains(">不</textarea>") && nothing.main().contains("请写明不同意的理由"));
    let differs = desk.post(&hold, &[("do", "differ"), ("opinion", "现场核查记录缺一页。")]).await;
    assert_eq!(differs.status, StatusCode::SEE_OTHER);
    let page = desk.get(&format!("/staff/cases/{}", case.number)).await;
    assert!(page.main().contains("第二名工作人员不同意：现场核查记录缺一页"), "{}", page.main());

    sign(&world, &first, &case, Ruling::Grant).await.unwrap();
    assert_eq!(desk.post(&hold, &[("do", "concur")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(story(&world, &case).await.case.state, State::InReview, "and still a minute");
    wait(&world, 60 * SECOND_MS);
    assert_eq!(leave(&world).await, 1);
    let file = story(&world, &case).await;
    let decision = file.latest().unwrap();
    assert_eq!(file.case.state, State::Granted);
    assert_eq!((decision.officer_name.as_deref(), decision.second_name.as_deref()), (Some("莫然"), Some("李文")));
    let page = desk.get(&format!("/staff/cases/{}", case.number)).await;
    assert!(page.main().contains("莫然、李文"), "both answer for it: {}", page.main());
}

async fn declare(world: &World, officer: &StaffActor, kind: TieKind, code: &str) {
    let new = NewTie { account: officer.account, kind, code, name: "某人" };
    tie::declare(&world.base(), &actor(officer), &new).await.unwrap();
}

/// With whom the case lies, and how it came to him.
async fn with(world: &World, case: &Case) -> (Option<String>, How) {
    let found = approval::assignment(&world.scratch.store, case.id).await.unwrap().unwrap();
    (found.officer_name, found.how)
}

async fn assign(world: &World) -> usize {
    approval::assign_waiting(&world.desk()).await.unwrap()
}

#[tokio::test]
async fn who_is_tied_to_a_party_stays_away_and_the_case_goes_to_another() {
    let world = World::new().await;
    let Filed { qin, pharmacy, case } = referred(&world, "覃海燕", 5).await;
    let nong = world.person("农佳", 2).await;
    let free = world.officer("zfree", "末位", &[Role::Approver]).await;
    let ties = [
        ("own", TieKind::Own, qin.party.code.clone(), "您本人是本件的申请人"),
        ("kin", TieKind::Relative, qin.party.code.clone(), "近亲属是本件的申请人"),
        ("shop", TieKind::Interest, pharmacy.clone(), "利害关系的人是本件的确认方"),
        ("agent", TieKind::Own, nong.party.code.clone(), "您本人是本件的当事人的代理人"),
    ];
    for (login, kind, code, told) in ties {
        let officer = world.officer(login, "当事", &[Role::Approver]).await;
        declare(&world, &officer, kind, &code).await;
        let ruled = sign(&world, &officer, &case, Ruling::Grant).await;
        assert!(matches!(&ruled, Err(ApprovalError::Forbidden(why)) if why.zh.contains(told)), "{login}: {ruled:?}");
        let taken = approval::take(&world.desk(), &actor(&officer), case.id).await;
        assert!(matches!(taken, Err(ApprovalError::Forbidden(_))), "{login}: {taken:?}");
        let site = world.site();
        let page =
            Browser::of(&world, &site, officer.account).await.get(&format!("/staff/cases/{}", case.number)).await;
        assert!(page.main().contains(told) && page.main().contains("公务员法"), "{}", page.main());
        assert!(!page.main().contains("签署并送出"), "no form that would be refused");
        // Whoever declared it does not take it back.
        let back = tie::withdraw(&world.base(), &actor(&officer), officer.account, &code).await;
        assert!(back.is_err());
    }
    assert_eq!(assign(&world).await, 1);
    assert_eq!(with(&world, &case).await, (Some("末位".to_owned()), How::Load), "the only one who may");
    let why = approval::assignment(&world.scratch.store, case.id).await.unwrap().unwrap().why.zh;
    assert!(why.contains("4 人应当回避") || why.contains("5 人中"), "{why}");
    assert!(sign(&world, &free, &case, Ruling::Grant).await.is_ok());
}

#[tokio::test]
async fn where_nobody_lawful_is_left_it_goes_to_the_head_and_that_is_said() {
    let world = World::new().await;
    let Filed { qin, case, .. } = referred(&world, "覃海燕", 5).await;
    let only = world.officer("moran", "莫然", &[Role::Approver]).await;
    let head = world.officer("head", "梁正", &[Role::Head]).await;
    assert_eq!(assign(&world).await, 1);
    assert_eq!(with(&world, &case).await, (Some("莫然".to_owned()), How::Load), "not the head while another may");
    declare(&world, &only, TieKind::Relative, &qin.party.code).await;
    assert_eq!(approval::hand_on(&world.desk(), only.account).await.unwrap(), 1);
    assert_eq!(with(&world, &case).await, (Some("梁正".to_owned()), How::Head));
    let why = approval::assignment(&world.scratch.store, case.id).await.unwrap().unwrap().why.zh;
    assert!(why.contains("没有其他可以依法办理的人员") && why.contains("1 人应当回避"), "{why}");

    declare(&world, &head, TieKind::Relative, &qin.party.code).await;
    approval::hand_on(&world.desk(), head.account).await.unwrap();
    assert_eq!(with(&world, &case).await, (None, How::Nobody));
    assert_eq!(assign(&world).await, 0, "nobody, and it is not said each time");
    wait(&world, 120 * SECOND_MS);
    assert_eq!(assign(&world).await, 0);
    let said = story(&world, &case).await.events.iter().filter(|e| e.kind == "assigned").count();
    assert_eq!(said, 3);
    world.officer("new", "新来", &[Role::Approver]).await;
    wait(&world, 120 * SECOND_MS);
    assert_eq!((assign(&world).await, with(&world, &case).await.0), (1, Some("新来".to_owned())));
}

#[tokio::test]
async fn cases_go_by_load_are_taken_once_given_back_and_reassigned() {
    let world = World::new().await;
    let mut cases = Vec::new();
    for n in [5, 7, 9, 11] {
        cases.push(referred(&world, &format!("申请人{n}"), n).await.case);
    }
    let one = world.officer("one", "甲", &[Role::Approver]).await;
    let two = world.officer("two", "乙", &[Role::Approver]).await;
    let head = world.officer("head", "梁正", &[Role::Head]).await;
    // Two clerks take the same case at the same moment.
    let (desk, id) = (world.desk(), cases[0].id);
    let (first, second) = (actor(&one), actor(&two));
    let both = tokio::join!(approval::take(&desk, &first, id), approval::take(&desk, &second, id));
    let lost = match both {
        (Ok(()), Err(lost)) | (Err(lost), Ok(())) => lost,
        other => panic!("one of two: {other:?}"),
    };
    assert!(matches!(lost, ApprovalError::Changed | ApprovalError::Forbidden(_)), "{lost:?}");
    assert_eq!(assign(&world).await, 3);
    let mine = async |officer: &StaffActor| {
        let part = (Queue::Waiting, Whose::Mine);
        approval::queue_of_whose(&world.scratch.store, officer.account, part).await.unwrap().len()
    };
    assert_eq!((mine(&one).await, mine(&two).await, mine(&head).await), (2, 2, 0), "by load");

    let holder = with(&world, &cases[1]).await.0.unwrap();
    let (his, others) = if holder == "甲" { (&one, "乙") } else { (&two, "甲") };
    let not_his = approval::give_back(&world.desk(), &actor(&head), cases[1].id, "").await;
    assert!(matches!(not_his, Err(ApprovalError::Forbidden(_))));
    approval::give_back(&world.desk(), &actor(his), cases[1].id, "不熟悉这类事项").await.unwrap();
    assert_eq!(assign(&world).await, 1);
    assert_eq!(with(&world, &cases[1]).await.0.as_deref(), Some(others), "not to who gave it back");

    let refused = approval::reassign(&world.desk(), &actor(his), cases[1].id, (his.account, "")).await;
    assert!(matches!(refused, Err(ApprovalError::Forbidden(_))), "only the head");
    let site = world.site();
    let mut desk = Browser::of(&world, &site, head.account).await;
    let hold = format!("/staff/cases/{}/hold", cases[1].number);
    let nobody = desk.post(&hold, &[("do", "reassign"), ("officer", "")]).await;
    assert_eq!(nobody.status, StatusCode::UNPROCESSABLE_ENTITY);
    let to = his.account.to_string();
    let given = desk.post(&hold, &[("do", "reassign"), ("officer", &to), ("why", "由他办过同类")]).await;
    assert_eq!(given.status, StatusCode::SEE_OTHER);
    assert_eq!(with(&world, &cases[1]).await, (Some(his.name.clone()), How::Reassigned));
    let page = desk.get(&format!("/staff/cases/{}", cases[1].number)).await.main();
    assert!(page.contains("负责人梁正指定") && page.contains("由他办过同类"), "{page}");
    let mine = Browser::of(&world, &site, his.account).await.get("/staff/queue?show=waiting&whose=mine").await.main();
    assert!(mine.contains(&cases[1].number) && !mine.contains("没有等待处理"), "{mine}");
}

async fn away(world: &World, officer: &StaffActor, days: (i64, i64), deputy: Option<Id>) -> Id {
    let day = |n: i64| world.now().plus_ms(n * 24 * 3_600 * SECOND_MS).date();
    let new = NewAbsence { account: officer.account, from: day(days.0), to: day(days.1), deputy, reason: "培训" };
    absence::declare(&world.base(), &actor(officer), &new).await.unwrap().id
}

#[tokio::test]
async fn who_is_away_or_has_left_hands_on_what_lies_with_him() {
    for world in World::on_both_engines().await {
        let Filed { case, .. } = referred(&world, "覃海燕", 5).await;
        let one = world.officer("one", "甲", &[Role::Approver]).await;
        assert_eq!(assign(&world).await, 1);
        let two = world.officer("two", "乙", &[Role::Approver]).await;
        let three = world.officer("three", "丙", &[Role::Approver]).await;
        away(&world, &one, (1, 3), Some(three.account)).await;
        let hand_on = async || approval::hand_on_absent(&world.desk()).await.unwrap();
        assert_eq!(hand_on().await, 0, "he is still here today");
        world.wait_days(1);
        assert_eq!((hand_on().await, hand_on().await), (1, 0));
        assert_eq!(with(&world, &case).await, (Some("丙".to_owned()), How::Deputy));
        let why = approval::assignment(&world.scratch.store, case.id).await.unwrap().unwrap().why.zh;
        assert!(why.contains("甲不在岗，由代理人丙接办"), "{why}");

        staff::disable(&world.base(), &Actor::Machine, three.account).await.unwrap();
        assert_eq!(hand_on().await, 1, "an account that was closed keeps no case");
        assert_eq!(with(&world, &case).await, (Some("乙".to_owned()), How::Load), "the first is away");
        // What is said of an absence is looked at.
        let wrong = NewAbsence {
            account: two.account,
            from: world.now().date(),
            to: world.now().date(),
            deputy: Some(one.account),
            reason: "",
        };
        let told = absence::declare(&world.base(), &actor(&two), &wrong).await;
        assert!(matches!(told, Err(access::AccessError::Invalid(_))), "the deputy is away too: {told:?}");
        let others = absence::declare(&world.base(), &actor(&two), &NewAbsence { account: one.account, ..wrong }).await;
        assert_eq!(others.unwrap_err(), access::AccessError::NotFound, "nobody sends a colleague away");
    }
}

#[tokio::test]
async fn a_case_that_comes_back_from_its_applicant_goes_to_whoever_had_it() {
    let world = World::new().await;
    let Filed { qin, pharmacy, case } = referred(&world, "覃海燕", 5).await;
    let one = world.officer("one", "甲", &[Role::Approver]).await;
    assert_eq!(assign(&world).await, 1);
    world.officer("two", "乙", &[Role::Approver]).await;
    sign(&world, &one, &case, Ruling::Correct).await.unwrap();
    assert_eq!(approval::assignment(&world.scratch.store, case.id).await.unwrap(), None, "it lies with the applicant");
    let form = world.renewal(&qin, &pharmacy, 60);
    let case = approval::resubmit(&world.desk(), &qin, case.id, &form).await.unwrap();
    assert_eq!(case.state, State::InReview);
    assert_eq!(assign(&world).await, 1);
    assert_eq!(with(&world, &case).await, (Some("甲".to_owned()), How::Before));
}

#[tokio::test]
async fn one_says_on_his_page_when_he_is_away_and_about_whom_he_may_not_decide() {
    let world = World::new().await;
    let Filed { qin, case, .. } = referred(&world, "覃海燕", 5).await;
    let one = world.officer("one", "甲", &[Role::Approver]).await;
    let two = world.officer("two", "乙", &[Role::Approver]).await;
    assert_eq!(assign(&world).await, 1);
    let holder = if with(&world, &case).await.0.as_deref() == Some("甲") { &one } else { &two };
    let site = world.site();
    let mut desk = Browser::of(&world, &site, holder.account).await;
    let wrong = desk.post("/staff/roster/away", &[("/from", "2026-11-25"), ("/to", "2026-11-24")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.main().contains("最后一天不能早于第一天"), "{}", wrong.main());
    let nothing = desk.post("/staff/roster/ties", &[("/kind", "relative"), ("/code", "123"), ("/name", "某人")]).await;
    assert!(nothing.main().contains("居民身份证号或者统一社会信用代码"), "{}", nothing.main());
    let code = qin.party.code.clone();
    let kept = desk.post("/staff/roster/ties", &[("/kind", "relative"), ("/code", &code), ("/name", "覃海燕")]).await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER);
    let page = desk.get("/staff/roster").await;
    assert!(page.main().contains("近亲属") && !page.text().contains(&code), "masked: {}", page.main());
    assert_ne!(with(&world, &case).await.0.as_deref(), Some(holder.name.as_str()), "the case went on at once");
}

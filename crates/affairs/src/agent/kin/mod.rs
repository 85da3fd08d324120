//! 子女代办: somebody elsewhere, a daughter or a son, asks to look after one matter of a parent; the parent says yes or no. What he
//! gives is a mandate like any other: for the items named, to look and to file, until a day; he ends it whenever he likes.
//!
//! The parent answers online, or stands at a counter, is recognised there and answers before the clerk, whose name and place stand
//! with the answer; the helper elsewhere sees it.
//!
//! Whoever asks learns nothing of the parent: neither whether he is known here nor what he has. The question waits under the
//! code that was typed, for whoever signs in with it.

mod record;

use kernel::code::{CitizenId, CodeError};
use kernel::{Date, Id, Text};
use serde_json::json;
use store::{Fault, Leaf, Store};

use self::record::KIN_REQUEST;
use super::post::{of_access, sealed};
use crate::access::{self, Assurance, Mandate, MandateAct, MandateScope, NewMandate, PersonActor, Signature};
use crate::approval::{self, ApprovalError, Desk};
use crate::catalog::{ApplicantKind, FieldError, MessageKind};
use crate::message::{self, NewMessage};

pub use record::{Answer, Kin, SeenAt};

/// The longest time for which it is asked at once; days.
const LIMIT_DAYS: i32 = 366;
/// Questions that one person may have open.
const OPEN_MOST: usize = 5;

/// What somebody asks for.
#[derive(Debug, Clone)]
pub struct NewKin<'a> {
    /// The parent's citizen id.
    pub code: &'a str,
    /// The parent's name.
    pub name: &'a str,
    /// For which items; at least one.
    pub items: &'a [String],
    /// The last day.
    pub until: Option<Date>,
    /// Why, in the asker's words; the parent reads them.
    pub words: &'a str,
}

/// Asks, in one's own name, recognised at least by the register of persons.
///
/// # Errors
/// [`ApprovalError::Form`] with everything to mend; [`ApprovalError::Forbidden`] for who acts for another, or was not recognised
/// surely enough.
pub async fn ask(desk: &Desk<'_>, person: &PersonActor, new: &NewKin<'_>) -> Result<Kin, ApprovalError> {
    if person.acting_for.is_some() || person.assurance < Assurance::Substantial {
        return Err(ApprovalError::Forbidden(Text::new(
            "请以自己的名义、实名登录后再请求代办",
            "ask in your own name, signed in with your real name",
        )));
    }
    let open = record::of_helper(desk.store(), person.party.id).await?;
    let open = open.iter().filter(|kin| kin.answer == Answer::Asked).count();
    let errors = faults(desk, person, (new, open));
    let (Ok(read), Some(until), true) = (CitizenId::read(new.code), new.until, errors.is_empty()) else {
        return Err(ApprovalError::Form(errors));
    };
    let kin = Kin {
        shard: desk.base.shard.to_owned(),
        id: desk.base.id(),
        version: 1,
        helper: person.party.id,
        helper_name: person.party.name.clone(),
        code: read.value.to_string(),
        name: new.name.trim().to_owned(),
        items: new.items.to_vec(),
        until,
        words: new.words.trim().to_owned(),
        asked_at: desk.base.now(),
        answer: Answer::Asked,
        answered_at: None,
        mandate: None,
        witness: None,
    };
    desk.store().commit(desk.base.unit().insert(&KIN_REQUEST, kin.values())).await?;
    Ok(kin)
}

fn faults(desk: &Desk<'_>, person: &PersonActor, (new, open): (&NewKin<'_>, usize)) -> Vec<FieldError> {
    let today = desk.base.now().date();
    let wrong =
        |pointer: &str, message: Text| FieldError { pointer: pointer.to_owned(), code: "invalid".to_owned(), message };
    let mut errors = Vec::new();
    match CitizenId::read(new.code) {
        Err(error) => errors.push(wrong("/code", CodeError::text(&error))),
        Ok(read) if read.value.to_string() == person.party.code => {
            errors.push(wrong("/code", Text::new("这是您自己的号码", "this is your own number")));
        }
        Ok(_) => {}
    }
    if !(1..=50).contains(&new.name.trim().chars().count()) {
        errors.push(wrong("/name", Text::new("请填写父母的姓名", "write the parent's name")));
    }
    let offered = |id: &String| {
        let item = desk.catalog.item(id, today);
        item.is_some_and(|item| item.service.applicant != ApplicantKind::LegalPerson)
    };
    if new.items.is_empty() || !new.items.iter().all(offered) {
        errors.push(wrong(
            "/items",
            Text::new("请选择要代办的事项，个人能办的才能选", "choose items that people apply for"),
        ));
    }
    let days = |until: Date| today.until(until).map_or(-1, |span| span.get_days());
    if !new.until.is_some_and(|until| (0..=LIMIT_DAYS).contains(&days(until))) {
        errors.push(wrong(
            "/until",
            Text::new("请写明截止日期，最长一年", "write the last day, a year from now at most"),
        ));
    }
    if new.words.trim().chars().count() > 200 {
        errors.push(wrong("/words", Text::new("最多200字", "at most 200 characters")));
    }
    if open >= OPEN_MOST {
        errors.push(wrong(
            "/code",
            Text::new(
                "您有五个请求还没有答复，请先等答复或者撤回",
                "five of your questions wait for an answer; withdraw one first",
            ),
        ));
    }
    errors
}

/// The parent answers: himself, recognised strongly, on a page or before a clerk at a counter. Yes gives the mandate.
///
/// # Errors
/// [`ApprovalError::NotFound`] for a question that is not put to him; [`ApprovalError::Forbidden`] where he was not recognised
/// surely enough, or it was answered, withdrawn or is past its last day.
pub async fn answer(
    desk: &Desk<'_>,
    person: &PersonActor,
    (id, is_yes): (Id, bool),
    witness: Option<&Witness>,
) -> Result<Kin, ApprovalError> {
    let found = record::kin(desk.store(), desk.base.shard, id).await?;
    let mine = found.filter(|kin| person.acting_for.is_none() && kin.code == person.party.code);
    let mut kin = mine.ok_or(ApprovalError::NotFound)?;
    let now = desk.base.now();
    if kin.answer != Answer::Asked || kin.until < now.date() {
        return Err(ApprovalError::Forbidden(Text::new("这个请求已经结束", "this question is over")));
    }
    if is_yes && person.assurance < Assurance::Strong {
        return Err(ApprovalError::Forbidden(Text::new(
            "同意代办要经过人脸或者现场核验，请重新登录；也可以到任一窗口核验身份后办理",
            "to say yes sign in with a strong identity check, or come to any counter",
        )));
    }
    // The mandate first: a yes that leaves nothing behind would be worse than a mandate that its giver sees among his own.
    let mandate = if is_yes { Some(given(desk, person, (&kin, witness)).await?) } else { None };
    kin.answer = if is_yes { Answer::Yes } else { Answer::No };
    (kin.answered_at, kin.mandate) = (Some(now), mandate.map(|mandate| mandate.id));
    kin.witness = witness.map(|witness| witness.seen.clone());
    let unit = desk.base.unit().update(&KIN_REQUEST, kin.key(), kin.version, kin.changes());
    let unit = message::add(unit, &told(desk, &kin));
    match witness {
        // What a clerk saw, he may have to answer for: the log keeps it.
        Some(witness) => approval::commit_owing(desk, unit, leaf(desk, &kin, witness)?).await?,
        None => drop(desk.store().commit(unit).await?),
    }
    kin.version += 1;
    Ok(kin)
}

/// A clerk before whom the parent stood and answered.
#[derive(Debug, Clone)]
pub struct Witness {
    /// Where, and before whom.
    pub seen: SeenAt,
    /// How he signs.
    pub by: Signature,
    /// The hall's id.
    pub hall: String,
    /// The counter's code; may be empty.
    pub counter: String,
}

/// The leaf of an answer at a counter: which counter and what was answered, nothing that names anybody.
fn leaf(desk: &Desk<'_>, kin: &Kin, witness: &Witness) -> Result<Leaf, Fault> {
    let body = json!({
        "schema": 1, "kind": "agent.kin_answered", "question": kin.id.to_string(), "hall": witness.hall,
        "counter": witness.counter, "items": kin.items, "until": kin.until.to_string(),
        "act": { "at": desk.base.now(), "answer": kin.answer.word() },
    });
    let private = json!({ "by": witness.by, "helper": kin.helper_name, "parent": kin.code });
    sealed(desk, ("agent.kin_answered", kin.id), body, &private)
}

async fn given(
    desk: &Desk<'_>,
    person: &PersonActor,
    (kin, witness): (&Kin, Option<&Witness>),
) -> Result<Mandate, ApprovalError> {
    let scope = MandateScope {
        acts: [MandateAct::View, MandateAct::File].into(),
        items: kin.items.iter().cloned().collect(),
        valid_from: desk.base.now().date(),
        valid_to: kin.until,
    };
    let basis = match witness {
        Some(witness) => {
            format!("本人在{}当面同意代办，经办人{} {}", witness.seen.place.zh, witness.seen.clerk, kin.id)
        }
        None => format!("本人在线同意代办 {}", kin.id),
    };
    let new = NewMandate { principal: person.party.id, agent: kin.helper, scope, basis };
    access::mandate::give(&desk.base, &access::Actor::Person(person.clone()), &new).await.map_err(of_access)
}

fn told(desk: &Desk<'_>, kin: &Kin) -> NewMessage {
    let (zh, en) = match kin.answer {
        Answer::Yes => {
            ("对方同意了您的代办请求，切换身份后就可以代办。", "Yes: choose in whose name you act, and go on.")
        }
        _ => ("对方没有同意您的代办请求。", "The answer is no."),
    };
    NewMessage {
        id: desk.base.id(),
        party: kin.helper,
        kind: MessageKind::Action,
        title: Text::new("代办请求有了答复", "Your question was answered"),
        body: Text::new(zh, en),
        link: Some("/me/kin".to_owned()),
        case: None,
        at: desk.base.now(),
    }
}

/// Takes a question back.
///
/// # Errors
/// [`ApprovalError::NotFound`] for anybody else's; [`ApprovalError::Forbidden`] where it was answered.
pub async fn withdraw(desk: &Desk<'_>, person: &PersonActor, id: Id) -> Result<Kin, ApprovalError> {
    let found = record::kin(desk.store(), desk.base.shard, id).await?;
    let mut kin = found.filter(|kin| kin.helper == person.party.id).ok_or(ApprovalError::NotFound)?;
    if kin.answer != Answer::Asked {
        return Err(ApprovalError::Forbidden(Text::new("这个请求已经答复", "this question was answered")));
    }
    (kin.answer, kin.answered_at) = (Answer::Withdrawn, Some(desk.base.now()));
    let unit = desk.base.unit().update(&KIN_REQUEST, kin.key(), kin.version, kin.changes());
    desk.store().commit(unit).await?;
    kin.version += 1;
    Ok(kin)
}

/// The questions a person asked, the newest first; at most 50.
///
/// # Errors
/// A fault of the database.
pub async fn asked_by(store: &Store, helper: Id) -> Result<Vec<Kin>, Fault> {
    record::of_helper(store, helper).await
}

/// The questions put to whoever has this code, the newest first; at most 50.
///
/// # Errors
/// A fault of the database.
pub async fn asked_of(store: &Store, code: &str) -> Result<Vec<Kin>, Fault> {
    record::of_code(store, code).await
}

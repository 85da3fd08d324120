//! Who may do what as an agent, and what is wrong with a draft. Pure.

use kernel::code::{CitizenId, CodeError};
use kernel::{Date, Id, Moment, Text};
use serde_json::{Map, Value as Json};

use crate::access::{Actor, Right};
use crate::catalog::{Catalog, FieldError, HallAct, Item};

/// What a post may allow. To receive is none of it, to decide is no act of a place at all.
pub const ACTS: [HallAct; 5] =
    [HallAct::Inform, HallAct::AssistFill, HallAct::CollectAndForward, HallAct::FirstReview, HallAct::Deliver];

/// The longest time for which a post is given at once; days.
pub const LIMIT_DAYS: i32 = 3 * 366;

/// The longest name of a paper, in characters.
const PAPER_MOST: usize = 100;

/// A post at a point or a station.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Post {
    /// Home shard.
    pub shard: String,
    /// Its id.
    pub id: Id,
    /// Version an update expects.
    pub version: i64,
    /// Whose.
    pub account: Id,
    /// His name.
    pub account_name: String,
    /// The place.
    pub hall: String,
    /// What he may do there.
    pub acts: Vec<HallAct>,
    /// For which items; none: for every item of the place.
    pub items: Vec<String>,
    /// First day.
    pub valid_from: Date,
    /// Last day.
    pub valid_to: Date,
    /// The document by which he was named.
    pub basis: String,
    /// Who wrote it down.
    pub named_by: String,
    /// When.
    pub named_at: Moment,
    /// Ended before its last day.
    pub ended_at: Option<Moment>,
    /// By whom.
    pub ended_by: Option<String>,
    /// Why.
    pub end_why: Option<String>,
}

impl Post {
    /// In force at this moment?
    pub fn in_force(&self, now: Moment) -> bool {
        let today = now.date();
        self.valid_from <= today && today <= self.valid_to && self.ended_at.is_none_or(|end| now < end)
    }

    /// Was it in force on some part of a day?
    pub fn was_in_force(&self, on: Date) -> bool {
        self.valid_from <= on && on <= self.valid_to && self.ended_at.is_none_or(|end| on <= end.date())
    }

    /// May its holder do `act` for an item now? The place must still be open and do so itself; the post may allow less.
    pub fn may(&self, catalog: &Catalog, (act, item): (HallAct, &str), now: Moment) -> bool {
        let halls = catalog.halls();
        let place = halls.get(&self.hall).filter(|hall| hall.in_force(now.date()));
        self.in_force(now)
            && self.acts.contains(&act)
            && (self.items.is_empty() || self.items.iter().any(|id| id == item))
            && place.is_some_and(|hall| halls.may(hall, act, item))
    }
}

/// The post by which somebody does `act` for an item now: the first that allows it.
pub fn in_charge<'p>(
    posts: &'p [Post],
    catalog: &Catalog,
    (act, item): (HallAct, &str),
    now: Moment,
) -> Option<&'p Post> {
    posts.iter().find(|post| post.may(catalog, (act, item), now))
}

/// Whether an officer holds no right by which cases are decided or led, anywhere: only then he acts as an agent.
pub fn never_decides(actor: &Actor) -> bool {
    let decides = [Right::DecideCase, Right::Lead, Right::WriteRules, Right::ApproveRules];
    actor.staff().is_some_and(|staff| !decides.into_iter().any(|right| staff.scopes.allow_somewhere(right)))
}

/// What was collected for somebody, as it lay on the device.
#[derive(Debug, Clone)]
pub struct Draft<'a> {
    /// Made on the device; the idempotency key.
    pub id: Id,
    /// The item.
    pub item: &'a str,
    /// The applicant's name, as on the identity card.
    pub name: &'a str,
    /// The applicant's citizen id.
    pub code: &'a str,
    /// The item's form.
    pub form: &'a Map<String, Json>,
    /// The day on which it was collected, as the device says.
    pub collected_on: Option<Date>,
    /// The agent saw the original of the identity card, and the person.
    pub is_seen: bool,
    /// The applicant authorised the agent to hand it in.
    pub is_authorised: bool,
    /// The authorisation on paper: its number, or what else tells it from others.
    pub paper: &'a str,
}

/// Everything wrong with a draft, besides what the rules find later; `post` is the one by which it is sent.
pub(super) fn mistakes(draft: &Draft<'_>, item: &Item, post: &Post, today: Date) -> Vec<FieldError> {
    let wrong = |pointer: &str, code: &str, message: Text| FieldError {
        pointer: pointer.to_owned(),
        code: code.to_owned(),
        message,
    };
    let mut errors = Vec::new();
    if let Err(error) = CitizenId::read(draft.code) {
        errors.push(wrong("/applicant/code", "code", CodeError::text(&error)));
    }
    if draft.name.trim().is_empty() {
        let message = Text::new("请填写身份证上的姓名", "write the name on the identity card");
        errors.push(wrong("/applicant/name", "required", message));
    }
    if !draft.is_seen {
        let message = Text::new("请核验身份证原件和本人", "see the original of the identity card, and the person");
        errors.push(wrong("/applicant/seen", "required", message));
    }
    if !draft.is_authorised || !(1..=PAPER_MOST).contains(&draft.paper.trim().chars().count()) {
        let message = Text::new(
            "请取得申请人签字的授权，并写明授权书编号或者其他辨认方式（不超过100字）",
            "get the applicant's signed authorisation and write its number, or what tells it from others (at most 100 characters)",
        );
        errors.push(wrong("/authorisation", "required", message));
    }
    match draft.collected_on {
        Some(day) if day > today => {
            let message =
                Text::new("收件日期晚于今天，请核对设备的日期", "collected after today: check the device's date");
            errors.push(wrong("/collected_on", "future", message));
        }
        Some(day) if day < post.valid_from => {
            let message = Text::new(
                format!("收件日期早于您的代办岗位开始的日子（{}）", post.valid_from),
                format!("collected before your post began ({})", post.valid_from),
            );
            errors.push(wrong("/collected_on", "early", message));
        }
        Some(_) => {}
        None => {
            errors.push(wrong("/collected_on", "required", Text::new("请写明收件日期", "write the day of collection")))
        }
    }
    errors.extend(item.form.check(draft.form).errors);
    errors
}

//! Naming agents and ending their posts: by whoever keeps staff in the region of the place, each act with its leaf.

use evidence::canonical::{Salt, canonical_value, commitment};
use kernel::{Date, Id, RegionLevel, Text};
use serde_json::{Value as Json, json};
use store::{Fault, Leaf, Store};

use super::decide::{ACTS, LIMIT_DAYS, Post, never_decides};
use super::record::{self, AGENT_POST};
use crate::access::{self, AccessError, Actor, EVERY, Place, Right, StaffActor};
use crate::approval::{ApprovalError, Desk};
use crate::catalog::{FieldError, Hall, HallAct, HallKind};

/// The longest name of a document, in characters.
const BASIS_MOST: usize = 100;

/// A post to be given.
#[derive(Debug, Clone)]
pub struct NewPost<'a> {
    /// The agent's login name.
    pub login: &'a str,
    /// The point or station.
    pub hall: &'a str,
    /// What he may do there.
    pub acts: &'a [HallAct],
    /// For which items; none: for every item of the place.
    pub items: &'a [String],
    /// First day.
    pub valid_from: Option<Date>,
    /// Last day.
    pub valid_to: Option<Date>,
    /// The document by which he is named.
    pub basis: &'a str,
}

fn field(pointer: &str, zh: &str, en: &str) -> FieldError {
    FieldError { pointer: pointer.to_owned(), code: "invalid".to_owned(), message: Text::new(zh, en) }
}

/// May this officer keep posts at a place? Whoever keeps staff of its region.
fn keeps(by: &Actor, hall: &Hall) -> bool {
    let region = hall.region.to_string();
    let agency = hall.agency.as_deref().unwrap_or(EVERY);
    *by == Actor::Machine || by.allow(Right::ManageStaff, &Place { agency, region: &region, item: EVERY })
}

/// Names an agent.
///
/// # Errors
/// [`ApprovalError::NotFound`] where the officer does not keep staff there; [`ApprovalError::Form`] with everything to mend: who
/// decides or leads somewhere is no agent, a place gives only what it does itself.
pub async fn name_post(desk: &Desk<'_>, by: &Actor, new: &NewPost<'_>) -> Result<Post, ApprovalError> {
    let now = desk.base.now();
    let halls = desk.catalog.halls();
    let hall = halls.get(new.hall).filter(|hall| hall.in_force(now.date()) && keeps(by, hall));
    let hall = hall.ok_or(ApprovalError::NotFound)?;
    let found = access::staff::by_login(desk.store(), new.login).await?;
    let account = match found {
        Some(account) => access::staff::in_office(desk.store(), desk.base.shard, account.id).await?,
        None => None,
    };
    let mut errors = faults(desk, new, hall);
    match &account {
        None => {
            errors.push(field("/login", "没有这个登录名的在用账号", "there is no account in use with this login name"))
        }
        Some(account) => {
            let scopes = access::staff::scopes(desk.store(), account.id).await?;
            let (name, post) = (account.name.clone(), account.post.clone());
            if !never_decides(&Actor::Staff(StaffActor { account: account.id, name, post, scopes })) {
                errors.push(field(
                    "/login",
                    "这个账号有审批、负责人或者规则编写的权限，不能做代办员",
                    "this account may decide, lead or write rules; such a person is no agent",
                ));
            }
        }
    }
    let (Some(account), true, Some(from), Some(to)) = (account, errors.is_empty(), new.valid_from, new.valid_to) else {
        return Err(ApprovalError::Form(errors));
    };
    let post = Post {
        shard: desk.base.shard.to_owned(),
        id: desk.base.id(),
        version: 1,
        account: account.id,
        account_name: account.name,
        hall: hall.id.clone(),
        acts: ACTS.into_iter().filter(|act| new.acts.contains(act)).collect(),
        items: new.items.to_vec(),
        valid_from: from,
        valid_to: to,
        basis: new.basis.trim().to_owned(),
        named_by: by.signature().name,
        named_at: now,
        ended_at: None,
        ended_by: None,
        end_why: None,
    };
    let leaf = leaf(desk, &post, "agent.named", &json!({ "by": by.signature(), "account": post.account_name }))?;
    desk.store().commit(desk.base.unit().insert(&AGENT_POST, record::values(&post)).leaf(leaf)).await?;
    Ok(post)
}

fn faults(desk: &Desk<'_>, new: &NewPost<'_>, hall: &Hall) -> Vec<FieldError> {
    let (halls, today) = (desk.catalog.halls(), desk.base.now().date());
    let mut errors = Vec::new();
    if hall.kind == HallKind::Hall || hall.level() < RegionLevel::Township {
        errors.push(field(
            "/hall",
            "代办岗位设在村级服务点或者乡镇便民服务中心",
            "an agent's post is at a village point or a township station",
        ));
    }
    let done = halls.acts(hall, None);
    if new.acts.is_empty() || new.acts.iter().any(|act| !ACTS.contains(act) || !done.contains(act)) {
        errors.push(field(
            "/acts",
            "请选择这个场所能做的事；受理和决定不在其中",
            "choose what the place does itself; to receive and to decide are none of it",
        ));
    }
    if new.items.iter().any(|id| desk.catalog.item(id, today).is_none()) {
        errors.push(field("/items", "有的事项现在没有开办", "some of the items are not offered now"));
    }
    match (new.valid_from, new.valid_to) {
        (Some(from), Some(to)) if from <= to && today <= to => {
            if from.until(to).is_ok_and(|span| span.get_days() > LIMIT_DAYS) {
                errors.push(field(
                    "/valid_to",
                    "一次最多三年，到期再续",
                    "three years at most at once; name him again then",
                ));
            }
        }
        _ => errors.push(field(
            "/valid_to",
            "请写明起止日期，截止日期不能早于起始日期或今天",
            "write both days; the last must not lie before the first or today",
        )),
    }
    if !(1..=BASIS_MOST).contains(&new.basis.trim().chars().count()) {
        errors.push(field(
            "/basis",
            "请写明聘任文件（不超过100字）",
            "write the document that names him (at most 100 characters)",
        ));
    }
    errors
}

/// Ends a post at once: by whoever keeps staff there, or by the agent himself, who lays it down.
///
/// # Errors
/// [`ApprovalError::NotFound`] for anybody else; [`ApprovalError::Form`] without a reason; [`ApprovalError::Forbidden`] where it
/// is over already.
pub async fn end_post(desk: &Desk<'_>, by: &Actor, id: Id, why: &str) -> Result<Post, ApprovalError> {
    let mut post = record::post(desk.store(), desk.base.shard, id).await?.ok_or(ApprovalError::NotFound)?;
    let hall = desk.catalog.halls().get(&post.hall);
    if by.account() != Some(post.account) && !hall.is_some_and(|hall| keeps(by, hall)) {
        return Err(ApprovalError::NotFound);
    }
    let now = desk.base.now();
    if post.ended_at.is_some() || post.valid_to < now.date() {
        return Err(ApprovalError::Forbidden(Text::new("这个岗位已经结束", "this post is over already")));
    }
    if !(1..=BASIS_MOST).contains(&why.trim().chars().count()) {
        return Err(ApprovalError::Form(vec![field(
            "/why",
            "请写明原因（不超过100字）",
            "say why (at most 100 characters)",
        )]));
    }
    (post.ended_at, post.ended_by, post.end_why) = (Some(now), Some(by.signature().name), Some(why.trim().to_owned()));
    let changes = vec![
        ("ended_at", now.into()),
        ("ended_by", post.ended_by.as_ref().into()),
        ("end_why", post.end_why.as_ref().into()),
    ];
    let unit = desk.base.unit().update(&AGENT_POST, record::key(&post.shard, post.id), post.version, changes);
    let leaf = leaf(desk, &post, "agent.ended", &json!({ "by": by.signature(), "why": post.end_why }))?;
    desk.store().commit(unit.leaf(leaf)).await?;
    post.version += 1;
    Ok(post)
}

/// The leaf of a post: the place, what it allows and until when; who holds it only as a salted commitment.
fn leaf(desk: &Desk<'_>, post: &Post, kind: &'static str, private: &Json) -> Result<Leaf, Fault> {
    let acts: Vec<&str> = post.acts.iter().map(|act| act.word()).collect();
    let body = json!({
        "schema": 1, "kind": kind, "post": post.id.to_string(), "hall": post.hall, "acts": acts, "items": post.items,
        "from": post.valid_from.to_string(), "to": post.valid_to.to_string(), "act": { "at": desk.base.now() },
    });
    sealed(desk, (kind, post.id), body, private)
}

/// A leaf of this room: `private` enters as a salted commitment only.
pub(super) fn sealed(
    desk: &Desk<'_>,
    (kind, subject): (&'static str, Id),
    mut body: Json,
    private: &Json,
) -> Result<Leaf, Fault> {
    let canonical =
        |body: &Json| canonical_value(body).map_err(|e| Fault::Misuse(format!("a leaf cannot be written: {e}")));
    let salt = Salt::generate(desk.base.entropy);
    body["commitment"] = commitment(&salt, canonical(private)?.as_bytes()).to_string().into();
    Ok(Leaf { subject, kind, bytes: canonical(&body)?.into_bytes() })
}

/// A post by its id, for its holder and for whoever keeps staff at its place.
///
/// # Errors
/// [`ApprovalError::NotFound`] for anybody else.
pub async fn post(desk: &Desk<'_>, by: &Actor, id: Id) -> Result<Post, ApprovalError> {
    let found = record::post(desk.store(), desk.base.shard, id).await?.ok_or(ApprovalError::NotFound)?;
    let hall = desk.catalog.halls().get(&found.hall);
    let may = by.account() == Some(found.account) || hall.is_some_and(|hall| keeps(by, hall));
    if may { Ok(found) } else { Err(ApprovalError::NotFound) }
}

/// The posts of an account, the newest first; at most 50.
///
/// # Errors
/// A fault of the database.
pub async fn posts_of(store: &Store, shard: &str, account: Id) -> Result<Vec<Post>, Fault> {
    record::posts_of(store, shard, account).await
}

/// The posts at a place, for whoever keeps staff there, the newest first; at most 100.
///
/// # Errors
/// [`ApprovalError::NotFound`] for anybody else.
pub async fn posts_at(desk: &Desk<'_>, by: &Actor, hall: &str) -> Result<Vec<Post>, ApprovalError> {
    let place = desk.catalog.halls().get(hall).filter(|hall| keeps(by, hall));
    let place = place.ok_or(ApprovalError::NotFound)?;
    Ok(record::posts_at(desk.store(), desk.base.shard, &place.id).await?)
}

/// What a room below says no with, as this one does.
pub(super) fn of_access(error: AccessError) -> ApprovalError {
    match error {
        AccessError::NotFound | AccessError::LinkInvalid => ApprovalError::NotFound,
        AccessError::NotAllowed | AccessError::SignInRefused { .. } => {
            ApprovalError::Forbidden(Text::new("没有这项权限", "this is not yours to do"))
        }
        AccessError::Invalid(faults) => {
            let error = |fault: access::FieldFault| FieldError {
                pointer: format!("/applicant/{}", fault.field),
                code: "invalid".to_owned(),
                message: fault.reason,
            };
            ApprovalError::Form(faults.into_iter().map(error).collect())
        }
        AccessError::Changed => ApprovalError::Changed,
        AccessError::NoEvidence(why) => ApprovalError::NoEvidence(why),
        AccessError::Fault(fault) => ApprovalError::Fault(fault),
    }
}

//! What an agent does with what he sent on: he notes what help he gave, looks it through where he was entrusted with that, and brings the result.

use kernel::{Id, Text};
use serde_json::{Value as Json, json};
use store::{Fault, Store, Value};

use super::decide::{Post, in_charge, never_decides};
use super::post::sealed;
use super::record::{self, AGENT_JOB, Job};
use crate::access::{Actor, Signature};
use crate::approval::{self, ApprovalError, Case, Desk, Helped, State};
use crate::catalog::{FieldError, HallAct};

/// The longest note; characters.
const NOTE_MOST: usize = 300;

/// What a first review found. It decides nothing: whoever decides reads it.
#[derive(Debug, Clone, Copy)]
pub struct Review<'a> {
    /// Whether everything seemed right on the spot.
    pub is_good: bool,
    /// What was seen.
    pub note: &'a str,
    /// The version of the job he looked at.
    pub version: i64,
}

/// A job of a place at which the agent has a post by which he may do `act` now; other jobs are not found.
async fn reached(desk: &Desk<'_>, actor: &Actor, (id, act): (Id, HallAct)) -> Result<(Job, Post, Case), ApprovalError> {
    let account = actor.staff().ok_or(ApprovalError::NotFound)?.account;
    let (store, shard, now) = (desk.store(), desk.base.shard, desk.base.now());
    let job = record::job(store, shard, id).await?.ok_or(ApprovalError::NotFound)?;
    let mut posts = record::posts_of(store, shard, account).await?;
    posts.retain(|post| post.hall == job.hall);
    if job.account != account && !posts.iter().any(|post| post.in_force(now)) {
        return Err(ApprovalError::NotFound);
    }
    let post = in_charge(&posts, desk.catalog, (act, &job.item), now).filter(|_| never_decides(actor)).cloned();
    let post = post.ok_or_else(|| {
        ApprovalError::Forbidden(Text::new("您现在的岗位不包括这项工作", "your post does not cover this now"))
    })?;
    let file = approval::story(store, job.case).await?.ok_or(ApprovalError::NotFound)?;
    Ok((job, post, file.case))
}

/// Writes down what a first review found, once, while the case is open.
///
/// # Errors
/// [`ApprovalError::Forbidden`] where the post does not cover it; [`ApprovalError::Form`] without a note;
/// [`ApprovalError::NotAllowed`] where the case has ended or it was looked through already.
pub async fn review(desk: &Desk<'_>, actor: &Actor, id: Id, found: &Review<'_>) -> Result<Job, ApprovalError> {
    let (mut job, _, case) = reached(desk, actor, (id, HallAct::FirstReview)).await?;
    if !is_review_due(&job, case.state) {
        return Err(ApprovalError::NotAllowed(case.state));
    }
    if !(2..=NOTE_MOST).contains(&found.note.trim().chars().count()) {
        let message = Text::new("请写明看到的情况（2至300字）", "write what you saw (2 to 300 characters)");
        return Err(ApprovalError::Form(vec![FieldError {
            pointer: "/note".to_owned(),
            code: "length".to_owned(),
            message,
        }]));
    }
    if job.version != found.version {
        return Err(ApprovalError::Changed);
    }
    let (now, by) = (desk.base.now(), actor.signature());
    job.reviewed_at = Some(now);
    job.reviewed_by = Some(by.name.clone());
    job.review_is_good = Some(found.is_good);
    job.review = Some(found.note.trim().to_owned());
    let changes = vec![
        ("reviewed_at", now.into()),
        ("reviewed_by", (&by.name).into()),
        ("review_is_good", found.is_good.into()),
        ("review", job.review.as_ref().into()),
    ];
    let told = if found.is_good {
        Text::new("初审没有发现问题", "nothing found on first review")
    } else {
        Text::new("初审发现情况，供审批参考", "something was found on first review, for whoever decides")
    };
    let detail = json!({ "why": Text::new(format!("{}：{}", told.zh, found.note.trim()), format!("{}: {}", told.en, found.note.trim())) });
    let private = json!({ "by": by, "note": job.review, "good": found.is_good });
    written(desk, actor, (&mut job, &case), ("reviewed_by_agent", "agent.reviewed"), (changes, detail, private))
        .await?;
    Ok(job)
}

/// May a first review still be written down?
pub fn is_review_due(job: &Job, state: State) -> bool {
    job.reviewed_at.is_none() && state.is_open()
}

/// Writes down that the result was brought to the applicant, once, when the case has ended.
///
/// # Errors
/// [`ApprovalError::Forbidden`] where the post does not cover it; [`ApprovalError::NotAllowed`] before the case has ended, or where
/// it was brought already.
pub async fn deliver(desk: &Desk<'_>, actor: &Actor, id: Id, version: i64) -> Result<Job, ApprovalError> {
    let (mut job, _, case) = reached(desk, actor, (id, HallAct::Deliver)).await?;
    if case.state.is_open() || job.delivered_at.is_some() {
        return Err(ApprovalError::NotAllowed(case.state));
    }
    if job.version != version {
        return Err(ApprovalError::Changed);
    }
    let (now, by) = (desk.base.now(), actor.signature());
    (job.delivered_at, job.delivered_by) = (Some(now), Some(by.name.clone()));
    let changes = vec![("delivered_at", now.into()), ("delivered_by", (&by.name).into())];
    let private = json!({ "by": by });
    written(desk, actor, (&mut job, &case), ("delivered_by_agent", "agent.delivered"), (changes, json!({}), private))
        .await?;
    Ok(job)
}

/// Notes what help an agent gave with a case he sent on, or that another sent on from his place.
///
/// # Errors
/// [`ApprovalError::Forbidden`] where the post does not cover it; [`ApprovalError::Form`] with everything to mend.
pub async fn help(desk: &Desk<'_>, actor: &Actor, id: Id, helped: &Helped<'_>) -> Result<Job, ApprovalError> {
    let (job, _, case) = reached(desk, actor, (id, HallAct::AssistFill)).await?;
    let by = Signature { on_behalf: Some(case.applicant_name.clone()), ..actor.signature() };
    let how: Vec<&str> = helped.how.iter().map(|help| help.word()).collect();
    let body = json!({
        "schema": 1, "kind": "agent.helped", "case": case.id.to_string(), "number": case.number, "hall": job.hall,
        "act": { "at": desk.base.now(), "how": how },
    });
    let private = json!({ "by": by, "words": helped.words.trim() });
    let leaf = sealed(desk, ("agent.helped", case.id), body, &private)?;
    let hall = desk.catalog.halls().get(&job.hall).map(|hall| hall.name.clone());
    let place = hall.unwrap_or_else(|| Text::new(job.hall.as_str(), job.hall.as_str()));
    let counted = format!("helped/{}/{}", job.hall, desk.base.now().date().strftime("%Y-%m"));
    approval::note_help(desk, (&case, helped), (&by, &place), (leaf, counted)).await?;
    Ok(job)
}

/// The row, the line in the case's story, and the leaf.
async fn written(
    desk: &Desk<'_>,
    actor: &Actor,
    (job, case): (&mut Job, &Case),
    (kind, leaf_kind): (&str, &'static str),
    (changes, detail, private): (Vec<(&'static str, Value)>, Json, Json),
) -> Result<(), ApprovalError> {
    let unit = desk.base.unit().update(&AGENT_JOB, record::key(&job.shard, job.id), job.version, changes);
    let unit = unit.and(approval::note_told(desk, case, (kind, detail), &actor.signature()));
    let body = json!({
        "schema": 1, "kind": leaf_kind, "case": case.id.to_string(), "number": case.number, "hall": job.hall,
        "act": { "at": desk.base.now() },
    });
    let leaf = sealed(desk, (leaf_kind, case.id), body, &private)?;
    desk.store().commit(unit.leaf(leaf)).await?;
    job.version += 1;
    Ok(())
}

/// A job with how its case stands, for its agent and for whoever has a post at its place.
///
/// # Errors
/// [`ApprovalError::NotFound`] for anybody else.
pub async fn job(desk: &Desk<'_>, actor: &Actor, id: Id) -> Result<(Job, State), ApprovalError> {
    let account = actor.staff().ok_or(ApprovalError::NotFound)?.account;
    let (store, shard, now) = (desk.store(), desk.base.shard, desk.base.now());
    let job = record::job(store, shard, id).await?.ok_or(ApprovalError::NotFound)?;
    let posts = record::posts_of(store, shard, account).await?;
    let here = posts.iter().any(|post| post.hall == job.hall && post.in_force(now));
    // Who sent it on may look while he holds any post; whose posts are over sees nothing of people any more.
    let own = job.account == account && posts.iter().any(|post| post.in_force(now));
    if !here && !own {
        return Err(ApprovalError::NotFound);
    }
    let file = approval::story(store, job.case).await?.ok_or(ApprovalError::NotFound)?;
    Ok((job, file.case.state))
}

/// What an agent sent on, the newest first, with how each case stands; at most 100.
///
/// # Errors
/// A fault of the database.
pub async fn jobs_of(store: &Store, shard: &str, account: Id) -> Result<Vec<(Job, State)>, Fault> {
    record::jobs_of(store, shard, account).await
}

/// What was sent on from a place, the newest first, with how each case stands; at most 100. For whoever has a post there.
///
/// # Errors
/// A fault of the database.
pub async fn jobs_at(store: &Store, shard: &str, hall: &str) -> Result<Vec<(Job, State)>, Fault> {
    record::jobs_at(store, shard, hall).await
}

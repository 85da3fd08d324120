//! Sending on what was collected: at once, or when the device is back from where there is no network. The id that the device
//! made is the key: the first time it makes a case, afterwards it is answered with that case.

use kernel::{Date, Id, Text};
use serde_json::json;
use store::Unit;

use super::decide::{Draft, Post, in_charge, mistakes, never_decides};
use super::post::{of_access, sealed};
use super::record::{self, AGENT_JOB, CollectedFrom, Job};
use crate::access::{Actor, Assurance, PartyKind, PersonActor, Signature, mask_name, people};
use crate::approval::{self, ApprovalError, Beside, Case, Desk, Filing};
use crate::catalog::{FieldError, HallAct};

/// What became of a draft.
#[derive(Debug)]
pub enum Synced {
    /// There is a case for it; `is_new` is false where it was sent before.
    Filed {
        /// The case as it stands.
        case: Box<Case>,
        /// Whether it was made just now.
        is_new: bool,
    },
    /// It comes back with everything to mend.
    Mend(Vec<FieldError>),
    /// It cannot be sent on, and this is why; nothing of it is lost.
    Back(Text),
}

/// Sends a draft on.
///
/// # Errors
/// Only what the agent cannot mend: [`ApprovalError::NotFound`] for who is no officer, [`ApprovalError::Changed`] and faults, after
/// which the same draft is sent again.
pub async fn sync(
    desk: &Desk<'_>,
    actor: &Actor,
    draft: &Draft<'_>,
    from: CollectedFrom,
) -> Result<Synced, ApprovalError> {
    let account = actor.staff().ok_or(ApprovalError::NotFound)?.account;
    let (store, shard) = (desk.store(), desk.base.shard);
    // What was sent before has its case, whatever became of the post since.
    if let Some(job) = record::job(store, shard, draft.id).await? {
        return again(desk, account, &job).await;
    }
    let now = desk.base.now();
    let Some(item) = desk.catalog.item(draft.item, now.date()) else {
        return Ok(Synced::Back(not_offered(desk, draft)));
    };
    if !never_decides(actor) {
        return Ok(Synced::Back(Text::new(
            "您的账号有审批或者负责人的权限，不能代办",
            "your account may decide or lead; you may not act as an agent",
        )));
    }
    let posts = record::posts_of(store, shard, account).await?;
    let Some(post) = in_charge(&posts, desk.catalog, (HallAct::CollectAndForward, &item.id), now) else {
        return Ok(Synced::Back(no_post(&posts, draft)));
    };
    let mut errors = mistakes(draft, &item, post, now.date());
    errors.extend(other_name(desk, draft).await?);
    if !errors.is_empty() {
        return Ok(Synced::Mend(errors));
    }
    let sent = Sending { desk, actor, draft, from, post };
    match sent.file().await {
        Ok(case) => Ok(Synced::Filed { case: Box::new(case), is_new: true }),
        Err(ApprovalError::Form(errors)) => Ok(Synced::Mend(errors)),
        Err(ApprovalError::Forbidden(why)) => Ok(Synced::Back(why)),
        Err(ApprovalError::NotOffered(_)) => Ok(Synced::Back(not_offered(desk, draft))),
        Err(ApprovalError::AlreadyOpen { number, .. }) => Ok(Synced::Back(Text::new(
            format!("申请人已有一件正在办理的同一事项，编号 {number}；办完或者撤回以后再交"),
            format!("the applicant has an open case for this item already, {number}; send this one when it is over"),
        ))),
        Err(ApprovalError::KeyReused) => Ok(Synced::Back(Text::new(
            "这份草稿的标识已经用于另一份申请，请新建草稿",
            "this draft's id was used for another application; begin a new draft",
        ))),
        Err(other) => Err(other),
    }
}

async fn again(desk: &Desk<'_>, account: Id, job: &Job) -> Result<Synced, ApprovalError> {
    if job.account != account {
        return Ok(Synced::Back(Text::new(
            "这份草稿的标识已经由另一个账号使用，请新建草稿",
            "another account used this draft's id; begin a new draft",
        )));
    }
    let file = approval::story(desk.store(), job.case).await?.ok_or(ApprovalError::NotFound)?;
    Ok(Synced::Filed { case: Box::new(file.case), is_new: false })
}

fn not_offered(desk: &Desk<'_>, draft: &Draft<'_>) -> Text {
    if desk.catalog.knows(draft.item) {
        return Text::new(
            "这个事项现在没有开办，不能再申请；草稿留着，请告诉申请人",
            "this item is no longer offered; the draft is kept, please tell the applicant",
        );
    }
    Text::new("没有这个事项；草稿留着", "there is no such item; the draft is kept")
}

/// Why no post allows it, as exactly as the posts tell.
fn no_post(posts: &[Post], draft: &Draft<'_>) -> Text {
    let then = |day: Date| posts.iter().find(|post| post.was_in_force(day));
    match draft.collected_on.and_then(then) {
        Some(post) => {
            let last = post.ended_at.map_or(post.valid_to, |end| end.date());
            Text::new(
                format!(
                    "您在收件那天的代办岗位没有包括这件事，或者已经在 {last} 结束。草稿留着：请交给接任的代办员或者大厅，申请人也可以自己在网上提交"
                ),
                format!(
                    "the post you held on the day of collection does not cover this, or ended on {last}. The draft is kept: hand it to your successor or the hall; the applicant may also apply online"
                ),
            )
        }
        None => Text::new(
            "您现在没有可以代办这件事的岗位；草稿留着",
            "you hold no post that covers this; the draft is kept",
        ),
    }
}

/// A code that is known by another name is told before anything is made of it.
async fn other_name(desk: &Desk<'_>, draft: &Draft<'_>) -> Result<Option<FieldError>, ApprovalError> {
    let Ok(read) = kernel::code::CitizenId::read(draft.code) else { return Ok(None) };
    let known = people::party_by_code(desk.store(), PartyKind::Person, read.value.as_ref()).await?;
    let name = draft.name.trim();
    let differs = known.is_some_and(|party| !name.is_empty() && party.name != name);
    Ok(differs.then(|| FieldError {
        pointer: "/applicant/name".to_owned(),
        code: "name".to_owned(),
        message: Text::new(
            "姓名与这个号码登记的不一致，请核对身份证",
            "this number is known by another name: compare the identity card",
        ),
    }))
}

struct Sending<'a> {
    desk: &'a Desk<'a>,
    actor: &'a Actor,
    draft: &'a Draft<'a>,
    from: CollectedFrom,
    post: &'a Post,
}

impl Sending<'_> {
    /// Files for the applicant, by the way he would go himself; what the agent did stands in the same unit.
    async fn file(&self) -> Result<Case, ApprovalError> {
        let (desk, draft) = (self.desk, self.draft);
        let party =
            people::ensure_party(&desk.base, PartyKind::Person, draft.code, draft.name).await.map_err(of_access)?;
        let account = people::ensure_account(&desk.base, &party).await.map_err(of_access)?;
        // The agent compared card and person; he is no officer of an organ, and no more than that is claimed.
        let person = PersonActor { account: account.id, party, assurance: Assurance::Substantial, acting_for: None };
        let by = Signature { on_behalf: Some(person.party.name.clone()), ..self.actor.signature() };
        let rows = |case: &Case, proved: bool| self.rows((case, proved), &by);
        let beside = Beside { account: self.post.account, rows: &rows };
        let channel = desk.catalog.halls().get(&self.post.hall).map_or("", |hall| hall.kind.word());
        let key = draft.id.to_string();
        let filing = Filing { item: draft.item, form: draft.form, channel, draft: None, key: &key };
        approval::file_with(desk, &person, &filing, Some(&beside)).await
    }

    fn rows(&self, (case, proved): (&Case, bool), by: &Signature) -> Result<Unit, ApprovalError> {
        let (desk, draft, post) = (self.desk, self.draft, self.post);
        let now = desk.base.now();
        let collected_on = draft.collected_on.unwrap_or_else(|| now.date());
        let job = Job {
            shard: case.shard.clone(),
            id: draft.id,
            version: 1,
            post: post.id,
            hall: post.hall.clone(),
            account: post.account,
            account_name: post.account_name.clone(),
            item: case.item.clone(),
            name_mask: mask_name(case.applicant_kind, &case.applicant_name),
            case: case.id,
            number: case.number.clone(),
            paper: draft.paper.trim().to_owned(),
            collected_on,
            collected_from: self.from,
            sent_at: now,
            reviewed_at: None,
            reviewed_by: None,
            review_is_good: None,
            review: None,
            delivered_at: None,
            delivered_by: None,
        };
        let hall = desk.catalog.halls().get(&post.hall).map(|hall| hall.name.clone());
        let hall = hall.unwrap_or_else(|| Text::new(post.hall.as_str(), post.hall.as_str()));
        let told = Text::new(
            format!("{}，收件日期 {collected_on}（{}）", hall.zh, self.from.text().zh),
            format!("{}, collected on {collected_on} ({})", hall.en, self.from.text().en),
        );
        let detail = json!({ "why": told, "hall": post.hall, "collected_on": collected_on.to_string(), "source": self.from.word() });
        let unit = desk
            .base
            .unit()
            .insert(&AGENT_JOB, job.values())
            .count(format!("carried/{}/{}", post.hall, case.item), 1)
            .and(approval::note_told(desk, case, ("sent_by_agent", detail), by));
        let body = json!({
            "schema": 1, "kind": "agent.sent", "case": case.id.to_string(), "number": case.number, "item": case.item,
            "hall": post.hall, "collected_on": collected_on.to_string(), "collected_from": self.from.word(),
            "act": { "at": now },
        });
        let private = json!({ "by": by, "applicant": case.applicant_code, "paper": job.paper });
        let leaf = sealed(desk, ("agent.sent", case.id), body, &private)?;
        Ok(if proved { unit.leaf(leaf) } else { approval::owe_leaf(desk, unit, leaf) })
    }
}

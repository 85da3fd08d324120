//! What is done with a draft: begun, saved, moved onto a newer version, signed for, and carried step by step.

use kernel::{Date, Id, Text};
use store::{CommitError, Conflict};

use super::bench::Bench;
use super::decide::{self, DraftState, Standing, Step, Waiver, hindrances};
use super::error::WorkshopError;
use super::examine::{FoundKind, Report, examined};
use super::publish;
use super::record::{self, DRAFT, Draft, Line, Signed, edit_row, edit_row_of};
use super::sheet::{self, Typed};
use super::texts::{Texts, tidied};
use crate::access::Right;
use crate::catalog::{Entry, FieldError, VersionBy, item_entry};

/// The longest text of a draft, in bytes: what a form may send has less.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// What is saved.
#[derive(Clone, Copy, Debug)]
pub enum Change<'a> {
    /// Fields of the sentence table.
    Table(&'a Typed),
    /// The texts themselves: the model, the part of `item.toml` about conditions, the cases. What is none stays.
    Expert {
        /// `rules.dmn`.
        rules: Option<&'a str>,
        /// `[[condition]]` …
        conditions: Option<&'a str>,
        /// `cases.md`.
        cases: Option<&'a str>,
    },
}

/// What became of a save.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Saved {
    /// It stands in the draft.
    Kept(Box<Draft>),
    /// Somebody saved before: nothing is lost, and nothing overwritten.
    Clash(Box<Clash>),
}

/// Two texts, one draft.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Clash {
    /// What was sent; kept beside the draft.
    pub mine: Texts,
    /// Under which id it is kept.
    pub kept: Id,
    /// The draft as the other left it.
    pub theirs: Draft,
}

async fn base_entry(bench: &Bench<'_>, item: &str, hash: &str) -> Result<Entry, WorkshopError> {
    item_entry(bench.desk.store(), item, hash).await?.ok_or(WorkshopError::NotFound)
}

/// A draft in reach of the actor.
pub(super) async fn reached(bench: &Bench<'_>, id: Id) -> Result<Draft, WorkshopError> {
    let found = record::draft(bench.desk.store(), id).await?;
    found.filter(|d| bench.sees((&d.agency, &d.region, &d.item))).ok_or(WorkshopError::NotFound)
}

fn place(draft: &Draft) -> (&str, &str, &str) {
    (&draft.agency, &draft.region, &draft.item)
}

/// Begins a draft from the newest version of an item, or gives the one that is on its way.
///
/// # Errors
/// [`WorkshopError::Forbidden`] for who writes no rules of it.
pub async fn open(bench: &Bench<'_>, item: &str) -> Result<Draft, WorkshopError> {
    let (officer, newest) = (bench.officer()?, bench.item(item)?);
    let (agency, region) = bench.place(&newest);
    bench.must_write((&agency, &region, item))?;
    if let Some(draft) = record::open_draft(bench.desk.store(), item).await? {
        return Ok(draft);
    }
    let entry = base_entry(bench, item, &newest.hash).await?;
    let texts = Texts::of(&entry).ok_or(WorkshopError::NotFound)?;
    let (base, now) = (&bench.desk.base, bench.desk.base.now());
    let report = examined(bench.catalog, entry, now).await?.0;
    let draft = Draft {
        shard: base.shard.to_owned(),
        id: base.id(),
        version: 1,
        item: item.to_owned(),
        agency,
        region,
        base: newest.hash.clone(),
        state: DraftState::saved(&report),
        purpose: String::new(),
        texts,
        valid_from: None,
        version_by: VersionBy::Filed,
        report,
        waivers: Vec::new(),
        opened: Signed { account: officer.account, name: officer.name.clone(), at: now },
        changed_at: now,
        proposed: None,
        approved: None,
        closed_at: None,
    };
    let line = Line { kind: "opened", note: "", texts: Some(&draft.texts), taken: true };
    let unit = base.unit().insert(&DRAFT, draft.values()).and(edit_row(base, &draft, bench.actor, &line));
    match base.store.commit(unit).await {
        Ok(_) => Ok(draft),
        // Somebody began one in the same moment: it is one draft for both.
        Err(CommitError::Conflict(Conflict::Exists { .. })) => {
            record::open_draft(base.store, item).await?.ok_or(WorkshopError::Changed)
        }
        Err(other) => Err(other.into()),
    }
}

/// Saves what was written, tests it, proves it. `version` is the draft's as the author saw it: where somebody saved since, both
/// texts are kept and given back.
///
/// # Errors
/// [`WorkshopError::Form`] with every field that cannot be read; [`WorkshopError::Hindered`] where the draft may not be written on.
pub async fn save(bench: &Bench<'_>, (id, version): (Id, i64), change: &Change<'_>) -> Result<Saved, WorkshopError> {
    let draft = reached(bench, id).await?;
    bench.must_write(place(&draft))?;
    if draft.version != version {
        return clash(bench, draft, version, change).await;
    }
    if !draft.state.is_editable() {
        return Err(WorkshopError::hindered(
            "草稿已经提交审核，收回后才能修改",
            "the draft is proposed: take it back before you write on it",
        ));
    }
    let texts = changed(&draft.texts, change)?;
    match kept(bench, draft, texts, ("saved", "")).await {
        Err((WorkshopError::Changed, texts)) => {
            let now = reached(bench, id).await?;
            beside(bench, now, version, texts).await
        }
        done => done.map(|draft| Saved::Kept(Box::new(draft))).map_err(|(error, _)| error),
    }
}

/// The texts after a change.
fn changed(texts: &Texts, change: &Change<'_>) -> Result<Texts, WorkshopError> {
    let after = match change {
        Change::Table(typed) => sheet::typed_in(texts, typed).map_err(WorkshopError::Form)?,
        Change::Expert { rules, conditions, cases } => {
            let mut after = match conditions {
                None => texts.clone(),
                Some(part) => texts.with_conditions(&tidied(part)).map_err(|why| {
                    let message = Text::new(format!("条件部分读不出来：{why}"), format!("this cannot be read: {why}"));
                    let pointer = "/conditions".to_owned();
                    WorkshopError::Form(vec![FieldError { pointer, code: "toml".to_owned(), message }])
                })?,
            };
            if let Some(rules) = rules {
                after.rules = tidied(rules);
            }
            if let Some(cases) = cases {
                after.cases = tidied(cases);
            }
            after
        }
    };
    let all = [&after.item_toml, &after.rules, &after.cases];
    let faults = [("/conditions", all[0]), ("/rules", all[1]), ("/cases", all[2])];
    let too_long = |text: &String| text.len() > MOST_BYTES || text.contains('\0');
    let wrong: Vec<FieldError> = faults
        .into_iter()
        .filter(|(_, text)| too_long(text))
        .map(|(pointer, _)| FieldError {
            pointer: pointer.to_owned(),
            code: "length".to_owned(),
            message: Text::new(
                format!("超过 {MOST_BYTES} 字节，或者含有空字符"),
                format!("more than {MOST_BYTES} bytes, or a null character in it"),
            ),
        })
        .collect();
    if wrong.is_empty() { Ok(after) } else { Err(WorkshopError::Form(wrong)) }
}

/// Tests and writes a new text of a draft. Where somebody was quicker, the text comes back.
async fn kept(
    bench: &Bench<'_>,
    mut draft: Draft,
    texts: Texts,
    (kind, note): (&str, &str),
) -> Result<Draft, (WorkshopError, Texts)> {
    let looked = async {
        let entry = texts.within(&base_entry(bench, &draft.item, &draft.base).await?);
        Ok::<Report, WorkshopError>(examined(bench.catalog, entry, bench.desk.base.now()).await?.0)
    };
    let report = match looked.await {
        Ok(report) => report,
        Err(error) => return Err((error, texts)),
    };
    // Who signed for a place signed for this model and no other.
    if report.rule_set != draft.report.rule_set {
        draft.waivers.clear();
    }
    let version = draft.version;
    draft.state = DraftState::saved(&report);
    draft.report = report;
    draft.texts = texts.clone();
    draft.changed_at = bench.desk.base.now();
    let base = &bench.desk.base;
    let line = Line { kind, note, texts: Some(&texts), taken: true };
    let unit = base.unit().update(&DRAFT, draft.key(), version, draft.changes());
    draft.version += 1;
    match base.store.commit(unit.and(edit_row(base, &draft, bench.actor, &line))).await {
        Ok(_) => Ok(draft),
        Err(error) => Err((error.into(), texts)),
    }
}

/// Keeps a text that came too late: made from the version its author saw.
async fn clash(bench: &Bench<'_>, draft: Draft, version: i64, change: &Change<'_>) -> Result<Saved, WorkshopError> {
    let seen = record::texts_at(bench.desk.store(), draft.id, version).await?.ok_or(WorkshopError::Changed)?;
    let mine = changed(&seen, change)?;
    beside(bench, draft, version, mine).await
}

async fn beside(bench: &Bench<'_>, draft: Draft, version: i64, mine: Texts) -> Result<Saved, WorkshopError> {
    // The same twice is no conflict.
    if mine == draft.texts {
        return Ok(Saved::Kept(Box::new(draft)));
    }
    let base = &bench.desk.base;
    let line = Line { kind: "too_late", note: "", texts: Some(&mine), taken: false };
    let (kept, seen) = (base.id(), Draft { version, ..draft.clone() });
    base.store.commit(edit_row_of(base, kept, (&seen, bench.actor), &line)).await?;
    Ok(Saved::Clash(Box::new(Clash { mine, kept, theirs: draft })))
}

/// Moves a draft onto the newest version of its item: the author's rules, cases and conditions, and everything else as it is now.
///
/// # Errors
/// [`WorkshopError::Hindered`] where it stands on it already, or may not be written on.
pub async fn move_on(bench: &Bench<'_>, (id, version): (Id, i64)) -> Result<Draft, WorkshopError> {
    let mut draft = reached(bench, id).await?;
    bench.must_write(place(&draft))?;
    let newest = bench.item(&draft.item)?;
    if draft.version != version {
        return Err(WorkshopError::Changed);
    }
    if !draft.state.is_editable() || newest.hash == draft.base {
        return Err(WorkshopError::hindered("草稿已经在现行版本上", "the draft stands on the newest version already"));
    }
    let entry = base_entry(bench, &draft.item, &newest.hash).await?;
    let own = Texts::of(&entry).ok_or(WorkshopError::NotFound)?;
    let unread = |why: String| WorkshopError::hindered(format!("条件部分移不过去：{why}"), why);
    let texts = draft.texts.onto(&own.item_toml).map_err(unread)?;
    draft.base.clone_from(&newest.hash);
    kept(bench, draft, texts, ("moved", &newest.hash)).await.map_err(|(error, _)| error)
}

/// Somebody answers with his name for a place that no proof looked at.
///
/// # Errors
/// [`WorkshopError::Form`] without a reason; [`WorkshopError::NotFound`] where the proof names no such place.
pub async fn waive(
    bench: &Bench<'_>,
    (id, version): (Id, i64),
    (key, reason): (&str, &str),
) -> Result<Draft, WorkshopError> {
    let (mut draft, officer) = (reached(bench, id).await?, bench.officer()?);
    let writes = bench.may(Right::WriteRules, place(&draft)) || bench.may(Right::ApproveRules, place(&draft));
    if !writes {
        bench.must_write(place(&draft))?;
    }
    let place = draft.report.found.iter().find(|found| found.kind == FoundKind::Unread && found.key == key);
    let place = place.cloned().ok_or(WorkshopError::NotFound)?;
    let reason = decide::reason(&format!("/waiver/{key}"), reason).map_err(|e| WorkshopError::Form(vec![e]))?;
    if draft.version != version {
        return Err(WorkshopError::Changed);
    }
    if !draft.state.is_editable() {
        return Err(WorkshopError::hindered("草稿已经提交审核", "the draft is proposed"));
    }
    let told = Text::new(
        format!("决策“{}”第 {} 行第 {} 列：{}", place.owner, place.line, place.column, place.text.zh),
        format!("decision {:?}, {}:{}: {}", place.owner, place.line, place.column, place.text.en),
    );
    let (base, now) = (&bench.desk.base, bench.desk.base.now());
    draft.waivers.retain(|waiver| waiver.place != key);
    draft.waivers.push(Waiver {
        place: place.key,
        told,
        account: officer.account,
        name: officer.name.clone(),
        reason: reason.clone(),
        at: now,
    });
    draft.changed_at = now;
    let unit = base.unit().update(&DRAFT, draft.key(), version, draft.changes());
    draft.version += 1;
    let line = Line { kind: "waived", note: &reason, texts: None, taken: true };
    base.store.commit(unit.and(edit_row(base, &draft, bench.actor, &line))).await?;
    Ok(draft)
}

/// What an author says with a proposal.
#[derive(Clone, Copy, Debug, Default)]
pub struct Proposal {
    /// The first day; none: the day on which it is published.
    pub valid_from: Option<Date>,
    /// Which cases it decides.
    pub version_by: VersionBy,
}

/// Carries a draft one step on. `note` is the purpose of a proposal, and the reason of sending back and giving up.
///
/// # Errors
/// [`WorkshopError::Forbidden`] for who may not, and for who would approve what he wrote; [`WorkshopError::Hindered`] with
/// everything in the way.
pub async fn step(
    bench: &Bench<'_>,
    (id, version): (Id, i64),
    (step, note): (Step, &str),
    proposal: &Proposal,
) -> Result<Draft, WorkshopError> {
    let draft = reached(bench, id).await?;
    allowed(bench, &draft, step).await?;
    if draft.version != version {
        return Err(WorkshopError::Changed);
    }
    let after = draft
        .state
        .after(step)
        .ok_or_else(|| WorkshopError::hindered("草稿现在的状态不能这样操作", "the draft does not allow this now"))?;
    let note = match step {
        Step::Propose => decide::reason("/purpose", note),
        step if step.needs_reason() => decide::reason("/reason", note),
        _ => Ok(String::new()),
    };
    let note = note.map_err(|e| WorkshopError::Form(vec![e]))?;
    if step == Step::Publish {
        return publish::publish(bench, draft).await;
    }
    let draft = dressed(bench, draft, (step, after, &note), proposal)?;
    let base = &bench.desk.base;
    let unit = base.unit().update(&DRAFT, draft.key(), version, draft.changes());
    let draft = Draft { version: version + 1, ..draft };
    let line = Line { kind: step.word(), note: &note, texts: None, taken: true };
    base.store.commit(unit.and(edit_row(base, &draft, bench.actor, &line))).await?;
    Ok(draft)
}

async fn allowed(bench: &Bench<'_>, draft: &Draft, step: Step) -> Result<(), WorkshopError> {
    if !step.is_second() {
        return bench.must_write(place(draft));
    }
    bench.must_approve(place(draft))?;
    let authors = record::authors(bench.desk.store(), draft).await?;
    let own = bench.actor.account().is_none_or(|me| !decide::is_second(me, &authors));
    // Whoever may only send it back harms nobody; but who wrote it takes it back.
    if own {
        return Err(WorkshopError::Forbidden(Text::new(
            "自己起草、修改或者签署过的规则不能自己审核公布，请由另一个人办理",
            "nobody approves or publishes what he wrote or signed for himself: another person does",
        )));
    }
    Ok(())
}

fn dressed(
    bench: &Bench<'_>,
    mut draft: Draft,
    (step, after, note): (Step, DraftState, &str),
    proposal: &Proposal,
) -> Result<Draft, WorkshopError> {
    let (officer, now) = (bench.officer()?, bench.desk.base.now());
    let signed = || Some(Signed { account: officer.account, name: officer.name.clone(), at: now });
    match step {
        Step::Propose => {
            let found = standing(bench, &draft)?;
            if !found.is_empty() {
                return Err(WorkshopError::Hindered(found));
            }
            not_passed(proposal.valid_from, now.date())?;
            note.clone_into(&mut draft.purpose);
            draft.valid_from = proposal.valid_from;
            draft.version_by = proposal.version_by;
            draft.proposed = signed();
        }
        Step::Approve => draft.approved = signed(),
        Step::TakeBack | Step::SendBack => (draft.proposed, draft.approved) = (None, None),
        Step::Drop => draft.closed_at = Some(now),
        Step::Publish => {}
    }
    draft.state = after;
    draft.changed_at = now;
    Ok(draft)
}

fn not_passed(wanted: Option<Date>, today: Date) -> Result<(), WorkshopError> {
    if decide::first_day(wanted, today).is_some() {
        return Ok(());
    }
    let message =
        Text::new("生效日已经过去，请写今天或者以后的一天", "the first day has passed: write today or a later day");
    Err(WorkshopError::Form(vec![FieldError { pointer: "/valid_from".to_owned(), code: "range".to_owned(), message }]))
}

/// What is in the way of proposing or publishing a draft.
pub(super) fn standing(bench: &Bench<'_>, draft: &Draft) -> Result<Vec<Text>, WorkshopError> {
    let newest = bench.catalog.versions_of(&draft.item).last().ok_or(WorkshopError::NotFound)?;
    Ok(hindrances(&Standing {
        report: &draft.report,
        waivers: &draft.waivers,
        is_changed: draft.report.hash != draft.base,
        is_current: newest.hash == draft.base,
    }))
}

//! Filing: one form becomes a handling and a case for each agency, all of them in one unit of work.

use std::sync::Arc;

use evidence::canonical::Salt;
use kernel::{CaseNumber, Id, ItemTag, Moment, RegionCode, Text};
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};
use store::{CommitError, Conflict, Fault, Store, Unit};

use super::gather::gather;
use super::leaf::leaf;
use super::papers::{self, missing_papers};
use super::record::{self, JOINT, Joint, PART, event};
use super::view::items_of;
use crate::access::{Actor, PersonActor};
use crate::approval::draft::Draft;
use crate::approval::{self, ApprovalError, Case, Desk, PartFiling};
use crate::catalog::{Bundle, Catalog, Checked, FieldError, Item, JointForm, pointer_to};
use crate::material::{self, Material};

/// How often a filing is tried again when the facts it stood on changed under it.
const TRIES: usize = 3;

/// An application for a bundle, as it comes from a page or the API.
#[derive(Debug, Clone, Copy)]
pub struct JointFiling<'a> {
    /// Bundle id.
    pub bundle: &'a str,
    /// The optional items wanted.
    pub chosen: &'a [String],
    /// The bundle's form.
    pub form: &'a Map<String, Json>,
    /// `online` or `counter`.
    pub channel: &'a str,
    /// The draft it was written in, with the files that lie in it; deleted with the filing. Without one they are brought on each
    /// case's page.
    pub draft: Option<&'a Draft>,
    /// Idempotency key: a repetition is answered with the handling that was made, and makes none.
    pub key: &'a str,
}

/// The files that lie in the form.
async fn laid(desk: &Desk<'_>, filing: &JointFiling<'_>) -> Result<Vec<Material>, Fault> {
    match filing.draft {
        Some(draft) => material::of_draft(desk.store(), draft.id).await,
        None => Ok(Vec::new()),
    }
}

/// What a filing is made of, looked up and checked.
struct Asked {
    bundle: Arc<Bundle>,
    items: Vec<Arc<Item>>,
    form: JointForm,
    values: Map<String, Json>,
}

/// Files a bundle: the handling and all its cases, or nothing.
///
/// # Errors
/// [`ApprovalError::Form`] with everything to mend at once, under the names of the bundle's form;
/// [`ApprovalError::AlreadyOpen`] where one of the items is open already, in a handling or alone.
pub async fn file(desk: &Desk<'_>, actor: &PersonActor, filing: &JointFiling<'_>) -> Result<Joint, ApprovalError> {
    let asked = asked(desk.catalog, actor, (filing, &laid(desk, filing).await?), desk.base.now())?;
    let account = actor.account.to_string();
    let hash = request_hash(&asked, actor);
    // What is granted at once leaves no open case behind and would not meet the one that is open: asked beforehand.
    if filed_with(desk.store(), actor.account, filing.key).await?.is_none() {
        open(desk, actor, &asked).await?;
    }
    let mut proved = true;
    for _ in 0..TRIES {
        let made = made(desk, actor, (&asked, filing), proved).await;
        let (joint, unit) = match made {
            Err(ApprovalError::NoEvidence(_)) if proved => {
                proved = false;
                continue;
            }
            made => made?,
        };
        let unit = unit.once(account.clone(), filing.key, hash.clone(), joint.id.to_string());
        match desk.store().commit(unit).await {
            Ok(_) => {
                // What the machine found at once goes out at once; the clock does it where this does not come so far.
                gather(desk, joint.id).await?;
                return Ok(joint);
            }
            Err(CommitError::Conflict(conflict)) => {
                if let Some(there) = answer(desk, actor, &asked, conflict).await? {
                    return Ok(there);
                }
            }
            Err(CommitError::NoEvidence { .. }) if proved => proved = false,
            Err(other) => return Err(other.into()),
        }
    }
    Err(ApprovalError::Changed)
}

/// Checks a bundle's form as filing it would: the form itself, what each item asks, and the files it needs. Nothing is written.
///
/// # Errors
/// [`ApprovalError::NotOffered`] where there is no such bundle, or one of its items is not in force.
pub fn check(
    catalog: &Catalog,
    actor: &PersonActor,
    (filing, files): (&JointFiling<'_>, &[Material]),
    now: Moment,
) -> Result<Checked, ApprovalError> {
    let not_offered = || ApprovalError::NotOffered(filing.bundle.to_owned());
    let bundle = catalog.bundle(filing.bundle).filter(|b| b.in_force(now.date())).ok_or_else(not_offered)?;
    let items = items_of(catalog, bundle, filing.chosen, now.date())?;
    let form = bundle.form(&items).ok_or_else(not_offered)?;
    let mut checked = checked(actor, (&items, &form), filing.form);
    if filing.draft.is_some() {
        checked.errors.extend(missing_papers(bundle, &items, files));
    }
    Ok(checked)
}

fn checked(actor: &PersonActor, (items, form): (&[Arc<Item>], &JointForm), raw: &Map<String, Json>) -> Checked {
    let mut checked = form.schema.check(raw);
    for item in items {
        let own = approval::check(item, actor, &form.part(&item.id, &checked.values));
        let named = own.errors.into_iter().filter_map(|error| {
            let field = form.field_of(&item.id, error.pointer.trim_start_matches('/'))?;
            Some(FieldError { pointer: pointer_to(field), ..error })
        });
        for error in named {
            if !checked.errors.iter().any(|e| e.pointer == error.pointer) {
                checked.errors.push(error);
            }
        }
    }
    checked
}

fn asked(
    catalog: &Catalog,
    actor: &PersonActor,
    (filing, files): (&JointFiling<'_>, &[Material]),
    now: Moment,
) -> Result<Asked, ApprovalError> {
    let not_offered = || ApprovalError::NotOffered(filing.bundle.to_owned());
    let bundle = catalog.bundle(filing.bundle).filter(|b| b.in_force(now.date())).ok_or_else(not_offered)?;
    if let Some(strange) = filing.chosen.iter().find(|id| bundle.part(id).is_none()) {
        return Err(ApprovalError::NotOffered(strange.clone()));
    }
    let items = items_of(catalog, bundle, filing.chosen, now.date())?;
    for item in &items {
        approval::may_file(actor, item, now)?;
    }
    let form = bundle.form(&items).ok_or_else(not_offered)?;
    let mut checked = checked(actor, (&items, &form), filing.form);
    if filing.draft.is_some() {
        checked.errors.extend(missing_papers(bundle, &items, files));
    }
    if !checked.errors.is_empty() {
        return Err(ApprovalError::Form(checked.errors));
    }
    Ok(Asked { bundle: bundle.clone(), items, form, values: checked.values })
}

/// The handling, and one unit with it and every case of it.
async fn made(
    desk: &Desk<'_>,
    actor: &PersonActor,
    (asked, filing): (&Asked, &JointFiling<'_>),
    proved: bool,
) -> Result<(Joint, Unit), ApprovalError> {
    let id = desk.base.id();
    let mut cases: Vec<Case> = Vec::new();
    // Read anew at each try: a scanner may have spoken meanwhile.
    let files = laid(desk, filing).await?;
    let mut unit = desk.base.unit();
    for item in &asked.items {
        let form = asked.form.part(&item.id, &asked.values);
        let papers = papers::of_item(&asked.bundle, &asked.items, &files, &item.id);
        let part = PartFiling {
            item: &item.id,
            form: &form,
            channel: filing.channel,
            parent: Some(id),
            receiving: None,
            papers: &papers,
            proved,
        };
        let (case, rows) = approval::file_part(desk, actor, &part).await?;
        unit = unit.and(rows);
        cases.push(case);
    }
    let joint = joint(desk, actor, asked, (id, &cases))?;
    unit = unit.insert(&JOINT, joint.values());
    for (seq, case) in (1_i64..).zip(&cases) {
        unit = unit.insert(&PART, part_values(&joint, case, seq));
    }
    let by = Actor::Person(actor.clone()).signature();
    let numbers: Vec<&str> = cases.iter().map(|c| c.number.as_str()).collect();
    let act = json!({ "at": joint.filed_at, "cases": numbers });
    let salt = Salt::generate(desk.base.entropy);
    let filed = leaf("joint.filed", &joint, &act, (&json!({ "form": joint.form, "by": by }), &salt))?;
    let unit = unit
        .and(event(&desk.base, &joint, ("filed", &by.name), &json!({ "cases": numbers })))
        .count(format!("joint/{}/{}", joint.bundle, joint.filed_at.date().strftime("%Y-%m")), 1);
    let unit = if proved { unit.leaf(filed) } else { approval::owe_leaf(desk, unit, filed) };
    let unit = match filing.draft {
        Some(draft) => draft.sent(unit, &files),
        None => unit,
    };
    Ok((joint, unit))
}

fn part_values(joint: &Joint, case: &Case, seq: i64) -> Vec<store::Value> {
    vec![
        (&joint.shard).into(),
        joint.id.into(),
        case.id.into(),
        1_i64.into(),
        seq.into(),
        (&case.item).into(),
        None::<Moment>.into(),
        None::<&str>.into(),
    ]
}

fn joint(
    desk: &Desk<'_>,
    actor: &PersonActor,
    asked: &Asked,
    (id, cases): (Id, &[Case]),
) -> Result<Joint, ApprovalError> {
    let (now, applicant) = (desk.base.now(), actor.principal());
    let lead = cases.iter().find(|c| c.item == asked.bundle.lead);
    let lead = lead.ok_or_else(|| ApprovalError::NotOffered(asked.bundle.lead.clone()))?;
    let gathering = desk.catalog.procedure().and_then(|p| p.gathering.as_ref());
    let gather_due_at = gathering.and_then(|clock| {
        let last = clock.period.due(now.date(), desk.catalog.calendar(), &[]).ok()?;
        last.tomorrow().ok().map(Moment::start_of)
    });
    Ok(Joint {
        shard: desk.base.shard.to_owned(),
        id,
        version: 1,
        number: number(asked, lead, (now, id)),
        bundle: asked.bundle.id.clone(),
        bundle_version: asked.bundle.hash.clone(),
        applicant: applicant.id,
        applicant_name: applicant.name.clone(),
        applicant_code: applicant.code.clone(),
        filed_by: actor.account,
        filed_by_name: actor.party.name.clone(),
        lead_agency: lead.deciding_agency.clone(),
        region: lead.region.clone(),
        form: Json::Object(asked.values.clone()),
        fields: asked.form.fields.clone(),
        filed_at: now,
        gather_due_at,
        notified_at: None,
        answered_at: None,
        extended_at: None,
        extended_by: None,
        extension_why: None,
    })
}

/// A case number of the item that leads, with an L (联) before it.
fn number(asked: &Asked, lead: &Case, (now, id): (Moment, Id)) -> String {
    let item = asked.items.iter().find(|i| i.id == lead.item);
    let tag = item.and_then(|i| i.implementation_code.as_ref().or(i.catalogue_code.as_ref())).map(ItemTag::of);
    match (tag, item.map(|i| i.power.region.parse::<RegionCode>())) {
        (Some(tag), Some(Ok(region))) => format!("L{}", CaseNumber::new(region, tag, now.date(), id)),
        _ => format!("L{id}"),
    }
}

/// What a conflict points to: the handling made before under the same key. `None`: look again.
async fn answer(
    desk: &Desk<'_>,
    actor: &PersonActor,
    asked: &Asked,
    conflict: Conflict,
) -> Result<Option<Joint>, ApprovalError> {
    match conflict {
        Conflict::Repeated { response } => {
            let id = response.parse::<Id>().map_err(|_| ApprovalError::NotFound)?;
            record::joint(desk.store(), id).await?.map(Some).ok_or(ApprovalError::NotFound)
        }
        Conflict::Exists { table: "open_case" } => open(desk, actor, asked).await,
        Conflict::Exists { .. } | Conflict::Changed { .. } | Conflict::Missing { .. } | Conflict::Exhausted { .. } => {
            Ok(None)
        }
        other => Err(CommitError::Conflict(other).into()),
    }
}

/// One of the items is open already: in a handling, which is named, or alone.
async fn open(desk: &Desk<'_>, actor: &PersonActor, asked: &Asked) -> Result<Option<Joint>, ApprovalError> {
    let cases = approval::cases_of(desk.store(), actor.principal().id).await?;
    let ours = |c: &&Case| c.state.is_open() && asked.items.iter().any(|i| i.id == c.item);
    let Some(case) = cases.iter().find(ours) else { return Ok(None) };
    match case.parent {
        None => Err(ApprovalError::AlreadyOpen { id: case.id, number: case.number.clone() }),
        Some(parent) => match record::joint(desk.store(), parent).await? {
            Some(joint) => Err(ApprovalError::AlreadyOpen { id: joint.id, number: joint.number }),
            None => Ok(None),
        },
    }
}

/// The handling that an account filed with this idempotency key: for a form that is sent twice.
pub async fn filed_with(store: &Store, account: Id, key: &str) -> Result<Option<Joint>, Fault> {
    record::joint_filed_with(store, &account.to_string(), key).await
}

/// What makes two requests the same: who files which bundle, with which parts, for whom.
fn request_hash(asked: &Asked, actor: &PersonActor) -> String {
    let items: Vec<&str> = asked.items.iter().map(|i| i.id.as_str()).collect();
    let whom = (actor.account.to_string(), actor.principal().id.to_string());
    let what = (&asked.bundle.id, items, whom, &asked.values);
    // Texts and values of JSON can always be written.
    hex::encode(Sha256::digest(serde_json::to_string(&what).unwrap_or_default()))
}

/// One fact is not told in two ways: why a value that another case was told stays as it was.
pub(super) fn not_here() -> Text {
    Text::new(
        "这一项由已经办结或者正在审查的机关使用过，不能在补正时更改；要改请撤回后重新申请",
        "an agency has already worked with this and it cannot be changed while mending; withdraw and file again",
    )
}

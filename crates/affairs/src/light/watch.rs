//! Raising lights, handing up those nobody answers, answering them; and the recount that must find the same.

use evidence::canonical::{Salt, canonical_value, commitment};
use kernel::{Id, Moment, Period, Text};
use serde_json::{Value as Json, json};
use store::{CommitError, Conflict, Fault, Leaf, Store, Unit};

use super::decide::{Colour, Course, Limit, Subject, Terms, courses};
use super::record::{self, CASE_LIGHT, COUNTED, LIGHT, Light};
use crate::access::{self, Actor, Place, Right};
use crate::approval::{self, ApprovalError, File};
use crate::catalog::{Catalog, FieldError};
use crate::window::{self, Relay};

/// Cases whose promised limit lies further ahead are not looked at: longer than a warning and the longest holidays.
const AHEAD_MS: i64 = 30 * DAY_MS;
/// What was decided since is looked at once more, in case the watch slept when it was.
const BEHIND_MS: i64 = 3 * DAY_MS;
const DAY_MS: i64 = 24 * 3_600 * 1_000;
/// Where nothing more will change by itself.
const NEVER: Moment = Moment::from_ms(i64::MAX);
/// The shortest answer that can say something, and the longest kept; characters.
const WORDS: std::ops::RangeInclusive<usize> = 4..=2_000;

/// Looks at every case whose colour may have changed, raises what was reached, and hands up what nobody answered in time.
/// Gives how many lights were raised or handed up. A light that cannot be written now is raised at the next turn.
///
/// # Errors
/// A fault of the database.
pub async fn watch(desk: &access::Desk<'_>, catalog: &Catalog) -> Result<usize, Fault> {
    let now = desk.now();
    let mut done = 0;
    for id in record::to_look_at(desk.store, now, (now.plus_ms(AHEAD_MS), now.plus_ms(-BEHIND_MS))).await? {
        let Some(file) = approval::story(desk.store, id).await? else { continue };
        done += written(desk, look(desk, catalog, &file).await?).await?;
    }
    for light in record::overdue(desk.store, now).await? {
        done += written(desk, (handed_up(desk, catalog, &light), 1)).await?;
    }
    Ok(done)
}

/// Commits what one light, or one case's lights, came to; a conflict means that somebody else has just done it.
async fn written(desk: &access::Desk<'_>, (unit, lights): (Unit, usize)) -> Result<usize, Fault> {
    match desk.store.commit(unit).await {
        Ok(_) => Ok(lights),
        Err(CommitError::Conflict(Conflict::Exists { .. } | Conflict::Changed { .. } | Conflict::Missing { .. })) => {
            Ok(0)
        }
        Err(CommitError::NoEvidence { why }) => {
            tracing::warn!(why, "a light could not be written down yet");
            Ok(0)
        }
        Err(CommitError::Fault(fault)) => Err(fault),
        Err(other) => Err(Fault::Misuse(other.to_string())),
    }
}

/// The courses of a case's limits, with those of its papers under way; empty where the item's version or the shared clocks are
/// not known.
pub fn courses_of(catalog: &Catalog, file: &File, papers: &[Relay]) -> Vec<Course> {
    let item = catalog.item_version(&file.case.item, &file.case.item_version);
    let (Some(item), Some(procedure)) = (item, catalog.procedure()) else { return Vec::new() };
    let terms = Terms { procedure, calendar: catalog.calendar() };
    courses(&Subject { file, item: &item, papers }, &terms)
}

/// What a look at a case writes down, with how many lights it raises.
async fn look(desk: &access::Desk<'_>, catalog: &Catalog, file: &File) -> Result<(Unit, usize), Fault> {
    let (now, case) = (desk.now(), &file.case);
    let (seen, lights) = (record::seen(desk.store, case.id).await?, record::lights_of(desk.store, case.id).await?);
    let courses = courses_of(catalog, file, &window::papers_of(desk.store, case.id).await?);
    let mut unit = desk.unit();
    let mut raised = 0;
    for course in &courses {
        let (colour, clock) = (course.colour(now), course.limit.word());
        let known = lights.iter().filter(|l| l.clock == clock).map(|l| l.colour).max().unwrap_or(Colour::Green);
        if colour > known {
            unit = unit.and(raise(desk, catalog, file, (course, colour))?);
            raised += 1;
        }
    }
    let worst = courses.iter().map(|c| c.colour(now)).chain(lights.iter().map(|l| l.colour)).max();
    let next = courses.iter().filter_map(|c| c.changes_at(now)).min().unwrap_or(NEVER);
    let changes = vec![
        ("colour", worst.unwrap_or(Colour::Green).word().into()),
        ("seen_version", case.version.into()),
        ("next_at", next.into()),
    ];
    let key = vec![(&case.shard).into(), case.id.into()];
    let unit = match seen {
        Some(version) => unit.update(&CASE_LIGHT, key, version, changes),
        None => {
            let rest = changes.into_iter().map(|(_, value)| value);
            unit.insert(&CASE_LIGHT, key.into_iter().chain([1.into()]).chain(rest).collect())
        }
    };
    Ok((unit, raised))
}

fn raise(
    desk: &access::Desk<'_>,
    catalog: &Catalog,
    file: &File,
    (course, colour): (&Course, Colour),
) -> Result<Unit, Fault> {
    let case = &file.case;
    // A first review is answered for by the agency below, also when the file has gone up since.
    let below = file.first.as_ref().filter(|_| course.limit == Limit::FirstReview);
    let agency = below.map_or(&case.deciding_agency, |review| &review.agency);
    let reached = Reached {
        shard: &case.shard,
        case: case.id,
        clock: course.limit.word(),
        colour,
        number: &case.number,
        item: &case.item,
        agency,
        region: &case.region,
        due_at: course.due,
    };
    lit(desk, catalog, &reached)
}

/// A colour that a limit has reached: of a case, or of something a room above keeps beside it.
#[derive(Debug, Clone)]
pub struct Reached<'a> {
    /// The case's home shard.
    pub shard: &'a str,
    /// The case it belongs to.
    pub case: Id,
    /// Which limit: a word of its own room.
    pub clock: String,
    /// How bad.
    pub colour: Colour,
    /// The case's number.
    pub number: &'a str,
    /// Its item.
    pub item: &'a str,
    /// Whose limit it is: who answers first.
    pub agency: &'a str,
    /// Where.
    pub region: &'a str,
    /// The first moment after the limit.
    pub due_at: Option<Moment>,
}

/// The rows of a light that is lit now: with its owner, who must answer it, and its leaf. Unanswered it goes up like every other.
///
/// # Errors
/// A fault, where its leaf cannot be written.
pub fn lit(desk: &access::Desk<'_>, catalog: &Catalog, reached: &Reached<'_>) -> Result<Unit, Fault> {
    let now = desk.now();
    let light = Light {
        shard: reached.shard.to_owned(),
        case: reached.case,
        clock: reached.clock.clone(),
        colour: reached.colour,
        version: 1,
        number: reached.number.to_owned(),
        item: reached.item.to_owned(),
        agency: reached.agency.to_owned(),
        region: reached.region.to_owned(),
        due_at: reached.due_at,
        raised_at: now,
        holder: reached.agency.to_owned(),
        level: 0,
        // A yellow light is answered by doing it in time; what follows it is red.
        reply_due_at: if reached.colour == Colour::Yellow { None } else { reply_by(catalog, now) },
        reply: None,
        replied_by: None,
        replied_at: None,
    };
    let act = json!({ "at": now, "due": light.due_at });
    Ok(desk
        .unit()
        .insert(&LIGHT, light.values())
        .count(format!("light/{}/{}", light.agency, light.colour.word()), 1)
        .leaf(leaf("light.raised", &light, &act)?))
}

fn reply_by(catalog: &Catalog, from: Moment) -> Option<Moment> {
    let period: &Period = &catalog.procedure()?.light_reply.period;
    let last = period.due(from.date(), catalog.calendar(), &[]).ok()?;
    Some(Moment::start_of(last.tomorrow().ok()?))
}

/// An unanswered light goes to the agency above its holder; where nobody is above it stays, and waits without an end.
fn handed_up(desk: &access::Desk<'_>, catalog: &Catalog, light: &Light) -> Unit {
    let above = catalog.agency(&light.holder).and_then(|agency| agency.parent.clone());
    let changes = match &above {
        Some(parent) => vec![
            ("holder", parent.into()),
            ("level", (light.level + 1).into()),
            ("reply_due_at", reply_by(catalog, desk.now()).into()),
        ],
        None => vec![("reply_due_at", store::Value::Null)],
    };
    let unit = desk.unit().update(&LIGHT, light.key(), light.version, changes);
    let act = json!({ "at": desk.now(), "holder": above });
    match leaf("light.handed_up", light, &act) {
        Ok(leaf) if above.is_some() => unit.leaf(leaf),
        _ => unit,
    }
}

/// An answer to a light.
#[derive(Debug, Clone)]
pub struct Reply<'a> {
    /// The case.
    pub case: Id,
    /// Which limit's light.
    pub clock: &'a str,
    /// Which colour.
    pub colour: Colour,
    /// Why it came so far and what is done about it.
    pub text: &'a str,
}

/// Answers a light: it stays, and what was said stands beside it.
///
/// # Errors
/// [`ApprovalError::NotFound`] where there is none or the officer's rights do not reach it; [`ApprovalError::Forbidden`]
/// where he may look but not answer; [`ApprovalError::Form`] where nothing was said; [`ApprovalError::Changed`] where it was
/// answered already.
pub async fn reply(desk: &access::Desk<'_>, actor: &Actor, said: &Reply<'_>) -> Result<(), ApprovalError> {
    let lights = record::lights_of(desk.store, said.case).await?;
    let light = lights.into_iter().find(|l| l.clock == said.clock && l.colour == said.colour);
    let light = light.ok_or(ApprovalError::NotFound)?;
    let place = Place { agency: &light.agency, region: &light.region, item: &light.item };
    if !actor.allow(Right::ViewCase, &place) {
        return Err(ApprovalError::NotFound);
    }
    if !actor.allow(Right::DecideCase, &place) {
        return Err(ApprovalError::Forbidden(Text::new(
            "您的岗位不能答复亮灯，请交由审批人员或负责人答复",
            "your post may not answer for a limit; an approver or the head does",
        )));
    }
    if light.replied_at.is_some() {
        return Err(ApprovalError::Changed);
    }
    let text = said.text.trim();
    if !WORDS.contains(&text.chars().count()) {
        let message = Text::new(
            format!("请写明原因和办法（{} 至 {} 字）", WORDS.start(), WORDS.end()),
            format!("say why and what is done about it ({} to {} characters)", WORDS.start(), WORDS.end()),
        );
        return Err(ApprovalError::Form(vec![FieldError { pointer: "/reply".into(), code: "reply".into(), message }]));
    }
    let (now, signature, salt) = (desk.now(), actor.signature(), Salt::generate(desk.entropy));
    let private = json!({ "by": signature, "reply": text });
    let kept = commitment(&salt, canonical(&private)?.as_bytes()).to_string();
    let changes = vec![
        ("reply", text.into()),
        ("replied_by", (&signature.name).into()),
        ("replied_at", now.into()),
        ("salt", salt.bytes().to_vec().into()),
    ];
    let act = json!({ "at": now, "commitment": kept });
    let unit = desk.unit().update(&LIGHT, light.key(), light.version, changes);
    desk.store.commit(unit.leaf(leaf("light.answered", &light, &act)?)).await?;
    Ok(())
}

/// What the log keeps of a light: nothing that names a person.
fn leaf(kind: &'static str, light: &Light, act: &Json) -> Result<Leaf, Fault> {
    let body = json!({
        "schema": 1, "kind": kind, "case": light.case.to_string(), "number": light.number, "item": light.item,
        "agency": light.agency, "region": light.region, "clock": light.clock, "colour": light.colour.word(), "act": act,
    });
    Ok(Leaf { subject: light.case, kind, bytes: canonical(&body)?.into_bytes() })
}

fn canonical(body: &Json) -> Result<String, Fault> {
    canonical_value(body).map_err(|e| Fault::Misuse(format!("a leaf cannot be written: {e}")))
}

/// A light as kept that is not what the record says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mismatch {
    /// The case's number, or the counter.
    pub of: String,
    /// Which limit; empty for a counter.
    pub clock: String,
    /// What is kept.
    pub kept: String,
    /// What the record says.
    pub recounted: String,
}

/// Computes the lights of every watched case again from its record, and the counters from the lights. Nothing returned: they
/// agree. Limits of cases that nobody has looked at since they changed are the watch's business and are not compared.
///
/// # Errors
/// A fault of the database.
pub async fn recount(store: &Store, shard: &str, catalog: &Catalog, now: Moment) -> Result<Vec<Mismatch>, Fault> {
    let mut differ = Vec::new();
    let mut after = String::new();
    loop {
        let page = record::watched(store, &after).await?;
        let Some(last) = page.last() else { break };
        after = last.to_string();
        for id in page {
            let Some(file) = approval::story(store, id).await? else { continue };
            let courses = courses_of(catalog, &file, &window::papers_of(store, id).await?);
            differ.extend(compared(&file, &courses, &record::lights_of(store, id).await?, now));
        }
    }
    let counters = store.recount(shard, "light/", COUNTED, vec![shard.into()]).await?;
    differ.extend(counters.into_iter().map(|d| Mismatch {
        of: d.key,
        clock: String::new(),
        kept: d.kept.to_string(),
        recounted: d.counted.to_string(),
    }));
    Ok(differ)
}

fn compared(file: &File, courses: &[Course], lights: &[Light], now: Moment) -> Vec<Mismatch> {
    let kept =
        |clock: &str| lights.iter().filter(|l| l.clock == clock).map(|l| l.colour).max().unwrap_or(Colour::Green);
    let differs = |course: &Course| {
        let (clock, recounted) = (course.limit.word(), course.colour(now));
        let kept = kept(&clock);
        // A stop or a correction may move a limit back that was passed before: a light stays all the same.
        (kept < recounted).then(|| Mismatch {
            of: file.case.number.clone(),
            clock,
            kept: kept.word().to_owned(),
            recounted: recounted.word().to_owned(),
        })
    };
    courses.iter().filter_map(differs).collect()
}

//! The tables of lights, and every SELECT that reads them.

use kernel::{Id, Moment};
use store::{Fault, Row, Store, Table, Value};

use super::decide::Colour;

/// Lights, versioned. The key holds what a light is of, so that two nodes cannot raise it twice.
pub(super) static LIGHT: Table = Table {
    name: "light",
    columns: &[
        "shard",
        "case_id",
        "clock",
        "colour",
        "version",
        "number",
        "item",
        "agency",
        "region",
        "due_at",
        "raised_at",
        "holder",
        "level",
        "reply_due_at",
        "reply",
        "replied_by",
        "replied_at",
        "salt",
    ],
    key: &["shard", "case_id", "clock", "colour"],
};

/// How far the watch has come with each case: the worst colour, and when to look again.
pub(super) static CASE_LIGHT: Table = Table {
    name: "case_light",
    columns: &["shard", "case_id", "version", "colour", "seen_version", "next_at"],
    key: &["shard", "case_id"],
};

/// A colour that a limit of a case has reached.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Light {
    /// Home shard.
    pub shard: String,
    /// The case.
    pub case: Id,
    /// Which limit, as a word.
    pub clock: String,
    /// How bad.
    pub colour: Colour,
    /// Version an update expects.
    pub version: i64,
    /// The case's number.
    pub number: String,
    /// The item.
    pub item: String,
    /// The agency whose limit it is.
    pub agency: String,
    /// The responsible region.
    pub region: String,
    /// The first moment after the limit.
    pub due_at: Option<Moment>,
    /// When it was seen to be reached.
    pub raised_at: Moment,
    /// The agency that must answer.
    pub holder: String,
    /// How often it was handed up: 0 for the agency's own.
    pub level: i64,
    /// Until when; none where nobody is above, or the calendar does not reach.
    pub reply_due_at: Option<Moment>,
    /// What was answered.
    pub reply: Option<String>,
    /// By whom.
    pub replied_by: Option<String>,
    /// When.
    pub replied_at: Option<Moment>,
}

impl Light {
    pub(super) fn key(&self) -> Vec<Value> {
        vec![(&self.shard).into(), self.case.into(), (&self.clock).into(), self.colour.word().into()]
    }

    pub(super) fn values(&self) -> Vec<Value> {
        vec![
            (&self.shard).into(),
            self.case.into(),
            (&self.clock).into(),
            self.colour.word().into(),
            self.version.into(),
            (&self.number).into(),
            (&self.item).into(),
            (&self.agency).into(),
            (&self.region).into(),
            self.due_at.into(),
            self.raised_at.into(),
            (&self.holder).into(),
            self.level.into(),
            self.reply_due_at.into(),
            self.reply.as_deref().into(),
            self.replied_by.as_deref().into(),
            self.replied_at.into(),
            Value::Null,
        ]
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let owned = |column| row.text(column).map(str::to_owned);
        let maybe = |column| row.opt_text(column).map(|t| t.map(str::to_owned));
        Ok(Self {
            shard: owned("shard")?,
            case: row.id("case_id")?,
            clock: owned("clock")?,
            colour: colour(row)?,
            version: row.int("version")?,
            number: owned("number")?,
            item: owned("item")?,
            agency: owned("agency")?,
            region: owned("region")?,
            due_at: row.opt_moment("due_at")?,
            raised_at: row.moment("raised_at")?,
            holder: owned("holder")?,
            level: row.int("level")?,
            reply_due_at: row.opt_moment("reply_due_at")?,
            reply: maybe("reply")?,
            replied_by: maybe("replied_by")?,
            replied_at: row.opt_moment("replied_at")?,
        })
    }
}

fn colour(row: &Row) -> Result<Colour, Fault> {
    let word = row.text("colour")?;
    Colour::from_word(word).ok_or_else(|| Fault::Misuse(format!("unknown colour {word:?}")))
}

/// Cases to look at: open ones whose promised limit ends before `horizon`, and those decided since `since` after more than
/// an instant; among them those never seen, changed since, or whose colour was to change by `now`.
pub(super) async fn to_look_at(
    store: &Store,
    now: Moment,
    (horizon, since): (Moment, Moment),
) -> Result<Vec<Id>, Fault> {
    const OPEN: &str = "SELECT c.id FROM case_file c LEFT JOIN case_light l ON l.shard = c.shard AND l.case_id = c.id \
         WHERE c.state IN ('in_review', 'special_step', 'awaiting_data', 'awaiting_evidence') \
         AND c.closed_at IS NULL AND c.committed_due_at <= $1 \
         AND (l.case_id IS NULL OR l.next_at <= $2 OR l.seen_version <> c.version) \
         ORDER BY c.committed_due_at, c.id LIMIT 256";
    const ENDED: &str = "SELECT c.id FROM decision d JOIN case_file c ON c.shard = d.shard AND c.id = d.case_id \
         LEFT JOIN case_light l ON l.shard = c.shard AND l.case_id = c.id \
         WHERE d.decided_at >= $1 AND d.elapsed_ms >= $2 AND c.closed_at IS NOT NULL \
         AND (l.case_id IS NULL OR l.seen_version <> c.version) ORDER BY d.decided_at, c.id LIMIT 256";
    // A first review ends long before the promise of the agency above.
    const BELOW: &str = "SELECT c.id FROM first_review f JOIN case_file c ON c.shard = f.shard AND c.id = f.case_id \
         LEFT JOIN case_light l ON l.shard = c.shard AND l.case_id = c.id \
         WHERE f.passed_at IS NULL AND f.due_at <= $1 AND c.closed_at IS NULL \
         AND (l.case_id IS NULL OR l.next_at <= $2 OR l.seen_version <> c.version) ORDER BY f.due_at, c.id LIMIT 256";
    // Papers that a counter sent and nobody took in time, and those that were answered late since: their light is not up yet.
    const PAPERS: &str = "SELECT c.id FROM relay r JOIN case_file c ON c.shard = r.shard AND c.id = r.case_id \
         WHERE r.ended_at IS NULL AND r.due_at <= $1 AND (c.closed_at IS NULL OR c.closed_at >= r.due_at) \
         AND NOT EXISTS (SELECT 1 FROM light g WHERE g.shard = r.shard AND g.case_id = r.case_id \
         AND g.clock = 'relay-' || CAST(r.round AS TEXT)) ORDER BY r.sent_at LIMIT 256";
    const ANSWERED: &str = "SELECT r.case_id AS id FROM relay r \
         WHERE r.ended_at >= $1 AND r.ended_at >= r.due_at \
         AND NOT EXISTS (SELECT 1 FROM light g WHERE g.shard = r.shard AND g.case_id = r.case_id \
         AND g.clock = 'relay-' || CAST(r.round AS TEXT)) ORDER BY r.ended_at LIMIT 256";
    let mut rows = store.query(OPEN, vec![horizon.into(), now.into()]).await?;
    rows.extend(store.query(BELOW, vec![horizon.into(), now.into()]).await?);
    rows.extend(store.query(PAPERS, vec![now.into()]).await?);
    rows.extend(store.query(ANSWERED, vec![since.into()]).await?);
    rows.extend(store.query(ENDED, vec![since.into(), INSTANT_MS.into()]).await?);
    let mut ids = rows.iter().map(|row| row.id("id")).collect::<Result<Vec<_>, _>>()?;
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// What was decided faster than this cannot have passed a limit; milliseconds.
const INSTANT_MS: i64 = 60_000;

/// The version of the row that says how far the watch has come with a case; none where it never looked.
pub(super) async fn seen(store: &Store, case: Id) -> Result<Option<i64>, Fault> {
    let sql = concat!(
        store::shards!("case_light"),
        "SELECT l.version FROM home JOIN case_light l ON l.shard = home.shard AND l.case_id = $1"
    );
    store.query(sql, vec![case.into()]).await?.first().map(|row| row.int("version")).transpose()
}

/// The lights of a case, oldest first.
pub async fn lights_of(store: &Store, case: Id) -> Result<Vec<Light>, Fault> {
    let sql = concat!(
        store::shards!("light"),
        "SELECT l.* FROM home JOIN light l ON l.shard = home.shard AND l.case_id = $1 ORDER BY l.raised_at, l.clock, l.colour"
    );
    store.query(sql, vec![case.into()]).await?.iter().map(Light::read).collect()
}

/// The lights an officer may see and that ask for something: red ones that nobody has answered, yellow ones while the case
/// can still be decided in time. Those handed up first, then the worst and oldest; at most 200.
pub async fn lights_for(store: &Store, account: Id) -> Result<Vec<Light>, Fault> {
    const SQL: &str = concat!(
        "SELECT l.* FROM light l JOIN case_file c ON c.shard = l.shard AND c.id = l.case_id \
         WHERE l.replied_at IS NULL AND (l.colour <> 'yellow' OR (c.closed_at IS NULL AND NOT EXISTS \
         (SELECT 1 FROM light w WHERE w.shard = l.shard AND w.case_id = l.case_id AND w.clock = l.clock \
         AND w.colour <> 'yellow'))) AND ",
        crate::scope_filter!("$1", "$2", "l.agency", "l.region", "l.item"),
        " ORDER BY l.level DESC, CASE l.colour WHEN 'dark_red' THEN 0 WHEN 'red' THEN 1 ELSE 2 END, l.raised_at, l.number \
         LIMIT 200"
    );
    let right = crate::access::Right::ViewCase.word();
    store.query(SQL, vec![account.into(), right.into()]).await?.iter().map(Light::read).collect()
}

/// Those of them on cases that lie with the officer himself: his own inbox of lights.
pub async fn lights_of_officer(store: &Store, account: Id) -> Result<Vec<Light>, Fault> {
    const SQL: &str = "SELECT l.* FROM assignment a JOIN light l ON l.shard = a.shard AND l.case_id = a.case_id \
         WHERE a.officer = $1 AND l.replied_at IS NULL AND (l.colour <> 'yellow' OR NOT EXISTS \
         (SELECT 1 FROM light w WHERE w.shard = l.shard AND w.case_id = l.case_id AND w.clock = l.clock \
         AND w.colour <> 'yellow')) ORDER BY l.raised_at, l.number LIMIT 200";
    store.query(SQL, vec![account.into()]).await?.iter().map(Light::read).collect()
}

/// Unanswered lights whose time for an answer is over; a yellow one has none, the red one that follows it has.
pub(super) async fn overdue(store: &Store, now: Moment) -> Result<Vec<Light>, Fault> {
    let sql = "SELECT * FROM light WHERE replied_at IS NULL AND reply_due_at <= $1 \
               ORDER BY reply_due_at, case_id, clock, colour LIMIT 256";
    store.query(sql, vec![now.into()]).await?.iter().map(Light::read).collect()
}

/// What waits at an agency, for the morning page.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Standing {
    /// The agency that decides.
    pub agency: String,
    /// Cases that wait for a person.
    pub waiting: i64,
    /// Of them those whose clock stands still.
    pub stopped: i64,
    /// Of the waiting ones, those past a limit.
    pub overdue: i64,
    /// When the longest waiting one was received.
    pub oldest: Option<Moment>,
    /// Red and dark red lights nobody has answered.
    pub lights: i64,
}

/// What waits, why and with whom, for the agencies an officer may look into; those with most overdue first.
pub async fn standings(store: &Store, account: Id) -> Result<Vec<Standing>, Fault> {
    const WAITING: &str = concat!(
        "SELECT c.deciding_agency AS agency, count(*) AS waiting, \
         CAST(sum(CASE WHEN c.state = 'special_step' THEN 1 ELSE 0 END) AS BIGINT) AS stopped, \
         CAST(sum(CASE WHEN s.colour IN ('red', 'dark_red') THEN 1 ELSE 0 END) AS BIGINT) AS overdue, \
         min(c.received_at) AS oldest FROM case_file c \
         LEFT JOIN case_light s ON s.shard = c.shard AND s.case_id = c.id WHERE c.state IN ('in_review', 'special_step') AND ",
        crate::scope_filter!("$1", "$2", "c.deciding_agency, c.in_name_of, c.first_agency", "c.region", "c.item"),
        " GROUP BY c.deciding_agency"
    );
    const LIT: &str = concat!(
        "SELECT l.agency, count(*) AS lights FROM light l WHERE l.replied_at IS NULL AND l.colour <> 'yellow' AND ",
        crate::scope_filter!("$1", "$2", "l.agency", "l.region", "l.item"),
        " GROUP BY l.agency"
    );
    let right: Value = crate::access::Right::ViewCase.word().into();
    let mut found: Vec<Standing> = Vec::new();
    for row in store.query(WAITING, vec![account.into(), right.clone()]).await? {
        found.push(Standing {
            agency: row.text("agency")?.to_owned(),
            waiting: row.int("waiting")?,
            stopped: row.int("stopped")?,
            overdue: row.int("overdue")?,
            oldest: row.opt_moment("oldest")?,
            lights: 0,
        });
    }
    for row in store.query(LIT, vec![account.into(), right]).await? {
        let (agency, lights) = (row.text("agency")?.to_owned(), row.int("lights")?);
        match found.iter_mut().find(|s| s.agency == agency) {
            Some(standing) => standing.lights = lights,
            None => found.push(Standing { agency, lights, ..Standing::default() }),
        }
    }
    found.sort_by(|a, b| (b.overdue, b.lights, b.waiting, &a.agency).cmp(&(a.overdue, a.lights, a.waiting, &b.agency)));
    Ok(found)
}

/// The cases that have a light, or were looked at, after `after`, in the order of their ids: for a recount, page by page.
pub(super) async fn watched(store: &Store, after: &str) -> Result<Vec<Id>, Fault> {
    let sql = "SELECT case_id AS id FROM case_light WHERE case_id > $1 ORDER BY case_id LIMIT 256";
    store.query(sql, vec![after.into()]).await?.iter().map(|row| row.id("id")).collect()
}

/// What the rows say of the counters `light/AGENCY/COLOUR` of a shard.
pub(super) const COUNTED: &str = "SELECT 'light/' || agency || '/' || colour AS key, count(*) AS n FROM light \
     WHERE shard = $1 GROUP BY agency, colour ORDER BY agency, colour";

//! The tables of draws and the SELECTs that read them.

use std::collections::BTreeMap;

use evidence::draw::{Announcement, Bar, Order, Pair, Roll, Target};
use kernel::{Date, Id, Moment};
use serde::{Deserialize, Serialize};
use store::{Fault, Row, Store, Table, Value};

use super::super::inspection::Inspection;
use super::super::inspection::record::inspections_by_draw;
use super::officer::Enforcer;
use crate::access::{Actor, Place, Right};

/// Draws, versioned.
pub(super) static DRAW: Table = Table {
    name: "draw",
    columns: &[
        "shard",
        "id",
        "version",
        "agency",
        "region",
        "item",
        "scope",
        "items",
        "take",
        "each_target",
        "visit_on",
        "state",
        "prepared_at",
        "prepared_by",
        "number",
        "announced_at",
        "announced_by",
        "closes_on",
        "announcement",
        "roll",
        "holders",
        "secret",
        "revealed_at",
        "revealed",
        "proof",
        "pairs",
        "reason",
    ],
    key: &["shard", "id"],
};

/// The last announcement of each agency.
pub(super) static CHAIN: Table =
    Table { name: "draw_chain", columns: &["shard", "agency", "version", "number", "leaf"], key: &["shard", "agency"] };

/// Co-signatures.
pub(super) static COSIGNATURE: Table = Table {
    name: "draw_cosignature",
    columns: &["shard", "draw", "witness", "line", "at"],
    key: &["shard", "draw", "witness"],
};

/// Inspections born of a draw.
pub(super) static VISITED: Table = Table {
    name: "draw_visit",
    columns: &["shard", "draw", "inspection", "target"],
    key: &["shard", "draw", "inspection"],
};

/// What is publicly noted about a result.
pub(super) static NOTE: Table = Table {
    name: "draw_note",
    columns: &["shard", "draw", "id", "kind", "target", "officer", "stand_in", "note", "by_name", "at"],
    key: &["shard", "draw", "id"],
};

/// Where a draw stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum DrawState {
    /// Nothing is fixed yet.
    Prepared,
    /// Everything is fixed; nobody knows what falls.
    Announced,
    /// Secret, list and result are public.
    Revealed,
    /// Announced, and without a result: its reason is public.
    BrokenOff,
    /// Dropped before it was announced.
    Dropped,
}

kernel::words!(DrawState { Prepared = "prepared", Announced = "announced", Revealed = "revealed", BrokenOff = "broken_off", Dropped = "dropped" });

/// The list as it is kept: the three parts of a [`Roll`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Listed {
    bars: Vec<Bar>,
    officers: Vec<String>,
    targets: Vec<Target>,
}

/// Which party a target is, and how it may be named in public.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Holder {
    /// The party.
    pub party: Id,
    /// Its name, masked where it is a person.
    pub mask: String,
}

/// One draw.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Draw {
    /// Home shard.
    pub shard: String,
    /// Key.
    pub id: Id,
    /// Version an update expects.
    pub version: i64,
    /// Who draws.
    pub agency: String,
    /// Where it works.
    pub region: String,
    /// The item, or the first one of a trade: by it rights are looked up.
    pub item: String,
    /// An item's id or a trade's.
    pub scope: String,
    /// The items.
    pub items: Vec<String>,
    /// How many are drawn, and officers for each.
    pub order: Order,
    /// The day for which inspections are planned.
    pub visit_on: Date,
    /// Where it stands.
    pub state: DrawState,
    /// When it was prepared …
    pub prepared_at: Moment,
    /// … and by whom.
    pub prepared_by: String,
    /// Which announcement of the agency it is.
    pub number: Option<u32>,
    /// When it was announced …
    pub announced_at: Option<Moment>,
    /// … and by whom.
    pub announced_by: Option<String>,
    /// The last day for co-signatures and result.
    pub closes_on: Option<Date>,
    /// The leaf.
    pub announcement: Option<String>,
    /// The list that was announced.
    pub roll: Option<Roll>,
    /// Which party each target is.
    pub holders: BTreeMap<String, Holder>,
    /// The secret, locked; gone once it is told.
    pub(super) secret: Option<Vec<u8>>,
    /// When it was revealed.
    pub revealed_at: Option<Moment>,
    /// The secret as it was told, in hexadecimal.
    pub revealed: Option<String>,
    /// The proof with the co-signed checkpoint.
    pub proof: Option<String>,
    /// The result.
    pub pairs: Vec<Pair>,
    /// Why it was broken off.
    pub reason: Option<String>,
}

impl Draw {
    /// Whether an officer holds a right over it.
    pub fn allows(&self, actor: &Actor, right: Right) -> bool {
        actor.allow(right, &Place { agency: &self.agency, region: &self.region, item: &self.item })
    }

    /// Whether an officer leads for all of its items: who prepares and announces.
    pub fn is_led_by(&self, actor: &Actor) -> bool {
        self.items
            .iter()
            .all(|item| actor.allow(Right::Lead, &Place { agency: &self.agency, region: &self.region, item }))
    }

    /// The announcement as the method reads it.
    ///
    /// # Errors
    /// A fault, where what is kept is none.
    pub fn announced(&self) -> Result<Announcement, Fault> {
        let text = self.announcement.as_deref().unwrap_or_default();
        Announcement::from_text(text).map_err(|wrong| Fault::Damaged(format!("draw.announcement: {wrong}")))
    }

    /// The list of an announced draw.
    pub(super) fn listed(&self) -> Result<&Roll, Fault> {
        self.roll.as_ref().ok_or_else(|| Fault::Damaged("an announced draw without its list".to_owned()))
    }

    pub(super) fn key(&self) -> Vec<Value> {
        vec![(&self.shard).into(), self.id.into()]
    }

    /// Every column an act may change, with its value now.
    pub(super) fn changes(&self) -> Result<Vec<(&'static str, Value)>, Fault> {
        const FIXED: [&str; 3] = ["shard", "id", "version"];
        let all = DRAW.columns.iter().copied().zip(self.values()?);
        Ok(all.filter(|(column, _)| !FIXED.contains(column)).collect())
    }

    pub(super) fn values(&self) -> Result<Vec<Value>, Fault> {
        let roll = self.roll.as_ref().map(|roll| {
            let (bars, officers, targets) = (roll.bars().to_vec(), roll.officers().to_vec(), roll.targets().to_vec());
            text(&Listed { bars, officers, targets })
        });
        Ok(vec![
            (&self.shard).into(),
            self.id.into(),
            self.version.into(),
            (&self.agency).into(),
            (&self.region).into(),
            (&self.item).into(),
            (&self.scope).into(),
            text(&self.items)?.into(),
            self.order.take.into(),
            self.order.each.into(),
            self.visit_on.into(),
            self.state.word().into(),
            self.prepared_at.into(),
            (&self.prepared_by).into(),
            self.number.into(),
            self.announced_at.into(),
            self.announced_by.as_deref().into(),
            self.closes_on.into(),
            self.announcement.as_deref().into(),
            roll.transpose()?.into(),
            text(&self.holders)?.into(),
            self.secret.clone().into(),
            self.revealed_at.into(),
            self.revealed.as_deref().into(),
            self.proof.as_deref().into(),
            text(&self.pairs)?.into(),
            self.reason.as_deref().into(),
        ])
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let owned = |column| row.text(column).map(str::to_owned);
        let maybe = |column| row.opt_text(column).map(|t| t.map(str::to_owned));
        let state = row.text("state")?;
        let count = |column| row.int(column).map(|n| u32::try_from(n).unwrap_or_default());
        Ok(Self {
            shard: owned("shard")?,
            id: row.id("id")?,
            version: row.int("version")?,
            agency: owned("agency")?,
            region: owned("region")?,
            item: owned("item")?,
            scope: owned("scope")?,
            items: read_json(row, "items")?.unwrap_or_default(),
            order: Order { take: count("take")?, each: count("each_target")? },
            visit_on: row.date("visit_on")?,
            state: DrawState::from_word(state).ok_or_else(|| Fault::Damaged(format!("draw.state {state:?}")))?,
            prepared_at: row.moment("prepared_at")?,
            prepared_by: owned("prepared_by")?,
            number: row.opt_int("number")?.map(|n| u32::try_from(n).unwrap_or_default()),
            announced_at: row.opt_moment("announced_at")?,
            announced_by: maybe("announced_by")?,
            closes_on: row.opt_date("closes_on")?,
            announcement: maybe("announcement")?,
            roll: read_json::<Listed>(row, "roll")?.map(rolled).transpose()?,
            holders: read_json(row, "holders")?.unwrap_or_default(),
            secret: row.opt_blob("secret")?.map(<[u8]>::to_vec),
            revealed_at: row.opt_moment("revealed_at")?,
            revealed: maybe("revealed")?,
            proof: maybe("proof")?,
            pairs: read_json(row, "pairs")?.unwrap_or_default(),
            reason: maybe("reason")?,
        })
    }
}

fn rolled(listed: Listed) -> Result<Roll, Fault> {
    let roll = Roll::new(listed.targets, listed.officers, listed.bars);
    roll.map_err(|wrong| Fault::Damaged(format!("draw.roll: {wrong}")))
}

fn text(value: &impl Serialize) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|e| Fault::Misuse(e.to_string()))
}

fn read_json<T: for<'de> Deserialize<'de>>(row: &Row, column: &str) -> Result<Option<T>, Fault> {
    let read = |text: &str| serde_json::from_str(text).map_err(|e| Fault::Damaged(format!("draw.{column}: {e}")));
    row.opt_text(column)?.map(read).transpose()
}

/// Something that is publicly noted about a result.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DrawNote {
    /// `ceased`, `stood_in`, `nobody`.
    pub kind: String,
    /// The target.
    pub target: String,
    /// The officer who dropped out, where one did.
    pub officer: Option<String>,
    /// Who goes instead.
    pub stand_in: Option<String>,
    /// Why.
    pub note: String,
    /// Who noted it.
    pub by_name: String,
    /// When.
    pub at: Moment,
}

/// A draw for a list: without the list it was drawn from and who was drawn, which may be long. Such a one is shown, and never
/// written back.
macro_rules! in_short {
    () => {
        "SELECT w.shard, w.id, w.version, w.agency, w.region, w.item, w.scope, w.items, w.take, w.each_target, w.visit_on, \
         w.state, w.prepared_at, w.prepared_by, w.number, w.announced_at, w.announced_by, w.closes_on, w.announcement, \
         NULL AS roll, NULL AS holders, NULL AS secret, w.revealed_at, w.revealed, NULL AS proof, NULL AS pairs, w.reason \
         FROM draw w WHERE "
    };
}

async fn first(store: &Store, sql: &'static str, params: Vec<Value>) -> Result<Option<Draw>, Fault> {
    store.query(sql, params).await?.first().map(Draw::read).transpose()
}

pub(super) async fn by_id(store: &Store, id: Id) -> Result<Option<Draw>, Fault> {
    const SQL: &str =
        concat!(store::shards!("draw"), "SELECT w.* FROM home JOIN draw w ON w.shard = home.shard AND w.id = $1");
    first(store, SQL, vec![id.into()]).await
}

/// A draw for an officer who may see it.
///
/// # Errors
/// A fault of the database.
pub async fn draw_for(store: &Store, actor: &Actor, id: Id) -> Result<Option<Draw>, Fault> {
    let found = by_id(store, id).await?;
    Ok(found.filter(|draw| draw.allows(actor, Right::ViewDuty)))
}

/// An announced draw, as everybody may read it.
///
/// # Errors
/// A fault of the database.
pub async fn draw_by_number(store: &Store, agency: &str, number: u32) -> Result<Option<Draw>, Fault> {
    if agency.contains('\0') {
        return Ok(None);
    }
    first(store, "SELECT * FROM draw WHERE agency = $1 AND number = $2", vec![agency.into(), number.into()]).await
}

/// The draws an officer may see, in short, the newest first; at most 100.
///
/// # Errors
/// A fault of the database.
pub async fn draws_for(store: &Store, account: Id) -> Result<Vec<Draw>, Fault> {
    const SQL: &str = concat!(
        in_short!(),
        crate::scope_filter!("$1", "$2", "w.agency", "w.region", "w.item"),
        " ORDER BY w.prepared_at DESC, w.id DESC LIMIT 100"
    );
    let params = vec![account.into(), Right::ViewDuty.word().into()];
    store.query(SQL, params).await?.iter().map(Draw::read).collect()
}

/// What was announced, in short, newest first; one more than a page of twenty. `before` is the last one's time and id.
///
/// # Errors
/// A fault of the database.
pub async fn announced_draws(store: &Store, before: Option<(Moment, Id)>) -> Result<Vec<Draw>, Fault> {
    const SQL: &str = concat!(
        in_short!(),
        "w.announced_at IS NOT NULL AND (w.announced_at, w.id) < ($1, $2) ORDER BY w.announced_at DESC, w.id DESC LIMIT 21"
    );
    // Beyond every id: ids are hexadecimal digits and dashes.
    let (at, id) = before.map_or((i64::MAX, "g".to_owned()), |(at, id)| (at.ms(), id.to_string()));
    store.query(SQL, vec![at.into(), id.into()]).await?.iter().map(Draw::read).collect()
}

/// Announced draws without a result, in short, those that close first before the others; at most 50.
///
/// # Errors
/// A fault of the database.
pub async fn waiting_draws(store: &Store) -> Result<Vec<Draw>, Fault> {
    const SQL: &str = concat!(in_short!(), "w.state = 'announced' ORDER BY w.closes_on, w.id LIMIT 50");
    store.query(SQL, vec![]).await?.iter().map(Draw::read).collect()
}

/// The last announcement of an agency in this log: version, number, leaf hash.
pub(super) async fn chain(store: &Store, shard: &str, agency: &str) -> Result<Option<(i64, u32, String)>, Fault> {
    let sql = "SELECT version, number, leaf FROM draw_chain WHERE shard = $1 AND agency = $2";
    let rows = store.query(sql, vec![shard.into(), agency.into()]).await?;
    let read = |row: &Row| {
        let number = u32::try_from(row.int("number")?).unwrap_or_default();
        Ok((row.int("version")?, number, row.text("leaf")?.to_owned()))
    };
    rows.first().map(read).transpose()
}

/// The co-signatures of a draw by witness.
pub(super) async fn cosignatures(store: &Store, draw: &Draw) -> Result<BTreeMap<String, String>, Fault> {
    let sql = "SELECT witness, line FROM draw_cosignature WHERE shard = $1 AND draw = $2 ORDER BY witness LIMIT 16";
    let rows = store.query(sql, draw.key()).await?;
    rows.iter().map(|row| Ok((row.text("witness")?.to_owned(), row.text("line")?.to_owned()))).collect()
}

/// What is publicly noted about a draw, oldest first.
///
/// # Errors
/// A fault of the database.
pub async fn notes_of(store: &Store, draw: &Draw) -> Result<Vec<DrawNote>, Fault> {
    let sql = "SELECT * FROM draw_note WHERE shard = $1 AND draw = $2 ORDER BY id LIMIT 1000";
    let read = |row: &Row| {
        let maybe = |column| row.opt_text(column).map(|t| t.map(str::to_owned));
        Ok(DrawNote {
            kind: row.text("kind")?.to_owned(),
            target: row.text("target")?.to_owned(),
            officer: maybe("officer")?,
            stand_in: maybe("stand_in")?,
            note: row.text("note")?.to_owned(),
            by_name: row.text("by_name")?.to_owned(),
            at: row.moment("at")?,
        })
    };
    store.query(sql, draw.key()).await?.iter().map(read).collect()
}

/// The inspections born of a draw, each with its target.
///
/// # Errors
/// A fault of the database.
pub async fn visits_of(store: &Store, draw: &Draw) -> Result<Vec<(String, Inspection)>, Fault> {
    inspections_by_draw(store, (&draw.shard, draw.id)).await
}

/// What an agency looks after, as far as it can be drawn.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Grant {
    /// The duty under which it is looked after.
    pub(super) duty: Id,
    /// The case that granted it.
    pub(super) case: Id,
    /// The item.
    pub(super) item: String,
    /// Who holds it …
    pub(super) party: Id,
    /// … of which kind, with code and name.
    pub(super) kind: String,
    pub(super) code: String,
    pub(super) name: String,
    /// The second party's code.
    pub(super) second_party: Option<String>,
    /// The code of the person who filed it.
    pub(super) filed_by: Option<String>,
}

impl Grant {
    /// Codes of all who stand behind it: whoever is tied to one of them stays away.
    pub(super) fn codes(&self) -> impl Iterator<Item = &str> {
        [Some(self.code.as_str()), self.second_party.as_deref(), self.filed_by.as_deref()].into_iter().flatten()
    }
}

/// Live grants of an item that an agency looks after: valid licences whose last day has not passed, once for each duty; a page in the
/// order of the duties.
pub(super) async fn grants(
    store: &Store,
    (agency, item): (&str, &str),
    (today, after): (Date, &str),
) -> Result<Vec<Grant>, Fault> {
    const SQL: &str = "SELECT d.id AS duty, d.case_id, d.item, l.holder, c.applicant_kind, c.applicant_code, \
         c.applicant_name, c.second_party, p.code AS filed_by FROM duty d \
         JOIN licence l ON l.shard = d.shard AND l.id = d.licence_id \
         JOIN case_file c ON c.shard = d.shard AND c.id = d.case_id \
         LEFT JOIN account a ON a.shard = c.shard AND a.id = c.filed_by \
         LEFT JOIN party p ON p.shard = a.shard AND p.id = a.party \
         WHERE d.agency = $1 AND d.item = $2 AND d.licence_id IS NOT NULL AND d.id > $3 AND l.status = 'valid' \
         AND (l.valid_to IS NULL OR l.valid_to >= $4) ORDER BY d.id LIMIT 1000";
    let rows = store.query(SQL, vec![agency.into(), item.into(), after.into(), today.into()]).await?;
    let read = |row: &Row| {
        let owned = |column| row.text(column).map(str::to_owned);
        let maybe = |column| row.opt_text(column).map(|t| t.map(str::to_owned));
        Ok(Grant {
            duty: row.id("duty")?,
            case: row.id("case_id")?,
            item: owned("item")?,
            party: row.id("holder")?,
            kind: owned("applicant_kind")?,
            code: owned("applicant_code")?,
            name: owned("applicant_name")?,
            second_party: maybe("second_party")?,
            filed_by: maybe("filed_by")?,
        })
    };
    rows.iter().map(read).collect()
}

/// Whom officers of an agency met, or are to meet, since a day: holder, and both officers' accounts; at most 100,000.
pub(super) async fn met(store: &Store, agency: &str, since: Date) -> Result<Vec<(Id, Vec<Id>)>, Fault> {
    const SQL: &str = "SELECT holder, lead, second FROM inspection WHERE agency = $1 AND planned_on >= $2 \
                       AND state <> 'ceased' ORDER BY planned_on DESC, id DESC LIMIT 100000";
    let read = |row: &Row| {
        let officers = [Some(row.id("lead")?), row.opt_id("second")?].into_iter().flatten().collect();
        Ok((row.id("holder")?, officers))
    };
    store.query(SQL, vec![agency.into(), since.into()]).await?.iter().map(read).collect()
}

/// The officers of an agency, by certificate; at most 1,000.
///
/// # Errors
/// A fault of the database.
pub async fn enforcers(store: &Store, agency: &str) -> Result<Vec<Enforcer>, Fault> {
    const SQL: &str = "SELECT e.*, a.status FROM enforcer e JOIN account a ON a.shard = e.shard AND a.id = e.account \
                       WHERE e.agency = $1 ORDER BY e.certificate LIMIT 1000";
    store.query(SQL, vec![agency.into()]).await?.iter().map(Enforcer::read).collect()
}

/// Staff who work off duties of an agency in its region: who may be written down as an officer. Account and name; at most 200.
///
/// # Errors
/// A fault of the database.
pub async fn inspectors(store: &Store, (agency, region): (&str, &str)) -> Result<Vec<(Id, String)>, Fault> {
    // Rights may be given item by item; whoever has one of them is a candidate.
    const SQL: &str = concat!(
        "SELECT a.id, a.name FROM account a WHERE a.kind = 'staff' AND a.status = 'active' AND ",
        crate::scope_filter!("a.id", "'handle_duty'", "$1", "$2", "scope_.item"),
        " ORDER BY a.name, a.id LIMIT 200"
    );
    let rows = store.query(SQL, vec![agency.into(), region.into()]).await?;
    rows.iter().map(|row| Ok((row.id("id")?, row.text("name")?.to_owned()))).collect()
}

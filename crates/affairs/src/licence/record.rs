//! The licence table and every SELECT that reads it.

use evidence::compact::Place;
use evidence::status::MOST_POSITIONS;
use kernel::{Date, Id, Moment};
use store::{Fault, Row, Store, Table, Value};

/// Licences, versioned: their status changes, their document never.
pub(super) static LICENCE: Table = Table {
    name: "licence",
    columns: &[
        "shard",
        "id",
        "version",
        "code",
        "type",
        "holder",
        "holder_name",
        "item",
        "case_id",
        "region",
        "agency",
        "status",
        "status_at",
        "status_why",
        "valid_from",
        "valid_to",
        "issued_at",
        "supersedes",
        "document",
        "salt",
    ],
    key: &["shard", "id"],
};

/// The compact core of each licence and its place on the status list; never changed.
pub(super) static CORE: Table =
    Table { name: "licence_core", columns: &["shard", "id", "list", "position", "core"], key: &["shard", "id"] };

/// Places that are marked on the status list.
pub(super) static MARK: Table = Table {
    name: "licence_mark",
    columns: &["shard", "list", "position", "licence", "status", "at"],
    key: &["shard", "list", "position"],
};

/// Batches of licences under one signature.
pub(super) static BATCH: Table = Table {
    name: "licence_batch",
    columns: &["shard", "id", "run", "size", "head", "issued_at"],
    key: &["shard", "id"],
};

/// Who was licensed in which run of a list.
pub(super) static SUBJECT: Table = Table {
    name: "licence_subject",
    columns: &["shard", "run", "subject", "licence", "batch", "number"],
    key: &["shard", "run", "subject"],
};

/// Licences shown for some minutes.
pub(super) static SHOWING: Table = Table {
    name: "licence_showing",
    columns: &["shard", "id", "licence", "fields", "until_at"],
    key: &["shard", "id"],
};

/// How a licence stands. Different acts with different grounds; they must not be merged.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Status {
    /// In force (its dates decide the rest).
    Valid,
    /// Followed by a newer version.
    Superseded,
    /// 注销: formally closed.
    StruckOff,
    /// 撤销: granted wrongly, and annulled.
    Annulled,
    /// 暂扣: not to be used for a time.
    Suspended,
    /// 撤回: the law or the facts it rested on have changed.
    Withdrawn,
    /// 吊销: taken away as a penalty.
    Revoked,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 7] = [
        Self::Valid,
        Self::Superseded,
        Self::StruckOff,
        Self::Annulled,
        Self::Suspended,
        Self::Withdrawn,
        Self::Revoked,
    ];

    /// The word in tables and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Superseded => "superseded",
            Self::StruckOff => "struck_off",
            Self::Annulled => "annulled",
            Self::Suspended => "suspended",
            Self::Withdrawn => "withdrawn",
            Self::Revoked => "revoked",
        }
    }

    /// Reads [`Status::word`] back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }

    /// Whether nothing brings it back: another licence would be a new one.
    pub const fn is_end(self) -> bool {
        !matches!(self, Self::Valid | Self::Suspended)
    }
}

/// One licence as stored.
#[derive(Debug, Clone)]
pub struct Licence {
    /// Home shard.
    pub shard: String,
    /// Key.
    pub id: Id,
    /// Version an update expects.
    pub version: i64,
    /// E-licence identifier.
    pub code: String,
    /// Type, a word of the catalogue.
    pub kind: String,
    /// Holder's party.
    pub holder: Id,
    /// Holder's name.
    pub holder_name: String,
    /// Item that issued it.
    pub item: String,
    /// Case that issued it.
    pub case_id: Id,
    /// Region.
    pub region: String,
    /// Issuing agency.
    pub agency: String,
    /// How it stands.
    pub status: Status,
    /// Since when.
    pub status_at: Moment,
    /// Why.
    pub status_why: String,
    /// First day.
    pub valid_from: Date,
    /// Last day.
    pub valid_to: Option<Date>,
    /// When issued.
    pub issued_at: Moment,
    /// The version before.
    pub supersedes: Option<Id>,
    /// The sealed document.
    pub document: String,
    /// Salt of the commitment to the holder's code.
    pub salt: Vec<u8>,
    /// The commitment to the whole document that stands in the log; derived, not stored.
    pub commitment: String,
}

impl Licence {
    /// The serial part of the identifier: stays the same through all versions.
    pub fn serial(&self) -> String {
        self.code.split('.').nth(7).unwrap_or_default().to_owned()
    }

    /// The version part of the identifier.
    pub fn edition(&self) -> u16 {
        self.code.split('.').nth(8).and_then(|v| v.parse().ok()).unwrap_or(1)
    }

    /// Days left on `on`; negative after the end; `None` where it does not end.
    pub fn days_left(&self, on: Date) -> Option<i32> {
        on.until(self.valid_to?).ok().map(|span| span.get_days())
    }

    pub(super) fn key(&self) -> Vec<Value> {
        vec![(&self.shard).into(), self.id.into()]
    }

    pub(super) fn values(&self) -> Vec<Value> {
        vec![
            (&self.shard).into(),
            self.id.into(),
            self.version.into(),
            (&self.code).into(),
            (&self.kind).into(),
            self.holder.into(),
            (&self.holder_name).into(),
            (&self.item).into(),
            self.case_id.into(),
            (&self.region).into(),
            (&self.agency).into(),
            self.status.word().into(),
            self.status_at.into(),
            (&self.status_why).into(),
            self.valid_from.into(),
            self.valid_to.into(),
            self.issued_at.into(),
            self.supersedes.into(),
            (&self.document).into(),
            self.salt.clone().into(),
        ]
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let owned = |column| row.text(column).map(str::to_owned);
        let status = row.text("status")?;
        let document = owned("document")?;
        Ok(Self {
            shard: owned("shard")?,
            id: row.id("id")?,
            version: row.int("version")?,
            code: owned("code")?,
            kind: owned("type")?,
            holder: row.id("holder")?,
            holder_name: owned("holder_name")?,
            item: owned("item")?,
            case_id: row.id("case_id")?,
            region: owned("region")?,
            agency: owned("agency")?,
            status: Status::from_word(status).ok_or_else(|| Fault::Misuse(format!("licence status {status:?}")))?,
            status_at: row.moment("status_at")?,
            status_why: owned("status_why")?,
            valid_from: row.date("valid_from")?,
            valid_to: row.opt_date("valid_to")?,
            issued_at: row.moment("issued_at")?,
            supersedes: row.opt_id("supersedes")?,
            commitment: super::issue::fingerprint(&document),
            document,
            salt: row.blob("salt")?.to_vec(),
        })
    }
}

async fn first(store: &Store, sql: &'static str, params: Vec<Value>) -> Result<Option<Licence>, Fault> {
    store.query(sql, params).await?.first().map(Licence::read).transpose()
}

/// The holder's licence of this type that is in force or was last: never a superseded version.
pub async fn current(store: &Store, holder: Id, kind: &str) -> Result<Option<Licence>, Fault> {
    let sql =
        "SELECT * FROM licence WHERE holder = $1 AND status = 'valid' AND type = $2 ORDER BY issued_at DESC LIMIT 1";
    first(store, sql, vec![holder.into(), kind.into()]).await
}

/// The licence with this identifier.
pub async fn by_code(store: &Store, code: &str) -> Result<Option<Licence>, Fault> {
    first(store, "SELECT * FROM licence WHERE code = $1", vec![code.into()]).await
}

/// The licence with this id.
pub async fn by_id(store: &Store, id: Id) -> Result<Option<Licence>, Fault> {
    let sql =
        concat!(store::shards!("licence"), "SELECT l.* FROM home JOIN licence l ON l.shard = home.shard AND l.id = $1");
    first(store, sql, vec![id.into()]).await
}

/// The licence that came out of this case.
pub async fn by_case(store: &Store, holder: Id, case: Id) -> Result<Option<Licence>, Fault> {
    let sql = "SELECT * FROM licence WHERE holder = $1 AND case_id = $2 LIMIT 1";
    first(store, sql, vec![holder.into(), case.into()]).await
}

/// Everything a party holds, newest first, without superseded versions.
pub async fn held_by(store: &Store, holder: Id) -> Result<Vec<Licence>, Fault> {
    let sql = "SELECT * FROM licence WHERE holder = $1 AND status <> 'superseded' ORDER BY issued_at DESC LIMIT 100";
    store.query(sql, vec![holder.into()]).await?.iter().map(Licence::read).collect()
}

/// The place of a licence on the status list, and its core; none for those issued before there were cores.
pub async fn core_of(store: &Store, licence: &Licence) -> Result<Option<(Place, Vec<u8>)>, Fault> {
    let sql = "SELECT list, position, core FROM licence_core WHERE shard = $1 AND id = $2";
    let rows = store.query(sql, licence.key()).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let place = Place { list: small(row, "list")?, index: small(row, "position")? };
    Ok(Some((place, row.blob("core")?.to_vec())))
}

/// Whether a licence of this shard has the place.
pub(super) async fn is_taken(store: &Store, shard: &str, place: Place) -> Result<bool, Fault> {
    let sql = "SELECT position FROM licence_core WHERE shard = $1 AND list = $2 AND position = $3";
    let params = vec![shard.into(), i64::from(place.list).into(), i64::from(place.index).into()];
    Ok(!store.query(sql, params).await?.is_empty())
}

/// Whether a subject has its licence in a run.
pub(super) async fn has_licence(store: &Store, shard: &str, (run, subject): (&str, &str)) -> Result<bool, Fault> {
    let sql = "SELECT licence FROM licence_subject WHERE shard = $1 AND run = $2 AND subject = $3";
    Ok(!store.query(sql, vec![shard.into(), run.into(), subject.into()]).await?.is_empty())
}

/// The showings of a licence that are over, so many as are swept at once.
pub(super) async fn showings_over(store: &Store, licence: &Licence, now: Moment) -> Result<Vec<String>, Fault> {
    let sql = "SELECT id FROM licence_showing WHERE shard = $1 AND licence = $2 AND until_at <= $3 LIMIT 50";
    let rows = store.query(sql, vec![(&licence.shard).into(), licence.id.into(), now.into()]).await?;
    rows.iter().map(|row| row.text("id").map(str::to_owned)).collect()
}

/// What the hash of a secret opens: the licence, the fields that are shown, until when.
pub(super) async fn showing(store: &Store, hash: &str) -> Result<Option<(Id, String, Moment)>, Fault> {
    let sql = concat!(
        store::shards!("licence_showing"),
        "SELECT s.licence, s.fields, s.until_at FROM home JOIN licence_showing s ON s.shard = home.shard AND s.id = $1"
    );
    let rows = store.query(sql, vec![hash.into()]).await?;
    let read = |row: &Row| Ok((row.id("licence")?, row.text("fields")?.to_owned(), row.moment("until_at")?));
    rows.first().map(read).transpose()
}

/// What is marked on a list, by ascending position: position and status.
pub(super) async fn marked(store: &Store, shard: &str, list: u32) -> Result<Vec<(u32, Status)>, Fault> {
    let sql = "SELECT position, status FROM licence_mark WHERE shard = $1 AND list = $2 ORDER BY position LIMIT $3";
    let params = vec![shard.into(), i64::from(list).into(), i64::from(MOST_POSITIONS).into()];
    let read = |row: &Row| {
        let status = row.text("status")?;
        let status = Status::from_word(status).ok_or_else(|| Fault::Misuse(format!("licence mark {status:?}")))?;
        Ok((small(row, "position")?, status))
    };
    store.query(sql, params).await?.iter().map(read).collect()
}

fn small(row: &Row, column: &str) -> Result<u32, Fault> {
    let number = row.int(column)?;
    u32::try_from(number).map_err(|_| Fault::Misuse(format!("licence {column} {number}")))
}

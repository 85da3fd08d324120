//! The tables of what inspectors have with them, and every SELECT that reads them.

use kernel::{Id, Moment};
use store::{Fault, Row, Store, Table, Value};

use super::decide::PhotoSaid;

/// Devices, versioned.
pub(super) static FIELD_DEVICE: Table = Table {
    name: "field_device",
    columns: &[
        "shard",
        "id",
        "version",
        "account",
        "account_name",
        "name",
        "secret",
        "session",
        "made_at",
        "used_at",
        "lost_at",
        "lost_by",
    ],
    key: &["shard", "id"],
};

/// Records as devices sent them.
pub(super) static FIELD_RECORD: Table = Table {
    name: "field_record",
    columns: &[
        "shard",
        "id",
        "inspection",
        "account",
        "account_name",
        "device",
        "came_at",
        "skew_ms",
        "body",
        "outcome",
    ],
    key: &["shard", "id"],
};

/// What devices say of photographs.
pub(super) static FIELD_PHOTO: Table = Table {
    name: "field_photo",
    columns: &[
        "shard",
        "id",
        "inspection",
        "material",
        "device",
        "came_at",
        "skew_ms",
        "taken_at",
        "latitude",
        "longitude",
    ],
    key: &["shard", "id"],
};

/// A device's key; no log shows it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct DeviceKey(pub(super) [u8; 32]);

impl std::fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DeviceKey")
    }
}

/// A device of an inspector.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Device {
    /// Home shard.
    pub shard: String,
    /// The id that it made for itself.
    pub id: Id,
    /// Version an update expects.
    pub version: i64,
    /// Whose.
    pub account: Id,
    /// His name.
    pub account_name: String,
    /// What it is called.
    pub name: String,
    /// The key under which drafts lie on it; none once it is lost.
    pub(super) secret: Option<DeviceKey>,
    /// The session that last asked for the key.
    pub session: Option<Id>,
    /// Since when.
    pub made_at: Moment,
    /// When its key was last asked for.
    pub used_at: Moment,
    /// When it was said to be lost.
    pub lost_at: Option<Moment>,
    /// Who said so.
    pub lost_by: Option<String>,
}

impl Device {
    pub(super) fn key(&self) -> Vec<Value> {
        vec![(&self.shard).into(), self.id.into()]
    }

    pub(super) fn values(&self) -> Vec<Value> {
        vec![
            (&self.shard).into(),
            self.id.into(),
            self.version.into(),
            self.account.into(),
            (&self.account_name).into(),
            (&self.name).into(),
            self.secret.map(|key| key.0.to_vec()).into(),
            self.session.into(),
            self.made_at.into(),
            self.used_at.into(),
            self.lost_at.into(),
            self.lost_by.as_deref().into(),
        ]
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let owned = |column| row.text(column).map(str::to_owned);
        let strange = |_| Fault::Damaged("a device with a strange key".to_owned());
        let secret =
            row.opt_blob("secret")?.map(|bytes| bytes.try_into().map(DeviceKey).map_err(strange)).transpose()?;
        Ok(Self {
            shard: owned("shard")?,
            id: row.id("id")?,
            version: row.int("version")?,
            account: row.id("account")?,
            account_name: owned("account_name")?,
            name: owned("name")?,
            secret,
            session: row.opt_id("session")?,
            made_at: row.moment("made_at")?,
            used_at: row.moment("used_at")?,
            lost_at: row.opt_moment("lost_at")?,
            lost_by: row.opt_text("lost_by")?.map(str::to_owned),
        })
    }
}

/// A record as it came from a device.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldRecord {
    /// The id that the device made.
    pub id: Id,
    /// Of which inspection.
    pub inspection: Id,
    /// Who wrote it.
    pub account: Id,
    /// His name.
    pub account_name: String,
    /// When it came.
    pub came_at: Moment,
    /// How far the device's clock was ahead, in milliseconds.
    pub skew_ms: i64,
    /// As it was sent.
    pub body: String,
    /// Whether it was taken as the record; else it lies beside another.
    pub is_taken: bool,
}

impl FieldRecord {
    fn read(row: &Row) -> Result<Self, Fault> {
        Ok(Self {
            id: row.id("id")?,
            inspection: row.id("inspection")?,
            account: row.id("account")?,
            account_name: row.text("account_name")?.to_owned(),
            came_at: row.moment("came_at")?,
            skew_ms: row.int("skew_ms")?,
            body: row.text("body")?.to_owned(),
            is_taken: row.text("outcome")? == "taken",
        })
    }

    pub(super) fn values(&self, (shard, device): (&str, Id)) -> Vec<Value> {
        vec![
            shard.into(),
            self.id.into(),
            self.inspection.into(),
            self.account.into(),
            (&self.account_name).into(),
            device.into(),
            self.came_at.into(),
            self.skew_ms.into(),
            (&self.body).into(),
            if self.is_taken { "taken" } else { "beside" }.into(),
        ]
    }
}

/// What a device said of a photograph that lies with an inspection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldPhoto {
    /// The id that the device made.
    pub id: Id,
    /// Of which inspection.
    pub inspection: Id,
    /// The file.
    pub material: Id,
    /// When it came.
    pub came_at: Moment,
    /// What the device says.
    pub said: PhotoSaid,
}

impl FieldPhoto {
    fn read(row: &Row) -> Result<Self, Fault> {
        let owned = |column| row.text(column).map(str::to_owned);
        Ok(Self {
            id: row.id("id")?,
            inspection: row.id("inspection")?,
            material: row.id("material")?,
            came_at: row.moment("came_at")?,
            said: PhotoSaid {
                taken_at: row.opt_moment("taken_at")?,
                latitude: owned("latitude")?,
                longitude: owned("longitude")?,
                skew_ms: row.int("skew_ms")?,
            },
        })
    }

    pub(super) fn values(&self, (shard, device): (&str, Id)) -> Vec<Value> {
        vec![
            shard.into(),
            self.id.into(),
            self.inspection.into(),
            self.material.into(),
            device.into(),
            self.came_at.into(),
            self.said.skew_ms.into(),
            self.said.taken_at.into(),
            (&self.said.latitude).into(),
            (&self.said.longitude).into(),
        ]
    }
}

pub(super) async fn device(store: &Store, shard: &str, id: Id) -> Result<Option<Device>, Fault> {
    let sql = "SELECT * FROM field_device WHERE shard = $1 AND id = $2";
    store.query(sql, vec![shard.into(), id.into()]).await?.first().map(Device::read).transpose()
}

/// The devices of an account, the last used first; at most 50.
pub(super) async fn devices_of(store: &Store, account: Id) -> Result<Vec<Device>, Fault> {
    let sql = "SELECT * FROM field_device WHERE account = $1 ORDER BY used_at DESC, id LIMIT 50";
    store.query(sql, vec![account.into()]).await?.iter().map(Device::read).collect()
}

/// The devices used last, whosesoever; at most 500.
pub(super) async fn devices_used(store: &Store) -> Result<Vec<Device>, Fault> {
    let sql = "SELECT * FROM field_device ORDER BY used_at DESC, id LIMIT 500";
    store.query(sql, vec![]).await?.iter().map(Device::read).collect()
}

pub(super) async fn sent(store: &Store, shard: &str, id: Id) -> Result<Option<FieldRecord>, Fault> {
    let sql = "SELECT * FROM field_record WHERE shard = $1 AND id = $2";
    store.query(sql, vec![shard.into(), id.into()]).await?.first().map(FieldRecord::read).transpose()
}

/// The records that devices sent of an inspection, in the order in which they came; at most 50.
///
/// # Errors
/// A fault of the database.
pub async fn field_records(store: &Store, inspection: Id) -> Result<Vec<FieldRecord>, Fault> {
    let sql = "SELECT * FROM field_record WHERE inspection = $1 ORDER BY came_at, id LIMIT 50";
    store.query(sql, vec![inspection.into()]).await?.iter().map(FieldRecord::read).collect()
}

pub(super) async fn photo(store: &Store, shard: &str, id: Id) -> Result<Option<FieldPhoto>, Fault> {
    let sql = "SELECT * FROM field_photo WHERE shard = $1 AND id = $2";
    store.query(sql, vec![shard.into(), id.into()]).await?.first().map(FieldPhoto::read).transpose()
}

/// What devices said of the photographs of an inspection; at most 100.
///
/// # Errors
/// A fault of the database.
pub async fn field_photos(store: &Store, inspection: Id) -> Result<Vec<FieldPhoto>, Fault> {
    let sql = "SELECT * FROM field_photo WHERE inspection = $1 ORDER BY came_at, id LIMIT 100";
    store.query(sql, vec![inspection.into()]).await?.iter().map(FieldPhoto::read).collect()
}

//! The table of materials, and every SELECT that reads it.

use evidence::canonical::Salt;
use kernel::{Id, Moment};
use store::{Fault, Row, Store, Table, Unit, Value};

use super::decide::{Holder, Material, MaterialState, Way};
use super::sniff::Kind;

/// Materials, versioned: a verdict and a removal at the same instant cannot both succeed.
static MATERIAL: Table = Table {
    name: "material",
    columns: &[
        "shard",
        "id",
        "version",
        "draft",
        "case_id",
        "material",
        "name",
        "kind",
        "size_bytes",
        "hash",
        "held",
        "way",
        "brought_by",
        "by_name",
        "by_staff",
        "brought_at",
        "state",
        "found",
        "scanner",
        "scanned_at",
        "tries",
        "next_at",
        "salt",
        "inspection",
        "run",
    ],
    key: &["shard", "id"],
};

impl Material {
    fn key(&self) -> Vec<Value> {
        vec![(&self.shard).into(), self.id.into()]
    }

    fn values(&self) -> Vec<Value> {
        let (draft, case, inspection, run) = match self.holder {
            Holder::Draft(id) => (Some(id), None, None, None),
            Holder::Case(id) => (None, Some(id), None, None),
            Holder::Inspection(id) => (None, None, Some(id), None),
            Holder::Run(id) => (None, None, None, Some(id)),
        };
        vec![
            (&self.shard).into(),
            self.id.into(),
            self.version.into(),
            draft.into(),
            case.into(),
            (&self.material).into(),
            (&self.name).into(),
            self.kind.word().into(),
            i64::try_from(self.size_bytes).unwrap_or(i64::MAX).into(),
            (&self.hash).into(),
            self.held.into(),
            self.way.word().into(),
            self.brought_by.into(),
            (&self.by_name).into(),
            self.by_staff.into(),
            self.brought_at.into(),
            self.state.word().into(),
            self.found.as_deref().into(),
            self.scanner.as_deref().into(),
            self.scanned_at.into(),
            self.tries.into(),
            self.next_at.into(),
            self.salt.bytes().to_vec().into(),
            inspection.into(),
            run.into(),
        ]
    }

    /// Adds it: the store keeps the bytes from now on.
    pub(super) fn insert(&self, unit: Unit) -> Unit {
        unit.insert(&MATERIAL, self.values()).hold(&self.hash)
    }

    /// Writes what changed of it since it was read.
    pub(super) fn change(&self, unit: Unit) -> Unit {
        const FIXED: [&str; 3] = ["shard", "id", "version"];
        let all = MATERIAL.columns.iter().copied().zip(self.values());
        let changes = all.filter(|(column, _)| !FIXED.contains(column)).collect();
        unit.update(&MATERIAL, self.key(), self.version, changes)
    }

    /// Takes row and bytes away.
    pub(super) fn delete(&self, unit: Unit) -> Unit {
        // Expected first: whoever read an older version does not delete a newer one.
        let unit = unit.expect(&MATERIAL, self.key(), self.version).delete(&MATERIAL, self.key());
        if self.held { unit.release(&self.hash) } else { unit }
    }

    fn read(row: &Row) -> Result<Self, Fault> {
        let text = |column| row.text(column).map(str::to_owned);
        let strange = |what: &str| Fault::Misuse(format!("a material with a strange {what}"));
        let inspected = row.opt_id("inspection")?.map(Holder::Inspection);
        let holder =
            match (row.opt_id("case_id")?, row.opt_id("draft")?, inspected.or(row.opt_id("run")?.map(Holder::Run))) {
                (Some(case), ..) => Holder::Case(case),
                (None, Some(draft), _) => Holder::Draft(draft),
                (None, None, Some(other)) => other,
                (None, None, None) => return Err(strange("holder")),
            };
        let salt: [u8; 32] = row.blob("salt")?.try_into().map_err(|_| strange("salt"))?;
        Ok(Self {
            shard: text("shard")?,
            id: row.id("id")?,
            version: row.int("version")?,
            holder,
            material: text("material")?,
            name: text("name")?,
            kind: Kind::from_word(row.text("kind")?).ok_or_else(|| strange("kind"))?,
            size_bytes: u64::try_from(row.int("size_bytes")?).map_err(|_| strange("size"))?,
            hash: text("hash")?,
            held: row.flag("held")?,
            way: Way::from_word(row.text("way")?).ok_or_else(|| strange("way"))?,
            brought_by: row.id("brought_by")?,
            by_name: text("by_name")?,
            by_staff: row.flag("by_staff")?,
            brought_at: row.moment("brought_at")?,
            state: MaterialState::from_word(row.text("state")?).ok_or_else(|| strange("state"))?,
            found: row.opt_text("found")?.map(str::to_owned),
            scanner: row.opt_text("scanner")?.map(str::to_owned),
            scanned_at: row.opt_moment("scanned_at")?,
            tries: u32::try_from(row.int("tries")?).unwrap_or(u32::MAX),
            next_at: row.moment("next_at")?,
            salt: Salt::from_bytes(salt),
        })
    }
}

fn all(rows: &[Row]) -> Result<Vec<Material>, Fault> {
    rows.iter().map(Material::read).collect()
}

pub(super) async fn of_case(store: &Store, case: Id) -> Result<Vec<Material>, Fault> {
    let sql = "SELECT * FROM material WHERE case_id = $1 ORDER BY brought_at, id LIMIT 256";
    all(&store.query(sql, vec![case.into()]).await?)
}

pub(super) async fn of_draft(store: &Store, draft: Id) -> Result<Vec<Material>, Fault> {
    let sql = "SELECT * FROM material WHERE draft = $1 ORDER BY brought_at, id LIMIT 256";
    all(&store.query(sql, vec![draft.into()]).await?)
}

pub(super) async fn of_inspection(store: &Store, inspection: Id) -> Result<Vec<Material>, Fault> {
    let sql = "SELECT * FROM material WHERE inspection = $1 ORDER BY brought_at, id LIMIT 256";
    all(&store.query(sql, vec![inspection.into()]).await?)
}

pub(super) async fn of_run(store: &Store, run: Id) -> Result<Vec<Material>, Fault> {
    let sql = "SELECT * FROM material WHERE run = $1 ORDER BY brought_at, id LIMIT 256";
    all(&store.query(sql, vec![run.into()]).await?)
}

pub(super) async fn one(store: &Store, id: Id) -> Result<Option<Material>, Fault> {
    let sql = concat!(
        store::shards!("material"),
        "SELECT m.* FROM home JOIN material m ON m.shard = home.shard AND m.id = $1"
    );
    store.query(sql, vec![id.into()]).await?.first().map(Material::read).transpose()
}

pub(super) async fn due(store: &Store, now: Moment, most: i64) -> Result<Vec<Material>, Fault> {
    let sql = "SELECT * FROM material WHERE state = 'quarantine' AND next_at <= $1 ORDER BY next_at LIMIT $2";
    all(&store.query(sql, vec![now.into(), most.into()]).await?)
}

/// How many wait for a scanner, and since when the first of them.
pub(super) async fn waiting(store: &Store) -> Result<(i64, Option<Moment>), Fault> {
    let sql = "SELECT count(*) AS n, min(brought_at) AS since FROM material WHERE state = 'quarantine'";
    let rows = store.query(sql, vec![]).await?;
    let Some(row) = rows.first() else { return Ok((0, None)) };
    Ok((row.int("n")?, row.opt_moment("since")?))
}

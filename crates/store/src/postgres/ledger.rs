//! The logs a node appends to: whether each may go on, who signs, what was signed last.
//!
//! A log is this node's while its session holds the database's lock for it. It is taken with the first act that is to be
//! appended, and read anew each time it is taken, because another node may have gone on with it in between.

use std::collections::{BTreeMap, BTreeSet};

use evidence::tree::root_plan;
use kernel::Moment;
use sha2::{Digest as _, Sha256};
use tokio_postgres::types::ToSql;

use super::error::Trouble;
use super::session::{Sent, Session, in_order};
use crate::growth::{LEVELS, Log, incomplete};
use crate::head::{Head, HeadFile};
use crate::job::Prefix;
use crate::reader::Ask;
use crate::signing::LogSigner;
use crate::sqlite::ledger::{LOCKED, forked, older, stranger};
use crate::tiles::{self, Tiles, signed};
use crate::{Fault, Leaf, LogState, Row, Value};

impl Ask for Session {
    async fn rows(&self, sql: &'static str, params: Vec<Value>) -> Result<Vec<Row>, Fault> {
        Ok(Self::rows(self, sql, &params).await?)
    }
}

/// The logs this node appends to.
pub(crate) struct Ledgers {
    signer: Option<LogSigner>,
    heads: HeadFile,
    /// `Err`: why the log must not be appended to.
    logs: BTreeMap<String, Result<Log, String>>,
    /// Leaves of the running batch: shard, position, subject, kind, bytes, hash.
    fresh: Vec<Fresh>,
}

struct Fresh {
    shard: Value,
    position: Value,
    subject: Value,
    kind: Value,
    bytes: Value,
    hash: Value,
}

/// Why a batch's logs were not signed.
pub(crate) enum Unsealed {
    Unsigned { shard: String, why: String },
    Trouble(Trouble),
}

impl<T: Into<Trouble>> From<T> for Unsealed {
    fn from(trouble: T) -> Self {
        Self::Trouble(trouble.into())
    }
}

impl Ledgers {
    pub(crate) const fn new(signer: Option<LogSigner>, heads: HeadFile) -> Self {
        Self { signer, heads, logs: BTreeMap::new(), fresh: Vec::new() }
    }

    /// Signs with other keys, or with none.
    pub(crate) fn sign_with(&mut self, signer: Option<LogSigner>) {
        self.signer = signer;
        self.forget();
    }

    /// The signed checkpoint of a beginning of a log, or why it cannot be signed.
    pub(crate) fn sign_prefix(&self, prefix: &Prefix) -> Result<String, String> {
        let signer = self.signer.as_ref().ok_or_else(|| LOCKED.to_owned())?;
        signer.checkpoint(&prefix.shard, prefix.size, &prefix.root)
    }

    /// Reads every log anew when it is next needed.
    pub(crate) fn forget(&mut self) {
        self.logs.clear();
        self.fresh.clear();
    }

    /// Makes a shard's log ready to be appended to, or says why it must not be.
    pub(crate) async fn open(&mut self, session: &Session, shard: &str) -> Result<Result<(), String>, Trouble> {
        if !self.logs.contains_key(shard) {
            if self.signer.is_none() {
                return Ok(Err(self.admit(session, shard).await?.err().unwrap_or_else(|| LOCKED.to_owned())));
            }
            if let Err(why) = take(session, shard).await? {
                return Ok(Err(why));
            }
            let log = self.examine(session, shard).await?;
            if let Err(why) = &log {
                tracing::warn!(shard, why, "no decisions");
            }
            self.logs.insert(shard.to_owned(), log);
        }
        Ok(self.logs.get(shard).map_or(Ok(()), |log| log.as_ref().map(|_| ()).map_err(Clone::clone)))
    }

    async fn examine(&self, session: &Session, shard: &str) -> Result<Result<Log, String>, Trouble> {
        match self.admit(session, shard).await? {
            Ok(()) => Ok(load(session, shard).await?),
            Err(why) => Ok(Err(why)),
        }
    }

    /// Whether the log of a shard may go on as it is in this database, signed by these keys.
    async fn admit(&self, session: &Session, shard: &str) -> Result<Result<(), String>, Fault> {
        let newest = tiles::newest(session, shard).await?;
        let ours = self.signer.as_ref().map(|signer| signer.origin(shard));
        if let (Some(signer), Some(last)) = (&self.signer, &newest)
            && !signer.continues(shard, &last.origin)
        {
            return Ok(Err(stranger(shard, &last.origin, &signer.origin(shard))));
        }
        let known = self.heads.head(shard).filter(|head| ours.as_ref().is_none_or(|ours| head.origin == *ours));
        if let Some(signed) = known {
            let size = newest.map_or(0, |head| head.size);
            if size < signed.size {
                return Ok(Err(older(shard, signed, size)));
            }
            if (Tiles { ask: session, shard, size }).root(signed.size).await? != signed.root {
                return Ok(Err(forked(shard, signed)));
            }
        }
        Ok(if ours.is_some() { Ok(()) } else { Err(LOCKED.to_owned()) })
    }

    /// Appends a leaf to a log that was opened; gives its position.
    pub(crate) fn append(&mut self, shard: &str, leaf: &Leaf) -> Result<u64, Fault> {
        let Some(Ok(log)) = self.logs.get_mut(shard) else { return Err(Fault::Engine("the log is not open".into())) };
        let hash = evidence::tree::leaf_hash(&leaf.bytes);
        let position = log.size();
        log.push(hash)?;
        self.fresh.push(Fresh {
            shard: shard.into(),
            position: signed(position)?.into(),
            subject: leaf.subject.into(),
            kind: leaf.kind.into(),
            bytes: leaf.bytes.as_slice().into(),
            hash: hash.0.as_slice().into(),
        });
        Ok(position)
    }

    /// Writes the batch's leaves, cross-checks, signs every log that has grown. Nothing is sent for a batch without leaves.
    pub(crate) async fn seal(&mut self, session: &Session, at: Moment) -> Result<Vec<(String, Head)>, Unsealed> {
        let grown: Vec<String> = self
            .logs
            .iter()
            .filter(|(_, log)| log.as_ref().is_ok_and(Log::grown))
            .map(|(shard, _)| shard.clone())
            .collect();
        if grown.is_empty() {
            return Ok(Vec::new());
        }
        let Some(signer) = &self.signer else { return Err(Fault::Engine("nobody signs".into()).into()) };
        let read_back = self.write_leaves(session, &grown, at).await?;
        let (mut heads, mut writes) = (Vec::new(), Vec::new());
        for (shard, rows) in grown.iter().zip(read_back) {
            let Some(Ok(log)) = self.logs.get(shard) else { continue };
            let unsigned = |why| Unsealed::Unsigned { shard: shard.clone(), why };
            cross_check(shard, log, &rows)?.map_err(unsigned)?;
            let (head, note) = log.sign(shard, signer).map_err(unsigned)?;
            writes.extend(tile_rows(shard, log)?);
            heads.push((shard.clone(), head, note));
        }
        write_heads(session, &writes, &heads, at).await?;
        Ok(heads.into_iter().map(|(shard, head, _)| (shard, head)).collect())
    }

    /// Writes the new leaves of all logs in one statement and reads those of each log back.
    async fn write_leaves(&self, session: &Session, grown: &[String], at: Moment) -> Result<Vec<Vec<Row>>, Trouble> {
        let insert = "INSERT INTO leaf (shard, position, subject, kind, bytes, hash, at)
            SELECT u.*, $7::bigint FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::bytea[], $6::bytea[]) AS u";
        let select = "SELECT position, bytes, hash FROM leaf WHERE shard = $1::text AND position >= $2::bigint
            ORDER BY position";
        let (insert, select) = (session.prepared(insert).await?, session.prepared(select).await?);
        let column = |of: fn(&Fresh) -> &Value| self.fresh.iter().map(of).collect::<Vec<&Value>>();
        let columns = [
            column(|leaf| &leaf.shard),
            column(|leaf| &leaf.position),
            column(|leaf| &leaf.subject),
            column(|leaf| &leaf.kind),
            column(|leaf| &leaf.bytes),
            column(|leaf| &leaf.hash),
        ];
        let at = at.ms();
        let mut params: Vec<&(dyn ToSql + Sync)> = columns.iter().map(|c| c as &(dyn ToSql + Sync)).collect();
        params.push(&at);
        let mut requests: Vec<Sent<'_, Result<Vec<Row>, Trouble>>> =
            vec![Box::pin(async { session.run(&insert, &params).await.map(|_| Vec::new()) })];
        for shard in grown {
            let log = self.logs.get(shard).and_then(|log| log.as_ref().ok());
            let from = signed(log.map_or(0, Log::committed_size))?;
            let select = &select;
            requests.push(Box::pin(async move { session.read(select, &[shard, &from]).await }));
        }
        let mut answers = in_order(requests).await.into_iter();
        // The first is the insert's.
        answers.next().transpose().map_err(taken)?;
        answers.collect()
    }

    /// After the commit: what was signed is the state to go on from.
    pub(crate) fn settle(&mut self, heads: Vec<(String, Head)>) {
        self.fresh.clear();
        for (shard, head) in heads {
            if let Some(Ok(log)) = self.logs.get_mut(&shard) {
                log.settle();
            }
            if let Err(e) = self.heads.record(&shard, head) {
                tracing::error!(%e, shard, "the signed head could not be recorded");
            }
        }
    }

    /// Leaves in a shard's log, as far as it is known here.
    pub(crate) fn size(&self, shard: &str) -> u64 {
        self.logs.get(shard).and_then(|log| log.as_ref().ok()).map_or(0, Log::size)
    }

    /// How every log stands: those in the database and those known to have been signed. Takes none of them.
    pub(crate) async fn states(&self, session: &Session) -> Result<Vec<LogState>, Fault> {
        let found = Self::shards(session).await?;
        let shards: BTreeSet<String> = self.heads.shards().map(str::to_owned).chain(found).collect();
        let mut states = Vec::new();
        for shard in shards {
            let head = tiles::newest(session, &shard).await?;
            let refusal = match self.logs.get(&shard) {
                Some(log) => log.as_ref().err().cloned(),
                None => match self.examine(session, &shard).await? {
                    Err(why) => Some(why),
                    Ok(_) => holder(session, &shard).await?.map(|who| kept(&shard, &who)),
                },
            };
            states.push(LogState { shard, head, refusal });
        }
        Ok(states)
    }

    async fn shards(session: &Session) -> Result<Vec<String>, Fault> {
        let rows = session.rows(crate::shards::SIGNED, &[]).await?;
        rows.iter().map(|row| Ok(row.text("shard")?.to_owned())).collect()
    }

    /// Waits until the disk has the signed heads.
    pub(crate) fn sync(&self) {
        if let Err(e) = self.heads.sync() {
            tracing::error!(%e, "the signed heads could not be written to disk");
        }
    }
}

/// A leaf that is there already was not written by this node: its log must be read anew.
fn taken(trouble: Trouble) -> Trouble {
    match trouble {
        Trouble::Taken(table) => Trouble::Again(format!("{table}: written by another")),
        other => other,
    }
}

/// Reads the log's edge and holds it against its newest checkpoint. `Err` inside: why it must not be appended to.
async fn load(session: &Session, shard: &str) -> Result<Result<Log, String>, Fault> {
    let head = tiles::newest(session, shard).await?;
    let leaves = tiles::count(session, shard).await?;
    let size = head.as_ref().map_or(0, |head| head.size);
    if leaves != size {
        return Ok(Err(incomplete(shard, leaves, size)));
    }
    let Some(head) = head else { return Ok(Ok(Log::default())) };
    let tiles = Tiles { ask: session, shard, size };
    let peaks = tiles.nodes(root_plan(size).nodes()).await?;
    let mut edges = <[Vec<u8>; LEVELS]>::default();
    for (level, edge) in (0_u8..).zip(edges.iter_mut()) {
        *edge = tiles.edge(level).await?;
    }
    Log::resume(shard, &head, &peaks, edges)
}

/// Grows the batch's part of the tree a second time, from the bytes the database gives back and by the second hash path.
fn cross_check(shard: &str, log: &Log, rows: &[Row]) -> Result<Result<(), String>, Fault> {
    let mut again = log.again();
    for row in rows {
        if let Err(why) = again.leaf(shard, row.int("position")?, row.blob("bytes")?, row.blob("hash")?)? {
            return Ok(Err(why));
        }
    }
    Ok(again.agrees(shard, log))
}

fn tile_rows(shard: &str, log: &Log) -> Result<Vec<[Value; 4]>, Fault> {
    let row = |(level, position, hashes): (usize, u64, &[u8])| {
        Ok([shard.into(), (level as i64).into(), signed(position)?.into(), hashes.into()])
    };
    log.tiles().map(row).collect()
}

async fn write_heads(
    session: &Session,
    tiles: &[[Value; 4]],
    heads: &[(String, Head, String)],
    at: Moment,
) -> Result<(), Trouble> {
    let put = "INSERT INTO tile (shard, level, position, hashes)
        SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bytea[])
        ON CONFLICT (shard, level, position) DO UPDATE SET hashes = excluded.hashes";
    let insert = "INSERT INTO checkpoint (shard, size, origin, root, note, at)
        SELECT u.*, $6::bigint FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bytea[], $5::text[]) AS u";
    let (put, insert) = (session.prepared(put).await?, session.prepared(insert).await?);
    let columns: [Vec<&Value>; 4] = std::array::from_fn(|at| tiles.iter().map(|row| &row[at]).collect());
    let puts: Vec<&(dyn ToSql + Sync)> = columns.iter().map(|c| c as &(dyn ToSql + Sync)).collect();
    let shards: Vec<&str> = heads.iter().map(|(shard, ..)| shard.as_str()).collect();
    let sizes = heads.iter().map(|(_, head, _)| signed(head.size)).collect::<Result<Vec<i64>, _>>()?;
    let origins: Vec<&str> = heads.iter().map(|(_, head, _)| head.origin.as_str()).collect();
    let roots: Vec<&[u8]> = heads.iter().map(|(_, head, _)| head.root.0.as_slice()).collect();
    let notes: Vec<&str> = heads.iter().map(|(.., note)| note.as_str()).collect();
    let at = at.ms();
    let requests: Vec<Sent<'_, Result<u64, Trouble>>> = vec![
        Box::pin(session.run(&put, &puts)),
        Box::pin(async { session.run(&insert, &[&shards, &sizes, &origins, &roots, &notes, &at]).await }),
    ];
    in_order(requests).await.into_iter().collect::<Result<Vec<_>, _>>().map(drop).map_err(taken)
}

/// The database's lock for a shard's log: 63 bits of the hash of its name.
fn lock(shard: &str) -> i64 {
    let digest = Sha256::digest(format!("budayang log {shard}"));
    let bytes = digest.first_chunk::<8>().copied().unwrap_or_default();
    i64::from_be_bytes(bytes) & i64::MAX
}

/// Takes a shard's log for this session. `Err` inside: another node has it.
async fn take(session: &Session, shard: &str) -> Result<Result<(), String>, Trouble> {
    let found = session.rows("SELECT pg_try_advisory_lock($1) AS got", &[lock(shard).into()]).await?;
    if found.first().is_some_and(|row| row.flag("got") == Ok(true)) {
        return Ok(Ok(()));
    }
    let who = holder(session, shard).await?.unwrap_or_else(|| "another node".into());
    Ok(Err(kept(shard, &who)))
}

/// Which other session holds a shard's log, as it calls itself.
async fn holder(session: &Session, shard: &str) -> Result<Option<String>, Fault> {
    let sql = "SELECT coalesce(a.application_name, '') AS name, coalesce(host(a.client_addr), 'this machine') AS host
               FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
               WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.pid <> pg_backend_pid()
                   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                   AND (l.classid::bigint << 32) + l.objid::bigint = $1";
    let found = session.rows(sql, &[lock(shard).into()]).await?;
    found.first().map(|row| Ok(format!("{} from {}", row.text("name")?, row.text("host")?))).transpose()
}

fn kept(shard: &str, who: &str) -> String {
    format!(
        "the log of {shard} is kept by another node ({who}): decisions for this shard go through that one, or through this \
         one as soon as that one has stopped"
    )
}

//! Who says that a file is clean. How a scanner is reached (sockets, its protocol) is known to the program's edge alone and
//! handed in as a [`Scanner`]; a check of our own stands before it, and alone where no scanner is configured.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use evidence::Hash;
use store::{Fault, Store};
use tokio::sync::Notify;

/// What a scanner says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It found nothing.
    Clean,
    /// It found this.
    Infected(String),
}

/// Why a scanner said nothing: it is away, slow, or does not speak as agreed. The file stays where it is.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unscanned(pub String);

/// A verdict that is awaited.
pub type Scanned<'a, T> = Pin<Box<dyn Future<Output = Result<T, Unscanned>> + Send + 'a>>;

/// A scanner, one try each; patience and repetition are this room's.
pub trait Scanner: Send + Sync + fmt::Debug {
    /// What it is called in records and on the operating page.
    fn name(&self) -> &str;

    /// Scans a file.
    fn scan<'a>(&'a self, file: Pieces<'a>) -> Scanned<'a, Verdict>;

    /// Whether it is there at all, and which version: for the doctor.
    fn hail(&self) -> Scanned<'_, String>;
}

/// A file, piece by piece as the store keeps it: 256 KiB each, the last one shorter.
#[derive(Clone)]
pub struct Pieces<'a> {
    store: &'a Store,
    shard: &'a str,
    hash: Hash,
    next: u32,
}

impl<'a> Pieces<'a> {
    /// The bytes the store knows by this hash.
    pub const fn new(store: &'a Store, shard: &'a str, hash: Hash) -> Self {
        Self { store, shard, hash, next: 0 }
    }

    /// The next piece; none at the end.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        let piece = self.store.blob_piece(self.shard, &self.hash, self.next).await?;
        self.next += 1;
        Ok(piece)
    }
}

/// The name of our own check.
pub const BUILT_IN: &str = "built-in";

/// What every file passes: our own check, then the scanner, where there is one.
#[derive(Clone, Debug, Default)]
pub struct Checkers {
    scanner: Option<Arc<dyn Scanner>>,
    bell: Arc<Notify>,
}

impl Checkers {
    /// Our own check, and this scanner.
    pub fn with(scanner: Arc<dyn Scanner>) -> Self {
        Self { scanner: Some(scanner), bell: Arc::default() }
    }

    /// Something was handed in: whoever waits in [`Checkers::rung`] need not wait for the clock.
    pub fn ring(&self) {
        self.bell.notify_one();
    }

    /// Waits until somebody rings.
    pub async fn rung(&self) {
        self.bell.notified().await;
    }

    /// Who has the last word.
    pub fn name(&self) -> &str {
        self.scanner.as_ref().map_or(BUILT_IN, |scanner| scanner.name())
    }

    /// The scanner beside our own check.
    pub fn scanner(&self) -> Option<&dyn Scanner> {
        self.scanner.as_deref()
    }

    /// What they say. The file is never believed clean because nobody answered.
    ///
    /// # Errors
    /// [`Unscanned`] where the scanner, or the database, does not answer.
    pub async fn scan(&self, file: Pieces<'_>) -> Result<Verdict, Unscanned> {
        let ours = built_in(file.clone()).await.map_err(|fault| Unscanned(fault.to_string()))?;
        match (ours, &self.scanner) {
            (Verdict::Clean, Some(scanner)) => scanner.scan(file).await,
            (ours, _) => Ok(ours),
        }
    }
}

/// The string by which scanners are tried out (EICAR, 68 bytes), in parts: whole, it would have this source taken away.
pub fn test_string() -> Vec<u8> {
    ["X5O!P%@AP[4\\PZX5", "4(P^)7CC)7}$EICAR-", "STANDARD-ANTIVIRUS-", "TEST-FILE!$H+H*"].concat().into_bytes()
}

/// Our own check: finds the string by which scanners are tried out, wherever it stands. It finds no real virus, and says
/// so by its name.
async fn built_in(mut file: Pieces<'_>) -> Result<Verdict, Fault> {
    let sign = test_string();
    let (mut seam, mut any) = (Vec::new(), false);
    while let Some(piece) = file.next().await? {
        any = true;
        seam.extend_from_slice(&piece);
        if holds(&seam, &sign) {
            return Ok(Verdict::Infected("EICAR-Test-File".to_owned()));
        }
        let old = seam.len().saturating_sub(sign.len() - 1);
        seam.drain(..old);
    }
    // Bytes that are not there are not clean.
    if any { Ok(Verdict::Clean) } else { Err(Fault::Misuse("the bytes of a material are not there".to_owned())) }
}

fn holds(bytes: &[u8], sign: &[u8]) -> bool {
    let first = sign.first().copied();
    bytes.iter().enumerate().any(|(n, byte)| Some(*byte) == first && bytes[n..].starts_with(sign))
}

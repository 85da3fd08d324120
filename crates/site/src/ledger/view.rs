//! What the log shows to anyone, and what the auditor sees.

use askama::Template;
use kernel::Moment;

use crate::frame::Frame;
use crate::licence::view::{CheckLine, Line};
use crate::pieces::{Pager, Tag};

/// A leaf in the list.
#[derive(Clone, Debug)]
pub struct LeafRow {
    /// Its index.
    pub index: u64,
    /// What kind of act.
    pub kind: String,
    /// When.
    pub at: Moment,
    /// Its hash, shortened.
    pub hash: String,
}

/// A witness of the log.
#[derive(Clone, Debug)]
pub struct WitnessRow {
    /// Its key id.
    pub key: String,
    /// Leaves that it co-signed, and when; none yet.
    pub cosigned: Option<(u64, Moment)>,
    /// Why it refused since, and when.
    pub refused: Option<(String, Moment)>,
}

/// `/log`
#[derive(Clone, Debug, Template)]
#[template(path = "ledger/log.html")]
pub struct LogPage {
    /// The frame.
    pub frame: Frame,
    /// How many leaves.
    pub size: u64,
    /// When the checkpoint was signed; none before the first.
    pub signed_at: Option<Moment>,
    /// The log's origin.
    pub origin: String,
    /// The root hash.
    pub root: String,
    /// The signed checkpoint, as it is.
    pub checkpoint: String,
    /// The public keys: algorithm and key.
    pub keys: Vec<Line>,
    /// Who co-signs, and what they said last.
    pub witnesses: Vec<WitnessRow>,
    /// The newest leaves.
    pub leaves: Vec<LeafRow>,
    /// The next page.
    pub pager: Pager,
}

/// `/log/leaf/{index}`
#[derive(Clone, Debug, Template)]
#[template(path = "ledger/leaf.html")]
pub struct LeafPage {
    /// The frame.
    pub frame: Frame,
    /// Its index.
    pub index: u64,
    /// What kind of act.
    pub kind: String,
    /// When.
    pub at: Moment,
    /// Its hash.
    pub hash: String,
    /// Its bytes, as stored.
    pub bytes: String,
    /// The size of the tree it is proven in.
    pub size: u64,
    /// The sibling hashes, from the leaf to the root.
    pub proof: Vec<String>,
    /// The root hash.
    pub root: String,
    /// The proof file.
    pub download: String,
}

/// Tables against leaves.
#[derive(Clone, Debug)]
pub struct TallyRow {
    /// What is counted.
    pub what: String,
    /// Rows in its table.
    pub tables: i64,
    /// Rows of the table that repeats it, where one does.
    pub twin: Option<i64>,
    /// Leaves in the log, where each has one.
    pub leaves: Option<i64>,
    /// What the counters say, where they count it.
    pub counters: Option<i64>,
    /// Whether they agree.
    pub tag: Tag,
}

/// `/staff/audit`
#[derive(Clone, Debug, Template)]
#[template(path = "ledger/audit.html")]
pub struct AuditPage {
    /// The frame.
    pub frame: Frame,
    /// What the last full check found.
    pub verdict: Tag,
    /// What it means.
    pub sentence: String,
    /// How many leaves the log has.
    pub size: u64,
    /// When the newest checkpoint was signed.
    pub signed_at: Option<Moment>,
    /// Every check.
    pub checks: Vec<CheckLine>,
    /// Tables against leaves.
    pub tallies: Vec<TallyRow>,
}

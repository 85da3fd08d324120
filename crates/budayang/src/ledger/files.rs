//! A copy of a log as files, for an auditor who has no database: `checkpoint`, `checkpoints`, `tile/…` as C2SP tlog-tiles
//! lays them out, and `keys`. Whoever audits takes the keys from where the office published them, not from the copy.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use evidence::audit::{self, Auditor, Stored, StoredLeaf};
use evidence::checkpoint::{Checkpoint, LogIdentity};
use evidence::key::PublicKey;
use evidence::tile::Tile;
use evidence::tree::NodeId;
use indicatif::ProgressBar;
use store::Store;

use super::record;
use crate::office::{Home, public_keys};

const CHECKPOINT: &str = "checkpoint";
const CHECKPOINTS: &str = "checkpoints";
const KEYS: &str = "keys";

/// Writes the office's log into a folder. Gives how many leaves it holds.
pub(crate) async fn export(home: &Home, store: &Store, folder: &Path) -> anyhow::Result<u64> {
    let shard = &home.identity.shard;
    let signed = store.checkpoint(shard).await?.context("nothing is signed yet")?;
    let size = signed.head.size;
    let entries = (0..size.div_ceil(256)).filter_map(|index| Tile::entries(index, size));
    for tile in evidence::tile::tiles(size).chain(entries) {
        let bytes = store.tile(shard, tile).await?.with_context(|| format!("the log lacks {tile}"))?;
        write(&folder.join(tile.to_string()), &bytes)?;
    }
    let notes: Vec<String> = record::checkpoints(store, shard).await?;
    for (i, note) in notes.iter().enumerate() {
        write(&folder.join(CHECKPOINTS).join(format!("{i:08}")), note.as_bytes())?;
    }
    let keys: Vec<_> = public_keys(home)?.log.iter().map(|key| format!("{key}\n")).collect();
    write(&folder.join(KEYS), keys.concat().as_bytes())?;
    // Last: a copy without it is not finished.
    write(&folder.join(CHECKPOINT), signed.note.as_bytes())?;
    Ok(size)
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let told = || format!("cannot write {}", path.display());
    fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).with_context(told)?;
    fs::write(path, bytes).with_context(told)
}

/// Verifies a copy with the office's published keys; without any, with those that lie beside it.
pub(crate) fn verify(folder: &Path, keys: &[PublicKey], bar: &ProgressBar) -> anyhow::Result<(String, audit::Report)> {
    let note = read(&folder.join(CHECKPOINT))?;
    let note = String::from_utf8(note).context("the checkpoint is no text")?;
    let (body, _) = note.split_once("\n\n").context("the checkpoint is no signed note")?;
    let claimed = Checkpoint::from_text(&format!("{body}\n"))?;
    let keys = if keys.is_empty() { keys_beside(folder)? } else { keys.to_vec() };
    let log = LogIdentity { origin: claimed.origin.clone(), keys };
    let mut auditor = Auditor::new(&log);
    for path in earlier(folder)? {
        auditor.checkpoint(&String::from_utf8_lossy(&read(&path)?));
    }
    auditor.anchor(&note);
    bar.set_length(claimed.size);
    let mut tiles = Tiles { folder, size: claimed.size, last: None };
    for index in 0..claimed.size.div_ceil(256) {
        let Some(tile) = Tile::entries(index, claimed.size) else { break };
        // A missing or damaged bundle is a gap in the log: the audit names it.
        let bytes = fs::read(folder.join(tile.to_string())).unwrap_or_default();
        let leaves = tile.read_entries(&bytes).unwrap_or_default();
        for (at, leaf) in (index * 256..).zip(&leaves) {
            auditor.leaf(&StoredLeaf { index: at, bytes: *leaf, hash: None }, |node| tiles.node(node))?;
        }
        bar.inc(leaves.len() as u64);
    }
    Ok((log.origin.clone(), auditor.finish()))
}

fn keys_beside(folder: &Path) -> anyhow::Result<Vec<PublicKey>> {
    let text = String::from_utf8(read(&folder.join(KEYS))?)?;
    let keys: Vec<PublicKey> =
        text.lines().map(str::parse).collect::<Result<_, _>>().context("a key cannot be read")?;
    ensure!(!keys.is_empty(), "no key to verify with: name the published ones with --key");
    Ok(keys)
}

/// The checkpoints that came before, in their order; a copy need not have them.
fn earlier(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let Ok(entries) = fs::read_dir(folder.join(CHECKPOINTS)) else { return Ok(Vec::new()) };
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path)
        .with_context(|| format!("cannot read {}; name a folder that `budayang ledger export` wrote", path.display()))
}

/// The tiles of hashes of a copy; the one last read is kept, for nodes are asked for in order.
struct Tiles<'a> {
    folder: &'a Path,
    size: u64,
    last: Option<(Tile, Vec<u8>)>,
}

impl Tiles<'_> {
    fn node(&mut self, node: NodeId) -> anyhow::Result<Stored> {
        if !node.level.is_multiple_of(8) {
            return Ok(Stored::NotKept);
        }
        let Some(tile) = Tile::hashes(node.level / 8, node.index / 256, self.size) else { return Ok(Stored::Missing) };
        if self.last.as_ref().is_none_or(|(of, _)| *of != tile) {
            self.last = Some((tile, fs::read(self.folder.join(tile.to_string())).unwrap_or_default()));
        }
        let bytes = self.last.as_ref().map_or(&[][..], |(_, bytes)| bytes);
        Ok(tile.node(bytes, node).map_or(Stored::Missing, Stored::Hash))
    }
}

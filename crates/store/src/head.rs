//! The highest size ever signed, kept beside the database, so that a restored older backup does not sign a second history.
//!
//! The file is rewritten in place after each batch, one line of fixed length a shard, without waiting for the disk: if power
//! fails it may be behind the database, which is harmless, and each line carries a checksum, so a torn one is not believed.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use evidence::Hash;
use sha2::{Digest as _, Sha256};

use crate::OpenError;

/// Bytes of one line, end of line included. Half a disk sector, so a line is written whole or not.
const LINE: usize = 256;
/// Hexadecimal digits of the checksum at the end of a line.
const CHECKSUM: usize = 16;

/// The newest signed state of one shard's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The log's origin line.
    pub origin: String,
    /// Leaves.
    pub size: u64,
    /// The root of that many leaves.
    pub root: Hash,
}

/// The open file.
#[derive(Debug)]
pub(crate) struct HeadFile {
    /// `None`: nothing is remembered outside the database.
    file: Option<File>,
    heads: BTreeMap<String, (usize, Head)>,
    lines: usize,
}

/// The head file of a database file: `office.db` has `office.db.head`.
pub(crate) fn path_of(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".head");
    name.into()
}

impl HeadFile {
    /// Remembers nothing beyond this process.
    pub(crate) const fn nowhere() -> Self {
        Self { file: None, heads: BTreeMap::new(), lines: 0 }
    }

    /// Opens or creates the head file beside `database`.
    pub(crate) fn open(database: &Path) -> Result<Self, OpenError> {
        let path = path_of(database);
        let failed = |e: std::io::Error| OpenError::File { path: path.clone(), why: e.to_string() };
        let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).clone();
        let file = options.open(&path).map_err(failed)?;
        let mut heads = Self { file: Some(file), heads: BTreeMap::new(), lines: 0 };
        heads.reread().map_err(failed)?;
        Ok(heads)
    }

    /// Reads what another process may have recorded.
    pub(crate) fn reread(&mut self) -> std::io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(0))?;
        file.read_to_end(&mut bytes)?;
        self.lines = bytes.len().div_ceil(LINE);
        let lines = bytes.chunks(LINE).enumerate();
        self.heads = lines.filter_map(|(i, line)| read_line(line).map(|(shard, head)| (shard, (i, head)))).collect();
        Ok(())
    }

    /// The newest state known for a shard.
    pub(crate) fn head(&self, shard: &str) -> Option<&Head> {
        self.heads.get(shard).map(|(_, head)| head)
    }

    /// The shards known.
    pub(crate) fn shards(&self) -> impl Iterator<Item = &str> {
        self.heads.keys().map(String::as_str)
    }

    /// Records what was signed.
    pub(crate) fn record(&mut self, shard: &str, head: Head) -> std::io::Result<()> {
        let line = self.heads.get(shard).map_or(self.lines, |(line, _)| *line);
        if let Some(file) = &mut self.file {
            file.seek(SeekFrom::Start((line * LINE) as u64))?;
            file.write_all(&write_line(shard, &head))?;
        }
        self.lines = self.lines.max(line + 1);
        self.heads.insert(shard.to_owned(), (line, head));
        Ok(())
    }

    /// Waits until the disk has the file.
    pub(crate) fn sync(&self) -> std::io::Result<()> {
        self.file.as_ref().map_or(Ok(()), File::sync_data)
    }
}

fn write_line(shard: &str, head: &Head) -> Vec<u8> {
    let told = format!("{shard} {} {} {}", head.size, head.root, head.origin);
    let width = LINE - CHECKSUM - 2;
    let text = format!("{told:<width$} {}", checksum(&told));
    let mut line = text.into_bytes();
    line.truncate(LINE - 1);
    line.push(b'\n');
    line
}

fn read_line(bytes: &[u8]) -> Option<(String, Head)> {
    let text = std::str::from_utf8(bytes).ok()?.strip_suffix('\n')?;
    let (told, sum) = text.rsplit_once(' ')?;
    let told = told.trim_end();
    let [shard, size, root, origin] = told.splitn(4, ' ').collect::<Vec<_>>().try_into().ok()?;
    if checksum(told) != sum {
        return None;
    }
    let head = Head { origin: origin.to_owned(), size: size.parse().ok()?, root: root.parse().ok()? };
    Some((shard.to_owned(), head))
}

fn checksum(told: &str) -> String {
    hex::encode(&Sha256::digest(told)[..CHECKSUM / 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(size: u64) -> Head {
        Head { origin: "gov.example/gx".into(), size, root: Hash([7; 32]) }
    }

    #[test]
    fn the_newest_line_of_each_shard_reads_back() {
        let dir = tempfile::tempdir().unwrap();
        let database = dir.path().join("office.db");
        let mut file = HeadFile::open(&database).unwrap();
        for size in [1, 9, 123_456] {
            file.record("gx", head(size)).unwrap();
            file.record("gd", head(size + 1)).unwrap();
        }
        let again = HeadFile::open(&database).unwrap();
        assert_eq!((again.head("gx"), again.head("gd")), (Some(&head(123_456)), Some(&head(123_457))));
        assert_eq!(again.shards().collect::<Vec<_>>(), ["gd", "gx"]);
    }

    #[test]
    fn a_damaged_line_is_not_believed_and_is_not_overwritten_by_another_shard() {
        let dir = tempfile::tempdir().unwrap();
        let database = dir.path().join("office.db");
        let mut file = HeadFile::open(&database).unwrap();
        file.record("gx", head(5)).unwrap();
        file.record("gd", head(6)).unwrap();
        let path = path_of(&database);
        let mut bytes = std::fs::read(&path).unwrap();
        assert_eq!(bytes.len(), 2 * LINE);
        bytes[3] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        let mut again = HeadFile::open(&database).unwrap();
        assert_eq!((again.head("gx"), again.head("gd")), (None, Some(&head(6))));
        again.record("gx", head(7)).unwrap();
        let last = HeadFile::open(&database).unwrap();
        assert_eq!((last.head("gx"), last.head("gd")), (Some(&head(7)), Some(&head(6))));
    }
}

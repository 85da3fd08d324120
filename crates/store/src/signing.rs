//! Who signs the log: its origin and the keys, handed in by the front door once they are unlocked.

use std::fmt;

use evidence::Hash;
use evidence::checkpoint::Checkpoint;
use evidence::key::Signer;

/// The name of an office's logs and the keys that sign their checkpoints: every key signs every checkpoint, or none does.
pub struct LogSigner {
    origin: String,
    predecessor: Option<String>,
    keys: Vec<Box<dyn Signer>>,
}

impl LogSigner {
    /// Signs the log of each shard as `origin/shard`, with all of `keys` (Ed25519 and SM2 for an office).
    pub fn new(origin: impl Into<String>, keys: Vec<Box<dyn Signer>>) -> Self {
        Self { origin: origin.into(), predecessor: None, keys }
    }

    /// Goes on with the leaves of a log that was signed under another origin: after a loss, or when an office is renamed.
    #[must_use]
    pub fn succeeding(mut self, predecessor: impl Into<String>) -> Self {
        self.predecessor = Some(predecessor.into());
        self
    }

    /// The origin line of a shard's log.
    pub fn origin(&self, shard: &str) -> String {
        format!("{}/{shard}", self.origin)
    }

    /// Whether this signer may append to a shard's log that was last signed as `origin`.
    pub(crate) fn continues(&self, shard: &str, origin: &str) -> bool {
        let names = [Some(&self.origin), self.predecessor.as_ref()];
        names.into_iter().flatten().any(|name| format!("{name}/{shard}") == origin)
    }

    /// The signed checkpoint of a shard's log, or why it cannot be signed.
    pub(crate) fn checkpoint(&self, shard: &str, size: u64, root: &Hash) -> Result<String, String> {
        let signers: Vec<&dyn Signer> = self.keys.iter().map(AsRef::as_ref).collect();
        Checkpoint::new(self.origin(shard), size, *root).sign(&signers).map_err(|e| e.to_string())
    }
}

impl fmt::Debug for LogSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<String> = self.keys.iter().map(|key| key.public().id().to_string()).collect();
        write!(f, "LogSigner({}, {})", self.origin, keys.join(", "))
    }
}

//! Who signs the log: its origin and the keys, handed in by the front door once the keys are unlocked.

use std::fmt;

use evidence::Hash;

/// The name of the log and the keys that sign its checkpoints.
pub struct LogIdentity {
    origin: String,
    predecessor: Option<String>,
    sign: Sign,
}

/// Signs (origin, size, root) as a C2SP checkpoint, or says why not.
type Sign = Box<dyn Fn(&str, u64, &Hash) -> Result<String, String> + Send>;

impl LogIdentity {
    /// The origin line of a shard's log.
    pub fn origin(&self, shard: &str) -> String {
        format!("{}/{shard}", self.origin)
    }

    /// Goes on with the leaves of a log that was signed under another origin: after a loss, or when an office is renamed.
    #[must_use]
    pub fn succeeding(mut self, predecessor: impl Into<String>) -> Self {
        self.predecessor = Some(predecessor.into());
        self
    }

    /// Whether this identity may append to a shard's log that was last signed as `origin`.
    pub(crate) fn continues(&self, shard: &str, origin: &str) -> bool {
        let names = [Some(&self.origin), self.predecessor.as_ref()];
        names.into_iter().flatten().any(|name| format!("{name}/{shard}") == origin)
    }

    /// The signed checkpoint of a shard's log.
    pub(crate) fn checkpoint(&self, shard: &str, size: u64, root: &Hash) -> Result<String, String> {
        (self.sign)(&self.origin(shard), size, root)
    }
}

impl fmt::Debug for LogIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogIdentity({})", self.origin)
    }
}

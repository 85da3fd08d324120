//! Many licences under one signature: the cores of a batch are the leaves of a tree (RFC 6962), whose head is signed once.
//! Each licence's file carries its core, the signed head and the hashes that lead from the one to the other.
//!
//! ```json
//! {"batch":"base64","core":"base64","details":{…},"index":3,"path":"base64","typ":"budayang/licence-in-batch@v1"}
//! ```
//! (in one line). `batch` is the head with its signature, `core` has none, `path` is the hashes one after another. The leaf is
//! what would be signed of a single licence, so the two forms vouch for the same bytes; a QR code always carries the single
//! one, whose signature is made when it is first printed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::Moment;
use serde_json::{Map, Value};

use super::cbor::{Fields, Writer};
use super::licence::{Core, CoreError, LABEL as CORE_LABEL};
use super::{Fault, mark, pack};
use crate::Hash;
use crate::canonical::{CanonicalError, canonical_value, read_canonical};
use crate::key::Signer;
use crate::tree::{leaf_hash, node_hash, verify_inclusion};

/// Stands before the signed bytes.
pub(super) const LABEL: &str = "budayang/licence-batch@v1\n";
/// The version of the format.
const VERSION: u64 = 1;
/// The most licences in a batch: a path has ten hashes then.
pub const MOST_IN_BATCH: usize = 1024;
/// The longest head with its signature, in bytes.
const LONGEST: usize = 512;
/// What the file says it is.
const KIND: &str = "budayang/licence-in-batch@v1";
const HASH: usize = 32;

/// What is signed of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The number of the key that signs.
    pub key: u32,
    /// Origin of the log its licences are in.
    pub log: String,
    /// When it was issued, whole seconds.
    pub issued_at: Moment,
    /// How many licences it has.
    pub size: u32,
    /// The root of their tree.
    pub root: Hash,
}

impl Head {
    fn to_bytes(&self) -> Result<Vec<u8>, Fault> {
        let issued = pack::pack_moment(self.issued_at).ok_or(Fault::Field("issued"))?;
        let mut out = Writer::map(6);
        out.whole(0).whole(VERSION);
        out.whole(1).bytes(&self.key.to_be_bytes());
        out.whole(2).text(&self.log);
        out.whole(3).whole(issued.into());
        out.whole(4).whole(self.size.into());
        out.whole(5).bytes(&self.root.0);
        Ok(out.done())
    }

    /// Reads a head, in its one spelling only.
    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, Fault> {
        let mut fields = Fields::read(bytes)?;
        if fields.required(0, |r| r.whole())? != VERSION {
            return Err(Fault::Field("version"));
        }
        let key = u32::from_be_bytes(fields.required(1, |r| r.exactly())?);
        let log = fields.required(2, |r| r.text())?.to_owned();
        let issued_at = pack::unpack_moment(fields.required(3, |r| r.small())?);
        let size = fields.required(4, |r| r.small())?;
        let root = Hash(fields.required(5, |r| r.exactly())?);
        fields.end()?;
        let fits = (1..=MOST_IN_BATCH).contains(&(size as usize));
        if fits { Ok(Self { key, log, issued_at, size, root }) } else { Err(Fault::Field("size")) }
    }
}

/// A batch that was signed: what the files of its licences need beside their cores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    signed: Vec<u8>,
    /// The hashes of each level, from the leaves up to the root; a last one without a sibling goes up as it is.
    levels: Vec<Vec<Hash>>,
}

impl Batch {
    /// Signs the cores of a batch: all of one key, one log, one time.
    ///
    /// # Errors
    /// Where there are none or too many, where one differs from the first or would be refused by a reader, where the key is
    /// another or fails.
    pub fn sign(cores: &[Core], signer: &dyn Signer) -> Result<Self, CoreError> {
        let first = cores.first().filter(|_| cores.len() <= MOST_IN_BATCH).ok_or(Fault::Field("size"))?;
        let alike = |core: &Core| (core.key, &core.log, core.issued_at) == (first.key, &first.log, first.issued_at);
        if first.key != signer.public().id().hash() || !cores.iter().all(alike) {
            return Err(Fault::OtherBatch.into());
        }
        let bytes = cores.iter().map(Core::to_bytes).collect::<Result<Vec<_>, _>>()?;
        Self::sign_bytes(&bytes, (first.key, &first.log, first.issued_at), signer)
    }

    /// The same over the bytes of cores which the caller vouches to be of this key, log and time.
    ///
    /// # Errors
    /// As for [`Batch::sign`].
    pub fn sign_bytes(
        cores: &[Vec<u8>],
        (key, log, issued_at): (u32, &str, Moment),
        signer: &dyn Signer,
    ) -> Result<Self, CoreError> {
        let levels = levels(cores.iter().map(|core| leaf(core)).collect());
        let root = levels.last().and_then(|top| top.first()).copied().ok_or(Fault::Field("size"))?;
        let size = u32::try_from(cores.len()).map_err(|_| Fault::Field("size"))?;
        let head = Head { key, log: log.to_owned(), issued_at, size, root };
        let signed = mark::sign(LABEL, head.to_bytes()?, signer)?;
        Ok(Self { signed, levels })
    }

    /// The signed head.
    pub fn signed(&self) -> &[u8] {
        &self.signed
    }

    /// The hashes from licence `index` up to the root; none where the batch has no such licence.
    pub fn path(&self, index: usize) -> Option<Vec<Hash>> {
        let mut at = index;
        self.levels.first()?.get(index)?;
        let mut path = Vec::with_capacity(self.levels.len());
        for level in &self.levels {
            path.extend(level.get(at ^ 1));
            at >>= 1;
        }
        Some(path)
    }

    /// The file of licence `index`, whose core is `core`.
    pub fn file(&self, index: usize, core: Vec<u8>, details: Value) -> Option<InBatch> {
        let path = self.path(index)?;
        Some(InBatch { batch: self.signed.clone(), core, index: u32::try_from(index).ok()?, path, details })
    }
}

/// The leaf of a core: the hash of what would be signed of it alone.
fn leaf(core: &[u8]) -> Hash {
    leaf_hash(&mark::signed_text(CORE_LABEL, core))
}

fn levels(leaves: Vec<Hash>) -> Vec<Vec<Hash>> {
    let mut levels = vec![leaves];
    while let Some(last) = levels.last().filter(|last| last.len() > 1) {
        let up = last.chunks(2).map(|pair| match pair {
            [left, right] => node_hash(left, right),
            lone => lone[0],
        });
        let up = up.collect();
        levels.push(up);
    }
    levels
}

/// A licence's file out of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct InBatch {
    /// The signed head of the batch.
    pub batch: Vec<u8>,
    /// The core, without a signature.
    pub core: Vec<u8>,
    /// Its number in the batch, from 0.
    pub index: u32,
    /// The hashes up to the root.
    pub path: Vec<Hash>,
    /// The details: an object.
    pub details: Value,
}

impl InBatch {
    /// Whether a document says that it is of this form.
    pub fn claims(document: &[u8]) -> bool {
        let mark = KIND.as_bytes();
        document.windows(mark.len()).any(|window| window == mark)
    }

    /// The text of the file.
    ///
    /// # Errors
    /// Where the details have no canonical form.
    pub fn to_text(&self) -> Result<String, CanonicalError> {
        let path: Vec<u8> = self.path.iter().flat_map(|hash| hash.0).collect();
        let mut file = Map::new();
        file.insert("batch".to_owned(), STANDARD.encode(&self.batch).into());
        file.insert("core".to_owned(), STANDARD.encode(&self.core).into());
        file.insert("details".to_owned(), self.details.clone());
        file.insert("index".to_owned(), self.index.into());
        file.insert("path".to_owned(), STANDARD.encode(path).into());
        file.insert("typ".to_owned(), KIND.into());
        canonical_value(&Value::Object(file))
    }

    /// Reads the text of a file, in its one spelling; believes nothing.
    ///
    /// # Errors
    /// What is not as it should be.
    pub fn read(text: &[u8]) -> Result<Self, Fault> {
        let Value::Object(mut file) = read_canonical(text)? else { return Err(Fault::Member("file")) };
        if file.remove("typ") != Some(KIND.into()) {
            return Err(Fault::Member("typ"));
        }
        let mut bytes = |name: &'static str| {
            let Some(Value::String(text)) = file.remove(name) else { return Err(Fault::Member(name)) };
            STANDARD.decode(text).map_err(|_| Fault::Member(name))
        };
        let (batch, core, path) = (bytes("batch")?, bytes("core")?, bytes("path")?);
        let index = file.remove("index").and_then(|index| index.as_u64()).and_then(|index| u32::try_from(index).ok());
        let index = index.ok_or(Fault::Member("index"))?;
        let details = file.remove("details").filter(Value::is_object).ok_or(Fault::Member("details"))?;
        if !file.is_empty() || !path.len().is_multiple_of(HASH) {
            return Err(Fault::Member("unknown"));
        }
        let hash = |bytes: &[u8]| <[u8; HASH]>::try_from(bytes).map(Hash).map_err(|_| Fault::Member("path"));
        let path = path.chunks(HASH).map(hash).collect::<Result<_, _>>()?;
        Ok(Self { batch, core, index, path, details })
    }
}

/// What vouches for a core in a batch, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Vouched {
    pub(super) head: Head,
    /// The head's bytes and their signature.
    pub(super) body: Vec<u8>,
    pub(super) signature: Vec<u8>,
    index: u32,
    path: Vec<Hash>,
}

impl Vouched {
    pub(super) fn read(file: &InBatch) -> Result<Self, Fault> {
        let (body, signature) = mark::split(&file.batch, LONGEST)?;
        let (index, path) = (file.index, file.path.clone());
        Ok(Self { head: Head::from_bytes(body)?, body: body.to_vec(), signature: signature.to_vec(), index, path })
    }

    /// Whether the core is one of the batch's. The signature of the head is checked apart.
    pub(super) fn check(&self, core: &Core, bytes: &[u8]) -> Result<(), Fault> {
        let Head { key, log, issued_at, size, root } = &self.head;
        if (core.key, &core.log, core.issued_at) != (*key, log, *issued_at) {
            return Err(Fault::OtherBatch);
        }
        let leaf = leaf(bytes);
        verify_inclusion(&leaf, self.index.into(), (*size).into(), &self.path, root).map_err(|_| Fault::NotInBatch)
    }
}

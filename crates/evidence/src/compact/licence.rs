//! The core itself: which fields it has, how they are written, who may have signed it.

use kernel::{Date, LicenceCode, Moment};
use sha2::{Digest as _, Sha256};

use super::batch::{self, InBatch, Vouched};
use super::cbor::{Fields, Writer};
use super::{Fault, Refusal, mark, pack};
use crate::Hash;
use crate::key::{SignFault, Signer};
use crate::seal::{self, Question};
use crate::trust::{Entry, TrustList, is_scope};

/// Stands before the signed bytes.
pub(super) const LABEL: &str = "budayang/licence-core@v1\n";
/// The version of the format.
const VERSION: u64 = 1;
/// The longest core with its signature, in bytes: twice what a QR code of the house carries.
const LONGEST: usize = 1024;
/// The longest name, in characters.
pub(super) const LONGEST_WORDS: usize = 120;

/// Where the state of a licence stands: the list, and the position in it, which is drawn by chance.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// The number of the status list.
    pub list: u32,
    /// The position, from 0.
    pub index: u32,
}

/// What a licence says, as short as it can be said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Core {
    /// The number of the key that signs (see [`crate::key::KeyId::hash`]).
    pub key: u32,
    /// Origin of the transparency log the licence is in; position and proof travel apart.
    pub log: String,
    /// Under which scope it is issued, such as `450000/450103/drug-trade-licence`.
    pub scope: String,
    /// Its identifier.
    pub code: LicenceCode,
    /// When it was issued, whole seconds.
    pub issued_at: Moment,
    /// First day.
    pub valid_from: Date,
    /// Last day; none where it has no end.
    pub valid_to: Option<Date>,
    /// What it is called.
    pub name: String,
    /// The issuing agency.
    pub agency: String,
    /// The holder's name.
    pub holder: String,
    /// As much of the holder's code as anybody may see: all of an organisation's, the last four of a person's.
    pub holder_code: String,
    /// Where its state stands.
    pub status: Place,
    /// The first half of the hash of the details in the file (see [`super::details_hash`]); none where there are none.
    pub details: Option<[u8; 16]>,
}

impl Core {
    /// The one sequence of bytes of this core. Fails for what a reader would refuse.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Fault> {
        let code = pack::pack_code(&self.code).ok_or(Fault::Field("code"))?;
        let issued = pack::pack_moment(self.issued_at).ok_or(Fault::Field("issued"))?;
        let from = pack::pack_date(self.valid_from).ok_or(Fault::Field("from"))?;
        let to = self.valid_to.map(|to| pack::pack_date(to).ok_or(Fault::Field("to"))).transpose()?;
        let count = 12 + u64::from(to.is_some()) + u64::from(self.details.is_some());
        let mut out = Writer::map(count);
        out.whole(0).whole(VERSION);
        out.whole(1).bytes(&self.key.to_be_bytes());
        out.whole(2).text(&self.log);
        out.whole(3).text(&self.scope);
        out.whole(4).bytes(&code);
        out.whole(5).whole(issued.into());
        out.whole(6).whole(from);
        if let Some(to) = to {
            out.whole(7).whole(to);
        }
        out.whole(8).bytes(&pack::pack_words(&self.name));
        out.whole(9).bytes(&pack::pack_words(&self.agency));
        out.whole(10).bytes(&pack::pack_words(&self.holder));
        out.whole(11).text(&self.holder_code);
        out.whole(12).list(2).whole(self.status.list.into()).whole(self.status.index.into());
        if let Some(details) = &self.details {
            out.whole(13).bytes(details);
        }
        self.check()?;
        Ok(out.done())
    }

    /// Reads the bytes of a core, in that one spelling only.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Fault> {
        let mut fields = Fields::read(bytes)?;
        if fields.required(0, |r| r.whole())? != VERSION {
            return Err(Fault::Field("version"));
        }
        let key = u32::from_be_bytes(fields.required(1, |r| r.exactly())?);
        let log = fields.required(2, |r| r.text())?.to_owned();
        let scope = fields.required(3, |r| r.text())?.to_owned();
        let code = fields.required(4, |r| r.bytes())?;
        let code = pack::unpack_code(code).ok_or(Fault::Field("code"))?;
        let issued_at = pack::unpack_moment(fields.required(5, |r| r.small())?);
        let date = |days, name| pack::unpack_date(days).ok_or(Fault::Field(name));
        let valid_from = date(fields.required(6, |r| r.whole())?, "from")?;
        let valid_to = fields.optional(7, |r| r.whole())?.map(|days| date(days, "to")).transpose()?;
        let words = |bytes, name| pack::unpack_words(bytes).ok_or(Fault::Field(name));
        let name = words(fields.required(8, |r| r.bytes())?, "name")?;
        let agency = words(fields.required(9, |r| r.bytes())?, "agency")?;
        let holder = words(fields.required(10, |r| r.bytes())?, "holder")?;
        let holder_code = fields.required(11, |r| r.text())?.to_owned();
        let status = fields.required(12, |r| {
            r.list(2)?;
            Ok(Place { list: r.small()?, index: r.small()? })
        })?;
        let details = fields.optional(13, |r| r.exactly())?;
        fields.end()?;
        let core = Self {
            key,
            log,
            scope,
            code,
            issued_at,
            valid_from,
            valid_to,
            name,
            agency,
            holder,
            holder_code,
            status,
            details,
        };
        core.check()?;
        Ok(core)
    }

    /// Signs the core; gives the core with its signature behind it. The signer's key must be the one the core names.
    pub fn sign(&self, signer: &dyn Signer) -> Result<Vec<u8>, CoreError> {
        if signer.public().id().hash() != self.key {
            return Err(CoreError::Form(Fault::Field("key")));
        }
        let signed = mark::sign(LABEL, self.to_bytes()?, signer)?;
        if signed.len() > LONGEST { Err(CoreError::Form(Fault::TooLong(signed.len()))) } else { Ok(signed) }
    }

    /// The hash of what is signed: what the licence's leaf in the log names, and its identity. Fails as
    /// [`Core::to_bytes`] does.
    pub fn fingerprint(&self) -> Result<Hash, Fault> {
        Ok(fingerprint(&self.to_bytes()?))
    }

    /// What holds between the fields, and for each of them alone.
    fn check(&self) -> Result<(), Fault> {
        let word = |words: &str, name| {
            if pack::are_plain(words, LONGEST_WORDS) { Ok(()) } else { Err(Fault::Field(name)) }
        };
        word(&self.name, "name")?;
        word(&self.agency, "agency")?;
        word(&self.holder, "holder")?;
        let ascii = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        let fields = [
            ("log", ascii(&self.log) && self.log.len() <= 200),
            ("scope", ascii(&self.scope) && is_scope(&self.scope)),
            ("holder_code", ascii(&self.holder_code) && self.holder_code.len() <= 18),
            ("to", self.valid_to.is_none_or(|to| to >= self.valid_from)),
        ];
        fields.into_iter().find(|(_, good)| !good).map_or(Ok(()), |(name, _)| Err(Fault::Field(name)))
    }
}

fn fingerprint(bytes: &[u8]) -> Hash {
    Hash(Sha256::digest(mark::signed_text(LABEL, bytes)).into())
}

/// Why a core could not be signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CoreError {
    /// A reader would refuse it.
    #[error(transparent)]
    Form(#[from] Fault),
    /// The signer failed.
    #[error(transparent)]
    Sign(#[from] SignFault),
}

/// A core with its signature: taken apart by [`Envelope::read`], believed only after [`Envelope::verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    core: Core,
    bytes: Vec<u8>,
    vouched: Vouch,
}

/// What vouches for a core.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Vouch {
    /// A signature of its own.
    Signature(Vec<u8>),
    /// The batch it is in.
    Batch(Vouched),
}

impl Envelope {
    /// Takes core and signature apart, believing neither.
    pub fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let (body, signature) = mark::split(bytes, LONGEST)?;
        let vouched = Vouch::Signature(signature.to_vec());
        Ok(Self { core: Core::from_bytes(body)?, bytes: body.to_vec(), vouched })
    }

    /// Takes a file out of a batch apart, believing none of it.
    pub fn in_batch(file: &InBatch) -> Result<Self, Fault> {
        if file.core.len() > LONGEST {
            return Err(Fault::TooLong(file.core.len()));
        }
        let vouched = Vouch::Batch(Vouched::read(file)?);
        Ok(Self { core: Core::from_bytes(&file.core)?, bytes: file.core.clone(), vouched })
    }

    /// What it says.
    pub const fn core(&self) -> &Core {
        &self.core
    }

    /// See [`Core::fingerprint`].
    pub fn fingerprint(&self) -> Hash {
        fingerprint(&self.bytes)
    }

    /// Checks signature, authority and time of issue; gives the entry of the key. `logged_at` is the time by which the log
    /// proves the licence to have been there: what makes an old licence of a revoked key believable.
    pub fn verify<'t>(
        &self,
        trust: &'t TrustList,
        now: Moment,
        logged_at: Option<Moment>,
    ) -> Result<&'t Entry, Refusal> {
        let entry = match &self.vouched {
            Vouch::Signature(signature) => {
                mark::signer_of(trust, self.core.key, &mark::signed_text(LABEL, &self.bytes), signature)?
            }
            Vouch::Batch(batch) => {
                let text = mark::signed_text(batch::LABEL, &batch.body);
                let entry = mark::signer_of(trust, batch.head.key, &text, &batch.signature)?;
                batch.check(&self.core, &self.bytes)?;
                entry
            }
        };
        if !entry.covers(&self.core.scope) {
            return Err(seal::Refusal::OutOfScope(self.core.scope.clone()).into());
        }
        seal::check_time(self.core.issued_at, entry, &Question { kind: "", now, logged_at })?;
        Ok(entry)
    }
}

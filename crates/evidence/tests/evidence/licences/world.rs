//! An office with its keys, lists and log, its neighbours, and whoever would like to be it.

use std::collections::BTreeMap;

use evidence::checkpoint::{Checkpoint, LogIdentity};
use evidence::compact::{Batch, Core, Envelope, File, InBatch, Link, Place, details_hash};
use evidence::key::{Algorithm, KeyPair, PublicKey, Setting, Signer};
use evidence::proof::ProofFile;
use evidence::status::{Mark, StatusList};
use evidence::tree::{Frontier, leaf_hash};
use evidence::trust::{Entry, Published, TrustList};
use kernel::{LicenceCode, Moment, SeededEntropy, Uscc};
use serde_json::{Value, json};

/// When the readers took their lists.
pub(super) const OPENED: &str = "2026-11-24T00:00:00Z";
/// Whose page it is.
pub(super) const OWN_HOST: &str = "zwfw.example.gov.cn";
pub(super) const PAGE: &str = "https://zwfw.example.gov.cn/v";
pub(super) const ORIGIN: &str = "log.example.gov.cn/450000";
const LABEL: &str = "budayang/licence-core@v1\n";

pub(super) fn moment(text: &str) -> Moment {
    text.parse().unwrap()
}

pub(super) fn key(algorithm: Algorithm, name: &str, seed: u64) -> KeyPair {
    KeyPair::generate(algorithm, name, &SeededEntropy::new(seed)).unwrap()
}

pub(super) struct World {
    pub(super) setting: Setting,
    pub(super) office: KeyPair,
    pub(super) ed25519: KeyPair,
    pub(super) p256: KeyPair,
    pub(super) neighbour: KeyPair,
    pub(super) demonstration: KeyPair,
    root: KeyPair,
    pub(super) log: KeyPair,
    /// The trust list as published: `good`, `stale` (promised for a day), `revoked` (the office's key, from noon of the
    /// 23rd), `no_log`.
    pub(super) trust_texts: BTreeMap<&'static str, String>,
    /// Signed status lists by name.
    pub(super) status_lists: BTreeMap<&'static str, Vec<u8>>,
}

impl World {
    pub(super) fn new() -> Self {
        let mut world = Self {
            setting: Setting::Production,
            office: key(Algorithm::Sm2, "zwfw.example.gov.cn/licences", 1),
            ed25519: key(Algorithm::Ed25519, "zwfw.example.gov.cn/licences-ed", 2),
            p256: key(Algorithm::P256, "zwfw.example.gov.cn/licences-p", 3),
            neighbour: key(Algorithm::Sm2, "gd.example.gov.cn/licences", 4),
            demonstration: key(Algorithm::Sm2, "demonstration/licences", 5),
            root: key(Algorithm::P256, "zwfw.example.gov.cn/root", 6),
            log: key(Algorithm::Ed25519, ORIGIN, 7),
            trust_texts: BTreeMap::new(),
            status_lists: BTreeMap::new(),
        };
        world.trust_texts = world.published();
        world.status_lists = world.lists();
        world
    }

    pub(super) fn root_public(&self) -> PublicKey {
        self.root.public().clone()
    }

    fn published(&self) -> BTreeMap<&'static str, String> {
        let seal = |sequence, revoked: Option<&str>, until: &str, logs: bool| {
            let entry = |key: &KeyPair, issuer: &str, scope: &str| Entry {
                key: key.public().clone(),
                issuer: issuer.into(),
                scopes: vec![scope.into()],
                valid_from: moment("2026-01-01T00:00:00Z"),
                valid_to: moment("2027-01-01T00:00:00Z"),
                revoked_at: None,
            };
            let office = Entry { revoked_at: revoked.map(moment), ..entry(&self.office, "gx", "450000") };
            let entries = vec![
                office,
                entry(&self.ed25519, "gx", "450000"),
                entry(&self.p256, "gx", "450000"),
                entry(&self.neighbour, "gd", "440000"),
                entry(&self.demonstration, "gx", "450000"),
            ];
            let log = LogIdentity { origin: ORIGIN.into(), keys: vec![self.log.public().clone()] };
            let published = Published {
                list: TrustList::new(self.setting, sequence, entries).unwrap(),
                issued_at: moment("2026-11-20T00:00:00Z"),
                next_update: moment(until),
                roots: vec![self.root_public()],
                logs: if logs { vec![log] } else { Vec::new() },
            };
            published.seal(&self.root).unwrap()
        };
        let far = "2027-06-01T00:00:00Z";
        BTreeMap::from([
            ("good", seal(1, None, far, true)),
            ("stale", seal(2, None, "2026-11-23T00:00:00Z", true)),
            ("revoked", seal(3, Some("2026-11-23T12:00:00Z"), far, true)),
            ("no_log", seal(4, None, far, false)),
        ])
    }

    /// A list of the office, of the 23rd at eight in the morning of Greenwich, promised for two days.
    pub(super) fn list(&self, signer: &KeyPair) -> StatusList {
        let empty = StatusList::empty(signer.public().id().hash(), ORIGIN, "450000/status", 1, 1000);
        let (issued_at, next_update) = (moment("2026-11-23T08:00:00Z"), moment("2026-11-25T08:00:00Z"));
        StatusList { sequence: 5, issued_at, next_update, ..empty }
    }

    fn lists(&self) -> BTreeMap<&'static str, Vec<u8>> {
        let marks = |list: StatusList| {
            let marks = (0..6).map(|i| (10 + i, Mark::ALL[i as usize])).collect();
            list.with_marks(marks).unwrap()
        };
        let own = || marks(self.list(&self.office));
        let mut altered = own().sign(&self.office).unwrap();
        let at = altered.len() - 70;
        altered[at] ^= 1;
        let gd = StatusList { scope: "440000/status".into(), ..self.list(&self.neighbour) };
        let by_neighbour = StatusList { scope: "450000/status".into(), ..gd.clone() };
        let stranger = key(Algorithm::Sm2, "zwfw.example.gov.cn/licences", 99);
        let late = StatusList {
            issued_at: moment("2026-11-23T23:00:00Z"),
            next_update: moment("2026-11-24T23:00:00Z"),
            ..own()
        };
        BTreeMap::from([
            ("good", own().sign(&self.office).unwrap()),
            ("by_ed25519", marks(self.list(&self.ed25519)).sign(&self.ed25519).unwrap()),
            ("late", late.sign(&self.office).unwrap()),
            ("altered", altered),
            ("number_two", StatusList { list: 2, ..own() }.sign(&self.office).unwrap()),
            ("of_another_log", StatusList { log: "log.example.gov.cn/x".into(), ..own() }.sign(&self.office).unwrap()),
            ("of_gd", gd.sign(&self.neighbour).unwrap()),
            ("by_gd_for_gx", by_neighbour.sign(&self.neighbour).unwrap()),
            ("by_a_stranger", self.list(&stranger).sign(&stranger).unwrap()),
            ("of_nothing", Vec::new()),
        ])
    }

    /// A licence of the office, signed later by `signer`.
    pub(super) fn core(&self, signer: &KeyPair) -> Core {
        Core {
            key: signer.public().id().hash(),
            log: ORIGIN.into(),
            scope: "450000/pharmacist-registration".into(),
            code: code("202611230A1B2C3D"),
            issued_at: moment("2026-11-23T04:00:00Z"),
            valid_from: "2026-11-23".parse().unwrap(),
            valid_to: Some("2032-01-22".parse().unwrap()),
            name: "执业药师注册证".into(),
            agency: "广西壮族自治区药品监督管理局".into(),
            holder: "覃䶮".into(),
            holder_code: "1023".into(),
            status: Place { list: 1, index: 500 },
            details: None,
        }
    }

    /// The office's licence with a change, as the address of its QR code.
    pub(super) fn printed(&self, change: impl FnOnce(&mut Core)) -> String {
        Link::write(PAGE, &self.signed(&self.office, change))
    }

    pub(super) fn signed(&self, signer: &KeyPair, change: impl FnOnce(&mut Core)) -> Vec<u8> {
        let mut core = self.core(signer);
        change(&mut core);
        core.sign(signer).unwrap()
    }

    /// Whatever the core says, signed by `signer`: what an attacker with a key of their own would make.
    pub(super) fn forced(&self, core: &Core, signer: &KeyPair) -> Vec<u8> {
        let body = core.to_bytes().unwrap();
        let signature = signer.sign(&[LABEL.as_bytes(), &body].concat()).unwrap();
        [&body[..], &signature].concat()
    }

    /// A file with details, whose core vouches for them.
    pub(super) fn file(&self) -> File {
        let details = details();
        let half = details_hash(&details).unwrap();
        File { signed: self.signed(&self.office, |core| core.details = Some(half)), details }
    }

    /// The third of five licences of one batch, with details; `change` changes all of them before they are signed.
    pub(super) fn in_batch(&self, signer: &KeyPair, change: impl Fn(&mut Core)) -> InBatch {
        let details = details();
        let half = details_hash(&details).unwrap();
        let one = |number: u32| {
            let mut core = Core { details: Some(half), ..self.core(signer) };
            core.status.index += number;
            change(&mut core);
            core
        };
        let cores: Vec<Core> = (0..5).map(one).collect();
        let batch = Batch::sign(&cores, signer).unwrap();
        batch.file(2, cores[2].to_bytes().unwrap(), details).unwrap()
    }

    /// The proof file of a leaf that tells of this licence, taken in at `at`; `change` spoils the leaf.
    pub(super) fn proof(&self, signed: &[u8], at: &str, change: impl FnOnce(&mut Value)) -> ProofFile {
        let fingerprint = Envelope::read(signed).unwrap().fingerprint();
        let mut leaf = json!({
            "act": { "at": moment(at), "code": "x", "core": fingerprint },
            "commitment": "x", "kind": "licence.issued", "schema": 1,
        });
        change(&mut leaf);
        let leaf = evidence::canonical::canonical_value(&leaf).unwrap().into_bytes();
        let other = leaf_hash(b"another act");
        let mut tree = Frontier::new();
        tree.push(other).unwrap();
        tree.push(leaf_hash(&leaf)).unwrap();
        let checkpoint = Checkpoint::new(ORIGIN, tree.size(), tree.root()).sign(&[&self.log]).unwrap();
        ProofFile { extra: Some(leaf), index: 1, hashes: vec![other], checkpoint }
    }
}

pub(super) fn code(serial: &str) -> LicenceCode {
    let issuer = Uscc::parse("11450000007565194H").unwrap();
    LicenceCode::generate("11450000DM0000013L001", &issuer, serial, 1).unwrap()
}

pub(super) fn details() -> Value {
    json!({
        "rows": [{ "field": "employer", "label": { "zh": "执业单位", "en": "Employer" }, "value": "邕江大药房" }],
        "salt": "00", "case": "450000-2026-1",
    })
}

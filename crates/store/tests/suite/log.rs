//! The log is what RFC 6962 says, signed, and provable from what the store hands out.

use evidence::Hash;
use evidence::checkpoint::LogIdentity;
use evidence::key::{Algorithm, KeyPair, Signer};
use evidence::tile::{Kind, Tile};
use evidence::tree::{Frontier, leaf_hash, verify_consistency, verify_inclusion};
use kernel::SeededEntropy;
use store::testing::{ORIGIN, Scratch, execute, signer};
use store::{CommitError, Location, LogSigner, Unit};

use crate::desk::{Act as _, SHARD, desk, on_both, unit};

on_both!(
    every_act_is_proven_at_every_size_and_after_a_restart,
    tiles_and_bundles_are_served_at_their_widths,
    without_keys_nothing_is_decided_and_everything_else_goes_on,
    a_key_that_fails_in_the_middle_of_a_batch_stops_only_the_decisions,
    shards_have_logs_of_their_own,
    a_log_signed_by_another_office_is_not_appended_to,
    a_bit_that_flips_between_hashing_and_storing_is_not_signed,
);

fn identity() -> LogIdentity {
    let entropy = SeededEntropy::new(42);
    let key = |a, name: &str| KeyPair::generate(a, &format!("{ORIGIN}/{name}"), &entropy).unwrap().public().clone();
    let keys = vec![key(Algorithm::Ed25519, "ed25519"), key(Algorithm::Sm2, "sm2")];
    LogIdentity { origin: format!("{ORIGIN}/{SHARD}"), keys }
}

async fn grow(d: &Scratch, from: u64, to: u64) {
    let mut whole = unit();
    for i in from..to {
        whole = whole.leaf(d.act(&i.to_string()));
    }
    let receipt = d.store.commit(whole).await.unwrap();
    assert_eq!(receipt.leaves.iter().map(|(_, at)| *at).collect::<Vec<_>>(), (from..to).collect::<Vec<_>>());
    assert_eq!(receipt.size, to);
}

/// The root of the acts "0", "1", … by the tree itself.
fn root(size: u64) -> Hash {
    let mut tree = Frontier::new();
    for i in 0..size {
        tree.push(leaf_hash(i.to_string().as_bytes())).unwrap();
    }
    tree.root()
}

/// Sizes around the edges of tiles, grown in steps and across restarts.
const SIZES: [u64; 9] = [1, 2, 7, 255, 256, 257, 600, 1024, 1300];

async fn every_act_is_proven_at_every_size_and_after_a_restart(mut d: Scratch) {
    let mut grown = 0;
    for size in SIZES {
        grow_in_pieces(&d, grown, size).await;
        let signed = d.store.checkpoint(SHARD).await.unwrap().unwrap();
        let opened = identity().open(&signed.note).unwrap();
        assert!(identity().missing_signatures(&opened).is_empty(), "both keys sign");
        assert_eq!((opened.checkpoint.size, opened.checkpoint.root), (size, root(size)));
        for at in (0..size).step_by(1 + usize::try_from(size / 9).unwrap()).chain([size - 1]) {
            let proof = d.store.inclusion(SHARD, at).await.unwrap().unwrap();
            assert_eq!(proof.entry.bytes, at.to_string().as_bytes());
            verify_inclusion(&proof.entry.hash, at, size, &proof.hashes, &opened.checkpoint.root).unwrap();
        }
        assert_eq!(d.store.inclusion(SHARD, size).await.unwrap(), None);
        for old in SIZES.iter().filter(|old| **old <= size) {
            let proof = d.store.consistency(SHARD, *old, size).await.unwrap().unwrap();
            verify_consistency((*old, &root(*old)), (size, &root(size)), &proof).unwrap();
        }
        assert_eq!(d.store.consistency(SHARD, 0, size + 1).await.unwrap(), None);
        d.reopen().await;
        grown = size;
    }
    assert_eq!(d.store.check().await.unwrap(), []);
}

async fn grow_in_pieces(d: &Scratch, mut from: u64, to: u64) {
    while from < to {
        let next = to.min(from + 300);
        grow(d, from, next).await;
        from = next;
    }
}

async fn tiles_and_bundles_are_served_at_their_widths(d: Scratch) {
    grow(&d, 0, 300).await;
    grow(&d, 300, 600).await;
    let at = |path: &str| path.parse::<Tile>().unwrap();
    let there =
        ["tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/0/002.p/3", "tile/1/000.p/2", "tile/entries/002.p/88"];
    for path in there {
        let tile = at(path);
        let bytes = d.store.tile(SHARD, tile).await.unwrap().unwrap();
        let first = tile.index * 256;
        match tile.kind {
            Kind::Entries => {
                let leaves = tile.read_entries(&bytes).unwrap();
                assert_eq!(leaves[0], first.to_string().as_bytes());
            }
            Kind::Hashes { level: 0 } => {
                assert_eq!(tile.read(&bytes).unwrap()[0], leaf_hash(first.to_string().as_bytes()), "{path}");
            }
            Kind::Hashes { .. } => assert_eq!(tile.read(&bytes).unwrap()[0], root(256)),
        }
    }
    for path in
        ["tile/0/002", "tile/0/002.p/89", "tile/0/003.p/1", "tile/1/000.p/3", "tile/2/000.p/1", "tile/entries/002"]
    {
        assert_eq!(d.store.tile(SHARD, at(path)).await.unwrap(), None, "{path}");
    }
    assert_eq!(d.store.tile("gd", at("tile/0/000")).await.unwrap(), None);
}

async fn without_keys_nothing_is_decided_and_everything_else_goes_on(d: Scratch) {
    grow(&d, 0, 3).await;
    d.store.sign_with(None).await.unwrap();
    let (decided, filed) = tokio::join!(
        d.store.commit(unit().leaf(d.act("x")).count("decided", 1)),
        d.store.commit(unit().count("filed", 1))
    );
    assert!(matches!(&decided, Err(CommitError::NoEvidence { why }) if why.contains("passphrase")), "{decided:?}");
    filed.unwrap();
    assert_eq!((d.store.counter(SHARD, "decided").await, d.store.counter(SHARD, "filed").await), (Ok(0), Ok(1)));
    d.store.sign_with(Some(signer())).await.unwrap();
    grow(&d, 3, 4).await;
}

/// A hardware key that has stopped working.
struct Broken(KeyPair);

impl Signer for Broken {
    fn public(&self) -> &evidence::key::PublicKey {
        self.0.public()
    }

    fn sign(&self, _: &[u8]) -> Result<evidence::key::Signature, evidence::key::SignFault> {
        Err(evidence::key::SignFault { key: "hsm".into(), reason: "unplugged".into() })
    }
}

async fn a_key_that_fails_in_the_middle_of_a_batch_stops_only_the_decisions(d: Scratch) {
    grow(&d, 0, 3).await;
    let key = |a| KeyPair::generate(a, "demonstration/k", &SeededEntropy::new(1)).unwrap();
    let keys: Vec<Box<dyn Signer>> = vec![Box::new(key(Algorithm::Ed25519)), Box::new(Broken(key(Algorithm::P256)))];
    d.store.sign_with(Some(LogSigner::new(ORIGIN, keys))).await.unwrap();
    let decide = |n: &str| d.store.commit(unit().leaf(d.act(n)).count("decided", 1));
    let file = || d.store.commit(unit().count("filed", 1));
    let (a, b, c, e) = tokio::join!(file(), decide("x"), file(), decide("y"));
    for decided in [b, e] {
        assert!(matches!(&decided, Err(CommitError::NoEvidence { why }) if why.contains("unplugged")), "{decided:?}");
    }
    a.and(c).unwrap();
    assert_eq!((d.store.counter(SHARD, "decided").await, d.store.counter(SHARD, "filed").await), (Ok(0), Ok(2)));
    assert_eq!(d.store.entries(SHARD, 0, 10).await.unwrap().len(), 3);
    d.store.sign_with(Some(signer())).await.unwrap();
    grow(&d, 3, 5).await;
    assert_eq!(d.store.check().await.unwrap(), []);
}

async fn shards_have_logs_of_their_own(d: Scratch) {
    let (a, b) = tokio::join!(
        d.store.commit(Unit::new("gx").leaf(d.act("0"))),
        d.store.commit(Unit::new("gd").leaf(d.act("0")).leaf(d.act("1")))
    );
    assert_eq!((a.unwrap().size, b.unwrap().size), (1, 2));
    let origin = d.store.checkpoint("gd").await.unwrap().unwrap().head.origin;
    assert_eq!(origin, "demonstration.example/gd");
    let states = d.store.logs().await.unwrap();
    assert_eq!(
        states.iter().map(|s| (s.shard.as_str(), s.refusal.is_some())).collect::<Vec<_>>(),
        [("gd", false), ("gx", false)]
    );
}

#[tokio::test]
async fn two_processes_on_one_file_keep_one_log() {
    let d = desk().await;
    let other = store::Store::open(d.options()).await.unwrap();
    for i in 0..40_u64 {
        let from = if i % 3 == 0 { &other } else { &d.store };
        let receipt = from.commit(unit().leaf(d.act(&i.to_string()))).await.unwrap();
        assert_eq!(receipt.leaves[0].1, i);
    }
    assert_eq!(d.store.checkpoint(SHARD).await.unwrap().unwrap().head.root, root(40));
    assert_eq!(d.store.check().await.unwrap(), []);
}

async fn a_log_signed_by_another_office_is_not_appended_to(d: Scratch) {
    grow(&d, 0, 3).await;
    let keys = || -> Vec<Box<dyn Signer>> {
        vec![Box::new(KeyPair::generate(Algorithm::Ed25519, "log.gov.example", &SeededEntropy::new(9)).unwrap())]
    };
    d.store.sign_with(Some(LogSigner::new("log.gov.example", keys()))).await.unwrap();
    let refused = d.store.commit(unit().leaf(d.act("x"))).await;
    assert!(matches!(&refused, Err(CommitError::NoEvidence { why }) if why.contains("predecessor")), "{refused:?}");
    let successor = LogSigner::new("log.gov.example", keys()).succeeding(ORIGIN);
    d.store.sign_with(Some(successor)).await.unwrap();
    grow(&d, 3, 4).await;
    assert_eq!(d.store.checkpoint(SHARD).await.unwrap().unwrap().head.origin, "log.gov.example/gx");
}

async fn a_bit_that_flips_between_hashing_and_storing_is_not_signed(d: Scratch) {
    grow(&d, 0, 3).await;
    let flips = [
        ("bytes", "zeroblob(length(bytes))", "decode(repeat('00', length(bytes)), 'hex')"),
        ("hash", "zeroblob(32)", "decode(repeat('00', 32), 'hex')"),
        ("position", "position + 1", "position + 1"),
    ];
    for (column, sqlite, postgres) in flips {
        let change =
            |to| format!("UPDATE leaf SET {column} = {to} WHERE shard = new.shard AND position = new.position;");
        let (trigger, away) = match d.location() {
            Location::Sqlite(_) => {
                let body = change(sqlite);
                (format!("CREATE TRIGGER flip AFTER INSERT ON leaf BEGIN {body} END"), "DROP TRIGGER flip")
            }
            Location::Postgres(_) => {
                let body = change(postgres);
                let text = format!(
                    "CREATE FUNCTION flip() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$;
                     CREATE TRIGGER flip AFTER INSERT ON leaf FOR EACH ROW EXECUTE FUNCTION flip()"
                );
                (text, "DROP FUNCTION flip CASCADE")
            }
        };
        execute(&d.location(), &trigger).await;
        let (decided, filed) =
            tokio::join!(d.store.commit(unit().leaf(d.act("3"))), d.store.commit(unit().count("filed", 1)));
        assert!(
            matches!(&decided, Err(CommitError::NoEvidence { why }) if why.contains("in two ways")),
            "{column}: {decided:?}"
        );
        filed.unwrap();
        execute(&d.location(), away).await;
    }
    grow(&d, 3, 4).await;
    assert_eq!(d.store.check().await.unwrap(), []);
}

//! Licences: signed in batches, checked offline, audited, issued from a list, printed; each against the bare work below it.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

use affairs::licence::{self, bulk};
use anyhow::{Context as _, ensure};
use evidence::Hash;
use evidence::answer::{Colour, Given, Held, Reader};
use evidence::audit::{Stored, StoredLeaf, audit};
use evidence::checkpoint::{Checkpoint, LogIdentity};
use evidence::compact::{Batch, Core, Place};
use evidence::key::{Algorithm, KeyPair, Setting, Signer as _};
use evidence::status::{Accepted, Mark, StatusList, draw_position};
use evidence::tree::{Frontier, NodeId, leaf_hash, node_hash};
use kernel::{CitizenId, LicenceCode, SeededEntropy, Uscc};
use store::Location;
use stories::{Browser, World};

use crate::summary::{Summary, rate};

/// Licences of a list where no number is named; `licences 652451` takes the region's.
pub(crate) const LICENCES: usize = 20_000;
/// What the region issued in 2017.
const REGION: f64 = 652_451.0;
const LABEL: &str = "budayang/licence-core@v1\n";
/// Leaves of the log that is audited.
const LEAVES: u64 = 50_000;
/// PDFs that are written.
const PRINTED: usize = 200;

/// Measures all of it; `count` licences from the list.
pub(crate) async fn measure(summary: &mut Summary, count: usize) -> anyhow::Result<()> {
    let signer = KeyPair::generate(Algorithm::Sm2, "demonstration.example/licence", &SeededEntropy::new(11))?;
    batches(summary, &signer)?;
    audited(summary)?;
    status(summary)?;
    let folder = tempfile::tempdir()?;
    let location = Location::Sqlite(folder.path().join("office.db"));
    let world = World::opened(&location, folder.path(), 41).await;
    offline(summary, &world, &signer)?;
    listed(summary, &world, count).await?;
    printed(summary, &world).await?;
    world.scratch.store.close().await;
    Ok(())
}

fn core(signer: &KeyPair, number: u32) -> anyhow::Result<Core> {
    let issuer = Uscc::parse("11450000007565194H")?;
    Ok(Core {
        key: signer.public().id().hash(),
        log: "log.example.gov.cn/450000".into(),
        scope: "450000/pharmacist-registration".into(),
        code: LicenceCode::generate("11450000DM0000013L001", &issuer, &format!("20261123{number:08}"), 1)?,
        issued_at: "2026-11-23T04:00:00Z".parse()?,
        valid_from: "2026-11-23".parse()?,
        valid_to: Some("2031-11-22".parse()?),
        name: "执业药师注册证".into(),
        agency: "广西壮族自治区药品监督管理局".into(),
        holder: "韦明月".into(),
        holder_code: "1023".into(),
        status: Place { list: 1, index: number },
        details: Some([7; 16]),
    })
}

/// One signature for a batch and a path for each, against a signature for each, and against hashing the same leaves.
fn batches(summary: &mut Summary, signer: &KeyPair) -> anyhow::Result<()> {
    let text = [LABEL.as_bytes(), &core(signer, 1)?.to_bytes()?].concat();
    let one = rate(|| drop(black_box(signer.sign(&text))));
    summary.plain("licences: one SM2 signature each", one, "licences/s");
    for size in [256_usize, 1024] {
        let mut cores = Vec::new();
        for number in 0..size {
            cores.push(core(signer, u32::try_from(number)?)?.to_bytes()?);
        }
        let texts: Vec<Vec<u8>> = cores.iter().map(|core| [LABEL.as_bytes(), core].concat()).collect();
        let bare = size as f64 * rate(|| _ = black_box(texts.iter().map(|text| leaf_hash(text)).count_hashes()));
        let head = (signer.public().id().hash(), "log.example.gov.cn/450000", "2026-11-23T04:00:00Z".parse()?);
        let batched = size as f64
            * rate(|| {
                if let Ok(batch) = Batch::sign_bytes(&cores, head, signer) {
                    (0..size).for_each(|index| drop(black_box(batch.path(index))));
                }
            });
        let name = format!("licences: batches of {size}, signed, with a path each");
        summary.against(name.clone(), batched, "licences/s", ("one SM2 signature each", one));
        summary.against(name, batched, "licences/s", ("hashing the same leaves", bare));
    }
    Ok(())
}

/// Hashes that must be made, because somebody looks at them.
trait CountHashes: Iterator<Item = Hash> + Sized {
    fn count_hashes(self) -> u64 {
        self.fold(0, |sum, hash| sum.wrapping_add(u64::from(hash.0[0])))
    }
}

impl<I: Iterator<Item = Hash>> CountHashes for I {}

/// What a phone does with a code and the lists it holds, against checking the signature alone.
fn offline(summary: &mut Summary, world: &World, signer: &KeyPair) -> anyhow::Result<()> {
    let signed = core(signer, 7)?.sign(signer)?;
    let (body, signature) = signed.split_at(signed.len() - 64);
    let text = [LABEL.as_bytes(), body].concat();
    let bare = rate(|| _ = black_box(signer.public().verify(&text, signature)));
    let trust = world.trust(Setting::Demonstration);
    let issuer = trust.entries()[0].issuer.clone();
    let trust = licence::published(&trust, Vec::new(), Vec::new(), world.now())?;
    let now = world.now();
    let empty =
        StatusList::empty(signer.public().id().hash(), "log.example.gov.cn/450000", "450000/status", 1, 16_777_216);
    let list = StatusList { sequence: 1, issued_at: now, next_update: now.plus_ms(86_400_000), ..empty };
    let list = Accepted { list: list.with_marks(marks(3_262, 16_777_216)?)?, issuer };
    let reader = Reader { trust: &trust, status: Held::List(&list), proof: None, now, own_hosts: &[] };
    let answer = reader.judge(&Given::Core(&signed));
    ensure!(answer.colour == Colour::Green, "{:?}", answer.reasons);
    let whole = rate(|| drop(black_box(reader.judge(&Given::Core(&signed)))));
    summary.plain("licences: a bare SM2 check", bare, "checks/s");
    summary.against("licences: the whole offline answer", whole, "answers/s", ("a bare SM2 check", bare));
    Ok(())
}

fn marks(count: usize, size: u32) -> anyhow::Result<Vec<(u32, Mark)>> {
    let entropy = SeededEntropy::new(5);
    let mut places = std::collections::BTreeSet::new();
    while places.len() < count {
        places.insert(draw_position(&entropy, size));
    }
    Ok(places.into_iter().map(|place| (place, Mark::Revoked)).collect())
}

/// Everything recomputed from the stored bytes, against hashing them.
fn audited(summary: &mut Summary) -> anyhow::Result<()> {
    let key = KeyPair::generate(Algorithm::Ed25519, "log.example/450000", &SeededEntropy::new(11))?;
    let log = LogIdentity { origin: "log.example/450000".into(), keys: vec![key.public().clone()] };
    let (mut tree, mut nodes, mut leaves): (_, HashMap<NodeId, Hash>, _) =
        (Frontier::new(), HashMap::new(), Vec::new());
    for index in 0..LEAVES {
        let mut bytes = vec![7_u8; 300];
        bytes[..8].copy_from_slice(&index.to_le_bytes());
        let hash = leaf_hash(&bytes);
        tree.push_with(hash, |id, hash| _ = nodes.insert(id, hash))?;
        leaves.push(StoredLeaf { index, bytes, hash: Some(hash) });
    }
    let checkpoint = Checkpoint::new(&log.origin, tree.size(), tree.root()).sign(&[&key])?;
    let begin = Instant::now();
    let mut last = Hash([0; 32]);
    for leaf in &leaves {
        last = node_hash(&leaf_hash(&leaf.bytes), &last);
    }
    black_box(last);
    let bare = LEAVES as f64 / begin.elapsed().as_secs_f64();
    let begin = Instant::now();
    let stored = |id| Ok(nodes.get(&id).map_or(Stored::Missing, |hash| Stored::Hash(*hash)));
    let Ok(report) = audit(&log, [Ok::<_, Infallible>(checkpoint)], leaves.into_iter().map(Ok), stored);
    ensure!(report.is_sound(), "{report:?}");
    let whole = LEAVES as f64 / begin.elapsed().as_secs_f64();
    summary.against("log: audited from the stored bytes", whole, "leaves/s", ("hashing leaf and node", bare));
    Ok(())
}

/// The region's status list against what its marks cannot be told in less than.
fn status(summary: &mut Summary) -> anyhow::Result<()> {
    let signer = KeyPair::generate(Algorithm::Sm2, "demonstration.example/licence", &SeededEntropy::new(11))?;
    for (share, count) in [("0.05 %", 326_usize), ("0.5 %", 3_262), ("2 %", 13_049), ("10 %", 65_245)] {
        let empty = StatusList::empty(signer.public().id().hash(), "log.example/450000", "450000/status", 1, 652_451);
        let bytes = empty.with_marks(marks(count, 652_451)?)?.sign(&signer)?.len() as f64;
        let p = count as f64 / REGION;
        let entropy = REGION * -(p * p.log2() + (1.0 - p) * (1.0 - p).log2()) / 8.0;
        summary.less(
            format!("status list of 652,451 licences, {share} marked"),
            bytes,
            "bytes",
            ("its entropy", entropy),
        );
    }
    Ok(())
}

/// A list issued durably, with paths, leaves and the status list after it.
async fn listed(summary: &mut Summary, world: &World, count: usize) -> anyhow::Result<()> {
    let mut list = "subject,item,agency,holder,code,valid_from,valid_to,name,category\n".to_owned();
    for number in 0..count {
        let born = kernel::Date::new(1950, 1, 1)?.checked_add(jiff::Span::new().days(i64::try_from(number / 900)?))?;
        let code = CitizenId::generate("450103", born, u16::try_from(number % 900)?)?;
        writeln!(list, "s{number},fd-pharmacist-renew,gx-mpa,韦明月,{code},2026-11-01,2031-10-31,韦明月,药学类")?;
    }
    let open = || bulk::Reader::open(list.as_bytes(), &world.catalog, world.now());
    let told = |faults: Vec<bulk::RowFault>| anyhow::anyhow!("{:?}", faults.first());
    let begin = Instant::now();
    ensure!(bulk::check(open().map_err(told)?).map_err(told)? == count as u64, "the list is whole");
    let checked = begin.elapsed().as_secs_f64();
    let base = world.base();
    let run = bulk::Run { desk: &base, issuer: &world.issuer, catalog: &world.catalog, name: "bench" };
    let begin = Instant::now();
    let mut waiting = Vec::new();
    for row in open().map_err(told)? {
        waiting.push(row.map_err(told)?);
        if waiting.len() == 256 {
            bulk::issue(run, &waiting).await?;
            waiting.clear();
        }
    }
    bulk::issue(run, &waiting).await?;
    let place = (world.shard, "450000");
    let marks = licence::status_list(&world.scratch.store, &world.issuer, place, world.now()).await?;
    let seconds = begin.elapsed().as_secs_f64();
    ensure!(!marks.is_empty(), "a status list");
    let name = format!("licences: {count} of a list, durable, batches of 256, with the status list");
    summary.plain(name, count as f64 / seconds, "licences/s");
    summary.plain(
        "licences: the region's 652,451 at this speed, checked before",
        REGION * (seconds + checked) / count as f64,
        "s",
    );
    Ok(())
}

/// PDFs through HTTP, one after the other: as many as one core writes.
async fn printed(summary: &mut Summary, world: &World) -> anyhow::Result<()> {
    let site = world.site();
    let (wei, nong) = (world.person("韦明月", 1).await, world.person("农佳", 2).await);
    let (code, pharmacy) = world.pharmacy("邕江大药房", &nong).await;
    world.registered(&wei, &code, 60).await;
    let filed = world.file(&wei, "fd-pharmacist-renew", &world.renewal(&wei, &code, 60), "bench-pdf").await;
    let case = filed.map_err(|error| anyhow::anyhow!("{error:?}"))?;
    affairs::approval::confirm(&world.desk(), &pharmacy, case.id)
        .await
        .map_err(|error| anyhow::anyhow!("{error:?}"))?;
    let held = licence::by_case(&world.scratch.store, wei.party.id, case.id).await?.context("a licence")?;
    let mut own = Browser::of(world, &site, wei.account).await;
    let path = format!("/licences/{}.pdf", held.code);
    let first = own.get(&path).await;
    if first.status != 200 {
        summary.plain("licences: PDFs, passed over: no font with Chinese", 0.0, "PDFs/s");
        return Ok(());
    }
    let begin = Instant::now();
    for _ in 0..PRINTED {
        ensure!(own.get(&path).await.bytes == first.bytes, "equal licences make equal bytes");
    }
    summary.plain("licences: PDFs through HTTP, one core", PRINTED as f64 / begin.elapsed().as_secs_f64(), "PDFs/s");
    Ok(())
}

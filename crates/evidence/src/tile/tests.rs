//! Tests of `tile`: tables of cases, and properties.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::tree::{Frontier, inclusion_proof, leaf_hash, root_plan};

fn hashes(level: u8, index: u64, width: u16) -> Tile {
    Tile { kind: Kind::Hashes { level }, index, width }
}

#[test]
fn paths_as_the_specification_spells_them() {
    let cases = [
        ("tile/0/x001/x234/067", hashes(0, 1_234_067, 256)),
        ("tile/0/000", hashes(0, 0, 256)),
        ("tile/1/999", hashes(1, 999, 256)),
        ("tile/1/x001/000.p/17", hashes(1, 1000, 17)),
        ("tile/entries/x273/273.p/112", Tile { kind: Kind::Entries, index: 273_273, width: 112 }),
        ("tile/0/x018/x446/x744/x073/x709/x551/615", hashes(0, u64::MAX, 256)),
    ];
    for (path, tile) in cases {
        assert_eq!(tile.to_string(), path);
        assert_eq!(path.parse(), Ok(tile));
    }
}

#[test]
fn other_spellings_of_a_path_are_refused() {
    let bad = [
        "tile/0/0",
        "tile/0/0000",
        "tile/00/000",
        "tile/8/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/x000/000",
        "tile/0/001/000",
        "tile/0/x001",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/017",
        "tile/0/000.p/",
        "/tile/0/000",
        "tile/0/../000",
        "tile/0/+00",
        "tile/0/",
        "tile/0",
        "",
        "tile/0/000/",
        "tile/entries",
        "tile/0/０００",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
        "tile/0/000.P/1",
    ];
    for path in bad {
        assert!(path.parse::<Tile>().is_err(), "{path}");
    }
}

#[test]
fn the_specifications_tree_of_seventy_thousand() {
    let mut seen: HashMap<(u8, bool), Vec<u16>> = HashMap::new();
    for tile in tiles(70_000) {
        let Kind::Hashes { level } = tile.kind else { panic!("no bundles here") };
        seen.entry((level, tile.is_full())).or_default().push(tile.width);
    }
    assert_eq!(seen[&(0, true)].len(), 273);
    assert_eq!(seen[&(0, false)], [112]);
    assert_eq!(seen[&(1, true)].len(), 1);
    assert_eq!(seen[&(1, false)], [17]);
    assert_eq!(seen[&(2, false)], [1]);
    assert_eq!(seen.len(), 5);
    let of_256: Vec<String> = tiles(256).map(|tile| tile.to_string()).collect();
    assert_eq!(of_256, ["tile/0/000", "tile/1/000.p/1"]);
}

#[test]
fn new_tiles_are_those_that_changed() {
    for (old, new) in
        [(0, 0), (0, 1), (5, 5), (255, 256), (256, 257), (300, 70_000), (65_535, 65_536), (65_536, 65_537)]
    {
        let before: Vec<Tile> = tiles(old).collect();
        let expected: Vec<Tile> = tiles(new).filter(|tile| !before.contains(tile)).collect();
        assert_eq!(new_tiles(old, new).collect::<Vec<_>>(), expected, "{old} to {new}");
    }
    assert_eq!(Tile::hashes(7, 255, u64::MAX).map(|tile| tile.width), None);
    assert_eq!(Tile::hashes(7, 0, u64::MAX).map(|tile| tile.width), Some(255));
    assert_eq!(Tile::hashes(0, u64::MAX >> 8, u64::MAX).map(|tile| tile.width), Some(255));
}

/// A log of `size` leaves as its tile files.
fn files(size: u64) -> (HashMap<NodeId, Hash>, HashMap<String, Vec<u8>>) {
    let (mut nodes, mut frontier) = (HashMap::new(), Frontier::new());
    for i in 0..size {
        frontier.push_with(leaf_hash(&i.to_be_bytes()), |id, hash| _ = nodes.insert(id, hash)).unwrap();
    }
    let bytes = |tile: Tile| tile_bytes(&tile.nodes().map(|id| nodes[&id]).collect::<Vec<_>>());
    let files = tiles(size).map(|tile| (tile.to_string(), bytes(tile))).collect();
    (nodes, files)
}

#[test]
fn any_proof_can_be_made_from_the_tile_files_alone() {
    for size in [1, 2, 255, 256, 257, 700, 66_000] {
        let (nodes, files) = files(size);
        let reader = TileReader { size, fetch: |tile: &Tile| files.get(&tile.to_string()).cloned().ok_or("no file") };
        for index in [0, size / 3, size / 2, size - 1] {
            assert_eq!(inclusion_proof(index, size, &reader), Ok(inclusion_proof(index, size, &nodes).unwrap()));
        }
        let plan = root_plan(size);
        assert_eq!(reader.read_hashes(plan.nodes()).unwrap(), nodes.read_hashes(plan.nodes()).unwrap());
    }
}

#[test]
fn missing_and_damaged_tiles_are_named() {
    let (_, files) = files(300);
    let gone = TileReader { size: 300, fetch: |tile: &Tile| Err::<Vec<u8>, _>(tile.to_string()) };
    assert_eq!(
        inclusion_proof(0, 300, &gone).unwrap_err().to_string(),
        "a stored hash could not be read: a tile could not be fetched: tile/0/000"
    );
    let tile: Tile = "tile/0/001.p/44".parse().unwrap();
    let short = &files["tile/0/001.p/44"][1..];
    assert_eq!(tile.read(short), Err(TileError::Length { tile, expected: 44 * 32, got: 44 * 32 - 1 }));
    let node = NodeId::new(3, 37);
    assert_eq!(tile.node(&files["tile/0/001.p/44"], node), Err(TileError::NotHere { tile, node }), "only half filled");
}

#[test]
fn entry_bundles_read_back_and_refuse_damage() {
    let entries: [&[u8]; 3] = [b"one", b"", "三".as_bytes()];
    let bytes = bundle_bytes(entries).unwrap();
    let bundle = Tile::entries(0, 3).unwrap();
    assert_eq!(bundle.read_entries(&bytes).unwrap(), entries);
    for bad in
        [&bytes[..bytes.len() - 1], &bytes[..5], &[&bytes[..], &[0]].concat(), &[&bytes[..], &[0, 0]].concat(), &[]]
    {
        assert_eq!(bundle.read_entries(bad), Err(TileError::Bundle(bundle)));
    }
    assert_eq!(bundle_bytes([&[0; 65_536][..]]), Err(TileError::EntryTooLong(65_536)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn every_tile_has_one_path(level in 0..8_u8, index in any::<u64>(), width in 1..=256_u16, entries in any::<bool>()) {
        let kind = if entries { Kind::Entries } else { Kind::Hashes { level } };
        let tile = Tile { kind, index, width };
        prop_assert_eq!(tile.to_string().parse(), Ok(tile));
    }

    #[test]
    fn paths_and_bundles_never_panic(path in "[tile/enrsxp.0-9]{0,40}", bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        if let Ok(tile) = path.parse::<Tile>() {
            prop_assert_eq!(tile.to_string(), path);
        }
        let _ = Tile::entries(0, 4).unwrap().read_entries(&bytes);
    }
}

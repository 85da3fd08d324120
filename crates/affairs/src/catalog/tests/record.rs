//! The catalogue in the database: byte for byte, version by version, and not believed when changed.

use kernel::{Clock, Id};
use store::testing::Scratch;

use super::super::*;
use super::files;

async fn import_at(scratch: &Scratch, files: &Files, ms: i64) -> Result<Imported, ImportError> {
    scratch.clock.set(scratch.clock.now().plus_ms(ms));
    let act = Id::new(&*scratch.clock, &*scratch.entropy);
    import(&scratch.store, files, &Import { shard: "main", at: scratch.clock.now(), act }).await
}

fn changed(path: &str, from: &str, to: &str) -> Files {
    let mut files = files();
    let text = String::from_utf8(files.get(path).unwrap().to_vec()).unwrap();
    assert!(text.contains(from));
    files.insert(path, text.replacen(from, to, 1));
    files
}

const ITEM: &str = "items/fd-pharmacist-renew/item.toml";

#[tokio::test]
async fn what_goes_in_comes_out_byte_for_byte() {
    let scratch = Scratch::new().await;
    let seed = files();
    let imported = import_at(&scratch, &seed, 1).await.unwrap();
    assert!(imported.changed.len() > 40, "{}", imported.changed.len());
    let built = load(&scratch.store).await.unwrap();
    assert!(built.is_importable());
    assert_eq!(built.catalog.export(), seed);
    assert_eq!(built.catalog.version(), Catalog::from_files(&seed).catalog.version());

    let folder = tempfile::tempdir().unwrap();
    seed.write_dir(folder.path()).unwrap();
    assert_eq!(Files::read_dir(folder.path()).unwrap(), seed);
}

#[tokio::test]
async fn the_same_files_again_change_nothing() {
    let scratch = Scratch::new().await;
    import_at(&scratch, &files(), 1).await.unwrap();
    assert_eq!(import_at(&scratch, &files(), 1).await.unwrap().changed, vec![]);
    let leaves = scratch.store.logs().await.unwrap();
    assert_eq!(leaves.iter().filter_map(|l| l.head.as_ref()).map(|h| h.size).collect::<Vec<_>>(), [1]);
}

#[tokio::test]
async fn a_corrected_item_replaces_the_old_one_and_both_stay_readable() {
    let scratch = Scratch::new().await;
    let day = "2026-11-23".parse().unwrap();
    import_at(&scratch, &files(), 1).await.unwrap();
    let before = load(&scratch.store).await.unwrap().catalog.item("fd-pharmacist-renew", day).unwrap();
    let imported = import_at(&scratch, &changed(ITEM, "visits = 0", "visits = 1"), 1).await.unwrap();
    assert_eq!(imported.changed.len(), 1);
    let catalog = load(&scratch.store).await.unwrap().catalog;
    let after = catalog.item("fd-pharmacist-renew", day).unwrap();
    assert_eq!((before.service.visits, after.service.visits), (0, 1));
    let old = catalog.item_version("fd-pharmacist-renew", &before.hash).unwrap();
    assert_eq!(old.service.visits, 0);
    let replay = load_item(&scratch.store, "fd-pharmacist-renew", &before.hash).await.unwrap().unwrap();
    assert_eq!(replay.rules.hash(), before.rules.hash());
    assert_eq!(history(&scratch.store, EntryKind::Item, "fd-pharmacist-renew").await.unwrap().len(), 2);
    // Back to the first version: a third row, no new object.
    import_at(&scratch, &files(), 1).await.unwrap();
    let again = load(&scratch.store).await.unwrap().catalog.item("fd-pharmacist-renew", day).unwrap();
    assert_eq!(again.hash, before.hash);
}

#[tokio::test]
async fn a_later_version_takes_over_on_its_first_day() {
    let scratch = Scratch::new().await;
    import_at(&scratch, &files(), 1).await.unwrap();
    let mut files = changed(ITEM, "valid_from = 2024-01-01", "valid_from = 2027-01-01");
    let text = String::from_utf8(files.get(ITEM).unwrap().to_vec()).unwrap();
    files.insert(ITEM, text.replacen("visits = 0", "visits = 1", 1));
    import_at(&scratch, &files, 1).await.unwrap();
    let catalog = load(&scratch.store).await.unwrap().catalog;
    let visits = |day: &str| catalog.item("fd-pharmacist-renew", day.parse().unwrap()).unwrap().service.visits;
    assert_eq!((visits("2026-12-31"), visits("2027-01-01")), (0, 1));
    let export = catalog.export();
    assert!(export.get("items/fd-pharmacist-renew@2024-01-01/item.toml").is_some());
    assert_eq!(export.get(ITEM), files.get(ITEM));
    // The export is a catalogue again, and importing it changes nothing.
    assert_eq!(import_at(&scratch, &export, 1).await.unwrap().changed, vec![]);
}

#[tokio::test]
async fn files_with_a_mistake_are_not_imported() {
    let scratch = Scratch::new().await;
    let refused = import_at(&scratch, &changed(ITEM, "visits = 0", "visits = \"none\""), 1).await;
    let Err(ImportError::Mistakes(found)) = refused else { panic!("imported") };
    assert!(found.iter().any(|d| d.field == "service.visits"));
    assert_eq!(load(&scratch.store).await.unwrap().catalog.versions().count(), 0);
}

#[tokio::test]
async fn a_changed_object_is_not_believed() {
    let scratch = Scratch::on_sqlite("").await;
    import_at(&scratch, &files(), 1).await.unwrap();
    let hash = hash_of(files().get("items/fd-pharmacist-renew/rules.dmn").unwrap());
    scratch.store.close().await;
    let path = scratch.folder.path().join("office.db");
    let mut scratch = scratch;
    store::testing::create(
        &store::Location::Sqlite(path),
        &format!("UPDATE catalog_object SET bytes = CAST(replace(bytes, '75', '15') AS BLOB) WHERE hash = '{hash}'"),
    );
    scratch.reopen().await;
    let refused = load(&scratch.store).await;
    assert!(matches!(refused, Err(store::Fault::Damaged(why)) if why.contains(&hash)));
}

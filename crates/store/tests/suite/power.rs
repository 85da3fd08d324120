//! The power fails: what was not yet forced to the disk is gone.
//!
//! The child works under `strace`, which writes down every write to the log of SQLite and every time it was forced to the disk.
//! After the child is killed, what was written since the last of those times is destroyed, as a disk without power may lose
//! it. What was acknowledged must be there all the same. As a control the same is done from one time earlier: that must lose
//! something, or the test could not see a loss.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use kernel::{Entropy as _, SeededEntropy};
use store::testing::execute;
use store::{Location, Store};

use crate::crash::{agree, harm_one, kills, open, start};
use crate::desk::TABLES;

/// What was written to the log between two times that it was forced to the disk: offset and length.
type Written = Vec<(u64, u64)>;

/// The writes to `wal`, by the times it was forced to the disk; the last ones were not.
fn epochs(trace: &str, wal: &str) -> Vec<Written> {
    let (mut epochs, mut pending): (Vec<Written>, BTreeMap<&str, bool>) = (vec![Vec::new()], BTreeMap::new());
    for line in trace.lines() {
        let Some((process, call)) = line.split_once(' ') else { continue };
        let call = call.trim_start();
        let ours = call.contains(wal);
        let done = call.ends_with("= 0");
        if let Some(arguments) = call.strip_prefix("pwrite64(").filter(|_| ours) {
            let numbers = arguments.rsplit_once("..., ").map_or("", |(_, rest)| rest);
            let mut numbers = numbers.split([',', ')', ' ']).filter(|n| !n.is_empty()).map_while(|n| n.parse().ok());
            if let (Some(length), Some(offset)) = (numbers.next(), numbers.next()) {
                epochs.last_mut().unwrap().push((offset, length));
            }
        } else if call.starts_with("fdatasync(") || call.starts_with("fsync(") {
            if ours && done {
                epochs.push(Vec::new());
            }
            pending.insert(process, ours && call.contains("unfinished"));
        } else if call.contains("sync resumed>") && pending.remove(process) == Some(true) && done {
            epochs.push(Vec::new());
        }
    }
    epochs
}

/// Destroys what was written since the log was forced to the disk for the `back`th last time.
fn lose(wal: &Path, epochs: &[Written], back: usize) {
    let mut bytes = std::fs::read(wal).unwrap();
    for (offset, length) in epochs.iter().rev().take(back).flatten() {
        let (from, to) = (usize::try_from(*offset).unwrap(), usize::try_from(offset + length).unwrap());
        let end = to.min(bytes.len());
        if from < end {
            bytes[from..end].fill(0);
        }
    }
    std::fs::write(wal, bytes).unwrap();
}

async fn kept(location: &Location) -> BTreeSet<String> {
    let store = open(location, 1).await;
    let rows = store.query("SELECT id FROM suite_affair", vec![]).await.unwrap();
    let kept = rows.iter().map(|row| row.text("id").unwrap().to_owned()).collect();
    store.close().await;
    kept
}

fn has_strace() -> bool {
    let tried = Command::new("strace").args(["-o", "/dev/null", "true"]).stderr(Stdio::null()).status();
    tried.is_ok_and(|status| status.success())
}

#[test]
fn what_was_acknowledged_survives_the_loss_of_power() {
    if !has_strace() {
        println!(
            "passed over: strace is not installed, or may not trace here: `make setup` (or apt-get install strace)"
        );
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (rounds, mut controls) = ((kills() / 4).clamp(3, 50), 0);
    let chance = SeededEntropy::new(rounds);
    for round in 0..rounds {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::Sqlite(folder.path().join("office.db"));
        runtime.block_on(Store::migrate(&location)).unwrap();
        runtime.block_on(execute(&location, TABLES));
        let trace = folder.path().join("trace");
        let watched = trace.display().to_string();
        let strace = ["strace", "-f", "-y", "-s", "0", "-e", "trace=pwrite64,fdatasync,fsync", "-o", &watched];
        let mut byte = [0];
        chance.fill(&mut byte);
        let told = harm_one(start(&location, round, &strace), true, |_| {
            std::thread::sleep(Duration::from_millis(150 + u64::from(byte[0])));
        });
        let acknowledged: BTreeSet<String> = told.into_iter().collect();
        let wal = folder.path().join("office.db-wal");
        let epochs = epochs(&std::fs::read_to_string(&trace).unwrap(), &wal.display().to_string());
        assert!(epochs.len() > 3, "the trace tells of {} times only", epochs.len());
        let copy = folder.path().join("control");
        std::fs::create_dir(&copy).unwrap();
        for name in ["office.db", "office.db-wal"] {
            std::fs::copy(folder.path().join(name), copy.join(name)).unwrap();
        }
        lose(&wal, &epochs, 1);
        // The head file is not forced to the disk: it may be gone as well.
        let _ = std::fs::remove_file(folder.path().join("office.db.head"));
        runtime.block_on(agree(&location, &acknowledged));
        lose(&copy.join("office.db-wal"), &epochs, 3);
        let control = runtime.block_on(kept(&Location::Sqlite(copy.join("office.db"))));
        controls += acknowledged.difference(&control).count();
    }
    assert!(controls > 0, "two commits earlier nothing is lost either: the test cannot see a loss");
}

#[test]
fn a_trace_is_read_as_it_was_written() {
    let trace = "7 pwrite64(9</t/office.db-wal>, \"\"..., 24, 32) = 24
7 pwrite64(9</t/office.db-wal>, \"\"..., 4096, 56 <unfinished ...>
8 pwrite64(3</t/office.db>, \"\"..., 4096, 0) = 4096
7 <... pwrite64 resumed>) = 4096
7 fdatasync(9</t/office.db-wal> <unfinished ...>
8 fdatasync(3</t/office.db>) = 0
7 <... fdatasync resumed>) = 0
7 pwrite64(9</t/office.db-wal>, \"\"..., 24, 4152) = 24
7 fdatasync(9</t/office.db-wal>) = 0
7 pwrite64(9</t/office.db-wal>, \"\"..., 8, 4176) = 8
7 fdatasync(9</t/office.db-wal> <unfinished ...>";
    let expected = vec![vec![(32, 24), (56, 4096)], vec![(4152, 24)], vec![(4176, 8)]];
    assert_eq!(epochs(trace, "/t/office.db-wal"), expected);
}

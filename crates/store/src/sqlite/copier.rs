//! Copies the write-ahead log into the database file while the writer goes on writing.
//!
//! SQLite by itself copies within the commit that makes the log long enough: whoever waits for that commit, and all who come
//! behind it, wait for sixty megabytes to be written. Here a thread of its own copies what is there, early and often; then
//! the writer has only what came meanwhile left to copy, and begins the log anew. Nothing about what survives a crash
//! changes: a page is in the synced log or in the synced database, whoever copied it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use rusqlite::Connection;

use super::{connect_writer, fault};
use crate::Fault;

/// From so many pages on the log is copied: 16 MiB.
const SOON: i32 = 4_096;
/// A log of so many pages the writer copies by itself: the thread does not keep up.
const LATE: i32 = 65_536;
/// Copies what nobody reads an older version of, and waits for nobody.
const COPY: &str = "PRAGMA wal_checkpoint(PASSIVE)";

pub(super) struct Copier {
    /// How many pages the log has.
    pages: Arc<AtomicI32>,
    /// A copy has been made that the writer has not finished.
    copied: Arc<AtomicBool>,
    /// How many pages the log had when a copy was last wished for.
    asked: i32,
    /// One wish at a time: more would only say the same.
    wishes: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Copier {
    /// Takes over what `conn` would do within its commits.
    pub(super) fn start(path: &Path, conn: &mut Connection) -> Result<Self, Fault> {
        let pages = Arc::new(AtomicI32::new(0));
        let seen = pages.clone();
        // This takes the place of SQLite's own hook, the one that copies within the commit.
        let hook = move |_: &mut rusqlite::hooks::Wal, pages: i32| {
            seen.store(pages, Ordering::Relaxed);
            Ok(())
        };
        conn.wal_hook(Some(hook)).map_err(fault)?;
        let own = connect_writer(path, false)?;
        own.pragma_update(None, "wal_autocheckpoint", 0).map_err(fault)?;
        let copied = Arc::new(AtomicBool::new(false));
        let (wishes, wished) = sync_channel(1);
        let done = copied.clone();
        let thread = std::thread::Builder::new().name("store-copier".into()).spawn(move || serve(&own, &wished, &done));
        let thread = thread.map_err(|e| Fault::Engine(e.to_string()))?;
        Ok(Self { pages, copied, asked: 0, wishes: Some(wishes), thread: Some(thread) })
    }

    /// Called by the writer between two batches.
    pub(super) fn between(&mut self, conn: &Connection) {
        let pages = self.pages.load(Ordering::Relaxed);
        // Begun anew, it is shorter than it was.
        self.asked = if pages < self.asked { 0 } else { self.asked };
        if self.copied.swap(false, Ordering::Relaxed) {
            // What is left is little; the next commit begins the log anew, unless somebody still reads from it.
            copy(conn);
        } else if pages - self.asked > SOON {
            self.asked = pages;
            let heard = self.wishes.as_ref().is_some_and(|wishes| wishes.try_send(()).is_ok());
            if !heard || pages > LATE {
                copy(conn);
            }
        }
    }

    /// Waits until nothing is copied any more.
    pub(super) fn stop(mut self) {
        drop(self.wishes.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(conn: &Connection, wished: &Receiver<()>, done: &AtomicBool) {
    while wished.recv().is_ok() {
        if copy(conn) {
            done.store(true, Ordering::Relaxed);
        }
    }
}

/// Whether anything was copied; a failure is tried again and loses nothing, the pages are in the log.
fn copy(conn: &Connection) -> bool {
    let copied = conn.query_row(COPY, [], |row| row.get::<_, i64>(2));
    copied.inspect_err(|e| tracing::warn!(error = %e, "the write-ahead log could not be copied")).is_ok_and(|n| n > 0)
}

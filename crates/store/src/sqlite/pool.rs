//! The read-only connections, lent one query at a time.
//!
//! A read runs inline on the calling task: a point read takes about 20 µs, less than handing it to another thread and back.
//! Whatever reads for milliseconds (a report, a recount) belongs on a blocking thread of the caller's.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::connect_reader;
use crate::Fault;

pub(crate) struct Pool {
    path: PathBuf,
    permits: Semaphore,
    idle: Mutex<Vec<Connection>>,
}

impl Pool {
    pub(crate) fn open(path: &Path, readers: usize) -> Result<Self, Fault> {
        let idle = (0..readers.max(1)).map(|_| connect_reader(path)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { path: path.to_owned(), permits: Semaphore::new(idle.len()), idle: Mutex::new(idle) })
    }

    /// Lends a connection to `read`; waits while all are lent.
    pub(crate) async fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T, Fault>) -> Result<T, Fault> {
        let _permit = self.permits.acquire().await.map_err(|_| Fault::Stopped)?;
        // A connection that a panic took with it is replaced.
        let idle = self.idle().pop();
        let conn = idle.map_or_else(|| connect_reader(&self.path), Ok)?;
        let result = read(&conn);
        self.idle().push(conn);
        result
    }

    /// Closes the connections once they are idle; later reads are answered [`Fault::Stopped`].
    pub(crate) fn close(&self) {
        self.permits.close();
        self.idle().clear();
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

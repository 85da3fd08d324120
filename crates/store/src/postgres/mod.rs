//! PostgreSQL: the only place that knows it. One writer a node with group commit, a few connections that only read.
//!
//! Several nodes may serve one database. A shard's log is appended to by one of them at a time: the session whose transaction
//! signs holds an advisory lock of the database, so a node that dies, or is cut off, gives the log up with its session.

mod batch;
mod error;
mod foresee;
mod grouping;
mod layout;
mod ledger;
pub(crate) mod migrate;
mod node;
pub(crate) mod pool;
pub(crate) mod session;
mod texts;
mod value;
mod writer;

use std::sync::Arc;

use self::ledger::Ledgers;
use self::node::Node;
use self::pool::Pool;
use self::session::Session;
use self::writer::Writer;
use crate::head::HeadFile;
use crate::inbox::Inbox;
use crate::tally::Tally;
use crate::{Fault, OpenError, Options};

/// Whether a text is an address this engine can read.
pub(crate) fn is_url(text: &str) -> bool {
    text.parse::<tokio_postgres::Config>().is_ok()
}

/// Opens a migrated database, starts its writer, and gives its readers.
pub(crate) async fn open(url: &str, options: Options, (inbox, tally): (Inbox, Arc<Tally>)) -> Result<Pool, OpenError> {
    let mut session = migrate::connect(url).await?;
    migrate::require_current(&mut session).await?;
    refuse_marked(&session).await?;
    let heads = options.heads.as_deref().map_or(Ok(HeadFile::nowhere()), HeadFile::open)?;
    let ledgers = Ledgers::new(options.signer, heads);
    let writer = Writer::new(Node::new(url), (options.clock, options.entropy), ledgers, tally);
    // A thread and a runtime of its own: a busy server does not make commits wait, and signing does not hold up the server.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(unstarted)?;
    let thread = std::thread::Builder::new().name("store-writer".into());
    thread.spawn(move || runtime.block_on(writer.run(inbox))).map_err(unstarted)?;
    Ok(Pool::new(url, options.readers))
}

/// Refuses an unproven copy. A database that was moved away may be read.
async fn refuse_marked(session: &Session) -> Result<(), OpenError> {
    let sql = "SELECT body FROM store_mark WHERE name = 'incomplete'";
    match session.rows(sql, &[]).await.map_err(Fault::from)?.first() {
        Some(row) => Err(OpenError::Incomplete(row.text("body")?.to_owned())),
        None => Ok(()),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "stands in map_err")]
fn unstarted(error: std::io::Error) -> OpenError {
    OpenError::Fault(Fault::Engine(error.to_string()))
}

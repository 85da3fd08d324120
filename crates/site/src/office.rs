//! The open office behind the pages: store, catalogue, registers, keys. Handlers take a desk from it for one request.
//!
//! Only the site knows this type; a room's function gets exactly the parts it needs.

use std::sync::Arc;

use affairs::access::{self, IdentityProvider};
use affairs::approval::{self, ReceiptKey, Setting};
use affairs::catalog::{Catalog, CatalogCell};
use affairs::licence::Issuer;
use affairs::material::Checkers;
use affairs::message::{CodeKey, Outward, Posts};
use affairs::powers::Law;
use affairs::register::Registers;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use evidence::key::{PublicKey, Signer};
use evidence::trust::TrustList;
use evidence::vault::Vault;
use kernel::Tenant;
use store::Store;

use crate::licence::{Fonts, StatusCell};
use crate::message::server::Letterbox;
use crate::problem::Problem;
use crate::shares;
use crate::state::AppState;
use crate::witness::Witness;

/// One office, opened by the front door.
pub struct Office {
    /// The database and its one writer.
    pub store: Store,
    /// The home shard of everything this office writes.
    pub shard: String,
    /// The catalogue's current snapshot.
    pub catalog: CatalogCell,
    /// The registers' layouts.
    pub registers: Registers,
    /// Whose seal stands on licences.
    pub issuer: Issuer,
    /// What receipt secrets are derived from.
    pub receipt_key: ReceiptKey,
    /// What carries messages out of the house; none: they stay in the inboxes.
    pub posts: Posts,
    /// What the codes that prove addresses are derived from.
    pub code_key: CodeKey,
    /// Locks the secrets of draws until they are revealed.
    pub vault: Vault,
    /// What every file that is handed in must pass.
    pub checkers: Checkers,
    /// The demonstration's stand-in for everybody who receives messages.
    pub letterbox: Option<Arc<Letterbox>>,
    /// The keys by which licences are verified here.
    pub trust: TrustList,
    /// Signs the trust list as it is published; none: it is not.
    pub root: Option<Arc<dyn Signer>>,
    /// The status list as it was last made.
    pub status_list: StatusCell,
    /// What licences are printed with.
    pub fonts: Arc<Fonts>,
    /// The keys under the log's checkpoints, for the pages that show how to verify.
    pub log_keys: Vec<PublicKey>,
    /// Who co-signs the log's checkpoints.
    pub witnesses: Vec<Witness>,
    /// Demonstration or production.
    pub setting: Setting,
    /// Who recognises citizens.
    pub providers: Vec<Box<dyn IdentityProvider>>,
}

/// Before anything is written, this node decides by what is in force now, whichever node put it there. Where the database does not
/// say, the request goes on with what this node has: what it writes meets the same database.
pub(crate) async fn catch_up(State(state): State<AppState>, request: Request, next: Next) -> Response {
    if let Some(desks) = state.desks().ok().filter(|_| !request.method().is_safe()) {
        let catalog = &desks.office.catalog;
        match catalog.catch_up(desks.store()).await {
            Ok(true) => tracing::info!(version = catalog.get().version(), "what another node put in force is in place"),
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "whether the catalogue changed could not be told"),
        }
    }
    next.run(request).await
}

/// What one request works with: a snapshot of the catalogue that does not change under it.
#[derive(Clone)]
pub struct Desks<'a> {
    /// The office.
    pub office: &'a Office,
    state: &'a AppState,
    tenant: Tenant,
    /// The catalogue as this request sees it.
    pub catalog: Arc<Catalog>,
}

impl<'a> Desks<'a> {
    pub(crate) fn new(state: &'a AppState, office: &'a Office) -> Self {
        Self { office, state, tenant: shares::tenant(), catalog: office.catalog.get() }
    }

    /// Kinds and flows of powers.
    ///
    /// # Errors
    /// A fault, where the catalogue's files of them cannot be read.
    pub fn law(&self) -> Result<Arc<Law>, Problem> {
        self.state.law(&self.catalog)
    }

    /// The address the public uses.
    pub fn public_origin(&self) -> &'a str {
        &self.state.settings().public_origin
    }

    /// The store.
    pub fn store(&self) -> &'a Store {
        &self.office.store
    }

    /// Where acts on accounts, sessions, messages are written.
    pub fn base(&self) -> access::Desk<'a> {
        access::Desk {
            store: &self.office.store,
            shard: &self.office.shard,
            clock: self.state.clock(),
            entropy: self.state.entropy(),
            tenant: self.tenant,
        }
    }

    /// What carrying messages out takes.
    pub fn outward(&'a self) -> Outward<'a> {
        let office = self.office;
        Outward { base: self.base(), posts: &office.posts, catalog: &self.catalog, code_key: &office.code_key }
    }

    /// Where cases are received and decided.
    pub fn approval(&'a self) -> approval::Desk<'a> {
        approval::Desk {
            base: self.base(),
            catalog: &self.catalog,
            registers: &self.office.registers,
            issuer: &self.office.issuer,
            setting: self.office.setting,
            reactors: affairs::REACTORS,
        }
    }
}

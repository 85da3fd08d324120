//! A world for one test: an empty office with the seed catalogue, invented people, and registers filled as the story needs.

use std::path::Path;
use std::sync::Arc;

use affairs::access::{
    self, Actor, Assurance, Mandate, MandateAct, MandateScope, NewMandate, NewStaff, Party, PartyKind, PersonActor,
    Role, Scope, StaffActor,
};
use affairs::approval::{self, Desk, Filing, ReceiptKey, Setting};
use affairs::catalog::{Catalog, CatalogCell, Files};
use affairs::licence::Issuer;
use affairs::material::Checkers;
use affairs::message::{self, CodeKey, Posts};
use affairs::register::{self, Extent, Extract, Format, Registers};
use axum::Router;
use evidence::key::{Algorithm, KeyPair};
use evidence::trust::{Entry, TrustList};
use evidence::vault::Vault;
use kernel::code::{CitizenId, OrganisationCode, Uscc};
use kernel::{Clock, Entropy, FixedClock, Moment, SeededEntropy};
use serde_json::{Map, Value as Json, json};
use site::licence::{Fonts, StatusCell};
use site::witness::{Witness, WitnessAddress};
use site::{AppState, Office, Settings};
use store::testing::Scratch;
use store::{Location, Store};

/// The evening on which every story begins: Monday 2026-11-23, 21:40 in China.
pub const EVENING: &str = "2026-11-23T21:40:00+08:00";

/// One office for one story.
pub struct World {
    /// Store, clock and chance.
    pub scratch: Scratch,
    /// The seed catalogue.
    pub catalog: Arc<Catalog>,
    /// The registers' layouts.
    pub registers: Registers,
    /// Whose seal stands on licences.
    pub issuer: Issuer,
    /// Under what conditions the machine grants.
    pub setting: Setting,
    /// The home shard of what this office writes.
    pub shard: &'static str,
    /// What carries messages out of the house.
    pub posts: Posts,
    /// What every file that is handed in must pass.
    pub checkers: Checkers,
    /// Who co-signs the log's checkpoints.
    pub witnesses: Vec<WitnessAddress>,
    /// The catalogue as files.
    files: Files,
}

/// The key that signs the trust list of every world.
fn root_key() -> KeyPair {
    KeyPair::generate(Algorithm::Sm2, "demonstration.example/root", &SeededEntropy::new(12)).unwrap()
}

impl World {
    /// An office that has just opened: catalogue and layouts, nobody in it.
    pub async fn new() -> Self {
        Self::over(Scratch::new().await, SHARD).await
    }

    /// An office that has just opened, in which a signed decision may be taken back for as long as the product says.
    pub async fn with_undo() -> Self {
        Self::reading(Scratch::new().await, SHARD, Files::seed()).await
    }

    /// An office that has just opened, over this empty store and with this catalogue.
    pub async fn with_files(scratch: Scratch, files: Files) -> Self {
        Self::reading(scratch, SHARD, files).await
    }

    /// The office in this folder, which outlives the world; `seed` must differ between openings, as chance would.
    pub async fn at(folder: &Path, seed: u64) -> Self {
        Self::opened(&Location::Sqlite(folder.join("office.db")), folder, seed).await
    }

    /// The office whose database is at `location`; what it must remember beside it lies in `folder`.
    pub async fn opened(location: &Location, folder: &Path, seed: u64) -> Self {
        Self::node(location, folder, seed, SHARD).await
    }

    /// The same as one of several nodes, each with a shard, a folder and chance of its own.
    pub async fn node(location: &Location, folder: &Path, seed: u64, shard: &'static str) -> Self {
        let clock = Arc::new(FixedClock::default());
        let entropy = Arc::new(SeededEntropy::new(seed));
        Store::migrate(location).await.unwrap();
        let mut options = store::testing::options(location.clone(), clock.clone(), entropy.clone());
        options.heads = Some(folder.join("office.db"));
        let store = Store::open(options).await.unwrap();
        Self::over(Scratch::over(store, clock, entropy), shard).await
    }

    /// An office that has just opened, over this empty store.
    pub async fn on(scratch: Scratch) -> Self {
        Self::over(scratch, SHARD).await
    }

    /// An office on each engine: SQLite, and PostgreSQL where it is installed.
    pub async fn on_both_engines() -> Vec<Self> {
        let mut all = vec![Self::over(Scratch::on_sqlite("").await, SHARD).await];
        if let Some(scratch) = Scratch::on_postgres("").await {
            all.push(Self::over(scratch, SHARD).await);
        }
        all
    }

    async fn over(scratch: Scratch, shard: &'static str) -> Self {
        Self::reading(scratch, shard, at_once(Files::seed())).await
    }

    async fn reading(scratch: Scratch, shard: &'static str, files: Files) -> Self {
        let built = Catalog::from_files(&files);
        assert!(built.is_importable(), "{:#?}", built.findings);
        Self::furnished(scratch, shard, (files, Arc::new(built.catalog))).await
    }

    /// Another office that has just opened, over this empty store, with the same catalogue: it is read once for many.
    pub async fn beside(&self, scratch: Scratch) -> Self {
        self.beside_at(scratch, self.shard).await
    }

    async fn furnished(scratch: Scratch, shard: &'static str, (files, catalog): (Files, Arc<Catalog>)) -> Self {
        scratch.clock.set(EVENING.parse().unwrap());
        let base = base(&scratch, shard);
        let layouts: Vec<(&str, &str)> = files
            .iter()
            .filter(|(path, _)| path.starts_with("registers/") && path.ends_with(".toml"))
            .map(|(path, bytes)| (path, std::str::from_utf8(bytes).unwrap()))
            .collect();
        let registers = register::publish(&base, &layouts).await.unwrap();
        index_rights(&base, &catalog).await;
        // The same key at every opening, whatever chance is.
        let key = KeyPair::generate(Algorithm::Sm2, "demonstration.example/licence", &SeededEntropy::new(11)).unwrap();
        let issuer = Issuer {
            signer: Arc::new(key),
            name: "gx-mpa".into(),
            origin: format!("{}/{shard}", store::testing::ORIGIN),
            demonstration: true,
        };
        Self {
            scratch,
            catalog,
            registers,
            issuer,
            setting: Setting::Demonstration,
            posts: Posts::default(),
            checkers: Checkers::default(),
            shard,
            witnesses: Vec::new(),
            files,
        }
    }

    /// Another node over the same database: a store, chance and a home shard of its own, and nothing of ours in memory.
    pub async fn other_node(&self, shard: &'static str, seed: u64) -> Self {
        let (clock, entropy) = (self.scratch.clock.clone(), Arc::new(SeededEntropy::new(seed)));
        let mut options = store::testing::options(self.scratch.location(), clock.clone(), entropy.clone());
        options.heads = None;
        let store = Store::open(options).await.unwrap();
        // A shard has people and registers of its own; what is in force is for all.
        self.beside_at(Scratch::over(store, clock, entropy), shard).await
    }

    async fn beside_at(&self, scratch: Scratch, shard: &'static str) -> Self {
        Self::furnished(scratch, shard, (self.files.clone(), self.catalog.clone())).await
    }

    /// The catalogue's files as this office reads them: what a story imports, so that nodes that catch up find the same.
    pub const fn files(&self) -> &Files {
        &self.files
    }

    /// Takes up another catalogue, as an import would.
    pub fn take_up(&mut self, files: Files) {
        let files = at_once(files);
        let built = Catalog::from_files(&files);
        assert!(built.is_importable(), "{:#?}", built.findings);
        self.catalog = Arc::new(built.catalog);
        self.files = files;
    }

    /// The desk at which cases are decided.
    pub fn desk(&self) -> Desk<'_> {
        Desk {
            base: self.base(),
            catalog: &self.catalog,
            registers: &self.registers,
            issuer: &self.issuer,
            setting: self.setting,
            reactors: affairs::REACTORS,
        }
    }

    /// The desk at which people and registers are kept.
    pub fn base(&self) -> access::Desk<'_> {
        base(&self.scratch, self.shard)
    }

    /// Now.
    pub fn now(&self) -> Moment {
        self.scratch.clock.now()
    }

    /// Lets time pass.
    pub fn wait_days(&self, days: i64) {
        self.scratch.clock.set(self.now().plus_ms(days * 24 * 3_600 * 1_000));
    }

    /// The trust list of a reader in this world.
    pub fn trust(&self, setting: evidence::key::Setting) -> TrustList {
        let entry = Entry {
            key: self.issuer.signer.public().clone(),
            issuer: self.issuer.name.clone(),
            scopes: vec!["450000".into()],
            valid_from: Moment::from_ms(0),
            valid_to: self.now().plus_ms(10 * 365 * 24 * 3_600 * 1_000),
            revoked_at: None,
        };
        TrustList::new(setting, 1, vec![entry]).unwrap()
    }

    /// The whole site over this office.
    pub fn site(&self) -> Router {
        site::router(&self.state())
    }

    /// The same site with settings of its own.
    pub fn site_with(&self, settings: Settings) -> Router {
        site::router(&self.state_with(settings))
    }

    /// One turn of the outbox inside the house: messages come to their inboxes.
    pub async fn deliver(&self) {
        let (store, key) = (&self.scratch.store, CodeKey::from_bytes([7; 32]));
        let outward =
            message::Outward { base: self.base(), posts: &self.posts, catalog: &self.catalog, code_key: &key };
        for entry in store.outbox_take_but(message::OUT_TOPIC, 100).await.unwrap() {
            match message::carry(&outward, &entry).await {
                Ok(()) => store.outbox_done(&entry).await.unwrap(),
                Err(why) => store.outbox_failed(&entry, &why).await.unwrap(),
            }
        }
    }

    /// The site's state over this office.
    pub fn state(&self) -> AppState {
        self.state_with(Settings::demonstration("http://127.0.0.1:8080"))
    }

    /// The site's state with settings of its own.
    pub fn state_with(&self, settings: Settings) -> AppState {
        let catalog = Catalog::from_files(&self.files).catalog;
        let office = Office {
            store: self.scratch.store.clone(),
            shard: self.shard.into(),
            catalog: CatalogCell::new(catalog),
            registers: self.registers.clone(),
            issuer: self.issuer.clone(),
            receipt_key: ReceiptKey::from_bytes([9; 32]),
            posts: self.posts.clone(),
            checkers: self.checkers.clone(),
            code_key: CodeKey::from_bytes([7; 32]),
            vault: Vault::from_bytes([6; 32]),
            letterbox: None,
            trust: self.trust(evidence::key::Setting::Demonstration),
            root: Some(Arc::new(root_key())),
            status_list: StatusCell::default(),
            fonts: Arc::new(Fonts::default()),
            log_keys: store::testing::log_keys(),
            witnesses: self.witnesses.iter().map(|w| Witness::new(w).unwrap()).collect(),
            setting: self.setting,
            providers: vec![Box::new(access::DemonstrationProvider::new([5; 32]))],
        };
        let clock: Arc<dyn Clock> = self.scratch.clock.clone();
        let entropy: Arc<dyn Entropy> = self.scratch.entropy.clone();
        AppState::open(settings, clock, entropy, office)
    }

    /// A person with an account; `n` tells invented people apart (their ids belong to nobody: born on one day of 1900).
    pub async fn person(&self, name: &str, n: u16) -> PersonActor {
        let id = CitizenId::generate("450103", "1988-05-20".parse().unwrap(), n).unwrap();
        let party = access::people::ensure_party(&self.base(), PartyKind::Person, id.as_str(), name).await.unwrap();
        let account = access::people::ensure_account(&self.base(), &party).await.unwrap();
        PersonActor { account: account.id, party, assurance: Assurance::Strong, acting_for: None }
    }

    /// A pharmacy (code and name) whose agent has a mandate to look and to confirm.
    pub async fn pharmacy(&self, name: &str, agent: &PersonActor) -> (String, PersonActor) {
        let body = OrganisationCode::generate(&format!("MA5{:05}", agent.party.code[14..17].parse::<u32>().unwrap()));
        let uscc = Uscc::generate("91450100", &body.unwrap()).unwrap();
        let company =
            access::people::ensure_party(&self.base(), PartyKind::Company, uscc.as_str(), name).await.unwrap();
        let acting = self.agent(&company, agent).await;
        (uscc.as_str().to_owned(), acting)
    }

    /// The person, who acts for this company from now on under a mandate to look and to confirm.
    pub async fn agent(&self, company: &Party, agent: &PersonActor) -> PersonActor {
        let scope = MandateScope {
            acts: [MandateAct::View, MandateAct::Confirm].into(),
            items: Default::default(),
            valid_from: self.now().date(),
            valid_to: "2027-12-31".parse().unwrap(),
        };
        let new = NewMandate { principal: company.id, agent: agent.party.id, scope, basis: "授权书 2026-01".into() };
        let mandate: Mandate = access::mandate::give(&self.base(), &Actor::Machine, &new).await.unwrap();
        PersonActor { acting_for: Some(mandate), ..agent.clone() }
    }

    /// Lets this person act for a company, from today on; no items: all.
    pub async fn mandate(
        &self,
        agent: &PersonActor,
        company: &str,
        acts: &[MandateAct],
        items: &[&str],
    ) -> PersonActor {
        let base = self.base();
        let company = access::people::ensure_party(&base, PartyKind::Company, company, "某单位").await.unwrap();
        let scope = MandateScope {
            acts: acts.iter().copied().collect(),
            items: items.iter().map(|item| (*item).to_owned()).collect(),
            valid_from: self.now().date(),
            valid_to: "2100-12-31".parse().unwrap(),
        };
        let new = NewMandate { principal: company.id, agent: agent.party.id, scope, basis: "授权书".into() };
        let mandate: Mandate = access::mandate::give(&base, &Actor::Machine, &new).await.unwrap();
        PersonActor { acting_for: Some(mandate), ..agent.clone() }
    }

    /// Puts a record into a register, as its keeper's extract of today.
    pub async fn record(&self, register: &str, subject: &str, body: Json) {
        let mut line = Map::new();
        line.insert("subject".into(), subject.into());
        line.extend(body.as_object().unwrap().clone());
        self.extract(register, &Json::Object(line).to_string()).await;
    }

    /// Imports a part of a register, a JSON object a line with `subject`.
    pub async fn extract(&self, register: &str, text: &str) {
        self.import(register, Extent::Part, text).await;
    }

    /// Imports a whole register: whoever is not in it is not registered.
    pub async fn whole(&self, register: &str, text: &str) {
        self.import(register, Extent::Whole, text).await;
    }

    async fn import(&self, register: &str, extent: Extent, text: &str) {
        let extract = Extract {
            register: self.registers.get(register).unwrap(),
            format: Format::JsonLines,
            extent,
            as_of: self.now().plus_ms(-3_600_000),
            text,
        };
        register::import(&self.base(), &Actor::Machine, &extract, &mut |_| {}).await.unwrap();
    }

    /// All registers for a registered pharmacist whose registration ends in `days`; `pharmacy` is licensed in Nanning.
    pub async fn registered(&self, person: &PersonActor, pharmacy: &str, days: i32) {
        let today = self.now().date();
        let valid_to = today.saturating_add(jiff_days(days));
        let code = &person.party.code;
        let name = &person.party.name;
        self.record(
            "pharmacist-registration",
            code,
            json!({
                "name": name, "number": format!("45{}", &code[6..14]), "category": "pharmacy", "scope": "trade",
                "region": "450103", "employer": pharmacy, "employer_name": "邕江大药房",
                "registered_on": "2022-01-23", "valid_to": valid_to.to_string(), "status": "valid",
            }),
        )
        .await;
        self.qualified(person, 80).await;
        self.shop_licence(pharmacy, "valid").await;
    }

    /// The registers about a person's qualification and standing.
    pub async fn qualified(&self, person: &PersonActor, credits: i64) {
        let (code, name) = (&person.party.code, &person.party.name);
        self.record(
            "pharmacist-exam",
            code,
            json!({"name": name, "certificate": "202145010001", "category": "pharmacy", "issued_on": "2021-12-01", "status": "valid"}),
        )
        .await;
        self.record(
            "continuing-education",
            code,
            json!({"name": name, "period_from": "2022-01-23", "period_to": "2027-01-22", "credits": credits, "credits_required": 75}),
        )
        .await;
        self.record("credit-bars", code, json!({"name": name, "bars_in_force": 0})).await;
        self.record("case-open", code, json!({"open_cases": 0})).await;
    }

    /// The pharmacy's own licence.
    pub async fn shop_licence(&self, pharmacy: &str, status: &str) {
        self.record(
            "drug-trade-licence",
            pharmacy,
            json!({
                "name": "邕江大药房", "number": "桂DA7710001", "mode": "retail", "address": "南宁市青秀区（演示）",
                "region": "450103", "valid_from": "2023-06-01", "valid_to": "2028-05-31", "status": status,
            }),
        )
        .await;
    }

    /// A renewal as the form sends it.
    pub fn renewal(&self, person: &PersonActor, pharmacy: &str, days: i32) -> Map<String, Json> {
        let valid_to = self.now().date().saturating_add(jiff_days(days));
        let code = &person.party.code;
        map(json!({
            "name": person.party.name, "citizen_id": code, "registration_number": format!("45{}", &code[6..14]),
            "valid_to": valid_to.to_string(), "employer": pharmacy, "phone": "13877100001", "truthful": true,
        }))
    }

    /// Files an application online.
    pub async fn file(
        &self,
        person: &PersonActor,
        item: &str,
        form: &Map<String, Json>,
        key: &str,
    ) -> Result<approval::Case, approval::ApprovalError> {
        let filing = Filing { item, form, channel: "online", draft: None, key };
        approval::file(&self.desk(), person, &filing).await
    }

    /// An officer with these roles for the whole region.
    pub async fn officer(&self, login: &str, name: &str, roles: &[Role]) -> StaffActor {
        let new = NewStaff {
            login: login.into(),
            name: name.into(),
            post: "行政审批".into(),
            agency: "gx-mpa".into(),
            region: "450000".into(),
        };
        let base = self.base();
        let (account, _) = access::staff::create(&base, &Actor::Machine, &new).await.unwrap();
        for role in roles {
            let scope =
                Scope { role: *role, agency: "gx-mpa".into(), region: "450000".into(), item: access::EVERY.into() };
            access::staff::grant_scope(&base, &Actor::Machine, account.id, &scope).await.unwrap();
        }
        let scopes = access::staff::scopes(base.store, account.id).await.unwrap();
        StaffActor { account: account.id, name: name.into(), post: "行政审批".into(), scopes }
    }
}

/// What the filter of rights needs of a catalogue on the day it is.
pub async fn index_rights(base: &access::Desk<'_>, catalog: &Catalog) {
    let today = base.now().date();
    let lines: Vec<(&str, Option<&str>)> = catalog.agencies().map(|a| (a.id.as_str(), a.parent.as_deref())).collect();
    access::staff::index_agencies(base, &lines, &catalog.agency_heirs(today)).await.unwrap();
    access::staff::index_regions(base, &catalog.regions.succession(today)).await.unwrap();
}

/// The home shard of the test office.
pub const SHARD: &str = "gx";

/// The same catalogue, in which decisions leave at once: most stories are not about the minute before.
fn at_once(mut files: Files) -> Files {
    let procedure = String::from_utf8(files.get("procedure.toml").unwrap().to_vec()).unwrap();
    assert!(procedure.contains("seconds = 60"), "what a story takes out must be there");
    files.insert("procedure.toml", procedure.replace("seconds = 60", "seconds = 0"));
    files
}

fn base<'a>(scratch: &'a Scratch, shard: &'a str) -> access::Desk<'a> {
    let tenant = kernel::Tenant::HOUSE;
    access::Desk { store: &scratch.store, shard, clock: &*scratch.clock, entropy: &*scratch.entropy, tenant }
}

/// The map of a JSON object.
pub fn map(object: Json) -> Map<String, Json> {
    object.as_object().cloned().unwrap_or_default()
}

fn jiff_days(days: i32) -> jiff::Span {
    jiff::Span::new().days(days)
}

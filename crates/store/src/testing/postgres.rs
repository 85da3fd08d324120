//! PostgreSQL for tests, from Debian's package: a server of its own in memory (or the temporary folder), reached through a
//! socket, shared by all test processes that run at the same time, with a database for each test.
//!
//! Whoever uses the server holds a lock on a file. A small watcher, started with it, stops the server and removes its folder
//! when nobody holds that lock any more, also when the tests were killed.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::OnceCell;

use crate::postgres::session::{Purpose, Session};
use crate::{Fault, Location, Store, migration};

/// What tests say where there is no PostgreSQL.
pub const NOT_INSTALLED: &str =
    "PostgreSQL 15 is not installed: `make setup` (or apt-get install postgresql), then again";

/// A database of its own, migrated and empty; dropped with this value.
#[derive(Debug)]
pub struct Database {
    name: String,
    server: Server,
    /// Where it is.
    pub location: Location,
}

impl Database {
    /// A new one on the shared server. `None`, and a line on the error output, where PostgreSQL is not installed.
    ///
    /// # Panics
    /// Where the server cannot be started.
    pub async fn new() -> Option<Self> {
        static SHARED: OnceLock<Option<(Server, File)>> = OnceLock::new();
        static TEMPLATE: OnceCell<String> = OnceCell::const_new();
        let Some((server, _held)) = SHARED.get_or_init(shared) else {
            say_passed_over();
            return None;
        };
        let template = TEMPLATE.get_or_init(|| template(server)).await;
        Some(Self::on(server, &format!("TEMPLATE {template}")).await)
    }

    /// A new one on this server; `options` of `CREATE DATABASE`. It is as empty as its template.
    ///
    /// # Panics
    /// Where it cannot be made.
    pub async fn on(server: &Server, options: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("t{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let text = format!("CREATE DATABASE {name} {options}");
        server.sql(&[&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"), &text]).await;
        Self { location: server.location(&name), server: server.clone(), name }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), std::mem::take(&mut self.name));
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let text = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            runtime.map(|runtime| runtime.block_on(server.try_sql(&[&text])))
        });
        let _ = dropping.join();
    }
}

/// A server's folder: its data and its socket.
#[derive(Debug, Clone)]
pub struct Server {
    folder: PathBuf,
}

impl Server {
    /// The address of a database.
    pub fn location(&self, database: &str) -> Location {
        let host = self.folder.display().to_string().replace('/', "%2F");
        Location::Postgres(format!("postgres://postgres@{host}/{database}"))
    }

    /// Starts it and waits until it answers; after a crash it recovers first.
    ///
    /// # Panics
    /// Where it does not start.
    pub fn start(&self) {
        let data = self.folder.join("data");
        // A socket that a killed server has left belongs to nobody.
        let log = self.folder.join("log");
        let done =
            run(&["pg_ctl", "--wait", "--timeout=120", "--silent", "--pgdata"], &[&data], &["--log"], &[&log], "start");
        done.unwrap_or_else(|why| {
            panic!("PostgreSQL does not start: {why}\n{}", std::fs::read_to_string(&log).unwrap_or_default())
        });
    }

    /// Stops it: what is under way is rolled back, connections are closed.
    ///
    /// # Panics
    /// Where it does not stop.
    pub fn stop(&self) {
        let data = self.folder.join("data");
        let done = run(&["pg_ctl", "--wait", "--silent", "--mode=fast", "--pgdata"], &[&data], &[], &[], "stop");
        done.unwrap_or_else(|why| panic!("PostgreSQL does not stop: {why}"));
    }

    /// The server's process, which owns all others of it.
    ///
    /// # Panics
    /// Where it does not run.
    pub fn process(&self) -> u32 {
        let path = self.folder.join("data/postmaster.pid");
        let page = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let first = page.lines().next().and_then(|line| line.trim().parse().ok());
        first.unwrap_or_else(|| panic!("{} names no process", path.display()))
    }

    /// Kills the server's process without a warning, as a crash would.
    ///
    /// # Panics
    /// Where it does not run.
    pub fn kill(&self) {
        let pid = self.process().to_string();
        let killed = Command::new("kill").args(["-9", &pid]).status();
        assert!(killed.is_ok_and(|status| status.success()), "process {pid} is not ours to kill");
        // Its children notice by themselves; the folder is free when the last has gone.
        let data = self.folder.join("data");
        for _ in 0..200 {
            if run(&["pg_ctl", "--pgdata"], &[&data], &[], &[], "status").is_err() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(25));
        }
    }

    /// Stops it at once and removes its folder.
    pub fn remove(&self) {
        let data = self.folder.join("data");
        let _ = run(&["pg_ctl", "--wait", "--silent", "--mode=immediate", "--pgdata"], &[&data], &[], &[], "stop");
        let _ = std::fs::remove_dir_all(&self.folder);
    }

    fn make(&self, settings: &str) {
        let data = self.folder.join("data");
        let _ = std::fs::remove_dir_all(&self.folder);
        let made = std::fs::create_dir_all(&self.folder).map_err(|e| e.to_string());
        made.and_then(|()| give(&self.folder)).unwrap_or_else(|e| panic!("{}: {e}", self.folder.display()));
        let options =
            ["initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--pgdata"];
        run(&options, &[&data], &[], &[], "").unwrap_or_else(|why| panic!("initdb: {why}"));
        let common = format!(
            "listen_addresses = ''\nunix_socket_directories = '{}'\nmax_connections = 200\nshared_buffers = 64MB\n\
             max_wal_size = 256MB\nautovacuum_naptime = 10min\n{settings}\n",
            self.folder.display()
        );
        let conf = data.join("postgresql.auto.conf");
        std::fs::write(&conf, common).unwrap_or_else(|e| panic!("{}: {e}", conf.display()));
    }

    /// Carries out texts outside any transaction, on the database of the server's own.
    ///
    /// # Panics
    /// Where one is refused.
    pub async fn sql(&self, texts: &[&str]) {
        self.try_sql(texts).await.unwrap_or_else(|e| panic!("{texts:?}: {e}"));
    }

    async fn try_sql(&self, texts: &[&str]) -> Result<(), Fault> {
        let Location::Postgres(url) = self.location("postgres") else { return Ok(()) };
        let session = Session::connect(&url, Purpose::Keep).await?;
        for text in texts {
            session.batch(text).await?;
        }
        Ok(())
    }
}

/// A server of one test's own, which may be stopped and killed; gone with this value, or soon after the test was killed.
#[derive(Debug)]
pub struct Alone {
    /// The server.
    pub server: Server,
    use_path: PathBuf,
    _held: File,
}

impl Alone {
    /// Starts one in memory with these settings. `None`, and a line on the error output, where PostgreSQL is not installed.
    ///
    /// # Panics
    /// Where it cannot be started.
    pub fn in_memory(settings: &str) -> Option<Self> {
        Self::under(&memory(), settings)
    }

    /// Starts one in the temporary folder, on a disk that keeps what it was told to keep.
    ///
    /// # Panics
    /// Where it cannot be started.
    pub fn on_disk(settings: &str) -> Option<Self> {
        Self::under(&std::env::temp_dir(), settings)
    }

    fn under(base: &Path, settings: &str) -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        if programs().is_none() {
            say_passed_over();
            return None;
        }
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let server = Server { folder: base.join(format!("budayang-postgres-{}-{number}", std::process::id())) };
        let use_path = PathBuf::from(format!("{}.use", server.folder.display()));
        let held = locked(&use_path);
        held.lock_shared().unwrap_or_else(|e| panic!("{}: {e}", use_path.display()));
        server.make(settings);
        server.start();
        watch(&server, &use_path);
        Some(Self { server, use_path, _held: held })
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        self.server.remove();
        let _ = std::fs::remove_file(&self.use_path);
    }
}

/// Carries out a text on a migrated database, as `testing::create` does.
pub(super) async fn execute(location: &Location, sql: &str) -> Result<(), Fault> {
    let Location::Postgres(url) = location else { return Ok(()) };
    let session = Session::connect(url, Purpose::Keep).await?;
    Ok(session.batch(&sql.replace(" BLOB", " BYTEA")).await?)
}

/// Says once in a process that a test was passed over.
fn say_passed_over() {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "passed over: {NOT_INSTALLED}");
}

/// A migrated database to copy, made by whoever comes first.
async fn template(server: &Server) -> String {
    let texts = migration::texts();
    let fingerprint = texts.iter().flat_map(|(name, sql)| name.bytes().chain(sql.bytes()));
    let sum = fingerprint.fold(0_u64, |sum, byte| sum.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte));
    let name = format!("budayang_{sum:x}");
    let path = server.folder.join(&name);
    let lock = locked(&path);
    lock.lock().unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    if lock.metadata().is_ok_and(|file| file.len() == 0) {
        server.sql(&[&format!("DROP DATABASE IF EXISTS {name}"), &format!("CREATE DATABASE {name}")]).await;
        Store::migrate(&server.location(&name)).await.unwrap_or_else(|e| panic!("{e}"));
        std::fs::write(&path, "migrated").unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    }
    name
}

/// The server that all test processes share, and the lock that says it is in use.
fn shared() -> Option<(Server, File)> {
    programs()?;
    let folder = memory().join(format!("budayang-postgres-{}", user()));
    let beside = |suffix: &str| PathBuf::from(format!("{}.{suffix}", folder.display()));
    let (use_path, start_path) = (beside("use"), beside("start"));
    let held = locked(&use_path);
    held.lock_shared().unwrap_or_else(|e| panic!("{}: {e}", use_path.display()));
    let starting = locked(&start_path);
    starting.lock().unwrap_or_else(|e| panic!("{}: {e}", start_path.display()));
    let server = Server { folder: folder.clone() };
    let ready = folder.join("ready");
    let runs = || run(&["pg_ctl", "--pgdata"], &[&folder.join("data")], &[], &[], "status").is_ok();
    if !(ready.exists() && runs()) {
        server.make("autovacuum = off");
        server.start();
        watch(&server, &use_path);
        std::fs::write(&ready, "").unwrap_or_else(|e| panic!("{}: {e}", ready.display()));
    }
    Some((server, held))
}

/// Where files cost no disk, if there is such a place.
fn memory() -> PathBuf {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() }
}

/// Starts the watcher: a shell in a session of its own that outlives the tests.
fn watch(server: &Server, use_path: &Path) {
    let script = "while sleep 5; do test -d \"$2\" || exit; flock --nonblock --exclusive \"$1\" sh -c \
        '\"$@\" stop; rm -rf \"$0\"' \"$2\" $3 --silent --mode=immediate --pgdata \"$2/data\" && exit; done";
    let (program, mut words) = as_server("pg_ctl");
    words.insert(0, program);
    let done = Command::new("setsid")
        .args(["sh", "-c", script, "watch"])
        .arg(use_path)
        .arg(&server.folder)
        .arg(words.join(" "))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    done.map(drop).unwrap_or_else(|e| panic!("no watcher: {e}"));
}

fn locked(path: &Path) -> File {
    let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o666).open(path);
    opened.unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Where Debian's package puts the programs of version 15 or later.
fn programs() -> Option<PathBuf> {
    let found = std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    let version = |entry: &std::fs::DirEntry| entry.file_name().to_string_lossy().parse::<u32>().ok();
    let newest = found.filter(|entry| version(entry) >= Some(15)).max_by_key(version)?;
    Some(newest.path().join("bin")).filter(|bin| bin.join("initdb").exists())
}

fn user() -> u32 {
    std::fs::metadata("/proc/self").map_or(0, |me| me.uid())
}

/// A program of the server's and the words before it: the server refuses to run as root, so root becomes `postgres`.
fn as_server(program: &str) -> (String, Vec<String>) {
    let path = programs().map_or_else(|| program.into(), |bin| bin.join(program)).display().to_string();
    if user() != 0 {
        return (path, Vec::new());
    }
    let words = ["--reuid=postgres", "--regid=postgres", "--init-groups"].map(str::to_owned);
    ("setpriv".to_owned(), words.into_iter().chain([path]).collect())
}

/// Gives a folder to the user the server runs as.
fn give(folder: &Path) -> Result<(), String> {
    if user() != 0 {
        return Ok(());
    }
    let done = Command::new("chown").arg("postgres").arg(folder).status();
    if done.is_ok_and(|status| status.success()) { Ok(()) } else { Err("there is no user postgres".into()) }
}

/// Runs one of the server's programs: words, paths, words, paths, a last word.
fn run(words: &[&str], paths: &[&Path], more: &[&str], others: &[&Path], last: &str) -> Result<(), String> {
    let (program, before) = as_server(words[0]);
    let mut command = Command::new(program);
    command.args(before).args(&words[1..]).args(paths).args(more).args(others);
    if !last.is_empty() {
        command.arg(last);
    }
    // Files, not pipes: a server that was started keeps them open.
    let out = command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    match out {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{} {last}: {status}", words[0])),
        Err(e) => Err(format!("{}: {e}", words[0])),
    }
}

//! A witness in a process of its own, and a log whose operator has written it twice.

use std::collections::HashMap;
use std::fs;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use evidence::Hash;
use evidence::checkpoint::Checkpoint;
use evidence::key::{Algorithm, KeyPair, PublicKey, Signer as _};
use evidence::note;
use evidence::tree::{Frontier, NodeId, consistency_proof, empty_root, leaf_hash};
use evidence::witness::Request;
use kernel::SeededEntropy;
use tempfile::TempDir;

use super::world::{Server, at, program, run};

const ORIGIN: &str = "log.example/gx";

/// Twenty leaves, of which those from the eighth on depend on the branch.
struct Log {
    key: KeyPair,
    nodes: HashMap<NodeId, Hash>,
    roots: Vec<Hash>,
}

impl Log {
    fn new(branch: u8) -> Self {
        let (mut frontier, mut nodes, mut roots) = (Frontier::new(), HashMap::new(), vec![empty_root()]);
        for i in 0..20_u8 {
            let leaf = leaf_hash(&[i, if i < 8 { 0 } else { branch }]);
            frontier.push_with(leaf, |id, hash| assert_eq!(nodes.insert(id, hash), None)).unwrap();
            roots.push(frontier.root());
        }
        let key = KeyPair::generate(Algorithm::Ed25519, ORIGIN, &SeededEntropy::new(5)).unwrap();
        Self { key, nodes, roots }
    }

    fn note(&self, size: usize) -> String {
        Checkpoint::new(ORIGIN, size as u64, self.roots[size]).sign(&[&self.key]).unwrap()
    }

    fn ask(&self, old: usize, size: usize) -> Request {
        let proof = consistency_proof(old.min(size) as u64, old.max(size) as u64, &self.nodes).unwrap();
        Request { old: old as u64, proof, note: self.note(size) }
    }
}

struct Witness {
    folder: TempDir,
    key: PublicKey,
}

impl Witness {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let passphrase = folder.path().join("passphrase");
        fs::write(&passphrase, "between us\n").unwrap();
        fs::set_permissions(&passphrase, fs::Permissions::from_mode(0o600)).unwrap();
        let home = folder.path().join("witness");
        let words =
            ["witness", "init", at(&home), "--name", "witness.example/liuzhou", "--passphrase-file", at(&passphrase)];
        let told = run(&[&words[..], &["--json"]].concat());
        assert_eq!(told.code, 0, "{}", told.err);
        assert_ne!(run(&words).code, 0, "a key is never written over");
        Self { key: told.json()["key"].as_str().unwrap().parse().unwrap(), folder }
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("witness")
    }

    fn serve(&self, log: &PublicKey) -> Server {
        let (home, passphrase, log) = (self.home(), self.folder.path().join("passphrase"), log.to_string());
        let words = ["witness", "serve", at(&home), "--passphrase-file", at(&passphrase), "--listen", "127.0.0.1:0"];
        Server::start(program(&[&words[..], &["--log-key", &log]].concat()))
    }

    /// The notes kept as evidence, by the ends of their names.
    fn evidence(&self, end: &str) -> Vec<String> {
        let logs = fs::read_dir(self.home()).unwrap().map(|entry| entry.unwrap().path().join("evidence"));
        let files = logs.filter(|folder| folder.is_dir()).flat_map(|folder| fs::read_dir(folder).unwrap());
        let files = files.map(|entry| entry.unwrap().path());
        files
            .filter(|path| path.to_string_lossy().ends_with(end))
            .map(|path| fs::read_to_string(path).unwrap())
            .collect()
    }
}

/// Status and body.
fn ask(server: &Server, request: &Request) -> (u16, String) {
    let stream = TcpStream::connect(&server.address).unwrap();
    let answer = server.over(stream, "POST", "/add-checkpoint", ("", &request.to_text())).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

/// The checkpoint is signed by both.
fn is_cosigned(log: &Log, witness: &Witness, size: usize, line: &str) {
    let known = [log.key.public().clone(), witness.key.clone()];
    assert_eq!(note::open(&format!("{}{line}", log.note(size)), &known).unwrap().signed_by.len(), 2);
}

#[test]
fn a_witness_refuses_a_forked_log_and_keeps_both_heads_also_after_it_was_killed() {
    let (log, forked, witness) = (Log::new(1), Log::new(2), Witness::new());
    let server = witness.serve(log.key.public());
    assert!(server.ask("GET", "/key", "").ends_with(&format!("{}\n", witness.key)));
    let (status, line) = ask(&server, &log.ask(0, 12));
    assert_eq!(status, 200, "{line}");
    is_cosigned(&log, &witness, 12, &line);
    // The other branch, at the same size: two roots, which is proof.
    assert_eq!(ask(&server, &forked.ask(12, 12)).0, 409);
    // Killed, not stopped; another process finds what it remembered.
    drop(server);
    let server = witness.serve(log.key.public());
    assert_eq!(ask(&server, &forked.ask(0, 20)), (409, "12\n".to_owned()), "it does not begin anew");
    assert_eq!(ask(&server, &forked.ask(12, 20)).0, 422);
    let notes = |mut all: Vec<String>| {
        all.sort();
        all
    };
    assert_eq!(notes(witness.evidence("-known")), vec![log.note(12); 2]);
    assert_eq!(notes(witness.evidence("-offered")), notes(vec![forked.note(12), forked.note(20)]));
    // The honest branch goes on, and a size that it has passed is signed as well.
    for (old, size) in [(12, 20), (20, 20), (20, 8)] {
        let (status, line) = ask(&server, &log.ask(old, size));
        assert_eq!(status, 200, "{line}");
        is_cosigned(&log, &witness, size, &line);
    }
    assert_eq!(server.stop().0, 0);
}

#[test]
fn what_is_no_request_and_who_is_not_watched_is_told_so() {
    let (log, witness) = (Log::new(1), Witness::new());
    let server = witness.serve(log.key.public());
    let foreign = KeyPair::generate(Algorithm::Ed25519, "log.example/other", &SeededEntropy::new(6)).unwrap();
    let other = Checkpoint::new("log.example/other", 12, log.roots[12]).sign(&[&foreign]).unwrap();
    assert_eq!(ask(&server, &Request { note: other, ..log.ask(0, 12) }).0, 404);
    let forged = Checkpoint::new(ORIGIN, 12, log.roots[12]).sign(&[&foreign]).unwrap();
    assert_eq!(ask(&server, &Request { note: forged, ..log.ask(0, 12) }).0, 403);
    let stream = TcpStream::connect(&server.address).unwrap();
    let answer = server.over(stream, "POST", "/add-checkpoint", ("", "old x\n\ny")).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("first line"), "{answer}");
    assert_eq!(witness.evidence("-known"), Vec::<String>::new());
    // One folder, one process.
    let (home, passphrase) = (witness.home(), witness.folder.path().join("passphrase"));
    let key = log.key.public().to_string();
    let words = ["witness", "serve", at(&home), "--passphrase-file", at(&passphrase), "--log-key", &key];
    let second = run(&[&words[..], &["--listen", "127.0.0.1:0"]].concat());
    assert!(second.code != 0 && second.err.contains("one process"), "{}", second.err);
    assert!(run(&[&words[..], &["--listen", "0.0.0.0:8070"]].concat()).err.contains("TLS"));
}

#[test]
fn a_head_that_cannot_be_read_stops_the_witness() {
    let (log, witness) = (Log::new(1), Witness::new());
    let server = witness.serve(log.key.public());
    assert_eq!(ask(&server, &log.ask(0, 12)).0, 200);
    drop(server);
    let logs = fs::read_dir(witness.home()).unwrap().map(|entry| entry.unwrap().path().join("head"));
    let heads: Vec<PathBuf> = logs.filter(|path| path.is_file()).collect();
    let [head] = &heads[..] else { panic!("{heads:?}") };
    fs::write(Path::new(head), log.note(12).replace("12", "13")).unwrap();
    let (home, passphrase) = (witness.home(), witness.folder.path().join("passphrase"));
    let key = log.key.public().to_string();
    let words = ["witness", "serve", at(&home), "--passphrase-file", at(&passphrase), "--log-key", &key];
    let told = run(&[&words[..], &["--listen", "127.0.0.1:0"]].concat());
    assert!(told.code != 0 && told.err.contains("could sign a fork"), "{}", told.err);
}

#[test]
fn an_office_has_its_log_cosigned_and_shows_by_whom() {
    let scratch = TempDir::new().unwrap();
    let told = super::upkeep::init(scratch.path(), &scratch.path().join("office")).json();
    let log_key: PublicKey = told["log_keys"][0].as_str().unwrap().parse().unwrap();
    let witness = Witness::new();
    let watching = witness.serve(&log_key);
    let config = scratch.path().join("budayang.toml");
    let text = format!(
        "data = {:?}\nlisten = \"127.0.0.1:0\"\npublic_origin = \"http://127.0.0.1\"\npassphrase_file = {:?}\n\
         [log]\nlevel = \"error\"\n[witnesses.liuzhou]\nurl = \"http://{}\"\nkey = \"{}\"\n",
        scratch.path().join("office"),
        scratch.path().join("passphrase"),
        watching.address,
        witness.key
    );
    fs::write(&config, text).unwrap();
    let office = Server::start(program(&["serve", "--config", at(&config), "--plain"]));
    // The first round begins with the server; how long the machine takes for it is not this test's business.
    let until = std::time::Instant::now() + std::time::Duration::from_secs(30);
    let note = loop {
        let answer = office.ask("GET", "/log/witnessed", "");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        if head.contains(" 200 ") {
            break body.to_owned();
        }
        assert!(std::time::Instant::now() < until, "{answer}");
        std::thread::sleep(std::time::Duration::from_millis(50));
    };
    assert_eq!(note::open(&note, &[log_key, witness.key.clone()]).unwrap().signed_by.len(), 2);
    let page = office.ask("GET", "/log", "");
    assert!(page.contains(&witness.key.id().to_string()) && page.contains("没有异议"), "{page}");
    let remembered = fs::read_dir(witness.home())
        .unwrap()
        .filter_map(|entry| fs::read_to_string(entry.unwrap().path().join("head")).ok());
    let heads: Vec<String> = remembered.collect();
    assert!(note.starts_with(&heads[0]), "the witness remembers what it co-signed");
    assert_eq!(office.stop().0, 0);
}

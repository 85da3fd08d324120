//! A demonstration world for each test, the program run on it, and a plain HTTP client.

use std::fs;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

/// What the program answered.
pub(crate) struct Told {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Told {
    /// Every line as JSON.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
    }

    /// The only line as JSON.
    pub(crate) fn json(&self) -> Value {
        let mut lines = self.lines();
        assert_eq!(lines.len(), 1, "{} {}", self.out, self.err);
        lines.remove(0)
    }
}

/// Runs the program.
pub(crate) fn run(words: &[&str]) -> Told {
    let done = program(words).output().unwrap();
    Told {
        code: done.status.code().unwrap_or(-1),
        out: String::from_utf8(done.stdout).unwrap(),
        err: String::from_utf8(done.stderr).unwrap(),
    }
}

/// The program, to be started.
pub(crate) fn program(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_budayang"));
    for name in ["BUDAYANG_DATA", "BUDAYANG_PASSPHRASE", "BUDAYANG_PASSPHRASE_FILE", "BUDAYANG_CONFIG"] {
        command.env_remove(name);
    }
    command.args(words);
    command
}

/// A path as the command line takes it.
pub(crate) fn at(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A world of its own: prepared once in a process, then copied.
pub(crate) struct World {
    scratch: TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        static PREPARED: OnceLock<TempDir> = OnceLock::new();
        let prepared = PREPARED.get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            let told = run(&["demo", "--data", at(folder.path()), "--prepare-only"]);
            assert_eq!(told.code, 0, "{}", told.err);
            folder
        });
        let scratch = tempfile::tempdir().unwrap();
        let world = Self { scratch };
        copy(prepared.path(), &world.folder());
        world
    }

    /// The office's folder.
    pub(crate) fn folder(&self) -> PathBuf {
        self.scratch.path().join("demo")
    }

    /// A path beside it.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    /// Runs a command on this world.
    pub(crate) fn run(&self, words: &[&str]) -> Told {
        let folder = self.folder();
        run(&[words, &["--data", at(&folder)]].concat())
    }

    /// Its database, for those who tamper with it.
    pub(crate) fn database(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.folder().join("office.db")).unwrap()
    }
}

/// Copies a folder.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A server that runs; ended when dropped.
pub(crate) struct Server {
    child: Child,
    out: BufReader<ChildStdout>,
    /// Host and port.
    pub(crate) address: String,
}

impl Server {
    /// Starts the program with these words and waits for its address.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut told = String::new();
        let address = loop {
            let mut line = String::new();
            assert_ne!(out.read_line(&mut line).unwrap(), 0, "it ended before it listened:\n{told}");
            let address = line.trim().strip_prefix("listening on ");
            if let Some(address) = address.and_then(|a| a.strip_prefix("http://").or(a.strip_prefix("https://"))) {
                break address.to_owned();
            }
            told.push_str(&line);
        };
        Self { child, out, address }
    }

    /// Asks as a browser does that shows this site; gives the whole answer, head and body.
    pub(crate) fn ask(&self, method: &str, path: &str, more: &str) -> String {
        self.over(TcpStream::connect(&self.address).unwrap(), method, path, (more, "")).unwrap()
    }

    /// The same over any stream to it, with further lines of the head and a form.
    pub(crate) fn over(
        &self,
        mut stream: impl Read + Write,
        method: &str,
        path: &str,
        (more, form): (&str, &str),
    ) -> std::io::Result<String> {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nSec-Fetch-Site: same-origin\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n{more}Content-Length: {}\r\n\r\n{form}",
            self.address,
            form.len()
        );
        stream.write_all(head.as_bytes())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    /// Asks the server to stop, as a service manager does; gives the exit code and what it said last.
    pub(crate) fn stop(mut self) -> (i32, String) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code().unwrap_or(-1), rest)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

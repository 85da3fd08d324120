//! Our own TLS: a client that trusts the certificate is served, and nobody else.

use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use tempfile::tempdir;

use super::upkeep::init;
use super::world::{Server, at, program, run};

/// A certificate for this machine's own address and its key; `None`, and a line that says so, where there is no openssl.
#[expect(clippy::print_stderr, reason = "who runs the tests is told what was passed over")]
fn certificate(folder: &Path, name: &str) -> Option<(PathBuf, PathBuf)> {
    let (certificate, key) = (folder.join(format!("{name}.pem")), folder.join(format!("{name}.key")));
    let words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1 \
                 -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE";
    let files = ["-keyout", at(&key), "-out", at(&certificate)];
    match Command::new("openssl").args(words.split_whitespace()).args(files).output() {
        Ok(done) => assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr)),
        Err(_) => {
            eprintln!("passed over: openssl is not installed");
            return None;
        }
    }
    Some((certificate, key))
}

fn config(folder: &Path, (certificate, key): &(PathBuf, PathBuf)) -> PathBuf {
    let config = folder.join("budayang.toml");
    let office = folder.join("office");
    fs::write(
        &config,
        format!(
            "data = {office:?}\nlisten = \"127.0.0.1:0\"\npublic_origin = \"https://127.0.0.1\"\npassphrase_file = {:?}\n\
             [tls]\ncertificate = {certificate:?}\nkey = {key:?}\n[log]\nlevel = \"error\"\n",
            folder.join("passphrase")
        ),
    )
    .unwrap();
    config
}

/// A stream to the server for a client that trusts these certificates.
fn encrypted(server: &Server, trusted: &[&Path]) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    for path in trusted {
        roots.add(CertificateDer::from_pem_file(path).unwrap()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let client = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let client = client.with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let connection = ClientConnection::new(Arc::new(client), name).unwrap();
    StreamOwned::new(connection, TcpStream::connect(&server.address).unwrap())
}

#[test]
fn whoever_trusts_the_certificate_is_served_and_the_session_never_travels_in_the_clear() {
    let folder = tempdir().unwrap();
    let Some(files) = certificate(folder.path(), "own") else { return };
    let (stranger, _) = certificate(folder.path(), "stranger").unwrap();
    let told = init(folder.path(), &folder.path().join("office")).json();
    let server = Server::start(program(&["serve", "--config", at(&config(folder.path(), &files))]));
    let ask = |method: &str, path: &str, form: &str| {
        server.over(encrypted(&server, &[&files.0]), method, path, ("", form)).unwrap()
    };

    let home = ask("GET", "/?lang=en", "");
    assert!(home.starts_with("HTTP/1.1 200"), "{home}");
    let head = home.split("\r\n\r\n").next().unwrap().to_lowercase();
    assert!(head.contains("strict-transport-security: max-age=63072000"), "{head}");
    assert!(head.contains("language=en") && head.contains("; secure"), "{head}");
    let entered = ask("POST", told["link"].as_str().unwrap(), "password=a+long+enough+one&again=a+long+enough+one");
    assert!(entered.contains("__Host-session=") && entered.contains("Secure"), "{entered}");

    let untrusting = server.over(encrypted(&server, &[&stranger]), "GET", "/", ("", ""));
    assert!(untrusting.unwrap_err().to_string().contains("certificate"));
    let plain = server.over(TcpStream::connect(&server.address).unwrap(), "GET", "/", ("", "")).unwrap_or_default();
    assert!(!plain.contains("200 OK") && !plain.contains("<html"), "{plain}");
    assert_eq!(server.stop().0, 0);
}

#[test]
fn a_key_that_does_not_belong_to_the_certificate_and_a_file_that_holds_none_are_named() {
    let folder = tempdir().unwrap();
    let Some((own, _)) = certificate(folder.path(), "own") else { return };
    let (_, other) = certificate(folder.path(), "other").unwrap();
    assert_eq!(init(folder.path(), &folder.path().join("office")).code, 0);
    let empty = folder.path().join("empty.pem");
    fs::write(&empty, "nothing").unwrap();
    for key in [&other, &empty] {
        let config = config(folder.path(), &(own.clone(), key.clone()));
        let told = run(&["serve", "--config", at(&config)]);
        assert_eq!(told.code, 1, "{}{}", told.out, told.err);
        assert!(told.err.contains("cannot use") && told.err.contains(at(key)), "{}", told.err);
        assert!(!told.out.contains("listening"), "it says that it listens and does not: {}", told.out);
    }
    let gone = config(folder.path(), &(own, folder.path().join("gone.key")));
    let told = run(&["serve", "--config", at(&gone), "--check"]);
    assert!(told.code == 1 && told.err.contains("tls.key") && told.err.contains("gone.key"), "{}", told.err);
}

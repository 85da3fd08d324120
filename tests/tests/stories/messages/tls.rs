//! A mail through TLS: from the first byte, and after STARTTLS, to a server whose certificate an authority of our own
//! signed. Who is vouched for by nobody we trust gets no letter, and neither does one that offers no TLS.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::*;

/// An authority and what it signed; `None`, and a line that says so, where there is no openssl.
struct Authority {
    root: PathBuf,
    certificate: PathBuf,
    key: PathBuf,
}

#[expect(clippy::print_stderr, reason = "who runs the tests is told what was passed over")]
fn openssl(folder: &Path, words: &str) -> bool {
    match Command::new("openssl").current_dir(folder).args(words.split_whitespace()).output() {
        Ok(done) => {
            assert!(done.status.success(), "{words}: {}", String::from_utf8_lossy(&done.stderr));
            true
        }
        Err(_) => {
            eprintln!("passed over: openssl is not installed");
            false
        }
    }
}

fn authority(folder: &Path, name: &str) -> Option<Authority> {
    let new = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    let at = |ending: &str| folder.join(format!("{name}{ending}"));
    fs::write(at(".ext"), "subjectAltName=IP:127.0.0.1\nbasicConstraints=critical,CA:FALSE\n").unwrap();
    let root = format!(
        "req -x509 {new} -days 2 -subj /CN={name} -addext basicConstraints=critical,CA:TRUE -keyout {name}.root.key -out {name}.root.pem"
    );
    let asked = format!("req -new {new} -subj /CN=mail -keyout {name}.key -out {name}.csr");
    let signed = format!(
        "x509 -req -in {name}.csr -CA {name}.root.pem -CAkey {name}.root.key -CAcreateserial -days 2 -extfile {name}.ext -out {name}.pem"
    );
    let made = [root, asked, signed].iter().all(|words| openssl(folder, words));
    made.then(|| Authority { root: at(".root.pem"), certificate: at(".pem"), key: at(".key") })
}

fn acceptor(authority: &Authority) -> TlsAcceptor {
    let chain = vec![CertificateDer::from_pem_file(&authority.certificate).unwrap()];
    let key = PrivateKeyDer::from_pem_file(&authority.key).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let server = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    TlsAcceptor::from(Arc::new(server.with_no_client_auth().with_single_cert(chain, key).unwrap()))
}

/// A mail server before the letterbox that speaks TLS: from the first byte, or once it is asked to.
async fn guarded(authority: &Authority, letterbox: SocketAddr, start: bool) -> SocketAddr {
    let (listener, acceptor) = (TcpListener::bind("127.0.0.1:0").await.unwrap(), acceptor(authority));
    let at = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let Ok((stream, _)) = listener.accept().await else { continue };
            tokio::spawn(talk(stream, (acceptor.clone(), letterbox, start)));
        }
    });
    at
}

async fn talk(stream: TcpStream, (acceptor, letterbox, start): (TlsAcceptor, SocketAddr, bool)) -> Option<()> {
    let stream = if start { asked_to_start(stream).await? } else { stream };
    // A client that does not trust the certificate hangs up here.
    let mut outside = acceptor.accept(stream).await.ok()?;
    let mut inside = TcpStream::connect(letterbox).await.ok()?;
    if start {
        // The greeting went out before TLS began.
        let mut line = String::new();
        let mut reader = BufReader::with_capacity(1, &mut inside);
        reader.read_line(&mut line).await.ok()?;
    }
    copy_bidirectional(&mut outside, &mut inside).await.ok().map(|_| ())
}

/// Speaks in the clear until the client asks for TLS; a client that goes on without it is hung up on.
async fn asked_to_start(stream: TcpStream) -> Option<TcpStream> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 mail.example ESMTP\r\n").await.ok()?;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        match line.trim_end().to_ascii_uppercase().split(' ').next() {
            Some("EHLO") => stream.write_all(b"250-mail.example\r\n250 STARTTLS\r\n").await.ok()?,
            Some("STARTTLS") => {
                stream.write_all(b"220 go on\r\n").await.ok()?;
                return Some(stream.into_inner());
            }
            _ => return None,
        }
    }
}

fn mail_carrier(address: SocketAddr, tls: SmtpTls, root: &Path) -> SmtpCarrier {
    SmtpCarrier::new(SmtpServer {
        host: address.ip().to_string(),
        port: address.port(),
        tls,
        credentials: None,
        from: "不打烊 <no-reply@zwfw.example>".into(),
        certificates: root.to_owned(),
        timeout: Duration::from_secs(5),
    })
    .unwrap()
}

#[tokio::test]
async fn a_mail_goes_through_tls_to_whom_our_authority_vouches_for_and_to_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let Some(ours) = authority(folder.path(), "ours") else { return };
    let Some(theirs) = authority(folder.path(), "theirs") else { return };
    let post = letterbox(Arc::new(kernel::FixedClock::default()), 8).await;
    let (wrapped, started) = (guarded(&ours, post.smtp, false).await, guarded(&ours, post.smtp, true).await);
    for (at, tls, number) in [(wrapped, SmtpTls::Tls, 1), (started, SmtpTls::StartTls, 2)] {
        let taken = mail_carrier(at, tls, &ours.root).hand(&letter("wei@example.cn", number)).await;
        assert!(taken.is_ok(), "{tls:?}: {taken:?}");
        let arrived = post.letters.arrived();
        assert_eq!(arrived.len(), usize::try_from(number).unwrap());
        let last = arrived.last().unwrap();
        assert_eq!((last.to.as_str(), last.subject.as_str()), ("wei@example.cn", "主题：已准予"), "{tls:?}");
        assert_eq!(last.text, "第一行\n.第二行，点开头", "{tls:?}");
    }
    // Vouched for by a stranger; TLS to one that speaks none; in the clear to one that asks for TLS.
    let unheard = [
        (wrapped, SmtpTls::Tls, &theirs.root),
        (started, SmtpTls::StartTls, &theirs.root),
        (post.smtp, SmtpTls::Tls, &ours.root),
        (post.smtp, SmtpTls::StartTls, &ours.root),
    ];
    for (n, (at, tls, root)) in unheard.into_iter().enumerate() {
        let answer = mail_carrier(at, tls, root).hand(&letter("wei@example.cn", 9)).await;
        assert!(matches!(answer, Err(Hindrance::NotTaken(_))), "case {n}: {answer:?}");
    }
    assert_eq!(post.letters.arrived().len(), 2, "nothing went anywhere else");
}

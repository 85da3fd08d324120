//! OpenSSL's command line as the second opinion on our signatures: ours verify there, its verify here.

use std::path::Path;
use std::process::{Command, Output};

use evidence::key::{Algorithm, KeyPair, PublicKey, SignatureFault, Signer as _};
use kernel::SeededEntropy;
use tempfile::TempDir;

const MESSAGE: &[u8] = "执业药师延续注册 granted at midnight\n".as_bytes();
const DISTID: &str = "distid:1234567812345678";

/// The fixed beginnings of a public key in SubjectPublicKeyInfo, up to the key bytes.
fn spki_prefix(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Ed25519 => "302a300506032b6570032100",
        Algorithm::Sm2 => "3059301306072a8648ce3d020106082a811ccf5501822d034200",
        Algorithm::P256 => "3059301306072a8648ce3d020106082a8648ce3d030107034200",
    }
}

fn openssl(folder: &Path, arguments: &[&str]) -> Output {
    Command::new("openssl").current_dir(folder).args(arguments).output().expect("openssl was there a moment ago")
}

/// A folder with the message in it, or nothing where there is no OpenSSL.
fn desk() -> Option<TempDir> {
    if Command::new("openssl").arg("version").output().is_err() {
        println!("skipped: no openssl on the PATH, so signatures were not cross-checked");
        return None;
    }
    let desk = tempfile::tempdir().unwrap();
    std::fs::write(desk.path().join("message"), MESSAGE).unwrap();
    Some(desk)
}

/// `r ‖ s` as the SEQUENCE of two INTEGERs OpenSSL wants.
fn to_der(raw: &[u8]) -> Vec<u8> {
    let integer = |number: &[u8]| {
        let digits: Vec<u8> = number.iter().copied().skip_while(|byte| *byte == 0).collect();
        let zero: &[u8] = if digits[0] >= 0x80 { &[0] } else { &[] };
        [&[2, (zero.len() + digits.len()) as u8], zero, &digits].concat()
    };
    let body = [integer(&raw[..32]), integer(&raw[32..])].concat();
    [&[0x30, body.len() as u8], &body[..]].concat()
}

fn from_der(der: &[u8]) -> Vec<u8> {
    let integer = |at: usize| {
        let length = usize::from(der[at + 1]);
        let digits = &der[at + 2..at + 2 + length];
        let start = digits.len().saturating_sub(32);
        ([vec![0; 32 - (digits.len() - start)], digits[start..].to_vec()].concat(), at + 2 + length)
    };
    let (r, next) = integer(2);
    [r, integer(next).0].concat()
}

fn verify_arguments(algorithm: Algorithm) -> Vec<&'static str> {
    match algorithm {
        Algorithm::Ed25519 => {
            vec![
                "pkeyutl",
                "-verify",
                "-rawin",
                "-pubin",
                "-keyform",
                "DER",
                "-inkey",
                "public",
                "-in",
                "message",
                "-sigfile",
                "signature",
            ]
        }
        Algorithm::Sm2 => {
            vec![
                "dgst",
                "-sm3",
                "-sigopt",
                DISTID,
                "-keyform",
                "DER",
                "-verify",
                "public",
                "-signature",
                "signature",
                "message",
            ]
        }
        Algorithm::P256 => {
            vec!["dgst", "-sha256", "-keyform", "DER", "-verify", "public", "-signature", "signature", "message"]
        }
    }
}

#[test]
fn openssl_verifies_our_signatures_and_refuses_altered_text() {
    let Some(desk) = desk() else { return };
    for (seed, algorithm) in (1..).zip(Algorithm::ALL.into_iter().cycle().take(9)) {
        let key = KeyPair::generate(algorithm, "log.example/one", &SeededEntropy::new(seed)).unwrap();
        let public = [hex::decode(spki_prefix(algorithm)).unwrap(), key.public().bytes().to_vec()].concat();
        std::fs::write(desk.path().join("public"), public).unwrap();
        for (message, good) in [(MESSAGE, true), (b"something else", false)] {
            let raw = key.sign(message).unwrap();
            let written = if algorithm == Algorithm::Ed25519 { raw.to_vec() } else { to_der(&raw) };
            std::fs::write(desk.path().join("signature"), written).unwrap();
            let answer = openssl(desk.path(), &verify_arguments(algorithm));
            assert_eq!(answer.status.success(), good, "{algorithm:?}: {}", String::from_utf8_lossy(&answer.stderr));
        }
    }
}

#[test]
fn we_verify_openssls_signatures_and_refuse_altered_text() {
    let Some(desk) = desk() else { return };
    for algorithm in Algorithm::ALL {
        let (make, sign): (&[&str], &[&str]) = match algorithm {
            Algorithm::Ed25519 => (
                &["-algorithm", "ED25519"],
                &["pkeyutl", "-sign", "-rawin", "-inkey", "key", "-in", "message", "-out", "signature"],
            ),
            Algorithm::Sm2 => (
                &["-algorithm", "SM2"],
                &["dgst", "-sm3", "-sigopt", DISTID, "-sign", "key", "-out", "signature", "message"],
            ),
            Algorithm::P256 => (
                &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
                &["dgst", "-sha256", "-sign", "key", "-out", "signature", "message"],
            ),
        };
        assert!(openssl(desk.path(), &[&["genpkey", "-out", "key"], make].concat()).status.success());
        assert!(
            openssl(desk.path(), &["pkey", "-in", "key", "-pubout", "-outform", "DER", "-out", "public"])
                .status
                .success()
        );
        assert!(openssl(desk.path(), sign).status.success());
        let public = std::fs::read(desk.path().join("public")).unwrap();
        let prefix = hex::decode(spki_prefix(algorithm)).unwrap();
        let key = PublicKey::new("openssl", algorithm, public.strip_prefix(&prefix[..]).unwrap()).unwrap();
        let signature = std::fs::read(desk.path().join("signature")).unwrap();
        let raw = if algorithm == Algorithm::Ed25519 { signature } else { from_der(&signature) };
        assert_eq!(key.verify(MESSAGE, &raw), Ok(()), "{algorithm:?}");
        assert_eq!(key.verify(b"something else", &raw), Err(SignatureFault::Mismatch));
    }
}

#[test]
fn an_sm2_signature_without_the_identity_is_another_signature() {
    let Some(desk) = desk() else { return };
    openssl(desk.path(), &["genpkey", "-out", "key", "-algorithm", "SM2"]);
    openssl(desk.path(), &["pkey", "-in", "key", "-pubout", "-outform", "DER", "-out", "public"]);
    openssl(desk.path(), &["dgst", "-sm3", "-sign", "key", "-out", "signature", "message"]);
    let public = std::fs::read(desk.path().join("public")).unwrap();
    let key = PublicKey::new("openssl", Algorithm::Sm2, &public[public.len() - 65..]).unwrap();
    let raw = from_der(&std::fs::read(desk.path().join("signature")).unwrap());
    assert_eq!(
        key.verify(MESSAGE, &raw),
        Err(SignatureFault::Mismatch),
        "the command line's default identity is empty"
    );
}

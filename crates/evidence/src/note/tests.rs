//! Tests of `note`: tables of cases, and properties.

use kernel::SeededEntropy;

use super::*;
use crate::key::{Algorithm, KeyPair};

fn key(algorithm: Algorithm, name: &str, seed: u64) -> KeyPair {
    KeyPair::generate(algorithm, name, &SeededEntropy::new(seed)).unwrap()
}

#[test]
fn a_note_with_three_signatures_opens_with_each() {
    let keys = Algorithm::ALL.map(|algorithm| key(algorithm, "log.example/one", 7));
    let signed = sign("一\n\ntwo\n", &[&keys[0], &keys[1], &keys[2]]).unwrap();
    for key in &keys {
        let opened = open(&signed, &[key.public().clone()]).unwrap();
        assert_eq!((opened.text, opened.signed_by), ("一\n\ntwo\n", vec![key.public().id().clone()]));
    }
    let all = keys.each_ref().map(|key| key.public().clone());
    assert_eq!(open(&signed, &all).unwrap().signed_by.len(), 3);
}

#[test]
fn go_s_note_package_and_we_agree() {
    // The published example of golang.org/x/mod/sumdb/note.
    let key: PublicKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW".parse().unwrap();
    let text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    let line =
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    assert_eq!(open(&format!("{text}\n{line}"), &[key]).unwrap().text, text);
}

#[test]
fn signatures_of_unknown_keys_are_ignored_and_bad_ones_of_known_keys_are_not() {
    let (ours, witness) = (key(Algorithm::Ed25519, "log.example/one", 1), key(Algorithm::Sm2, "witness.example", 2));
    let signed = sign("text\n", &[&witness, &ours]).unwrap();
    let known = [ours.public().clone()];
    assert_eq!(open(&signed, &known).unwrap().signed_by, [ours.public().id().clone()]);

    // Same name, other id: another key.
    let twin = key(Algorithm::Ed25519, "log.example/one", 3);
    let rotated = signed.clone() + &signature_line("text\n", &twin).unwrap();
    assert_eq!(open(&rotated, &known).unwrap().signed_by.len(), 1);

    // The witness's line signs another text: nobody who does not know the witness is bothered, whoever does refuses all.
    let lying = sign("text\n", &[&ours]).unwrap() + &signature_line("other\n", &witness).unwrap();
    assert!(open(&lying, &known).is_ok());
    let both = [ours.public().clone(), witness.public().clone()];
    assert_eq!(open(&lying, &both).unwrap_err().code(), "signature_mismatch");
    assert_eq!(open(&lying, &[twin.public().clone()]), Err(NoteError::NoKnownKey));
    assert_eq!(open(&lying, &[]), Err(NoteError::NoKnownKey));
    let twice = [ours.public().clone(), ours.public().clone()];
    assert_eq!(open(&signed, &twice).unwrap_err().code(), "note_ambiguous_key");
}

#[test]
fn sixteen_witnesses_fit_and_a_flood_does_not() {
    let ours = key(Algorithm::Ed25519, "log.example/one", 1);
    let mut signed = sign("text\n", &[&ours]).unwrap();
    let stranger = key(Algorithm::Ed25519, "stranger", 2);
    let line = signature_line("text\n", &stranger).unwrap();
    for _ in 0..MAX_SIGNATURES - 1 {
        signed.push_str(&line);
    }
    assert!(open(&signed, &[ours.public().clone()]).is_ok());
    signed.push_str(&line);
    assert_eq!(open(&signed, &[ours.public().clone()]), Err(NoteError::TooManySignatures));
    assert!(matches!(read(&"x".repeat(MAX_BYTES + 1)), Err(NoteError::TooLong(_))));
}

#[test]
fn damaged_notes_say_what_is_wrong() {
    let ours = key(Algorithm::Ed25519, "log.example/one", 1);
    let good = sign("text\n", &[&ours]).unwrap();
    let known = [ours.public().clone()];
    let cases = [
        (good.trim_end().to_owned(), "note_text"),
        (good.replace('\n', "\r\n"), "note_text"),
        (good.replace("text", "te\txt"), "note_text"),
        (good.replace("text", "test"), "signature_mismatch"),
        (good.replace("\n\n", "\n"), "note_unsigned"),
        ("text\n\n".to_owned(), "note_unsigned"),
        ("\n\n".to_owned(), "note_unsigned"),
        (String::new(), "note_text"),
        (good.replace("— ", "- "), "note_signature_line"),
        (good.replace("— ", "—  "), "note_signature_line"),
        (good.replace("— log", "— l og"), "note_signature_line"),
        (good.replace("— ", "—"), "note_signature_line"),
        (format!("{good}trailing\n"), "note_signature_line"),
        (good.replace("=\n", "\n"), "note_signature_line"),
        ("text\n\n— log.example/one AAAA\n".to_owned(), "note_signature_line"),
        ("text\n\n— log.example/one AAAAAA==\n".to_owned(), "note_signature_line"),
    ];
    for (note, code) in cases {
        assert_eq!(open(&note, &known).unwrap_err().code(), code, "{note:?}");
    }
    // One more empty line moves the border between text and signatures, so the signature is over another text.
    assert_eq!(open(&good.replace("text\n", "text\n\n"), &known).unwrap_err().code(), "signature_mismatch");
    assert_eq!(sign("no newline", &[&ours]), Err(NoteError::Text));
    assert_eq!(sign("text\n", &[]), Err(NoteError::NoSignatures));
}

#[test]
fn a_signature_cut_short_by_one_byte_is_refused() {
    let ours = key(Algorithm::Sm2, "log.example/one", 1);
    let id = ours.public().id();
    let signature = ours.sign(b"text\n").unwrap();
    for length in [4 + 63, 4 + 65] {
        let bytes = [&id.hash().to_be_bytes()[..], &signature, &[0]].concat()[..length].to_vec();
        let note = format!("text\n\n— {} {}\n", id.name(), STANDARD.encode(bytes));
        assert_eq!(open(&note, &[ours.public().clone()]).unwrap_err().code(), "signature_length");
    }
}

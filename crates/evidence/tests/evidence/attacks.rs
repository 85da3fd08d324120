//! The attacks on signatures, sealed documents and the log that the reference page lists: each must be refused, and each
//! by its own reason, because "invalid" helps neither the clerk at the counter nor the one who has to find the hole.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use evidence::checkpoint::{Checkpoint, LogIdentity, accept_newer};
use evidence::key::{Algorithm, KeyPair, PublicKey, SM2_IDENTITY, Setting, Signature, SignatureFault, Signer};
use evidence::seal::{Draft, Question, Refusal, seal, verify};
use evidence::tree::{Frontier, leaf_hash, node_hash, verify_inclusion};
use evidence::trust::{Entry, TrustList};
use kernel::{Moment, SeededEntropy};
use serde_json::{Value, json};
use sm3::{Digest as _, Sm3};

const KIND: &str = "budayang/licence@v1";
const NAME: &str = "gx.example/licences";

fn key(algorithm: Algorithm, name: &str, seed: u64) -> KeyPair {
    KeyPair::generate(algorithm, name, &SeededEntropy::new(seed)).unwrap()
}

fn moment(text: &str) -> Moment {
    text.parse().unwrap()
}

fn entry(key: &KeyPair, issuer: &str, scope: &str) -> Entry {
    Entry {
        key: key.public().clone(),
        issuer: issuer.into(),
        scopes: vec![scope.into()],
        valid_from: moment("2026-01-01T00:00:00Z"),
        valid_to: moment("2027-01-01T00:00:00Z"),
        revoked_at: None,
    }
}

/// The office under attack, and the others the reader trusts for other things.
struct World {
    office: KeyPair,
    p256: KeyPair,
    neighbour: KeyPair,
    demonstration: KeyPair,
    trust: TrustList,
}

fn world() -> World {
    let office = key(Algorithm::Sm2, NAME, 1);
    let p256 = key(Algorithm::P256, "gx.example/web", 2);
    let neighbour = key(Algorithm::Sm2, "gd.example/licences", 3);
    let demonstration = key(Algorithm::Sm2, "demonstration/licences", 4);
    let entries = vec![
        entry(&office, "gx-mpa", "450000/pharmacist"),
        entry(&p256, "gx-mpa", "450000/pharmacist"),
        entry(&neighbour, "gd-mpa", "440000/pharmacist"),
        entry(&demonstration, "gx-mpa", "450000/pharmacist"),
    ];
    let trust = TrustList::new(Setting::Production, 1, entries).unwrap();
    World { office, p256, neighbour, demonstration, trust }
}

fn sealed_as(key: &dyn Signer, issuer: &str, scope: &str, name: &str) -> String {
    let payload = json!({"holder": name, "number": "450000-1"});
    let issued_at = moment("2026-11-23T04:00:00Z");
    seal(&Draft { kind: KIND, issuer, scope, issued_at, payload: &payload }, key).unwrap()
}

fn good(world: &World) -> String {
    sealed_as(&world.office, "gx-mpa", "450000/pharmacist", "韦明月")
}

fn ask(world: &World, text: &[u8]) -> Result<(), Refusal> {
    let question = Question { kind: KIND, now: moment("2026-11-24T00:00:00Z"), logged_at: None };
    verify(text, &world.trust, &question).map(|_| ())
}

/// The document with one member set and signed anew by `key` over whatever it then says: what an attacker with a key of
/// their own, or a careless issuer, would produce.
fn resealed(text: &str, key: &dyn Signer, member: &str, value: Value) -> String {
    let mut document: Value = serde_json::from_str(text).unwrap();
    document.as_object_mut().unwrap().remove("sig");
    document[member] = value;
    let signed = format!("budayang/seal@v1\n{}", evidence::canonical::canonical_value(&document).unwrap());
    document["sig"] = json!(STANDARD.encode(key.sign(signed.as_bytes()).unwrap()));
    evidence::canonical::canonical_value(&document).unwrap()
}

/// The document with another signature.
fn with_signature(text: &str, signature: &[u8]) -> String {
    let mut document: Value = serde_json::from_str(text).unwrap();
    document["sig"] = json!(STANDARD.encode(signature));
    evidence::canonical::canonical_value(&document).unwrap()
}

fn signature_of(text: &str) -> Vec<u8> {
    let document: Value = serde_json::from_str(text).unwrap();
    STANDARD.decode(document["sig"].as_str().unwrap()).unwrap()
}

#[test]
fn altered_documents() {
    let world = world();
    let good = good(&world);
    assert_eq!(ask(&world, good.as_bytes()), Ok(()));
    let nfd = good.replace("韦明月", "e\u{301}");
    let big = format!("{{\"a\":\"{}\"}}", "x".repeat(1 << 20));
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("another holder", good.replace("韦明月", "韦明日").into(), "signature_mismatch"),
        ("another number", good.replace("450000-1", "450000-2").into(), "signature_mismatch"),
        ("a later date", good.replace("11-23T04", "11-23T05").into(), "signature_mismatch"),
        ("a wider scope", good.replace("450000/pharmacist", "450000").into(), "signature_mismatch"),
        ("another kind", good.replace("licence@v1", "ruling@v1").into(), "signature_mismatch"),
        ("a decomposed name", nfd.into(), "signature_mismatch"),
        ("text in front", format!("valid: {good}").into(), "not_json"),
        ("text behind", format!("{good} valid").into(), "not_json"),
        ("a newline behind", format!("{good}\n").into(), "not_canonical"),
        ("a space inside", good.replacen(':', ": ", 1).into(), "not_canonical"),
        ("an escaped letter", good.replace("韦", "\\u97e6").into(), "not_canonical"),
        ("keys in another order", reordered(&good).into(), "not_canonical"),
        ("the holder twice", good.replace("\"holder\":", "\"holder\":\"x\",\"holder\":").into(), "duplicate_key"),
        ("a byte order mark", [b"\xef\xbb\xbf", good.as_bytes()].concat(), "byte_order_mark"),
        (
            "GBK instead of UTF-8",
            good.as_bytes().iter().map(|b| if *b == 0xe9 { 0xce } else { *b }).collect(),
            "not_utf8",
        ),
        ("an unknown member", good.replacen('{', "{\"aaa\":1,", 1).into(), "shape"),
        ("no signature", good.replacen("\"sig\":", "\"sih\":", 1).into(), "shape"),
        ("a list around it", format!("[{good}]").into(), "shape"),
        ("a megabyte", big.into(), "too_long"),
        ("nothing", vec![], "not_json"),
    ];
    for (what, text, code) in cases {
        assert_ne!(text, good.as_bytes(), "{what}");
        assert_eq!(ask(&world, &text).unwrap_err().code(), code, "{what}");
    }
}

fn reordered(text: &str) -> String {
    let alg = "\"alg\":\"sm2-sm3\",";
    let rest = text.replacen(alg, "", 1);
    format!("{},{}}}", &rest[..rest.len() - 1], &alg[..alg.len() - 1])
}

#[test]
fn every_single_altered_byte() {
    let world = world();
    let good = good(&world).into_bytes();
    for i in 0..good.len() {
        for change in [1_u8, 0x20] {
            let mut text = good.clone();
            text[i] ^= change;
            assert!(ask(&world, &text).is_err(), "byte {i}");
        }
    }
}

#[test]
fn keys_and_algorithms() {
    let world = world();
    let good = good(&world);
    let sm2_id = world.office.public().id().to_string();
    let p256_id = world.p256.public().id().to_string();
    // The same point under the same name, but taken for P-256: the id differs, so it is another, unknown key.
    let stranger = key(Algorithm::Sm2, NAME, 99);
    let by_p256 = sealed_as(&world.p256, "gx-mpa", "450000/pharmacist", "韦明月");
    let cases = [
        ("alg none", resealed(&good, &world.office, "alg", json!("none")), "unknown_algorithm"),
        ("alg SM2", resealed(&good, &world.office, "alg", json!("SM2-SM3")), "unknown_algorithm"),
        ("alg HS256", resealed(&good, &world.office, "alg", json!("HS256")), "unknown_algorithm"),
        ("alg null", resealed(&good, &world.office, "alg", Value::Null), "shape"),
        ("alg of another key", resealed(&good, &world.office, "alg", json!("ecdsa-p256-sha256")), "other_algorithm"),
        ("a P-256 key used as SM2", resealed(&by_p256, &world.p256, "alg", json!("sm2-sm3")), "other_algorithm"),
        ("kid of another key", resealed(&good, &world.office, "kid", json!(p256_id)), "other_algorithm"),
        (
            "kid of a stranger",
            resealed(&good, &stranger, "kid", json!(stranger.public().id().to_string())),
            "unknown_key",
        ),
        ("a stranger under our kid", resealed(&good, &stranger, "kid", json!(sm2_id)), "signature_mismatch"),
        ("kid path traversal", resealed(&good, &world.office, "kid", json!("../../etc/key+00000000")), "key_id"),
        ("kid as a number", resealed(&good, &world.office, "kid", json!(1)), "shape"),
        ("kid in capitals", resealed(&good, &world.office, "kid", json!(sm2_id.to_uppercase())), "unknown_key_or_id"),
        ("kid without id", resealed(&good, &world.office, "kid", json!(NAME)), "key_id"),
        (
            "another issuer's key for ours",
            sealed_as(&world.neighbour, "gx-mpa", "440000/pharmacist", "韦明月"),
            "other_issuer",
        ),
        (
            "an issuer outside its region",
            sealed_as(&world.neighbour, "gd-mpa", "450000/pharmacist", "韦明月"),
            "out_of_scope",
        ),
        (
            "a scope that only begins alike",
            sealed_as(&world.office, "gx-mpa", "450000/pharmacist-x", "韦明月"),
            "out_of_scope",
        ),
        (
            "climbing out of the scope",
            resealed(&good, &world.office, "scope", json!("450000/pharmacist/../x")),
            "out_of_scope",
        ),
        (
            "a demonstration key in production",
            sealed_as(&world.demonstration, "gx-mpa", "450000/pharmacist", "韦明月"),
            "demonstration_key",
        ),
        ("another kind of document", resealed(&good, &world.office, "typ", json!("budayang/receipt@v1")), "other_kind"),
        ("a date without milliseconds", resealed(&good, &world.office, "iat", json!("2026-11-23T04:00:00Z")), "shape"),
        (
            "a date with another offset",
            resealed(&good, &world.office, "iat", json!("2026-11-23T12:00:00.000+08:00")),
            "shape",
        ),
    ];
    for (what, text, code) in cases {
        let got = ask(&world, text.as_bytes()).unwrap_err().code();
        let expected = if code == "unknown_key_or_id" { ["unknown_key", "key_id"].contains(&got) } else { got == code };
        assert!(expected, "{what}: {got}");
    }
}

/// The order of the SM2 group less `number`.
fn order_less(number: &[u8]) -> [u8; 32] {
    let order = hex::decode("fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123").unwrap();
    let (mut out, mut borrow) = ([0; 32], 0);
    for i in (0..32).rev() {
        let (a, b) = (i32::from(order[i]), i32::from(number[i]) + borrow);
        borrow = i32::from(a < b);
        out[i] = (a - b + 256 * borrow) as u8;
    }
    out
}

fn der(r: &[u8], s: &[u8]) -> Vec<u8> {
    let integer = |n: &[u8]| [&[2, n.len() as u8 + 1, 0], n].concat();
    let body = [integer(r), integer(s)].concat();
    [&[0x30, body.len() as u8], &body[..]].concat()
}

#[test]
fn signature_encodings() {
    let world = world();
    let good = good(&world);
    let raw = signature_of(&good);
    let (r, s) = raw.split_at(32);
    let order = order_less(&[0; 32]);
    let zero = [0; 32];
    let cases: [(&str, Vec<u8>, &str); 13] = [
        ("DER", der(r, s), "signature_der"),
        ("empty", vec![], "signature_length"),
        ("r and s with their zeroes stripped", raw[1..].to_vec(), "signature_length"),
        ("one byte more", [&raw[..], &[0]].concat(), "signature_length"),
        ("r = 0", [&zero, s].concat(), "signature_zero"),
        ("s = 0", [r, &zero].concat(), "signature_zero"),
        ("r = n", [&order, s].concat(), "signature_out_of_range"),
        ("s = n", [r, &order].concat(), "signature_out_of_range"),
        ("r of 32 bytes of ff", [&[0xff; 32], s].concat(), "signature_out_of_range"),
        ("r + s = n", [r, &order_less(r)].concat(), "signature_sum_is_order"),
        ("r and s exchanged", [s, r].concat(), "signature_mismatch"),
        ("the twin of s", [r, &order_less(s)].concat(), "signature_mismatch"),
        ("all ones", vec![1; 64], "signature_mismatch"),
    ];
    for (what, signature, code) in cases {
        assert_eq!(ask(&world, with_signature(&good, &signature).as_bytes()).unwrap_err().code(), code, "{what}");
    }
    let text: Value = serde_json::from_str(&good).unwrap();
    let loose = good.replace(text["sig"].as_str().unwrap(), text["sig"].as_str().unwrap().trim_end_matches('='));
    assert_eq!(ask(&world, loose.as_bytes()).unwrap_err().code(), "signature_text", "base64 without its padding");
}

#[test]
fn an_ecdsa_twin_is_a_second_good_signature_so_signatures_are_no_identity() {
    let key = key(Algorithm::P256, NAME, 5);
    let signature = key.sign(b"text").unwrap();
    let parsed = p256::ecdsa::Signature::from_slice(&signature).unwrap();
    let (r, s) = parsed.split_scalars();
    let twin = p256::ecdsa::Signature::from_scalars(*r, -*s).unwrap();
    assert_ne!(twin.to_bytes()[..], signature[..]);
    assert_eq!(key.public().verify(b"text", &twin.to_bytes()), Ok(()));
}

#[test]
fn ed25519_with_s_beyond_the_order_is_refused_by_name() {
    let key = key(Algorithm::Ed25519, NAME, 5);
    let mut signature: Signature = key.sign(b"text").unwrap();
    // Adding the group's order to S gives the same S to a careless verifier.
    let order = hex::decode("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010").unwrap();
    let mut carry = 0;
    for (byte, add) in signature[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        (*byte, carry) = (sum as u8, sum >> 8);
    }
    assert_eq!(key.public().verify(b"text", &signature), Err(SignatureFault::OutOfRange));
    assert_eq!(key.public().verify(b"text", &[0; 64]), Err(SignatureFault::Mismatch), "R of small order");
}

/// Z ‖ message hashed as SM2 does it, with the identity given.
fn sm2_digest(public: &PublicKey, identity: &str, message: &[u8]) -> [u8; 32] {
    let curve = "fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc\
                 28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93\
                 32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7\
                 bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0";
    let bits = (identity.len() as u16 * 8).to_be_bytes();
    let z = Sm3::new().chain_update(bits).chain_update(identity).chain_update(hex::decode(curve).unwrap());
    let z = z.chain_update(&public.bytes()[1..]).finalize();
    Sm3::new().chain_update(z).chain_update(message).finalize().into()
}

#[test]
fn an_sm2_signature_that_leads_to_the_point_at_infinity() {
    use sm2::elliptic_curve::ops::Reduce as _;
    let secret = [7; 32];
    let key = KeyPair::from_secret(Algorithm::Sm2, NAME, &secret).unwrap();
    let d = **sm2::dsa::SigningKey::from_slice(SM2_IDENTITY, &secret).unwrap().as_nonzero_scalar();
    // Choose r = e and s so that s·G + (r + s)·P is infinity, whose "x" a careless verifier takes for zero.
    let digest = sm2_digest(key.public(), SM2_IDENTITY, b"text");
    let r = sm2::Scalar::reduce(&sm2::FieldBytes::from(digest));
    let s = -(r * d) * (sm2::Scalar::ONE + d).invert().unwrap();
    let forged = sm2::dsa::Signature::from_scalars(r, s).unwrap().to_bytes();
    assert_eq!(key.public().verify(b"text", &forged), Err(SignatureFault::Mismatch));
    // The digest above is the one the key really signs, or the forgery would prove nothing.
    let honest = sm2::dsa::SigningKey::from_slice(SM2_IDENTITY, &secret).unwrap();
    let prehashed = sm2::dsa::signature::hazmat::PrehashSigner::sign_prehash(&honest, &digest).unwrap();
    let prehashed: sm2::dsa::Signature = prehashed;
    assert_eq!(key.public().verify(b"text", &prehashed.to_bytes()), Ok(()));
}

#[test]
fn an_sm2_signature_under_another_identity() {
    for identity in ["", "1234567812345679", "ALICE123@YAHOO.COM"] {
        let secret = [7; 32];
        let key = KeyPair::from_secret(Algorithm::Sm2, NAME, &secret).unwrap();
        let other = sm2::dsa::SigningKey::from_slice(identity, &secret).unwrap();
        let signature: sm2::dsa::Signature = sm2::dsa::signature::Signer::sign(&other, b"text");
        assert_eq!(key.public().verify(b"text", &signature.to_bytes()), Err(SignatureFault::Mismatch), "{identity:?}");
    }
}

#[test]
fn another_deployment_with_the_same_names() {
    let world = world();
    let impostor = key(Algorithm::Sm2, NAME, 77);
    let text = sealed_as(&impostor, "gx-mpa", "450000/pharmacist", "韦明月");
    assert_eq!(ask(&world, text.as_bytes()).unwrap_err().code(), "unknown_key");
    let log = LogIdentity { origin: NAME.into(), keys: vec![world.office.public().clone()] };
    let checkpoint = Checkpoint::new(NAME, 1, leaf_hash(b"x")).sign(&[&impostor]).unwrap();
    assert_eq!(log.open(&checkpoint).unwrap_err().code(), "note_unknown_key");
}

#[test]
fn a_seal_is_no_checkpoint_and_a_checkpoint_no_seal() {
    let world = world();
    let checkpoint = Checkpoint::new(NAME, 1, leaf_hash(b"x"));
    let signature = world.office.sign(checkpoint.to_text().unwrap().as_bytes()).unwrap();
    assert_eq!(
        ask(&world, with_signature(&good(&world), &signature).as_bytes()).unwrap_err().code(),
        "signature_mismatch"
    );
    let note = checkpoint.sign(&[&world.office]).unwrap();
    assert_eq!(ask(&world, note.as_bytes()).unwrap_err().code(), "not_json");
}

#[test]
fn split_view_rollback_and_fork_of_the_log() {
    let grow = |acts: &[&str]| {
        let mut tree = Frontier::new();
        acts.iter().for_each(|act| _ = tree.push(leaf_hash(act.as_bytes())).unwrap());
        Checkpoint::new(NAME, tree.size(), tree.root())
    };
    let known = grow(&["a", "b", "c"]);
    let cases = [
        ("same size, other root", grow(&["a", "b", "x"]), "two_roots"),
        ("rolled back", grow(&["a", "b"]), "size_backwards"),
        ("rolled back to nothing", grow(&[]), "size_backwards"),
        ("forked from the middle", grow(&["a", "x", "c", "d"]), "inconsistent"),
    ];
    for (what, newer, code) in cases {
        let claimed = [leaf_hash(b"c"), leaf_hash(b"d"), node_hash(&leaf_hash(b"a"), &leaf_hash(b"b"))];
        assert_eq!(accept_newer(&known, &newer, &claimed).unwrap_err().code(), code, "{what}");
    }
    let honest = [leaf_hash(b"c"), leaf_hash(b"d"), node_hash(&leaf_hash(b"a"), &leaf_hash(b"b"))];
    assert_eq!(accept_newer(&known, &grow(&["a", "b", "c", "d"]), &honest), Ok(()), "the same proof, an honest log");
}

#[test]
fn a_leaf_made_of_two_hashes_is_not_the_node_above_them() {
    let (a, b) = (leaf_hash(b"a"), leaf_hash(b"b"));
    let root = node_hash(&a, &b);
    let forged = leaf_hash(&[a.0, b.0].concat());
    assert!(verify_inclusion(&forged, 0, 1, &[], &root).is_err());
    assert!(verify_inclusion(&root, 0, 1, &[], &root).is_ok(), "only whoever skips the leaf hash could be fooled");
}

//! Tests of `key`: tables of cases, and properties.

use kernel::SeededEntropy;
use proptest::prelude::*;

use super::*;

const NAME: &str = "log.example/450000";

fn key(algorithm: Algorithm, seed: u64) -> KeyPair {
    KeyPair::generate(algorithm, NAME, &SeededEntropy::new(seed)).unwrap()
}

fn bytes<const N: usize>(hex: &str) -> [u8; N] {
    hex::decode(hex).unwrap().try_into().unwrap()
}

#[test]
fn the_example_of_gb_t_32918_5() {
    let secret = bytes("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8");
    let key = KeyPair::from_secret(Algorithm::Sm2, NAME, &secret).unwrap();
    let public = "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020\
                  ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13";
    assert_eq!(hex::encode(key.public().bytes()), public);
    let signature: Signature = bytes(
        "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3\
         b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa",
    );
    assert_eq!(key.public().verify(b"message digest", &signature), Ok(()));
    assert_eq!(key.public().verify(b"message digesu", &signature), Err(SignatureFault::Mismatch));
}

#[test]
fn the_examples_of_sm3() {
    use sm3::Digest as _;
    let hex = |text: &str| hex::encode(sm3::Sm3::digest(text));
    assert_eq!(hex("abc"), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    assert_eq!(hex(&"abcd".repeat(16)), "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
}

#[test]
fn the_first_example_of_rfc_8032() {
    let secret = bytes("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    let key = KeyPair::from_secret(Algorithm::Ed25519, NAME, &secret).unwrap();
    assert_eq!(hex::encode(key.public().bytes()), "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    assert_eq!(
        hex::encode(key.sign(b"").unwrap()),
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    );
}

#[test]
fn the_p256_example_of_rfc_6979() {
    let secret = bytes("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721");
    let key = KeyPair::from_secret(Algorithm::P256, NAME, &secret).unwrap();
    assert_eq!(
        hex::encode(key.sign(b"sample").unwrap()),
        "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716\
         f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
    );
}

#[test]
fn a_key_signs_and_verifies_and_no_other_key_does() {
    for algorithm in Algorithm::ALL {
        let (ours, other) = (key(algorithm, 1), key(algorithm, 2));
        let signature = ours.sign("不打烊".as_bytes()).unwrap();
        assert_eq!(ours.public().verify("不打烊".as_bytes(), &signature), Ok(()));
        assert_eq!(ours.public().verify("打烊".as_bytes(), &signature), Err(SignatureFault::Mismatch));
        assert_eq!(other.public().verify("不打烊".as_bytes(), &signature), Err(SignatureFault::Mismatch));
        assert_eq!(signature, ours.sign("不打烊".as_bytes()).unwrap(), "deterministic");
    }
}

#[test]
fn debug_shows_the_id_and_never_the_secret() {
    for algorithm in Algorithm::ALL {
        let key = key(algorithm, 4);
        let secret = hex::encode(*key.secret_bytes());
        let shown = format!("{key:?} {:?}", key.public());
        assert!(shown.starts_with("KeyPair(log.example/450000+"), "{shown}");
        assert!(!shown.to_lowercase().contains(&secret[..16]));
        assert!(!shown.contains(&format!("{:?}", key.secret_bytes()[0..4].to_vec())));
    }
}

#[test]
fn the_key_id_binds_name_algorithm_and_key() {
    let key = key(Algorithm::Sm2, 1);
    let renamed = PublicKey::new("log.example/other", Algorithm::Sm2, key.public().bytes()).unwrap();
    assert_ne!(renamed.id().hash(), key.public().id().hash());
    // SM2 and P-256 points have the same length; whatever lies on both curves would still have two ids.
    let hash = |algorithm: Algorithm| {
        use sha2::Digest as _;
        let typed = [NAME.as_bytes(), b"\n", algorithm.note_type(), key.public().bytes()].concat();
        hex::encode(&sha2::Sha256::digest(typed)[..4])
    };
    assert_eq!(format!("{NAME}+{}", hash(Algorithm::Sm2)), key.public().id().to_string());
    assert_ne!(hash(Algorithm::Sm2), hash(Algorithm::P256));
}

#[test]
fn a_public_key_has_one_text() {
    for algorithm in Algorithm::ALL {
        let public = key(algorithm, 3).public().clone();
        let text = public.to_string();
        assert_eq!(text.parse(), Ok(public.clone()));
        assert_eq!(public.id().to_string().parse(), Ok(public.id().clone()));
        let (head, tail) = text.split_at(NAME.len() + 10);
        let other_id = format!("{NAME}+00000000+{tail}");
        assert_eq!(other_id.parse::<PublicKey>(), Err(KeyError::IdMismatch));
        for bad in [head, tail, "", "++", &text[..text.len() - 4], &format!("x{text}"), &text.replacen('+', " ", 1)] {
            assert!(bad.parse::<PublicKey>().is_err(), "{bad}");
        }
        let upper = public.id().to_string().to_uppercase().replace(&NAME.to_uppercase(), NAME);
        assert!(upper == public.id().to_string() || upper.parse::<KeyId>().is_err(), "{upper}");
    }
}

#[test]
fn names_that_could_mislead_are_refused() {
    let long = "x".repeat(201);
    for bad in ["", "a b", "a+b", "a\nb", "../key", "a/../b", "a//b", "/a", "a/", ".", "全 角", &long, "a\u{a0}b"] {
        assert!(KeyPair::generate(Algorithm::Ed25519, bad, &SeededEntropy::new(1)).is_err(), "{bad:?}");
    }
    assert!(check_name("日志.广西/450000").is_ok());
}

#[test]
fn points_that_are_no_keys_are_refused() {
    let sm2 = key(Algorithm::Sm2, 1).public().bytes().to_vec();
    let p256 = key(Algorithm::P256, 1).public().bytes().to_vec();
    let mut off = sm2.clone();
    off[40] ^= 1;
    let compressed = [&[2], &sm2[1..33]].concat();
    let small_order = bytes::<32>("0100000000000000000000000000000000000000000000000000000000000000");
    let cases: [(&str, Algorithm, &[u8], &str); 10] = [
        ("an SM2 key as P-256", Algorithm::P256, &sm2, "not a point"),
        ("a P-256 key as SM2", Algorithm::Sm2, &p256, "not a point"),
        ("a P-256 key as Ed25519", Algorithm::Ed25519, &p256, "32 bytes, not 65"),
        ("off the curve", Algorithm::Sm2, &off, "not a point"),
        ("compressed", Algorithm::Sm2, &compressed, "65 bytes, not 33"),
        ("infinity", Algorithm::Sm2, &[0], "proves nothing"),
        ("infinity in 65 bytes", Algorithm::P256, &[0; 65], "proves nothing"),
        ("empty", Algorithm::Sm2, &[], "65 bytes, not 0"),
        ("small order", Algorithm::Ed25519, &small_order, "proves nothing"),
        ("hybrid form", Algorithm::Sm2, &[&[6], &sm2[1..]].concat(), "not a point"),
    ];
    for (what, algorithm, bytes, reason) in cases {
        let error = PublicKey::new(NAME, algorithm, bytes).unwrap_err().to_string();
        assert!(error.contains(reason), "{what}: {error}");
    }
}

#[test]
fn secrets_outside_the_group_are_refused() {
    let sm2_order = bytes("fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123");
    let below = bytes("fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54122");
    let refused = |algorithm, secret: &[u8; 32]| {
        KeyPair::from_secret(algorithm, NAME, secret).unwrap_err() == KeyError::SecretOutOfRange(algorithm)
    };
    assert!(refused(Algorithm::Sm2, &[0; 32]) && refused(Algorithm::P256, &[0; 32]));
    assert!(refused(Algorithm::Sm2, &sm2_order) && refused(Algorithm::Sm2, &[0xff; 32]));
    assert!(refused(Algorithm::Sm2, &below), "n - 1 cannot sign");
    assert!(refused(Algorithm::P256, &[0xff; 32]));
}

#[test]
fn a_demonstration_is_known_by_its_name() {
    for name in ["demonstration/gx", "demonstration.budayang/log", "gx/DEMONSTRATION/log", "log.demonstration"] {
        assert!(is_demonstration(name) && !Setting::Production.admits(name), "{name}");
        assert!(Setting::Demonstration.admits(name));
    }
    for name in ["log.gx.gov.cn/450000", "demonstrations/gx", "my-demonstration/gx"] {
        assert!(Setting::Production.admits(name), "{name}");
    }
}

const PASSPHRASE: &str = "三点钟的口令 at three";

fn sealed_key(algorithm: Algorithm) -> String {
    seal_key(&key(algorithm, 5), PASSPHRASE, Cost::LIGHT, &SeededEntropy::new(6)).unwrap()
}

#[test]
fn a_key_file_opens_with_its_passphrase_only() {
    for algorithm in Algorithm::ALL {
        let text = sealed_key(algorithm);
        let opened = open_key(&text, PASSPHRASE).unwrap();
        assert_eq!(opened.public(), key(algorithm, 5).public());
        assert_eq!(key_file_public(&text).unwrap(), *opened.public());
        assert_eq!(opened.sign(b"x"), key(algorithm, 5).sign(b"x"));
        assert_eq!(open_key(&text, "another passphrase").unwrap_err(), KeyFileError::WrongPassphrase);
        assert!(!text.contains(&hex::encode(*opened.secret_bytes())));
    }
    let short = seal_key(&key(Algorithm::Sm2, 5), "七个字符的口令", Cost::LIGHT, &SeededEntropy::new(6));
    assert_eq!(short, Err(KeyFileError::PassphraseTooShort));
}

#[test]
fn two_files_of_one_key_share_nothing_that_is_secret() {
    let again = seal_key(&key(Algorithm::Sm2, 5), PASSPHRASE, Cost::LIGHT, &SeededEntropy::new(7)).unwrap();
    let first = sealed_key(Algorithm::Sm2);
    let line = |text: &str, name: &str| text.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    for name in ["salt", "proof", "nonce", "secret"] {
        assert_ne!(line(&first, name), line(&again, name), "{name}");
    }
}

#[test]
fn an_altered_key_file_is_told_from_a_wrong_passphrase() {
    let text = sealed_key(Algorithm::Ed25519);
    for (i, c) in text.char_indices() {
        let other = if c == 'A' { "B" } else { "A" };
        let altered = format!("{}{other}{}", &text[..i], &text[i + c.len_utf8()..]);
        let error = open_key(&altered, PASSPHRASE).unwrap_err();
        assert_ne!(error, KeyFileError::WrongPassphrase, "character {i}");
    }
}

#[test]
fn whoever_mends_the_sum_still_cannot_alter_the_file() {
    use sha2::Digest as _;
    let mend = |text: String| {
        let body = &text[..text.rfind("sum: ").unwrap()];
        format!("{body}sum: {}\n", hex::encode(sha2::Sha256::digest(body)))
    };
    let text = sealed_key(Algorithm::Ed25519);
    let other = key(Algorithm::Ed25519, 9).public().to_string();
    let swapped = text.replace(&key(Algorithm::Ed25519, 5).public().to_string(), &other);
    assert_eq!(open_key(&mend(swapped), PASSPHRASE).unwrap_err(), KeyFileError::Altered, "another public key");
    let at = text.find("secret: ").unwrap() + 8;
    let mut secret = text.clone().into_bytes();
    secret[at] = if secret[at] == b'A' { b'B' } else { b'A' };
    let secret = mend(String::from_utf8(secret).unwrap());
    assert_eq!(open_key(&secret, PASSPHRASE).unwrap_err(), KeyFileError::Altered, "another ciphertext");
    let costly = mend(text.replace("m=8 t=1", "m=4000000 t=1"));
    assert_eq!(open_key(&costly, PASSPHRASE).unwrap_err(), KeyFileError::Cost, "no file may eat the machine");
    let later = mend(text.replace("key v1", "key v2"));
    assert_eq!(open_key(&later, PASSPHRASE).unwrap_err(), KeyFileError::Version("v2".into()));
}

#[test]
fn the_standard_cost_is_what_the_file_says() {
    let text = seal_key(&key(Algorithm::Sm2, 5), PASSPHRASE, Cost::STANDARD, &SeededEntropy::new(6)).unwrap();
    assert!(text.contains("\nkdf: argon2id m=65536 t=3 p=1\n"));
    assert!(open_key(&text, PASSPHRASE).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_is_signed_verifies_and_one_flipped_bit_does_not(
        message in prop::collection::vec(any::<u8>(), 0..300), seed in any::<u64>(), bit in 0..512_usize,
    ) {
        for algorithm in Algorithm::ALL {
            let key = key(algorithm, seed);
            let mut signature = key.sign(&message).unwrap();
            prop_assert_eq!(key.public().verify(&message, &signature), Ok(()));
            signature[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(key.public().verify(&message, &signature).is_err());
        }
    }
}

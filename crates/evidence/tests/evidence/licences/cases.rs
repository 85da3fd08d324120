//! The table: what is shown, to a reader with which lists, at what time; and what it must say.

use evidence::compact::{File, InBatch, Link};
use evidence::key::{Algorithm, Signer as _};
use evidence::tree::leaf_hash;
use kernel::{Entropy as _, SeededEntropy};
use serde_json::{Value, json};

use super::world::{ORIGIN, PAGE, World, details, key, moment};

pub(super) enum Shown {
    Text(String),
    File(Vec<u8>),
    Core(Vec<u8>),
}

pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) shown: Shown,
    pub(super) trust: &'static str,
    pub(super) status: Option<&'static str>,
    pub(super) proof: Option<String>,
    pub(super) now: &'static str,
    pub(super) colour: &'static str,
    /// The reasons' codes, in order.
    pub(super) codes: &'static str,
}

const NOW: &str = "2026-11-24T00:00:00Z";
const FINE: &str = "signature_holds in_its_days not_marked";

fn case(name: &'static str, shown: Shown, colour: &'static str, codes: &'static str) -> Case {
    Case { name, shown, trust: "good", status: Some("good"), proof: None, now: NOW, colour, codes }
}

pub(super) fn cases(world: &World) -> Vec<Case> {
    let groups = [
        genuine,
        hosts,
        addresses,
        bytes,
        signatures,
        keys,
        revoked_keys,
        clocks,
        days,
        marks,
        lists,
        files,
        proofs,
        batches,
    ];
    groups.iter().flat_map(|group| group(world)).collect()
}

fn genuine(world: &World) -> Vec<Case> {
    let printed = world.printed(|_| {});
    let digits = printed.split_once('#').unwrap().1.to_owned();
    let own = world.signed(&world.office, |_| {});
    let p256 = world.signed(&world.p256, |_| {});
    let core = |bytes| Shown::Core(bytes);
    let without_end = "signature_holds without_end not_marked";
    vec![
        case("a printed licence", Shown::Text(printed.clone()), "green", FINE),
        case("its digits alone", Shown::Text(digits), "green", FINE),
        case("under Ed25519", core(world.signed(&world.ed25519, |_| {})), "green", FINE),
        case("under P-256", core(p256.clone()), "green", FINE),
        case("the P-256 twin: another signature of the same licence", core(twin(&p256)), "green", FINE),
        case("a file with its details", Shown::File(world.file().to_text().unwrap().into()), "green", FINE),
        case("without an end", Shown::Text(world.printed(|core| core.valid_to = None)), "green", without_end),
        Case {
            proof: Some(world.proof(&own, "2026-11-23T04:00:00Z", |_| {}).to_text()),
            ..case("with its proof", core(own), "green", "in_log signature_holds in_its_days not_marked")
        },
        Case {
            status: Some("by_ed25519"),
            ..case("a list signed by the office's other key", Shown::Text(printed), "green", FINE)
        },
    ]
}

/// The signature with the group's order less s: as good as the first.
fn twin(signed: &[u8]) -> Vec<u8> {
    let (body, signature) = signed.split_at(signed.len() - 64);
    let signature = p256::ecdsa::Signature::from_slice(signature).unwrap();
    let (r, s) = signature.split_scalars();
    let twin = p256::ecdsa::Signature::from_scalars(*r, -*s).unwrap();
    [body, &twin.to_bytes()].concat()
}

fn hosts(world: &World) -> Vec<Case> {
    let printed = world.printed(|_| {});
    let on = |page: &str| Shown::Text(printed.replace(PAGE, page));
    let foreign = "foreign_host signature_holds in_its_days not_marked";
    vec![
        case("our host in capitals", on("HTTPS://ZWFW.EXAMPLE.GOV.CN/V"), "green", FINE),
        case("a foreign host", on("https://genuine.example/v"), "green", foreign),
        case("a host that looks like ours", on("https://zwfw.ехample.gov.cn/v"), "green", foreign),
        case("our host as a user's name", on("https://zwfw.example.gov.cn@evil.example/v"), "green", foreign),
        case("our host behind a backslash", on("https://evil.example\\@zwfw.example.gov.cn/v"), "green", foreign),
        case("our host in front of another", on("https://zwfw.example.gov.cn.evil.example/"), "green", foreign),
        case("our host with a port", on("https://zwfw.example.gov.cn:8443/v"), "green", foreign),
        case(
            "a forged licence on our own host",
            Shown::Text(Link::write(PAGE, &world.forced(&world.core(&world.office), &world.neighbour))),
            "red",
            "signature_mismatch",
        ),
    ]
}

fn addresses(world: &World) -> Vec<Case> {
    let printed = world.printed(|_| {});
    let digits = printed.split_once('#').unwrap().1;
    let red = |name, text: String| case(name, Shown::Text(text), "red", "not_digits");
    vec![
        red("nothing", String::new()),
        red("an address of ours without a licence", PAGE.into()),
        red("nothing behind the hash", format!("{PAGE}#")),
        red("a space behind", format!("{printed} ")),
        red("a digit more", format!("{printed}0")),
        red("a digit less", printed[..printed.len() - 1].into()),
        red("a letter for a zero", printed.replacen('0', "O", 1)),
        red("a digit of full width", format!("{PAGE}#{}", digits.replacen('1', "１", 1))),
        red("an escaped digit", format!("{PAGE}#{}", digits.replacen('1', "%31", 1))),
        red("a group beyond its bytes", format!("{PAGE}#{}", "9".repeat(17))),
        red("another address of the house", "https://zwfw.example.gov.cn/verify?code=1.2.156".into()),
        case("five thousand digits", Shown::Text("1".repeat(5000)), "red", "too_long"),
    ]
}

fn bytes(world: &World) -> Vec<Case> {
    let good = world.signed(&world.office, |_| {});
    let other = world.signed(&world.office, |core| core.holder = "韦明月".into());
    let (body, signature) = good.split_at(good.len() - 64);
    let red = |name, bytes: Vec<u8>, codes| case(name, Shown::Core(bytes), "red", codes);
    let spoiled = |from: &str, to: &str| {
        let wide = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
        let (from, to) = (wide(from), wide(to));
        let at = good.windows(from.len()).position(|window| window == from).unwrap();
        [&good[..at], &to, &good[at + from.len()..]].concat()
    };
    let with = |at: usize, cut: usize, put: &[u8]| [&good[..at], put, &good[at + cut..]].concat();
    vec![
        red("the version in two bytes", with(2, 1, &[0x18, 1]), "not_shortest"),
        red("a key in two bytes", with(3, 1, &[0x18, 1]), "not_shortest"),
        red("a map with a longer head", with(0, 1, &[0xb8, 13]), "not_shortest"),
        red("a map without length", with(0, 1, &[0xbf]), "unexpected_byte"),
        red("a tag in front", with(0, 0, &[0xd8, 0x37]), "unexpected_byte"),
        red("a field twice", with(3, 0, &[0, 1]), "field_order"),
        red("another version of the format", with(2, 1, &[2]), "bad_field"),
        red("an unknown field behind", [&[body[0] + 1][..], &body[1..], &[14, 0], signature].concat(), "unknown_field"),
        red("a field left out", [&[body[0] - 1][..], &body[3..], signature].concat(), "missing_field"),
        red("no bytes", vec![], "cut_short"),
        red("a signature and nothing else", signature.to_vec(), "cut_short"),
        red("half a licence", good[..good.len() / 2].to_vec(), "cut_short"),
        red("a byte in front", [&[0_u8][..], &good].concat(), "unexpected_byte"),
        red("a byte between", [body, &[0], signature].concat(), "trailing_bytes"),
        red("a byte behind", [&good[..], &[0]].concat(), "trailing_bytes"),
        red("a text in front", [&b"valid: "[..], &good].concat(), "unexpected_byte"),
        red("twice", [&good[..], &good].concat(), "trailing_bytes"),
        red("a kilobyte behind", [&good[..], &[0; 1024]].concat(), "too_long"),
        red("another holder", spoiled("覃䶮", "覃明"), "signature_mismatch"),
        red("another kind", spoiled("执业药师", "执业医师"), "signature_mismatch"),
        red("a mark without width in the name", spoiled("覃䶮", "覃\u{200b}"), "bad_field"),
        red("half a pair in the name", spoiled("覃䶮", "𬭎").replaced_half(), "bad_field"),
        red("the signature of another licence", [body, &other[other.len() - 64..]].concat(), "signature_mismatch"),
    ]
}

/// Spoils the second half of the pair that stands for a rare character.
trait ReplacedHalf {
    fn replaced_half(self) -> Self;
}

impl ReplacedHalf for Vec<u8> {
    fn replaced_half(mut self) -> Self {
        let pair: Vec<u8> = "𬭎".encode_utf16().flat_map(u16::to_be_bytes).collect();
        let at = self.windows(4).position(|window| window == pair).unwrap();
        self[at + 2] = 0x4e;
        self
    }
}

fn less(a: &[u8], b: &[u8]) -> [u8; 32] {
    let (mut out, mut borrow) = ([0; 32], 0);
    for i in (0..32).rev() {
        let (high, low) = (i32::from(a[i]), i32::from(b[i]) + borrow);
        borrow = i32::from(high < low);
        out[i] = (high - low + 256 * borrow) as u8;
    }
    out
}

fn signatures(world: &World) -> Vec<Case> {
    let good = world.signed(&world.office, |_| {});
    let (body, signature) = good.split_at(good.len() - 64);
    let (r, s) = signature.split_at(32);
    let order = hex::decode("fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123").unwrap();
    let order: [u8; 32] = order.try_into().unwrap();
    let zero = [0; 32];
    let integer = |number: &[u8]| [&[2, 33, 0], number].concat();
    let der = [&[0x30_u8, 70][..], &integer(r), &integer(s)].concat();
    let red = |name, signature: &[u8], codes| case(name, Shown::Core([body, signature].concat()), "red", codes);
    vec![
        red("a signature in DER", &der, "trailing_bytes"),
        red("r with its first byte stripped", &signature[1..], "cut_short"),
        red("r = 0", &[&zero, s].concat(), "signature_zero"),
        red("s = 0", &[r, &zero].concat(), "signature_zero"),
        red("r = n", &[&order, s].concat(), "signature_out_of_range"),
        red("s = n", &[r, &order].concat(), "signature_out_of_range"),
        red("r + s = n", &[r, &less(&order, r)].concat(), "signature_sum_is_order"),
        red("r and s exchanged", &[s, r].concat(), "signature_mismatch"),
        red("the twin of an SM2 signature", &[r, &less(&order, s)].concat(), "signature_mismatch"),
        red("all ones", &[1; 64], "signature_mismatch"),
        red("SM2 with an empty identity", &without_identity(body), "signature_mismatch"),
        case("an Ed25519 signature of zeroes", Shown::Core(zeroes(world)), "red", "signature_mismatch"),
    ]
}

/// The office's own key, used as OpenSSL's command line does unless told otherwise.
fn without_identity(body: &[u8]) -> Vec<u8> {
    let mut secret = [0; 32];
    SeededEntropy::new(1).fill(&mut secret);
    let key = sm2::dsa::SigningKey::from_slice("", &secret).unwrap();
    let text = [b"budayang/licence-core@v1\n", body].concat();
    let signature: sm2::dsa::Signature = sm2::dsa::signature::Signer::sign(&key, &text);
    signature.to_bytes().to_vec()
}

fn zeroes(world: &World) -> Vec<u8> {
    let mut signed = world.signed(&world.ed25519, |_| {});
    let at = signed.len() - 64;
    signed[at..].fill(0);
    signed
}

fn keys(world: &World) -> Vec<Case> {
    let stranger = key(Algorithm::Sm2, "zwfw.example.gov.cn/licences", 99);
    let own = world.core(&world.office);
    let red = |name, bytes: Vec<u8>, codes| case(name, Shown::Core(bytes), "red", codes);
    let gd = |scope: &str| world.signed(&world.neighbour, |core| core.scope = scope.into());
    let of = |scope: &str| world.signed(&world.office, |core| core.scope = scope.into());
    let mut under_p256 = own.clone();
    under_p256.key = world.p256.public().id().hash();
    let mut under_nobody = own.clone();
    under_nobody.key = 0;
    let p256_as_sm2 = world.forced(&own, &world.p256);
    vec![
        red("a stranger's key of the same name", world.signed(&stranger, |_| {}), "unknown_key"),
        red("a stranger under the office's number", world.forced(&own, &stranger), "signature_mismatch"),
        red("nobody's number", world.forced(&under_nobody, &world.office), "unknown_key"),
        red("the number of the office's P-256 key", world.forced(&under_p256, &world.office), "signature_mismatch"),
        red("a P-256 signature under the SM2 number", p256_as_sm2, "signature_mismatch"),
        red("a neighbour signs for our region", gd("450000/pharmacist-registration"), "out_of_scope"),
        red("we sign for the neighbour's", of("440000/pharmacist-registration"), "out_of_scope"),
        red("a scope that only begins alike", of("4500001/pharmacist-registration"), "out_of_scope"),
        red("a key of the demonstration", world.signed(&world.demonstration, |_| {}), "demonstration_key"),
    ]
}

fn revoked_keys(world: &World) -> Vec<Case> {
    let own = world.signed(&world.office, |_| {});
    let proof = |at: &str| Some(world.proof(&own, at, |_| {}).to_text());
    let case = |name, proof, status, colour, codes| Case {
        trust: "revoked",
        status: Some(status),
        proof,
        ..case(name, Shown::Core(own.clone()), colour, codes)
    };
    let logged = "in_log signature_holds key_revoked_later in_its_days not_marked";
    let unlisted = "in_log signature_holds key_revoked_later in_its_days status_refused";
    vec![
        case("a stolen key: nothing proves the licence older", None, "by_ed25519", "red", "key_revoked"),
        case("a stolen key: the log proves it older", proof("2026-11-23T05:00:00Z"), "by_ed25519", "green", logged),
        case(
            "a stolen key: logged when it was stolen",
            proof("2026-11-23T12:00:00Z"),
            "by_ed25519",
            "red",
            "in_log key_revoked",
        ),
        case("a stolen key: a list signed with it", proof("2026-11-23T05:00:00Z"), "good", "yellow", unlisted),
    ]
}

fn clocks(world: &World) -> Vec<Case> {
    let at = |name, now, colour, codes| Case { now, ..case(name, Shown::Text(world.printed(|_| {})), colour, codes) };
    let issued = |name, when: &str, now, colour, codes| Case {
        now,
        ..case(name, Shown::Text(world.printed(|core| core.issued_at = moment(when))), colour, codes)
    };
    let behind = "clock_behind signature_holds in_its_days not_marked";
    let stale = "signature_holds in_its_days status_stale";
    let long_stale = "trust_stale signature_holds expired status_stale";
    vec![
        at("a clock a day behind", "2026-11-23T00:00:00Z", "yellow", behind),
        at("a clock of 1970", "1970-01-01T00:00:00Z", "yellow", behind),
        at("a clock a day ahead", "2026-11-25T00:00:00Z", "green", FINE),
        at("a clock of 2106", "2106-02-07T00:00:00Z", "red", long_stale),
        at("the last moment of the list's promise", "2026-11-25T07:59:59.999Z", "green", FINE),
        at("the moment it ends", "2026-11-25T08:00:00Z", "yellow", stale),
        at("a list a week too old", "2026-12-02T08:00:00Z", "yellow", stale),
        issued("issued four minutes from now", "2026-11-24T00:04:00Z", NOW, "green", FINE),
        issued("issued six minutes from now", "2026-11-24T00:06:00Z", NOW, "red", "not_yet_valid"),
        issued("issued before its key was valid", "2025-12-31T23:59:59Z", NOW, "red", "key_not_yet_valid"),
        issued(
            "issued after its key had expired",
            "2027-01-01T00:00:00Z",
            "2027-01-02T00:00:00Z",
            "red",
            "key_expired",
        ),
        Case {
            trust: "stale",
            ..case(
                "a trust list that is too old",
                Shown::Text(world.printed(|_| {})),
                "yellow",
                "trust_stale signature_holds in_its_days not_marked",
            )
        },
    ]
}

/// Days are China's: they begin at four in the afternoon of Greenwich.
fn days(world: &World) -> Vec<Case> {
    let until = |name, to: &str, now, colour, codes| Case {
        now,
        ..case(name, Shown::Text(world.printed(|core| core.valid_to = Some(to.parse().unwrap()))), colour, codes)
    };
    let from = |name, from: &str, now, colour, codes| Case {
        now,
        ..case(name, Shown::Text(world.printed(|core| core.valid_from = from.parse().unwrap())), colour, codes)
    };
    let old = "trust_stale signature_holds in_its_days status_stale";
    vec![
        until("the last moment of its last day", "2026-11-24", "2026-11-24T15:59:59.999Z", "green", FINE),
        until(
            "the first moment after it",
            "2026-11-24",
            "2026-11-24T16:00:00Z",
            "red",
            "signature_holds expired not_marked",
        ),
        from(
            "the last moment before its first day",
            "2026-11-25",
            "2026-11-24T15:59:59.999Z",
            "red",
            "signature_holds not_yet not_marked",
        ),
        from("the first moment of its first day", "2026-11-25", "2026-11-24T16:00:00Z", "green", FINE),
        until("its last day is a leap day", "2028-02-29", "2028-02-29T15:59:59.999Z", "yellow", old),
        until(
            "the day after a leap day",
            "2028-02-29",
            "2028-02-29T16:00:00Z",
            "red",
            "trust_stale signature_holds expired status_stale",
        ),
    ]
}

fn marks(world: &World) -> Vec<Case> {
    let at = |name, index, colour, codes| {
        case(name, Shown::Text(world.printed(|core| core.status.index = index)), colour, codes)
    };
    let stale_and_marked = "signature_holds in_its_days mark_revoked";
    vec![
        at("superseded", 10, "red", "signature_holds in_its_days mark_superseded"),
        at("suspended", 11, "red", "signature_holds in_its_days mark_suspended"),
        at("taken back", 12, "red", "signature_holds in_its_days mark_withdrawn"),
        at("set aside", 13, "red", "signature_holds in_its_days mark_set_aside"),
        at("taken away as a penalty", 14, "red", "signature_holds in_its_days mark_revoked"),
        at("struck off", 15, "red", "signature_holds in_its_days mark_struck_off"),
        at("the position before a mark", 9, "green", FINE),
        at("the position after one", 16, "green", FINE),
        at("the last position of the list", 999, "green", FINE),
        at("a position outside the list", 1000, "red", "signature_holds in_its_days status_outside"),
        at("a position far outside", u32::MAX, "red", "signature_holds in_its_days status_outside"),
        Case {
            now: "2026-12-02T08:00:00Z",
            ..at("marked, on a list too old to be sure of others", 14, "red", stale_and_marked)
        },
    ]
}

fn lists(world: &World) -> Vec<Case> {
    let with = |name, status, codes| Case { status, ..case(name, Shown::Text(world.printed(|_| {})), "yellow", codes) };
    let refused = "signature_holds in_its_days status_refused";
    let other = "signature_holds in_its_days status_other_list";
    vec![
        with("no list yet", None, "signature_holds in_its_days status_missing"),
        with("an altered list", Some("altered"), refused),
        with("a list of nothing", Some("of_nothing"), refused),
        with("a stranger's list", Some("by_a_stranger"), refused),
        with("the neighbour's list for our region", Some("by_gd_for_gx"), refused),
        with("the neighbour's own list", Some("of_gd"), other),
        with("another of the office's lists", Some("number_two"), other),
        with("the list of another log", Some("of_another_log"), other),
        Case {
            status: Some("late"),
            ..case("a list made after the licence", Shown::Text(world.printed(|_| {})), "green", FINE)
        },
    ]
}

fn files(world: &World) -> Vec<Case> {
    let good = world.file().to_text().unwrap();
    let red = |name, text: String, codes| case(name, Shown::File(text.into_bytes()), "red", codes);
    let typ = "\"typ\":\"budayang/licence@v2\"";
    let bare = File { signed: world.signed(&world.office, |_| {}), details: details() };
    let listed: Value = json!([good]);
    vec![
        red("another employer in the file", good.replace("邕江大药房", "邕江小药房"), "details_altered"),
        red("a row more in the file", good.replace("\"rows\":[", "\"rows\":[{},"), "details_altered"),
        red("a decomposed letter in the file", good.replace("Employer", "Employe\u{301}r"), "details_altered"),
        red("details nobody vouched for", bare.to_text().unwrap(), "details_altered"),
        red("a newline behind", format!("{good}\n"), "not_canonical"),
        red("a space inside", good.replacen(':', ": ", 1), "not_canonical"),
        red("an escaped letter", good.replace("邕", "\\u9095"), "not_canonical"),
        red("a member twice", good.replacen("\"core\"", "\"core\":\"\",\"core\"", 1), "duplicate_key"),
        red("a byte order mark", format!("\u{feff}{good}"), "byte_order_mark"),
        red("text in front", format!("valid: {good}"), "not_json"),
        red("an unknown member", good.replacen(typ, "\"note\":1,\"typ\":\"budayang/licence@v2\"", 1), "shape"),
        red("a file of another kind", good.replace("licence@v2", "licence@v3"), "shape"),
        red("no details", good.replacen("\"details\"", "\"detail\"", 1), "shape"),
        red("a list around it", listed.to_string(), "shape"),
        red("a core that is not base64", good.replacen("\"core\":\"", "\"core\":\"!", 1), "shape"),
        red("an empty core", format!("{{\"core\":\"\",\"details\":{{}},{typ}}}"), "cut_short"),
        case("bytes that are not UTF-8", Shown::File(vec![b'{', 0xff, b'}']), "red", "not_utf8"),
    ]
}

fn proofs(world: &World) -> Vec<Case> {
    let own = world.signed(&world.office, |_| {});
    let other = world.signed(&world.office, |core| core.holder = "韦明月".into());
    let at = "2026-11-23T04:00:00Z";
    let good = world.proof(&own, at, |_| {});
    let with =
        |name, text: String, codes| Case { proof: Some(text), ..case(name, Shown::Core(own.clone()), "red", codes) };
    let changed = |name, codes, change: &dyn Fn(&mut evidence::proof::ProofFile)| {
        let mut file = good.clone();
        change(&mut file);
        with(name, file.to_text(), codes)
    };
    let leaf = |name, change: &dyn Fn(&mut Value)| {
        with(name, world.proof(&own, at, |leaf| change(leaf)).to_text(), "proof_of_another")
    };
    let stranger = key(Algorithm::Ed25519, ORIGIN, 77);
    let signed_by = |signer: &evidence::key::KeyPair, origin: &str| {
        let root = evidence::checkpoint::Checkpoint::from_text(evidence::note::read(&good.checkpoint).unwrap().text)
            .unwrap()
            .root;
        evidence::checkpoint::Checkpoint::new(origin, 2, root).sign(&[signer]).unwrap()
    };
    let (strange, elsewhere) = (signed_by(&stranger, ORIGIN), signed_by(&world.log, "log.example.gov.cn/x"));
    vec![
        with("the proof of another licence", world.proof(&other, at, |_| {}).to_text(), "proof_of_another"),
        leaf("a leaf of another act", &|leaf| leaf["kind"] = json!("case.decided")),
        leaf("a leaf without a time", &|leaf| leaf["act"]["at"] = Value::Null),
        changed("a proof without its leaf", "proof_without_leaf", &|file| file.extra = None),
        changed("a leaf altered after it was logged", "proof_mismatch", &|file| file.extra.as_mut().unwrap()[20] ^= 1),
        changed("another hash in the proof", "proof_mismatch", &|file| file.hashes[0] = leaf_hash(b"x")),
        changed("another position", "proof_mismatch", &|file| file.index = 0),
        changed("a position outside the tree", "proof_index", &|file| file.index = 2),
        changed("a proof too long", "proof_length", &|file| file.hashes.push(leaf_hash(b"x"))),
        changed("a proof too short", "proof_length", &|file| file.hashes.clear()),
        changed("a checkpoint signed by a stranger", "note_unknown_key", &|file| file.checkpoint = strange.clone()),
        changed("a checkpoint of another log", "other_origin", &|file| file.checkpoint = elsewhere.clone()),
        with("no proof at all", "this licence is in the log".into(), "not_a_proof_file"),
        with("a position with a leading zero", good.to_text().replace("index 1", "index 01"), "proof_line"),
        Case {
            trust: "no_log",
            proof: Some(good.to_text()),
            ..case(
                "a log the reader does not know",
                Shown::Core(own.clone()),
                "yellow",
                "log_unknown signature_holds in_its_days not_marked",
            )
        },
    ]
}

fn batches(world: &World) -> Vec<Case> {
    let good = world.in_batch(&world.office, |_| {});
    let file = |file: &InBatch| Shown::File(file.to_text().unwrap().into());
    let changed = |name, codes, change: &dyn Fn(&mut InBatch)| {
        let mut spoiled = good.clone();
        change(&mut spoiled);
        case(name, file(&spoiled), "red", codes)
    };
    let other = world.in_batch(&world.office, |core| core.issued_at = moment("2026-11-23T04:00:01Z"));
    let lone = world.in_batch(&world.neighbour, |_| {});
    let text = good.to_text().unwrap();
    vec![
        case("a licence out of a batch", file(&good), "green", FINE),
        case("out of a batch under Ed25519", file(&world.in_batch(&world.ed25519, |_| {})), "green", FINE),
        case("out of a batch of a neighbour", file(&lone), "red", "out_of_scope"),
        changed("a batch: another holder", "not_in_batch", &|file| {
            let wide: Vec<u8> = "覃明".encode_utf16().flat_map(u16::to_be_bytes).collect();
            let holder: Vec<u8> = "覃䶮".encode_utf16().flat_map(u16::to_be_bytes).collect();
            let at = file.core.windows(4).position(|window| window == holder).unwrap();
            file.core[at..at + 4].copy_from_slice(&wide);
        }),
        changed("a batch: another position", "not_in_batch", &|file| file.index = 3),
        changed("a batch: a position outside", "not_in_batch", &|file| file.index = 5),
        changed("a batch: a path too short", "not_in_batch", &|file| _ = file.path.pop()),
        changed("a batch: a path too long", "not_in_batch", &|file| file.path.push(leaf_hash(b"x"))),
        changed("a batch: another hash", "not_in_batch", &|file| file.path[0] = leaf_hash(b"x")),
        changed("a batch: the head of another", "other_batch", &|file| file.batch = other.batch.clone()),
        changed("a batch: a head that was altered", "signature_mismatch", &|file| {
            let at = file.batch.len() - 66;
            file.batch[at] ^= 1;
        }),
        changed("a batch: a head that is none", "cut_short", &|file| file.batch.truncate(40)),
        changed("a batch: other details", "details_altered", &|file| file.details["name"] = json!("x")),
        case(
            "a batch: an index in words",
            Shown::File(text.replace("\"index\":2", "\"index\":\"2\"").into()),
            "red",
            "shape",
        ),
        case(
            "a batch: a member more",
            Shown::File(text.replace("\"index\":2", "\"index\":2,\"note\":1").into()),
            "red",
            "shape",
        ),
        case("a batch: half a hash", Shown::File(halved(&text).into()), "red", "shape"),
    ]
}

/// The file with four letters of its path left out.
fn halved(text: &str) -> String {
    let at = text.find("\"path\":\"").unwrap() + 8;
    [&text[..at], &text[at + 4..]].concat()
}

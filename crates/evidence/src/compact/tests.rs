//! Tests of `compact`: tables of cases, and properties.

use kernel::{Date, LicenceCode, Moment, SeededEntropy, Uscc};
use proptest::prelude::*;
use qrcodegen::{QrCode, QrCodeEcc, QrSegment, Version};

use super::*;
use crate::key::{Algorithm, KeyPair, Setting, Signer as _};
use crate::trust::{Entry, TrustList};

const PAGE: &str = "https://zwfw.example.gov.cn/v";
const KIND_CODE: &str = "11450000DM0000013L001";

fn moment(text: &str) -> Moment {
    text.parse().unwrap()
}

fn key(algorithm: Algorithm) -> KeyPair {
    KeyPair::generate(algorithm, "zwfw.example.gov.cn/licences", &SeededEntropy::new(8)).unwrap()
}

fn code(serial: &str) -> LicenceCode {
    LicenceCode::generate(KIND_CODE, &Uscc::parse("11450000007565194H").unwrap(), serial, 1).unwrap()
}

/// A person's licence, as most are.
fn person(key: &KeyPair) -> Core {
    Core {
        key: key.public().id().hash(),
        log: "log.example.gov.cn/450000".into(),
        scope: "450000/pharmacist-registration".into(),
        code: code("202611230A1B2C3D"),
        issued_at: moment("2026-11-23T04:00:00Z"),
        valid_from: "2027-01-23".parse().unwrap(),
        valid_to: Some("2032-01-22".parse().unwrap()),
        name: "执业药师注册证".into(),
        agency: "广西壮族自治区药品监督管理局".into(),
        holder: "韦明月".into(),
        holder_code: "1023".into(),
        status: Place { list: 1, index: 652_450 },
        details: Some([7; 16]),
    }
}

/// The longest that is likely: a branch with the whole name of its firm, licensed by a district.
fn branch(key: &KeyPair) -> Core {
    Core {
        scope: "450000/450103/medical-device-online-trade".into(),
        name: "医疗器械网络交易服务第三方平台备案凭证".into(),
        agency: "南宁市青秀区行政审批和政务信息管理局".into(),
        holder: "广西壮族自治区南宁市邕江大药房连锁有限责任公司青秀区民族大道第一百二十八分店".into(),
        holder_code: "91450103MA5K000X1L".into(),
        ..person(key)
    }
}

fn trust(key: &KeyPair) -> TrustList {
    let entry = Entry {
        key: key.public().clone(),
        issuer: "gx".into(),
        scopes: vec!["450000".into()],
        valid_from: moment("2026-01-01T00:00:00Z"),
        valid_to: moment("2027-01-01T00:00:00Z"),
        revoked_at: None,
    };
    TrustList::new(Setting::Production, 1, vec![entry]).unwrap()
}

#[test]
fn a_core_comes_back_as_it_was_under_every_algorithm() {
    for algorithm in Algorithm::ALL {
        let key = key(algorithm);
        for core in [person(&key), branch(&key), Core { valid_to: None, details: None, ..person(&key) }] {
            let signed = core.sign(&key).unwrap();
            let envelope = Envelope::read(&signed).unwrap();
            assert_eq!(envelope.core(), &core);
            let entry = envelope.verify(&trust(&key), moment("2026-11-24T00:00:00Z"), None).map(|e| e.issuer.clone());
            assert_eq!(entry, Ok("gx".to_owned()), "{algorithm:?}");
        }
    }
}

#[test]
fn every_altered_bit_is_found() {
    for algorithm in Algorithm::ALL {
        let key = key(algorithm);
        let (signed, trust) = (person(&key).sign(&key).unwrap(), trust(&key));
        let step = if algorithm == Algorithm::Sm2 { 1 } else { 5 };
        for bit in (0..signed.len() * 8).step_by(step) {
            let mut altered = signed.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            let answer = Envelope::read(&altered).map_err(Refusal::from);
            let answer = answer.and_then(|e| e.verify(&trust, moment("2026-11-24T00:00:00Z"), None).map(drop));
            assert!(answer.is_err(), "{algorithm:?} bit {bit}");
        }
    }
}

#[test]
fn second_spellings_are_refused_by_name() {
    let key = key(Algorithm::Sm2);
    let good = person(&key).to_bytes().unwrap();
    assert_eq!(good[..9], [0xae, 0x00, 0x01, 0x01, 0x44, good[5], good[6], good[7], good[8]], "14 fields, version 1");
    let with = |at: usize, cut: usize, put: &[u8]| [&good[..at], put, &good[at + cut..]].concat();
    let at = |needle: &[u8]| good.windows(needle.len()).position(|w| w == needle).unwrap();
    let place = at(&[12, 0x82]);
    let days = at(&[0x06, 0x19]);
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("nothing", vec![], "cut_short"),
        ("half of it", good[..good.len() / 2].to_vec(), "cut_short"),
        ("a byte behind", with(good.len(), 0, &[0]), "trailing_bytes"),
        ("a byte in front", with(0, 0, &[0]), "unexpected_byte"),
        ("a map without length", with(0, 1, &[0xbf]), "unexpected_byte"),
        ("a map with a longer head", with(0, 1, &[0xb8, 14]), "not_shortest"),
        ("a map of fifteen", with(0, 1, &[0xaf]), "cut_short"),
        ("a map of thirteen", with(0, 1, &[0xad]), "trailing_bytes"),
        ("a tag in front", with(0, 0, &[0xd8, 0x37]), "unexpected_byte"),
        ("the version in two bytes", with(2, 1, &[0x18, 1]), "not_shortest"),
        ("version 2", with(2, 1, &[2]), "bad_field"),
        ("a negative version", with(2, 1, &[0x20]), "unexpected_byte"),
        ("a field twice", with(3, 0, &[0, 1]), "field_order"),
        ("key 1 in two bytes", with(3, 1, &[0x18, 1]), "not_shortest"),
        ("a key of five bytes", with(4, 1, &[0x45]), "unexpected_byte"),
        ("a text for the key", with(4, 1, &[0x64]), "unexpected_byte"),
        ("a date in four bytes", with(days + 1, 1, &[0x1a, 0, 0]), "not_shortest"),
        ("a date beyond 2243", with(days + 1, 3, &[0x1a, 0, 1, 0x86, 0xa1]), "bad_field"),
        ("a place of three", with(place + 1, 1, &[0x83]), "unexpected_byte"),
        ("a place without length", with(place + 1, 1, &[0x9f]), "unexpected_byte"),
        ("a log that is not UTF-8", with(at(b"log."), 1, &[0xff]), "not_utf8"),
        ("a log with a space", with(at(b"log."), 1, b" "), "bad_field"),
        ("a scope that climbs", with(at(b"450000/ph"), 6, b"45/../"), "bad_field"),
    ];
    for (what, bytes, code) in cases {
        assert_eq!(Core::from_bytes(&bytes).unwrap_err().code(), code, "{what}");
    }
}

/// Three letters in two bytes, whatever they say.
fn packed(text: &str) -> Vec<u8> {
    let value = |letter: u8| "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ.".bytes().position(|other| other == letter).unwrap();
    let three = |group: &[u8]| (value(group[0]) * 37 + value(group[1])) * 37 + value(group[2]);
    text.as_bytes().chunks(3).flat_map(|group| (three(group) as u16).to_be_bytes()).collect()
}

#[test]
fn an_identifier_has_one_packed_spelling() {
    let right = "11450000DM0000013L001.11450000007565194H.202611230A1B2C3D.001";
    let read = |text: &str| {
        let filled = text.to_owned() + &".".repeat((3 - text.len() % 3) % 3);
        pack::unpack_code(&packed(&filled)).map(|code| code.to_string())
    };
    assert_eq!(read(right), Some(code("202611230A1B2C3D").to_string()));
    let wrong = [
        right.replace(".001", ".1"),
        right.replace(".001", ".0001"),
        format!("{right}...."),
        format!("{right}..."),
        right.replace("194H.", "194J."),
        right.replace("L001.", "LA01."),
        right.replace(".001", ""),
        format!(".{right}"),
    ];
    for text in wrong {
        assert_eq!(read(&text), None, "{text}");
    }
    assert_eq!(pack::unpack_code(&[0xff, 0xff]), None, "beyond three letters");
    assert_eq!(pack::unpack_code(&packed(&format!("{right}.."))[..41]), None, "half a group");
}

#[test]
fn a_field_left_out_or_unknown_is_named() {
    let key = key(Algorithm::Sm2);
    let good = Core { valid_to: None, details: None, ..person(&key) }.to_bytes().unwrap();
    let mut more = [&good[..], &[14, 0]].concat();
    more[0] += 1;
    assert_eq!(Core::from_bytes(&more), Err(Fault::UnknownField(14)));
    let mut less = good.clone();
    less[0] -= 1;
    less.drain(1..3);
    assert_eq!(Core::from_bytes(&less), Err(Fault::MissingField(0)));
}

#[test]
fn what_could_mislead_the_eye_is_not_signed() {
    let key = key(Algorithm::Sm2);
    let holder = |holder: &str| Core { holder: holder.into(), ..person(&key) }.to_bytes();
    for bad in
        ["", " 韦明月", "韦明月 ", "韦\u{200b}明月", "月\u{202e}明韦", "韦明\n月", "\u{feff}韦明月", &"韦".repeat(121)]
    {
        assert_eq!(holder(bad), Err(Fault::Field("holder")), "{bad:?}");
    }
    for good in ["覃䶮", "𬭎", "阿依古丽·买买提", "Anna-Lena Ö'Brien", &"韦".repeat(120)] {
        assert!(holder(good).is_ok(), "{good:?}");
    }
    let backwards = Core { valid_to: Some("2027-01-22".parse().unwrap()), ..person(&key) };
    assert_eq!(backwards.to_bytes(), Err(Fault::Field("to")));
    let other = Core { key: 1, ..person(&key) };
    assert_eq!(other.sign(&key), Err(CoreError::Form(Fault::Field("key"))));
    let half_second = Core { issued_at: moment("2026-11-23T04:00:00.500Z"), ..person(&key) };
    assert_eq!(half_second.to_bytes(), Err(Fault::Field("issued")));
}

#[test]
fn addresses_are_read_strictly_and_their_host_decides_nothing() {
    let key = key(Algorithm::Sm2);
    let signed = person(&key).sign(&key).unwrap();
    let good = Link::write(PAGE, &signed);
    let digits = good.split_once('#').unwrap().1;
    let hosts = [
        (good.clone(), "zwfw.example.gov.cn"),
        (digits.to_owned(), ""),
        (format!("HTTPS://ZWFW.Example.Gov.CN/v#{digits}"), "zwfw.example.gov.cn"),
        (format!("https://zwfw.example.gov.cn@evil.example/v#{digits}"), "evil.example"),
        (format!("https://evil.example\\@zwfw.example.gov.cn/v#{digits}"), "evil.example"),
        (format!("https://zwfw.example.gov.cn.evil.example/#{digits}"), "zwfw.example.gov.cn.evil.example"),
        (format!("https://zwfw.ехample.gov.cn/v#{digits}"), "zwfw.ехample.gov.cn"),
        (format!("https://zwfw.example.gov.cn:8443/v#{digits}"), "zwfw.example.gov.cn:8443"),
    ];
    for (text, host) in hosts {
        let link = Link::read(&text).unwrap();
        assert_eq!((link.host.as_str(), &link.signed), (host, &signed), "{text}");
        assert_eq!(link.is_own(&["zwfw.example.gov.cn"]), ["", "zwfw.example.gov.cn"].contains(&host), "{text}");
    }
    let last = &digits[digits.len() - 1..];
    let bad = [
        String::new(),
        PAGE.to_owned(),
        format!("{PAGE}#"),
        format!("{good} "),
        format!("{good}0"),
        format!("{good}#"),
        format!("{PAGE}# {digits}"),
        format!("{PAGE}#{}", digits.replacen('1', "１", 1)),
        format!("{PAGE}#{}{last}", "9".repeat(17)),
        format!("{PAGE}#+{}", &digits[1..]),
    ];
    for text in bad {
        assert_eq!(Link::read(&text), Err(Fault::Digits), "{text}");
    }
    assert_eq!(Link::read(&"1".repeat(5000)), Err(Fault::TooLong(5000)));
}

/// The code of the smallest size at a level, or nothing above 73 by 73 modules.
fn drawn(segments: &[QrSegment], level: QrCodeEcc) -> Option<QrCode> {
    QrCode::encode_segments_advanced(segments, level, Version::new(1), Version::new(14), None, false).ok()
}

fn in_digits(page: &str, signed: &[u8]) -> Vec<QrSegment> {
    let link = Link::write(page, signed);
    let (page, digits) = link.split_once('#').unwrap();
    vec![QrSegment::make_bytes(format!("{page}#").as_bytes()), QrSegment::make_numeric(digits)]
}

/// What a second program reads in the code.
fn read_back(code: &QrCode) -> String {
    let grid = rqrr::SimpleGrid::from_func(code.size() as usize, |x, y| code.get_module(x as i32, y as i32));
    rqrr::Grid::new(grid).decode().unwrap().1
}

#[test]
fn the_longest_likely_licence_fits_a_code_of_73_modules_and_reads_back() {
    let key = key(Algorithm::Sm2);
    for (what, core, level) in
        [("a person", person(&key), QrCodeEcc::Medium), ("a branch", branch(&key), QrCodeEcc::Low)]
    {
        let signed = core.sign(&key).unwrap();
        let code = drawn(&in_digits(PAGE, &signed), level).unwrap_or_else(|| panic!("{what}: {} bytes", signed.len()));
        println!("{what}: {} bytes signed, {} modules at {level:?}", signed.len(), code.size());
        assert!(code.size() <= 73, "{what}");
        assert_eq!(read_back(&code), Link::write(PAGE, &signed), "{what}");
    }
}

#[test]
fn digits_take_less_room_than_base64_and_base45() {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let key = key(Algorithm::Sm2);
    let signed = person(&key).sign(&key).unwrap();
    let size = |segments: &[QrSegment]| {
        let whole = QrCode::encode_segments_advanced(
            segments,
            QrCodeEcc::Medium,
            Version::new(1),
            Version::new(40),
            None,
            false,
        );
        whole.unwrap().size()
    };
    let digits = size(&in_digits(PAGE, &signed));
    let base64 = size(&[QrSegment::make_bytes(format!("{PAGE}#{}", URL_SAFE_NO_PAD.encode(&signed)).as_bytes())]);
    // Base45 takes three letters for two bytes; which ones does not matter to the size.
    let letters = "A".repeat(signed.len() / 2 * 3 + signed.len() % 2 * 2);
    let base45 = size(&[QrSegment::make_bytes(format!("{PAGE}#").as_bytes()), QrSegment::make_alphanumeric(&letters)]);
    println!("{} bytes: {digits} modules in digits, {base45} in Base45, {base64} in base64url", signed.len());
    assert!(digits <= base45 && digits < base64);
}

fn words() -> impl Strategy<Value = String> {
    "[\u{4e00}-\u{9fff}A-Za-z\u{20000}-\u{2a6df}（）]{1,40}"
}

fn cores() -> impl Strategy<Value = Core> {
    let texts = (words(), words(), words(), "[0-9A-Z]{1,18}", "[a-z]{1,9}\\.[a-z]{2,9}/[0-9]{6}");
    let scope = "[0-9]{6}(/[a-z-]{1,20}){0,3}";
    let numbers = (any::<u32>(), any::<u32>(), any::<u32>(), any::<u32>(), 0..100_000_u64, 0..100_000_u64);
    let rest = ("[0-9A-Z]{1,32}", 1..=999_u16, any::<Option<[u8; 16]>>(), any::<bool>());
    (texts, scope, numbers, rest).prop_map(|(texts, scope, numbers, rest)| {
        let (name, agency, holder, holder_code, log) = texts;
        let (key, issued, list, index, one, other) = numbers;
        let (serial, version, details, ends) = rest;
        let issuer = Uscc::parse("11450000007565194H").unwrap();
        let date = |days: u64| -> Date { pack::unpack_date(days).unwrap() };
        Core {
            key,
            log,
            scope,
            code: LicenceCode::generate(KIND_CODE, &issuer, &serial, version).unwrap(),
            issued_at: pack::unpack_moment(issued),
            valid_from: date(one.min(other)),
            valid_to: ends.then(|| date(one.max(other))),
            name,
            agency,
            holder,
            holder_code,
            status: Place { list, index },
            details,
        }
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read(core in cores()) {
        let bytes = core.to_bytes().unwrap();
        prop_assert_eq!(Core::from_bytes(&bytes), Ok(core));
    }

    #[test]
    fn what_is_read_has_no_other_spelling(
        core in cores(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..3_u8, any::<u8>()), 1..4),
    ) {
        let mut bytes = core.to_bytes().unwrap();
        for (at, how, byte) in edits {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => _ = bytes.remove(at),
            }
        }
        if let Ok(read) = Core::from_bytes(&bytes) {
            prop_assert_eq!(read.to_bytes(), Ok(bytes));
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(core) = Core::from_bytes(&bytes) {
            prop_assert_eq!(core.to_bytes(), Ok(bytes.clone()));
        }
        let _ = Envelope::read(&bytes);
        let link = Link::write(PAGE, &bytes);
        prop_assert_eq!(Link::read(&link).map(|link| link.signed), if bytes.is_empty() { Err(Fault::Digits) } else { Ok(bytes) });
    }

    #[test]
    fn any_text_is_read_or_refused(text in "(https?://[a-z.@/]{0,9}#)?[0-9]{0,60}") {
        if let Ok(link) = Link::read(&text) {
            let digits = text.split_once('#').map_or(text.as_str(), |(_, digits)| digits);
            let again = Link::write("", &link.signed);
            prop_assert_eq!(&again[1..], digits);
        }
    }
}

#[test]
fn a_batch_vouches_for_each_of_its_licences_and_for_no_other() {
    let key = key(Algorithm::Ed25519);
    let trust = trust(&key);
    for size in [1_usize, 2, 3, 5, 8, 13, 64, 100] {
        let one = |number: usize| Core { details: None, ..person(&key) }.at(number);
        let cores: Vec<Core> = (0..size).map(one).collect();
        let batch = Batch::sign(&cores, &key).unwrap();
        let mut tree = crate::tree::Frontier::new();
        let mut nodes = std::collections::HashMap::new();
        for core in &cores {
            let leaf =
                crate::tree::leaf_hash(&[&b"budayang/licence-core@v1\n"[..], &core.to_bytes().unwrap()].concat());
            tree.push_with(leaf, |id, hash| _ = nodes.insert(id, hash)).unwrap();
        }
        for (number, core) in cores.iter().enumerate() {
            let wanted = crate::tree::inclusion_proof(number as u64, size as u64, &nodes).unwrap();
            assert_eq!(batch.path(number).as_ref(), Some(&wanted), "{number} of {size}: the path of RFC 6962");
            let file = batch.file(number, core.to_bytes().unwrap(), serde_json::json!({})).unwrap();
            let read = InBatch::read(file.to_text().unwrap().as_bytes()).unwrap();
            assert_eq!(read, file);
            let envelope = Envelope::in_batch(&read).unwrap();
            assert_eq!(
                envelope.verify(&trust, moment("2026-11-24T00:00:00Z"), None).map(|e| e.issuer.as_str()),
                Ok("gx")
            );
            let other = InBatch { core: core.clone().at(size).to_bytes().unwrap(), ..read };
            let refusal = Envelope::in_batch(&other).unwrap().verify(&trust, moment("2026-11-24T00:00:00Z"), None);
            assert_eq!(refusal.map(drop), Err(Refusal::Form(Fault::NotInBatch)));
        }
        assert_eq!(batch.path(size), None);
    }
}

impl Core {
    /// The same at another place of the list.
    fn at(mut self, number: usize) -> Self {
        self.status.index = u32::try_from(number).unwrap();
        self
    }
}

#[test]
fn batches_that_could_never_be_verified_are_not_signed() {
    let (key, other) = (key(Algorithm::Ed25519), key(Algorithm::Sm2));
    let good = person(&key);
    let later = Core { issued_at: moment("2026-11-23T04:00:01Z"), ..good.clone() };
    let elsewhere = Core { log: "log.example.gov.cn/x".into(), ..good.clone() };
    assert_eq!(Batch::sign(&[], &key), Err(CoreError::Form(Fault::Field("size"))));
    assert_eq!(Batch::sign(&vec![good.clone(); MOST_IN_BATCH + 1], &key), Err(CoreError::Form(Fault::Field("size"))));
    for odd in [later, elsewhere] {
        assert_eq!(Batch::sign(&[good.clone(), odd], &key), Err(CoreError::Form(Fault::OtherBatch)));
    }
    assert_eq!(Batch::sign(std::slice::from_ref(&good), &other), Err(CoreError::Form(Fault::OtherBatch)));
    assert!(Batch::sign(&vec![good; MOST_IN_BATCH], &key).is_ok());
}

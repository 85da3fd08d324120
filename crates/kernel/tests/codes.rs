//! The codes against real values, the known pitfalls, and every slip of one character or two neighbours.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use kernel::code::{CheckVariant, CodeError, CodeKind, LICENCE_ROOT, Reason, RegisteredException, Sex};
use kernel::{CaseNumber, FixedClock, ItemTag, SeededEntropy};
use kernel::{CitizenId, Date, Id, ItemCode, LicenceCode, Moment, OrganisationCode, RegisteredUscc, Uscc};
use proptest::prelude::*;

/// Real codes; the first is the standard's own example.
const REAL_USCC: [&str; 9] = [
    "91350100M000100Y43",
    "91110000600037341L",
    "11450000007565194H",
    "11430000006122244L",
    "11330105002500287C",
    "11100000000013338W",
    "91610800064834709T",
    "91110108551385082Q",
    "914403001922038216",
];

/// Codes that registries issued against their own standard, and the check character the standard gives.
const ISSUED_WRONG: [(&str, char); 3] =
    [("91350100M0001TGQXM", '1'), ("91350211M0000XUF46", 'R'), ("91350203M0001FUE2P", 'J')];

const REAL_LICENCES: [&str; 3] = [
    "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U",
    "1.2.156.3005.2.11100000000013338W009.11330105002500287C.2025052201.002.0",
    "1.2.156.3005.2.11100000MB03271699022.340100.000000016.001.9",
];

fn refused<T: std::fmt::Debug>(result: Result<T, CodeError>) -> Reason {
    let error = result.unwrap_err();
    let (reason, mend) = (error.reason(), error.mend());
    for text in [reason, mend] {
        assert!(!text.zh.is_empty() && !text.en.is_empty(), "{} needs both languages", error.code());
    }
    error.reason
}

#[test]
fn real_credit_codes_read_and_are_made_again_from_their_parts() {
    for text in REAL_USCC {
        let code = Uscc::parse(text).unwrap();
        assert_eq!(Uscc::generate(&text[..8], &code.organisation()).unwrap(), code, "{text}");
        assert_eq!(OrganisationCode::generate(&text[8..16]).unwrap(), code.organisation());
    }
    let code = Uscc::parse("11450000007565194H").unwrap();
    assert_eq!((code.registrar(), code.class(), code.division()), ('1', '1', "450000"));
    assert_eq!(code.organisation().printed(), "00756519-4");
}

#[test]
fn bodies_registered_under_a_letter_are_read_though_the_usual_library_refuses_them() {
    let organisation = OrganisationCode::generate("MA5K1234").unwrap();
    for head in ["N1450103", "N2450103", "N3450103", "A1100000", "Y1450000"] {
        let code = Uscc::generate(head, &organisation).unwrap();
        assert_eq!(Uscc::parse(code.as_str()).unwrap(), code);
    }
}

#[test]
fn an_issued_code_that_fails_its_check_is_refused_for_typing_and_accepted_with_a_record() {
    let record = |registry: &str, reason: &str, by: &str| RegisteredException {
        registry: registry.into(),
        reason: reason.into(),
        by: by.into(),
        at: Moment::from_ms(0),
    };
    for (text, expected) in ISSUED_WRONG {
        let found = text.chars().last().unwrap();
        assert_eq!(refused(Uscc::parse(text)), Reason::CheckDigitAlone { found, expected });
        let whole = record("福建省市场监管局", "试点期间核发", "李文");
        let accepted = RegisteredUscc::accept(text, whole.clone()).unwrap();
        assert_eq!((accepted.as_str(), accepted.exception()), (text, Some(&whole)));
        let stored = serde_json::to_string(&accepted).unwrap();
        assert_eq!(serde_json::from_str::<RegisteredUscc>(&stored).unwrap(), accepted);
        for (bad, missing) in
            [(record(" ", "x", "y"), "registry"), (record("x", "", "y"), "reason"), (record("x", "y", ""), "by")]
        {
            assert_eq!(refused(RegisteredUscc::accept(text, bad)), Reason::Unrecorded { missing });
        }
        let bare = format!(r#"{{"code":"{text}"}}"#);
        assert!(serde_json::from_str::<RegisteredUscc>(&bare).is_err(), "a stored row needs its record too");
    }
    let whole = record("x", "y", "z");
    let inner_wrong = "91350100M000100Y53";
    assert!(matches!(refused(RegisteredUscc::accept(inner_wrong, whole.clone())), Reason::CheckDigit { .. }));
    assert_eq!(RegisteredUscc::accept("91350100M000100Y43", whole).unwrap().exception(), None);
}

#[test]
fn a_code_whose_outer_check_fits_but_whose_organisation_code_does_not_is_named() {
    let body = b"91450100M000100Y5";
    let last = (b'0'..=b'Z').map(char::from).find_map(|c| {
        let text = format!("{}{c}", std::str::from_utf8(body).unwrap());
        matches!(Uscc::parse(&text), Err(CodeError { reason: Reason::OrganisationCheck { .. }, .. })).then_some(text)
    });
    assert_eq!(refused(Uscc::parse(&last.unwrap())), Reason::OrganisationCheck { found: '5', expected: '4' });
}

#[test]
fn wrong_credit_codes_say_what_is_wrong() {
    let rows = [
        ("", Reason::Empty),
        ("91350100M000100Y4", Reason::Length { found: 17, wanted: 18 }),
        ("91350100M000100Y433", Reason::Length { found: 19, wanted: 18 }),
        ("9135O100M000100Y43", Reason::Character { position: 5, found: 'O', meant: Some('0') }),
        ("91350100I000100Y43", Reason::Character { position: 9, found: 'I', meant: Some('1') }),
        ("91350100M000100Y4_", Reason::Character { position: 18, found: '_', meant: None }),
        ("91350100m000100y43", Reason::Character { position: 9, found: 'm', meant: None }),
        ("01350100M000100Y43", Reason::Registrar { found: '0' }),
        ("B1350100M000100Y43", Reason::Registrar { found: 'B' }),
        ("90350100M000100Y43", Reason::Class { found: '0' }),
    ];
    for (text, reason) in rows {
        assert_eq!(refused(Uscc::parse(text)), reason, "{text}");
    }
}

#[test]
fn typed_codes_are_tidied_and_look_alikes_are_not() {
    let read = Uscc::read(" ９１350100-m000100y43 ").unwrap();
    assert_eq!(read.value.as_str(), "91350100M000100Y43");
    assert!(read.notice().unwrap().zh.contains("91350100M000100Y43"));
    assert!(Uscc::read("91350100M000100Y43").unwrap().notice().is_none());
    assert_eq!(
        refused(Uscc::read("91350100М000100Y43")),
        Reason::LookAlike { position: 9, found: 'М', looks_like: 'M' }
    );
    let old = "11010519491231002x";
    assert!(CitizenId::parse(old).is_err(), "strict reading takes the one spelling");
    assert_eq!(CitizenId::read(old).unwrap().value.as_str(), "11010519491231002X");
    assert_eq!(CitizenId::read("１１０１０５　19491231　002ｘ").unwrap().value.as_str(), "11010519491231002X");
    assert_eq!(
        refused(CitizenId::read("11010519491231002Х")),
        Reason::LookAlike { position: 18, found: 'Х', looks_like: 'X' }
    );
    assert_eq!(OrganisationCode::read("00756519-4").unwrap().value.as_str(), "007565194");
}

#[test]
fn citizen_ids_of_the_standard_read_whatever_the_division() {
    let id = CitizenId::parse("11010519491231002X").unwrap();
    assert_eq!((id.birth(), id.sex()), (Date::constant(1949, 12, 31), Sex::Female));
    // No present table knows a division of 1880; the number stands all the same.
    let id = CitizenId::parse("440524188001010014").unwrap();
    assert_eq!((id.birth(), id.sex(), id.division()), (Date::constant(1880, 1, 1), Sex::Male, "440524"));
    assert!(id.division_warning(|_| false).unwrap().zh.contains("440524"));
    assert_eq!(id.division_warning(|division| division == "440524"), None);
    assert_eq!(CitizenId::generate("440524", id.birth(), 1).unwrap(), id);
    assert_eq!(format!("{id:?}"), "CitizenId(4****************4)", "a log never shows the number");
}

#[test]
fn wrong_citizen_ids_say_what_is_wrong() {
    let date = |found: &str| Reason::BirthDate { found: found.into() };
    let rows = [
        ("110105491231002", Reason::OldCitizenId),
        ("11010519491231002", Reason::Length { found: 17, wanted: 18 }),
        ("11010519490229002X", date("19490229")),
        ("11010519491331002X", date("19491331")),
        ("11010500000101002X", date("00000101")),
        ("110105194912310021", Reason::CheckDigit { found: '1', expected: 'X' }),
        ("1101051949123100X2", Reason::Character { position: 17, found: 'X', meant: None }),
    ];
    for (text, reason) in rows {
        assert_eq!(refused(CitizenId::parse(text)), reason, "{text}");
    }
    assert!(CitizenId::generate("450103", Date::constant(2024, 2, 29), 1).is_ok());
}

#[test]
fn age_and_birth_follow_the_calendar() {
    let leap = CitizenId::generate("450103", Date::constant(2004, 2, 29), 2).unwrap();
    let rows = [((2022, 2, 28), Some(17)), ((2022, 3, 1), Some(18)), ((2024, 2, 29), Some(20)), ((2004, 2, 28), None)];
    for ((year, month, day), age) in rows {
        assert_eq!(leap.age_on(Date::constant(year, month, day)), age);
    }
    let birth = leap.birth();
    assert_eq!(leap.born_by(birth), Ok(()));
    assert_eq!(refused(leap.born_by(Date::constant(2004, 2, 28))), Reason::NotYetBorn { birth });
}

#[test]
fn real_licence_identifiers_read_and_are_made_again() {
    for text in REAL_LICENCES {
        let code = LicenceCode::parse(text).unwrap();
        if let Ok(issuer) = Uscc::parse(code.issuer()) {
            let version = code.version().parse().unwrap();
            assert_eq!(LicenceCode::generate(code.kind(), &issuer, code.serial(), version).unwrap(), code);
        }
    }
    let code = LicenceCode::parse(REAL_LICENCES[0]).unwrap();
    let parts = (code.kind(), code.issuer(), code.serial(), code.version());
    assert_eq!(parts, ("11100000000013338W011", "11430000006122244L", "20230000403", "001"));
    let typed = REAL_LICENCES[0].replace('.', "．").to_lowercase();
    assert_eq!(LicenceCode::read(&typed).unwrap().value, code);
}

/// MOD 37,36 as partners compute it: over any text, with any value for a letter and for a dot.
fn partner_check(text: &str, value: impl Fn(char) -> i64) -> i64 {
    let mut power = 36;
    for c in text.chars() {
        let sum = (power + value(c)).rem_euclid(36);
        power = (if sum == 0 { 36 } else { sum }) * 2 % 37;
    }
    (37 - power) % 36
}

fn plain(c: char) -> i64 {
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".find(c).map_or(-1, |at| i64::try_from(at).unwrap())
}

#[test]
fn check_characters_of_other_makings_are_refused_by_name() {
    let one_up = |c: char| plain(c) + i64::from(c.is_ascii_uppercase());
    let mut seen = std::collections::BTreeSet::new();
    for serial in 0..40 {
        let middle = format!("11100000000013338W011.11430000006122244L.2023000{serial:04}.001");
        let joined = middle.replace('.', "");
        let rooted = format!("{LICENCE_ROOT}.{middle}");
        let right = partner_check(&joined, plain);
        let ways = [
            (CheckVariant::IndexPlusOne, partner_check(&joined, one_up)),
            (CheckVariant::WithDots, partner_check(&middle, plain)),
            (CheckVariant::WithRoot, partner_check(&rooted, plain)),
            (CheckVariant::WithRoot, partner_check(&rooted.replace('.', ""), plain)),
        ];
        for (variant, made) in ways {
            let text = format!(
                "{rooted}.{}",
                char::from_digit(u32::try_from(made).unwrap(), 36).unwrap().to_ascii_uppercase()
            );
            match LicenceCode::parse(&text) {
                Ok(_) => assert_eq!(made, right, "accepted only where the two ways agree by chance"),
                Err(CodeError { reason: Reason::Variant { variant: named, .. }, .. }) => {
                    assert_ne!(made, right);
                    // Two wrong ways may agree by chance too; over forty serials each is named.
                    seen.extend((named == variant).then_some(format!("{variant:?}")));
                }
                Err(other) => panic!("{text}: {other}"),
            }
        }
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["IndexPlusOne", "WithDots", "WithRoot"]);
}

#[test]
fn wrong_licence_identifiers_say_what_is_wrong() {
    let part = |part| Reason::Part { part };
    let rows = [
        ("", Reason::Empty),
        ("11100000000013338W011.11430000006122244L.20230000403.001.U", Reason::Root),
        ("1.2.156.3005.211100000000013338W011.11430000006122244L.1.001.U", Reason::Root),
        ("1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001", Reason::Parts { found: 4 }),
        ("1.2.156.3005.2.11100000000013338W01.11430000006122244L.20230000403.001.U", part("type")),
        ("1.2.156.3005.2.11100000000013338W011.1143000000612224.20230000403.001.U", part("issuer")),
        ("1.2.156.3005.2.11100000000013338W011.000000.20230000403.001.U", part("issuer")),
        ("1.2.156.3005.2.11100000000013338W011.11430000006122244L.2023_000403.001.U", part("serial")),
        ("1.2.156.3005.2.11100000000013338W011.11430000006122244L..001.U", part("serial")),
        ("1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.1.U", part("version")),
        ("1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.", part("check")),
        ("1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.UU", part("check")),
    ];
    for (text, reason) in rows {
        assert_eq!(refused(LicenceCode::parse(text)), reason, "{text}");
    }
    let inner = refused(LicenceCode::parse("1.2.156.3005.2.11100000000013338X011.11430000006122244L.1.001.U"));
    assert!(matches!(inner, Reason::Inside { part: "type", .. }), "{inner:?}");
}

#[test]
fn item_codes_are_opaque_but_national_ones_name_their_agency() {
    let national = "11450000007565194H200011501500504";
    let code = ItemCode::new(ItemCode::HANDLING, national).unwrap();
    assert_eq!(code.agency().unwrap().as_str(), "11450000007565194H");
    assert_eq!(code.to_string().parse::<ItemCode>().unwrap(), code);
    let json = serde_json::to_string(&code).unwrap();
    assert_eq!(json, format!(r#"{{"scheme":"gb-handling","text":"{national}"}}"#));
    assert_eq!(serde_json::from_str::<ItemCode>(&json).unwrap(), code);
    for (scheme, text) in [("sichuan", "511A0138000000-511602000000-000-X-1-00"), ("guizhou-db52", "XK12345678")] {
        assert_eq!(ItemCode::new(scheme, text).unwrap().agency(), None);
    }
    let bad_agency = national.replace("194H", "195H");
    assert!(matches!(refused(ItemCode::new(ItemCode::HANDLING, &bad_agency)), Reason::Inside { .. }));
    assert_eq!(refused(ItemCode::new("GB", "1")), Reason::Scheme);
    assert_eq!(refused(ItemCode::new("gb-basic", "00011501500")), Reason::Length { found: 11, wanted: 12 });
    assert_eq!(refused(ItemCode::new("own", "a b")), Reason::Character { position: 2, found: ' ', meant: None });
}

#[test]
fn machine_codes_and_sentences_are_what_a_form_shows() {
    let error = CitizenId::parse("11010519490229002X").unwrap_err();
    assert_eq!(error.code(), "citizen.birth_date");
    assert_eq!(error.text().zh, "第7至14位“19490229”不是真实存在的出生日期。请对照居民身份证逐位核对。");
    let json = serde_json::to_value(Uscc::parse("91350100M000100Y44").unwrap_err()).unwrap();
    assert_eq!(json["code"], "uscc.check_digit_alone");
    assert_eq!(json["detail"], serde_json::json!({"kind": "check_digit_alone", "found": "4", "expected": "3"}));
    assert!(!json["mend"]["zh"].as_str().unwrap().contains('3'), "a person is not told the last character");
}

#[test]
fn case_numbers_come_from_the_id_and_read_back_as_people_say_them() {
    let (clock, chance) = (FixedClock::at(Moment::from_ms(1_700_000_000_000)), SeededEntropy::new(7));
    let id = Id::new(&clock, &chance);
    let (region, tag) = ("450000".parse().unwrap(), ItemTag::parse("FDHR").unwrap());
    let number = CaseNumber::new(region, tag, Date::constant(2026, 11, 23), id);
    assert!(number.as_str().starts_with("450000-FDHR-20261123-"), "{number}");
    assert_eq!(CaseNumber::parse(number.as_str()), Ok(number.clone()));
    let spoken = number.as_str().replace('-', " ").to_lowercase().replace('0', "O").replace('1', "i");
    assert_eq!(CaseNumber::read(&spoken), Ok(number.clone()));
    assert_ne!(CaseNumber::new(region, tag, Date::constant(2026, 11, 23), Id::new(&clock, &chance)), number);
    let item = ItemCode::new("own", "fd-pharmacist-renew").unwrap();
    assert_eq!(ItemTag::of(&item), ItemTag::of(&item.clone()));
    assert_ne!(ItemTag::of(&item), ItemTag::of(&ItemCode::new("own", "fd-pharmacist-first").unwrap()));
    for bad in [
        "",
        "450000-FDHR-20261123-7KM3QWXA",
        "450000-FDHR-20261323-7KM3QWXA-5",
        "办件",
        "450000-FDHS-20261123-7KM3QWXA-5",
    ] {
        refused(CaseNumber::parse(bad));
    }
    assert_eq!(CaseNumber::read("12").unwrap_err().code(), "case.length");
    assert_eq!(CodeKind::Case.slug(), "case");
}

/// Puts `with` at character `at`.
fn substituted(text: &str, at: usize, with: char) -> String {
    text.chars().enumerate().map(|(i, c)| if i == at { with } else { c }).collect()
}

/// Swaps character `at` with the next.
fn swapped(text: &str, at: usize) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    chars.swap(at, at + 1);
    chars.into_iter().collect()
}

fn any_uscc() -> impl Strategy<Value = Uscc> {
    ("[1-9ANY][1-9][0-9]{6}", "[0-9A-HJ-NP-RTUWXY]{8}")
        .prop_map(|(head, body)| Uscc::generate(&head, &OrganisationCode::generate(&body).unwrap()).unwrap())
}

fn any_citizen() -> impl Strategy<Value = CitizenId> {
    ("[1-8][0-9]{5}", 1900_i16..2030, 1_i8..=12, 1_i8..=28, 0_u16..1000)
        .prop_map(|(division, y, m, d, n)| CitizenId::generate(&division, Date::constant(y, m, d), n).unwrap())
}

fn any_licence() -> impl Strategy<Value = LicenceCode> {
    (any_uscc(), any_uscc(), 0_u16..1000, "[0-9A-Z]{1,32}", 1_u16..1000).prop_map(
        |(body, issuer, kind, serial, version)| {
            LicenceCode::generate(&format!("{body}{kind:03}"), &issuer, &serial, version).unwrap()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_slip_in_a_credit_code_goes_unseen(code in any_uscc()) {
        let text = code.as_str();
        for at in 0..18 {
            for with in "0123456789ABCDEFGHJKLMNPQRTUWXY".chars().filter(|c| text.chars().nth(at) != Some(*c)) {
                prop_assert!(Uscc::parse(&substituted(text, at, with)).is_err());
            }
            if at < 17 && text.as_bytes()[at] != text.as_bytes()[at + 1] {
                prop_assert!(Uscc::parse(&swapped(text, at)).is_err());
            }
        }
    }

    #[test]
    fn no_slip_in_a_citizen_id_goes_unseen(id in any_citizen()) {
        let text = id.as_str();
        for at in 0..18 {
            for with in "0123456789X".chars().filter(|c| text.chars().nth(at) != Some(*c)) {
                prop_assert!(CitizenId::parse(&substituted(text, at, with)).is_err());
            }
            if at < 17 && text.as_bytes()[at] != text.as_bytes()[at + 1] {
                prop_assert!(CitizenId::parse(&swapped(text, at)).is_err());
            }
        }
    }

    #[test]
    fn no_wrong_character_in_a_licence_identifier_goes_unseen(code in any_licence()) {
        prop_assert_eq!(&LicenceCode::parse(code.as_str()).unwrap(), &code);
        let text = code.as_str();
        for at in LICENCE_ROOT.len() + 1..text.len() {
            for with in "0129AKXZ".chars().filter(|c| text.chars().nth(at) != Some(*c)) {
                prop_assert!(LicenceCode::parse(&substituted(text, at, with)).is_err());
            }
        }
    }

    #[test]
    fn no_slip_in_a_case_number_goes_unseen(seed: u64, day in 0_i32..3000) {
        let clock = FixedClock::at(Moment::from_ms(i64::from(day) * 86_400_000));
        let id = Id::new(&clock, &SeededEntropy::new(seed));
        let date = kernel::Clock::now(&clock).date();
        let number = CaseNumber::new("450103".parse().unwrap(), ItemTag::parse("FDHR").unwrap(), date, id);
        let text = number.as_str();
        prop_assert_eq!(&CaseNumber::parse(text).unwrap(), &number);
        for at in (0..text.len()).filter(|at| text.as_bytes()[*at] != b'-') {
            for with in "0123456789ABCDEFGHJKLMNPQRTUWXY".chars().filter(|c| text.chars().nth(at) != Some(*c)) {
                prop_assert!(CaseNumber::parse(&substituted(text, at, with)).is_err());
            }
        }
    }

    #[test]
    fn reading_any_text_never_panics(text in "\\PC{0,40}", digits in "[0-9X]{18}") {
        let _ = (Uscc::read(&text), CitizenId::read(&text), LicenceCode::read(&text), OrganisationCode::read(&text));
        let _ = (CitizenId::parse(&digits), Uscc::parse(&digits), text.parse::<ItemCode>(), CaseNumber::read(&text));
        let _ = (CaseNumber::parse(&text), LicenceCode::parse(&format!("{LICENCE_ROOT}.{text}")));
    }
}

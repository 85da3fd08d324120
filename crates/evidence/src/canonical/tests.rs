//! Tests of `canonical`: tables of cases, and properties.

use proptest::prelude::*;
use serde_json::json;

use super::*;

#[test]
fn the_examples_of_rfc_8785() {
    // Section 3.2.2 and 3.2.3.
    let text = r#"{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}"#;
    let expected = r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#;
    assert_eq!(canonical_value(&read_strict(text.as_bytes()).unwrap()).unwrap(), expected);
    let keys = r#"{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}"#;
    let sorted = read_strict(keys.as_bytes()).unwrap();
    let sorted = canonical_value(&sorted).unwrap();
    let order =
        ["Carriage", "One", "Control", "Latin", "Euro", "Emoji", "Hebrew"].map(|word| sorted.find(word).unwrap());
    assert!(order.is_sorted(), "{sorted}");
}

#[test]
fn numbers_of_rfc_8785_appendix_b() {
    let cases: [(u64, &str); 24] = [
        (0x0000000000000000, "0"),
        (0x8000000000000000, "0"),
        (0x0000000000000001, "5e-324"),
        (0x8000000000000001, "-5e-324"),
        (0x7fefffffffffffff, "1.7976931348623157e+308"),
        (0xffefffffffffffff, "-1.7976931348623157e+308"),
        (0x4340000000000000, "9007199254740992"),
        (0xc340000000000000, "-9007199254740992"),
        (0x4430000000000000, "295147905179352830000"),
        (0x44b52d02c7e14af5, "9.999999999999997e+22"),
        (0x44b52d02c7e14af6, "1e+23"),
        (0x44b52d02c7e14af7, "1.0000000000000001e+23"),
        (0x444b1ae4d6e2ef4e, "999999999999999700000"),
        (0x444b1ae4d6e2ef4f, "999999999999999900000"),
        (0x444b1ae4d6e2ef50, "1e+21"),
        (0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"),
        (0x3eb0c6f7a0b5ed8d, "0.000001"),
        (0x41b3de4355555553, "333333333.3333332"),
        (0x41b3de4355555554, "333333333.33333325"),
        (0x41b3de4355555555, "333333333.3333333"),
        (0x41b3de4355555556, "333333333.3333334"),
        (0x41b3de4355555557, "333333333.33333343"),
        (0xbecbf647612f3696, "-0.0000033333333333333333"),
        (0x43143ff3c1cb0959, "1424953923781206.2"),
    ];
    for (bits, text) in cases {
        assert_eq!(number::write(f64::from_bits(bits)), text, "{bits:016x}");
    }
}

#[test]
fn what_two_readers_could_read_differently_is_refused() {
    let deep = format!("{}1{}", "[".repeat(65), "]".repeat(65));
    let long = format!("\"{}\"", "x".repeat(MAX_BYTES));
    let cases: [(&[u8], &str); 24] = [
        (br#"{"a":1,"a":1}"#, "duplicate_key"),
        (br#"{"a":{"b":1,"\u0062":2}}"#, "duplicate_key"),
        (b"\xef\xbb\xbf{}", "byte_order_mark"),
        (b"\"\xff\"", "not_utf8"),
        (b"{\"a\":\"\xed\xa0\x80\"}", "not_utf8"),
        (b"9007199254740992", "number_too_large"),
        (b"-9007199254740992", "number_too_large"),
        (b"18446744073709551615", "number_too_large"),
        (b"100000000000000000000", "number_too_large"),
        (b"9007199254740992.0", "number_too_large"),
        (b"1e400", "not_json"),
        (b"NaN", "not_json"),
        (b"{} {}", "not_json"),
        (b"", "not_json"),
        (br#""\ud800""#, "not_json"),
        (b"{'a':1}", "not_json"),
        (b"[1,]", "not_json"),
        (b"{\"a\":1}//", "not_json"),
        (b"\"a\nb\"", "not_json"),
        (b"01", "not_json"),
        (b"+1", "not_json"),
        (deep.as_bytes(), "too_deep"),
        (long.as_bytes(), "too_long"),
        (b"\"\\x41\"", "not_json"),
    ];
    for (bytes, code) in cases {
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(40)]);
        assert_eq!(read_strict(bytes).unwrap_err().code(), code, "{shown}");
    }
}

#[test]
fn other_spellings_of_the_same_value_are_not_canonical() {
    let cases = [
        r#"{"a": 1}"#,
        r#"{"b":1,"a":1}"#,
        "1.0",
        "1e0",
        "-0",
        "0.10",
        r#""\u0041""#,
        r#""\/""#,
        r#""\u000A""#,
        "[1] ",
        " 1",
        "1E2",
        "0.1000000000000000055511151231257827",
    ];
    for text in cases {
        assert_eq!(read_canonical(text.as_bytes()), Err(CanonicalError::NotCanonical), "{text}");
    }
    // The same name composed and decomposed: two texts, neither changed behind the signer's back.
    assert_ne!(canonical_value(&json!("é")), canonical_value(&json!("e\u{301}")));
}

fn any_json() -> impl Strategy<Value = Value> {
    let number = any::<u64>()
        .prop_map(f64::from_bits)
        .prop_filter("written exactly", |double| double.is_finite() && !ROUNDED.contains(&double.abs()))
        .prop_filter_map("finite", Number::from_f64)
        .prop_map(Value::Number);
    let whole = (-(1_i64 << 53) + 1..1 << 53).prop_map(Value::from);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        number,
        whole,
        any::<String>().prop_map(Value::String)
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::btree_map(any::<String>(), inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn canonical_text_reads_back_to_itself(value in any_json()) {
        let text = canonical_value(&value).unwrap();
        let read = read_canonical(text.as_bytes()).unwrap();
        prop_assert_eq!(canonical_value(&read).unwrap(), text);
    }

    #[test]
    fn a_number_reads_back_to_the_same_double(bits in any::<u64>()) {
        let double = f64::from_bits(bits);
        prop_assume!(double.is_finite() && double != 0.0);
        prop_assert_eq!(number::write(double).parse::<f64>().unwrap().to_bits(), bits);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read_canonical(&bytes);
    }

    #[test]
    fn anything_like_json_is_read_or_refused(text in r#"[\[\]{}",:0-9eE+\-. \\utrfalsn]{0,60}"#) {
        if let Ok(value) = read_canonical(text.as_bytes()) {
            prop_assert_eq!(canonical_value(&value).unwrap(), text);
        }
    }
}

//! The four check algorithms, on bytes that are already known to be digits and capital letters.

/// The alphabet of GB 32100: no I, O, S, V, Z.
pub(crate) const ALPHABET_31: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// Digits and capital letters, by value.
pub(crate) const ALPHABET_36: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// The value of a digit or capital letter; 36 for anything else.
pub(crate) const fn value_36(byte: u8) -> u32 {
    match byte {
        b'0'..=b'9' => (byte - b'0') as u32,
        b'A'..=b'Z' => (byte - b'A') as u32 + 10,
        _ => 36,
    }
}

/// Weights 3^(i-1) mod 31, check = (31 - sum mod 31) mod 31 (GB 32100-2015). None when a byte is not of the alphabet.
pub(crate) fn mod_31(body: &[u8]) -> Option<char> {
    let (mut weight, mut sum) = (1, 0);
    for byte in body {
        let value = ALPHABET_31.iter().position(|a| a == byte)?;
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    Some(char::from(ALPHABET_31[(31 - sum % 31) % 31]))
}

/// Weights 3 7 9 10 5 8 4 2, 11 - sum mod 11; 10 is X, 11 is 0 (GB 11714).
pub(crate) fn gb_11714(body: &[u8]) -> char {
    let sum: u32 = body.iter().zip([3, 7, 9, 10, 5, 8, 4, 2]).map(|(byte, weight)| value_36(*byte) * weight).sum();
    match 11 - sum % 11 {
        11 => '0',
        10 => 'X',
        digit => char::from(ALPHABET_36[digit as usize]),
    }
}

/// ISO 7064 MOD 11-2 over digits (GB 11643).
pub(crate) fn mod_11_2(body: &[u8]) -> char {
    let power = body.iter().fold(0, |power, byte| (power + value_36(*byte)) * 2 % 11);
    match (12 - power) % 11 {
        10 => 'X',
        digit => char::from(ALPHABET_36[digit as usize]),
    }
}

/// ISO 7064 MOD 37,36 over values 0 to 36; gives a value 0 to 35.
pub(crate) fn mod_37_36(values: impl IntoIterator<Item = u32>) -> u32 {
    let mut power = 36;
    for value in values {
        let sum = (power + value) % 36;
        power = (if sum == 0 { 36 } else { sum }) * 2 % 37;
    }
    (37 - power) % 36
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_of_the_standards() {
        assert_eq!(mod_31(b"91350100M000100Y4"), Some('3'));
        assert_eq!(gb_11714(b"M000100Y"), '4');
        assert_eq!(mod_11_2(b"11010519491231002"), 'X');
        assert_eq!(mod_11_2(b"44052418800101001"), '4');
        // ISO 7064's own example of MOD 37,36.
        assert_eq!(mod_37_36(b"A12425GABC1234002".iter().map(|b| value_36(*b))), value_36(b'M'));
    }
}

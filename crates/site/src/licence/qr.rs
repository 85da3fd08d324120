//! The address of a licence as a QR code.

use qrcodegen::{QrCode, QrCodeEcc, QrSegment, Version};

/// The address as a QR code, drawn as one path so that it needs no style of its own.
pub(super) fn svg(address: &str) -> String {
    let Some(code) = code(address) else { return String::new() };
    let size = code.size();
    let dark = (0..size).flat_map(|y| (0..size).map(move |x| (x, y))).filter(|(x, y)| code.get_module(*x, *y));
    let path: String = dark.map(|(x, y)| format!("M{x} {y}h1v1h-1z")).collect();
    // Readers want four light modules around it.
    let whole = size + 8;
    format!(
        "<svg viewBox=\"-4 -4 {whole} {whole}\" xmlns=\"http://www.w3.org/2000/svg\"><path fill=\"#000\" d=\"{path}\"/></svg>"
    )
}

/// The code at error level M, or L where only that fits 73 by 73 modules: a finer one is hard to read from paper. The digits
/// behind the `#` are written as digits, which take less room than letters.
pub(super) fn code(address: &str) -> Option<QrCode> {
    let segments = match address.split_once('#') {
        Some((page, digits)) if digits.bytes().all(|digit| digit.is_ascii_digit()) => {
            vec![QrSegment::make_bytes(format!("{page}#").as_bytes()), QrSegment::make_numeric(digits)]
        }
        _ => vec![QrSegment::make_bytes(address.as_bytes())],
    };
    let at =
        |level| QrCode::encode_segments_advanced(&segments, level, Version::new(1), Version::new(14), None, false).ok();
    at(QrCodeEcc::Medium).or_else(|| at(QrCodeEcc::Low))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_qr_code_is_one_path_without_style() {
        let drawn = svg("https://example.cn/verify?code=1.2.156.3005.2");
        assert!(drawn.starts_with("<svg viewBox=\"-4 -4 ") && drawn.ends_with("/></svg>"));
        assert!(!drawn.contains("style") && drawn.matches("M").count() > 200);
        assert_eq!(svg(&"x".repeat(10_000)), "", "what fits in no code is left out");
        let digits = format!("https://example.cn/v#{}", "7".repeat(990));
        assert!(svg(&digits).starts_with("<svg viewBox=\"-4 -4 81 81\""), "digits as digits: 409 bytes in 73 modules");
        assert_eq!(svg(&digits.replace('7', "x")), "", "as letters they would not fit");
    }
}

//! Reading a mail of one plain text (RFC 5322, 2045, 2047): subject, id, text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// What a mail says.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Mail {
    pub subject: String,
    /// The part of `Message-ID` before the `@`.
    pub id: String,
    pub text: String,
}

/// Reads a mail; what it does not have is empty.
pub(super) fn read(bytes: &[u8]) -> Mail {
    let all = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    let (head, body) = all.split_once("\n\n").unwrap_or((&all, ""));
    let head = head.replace("\n ", " ").replace("\n\t", " ");
    let header = |wanted: &str| {
        let found = head.lines().filter_map(|line| line.split_once(':'));
        found.filter(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim()).next().unwrap_or("")
    };
    let id = header("message-id").trim_matches(['<', '>']);
    let text = match header("content-transfer-encoding").to_ascii_lowercase().as_str() {
        "base64" => base64(body),
        "quoted-printable" => utf8(quoted(&body.replace("=\n", ""), false)),
        _ => body.to_owned(),
    };
    Mail {
        subject: words(header("subject")),
        id: id.split('@').next().unwrap_or_default().to_owned(),
        text: text.replace("\r\n", "\n").trim_end().to_owned(),
    }
}

fn utf8(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}

fn base64(text: &str) -> String {
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    utf8(STANDARD.decode(plain).unwrap_or_default())
}

/// `=E5` is a byte; in a header's word `_` is a space.
fn quoted(text: &str, in_word: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'=' => {
                let digits: Vec<u8> = rest.by_ref().take(2).collect();
                bytes.extend(hex::decode(digits).unwrap_or_default());
            }
            b'_' if in_word => bytes.push(b' '),
            other => bytes.push(other),
        }
    }
    bytes
}

/// A header with encoded words. Bytes of neighbouring words are put together before they are read: a character may be split
/// between two.
fn words(value: &str) -> String {
    let mut bytes: Vec<u8> = Vec::new();
    let mut after_word = false;
    for part in value.split(' ') {
        let inner = part.strip_prefix("=?").and_then(|p| p.strip_suffix("?="));
        let word = inner.and_then(|inner| {
            let mut pieces = inner.splitn(3, '?');
            let (_, kind, text) = (pieces.next()?, pieces.next()?, pieces.next()?);
            match kind {
                "b" | "B" => STANDARD.decode(text).ok(),
                _ => Some(quoted(text, true)),
            }
        });
        let is_word = word.is_some();
        if !(bytes.is_empty() || after_word && is_word) {
            bytes.push(b' ');
        }
        bytes.extend(word.unwrap_or_else(|| part.as_bytes().to_vec()));
        after_word = is_word;
    }
    utf8(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_read_in_either_encoding() {
        let head = "Message-ID: <k-1@a.example>\r\nSubject: =?utf-8?b?5bey5YeG?= =?utf-8?b?5LqI?=\r\n done\r\n";
        let base64 = format!("{head}Content-Transfer-Encoding: base64\r\n\r\n5bey\r\n5YeG\r\n5LqI\r\n");
        let quoted =
            format!("{head}Content-Transfer-Encoding: quoted-printable\r\n\r\n=E5=B7=B2=E5=\r\n=87=86=E4=BA=88\r\n");
        for mail in [base64, quoted] {
            let wanted = Mail { subject: "已准予 done".into(), id: "k-1".into(), text: "已准予".into() };
            assert_eq!(read(mail.as_bytes()), wanted);
        }
    }
}

//! Cookies: reading them, and writing them so that no script and no other site can use them.

use axum::http::{HeaderMap, HeaderValue, header};

/// The reader's language: `zh-CN` or `en`.
pub const LANGUAGE: &str = "language";
/// The reader's view: `elder` for the large-font view 长辈版.
pub const VIEW: &str = "view";

/// The value of cookie `name`, as the browser sent it.
pub fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(';')).find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then_some(value)
    })
}

/// How a cookie is set.
#[derive(Clone, Copy, Debug)]
pub struct Cookie<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its value: letters, digits, `-`, `_`, `.` only (tokens and settings, never free text).
    pub value: &'a str,
    /// How long it is kept, in seconds; 0 removes it; none ends with the browser.
    pub max_age_seconds: Option<i64>,
    /// Whether it travels by TLS only.
    pub secure: bool,
}

impl Cookie<'_> {
    /// The `Set-Cookie` line: HttpOnly, SameSite=Lax, whole site. None where the value has characters it must not.
    pub fn line(&self) -> Option<HeaderValue> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if !self.value.chars().all(plain) {
            return None;
        }
        let age = self.max_age_seconds.map_or_else(String::new, |s| format!("; Max-Age={s}"));
        let secure = if self.secure { "; Secure" } else { "" };
        let line = format!("{}={}; Path=/; HttpOnly; SameSite=Lax{age}{secure}", self.name, self.value);
        HeaderValue::from_str(&line).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_named_cookie_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("languages=x; language=en; view=elder"));
        assert_eq!(read(&headers, LANGUAGE), Some("en"));
        assert_eq!(read(&headers, VIEW), Some("elder"));
        assert_eq!(read(&headers, "session"), None);
    }

    #[test]
    fn writes_closed_lines_and_refuses_free_text() {
        let cookie = Cookie { name: "s", value: "a-b_c.1", max_age_seconds: Some(0), secure: true };
        assert_eq!(cookie.line().unwrap(), "s=a-b_c.1; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; Secure");
        assert!(Cookie { value: "a; Domain=evil", ..cookie }.line().is_none());
    }
}

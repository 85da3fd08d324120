//! Asks the agency that keeps a register, over HTTP. One try each: patience is the room's.
//!
//! Nothing of a question or an answer is logged here, and the credentials are never shown.

use std::fmt;
use std::path::PathBuf;

use affairs::register::{Awaited, Change, Keeper, Question, Reply, Silence};
use axum::body::Bytes;
use axum::http::{HeaderValue, Method, Request, StatusCode, header};
use evidence::key::PublicKey;
use http_body_util::Full;
use serde::Serialize;

use super::wire::{self, Changed, Lookup};
use crate::outward::{CertificatesError, Outward};

/// Where a keeper answers, and what is agreed with it.
#[derive(Clone)]
pub struct Address {
    /// Such as `https://registers.example.gov.cn/pool`, without a slash at the end.
    pub url: String,
    /// Said with each question (`Authorization: Bearer …`).
    pub token: Option<String>,
    /// The certificates that may vouch for the keeper (PEM).
    pub certificates: PathBuf,
    /// The key with which it signs its answers; with it, an answer that is not signed is none.
    pub key: Option<PublicKey>,
}

/// Why a keeper cannot be asked at all.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AddressError {
    /// The certificates cannot be read.
    #[error(transparent)]
    Certificates(#[from] CertificatesError),
    /// The credentials cannot stand in a header.
    #[error("the credentials hold what no header may hold")]
    Token,
}

/// A keeper that is asked over HTTP.
pub struct HttpKeeper {
    client: Outward,
    url: String,
    token: Option<HeaderValue>,
    key: Option<PublicKey>,
}

impl fmt::Debug for HttpKeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpKeeper({})", self.url)
    }
}

impl HttpKeeper {
    /// A keeper at this address. Connections are made when they are needed, and kept.
    ///
    /// # Errors
    /// Where certificates or credentials cannot be used.
    pub fn new(address: &Address) -> Result<Self, AddressError> {
        let token = address.token.as_ref().map(|token| {
            let mut value = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| AddressError::Token)?;
            value.set_sensitive(true);
            Ok::<_, AddressError>(value)
        });
        let client = Outward::new(&address.url, &address.certificates)?;
        Ok(Self { client, url: address.url.clone(), token: token.transpose()?, key: address.key.clone() })
    }

    async fn send(&self, method: Method, path: &str, body: Vec<u8>) -> Result<(StatusCode, Vec<u8>), Silence> {
        let unreached = |why: String| Silence::Unreached(why);
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json")
            .header(header::USER_AGENT, concat!("budayang/", env!("CARGO_PKG_VERSION")));
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, token);
        }
        let request = request.body(Full::new(Bytes::from(body))).map_err(|e| unreached(e.to_string()))?;
        self.client.send(request).await.map_err(|e| unreached(e.to_string()))
    }

    async fn post<T: Serialize>(&self, path: &str, body: &T) -> Result<Vec<u8>, Silence> {
        let body = serde_json::to_vec(body).map_err(|e| Silence::Unsound(e.to_string()))?;
        let (status, body) = self.send(Method::POST, path, body).await?;
        judge(status)?;
        Ok(body)
    }
}

impl Keeper for HttpKeeper {
    fn ask<'a>(&'a self, question: &'a Question) -> Awaited<'a, Reply> {
        Box::pin(async move {
            let bytes = self.post("/v1/lookups", &Lookup::from(question)).await?;
            wire::read(question, self.key.as_ref(), bytes)
        })
    }

    fn tell<'a>(&'a self, change: &'a Change) -> Awaited<'a, ()> {
        Box::pin(async move { self.post("/v1/changes", &Changed::from(change)).await.map(drop) })
    }

    fn hail(&self) -> Awaited<'_, ()> {
        Box::pin(async move { judge(self.send(Method::GET, "/v1/health", Vec::new()).await?.0) })
    }
}

/// What a status says. A keeper that is busy may be asked again; one that refuses may not.
fn judge(status: StatusCode) -> Result<(), Silence> {
    match status.as_u16() {
        200..=299 => Ok(()),
        code @ (408 | 425 | 429 | 500..=599) => Err(Silence::Unwell(code)),
        code => Err(Silence::Refused(code)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_status_says() {
        let cases = [
            (200, Ok(())),
            (204, Ok(())),
            (429, Err(Silence::Unwell(429))),
            (503, Err(Silence::Unwell(503))),
            (302, Err(Silence::Refused(302))),
            (401, Err(Silence::Refused(401))),
            (422, Err(Silence::Refused(422))),
        ];
        for (status, expected) in cases {
            assert_eq!(judge(StatusCode::from_u16(status).unwrap()), expected);
        }
    }

    #[test]
    fn credentials_are_not_shown() {
        let address = Address {
            url: "http://127.0.0.1:1".into(),
            token: Some("secret-word".into()),
            certificates: PathBuf::new(),
            key: None,
        };
        let keeper = HttpKeeper::new(&address).unwrap();
        assert!(!format!("{keeper:?} {:?}", keeper.token).contains("secret-word"));
        let broken = Address { token: Some("a\nb".into()), ..address.clone() };
        assert_eq!(HttpKeeper::new(&broken).unwrap_err(), AddressError::Token);
        let unvouched = Address { url: "https://a.example".into(), certificates: "/no/such.pem".into(), ..address };
        assert!(matches!(HttpKeeper::new(&unvouched), Err(AddressError::Certificates(_))));
    }
}

//! Asking other machines over HTTP: one client with the certificates that were named for it. What is asked and what an answer
//! means is each room's own.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

/// The largest answer, in bytes.
const LARGEST: usize = 256 * 1024;

/// The certificates in a file cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the certificates in {0}: {1}")]
pub struct CertificatesError(pub PathBuf, pub String);

/// Why there is no whole answer.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum Broken {
    /// No connection: the other certainly never saw the request.
    #[error("{0}")]
    NoConnection(String),
    /// It broke after the connection stood: the other may have seen the request.
    #[error("{0}")]
    BrokeOff(String),
}

/// A client. Connections are made when they are needed, and kept.
pub(crate) struct Outward(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

impl Outward {
    /// A client for an address. Without TLS only this machine is asked; the configuration sees to that.
    ///
    /// # Errors
    /// Where the address begins with `https` and the certificates cannot be used.
    pub(crate) fn new(url: &str, certificates: &Path) -> Result<Self, CertificatesError> {
        let roots = if url.starts_with("https:") { roots(certificates)? } else { RootCertStore::empty() };
        let connector = HttpsConnectorBuilder::new().with_tls_config(tls(roots, certificates)?);
        let connector = connector.https_or_http().enable_http1().build();
        Ok(Self(Client::builder(TokioExecutor::new()).build(connector)))
    }

    /// Sends a request and reads the whole answer.
    pub(crate) async fn send(&self, request: Request<Full<Bytes>>) -> Result<(StatusCode, Vec<u8>), Broken> {
        let response = self.0.request(request).await.map_err(|error| {
            let said = causes(&error);
            if error.is_connect() { Broken::NoConnection(said) } else { Broken::BrokeOff(said) }
        })?;
        let status = response.status();
        let body = Limited::new(response.into_body(), LARGEST).collect().await;
        let broken = |e| Broken::BrokeOff(format!("the answer broke off or is too long: {e}"));
        Ok((status, body.map_err(broken)?.to_bytes().to_vec()))
    }
}

/// The error with what caused it: "connection refused" stands at the end of the chain.
pub(crate) fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

fn roots(certificates: &Path) -> Result<RootCertStore, CertificatesError> {
    let fault = |why: String| CertificatesError(certificates.to_owned(), why);
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(certificates).map_err(|e| fault(e.to_string()))? {
        // A store of many may hold one that this library does not read; none at all is a mistake.
        let _ = roots.add(certificate.map_err(|e| fault(e.to_string()))?);
    }
    if roots.is_empty() {
        return Err(fault("no certificate in it can be used".to_owned()));
    }
    Ok(roots)
}

fn tls(roots: RootCertStore, certificates: &Path) -> Result<ClientConfig, CertificatesError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|e| CertificatesError(certificates.to_owned(), e.to_string()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

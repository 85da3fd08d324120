//! Serving: listens, lets the background jobs run beside it, and stops in order.

pub(crate) mod config;
pub(crate) mod fonts;
mod jobs;
pub(crate) mod messages;
pub(crate) mod metrics;
pub(crate) mod registers;
pub(crate) mod scanner;
pub(crate) mod witnesses;

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use site::AppState;
use tokio::sync::watch;

/// A bound address, before anything is served on it.
pub(crate) struct Bound {
    listener: TcpListener,
    /// The address, with the port the system gave.
    pub(crate) address: SocketAddr,
}

/// Certificate chain and key of our own TLS.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Tls {
    /// PEM, the server's certificate first.
    pub(crate) certificate: PathBuf,
    /// PEM.
    pub(crate) key: PathBuf,
}

/// Takes an address, or says who has it.
pub(crate) fn bind(address: SocketAddr) -> anyhow::Result<Bound> {
    let hint =
        || format!("cannot listen on {address}; is another server running there? choose another address with --listen");
    let listener = TcpListener::bind(address).with_context(hint)?;
    listener.set_nonblocking(true)?;
    Ok(Bound { address: listener.local_addr()?, listener })
}

/// Serves until the process is asked to stop; then finishes what runs, for `patience` at most, and closes the database.
pub(crate) async fn serve(
    bound: Bound,
    tls: Option<RustlsConfig>,
    state: AppState,
    patience: Duration,
) -> anyhow::Result<()> {
    let (stop, stopped) = watch::channel(false);
    let waiting = tokio::spawn(jobs::take_up_cases(state.clone(), stopped.clone()));
    let carrying = tokio::spawn(jobs::carry_out(state.clone(), stopped.clone()));
    let scanning = tokio::spawn(jobs::check_materials(state.clone(), stopped.clone()));
    let witnessing = tokio::spawn(jobs::ask_witnesses(state.clone(), stopped.clone()));
    let jobs = tokio::spawn(jobs::run(state.clone(), stopped));
    let handle = Handle::new();
    tokio::spawn(stop_when_asked(handle.clone(), patience)?);
    let served = listen(bound, tls, &state, handle).await;
    let _ = stop.send(true);
    let finished = jobs.await.and(waiting.await).and(carrying.await).and(scanning.await).and(witnessing.await);
    if let Ok(desks) = state.desks() {
        desks.store().close().await;
    }
    served?;
    finished.map_err(|error| anyhow!("a background job failed: {error}"))
}

/// Serves these routes until the process is asked to stop.
pub(crate) async fn until_stopped(bound: Bound, routes: axum::Router) -> anyhow::Result<()> {
    let handle = Handle::new();
    tokio::spawn(stop_when_asked(handle.clone(), Duration::ZERO)?);
    Ok(axum_server::from_tcp(bound.listener)?.handle(handle).serve(routes.into_make_service()).await?)
}

async fn listen(
    bound: Bound,
    tls: Option<RustlsConfig>,
    state: &AppState,
    handle: Handle<SocketAddr>,
) -> anyhow::Result<()> {
    let service = site::router(state).into_make_service_with_connect_info::<SocketAddr>();
    match tls {
        None => axum_server::from_tcp(bound.listener)?.handle(handle).serve(service).await?,
        Some(tls) => axum_server::from_tcp_rustls(bound.listener, tls)?.handle(handle).serve(service).await?,
    }
    Ok(())
}

/// Reads certificate and key: before anybody is told that we listen.
pub(crate) async fn certificate(tls: &Tls) -> anyhow::Result<RustlsConfig> {
    // Set once a process; a second time it is set already, and that is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = RustlsConfig::from_pem_file(&tls.certificate, &tls.key).await;
    config.with_context(|| format!("cannot use {} with {}", tls.certificate.display(), tls.key.display()))
}

/// Waits for Ctrl-C or the service manager's word.
fn stop_when_asked(
    handle: Handle<SocketAddr>,
    patience: Duration,
) -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
        tracing::info!("stopping");
        handle.graceful_shutdown(Some(patience));
    })
}

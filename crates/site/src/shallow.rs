//! A layer that makes what is inside of it cheap to clone.
//!
//! A router clones a route for each request, and each layer made of a function clones everything inside of itself once more,
//! so with a dozen layers a request began with some hundred copies of services. Making and dropping them was one sample in
//! fourteen of a profile of approvals, and they live as long as the request waits. With one of these below each such layer a
//! clone copies a pointer.

use std::sync::Arc;
use std::task::{Context, Poll};

use tower::util::Oneshot;
use tower::{Layer, Service, ServiceExt as _};

/// The layer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ShallowLayer;

impl<S> Layer<S> for ShallowLayer {
    type Service = Shallow<S>;

    fn layer(&self, inner: S) -> Shallow<S> {
        Shallow(Arc::new(inner))
    }
}

/// A service behind a pointer; it is cloned one layer deep when it is called.
#[derive(Debug)]
pub(crate) struct Shallow<S>(Arc<S>);

impl<S> Clone for Shallow<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: Service<R> + Clone, R> Service<R> for Shallow<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = Oneshot<S, R>;

    /// Always: the clone that answers is asked whether it is ready.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: R) -> Self::Future {
        S::clone(&self.0).oneshot(request)
    }
}

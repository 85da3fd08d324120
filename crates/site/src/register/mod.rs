//! The registers' floor of HTTP: asking other agencies for what they keep ([`HttpKeeper`]), and a server that keeps a
//! register itself, for demonstrations and tests ([`server`]). The description both keep to stands in
//! `docs/register-api.json`.

mod client;
pub mod server;
mod wire;

pub use client::{Address, AddressError, HttpKeeper};

#[cfg(test)]
mod tests;

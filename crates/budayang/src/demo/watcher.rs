//! The demonstration's witness: somebody else in name, in the same process and yet asked over HTTP, with a memory and a key of its own
//! beside the office. So random draws can be tried out whole. Its key is marked, and no office in production takes it for a witness.

use std::fs;
use std::sync::Arc;

use anyhow::Context as _;
use evidence::key::Cost;
use site::Office;
use site::witness::WitnessAddress;

use crate::office::{Home, Machine};
use crate::serve::witnesses::attach;
use crate::witness::{self, Keeper};

/// Its key's name; what it signs is marked like everything here.
const NAME: &str = "demonstration.budayang.example/witness";
/// Its folder beside the office's.
const FOLDER: &str = "witness";

/// Starts the witness and lets the office ask it; it ends with the process.
pub(crate) async fn open(office: Office, home: &Home, machine: &Machine) -> anyhow::Result<Office> {
    let folder = home.folder.join(FOLDER);
    let passphrase = fs::read_to_string(home.passphrase()).context("cannot read the demonstration's passphrase")?;
    let passphrase = passphrase.trim();
    if !witness::is_at(&folder) {
        witness::create(&folder, (NAME, Cost::LIGHT), passphrase, &*machine.entropy)?;
    }
    let keeper = Arc::new(Keeper::open(&folder, passphrase, &office.log_keys)?);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.context("no loopback port for a witness")?;
    let url = format!("http://{}", listener.local_addr()?);
    let key = keeper.public().clone();
    tokio::spawn(async move { axum::serve(listener, witness::routes(keeper)).await });
    let witnesses = attach(&[WitnessAddress { url, certificates: "".into(), key }], true)?;
    Ok(Office { witnesses, ..office })
}

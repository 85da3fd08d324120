//! Draws between announcement and result: the witnesses are asked for their co-signatures on the checkpoint that ends with the
//! announcement, and with the last one the result is revealed. Done by the program itself, so that nobody looks first.

use std::time::Duration;

use affairs::supervision::{self, Draw, DrawKeys, SupervisionError};
use evidence::key::PublicKey;
use kernel::Text;

use crate::office::{Desks, Office};

/// The longest one witness keeps the others waiting.
const PATIENCE: Duration = Duration::from_secs(8);

/// The witnesses' keys, in the order in which they are configured.
pub(super) fn witnesses(office: &Office) -> Vec<PublicKey> {
    office.witnesses.iter().map(|witness| witness.key().clone()).collect()
}

/// The keys a draw is announced and revealed with.
pub(super) fn keys<'a>(office: &'a Office, witnesses: &'a [PublicKey]) -> DrawKeys<'a> {
    DrawKeys { log: &office.log_keys, witnesses, vault: &office.vault }
}

/// What came of asking for one draw.
pub(super) enum Sought {
    /// All had co-signed: it is revealed.
    Revealed,
    /// These have not, and why.
    Waits(Vec<(PublicKey, String)>),
}

/// Goes on with every draw that waits, and breaks off those whose last day has passed. Gives how many were revealed or broken off.
///
/// # Errors
/// Where the database or the log fails.
pub async fn go_on(desks: &Desks<'_>) -> Result<usize, SupervisionError> {
    let mut done = supervision::lapse(&desks.approval()).await?;
    for draw in supervision::waiting_draws(desks.store()).await? {
        if draw.shard != desks.office.shard {
            continue;
        }
        let (agency, number) = (draw.agency.clone(), draw.number);
        match seek(desks, draw).await {
            Ok(Sought::Revealed) => done += 1,
            Ok(Sought::Waits(missing)) => {
                for (key, why) in missing {
                    tracing::warn!(agency, number, witness = %key.id(), why, "a draw waits for a witness");
                }
            }
            // One draw that cannot be revealed does not hold up the others.
            Err(SupervisionError::NotAllowed(Text { en, .. })) => {
                tracing::error!(agency, number, why = en, "a draw is not revealed");
            }
            Err(SupervisionError::Changed) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(done)
}

/// Asks the missing witnesses of one draw, and reveals it where none is missing.
pub(super) async fn seek(desks: &Desks<'_>, draw: Draw) -> Result<Sought, SupervisionError> {
    let (desk, id) = (desks.approval(), draw.id);
    let awaited = supervision::awaited(desks.store(), draw).await?;
    let mut missing = Vec::new();
    for key in &awaited.missing {
        let Some(witness) = desks.office.witnesses.iter().find(|witness| witness.key() == key) else {
            missing.push((key.clone(), "it is not configured any more".to_owned()));
            continue;
        };
        let asked = witness.under(desks.store(), &awaited.draw.shard, awaited.size);
        match tokio::time::timeout(PATIENCE, asked).await {
            Err(_) => missing.push((key.clone(), "no answer".to_owned())),
            Ok(said) => match said? {
                Ok(line) => supervision::cosigned(&desk, &awaited, (key, &line)).await?,
                Err(why) => missing.push((key.clone(), why)),
            },
        }
    }
    if !missing.is_empty() {
        return Ok(Sought::Waits(missing));
    }
    let all = witnesses(desks.office);
    supervision::reveal(&desk, id, &keys(desks.office, &all)).await.map(|_| Sought::Revealed)
}

//! Who says who a person is: the identity providers. The counter never recognises a citizen itself; it takes the statement
//! of a provider, with the assurance level the provider vouches for, once.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::{Entropy, Moment, Text};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::{Assurance, PartyKind};

/// What a provider states about the one who signs in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Identity {
    /// Person or company.
    pub kind: PartyKind,
    /// Citizen id or unified social credit code.
    pub code: String,
    /// The name.
    pub name: String,
    /// How surely.
    pub assurance: Assurance,
    /// The provider's id.
    pub provider: String,
    /// The statement's own id: a statement is used once.
    pub assertion: String,
}

/// The provider did not recognise anybody. Which of its checks failed is for its own log.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum IdentityRefused {
    /// The answer is not this provider's, was altered, or is too old: begin again.
    #[error("the identity provider's answer cannot be accepted; sign in again")]
    NotAccepted,
    /// The provider cannot be asked now.
    #[error("the identity provider does not answer; try again later")]
    Unavailable,
}

/// What a provider's answer takes: it may have to ask over the network.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Result<Identity, IdentityRefused>> + Send + 'a>>;

/// One way to recognise a person. The national platform and a region's own are further implementations.
pub trait IdentityProvider: Send + Sync {
    /// Its id in addresses and records.
    fn id(&self) -> &str;

    /// What the sign-in page calls it.
    fn name(&self) -> Text;

    /// True for a provider that recognises invented people: production does not start with one.
    fn is_demonstration(&self) -> bool;

    /// Where the browser goes to be recognised; `state` comes back with the answer and ties it to this browser.
    fn begin(&self, state: &str) -> String;

    /// Reads the parameters of the answer.
    fn finish<'a>(&'a self, answer: &'a BTreeMap<String, String>, now: Moment) -> Answering<'a>;
}

/// The demonstration's provider: it recognises whoever brings a ticket that its own secret has signed, as the command line
/// of the demonstration prints them. Marked, and refused in production.
pub struct DemonstrationProvider {
    secret: [u8; 32],
}

/// How long a ticket may be used.
const TICKET_MS: i64 = 15 * 60_000;

#[derive(Serialize, Deserialize)]
struct Ticket {
    identity: Identity,
    expires_at: Moment,
}

impl DemonstrationProvider {
    /// The provider with the demonstration's own secret.
    pub const fn new(secret: [u8; 32]) -> Self {
        Self { secret }
    }

    /// A ticket for an invented person, good for fifteen minutes and one sign-in.
    pub fn ticket(&self, person: &super::Party, assurance: Assurance, entropy: &dyn Entropy, now: Moment) -> String {
        let mut nonce = [0; 16];
        entropy.fill(&mut nonce);
        let identity = Identity {
            kind: person.kind,
            code: person.code.clone(),
            name: person.name.clone(),
            assurance,
            provider: self.id().to_owned(),
            assertion: hex::encode(nonce),
        };
        let ticket = Ticket { identity, expires_at: now.plus_ms(TICKET_MS) };
        let body = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&ticket).unwrap_or_default());
        let mac = URL_SAFE_NO_PAD.encode(self.mac(&body).finalize().into_bytes());
        format!("{body}.{mac}")
    }

    fn mac(&self, body: &str) -> Hmac<Sha256> {
        // HMAC fills a short key with zeros up to the hash's block; here that is written out.
        let mut key = [0; 64];
        key[..32].copy_from_slice(&self.secret);
        Hmac::<Sha256>::new(&key.into()).chain_update(body)
    }

    fn read(&self, ticket: &str, now: Moment) -> Option<Identity> {
        let (body, mac) = ticket.split_once('.')?;
        self.mac(body).verify_slice(&URL_SAFE_NO_PAD.decode(mac).ok()?).ok()?;
        let ticket: Ticket = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).ok()?).ok()?;
        (now <= ticket.expires_at).then_some(ticket.identity)
    }
}

impl IdentityProvider for DemonstrationProvider {
    fn id(&self) -> &str {
        "demonstration"
    }

    fn name(&self) -> Text {
        Text::new("演示身份（虚构人物）", "Demonstration identity (invented people)")
    }

    fn is_demonstration(&self) -> bool {
        true
    }

    fn begin(&self, state: &str) -> String {
        format!("/sign-in/demonstration?state={state}")
    }

    fn finish<'a>(&'a self, answer: &'a BTreeMap<String, String>, now: Moment) -> Answering<'a> {
        let identity = answer.get("ticket").and_then(|t| self.read(t, now));
        Box::pin(std::future::ready(identity.ok_or(IdentityRefused::NotAccepted)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Party;
    use super::*;
    use kernel::{FixedClock, Id, SeededEntropy};

    #[tokio::test]
    async fn a_ticket_is_good_for_its_own_provider_unaltered_and_in_time() {
        let entropy = SeededEntropy::new(1);
        let now = Moment::from_ms(1_000_000);
        let provider = DemonstrationProvider::new([1; 32]);
        let id = Id::new(&FixedClock::at(now), &entropy);
        let person = Party { id, kind: PartyKind::Person, code: "450103199003071231".into(), name: "韦明月".into() };
        let ticket = provider.ticket(&person, Assurance::Strong, &entropy, now);
        let altered = ticket.replacen('e', "f", 1);
        let cases = [
            (&provider, ticket.clone(), now, true),
            (&provider, ticket.clone(), now.plus_ms(TICKET_MS), true),
            (&provider, ticket.clone(), now.plus_ms(TICKET_MS + 1), false),
            (&DemonstrationProvider::new([2; 32]), ticket.clone(), now, false),
            (&provider, altered, now, false),
            (&provider, ticket.split_once('.').unwrap().0.to_owned(), now, false),
            (&provider, String::new(), now, false),
        ];
        for (provider, ticket, now, good) in cases {
            let answer = BTreeMap::from([("ticket".to_owned(), ticket)]);
            let identity = provider.finish(&answer, now).await;
            assert_eq!(identity.is_ok_and(|i| i.code == person.code), good);
        }
    }
}

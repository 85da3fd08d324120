//! Passwords of staff: Argon2id, hashed off the async threads, two at a time so that a burst of guesses cannot eat the
//! memory of the counter.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use kernel::Entropy;
use store::Fault;
use tokio::sync::Semaphore;

/// Each hash takes 19 MiB and tens of milliseconds.
static HASHING: Semaphore = Semaphore::const_new(2);

/// The PHC string of a password (`$argon2id$…`), with a salt from `entropy`.
pub(super) async fn hash(password: &str, entropy: &dyn Entropy) -> Result<String, Fault> {
    let mut salt = [0; 16];
    entropy.fill(&mut salt);
    let password = password.to_owned();
    aside(move || {
        let hash: PasswordHash =
            Argon2::default().hash_password_with_salt(password.as_bytes(), &salt).map_err(broken)?;
        Ok(hash.to_string())
    })
    .await
}

/// True where `password` is the one that `stored` was made of. Nothing stored (no such account, or no password yet) takes as
/// long as a wrong password, so that time does not tell which names exist.
pub(super) async fn matches(password: &str, stored: Option<&str>) -> Result<bool, Fault> {
    let (password, stored) = (password.to_owned(), stored.map(str::to_owned));
    aside(move || match stored {
        Some(stored) => Ok(Argon2::default().verify_password(password.as_bytes(), stored.as_str()).is_ok()),
        None => {
            Argon2::default().hash_password_with_salt(password.as_bytes(), &[0; 16]).map_err(broken)?;
            Ok(false)
        }
    })
    .await
}

async fn aside<T: Send + 'static>(work: impl FnOnce() -> Result<T, Fault> + Send + 'static) -> Result<T, Fault> {
    let permit = HASHING.acquire().await.map_err(broken)?;
    let done = tokio::task::spawn_blocking(work).await.map_err(broken)?;
    drop(permit);
    done
}

fn broken(why: impl std::fmt::Display) -> Fault {
    Fault::Misuse(format!("password hashing: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::SeededEntropy;

    #[tokio::test]
    async fn only_the_same_password_matches() {
        let entropy = SeededEntropy::new(3);
        let stored = hash("a long sentence", &entropy).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$"), "{stored}");
        assert_ne!(stored, hash("a long sentence", &entropy).await.unwrap(), "the salt is new each time");
        assert!(matches("a long sentence", Some(&stored)).await.unwrap());
        assert!(!matches("a long sentence ", Some(&stored)).await.unwrap());
        assert!(!matches("a long sentence", None).await.unwrap());
        assert!(!matches("", Some("not a hash")).await.unwrap());
    }
}

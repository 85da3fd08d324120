//! A scanner that is reached by clamd's own protocol (INSTREAM, as in its manual page): each piece goes over the socket with its
//! length in front, a length of nothing ends it, and one line comes back.
//!
//! clamd has no TLS and no credentials: its socket is on this machine, or in a network that is protected otherwise.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use affairs::material::{Pieces, Scanned, Scanner, Unscanned, Verdict};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

/// The longest answer that is read.
const ANSWER_BYTES: u64 = 4_096;

/// Where clamd listens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ClamdSocket {
    /// A socket of this machine.
    Unix(PathBuf),
    /// Host and port.
    Tcp(String),
}

impl fmt::Display for ClamdSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Tcp(address) => f.write_str(address),
        }
    }
}

/// clamd.
#[derive(Debug)]
pub struct Clamd {
    socket: ClamdSocket,
    patience: Duration,
    name: String,
}

trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

impl Clamd {
    /// clamd at this socket; one scan takes at most `patience`.
    pub fn new(socket: ClamdSocket, patience: Duration) -> Self {
        let name = format!("clamd {socket}");
        Self { socket, patience, name }
    }

    async fn connect(&self) -> Result<Box<dyn Wire>, Unscanned> {
        let away = |error: std::io::Error| Unscanned(format!("clamd at {} does not answer: {error}", self.socket));
        Ok(match &self.socket {
            ClamdSocket::Unix(path) => Box::new(UnixStream::connect(path).await.map_err(away)?),
            ClamdSocket::Tcp(address) => Box::new(TcpStream::connect(address).await.map_err(away)?),
        })
    }

    async fn in_time<T>(&self, work: impl Future<Output = Result<T, Unscanned>>) -> Result<T, Unscanned> {
        let slow = || Unscanned(format!("clamd at {} did not answer in time", self.socket));
        timeout(self.patience, work).await.unwrap_or_else(|_| Err(slow()))
    }

    async fn stream(&self, mut file: Pieces<'_>) -> Result<Verdict, Unscanned> {
        let mut wire = self.connect().await?;
        // What it refuses (a file beyond its own limit) it says at once and hangs up: then its answer counts, not the broken pipe.
        let sent = send(&mut wire, &mut file).await;
        let answer = answer(&mut wire).await;
        match (sent, answer) {
            (Ok(()), Ok(answer)) => verdict(&answer),
            (Err(SendError::File(why)), _) => Err(why),
            (Err(SendError::Wire(error)), Ok(answer)) if answer.is_empty() => Err(broken(error)),
            (Err(SendError::Wire(_)), Ok(answer)) => Err(Unscanned(format!("clamd says: {answer}"))),
            (_, Err(error)) => Err(broken(error)),
        }
    }
}

enum SendError {
    File(Unscanned),
    Wire(std::io::Error),
}

async fn send(wire: &mut Box<dyn Wire>, file: &mut Pieces<'_>) -> Result<(), SendError> {
    wire.write_all(b"zINSTREAM\0").await.map_err(SendError::Wire)?;
    while let Some(piece) = file.next().await.map_err(|fault| SendError::File(Unscanned(fault.to_string())))? {
        let length =
            u32::try_from(piece.len()).map_err(|_| SendError::File(Unscanned("a piece is too long".into())))?;
        wire.write_all(&length.to_be_bytes()).await.map_err(SendError::Wire)?;
        wire.write_all(&piece).await.map_err(SendError::Wire)?;
    }
    wire.write_all(&0_u32.to_be_bytes()).await.map_err(SendError::Wire)?;
    wire.flush().await.map_err(SendError::Wire)
}

async fn answer(wire: &mut Box<dyn Wire>) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    wire.take(ANSWER_BYTES).read_to_end(&mut bytes).await?;
    let line = bytes.split(|b| *b == 0 || *b == b'\n').next().unwrap_or_default();
    Ok(String::from_utf8_lossy(line).trim().to_owned())
}

fn broken(error: std::io::Error) -> Unscanned {
    Unscanned(format!("the connection to clamd broke: {error}"))
}

/// What a line of clamd means. Whatever is not one of its two words is no verdict.
fn verdict(answer: &str) -> Result<Verdict, Unscanned> {
    let said = answer.strip_prefix("stream: ").unwrap_or(answer);
    match said.strip_suffix(" FOUND") {
        Some(found) => Ok(Verdict::Infected(found.to_owned())),
        None if said == "OK" => Ok(Verdict::Clean),
        None => Err(Unscanned(format!("clamd says: {answer:?}"))),
    }
}

impl Scanner for Clamd {
    fn name(&self) -> &str {
        &self.name
    }

    fn scan<'a>(&'a self, file: Pieces<'a>) -> Scanned<'a, Verdict> {
        Box::pin(self.in_time(self.stream(file)))
    }

    fn hail(&self) -> Scanned<'_, String> {
        Box::pin(self.in_time(async {
            let mut wire = self.connect().await?;
            wire.write_all(b"zVERSION\0").await.map_err(broken)?;
            let said = answer(&mut wire).await.map_err(broken)?;
            if said.starts_with("ClamAV") { Ok(said) } else { Err(Unscanned(format!("clamd says: {said:?}"))) }
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_two_words_are_verdicts() {
        assert_eq!(verdict("stream: OK"), Ok(Verdict::Clean));
        assert_eq!(verdict("stream: Win.Test.EICAR_HDB-1 FOUND"), Ok(Verdict::Infected("Win.Test.EICAR_HDB-1".into())));
        for other in ["", "OKAY", "stream: OK FOUNDATION", "INSTREAM size limit exceeded. ERROR", "UNKNOWN COMMAND"] {
            assert!(verdict(other).is_err(), "{other:?}");
        }
    }

    #[tokio::test]
    async fn nobody_there_is_silence_and_not_a_verdict() {
        let away = Clamd::new(ClamdSocket::Unix("/no/such/socket".into()), Duration::from_secs(1));
        assert!(away.hail().await.unwrap_err().0.contains("/no/such/socket"));
        assert_eq!(away.name(), "clamd unix:/no/such/socket");
    }
}

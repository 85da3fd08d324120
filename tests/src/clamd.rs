//! A stand-in for clamd that speaks its real protocol: `zINSTREAM`, lengths in four bytes, one line back ended by a NUL.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::time::Duration;

use site::material::{Clamd, ClamdSocket};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// How it behaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mood {
    /// It scans.
    Well = 0,
    /// It hangs up at once.
    Away = 1,
    /// It answers what is no verdict.
    Strange = 2,
    /// It takes a kilobyte and says that it is too much.
    Small = 3,
    /// It says nothing at all.
    Silent = 4,
}

/// A clamd of this machine.
pub struct FakeClamd {
    address: SocketAddr,
    mood: Arc<AtomicU8>,
    scans: Arc<AtomicUsize>,
}

impl FakeClamd {
    /// One that listens.
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, mood, scans) = (listener.local_addr().unwrap(), Arc::<AtomicU8>::default(), Arc::default());
        let (moods, count) = (Arc::clone(&mood), Arc::clone(&scans));
        tokio::spawn(async move {
            while let Ok((wire, _)) = listener.accept().await {
                let (mood, count) = (moods.load(Ordering::SeqCst), Arc::clone(&count));
                tokio::spawn(async move {
                    // A client that hangs up is its own business.
                    let _ = converse(wire, mood, &count).await;
                });
            }
        });
        Self { address, mood, scans }
    }

    /// From now on it behaves so.
    pub fn be(&self, mood: Mood) {
        self.mood.store(mood as u8, Ordering::SeqCst);
    }

    /// How many files it read to their end.
    pub fn scans(&self) -> usize {
        self.scans.load(Ordering::SeqCst)
    }

    /// The way to it.
    pub fn client(&self) -> Clamd {
        Clamd::new(ClamdSocket::Tcp(self.address.to_string()), Duration::from_millis(700))
    }
}

async fn converse(mut wire: TcpStream, mood: u8, scans: &AtomicUsize) -> std::io::Result<()> {
    match mood {
        m if m == Mood::Away as u8 => return Ok(()),
        m if m == Mood::Silent as u8 => {
            tokio::time::sleep(Duration::from_secs(30)).await;
            return Ok(());
        }
        m if m == Mood::Strange as u8 => return wire.write_all(b"stream: MAYBE\0").await,
        _ => {}
    }
    let mut command = Vec::new();
    loop {
        match wire.read_u8().await? {
            0 => break,
            byte => command.push(byte),
        }
    }
    if command == b"zVERSION" {
        return wire.write_all(b"ClamAV 1.4.1/27400/Mon Nov 23 2026\0").await;
    }
    if command != b"zINSTREAM" {
        return wire.write_all(b"UNKNOWN COMMAND\0").await;
    }
    let (mut file, most) = (Vec::new(), if mood == Mood::Small as u8 { 1_024 } else { usize::MAX });
    loop {
        let length = wire.read_u32().await? as usize;
        if length == 0 {
            break;
        }
        if file.len() + length > most {
            return wire.write_all(b"INSTREAM size limit exceeded. ERROR\0").await;
        }
        let begin = file.len();
        file.resize(begin + length, 0);
        wire.read_exact(&mut file[begin..]).await?;
    }
    scans.fetch_add(1, Ordering::SeqCst);
    let sign = affairs::material::test_string();
    let found = file.windows(sign.len()).any(|window| window == sign);
    let said = if found { "stream: Win.Test.EICAR_HDB-1 FOUND\0" } else { "stream: OK\0" };
    wire.write_all(said.as_bytes()).await
}

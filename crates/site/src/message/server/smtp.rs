//! The letterbox as a mail server: enough of SMTP (RFC 5321) to take a mail from a client that keeps to it.

use std::sync::Arc;

use affairs::catalog::Channel;
use kernel::Moment;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

use super::{Arrived, LARGEST, Letterbox, mail};

/// The longest command line, in bytes.
const LINE: u64 = 4_096;

/// Takes mails on a listener until the task is dropped.
pub async fn serve(listener: TcpListener, letterbox: Arc<Letterbox>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let letterbox = Arc::clone(&letterbox);
        tokio::spawn(async move {
            let (read, write) = stream.into_split();
            // Who hangs up is gone.
            let _ = Talk { read: BufReader::new(read), write, letterbox: &letterbox }.run().await;
        });
    }
}

struct Talk<'a, R, W> {
    read: BufReader<R>,
    write: W,
    letterbox: &'a Letterbox,
}

impl<R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Talk<'_, R, W> {
    async fn run(&mut self) -> std::io::Result<()> {
        self.say("220 letterbox.example ESMTP").await?;
        let mut to = None;
        while let Some(line) = self.line().await? {
            let word: String = line.chars().take(4).collect::<String>().to_ascii_uppercase();
            match word.as_str() {
                "EHLO" => self.say("250-letterbox.example\r\n250 8BITMIME").await?,
                "HELO" | "MAIL" | "NOOP" | "RSET" => self.say("250 fine").await?,
                "RCPT" if self.letterbox.chance(&self.letterbox.faults.refuse_percent) => {
                    self.say("550 no such mailbox").await?;
                }
                "RCPT" => {
                    to = address(&line);
                    self.say("250 fine").await?;
                }
                "DATA" => {
                    let Some(to) = to.take() else {
                        self.say("503 first RCPT").await?;
                        continue;
                    };
                    if !self.data(to).await? {
                        return Ok(());
                    }
                }
                "QUIT" => return self.say("221 bye").await,
                _ => self.say("502 not here").await?,
            }
        }
        Ok(())
    }

    /// Takes a mail; false: the talk is over.
    async fn data(&mut self, to: String) -> std::io::Result<bool> {
        let (letterbox, faults) = (self.letterbox, &self.letterbox.faults);
        letterbox.delay().await;
        if letterbox.chance(&faults.fail_percent) {
            self.say("451 not now").await?;
            return Ok(true);
        }
        self.say("354 go on, end with a dot").await?;
        let Some(bytes) = self.mail().await? else { return Ok(false) };
        let read = mail::read(&bytes);
        let (subject, text, key) = (read.subject, read.text, read.id);
        let link = String::new();
        let at = Moment::from_ms(0);
        let number = letterbox.take(Arrived { channel: Channel::Email, at, to, subject, text, link, key, handed: 1 });
        if letterbox.chance(&faults.hang_percent) {
            std::future::pending::<()>().await;
        }
        if letterbox.chance(&faults.drop_percent) {
            return Ok(false);
        }
        if letterbox.chance(&faults.garble_percent) {
            self.say("it works!").await?;
            return Ok(false);
        }
        self.say(&format!("250 L{number}")).await?;
        Ok(true)
    }

    async fn say(&mut self, line: &str) -> std::io::Result<()> {
        self.write.write_all(format!("{line}\r\n").as_bytes()).await
    }

    async fn line(&mut self) -> std::io::Result<Option<String>> {
        let mut bytes = Vec::new();
        let n = (&mut self.read).take(LINE).read_until(b'\n', &mut bytes).await?;
        Ok((n > 0).then(|| String::from_utf8_lossy(&bytes).trim_end().to_owned()))
    }

    /// The lines up to a dot alone, without the dots that stood before dots.
    async fn mail(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        let mut all = Vec::new();
        loop {
            let mut line = Vec::new();
            let n = (&mut self.read).take(LARGEST as u64).read_until(b'\n', &mut line).await?;
            if n == 0 || all.len() + n > LARGEST {
                return Ok(None);
            }
            if line == b".\r\n" {
                return Ok(Some(all));
            }
            all.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
    }
}

/// What stands between the angle brackets.
fn address(line: &str) -> Option<String> {
    Some(line.split_once('<')?.1.split_once('>')?.0.to_owned())
}

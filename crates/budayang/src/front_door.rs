//! The front door: the only place that reads the wall clock, the system's source of chance, the environment and the
//! terminal. Everything behind it takes them as parameters, so that every decision can be replayed.

use std::io::{self, BufWriter, IsTerminal, Read, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Parser;
use kernel::{Clock, Entropy, Moment};

use crate::command::{Answer, Cli, Untold};
use crate::office::Machine;
use crate::output::{Format, Output};

/// The wall clock.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct WallClock;

impl Clock for WallClock {
    fn now(&self) -> Moment {
        #[expect(clippy::disallowed_methods, reason = "the front door is where the wall clock is read")]
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Moment::from_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// The operating system's random bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        if let Err(error) = getrandom::fill(bytes) {
            // Without chance there are no ids and no keys, and a guess would be worse than no answer.
            panic!("the operating system gives no random bytes: {error}");
        }
    }
}

/// What the program takes from the machine.
pub(crate) struct FrontDoor {
    /// The wall clock.
    pub(crate) clock: WallClock,
    /// The system's source of chance.
    pub(crate) entropy: SystemEntropy,
}

/// How the running program logs, to standard error.
pub(crate) struct Log<'a> {
    /// The least that is told: `error`, `warn`, `info`, `debug`, or directives like `info,store=debug`.
    pub(crate) level: &'a str,
    /// One JSON object a line.
    pub(crate) json: bool,
    /// Colours, where standard error is a terminal.
    pub(crate) color: bool,
}

impl FrontDoor {
    /// Time and chance, for whatever runs longer than a command.
    pub(crate) fn machine(&self) -> Machine {
        Machine { clock: Arc::new(self.clock), entropy: Arc::new(self.entropy) }
    }

    /// Runs what waits for disk and network, on as many threads as there are processors.
    pub(crate) fn block_on<T>(&self, work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
        tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
    }

    /// How the program was called, for commands to be copied.
    pub(crate) fn program(&self) -> String {
        std::env::args().next().unwrap_or_else(|| "budayang".to_owned())
    }

    /// Starts logging.
    pub(crate) fn log(&self, log: &Log<'_>) -> anyhow::Result<()> {
        let filter = tracing_subscriber::EnvFilter::try_new(log.level)?;
        let color = log.color && io::stderr().is_terminal();
        let writer = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(color).with_writer(io::stderr);
        let started = if log.json { writer.json().try_init() } else { writer.try_init() };
        started.map_err(|error| anyhow::anyhow!("logging cannot start: {error}"))
    }

    /// The passphrase of the office's keys, where the environment has it.
    #[expect(clippy::disallowed_methods, reason = "the front door is where the environment is read")]
    pub(crate) fn passphrase(&self) -> Option<String> {
        std::env::var("BUDAYANG_PASSPHRASE").ok().filter(|text| !text.is_empty())
    }

    /// All of standard input.
    pub(crate) fn read_input(&self) -> io::Result<String> {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text)?;
        Ok(text)
    }
}

/// Reads the command line, runs the command, and turns its answer into an exit code: 0 yes, 1 no or failed, 2 a
/// command line that cannot be understood, or a replay that could not be told.
pub(crate) fn enter(run: impl FnOnce(Cli, &FrontDoor, &mut Output<'_>) -> anyhow::Result<Answer>) -> ExitCode {
    let cli = Cli::parse();
    let door = FrontDoor { clock: WallClock, entropy: SystemEntropy };
    let stdout = io::stdout().lock();
    let usual = if stdout.is_terminal() { Format::Plain } else { Format::Json };
    let mut stdout = BufWriter::new(stdout);
    let asked = cli.format();
    let result = run(cli, &door, &mut Output::new(&mut stdout, asked, usual));
    // What was printed before an error is still told.
    let flushed = stdout.flush();
    let result = result.and_then(|answer| Ok(flushed.map(|()| answer)?));
    match result {
        Ok(Answer::Yes) => ExitCode::SUCCESS,
        Ok(Answer::No) => ExitCode::FAILURE,
        // The reader of a pipe may leave when it has seen enough: `budayang calendar … | head`.
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // A failing standard error leaves nowhere to say so.
            let _ = writeln!(io::stderr(), "budayang: {error:#}");
            // Where 1 is an answer, a failure is none.
            if error.is::<Untold>() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

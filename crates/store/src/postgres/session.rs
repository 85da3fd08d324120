//! One connection: its settings, its prepared statements, queries in the store's terms.

use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Config, NoTls, Statement};

use super::error::Trouble;
use super::value::column;
use crate::{Fault, Row, Value};

/// How long to wait for a connection.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many prepared statements a connection keeps before it begins anew.
const STATEMENTS: usize = 2048;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Reading: the server refuses anything else.
    Read,
    /// Writing rows found by their keys, never by a scan; the commit waits for the disk, whatever the server is set to. The
    /// server notices soon when this machine is gone: until then it keeps the locks of the logs.
    Write,
    /// Migrations, copies, checks.
    Keep,
}

impl Purpose {
    const fn settings(self) -> &'static str {
        match self {
            Self::Read => "SET default_transaction_read_only = on; SET jit = off;",
            Self::Write => {
                "SELECT set_config('synchronous_commit', 'on', false)
                     WHERE current_setting('synchronous_commit') IN ('off', 'local');
                 SET lock_timeout = '15s'; SET jit = off; SET tcp_user_timeout = '20s';
                 SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 2;
                 SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;"
            }
            Self::Keep => "SET jit = off;",
        }
    }
}

/// A prepared text and the types its parameters were given.
type Shape = (String, Vec<Type>);

/// A connection.
pub(crate) struct Session {
    client: Client,
    statements: Mutex<HashMap<Shape, Statement>>,
}

impl Session {
    /// Connects, or says why not: `Lost` when there is no answer.
    pub(crate) async fn connect(url: &str, purpose: Purpose) -> Result<Self, Trouble> {
        let mut config: Config = url.parse().map_err(|e| Fault::Engine(format!("the database's address: {e}")))?;
        config.keepalives_idle(Duration::from_secs(10)).tcp_user_timeout(Duration::from_secs(15));
        if config.get_application_name().is_none() {
            config.application_name("budayang");
        }
        let slow = |_| Trouble::Lost(format!("no answer within {} s", PATIENCE.as_secs()));
        let (client, connection) = tokio::time::timeout(PATIENCE, config.connect(NoTls)).await.map_err(slow)??;
        tokio::spawn(async move {
            if let Err(e) = connection.await {
                tracing::debug!(%e, "a connection to the database ended");
            }
        });
        client.batch_execute(purpose.settings()).await?;
        Ok(Self { client, statements: Mutex::default() })
    }

    /// Whether the connection is known to be gone.
    pub(crate) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// The connection itself, for the migrations' runner.
    pub(crate) const fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    /// Carries out a text without parameters.
    pub(crate) async fn batch(&self, sql: &str) -> Result<(), Trouble> {
        Ok(self.client.batch_execute(sql).await?)
    }

    /// Runs one statement and reads all of its rows.
    pub(crate) async fn rows(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, Trouble> {
        let statement = self.fitted(sql, params).await?;
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|p| p as &(dyn ToSql + Sync)).collect();
        self.read(&statement, &params).await
    }

    /// Runs a prepared statement and reads all of its rows.
    pub(crate) async fn read(
        &self,
        statement: &Statement,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Trouble> {
        let found = self.client.query(statement, params).await?;
        let columns: Arc<[String]> = statement.columns().iter().map(|c| c.name().to_owned()).collect();
        let width = columns.len();
        let row = |row: &tokio_postgres::Row| {
            let values = (0..width).map(|at| column(row, at)).collect::<Result<_, _>>()?;
            Ok(Row { columns: columns.clone(), values })
        };
        found.iter().map(row).collect()
    }

    /// Runs a prepared statement; gives how many rows it touched.
    pub(crate) async fn run(&self, statement: &Statement, params: &[&(dyn ToSql + Sync)]) -> Result<u64, Trouble> {
        Ok(self.client.execute(statement, params).await?)
    }

    /// A statement whose text says the types of its parameters.
    pub(crate) async fn prepared(&self, sql: &str) -> Result<Statement, Trouble> {
        self.shaped(sql, vec![]).await
    }

    /// A statement for these values. PostgreSQL fixes a parameter's type when it prepares: it is told what is bound, and
    /// finds out by itself where that leads nowhere.
    pub(crate) async fn fitted(&self, sql: &str, params: &[Value]) -> Result<Statement, Trouble> {
        let with = |null: Type| -> Vec<Type> {
            params.iter().map(|p| if *p == Value::Null { null.clone() } else { p.postgres_type() }).collect()
        };
        let mut shapes = vec![with(Type::UNKNOWN)];
        if params.contains(&Value::Null) {
            shapes.extend([with(Type::TEXT), with(Type::INT8)]);
        }
        shapes.push(vec![Type::UNKNOWN; params.len()]);
        let mut first = None;
        for shape in shapes {
            match self.shaped(sql, shape).await {
                Ok(statement) if statement.params().len() == params.len() => return Ok(statement),
                Ok(statement) => {
                    let wanted = statement.params().len();
                    let said = format!("{} parameters for a text with {wanted}: {sql}", params.len());
                    return Err(Fault::Misuse(said).into());
                }
                Err(trouble @ Trouble::Fault(Fault::Misuse(_))) => first = first.or(Some(trouble)),
                Err(trouble) => return Err(trouble),
            }
        }
        Err(first.unwrap_or_else(|| Fault::Misuse(sql.to_owned()).into()))
    }

    async fn shaped(&self, sql: &str, types: Vec<Type>) -> Result<Statement, Trouble> {
        let shape = (sql.to_owned(), types);
        let known = self.known().get(&shape).cloned();
        if let Some(statement) = known {
            return Ok(statement);
        }
        let statement = self.client.prepare_typed(sql, &shape.1).await?;
        let mut known = self.known();
        if known.len() >= STATEMENTS {
            known.clear();
        }
        known.insert(shape, statement.clone());
        Ok(statement)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<Shape, Statement>> {
        self.statements.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets prepared statements: their tables were changed.
    pub(crate) fn forget(&self) {
        self.known().clear();
    }
}

/// A piece of work that sends its request when it is first polled.
pub(crate) type Sent<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Sends requests one after the other without waiting in between; gives the answers in the same order.
pub(crate) async fn in_order<T>(mut requests: Vec<Sent<'_, T>>) -> Vec<T> {
    let mut answers: Vec<Option<T>> = requests.iter().map(|_| None).collect();
    poll_fn(|context| {
        for (request, answer) in requests.iter_mut().zip(&mut answers).filter(|(_, answer)| answer.is_none()) {
            if let Poll::Ready(done) = request.as_mut().poll(context) {
                *answer = Some(done);
            }
        }
        if answers.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    answers.into_iter().flatten().collect()
}

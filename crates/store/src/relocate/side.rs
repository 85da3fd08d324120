//! One end of a copy: the few things it asks of an engine.

use rusqlite::Connection;
use tokio_postgres::types::ToSql;

use super::shape::Shape;
use crate::head::Head;
use crate::postgres::session::{Purpose, Session};
use crate::sqlite::{connect_writer, fault};
use crate::{Fault, Location, OpenError, Row, Value, backup, migration, postgres, sqlite, tiles};

/// The end of a copy.
pub(crate) enum Side {
    Sqlite(Connection),
    Postgres(Session),
}

impl Side {
    /// Opens a database that has this program's schema.
    pub(crate) async fn open(location: &Location) -> Result<Self, OpenError> {
        match location {
            Location::Sqlite(path) if !path.exists() => Err(OpenError::Missing(path.clone())),
            Location::Sqlite(path) => {
                let mut conn = connect_writer(path, false)?;
                migration::require_current(&mut conn)?;
                Ok(Self::Sqlite(conn))
            }
            Location::Postgres(url) => {
                let mut session = Session::connect(url, Purpose::Keep).await.map_err(Fault::from)?;
                postgres::migrate::require_current(&mut session).await?;
                Ok(Self::Postgres(session))
            }
        }
    }

    /// Carries out texts without parameters.
    pub(crate) async fn batch(&self, sql: &str) -> Result<(), Fault> {
        match self {
            Self::Sqlite(conn) => conn.execute_batch(sql).map_err(fault),
            Self::Postgres(session) => Ok(session.batch(sql).await?),
        }
    }

    /// Runs one statement and reads its rows.
    pub(crate) async fn rows(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, Fault> {
        match self {
            Self::Sqlite(conn) => sqlite::made_rows(conn, sql, params),
            Self::Postgres(session) => Ok(session.rows(sql, params).await?),
        }
    }

    /// The office's tables.
    pub(crate) async fn shapes(&self) -> Result<Vec<Shape>, Fault> {
        let sql = match self {
            Self::Sqlite(_) => {
                "SELECT m.name AS name, p.name AS col, p.type AS type, p.pk AS pk
                 FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.type = 'table'"
            }
            Self::Postgres(_) => {
                "SELECT c.relname AS name, a.attname AS col, format_type(a.atttypid, NULL) AS type,
                     CAST(coalesce(array_position(string_to_array(i.indkey::text, ' ')::int[], a.attnum::int), 0) AS BIGINT) AS pk
                 FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                 LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
                 WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace"
            }
        };
        Shape::all(&self.rows(sql, &[]).await?)
    }

    /// Adds rows in one transaction, or inside the one that is open.
    pub(crate) async fn insert(&self, shape: &Shape, rows: &[Vec<Value>]) -> Result<(), Fault> {
        match self {
            Self::Sqlite(conn) => {
                let mut insert =
                    conn.prepare_cached(&crate::statement::numbered(&shape.insert_one())).map_err(fault)?;
                for row in rows {
                    insert.execute(rusqlite::params_from_iter(row)).map_err(fault)?;
                }
                Ok(())
            }
            Self::Postgres(session) => {
                if rows.is_empty() {
                    return Ok(());
                }
                let statement = session.prepared(&shape.insert_many()).await?;
                let column = |at: usize| rows.iter().map(|row| &row[at]).collect::<Vec<_>>();
                let columns: Vec<Vec<&Value>> = (0..shape.columns.len()).map(column).collect();
                let params: Vec<&(dyn ToSql + Sync)> = columns.iter().map(|c| c as &(dyn ToSql + Sync)).collect();
                session.run(&statement, &params).await?;
                Ok(())
            }
        }
    }

    /// Keeps everyone else from writing until the open transaction ends; reading goes on.
    pub(crate) async fn hold(&self, shapes: &[Shape]) -> Result<(), Fault> {
        match self {
            Self::Sqlite(_) => self.batch("BEGIN IMMEDIATE").await,
            Self::Postgres(_) => {
                // Every batch begins with its node's row: with that table first, none is half done when the others follow.
                let names: Vec<&str> =
                    ["store_node"].into_iter().chain(shapes.iter().map(|s| s.name.as_str())).collect();
                let sql =
                    format!("BEGIN; SET LOCAL lock_timeout = '15s'; LOCK TABLE {} IN EXCLUSIVE MODE", names.join(", "));
                self.batch(&sql).await
            }
        }
    }

    /// The newest signed state of every shard, each recomputed from the stored tiles.
    pub(crate) async fn heads(&self) -> Result<Vec<(String, Head)>, Fault> {
        match self {
            Self::Sqlite(conn) => backup::heads(conn),
            Self::Postgres(session) => tiles::heads(session).await,
        }
    }

    /// Lets every change of these tables be written down from now on.
    pub(crate) async fn watch(&self, shapes: &[Shape]) -> Result<(), Fault> {
        self.unwatch(shapes).await?;
        let mut sql = String::from("BEGIN;\n");
        sql += match self {
            Self::Sqlite(_) => {
                "CREATE TABLE store_change (seq INTEGER PRIMARY KEY AUTOINCREMENT, tbl TEXT NOT NULL, key TEXT NOT NULL);\n"
            }
            Self::Postgres(_) => {
                "LOCK TABLE store_node IN EXCLUSIVE MODE;
                 CREATE TABLE store_change (seq BIGSERIAL PRIMARY KEY, tbl TEXT NOT NULL, key TEXT NOT NULL);\n"
            }
        };
        for shape in shapes {
            sql += &self.trigger(shape);
        }
        sql += "COMMIT;";
        let done = self.batch(&sql).await;
        if done.is_err() {
            let _ = self.batch("ROLLBACK").await;
        }
        done
    }

    /// Ends what [`watch`](Self::watch) began: a table at a time, so that nobody who reads several is in the way.
    pub(crate) async fn unwatch(&self, shapes: &[Shape]) -> Result<(), Fault> {
        for Shape { name, .. } in shapes {
            let sql = match self {
                Self::Sqlite(_) => ["new", "changed", "gone"]
                    .map(|kind| format!("DROP TRIGGER IF EXISTS store_{kind}_{name};\n"))
                    .concat(),
                Self::Postgres(_) => format!("DROP FUNCTION IF EXISTS store_watch_{name} CASCADE;\n"),
            };
            self.batch(&sql).await?;
        }
        self.batch("DROP TABLE IF EXISTS store_change").await
    }

    fn trigger(&self, shape: &Shape) -> String {
        let name = &shape.name;
        let key = |row: &str| {
            let parts: Vec<String> = shape.key.iter().map(|column| self.literal(shape, row, column)).collect();
            parts.join(" || ',' || ")
        };
        match self {
            Self::Sqlite(_) => {
                let note = |row: &str| format!("INSERT INTO store_change (tbl, key) VALUES ('{name}', {});", key(row));
                format!(
                    "CREATE TRIGGER store_new_{name} AFTER INSERT ON {name} BEGIN {new} END;
                     CREATE TRIGGER store_changed_{name} AFTER UPDATE ON {name} BEGIN {old} {new} END;
                     CREATE TRIGGER store_gone_{name} AFTER DELETE ON {name} BEGIN {old} END;\n",
                    new = note("new"),
                    old = note("old"),
                )
            }
            Self::Postgres(_) => {
                let note = |row: &str| format!("INSERT INTO store_change (tbl, key) VALUES ('{name}', {});", key(row));
                format!(
                    "CREATE FUNCTION store_watch_{name}() RETURNS trigger LANGUAGE plpgsql AS $watch$ BEGIN
                         IF TG_OP <> 'INSERT' THEN {old} END IF;
                         IF TG_OP <> 'DELETE' THEN {new} END IF;
                         RETURN NULL; END $watch$;
                     CREATE TRIGGER store_watch AFTER INSERT OR UPDATE OR DELETE ON {name}
                         FOR EACH ROW EXECUTE FUNCTION store_watch_{name}();\n",
                    new = note("NEW"),
                    old = note("OLD"),
                )
            }
        }
    }

    /// An expression that writes a column's value as a SQL literal, the same on both engines.
    fn literal(&self, shape: &Shape, row: &str, column: &str) -> String {
        let kind = shape.columns.iter().position(|c| c == column).and_then(|at| shape.types.get(at));
        match (self, kind.map(String::as_str)) {
            (Self::Sqlite(_), _) => format!("quote({row}.{column})"),
            (Self::Postgres(_), Some("bytea")) => format!("'X''' || encode({row}.{column}, 'hex') || ''''"),
            (Self::Postgres(_), Some("bigint")) => format!("{row}.{column}::text"),
            (Self::Postgres(_), _) => format!("'''' || replace({row}.{column}, '''', '''''') || ''''"),
        }
    }
}

//! The table of ties, and the SELECTs that find what they lead to.

use kernel::{Date, Id};
use store::{Fault, Row, Store, Table};

use super::{Tie, TieKind};

pub(super) static TIE: Table = Table {
    name: "staff_tie",
    columns: &["shard", "account", "code", "kind", "name", "declared_by", "declared_at"],
    key: &["shard", "account", "code"],
};

const TIES_OF: &str = "SELECT kind, code, name FROM staff_tie WHERE account = $1 ORDER BY kind, name, code";

pub(super) async fn ties_of(store: &Store, account: Id) -> Result<Vec<Tie>, Fault> {
    let read = |row: &Row| {
        let owned = |column| Ok::<_, Fault>(row.text(column)?.to_owned());
        Ok(Tie { kind: kind(row)?, code: owned("code")?, name: owned("name")? })
    };
    store.query(TIES_OF, vec![account.into()]).await?.iter().map(read).collect()
}

/// The codes of those for whom the person with this code may act on a day.
pub(super) async fn principals_of(store: &Store, code: &str, day: Date) -> Result<Vec<String>, Fault> {
    const SQL: &str = "SELECT p.code FROM party a JOIN mandate m ON m.agent = a.id JOIN party p ON p.shard = m.shard \
         AND p.id = m.principal WHERE a.kind = 'person' AND a.code = $1 AND m.revoked_at IS NULL AND m.valid_to >= $2 \
         AND m.valid_from <= $2";
    let rows = store.query(SQL, vec![code.into(), day.into()]).await?;
    rows.iter().map(|row| row.text("code").map(str::to_owned)).collect()
}

/// The code of the person whose account this is.
pub(super) async fn code_of_account(store: &Store, account: Id) -> Result<Option<String>, Fault> {
    const SQL: &str = concat!(
        store::shards!("account"),
        "SELECT p.code FROM home JOIN account a ON a.shard = home.shard AND a.id = $1 \
         JOIN party p ON p.shard = a.shard AND p.id = a.party"
    );
    let rows = store.query(SQL, vec![account.into()]).await?;
    rows.first().map(|row| row.text("code").map(str::to_owned)).transpose()
}

fn kind(row: &Row) -> Result<TieKind, Fault> {
    let word = row.text("kind")?;
    TieKind::from_word(word).ok_or_else(|| Fault::Misuse(format!("unknown kind of tie {word:?}")))
}

//! The SELECTs that find the cases of joint handlings.

use kernel::Id;
use store::{Fault, Store};

use crate::access::Right;
use crate::approval::record::{Case, all};

pub(super) async fn of_parent(store: &Store, parent: Id) -> Result<Vec<Case>, Fault> {
    let sql = "SELECT * FROM case_file WHERE parent = $1 ORDER BY id";
    all(store.query(sql, vec![parent.into()]).await?, Case::read)
}

pub(super) async fn gathering(store: &Store) -> Result<Vec<Id>, Fault> {
    let sql = "SELECT DISTINCT parent AS id FROM case_file WHERE state = 'gathering' AND parent IS NOT NULL \
               ORDER BY parent LIMIT 256";
    store.query(sql, vec![]).await?.iter().map(|row| row.id("id")).collect()
}

pub(super) async fn parents_for(store: &Store, account: Id) -> Result<Vec<Id>, Fault> {
    const SQL: &str = concat!(
        "SELECT DISTINCT c.parent AS id FROM case_file c WHERE c.parent IS NOT NULL AND c.closed_at IS NULL AND ",
        crate::scope_filter!("$1", "$2", "c.deciding_agency, c.in_name_of, c.first_agency", "c.region", "c.item"),
        " ORDER BY c.parent DESC LIMIT 200"
    );
    let rows = store.query(SQL, vec![account.into(), Right::ViewCase.word().into()]).await?;
    rows.iter().map(|row| row.id("id")).collect()
}

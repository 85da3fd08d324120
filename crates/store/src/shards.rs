//! Reading by the rest of a key where the shard is not known. Every table is sorted by its shard first, so a read by an id
//! alone would walk the whole table; and there are few shards, so leaping from one to the next in the key's own index costs
//! a step or two for each, and no index beside it.

/// Begins a query with the shards that have rows in a table, as `home`, to be joined on its shard:
/// `concat!(store::shards!("case_file"), "SELECT c.* FROM home JOIN case_file c ON c.shard = home.shard AND c.id = $1")`.
#[macro_export]
macro_rules! shards {
    ($table:literal) => {
        concat!(
            "WITH RECURSIVE home (shard) AS (SELECT min(shard) FROM ",
            $table,
            " UNION ALL SELECT (SELECT min(n.shard) FROM ",
            $table,
            " n WHERE n.shard > home.shard) FROM home WHERE home.shard IS NOT NULL) "
        )
    };
}

/// The shards that have a log, in their order.
pub(crate) const SIGNED: &str =
    concat!(shards!("checkpoint"), "SELECT shard FROM home WHERE shard IS NOT NULL ORDER BY shard");

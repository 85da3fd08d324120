//! The SELECT that holds the counters of this module against the cases.

/// What the rows say of the counters `brought/REGION/PLACE` of a shard.
pub(super) const BROUGHT: &str = "SELECT 'brought/' || substr(region || '000000000000', 1, 12) || '/' || CASE WHEN channel \
     IN ('online', 'point', 'station', 'hall') THEN channel ELSE 'unknown' END AS key, count(*) AS n FROM case_file \
     WHERE shard = $1 AND state IN ('granted', 'refused', 'not_accepted', 'not_needed', 'terminated') GROUP BY 1";

-- How far applicants had to go for the cases the agency has done with: from now on counted in the transaction that ends a
-- case, and here once for the cases that ended before. Nobody was received at a counter until now.
INSERT INTO counter (shard, key, n)
    SELECT shard, 'brought/' || substr(region || '000000000000', 1, 12) || '/'
        || CASE WHEN channel IN ('online', 'point', 'station', 'hall') THEN channel ELSE 'unknown' END, count(*)
    FROM case_file WHERE state IN ('granted', 'refused', 'not_accepted', 'not_needed', 'terminated')
    GROUP BY shard, 'brought/' || substr(region || '000000000000', 1, 12) || '/'
        || CASE WHEN channel IN ('online', 'point', 'station', 'hall') THEN channel ELSE 'unknown' END;

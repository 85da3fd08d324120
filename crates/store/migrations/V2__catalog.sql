-- The catalogue: objects by their SHA-256, and which object each entry had since when. Nothing here is ever overwritten.
-- Times are milliseconds UTC, dates 'YYYY-MM-DD' text ('' for entries without a first day).

-- kind: 'file' (bytes of one file) or 'manifest' (lines "HASH  NAME": the files of one entry).
CREATE TABLE catalog_object (
    shard TEXT NOT NULL,
    hash  TEXT NOT NULL,
    kind  TEXT NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (shard, hash)
);

-- hash names a manifest. The newest row of (kind, id, valid_from) is the current one.
CREATE TABLE catalog_entry (
    shard       TEXT   NOT NULL,
    kind        TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    valid_from  TEXT   NOT NULL,
    imported_at BIGINT NOT NULL,
    hash        TEXT   NOT NULL,
    valid_to    TEXT,
    PRIMARY KEY (shard, kind, id, valid_from, imported_at)
);

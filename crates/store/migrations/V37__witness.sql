-- What each witness of this office's log has co-signed last, and why it refused since, if it did. Times are milliseconds UTC.
CREATE TABLE witness (
    shard       TEXT   NOT NULL,
    key         TEXT   NOT NULL,
    size        BIGINT NOT NULL,
    note        TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    refused     TEXT,
    refused_at  BIGINT,
    PRIMARY KEY (shard, key)
) WITHOUT ROWID;

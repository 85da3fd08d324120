-- Batches of licences under one signature: for which run each was issued, and its signed head. Times are milliseconds UTC.
CREATE TABLE licence_batch (
    shard     TEXT   NOT NULL,
    id        TEXT   NOT NULL,
    run       TEXT   NOT NULL,
    size      BIGINT NOT NULL,
    head      BLOB   NOT NULL,
    issued_at BIGINT NOT NULL,
    PRIMARY KEY (shard, id)
);

-- Who was licensed in a run: the same subject is licensed once, however often its list is handed in.
CREATE TABLE licence_subject (
    shard   TEXT   NOT NULL,
    run     TEXT   NOT NULL,
    subject TEXT   NOT NULL,
    licence TEXT   NOT NULL,
    batch   TEXT   NOT NULL,
    number  BIGINT NOT NULL,
    PRIMARY KEY (shard, run, subject)
) WITHOUT ROWID;

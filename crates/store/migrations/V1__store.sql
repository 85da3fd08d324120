-- The store's own tables: the log, counters, the outbox, idempotency keys, uploads, leases.
--
-- One text for both engines: PostgreSQL reads it with BLOB as BYTEA and without WITHOUT ROWID. The immutable home shard
-- leads every key; ids come from the application; money is fen, time is milliseconds UTC, JSON is TEXT.

-- Every act, in the order of the shard's log. `bytes` are what the leaf hash is over (RFC 6962), `hash` that leaf hash.
CREATE TABLE leaf (
    shard    TEXT   NOT NULL,
    position BIGINT NOT NULL,
    subject  TEXT   NOT NULL,
    kind     TEXT   NOT NULL,
    bytes    BLOB   NOT NULL,
    hash     BLOB   NOT NULL,
    at       BIGINT NOT NULL,
    PRIMARY KEY (shard, position)
);
CREATE INDEX leaf_subject ON leaf (subject);

-- Complete subtrees as C2SP tiles: up to 256 hashes of 32 bytes; the last tile of a level grows in place.
CREATE TABLE tile (
    shard    TEXT   NOT NULL,
    level    BIGINT NOT NULL,
    position BIGINT NOT NULL,
    hashes   BLOB   NOT NULL,
    PRIMARY KEY (shard, level, position)
);

-- One signed checkpoint for each committed batch that appended leaves.
CREATE TABLE checkpoint (
    shard  TEXT   NOT NULL,
    size   BIGINT NOT NULL,
    origin TEXT   NOT NULL,
    root   BLOB   NOT NULL,
    note   TEXT   NOT NULL,
    at     BIGINT NOT NULL,
    PRIMARY KEY (shard, size)
);

-- Statistics and quotas, kept in the same transaction as what they count.
CREATE TABLE counter (
    shard TEXT   NOT NULL,
    key   TEXT   NOT NULL,
    n     BIGINT NOT NULL,
    PRIMARY KEY (shard, key)
) WITHOUT ROWID;

-- What must be told to others after the commit. `next_at` is null once delivery was given up and a person must look.
CREATE TABLE outbox (
    shard      TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    topic      TEXT   NOT NULL,
    body       TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    next_at    BIGINT,
    attempts   BIGINT NOT NULL,
    failure    TEXT,
    PRIMARY KEY (shard, id)
);
CREATE INDEX outbox_next ON outbox (next_at);

-- A request that was carried out, so that its repetition is answered and not carried out again.
CREATE TABLE idempotency (
    shard        TEXT   NOT NULL,
    actor        TEXT   NOT NULL,
    key          TEXT   NOT NULL,
    request_hash TEXT   NOT NULL,
    response     TEXT   NOT NULL,
    at           BIGINT NOT NULL,
    PRIMARY KEY (shard, actor, key)
);
CREATE INDEX idempotency_at ON idempotency (at);

-- Uploads by the SHA-256 of their bytes. `held` counts the rows that refer to one; unheld ones are swept after a day.
CREATE TABLE blob (
    shard      TEXT   NOT NULL,
    hash       TEXT   NOT NULL,
    size_bytes BIGINT NOT NULL,
    held       BIGINT NOT NULL,
    complete   BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (shard, hash)
);
CREATE TABLE blob_chunk (
    shard    TEXT   NOT NULL,
    hash     TEXT   NOT NULL,
    position BIGINT NOT NULL,
    bytes    BLOB   NOT NULL,
    PRIMARY KEY (shard, hash, position)
);

-- Who runs a job until when: one worker at a time, taken over when its time has run out.
CREATE TABLE lease (
    shard      TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    holder     TEXT   NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (shard, name)
) WITHOUT ROWID;

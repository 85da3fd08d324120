-- Materials: files handed in with a case, or laid into a draft before it is sent. Times are milliseconds UTC. The bytes stand
-- among the store's uploads under `hash`; the home shard stands in every key.

-- Of `draft` and `case_id` one is there. `state`: quarantine, clean, refused; only what a scanner called clean is shown.
-- `held` says whether the bytes are still kept. `salt` opens the commitment in the log and is erased with the row.
CREATE TABLE material (
    shard      TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    draft      TEXT,
    case_id    TEXT,
    material   TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    size_bytes BIGINT NOT NULL,
    hash       TEXT   NOT NULL,
    held       BIGINT NOT NULL,
    way        TEXT   NOT NULL,
    brought_by TEXT   NOT NULL,
    by_name    TEXT   NOT NULL,
    by_staff   BIGINT NOT NULL,
    brought_at BIGINT NOT NULL,
    state      TEXT   NOT NULL,
    found      TEXT,
    scanner    TEXT,
    scanned_at BIGINT,
    tries      BIGINT NOT NULL,
    next_at    BIGINT NOT NULL,
    salt       BLOB   NOT NULL,
    PRIMARY KEY (shard, id)
);
CREATE INDEX material_case ON material (case_id, brought_at) WHERE case_id IS NOT NULL;
CREATE INDEX material_draft ON material (draft) WHERE draft IS NOT NULL;
-- What waits for a scanner is little.
CREATE INDEX material_waiting ON material (next_at) WHERE state = 'quarantine';
-- Where a correction is written: what was laid into its draft belongs to the case when it is sent.
CREATE INDEX draft_case ON draft (case_id) WHERE case_id IS NOT NULL;

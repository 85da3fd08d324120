-- The power-and-duty list by versions, and the runs of powers. Times are milliseconds UTC, dates 'YYYY-MM-DD' text, JSON is
-- text. The home shard stands in every key.

-- One published version of a list. Nothing of it is ever changed: `hash` is the SHA-256 of its rows in canonical form, and
-- the same hash stands in the leaf of its publication. Its rows are written before it, so a list is there whole or not at all.
CREATE TABLE power_list (
    shard         TEXT   NOT NULL,
    list          TEXT   NOT NULL,
    valid_from    TEXT   NOT NULL,
    id            TEXT   NOT NULL,
    valid_to      TEXT,
    title         TEXT   NOT NULL,
    note          TEXT   NOT NULL,
    demonstration BIGINT NOT NULL,
    powers        BIGINT NOT NULL,
    hash          TEXT   NOT NULL,
    published_at  BIGINT NOT NULL,
    published_by  TEXT   NOT NULL,
    PRIMARY KEY (shard, list, valid_from)
) WITHOUT ROWID;
CREATE INDEX power_list_id ON power_list (id);

-- One row of a version. `search` is name, code and agency in small letters, for finding; `body` is the row whole.
CREATE TABLE power_row (
    shard   TEXT   NOT NULL,
    list_id TEXT   NOT NULL,
    code    TEXT   NOT NULL,
    kind    TEXT   NOT NULL,
    agency  TEXT   NOT NULL,
    level   TEXT   NOT NULL,
    seals   BIGINT NOT NULL,
    search  TEXT   NOT NULL,
    body    TEXT   NOT NULL,
    PRIMARY KEY (shard, list_id, code)
) WITHOUT ROWID;
CREATE INDEX power_row_of ON power_row (list_id, code);

-- A flow as it read when a run began under it, by its hash: a run ends under the flow it began under.
CREATE TABLE power_flow (
    shard TEXT NOT NULL,
    hash  TEXT NOT NULL,
    body  TEXT NOT NULL,
    PRIMARY KEY (shard, hash)
) WITHOUT ROWID;

-- A power exercised towards somebody. `state` is derived from the acts and kept for lists; `pending` is a step that waits
-- for the second officer's signature.
CREATE TABLE power_run (
    shard        TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    version      BIGINT NOT NULL,
    number       TEXT   NOT NULL,
    list_id      TEXT   NOT NULL,
    code         TEXT   NOT NULL,
    name         TEXT   NOT NULL,
    kind         TEXT   NOT NULL,
    flow_hash    TEXT   NOT NULL,
    agency       TEXT   NOT NULL,
    region       TEXT   NOT NULL,
    party        TEXT   NOT NULL,
    party_kind   TEXT   NOT NULL,
    state        TEXT   NOT NULL,
    is_open      BIGINT NOT NULL,
    opened_at    BIGINT NOT NULL,
    changed_at   BIGINT NOT NULL,
    PRIMARY KEY (shard, id)
) WITHOUT ROWID;
CREATE INDEX power_run_number ON power_run (number);
CREATE INDEX power_run_open ON power_run (is_open, changed_at);
CREATE INDEX power_run_of ON power_run (code, list_id);

-- What was done in a run, in its order. Nothing is changed afterwards; `salt` is that of the commitment in the leaf.
CREATE TABLE power_act (
    shard     TEXT   NOT NULL,
    run_id    TEXT   NOT NULL,
    seq       BIGINT NOT NULL,
    kind      TEXT   NOT NULL,
    step      TEXT   NOT NULL,
    state     TEXT   NOT NULL,
    at        BIGINT NOT NULL,
    by_id     TEXT   NOT NULL,
    by_name   TEXT   NOT NULL,
    second_id TEXT,
    second    TEXT,
    body      TEXT   NOT NULL,
    salt      BLOB   NOT NULL,
    PRIMARY KEY (shard, run_id, seq)
) WITHOUT ROWID;

-- Registers that other agencies keep, cases that wait for them, and acts whose place in the log is owed.
-- Times are milliseconds UTC, JSON is text, hashes are bytes. The home shard stands in every key.

-- What another agency's register was asked and what it answered: evidence of each question, and, while it is young enough,
-- the answer to the next one. `said` is the answer to the byte, `hash` its SHA-256; both are empty where none came, and
-- `why` says so. `outcome` is record, no_record or silent.
CREATE TABLE register_answer (
    shard       TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    request     TEXT   NOT NULL,
    register    TEXT   NOT NULL,
    subject     TEXT   NOT NULL,
    case_id     TEXT,
    asked_at    BIGINT NOT NULL,
    answered_at BIGINT NOT NULL,
    outcome     TEXT   NOT NULL,
    as_of       BIGINT,
    body        TEXT,
    source_zh   TEXT   NOT NULL,
    source_en   TEXT   NOT NULL,
    said        BLOB,
    hash        BLOB,
    signed_by   TEXT,
    tries       BIGINT NOT NULL,
    why         TEXT,
    PRIMARY KEY (shard, id)
) WITHOUT ROWID;
CREATE INDEX register_answer_subject ON register_answer (register, subject, answered_at);
CREATE INDEX register_answer_case ON register_answer (case_id, asked_at);

-- A grant's change of a register that another agency keeps: made here with the grant, told to the keeper afterwards. Until
-- `told_at` our own word stands for the record.
CREATE TABLE register_write (
    shard    TEXT   NOT NULL,
    id       TEXT   NOT NULL,
    version  BIGINT NOT NULL,
    register TEXT   NOT NULL,
    subject  TEXT   NOT NULL,
    fields   TEXT   NOT NULL,
    origin   TEXT   NOT NULL,
    made_at  BIGINT NOT NULL,
    told_at  BIGINT,
    PRIMARY KEY (shard, id)
) WITHOUT ROWID;
CREATE INDEX register_write_subject ON register_write (register, subject, told_at);

-- A case that waits for a register's answer (`kind` data) or for the log (`kind` evidence): taken up by the clock at
-- `next_at`; after `due_at` a case without its data goes to a person. `registers` is a JSON array of ids.
CREATE TABLE case_wait (
    shard     TEXT   NOT NULL,
    case_id   TEXT   NOT NULL,
    version   BIGINT NOT NULL,
    kind      TEXT   NOT NULL,
    registers TEXT   NOT NULL,
    since     BIGINT NOT NULL,
    due_at    BIGINT,
    next_at   BIGINT NOT NULL,
    tries     BIGINT NOT NULL,
    PRIMARY KEY (shard, case_id)
) WITHOUT ROWID;
CREATE INDEX case_wait_next ON case_wait (kind, next_at);

-- The word of an applicant or a second party that was taken while nothing could be signed: the leaf it is owed, appended
-- in this order as soon as the log can sign. `recorded_at` is when that was.
CREATE TABLE leaf_owed (
    shard       TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    subject     TEXT   NOT NULL,
    kind        TEXT   NOT NULL,
    bytes       BLOB   NOT NULL,
    at          BIGINT NOT NULL,
    recorded_at BIGINT,
    PRIMARY KEY (shard, id)
) WITHOUT ROWID;
CREATE INDEX leaf_owed_waiting ON leaf_owed (at, id) WHERE recorded_at IS NULL;

-- What an officer wanted to decide while nothing could be signed: nobody's word is lost, and nothing is decided by it.
CREATE TABLE ruling_draft (
    shard    TEXT   NOT NULL,
    case_id  TEXT   NOT NULL,
    account  TEXT   NOT NULL,
    ruling   TEXT   NOT NULL,
    reasons  TEXT   NOT NULL,
    saved_at BIGINT NOT NULL,
    PRIMARY KEY (shard, case_id, account)
) WITHOUT ROWID;

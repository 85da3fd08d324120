-- Early warnings: explained signals about what was granted, each once for a rule and a subject. Times are milliseconds UTC, days
-- 'YYYY-MM-DD' text, JSON is text, booleans are 0 and 1. The home shard stands in every key.
-- `state`: open, seen, handled (by an officer, with a note), over (what raised it is so no more). `found_on`: the last day it was found.
CREATE TABLE warning (
    shard      TEXT   NOT NULL,
    rule       TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    code       TEXT   NOT NULL,
    agency     TEXT   NOT NULL,
    region     TEXT   NOT NULL,
    item       TEXT   NOT NULL,
    about      TEXT   NOT NULL,
    evidence   TEXT   NOT NULL,
    terms      TEXT   NOT NULL,
    raised_at  BIGINT NOT NULL,
    due_at     BIGINT,
    found_on   TEXT   NOT NULL,
    state      TEXT   NOT NULL,
    owner      TEXT,
    owner_name TEXT   NOT NULL,
    note       TEXT   NOT NULL,
    changed_at BIGINT NOT NULL,
    is_open    BIGINT NOT NULL,
    PRIMARY KEY (shard, rule, subject)
);
CREATE UNIQUE INDEX warning_code ON warning (code);
CREATE INDEX warning_open ON warning (due_at, code) WHERE is_open = 1;
CREATE INDEX warning_changed ON warning (changed_at, code);
CREATE INDEX warning_found ON warning (shard, rule, found_on, subject) WHERE is_open = 1;

-- The last day on which everything was looked at.
CREATE TABLE warning_run (
    shard    TEXT   NOT NULL,
    version  BIGINT NOT NULL,
    day      TEXT   NOT NULL,
    PRIMARY KEY (shard)
);

-- The same file among the papers of several; what inspections found since a day.
CREATE INDEX material_hash ON material (hash, case_id) WHERE case_id IS NOT NULL;
CREATE INDEX material_brought ON material (brought_at, id) WHERE case_id IS NOT NULL;

-- A wrong that somebody reported: anybody, without a name. The secret by which he reads the answer is kept as a hash.
CREATE TABLE report (
    shard       TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    number      TEXT   NOT NULL,
    secret_hash TEXT   NOT NULL,
    item        TEXT   NOT NULL,
    region      TEXT   NOT NULL,
    agency      TEXT   NOT NULL,
    place       TEXT   NOT NULL,
    what        TEXT   NOT NULL,
    reported_at BIGINT NOT NULL,
    due_at      BIGINT,
    answer      TEXT,
    answered_by TEXT,
    answered_at BIGINT,
    is_open     BIGINT NOT NULL,
    PRIMARY KEY (shard, id)
);
CREATE UNIQUE INDEX report_number ON report (number);
CREATE INDEX report_open ON report (reported_at, id) WHERE is_open = 1;
CREATE INDEX report_answered ON report (answered_at, id) WHERE is_open = 0;

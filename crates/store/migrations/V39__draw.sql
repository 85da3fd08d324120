-- Random draws of whom to inspect and who goes (双随机, docs/draw.md). Times are milliseconds UTC, days 'YYYY-MM-DD' text, JSON is text,
-- booleans are 0 and 1. The home shard stands in every key.

-- Officers with a law-enforcement certificate: who may be drawn at which agency, for which items ('*': all of them), until when.
CREATE TABLE enforcer (
    shard       TEXT   NOT NULL,
    account     TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    agency      TEXT   NOT NULL,
    certificate TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    items       TEXT   NOT NULL,
    valid_to    TEXT   NOT NULL,
    written_by  TEXT   NOT NULL,
    written_at  BIGINT NOT NULL,
    PRIMARY KEY (shard, account)
);
CREATE UNIQUE INDEX enforcer_certificate ON enforcer (certificate);
CREATE INDEX enforcer_agency ON enforcer (agency, certificate);

-- `state`: prepared, announced, revealed, broken_off, dropped (before it was announced). `number` counts what an agency announced.
-- `roll` is the list as it was announced; `holders` says which party each target is; `secret` is locked with the office's key.
CREATE TABLE draw (
    shard          TEXT   NOT NULL,
    id             TEXT   NOT NULL,
    version        BIGINT NOT NULL,
    agency         TEXT   NOT NULL,
    region         TEXT   NOT NULL,
    item           TEXT   NOT NULL,
    scope          TEXT   NOT NULL,
    items          TEXT   NOT NULL,
    take           BIGINT NOT NULL,
    each_target    BIGINT NOT NULL,
    visit_on       TEXT   NOT NULL,
    state          TEXT   NOT NULL,
    prepared_at    BIGINT NOT NULL,
    prepared_by    TEXT   NOT NULL,
    number         BIGINT,
    announced_at   BIGINT,
    announced_by   TEXT,
    closes_on      TEXT,
    announcement   TEXT,
    roll           TEXT,
    holders        TEXT,
    secret         BLOB,
    revealed_at    BIGINT,
    revealed       TEXT,
    proof          TEXT,
    pairs          TEXT,
    reason         TEXT,
    PRIMARY KEY (shard, id)
);
CREATE UNIQUE INDEX draw_number ON draw (agency, number) WHERE number IS NOT NULL;
CREATE INDEX draw_prepared ON draw (prepared_at, id);
CREATE INDEX draw_announced ON draw (announced_at, id) WHERE announced_at IS NOT NULL;
CREATE INDEX draw_waiting ON draw (closes_on, id) WHERE state = 'announced';

-- The last announcement of each agency: what the next one names.
CREATE TABLE draw_chain (
    shard   TEXT   NOT NULL,
    agency  TEXT   NOT NULL,
    version BIGINT NOT NULL,
    number  BIGINT NOT NULL,
    leaf    TEXT   NOT NULL,
    PRIMARY KEY (shard, agency)
);

-- Co-signatures on the checkpoint that ends with an announcement: the signature's line, as the witness gave it.
CREATE TABLE draw_cosignature (
    shard   TEXT   NOT NULL,
    draw    TEXT   NOT NULL,
    witness TEXT   NOT NULL,
    line    TEXT   NOT NULL,
    at      BIGINT NOT NULL,
    PRIMARY KEY (shard, draw, witness)
);

-- What the result became: which inspections were born of it, and what is publicly noted (a target that ceased, who stands in for whom).
CREATE TABLE draw_visit (
    shard      TEXT NOT NULL,
    draw       TEXT NOT NULL,
    inspection TEXT NOT NULL,
    target     TEXT NOT NULL,
    PRIMARY KEY (shard, draw, inspection)
);
CREATE TABLE draw_note (
    shard    TEXT   NOT NULL,
    draw     TEXT   NOT NULL,
    id       TEXT   NOT NULL,
    kind     TEXT   NOT NULL,
    target   TEXT   NOT NULL,
    officer  TEXT,
    stand_in TEXT,
    note     TEXT   NOT NULL,
    by_name  TEXT   NOT NULL,
    at       BIGINT NOT NULL,
    PRIMARY KEY (shard, draw, id)
);

-- Whom an agency looks after, item by item; whom its officers met lately.
CREATE INDEX duty_target ON duty (agency, item, id) WHERE licence_id IS NOT NULL;
CREATE INDEX inspection_met ON inspection (agency, planned_on, id);

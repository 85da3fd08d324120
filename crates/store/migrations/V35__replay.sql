-- Replay: drafts tried on the past, and drafts that run beside people. Times are milliseconds UTC. The home shard stands in every key.

-- The decisions of one item, in their order: a draft is tried on these alone.
CREATE INDEX decision_item ON decision (item, shard, id);

-- A draft tried on history, by whom and with which right; what was found is JSON, with no values of anybody's facts in it.
CREATE TABLE trial (
    shard        TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    version      BIGINT NOT NULL,
    item         TEXT   NOT NULL,
    model        TEXT   NOT NULL,
    model_hash   TEXT   NOT NULL,
    account      TEXT   NOT NULL,
    account_name TEXT   NOT NULL,
    allowed      TEXT   NOT NULL,
    begun_at     BIGINT NOT NULL,
    beat_at      BIGINT NOT NULL,
    seen         BIGINT NOT NULL,
    total        BIGINT NOT NULL,
    state        TEXT   NOT NULL,
    found        TEXT,
    PRIMARY KEY (shard, id)
);
CREATE INDEX trial_account ON trial (account, begun_at);
CREATE INDEX trial_running ON trial (beat_at) WHERE state = 'running';

-- A draft that runs beside people, from when to when. It decides nothing. `reached_at`: until when their decisions were looked at.
CREATE TABLE shadow (
    shard      TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    item       TEXT   NOT NULL,
    model      TEXT   NOT NULL,
    model_hash TEXT   NOT NULL,
    why        TEXT   NOT NULL,
    begun_by   TEXT   NOT NULL,
    begun_name TEXT   NOT NULL,
    begun_at   BIGINT NOT NULL,
    ended_by   TEXT,
    ended_name TEXT,
    ended_at   BIGINT,
    reached_at BIGINT NOT NULL,
    PRIMARY KEY (shard, id)
);
CREATE INDEX shadow_begun ON shadow (begun_at);
CREATE INDEX shadow_running ON shadow (begun_at) WHERE ended_at IS NULL;

-- What a shadow would have said of a decision of a person. The checks are JSON: how each condition came out, and which facts it
-- lacked; no values.
CREATE TABLE shadow_found (
    shard      TEXT   NOT NULL,
    shadow     TEXT   NOT NULL,
    decision   TEXT   NOT NULL,
    case_id    TEXT   NOT NULL,
    agency     TEXT   NOT NULL,
    region     TEXT   NOT NULL,
    ruled      TEXT   NOT NULL,
    outcome    TEXT   NOT NULL,
    agreement  TEXT   NOT NULL,
    checks     TEXT   NOT NULL,
    decided_at BIGINT NOT NULL,
    PRIMARY KEY (shard, shadow, decision)
);

-- Lights: the colour a limit of a case has reached. A worse one is a further row; none is taken back. Times are milliseconds
-- UTC. The home shard stands in every key.

CREATE TABLE light (
    shard        TEXT   NOT NULL,
    case_id      TEXT   NOT NULL,
    clock        TEXT   NOT NULL,
    colour       TEXT   NOT NULL,
    version      BIGINT NOT NULL,
    number       TEXT   NOT NULL,
    item         TEXT   NOT NULL,
    agency       TEXT   NOT NULL,
    region       TEXT   NOT NULL,
    due_at       BIGINT,
    raised_at    BIGINT NOT NULL,
    holder       TEXT   NOT NULL,
    level        BIGINT NOT NULL,
    reply_due_at BIGINT,
    reply        TEXT,
    replied_by   TEXT,
    replied_at   BIGINT,
    salt         BLOB,
    PRIMARY KEY (shard, case_id, clock, colour)
) WITHOUT ROWID;
CREATE INDEX light_case ON light (case_id);
CREATE INDEX light_open ON light (agency, raised_at) WHERE replied_at IS NULL;
CREATE INDEX light_reply ON light (reply_due_at) WHERE replied_at IS NULL;

-- How far the watch has come with a case: looked at in which version, and when to look again.
CREATE TABLE case_light (
    shard        TEXT   NOT NULL,
    case_id      TEXT   NOT NULL,
    version      BIGINT NOT NULL,
    colour       TEXT   NOT NULL,
    seen_version BIGINT NOT NULL,
    next_at      BIGINT NOT NULL,
    PRIMARY KEY (shard, case_id)
) WITHOUT ROWID;
CREATE INDEX case_light_case ON case_light (case_id);

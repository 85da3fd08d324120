-- Fewer trees for every approval to touch: what is small and found by its key lies in the key's own tree, an index holds
-- only what somebody looks for, and one line of the registers' access log names all registers looked at together.

CREATE TABLE register_read_lean (
    shard      TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    registers  TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    actor_kind TEXT   NOT NULL,
    actor      TEXT,
    actor_name TEXT   NOT NULL,
    on_behalf  TEXT,
    mandate    TEXT,
    case_id    TEXT,
    ground     TEXT,
    at         BIGINT NOT NULL,
    PRIMARY KEY (shard, id)
) WITHOUT ROWID;
INSERT INTO register_read_lean (shard, id, registers, subject, actor_kind, actor, actor_name, on_behalf, mandate, case_id, ground, at)
    SELECT shard, id, register, subject, actor_kind, actor, actor_name, on_behalf, mandate, case_id, ground, at FROM register_read;
DROP TABLE register_read;
ALTER TABLE register_read_lean RENAME TO register_read;
CREATE INDEX register_read_subject ON register_read (subject, at);
CREATE INDEX register_read_case ON register_read (case_id, at);
CREATE INDEX register_read_actor ON register_read (actor, at) WHERE actor IS NOT NULL;

CREATE TABLE case_event_lean (
    shard      TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    case_id    TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    kind       TEXT   NOT NULL,
    actor_kind TEXT   NOT NULL,
    actor      TEXT,
    actor_name TEXT   NOT NULL,
    on_behalf  TEXT,
    detail     TEXT   NOT NULL,
    PRIMARY KEY (shard, id)
) WITHOUT ROWID;
INSERT INTO case_event_lean (shard, id, case_id, at, kind, actor_kind, actor, actor_name, on_behalf, detail)
    SELECT shard, id, case_id, at, kind, actor_kind, actor, actor_name, on_behalf, detail FROM case_event;
DROP TABLE case_event;
ALTER TABLE case_event_lean RENAME TO case_event;
CREATE INDEX case_event_case ON case_event (case_id, at, id);

CREATE TABLE public_notice_lean (
    shard       TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    case_id     TEXT   NOT NULL,
    number      TEXT   NOT NULL,
    item        TEXT   NOT NULL,
    agency      TEXT   NOT NULL,
    region      TEXT   NOT NULL,
    holder_mask TEXT   NOT NULL,
    result      TEXT   NOT NULL,
    maker       TEXT   NOT NULL,
    decided_at  BIGINT NOT NULL,
    PRIMARY KEY (shard, id)
) WITHOUT ROWID;
INSERT INTO public_notice_lean (shard, id, case_id, number, item, agency, region, holder_mask, result, maker, decided_at)
    SELECT shard, id, case_id, number, item, agency, region, holder_mask, result, maker, decided_at FROM public_notice;
DROP TABLE public_notice;
ALTER TABLE public_notice_lean RENAME TO public_notice;
CREATE INDEX public_notice_time ON public_notice (decided_at, id);

CREATE TABLE idempotency_lean (
    shard        TEXT   NOT NULL,
    actor        TEXT   NOT NULL,
    key          TEXT   NOT NULL,
    request_hash TEXT   NOT NULL,
    response     TEXT   NOT NULL,
    at           BIGINT NOT NULL,
    PRIMARY KEY (shard, actor, key)
) WITHOUT ROWID;
INSERT INTO idempotency_lean (shard, actor, key, request_hash, response, at)
    SELECT shard, actor, key, request_hash, response, at FROM idempotency;
DROP TABLE idempotency;
ALTER TABLE idempotency_lean RENAME TO idempotency;
CREATE INDEX idempotency_at ON idempotency (at);

CREATE TABLE outbox_lean (
    shard      TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    topic      TEXT   NOT NULL,
    body       TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    next_at    BIGINT,
    attempts   BIGINT NOT NULL,
    failure    TEXT,
    PRIMARY KEY (shard, id)
) WITHOUT ROWID;
INSERT INTO outbox_lean (shard, id, topic, body, created_at, next_at, attempts, failure)
    SELECT shard, id, topic, body, created_at, next_at, attempts, failure FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_lean RENAME TO outbox;
CREATE INDEX outbox_next ON outbox (next_at);

-- A party has tens of messages: those unread are counted among them.
DROP INDEX message_unread;

-- Most cases have no second party.
DROP INDEX case_file_second_party;
CREATE INDEX case_file_second_party ON case_file (second_party, state) WHERE second_party IS NOT NULL;

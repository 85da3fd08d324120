-- Messages out of the house: where a party is reached and what it agreed to, and what became of each message on its way.
-- An address stands in `contact` alone; a posting names its contact and a mask.

-- What a message is about, as its reader chooses what he wants outside the house (catalog/messages.toml).
ALTER TABLE message ADD COLUMN kind TEXT NOT NULL DEFAULT 'progress';

-- One contact for each party and channel. A new address is a new `id` in the same row; `kinds` are words with commas between,
-- none while nothing is agreed to. `challenge` is what the code that proves the address is derived from.
CREATE TABLE contact (
    shard       TEXT   NOT NULL,
    party       TEXT   NOT NULL,
    channel     TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    id          TEXT   NOT NULL,
    address     TEXT   NOT NULL,
    language    TEXT   NOT NULL,
    kinds       TEXT   NOT NULL,
    challenge   TEXT,
    asked_at    BIGINT,
    tries       BIGINT NOT NULL,
    verified_at BIGINT,
    agreed_at   BIGINT,
    closed_at   BIGINT,
    PRIMARY KEY (shard, party, channel)
);

-- What was done to contacts: asked, verified, agreed, closed. Addresses only as masks.
CREATE TABLE contact_act (
    shard      TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    party      TEXT   NOT NULL,
    channel    TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    kind       TEXT   NOT NULL,
    actor      TEXT,
    actor_name TEXT   NOT NULL,
    detail     TEXT   NOT NULL,
    PRIMARY KEY (shard, id)
);
CREATE INDEX contact_act_party ON contact_act (party, at);

-- One message on its way to one contact. `carrier` has it, or may have it while `doubt_at` is not null.
CREATE TABLE posting (
    shard        TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    version      BIGINT NOT NULL,
    message      TEXT,
    case_id      TEXT,
    party        TEXT   NOT NULL,
    contact      TEXT   NOT NULL,
    channel      TEXT   NOT NULL,
    address_mask TEXT   NOT NULL,
    language     TEXT   NOT NULL,
    kind         TEXT   NOT NULL,
    state        TEXT   NOT NULL,
    carrier      TEXT,
    doubt_at     BIGINT,
    reference    TEXT,
    tries        BIGINT NOT NULL,
    why          TEXT,
    created_at   BIGINT NOT NULL,
    ended_at     BIGINT,
    PRIMARY KEY (shard, id)
);
CREATE INDEX posting_party ON posting (party, created_at);
CREATE INDEX posting_case ON posting (case_id);
CREATE INDEX posting_ended ON posting (state, ended_at);

-- Every time a posting was handed to a carrier, and what came of it.
CREATE TABLE posting_try (
    shard      TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    posting    TEXT   NOT NULL,
    n          BIGINT NOT NULL,
    carrier    TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    result     TEXT   NOT NULL,
    why        TEXT   NOT NULL,
    elapsed_ms BIGINT NOT NULL,
    PRIMARY KEY (shard, id)
);
CREATE INDEX posting_try_posting ON posting_try (posting, n);

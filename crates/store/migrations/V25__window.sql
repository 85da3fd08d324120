-- The counter: who sits where, whom a clerk recognised, what was taken in there, papers under way between front and back,
-- results handed out. Times are milliseconds UTC. The home shard stands in every key.

-- Who sits at a counter sees no file but of who stands before him; a clerk receives too.
INSERT INTO role_right (role, allowed) VALUES ('clerk', 'receive'), ('window', 'receive');

-- How many secrets of a case's receipt were lost: each is followed by another.
CREATE TABLE receipt_round (
    shard      TEXT   NOT NULL,
    case_id    TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    round      BIGINT NOT NULL,
    renewed_at BIGINT NOT NULL,
    renewed_by TEXT   NOT NULL,
    PRIMARY KEY (shard, case_id)
);

-- Where an officer sits now. `counter`: empty at a place without counters.
CREATE TABLE seat (
    shard   TEXT   NOT NULL,
    account TEXT   NOT NULL,
    hall    TEXT   NOT NULL,
    counter TEXT   NOT NULL,
    since   BIGINT NOT NULL,
    PRIMARY KEY (shard, account)
);

-- Somebody stands at a counter and was recognised there: by what document, by whom, when. The number stands with the party.
CREATE TABLE reception (
    shard      TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    hall       TEXT   NOT NULL,
    counter    TEXT   NOT NULL,
    clerk      TEXT   NOT NULL,
    clerk_name TEXT   NOT NULL,
    party      TEXT   NOT NULL,
    account    TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    code_mask  TEXT   NOT NULL,
    document   TEXT   NOT NULL,
    checked_at BIGINT NOT NULL,
    until_at   BIGINT NOT NULL,
    ended_at   BIGINT,
    PRIMARY KEY (shard, id)
);
CREATE INDEX reception_open ON reception (clerk) WHERE ended_at IS NULL;
CREATE INDEX reception_party ON reception (party, checked_at);

-- Which cases were filed or opened while somebody stood there, and under which mandate.
CREATE TABLE reception_case (
    shard     TEXT   NOT NULL,
    reception TEXT   NOT NULL,
    case_id   TEXT   NOT NULL,
    mandate   TEXT,
    how       TEXT   NOT NULL,
    at        BIGINT NOT NULL,
    PRIMARY KEY (shard, reception, case_id)
);
CREATE INDEX reception_case_case ON reception_case (case_id);

-- A case that a counter has to do with: where it was taken in, how its result is wanted, and how it was handed out. A case
-- begun online has a row once its result was handed out at a counter.
CREATE TABLE counter_case (
    shard             TEXT   NOT NULL,
    case_id           TEXT   NOT NULL,
    version           BIGINT NOT NULL,
    hall              TEXT   NOT NULL,
    counter           TEXT   NOT NULL,
    keeper            TEXT   NOT NULL,
    hall_region       TEXT   NOT NULL,
    received_at       BIGINT,
    received_by       TEXT,
    received_by_name  TEXT,
    way               TEXT   NOT NULL,
    address           TEXT   NOT NULL,
    delivered_at      BIGINT,
    delivered_way     TEXT,
    delivered_by      TEXT,
    delivered_by_name TEXT,
    delivered_hall    TEXT,
    collected_by      TEXT,
    collected_name    TEXT,
    reception         TEXT,
    parcel            TEXT,
    PRIMARY KEY (shard, case_id)
);
CREATE INDEX counter_case_case ON counter_case (case_id);
-- What lies ready and was not fetched: those who take it as an e-licence fetch nothing.
CREATE INDEX counter_case_open ON counter_case (hall, received_at) WHERE delivered_at IS NULL AND way <> 'electronic';

-- Papers of a case on their way from a counter to the agency that decides, once or more often, each with a receipt.
CREATE TABLE relay (
    shard            TEXT   NOT NULL,
    case_id          TEXT   NOT NULL,
    round            BIGINT NOT NULL,
    version          BIGINT NOT NULL,
    hall             TEXT   NOT NULL,
    counter          TEXT   NOT NULL,
    keeper           TEXT   NOT NULL,
    hall_region      TEXT   NOT NULL,
    pieces           BIGINT NOT NULL,
    note             TEXT   NOT NULL,
    sent_at          BIGINT NOT NULL,
    sent_by          TEXT   NOT NULL,
    sent_by_name     TEXT   NOT NULL,
    due_at           BIGINT,
    ended_at         BIGINT,
    taken_by         TEXT,
    taken_by_name    TEXT,
    returned_by      TEXT,
    returned_by_name TEXT,
    reason           TEXT,
    PRIMARY KEY (shard, case_id, round)
);
CREATE INDEX relay_case ON relay (case_id, round);
CREATE INDEX relay_hall ON relay (hall, sent_at);
CREATE INDEX relay_open ON relay (sent_at) WHERE ended_at IS NULL;

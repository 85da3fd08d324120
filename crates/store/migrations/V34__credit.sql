-- Credit: what happened (never changed), and what became of it (each at most once). Days are 'YYYY-MM-DD' text, times milliseconds
-- UTC. The home shard stands in every key. `origin` is the inspection or annulment it came from.
CREATE TABLE credit_event (
    shard       TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    party       TEXT   NOT NULL,
    kind        TEXT   NOT NULL,
    severity    TEXT   NOT NULL,
    item        TEXT   NOT NULL,
    on_day      TEXT   NOT NULL,
    recorded_on TEXT   NOT NULL,
    agency      TEXT   NOT NULL,
    region      TEXT   NOT NULL,
    origin      TEXT   NOT NULL,
    number      TEXT   NOT NULL,
    salt        BLOB   NOT NULL,
    PRIMARY KEY (shard, id)
);
CREATE INDEX credit_event_party ON credit_event (party, on_day, id);
CREATE INDEX credit_event_origin ON credit_event (origin);

CREATE TABLE credit_act (
    shard      TEXT   NOT NULL,
    event      TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    on_day     TEXT   NOT NULL,
    actor      TEXT,
    actor_name TEXT   NOT NULL,
    note       TEXT   NOT NULL,
    PRIMARY KEY (shard, event, kind)
);

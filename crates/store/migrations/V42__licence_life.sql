-- What happened to licences while they lived: suspended, back in force, withdrawn, taken away as a penalty. Times are
-- milliseconds UTC.
CREATE TABLE licence_life (
    shard    TEXT   NOT NULL,
    licence  TEXT   NOT NULL,
    id       TEXT   NOT NULL,
    act      TEXT   NOT NULL,
    ground   TEXT   NOT NULL,
    rule     TEXT   NOT NULL,
    decision TEXT   NOT NULL,
    reasons  TEXT   NOT NULL,
    ends_on  TEXT,
    signed_by TEXT  NOT NULL,
    signed_name TEXT NOT NULL,
    at       BIGINT NOT NULL,
    PRIMARY KEY (shard, licence, id)
) WITHOUT ROWID;

-- Licences shown for some minutes: the hash of the secret in the address, and which of its rows are shown.
CREATE TABLE licence_showing (
    shard    TEXT   NOT NULL,
    id       TEXT   NOT NULL,
    licence  TEXT   NOT NULL,
    fields   TEXT   NOT NULL,
    until_at BIGINT NOT NULL,
    PRIMARY KEY (shard, id)
) WITHOUT ROWID;
CREATE INDEX licence_showing_of ON licence_showing (shard, licence);

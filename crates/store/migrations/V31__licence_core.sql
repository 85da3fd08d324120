-- The compact core of each licence, which its printed QR code carries, and its place on the office's status list: drawn by
-- chance, so that the list tells nobody who was licensed when.
CREATE TABLE licence_core (
    shard    TEXT   NOT NULL,
    id       TEXT   NOT NULL,
    list     BIGINT NOT NULL,
    position BIGINT NOT NULL,
    core     BLOB   NOT NULL,
    PRIMARY KEY (shard, id)
);
CREATE UNIQUE INDEX licence_core_place ON licence_core (shard, list, position);

-- Licences that are not to be used any more, as the status list says it.
CREATE TABLE licence_mark (
    shard    TEXT   NOT NULL,
    list     BIGINT NOT NULL,
    position BIGINT NOT NULL,
    licence  TEXT   NOT NULL,
    status   TEXT   NOT NULL,
    at       BIGINT NOT NULL,
    PRIMARY KEY (shard, list, position)
);

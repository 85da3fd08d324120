-- What an inspector has with him at a site where there is no network: his devices, with the keys under which drafts lie on them;
-- the records and photographs that came from them, as they were sent. Times are milliseconds UTC. The home shard stands in
-- every key.

-- `secret` is the device's key; it is gone from the moment the device is lost.
CREATE TABLE field_device (
    shard        TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    version      BIGINT NOT NULL,
    account      TEXT   NOT NULL,
    account_name TEXT   NOT NULL,
    name         TEXT   NOT NULL,
    secret       BLOB,
    session      TEXT,
    made_at      BIGINT NOT NULL,
    used_at      BIGINT NOT NULL,
    lost_at      BIGINT,
    lost_by      TEXT,
    PRIMARY KEY (shard, id)
);
CREATE INDEX field_device_account ON field_device (account, used_at);
CREATE INDEX field_device_used ON field_device (used_at);

-- `id` was made on the device: the same record sent again is answered and not taken twice. `outcome`: taken; or beside, where
-- another record was there already, or the visit was called off: nothing that was written at a site is lost.
CREATE TABLE field_record (
    shard        TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    inspection   TEXT   NOT NULL,
    account      TEXT   NOT NULL,
    account_name TEXT   NOT NULL,
    device       TEXT   NOT NULL,
    came_at      BIGINT NOT NULL,
    skew_ms      BIGINT NOT NULL,
    body         TEXT   NOT NULL,
    outcome      TEXT   NOT NULL,
    PRIMARY KEY (shard, id)
);
CREATE INDEX field_record_of ON field_record (inspection, came_at);

-- Where and when a device says that a photograph was taken: kept as it said so, and judged where it is shown.
CREATE TABLE field_photo (
    shard      TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    inspection TEXT   NOT NULL,
    material   TEXT   NOT NULL,
    device     TEXT   NOT NULL,
    came_at    BIGINT NOT NULL,
    skew_ms    BIGINT NOT NULL,
    taken_at   BIGINT,
    latitude   TEXT   NOT NULL,
    longitude  TEXT   NOT NULL,
    PRIMARY KEY (shard, id)
);
CREATE INDEX field_photo_of ON field_photo (inspection, came_at);

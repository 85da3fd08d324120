-- Received in one place, decided in another: what each of the two places did, with a receipt for each handing over. Times are
-- milliseconds UTC. The home shard stands in every key; one errand for a case.
CREATE TABLE errand (
    shard            TEXT   NOT NULL,
    case_id          TEXT   NOT NULL,
    version          BIGINT NOT NULL,
    number           TEXT   NOT NULL,
    item             TEXT   NOT NULL,
    mode             TEXT   NOT NULL,
    receiving_agency TEXT   NOT NULL,
    receiving_region TEXT   NOT NULL,
    deciding_agency  TEXT   NOT NULL,
    region           TEXT   NOT NULL,
    applicant_mask   TEXT   NOT NULL,
    state            TEXT   NOT NULL,
    received_at      BIGINT NOT NULL,
    received_by      TEXT   NOT NULL,
    sent_at          BIGINT,
    sent_by          TEXT,
    parcel           TEXT,
    taken_at         BIGINT,
    taken_by         TEXT,
    returned_at      BIGINT,
    returned_by      TEXT,
    delivered_at     BIGINT,
    delivered_by     TEXT,
    PRIMARY KEY (shard, case_id)
);
CREATE INDEX errand_case ON errand (case_id);
CREATE INDEX errand_receiving ON errand (receiving_agency, received_at) WHERE delivered_at IS NULL;
CREATE INDEX errand_deciding ON errand (deciding_agency, received_at) WHERE delivered_at IS NULL;

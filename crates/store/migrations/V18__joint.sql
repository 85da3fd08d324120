-- Joint handling: a case may be a part of one handling by several agencies. Times are milliseconds UTC, JSON is text. The home
-- shard stands in every key.

-- The joint handling a case is a part of, and when its one notice of everything to mend went out: no other is sent then.
ALTER TABLE case_file ADD COLUMN parent TEXT;
ALTER TABLE case_file ADD COLUMN one_notice_at BIGINT;
CREATE INDEX case_file_parent ON case_file (parent) WHERE parent IS NOT NULL;
CREATE INDEX case_file_joint_open ON case_file (parent) WHERE parent IS NOT NULL AND closed_at IS NULL;
-- Cases whose wishes are gathered are few.
CREATE INDEX case_file_gathering ON case_file (filed_at) WHERE state = 'gathering';

-- A joint handling. How it stands is worked out from its cases and never stored; `fields` says which field of its form fills
-- which fields of its items, as it was when it was filed.
CREATE TABLE joint_file (
    shard          TEXT   NOT NULL,
    id             TEXT   NOT NULL,
    version        BIGINT NOT NULL,
    number         TEXT   NOT NULL,
    bundle         TEXT   NOT NULL,
    bundle_version TEXT   NOT NULL,
    applicant      TEXT   NOT NULL,
    applicant_name TEXT   NOT NULL,
    applicant_code TEXT   NOT NULL,
    filed_by       TEXT   NOT NULL,
    filed_by_name  TEXT   NOT NULL,
    lead_agency    TEXT   NOT NULL,
    region         TEXT   NOT NULL,
    form           TEXT   NOT NULL,
    fields         TEXT   NOT NULL,
    filed_at       BIGINT NOT NULL,
    gather_due_at  BIGINT,
    notified_at    BIGINT,
    answered_at    BIGINT,
    extended_at    BIGINT,
    extended_by    TEXT,
    extension_why  TEXT,
    PRIMARY KEY (shard, id)
);
CREATE UNIQUE INDEX joint_file_number ON joint_file (number);
CREATE INDEX joint_file_applicant ON joint_file (applicant, filed_at);
CREATE INDEX joint_file_lead ON joint_file (lead_agency, filed_at);

-- One case of a joint handling, in the bundle's order. `content_at`: its agency said that nothing is to be mended.
CREATE TABLE joint_part (
    shard      TEXT   NOT NULL,
    joint_id   TEXT   NOT NULL,
    case_id    TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    seq        BIGINT NOT NULL,
    item       TEXT   NOT NULL,
    content_at BIGINT,
    content_by TEXT,
    PRIMARY KEY (shard, joint_id, case_id)
);
CREATE INDEX joint_part_joint ON joint_part (joint_id, seq);

-- What was done with a joint handling itself; what happens to its cases stands with them.
CREATE TABLE joint_event (
    shard      TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    joint_id   TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    kind       TEXT   NOT NULL,
    actor_name TEXT   NOT NULL,
    detail     TEXT   NOT NULL,
    PRIMARY KEY (shard, id)
);
CREATE INDEX joint_event_joint ON joint_event (joint_id, at, id);

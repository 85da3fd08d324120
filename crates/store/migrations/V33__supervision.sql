-- What becomes of a duty that was born with a grant; inspections; annulments. Times are milliseconds UTC, dates 'YYYY-MM-DD'
-- text, JSON is text, booleans are 0 and 1. The home shard stands in every key.

-- Both sides of a duty: who granted, who looks. `rule` is the duty's id in the version of the item that bore it, so that its
-- limits can be worked out again. `next_at`: when a limit of it is near or over next. Duties from before have no rule.
ALTER TABLE duty ADD COLUMN granting_agency TEXT;
ALTER TABLE duty ADD COLUMN rule TEXT;
ALTER TABLE duty ADD COLUMN item_version TEXT;
ALTER TABLE duty ADD COLUMN claimed_at BIGINT;
ALTER TABLE duty ADD COLUMN claimed_by TEXT;
ALTER TABLE duty ADD COLUMN claimed_name TEXT;
ALTER TABLE duty ADD COLUMN acted_at BIGINT;
ALTER TABLE duty ADD COLUMN feedback_due_at BIGINT;
ALTER TABLE duty ADD COLUMN ended_at BIGINT;
ALTER TABLE duty ADD COLUMN feedback TEXT;
ALTER TABLE duty ADD COLUMN next_at BIGINT;
ALTER TABLE duty ADD COLUMN is_open BIGINT NOT NULL DEFAULT 1;
UPDATE duty SET next_at = claim_due_at,
    granting_agency = (SELECT coalesce(c.in_name_of, c.deciding_agency) FROM case_file c
                       WHERE c.shard = duty.shard AND c.id = duty.case_id),
    item_version = (SELECT c.item_version FROM case_file c WHERE c.shard = duty.shard AND c.id = duty.case_id);
DROP INDEX duty_agency;
DROP INDEX duty_due;
CREATE INDEX duty_agency ON duty (agency, claim_due_at, id) WHERE is_open = 1;
CREATE INDEX duty_due ON duty (claim_due_at, id) WHERE is_open = 1;
CREATE INDEX duty_next ON duty (next_at) WHERE next_at IS NOT NULL;
-- The ledger of both sides, newest first.
CREATE INDEX duty_granted ON duty (granting_agency, born_at, id);
CREATE INDEX duty_born ON duty (born_at, id);

-- What was done with a duty: claimed, acted, told back, ended.
CREATE TABLE duty_act (
    shard      TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    duty       TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    kind       TEXT   NOT NULL,
    actor      TEXT,
    actor_name TEXT   NOT NULL,
    note       TEXT   NOT NULL,
    salt       BLOB   NOT NULL,
    PRIMARY KEY (shard, id)
);
CREATE INDEX duty_act_duty ON duty_act (duty, at);

-- One day's visit to one target: inspections of several agencies or duties on that day are one visit.
CREATE TABLE visit (
    shard   TEXT NOT NULL,
    holder  TEXT NOT NULL,
    day     TEXT NOT NULL,
    version BIGINT NOT NULL,
    id      TEXT NOT NULL,
    PRIMARY KEY (shard, holder, day)
);

-- Inspections. `source`: duty, draw, complaint, alarm, campaign, recheck. `findings`: what was found, line by line. `seen_at`: when the
-- officers say they were there; `recorded_at`: when it came to us.
CREATE TABLE inspection (
    shard          TEXT   NOT NULL,
    id             TEXT   NOT NULL,
    version        BIGINT NOT NULL,
    number         TEXT   NOT NULL,
    source         TEXT   NOT NULL,
    source_note    TEXT   NOT NULL,
    duty           TEXT,
    recheck_of     TEXT,
    visit          TEXT   NOT NULL,
    agency         TEXT   NOT NULL,
    granting       TEXT   NOT NULL,
    region         TEXT   NOT NULL,
    item           TEXT   NOT NULL,
    case_id        TEXT   NOT NULL,
    licence_id     TEXT,
    holder         TEXT   NOT NULL,
    holder_kind    TEXT   NOT NULL,
    holder_mask    TEXT   NOT NULL,
    checklist      TEXT   NOT NULL,
    terms          TEXT   NOT NULL,
    planned_on     TEXT   NOT NULL,
    state          TEXT   NOT NULL,
    lead           TEXT   NOT NULL,
    lead_name      TEXT   NOT NULL,
    second         TEXT,
    second_name    TEXT,
    place          TEXT   NOT NULL,
    latitude_e6    BIGINT,
    longitude_e6   BIGINT,
    seen_at        BIGINT,
    recorded_at    BIGINT,
    findings       TEXT   NOT NULL,
    remark         TEXT   NOT NULL,
    signing        TEXT,
    signer         TEXT   NOT NULL,
    mend_by        TEXT,
    concluded_at   BIGINT,
    published_at   BIGINT,
    appeal_due_at  BIGINT,
    appeal         TEXT,
    appealed_at    BIGINT,
    appeal_answer  TEXT,
    appeal_upheld  BIGINT,
    answered_at    BIGINT,
    is_open        BIGINT NOT NULL,
    salt           BLOB   NOT NULL,
    PRIMARY KEY (shard, id)
);
CREATE UNIQUE INDEX inspection_number ON inspection (number);
CREATE INDEX inspection_open ON inspection (planned_on, id) WHERE is_open = 1;
CREATE INDEX inspection_case ON inspection (case_id, planned_on);
CREATE INDEX inspection_duty ON inspection (duty) WHERE duty IS NOT NULL;
CREATE INDEX inspection_visit ON inspection (visit);
CREATE INDEX inspection_holder ON inspection (holder, planned_on);
CREATE INDEX inspection_public ON inspection (published_at, id) WHERE published_at IS NOT NULL;

CREATE TABLE inspection_act (
    shard      TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    inspection TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    kind       TEXT   NOT NULL,
    actor      TEXT,
    actor_name TEXT   NOT NULL,
    note       TEXT   NOT NULL,
    PRIMARY KEY (shard, id)
);
CREATE INDEX inspection_act_of ON inspection_act (inspection, at);

-- A licence that was granted wrongly, on its way to being annulled (撤销). The flow it runs by stands in the row, whole.
CREATE TABLE annulment (
    shard      TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    number     TEXT   NOT NULL,
    inspection TEXT   NOT NULL,
    case_id    TEXT   NOT NULL,
    licence_id TEXT   NOT NULL,
    holder     TEXT   NOT NULL,
    party      TEXT   NOT NULL,
    party_kind TEXT   NOT NULL,
    agency     TEXT   NOT NULL,
    region     TEXT   NOT NULL,
    item       TEXT   NOT NULL,
    flow       TEXT   NOT NULL,
    state      TEXT   NOT NULL,
    is_open    BIGINT NOT NULL,
    opened_at  BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (shard, id)
);
CREATE UNIQUE INDEX annulment_number ON annulment (number);
-- One at a time for a licence.
CREATE UNIQUE INDEX annulment_licence ON annulment (shard, licence_id) WHERE is_open = 1;
CREATE INDEX annulment_case ON annulment (case_id);
CREATE INDEX annulment_changed ON annulment (is_open, changed_at, id);

CREATE TABLE annulment_act (
    shard        TEXT   NOT NULL,
    annulment_id TEXT   NOT NULL,
    seq          BIGINT NOT NULL,
    kind         TEXT   NOT NULL,
    step         TEXT   NOT NULL,
    state        TEXT   NOT NULL,
    at           BIGINT NOT NULL,
    by_id        TEXT   NOT NULL,
    by_name      TEXT   NOT NULL,
    second_id    TEXT,
    second       TEXT,
    body         TEXT   NOT NULL,
    salt         BLOB   NOT NULL,
    PRIMARY KEY (shard, annulment_id, seq)
);

-- Photographs of an inspection lie with it, in the same quarantine as everything handed in.
ALTER TABLE material ADD COLUMN inspection TEXT;
CREATE INDEX material_inspection ON material (inspection, brought_at) WHERE inspection IS NOT NULL;

-- Quotas, special steps, and the day on which the law itself renews. Times are milliseconds UTC, dates 'YYYY-MM-DD' text,
-- JSON is text. The home shard stands in every key.

-- With how much each counter of a quota was filled: an import adds the difference, never the amount again.
CREATE TABLE quota_amount (
    shard     TEXT   NOT NULL,
    quota     TEXT   NOT NULL,
    region    TEXT   NOT NULL,
    year      BIGINT NOT NULL,
    version   BIGINT NOT NULL,
    amount    BIGINT NOT NULL,
    filled_at BIGINT NOT NULL,
    PRIMARY KEY (shard, quota, region, year)
) WITHOUT ROWID;

-- What a case holds of a quota now; 0 once it was given back. The counter equals the amount less the sum of these.
CREATE TABLE quota_taken (
    shard    TEXT   NOT NULL,
    case_id  TEXT   NOT NULL,
    version  BIGINT NOT NULL,
    quota    TEXT   NOT NULL,
    region   TEXT   NOT NULL,
    year     BIGINT NOT NULL,
    amount   BIGINT NOT NULL,
    taken_at BIGINT NOT NULL,
    PRIMARY KEY (shard, case_id)
) WITHOUT ROWID;
CREATE INDEX quota_taken_of ON quota_taken (quota, region, year);

-- A special step of a case: the written notice, who goes, and what they found. While `ended_at` is null the clock of the
-- case stands still.
CREATE TABLE special_step (
    shard       TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    case_id     TEXT   NOT NULL,
    stage       TEXT   NOT NULL,
    officers    TEXT   NOT NULL,
    notice      TEXT   NOT NULL,
    noticed_at  BIGINT NOT NULL,
    noticed_by  TEXT   NOT NULL,
    planned_to  TEXT   NOT NULL,
    passed      BIGINT,
    findings    TEXT,
    recorded_by TEXT,
    ended_at    BIGINT,
    PRIMARY KEY (shard, id)
) WITHOUT ROWID;
CREATE INDEX special_step_case ON special_step (case_id, noticed_at);

-- When an accepted renewal that nobody has decided is granted by the law.
ALTER TABLE case_file ADD COLUMN tacit_due_at BIGINT;
CREATE INDEX case_file_tacit ON case_file (tacit_due_at) WHERE tacit_due_at IS NOT NULL;

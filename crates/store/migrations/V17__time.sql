-- Time that people give: an extended limit, a piece that may follow; and what makes decisions of different officers on the
-- same facts comparable. Times are milliseconds UTC, JSON is text. The home shard stands in every key.

-- The working days by which the limit in law was extended with the head's approval (article 42).
ALTER TABLE case_file ADD COLUMN extended_days BIGINT;

-- A request to extend the limit of a case: one for a case, asked again only after it was refused.
CREATE TABLE extension (
    shard       TEXT   NOT NULL,
    case_id     TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    state       TEXT   NOT NULL,
    reasons     TEXT   NOT NULL,
    days        BIGINT NOT NULL,
    asked_by    TEXT   NOT NULL,
    asked_name  TEXT   NOT NULL,
    asked_at    BIGINT NOT NULL,
    answer      TEXT,
    answered_by TEXT,
    answered_at BIGINT,
    PRIMARY KEY (shard, case_id)
) WITHOUT ROWID;

-- Pieces with which a case was accepted although they are missing (容缺受理), and the day by which each comes.
CREATE TABLE gap (
    shard       TEXT   NOT NULL,
    case_id     TEXT   NOT NULL,
    material    TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    name        TEXT   NOT NULL,
    due_at      BIGINT NOT NULL,
    opened_by   TEXT   NOT NULL,
    opened_at   BIGINT NOT NULL,
    filled_by   TEXT,
    filled_at   BIGINT,
    PRIMARY KEY (shard, case_id, material)
) WITHOUT ROWID;
CREATE INDEX gap_case ON gap (case_id);
CREATE INDEX gap_open ON gap (due_at) WHERE filled_at IS NULL;

-- What two decisions of people have in common when they are on the same facts: item, rule set and what the rules found of
-- every condition, hashed.
ALTER TABLE decision ADD COLUMN facts_key TEXT;
CREATE INDEX decision_facts ON decision (item, decided_at) WHERE facts_key IS NOT NULL;

-- People who decide: with whom a case lies, who is away and who stands in, whom somebody may not decide about, and what an
-- officer has decided that has not left the house yet. Times are milliseconds UTC, dates 'YYYY-MM-DD' text, JSON is text.
-- The home shard stands in every key.

-- With whom a waiting case lies now, and why; what went before stands in the case's story. The row is there while the case
-- waits for a person. `not_to`: who gave it back last.
CREATE TABLE assignment (
    shard        TEXT   NOT NULL,
    case_id      TEXT   NOT NULL,
    version      BIGINT NOT NULL,
    officer      TEXT,
    officer_name TEXT,
    how          TEXT   NOT NULL,
    why          TEXT   NOT NULL,
    not_to       TEXT,
    since        BIGINT NOT NULL,
    next_at      BIGINT NOT NULL,
    PRIMARY KEY (shard, case_id)
) WITHOUT ROWID;
CREATE INDEX assignment_officer ON assignment (officer, since);
CREATE INDEX assignment_open ON assignment (next_at) WHERE officer IS NULL;

INSERT INTO assignment (shard, case_id, version, how, why, since, next_at)
    SELECT shard, id, 1, 'waiting', '{"zh":"","en":""}', coalesce(accepted_at, filed_at), 0 FROM case_file
    WHERE closed_at IS NULL AND state IN ('in_review', 'special_step');

-- Days on which a member of staff is away, both included, and who stands in.
CREATE TABLE absence (
    shard       TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    account     TEXT   NOT NULL,
    from_day    TEXT   NOT NULL,
    to_day      TEXT   NOT NULL,
    deputy      TEXT,
    reason      TEXT   NOT NULL,
    declared_by TEXT   NOT NULL,
    declared_at BIGINT NOT NULL,
    ended_at    BIGINT,
    PRIMARY KEY (shard, id)
) WITHOUT ROWID;
CREATE INDEX absence_account ON absence (account, to_day);
CREATE INDEX absence_day ON absence (to_day) WHERE ended_at IS NULL;

-- Whom a member of staff may not decide about: himself, a relative, a company he has an interest in; by code.
CREATE TABLE staff_tie (
    shard       TEXT   NOT NULL,
    account     TEXT   NOT NULL,
    code        TEXT   NOT NULL,
    kind        TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    declared_by TEXT   NOT NULL,
    declared_at BIGINT NOT NULL,
    PRIMARY KEY (shard, account, code)
) WITHOUT ROWID;
CREATE INDEX staff_tie_account ON staff_tie (account);

-- A decision that an officer has signed and that has not left yet: while a second officer has not concurred, and for the
-- seconds in which it may be taken back. One for a case. `case_version`: the case it was made about.
CREATE TABLE pending_ruling (
    shard        TEXT   NOT NULL,
    case_id      TEXT   NOT NULL,
    version      BIGINT NOT NULL,
    case_version BIGINT NOT NULL,
    ruling       TEXT   NOT NULL,
    reasons      TEXT   NOT NULL,
    officer      TEXT   NOT NULL,
    officer_name TEXT   NOT NULL,
    made_at      BIGINT NOT NULL,
    needs_second BIGINT NOT NULL,
    second       TEXT,
    second_name  TEXT,
    second_at    BIGINT,
    leaves_at    BIGINT,
    next_at      BIGINT,
    PRIMARY KEY (shard, case_id)
) WITHOUT ROWID;
CREATE INDEX pending_ruling_next ON pending_ruling (next_at) WHERE next_at IS NOT NULL;

-- The second officer of a decision that takes two.
ALTER TABLE decision ADD COLUMN second_officer TEXT;
ALTER TABLE decision ADD COLUMN second_name TEXT;

-- Who was sent to a special step, by account: a name may belong to two people.
ALTER TABLE special_step ADD COLUMN accounts TEXT;

-- The head of an office: approves, reassigns, takes what nobody else may lawfully take.
INSERT INTO role_right (role, allowed) VALUES
    ('head', 'view_case'), ('head', 'decide_case'), ('head', 'read_register'), ('head', 'view_duty'), ('head', 'lead');

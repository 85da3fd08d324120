-- The rule workshop: who writes an item's rules and who puts them in force, the versions that came of it, and the switch that
-- sends an item's cases to people. Times are milliseconds UTC, days and JSON are text. The home shard stands in every key.

-- Whoever approves and publishes rules writes none, and sees no case.
INSERT INTO role_right (role, allowed) VALUES ('rule_approver', 'approve_rules');

-- An item whose rules decide nothing while lifted_at is empty. Looked at with every run of the rules.
CREATE TABLE rule_stop (
    shard      TEXT   NOT NULL,
    item       TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    reason_zh  TEXT   NOT NULL,
    reason_en  TEXT   NOT NULL,
    stopped_at BIGINT NOT NULL,
    stopped_by TEXT   NOT NULL,
    lifted_at  BIGINT,
    lifted_by  TEXT,
    lift_why   TEXT,
    PRIMARY KEY (shard, item)
);

-- A draft of an item's rules: the whole text of what the workshop may change, the version it began from (`base`), what the last
-- test and proof found (`report`), and who signed for what no proof could look at (`waivers`).
CREATE TABLE rule_draft (
    shard         TEXT   NOT NULL,
    id            TEXT   NOT NULL,
    version       BIGINT NOT NULL,
    item          TEXT   NOT NULL,
    agency        TEXT   NOT NULL,
    region        TEXT   NOT NULL,
    base          TEXT   NOT NULL,
    state         TEXT   NOT NULL,
    purpose       TEXT   NOT NULL,
    item_toml     TEXT   NOT NULL,
    rules         TEXT   NOT NULL,
    cases         TEXT   NOT NULL,
    valid_from    TEXT,
    version_by    TEXT   NOT NULL,
    report        TEXT   NOT NULL,
    waivers       TEXT   NOT NULL,
    opened_by     TEXT   NOT NULL,
    opened_name   TEXT   NOT NULL,
    opened_at     BIGINT NOT NULL,
    changed_at    BIGINT NOT NULL,
    proposed_by   TEXT,
    proposed_name TEXT,
    proposed_at   BIGINT,
    approved_by   TEXT,
    approved_name TEXT,
    approved_at   BIGINT,
    closed_at     BIGINT,
    PRIMARY KEY (shard, id)
);
-- One draft of an item at a time: two authors write on the same one, and neither's words are lost.
CREATE UNIQUE INDEX rule_draft_open ON rule_draft (shard, item) WHERE closed_at IS NULL;
CREATE INDEX rule_draft_item ON rule_draft (item, opened_at);

-- What was done with a draft. A save keeps the whole text, also one that came too late (`taken` = 0): no edit is ever lost.
CREATE TABLE rule_edit (
    shard    TEXT   NOT NULL,
    id       TEXT   NOT NULL,
    draft_id TEXT   NOT NULL,
    revision BIGINT NOT NULL,
    at       BIGINT NOT NULL,
    kind     TEXT   NOT NULL,
    account  TEXT   NOT NULL,
    name     TEXT   NOT NULL,
    note     TEXT   NOT NULL,
    taken    BIGINT NOT NULL,
    body     TEXT,
    PRIMARY KEY (shard, id)
);
CREATE INDEX rule_edit_draft ON rule_edit (draft_id, at, id);

-- A version that was put in force here, by publishing a draft or by going back (`restores`, in place of `instead_of`).
CREATE TABLE rule_version (
    shard          TEXT   NOT NULL,
    item           TEXT   NOT NULL,
    hash           TEXT   NOT NULL,
    id             TEXT   NOT NULL,
    draft_id       TEXT,
    base           TEXT   NOT NULL,
    rule_set       TEXT   NOT NULL,
    valid_from     TEXT   NOT NULL,
    version_by     TEXT   NOT NULL,
    published_at   BIGINT NOT NULL,
    author_name    TEXT   NOT NULL,
    approved_name  TEXT   NOT NULL,
    published_name TEXT   NOT NULL,
    waivers        TEXT   NOT NULL,
    restores       TEXT,
    instead_of     TEXT,
    why            TEXT   NOT NULL,
    document       TEXT   NOT NULL,
    PRIMARY KEY (shard, item, hash)
);
CREATE INDEX rule_version_item ON rule_version (item, published_at);

-- What an officer found when he looked again at a case that a version taken back had decided.
CREATE TABLE rule_review (
    shard   TEXT   NOT NULL,
    bad     TEXT   NOT NULL,
    case_id TEXT   NOT NULL,
    finding TEXT   NOT NULL,
    note    TEXT   NOT NULL,
    by_name TEXT   NOT NULL,
    at      BIGINT NOT NULL,
    PRIMARY KEY (shard, bad, case_id)
);
-- The cases a version decided, without walking the others.
CREATE INDEX decision_version ON decision (item_version, decided_at, id);

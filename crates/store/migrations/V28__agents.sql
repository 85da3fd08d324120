-- Village agents: who may do what at a service point, and what they carried for people. Times are milliseconds UTC, days are text. The
-- home shard stands in every key.

-- A post at a point or a station: the acts it allows are a JSON list, items too (none: every item). It gives no right of staff.
CREATE TABLE agent_post (
    shard        TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    version      BIGINT NOT NULL,
    account      TEXT   NOT NULL,
    account_name TEXT   NOT NULL,
    hall         TEXT   NOT NULL,
    acts         TEXT   NOT NULL,
    items        TEXT   NOT NULL,
    valid_from   TEXT   NOT NULL,
    valid_to     TEXT   NOT NULL,
    basis        TEXT   NOT NULL,
    named_by     TEXT   NOT NULL,
    named_at     BIGINT NOT NULL,
    ended_at     BIGINT,
    ended_by     TEXT,
    end_why      TEXT,
    PRIMARY KEY (shard, id)
);
CREATE INDEX agent_post_account ON agent_post (shard, account, valid_to);
CREATE INDEX agent_post_hall ON agent_post (shard, hall, valid_to);

-- What an agent collected for somebody and sent on. The id was made on the agent's device: sent twice, it is one row and one case.
CREATE TABLE agent_job (
    shard          TEXT   NOT NULL,
    id             TEXT   NOT NULL,
    version        BIGINT NOT NULL,
    post           TEXT   NOT NULL,
    hall           TEXT   NOT NULL,
    account        TEXT   NOT NULL,
    account_name   TEXT   NOT NULL,
    item           TEXT   NOT NULL,
    name_mask      TEXT   NOT NULL,
    case_id        TEXT   NOT NULL,
    number         TEXT   NOT NULL,
    paper          TEXT   NOT NULL,
    collected_on   TEXT   NOT NULL,
    collected_from TEXT   NOT NULL,
    sent_at        BIGINT NOT NULL,
    reviewed_at    BIGINT,
    reviewed_by    TEXT,
    review_is_good BIGINT,
    review         TEXT,
    delivered_at   BIGINT,
    delivered_by   TEXT,
    PRIMARY KEY (shard, id)
);
CREATE UNIQUE INDEX agent_job_case ON agent_job (case_id);
CREATE INDEX agent_job_account ON agent_job (shard, account, sent_at);
CREATE INDEX agent_job_hall ON agent_job (shard, hall, sent_at);

-- Somebody elsewhere asks to look after a matter of a parent, who answers for himself. The question waits under the code that was
-- typed; a yes gives a mandate. The items are a JSON list.
CREATE TABLE kin_request (
    shard       TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    helper      TEXT   NOT NULL,
    helper_name TEXT   NOT NULL,
    code        TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    items       TEXT   NOT NULL,
    until       TEXT   NOT NULL,
    words       TEXT   NOT NULL,
    asked_at    BIGINT NOT NULL,
    answer      TEXT   NOT NULL,
    answered_at BIGINT,
    mandate     TEXT,
    PRIMARY KEY (shard, id)
);
CREATE INDEX kin_request_helper ON kin_request (helper, asked_at);
CREATE INDEX kin_request_code ON kin_request (code, asked_at);

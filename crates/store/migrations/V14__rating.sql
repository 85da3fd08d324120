-- Ratings: one for each decided case, 5 very satisfied to 1 very unsatisfied. The row is born with the decision as the invitation to rate; whose case it is stands in
-- `case_id`, which an anonymous rating's readers are never shown.
CREATE TABLE rating (
    shard           TEXT   NOT NULL,
    case_id         TEXT   NOT NULL,
    version         BIGINT NOT NULL,
    id              TEXT   NOT NULL,
    number          TEXT   NOT NULL,
    item            TEXT   NOT NULL,
    agency          TEXT   NOT NULL,
    region          TEXT   NOT NULL,
    applicant       TEXT   NOT NULL,
    name_mask       TEXT   NOT NULL,
    decided_by      TEXT,
    invited_at      BIGINT NOT NULL,
    state           TEXT   NOT NULL,
    level           BIGINT,
    is_named        BIGINT,
    channel         TEXT,
    window_code     TEXT   NOT NULL,
    words           TEXT   NOT NULL,
    words_shown     TEXT   NOT NULL,
    words_state     TEXT   NOT NULL,
    words_why       TEXT,
    rated_at        BIGINT,
    month           TEXT,
    call_due_at     BIGINT,
    called_at       BIGINT,
    called_by       TEXT,
    mend_due_at     BIGINT,
    closing         TEXT,
    closing_note    TEXT,
    closed_at       BIGINT,
    closed_by       TEXT,
    appealed_by     TEXT,
    reply           TEXT,
    replied_at      BIGINT,
    salt            BLOB,
    PRIMARY KEY (shard, case_id)
);
CREATE UNIQUE INDEX rating_id ON rating (shard, id);
CREATE INDEX rating_open ON rating (state, call_due_at);
CREATE INDEX rating_time ON rating (rated_at, id);
-- Words that wait for a look are few among all ratings.
CREATE INDEX rating_held ON rating (rated_at) WHERE words_state = 'held';

-- What was done with a rating, in order: for those who work on it and for the audit.
CREATE TABLE rating_act (
    shard      TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    rating     TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    kind       TEXT   NOT NULL,
    actor      TEXT,
    actor_name TEXT   NOT NULL,
    note       TEXT   NOT NULL,
    PRIMARY KEY (shard, id)
);
CREATE INDEX rating_act_rating ON rating_act (rating, at);

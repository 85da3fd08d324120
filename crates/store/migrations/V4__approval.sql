-- Cases, decisions, licences, notices and supervision duties. Times are milliseconds UTC, dates 'YYYY-MM-DD' text,
-- JSON is text. The home shard stands in every key; a region is an attribute, because regions split and merge.

CREATE TABLE case_file (
    shard                TEXT   NOT NULL,
    id                   TEXT   NOT NULL,
    version              BIGINT NOT NULL,
    number               TEXT   NOT NULL,
    item                 TEXT   NOT NULL,
    item_version         TEXT   NOT NULL,
    state                TEXT   NOT NULL,
    outcome              TEXT,
    applicant            TEXT   NOT NULL,
    applicant_kind       TEXT   NOT NULL,
    applicant_code       TEXT   NOT NULL,
    applicant_name       TEXT   NOT NULL,
    filed_by             TEXT   NOT NULL,
    filed_by_name        TEXT   NOT NULL,
    mandate              TEXT,
    identity_level       TEXT   NOT NULL,
    second_party         TEXT,
    channel              TEXT   NOT NULL,
    receiving_agency     TEXT   NOT NULL,
    deciding_agency      TEXT   NOT NULL,
    region               TEXT   NOT NULL,
    form                 TEXT   NOT NULL,
    filed_at             BIGINT NOT NULL,
    received_at          BIGINT,
    accepted_at          BIGINT,
    decided_at           BIGINT,
    closed_at            BIGINT,
    second_party_due_at  BIGINT,
    notice_due_at        BIGINT,
    correction_due_at    BIGINT,
    committed_due_at     BIGINT,
    statutory_due_at     BIGINT,
    corrections          BIGINT NOT NULL,
    PRIMARY KEY (shard, id)
);
CREATE UNIQUE INDEX case_file_number ON case_file (number);
CREATE INDEX case_file_queue ON case_file (state, committed_due_at);
CREATE INDEX case_file_applicant ON case_file (applicant, filed_at);
CREATE INDEX case_file_second_party ON case_file (second_party, state);

-- One open case per applicant and item: the key that makes a second filing at the same instant fail.
CREATE TABLE open_case (
    shard     TEXT NOT NULL,
    applicant TEXT NOT NULL,
    item      TEXT NOT NULL,
    case_id   TEXT NOT NULL,
    PRIMARY KEY (shard, applicant, item)
);

-- Every run of the rules and every decision of a person, with all that a replay needs.
CREATE TABLE decision (
    shard            TEXT   NOT NULL,
    id               TEXT   NOT NULL,
    case_id          TEXT   NOT NULL,
    run              BIGINT NOT NULL,
    maker            TEXT   NOT NULL,
    officer          TEXT,
    officer_name     TEXT,
    outcome          TEXT   NOT NULL,
    item             TEXT   NOT NULL,
    item_version     TEXT   NOT NULL,
    rule_set         TEXT   NOT NULL,
    engine           TEXT   NOT NULL,
    calendar         TEXT   NOT NULL,
    region           TEXT   NOT NULL,
    deciding_agency  TEXT   NOT NULL,
    form             TEXT   NOT NULL,
    inputs           TEXT   NOT NULL,
    checks           TEXT   NOT NULL,
    reasons          TEXT,
    remedies         TEXT,
    decided_at       BIGINT NOT NULL,
    elapsed_ms       BIGINT NOT NULL,
    office_hours     BIGINT NOT NULL,
    salt             BLOB   NOT NULL,
    PRIMARY KEY (shard, id)
);
CREATE INDEX decision_case ON decision (case_id, run);
CREATE INDEX decision_time ON decision (decided_at);

CREATE TABLE case_event (
    shard      TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    case_id    TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    kind       TEXT   NOT NULL,
    actor_kind TEXT   NOT NULL,
    actor      TEXT,
    actor_name TEXT   NOT NULL,
    on_behalf  TEXT,
    detail     TEXT   NOT NULL,
    PRIMARY KEY (shard, id)
);
CREATE INDEX case_event_case ON case_event (case_id, at, id);

CREATE TABLE licence (
    shard       TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    code        TEXT   NOT NULL,
    type        TEXT   NOT NULL,
    holder      TEXT   NOT NULL,
    holder_name TEXT   NOT NULL,
    item        TEXT   NOT NULL,
    case_id     TEXT   NOT NULL,
    region      TEXT   NOT NULL,
    agency      TEXT   NOT NULL,
    status      TEXT   NOT NULL,
    status_at   BIGINT NOT NULL,
    status_why  TEXT   NOT NULL,
    valid_from  TEXT   NOT NULL,
    valid_to    TEXT,
    issued_at   BIGINT NOT NULL,
    supersedes  TEXT,
    document    TEXT   NOT NULL,
    salt        BLOB   NOT NULL,
    PRIMARY KEY (shard, id)
);
CREATE UNIQUE INDEX licence_code ON licence (code);
CREATE INDEX licence_holder ON licence (holder, status, valid_to);

-- Grants are public (Administrative Licensing Law, article 40); names of persons are masked here, at the source.
CREATE TABLE public_notice (
    shard       TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    case_id     TEXT   NOT NULL,
    number      TEXT   NOT NULL,
    item        TEXT   NOT NULL,
    agency      TEXT   NOT NULL,
    region      TEXT   NOT NULL,
    holder_mask TEXT   NOT NULL,
    result      TEXT   NOT NULL,
    maker       TEXT   NOT NULL,
    decided_at  BIGINT NOT NULL,
    PRIMARY KEY (shard, id)
);
CREATE INDEX public_notice_time ON public_notice (decided_at, id);

CREATE TABLE duty (
    shard         TEXT   NOT NULL,
    id            TEXT   NOT NULL,
    version       BIGINT NOT NULL,
    case_id       TEXT   NOT NULL,
    case_number   TEXT   NOT NULL,
    licence_id    TEXT,
    item          TEXT   NOT NULL,
    kind          TEXT   NOT NULL,
    subject_name  TEXT   NOT NULL,
    agency        TEXT   NOT NULL,
    region        TEXT   NOT NULL,
    what          TEXT   NOT NULL,
    basis         TEXT   NOT NULL,
    grade         TEXT   NOT NULL,
    state         TEXT   NOT NULL,
    born_at       BIGINT NOT NULL,
    push_due_at   BIGINT NOT NULL,
    claim_due_at  BIGINT,
    action_due_at BIGINT,
    PRIMARY KEY (shard, id)
);
CREATE INDEX duty_agency ON duty (agency, state, claim_due_at);
CREATE INDEX duty_case ON duty (case_id);

-- What somebody has begun and not sent. One draft per account, party and item; deleted when it is sent.
CREATE TABLE draft (
    shard    TEXT   NOT NULL,
    id       TEXT   NOT NULL,
    version  BIGINT NOT NULL,
    account  TEXT   NOT NULL,
    party    TEXT   NOT NULL,
    item     TEXT   NOT NULL,
    form     TEXT   NOT NULL,
    case_id  TEXT,
    saved_at BIGINT NOT NULL,
    PRIMARY KEY (shard, id)
);
CREATE UNIQUE INDEX draft_of ON draft (account, party, item);
CREATE INDEX draft_saved ON draft (saved_at);

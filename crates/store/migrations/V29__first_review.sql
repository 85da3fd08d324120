-- First review below, decision above (Administrative Licensing Law, articles 35 and 43). Times are milliseconds UTC. The home
-- shard stands in every key.

-- The agency that reviews or reviewed the case first: it goes on seeing it when the agency above decides.
ALTER TABLE case_file ADD COLUMN first_agency TEXT;
CREATE INDEX case_file_first ON case_file (first_agency, closed_at) WHERE first_agency IS NOT NULL;

-- What the agency below came to: its opinion goes up with the whole file. One for a case. `due_at`: the first moment after its
-- limit, days on which the clock stands still not counted in.
CREATE TABLE first_review (
    shard       TEXT   NOT NULL,
    case_id     TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    agency      TEXT   NOT NULL,
    above       TEXT   NOT NULL,
    in_name_of  TEXT,
    begun_at    BIGINT NOT NULL,
    due_at      BIGINT,
    favourable  BIGINT,
    opinion     TEXT,
    passed_by   TEXT,
    passed_at   BIGINT,
    PRIMARY KEY (shard, case_id)
) WITHOUT ROWID;
CREATE INDEX first_review_open ON first_review (due_at) WHERE passed_at IS NULL;

-- Parties, accounts, sign-in, rights of staff, mandates; the shared data pool of registers; messages.
-- Times are milliseconds UTC, dates 'YYYY-MM-DD' text, JSON is text, hashes are bytes. The home shard stands in every key.

-- A person (citizen id) or a company (unified social credit code). Other tables carry `id`, not the code.
CREATE TABLE party (
    shard      TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    kind       TEXT   NOT NULL,
    code       TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (shard, id)
);
CREATE UNIQUE INDEX party_code ON party (kind, code);

-- Citizen accounts have a party; staff accounts a login name, a post, an agency and a region. `epoch` is raised to end
-- every session at once: a session opened under an older epoch is dead.
CREATE TABLE account (
    shard       TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    kind        TEXT   NOT NULL,
    party       TEXT,
    login       TEXT,
    name        TEXT   NOT NULL,
    post        TEXT   NOT NULL,
    agency      TEXT   NOT NULL,
    region      TEXT   NOT NULL,
    password    TEXT,
    password_at BIGINT,
    status      TEXT   NOT NULL,
    epoch       BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (shard, id)
);
CREATE UNIQUE INDEX account_party ON account (party);
CREATE UNIQUE INDEX account_login ON account (login);

-- One row of rights; `agency` and `region` stand for their subtree, '*' for everything.
CREATE TABLE scope (
    shard         TEXT   NOT NULL,
    account       TEXT   NOT NULL,
    role          TEXT   NOT NULL,
    agency        TEXT   NOT NULL,
    region        TEXT   NOT NULL,
    item          TEXT   NOT NULL,
    region_prefix TEXT   NOT NULL,
    granted_by    TEXT   NOT NULL,
    granted_at    BIGINT NOT NULL,
    PRIMARY KEY (shard, account, role, agency, region, item)
);
CREATE INDEX scope_account ON scope (account, role);

-- What a role may do: the same list as in the program (a test compares them).
CREATE TABLE role_right (
    role    TEXT NOT NULL,
    allowed TEXT NOT NULL,
    PRIMARY KEY (role, allowed)
);
INSERT INTO role_right (role, allowed) VALUES
    ('clerk', 'view_case'), ('clerk', 'handle_case'), ('clerk', 'read_register'),
    ('approver', 'view_case'), ('approver', 'decide_case'), ('approver', 'read_register'), ('approver', 'view_duty'),
    ('inspector', 'view_case'), ('inspector', 'view_duty'), ('inspector', 'handle_duty'), ('inspector', 'read_register'),
    ('auditor', 'view_case'), ('auditor', 'view_duty'), ('auditor', 'audit'),
    ('administrator', 'manage_staff'),
    ('rule_author', 'write_rules');

-- Every agency with each agency above it: what "subtree" means in the filter of rights.
CREATE TABLE agency_line (
    shard    TEXT NOT NULL,
    agency   TEXT NOT NULL,
    ancestor TEXT NOT NULL,
    PRIMARY KEY (shard, agency, ancestor)
);
CREATE INDEX agency_line_ancestor ON agency_line (ancestor, agency);

-- Failed password sign-ins by login name, whether or not such an account exists: the answer must not tell.
CREATE TABLE sign_in_failure (
    shard        TEXT   NOT NULL,
    login        TEXT   NOT NULL,
    version      BIGINT NOT NULL,
    failures     BIGINT NOT NULL,
    failed_at    BIGINT NOT NULL,
    locked_until BIGINT NOT NULL,
    PRIMARY KEY (shard, login)
);
CREATE INDEX sign_in_failure_at ON sign_in_failure (failed_at);

-- Single-use links. Only the SHA-256 of the token is kept; setting `used_at` moves the version, so of two only one wins.
CREATE TABLE login_link (
    shard      TEXT   NOT NULL,
    token_hash BLOB   NOT NULL,
    version    BIGINT NOT NULL,
    account    TEXT   NOT NULL,
    purpose    TEXT   NOT NULL,
    assurance  TEXT   NOT NULL,
    epoch      BIGINT NOT NULL,
    created_by TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT,
    PRIMARY KEY (shard, token_hash)
);
CREATE INDEX login_link_expires ON login_link (expires_at);

-- Statements of identity providers that were used for a sign-in, so that none is used twice.
CREATE TABLE assertion (
    shard    TEXT   NOT NULL,
    provider TEXT   NOT NULL,
    id       TEXT   NOT NULL,
    at       BIGINT NOT NULL,
    PRIMARY KEY (shard, provider, id)
);
CREATE INDEX assertion_at ON assertion (at);

CREATE TABLE session (
    shard      TEXT   NOT NULL,
    token_hash BLOB   NOT NULL,
    version    BIGINT NOT NULL,
    id         TEXT   NOT NULL,
    account    TEXT   NOT NULL,
    epoch      BIGINT NOT NULL,
    assurance  TEXT   NOT NULL,
    mandate    TEXT,
    device     TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    PRIMARY KEY (shard, token_hash)
);
CREATE UNIQUE INDEX session_id ON session (id);
CREATE INDEX session_account ON session (account, seen_at);
CREATE INDEX session_seen ON session (seen_at);

-- `acts` and `items` are JSON arrays of text; no items means every item. `valid_to` is the last day.
CREATE TABLE mandate (
    shard      TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    version    BIGINT NOT NULL,
    principal  TEXT   NOT NULL,
    agent      TEXT   NOT NULL,
    acts       TEXT   NOT NULL,
    items      TEXT   NOT NULL,
    valid_from TEXT   NOT NULL,
    valid_to   TEXT   NOT NULL,
    basis      TEXT   NOT NULL,
    given_by   TEXT   NOT NULL,
    given_at   BIGINT NOT NULL,
    revoked_at BIGINT,
    PRIMARY KEY (shard, id)
);
CREATE INDEX mandate_agent ON mandate (agent, valid_to);
CREATE INDEX mandate_principal ON mandate (principal, valid_to);

-- What was done to accounts, rights and mandates, by whom and for whom. `detail` is JSON; the leaf of the act carries
-- only a commitment to it, which `salt` opens.
CREATE TABLE access_act (
    shard      TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    kind       TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    actor_kind TEXT   NOT NULL,
    actor      TEXT,
    actor_name TEXT   NOT NULL,
    on_behalf  TEXT,
    mandate    TEXT,
    detail     TEXT   NOT NULL,
    salt       BLOB   NOT NULL,
    PRIMARY KEY (shard, id)
);
CREATE INDEX access_act_subject ON access_act (subject, at, id);
CREATE INDEX access_act_at ON access_act (at, id);

-- The layouts of registers as imported from the catalogue (TOML), the newest per register.
CREATE TABLE register_layout (
    shard       TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    body        TEXT   NOT NULL,
    hash        BLOB   NOT NULL,
    imported_at BIGINT NOT NULL,
    PRIMARY KEY (shard, id)
);

-- The shared data pool: the newest record per register and subject. `subject` is a citizen id or a credit code; `origin` is
-- the import or the case that wrote it.
CREATE TABLE register_record (
    shard       TEXT   NOT NULL,
    register    TEXT   NOT NULL,
    subject     TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    body        TEXT   NOT NULL,
    as_of       BIGINT NOT NULL,
    trust       TEXT   NOT NULL,
    source_zh   TEXT   NOT NULL,
    source_en   TEXT   NOT NULL,
    origin      TEXT   NOT NULL,
    written_at  BIGINT NOT NULL,
    PRIMARY KEY (shard, register, subject)
);

-- Extracts that were imported into the pool. Only a whole extract attests that who is not in it is not registered.
-- `exceptions` is a JSON array of codes that the registry issued against its own standard.
CREATE TABLE register_import (
    shard      TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    register   TEXT   NOT NULL,
    extent     TEXT   NOT NULL,
    as_of      BIGINT NOT NULL,
    file_hash  BLOB   NOT NULL,
    added      BIGINT NOT NULL,
    changed    BIGINT NOT NULL,
    unchanged  BIGINT NOT NULL,
    older      BIGINT NOT NULL,
    exceptions TEXT   NOT NULL,
    actor_kind TEXT   NOT NULL,
    actor      TEXT,
    actor_name TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (shard, id)
);
CREATE INDEX register_import_register ON register_import (register, extent, as_of);

-- Who looked at whose record, for which case, on what ground; no ground: the look was refused.
CREATE TABLE register_read (
    shard      TEXT   NOT NULL,
    id         TEXT   NOT NULL,
    register   TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    actor_kind TEXT   NOT NULL,
    actor      TEXT,
    actor_name TEXT   NOT NULL,
    on_behalf  TEXT,
    mandate    TEXT,
    case_id    TEXT,
    ground     TEXT,
    at         BIGINT NOT NULL,
    PRIMARY KEY (shard, id)
);
CREATE INDEX register_read_subject ON register_read (subject, at);
CREATE INDEX register_read_case ON register_read (case_id, at);
CREATE INDEX register_read_actor ON register_read (actor, at);

CREATE TABLE message (
    shard        TEXT   NOT NULL,
    id           TEXT   NOT NULL,
    version      BIGINT NOT NULL,
    party        TEXT   NOT NULL,
    title_zh     TEXT   NOT NULL,
    title_en     TEXT   NOT NULL,
    body_zh      TEXT   NOT NULL,
    body_en      TEXT   NOT NULL,
    link         TEXT,
    case_id      TEXT,
    created_at   BIGINT NOT NULL,
    delivered_at BIGINT,
    read_at      BIGINT,
    PRIMARY KEY (shard, id)
);
CREATE INDEX message_party ON message (party, created_at, id);
CREATE INDEX message_unread ON message (party, read_at);

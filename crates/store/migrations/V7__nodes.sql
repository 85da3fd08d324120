-- What the store remembers about itself; no room reads it.

-- The last batch each serving node committed: how a node whose connection broke in the middle of a commit learns its fate.
CREATE TABLE store_node (
    name  TEXT   NOT NULL,
    batch TEXT   NOT NULL,
    at    BIGINT NOT NULL,
    PRIMARY KEY (name)
);

-- Why this database is not to be served: 'incomplete' (a copy into it is not proven yet), 'moved' (it goes on elsewhere).
CREATE TABLE store_mark (
    name TEXT   NOT NULL,
    body TEXT   NOT NULL,
    at   BIGINT NOT NULL,
    PRIMARY KEY (name)
);

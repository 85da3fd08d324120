-- Tickets, lines and appointments of halls. Times are milliseconds UTC, days are text. A hall's lines live in the shard of the node
-- that serves it, which stands in every key.

-- One line of a hall on a day: the last number given, and how often in a row others were passed over.
CREATE TABLE ticket_line (
    shard   TEXT   NOT NULL,
    hall    TEXT   NOT NULL,
    day     TEXT   NOT NULL,
    offer   TEXT   NOT NULL,
    version BIGINT NOT NULL,
    prefix  TEXT   NOT NULL,
    last    BIGINT NOT NULL,
    jumped  BIGINT NOT NULL,
    PRIMARY KEY (shard, hall, day, offer)
);

-- One ticket. Nothing in it says who holds it; `case_id` ties it to what was filed at the counter.
CREATE TABLE ticket (
    shard       TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    hall        TEXT   NOT NULL,
    day         TEXT   NOT NULL,
    offer       TEXT   NOT NULL,
    number      TEXT   NOT NULL,
    seq         BIGINT NOT NULL,
    class       TEXT   NOT NULL,
    priority    TEXT,
    item        TEXT,
    state       TEXT   NOT NULL,
    taken_at    BIGINT NOT NULL,
    since       BIGINT NOT NULL,
    due_at      BIGINT,
    called_at   BIGINT,
    calls       BIGINT NOT NULL,
    counter     TEXT,
    served_by   TEXT,
    ended_at    BIGINT,
    case_id     TEXT,
    appointment TEXT,
    PRIMARY KEY (shard, id)
);
CREATE UNIQUE INDEX ticket_number ON ticket (shard, hall, day, number);
CREATE INDEX ticket_open ON ticket (shard, hall, day, seq) WHERE state IN ('waiting', 'called', 'passed');
CREATE INDEX ticket_done ON ticket (shard, hall, day, ended_at) WHERE state = 'finished';
CREATE INDEX ticket_case ON ticket (case_id) WHERE case_id IS NOT NULL;

-- A counter as it is staffed: open on `day` by `officer`, with the ticket that is being served.
CREATE TABLE ticket_counter (
    shard        TEXT   NOT NULL,
    hall         TEXT   NOT NULL,
    code         TEXT   NOT NULL,
    version      BIGINT NOT NULL,
    day          TEXT   NOT NULL,
    is_open      BIGINT NOT NULL,
    officer      TEXT   NOT NULL,
    officer_name TEXT   NOT NULL,
    since        BIGINT NOT NULL,
    serving      TEXT,
    PRIMARY KEY (shard, hall, code)
);

-- An appointment, and how many stand in its slot.
CREATE TABLE appointment (
    shard     TEXT   NOT NULL,
    id        TEXT   NOT NULL,
    version   BIGINT NOT NULL,
    hall      TEXT   NOT NULL,
    offer     TEXT   NOT NULL,
    item      TEXT,
    slot_at   BIGINT NOT NULL,
    state     TEXT   NOT NULL,
    party     TEXT,
    seat      BIGINT,
    name_mask TEXT   NOT NULL,
    booked_at BIGINT NOT NULL,
    booked_by TEXT   NOT NULL,
    ended_at  BIGINT,
    ticket    TEXT,
    PRIMARY KEY (shard, id)
);
CREATE INDEX appointment_hall ON appointment (shard, hall, slot_at);
CREATE INDEX appointment_party ON appointment (party, slot_at) WHERE party IS NOT NULL;

CREATE TABLE appointment_slot (
    shard   TEXT   NOT NULL,
    hall    TEXT   NOT NULL,
    offer   TEXT   NOT NULL,
    slot_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    taken   BIGINT NOT NULL,
    PRIMARY KEY (shard, hall, offer, slot_at)
);

-- A person has a few seats for appointments; one that holds until a moment past is free again.
CREATE TABLE appointment_seat (
    shard    TEXT   NOT NULL,
    party    TEXT   NOT NULL,
    seat     BIGINT NOT NULL,
    version  BIGINT NOT NULL,
    held_to  BIGINT NOT NULL,
    PRIMARY KEY (shard, party, seat)
);

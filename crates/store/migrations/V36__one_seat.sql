-- Where an officer sits is written in one place, the seat, with his name; a counter's own row says whether it is open and which
-- ticket is served there. Times are milliseconds UTC. The home shard stands in every key.

ALTER TABLE seat ADD COLUMN name TEXT NOT NULL DEFAULT '';
UPDATE seat SET name = COALESCE((SELECT a.name FROM account a WHERE a.shard = seat.shard AND a.id = seat.account), '');
-- Who had a counter open and sat nowhere sits there.
INSERT INTO seat (shard, account, hall, counter, since, name)
    SELECT c.shard, c.officer, c.hall, c.code, c.since, c.officer_name FROM ticket_counter c
    WHERE c.is_open = 1
      AND NOT EXISTS (SELECT 1 FROM seat s WHERE s.shard = c.shard AND s.account = c.officer)
      AND NOT EXISTS (SELECT 1 FROM ticket_counter d WHERE d.shard = c.shard AND d.officer = c.officer AND d.is_open = 1
                      AND (d.since > c.since OR (d.since = c.since AND (d.hall > c.hall OR (d.hall = c.hall AND d.code > c.code)))));
ALTER TABLE ticket_counter DROP COLUMN officer;
ALTER TABLE ticket_counter DROP COLUMN officer_name;
ALTER TABLE ticket_counter DROP COLUMN since;
CREATE INDEX seat_place ON seat (shard, hall, counter);

-- What a clerk did for those who stood before him since a moment: the case a ticket led to is found among it.
CREATE INDEX reception_clerk ON reception (clerk, checked_at);

-- Where a parent said yes or no to a helper's question, and which clerk saw him, where it was said at a counter.
ALTER TABLE kin_request ADD COLUMN witness TEXT;

-- A file may lie with a run of a power: `material` names the step and what it asks.
ALTER TABLE material ADD COLUMN run TEXT;
CREATE INDEX material_run ON material (run, brought_at) WHERE run IS NOT NULL;

-- Papers that the back answered late: their light is raised also where the watch slept when they were.
CREATE INDEX relay_late ON relay (ended_at) WHERE ended_at >= due_at;

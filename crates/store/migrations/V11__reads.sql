-- What people look at every day, found without walking the past of the whole office: measured with a million cases.

-- Open cases by urgency and by age. Closed ones, nearly all, are in neither.
DROP INDEX case_file_queue;
CREATE INDEX case_file_queue ON case_file (state, committed_due_at, filed_at) WHERE closed_at IS NULL;
CREATE INDEX case_file_outside ON case_file (state, filed_at) WHERE closed_at IS NULL;

-- Closed cases, newest first: of the whole office, and of one agency. The second one finds an agency's open cases as well.
CREATE INDEX case_file_closed ON case_file (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX case_file_agency ON case_file (deciding_agency, closed_at);
CREATE INDEX case_file_entrusting ON case_file (in_name_of, closed_at) WHERE in_name_of IS NOT NULL;

-- How long decisions on an item took lately, read from the index alone.
CREATE INDEX decision_took ON decision (item, decided_at, outcome, elapsed_ms)
    WHERE outcome IN ('grant', 'granted', 'refused', 'not_needed');

-- Duties by the day by which they are to be claimed: of one agency, and of the whole office.
DROP INDEX duty_agency;
CREATE INDEX duty_agency ON duty (agency, claim_due_at, id);
CREATE INDEX duty_due ON duty (claim_due_at, id);

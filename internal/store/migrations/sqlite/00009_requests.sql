-- +goose Up

-- What people ask for together: one action on the targets of its items, which are operations under it.
-- internal/operation owns what the states mean.
CREATE TABLE request (
    id             TEXT PRIMARY KEY,
    version        INTEGER NOT NULL,
    state          TEXT NOT NULL,
    action         TEXT NOT NULL,
    person_key     TEXT NOT NULL,
    person_name    TEXT NOT NULL,
    person_email   TEXT NOT NULL,
    person_address TEXT NOT NULL,
    reason         TEXT NOT NULL,
    http           TEXT NOT NULL,
    params         TEXT NOT NULL,
    need           TEXT NOT NULL,
    over_budget    TEXT NOT NULL,
    digest         TEXT NOT NULL,
    undo_window    INTEGER NOT NULL, -- nanoseconds
    created        TEXT NOT NULL,
    expires        TEXT NOT NULL,
    due            TEXT NOT NULL,
    closed         TEXT NOT NULL,
    detail         TEXT NOT NULL,
    claim_holder   TEXT NOT NULL,    -- who runs its items now, until when
    claim_until    TEXT NOT NULL
);
CREATE INDEX request_newest ON request (created, id);
CREATE INDEX request_of_person ON request (person_key, created, id);
CREATE INDEX request_open ON request (created, id, state) WHERE state IN ('awaiting', 'scheduled', 'running', 'stopped');

-- One word of one person on one digest.
CREATE TABLE request_vote (
    request        TEXT NOT NULL REFERENCES request (id),
    person_key     TEXT NOT NULL,
    digest         TEXT NOT NULL,
    seq            INTEGER NOT NULL, -- within the request, from 1
    person_name    TEXT NOT NULL,
    person_email   TEXT NOT NULL,
    person_address TEXT NOT NULL,
    approve        INTEGER NOT NULL,
    reason         TEXT NOT NULL,
    roles          TEXT NOT NULL,
    auth_time      TEXT NOT NULL,
    at             TEXT NOT NULL,
    PRIMARY KEY (request, person_key, digest),
    UNIQUE (request, seq)
);

-- One row, locked by whoever asks: what was spent is counted while nobody else spends.
CREATE TABLE request_turnstile (
    id INTEGER PRIMARY KEY CHECK (id = 1)
);
INSERT INTO request_turnstile (id) VALUES (1);

-- An operation under a request is one of its items, at this position.
ALTER TABLE operation ADD COLUMN under TEXT NOT NULL DEFAULT '';
ALTER TABLE operation ADD COLUMN position INTEGER NOT NULL DEFAULT 0;
ALTER TABLE operation ADD COLUMN extent TEXT NOT NULL DEFAULT '{"same":""}';
ALTER TABLE operation ADD COLUMN weight INTEGER NOT NULL DEFAULT 0;
ALTER TABLE operation ADD COLUMN serial TEXT NOT NULL DEFAULT '';
ALTER TABLE operation ADD COLUMN undo_until TEXT NOT NULL DEFAULT '';
CREATE INDEX operation_item ON operation (under, position);
-- The requests of a few organizations, by where their first item lies, or lay when it was asked for.
CREATE INDEX operation_first_org ON operation (target_org_uid, under) WHERE under <> '' AND position = 0;
CREATE INDEX operation_first_path ON operation (target_org_path, under) WHERE under <> '' AND position = 0;
CREATE INDEX operation_first_target ON operation (target_id, under) WHERE under <> '' AND position = 0;
-- Of the operations with one serial one runs at a time.
CREATE UNIQUE INDEX operation_serial ON operation (serial) WHERE state = 'running' AND serial <> '';
-- One open operation per target, whichever action. Only requests are scheduled.
DROP INDEX operation_open_target;
CREATE UNIQUE INDEX operation_open_target ON operation (target_kind, target_id)
    WHERE state IN ('awaiting', 'running', 'unknown');
-- What was destroyed lately, by when it was asked for or begun.
CREATE INDEX operation_spent_created ON operation (created) WHERE weight > 0;
CREATE INDEX operation_spent_started ON operation (started) WHERE weight > 0;

ALTER TABLE audit_line ADD COLUMN under TEXT GENERATED ALWAYS AS (bytes ->> '$.under') VIRTUAL;
CREATE INDEX audit_line_under ON audit_line (under, seq) WHERE under IS NOT NULL;

-- What people asked and said stays. INSERT OR REPLACE deletes first and meets the triggers because recursive_triggers is on.
-- +goose StatementBegin
CREATE TRIGGER request_no_delete BEFORE DELETE ON request BEGIN SELECT RAISE(ABORT, 'requests are kept'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER request_as_asked BEFORE UPDATE OF id, action, person_key, person_email, reason, params, need, undo_window, created, expires ON request
BEGIN SELECT RAISE(ABORT, 'a request stays what was asked'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER request_vote_no_delete BEFORE DELETE ON request_vote BEGIN SELECT RAISE(ABORT, 'votes are kept as they were given'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER request_vote_no_update BEFORE UPDATE ON request_vote BEGIN SELECT RAISE(ABORT, 'votes are kept as they were given'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER operation_item_no_delete BEFORE DELETE ON operation WHEN OLD.under <> '' BEGIN SELECT RAISE(ABORT, 'items of requests are kept'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER operation_item_as_asked BEFORE UPDATE OF id, under, position, action, person_key, target_kind, target_id, params, serial, created ON operation
WHEN OLD.under <> '' OR NEW.under <> ''
BEGIN SELECT RAISE(ABORT, 'an item stays what was asked'); END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER operation_item_as_asked;
DROP TRIGGER operation_item_no_delete;
DROP INDEX audit_line_under;
ALTER TABLE audit_line DROP COLUMN under;
DROP INDEX operation_spent_started;
DROP INDEX operation_spent_created;
DROP INDEX operation_open_target;
CREATE UNIQUE INDEX operation_open_target ON operation (target_kind, target_id)
    WHERE state IN ('awaiting', 'scheduled', 'running', 'unknown');
DROP INDEX operation_serial;
DROP INDEX operation_first_target;
DROP INDEX operation_first_path;
DROP INDEX operation_first_org;
DROP INDEX operation_item;
ALTER TABLE operation DROP COLUMN undo_until;
ALTER TABLE operation DROP COLUMN serial;
ALTER TABLE operation DROP COLUMN weight;
ALTER TABLE operation DROP COLUMN extent;
ALTER TABLE operation DROP COLUMN position;
ALTER TABLE operation DROP COLUMN under;
DROP TABLE request_turnstile;
DROP TABLE request_vote;
DROP TABLE request;

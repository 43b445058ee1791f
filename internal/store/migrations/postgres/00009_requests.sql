-- +goose Up

-- What people ask for together: one action on the targets of its items, which are operations under it.
-- internal/operation owns what the states mean.
CREATE TABLE request (
    id             TEXT COLLATE "C" PRIMARY KEY,
    version        BIGINT NOT NULL,
    state          TEXT COLLATE "C" NOT NULL,
    action         TEXT COLLATE "C" NOT NULL,
    person_key     TEXT COLLATE "C" NOT NULL,
    person_name    TEXT COLLATE "C" NOT NULL,
    person_email   TEXT COLLATE "C" NOT NULL,
    person_address TEXT COLLATE "C" NOT NULL,
    reason         TEXT COLLATE "C" NOT NULL,
    http           TEXT COLLATE "C" NOT NULL,
    params         TEXT COLLATE "C" NOT NULL,
    need           TEXT COLLATE "C" NOT NULL,
    over_budget    TEXT COLLATE "C" NOT NULL,
    digest         TEXT COLLATE "C" NOT NULL,
    undo_window    BIGINT NOT NULL, -- nanoseconds
    created        TEXT COLLATE "C" NOT NULL,
    expires        TEXT COLLATE "C" NOT NULL,
    due            TEXT COLLATE "C" NOT NULL,
    closed         TEXT COLLATE "C" NOT NULL,
    detail         TEXT COLLATE "C" NOT NULL,
    claim_holder   TEXT COLLATE "C" NOT NULL, -- who runs its items now, until when
    claim_until    TEXT COLLATE "C" NOT NULL
);
CREATE INDEX request_newest ON request (created, id);
CREATE INDEX request_of_person ON request (person_key, created, id);
CREATE INDEX request_open ON request (created, id, state) WHERE state IN ('awaiting', 'scheduled', 'running', 'stopped');

-- One word of one person on one digest.
CREATE TABLE request_vote (
    request        TEXT COLLATE "C" NOT NULL REFERENCES request (id),
    person_key     TEXT COLLATE "C" NOT NULL,
    digest         TEXT COLLATE "C" NOT NULL,
    seq            BIGINT NOT NULL, -- within the request, from 1
    person_name    TEXT COLLATE "C" NOT NULL,
    person_email   TEXT COLLATE "C" NOT NULL,
    person_address TEXT COLLATE "C" NOT NULL,
    approve        BOOLEAN NOT NULL,
    reason         TEXT COLLATE "C" NOT NULL,
    roles          TEXT COLLATE "C" NOT NULL,
    auth_time      TEXT COLLATE "C" NOT NULL,
    at             TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (request, person_key, digest),
    UNIQUE (request, seq)
);

-- One row, locked by whoever asks: what was spent is counted while nobody else spends.
CREATE TABLE request_turnstile (
    id INTEGER PRIMARY KEY CHECK (id = 1)
);
INSERT INTO request_turnstile (id) VALUES (1);

-- An operation under a request is one of its items, at this position.
ALTER TABLE operation ADD COLUMN under TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE operation ADD COLUMN position BIGINT NOT NULL DEFAULT 0;
ALTER TABLE operation ADD COLUMN extent TEXT COLLATE "C" NOT NULL DEFAULT '{"same":""}';
ALTER TABLE operation ADD COLUMN weight BIGINT NOT NULL DEFAULT 0;
ALTER TABLE operation ADD COLUMN serial TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE operation ADD COLUMN undo_until TEXT COLLATE "C" NOT NULL DEFAULT '';
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

ALTER TABLE audit_line ADD COLUMN under TEXT COLLATE "C" GENERATED ALWAYS AS (bytes::jsonb ->> 'under') STORED;
CREATE INDEX audit_line_under ON audit_line (under, seq) WHERE under IS NOT NULL;

-- What people asked and said stays. The triggers fire ALWAYS, so that playing a replica does not silence them.
-- +goose StatementBegin
CREATE FUNCTION request_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'requests, their items and votes are kept as they were given';
END;
$$;
-- +goose StatementEnd
CREATE TRIGGER request_no_delete BEFORE DELETE ON request FOR EACH ROW EXECUTE FUNCTION request_kept();
CREATE TRIGGER request_no_truncate BEFORE TRUNCATE ON request FOR EACH STATEMENT EXECUTE FUNCTION request_kept();
CREATE TRIGGER request_as_asked BEFORE UPDATE OF id, action, person_key, person_email, reason, params, need, undo_window, created, expires ON request
    FOR EACH ROW EXECUTE FUNCTION request_kept();
CREATE TRIGGER request_vote_no_change BEFORE UPDATE OR DELETE ON request_vote FOR EACH ROW EXECUTE FUNCTION request_kept();
CREATE TRIGGER request_vote_no_truncate BEFORE TRUNCATE ON request_vote FOR EACH STATEMENT EXECUTE FUNCTION request_kept();
CREATE TRIGGER operation_item_no_delete BEFORE DELETE ON operation FOR EACH ROW WHEN (OLD.under <> '') EXECUTE FUNCTION request_kept();
CREATE TRIGGER operation_item_as_asked BEFORE UPDATE OF id, under, position, action, person_key, target_kind, target_id, params, serial, created ON operation
    FOR EACH ROW WHEN (OLD.under <> '' OR NEW.under <> '') EXECUTE FUNCTION request_kept();
ALTER TABLE request ENABLE ALWAYS TRIGGER request_no_delete, ENABLE ALWAYS TRIGGER request_no_truncate, ENABLE ALWAYS TRIGGER request_as_asked;
ALTER TABLE request_vote ENABLE ALWAYS TRIGGER request_vote_no_change, ENABLE ALWAYS TRIGGER request_vote_no_truncate;
ALTER TABLE operation ENABLE ALWAYS TRIGGER operation_item_no_delete, ENABLE ALWAYS TRIGGER operation_item_as_asked;

-- +goose Down
DROP TRIGGER operation_item_as_asked ON operation;
DROP TRIGGER operation_item_no_delete ON operation;
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
ALTER TABLE operation DROP COLUMN undo_until, DROP COLUMN serial, DROP COLUMN weight, DROP COLUMN extent, DROP COLUMN position, DROP COLUMN under;
DROP TABLE request_turnstile;
DROP TABLE request_vote;
DROP TABLE request;
DROP FUNCTION request_kept;

-- +goose Up

-- One row per change on the road; internal/operation owns what its states mean.
CREATE TABLE operation (
    id              TEXT PRIMARY KEY,
    version         INTEGER NOT NULL,
    state           TEXT NOT NULL,
    action          TEXT NOT NULL,
    person_key      TEXT NOT NULL,
    person_name     TEXT NOT NULL,
    person_email    TEXT NOT NULL,
    person_address  TEXT NOT NULL,
    reason          TEXT NOT NULL,
    request         TEXT NOT NULL,
    target_kind     TEXT NOT NULL,
    target_id       TEXT NOT NULL,
    target_name     TEXT NOT NULL,
    target_org_uid  TEXT NOT NULL,
    target_org_name TEXT NOT NULL,
    target_org_path TEXT NOT NULL,
    params          TEXT NOT NULL,
    fingerprint     TEXT NOT NULL,
    attempts        INTEGER NOT NULL,
    detail          TEXT NOT NULL,
    checked         TEXT NOT NULL,
    checked_at      TEXT NOT NULL,
    created         TEXT NOT NULL,
    started         TEXT NOT NULL,
    deadline        TEXT NOT NULL,
    closed          TEXT NOT NULL
);
-- One open operation per target, whichever action.
CREATE UNIQUE INDEX operation_open_target ON operation (target_kind, target_id)
    WHERE state IN ('awaiting', 'scheduled', 'running', 'unknown');
CREATE INDEX operation_running ON operation (deadline) WHERE state = 'running';
CREATE INDEX operation_unknown ON operation (created) WHERE state = 'unknown';

-- Who does a periodic task now, until when.
CREATE TABLE lease (
    name   TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    until  TEXT NOT NULL
);

-- Written and emptied to learn whether the disk takes writes.
CREATE TABLE write_probe (
    filler TEXT NOT NULL
);

-- +goose Down
DROP TABLE write_probe;
DROP TABLE lease;
DROP TABLE operation;

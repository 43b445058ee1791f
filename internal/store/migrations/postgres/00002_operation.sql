-- +goose Up

-- One row per change on the road; internal/operation owns what its states mean.
CREATE TABLE operation (
    id              TEXT COLLATE "C" PRIMARY KEY,
    version         BIGINT NOT NULL,
    state           TEXT COLLATE "C" NOT NULL,
    action          TEXT COLLATE "C" NOT NULL,
    person_key      TEXT COLLATE "C" NOT NULL,
    person_name     TEXT COLLATE "C" NOT NULL,
    person_email    TEXT COLLATE "C" NOT NULL,
    person_address  TEXT COLLATE "C" NOT NULL,
    reason          TEXT COLLATE "C" NOT NULL,
    request         TEXT COLLATE "C" NOT NULL,
    target_kind     TEXT COLLATE "C" NOT NULL,
    target_id       TEXT COLLATE "C" NOT NULL,
    target_name     TEXT COLLATE "C" NOT NULL,
    target_org_uid  TEXT COLLATE "C" NOT NULL,
    target_org_name TEXT COLLATE "C" NOT NULL,
    target_org_path TEXT COLLATE "C" NOT NULL,
    params          TEXT COLLATE "C" NOT NULL,
    fingerprint     TEXT COLLATE "C" NOT NULL,
    attempts        BIGINT NOT NULL,
    detail          TEXT COLLATE "C" NOT NULL,
    checked         TEXT COLLATE "C" NOT NULL,
    checked_at      TEXT COLLATE "C" NOT NULL,
    created         TEXT COLLATE "C" NOT NULL,
    started         TEXT COLLATE "C" NOT NULL,
    deadline        TEXT COLLATE "C" NOT NULL,
    closed          TEXT COLLATE "C" NOT NULL
);
-- One open operation per target, whichever action.
CREATE UNIQUE INDEX operation_open_target ON operation (target_kind, target_id)
    WHERE state IN ('awaiting', 'scheduled', 'running', 'unknown');
CREATE INDEX operation_running ON operation (deadline) WHERE state = 'running';
CREATE INDEX operation_unknown ON operation (created) WHERE state = 'unknown';

-- Who does a periodic task now, until when.
CREATE TABLE lease (
    name   TEXT COLLATE "C" PRIMARY KEY,
    holder TEXT COLLATE "C" NOT NULL,
    until  TEXT COLLATE "C" NOT NULL
);

-- Written and emptied to learn whether the disk takes writes.
CREATE TABLE write_probe (
    filler TEXT COLLATE "C" NOT NULL
);

-- +goose Down
DROP TABLE write_probe;
DROP TABLE lease;
DROP TABLE operation;

-- +goose Up

-- The leaves of the log's Merkle tree. A leaf stays even when its line is pruned, so the proof survives.
CREATE TABLE audit_leaf (
    seq  INTEGER PRIMARY KEY,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
);

-- The lines. The columns behind bytes are read out of them by the database, so none of them can say something else.
CREATE TABLE audit_line (
    seq         INTEGER PRIMARY KEY REFERENCES audit_leaf (seq),
    bytes       TEXT NOT NULL,
    at          TEXT GENERATED ALWAYS AS (bytes ->> '$.at') VIRTUAL,
    actor_key   TEXT GENERATED ALWAYS AS (bytes ->> '$.actor.key') VIRTUAL,
    actor_name  TEXT GENERATED ALWAYS AS (bytes ->> '$.actor.name') VIRTUAL,
    action      TEXT GENERATED ALWAYS AS (bytes ->> '$.action') VIRTUAL,
    target_kind TEXT GENERATED ALWAYS AS (bytes ->> '$.target.kind') VIRTUAL,
    target_id   TEXT GENERATED ALWAYS AS (bytes ->> '$.target.id') VIRTUAL,
    target_name TEXT GENERATED ALWAYS AS (bytes ->> '$.target.name') VIRTUAL,
    outcome     TEXT GENERATED ALWAYS AS (bytes ->> '$.outcome') VIRTUAL,
    operation   TEXT GENERATED ALWAYS AS (bytes ->> '$.operation') VIRTUAL,
    request     TEXT GENERATED ALWAYS AS (bytes ->> '$.request') VIRTUAL,
    has_orgs    INTEGER GENERATED ALWAYS AS (bytes -> '$.orgs' IS NOT NULL) VIRTUAL
);
CREATE INDEX audit_line_actor ON audit_line (actor_key, seq);
CREATE INDEX audit_line_target ON audit_line (target_id, seq);
CREATE INDEX audit_line_operation ON audit_line (operation, seq) WHERE operation IS NOT NULL;
CREATE INDEX audit_line_request ON audit_line (request, seq) WHERE request IS NOT NULL;

-- One row: how many leaves there are and the roots of the full subtrees that they form, largest first.
CREATE TABLE audit_head (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    size     INTEGER NOT NULL,
    frontier TEXT NOT NULL
);
INSERT INTO audit_head (id, size, frontier) VALUES (1, 0, '');

-- Signed statements of size and root, made after commit.
CREATE TABLE audit_checkpoint (
    size INTEGER PRIMARY KEY,
    note TEXT NOT NULL,
    at   TEXT NOT NULL
);

-- Append only. INSERT OR REPLACE deletes first and meets the triggers because recursive_triggers is on.
-- +goose StatementBegin
CREATE TRIGGER audit_leaf_no_update BEFORE UPDATE ON audit_leaf BEGIN SELECT RAISE(ABORT, 'the audit log is append only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_leaf_no_delete BEFORE DELETE ON audit_leaf BEGIN SELECT RAISE(ABORT, 'the audit log is append only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_line_no_update BEFORE UPDATE ON audit_line BEGIN SELECT RAISE(ABORT, 'the audit log is append only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_line_no_delete BEFORE DELETE ON audit_line BEGIN SELECT RAISE(ABORT, 'the audit log is append only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_checkpoint_no_update BEFORE UPDATE ON audit_checkpoint BEGIN SELECT RAISE(ABORT, 'the audit log is append only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_checkpoint_no_delete BEFORE DELETE ON audit_checkpoint BEGIN SELECT RAISE(ABORT, 'the audit log is append only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head BEGIN SELECT RAISE(ABORT, 'the audit log is append only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_head_forward BEFORE UPDATE ON audit_head WHEN NEW.size <= OLD.size BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END;
-- +goose StatementEnd

-- +goose Down
DROP TABLE audit_checkpoint;
DROP TABLE audit_head;
DROP TABLE audit_line;
DROP TABLE audit_leaf;

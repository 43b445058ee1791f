-- +goose Up

-- The leaves of the log's Merkle tree. A leaf stays even when its line is pruned, so the proof survives.
CREATE TABLE audit_leaf (
    seq  BIGINT PRIMARY KEY,
    hash BYTEA NOT NULL CHECK (octet_length(hash) = 32)
);

-- The lines. The columns behind bytes are read out of them by the database, so none of them can say something else.
-- bytes is text and not jsonb, because the leaf is the hash of exactly these bytes. Text is compared by its bytes
-- ("C") in every table, whatever the database's own order of words: as SQLite does, and as ranges of paths need it.
CREATE TABLE audit_line (
    seq         BIGINT PRIMARY KEY REFERENCES audit_leaf (seq),
    bytes       TEXT NOT NULL,
    at          TEXT COLLATE "C" GENERATED ALWAYS AS (bytes::jsonb ->> 'at') STORED,
    actor_key   TEXT COLLATE "C" GENERATED ALWAYS AS (bytes::jsonb #>> '{actor,key}') STORED,
    actor_name  TEXT COLLATE "C" GENERATED ALWAYS AS (bytes::jsonb #>> '{actor,name}') STORED,
    action      TEXT COLLATE "C" GENERATED ALWAYS AS (bytes::jsonb ->> 'action') STORED,
    target_kind TEXT COLLATE "C" GENERATED ALWAYS AS (bytes::jsonb #>> '{target,kind}') STORED,
    target_id   TEXT COLLATE "C" GENERATED ALWAYS AS (bytes::jsonb #>> '{target,id}') STORED,
    target_name TEXT COLLATE "C" GENERATED ALWAYS AS (bytes::jsonb #>> '{target,name}') STORED,
    outcome     TEXT COLLATE "C" GENERATED ALWAYS AS (bytes::jsonb ->> 'outcome') STORED,
    operation   TEXT COLLATE "C" GENERATED ALWAYS AS (bytes::jsonb ->> 'operation') STORED,
    request     TEXT COLLATE "C" GENERATED ALWAYS AS (bytes::jsonb ->> 'request') STORED,
    has_orgs    BOOLEAN GENERATED ALWAYS AS (bytes::jsonb -> 'orgs' IS NOT NULL) STORED
);
CREATE INDEX audit_line_actor ON audit_line (actor_key, seq);
CREATE INDEX audit_line_target ON audit_line (target_id, seq);
CREATE INDEX audit_line_operation ON audit_line (operation, seq) WHERE operation IS NOT NULL;
CREATE INDEX audit_line_request ON audit_line (request, seq) WHERE request IS NOT NULL;

-- One row: how many leaves there are and the roots of the full subtrees that they form, largest first.
CREATE TABLE audit_head (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    size     BIGINT NOT NULL,
    frontier TEXT NOT NULL
);
INSERT INTO audit_head (id, size, frontier) VALUES (1, 0, '');

-- Signed statements of size and root, made after commit.
CREATE TABLE audit_checkpoint (
    size BIGINT PRIMARY KEY,
    note TEXT NOT NULL,
    at   TEXT COLLATE "C" NOT NULL
);

-- Append only. The triggers fire ALWAYS, so that playing a replica does not silence them.
-- +goose StatementBegin
CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append only';
END;
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION audit_head_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.size <= OLD.size THEN
        RAISE EXCEPTION 'the audit log only grows';
    END IF;
    RETURN NEW;
END;
$$;
-- +goose StatementEnd
CREATE TRIGGER audit_leaf_no_change BEFORE UPDATE OR DELETE ON audit_leaf FOR EACH ROW EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_leaf_no_truncate BEFORE TRUNCATE ON audit_leaf FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_line_no_change BEFORE UPDATE OR DELETE ON audit_line FOR EACH ROW EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_line_no_truncate BEFORE TRUNCATE ON audit_line FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_checkpoint_no_change BEFORE UPDATE OR DELETE ON audit_checkpoint FOR EACH ROW EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_checkpoint_no_truncate BEFORE TRUNCATE ON audit_checkpoint FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head FOR EACH ROW EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_head_no_truncate BEFORE TRUNCATE ON audit_head FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_head_only_forward BEFORE UPDATE ON audit_head FOR EACH ROW EXECUTE FUNCTION audit_head_forward();
ALTER TABLE audit_leaf ENABLE ALWAYS TRIGGER audit_leaf_no_change, ENABLE ALWAYS TRIGGER audit_leaf_no_truncate;
ALTER TABLE audit_line ENABLE ALWAYS TRIGGER audit_line_no_change, ENABLE ALWAYS TRIGGER audit_line_no_truncate;
ALTER TABLE audit_checkpoint ENABLE ALWAYS TRIGGER audit_checkpoint_no_change, ENABLE ALWAYS TRIGGER audit_checkpoint_no_truncate;
ALTER TABLE audit_head ENABLE ALWAYS TRIGGER audit_head_no_delete, ENABLE ALWAYS TRIGGER audit_head_no_truncate,
    ENABLE ALWAYS TRIGGER audit_head_only_forward;

-- +goose Down
DROP TABLE audit_checkpoint;
DROP TABLE audit_head;
DROP TABLE audit_line;
DROP TABLE audit_leaf;
DROP FUNCTION audit_head_forward;
DROP FUNCTION audit_append_only;

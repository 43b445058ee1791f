-- +goose Up

-- Who is on an active legal hold, by the number of their open matters. Nobody is, or nobody knows: see holds_at.
CREATE TABLE hold (
    user_uid TEXT PRIMARY KEY,
    matters  INTEGER NOT NULL
) WITHOUT ROWID;
-- Since when it is known who is on hold; empty: it is not.
ALTER TABLE sync_state ADD COLUMN holds_at TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE sync_state DROP COLUMN holds_at;
DROP TABLE hold;

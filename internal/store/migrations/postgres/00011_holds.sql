-- +goose Up

-- Who is on an active legal hold, by the number of their open matters. Nobody is, or nobody knows: see holds_at.
CREATE TABLE hold (
    user_uid TEXT COLLATE "C" PRIMARY KEY,
    matters  BIGINT NOT NULL
);
-- Since when it is known who is on hold; empty: it is not.
ALTER TABLE sync_state ADD COLUMN holds_at TEXT COLLATE "C" NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE sync_state DROP COLUMN holds_at;
DROP TABLE hold;

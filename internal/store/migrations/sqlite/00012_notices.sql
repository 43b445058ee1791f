-- +goose Up

-- What people were told of requests, written in the transaction of what it tells. mail says what became of telling it by
-- mail: due until it was sent, given up, or not worth sending any more.
CREATE TABLE notice (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    person_key   TEXT NOT NULL,
    person_name  TEXT NOT NULL,
    person_email TEXT NOT NULL,
    kind         TEXT NOT NULL,
    request_id   TEXT NOT NULL,
    at           TEXT NOT NULL,
    read_at      TEXT NOT NULL DEFAULT '',
    mail         TEXT NOT NULL,
    mailed_at    TEXT NOT NULL DEFAULT '',
    tries        INTEGER NOT NULL DEFAULT 0,
    next_try     TEXT NOT NULL,
    problem      TEXT NOT NULL DEFAULT ''
);
CREATE INDEX notice_person ON notice (person_key, id);
CREATE INDEX notice_due ON notice (next_try) WHERE mail = 'due';

-- +goose Down
DROP TABLE notice;

-- +goose Up

-- What people were told of requests, written in the transaction of what it tells. mail says what became of telling it by
-- mail: due until it was sent, given up, or not worth sending any more.
CREATE TABLE notice (
    id           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_key   TEXT COLLATE "C" NOT NULL,
    person_name  TEXT COLLATE "C" NOT NULL,
    person_email TEXT COLLATE "C" NOT NULL,
    kind         TEXT COLLATE "C" NOT NULL,
    request_id   TEXT COLLATE "C" NOT NULL,
    at           TEXT COLLATE "C" NOT NULL,
    read_at      TEXT COLLATE "C" NOT NULL DEFAULT '',
    mail         TEXT COLLATE "C" NOT NULL,
    mailed_at    TEXT COLLATE "C" NOT NULL DEFAULT '',
    tries        BIGINT NOT NULL DEFAULT 0,
    next_try     TEXT COLLATE "C" NOT NULL,
    problem      TEXT COLLATE "C" NOT NULL DEFAULT ''
);
CREATE INDEX notice_person ON notice (person_key, id);
CREATE INDEX notice_due ON notice (next_try) WHERE mail = 'due';

-- +goose Down
DROP TABLE notice;

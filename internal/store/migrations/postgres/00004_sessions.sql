-- +goose Up

-- Signed-in browsers; internal/auth owns what a session means. The id is the SHA-256 of the cookie's value.
CREATE TABLE session (
    id         BYTEA PRIMARY KEY CHECK (octet_length(id) = 32),
    claims     TEXT COLLATE "C" NOT NULL,
    created_at TEXT COLLATE "C" NOT NULL,
    seen_at    TEXT COLLATE "C" NOT NULL,
    expires_at TEXT COLLATE "C" NOT NULL
);
CREATE INDEX session_expires ON session (expires_at);

-- Sign-ins that were sent to the provider and have not come back. State and browser are hashes, as above.
CREATE TABLE sign_in (
    state      BYTEA PRIMARY KEY CHECK (octet_length(state) = 32),
    browser    BYTEA NOT NULL CHECK (octet_length(browser) = 32),
    nonce      TEXT COLLATE "C" NOT NULL,
    verifier   TEXT COLLATE "C" NOT NULL,
    return_to  TEXT COLLATE "C" NOT NULL,
    expires_at TEXT COLLATE "C" NOT NULL
);
CREATE INDEX sign_in_expires ON sign_in (expires_at);

-- +goose Down
DROP TABLE sign_in;
DROP TABLE session;

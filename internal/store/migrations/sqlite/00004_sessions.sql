-- +goose Up

-- Signed-in browsers; internal/auth owns what a session means. The id is the SHA-256 of the cookie's value.
CREATE TABLE session (
    id         BLOB PRIMARY KEY CHECK (length(id) = 32),
    claims     TEXT NOT NULL,
    created_at TEXT NOT NULL,
    seen_at    TEXT NOT NULL,
    expires_at TEXT NOT NULL
);
CREATE INDEX session_expires ON session (expires_at);

-- Sign-ins that were sent to the provider and have not come back. State and browser are hashes, as above.
CREATE TABLE sign_in (
    state      BLOB PRIMARY KEY CHECK (length(state) = 32),
    browser    BLOB NOT NULL CHECK (length(browser) = 32),
    nonce      TEXT NOT NULL,
    verifier   TEXT NOT NULL,
    return_to  TEXT NOT NULL,
    expires_at TEXT NOT NULL
);
CREATE INDEX sign_in_expires ON sign_in (expires_at);

-- +goose Down
DROP TABLE sign_in;
DROP TABLE session;

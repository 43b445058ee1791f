-- +goose Up

-- Which lines are about which organization, read out of their bytes by the database as each line is appended. It only
-- leads to lines: whoever asks holds their bytes against the scope, so a row that should not be here shows nothing.
CREATE TABLE audit_line_org (
    org_uid TEXT NOT NULL,
    seq     INTEGER NOT NULL,
    PRIMARY KEY (org_uid, seq)
) WITHOUT ROWID;
INSERT INTO audit_line_org (org_uid, seq)
    SELECT DISTINCT o.value, l.seq FROM audit_line AS l, json_each(l.bytes, '$.orgs') AS o ORDER BY o.value, l.seq;
-- +goose StatementBegin
CREATE TRIGGER audit_line_orgs AFTER INSERT ON audit_line BEGIN
    INSERT OR IGNORE INTO audit_line_org (org_uid, seq)
        SELECT o.value, NEW.seq FROM json_each(NEW.bytes, '$.orgs') AS o;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_line_org_no_update BEFORE UPDATE ON audit_line_org BEGIN SELECT RAISE(ABORT, 'the audit log is append only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_line_org_no_delete BEFORE DELETE ON audit_line_org BEGIN SELECT RAISE(ABORT, 'the audit log is append only'); END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER audit_line_orgs;
DROP TABLE audit_line_org;

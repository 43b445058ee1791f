-- +goose Up

-- No line in between what is read here and the trigger.
LOCK TABLE audit_line IN SHARE ROW EXCLUSIVE MODE;

-- Which lines are about which organization, read out of their bytes by the database as each line is appended. It only
-- leads to lines: whoever asks holds their bytes against the scope, so a row that should not be here shows nothing.
CREATE TABLE audit_line_org (
    org_uid TEXT COLLATE "C" NOT NULL,
    seq     BIGINT NOT NULL,
    PRIMARY KEY (org_uid, seq)
);
INSERT INTO audit_line_org (org_uid, seq)
    SELECT DISTINCT o.uid, l.seq FROM audit_line AS l, jsonb_array_elements_text(l.bytes::jsonb -> 'orgs') AS o (uid)
    WHERE l.has_orgs ORDER BY 1, 2;

-- With its owner's rights, so that who appends lines need not be able to write here, and with nothing of theirs on the
-- way to the table: a temporary one of the same name would be found first.
-- +goose StatementBegin
CREATE FUNCTION audit_line_orgs() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO audit_line_org (org_uid, seq)
        SELECT o.uid, NEW.seq FROM jsonb_array_elements_text(NEW.bytes::jsonb -> 'orgs') AS o (uid)
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END;
$$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION audit_line_orgs FROM PUBLIC;
-- +goose StatementBegin
DO $$
DECLARE
    other oid;
BEGIN
    EXECUTE format('ALTER FUNCTION audit_line_orgs SET search_path = pg_catalog, %I, pg_temp', current_schema());
    -- What default privileges have given away with the table.
    FOR other IN SELECT DISTINCT grantee FROM pg_class, aclexplode(relacl) WHERE oid = 'audit_line_org'::regclass AND grantee <> relowner LOOP
        EXECUTE format('REVOKE INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER ON audit_line_org FROM %s', CASE other WHEN 0 THEN 'PUBLIC' ELSE other::regrole::text END);
    END LOOP;
END;
$$;
-- +goose StatementEnd
CREATE TRIGGER audit_line_orgs AFTER INSERT ON audit_line FOR EACH ROW WHEN (NEW.has_orgs) EXECUTE FUNCTION audit_line_orgs();
CREATE TRIGGER audit_line_org_no_change BEFORE UPDATE OR DELETE ON audit_line_org FOR EACH ROW EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_line_org_no_truncate BEFORE TRUNCATE ON audit_line_org FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
ALTER TABLE audit_line ENABLE ALWAYS TRIGGER audit_line_orgs;
ALTER TABLE audit_line_org ENABLE ALWAYS TRIGGER audit_line_org_no_change, ENABLE ALWAYS TRIGGER audit_line_org_no_truncate;

-- +goose Down
DROP TRIGGER audit_line_orgs ON audit_line;
DROP FUNCTION audit_line_orgs;
DROP TABLE audit_line_org;

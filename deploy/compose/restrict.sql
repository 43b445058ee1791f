-- What docs/operations.md, PostgreSQL, says of the role that the portals run as. Saying it again changes nothing.
REVOKE UPDATE, DELETE ON audit_leaf, audit_line, audit_checkpoint FROM portal;
REVOKE INSERT, UPDATE, DELETE ON audit_line_org FROM portal;
REVOKE INSERT, DELETE ON audit_head FROM portal;
REVOKE INSERT, UPDATE, DELETE ON goose_db_version FROM portal;
REVOKE UPDATE, DELETE ON request_vote FROM portal;
REVOKE DELETE ON request FROM portal;

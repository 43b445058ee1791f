-- +goose Up
-- Operations are never removed, whichever way: items hold what was asked for, the others what the budget counts.
CREATE TRIGGER operation_no_truncate BEFORE TRUNCATE ON operation FOR EACH STATEMENT EXECUTE FUNCTION request_kept();
ALTER TABLE operation ENABLE ALWAYS TRIGGER operation_no_truncate;

-- +goose Down
DROP TRIGGER operation_no_truncate ON operation;

package store

import (
	"context"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"backup-portal/internal/audit"
	"backup-portal/internal/operation"
	"backup-portal/internal/store/pgtest"
)

// sqlOf reads the statements of a fenced block of the operations guide that mentions a text.
func sqlOf(t *testing.T, mentions string) []string {
	t.Helper()
	guide, err := os.ReadFile("../../docs/operations.md")
	ok(t, err)
	for _, found := range regexp.MustCompile("(?s)```sql\n(.*?)```").FindAllStringSubmatch(string(guide), -1) {
		if !strings.Contains(found[1], mentions) {
			continue
		}
		var statements []string
		for statement := range strings.SplitSeq(found[1], ";") {
			if strings.TrimSpace(statement) != "" {
				statements = append(statements, statement)
			}
		}
		return statements
	}
	t.Fatalf("docs/operations.md has no SQL that mentions %q", mentions)
	return nil
}

// TestTheRoleOfTheGuide makes the roles of docs/operations.md, word for word, and lives as each of them.
func TestTheRoleOfTheGuide(t *testing.T) {
	t.Parallel()
	t.Cleanup(func() { // roles belong to the server: they stay when the database goes
		pgtest.Administer(t, "DROP ROLE portal_serving")
		pgtest.Administer(t, "DROP ROLE portal_owner")
	})
	url := pgtest.Empty(t)
	for _, statement := range sqlOf(t, "CREATE ROLE portal_owner") {
		if strings.Contains(statement, "CREATE DATABASE") {
			continue // the test has one
		}
		// The tests' superuser has the name of the guide's role.
		pgtest.Execute(t, url, strings.ReplaceAll(statement, "ROLE portal ", "ROLE portal_serving "))
	}
	pgtest.Execute(t, url, "ALTER DATABASE "+pgtest.Name(t, url)+" OWNER TO portal_owner")
	owner, serving := pgtest.As(t, url, "portal_owner"), pgtest.As(t, url, "portal_serving")

	if _, err := Open(t.Context(), Options{URL: serving}); err == nil || !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("before the tables are made: %v", err)
	}
	migrated, err := Open(t.Context(), Options{URL: owner})
	ok(t, err)
	if rights, err := migrated.AuditRights(t.Context()); err != nil || !slices.Contains(rights, "ownership of audit_line") {
		t.Errorf("rights of the owner: %q, %v", rights, err)
	}
	ok(t, migrated.Close())
	for _, statement := range sqlOf(t, "REVOKE") {
		pgtest.Execute(t, owner, strings.ReplaceAll(strings.ReplaceAll(statement, "TO portal", "TO portal_serving"), "FROM portal", "FROM portal_serving"))
	}

	s, err := Open(t.Context(), Options{URL: serving})
	ok(t, err)
	t.Cleanup(func() { ok(t, s.Close()) })
	if rights, err := s.AuditRights(t.Context()); err != nil || len(rights) != 0 {
		t.Errorf("rights of the serving role: %q, %v", rights, err)
	}
	// Whose database it is owns its schema, and so may drop what others have in it.
	pgtest.Execute(t, url, "ALTER DATABASE "+pgtest.Name(t, url)+" OWNER TO portal_serving")
	// Asked as at a start: an older connection may remember what the role was a member of.
	restarted, err := Open(t.Context(), Options{URL: serving})
	ok(t, err)
	if rights, err := restarted.AuditRights(t.Context()); err != nil || !slices.Equal(rights, []string{"ownership of the schema public"}) {
		t.Errorf("rights of the serving role as the database's owner: %q, %v", rights, err)
	}
	ok(t, restarted.Close())
	pgtest.Execute(t, url, "ALTER DATABASE "+pgtest.Name(t, url)+" OWNER TO portal_owner")
	key := newKey(t)
	ok(t, s.Writable(t.Context()))
	op := begin(t, s, block("op1", "d1"))
	_, err = s.Move(t.Context(), operation.Move{ID: "op1", Version: op.Version, To: operation.Succeeded, Line: lineOf(op, audit.Succeeded)})
	ok(t, err)
	r := voted(t, s, asked(t, s, deactivation("r1", "d2"), operation.Awaiting), "bob", true)
	_, err = s.Turn(t.Context(), operation.Turn{ID: r.ID, Version: r.Version, To: operation.Rejected, Items: operation.Rejected, Line: requestLine(r, audit.Denied)})
	ok(t, err)
	newFleet(6, 4, 9).sync(t.Context(), t, s)
	sign(t, s, key)
	if r := verify(t, s, key, nil); !r.OK() || r.Lines != 5 {
		t.Errorf("%s %+v", r.Summary(), r.Problems)
	}
	for _, attack := range []string{
		"UPDATE audit_line SET bytes = '{}'", "DELETE FROM audit_leaf", "TRUNCATE audit_line", "DELETE FROM audit_checkpoint",
		"DROP TRIGGER audit_line_no_change ON audit_line", "ALTER TABLE audit_line DISABLE TRIGGER ALL", "DELETE FROM audit_head",
		"DELETE FROM goose_db_version", "DROP TABLE audit_line",
		"INSERT INTO audit_line_org VALUES ('o1', 99)", "DELETE FROM audit_line_org", "TRUNCATE audit_line_org",
		"DELETE FROM request", "DELETE FROM request_vote", "UPDATE request_vote SET approve = true", "TRUNCATE request_vote",
	} {
		if _, err := s.writer.ExecContext(t.Context(), attack); !isForbidden(err) {
			t.Errorf("%s: %v, want it forbidden", attack, err)
		}
	}
	// Which lines are about which organization is kept in the log's own table, whatever stands before it on this connection.
	ok(t, s.write(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.ExecContext(ctx, "CREATE TEMPORARY TABLE audit_line_org (org_uid TEXT, seq BIGINT) ON COMMIT DROP"); err != nil {
			return err
		}
		_, err := s.appendLine(ctx, tx, event("ann", "hidden", "o7"))
		return err
	}))
	if listed := pgtest.Value(t, owner, "SELECT count(*) FROM audit_line_org WHERE org_uid = 'o7'"); listed != "1" {
		t.Errorf("listed of the organization: %s", listed)
	}
	// A newer program finds out at its start that its tables are missing, and says who can make them.
	pgtest.Execute(t, owner, "DELETE FROM goose_db_version WHERE version_id = (SELECT max(version_id) FROM goose_db_version)")
	if _, err := Open(t.Context(), Options{URL: serving}); err == nil || !strings.Contains(err.Error(), "portal migrate") {
		t.Errorf("with a migration missing: %v", err)
	}
}

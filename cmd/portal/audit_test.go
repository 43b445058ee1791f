package main_test

import (
	"database/sql"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"backup-portal/internal/audit"
)

// auditLog is a data folder whose portal has stopped: a sign-in, a block and an unblock, all of it signed.
func auditLog(t *testing.T) (w *world, public string) {
	t.Helper()
	w = newWorld(t)
	portal := w.synced()
	ada := w.ada()
	for _, verb := range []string{"/block", "/unblock"} {
		if a := ada.post(w.deviceURL()+verb, blockForm(newID())); a.status != http.StatusSeeOther {
			t.Fatalf("%s answers %d %s", verb, a.status, a.body)
		}
	}
	portal.terminate()
	if code := portal.ended(); code != 0 {
		t.Fatalf("exit code %d:\n%s", code, portal.output())
	}
	key, err := audit.ParseKey(w.auditKey)
	must(t, err)
	return w, key.Public().String()
}

const auditLines = 5

func TestAuditKeygen(t *testing.T) {
	t.Parallel()
	one, two := command(t, nil, "audit", "keygen"), command(t, nil, "audit", "keygen")
	if one.stdout == two.stdout {
		t.Error("two keys are the same")
	}
	key, err := audit.ParseKey(one.stdout)
	must(t, err)
	if want := "public key, for portal audit verify --public-key: " + key.Public().String() + "\n"; one.stderr != want {
		t.Errorf("standard error is %q, want %q", one.stderr, want)
	}
}

// TestAuditVerify changes copies of a log behind the portal's back, as somebody could who owns the machine.
func TestAuditVerify(t *testing.T) {
	t.Parallel()
	w, public := auditLog(t)
	saved := filepath.Join(t.TempDir(), "checkpoint")
	original := copyDatabase(t, w.folder)
	if r := command(t, nil, "audit", "verify", "--database", "sqlite:"+original, "--public-key", public, "--save", saved); r.code != 0 {
		t.Fatalf("the log as it was written: %+v", r)
	}
	for _, test := range []struct {
		name       string
		damage     func(t *testing.T, db *sql.DB)
		checkpoint bool
		says       string // "" when nothing can be found
	}{
		{"nothing", func(*testing.T, *sql.DB) {}, true, ""},
		{"a line edited", func(t *testing.T, db *sql.DB) {
			t.Helper()
			execute(t, db, "UPDATE audit_line SET bytes = replace(bytes, 'Ada Holm', 'Eve Holm') WHERE seq = 2")
		}, false, "Line 2 was edited"},
		{"a line removed", func(t *testing.T, db *sql.DB) {
			t.Helper()
			execute(t, db, "DELETE FROM audit_line WHERE seq = 1", "DELETE FROM audit_leaf WHERE seq = 1")
		}, false, "Line 1 is missing"},
		{"a line hidden from who looks at its organization", func(t *testing.T, db *sql.DB) {
			t.Helper()
			execute(t, db, "DELETE FROM audit_line_org WHERE seq = 2")
		}, false, "Line 2 is about the organization"},
		{"the tail cut without a trace", cutTail, false, ""},
		{"the tail cut, a checkpoint was kept elsewhere", cutTail, true, "5"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			path := copyDatabase(t, w.folder)
			damage(t, path, test.damage)
			arguments := []string{"audit", "verify", "--database", "sqlite:" + path, "--public-key", public}
			if test.checkpoint {
				arguments = append(arguments, "--checkpoint", saved)
			}
			r := command(t, nil, arguments...)
			if test.says == "" {
				if r.code != 0 || r.stderr != "" {
					t.Errorf("%+v", r)
				}
				return
			}
			if r.code != 1 || !strings.Contains(r.stdout, test.says) || r.stderr != "portal: the audit log is not as it was written\n" {
				t.Errorf("%+v", r)
			}
		})
	}
	another, err := audit.GenerateKey()
	must(t, err)
	if r := command(t, map[string]string{"PORTAL_AUDIT_KEY": another}, "audit", "verify", "--database", "sqlite:"+original); r.code != 1 {
		t.Errorf("with another key: %+v", r)
	}
	if r := command(t, nil, "audit", "verify", "--database", "sqlite:"+original); r.code != 1 || !strings.HasPrefix(r.stderr, "portal: PORTAL_AUDIT_KEY: not set") {
		t.Errorf("without a key: %+v", r)
	}
}

// cutTail takes the last two lines away together with everything that tells of them.
func cutTail(t *testing.T, db *sql.DB) {
	t.Helper()
	const kept = auditLines - 2
	var tree audit.Frontier
	rows, err := db.QueryContext(t.Context(), "SELECT hash FROM audit_leaf WHERE seq < ? ORDER BY seq", kept)
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		var raw []byte
		must(t, rows.Scan(&raw))
		tree.Append(audit.Hash(raw))
	}
	must(t, rows.Err())
	if _, err := db.ExecContext(t.Context(), "UPDATE audit_head SET size = ?, frontier = ?", tree.Size(), tree.Text()); err != nil {
		t.Fatal(err)
	}
	execute(t, db, "DELETE FROM audit_line WHERE seq >= 3", "DELETE FROM audit_line_org WHERE seq >= 3",
		"DELETE FROM audit_leaf WHERE seq >= 3", "DELETE FROM audit_checkpoint WHERE size > 3")
}

// damage opens a copy with the driver alone and drops the triggers that keep the portal itself from such things.
func damage(t *testing.T, path string, do func(*testing.T, *sql.DB)) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	must(t, err)
	defer func() { must(t, db.Close()) }()
	rows, err := db.QueryContext(t.Context(), "SELECT name FROM sqlite_master WHERE type = 'trigger'")
	must(t, err)
	var triggers []string
	for rows.Next() {
		var name string
		must(t, rows.Scan(&name))
		triggers = append(triggers, `DROP TRIGGER "`+name+`"`)
	}
	must(t, rows.Err())
	execute(t, db, triggers...)
	do(t, db)
}

func execute(t *testing.T, db *sql.DB, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		result, err := db.ExecContext(t.Context(), statement)
		must(t, err)
		if n, err := result.RowsAffected(); err == nil && n == 0 && !strings.HasPrefix(statement, "DROP") {
			t.Fatalf("nothing to change: %s", statement)
		}
	}
}

// TestAuditExport verifies a bundle where there is neither a database nor a secret.
func TestAuditExport(t *testing.T) {
	t.Parallel()
	w, public := auditLog(t)
	exported := command(t, map[string]string{"PORTAL_DATABASE_URL": w.settings["PORTAL_DATABASE_URL"]}, "audit", "export")
	if exported.code != 0 || exported.stderr != "" {
		t.Fatalf("%+v", exported)
	}
	bundle := filepath.Join(t.TempDir(), "audit.bundle")
	must(t, os.WriteFile(bundle, []byte(exported.stdout), 0o600))
	verify := func() result {
		return command(t, nil, "audit", "verify", "--bundle", bundle, "--public-key", public)
	}
	if r := verify(); r.code != 0 || !strings.Contains(r.stdout, "5 ") {
		t.Errorf("the bundle as it was exported: %+v", r)
	}
	edited := strings.Replace(exported.stdout, "Ada Holm", "Eve Holm", 1)
	if edited == exported.stdout {
		t.Fatalf("the bundle does not name who did it:\n%s", exported.stdout)
	}
	must(t, os.WriteFile(bundle, []byte(edited), 0o600))
	if r := verify(); r.code != 1 {
		t.Errorf("an edited bundle: %+v", r)
	}
}

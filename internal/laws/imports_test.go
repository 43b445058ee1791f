package laws_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "backup-portal/"

// room says what a package may import of ours, and what of others' it must keep away from.
type room struct {
	may     []string
	mustNot []string
}

// everything is for the wiring.
const everything = "*"

// rooms is the table of docs/architecture.md. A package that is missing here fails the law, so that a new room is a
// decision. Tests may import what they like.
func rooms() map[string]room {
	const (
		web    = "net/http"
		sql    = "database/sql"
		bun    = "github.com/uptrace/bun"
		echo   = "github.com/labstack/echo/v4"
		templ  = "github.com/a-h/templ"
		random = "math/rand"
	)
	return map[string]room{
		"cmd/portal": {may: []string{everything}},

		"internal/fault":           {mustNot: []string{web, sql}},
		"internal/config":          {mustNot: []string{web, sql}},
		"internal/audit":           {mustNot: []string{web, sql, bun, random}},
		"internal/telemetry":       {mustNot: []string{sql, bun, templ}},
		"internal/backup":          {mustNot: []string{sql, bun, echo, templ}},
		"internal/emulator/backup": {mustNot: []string{sql, bun}},
		"internal/emulator/idp":    {mustNot: []string{sql, bun}},
		"internal/emulator/mail":   {mustNot: []string{sql, bun}},
		"web/static":               {},
		"web/templates":            {mustNot: []string{web, sql, "time", "net/url"}},

		"internal/settings":   {mustNot: []string{web, sql, bun, echo, templ, "os", "time"}},
		"internal/action":     {may: []string{"internal/backup", "internal/settings"}, mustNot: []string{web, sql, bun, echo, templ}},
		"internal/approval":   {mustNot: []string{web, sql, "os", "io", "time"}},
		"internal/policy":     {may: []string{"internal/action", "internal/approval"}, mustNot: []string{web, sql, "os", "io"}},
		"internal/inventory":  {may: []string{"internal/backup", "internal/fault", "internal/settings"}, mustNot: []string{sql, bun, echo, templ}},
		"internal/preference": {may: []string{"internal/fault"}, mustNot: []string{web, sql, bun, echo, templ}},
		"internal/operation": {
			may:     []string{"internal/action", "internal/approval", "internal/audit", "internal/backup", "internal/fault", "internal/inventory", "internal/policy", "internal/settings"},
			mustNot: []string{sql, bun, echo, templ},
		},
		"internal/notify": {
			may:     []string{"internal/action", "internal/fault", "internal/operation", "internal/policy"},
			mustNot: []string{sql, bun, echo, templ},
		},
		"internal/job": {
			may:     []string{"internal/action", "internal/fault", "internal/inventory", "internal/operation", "internal/policy"},
			mustNot: []string{web, sql, bun, echo, templ},
		},
		"internal/auth": {
			may:     []string{"internal/audit", "internal/fault", "internal/policy"},
			mustNot: []string{sql, bun, templ, "html/template", random},
		},
		// The store implements what others declare, so it may import whoever declares a type that it keeps.
		"internal/store": {
			may:     []string{"internal/action", "internal/approval", "internal/audit", "internal/auth", "internal/fault", "internal/inventory", "internal/job", "internal/notify", "internal/operation", "internal/policy", "internal/preference", "internal/settings"},
			mustNot: []string{echo, templ},
		},
		// For tests of whoever keeps something on PostgreSQL.
		"internal/store/pgtest": {mustNot: []string{web, bun, echo, templ}},
		"internal/handlers": {
			may: []string{
				"internal/action", "internal/approval", "internal/audit", "internal/auth", "internal/fault", "internal/inventory", "internal/job",
				"internal/operation", "internal/policy", "internal/preference", "internal/settings", "web/static", "web/templates",
			},
			mustNot: []string{sql, bun},
		},
	}
}

// importsEmulators tells whether a file may know the emulators: the demo's, which a production build leaves out.
func (s source) importsEmulators() bool {
	return s.dir() == "cmd/portal" && strings.HasPrefix(s.text, "//go:build !production\n")
}

func importLaw(sources []source) []string {
	table := rooms()
	var violations []string
	for _, s := range sources {
		if !s.product() {
			continue
		}
		this, known := table[s.dir()]
		if !known {
			violations = append(violations, fmt.Sprintf("%s: %s is in no room: put it into the table of internal/laws/imports_test.go and docs/architecture.md", s.path, s.dir()))
			continue
		}
		file, violation := s.parsed()
		if file == nil {
			violations = append(violations, violation)
			continue
		}
		for _, spec := range file.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			if problem := this.problem(s, path); problem != "" {
				violations = append(violations, s.path+": "+problem)
			}
		}
	}
	return violations
}

// problem says why the file may not import the package, or "".
func (r room) problem(file source, imported string) string {
	ours, isOurs := strings.CutPrefix(imported, module)
	switch {
	case isOurs && strings.HasPrefix(ours, "internal/emulator/") && !file.importsEmulators():
		return "imports " + ours + ": emulators are for tests and for files of cmd/portal that a production build leaves out"
	case isOurs && !slices.Contains(r.may, ours) && !slices.Contains(r.may, everything):
		return "may not import " + ours
	}
	for _, name := range r.mustNot {
		if imported == name || strings.HasPrefix(imported, name+"/") {
			return "must not know " + imported
		}
	}
	return ""
}

func TestImports(t *testing.T) {
	t.Parallel()
	holds(t, importLaw)
}

// A row for a room that does not exist would allow imports nobody has thought about.
func TestEveryRoomExists(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, s := range tree(t) {
		seen[s.dir()] = seen[s.dir()] || s.product()
	}
	for name := range rooms() {
		if !seen[name] {
			t.Errorf("%s: has a row in the table and no file", name)
		}
	}
}

func TestImportLawBreaks(t *testing.T) {
	t.Parallel()
	file := func(path, imported string) []source { return one(path, "package p\nimport _ \""+imported+"\"\n") }
	breaks(t, importLaw, []example{
		{"allowed", file("internal/policy/a.go", "backup-portal/internal/action"), nil},
		{"wiring", file("cmd/portal/run.go", "backup-portal/internal/store"), nil},
		{"a test", file("internal/policy/a_test.go", "backup-portal/internal/store"), nil},
		{"the demo", one("cmd/portal/demo.go", "//go:build !production\n\npackage main\nimport _ \"backup-portal/internal/emulator/idp\"\n"), nil},
		{
			"upwards", file("internal/policy/a.go", "backup-portal/internal/operation"),
			[]string{"internal/policy/a.go: may not import internal/operation"},
		},
		{
			"vendor client in a handler", file("internal/handlers/a.go", "backup-portal/internal/backup"),
			[]string{"internal/handlers/a.go: may not import internal/backup"},
		},
		{
			"emulator in the product", file("cmd/portal/run.go", "backup-portal/internal/emulator/idp"),
			[]string{"cmd/portal/run.go: imports internal/emulator/idp: emulators are for tests and for files of cmd/portal that a production build leaves out"},
		},
		{
			"SQL in a handler", file("internal/handlers/a.go", "database/sql"),
			[]string{"internal/handlers/a.go: must not know database/sql"},
		},
		{
			"a package below a forbidden one", file("internal/handlers/a.go", "github.com/uptrace/bun/dialect"),
			[]string{"internal/handlers/a.go: must not know github.com/uptrace/bun/dialect"},
		},
		{
			"a new room", file("internal/util/a.go", "strings"),
			[]string{"internal/util/a.go: internal/util is in no room: put it into the table of internal/laws/imports_test.go and docs/architecture.md"},
		},
		{"not Go", one("internal/policy/a.go", "not Go"), []string{"internal/policy/a.go: cannot be parsed"}},
	})
}

package laws_test

import (
	"fmt"
	"go/ast"
	"regexp"
	"slices"
	"strings"
	"testing"

	"backup-portal/internal/action"
)

// parityFile is the table of what the vendor's SDKs document and what the portal makes of it.
const parityFile = "docs/parity.md"

// documented are the methods that the SDKs' documentation names, and the options of the command line, by the heading of their
// table. One without a row is as much a violation as a row about something that is not there.
func documented() map[string][]string {
	organizations := []string{
		"block", "create_org", "deactivate", "get_agent_full_disk_access_states", "get_agent_state", "get_all", "get_by_id", "get_by_uid",
		"get_current", "get_page", "get_settings", "reactivate", "unblock", "update_org", "update_settings",
	}
	return map[string][]string{
		"py42: DeviceClient":                  {"block", "deactivate", "deauthorize", "get_all", "get_by_guid", "get_by_id", "get_settings", "reactivate", "unblock"},
		"py42: OrgService, pycpg: OrgService": organizations,
		"py42: the guide to the basics": {
			"sdk.from_local_account", "devices.get_all", "users.get_all", "orgs.get_all", "legalhold.get_all_matters",
			"detectionlists.departing_employee.get_all", "detectionlists.get_user", "Py42Response[key]", "Py42Response.text", "Py42Response.raw_text",
			"Py42Response.status_code", "FileEventQuery", "EventTimestamp.on_or_after", "securitydata.search_file_events",
			"Py42ForbiddenError", "Py42UnauthorizedError", "Py42InternalServerError",
		},
		"The command line: devices list": {
			"default columns", "--active", "--inactive", "--org-uid", "--include-usernames", "--include-total-storage", "--include-backup-usage", "--include-settings",
			"--include-legal-hold-membership", "--exclude-most-recently-connected", "--last-connected-before", "--last-connected-after",
			"--created-before", "--created-after", "--page-size", "--format",
		},
	}
}

// parityRow is one line of a table: the method with its arguments, the client's part, the portal's part, and the tests.
type parityRow struct {
	heading, method        string
	client, portal, tested string
	at                     string // "docs/parity.md:17"
}

var codeSpan = regexp.MustCompile("`([^`]+)`")

// spans are the pieces of code in a cell.
func spans(cell string) []string {
	var found []string
	for _, m := range codeSpan.FindAllStringSubmatch(cell, -1) {
		found = append(found, m[1])
	}
	return found
}

// parityRows reads the tables: every line that opens with a cell of code.
func parityRows(text string) (rows []parityRow, violations []string) {
	heading := ""
	for number, line := range strings.Split(text, "\n") {
		at := fmt.Sprintf("%s:%d", parityFile, number+1)
		if title, ok := strings.CutPrefix(line, "## "); ok {
			heading = title
		}
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		if len(cells) != 4 {
			violations = append(violations, fmt.Sprintf("%s: has %d cells, not 4", at, len(cells)))
			continue
		}
		method, _, _ := strings.Cut(strings.Trim(cells[0], "`"), "(")
		rows = append(rows, parityRow{heading, method, cells[1], cells[2], cells[3], at})
	}
	return rows, violations
}

// parityLaw holds the tables against the tree: each method has one row; what a row names is there.
func parityLaw(sources []source) []string {
	i := slices.IndexFunc(sources, func(s source) bool { return s.path == parityFile })
	if i < 0 {
		return []string{parityFile + ": is missing"}
	}
	rows, violations := parityRows(sources[i].text)
	count := map[string]int{}
	for _, row := range rows {
		count[row.heading+": "+row.method]++
		if !slices.Contains(documented()[row.heading], row.method) {
			violations = append(violations, fmt.Sprintf("%s: %s: no such method is documented under %q", row.at, row.method, row.heading))
		}
		for _, problem := range rowProblems(row, sources) {
			violations = append(violations, fmt.Sprintf("%s: %s: %s", row.at, row.method, problem))
		}
	}
	for heading, methods := range documented() {
		for _, method := range methods {
			if n := count[heading+": "+method]; n != 1 {
				violations = append(violations, fmt.Sprintf("%s: %s: %s has %d rows, not one", parityFile, heading, method, n))
			}
		}
	}
	slices.Sort(violations)
	return violations
}

// rowProblems says what of one row is not so. A method that is not offered has nothing but the reason.
func rowProblems(row parityRow, sources []source) []string {
	if why, ok := strings.CutPrefix(row.portal, "not offered: "); ok {
		if len(strings.Fields(why)) < 5 || row.client != "—" || row.tested != "—" {
			return []string{"is not offered, and the row does not just say why"}
		}
		return nil
	}
	var problems []string
	for part, cell := range map[string]string{"client": row.client, "portal": row.portal, "test": row.tested} {
		if len(spans(cell)) == 0 {
			problems = append(problems, "names no "+part)
		}
	}
	missing := func(what string, names []string, there func(string) bool) {
		for _, name := range names {
			if !there(name) {
				problems = append(problems, fmt.Sprintf("there is no %s %s", what, name))
			}
		}
	}
	missing("exported name of the client", spans(row.client), func(name string) bool { return ofClient(sources, name) })
	missing("action or route", spans(row.portal), func(name string) bool { return ofPortal(sources, name) })
	missing("test", spans(row.tested), func(name string) bool { return isTestOf(sources, name) })
	slices.Sort(problems)
	return problems
}

// ofClient finds an exported name of the vendor's client: "Reader.Devices", "Writer.BlockDevice", or a type or function.
func ofClient(sources []source, name string) bool {
	receiver, method, isMethod := strings.Cut(name, ".")
	return slices.ContainsFunc(sources, func(s source) bool {
		if !s.product() || s.dir() != "internal/backup" {
			return false
		}
		file, _ := s.parsed()
		return file != nil && slices.ContainsFunc(file.Decls, func(d ast.Decl) bool {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if isMethod {
					return receiverOf(d) == receiver && d.Name.Name == method && ast.IsExported(method)
				}
				return d.Recv == nil && d.Name.Name == name && ast.IsExported(name)
			case *ast.GenDecl:
				return !isMethod && slices.ContainsFunc(d.Specs, func(spec ast.Spec) bool {
					t, ok := spec.(*ast.TypeSpec)
					return ok && t.Name.Name == name && ast.IsExported(name)
				})
			}
			return false
		})
	})
}

// ofPortal finds an action by its id, or a row of the route table by its method and path.
func ofPortal(sources []source, name string) bool {
	method, path, isRoute := strings.Cut(name, " ")
	if !isRoute {
		_, ok := action.ByID(name)
		return ok
	}
	row := fmt.Sprintf("route(http.Method%s%s, %q,", method[:1], strings.ToLower(method[1:]), path)
	return slices.ContainsFunc(sources, func(s source) bool {
		return s.path == "internal/handlers/routes.go" && strings.Contains(s.text, row)
	})
}

// isTestOf finds a test by its package's folder and its name: "internal/backup.TestDeauthorize".
func isTestOf(sources []source, name string) bool {
	dir, function, _ := strings.Cut(name, ".")
	return strings.HasPrefix(function, "Test") && slices.ContainsFunc(sources, func(s source) bool {
		return s.dir() == dir && s.isTest() && strings.Contains(s.text, "\nfunc "+function+"(t *testing.T)")
	})
}

func TestParity(t *testing.T) {
	t.Parallel()
	holds(t, parityLaw)
}

func TestParityLawBreaks(t *testing.T) {
	t.Parallel()
	// A sound table of everything that is documented, of which one row is then written otherwise.
	const sound = "| `block(device_id)` | `Writer.BlockDevice` | `device.block`, `GET /devices/:guid` | `internal/backup.TestBlock` |"
	table := func(row string) string {
		var b strings.Builder
		for heading, methods := range documented() {
			b.WriteString("## " + heading + "\n\n| documented | client | portal | tested by |\n|---|---|---|---|\n")
			for _, method := range methods {
				if heading == "py42: DeviceClient" && method == "block" {
					b.WriteString(row + "\n")
					continue
				}
				b.WriteString("| `" + method + "()` | — | not offered: the portal has no such thing | — |\n")
			}
		}
		return b.String()
	}
	tree := func(text string) []source {
		return []source{
			{parityFile, text},
			{"internal/backup/a.go", "package backup\n\ntype Writer struct{}\n\nfunc (w *Writer) BlockDevice() {}\n"},
			{"internal/backup/a_test.go", "package backup\n\nfunc TestBlock(t *testing.T) {}\n"},
			{"internal/handlers/routes.go", "package handlers\n\nvar _ = route(http.MethodGet, \"/devices/:guid\", reader, h.device)\n"},
		}
	}
	const none = "docs/parity.md: py42: DeviceClient: block has 0 rows, not one"
	if got := parityLaw(nil); !slices.Equal(got, []string{"docs/parity.md: is missing"}) {
		t.Errorf("without the table: %q", got)
	}
	for _, test := range []struct{ name, row, want string }{
		{"sound", sound, ""},
		{"a type of the client", strings.Replace(sound, "`Writer.BlockDevice`", "`Writer`", 1), ""},
		{"no row", "", none},
		{"twice", sound + "\n" + sound, "docs/parity.md: py42: DeviceClient: block has 2 rows, not one"},
		{"too few cells", "| `block(device_id)` | `Writer.BlockDevice` | `device.block` |", none + "\n: has 3 cells, not 4"},
		{"another method", strings.Replace(sound, "block(", "wipe(", 1), none + "\n: wipe: no such method is documented under \"py42: DeviceClient\""},
		{"client", strings.Replace(sound, "Writer.BlockDevice", "Writer.BlockDevices", 1), ": block: there is no exported name of the client Writer.BlockDevices"},
		{"the client's other half", strings.Replace(sound, "Writer.BlockDevice", "Reader.BlockDevice", 1), ": block: there is no exported name of the client Reader.BlockDevice"},
		{"action", strings.Replace(sound, "device.block", "device.wipe", 1), ": block: there is no action or route device.wipe"},
		{"route", strings.Replace(sound, "GET /devices/:guid", "GET /devices/:id", 1), ": block: there is no action or route GET /devices/:id"},
		{"test", strings.Replace(sound, "TestBlock", "TestUnblock", 1), ": block: there is no test internal/backup.TestUnblock"},
		{"test elsewhere", strings.Replace(sound, "internal/backup.TestBlock", "internal/action.TestBlock", 1), ": block: there is no test internal/action.TestBlock"},
		{"nothing named", "| `block(device_id)` | yes | yes | yes |", ": block: names no client\n: block: names no portal\n: block: names no test"},
		{"no reason", "| `block(device_id)` | — | not offered: no | — |", ": block: is not offered, and the row does not just say why"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := parityLaw(tree(table(test.row)))
			for i, violation := range got { // where a row stands depends on the order of the tables
				got[i] = regexp.MustCompile(`^docs/parity\.md:\d+`).ReplaceAllString(violation, "")
			}
			slices.Sort(got)
			want := strings.Split(test.want, "\n")
			slices.Sort(want)
			if !slices.Equal(got, want) && (test.want != "" || len(got) != 0) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

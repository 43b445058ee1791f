package laws_test

import (
	"fmt"
	"go/ast"
	"slices"
	"strconv"
	"testing"
)

const vendorClient = module + "internal/backup"

// writerLaw lets the half of the vendor's client that changes things appear where the road runs, and nowhere else.
// It looks at names, not types: whoever imports the client and says Writer is taken to mean the client's.
func writerLaw(sources []source) []string {
	road := []string{"internal/action", "internal/operation", "internal/backup", "cmd/portal"}
	var violations []string
	for _, s := range sources {
		if !s.product() || slices.Contains(road, s.dir()) {
			continue
		}
		file, violation := s.parsed()
		if file == nil {
			violations = append(violations, violation)
			continue
		}
		name := importedAs(file, vendorClient)
		if name == "" {
			continue
		}
		if name == "." {
			violations = append(violations, s.path+": imports the vendor's client without its name, which hides what is used of it")
			continue
		}
		ast.Inspect(file, func(node ast.Node) bool {
			selector, ok := node.(*ast.SelectorExpr)
			if ok && selector.Sel.Name == "Writer" && !ofOtherPackage(file, selector.X, name) {
				violations = append(violations, fmt.Sprintf("%s: names Writer of the vendor's client: changes go through internal/operation", s.path))
			}
			return true
		})
	}
	return violations
}

// importedAs gives the name by which a file knows a package; "" when it does not import it.
func importedAs(file *ast.File, path string) string {
	for _, spec := range file.Imports {
		if imported, _ := strconv.Unquote(spec.Path.Value); imported == path {
			if spec.Name != nil {
				return spec.Name.Name
			}
			return lastElement(path)
		}
	}
	return ""
}

func lastElement(path string) string {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '/' {
			return path[i+1:]
		}
	}
	return path
}

// ofOtherPackage tells whether x is the name of an import other than the vendor's client, as in io.Writer.
func ofOtherPackage(file *ast.File, x ast.Expr, client string) bool {
	name, ok := x.(*ast.Ident)
	if !ok || name.Name == client {
		return false
	}
	return slices.ContainsFunc(file.Imports, func(spec *ast.ImportSpec) bool {
		path, _ := strconv.Unquote(spec.Path.Value)
		if spec.Name != nil {
			return spec.Name.Name == name.Name
		}
		return lastElement(path) == name.Name
	})
}

func TestOnlyTheRoadHoldsAWriter(t *testing.T) {
	t.Parallel()
	holds(t, writerLaw)
}

func TestWriterLawBreaks(t *testing.T) {
	t.Parallel()
	const violation = "internal/inventory/a.go: names Writer of the vendor's client: changes go through internal/operation"
	file := func(text string) []source { return one("internal/inventory/a.go", text) }
	breaks(t, writerLaw, []example{
		{"reader", file(`package inventory; import "backup-portal/internal/backup"; type s struct { r *backup.Reader }`), nil},
		{"another Writer", file(`package inventory; import ("io"; "backup-portal/internal/backup"); var _ io.Writer; var _ backup.Device`), nil},
		{"the road", one("internal/action/a.go", `package action; import "backup-portal/internal/backup"; var _ *backup.Writer`), nil},
		{"the type", file(`package inventory; import "backup-portal/internal/backup"; func f(w *backup.Writer) {}`), []string{violation}},
		{"under another name", file(`package inventory; import v "backup-portal/internal/backup"; func f(w *v.Writer) {}`), []string{violation}},
		{"the method", file(`package inventory; import "backup-portal/internal/backup"; func f(c *backup.Client) { c.Writer() }`), []string{violation}},
		{
			"without a name", file(`package inventory; import . "backup-portal/internal/backup"; func f(w *Writer) {}`),
			[]string{"internal/inventory/a.go: imports the vendor's client without its name, which hides what is used of it"},
		},
	})
}

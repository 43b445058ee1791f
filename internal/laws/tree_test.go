package laws_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const root = "../.."

// source is one file of the tree: its path from the root, with slashes, and its text.
type source struct{ path, text string }

// law finds violations, one sentence each, opening with the path of the file.
type law func([]source) []string

// tree reads every text file of ours. What git ignores and what others wrote is left out.
func tree(t *testing.T) []source {
	t.Helper()
	foreign := []string{".git", "node_modules", "bin", "data", "screenshots", "web/static/vendor", "e2e/.driver", "docs/images", "tmp"}
	verbatim := []string{"LICENSE", "package-lock.json", "go.sum", "tools/go.sum"}
	var sources []source
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		switch {
		case entry.IsDir() && slices.Contains(foreign, name):
			return filepath.SkipDir
		case !entry.Type().IsRegular() || slices.Contains(verbatim, name):
			return nil
		}
		content, err := os.ReadFile(path)
		sources = append(sources, source{name, string(content)})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(sources) < 50 {
		t.Fatalf("only %d files found: the laws would hold for nothing", len(sources))
	}
	return sources
}

// holds reports every violation of a law in the tree.
func holds(t *testing.T, l law) {
	t.Helper()
	for _, violation := range l(tree(t)) {
		t.Error(violation)
	}
}

// example is a small tree and what a law must say of it: nothing of a sound one.
type example struct {
	name    string
	sources []source
	want    []string
}

// breaks shows that a law fails when it is broken, with the words that it should say.
func breaks(t *testing.T, l law, examples []example) {
	t.Helper()
	for _, e := range examples {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(e.want, l(e.sources)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// one is a tree of a single file.
func one(path, text string) []source { return []source{{path, text}} }

func (s source) dir() string { return s.path[:max(0, strings.LastIndex(s.path, "/"))] }

func (s source) isGo() bool { return strings.HasSuffix(s.path, ".go") }

func (s source) isTest() bool { return strings.HasSuffix(s.path, "_test.go") }

// product tells whether the file is Go code that is compiled into the program.
func (s source) product() bool { return s.isGo() && !s.isTest() && s.dir() != "internal/laws" }

// parsed is a file's syntax tree; nil, with a violation, when it cannot be parsed.
func (s source) parsed() (file *ast.File, violation string) {
	file, err := parser.ParseFile(token.NewFileSet(), s.path, s.text, parser.ParseComments)
	if err != nil {
		return nil, s.path + ": cannot be parsed"
	}
	return file, ""
}

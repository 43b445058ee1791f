package laws_test

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"backup-portal/internal/action"
	"backup-portal/internal/policy"
)

// operations maps the methods of a type of the vendor's client to the API operations that their //api:op directives
// declare; a method that takes a context and declares none is a violation.
func operations(sources []source, receiver string) (declared []string, violations []string) {
	for _, s := range sources {
		if !s.product() || s.dir() != "internal/backup" {
			continue
		}
		file, violation := s.parsed()
		if file == nil {
			return nil, []string{violation}
		}
		for _, declaration := range file.Decls {
			method, ok := declaration.(*ast.FuncDecl)
			if !ok || !method.Name.IsExported() || receiverOf(method) != receiver || !takesContext(method) {
				continue
			}
			ops := directives(method)
			if len(ops) == 0 {
				violations = append(violations, fmt.Sprintf("%s: %s.%s names no API operation (//api:op METHOD /path)", s.path, receiver, method.Name.Name))
			}
			declared = append(declared, ops...)
		}
	}
	return declared, violations
}

func directives(method *ast.FuncDecl) []string {
	var ops []string
	if method.Doc == nil {
		return nil
	}
	for _, comment := range method.Doc.List {
		if op, ok := strings.CutPrefix(comment.Text, "//api:op "); ok {
			ops = append(ops, strings.TrimSpace(op))
		}
	}
	return ops
}

func receiverOf(method *ast.FuncDecl) string {
	if method.Recv == nil || len(method.Recv.List) != 1 {
		return ""
	}
	of := method.Recv.List[0].Type
	if pointer, ok := of.(*ast.StarExpr); ok {
		of = pointer.X
	}
	if name, ok := of.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}

func takesContext(method *ast.FuncDecl) bool {
	return slices.ContainsFunc(method.Type.Params.List, func(field *ast.Field) bool {
		selector, ok := field.Type.(*ast.SelectorExpr)
		return ok && selector.Sel.Name == "Context"
	})
}

// actionLaw says what every action of a catalogue must have. Changes are the API operations that the changing half of
// the vendor's client declares.
func actionLaw(catalogue []action.Action, changes []string) []string {
	var violations []string
	ids, routes := map[string]bool{}, map[string]bool{}
	for _, a := range catalogue {
		say := func(problem string) { violations = append(violations, a.ID+": "+problem) }
		if ids[a.ID] {
			say("its id is taken")
		}
		if route := a.Kind.Resource + "/" + a.Verb; routes[route] {
			say("its route " + route + " is taken")
		}
		ids[a.ID], routes[a.Kind.Resource+"/"+a.Verb] = true, true
		for _, problem := range slices.Concat(textProblems(a), riskProblems(a), undoProblems(a, catalogue), callProblems(a, changes), paramProblems(a)) {
			say(problem)
		}
		if !policy.HasRule(a.ID) {
			say("has no row in the role table: nobody could ever run it")
		}
		if a.Ready == nil || a.Impact == nil || a.Fingerprint == nil || a.Run == nil || a.Check == nil {
			say("lacks one of Ready, Impact, Fingerprint, Run, Check")
		}
	}
	return violations
}

func textProblems(a action.Action) []string {
	texts := []struct{ name, text string }{
		{"ID", a.ID},
		{"Kind", a.Kind.Resource},
		{"Verb", a.Verb},
		{"Label", a.Label},
		{"Ask", a.Ask},
		{"Done", a.Done},
		{"Failed", a.Failed},
		{"Past", a.Past},
		{"Effect", a.Effect},
		{"Doc", a.Doc},
	}
	var problems []string
	for _, t := range texts {
		if strings.TrimSpace(t.text) == "" {
			problems = append(problems, "has no "+t.name)
		}
	}
	return problems
}

func riskProblems(a action.Action) []string {
	switch a.Risk {
	case action.Low:
		return nil
	case action.High, action.Destructive:
		if a.Reason {
			return nil
		}
		return []string{fmt.Sprintf("is of %s risk and asks for no reason", a.Risk)}
	default:
		return []string{fmt.Sprintf("has the unknown risk %q", a.Risk)}
	}
}

func undoProblems(a action.Action, catalogue []action.Action) []string {
	switch {
	case (a.Undo.Action == "") == (a.Undo.Why == ""):
		return []string{"must name what undoes it, or say why nothing does"}
	case a.Undo.Action == "":
		return nil
	case a.Undo.Leaves == "":
		return []string{"does not say what undoing it leaves"}
	case !slices.ContainsFunc(catalogue, func(other action.Action) bool { return other.ID == a.Undo.Action }):
		return []string{"is undone by " + a.Undo.Action + ", which does not exist"}
	}
	return nil
}

func callProblems(a action.Action, changes []string) []string {
	if len(a.Calls) == 0 {
		return []string{"names no API operation"}
	}
	var problems []string
	for _, call := range a.Calls {
		if !slices.Contains(changes, call) {
			problems = append(problems, "calls "+call+", which no method of backup.Writer declares")
		}
	}
	return problems
}

func paramProblems(a action.Action) []string {
	var problems []string
	names := map[string]bool{}
	for _, p := range a.Params {
		if p.Name == "" || p.Label == "" || names[p.Name] {
			problems = append(problems, fmt.Sprintf("has a parameter %q without a name of its own or a label", p.Name))
		}
		names[p.Name] = true
	}
	return problems
}

func TestEveryAction(t *testing.T) {
	t.Parallel()
	changes, violations := operations(tree(t), "Writer")
	if len(changes) == 0 {
		t.Fatal("backup.Writer declares no operation: the law would hold for nothing")
	}
	for _, violation := range append(violations, actionLaw(action.All, changes)...) {
		t.Error(violation)
	}
}

func TestEveryReadNamesItsOperation(t *testing.T) {
	t.Parallel()
	reads, violations := operations(tree(t), "Reader")
	for _, violation := range violations {
		t.Error(violation)
	}
	for _, op := range reads {
		if !strings.HasPrefix(op, "GET ") {
			t.Errorf("backup.Reader sends %s: what changes something belongs to Writer", op)
		}
	}
}

func TestOperationLawBreaks(t *testing.T) {
	t.Parallel()
	text := "package backup\n\n// Block blocks.\n//\n//api:op PUT /block/{id}\nfunc (w *Writer) Block(ctx context.Context) {}\n\n" +
		"// Wipe is undeclared.\nfunc (w *Writer) Wipe(ctx context.Context) {}\n\nfunc (w *Writer) Name() string { return \"\" }\n"
	declared, violations := operations(one("internal/backup/a.go", text), "Writer")
	if diff := cmp.Diff([]string{"PUT /block/{id}"}, declared); diff != "" {
		t.Errorf("declared (-want +got)\n%s", diff)
	}
	want := []string{"internal/backup/a.go: Writer.Wipe names no API operation (//api:op METHOD /path)"}
	if diff := cmp.Diff(want, violations); diff != "" {
		t.Errorf("violations (-want +got)\n%s", diff)
	}
}

func TestActionLawBreaks(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change func(*action.Action)
		want   string
	}{
		{"sound", func(*action.Action) {}, ""},
		{"no text", func(a *action.Action) { a.Ask = " " }, "device.block: has no Ask"},
		{"no reason", func(a *action.Action) { a.Risk = action.Destructive }, "device.block: is of destructive risk and asks for no reason"},
		{"no reason at high risk", func(a *action.Action) { a.Risk = action.High }, "device.block: is of high risk and asks for no reason"},
		{"unknown risk", func(a *action.Action) { a.Risk = "some" }, `device.block: has the unknown risk "some"`},
		{"no undo", func(a *action.Action) { a.Undo = action.Undo{} }, "device.block: must name what undoes it, or say why nothing does"},
		{"undo and why", func(a *action.Action) { a.Undo.Why = "x" }, "device.block: must name what undoes it, or say why nothing does"},
		{"undo leaves", func(a *action.Action) { a.Undo.Leaves = "" }, "device.block: does not say what undoing it leaves"},
		{"unknown undo", func(a *action.Action) { a.Undo.Action = "device.free" }, "device.block: is undone by device.free, which does not exist"},
		{"no call", func(a *action.Action) { a.Calls = nil }, "device.block: names no API operation"},
		{"undeclared call", func(a *action.Action) { a.Calls = []string{"PUT /x"} }, "device.block: calls PUT /x, which no method of backup.Writer declares"},
		{"nameless parameter", func(a *action.Action) { a.Params = []action.Param{{Name: "to"}} }, `device.block: has a parameter "to" without a name of its own or a label`},
		{"cannot run", func(a *action.Action) { a.Run = nil }, "device.block: lacks one of Ready, Impact, Fingerprint, Run, Check"},
		{
			"no role", func(a *action.Action) { a.ID = "device.wipe" },
			"device.unblock: is undone by device.block, which does not exist\ndevice.wipe: has no row in the role table: nobody could ever run it",
		},
		{"same route", func(a *action.Action) { a.Verb = "unblock" }, "device.block: its route devices/unblock is taken"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			block, _ := action.ByID("device.block")
			unblock, _ := action.ByID("device.unblock")
			test.change(&block)
			changes := []string{"PUT /api/v1/ComputerBlock/{id}", "DELETE /api/v1/ComputerBlock/{id}"}
			got := strings.Join(actionLaw([]action.Action{unblock, block}, changes), "\n")
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestActionLawBreaksOnTwins(t *testing.T) {
	t.Parallel()
	block, _ := action.ByID("device.block")
	unblock, _ := action.ByID("device.unblock")
	got := actionLaw([]action.Action{block, unblock, block}, slices.Concat(block.Calls, unblock.Calls))
	want := []string{"device.block: its id is taken", "device.block: its route devices/block is taken"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

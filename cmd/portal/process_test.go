package main_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long a test waits for a state that it is sure will come, on a machine that is busy with other things.
const patience = 60 * time.Second

// program is the path of the built binary; the tests run it as its users do, as a process of its own.
var program string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		folder, err := os.MkdirTemp("", "portal-test-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(folder)
		program = filepath.Join(folder, "portal")
		if out, err := build(program, "-ldflags", "-X main.version=1.2.3-test"); err != nil {
			fmt.Fprintf(os.Stderr, "build the program: %v\n%s", err, out)
			return 1
		}
		return m.Run()
	}())
}

func build(to string, flags ...string) ([]byte, error) {
	arguments := append(append([]string{"build", "-o", to}, flags...), ".")
	return exec.Command("go", arguments...).CombinedOutput()
}

// environ is what a process is given: nothing of this one's PORTAL_ variables.
func environ(settings map[string]string) []string {
	entries := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TMPDIR=" + os.TempDir()}
	for name, value := range settings {
		entries = append(entries, name+"="+value)
	}
	return entries
}

// process is a running program whose output is read line by line as it comes.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended and all of its output was read

	mu     sync.Mutex
	lines  []string
	notify chan struct{} // closed and replaced with each line
}

// launch starts the program; whatever happens, it has ended when the test has.
func launch(t *testing.T, folder string, settings map[string]string, arguments ...string) *process {
	t.Helper()
	p := &process{t: t, done: make(chan struct{}), notify: make(chan struct{})}
	p.cmd = exec.Command(program, arguments...)
	p.cmd.Dir, p.cmd.Env = folder, environ(settings)
	reader, writer := io.Pipe()
	p.cmd.Stdout, p.cmd.Stderr = writer, writer
	must(t, p.cmd.Start())
	var read sync.WaitGroup
	read.Go(func() { p.read(reader) })
	go func() {
		_ = p.cmd.Wait() // how it ended is read from ProcessState
		_ = writer.Close()
		read.Wait()
		close(p.done)
	}()
	t.Cleanup(p.kill)
	return p
}

func (p *process) read(from io.Reader) {
	scanner := bufio.NewScanner(from)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		p.mu.Lock()
		p.lines = append(p.lines, scanner.Text())
		close(p.notify)
		p.notify = make(chan struct{})
		p.mu.Unlock()
	}
}

// output is everything that the process has written so far.
func (p *process) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.lines, "\n")
}

// says waits until a line of the output contains the text and answers that line.
func (p *process) says(text string) string {
	p.t.Helper()
	limit := time.After(patience)
	for from := 0; ; {
		p.mu.Lock()
		lines, notify := p.lines, p.notify
		p.mu.Unlock()
		for ; from < len(lines); from++ {
			if strings.Contains(lines[from], text) {
				return lines[from]
			}
		}
		select {
		case <-notify:
		case <-p.done:
			if out := p.output(); !strings.Contains(out, text) {
				p.t.Fatalf("the program ended (%v) without saying %q:\n%s", p.cmd.ProcessState, text, out)
			}
		case <-limit:
			p.t.Fatalf("the program does not say %q:\n%s", text, p.output())
		}
	}
}

// ended waits for the end and answers the exit code, -1 after a signal.
func (p *process) ended() int {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(patience):
		p.t.Fatalf("the program does not end:\n%s", p.output())
	}
	return p.cmd.ProcessState.ExitCode()
}

// kill ends the process as a power cut would: it gets no chance to do anything.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended by itself
	<-p.done
}

func (p *process) terminate() {
	p.t.Helper()
	must(p.t, p.cmd.Process.Signal(syscall.SIGTERM))
}

// running tells whether the process has not ended yet.
func (p *process) running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// logged is one line of the structured log.
type logged map[string]any

// log parses the output; a line that is not one JSON object fails the test.
func (p *process) log() []logged {
	p.t.Helper()
	var entries []logged
	for line := range strings.Lines(p.output()) {
		var entry logged
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			p.t.Errorf("a line of the log is not JSON: %q", line)
			continue
		}
		entries = append(entries, entry)
	}
	return entries
}

// result is how a command that ends by itself ended.
type result struct {
	code           int
	stdout, stderr string
}

// command runs the program to its end.
func command(t *testing.T, settings map[string]string, arguments ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, program, arguments...)
	cmd.Dir, cmd.Env = t.TempDir(), environ(settings)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return result{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// until asks again and again whether a state has come.
func until(t *testing.T, state string, reached func() bool) {
	t.Helper()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	limit := time.After(patience)
	for !reached() {
		select {
		case <-again.C:
		case <-limit:
			t.Fatalf("still not so: %s", state)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

package laws_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"backup-portal/internal/emulator/backup"
)

// An operation that the client calls and the emulator does not know would leave the demo and every test without it.
func TestTheEmulatorKnowsEveryOperation(t *testing.T) {
	t.Parallel()
	sources := tree(t)
	reads, _ := operations(sources, "Reader")
	changes, _ := operations(sources, "Writer")
	server := httptest.NewServer(backup.New(backup.Options{Calm: true, Orgs: 2, Users: 2, Devices: 2}))
	t.Cleanup(server.Close)

	for _, op := range slices.Concat(reads, changes) {
		if problem := unknownTo(t, server.URL, op); problem != "" {
			t.Errorf("%s: %s", op, problem)
		}
	}
	// The law itself: what is made up has to be missed.
	for _, op := range []string{"PUT /api/v1/ComputerWipe/{id}", "DELETE /api/v1/Computer"} {
		if unknownTo(t, server.URL, op) == "" {
			t.Errorf("%s: the emulator answers it, so the law could not fail", op)
		}
	}
}

// unknownTo says why an operation is not the emulator's, or "". A thing that does not exist is an answer; a route that does
// not is none.
func unknownTo(t *testing.T, url, op string) string {
	t.Helper()
	method, path, _ := strings.Cut(op, " ")
	path = regexp.MustCompile(`\{[a-z]+\}`).ReplaceAllString(path, "7")
	status, body := send(t, method, url+path, func(r *http.Request) { r.Header.Set("Authorization", "v3_user_token "+signedIn(t, url)) })
	switch {
	case status == http.StatusUnauthorized:
		return "the emulator refuses the test's token"
	case status == http.StatusMethodNotAllowed, status == http.StatusNotFound && strings.Contains(body, "Resource not found"):
		return "the emulator has no such route"
	}
	return ""
}

// signedIn gives a token of the emulator's default account.
func signedIn(t *testing.T, url string) string {
	t.Helper()
	_, body := send(t, http.MethodGet, url+"/api/v3/auth/jwt?useBody=true", func(r *http.Request) {
		r.SetBasicAuth("test.user@example.com", "password")
	})
	found := regexp.MustCompile(`"v3_user_token":\s*"([^"]+)"`).FindStringSubmatch(body)
	if found == nil {
		t.Fatalf("no token in %s", body)
	}
	return found[1]
}

func send(t *testing.T, method, url string, prepare func(*http.Request)) (status int, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	prepare(request)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

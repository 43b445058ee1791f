package handlers_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"backup-portal/internal/operation"
)

// TestDamagedFormsChangeNothing: a form of which only a part could be read is not what the person sent.
func TestDamagedFormsChangeNothing(t *testing.T) {
	t.Parallel()
	p := setup(t)
	b := p.as("admin")
	path := "/devices/" + p.device["own"].GUID + "/block"
	id := "operation=" + operation.NewID()
	for name, c := range map[string]struct {
		body, contentType string
		chunked           bool
		want              int
	}{
		"bad escape":       {body: id + "&reason=%zz", want: http.StatusUnprocessableEntity},
		"bad separator":    {body: id + "&reason=a;b", want: http.StatusUnprocessableEntity},
		"too long":         {body: id + "&reason=" + strings.Repeat("x", 2<<20), want: http.StatusRequestEntityTooLarge},
		"too long, unsaid": {body: id + "&reason=" + strings.Repeat("x", 2<<20), chunked: true, want: http.StatusRequestEntityTooLarge},
		"cut off parts":    {body: "--x\r\nContent-Disposition: form-data; name=\"operation\"\r\n\r\n" + id, contentType: "multipart/form-data; boundary=x", want: http.StatusUnprocessableEntity},
	} {
		var body io.Reader = strings.NewReader(c.body)
		if c.chunked {
			body = io.MultiReader(body) // hides the length
		}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+path, body)
		must(t, err)
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if c.contentType != "" {
			request.Header.Set("Content-Type", c.contentType)
		}
		response, err := b.client.Do(request)
		must(t, err)
		must(t, response.Body.Close())
		if response.StatusCode != c.want {
			t.Errorf("%s: %d, want %d", name, response.StatusCode, c.want)
		}
	}
	if n := p.changes(); n != 0 {
		t.Errorf("%d changes were sent from damaged forms", n)
	}
}

package auth_test

import (
	"strings"
	"testing"

	"backup-portal/internal/auth"
)

func TestLocalPath(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ raw, want string }{
		{"/", "/"},
		{"/devices", "/devices"},
		{"/devices/", "/devices/"},
		{"/devices?q=a%20b&org=1", "/devices?q=a%20b&org=1"},
		{"/devices?next=//evil.example", "/devices?next=//evil.example"}, // a query leads nowhere
		{"/devices/a%2Fb", "/devices/a%2Fb"},
		{"/devices#top", "/devices"},
		{"/authors", "/authors"},
		{"", "/"},
		{"devices", "/"},
		{"//evil.example", "/"},
		{"///evil.example", "/"},
		{"/\\evil.example", "/"},
		{"\\\\evil.example", "/"},
		{"/%5Cevil.example", "/"},
		{"https://evil.example/", "/"},
		{"HTTPS:evil.example", "/"},
		{"javascript:alert(1)", "/"},
		{"/%0d%0aSet-Cookie:%20a=b", "/"},
		{"/devices\r\nSet-Cookie: a=b", "/"},
		{"/\t/evil.example", "/"},
		{"\t//evil.example", "/"},
		{"/%09/evil.example", "/"},
		{" //evil.example", "/"},
		{"/\u00a0/evil.example", "/"},
		{"/%2Fevil.example", "/"},
		{"/%2f%2fevil.example", "/"},
		{"/%2F/evil.example", "/"},
		{"/./\\evil.example", "/"},
		{"/..//evil.example", "/"},
		{"/a/../../evil", "/"},
		{"/%2e%2e//evil.example", "/"},
		{"/devices//x", "/"},
		{"/%zz", "/"},
		{"/auth", "/"},
		{"/auth/", "/"},
		{"/auth/sign-in?return=/auth/sign-in", "/"},
		{"/%61uth/sign-in", "/"},
		{"/./auth/sign-in", "/"},
		{"/" + strings.Repeat("a", 2048), "/"},
	} {
		if got := auth.LocalPath(tt.raw); got != tt.want {
			t.Errorf("LocalPath(%q) = %q, want %q", tt.raw, got, tt.want)
		}
	}
}

// What sign-in was asked to return to is checked when it begins, not only by whoever drew the link.
func TestSignInReturnsToLocalPathsOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, raw := range []string{"//evil.example", "https://evil.example/", "/\\evil.example", "/%2F/evil.example", "/auth/sign-out"} {
		b := w.browser()
		if got := b.get(b.begin("mara", raw)); got.Location != "/" {
			t.Errorf("return=%q led to %q", raw, got.Location)
		}
	}
}

func FuzzLocalPath(f *testing.F) {
	f.Add("/devices?q=1")
	f.Add("//evil")
	f.Add("/%2F/evil")
	f.Fuzz(func(t *testing.T, raw string) {
		got := auth.LocalPath(raw)
		if !strings.HasPrefix(got, "/") || strings.HasPrefix(got, "//") || strings.ContainsAny(got, "\\\r\n\t ") {
			t.Errorf("LocalPath(%q) = %q", raw, got)
		}
		if again := auth.LocalPath(got); again != got {
			t.Errorf("LocalPath(%q) = %q, but of that it makes %q", raw, got, again)
		}
	})
}

package backup

import (
	"regexp"
	"strings"
	"unicode"
)

const maxExcerpt = 512 // bytes of an answer kept in an Error

// redactor makes an excerpt of an answer fit for an error: short, printable, without secrets.
type redactor struct {
	known    *strings.Replacer
	patterns *regexp.Regexp
}

func newRedactor(secrets ...string) *redactor {
	var pairs []string
	for _, s := range secrets {
		if s != "" {
			pairs = append(pairs, s, "***")
		}
	}
	return &redactor{
		known: strings.NewReplacer(pairs...),
		patterns: regexp.MustCompile(`eyJ[\w-]+(\.[\w-]*){0,2}` + // a JSON web token
			`|(?i)(bearer|basic)\s+[\w.~+/=-]+` +
			`|"[^"]*(password|secret|token|registrationkey|totp)[^"]*"\s*:\s*("(\\.|[^"\\])*"?|[^,}\s]*)`),
	}
}

// excerpt gives the start of an answer; besides the known secrets it hides the ones given.
func (r *redactor) excerpt(body []byte, secrets ...string) string {
	const enough = 8 * maxExcerpt // secrets are removed before cutting, so that none is cut in half and missed
	if len(body) > enough {
		body = body[:enough]
	}
	s := strings.ToValidUTF8(string(body), "�")
	s = r.known.Replace(s)
	for _, secret := range secrets {
		if secret != "" {
			s = strings.ReplaceAll(s, secret, "***")
		}
	}
	s = r.patterns.ReplaceAllString(s, "***")
	s = strings.Map(func(c rune) rune {
		switch {
		case unicode.IsSpace(c):
			return ' '
		case unicode.IsControl(c), unicode.Is(unicode.Cf, c):
			return '�'
		}
		return c
	}, s)
	if len(s) > maxExcerpt {
		s = strings.ToValidUTF8(s[:maxExcerpt], "")
	}
	return s
}

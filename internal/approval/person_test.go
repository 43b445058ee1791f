package approval_test

import (
	"testing"

	"backup-portal/internal/approval"
)

func TestSame(t *testing.T) {
	t.Parallel()
	const kelvin, composed, apart = "\u212A", "jos\u00e9@x.example", "jose\u0301@x.example"
	for name, tt := range map[string]struct {
		a, b approval.Person
		want bool
	}{
		"one key":                   {approval.Person{Key: "i|1", Email: "a@x.example"}, approval.Person{Key: "i|1", Email: "b@x.example"}, true},
		"one address":               {approval.Person{Key: "i|1", Email: "a@x.example"}, approval.Person{Key: "i|2", Email: "a@x.example"}, true},
		"in another case":           {approval.Person{Key: "i|1", Email: "Ann@X.example"}, approval.Person{Key: "i|2", Email: "aNN@x.EXAMPLE"}, true},
		"with spaces around":        {approval.Person{Key: "i|1", Email: " a@x.example\t"}, approval.Person{Key: "i|2", Email: "a@x.example\n"}, true},
		"no address":                {approval.Person{Key: "i|1"}, approval.Person{Key: "i|2"}, false},
		"only spaces":               {approval.Person{Key: "i|1", Email: " "}, approval.Person{Key: "i|2", Email: "\t"}, false},
		"another address":           {approval.Person{Key: "i|1", Email: "a@x.example"}, approval.Person{Key: "i|2", Email: "a@y.example"}, false},
		"a key in another case":     {approval.Person{Key: "i|a"}, approval.Person{Key: "i|A"}, false},
		"a key that is an address":  {approval.Person{Key: "a@x.example"}, approval.Person{Key: "i|2", Email: "a@x.example"}, false},
		"sharp s":                   {approval.Person{Key: "i|1", Email: "stra\u00dfe@x.example"}, approval.Person{Key: "i|2", Email: "STRASSE@x.example"}, true},
		"capital sharp s":           {approval.Person{Key: "i|1", Email: "stra\u1e9ee@x.example"}, approval.Person{Key: "i|2", Email: "stra\u00dfe@x.example"}, true},
		"Kelvin sign":               {approval.Person{Key: "i|1", Email: kelvin + "im@x.example"}, approval.Person{Key: "i|2", Email: "kim@x.example"}, true},
		"dotted capital i":          {approval.Person{Key: "i|1", Email: "\u0130da@x.example"}, approval.Person{Key: "i|2", Email: "i\u0307da@x.example"}, true},
		"dotted is not plain":       {approval.Person{Key: "i|1", Email: "\u0130da@x.example"}, approval.Person{Key: "i|2", Email: "ida@x.example"}, false},
		"composed and taken apart":  {approval.Person{Key: "i|1", Email: composed}, approval.Person{Key: "i|2", Email: apart}, true},
		"final sigma":               {approval.Person{Key: "i|1", Email: "\u03c3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2@x.example"}, approval.Person{Key: "i|2", Email: "\u03a3\u038a\u03a3\u03a5\u03a6\u039f\u03a3@x.example"}, true},
		"an iota under its vowel":   {approval.Person{Key: "i|1", Email: "\u1fb3@x.example"}, approval.Person{Key: "i|2", Email: "\u0391\u0399@x.example"}, true},
		"what folding takes apart":  {approval.Person{Key: "i|1", Email: "\u0390@x.example"}, approval.Person{Key: "i|2", Email: "\u03aa\u0301@x.example"}, true},
		"an accent is a difference": {approval.Person{Key: "i|1", Email: composed}, approval.Person{Key: "i|2", Email: "jose@x.example"}, false},
	} {
		if got := approval.Same(tt.a, tt.b); got != tt.want {
			t.Errorf("%s: %t, want %t", name, got, tt.want)
		}
		if got := approval.Same(tt.b, tt.a); got != tt.want {
			t.Errorf("%s, the other way round: %t, want %t", name, got, tt.want)
		}
	}
}

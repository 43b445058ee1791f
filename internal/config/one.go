package config

import "errors"

// LoadSecret reads one secret by itself, from NAME or NAME_FILE, for a command that needs nothing else.
func LoadSecret(name string, lookup func(string) (string, bool), readFile func(string) ([]byte, error)) (Secret, error) {
	r := &reader{lookup: lookup, readFile: readFile}
	secret := r.demandSecret(name)
	return secret, errors.Join(r.problems...)
}

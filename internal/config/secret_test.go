package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"backup-portal/internal/config"
)

func TestSecretIsMaskedHoweverItIsPrinted(t *testing.T) {
	t.Parallel()
	const secret = config.Secret("hunter2")
	holder := struct {
		Name string
		Key  config.Secret
	}{"portal", secret}
	printed := map[string]string{"String": secret.String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t"} {
		printed[verb] = fmt.Sprintf(verb, secret)
		printed["in a struct "+verb] = fmt.Sprintf(verb, holder)
	}
	marshalled, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	printed["JSON"] = string(marshalled)
	var text, structured bytes.Buffer
	slog.New(slog.NewTextHandler(&text, nil)).Info("start", "key", secret, "settings", holder)
	slog.New(slog.NewJSONHandler(&structured, nil)).Info("start", "key", secret, "settings", holder)
	printed["slog text"], printed["slog JSON"] = text.String(), structured.String()

	for how, got := range printed {
		// 68756E74657232 is the value in hexadecimal.
		if strings.Contains(got, "hunter2") || strings.Contains(strings.ToUpper(got), "68756E74657232") {
			t.Errorf("%s shows the secret: %s", how, got)
		}
		if !strings.Contains(got, "***") {
			t.Errorf("%s does not show that something is masked: %s", how, got)
		}
	}
	if secret.Reveal() != "hunter2" {
		t.Errorf("Reveal gives %q", secret.Reveal())
	}
}

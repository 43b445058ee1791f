package operation

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"backup-portal/internal/action"
)

// bound is one target as people agree to it.
type bound struct {
	Kind        string        `json:"kind"`
	ID          string        `json:"id"`
	Fingerprint string        `json:"fingerprint"`
	Extent      action.Extent `json:"extent"`
}

// digestOf stands for all that people agree to: the action, its parameters, and each target with its fingerprint and its
// reach, in whatever order they were selected.
func digestOf(actionID string, params map[string]string, items []Operation) (string, error) {
	targets := make([]bound, len(items))
	for i, op := range items {
		targets[i] = bound{op.TargetKind, op.TargetID, op.Fingerprint, op.Extent}
	}
	slices.SortFunc(targets, func(a, b bound) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID)) })
	if params == nil {
		params = map[string]string{}
	}
	// The names of a map are sorted by the encoder, so equal values have equal bytes.
	text, err := json.Marshal(struct {
		Action  string            `json:"action"`
		Params  map[string]string `json:"params"`
		Targets []bound           `json:"targets"`
	}{actionID, params, targets})
	if err != nil {
		return "", fmt.Errorf("write what people agree to: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// intact tells whether the stored targets are still those that the digest stands for.
func (r Request) intact() bool {
	digest, err := digestOf(r.Action, r.Params, r.Items)
	return err == nil && digest == r.Digest
}

// extentOf is how far an action reaches.
func extentOf(a action.Action, o action.Order) action.Extent {
	if a.Extent == nil {
		return action.Extent{Same: a.Fingerprint(o), Devices: 1}
	}
	return a.Extent(o)
}

// weightOf is how many devices a change destroys, for the budget.
func weightOf(a action.Action, e action.Extent) int {
	if a.Risk != action.Destructive {
		return 0
	}
	return max(1, e.Devices)
}

func serialOf(a action.Action, o action.Order) string {
	if a.Serial == nil {
		return ""
	}
	return a.Serial(o)
}

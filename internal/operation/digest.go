package operation

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"backup-portal/internal/action"
	"backup-portal/internal/policy"
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

// intact tells whether the stored targets are still those that the digest stands for, each with the same parameters.
func (r Request) intact() bool {
	if slices.ContainsFunc(r.Items, func(op Operation) bool { return !maps.Equal(op.Params, r.Params) }) {
		return false
	}
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

// tallyOf is what a change counts in.
func tallyOf(a action.Action) policy.Tally {
	if a.Weigh != nil && a.Risk != action.Destructive {
		return policy.Reconfigured
	}
	return policy.Destroyed
}

// weighed is the operation with how many devices it counts for in the budget: those that it destroys, or of which it changes
// the settings.
func (o Operation) weighed(a action.Action, order action.Order) Operation {
	o.Weight, o.Reach = 0, 0
	switch {
	case a.Risk == action.Destructive:
		o.Weight = max(1, o.Extent.Devices)
	case a.Weigh != nil:
		o.Reach = max(1, a.Weigh(order))
	}
	return o
}

func serialOf(a action.Action, o action.Order) string {
	if a.Serial == nil {
		return ""
	}
	return a.Serial(o)
}

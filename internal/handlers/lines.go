package handlers

import (
	"context"
	"slices"

	"backup-portal/internal/action"
	"backup-portal/internal/audit"
	"backup-portal/internal/inventory"
	"backup-portal/internal/policy"
	"backup-portal/web/templates"
)

// searchAudit asks the log for what this person may read: their own lines, the lines of the subtrees where they hold
// the permission, and at the root the lines without an organization. Who reads without the right to see other actors'
// addresses gets lines without them.
func (h *Handlers) searchAudit(ctx context.Context, actor policy.Actor, q audit.Query) ([]audit.Entry, bool, error) {
	q.Viewer = actor.Key()
	q.Scope = policy.Subtrees(actor, policy.ReadAudit)
	seen := policy.Subtrees(actor, policy.SeeActors)
	// A search by e-mail or address must not tell what the page would not show.
	q.Contacts = len(seen) > 0 && slices.Equal(seen, q.Scope)
	// Lines without an organization are for admin and auditor at the root, who are also the ones that see actors there.
	q.AllOrgs = policy.MayAtRoot(actor, policy.SeeActors)
	return h.Audit.AuditSearch(ctx, q)
}

// within tells whether all of these organizations lie in the scope; a line about none lies in nobody's.
func (h *Handlers) within(ctx context.Context, scope inventory.Scope, orgUIDs []string) bool {
	return len(orgUIDs) > 0 && !slices.ContainsFunc(orgUIDs, func(uid string) bool {
		_, err := h.Inventory.Org(ctx, scope, uid)
		return err != nil
	})
}

func outcomeState(o audit.Outcome) templates.State {
	switch o {
	case audit.Intent:
		return templates.State{Shape: "running", Tone: "info", Word: "Intent"}
	case audit.Succeeded:
		return templates.State{Shape: "done", Tone: "ok", Word: "Succeeded"}
	case audit.Failed:
		return templates.State{Shape: "fail", Tone: "bad", Word: "Failed"}
	case audit.Partial:
		return templates.State{Shape: "alert", Tone: "bad", Word: "Failed in part"}
	case audit.Unknown:
		return templates.State{Shape: "unknown", Tone: "warn", Word: "Unknown"}
	case audit.Refused:
		return templates.State{Shape: "fail", Tone: "bad", Word: "Refused"}
	case audit.Done:
		return templates.State{Shape: "done", Tone: "ok", Word: "Done"}
	case audit.Requested:
		return templates.State{Shape: "wait", Tone: "info", Word: "Requested"}
	case audit.Approved:
		return templates.State{Shape: "done", Tone: "ok", Word: "Approved"}
	case audit.Denied:
		return templates.State{Shape: "fail", Tone: "bad", Word: "Denied"}
	case audit.Withdrawn:
		return templates.State{Shape: "off", Word: "Withdrawn"}
	case audit.Expired:
		return templates.State{Shape: "off", Word: "Expired"}
	case audit.Returned:
		return templates.State{Shape: "alert", Tone: "warn", Word: "Returned"}
	case audit.Scheduled:
		return templates.State{Shape: "wait", Tone: "info", Word: "Scheduled"}
	case audit.Started:
		return templates.State{Shape: "running", Tone: "info", Word: "Started"}
	case audit.Stopped:
		return templates.State{Shape: "unknown", Tone: "warn", Word: "Stopped"}
	case audit.Ended:
		return templates.State{Shape: "info", Word: "Ended"}
	}
	return templates.State{Shape: "info", Word: string(o)}
}

// outcomeSentence goes after the person's name and before the target's: "blocked", "was refused to block".
func outcomeSentence(l audit.Line) string {
	a, known := action.ByID(l.Action)
	if !known {
		return eventSentence(l)
	}
	if l.Outcome == audit.Stopped && l.Actor.Key != audit.SystemKey {
		return "stopped by hand the request to " + a.To()
	}
	if words, ok := requestWords[l.Outcome]; ok {
		return words + " " + a.To()
	}
	if words, ok := portalWords[l.Outcome]; ok && l.Actor.Key == audit.SystemKey {
		return words + " " + a.To()
	}
	switch l.Outcome {
	case audit.Intent:
		return "asked to " + a.To()
	case audit.Refused:
		return "was refused to " + a.To()
	case audit.Unknown:
		return "may or may not have " + a.Past
	case audit.Failed:
		return "failed to " + a.To()
	case audit.Partial:
		return "managed in part to " + a.To()
	case audit.Succeeded, audit.Done:
		return a.Past
	}
	return a.Past
}

// requestWords go before the verb of what a request is about.
var requestWords = map[audit.Outcome]string{
	audit.Requested: "asked others to agree to",
	audit.Approved:  "agreed to",
	audit.Denied:    "did not agree to",
	audit.Withdrawn: "took back the request to",
	audit.Expired:   "let expire the request to",
	audit.Returned:  "asks everybody anew about the request to",
	audit.Scheduled: "will, as agreed,",
	audit.Started:   "began to",
	audit.Stopped:   "stopped, at an unknown outcome, the request to",
	audit.Ended:     "finished the request to",
}

// portalWords go before the verb where the portal itself found out or decided what became of a change.
var portalWords = map[audit.Outcome]string{
	audit.Succeeded: "settled: it did", audit.Failed: "settled: it did not", audit.Partial: "settled: in part it did", audit.Unknown: "cannot tell whether it did", audit.Refused: "did not",
}

func eventSentence(l audit.Line) string {
	if words, ok := eventWords[l.Action+" "+string(l.Outcome)]; ok {
		return words
	}
	words, ok := eventWords[l.Action]
	if !ok {
		words = l.Action
	}
	if l.Outcome == audit.Refused {
		return "was refused: " + words
	}
	return words
}

// eventWords names the events of the portal itself for people, some by their outcome too.
var eventWords = map[string]string{
	"audit.export":              "exported the audit log",
	"audit.export failed":       "exported a part of the audit log",
	"audit.export intent":       "began to export the audit log",
	"devices.export":            "exported a list of devices",
	"devices.export failed":     "exported a part of a list of devices",
	"devices.export intent":     "began to export a list of devices",
	"drift.export":              "exported the settings that differ in",
	"drift.export failed":       "exported a part of the settings that differ in",
	"drift.export intent":       "began to export the settings that differ in",
	"disk-access.export":        "exported the Macs' full disk access in",
	"disk-access.export failed": "exported a part of the Macs' full disk access in",
	"disk-access.export intent": "began to export the Macs' full disk access in",
	"mirror.sync":               "started a sync",
	"operation.settle":          "settle by hand",
	"org.registration-key":      "read the registration key of",
	"session.end":               "ended a session",
	"session.not-found refused": "asked for what is not there for them",
	"session.failures":          "sign-ins failed",
	"session.sign-in":           "signed in",
	"session.sign-out":          "signed out",
	"view.share":                "shared a view",
	"view.unshare":              "no longer shares a view",
}

package audit

import "time"

// Outcome is what a line says of its action.
type Outcome string

// The outcomes a line can have.
const (
	Intent    Outcome = "intent"         // written before anything is sent
	Succeeded Outcome = "succeeded"      // the vendor said so, or a check read it back
	Failed    Outcome = "failed"         // nothing was changed
	Partial   Outcome = "failed in part" // some of it was changed: the detail says what
	Unknown   Outcome = "unknown"        // sent, and nobody can say
	Refused   Outcome = "refused"        // policy or state said no; nothing was sent
	Done      Outcome = "done"           // an event of the portal itself: a sign-in, a sync

	Requested Outcome = "requested" // somebody asked for it; it waits for the yes of others
	Approved  Outcome = "approved"  // one of these gave their yes
	Denied    Outcome = "denied"    // one of these said no: it is over
	Withdrawn Outcome = "withdrawn" // by who asked, or stopped before it was run
	Expired   Outcome = "expired"   // its time was over before enough had agreed
	Returned  Outcome = "returned"  // it reaches more than was agreed to: everybody decides anew
	Scheduled Outcome = "scheduled" // enough have agreed; it runs when its undo window is over
	Started   Outcome = "started"   // enough have agreed; its targets are changed one after the other
	Stopped   Outcome = "stopped"   // an outcome is unknown: the rest was not sent
	Ended     Outcome = "ended"     // every target has its own outcome
)

// Line is one entry of the audit log. Its canonical JSON bytes are what is hashed, stored and exported: pages draw from the bytes.
// It never holds a whole document, a password, a token or a registration key.
type Line struct {
	V         int               `json:"v"`
	At        time.Time         `json:"at"`   // UTC
	Salt      string            `json:"salt"` // 16 random bytes, hex: nobody can guess a pruned line from its hash
	Actor     Actor             `json:"actor"`
	Action    string            `json:"action"`           // catalogue id, or "session.sign-in", "operation.settle", …
	Vendor    string            `json:"vendor,omitempty"` // "backup"
	Target    Target            `json:"target"`
	OrgUIDs   []string          `json:"orgs,omitempty"` // every organization the line is about, sorted; empty for the portal's own events
	Outcome   Outcome           `json:"outcome"`
	Reason    string            `json:"reason,omitempty"` // what the person gave
	Detail    string            `json:"detail,omitempty"` // why refused or failed, what was read back
	Request   string            `json:"request,omitempty"`
	Operation string            `json:"operation,omitempty"`
	Under     string            `json:"under,omitempty"`    // the request by which people agreed to it
	Attempts  int               `json:"attempts,omitempty"` // vendor calls made for it, when more than one
	Before    map[string]string `json:"before,omitempty"`   // only the fields that the action names
	After     map[string]string `json:"after,omitempty"`
}

// SystemKey is the key of the portal itself among the actors.
const SystemKey = "system"

// Actor is who a line is about. Key is (issuer, subject); name, e-mail and address are as they were then.
type Actor struct {
	Key     string `json:"key"` // SystemKey for the portal itself
	Name    string `json:"name"`
	Email   string `json:"email,omitempty"`
	Address string `json:"address,omitempty"`
}

// Target is what a line is about.
type Target struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	Org  string `json:"org,omitempty"` // name of its organization then
}

// Entry is a stored line: its place in the log, its exact bytes, and the line read from them.
type Entry struct {
	Seq   int64
	Bytes []byte
	Line  Line
}

// Package templates owns what a page looks like: a view model goes in, HTML comes out. It imports nothing of ours and
// must not know devices, permissions, clocks or routes: every text, figure, date and address arrives finished.
//
// There are three layers only: the layout, the pages and the parts. A fragment that htmx swaps is an exported
// component with an id, and the full page contains it.
package templates

import "slices"

// Page holds what every page shares. The handlers build it once per request.
type Page struct {
	Title     string // of the window, without the product name
	Current   string // key of the current NavItem, "" when none
	SignedIn  bool   // false draws the frame without search, navigation and account
	Demo      bool
	Person    Person
	Nav       []NavItem
	Banners   []Note // bands over the full width: read-only, database cannot be written
	Fresh     Fresh
	Query     string // what stands in the search field of the header
	RequestID string
	Zone      string // time zone of the times shown: "Europe/Oslo"
	Elsewhere string // where a browser without script goes on at once; "" stays
	Theme     string // "" follows the system; else "portal-light" or "portal-dark"
	Assets    AssetURLs
	Links     PageLinks
}

// AssetURLs are the hashed addresses of the static files.
type AssetURLs struct{ CSS, JS, HTMX, Icon string }

// PageLinks are the addresses that the frame itself needs.
type PageLinks struct {
	Home    string // of the product name
	Search  string // where the header's search field leads (GET, parameter q)
	SignOut string // answers a POST

	Sessions string // the person's own
	People   string // who is signed in; "" for who may not see it
}

// Person is who is signed in.
type Person struct {
	Name, Email string
	RoleLine    string // "admin", "org-manager in Shipping"
}

// NavItem is one entry of the main navigation.
type NavItem struct {
	Key        string // "overview", "devices", "audit"
	Label, URL string
	Shortcut   string // the letter after g; "" for none
	Count      string // "" for none
	CountTitle string // what the count means: "1 to settle"
}

// Fresh tells how old the lists are.
type Fresh struct {
	State    string // "ok", "warn" or "" (hidden)
	Text     string // "2 min ago"
	Title    string // exact time
	DateTime string // RFC 3339
	NextText string // "Next sync in 13 min"
	Problem  string // why the last sync failed; "" when it did not
	CanSync  bool
	SyncURL  string // answers a POST
}

// Link is a label with an address; without an address it is drawn as text, without a label not at all.
type Link struct{ Label, URL string }

// Button is a step a note or an empty list offers: a link, or with Post a form of one button.
type Button struct {
	Label, URL    string
	Post, Primary bool
}

// Time is a moment, ready to show. Without DateTime the text is drawn alone ("never").
type Time struct {
	Text     string // "9 d", "9 days ago"
	DateTime string // RFC 3339
	Title    string // exact time with its zone
}

// State is a shape and a word; the tone only repeats what they say.
type State struct {
	Shape string // ok off blocked deauth alert unknown running done fail wait hold info next
	Tone  string // ok warn bad info, or "" for none
	Word  string // "Active, blocked"
	Title string // more on hover; may be ""
}

// Note is a message above or between panels. The zero value draws nothing.
type Note struct {
	Kind    string // info, ok, warn, bad
	Shape   string // "" takes the usual shape of the kind
	Title   string // bold: what is the matter
	Text    string // what it means and what still works
	Detail  string // small: a request id, a cause
	Actions []Button
}

// Fact is a label with a value.
type Fact struct {
	Label string
	Value string
	URL   string // makes the value a link
	Title string // in full, when Value is cut or rounded
	Time  Time   // instead of Value
	State State  // instead of Value
	ID    bool   // monospace with a copy button
	Quote bool   // words a person wrote
}

// Step is one entry of a timeline: "Lead Text Link After", details below.
type Step struct {
	State  State // its Word is read out before the step
	Lead   string
	Text   string
	Link   Link
	After  string
	Detail string
	Quote  string // words a person wrote, drawn in quotation marks
	Links  []Link // below, beside Detail
	At     Time
	Coming bool // not reached yet
}

// Chip is one filter in use.
type Chip struct{ Key, Value, RemoveURL string }

// Hidden is a field a form carries without showing it.
type Hidden struct{ Name, Value string }

// Option is one choice of a select. Level indents it, 0 is the top.
type Option struct {
	Value, Label string
	Selected     bool
	Level        int
}

// Facet is one group of filters with counts.
type Facet struct {
	Title string
	Items []FacetItem
}

// FacetItem is one filter of a facet; its address adds the filter, or removes it when it is current.
type FacetItem struct {
	ID                 string // finds the focus again after a swap
	Label, Figure, URL string
	Current            bool
}

// Pager says which part of a list is shown and leads to the others. A link without an address is drawn as unavailable.
type Pager struct {
	Text  string // "1 to 50 of 1,914"
	Links []Link // First, Previous, Next
	Sizes []Link // how many rows a page may have; the present number leads nowhere
}

// leadsOn tells whether there is another page at all.
func (p Pager) leadsOn() bool {
	return slices.ContainsFunc(p.Links, func(l Link) bool { return l.URL != "" })
}

// Empty is drawn instead of rows. The zero value means there are rows.
type Empty struct {
	Title, Text string
	Actions     []Button
}

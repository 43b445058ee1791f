package templates

// RequestsView is one list of requests.
type RequestsView struct {
	Tabs     []Tab
	Announce string       // how many there are, also beside the heading
	Notices  []NoticeItem // what the person was told and has not looked at
	Caption  string
	EndLabel string // of the last column: "Expires", "Expires or ended"
	Rows     []RequestRow
	Pager    Pager
	Empty    Empty
}

// RequestRow is one request of a list.
type RequestRow struct {
	What, URL  string // "Deactivate 12 devices"
	Where, Who string
	Reason     string
	State      State
	Votes      string // "1 of 2"; "" when nobody has to agree
	End        Time
}

// NoticeItem is one thing that the person was told.
type NoticeItem struct {
	State State
	Link  Link
	Text  string // after the link: "waits for your decision"
	At    Time
}

// RequestView is the page of one request.
type RequestView struct {
	ID, Heading string // "Deactivate 12 devices in Container Fleet"
	State       State
	By, ByRole  string // who asked, and by which role
	Asked       Time
	EndLabel    string // "expires", "ended"; "" for none
	End         Time
	Running     bool
	URL         string // of the page; a running one is asked for again
	WatchURL    string // answers when the page has to be drawn anew; "" when nothing is watched
	Announce    string
	Notes       []Note // a refused post, the outcome, what is to do about it
	Progress    ProgressView
	Impact      ImpactView
	Decide      DecideView
	Acts        []ActForm // withdraw, stop, go on, leave out the rest
	Votes       []Step
	VotesText   string // "1 of 2"
	Also        []string
	History     []Step
	Undo        ActionItem // drawn when it has a Button
}

// askedAs goes between who asked and when.
func (v RequestView) askedAs() string {
	if v.ByRole == "" {
		return ", "
	}
	return ", " + v.ByRole + ", "
}

// ProgressView is how far a running request has come. Without a Total nothing is drawn.
type ProgressView struct {
	Done, Total string // "7", "12": plain numbers
	Text        string // "7 of 12 devices"
	Rate        string // "12 a minute, about 2 min left"
	Current     Link   // the one under way
	Stop        ActForm
}

// ImpactView is what a request does and to what: as it is kept, or as it was read just now.
type ImpactView struct {
	LiveURL string // what was read just now is fetched from here; "" when this is it
	Changed Note   // what is different since it was asked for
	Quote   string // the reason
	Facts   []Fact
	Changes []ChangesPart
	Noun    string // "Device"
	Source  string // "12 devices, read from the backup service just now"
	Caption string
	Columns []Column // after the name and before the note
	Rows    []TargetRow
	CSV     Link
	Approve ApproveButton // of the vote beside it, whose words depend on what was read; the zero value: there is none
}

// ApproveButton is what says yes.
type ApproveButton struct {
	Label       string // "Approve and deactivate 12 devices"
	Destructive bool
}

// TargetRow is one target of a request.
type TargetRow struct {
	Name, URL string
	Cells     []Cell
	State     State   // how its own operation stands; the zero value draws none
	Notes     []State // last device of the user, on hold, changed
	Detail    string
	Operation Link
}

// parts are the elements that are drawn anew with what was read just now, beside the note of what has changed.
func (v ImpactView) parts() string {
	if v.Approve.Label != "" {
		return "#impact,#targets,#approve"
	}
	return "#impact,#targets"
}

// outcomes tells whether the targets have states of their own already.
func (v ImpactView) outcomes() bool {
	for _, r := range v.Rows {
		if r.State.Word != "" {
			return true
		}
	}
	return false
}

// DecideView is the vote of the person who looks. The zero value draws nothing.
type DecideView struct {
	Shown       bool
	Text        string // "You vote as admin at Halden Maritime. This is the last vote that is needed."
	Why         string // why they may not vote; then there is no form
	SignIn      string // with it they have to sign in again before they may vote
	SignInText  string
	Problem     Note // why the last try was turned down
	NewTab      bool // what was typed stays here: the sign-in opens beside it, and the form stays
	PostURL     string
	Digest      string
	Reason      string // as typed
	ReasonError string
	ReasonHelp  string
	Approve     ApproveButton
	Foot        string // "Runs 15 minutes after approval; anyone here can stop it until then."
}

// Votable tells whether there is a form to fill in.
func (v DecideView) Votable() bool { return v.Shown && v.Why == "" && (v.SignIn == "" || v.NewTab) }

// ActForm is one step that the person may take about a request beside voting.
type ActForm struct {
	Key         string // "withdraw": unique on the page
	Title, Text string
	PostURL     string
	Asks        bool // it takes a reason
	Reason      string
	ReasonError string
	Button      string
	Primary     bool
	StillURL    string // the same page, standing still; "" when it does
}

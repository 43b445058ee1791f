package templates

// ConfirmView asks before a change; the same form stands on a page and in the dialog.
type ConfirmView struct {
	Ask         string // "Block OSL-SHP-0412?"
	PostURL     string
	BackURL     string // where "Keep" leads
	OperationID string // carried in the field operation
	Hidden      []Hidden
	Problem     Note   // why the last try was turned down
	Warning     Note   // what can be lost; only for destructive actions
	Notes       []Note // on legal hold, somebody's last device, more than a budget allows
	Effect      string
	Facts       []Fact
	Changes     []ReviewRow // of what the action itself finds out to change
	Undo        string      // what takes it back, and what that leaves
	Fields      []ConfirmField
	Required    bool   // the reason is required
	Reason      string // as typed
	ReasonError string
	ReasonHelp  string
	CountLabel  string // "Type 11 to confirm the number of devices"; "" asks for no number
	Count       string // as typed
	CountError  string
	SignIn      string // where to sign in again before it can be sent; what was typed stays here
	SignInText  string
	Swap        string // what of the page a refused post draws anew; "" is the form
	Keep        string // "Keep as it is"
	Button      string // "Block device"
	Destructive bool
	Disabled    string // why it cannot be done now; then there is no button to do it
}

// ConfirmField is one value that a person gives to a change.
type ConfirmField struct {
	ID          string // unique on the page
	Name, Label string
	Help        string
	Value       string // as typed, or as it is today
	Error       string
	Required    bool
	Multiline   bool
	MaxLength   string // "250"; "" tells no limit
	Was         Hidden // carries what stood there when the form was drawn; the zero value: nothing did
}

// OperationView is the permalink of one change.
type OperationView struct {
	ID      string
	Heading string // "Block TOS-LT-0442"
	State   State
	Note    Note
	Running bool
	PollURL string // answers OperationBody; used while running
	Day     string // "Sunday 22 November 2026, Europe/Oslo"
	Changes []ChangesPart
	Steps   []Step
	Settle  SettleView
	Repairs []RepairForm
	Undo    ActionItem // drawn when it has a Button
	About   []Fact
	Lines   []Link // audit lines
}

// ChangesPart is some of the values that an operation is about.
type ChangesPart struct {
	Title string // "Written"; "" where all values are told together
	State State  // the zero value draws none
	Rows  []ReviewRow
}

// RepairForm sends what an operation did not write, or puts back what it wrote: each is an operation of its own.
type RepairForm struct {
	Key, Title, Text string
	PostURL          string
	Hidden           []Hidden
	Button           string
	Primary          bool
	Why              string // why it cannot be done; then there is no form
}

// SettleView is how an unknown outcome is settled. Shown is false for every other state.
type SettleView struct {
	Shown         bool
	CheckURL      string // POST
	CheckWhy      string // "Reads the device. Changes nothing.", or why not
	CheckDisabled bool
	Checked       string // "Checked 4 min ago: still no answer."
	HandURL       string // POST, fields outcome (succeeded, failed) and reason
	HandWhy       string
	HandDisabled  bool
	Succeeded     string // what choosing succeeded claims: "The device is blocked"
	Failed        string // "The device is not blocked"
	Outcome       string // as chosen
	OutcomeError  string
	Reason        string // as typed
	ReasonError   string
}

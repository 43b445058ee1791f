package settings

// Key names one value of a document: "quota.maxSeats", "defaults.warningEmailEnabled", "set.510001.includes". Keys stand in
// forms, requests and audit lines and are never renamed.
type Key string

// Group is a part of the settings that has a form of its own.
type Group string

// The groups in display order. A backup set has a form of its own too: SetGroup.
const (
	General      Group = "general"      // name, external reference, notes
	Quota        Group = "quota"        // seats, bytes, days in cold storage
	Reporting    Group = "reporting"    // who is told after how many days
	Restore      Group = "restore"      // restoring in the browser
	Destinations Group = "destinations" // which are offered; read only (no vendor call of the SDKs writes it)
	SignIn       Group = "sign-in"      // how people sign in, and with what archives are encrypted; read only
	Endpoint     Group = "endpoint"     // endpoint monitoring, as packets
	Other        Group = "other"        // packets that the portal has no name for; read only
	Defaults     Group = "defaults"     // of devices: alerts by mail; on a device the same values of its own
)

// Kind is what a value is and how it is written.
type Kind string

// The kinds. A canonical value is a string in any case: what stands in Change, in audit lines and in comparisons.
const (
	Text      Kind = "text"      // one line
	LongText  Kind = "long-text" // several lines
	Bool      Kind = "bool"      // "true", "false"
	Number    Kind = "number"    // an integer; -1 reads "unlimited" where Unlimited is set
	Gigabytes Kind = "gigabytes" // canonical: bytes, or -1; typed and shown in GB of 1000³ bytes
	Days      Kind = "days"      // canonical: minutes; typed and shown in days, fractions allowed
	Minutes   Kind = "minutes"   // canonical: minutes; shown in minutes, hours or days
	Millis    Kind = "millis"    // canonical: milliseconds; shown in minutes, hours or days
	TimeOfDay Kind = "time"      // "03:00"
	Weekdays  Kind = "weekdays"  // "SMTWHFS"; "_" or a missing letter is off
	Choice    Kind = "choice"    // one of Options
	List      Kind = "list"      // canonical: a JSON array of strings
	Emails    Kind = "emails"    // as List, each an e-mail address
	Used      Kind = "used"      // canonical: a JSON array of destination ids, sorted, a locked one with "!" after it
)

// Inheritance names what is inherited together: one flag of the vendor governs several values.
type Inheritance string

// The inheritances. Packets are inherited one by one.
const (
	Own              Inheritance = ""             // never inherited
	ByQuota          Inheritance = "quota"        // settings.isUsingQuotaDefaults
	ByReporting      Inheritance = "reporting"    // settings.isUsingReportingDefaults
	ByDestinations   Inheritance = "destinations" // settings.isUsingDestinationDefaults; no property writes it
	ByDeviceDefaults Inheritance = "defaults"     // orgInheritDto.…ProvidingDeviceDefaults
	ByPacket         Inheritance = "packet"       // the id in the packet
	FromOrganization Inheritance = "organization" // a device's value: its organization's default
)

// Part is which of an organization's two documents holds a value: they are written by two calls, packets first.
type Part string

// The parts.
const (
	Packets  Part = "packets"
	Document Part = "document"
)

// Property is one thing that can be set.
type Property struct {
	Key       Key
	Group     Group
	Kind      Kind
	Label     string // "Days in cold storage"
	Help      string // one sentence, with the unit
	Unit      string // beside the field: "GB", "days"; ""
	Options   []Option
	Unlimited bool // -1 is allowed and reads "unlimited"
	Min, Max  int64
	Inherits  Inheritance
	Part      Part
	ReadOnly  bool // shown, never written: no call of the vendor's own SDKs does
	Secret    bool // masked; reading it is audited
}

// Option is one choice.
type Option struct{ Value, Label string }

package templates

// RegistrationKeyView is where the secret of an organization stands, hidden until somebody asks for it.
type RegistrationKeyView struct {
	PostURL string
	BackURL string // the settings that it belongs to
	Why     string // why it is not for this reader
	Read    bool   // it was read just now, and is shown this once
	Key     string // "" when there is none
}

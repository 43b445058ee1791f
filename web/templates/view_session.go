package templates

// SignInView is the page for a visitor who is not signed in.
type SignInView struct {
	URL  string // starts the sign-in (GET)
	Note Note   // "Your session has ended."
	Help string // one sentence below the button; may be ""
}

// NoRoleView is for a person who signed in and may see nothing, or whose groups could not be read.
type NoRoleView struct {
	Name, Email string
	Groups      []string // as the provider sent them
	Ask         string   // whom to ask
}

// ErrorView is a page that could not be drawn.
type ErrorView struct {
	Status    int
	Heading   string // "There is no such page for you"
	Sentence  string
	Next      string // what to do now
	RequestID string // shown when the person should pass it on
	Back      Link
	Retry     Link
}

// SignOutView sends the person on to the provider's sign-out.
type SignOutView struct{ URL string }

// SessionExpiredView answers a POST whose session has ended; what was typed stays on the page.
type SessionExpiredView struct{ SignInURL string }

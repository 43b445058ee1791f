// Package mail is a mail server for the demo and for tests that delivers nothing: it keeps what it is handed and shows it
// on a plain page. Tests order it to refuse, to hang up and to hold a mail.
//
// It owns the mail server's side only and must not know the portal. Whoever reaches it reads every mail, so it takes mail
// and answers browsers on loopback only.
package mail

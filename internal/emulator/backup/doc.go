// Package backup is a stateful stand-in for the vendor's backup API: orgs, users and devices invented from a seed, the calls
// that read and change them, and controls that make them fail. It speaks the vendor's wire format with types of its own,
// well enough for the vendor's unmodified SDKs.
//
// It must not know the client it is there to test, nor any other package of this program, and it uses no test library.
package backup

// Package settings knows what can be set at the backup vendor: the documents of an organization and of a device, the
// properties that they hold with units and words, who sets a value and whether it is locked, what changes when somebody
// edits it, and where two documents differ.
//
// It is pure: documents come in as bytes and go out as bytes, and whatever no change is about stays as it was, byte for
// byte. It knows neither who asks nor how documents travel.
package settings

// Package settings knows what can be set at the backup vendor: the documents of an organization and of a device, the
// properties that they hold with units and words, who sets a value and whether it is locked, what changes when somebody
// edits it, and where two documents differ.
//
// A Sheet is one document, read. Its values have canonical texts, which stand in changes, requests and audit lines; Words
// writes them for people, Typed and Parse for forms. A change goes from Changes.Completed (what it brings with it, so that
// a review says it and an undo takes it back) to Changes.Against (what is left to do, held against what is there now) to
// Sheet.Apply (the documents to send). Sheet.After is what will be read back, and Compare finds what was not.
//
// It is pure: documents come in as bytes and go out as bytes, and whatever no change is about stays as it was, byte for
// byte. It knows neither who asks nor how documents travel.
package settings

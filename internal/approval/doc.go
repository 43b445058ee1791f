// Package approval answers one question: do these votes suffice for this request, and what is missing if not?
// It is pure: no input or output, no clock, and it knows roles only by their names.
package approval

// Package policy answers one question: may this actor do this to that, and why (not)?
// It is pure: no input or output, no clock; a value in, a decision with its reason out.
package policy

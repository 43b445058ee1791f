// Package operation owns the road of a change: policy → approval → audit intent → vendor call → audit outcome.
// Everything that changes something at the vendor takes it; nothing else can reach a changing client method.
// It knows no SQL and makes no HTTP request of its own.
package operation

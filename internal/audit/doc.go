// Package audit owns the tamper-evident record: what a line is, its canonical bytes, the Merkle tree over them, signed
// checkpoints, verification and the export bundle. It knows no database, no HTTP and nothing else of the portal.
//
// A line's canonical bytes are hashed to a leaf, SHA-256(0x00 ‖ bytes); the leaves form the tree of RFC 6962; a
// checkpoint signs the number of leaves and the tree's root. Whoever changes, adds, drops or moves a line that a
// checkpoint covers has to forge a signature; whoever cuts the end of the log is found by a checkpoint kept elsewhere.
package audit

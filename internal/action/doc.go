// Package action owns the catalogue: every change that the portal can make, each defined once.
// Routes, buttons, confirmations, permissions, audit lines and the reference are read from these values.
// It knows no HTTP, no HTML and no database.
package action

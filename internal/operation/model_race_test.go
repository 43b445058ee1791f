//go:build race

package operation_test

// shorter is by how much the models' walks are cut: under the race detector a step takes twenty times as long.
const shorter = 20

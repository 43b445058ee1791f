//go:build !race

package operation_test

// shorter cuts the models' walks under the race detector only.
const shorter = 1

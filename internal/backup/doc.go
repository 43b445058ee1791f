// Package backup is the typed client of the Code42 / CrashPlan administration API.
//
// It owns requests, sign-in, retries, limits, the tolerant reading of answers and the meaning of what went wrong.
// It must not know the portal: no policy, no audit, no pages. Reader and Writer are two types on two transports:
// reads retry, writes are sent once (wire: sections 0-4 and 7).
package backup

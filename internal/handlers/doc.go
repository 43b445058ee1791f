// Package handlers owns the routes: each handler reads the request, asks one service and draws one answer.
// It knows no SQL, no vendor client and decides no permission of its own: policy does.
package handlers

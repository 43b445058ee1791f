package backup

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

// TestNoChangeGoesToNumberNothing: an answer without a row number leaves 0, and 0 names no device.
func TestNoChangeGoesToNumberNothing(t *testing.T) {
	t.Parallel()
	var arrived atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		arrived.Add(1)
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(server.Close)
	client := identityClient(t, server.URL)
	for _, id := range []DeviceID{0, -1} {
		if err := client.Writer().BlockDevice(t.Context(), id); OutcomeOf(err) != FailedNotSent {
			t.Errorf("block %d: %v, %v", id, OutcomeOf(err), err)
		}
		if err := client.Writer().UnblockDevice(t.Context(), id); OutcomeOf(err) != FailedNotSent {
			t.Errorf("unblock %d: %v, %v", id, OutcomeOf(err), err)
		}
	}
	if n := arrived.Load(); n != 0 {
		t.Errorf("%d requests arrived", n)
	}
}

// TestAnotherDevicesAnswerIsNone: a server that reads the GUID as something else answers with a stranger.
func TestAnotherDevicesAnswerIsNone(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"data":{"computerId":7,"guid":"4711","name":"stranger","blocked":true}}`)
	}))
	t.Cleanup(server.Close)
	client := identityClient(t, server.URL)
	if d, err := client.Reader().DeviceByGUID(t.Context(), "7", true); MeaningOf(err) != Unparseable {
		t.Errorf("asked for 7, got %q, %v", d.GUID, err)
	}
	if d, err := client.Reader().DeviceByGUID(t.Context(), "4711", true); err != nil || d.GUID != "4711" {
		t.Errorf("asked for 4711, got %q, %v", d.GUID, err)
	}
}

func identityClient(t *testing.T, address string) *Client {
	t.Helper()
	return newTestClient(t, address, func(o *Options, _ *tuning) {
		o.SignIn = TokenProvider(func(context.Context) (string, error) { return "t", nil })
	})
}

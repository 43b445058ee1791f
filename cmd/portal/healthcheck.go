package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

type healthcheckCommand struct {
	URL string `help:"Address to ask; the default is /healthz at PORTAL_ADDR on this machine."`
}

// Run asks once and fails unless the answer is 200.
func (h healthcheckCommand) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	url := h.URL
	if url == "" {
		host, port, err := net.SplitHostPort(cmp.Or(os.Getenv("PORTAL_ADDR"), "127.0.0.1:8080"))
		if err != nil {
			return fmt.Errorf("PORTAL_ADDR: %w", err)
		}
		if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
			host = "127.0.0.1"
		}
		url = "http://" + net.JoinHostPort(host, port) + "/healthz"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("not healthy: %w", err)
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("not healthy: %s", response.Status)
	}
	return nil
}

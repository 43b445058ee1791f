package backup

import (
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

// transports gives the two transports. Reads re-use connections. Writes never do: net/http re-sends a PUT or DELETE
// without a body when a re-used connection turns out to be dead, and the vendor may have acted on the first.
func transports(given http.RoundTripper) (read, write http.RoundTripper) {
	if given == nil {
		given = newTransport()
	}
	shared, ok := given.(*http.Transport)
	if !ok {
		return given, given
	}
	once := shared.Clone()
	once.DisableKeepAlives = true
	once.ForceAttemptHTTP2 = false
	once.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{} // HTTP/2 has re-sends of its own
	once.Protocols = new(http.Protocols)
	once.Protocols.SetHTTP1(true)
	return shared, once
}

func newTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    5 * time.Second,
		MaxIdleConnsPerHost:    16,
		IdleConnTimeout:        60 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

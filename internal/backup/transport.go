package backup

import (
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

// transports gives the two transports. Reads re-use connections, and net/http itself sends them again when a re-used one
// turns out to be dead. Writes get a fresh connection each: nothing below us may send one again, and a connection that
// died while idle must not make an outcome unknown.
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
	if once.TLSClientConfig == nil {
		once.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	once.TLSClientConfig.NextProtos = []string{"http/1.1"}                     // a clone has offered HTTP/2 since
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

package backup

import (
	"errors"
	"net/url"
	"strings"
)

// TrustedURL checks an address that the vendor named (wire: section 1.5). It must be the configured origin itself, or
// https on the standard port of a host in one of the trusted domains.
func (c *Client) TrustedURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil {
		return nil, errors.New("backup: the vendor named an address that is none")
	}
	if u.Scheme == c.origin.Scheme && strings.EqualFold(u.Host, c.origin.Host) {
		return u, nil
	}
	if u.Scheme != "https" || u.Port() != "" && u.Port() != "443" {
		return nil, errors.New("backup: the vendor named an address that is not plain https")
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	for _, domain := range c.trust {
		domain = strings.ToLower(strings.Trim(domain, "."))
		if domain != "" && (host == domain || strings.HasSuffix(host, "."+domain)) {
			return u, nil
		}
	}
	return nil, errors.New("backup: the vendor named a host outside the trusted domains")
}

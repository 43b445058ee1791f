package backup

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
)

const orgDocument = "?incSettings=True&incDeviceDefaults=True&incInheritedOrgInfo=True"

// orgDoc reads an organization's whole document.
func (c *client) orgDoc(o Org) map[string]any {
	c.t.Helper()
	return c.get("/api/v3/orgs/" + o.GUID + orgDocument).want(http.StatusOK).object()
}

func (c *client) deviceDoc(guid string) map[string]any {
	c.t.Helper()
	return c.get("/api/v1/Computer/" + guid + "?idType=guid&incSettings=True").want(http.StatusOK).object()
}

// put sends a document back as a client that read and edited it.
func (c *client) put(path string, doc any) reply {
	c.t.Helper()
	body, err := json.Marshal(doc)
	if err != nil {
		c.t.Fatal(err)
	}
	return c.do(http.MethodPut, path, string(body))
}

func (c *client) putOrg(o Org, doc any) reply { return c.put(fmt.Sprintf("/api/v1/Org/%d", o.ID), doc) }

func (c *client) putDevice(d Device, doc any) reply {
	return c.put(fmt.Sprintf("/api/v1/Computer/%d", d.ID), doc)
}

// at walks down a document; a backup set is named by its id.
func at(doc any, path ...string) any {
	for _, key := range path {
		switch v := doc.(type) {
		case map[string]any:
			doc = v[key]
			if inner, ok := doc.(map[string]any); ok && key == "backupSets" {
				doc = inner["backupSet"]
			}
			if only, ok := doc.(map[string]any); ok && key == "backupSets" {
				doc = []any{only}
			}
		case []any:
			i := slices.IndexFunc(v, func(e any) bool { m, _ := e.(map[string]any); return m["@id"] == key })
			if i < 0 {
				return nil
			}
			doc = v[i]
		default:
			return nil
		}
	}
	return doc
}

// setAt sets a value in a document.
func setAt(doc, value any, path ...string) {
	at(doc, path[:len(path)-1]...).(map[string]any)[path[len(path)-1]] = value
}

func orgBackupPath(path ...string) []string {
	return append([]string{"deviceDefaults", "serviceBackupConfig"}, path...)
}

func deviceBackupPath(path ...string) []string {
	return append([]string{"settings", "serviceBackupConfig"}, path...)
}

// undated takes out what the server renews with every write.
func undated(doc map[string]any) map[string]any {
	delete(doc, "modificationDate")
	for _, tree := range []string{"settings", "deviceDefaults"} {
		if m, ok := doc[tree].(map[string]any); ok {
			delete(m, "@modified")
			delete(m, "configDateMs")
		}
	}
	return doc
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// keysOf lists every path of a document; lists are looked into as if they were their elements.
func keysOf(n any, at string, into map[string]bool) map[string]bool {
	switch v := n.(type) {
	case map[string]any:
		for key, value := range v {
			into[at+"/"+key] = true
			keysOf(value, at+"/"+key, into)
		}
	case []any:
		for _, value := range v {
			keysOf(value, at, into)
		}
	}
	return into
}

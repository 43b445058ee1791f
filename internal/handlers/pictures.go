package handlers

import (
	"context"
	"net/url"
	"time"

	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/web/templates"
)

const (
	// picturePatience is how long a page waits for the figures of its pictures; a fleet that takes longer to count is
	// drawn after the page.
	picturePatience = 200 * time.Millisecond
	waitForPictures = "wait"
	// pictureRows is how many values a picture tells one by one; storedRows is the same for organizations.
	pictureRows = 5
	storedRows  = 8
	// freshCount is how old figures may be without saying so.
	freshCount = time.Minute
)

// pictures counts the devices of a scope and answers how many there are. Without wait it gives up after a moment: then the
// pictures have their words and no figures, the address of the finished ones, and -1 devices.
func (h *Handlers) pictures(ctx context.Context, scope inventory.Scope, wait bool) (templates.PicturesView, int, error) {
	counting := ctx
	if !wait {
		var cancel context.CancelFunc
		counting, cancel = context.WithTimeout(ctx, picturePatience)
		defer cancel()
	}
	s, err := h.Inventory.Summary(counting, scope)
	switch {
	case err == nil:
		if s.Orgs, err = h.stillSeen(ctx, scope, s.Orgs); err != nil {
			return templates.PicturesView{}, 0, err
		}
		return drawPictures(s, h.clock()), s.Total, nil
	case counting.Err() != nil && ctx.Err() == nil:
		return comingPictures(), -1, nil
	}
	return templates.PicturesView{}, 0, err
}

// stillSeen leaves out, of the organizations that a picture would name, those that lie in the scope no more: figures may be
// a few minutes old, names may not.
func (h *Handlers) stillSeen(ctx context.Context, scope inventory.Scope, uses []inventory.OrgUse) ([]inventory.OrgUse, error) {
	var seen []inventory.OrgUse
	for i, use := range uses {
		if len(seen) == storedRows {
			return append(seen, uses[i:]...), nil // told together
		}
		org, err := h.Inventory.Org(ctx, scope, use.UID)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		use.Name = org.Name
		seen = append(seen, use)
	}
	return seen, nil
}

func drawPictures(s inventory.DeviceSummary, k clock) templates.PicturesView {
	active := s.Active + s.ActiveBlocked + s.Deauthorized
	view := templates.PicturesView{
		Ages:       agesChart(s),
		AgesText:   counted(active, "active device"),
		OS:         tallyChart("os", "Operating system", "os", s.OS, active),
		Clients:    tallyChart("client", "Client version", "client", s.Clients, active),
		Stored:     storedChart(s),
		StoredText: size(s.StoredBytes) + " in all",
		States:     statesChart(s),
		StatesText: number(s.Total),
		Facts: []templates.Fact{
			{Label: "With an alert", Value: number(s.Alert), URL: devicesURL("alert", "true")},
			{Label: "Not connected for 30 days", Value: number(s.Stale30Days), URL: devicesURL("active", "true", "connected-before", "30d")},
			{Label: "Never connected", Value: number(s.NeverConnected), URL: devicesURL("active", "true", "connected", never)},
			{Label: "Never backed up", Value: number(s.Never), URL: devicesURL("active", "true", "backup", never)},
		},
	}
	if k.now.Sub(s.CountedAt) > freshCount {
		view.AgesText += ", counted " + k.ago(s.CountedAt)
		view.StatesText += ", counted " + k.ago(s.CountedAt)
	}
	return view
}

// comingPictures are as large as the finished ones, so that nothing moves when those come.
func comingPictures() templates.PicturesView {
	view := drawPictures(inventory.DeviceSummary{Orgs: make([]inventory.OrgUse, storedRows)}, clock{})
	view.OS.Bars, view.Clients.Bars = make([]templates.Bar, 3), make([]templates.Bar, pictureRows)
	view.Later = "/?" + url.Values{"pictures": {waitForPictures}}.Encode()
	view.AgesText, view.StoredText, view.StatesText = "", "", ""
	for _, c := range []*templates.Chart{&view.Ages, &view.OS, &view.Clients, &view.Stored, &view.States} {
		c.Coming = true
		for i := range c.Bars {
			c.Bars[i].URL, c.Bars[i].Figure = "", ""
		}
	}
	for i := range view.Facts {
		view.Facts[i].URL, view.Facts[i].Value = "", "…"
	}
	return view
}

func agesChart(s inventory.DeviceSummary) templates.Chart {
	active := s.Active + s.ActiveBlocked + s.Deauthorized
	bar := func(label string, count int, class string, filters ...string) templates.Bar {
		filters = append([]string{"active", "true"}, filters...)
		return templates.Bar{Label: label, URL: devicesURL(filters...), Count: count, Figure: number(count), Share: share(count, active), Class: class}
	}
	return templates.Chart{
		Key: "ages", Label: "Last completed backup of " + counted(active, "active device"), Heading: "Last completed backup", Unit: "Devices",
		Whole: true, Bars: []templates.Bar{
			bar("Less than 1 day", s.Under1Day, "v1", "backup-after", "1d"),
			bar("1 to 7 days", s.Under7Days, "v2", "backup-before", "1d", "backup-after", "7d"),
			bar("7 to 30 days", s.Under30Days, "v3", "backup-before", "7d", "backup-after", "30d"),
			bar("More than 30 days", s.Over30Days, "v4", "backup-before", "30d"),
			bar("Never", s.Never, "v5", "backup", never),
		},
	}
}

func statesChart(s inventory.DeviceSummary) templates.Chart {
	bar := func(label string, count int, filters ...string) templates.Bar {
		return templates.Bar{Label: label, URL: devicesURL(filters...), Count: count, Figure: number(count), Share: share(count, s.Total), Class: "v0"}
	}
	return templates.Chart{
		Key: "states", Label: counted(s.Total, "device") + " by state", Heading: "State", Unit: "Devices", Bars: []templates.Bar{
			bar("Active", s.Active, "active", "true", "blocked", "false", "deauthorized", "false"),
			bar("Active, blocked", s.ActiveBlocked, "active", "true", "blocked", "true"),
			bar("Active, deauthorized", s.Deauthorized, "active", "true", "blocked", "false", "deauthorized", "true"),
			bar("Deactivated", s.Deactivated, "active", "false"),
		},
	}
}

// tallyChart tells the most frequent values of active devices one by one, and the rest together.
func tallyChart(key, heading, filter string, tallies []inventory.Tally, active int) templates.Chart {
	c := templates.Chart{Key: key, Label: heading + " of " + counted(active, "active device"), Heading: heading, Unit: "Devices"}
	rest := active
	for i, t := range tallies {
		if i == pictureRows {
			break
		}
		label := t.Value
		if filter == "os" {
			label = osName(t.Value)
		}
		c.Bars = append(c.Bars, templates.Bar{
			Label: label, URL: devicesURL("active", "true", filter, t.Value), Count: t.Count,
			Figure: number(t.Count), Share: share(t.Count, active), Class: "v0",
		})
		rest -= t.Count
	}
	if rest > 0 {
		c.Bars = append(c.Bars, templates.Bar{Label: "Others, or not told", Count: rest, Figure: number(rest), Share: share(rest, active), Class: "v0"})
	}
	return c
}

func storedChart(s inventory.DeviceSummary) templates.Chart {
	c := templates.Chart{
		Key: "stored", Label: "Stored bytes by organization, " + size(s.StoredBytes) + " in all", Heading: "Organization", Unit: "Stored", Devices: true,
	}
	if len(s.Orgs) == 0 {
		return c // one organization with nothing below it: the whole is told elsewhere
	}
	restBytes, restDevices := s.StoredBytes, s.Total
	bar := func(label, address string, bytes int64, devices int) templates.Bar {
		return templates.Bar{
			Label: label, URL: address, Count: int(bytes), Figure: size(bytes), Share: share(int(bytes), int(s.StoredBytes)),
			Devices: number(devices), Class: "v0",
		}
	}
	for _, o := range s.Orgs[:min(len(s.Orgs), storedRows)] {
		c.Bars = append(c.Bars, bar(o.Name, devicesURL("org", o.UID), o.StoredBytes, o.Devices))
		restBytes -= o.StoredBytes
		restDevices -= o.Devices
	}
	rest := "All others"
	if len(s.Orgs) <= storedRows {
		rest = "In none of these"
	}
	if restDevices > 0 {
		c.Bars = append(c.Bars, bar(rest, "", restBytes, restDevices))
	}
	return c
}

// devicesURL is the list of devices under filters, each a name and a value.
func devicesURL(filters ...string) string {
	values := url.Values{}
	for i := 0; i+1 < len(filters); i += 2 {
		values.Set(filters[i], filters[i+1])
	}
	return devicesPath + "?" + values.Encode()
}

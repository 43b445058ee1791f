package handlers

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"backup-portal/internal/action"
	"backup-portal/internal/audit"
	"backup-portal/internal/auth"
	"backup-portal/internal/fault"
	"backup-portal/internal/inventory"
	"backup-portal/internal/operation"
	"backup-portal/internal/policy"
	"backup-portal/web/templates"
)

func notFound() error {
	return fault.New(fault.NotFound, inventory.NotFoundMessage, inventory.NotFoundNext)
}

// device is the page of one device, read live.
func (h *Handlers) device(c echo.Context) error {
	ctx := c.Request().Context()
	actor := auth.VisitorOf(c).Actor
	guid, err := idOf(c, action.Device)
	if err != nil {
		return err
	}
	access := h.deviceDiskAccess(ctx, actor, guid)
	live, reading, err := h.liveDevice(ctx, actor, guid)
	if err != nil {
		return err
	}
	open, busy, err := h.Operations.OpenOn(ctx, action.Device.ID, guid)
	if err != nil {
		return err
	}
	view := h.deviceView(live)
	if live.Failure == nil && live.Row.IsMac() {
		view.Facts = append(view.Facts, access())
	}
	view.Notes = append(view.Notes, h.openNote(c, actor, open, busy)...)
	if live.Row.OnHold || reading.State.Holds.Count > 0 {
		view.States = append(view.States, holdState(holdWords(reading.State.Holds)))
	}
	if busy {
		view.States = append(view.States, openState(open.State))
	}
	view.Actions = h.actionItems(actor, reading, busy)
	if view.History, err = h.recent(ctx, actor, audit.Query{TargetKind: action.Device.ID, TargetID: guid, Limit: 10}); err != nil {
		return err
	}
	for i := range view.History {
		view.History[i].Link = templates.Link{}
	}
	if len(view.History) == 0 {
		view.NoHistory = "No change by this portal that you may see."
	}
	view.AuditLink = templates.Link{Label: "All lines in the audit log", URL: "/audit?target=" + guid}
	return h.render(c, http.StatusOK, templates.Device(h.base(c, live.Device.Name, "devices"), view))
}

// liveDevice reads a device and, for those who may destroy it, what that would mean beyond it: side by side, as far as the
// mirror knows whose device it is.
func (h *Handlers) liveDevice(ctx context.Context, actor policy.Actor, guid string) (inventory.LiveDevice, operation.Reading, error) {
	scope := readScope(actor)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // whatever still reads when the device itself is not to be had
	var beyond chan inventory.Consequences
	expected, err := h.Inventory.Device(ctx, scope, guid)
	if err == nil && h.mayDestroy(actor) {
		beyond = make(chan inventory.Consequences, 1)
		go func() { beyond <- h.Inventory.Consequences(ctx, expected) }()
	}
	live, err := h.Inventory.Live(ctx, scope, guid)
	reading := operation.DeviceReading(live)
	if err == nil && live.Failure == nil && beyond != nil && live.Row.UserUID == expected.UserUID && live.Row.OrgUID == expected.OrgUID {
		reading.Mean(<-beyond)
	}
	return live, reading, err
}

// mayDestroy tells whether a destructive action on devices is open to the person anywhere.
func (h *Handlers) mayDestroy(actor policy.Actor) bool {
	return slices.ContainsFunc(h.Catalogue, func(a action.Action) bool {
		return a.Risk == action.Destructive && a.Kind.ID == action.Device.ID && slices.ContainsFunc(actor.Grants, func(g policy.Grant) bool { return h.opens(actor, a, g) })
	})
}

// holdWords counts the matters of a legal hold, where they were read.
func holdWords(holds action.Holds) string {
	if holds.Matters == 0 {
		return "On legal hold"
	}
	return "On legal hold, " + counted(holds.Matters, "matter")
}

func (h *Handlers) deviceView(live inventory.LiveDevice) templates.DeviceView {
	k, d := h.clock(), live.Device
	deauthorized := strings.Contains(d.Status, "Deauthorized")
	view := templates.DeviceView{
		Name:   d.Name,
		States: []templates.State{deviceState(d.Active, d.Blocked, deauthorized)},
		Source: "Live from the backup service",
		Facts: []templates.Fact{
			{Label: "GUID", Value: d.GUID, ID: true},
			{Label: "User", Value: live.Row.Username, URL: userURL(live.Row.UserUID), Title: live.User.Name},
			{Label: "Last connected", Time: k.long(d.LastConnected)},
			{Label: "Client", Value: clientWords(d.ClientVersion, d.ClientBuild)},
			{Label: "Host name", Value: d.HostName},
			{Label: "Organization", Value: live.Row.OrgName, URL: organizationURL(live.Row.OrgUID)},
			{Label: "Address", Value: d.Address},
			{Label: "System", Value: systemWords(d.OSName, d.OSVersion, d.OSArch)},
			{Label: "Created", Time: k.long(d.Created)},
			{Label: "External reference", Value: d.ExternalReference},
			{Label: "Seen from", Value: d.RemoteAddress},
			{Label: "Time zone", Value: d.TimeZone},
		},
	}
	view.Crumbs = orgCrumbs(live.Chain)
	if words := alertWords(strings.Join(d.Alerts, ",")); words != "" {
		view.States = append(view.States, templates.State{Shape: "alert", Tone: "bad", Word: words})
	}
	if live.Failure != nil {
		view.Source = "As the portal knew it " + k.ago(live.ReadAt)
		view.Notes = append(view.Notes, templates.Note{
			Kind: "bad", Title: fault.Of(live.Failure).Message,
			Text:    "Shown is what the portal knew " + k.ago(live.ReadAt) + ". Actions are off until it answers.",
			Actions: []templates.Button{{Label: "Try again", URL: deviceURL(d.GUID)}},
		})
	}
	h.backups(&view, live)
	return view
}

// backups draws the backups per destination; the mirror's row knows only their sum.
func (h *Handlers) backups(view *templates.DeviceView, live inventory.LiveDevice) {
	k := h.clock()
	var stored int64
	var newest time.Time
	for _, b := range live.Device.Backups {
		stored += b.ArchiveBytes
		if b.LastCompleted.After(newest) {
			newest = b.LastCompleted
		}
		percent := min(max(b.PercentComplete, 0), 100)
		view.Backups = append(view.Backups, templates.BackupRow{
			Destination: b.DestinationName,
			Percent:     strconv.FormatFloat(percent, 'f', 1, 64), PercentText: strconv.FormatFloat(percent, 'f', -1, 64) + " %",
			Selected: size(b.SelectedBytes), Left: size(b.TodoBytes), Stored: size(b.ArchiveBytes), Rate: size(b.SendRate) + "/s",
			Completed: k.short(b.LastCompleted), Now: backupNow(b.BackingUp, b.Restoring, b.Connected),
		})
	}
	switch {
	case live.Failure != nil:
		view.NoBackups = fmt.Sprintf("Not known while the backup service does not answer. At the last sync: %s stored.", size(live.Row.StoredBytes))
		return
	case len(view.Backups) == 0:
		view.NoBackups = "This device backs up to no destination."
	default:
		view.BackupsText = counted(len(view.Backups), "destination") + ", " + size(stored) + " stored"
	}
	if !live.Device.Active {
		return
	}
	switch days := int(k.now.Sub(newest) / (24 * time.Hour)); {
	case newest.IsZero():
		view.Notes = append(view.Notes, templates.Note{Kind: "warn", Title: "No backup was ever completed.", Text: "It connected " + k.ago(live.Device.LastConnected) + "."})
	case days >= 7:
		view.Notes = append(view.Notes, templates.Note{Kind: "warn", Title: fmt.Sprintf("No completed backup for %d days.", days), Text: "It connected " + k.ago(live.Device.LastConnected) + "."})
	}
}

func backupNow(backingUp, restoring, connected bool) templates.State {
	switch {
	case restoring:
		return templates.State{Shape: "running", Tone: "info", Word: "Restoring"}
	case backingUp:
		return templates.State{Shape: "running", Tone: "info", Word: "Backing up"}
	case connected:
		return templates.State{Shape: "ok", Tone: "ok", Word: "Connected"}
	}
	return templates.State{Shape: "off", Word: "Offline"}
}

func clientWords(version, build string) string {
	if build == "" || build == "0" {
		return version
	}
	return version + ", build " + build
}

func systemWords(name, version, arch string) string {
	names := map[string]string{"win": "Windows", "mac": "macOS", "linux": "Linux"}
	if full, ok := names[name]; ok {
		name = full
	}
	text := strings.TrimSpace(name + " " + version)
	if arch != "" {
		text += ", " + arch
	}
	return text
}

package preference

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"backup-portal/internal/fault"
)

// The limits of views.
const (
	MostViews    = 100  // of one person
	LongestName  = 80   // characters
	longestQuery = 4000 // bytes
)

// Options are the parts that the service is made of.
type Options struct {
	Store Store
	Now   func() time.Time // nil is time.Now
}

// Service keeps choices and views within their rules.
type Service struct{ Options }

// New builds the service.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Service{Options: o}
}

// Choice answers what a person chose under a name, "" when nothing.
func (s *Service) Choice(ctx context.Context, person, name string) (string, error) {
	return s.Store.Choice(ctx, person, name)
}

// Choose keeps a person's choice; "" forgets it.
func (s *Service) Choose(ctx context.Context, person, name, value string) error {
	return s.Store.Choose(ctx, person, name, value)
}

// Views lists the reader's own views and those shared with them.
func (s *Service) Views(ctx context.Context, r Reader) ([]View, error) { return s.Store.Views(ctx, r) }

// View answers one view that the reader owns or that is shared with them; any other is a fault.NotFound.
func (s *Service) View(ctx context.Context, r Reader, id string) (View, error) {
	return s.Store.View(ctx, r, id)
}

// Save keeps a list under a new name. The caller has made sure that the person may read the organization to share with.
func (s *Service) Save(ctx context.Context, r Reader, name, query, shareOrgUID string) (View, error) {
	name, err := CheckName(name)
	if err != nil {
		return View{}, err
	}
	if len(query) > longestQuery {
		return View{}, fault.New(fault.Invalid, "The filters of this list are too long to be kept.", "Take some away and save it again.")
	}
	v := View{
		ID: uuid.Must(uuid.NewV7()).String(), Owner: r.Key, OwnerName: r.Name, Name: name, Query: query,
		ShareOrgUID: shareOrgUID, Created: s.Now().UTC(),
	}
	return v, s.Store.AddView(ctx, v, MostViews)
}

// Change gives the reader's own view another name and another organization to be shared with, and answers it as it is now.
func (s *Service) Change(ctx context.Context, r Reader, id, name, shareOrgUID string) (View, error) {
	v, err := s.Store.View(ctx, r, id)
	if err != nil {
		return View{}, err
	}
	if v.Owner != r.Key {
		return View{}, fault.New(fault.Denied, "Only who saved a view may change it.", "Save one of your own from the list.")
	}
	if v.Name, err = CheckName(name); err != nil {
		return View{}, err
	}
	v.ShareOrgUID = shareOrgUID
	return v, s.Store.ChangeView(ctx, v)
}

// Remove forgets a view: the reader's own, or a shared one where they manage views (manages is asked with the path of the
// organization that it is shared with).
func (s *Service) Remove(ctx context.Context, r Reader, id string, manages func(path string) bool) (View, error) {
	v, err := s.Store.View(ctx, r, id)
	if err != nil {
		return View{}, err
	}
	if v.Owner != r.Key && !manages(v.ShareOrgPath) {
		return View{}, fault.New(fault.Denied, "Only who saved a view, or an admin of the organization it is shared with, may delete it.", "Ask one of them.")
	}
	return v, s.Store.RemoveView(ctx, id)
}

// CheckName trims a view's name and refuses one that nobody could read.
func CheckName(name string) (string, error) {
	name = strings.TrimSpace(name)
	switch {
	case !strings.ContainsFunc(name, visible):
		return "", fault.New(fault.Invalid, "A view needs a name.", "Name it after what it shows.")
	case utf8.RuneCountInString(name) > LongestName:
		return "", fault.New(fault.Invalid, fmt.Sprintf("The name is longer than %d characters.", LongestName), "Shorten it.")
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return "", fault.New(fault.Invalid, "The name holds characters that cannot be shown.", "Write letters, digits and signs.")
	}
	return name, nil
}

// visible tells whether a character leaves a mark of its own.
func visible(r rune) bool {
	return unicode.IsGraphic(r) && !unicode.IsSpace(r) && !unicode.Is(unicode.M, r)
}

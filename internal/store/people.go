package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"backup-portal/internal/auth"
)

// keepPerson writes what the provider says of somebody at this sign-in in place of what it said before. The sign-in that
// is written last wins, whatever the clocks say: one with fewer groups must not lose to one with more.
func keepPerson(ctx context.Context, tx bun.Tx, claims auth.Claims, at time.Time) error {
	groups, err := json.Marshal(append([]string{}, claims.Groups...)) // an array also when there are none
	if err != nil {
		return fmt.Errorf("write a person's groups: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO known_person (person_key, issuer, subject, name, email, member_of, too_many, seen_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (person_key) DO UPDATE SET name = excluded.name, email = excluded.email, member_of = excluded.member_of,
			too_many = excluded.too_many, seen_at = excluded.seen_at`,
		claims.Key(), claims.Issuer, claims.Subject, withoutNUL(claims.Name), withoutNUL(claims.Email),
		string(groups), claims.TooManyGroups, stamp(at))
	return err
}

// personColumns are what readPerson reads.
const personColumns = "issuer, subject, name, email, member_of, too_many, seen_at"

func readPerson(row interface{ Scan(into ...any) error }) (auth.Person, error) {
	var p auth.Person
	var groups, seen string
	if err := row.Scan(&p.Issuer, &p.Subject, &p.Name, &p.Email, &groups, &p.TooManyGroups, &seen); err != nil {
		return auth.Person{}, translate(err)
	}
	p.Seen = unstamp(seen)
	if err := json.Unmarshal([]byte(groups), &p.Groups); err != nil {
		return auth.Person{}, fmt.Errorf("read a person's groups: %w", err)
	}
	return p, nil
}

// Person returns what the provider said of a person at their last sign-in; fault.NotFound when they never signed in.
func (s *Store) Person(ctx context.Context, key string) (auth.Person, error) {
	return readPerson(s.reader.QueryRowContext(ctx, "SELECT "+personColumns+" FROM known_person WHERE person_key = ?", key))
}

// PeopleSince returns everybody whose last sign-in was at this time or later, by name.
func (s *Store) PeopleSince(ctx context.Context, since time.Time) ([]auth.Person, error) {
	rows, err := s.reader.QueryContext(ctx, "SELECT "+personColumns+" FROM known_person WHERE seen_at >= ? ORDER BY name, person_key", stamp(since))
	if err != nil {
		return nil, translate(err)
	}
	defer rows.Close()
	var people []auth.Person
	for rows.Next() {
		person, err := readPerson(rows)
		if err != nil {
			return nil, err
		}
		people = append(people, person)
	}
	return people, translate(rows.Err())
}

// Package pgtest gives tests databases on a PostgreSQL server of their own. One server serves a test binary; it starts
// with the first database that is asked for and goes with the process, however that ends.
//
// It is for tests only, and must not know what the portal keeps in a database: whoever asks brings the tables.
package pgtest

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
)

// role owns every database; it is the server's superuser.
const role = "portal"

// template is the database that Prepared copies.
const template = "prepared"

// running is this process's server.
var running = sync.OnceValues(start)

// Empty makes a database without tables and answers its URL. It is dropped at the end of the test.
func Empty(t testing.TB) string {
	t.Helper()
	return create(t, "template1")
}

// Prepared makes a copy of a database that was prepared once for all tests of this process, by the function that came
// first: copying is faster than migrating.
func Prepared(t testing.TB, prepare func(url string) error) string {
	t.Helper()
	s := server(t)
	s.prepare.Do(func() {
		if s.prepareErr = s.execute("CREATE DATABASE " + template); s.prepareErr == nil {
			s.prepareErr = prepare(s.url(template))
		}
	})
	if s.prepareErr != nil {
		t.Fatalf("prepare the database that others are copied from: %v", s.prepareErr)
	}
	return create(t, template)
}

// Execute runs statements as the superuser in the database of this URL, on a connection of their own.
func Execute(t testing.TB, databaseURL string, statements ...string) {
	t.Helper()
	if err := execute(databaseURL, statements...); err != nil {
		t.Fatal(err)
	}
}

// Value answers the one value of a query as text.
func Value(t testing.TB, databaseURL, query string) string {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	var value *string
	if err := conn.QueryRow(ctx, "SELECT ("+query+")::text").Scan(&value); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	if value == nil {
		return ""
	}
	return *value
}

// Administer runs a statement as the superuser beside the databases of the tests.
func Administer(t testing.TB, statement string) {
	t.Helper()
	if err := server(t).execute(statement); err != nil {
		t.Fatal(err)
	}
}

// As answers the URL with another role; the server asks nobody for a password.
func As(t testing.TB, databaseURL, otherRole string) string {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.User(otherRole)
	return u.String()
}

// Name answers the name of the database of this URL.
func Name(t testing.TB, databaseURL string) string {
	t.Helper()
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(u.Path, "/")
}

func server(t testing.TB) *postmaster {
	t.Helper()
	s, err := running()
	if err != nil {
		t.Fatalf("start PostgreSQL for the tests: %v", err)
	}
	return s
}

func create(t testing.TB, from string) string {
	t.Helper()
	s := server(t)
	name := "test" + strconv.FormatInt(s.databases.Add(1), 10)
	// Copying files is faster than writing a log of what is copied when nothing has to survive anything.
	if err := s.execute("CREATE DATABASE " + name + " TEMPLATE " + from + " STRATEGY FILE_COPY"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.execute("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return s.url(name)
}

// postmaster is the running server.
type postmaster struct {
	folder     string         // of its data and of its socket
	alive      io.WriteCloser // kept from the garbage collector, which would close it and so end the server
	databases  atomic.Int64
	prepare    sync.Once
	prepareErr error
}

func (s *postmaster) url(database string) string {
	u := url.URL{Scheme: "postgres", User: url.User(role), Path: "/" + database, RawQuery: url.Values{"host": {s.folder}}.Encode()}
	return u.String()
}

func (s *postmaster) execute(statement string) error { return execute(s.url("postgres"), statement) }

func execute(databaseURL string, statements ...string) error {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

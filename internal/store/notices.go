package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"backup-portal/internal/notify"
	"backup-portal/internal/operation"
)

var _ notify.Store = (*Store)(nil)

// noticeRow is a notice as the table holds it.
type noticeRow struct {
	bun.BaseModel `bun:"table:notice,alias:n"`

	ID          int64 `bun:",pk,autoincrement"`
	PersonKey   string
	PersonName  string
	PersonEmail string
	Kind        operation.NoticeKind
	RequestID   string
	At          string
	ReadAt      string
	Mail        notify.State
	MailedAt    string
	Tries       int
	NextTry     string
	Problem     string
}

func (r noticeRow) notice() operation.Notice {
	return operation.Notice{
		ID: r.ID, Person: operation.Person{Key: r.PersonKey, Name: r.PersonName, Email: r.PersonEmail},
		Kind: r.Kind, RequestID: r.RequestID, At: unstamp(r.At), Read: unstamp(r.ReadAt),
	}
}

// notify keeps what people have to be told of a request, in the transaction of what it tells.
func (s *Store) notify(ctx context.Context, tx bun.Tx, requestID string, at time.Time, notices []operation.Notice) error {
	for _, n := range notices {
		mail := notify.Due
		if n.Person.Email == "" {
			mail = notify.Moot
		}
		row := noticeRow{
			PersonKey: n.Person.Key, PersonName: n.Person.Name, PersonEmail: n.Person.Email,
			Kind: n.Kind, RequestID: requestID, At: stamp(at), Mail: mail, NextTry: stamp(at),
		}
		if _, err := tx.NewInsert().Model(&row).Returning("NULL").Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Notices lists a person's newest notices, unread ones first.
func (s *Store) Notices(ctx context.Context, personKey string, limit int) ([]operation.Notice, error) {
	var rows []noticeRow
	err := s.reader.NewSelect().Model(&rows).Where("n.person_key = ?", personKey).
		OrderExpr("CASE WHEN n.read_at = '' THEN 0 ELSE 1 END, n.id DESC").Limit(int64(limit)).Scan(ctx)
	if err != nil {
		return nil, translate(err)
	}
	notices := make([]operation.Notice, len(rows))
	for i, row := range rows {
		notices[i] = row.notice()
	}
	return notices, nil
}

// ReadNotices marks a person's notices about a request as read. When there is nothing to mark it writes nothing: pages
// call it each time that they are looked at.
func (s *Store) ReadNotices(ctx context.Context, personKey, requestID string) error {
	const unread = "person_key = ? AND request_id = ? AND read_at = ''"
	n, err := s.reader.NewSelect().Table("notice").Where(unread, personKey, requestID).Count(ctx)
	if err != nil || n == 0 {
		return translate(err)
	}
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		now, err := s.databaseTime(ctx, tx)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE notice SET read_at = ? WHERE "+unread, stamp(now), personKey, requestID)
		return err
	})
}

// ClaimMails hands out mails that are due by database time, oldest first; nobody else is handed them within d. One that is
// older than life is given up instead, and counted.
func (s *Store) ClaimMails(ctx context.Context, limit int, d, life time.Duration) (claimed []notify.Mail, givenUp int, err error) {
	err = s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		now, err := s.databaseTime(ctx, tx)
		if err != nil {
			return err
		}
		late, err := tx.ExecContext(ctx, "UPDATE notice SET mail = ? WHERE mail = 'due' AND next_try <= ? AND at <= ?",
			notify.GivenUp, stamp(now), stamp(now.Add(-life)))
		if err != nil {
			return err
		}
		n, err := late.RowsAffected()
		if err != nil {
			return err
		}
		var rows []noticeRow
		err = tx.NewRaw("SELECT * FROM notice WHERE mail = 'due' AND next_try <= ? ORDER BY next_try, id LIMIT ?"+s.dialect.forUpdate(),
			stamp(now), limit).Scan(ctx, &rows)
		if err != nil {
			return err
		}
		mails, ids := make([]notify.Mail, len(rows)), make([]int64, len(rows))
		for i, row := range rows {
			mails[i], ids[i] = notify.Mail{Notice: row.notice(), Try: row.Tries + 1}, row.ID
		}
		claimed, givenUp = mails, int(n)
		if len(ids) == 0 {
			return nil
		}
		// Counted before it is sent: a portal that dies over a mail must not try it for ever.
		_, err = tx.NewRaw("UPDATE notice SET tries = tries + 1, next_try = ? WHERE id IN (?)", stamp(now.Add(d)), bun.List(ids)).Exec(ctx)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return claimed, givenUp, nil
}

// MailTried writes how a try came out. That it was sent is written whoever holds the mail now; any other outcome only for
// its holder.
func (s *Store) MailTried(ctx context.Context, m notify.Mail, o notify.Outcome) error {
	return s.write(ctx, func(ctx context.Context, tx bun.Tx) error {
		now, err := s.databaseTime(ctx, tx)
		if err != nil {
			return err
		}
		q := tx.NewUpdate().Table("notice").Set("mail = ?", o.State).Set("problem = ?", o.Problem).
			Where("id = ?", m.Notice.ID).Where("mail = 'due'")
		switch o.State {
		case notify.Sent:
			q.Set("mailed_at = ?", stamp(now))
		case notify.Due:
			q.Set("next_try = ?", stamp(now.Add(o.Wait))).Where("tries = ?", m.Try)
		default:
			q.Where("tries = ?", m.Try)
		}
		_, err = q.Exec(ctx)
		return err
	})
}

package store

import (
	"context"
	"fmt"
)

// AuditRights says what this portal's role in the database may do to the audit log beyond adding to it, one sentence
// part each ("UPDATE of audit_line"): nothing, when an operator made a role for the portal. SQLite has no roles.
func (s *Store) AuditRights(ctx context.Context) ([]string, error) {
	if _, ok := s.dialect.(postgresDialect); !ok {
		return nil, nil
	}
	rows, err := s.reader.QueryContext(ctx, `
		SELECT r.privilege || ' of ' || t.relname
		FROM pg_class t CROSS JOIN (VALUES ('UPDATE'), ('DELETE'), ('TRUNCATE'), ('TRIGGER')) AS r(privilege)
		WHERE t.oid IN ('audit_leaf'::regclass, 'audit_line'::regclass, 'audit_line_org'::regclass, 'audit_checkpoint'::regclass, 'audit_head'::regclass)
			AND has_table_privilege(t.oid, r.privilege)
			AND NOT (t.oid = 'audit_head'::regclass AND r.privilege = 'UPDATE') -- its trigger lets it only grow
		UNION ALL
		SELECT 'ownership of ' || relname FROM pg_class
		WHERE oid IN ('audit_leaf'::regclass, 'audit_line'::regclass, 'audit_line_org'::regclass, 'audit_checkpoint'::regclass, 'audit_head'::regclass)
			AND pg_has_role(relowner, 'USAGE')
		UNION ALL -- whose tables may be dropped by its owner: on a new database that is the database's
		SELECT 'ownership of the schema ' || n.nspname FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace
		WHERE t.oid = 'audit_line'::regclass AND pg_has_role(n.nspowner, 'USAGE')
		ORDER BY 1`)
	if err != nil {
		return nil, fmt.Errorf("read the rights on the audit log: %w", translate(err))
	}
	defer rows.Close()
	var rights []string
	for rows.Next() {
		var right string
		if err := rows.Scan(&right); err != nil {
			return nil, translate(err)
		}
		rights = append(rights, right)
	}
	return rights, translate(rows.Err())
}

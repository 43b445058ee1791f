package main

import (
	"log/slog"

	"backup-portal/internal/action"
	"backup-portal/internal/config"
	"backup-portal/internal/notify"
	"backup-portal/internal/operation"
	"backup-portal/internal/store"
	"backup-portal/internal/telemetry"
)

// postOffice builds what sends mail; nil when no mail server is configured, and then notices stay in the portal.
func postOffice(cfg config.Config, db *store.Store, road *operation.Service, watched *telemetry.Telemetry, logger *slog.Logger) *notify.Sender {
	if cfg.Mail.Host == "" {
		logger.Info("no mail is sent: PORTAL_SMTP_URL is not set; people are told of requests in the portal only")
		return nil
	}
	return notify.New(notify.Options{
		Store: db, Requests: db, Road: road, Catalogue: action.All,
		Server: notify.Server{
			Host: cfg.Mail.Host, Port: cfg.Mail.Port, Encryption: notify.Encryption(cfg.Mail.Encryption),
			Username: cfg.Mail.Username, Password: cfg.Mail.Password.Reveal(),
		},
		From: cfg.Mail.From, PublicURL: cfg.PublicURL, Zone: cfg.Timezone, Logger: logger,
		Count: func(s notify.State, n int) {
			switch s {
			case notify.Sent:
				watched.Mails(telemetry.MailSent, n)
			case notify.Due:
				watched.Mails(telemetry.MailPutOff, n)
			case notify.GivenUp:
				watched.Mails(telemetry.MailGivenUp, n)
			}
		},
	})
}

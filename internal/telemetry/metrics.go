package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// register makes the instruments and gives them, and the collectors of runtime, process and database, to the registry.
func (t *Telemetry) register(o Options) {
	t.requests = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "portal_http_request_duration_seconds",
		Help:    "Time until a request was answered, by route pattern, method and class of the status.",
		Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
	}, []string{"route", "method", "status"})
	t.calls = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "portal_vendor_call_duration_seconds",
		Help:    "Time that a call of the vendor's API took, retries and waiting included, by operation and outcome.",
		Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
	}, []string{"operation", "outcome"})
	t.mails = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "portal_mails_total", Help: "Tries to hand a mail to the mail server, by outcome.",
	}, []string{"outcome"})
	for _, outcome := range []string{MailSent, MailPutOff, MailGivenUp} {
		t.mails.WithLabelValues(outcome) // a series that is there from the start has its first rise counted
	}
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "portal_build_info", Help: "Always 1; its label tells the version.",
	}, []string{"version"})
	build.WithLabelValues(o.Version).Set(1)
	t.registry.MustRegister(
		t.requests, t.calls, t.mails, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	if o.State != nil {
		t.registry.MustRegister(newStateCollector(o))
	}
}

// statusClass folds a status into "2xx", "4xx", …; what no status is becomes "other".
func statusClass(status int) string {
	if status < 100 || status > 599 {
		return "other"
	}
	return [...]string{"1xx", "2xx", "3xx", "4xx", "5xx"}[status/100-1]
}

// knownMethod keeps whoever invents methods from inventing series.
func knownMethod(method string) string {
	switch method {
	case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS":
		return method
	}
	return "other"
}

func observe(h *prometheus.HistogramVec, took time.Duration, labels ...string) {
	h.WithLabelValues(labels...).Observe(took.Seconds())
}

# Turns the output of `go test -bench` into lines "bench: NAME VALUE UNIT", one per figure that the project follows.
# A benchmark reports a figure under its full name, as in b.ReportMetric(12.5, "search-query-p99-ms-small"), and the
# unit is read from that name. Lines that already have this form pass through; everything else is dropped, except
# failures, which end the run with an error.
/bench: [a-z0-9-]+ [0-9.e+]+ [a-zA-Z_\/-]+$/ { print substr($0, index($0, "bench: ")); next }
/^Benchmark/ {
	for (i = 3; i < NF; i += 2) {
		name = $(i + 1)
		if (name !~ /^[a-z0-9]+(-[a-z0-9]+)+$/) continue
		unit = "count"
		if (name ~ /-per-s(-|$)/) unit = "per_s"
		else if (name ~ /-ms(-|$)/) unit = "ms"
		else if (name ~ /-kb(-|$)/) unit = "kB"
		else if (name ~ /-mib(-|$)/) unit = "MiB"
		else if (name ~ /-ratio(-|$)/) unit = "ratio"
		else if (name ~ /-s(-|$)/) unit = "s"
		print "bench: " name " " $i " " unit
	}
	next
}
/^(--- FAIL|FAIL|panic:)/ { print > "/dev/stderr"; failed = 1 }
END { exit failed }

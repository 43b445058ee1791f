# Turns the output of the model tests into one line "model: STEPS steps, N violations". Each walk ends at its first
# violation, whose smallest example is printed above the line. Anything else that went wrong is printed as it is.
/^(=== |ok )/ { next }
/model: [0-9]+ steps/ { steps += substr($0, index($0, "model: ") + 7) }
/^ *--- FAIL: TestModelOf/ { violations++ }
/^(--- FAIL|FAIL|panic:)/ { failed = 1 }
{ said[++lines] = $0 }
END {
	if (failed || !steps)
		for (i = 1; i <= lines; i++) print said[i] > "/dev/stderr"
	if (!steps) exit 1
	printf "model: %d steps, %d violations\n", steps, violations
	exit failed
}

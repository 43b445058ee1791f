package settings

import (
	"slices"
	"strings"
)

// deviceTable lists what a device's own document holds beside its backup settings.
var deviceTable = deviceFields()

func deviceFields() []field {
	return slices.Concat(
		placed(General, Own, false, "",
			one("name", Text, "Name", "What the device is called, in the portal and in the vendor’s console.").within(1, longestName),
			one("reference", Text, "External reference", "A code of your own, such as an inventory number.").from("computerExtRef").within(0, longestName),
			one("notes", LongText, "Notes", "For administrators; the device’s user does not see them.").within(0, longestNotes),
			shown("guid", Text, "Identifier", "What names the device in exports and in the vendor’s interface."),
			shown("version", Text, "Version", "The backup client’s version, as the vendor counts."),
			shown("javaMemoryHeapMax", Text, "Memory of the client", "The most memory that the backup client takes.").from("settings", "javaMemoryHeapMax"),
		),
		placed(Destinations, FromOrganization, false, "",
			shown("destinations", Used, "Offered destinations", "Where the device can back up to.").from("availableDestinations"),
		),
	)
}

// defaultFields lists what devices are told about alerts: an organization's defaults, or a device's own values.
func defaultFields(under string, by Inheritance) []field {
	return placed(Defaults, by, true, under,
		one("warningEmailEnabled", Bool, "Warn by e-mail", "Whether the device’s user gets a warning by e-mail when nothing was backed up for some days."),
		one("minutesUntilWarning", Days, "Warn after", "After how many days without a backup the warning is sent; fractions such as 3.5 are allowed.").in("days").within(1, mostMinutes),
		one("severeEmailEnabled", Bool, "Critical alert by e-mail", "Whether the device’s user gets a critical alert by e-mail when nothing was backed up for longer."),
		one("minutesUntilSevere", Days, "Critical after", "After how many days without a backup the critical alert is sent; fractions such as 3.5 are allowed.").in("days").within(1, mostMinutes),
		one("backupStatusEmailEnabled", Bool, "Backup status by e-mail", "Whether the device’s user gets the state of the backup by e-mail regularly."),
		one("backupStatusEmailFreqInMinutes", Days, "Backup status every", "How many days lie between two such e-mails; fractions such as 0.5 are allowed.").in("days").within(1, mostMinutes),
	)
}

// The lists that are written together with others.
const (
	includes          = "includes"
	excludes          = "excludes"
	patterns          = "patterns"
	patternsWindows   = "patternsWindows"
	patternsMacintosh = "patternsMacintosh"
	patternsLinux     = "patternsLinux"
	destinations      = "destinations"
)

// setFields lists what a backup set holds, paths below the set.
func setFields(id string, by Inheritance) []field {
	fields := slices.Clone(setTable)
	for i := range fields {
		fields[i].Key, fields[i].Group, fields[i].Inherits = setKey(id, string(fields[i].Key)), SetGroup(id), by
	}
	return fields
}

// setTable has the last part of each key only.
var setTable = unkeyedSetFields()

func unkeyedSetFields() []field {
	fields := placed("", Own, true, "",
		one("name", Text, "Name", "What the backup set is called on the device.").within(1, longestName),
		shown("priority", Number, "Priority", "In which order backup sets run."),
		one(includes, List, "Files in", "Folders and files that are backed up, one a line: C:/Users/, /Users/, or :user/ for the home of whoever uses the device.").from("backupPaths", "pathset"),
		one(excludes, List, "Files out", "Folders and files that are left out of those, one a line.").from("backupPaths", "pathset"),
		one(patterns, List, "Patterns out", "Regular expressions; a file whose path matches one is left out on every system.").from("backupPaths", "excludeUser"),
		one(patternsWindows, List, "Patterns out on Windows", "Regular expressions that count on Windows only.").from("backupPaths", "excludeUser"),
		one(patternsMacintosh, List, "Patterns out on macOS", "Regular expressions that count on macOS only.").from("backupPaths", "excludeUser"),
		one(patternsLinux, List, "Patterns out on Linux", "Regular expressions that count on Linux only.").from("backupPaths", "excludeUser"),
		one(destinations, Used, "Destinations", "Where the set backs up to; a locked destination cannot be removed on the device."),
		one("runAlways", Bool, "Run at any time", "Whether backups run at any time; else only in the window below.").from("backupRunWindow", "@always"),
		one("runDays", Weekdays, "Days of the window", "On which days backups run.").from("backupRunWindow", "@days"),
		one("runStart", TimeOfDay, "Window opens", "From when on backups run, on the device’s clock.").from("backupRunWindow", "@startTimeOfDay"),
		one("runEnd", TimeOfDay, "Window closes", "Until when backups run, on the device’s clock.").from("backupRunWindow", "@endTimeOfDay"),
		one("backupFrequency", Millis, "New version every", "How often a changed file is backed up, such as “15 minutes” or “1 day”.").from("retentionPolicy", "backupFrequency").within(60_000, mostMillis),
		one("scanInterval", Millis, "Look for changes every", "How often all files are looked through, such as “1 day”.").within(60_000, mostMillis),
		one("scanTime", TimeOfDay, "Look for changes at", "When all files are looked through, on the device’s clock."),
		one("watchFiles", Bool, "Watch files", "Whether changes are noticed as they happen, between two looks at all files."),
		one("versionLastWeekInterval", Minutes, "Versions of the last week", "How far apart the versions of the last 7 days are kept, such as “15 minutes”.").from("retentionPolicy", "versionLastWeekInterval").within(0, mostMinutes),
		one("versionLastNinetyDaysInterval", Minutes, "Versions of the last 90 days", "How far apart versions of the last 90 days are kept, such as “1 day”.").from("retentionPolicy", "versionLastNinetyDaysInterval").within(0, mostMinutes),
		one("versionLastYearInterval", Minutes, "Versions of the last year", "How far apart versions of the last year are kept, such as “7 days”.").from("retentionPolicy", "versionLastYearInterval").within(0, mostMinutes),
		one("versionPrevYearsInterval", Minutes, "Versions of earlier years", "How far apart older versions are kept, such as “30 days”.").from("retentionPolicy", "versionPrevYearsInterval").within(0, mostMinutes),
		one("keepDeleted", Bool, "Keep deleted files for good", "Whether files that were deleted on the device stay in the archive for good; else for the time below.").from("retentionPolicy", "keepDeleted"),
		one("keepDeletedMinutes", Minutes, "Keep deleted files for", "How long a deleted file stays in the archive when it is not kept for good, such as “30 days”.").from("retentionPolicy", "keepDeletedMinutes").within(0, mostMinutes),
		one("backupOpenFiles", Bool, "Back up open files", "Whether files that a program has open are backed up too."),
		one("compression", Choice, "Compression", "Whether what is sent is compressed.").among(Option{"ON", "on"}, Option{"OFF", "off"}),
		one("dataDeDuplication", Choice, "Deduplication", "How thoroughly what is stored already is looked for before it is sent.").among(Option{"AUTOMATIC", "automatic"}, Option{"FULL", "full"}),
		one("dataDeDupAutoMaxFileSize", Gigabytes, "Deduplicate files up to", "How large a file may be to be deduplicated, in GB of 1000³ bytes.").in("GB").within(0, mostBytes),
		one("dataDeDupAutoMaxFileSizeForWan", Gigabytes, "The same over the internet", "How large a file may be to be deduplicated over the internet, in GB of 1000³ bytes.").in("GB").within(0, mostBytes),
		shown("encryptionEnabled", Bool, "Encryption", "Whether archives are encrypted. It is not switched here: archives that exist would not follow."),
		shown("visible", Bool, "Visible on the device", "Whether the device’s user sees the backup set."),
	)
	for i := range fields {
		fields[i].Key = Key(strings.TrimPrefix(string(fields[i].Key), "."))
	}
	return fields
}

package settings

import "slices"

// The switches of what an organization inherits as a whole.
const (
	QuotaInherited     Key = "quota.inherited"
	ReportingInherited Key = "reporting.inherited"
)

// orgTable lists what an organization's documents hold beside its device defaults, in display order.
var orgTable = orgFields()

func orgFields() []field {
	return slices.Concat(
		placed(General, Own, false, "",
			one("name", Text, "Name", "What the organization is called, in the portal and in the vendor’s console.").from("orgName").within(1, longestName),
			one("reference", Text, "External reference", "A code of your own, such as a cost center.").from("orgExtRef").within(0, longestName),
			one("notes", LongText, "Notes", "For administrators; devices and users do not see them.").within(0, longestNotes),
			shown("registrationKey", Text, "Registration key", "Whoever has it can register devices at the organization.").secret(),
			shown("orgId", Text, "Number", "The organization’s number at the vendor."),
			shown("orgUid", Text, "Identifier", "What names the organization in exports and in the vendor’s interface."),
			shown("type", Text, "Type", "The vendor’s kind of organization."),
			shown("customConfig", Bool, "Device defaults of its own", "Whether the organization has device defaults that differ from those above it."),
		),
		placed(Quota, ByQuota, false, "settings",
			one("inherited", Bool, "Follow the organization above", "Whether seats, storage and days in cold storage come from the organization above.").from("isUsingQuotaDefaults"),
			one("maxSeats", Number, "User subscriptions", "How many users can have a subscription; “unlimited” for no limit.").within(0, mostCount).orUnlimited(),
			one("maxBytes", Gigabytes, "Storage of the organization", "How much the organization can store, in GB of 1000³ bytes; “unlimited” for no limit.").in("GB").within(0, mostBytes).orUnlimited(),
			one("defaultUserMaxBytes", Gigabytes, "Storage of each user", "How much one user can store, in GB of 1000³ bytes; “unlimited” for no limit.").in("GB").within(0, mostBytes).orUnlimited(),
			one("archiveHoldDays", Number, "Days in cold storage", "How many days the archives of what was deactivated are kept before they are deleted for good.").in("days").within(0, mostDays),
			shown("defaultUserMobileQuota", Number, "Mobile quota of each user", "How much a user can load to mobile devices.").orUnlimited(),
		),
		placed(Reporting, ByReporting, false, "settings",
			one("inherited", Bool, "Follow the organization above", "Whether alerts about devices without a backup come from the organization above.").from("isUsingReportingDefaults"),
			one("warnInDays", Number, "Warn after", "After how many days without a backup a device is reported with a warning.").in("days").within(0, mostDays),
			one("alertInDays", Number, "Critical after", "After how many days without a backup a device is reported as critical.").in("days").within(0, mostDays),
			one("recipients", Emails, "Recipients", "Who gets the reports, one e-mail address a line."),
			shown("sendReports", Bool, "Backup reports", "Whether reports about backups are sent."),
			shown("reportSchedule", Weekdays, "Days of the reports", "On which days backup reports are sent."),
			shown("reportLastSent", Text, "Last report", "When the last report was sent."),
		),
		restorePackets(),
		placed(Restore, Own, false, "settings",
			one("webRestoreUserLimitMb", Number, "Limit for users", "How much a user can restore in the browser at once, in MB.").in("MB").within(0, mostCount),
			one("webRestoreAdminLimitMb", Number, "Limit for administrators", "How much an administrator can restore in the browser at once, in MB.").in("MB").within(0, mostCount),
		),
		placed(Destinations, ByDestinations, false, "settings",
			shown("inherited", Bool, "Follow the organization above", "Whether the offered destinations come from the organization above.").from("isUsingDestinationDefaults"),
			shown("destinations", Used, "Offered destinations", "Where devices of the organization can back up to."),
			shown("allDestinations", Used, "All destinations", "The destinations that there are, offered or not."),
			shown("autoOfferSelf", Bool, "Offer computers to each other", "Whether each computer offers itself as a destination."),
			shown("allowLocalFolders", Bool, "Local folders", "Whether people can back up to folders of their own."),
		),
		placed(SignIn, Own, false, "settings",
			shown("usernameIsAnEmail", Bool, "User names are e-mail addresses", "Whether each user name has to be an e-mail address."),
			shown("ldapServerIds", List, "LDAP servers", "Which directory servers people sign in with."),
			shown("radiusServerIds", List, "RADIUS servers", "Which RADIUS servers people sign in with."),
			shown("ssoIdentityProviderUids", List, "Identity providers", "Which providers of single sign-on people sign in with."),
			shown("securityKeyType", Text, "Archive key", "With what archives are encrypted."),
			shown("securityKeyLocked", Bool, "Archive key locked", "Whether people are kept from choosing another kind of archive key."),
			shown("securityKeyInherit", Bool, "Archive key inherited", "Whether the archive key’s kind comes from the organization above."),
			shown("defaultRoles", List, "Roles of new users", "The vendor’s roles that new users get."),
			shown("isDefaultRolesInherited", Bool, "Roles inherited", "Whether the roles of new users come from the organization above."),
			shown("isSimpleOrg", Bool, "Simple organization", "The vendor’s reduced kind of organization."),
			shown("isNativeClientsEnabled", Bool, "Native clients", "Whether the vendor’s native clients are allowed."),
		),
		endpointPackets(),
	)
}

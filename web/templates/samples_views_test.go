package templates_test

import "backup-portal/web/templates"

// findingViewForm is the form of a view where there are more organizations than can be offered.
func findingViewForm() templates.ViewForm {
	form := sampleViewForm()
	form.CanFind, form.Find = true, "oslo"
	form.ShareProblem = "Several organizations match “oslo”: choose one of them."
	form.FindProblem = "No organization that you see has that name, external reference or UID."
	return form
}

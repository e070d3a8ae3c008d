package reminders

// All is every reminder.
func All() []Reminder {
	return []Reminder{
		caseDeadlines(),
		offerDeadlines(),
		heldNotices(),
		digest(),
	}
}

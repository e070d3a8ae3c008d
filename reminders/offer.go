package reminders

import "liaison/agency"

// offerDeadlines reminds creators once of offers that they have not answered, and gives those back to staff that nobody
// answered in time. An offer whose time is over is not brought up again first. The handlers draw what it says.
func offerDeadlines() Reminder {
	return Reminder{Name: "offer deadlines", Fire: (*agency.Desk).RemindOffers, Missed: SayNewest}
}

// heldNotices lets go what has waited for the end of somebody's quiet hours.
func heldNotices() Reminder {
	return Reminder{Name: "held notices", Fire: (*agency.Desk).ReleaseNotices, Missed: SayEach}
}

package matching

import (
	"strconv"
	"strings"

	"liaison/agency/money"
)

// Cause is why a creator cannot be proposed; empty means that they can.
type Cause string

// The causes.
const (
	IsBlocked      Cause = "blocked"
	IsPaused       Cause = "paused"
	WorksTogether  Cause = "together"
	OnList         Cause = "listed"
	WasDeclined    Cause = "declined"
	WasSwapped     Cause = "swapped"
	OutsideRegion  Cause = "region"
	WrongFormat    Cause = "format"
	TooSmall       Cause = "followers"
	Unhealthy      Cause = "health"
	AtFullCapacity Cause = "capacity"
)

// Causes is every cause in the order in which they are looked for: what lasts comes before what may pass.
var Causes = []Cause{IsBlocked, IsPaused, WorksTogether, OnList, WasDeclined, WasSwapped, OutsideRegion, WrongFormat, TooSmall, Unhealthy, AtFullCapacity}

// Obstacle is the first cause for which a creator cannot be proposed, or empty. What is not known is no cause.
func (n Need) Obstacle(c Creator) Cause {
	switch {
	case c.Standing == Paused:
		return IsPaused
	case c.Standing != Active:
		return IsBlocked
	case c.Past == Together:
		return WorksTogether
	case c.Past == Listed:
		return OnList
	case c.Past == Declined && !n.Again:
		return WasDeclined
	case c.Past == Swapped && !n.Again:
		return WasSwapped
	case c.Region != "" && !strings.EqualFold(c.Region, n.Region):
		return OutsideRegion
	case n.Format != "" && len(c.Formats) > 0 && !holds(c.Formats, n.Format):
		return WrongFormat
	case c.Followers > 0 && c.Followers < n.MinFollowers:
		return TooSmall
	case c.Health > 0 && c.Health <= n.Health.UnhealthyUpTo:
		return Unhealthy
	case c.Works >= c.Capacity:
		return AtFullCapacity
	}
	return ""
}

// counted says how many were left out for a cause.
func (n Need) counted(cause Cause, count int64) string {
	number := money.Grouped(count) + " "
	switch cause {
	case IsBlocked:
		return number + "blocked"
	case IsPaused:
		return number + "paused"
	case WorksTogether:
		return number + "at work for this shop already"
	case OnList:
		return number + "on this list already"
	case WasDeclined:
		return number + "declined before"
	case WasSwapped:
		return number + "swapped out before"
	case OutsideRegion:
		return number + "outside " + n.Region
	case WrongFormat:
		return number + "not making " + formatWords(n.Format)
	case TooSmall:
		return number + "below " + money.Grouped(n.MinFollowers) + " followers"
	case Unhealthy:
		return number + "with a health rating of " + money.Grouped(n.Health.UnhealthyUpTo) + " or less"
	}
	return number + "at capacity"
}

// Why says what is in the way of one creator, as the end of a sentence: "they are paused".
func (n Need) Why(cause Cause, c Creator) string {
	switch cause {
	case IsBlocked:
		return "they are blocked"
	case IsPaused:
		return "they are paused"
	case WorksTogether:
		return "they work for this shop already"
	case OnList:
		return "they are on this list already"
	case WasDeclined:
		return "they were declined before"
	case WasSwapped:
		return "they were swapped out before"
	case OutsideRegion:
		return "they sell in " + c.Region + ", and the shop is in " + n.Region
	case WrongFormat:
		return "the shop asks for " + formatWords(n.Format) + ", and they make " + formatList(c.Formats)
	case TooSmall:
		return "they have " + money.Grouped(c.Followers) + " followers, and the shop asks for " + money.Grouped(n.MinFollowers)
	case Unhealthy:
		return "their health rating is " + strconv.FormatInt(c.Health, 10) + ", and " + money.Grouped(n.Health.UnhealthyUpTo) + " or less is unhealthy"
	}
	return "they are at capacity, with " + money.Grouped(c.Works) + " of " + places(c) + " taken"
}

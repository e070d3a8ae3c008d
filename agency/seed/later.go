package seed

import (
	"fmt"
	"hash/fnv"
	"time"

	"liaison/agency"
)

// maxWeeks is how far beyond the day it was made for an agency trades on.
const maxWeeks = 30

const wall = "2006-01-02 15:04:05"

// Later is the order lines that come in after the day that an agency was made for, from an instant up to and including
// another: its last week's orders once more for each week that follows, a little more or fewer of each, none settled yet.
func Later(rows Rows, after, until time.Time) []agency.OrderRow {
	var list []agency.OrderRow
	made, err := time.Parse(time.DateOnly, string(rows.Day))
	if err != nil {
		return nil
	}
	for _, o := range rows.Orders {
		at, err := time.Parse(wall, string(o.OrderedAt))
		if err != nil || at.Before(made.AddDate(0, 0, -7)) || !at.Before(made) || o.State == agency.LineIneligible {
			continue
		}
		for k := 1; k <= maxWeeks; k++ {
			again := at.AddDate(0, 0, 7*k)
			if !again.After(after) || again.After(until) {
				continue
			}
			if next, ok := repeat(o, k, again); ok {
				list = append(list, next)
			}
		}
	}
	return list
}

// repeat is an order line k weeks later; ok is false when nobody buys it that week.
func repeat(o agency.OrderRow, k int, at time.Time) (agency.OrderRow, bool) {
	h := fnv.New32a()
	fmt.Fprint(h, o.OrderNo, o.SKU, k)
	chance := h.Sum32()
	if chance%11 == 0 {
		return o, false
	}
	if chance%9 == 0 {
		o.Quantity++
	}
	if len(o.OrderNo) > 2 {
		o.OrderNo = fmt.Sprint(60+k) + o.OrderNo[2:]
	}
	o.State, o.Status, o.Refunded, o.SettledAt, o.Actual = agency.LineEstimated, "Processing", false, "", agency.Cash{}
	o.OrderedAt = agency.WallTime(at.Format(wall))
	return o, true
}

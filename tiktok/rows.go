package tiktok

import (
	"strings"

	"liaison/agency"
)

func sellerRow(r *reading) agency.SellerRow {
	row := agency.SellerRow{Line: r.record.row, Shop: r.need("shop"), ShopCode: r.ident("code"), Region: r.text("region"),
		Category: r.text("category"), Contact: r.text("contact"), Owner: r.text("owner"), StartsOn: r.day("start"),
		MovedOn: r.day("moved"), Price: r.cash("price", r.currency("currency")), Format: r.wantedFormat("format"),
		MinFollowers: r.count("followers"), Creators: r.count("creators"), Done: r.text("done"), Blocked: r.text("blocked")}
	if c := r.currency("currency"); row.Price.Given && row.Price.Currency == "" {
		row.Price.Currency = c
	}
	return row
}

// wantedFormat is the format of content that a seller wants: video, live, or any.
func (r *reading) wantedFormat(id fieldID) string {
	word := r.text(id)
	if word == "" {
		return ""
	}
	list, ok := formatsIn(word)
	switch {
	case !ok:
		r.fault(id, "“%s” is not a format. Write video, live or any.", cutText(word, 20))
		return ""
	case list == "video,live":
		return "any"
	}
	return list
}

// formatsIn lists the formats that a text names: "Short videos & LIVE" is both.
func formatsIn(word string) (list string, ok bool) {
	word = strings.ToLower(word)
	any := strings.Contains(word, "any") || strings.Contains(word, "both") || strings.Contains(word, "either") || word == "all"
	video, live := any || strings.Contains(word, "video"), any || strings.Contains(word, "live") || strings.Contains(word, "stream")
	switch {
	case video && live:
		return "video,live", true
	case video:
		return "video", true
	case live:
		return "live", true
	}
	return "", false
}

func creatorRow(r *reading) agency.CreatorRow {
	currency := r.currency("currency")
	row := agency.CreatorRow{Line: r.record.row, Handle: r.need("handle"), Name: r.text("name"), Region: r.text("region"),
		Language: r.text("language"), State: r.creatorState("state"), Categories: r.text("categories"),
		Followers: r.count("followers"), Capacity: r.count("capacity"), Health: r.count("health"), ItemsSold: r.count("items"),
		AgencyShare: r.percent("share"), TaxForm: r.flag("tax"), PayoutReady: r.flag("payout"),
		Price: r.cash("price", currency), Sales: r.cash("sales", currency), Commission: r.cash("commission", currency)}
	for _, c := range []*agency.Cash{&row.Price, &row.Sales, &row.Commission} {
		if c.Given && c.Currency == "" {
			c.Currency = currency
		}
	}
	if word := r.text("formats"); word != "" {
		var ok bool
		if row.Formats, ok = formatsIn(word); !ok {
			r.fault("formats", "“%s” is not a format. Write video, live or both.", cutText(word, 20))
		}
	}
	return row
}

func (r *reading) creatorState(id fieldID) agency.CreatorState {
	switch word := strings.ToLower(r.text(id)); word {
	case "":
		return ""
	case "active", "signed", "linked", "bound":
		return agency.CreatorActive
	case "paused", "on hold", "inactive":
		return agency.CreatorPaused
	case "blocked", "banned", "terminated":
		return agency.CreatorBlocked
	default:
		r.fault(id, "“%s” is not a state. Write active, paused or blocked.", cutText(word, 20))
		return ""
	}
}

func orderRow(r *reading) agency.OrderRow {
	currency := r.currency("currency")
	row := agency.OrderRow{Line: r.record.row, OrderNo: r.ident("order"), SKU: r.ident("sku"), Product: r.text("product"),
		Shop: r.text("shop"), ShopCode: r.ident("code"), Creator: r.need("creator"), Campaign: r.ident("campaign"),
		ContentType: strings.ToLower(r.text("content")), Status: r.need("status"), Price: r.cash("price", currency),
		Quantity: 1, Rate: r.percent("rate"), Currency: currency, OrderedAt: r.when("ordered", false), SettledAt: r.when("settled", false)}
	if row.OrderNo == "" && len(r.faults) == 0 {
		r.fault("order", "It is empty.")
	}
	if row.SKU == "" {
		row.SKU = r.ident("productid") // older exports leave the SKU out
	}
	if row.Product == "" {
		row.Product = r.ident("productid")
	}
	if n := r.count("quantity"); n.Given {
		row.Quantity = n.Value
	}
	if !row.Price.Given && len(r.faults) == 0 {
		r.fault("price", "It is empty.")
	}
	row.Estimated = r.sum("est", "estads", "estbonus")
	row.Actual = r.sum("act", "actads", "actbonus")
	row.Refunded = r.refunded("refunded")
	row.State = r.lineState("status", row.Refunded)
	return row
}

// sum adds the columns of one family: what TikTok pays for the order by itself, for ads, and as a bonus.
func (r *reading) sum(ids ...fieldID) agency.Cash {
	var total agency.Cash
	currency := r.currency("currency")
	for _, id := range ids {
		c := r.cash(id, currency)
		if !c.Given {
			continue
		}
		if !total.Given {
			total = c
			continue
		}
		if c.Currency != "" && total.Currency != "" && !sameCurrency(c.Currency, total.Currency) {
			r.fault(id, "It is in another currency than the commission beside it.")
			continue
		}
		if total.Currency == "" {
			total.Currency = c.Currency
		}
		for total.Places < c.Places {
			total.Units, total.Places = total.Units*10, total.Places+1
		}
		for c.Places < total.Places {
			c.Units, c.Places = c.Units*10, c.Places+1
		}
		total.Units += c.Units
	}
	return total
}

// refunded tells whether all of a line went back.
func (r *reading) refunded(id fieldID) bool {
	switch word := strings.ToLower(r.text(id)); word {
	case "yes", "y", "true", "1", "fully returned", "fully refunded":
		return true
	case "", "no", "n", "false", "0", "partially", "partial", "partially refunded", "partially returned":
		return false
	default:
		r.fault(id, "“%s” is neither Yes nor No.", cutText(word, 20))
		return false
	}
}

// lineState is what TikTok's word for an order line means to the ledger. A word that is not here is a fault: guessing
// could pay what is not due.
func (r *reading) lineState(id fieldID, refunded bool) agency.LineState {
	var state agency.LineState
	word := headerKey(r.text(id))
	switch word {
	case "":
		return ""
	case "settled", "commission settled", "commission paid":
		state = agency.LineSettled
	case "completed", "processing", "pending", "shipped", "unpaid by customer", "customer unpaid", "unpaid", "to settle", "unsettled",
		"to be settled", "awaiting settlement", "pending settlement", "delivered", "in transit", "to ship", "awaiting shipment",
		"awaiting collection", "awaiting payment", "partially shipping", "on hold", "estimated", "paid", "created":
		state = agency.LineEstimated
	case "ineligible", "not eligible", "canceled", "refunded", "fully refunded", "returned", "fully returned", "invalid", "rejected", "order canceled":
		state = agency.LineIneligible
	case "frozen", "commission frozen":
		state = agency.LineFrozen
	default:
		r.fault(id, "“%s” is not an order status that the desk knows: Settled, Completed, Processing, Pending, Shipped, Unpaid by customer, Ineligible, Canceled, Refunded or Frozen.", cutText(r.text(id), 40))
		return ""
	}
	if refunded {
		return agency.LineIneligible
	}
	return state
}

func violationRow(r *reading) agency.ViolationRow {
	return agency.ViolationRow{Line: r.record.row, Notice: r.ident("notice"), Shop: r.text("shop"), ShopCode: r.ident("code"),
		Region: r.text("region"), Creator: r.text("creator"), Rule: r.need("rule"), Detail: r.text("detail"),
		Severity: r.severity("severity"), Points: r.count("points"), OpenedOn: r.when("opened", false),
		Deadline: r.when("deadline", true), Closed: r.closed("status")}
}

func (r *reading) severity(id fieldID) agency.Severity {
	switch word := strings.ToLower(r.text(id)); word {
	case "":
		return ""
	case "critical", "severe", "very high", "urgent":
		return agency.Critical
	case "high", "major", "serious":
		return agency.High
	case "medium", "moderate", "normal":
		return agency.Medium
	case "low", "minor", "warning":
		return agency.Low
	default:
		r.fault(id, "“%s” is not a severity. Write critical, high, medium or low.", cutText(word, 20))
		return ""
	}
}

// closed tells whether a violation needs nobody any more. Words that are not here, such as "Enforcement action taken", leave
// it open: rather one card too many than a deadline missed.
func (r *reading) closed(id fieldID) bool {
	switch headerKey(r.text(id)) {
	case "resolved", "closed", "appeal approved", "appeal successful", "appeal accepted", "revoked", "withdrawn", "expired", "void", "done":
		return true
	}
	return false
}

package tiktok

import (
	"strings"

	"liaison/agency"
)

// kind is what the cells of a column hold; it decides how they are read.
type kind int

const (
	text    kind = iota
	ident        // an id: text, however many digits
	cash         // an amount
	count        // a whole number
	percent      // a rate
	date         // a date, with or without a time
	flag         // yes or no
)

// field is one thing that the desk wants of a row. names are the headers under which exports have it, the best first;
// the first is how people are told of it.
type field struct {
	id       fieldID
	kind     kind
	required bool
	names    []string
}

// fieldID names a field within the reader.
type fieldID string

// spec is what the reader looks for in a kind of file.
type spec struct {
	kind     agency.ImportKind
	template string // where the columns are shown
	fields   []field
	// formats name the export by headers that only it has, the first that fits; the last has none.
	formats []format
}

type format struct {
	name string
	with []string
}

// specs is every kind of file. Header names are those of TikTok's exports as of autumn 2026 (Seller Affiliate Center,
// TAP and CAP Partner Center), older spellings and the desk's own templates.
func specs() map[agency.ImportKind]spec {
	return map[agency.ImportKind]spec{
		agency.SellerFile:    sellerSpec(),
		agency.CreatorFile:   creatorSpec(),
		agency.OrderFile:     orderSpec(),
		agency.ViolationFile: violationSpec(),
	}
}

func sellerSpec() spec {
	return spec{kind: agency.SellerFile, template: "docs/templates/sellers.csv", formats: []format{{name: "table of sellers"}}, fields: []field{
		{"shop", text, true, []string{"Shop", "Shop name", "Seller", "Seller name", "Store", "Store name", "Merchant"}},
		{"code", ident, false, []string{"Shop code", "Shop ID", "Seller code", "Store code"}},
		{"region", text, true, []string{"Region", "Country", "Market", "Shop region", "Country code"}},
		{"category", text, true, []string{"Category", "Main category", "Level 1 category", "Product category"}},
		{"contact", text, false, []string{"Contact", "Contact person", "Seller contact", "Email", "E-mail"}},
		{"owner", text, false, []string{"Owner", "Account manager", "Responsible", "Manager"}},
		{"start", date, false, []string{"Start date", "Starts on", "Start", "Onboarding start", "Joined"}},
		{"moved", date, false, []string{"Last progress", "Moved on", "Last moved", "Last update"}},
		{"price", cash, false, []string{"Typical price", "Price", "Average price", "AOV"}},
		{"currency", text, false, []string{"Currency"}},
		{"format", text, false, []string{"Wanted format", "Wish format", "Format", "Content format"}},
		{"followers", count, false, []string{"Minimum followers", "Min followers", "Min. followers", "Followers"}},
		{"creators", count, false, []string{"Creators wanted", "Creators", "Wanted creators"}},
		{"done", text, false, []string{"Done steps", "Steps done", "Done", "Completed steps"}},
		{"blocked", text, false, []string{"Blocked steps", "Steps blocked", "Blocked", "Blocker"}},
	}}
}

func creatorSpec() spec {
	return spec{kind: agency.CreatorFile, template: "docs/templates/creators.csv", formats: []format{
		{"CAP Partner Center creator export", []string{"Creator username", "Affiliate GMV", "LIVE CTOR"}},
		{"Affiliate Compass creator data", []string{"Creator name", "Creator-attributed GMV"}},
		{name: "table of creators"},
	}, fields: []field{
		{"handle", text, true, []string{"Creator username", "Username", "Handle", "TikTok handle", "TikTok username", "Creator handle", "Creator name", "Creator"}},
		{"name", text, false, []string{"Creator nickname", "Nickname", "Display name", "Name", "Creator name"}},
		{"region", text, false, []string{"Region", "Country", "Creator region", "Market"}},
		{"language", text, false, []string{"Language"}},
		{"state", text, false, []string{"State", "Status"}},
		{"categories", text, false, []string{"Categories", "Category", "Main category", "Niche"}},
		{"formats", text, false, []string{"Formats", "Format", "Content format", "Content type"}},
		{"followers", count, false, []string{"Followers", "Follower count", "Creator follower count", "Fans"}},
		{"capacity", count, false, []string{"Capacity", "Seller capacity"}},
		{"share", percent, false, []string{"Agency share", "Agency commission rate", "Revenue share", "Revenue sharing portion"}},
		{"health", count, false, []string{"Health", "Creator Health Rating", "CHR", "Health rating"}},
		{"tax", flag, false, []string{"Tax form", "Tax form on file", "W-9"}},
		{"payout", flag, false, []string{"Payout ready", "Payout details", "Bank details", "Payout details on file"}},
		{"price", cash, false, []string{"Typical price", "Price"}},
		{"sales", cash, false, []string{"Affiliate GMV", "Creator-attributed GMV", "Affiliate-attributed GMV", "GMV", "Sales"}},
		{"items", count, false, []string{"Items sold", "Creator-attributed items sold", "Affiliate-attributed items sold", "Affiliate items sold", "Units sold"}},
		{"commission", cash, false, []string{"Est. commission", "Commission"}},
		{"currency", text, false, []string{"Currency"}},
	}}
}

func orderSpec() spec {
	return spec{kind: agency.OrderFile, template: "docs/templates/orders.csv", formats: []format{
		{"TAP Partner Center affiliate orders", []string{"Order settlement status", "Creator username"}},
		{"seller's affiliate orders", []string{"Commission model", "Creator username"}},
		{"seller's affiliate orders", []string{"Time Commission Paid", "Creator username"}},
		{name: "table of orders"},
	}, fields: []field{
		{"order", ident, true, []string{"Order ID", "Order number", "Order no", "Order"}},
		{"sku", ident, false, []string{"SKU ID", "SKU", "Seller SKU"}},
		{"productid", ident, false, []string{"Product ID"}},
		{"product", text, false, []string{"Product name", "Product", "Product title"}},
		{"shop", text, false, []string{"Shop name", "Shop", "Seller", "Seller name", "Store name"}},
		{"code", ident, false, []string{"Shop code", "Seller code"}},
		{"creator", text, true, []string{"Creator username", "Creator", "Creator name", "Username", "Handle", "Creator handle"}},
		{"campaign", ident, false, []string{"Partner campaign ID", "Campaign ID"}},
		{"content", text, false, []string{"Content type"}},
		{"price", cash, true, []string{"Price", "SKU price", "Unit price", "Item price"}},
		{"currency", text, false, []string{"Currency"}},
		{"quantity", count, false, []string{"Quantity", "Items sold", "Qty"}},
		{"refunded", text, false, []string{"Fully returned or refunded", "Fully refunded or returned", "Fully refunded", "Refunded"}},
		{"status", text, true, []string{"Order settlement status", "Settlement status", "Order status", "Settle status", "Commission status", "Status"}},
		{"rate", percent, false, []string{"Standard creator affiliate commission rate", "Standard creator commission rate", "Standard commission rate", "Creator commission rate", "Commission rate", "Rate"}},
		{"est", cash, false, []string{"Est. standard commission payment", "Est. creator commission", "Est. standard creator commission", "Est. standard commission", "Est. commission payment", "Est. commission"}},
		{"estads", cash, false, []string{"Est. Shop Ads commission payment", "Est. creator Shop Ads commission", "Est. Shop Ads commission"}},
		{"estbonus", cash, false, []string{"Est. co-funded creator bonus", "Est. creator partner bonus commission"}},
		{"act", cash, false, []string{"Actual Commission Payment", "Actual standard commission payment", "Actual standard commission", "Standard creator commission", "Actual creator commission", "Actual commission"}},
		{"actads", cash, false, []string{"Actual Shop Ads commission payment", "Shop ads commission for creators", "Actual Shop Ads commission"}},
		{"actbonus", cash, false, []string{"Actual co-funded creator bonus", "Affiliate creator partner bonus"}},
		{"ordered", date, true, []string{"Time Created", "Order date", "Created time", "Order time", "Ordered at", "Order created time", "Created"}},
		{"settled", date, false, []string{"Time Commission Paid", "Commission paid time", "Commission settlement date", "Time settled", "Settlement time", "Settled at", "Settled"}},
	}}
}

func violationSpec() spec {
	return spec{kind: agency.ViolationFile, template: "docs/templates/violations.csv", formats: []format{{name: "table of violations"}}, fields: []field{
		{"notice", ident, false, []string{"Notice", "Notice number", "Violation ID", "Ticket", "Ticket ID", "Case ID", "Record ID", "Notice ID"}},
		{"shop", text, false, []string{"Shop", "Shop name", "Seller", "Seller name", "Store name"}},
		{"code", ident, false, []string{"Shop code", "Seller code"}},
		{"region", text, false, []string{"Region", "Country", "Market"}},
		{"creator", text, false, []string{"Creator", "Creator username", "Username", "Handle", "Creator name"}},
		{"rule", text, true, []string{"Violation", "Violation type", "Violation reason", "Reason", "Rule", "Policy", "Violated policy"}},
		{"detail", text, false, []string{"Detail", "Details", "Description", "Enforcement type"}},
		{"severity", text, false, []string{"Severity", "Level", "Priority"}},
		{"points", count, false, []string{"Points", "Violation points"}},
		{"opened", date, false, []string{"Date", "Violation date", "Opened", "Opened on", "Enforcement date", "Time"}},
		{"deadline", date, false, []string{"Appeal deadline", "Deadline", "Appeal by", "Due", "Due date", "Respond by"}},
		{"status", text, false, []string{"Status", "Record status", "Appeal status"}},
	}}
}

// headerKey is a header as it is compared: in lower case, without units in brackets, dots, dashes or underscores at work,
// with single blanks. "Est. Commission  (USD)" and "estimated commission" are the same.
func headerKey(header string) string {
	key := strings.ToLower(fold(header))
	for {
		trimmed := strings.TrimRight(key, " *:#?\t\n")
		i := strings.LastIndexAny(trimmed, "([")
		if i <= 0 || !strings.HasSuffix(trimmed, ")") && !strings.HasSuffix(trimmed, "]") {
			key = trimmed
			break
		}
		key = trimmed[:i]
	}
	key = strings.TrimRight(key, " $£€¥%")
	words := strings.FieldsFunc(key, func(r rune) bool { return strings.ContainsRune(" \t\n\r_-–.·/*:'’\"“”", r) })
	for i, w := range words {
		switch w {
		case "estimated":
			words[i] = "est"
		case "username", "usernames":
			words[i] = "username"
		case "cancelled":
			words[i] = "canceled"
		}
	}
	return strings.Join(words, " ")
}

// unitOf is the currency that a header names in its brackets: "GMV (USD)", "Price [£]".
func unitOf(header string) string {
	header = strings.TrimSpace(fold(header))
	i := strings.LastIndexAny(header, "([")
	if i < 0 || i+1 >= len(header) {
		return ""
	}
	return strings.Trim(header[i+1:], " )]")
}

// fold turns full-width signs and letters into plain ones, every kind of blank into a blank, and drops invisible signs.
func fold(text string) string {
	plain := true
	for i := 0; i < len(text); i++ {
		if text[i] >= 0x80 {
			plain = false
			break
		}
	}
	if plain {
		return text
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 0xFF01 && r <= 0xFF5E:
			return r - 0xFEE0
		case r == '\u00a0' || r == '\u3000' || r >= '\u2000' && r <= '\u200a' || r == '\u202f':
			return ' '
		case r == '\ufeff' || r >= '\u200b' && r <= '\u200f' || r >= '\u202a' && r <= '\u202e' || r >= '\u2060' && r <= '\u2069':
			return -1
		case r == '\uffe5':
			return '¥'
		case r == '\uffe1':
			return '£'
		}
		return r
	}, text)
}

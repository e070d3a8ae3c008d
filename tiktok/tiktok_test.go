package tiktok

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"liaison/agency"
	"liaison/agency/money"
)

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// readTestFile reads a file of testdata, or of another folder relative to this one.
func readTestFile(t *testing.T, name string, kind agency.ImportKind) agency.ImportFile {
	t.Helper()
	f, err := ReadFile(filepath.Join("testdata", name), kind, Options{Now: now})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return f
}

// readText reads a text as a file.
func readText(t *testing.T, text string, kind agency.ImportKind) (agency.ImportFile, error) {
	t.Helper()
	return Read("test.csv", []byte(text), kind, Options{Now: now})
}

func mustRead(t *testing.T, text string, kind agency.ImportKind) agency.ImportFile {
	t.Helper()
	f, err := readText(t, text, kind)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func noneBad(t *testing.T, f agency.ImportFile) {
	t.Helper()
	for _, b := range f.Bad {
		t.Errorf("%s: %s", f.Name, b)
	}
}

func amount(t *testing.T, c agency.Cash, usual money.Currency) string {
	t.Helper()
	a, err := c.In(usual).Amount("", true)
	if err != nil {
		t.Fatal(err)
	}
	return a.String()
}

func TestTheCreatorExportOfTheCAPPartnerCenter(t *testing.T) {
	t.Parallel()
	f := readTestFile(t, "cap_creators_jp.csv", agency.CreatorFile)
	noneBad(t, f)
	if f.Format != "CAP Partner Center creator export" || len(f.Creators) != 10 {
		t.Fatalf("%s with %d rows", f.Format, len(f.Creators))
	}
	first, last := f.Creators[0], f.Creators[9]
	if first.Handle != "yui.mainichi" || first.Name != "ゆいの毎日" || amount(t, first.Sales, "USD") != "¥2,281,428" || first.ItemsSold.Value != 1204 {
		t.Errorf("first: %+v", first)
	}
	if last.Sales.Given || last.ItemsSold.Given || last.Commission.Given {
		t.Errorf("“--” must be nothing: %+v", last)
	}
}

func TestTheSellersOwnAffiliateOrders(t *testing.T) {
	t.Parallel()
	f := readTestFile(t, "affiliate_orders_us.csv", agency.OrderFile)
	noneBad(t, f)
	if f.Format != "seller's affiliate orders" || len(f.Orders) != 15 {
		t.Fatalf("%s with %d rows", f.Format, len(f.Orders))
	}
	byOrder := map[string]agency.OrderRow{}
	for _, o := range f.Orders {
		byOrder[o.OrderNo+"/"+o.SKU[len(o.SKU)-1:]] = o
	}
	for key, want := range map[string]struct {
		state  agency.LineState
		actual string
	}{
		"576461048301831201/1": {agency.LineSettled, "$3.75"},
		"576461048301831203/2": {agency.LineIneligible, ""},
		"576461048301831204/3": {agency.LineSettled, "$107.52"},
		"576461048301831205/3": {agency.LineEstimated, ""},
		"576461048301831207/4": {agency.LineIneligible, ""},
		"576461048301831208/4": {agency.LineEstimated, ""},
		"576461048301831209/5": {agency.LineSettled, "$0.96"}, // by a Shop Ads commission alone
		"576461048301831211/1": {agency.LineIneligible, ""},   // settled, but returned in full
		"576461048301831213/3": {agency.LineSettled, "$5.80"}, // with a bonus
	} {
		o := byOrder[key]
		if o.State != want.state || want.actual != "" && amount(t, o.Actual, "USD") != want.actual {
			t.Errorf("%s: %s %+v, want %+v", key, o.State, o.Actual, want)
		}
	}
	o := byOrder["576461048301831204/3"]
	if amount(t, o.Price, o.Currency) != "$1,024.00" || o.OrderedAt != "2026-10-11 00:10:09" || o.SettledAt != "2026-10-28 03:00:00" || o.Rate.Value != 1050 || o.Line != 5 {
		t.Errorf("%+v", o)
	}
	if p := byOrder["576461048301831203/2"].Product; p != `6" Silicone mask brush` {
		t.Errorf("product %q", p)
	}
}

func TestTheAffiliateOrdersOfTheTAPPartnerCenter(t *testing.T) {
	t.Parallel()
	f := readTestFile(t, "tap_affiliate_orders.csv", agency.OrderFile)
	noneBad(t, f)
	if f.Format != "TAP Partner Center affiliate orders" || len(f.Orders) != 6 {
		t.Fatalf("%s with %d rows", f.Format, len(f.Orders))
	}
	o := f.Orders[1]
	if o.ShopCode != "GBLCWXYZ6789" || o.State != agency.LineSettled || amount(t, o.Actual, "GBP") != "£8.40" || o.Rate.Value != 1200 || o.Quantity != 2 {
		t.Errorf("the creator's commission, not the partner's: %+v", o)
	}
	if f.Orders[4].State != agency.LineFrozen || f.Orders[3].State != agency.LineIneligible || f.Orders[2].Actual.Given {
		t.Errorf("states: %+v", f.Orders)
	}
}

func TestATableOfSellersWithTitlesSemicolonsAndDecimalCommas(t *testing.T) {
	t.Parallel()
	f := readTestFile(t, "sellers.csv", agency.SellerFile)
	for _, b := range f.Bad {
		if b.Row != 5 { // its last cell spills over: a semicolon in a file of semicolons
			t.Error(b)
		}
	}
	if len(f.Sellers) != 4 {
		t.Fatalf("%d sellers: %+v, bad %v", len(f.Sellers), f.Sellers, f.Bad)
	}
	h, k := f.Sellers[1], f.Sellers[2]
	if h.Line != 6 || amount(t, h.Price, "") != "€1,035.00" || h.MinFollowers.Value != 5000 || h.StartsOn != "2026-10-12" || h.Region != "uk" {
		t.Errorf("%+v", h)
	}
	if k.Shop != "Käsehaus Jansen" || k.MinFollowers.Given || k.StartsOn != "2026-09-30" || k.Done != "all" {
		t.Errorf("%+v", k)
	}
	if !strings.Contains(strings.Join(f.Notes, " "), "Row 4 describes the columns") {
		t.Errorf("notes %q", f.Notes)
	}
}

func TestATableOfViolations(t *testing.T) {
	t.Parallel()
	f := readTestFile(t, "violations.csv", agency.ViolationFile)
	noneBad(t, f)
	if len(f.Violations) != 5 {
		t.Fatalf("%d rows", len(f.Violations))
	}
	v := f.Violations[0]
	if v.Notice != "VN26110001" || v.Creator != "" || v.Deadline != "2026-12-18 23:59:59" || v.Points.Value != 12 || v.Closed {
		t.Errorf("%+v", v)
	}
	if !f.Violations[3].Closed || f.Violations[2].Deadline != "2026-11-26 12:00:00" || f.Violations[1].Points.Given {
		t.Errorf("%+v", f.Violations)
	}
}

func TestEveryTemplateCanBeImported(t *testing.T) {
	t.Parallel()
	for _, kind := range agency.ImportKinds {
		f, err := ReadFile(filepath.Join("..", "docs", "templates", string(kind)+".csv"), kind, Options{Now: now})
		if err != nil {
			t.Fatal(err)
		}
		noneBad(t, f)
		if n := len(f.Sellers) + len(f.Creators) + len(f.Orders) + len(f.Violations); n != 2 {
			t.Errorf("%s: %d rows", kind, n)
		}
		if strings.Contains(strings.Join(f.Notes, ""), "describes") {
			t.Errorf("%s: %v", kind, f.Notes)
		}
	}
}

func TestBadCellsAreNamedByRowAndColumn(t *testing.T) {
	t.Parallel()
	f := readTestFile(t, "spoiled_ids.csv", agency.OrderFile)
	var got []string
	for _, b := range f.Bad {
		got = append(got, b.String())
	}
	all := strings.Join(got, "\n")
	for _, want := range []string{"row 2, Order ID: A spreadsheet has kept", "row 2, SKU ID: A spreadsheet", "row 3, Price: It is a formula.", "row 4, Order Status: “Teleported” is not an order status"} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in\n%s", want, all)
		}
	}
	if len(f.Orders) != 0 {
		t.Errorf("%d rows were let through", len(f.Orders))
	}
}

func TestWholeFilesAreRefusedInASentence(t *testing.T) {
	t.Parallel()
	wrong, err := os.ReadFile(filepath.Join("testdata", "wrong_headers.csv"))
	if err != nil {
		t.Fatal(err)
	}
	many := "Order ID,Creator Username,Price,Order Status,Time Created\n" + strings.Repeat("1,a,2,Settled,2026-01-01\n", MaxRows+1)
	for name, c := range map[string]struct {
		data string
		want string
	}{
		"other headers":   {string(wrong), "did not find “Creator username”, “Price”, “Order settlement status”, “Time Created”"},
		"no table":        {"hello\nworld\n", "found none of them"},
		"nothing":         {"", "is empty"},
		"only a header":   {"Order ID,Creator,Price,Status,Time Created\n", "has a header but no rows"},
		"old Excel":       {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", "old Excel file"},
		"PDF":             {"%PDF-1.7", "is a PDF"},
		"binary":          {"Order ID\x00\x01\x02", "not a text file"},
		"Latin-1":         {"Shop,Region,Category\nK\xe4se,DE,Food\n", "not in UTF-8"},
		"broken zip":      {"PK\x03\x04 nothing", "not an XLSX file"},
		"too large":       {strings.Repeat("x", MaxFileBytes+1), "larger than 10 MB"},
		"too many rows":   {many, "more than 50,000 rows"},
		"too many cells":  {"Order ID,Creator,Price,Status,Time Created\n" + strings.Repeat(strings.Repeat(",", 999)+"\n", 1_001), "more than 1,000,000 cells"},
		"two date orders": {"Order ID,Creator,Price,Status,Time Created\n1,a,2,Pending,13/05/2026\n2,a,2,Pending,05/13/2026\n", "row 2 has the day first, row 3 the month"},
	} {
		_, err := readText(t, c.data, agency.OrderFile)
		if agency.CodeOf(err) != agency.CodeInvalid || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

package agency_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"liaison/agency"
	"liaison/agency/money"
	"liaison/agency/policy"
	"liaison/store"
	"liaison/store/storetest"
)

// imports is a desk with its clock, for importing files.
type imports struct {
	*agency.Agency
	t   *testing.T
	now time.Time
}

func newImports(t *testing.T, s *store.Store) *imports {
	t.Helper()
	book, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	im := &imports{t: t, now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	im.Agency = &agency.Agency{Store: s, Now: func() time.Time { return im.now }, Rules: book}
	return im
}

func (im *imports) do(work func(*agency.Desk) error) {
	im.t.Helper()
	if err := im.Do(context.Background(), agency.System, work); err != nil {
		im.t.Fatal(err)
	}
}

// bring imports a file as the operator and compares the counts: new, changed, unchanged, bad.
func (im *imports) bring(f agency.ImportFile, o agency.ImportOptions, want string) agency.ImportReport {
	im.t.Helper()
	f.Name = "file.csv"
	var preview, report agency.ImportReport
	err := im.Look(context.Background(), agency.System, func(d *agency.Desk) (err error) {
		o.Apply = false
		preview, err = d.Import(f, o)
		return err
	})
	if err != nil {
		im.t.Fatal(err)
	}
	err = im.Do(context.Background(), agency.System, func(d *agency.Desk) (err error) {
		o.Apply = true
		report, err = d.Import(f, o)
		return err
	})
	got := fmt.Sprintf("%d %d %d %d", report.New, report.Changed, report.Unchanged, report.BadRows())
	if got != want {
		im.t.Fatalf("new, changed, unchanged, bad are %s, want %s:\n%s", got, want, strings.Join(report.Lines(10), "\n"))
	}
	if report.BadRows() > 0 != (agency.CodeOf(err) == agency.CodeConflict) || report.BadRows() == 0 && err != nil {
		im.t.Fatalf("%d bad rows and the error %v", report.BadRows(), err)
	}
	if p := preview.Summary(); p != report.Summary() {
		im.t.Fatalf("the preview said %s, the import %s", p, report.Summary())
	}
	return report
}

// again imports a file that must change nothing.
func (im *imports) again(f agency.ImportFile, o agency.ImportOptions) {
	im.t.Helper()
	rows := len(f.Sellers) + len(f.Creators) + len(f.Orders) + len(f.Violations)
	r := im.bring(f, o, fmt.Sprintf("0 0 %d 0", rows))
	if r.Repeated > 0 {
		im.t.Fatal("rows were repeated")
	}
}

// balance checks that the books balance, and gives an account's balance in minor units.
func (im *imports) balance(a agency.Account, c money.Currency) (minor int64) {
	im.t.Helper()
	err := im.Store.Read(context.Background(), func(tx agency.Tx) error {
		b, err := tx.Balance(a, c)
		minor = b.Minor
		return err
	})
	if err != nil {
		im.t.Fatal(err)
	}
	im.do(func(d *agency.Desk) error {
		sums, err := d.TrialBalance()
		for _, s := range sums {
			if !s.IsZero() {
				im.t.Errorf("the trial balance is %s", s)
			}
		}
		return err
	})
	return minor
}

func usd(minor int64) agency.Cash { return agency.CashOf(money.Of(minor, "USD")) }

func someSellers() agency.ImportFile {
	return agency.ImportFile{Kind: agency.SellerFile, Sellers: []agency.SellerRow{
		{Line: 2, Shop: "Lumen Skin", ShopCode: "USLC1", Region: "USA", Category: "Beauty & Personal Care", StartsOn: "2026-11-02", Done: "verification;tax", Price: usd(2499)},
		{Line: 3, Shop: "Harbor Kitchen", ShopCode: "GBLC2", Region: "uk", Category: "Kitchenware", Done: "all", MovedOn: "2026-10-01"},
		{Line: 4, Shop: "Käsehaus Jansen", Region: "Germany", Category: "Food", Blocked: "bank: the name does not match", Format: "any"},
	}}
}

func someCreators() agency.ImportFile {
	return agency.ImportFile{Kind: agency.CreatorFile, Creators: []agency.CreatorRow{
		{Line: 2, Handle: "@Maya.Glows", Name: "Maya", Region: "US", Categories: "Beauty;Health", AgencyShare: agency.Given(money.BasisPoints(2_000)), Sales: usd(100_000), Followers: agency.Given(int64(48_200))},
		{Line: 3, Handle: "leo_eats", Sales: agency.Cash{Units: 2_281_428, Currency: agency.YenOrYuan, Given: true}},
	}}
}

func someOrders() agency.ImportFile {
	row := agency.OrderRow{Line: 2, OrderNo: "576461048301831201", SKU: "1", Shop: "Lumen Skin", ShopCode: "USLC1", Creator: "maya.glows", Status: "Settled",
		State: agency.LineSettled, Price: usd(2499), Quantity: 2, Estimated: usd(750), Actual: usd(749), OrderedAt: "2026-10-03 16:53:20", SettledAt: "2026-10-20 03:00:00"}
	forecast, stranger := row, row
	forecast.Line, forecast.OrderNo, forecast.State, forecast.Status, forecast.Actual, forecast.SettledAt = 3, "576461048301831202", agency.LineEstimated, "Processing", agency.Cash{}, ""
	stranger.Line, stranger.OrderNo, stranger.Creator = 4, "576461048301831203", "@New.Face"
	return agency.ImportFile{Kind: agency.OrderFile, Format: "test orders", Orders: []agency.OrderRow{row, forecast, stranger}}
}

func TestSellersAreImported(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		im := newImports(t, s)
		f := someSellers()
		im.bring(f, agency.ImportOptions{}, "3 0 0 0")
		im.again(f, agency.ImportOptions{})
		im.do(func(d *agency.Desk) error {
			list, total, err := d.Sellers(agency.SellerFilter{})
			if err != nil || total != 3 {
				return fmt.Errorf("%d sellers: %w", total, err)
			}
			lumen, steps, err := d.Seller(list[0].ID)
			if err != nil {
				return err
			}
			if lumen.Region != "US" || lumen.Category != "Beauty" || lumen.Stage != "verification" || steps[0].State != agency.StepDone || steps[2].State != agency.StepOpen || lumen.Price != money.Of(2499, "USD") {
				t.Errorf("%+v\n%+v", lumen, steps)
			}
			if list[1].Stage != agency.Live || list[1].MovedAt != agency.Date("2026-10-01").Start(time.UTC) {
				t.Errorf("%+v", list[1])
			}
			_, steps, err = d.Seller(list[2].ID)
			if steps[2].State != agency.StepBlocked || steps[2].Reason != "the name does not match" {
				t.Errorf("%+v", steps)
			}
			return err
		})
		f.Sellers[0].Done, f.Sellers[0].Contact, f.Sellers[2].Done = "verification;tax;bank;warehouse", "maya@lumen.example", "bank"
		f.Sellers[2].Blocked = ""
		r := im.bring(f, agency.ImportOptions{}, "0 2 1 0")
		if !strings.Contains(strings.Join(r.Samples, "\n"), "S-1 Lumen Skin: step bank open → done, step warehouse open → done, contact – → maya@lumen.example") {
			t.Errorf("samples %q", r.Samples)
		}
		im.again(f, agency.ImportOptions{})
	})
}

func TestBadSellersStopTheWholeFile(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		im := newImports(t, s)
		f := someSellers()
		f.Sellers = append(f.Sellers,
			agency.SellerRow{Line: 5, Shop: "Nowhere", Region: "Atlantis", Category: "Beauty"},
			agency.SellerRow{Line: 6, Shop: "Odd", Region: "US", Category: "Weapons", Done: "dance"},
			agency.SellerRow{Line: 7, Shop: "LUMEN SKIN Official", Region: "US", Category: "Beauty"},          // not the same row 2
			agency.SellerRow{Line: 8, Shop: "Lumen Two", ShopCode: "USLC1", Region: "US", Category: "Beauty"}, // row 2's code
			agency.SellerRow{Line: 9, Shop: "Free", Region: "US", Category: "Beauty", Blocked: "bank"},        // no reason
			agency.SellerRow{Line: 10, Shop: "Dear", Region: "US", Category: "Beauty", Price: agency.Cash{Units: 12345, Places: 3, Given: true}})
		r := im.bring(f, agency.ImportOptions{}, "3 0 0 6")
		if all := strings.Join(r.Lines(20), "\n"); !strings.Contains(all, "row 5, Region: “Atlantis” is not a region") || !strings.Contains(all, "row 6, Done steps: “dance”") || !strings.Contains(all, "row 8, Shop: It is the same shop as row 2") {
			t.Error(all)
		}
		im.do(func(d *agency.Desk) error {
			if _, total, err := d.Sellers(agency.SellerFilter{}); err != nil || total != 0 {
				return fmt.Errorf("%d sellers were written: %w", total, err)
			}
			return nil
		})
	})
}

func TestCreatorsAreImported(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		im := newImports(t, s)
		f := someCreators()
		im.bring(f, agency.ImportOptions{}, "2 0 0 0")
		im.now = im.now.AddDate(0, 0, 1)
		im.again(f, agency.ImportOptions{})
		f.Creators[0].Handle, f.Creators[0].Sales = "MAYA.glows", usd(120_000)
		f.Creators[1] = agency.CreatorRow{Line: 3, Handle: "leo_eats"} // says nothing: nothing changes
		r := im.bring(f, agency.ImportOptions{}, "0 1 1 0")
		if len(r.Samples) != 1 || r.Samples[0] != "C-1 @maya.glows: sales $1,000.00 → $1,200.00" {
			t.Errorf("samples %q", r.Samples)
		}
		f.Creators = append(f.Creators, agency.CreatorRow{Line: 4, Handle: "=HYPERLINK(1)"}, agency.CreatorRow{Line: 5, Handle: "x", Health: agency.Given(int64(2000))},
			agency.CreatorRow{Line: 6, Handle: "y", Categories: "Beauty,Weapons"}, f.Creators[0])
		f.Creators[5].Line = 7
		if r := im.bring(f, agency.ImportOptions{}, "0 0 2 3"); r.Repeated != 1 {
			t.Errorf("%d repeated", r.Repeated)
		}
	})
}

func TestOrdersAreImportedAndSettledToTheLedger(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		im := newImports(t, s)
		im.bring(someSellers(), agency.ImportOptions{}, "3 0 0 0")
		im.bring(someCreators(), agency.ImportOptions{}, "2 0 0 0")
		f := someOrders()
		r := im.bring(f, agency.ImportOptions{}, "3 0 0 0")
		if !strings.Contains(strings.Join(r.Notes, " "), "1 creator will be added, with the handle only: @new.face.") {
			t.Errorf("notes %q", r.Notes)
		}
		// 7.49 of which the agency has 20 %: 5.99 and 1.50. The stranger has no contract and gets it all.
		for account, want := range map[agency.Account]int64{agency.Clearing: 1498, "creator:1": -599, "creator:3": -749, agency.AgencyIncome: -150} {
			if got := im.balance(account, "USD"); got != want {
				t.Errorf("%s is %d, want %d", account, got, want)
			}
		}
		im.now = im.now.AddDate(0, 0, 1)
		im.again(f, agency.ImportOptions{})

		// The forecast settles; the first line is refunded; the stranger's is corrected.
		f.Orders[1].State, f.Orders[1].Status, f.Orders[1].Actual = agency.LineSettled, "Settled", usd(700)
		f.Orders[0].State, f.Orders[0].Status, f.Orders[0].Refunded = agency.LineIneligible, "Ineligible", true
		f.Orders[2].Actual = usd(500)
		im.bring(f, agency.ImportOptions{}, "0 3 0 0")
		for account, want := range map[agency.Account]int64{agency.Clearing: 1200, "creator:1": -560, "creator:3": -500, agency.AgencyIncome: -140} {
			if got := im.balance(account, "USD"); got != want {
				t.Errorf("afterwards %s is %d, want %d", account, got, want)
			}
		}
		im.again(f, agency.ImportOptions{})

		// The refund is taken back, and taken again: every posting has its own key.
		for range 2 {
			f.Orders[0].State, f.Orders[0].Refunded = agency.LineSettled, false
			im.bring(f, agency.ImportOptions{}, "0 1 2 0")
			f.Orders[0].State, f.Orders[0].Refunded = agency.LineIneligible, true
			im.bring(f, agency.ImportOptions{}, "0 1 2 0")
		}
		if got := im.balance("creator:1", "USD"); got != -560 {
			t.Errorf("in the end creator:1 is %d", got)
		}
		payable := map[string]bool{}
		err := s.Read(context.Background(), func(tx agency.Tx) error {
			lines, err := tx.PayableLines("USD", agency.InstantOf(im.now)+1)
			for _, l := range lines {
				payable[l.OrderNo] = true
			}
			return err
		})
		if err != nil || len(payable) != 2 || payable[f.Orders[0].OrderNo] {
			t.Errorf("payable are %v, %v", payable, err)
		}
	})
}

func TestAnOlderFileDoesNotUnsettle(t *testing.T) {
	t.Parallel()
	im := newImports(t, storetest.SQLite(t))
	im.bring(someSellers(), agency.ImportOptions{}, "3 0 0 0")
	f := someOrders()
	im.bring(f, agency.ImportOptions{}, "3 0 0 0")
	f.Orders[0].State, f.Orders[0].Status, f.Orders[0].Actual = agency.LineEstimated, "Processing", agency.Cash{}
	r := im.bring(f, agency.ImportOptions{}, "0 0 3 0")
	if !strings.Contains(strings.Join(r.Notes, " "), "must be an older one") || im.balance("creator:1", "USD") != -749 {
		t.Errorf("notes %q", r.Notes)
	}
}

func TestBadOrdersStopTheWholeFile(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		im := newImports(t, s)
		im.bring(someSellers(), agency.ImportOptions{}, "3 0 0 0")
		f := someOrders()
		bad := func(change func(*agency.OrderRow)) {
			row := f.Orders[0]
			row.Line, row.OrderNo = len(f.Orders)+2, fmt.Sprint(900+len(f.Orders))
			change(&row)
			f.Orders = append(f.Orders, row)
		}
		bad(func(r *agency.OrderRow) { r.Shop, r.ShopCode = "Unknown Shop", "" })
		bad(func(r *agency.OrderRow) { r.Creator = "not a handle" })
		bad(func(r *agency.OrderRow) { r.Quantity = 1 << 40 })
		bad(func(r *agency.OrderRow) { r.OrderedAt = "" })
		bad(func(r *agency.OrderRow) { r.Currency = "EUR" })
		bad(func(r *agency.OrderRow) { r.Actual = agency.Cash{Units: 1, Places: 4, Given: true} })
		bad(func(r *agency.OrderRow) { r.OrderNo, r.Quantity = f.Orders[0].OrderNo, 5 })
		f.Bad = []agency.BadRow{{Row: 99, Column: "Price", Why: "It is a formula."}}
		r := im.bring(f, agency.ImportOptions{}, "3 0 0 8")
		if all := strings.Join(r.Lines(20), "\n"); !strings.Contains(all, "The shop “Unknown Shop” is not recorded. Add it") || !strings.Contains(all, "the same as row 2 but says something else") {
			t.Error(all)
		}
		if im.balance(agency.Clearing, "USD") != 0 {
			t.Error("something was posted")
		}
	})
}

func TestAFileWithoutShopsNeedsASeller(t *testing.T) {
	t.Parallel()
	im := newImports(t, storetest.SQLite(t))
	im.bring(someSellers(), agency.ImportOptions{}, "3 0 0 0")
	f := someOrders()
	for i := range f.Orders {
		f.Orders[i].Shop, f.Orders[i].ShopCode = "", ""
	}
	err := im.Look(context.Background(), agency.System, func(d *agency.Desk) error {
		_, err := d.Import(f, agency.ImportOptions{})
		return err
	})
	if agency.CodeOf(err) != agency.CodeInvalid || !strings.Contains(err.Error(), "--seller") {
		t.Fatal(err)
	}
	im.bring(f, agency.ImportOptions{Seller: 1}, "3 0 0 0")
	im.bring(f, agency.ImportOptions{Seller: 2}, "0 0 0 3") // they are another shop's, and in its currency
}

func TestViolationsBecomeCasesAndTheirCardsArePosted(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		im := newImports(t, s)
		im.bring(someSellers(), agency.ImportOptions{}, "3 0 0 0")
		im.bring(someCreators(), agency.ImportOptions{}, "2 0 0 0")
		to := agency.Address{Platform: agency.Slack, Workspace: "T1", Channel: "C1"}
		im.do(func(d *agency.Desk) error {
			_, err := d.Subscribe(to, agency.ViolationsFeed, "", "Europe/London")
			return err
		})
		f := agency.ImportFile{Kind: agency.ViolationFile, Violations: []agency.ViolationRow{
			{Line: 2, Notice: "VN1", Shop: "lumen skin", Rule: "Missing qualifications", Points: agency.Given(int64(12)), OpenedOn: "2026-11-18 00:00:00", Deadline: "2026-12-18 23:59:59"},
			{Line: 3, Creator: "@Maya.Glows", Rule: "Misleading claims", OpenedOn: "2026-11-20 10:30:00"},
			{Line: 4, ShopCode: "GBLC2", Rule: "Wrong category"},
			{Line: 5, Notice: "VN4", ShopCode: "GBLC2", Rule: "IP infringement", Closed: true},
		}}
		r := im.bring(f, agency.ImportOptions{}, "3 0 1 0")
		if !strings.Contains(strings.Join(r.Notes, " "), "1 row is resolved already") {
			t.Errorf("notes %q", r.Notes)
		}
		err := s.Read(context.Background(), func(tx agency.Tx) error {
			list, err := tx.Cases(nil, 0)
			if err != nil || len(list) != 3 {
				return fmt.Errorf("%d cases: %w", len(list), err)
			}
			for _, c := range list {
				places, err := tx.CardPlaces(agency.CaseCard, c.ID.String())
				if err != nil || len(places) != 1 || places[0] != to {
					t.Errorf("the card of %s is at %v, %v", c.ID, places, err)
				}
			}
			c, ok, err := tx.CaseByNotice("VN1")
			newYork, _ := time.LoadLocation("America/New_York")
			if !ok || c.Severity != agency.High || c.Guessed || c.Deadline != agency.InstantOf(time.Date(2026, 12, 18, 23, 59, 59, 0, newYork)) {
				t.Errorf("%+v", c)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		im.now = im.now.AddDate(0, 0, 2)
		im.again(f, agency.ImportOptions{})

		f.Violations[0].Points, f.Violations[1].Deadline = agency.Given(int64(18)), "2026-12-01 12:00:00"
		r = im.bring(f, agency.ImportOptions{}, "0 2 2 0")
		if !strings.Contains(strings.Join(r.Samples, "\n"), "V-1 Missing qualifications: points 12 → 18") {
			t.Errorf("samples %q", r.Samples)
		}
		im.again(f, agency.ImportOptions{})
		f.Violations = append(f.Violations, agency.ViolationRow{Line: 6, Notice: "VN5", Shop: "Nobody's Shop", Rule: "x"}, agency.ViolationRow{Line: 7, Notice: "VN6", Creator: "stranger", Rule: "x"},
			agency.ViolationRow{Line: 8, Notice: "VN7", Rule: "x"}, agency.ViolationRow{Line: 9, Notice: "VN8", Shop: "Lumen Skin", Rule: "x", Deadline: "2036-01-01 00:00:00"},
			agency.ViolationRow{Line: 10, Notice: "VN9", Shop: "Lumen Skin", Rule: "new, but not with these"})
		im.bring(f, agency.ImportOptions{}, "1 0 4 4")
	})
}

func TestOnlyAdminsImport(t *testing.T) {
	t.Parallel()
	im := newImports(t, storetest.SQLite(t))
	for _, f := range []agency.ImportFile{someSellers(), someCreators(), someOrders(), {Kind: agency.ViolationFile}} {
		err := im.Do(context.Background(), agency.Identity{Platform: agency.Slack, Workspace: "T1", User: "U1"}, func(d *agency.Desk) error {
			_, err := d.Import(f, agency.ImportOptions{Apply: true})
			return err
		})
		if agency.CodeOf(err) != agency.CodeForbidden {
			t.Errorf("%s: %v", f.Kind, err)
		}
	}
}

package tiktok

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"liaison/agency"
)

const orderHeader = "Order ID,SKU ID,Creator Username,Price,Currency,Quantity,Order Status,Standard commission rate,Actual Commission Payment,Time Created\n"

func TestAFileIsReadHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	plain := orderHeader + `576461048301831201,1729384756102938401,maya,"1,024.50",USD,2,Settled,15%,153.68,30/09/2026 16:53:20` + "\n"
	semicolons := strings.NewReplacer(`"1,024.50"`, `1.024,50`, "153.68", "153,68", ",", ";").Replace(plain)
	semicolons = strings.Replace(semicolons, "1.024;50", "1.024,50", 1)
	semicolons = strings.Replace(semicolons, "153;68", "153,68", 1)
	tabs := strings.ReplaceAll(strings.ReplaceAll(plain, `"1,024.50"`, "1024.50"), ",", "\t")
	var wide bytes.Buffer
	wide.Write([]byte{0xFF, 0xFE})
	for _, u := range utf16.Encode([]rune(tabs)) {
		if err := binary.Write(&wide, binary.LittleEndian, u); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{
		"plain":               plain,
		"BOM":                 "\ufeff" + plain,
		"Windows lines":       strings.ReplaceAll(plain, "\n", "\r\n"),
		"old Mac lines":       strings.ReplaceAll(plain, "\n", "\r"),
		"semicolons":          semicolons,
		"tabs":                tabs,
		"UTF-16":              wide.String(),
		"quoted then a tab":   strings.ReplaceAll(plain, "576461048301831201,", "\"576461048301831201\"\t,"),
		"tabs after values":   strings.ReplaceAll(plain, ",USD,", "\t,USD\t,"),
		"titles above":        "Affiliate orders\n[Date Range]: 2026-09-01 ~ 2026-09-30\n\n" + plain,
		"descriptions below":  strings.Replace(plain, "\n", "\nPlatform unique order ID,The SKU,Who sold it,Price of one,Currency,How many pieces,State of it,Rate agreed,What was paid,When it was made\n", 1),
		"blank rows at end":   plain + ",,,,,,,,,\n\n , ,\n",
		"totals at end":       plain + "Total,,,\"1,024.50\",,2,,,153.68,\n",
		"header said again":   plain + orderHeader,
		"header in capitals":  strings.Replace(plain, orderHeader, strings.ToUpper(orderHeader), 1),
		"suffixes in headers": strings.Replace(plain, "Actual Commission Payment", "Actual Commission Payment (USD)", 1),
		"ids as Excel text":   strings.Replace(plain, "576461048301831201", `"=""576461048301831201"""`, 1),
		"sep= line":           "sep=,\n" + plain,
		"more columns":        strings.Replace(strings.Replace(plain, "Order ID,", "Recipient,Phone #,Order ID,", 1), "\n576", "\n\"Doe, Jane\",+1 555 0100,576", 1),
	} {
		f, err := readText(t, text, agency.OrderFile)
		if err != nil || len(f.Bad) > 0 || len(f.Orders) != 1 {
			t.Errorf("%s: %v, %d rows, bad %v", name, err, len(f.Orders), f.Bad)
			continue
		}
		o := f.Orders[0]
		o.Line = 0
		want := agency.OrderRow{OrderNo: "576461048301831201", SKU: "1729384756102938401", Creator: "maya", Status: "Settled", State: agency.LineSettled,
			Price: o.Price, Quantity: 2, Rate: o.Rate, Actual: o.Actual, Currency: "USD", OrderedAt: "2026-09-30 16:53:20"}
		if o != want || amount(t, o.Price, "USD") != "$1,024.50" || amount(t, o.Actual, "USD") != "$153.68" || o.Rate.Value != 1500 {
			t.Errorf("%s: %+v", name, o)
		}
	}
}

func TestCarelessQuotesDoNotMoveCells(t *testing.T) {
	t.Parallel()
	f := mustRead(t, "Order ID,Creator,Product,Price,Status,Time Created\n"+
		"1001,maya,6\" brush,9.50,Pending,13/10/2026\n"+ // a bare quote does no harm
		"1002,maya,\"say \"hi\" now\",9.50,Pending,13/10/2026\n"+
		"1003,maya,1,024.50,Pending,13/10/2026,extra\n"+ // an amount without quotes moves the rest
		"1004,maya,\"never closed,9.50,Pending,13/10/2026\n1005,maya,x,9.50,Pending,13/10/2026\n", agency.OrderFile)
	if len(f.Orders) != 2 || f.Orders[0].Product != `6" brush` || len(f.Bad) != 2 {
		t.Errorf("%d rows, bad %v", len(f.Orders), f.Bad)
	}
}

func TestRowNumbersAreThoseOfASpreadsheet(t *testing.T) {
	t.Parallel()
	f := mustRead(t, "Title\n\nOrder ID,Creator,Product,Price,Status,Time Created\n1001,maya,\"two\nlines\",9.50,Pending,13/10/2026\n1002,maya,x,oops,Pending,13/10/2026\n", agency.OrderFile)
	if len(f.Bad) != 1 || f.Bad[0].Row != 5 || f.Orders[0].Line != 4 {
		t.Errorf("bad %v, first row %d", f.Bad, f.Orders[0].Line)
	}
}

func TestTheOrderOfDayAndMonthIsDecidedOncePerFile(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		dates []string
		first agency.WallTime
		note  string
	}{
		"a day above 12 comes first":       {[]string{"03/04/2026", "25/04/2026"}, "2026-04-03 00:00:00", ""},
		"a day above 12 comes second":      {[]string{"03/04/2026", "04/25/2026"}, "2026-03-04 00:00:00", "month first"},
		"nothing says, so day first":       {[]string{"03/04/2026"}, "2026-04-03 00:00:00", "day first, as TikTok"},
		"both in order, so day first":      {[]string{"01/02/2026", "02/03/2026", "03/04/2026"}, "2026-02-01 00:00:00", "day first, as TikTok"},
		"only month first is in order":     {[]string{"02/03/2026", "02/09/2026", "03/01/2026", "03/12/2026"}, "2026-02-03 00:00:00", "month first"},
		"only month first, newest at top":  {[]string{"03/12/2026", "03/01/2026", "02/09/2026", "02/03/2026"}, "2026-03-12 00:00:00", "month first"},
		"day first would be in the future": {[]string{"11/12/2026", "11/09/2026"}, "2026-11-12 00:00:00", "month first"},
		"year first leaves no doubt":       {[]string{"2026-04-03", "2026/12/25"}, "2026-04-03 00:00:00", ""},
	} {
		text := "Order ID,Creator,Price,Status,Time Created\n"
		for i, d := range c.dates {
			text += fmt.Sprintf("%d,maya,1,Pending,%s\n", i+1, d)
		}
		f := mustRead(t, text, agency.OrderFile)
		notes := strings.Join(f.Notes, " ")
		if len(f.Orders) != len(c.dates) || f.Orders[0].OrderedAt != c.first || c.note == "" && notes != "" || !strings.Contains(notes, c.note) {
			t.Errorf("%s: %+v, notes %q, bad %v", name, f.Orders, notes, f.Bad)
		}
	}
}

func TestRatesWithoutASignAreReadByTheirColumn(t *testing.T) {
	t.Parallel()
	read := func(rates ...string) (got []int64) {
		text := "Order ID,Creator,Price,Status,Commission rate,Time Created\n"
		for i, r := range rates {
			text += fmt.Sprintf("%d,maya,1,Pending,%s,13/05/2026\n", i+1, r)
		}
		for _, o := range mustRead(t, text, agency.OrderFile).Orders {
			got = append(got, int64(o.Rate.Value))
		}
		return got
	}
	if got := read("0.05", "0.155", "0"); fmt.Sprint(got) != "[500 1550 0]" {
		t.Errorf("fractions: %v", got)
	}
	if got := read("0.5", "15"); fmt.Sprint(got) != "[50 1500]" {
		t.Errorf("points: %v", got)
	}
	if got := read("0.5%", "15"); fmt.Sprint(got) != "[50 1500]" {
		t.Errorf("mixed: %v", got)
	}
}

func TestIdsThatASpreadsheetHasZeroedAreRefused(t *testing.T) {
	t.Parallel()
	text := "Order ID,Creator,Price,Status,Time Created\n576461048301831000,maya,1,Pending,13/05/2026\n576461048301832000,maya,1,Pending,13/05/2026\n"
	if f := mustRead(t, text, agency.OrderFile); len(f.Orders) != 0 || len(f.Bad) != 2 || !strings.Contains(f.Bad[0].Why, "end in zeros") {
		t.Errorf("%+v", f)
	}
	text += "576461048301832001,maya,1,Pending,13/05/2026\n"
	if f := mustRead(t, text, agency.OrderFile); len(f.Orders) != 3 {
		t.Errorf("%+v", f)
	}
}

func TestBuyersDataIsNotKept(t *testing.T) {
	t.Parallel()
	f := mustRead(t, "Order ID,Buyer Username,Recipient,Phone #,Creator,Price,Status,Time Created,Detail Address\n1,jane99,Jane Doe,+15550100,maya,1,Pending,13/05/2026,1 Main St\n", agency.OrderFile)
	if all := fmt.Sprintf("%+v", f); strings.Contains(all, "jane99") || strings.Contains(all, "Jane Doe") || strings.Contains(all, "5550100") || strings.Contains(all, "Main St") {
		t.Error(all)
	}
}

// workbook makes an XLSX whose cells are set as given, "A1" and so on, on its second sheet.
func workbook(t testing.TB, rows [][]any) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	if err := f.SetCellValue("Sheet1", "A1", "About this export"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.NewSheet("Orders"); err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		for j, v := range row {
			cell, _ := excelize.CoordinatesToCellName(j+1, i+1)
			var err error
			if formula, ok := v.(string); ok && strings.HasPrefix(formula, "=") {
				err = f.SetCellFormula("Orders", cell, formula[1:])
			} else {
				err = f.SetCellValue("Orders", cell, v)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var sheetHeader = []any{"Order ID", "Creator Username", "Price", "Order Status", "Commission rate", "Actual Commission Payment", "Time Created", "Quantity"}

func TestAWorkbook(t *testing.T) {
	t.Parallel()
	when := time.Date(2026, 9, 30, 16, 53, 20, 0, time.UTC)
	data := workbook(t, [][]any{{"Affiliate orders"}, {}, sheetHeader,
		{"576461048301831201", "maya", 19.99, "Settled", 0.15, 3.0, when, 1},
		{"576461048301831202", "maya", "$1,024.00", "Settled", 0.105, "107,52", "30/09/2026 16:53:20", 2},
		{int64(576461048301831203), "maya", 19.99, "Settled", 0.15, 3.0, when, 1},
		{5.76461048301831e17, "maya", 19.99, "Settled", 0.15, 3.0, when, 1},
		{"576461048301831204", "maya", "=9.99+10", "Settled", 0.15, 3.0, when, 1},
		{}, {"576461048301831205", "maya", 1234.5, "Pending", 0.15, "--", when, 1},
	})
	f, err := Read("orders.xlsx", data, agency.OrderFile, Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Orders) != 3 || len(f.Bad) != 3 {
		t.Fatalf("%d rows, bad %v", len(f.Orders), f.Bad)
	}
	a, b, c := f.Orders[0], f.Orders[1], f.Orders[2]
	if amount(t, a.Price, "USD") != "$19.99" || a.Rate.Value != 1500 || a.OrderedAt != "2026-09-30 16:53:20" || a.Line != 4 {
		t.Errorf("%+v", a)
	}
	if amount(t, b.Price, "") != "$1,024.00" || amount(t, b.Actual, "USD") != "$107.52" || b.Rate.Value != 1050 || b.OrderedAt != a.OrderedAt {
		t.Errorf("%+v", b)
	}
	if amount(t, c.Price, "USD") != "$1,234.50" || c.Line != 10 || c.Actual.Given {
		t.Errorf("%+v", c)
	}
	for i, want := range []string{"row 6, Order ID: A spreadsheet has kept", "row 7, Order ID: A spreadsheet has kept", "row 8, Price: It is a formula."} {
		if !strings.HasPrefix(f.Bad[i].String(), want) {
			t.Errorf("%s, want %q", f.Bad[i], want)
		}
	}
}

func TestWorkbooksThatAreAttacksAreRefused(t *testing.T) {
	t.Parallel()
	pack := func(parts map[string]string) []byte {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		for name, content := range parts {
			f, err := w.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.Write([]byte(content)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	many := map[string]string{}
	for i := range MaxEntries + 1 {
		many[fmt.Sprint(i)] = "x"
	}
	book := func(sheet string) []byte {
		return pack(map[string]string{
			"xl/workbook.xml":            `<workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>`,
			"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
			"xl/worksheets/sheet1.xml":   "<worksheet><sheetData>" + sheet + "</sheetData></worksheet>",
		})
	}
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"a bomb":            {pack(map[string]string{"xl/workbook.xml": strings.Repeat("0", MaxUnzipBytes+1)}), "unpacks to more than 64 MB"},
		"many parts":        {pack(many), "more than 1,000 parts"},
		"no workbook":       {pack(map[string]string{"a.txt": "x"}), "not an XLSX file"},
		"too many cells":    {book(strings.Repeat(`<row>`+strings.Repeat(`<c/>`, 200)+`</row>`, 5_001)), "more than 1,000,000 cells"},
		"the last column":   {book(`<row r="1"><c r="XFD1"><v>1</v></c></row>`), "more than 300 columns"},
		"a cell of no name": {book(`<row r="1"><c r="!!"><v>1</v></c></row>`), "is damaged"},
		"XML cut off":       {book(`<row r="1"><c r="A1"><v>1`), "is damaged"},
	} {
		_, err := Read("book.xlsx", c.data, agency.OrderFile, Options{})
		if agency.CodeOf(err) != agency.CodeInvalid || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(orderHeader+"1,2,maya,$1,USD,1,Settled,5%,1,30/09/2026\n"), uint8(2))
	f.Add([]byte("Shop;Region;Category\nA;US;Beauty\n"), uint8(0))
	f.Add([]byte("\xff\xfeO\x00r\x00"), uint8(1))
	f.Add([]byte("Creator username\tAffiliate GMV\nmaya\t1.234,5\n"), uint8(1))
	f.Add(workbook(f, [][]any{sheetHeader, {"1", "maya", 1.5, "Settled", 0.1, 1, "30/09/2026", 1}}), uint8(2))
	f.Fuzz(func(t *testing.T, data []byte, which uint8) {
		kind := agency.ImportKinds[int(which)%len(agency.ImportKinds)]
		file, err := Read("fuzz", data, kind, Options{Now: now})
		if err != nil {
			if agency.CodeOf(err) != agency.CodeInvalid {
				t.Fatalf("a refusal that is not for people: %v", err)
			}
			return
		}
		if n := len(file.Orders) + len(file.Creators) + len(file.Sellers) + len(file.Violations); n > MaxRows || n == 0 && len(file.Bad) == 0 && len(file.Notes) == 0 {
			t.Fatalf("%d rows and nothing said", n)
		}
		for _, o := range file.Orders {
			if o.OrderNo == "" || o.Creator == "" || o.State == "" {
				t.Fatalf("a row without what it needs: %+v", o)
			}
			if o.OrderedAt != "" && o.OrderedAt.In(time.UTC) == 0 {
				t.Fatalf("the agency cannot read the time %q", o.OrderedAt)
			}
			if _, err := o.Price.Amount("USD", true); err == nil && !o.Price.Given {
				t.Fatalf("a row without a price: %+v", o)
			}
		}
	})
}

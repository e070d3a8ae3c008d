package tiktok

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/xuri/excelize/v2"

	"liaison/agency"
)

// BenchmarkRead measures the largest files that are let through: fifty thousand rows.
func BenchmarkRead(b *testing.B) {
	var text bytes.Buffer
	text.WriteString(orderHeader)
	book := excelize.NewFile()
	w, err := book.NewStreamWriter("Sheet1")
	if err != nil {
		b.Fatal(err)
	}
	if err := w.SetRow("A1", sheetHeader); err != nil {
		b.Fatal(err)
	}
	for i := range MaxRows {
		fmt.Fprintf(&text, "%d\t,%d\t,creator%d,\"1,024.50\",USD,2,Settled,15%%,153.68,30/09/2026 16:53:20\t\n", 576461048300000001+i*7, 1729384756102938401+i, i%500)
		if err := w.SetRow(fmt.Sprint("A", i+2), []any{fmt.Sprint(576461048300000001 + i*7), fmt.Sprint("creator", i%500), 1024.5, "Settled", 0.15, 153.68, "30/09/2026 16:53:20", 2}); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	sheet, err := book.WriteToBuffer()
	if err != nil {
		b.Fatal(err)
	}
	for name, data := range map[string][]byte{"csv": text.Bytes(), "xlsx": sheet.Bytes()} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				f, err := Read("file", data, agency.OrderFile, Options{Now: now})
				if err != nil || len(f.Orders) != MaxRows {
					b.Fatalf("%d rows, bad %v, %v", len(f.Orders), f.Bad[:min(3, len(f.Bad))], err)
				}
			}
		})
	}
}

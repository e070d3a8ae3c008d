package main

import (
	"fmt"
	"time"

	"liaison/agency"
	"liaison/agency/money"
	"liaison/tiktok"
)

type importCmd struct {
	Kind     string `arg:"" help:"sellers, creators, orders or violations."`
	File     string `arg:"" help:"CSV or XLSX file." type:"path"`
	Yes      bool   `help:"Apply it; otherwise only show what would change."`
	Seller   string `help:"Whose file it is (S-12), for files that do not name the shop."`
	Currency string `help:"Currency of amounts for which the file names none: USD."`
	Bad      int    `help:"How many bad rows to show." default:"20"`
}

// Run shows what a file would change and, with --yes, applies all of it or nothing.
func (c importCmd) Run(p *process) error {
	kind, err := agency.ParseImportKind(c.Kind)
	if err != nil {
		return err
	}
	options := agency.ImportOptions{Apply: c.Yes, Currency: money.Currency(c.Currency)}
	if c.Currency != "" && !options.Currency.Known() {
		return agency.Invalid("“%s” is not a currency that the desk knows. Write a code such as USD.", c.Currency)
	}
	if c.Seller != "" {
		if options.Seller, err = agency.ParseSellerID(c.Seller); err != nil {
			return err
		}
	}
	file, err := tiktok.ReadFile(c.File, kind, tiktok.Options{Now: time.Now()})
	if err != nil {
		return err
	}
	if err := p.settings.there(); err != nil {
		return err
	}
	d, err := openDesk(p.ctx, p.settings, p.log, time.Now)
	if err != nil {
		return err
	}
	defer d.close() //nolint:errcheck // nothing more can be done at the end
	var report agency.ImportReport
	do := d.agency.Look
	if c.Yes {
		do = d.agency.Do
	}
	err = do(p.ctx, agency.System, func(desk *agency.Desk) error {
		report, err = desk.Import(file, options)
		return err
	})
	if report.Kind != "" {
		for _, line := range report.Lines(c.Bad) {
			fmt.Fprintln(p.out, line)
		}
	}
	if err != nil {
		return err
	}
	switch {
	case report.BadRows() > 0:
		return agency.Conflict("Nothing was written. Mend the bad rows and import the file again.")
	case report.Applied && report.New+report.Changed > 0:
		fmt.Fprintln(p.out, "Applied.")
	case report.New+report.Changed > 0:
		fmt.Fprintln(p.out, "Nothing was written yet. Add --yes to apply it.")
	default:
		fmt.Fprintln(p.out, "There is nothing to apply.")
	}
	return nil
}

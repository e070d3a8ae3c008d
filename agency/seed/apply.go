package seed

import (
	"fmt"
	"slices"
	"strings"

	"liaison/agency"
)

// Apply brings an invented agency into the records, through the use cases that files go through. It must be the desk itself
// that asks (agency.System), or an admin. Applying the same rows again changes nothing; a desk that has campaigns keeps
// them and gets no others.
func Apply(d *agency.Desk, rows Rows) error {
	if err := adoptOwners(d, &rows); err != nil {
		return err
	}
	for _, f := range []agency.ImportFile{
		{Kind: agency.SellerFile, Sellers: rows.Sellers},
		{Kind: agency.CreatorFile, Creators: rows.Creators},
	} {
		if err := importAll(d, f); err != nil {
			return err
		}
	}
	shops, err := shopNumbers(d)
	if err != nil {
		return err
	}
	if err := addCampaigns(d, rows, shops); err != nil {
		return err
	}
	if err := importAll(d, agency.ImportFile{Kind: agency.OrderFile, Orders: rows.Orders}); err != nil {
		return err
	}
	figures := make([]agency.Figure, 0, len(rows.Figures))
	for _, f := range rows.Figures {
		f.Seller = shops[f.Shop]
		figures = append(figures, f.Figure)
	}
	if err := d.PutFigures(figures); err != nil {
		return fmt.Errorf("seeding figures: %w", err)
	}
	if err := importAll(d, agency.ImportFile{Kind: agency.ViolationFile, Violations: rows.Violations}); err != nil {
		return err
	}
	return acknowledge(d, rows.Acked)
}

func importAll(d *agency.Desk, f agency.ImportFile) error {
	f.Name, f.Format = "seed", "seed"
	report, err := d.Import(f, agency.ImportOptions{Apply: true})
	if err != nil {
		return fmt.Errorf("seeding %s: %w (%s)", f.Kind, err, strings.Join(report.Lines(3), "; "))
	}
	return nil
}

// adoptOwners gives the invented sellers to those of the team who onboard sellers. Where nobody does, invented members are
// made, known under an identity that nobody can sign in with.
func adoptOwners(d *agency.Desk, rows *Rows) error {
	team, err := d.Team()
	if err != nil {
		return err
	}
	names := map[string]string{}
	managers := withRole(team, agency.SellerManager, agency.ProgramManager)
	for i, owner := range rows.Owners {
		if len(managers) > 0 {
			names[owner] = managers[i%len(managers)].Name
		}
	}
	for _, owner := range rows.Owners {
		if names[owner] != "" {
			continue
		}
		key := strings.ToLower(strings.ReplaceAll(owner, " ", "."))
		if _, err := d.Meet(agency.Identity{Platform: agency.DeskItself, Workspace: "seed", User: key}, owner); err != nil {
			return err
		}
	}
	list := make([]agency.SellerRow, len(rows.Sellers))
	for i, s := range rows.Sellers {
		if adopted := names[s.Owner]; adopted != "" {
			s.Owner = adopted
		}
		list[i] = s
	}
	rows.Sellers = list
	return nil
}

// withRole lists the members of a team who have one of the roles, those with the first role first.
func withRole(team []agency.Member, roles ...agency.Role) []agency.Member {
	var list []agency.Member
	for _, role := range roles {
		for _, m := range team {
			if slices.Contains(m.Roles, role) {
				list = append(list, m)
			}
		}
	}
	return list
}

// acknowledge takes on some of the open cases, as one of the team who handles them; where nobody does, as the desk itself.
func acknowledge(d *agency.Desk, notices []string) error {
	open, _, err := d.Cases(agency.CaseFilter{States: []agency.CaseState{agency.CaseOpen}})
	if err != nil {
		return err
	}
	team, err := d.Team()
	if err != nil {
		return err
	}
	as := *d
	if list := withRole(team, agency.Compliance, agency.ProgramManager); len(list) > 0 {
		who, ok, err := d.Reachable(list[0].ID, agency.Slack)
		if err != nil {
			return err
		}
		if ok {
			as.Actor = agency.Actor{Identity: who, Member: list[0]}
		}
	}
	for _, c := range open {
		if !slices.Contains(notices, c.Notice) {
			continue
		}
		if _, err := as.AcknowledgeCase(c.ID); err != nil {
			return fmt.Errorf("seeding the acknowledgement of %s: %w", c.ID, err)
		}
	}
	return nil
}

func shopNumbers(d *agency.Desk) (map[string]agency.SellerID, error) {
	all, _, err := d.Sellers(agency.SellerFilter{})
	if err != nil {
		return nil, err
	}
	numbers := map[string]agency.SellerID{}
	for _, s := range all {
		numbers[s.Shop] = s.ID
	}
	return numbers, nil
}

func addCampaigns(d *agency.Desk, rows Rows, shops map[string]agency.SellerID) error {
	known, err := d.Campaigns()
	if err != nil || len(known) > 0 {
		return err
	}
	people, err := d.CreatorNumbers()
	if err != nil {
		return err
	}
	for _, c := range rows.Campaigns {
		var sellers []agency.SellerID
		var creators []agency.CreatorID
		for _, s := range c.Shops {
			sellers = append(sellers, shops[s])
		}
		for _, h := range c.Handles {
			creators = append(creators, people[h])
		}
		if _, err := d.NewCampaign(c.Campaign, sellers, creators); err != nil {
			return fmt.Errorf("seeding the campaign %s: %w", c.Name, err)
		}
	}
	return nil
}

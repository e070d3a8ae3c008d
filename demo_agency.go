package main

import (
	"context"
	"time"

	"liaison/agency"
	"liaison/bot/sandbox"
)

// botUser is the desk's own account in the demo's workspace.
const botUser = "U0LIAISON"

var team = sandbox.Team{ID: "T0NORTH", Name: "Northlight", Domain: "northlight"}

// people is the demo's cast with what each may do.
var people = []struct {
	id, name, real, title, zone string
	roles                       []agency.Role
	guest                       bool
}{
	{id: "U0PRIYA", name: "priya", real: "Priya Raman", title: "Programme manager", zone: "Europe/London", roles: []agency.Role{agency.ProgramManager, agency.Admin}},
	{id: "U0SOL", name: "sol", real: "Sol Moreno", title: "Seller manager", zone: "America/New_York", roles: []agency.Role{agency.SellerManager}},
	{id: "U0FAY", name: "fay", real: "Fay Okafor", title: "Finance", zone: "Europe/London", roles: []agency.Role{agency.Finance}},
	{id: "U0FINN", name: "finn", real: "Finn Larsen", title: "Finance", zone: "Europe/London", roles: []agency.Role{agency.Finance}},
	{id: "U0CARLA", name: "carla", real: "Carla Ruiz", title: "Compliance officer", zone: "Europe/Madrid", roles: []agency.Role{agency.Compliance}},
	{id: "U0VIC", name: "vic", real: "Vic Tan", title: "Viewer", zone: "Asia/Singapore", roles: []agency.Role{agency.Viewer}},
	{id: "U0GUS", name: "gus", real: "Gus (guest)", title: "Guest without rights", zone: "Europe/London", guest: true},
}

// rooms is the demo's channels with the feed that each gets.
var rooms = []struct {
	id, name, topic string
	feed            agency.Feed
}{
	{id: "C0WEEKLY", name: "weekly", topic: "The week in one message, Mondays at nine", feed: agency.DigestFeed},
	{id: "C0ONBOARD", name: "onboarding", topic: "Sellers on their way to their first sale", feed: agency.OnboardingFeed},
	{id: "C0MATCH", name: "matching", topic: "Who should work with whom"},
	{id: "C0PAYOUTS", name: "payouts", topic: "Runs that wait for approval", feed: agency.ApprovalsFeed},
	{id: "C0RECRUIT", name: "recruiting", topic: "Creators who would like to join", feed: agency.RecruitingFeed},
	{id: "C0ASK", name: "questions", topic: "What creators ask; answers go back to them", feed: agency.QuestionsFeed},
	{id: "C0COMPLY", name: "compliance", topic: "Violations and their deadlines", feed: agency.ViolationsFeed},
}

func cast() []sandbox.User {
	var list []sandbox.User
	for _, p := range people {
		list = append(list, sandbox.User{ID: p.id, Name: p.name, RealName: p.real, Title: p.title, TZ: p.zone, TeamID: team.ID, IsRestricted: p.guest})
	}
	return list
}

func channels() []sandbox.Channel {
	members := []string{botUser}
	for _, p := range people {
		members = append(members, p.id)
	}
	var list []sandbox.Channel
	for _, r := range rooms {
		list = append(list, sandbox.Channel{ID: r.id, Name: r.name, Topic: r.topic, Members: members})
	}
	return list
}

func identity(user string) agency.Identity {
	return agency.Identity{Platform: agency.Slack, Workspace: team.ID, User: user}
}

func place(channel string) agency.Address {
	return agency.Address{Platform: agency.Slack, Workspace: team.ID, Channel: channel}
}

func grantRoles(d *agency.Desk) error {
	for _, p := range people {
		for _, role := range p.roles {
			if _, err := d.Grant(identity(p.id), p.name, role); err != nil {
				return err
			}
		}
	}
	return nil
}

func subscribe(d *agency.Desk) error {
	if known, err := d.AllSubscriptions(); err != nil || len(known) > 0 {
		return err
	}
	for _, r := range rooms {
		if r.feed == "" {
			continue
		}
		schedule := ""
		if r.feed == agency.DigestFeed {
			schedule = "0 9 * * 1"
		}
		if _, err := d.Subscribe(place(r.id), r.feed, schedule, d.Zone().String()); err != nil {
			return err
		}
	}
	return nil
}

// openTheDay shows what a desk that has run for months would have in its channels: through the same use cases, as the
// people who would do it.
func (d *demo) openTheDay(ctx context.Context) error {
	for _, act := range []struct {
		who string
		do  func(*agency.Desk) error
	}{
		{"U0SOL", showSlowestSellers},
		{"U0CARLA", showNearestCases},
		{"U0PRIYA", prepareFirstRun},
		{"U0PRIYA", proposeFirstMatches},
	} {
		if err := d.agency.Do(ctx, identity(act.who), act.do); err != nil {
			return err
		}
	}
	return nil
}

func showSlowestSellers(d *agency.Desk) error {
	list, _, err := d.Sellers(agency.SellerFilter{Onboarding: true, Limit: 3})
	if err != nil {
		return err
	}
	for _, s := range list {
		if err := d.ShowSeller(s.ID, place("C0ONBOARD")); err != nil {
			return err
		}
	}
	return nil
}

func showNearestCases(d *agency.Desk) error {
	list, _, err := d.Cases(agency.CaseFilter{States: agency.LivingCases, DueFrom: d.Time.Add(-24 * time.Hour), Limit: 3})
	if err != nil {
		return err
	}
	for _, c := range list {
		if err := d.ShowCase(c.ID, place("C0COMPLY")); err != nil {
			return err
		}
	}
	return nil
}

// prepareFirstRun prepares a run in the currency that comes first by name, so that finance has something to approve and
// the others are left to be prepared by hand.
func prepareFirstRun(d *agency.Desk) error {
	waiting, err := d.PayableCurrencies("")
	if err != nil || len(waiting) == 0 {
		return err
	}
	_, err = d.PreparePayout(agency.PayoutOrder{Currency: waiting[0], Ask: place("C0PAYOUTS")})
	return err
}

// proposeFirstMatches proposes creators for the first shop that is live and for which somebody fits.
func proposeFirstMatches(d *agency.Desk) error {
	list, _, err := d.Sellers(agency.SellerFilter{Stage: agency.Live, Limit: 5})
	if err != nil {
		return err
	}
	for _, s := range list {
		_, _, err := d.ProposeMatches(agency.NewShortlist{Seller: s.ID, Count: 4, Where: place("C0MATCH")})
		if agency.CodeOf(err) != agency.CodeConflict { // nobody fits, or the shop has enough: the next one
			return err
		}
	}
	return nil
}

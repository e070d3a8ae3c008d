package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"liaison/agency"
	"liaison/bot/discord"
	guild "liaison/bot/sandbox/discord"
	"liaison/handlers"
)

// The ids of the demo's Discord server: snowflakes, as Discord's are.
const (
	guildID     = "1290000000000000001"
	appID       = "1290000000000000002"
	creatorRole = "1290000000000000011"
	staffRole   = "1290000000000000012"
	deskRole    = "1290000000000000013"
	welcomeRoom = "1290000000000000021"
	creatorRoom = "1290000000000000022"
)

// guildPath is where the Discord server is, beside the workspace.
const guildPath = "/discord"

// outsiders is the people of the Discord server whom the desk does not know as creators when the demo begins.
var outsiders = []struct {
	id, name, shown, handle string
	roles                   []string
}{
	{id: "1290000000000000034", name: "omar.haddad", shown: "Omar Haddad", handle: "omarcooks"}, // has applied
	{id: "1290000000000000035", name: "nia.adler", shown: "Nia Adler"},
	{id: "1290000000000000036", name: "priya.raman", shown: "Priya Raman", roles: []string{staffRole}},
}

// creatorAccounts are those of the creators whose handles are on file; who they are comes out of the records.
var creatorAccounts = []string{"1290000000000000031", "1290000000000000032", "1290000000000000033"}

func discordIdentity(user string) agency.Identity {
	return agency.Identity{Platform: agency.Discord, Workspace: guildID, User: user}
}

// openGuild makes the Discord server with the creators in it, and the desk's way to it.
func (d *demo) openGuild(ctx context.Context, overHTTP bool) error {
	creators, err := d.creatorsOfTheGuild(ctx)
	if err != nil {
		return err
	}
	d.guild, err = guild.New(guild.Options{
		Application: guild.Application{ID: appID, Name: "Liaison", Description: "The agency's desk", MessageContent: true, GuildMembers: true},
		Guild:       guild.Guild{ID: guildID, Name: "Northlight creators"},
		Roles: []guild.Role{{ID: creatorRole, Name: "Creator", Color: 0x4fb286, Hoist: true}, {ID: staffRole, Name: "Northlight", Color: 0x7f8cff, Hoist: true},
			{ID: deskRole, Name: "Liaison", Permissions: guild.Everyday | guild.ManageRoles | guild.MentionEveryone}},
		Users: append([]guild.User{{ID: appID, Name: "liaison", Global: "Liaison", Bot: true, Roles: []string{deskRole}}}, creators...),
		Channels: []guild.Channel{{ID: welcomeRoom, Name: "welcome", Topic: "Become one of us: /creator apply"},
			{ID: creatorRoom, Name: "creators", Topic: "For the agency's creators", Only: []string{creatorRole, staffRole, deskRole}}},
		Now: d.clock.Now, Zone: d.agency.Zone(), Path: guildPath, URL: d.base, Log: d.log,
		Beside: guild.Link{Name: "Slack", Title: "The staff's workspace on Slack", URL: "/"},
	})
	if err != nil {
		return err
	}
	config := discord.Config{BotToken: guild.DefaultBotToken, ApplicationID: appID, GuildID: guildID, APIURL: d.base + guildPath + "/api/v10",
		Commands: handlers.All(), Gives: map[agency.Role]discord.Access{agency.CreatorRole: {Roles: []string{creatorRole}}}, Drafts: d.store, Observer: d.watch.metrics, Log: d.log}
	if overHTTP {
		config.PublicKey = d.guild.PublicKey()
	}
	d.creators, err = discord.New(config)
	return err
}

// creatorsOfTheGuild gives the people of the server. On a fresh desk those who are owed money or proposed to a shop have
// applied with the handles that are on file, and were approved, so that what happens to them can be watched on both sides.
func (d *demo) creatorsOfTheGuild(ctx context.Context) ([]guild.User, error) {
	if d.filled {
		if err := d.bindCreators(ctx); err != nil {
			return nil, fmt.Errorf("binding the demo's creators: %w", err)
		}
	}
	var list []guild.User
	for _, id := range creatorAccounts {
		var own agency.OwnRecord
		err := d.agency.Look(ctx, discordIdentity(id), func(desk *agency.Desk) (err error) {
			own, err = desk.MyRecord()
			return err
		})
		switch code := agency.CodeOf(err); {
		case code == agency.CodeForbidden || code == agency.CodeNotFound: // an empty desk knows no creators
		case err != nil:
			return nil, err
		default:
			list = append(list, guild.User{ID: id, Name: own.Handle, Global: own.Name})
		}
	}
	for _, p := range outsiders {
		list = append(list, guild.User{ID: p.id, Name: p.name, Global: p.shown, Roles: p.roles})
	}
	return list, nil
}

// bindCreators lets creators apply and be approved, two days ago, and one newcomer apply.
func (d *demo) bindCreators(ctx context.Context) error {
	chosen, err := d.creatorsToMeet(ctx)
	if err != nil {
		return err
	}
	past := *d.agency
	past.Now = func() time.Time { return d.agency.Now().AddDate(0, 0, -2) }
	for i, c := range chosen {
		var made agency.Application
		err := past.Do(ctx, discordIdentity(creatorAccounts[i]), func(desk *agency.Desk) (err error) {
			desk.Introduce(c.Name)
			made, err = desk.Apply(agency.NewApplication{Handle: c.Handle, Region: c.Region, Language: c.Language, Categories: strings.Split(c.Categories, ","),
				Formats: strings.Split(c.Formats, ","), Followers: c.Followers, Samples: []string{"https://www.tiktok.com/@" + c.Handle}, Agreed: true})
			return err
		})
		if err != nil {
			return err
		}
		err = past.Do(ctx, identity("U0PRIYA"), func(desk *agency.Desk) error {
			_, confirmErr := desk.ConfirmHandle(made.ID)
			_, _, approveErr := desk.ApproveApplication(made.ID)
			return errors.Join(confirmErr, approveErr)
		})
		if err != nil {
			return err
		}
	}
	newcomer := outsiders[0]
	return past.Do(ctx, discordIdentity(newcomer.id), func(desk *agency.Desk) error {
		desk.Introduce(newcomer.shown)
		_, err := desk.Apply(agency.NewApplication{Handle: newcomer.handle, Region: "GB", Language: "en", Categories: desk.Rules.Categories[:1], Formats: []string{"video"},
			Followers: 18_400, Samples: []string{"https://www.tiktok.com/@" + newcomer.handle}, Agreed: true})
		return err
	})
}

// creatorsToMeet are the payees of the run that waits for approval who get the most, and creators proposed to a shop.
func (d *demo) creatorsToMeet(ctx context.Context) (chosen []agency.Creator, err error) {
	err = d.agency.Look(ctx, identity("U0PRIYA"), func(desk *agency.Desk) error {
		var ids []agency.CreatorID
		add := func(id agency.CreatorID) {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
		runs, err := desk.PendingPayouts(1)
		if err != nil {
			return err
		}
		for _, r := range runs {
			sheet, err := desk.Payout(r.ID)
			if err != nil {
				return err
			}
			for _, p := range sheet.Payees[:min(2, len(sheet.Payees))] {
				add(p.Creator)
			}
		}
		proposed, _, err := desk.Matches(agency.MatchFilter{Limit: len(creatorAccounts)})
		if err != nil {
			return err
		}
		for _, m := range proposed {
			add(m.Creator)
		}
		chosen = nil
		for _, id := range ids[:min(len(creatorAccounts), len(ids))] {
			sheet, err := desk.Creator(id)
			if err != nil {
				return err
			}
			chosen = append(chosen, sheet.Creator)
		}
		return nil
	})
	return chosen, err
}

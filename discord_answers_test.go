package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"liaison/agency"
	"liaison/agency/seed"
	"liaison/bot"
	"liaison/bot/discord"
	guild "liaison/bot/sandbox/discord"
	"liaison/handlers"
	"liaison/reminders"
)

// The people of the server on which every command is typed: one of the staff with every role, and one of the agency's creators.
const (
	deskHand  = "200000000000000001"
	deskMaker = "200000000000000003"
	deskRoom  = "400000000000000001"
	appOfDesk = "100000000000000001"
)

// typist types commands on a Discord server with the real desk behind it.
type typist struct {
	*testing.T
	server   *guild.Server
	desk     *desk
	question agency.CaseID     // that the creator has asked
	values   map[string]string // by the name of an argument
}

// newTypist opens the server and the desk; fault is what goes wrong there, by route (nil: nothing).
func newTypist(t *testing.T, fault func(route string) guild.Fault) typist {
	t.Helper()
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))
	d, err := openDesk(t.Context(), settings{DB: "sqlite://" + filepath.Join(t.TempDir(), "desk.db"), Zone: "UTC"}, log, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.agency.Do(t.Context(), agency.System, func(desk *agency.Desk) error {
		return seed.Apply(desk, seed.Make(7, 2, time.Now(), desk.Rules))
	}); err != nil {
		t.Fatal(err)
	}
	server, platform := typistsServer(t, d, log)
	if fault != nil {
		server.Fault = func(route, _ string) guild.Fault { return fault(route) }
	}
	x := typist{T: t, server: server, desk: d}
	x.records(d)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.run(ctx, platform) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the desk ended with %v", err)
		}
		server.Close()
		d.close() //nolint:errcheck // at the end
	})
	for deadline := time.Now().Add(patience); platform.Ready() != nil; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not ready: %v", platform.Ready())
		}
	}
	return x
}

// typistsServer is that server, and the desk's way to it.
func typistsServer(t *testing.T, d *desk, log *slog.Logger) (*guild.Server, *discord.Platform) {
	t.Helper()
	server, err := guild.New(guild.Options{Unpaced: true,
		Application: guild.Application{ID: appOfDesk, Name: "Liaison"}, Guild: guild.Guild{ID: testGuild, Name: "Northlight", OwnerID: deskHand},
		Users: []guild.User{{ID: appOfDesk, Name: "liaison", Bot: true}, {ID: deskHand, Name: "ana", Global: "Ana Ortiz"},
			{ID: deskMaker, Name: "mia", Global: "Mia Torres"}},
		Channels: []guild.Channel{{ID: deskRoom, Name: "desk"}}})
	if err != nil {
		t.Fatal(err)
	}
	there := httptest.NewServer(server)
	t.Cleanup(func() { server.Close(); there.Close() })
	platform, err := discord.New(discord.Config{BotToken: guild.DefaultBotToken, ApplicationID: appOfDesk, GuildID: testGuild, APIURL: there.URL + "/api/v10",
		Commands: handlers.All(), Drafts: d.store, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	return server, platform
}

// records gives the staff's account every role, makes the creator one, and finds something of each kind to name.
func (x *typist) records(d *desk) {
	x.Helper()
	who := func(user string) agency.Identity {
		return agency.Identity{Platform: agency.Discord, Workspace: testGuild, User: user}
	}
	var a agency.Application
	for _, act := range []struct {
		as agency.Identity
		do func(*agency.Desk) error
	}{
		{agency.System, func(desk *agency.Desk) error {
			for _, r := range agency.Roles {
				if _, err := desk.Grant(who(deskHand), "Ana Ortiz", r.Role); err != nil {
					return err
				}
			}
			return nil
		}},
		{who(deskMaker), func(desk *agency.Desk) (err error) {
			a, err = desk.Apply(agency.NewApplication{Handle: "mia.types", Region: "US", Language: "English", Categories: []string{"Beauty"}, Formats: []string{"live"},
				Samples: []string{"https://www.tiktok.com/@mia.types"}, Agreed: true})
			return err
		}},
		{agency.System, func(desk *agency.Desk) error { _, _, err := desk.ApproveApplication(a.ID); return err }},
		{who(deskMaker), func(desk *agency.Desk) error {
			c, err := desk.Ask("When?", 0, agency.ChatMessage{})
			x.question = c.ID
			return err
		}},
	} {
		if err := d.agency.Do(x.Context(), act.as, act.do); err != nil {
			x.Fatal(err)
		}
	}
	x.values = map[string]string{
		"feature": "seller", "person": deskMaker, "owner": deskHand, "code": "AAAA-AAAA-AAAA", "shop": `Glow & "Lab"`, "region": "US", "category": "Beauty",
		"contact": "Mia, mia@glowlab.example", "start": "2026-11-23", "stage": "setup", "stuck": "7", "seller": "S-1", "step": "bank", "reason": "waiting for @everyone",
		"day": "2026-12-01", "time": "15:00", "application": a.ID.String(), "answer": "On Fridays.", "state": "active", "bound": "yes", "handle": "mia",
		"creator": "C-1", "question": "How often are you live?", "what": "arithmetic", "match": "M-1", "creators": "3", "format": "live", "followers": "5000",
		"price": "24.90", "currency": "USD", "until": "2026-10-31", "run": "P-1", "about": "S-1", "rule": "Counterfeit handbags", "points": "12",
		"due": "2026-12-01", "notice": "700123", "kind": "violation", "detail": "Two listings.", "case": "V-1", "done": "listing corrected", "why": "rejected",
		"text": "We pay on the 5th.", "quiet": "22:00-08:00", "zone": "Europe/London", "mute": "offers", "schedule": "weekly", "message": "12",
	}
}

// fill gives the options of a command as a person fills them in: the needed ones, or all.
func (x typist) fill(c bot.Command, all bool) guild.Values {
	values := guild.Values{}
	for _, arg := range c.Args {
		if arg.Optional && !all {
			continue
		}
		switch value, known := x.values[arg.Name]; {
		case len(arg.Options) > 0:
			values[arg.Name] = arg.Options[0].Value
		case c.Name == "unlink": // a text, since it may name an account too
			values[arg.Name] = "discord:" + testGuild + ":" + deskMaker
		case !known:
			x.Errorf("/%s has the argument %s, of which this test knows no value", c.Name, arg.Name)
		default:
			values[arg.Name] = value
		}
	}
	return values
}

// answers types a command and gives what the person then sees: the words of a message of their own, or the title of a form.
func (x typist) answers(user string, c bot.Command, values guild.Values) string {
	x.Helper()
	before := len(x.server.Messages(deskRoom, user))
	line := "/" + c.Name
	if slices.ContainsFunc(handlers.All(), func(o bot.Command) bool { return !o.Unlisted && strings.HasPrefix(o.Name, c.Name+" ") }) {
		line += " " + c.Name // a command with subcommands is one of them itself
	}
	if err := x.server.Command(user, deskRoom, line, values); err != nil {
		x.Errorf("%s %v: %v", line, values, err)
		return ""
	}
	said := ""
	ctx, cancel := context.WithTimeout(x.Context(), patience)
	defer cancel()
	err := x.server.Await(ctx, func() bool {
		if form, open := x.server.Modal(user); open {
			x.server.CloseModal(user)
			said = "form: " + form.Title
			return true
		}
		list := x.server.Messages(deskRoom, user)
		for _, m := range list[min(before, len(list)):] {
			if (m.For == user || m.For == "") && m.Author == appOfDesk && !m.Loading() && m.Text() != "" {
				said += m.Text() + "\n"
			}
		}
		return said != ""
	})
	if err != nil {
		x.Errorf("/%s %v has no answer", c.Name, values)
	}
	return said
}

// TestEveryCommandIsAnsweredOnDiscord types every command of the list with the options that it needs, and with all of them, as
// Discord sends them. It is answered, and what was put into the options is understood.
func TestEveryCommandIsAnsweredOnDiscord(t *testing.T) {
	t.Parallel()
	x := newTypist(t, nil)
	used := map[string]bool{}
	for _, c := range handlers.All() {
		if c.Unlisted {
			continue
		}
		user := deskHand
		if c.Right == agency.SeeOwnRecord {
			user = deskMaker
		}
		for _, all := range []bool{false, true} {
			values := x.fill(c, all)
			for name := range values {
				used[name] = true
			}
			said := x.answers(user, c, values)
			for _, wrong := range []string{"Something went wrong", "could not be shown", "Usage: ", "There is no command", "does not know"} {
				if strings.Contains(said, wrong) {
					t.Errorf("/%s %v is answered with %s", c.Name, values, said)
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(x.values)) {
		if !used[name] {
			t.Errorf("no command has the argument %s any more", name)
		}
	}
}

// TestEverythingThatTheDemoSaysFitsDiscord posts every card, note, digest and answer of the demo's desk on a server that refuses
// what Discord refuses, and puts each in the place of another.
func TestEverythingThatTheDemoSaysFitsDiscord(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	in := inspected(t, &now)
	kinds, said := map[string]int{}, map[string]bot.Message{}
	in.shown = func(where string, m bot.Message) { // whoever posts holds the inspector, and otherwise the test goes one by one
		data, err := json.Marshal(m)
		if err != nil {
			t.Error(err)
		}
		if _, known := said[string(data)]; !known {
			said[string(data)] = m
			kinds[where]++
		}
	}
	in.happens(t)
	for range 8 {
		now = now.Add(24 * time.Hour)
		if err := reminders.Tick(t.Context(), in.desk.agency); err != nil {
			t.Fatal(err)
		}
		in.sendAll()
	}
	onCards := in.cards()
	for _, p := range people {
		in.take(p.id, bot.Request{Kind: bot.CameHome})
		for _, c := range handlers.All() {
			in.take(p.id, bot.Request{Kind: bot.Typed, Command: c.Name})
		}
		in.follow(p.id, onCards)
	}
	in.sendAll()
	for _, kind := range slices.Sorted(maps.Keys(views())) {
		if kinds["posted "+kind]+kinds["redrawn "+kind] == 0 {
			t.Errorf("nothing was posted as %s", kind)
		}
	}
	_, platform := typistsServer(t, in.desk, slog.New(slog.DiscardHandler))
	to := agency.Address{Platform: agency.Discord, Workspace: testGuild, Channel: deskRoom}
	row, last := int64(0), ""
	for _, key := range slices.Sorted(maps.Keys(said)) {
		row++
		d := bot.Delivery{To: to, Message: said[key], Kind: "card", RowID: row}
		id, err := platform.Post(t.Context(), d)
		if err == nil && last != "" {
			err = platform.Edit(t.Context(), last, d)
		}
		if err != nil {
			t.Errorf("%v: %s", err, key)
		}
		last = id
	}
	t.Logf("%d different messages were posted and edited", len(said))
}

// happens lets everything happen of which the desk tells somebody: creators are bound, asked, answered, paid and warned, accounts
// are linked, and something cannot be posted.
func (in *inspector) happens(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must((&demo{desk: in.desk}).bindCreators(ctx))
	payee, offered := discordIdentity(creatorAccounts[0]), discordIdentity(creatorAccounts[2])
	parked, err := in.desk.store.ClaimOutgoing(ctx, "test", agency.InstantOf(time.Now()), 0, 1)
	must(err)
	in.sendAll()
	var question agency.CaseID
	var code string
	for _, act := range []struct {
		as agency.Identity
		do func(*agency.Desk) error
	}{
		{agency.System, func(d *agency.Desk) error {
			_, err := d.ParkOutgoing(parked[0], "not_in_channel", "for the test")
			return err
		}},
		{identity("U0PRIYA"), func(d *agency.Desk) error {
			list, _, err := d.Matches(agency.MatchFilter{Limit: 1})
			if err == nil {
				_, err = d.ApproveMatch(list[0].ID)
			}
			return err
		}},
		{payee, func(d *agency.Desk) error {
			c, err := d.Ask("When is the next payout? @everyone", 0, agency.ChatMessage{})
			question = c.ID
			return err
		}},
		{identity("U0PRIYA"), func(d *agency.Desk) error {
			_, _, err := d.AnswerQuestion(question, "On the 5th. <!channel>", false, agency.ChatMessage{})
			return err
		}},
		{payee, func(d *agency.Desk) error {
			_, err := d.ReplyToCase(question, "Thank you.", agency.ChatMessage{})
			return err
		}},
		{payee, func(d *agency.Desk) (err error) { code, _, err = d.NewLinkCode(); return err }},
		{identity("U0GUS"), func(d *agency.Desk) error { _, _, err := d.Link(code); return err }},
	} {
		must(in.desk.agency.Do(ctx, act.as, act.do))
	}
	var own agency.OwnRecord
	must(in.desk.agency.Look(ctx, payee, func(d *agency.Desk) (err error) { own, err = d.MyRecord(); return err }))
	for _, who := range []string{"U0FAY", "U0FINN"} { // before the case, which holds their money back
		in.take(who, bot.Request{Kind: bot.Typed, Command: "payout", Text: "approve P-1"})
	}
	in.take("U0CARLA", bot.Request{Kind: bot.Typed, Command: "case", Text: "open " + own.ID.String() + ` high "Counterfeit" due=2026-12-01`})
	for _, line := range []string{"me", "earnings", "earnings arithmetic", "earnings P-1", "offer decline M-1", "ask", "notices", "help", "whoami", "case reply " + question.String()} {
		first, rest, _ := strings.Cut(line, " ")
		for _, who := range []agency.Identity{payee, offered} {
			in.takeOf(who, agency.Address{Platform: agency.Discord, Workspace: guildID, Channel: creatorRoom}, bot.Request{Kind: bot.Typed, Command: first, Text: rest})
		}
	}
	must(in.desk.agency.Do(ctx, identity("U0PRIYA"), func(d *agency.Desk) error {
		list, _, err := d.Creators(agency.CreatorFilter{Bound: "yes", Limit: 1})
		if err == nil {
			_, err = d.ReleaseCreator(list[0].ID, "sold the account")
		}
		return err
	}))
	in.sendAll()
}

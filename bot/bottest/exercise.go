package bottest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"liaison/agency"
	"liaison/bot"
)

// Harness lets the exercise act as a person on a platform and see what they see. What a platform does not have is nil: that
// part is skipped with a word.
type Harness struct {
	Platform bot.Platform
	Person   agency.Identity
	Channel  agency.Address // the person and the desk are in it
	Nowhere  agency.Address // a channel that does not exist

	Type   func(line string) error                                     // types a command in Channel
	Press  func(messageID, label string) error                         // presses a button of a posted message
	Form   func() (title string, open bool)                            // the form that the person has open
	Submit func(fields map[string][]string) (map[string]string, error) // submits it; the sentences beside its fields
	Ask    func(field, query string) (labels []string, err error)      // types into a field that looks things up
	Home   func() error                                                // opens the desk's home page
	Seen   func() []string                                             // what the person alone was told, oldest first
	Posted func() []string                                             // what stands in Channel, oldest first
	Page   func() string                                               // what the home page shows
	Delete func(messageID string) error                                // takes a message away behind the desk's back
	Lose   func()                                                      // the next message that is posted arrives, but its answer is lost

	Talk  agency.Address                                        // where what the person says in answer to a message is heard
	Say   func(messageID, text string) (said string, err error) // answers a message of the desk's that stands in Talk
	Resay func(said, text string) error                         // changes what was said
	Unsay func(said string) error                               // takes it back
	Holds func() bool                                           // the person has what belongs to a creator there
	Await func(ctx context.Context, cond func() bool) error     // waits for a condition
}

// desk answers requests as the exercise says and remembers them.
type desk struct {
	mu     sync.Mutex
	taken  []bot.Request
	answer func(bot.Request) bot.Reply
}

func (d *desk) take(_ context.Context, r bot.Request) bot.Reply {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.taken = append(d.taken, r)
	if d.answer == nil {
		return bot.Reply{}
	}
	return d.answer(r)
}

func (d *desk) says(answer func(bot.Request) bot.Reply) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answer = answer
}

// last is the newest request of a kind.
func (d *desk) last(kind bot.Kind) (bot.Request, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := len(d.taken) - 1; i >= 0; i-- {
		if d.taken[i].Kind == kind {
			return d.taken[i], true
		}
	}
	return bot.Request{}, false
}

// exercise is one run of a platform.
type exercise struct {
	*testing.T
	Harness
	desk *desk
	rows int64 // posted so far: every message is a row of its own
}

// patience is how long anything may take.
const patience = 15 * time.Second

// Exercise takes a platform through what every platform must do. Start gives a fresh one, not yet running.
func Exercise(t *testing.T, start func(*testing.T) Harness) {
	for _, one := range []struct {
		name string
		run  func(*exercise)
	}{
		{"a typed command is answered to the person alone", typedCommand},
		{"an answer for all stands in the channel", publicAnswer},
		{"every interaction has a key of its own", distinctKeys},
		{"a button brings its command its value and its message", button},
		{"a form is corrected and then accepted", form},
		{"a form comes again and is accepted", formAgain},
		{"a field looks things up", lookUp},
		{"the home page shows what it is told", homePageOpens},
		{"every message of the fixture can be posted and edited", postAndEdit},
		{"a post to nowhere is refused", nowhere},
		{"an edit of what is gone says so", gone},
		{"a silent yes is no failure", silent},
		{"a long list is shown to its end", longList},
		{"a post whose answer is lost is found or dropped", lostAnswer},
		{"what is said is heard, with its changes", saidAndChanged},
		{"a role is given and taken, however often", granted},
	} {
		t.Run(one.name, func(t *testing.T) {
			x := &exercise{T: t, Harness: start(t), desk: &desk{}}
			x.running(one.run)
		})
	}
}

// running runs the platform around a part of the exercise and checks that it stops when told.
func (x *exercise) running(part func(*exercise)) {
	x.Helper()
	if x.Platform.Ready() == nil {
		x.Error("the platform is ready before it runs")
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- x.Platform.Run(ctx, x.desk.take) }()
	defer func() {
		stop()
		select {
		case err := <-ended:
			if err != nil {
				x.Errorf("told to stop, it ended with %v", err)
			}
		case <-time.After(patience):
			x.Error("it does not stop")
		}
	}()
	for deadline := time.Now().Add(patience); x.Platform.Ready() != nil; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			x.Fatalf("not ready: %v", x.Platform.Ready())
		}
	}
	part(x)
}

func (x *exercise) await(what string, cond func() bool) {
	x.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := x.Await(ctx, cond); err != nil {
		x.Fatalf("waiting for %s: %v\nthe person sees %q", what, err, x.Seen())
	}
}

func (x *exercise) typed(line string) {
	x.Helper()
	if x.Type == nil {
		x.Skip("nothing is typed on this platform")
	}
	if err := x.Type(line); err != nil {
		x.Fatalf("typing %s: %v", line, err)
	}
}

func has(all []string, part string) bool {
	for _, s := range all {
		if strings.Contains(s, part) {
			return true
		}
	}
	return false
}

func typedCommand(x *exercise) {
	x.desk.says(func(bot.Request) bot.Reply { return bot.Say("S-12 is <onboarded> & *fine*.") })
	x.typed(`/seller onboard "Glow & Lab" US`)
	x.await("the answer", func() bool { return has(x.Seen(), "is <onboarded> & *fine*.") })
	r, ok := x.desk.last(bot.Typed)
	if !ok || strings.TrimSpace(r.Command+" "+r.Text) != `seller onboard "Glow & Lab" US` {
		x.Errorf("taken as %q %q", r.Command, r.Text)
	}
	if r.From != x.Person || r.Channel != x.Channel || r.Key == "" {
		x.Errorf("from %v in %v with key %q", r.From, r.Channel, r.Key)
	}
	if has(x.Posted(), "onboarded") {
		x.Error("everybody saw it")
	}
}

func publicAnswer(x *exercise) {
	x.desk.says(func(bot.Request) bot.Reply { return bot.TellAll(bot.Sentence("The week is done.")) })
	x.typed("/digest week")
	x.await("the answer", func() bool { return has(x.Posted(), "The week is done.") })
}

func distinctKeys(x *exercise) {
	x.typed("/seller list")
	one, _ := x.desk.last(bot.Typed)
	x.typed("/seller list")
	two, _ := x.desk.last(bot.Typed)
	if one.Key == two.Key || one.Key == "" {
		x.Errorf("two commands have the key %q", one.Key)
	}
}

func (x *exercise) delivery(m bot.Message) bot.Delivery {
	x.rows++
	return bot.Delivery{To: x.Channel, Message: m, Kind: "seller-card", RowID: x.rows}
}

func (x *exercise) post(m bot.Message) string {
	x.Helper()
	id, err := x.Platform.Post(x.Context(), x.delivery(m))
	if err != nil || id == "" {
		x.Fatalf("posting gave %q, %v", id, err)
	}
	return id
}

func button(x *exercise) {
	if x.Press == nil {
		x.Skip("nothing is pressed on this platform")
	}
	id := x.post(bot.Message{Summary: "S-12", Parts: []bot.Part{
		bot.Para(bot.T("S-12")), bot.Actions(bot.Button{Label: "Tick", Command: "seller tick", Value: "S-12 bank"}, bot.Button{Label: "Also", Command: "seller tick", Value: "S-12 tax"}),
	}})
	x.desk.says(func(bot.Request) bot.Reply { return bot.Say("Ticked.") })
	if err := x.Press(id, "Tick"); err != nil {
		x.Fatalf("pressing: %v", err)
	}
	x.await("the answer", func() bool { return has(x.Seen(), "Ticked.") })
	r, _ := x.desk.last(bot.Pressed)
	if r.Command != "seller tick" || r.Text != "S-12 bank" || r.MessageID != id || r.From != x.Person || r.Channel != x.Channel {
		x.Errorf("taken as %+v", r)
	}
}

func form(x *exercise) {
	if x.Submit == nil {
		x.Skip("there are no forms on this platform")
	}
	x.desk.says(func(r bot.Request) bot.Reply {
		switch {
		case r.Kind == bot.Typed:
			return bot.Open(OnboardForm())
		case r.Value("shop") == "Glow":
			return bot.Reply{Errors: map[string]string{"shop": "There is a shop of that name."}}
		}
		return bot.Say("S-13 is onboarded.")
	})
	x.typed("/seller onboard")
	x.await("the form", func() bool { title, open := x.Form(); return open && title == OnboardForm().Title })
	fields := map[string][]string{"shop": {"Glow"}, "region": {"US"}, "formats": {"video", "live"}, "owner": {x.Person.User}, "start": {"2026-12-01"}}
	errs, err := x.Submit(fields)
	if err != nil || errs["shop"] != "There is a shop of that name." {
		x.Fatalf("submitting gave %v, %v", errs, err)
	}
	fields["shop"] = []string{"Glow <Two>"}
	if errs, err = x.Submit(fields); err != nil || len(errs) > 0 {
		x.Fatalf("submitting gave %v, %v", errs, err)
	}
	x.await("the answer", func() bool { return has(x.Seen(), "S-13 is onboarded.") })
	x.await("the form to close", func() bool { _, open := x.Form(); return !open })
	r, _ := x.desk.last(bot.Sent)
	if r.Command != "seller onboard" || r.Text != "S-12" || r.Value("shop") != "Glow <Two>" || strings.Join(r.Fields["formats"], ",") != "video,live" ||
		r.Value("region") != "US" || r.Value("owner") != x.Person.User || r.Value("start") != "2026-12-01" || r.From != x.Person {
		x.Errorf("taken as %+v", r)
	}
}

// formAgain is a form about what has moved on meanwhile: another takes its place, filled in as it was sent.
func formAgain(x *exercise) {
	if x.Submit == nil {
		x.Skip("there are no forms on this platform")
	}
	form := bot.Form{Command: "case resolve", Title: "Resolve V-9", Submit: "Resolve", State: "V-9 @1", Fields: []bot.Field{
		{Name: "resolution", Label: "What was done", Kind: bot.Paragraph, Max: 500},
		{Name: "state", Label: "It is", Kind: bot.Choice, Value: "open", Options: []bot.Option{{Label: "Open", Value: "open"}, {Label: "Done", Value: "done"}}},
	}}
	x.desk.says(func(r bot.Request) bot.Reply {
		switch {
		case r.Kind != bot.Sent:
			return bot.Open(form)
		case r.Text == "V-9 @2":
			return bot.Say("V-9 is resolved.")
		}
		again := form
		again.Title, again.State, again.Intro = "Resolve V-9 again", "V-9 @2", []bot.Part{bot.Para(bot.T("V-9 has moved on."))}
		again.Fields = slices.Clone(form.Fields)
		for i, f := range again.Fields {
			again.Fields[i].Value = r.Value(f.Name)
		}
		return bot.Reply{Form: &again, Refused: agency.CodeStale}
	})
	x.typed("/seller onboard")
	x.await("the form", func() bool { _, open := x.Form(); return open })
	if errs, err := x.Submit(map[string][]string{"resolution": {"The listing is <gone>."}, "state": {"done"}}); err != nil || len(errs) > 0 {
		x.Fatalf("submitting gave %v, %v", errs, err)
	}
	if errs, err := x.Submit(nil); err != nil || len(errs) > 0 {
		x.Fatalf("submitting once more gave %v, %v", errs, err)
	}
	x.await("the answer", func() bool { return has(x.Seen(), "V-9 is resolved.") })
	x.await("the form to close", func() bool { _, open := x.Form(); return !open })
	r, _ := x.desk.last(bot.Sent)
	if r.Command != "case resolve" || r.Text != "V-9 @2" || r.Value("resolution") != "The listing is <gone>." || r.Value("state") != "done" {
		x.Errorf("taken as %+v", r)
	}
}

func lookUp(x *exercise) {
	if x.Ask == nil {
		x.Skip("no field of this platform looks things up")
	}
	x.desk.says(func(r bot.Request) bot.Reply {
		if r.Kind == bot.Asked && r.Field == "campaign" && r.Command == "seller onboard" {
			return bot.Reply{Options: []bot.Option{{Label: "K-3 " + r.Query, Value: "K-3"}}}
		}
		return bot.Open(OnboardForm())
	})
	x.typed("/seller onboard")
	x.await("the form", func() bool { _, open := x.Form(); return open })
	labels, err := x.Ask("campaign", "black")
	if err != nil || len(labels) != 1 || labels[0] != "K-3 black" {
		x.Errorf("offered %v, %v", labels, err)
	}
}

func homePageOpens(x *exercise) {
	if x.Home == nil {
		x.Skip("there is no home page on this platform")
	}
	x.desk.says(func(bot.Request) bot.Reply { m := homePage(); return bot.Reply{Home: &m} })
	if err := x.Home(); err != nil {
		x.Fatalf("opening the home page: %v", err)
	}
	x.await("the home page", func() bool { return strings.Contains(x.Page(), "Two things wait for you.") })
	if r, _ := x.desk.last(bot.CameHome); r.From != x.Person || r.Channel.Channel != "" {
		x.Errorf("taken as %+v", r)
	}
}

func postAndEdit(x *exercise) {
	seen := map[string]bool{}
	for _, c := range Messages(x.Platform.Name()) {
		if c.Home {
			continue
		}
		id, err := x.Platform.Post(x.Context(), x.delivery(c.Message))
		if err != nil || id == "" || seen[id] {
			x.Errorf("posting %s gave %q, %v", c.Name, id, err)
			continue
		}
		seen[id] = true
		if err := x.Platform.Edit(x.Context(), id, x.delivery(c.Message)); err != nil {
			x.Errorf("editing %s: %v", c.Name, err)
		}
	}
}

func (x *exercise) outcome(what string, err error, want bot.Outcome) {
	x.Helper()
	var send *bot.SendError
	if !errors.As(err, &send) || send.Outcome != want {
		x.Errorf("%s: %v, want the outcome %q", what, err, want)
	}
}

func nowhere(x *exercise) {
	if x.Nowhere == (agency.Address{}) {
		x.Skip("every channel exists on this platform")
	}
	d := x.delivery(bot.Sentence("Is anybody there?"))
	d.To = x.Nowhere
	_, err := x.Platform.Post(x.Context(), d)
	x.outcome("posting to nowhere", err, bot.Refused)
}

func gone(x *exercise) {
	if x.Delete == nil {
		x.Skip("nothing can be deleted on this platform")
	}
	id := x.post(bot.Sentence("Soon gone."))
	if err := x.Delete(id); err != nil {
		x.Fatal(err)
	}
	x.outcome("editing what is gone", x.Platform.Edit(x.Context(), id, x.delivery(bot.Sentence("Still here?"))), bot.Gone)
}

package discord

import (
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// app is an application behind an interactions endpoint. answer gets each interaction
// and returns the status and body of the HTTP answer.
func app(t *testing.T, s *Server, answer func(i object) (int, any)) {
	t.Helper()
	key, err := hex.DecodeString(s.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		signature, err := hex.DecodeString(r.Header.Get("X-Signature-Ed25519"))
		if err != nil || !ed25519.Verify(key, append([]byte(r.Header.Get("X-Signature-Timestamp")), body...), signature) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		var i object
		if err := decode(body, &i); err != nil {
			t.Error(err)
		}
		status, out := http.StatusOK, any(object{"type": 1})
		if kind(i) != interactPing {
			status, out = answer(i)
		}
		w.WriteHeader(status)
		if out != nil {
			json.NewEncoder(w).Encode(out) //nolint:errcheck // the test will miss it
		}
	}))
	t.Cleanup(srv.Close)
	if err := s.SetEndpoint(srv.URL); err != nil {
		t.Fatal(err)
	}
}

// register puts two commands into the guild: one with subcommands and one with options.
func register(t *testing.T, base string) {
	t.Helper()
	status, got := api(t, base, "PUT", "/applications/"+appID+"/guilds/"+guildID+"/commands", list{
		object{"name": "creator", "description": "d", "options": list{
			object{"type": 1, "name": "apply", "description": "d"},
			object{"type": 1, "name": "rate", "description": "d", "options": list{
				object{"type": 4, "name": "stars", "description": "d", "required": true, "min_value": 1, "max_value": 5},
				object{"type": 6, "name": "who", "description": "d"},
				object{"type": 3, "name": "shop", "description": "d", "autocomplete": true},
			}},
		}},
		object{"name": "staff", "description": "d", "default_member_permissions": "0"},
	})
	if status != 200 {
		t.Fatalf("registering answers %d %v", status, got)
	}
	if status, got := api(t, base, "PUT", "/applications/"+appID+"/commands", list{object{"name": "everywhere", "description": "d"}}); status != 200 {
		t.Fatalf("registering answers %d %v", status, got)
	}
}

func says(text string, flags int) object {
	return object{"type": 4, "data": object{"content": text, "flags": flags}}
}

func TestACommandArrivesWithItsOptions(t *testing.T) {
	t.Parallel()
	s, base := start(t, testOptions())
	register(t, base)
	var got object
	app(t, s, func(i object) (int, any) { got = i; return 200, says("thanks", flagEphemeral) })
	if err := s.Command(ben, general, "/creator rate", Values{"stars": "4", "who": cleo}); err != nil {
		t.Fatal(err)
	}
	rate := asObjects(items(sub(got, "data"), "options"))[0]
	options := asObjects(items(rate, "options"))
	if str(sub(got, "data"), "name") != "creator" || str(rate, "name") != "rate" || intOr(options[0], "value", 0) != 4 || str(options[1], "value") != cleo {
		t.Errorf("the data is %v", got["data"])
	}
	if sub(sub(sub(got, "data"), "resolved"), "users")[cleo] == nil || str(sub(sub(got, "member"), "user"), "id") != ben || got["user"] != nil {
		t.Errorf("the people are %v and %v", got["data"], got["member"])
	}
	if n := len(s.Messages(general, ben)); n != 1 || len(s.Messages(general, ada)) != 0 {
		t.Errorf("an ephemeral answer is seen by ben %d times and by ada %d times", n, len(s.Messages(general, ada)))
	}
	for line, values := range map[string]Values{
		"/creator rate":  {},                         // a required option is missing
		"/creator apply": {"stars": "1"},             // no such option
		"/creator":       {},                         // has subcommands
		"/creator rate ": {"stars": "6"},             // out of range
		" /creator rate": {"stars": "four"},          // no number
		"/creator  rate": {"stars": "1", "who": "x"}, // nobody
		"/staff":         {},                         // not for ben
		"/nothing":       {},
	} {
		var n Notice
		if err := s.Command(ben, general, line, values); !errors.As(err, &n) {
			t.Errorf("%q %v is taken: %v", line, values, err)
		}
	}
	if err := s.Command(ada, general, "/staff", nil); err != nil {
		t.Errorf("the owner may use it: %v", err)
	}
}

func TestInADirectTalkTheUserStandsAloneAndOnlyGlobalCommandsExist(t *testing.T) {
	t.Parallel()
	s, base := start(t, testOptions())
	register(t, base)
	var got object
	app(t, s, func(i object) (int, any) { got = i; return 200, says("hi", 0) })
	if err := s.Command(ben, s.Talk(ben), "/creator apply", nil); err == nil {
		t.Error("a command of the guild was used in a direct talk")
	}
	if err := s.Command(ben, s.Talk(ben), "/everywhere", nil); err != nil {
		t.Fatal(err)
	}
	if str(sub(got, "user"), "id") != ben || got["member"] != nil || got["guild_id"] != nil || intOr(got, "context", 0) != 1 {
		t.Errorf("the interaction is %v", got)
	}
}

func TestAnInteractionIsAnsweredOnceAndInTime(t *testing.T) {
	t.Parallel()
	o := testOptions()
	o.Windows.Answer = 150 * time.Millisecond
	s, base := start(t, o)
	register(t, base)
	seen := make(chan object, 1)
	app(t, s, func(i object) (int, any) { seen <- i; return 202, nil })
	if err := s.Command(ben, general, "/everywhere", nil); !errors.Is(err, noAnswer) {
		t.Errorf("without an answer ben reads %v", err)
	}
	late := <-seen
	path := func(i object) string { return "/interactions/" + str(i, "id") + "/" + str(i, "token") + "/callback" }
	if status, got := api(t, base, "POST", path(late), says("late", 0)); status != 404 || intOr(got, "code", 0) != 10062 {
		t.Errorf("a late answer gets %d %v", status, got)
	}
	if status, got := api(t, base, "POST", "/webhooks/"+appID+"/"+str(late, "token"), object{"content": "late"}); status != 401 || intOr(got, "code", 0) != 50027 {
		t.Errorf("a late follow-up gets %d %v", status, got)
	}
}

func TestACallbackCannotBeRepeated(t *testing.T) {
	t.Parallel()
	o := testOptions()
	o.Windows.Answer = 10 * time.Second
	s, base := start(t, o)
	register(t, base)
	finished := make(chan bool)
	app(t, s, func(i object) (int, any) {
		defer close(finished)
		hook := "/webhooks/" + appID + "/" + str(i, "token")
		path := "/interactions/" + str(i, "id") + "/" + str(i, "token") + "/callback"
		for _, c := range []struct {
			method, path string
			body         any
			status, code int
		}{
			{"POST", hook, object{"content": "too early"}, 404, 10015},
			{"GET", hook + "/messages/@original", nil, 404, 10015},
			{"POST", path, object{"type": 7, "data": object{"content": "x"}}, 400, 50035},
			{"POST", path, object{"type": 8, "data": object{"choices": list{}}}, 400, 50035},
			{"POST", path, object{"type": 4, "data": object{"content": long(2001)}}, 400, 50035},
			{"POST", path, object{"type": 4, "data": object{}}, 400, 50006},
			{"POST", path + "?with_response=true", object{"type": 5, "data": object{"flags": 64}}, 200, 0},
			{"POST", path, says("again", 0), 400, 40060},
			{"POST", path, object{"type": 9, "data": object{"custom_id": "m", "title": "t", "components": textsOf(1, 1)}}, 400, 40060},
			{"GET", hook + "/messages/@original", nil, 200, 0},
			{"PATCH", hook + "/messages/@original", object{"content": "done"}, 200, 0},
			{"POST", hook, object{"content": "more", "flags": 64}, 200, 0},
			{"DELETE", hook + "/messages/@original", nil, 204, 0},
			{"PATCH", hook + "/messages/@original", object{"content": "gone"}, 404, 10008},
		} {
			status, got := api(t, base, c.method, c.path, c.body)
			if status != c.status || intOr(got, "code", 0) != c.code {
				t.Errorf("%s %v answers %d %v", c.method, c.body, status, got)
			}
		}
		return 202, nil
	})
	if err := s.Command(ben, general, "/everywhere", nil); err != nil {
		t.Fatal(err)
	}
	<-finished
	if l := s.Messages(general, ben); len(l) != 1 || l[0].Content != "more" {
		t.Errorf("ben sees %v", l)
	}
}

func TestTheTokenDiesAfterAQuarterOfAnHour(t *testing.T) {
	t.Parallel()
	o := testOptions()
	var mu sync.Mutex
	now := time.Now()
	o.Real = func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	s, base := start(t, o)
	register(t, base)
	var i object
	app(t, s, func(got object) (int, any) { i = got; return 200, says("hi", 0) })
	if err := s.Command(ben, general, "/everywhere", nil); err != nil {
		t.Fatal(err)
	}
	at := "/webhooks/" + appID + "/" + str(i, "token") + "/messages/@original"
	if status, _ := api(t, base, "PATCH", at, object{"content": "still"}); status != 200 {
		t.Errorf("at once it answers %d", status)
	}
	mu.Lock()
	now = now.Add(15*time.Minute + time.Second)
	mu.Unlock()
	if status, got := api(t, base, "PATCH", at, object{"content": "late"}); status != 401 || intOr(got, "code", 0) != 50027 {
		t.Errorf("after a quarter of an hour it answers %d %v", status, got)
	}
}

func TestAFormOpensIsCheckedAndSubmitted(t *testing.T) {
	t.Parallel()
	s, base := start(t, testOptions())
	register(t, base)
	label := func(l string, c object) object { return object{"type": 18, "label": l, "component": c} }
	form := object{"type": 9, "data": object{"custom_id": "apply", "title": "Apply", "components": list{
		object{"type": 10, "content": "Welcome"},
		label("Name", object{"type": 4, "custom_id": "name", "style": 1, "min_length": 2, "max_length": 5}),
		label("Kind", object{"type": 3, "custom_id": "kind", "options": optionsOf(2)}),
		label("Terms", object{"type": 23, "custom_id": "terms"}),
		label("Proof", object{"type": 19, "custom_id": "proof", "required": false, "min_values": 0}),
	}}}
	var submitted object
	app(t, s, func(i object) (int, any) {
		if kind(i) == interactModal {
			submitted = i
			return 200, says("done", flagEphemeral)
		}
		return 200, form
	})
	if err := s.Command(ben, general, "/creator apply", nil); err != nil {
		t.Fatal(err)
	}
	if f, ok := s.Modal(ben); !ok || f.Title != "Apply" || len(f.Fields) != 4 || f.Fields[0].Label != "Name" {
		t.Fatalf("the form is %+v", f)
	}
	for _, wrong := range []Fill{{}, {"name": {"x"}, "kind": {"0"}}, {"name": {"Bennie"}, "kind": {"0"}}, {"name": {"Ben"}, "kind": {"7"}}, {"name": {"Ben"}, "kind": {"0"}, "other": {"1"}}} {
		if err := s.Submit(ben, wrong); err == nil {
			t.Errorf("%v is sent", wrong)
		}
	}
	if err := s.SubmitFiles(ben, Fill{"name": {"Ben"}, "kind": {"1"}, "terms": {"true"}}, map[string][]File{"proof": {{"id card.png", []byte("x")}}}); err != nil {
		t.Fatal(err)
	}
	data := sub(submitted, "data")
	rows := asObjects(items(data, "components"))
	name, choice, terms := sub(rows[1], "component"), sub(rows[2], "component"), sub(rows[3], "component")
	if str(name, "value") != "Ben" || items(choice, "values")[0] != "1" || terms["value"] != true || kind(rows[0]) != 10 {
		t.Errorf("the form arrives as %v", rows)
	}
	for _, a := range sub(sub(data, "resolved"), "attachments") {
		if str(a.(object), "filename") != "id_card.png" {
			t.Errorf("the file arrives as %v", a)
		}
	}
	if _, open := s.Modal(ben); open {
		t.Error("the form is still open")
	}
}

func TestFormsAreRefusedAsDiscordRefusesThem(t *testing.T) {
	t.Parallel()
	input := func(more object) object {
		in := object{"type": 4, "custom_id": "i", "style": 1}
		for k, v := range more {
			in[k] = v
		}
		return object{"type": 18, "label": "L", "component": in}
	}
	five := func(n int) list {
		var out list
		for i := range n {
			out = append(out, input(object{"custom_id": strings.Repeat("i", i+1)}))
		}
		return out
	}
	for name, c := range map[string]struct {
		data        object
		field, code string
	}{
		"fine":             {object{"title": long(45), "components": five(5)}, "", ""},
		"a long title":     {object{"title": long(46), "components": five(1)}, "data.title", "BASE_TYPE_BAD_LENGTH"},
		"six components":   {object{"title": "t", "components": five(6)}, "data.components", "BASE_TYPE_BAD_LENGTH"},
		"none":             {object{"title": "t", "components": list{}}, "data.components", "BASE_TYPE_BAD_LENGTH"},
		"a long label":     {object{"title": "t", "components": list{object{"type": 18, "label": long(46), "component": object{"type": 23, "custom_id": "c"}}}}, "data.components.0.label", "BASE_TYPE_BAD_LENGTH"},
		"an empty label":   {object{"title": "t", "components": list{object{"type": 18, "label": "L"}}}, "data.components.0.component", "BASE_TYPE_REQUIRED"},
		"a button":         {object{"title": "t", "components": rowsOf(1)}, "data.components.0.components.0.type", "UNION_TYPE_CHOICES"},
		"a container":      {object{"title": "t", "components": list{object{"type": 17, "components": textsOf(1, 1)}}}, "data.components.0.type", "UNION_TYPE_CHOICES"},
		"a long value":     {object{"title": "t", "components": list{input(object{"value": long(4001)})}}, "data.components.0.component.value", "BASE_TYPE_MAX_LENGTH"},
		"one radio":        {object{"title": "t", "components": list{object{"type": 18, "label": "L", "component": object{"type": 21, "custom_id": "r", "options": optionsOf(1)}}}}, "data.components.0.component.options", "BASE_TYPE_BAD_LENGTH"},
		"eleven boxes":     {object{"title": "t", "components": list{object{"type": 18, "label": "L", "component": object{"type": 22, "custom_id": "r", "options": optionsOf(11)}}}}, "data.components.0.component.options", "BASE_TYPE_BAD_LENGTH"},
		"required of none": {object{"title": "t", "components": list{object{"type": 18, "label": "L", "component": object{"type": 3, "custom_id": "r", "min_values": 0, "options": optionsOf(1)}}}}, "data.components.0.component.min_values", "COMPONENT_MIN_VALUES_REQUIRED"},
		"the same id":      {object{"title": "t", "components": list{input(nil), input(nil)}}, "data.components.1.component.custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, base := start(t, testOptions())
			register(t, base)
			c.data["custom_id"] = "form"
			checked := make(chan bool)
			app(t, s, func(i object) (int, any) {
				defer close(checked)
				status, got := api(t, base, "POST", "/interactions/"+str(i, "id")+"/"+str(i, "token")+"/callback", object{"type": 9, "data": c.data})
				checkRefusal(t, status, got, c.field, c.code)
				return 202, nil
			})
			err := s.Command(ben, general, "/everywhere", nil)
			<-checked
			if _, open := s.Modal(ben); open != (c.field == "") || (err == nil) != open {
				t.Errorf("the form is open: %t, %v", open, err)
			}
		})
	}
}

func TestCompletionOffersWhatTheApplicationAnswers(t *testing.T) {
	t.Parallel()
	s, base := start(t, testOptions())
	register(t, base)
	n := 25
	app(t, s, func(i object) (int, any) {
		rate := asObjects(items(sub(i, "data"), "options"))[0]
		for _, o := range asObjects(items(rate, "options")) {
			if flag(o, "focused") && str(o, "value") != "gl" {
				t.Errorf("the focused option is %v", o)
			}
		}
		var out list
		for range n {
			out = append(out, object{"name": "Glow " + long(len(out)), "value": "S-" + long(len(out))})
		}
		return 200, object{"type": 8, "data": object{"choices": out}}
	})
	got, err := s.Autocomplete(ben, general, "/creator rate", Values{"shop": "gl"}, "shop")
	if err != nil || len(got) != 25 || got[1].Value != "S-x" {
		t.Errorf("offered are %v, %v", got, err)
	}
	n = 26
	if _, err := s.Autocomplete(ben, general, "/creator rate", Values{"shop": "gl"}, "shop"); !errors.Is(err, loadFailed) {
		t.Errorf("26 choices are taken: %v", err)
	}
}

func TestAnEndpointHasToRefuseForgedRequests(t *testing.T) {
	t.Parallel()
	s, base := start(t, testOptions())
	for name, answer := range map[string]http.HandlerFunc{
		"believes everything": func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"type":1}`) }, //nolint:errcheck // a test
		"refuses everything":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) },
	} {
		srv := httptest.NewServer(answer)
		defer srv.Close()
		status, got := api(t, base, "PATCH", "/applications/@me", object{"interactions_endpoint_url": srv.URL})
		if status != 400 || intOr(got, "code", 0) != 50035 {
			t.Errorf("an endpoint that %s is taken: %d %v", name, status, got)
		}
	}
	app(t, s, func(object) (int, any) { return 200, nil })
	if err := s.Probe(); err != nil {
		t.Error(err)
	}
}

func TestAFailedPressIsShownUnderTheMessage(t *testing.T) {
	t.Parallel()
	s, base := start(t, testOptions())
	_, m := api(t, base, "POST", "/channels/"+general+"/messages", object{"components": rowsOf(1)})
	app(t, s, func(object) (int, any) { return 500, nil })
	s.o.Windows.Answer = 100 * time.Millisecond
	if err := s.Press(ben, str(m, "id"), "b0"); !errors.Is(err, pressFailed) {
		t.Errorf("ben reads %v", err)
	}
	if got := s.Messages(general, ben)[0].failure; got != string(pressFailed) {
		t.Errorf("under the message stands %q", got)
	}
}

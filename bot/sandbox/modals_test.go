package sandbox

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
)

// formView is a modal with one input; extra is added to its JSON.
func formView(title, extra string) string {
	text := func(s string) string { return `{"type":"plain_text","text":"` + s + `"}` }
	return `{"type":"modal","title":` + text(title) + `,"submit":` + text("Go") + extra +
		`,"blocks":[{"type":"section","block_id":"s","text":` + text("x") + `},` +
		`{"type":"input","block_id":"n","optional":true,"label":` + text("N") + `,"element":{"type":"plain_text_input","action_id":"t"}}]}`
}

func TestASubmissionDoesWhatTheAppAnswers(t *testing.T) {
	t.Parallel()
	var reply string
	w, app := overHTTP(t, func(string, int) (int, string) { return 200, reply })
	open := func() View {
		w.mu.Lock()
		trigger := w.newTrigger("U0ADA")
		w.mu.Unlock()
		_, got := ask(t, w.base+"/api/", "views.open", form("trigger_id", trigger, "view", formView("First", `,"notify_on_close":true`)))
		if got["ok"] != true {
			t.Fatal(got)
		}
		return w.Views("U0ADA")[0]
	}
	for _, c := range []struct{ name, reply, titles, wrong, trouble string }{
		{name: "an empty answer closes", reply: ""},
		{name: "clear closes everything", reply: `{"response_action":"clear"}`},
		{name: "update replaces", reply: `{"response_action":"update","view":` + formView("Second", "") + `}`, titles: "Second"},
		{name: "push puts on top", reply: `{"response_action":"push","view":` + formView("Second", "") + `}`, titles: "First,Second"},
		{name: "errors stay beside the field", reply: `{"response_action":"errors","errors":{"n":"No."}}`, titles: "First", wrong: "No."},
		{name: "errors for no input are trouble", reply: `{"response_action":"errors","errors":{"s":"No."}}`, titles: "First", trouble: troubleText},
		{name: "an unknown action is trouble", reply: `{"response_action":"dance"}`, titles: "First", trouble: troubleText},
		{name: "a broken view is trouble", reply: `{"response_action":"update","view":{"type":"modal"}}`, titles: "First", trouble: troubleText},
		{name: "no JSON is trouble", reply: `{`, titles: "First", trouble: troubleText},
	} {
		reply = c.reply
		v := open()
		wrong, err := w.Submit("U0ADA", v.ID, Fill{"n": {"typed"}})
		trouble := ""
		if err != nil {
			trouble = err.Error()
		}
		var titles []string
		for _, v := range w.Views("U0ADA") {
			titles = append(titles, str(v.Title, "text"))
		}
		if got := strings.Join(titles, ","); got != c.titles || wrong["n"] != c.wrong || trouble != c.trouble {
			t.Errorf("%s: titles %q, errors %v, trouble %q", c.name, got, wrong, trouble)
		}
	}
	f, _ := url.ParseQuery(app.bodies[0])
	if !strings.Contains(f.Get("payload"), `"n":{"t":{"type":"plain_text_input","value":"typed"}}`) {
		t.Errorf("the state is not in %s", f.Get("payload"))
	}
}

func TestClosingAModalIsToldToThoseThatAsk(t *testing.T) {
	t.Parallel()
	w, app := overHTTP(t, func(string, int) (int, string) { return 200, "" })
	w.mu.Lock()
	trigger := w.newTrigger("U0ADA")
	w.mu.Unlock()
	ask(t, w.base+"/api/", "views.open", form("trigger_id", trigger, "view", formView("First", `,"notify_on_close":true`)))
	if err := w.CloseView("U0ADA", w.Views("U0ADA")[0].ID, false); err != nil || len(w.Views("U0ADA")) != 0 {
		t.Fatal(err)
	}
	f, _ := url.ParseQuery(app.bodies[0])
	var got object
	if err := json.Unmarshal([]byte(f.Get("payload")), &got); err != nil || got["type"] != "view_closed" || got["is_cleared"] != false {
		t.Errorf("payload = %v", got)
	}
}

func TestAnUpdateKeepsWhatWasTypedUnderTheSameIDs(t *testing.T) {
	t.Parallel()
	w, _ := overHTTP(t, func(string, int) (int, string) { return 500, "" })
	w.mu.Lock()
	trigger := w.newTrigger("U0ADA")
	w.mu.Unlock()
	ask(t, w.base+"/api/", "views.open", form("trigger_id", trigger, "view", formView("First", "")))
	v := w.Views("U0ADA")[0]
	if _, err := w.Submit("U0ADA", v.ID, Fill{"n": {"typed"}}); err == nil || err.Error() != troubleText {
		t.Fatalf("a failing app: %v", err)
	}
	if _, got := ask(t, w.base+"/api/", "views.update", form("view_id", v.ID, "hash", "stale", "view", formView("Second", ""))); got["error"] != "hash_conflict" {
		t.Errorf("a stale hash: %v", got)
	}
	_, got := ask(t, w.base+"/api/", "views.update", form("view_id", v.ID, "hash", v.Hash, "view", formView("Second", "")))
	raw, _ := json.Marshal(got)
	if !strings.Contains(string(raw), `"value":"typed"`) || w.Views("U0ADA")[0].Hash == v.Hash {
		t.Errorf("updated view = %s", raw)
	}
}

package slack

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"liaison/agency"
	"liaison/bot"
)

func interaction(t *testing.T, payload string) (incoming, error) {
	t.Helper()
	var w wireInteraction
	if err := json.Unmarshal([]byte(payload), &w); err != nil {
		t.Fatal(err)
	}
	return fromInteraction(w)
}

const pressPayload = `{"type":"block_actions","team":{"id":"T1","domain":"glow"},"user":{"id":"U1","username":"ana","name":"ana","team_id":"T1"},
"api_app_id":"A1","token":"x","container":{"type":"message","message_ts":"1700000000.000100","channel_id":"C1","is_ephemeral":false,"thread_ts":"1699999999.000100"},
"trigger_id":"12.34.ab","channel":{"id":"C1","name":"desk"},"message":{"ts":"1700000000.000100","blocks":[{"type":"brand_new"}]},
"response_url":"https://hooks.slack.com/actions/T1/2/3","actions":[{"action_id":"payout approve|1","block_id":"b","type":"button","value":"P-7 9f2c","action_ts":"1700000001.1"}]}`

func TestAPressIsReadWithItsCommandItsValueAndItsMessage(t *testing.T) {
	t.Parallel()
	in, err := interaction(t, pressPayload)
	if err != nil {
		t.Fatal(err)
	}
	want := bot.Request{
		Key: "slack:T1:C1:1700000000.000100:payout approve|1:1700000001.1:U1", Kind: bot.Pressed,
		From: agency.Identity{Platform: agency.Slack, Workspace: "T1", User: "U1"}, FromName: "ana",
		Channel: agency.Address{Platform: agency.Slack, Workspace: "T1", Channel: "C1"}, Command: "payout approve", Text: "P-7 9f2c",
		MessageID: "C1/1700000000.000100", ReplyTo: "https://hooks.slack.com/actions/T1/2/3", Trigger: "12.34.ab",
	}
	if diff := cmp.Diff(want, in.Request); diff != "" || in.surface != onMessage || in.threadTS != "1699999999.000100" {
		t.Error(diff)
	}
	chosen := strings.Replace(pressPayload, `"type":"button","value":"P-7 9f2c"`, `"type":"static_select","selected_option":{"text":{"type":"plain_text","text":"x"},"value":"V-9 2"}`, 1)
	if in, err = interaction(t, chosen); err != nil || in.Text != "V-9 2" {
		t.Errorf("a choice was read as %q, %v", in.Text, err)
	}
	private := strings.Replace(pressPayload, `"is_ephemeral":false`, `"is_ephemeral":true`, 1)
	if in, err = interaction(t, private); err != nil || !in.Private {
		t.Errorf("a private message was read as %v, %v", in.Private, err)
	}
	foreign := strings.Replace(pressPayload, `"team_id":"T1"`, `"team_id":"T2"`, 1)
	if in, err = interaction(t, foreign); err != nil || in.From.Workspace != "T2" || in.Channel.Workspace != "T1" {
		t.Errorf("a foreign press is from %v in %v, %v", in.From, in.Channel, err)
	}
	org := strings.Replace(pressPayload, `"team":{"id":"T1","domain":"glow"}`, `"team":null`, 1)
	if in, err = interaction(t, org); err != nil || in.Channel.Workspace != "T1" {
		t.Errorf("without a team it is in %v, %v", in.Channel, err)
	}
}

const submitPayload = `{"type":"view_submission","team":{"id":"T1"},"user":{"id":"U1","name":"ana","team_id":"T1"},"trigger_id":"9.9.c",
"view":{"id":"V1","team_id":"T1","type":"modal","hash":"156.abc","callback_id":"seller onboard",
"private_metadata":"{\"c\":\"seller onboard\",\"s\":\"S-12\",\"w\":\"T1\",\"ch\":\"C9\",\"r\":\"https://hooks.slack.com/commands/1\"}",
"root_view_id":"V1","previous_view_id":null,"blocks":[{"type":"section","block_id":"x"},{"type":"input","block_id":"shop"},{"type":"input","block_id":"formats"}],
"state":{"values":{"shop":{"shop":{"type":"plain_text_input","value":"Glow & <Lab>"}},"note":{"note":{"type":"plain_text_input","value":null}},
"region":{"region":{"type":"static_select","selected_option":{"value":"US"}}},"formats":{"formats":{"type":"checkboxes","selected_options":[{"value":"video"},{"value":"live"}]}},
"owner":{"owner":{"type":"users_select","selected_user":"U7"}},"start":{"start":{"type":"datepicker","selected_date":"2026-11-23"}},
"none":{"none":{"type":"static_select","selected_option":null}},"campaign":{"campaign":{"type":"external_select","selected_option":{"value":"K-3"}}}}}}}`

func TestASubmissionIsReadWithWhatWasEnteredAndWhereItWasOpened(t *testing.T) {
	t.Parallel()
	in, err := interaction(t, submitPayload)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{"shop": {"Glow & <Lab>"}, "note": nil, "region": {"US"}, "formats": {"video", "live"}, "owner": {"U7"}, "start": {"2026-11-23"}, "none": nil, "campaign": {"K-3"}}
	if diff := cmp.Diff(want, in.Fields); diff != "" {
		t.Error(diff)
	}
	if in.Kind != bot.Sent || in.Command != "seller onboard" || in.Text != "S-12" || in.Channel.Channel != "C9" || in.FormID != "V1" ||
		in.ReplyTo != "https://hooks.slack.com/commands/1" || !reflect.DeepEqual(in.inputs, []string{"shop", "formats"}) || in.depth != 1 {
		t.Errorf("read as %+v", in)
	}
	again, err := interaction(t, strings.Replace(submitPayload, "9.9.c", "9.9.d", 1))
	if err != nil || again.Key != in.Key {
		t.Errorf("the same form sent twice has the keys %q and %q", in.Key, again.Key)
	}
	corrected, err := interaction(t, strings.Replace(submitPayload, "Glow", "Gloss", 1))
	if err != nil || corrected.Key == in.Key {
		t.Errorf("a corrected form has the key of the refused one: %q", in.Key)
	}
}

func TestAQuestionOfASelectIsReadWithItsFieldAndWords(t *testing.T) {
	t.Parallel()
	in, err := interaction(t, `{"type":"block_suggestion","user":{"id":"U1","team_id":"T1"},"team":{"id":"T1"},"action_id":"campaign","block_id":"campaign","value":"black",
"view":{"id":"V1","type":"modal","callback_id":"seller onboard","private_metadata":"{\"s\":\"S-12\",\"ch\":\"C9\"}","state":{"values":{"shop":{"shop":{"value":"x"}}}}}}`)
	if err != nil || in.Kind != bot.Asked || in.Command != "seller onboard" || in.Field != "campaign" || in.Query != "black" || in.Text != "S-12" || in.Value("shop") != "x" {
		t.Errorf("read as %+v, %v", in, err)
	}
}

func TestAHomePageIsReadAsOne(t *testing.T) {
	t.Parallel()
	var e wireEvent
	if err := json.Unmarshal([]byte(`{"type":"event_callback","team_id":"T1","event_id":"Ev7","event":{"type":"app_home_opened","user":"U1","tab":"home"}}`), &e); err != nil {
		t.Fatal(err)
	}
	in, err := fromEvent(e)
	if err != nil || in.Key != "slack:Ev7" || in.Kind != bot.CameHome || in.Channel.Channel != "" || in.From.User != "U1" || in.surface != onHome {
		t.Errorf("read as %+v, %v", in, err)
	}
	press, err := interaction(t, `{"type":"block_actions","user":{"id":"U1","team_id":"T1"},"team":{"id":"T1"},"view":{"id":"V1","type":"home","private_metadata":""},
"actions":[{"action_id":"seller show|0","block_id":"b","value":"S-12","action_ts":"1.1"}]}`)
	if err != nil || press.surface != onHome || press.FormID != "" || press.Channel.Channel != "" || press.Text != "S-12" {
		t.Errorf("read as %+v, %v", press, err)
	}
}

func TestTheDepthOfAModalIsRead(t *testing.T) {
	t.Parallel()
	for want, v := range map[int]wireView{1: {ID: "A", RootViewID: "A"}, 2: {ID: "B", RootViewID: "A", PreviousViewID: "A"}, 3: {ID: "C", RootViewID: "A", PreviousViewID: "B"}} {
		if got := depth(&v); got != want {
			t.Errorf("%s: %d, want %d", v.ID, got, want)
		}
	}
}

func TestPayloadsThatSayTooLittleAreErrors(t *testing.T) {
	t.Parallel()
	for _, payload := range []string{
		`{"type":"block_actions","actions":[{"action_id":"help|0"}]}`, `{"type":"view_submission","user":{"id":"U1","team_id":"T1"}}`,
		`{"type":"block_actions","user":{"id":"U1"},"actions":[{"action_id":"help|0"}]}`,
	} {
		if _, err := interaction(t, payload); err == nil {
			t.Errorf("%s was taken", payload)
		}
	}
	for _, c := range []wireCommand{{}, {Command: "/help"}, {Command: "/help", UserID: "U", TeamID: "T"}, {Command: "/", UserID: "U", TeamID: "T", TriggerID: "1"}} {
		if _, err := fromCommand(c); err == nil {
			t.Errorf("%+v was taken", c)
		}
	}
}

func TestACommandKeepsItsNameThroughAnActionID(t *testing.T) {
	t.Parallel()
	n := 0
	for _, command := range []string{"help", "seller tick", "odd|name"} {
		id, err := actionID(command, &n)
		if err != nil || commandOf(id) != command {
			t.Errorf("%q came back as %q, %v", command, commandOf(id), err)
		}
	}
	if commandOf("none") != "" {
		t.Error("an id without a command has one")
	}
}

func TestSentencesGoBesideTheirInputsAndNoneIsLost(t *testing.T) {
	t.Parallel()
	got := beside([]string{"shop", "region"}, map[string]string{"region": "Bad.", "elsewhere": "Lost?", "": "General.", "shop": strings.Repeat("x", 3000)})
	if got["region"] != "Bad." || !strings.Contains(got["shop"], "General. Lost?") || bot.Size(got["shop"]) > maxErrorText || len(got) != 2 {
		t.Errorf("%v", got)
	}
	if beside(nil, map[string]string{"a": "b"}) != nil {
		t.Error("sentences beside nothing")
	}
}

// FuzzEnvelope looks for a payload that the desk cannot survive, or that it takes without knowing from whom.
func FuzzEnvelope(f *testing.F) {
	for _, seed := range []string{pressPayload, submitPayload, `{"command":"/help","team_id":"T","user_id":"U","trigger_id":"1","text":"<@U1|a> &lt;"}`,
		`{"type":"event_callback","event_id":"E","team_id":"T","event":{"type":"app_home_opened","user":"U","tab":"home"}}`} {
		for _, kind := range []string{"interactive", "slash_commands", "events_api"} {
			f.Add(kind, []byte(seed))
		}
	}
	p, err := New(Config{BotToken: "x", SigningSecret: "s"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, kind string, payload []byte) {
		in, err := p.unwrap(kind, payload)
		if err == nil && (in.Key == "" || in.From.User == "" || in.From.Workspace == "" || in.Command == "" || in.surface == "") {
			t.Errorf("taken as %+v", in)
		}
	})
}

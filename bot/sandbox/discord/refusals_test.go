package discord

import (
	"fmt"
	"strings"
	"testing"
)

func long(n int) string { return strings.Repeat("x", n) }

// rowsOf makes n action rows with one button each.
func rowsOf(n int) list {
	var out list
	for i := range n {
		out = append(out, object{"type": 1, "components": list{object{"type": 2, "style": 1, "label": "b", "custom_id": fmt.Sprint("b", i)}}})
	}
	return out
}

func textsOf(n, length int) list {
	var out list
	for range n {
		out = append(out, object{"type": 10, "content": long(length)})
	}
	return out
}

func optionsOf(n int) list {
	var out list
	for i := range n {
		out = append(out, object{"label": "o", "value": fmt.Sprint(i)})
	}
	return out
}

func selectOf(n int, more object) object {
	c := object{"type": 3, "custom_id": "s", "options": optionsOf(n)}
	for k, v := range more {
		c[k] = v
	}
	return object{"components": list{object{"type": 1, "components": list{c}}}}
}

func buttonOf(b object) object {
	b["type"] = 2
	return object{"components": list{object{"type": 1, "components": list{b}}}}
}

func TestMessagesAreRefusedAsDiscordRefusesThem(t *testing.T) {
	t.Parallel()
	v2 := func(c list) object { return object{"flags": 1 << 15, "components": c} }
	for name, c := range map[string]struct {
		body  any
		field string // dotted path in errors; empty when the body is fine
		code  string
	}{
		"fine":                    {object{"content": long(2000)}, "", ""},
		"long content":            {object{"content": long(2001)}, "content", "BASE_TYPE_MAX_LENGTH"},
		"content of another type": {object{"content": list{}}, "content", "STRING_TYPE_CONVERT"},
		"ten embeds":              {object{"embeds": many(10, object{"title": "t"})}, "", ""},
		"eleven embeds":           {object{"embeds": many(11, object{"title": "t"})}, "embeds", "BASE_TYPE_MAX_LENGTH"},
		"long title":              {object{"embeds": list{object{"title": long(257)}}}, "embeds.0.title", "BASE_TYPE_MAX_LENGTH"},
		"26 fields":               {object{"embeds": list{object{"fields": many(26, object{"name": "n", "value": "v"})}}}, "embeds.0.fields", "BASE_TYPE_MAX_LENGTH"},
		"6001 characters":         {object{"embeds": list{object{"description": long(4000)}, object{"description": long(2001)}}}, "embeds", "MAX_EMBED_SIZE_EXCEEDED"},
		"an empty field":          {object{"embeds": list{object{"fields": list{object{"name": "", "value": "v"}}}}}, "embeds.0.fields.0.name", "BASE_TYPE_BAD_LENGTH"},
		"a bad address":           {object{"embeds": list{object{"title": "t", "url": "nonsense"}}}, "embeds.0.url", "URL_TYPE_INVALID_URL"},
		"another scheme":          {object{"embeds": list{object{"title": "t", "url": "ftp://x.example"}}}, "embeds.0.url", "URL_TYPE_INVALID_SCHEME"},
		"a file that is not there": {
			object{"embeds": list{object{"image": object{"url": "attachment://a.png"}}}}, "embeds.0", "MEDIA_ATTACHMENT_NOT_FOUND",
		},
		"five rows":             {object{"content": "x", "components": rowsOf(5)}, "", ""},
		"six rows":              {object{"content": "x", "components": rowsOf(6)}, "components", "BASE_TYPE_MAX_LENGTH"},
		"text without the flag": {object{"components": textsOf(1, 5)}, "components.0.type", "UNION_TYPE_CHOICES"},
		"a bare button":         {object{"components": list{object{"type": 2, "style": 1, "label": "b", "custom_id": "b"}}}, "components.0.type", "UNION_TYPE_CHOICES"},
		"six buttons":           {object{"components": list{object{"type": 1, "components": append(buttons(5), buttons(6)[5])}}}, "components.0.components", "BASE_TYPE_BAD_LENGTH"},
		"the same custom id":    {object{"components": list{object{"type": 1, "components": append(buttons(1), buttons(1)...)}}}, "components.0.components.1.custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED"},
		"a long custom id":      {buttonOf(object{"style": 1, "label": "b", "custom_id": long(101)}), "components.0.components.0.custom_id", "BASE_TYPE_BAD_LENGTH"},
		"no custom id":          {buttonOf(object{"style": 1, "label": "b"}), "components.0.components.0", "BUTTON_COMPONENT_CUSTOM_ID_REQUIRED"},
		"a long label":          {buttonOf(object{"style": 1, "label": long(81), "custom_id": "b"}), "components.0.components.0.label", "BASE_TYPE_MAX_LENGTH"},
		"a link":                {buttonOf(object{"style": 5, "label": "b", "url": "https://x.example"}), "", ""},
		"a link with an id":     {buttonOf(object{"style": 5, "label": "b", "url": "https://x.example", "custom_id": "b"}), "components.0.components.0", "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE"},
		"style nine":            {buttonOf(object{"style": 9, "label": "b", "custom_id": "b"}), "components.0.components.0.style", "NUMBER_TYPE_MAX"},
		"25 options":            {selectOf(25, nil), "", ""},
		"26 options":            {selectOf(26, nil), "components.0.components.0.options", "BASE_TYPE_BAD_LENGTH"},
		"max over options":      {selectOf(2, object{"max_values": 3}), "components.0.components.0.max_values", "SELECT_COMPONENT_MAX_GREATER_THAN_OPTIONS"},
		"a long placeholder":    {selectOf(2, object{"placeholder": long(151)}), "components.0.components.0.placeholder", "BASE_TYPE_MAX_LENGTH"},
		"a menu and a button": {
			object{"components": list{object{"type": 1, "components": append(buttons(1), object{"type": 3, "custom_id": "s", "options": optionsOf(1)})}}},
			"components.0", "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
		},
		"text displays":   {v2(textsOf(2, 2000)), "", ""},
		"4001 characters": {v2(textsOf(2, 2001)), "components", "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED"},
		"an empty text":   {v2(list{object{"type": 10, "content": ""}}), "components.0.content", "BASE_TYPE_BAD_LENGTH"},
		"40 components":   {v2(textsOf(40, 1)), "", ""},
		"41 components":   {v2(textsOf(41, 1)), "components", "BASE_TYPE_MAX_LENGTH"},
		"41 of them nested": {
			v2(list{object{"type": 17, "components": textsOf(20, 1)}, object{"type": 17, "components": textsOf(19, 1)}}),
			"components", "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
		},
		"ids of their own":      {v2(numberedTexts(1<<31-1, 7)), "", ""},
		"the same id twice":     {v2(numberedTexts(7, 7)), "components.1.id", "COMPONENT_ID_DUPLICATED"},
		"the same id inside":    {v2(list{object{"type": 17, "id": 7, "components": numberedTexts(7)}}), "components.0.components.0.id", "COMPONENT_ID_DUPLICATED"},
		"ids of zero":           {v2(numberedTexts(0, 0)), "", ""},
		"an id below zero":      {v2(numberedTexts(-1)), "components.0.id", "NUMBER_TYPE_MIN"},
		"an id of 33 bits":      {v2(numberedTexts(1 << 31)), "components.0.id", "NUMBER_TYPE_MAX"},
		"a container in one":    {v2(list{object{"type": 17, "components": list{object{"type": 17, "components": textsOf(1, 1)}}}}), "components.0.components.0.type", "UNION_TYPE_CHOICES"},
		"a section":             {v2(list{object{"type": 9, "components": textsOf(1, 1), "accessory": buttons(1)[0]}}), "", ""},
		"a section without":     {v2(list{object{"type": 9, "components": textsOf(1, 1)}}), "components.0.accessory", "BASE_TYPE_REQUIRED"},
		"a gallery of eleven":   {v2(list{object{"type": 12, "items": many(11, object{"media": object{"url": "https://x.example/a.png"}})}}), "components.0.items", "BASE_TYPE_BAD_LENGTH"},
		"a modal's component":   {v2(list{object{"type": 18, "label": "l"}}), "components.0.type", "UNION_TYPE_CHOICES"},
		"content with the flag": {object{"flags": 1 << 15, "content": "x", "components": textsOf(1, 1)}, "content", "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"},
		"embeds with the flag":  {object{"flags": 1 << 15, "embeds": list{object{"title": "t"}}, "components": textsOf(1, 1)}, "embeds", "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"},
		"parse and list":        {object{"content": "x", "allowed_mentions": object{"parse": list{"users"}, "users": list{ben}}}, "allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE"},
		"parse of nothing":      {object{"content": "x", "allowed_mentions": object{"parse": list{"people"}}}, "allowed_mentions.parse.0", "BASE_TYPE_CHOICES"},
		"a long nonce":          {object{"content": "x", "nonce": long(26)}, "nonce", "BASE_TYPE_MAX_LENGTH"},
		"a reply to nothing":    {object{"content": "x", "message_reference": object{"message_id": "1400000000000000001"}}, "message_reference", "REPLIES_UNKNOWN_MESSAGE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, base := start(t, testOptions())
			status, got := api(t, base, "POST", "/channels/"+general+"/messages", c.body)
			checkRefusal(t, status, got, c.field, c.code)
			if n := len(s.Messages(general, "")); (c.field == "") != (n == 1) {
				t.Errorf("%d messages stand in the channel", n)
			}
		})
	}
}

func many(n int, o object) list {
	var out list
	for range n {
		out = append(out, o)
	}
	return out
}

// numberedTexts are texts with integer ids.
func numberedTexts(ids ...int) (out list) {
	for _, id := range ids {
		out = append(out, object{"type": 10, "content": "x", "id": id})
	}
	return out
}

func buttons(n int) list {
	var out list
	for i := range n {
		out = append(out, object{"type": 2, "style": 2, "label": "b", "custom_id": fmt.Sprint("b", i)})
	}
	return out
}

// checkRefusal looks for a code in the nested errors of a 50035.
func checkRefusal(t *testing.T, status int, got object, field, code string) {
	t.Helper()
	if field == "" {
		if status >= 300 {
			t.Errorf("it was refused: %d %v", status, got)
		}
		return
	}
	if n, _ := number(got["code"]); status != 400 || n != 50035 {
		t.Fatalf("the answer is %d %v", status, got)
	}
	at := sub(got, "errors")
	for _, step := range strings.Split(field, ".") {
		if field == "." {
			break
		}
		at = sub(at, step)
	}
	if len(items(at, "_errors")) == 0 && len(at) == 1 { // media: the last step is a running number
		for _, v := range at {
			at, _ = v.(object)
		}
	}
	for _, e := range asObjects(items(at, "_errors")) {
		if str(e, "code") == code {
			return
		}
	}
	t.Errorf("at %s the errors are %v", field, got["errors"])
}

func TestCallsAreRefusedWithDiscordsCodes(t *testing.T) {
	t.Parallel()
	s, base := start(t, testOptions())
	said, err := s.Say(ben, general, "mine")
	if err != nil {
		t.Fatal(err)
	}
	talk := func(user string) string {
		_, o := api(t, base, "POST", "/users/@me/channels", object{"recipient_id": user})
		return str(o, "id")
	}
	shut, open := talk(cleo), talk(ben)
	hello := object{"content": "x"}
	for _, c := range []struct {
		method, path string
		body         any
		status, code int
	}{
		{"POST", "/channels/1399999999999999999/messages", hello, 404, 10003},
		{"POST", "/channels/" + secretly + "/messages", hello, 403, 50001},
		{"GET", "/channels/" + secretly + "/messages", nil, 403, 50001},
		{"POST", "/channels/" + readOnly + "/messages", hello, 403, 50013},
		{"POST", "/channels/" + category + "/messages", hello, 400, 50008},
		{"POST", "/channels/" + shut + "/messages", hello, 403, 50007},
		{"POST", "/channels/" + open + "/messages", hello, 200, 0},
		{"POST", "/channels/" + general + "/messages", object{}, 400, 50006},
		{"POST", "/channels/" + general + "/messages", object{"content": "  \n "}, 400, 50006},
		{"POST", "/channels/" + general + "/messages", "{", 400, 50109},
		{"POST", "/channels/" + general + "/messages", object{"content": "x", "attachments": list{object{"id": 0, "filename": "a"}}}, 400, 50146},
		{"PATCH", "/channels/" + general + "/messages/" + said.ID, hello, 403, 50005},
		{"PATCH", "/channels/" + general + "/messages/1399999999999999999", hello, 404, 10008},
		{"GET", "/channels/" + general + "/messages/1399999999999999999", nil, 404, 10008},
		{"DELETE", "/channels/" + general + "/messages/" + said.ID, nil, 204, 0},
		{"DELETE", "/channels/" + general + "/messages/" + said.ID, nil, 404, 10008},
		{"GET", "/channels/" + general + "/messages?limit=101", nil, 400, 50035},
		{"POST", "/users/@me/channels", object{"recipient_id": "1299999999999999999"}, 400, 50033},
		{"POST", "/users/@me/channels", object{}, 400, 50035},
		{"GET", "/guilds/1099999999999999999", nil, 404, 10004},
		{"GET", "/guilds/" + guildID + "/members/1299999999999999999", nil, 404, 10013},
		{"GET", "/guilds/" + guildID + "/members?limit=10", nil, 403, 50001},
		{"PUT", "/guilds/" + guildID + "/members/" + ben + "/roles/" + creators, nil, 204, 0},
		{"PUT", "/guilds/" + guildID + "/members/" + ben + "/roles/" + botRole, nil, 403, 50013},
		{"PUT", "/guilds/" + guildID + "/members/" + ben + "/roles/1199999999999999999", nil, 404, 10011},
		{"GET", "/users/1299999999999999999", nil, 404, 10013},
		{"PUT", "/applications/" + appID + "/guilds/1099999999999999999/commands", "[]", 403, 50001},
		{"DELETE", "/applications/" + appID + "/commands/1399999999999999999", nil, 404, 10063},
		{"POST", "/interactions/1399999999999999999/token/callback", object{"type": 5}, 404, 10062},
		{"POST", "/webhooks/" + appID + "/nobody", hello, 401, 50027},
		{"POST", "/webhooks/1099999999999999999/nobody", hello, 404, 10015},
		{"GET", "/nothing", nil, 404, 0},
		{"PUT", "/channels/" + general + "/messages", hello, 405, 0},
	} {
		status, got := api(t, base, c.method, c.path, c.body)
		if n, _ := number(got["code"]); status != c.status || int(n) != c.code {
			t.Errorf("%s %s %v answers %d %v, not %d %d", c.method, c.path, c.body, status, got, c.status, c.code)
		}
	}
}

func TestWithoutATokenNothingIsAnswered(t *testing.T) {
	t.Parallel()
	s, base := start(t, testOptions())
	s.o.BotToken = "another"
	status, got := api(t, base, "GET", "/users/@me", nil)
	if status != 401 || str(got, "message") != "401: Unauthorized" || s.Invalid() != 1 {
		t.Errorf("the answer is %d %v, %d invalid", status, got, s.Invalid())
	}
	if status, _ := api(t, base, "GET", "/gateway", nil); status != 200 {
		t.Errorf("the address of the gateway needs no token, but is answered %d", status)
	}
}

func TestCommandsAreRefusedAsDiscordRefusesThem(t *testing.T) {
	t.Parallel()
	option := func(more object) object {
		o := object{"type": 3, "name": "o", "description": "d"}
		for k, v := range more {
			o[k] = v
		}
		return o
	}
	cmd := func(options ...any) list {
		return list{object{"name": "c", "description": "d", "options": options}}
	}
	named := func(n int) list {
		var out list
		for i := range n {
			out = append(out, object{"name": fmt.Sprint("c", i), "description": "d"})
		}
		return out
	}
	numbered := func(n int) []any {
		var out []any
		for i := range n {
			out = append(out, option(object{"name": fmt.Sprint("o", i)}))
		}
		return out
	}
	choices := func(n int) list {
		var out list
		for i := range n {
			out = append(out, object{"name": fmt.Sprint(i), "value": fmt.Sprint(i)})
		}
		return out
	}
	heavy := func(n int) []any {
		var out []any
		for i := range n {
			out = append(out, object{"type": 1, "name": fmt.Sprint("s", i), "description": long(100), "options": list{option(object{"name": long(32), "description": long(100), "choices": list{object{"name": long(100), "value": long(100)}}})}})
		}
		return out
	}
	for name, c := range map[string]struct {
		body        list
		field, code string
	}{
		"fine":                   {cmd(option(nil)), "", ""},
		"a capital":              {list{object{"name": "Cmd", "description": "d"}}, "0.name", "APPLICATION_COMMAND_INVALID_NAME"},
		"a space":                {list{object{"name": "a b", "description": "d"}}, "0.name", "APPLICATION_COMMAND_INVALID_NAME"},
		"Thai":                   {list{object{"name": "ชื่อ", "description": "d"}}, "", ""},
		"a long name":            {list{object{"name": long(33), "description": "d"}}, "0.name", "BASE_TYPE_BAD_LENGTH"},
		"a long description":     {list{object{"name": "c", "description": long(101)}}, "0.description", "BASE_TYPE_BAD_LENGTH"},
		"no description":         {list{object{"name": "c"}}, "0.description", "BASE_TYPE_REQUIRED"},
		"twice":                  {list{object{"name": "c", "description": "d"}, object{"name": "c", "description": "d"}}, "1.name", "APPLICATION_COMMANDS_DUPLICATE_NAME"},
		"a user command":         {list{object{"name": "C C", "type": 2}, object{"name": "c", "description": "d"}}, "", ""},
		"25 options":             {cmd(numbered(25)...), "", ""},
		"26 options":             {cmd(numbered(26)...), "0.options", "BASE_TYPE_MAX_LENGTH"},
		"26 choices":             {cmd(option(object{"choices": choices(26)})), "0.options.0.choices", "BASE_TYPE_MAX_LENGTH"},
		"choices and completion": {cmd(option(object{"choices": choices(1), "autocomplete": true})), "0.options.0.autocomplete", "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_CHOICES"},
		"required at the end":    {cmd(option(nil), option(object{"name": "p", "required": true})), "0.options.1", "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID"},
		"two of a name":          {cmd(option(nil), option(nil)), "0.options", "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS"},
		"mixed with subcommands": {cmd(option(nil), object{"type": 1, "name": "s", "description": "d"}), "0.options", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID"},
		"a number as text":       {cmd(option(object{"type": 4, "choices": choices(1)})), "0.options.0.choices.0.value", "APPLICATION_COMMAND_OPTIONS_VALUE_INVALID"},
		"8001 characters":        {cmd(heavy(19)...), "0", "APPLICATION_COMMAND_TOO_LARGE"},
		"100 commands":           {named(100), "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, base := start(t, testOptions())
			status, got := api(t, base, "PUT", "/applications/"+appID+"/guilds/"+guildID+"/commands", c.body)
			checkRefusal(t, status, got, c.field, c.code)
			_, after := api(t, base, "GET", "/applications/"+appID+"/guilds/"+guildID+"/commands", nil)
			if n := len(items(after, "")); (c.field == "") != (n == len(c.body)) {
				t.Errorf("%d commands are registered", n)
			}
		})
	}
	t.Run("101 commands", func(t *testing.T) {
		t.Parallel()
		_, base := start(t, testOptions())
		status, got := api(t, base, "PUT", "/applications/"+appID+"/commands", named(101))
		if n, _ := number(got["code"]); status != 400 || n != 30032 {
			t.Errorf("the answer is %d %v", status, got)
		}
	})
}

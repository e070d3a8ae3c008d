package handlers_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"liaison/agency"
	"liaison/bot/bottest/official"
	"liaison/handlers"
)

// unknown is what is said of a word that nobody knows, at the first try.
func unknown() string { return handlers.Remedy(agency.Undelivered{Code: "a_new_word", Tries: 1}) }

// TestEveryErrorOfSlacksListsHasItsRemedy asks for each error that Slack's own lists name for the methods by which the desk posts.
func TestEveryErrorOfSlacksListsHasItsRemedy(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(official.File(t, "slack-methods.json"))
	if err != nil {
		t.Fatal(err)
	}
	var methods map[string]struct {
		Errors map[string]string `json:"errors"`
	}
	if err := json.Unmarshal(raw, &methods); err != nil {
		t.Fatal(err)
	}
	for _, method := range []string{"chat.postMessage", "chat.update"} {
		if len(methods[method].Errors) == 0 {
			t.Errorf("%s has no errors in Slack's list", method)
		}
		for code, says := range methods[method].Errors {
			if handlers.Remedy(agency.Undelivered{Code: code, Tries: 1}) == unknown() {
				t.Errorf("%s of %s has no remedy: %s", code, method, says)
			}
		}
	}
}

// TestEveryCodeThatIsParkedHasItsRemedy asks for what else a post can end with: Slack's errors of all methods, Discord's of the
// calls that the desk makes for a post, an edit, a thread and a role, and the desk's own.
func TestEveryCodeThatIsParkedHasItsRemedy(t *testing.T) {
	t.Parallel()
	for of, codes := range map[string]string{
		"Slack": "access_denied account_inactive deprecated_endpoint ekm_access_denied enterprise_is_restricted fatal_error internal_error invalid_arg_name " +
			"invalid_arguments invalid_array_arg invalid_auth invalid_charset invalid_form_data invalid_post_type method_deprecated missing_post_type missing_scope " +
			"no_permission not_allowed_token_type not_authed org_login_required ratelimited request_timeout service_unavailable team_access_not_granted " +
			"team_added_to_org token_expired token_revoked two_factor_setup_required accesslimited user_disabled cannot_dm_bot",
		"Discord": "10003 10008 10013 20009 20016 20022 20028 20029 30015 30046 40001 40003 40004 40005 40006 40058 40067 50001 50005 50006 50007 50008 50013 50014 " +
			"50021 50024 50033 50035 50041 50045 50046 50068 50083 50109 50146 50278 130000 160002 160005 160006 160007 200000 200001 240000",
		"the desk": "no_history no_messages too_much_history history_behind no_mark no_id no_timestamp no_answer unreachable unrenderable no_view no_platform not_found not_kept " +
			"unknown_outcome internal late stopped deleted direct_message http_301 http_400 http_401 http_403 http_404 http_408 http_413 http_429 http_500 http_502 http_503 http_504",
	} {
		for code := range strings.FieldsSeq(codes) {
			if handlers.Remedy(agency.Undelivered{Code: code, Tries: 1}) == unknown() {
				t.Errorf("%s of %s has no remedy", code, of)
			}
		}
	}
	for code := range strings.FieldsSeq("10007 10011 50001 50013 10003 other_server no_grant http_403") {
		grant := agency.Undelivered{Code: code, Tries: 1}
		grant.Mode = agency.Grant
		if handlers.Remedy(grant) == unknown() {
			t.Errorf("%s of a role has no remedy", code)
		}
	}
}

// TestARemedyIsTrue: what is said fits what happened, and says what to do.
func TestARemedyIsTrue(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code  string
		tries int
		says  string
	}{
		{"a_new_word", 1, "It was refused with a word"},
		{"a_new_word", 24, "24 tries did not help"},
		{"no_history", 1, "Read Message History"},
		{"restricted_action_thread_locked", 1, "Unlock it"},
		{"160005", 1, "Unlock it"},
		{"50083", 1, "The thread is archived"},
		{"30046", 1, "Try again in an hour"},
		{"http_403", 1, "a proxy before it"},
		{"http_502", 24, "The platform failed"},
		{"message_limit_exceeded", 1, "upgrade the plan"},
		{"too_much_history", 1, "The message is out"},
		{"account_inactive", 1, "token"},
		{"messages_tab_disabled", 1, "installs it again"},
	} {
		said := handlers.Remedy(agency.Undelivered{Code: c.code, Tries: c.tries})
		if !strings.Contains(said, c.says) {
			t.Errorf("%s after %d tries: %q, want %q", c.code, c.tries, said, c.says)
		}
		if strings.Contains(said, "for more than an hour") {
			t.Errorf("%s claims how long it was tried: %q", c.code, said)
		}
		if !strings.Contains(strings.ToLower(said), "try again") && !strings.Contains(said, "orget") && !strings.Contains(said, "Tell an admin") {
			t.Errorf("%s does not say what to do: %q", c.code, said)
		}
	}
}

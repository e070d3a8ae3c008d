package sandbox

import (
	"slices"
	"strings"
)

// errorsOf lists, method by method, what a call can be answered beside commonErrors.
// The list is compared with Slack's own documentation, and every answer with the list.
func errorsOf(method string) []string {
	return strings.Fields(map[string]string{
		"chat.postMessage": "channel_not_found is_archived not_in_channel messages_tab_disabled no_text msg_too_long " +
			"markdown_text_conflict invalid_blocks invalid_blocks_format invalid_attachments " +
			"too_many_attachments invalid_metadata_format metadata_too_large",
		"chat.postEphemeral": "channel_not_found is_archived not_in_channel messages_tab_disabled user_not_in_channel " +
			"no_text msg_too_long markdown_text_conflict invalid_blocks invalid_blocks_format " +
			"invalid_attachments too_many_attachments",
		"chat.update": "channel_not_found message_not_found cant_update_message is_inactive no_text msg_too_long " +
			"markdown_text_conflict invalid_blocks invalid_blocks_format invalid_attachments " +
			"too_many_attachments invalid_metadata_format metadata_too_large",
		"chat.delete":           "channel_not_found message_not_found cant_delete_message",
		"chat.getPermalink":     "channel_not_found message_not_found",
		"conversations.info":    "channel_not_found",
		"conversations.list":    "invalid_types invalid_cursor invalid_limit",
		"conversations.members": "channel_not_found invalid_cursor invalid_limit",
		"conversations.history": "channel_not_found not_in_channel invalid_cursor invalid_ts_oldest invalid_ts_latest",
		"conversations.replies": "channel_not_found thread_not_found invalid_cursor invalid_ts_oldest invalid_ts_latest",
		"conversations.open": "channel_not_found users_list_not_supplied method_not_supported_for_channel_type " +
			"user_not_found user_disabled",
		"conversations.join":  "channel_not_found is_archived method_not_supported_for_channel_type",
		"users.info":          "user_not_found",
		"users.list":          "invalid_cursor",
		"users.lookupByEmail": "users_not_found",
		"team.info":           "team_not_found",
		"bots.info":           "bot_not_found",
		"views.open": "invalid_trigger_id expired_trigger_id exchanged_trigger_id duplicate_external_id " +
			"view_too_large",
		"views.push": "invalid_trigger_id expired_trigger_id exchanged_trigger_id duplicate_external_id " +
			"view_too_large not_found push_limit_reached",
		"views.update":               "duplicate_external_id hash_conflict not_found view_too_large",
		"views.publish":              "duplicate_external_id hash_conflict not_enabled view_too_large",
		"files.getUploadURLExternal": "missing_argument file_upload_size_restricted",
		"files.completeUploadExternal": "file_not_found channel_not_found not_in_channel posting_to_channel_denied " +
			"channels_limit_exceeded invalid_blocks",
		"reactions.add": "channel_not_found message_not_found no_item_specified bad_timestamp invalid_name " +
			"already_reacted",
		"pins.add": "channel_not_found message_not_found no_item_specified bad_timestamp not_in_channel " +
			"already_pinned",
	}[method])
}

// commonErrors can be answered by every method.
func commonErrors() []string {
	return []string{
		"not_authed", "invalid_auth", "not_allowed_token_type", "missing_scope", "unknown_method", "ratelimited", "invalid_arguments",
		"invalid_json", "json_not_object", "invalid_form_data", "invalid_post_type", "request_timeout", "internal_error",
	}
}

func listed(method, code string) bool {
	return slices.Contains(errorsOf(method), code) || slices.Contains(commonErrors(), code)
}

package handlers

import (
	"slices"
	"strings"

	"liaison/agency"
)

// A remedy is what happened and what helps against it, in words for the owner of the channel. Codes are the platforms' own words,
// or the desk's, between spaces.
type remedyFor struct{ codes, says string }

// remedies answers what a post or an edit can end with: who may post where, then what may be out, then whose fault it is.
var remedies = []remedyFor{
	{"not_in_channel", "The desk is not in this channel. Invite it there (/invite @Liaison), then try again."},
	{"channel_not_found team_not_found 10003 50001", "The channel is gone, or private and the desk is not in it. Invite the desk, or subscribe another channel with `/feed on` and forget this message."},
	{"is_archived", "The channel is archived. Unarchive it and try again, or subscribe another channel."},
	{"is_inactive", "The message that this was to change stands in a channel that is frozen, archived or deleted. Open the channel again and try again, or forget this one."},
	{"restricted_action restricted_action_read_only_channel 50013", "Posting here is restricted. Let the desk post in the channel's settings, then try again."},
	{"restricted_action_thread_only_channel", "This channel takes nothing outside its threads. Subscribe another channel with `/feed on` and forget this message."},
	{"restricted_action_non_threadable_channel 160006 160007", "No thread can be opened in this channel. Let threads be opened there and try again, or subscribe another channel with `/feed on` and forget this message."},
	{"restricted_action_thread_locked 160005", "The thread is locked. Unlock it and try again; forget the message if it is to stay locked."},
	{"50083", "The thread is archived. Open it again, then try again."},
	{"50008 50024 40058 40067 method_not_supported_for_channel_type", "This is not a channel in which the desk can post. Subscribe another with `/feed on` and forget this message."},
	{"no_history 160002", "The desk may not read what stands here, so it cannot go on with what is out. Give it Read Message History in the channel's settings, then try again."},
	{"missing_scope no_permission not_allowed_token_type", "The app lacks a permission. An admin installs it again from the manifest; then try again."},
	{"messages_tab_disabled", "The app's Messages tab is off, so it can write to nobody. An admin installs it again from the manifest; then try again."},
	{"invalid_auth not_authed account_inactive token_revoked token_expired http_401 40001 50014", "The platform does not accept the desk's token. Whoever runs the desk sets a new one; then try again."},
	{"access_denied accesslimited ekm_access_denied enterprise_is_restricted forbidden_team org_login_required team_access_not_granted two_factor_setup_required channel_is_limited_access",
		"The administrators of the workspace do not let the app do this. Ask them to allow it, then try again."},
	{"blocked_file_type posting_to_channel_denied slack_connect_blocked_file_type slack_connect_canvas_sharing_blocked slack_connect_clip_sharing_blocked slack_connect_file_link_sharing_blocked slack_connect_file_upload_sharing_blocked slack_connect_lists_sharing_blocked",
		"The administrators of the workspace do not let files or links to them be shared here. Ask them to allow it and try again, or forget the message."},
	{"200000 200001 20009 240000", "The server's AutoMod or its filter holds the message back. Exempt the desk's role there, then try again."},
	{"user_disabled 10013 50033", "This person is gone. Forget the message; somebody else should own what it is about."},
	{"50278", "This person is on no server with the desk. Ask them to join, then try again; forget the message if they will not."},
	{"cannot_dm_bot", "This is a bot, which takes no direct messages. Forget the message; a person should own what it is about."},
	{"50007", "This person takes no direct messages from the desk. Ask them to allow it, then try again."},
	{"message_limit_exceeded", "The workspace has used up what Slack's free plan lets it send. Wait or upgrade the plan, then try again."},
	{"ratelimited rate_limited http_429 20016 20022 20028 20029 30046 40003", "The platform takes no more of this for now: too much was posted or edited. Try again in an hour."},
	{"team_added_to_org external_channel_migrating", "Slack is moving the workspace or the channel. Try again in an hour."},
	{"40004 40006 130000", "Discord has switched this off for now, or is overloaded. Try again in an hour."},
	{"message_not_found thread_not_found cannot_reply_to_message cant_update_message edit_window_closed 10008 deleted",
		"The message that this was to change or answer is gone, or cannot be changed or answered. Try again: the desk posts it anew. Forget it if it is no longer needed."},
	{"50005 50021", "The message that this was to change is not the desk's own, as when its app was made anew. Forget this one."},
	{"unknown_outcome", "It was sent again, and the platform did not say whether any of it arrived. Look in the channel: forget it if it is there, else try again; that sends it once more."},
	{"too_much_history", "The message is out. Whether all that belongs in its thread is, the desk cannot look up: too much stands there. Look, then forget this."},
	{"no_timestamp no_messages no_id no_mark direct_message history_behind", "It may be out, and the desk could not find out. Look there: forget it if it is there, else try again."},
	{"no_answer fatal_error internal_error service_unavailable request_timeout update_failed http_408", "The platform failed, or did not answer. Try again when it is well; the desk looks first whether it is out, where it can."},
	{"unreachable", "The platform could not be reached. Whoever runs the desk looks at its network; then try again."},
	{"no_platform", "This platform is not connected. Connect it (see the operator's guide), then try again."},
	{"not_found", "What it is about is no longer on record. Forget it."},
	{"not_kept", "The records did not keep what its buttons need. Try again when they are well; an admin finds more in the log."},
	{"internal late stopped no_grant", "The desk could not carry it out: that is a fault of the desk. An admin finds it in the log; then try again."},
	{"invalid_blocks invalid_blocks_format invalid_attachments invalid_metadata_format invalid_metadata_schema metadata_must_be_sent_from_app metadata_too_large markdown_text_conflict " +
		"msg_too_long msg_blocks_too_long no_text block_mismatch attachment_payload_limit_exceeded too_many_attachments too_many_contact_cards as_user_not_supported " +
		"cant_broadcast_message no_dual_broadcast_content_update streaming_state_conflict missing_file_data file_deleted file_is_deleted file_not_found file_share_limit_reached " +
		"max_file_sharing_exceeded unable_to_share_files draft_already_deleted draft_already_sent draft_has_conflict draft_not_found duplicate_channel_not_found duplicate_message_not_found " +
		"invalid_arg_name invalid_arguments invalid_array_arg invalid_charset invalid_form_data invalid_post_type missing_post_type method_deprecated deprecated_endpoint " +
		"no_view unrenderable http_400 http_413 30015 40005 50006 50035 50041 50045 50046 50068 50109 50146",
		"The desk made a message that the platform does not take: that is a fault of the desk. Tell an admin."},
}

// grantRemedies is the same for what could not be given to a person, or taken from them.
var grantRemedies = []remedyFor{
	{"50013", "The desk may not do this on the server. Give its role the permission Manage Roles and drag it above the role that it gives; then try again."},
	{"50001 10003", "The desk does not see a channel that belongs to the role, or it is gone. Let the desk into it, or set LIAISON_DISCORD_GRANTS anew; then try again."},
	{"10007", "This person is not in the server. Ask them to join, then try again; forget it if they will not."},
	{"10011", "The server has no such role any more. Set LIAISON_DISCORD_GRANTS to one that it has, then try again."},
	{"other_server", "This person is in another server than the desk. Forget it."},
}

// remedy says what happened to what was given up, and what to do. Of a word that nobody knows it says no more than the record does.
func remedy(u agency.Undelivered) string {
	list := remedies
	if u.Mode == agency.Grant {
		list = slices.Concat(grantRemedies, remedies)
	}
	for _, r := range list {
		if slices.Contains(strings.Fields(r.codes), u.Code) {
			return r.says
		}
	}
	status, isStatus := strings.CutPrefix(u.Code, "http_")
	switch {
	case isStatus && strings.HasPrefix(status, "5"):
		return remedy(agency.Undelivered{Code: "no_answer"})
	case isStatus:
		return "The platform, or a proxy before it, refused the call and gave no reason but its status. An admin looks for it in the log; then try again."
	case u.Tries > 1:
		return countOf(u.Tries, "try", "tries") + " did not help, and the desk knows nothing better. An admin finds the platform's words in the log; mend what they say and try again, or forget it."
	}
	return "It was refused with a word that the desk does not know. An admin finds the platform's words in the log; mend what they say and try again, or forget it."
}

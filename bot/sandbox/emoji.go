package sandbox

// emoji returns the character for a shortcode, or nothing.
func emoji(name string) string {
	switch name {
	case "+1", "thumbsup":
		return "👍"
	case "-1", "thumbsdown":
		return "👎"
	case "smile", "smiley", "slightly_smiling_face":
		return "🙂"
	}
	return emojiTable[name]
}

// emojiTable is the common part of the list; it is only read. What is missing is
// shown as it was written.
var emojiTable = map[string]string{
	"white_check_mark": "✅", "heavy_check_mark": "✔️", "ballot_box_with_check": "☑️", "x": "❌", "no_entry": "⛔",
	"no_entry_sign": "🚫", "warning": "⚠️", "rotating_light": "🚨", "red_circle": "🔴", "large_orange_circle": "🟠",
	"large_yellow_circle": "🟡", "large_green_circle": "🟢", "large_blue_circle": "🔵", "white_circle": "⚪",
	"black_circle": "⚫", "hourglass": "⌛", "hourglass_flowing_sand": "⏳", "alarm_clock": "⏰", "stopwatch": "⏱️",
	"clock9": "🕘", "calendar": "📆", "date": "📅", "spiral_calendar_pad": "🗓️", "moneybag": "💰", "money_with_wings": "💸",
	"dollar": "💵", "euro": "💶", "credit_card": "💳", "bank": "🏦", "receipt": "🧾", "chart_with_upwards_trend": "📈",
	"chart_with_downwards_trend": "📉", "bar_chart": "📊", "package": "📦", "shopping_bags": "🛍️", "shopping_trolley": "🛒",
	"truck": "🚚", "inbox_tray": "📥", "outbox_tray": "📤", "email": "📧", "envelope": "✉️", "memo": "📝", "pencil": "📝",
	"pencil2": "✏️", "clipboard": "📋", "page_facing_up": "📄", "paperclip": "📎", "link": "🔗", "pushpin": "📌",
	"round_pushpin": "📍", "bell": "🔔", "no_bell": "🔕", "mute": "🔇", "loudspeaker": "📢", "mega": "📣",
	"speech_balloon": "💬", "thought_balloon": "💭", "eyes": "👀", "wave": "👋", "pray": "🙏", "raised_hands": "🙌",
	"clap": "👏", "muscle": "💪", "handshake": "🤝", "point_right": "👉", "point_left": "👈", "ok_hand": "👌",
	"tada": "🎉", "sparkles": "✨", "star": "⭐", "star2": "🌟", "fire": "🔥", "rocket": "🚀", "dart": "🎯", "trophy": "🏆",
	"medal": "🏅", "first_place_medal": "🥇", "second_place_medal": "🥈", "third_place_medal": "🥉", "gift": "🎁",
	"heart": "❤️", "green_heart": "💚", "blue_heart": "💙", "broken_heart": "💔", "100": "💯", "bulb": "💡", "zap": "⚡",
	"sunny": "☀️", "crescent_moon": "🌙", "seedling": "🌱", "herb": "🌿", "earth_africa": "🌍", "globe_with_meridians": "🌐",
	"joy": "😂", "grin": "😁", "wink": "😉", "blush": "😊", "thinking_face": "🤔", "sob": "😭", "cry": "😢", "sweat_smile": "😅",
	"neutral_face": "😐", "relieved": "😌", "partying_face": "🥳", "robot_face": "🤖", "bust_in_silhouette": "👤",
	"busts_in_silhouette": "👥", "lock": "🔒", "unlock": "🔓", "key": "🔑", "shield": "🛡️", "mag": "🔍", "gear": "⚙️",
	"wrench": "🔧", "hammer": "🔨", "hammer_and_wrench": "🛠️", "recycle": "♻️", "arrows_counterclockwise": "🔄", "repeat": "🔁",
	"arrow_right": "➡️", "arrow_left": "⬅️", "arrow_up": "⬆️", "arrow_down": "⬇️", "small_red_triangle": "🔺",
	"small_red_triangle_down": "🔻", "heavy_plus_sign": "➕", "heavy_minus_sign": "➖", "question": "❓", "exclamation": "❗",
	"information_source": "ℹ️", "new": "🆕", "free": "🆓", "soon": "🔜", "checkered_flag": "🏁", "triangular_flag_on_post": "🚩",
	"camera": "📷", "movie_camera": "🎥", "clapper": "🎬", "microphone": "🎤", "musical_note": "🎵", "iphone": "📱",
	"computer": "💻", "coffee": "☕", "beers": "🍻", "cake": "🍰", "dress": "👗", "lipstick": "💄", "art": "🎨", "scroll": "📜",
	"scales": "⚖️", "balance_scale": "⚖️", "hot_pepper": "🌶️", "snowflake": "❄️", "skull": "💀", "see_no_evil": "🙈",
}

package seed

// The words that names are made of. They are invented; a likeness to a shop or a person is chance.

var shopFirst = []string{"Lumen", "Harbor", "Velvet", "Nimbus", "Cedar", "Solace", "Marigold", "Pebble", "Aurora", "Juniper",
	"Copper", "Willow", "Indigo", "Sable", "Coral", "Meadow", "Onyx", "Clover", "Saffron", "Tidal", "Ember", "Fable", "Mosaic",
	"Quill", "Riviera", "Sprout", "Thistle", "Umber", "Vista", "Wren"}

var shopSecond = map[string][]string{
	"Beauty":      {"Skin", "Beauty Lab", "Glow", "Cosmetics", "Lashes"},
	"Fashion":     {"Threads", "Knitwear", "Denim", "Wardrobe", "Footwear"},
	"Home":        {"Home", "Kitchen", "Living", "Linen", "Candles"},
	"Electronics": {"Audio", "Gadgets", "Tech", "Power", "Lights"},
	"Food":        {"Tea", "Snacks", "Pantry", "Roasters", "Spices"},
	"Health":      {"Wellness", "Vitamins", "Balance", "Sleep", "Care"},
	"Toys":        {"Toys", "Puzzles", "Play", "Crafts", "Plush"},
	"Sports":      {"Fitness", "Outdoor", "Yoga", "Cycling", "Active"},
	"Pets":        {"Paws", "Pet Supply", "Treats", "Tails", "Whiskers"},
	"Books":       {"Books", "Paper", "Stationery", "Journals", "Press"},
}

var products = map[string][]string{
	"Beauty":      {"Vitamin C serum 30 ml", "Lip tint set", "Overnight mask", "Brow gel"},
	"Fashion":     {"Ribbed lounge set", "High-waist jeans", "Canvas tote", "Oversized hoodie"},
	"Home":        {"Ceramic pan 28 cm", "Linen bedding set", "Soy candle trio", "Drawer organiser"},
	"Electronics": {"Clip-on mic", "Magnetic power bank", "LED strip 5 m", "Open-ear headphones"},
	"Food":        {"Matcha starter kit", "Chili crisp 3-pack", "Protein bites", "Cold brew bags"},
	"Health":      {"Magnesium gummies", "Posture strap", "Electrolyte sticks", "Sleep mask"},
	"Toys":        {"Wooden puzzle", "Sensory bin kit", "Plush axolotl", "Marble run"},
	"Sports":      {"Resistance bands", "Cork yoga mat", "Insulated bottle", "Grip socks"},
	"Pets":        {"Lick mat", "Cat tunnel", "Salmon treats", "Grooming glove"},
	"Books":       {"Undated planner", "Brush pen set", "Gratitude journal", "Sticker book"},
}

var firstNames = []string{"Maya", "Leo", "Amara", "Noah", "Sofia", "Kenji", "Priya", "Mateo", "Zuri", "Elena", "Omar", "Lina", "Tomás",
	"Aisha", "Hugo", "Freya", "Dario", "Nadia", "Emil", "Chloe", "Ravi", "Ines", "Caleb", "Yara", "Felix", "Mina", "Andre", "Tessa",
	"Bilal", "Rosa", "Theo", "Hana", "Jonah", "Salma", "Viktor", "Paloma", "Idris", "Greta", "Nico", "Sanne"}

var lastNames = []string{"Alder", "Bianchi", "Castellan", "Delacroix", "Eriksen", "Ferreira", "Grant", "Hartmann", "Ivanko", "Jansen",
	"Kaplan", "Lindqvist", "Mbeki", "Nakamura", "Ortega", "Petrov", "Quispe", "Rahman", "Santos", "Tanaka", "Ueda", "Vance", "Whitlock", "Ximena", "Yoon"}

var handleShapes = []string{"%[1]s.%[2]s", "%[2]swith%[1]s", "its%[1]s%[2]s", "%[1]s_%[2]s", "the.%[2]s.%[1]s", "%[1]s%[2]sdaily", "hey%[1]s.%[2]s"}

var handleWords = map[string][]string{
	"Beauty":      {"glow", "skin", "beauty"},
	"Fashion":     {"fits", "style", "closet"},
	"Home":        {"nest", "home", "cozy"},
	"Electronics": {"tech", "gear", "setup"},
	"Food":        {"eats", "bites", "kitchen"},
	"Health":      {"well", "balance", "vita"},
	"Toys":        {"play", "mom", "fun"},
	"Sports":      {"fit", "moves", "trail"},
	"Pets":        {"paws", "pets", "tails"},
	"Books":       {"reads", "pages", "plans"},
}

var campaignFirst = []string{"Back to Campus", "Autumn Glow", "Home Reset", "Holiday Early Birds", "Summer Faves", "Creator Picks", "Self-Care Sunday",
	"Weekend LIVE", "New Year Fresh Start", "Gift Finder", "Pet Parade", "Kitchen Heroes", "Move More", "Cozy Season", "Tech Drop"}

var blockers = map[string]string{
	"verification": "the name on the ID does not match the company papers",
	"tax":          "the tax form was rejected: wrong tax number",
	"bank":         "the account holder's name does not match the verified name",
	"warehouse":    "the seller has no return address yet",
	"listings":     "two products failed the audit for missing safety labels",
	"brand":        "waits for the brand owner's letter of authorisation",
	"partner":      "the main account has not confirmed the access request",
}

// breach is a kind of violation with its usual points and whom it hits.
type breach struct {
	rule, detail string
	points       int64
	creator      bool
}

var breaches = []breach{
	{"High late-dispatch rate", "More than 4 % of last week's orders were dispatched late.", 4, false},
	{"Missing qualifications", "The product category asks for a test report that is not on file.", 12, false},
	{"Significantly not as described", "Buyers report another size than the listing shows.", 6, false},
	{"Prohibited products", "A listing was taken for a restricted health claim.", 24, false},
	{"Listing-guideline breach", "The main image carries text over the product.", 2, false},
	{"Inconsistent promotion", "The LIVE price differed from the listed price.", 4, false},
	{"IP infringement", "A brand owner reported the use of its logo.", 18, false},
	{"High seller-fault cancellation rate", "Stock ran out on eleven paid orders.", 3, false},
	{"Misleading claims", "The video promises results in three days.", 0, true},
	{"Unoriginal content", "The clip was posted before by another account.", 0, true},
	{"Off-platform traffic", "The video shows a link to another shop.", 0, true},
	{"Low quality content", "The LIVE showed a still picture for 20 minutes.", 0, true},
}

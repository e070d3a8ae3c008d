package discord

// Limits of Discord's API v10, from its reference. Where the reference and its machine-readable form differ the lower
// reading is taken, because a refused message is worse than one that is split once more.
const (
	maxComponents  = 40   // in a message, nested ones counted
	maxPageText    = 3900 // over all text of a message; Discord says 4000, the rest is for the word where it goes on
	maxText        = 1900 // ours: one text display, so that a page breaks at its pieces
	maxHeading     = 150  // ours: a longer one is a bold paragraph
	maxRowButtons  = 5
	maxButton      = 80
	maxCustomID    = 100
	maxOptions     = 25
	maxOption      = 100 // label, value and description alike
	maxPlaceholder = 150
	maxFiles       = 10
	maxAlt         = 1024
	maxNonce       = 25
	maxThreadName  = 100

	maxModalTitle  = 45
	maxModalInputs = 5 // components of a modal at the top
	maxModalText   = 3000
	maxLabel       = 45
	maxLabelHint   = 100
	maxInput       = 4000
	maxSelectHint  = 150

	maxCommandName    = 32
	maxDescription    = 100
	maxCommandOptions = 25
	maxChoices        = 25
	maxCommandText    = 8000 // over names, descriptions and values of one command

	maxName = 300 // ours: a name or the words of a link
	maxURL  = 512
)

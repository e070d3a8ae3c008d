package slack

// Limits of Block Kit, from Slack's reference pages. Where Slack leaves one open the lower reading is taken, because a
// refused message is worse than one that is split once more.
const (
	maxBlocks      = 50  // in a message
	maxRest        = 49  // in one that goes on with another: there is room to say that it may stand twice
	maxViewBlocks  = 100 // in a modal or a home page
	maxHeading     = 150
	maxText        = 3000 // a text object; also taken for one rich text block, where Slack names no limit
	maxField       = 2000
	maxFields      = 10
	maxRowButtons  = 5 // Slack takes 25, but five are what fits on a line
	maxButton      = 75
	maxValue       = 2000
	maxActionID    = 255
	maxBlockID     = 255
	maxOption      = 75 // label, value and description alike
	maxOptions     = 100
	maxGroups      = 100
	maxCheckboxes  = 10
	maxPlaceholder = 150
	maxLabel       = 2000 // label and hint of an input
	maxInput       = 3000
	maxTitle       = 24 // title, submit and close of a modal
	maxMetadata    = 3000
	maxErrorText   = 2000
	maxSummary     = 3000
	maxURL         = 3000
	maxName        = 300 // ours: a name or the words of a link

	maxConfirmTitle = 100
	maxConfirmText  = 300
	maxConfirmWord  = 30

	maxTableRows    = 100 // without the header
	maxTableColumns = 20
	maxTableText    = 8_000 // over all cells of a message; Slack says 10,000, the rest is for what stands beside it
	pageRows        = 20    // shown at once, the rest by paging

	maxCharts      = 2 // in a message; not in the reference, but Slack refuses a third
	maxChartSeries = 6
	maxChartPoints = 20
	maxChartLabel  = 20
	maxChartTitle  = 50

	// maxPageText bounds the words of one message. Slack answers msg_blocks_too_long at about 13,200 characters, counted
	// in a way that it does not tell (structure counts too).
	maxPageText = 10_000

	// maxAck bounds what rides on an acknowledgement: Slack drops larger ones without a word at 20 KB.
	maxAck = 19_000
)

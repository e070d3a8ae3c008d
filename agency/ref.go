package agency

import (
	"strconv"
	"strings"
)

// The numbers that people type: a letter and a number. Each kind has a type of its own, so that a mix-up does not compile.
type (
	SellerID   int64 // S-12
	CreatorID  int64 // C-45
	CampaignID int64 // K-3
	MatchID    int64 // M-88
	PayoutID   int64 // P-7
	CaseID     int64 // V-9
	MemberID   int64 // a person; never typed

	ApplicationID int64

	ShortlistID int64 // L-7: proposals made together; the card's reference, never typed
)

func (id SellerID) String() string   { return refText('S', int64(id)) }
func (id CreatorID) String() string  { return refText('C', int64(id)) }
func (id CampaignID) String() string { return refText('K', int64(id)) }
func (id MatchID) String() string    { return refText('M', int64(id)) }

// String is the reference of a shortlist: "L-7".
func (id ShortlistID) String() string { return refText('L', int64(id)) }
func (id PayoutID) String() string    { return refText('P', int64(id)) }
func (id CaseID) String() string      { return refText('V', int64(id)) }

func refText(letter byte, n int64) string { return string(letter) + "-" + strconv.FormatInt(n, 10) }

// String is the reference of an application: "A-3".
func (id ApplicationID) String() string { return refText('A', int64(id)) }

// ParseApplicationID reads "A-3".
func ParseApplicationID(text string) (ApplicationID, error) {
	n, err := parseRef(text, 'A', "application")
	return ApplicationID(n), err
}

// ParseSellerID reads "S-12", "s-12" or "s12".
func ParseSellerID(text string) (SellerID, error) {
	n, err := parseRef(text, 'S', "seller")
	return SellerID(n), err
}

// ParseCreatorID reads "C-45".
func ParseCreatorID(text string) (CreatorID, error) {
	n, err := parseRef(text, 'C', "creator")
	return CreatorID(n), err
}

// ParseMatchID reads "M-88".
func ParseMatchID(text string) (MatchID, error) {
	n, err := parseRef(text, 'M', "match")
	return MatchID(n), err
}

// ParseShortlistID reads "L-7".
func ParseShortlistID(text string) (ShortlistID, error) {
	n, err := parseRef(text, 'L', "shortlist")
	return ShortlistID(n), err
}

// ParsePayoutID reads "P-7".
func ParsePayoutID(text string) (PayoutID, error) {
	n, err := parseRef(text, 'P', "payout run")
	return PayoutID(n), err
}

// ParseCaseID reads "V-9".
func ParseCaseID(text string) (CaseID, error) {
	n, err := parseRef(text, 'V', "case")
	return CaseID(n), err
}

func parseRef(text string, letter byte, noun string) (int64, error) {
	body := strings.ToUpper(strings.TrimSpace(text))
	rest, ok := strings.CutPrefix(body, string(letter))
	number, err := strconv.ParseInt(strings.TrimPrefix(rest, "-"), 10, 64)
	if !ok || err != nil || number < 1 {
		return 0, Invalid("“%s” is not a %s. Write it as %c-12.", text, noun, letter)
	}
	return number, nil
}

// slotRef is the reference of what is posted for a subscription's slot: "3 2026-11-23T09:00".
func slotRef(subscription int64, slot string) string {
	return strconv.FormatInt(subscription, 10) + " " + slot
}

// ParseSlotRef reads the reference of what is posted for a subscription's slot.
func ParseSlotRef(text string) (subscription int64, slot string, err error) {
	number, slot, _ := strings.Cut(text, " ")
	subscription, err = strconv.ParseInt(number, 10, 64)
	if err != nil || slot == "" {
		return 0, "", Invalid("“%s” is not a slot of a subscription.", text)
	}
	return subscription, slot, nil
}

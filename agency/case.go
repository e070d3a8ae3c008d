package agency

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// CaseKind is what a case is about.
type CaseKind string

// The kinds of case.
const (
	Violation CaseKind = "violation"
	Dispute   CaseKind = "dispute"
	Concern   CaseKind = "concern"
)

// Severity is how bad a case is.
type Severity string

// The severities, worst first.
const (
	Critical Severity = "critical"
	High     Severity = "high"
	Medium   Severity = "medium"
	Low      Severity = "low"
)

// Severities is every severity, worst first.
var Severities = []Severity{Critical, High, Medium, Low}

// CaseKinds is every kind of case.
var CaseKinds = []CaseKind{Violation, Dispute, Concern}

// ParseSeverity reads a severity's word.
func ParseSeverity(text string) (Severity, error) {
	word := Severity(strings.ToLower(strings.TrimSpace(text)))
	if !slices.Contains(Severities, word) {
		return "", Field("severity", "“%s” is not a severity. Choose one of critical, high, medium, low.", text)
	}
	return word, nil
}

// ParseCaseKind reads a kind's word.
func ParseCaseKind(text string) (CaseKind, error) {
	word := CaseKind(strings.ToLower(strings.TrimSpace(text)))
	if !slices.Contains(CaseKinds, word) {
		return "", Field("kind", "“%s” is not a kind of case. Choose one of violation, dispute, concern.", text)
	}
	return word, nil
}

// CaseState is where a case stands.
type CaseState string

// The states of a case. An acknowledged case stops nagging.
const (
	CaseOpen         CaseState = "open"
	CaseAcknowledged CaseState = "acknowledged"
	CaseResolved     CaseState = "resolved"
)

// CaseCard is the view that draws a case.
const CaseCard = "case-card"

// CaseNews is the view of the note that tells an owner what somebody did with their case. Its reference is the case, the
// deed and the member who did it: "V-9 assign 3".
const CaseNews = "case-news"

// Case is a policy violation, a campaign dispute or a service concern, with a deadline and an owner.
type Case struct {
	ID         CaseID
	Kind       CaseKind
	Severity   Severity
	State      CaseState
	Seller     SellerID  // zero: none
	Creator    CreatorID // zero: none
	Rule       string    // what was broken, in the notice's words
	Detail     string
	Points     int64
	Notice     string // TikTok's number of the notice; unique where known
	Deadline   Instant
	Guessed    bool // the deadline is the usual one, not the notice's own
	Owner      MemberID
	OpenedBy   MemberID
	OpenedAt   Instant
	AckedBy    MemberID
	AckedAt    Instant
	ResolvedBy MemberID
	ResolvedAt Instant
	Resolution string
	Source     string  // where it came from: "chat", "import"
	Since      Instant // recorded, reopened or dated then: reminders that were due before are not made up
	Version    int64
}

// CaseFilter narrows a list of cases; zero fields do not narrow.
type CaseFilter struct {
	States    []CaseState
	Owner     MemberID
	Creator   CreatorID
	Seller    SellerID
	DueFrom   Instant // the deadline is at or after it
	DueBefore Instant // the deadline is before it
	Limit     int
	Offset    int
}

// LivingCases are the states of cases that still need something done.
var LivingCases = []CaseState{CaseOpen, CaseAcknowledged}

// caseTx is what cases need of the store.
type caseTx interface {
	Case(CaseID) (Case, error)
	CaseByNotice(notice string) (c Case, ok bool, err error)
	// Cases lists cases of the given states (none: all), nearest deadline first; limit zero: every one.
	Cases(states []CaseState, limit int) ([]Case, error)
	// FindCases lists the cases that a filter lets through, nearest deadline first, those without one and those that
	// are over last; total counts all of them, whatever the limit.
	FindCases(CaseFilter) (list []Case, total int, err error)
	InsertCase(Case) (CaseID, error)
	// UpdateCase writes a case whose version is still the given one and raises it; Stale when it is not.
	UpdateCase(Case) error
}

// OpenCase records a case and shows its card in every channel subscribed to violations. What is left out is filled in: the
// severity from the points, the deadline from the rules (and marked as guessed). A notice that is known is refused.
func (d *Desk) OpenCase(c Case) (Case, error) {
	if err := d.authorize(OpenCase); err != nil {
		return Case{}, err
	}
	c.Rule, c.Detail = strings.Join(strings.Fields(c.Rule), " "), strings.TrimSpace(c.Detail)
	switch {
	case utf8.RuneCountInString(c.Rule) > 200:
		return Case{}, Field("rule", "Keep the rule under 200 characters; the rest belongs in the detail.")
	case utf8.RuneCountInString(c.Detail) > 1000:
		return Case{}, Field("detail", "Keep the detail under 1,000 characters.")
	case utf8.RuneCountInString(c.Notice) > 60:
		return Case{}, Field("notice", "That is too long for the number of a notice.")
	case c.Points < 0 || c.Points > 1000:
		return Case{}, Field("points", "Points are between 0 and 1000.")
	}
	if c.Deadline != 0 {
		if err := d.checkDeadline(c.Deadline); err != nil {
			return Case{}, err
		}
	}
	if c.Owner != 0 {
		if _, err := d.checkCaseOwner(c.Owner); err != nil {
			return Case{}, err
		}
	}
	return d.openCase(c)
}

// openCase records a case for OpenCase and for imports, which authorise.
func (d *Desk) openCase(c Case) (Case, error) {
	me, err := d.self()
	if err != nil {
		return Case{}, err
	}
	c.State, c.OpenedBy, c.Since, c.Version, c.Notice = CaseOpen, me.ID, d.Time, 1, strings.TrimSpace(c.Notice)
	if c.OpenedAt == 0 {
		c.OpenedAt = d.Time
	}
	if c.Rule == "" {
		return Case{}, Field("rule", "Say what it is about, in the notice's words.")
	}
	region, err := d.caseRegion(c)
	if err != nil {
		return Case{}, err
	}
	if c, err = d.fillCase(c, region); err != nil {
		return Case{}, err
	}
	if c.Notice != "" {
		known, ok, err := d.tx.CaseByNotice(c.Notice)
		if err != nil {
			return Case{}, err
		}
		if ok {
			return Case{}, Conflict("Notice %s is recorded already as %s. Use `/case show %s`.", c.Notice, known.ID, known.ID)
		}
	}
	if c.ID, err = d.tx.InsertCase(c); err != nil {
		return Case{}, err
	}
	if err := d.showCase(c); err != nil {
		return Case{}, err
	}
	if err := d.tellCreator(c); err != nil {
		return Case{}, err
	}
	if err := d.tellOwner(c, "open"); err != nil {
		return Case{}, err
	}
	return c, d.audit("case open", c.ID.String(), string(c.Severity)+" "+string(c.Kind)+": "+c.Rule)
}

// caseRegion is the region of whom a case is about, who must exist; empty when it is about nobody.
func (d *Desk) caseRegion(c Case) (region string, err error) {
	if c.Creator != 0 {
		creator, err := d.tx.Creator(c.Creator)
		if err != nil {
			return "", err
		}
		region = creator.Region
	}
	if c.Seller != 0 {
		seller, err := d.tx.Seller(c.Seller)
		if err != nil {
			return "", err
		}
		region = seller.Region
	}
	return region, nil
}

// fillCase fills in what was left out, from the rules of the region.
func (d *Desk) fillCase(c Case, region string) (_ Case, err error) {
	if c.Kind == "" {
		c.Kind = Violation
	}
	if c.Kind, err = ParseCaseKind(string(c.Kind)); err != nil {
		return c, err
	}
	day := string(DateOf(c.OpenedAt, d.Zone()))
	if c.Severity == "" {
		c.Severity = Severity(d.Rules.Severity(c.Points, day))
	}
	if c.Severity, err = ParseSeverity(string(c.Severity)); err != nil {
		return c, err
	}
	if c.Deadline != 0 {
		return c, nil
	}
	kind := string(c.Kind) + " answer"
	switch {
	case c.Kind == Violation && c.Creator != 0 && c.Seller == 0:
		kind = "creator appeal"
	case c.Kind == Violation:
		kind = "seller appeal"
	}
	if rule, ok := d.Rules.Deadline(kind, region, day); ok {
		// Counted on the calendar from when the case was opened. It is a guess even where the rule is official: the notice
		// may have been sent earlier than we heard of it.
		c.Deadline, c.Guessed = InstantOf(c.OpenedAt.Time().In(d.Zone()).AddDate(0, 0, rule.Days)), true
	}
	return c, nil
}

// checkDeadline refuses what can only be a slip of the pen.
func (d *Desk) checkDeadline(at Instant) error {
	const year = 366 * 24 * time.Hour
	if at < d.Time.Add(-year) || at > d.Time.Add(year) {
		return Field("deadline", "The deadline is more than a year away from today. Check the year.")
	}
	return nil
}

// checkCaseOwner refuses an owner who could not act on the case.
func (d *Desk) checkCaseOwner(id MemberID) (Member, error) {
	m, err := d.tx.Member(id)
	if err != nil {
		return Member{}, err
	}
	if (Actor{Member: m}).May(HandleCase) {
		return m, nil
	}
	known, err := d.tx.Identities(id)
	if err != nil {
		return Member{}, err
	}
	for _, who := range known {
		if slices.Contains(d.Settings.Admins, who) {
			return m, nil
		}
	}
	var words []string
	for _, role := range rights[HandleCase] {
		words = append(words, string(role))
	}
	return Member{}, Field("owner", "%s may not %s, so could not act on it: that needs the role %s.", m.Name, HandleCase, orList(words))
}

// Case finds a case.
func (d *Desk) Case(id CaseID) (Case, error) {
	if err := d.authorize(SeeRecords); err != nil {
		return Case{}, err
	}
	return d.tx.Case(id)
}

// Cases lists cases, nearest deadline first; total counts all that match.
func (d *Desk) Cases(f CaseFilter) (list []Case, total int, err error) {
	if err := d.authorize(SeeRecords); err != nil {
		return nil, 0, err
	}
	return d.tx.FindCases(f)
}

// CaseSubject finds whom a case is to be about: "S-12", "C-45" or "@handle"; empty or "none" is nobody.
func (d *Desk) CaseSubject(text string) (seller SellerID, creator CreatorID, err error) {
	if err := d.authorize(OpenCase); err != nil {
		return 0, 0, err
	}
	word := strings.ToUpper(strings.TrimSpace(text))
	switch {
	case word == "" || word == "NONE":
		return 0, 0, nil
	case word[0] == '@':
		c, ok, err := d.tx.CreatorByHandle(HandleKey(text))
		if err == nil && !ok {
			err = NotFound("There is no creator %s.", strings.TrimSpace(text))
		}
		return 0, c.ID, err
	case word[0] == 'S':
		if seller, err = ParseSellerID(word); err != nil {
			return 0, 0, err
		}
		_, err = d.tx.Seller(seller)
		return seller, 0, err
	case word[0] == 'C':
		if creator, err = ParseCreatorID(word); err != nil {
			return 0, 0, err
		}
		_, err = d.tx.Creator(creator)
		return 0, creator, err
	}
	return 0, 0, Invalid("“%s” is neither a seller nor a creator. Write S-12, C-45, @handle, or none.", text)
}

// CaseParties names whom a case is about: "S-12 Glow Lab" and "C-45 @mia"; empty for nobody.
func (d *Desk) CaseParties(c Case) (seller, creator string, err error) {
	if err := d.authorize(SeeRecords); err != nil {
		return "", "", err
	}
	if c.Seller != 0 {
		s, err := d.tx.Seller(c.Seller)
		if err != nil {
			return "", "", err
		}
		seller = s.ID.String() + " " + s.Shop
	}
	if c.Creator != 0 {
		k, err := d.tx.Creator(c.Creator)
		if err != nil {
			return "", "", err
		}
		creator = k.ID.String() + " @" + k.Handle
	}
	return seller, creator, nil
}

// tellOwner tells the owner of a case what somebody else did with it, in person, where the desk can reach them.
func (d *Desk) tellOwner(c Case, deed string) error {
	me, err := d.self()
	if err != nil || c.Owner == 0 || c.Owner == me.ID {
		return err
	}
	_, err = d.tell(notice{To: c.Owner, On: Slack, Kind: NoticeNews, By: c.Deadline,
		Out: Outgoing{Kind: CaseNews, Ref: fmt.Sprintf("%s %s %d", c.ID, deed, me.ID)}})
	return err
}

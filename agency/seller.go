package agency

import (
	"slices"
	"strings"
	"unicode/utf8"

	"liaison/agency/money"
)

// Stage is how far a seller's onboarding is. A stage's name is that of its open steps; see policy.Book.
type Stage string

// Live is the stage after the last step; the stages before it come from the checklist.
const Live Stage = "live"

// SellerCard is the view that draws a seller's onboarding.
const SellerCard = "seller-card"

// Seller is a merchant with a TikTok shop. The agency owns the record; the shop itself lives in Seller Center.
type Seller struct {
	ID        SellerID
	Shop      string // the shop's name
	ShopCode  string // TikTok's shop code ("USLCBCBA4LLU"), where known
	Region    string // ISO 3166 code
	Category  string
	Contact   string // how to reach the merchant: name, mail or phone, as the agency writes it
	Owner     MemberID
	StartsOn  Date
	Stage     Stage
	MovedAt   Instant      // when a step last moved; "stuck" counts from here
	Price     money.Amount // the shop's typical price; zero when unknown
	Wishes    Wishes
	Version   int64 // grows with every change; a card drawn from an older one is stale
	CreatedAt Instant
}

// Wishes are what a seller asks of the creators proposed to them.
type Wishes struct {
	Format       string // "video", "live" or empty for either
	MinFollowers int64
	Creators     int64 // how many creators they want at a time; zero: no limit
}

// StepState is where one step of an onboarding stands.
type StepState string

// The states of a step.
const (
	StepOpen    StepState = "open"
	StepDone    StepState = "done"
	StepBlocked StepState = "blocked"
)

// Step is one step of a seller's onboarding, made from the checklist of its region when the seller was recorded.
type Step struct {
	Seller   SellerID
	Code     string
	Position int64
	Stage    Stage
	Title    string
	State    StepState
	Reason   string // why it is blocked
	Assignee MemberID
	Due      Date
	DoneAt   Instant
	DoneBy   MemberID
	Version  int64 // grows with every change of this step; a button drawn from an older one is stale
}

// SellerFilter narrows a list of sellers; zero fields do not narrow.
type SellerFilter struct {
	Stage       Stage
	Owner       MemberID
	MovedBefore Instant // stuck: not live and not moved since
	Onboarding  bool    // not live yet
	Limit       int
	Offset      int
}

// sellerTx is what sellers need of the store.
type sellerTx interface {
	Seller(SellerID) (Seller, error)
	// SellerByShop finds a shop by its name (compared in its folded form, see ShopKey) and region.
	SellerByShop(key, region string) (s Seller, ok bool, err error)
	SellerByShopCode(code string) (s Seller, ok bool, err error)
	// Sellers lists in the order of their numbers; total counts all that match, whatever the limit.
	Sellers(SellerFilter) (list []Seller, total int, err error)
	InsertSeller(s Seller, key string) (SellerID, error)
	// UpdateSeller writes a seller whose version is still the given one and raises it; Stale when it is not.
	UpdateSeller(s Seller, key string) error
	// MoveSeller is UpdateSeller for what a press on the checklist changes: the stage and the time of the last progress.
	MoveSeller(Seller) error
	Steps(SellerID) ([]Step, error)
	// Step finds one step; false when the seller has no such step.
	Step(id SellerID, code string) (s Step, ok bool, err error)
	// FirstOpenStep finds the first step that is not done, whatever the one named in but is; false when all others are done.
	FirstOpenStep(id SellerID, but string) (position int64, stage Stage, ok bool, err error)
	// StepsDue lists open steps with a due date up to a day, oldest first.
	StepsDue(until Date, limit int) ([]Step, error)
	// BlockedSteps lists blocked steps, oldest due date first.
	BlockedSteps(limit int) ([]Step, error)
	InsertSteps([]Step) error
	UpdateStep(Step) error
}

// NewSeller is what is asked when a seller is onboarded.
type NewSeller struct {
	Shop, ShopCode, Region, Category, Contact string
	Owner                                     MemberID // zero: who asks
	StartsOn                                  Date
	Price                                     money.Amount
	Wishes                                    Wishes
}

// ShopKey is a shop's name as duplicates are recognised by it: folded case, without punctuation, spaces or the words
// that shops add to the same name.
func ShopKey(name string) string {
	var words []string
	for _, w := range strings.FieldsFunc(strings.ToLower(name), notWordRune) {
		if !slices.Contains([]string{"official", "store", "shop", "the", "ltd", "inc", "llc", "co"}, w) {
			words = append(words, w)
		}
	}
	if len(words) == 0 {
		return strings.Join(strings.FieldsFunc(strings.ToLower(name), notWordRune), "")
	}
	return strings.Join(words, "")
}

func notWordRune(r rune) bool {
	return r < utf8.RuneSelf && !('a' <= r && r <= 'z' || '0' <= r && r <= '9')
}

// OnboardSeller records a seller with the checklist of its region and shows its card in the onboarding channels. A shop
// that is known already is not recorded again: the error is a *DuplicateShop with the one that exists.
func (d *Desk) OnboardSeller(in NewSeller) (Seller, error) {
	if err := d.authorize(OnboardSeller); err != nil {
		return Seller{}, err
	}
	in, err := d.checkNewSeller(in)
	if err != nil {
		return Seller{}, err
	}
	if known, ok, err := d.knownShop(in.Shop, in.ShopCode, in.Region); err != nil {
		return Seller{}, err
	} else if ok {
		return Seller{}, &DuplicateShop{Seller: known}
	}
	s, err := d.insertSeller(in)
	if err != nil {
		return Seller{}, err
	}
	if err := d.showCardInFeed(SellerCard, s.ID.String(), OnboardingFeed); err != nil {
		return Seller{}, err
	}
	return s, d.audit("seller onboard", s.ID.String(), s.Shop)
}

// DuplicateShop says that a shop is recorded already.
type DuplicateShop struct{ Seller Seller }

func (e *DuplicateShop) Error() string {
	return "conflict: the shop is recorded as " + e.Seller.ID.String()
}

// Unwrap makes it a refusal in words for those who do not look closer.
func (e *DuplicateShop) Unwrap() error {
	return Conflict("%s is recorded already as %s. Use `/seller show %s`.", e.Seller.Shop, e.Seller.ID, e.Seller.ID)
}

func (d *Desk) checkNewSeller(in NewSeller) (NewSeller, error) {
	in.Shop, in.Contact = strings.Join(strings.Fields(in.Shop), " "), strings.TrimSpace(in.Contact)
	if in.Shop == "" || utf8.RuneCountInString(in.Shop) > 80 {
		return in, Field("shop", "Give the shop a name of at most 80 characters.")
	}
	region, ok := d.Rules.Region(in.Region)
	if !ok {
		return in, Field("region", "“%s” is not a region that the desk knows. Write a country code such as US or GB.", in.Region)
	}
	in.Region = region.Code
	i := slices.IndexFunc(d.Rules.Categories, func(c string) bool { return strings.EqualFold(c, strings.TrimSpace(in.Category)) })
	if i < 0 {
		return in, Field("category", "“%s” is not a category. Choose one of %s.", in.Category, strings.Join(d.Rules.Categories, ", "))
	}
	in.Category = d.Rules.Categories[i]
	if utf8.RuneCountInString(in.Contact) > 200 {
		return in, Field("contact", "Keep the contact under 200 characters.")
	}
	if in.StartsOn == "" {
		in.StartsOn = DateOf(d.Time, d.Zone())
	}
	if in.Owner == 0 && !d.Actor.IsSystem() {
		m, err := d.self()
		if err != nil {
			return in, err
		}
		in.Owner = m.ID
	}
	return in, nil
}

func (d *Desk) knownShop(shop, code, region string) (Seller, bool, error) {
	if code != "" {
		if s, ok, err := d.tx.SellerByShopCode(code); ok || err != nil {
			return s, ok, err
		}
	}
	return d.tx.SellerByShop(ShopKey(shop), region)
}

func (d *Desk) insertSeller(in NewSeller) (Seller, error) {
	steps := d.checklist(in.Region, in.StartsOn)
	s := Seller{Shop: in.Shop, ShopCode: in.ShopCode, Region: in.Region, Category: in.Category, Contact: in.Contact,
		Owner: in.Owner, StartsOn: in.StartsOn, Stage: stageOf(steps), MovedAt: d.Time, Price: in.Price, Wishes: in.Wishes,
		Version: 1, CreatedAt: d.Time}
	id, err := d.tx.InsertSeller(s, ShopKey(s.Shop))
	if err != nil {
		return Seller{}, err
	}
	s.ID = id
	for i := range steps {
		steps[i].Seller = id
	}
	return s, d.tx.InsertSteps(steps)
}

// checklist makes the steps of a region. The rules are copied here, so that a later change of them does not touch
// onboardings under way.
func (d *Desk) checklist(region string, start Date) []Step {
	var steps []Step
	for i, s := range d.Rules.Checklist(region, string(start)) {
		steps = append(steps, Step{Code: s.Code, Position: int64(i + 1), Stage: Stage(s.Stage), Title: s.Title,
			State: StepOpen, Due: start.AddDays(s.Days)})
	}
	return steps
}

// stageOf is the stage of the first step that is not done.
func stageOf(steps []Step) Stage {
	for _, s := range steps {
		if s.State != StepDone {
			return s.Stage
		}
	}
	return Live
}

// Seller finds a seller with its steps.
func (d *Desk) Seller(id SellerID) (Seller, []Step, error) {
	if err := d.authorize(SeeRecords); err != nil {
		return Seller{}, nil, err
	}
	s, err := d.tx.Seller(id)
	if err != nil {
		return Seller{}, nil, err
	}
	steps, err := d.tx.Steps(id)
	return s, steps, err
}

// StepVersion is the version of a seller's step, for those who look whether a button is old; false when there is none.
func (d *Desk) StepVersion(id SellerID, code string) (version int64, ok bool, err error) {
	if err := d.authorize(SeeRecords); err != nil {
		return 0, false, err
	}
	s, ok, err := d.tx.Step(id, code)
	return s.Version, ok, err
}

// Sellers lists sellers; total counts all that match.
func (d *Desk) Sellers(f SellerFilter) (list []Seller, total int, err error) {
	if err := d.authorize(SeeRecords); err != nil {
		return nil, 0, err
	}
	return d.tx.Sellers(f)
}

// StepChange is one change of a step. Exactly one of its wishes is set.
type StepChange struct {
	Tick, Reopen bool
	Block        string // the reason
	Assign       MemberID
	Due          Date
}

// ChangeStep ticks, reopens, blocks, assigns or dates a step, moves the seller's stage with it and redraws the card.
func (d *Desk) ChangeStep(id SellerID, code string, change StepChange) (Seller, Step, error) {
	if err := d.authorize(OnboardSeller); err != nil {
		return Seller{}, Step{}, err
	}
	s, err := d.tx.Seller(id)
	if err != nil {
		return Seller{}, Step{}, err
	}
	step, ok, err := d.tx.Step(id, code)
	if err == nil && !ok {
		err = d.noStep(id, code)
	}
	if err != nil {
		return Seller{}, Step{}, err
	}
	detail, err := d.applyStepChange(&step, change)
	if err != nil {
		return Seller{}, Step{}, err
	}
	if s.Stage, err = d.stageWith(step); err != nil { // what asks comes before what writes: after a question nothing written waits for it
		return Seller{}, Step{}, err
	}
	if err := d.redrawCard(SellerCard, id.String()); err != nil {
		return Seller{}, Step{}, err
	}
	if err := d.tx.UpdateStep(step); err != nil {
		return Seller{}, Step{}, err
	}
	if change.Assign == 0 && change.Due == "" {
		s.MovedAt = d.Time
	}
	if err := d.tx.MoveSeller(s); err != nil {
		return Seller{}, Step{}, err
	}
	s.Version++
	return s, step, d.audit("seller step", id.String(), step.Code+": "+detail)
}

// stageWith is the stage of a step's seller when the step stands as it is given; see stageOf.
func (d *Desk) stageWith(s Step) (Stage, error) {
	first, stage, ok, err := d.tx.FirstOpenStep(s.Seller, s.Code)
	switch {
	case err != nil:
		return "", err
	case s.State != StepDone && (!ok || s.Position < first):
		return s.Stage, nil
	case !ok:
		return Live, nil
	}
	return stage, nil
}

// noStep refuses a step that a seller does not have, and says which there are.
func (d *Desk) noStep(id SellerID, code string) error {
	steps, err := d.tx.Steps(id)
	if err != nil {
		return err
	}
	return NotFound("%s has no step “%s”. Its steps are %s.", id, code, stepCodes(steps))
}

func stepCodes(steps []Step) string {
	var codes []string
	for _, s := range steps {
		codes = append(codes, s.Code)
	}
	return strings.Join(codes, ", ")
}

func (d *Desk) applyStepChange(s *Step, c StepChange) (detail string, err error) {
	me, err := d.self()
	if err != nil {
		return "", err
	}
	switch {
	case c.Tick && s.State == StepDone:
		return "", Conflict("“%s” is ticked already.", s.Title)
	case c.Tick:
		s.State, s.Reason, s.DoneAt, s.DoneBy = StepDone, "", d.Time, me.ID
		return "done", nil
	case c.Reopen && s.State == StepOpen:
		return "", Conflict("“%s” is open already.", s.Title)
	case c.Reopen:
		s.State, s.Reason, s.DoneAt, s.DoneBy = StepOpen, "", 0, 0
		return "reopened", nil
	case c.Block != "":
		reason := strings.TrimSpace(c.Block)
		if utf8.RuneCountInString(reason) > 300 {
			return "", Field("reason", "Keep the reason under 300 characters.")
		}
		if s.State == StepDone {
			return "", Conflict("“%s” is done; reopen it first.", s.Title)
		}
		s.State, s.Reason = StepBlocked, reason
		return "blocked: " + reason, nil
	case c.Assign != 0:
		s.Assignee = c.Assign
		return "assigned", nil
	case c.Due != "":
		s.Due = c.Due
		return "due " + string(c.Due), nil
	}
	return "", Invalid("Say what to do with the step: tick, block, assign or date it.")
}

// ShowSeller posts (or edits) the card of a seller in a channel.
func (d *Desk) ShowSeller(id SellerID, to Address) error {
	if err := d.authorize(SeeRecords); err != nil {
		return err
	}
	if _, err := d.tx.Seller(id); err != nil {
		return err
	}
	return d.showCard(SellerCard, id.String(), to)
}

package agency

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// ApplicationState is where an application stands.
type ApplicationState string

// The states of an application. Open and asked ones are under way.
const (
	ApplicationOpen     ApplicationState = "open"  // waits for a manager
	ApplicationAsked    ApplicationState = "asked" // waits for the applicant, who was asked for more
	ApplicationApproved ApplicationState = "approved"
	ApplicationDeclined ApplicationState = "declined"
)

// ApplicationCard is the view that draws an application for staff; ApplicationNote tells the applicant how it goes. The
// note's reference is the application and the step: "A-3 asked". CreatorReleased tells a person whose handle was freed.
const (
	ApplicationCard = "creator-application"
	ApplicationNote = "application-note"
	CreatorReleased = "creator-released"
)

// Application is somebody's wish to be one of the agency's creators, in their own words.
type Application struct {
	ID         ApplicationID
	Member     MemberID // who applies
	Handle     string   // as in Creator.Handle
	State      ApplicationState
	Categories string // comma-separated
	Region     string
	Language   string
	Followers  int64 // as they say
	Formats    string
	Samples    string // links, one a line
	Code       string // to be put into the TikTok bio, so that a manager can see that the handle is theirs
	Proof      Proof  // what a manager has confirmed so far
	Question   string // what they were asked for last
	Answer     string // what they answered last
	Creator    CreatorID
	DecidedBy  MemberID
	DecidedAt  Instant
	Reason     string // why it was declined
	AppliedAt  Instant
	Version    int64
}

// Living reports whether the application is under way.
func (a Application) Living() bool { return a.State == ApplicationOpen || a.State == ApplicationAsked }

// NewApplication is what is asked of an applicant.
type NewApplication struct {
	Handle, Region, Language string
	Categories, Formats      []string
	Followers                int64
	Samples                  []string // links to what they made
	Agreed                   bool     // to the agency's rules
}

// applicationTx is what applications need of the store.
type applicationTx interface {
	Application(ApplicationID) (Application, error)
	OpenApplicationOf(MemberID) (a Application, ok bool, err error)
	OpenApplicationFor(handle string) (a Application, ok bool, err error)
	// LastDeclined finds the newest declined application of a person, or for a handle that was seen to be theirs: else
	// anybody could keep it from whom it belongs to.
	LastDeclined(id MemberID, handle string) (a Application, ok bool, err error)
	// Applications lists applications under way, oldest first, or (all) every one, newest first; total counts all of them.
	Applications(all bool, limit, offset int) (list []Application, total int, err error)
	InsertApplication(Application) (ApplicationID, error)
	// UpdateApplication writes an application whose version is still the given one and raises it; Stale when it is not.
	UpdateApplication(Application) error
}

// mostSamples is how many links an applicant shows.
const mostSamples = 5

// MayApply refuses, before anybody fills in a form, who is a creator already, has an application under way, or was
// declined too recently.
func (d *Desk) MayApply() error {
	if d.Actor.IsSystem() {
		return Forbidden("People apply for themselves.")
	}
	return d.mayApply(d.Actor.Member.ID, "")
}

func (d *Desk) mayApply(me MemberID, handle string) error {
	if c, ok, err := d.tx.CreatorOf(me); err != nil || ok {
		return orConflict(err, "You are the agency's creator %s %s already. `/me` shows your record.", c.ID, atHandle(c))
	}
	if a, ok, err := d.tx.OpenApplicationOf(me); err != nil || ok {
		return orConflict(err, "Your application %s for @%s is under way. You will be told here.", a.ID, a.Handle)
	}
	last, ok, err := d.tx.LastDeclined(me, handle)
	if err != nil || !ok {
		return err
	}
	rule, known := d.Rules.Deadline("creator reapply", last.Region, d.today())
	again := DateOf(last.DecidedAt, d.Zone()).AddDays(rule.Days)
	if known && DateOf(d.Time, d.Zone()) < again {
		return Conflict("The application %s was declined on %s. You may apply again from %s on.", last.ID, DateOf(last.DecidedAt, d.Zone()), again)
	}
	return nil
}

func orConflict(err error, format string, args ...any) error {
	if err != nil {
		return err
	}
	return Conflict(format, args...)
}

// Apply records an application and shows its card to the creator managers. One person has one application under way, and
// a handle too. A handle that is on file without a person is not recorded twice: approving binds it.
func (d *Desk) Apply(in NewApplication) (Application, error) {
	if d.Actor.IsSystem() {
		return Application{}, Forbidden("People apply for themselves.")
	}
	a, err := d.checkApplication(in)
	if err != nil {
		return Application{}, err
	}
	me, err := d.self()
	if err != nil {
		return Application{}, err
	}
	if err := d.mayApply(me.ID, a.Handle); err != nil {
		return Application{}, err
	}
	if err := d.handleFree(a.Handle); err != nil {
		return Application{}, err
	}
	a.Member, a.State, a.AppliedAt, a.Version, a.Code = me.ID, ApplicationOpen, d.Time, 1, "LI-"+d.code(8)
	if a.ID, err = d.tx.InsertApplication(a); err != nil {
		return Application{}, err
	}
	if err := d.showCardInFeed(ApplicationCard, a.ID.String(), RecruitingFeed); err != nil {
		return Application{}, err
	}
	if err := d.tellApplicant(a, "applied"); err != nil {
		return Application{}, err
	}
	return a, d.audit("creator apply", a.ID.String(), "@"+a.Handle)
}

// handleFree refuses a handle that somebody has or is applying with.
func (d *Desk) handleFree(handle string) error {
	c, ok, err := d.tx.CreatorByHandle(handle)
	if err != nil {
		return err
	}
	if ok && c.Member != 0 {
		return Field("handle", "@%s is bound to another account. If it is yours too, type `/link` there.", handle)
	}
	if _, ok, err = d.tx.OpenApplicationFor(handle); err != nil {
		return err
	}
	if ok {
		return Field("handle", "Somebody has applied with @%s already.", handle)
	}
	return nil
}

func (d *Desk) checkApplication(in NewApplication) (a Application, err error) {
	if err := checkHandle(in.Handle); err != nil {
		return a, Field("handle", "%s", refusalText(err))
	}
	region, ok := d.Rules.Region(in.Region)
	if !ok {
		return a, Field("region", "“%s” is not a region that the desk knows. Write a country code such as US or GB.", in.Region)
	}
	a = Application{Handle: HandleKey(in.Handle), Region: region.Code, Language: cut(in.Language, 35), Followers: in.Followers}
	if a.Categories, err = chosen("niches", in.Categories, d.Rules.Categories); err != nil {
		return a, err
	}
	if a.Formats, err = chosen("formats", in.Formats, []string{"video", "live"}); err != nil {
		return a, err
	}
	switch {
	case a.Language == "":
		return a, Field("language", "Say in which language you make content.")
	case in.Followers < 0 || in.Followers > 1_000_000_000:
		return a, Field("followers", "Write a whole number of followers, such as 5000.")
	case !in.Agreed:
		return a, Field("agree", "The agency works only with creators who agree to its rules.")
	}
	if a.Samples, err = sampleLinks(in.Samples); err != nil {
		return a, err
	}
	return a, nil
}

// refusalText is a refusal's sentence alone.
func refusalText(err error) string {
	if e, ok := err.(*Error); ok { //nolint:errorlint // checkHandle gives it bare
		return e.Message
	}
	return err.Error()
}

// chosen is what was chosen of a list, at least one, in the list's order and spelling.
func chosen(field string, words, from []string) (string, error) {
	var list []string
	for _, w := range words {
		i := slices.IndexFunc(from, func(f string) bool { return strings.EqualFold(f, strings.TrimSpace(w)) })
		if i < 0 {
			return "", Field(field, "“%s” is not one of %s.", w, strings.Join(from, ", "))
		}
		if !slices.Contains(list, from[i]) {
			list = append(list, from[i])
		}
	}
	if len(list) == 0 {
		return "", Field(field, "Choose at least one of %s.", strings.Join(from, ", "))
	}
	return strings.Join(list, ","), nil
}

// sampleLinks checks links: whole https addresses, so that what a manager reads is where it leads.
func sampleLinks(links []string) (string, error) {
	if len(links) == 0 {
		return "", Field("samples", "Show at least one link to what you made.")
	}
	if len(links) > mostSamples {
		return "", Field("samples", "Show at most %d links.", mostSamples)
	}
	for _, link := range links {
		u, err := url.Parse(link)
		if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || len(link) > 300 || strings.ContainsAny(link, "<>|\"`() ") {
			return "", Field("samples", "“%s” is not a link. Write whole ones that begin with https://, a space between them.", cut(link, 60))
		}
	}
	return strings.Join(links, "\n"), nil
}

// tellApplicant writes to the applicant how it goes, in quiet hours too only when they have just done it themselves.
func (d *Desk) tellApplicant(a Application, step string) error {
	_, err := d.tell(notice{To: a.Member, On: Discord, Urgent: a.Member == d.Actor.Member.ID,
		Out: Outgoing{Kind: ApplicationNote, Ref: a.ID.String() + " " + step}})
	return err
}

// AskedApplication finds an application of the actor's own about which they were asked something.
func (d *Desk) AskedApplication(id ApplicationID) (Application, error) {
	a, err := d.MyApplication(id)
	if err == nil && a.State != ApplicationAsked {
		err = Conflict("Nothing is asked of you about %s: it is %s.", a.ID, a.State)
	}
	return a, err
}

// AnswerApplication adds what an applicant was asked for; it waits for a manager again. Only they themselves may.
func (d *Desk) AnswerApplication(id ApplicationID, text string) (Application, error) {
	a, err := d.AskedApplication(id)
	if err != nil {
		return Application{}, err
	}
	if a.Answer, err = wholeText("answer", text, 1000); err != nil {
		return Application{}, err
	}
	a.State = ApplicationOpen
	return d.saveApplication(a, "creator reply", a.Answer)
}

// MyApplication finds an application of the actor's own. Somebody else's is not there for them.
func (d *Desk) MyApplication(id ApplicationID) (Application, error) {
	a, err := d.tx.Application(id)
	if err != nil {
		return a, err
	}
	if a.Member == 0 || a.Member != d.Actor.Member.ID {
		return Application{}, NotFound("There is no application %s of yours.", id)
	}
	return a, nil
}

// wholeText is what somebody wrote, trimmed, not empty and within a limit of characters.
func wholeText(field, text string, most int) (string, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return "", Field(field, "Write a few words.")
	case utf8.RuneCountInString(text) > most:
		return "", Field(field, "Keep it under %d characters.", most)
	}
	return text, nil
}

// saveApplication writes an application, draws its cards again and keeps the audit.
func (d *Desk) saveApplication(a Application, deed, detail string) (Application, error) {
	if err := d.tx.UpdateApplication(a); err != nil {
		return Application{}, err
	}
	a.Version++
	if err := d.redrawCard(ApplicationCard, a.ID.String()); err != nil {
		return Application{}, err
	}
	return a, d.audit(deed, a.ID.String(), detail)
}

// ApplicationSheet is an application with what the desk knows of the handle and the person.
type ApplicationSheet struct {
	Application
	Applicant Member
	OnFile    Creator // by the handle; ID zero: nobody
}

// Application finds an application with what is known of its handle.
func (d *Desk) Application(id ApplicationID) (s ApplicationSheet, err error) {
	if err := d.authorize(SeeRecords); err != nil {
		return s, err
	}
	if s.Application, err = d.tx.Application(id); err != nil {
		return s, err
	}
	if s.Applicant, err = d.tx.Member(s.Member); err != nil {
		return s, err
	}
	s.OnFile, _, err = d.tx.CreatorByHandle(s.Handle)
	return s, err
}

// Applications lists applications under way, oldest first, or every one, newest first.
func (d *Desk) Applications(all bool, limit, offset int) (list []Application, total int, err error) {
	if err := d.authorize(SeeRecords); err != nil {
		return nil, 0, err
	}
	return d.tx.Applications(all, limit, offset)
}

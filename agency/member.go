package agency

import (
	"slices"
	"strings"
)

// Platform names a chat platform.
type Platform string

// The platforms. Desk is the clock and the command line: the agency itself.
const (
	Slack       Platform = "slack"
	Discord     Platform = "discord"
	Console     Platform = "console"
	DeskItself  Platform = "desk"
	systemActor          = "desk"
)

// Identity is a person on one platform, bound by the platform's ids and never by name.
type Identity struct {
	Platform  Platform
	Workspace string // Slack team id, Discord guild id
	User      string
}

// System is the desk itself: timers, imports and the command line of the operator's machine.
var System = Identity{Platform: DeskItself, Workspace: systemActor, User: systemActor}

// String is the identity as operators write it: "slack:T0123:U0456".
func (i Identity) String() string {
	return string(i.Platform) + ":" + i.Workspace + ":" + i.User
}

// ParseIdentity reads "slack:T0123:U0456".
func ParseIdentity(text string) (Identity, error) {
	parts := strings.Split(strings.TrimSpace(text), ":")
	if len(parts) != 3 || slices.Contains(parts, "") {
		return Identity{}, Invalid("“%s” is not an identity. Write it as slack:T0123:U0456.", text)
	}
	return Identity{Platform: Platform(parts[0]), Workspace: parts[1], User: parts[2]}, nil
}

// Role is a job at the agency; it gives rights.
type Role string

// The roles.
const (
	Admin          Role = "admin"
	ProgramManager Role = "program"    // runs the programme: sees all, matches, prepares payouts
	SellerManager  Role = "sellers"    // onboards sellers
	CreatorManager Role = "creators"   // recruits creators and decides matches
	Finance        Role = "finance"    // prepares and approves payouts
	Compliance     Role = "compliance" // handles cases
	Viewer         Role = "viewer"     // reads
)

// The roles of people outside the agency. They come with a record, a creator or a seller, and are never granted by word.
const (
	CreatorRole   Role = "creator" // sees their own record, answers offers, asks
	SellerContact Role = "contact" // sees their own shop
)

// outside reports a role of people outside the agency.
func (r Role) outside() bool { return r == CreatorRole || r == SellerContact }

// Roles is every role with what it is for, in the order in which people are offered them.
var Roles = []struct {
	Role Role
	Says string
}{
	{Admin, "grants roles, imports files, and all that the others may do except payouts"},
	{ProgramManager, "runs the programme: sellers, matches, cases, digests, preparing payouts"},
	{SellerManager, "onboards sellers and proposes matches"},
	{CreatorManager, "recruits creators and decides matches"},
	{Finance, "prepares and approves payouts"},
	{Compliance, "opens, assigns and resolves cases"},
	{Viewer, "reads"},
}

// ParseRole reads a role's word.
func ParseRole(text string) (Role, error) {
	word := Role(strings.ToLower(strings.TrimSpace(text)))
	var words []string
	for _, r := range Roles {
		if r.Role == word {
			return word, nil
		}
		words = append(words, string(r.Role))
	}
	return "", Invalid("“%s” is not a role. Choose one of %s.", text, strings.Join(words, ", "))
}

// Right is one thing that a person may do.
type Right string

// The rights. Anybody is for what needs no role.
const (
	Anybody       Right = ""
	SeeRecords    Right = "see records"
	OnboardSeller Right = "onboard sellers"
	DecideMatch   Right = "propose and decide matches"
	PreparePayout Right = "prepare payouts"
	ApprovePayout Right = "approve payouts"
	HandleCase    Right = "handle cases"
	OpenCase      Right = "open cases"
	Subscribe     Right = "subscribe channels"
	GrantRole     Right = "grant roles"
	ImportFiles   Right = "import files"
	SeeStatus     Right = "see the desk's status"
	MendDelivery  Right = "mend delivery"

	ReviewApplication Right = "review applications"
	AnswerCase        Right = "answer questions"
	SeeOwnRecord      Right = "see your own record"
	SeeOwnShop        Right = "see your own shop"
)

// Outside reports a right that people outside the agency may have, whom no administrator of a platform gives anything: one
// that needs no role, or that comes with the record of a creator or a seller.
func (r Right) Outside() bool { return r == Anybody || slices.ContainsFunc(rights[r], Role.outside) }

// Rights is every right that needs a role, in the order in which people are told of theirs.
var Rights = []Right{SeeRecords, OnboardSeller, ReviewApplication, DecideMatch, PreparePayout, ApprovePayout, HandleCase, OpenCase, AnswerCase,
	Subscribe, GrantRole, ImportFiles, SeeStatus, MendDelivery, SeeOwnRecord, SeeOwnShop}

// rights is the whole policy: who may do what. What is not here is denied.
var rights = map[Right][]Role{
	SeeRecords:    {Admin, ProgramManager, SellerManager, CreatorManager, Finance, Compliance, Viewer},
	OnboardSeller: {Admin, ProgramManager, SellerManager},
	DecideMatch:   {Admin, ProgramManager, SellerManager, CreatorManager},
	PreparePayout: {ProgramManager, Finance},
	ApprovePayout: {Finance},
	HandleCase:    {Admin, ProgramManager, Compliance},
	OpenCase:      {Admin, ProgramManager, SellerManager, CreatorManager, Compliance},
	Subscribe:     {Admin, ProgramManager, Finance, Compliance},
	GrantRole:     {Admin},
	ImportFiles:   {Admin},
	SeeStatus:     {Admin, ProgramManager, SellerManager, CreatorManager, Finance, Compliance},
	MendDelivery:  {Admin, ProgramManager, Finance, Compliance},

	ReviewApplication: {Admin, ProgramManager, CreatorManager},
	AnswerCase:        {Admin, ProgramManager, SellerManager, CreatorManager, Compliance},
	SeeOwnRecord:      {CreatorRole},
	SeeOwnShop:        {SellerContact},
}

// RolesWith lists the roles that have a right, for help and for refusals.
func RolesWith(r Right) []Role { return rights[r] }

// Member is a person known to the desk.
type Member struct {
	ID    MemberID
	Name  string // as their platform shows it; for display only
	Roles []Role
}

// Actor is who asks: an identity and, where the desk knows it, the member behind it.
type Actor struct {
	Identity Identity
	Member   Member // ID zero: unknown to the desk, so without rights
}

// IsSystem reports that the desk itself acts: a timer, or the operator at the command line.
func (a Actor) IsSystem() bool { return a.Identity == System }

// May reports whether the actor has a right.
func (a Actor) May(r Right) bool {
	if r == Anybody || a.IsSystem() {
		return true
	}
	for _, role := range a.Member.Roles {
		if slices.Contains(rights[r], role) {
			return true
		}
	}
	return false
}

// memberTx is what members need of the store.
type memberTx interface {
	// MemberByIdentity finds the member behind an identity, roles included; ok is false when nobody is bound to it.
	MemberByIdentity(Identity) (m Member, ok bool, err error)
	// ContactElsewhere finds the one shop's contact with the same user id on the platform in another workspace.
	ContactElsewhere(Identity) (m Member, ok bool, err error)
	Member(MemberID) (Member, error)
	Members() ([]Member, error)
	// InsertMember makes a member bound to an identity and gives its id.
	InsertMember(name string, who Identity, at Instant) (MemberID, error)
	RenameMember(id MemberID, name string) error
	InsertRole(MemberID, Role, Instant) error
	DeleteRole(MemberID, Role) error
	// Identities lists where a member is known, oldest first.
	Identities(MemberID) ([]Identity, error)
}

func (a *Agency) actor(tx Tx, who Identity) (Actor, error) {
	if who == System {
		return Actor{Identity: System, Member: Member{Name: "Liaison"}}, nil
	}
	m, _, err := tx.MemberByIdentity(who)
	if err != nil {
		return Actor{}, err
	}
	if m, err = guest(tx, who, m); err != nil {
		return Actor{}, err
	}
	admin, err := a.adminBySettings(tx, who, m.ID)
	if err != nil {
		return Actor{}, err
	}
	if admin && !slices.Contains(m.Roles, Admin) {
		m.Roles = append(m.Roles, Admin)
	}
	return Actor{Identity: who, Member: m}, nil
}

// guest finds a shop's contact who comes from another company's workspace (Slack Connect). Whoever named them could only
// name the user in the agency's own workspace; their presses carry the team of their own, and the same user id. Only
// somebody who is a contact and nothing else is found so.
func guest(tx Tx, who Identity, m Member) (Member, error) {
	if who.Platform != Slack || len(m.Roles) > 0 {
		return m, nil
	}
	contact, ok, err := tx.ContactElsewhere(who)
	if err != nil || !ok || !slices.Equal(contact.Roles, []Role{SellerContact}) {
		return m, err
	}
	return contact, nil
}

// adminBySettings reports whether the settings make a person an admin, under any of their accounts.
func (a *Agency) adminBySettings(tx Tx, who Identity, id MemberID) (bool, error) {
	if len(a.Settings.Admins) == 0 || slices.Contains(a.Settings.Admins, who) || id == 0 {
		return slices.Contains(a.Settings.Admins, who), nil
	}
	accounts, err := tx.Identities(id)
	return slices.ContainsFunc(accounts, func(i Identity) bool { return slices.Contains(a.Settings.Admins, i) }), err
}

// Lend gives the actor roles for this unit of work alone: those that the person's platform vouches for at the moment of the
// press. Nothing of them is kept, so that a role taken away there is gone here at once.
func (d *Desk) Lend(roles []Role) {
	if d.Actor.IsSystem() {
		return
	}
	held := slices.Clone(d.Actor.Member.Roles)
	for _, r := range roles {
		if !slices.Contains(held, r) {
			held = append(held, r)
		}
	}
	d.Actor.Member.Roles = held
}

// Allowed refuses, in words, what the actor may not do.
func (d *Desk) Allowed(r Right) error { return d.authorize(r) }

// authorize denies by default: no role, no right.
func (d *Desk) authorize(r Right) error {
	if d.Actor.May(r) {
		return nil
	}
	if r == SeeOwnRecord {
		return Forbidden("This is for the agency's creators. `/creator apply` is how to become one.")
	}
	if r == SeeOwnShop {
		return Forbidden("This is for people of a shop that the agency works for. Ask your contact at the agency to add you.")
	}
	var words []string
	for _, role := range rights[r] {
		words = append(words, string(role))
	}
	return Forbidden("You may not %s: that needs the role %s. Ask an admin for `/team grant`.", r, orList(words))
}

func orList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// Member finds a member by id.
func (d *Desk) Member(id MemberID) (Member, error) { return d.tx.Member(id) }

// AccountsOf lists the identities under which a member is known, oldest first.
func (d *Desk) AccountsOf(id MemberID) ([]Identity, error) { return d.tx.Identities(id) }

// Reachable gives the identity under which a member is known on a platform, else the oldest one.
func (d *Desk) Reachable(id MemberID, on Platform) (Identity, bool, error) {
	known, err := d.tx.Identities(id)
	if err != nil || len(known) == 0 {
		return Identity{}, false, err
	}
	for _, who := range known {
		if who.Platform == on {
			return who, true, nil
		}
	}
	return known[0], true, nil
}

// Meet makes sure that the person behind an identity is a member, with the given display name, and gives the member.
// It gives no rights. It is used when somebody is named: as an owner, as the holder of a role.
func (d *Desk) Meet(who Identity, name string) (Member, error) {
	m, ok, err := d.tx.MemberByIdentity(who)
	if err != nil {
		return Member{}, err
	}
	if ok {
		if name != "" && name != m.Name {
			m.Name = name
			return m, d.tx.RenameMember(m.ID, name)
		}
		return m, nil
	}
	if name == "" {
		name = who.User
	}
	id, err := d.tx.InsertMember(name, who, d.Time)
	return Member{ID: id, Name: name}, err
}

// Introduce says how the actor's platform shows them, for when the desk meets them for the first time.
func (d *Desk) Introduce(name string) {
	if d.Actor.Member.ID == 0 && !d.Actor.IsSystem() {
		d.Actor.Member.Name = name
	}
}

// self is the acting member, made on first use (an admin of LIAISON_ADMINS need not have been granted anything).
func (d *Desk) self() (Member, error) {
	if d.Actor.Member.ID != 0 || d.Actor.IsSystem() {
		return d.Actor.Member, nil
	}
	m, err := d.Meet(d.Actor.Identity, d.Actor.Member.Name)
	if err != nil {
		return Member{}, err
	}
	d.Actor.Member.ID, d.Actor.Member.Name = m.ID, m.Name
	return d.Actor.Member, nil
}

// Grant gives a person a role. Only admins may.
func (d *Desk) Grant(who Identity, name string, role Role) (Member, error) {
	if err := d.authorize(GrantRole); err != nil {
		return Member{}, err
	}
	m, err := d.Meet(who, name)
	if err != nil {
		return Member{}, err
	}
	if slices.Contains(m.Roles, role) {
		return Member{}, Conflict("%s has the role %s already.", m.Name, role)
	}
	if of, ok, err := d.tx.ContactOf(m.ID); err != nil || ok && slices.Contains(rights[SeeRecords], role) {
		return Member{}, orConflict(err, "%s is the contact of %s, and nobody is on both sides. `/seller contact %s remove` ends that.", m.Name, of, of)
	}
	if err := d.tx.InsertRole(m.ID, role, d.Time); err != nil {
		return Member{}, err
	}
	m.Roles = append(m.Roles, role)
	return m, d.audit("team grant", m.Name, string(role))
}

// Revoke takes a role from a person. The last admin cannot be taken away unless the settings name one.
func (d *Desk) Revoke(who Identity, role Role) (Member, error) {
	if err := d.authorize(GrantRole); err != nil {
		return Member{}, err
	}
	m, ok, err := d.tx.MemberByIdentity(who)
	if err != nil {
		return Member{}, err
	}
	if !ok || !slices.Contains(m.Roles, role) {
		return Member{}, NotFound("They do not have the role %s. `/team list` shows who has what.", role)
	}
	if role == Admin && len(d.Settings.Admins) == 0 {
		if err := d.keepAnAdmin(m.ID); err != nil {
			return Member{}, err
		}
	}
	if err := d.tx.DeleteRole(m.ID, role); err != nil {
		return Member{}, err
	}
	m.Roles = slices.DeleteFunc(m.Roles, func(r Role) bool { return r == role })
	return m, d.audit("team revoke", m.Name, string(role))
}

func (d *Desk) keepAnAdmin(leaving MemberID) error {
	all, err := d.tx.Members()
	if err != nil {
		return err
	}
	for _, m := range all {
		if m.ID != leaving && slices.Contains(m.Roles, Admin) {
			return nil
		}
	}
	return Conflict("That is the last admin. Grant somebody else the role first.")
}

// Team lists everybody who has a role at the agency.
func (d *Desk) Team() ([]Member, error) {
	if err := d.authorize(SeeRecords); err != nil {
		return nil, err
	}
	all, err := d.tx.Members()
	for i := range all {
		all[i].Roles = slices.DeleteFunc(all[i].Roles, Role.outside)
	}
	return slices.DeleteFunc(all, func(m Member) bool { return len(m.Roles) == 0 }), err
}

// Known finds the member behind an identity, and refuses when the desk does not know them.
func (d *Desk) Known(who Identity) (Member, error) {
	m, ok, err := d.tx.MemberByIdentity(who)
	if err == nil && !ok {
		return m, NotFound("The desk does not know that person yet. `/team grant` makes them known.")
	}
	return m, err
}

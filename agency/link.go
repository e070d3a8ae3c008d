package agency

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The limits of linking: how long a code holds, how many one account may have made within that time, and how many wrong
// ones it may type. A code has 60 bits, so that nobody guesses one within them.
const (
	linkCodeHolds  = 10 * time.Minute
	linkCodesMade  = 5
	linkCodeMisses = 5
	linkCodeSigns  = 12
)

// LinkNote is the view of the note that tells an account which other account it was linked with. Its reference is the
// other identity.
const LinkNote = "link-note"

// LinkCode is a one-time code that joins the account that asked for it with the one that types it. Its text is not kept.
type LinkCode struct {
	Hash   string // SHA-256 of the code, hexadecimal
	Who    Identity
	MadeAt Instant
	UsedAt Instant // zero: not used, nor replaced by a newer one
}

// linkTx is what linking needs of the store.
type linkTx interface {
	LinkCode(hash string) (c LinkCode, ok bool, err error)
	InsertLinkCode(LinkCode) error
	// UseLinkCode marks a code as used; false when it was used before.
	UseLinkCode(hash string, at Instant) (bool, error)
	// UseLinkCodesOf marks every code of an account as used: a new one takes their place.
	UseLinkCodesOf(who Identity, at Instant) error
	// LinkCodesSince counts the codes made for an account.
	LinkCodesSince(who Identity, since Instant) (int, error)
	// DeleteLinkCodes drops codes and wrong codes from before an instant.
	DeleteLinkCodes(before Instant) error
	// LinkMissesSince counts the wrong codes that an account typed.
	LinkMissesSince(who Identity, since Instant) (int, error)
	InsertLinkMiss(who Identity, at Instant) error
	// MoveIdentity binds an identity to a member: the one it is bound to no longer has it.
	MoveIdentity(who Identity, to MemberID) error
	DeleteIdentity(Identity) error
	// JoinMembers makes every record of one member another's: roles, ownerships, decisions, approvals. Where both have
	// what a person has once (an approval of the same content, wishes for notices), one stays. The audit is not rewritten.
	JoinMembers(gone, kept MemberID) error
}

// LinkOutcome is what came of typing a code. All of them are answers: a wrong code is counted, so it is kept.
type LinkOutcome string

// The outcomes.
const (
	LinkAsk   LinkOutcome = "ask"   // the code holds: the person confirms that both accounts are theirs
	LinkDone  LinkOutcome = "done"  // both accounts are one person
	LinkWrong LinkOutcome = "wrong" // no such code, or it is used or too old
)

// code makes a random code of so many signs in groups of four: "ABCD-EFGH-JKLM".
func (a *Agency) code(signs int) string {
	random := a.NewCode
	if random == nil {
		random = rand.Text
	}
	text := random()
	text = text[:min(signs, len(text))]
	var groups []string
	for part := range slices.Chunk([]byte(text), 4) {
		groups = append(groups, string(part))
	}
	return strings.Join(groups, "-")
}

func linkHash(code string) string {
	code = strings.ToUpper(strings.NewReplacer("-", "", " ", "", "`", "").Replace(code))
	sum := sha256.Sum256([]byte("link " + code))
	return hex.EncodeToString(sum[:])
}

// NewLinkCode makes a one-time code for the actor's account, to be typed with the other account within ten minutes. An
// older code of the account no longer works.
func (d *Desk) NewLinkCode() (code string, holds time.Duration, err error) {
	if d.Actor.IsSystem() {
		return "", 0, Forbidden("Accounts are linked by the people who have them.")
	}
	who := d.Actor.Identity
	made, err := d.tx.LinkCodesSince(who, d.Time.Add(-linkCodeHolds))
	if err != nil {
		return "", 0, err
	}
	if made >= linkCodesMade {
		return "", 0, Conflict("You had %s within %s. Wait a while, then type `/link` again.", Count(int64(made), "code"), Span(linkCodeHolds))
	}
	if err := d.tx.UseLinkCodesOf(who, d.Time); err != nil {
		return "", 0, err
	}
	code = d.code(linkCodeSigns)
	if err := d.tx.InsertLinkCode(LinkCode{Hash: linkHash(code), Who: who, MadeAt: d.Time}); err != nil {
		return "", 0, err
	}
	m, err := d.self()
	if err != nil {
		return "", 0, err
	}
	return code, linkCodeHolds, d.audit("link code", memberRef(m.ID), "for "+who.String())
}

// memberRef is a person in the audit: "person 12".
func memberRef(id MemberID) string { return fmt.Sprintf("person %d", id) }

// CheckLinkCode looks whose code it is, so that the person can say whether that account is theirs too. Nothing is linked:
// who is talked into typing somebody else's code would otherwise give them all their rights.
func (d *Desk) CheckLinkCode(code string) (other Identity, name string, outcome LinkOutcome, err error) {
	c, outcome, err := d.openLinkCode(code)
	if err != nil || outcome == LinkWrong {
		return Identity{}, "", outcome, err
	}
	m, known, err := d.tx.MemberByIdentity(c.Who)
	if err != nil {
		return Identity{}, "", "", err
	}
	if name = m.Name; !known {
		name = c.Who.User
	}
	return c.Who, name, LinkAsk, nil
}

// openLinkCode finds a code that still holds. A wrong one is counted, and too many refuse every code for a while.
func (d *Desk) openLinkCode(code string) (LinkCode, LinkOutcome, error) {
	who := d.Actor.Identity
	if d.Actor.IsSystem() {
		return LinkCode{}, "", Forbidden("Accounts are linked by the people who have them.")
	}
	misses, err := d.tx.LinkMissesSince(who, d.Time.Add(-linkCodeHolds))
	if err != nil {
		return LinkCode{}, "", err
	}
	if misses >= linkCodeMisses {
		return LinkCode{}, "", Forbidden("Too many codes were wrong. Wait %s, then type `/link` with your other account for a new one.", Span(linkCodeHolds))
	}
	c, ok, err := d.tx.LinkCode(linkHash(code))
	if err != nil {
		return LinkCode{}, "", err
	}
	if !ok || c.UsedAt != 0 || d.Time.Sub(c.MadeAt) > linkCodeHolds {
		return LinkCode{}, LinkWrong, d.tx.InsertLinkMiss(who, d.Time)
	}
	if c.Who == who {
		return LinkCode{}, "", Conflict("You made this code with this account. Type it with the other one.")
	}
	return c, LinkAsk, nil
}

// Link joins the account that made a code with the actor's: from now on they are one person, with the records, the rights
// and the duties of both. Of two members the one who has been known longer stays.
func (d *Desk) Link(code string) (Member, LinkOutcome, error) {
	c, outcome, err := d.openLinkCode(code)
	if err != nil || outcome == LinkWrong {
		return Member{}, outcome, err
	}
	me, err := d.self()
	if err != nil {
		return Member{}, "", err
	}
	other, err := d.Meet(c.Who, "")
	if err != nil {
		return Member{}, "", err
	}
	if me.ID == other.ID {
		return Member{}, "", Conflict("These two accounts are one person already. `/whoami` lists them.")
	}
	kept, gone := me, other
	if other.ID < me.ID {
		kept, gone = other, me
	}
	if err := d.mayJoin(kept, gone); err != nil {
		return Member{}, "", err
	}
	used, err := d.tx.UseLinkCode(c.Hash, d.Time)
	if err != nil || !used {
		return Member{}, LinkWrong, err
	}
	if err := d.join(kept, gone); err != nil {
		return Member{}, "", err
	}
	if kept, err = d.tx.Member(kept.ID); err != nil {
		return Member{}, "", err
	}
	d.Actor.Member = kept
	for _, role := range kept.Roles { // what belongs to it under the one account belongs to it under the other
		if role != CreatorRole {
			continue
		}
		if err := d.giveAccess(kept.ID, role, true); err != nil {
			return Member{}, "", err
		}
	}
	if err := d.post(Outgoing{To: personal(c.Who), Kind: LinkNote, Ref: d.Actor.Identity.String()}); err != nil {
		return Member{}, "", err
	}
	return kept, LinkDone, d.audit("link join", memberRef(kept.ID), fmt.Sprintf("%s and %s are one person; records of %s joined",
		c.Who, d.Actor.Identity, memberRef(gone.ID)))
}

// mayJoin refuses what would make one person two creators.
func (d *Desk) mayJoin(kept, gone Member) error {
	first, one, err := d.tx.CreatorOf(kept.ID)
	if err != nil {
		return err
	}
	second, two, err := d.tx.CreatorOf(gone.ID)
	if err != nil {
		return err
	}
	if one && two {
		return Conflict("One account is %s %s and the other %s %s. Ask the agency which handle is yours; one person has one.",
			first.ID, atHandle(first), second.ID, atHandle(second))
	}
	if err := d.mayJoinContacts(kept, gone); err != nil {
		return err
	}
	a, one, err := d.tx.OpenApplicationOf(kept.ID)
	if err != nil {
		return err
	}
	b, two, err := d.tx.OpenApplicationOf(gone.ID)
	if err != nil {
		return err
	}
	if one && two {
		return Conflict("Both accounts have an application under way, %s and %s. Wait until one is decided.", a.ID, b.ID)
	}
	return nil
}

// mayJoinContacts refuses what would put one person on both sides, or have them speak for two shops.
func (d *Desk) mayJoinContacts(kept, gone Member) error {
	first, one, err := d.tx.ContactOf(kept.ID)
	if err != nil {
		return err
	}
	second, two, err := d.tx.ContactOf(gone.ID)
	if err != nil {
		return err
	}
	staff := (Actor{Member: kept}).May(SeeRecords) || (Actor{Member: gone}).May(SeeRecords)
	switch {
	case one && two && first != second:
		return Conflict("One account is the contact of %s and the other of %s. Ask the agency: one person speaks for one shop.", first, second)
	case (one || two) && staff:
		return Conflict("One account has a role at the agency and the other is a shop's contact. One person is not both.")
	}
	return nil
}

// mostPending is more runs than ever wait for approval at once.
const mostPending = 1000

// join makes two members one and draws again what counts people: the cards of pending runs.
func (d *Desk) join(kept, gone Member) error {
	accounts, err := d.tx.Identities(gone.ID)
	if err != nil {
		return err
	}
	for _, who := range accounts {
		if err := d.tx.MoveIdentity(who, kept.ID); err != nil {
			return err
		}
	}
	if err := d.tx.JoinMembers(gone.ID, kept.ID); err != nil {
		return err
	}
	runs, err := d.tx.PayoutRunsIn(PayoutPending, mostPending)
	if err != nil {
		return err
	}
	for _, r := range runs {
		if err := d.redrawCard(PayoutCard, r.ID.String()); err != nil {
			return err
		}
	}
	return nil
}

// personal is where a person is written to.
func personal(who Identity) Address {
	return Address{Platform: who.Platform, Workspace: who.Workspace, Channel: who.User}
}

// Accounts lists the accounts under which the actor is known, oldest first.
func (d *Desk) Accounts() ([]Identity, error) {
	if d.Actor.Member.ID == 0 {
		return []Identity{d.Actor.Identity}, nil
	}
	return d.tx.Identities(d.Actor.Member.ID)
}

// PersonAccounts lists the accounts of a person and what was linked and unlinked, newest first, for those who may unlink.
func (d *Desk) PersonAccounts(who Identity) (m Member, accounts []Identity, history []AuditLine, err error) {
	if err := d.authorize(GrantRole); err != nil {
		return m, nil, nil, err
	}
	if m, err = d.Known(who); err != nil {
		return m, nil, nil, err
	}
	if accounts, err = d.tx.Identities(m.ID); err != nil {
		return m, nil, nil, err
	}
	history, err = d.tx.AuditOf(memberRef(m.ID), 10)
	return m, accounts, history, err
}

// Unlink takes an account away from the person it is linked to. What they did with it stays theirs; the account is a
// stranger's from now on, without rights.
func (d *Desk) Unlink(who Identity) (Member, error) {
	if err := d.authorize(GrantRole); err != nil {
		return Member{}, err
	}
	m, err := d.Known(who)
	if err != nil {
		return Member{}, err
	}
	accounts, err := d.tx.Identities(m.ID)
	if err != nil {
		return Member{}, err
	}
	if len(accounts) < 2 {
		return Member{}, Conflict("%s is the only account of %s. There is nothing to unlink; `/team revoke` takes their roles.", who, m.Name)
	}
	if err := d.tx.DeleteIdentity(who); err != nil {
		return Member{}, err
	}
	if slices.Contains(m.Roles, CreatorRole) {
		if err := d.access(who, CreatorRole, false); err != nil {
			return Member{}, err
		}
	}
	if err := d.leaveAlone(who, m.ID); err != nil {
		return Member{}, err
	}
	return m, d.audit("link remove", memberRef(m.ID), who.String())
}

// leaveAlone has nothing more said to an account that is no longer somebody's: what waits for it goes to an account that
// is, and the cards that stand with it are edited no more.
func (d *Desk) leaveAlone(who Identity, was MemberID) error {
	other, ok, err := d.Reachable(was, who.Platform)
	if err != nil {
		return err
	}
	if ok {
		if err := d.tx.MoveWaiting(personal(who), personal(other)); err != nil {
			return err
		}
	}
	return d.tx.ForgetCards(personal(who))
}

// ForgetLinkCodes drops one-time codes, and what was typed in vain, long after they count for anything.
func (d *Desk) ForgetLinkCodes() error { return d.tx.DeleteLinkCodes(d.Time.Add(-24 * time.Hour)) }

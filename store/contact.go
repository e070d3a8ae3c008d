package store

import "liaison/agency"

// ContactOf finds the seller whose contact a person is.
func (t *tx) ContactOf(id agency.MemberID) (agency.SellerID, bool, error) {
	var seller agency.SellerID
	ok, err := t.one(&seller, `SELECT seller FROM seller_contacts WHERE member = ?`, id)
	return seller, ok, err
}

// ContactElsewhere finds the one shop's contact with the same user id on the platform in another workspace.
func (t *tx) ContactElsewhere(who agency.Identity) (agency.Member, bool, error) {
	var list []agency.Identity
	err := t.all(&list, `SELECT i.platform, i.workspace, i.user_id AS "user" FROM identities i JOIN seller_contacts c ON c.member = i.member
		WHERE i.platform = ? AND i.user_id = ? AND i.workspace <> ? LIMIT 2`, who.Platform, who.User, who.Workspace)
	if err != nil || len(list) != 1 {
		return agency.Member{}, false, err
	}
	return t.MemberByIdentity(list[0])
}

// SellerContacts lists the contacts of a seller.
func (t *tx) SellerContacts(id agency.SellerID) ([]agency.MemberID, error) {
	var list []agency.MemberID
	err := t.all(&list, `SELECT member FROM seller_contacts WHERE seller = ? ORDER BY member`, id)
	return list, err
}

// InsertSellerContact binds a person to a seller.
func (t *tx) InsertSellerContact(member agency.MemberID, seller agency.SellerID, at agency.Instant) error {
	return t.insert("seller_contacts", cols{{"member", member}, {"seller", seller}, {"added_at", at}})
}

// DeleteSellerContact ends it.
func (t *tx) DeleteSellerContact(member agency.MemberID) error {
	_, err := t.exec(`DELETE FROM seller_contacts WHERE member = ?`, member)
	return err
}

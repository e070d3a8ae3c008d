package store

import "liaison/agency"

// ContactOf finds the seller whose contact a person is.
func (t *tx) ContactOf(id agency.MemberID) (agency.SellerID, bool, error) {
	var seller agency.SellerID
	ok, err := t.one(&seller, `SELECT seller FROM seller_contacts WHERE member = ?`, id)
	return seller, ok, err
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

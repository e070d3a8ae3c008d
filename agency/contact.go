package agency

import (
	"slices"

	"liaison/agency/money"
)

// OwnShop is what a seller's own people see of it, and nothing else: no contact, no notes, no other shop.
type OwnShop struct {
	Seller Seller
	Steps  []Step
	Week   Date         // the Monday of the week
	Sold   []SalesSum   // through creators in the week up to now, per currency; estimated and settled
	Cases  []Case       // living violations and disputes of the shop; concerns are between the agency and who raised them
	Works  int64        // creators who work for it
	Shop   money.Amount // the shop's own figures of the week, as imported; zero when there are none
	Orders int64
}

// contactTx is what sellers' contacts need of the store.
type contactTx interface {
	// ContactOf finds the seller whose contact a person is.
	ContactOf(MemberID) (id SellerID, ok bool, err error)
	SellerContacts(SellerID) ([]MemberID, error)
	InsertSellerContact(MemberID, SellerID, Instant) error
	DeleteSellerContact(MemberID) error
}

// AddContact binds a person to a seller as its contact: they see that shop with `/shop`, and nothing else. Somebody of the
// agency cannot be one, so that nobody sits on both sides.
func (d *Desk) AddContact(id SellerID, who Identity, name string) (Seller, Member, error) {
	if err := d.authorize(OnboardSeller); err != nil {
		return Seller{}, Member{}, err
	}
	s, err := d.tx.Seller(id)
	if err != nil {
		return Seller{}, Member{}, err
	}
	m, err := d.Meet(who, name)
	if err != nil {
		return Seller{}, Member{}, err
	}
	if (Actor{Member: m}).May(SeeRecords) {
		return Seller{}, Member{}, Conflict("%s has a role at the agency and sees every shop.", m.Name)
	}
	if of, ok, err := d.tx.ContactOf(m.ID); err != nil || ok {
		return Seller{}, Member{}, orConflict(err, "%s is the contact of %s already. `/seller contact remove` ends it.", m.Name, of)
	}
	if err := d.tx.InsertSellerContact(m.ID, id, d.Time); err != nil {
		return Seller{}, Member{}, err
	}
	if !slices.Contains(m.Roles, SellerContact) {
		if err := d.tx.InsertRole(m.ID, SellerContact, d.Time); err != nil {
			return Seller{}, Member{}, err
		}
	}
	return s, m, d.audit("seller contact", id.String(), "added "+m.Name+", "+memberRef(m.ID))
}

// RemoveContact ends somebody's being the contact of a seller.
func (d *Desk) RemoveContact(who Identity) (SellerID, Member, error) {
	if err := d.authorize(OnboardSeller); err != nil {
		return 0, Member{}, err
	}
	m, err := d.Known(who)
	if err != nil {
		return 0, Member{}, err
	}
	id, ok, err := d.tx.ContactOf(m.ID)
	if err != nil {
		return 0, Member{}, err
	}
	if !ok {
		return 0, Member{}, Conflict("%s is nobody's contact.", m.Name)
	}
	if err := d.tx.DeleteSellerContact(m.ID); err != nil {
		return 0, Member{}, err
	}
	if err := d.tx.DeleteRole(m.ID, SellerContact); err != nil {
		return 0, Member{}, err
	}
	return id, m, d.audit("seller contact", id.String(), "removed "+m.Name+", "+memberRef(m.ID))
}

// MyShop is the shop whose contact the actor is.
func (d *Desk) MyShop() (s OwnShop, err error) {
	if err := d.authorize(SeeOwnShop); err != nil {
		return s, err
	}
	id, ok, err := d.tx.ContactOf(d.Actor.Member.ID)
	if err == nil && !ok {
		err = NotFound("You are no shop's contact. Ask the agency.")
	}
	if err != nil {
		return s, err
	}
	if s.Seller, err = d.tx.Seller(id); err != nil {
		return s, err
	}
	if s.Steps, err = d.tx.Steps(id); err != nil {
		return s, err
	}
	if s.Cases, _, err = d.tx.FindCases(CaseFilter{States: LivingCases, Seller: id}); err != nil {
		return s, err
	}
	s.Cases = slices.DeleteFunc(s.Cases, func(c Case) bool { return c.Kind == Concern })
	history, err := d.tx.MatchesOfSeller(id)
	if err != nil {
		return s, err
	}
	s.Works = atWork(history)
	return s, d.shopWeek(&s)
}

// shopWeek adds the week's figures, in the agency's zone.
func (d *Desk) shopWeek(s *OwnShop) error {
	today := DateOf(d.Time, d.Zone())
	s.Week = today.Monday()
	all, err := d.tx.SalesBetween(s.Week.Start(d.Zone()), d.Time)
	if err != nil {
		return err
	}
	s.Sold = slices.DeleteFunc(all, func(sum SalesSum) bool { return sum.Seller != s.Seller.ID })
	figures, err := d.tx.FiguresBetween(s.Seller.ID, s.Week, today)
	if err != nil {
		return err
	}
	for _, f := range figures {
		if !s.Shop.IsZero() && f.Sales.Currency != s.Shop.Currency {
			continue // a shop sells in one currency; a second one would be a fault of the file
		}
		if s.Shop, err = s.Shop.Add(f.Sales); err != nil {
			return err
		}
		s.Orders += f.Orders
	}
	return nil
}

// Contacts lists the people of a seller who see its shop.
func (d *Desk) Contacts(id SellerID) ([]MemberID, error) {
	if err := d.authorize(SeeRecords); err != nil {
		return nil, err
	}
	if _, err := d.tx.Seller(id); err != nil {
		return nil, err
	}
	return d.tx.SellerContacts(id)
}

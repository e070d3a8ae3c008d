package agency

import (
	"slices"
	"strings"

	"liaison/agency/policy"
)

// How files name things: shops, regions, categories and people, in more spellings than the desk's own.

// sellerBook finds sellers as files name them.
type sellerBook struct {
	byCode map[string]Seller
	byName map[string][]Seller // by ShopKey, in all regions
	byID   map[SellerID]Seller
}

func (d *Desk) sellerBook() (*sellerBook, error) {
	all, _, err := d.tx.Sellers(SellerFilter{})
	if err != nil {
		return nil, err
	}
	b := &sellerBook{byCode: map[string]Seller{}, byName: map[string][]Seller{}, byID: map[SellerID]Seller{}}
	for _, s := range all {
		if s.ShopCode != "" {
			b.byCode[s.ShopCode] = s
		}
		key := ShopKey(s.Shop)
		b.byName[key] = append(b.byName[key], s)
		b.byID[s.ID] = s
	}
	return b, nil
}

// find is the seller with the code, else with the name in the region.
func (b *sellerBook) find(shop, code, region string) (Seller, bool) {
	if s, ok := b.byCode[code]; ok && code != "" {
		return s, true
	}
	for _, s := range b.byName[ShopKey(shop)] {
		if s.Region == region {
			return s, true
		}
	}
	return Seller{}, false
}

// named is the seller that a row of orders or violations means. It refuses in a sentence.
func (b *sellerBook) named(shop, code, region string) (Seller, error) {
	if s, ok := b.byCode[code]; ok && code != "" {
		return s, nil
	}
	if shop == "" {
		return Seller{}, NotFound("No shop with the code %s is recorded. Add it with `/seller onboard`, or import it as a seller first.", code)
	}
	var found []Seller
	for _, s := range b.byName[ShopKey(shop)] {
		if region == "" || s.Region == region {
			found = append(found, s)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return Seller{}, NotFound("The shop “%s” is not recorded. Add it with `/seller onboard`, or import it as a seller first.", shop)
	}
	return Seller{}, Invalid("Several shops are called “%s”. Add a column with the shop code.", shop)
}

// creatorBook finds creators by handle, in any state.
func (d *Desk) creatorBook() (map[string]Creator, error) {
	book := map[string]Creator{}
	for _, state := range []CreatorState{CreatorActive, CreatorPaused, CreatorBlocked} {
		list, err := d.tx.CreatorsIn(state)
		if err != nil {
			return nil, err
		}
		for _, c := range list {
			book[c.Handle] = c
		}
	}
	return book, nil
}

// regionWords are what people write for a region beside its code and English name.
func regionWords(word string) string {
	switch word {
	case "UK", "GREAT BRITAIN", "ENGLAND":
		return "GB"
	case "USA", "U.S.", "AMERICA", "UNITED STATES OF AMERICA":
		return "US"
	case "DEUTSCHLAND":
		return "DE"
	case "VIET NAM":
		return "VN"
	}
	return word
}

// regionNamed is the market that a file means by a code or a name.
func (d *Desk) regionNamed(text string) (policy.Region, bool) {
	word := regionWords(strings.ToUpper(strings.Join(strings.Fields(text), " ")))
	for _, r := range d.Rules.Regions {
		if r.Code == word || strings.EqualFold(r.Name, word) {
			return r, true
		}
	}
	return policy.Region{}, false
}

// categoryWords lead from words of TikTok's category names to the desk's own categories.
func categoryWords(word string) string {
	switch word {
	case "womenswear", "menswear", "clothing", "apparel", "shoes", "jewelry", "jewellery", "accessories", "underwear", "luggage", "bags", "modest":
		return "Fashion"
	case "skincare", "makeup", "cosmetics", "fragrance":
		return "Beauty"
	case "kitchenware", "furniture", "household", "textiles", "appliances", "garden":
		return "Home"
	case "phones", "computers", "phone", "gadgets":
		return "Electronics"
	case "beverages", "drinks", "snacks", "groceries":
		return "Food"
	case "wellness", "supplements", "medical":
		return "Health"
	case "hobbies", "baby", "kids":
		return "Toys"
	case "outdoor", "outdoors", "fitness":
		return "Sports"
	case "magazines", "audio", "stationery":
		return "Books"
	}
	return ""
}

// categoryNamed is the desk's category for one of its own words or for a TikTok category such as "Beauty & Personal Care".
// The first word that means something decides.
func (d *Desk) categoryNamed(text string) (string, bool) {
	words := strings.FieldsFunc(strings.ToLower(text), notWordRune)
	for _, w := range words {
		i := slices.IndexFunc(d.Rules.Categories, func(c string) bool {
			c = strings.ToLower(c)
			return w == c || w+"s" == c || w == c+"s"
		})
		if i >= 0 {
			return d.Rules.Categories[i], true
		}
		if c := categoryWords(w); c != "" && slices.Contains(d.Rules.Categories, c) {
			return c, true
		}
	}
	return "", false
}

// ownerNames finds members by the name that a file gives them. A name decides who is shown as owner and nothing else:
// rights hang on identities.
type ownerNames struct {
	members map[string][]Member
	unknown []string
}

func (d *Desk) ownerNames() (*ownerNames, error) {
	all, err := d.tx.Members()
	if err != nil {
		return nil, err
	}
	o := &ownerNames{members: map[string][]Member{}}
	for _, m := range all {
		key := strings.ToLower(m.Name)
		o.members[key] = append(o.members[key], m)
	}
	return o, nil
}

// toBeMet stands in a preview for a member whom applying will make.
const toBeMet MemberID = -1

// ownerOf is the member behind an owner cell; zero when the cell is empty or names nobody the desk knows.
func (d *Desk) ownerOf(text string, names *ownerNames, apply bool) (MemberID, error) {
	if text == "" {
		return 0, nil
	}
	if who, err := ParseIdentity(text); err == nil {
		m, ok, err := d.tx.MemberByIdentity(who)
		if ok || err != nil {
			return m.ID, err
		}
		if !apply {
			return toBeMet, nil
		}
		m, err = d.Meet(who, "")
		return m.ID, err
	}
	if found := names.members[strings.ToLower(text)]; len(found) == 1 {
		return found[0].ID, nil
	}
	if !slices.Contains(names.unknown, text) {
		names.unknown = append(names.unknown, text)
	}
	return 0, nil
}

func (o *ownerNames) report(r *ImportReport) {
	if len(o.unknown) > 0 {
		r.note("Nobody at the desk is called %s, or several are; those sellers come without an owner. Write the owner as slack:T0123:U0456.",
			strings.Join(o.unknown, ", "))
	}
}

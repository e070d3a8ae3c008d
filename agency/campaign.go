package agency

import (
	"strings"
	"unicode/utf8"

	"liaison/agency/money"
)

// Campaign is a window with products, rates and creators, of one or more sellers. The creators who take part in it are
// its affiliates.
type Campaign struct {
	ID          CampaignID
	Name        string
	TikTokID    string // TikTok's number of the partner campaign; empty when it is not one
	StartsOn    Date
	EndsOn      Date
	TotalRate   money.BasisPoints // what the seller pays
	CreatorRate money.BasisPoints // the creator's part of it; the rest is the partner's
	CreatedAt   Instant
}

// PartnerRate is the agency's part of the total rate.
func (c Campaign) PartnerRate() money.BasisPoints { return c.TotalRate - c.CreatorRate }

// campaignTx is what campaigns need of the store.
type campaignTx interface {
	// Campaigns lists every campaign, by number.
	Campaigns() ([]Campaign, error)
	CampaignSellers(CampaignID) ([]SellerID, error)
	CampaignCreators(CampaignID) ([]CreatorID, error)
	// Affiliates counts the creators who take part in a campaign that runs on a day; an empty day: in any campaign.
	Affiliates(on Date) (int64, error)
	InsertCampaign(c Campaign, sellers []SellerID, creators []CreatorID) (CampaignID, error)
}

// NewCampaign records a campaign with its sellers and affiliates.
func (d *Desk) NewCampaign(c Campaign, sellers []SellerID, creators []CreatorID) (Campaign, error) {
	if err := d.authorize(ImportFiles); err != nil {
		return Campaign{}, err
	}
	c.Name = strings.Join(strings.Fields(c.Name), " ")
	switch {
	case c.Name == "" || utf8.RuneCountInString(c.Name) > 100:
		return Campaign{}, Field("name", "Give the campaign a name of at most 100 characters.")
	case len(sellers) == 0:
		return Campaign{}, Field("sellers", "A campaign needs at least one seller.")
	case c.StartsOn == "" || c.EndsOn < c.StartsOn:
		return Campaign{}, Field("ends", "A campaign ends on or after the day it starts.")
	case c.CreatorRate < 0 || c.TotalRate > 8_000 || c.CreatorRate > c.TotalRate:
		return Campaign{}, Field("rate", "The total rate is at most 80 %%, and the creator's part is not above it.")
	}
	c.CreatedAt = d.Time
	id, err := d.tx.InsertCampaign(c, sellers, creators)
	if err != nil {
		return Campaign{}, err
	}
	c.ID = id
	return c, d.audit("campaign new", id.String(), c.Name)
}

// Campaigns lists every campaign.
func (d *Desk) Campaigns() ([]Campaign, error) {
	if err := d.authorize(SeeRecords); err != nil {
		return nil, err
	}
	return d.tx.Campaigns()
}

// campaignBook finds campaigns by TikTok's number.
func (d *Desk) campaignBook() (map[string]CampaignID, error) {
	all, err := d.tx.Campaigns()
	if err != nil {
		return nil, err
	}
	book := map[string]CampaignID{}
	for _, c := range all {
		if c.TikTokID != "" {
			book[c.TikTokID] = c.ID
		}
	}
	return book, nil
}

// CreatorNumbers finds every creator's number by handle.
func (d *Desk) CreatorNumbers() (map[string]CreatorID, error) {
	if err := d.authorize(SeeRecords); err != nil {
		return nil, err
	}
	book, err := d.creatorBook()
	if err != nil {
		return nil, err
	}
	numbers := make(map[string]CreatorID, len(book))
	for handle, c := range book {
		numbers[handle] = c.ID
	}
	return numbers, nil
}

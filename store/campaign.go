package store

import "liaison/agency"

// Campaigns lists every campaign.
func (t *tx) Campaigns() ([]agency.Campaign, error) {
	var list []agency.Campaign
	err := t.all(&list, `SELECT id, name, tiktok_id AS tik_tok_id, starts_on, ends_on, total_rate, creator_rate, created_at FROM campaigns ORDER BY id`)
	return list, err
}

// CampaignSellers lists whose campaign it is.
func (t *tx) CampaignSellers(id agency.CampaignID) ([]agency.SellerID, error) {
	var list []agency.SellerID
	err := t.all(&list, `SELECT seller FROM campaign_sellers WHERE campaign = ? ORDER BY seller`, id)
	return list, err
}

// CampaignCreators lists a campaign's affiliates.
func (t *tx) CampaignCreators(id agency.CampaignID) ([]agency.CreatorID, error) {
	var list []agency.CreatorID
	err := t.all(&list, `SELECT creator FROM campaign_creators WHERE campaign = ? ORDER BY creator`, id)
	return list, err
}

// Affiliates counts the creators of the campaigns that run on a day; an empty day: of all campaigns.
func (t *tx) Affiliates(on agency.Date) (int64, error) {
	var n int64
	query, args := `SELECT count(DISTINCT a.creator) FROM campaign_creators a JOIN campaigns c ON c.id = a.campaign`, []any{}
	if on != "" {
		query, args = query+` WHERE c.starts_on <= ? AND c.ends_on >= ?`, []any{on, on}
	}
	_, err := t.one(&n, query, args...)
	return n, err
}

// InsertCampaign adds a campaign with its sellers and affiliates.
func (t *tx) InsertCampaign(c agency.Campaign, sellers []agency.SellerID, creators []agency.CreatorID) (agency.CampaignID, error) {
	id, err := t.next("campaign")
	if err != nil {
		return 0, err
	}
	err = t.insert("campaigns", cols{{"id", id}, {"name", c.Name}, {"tiktok_id", c.TikTokID}, {"starts_on", c.StartsOn},
		{"ends_on", c.EndsOn}, {"total_rate", c.TotalRate}, {"creator_rate", c.CreatorRate}, {"created_at", c.CreatedAt}})
	if err != nil {
		return 0, err
	}
	owners, affiliates := make([]cols, len(sellers)), make([]cols, len(creators))
	for i, s := range sellers {
		owners[i] = cols{{"campaign", id}, {"seller", s}}
	}
	for i, k := range creators {
		affiliates[i] = cols{{"campaign", id}, {"creator", k}}
	}
	if err := t.insertMany("campaign_sellers", owners); err != nil {
		return 0, err
	}
	return agency.CampaignID(id), t.insertMany("campaign_creators", affiliates)
}

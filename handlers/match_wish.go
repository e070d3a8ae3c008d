package handlers

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"liaison/agency"
	"liaison/bot"
)

// runMatchWishes opens the form; a line that names a wish changes that one and needs no form.
func runMatchWishes(t *bot.Turn) (bot.Reply, error) {
	a := t.Args()
	if len(a.Words) == 0 {
		return bot.Reply{}, agency.Invalid("Say for which seller, as in `/match wishes S-12`.")
	}
	id, err := agency.ParseSellerID(a.Word(0))
	if err != nil {
		return bot.Reply{}, err
	}
	s, _, err := t.Desk.Seller(id)
	if err != nil {
		return bot.Reply{}, err
	}
	if len(a.Words) > 1 {
		return bot.Reply{}, agency.Invalid("“%s” is not a wish. Write format=live, followers=5000, creators=3 or price=24.90.", a.Word(1))
	}
	if len(a.Named) == 0 {
		return bot.Open(wishForm(s)), nil
	}
	w := agency.MatchWish{Wishes: s.Wishes, Price: s.Price}
	for _, name := range slices.Sorted(maps.Keys(a.Named)) {
		if err := setWish(t.Desk, s, &w, name, a.Named[name]); err != nil {
			return bot.Reply{}, err
		}
	}
	return changeWishes(t, s, w)
}

func wishForm(s agency.Seller) bot.Form {
	price := ""
	if !s.Price.IsZero() {
		price = s.Price.Decimal()
	}
	format := s.Wishes.Format
	if format == "" {
		format = "any"
	}
	return bot.Form{Command: "match wishes", Title: "Wishes of a shop", State: s.ID.String(),
		Intro: []bot.Part{bot.Para(bot.B("%s", s.ID), bot.T(" %s. Wishes decide who is proposed and who can be approved.", s.Shop))},
		Fields: []bot.Field{
			{Name: "format", Label: "Format", Kind: bot.Choice, Value: format, Options: []bot.Option{
				{Label: "Any", Value: "any"}, {Label: "Short video", Value: "video"}, {Label: "LIVE", Value: "live"}}},
			{Name: "followers", Label: "Followers at least", Kind: bot.Line, Optional: true, Max: 10, Value: wishNumber(s.Wishes.MinFollowers)},
			{Name: "creators", Label: "Creators at a time", Kind: bot.Line, Optional: true, Max: 4, Hint: "Empty for no limit", Value: wishNumber(s.Wishes.Creators)},
			{Name: "price", Label: "Typical price", Kind: bot.Line, Optional: true, Max: 20, Hint: "In the region's currency, such as 24.90", Value: price},
		}}
}

// aboutWishes takes the wishes themselves for their version: what else happens to a seller does not make the form old.
func aboutWishes(t *bot.Turn) (bot.Object, error) {
	id, err := agency.ParseSellerID(t.Args().Word(0))
	if err != nil {
		return bot.Object{}, err
	}
	s, _, err := t.Desk.Seller(id)
	w := s.Wishes
	return bot.Object{Name: id.String(), Version: fmt.Sprintf("%s,%d,%d,%s", w.Format, w.MinFollowers, w.Creators, s.Price.Decimal()),
		Stands: "It asks for " + wishWords(s) + " now."}, err
}

// wishNumber is a number for a field; no wish is an empty field.
func wishNumber(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func submitMatchWishes(t *bot.Turn) (bot.Reply, error) {
	id, err := agency.ParseSellerID(t.Args().Word(0))
	if err != nil {
		return bot.Reply{}, err
	}
	s, _, err := t.Desk.Seller(id)
	if err != nil {
		return bot.Reply{}, err
	}
	var w agency.MatchWish
	for _, name := range []string{"format", "followers", "creators", "price"} {
		if err := setWish(t.Desk, s, &w, name, t.Value(name)); err != nil {
			return bot.Reply{}, err
		}
	}
	return changeWishes(t, s, w)
}

// setWish reads one wish; empty, "any" and 0 take it back.
func setWish(d *agency.Desk, s agency.Seller, w *agency.MatchWish, name, value string) (err error) {
	value = strings.TrimSpace(value)
	number := int64(0)
	if name == "followers" || name == "creators" {
		if value != "" {
			if number, err = strconv.ParseInt(value, 10, 64); err != nil {
				return agency.Field(name, "“%s” is not a whole number, such as 5000.", value)
			}
		}
	}
	switch name {
	case "format":
		if w.Format = strings.ToLower(value); w.Format == "any" {
			w.Format = ""
		}
	case "followers":
		w.MinFollowers = number
	case "creators":
		w.Creators = number
	case "price":
		w.Price, err = typicalPrice(d, s.Region, value)
	default:
		return agency.Invalid("“%s” is not a wish. Write format=live, followers=5000, creators=3 or price=24.90.", name)
	}
	return err
}

func changeWishes(t *bot.Turn, s agency.Seller, w agency.MatchWish) (bot.Reply, error) {
	s, err := t.Desk.ChangeWishes(s.ID, w)
	if err != nil {
		return bot.Reply{}, err
	}
	return bot.Say("%s %s asks for %s.", s.ID, s.Shop, wishWords(s)), nil
}

func wishWords(s agency.Seller) string {
	var words []string
	switch s.Wishes.Format {
	case "video":
		words = append(words, "short video")
	case "live":
		words = append(words, "LIVE")
	default:
		words = append(words, "any format")
	}
	if s.Wishes.MinFollowers > 0 {
		words = append(words, "at least "+agency.Count(s.Wishes.MinFollowers, "follower"))
	}
	if s.Wishes.Creators > 0 {
		words = append(words, countOf(int(s.Wishes.Creators), "creator at a time", "creators at a time"))
	}
	if !s.Price.IsZero() {
		words = append(words, "a typical price of "+s.Price.String())
	}
	return strings.Join(words, ", ")
}

package handlers_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"liaison/agency"
	"liaison/agency/money"
	"liaison/bot/console/talk"
)

// givenCreator makes "creator mia region=US sales=12400.00USD …": it records a creator, or changes what is named of one
// who is recorded.
func givenCreator(ctx context.Context, s agency.Store, clock *talk.Clock, words []string) error {
	return s.Write(ctx, func(tx agency.Tx) error {
		now := agency.InstantOf(clock.Now())
		c, known, err := tx.CreatorByHandle(words[0])
		if err != nil {
			return err
		}
		if !known {
			c = agency.Creator{Handle: words[0], State: agency.CreatorActive, Version: 1, CreatedAt: now}
		}
		for _, w := range words[1:] {
			if err := setCreator(&c, w, now); err != nil {
				return err
			}
		}
		if known {
			return tx.UpdateCreator(c)
		}
		_, err = tx.InsertCreator(c)
		return err
	})
}

func setCreator(c *agency.Creator, word string, now agency.Instant) error {
	name, value, _ := strings.Cut(word, "=")
	number, notNumber := strconv.ParseInt(value, 10, 64)
	switch name {
	case "state":
		c.State = agency.CreatorState(value)
	case "region":
		c.Region = value
	case "categories":
		c.Categories = value
	case "formats":
		c.Formats = value
	case "followers":
		c.Followers = number
		return notNumber
	case "capacity":
		c.Capacity = number
		return notNumber
	case "health":
		c.Health = number
		return notNumber
	case "price":
		return setMoney(&c.Price, value)
	case "sales":
		c.FiguresAt = now
		return setMoney(&c.Sales, value)
	default:
		return fmt.Errorf("a creator has no %q", name)
	}
	return nil
}

// setMoney reads "12400.00USD".
func setMoney(a *money.Amount, text string) (err error) {
	if len(text) < 4 {
		return fmt.Errorf("%q is not an amount with its currency", text)
	}
	cut := len(text) - 3
	*a, err = money.Parse(text[:cut], money.Currency(text[cut:]))
	return err
}

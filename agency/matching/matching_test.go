package matching_test

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"liaison/agency/matching"
	"liaison/agency/money"
)

func usd(minor int64) money.Amount { return money.Of(minor, "USD") }

// glow asks for nothing but its region and category; tests add wishes.
func glow() matching.Need {
	return matching.Need{Region: "US", Category: "Beauty", Price: usd(2490), Health: matching.Health{UnhealthyUpTo: 150, HealthyFrom: 200}}
}

// mia is all that a shop can ask for; tests take something away.
func mia(changes ...func(*matching.Creator)) matching.Creator {
	c := matching.Creator{Number: 1, Standing: matching.Active, Region: "US", Categories: []string{"Beauty", "Home"}, Formats: []string{"video", "live"},
		Followers: 82_000, Health: 240, Price: usd(2200), Sales: usd(1_240_000), Works: 1, Capacity: 3}
	for _, change := range changes {
		change(&c)
	}
	return c
}

// evidence is one reason that is expected of a creator, with what is changed of glow and mia.
type evidence struct {
	name   string
	need   func(*matching.Need)
	change func(*matching.Creator)
	key    string
	want   matching.Reason
}

func expect(t *testing.T, list []evidence) {
	t.Helper()
	for _, c := range list {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			need, creator := glow(), mia()
			if c.need != nil {
				c.need(&need)
			}
			if c.change != nil {
				c.change(&creator)
			}
			got := matching.Rank(need, []matching.Creator{creator})
			if len(got.Candidates) != 1 {
				t.Fatalf("left out: %v", got.LeftOut)
			}
			c.want.Key = c.key
			if r := reason(got.Candidates[0], c.key); r != c.want {
				t.Errorf("got  %+v\nwant %+v", r, c.want)
			}
		})
	}
}

func TestWhatSells(t *testing.T) {
	t.Parallel()
	expect(t, []evidence{
		{"the category fits", nil, nil, "category", matching.Reason{Kind: matching.For, Says: "works in Beauty", Points: 300, Of: 300}},
		{"case does not matter", nil, func(c *matching.Creator) { c.Categories = []string{"beauty"} }, "category",
			matching.Reason{Kind: matching.For, Says: "works in Beauty", Points: 300, Of: 300}},
		{"another category", nil, func(c *matching.Creator) { c.Categories = []string{"Food", "Toys", "Pets"} }, "category",
			matching.Reason{Kind: matching.Against, Says: "works in Food, Toys and Pets, not Beauty", Of: 300}},
		{"an unknown category is no mismatch", nil, func(c *matching.Creator) { c.Categories = nil }, "category",
			matching.Reason{Kind: matching.Unknown, Says: "category not known", Points: 150, Of: 300}},

		{"a price at the edge of close", nil, func(c *matching.Creator) { c.Price = usd(1660) }, "price",
			matching.Reason{Kind: matching.For, Says: "usual price $16.60, close to the shop's $24.90", Points: 120, Of: 120}},
		{"a price just past close", nil, func(c *matching.Creator) { c.Price = usd(1659) }, "price",
			matching.Reason{Kind: matching.For, Says: "usual price $16.59, below the shop's $24.90", Points: 90, Of: 120}},
		{"double the price", nil, func(c *matching.Creator) { c.Price = usd(4980) }, "price",
			matching.Reason{Kind: matching.For, Says: "usual price $49.80, above the shop's $24.90", Points: 90, Of: 120}},
		{"triple the price", nil, func(c *matching.Creator) { c.Price = usd(7470) }, "price",
			matching.Reason{Kind: matching.Against, Says: "usual price $74.70, well above the shop's $24.90", Points: 30, Of: 120}},
		{"a price beyond any band", nil, func(c *matching.Creator) { c.Price = usd(1<<62 + 1) }, "price",
			matching.Reason{Kind: matching.Against, Says: "usual price " + usd(1<<62+1).String() + ", far above the shop's $24.90", Of: 120}},
		{"an unknown price", nil, func(c *matching.Creator) { c.Price = money.Amount{} }, "price",
			matching.Reason{Kind: matching.Unknown, Says: "usual price not known", Points: 60, Of: 120}},
		{"an unknown price of the shop", func(n *matching.Need) { n.Price = money.Amount{} }, nil, "price",
			matching.Reason{Kind: matching.Unknown, Says: "usual price $22.00; the shop's is not known", Points: 60, Of: 120}},
		{"two currencies are not compared", nil, func(c *matching.Creator) { c.Price = money.Of(2200, "GBP") }, "price",
			matching.Reason{Kind: matching.Unknown, Says: "usual price £22.00, not comparable with the shop's $24.90", Points: 60, Of: 120}},

		{"nobody else to compare with", nil, nil, "sales", matching.Reason{Kind: matching.For, Says: "sold $12,400.00 in the last 30 days", Points: 125, Of: 250}},
		{"no sales", nil, func(c *matching.Creator) { c.Sales = usd(0) }, "sales",
			matching.Reason{Kind: matching.Against, Says: "sold nothing in the last 30 days", Of: 250}},
		{"unknown sales", nil, func(c *matching.Creator) { c.Sales = money.Amount{} }, "sales",
			matching.Reason{Kind: matching.Unknown, Says: "sales not known", Points: 125, Of: 250}},
		{"old figures say so", nil, func(c *matching.Creator) { c.OldFigures = true }, "sales",
			matching.Reason{Kind: matching.For, Says: "sold $12,400.00 in 30 days, by old figures", Points: 125, Of: 250}},
	})
}

func TestWhatElseFits(t *testing.T) {
	t.Parallel()
	live := func(n *matching.Need) { n.Format = "live" }
	big := func(n *matching.Need) { n.MinFollowers = 5000 }
	expect(t, []evidence{
		{"a format that is asked for", live, nil, "format", matching.Reason{Kind: matching.For, Says: "makes LIVE, as the shop asks", Points: 80, Of: 80}},
		{"an unknown format", live, func(c *matching.Creator) { c.Formats = nil }, "format",
			matching.Reason{Kind: matching.Unknown, Says: "format not known", Points: 40, Of: 80}},
		{"no format asked for", nil, nil, "format",
			matching.Reason{Kind: matching.Aside, Says: "makes short video and LIVE; the shop asks for none", Points: 80, Of: 80}},

		{"the region", nil, nil, "region", matching.Reason{Kind: matching.For, Says: "sells in US", Points: 100, Of: 100}},
		{"an unknown region", nil, func(c *matching.Creator) { c.Region = "" }, "region",
			matching.Reason{Kind: matching.Unknown, Says: "region not known", Points: 50, Of: 100}},

		{"enough followers", big, nil, "followers", matching.Reason{Kind: matching.For, Says: "82,000 followers, 5,000 asked for", Points: 50, Of: 50}},
		{"unknown followers", big, func(c *matching.Creator) { c.Followers = 0 }, "followers",
			matching.Reason{Kind: matching.Unknown, Says: "followers not known", Points: 25, Of: 50}},

		{"places left", nil, nil, "capacity", matching.Reason{Kind: matching.For, Says: "2 of 3 places free", Points: 33, Of: 50}},
		{"all places left", nil, func(c *matching.Creator) { c.Works, c.Capacity = 0, 1 }, "capacity",
			matching.Reason{Kind: matching.For, Says: "1 of 1 place free", Points: 50, Of: 50}},

		{"healthy from 200", nil, func(c *matching.Creator) { c.Health = 200 }, "health",
			matching.Reason{Kind: matching.For, Says: "health rating 200, healthy", Points: 50, Of: 50}},
		{"caution to 199", nil, func(c *matching.Creator) { c.Health = 199 }, "health",
			matching.Reason{Kind: matching.Against, Says: "health rating 199: caution, 200 is healthy", Points: 20, Of: 50}},
		{"an unknown rating", nil, func(c *matching.Creator) { c.Health = 0 }, "health",
			matching.Reason{Kind: matching.Unknown, Says: "health rating not known", Points: 25, Of: 50}},
	})
}

func reason(c matching.Candidate, key string) matching.Reason {
	i := slices.IndexFunc(c.Reasons, func(r matching.Reason) bool { return r.Key == key })
	if i < 0 {
		return matching.Reason{}
	}
	return c.Reasons[i]
}

func TestObstacles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		need      func(*matching.Need)
		change    func(*matching.Creator)
		want      matching.Cause
		says, why string
	}{
		{"blocked", nil, func(c *matching.Creator) { c.Standing = matching.Blocked }, matching.IsBlocked, "1 blocked", "they are blocked"},
		{"a standing that is not known is refused", nil, func(c *matching.Creator) { c.Standing = "new" }, matching.IsBlocked, "1 blocked", "they are blocked"},
		{"paused", nil, func(c *matching.Creator) { c.Standing = matching.Paused }, matching.IsPaused, "1 paused", "they are paused"},
		{"together", nil, func(c *matching.Creator) { c.Past = matching.Together }, matching.WorksTogether, "1 at work for this shop already", "they work for this shop already"},
		{"together, even again", func(n *matching.Need) { n.Again = true }, func(c *matching.Creator) { c.Past = matching.Together }, matching.WorksTogether,
			"1 at work for this shop already", "they work for this shop already"},
		{"on the list", func(n *matching.Need) { n.Again = true }, func(c *matching.Creator) { c.Past = matching.Listed }, matching.OnList, "1 on this list already", "they are on this list already"},
		{"declined", nil, func(c *matching.Creator) { c.Past = matching.Declined }, matching.WasDeclined, "1 declined before", "they were declined before"},
		{"declined, but asked for again", func(n *matching.Need) { n.Again = true }, func(c *matching.Creator) { c.Past = matching.Declined }, "", "", ""},
		{"swapped out", nil, func(c *matching.Creator) { c.Past = matching.Swapped }, matching.WasSwapped, "1 swapped out before", "they were swapped out before"},
		{"swapped out, but asked for again", func(n *matching.Need) { n.Again = true }, func(c *matching.Creator) { c.Past = matching.Swapped }, "", "", ""},
		{"another region", nil, func(c *matching.Creator) { c.Region = "GB" }, matching.OutsideRegion, "1 outside US", "they sell in GB, and the shop is in US"},
		{"an unknown region is no obstacle", nil, func(c *matching.Creator) { c.Region = "" }, "", "", ""},
		{"not the format", func(n *matching.Need) { n.Format = "live" }, func(c *matching.Creator) { c.Formats = []string{"video"} }, matching.WrongFormat,
			"1 not making LIVE", "the shop asks for LIVE, and they make short video"},
		{"an unknown format is no obstacle", func(n *matching.Need) { n.Format = "live" }, func(c *matching.Creator) { c.Formats = nil }, "", "", ""},
		{"too few followers", func(n *matching.Need) { n.MinFollowers = 82_001 }, nil, matching.TooSmall,
			"1 below 82,001 followers", "they have 82,000 followers, and the shop asks for 82,001"},
		{"just enough followers", func(n *matching.Need) { n.MinFollowers = 82_000 }, nil, "", "", ""},
		{"unknown followers are no obstacle", func(n *matching.Need) { n.MinFollowers = 82_001 }, func(c *matching.Creator) { c.Followers = 0 }, "", "", ""},
		{"unhealthy at 150", nil, func(c *matching.Creator) { c.Health = 150 }, matching.Unhealthy,
			"1 with a health rating of 150 or less", "their health rating is 150, and 150 or less is unhealthy"},
		{"caution at 151", nil, func(c *matching.Creator) { c.Health = 151 }, "", "", ""},
		{"no rule about health", func(n *matching.Need) { n.Health = matching.Health{} }, func(c *matching.Creator) { c.Health = 1 }, "", "", ""},
		{"at capacity", nil, func(c *matching.Creator) { c.Works = 3 }, matching.AtFullCapacity, "1 at capacity", "they are at capacity, with 3 of 3 places taken"},
		{"beyond capacity", nil, func(c *matching.Creator) { c.Works = 4 }, matching.AtFullCapacity, "1 at capacity", "they are at capacity, with 4 of 3 places taken"},
		{"what lasts is said first", nil, func(c *matching.Creator) { c.Works, c.Region = 3, "GB" }, matching.OutsideRegion, "1 outside US", "they sell in GB, and the shop is in US"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			need, creator := glow(), mia()
			if c.need != nil {
				c.need(&need)
			}
			if c.change != nil {
				c.change(&creator)
			}
			if got := need.Obstacle(creator); got != c.want {
				t.Fatalf("obstacle %q, want %q", got, c.want)
			}
			got := matching.Rank(need, []matching.Creator{creator})
			if c.want == "" {
				if len(got.Candidates) != 1 || got.LeftOut != nil {
					t.Fatalf("they can be proposed, but %+v", got)
				}
				return
			}
			want := []matching.LeftOut{{Cause: c.want, Count: 1, Says: c.says}}
			if len(got.Candidates) != 0 || !slices.Equal(got.LeftOut, want) {
				t.Errorf("got %+v, want %+v", got, want)
			}
			if why := need.Why(c.want, creator); why != c.why {
				t.Errorf("why: %q, want %q", why, c.why)
			}
		})
	}
}

func TestSalesAreComparedAmongTheirLike(t *testing.T) {
	t.Parallel()
	var all []matching.Creator
	for i := range int64(40) {
		all = append(all, mia(func(c *matching.Creator) { c.Number, c.Sales = i+1, usd((i+1)*1000) }))
	}
	all = append(all,
		mia(func(c *matching.Creator) { c.Number, c.Sales, c.Region = 41, money.Of(1, "GBP"), "" }),
		mia(func(c *matching.Creator) { c.Number, c.Sales, c.Categories = 42, usd(5000), nil }),
		mia(func(c *matching.Creator) { c.Number, c.Sales = 43, money.Amount{} }))
	got := map[int64]string{}
	for _, c := range matching.Rank(glow(), all).Candidates {
		got[c.Number] = reason(c, "sales").Says
	}
	for number, want := range map[int64]string{
		40: "sold $400.00 in the last 30 days, top 3 % of 40 in Beauty",
		37: "sold $370.00 in the last 30 days, top 10 % of 40 in Beauty",
		21: "sold $210.00 in the last 30 days, top 50 % of 40 in Beauty",
		20: "sold $200.00 in the last 30 days, 21st of 40 in Beauty",
		1:  "sold $10.00 in the last 30 days, 40th of 40 in Beauty",
		41: "sold £0.01 in the last 30 days",
		42: "sold $50.00 in the last 30 days, 36th of 41 selling in USD",
		43: "sales not known",
	} {
		if got[number] != want {
			t.Errorf("%d: %q, want %q", number, got[number], want)
		}
	}
}

func TestThePastIsSaidWhenTheyAreAskedForAgain(t *testing.T) {
	t.Parallel()
	need := glow()
	need.Again = true
	r := matching.Rank(need, []matching.Creator{mia(func(c *matching.Creator) { c.Past, c.PastSays = matching.Declined, "declined by ana: too loud" })})
	if got := reason(r.Candidates[0], "past"); got != (matching.Reason{Key: "past", Kind: matching.Against, Says: "declined by ana: too loud"}) {
		t.Errorf("got %+v", got)
	}
}

func TestSum(t *testing.T) {
	t.Parallel()
	for want, list := range map[string][]matching.LeftOut{
		"":                                nil,
		"1 was left out: 1 at capacity":   {{Count: 1, Says: "1 at capacity"}},
		"1,012 were left out: a, b":       {{Count: 1000, Says: "a"}, {Count: 12, Says: "b"}},
		"2 were left out: 2 at capacity":  {{Count: 2, Says: "2 at capacity"}},
		"100 were left out: 100 paused":   {{Count: 100, Says: "100 paused"}},
		"10,000 were left out: everybody": {{Count: 10_000, Says: "everybody"}},
	} {
		if got := matching.Sum(list); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// drawNeed and drawCreators make any facts, the impossible ones included.
func drawNeed(t *rapid.T) matching.Need {
	return matching.Need{
		Region: "US", Category: "Beauty", Again: rapid.Bool().Draw(t, "again"), Price: drawAmount(t, "price"),
		Format:       rapid.SampledFrom([]string{"", "video", "live"}).Draw(t, "format"),
		MinFollowers: rapid.SampledFrom([]int64{0, 0, 5000}).Draw(t, "min followers"),
		Health:       matching.Health{UnhealthyUpTo: 150, HealthyFrom: 200},
	}
}

func drawCreators(t *rapid.T) []matching.Creator {
	list := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) matching.Creator {
		return matching.Creator{
			Standing:   rapid.SampledFrom([]matching.Standing{matching.Active, matching.Active, matching.Active, matching.Paused, matching.Blocked, "?"}).Draw(t, "standing"),
			Past:       rapid.SampledFrom([]matching.Past{"", "", "", matching.Together, matching.Declined, matching.Swapped, matching.Listed}).Draw(t, "past"),
			Region:     rapid.SampledFrom([]string{"US", "US", "", "GB"}).Draw(t, "region"),
			Categories: rapid.SampledFrom([][]string{nil, {"Beauty"}, {"Food", "Beauty"}, {"Food"}}).Draw(t, "categories"),
			Formats:    rapid.SampledFrom([][]string{nil, {"video"}, {"live"}, {"video", "live"}}).Draw(t, "formats"),
			Followers:  rapid.SampledFrom([]int64{0, 4999, 5000, 1 << 62}).Draw(t, "followers"),
			Health:     rapid.SampledFrom([]int64{0, 1, 150, 151, 199, 200, 1000}).Draw(t, "health"),
			Price:      drawAmount(t, "price"), Sales: drawAmount(t, "sales"),
			Works: rapid.Int64Range(0, 3).Draw(t, "works"), Capacity: rapid.SampledFrom([]int64{0, 1, 3, 5, 1<<63 - 1}).Draw(t, "capacity"),
		}
	}), 0, 30).Draw(t, "creators")
	for i := range list {
		list[i].Number = int64(i + 1)
	}
	return list
}

func drawAmount(t *rapid.T, label string) money.Amount {
	c := rapid.SampledFrom([]money.Currency{"", "USD", "USD", "GBP"}).Draw(t, label+" currency")
	if c == "" {
		return money.Amount{}
	}
	return money.Of(rapid.OneOf(rapid.Int64Range(0, 20), rapid.Int64()).Draw(t, label), c)
}

func TestScoresAreSumsWithinBounds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		creators := drawCreators(t)
		got := matching.Rank(drawNeed(t), creators)
		total := int64(len(got.Candidates))
		for _, c := range got.Candidates {
			var points, most int64
			for _, r := range c.Reasons {
				if r.Points < 0 || r.Points > r.Of || r.Says == "" || r.Kind == "" {
					t.Fatalf("reason %+v", r)
				}
				if r.Kind == matching.Unknown && r.Points*2 != r.Of {
					t.Fatalf("unknown is not neutral: %+v", r)
				}
				points, most = points+r.Points, most+r.Of
			}
			if c.Score != points || c.Score < 0 || c.Score > 1000 || most != 1000 {
				t.Fatalf("score %d of %d, points %d", c.Score, most, points)
			}
		}
		for _, l := range got.LeftOut {
			if l.Count < 1 || !strings.HasPrefix(l.Says, strconv.FormatInt(l.Count, 10)+" ") {
				t.Fatalf("left out %+v", l)
			}
			total += l.Count
		}
		if total != int64(len(creators)) {
			t.Fatalf("%d creators became %d", len(creators), total)
		}
	})
}

func TestTheOrderOfTheInputDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		need, creators := drawNeed(t), drawCreators(t)
		mixed := rapid.Permutation(creators).Draw(t, "mixed")
		if a, b := matching.Rank(need, creators), matching.Rank(need, mixed); !reflect.DeepEqual(a, b) {
			t.Fatalf("%+v\nbecame\n%+v", a, b)
		}
	})
}

func TestNobodyWhoIsLeftOutIsProposed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		need, creators := drawNeed(t), drawCreators(t)
		for _, c := range matching.Rank(need, creators).Candidates {
			who := creators[c.Number-1]
			if who.Standing != matching.Active || who.Past == matching.Together || who.Past == matching.Listed || who.Past != "" && !need.Again ||
				who.Region == "GB" || need.Format != "" && len(who.Formats) > 0 && !slices.Contains(who.Formats, need.Format) ||
				who.Followers > 0 && who.Followers < need.MinFollowers || who.Health > 0 && who.Health <= 150 || who.Works >= who.Capacity {
				t.Fatalf("proposed %+v for %+v", who, need)
			}
		}
	})
}

func TestMoreSalesNeverLowerTheRank(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		need, creators := drawNeed(t), drawCreators(t)
		before := matching.Rank(need, creators).Candidates
		sellers := slices.DeleteFunc(slices.Clone(before), func(c matching.Candidate) bool {
			return creators[c.Number-1].Sales.Currency == ""
		})
		if len(sellers) == 0 {
			t.Skip("nobody with known sales can be proposed")
		}
		one := rapid.SampledFrom(sellers).Draw(t, "one").Number
		was := creators[one-1].Sales.Minor
		creators[one-1].Sales.Minor = rapid.Int64Range(was, 1<<63-1).Draw(t, "more")
		after := matching.Rank(need, creators).Candidates
		is := func(c matching.Candidate) bool { return c.Number == one }
		if slices.IndexFunc(after, is) > slices.IndexFunc(before, is) {
			t.Fatalf("sales from %d to %d moved %d down:\n%+v\n%+v", was, creators[one-1].Sales.Minor, one, before, after)
		}
	})
}

func TestOfTwoWhoAreOtherwiseEqualTheOneWhoSoldMoreComesFirst(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		need, creators := drawNeed(t), drawCreators(t)
		low, high := mia(), mia()
		low.Number, high.Number = 101, 102 // the tie would go to the one who sold less
		low.Sales = usd(rapid.Int64Range(0, 1<<62).Draw(t, "low"))
		high.Sales = usd(rapid.Int64Range(low.Sales.Minor+1, 1<<62+1).Draw(t, "high"))
		order := matching.Rank(need, append(creators, low, high)).Candidates
		at := func(n int64) int {
			return slices.IndexFunc(order, func(c matching.Candidate) bool { return c.Number == n })
		}
		if at(102) < 0 || at(102) > at(101) {
			t.Fatalf("sold %d comes at %d, sold %d at %d", high.Sales.Minor, at(102), low.Sales.Minor, at(101))
		}
	})
}

package bot

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestATypedLineIsReadAsItsArguments puts values together and reads them again: what people give by options is what a
// command finds in its line.
func TestATypedLineIsReadAsItsArguments(t *testing.T) {
	t.Parallel()
	args := []Argument{{Name: "seller"}, {Name: "step"}, {Name: "due", Kind: Named}, {Name: "until", Kind: Phrase}}
	value := rapid.Custom(func(t *rapid.T) string {
		s := rapid.StringMatching(`[A-Za-z0-9@<>|:.,/äß é-]{1,20}`).Draw(t, "value")
		return strings.TrimSpace(s)
	})
	rapid.Check(t, func(t *rapid.T) {
		values := map[string]string{}
		for _, a := range args {
			if s := value.Draw(t, a.Name); s != "" {
				values[a.Name] = s
			}
		}
		got := (&Turn{Request: Request{Text: TypedLine(args, values)}}).Args()
		if got.Named["due"] != values["due"] {
			t.Fatalf("due is %q in %q", got.Named["due"], TypedLine(args, values))
		}
		var want []string
		for _, a := range args {
			switch {
			case values[a.Name] == "" || a.Kind == Named:
			case a.Kind == Phrase:
				want = append(want, a.Name, values[a.Name])
			default:
				want = append(want, values[a.Name])
			}
		}
		if strings.Join(got.Words, "\x00") != strings.Join(want, "\x00") {
			t.Fatalf("%q is read as %q, not %q", TypedLine(args, values), got.Words, want)
		}
	})
}

func TestATypedLineQuotesWhatItMust(t *testing.T) {
	t.Parallel()
	args := []Argument{{Name: "shop"}, {Name: "owner", Kind: Named}, {Name: "why", Kind: Rest}}
	for _, c := range []struct{ shop, owner, why, want string }{
		{"Glow", "", "", "Glow"},
		{"Glow & Lab", "<@1|Ana Ortiz>", "it is late", `"Glow & Lab" owner="<@1|Ana Ortiz>" it is late`},
		{`a "b" c`, "", "", `"a 'b' c"`},
		{"due=now", "", "", `"due=now"`},
	} {
		if got := TypedLine(args, map[string]string{"shop": c.shop, "owner": c.owner, "why": c.why}); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
